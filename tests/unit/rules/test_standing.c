/* SPDX-License-Identifier: Apache-2.0
 *
 * test_standing.c - while a record stands, and what its end takes with it: changes of its period,
 * suspension, annulment, honours in question, the same decision twice, filing late.
 */
#include "rules_fixture.h"

static char company[CREDIT_USCC_SIZE + 1];
static uint8_t first[CREDIT_RECORD_ID_SIZE], second[CREDIT_RECORD_ID_SIZE];

#define CAUSE(name) CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_##name
#define TASK(name) CREDIT__V1__TASK_STATE__TASK_STATE_##name

static void set_up(void)
{
	toy_init_founded(&toy);
	toy_uscc("91110108", 1, company);
	toy_enrol(&toy, company);
}

static void tear_down(void)
{
	toy_deinit(&toy);
}

TestSuite(rules_standing, .init = set_up, .fini = tear_down);

static ProtobufCBinaryData id_of(uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	return (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
}

static void keep_id(uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	memcpy(id, toy.id, CREDIT_RECORD_ID_SIZE);
}

static void list(const char *date, uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	Credit__V1__Listing listing = toy_listing(company, date);

	toy_must(&toy, &toy.market, TOY_PAYLOAD(LISTING), &listing);
	keep_id(id);
}

static void honour(const char *date, uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	Credit__V1__Listing listing = toy_listing(company, date);

	listing.list = (char *)"red.taxpayer-a";
	listing.ground = (char *)"grade-a";
	listing.instrument = (char *)"sat-12-2025";
	toy_must(&toy, &toy.tax, TOY_PAYLOAD(LISTING), &listing);
	keep_id(id);
}

static void penalise(uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	static char *kinds[] = {(char *)"罚款"};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-20", kinds, 1);

	toy_must(&toy, &toy.market, TOY_PAYLOAD(ADMINISTRATIVE_PENALTY), &penalty);
	keep_id(id);
}

static Credit__V1__Record *record_of(uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	Credit__V1__Record *record = toy_record(&toy, company, id);

	cr_assert_not_null(record);
	return record;
}

/* The only task of the office, to be freed. */
static Credit__V1__Task *task_of(const struct toy_office *office)
{
	Credit__V1__Task *found = NULL;

	for (size_t i = 0; i < toy.state.count; i++) {
		const struct toy_row *row = &toy.state.rows[i];
		if (row->kind != CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK ||
			memcmp(row->key.data, office->uscc, CREDIT_USCC_SIZE) != 0)
			continue;
		cr_assert_null(found, "one task expected");
		found = credit__v1__task__unpack(NULL, row->value.size, row->value.data);
	}
	cr_assert_not_null(found);
	return found;
}

static void expect_shown(size_t lists, bool suspended)
{
	Credit__V1__Status *status = toy_status_message(&toy, company);
	Credit__V1__Detail *detail = toy_detail_message(&toy, company);

	cr_expect_eq(status->n_lists, lists);
	cr_expect_eq(detail->n_listings, lists);
	for (size_t i = 0; i < lists && i < status->n_lists; i++) {
		cr_expect_eq(status->lists[i]->suspended, suspended);
		cr_expect_eq(detail->listings[i]->suspended, suspended);
	}
	credit__v1__status__free_unpacked(status, NULL);
	credit__v1__detail__free_unpacked(detail, NULL);
}

/* --- the period ---------------------------------------------------------------------------- */

static Credit__V1__PublicationChange change_to(uint8_t id[CREDIT_RECORD_ID_SIZE], const char *end)
{
	Credit__V1__PublicationChange change = CREDIT__V1__PUBLICATION_CHANGE__INIT;

	change.entity_uscc = company;
	change.record = id_of(id);
	change.publication_end = toy_day(end).days;
	change.document_no = (char *)"京海市监调〔2026〕1号";
	change.decision_date = toy_day("2026-11-23").days;
	change.reason = (char *)"示例理由";
	change.instrument = (char *)"samr-44-2021";
	return change;
}

Test(rules_standing, a_period_changes_within_its_bounds_and_the_day_of_repair_stays)
{
	static const struct {
		const char *reason, *end, *error;
	} rows[] = {
		{"shorter", "2028-01-01", "OK"},
		{"the same again", "2028-01-01", "PERIOD"},
		{"longer, to the longest", "2029-11-20", "OK"},
		{"beyond the longest from the clock's start", "2029-11-21", "PERIOD"},
		{"the shortest", "2027-11-20", "OK"},
		{"before the shortest", "2027-11-19", "PERIOD"},
	};

	list("2026-11-20", first);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Credit__V1__PublicationChange change = change_to(first, rows[i].end);
		enum credit_error error =
			toy_file(&toy, &toy.market, TOY_PAYLOAD(PUBLICATION_CHANGE), &change);
		cr_expect_str_eq(credit_error_name(error), rows[i].error, "%s", rows[i].reason);
		if (error)
			cr_expect_str_eq(toy.problem.rule, "cn-2026 black.market-serious");
	}
	Credit__V1__Record *record = record_of(first);
	cr_expect_eq(record->published_until, toy_day("2027-11-20").days);
	cr_expect_eq(record->repair_from, toy_day("2027-11-20").days);
	cr_expect_eq(record->n_trail, 3);
	credit__v1__record__free_unpacked(record, NULL);
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER), 1);
	toy_set_day(&toy, toy_day("2027-11-21"));
	cr_expect_eq(toy_fire_due(&toy), 1, "it ends on its new day");
}

Test(rules_standing, a_change_of_a_period_is_refused_for_what_it_says)
{
	Credit__V1__PublicationChange change;

	list("2026-11-20", first);
	change = change_to(first, "2028-01-01");
	cr_refused(
		toy.tax, PUBLICATION_CHANGE, &change, NOT_THE_AUTHOR, "publication_change.record");
	change.decision_date = toy_day("2026-11-19").days;
	cr_refused(toy.market, PUBLICATION_CHANGE, &change, FIELD_RANGE,
		"publication_change.decision_date");
	change = change_to(first, "2028-01-01");
	change.instrument = (char *)"";
	cr_accepted(toy.market, PUBLICATION_CHANGE, &change);
	change = change_to(first, "2028-06-01");
	change.instrument = (char *)"";
	cr_refused(toy.market, PUBLICATION_CHANGE, &change, FIELD_MISSING,
		"publication_change.instrument");
	change.instrument = (char *)"nothing";
	cr_refused(toy.market, PUBLICATION_CHANGE, &change, LEGAL_BASIS,
		"publication_change.instrument");
	Credit__V1__Removal removal = toy_removal(company, first, CAUSE(REVOKED), "2026-11-23");
	cr_accepted(toy.market, REMOVAL, &removal);
	cr_refused(
		toy.market, PUBLICATION_CHANGE, &change, RECORD_STATE, "publication_change.record");
}

Test(rules_standing, a_period_does_not_end_before_today)
{
	Credit__V1__PublicationChange change;

	list("2024-11-20", first);
	change = change_to(first, "2026-11-22");
	cr_refused(toy.market, PUBLICATION_CHANGE, &change, PERIOD,
		"publication_change.publication_end");
	change = change_to(first, "2026-11-23");
	cr_accepted(toy.market, PUBLICATION_CHANGE, &change);
}

/* --- suspension ---------------------------------------------------------------------------- */

static Credit__V1__Suspension suspension_of(uint8_t id[CREDIT_RECORD_ID_SIZE], const char *date)
{
	Credit__V1__Suspension suspension = CREDIT__V1__SUSPENSION__INIT;

	suspension.entity_uscc = company;
	suspension.record = id_of(id);
	suspension.body = CREDIT__V1__SUSPENSION_BODY__SUSPENSION_BODY_COURT;
	suspension.document_no = (char *)"（2026）京0108行初1号";
	suspension.date = toy_day(date).days;
	return suspension;
}

static Credit__V1__SuspensionEnd resumption_of(uint8_t id[CREDIT_RECORD_ID_SIZE], const char *date)
{
	Credit__V1__SuspensionEnd end = CREDIT__V1__SUSPENSION_END__INIT;

	end.entity_uscc = company;
	end.record = id_of(id);
	end.document_no = (char *)"（2026）京0108行初2号";
	end.date = toy_day(date).days;
	end.reason = (char *)"驳回起诉";
	return end;
}

Test(rules_standing, a_suspended_record_says_so_until_its_author_resumes_it)
{
	Credit__V1__Suspension suspension;
	Credit__V1__SuspensionEnd end;

	list("2026-11-20", first);
	suspension = suspension_of(first, "2026-11-19");
	end = resumption_of(first, "2026-11-23");
	cr_refused(toy.market, SUSPENSION, &suspension, FIELD_RANGE, "suspension.date");
	suspension.date = toy_day("2026-11-22").days;
	cr_refused(toy.tax, SUSPENSION, &suspension, NOT_THE_AUTHOR, "suspension.record");
	cr_refused(toy.market, SUSPENSION_END, &end, RECORD_STATE, "suspension_end.record");
	cr_accepted(toy.market, SUSPENSION, &suspension);
	expect_shown(1, true);
	cr_refused(toy.market, SUSPENSION, &suspension, RECORD_STATE, "suspension.record");
	end.date = toy_day("2026-11-21").days;
	cr_refused(toy.market, SUSPENSION_END, &end, FIELD_RANGE, "suspension_end.date");
	end.date = toy_day("2026-11-23").days;
	cr_refused(toy.tax, SUSPENSION_END, &end, NOT_THE_AUTHOR, "suspension_end.record");
	cr_accepted(toy.market, SUSPENSION_END, &end);
	expect_shown(1, false);
}

Test(rules_standing, the_authority_above_may_suspend_with_a_supervisors_grant)
{
	Credit__V1__AuthorityChange change = CREDIT__V1__AUTHORITY_CHANGE__INIT;
	Credit__V1__Grant grant = toy_grant(&toy.stranger, CREDIT__V1__ROLE__ROLE_SUPERVISOR);
	Credit__V1__Suspension suspension;

	list("2026-11-20", first);
	suspension = suspension_of(first, "2026-11-22");
	change.authority_uscc = toy.market.uscc;
	change.name = (char *)"示例机关";
	change.superior_uscc = toy.stranger.uscc;
	toy_must(&toy, &toy.root, TOY_PAYLOAD(AUTHORITY_CHANGE), &change);
	cr_refused(toy.stranger, SUSPENSION, &suspension, NOT_GRANTED, NULL);
	toy_must(&toy, &toy.root, TOY_PAYLOAD(GRANT), &grant);
	cr_accepted(toy.stranger, SUSPENSION, &suspension);
	expect_shown(1, true);
}

/* --- annulment ----------------------------------------------------------------------------- */

static void annul(uint8_t id[CREDIT_RECORD_ID_SIZE], Credit__V1__RemovalCause cause)
{
	Credit__V1__Removal removal = toy_removal(company, id, cause, "2026-11-23");

	toy_must(&toy, &toy.market, TOY_PAYLOAD(REMOVAL), &removal);
}

/* A listing of the office that rests on `first`. */
static void list_on_first(const struct toy_office *office, uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");

	listing.underlying_record = id_of(first);
	toy_must(&toy, office, TOY_PAYLOAD(LISTING), &listing);
	keep_id(id);
}

Test(rules_standing, an_annulled_decision_takes_its_authoritys_listing_with_it)
{
	penalise(first);
	list_on_first(&toy.market, second);
	expect_shown(1, false);
	annul(first, CAUSE(REVOKED));
	expect_shown(0, false);
	Credit__V1__Record *record = record_of(second);
	cr_expect_eq(record->state, CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED);
	cr_expect_eq(record->removal_cause, CAUSE(REVOKED));
	cr_expect_eq(record->removed_on, toy_day("2026-11-23").days);
	credit__v1__record__free_unpacked(record, NULL);
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER), 0);
}

Test(rules_standing, a_decision_that_ends_otherwise_takes_nothing_with_it)
{
	penalise(first);
	list_on_first(&toy.market, second);
	annul(first, CAUSE(CORRECTED));
	expect_shown(1, false);
}

Test(rules_standing, nothing_new_rests_on_a_decision_that_was_taken_back)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");

	penalise(first);
	annul(first, CAUSE(REVOKED));
	listing.underlying_record = id_of(first);
	cr_refused(toy.market, LISTING, &listing, RECORD_STATE, "listing.underlying_record");
}

static Credit__V1__TaskAnswer answer_to(const struct toy_office *office, Credit__V1__Task *task)
{
	Credit__V1__TaskAnswer answer = CREDIT__V1__TASK_ANSWER__INIT;

	answer.office_uscc = (char *)(uintptr_t)office->uscc;
	answer.task = task->id;
	answer.answer = CREDIT__V1__TASK_ANSWER_KIND__TASK_ANSWER_KIND_KEPT;
	answer.date = toy_day("2026-11-23").days;
	answer.reason = (char *)"另有独立依据";
	return answer;
}

Test(rules_standing, another_authoritys_listing_is_suspended_and_its_decision_falls_due)
{
	Credit__V1__SuspensionEnd end = resumption_of(second, "2026-11-23");

	penalise(first);
	list_on_first(&toy.tax, second);
	annul(first, CAUSE(REVOKED));
	expect_shown(1, true);
	Credit__V1__Task *task = task_of(&toy.tax);
	cr_expect_eq(task->kind, CREDIT__V1__TASK_KIND__TASK_KIND_REVOKE_LISTING);
	cr_expect_eq(task->due_on, toy_day("2026-11-26").days, "three working days");
	cr_expect_arr_eq(task->subject.data, second, sizeof second);
	cr_refused(toy.tax, SUSPENSION_END, &end, RECORD_STATE, "suspension_end.record");

	Credit__V1__TaskAnswer answer = answer_to(&toy.tax, task);
	cr_refused(toy.market, TASK_ANSWER, &answer, NOT_THE_AUTHOR, "task_answer.office_uscc");
	answer.answer = CREDIT__V1__TASK_ANSWER_KIND__TASK_ANSWER_KIND_DONE;
	cr_refused(toy.tax, TASK_ANSWER, &answer, PROCEDURE_STATE, "task_answer.answer");
	answer = answer_to(&toy.tax, task);
	answer.date = toy_day("2026-11-22").days;
	cr_refused(toy.tax, TASK_ANSWER, &answer, FIELD_RANGE, "task_answer.date");
	answer = answer_to(&toy.tax, task);
	answer.task = id_of(first);
	cr_refused(toy.tax, TASK_ANSWER, &answer, TASK_UNKNOWN, "task_answer.task");
	answer = answer_to(&toy.tax, task);
	cr_accepted(toy.tax, TASK_ANSWER, &answer);
	expect_shown(1, false);
	cr_refused(toy.tax, TASK_ANSWER, &answer, PROCEDURE_STATE, "task_answer.task");
	credit__v1__task__free_unpacked(task, NULL);
}

Test(rules_standing, both_reasons_of_a_suspension_must_be_gone)
{
	Credit__V1__Suspension suspension;
	Credit__V1__SuspensionEnd end = resumption_of(second, "2026-11-23");

	penalise(first);
	list_on_first(&toy.tax, second);
	suspension = suspension_of(second, "2026-11-23");
	cr_accepted(toy.tax, SUSPENSION, &suspension);
	annul(first, CAUSE(REVOKED));
	cr_accepted(toy.tax, SUSPENSION_END, &end);
	expect_shown(1, true);
	Credit__V1__Task *task = task_of(&toy.tax);
	Credit__V1__TaskAnswer answer = answer_to(&toy.tax, task);
	cr_accepted(toy.tax, TASK_ANSWER, &answer);
	expect_shown(1, false);
	credit__v1__task__free_unpacked(task, NULL);
}

Test(rules_standing, removing_the_listing_closes_its_task)
{
	penalise(first);
	list_on_first(&toy.tax, second);
	annul(first, CAUSE(REVOKED));
	Credit__V1__Removal removal = toy_removal(company, second, CAUSE(REVOKED), "2026-11-23");
	cr_accepted(toy.tax, REMOVAL, &removal);
	Credit__V1__Task *task = task_of(&toy.tax);
	cr_expect_eq(task->state, TASK(DONE));
	credit__v1__task__free_unpacked(task, NULL);
	expect_shown(0, false);
}

/* --- honours ------------------------------------------------------------------------------- */

Test(rules_standing, a_black_listing_puts_honours_in_question_and_takes_none_away)
{
	honour("2026-11-20", first);
	list("2026-11-23", second);
	expect_shown(2, false);
	Credit__V1__Task *task = task_of(&toy.tax);
	cr_expect_eq(task->kind, CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_HONOUR);
	cr_expect_arr_eq(task->subject.data, first, sizeof first);
	Credit__V1__TaskAnswer answer = answer_to(&toy.tax, task);
	cr_accepted(toy.tax, TASK_ANSWER, &answer);
	credit__v1__task__free_unpacked(task, NULL);
	task = task_of(&toy.tax);
	cr_expect_eq(task->state, TASK(DONE));
	credit__v1__task__free_unpacked(task, NULL);
	expect_shown(2, false);
}

Test(rules_standing, taking_the_honour_away_closes_its_review)
{
	honour("2026-11-20", first);
	list("2026-11-23", second);
	Credit__V1__Removal removal = toy_removal(company, first, CAUSE(REVOKED), "2026-11-23");
	cr_accepted(toy.tax, REMOVAL, &removal);
	Credit__V1__Task *task = task_of(&toy.tax);
	cr_expect_eq(task->state, TASK(DONE));
	credit__v1__task__free_unpacked(task, NULL);
}

Test(rules_standing, an_honour_that_runs_out_needs_no_review)
{
	honour("2025-11-24", first);
	list("2026-11-23", second);
	toy_set_day(&toy, toy_day("2026-11-25"));
	toy_fire_due(&toy);
	Credit__V1__Task *task = task_of(&toy.tax);
	cr_expect_eq(task->state, TASK(DROPPED));
	credit__v1__task__free_unpacked(task, NULL);
}

Test(rules_standing, a_second_black_listing_asks_for_no_second_review)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");

	honour("2026-11-20", first);
	list("2026-11-23", second);
	listing.list = (char *)"black.work-safety";
	listing.ground = (char *)"unlicensed";
	listing.instrument = (char *)"mem-11-2023";
	cr_accepted(toy.market, LISTING, &listing);
	credit__v1__task__free_unpacked(task_of(&toy.tax), NULL);
}

/* --- the same decision, and late ------------------------------------------------------------ */

Test(rules_standing, the_same_decision_filed_again_is_a_duplicate_that_names_the_record)
{
	static char *kinds[] = {(char *)"罚款"};
	char hex[2 * CREDIT_RECORD_ID_SIZE + 1], other[CREDIT_USCC_SIZE + 1];
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-20", kinds, 1);

	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
	credit_hex(toy.id, sizeof toy.id, hex);
	keep_id(first);
	cr_refused(toy.market, ADMINISTRATIVE_PENALTY, &penalty, DUPLICATE_DECISION,
		"administrative_penalty.document_no");
	cr_expect(strstr(toy.problem.detail, hex), "%s", toy.problem.detail);
	cr_refused(toy.filer, ADMINISTRATIVE_PENALTY, &penalty, DUPLICATE_DECISION, NULL);
	annul(first, CAUSE(REVOKED));
	cr_refused(toy.market, ADMINISTRATIVE_PENALTY, &penalty, DUPLICATE_DECISION, NULL);
	toy_uscc("91110108", 2, other);
	toy_enrol(&toy, other);
	penalty.entity_uscc = other;
	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
}

Test(rules_standing, what_was_taken_back_as_wrong_may_be_filed_again)
{
	static char *kinds[] = {(char *)"罚款"};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-20", kinds, 1);

	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
	keep_id(first);
	annul(first, CAUSE(CORRECTED));
	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
	cr_refused(toy.market, ADMINISTRATIVE_PENALTY, &penalty, DUPLICATE_DECISION, NULL);
}

Test(rules_standing, a_decision_filed_after_seven_working_days_is_late)
{
	static const struct {
		const char *decided;
		bool late;
	} rows[] = {{"2026-11-12", false}, {"2026-11-11", true}};
	static char *kinds[] = {(char *)"罚款"};

	for (size_t i = 0; i < 2; i++) {
		Credit__V1__AdministrativePenalty penalty =
			toy_penalty(&toy, company, rows[i].decided, kinds, 1);
		cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
		keep_id(first);
		Credit__V1__Record *record = record_of(first);
		cr_expect_eq(record->late, rows[i].late, "%s", rows[i].decided);
		credit__v1__record__free_unpacked(record, NULL);
	}

	uint8_t key[CREDIT_USCC_SIZE + 4];
	memcpy(key, toy.market.uscc, CREDIT_USCC_SIZE);
	credit_write_u32(key + CREDIT_USCC_SIZE, 202611);
	const struct toy_row *row = toy_state_find(&toy.state,
		CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TALLY, (struct credit_bytes){key, sizeof key});
	Credit__V1__Tally *tally =
		credit__v1__tally__unpack(NULL, row->value.size, row->value.data);
	cr_expect_eq(tally->filed_in_time, 1);
	cr_expect_eq(tally->filed_late, 1);
	credit__v1__tally__free_unpacked(tally, NULL);
}
