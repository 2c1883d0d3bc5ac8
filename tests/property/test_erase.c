/* SPDX-License-Identifier: Apache-2.0
 *
 * test_erase.c - random histories with erasures among them.
 *
 * Each record's facts hold a text of its own. A history enrols, penalises, lists, removes, erases (at
 * once, later, or in the filing that ends the record), publishes, scrubs and opens again, as a generator
 * says. The oracle is a table of records: what was erased and scrubbed must be in no file, what was not
 * must be in the journal, every record of the state must be one that the table calls alive; fsck finds
 * nothing; and a state built anew from the first epoch is row for row the one that there was.
 *
 * CREDIT_ERASE_HISTORIES asks for more than the few of `make check` (make check-long).
 */
#include <criterion/criterion.h>

#include "tests/support/temp_dir.h"
#include "tests/support/town.h"
#include "tests/support/traces.h"

#include <credit/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTITIES 6
#define RECORDS_MAX 64
#define STEPS 60

TestSuite(erase_property, .init = temp_dir_make, .fini = temp_dir_remove, .timeout = 3600);

enum fate {
	PUBLISHED,
	ENDED,
	ERASED, /* not published, or not scrubbed */
	SCRUBBED
};

struct record {
	uint32_t entity;
	struct credit_hash commitment;
	char fact[64];
	enum fate fate;
	bool listing;
};

struct history {
	struct town town;
	char folder[512];
	uint64_t seed;
	uint32_t enrolled;
	struct record records[RECORDS_MAX];
	size_t count;
};

/* SplitMix64 (public domain, Vigna): small, and the same everywhere. */
static uint32_t draw(struct history *history, uint32_t below)
{
	uint64_t z = history->seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)((z ^ (z >> 31)) % below);
}

/* A record in this state, from a random place on; NULL when there is none. */
static struct record *pick(struct history *history, enum fate fate)
{
	size_t from = history->count ? draw(history, (uint32_t)history->count) : 0;

	for (size_t i = 0; i < history->count; i++) {
		struct record *record = &history->records[(from + i) % history->count];

		if (record->fate == fate)
			return record;
	}
	return NULL;
}

static void file(struct history *history, struct town_act **acts, size_t count,
	struct credit_hash *ret_commitments)
{
	Credit__V1__FilingReceipt *answer = NULL;

	cr_assert_eq(
		town_file(&history->town, acts, count, false, ret_commitments, &answer), CREDIT_OK);
	cr_assert_eq(answer->n_accepted, count);
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
}

static bool has_black(const struct history *history, uint32_t entity)
{
	for (size_t i = 0; i < history->count; i++)
		if (history->records[i].entity == entity && history->records[i].listing &&
			history->records[i].fate == PUBLISHED)
			return true;
	return false;
}

/* Sometimes with the entity's enrolment in the same epoch. */
static void make_record(struct history *history)
{
	struct record *record = &history->records[history->count];
	struct town_act enrol, act, *acts[2] = {&act, NULL};
	struct credit_hash commitments[2];
	bool fresh = history->enrolled < ENTITIES && draw(history, 2) == 0;

	if (history->count == RECORDS_MAX)
		return;
	if (history->enrolled == 0)
		fresh = true;
	record->entity = fresh ? ++history->enrolled : 1 + draw(history, history->enrolled);
	snprintf(record->fact, sizeof record->fact, "fact %08x of record %zu",
		draw(history, UINT32_MAX), history->count);
	record->listing = draw(history, 2) && !has_black(history, record->entity);
	if (record->listing) {
		town_list(&act, record->entity, "black.market-serious");
		act.body.listing.fact = record->fact;
	} else {
		town_penalise(&act, record->entity, (uint32_t)history->count);
		act.body.penalty.fact = record->fact;
	}
	if (fresh) {
		town_enrol(&enrol, record->entity);
		acts[0] = &enrol;
		acts[1] = &act;
	}
	file(history, acts, fresh ? 2 : 1, commitments);
	record->commitment = commitments[fresh];
	record->fate = PUBLISHED;
	history->count++;
}

static void end_record(struct history *history, bool and_erase)
{
	struct record *record = pick(history, PUBLISHED);
	struct town_act remove, erase, *acts[] = {&remove, &erase};

	if (!record)
		return;
	town_remove(&remove, record->entity, &record->commitment,
		CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED);
	remove.body.removal.reason = record->fact;
	town_erase(&erase, record->entity, &record->commitment);
	file(history, acts, and_erase ? 2 : 1, NULL);
	record->fate = and_erase ? ERASED : ENDED;
}

static void erase_record(struct history *history)
{
	struct record *record = pick(history, ENDED);
	struct town_act erase, *acts[] = {&erase};

	if (!record)
		return;
	town_erase(&erase, record->entity, &record->commitment);
	file(history, acts, 1, NULL);
	record->fate = ERASED;
}

static void scrub(struct history *history)
{
	uint64_t scrubbed, expected = 0;

	for (size_t i = 0; i < history->count; i++)
		expected += history->records[i].fate == ERASED;
	cr_assert_eq(credit_registry_scrub(history->town.registry, history->town.now, &scrubbed),
		CREDIT_OK);
	cr_assert_eq(scrubbed, expected);
	for (size_t i = 0; i < history->count; i++)
		if (history->records[i].fate == ERASED)
			history->records[i].fate = SCRUBBED;
}

/* Without a publication at the end, as after a kill. */
static void reopen(struct history *history)
{
	credit_ms_t now = history->town.now;

	town_close(&history->town);
	town_open(&history->town, history->folder);
	history->town.now = now;
}

static void step(struct history *history)
{
	history->town.now.ms += draw(history, 1000);
	switch (draw(history, 12)) {
	case 0:
	case 1:
	case 2:
	case 3:
		make_record(history);
		break;
	case 4:
	case 5:
		end_record(history, false);
		break;
	case 6:
		end_record(history, true);
		break;
	case 7:
		erase_record(history);
		break;
	case 8:
	case 9:
		town_publish(&history->town);
		break;
	case 10:
		scrub(history);
		break;
	default:
		reopen(history);
	}
}

static void check_files(struct history *history)
{
	char journal[600];

	snprintf(journal, sizeof journal, "%s/journal", history->folder);
	for (size_t i = 0; i < history->count; i++) {
		const struct record *record = &history->records[i];
		struct credit_bytes fact = credit_bytes_of(record->fact);

		if (record->fate == SCRUBBED)
			cr_assert_eq(traces_files_with(history->folder, fact), 0, "record %zu", i);
		else
			cr_assert_eq(traces_files_with(journal, fact), 1, "record %zu", i);
	}
}

static void check_state(struct history *history)
{
	struct credit_fsck_report report = traces_fsck(&history->town);
	struct credit_hash before, after;
	uint64_t erased = 0;
	char state[600];

	for (size_t i = 0; i < history->count; i++)
		erased += history->records[i].fate == SCRUBBED;
	cr_assert_eq(report.erased, 2 * erased, "each with its removal");
	cr_assert_eq(report.unscrubbed, 0);
	before = traces_state(&history->town);
	credit_ms_t now = history->town.now;
	town_close(&history->town);
	snprintf(state, sizeof state, "%s/state", history->folder);
	cr_assert_eq(credit_store_destroy(state), CREDIT_OK);
	town_open(&history->town, history->folder);
	history->town.now = now;
	after = traces_state(&history->town);
	cr_assert(credit_hash_equal(&before, &after));
	traces_fsck(&history->town);
}

static void run(uint64_t seed)
{
	static struct history history;

	history = (struct history){.seed = seed};
	snprintf(history.folder, sizeof history.folder, "%s/%llu", temp_dir_path("town"),
		(unsigned long long)seed);
	town_open(&history.town, history.folder);
	for (int i = 0; i < STEPS; i++)
		step(&history);
	scrub(&history);
	check_files(&history);
	check_state(&history);
	town_close(&history.town);
}

Test(erase_property, random_histories_replay_to_what_they_were_and_hold_nothing_erased)
{
	const char *more = getenv("CREDIT_ERASE_HISTORIES");
	unsigned long histories = more ? strtoul(more, NULL, 10) : 4;
	char command[600];

	snprintf(command, sizeof command, "mkdir '%s'", temp_dir_path("town"));
	cr_assert_eq(system(command), 0);
	for (uint64_t seed = 1; seed <= histories; seed++)
		run(seed);
}
