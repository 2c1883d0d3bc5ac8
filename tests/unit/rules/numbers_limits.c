/* SPDX-License-Identifier: Apache-2.0
 *
 * numbers_limits.c - each time limit seen at the task, the day or the refusal that it gives.
 */
#include "numbers_fixture.h"

/* --- time limits: one observer for each that the book knows ------------------------------------- */

/* How many days after its decision a record may be filed without being late. */
static int64_t see_filing(const char *item)
{
	for (int32_t days = 1; days < 60; days++) {
		number_next_company();
		number_make_record(item, number_today() - days);
		Credit__V1__Record *record = toy_record(&sight.toy, sight.company, sight.record_id);
		bool late = record->late;
		credit__v1__record__free_unpacked(record, NULL);
		if (late)
			return days;
	}
	return 0;
}

void number_serve(const char *item, int32_t day)
{
	Credit__V1__Listing listing = number_listing(item, day);
	Credit__V1__ListingNotice notice = toy_notice(&listing, TODAY);

	notice.served_on = day;
	number_must(&sight.toy.market, TOY_PAYLOAD(LISTING_NOTICE), &notice);
}

int64_t number_hearing_until(void)
{
	Credit__V1__Notice *notice = toy_row(&sight.toy, KIND(NOTICE),
		&credit__v1__notice__descriptor, sight.company, sight.toy.id);
	int64_t day = notice->hearing_until;

	credit__v1__notice__free_unpacked(notice, NULL);
	return day;
}

static int64_t see_hearing(const char *item)
{
	number_serve(item, number_today());
	return number_hearing_until();
}

static int64_t see_notice_decide(const char *item)
{
	number_serve(item, number_today());
	number_pass_days(10);
	toy_fire_due(&sight.toy);
	return number_due(TASK(DECIDE_NOTICE));
}

static int64_t see_consent(const char *item)
{
	Credit__V1__AuthorityChange change = CREDIT__V1__AUTHORITY_CHANGE__INIT;
	Credit__V1__Grant grant = toy_grant(&sight.toy.stranger, CREDIT__V1__ROLE__ROLE_SUPERVISOR);
	Credit__V1__Consent consent = CREDIT__V1__CONSENT__INIT;
	uint8_t draft[CREDIT_HASH_SIZE] = {7};

	change.authority_uscc = sight.toy.market.uscc;
	change.name = TEXT("示例机关");
	change.level = CREDIT__V1__LEVEL__LEVEL_COUNTY;
	change.superior_uscc = sight.toy.stranger.uscc;
	number_must(&sight.toy.root, TOY_PAYLOAD(AUTHORITY_CHANGE), &change);
	number_must(&sight.toy.root, TOY_PAYLOAD(GRANT), &grant);
	consent.draft_commitment = (ProtobufCBinaryData){sizeof draft, draft};
	consent.issuer_uscc = sight.toy.market.uscc;
	consent.list = TEXT(item);
	consent.document_no = TEXT("示同意〔2026〕1号");
	consent.date = number_today();
	number_must(&sight.toy.stranger, TOY_PAYLOAD(CONSENT), &consent);
	const struct toy_row *row = toy_state_find(
		&sight.toy.state, KIND(CONSENT), (struct credit_bytes){draft, sizeof draft});
	Credit__V1__ConsentRow *given =
		credit__v1__consent_row__unpack(NULL, row->value.size, row->value.data);
	int64_t day = given->valid_until;
	credit__v1__consent_row__free_unpacked(given, NULL);
	return day;
}

static int64_t see_revoke(const char *item)
{
	uint8_t penalty[CREDIT_RECORD_ID_SIZE];

	number_penalise("警告", 0, number_today());
	memcpy(penalty, sight.record_id, sizeof penalty);
	Credit__V1__Listing listing = number_listing(item, number_today());
	listing.underlying_record = (ProtobufCBinaryData){sizeof penalty, penalty};
	number_must(&sight.toy.tax, TOY_PAYLOAD(LISTING), &listing);
	number_remove_record();
	return number_due(TASK(REVOKE_LISTING));
}

static int64_t see_honour_review(const char *item)
{
	number_list_company(
		number_list(item)->colour == CREDIT__V1__COLOUR__COLOUR_RED ? item : HONOUR_LIST,
		number_today());
	number_list_company(PLAIN_LIST, number_today());
	return number_due(TASK(REVIEW_HONOUR));
}

/* What the office's key signed is put under review. */
static int64_t see_key_review(const char *item)
{
	struct toy *toy = &sight.toy;
	Credit__V1__KeyCompromise compromise = CREDIT__V1__KEY_COMPROMISE__INIT;
	Credit__V1__KeyReview review = CREDIT__V1__KEY_REVIEW__INIT;
	struct credit_hash id;

	number_make_record(item, number_today());
	credit_key_id(&toy->market.pair.public_key, &id);
	compromise.authority_uscc = toy->market.uscc;
	compromise.key_id = review.key_id = (ProtobufCBinaryData){sizeof id.byte, id.byte};
	compromise.from_epoch = toy->epoch;
	compromise.reason = (char *)"失密";
	number_must(&toy->root, TOY_PAYLOAD(KEY_COMPROMISE), &compromise);
	review.entity_uscc = sight.company;
	review.record = (ProtobufCBinaryData){sizeof sight.record_id, sight.record_id};
	number_must(&toy->system, TOY_PAYLOAD(KEY_REVIEW), &review);
	return number_due(TASK(REVIEW_KEY));
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

Credit__V1__MeasureApplication number_application(const char *measure)
{
	Credit__V1__MeasureApplication act = CREDIT__V1__MEASURE_APPLICATION__INIT;

	act.entity_uscc = sight.company;
	act.listing = (ProtobufCBinaryData){sizeof sight.record_id, sight.record_id};
	act.measure = TEXT(measure);
	act.document_no = TEXT("京海惩〔2026〕1号");
	act.applied_on = number_today();
	act.content = TEXT("示例");
	return act;
}

static void apply_some_measure(const char *list)
{
	number_make_record(list, number_today());
	for (size_t i = 0; i < sight.book->n_measures; i++) {
		const Credit__V1__MeasureRule *measure = sight.book->measures[i];
		if (!names(measure->lists, measure->n_lists, list) || !has_level(measure))
			continue;
		Credit__V1__MeasureApplication act = number_application(measure->id);
		number_must(&sight.toy.tax, TOY_PAYLOAD(MEASURE_APPLICATION), &act);
		return;
	}
	cr_assert_fail("no measure leans on %s", list);
}

static int64_t see_lift(const char *item)
{
	apply_some_measure(item);
	number_remove_record();
	return number_due(TASK(LIFT_MEASURE));
}

static int64_t see_feedback(const char *item)
{
	apply_some_measure(item);
	return number_due(TASK(FEEDBACK));
}

static int64_t see_repair_check(const char *item)
{
	number_reach_repair(item);
	return number_due(TASK(CHECK_CASE));
}

static int64_t see_repair_supplement(const char *item)
{
	number_reach_repair(item);
	number_take(&sight.toy.window, TOY_PAYLOAD(SUPPLEMENT_REQUEST));
	return number_due(TASK(SUPPLEMENT_CASE));
}

static int64_t see_repair_decide(const char *item)
{
	number_reach_repair(item);
	number_accept_repair();
	return number_due(TASK(DECIDE_CASE));
}

static int64_t see_objection_check(const char *item)
{
	number_object(item);
	return number_due(TASK(CHECK_CASE));
}

static int64_t see_objection_supplement(const char *item)
{
	number_object(item);
	number_take(&sight.toy.window, TOY_PAYLOAD(SUPPLEMENT_REQUEST));
	return number_due(TASK(SUPPLEMENT_CASE));
}

static int64_t see_objection_answer(const char *item)
{
	number_accept_objection(item);
	return number_due(TASK(DECIDE_CASE));
}

static int64_t see_review_request(const char *item)
{
	number_reject_objection(item);
	number_pass_days(60);
	toy_step_init(&sight.toy, TOY_PAYLOAD(REVIEW_REQUEST), sight.company, sight.case_id,
		&sight.applicant, &sight.step);
	cr_assert_eq(
		toy_file(&sight.toy, &sight.toy.window, TOY_PAYLOAD(REVIEW_REQUEST), &sight.step),
		CREDIT_E_PERIOD);
	return number_refused_until("until ");
}

static int64_t see_review_decide(const char *item)
{
	number_reject_objection(item);
	number_take(&sight.toy.window, TOY_PAYLOAD(REVIEW_REQUEST));
	return number_due(TASK(REVIEW_CASE));
}

static int64_t see_plan(const char *item)
{
	number_start_plan(item);
	return number_due(TASK(PLAN));
}

static int64_t see_acknowledge(const char *item)
{
	Credit__V1__Subscription act = CREDIT__V1__SUBSCRIPTION__INIT;

	act.subscriber_uscc = sight.toy.tax.uscc;
	number_must(&sight.toy.tax, TOY_PAYLOAD(SUBSCRIPTION), &act);
	number_make_record(item, number_today());
	number_remove_record();
	return number_due(TASK(ACKNOWLEDGE));
}

static int64_t see_escalation(const char *item)
{
	number_object(item);
	number_pass_days(4); /* overdue, and not escalated yet */
	toy_fire_due(&sight.toy);
	Credit__V1__Task *task = number_task(TASK(CHECK_CASE));
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
	{"key.review", see_key_review, NULL},
	{"measure.lift", see_lift, NULL},
	{"measure.feedback", see_feedback, NULL},
	{"repair.check", see_repair_check, &sight.toy.window},
	{"repair.supplement", see_repair_supplement, &sight.toy.window},
	{"repair.decide", see_repair_decide, &sight.toy.market},
	{"objection.check", see_objection_check, &sight.toy.window},
	{"objection.supplement", see_objection_supplement, &sight.toy.window},
	{"objection.answer", see_objection_answer, &sight.toy.market},
	{"review.request", see_review_request, NULL},
	{"review.decide", see_review_decide, &sight.toy.market},
	{"plan.outcome", see_plan, &sight.toy.market},
	{"subscription.acknowledge", see_acknowledge, NULL},
	{"escalation", see_escalation, NULL},
};

int64_t number_observe_limit(void)
{
	const Credit__V1__TimeLimit *limit = number_holder();

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		if (strcmp(limits[i].id, limit->id) == 0)
			return limits[i].see(number_item_or(PLAIN_LIST));
	}
	cr_assert_fail("no observer of the limit %s", limit->id);
	return 0;
}

int64_t number_observe_extension(void)
{
	const Credit__V1__TimeLimit *limit = number_holder();
	size_t i = 0;

	while (i < sizeof limits / sizeof limits[0] && strcmp(limits[i].id, limit->id) != 0)
		i++;
	cr_assert(i < sizeof limits / sizeof limits[0] && limits[i].extends,
		"no act extends the limit %s", limit->id);
	limits[i].see(number_item_or(PLAIN_LIST));
	number_take(limits[i].extends, TOY_PAYLOAD(CASE_EXTENSION));
	Credit__V1__Case *subject = toy_case(&sight.toy, sight.company, sight.case_id);
	int64_t day = subject->due_on;
	credit__v1__case__free_unpacked(subject, NULL);
	return day;
}
