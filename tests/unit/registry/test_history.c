/* SPDX-License-Identifier: Apache-2.0
 *
 * test_history.c - versions of an entity's records: as of every moment, on legal days, page by page.
 */
#include <criterion/criterion.h>

#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include <credit/view.h>

#include <stdio.h>
#include <string.h>

#define BLACK "black.market-serious"
#define REVOKED CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED
#define DAY_MS 86400000
#define FOUND_MAX 16

TestSuite(registry_history, .init = temp_dir_make, .fini = temp_dir_remove);

/* --- asking ------------------------------------------------------------------------------------ */

struct found {
	struct credit_version
		version[FOUND_MAX]; /* without record and act, which are gone by now */
	bool removed[FOUND_MAX];
	char act[FOUND_MAX][40];
	size_t count;
};

static enum credit_error keep(void *context, const struct credit_version *version)
{
	struct found *found = context;
	size_t at = found->count++;

	cr_assert_lt(at, FOUND_MAX);
	cr_expect_eq(version->record == NULL, version->erased);
	found->version[at] = *version;
	found->removed[at] =
		version->record &&
		version->record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED;
	snprintf(found->act[at], sizeof found->act[at], "%s", version->act);
	found->version[at].record = NULL;
	found->version[at].act = NULL;
	return CREDIT_OK;
}

/* In pages of `limit`; each place goes through its bytes. */
static void ask(struct town *town, const struct credit_history_question *question, uint32_t limit,
	struct found *ret_found)
{
	struct credit_history_place place = {0};
	uint8_t bytes[CREDIT_HISTORY_PLACE_SIZE];
	struct credit_view *view;
	bool more = true;

	*ret_found = (struct found){.count = 0};
	cr_assert_eq(credit_view_new(town->registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	while (more) {
		size_t before = ret_found->count;

		cr_assert_eq(
			credit_view_history(view, question, limit, &place, ret_found, keep, &more),
			CREDIT_OK);
		if (more)
			cr_assert_eq(ret_found->count - before, limit, "a page is full");
		credit_history_place_pack(&place, bytes);
		cr_assert_eq(credit_history_place_unpack(bytes, &place), CREDIT_OK);
	}
	credit_view_end(view);
	credit_view_free(view);
}

static struct credit_history_question about(uint32_t entity, credit_ms_t as_of, credit_day_t day)
{
	return (struct credit_history_question){
		.entity = town_uscc(entity), .as_of = as_of, .legal_date = day};
}

static bool is_of(const struct credit_version *version, const struct credit_hash *commitment)
{
	return memcmp(version->id.byte, commitment->byte, CREDIT_RECORD_ID_SIZE) == 0;
}

/* --- a history ----------------------------------------------------------------------------------
 * Entity 1 is penalised, listed a day later, taken off another day later; entity 2 has a listing of
 * its own, which must never be told. */

struct life {
	struct town town;
	struct credit_hash penalty, listing, removal;
	credit_ms_t at[3];
};

static void live(struct life *life)
{
	struct town *town = &life->town;
	struct town_act act;

	town_open(town, temp_dir_path("town"));
	town_enrol_now(town, 1);
	town_enrol_now(town, 2);
	town_list_now(town, 2, BLACK, NULL);
	town->now.ms += DAY_MS;
	life->at[0] = town->now;
	town_penalise(&act, 1, 1);
	town_file_one(town, &act, &life->penalty);
	town->now.ms += DAY_MS;
	life->at[1] = town->now;
	town_list_now(town, 1, BLACK, &life->listing);
	town->now.ms += DAY_MS;
	life->at[2] = town->now;
	town_remove(&act, 1, &life->listing, REVOKED);
	town_file_one(town, &act, &life->removal);
	town_publish(town);
}

Test(registry_history, every_version_of_every_record_of_this_entity_and_no_other)
{
	struct credit_history_question question;
	struct found found;
	struct life life;
	size_t listed = 0;

	live(&life);
	question = about(1, (credit_ms_t){0}, credit_day_of(life.town.now));
	ask(&life.town, &question, FOUND_MAX, &found);
	cr_assert_eq(found.count, 3);
	cr_expect_leq(
		memcmp(found.version[0].id.byte, found.version[2].id.byte, CREDIT_RECORD_ID_SIZE),
		0, "in the order of their ids");
	for (size_t i = 0; i < found.count; i++) {
		const struct credit_version *version = &found.version[i];

		if (is_of(version, &life.penalty)) {
			cr_expect_str_eq(found.act[i], "administrative_penalty");
			cr_expect_eq(version->recorded_at.ms, life.at[0].ms);
			cr_expect(version->in_force);
			continue;
		}
		cr_expect(is_of(version, &life.listing));
		cr_expect_str_eq(found.act[i], listed == 0 ? "listing" : "removal");
		cr_expect_eq(version->recorded_at.ms, life.at[1 + listed].ms);
		cr_expect_eq(found.removed[i], listed == 1);
		cr_expect_eq(version->in_force, listed == 0);
		listed++;
	}
	cr_expect_eq(listed, 2);
	town_close(&life.town);
}

Test(registry_history, pages_of_every_size_are_the_same_whole)
{
	struct credit_history_question question;
	struct found whole, found;
	struct town_act act;
	struct life life;

	live(&life);
	town_erase(&act, 1, &life.listing);
	town_file_one(&life.town, &act, NULL);
	for (uint32_t number = 2; number < 6; number++) {
		town_penalise(&act, 1, number);
		town_file_one(&life.town, &act, NULL);
	}
	town_publish(&life.town);
	question = about(1, (credit_ms_t){0}, credit_day_of(life.town.now));
	ask(&life.town, &question, FOUND_MAX, &whole);
	cr_assert_eq(whole.count, 6);
	cr_expect(whole.version[5].erased, "the erased one is last");
	for (uint32_t limit = 1; limit <= whole.count; limit++) {
		ask(&life.town, &question, limit, &found);
		cr_assert_eq(found.count, whole.count, "pages of %u", limit);
		for (size_t i = 0; i < whole.count; i++) {
			cr_expect_arr_eq(found.version[i].id.byte, whole.version[i].id.byte,
				CREDIT_RECORD_ID_SIZE);
			cr_expect_str_eq(found.act[i], whole.act[i]);
		}
	}
	town_close(&life.town);
}

Test(registry_history, as_of_a_moment_one_version_of_each_record_that_was_known)
{
	static const struct {
		size_t at;
		int64_t later;
		size_t count;
		bool removed;
	} rows[] = {{0, -1, 0, false}, {0, 0, 1, false}, {1, -1, 1, false}, {1, 0, 2, false},
		{2, -1, 2, false}, {2, 0, 2, true}, {2, DAY_MS, 2, true}};
	struct life life;

	live(&life);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		credit_ms_t moment = {life.at[rows[i].at].ms + rows[i].later};
		struct credit_history_question question = about(1, moment, credit_day_of(moment));
		bool removed = false;
		struct found found;

		ask(&life.town, &question, 1, &found);
		cr_expect_eq(found.count, rows[i].count, "row %zu", i);
		for (size_t j = 0; j < found.count; j++)
			removed = removed || found.removed[j];
		cr_expect_eq(removed, rows[i].removed, "row %zu", i);
	}
	town_close(&life.town);
}

Test(registry_history, only_one_record)
{
	struct credit_record_id id;
	struct found found;
	struct life life;

	live(&life);
	struct credit_history_question question =
		about(1, (credit_ms_t){0}, credit_day_of(life.town.now));
	question.record = &id;
	memcpy(id.byte, life.listing.byte, sizeof id.byte);
	ask(&life.town, &question, 1, &found);
	cr_expect_eq(found.count, 2);
	memcpy(id.byte, life.penalty.byte, sizeof id.byte);
	ask(&life.town, &question, 1, &found);
	cr_expect_eq(found.count, 1);
	memcpy(id.byte, life.removal.byte, sizeof id.byte); /* an act that made none */
	ask(&life.town, &question, 1, &found);
	cr_expect_eq(found.count, 0);
	town_close(&life.town);
}

/* --- in force ---------------------------------------------------------------------------------- */

Test(registry_history, in_force_from_the_decision_to_the_last_day_or_the_day_before_its_removal)
{
	struct credit_record_id id;
	struct town_act act;
	struct life life;
	int32_t decided, removed, last;

	live(&life);
	town_list(&act, 1, BLACK);
	decided = act.body.listing.decision_date;
	town_remove(&act, 1, &life.listing, REVOKED);
	removed = act.body.removal.decision_date;
	last = credit_day_add_months((credit_day_t){decided}, 36).days;
	memcpy(id.byte, life.listing.byte, sizeof id.byte);
	const struct {
		int32_t day;
		bool as_listed, as_removed;
	} rows[] = {{decided - 1, false, false}, {decided, true, true}, {removed - 1, true, true},
		{removed, true, false}, {last, true, false}, {last + 1, false, false}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct credit_history_question question =
			about(1, (credit_ms_t){0}, (credit_day_t){rows[i].day});
		struct found found;

		question.record = &id;
		ask(&life.town, &question, FOUND_MAX, &found);
		cr_assert_eq(found.count, 2);
		cr_expect_eq(found.version[0].in_force, rows[i].as_listed, "row %zu", i);
		cr_expect_eq(found.version[1].in_force, rows[i].as_removed, "row %zu", i);
	}
	town_close(&life.town);
}

/* --- erased ------------------------------------------------------------------------------------ */

Test(registry_history, an_erased_record_is_told_once_with_nothing_that_it_said)
{
	struct credit_history_question question;
	struct town_act act;
	struct found found;
	struct life life;

	live(&life);
	life.town.now.ms += DAY_MS;
	town_erase(&act, 1, &life.listing);
	town_file_one(&life.town, &act, NULL);
	town_publish(&life.town);
	question = about(1, (credit_ms_t){0}, credit_day_of(life.town.now));
	for (int round = 0; round < 2; round++) {
		const struct credit_version *last = &found.version[1];

		ask(&life.town, &question, FOUND_MAX, &found);
		cr_assert_eq(found.count, 2);
		cr_expect(is_of(&found.version[0], &life.penalty));
		cr_expect(is_of(last, &life.listing));
		cr_expect(last->erased);
		cr_expect_not(last->in_force);
		cr_expect_str_empty(found.act[1]);
		cr_expect_eq(last->recorded_at.ms, life.at[1].ms, "when it was first recorded");
		cr_expect_eq(last->erased_at.ms, life.town.now.ms);
		cr_assert_eq(
			credit_registry_scrub(life.town.registry, life.town.now, &(uint64_t){0}),
			CREDIT_OK);
	}
	question.as_of.ms = life.at[1].ms;
	ask(&life.town, &question, FOUND_MAX, &found);
	cr_expect_eq(found.count, 2, "it was known then, and is erased now");
	question.as_of.ms = life.at[1].ms - 1;
	ask(&life.town, &question, FOUND_MAX, &found);
	cr_expect_eq(found.count, 1, "it was not known yet");
	town_close(&life.town);
}

/* --- places ------------------------------------------------------------------------------------ */

Test(registry_history, a_place_comes_back_from_its_bytes_and_other_bytes_are_refused)
{
	struct credit_history_place place = {.erased = true, .version = 0x01020304}, back;
	uint8_t bytes[CREDIT_HISTORY_PLACE_SIZE];

	memset(place.record.byte, 0xa5, sizeof place.record.byte);
	credit_history_place_pack(&place, bytes);
	cr_assert_eq(credit_history_place_unpack(bytes, &back), CREDIT_OK);
	cr_expect(back.erased);
	cr_expect_eq(back.version, place.version);
	cr_expect_arr_eq(back.record.byte, place.record.byte, sizeof place.record.byte);
	bytes[0] = 2;
	cr_expect_eq(credit_history_place_unpack(bytes, &back), CREDIT_E_FIELD_FORM);
}
