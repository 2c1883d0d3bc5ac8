/* SPDX-License-Identifier: Apache-2.0
 *
 * test_registry.c - filing, answering and publishing, in process.
 */
#include <criterion/criterion.h>

#include <credit/proof.h>

#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include <stdlib.h>
#include <string.h>

#define BLACK "black.market-serious"
#define DAY_MS 86400000LL

TestSuite(registry, .init = temp_dir_make, .fini = temp_dir_remove);

static uint64_t epoch_of(struct town *town)
{
	struct credit_publication publication;
	struct credit_view *view;

	cr_assert_eq(credit_view_new(town->registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_publication(view, &publication), CREDIT_OK);
	credit_view_end(view);
	credit_view_free(view);
	return publication.epoch;
}

/* --- the main walk
 * --------------------------------------------------------------------------------- */

Test(registry, a_listing_shows_after_publication_and_not_before)
{
	const char *folder = temp_dir_path("town");
	struct town town;

	town_open(&town, folder);
	town_enrol_now(&town, 1);
	town_publish(&town);
	cr_expect_eq(town_lists_of(&town, 1), 0);
	town_list_now(&town, 1, BLACK, NULL);
	cr_expect_eq(town_lists_of(&town, 1), 0, "readers see the last publication whole");
	town_publish(&town);
	cr_expect_eq(town_lists_of(&town, 1), 1);
	town_close(&town);
}

Test(registry, absent_from_the_register_is_not_clean)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	enum credit_error error;

	town_open(&town, folder);
	cr_expect_null(town_ask(&town, 7, &error));
	cr_expect_eq(error, CREDIT_E_NOT_FOUND);
	town_close(&town);
}

Test(registry, a_removed_entity_answers_with_the_bytes_of_one_never_listed)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	struct town_act act;
	struct credit_hash listed;
	struct credit_uscc uscc = town_uscc(1);
	struct credit_stored_status before, after;
	struct credit_view *view;
	uint8_t kept[CREDIT_STATUS_MAX];
	size_t kept_size;

	town_open(&town, folder);
	town_enrol_now(&town, 1);
	town_publish(&town);
	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_status(view, &uscc, town.now, &before), CREDIT_OK);
	kept_size = before.status.size;
	memcpy(kept, before.status.data, kept_size);
	credit_view_end(view);

	town_list_now(&town, 1, BLACK, &listed);
	town_remove(&act, 1, &listed, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED);
	town_file_one(&town, &act, NULL);
	town_publish(&town);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_status(view, &uscc, town.now, &after), CREDIT_OK);
	cr_expect_eq(after.status.size, kept_size);
	cr_expect_arr_eq(after.status.data, kept, kept_size);
	credit_view_end(view);
	credit_view_free(view);
	town_close(&town);
}

Test(registry, a_publication_that_ran_out_ends_by_itself)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	enum credit_error error;
	credit_ms_t due;
	uint32_t fired;

	town_open(&town, folder);
	town_enrol_now(&town, 1);
	town_list_now(&town, 1, BLACK, NULL);
	town_publish(&town);
	due = credit_registry_next_due(town.registry);
	cr_assert_lt(due.ms, INT64_MAX);
	town_publish(&town);
	town.now.ms = due.ms - 1;
	cr_assert_eq(credit_registry_fire_due(town.registry, town.now, 1000, &fired), CREDIT_OK);
	cr_expect_eq(fired, 0, "nothing falls due a millisecond early");
	town.now = due;
	cr_expect_null(town_ask(&town, 1, &error));
	cr_expect_eq(error, CREDIT_E_STATUS_STALE, "an old answer is not given past fresh_until");
	cr_assert_eq(credit_registry_fire_due(town.registry, town.now, 1000, &fired), CREDIT_OK);
	cr_expect_eq(fired, 1);
	town_publish(&town);
	cr_expect_eq(town_lists_of(&town, 1), 0);
	cr_expect_eq(credit_registry_next_due(town.registry).ms, INT64_MAX);
	town_publish(&town);
	town_close(&town);
}

/* --- answers
 * ------------------------------------------------------------------------------------------ */

/* A sealed filing kept in hand, so that the same bytes can be sent twice. */
struct kept {
	struct credit_sealer *sealer;
	Credit__V1__Filing *filing;
};

static struct kept seal(struct town *town, struct town_act *const *acts, size_t count, bool whole)
{
	struct credit_manifest_options options = {.origin = TOWN_ORIGIN,
		.issuer = town->bureau_uscc,
		.created_at = town->now,
		.all_or_nothing = whole};
	struct kept kept;

	cr_assert_eq(credit_sealer_new(&kept.sealer), CREDIT_OK);
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(credit_sealer_add(kept.sealer, &acts[i]->act, (struct credit_bytes){0},
				     NULL, NULL),
			CREDIT_OK);
	cr_assert_eq(credit_sealer_sign(kept.sealer, &options, &town->bureau, &kept.filing, NULL),
		CREDIT_OK);
	return kept;
}

/* Submits; the answer is copied to the heap. */
static enum credit_error submit(struct town *town, const struct kept *kept, const char *request_id,
	bool validate_only, struct credit_bytes *ret_answer, struct credit_submission *ret)
{
	struct credit_submission submission = {.validate_only = validate_only};
	struct credit_submission *const submissions[] = {&submission};

	if (request_id) {
		submission.has_request_id = true;
		memcpy(submission.request_id, request_id, sizeof submission.request_id);
	}
	cr_assert_eq(credit_filing_open(kept->filing, &submission.filing, NULL), CREDIT_OK);
	credit_registry_submit(town->registry, submissions, 1, town->now);
	if (ret_answer && submission.error == CREDIT_OK) {
		uint8_t *copy = malloc(submission.answer.size);

		memcpy(copy, submission.answer.data, submission.answer.size);
		*ret_answer = (struct credit_bytes){copy, submission.answer.size};
	}
	credit_filing_free(submission.filing);
	submission.filing = NULL;
	if (ret)
		*ret = submission;
	return submission.error;
}

static void drop(struct credit_bytes answer)
{
	union {
		const uint8_t *in;
		uint8_t *out;
	} data = {.in = answer.data};

	free(data.out);
}

Test(registry, the_same_filing_again_gets_the_first_answer_to_the_byte)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	struct town_act act;
	struct town_act *const acts[] = {&act};
	struct credit_bytes first = {0}, second = {0}, third = {0};
	struct kept kept;

	town_open(&town, folder);
	town_enrol(&act, 1);
	kept = seal(&town, acts, 1, false);
	cr_assert_eq(submit(&town, &kept, NULL, false, &first, NULL), CREDIT_OK);
	town_enrol_now(&town, 2);
	cr_assert_eq(submit(&town, &kept, NULL, false, &second, NULL), CREDIT_OK);
	cr_expect(credit_bytes_equal(first, second));
	town_publish(&town);
	town_close(&town);
	/* Also after a restart, and long after not_after. */
	town_open(&town, folder);
	town.now.ms += 30 * DAY_MS;
	cr_assert_eq(submit(&town, &kept, NULL, false, &third, NULL), CREDIT_OK);
	cr_expect(credit_bytes_equal(first, third));
	drop(first);
	drop(second);
	drop(third);
	credit_sealer_free(kept.sealer);
	town_publish(&town);
	town_close(&town);
}

Test(registry, a_request_id_names_one_filing_for_ever)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	struct town_act act;
	struct town_act *const acts[] = {&act};
	struct kept one, other;

	town_open(&town, folder);
	town_enrol(&act, 1);
	one = seal(&town, acts, 1, false);
	town_enrol(&act, 2);
	other = seal(&town, acts, 1, false);
	cr_assert_eq(submit(&town, &one, "0123456789abcdef", false, NULL, NULL), CREDIT_OK);
	cr_expect_eq(submit(&town, &one, "0123456789abcdef", false, NULL, NULL), CREDIT_OK);
	cr_expect_eq(submit(&town, &other, "0123456789abcdef", false, NULL, NULL),
		CREDIT_E_REQUEST_ID_REUSED);
	cr_expect_eq(submit(&town, &other, "fedcba9876543210", false, NULL, NULL), CREDIT_OK);
	credit_sealer_free(one.sealer);
	credit_sealer_free(other.sealer);
	town_close(&town);
}

Test(registry, a_refused_act_is_answered_with_its_rule_under_the_system_key)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	struct town_act good, bad;
	struct town_act *const acts[] = {&good, &bad};
	struct credit_bytes bytes = {0};
	struct credit_submission result;
	struct credit_signature signature;
	struct credit_hash digest;
	Credit__V1__FilingReceipt *answer;
	Credit__V1__RefusalStatement *statement;
	struct kept kept;

	town_open(&town, folder);
	town_enrol(&good, 1);
	town_list(&bad, 99, BLACK);
	kept = seal(&town, acts, 2, false);
	cr_assert_eq(submit(&town, &kept, NULL, false, &bytes, &result), CREDIT_OK);
	cr_expect_eq(result.accepted, 1);
	cr_expect_eq(result.refused, 1);
	answer = credit__v1__filing_receipt__unpack(NULL, bytes.size, bytes.data);
	cr_assert_not_null(answer);
	cr_assert_eq(answer->n_accepted, 1);
	cr_assert_eq(answer->refusals_signature.len, sizeof signature);
	memcpy(signature.byte, answer->refusals_signature.data, sizeof signature);
	cr_assert_eq(credit_dsse_digest(CREDIT_MANIFEST_TYPE,
			     (struct credit_bytes){
				     kept.filing->manifest.data, kept.filing->manifest.len},
			     &digest),
		CREDIT_OK);
	cr_expect_eq(credit_refusals_verify(
			     (struct credit_bytes){answer->refusals.data, answer->refusals.len},
			     &signature, &town.system.public_key, &digest, NULL),
		CREDIT_OK);
	statement = credit__v1__refusal_statement__unpack(
		NULL, answer->refusals.len, answer->refusals.data);
	cr_assert_eq(statement->n_refusals, 1);
	cr_expect_eq(statement->refusals[0]->index, 1);
	cr_expect_eq(statement->refusals[0]->error, CREDIT_E_ENTITY_UNKNOWN);
	credit__v1__refusal_statement__free_unpacked(statement, NULL);
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
	drop(bytes);
	credit_sealer_free(kept.sealer);
	town_close(&town);
}

Test(registry, one_refused_act_of_an_all_or_nothing_filing_leaves_no_trace_of_the_others)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	struct town_act good, bad;
	struct town_act *const acts[] = {&good, &bad};
	struct credit_submission result;
	enum credit_error error;
	struct kept kept;

	town_open(&town, folder);
	town_enrol(&good, 1);
	town_list(&bad, 99, BLACK);
	kept = seal(&town, acts, 2, true);
	cr_assert_eq(submit(&town, &kept, NULL, false, NULL, &result), CREDIT_OK);
	cr_expect_eq(result.accepted, 0);
	cr_expect_eq(result.refused, 2);
	town_publish(&town);
	cr_expect_null(town_ask(&town, 1, &error));
	cr_expect_eq(error, CREDIT_E_NOT_FOUND);
	credit_sealer_free(kept.sealer);
	/* The same act may be filed anew. */
	town_enrol_now(&town, 1);
	town_publish(&town);
	cr_expect_eq(town_lists_of(&town, 1), 0);
	town_close(&town);
}

Test(registry, a_dry_run_answers_and_changes_nothing)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	struct town_act act;
	struct town_act *const acts[] = {&act};
	struct credit_submission result;
	struct kept kept;
	uint64_t before;

	town_open(&town, folder);
	before = epoch_of(&town);
	town_enrol(&act, 1);
	kept = seal(&town, acts, 1, false);
	cr_assert_eq(submit(&town, &kept, NULL, true, NULL, &result), CREDIT_OK);
	cr_expect_eq(result.accepted, 1);
	town_publish(&town);
	cr_expect_eq(epoch_of(&town), before);
	/* And the filing may still be made in earnest. */
	cr_assert_eq(submit(&town, &kept, NULL, false, NULL, &result), CREDIT_OK);
	cr_expect_eq(result.accepted, 1);
	credit_sealer_free(kept.sealer);
	town_close(&town);
}

Test(registry, every_accepted_act_has_a_receipt_that_verifies_offline)
{
	enum {
		COUNT = 300
	};
	const char *folder = temp_dir_path("town");
	static struct town_act many[COUNT];
	struct town_act *acts[COUNT];
	struct town town;
	struct credit_bytes bytes = {0};
	Credit__V1__FilingReceipt *answer;
	struct kept kept;

	town_open(&town, folder);
	for (uint32_t i = 0; i < COUNT; i++) {
		town_enrol(&many[i], i);
		acts[i] = &many[i];
	}
	kept = seal(&town, acts, COUNT, false);
	cr_assert_eq(submit(&town, &kept, NULL, false, &bytes, NULL), CREDIT_OK);
	answer = credit__v1__filing_receipt__unpack(NULL, bytes.size, bytes.data);
	cr_assert_eq(answer->n_accepted, COUNT);
	for (uint32_t i = 0; i < COUNT; i++) {
		struct credit_receipt_verdict verdict;
		struct credit_problem problem;
		struct credit_arena arena;
		struct credit_bytes packed;
		Credit__V1__Receipt *receipt;

		credit_arena_init(&arena, NULL, 0, (size_t)8 << 20);
		cr_assert_eq(credit_receipt_extract(kept.filing, answer, i, true, &arena, &receipt),
			CREDIT_OK);
		cr_assert_eq(
			credit_encode((ProtobufCMessage *)receipt, &arena, &packed), CREDIT_OK);
		cr_assert_eq(
			credit_receipt_verify(packed, &town.log_name, &arena, &verdict, &problem),
			CREDIT_OK, "act %u: %s %s", i, problem.field, problem.detail);
		cr_expect(verdict.act_shown);
		cr_expect_eq(verdict.index, i);
		credit_arena_deinit(&arena);
	}
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
	drop(bytes);
	credit_sealer_free(kept.sealer);
	town_close(&town);
}

Test(registry, a_receipt_can_be_had_again_by_commitment)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	struct town_act act;
	struct credit_hash commitment;
	struct credit_receipt_verdict verdict;
	struct credit_problem problem;
	struct credit_arena arena;
	struct credit_bytes receipt;
	struct credit_uscc issuer;
	struct credit_view *view;

	town_open(&town, folder);
	town_enrol(&act, 1);
	town_file_one(&town, &act, &commitment);
	for (uint32_t i = 2; i < 40; i++)
		town_enrol_now(&town, i);
	town_publish(&town);
	credit_arena_init(&arena, NULL, 0, (size_t)8 << 20);
	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_receipt(view, &commitment, &arena, &receipt, &issuer), CREDIT_OK);
	cr_expect_arr_eq(issuer.character, town.bureau_uscc.character, CREDIT_USCC_SIZE);
	cr_expect_eq(credit_receipt_verify(receipt, &town.log_name, &arena, &verdict, &problem),
		CREDIT_OK, "%s %s", problem.field, problem.detail);
	credit_view_end(view);
	credit_view_free(view);
	credit_arena_deinit(&arena);
	town_close(&town);
}
