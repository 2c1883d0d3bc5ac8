/* SPDX-License-Identifier: Apache-2.0
 *
 * test_objection.c - objections: the mark of dispute, the four outcomes, the one review.
 */
#include "case_fixture.h"

TestSuite(rules_objection, .init = set_up_listed, .fini = tear_down_listed);

#define OUTCOME(name) CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_##name

static Credit__V1__NewValue values[4], *corrections[4];

static void add_correction(const char *field, const char *value)
{
	size_t count = step.objection.n_corrections++;

	values[count] = (Credit__V1__NewValue)CREDIT__V1__NEW_VALUE__INIT;
	values[count].field = (char *)(uintptr_t)field;
	values[count].value = (char *)(uintptr_t)value;
	corrections[count] = &values[count];
	step.objection.corrections = corrections;
}

static void correction_of(const char *field, const char *value)
{
	step_of(OBJECTION_DECISION);
	step.objection.outcome = OUTCOME(CORRECTED);
	add_correction(field, value);
}

/* --- dispute ----------------------------------------------------------------------------------- */

Test(rules_objection, the_record_is_disputed_from_acceptance_to_the_answer)
{
	object();
	expect_task(toy.window.uscc, TASK(CHECK_CASE), "2026-11-25");
	cr_expect_not(is_disputed());
	cr_document(toy.window, FORM);
	cr_steps(toy.window, CASE_ACCEPTANCE);
	expect_task(toy.market.uscc, TASK(DECIDE_CASE), "2026-12-07");
	cr_expect(is_disputed());
	cr_steps(toy.market, OBJECTION_DECISION);
	cr_expect_not(is_disputed());
	cr_expect_eq(state_of_case(), STATE(REFUSED));
	cr_expect(is_published());
}

Test(rules_objection, withdrawal_takes_the_mark_away)
{
	reach_accepted_objection();
	cr_steps(toy.window, CASE_WITHDRAWAL);
	cr_expect_eq(state_of_case(), STATE(WITHDRAWN));
	cr_expect_not(is_disputed());
}

Test(rules_objection, grounds_are_the_rule_books_and_a_removed_record_needs_one_that_allows_it)
{
	Credit__V1__Objection objection = toy_case_objection(&toy, company, record_id, &applicant);

	objection.ground = (char *)"dislike";
	cr_refused(toy.window, OBJECTION, &objection, REASON_UNKNOWN, "objection.ground");
	Credit__V1__Removal removal = toy_removal(
		company, record_id, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED, "2026-11-23");
	cr_accepted(toy.market, REMOVAL, &removal);
	objection.ground = (char *)"error";
	cr_refused(toy.window, OBJECTION, &objection, RECORD_STATE, NULL);
	objection.ground = (char *)"repair-not-carried-out";
	cr_accepted(toy.window, OBJECTION, &objection);
	memcpy(case_id, toy.id, sizeof case_id);
	cr_document(toy.window, FORM);
	cr_steps(toy.window, CASE_ACCEPTANCE);
	cr_expect_not(is_disputed(), "what is not published is not disputed");
	step_of(OBJECTION_DECISION);
	step.objection.outcome = OUTCOME(PERIOD_CHANGED);
	step.objection.publication_end = toy_day("2027-01-01").days;
	cr_refused(toy.market, OBJECTION_DECISION, &step, RECORD_STATE, NULL);
	step_of(OBJECTION_DECISION);
	step.objection.outcome = OUTCOME(WITHDRAWN);
	cr_accepted(toy.market, OBJECTION_DECISION, &step);
	cr_expect_eq(state_of_case(), STATE(GRANTED));
}

/* --- outcomes ---------------------------------------------------------------------------------- */

Test(rules_objection, a_decision_says_one_thing)
{
	reach_accepted_objection();
	correction_of("fact", "更正后的事实");
	step.objection.outcome = OUTCOME(REJECTED);
	cr_refused(toy.market, OBJECTION_DECISION, &step, FIELD_RANGE,
		"objection_decision.corrections");
	step_of(OBJECTION_DECISION);
	step.objection.outcome = OUTCOME(CORRECTED);
	cr_refused(toy.market, OBJECTION_DECISION, &step, FIELD_MISSING,
		"objection_decision.corrections");
	step.objection.outcome = OUTCOME(PERIOD_CHANGED);
	cr_refused(toy.market, OBJECTION_DECISION, &step, FIELD_MISSING,
		"objection_decision.publication_end");
	step.objection.outcome = OUTCOME(WITHDRAWN);
	step.objection.publication_end = toy_day("2027-01-01").days;
	cr_refused(toy.market, OBJECTION_DECISION, &step, FIELD_RANGE,
		"objection_decision.publication_end");
}

Test(rules_objection, a_corrected_number_takes_the_place_of_the_old_one)
{
	Credit__V1__Record *record;
	Credit__V1__Removal removal = toy_removal(
		company, record_id, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED, "2026-11-23");
	Credit__V1__Listing listing = toy_listing(company, "2025-11-20");

	reach_accepted_objection();
	record = toy_record(&toy, company, record_id);
	correction_of("document_no", "京海市监列严〔2025〕8号");
	cr_accepted(toy.market, OBJECTION_DECISION, &step);
	cr_accepted(toy.market, REMOVAL, &removal);
	listing.instrument = (char *)"law";
	listing.document_no = (char *)"京海市监列严〔2025〕8号";
	cr_refused(toy.market, LISTING, &listing, DUPLICATE_DECISION, "listing.document_no");
	listing.document_no = record->document_no;
	cr_accepted(toy.market, LISTING, &listing);
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_objection, a_correction_stands_beside_the_old_value)
{
	reach_accepted_objection();
	correction_of("fact", "更正后的事实");
	add_correction("document_no", "京海市监列严〔2025〕8号");
	cr_accepted(toy.market, OBJECTION_DECISION, &step);

	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	cr_assert_eq(record->n_corrections, 2U);
	cr_expect_str_eq(record->corrections[0]->field, "fact");
	cr_expect_str_eq(record->corrections[0]->old_value, "示例事实");
	cr_expect_str_eq(record->corrections[0]->new_value, "更正后的事实");
	cr_expect_arr_eq(record->corrections[0]->case_id.data, case_id, sizeof case_id);
	cr_expect_str_eq(record->document_no, "京海市监列严〔2025〕8号");
	cr_expect_eq(record->state, CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED);
	credit__v1__record__free_unpacked(record, NULL);
	cr_expect_not(is_disputed());

	/* The next correction's old value is this one's new. */
	reach_accepted_objection();
	correction_of("fact", "更正后的事实");
	cr_refused(
		toy.market, OBJECTION_DECISION, &step, CONDITION, "objection_decision.corrections");
	correction_of("fact", "再次更正的事实");
	cr_accepted(toy.market, OBJECTION_DECISION, &step);
	record = toy_record(&toy, company, record_id);
	cr_assert_eq(record->n_corrections, 3U);
	cr_expect_str_eq(record->corrections[2]->old_value, "更正后的事实");
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_objection, a_correction_is_held_to_the_rules_of_its_field)
{
	static const struct {
		const char *reason, *field, *value, *error;
	} rows[] = {
		{"not to be corrected", "entity_uscc", "91110108M0000001XX", "CONDITION"},
		{"not to be corrected", "list", "red.taxpayer-a", "CONDITION"},
		{"no such field", "colour", "red", "CONDITION"},
		{"no date", "decision_date", "tomorrow", "DATE_INVALID"},
		{"a date to come", "decision_date", "2026-11-24", "DATE_FUTURE"},
		{"white space", "fact", " 事实", "FIELD_SPACE"},
		{"a resident's number", "fact", "当事人11010519491231002X", "PERSONAL_ID"},
	};

	reach_accepted_objection();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		correction_of(rows[i].field, rows[i].value);
		enum credit_error error =
			toy_file(&toy, &toy.market, TOY_PAYLOAD(OBJECTION_DECISION), &step);
		cr_expect_str_eq(credit_error_name(error), rows[i].error, "%s", rows[i].reason);
		cr_expect_str_eq(toy.problem.field, "objection_decision.corrections");
	}
	cr_expect_eq(state_of_case(), STATE(ACCEPTED));
}

Test(rules_objection, an_earlier_date_of_decision_moves_what_follows_from_it)
{
	reach_accepted_objection();
	correction_of("decision_date", "2025-10-20");
	cr_accepted(toy.market, OBJECTION_DECISION, &step);
	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	cr_expect_eq(record->decided_on, toy_day("2025-10-20").days);
	cr_expect_eq(record->published_until, toy_day("2028-10-20").days);
	cr_expect_eq(record->repair_from, toy_day("2026-10-20").days);
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_objection, a_later_date_of_decision_lengthens_nothing)
{
	reach_accepted_objection();
	correction_of("decision_date", "2025-12-20");
	cr_accepted(toy.market, OBJECTION_DECISION, &step);
	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	cr_expect_eq(record->decided_on, toy_day("2025-12-20").days);
	cr_expect_eq(record->published_until, toy_day("2028-11-20").days);
	cr_expect_eq(record->repair_from, toy_day("2026-11-20").days);
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_objection, lighter_kinds_of_penalty_bring_the_lighter_class)
{
	static char *kinds[] = {(char *)"罚款"};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-20", kinds, 1);

	penalty.fine_fen = 500000;
	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
	memcpy(record_id, toy.id, sizeof record_id);
	reach_accepted_objection();
	correction_of("penalty_kinds", "警告；通报批评");
	add_correction("fine_fen", "0");
	cr_accepted(toy.market, OBJECTION_DECISION, &step);
	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	cr_expect_eq(record->severity, CREDIT__V1__SEVERITY__SEVERITY_MINOR);
	cr_expect_eq(record->published_until, toy_day("2027-02-20").days);
	cr_expect_eq(record->repair_from, toy_day("2026-11-20").days);
	cr_expect_str_eq(record->corrections[0]->old_value, "罚款");
	cr_expect_str_eq(record->corrections[1]->old_value, "500000");
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_objection, a_withdrawn_record_ends_as_its_ground_says)
{
	static const struct {
		const char *ground;
		Credit__V1__RemovalCause cause;
	} rows[] = {
		{"error", CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_CORRECTED},
		{"annulled", CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Credit__V1__Objection objection =
			toy_case_objection(&toy, company, record_id, &applicant);
		objection.ground = (char *)(uintptr_t)rows[i].ground;
		cr_accepted(toy.window, OBJECTION, &objection);
		memcpy(case_id, toy.id, sizeof case_id);
		cr_document(toy.window, FORM);
		cr_steps(toy.window, CASE_ACCEPTANCE);
		step_of(OBJECTION_DECISION);
		step.objection.outcome = OUTCOME(WITHDRAWN);
		cr_accepted(toy.market, OBJECTION_DECISION, &step);
		Credit__V1__Record *record = toy_record(&toy, company, record_id);
		cr_expect_eq(record->removal_cause, rows[i].cause);
		cr_expect_eq(state_of_case(), STATE(GRANTED), "not moot by its own decision");
		credit__v1__record__free_unpacked(record, NULL);
		toy_case_list(&toy, company, "2025-11-20");
		memcpy(record_id, toy.id, sizeof record_id);
	}
}

Test(rules_objection, a_period_is_shortened_within_its_bounds)
{
	static const struct {
		const char *reason, *end, *error;
	} rows[] = {
		{"before the shortest", "2026-11-19", "PERIOD"},
		{"longer than it was", "2028-11-21", "PERIOD"},
		{"within", "2027-05-01", "OK"},
	};

	reach_accepted_objection();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		step_of(OBJECTION_DECISION);
		step.objection.outcome = OUTCOME(PERIOD_CHANGED);
		step.objection.publication_end = toy_day(rows[i].end).days;
		enum credit_error error =
			toy_file(&toy, &toy.market, TOY_PAYLOAD(OBJECTION_DECISION), &step);
		cr_expect_str_eq(credit_error_name(error), rows[i].error, "%s", rows[i].reason);
	}
	cr_expect(is_published());
	toy_set_day(&toy, toy_day("2027-05-02"));
	toy_fire_due(&toy);
	cr_expect_not(is_published());
}

Test(rules_objection, a_period_that_was_over_ends_at_once)
{
	reach_accepted_objection();
	step_of(OBJECTION_DECISION);
	step.objection.outcome = OUTCOME(PERIOD_CHANGED);
	step.objection.publication_end = toy_day("2026-11-20").days;
	cr_accepted(toy.market, OBJECTION_DECISION, &step);
	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	cr_expect_eq(record->removal_cause, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_EXPIRED);
	cr_expect_eq(record->removed_on, toy_day("2026-11-21").days);
	cr_expect_eq(state_of_case(), STATE(GRANTED));
	credit__v1__record__free_unpacked(record, NULL);
}

/* --- review ------------------------------------------------------------------------------------ */

Test(rules_objection, a_rejection_is_reviewed_once)
{
	reach_accepted_objection();
	cr_step_refused(toy.window, REVIEW_REQUEST, PROCEDURE_STATE, NULL);
	cr_steps(toy.market, OBJECTION_DECISION);
	toy_set_day(&toy, toy_day("2026-11-26"));
	cr_steps(toy.window, REVIEW_REQUEST);
	cr_expect_eq(state_of_case(), STATE(REVIEW_ASKED));
	cr_expect(is_disputed());
	expect_task(toy.market.uscc, TASK(REVIEW_CASE), "2026-12-17");
	cr_step_refused(toy.window, REVIEW_REQUEST, PROCEDURE_STATE, NULL);
	step_of(REVIEW_DECISION);
	step.review_decision.outcome = OUTCOME(WITHDRAWN);
	cr_accepted(toy.market, REVIEW_DECISION, &step);
	cr_expect_eq(state_of_case(), STATE(FINAL));
	cr_expect_not(is_published());
	cr_step_refused(toy.window, REVIEW_REQUEST, PROCEDURE_STATE, NULL);
	cr_steps(toy.window, CASE_RATING);
}

Test(rules_objection, a_review_is_asked_for_in_time)
{
	reach_accepted_objection();
	cr_steps(toy.market, OBJECTION_DECISION);
	/* Ten working days after 2026-11-23. */
	toy_set_day(&toy, toy_day("2026-12-08"));
	cr_step_refused(toy.window, REVIEW_REQUEST, PERIOD, "review_request.applied_on");
	cr_expect_str_eq(toy.problem.rule, "cn-2026 review.request");
	step.review.applied_on = toy_day("2026-12-07").days;
	cr_accepted(toy.window, REVIEW_REQUEST, &step);
	/* Withdrawn, the rejection stands for good. */
	cr_steps(toy.window, CASE_WITHDRAWAL);
	cr_expect_eq(state_of_case(), STATE(FINAL));
	cr_expect_not(is_disputed());
}

Test(rules_objection, a_second_objection_and_a_review_do_not_run_together)
{
	uint8_t first[CREDIT_RECORD_ID_SIZE];

	reach_accepted_objection();
	cr_steps(toy.market, OBJECTION_DECISION);
	memcpy(first, case_id, sizeof first);
	object();
	memcpy(case_id, first, sizeof first);
	cr_step_refused(toy.window, REVIEW_REQUEST, CASE_OPEN, NULL);
}

Test(rules_objection, review_needs_the_applicant)
{
	Credit__V1__Applicant nobody = CREDIT__V1__APPLICANT__INIT;

	reach_accepted_objection();
	cr_steps(toy.market, OBJECTION_DECISION);
	nobody.token_hash = applicant.token_hash;
	step_of(REVIEW_REQUEST);
	step.review.applicant = &nobody;
	cr_refused(toy.window, REVIEW_REQUEST, &step, APPLICANT, "review_request.applicant");
}
