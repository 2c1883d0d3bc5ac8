/* SPDX-License-Identifier: Apache-2.0
 *
 * test_receipt.c - receipts of a log on paper: each step can fail, and the step that fails is named.
 */
#include "tests/support/samples.h"

#include <criterion/criterion.h>
#include <string.h>

#define cr_ok(call) cr_assert_eq((call), CREDIT_OK)
#define cr_error(call, name) cr_assert_eq((call), CREDIT_E_##name)

static struct credit_sealer *sealer;
static struct credit_arena arena;
static Credit__V1__Filing *filing;
static Credit__V1__FilingReceipt *answer;
static Credit__V1__Receipt *receipt;
static struct credit_receipt_verdict verdict;
static struct credit_problem problem;

/* Five acts behind eleven other leaves; the second and the fifth are logged in clear. */
static void set_up(void)
{
	cr_ok(credit_crypto_init());
	cr_ok(credit_sealer_new(&sealer));
	credit_arena_init(&arena, NULL, 0, (size_t)16 << 20);
	filing = sample_filing(sealer, 5);
	answer = sample_answer(filing, 11, &arena);
	cr_ok(credit_receipt_extract(filing, answer, 2, true, &arena, &receipt));
}

static void tear_down(void)
{
	credit_arena_deinit(&arena);
	credit_sealer_free(sealer);
}

TestSuite(proof, .init = set_up, .fini = tear_down);

static enum credit_error verify(void)
{
	struct credit_named_key name = sample_log_name();
	struct credit_bytes bytes;
	enum credit_error error;

	cr_ok(credit_encode(&receipt->base, &arena, &bytes));
	problem = (struct credit_problem){0};
	memset(&verdict, 0, sizeof verdict);
	error = credit_receipt_verify(bytes, &name, &arena, &verdict, &problem);
	cr_assert_eq(problem.error, error);
	return error;
}

#define cr_false(step) \
	do { \
		cr_assert_eq(verify(), CREDIT_E_RECEIPT_FALSE); \
		cr_assert_str_eq(problem.field, step); \
	} while (0)

Test(proof, the_receipt_of_every_act_verifies_with_and_without_the_act)
{
	for (uint32_t i = 0; i < 5; i++) {
		for (int keep = 0; keep < 2; keep++) {
			bool shown = keep == 1 || i % 3 == 1;
			cr_ok(credit_receipt_extract(
				filing, answer, i, keep == 1, &arena, &receipt));
			cr_assert_eq(verify(), CREDIT_OK, "%u: %s: %s", i, problem.field,
				problem.detail);
			cr_expect_eq(verdict.act_shown, shown);
			cr_expect_eq(verdict.index, i);
			cr_expect_eq(verdict.leaf_index, 11 + i);
			cr_expect_eq(verdict.head.size, 16);
			cr_expect_eq(verdict.recorded_at.ms, SAMPLE_NOW + 1);
			cr_expect_eq(verdict.created_at.ms, SAMPLE_NOW);
			cr_expect_eq(verdict.epoch, 3);
			cr_expect_eq(memcmp(verdict.issuer.character, SAMPLE_ISSUER, 18), 0);
			if (shown)
				cr_expect_eq(memcmp(verdict.act.data, filing->acts[i]->act.data,
						     verdict.act.size),
					0);
		}
	}
}

Test(proof, there_is_no_receipt_of_an_act_that_was_not_accepted)
{
	answer->n_accepted = 4;
	cr_error(credit_receipt_extract(filing, answer, 4, true, &arena, &receipt), NOT_FOUND);
	cr_error(credit_receipt_extract(filing, answer, 5, true, &arena, &receipt), NOT_FOUND);
}

Test(proof, an_answer_that_accepts_more_acts_than_were_filed_gives_no_receipt)
{
	answer->accepted[4]->index = 5;
	cr_error(credit_receipt_extract(filing, answer, 5, true, &arena, &receipt), NOT_FOUND);
}

Test(proof, extraction_into_a_full_arena_fails)
{
	struct credit_arena small;

	credit_arena_init(&small, NULL, 0, sizeof(Credit__V1__Receipt) + 48);
	cr_error(credit_receipt_extract(filing, answer, 2, true, &small, &receipt), NO_MEMORY);
	credit_arena_deinit(&small);
}

Test(proof, another_key_of_the_log_is_refused)
{
	struct credit_named_key name = sample_log_name();
	struct credit_bytes bytes;

	name.public_key = sample_key(3).public_key;
	cr_ok(credit_encode(&receipt->base, &arena, &bytes));
	cr_error(credit_receipt_verify(bytes, &name, &arena, &verdict, &problem), RECEIPT_FALSE);
	cr_assert_str_eq(problem.field, "checkpoint");
}

Test(proof, a_filing_made_out_to_another_registry_is_refused)
{
	struct credit_named_key name = sample_log_name();
	struct credit_bytes bytes;

	name.name[7] = 'q';
	cr_ok(credit_encode(&receipt->base, &arena, &bytes));
	cr_error(credit_receipt_verify(bytes, &name, &arena, &verdict, &problem), RECEIPT_FALSE);
	cr_assert_str_eq(problem.field, "manifest.origin");
}

Test(proof, a_key_that_the_manifest_does_not_name_is_refused)
{
	receipt->issuer_key.data[0] ^= 1;
	cr_false("issuer_key");
}

Test(proof, a_false_signature_is_refused)
{
	receipt->signature.data[1] ^= 1;
	cr_false("signature");
}

Test(proof, a_commitment_or_path_that_misses_the_manifests_root_is_refused)
{
	receipt->commitment_path.data[40] ^= 1;
	cr_false("commitment_path");
	receipt->commitment_path.data[40] ^= 1;
	receipt->commitment_path.len -= 32;
	cr_false("commitment_path");
	receipt->commitment_path.len += 31;
	cr_false("commitment_path");
	receipt->commitment_path.len += 1;
	receipt->commitment.data[0] ^= 1;
	cr_false("commitment_path");
}

Test(proof, an_index_beyond_the_manifests_count_is_refused)
{
	receipt->index = 5;
	cr_false("commitment_path");
	receipt->index = UINT32_MAX;
	cr_false("commitment_path");
}

Test(proof, an_act_that_does_not_open_the_commitment_is_refused)
{
	receipt->sealed = filing->acts[3];
	cr_false("sealed");
}

Test(proof, an_attachment_that_the_act_does_not_name_is_refused)
{
	Credit__V1__SealedAct sealed = *receipt->sealed;

	sealed.attachment.data = (uint8_t *)"x";
	sealed.attachment.len = 1;
	receipt->sealed = &sealed;
	cr_false("sealed.attachment");
}

Test(proof, a_sealed_kind_of_act_without_a_blind_is_refused)
{
	receipt->blind.len = 0;
	cr_false("blind");
}

Test(proof, a_clear_kind_of_act_with_a_blind_is_refused)
{
	uint8_t blind[32] = {0};

	cr_ok(credit_receipt_extract(filing, answer, 1, true, &arena, &receipt));
	receipt->blind.data = blind;
	receipt->blind.len = sizeof blind;
	cr_false("blind");
}

Test(proof, a_clear_act_that_is_not_shown_leaves_nothing_to_verify)
{
	cr_ok(credit_receipt_extract(filing, answer, 1, true, &arena, &receipt));
	receipt->sealed = NULL;
	cr_error(verify(), RECEIPT_MALFORMED);
	cr_assert_str_eq(problem.field, "sealed");
}

Test(proof, another_time_blind_or_place_is_not_what_was_logged)
{
	receipt->recorded_at++;
	cr_false("log_path");
	receipt->recorded_at--;
	receipt->blind.data[5] ^= 1;
	cr_false("log_path");
	receipt->blind.data[5] ^= 1;
	receipt->leaf_index ^= 1;
	cr_false("log_path");
	receipt->leaf_index = UINT64_MAX;
	cr_false("log_path");
	receipt->leaf_index = 13;
	cr_ok(verify());
}

Test(proof, an_altered_checkpoint_is_refused)
{
	receipt->checkpoint.data[receipt->checkpoint.len - 10] ^= 1;
	cr_false("checkpoint");
}

Test(proof, fields_of_another_size_are_called_malformed)
{
	receipt->blind.len = 31;
	cr_error(verify(), RECEIPT_MALFORMED);
	cr_assert_str_eq(problem.field, "blind");
	receipt->commitment.len = 0;
	cr_error(verify(), RECEIPT_MALFORMED);
	receipt->issuer_key.len = 33 - 2;
	cr_error(verify(), RECEIPT_MALFORMED);
	receipt->manifest.len--;
	cr_error(verify(), RECEIPT_MALFORMED);
	cr_assert_eq(strncmp(problem.field, "manifest", 8), 0);
}

Test(proof, what_is_no_receipt_at_all_is_called_malformed)
{
	uint8_t large[CREDIT_RECEIPT_MAX + 1] = {0};
	struct credit_named_key name = sample_log_name();

	cr_error(credit_receipt_verify((struct credit_bytes){large, sizeof large}, &name, &arena,
			 &verdict, &problem),
		RECEIPT_MALFORMED);
	cr_error(credit_receipt_verify((struct credit_bytes){(const uint8_t *)"\x0a", 1}, &name,
			 &arena, &verdict, &problem),
		RECEIPT_MALFORMED);
	cr_error(credit_receipt_verify(
			 (struct credit_bytes){NULL, 0}, &name, &arena, &verdict, &problem),
		RECEIPT_MALFORMED);
}

Test(proof, too_little_memory_is_not_called_a_false_receipt)
{
	struct credit_named_key name = sample_log_name();
	struct credit_arena small;
	struct credit_bytes bytes;

	cr_ok(credit_encode(&receipt->base, &arena, &bytes));
	for (size_t limit = 0; limit < 2048; limit += 64) {
		credit_arena_init(&small, NULL, 0, limit);
		cr_expect_eq(credit_receipt_verify(bytes, &name, &small, &verdict, &problem),
			CREDIT_E_NO_MEMORY, "with %zu bytes", limit);
		credit_arena_deinit(&small);
	}
}

/* --- refusals ------------------------------------------------------------------------------ */

static struct credit_hash digest = {{4}};
static struct credit_signature signature;

static struct credit_bytes refuse(void)
{
	Credit__V1__RefusalStatement statement = CREDIT__V1__REFUSAL_STATEMENT__INIT;
	Credit__V1__Refusal refusal = CREDIT__V1__REFUSAL__INIT, *refusals[] = {&refusal};
	struct credit_key_pair system = sample_key(5);
	struct credit_bytes bytes;

	refusal.error = CREDIT_E_PERIOD;
	refusal.reason = (char *)"PERIOD";
	statement.origin = (char *)SAMPLE_ORIGIN;
	statement.manifest_digest.data = digest.byte;
	statement.manifest_digest.len = sizeof digest.byte;
	statement.n_refusals = 1;
	statement.refusals = refusals;
	cr_ok(credit_encode(&statement.base, &arena, &bytes));
	cr_ok(credit_dsse_sign(&system, CREDIT_REFUSAL_TYPE, bytes, &signature));
	return bytes;
}

Test(proof, a_refusal_signed_by_the_registry_about_this_filing_verifies)
{
	struct credit_key_pair system = sample_key(5), other = sample_key(6);
	struct credit_hash another = {{5}};
	struct credit_bytes bytes = refuse();

	cr_ok(credit_refusals_verify(bytes, &signature, &system.public_key, &digest, &problem));
	cr_error(credit_refusals_verify(bytes, &signature, &other.public_key, &digest, &problem),
		SIGNATURE_INVALID);
	cr_error(credit_refusals_verify(bytes, &signature, &system.public_key, &another, &problem),
		RECEIPT_FALSE);
	cr_assert_str_eq(problem.field, "manifest_digest");
	signature.byte[0] ^= 1;
	cr_error(credit_refusals_verify(bytes, &signature, &system.public_key, &digest, &problem),
		SIGNATURE_INVALID);
}

Test(proof, signed_bytes_that_are_no_refusals_are_refused)
{
	struct credit_key_pair system = sample_key(5);
	struct credit_bytes bytes = {(const uint8_t *)"\x18\x00", 2};

	cr_ok(credit_dsse_sign(&system, CREDIT_REFUSAL_TYPE, bytes, &signature));
	cr_error(credit_refusals_verify(bytes, &signature, &system.public_key, &digest, &problem),
		NOT_CANONICAL);
}
