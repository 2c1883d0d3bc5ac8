/* SPDX-License-Identifier: Apache-2.0
 *
 * test_rules.c - random acts and passing days against a slow, plain model of who is listed.
 *
 * The model is a table of (entity, list) and a list of penalties with their dates, kept by a few
 * ifs. After every step the stored status of every entity must say what the model says, and the
 * registry must have accepted exactly what the model expects.
 */
#include "tests/support/toy_registry.h"

#include <criterion/criterion.h>
#include <string.h>

#define ENTITIES 5
#define LISTS 2
#define PENALTIES 40
#define STEPS 250
#define RUNS 8

struct place {
	bool listed;
	int32_t on, until;
	uint8_t id[CREDIT_RECORD_ID_SIZE];
};

struct model {
	struct place place[ENTITIES][LISTS];
	int32_t penalty_until[ENTITIES][PENALTIES]; /* published, by last day */
	size_t penalties[ENTITIES];
	char uscc[ENTITIES][CREDIT_USCC_SIZE + 1];
	uint8_t clean[ENTITIES][1024]; /* Status and Detail at enrolment */
	size_t clean_size[ENTITIES];
};

static struct toy toy;
static struct model model;
static uint64_t seed;

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

static struct credit_bytes answer(size_t entity)
{
	struct credit_stored_status status = toy_status(&toy, model.uscc[entity]);

	/* They lie side by side in the row. */
	return (struct credit_bytes){status.status.data, status.status.size + status.detail.size};
}

static void begin(uint64_t run)
{
	toy_init_founded(&toy);
	memset(&model, 0, sizeof model);
	seed = run * 7919 + 1;
	for (unsigned e = 0; e < ENTITIES; e++) {
		toy_uscc("91110108", 100 + e, model.uscc[e]);
		toy_enrol(&toy, model.uscc[e]);
		struct credit_bytes clean = answer(e);
		cr_assert_leq(clean.size, sizeof model.clean[e]);
		memcpy(model.clean[e], clean.data, clean.size);
		model.clean_size[e] = clean.size;
	}
}

/* --- steps --------------------------------------------------------------------------------- */

static void step_list(size_t e, size_t l)
{
	struct place *place = &model.place[e][l];
	Credit__V1__Listing listing = toy_listing(model.uscc[e], "2026-01-01");
	int32_t decided = today() - (int32_t)draw_below(1600) + 10;
	int32_t until = months_after(decided, l == 0 ? 36 : 12);
	/* Order 44 counts from 2021-09-01 on, the tax rule from 2025-07-01 on. */
	bool based = decided >= toy_day(l == 0 ? "2021-09-01" : "2025-07-01").days;
	bool expected = decided <= today() && based && (!place->listed || until < today());

	listing.decision_date = decided;
	if (l == 1) {
		listing.list = (char *)"red.taxpayer-a";
		listing.ground = (char *)"grade-a";
		listing.instrument = (char *)"sat-12-2025";
	}
	enum credit_error error =
		toy_file(&toy, l == 0 ? &toy.market : &toy.tax, TOY_PAYLOAD(LISTING), &listing);
	cr_assert_eq(error == CREDIT_OK, expected, "%s", credit_error_name(error));
	if (error || until < today())
		return;
	*place = (struct place){.listed = true, .on = decided, .until = until};
	memcpy(place->id, toy.id, sizeof place->id);
}

static void step_remove(size_t e, size_t l)
{
	struct place *place = &model.place[e][l];
	Credit__V1__RemovalCause cause = (Credit__V1__RemovalCause)(1 + draw_below(4));
	Credit__V1__Removal removal = toy_removal(model.uscc[e], place->id, cause, "2026-01-01");
	bool author = draw_below(8) != 0;
	bool expected = author && place->listed &&
			cause != CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_EXPIRED;

	/* Neither list knows repair of the authority's own motion. */
	if (cause == CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REPAIRED)
		expected = false;
	removal.decision_date = today();
	struct toy_office *mine = l == 0 ? &toy.market : &toy.tax;
	struct toy_office *other = l == 0 ? &toy.tax : &toy.market;
	enum credit_error error =
		toy_file(&toy, author ? mine : other, TOY_PAYLOAD(REMOVAL), &removal);
	cr_assert_eq(error == CREDIT_OK, expected, "%s", credit_error_name(error));
	if (!error)
		place->listed = false;
}

static void step_penalty(size_t e)
{
	static char *kinds[] = {(char *)"警告", (char *)"罚款", (char *)"责令关闭"};
	static const int32_t months[] = {3, 12, 36};
	size_t class = draw_below(3);
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, model.uscc[e], "2026-01-01", &kinds[class], 1);
	int32_t decided = today() - (int32_t)draw_below(200);

	if (model.penalties[e] == PENALTIES)
		return;
	penalty.decision_date = decided;
	toy_must(&toy, draw_below(2) ? &toy.market : &toy.filer,
		TOY_PAYLOAD(ADMINISTRATIVE_PENALTY), &penalty);
	int32_t until = months_after(decided, months[class]);
	if (until >= today())
		model.penalty_until[e][model.penalties[e]++] = until;
}

static void step_days(void)
{
	toy_set_day(&toy, (credit_day_t){today() + 1 + (int32_t)draw_below(60)});
	toy_fire_due(&toy);
	for (size_t e = 0; e < ENTITIES; e++) {
		size_t kept = 0;
		for (size_t l = 0; l < LISTS; l++)
			model.place[e][l].listed &= model.place[e][l].until >= today();
		for (size_t p = 0; p < model.penalties[e]; p++) {
			if (model.penalty_until[e][p] >= today())
				model.penalty_until[e][kept++] = model.penalty_until[e][p];
		}
		model.penalties[e] = kept;
	}
}

/* --- what must hold ------------------------------------------------------------------------ */

static void check_entity(size_t e)
{
	Credit__V1__Status *status = toy_status_message(&toy, model.uscc[e]);
	int32_t first_end = INT32_MAX;
	size_t listed = 0;

	cr_assert_not_null(status);
	for (size_t l = 0; l < LISTS; l++) {
		const struct place *place = &model.place[e][l];
		if (!place->listed)
			continue;
		cr_assert_lt(listed, status->n_lists);
		cr_assert_eq(status->lists[listed]->list, l + 1);
		cr_assert_eq(status->lists[listed]->listed_on, place->on);
		cr_assert_eq(status->lists[listed]->published_until, place->until);
		first_end = place->until < first_end ? place->until : first_end;
		listed++;
	}
	for (size_t p = 0; p < model.penalties[e]; p++)
		first_end = model.penalty_until[e][p] < first_end ? model.penalty_until[e][p]
								  : first_end;
	cr_assert_eq(status->n_lists, listed);
	cr_assert_eq(status->penalties, model.penalties[e]);
	cr_assert_eq(status->fresh_until,
		first_end == INT32_MAX ? 0 : credit_day_begins((credit_day_t){first_end + 1}).ms);
	cr_assert_eq(toy_status(&toy, model.uscc[e]).fresh_until.ms, status->fresh_until);
	credit__v1__status__free_unpacked(status, NULL);
	if (first_end == INT32_MAX) {
		struct credit_bytes now = answer(e);
		cr_assert_eq(now.size, model.clean_size[e], "as if it had never been listed");
		cr_assert_arr_eq(now.data, model.clean[e], now.size);
	}
}

/* As many timers of that kind as published records. */
static void check_timers(void)
{
	size_t published = 0, timers = 0;

	for (size_t e = 0; e < ENTITIES; e++) {
		published += model.penalties[e];
		for (size_t l = 0; l < LISTS; l++)
			published += model.place[e][l].listed;
	}
	for (size_t i = 0; i < toy.state.count; i++) {
		const struct toy_row *row = &toy.state.rows[i];
		timers += row->kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER &&
			  row->key.data[8] == CREDIT_TIMER_PUBLICATION_END;
	}
	cr_assert_eq(timers, published);
}

Test(rules_model, status_says_what_a_plain_model_says)
{
	for (uint64_t run = 0; run < RUNS; run++) {
		begin(run);
		for (size_t step = 0; step < STEPS; step++) {
			size_t e = draw_below(ENTITIES), l = draw_below(LISTS);
			switch (draw_below(5)) {
			case 0:
			case 1:
				step_list(e, l);
				break;
			case 2:
				step_remove(e, l);
				break;
			case 3:
				step_penalty(e);
				break;
			default:
				step_days();
			}
			for (size_t i = 0; i < ENTITIES; i++)
				check_entity(i);
			check_timers();
		}
		toy_deinit(&toy);
	}
}
