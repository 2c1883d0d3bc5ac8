/* SPDX-License-Identifier: Apache-2.0
 *
 * test_erase.c - erasing a record: the rows, the files, and all that must go on standing.
 *
 * Whether bytes are gone is looked for in every file below the registry's folder. The clerk's texts, the
 * opening and the blind are looked for each by itself, and first found, so that looking means something.
 */
/* long: one history, looked at from all sides */
#include <criterion/criterion.h>

#include "tests/support/read_file.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tile_folder.h"
#include "tests/support/town.h"
#include "tests/support/traces.h"

#include <credit/proof.h>
#include <credit/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLACK "black.market-serious"
#define RED "red.taxpayer-a"
#define REVOKED CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED
#define FACT "将过期原料掺入一批罐头并销往外县"
#define REASON "经复议认定原案事实不清"
#define NAME "示例县旧名罐头厂"

TestSuite(registry_erase, .init = temp_dir_make, .fini = temp_dir_remove);

/* --- a history --------------------------------------------------------------------------------- */

struct history {
	struct town town;
	const char *folder;
	struct credit_hash listing, penalty, removal, other;
	struct credit_opening opening;      /* of the listing */
	uint8_t blind[CREDIT_OPENING_SIZE]; /* of the listing */
	uint8_t *receipt;                   /* of the listing, as its filer keeps it */
	size_t receipt_size;
};

static enum credit_error receipt_of(struct town *town, const struct credit_hash *commitment,
	struct credit_arena *arena, struct credit_bytes *ret_receipt)
{
	struct credit_view *view;
	struct credit_uscc issuer;
	enum credit_error error;

	cr_assert_eq(credit_view_new(town->registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	error = credit_view_receipt(view, commitment, arena, ret_receipt, &issuer);
	if (error == CREDIT_OK || error == CREDIT_E_ERASED)
		cr_expect_eq(memcmp(&issuer, &town->bureau_uscc, sizeof issuer), 0);
	credit_view_end(view);
	credit_view_free(view);
	return error;
}

static bool receipt_stands(struct town *town, struct credit_bytes receipt)
{
	struct credit_receipt_verdict verdict;
	struct credit_problem problem;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, 1 << 22);
	error = credit_receipt_verify(receipt, &town->log_name, &arena, &verdict, &problem);
	credit_arena_deinit(&arena);
	return error == CREDIT_OK;
}

static void keep_receipt(struct history *history)
{
	struct credit_bytes bytes;
	struct credit_arena arena;
	Credit__V1__Receipt *receipt;

	credit_arena_init(&arena, NULL, 0, 1 << 22);
	cr_assert_eq(receipt_of(&history->town, &history->listing, &arena, &bytes), CREDIT_OK);
	history->receipt = malloc(bytes.size);
	cr_assert_not_null(history->receipt);
	memcpy(history->receipt, bytes.data, bytes.size);
	history->receipt_size = bytes.size;
	receipt = credit__v1__receipt__unpack(NULL, bytes.size, bytes.data);
	cr_assert_not_null(receipt);
	memcpy(history->opening.byte, receipt->sealed->opening.data, sizeof history->opening);
	memcpy(history->blind, receipt->blind.data, sizeof history->blind);
	credit__v1__receipt__free_unpacked(receipt, NULL);
	credit_arena_deinit(&arena);
}

static struct credit_bytes kept(const struct history *history)
{
	return (struct credit_bytes){history->receipt, history->receipt_size};
}

/* Entity 1 is listed, penalised and listed in red; the black listing is revoked. Each has an epoch of
 * its own and there are publications between them, with statuses drawn anew. */
static void make_history(struct history *history)
{
	static char fact[] = FACT, reason[] = REASON, name[] = NAME;
	struct town *town = &history->town;
	struct town_act act;

	*history = (struct history){.folder = temp_dir_path("town")};
	town_open(town, history->folder);
	for (uint32_t i = 1; i <= 5; i++)
		town_enrol_now(town, i);
	town_publish(town);
	town_list(&act, 1, BLACK);
	act.body.listing.fact = fact;
	town_file_one(town, &act, &history->listing);
	town_publish(town);
	town_penalise(&act, 1, 4711);
	act.body.penalty.entity_name = name;
	town_file_one(town, &act, &history->penalty);
	town_list(&act, 2, BLACK);
	town_file_one(town, &act, NULL);
	for (int i = 0; i < 5; i++)
		town_publish(town);
	town_list_now(town, 1, RED, &history->other);
	town_remove(&act, 1, &history->listing, REVOKED);
	act.body.removal.reason = reason;
	town_file_one(town, &act, &history->removal);
	town_publish(town);
	keep_receipt(history);
}

static void end_history(struct history *history)
{
	town_close(&history->town);
	free(history->receipt);
}

static void erase_now(struct town *town, uint32_t entity, const struct credit_hash *made_by)
{
	struct town_act act;

	town_erase(&act, entity, made_by);
	town_file_one(town, &act, NULL);
}

static uint64_t scrub(struct town *town)
{
	uint64_t scrubbed = 0;

	cr_assert_eq(credit_registry_scrub(town->registry, town->now, &scrubbed), CREDIT_OK);
	return scrubbed;
}

static unsigned files_with(const struct history *history, const char *text)
{
	return traces_files_with(history->folder, credit_bytes_of(text));
}

static void reopen(struct history *history)
{
	town_close(&history->town);
	town_open(&history->town, history->folder);
}

static void drop_state(struct history *history)
{
	char path[512];

	town_close(&history->town);
	snprintf(path, sizeof path, "%s/state", history->folder);
	cr_assert_eq(credit_store_destroy(path), CREDIT_OK);
	town_open(&history->town, history->folder);
}

/* --- what goes --------------------------------------------------------------------------------- */

Test(registry_erase, after_the_scrub_no_file_holds_a_byte_of_it)
{
	struct history history;

	make_history(&history);
	cr_assert_gt(files_with(&history, FACT), 0);
	cr_assert_gt(files_with(&history, REASON), 0);
	cr_assert_gt(traces_files_with(history.folder,
			     (struct credit_bytes){history.opening.byte, CREDIT_OPENING_SIZE}),
		0);
	cr_assert_gt(traces_files_with(history.folder,
			     (struct credit_bytes){history.blind, sizeof history.blind}),
		0);
	erase_now(&history.town, 1, &history.listing);
	cr_expect_eq(scrub(&history.town), 1);
	cr_expect_eq(files_with(&history, FACT), 0);
	cr_expect_eq(files_with(&history, REASON), 0, "its removal told of it");
	cr_expect_eq(traces_files_with(history.folder,
			     (struct credit_bytes){history.opening.byte, CREDIT_OPENING_SIZE}),
		0);
	cr_expect_eq(traces_files_with(history.folder,
			     (struct credit_bytes){history.blind, sizeof history.blind}),
		0);
	end_history(&history);
}

Test(registry_erase, records_of_others_and_other_records_of_the_entity_stay)
{
	struct history history;

	make_history(&history);
	erase_now(&history.town, 1, &history.listing);
	scrub(&history.town);
	cr_expect_gt(files_with(&history, NAME), 0, "the penalty was not erased");
	cr_expect_eq(town_lists_of(&history.town, 1), 1);
	cr_expect_eq(town_lists_of(&history.town, 2), 1);
	end_history(&history);
}

Test(registry_erase, statuses_that_told_of_it_go_from_rows_and_publications_of_others)
{
	struct history history;
	char document[] = "示市监列〔2026〕1号";

	make_history(&history);
	/* The red listing of the same entity has the same number in this town: look at the state. */
	cr_assert_gt(files_with(&history, document), 0);
	struct town_act act;
	town_remove(&act, 1, &history.other, REVOKED);
	town_file_one(&history.town, &act, NULL);
	erase_now(&history.town, 1, &history.listing);
	erase_now(&history.town, 1, &history.other);
	cr_expect_eq(scrub(&history.town), 2);
	cr_expect_eq(files_with(&history, document), 0);
	end_history(&history);
}

Test(registry_erase, a_record_is_ended_first_or_in_the_same_filing)
{
	struct history history;
	struct town_act remove, erase;
	struct town_act *both[] = {&remove, &erase};
	Credit__V1__FilingReceipt *answer = NULL;
	Credit__V1__RefusalStatement *refusals;

	make_history(&history);
	town_erase(&erase, 1, &history.other);
	struct town_act *one[] = {&erase};
	cr_assert_eq(town_file(&history.town, one, 1, false, NULL, &answer), CREDIT_OK);
	refusals = credit__v1__refusal_statement__unpack(
		NULL, answer->refusals.len, answer->refusals.data);
	cr_assert_not_null(refusals);
	cr_assert_eq(refusals->n_refusals, 1);
	cr_expect_str_eq(refusals->refusals[0]->reason, "RECORD_PUBLISHED");
	cr_expect_str_eq(refusals->refusals[0]->field, "erasure.record");
	credit__v1__refusal_statement__free_unpacked(refusals, NULL);
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
	town_remove(&remove, 1, &history.other, REVOKED);
	town_erase(&erase, 1, &history.other);
	cr_assert_eq(town_file(&history.town, both, 2, true, NULL, &answer), CREDIT_OK);
	cr_expect_eq(answer->n_accepted, 2);
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
	cr_expect_eq(scrub(&history.town), 1);
	cr_expect_eq(traces_fsck(&history.town).erased, 2);
	end_history(&history);
}

/* --- what stays -------------------------------------------------------------------------------- */

Test(registry_erase, receipts_of_others_and_the_filers_own_go_on_verifying)
{
	struct history history;
	struct credit_bytes receipt;
	struct credit_arena arena;

	make_history(&history);
	erase_now(&history.town, 1, &history.listing);
	scrub(&history.town);
	credit_arena_init(&arena, NULL, 0, 1 << 22);
	cr_expect(receipt_stands(&history.town, kept(&history)));
	cr_assert_eq(receipt_of(&history.town, &history.penalty, &arena, &receipt), CREDIT_OK);
	cr_expect(receipt_stands(&history.town, receipt));
	cr_assert_eq(receipt_of(&history.town, &history.other, &arena, &receipt), CREDIT_OK,
		"it stands in the same publication");
	cr_expect(receipt_stands(&history.town, receipt));
	credit_arena_deinit(&arena);
	end_history(&history);
}

Test(registry_erase, who_asks_for_an_erased_act_is_told_so_before_and_after_the_scrub)
{
	struct history history;
	struct credit_bytes receipt;
	struct credit_arena arena;

	make_history(&history);
	erase_now(&history.town, 1, &history.listing);
	town_publish(&history.town);
	credit_arena_init(&arena, NULL, 0, 1 << 22);
	for (int after = 0; after < 2; after++) {
		cr_expect_eq(receipt_of(&history.town, &history.listing, &arena, &receipt),
			CREDIT_E_ERASED);
		cr_expect_eq(receipt_of(&history.town, &history.removal, &arena, &receipt),
			CREDIT_E_ERASED);
		scrub(&history.town);
	}
	credit_arena_deinit(&arena);
	end_history(&history);
}

Test(registry_erase, the_same_filing_again_is_answered_without_a_blind)
{
	struct history history;
	struct town *town = &history.town;
	struct town_act listing, penalty;
	Credit__V1__Filing *filing;
	Credit__V1__FilingReceipt *answer;
	struct credit_submission submission = {0};
	struct credit_submission *const submissions[] = {&submission};
	struct credit_manifest_options options = {.origin = TOWN_ORIGIN, .created_at = {0}};
	struct credit_hash commitment;

	make_history(&history);
	options.issuer = town->bureau_uscc;
	options.created_at = town->now;
	town_list(&listing, 3, BLACK);
	town_penalise(&penalty, 3, 9);
	cr_assert_eq(credit_sealer_add(town->sealer, &listing.act, (struct credit_bytes){0},
			     &commitment, NULL),
		CREDIT_OK);
	cr_assert_eq(
		credit_sealer_add(town->sealer, &penalty.act, (struct credit_bytes){0}, NULL, NULL),
		CREDIT_OK);
	cr_assert_eq(credit_sealer_sign(town->sealer, &options, &town->bureau, &filing, NULL),
		CREDIT_OK);
	cr_assert_eq(credit_filing_open(filing, &submission.filing, NULL), CREDIT_OK);
	credit_registry_submit(town->registry, submissions, 1, town->now);
	cr_assert_eq(submission.error, CREDIT_OK);

	/* The filing's bytes lie in this sealer: other acts get another. */
	struct credit_sealer *own = town->sealer;
	cr_assert_eq(credit_sealer_new(&town->sealer), CREDIT_OK);
	struct town_act remove;
	town_remove(&remove, 3, &commitment, REVOKED);
	town_file_one(town, &remove, NULL);
	erase_now(town, 3, &commitment);
	scrub(town);
	credit_registry_submit(town->registry, submissions, 1, town->now);
	cr_assert_eq(submission.error, CREDIT_OK);
	answer = credit__v1__filing_receipt__unpack(
		NULL, submission.answer.size, submission.answer.data);
	cr_assert_not_null(answer);
	cr_assert_eq(answer->n_accepted, 2);
	cr_expect(answer->accepted[0]->erased);
	cr_expect_eq(answer->accepted[0]->blind.len, 0);
	cr_expect_not(answer->accepted[1]->erased);
	cr_expect_eq(answer->accepted[1]->blind.len, CREDIT_OPENING_SIZE);
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
	credit_filing_free(submission.filing);
	credit_sealer_free(own);
	end_history(&history);
}

Test(registry_erase, the_log_is_exported_the_same_as_before)
{
	struct history history;
	struct credit_exporter *exporter;
	struct credit_problem problem;
	char before[512], after[512], command[1200];

	make_history(&history);
	erase_now(&history.town, 1, &history.listing);
	town_publish(&history.town);
	snprintf(before, sizeof before, "%s", temp_dir_path("before"));
	snprintf(after, sizeof after, "%s", temp_dir_path("after"));
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(credit_exporter_open(history.town.registry, i ? after : before, 0,
				     &exporter, &problem),
			CREDIT_OK);
		cr_assert_eq(credit_exporter_run(exporter, NULL, NULL, &problem), CREDIT_OK);
		credit_exporter_free(exporter);
		if (i == 0)
			scrub(&history.town);
	}
	tile_folder_check(&history.town, after);
	snprintf(command, sizeof command, "diff -r '%s' '%s'", before, after);
	cr_expect_eq(system(command), 0);
	end_history(&history);
}

/* --- checking and replaying -------------------------------------------------------------------- */

Test(registry_erase, fsck_says_what_is_erased_and_calls_nothing_corrupt)
{
	struct history history;
	struct credit_fsck_report report;

	make_history(&history);
	erase_now(&history.town, 1, &history.listing);
	town_publish(&history.town);
	report = traces_fsck(&history.town);
	cr_expect_eq(report.erased, 0);
	cr_expect_eq(report.underived, 0);
	cr_expect_eq(report.unscrubbed, 1);
	scrub(&history.town);
	report = traces_fsck(&history.town);
	cr_expect_eq(report.erased, 2, "the listing and its removal");
	cr_expect_gt(report.underived, 0);
	cr_expect_eq(report.unscrubbed, 0);
	end_history(&history);
}

/* The HMAC of the listing's leaf, from the receipt that its filer keeps. */
static struct credit_hash leaf_mac(const struct history *history)
{
	Credit__V1__Receipt *receipt =
		credit__v1__receipt__unpack(NULL, history->receipt_size, history->receipt);
	struct credit_opening blind;
	struct credit_hash digest, mac;

	cr_assert_not_null(receipt);
	memcpy(blind.byte, receipt->blind.data, sizeof blind);
	cr_assert_eq(credit_dsse_digest(CREDIT_MANIFEST_TYPE,
			     (struct credit_bytes){receipt->manifest.data, receipt->manifest.len},
			     &digest),
		CREDIT_OK);
	credit_commit_leaf(&blind, &digest, receipt->index, &history->listing, &mac);
	credit__v1__receipt__free_unpacked(receipt, NULL);
	return mac;
}

static void count_fault(void *context, const struct credit_fault *fault)
{
	*(unsigned *)context += strcmp(fault->name, "ROW_UNREADABLE") == 0;
}

Test(registry_erase, fsck_tells_of_an_altered_leaf_of_an_erased_act)
{
	struct history history;
	struct credit_fsck_report report;
	struct credit_hash mac;
	unsigned told = 0;
	char path[512];

	make_history(&history);
	mac = leaf_mac(&history);
	erase_now(&history.town, 1, &history.listing);
	scrub(&history.town);
	town_close(&history.town);
	snprintf(path, sizeof path, "%s/journal/data.mdb", history.folder);
	cr_assert(alter_file(path, (struct credit_bytes){mac.byte, sizeof mac.byte}));
	town_open(&history.town, history.folder);
	cr_assert_eq(credit_registry_fsck(history.town.registry,
			     &(struct credit_fsck_options){.fault = count_fault, .context = &told},
			     &report),
		CREDIT_OK);
	cr_expect_gt(told, 0);
	end_history(&history);
}

Test(registry_erase, a_state_built_from_the_first_epoch_is_the_one_that_was)
{
	struct history history;
	struct credit_hash before, after;

	make_history(&history);
	erase_now(&history.town, 1, &history.listing);
	scrub(&history.town);
	before = traces_state(&history.town);
	drop_state(&history);
	after = traces_state(&history.town);
	cr_expect(credit_hash_equal(&before, &after));
	traces_fsck(&history.town);
	/* And it goes on. */
	town_list_now(&history.town, 1, BLACK, NULL);
	town_publish(&history.town);
	cr_expect_eq(town_lists_of(&history.town, 1), 2);
	traces_fsck(&history.town);
	end_history(&history);
}

Test(registry_erase, a_record_made_in_the_epoch_of_the_enrolment_leaves_the_map_whole)
{
	struct history history;
	struct town_act enrol, penalise, remove;
	struct town_act *acts[] = {&enrol, &penalise};
	struct credit_hash commitments[2], before, after;

	make_history(&history);
	town_enrol(&enrol, 9);
	town_penalise(&penalise, 9, 1);
	cr_assert_eq(town_file(&history.town, acts, 2, false, commitments, NULL), CREDIT_OK);
	town_publish(&history.town);
	town_remove(&remove, 9, &commitments[1], REVOKED);
	town_file_one(&history.town, &remove, NULL);
	town_publish(&history.town);
	erase_now(&history.town, 9, &commitments[1]);
	scrub(&history.town);
	before = traces_state(&history.town);
	drop_state(&history);
	after = traces_state(&history.town);
	cr_expect(credit_hash_equal(&before, &after));
	traces_fsck(&history.town);
	end_history(&history);
}

/* Entity 1 gets another code, 6, which shows the old one's records. */
static void reissue(struct town *town)
{
	Credit__V1__EntityAlias alias = CREDIT__V1__ENTITY_ALIAS__INIT;
	struct town_act act;

	town_enrol_now(town, 6);
	town_enrol(&act, 1);
	alias.entity_uscc = act.uscc;
	alias.successor_uscc = (char *)(uintptr_t)town_uscc_text(6);
	alias.cause = CREDIT__V1__ALIAS_CAUSE__ALIAS_CAUSE_REISSUED;
	alias.effective_on = credit_day_of(town->now).days;
	alias.document_no = (char *)"示市监变〔2026〕1号";
	act.act.payload_case = CREDIT__V1__ACT__PAYLOAD_ENTITY_ALIAS;
	act.act.entity_alias = &alias;
	town_file_one(town, &act, NULL);
	town_publish(town);
}

Test(registry_erase, statuses_of_the_code_that_took_its_place_go_too)
{
	static char document[] = "示市监列〔2026〕四七一一号";
	struct history history;
	struct town *town = &history.town;
	struct credit_hash listing, before, after;
	struct town_act act;

	make_history(&history);
	town_list(&act, 1, BLACK);
	act.body.listing.document_no = document;
	town_file_one(town, &act, &listing);
	town_publish(town);
	reissue(town);
	cr_assert_eq(town_lists_of(town, 6), 2, "the successor shows both listings");
	town_remove(&act, 1, &listing, REVOKED);
	town_file_one(town, &act, NULL);
	town_publish(town);
	erase_now(town, 1, &listing);
	cr_assert_gt(files_with(&history, document), 0);
	cr_expect_eq(scrub(town), 1, "one record, under whatever codes");
	cr_expect_eq(files_with(&history, document), 0);
	before = traces_state(town);
	drop_state(&history);
	after = traces_state(town);
	cr_expect(credit_hash_equal(&before, &after));
	traces_fsck(town);
	end_history(&history);
}

Test(registry_erase, a_state_older_than_a_scrubbed_erasure_is_refused)
{
	struct history history;
	struct credit_registry_options options;
	struct credit_registry *registry = NULL;
	struct credit_problem problem;
	struct town keys = {0};
	char command[2048];

	make_history(&history);
	reopen(&history);
	town_close(&history.town);
	snprintf(command, sizeof command, "cp -a '%s/state' '%s'", history.folder,
		temp_dir_path("old"));
	cr_assert_eq(system(command), 0);
	town_open(&history.town, history.folder);
	erase_now(&history.town, 1, &history.listing);
	scrub(&history.town);
	town_close(&history.town);
	snprintf(command, sizeof command, "rm -r '%s/state' && mv '%s' '%s/state'", history.folder,
		temp_dir_path("old"), history.folder);
	cr_assert_eq(system(command), 0);
	town_keys(&keys);
	options = town_options(&keys, history.folder);
	cr_expect_eq(credit_registry_open(&options, NULL, NULL, &registry, &problem),
		CREDIT_E_STATE_DIVERGED);
	cr_expect_str_eq(problem.field, "state");
	free(history.receipt);
}

/* --- scrubs that are cut short ----------------------------------------------------------------- */

static struct credit_scrub_state ask(struct town *town)
{
	struct credit_scrub_state state;
	struct credit_view *view;

	cr_assert_eq(credit_view_new(town->registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_scrub_state(view, &state), CREDIT_OK);
	credit_view_end(view);
	credit_view_free(view);
	return state;
}

Test(registry_erase, what_waits_for_a_scrub_is_known_after_opening_again)
{
	struct history history;

	make_history(&history);
	cr_expect_eq(ask(&history.town).pending, 0);
	cr_expect_eq(scrub(&history.town), 0, "there is nothing to do");
	erase_now(&history.town, 1, &history.listing);
	cr_expect_eq(ask(&history.town).pending, 0, "readers see it with the publication");
	town_publish(&history.town);
	reopen(&history);
	cr_expect_eq(ask(&history.town).pending, 1);
	cr_expect_eq(ask(&history.town).pending_since.ms, history.town.now.ms);
	cr_expect_eq(scrub(&history.town), 1);
	cr_expect_eq(ask(&history.town).pending, 0);
	cr_expect_neq(ask(&history.town).erasure_epoch, 0);
	reopen(&history);
	cr_expect_eq(ask(&history.town).pending, 0);
	cr_expect_eq(scrub(&history.town), 0);
	end_history(&history);
}

Test(registry_erase, a_journal_scrubbed_alone_is_followed_by_the_state)
{
	struct history history;
	char command[2048];

	make_history(&history);
	erase_now(&history.town, 1, &history.listing);
	town_publish(&history.town);
	town_close(&history.town);
	snprintf(command, sizeof command, "cp -a '%s/state' '%s'", history.folder,
		temp_dir_path("before"));
	cr_assert_eq(system(command), 0);
	town_open(&history.town, history.folder);
	cr_expect_eq(scrub(&history.town), 1);
	town_close(&history.town);
	snprintf(command, sizeof command, "rm -r '%s/state' && mv '%s' '%s/state'", history.folder,
		temp_dir_path("before"), history.folder);
	cr_assert_eq(system(command), 0);
	town_open(&history.town, history.folder);
	cr_expect_eq(ask(&history.town).pending, 1);
	cr_expect_eq(scrub(&history.town), 1);
	cr_expect_eq(ask(&history.town).pending, 0);
	traces_fsck(&history.town);
	end_history(&history);
}

Test(registry_erase, what_a_killed_fsck_has_left_is_destroyed_at_the_next_opening)
{
	struct history history;
	char left[512], command[1200];

	make_history(&history);
	town_close(&history.town);
	snprintf(left, sizeof left, "%s/fsck-aBcDeF", history.folder);
	snprintf(command, sizeof command, "cp -a '%s/state' '%s'", history.folder, left);
	cr_assert_eq(system(command), 0);
	town_open(&history.town, history.folder);
	snprintf(command, sizeof command, "test ! -e '%s'", left);
	cr_expect_eq(system(command), 0);
	end_history(&history);
}
