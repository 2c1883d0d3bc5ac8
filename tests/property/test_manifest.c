/* SPDX-License-Identifier: Apache-2.0
 *
 * test_manifest.c - random filings against a plain reckoning, and against every kind of change.
 *
 * The oracle computes commitments with a textbook HMAC over bytes laid side by side and the tree
 * hash by RFC 6962's recursion. Then bytes are altered, one at a time: nothing that is signed,
 * sealed or proved may change unseen.
 */
#include "tests/support/samples.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random_state = 2026;

static uint32_t draw_below(uint32_t bound)
{
	random_state = random_state * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(random_state >> 33) % bound;
}

/* --- the oracle ---------------------------------------------------------------------------- */

static struct credit_hash hash_of(const uint8_t *data, size_t size)
{
	struct credit_hash hash;

	credit_sha256((struct credit_bytes){data, size}, &hash);
	return hash;
}

static struct credit_hash slow_commitment(const Credit__V1__SealedAct *sealed)
{
	static const char label[14] = "credit/act/v1";
	static uint8_t inner[64 + 14 + CREDIT_ACT_MAX];
	uint8_t outer[64 + 32];
	struct credit_hash hash;

	for (size_t i = 0; i < 64; i++) {
		uint8_t key = i < 32 ? sealed->opening.data[i] : 0;
		inner[i] = key ^ 0x36;
		outer[i] = key ^ 0x5c;
	}
	memcpy(inner + 64, label, 14);
	memcpy(inner + 78, sealed->act.data, sealed->act.len);
	hash = hash_of(inner, 78 + sealed->act.len);
	memcpy(outer + 64, hash.byte, 32);
	return hash_of(outer, sizeof outer);
}

static struct credit_hash slow_root(const struct credit_hash *commitments, size_t count)
{
	uint8_t bytes[65] = {count > 1};
	struct credit_hash left, right;
	size_t split = 1;

	if (count == 1) {
		memcpy(bytes + 1, commitments[0].byte, 32);
		return hash_of(bytes, 33);
	}
	while (split * 2 < count)
		split *= 2;
	left = slow_root(commitments, split);
	right = slow_root(commitments + split, count - split);
	memcpy(bytes + 1, left.byte, 32);
	memcpy(bytes + 33, right.byte, 32);
	return hash_of(bytes, 65);
}

/* --- filings ------------------------------------------------------------------------------- */

static enum credit_error open_and_verify(const Credit__V1__Filing *message)
{
	struct credit_key_pair pair = sample_key(1);
	struct credit_filing *filing = NULL;
	struct credit_problem problem;
	enum credit_error error = credit_filing_open(message, &filing, &problem);

	if (error == CREDIT_OK)
		error = credit_filing_verify(filing, &pair.public_key, &problem);
	credit_filing_free(filing);
	return error;
}

Test(property, the_sealed_root_is_the_root_of_the_textbook)
{
	static const uint32_t counts[] = {1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 255, 1000};
	static struct credit_hash commitments[CREDIT_ACTS_MAX];
	struct credit_sealer *sealer;

	cr_assert_eq(credit_sealer_new(&sealer), CREDIT_OK);
	for (size_t n = 0; n < sizeof counts / sizeof counts[0] + 8; n++) {
		uint32_t count = n < 13 ? counts[n] : 1 + draw_below(CREDIT_ACTS_MAX);
		Credit__V1__Filing *message = sample_filing(sealer, count);
		Credit__V1__Manifest *manifest = credit__v1__manifest__unpack(
			NULL, message->manifest.len, message->manifest.data);
		for (uint32_t i = 0; i < count; i++)
			commitments[i] = slow_commitment(message->acts[i]);
		struct credit_hash root = slow_root(commitments, count);
		cr_expect_eq(memcmp(manifest->root.data, root.byte, 32), 0, "%u acts", count);
		cr_expect_eq(open_and_verify(message), CREDIT_OK, "%u acts", count);
		credit__v1__manifest__free_unpacked(manifest, NULL);
	}
	credit_sealer_free(sealer);
}

/* Alters each byte in turn, and puts it back. */
static void expect_every_byte_counts(
	const Credit__V1__Filing *message, ProtobufCBinaryData *part, const char *what)
{
	for (size_t i = 0; i < part->len; i++) {
		uint8_t change = (uint8_t)(1U << draw_below(8));
		part->data[i] ^= change;
		cr_expect_neq(open_and_verify(message), CREDIT_OK, "byte %zu of %s", i, what);
		part->data[i] ^= change;
	}
}

Test(property, no_byte_of_a_filing_can_be_altered_unseen)
{
	struct credit_sealer *sealer;

	cr_assert_eq(credit_sealer_new(&sealer), CREDIT_OK);
	for (uint32_t count = 1; count < 7; count++) {
		Credit__V1__Filing *message = sample_filing(sealer, count);
		uint32_t i = draw_below(count);
		expect_every_byte_counts(message, &message->manifest, "the manifest");
		expect_every_byte_counts(message, &message->signature, "the signature");
		expect_every_byte_counts(message, &message->acts[i]->act, "an act");
		expect_every_byte_counts(message, &message->acts[i]->opening, "an opening");
		cr_expect_eq(open_and_verify(message), CREDIT_OK, "all is as before");
	}
	credit_sealer_free(sealer);
}

Test(property, acts_cannot_be_left_out_added_or_put_in_another_order)
{
	struct credit_sealer *sealer;

	cr_assert_eq(credit_sealer_new(&sealer), CREDIT_OK);
	for (uint32_t round = 0; round < 40; round++) {
		uint32_t count = 2 + draw_below(40);
		Credit__V1__Filing *message = sample_filing(sealer, count);
		uint32_t a = draw_below(count), b = (a + 1 + draw_below(count - 1)) % count;
		Credit__V1__SealedAct *kept = message->acts[a];
		message->acts[a] = message->acts[b];
		cr_expect_eq(open_and_verify(message), CREDIT_E_MANIFEST_ROOT, "one act twice");
		message->acts[b] = kept;
		cr_expect_eq(open_and_verify(message), CREDIT_E_MANIFEST_ROOT, "two exchanged");
		message->acts[b] = message->acts[a];
		message->acts[a] = kept;
		message->n_acts--;
		cr_expect_eq(
			open_and_verify(message), CREDIT_E_MANIFEST_COUNT, "the last left out");
		message->n_acts++;
		cr_expect_eq(open_and_verify(message), CREDIT_OK, "all is as before");
	}
	credit_sealer_free(sealer);
}

/* --- receipts ------------------------------------------------------------------------------ */

static enum credit_error verify(struct credit_bytes bytes, struct credit_receipt_verdict *verdict)
{
	static uint8_t memory[1 << 16];
	struct credit_named_key name = sample_log_name();
	struct credit_problem problem;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, memory, sizeof memory, (size_t)1 << 22);
	error = credit_receipt_verify(bytes, &name, &arena, verdict, &problem);
	credit_arena_deinit(&arena);
	return error;
}

/* What is not proved, and said so: the epoch. */
static bool says_only_another_epoch(
	const struct credit_receipt_verdict *altered, const struct credit_receipt_verdict *original)
{
	return altered->epoch != original->epoch && altered->index == original->index &&
	       altered->leaf_index == original->leaf_index &&
	       altered->recorded_at.ms == original->recorded_at.ms &&
	       credit_hash_equal(&altered->commitment, &original->commitment);
}

Test(property, no_byte_of_a_receipt_can_be_altered_unseen)
{
	struct credit_receipt_verdict original, altered;
	Credit__V1__Receipt *receipt;
	struct credit_sealer *sealer;
	struct credit_arena arena;
	struct credit_bytes bytes;

	cr_assert_eq(credit_sealer_new(&sealer), CREDIT_OK);
	for (uint32_t round = 0; round < 8; round++) {
		uint32_t count = 1 + draw_below(20), index = draw_below(count);
		credit_arena_init(&arena, NULL, 0, (size_t)16 << 20);
		Credit__V1__Filing *message = sample_filing(sealer, count);
		Credit__V1__FilingReceipt *answer = sample_answer(message, draw_below(60), &arena);
		cr_assert_eq(credit_receipt_extract(
				     message, answer, index, round % 2 == 0, &arena, &receipt),
			CREDIT_OK);
		cr_assert_eq(credit_encode(&receipt->base, &arena, &bytes), CREDIT_OK);
		cr_assert_eq(verify(bytes, &original), CREDIT_OK);
		uint8_t *data = (uint8_t *)(uintptr_t)bytes.data;
		for (size_t i = 0; i < bytes.size; i++) {
			uint8_t change = (uint8_t)(1U << draw_below(8));
			data[i] ^= change;
			if (verify(bytes, &altered) == CREDIT_OK)
				cr_expect(says_only_another_epoch(&altered, &original),
					"byte %zu of %zu", i, bytes.size);
			data[i] ^= change;
		}
		credit_arena_deinit(&arena);
	}
	credit_sealer_free(sealer);
}

/* --- canonical bytes ----------------------------------------------------------------------- */

Test(property, canonical_bytes_are_exactly_those_that_packing_gives)
{
	/* Bytes made at random are short and mostly nonsense; what decodes canonically must pack to
	 * the same bytes, and what decodes and packs to the same bytes without unknown fields must
	 * be canonical. */
	const ProtobufCMessageDescriptor *type = &credit__v1__grant__descriptor;
	static const uint8_t telling[] = {
		0x0a, 0x10, 0x1a, 0x22, 0x28, 0x30, 0x00, 0x01, 0x02, 0x7f, 0x80, 0x81};
	uint32_t agreed = 0;

	for (uint32_t round = 0; round < 200000; round++) {
		uint8_t bytes[8], packed[64];
		uint8_t memory[2048];
		struct credit_arena arena;
		struct credit_problem problem;
		ProtobufCMessage *message = NULL;
		struct credit_bytes input = {bytes, draw_below(sizeof bytes + 1)};
		for (size_t i = 0; i < input.size; i++)
			bytes[i] = telling[draw_below(sizeof telling)];
		credit_arena_init(&arena, memory, sizeof memory, sizeof memory);
		bool same = credit_decode(type, input, &arena, &message, &problem) == CREDIT_OK &&
			    message->n_unknown_fields == 0 &&
			    protobuf_c_message_get_packed_size(message) == input.size &&
			    protobuf_c_message_pack(message, packed) == input.size &&
			    memcmp(packed, bytes, input.size) == 0;
		credit_arena_reset(&arena);
		bool canonical = credit_decode_canonical(type, input, &arena, &message, &problem) ==
				 CREDIT_OK;
		cr_expect_eq(canonical, same, "round %u", round);
		agreed += canonical;
		credit_arena_deinit(&arena);
	}
	cr_assert_gt(agreed, 1000, "too few of the random bytes were canonical to tell");
}
