/* SPDX-License-Identifier: Apache-2.0
 *
 * test_numbers_move.c - every number of the rule book moves what the registry does.
 *
 * Each number and date of cn-2026 is altered in the YAML, the altered text compiled, and the one number
 * of the message that changed is found by its path. The table below has, for each path, an observer:
 * acts in a registry of toys under that book, and the day or the value that came of them. Under the
 * altered book it must be another one. A kind of number that the message knows and the table does not
 * fails the test, and so does a row that no number reaches.
 */
#include "rules_fixture.h"
#include "tests/support/book_text.h"
#include "tests/support/toy_cases.h"

#include <credit/v1/grading_service.pb-c.h>
#include <credit/v1/rule_book.pb-c.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name
#define TASK(name) CREDIT__V1__TASK_KIND__TASK_KIND_##name
#define DOCUMENT(name) CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_##name
#define ARENA_LIMIT ((size_t)8 << 20)
#define DEPTH_MAX 6
#define TODAY "2026-11-23"

/* A list with repair and without time limits of its own. */
#define PLAIN_LIST "black.internet-serious"
#define HONOUR_LIST "red.honest-enterprise"

/* --- the number that is looked at -------------------------------------------------------------- */

static struct number {
	char path[96];				  /* field names, "lists.time_limits.working_days" */
	const ProtobufCMessage *chain[DEPTH_MAX]; /* from the book to what holds the number */
	size_t depth;
	int64_t value;	  /* in the book as it is */
	const char *item; /* id of the list or the kind of record that it belongs to, or NULL */
} number;

static const Credit__V1__RuleBook *book; /* as it is */
static struct credit_arena arena;	 /* of one alteration */

static char company[CREDIT_USCC_SIZE + 1];
static uint8_t record_id[CREDIT_RECORD_ID_SIZE], case_id[CREDIT_RECORD_ID_SIZE];
static Credit__V1__Applicant applicant;
static union toy_step step;

/* The message that holds the number. */
static const void *holder(void)
{
	return number.chain[number.depth - 1];
}

static const Credit__V1__ListRule *find_list(const char *id)
{
	for (size_t i = 0; i < book->n_lists; i++) {
		if (strcmp(book->lists[i]->id, id) == 0)
			return book->lists[i];
	}
	return NULL;
}

static const char *item_or(const char *otherwise)
{
	return number.item ? number.item : otherwise;
}

/* --- acts -------------------------------------------------------------------------------------- */

static void must(
	const struct toy_office *office, Credit__V1__Act__PayloadCase payload, void *message)
{
	enum credit_error error = toy_file(&toy, office, payload, message);

	cr_assert_eq(error, CREDIT_OK, "%s of %s: %s %s %s", number.path, item_or("the book"),
		credit_error_name(error), toy.problem.field, toy.problem.detail);
}

/* Another entity, with nothing on record. */
static void next_company(void)
{
	static unsigned serial = 100;

	toy_uscc("91110108", ++serial, company);
	toy_enrol(&toy, company);
}

static const Credit__V1__Instrument *in_force(const Credit__V1__ListRule *list, int32_t day)
{
	for (size_t i = 0; i < list->n_instruments; i++) {
		for (size_t k = 0; k < book->n_instruments; k++) {
			const Credit__V1__Instrument *it = book->instruments[k];
			if (strcmp(it->id, list->instruments[i]) == 0 && it->in_force_from <= day &&
				(it->in_force_until == 0 || it->in_force_until >= day))
				return it;
		}
	}
	return NULL;
}

static Credit__V1__Listing listing_of(const char *list_id, int32_t day)
{
	const Credit__V1__ListRule *list = find_list(list_id);
	Credit__V1__Listing listing = toy_listing(company, TODAY);

	cr_assert(list && in_force(list, day), "%s", list_id);
	listing.list = TEXT(list_id);
	listing.ground = list->grounds[0]->id;
	listing.instrument = in_force(list, day)->id;
	listing.decision_date = day;
	return listing;
}

static void keep_record(void)
{
	memcpy(record_id, toy.id, sizeof record_id);
}

static void list_company(const char *list_id, int32_t day)
{
	Credit__V1__Listing listing = listing_of(list_id, day);

	must(&toy.market, TOY_PAYLOAD(LISTING), &listing);
	keep_record();
}

static void penalise(const char *kind, int64_t fine_fen, int32_t day)
{
	char *kinds[] = {TEXT(kind)};
	Credit__V1__AdministrativePenalty penalty = toy_penalty(&toy, company, TODAY, kinds, 1);

	penalty.decision_date = day;
	penalty.fine_fen = fine_fen;
	/* By the simple procedure a fine is minor unless its amount makes it graver. */
	if (fine_fen > 0)
		penalty.procedure = CREDIT__V1__PROCEDURE__PROCEDURE_SIMPLE;
	must(&toy.market, TOY_PAYLOAD(ADMINISTRATIVE_PENALTY), &penalty);
	keep_record();
}

static void pledge(int32_t day)
{
	Credit__V1__Pledge act = CREDIT__V1__PLEDGE__INIT;

	act.entity_uscc = company;
	act.kind = CREDIT__V1__PLEDGE_KIND__PLEDGE_KIND_APPROVAL;
	act.title = act.text = TEXT("示例");
	act.document_no = TEXT("示诺〔2026〕1号");
	act.pledged_on = day;
	must(&toy.market, TOY_PAYLOAD(PLEDGE), &act);
	keep_record();
}

static void judge(int32_t day)
{
	Credit__V1__Judgment act = CREDIT__V1__JUDGMENT__INIT;

	act.entity_uscc = company;
	act.court = act.obligation = TEXT("示例");
	act.document_no = TEXT("（2026）京01民终1号");
	act.decision_date = day;
	must(&toy.market, TOY_PAYLOAD(JUDGMENT), &act);
	keep_record();
}

static void license(int32_t day)
{
	Credit__V1__Licence act = CREDIT__V1__LICENCE__INIT;

	act.entity_uscc = company;
	act.entity_name = act.document_name = act.licence_kind = act.content = act.decider_name =
		TEXT("示例");
	act.document_no = TEXT("示许〔2026〕7号");
	act.decision_date = day;
	act.decider_uscc = toy.market.uscc;
	must(&toy.market, TOY_PAYLOAD(LICENCE), &act);
	keep_record();
}

static void honour(int32_t day)
{
	Credit__V1__Honour act = CREDIT__V1__HONOUR__INIT;

	act.entity_uscc = company;
	act.title = act.reason = TEXT("示例");
	act.document_no = TEXT("示荣〔2026〕7号");
	act.decision_date = day;
	must(&toy.market, TOY_PAYLOAD(HONOUR), &act);
	keep_record();
}

/* A record of the item, decided on that day. */
static void make_record(const char *item, int32_t day)
{
	if (find_list(item))
		list_company(item, day);
	else if (strcmp(item, "record.penalty") == 0)
		penalise("警告", 0, day); /* of the class that may be repaired at once */
	else if (strcmp(item, "record.pledge") == 0)
		pledge(day);
	else if (strcmp(item, "record.judgment") == 0)
		judge(day);
	else if (strcmp(item, "record.licence") == 0)
		license(day);
	else if (strcmp(item, "record.honour") == 0)
		honour(day);
	else
		cr_assert_fail("no act makes %s", item);
}

static void remove_record(void)
{
	Credit__V1__Removal removal = toy_removal(
		company, record_id, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED, TODAY);

	removal.decision_date = credit_day_of(toy.now).days;
	must(&toy.market, TOY_PAYLOAD(REMOVAL), &removal);
}

static int32_t today(void)
{
	return credit_day_of(toy.now).days;
}

static void pass_days(int days)
{
	toy_set_day(&toy, (credit_day_t){today() + days});
}

/* --- what came of them ------------------------------------------------------------------------- */

/* The newest open or overdue task of the kind. */
static Credit__V1__Task *task_of(Credit__V1__TaskKind kind)
{
	Credit__V1__Task *found = NULL;

	for (size_t i = 0; i < toy.state.count; i++) {
		const struct toy_row *row = &toy.state.rows[i];
		if (row->kind != KIND(TASK))
			continue;
		Credit__V1__Task *task =
			credit__v1__task__unpack(NULL, row->value.size, row->value.data);
		if (task->kind == kind && (task->state == CREDIT__V1__TASK_STATE__TASK_STATE_OPEN ||
						  task->state == CREDIT__V1__TASK_STATE__TASK_STATE_OVERDUE)) {
			credit__v1__task__free_unpacked(found, NULL);
			found = task;
		} else {
			credit__v1__task__free_unpacked(task, NULL);
		}
	}
	cr_assert(found, "%s: no task of kind %d", number.path, (int)kind);
	return found;
}

static int64_t due(Credit__V1__TaskKind kind)
{
	Credit__V1__Task *task = task_of(kind);
	int64_t day = task->due_on;

	credit__v1__task__free_unpacked(task, NULL);
	return day;
}

/* The date that stands in the detail of a refusal behind these words. */
static int64_t refused_until(const char *words)
{
	const char *at = strstr(toy.problem.detail, words);
	char date[CREDIT_DAY_TEXT_SIZE] = "";

	cr_assert(at, "%s: '%s' is not in '%s'", number.path, words, toy.problem.detail);
	snprintf(date, sizeof date, "%.10s", at + strlen(words));
	return toy_day(date).days;
}

/* --- the roads of cases ------------------------------------------------------------------------ */

static void take(const struct toy_office *office, Credit__V1__Act__PayloadCase act)
{
	toy_step_init(&toy, act, company, case_id, &applicant, &step);
	must(office, act, &step);
}

static void bring(Credit__V1__DocumentKind kind)
{
	cr_assert_eq(toy_case_document(&toy, &toy.window, company, case_id, kind), CREDIT_OK,
		"%s: %s", number.path, toy.problem.detail);
}

static void apply_for_repair(void)
{
	Credit__V1__RepairApplication act = toy_case_repair(&toy, company, record_id, &applicant);

	must(&toy.window, TOY_PAYLOAD(REPAIR_APPLICATION), &act);
	memcpy(case_id, toy.id, sizeof case_id);
}

/* Old enough for a list's repair; and not so old that a penalty's publication is over. */
static int32_t repairable_day(const char *item)
{
	return toy_day(find_list(item) ? "2025-11-20" : "2026-11-20").days;
}

static void reach_repair(const char *item)
{
	make_record(item, repairable_day(item));
	apply_for_repair();
}

static void accept_repair(void)
{
	bring(DOCUMENT(FORM));
	bring(DOCUMENT(PERFORMANCE));
	bring(DOCUMENT(PLEDGE));
	take(&toy.window, TOY_PAYLOAD(CASE_ACCEPTANCE));
}

static void object(const char *item)
{
	make_record(item, toy_day("2026-11-20").days);
	Credit__V1__Objection act = toy_case_objection(&toy, company, record_id, &applicant);
	act.ground = TEXT("wrong-content");
	must(&toy.window, TOY_PAYLOAD(OBJECTION), &act);
	memcpy(case_id, toy.id, sizeof case_id);
}

static void accept_objection(const char *item)
{
	object(item);
	bring(DOCUMENT(FORM));
	take(&toy.window, TOY_PAYLOAD(CASE_ACCEPTANCE));
}

static void reject_objection(const char *item)
{
	accept_objection(item);
	take(&toy.market, TOY_PAYLOAD(OBJECTION_DECISION));
}

static void start_plan(const char *item)
{
	make_record(item, toy_day("2026-11-20").days);
	Credit__V1__RepairApplication act = toy_case_repair(&toy, company, record_id, &applicant);
	act.ground = CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_REORGANISATION;
	act.ruling_no = TEXT("（2026）京01破申1号");
	must(&toy.window, TOY_PAYLOAD(REPAIR_APPLICATION), &act);
	memcpy(case_id, toy.id, sizeof case_id);
	bring(DOCUMENT(FORM));
	bring(DOCUMENT(RULING));
	take(&toy.window, TOY_PAYLOAD(CASE_ACCEPTANCE));
	take(&toy.market, TOY_PAYLOAD(REPAIR_DECISION));
}

/* --- time limits: one observer for each that the book knows ------------------------------------- */

/* How many days after its decision a record may be filed without being late. */
static int64_t see_filing(const char *item)
{
	for (int32_t days = 1; days < 60; days++) {
		next_company();
		make_record(item, today() - days);
		Credit__V1__Record *record = toy_record(&toy, company, record_id);
		bool late = record->late;
		credit__v1__record__free_unpacked(record, NULL);
		if (late)
			return days;
	}
	return 0;
}

static void serve(const char *item, int32_t day)
{
	Credit__V1__Listing listing = listing_of(item, day);
	Credit__V1__ListingNotice notice = toy_notice(&listing, TODAY);

	notice.served_on = day;
	must(&toy.market, TOY_PAYLOAD(LISTING_NOTICE), &notice);
}

static int64_t hearing_until(void)
{
	Credit__V1__Notice *notice = toy_row(
		&toy, KIND(NOTICE), &credit__v1__notice__descriptor, company, toy.id);
	int64_t day = notice->hearing_until;

	credit__v1__notice__free_unpacked(notice, NULL);
	return day;
}

static int64_t see_hearing(const char *item)
{
	serve(item, today());
	return hearing_until();
}

static int64_t see_notice_decide(const char *item)
{
	serve(item, today());
	pass_days(10);
	toy_fire_due(&toy);
	return due(TASK(DECIDE_NOTICE));
}

static int64_t see_consent(const char *item)
{
	Credit__V1__AuthorityChange change = CREDIT__V1__AUTHORITY_CHANGE__INIT;
	Credit__V1__Grant grant =
		toy_grant(&toy.stranger, CREDIT__V1__ROLE__ROLE_SUPERVISOR);
	Credit__V1__Consent consent = CREDIT__V1__CONSENT__INIT;
	uint8_t draft[CREDIT_HASH_SIZE] = {7};

	change.authority_uscc = toy.market.uscc;
	change.name = TEXT("示例机关");
	change.level = CREDIT__V1__LEVEL__LEVEL_COUNTY;
	change.superior_uscc = toy.stranger.uscc;
	must(&toy.root, TOY_PAYLOAD(AUTHORITY_CHANGE), &change);
	must(&toy.root, TOY_PAYLOAD(GRANT), &grant);
	consent.draft_commitment = (ProtobufCBinaryData){sizeof draft, draft};
	consent.issuer_uscc = toy.market.uscc;
	consent.list = TEXT(item);
	consent.document_no = TEXT("示同意〔2026〕1号");
	consent.date = today();
	must(&toy.stranger, TOY_PAYLOAD(CONSENT), &consent);
	const struct toy_row *row = toy_state_find(
		&toy.state, KIND(CONSENT), (struct credit_bytes){draft, sizeof draft});
	Credit__V1__ConsentRow *given =
		credit__v1__consent_row__unpack(NULL, row->value.size, row->value.data);
	int64_t day = given->valid_until;
	credit__v1__consent_row__free_unpacked(given, NULL);
	return day;
}

static int64_t see_revoke(const char *item)
{
	uint8_t penalty[CREDIT_RECORD_ID_SIZE];

	penalise("警告", 0, today());
	memcpy(penalty, record_id, sizeof penalty);
	Credit__V1__Listing listing = listing_of(item, today());
	listing.underlying_record = (ProtobufCBinaryData){sizeof penalty, penalty};
	must(&toy.tax, TOY_PAYLOAD(LISTING), &listing);
	remove_record();
	return due(TASK(REVOKE_LISTING));
}

static int64_t see_honour_review(const char *item)
{
	list_company(find_list(item)->colour == CREDIT__V1__COLOUR__COLOUR_RED ? item : HONOUR_LIST,
		today());
	list_company(PLAIN_LIST, today());
	return due(TASK(REVIEW_HONOUR));
}

static bool names(char *const *texts, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(texts[i], text) == 0)
			return true;
	}
	return count == 0;
}

static bool has_level(const Credit__V1__MeasureRule *measure)
{
	for (size_t i = 0; i < measure->n_levels; i++) {
		if (measure->levels[i] == CREDIT__V1__LEVEL__LEVEL_PROVINCE)
			return true;
	}
	return measure->n_levels == 0;
}

static Credit__V1__MeasureApplication application(const char *measure)
{
	Credit__V1__MeasureApplication act = CREDIT__V1__MEASURE_APPLICATION__INIT;

	act.entity_uscc = company;
	act.listing = (ProtobufCBinaryData){sizeof record_id, record_id};
	act.measure = TEXT(measure);
	act.document_no = TEXT("京海惩〔2026〕1号");
	act.applied_on = today();
	act.content = TEXT("示例");
	return act;
}

static void apply_some_measure(const char *list)
{
	make_record(list, today());
	for (size_t i = 0; i < book->n_measures; i++) {
		const Credit__V1__MeasureRule *measure = book->measures[i];
		if (!names(measure->lists, measure->n_lists, list) || !has_level(measure))
			continue;
		Credit__V1__MeasureApplication act = application(measure->id);
		must(&toy.tax, TOY_PAYLOAD(MEASURE_APPLICATION), &act);
		return;
	}
	cr_assert_fail("no measure leans on %s", list);
}

static int64_t see_lift(const char *item)
{
	apply_some_measure(item);
	remove_record();
	return due(TASK(LIFT_MEASURE));
}

static int64_t see_feedback(const char *item)
{
	apply_some_measure(item);
	return due(TASK(FEEDBACK));
}

static int64_t see_repair_check(const char *item)
{
	reach_repair(item);
	return due(TASK(CHECK_CASE));
}

static int64_t see_repair_supplement(const char *item)
{
	reach_repair(item);
	take(&toy.window, TOY_PAYLOAD(SUPPLEMENT_REQUEST));
	return due(TASK(SUPPLEMENT_CASE));
}

static int64_t see_repair_decide(const char *item)
{
	reach_repair(item);
	accept_repair();
	return due(TASK(DECIDE_CASE));
}

static int64_t see_objection_check(const char *item)
{
	object(item);
	return due(TASK(CHECK_CASE));
}

static int64_t see_objection_supplement(const char *item)
{
	object(item);
	take(&toy.window, TOY_PAYLOAD(SUPPLEMENT_REQUEST));
	return due(TASK(SUPPLEMENT_CASE));
}

static int64_t see_objection_answer(const char *item)
{
	accept_objection(item);
	return due(TASK(DECIDE_CASE));
}

static int64_t see_review_request(const char *item)
{
	reject_objection(item);
	pass_days(60);
	toy_step_init(&toy, TOY_PAYLOAD(REVIEW_REQUEST), company, case_id, &applicant, &step);
	cr_assert_eq(toy_file(&toy, &toy.window, TOY_PAYLOAD(REVIEW_REQUEST), &step),
		CREDIT_E_PERIOD);
	return refused_until("until ");
}

static int64_t see_review_decide(const char *item)
{
	reject_objection(item);
	take(&toy.window, TOY_PAYLOAD(REVIEW_REQUEST));
	return due(TASK(REVIEW_CASE));
}

static int64_t see_plan(const char *item)
{
	start_plan(item);
	return due(TASK(PLAN));
}

static int64_t see_acknowledge(const char *item)
{
	Credit__V1__Subscription act = CREDIT__V1__SUBSCRIPTION__INIT;

	act.subscriber_uscc = toy.tax.uscc;
	must(&toy.tax, TOY_PAYLOAD(SUBSCRIPTION), &act);
	make_record(item, today());
	remove_record();
	return due(TASK(ACKNOWLEDGE));
}

static int64_t see_escalation(const char *item)
{
	object(item);
	pass_days(4); /* overdue, and not escalated yet */
	toy_fire_due(&toy);
	Credit__V1__Task *task = task_of(TASK(CHECK_CASE));
	int64_t day = task->escalate_on;
	credit__v1__task__free_unpacked(task, NULL);
	return day;
}

static const struct {
	const char *id;
	int64_t (*see)(const char *item);
	/* Whose turn it then is to ask for more time; NULL: there is none. */
	struct toy_office *extends;
} limits[] = {
	{"filing", see_filing, NULL},
	{"notice.hearing", see_hearing, NULL},
	{"notice.decide", see_notice_decide, NULL},
	{"consent.valid", see_consent, NULL},
	{"listing.revoke", see_revoke, NULL},
	{"honour.review", see_honour_review, NULL},
	{"measure.lift", see_lift, NULL},
	{"measure.feedback", see_feedback, NULL},
	{"repair.check", see_repair_check, &toy.window},
	{"repair.supplement", see_repair_supplement, &toy.window},
	{"repair.decide", see_repair_decide, &toy.market},
	{"objection.check", see_objection_check, &toy.window},
	{"objection.supplement", see_objection_supplement, &toy.window},
	{"objection.answer", see_objection_answer, &toy.market},
	{"review.request", see_review_request, NULL},
	{"review.decide", see_review_decide, &toy.market},
	{"plan.outcome", see_plan, &toy.market},
	{"subscription.acknowledge", see_acknowledge, NULL},
	{"escalation", see_escalation, NULL},
};

static int64_t observe_limit(void)
{
	const Credit__V1__TimeLimit *limit = holder();

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		if (strcmp(limits[i].id, limit->id) == 0)
			return limits[i].see(item_or(PLAIN_LIST));
	}
	cr_assert_fail("no observer of the limit %s", limit->id);
	return 0;
}

static int64_t observe_extension(void)
{
	const Credit__V1__TimeLimit *limit = holder();
	size_t i = 0;

	while (i < sizeof limits / sizeof limits[0] && strcmp(limits[i].id, limit->id) != 0)
		i++;
	cr_assert(i < sizeof limits / sizeof limits[0] && limits[i].extends,
		"no act extends the limit %s", limit->id);
	limits[i].see(item_or(PLAIN_LIST));
	take(limits[i].extends, TOY_PAYLOAD(CASE_EXTENSION));
	Credit__V1__Case *subject = toy_case(&toy, company, case_id);
	int64_t day = subject->due_on;
	credit__v1__case__free_unpacked(subject, NULL);
	return day;
}

/* --- periods ----------------------------------------------------------------------------------- */

static int64_t of_record(bool repair)
{
	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	int64_t day = repair ? record->repair_from : record->published_until;

	credit__v1__record__free_unpacked(record, NULL);
	return day;
}

static int64_t observe_publication(void)
{
	make_record(number.item, today());
	return of_record(false);
}

static int64_t observe_repair_from(void)
{
	make_record(number.item, today());
	return of_record(true);
}

static void penalise_by_class(void)
{
	const Credit__V1__PenaltyClass *class =
		(const Credit__V1__PenaltyClass *)number.chain[2];

	penalise(class->penalty_kinds[0], 0, today());
}

static int64_t observe_class_publication(void)
{
	penalise_by_class();
	return of_record(false);
}

static int64_t observe_class_repair_from(void)
{
	penalise_by_class();
	return of_record(true);
}

/* The severities of fines about the amount, as digits. */
static int64_t observe_fine(void)
{
	int64_t seen = 0;

	for (int64_t fine = number.value - 1; fine <= number.value + 1; fine++) {
		next_company();
		penalise("罚款", fine, today());
		Credit__V1__Record *record = toy_record(&toy, company, record_id);
		seen = seen * 10 + (int64_t)record->severity;
		credit__v1__record__free_unpacked(record, NULL);
	}
	return seen;
}

/* How old a repetition must be to stand in the way no more: one of a day less is refused. A record of the
 * same item, or of a list a penalty as grave by the same authority. */
static bool repetition_refuses(int32_t day)
{
	next_company();
	make_record(number.item,
		toy_day(find_list(number.item) ? "2025-06-02" : "2026-09-10").days);
	uint8_t first[CREDIT_RECORD_ID_SIZE];
	memcpy(first, record_id, sizeof first);
	if (find_list(number.item))
		penalise("责令停产停业", 0, day);
	else
		penalise("警告", 0, day);
	memcpy(record_id, first, sizeof first);
	apply_for_repair();
	accept_repair();
	toy_step_init(&toy, TOY_PAYLOAD(REPAIR_DECISION), company, case_id, &applicant, &step);
	enum credit_error error = toy_file(&toy, &toy.market, TOY_PAYLOAD(REPAIR_DECISION), &step);
	cr_assert(error == CREDIT_OK || error == CREDIT_E_CONDITION, "%s", toy.problem.detail);
	return error != CREDIT_OK;
}

static int64_t observe_no_repeat(void)
{
	int64_t seen = 1;

	for (int32_t month = -1; month <= 1; month++) {
		int32_t months = (int32_t)number.value + month;
		for (int32_t day = -1; day <= 0; day++) {
			credit_day_t at = credit_day_add_months(toy_day(TODAY), -months);
			seen = seen * 2 + repetition_refuses(at.days + day);
		}
	}
	return seen;
}

static int64_t observe_after_fraud(void)
{
	reach_repair(number.item);
	accept_repair();
	take(&toy.market, TOY_PAYLOAD(REPAIR_DECISION));
	take(&toy.market, TOY_PAYLOAD(REPAIR_REVOCATION));
	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	int64_t day = record->no_repair_before;
	credit__v1__record__free_unpacked(record, NULL);
	return day;
}

static int64_t observe_retention(void)
{
	const Credit__V1__RetentionRule *rule = (const Credit__V1__RetentionRule *)number.chain[1];
	Credit__V1__Erasure erasure = CREDIT__V1__ERASURE__INIT;

	make_record(rule->item, today());
	remove_record();
	erasure.entity_uscc = company;
	erasure.record = (ProtobufCBinaryData){sizeof record_id, record_id};
	erasure.ground = CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_RETENTION_OVER;
	erasure.decision_date = today();
	erasure.reason = TEXT("保存期满");
	cr_assert_eq(toy_file(&toy, &toy.market, TOY_PAYLOAD(ERASURE), &erasure),
		CREDIT_E_RETENTION, "%s", toy.problem.detail);
	return refused_until("kept until ");
}

/* --- measures ---------------------------------------------------------------------------------- */

static const Credit__V1__MeasureRule *list_for_measure(void)
{
	const Credit__V1__MeasureRule *measure = (const Credit__V1__MeasureRule *)number.chain[1];
	bool punishes = measure->kind == CREDIT__V1__MEASURE_KIND__MEASURE_KIND_PUNISHMENT;

	make_record(measure->n_lists ? measure->lists[0] : punishes ? PLAIN_LIST : HONOUR_LIST,
		today());
	return measure;
}

static int64_t observe_longest(void)
{
	Credit__V1__MeasureApplication act = application(list_for_measure()->id);

	act.until = credit_day_add_months(toy_day(TODAY), 599).days;
	cr_assert_eq(toy_file(&toy, &toy.tax, TOY_PAYLOAD(MEASURE_APPLICATION), &act),
		CREDIT_E_MEASURE_HARSHER);
	return refused_until("not after ");
}

/* Which amounts about the largest are allowed. */
static int64_t observe_amount(void)
{
	int64_t seen = 1;

	for (int64_t amount = number.value - 1; amount <= number.value + 1; amount++) {
		next_company();
		Credit__V1__MeasureApplication act = application(list_for_measure()->id);
		act.amount_fen = amount;
		seen = seen * 2 +
		       (toy_file(&toy, &toy.tax, TOY_PAYLOAD(MEASURE_APPLICATION), &act) ==
			       CREDIT_OK);
	}
	return seen;
}

/* --- grades ------------------------------------------------------------------------------------ */

static struct credit_rule_book *graded_by(void)
{
	struct credit_rule_book *loaded;

	cr_assert_eq(credit_rule_book_load(toy.book_bytes, &loaded, NULL), CREDIT_OK);
	return loaded;
}

/* Does the count that the number belongs to give its grade for so many records of that day? */
static bool count_gives(const struct credit_rule_book *by, size_t records, int32_t day)
{
	const Credit__V1__GradeCount *count = (const Credit__V1__GradeCount *)number.chain[2];
	Credit__V1__Record record = CREDIT__V1__RECORD__INIT;
	const Credit__V1__Record *pointers[16];
	Credit__V1__Grade *grade;
	bool given = false;

	record.kind = CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY;
	record.item = TEXT("record.penalty");
	record.id = (ProtobufCBinaryData){sizeof record_id, record_id};
	record.state = CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;
	record.severity = count->severity;
	record.decided_on = day;
	for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++)
		pointers[i] = &record;
	cr_assert_eq(credit_grade(by, pointers, records, toy_day(TODAY), &arena, &grade), CREDIT_OK);
	for (size_t i = 0; i < grade->n_reasons; i++)
		given |= strcmp(grade->reasons[i]->rule, count->id) == 0;
	return given;
}

/* The fewest records that are enough. */
static int64_t observe_at_least(void)
{
	struct credit_rule_book *by = graded_by();
	int64_t records = 1;

	while (records < 16 && !count_gives(by, (size_t)records, toy_day(TODAY).days))
		records++;
	credit_rule_book_free(by);
	return records;
}

/* The first day of the window. */
static int64_t observe_window(void)
{
	struct credit_rule_book *by = graded_by();
	int32_t day = toy_day("2020-01-01").days;

	while (day < toy_day(TODAY).days && !count_gives(by, 16, day))
		day++;
	credit_rule_book_free(by);
	return day;
}

/* The share inspected of an entity whose records give it this grade. */
static int64_t observe_inspection(void)
{
	const Credit__V1__GradeClass *class = (const Credit__V1__GradeClass *)number.chain[2];
	struct credit_rule_book *by = graded_by();
	Credit__V1__Record records[8];
	const Credit__V1__Record *pointers[8];
	Credit__V1__Grade *grade = NULL;
	int64_t seen = -1;

	for (size_t i = 0; i < 8; i++) {
		credit__v1__record__init(&records[i]);
		records[i].kind = CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY;
		records[i].item = TEXT("record.penalty");
		records[i].state = CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;
		records[i].decided_on = toy_day(TODAY).days;
		records[i].severity = CREDIT__V1__SEVERITY__SEVERITY_MINOR;
		pointers[i] = &records[i];
	}
	/* One record after another, graver at last, until the grade is reached. */
	for (size_t count = 0; count <= 8 && seen < 0; count++) {
		for (size_t i = 5; i < count; i++)
			records[i].severity = CREDIT__V1__SEVERITY__SEVERITY_SERIOUS;
		for (size_t i = 0; count == 5 && i < 5; i++)
			records[i].severity = CREDIT__V1__SEVERITY__SEVERITY_GENERAL;
		cr_assert_eq(credit_grade(by, pointers, count, toy_day(TODAY), &arena, &grade),
			CREDIT_OK);
		if (strcmp(grade->grade, class->id) == 0)
			seen = grade->inspection_percent;
	}
	cr_assert_geq(seen, 0, "no records give the grade %s", class->id);
	credit_rule_book_free(by);
	return seen;
}

/* --- dates of the book, its instruments and its calendar ----------------------------------------- */

/* On which days about the number a listing is possible: as bits. */
static int64_t observe_effective(void)
{
	int64_t seen = 1;

	for (int32_t day = -2; day <= 2; day++) {
		toy_set_day(&toy, toy_day(TODAY));
		next_company();
		toy_set_day(&toy, (credit_day_t){(int32_t)number.value + day});
		Credit__V1__Listing listing = listing_of(PLAIN_LIST, today());
		seen = seen * 2 + (toy_file(&toy, &toy.market, TOY_PAYLOAD(LISTING), &listing) ==
					  CREDIT_OK);
	}
	return seen;
}

/* The honours' list rests on this instrument alone (see prepare). */
static int64_t observe_instrument(void)
{
	const Credit__V1__Instrument *instrument =
		(const Credit__V1__Instrument *)number.chain[1];
	int64_t seen = 1;

	for (int32_t day = -2; day <= 2; day++) {
		next_company();
		Credit__V1__Listing listing = listing_of(HONOUR_LIST, toy_day(TODAY).days);
		listing.instrument = instrument->id;
		listing.decision_date = (int32_t)number.value + day;
		seen = seen * 2 + (toy_file(&toy, &toy.market, TOY_PAYLOAD(LISTING), &listing) ==
					  CREDIT_OK);
	}
	return seen;
}

/* The ends of hearings that begin on days about the number. */
static int64_t observe_calendar(void)
{
	uint64_t seen = 1;

	for (int32_t day = -12; day <= 2; day++) {
		next_company();
		serve("black.market-serious", (int32_t)number.value + day);
		seen = seen * 1000003 + (uint64_t)hearing_until();
	}
	return (int64_t)(seen >> 1);
}

/* What an inquirer sees. */
static int64_t observe_list_number(void)
{
	make_record(number.item, today());
	Credit__V1__Status *status = toy_status_message(&toy, company);
	cr_assert_eq(status->n_lists, 1);
	int64_t seen = status->lists[0]->list;
	credit__v1__status__free_unpacked(status, NULL);
	return seen;
}

/* --- the table ---------------------------------------------------------------------------------- */

enum {
	MOVES = 0,
	/* The book holds the number to its neighbours: most other values are refused, by name. */
	BOUND = 1,
};

static struct kind {
	const char *path;
	int64_t (*observe)(void); /* NULL: no value but this one is accepted, and the reason stands beside */
	int flags;
	size_t moved, refused;
} kinds[] = {
	{"effective_date", observe_effective, MOVES, 0, 0},
	{"instruments.in_force_from", observe_instrument, MOVES, 0, 0},
	{"instruments.in_force_until", observe_instrument, MOVES, 0, 0},
	{"time_limits.working_days", observe_limit, MOVES, 0, 0},
	{"time_limits.extension_days", observe_extension, MOVES, 0, 0},
	{"lists.number", observe_list_number, MOVES, 0, 0},
	{"lists.publication_max.months", observe_publication, MOVES, 0, 0},
	/* Where publication has no end, repair is at once: another month is refused. */
	{"lists.repair_min.months", observe_repair_from, BOUND, 0, 0},
	{"lists.repair.no_repeat.months", observe_no_repeat, MOVES, 0, 0},
	{"lists.repair.after_fraud.months", observe_after_fraud, MOVES, 0, 0},
	{"lists.time_limits.working_days", observe_limit, MOVES, 0, 0},
	{"lists.time_limits.extension_days", observe_extension, MOVES, 0, 0},
	{"records.classes.publication_min.months", observe_class_repair_from, MOVES, 0, 0},
	{"records.classes.publication_max.months", observe_class_publication, MOVES, 0, 0},
	{"records.classes.fine_from_fen", observe_fine, MOVES, 0, 0},
	{"records.publication_max.months", observe_publication, MOVES, 0, 0},
	{"records.repair_min.months", observe_repair_from, MOVES, 0, 0},
	{"records.repair.no_repeat.months", observe_no_repeat, MOVES, 0, 0},
	{"records.repair.after_fraud.months", observe_after_fraud, MOVES, 0, 0},
	{"records.time_limits.working_days", observe_limit, MOVES, 0, 0},
	{"records.time_limits.extension_days", observe_extension, MOVES, 0, 0},
	{"calendar.off", observe_calendar, BOUND, 0, 0},
	{"calendar.worked", observe_calendar, BOUND, 0, 0},
	/* Years follow one another, and each day stands in its own: another year is another notice of the
	 * State Council, with other days. */
	{"calendar.year", NULL, BOUND, 0, 0},
	{"measures.longest.months", observe_longest, MOVES, 0, 0},
	{"measures.amount_max_fen", observe_amount, MOVES, 0, 0},
	{"grading.classes.inspection_percent", observe_inspection, MOVES, 0, 0},
	{"grading.counts.at_least", observe_at_least, MOVES, 0, 0},
	{"grading.counts.window.months", observe_window, MOVES, 0, 0},
	{"retention.keep.months", observe_retention, MOVES, 0, 0},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static struct kind *kind_of(const char *path)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].path, path) == 0)
			return &kinds[i];
	}
	return NULL;
}

/* --- kinds that the message knows ---------------------------------------------------------------- */

static bool is_number(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_INT32 || field->type == PROTOBUF_C_TYPE_UINT32 ||
	       field->type == PROTOBUF_C_TYPE_INT64 || field->type == PROTOBUF_C_TYPE_UINT64;
}

static size_t join(char path[96], size_t size, const char *name)
{
	return size + (size_t)snprintf(path + size, 96 - size, "%s%s", size ? "." : "", name);
}

static size_t walk_type(const ProtobufCMessageDescriptor *type, char path[96], size_t size)
{
	size_t found = 0;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		size_t longer = join(path, size, field->name);
		cr_assert_lt(longer, 96);
		if (is_number(field)) {
			cr_expect(kind_of(path), "no observer of %s", path);
			found++;
		} else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
			found += walk_type(field->descriptor, path, longer);
		}
		path[size] = '\0';
	}
	return found;
}

Test(rules_numbers_move, every_kind_of_number_that_a_book_can_have_is_in_the_table)
{
	char path[96] = "";

	cr_expect_eq(walk_type(&credit__v1__rule_book__descriptor, path, 0), KINDS,
		"and the table has no other");
}

/* --- the number that an alteration changed -------------------------------------------------------- */

/* Of a single field, one; its elements follow one another in memory. */
static size_t count_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
	const uint8_t **ret_first)
{
	const uint8_t *member = (const uint8_t *)message + field->offset;

	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		*ret_first = member;
		return field->type != PROTOBUF_C_TYPE_MESSAGE || *(void *const *)member ? 1 : 0;
	}
	*ret_first = *(const uint8_t *const *)member;
	return *(const size_t *)((const uint8_t *)message + field->quantifier_offset);
}

static int64_t read_number(const ProtobufCFieldDescriptor *field, const uint8_t *data, size_t at)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
		return ((const int32_t *)data)[at];
	case PROTOBUF_C_TYPE_UINT32:
		return ((const uint32_t *)data)[at];
	default:
		return ((const int64_t *)data)[at];
	}
}

struct place {
	char path[96];
	size_t size;
	const ProtobufCMessage *chain[DEPTH_MAX];
	size_t depth;
};

static void note(const struct place *place, int64_t value)
{
	const char *id = NULL;

	memcpy(number.path, place->path, sizeof number.path);
	memcpy(number.chain, place->chain, sizeof number.chain);
	number.depth = place->depth;
	number.value = value;
	if (place->depth > 1 && place->chain[1]->descriptor == &credit__v1__list_rule__descriptor)
		id = ((const Credit__V1__ListRule *)place->chain[1])->id;
	if (place->depth > 1 && place->chain[1]->descriptor == &credit__v1__record_rule__descriptor)
		id = ((const Credit__V1__RecordRule *)place->chain[1])->id;
	number.item = id;
}

/* Numbers in which two books of the same shape differ: how many, and the last is noted. */
static size_t compare(const ProtobufCMessage *old, const ProtobufCMessage *new, struct place place)
{
	const ProtobufCMessageDescriptor *type = old->descriptor;
	size_t differ = 0;

	cr_assert_lt(place.depth, DEPTH_MAX);
	place.chain[place.depth++] = old;
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		const uint8_t *before, *after;
		size_t count = count_of(old, field, &before);
		struct place inner = place;

		cr_assert_eq(count, count_of(new, field, &after), "%s", field->name);
		inner.size = join(inner.path, inner.size, field->name);
		for (size_t k = 0; k < count; k++) {
			if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
				differ += compare(((const ProtobufCMessage *const *)before)[k],
					((const ProtobufCMessage *const *)after)[k], inner);
			} else if (is_number(field) && read_number(field, before, k) !=
							       read_number(field, after, k)) {
				note(&inner, read_number(field, before, k));
				differ++;
			}
		}
	}
	return differ;
}

static size_t count_numbers(const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;
	size_t found = 0;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		const uint8_t *first;
		size_t count = count_of(message, field, &first);
		bool months = strcmp(field->name, "months") == 0; /* those may be none and stand there */

		for (size_t k = 0; k < count; k++) {
			if (field->type == PROTOBUF_C_TYPE_MESSAGE)
				found += count_numbers(((const ProtobufCMessage *const *)first)[k]);
			else if (is_number(field))
				found += months || read_number(field, first, k) != 0;
		}
	}
	return found;
}

/* --- observing under a book ----------------------------------------------------------------------- */

/* What is not looked at is out of the way: no notice and no consent before a listing; and an instrument
 * that is looked at carries the honours' list by itself. */
static void prepare(Credit__V1__RuleBook *altered)
{
	const Credit__V1__Instrument *instrument =
		strncmp(number.path, "instruments.", 12) == 0
			? (const Credit__V1__Instrument *)number.chain[1]
			: NULL;

	for (size_t i = 0; i < altered->n_lists; i++) {
		Credit__V1__ListRule *list = altered->lists[i];
		list->notice = false;
		list->n_consent_levels = 0;
		if (!instrument || strcmp(list->id, HONOUR_LIST) != 0)
			continue;
		/* With another that is in force: a list needs one. */
		char **both = credit_arena_alloc(&arena, 2 * sizeof *both);
		cr_assert(both);
		both[0] = TEXT(instrument->id);
		both[1] = list->instruments[0];
		list->n_instruments = strcmp(both[0], both[1]) == 0 ? 1 : 2;
		list->instruments = both;
	}
}

/* What the number's observer sees under a book; the message is the observer's to change. */
static int64_t observe(const struct kind *kind, Credit__V1__RuleBook *under)
{
	prepare(under);
	toy_init_bare(&toy);
	size_t size = credit__v1__rule_book__get_packed_size(under);
	uint8_t *bytes = malloc(size);
	cr_assert(bytes);
	toy.book_bytes = (struct credit_bytes){bytes, credit__v1__rule_book__pack(under, bytes)};
	toy_found(&toy);
	applicant = toy_case_applicant();
	next_company();
	int64_t seen = kind->observe();
	toy_deinit(&toy);
	return seen;
}

static Credit__V1__RuleBook *unpack(struct credit_bytes bytes)
{
	ProtobufCMessage *message;

	cr_assert_eq(credit_decode(&credit__v1__rule_book__descriptor, bytes, &arena, &message,
			     NULL),
		CREDIT_OK);
	return (Credit__V1__RuleBook *)message;
}

/* The book of a text; no bytes when it is refused, which must be by name. */
static struct credit_bytes compile(const char *yaml, const char *what)
{
	struct credit_problem problem = {0};
	struct credit_bytes bytes = {NULL, 0};
	enum credit_error error =
		credit_rule_book_compile(credit_bytes_of(yaml), &arena, &bytes, &problem);

	cr_assert(!error || problem.field[0], "%s: refused without a name", what);
	return error ? (struct credit_bytes){NULL, 0} : bytes;
}

/* --- altering ------------------------------------------------------------------------------------- */

static char *source;
static struct credit_bytes original;
static size_t numbers_altered;

/* The text with `size` characters at `at` replaced, if that compiles. */
static bool try_value(const char *at, size_t size, const char *new)
{
	size_t room = strlen(source) + strlen(new) + 1;
	char *text = malloc(room), what[80];
	const char *line = at;
	struct credit_bytes bytes;

	cr_assert(text);
	while (line > source && line[-1] != '\n')
		line--;
	snprintf(what, sizeof what, "%.*s for %s", (int)strcspn(line, "\n") % 50, line, new);
	snprintf(text, room, "%.*s%s%s", (int)(at - source), source, new, at + size);
	credit_arena_init(&arena, NULL, 0, 4 * ARENA_LIMIT);
	bytes = compile(text, what);
	if (bytes.data) {
		Credit__V1__RuleBook *altered = unpack(bytes);
		struct place top = {.size = 0};
		size_t differ = compare(&book->base, &altered->base, top);
		cr_assert_eq(differ, 1, "%s: %zu numbers changed", what, differ);
		struct kind *kind = kind_of(number.path);
		cr_assert(kind && kind->observe, "%s: nobody looks at %s", what, number.path);
		int64_t before = observe(kind, unpack(original)), after = observe(kind, altered);
		cr_expect_neq(before, after, "%s: %s of %s moves nothing", what, number.path,
			item_or("the book"));
		kind->moved++;
	}
	credit_arena_deinit(&arena);
	free(text);
	return bytes.data != NULL;
}

/* The line's key, to know a number that no other value may take the place of. */
static void refuse(const char *line)
{
	const char *key = line + strspn(line, " -");
	struct kind *kind = strncmp(key, "off:", 4) == 0 || strncmp(key, "20", 2) == 0
				    ? kind_of("calendar.off")
			    : strncmp(key, "worked:", 7) == 0 ? kind_of("calendar.worked")
			    : strncmp(key, "year:", 5) == 0   ? kind_of("calendar.year")
			    : strncmp(key, "months: 0\n", 10) == 0
				    ? kind_of("lists.repair_min.months")
							      : NULL;

	cr_expect(kind, "no other value is accepted: %.*s", (int)strcspn(line, "\n"), line);
	if (kind)
		kind->refused++;
}

static const int64_t steps[] = {1, -1, 50};

static bool alter_date(const char *line, const char *at)
{
	char text[CREDIT_DAY_TEXT_SIZE] = "";
	credit_day_t day;
	bool accepted = false;

	if (strspn(at, "0123456789-") != 10)
		return false;
	memcpy(text, at, 10);
	if (credit_day_parse(credit_bytes_of(text), &day))
		return false;
	for (size_t i = 0; i < 2 && !accepted; i++) {
		credit_day_text((credit_day_t){day.days + (int32_t)steps[i]}, text);
		accepted = try_value(at, 10, text);
	}
	if (!accepted)
		refuse(line);
	numbers_altered++;
	return true;
}

static void alter_number(const char *line, const char *at, size_t digits)
{
	int64_t value = strtoll(at, NULL, 10);
	bool accepted = false;
	char text[32];

	for (size_t i = 0; i < sizeof steps / sizeof steps[0] && !accepted; i++) {
		if (value + steps[i] < 0)
			continue;
		snprintf(text, sizeof text, "%lld", (long long)(value + steps[i]));
		accepted = try_value(at, digits, text);
	}
	if (!accepted)
		refuse(line);
	numbers_altered++;
}

/* Values: what stands in a line after "key: ", or between the brackets of a list of dates. */
static void alter_line(const char *line, size_t size)
{
	const char *end = line + size, *value = memchr(line, ':', size);
	const char *key = line + strspn(line, " -");

	if (*key == '#' || strncmp(key, "source:", 7) == 0)
		return;
	for (const char *at = line; at + 10 <= end; at++) {
		bool begins = isdigit((unsigned char)*at) &&
			      (at == line || !isdigit((unsigned char)at[-1]));
		if (begins && alter_date(line, at))
			at += 9;
	}
	if (!value || value[1] != ' ')
		return;
	value += 2;
	size_t digits = strspn(value, "0123456789");
	if (digits > 0 && digits <= 15 && value + digits == end)
		alter_number(line, value, digits);
}

/* Kinds of number that cn-2026 has none of, put where a lawyer would put them. */
static char *with_rare_numbers(char *yaml)
{
	static const struct {
		const char *before, *text;
	} rows[] = {
		{"    after_fraud:\n      months: 36\n      source: NDRC Order 58, three years without repair "
		 "after fraud, from memory\n      uncertain: true\n  remedy: 对行政处罚",
			"    no_repeat:\n      months: 2\n      source: made up\n"},
		{"  remedy: 对行政处罚决定不服的",
			"  time_limits:\n  - id: repair.decide\n    working_days: 6\n    extension_days: 4\n"
			"    source: made up\n"},
		{"    source: rule of 2014, verification within twenty working days",
			"    extension_days: 3\n"},
	};
	size_t room = strlen(yaml) + 1;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		room += strlen(rows[i].text);
	char *text = realloc(yaml, room);
	cr_assert(text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *at = strstr(text, rows[i].before);
		cr_assert(at, "row %zu", i);
		memmove(at + strlen(rows[i].text), at, strlen(at) + 1);
		memcpy(at, rows[i].text, strlen(rows[i].text));
	}
	return text;
}

Test(rules_numbers_move, every_number_of_the_book_moves_what_the_registry_does)
{
	struct credit_arena keep;
	ProtobufCMessage *message;
	struct credit_problem problem = {0};

	source = with_rare_numbers(book_text_read(BOOK_CN_2026));
	credit_arena_init(&keep, NULL, 0, 4 * ARENA_LIMIT);
	cr_assert_eq(credit_rule_book_compile(credit_bytes_of(source), &keep, &original, &problem),
		CREDIT_OK, "%s", problem.detail);
	cr_assert_eq(credit_decode(&credit__v1__rule_book__descriptor, original, &keep, &message,
			     NULL),
		CREDIT_OK);
	book = (const Credit__V1__RuleBook *)message;
	for (const char *line = source; *line;) {
		size_t size = strcspn(line, "\n");
		alter_line(line, size);
		line += size + (line[size] == '\n');
	}
	cr_expect_eq(numbers_altered, count_numbers(message), "each number stands in a line");
	for (size_t i = 0; i < KINDS; i++) {
		cr_expect(kinds[i].moved + kinds[i].refused > 0, "no number is %s", kinds[i].path);
		cr_expect(kinds[i].refused == 0 || kinds[i].flags == BOUND, "%s", kinds[i].path);
		cr_expect(kinds[i].moved > 0 || !kinds[i].observe, "%s", kinds[i].path);
	}
	credit_arena_deinit(&keep);
	free(source);
}
