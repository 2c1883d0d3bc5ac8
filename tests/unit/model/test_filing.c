/* SPDX-License-Identifier: Apache-2.0
 *
 * test_filing.c - filings: sealed, opened, altered on the way.
 */
#include "tests/unit/model/decode_fixture.h"

#define NONE ((struct credit_bytes){NULL, 0})

static struct credit_problem problem;

/* Opens, expecting a refusal of the whole filing. */
static enum credit_error refused(const Credit__V1__Filing *message)
{
	struct credit_filing *filing = NULL;
	enum credit_error error;

	problem = (struct credit_problem){0};
	error = credit_filing_open(message, &filing, &problem);
	cr_assert_null(filing, "a refused filing is not handed out");
	cr_assert_eq(problem.error, error);
	return error;
}

static struct credit_filing *opened(const Credit__V1__Filing *message)
{
	struct credit_filing *filing = NULL;
	enum credit_error error = credit_filing_open(message, &filing, &problem);

	cr_assert_eq(error, CREDIT_OK, "%s: %s", problem.field, problem.detail);
	return filing;
}

static struct credit_sealer *new_sealer(void)
{
	struct credit_sealer *sealer = NULL;

	cr_ok(credit_crypto_init());
	cr_ok(credit_sealer_new(&sealer));
	return sealer;
}

/* Signs any manifest over the acts of a filing, in place of the one that the sealer made. */
static void sign_again(Credit__V1__Filing *message, const Credit__V1__Manifest *manifest)
{
	static uint8_t bytes[2 * CREDIT_MANIFEST_MAX];
	static struct credit_signature signature;
	struct credit_key_pair pair = sample_key(1);

	message->manifest.len = credit__v1__manifest__pack(manifest, bytes);
	message->manifest.data = bytes;
	cr_ok(credit_dsse_sign(&pair, CREDIT_MANIFEST_TYPE,
		(struct credit_bytes){bytes, message->manifest.len}, &signature));
	message->signature.data = signature.byte;
}

#define REFUSED_WITH(field_, value_) \
	(manifest->field_ = (value_), sign_again(message, manifest), refused(message))
/* A good filing of three acts, its manifest unpacked so that it can be changed and signed again. */
#define WITH_MANIFEST \
	struct credit_sealer *sealer = new_sealer(); \
	Credit__V1__Filing *message = sample_filing(sealer, 3); \
	Credit__V1__Manifest *manifest = \
		credit__v1__manifest__unpack(NULL, message->manifest.len, message->manifest.data);
#define END_MANIFEST \
	credit__v1__manifest__free_unpacked(manifest, NULL); \
	credit_sealer_free(sealer);

Test(model, a_sealed_filing_opens_to_what_was_sealed)
{
	struct credit_sealer *sealer = new_sealer();
	struct credit_filing *filing = opened(sample_filing(sealer, 3));
	struct credit_key_pair pair = sample_key(1);

	cr_assert_eq(filing->count, 3);
	cr_assert(credit_bytes_equal(filing->origin, credit_bytes_of(SAMPLE_ORIGIN)));
	cr_assert_eq(memcmp(filing->issuer.character, SAMPLE_ISSUER, 18), 0);
	cr_assert_eq(filing->created_at.ms, SAMPLE_NOW);
	cr_assert_eq(filing->not_after.ms, SAMPLE_NOW + 86400000, "one day, when none is given");
	cr_assert_not(filing->all_or_nothing);
	for (uint32_t i = 0; i < 3; i++) {
		struct credit_hash commitment;
		credit_commit_act(&filing->acts[i].opening, filing->acts[i].bytes, &commitment);
		cr_expect(credit_hash_equal(&commitment, &filing->acts[i].commitment));
		cr_expect_eq(filing->acts[i].problem.error, CREDIT_OK);
	}
	cr_assert_str_eq(credit_act_name(filing->acts[1].act), "key_enrolment");
	cr_assert_not(filing->verified);
	cr_ok(credit_filing_verify(filing, &pair.public_key, &problem));
	cr_assert(filing->verified);
	cr_ok(credit_filing_check(filing, SAMPLE_ORIGIN, (credit_ms_t){SAMPLE_NOW}, &problem));
	credit_filing_free(filing);
	credit_sealer_free(sealer);
}

Test(model, a_thousand_acts_fit_and_one_more_does_not)
{
	struct credit_sealer *sealer = new_sealer();
	struct credit_sealer *other = new_sealer();
	struct sample_act act;

	for (uint32_t i = 0; i < CREDIT_ACTS_MAX; i++) {
		sample_penalty(&act, i);
		cr_ok(credit_sealer_add(other, &act.act, NONE, NULL, &problem));
	}
	cr_error(credit_sealer_add(other, &act.act, NONE, NULL, &problem), TOO_MANY);
	cr_assert_eq(credit_sealer_count(other), CREDIT_ACTS_MAX);
	credit_filing_free(opened(sample_filing(sealer, CREDIT_ACTS_MAX)));
	credit_sealer_free(sealer);
	credit_sealer_free(other);
}

Test(model, a_draft_is_filed_with_the_commitment_that_it_was_sealed_with)
{
	struct credit_sealer *sealer = new_sealer();
	struct credit_opening opening = {{7}};
	struct credit_hash expected, commitment;
	struct credit_arena arena;
	struct credit_bytes bytes;
	struct sample_act act;

	sample_penalty(&act, 1);
	credit_arena_init(&arena, NULL, 0, 1 << 20);
	cr_ok(credit_encode(&act.act.base, &arena, &bytes));
	credit_commit_act(&opening, bytes, &expected);
	cr_ok(credit_sealer_add_sealed(sealer, bytes, &opening, &commitment, &problem));
	cr_assert(credit_hash_equal(&commitment, &expected));
	cr_assert_eq(credit_sealer_count(sealer), 1);
	cr_error(credit_sealer_add_sealed(sealer, (struct credit_bytes){bytes.data, bytes.size - 1},
			 &opening, NULL, &problem),
		MALFORMED);
	cr_assert_eq(credit_sealer_count(sealer), 1);
	credit_arena_deinit(&arena);
	credit_sealer_free(sealer);
}

Test(model, a_wrong_signature_is_refused)
{
	struct credit_sealer *sealer = new_sealer();
	Credit__V1__Filing *message = sample_filing(sealer, 1);
	struct credit_key_pair pair = sample_key(1);

	message->signature.data[63] ^= 1;
	struct credit_filing *filing = opened(message);
	cr_error(credit_filing_verify(filing, &pair.public_key, &problem), SIGNATURE_INVALID);
	cr_field(problem, "signature");
	cr_assert_not(filing->verified);
	credit_filing_free(filing);
	credit_sealer_free(sealer);
}

Test(model, a_wrong_key_is_refused_before_its_signature_is_looked_at)
{
	struct credit_sealer *sealer = new_sealer();
	struct credit_filing *filing = opened(sample_filing(sealer, 1));
	struct credit_key_pair other = sample_key(9);

	cr_error(credit_filing_verify(filing, &other.public_key, &problem), SIGNATURE_INVALID);
	cr_field(problem, "manifest.key_id");
	credit_filing_free(filing);
	credit_sealer_free(sealer);
}

Test(model, a_filing_for_another_registry_is_refused)
{
	struct credit_sealer *sealer = new_sealer();
	struct credit_filing *filing = opened(sample_filing(sealer, 1));
	credit_ms_t now = {SAMPLE_NOW};

	cr_error(credit_filing_check(filing, "credit.other.example/2026", now, &problem),
		MANIFEST_ORIGIN);
	cr_error(credit_filing_check(filing, SAMPLE_ORIGIN "0", now, &problem), MANIFEST_ORIGIN);
	credit_filing_free(filing);
	credit_sealer_free(sealer);
}

Test(model, a_filing_counts_until_the_millisecond_before_not_after)
{
	struct credit_sealer *sealer = new_sealer();
	struct credit_filing *filing = opened(sample_filing(sealer, 1));
	credit_ms_t end = filing->not_after, last = {filing->not_after.ms - 1};

	cr_ok(credit_filing_check(filing, SAMPLE_ORIGIN, last, &problem));
	cr_error(credit_filing_check(filing, SAMPLE_ORIGIN, end, &problem), MANIFEST_EXPIRED);
	credit_filing_free(filing);
	credit_sealer_free(sealer);
}

Test(model, a_filers_clock_may_be_five_minutes_ahead)
{
	struct credit_sealer *sealer = new_sealer();
	struct credit_filing *filing = opened(sample_filing(sealer, 1));

	cr_ok(credit_filing_check(
		filing, SAMPLE_ORIGIN, (credit_ms_t){SAMPLE_NOW - CREDIT_CLOCK_SKEW_MS}, &problem));
	cr_error(credit_filing_check(filing, SAMPLE_ORIGIN,
			 (credit_ms_t){SAMPLE_NOW - CREDIT_CLOCK_SKEW_MS - 1}, &problem),
		MANIFEST_FUTURE);
	credit_filing_free(filing);
	credit_sealer_free(sealer);
}

Test(model, too_long_a_life_is_refused)
{
	WITH_MANIFEST
	cr_error(
		REFUSED_WITH(not_after, SAMPLE_NOW + CREDIT_FILING_LIFE_MS + 1), MANIFEST_LIFETIME);
	cr_error(REFUSED_WITH(not_after, SAMPLE_NOW), MANIFEST_LIFETIME);
	cr_error(REFUSED_WITH(not_after, INT64_MIN), MANIFEST_LIFETIME);
	cr_error(REFUSED_WITH(not_after, INT64_MAX), MANIFEST_LIFETIME);
	cr_error(REFUSED_WITH(created_at, INT64_MIN), FIELD_RANGE);
	manifest->created_at = SAMPLE_NOW;
	manifest->not_after = SAMPLE_NOW + CREDIT_FILING_LIFE_MS;
	sign_again(message, manifest);
	credit_filing_free(opened(message));
	END_MANIFEST
}

Test(model, another_count_than_the_acts_sent_is_refused)
{
	WITH_MANIFEST
	cr_error(REFUSED_WITH(count, 2), MANIFEST_COUNT);
	cr_field(problem, "manifest.count");
	cr_error(REFUSED_WITH(count, 0), MANIFEST_COUNT);
	cr_error(REFUSED_WITH(count, 1001), MANIFEST_COUNT);
	message->n_acts = 0;
	cr_error(refused(message), MANIFEST_COUNT);
	END_MANIFEST
}

Test(model, fields_of_a_manifest_of_another_size_are_refused)
{
	WITH_MANIFEST
	cr_error(REFUSED_WITH(root.len, 31), FIELD_SIZE);
	manifest->root.len = 32;
	cr_error(REFUSED_WITH(key_id.len, 0), FIELD_SIZE);
	cr_field(problem, "manifest.key_id");
	message->signature.len = 63;
	cr_error(refused(message), FIELD_SIZE);
	cr_field(problem, "signature");
	END_MANIFEST
}

Test(model, an_issuer_is_an_authority_with_a_code_good_by_itself)
{
	WITH_MANIFEST
	char *issuer = manifest->issuer_uscc;
	cr_error(REFUSED_WITH(issuer_uscc, (char *)SAMPLE_AMBIGUOUS), USCC_AMBIGUOUS);
	cr_error(REFUSED_WITH(issuer_uscc, (char *)"1111000000000011"), USCC_LENGTH);
	cr_field(problem, "manifest.issuer_uscc");
	cr_assert_neq(REFUSED_WITH(issuer_uscc, (char *)SAMPLE_FLAGGED), CREDIT_OK);
	manifest->issuer_uscc = issuer;
	char *origin = manifest->origin;
	cr_error(REFUSED_WITH(origin, (char *)""), FIELD_MISSING);
	cr_error(REFUSED_WITH(origin, (char *)"Credit"), FIELD_FORM);
	cr_field(problem, "manifest.origin");
	manifest->origin = origin;
	END_MANIFEST
}

Test(model, a_manifest_that_is_not_canonical_or_too_large_is_refused)
{
	static uint8_t longer[CREDIT_MANIFEST_MAX + 1];
	struct credit_sealer *sealer = new_sealer();
	Credit__V1__Filing *message = sample_filing(sealer, 1);

	memcpy(longer, message->manifest.data, message->manifest.len);
	memcpy(longer + message->manifest.len, "\xa0\x06\x01", 3);
	message->manifest.data = longer;
	message->manifest.len += 3;
	cr_error(refused(message), UNKNOWN_FIELD);
	message->manifest.len = sizeof longer;
	cr_error(refused(message), TOO_LARGE);
	credit_sealer_free(sealer);
}

Test(model, acts_that_do_not_give_the_root_are_refused)
{
	struct credit_sealer *sealer = new_sealer();
	Credit__V1__Filing *message = sample_filing(sealer, 3);
	Credit__V1__SealedAct *first = message->acts[0];

	message->acts[0] = message->acts[2];
	message->acts[2] = first;
	cr_error(refused(message), MANIFEST_ROOT);
	cr_field(problem, "manifest.root");
	message->acts[2] = message->acts[0];
	message->acts[0] = first;
	first->opening.data[0] ^= 1;
	cr_error(refused(message), MANIFEST_ROOT);
	first->opening.len = 31;
	cr_error(refused(message), FIELD_SIZE);
	cr_field(problem, "acts[0].opening");
	credit_sealer_free(sealer);
}

/* Replaces act `index` by other bytes and signs what results. */
static void put_act(Credit__V1__Filing *message, Credit__V1__Manifest *manifest, size_t index,
	struct credit_bytes bytes)
{
	struct credit_hash leaf[8], commitment;
	static struct credit_hash root;

	message->acts[index]->act.data = (uint8_t *)(uintptr_t)bytes.data;
	message->acts[index]->act.len = bytes.size;
	for (size_t i = 0; i < message->n_acts; i++) {
		struct credit_opening opening;
		memcpy(opening.byte, message->acts[i]->opening.data, sizeof opening.byte);
		credit_commit_act(&opening,
			(struct credit_bytes){
				message->acts[i]->act.data, message->acts[i]->act.len},
			&commitment);
		credit_leaf_hash((struct credit_bytes){commitment.byte, 32}, &leaf[i]);
	}
	credit_tree_root(leaf, message->n_acts, &root);
	memcpy(manifest->root.data, root.byte, sizeof root.byte);
	sign_again(message, manifest);
}

Test(model, an_act_of_bad_shape_is_refused_alone)
{
	static const struct {
		struct credit_bytes bytes;
		enum credit_error error;
	} cases[] = {
		{{(const uint8_t *)"", 0}, CREDIT_E_ACT_KIND},
		{{(const uint8_t *)"\x2a\x00", 2}, CREDIT_E_FIELD_MISSING},
		{{(const uint8_t *)"\x2a\x05", 2}, CREDIT_E_MALFORMED},
		{{(const uint8_t *)"\xf2\x07\x00", 3}, CREDIT_E_UNKNOWN_FIELD},
		{{(const uint8_t *)"\x2a\x02\x10\x00", 4}, CREDIT_E_NOT_CANONICAL},
	};
	WITH_MANIFEST

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		put_act(message, manifest, 1, cases[i].bytes);
		struct credit_filing *filing = opened(message);
		cr_expect_eq(filing->acts[1].problem.error, cases[i].error, "case %zu: %d", i,
			filing->acts[1].problem.error);
		cr_expect_null(filing->acts[1].act);
		cr_expect_not_null(filing->acts[0].act);
		cr_expect_not_null(filing->acts[2].act);
		credit_filing_free(filing);
	}
	END_MANIFEST
}

Test(model, an_act_too_large_is_refused_alone)
{
	static uint8_t large[CREDIT_ACT_MAX + 1];
	WITH_MANIFEST

	put_act(message, manifest, 0, (struct credit_bytes){large, sizeof large});
	struct credit_filing *filing = opened(message);
	cr_assert_eq(filing->acts[0].problem.error, CREDIT_E_TOO_LARGE);
	cr_assert_not_null(filing->acts[1].act);
	credit_filing_free(filing);
	END_MANIFEST
}

Test(model, a_sealed_act_that_stands_twice_is_accepted_once)
{
	WITH_MANIFEST

	*message->acts[2] = *message->acts[0];
	put_act(message, manifest, 2,
		(struct credit_bytes){message->acts[0]->act.data, message->acts[0]->act.len});
	struct credit_filing *filing = opened(message);
	cr_assert_not_null(filing->acts[0].act);
	cr_assert_eq(filing->acts[2].problem.error, CREDIT_E_COMMITMENT_USED);
	cr_assert_null(filing->acts[2].act);
	credit_filing_free(filing);
	END_MANIFEST
}

Test(model, many_empty_strings_refuse_the_filing_before_they_fill_the_memory)
{
	enum {
		ITEMS = 4096
	};
	static uint8_t bytes[3 + 1 + 2 * ITEMS] = {0x2a, 0x80, 0x40};
	WITH_MANIFEST

	/* A grant of 4,096 empty items; it takes forty times its bytes. */
	for (size_t i = 0; i < ITEMS; i++)
		bytes[3 + 2 * i] = 0x1a;
	for (size_t i = 0; i < 3; i++)
		put_act(message, manifest, i, (struct credit_bytes){bytes, 3 + 2 * ITEMS});
	cr_error(refused(message), NO_MEMORY);
	cr_assert_eq(strncmp(problem.field, "acts[", 5), 0);
	END_MANIFEST
}

Test(model, an_attachment_is_the_one_that_its_act_names)
{
	struct credit_sealer *sealer = new_sealer();
	struct credit_manifest_options options = sample_options();
	struct credit_key_pair pair = sample_key(1);
	Credit__V1__Filing *message = NULL;
	struct sample_act act;

	sample_adoption(&act, BYTES("the rule book"));
	cr_error(credit_sealer_add(sealer, &act.act, NONE, NULL, &problem), ATTACHMENT);
	cr_error(credit_sealer_add(sealer, &act.act, BYTES("another"), NULL, &problem), ATTACHMENT);
	cr_ok(credit_sealer_add(sealer, &act.act, BYTES("the rule book"), NULL, &problem));
	sample_penalty(&act, 1);
	cr_error(credit_sealer_add(sealer, &act.act, BYTES("x"), NULL, &problem), ATTACHMENT);
	cr_ok(credit_sealer_sign(sealer, &options, &pair, &message, &problem));
	credit_filing_free(opened(message));
	message->acts[0]->attachment.data[0] ^= 1;
	cr_error(refused(message), ATTACHMENT);
	cr_field(problem, "acts[0].attachment");
	message->acts[0]->attachment.len = 0;
	cr_error(refused(message), ATTACHMENT);
	credit_sealer_free(sealer);
}

/* --- sealing ------------------------------------------------------------------------------- */

Test(model, the_sealer_refuses_what_the_registry_would)
{
	struct credit_sealer *sealer = new_sealer();
	struct sample_act act;

	sample_penalty(&act, 1);
	act.body.penalty.fact = (char *)"";
	cr_error(credit_sealer_add(sealer, &act.act, NONE, NULL, &problem), FIELD_MISSING);
	cr_assert_eq(credit_sealer_count(sealer), 0);
	credit_sealer_free(sealer);
}

Test(model, nothing_is_signed_without_acts_or_with_bad_options)
{
	struct credit_sealer *sealer = new_sealer();
	struct credit_manifest_options options = sample_options();
	struct credit_key_pair pair = sample_key(1);
	Credit__V1__Filing *message = NULL;
	struct sample_act act;

	cr_error(credit_sealer_sign(sealer, &options, &pair, &message, &problem), MANIFEST_COUNT);
	sample_penalty(&act, 1);
	cr_ok(credit_sealer_add(sealer, &act.act, NONE, NULL, &problem));
	options.life_ms = CREDIT_FILING_LIFE_MS + 1;
	cr_error(
		credit_sealer_sign(sealer, &options, &pair, &message, &problem), MANIFEST_LIFETIME);
	options.life_ms = 1;
	options.created_at.ms = INT64_MAX;
	cr_error(credit_sealer_sign(sealer, &options, &pair, &message, &problem), FIELD_RANGE);
	options = sample_options();
	options.origin = "";
	cr_error(credit_sealer_sign(sealer, &options, &pair, &message, &problem), FIELD_MISSING);
	cr_assert_null(message);
	options = sample_options();
	cr_ok(credit_sealer_sign(sealer, &options, &pair, &message, &problem));
	cr_assert_eq(credit_sealer_count(sealer), 0, "it starts afresh");
	credit_sealer_free(sealer);
}

Test(model, the_same_act_sealed_twice_gives_two_commitments)
{
	struct credit_sealer *sealer = new_sealer();
	struct credit_hash first, second;
	struct sample_act act;

	sample_penalty(&act, 1);
	cr_ok(credit_sealer_add(sealer, &act.act, NONE, &first, &problem));
	cr_ok(credit_sealer_add(sealer, &act.act, NONE, &second, &problem));
	cr_assert_not(credit_hash_equal(&first, &second));
	credit_sealer_free(sealer);
}

Test(model, a_sealer_never_makes_a_filing_that_is_too_large)
{
	uint8_t attachment[CREDIT_ATTACHMENT_MAX] = {0};
	struct credit_sealer *sealer = new_sealer();
	struct credit_manifest_options options = sample_options();
	struct credit_key_pair pair = sample_key(1);
	Credit__V1__Filing *message = NULL;
	struct sample_act act;

	sample_adoption(&act, (struct credit_bytes){attachment, sizeof attachment});
	for (int i = 0; i < 7; i++)
		cr_ok(credit_sealer_add(sealer, &act.act,
			(struct credit_bytes){attachment, sizeof attachment}, NULL, &problem));
	cr_error(credit_sealer_add(sealer, &act.act,
			 (struct credit_bytes){attachment, sizeof attachment}, NULL, &problem),
		TOO_LARGE);
	cr_ok(credit_sealer_sign(sealer, &options, &pair, &message, &problem));
	cr_assert_leq(credit__v1__filing__get_packed_size(message), CREDIT_FILING_MAX);
	credit_filing_free(opened(message));
	credit_sealer_free(sealer);
}
