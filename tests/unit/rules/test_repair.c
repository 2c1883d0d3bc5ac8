/* SPDX-License-Identifier: Apache-2.0
 *
 * test_repair.c - credit repair: the road from the slip to the end, and every refusal on it.
 */
#include "case_fixture.h"

#include "tests/support/book_text.h"

#include <stdio.h>
#include <stdlib.h>

TestSuite(rules_repair, .init = set_up_listed, .fini = tear_down_listed);

/* --- the straight road ------------------------------------------------------------------------- */

Test(rules_repair, granted_repair_ends_the_record_in_the_same_act)
{
	struct credit_stored_status before, after;
	uint8_t clean[1024];
	char other[CREDIT_USCC_SIZE + 1];

	toy_uscc("91110108", 2, other);
	toy_enrol(&toy, other);
	before = toy_status(&toy, other);
	cr_assert_lt(before.status.size, sizeof clean);
	memcpy(clean, before.status.data, before.status.size);

	apply_for_repair();
	expect_task(toy.window.uscc, TASK(CHECK_CASE), "2026-11-25");
	bring_documents();
	cr_steps(toy.window, CASE_ACCEPTANCE);
	expect_task(toy.market.uscc, TASK(DECIDE_CASE), "2026-12-02");
	cr_steps(toy.market, REPAIR_DECISION);

	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	cr_expect_eq(record->state, CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED);
	cr_expect_eq(record->removal_cause, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REPAIRED);
	cr_expect_arr_eq(record->removal_case.data, case_id, sizeof case_id);
	cr_expect_eq(state_of_case(), STATE(GRANTED));
	/* As if it had never been listed; only the entity's own detail hash differs. */
	after = toy_status(&toy, company);
	cr_expect_eq(after.status.size, before.status.size);
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_repair, refusal_leaves_the_record_and_a_new_application_is_possible)
{
	reach_acceptance();
	step_of(REPAIR_DECISION);
	step.repair.granted = false;
	cr_accepted(toy.market, REPAIR_DECISION, &step);
	cr_expect_eq(state_of_case(), STATE(REFUSED));
	cr_expect(is_published());
	apply_for_repair();
}

Test(rules_repair, supplement_is_asked_for_once_and_starts_the_check_anew)
{
	apply_for_repair();
	cr_document(toy.window, FORM);
	cr_steps(toy.window, SUPPLEMENT_REQUEST);
	expect_task(toy.window.uscc, TASK(SUPPLEMENT_CASE), "2026-12-07");
	cr_expect_eq(state_of_case(), STATE(SUPPLEMENT_ASKED));
	cr_step_refused(toy.window, CASE_ACCEPTANCE, PROCEDURE_STATE, "case_acceptance.case_id");
	cr_expect(strstr(toy.problem.detail, "case_supplement") != NULL);
	toy_set_day(&toy, toy_day("2026-11-26"));
	cr_document(toy.window, PERFORMANCE);
	cr_document(toy.window, PLEDGE);
	cr_steps(toy.window, CASE_SUPPLEMENT);
	expect_task(toy.window.uscc, TASK(CHECK_CASE), "2026-11-30");
	cr_step_refused(
		toy.window, SUPPLEMENT_REQUEST, PROCEDURE_STATE, "supplement_request.case_id");
	cr_steps(toy.window, CASE_ACCEPTANCE);
	cr_expect_eq(state_of_case(), STATE(ACCEPTED));
}

Test(rules_repair, not_accepted_after_a_supplement_only_when_its_time_is_over)
{
	apply_for_repair();
	cr_steps(toy.window, SUPPLEMENT_REQUEST);
	toy_set_day(&toy, toy_day("2026-12-07"));
	cr_step_refused(toy.window, CASE_NON_ACCEPTANCE, PERIOD, "case_non_acceptance.date");
	toy_set_day(&toy, toy_day("2026-12-08"));
	cr_expect_eq(toy_fire_due(&toy), 1U, "the supplement is overdue by itself");
	cr_steps(toy.window, CASE_NON_ACCEPTANCE);
	cr_expect_eq(state_of_case(), STATE(NOT_ACCEPTED));
	cr_step_refused(toy.window, CASE_RATING, PROCEDURE_STATE, NULL);
	cr_expect(strstr(toy.problem.detail, "nothing") != NULL);
}

/* --- the application --------------------------------------------------------------------------- */

Test(rules_repair, application_is_held_to_the_record_and_its_dates)
{
	static const struct {
		const char *reason;
		const char *applied_on, *error, *detail;
	} rows[] = {
		{"tomorrow", "2026-11-24", "DATE_FUTURE", "2026-11-23"},
		{"the day before the first", "2026-11-19", "PERIOD", "2026-11-20"},
		{"the first day", "2026-11-20", "OK", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Credit__V1__RepairApplication application =
			toy_case_repair(&toy, company, record_id, &applicant);
		application.applied_on = toy_day(rows[i].applied_on).days;
		enum credit_error error =
			toy_file(&toy, &toy.window, TOY_PAYLOAD(REPAIR_APPLICATION), &application);
		cr_expect_str_eq(credit_error_name(error), rows[i].error, "%s", rows[i].reason);
		cr_expect(strstr(toy.problem.detail, rows[i].detail) != NULL, "%s: %s",
			rows[i].reason, toy.problem.detail);
	}
}

Test(rules_repair, a_slip_is_not_dated_back_for_longer_than_filing_takes)
{
	Credit__V1__RepairApplication application =
		toy_case_repair(&toy, company, record_id, &applicant);

	/* Seven working days after Friday 2026-11-20 is Tuesday 2026-12-01. */
	application.applied_on = toy_day("2026-11-20").days;
	toy_set_day(&toy, toy_day("2026-12-02"));
	cr_refused(toy.window, REPAIR_APPLICATION, &application, PERIOD,
		"repair_application.applied_on");
	cr_expect_str_eq(toy.problem.rule, "cn-2026 filing");
	toy_set_day(&toy, toy_day("2026-12-01"));
	cr_accepted(toy.window, REPAIR_APPLICATION, &application);
	/* Its clock started on the slip's date: the check is overdue already. */
	cr_expect_eq(toy_fire_due(&toy), 1U);
}

Test(rules_repair, what_knows_no_repair_is_refused)
{
	Credit__V1__Listing red = toy_listing(company, "2026-11-20");
	Credit__V1__RepairApplication application =
		toy_case_repair(&toy, company, record_id, &applicant);
	uint8_t nothing[CREDIT_RECORD_ID_SIZE] = {9}, honour[CREDIT_RECORD_ID_SIZE];

	red.list = (char *)"red.taxpayer-a";
	red.ground = (char *)"grade-a";
	red.instrument = (char *)"law";
	cr_accepted(toy.tax, LISTING, &red);
	memcpy(honour, toy.id, sizeof honour);
	application.record.data = honour;
	cr_refused(toy.window, REPAIR_APPLICATION, &application, CONDITION,
		"repair_application.record");
	application.record.data = nothing;
	cr_refused(toy.window, REPAIR_APPLICATION, &application, RECORD_UNKNOWN,
		"repair_application.record");

	Credit__V1__Removal removal = toy_removal(
		company, record_id, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED, "2026-11-23");
	cr_accepted(toy.market, REMOVAL, &removal);
	application.record.data = record_id;
	cr_refused(toy.window, REPAIR_APPLICATION, &application, RECORD_STATE,
		"repair_application.record");
}

Test(rules_repair, only_a_front_office_takes_in_and_one_case_is_open_at_a_time)
{
	Credit__V1__RepairApplication application =
		toy_case_repair(&toy, company, record_id, &applicant);

	cr_refused(toy.market, REPAIR_APPLICATION, &application, NOT_GRANTED, NULL);
	apply_for_repair();
	cr_refused(toy.window, REPAIR_APPLICATION, &application, CASE_OPEN, NULL);
	/* An objection about the same record is another matter. */
	object();
}

/* --- documents --------------------------------------------------------------------------------- */

Test(rules_repair, acceptance_asks_for_what_the_rule_book_asks_for)
{
	apply_for_repair();
	cr_step_refused(toy.window, CASE_ACCEPTANCE, CONDITION, "case_acceptance.case_id");
	cr_expect(strstr(toy.problem.detail, "sealed form") != NULL);
	cr_document(toy.window, FORM);
	cr_step_refused(toy.window, CASE_ACCEPTANCE, CONDITION, NULL);
	cr_expect(strstr(toy.problem.detail, "performance") != NULL);
	cr_expect_str_eq(toy.problem.rule, "cn-2026 black.market-serious");
	cr_document(toy.market, PERFORMANCE);
	cr_step_refused(toy.window, CASE_ACCEPTANCE, CONDITION, NULL);
	cr_expect(strstr(toy.problem.detail, "pledge") != NULL);
	cr_document(toy.window, PLEDGE);
	/* The deciding office may check the form itself. */
	cr_steps(toy.market, CASE_ACCEPTANCE);
}

Test(rules_repair, documents_are_bounded_and_of_the_kinds_of_the_case)
{
	apply_for_repair();
	cr_expect_eq(toy_case_document(&toy, &toy.window, company, case_id, DOCUMENT(EVIDENCE)),
		CREDIT_E_CONDITION);
	cr_expect_eq(toy_case_document(&toy, &toy.stranger, company, case_id, DOCUMENT(FORM)),
		CREDIT_E_NOT_THE_AUTHOR);
	cr_document(toy.window, FORM);
	cr_expect_eq(toy_case_document(&toy, &toy.window, company, case_id, DOCUMENT(FORM)),
		CREDIT_E_CONDITION, "the same document again");
	for (unsigned i = 1; i < 16; i++) {
		uint8_t digest[CREDIT_HASH_SIZE] = {(uint8_t)i, 77};
		step_of(CASE_DOCUMENT);
		step.document.kind = DOCUMENT(OTHER);
		step.document.digest.data = digest;
		cr_accepted(toy.window, CASE_DOCUMENT, &step);
	}
	cr_expect_eq(toy_case_document(&toy, &toy.window, company, case_id, DOCUMENT(PLEDGE)),
		CREDIT_E_TOO_MANY);
	cr_steps(toy.window, CASE_WITHDRAWAL);
	cr_expect_eq(toy_case_document(&toy, &toy.window, company, case_id, DOCUMENT(PLEDGE)),
		CREDIT_E_PROCEDURE_STATE, "a closed case takes none");
}

/* --- whose turn, and when ---------------------------------------------------------------------- */

Test(rules_repair, each_step_belongs_to_its_office)
{
	apply_for_repair();
	bring_documents();
	cr_step_refused(toy.stranger, CASE_ACCEPTANCE, NOT_THE_AUTHOR, "case_acceptance.case_id");
	cr_step_refused(toy.market, CASE_WITHDRAWAL, NOT_GRANTED, NULL);
	cr_step_refused(toy.market, REPAIR_DECISION, PROCEDURE_STATE, NULL);
	cr_steps(toy.window, CASE_ACCEPTANCE);
	cr_step_refused(toy.window, REPAIR_DECISION, NOT_THE_AUTHOR, "repair_decision.case_id");
	cr_step_refused(toy.tax, REPAIR_DECISION, NOT_THE_AUTHOR, "repair_decision.case_id");
	cr_step_refused(toy.window, CASE_EXTENSION, NOT_THE_AUTHOR, "case_extension.case_id");
	/* What belongs to the other kind of case, its table does not know. */
	cr_step_refused(toy.market, OBJECTION_DECISION, PROCEDURE_STATE, NULL);
	cr_expect(strstr(toy.problem.detail, "repair case is at CASE_STATE_ACCEPTED") != NULL);
}

Test(rules_repair, steps_are_not_dated_before_the_one_before)
{
	apply_for_repair();
	bring_documents();
	step_of(CASE_ACCEPTANCE);
	step.acceptance.date--;
	cr_refused(toy.window, CASE_ACCEPTANCE, &step, FIELD_RANGE, "case_acceptance.date");
	step.acceptance.date += 2;
	cr_refused(toy.window, CASE_ACCEPTANCE, &step, DATE_FUTURE, "case_acceptance.date");
	toy_set_day(&toy, toy_day("2026-11-25"));
	cr_steps(toy.window, CASE_ACCEPTANCE);
	step_of(REPAIR_DECISION);
	step.repair.decision_date = toy_day("2026-11-24").days;
	cr_refused(
		toy.market, REPAIR_DECISION, &step, FIELD_RANGE, "repair_decision.decision_date");
}

Test(rules_repair, time_is_extended_once_while_it_runs)
{
	reach_acceptance();
	cr_steps(toy.market, CASE_EXTENSION);
	/* Seven working days and ten more after 2026-11-23. */
	expect_task(toy.market.uscc, TASK(DECIDE_CASE), "2026-12-16");
	cr_step_refused(toy.market, CASE_EXTENSION, PROCEDURE_STATE, "case_extension.case_id");
	cr_expect(strstr(toy.problem.detail, "once") != NULL);
}

Test(rules_repair, time_that_has_run_out_is_not_extended)
{
	reach_acceptance();
	toy_set_day(&toy, toy_day("2026-12-03"));
	cr_expect_eq(toy_fire_due(&toy), 1U);
	cr_step_refused(toy.market, CASE_EXTENSION, PROCEDURE_STATE, NULL);
	/* The decision is late, and counts. */
	cr_steps(toy.market, REPAIR_DECISION);
	Credit__V1__Tally *tally = toy_tally(&toy, toy.market.uscc);
	cr_expect_eq(tally->tasks_late, 1U);
	cr_expect_eq(tally->tasks_overdue, 1U);
	cr_assert_eq(tally->n_cases, 1U);
	cr_expect_eq(tally->cases[0]->count, 1U);
	cr_expect_eq(tally->cases[0]->days, 10U);
	credit__v1__tally__free_unpacked(tally, NULL);
}

Test(rules_repair, withdrawal_needs_the_applicant_and_the_slips_token)
{
	uint8_t other[CREDIT_HASH_SIZE] = {99};
	Credit__V1__Applicant wrong = applicant;

	reach_acceptance();
	wrong.token_hash.data = other;
	step_of(CASE_WITHDRAWAL);
	step.withdrawal.applicant = &wrong;
	cr_refused(toy.window, CASE_WITHDRAWAL, &step, APPLICANT,
		"case_withdrawal.applicant.token_hash");
	cr_steps(toy.window, CASE_WITHDRAWAL);
	cr_expect_eq(state_of_case(), STATE(WITHDRAWN));
	cr_step_refused(toy.market, REPAIR_DECISION, PROCEDURE_STATE, NULL);
	cr_expect(is_published());
}

Test(rules_repair, a_case_is_rated_once_after_its_end)
{
	reach_acceptance();
	cr_step_refused(toy.window, CASE_RATING, PROCEDURE_STATE, NULL);
	cr_steps(toy.market, REPAIR_DECISION);
	step_of(CASE_RATING);
	step.rating.rating = 4;
	cr_accepted(toy.window, CASE_RATING, &step);
	cr_step_refused(toy.window, CASE_RATING, PROCEDURE_STATE, "case_rating.case_id");
	Credit__V1__Tally *tally = toy_tally(&toy, toy.market.uscc);
	cr_expect_eq(tally->ratings, 1U);
	cr_expect_eq(tally->rating_sum, 4U);
	credit__v1__tally__free_unpacked(tally, NULL);
}

/* --- conditions of the decision ---------------------------------------------------------------- */

/* A penalty of the office, repairable at once; its id in record_id. */
static void penalise(const char *date, const char *number)
{
	static char *kinds[] = {(char *)"警告"};
	Credit__V1__AdministrativePenalty penalty = toy_penalty(&toy, company, date, kinds, 1);

	penalty.document_no = (char *)(uintptr_t)number;
	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
	memcpy(record_id, toy.id, sizeof record_id);
}

Test(rules_repair, a_repetition_within_the_window_stands_in_the_way)
{
	uint8_t first[CREDIT_RECORD_ID_SIZE], second[CREDIT_RECORD_ID_SIZE], repair[sizeof first];

	penalise("2026-11-02", "京海罚〔2026〕1号");
	memcpy(first, record_id, sizeof first);
	penalise("2026-11-20", "京海罚〔2026〕2号");
	memcpy(second, record_id, sizeof second);

	/* The later one looks at nothing behind it; the earlier one is repeated. */
	memcpy(record_id, first, sizeof first);
	reach_acceptance();
	memcpy(repair, case_id, sizeof repair);
	cr_step_refused(toy.market, REPAIR_DECISION, CONDITION, "repair_decision.granted");
	cr_expect_str_eq(toy.problem.rule, "cn-2026 record.penalty");
	/* What is disputed does not count against anybody. */
	memcpy(record_id, second, sizeof second);
	reach_accepted_objection();
	memcpy(case_id, repair, sizeof repair);
	cr_steps(toy.market, REPAIR_DECISION);
	cr_expect_eq(state_of_case(), STATE(GRANTED));
	reach_acceptance();
	cr_steps(toy.market, REPAIR_DECISION);
}

/* A penalty on top of the listing; record_id stays the listing's. */
static void penalise_again(struct toy_office *decider, const char *kind)
{
	char *kinds[] = {(char *)(uintptr_t)kind};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-20", kinds, 1);

	penalty.decider_uscc = decider->uscc;
	toy_must(&toy, decider, TOY_PAYLOAD(ADMINISTRATIVE_PENALTY), &penalty);
}

/* Nobody stands twice on a list, so that what a list forbids to happen again is a penalty as grave as it. */
Test(rules_repair, a_later_penalty_as_grave_by_the_same_authority_stands_in_a_lists_way)
{
	penalise_again(&toy.market, "吊销许可证件");
	reach_acceptance();
	cr_step_refused(toy.market, REPAIR_DECISION, CONDITION, "repair_decision.granted");
	cr_expect_str_eq(toy.problem.rule, "cn-2026 black.market-serious");
}

Test(rules_repair, a_penalty_less_grave_or_of_another_authority_does_not)
{
	penalise_again(&toy.market, "警告");
	penalise_again(&toy.tax, "吊销许可证件");
	reach_acceptance();
	cr_steps(toy.market, REPAIR_DECISION);
	cr_expect_eq(state_of_case(), STATE(GRANTED));
}

Test(rules_repair, the_decider_of_a_penalty_decides_also_when_another_filed_it)
{
	static char *kinds[] = {(char *)"警告"};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-20", kinds, 1);

	cr_accepted(toy.filer, ADMINISTRATIVE_PENALTY, &penalty);
	memcpy(record_id, toy.id, sizeof record_id);
	apply_for_repair();
	Credit__V1__Case *found = toy_case(&toy, company, case_id);
	cr_expect_str_eq(found->decider_uscc, toy.market.uscc);
	credit__v1__case__free_unpacked(found, NULL);

	/* Of an office that is not enrolled, the one that filed it. */
	char absent[CREDIT_USCC_SIZE + 1];
	toy_uscc("11110108", 77, absent);
	penalty.decider_uscc = absent;
	penalty.document_no = (char *)"京海罚〔2026〕2号";
	cr_accepted(toy.filer, ADMINISTRATIVE_PENALTY, &penalty);
	memcpy(record_id, toy.id, sizeof record_id);
	apply_for_repair();
	found = toy_case(&toy, company, case_id);
	cr_expect_str_eq(found->decider_uscc, toy.filer.uscc);
	credit__v1__case__free_unpacked(found, NULL);
}

/* --- fraud ------------------------------------------------------------------------------------- */

Test(rules_repair, revocation_publishes_again_with_the_whole_period)
{
	reach_acceptance();
	cr_steps(toy.market, REPAIR_DECISION);
	toy_set_day(&toy, toy_day("2027-03-01"));
	cr_step_refused(toy.window, REPAIR_REVOCATION, NOT_THE_AUTHOR, "repair_revocation.case_id");
	cr_steps(toy.market, REPAIR_REVOCATION);
	cr_expect_eq(state_of_case(), STATE(REVOKED));

	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	Credit__V1__Status *status = toy_status_message(&toy, company);
	cr_expect_eq(record->state, CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED);
	cr_expect_eq(record->removal_cause, 0);
	cr_expect_eq(record->removed_on, 0);
	cr_expect_eq(record->published_until, toy_day("2030-03-01").days);
	cr_expect_eq(record->repair_from, toy_day("2028-03-01").days);
	cr_expect_eq(record->no_repair_before, toy_day("2029-03-01").days);
	cr_expect_eq(record->decided_on, toy_day("2025-11-20").days);
	cr_assert_eq(status->n_lists, 1U);
	credit__v1__record__free_unpacked(record, NULL);
	credit__v1__status__free_unpacked(status, NULL);

	/* After the shortest publication, but not after the time without repair. */
	toy_set_day(&toy, toy_day("2029-02-28"));
	toy_fire_due(&toy);
	Credit__V1__RepairApplication application =
		toy_case_repair(&toy, company, record_id, &applicant);
	cr_refused(toy.window, REPAIR_APPLICATION, &application, PERIOD,
		"repair_application.applied_on");
	cr_expect(strstr(toy.problem.detail, "2029-03-01") != NULL);
	toy_set_day(&toy, toy_day("2029-03-01"));
	apply_for_repair();
	/* And it ends by itself as it would have. */
	toy_set_day(&toy, toy_day("2030-03-02"));
	toy_fire_due(&toy);
	cr_expect_not(is_published());
	cr_expect_eq(state_of_case(), STATE(MOOT));
}

Test(rules_repair, revocation_has_an_end_too)
{
	reach_acceptance();
	cr_steps(toy.market, REPAIR_DECISION);
	/* Publication would have lasted to 2028-11-20, fraud is held against it to then as well. */
	toy_set_day(&toy, toy_day("2028-11-24"));
	cr_step_refused(toy.market, REPAIR_REVOCATION, PERIOD, "repair_revocation.decision_date");
	cr_expect(strstr(toy.problem.detail, "2028-11-23") != NULL, "%s", toy.problem.detail);
	toy_set_day(&toy, toy_day("2028-11-23"));
	cr_steps(toy.market, REPAIR_REVOCATION);
}

Test(rules_repair, revocation_does_not_double_a_place_on_a_list)
{
	reach_acceptance();
	cr_steps(toy.market, REPAIR_DECISION);
	toy_case_list(&toy, company, "2026-11-21");
	cr_step_refused(toy.market, REPAIR_REVOCATION, ALREADY_LISTED, NULL);
}

/* --- reorganisation ---------------------------------------------------------------------------- */

static void reach_plan(void)
{
	Credit__V1__RepairApplication application;

	/* Long before the shortest publication is over. */
	toy_set_day(&toy, toy_day("2026-11-24"));
	toy_uscc("91110108", 5, company);
	toy_enrol(&toy, company);
	toy_case_list(&toy, company, "2026-11-20");
	memcpy(record_id, toy.id, sizeof record_id);
	application = toy_case_repair(&toy, company, record_id, &applicant);
	cr_refused(toy.window, REPAIR_APPLICATION, &application, PERIOD, NULL);
	application.ground = CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_REORGANISATION;
	cr_refused(toy.window, REPAIR_APPLICATION, &application, FIELD_MISSING,
		"repair_application.ruling_no");
	application.ruling_no = (char *)"（2026）京01破申1号";
	cr_accepted(toy.window, REPAIR_APPLICATION, &application);
	memcpy(case_id, toy.id, sizeof case_id);
	cr_document(toy.window, FORM);
	cr_step_refused(toy.window, CASE_ACCEPTANCE, CONDITION, NULL);
	cr_document(toy.window, RULING);
	cr_steps(toy.window, CASE_ACCEPTANCE);
	cr_steps(toy.market, REPAIR_DECISION);
	cr_expect_eq(state_of_case(), STATE(PLAN_RUNNING));
	expect_task(toy.market.uscc, TASK(PLAN), "2027-11-09");
}

static bool in_reorganisation(void)
{
	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	bool flag = record->reorganisation;

	credit__v1__record__free_unpacked(record, NULL);
	return flag;
}

Test(rules_repair, a_plan_that_is_carried_out_ends_the_record)
{
	reach_plan();
	cr_expect(is_published());
	cr_expect(in_reorganisation());
	toy_set_day(&toy, toy_day("2027-06-01"));
	cr_steps(toy.market, REORGANISATION_OUTCOME);
	cr_expect_not(is_published());
	cr_expect_not(in_reorganisation());
	cr_expect_eq(state_of_case(), STATE(GRANTED));
}

Test(rules_repair, a_plan_that_fails_leaves_the_record_as_it_was)
{
	reach_plan();
	toy_set_day(&toy, toy_day("2027-06-01"));
	step_of(REORGANISATION_OUTCOME);
	step.outcome.completed = false;
	cr_accepted(toy.market, REORGANISATION_OUTCOME, &step);
	cr_expect(is_published());
	cr_expect_not(in_reorganisation());
	cr_expect_eq(state_of_case(), STATE(REFUSED));
}

/* --- moot -------------------------------------------------------------------------------------- */

Test(rules_repair, a_record_that_ends_otherwise_makes_its_cases_moot)
{
	Credit__V1__Removal removal = toy_removal(
		company, record_id, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED, "2026-11-23");
	uint8_t repair[CREDIT_RECORD_ID_SIZE];

	reach_acceptance();
	Credit__V1__Case *found = toy_case(&toy, company, case_id);
	memcpy(repair, case_id, sizeof repair);
	reach_accepted_objection();
	cr_accepted(toy.market, REMOVAL, &removal);
	cr_expect_eq(state_of_case(), STATE(MOOT));
	cr_expect_not(is_disputed());
	memcpy(case_id, repair, sizeof repair);
	cr_expect_eq(state_of_case(), STATE(MOOT));
	Credit__V1__Task *task = toy_task(&toy, toy.market.uscc, &found->task);
	cr_expect_eq(task->state, CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED);
	credit__v1__task__free_unpacked(task, NULL);
	credit__v1__case__free_unpacked(found, NULL);
	cr_step_refused(toy.market, REPAIR_DECISION, PROCEDURE_STATE, NULL);
}

Test(rules_repair, a_case_that_is_not_there_is_unknown)
{
	memset(case_id, 7, sizeof case_id);
	cr_step_refused(toy.window, CASE_ACCEPTANCE, CASE_UNKNOWN, "case_acceptance.case_id");
}

/* --- books that change ------------------------------------------------------------------------- */

/* The text with its first `from` behind `after` replaced; on the heap. */
static char *replaced(char *text, const char *after, const char *from, const char *to)
{
	char *start = strstr(text, after), *at = start ? strstr(start, from) : NULL;
	size_t size = strlen(text) + strlen(to) + 1;
	char *made = malloc(size);

	cr_assert(at && made, "%s %s", after, from);
	snprintf(made, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	free(text);
	return made;
}

/* cases.yaml as another version in force from 2026-12-01, with one more change. */
static void adopt_next_book(const char *after, const char *from, const char *to)
{
	Credit__V1__RuleBookAdoption adoption = CREDIT__V1__RULE_BOOK_ADOPTION__INIT;
	char *yaml = book_text_read(TOY_CASES_BOOK);
	struct credit_problem problem = {0};
	struct credit_arena arena;
	struct credit_bytes bytes;
	struct credit_hash digest;

	yaml = replaced(yaml, "version", "cn-2026", "cn-next");
	yaml = replaced(yaml, "effective_date", "2026-04-01", "2026-12-01");
	yaml = replaced(yaml, after, from, to);
	credit_arena_init(&arena, NULL, 0, (size_t)8 << 20);
	cr_assert_eq(credit_rule_book_compile(credit_bytes_of(yaml), &arena, &bytes, &problem),
		CREDIT_OK, "%s %s", problem.field, problem.detail);
	credit_sha256(bytes, &digest);
	adoption.version = (char *)"cn-next";
	adoption.digest = (ProtobufCBinaryData){sizeof digest.byte, digest.byte};
	adoption.effective_date = toy_day("2026-12-01").days;
	toy.attachment = bytes;
	cr_accepted(toy.root, RULE_BOOK_ADOPTION, &adoption);
	credit_arena_deinit(&arena);
	free(yaml);
	toy_set_day(&toy, toy_day("2026-12-02"));
}

Test(rules_repair, a_kinder_book_asks_for_less_at_once)
{
	adopt_next_book("black.market-serious", "    pledge: true\n", "");
	apply_for_repair();
	cr_document(toy.window, FORM);
	cr_document(toy.window, PERFORMANCE);
	cr_steps(toy.window, CASE_ACCEPTANCE);
	cr_steps(toy.market, REPAIR_DECISION);
	cr_expect_eq(state_of_case(), STATE(GRANTED));
}

Test(rules_repair, a_harsher_book_does_not_reach_back)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-20");

	listing.list = (char *)"black.abnormal";
	listing.ground = (char *)"unreachable";
	listing.instrument = (char *)"law";
	cr_accepted(toy.market, LISTING, &listing);
	memcpy(record_id, toy.id, sizeof record_id);
	adopt_next_book(
		"black.abnormal", "{performance: true}", "{performance: true, pledge: true}");
	apply_for_repair();
	cr_document(toy.window, FORM);
	cr_document(toy.window, PERFORMANCE);
	cr_steps(toy.window, CASE_ACCEPTANCE);
}
