/* SPDX-License-Identifier: Apache-2.0
 *
 * measures_fixture.h - an entity on a black list, and acts on measures because of it. On the rule book of
 * tests/support/measures.yaml.
 */
#ifndef TESTS_UNIT_MEASURES_FIXTURE_H
#define TESTS_UNIT_MEASURES_FIXTURE_H

#include "rules_fixture.h"

#include "rules/procedure.h"

#define BOOK "tests/support/measures.yaml"
#define MEASURE CREDIT__V1__EFFECT_KIND__EFFECT_KIND_MEASURE
#define STATE(name) CREDIT__V1__MEASURE_STATE__MEASURE_STATE_##name
#define CAUSE(name) CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_##name
#define TODAY "2026-11-23" /* a Monday */

static char company[CREDIT_USCC_SIZE + 1];
static uint8_t black[CREDIT_RECORD_ID_SIZE]; /* a listing on black.market-serious, 2026-11-20 */

static inline void list(uint8_t id[CREDIT_RECORD_ID_SIZE], const char *list_id, const char *date)
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

static inline void set_up(void)
{
	toy_init_founded_by(&toy, BOOK);
	toy_uscc("91110108", 1, company);
	toy_enrol(&toy, company);
	list(black, "black.market-serious", "2026-11-20");
}

static inline void tear_down(void)
{
	toy_deinit(&toy);
}

/* --- what is filed, what is there ---------------------------------------------------------------- */

static inline Credit__V1__MeasureApplication application(const char *measure, uint8_t *listing)
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

static inline Credit__V1__MeasureFeedback feedback(uint8_t *measure, const char *date)
{
	Credit__V1__MeasureFeedback act = CREDIT__V1__MEASURE_FEEDBACK__INIT;

	act.entity_uscc = company;
	act.measure = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, measure};
	act.date = toy_day(date).days;
	act.text = (char *)"已落实";
	return act;
}

static inline Credit__V1__MeasureLift lift(uint8_t *measure, const char *date, const char *reason)
{
	Credit__V1__MeasureLift act = CREDIT__V1__MEASURE_LIFT__INIT;

	act.entity_uscc = company;
	act.measure = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, measure};
	act.date = toy_day(date).days;
	act.reason = (char *)(uintptr_t)reason;
	return act;
}

static inline void apply(uint8_t id[CREDIT_RECORD_ID_SIZE], const struct toy_office *office,
	const char *measure, uint8_t *listing)
{
	Credit__V1__MeasureApplication act = application(measure, listing);

	act.applied_on = credit_day_of(toy.now).days;
	toy_must(&toy, office, TOY_PAYLOAD(MEASURE_APPLICATION), &act);
	memcpy(id, toy.id, CREDIT_RECORD_ID_SIZE);
}

static inline const struct toy_row *row_of(uint32_t kind, const char *uscc, const uint8_t *id)
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];

	memcpy(key, uscc, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id, CREDIT_RECORD_ID_SIZE);
	const struct toy_row *row =
		toy_state_find(&toy.state, kind, (struct credit_bytes){key, sizeof key});
	cr_assert_not_null(row);
	return row;
}

static inline Credit__V1__Measure *measure_of(const uint8_t *id)
{
	const struct toy_row *row = row_of(MEASURE, company, id);

	return credit__v1__measure__unpack(NULL, row->value.size, row->value.data);
}

static inline Credit__V1__Task *task_of(const Credit__V1__Measure *measure)
{
	cr_assert_eq(measure->task.len, CREDIT_RECORD_ID_SIZE);
	const struct toy_row *row = row_of(CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK,
		measure->authority_uscc, measure->task.data);
	return credit__v1__task__unpack(NULL, row->value.size, row->value.data);
}

static inline void expect_state(const uint8_t *id, Credit__V1__MeasureState state)
{
	Credit__V1__Measure *measure = measure_of(id);

	cr_expect_eq(measure->state, state, "%d, not %d", measure->state, state);
	credit__v1__measure__free_unpacked(measure, NULL);
}

static inline void expect_task(
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

static inline size_t shown(void)
{
	Credit__V1__Detail *detail = toy_detail_message(&toy, company);
	size_t count = detail->n_measures;

	credit__v1__detail__free_unpacked(detail, NULL);
	return count;
}

static inline Credit__V1__Tally *tally_of(const struct toy_office *office, uint32_t month)
{
	uint8_t key[CREDIT_USCC_SIZE + 4];

	memcpy(key, office->uscc, CREDIT_USCC_SIZE);
	credit_write_u32(key + CREDIT_USCC_SIZE, month);
	const struct toy_row *row = toy_state_find(&toy.state,
		CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TALLY, (struct credit_bytes){key, sizeof key});
	return row ? credit__v1__tally__unpack(NULL, row->value.size, row->value.data) : NULL;
}

static inline void remove_listing(uint8_t *id, Credit__V1__RemovalCause cause, const char *date)
{
	Credit__V1__Removal removal = toy_removal(company, id, cause, date);

	toy_must(&toy, &toy.market, TOY_PAYLOAD(REMOVAL), &removal);
}

/* Has the record changed as an act of the listing procedure would change it. */
static inline void change_listing(uint8_t *id, bool suspended, bool reorganisation)
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
	cr_assert_eq(
		credit__record_put_changed(&deciding, record, record->published_until), CREDIT_OK);
	toy_state_apply(&toy.state, &deciding.effects);
	record->n_trail = trail_count; /* the longer one lies in the arena */
	record->trail = trail;
	credit_arena_deinit(&arena);
	credit__v1__record__free_unpacked(record, NULL);
}

#endif
