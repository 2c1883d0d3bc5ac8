/* SPDX-License-Identifier: Apache-2.0
 *
 * test_export.c - the log as files, read back by a reader that shares nothing with the exporter.
 */
#include <criterion/criterion.h>

#include "registry/internal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tile_folder.h"
#include "tests/support/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_ROOM 4096

TestSuite(export, .init = temp_dir_make, .fini = temp_dir_remove);

static struct stat status_of(const char *folder, const char *name)
{
	char path[PATH_ROOM];
	struct stat status;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	cr_assert_eq(stat(path, &status), 0, "%s", path);
	return status;
}

/* --- a town that publishes --- */

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
	struct credit_problem problem = {0};

	cr_assert_eq(credit_exporter_run(exporter, NULL, NULL, &problem), CREDIT_OK, "%s: %s",
		credit_error_name(problem.error), problem.detail);
}

/* --- the tests --- */

Test(export, every_tile_and_bundle_leads_to_the_root_of_the_checkpoint)
{
	/* Around full tiles and one after: edges of widths 255, none, 1. */
	static const uint64_t sizes[] = {40, 41, 255, 256, 257, 511, 512, 513, 700};
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct town town;
	uint32_t next = 0;

	town_open(&town, temp_dir_path("town"));
	town_publish(&town);
	exporter = open_exporter(&town, folder);
	run(exporter);
	tile_folder_check(&town, folder);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		town_grow(&town, &next, sizes[i]);
		run(exporter);
		cr_expect_eq(tile_folder_check(&town, folder), sizes[i]);
		cr_expect_eq(credit_exporter_size(exporter), sizes[i]);
		cr_expect_eq(tile_folder_look(folder).others, 0, "nothing but whole files");
	}
	credit_exporter_free(exporter);
	town_close(&town);
}

Test(export, a_clear_leaf_and_a_sealed_one_and_a_publication_are_all_there)
{
	const char *folder = temp_dir_path("tiles");
	struct tile_reader reader = {.folder = folder, .file = malloc(TILE_FILE_MAX)};
	unsigned kinds[4] = {0};
	struct credit_exporter *exporter;
	struct town town;
	char path[PATH_ROOM];

	town_open(&town, temp_dir_path("town"));
	town_enrol_now(&town, 1);
	town_list_now(&town, 1, "black.market-serious", NULL);
	town_publish(&town);
	exporter = open_exporter(&town, folder);
	run(exporter);
	tile_reader_head(&reader, &town);
	tile_reader_path(path, "entries", 0, reader.head.size);
	cr_assert_gt(tile_reader_file(&reader, path), 0);
	for (size_t at = 0; at < reader.size;) {
		size_t size = (size_t)reader.file[at] << 8 | reader.file[at + 1];

		cr_assert_leq(reader.file[at + 2], 3);
		kinds[reader.file[at + 2]]++;
		at += 2 + size;
	}
	cr_expect_eq(kinds[1], 2, "an enrolment and a listing");
	cr_expect_geq(kinds[2], 3, "founding, rule book, authority, grants");
	cr_expect_geq(kinds[3], 1);
	free(reader.file);
	credit_exporter_free(exporter);
	town_close(&town);
}

Test(export, what_is_acknowledged_and_not_published_is_not_in_the_folder)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct town town;
	uint64_t before;

	town_open(&town, temp_dir_path("town"));
	town_publish(&town);
	exporter = open_exporter(&town, folder);
	run(exporter);
	before = tile_folder_check(&town, folder);
	town_enrol_now(&town, 1);
	run(exporter);
	cr_expect_eq(tile_folder_check(&town, folder), before);
	town_publish(&town);
	run(exporter);
	cr_expect_eq(tile_folder_check(&town, folder), before + 2);
	credit_exporter_free(exporter);
	town_close(&town);
}

Test(export, a_town_that_never_published_has_no_checkpoint)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct town town;

	town_open(&town, temp_dir_path("town"));
	exporter = open_exporter(&town, folder);
	run(exporter);
	if (credit_exporter_size(exporter) == 0)
		cr_expect_eq(tile_folder_look(folder).files, 0);
	else
		tile_folder_check(&town, folder); /* the town's founding publishes */
	credit_exporter_free(exporter);
	town_publish(&town);
	town_close(&town);
}

Test(export, full_tiles_are_never_written_again)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct stat before, after;
	struct town town;
	uint32_t next = 0;

	town_open(&town, temp_dir_path("town"));
	town_grow(&town, &next, 300);
	exporter = open_exporter(&town, folder);
	run(exporter);
	before = status_of(folder, "tile/0/000");
	town_grow(&town, &next, 600);
	run(exporter);
	credit_exporter_free(exporter);
	/* Not even by an exporter that has to go through everything. */
	tile_folder_drop(folder, "checkpoint");
	exporter = open_exporter(&town, folder);
	run(exporter);
	after = status_of(folder, "tile/0/000");
	cr_expect_eq(
		before.st_ino, after.st_ino, "a file renamed over it would have another number");
	cr_expect_eq(tile_folder_check(&town, folder), 600);
	credit_exporter_free(exporter);
	town_close(&town);
}

Test(export, partial_tiles_stay_for_two_checkpoints_and_do_not_pile_up)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct town town;
	uint32_t next = 0;

	town_open(&town, temp_dir_path("town"));
	town_grow(&town, &next, 200);
	exporter = open_exporter(&town, folder);
	run(exporter);
	town_grow(&town, &next, 250);
	run(exporter);
	cr_expect(tile_folder_has(folder, "tile/0/000.p/200"), "its full tile is not there yet");
	town_grow(&town, &next, 300);
	run(exporter);
	cr_expect(tile_folder_has(folder, "tile/0/000.p/250"), "the checkpoint before needs it");
	cr_expect(tile_folder_has(folder, "tile/entries/000.p/250"));
	town_grow(&town, &next, 310);
	run(exporter);
	cr_expect_not(tile_folder_has(folder, "tile/0/000.p"), "nobody needs it any more");
	cr_expect_not(tile_folder_has(folder, "tile/entries/000.p"));
	cr_expect(tile_folder_has(folder, "tile/0/001.p/44"));
	for (uint64_t size = 320; size < 1500; size += 60) {
		town_grow(&town, &next, size);
		run(exporter);
	}
	tile_folder_check(&town, folder);
	/* Two tiles' worth of them at this pace, in two kinds, and level 1. */
	cr_expect_leq(tile_folder_look(folder).partials, 2 * 2 * 5 + 6);
	credit_exporter_free(exporter);
	town_close(&town);
}

Test(export, partial_tiles_of_a_process_that_ended_do_not_stay_either)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct town town;
	uint32_t next = 0;

	town_open(&town, temp_dir_path("town"));
	for (uint64_t size = 200; size <= 320; size += 60) {
		town_grow(&town, &next, size);
		exporter = open_exporter(&town, folder);
		run(exporter);
		credit_exporter_free(exporter);
	}
	town_grow(&town, &next, 330);
	exporter = open_exporter(&town, folder);
	run(exporter);
	cr_expect_not(tile_folder_has(folder, "tile/0/000.p"));
	cr_expect_not(tile_folder_has(folder, "tile/entries/000.p"));
	tile_folder_check(&town, folder);
	credit_exporter_free(exporter);
	town_close(&town);
}

static unsigned level_1_partials(const char *folder)
{
	unsigned count = 0;

	for (int width = 1; width < 256; width++) {
		char name[32];

		snprintf(name, sizeof name, "tile/1/000.p/%d", width);
		count += tile_folder_has(folder, name);
	}
	return count;
}

/* Where the folder stood when it was asked whether to go on. */
struct stops {
	const struct town *town;
	const char *folder;
	unsigned calls, stop_at;
};

static bool check_at_stop(void *context, uint64_t done, uint64_t total)
{
	struct stops *stops = context;

	cr_assert_lt(done, total);
	cr_assert_eq(tile_folder_check(stops->town, stops->folder), done);
	return ++stops->calls != stops->stop_at;
}

Test(export, a_long_way_is_gone_in_steps_that_each_leave_a_whole_folder)
{
	const char *folder = temp_dir_path("tiles");
	struct stops stops = {.folder = folder, .stop_at = 3};
	struct credit_exporter *exporter;
	struct town town;
	uint32_t next = 0;

	town_open(&town, temp_dir_path("town"));
	stops.town = &town;
	for (uint64_t size = 100; size <= 1500; size += 50)
		town_grow(&town, &next, size);
	town_grow(&town, &next, 2100); /* one publication that is larger than a step */
	town_grow(&town, &next, 2200);
	cr_assert_eq(credit_exporter_open(town.registry, folder, 300, &exporter, NULL), CREDIT_OK);
	cr_expect_eq(
		credit_exporter_run(exporter, check_at_stop, &stops, NULL), CREDIT_E_CANCELLED);
	cr_expect_eq(credit_exporter_size(exporter), 900);
	credit_exporter_free(exporter);
	cr_assert_eq(credit_exporter_open(town.registry, folder, 300, &exporter, NULL), CREDIT_OK);
	cr_expect_eq(credit_exporter_run(exporter, check_at_stop, &stops, NULL), CREDIT_OK);
	cr_expect_eq(stops.calls, 6, "300, 600, 900, 1200, 1500, 2100");
	cr_expect_eq(tile_folder_check(&town, folder), 2200);
	town_grow(&town, &next, 2210);
	run(exporter);
	town_grow(&town, &next, 2220);
	run(exporter);
	/* Of hashes and of entries those of 2100, 2200, 2210 and 2220, whose tile is not full. */
	cr_expect_eq(tile_folder_look(folder).partials, 4 * 2 + level_1_partials(folder));
	credit_exporter_free(exporter);
	town_close(&town);
}

/* What a kill leaves: the old checkpoint, and of the new files those that were written first. */
Test(export, a_run_that_was_killed_anywhere_is_taken_up_again)
{
	/* In the order in which a run from 300 to 600 writes them. */
	static const char *const written[] = {"tile/entries/001", "tile/entries/002.p/88",
		"tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "checkpoint"};
	const size_t count = sizeof written / sizeof written[0];
	struct tile_reader reader = {.file = malloc(TILE_FILE_MAX)};
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct credit_bytes old;
	struct town town;
	uint8_t kept[CREDIT_CHECKPOINT_MAX];
	uint32_t next = 0;

	town_open(&town, temp_dir_path("town"));
	town_grow(&town, &next, 300);
	exporter = open_exporter(&town, folder);
	run(exporter);
	credit_exporter_free(exporter);
	reader.folder = folder;
	cr_assert_gt(tile_reader_file(&reader, "checkpoint"), 0);
	cr_assert_leq(reader.size, sizeof kept);
	memcpy(kept, reader.file, reader.size);
	old = (struct credit_bytes){kept, reader.size};
	town_grow(&town, &next, 600);
	for (size_t done = 0; done < count; done++) {
		exporter = open_exporter(&town, folder);
		run(exporter);
		credit_exporter_free(exporter);
		cr_assert_eq(tile_folder_check(&town, folder), 600);
		/* As after a kill that let `done` files through, the next one half written. */
		tile_folder_overwrite(folder, "checkpoint", old);
		for (size_t i = done; i < count - 1; i++)
			tile_folder_drop(folder, written[i]);
		tile_folder_overwrite(folder, ".new", (struct credit_bytes){kept, 100});
		tile_folder_check(&town, folder); /* the old checkpoint still has all it needs */
	}
	exporter = open_exporter(&town, folder);
	run(exporter);
	cr_expect_eq(tile_folder_check(&town, folder), 600);
	cr_expect_eq(tile_folder_look(folder).others, 0, "the half file was taken over");
	credit_exporter_free(exporter);
	free(reader.file);
	town_close(&town);
}

Test(export, files_missing_at_the_edge_are_written_anew_at_the_next_start)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct town town;
	uint32_t next = 0;

	town_open(&town, temp_dir_path("town"));
	town_grow(&town, &next, 300);
	exporter = open_exporter(&town, folder);
	run(exporter);
	credit_exporter_free(exporter);
	tile_folder_drop(folder, "tile/0/001.p/44");
	tile_folder_drop(folder, "tile/entries/001.p/44");
	exporter = open_exporter(&town, folder);
	run(exporter);
	cr_expect_eq(tile_folder_check(&town, folder), 300);
	credit_exporter_free(exporter);
	town_close(&town);
}

Test(export, what_is_wrong_at_the_edge_stays_wrong_until_it_is_mended)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct credit_problem problem;
	struct town town;
	uint32_t next = 0;

	town_open(&town, temp_dir_path("town"));
	town_grow(&town, &next, 300);
	exporter = open_exporter(&town, folder);
	run(exporter);
	credit_exporter_free(exporter);
	tile_folder_overwrite(folder, "tile/0/001.p/44", credit_bytes_of("not hashes"));
	exporter = open_exporter(&town, folder);
	for (int i = 0; i < 2; i++)
		cr_expect_eq(credit_exporter_run(exporter, NULL, NULL, &problem),
			CREDIT_E_FOLDER_NOT_OURS);
	tile_folder_drop(folder, "tile/0/001.p/44");
	run(exporter);
	cr_expect_eq(tile_folder_check(&town, folder), 300);
	credit_exporter_free(exporter);
	town_close(&town);
}

/* Turns one bit of the first row that has a blind. */
static void damage_a_row(const char *journal)
{
	struct credit_store_options options = {
		.path = journal,
		.keyspaces = credit__journal_names,
		.keyspace_count = JOURNAL_KEYSPACES,
		.format = JOURNAL_FORMAT,
		.purpose = "credit journal",
	};
	struct credit_bytes key, value;
	struct credit_cursor *cursor;
	struct credit_write *write;
	struct credit_store *store;
	struct credit_problem problem;
	Credit__V1__EpochRow *row = NULL;
	uint8_t kept[16];
	size_t size;

	cr_assert_eq(
		credit_store_open(&options, &store, &problem), CREDIT_OK, "%s", problem.detail);
	cr_assert_eq(credit_write_begin(store, 4096, &write), CREDIT_OK);
	cr_assert_eq(credit_cursor_open(NULL, write, JOURNAL_ROWS, &cursor), CREDIT_OK);
	cr_assert_eq(credit_cursor_seek(cursor, (struct credit_bytes){0}, &key, &value), CREDIT_OK);
	for (;;) {
		row = credit__v1__epoch_row__unpack(NULL, value.size, value.data);
		cr_assert_not_null(row);
		if (row->blind.len)
			break;
		credit__v1__epoch_row__free_unpacked(row, NULL);
		cr_assert_eq(credit_cursor_next(cursor, &key, &value), CREDIT_OK);
	}
	row->blind.data[0] ^= 1;
	memcpy(kept, key.data, key.size);
	key.data = kept;
	credit_cursor_close(cursor);
	size = credit__v1__epoch_row__get_packed_size(row);
	uint8_t *packed = malloc(size);
	credit__v1__epoch_row__pack(row, packed);
	cr_assert_eq(
		credit_write_put(write, JOURNAL_ROWS, key, (struct credit_bytes){packed, size}),
		CREDIT_OK);
	cr_assert_eq(credit_write_commit(write), CREDIT_OK);
	free(packed);
	credit__v1__epoch_row__free_unpacked(row, NULL);
	credit_store_close(store);
}

Test(export, an_entry_that_does_not_give_its_leaf_is_never_published)
{
	const char *folder = temp_dir_path("tiles");
	const char *home = temp_dir_path("town");
	struct credit_exporter *exporter;
	struct town town;
	char journal[4096];

	town_open(&town, home);
	town_enrol_now(&town, 1);
	town_publish(&town);
	town_close(&town);
	snprintf(journal, sizeof journal, "%s/journal", home);
	damage_a_row(journal);
	town_open(&town, home);
	exporter = open_exporter(&town, folder);
	cr_expect_eq(credit_exporter_run(exporter, NULL, NULL, NULL), CREDIT_E_STORE_CORRUPT);
	cr_expect_eq(tile_folder_look(folder).files, 0);
	credit_exporter_free(exporter);
	town_close(&town);
}

static bool stop_at_once(void *context, uint64_t done, uint64_t total)
{
	unsigned *calls = context;

	cr_assert_lt(done, total);
	++*calls;
	return false;
}

Test(export, a_short_way_is_gone_at_once_without_asking)
{
	struct credit_exporter *exporter;
	struct town town;
	unsigned calls = 0;

	town_open(&town, temp_dir_path("town"));
	town_publish(&town);
	exporter = open_exporter(&town, temp_dir_path("tiles"));
	cr_expect_eq(credit_exporter_run(exporter, stop_at_once, &calls, NULL), CREDIT_OK);
	cr_expect_eq(calls, 0);
	credit_exporter_free(exporter);
	town_close(&town);
}

/* --- folders that are not ours --- */

static void expect_refused(
	struct town *town, const char *folder, enum credit_error error, const char *detail)
{
	struct credit_exporter *exporter = NULL;
	struct credit_problem problem = {0};

	cr_expect_eq(credit_exporter_open(town->registry, folder, 0, &exporter, &problem), error);
	cr_expect_null(exporter);
	cr_expect_eq(problem.error, error);
	cr_expect_str_eq(problem.field, "folder");
	cr_expect_not_null(strstr(problem.detail, detail), "%s", problem.detail);
}

Test(export, another_log_s_folder_is_refused)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_key_pair pair;
	struct credit_named_key name = {.name = "other.example/log"};
	struct credit_tree_head head = {.size = 3};
	struct credit_buffer buffer;
	struct credit_bytes note;
	struct town town;
	uint8_t memory[CREDIT_CHECKPOINT_MAX];

	town_open(&town, temp_dir_path("town"));
	town_publish(&town);
	credit_exporter_free(open_exporter(&town, folder));
	pair = town.bureau;
	name.public_key = pair.public_key;
	credit_buffer_init(&buffer, memory, sizeof memory);
	cr_assert_eq(credit_checkpoint_sign("other.example/log", &head, &name, &pair, &buffer),
		CREDIT_OK);
	cr_assert_eq(credit_buffer_done(&buffer, &note), CREDIT_OK);
	tile_folder_overwrite(folder, "checkpoint", note);
	expect_refused(&town, folder, CREDIT_E_FOLDER_NOT_OURS, "not signed by this log");
	tile_folder_overwrite(folder, "checkpoint", credit_bytes_of("hello\n"));
	expect_refused(&town, folder, CREDIT_E_FOLDER_NOT_OURS, "not signed by this log");
	town_close(&town);
}

/* Signs what this log never published, with this log's own key. */
static void sign_into(const struct town *town, const char *folder, uint64_t size)
{
	struct credit_tree_head head = {.size = size, .root.byte = {7}};
	uint8_t memory[CREDIT_CHECKPOINT_MAX];
	struct credit_buffer buffer;
	struct credit_bytes note;

	credit_buffer_init(&buffer, memory, sizeof memory);
	cr_assert_eq(
		credit_checkpoint_sign(TOWN_ORIGIN, &head, &town->log_name, &town->log, &buffer),
		CREDIT_OK);
	cr_assert_eq(credit_buffer_done(&buffer, &note), CREDIT_OK);
	tile_folder_overwrite(folder, "checkpoint", note);
}

Test(export, a_folder_ahead_of_the_database_or_on_a_fork_is_refused)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct town town;
	uint64_t size;

	town_open(&town, temp_dir_path("town"));
	town_publish(&town);
	exporter = open_exporter(&town, folder);
	run(exporter);
	size = credit_exporter_size(exporter);
	credit_exporter_free(exporter);
	sign_into(&town, folder, size + 1);
	expect_refused(&town, folder, CREDIT_E_HEAD_AHEAD, "checkpoint");
	sign_into(&town, folder, size);
	expect_refused(&town, folder, CREDIT_E_HEAD_FORK, "checkpoint");
	sign_into(&town, folder, 1);
	expect_refused(&town, folder, CREDIT_E_FOLDER_NOT_OURS, "not that of a publication");
	town_close(&town);
}

Test(export, a_tile_that_holds_something_else_is_named_and_left_alone)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct credit_problem problem;
	struct town town;
	uint32_t next = 0;

	town_open(&town, temp_dir_path("town"));
	town_grow(&town, &next, 300);
	exporter = open_exporter(&town, folder);
	run(exporter);
	credit_exporter_free(exporter);
	tile_folder_drop(folder, "checkpoint");
	tile_folder_overwrite(folder, "tile/0/000", credit_bytes_of("not hashes"));
	exporter = open_exporter(&town, folder);
	cr_expect_eq(credit_exporter_run(exporter, NULL, NULL, &problem), CREDIT_E_FOLDER_NOT_OURS);
	cr_expect_not_null(strstr(problem.detail, "tile/0/000"), "%s", problem.detail);
	cr_expect_not(tile_folder_has(folder, "checkpoint"), "no checkpoint above a wrong tile");
	tile_folder_drop(folder, "tile/0/000");
	run(exporter);
	cr_expect_eq(tile_folder_check(&town, folder), 300, "mended and run again");
	credit_exporter_free(exporter);
	town_close(&town);
}

Test(export, two_exporters_do_not_share_a_folder)
{
	const char *folder = temp_dir_path("tiles");
	struct credit_exporter *exporter;
	struct town town;

	town_open(&town, temp_dir_path("town"));
	town_publish(&town);
	exporter = open_exporter(&town, folder);
	expect_refused(&town, folder, CREDIT_E_BUSY, folder);
	credit_exporter_free(exporter);
	credit_exporter_free(open_exporter(&town, folder));
	town_close(&town);
}

Test(export, a_folder_that_cannot_be_made_says_why)
{
	struct town town;

	town_open(&town, temp_dir_path("town"));
	town_publish(&town);
	expect_refused(&town, temp_dir_path("no/such/place"), CREDIT_E_IO, "No such file");
	town_close(&town);
}
