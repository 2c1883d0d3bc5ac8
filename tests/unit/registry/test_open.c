/* SPDX-License-Identifier: Apache-2.0
 *
 * test_open.c - opening again: after a kill, with an old copy, with another configuration; and fsck.
 */
#include <criterion/criterion.h>

#include "tests/support/read_file.h"
#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLACK "black.market-serious"
#define RED "red.taxpayer-a"

TestSuite(registry_open, .init = temp_dir_make, .fini = temp_dir_remove);

/* --- opening again
 * ------------------------------------------------------------------------------------- */

Test(registry_open, what_was_acknowledged_survives_a_kill_before_publication)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	pid_t child = fork();

	if (child == 0) {
		town_open(&town, folder);
		for (uint32_t i = 0; i < 20; i++)
			town_enrol_now(&town, i);
		town_list_now(&town, 3, BLACK, NULL);
		_exit(0); /* neither published nor closed */
	}
	cr_assert_eq(waitpid(child, NULL, 0), child);
	town_open(&town, folder);
	town_publish(&town);
	for (uint32_t i = 0; i < 20; i++)
		cr_expect_eq(town_lists_of(&town, i), i == 3 ? 1 : 0);
	town_close(&town);
}

static void copy_tree(const char *from, const char *to)
{
	char command[2048];

	snprintf(command, sizeof command, "rm -rf '%s' && cp -a '%s' '%s'", to, from, to);
	cr_assert_eq(system(command), 0);
}

static enum credit_error open_by_hand(const char *folder, const char *head)
{
	struct town town = {0};
	struct credit_registry_options options;
	struct credit_problem problem;
	enum credit_error error;

	town_keys(&town);
	options = town_options(&town, folder);
	options.head_path = head;
	error = credit_registry_open(&options, NULL, NULL, &town.registry, &problem);
	credit_registry_close(town.registry);
	return error;
}

Test(registry_open, a_restored_old_copy_refuses_to_sign)
{
	char live[512], backup[512], head[520];
	struct town town;

	snprintf(live, sizeof live, "%s", temp_dir_path("live"));
	snprintf(backup, sizeof backup, "%s", temp_dir_path("backup"));
	snprintf(head, sizeof head, "%s/head", live);
	town_open(&town, live);
	town_enrol_now(&town, 1);
	town_publish(&town);
	town_close(&town);
	copy_tree(live, backup);
	town_open(&town, live);
	town_enrol_now(&town, 2);
	town_publish(&town);
	town_close(&town);
	cr_expect_eq(open_by_hand(live, head), CREDIT_OK);
	cr_expect_eq(open_by_hand(backup, head), CREDIT_E_HEAD_AHEAD);
	/* The copy goes its own way with its own head: same size, another root. */
	town_open(&town, backup);
	town_enrol_now(&town, 3);
	town_publish(&town);
	town_close(&town);
	cr_expect_eq(open_by_hand(backup, head), CREDIT_E_HEAD_FORK);
}

Test(registry_open, a_database_without_its_head_file_refuses_to_sign)
{
	const char *folder = temp_dir_path("town");
	char head[512];
	struct town town;

	town_open(&town, folder);
	town_enrol_now(&town, 1);
	town_publish(&town);
	town_close(&town);
	snprintf(head, sizeof head, "%s", temp_dir_path("elsewhere"));
	cr_expect_eq(open_by_hand(folder, head), CREDIT_E_HEAD_AHEAD);
}

Test(registry_open, another_root_authority_than_the_pinned_one_is_refused)
{
	const char *folder = temp_dir_path("town");
	struct credit_registry_options options;
	struct credit_registry *registry = NULL;
	struct credit_problem problem;
	struct town town;

	town_open(&town, folder);
	town_close(&town);
	town_keys(&town);
	options = town_options(&town, folder);
	options.root_key = town.bureau.public_key;
	cr_expect_eq(credit_registry_open(&options, NULL, NULL, &registry, &problem),
		CREDIT_E_ROOT_MISMATCH);
	cr_expect_str_eq(problem.field, "root.key");
}

Test(registry_open, time_never_goes_back)
{
	const char *folder = temp_dir_path("town");
	struct town town;
	credit_ms_t before;

	town_open(&town, folder);
	town_enrol_now(&town, 1);
	before = credit_registry_last_time(town.registry);
	town.now.ms -= 3600000;
	town_enrol_now(&town, 2);
	cr_expect_eq(credit_registry_last_time(town.registry).ms, before.ms);
	town_close(&town);
}

Test(registry_open, a_tiny_map_grows_under_filings_and_loses_none)
{
	enum {
		FILINGS = 60,
		EACH = 50
	};
	const char *folder = temp_dir_path("town");
	static struct town_act many[EACH];
	struct town_act *acts[EACH];
	struct credit_registry_options options;
	struct town town;

	town_open(&town, folder);
	town_close(&town);
	town_keys(&town);
	options = town_options(&town, folder);
	options.map_size = 1 << 20;
	cr_assert_eq(credit_registry_open(&options, NULL, NULL, &town.registry, NULL), CREDIT_OK);
	cr_assert_eq(credit_sealer_new(&town.sealer), CREDIT_OK);
	for (uint32_t f = 0; f < FILINGS; f++) {
		for (uint32_t i = 0; i < EACH; i++) {
			town_enrol(&many[i], f * EACH + i);
			acts[i] = &many[i];
		}
		cr_assert_eq(town_file(&town, acts, EACH, false, NULL, NULL), CREDIT_OK);
	}
	town_publish(&town);
	for (uint32_t i = 0; i < FILINGS * EACH; i += 37)
		cr_expect_eq(town_lists_of(&town, i), 0);
	town_close(&town);
}

/* --- checking
 * -----------------------------------------------------------------------------------------------
 */

static void note_fault(void *context, const struct credit_fault *fault)
{
	(void)fault;
	++*(unsigned *)context;
}

static enum credit_error fsck(
	struct town *town, unsigned *told, struct credit_fsck_report *ret_report)
{
	struct credit_fsck_options options = {.fault = note_fault, .context = told, .threads = 2};

	return credit_registry_fsck(town->registry, &options, ret_report);
}

Test(registry_open, fsck_finds_nothing_wrong_in_a_sound_registry)
{
	const char *folder = temp_dir_path("town");
	struct credit_fsck_report report = {0};
	struct town town;
	unsigned told = 0;

	town_open(&town, folder);
	for (uint32_t i = 0; i < 30; i++)
		town_enrol_now(&town, i);
	town_list_now(&town, 5, BLACK, NULL);
	town_list_now(&town, 6, RED, NULL);
	town_publish(&town);
	cr_assert_eq(fsck(&town, &told, &report), CREDIT_OK);
	cr_expect_eq(told, 0);
	cr_expect_eq(report.faults, 0);
	cr_expect_geq(report.acts, 32);
	cr_expect_eq(report.publications, 2);
	cr_expect_eq(report.leaves, report.acts + report.publications);
	town_close(&town);
}

Test(registry_open, fsck_tells_of_an_altered_act)
{
	const char *folder = temp_dir_path("town");
	char path[512];
	struct credit_fsck_report report = {0};
	struct town town;
	struct town_act act;
	unsigned told = 0;

	town_open(&town, folder);
	town_enrol_now(&town, 1);
	town_penalise(&act, 1, 4711);
	town_file_one(&town, &act, NULL);
	town_publish(&town);
	town_close(&town);
	snprintf(path, sizeof path, "%s/journal/data.mdb", folder);
	cr_assert(alter_file(path, credit_bytes_of("价格法")),
		"the act lies in the journal as it was filed");
	town_open(&town, folder);
	cr_assert_eq(fsck(&town, &told, &report), CREDIT_OK);
	cr_expect_gt(told, 0);
	town_close(&town);
}

Test(registry_open, a_state_behind_its_publications_is_brought_up_to_the_roots_in_the_log)
{
	const char *folder = temp_dir_path("town");
	char state[512], old[512];
	struct town town;
	struct credit_fsck_report report = {0};
	unsigned told = 0;

	snprintf(state, sizeof state, "%s/state", folder);
	snprintf(old, sizeof old, "%s", temp_dir_path("old"));
	town_open(&town, folder);
	town_enrol_now(&town, 1);
	town_publish(&town);
	town_close(&town);
	copy_tree(state, old);
	town_open(&town, folder);
	for (uint32_t i = 2; i < 12; i++) {
		town_enrol_now(&town, i);
		town_publish(&town);
		town_publish(&town); /* a quiet minute */
	}
	town_list_now(&town, 4, BLACK, NULL);
	town_close(&town);
	copy_tree(old, state); /* as if ten commits of the state had been lost */
	town_open(&town, folder);
	for (uint32_t i = 1; i < 12; i++)
		cr_expect_eq(town_lists_of(&town, i), 0, "entity %u", i);
	town_publish(&town);
	cr_expect_eq(town_lists_of(&town, 4), 1);
	cr_assert_eq(fsck(&town, &told, &report), CREDIT_OK);
	cr_expect_eq(told, 0);
	town_close(&town);
}
