/* SPDX-License-Identifier: Apache-2.0
 *
 * test_measures.c - joint punishment and incentive: what is refused and why, and every way of a
 * measure from its application to its lift. On the rule book of tests/support/measures.yaml.
 */
#include "rules_fixture.h"

#include "rules/procedure.h"

#define BOOK "tests/support/measures.yaml"
#define MEASURE CREDIT__V1__EFFECT_KIND__EFFECT_KIND_MEASURE
#define STATE(name) CREDIT__V1__MEASURE_STATE__MEASURE_STATE_##name
#define CAUSE(name) CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_##name
#define TODAY "2026-11-23" /* a Monday */

static char company[CREDIT_USCC_SIZE + 1];
static uint8_t black[CREDIT_RECORD_ID_SIZE]; /* a listing on black.market-serious, 2026-11-20 */

static void list(uint8_t id[CREDIT_RECORD_ID_SIZE], const char *list_id, const char *date)
{
	Credit__V1__Listing listing = toy_listing(company, date);
	bool red = strncmp(list_id, "red.", 4) == 0;

	listing.list = (char *)(uintptr_t)list_id;
	if (red) {
		listing.ground = (char *)"grade-a";
		listing.instrument = (char *)"sat-12-2025";
	}
	toy_must(&toy, red ? &toy.tax : &toy.market, TOY_PAYLOAD(LISTING), &listing);
	memcpy(id, toy.id, CREDIT_RECORD_ID_SIZE);
}

static void set_up(void)
{
	toy_init_founded_by(&toy, BOOK);
	toy_uscc("91110108", 1, company);
	toy_enrol(&toy, company);
	list(black, "black.market-serious", "2026-11-20");
}

static void tear_down(void)
{
	toy_deinit(&toy);
}

TestSuite(rules_measures, .init = set_up, .fini = tear_down);

/* --- what is filed, what is there ---------------------------------------------------------------- */

static Credit__V1__MeasureApplication application(const char *measure, uint8_t *listing)
{
	Credit__V1__MeasureApplication act = CREDIT__V1__MEASURE_APPLICATION__INIT;

	act.entity_uscc = company;
	act.listing = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, listing};
	act.measure = (char *)(uintptr_t)measure;
	act.document_no = (char *)"京海惩〔2026〕1号";
	act.applied_on = toy_day(TODAY).days;
	act.content = (char *)"示例";
	return act;
}

static Credit__V1__MeasureFeedback feedback(uint8_t *measure, const char *date)
{
	Credit__V1__MeasureFeedback act = CREDIT__V1__MEASURE_FEEDBACK__INIT;

	act.entity_uscc = company;
	act.measure = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, measure};
	act.date = toy_day(date).days;
	act.text = (char *)"已落实";
	return act;
}

static Credit__V1__MeasureLift lift(uint8_t *measure, const char *date, const char *reason)
{
	Credit__V1__MeasureLift act = CREDIT__V1__MEASURE_LIFT__INIT;

	act.entity_uscc = company;
	act.measure = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, measure};
	act.date = toy_day(date).days;
	act.reason = (char *)(uintptr_t)reason;
	return act;
}

static void apply(uint8_t id[CREDIT_RECORD_ID_SIZE], const struct toy_office *office,
	const char *measure, uint8_t *listing)
{
	Credit__V1__MeasureApplication act = application(measure, listing);

	act.applied_on = credit_day_of(toy.now).days;
	toy_must(&toy, office, TOY_PAYLOAD(MEASURE_APPLICATION), &act);
	memcpy(id, toy.id, CREDIT_RECORD_ID_SIZE);
}

static const struct toy_row *row_of(uint32_t kind, const char *uscc, const uint8_t *id)
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];

	memcpy(key, uscc, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id, CREDIT_RECORD_ID_SIZE);
	const struct toy_row *row =
		toy_state_find(&toy.state, kind, (struct credit_bytes){key, sizeof key});
	cr_assert_not_null(row);
	return row;
}

static Credit__V1__Measure *measure_of(const uint8_t *id)
{
	const struct toy_row *row = row_of(MEASURE, company, id);

	return credit__v1__measure__unpack(NULL, row->value.size, row->value.data);
}

static Credit__V1__Task *task_of(const Credit__V1__Measure *measure)
{
	cr_assert_eq(measure->task.len, CREDIT_RECORD_ID_SIZE);
	const struct toy_row *row = row_of(CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK,
		measure->authority_uscc, measure->task.data);
	return credit__v1__task__unpack(NULL, row->value.size, row->value.data);
}

static void expect_state(const uint8_t *id, Credit__V1__MeasureState state)
{
	Credit__V1__Measure *measure = measure_of(id);

	cr_expect_eq(measure->state, state, "%d, not %d", measure->state, state);
	credit__v1__measure__free_unpacked(measure, NULL);
}

static void expect_task(
	const uint8_t *id, Credit__V1__TaskKind kind, Credit__V1__TaskState state, const char *due)
{
	Credit__V1__Measure *measure = measure_of(id);
	Credit__V1__Task *task = task_of(measure);

	cr_expect_eq(task->kind, kind);
	cr_expect_eq(task->state, state, "%d, not %d", task->state, state);
	cr_expect_eq(task->due_on, toy_day(due).days, "due on %d", task->due_on);
	credit__v1__task__free_unpacked(task, NULL);
	credit__v1__measure__free_unpacked(measure, NULL);
}

static size_t shown(void)
{
	Credit__V1__Detail *detail = toy_detail_message(&toy, company);
	size_t count = detail->n_measures;

	credit__v1__detail__free_unpacked(detail, NULL);
	return count;
}

static Credit__V1__Tally *tally_of(const struct toy_office *office, uint32_t month)
{
	uint8_t key[CREDIT_USCC_SIZE + 4];

	memcpy(key, office->uscc, CREDIT_USCC_SIZE);
	credit_write_u32(key + CREDIT_USCC_SIZE, month);
	const struct toy_row *row =
		toy_state_find(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TALLY,
			(struct credit_bytes){key, sizeof key});
	return row ? credit__v1__tally__unpack(NULL, row->value.size, row->value.data) : NULL;
}

static void remove_listing(uint8_t *id, Credit__V1__RemovalCause cause, const char *date)
{
	Credit__V1__Removal removal = toy_removal(company, id, cause, date);

	toy_must(&toy, &toy.market, TOY_PAYLOAD(REMOVAL), &removal);
}

/* Has the record changed as an act of the listing procedure would change it. */
static void change_listing(uint8_t *id, bool suspended, bool reorganisation)
{
	Credit__V1__Record *record = toy_record(&toy, company, id);
	struct credit_state_view view = toy_state_view(&toy.state);
	struct credit_decision decision = {.state = &view, .now = toy.now, .epoch = toy.epoch++};
	struct credit_arena arena;
	struct credit__deciding deciding = {.in = &decision, .today = credit_day_of(toy.now)};

	credit_arena_init(&arena, NULL, 0, 1 << 20);
	decision.arena = &arena;
	size_t trail_count = record->n_trail;
	Credit__V1__Place **trail = record->trail;

	record->suspended = suspended;
	record->reorganisation = reorganisation;
	cr_assert_eq(credit__record_put_changed(&deciding, record, record->published_until),
		CREDIT_OK);
	toy_state_apply(&toy.state, &deciding.effects);
	record->n_trail = trail_count; /* the longer one lies in the arena */
	record->trail = trail;
	credit_arena_deinit(&arena);
	credit__v1__record__free_unpacked(record, NULL);
}

/* --- refusals ------------------------------------------------------------------------------------ */

Test(rules_measures, outside_the_catalogue_or_without_its_listing_is_refused_with_the_item)
{
	Credit__V1__MeasureApplication good = application("measure.access", black), act = good;
	uint8_t nothing[CREDIT_RECORD_ID_SIZE] = {7}, other[CREDIT_RECORD_ID_SIZE];

	act.measure = (char *)"measure.none";
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_UNKNOWN,
		"measure_application.measure");
	cr_expect_str_eq(toy.problem.rule, "test-measures measure.none");
	act = good;
	act.listing.data = nothing;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, RECORD_UNKNOWN,
		"measure_application.listing");
	list(other, "black.second", "2026-11-20");
	act.listing.data = other;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEGAL_BASIS, "measure_application.listing");
	cr_expect_str_eq(toy.problem.rule, "test-measures measure.access");
	act = application("measure.funds", other);
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, a_listing_of_another_entity_is_no_basis)
{
	static char another[CREDIT_USCC_SIZE + 1];
	Credit__V1__MeasureApplication act = application("measure.access", black);

	toy_uscc("91110108", 2, another);
	act.entity_uscc = another;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, ENTITY_UNKNOWN,
		"measure_application.entity_uscc");
	toy_enrol(&toy, another);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, RECORD_UNKNOWN,
		"measure_application.listing");
}

Test(rules_measures, a_penalty_is_no_listing)
{
	static char *kinds[] = {(char *)"罚款"};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-20", kinds, 1);

	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
	Credit__V1__MeasureApplication act = application("measure.access", toy.id);
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	memcpy(id, toy.id, sizeof id);
	act.listing.data = id;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEGAL_BASIS, "measure_application.listing");
}

Test(rules_measures, punishments_lean_on_black_lists_and_incentives_on_red_ones)
{
	uint8_t red[CREDIT_RECORD_ID_SIZE];

	list(red, "red.taxpayer-a", "2026-11-20");
	Credit__V1__MeasureApplication act = application("incentive.green", black);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEGAL_BASIS, "measure_application.listing");
	act = application("measure.funds", red);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEGAL_BASIS, "measure_application.listing");
	act = application("incentive.green", red);
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
	cr_expect_eq(shown(), 1);
}

Test(rules_measures, a_listing_that_ended_is_suspended_or_under_a_plan_carries_nothing_new)
{
	uint8_t old[CREDIT_RECORD_ID_SIZE];
	Credit__V1__MeasureApplication act = application("measure.access", black);

	change_listing(black, true, false);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, RECORD_STATE,
		"measure_application.listing");
	cr_expect(strstr(toy.problem.detail, "suspended"));
	change_listing(black, false, true);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, RECORD_STATE,
		"measure_application.listing");
	change_listing(black, false, false);
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
	remove_listing(black, CAUSE(REVOKED), TODAY);
	cr_refused(toy.market, MEASURE_APPLICATION, &act, RECORD_STATE,
		"measure_application.listing");
	list(old, "black.second", "2024-01-05"); /* over when it was recorded */
	act = application("measure.funds", old);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, RECORD_STATE,
		"measure_application.listing");
}

Test(rules_measures, a_department_that_is_not_entitled_is_refused)
{
	Credit__V1__MeasureApplication act = application("measure.access", black);
	char *items[] = {(char *)"measure.funds"};

	cr_refused(toy.stranger, MEASURE_APPLICATION, &act, NOT_GRANTED, NULL);
	cr_refused(toy.filer, MEASURE_APPLICATION, &act, NOT_GRANTED, NULL);
	cr_refused(toy.system, MEASURE_APPLICATION, &act, NOT_GRANTED, NULL);
	/* A grant for another measure covers that one alone. */
	Credit__V1__Grant grant = toy_grant(&toy.stranger, CREDIT__V1__ROLE__ROLE_DECIDER);
	grant.items = items;
	grant.n_items = 1;
	cr_accepted(toy.root, GRANT, &grant);
	cr_refused(toy.stranger, MEASURE_APPLICATION, &act, NOT_GRANTED, NULL);
	cr_expect(strstr(toy.problem.detail, "measure.access"), "%s", toy.problem.detail);
	act = application("measure.funds", black);
	cr_accepted(toy.stranger, MEASURE_APPLICATION, &act);
}

/* Puts the authority's level as an act of the root would. */
static void set_level(const struct toy_office *office, Credit__V1__Level level)
{
	uint8_t packed[256];
	Credit__V1__Authority authority = CREDIT__V1__AUTHORITY__INIT;
	Credit__V1__Effect effect = CREDIT__V1__EFFECT__INIT, *items[] = {&effect};

	authority.uscc = (char *)(uintptr_t)office->uscc;
	authority.name = (char *)"示例机关";
	authority.level = level;
	effect.kind = CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY;
	effect.key = (ProtobufCBinaryData){
		CREDIT_USCC_SIZE, (uint8_t *)(uintptr_t)office->uscc};
	cr_assert_leq(credit__v1__authority__get_packed_size(&authority), sizeof packed);
	effect.value =
		(ProtobufCBinaryData){credit__v1__authority__pack(&authority, packed), packed};
	toy_state_apply(&toy.state, &(struct credit_effects){items, 1, 1});
}

Test(rules_measures, a_level_that_the_item_does_not_name_may_not_apply_it)
{
	Credit__V1__MeasureApplication act = application("measure.high", black);

	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEVEL, NULL);
	cr_expect_str_eq(toy.problem.rule, "test-measures measure.high");
	set_level(&toy.tax, CREDIT__V1__LEVEL__LEVEL_CITY);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEVEL, NULL);
	set_level(&toy.tax, CREDIT__V1__LEVEL__LEVEL_PROVINCE);
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, a_repealed_law_carries_nothing_and_a_lower_rule_beside_it_does_not_either)
{
	Credit__V1__MeasureApplication act = application("measure.old-law", black);

	act.applied_on = toy_day("2026-11-21").days;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEGAL_BASIS,
		"measure_application.applied_on");
	cr_expect_str_eq(toy.problem.rule, "test-measures measure.old-law");
	/* While the law was in force the same item was a basis. */
	list(black, "black.second", "2026-06-29");
	act = application("measure.old-law", black);
	act.applied_on = toy_day("2026-06-30").days;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, dates_keep_their_order)
{
	Credit__V1__MeasureApplication act = application("measure.access", black);

	act.applied_on = toy_day("2026-11-24").days;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, DATE_FUTURE,
		"measure_application.applied_on");
	act.applied_on = toy_day("2026-11-19").days;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, FIELD_RANGE,
		"measure_application.applied_on");
	act.applied_on = toy_day("2026-11-20").days;
	act.until = toy_day("2026-11-22").days;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, PERIOD, "measure_application.until");
	act.until = toy_day("2026-11-23").days;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, harsher_than_the_catalogue_is_refused)
{
	Credit__V1__MeasureApplication act = application("measure.funds", black);

	act.amount_fen = 1000001;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_HARSHER,
		"measure_application.amount_fen");
	act = application("measure.access", black);
	act.amount_fen = 1;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_HARSHER,
		"measure_application.amount_fen");
	cr_expect_str_eq(toy.problem.detail, "it knows no amount");
	act.amount_fen = 0;
	act.until = toy_day("2029-11-21").days; /* the listing: until 2029-11-20 */
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_HARSHER,
		"measure_application.until");
	act = application("measure.funds", black);
	act.until = toy_day("2027-05-24").days;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_HARSHER,
		"measure_application.until");
	cr_expect(strstr(toy.problem.detail, "2027-05-23"), "%s", toy.problem.detail);
	act.until--;
	act.amount_fen = 1000000;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, a_term_that_is_not_said_is_the_longest_that_item_and_listing_allow)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], ends[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.funds", black);
	Credit__V1__Measure *measure = measure_of(id);
	cr_expect_eq(measure->until, toy_day("2027-05-23").days, "six months");
	credit__v1__measure__free_unpacked(measure, NULL);
	apply(id, &toy.tax, "measure.access", black);
	measure = measure_of(id);
	cr_expect_eq(measure->until, 0, "as long as the listing");
	credit__v1__measure__free_unpacked(measure, NULL);
	list(ends, "black.second", "2026-01-05"); /* until 2027-01-05 */
	apply(id, &toy.tax, "measure.funds", ends);
	measure = measure_of(id);
	cr_expect_eq(measure->until, toy_day("2027-01-05").days, "the listing ends before");
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measures, two_departments_may_apply_the_same_and_one_may_not_twice)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE];
	Credit__V1__MeasureApplication act = application("measure.access", black);

	apply(id, &toy.tax, "measure.access", black);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_EXISTS,
		"measure_application.measure");
	apply(other, &toy.market, "measure.access", black);
	cr_expect_eq(shown(), 2);
	/* Once it is lifted it may be applied again. */
	Credit__V1__MeasureLift end = lift(id, TODAY, "不再需要");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, lifting_and_applying_again_does_not_lengthen_the_term)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.funds", black);
	toy_set_day(&toy, toy_day("2027-02-01"));
	Credit__V1__MeasureLift end = lift(id, "2027-02-01", "暂停使用");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	Credit__V1__MeasureApplication act = application("measure.funds", black);
	act.applied_on = toy_day("2027-02-01").days;
	act.until = toy_day("2027-05-24").days;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_HARSHER,
		"measure_application.until");
	act.until = 0;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
	Credit__V1__Measure *measure = measure_of(toy.id);
	cr_expect_eq(measure->until, toy_day("2027-05-23").days);
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measures, a_listing_carries_a_bounded_number)
{
	static struct toy_office many[CREDIT__MEASURES_MAX];
	Credit__V1__MeasureApplication act = application("measure.access", black);
	uint8_t packed[512];

	/* As if a hundred departments had applied it. */
	for (unsigned i = 0; i < CREDIT__MEASURES_MAX; i++) {
		uint8_t id[CREDIT_RECORD_ID_SIZE] = {1, (uint8_t)i};
		uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];
		Credit__V1__Measure measure = CREDIT__V1__MEASURE__INIT;
		Credit__V1__Effect effect = CREDIT__V1__EFFECT__INIT, *items[] = {&effect};

		toy_uscc("11110000", 100 + i, many[i].uscc);
		memcpy(key, company, CREDIT_USCC_SIZE);
		memcpy(key + CREDIT_USCC_SIZE, id, sizeof id);
		measure.entity_uscc = company;
		measure.id = (ProtobufCBinaryData){sizeof id, id};
		measure.state = STATE(APPLIED);
		measure.measure = (char *)"measure.access";
		measure.listing = (ProtobufCBinaryData){sizeof black, black};
		measure.authority_uscc = many[i].uscc;
		measure.applied_on = act.applied_on;
		effect.kind = MEASURE;
		effect.key = (ProtobufCBinaryData){sizeof key, key};
		cr_assert_leq(credit__v1__measure__get_packed_size(&measure), sizeof packed);
		effect.value =
			(ProtobufCBinaryData){credit__v1__measure__pack(&measure, packed), packed};
		toy_state_apply(&toy.state, &(struct credit_effects){items, 1, 1});
	}
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURES_FULL, "measure_application.listing");
	Credit__V1__Removal removal = toy_removal(company, black, CAUSE(REVOKED), TODAY);
	cr_accepted(toy.market, REMOVAL, &removal);
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK),
		CREDIT__MEASURES_MAX, "each has its lift to do");
}

/* --- roads --------------------------------------------------------------------------------------- */

Test(rules_measures, applied_reported_and_lifted_when_the_listing_ends)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.access", black);
	/* Ten working days from Monday 2026-11-23. */
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_FEEDBACK,
		CREDIT__V1__TASK_STATE__TASK_STATE_OPEN, "2026-12-07");
	Credit__V1__MeasureFeedback report = feedback(id, TODAY);
	cr_accepted(toy.tax, MEASURE_FEEDBACK, &report);
	cr_accepted(toy.tax, MEASURE_FEEDBACK, &report);
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_FEEDBACK,
		CREDIT__V1__TASK_STATE__TASK_STATE_DONE, "2026-12-07");
	cr_expect_eq(shown(), 1);

	remove_listing(black, CAUSE(REVOKED), TODAY);
	cr_expect_eq(shown(), 0, "out of the public status in the same epoch");
	expect_state(id, STATE(LIFT_DUE));
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
		CREDIT__V1__TASK_STATE__TASK_STATE_OPEN, "2026-11-26");
	cr_accepted(toy.tax, MEASURE_FEEDBACK, &report);
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
		CREDIT__V1__TASK_STATE__TASK_STATE_OPEN, "2026-11-26");
	Credit__V1__MeasureLift end = lift(id, TODAY, "");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	expect_state(id, STATE(LIFTED));
	cr_refused(toy.tax, MEASURE_LIFT, &end, PROCEDURE_STATE, "measure_lift.measure");
	cr_refused(toy.tax, MEASURE_FEEDBACK, &report, PROCEDURE_STATE, "measure_feedback.measure");

	Credit__V1__Tally *tally = tally_of(&toy.tax, 202611);
	cr_assert(tally && tally->n_measures == 1);
	cr_expect_str_eq(tally->measures[0]->list, "black.market-serious");
	cr_expect_eq(tally->measures[0]->applied, 1);
	cr_expect_eq(tally->measures[0]->feedbacks, 3);
	cr_expect_eq(tally->measures[0]->lifted, 1);
	cr_expect_eq(tally->measures[0]->lifted_late, 0);
	cr_expect_eq(tally->tasks_in_time, 2);
	credit__v1__tally__free_unpacked(tally, NULL);
}

Test(rules_measures, a_repaired_entity_is_free_of_measures_to_the_last_byte)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], old[CREDIT_RECORD_ID_SIZE], before[2048];
	struct credit_stored_status status;
	size_t size;

	remove_listing(black, CAUSE(REVOKED), TODAY);
	status = toy_status(&toy, company);
	size = status.status.size + status.detail.size; /* they lie side by side */
	cr_assert_leq(size, sizeof before);
	memcpy(before, status.status.data, size);
	list(old, "black.second", "2026-06-01");
	apply(id, &toy.tax, "measure.funds", old);
	cr_expect_eq(shown(), 1);
	remove_listing(old, CAUSE(REPAIRED), TODAY);
	status = toy_status(&toy, company);
	cr_assert_eq(status.status.size + status.detail.size, size);
	cr_expect_arr_eq(status.status.data, before, size);
	Credit__V1__Measure *measure = measure_of(id);
	cr_expect_eq(measure->cause, CAUSE(REPAIRED));
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measures, a_lists_own_limit_stands_before_the_books)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE];

	list(other, "black.second", "2026-11-20");
	apply(id, &toy.tax, "measure.funds", other);
	remove_listing(other, CAUSE(REVOKED), TODAY);
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
		CREDIT__V1__TASK_STATE__TASK_STATE_OPEN, "2026-12-03");
}

Test(rules_measures, an_overdue_lift_is_so_by_itself_and_then_before_the_authority_above)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.access", black);
	remove_listing(black, CAUSE(REVOKED), TODAY); /* lift due on Thursday the 26th */
	toy_set_day(&toy, toy_day("2026-11-26"));
	cr_expect_eq(toy_fire_due(&toy), 0);
	toy_set_day(&toy, toy_day("2026-11-27"));
	cr_expect_eq(toy_fire_due(&toy), 1);
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
		CREDIT__V1__TASK_STATE__TASK_STATE_OVERDUE, "2026-11-26");
	toy_set_day(&toy, toy_day("2026-12-04"));
	cr_expect_eq(toy_fire_due(&toy), 1, "five working days later");
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
		CREDIT__V1__TASK_STATE__TASK_STATE_ESCALATED, "2026-11-26");
	expect_state(id, STATE(LIFT_DUE)); /* time decides nothing */
	Credit__V1__MeasureLift end = lift(id, "2026-12-04", "");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	Credit__V1__Tally *late = tally_of(&toy.tax, 202612);
	cr_assert(late && late->n_measures == 1);
	cr_expect_eq(late->measures[0]->lifted_late, 1);
	cr_expect_eq(late->tasks_late, 1);
	credit__v1__tally__free_unpacked(late, NULL);
}

Test(rules_measures, what_stands_among_open_tasks_is_what_is_open)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	uint32_t kind = CREDIT__V1__EFFECT_KIND__EFFECT_KIND_OPEN_TASK;

	apply(id, &toy.tax, "measure.access", black);
	cr_expect_eq(toy_state_count(&toy.state, kind), 1);
	remove_listing(black, CAUSE(REVOKED), TODAY);
	cr_expect_eq(toy_state_count(&toy.state, kind), 1, "the report dropped, the lift due");
	toy_set_day(&toy, toy_day("2026-12-20"));
	toy_fire_due(&toy);
	cr_expect_eq(toy_state_count(&toy.state, kind), 1);
	for (size_t i = 0; i < toy.state.count; i++) {
		if (toy.state.rows[i].kind == kind)
			cr_expect_eq(toy.state.rows[i].key.data[0], 0, "among the overdue");
	}
	Credit__V1__MeasureLift end = lift(id, "2026-12-20", "");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	cr_expect_eq(toy_state_count(&toy.state, kind), 0);
}

Test(rules_measures, a_term_ends_by_itself_and_the_lift_falls_due)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	Credit__V1__MeasureEnd end = CREDIT__V1__MEASURE_END__INIT;

	apply(id, &toy.tax, "measure.funds", black);
	Credit__V1__MeasureFeedback report = feedback(id, TODAY);
	cr_accepted(toy.tax, MEASURE_FEEDBACK, &report);
	Credit__V1__Status *status = toy_status_message(&toy, company);
	cr_expect_eq(status->fresh_until, credit_day_begins(toy_day("2027-05-24")).ms,
		"the answer changes with it");
	credit__v1__status__free_unpacked(status, NULL);
	end.entity_uscc = company;
	end.measure = (ProtobufCBinaryData){sizeof id, id};
	end.date = toy_day("2027-05-24").days;
	cr_refused(toy.system, MEASURE_END, &end, PERIOD, "measure_end.date");
	toy_set_day(&toy, toy_day("2027-05-23"));
	cr_expect_eq(toy_fire_due(&toy), 0, "the last day counts to its end");
	toy_set_day(&toy, toy_day("2027-05-24"));
	cr_refused(toy.tax, MEASURE_END, &end, NOT_GRANTED, NULL);
	cr_expect_eq(toy_fire_due(&toy), 1);
	expect_state(id, STATE(LIFT_DUE));
	cr_expect_eq(shown(), 0);
	cr_refused(toy.system, MEASURE_END, &end, PROCEDURE_STATE, "measure_end.measure");
	Credit__V1__MeasureApplication act = application("measure.funds", black);
	act.applied_on = end.date;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_EXISTS, NULL);
	/* The calendar does not reach 2027: three plain weekdays, and marked so. */
	Credit__V1__Measure *measure = measure_of(id);
	Credit__V1__Task *task = task_of(measure);
	cr_expect(task->provisional);
	cr_expect_eq(measure->lift_due_on, task->due_on);
	cr_expect_eq(measure->cause, CAUSE(UNSPECIFIED));
	credit__v1__task__free_unpacked(task, NULL);
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measures, a_measure_does_not_outlive_a_publication_that_ends_by_itself)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE];
	Credit__V1__MeasureApplication act;

	list(other, "black.second", "2025-11-25"); /* published until 2026-11-25 */
	act = application("measure.funds", other);
	act.until = toy_day("2026-11-25").days;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
	memcpy(id, toy.id, sizeof id);
	toy_set_day(&toy, toy_day("2026-11-26"));
	/* The publication's end comes first and takes the measure's timer with it. */
	cr_expect_eq(toy_fire_due(&toy), 1);
	expect_state(id, STATE(LIFT_DUE));
	Credit__V1__Measure *measure = measure_of(id);
	cr_expect_eq(measure->cause, CAUSE(EXPIRED));
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measures, an_early_lift_says_why)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.funds", black);
	Credit__V1__MeasureLift end = lift(id, TODAY, "");
	cr_refused(toy.tax, MEASURE_LIFT, &end, FIELD_MISSING, "measure_lift.reason");
	end.reason = (char *)"已主动履行";
	cr_refused(toy.market, MEASURE_LIFT, &end, NOT_THE_AUTHOR, "measure_lift.measure");
	end.date++;
	cr_refused(toy.tax, MEASURE_LIFT, &end, DATE_FUTURE, "measure_lift.date");
	end.date = toy_day("2026-11-22").days;
	cr_refused(toy.tax, MEASURE_LIFT, &end, FIELD_RANGE, "measure_lift.date");
	end.date = toy_day(TODAY).days;
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	cr_expect_eq(shown(), 0);
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_FEEDBACK,
		CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED, "2026-12-07");
	remove_listing(black, CAUSE(REVOKED), TODAY);
	expect_state(id, STATE(LIFTED)); /* what is lifted is not due again */
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER), 0);
}

Test(rules_measures, a_feedback_is_of_the_department_that_applied_it)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], nothing[CREDIT_RECORD_ID_SIZE] = {9};

	apply(id, &toy.tax, "measure.access", black);
	Credit__V1__MeasureFeedback report = feedback(id, TODAY);
	cr_refused(toy.market, MEASURE_FEEDBACK, &report, NOT_THE_AUTHOR,
		"measure_feedback.measure");
	report.measure.data = nothing;
	cr_refused(toy.tax, MEASURE_FEEDBACK, &report, MEASURE_UNKNOWN, "measure_feedback.measure");
	report = feedback(id, "2026-11-24");
	cr_refused(toy.tax, MEASURE_FEEDBACK, &report, DATE_FUTURE, "measure_feedback.date");
}

Test(rules_measures, measures_are_suspended_and_resumed_with_their_listing)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE], second[CREDIT_RECORD_ID_SIZE];

	list(second, "black.second", "2026-11-20");
	apply(id, &toy.tax, "measure.access", black);
	apply(other, &toy.tax, "measure.funds", second);
	change_listing(black, true, false);
	Credit__V1__Measure *measure = measure_of(id), *untouched = measure_of(other);
	cr_expect(measure->suspended);
	cr_expect_not(untouched->suspended);
	cr_expect_eq(measure->n_trail, 2, "its history shows it");
	credit__v1__measure__free_unpacked(measure, NULL);
	credit__v1__measure__free_unpacked(untouched, NULL);
	change_listing(black, true, true);
	change_listing(black, false, true); /* still under the plan */
	measure = measure_of(id);
	cr_expect(measure->suspended);
	credit__v1__measure__free_unpacked(measure, NULL);
	change_listing(black, false, false);
	measure = measure_of(id);
	cr_expect_not(measure->suspended);
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measures, a_detail_shows_thirty_two_in_order_of_age_and_counts_the_rest)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.access", black);
	toy_set_day(&toy, toy_day("2026-11-24"));
	apply(id, &toy.market, "measure.access", black);
	Credit__V1__Detail *detail = toy_detail_message(&toy, company);
	cr_assert_eq(detail->n_measures, 2);
	cr_expect_str_eq(detail->measures[0]->authority_uscc, toy.tax.uscc);
	cr_expect_str_eq(detail->measures[1]->authority_uscc, toy.market.uscc);
	cr_expect_str_eq(detail->measures[0]->title_en, "Market access restricted");
	cr_expect_arr_eq(detail->measures[0]->listing.data, black, sizeof black);
	cr_expect_eq(detail->more_measures, 0);
	credit__v1__detail__free_unpacked(detail, NULL);
}

/* --- the table ------------------------------------------------------------------------------------ */

Test(rules_measures, every_state_and_act_without_a_row_is_refused_by_the_table)
{
	const Credit__V1__Act__PayloadCase acts[] = {TOY_PAYLOAD(MEASURE_FEEDBACK),
		TOY_PAYLOAD(MEASURE_LIFT), TOY_PAYLOAD(MEASURE_END)};
	const struct credit__machine *machine = &credit__machine_measure;
	size_t rows = 0;

	for (uint32_t state = STATE(APPLIED); state <= STATE(LIFTED); state++) {
		for (size_t a = 0; a < sizeof acts / sizeof acts[0]; a++) {
			for (size_t i = 0; i < machine->step_count; i++)
				rows += machine->steps[i].state == state &&
					machine->steps[i].act == acts[a];
		}
	}
	cr_expect_eq(rows, machine->step_count, "every row is of a state and an act of this machine");
	for (size_t i = 0; i < machine->step_count; i++)
		cr_expect_neq(machine->steps[i].state, STATE(LIFTED), "lifted is the end");
}
