/* SPDX-License-Identifier: Apache-2.0
 *
 * test_snapshot.c - snapshots gathered while the registry goes on, logged, and made files of.
 *
 * What a snapshot must say is asked of the registry, entity by entity, at the publication it shows.
 */
#include <criterion/criterion.h>

#include "registry/internal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include <credit/snapshot.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLACK "black.market-serious"
#define PIECE 8192 /* statuses that are read at once: registry/snapshot.c */
#define MANY (PIECE + 100)

TestSuite(registry_snapshot, .init = temp_dir_make, .fini = temp_dir_remove);

/* --- reading one ------------------------------------------------------------------------------ */

struct found {
	struct credit_snapshot_leaf leaf;
	struct credit_snapshot_header header;
	struct credit_uscc codes[64];
	size_t count;
};

static enum credit_error take_proof(void *context, const struct credit_snapshot_leaf *leaf,
	const struct credit_tree_head *head, uint64_t file_size)
{
	(void)head;
	(void)file_size;
	((struct found *)context)->leaf = *leaf;
	return CREDIT_OK;
}

static enum credit_error take_header(void *context, const struct credit_snapshot_header *header)
{
	((struct found *)context)->header = *header;
	return CREDIT_OK;
}

static enum credit_error take_entity(void *context, const struct credit_snapshot_entity *entity)
{
	struct found *found = context;

	cr_assert_lt(found->count, 64);
	cr_assert_eq(entity->count, 1);
	found->codes[found->count++] = entity->uscc;
	return CREDIT_OK;
}

static struct found read_file(const struct town *town, const char *path)
{
	uint8_t bytes[1 << 20];
	struct found found = {0};
	struct credit_snapshot_events events = {&found, take_proof, take_header, NULL, take_entity};
	struct credit_snapshot_reader *reader;
	struct credit_problem problem = {0};
	FILE *file = fopen(path, "rb");
	size_t size;

	cr_assert_not_null(file, "%s", path);
	size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	cr_assert_eq(credit_snapshot_reader_new(&town->log_name, &events, &reader), CREDIT_OK);
	cr_assert_eq(
		credit_snapshot_reader_add(reader, (struct credit_bytes){bytes, size}, &problem),
		CREDIT_OK, "%s %s", credit_error_name(problem.error), problem.detail);
	cr_assert_eq(credit_snapshot_reader_done(reader, &problem), CREDIT_OK, "%s %s",
		credit_error_name(problem.error), problem.detail);
	credit_snapshot_reader_free(reader);
	return found;
}

/* Only these, in order of their codes. */
static void expect_entities(const struct found *found, const uint32_t *entities, size_t count)
{
	cr_assert_eq(found->count, count, "%zu", found->count);
	for (size_t i = 0; i < count; i++) {
		struct credit_uscc uscc = town_uscc(entities[i]);

		cr_expect_arr_eq(found->codes[i].character, uscc.character, CREDIT_USCC_SIZE,
			"entity %u", entities[i]);
	}
}

/* --- making one ------------------------------------------------------------------------------- */

static struct credit_snapshotter *open_it(struct town *town, uint32_t keep)
{
	struct credit_snapshotter *snapshotter;
	struct credit_problem problem;

	cr_assert_eq(credit_snapshotter_open(town->registry, temp_dir_path("snapshot"), keep,
			     &snapshotter, &problem),
		CREDIT_OK, "%s: %s", credit_error_name(problem.error), problem.detail);
	return snapshotter;
}

static void log_and_finish(struct town *town, struct credit_snapshotter *snapshotter,
	const struct credit_snapshot_leaf *leaf)
{
	struct credit_problem problem = {0};
	uint64_t number;

	cr_assert_eq(credit_registry_publish_snapshot(town->registry, town->now, leaf, &number),
		CREDIT_OK);
	cr_assert_eq(credit_snapshotter_finish(snapshotter, number, &problem), CREDIT_OK, "%s: %s",
		credit_error_name(problem.error), problem.detail);
}

static struct found make(struct town *town, struct credit_snapshotter *snapshotter,
	bool (*go_on)(void *context), void *context)
{
	struct credit_snapshot_leaf leaf;
	struct credit_problem problem = {0};
	char path[4096];

	cr_assert_eq(credit_snapshotter_gather(snapshotter, go_on, context, &leaf, &problem),
		CREDIT_OK, "%s: %s", credit_error_name(problem.error), problem.detail);
	log_and_finish(town, snapshotter, &leaf);
	snprintf(path, sizeof path, "%s/%llu", temp_dir_path("snapshot"),
		(unsigned long long)leaf.publication);
	return read_file(town, path);
}

static void enrol_many(struct town *town, uint32_t count)
{
	static struct town_act acts[500];
	struct town_act *pointers[500];

	for (uint32_t done = 0; done < count;) {
		size_t part = count - done < 500 ? count - done : 500;

		for (size_t i = 0; i < part; i++) {
			town_enrol(&acts[i], done + (uint32_t)i);
			pointers[i] = &acts[i];
		}
		cr_assert_eq(town_file(town, pointers, part, true, NULL, NULL), CREDIT_OK);
		done += (uint32_t)part;
	}
}

static void remove_now(struct town *town, uint32_t entity, const struct credit_hash *listed_by)
{
	struct town_act act;

	town_remove(&act, entity, listed_by, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED);
	town_file_one(town, &act, NULL);
}

/* --- the tests -------------------------------------------------------------------------------- */

Test(registry_snapshot, a_snapshot_shows_what_is_published_and_its_leaf_is_in_the_log)
{
	struct credit_snapshotter *snapshotter;
	struct credit_hash listed[2];
	struct found found;
	struct town town;

	town_open(&town, temp_dir_path("town"));
	enrol_many(&town, 20);
	town_list_now(&town, 3, BLACK, &listed[0]);
	town_list_now(&town, 11, BLACK, &listed[1]);
	town_publish(&town);
	snapshotter = open_it(&town, 2);
	cr_expect_eq(credit_snapshotter_newest(snapshotter).ms, 0);
	found = make(&town, snapshotter, NULL, NULL);
	expect_entities(&found, (const uint32_t[]){3, 11}, 2);
	cr_expect_eq(found.header.publication.map_size, 20);
	cr_expect_eq(found.leaf.recorded_at.ms, credit_snapshotter_newest(snapshotter).ms);
	cr_expect_gt(found.leaf.recorded_at.ms, 0);

	/* An acknowledged act that is not published is not shown. */
	remove_now(&town, 3, &listed[0]);
	found = make(&town, snapshotter, NULL, NULL);
	expect_entities(&found, (const uint32_t[]){3, 11}, 2);
	found = make(&town, snapshotter, NULL, NULL);
	expect_entities(&found, (const uint32_t[]){11}, 1);
	credit_snapshotter_free(snapshotter);
	town_close(&town);
}

/* What happens between two pieces. Of the entities one lies in the first piece, one in the second. */
struct meanwhile {
	struct town *town;
	struct credit_hash listed[2];
	unsigned calls;
};

static bool things_happen(void *context)
{
	struct meanwhile *meanwhile = context;
	struct town *town = meanwhile->town;

	if (meanwhile->calls++ > 0)
		return true;
	/* Read already: one goes, one comes, one comes and goes. Not read yet: the same. */
	for (uint32_t half = 0; half < 2; half++) {
		uint32_t base = half ? PIECE + 20 : 20;
		struct credit_hash passing;

		remove_now(town, base + 1, &meanwhile->listed[half]);
		town_list_now(town, base + 2, BLACK, NULL);
		town_list_now(town, base + 3, BLACK, &passing);
		remove_now(town, base + 3, &passing);
	}
	town_publish(town);
	/* Acknowledged and not published: in neither. */
	town_list_now(town, 50, BLACK, NULL);
	return true;
}

Test(registry_snapshot, what_changes_while_it_is_gathered_is_as_of_one_publication)
{
	struct credit_snapshotter *snapshotter;
	struct meanwhile meanwhile = {0};
	struct found found;
	struct town town;

	town_open(&town, temp_dir_path("town"));
	enrol_many(&town, MANY);
	meanwhile.town = &town;
	town_list_now(&town, 21, BLACK, &meanwhile.listed[0]);
	town_list_now(&town, PIECE + 21, BLACK, &meanwhile.listed[1]);
	town_list_now(&town, 7, BLACK, NULL);
	town_publish(&town);
	snapshotter = open_it(&town, 2);
	found = make(&town, snapshotter, things_happen, &meanwhile);
	cr_expect_eq(meanwhile.calls, 2, "there were two pieces");
	expect_entities(&found, (const uint32_t[]){7, 22, PIECE + 22}, 3);
	found = make(&town, snapshotter, NULL, NULL);
	expect_entities(&found, (const uint32_t[]){7, 22, 50, PIECE + 22}, 4);
	credit_snapshotter_free(snapshotter);
	town_close(&town);
}

static bool stop(void *context)
{
	(void)context;
	return false;
}

Test(registry_snapshot, a_run_that_is_stopped_leaves_nothing_and_may_be_repeated)
{
	struct credit_snapshotter *snapshotter;
	struct credit_snapshot_leaf leaf;
	struct credit_problem problem;
	struct dirent *entry;
	struct found found;
	struct town town;
	DIR *files;

	town_open(&town, temp_dir_path("town"));
	snapshotter = open_it(&town, 1);
	enrol_many(&town, 5);
	town_list_now(&town, 2, BLACK, NULL);
	town_publish(&town);
	cr_expect_eq(credit_snapshotter_gather(snapshotter, stop, NULL, &leaf, &problem),
		CREDIT_E_CANCELLED);
	files = opendir(temp_dir_path("snapshot"));
	while ((entry = readdir(files)) != NULL)
		cr_expect(strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0, "%s",
			entry->d_name);
	closedir(files);
	found = make(&town, snapshotter, NULL, NULL);
	expect_entities(&found, (const uint32_t[]){2}, 1);
	credit_snapshotter_free(snapshotter);
	town_close(&town);
}

Test(registry_snapshot, old_files_go_and_a_restart_knows_the_newest)
{
	struct credit_snapshotter *snapshotter, *second;
	struct credit_problem problem;
	struct found found[4];
	struct town town;
	char path[4096];
	credit_ms_t newest;

	town_open(&town, temp_dir_path("town"));
	enrol_many(&town, 5);
	town_publish(&town);
	snapshotter = open_it(&town, 2);
	cr_expect_eq(credit_snapshotter_open(
			     town.registry, temp_dir_path("snapshot"), 2, &second, &problem),
		CREDIT_E_BUSY);
	for (size_t i = 0; i < 4; i++) {
		town.now.ms += 1000;
		found[i] = make(&town, snapshotter, NULL, NULL);
	}
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s/%llu", temp_dir_path("snapshot"),
			(unsigned long long)found[i].leaf.publication);
		cr_expect_eq(access(path, F_OK) == 0, i >= 2, "%zu", i);
	}
	newest = credit_snapshotter_newest(snapshotter);
	credit_snapshotter_free(snapshotter);
	snapshotter = open_it(&town, 2);
	cr_expect_eq(credit_snapshotter_newest(snapshotter).ms, newest.ms);
	cr_expect_eq(newest.ms, found[3].leaf.recorded_at.ms);
	credit_snapshotter_free(snapshotter);

	snprintf(path, sizeof path, "%s/newest", temp_dir_path("snapshot"));
	cr_assert_eq(unlink(path), 0);
	FILE *file = fopen(path, "wb");
	fputs("CRS1 something else", file);
	fclose(file);
	cr_expect_eq(credit_snapshotter_open(
			     town.registry, temp_dir_path("snapshot"), 2, &snapshotter, &problem),
		CREDIT_E_FOLDER_NOT_OURS);
	town_close(&town);
}

static void no_fault(void *context, const struct credit_fault *fault)
{
	(void)context;
	cr_expect(false, "%s at %s", fault->name, fault->place);
}

Test(registry_snapshot, its_leaf_survives_a_restart_and_fsck_derives_it)
{
	struct credit_snapshotter *snapshotter;
	struct credit_fsck_report report;
	struct town town;

	town_open(&town, temp_dir_path("town"));
	enrol_many(&town, 5);
	town_list_now(&town, 2, BLACK, NULL);
	town_publish(&town);
	snapshotter = open_it(&town, 2);
	make(&town, snapshotter, NULL, NULL);
	credit_snapshotter_free(snapshotter);
	town_list_now(&town, 3, BLACK, NULL);
	town_publish(&town);
	town_close(&town);
	town_open(&town, temp_dir_path("town"));
	town_enrol_now(&town, 40);
	town_publish(&town);
	cr_assert_eq(credit_registry_fsck(town.registry,
			     &(struct credit_fsck_options){.fault = no_fault}, &report),
		CREDIT_OK);
	cr_expect_eq(report.faults, 0);
	cr_expect_eq(report.leaves, report.acts + report.publications + 1, "one snapshot");
	town_close(&town);
}
