/* SPDX-License-Identifier: Apache-2.0
 *
 * test_prune.c - old bundles of entries leave the published folder; nothing that proves anything does.
 */
#include <criterion/criterion.h>

#include "tests/support/temp_dir.h"
#include "tests/support/tile_folder.h"
#include "tests/support/town.h"

#include <stdio.h>
#include <string.h>

#define PATH_ROOM 4096

TestSuite(prune, .init = temp_dir_make, .fini = temp_dir_remove);

static struct credit_exporter *open_exporter(struct town *town, const char *folder)
{
	struct credit_exporter *exporter;
	struct credit_problem problem;

	cr_assert_eq(credit_exporter_open(town->registry, folder, 0, &exporter, &problem),
		CREDIT_OK, "%s: %s", credit_error_name(problem.error), problem.detail);
	return exporter;
}

static void run(struct credit_exporter *exporter)
{
	cr_assert_eq(credit_exporter_run(exporter, NULL, NULL, NULL), CREDIT_OK);
}

#define DAY_MS 86400000LL

static void prune(struct credit_exporter *exporter, struct town *town, int64_t kept_ms)
{
	struct credit_problem problem = {0};

	cr_assert_eq(credit_exporter_prune(exporter, town->now, kept_ms, &problem), CREDIT_OK,
		"%s: %s", credit_error_name(problem.error), problem.detail);
}

/* The note's text without its signature, which is checked. */
static void read_note(struct town *town, const char *folder, char text[512])
{
	char path[PATH_ROOM];
	uint8_t note[2048];
	struct credit_bytes opened;
	size_t size;
	FILE *file;

	snprintf(path, sizeof path, "%s/pruning", folder);
	file = fopen(path, "rb");
	cr_assert_neq(file, NULL);
	size = fread(note, 1, sizeof note, file);
	fclose(file);
	cr_assert_eq(credit_note_open((struct credit_bytes){note, size}, &town->log_name, &opened),
		CREDIT_OK);
	snprintf(text, 512, "%.*s", (int)opened.size, (const char *)opened.data);
}

/* 600 leaves published long ago, and 200 today. */
static struct credit_exporter *open_old_town(struct town *town, const char *folder)
{
	struct credit_exporter *exporter;
	uint32_t next = 0;

	town_open(town, temp_dir_path("town"));
	town_grow(town, &next, 600);
	town->now.ms += 30 * DAY_MS;
	town_grow(town, &next, 800);
	exporter = open_exporter(town, folder);
	run(exporter);
	return exporter;
}

Test(prune, whole_bundles_older_than_the_policy_go_and_every_hash_stays)
{
	const char *folder = temp_dir_path("tiles");
	struct town town;
	struct credit_exporter *exporter = open_old_town(&town, folder);
	char text[512];

	prune(exporter, &town, 10 * DAY_MS);
	cr_expect_not(tile_folder_has(folder, "tile/entries/000"));
	cr_expect_not(tile_folder_has(folder, "tile/entries/001"));
	cr_expect(tile_folder_has(folder, "tile/entries/002"), "part of it is newer");
	cr_expect(tile_folder_has(folder, "tile/0/000"));
	cr_expect(tile_folder_has(folder, "tile/0/001"));
	read_note(&town, folder, text);
	cr_expect_str_eq(
		text, "credit-pruning/v1\n" TOWN_ORIGIN "\nminimum-index 512\nkept-hours 240\n");
	credit_exporter_free(exporter);
	town_close(&town);
}

Test(prune, nothing_goes_before_its_time_and_the_policy_is_published_all_the_same)
{
	const char *folder = temp_dir_path("tiles");
	struct town town;
	struct credit_exporter *exporter = open_old_town(&town, folder);
	char text[512];

	prune(exporter, &town, 40 * DAY_MS);
	cr_expect(tile_folder_has(folder, "tile/entries/000"));
	read_note(&town, folder, text);
	cr_expect_neq(strstr(text, "minimum-index 0\n"), NULL, "%s", text);
	credit_exporter_free(exporter);
	town_close(&town);
}

Test(prune, what_was_pruned_stays_gone_and_the_folder_goes_on)
{
	const char *folder = temp_dir_path("tiles");
	struct town town;
	struct credit_exporter *exporter = open_old_town(&town, folder);
	uint32_t next = 5000;
	char text[512];

	prune(exporter, &town, 10 * DAY_MS);
	credit_exporter_free(exporter);
	/* A later process with a longer policy, and more leaves. */
	town_grow(&town, &next, 1100);
	exporter = open_exporter(&town, folder);
	run(exporter);
	prune(exporter, &town, 4000 * DAY_MS);
	read_note(&town, folder, text);
	cr_expect_neq(strstr(text, "minimum-index 512\nkept-hours 96000\n"), NULL, "%s", text);
	cr_expect_not(tile_folder_has(folder, "tile/entries/000"));
	cr_expect(tile_folder_has(folder, "tile/entries/003"));
	credit_exporter_free(exporter);
	town_close(&town);
}

Test(prune, a_note_of_another_log_stops_the_pruning)
{
	const char *folder = temp_dir_path("tiles");
	struct town town;
	struct credit_exporter *exporter = open_old_town(&town, folder);
	struct credit_problem problem = {0};

	run(exporter);
	tile_folder_overwrite(folder, "pruning", credit_bytes_of("minimum 3\n"));
	cr_expect_eq(credit_exporter_prune(exporter, town.now, DAY_MS, &problem),
		CREDIT_E_FOLDER_NOT_OURS);
	cr_expect(tile_folder_has(folder, "tile/entries/000"));
	credit_exporter_free(exporter);
	town_close(&town);
}
