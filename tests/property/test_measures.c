/* SPDX-License-Identifier: Apache-2.0
 *
 * test_measures.c - random histories of listings, measures, subscriptions and passing days against a
 * slow, plain model.
 *
 * The model keeps what it filed in arrays and asks itself the obvious questions. After every step it
 * holds the whole state against them: no measure is in force whose listing has ended, none is without
 * a listing, the public answer shows what is in force and nothing else, every delivery is owed until it
 * is acknowledged, what is open stands among the open tasks, and the tallies are a recount.
 */
#include "tests/support/toy_registry.h"

#include <criterion/criterion.h>
#include <string.h>

#define BOOK "tests/support/measures.yaml"
#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name
#define ENTITIES 3
#define OFFICES 2
#define LISTINGS 60
#define MEASURES 200
#define STEPS 120
#define RUNS 6

struct listing {
	size_t entity, list;
	bool ended;
	int32_t until, repair_from;
	uint8_t id[CREDIT_RECORD_ID_SIZE];
};

enum life {
	IN_FORCE,
	DUE,
	LIFTED
};
struct measure {
	size_t listing, office, item;
	enum life life;
	int32_t until, applied_on, lift_due;
	bool reported;
	uint8_t id[CREDIT_RECORD_ID_SIZE];
};

static struct model {
	char uscc[ENTITIES][CREDIT_USCC_SIZE + 1];
	struct listing listings[LISTINGS];
	struct measure measures[MEASURES];
	size_t listing_count, measure_count;
	/* By office and month since the beginning. */
	uint64_t applied[OFFICES], lifted[OFFICES], late[OFFICES], feedbacks[OFFICES];
	uint64_t told, acknowledged;
} model;

static struct toy toy;
static struct toy_office *offices[OFFICES];
static uint64_t seed;
static const char *const lists[] = {"black.market-serious", "black.second"};
static const char *const items[] = {"measure.access", "measure.funds"};

static uint32_t draw_below(uint32_t bound)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(seed >> 33) % bound;
}

static int32_t today(void)
{
	return credit_day_of(toy.now).days;
}

static int32_t months_after(int32_t day, int32_t months)
{
	return credit_day_add_months((credit_day_t){day}, months).days;
}

static const struct toy_row *row_at(uint32_t kind, const char *uscc, const uint8_t *id)
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];

	memcpy(key, uscc, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id, CREDIT_RECORD_ID_SIZE);
	const struct toy_row *row =
		toy_state_find(&toy.state, kind, (struct credit_bytes){key, sizeof key});
	cr_assert_not_null(row);
	return row;
}

/* --- what the model knows of an end -------------------------------------------------------------- */

/* The day on which its lift must be done: the registry says so, the model only remembers. */
static void note_due(struct measure *measure)
{
	const struct listing *listing = &model.listings[measure->listing];
	const struct toy_row *row = row_at(KIND(MEASURE), model.uscc[listing->entity], measure->id);
	Credit__V1__Measure *message =
		credit__v1__measure__unpack(NULL, row->value.size, row->value.data);

	cr_assert_gt(message->lift_due_on, today());
	measure->life = DUE;
	measure->lift_due = message->lift_due_on;
	credit__v1__measure__free_unpacked(message, NULL);
}

static void note_ended(size_t number)
{
	model.listings[number].ended = true;
	model.told++; /* the filer wants to know everything */
	for (size_t i = 0; i < model.measure_count; i++) {
		if (model.measures[i].listing == number && model.measures[i].life == IN_FORCE)
			note_due(&model.measures[i]);
	}
}

/* --- steps --------------------------------------------------------------------------------------- */

static void step_list(void)
{
	size_t entity = draw_below(ENTITIES), list = draw_below(2);
	int32_t decided = today() - (int32_t)draw_below(200);
	Credit__V1__Listing act = toy_listing(model.uscc[entity], "2026-01-01");
	bool stands = false;

	if (model.listing_count == LISTINGS)
		return;
	for (size_t i = 0; i < model.listing_count; i++)
		stands |= model.listings[i].entity == entity && model.listings[i].list == list &&
			  !model.listings[i].ended;
	act.list = (char *)(uintptr_t)lists[list];
	act.decision_date = decided;
	enum credit_error error = toy_file(&toy, &toy.market, TOY_PAYLOAD(LISTING), &act);
	cr_assert_eq(error == CREDIT_OK, !stands, "%s", credit_error_name(error));
	if (error)
		return;
	struct listing *listing = &model.listings[model.listing_count++];
	*listing = (struct listing){.entity = entity, .list = list};
	listing->until = months_after(decided, list == 0 ? 36 : 12);
	listing->repair_from = months_after(decided, list == 0 ? 12 : 1);
	memcpy(listing->id, toy.id, sizeof listing->id);
}

static void step_remove(void)
{
	if (model.listing_count == 0)
		return;
	size_t number = draw_below((uint32_t)model.listing_count);
	struct listing *listing = &model.listings[number];
	bool repair = draw_below(2);
	Credit__V1__Removal act = toy_removal(model.uscc[listing->entity], listing->id,
		repair ? CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REPAIRED
		       : CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED,
		"2026-01-01");
	bool expected = !listing->ended && (!repair || today() >= listing->repair_from);

	act.decision_date = today();
	enum credit_error error = toy_file(&toy, &toy.market, TOY_PAYLOAD(REMOVAL), &act);
	cr_assert_eq(error == CREDIT_OK, expected, "%s", credit_error_name(error));
	if (!error)
		note_ended(number);
}

/* The first day of this measure by this office because of this listing, 0: none; is one open? */
static int32_t since(size_t listing, size_t office, size_t item, bool *ret_open)
{
	int32_t first = 0;

	*ret_open = false;
	for (size_t i = 0; i < model.measure_count; i++) {
		const struct measure *measure = &model.measures[i];
		if (measure->listing != listing || measure->office != office ||
			measure->item != item)
			continue;
		*ret_open |= measure->life != LIFTED;
		if (first == 0 || measure->applied_on < first)
			first = measure->applied_on;
	}
	return first;
}

static void step_apply(void)
{
	if (model.listing_count == 0 || model.measure_count == MEASURES)
		return;
	size_t number = draw_below((uint32_t)model.listing_count);
	size_t office = draw_below(OFFICES), item = draw_below(2);
	const struct listing *listing = &model.listings[number];
	Credit__V1__MeasureApplication act = CREDIT__V1__MEASURE_APPLICATION__INIT;
	bool open;
	int32_t first = since(number, office, item, &open), until = 0;

	if (item == 1) {
		until = months_after(first ? first : today(), 6);
		until = listing->until < until ? listing->until : until;
	}
	bool expected = !listing->ended && !open && (item == 1 || listing->list == 0) &&
			(until == 0 || until >= today());
	act.entity_uscc = model.uscc[listing->entity];
	act.listing =
		(ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, (uint8_t *)(uintptr_t)listing->id};
	act.measure = (char *)(uintptr_t)items[item];
	act.document_no = act.content = (char *)"示例";
	act.applied_on = today();
	enum credit_error error =
		toy_file(&toy, offices[office], TOY_PAYLOAD(MEASURE_APPLICATION), &act);
	cr_assert_eq(error == CREDIT_OK, expected, "%s: %s", credit_error_name(error),
		toy.problem.detail);
	if (error)
		return;
	struct measure *measure = &model.measures[model.measure_count++];
	*measure = (struct measure){.listing = number,
		.office = office,
		.item = item,
		.until = until,
		.applied_on = today()};
	memcpy(measure->id, toy.id, sizeof measure->id);
	model.applied[office]++;
}

static void step_feedback_or_lift(void)
{
	if (model.measure_count == 0)
		return;
	struct measure *measure = &model.measures[draw_below((uint32_t)model.measure_count)];
	char *uscc = model.uscc[model.listings[measure->listing].entity];
	bool mine = draw_below(5) != 0, expected = mine && measure->life != LIFTED;
	struct toy_office *office = offices[mine ? measure->office : 1 - measure->office];
	Credit__V1__MeasureFeedback feedback = CREDIT__V1__MEASURE_FEEDBACK__INIT;
	Credit__V1__MeasureLift lift = CREDIT__V1__MEASURE_LIFT__INIT;
	bool lifts = draw_below(2);

	feedback.entity_uscc = lift.entity_uscc = uscc;
	feedback.measure = lift.measure = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, measure->id};
	feedback.date = lift.date = today();
	feedback.text = lift.reason = (char *)"示例";
	enum credit_error error =
		lifts ? toy_file(&toy, office, TOY_PAYLOAD(MEASURE_LIFT), &lift)
		      : toy_file(&toy, office, TOY_PAYLOAD(MEASURE_FEEDBACK), &feedback);
	cr_assert_eq(error == CREDIT_OK, expected, "%s", credit_error_name(error));
	if (error)
		return;
	if (!lifts) {
		model.feedbacks[measure->office]++;
		return;
	}
	model.lifted[measure->office]++;
	model.late[measure->office] += measure->life == DUE && today() > measure->lift_due;
	measure->life = LIFTED;
}

/* Acknowledges one delivery that is not yet, if there is one. */
static void step_acknowledge(void)
{
	for (size_t i = 0; i < toy.state.count; i++) {
		const struct toy_row *row = &toy.state.rows[i];
		if (row->kind != KIND(DELIVERY))
			continue;
		Credit__V1__Delivery *delivery =
			credit__v1__delivery__unpack(NULL, row->value.size, row->value.data);
		bool open = delivery->acknowledged_on == 0;
		Credit__V1__SubscriptionAck act = CREDIT__V1__SUBSCRIPTION_ACK__INIT;

		act.subscriber_uscc = toy.filer.uscc;
		act.delivery = delivery->id;
		act.date = today();
		if (open)
			toy_must(&toy, &toy.filer, TOY_PAYLOAD(SUBSCRIPTION_ACK), &act);
		model.acknowledged += open;
		credit__v1__delivery__free_unpacked(delivery, NULL);
		if (open)
			return;
	}
}

static void step_days(void)
{
	toy_set_day(&toy, (credit_day_t){today() + 1 + (int32_t)draw_below(60)});
	toy_fire_due(&toy);
	for (size_t i = 0; i < model.listing_count; i++) {
		if (!model.listings[i].ended && model.listings[i].until < today())
			note_ended(i);
	}
	for (size_t i = 0; i < model.measure_count; i++) {
		struct measure *measure = &model.measures[i];
		if (measure->life == IN_FORCE && measure->until && measure->until < today())
			note_due(measure);
	}
}

/* --- the state against the model ------------------------------------------------------------------ */

static void check_measure(const struct toy_row *row, size_t in_force[ENTITIES])
{
	Credit__V1__Measure *message =
		credit__v1__measure__unpack(NULL, row->value.size, row->value.data);
	const struct measure *measure = NULL;

	for (size_t i = 0; i < model.measure_count && !measure; i++) {
		if (memcmp(model.measures[i].id, message->id.data, CREDIT_RECORD_ID_SIZE) == 0)
			measure = &model.measures[i];
	}
	cr_assert_not_null(measure, "a measure that nobody applied");
	const struct listing *listing = &model.listings[measure->listing];
	cr_assert_arr_eq(message->listing.data, listing->id, CREDIT_RECORD_ID_SIZE);
	cr_assert_eq(message->state, (Credit__V1__MeasureState)(measure->life + 1));
	cr_assert_not(message->state == CREDIT__V1__MEASURE_STATE__MEASURE_STATE_APPLIED &&
			      listing->ended,
		"in force although its listing has ended");
	cr_assert_eq(message->until, measure->until);
	in_force[listing->entity] += measure->life == IN_FORCE;
	credit__v1__measure__free_unpacked(message, NULL);
}

static void check_answers(const size_t in_force[ENTITIES])
{
	for (size_t e = 0; e < ENTITIES; e++) {
		Credit__V1__Detail *detail = toy_detail_message(&toy, model.uscc[e]);
		size_t standing = 0;

		for (size_t i = 0; i < model.listing_count; i++)
			standing += model.listings[i].entity == e && !model.listings[i].ended;
		cr_assert_eq(detail->n_listings, standing);
		cr_assert_eq(detail->n_measures + detail->more_measures, in_force[e]);
		for (size_t i = 1; i < detail->n_measures; i++)
			cr_assert_leq(detail->measures[i - 1]->applied_on,
				detail->measures[i]->applied_on);
		credit__v1__detail__free_unpacked(detail, NULL);
	}
}

static void check_tallies(void)
{
	for (size_t o = 0; o < OFFICES; o++) {
		uint64_t applied = 0, lifted = 0, late = 0, feedbacks = 0;

		for (size_t i = 0; i < toy.state.count; i++) {
			const struct toy_row *row = &toy.state.rows[i];
			if (row->kind != KIND(TALLY) ||
				memcmp(row->key.data, offices[o]->uscc, CREDIT_USCC_SIZE) != 0)
				continue;
			Credit__V1__Tally *tally =
				credit__v1__tally__unpack(NULL, row->value.size, row->value.data);
			for (size_t m = 0; m < tally->n_measures; m++) {
				applied += tally->measures[m]->applied;
				lifted += tally->measures[m]->lifted;
				late += tally->measures[m]->lifted_late;
				feedbacks += tally->measures[m]->feedbacks;
			}
			credit__v1__tally__free_unpacked(tally, NULL);
		}
		cr_assert_eq(applied, model.applied[o]);
		cr_assert_eq(lifted, model.lifted[o]);
		cr_assert_eq(late, model.late[o]);
		cr_assert_eq(feedbacks, model.feedbacks[o]);
	}
}

static void check_all(void)
{
	size_t in_force[ENTITIES] = {0}, measures = 0, open = 0, standing = 0, owed = 0;

	for (size_t i = 0; i < toy.state.count; i++) {
		const struct toy_row *row = &toy.state.rows[i];
		if (row->kind == KIND(MEASURE)) {
			check_measure(row, in_force);
			measures++;
		} else if (row->kind == KIND(TASK)) {
			Credit__V1__Task *task =
				credit__v1__task__unpack(NULL, row->value.size, row->value.data);
			bool is_open = task->state <= CREDIT__V1__TASK_STATE__TASK_STATE_ESCALATED;
			open += is_open;
			owed += is_open &&
				task->kind == CREDIT__V1__TASK_KIND__TASK_KIND_ACKNOWLEDGE;
			credit__v1__task__free_unpacked(task, NULL);
		} else if (row->kind == KIND(OPEN_TASK)) {
			standing++;
		}
	}
	cr_assert_eq(measures, model.measure_count);
	cr_assert_eq(open, standing, "what is open stands among the open tasks");
	cr_assert_eq(owed, model.told - model.acknowledged);
	check_answers(in_force);
	check_tallies();
}

/* --- histories ------------------------------------------------------------------------------------ */

static void begin(uint64_t run)
{
	Credit__V1__Subscription all = CREDIT__V1__SUBSCRIPTION__INIT;

	toy_init_founded_by(&toy, BOOK);
	memset(&model, 0, sizeof model);
	seed = run * 104729 + 7;
	offices[0] = &toy.market;
	offices[1] = &toy.tax;
	for (unsigned e = 0; e < ENTITIES; e++) {
		toy_uscc("91110108", 300 + e, model.uscc[e]);
		toy_enrol(&toy, model.uscc[e]);
	}
	all.subscriber_uscc = toy.filer.uscc;
	toy_must(&toy, &toy.filer, TOY_PAYLOAD(SUBSCRIPTION), &all);
}

Test(property_measures, random_histories_agree_with_the_model)
{
	size_t applied = 0, ended = 0;

	for (uint64_t run = 0; run < RUNS; run++) {
		begin(run);
		for (size_t step = 0; step < STEPS; step++) {
			switch (draw_below(10)) {
			case 0:
			case 1:
				step_list();
				break;
			case 2:
				step_remove();
				break;
			case 3:
			case 4:
			case 5:
				step_apply();
				break;
			case 6:
			case 7:
				step_feedback_or_lift();
				break;
			case 8:
				step_acknowledge();
				break;
			case 9:
				step_days();
				break;
			}
			check_all();
		}
		applied += model.measure_count;
		for (size_t i = 0; i < model.listing_count; i++)
			ended += model.listings[i].ended;
		toy_deinit(&toy);
	}
	cr_assert_gt(applied, 50, "the histories were histories");
	cr_assert_gt(ended, 20);
}
