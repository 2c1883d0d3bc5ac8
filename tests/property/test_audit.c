/* SPDX-License-Identifier: Apache-2.0
 *
 * test_audit.c - an auditor's replica is the registry's state, row by row, after any history.
 *
 * Acts, epochs and publications come in random order; the replica is fed now and then, in pieces of
 * random size, and sometimes opened again. Every keyspace of both states is compared.
 */
#include <criterion/criterion.h>

#include "audit/internal.h"
#include "tests/support/audit_feed.h"
#include "tests/support/map_store.h"
#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTITIES 12
#define STEPS 120
#define RUNS 4

TestSuite(audit, .init = temp_dir_make, .fini = temp_dir_remove);

struct history {
	struct town town;
	struct audit_feed feed;
	uint64_t random;
	uint32_t document;
	bool enrolled[ENTITIES], listed[ENTITIES];
	struct credit_hash listing[ENTITIES];
};

static uint32_t below(struct history *history, uint32_t bound)
{
	return (uint32_t)(map_draw(&history->random) % bound);
}

/* One filing of one or two acts; what the rules refuse is part of the history. */
static void file_something(struct history *history)
{
	uint32_t entity = below(history, ENTITIES);
	struct town_act first, second;
	struct town_act *acts[] = {&first, &second};
	struct credit_hash made[2];
	size_t count = 1 + below(history, 2);

	town_penalise(&first, entity, ++history->document);
	if (!history->enrolled[entity])
		town_enrol(&first, entity);
	else if (history->listed[entity])
		town_remove(&first, entity, &history->listing[entity],
			CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED);
	else if (below(history, 2))
		town_list(&first, entity, "red.taxpayer-a");
	town_penalise(&second, entity, ++history->document);
	if (town_file(&history->town, acts, count, below(history, 2), made, NULL) != CREDIT_OK)
		return;
	if (first.act.payload_case == CREDIT__V1__ACT__PAYLOAD_LISTING) {
		history->listed[entity] = true;
		history->listing[entity] = made[0];
	} else if (first.act.payload_case == CREDIT__V1__ACT__PAYLOAD_REMOVAL) {
		history->listed[entity] = false;
	}
	history->enrolled[entity] = true;
}

static void compare_keyspace(struct credit_reader *a, struct credit_reader *b, unsigned keyspace)
{
	struct credit_cursor *of_a, *of_b;
	struct credit_bytes none = {0}, key_a, key_b, value_a, value_b;
	enum credit_error end_a, end_b;

	cr_assert_eq(credit_cursor_open(a, NULL, keyspace, &of_a), CREDIT_OK);
	cr_assert_eq(credit_cursor_open(b, NULL, keyspace, &of_b), CREDIT_OK);
	end_a = credit_cursor_seek(of_a, none, &key_a, &value_a);
	end_b = credit_cursor_seek(of_b, none, &key_b, &value_b);
	while (!end_a && !end_b) {
		cr_assert(credit_bytes_equal(key_a, key_b), "%s", credit__state_names[keyspace]);
		cr_assert(
			credit_bytes_equal(value_a, value_b), "%s", credit__state_names[keyspace]);
		end_a = credit_cursor_next(of_a, &key_a, &value_a);
		end_b = credit_cursor_next(of_b, &key_b, &value_b);
	}
	cr_expect_eq(end_a, CREDIT_E_NOT_FOUND);
	cr_expect_eq(end_b, CREDIT_E_NOT_FOUND);
	credit_cursor_close(of_a);
	credit_cursor_close(of_b);
}

static void compare_states(struct history *history)
{
	struct credit_reader *a, *b;

	cr_assert_eq(credit_reader_new(history->town.registry->state, &a), CREDIT_OK);
	cr_assert_eq(credit_reader_new(history->feed.audit->store, &b), CREDIT_OK);
	cr_assert_eq(credit_read_begin(a), CREDIT_OK);
	cr_assert_eq(credit_read_begin(b), CREDIT_OK);
	for (unsigned keyspace = 0; keyspace < STATE_KEYSPACES; keyspace++)
		compare_keyspace(a, b, keyspace);
	credit_read_end(a);
	credit_read_end(b);
	credit_reader_free(a);
	credit_reader_free(b);
}

static void audit_now(struct history *history)
{
	town_publish(&history->town);
	if (below(history, 3) == 0) {
		audit_feed_close(&history->feed);
		audit_feed_open(&history->feed, temp_dir_path("audit"), &history->town.log_name);
	}
	cr_assert_eq(
		audit_feed_run(&history->feed, history->town.registry, 0, 1 + below(history, 5000)),
		CREDIT_OK);
	cr_assert_eq(history->feed.finding_count, 0, "%s %s",
		credit_error_name(history->feed.findings[0].problem.error),
		history->feed.findings[0].problem.detail);
	compare_states(history);
}

static void live(uint64_t seed)
{
	struct history history = {.random = seed};
	struct credit_audit_place place;
	uint32_t fired;

	town_open(&history.town, temp_dir_path("town"));
	audit_feed_open(&history.feed, temp_dir_path("audit"), &history.town.log_name);
	for (uint32_t step = 0; step < STEPS; step++) {
		uint32_t what = below(&history, 20);

		history.town.now.ms += below(&history, 60) * 86400000LL / 10;
		if (what == 0)
			audit_now(&history);
		else if (what == 1)
			town_publish(&history.town);
		else if (what == 2)
			cr_assert_eq(credit_registry_fire_due(
					     history.town.registry, history.town.now, 100, &fired),
				CREDIT_OK);
		else
			file_something(&history);
	}
	audit_now(&history);
	credit_audit_place(history.feed.audit, &place);
	cr_expect_gt(place.acts, STEPS / 2, "a history worth the name");
	audit_feed_close(&history.feed);
	town_close(&history.town);
}

Test(audit, a_replica_is_the_state_row_by_row)
{
	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		live(seed);
		temp_dir_remove();
		temp_dir_make();
	}
}

/* --- hostile deltas ----------------------------------------------------------------------------- */

#define FLIPS 150

struct flip {
	uint64_t random;
	uint32_t part; /* the how-manieth is hit */
	bool done;
};

static void remove_folder(const char *folder)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "lock"};
	char path[4200];

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, files[i]);
		unlink(path);
	}
	rmdir(folder);
}

/* One bit of one part, or of the leaf hash beside a row. */
static void flip_bit(void *context, enum credit_delta_part part, struct credit_bytes *bytes,
	struct credit_hash *leaf)
{
	struct flip *flip = context;
	uint64_t at = map_draw(&flip->random);
	uint8_t *copy;

	if (flip->part-- != 0)
		return;
	flip->done = true;
	if (part == CREDIT_DELTA_ROW && at % 16 == 0) {
		leaf->byte[at / 16 % sizeof leaf->byte] ^= 1;
		return;
	}
	copy = malloc(bytes->size);
	memcpy(copy, bytes->data, bytes->size);
	copy[at / 8 % bytes->size] ^= (uint8_t)(1U << at % 8);
	bytes->data = copy;
}

/* Seven epochs in three publications, about thirty parts. */
static void open_small_town(struct history *history)
{
	town_open(&history->town, temp_dir_path("town"));
	for (uint32_t i = 0; i < 4; i++)
		file_something(history);
	town_publish(&history->town);
	for (uint32_t i = 0; i < 6; i++)
		file_something(history);
	town_publish(&history->town);
}

static bool run_flipped(struct history *history, uint32_t number)
{
	struct flip flip = {.random = number * 7919 + 1, .part = number % 32};
	struct credit_audit_place place;
	enum credit_error error;

	history->feed = (struct audit_feed){.tamper = flip_bit, .context = &flip};
	audit_feed_open(&history->feed, temp_dir_path("audit"), &history->town.log_name);
	error = audit_feed_run(&history->feed, history->town.registry, 0, 1000000);
	credit_audit_place(history->feed.audit, &place);
	cr_expect_neq(error, CREDIT_E_INTERNAL, "flip %u", number);
	cr_expect_neq(error, CREDIT_E_STORE_CORRUPT, "flip %u", number);
	/* What is neither told nor refused has changed nothing that counts. */
	if (flip.done && !error && history->feed.finding_count == 0) {
		cr_expect_eq(place.lied, 0);
		compare_states(history);
	}
	audit_feed_close(&history->feed);
	return flip.done && (error || history->feed.finding_count > 0);
}

Test(audit, no_flipped_bit_of_a_delta_changes_the_replica_unseen)
{
	struct history history = {.random = 5};
	uint32_t caught = 0;

	open_small_town(&history);
	for (uint32_t i = 0; i < FLIPS; i++) {
		char folder[4096];

		caught += run_flipped(&history, i);
		snprintf(folder, sizeof folder, "%s", temp_dir_path("audit"));
		remove_folder(folder);
	}
	cr_expect_gt(caught, FLIPS * 3 / 4, "%u of %u", caught, FLIPS);
	town_close(&history.town);
}
