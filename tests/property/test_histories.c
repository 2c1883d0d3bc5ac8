/* SPDX-License-Identifier: Apache-2.0
 *
 * test_histories.c - long random histories, rebuilt from snapshots of the state and the journal.
 *
 * A town lives for years (tests/support/life.h): acts of every procedure in epochs of random sizes, time
 * that passes and fires what falls due, publications and scrubs at random points. Now and then the registry
 * is closed, and the state that it is opened with again is the one it left, an older one that was put
 * aside, or none: what the journal makes of it must be the state that was left, byte for byte, in every
 * keyspace, the status map and its root among them. A state from before an erasure that the journal has
 * carried out is refused (docs/spec/journal.md, 7.10). At the end fsck finds nothing.
 *
 * CREDIT_HISTORY_ACTS asks for histories of more accepted acts than the few hundred of `make check`,
 * CREDIT_HISTORY_SEEDS for more of them (make check-long).
 */
#include <criterion/criterion.h>

#include "tests/support/life.h"
#include "tests/support/temp_dir.h"
#include "tests/support/traces.h"

#include <credit/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SNAPSHOTS 4
#define ACTS 400
#define SEEDS 2

TestSuite(histories, .init = temp_dir_make, .fini = temp_dir_remove, .timeout = 7200);

static struct history {
	unsigned long long seed;
	struct town town;
	struct life life;
	char folder[512];
	bool there[SNAPSHOTS]; /* a state that was put aside */
	bool stale[SNAPSHOTS]; /* from before an erasure that was scrubbed since */
	unsigned rebuilt, from_older, from_nothing, refusals, scrubs;
} history;

/* --- files ---------------------------------------------------------------------------------------- */

static void run(const char *format, const char *a, const char *b)
{
	char command[1400];

	snprintf(command, sizeof command, format, a, b);
	cr_assert_eq(system(command), 0, "%s", command);
}

static const char *state_folder(void)
{
	static char path[600];

	snprintf(path, sizeof path, "%s/state", history.folder);
	return path;
}

static const char *snapshot_folder(unsigned at)
{
	static char path[600];

	snprintf(path, sizeof path, "%s-%u", history.folder, at);
	return path;
}

static void put_aside(unsigned at)
{
	run("rm -rf '%s'", snapshot_folder(at), "");
	run("cp -r '%s' '%s'", state_folder(), snapshot_folder(at));
	history.there[at] = true;
	history.stale[at] = false;
}

/* --- closing and opening --------------------------------------------------------------------------- */

static void open_town(credit_ms_t now)
{
	town_open(&history.town, history.folder);
	history.town.now = now;
}

/* The opening that must be refused, as the state holds what the journal has forgotten. */
static void expect_refused(void)
{
	struct town town = {0};
	struct credit_registry *registry = NULL;
	struct credit_problem problem = {0};

	town_keys(&town);
	struct credit_registry_options options = town_options(&town, history.folder);
	enum credit_error error = credit_registry_open(&options, NULL, NULL, &registry, &problem);
	cr_assert_str_eq(credit_error_name(error), "STATE_DIVERGED", "seed %llu: %s", history.seed,
		problem.detail);
	history.refusals++;
}

static void expect_equal(const struct credit_hash *left, const char *how)
{
	struct credit_hash made[TRACES_KEYSPACES];

	traces_store(state_folder(), made);
	for (unsigned i = 0; i < TRACES_KEYSPACES; i++)
		cr_assert(credit_hash_equal(&left[i], &made[i]),
			"seed %llu, %llu acts: '%s' is not what it was, from %s", history.seed,
			(unsigned long long)history.life.accepted, traces_keyspace(i), how);
}

/* Everything is published, so that the files hold the whole state. */
static void rebuild(bool from_nothing)
{
	unsigned at = life_draw(&history.life, SNAPSHOTS);
	struct credit_hash left[TRACES_KEYSPACES];
	credit_ms_t now = history.town.now;

	town_publish(&history.town);
	town_close(&history.town);
	traces_store(state_folder(), left);
	from_nothing |= !history.there[at] || life_draw(&history.life, 6) == 0;
	cr_assert_eq(credit_store_destroy(state_folder()), CREDIT_OK);
	if (!from_nothing) {
		run("cp -r '%s' '%s'", snapshot_folder(at), state_folder());
		if (history.stale[at]) {
			expect_refused();
			from_nothing = true;
			cr_assert_eq(credit_store_destroy(state_folder()), CREDIT_OK);
		}
	}
	open_town(now); /* replays */
	town_close(&history.town);
	expect_equal(left, from_nothing ? "nothing" : "an older state");
	history.rebuilt++;
	history.from_older += !from_nothing;
	history.from_nothing += from_nothing;
	put_aside(life_draw(&history.life, SNAPSHOTS));
	open_town(now);
}

/* As after a kill: what is not published is in the journal alone. */
static void reopen(void)
{
	credit_ms_t now = history.town.now;

	town_close(&history.town);
	if (life_draw(&history.life, 3) == 0)
		put_aside(life_draw(&history.life, SNAPSHOTS));
	open_town(now);
}

static void scrub(void)
{
	uint64_t scrubbed;

	cr_assert_eq(credit_registry_scrub(history.town.registry, history.town.now, &scrubbed),
		CREDIT_OK);
	for (unsigned i = 0; scrubbed > 0 && i < SNAPSHOTS; i++)
		history.stale[i] = history.there[i];
	history.scrubs += scrubbed > 0;
}

/* --- a history ---------------------------------------------------------------------------------------- */

/* Rebuilding from nothing costs as much as the history: a long one does it now and then. */
static void go_on(unsigned long acts)
{
	uint32_t rare = acts < 2000 ? 20 : 60;

	life_pass(&history.life);
	life_epoch(&history.life);
	if (life_draw(&history.life, 6) == 0)
		town_publish(&history.town);
	if (life_draw(&history.life, 2 * rare) == 0)
		scrub();
	if (life_draw(&history.life, 12) == 0)
		reopen();
	if (life_draw(&history.life, rare) == 0)
		rebuild(false);
}

static void live(unsigned long long seed, unsigned long acts)
{
	char name[32];

	memset(&history, 0, sizeof history);
	history.seed = seed;
	snprintf(name, sizeof name, "%llu", seed);
	snprintf(history.folder, sizeof history.folder, "%s", temp_dir_path(name));
	town_open(&history.town, history.folder);
	life_begin(&history.life, &history.town, seed);
	while (history.life.accepted < acts)
		go_on(acts);
	scrub();
	rebuild(true);
	traces_fsck(&history.town);
	town_close(&history.town);
	life_end(&history.life);
	run("rm -rf '%s'*", history.folder, "");
}

/* Acts that a history must have had, if it is long. */
static const Credit__V1__Act__PayloadCase lived[] = {
	TOY_PAYLOAD(KEY_ENROLMENT),
	TOY_PAYLOAD(KEY_REVOCATION),
	TOY_PAYLOAD(ENTITY_ENROLMENT),
	TOY_PAYLOAD(ADMINISTRATIVE_PENALTY),
	TOY_PAYLOAD(LISTING),
	TOY_PAYLOAD(REMOVAL),
	TOY_PAYLOAD(LISTING_NOTICE),
	TOY_PAYLOAD(NOTICE_STATEMENT),
	TOY_PAYLOAD(NOTICE_WITHDRAWAL),
	TOY_PAYLOAD(SUSPENSION),
	TOY_PAYLOAD(SUSPENSION_END),
	TOY_PAYLOAD(MEASURE_APPLICATION),
	TOY_PAYLOAD(MEASURE_FEEDBACK),
	TOY_PAYLOAD(MEASURE_LIFT),
	TOY_PAYLOAD(REPAIR_APPLICATION),
	TOY_PAYLOAD(OBJECTION),
	TOY_PAYLOAD(CASE_DOCUMENT),
	TOY_PAYLOAD(CASE_ACCEPTANCE),
	TOY_PAYLOAD(SUPPLEMENT_REQUEST),
	TOY_PAYLOAD(CASE_SUPPLEMENT),
	TOY_PAYLOAD(CASE_NON_ACCEPTANCE),
	TOY_PAYLOAD(CASE_WITHDRAWAL),
	TOY_PAYLOAD(CASE_EXTENSION),
	TOY_PAYLOAD(REPAIR_DECISION),
	TOY_PAYLOAD(REPAIR_REVOCATION),
	TOY_PAYLOAD(REORGANISATION_OUTCOME),
	TOY_PAYLOAD(OBJECTION_DECISION),
	TOY_PAYLOAD(REVIEW_REQUEST),
	TOY_PAYLOAD(REVIEW_DECISION),
	TOY_PAYLOAD(CASE_RATING),
	TOY_PAYLOAD(PLEDGE),
	TOY_PAYLOAD(JUDGMENT),
	TOY_PAYLOAD(RECORD_OUTCOME),
	TOY_PAYLOAD(ENTITY_CHANGE),
	TOY_PAYLOAD(ENTITY_ALIAS),
	TOY_PAYLOAD(ENTITY_DEREGISTRATION),
	TOY_PAYLOAD(SUBSCRIPTION),
	TOY_PAYLOAD(SUBSCRIPTION_END),
	TOY_PAYLOAD(SUBSCRIPTION_ACK),
	TOY_PAYLOAD(ERASURE),
};

static void tell_all(void)
{
	const struct life *life = &history.life;

	cr_log_info("seed %llu: %llu acts accepted, %llu refused, %u erasures' scrubs; rebuilt %u "
		    "times, "
		    "%u from an older state, %u from nothing; %u stale states refused",
		history.seed, (unsigned long long)life->accepted, (unsigned long long)life->refused,
		history.scrubs, history.rebuilt, history.from_older, history.from_nothing,
		history.refusals);
	for (size_t i = 0; i < 128; i++) {
		if (life->accepted_of[i] + life->refused_of[i] > 0)
			cr_log_info("act %zu: %llu accepted, %llu refused", i,
				(unsigned long long)life->accepted_of[i],
				(unsigned long long)life->refused_of[i]);
	}
}

static unsigned long asked_for(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

Test(histories, states_rebuilt_from_snapshot_and_journal_are_byte_identical)
{
	unsigned long acts = asked_for("CREDIT_HISTORY_ACTS", ACTS);
	unsigned long seeds = asked_for("CREDIT_HISTORY_SEEDS", SEEDS);

	unsigned from_older = 0, refusals = 0;

	for (unsigned long long seed = 1; seed <= seeds; seed++) {
		live(seed, acts);
		tell_all();
		from_older += history.from_older;
		refusals += history.refusals;
		cr_expect_gt(history.from_nothing, 0U);
		cr_expect_gt(history.life.fired, 0U);
		for (size_t i = 0; acts >= 5000 && i < sizeof lived / sizeof lived[0]; i++)
			cr_expect_gt(history.life.accepted_of[lived[i]], 0U,
				"seed %llu: act %d was never accepted", seed, (int)lived[i]);
	}
	cr_expect_gt(from_older, 0U);
	cr_expect_gt(refusals, 0U);
}
