/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fsck.c - each fault that fsck can tell, made on purpose: rows are altered through the store, so
 * that their checks are right and only what they say is wrong, as a forger would have it.
 */
#include "registry/internal.h"

#include "tests/support/temp_dir.h"
#include "tests/support/town_load.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

TestSuite(registry_fsck, .init = temp_dir_make, .fini = temp_dir_remove);

#define SEEN_MAX 64

static struct town town;

struct seen {
	struct credit_fault fault[SEEN_MAX];
	size_t count;
};

static void see(void *context, const struct credit_fault *fault)
{
	struct seen *seen = context;

	for (int lang = CREDIT_LANG_EN; lang <= CREDIT_LANG_ZH; lang++) {
		cr_expect_str_not_empty(fault->what[lang]);
		cr_expect_str_not_empty(fault->means[lang]);
		cr_expect_str_not_empty(fault->remedy[lang]);
	}
	if (seen->count < SEEN_MAX)
		seen->fault[seen->count++] = *fault;
}

static struct seen fsck(bool every_publication)
{
	struct seen seen = {0};
	struct credit_fsck_options options = {.fault = see,
		.context = &seen,
		.threads = 2,
		.every_publication = every_publication};
	struct credit_fsck_report report = {0};

	cr_assert_eq(credit_registry_fsck(town.registry, &options, &report), CREDIT_OK);
	cr_expect_eq(report.faults, seen.count);
	return seen;
}

/* The fault with this name is there, at this place. */
static void expect(const struct seen *seen, const char *name, const char *place)
{
	for (size_t i = 0; i < seen->count; i++)
		if (strcmp(seen->fault[i].name, name) == 0 && strstr(seen->fault[i].place, place))
			return;
	for (size_t i = 0; i < seen->count; i++)
		fprintf(stderr, "told: %s at %s\n", seen->fault[i].name, seen->fault[i].place);
	cr_expect(false, "%s at %s is not told", name, place);
}

static void open_town(void)
{
	town_open(&town, temp_dir_path("town"));
	for (uint32_t i = 0; i < 20; i++)
		town_enrol_now(&town, i);
	town_publish(&town);
	town_list_now(&town, 5, "black.market-serious", NULL);
	town_publish(&town);
	cr_assert_eq(fsck(true).count, 0);
}

/* --- altering ----------------------------------------------------------------------------------- */

/* Flips a bit of the value's byte `at` (from the end when negative); WHOLE: deletes the row. */
#define WHOLE INT32_MAX

static void alter(
	struct credit_store *store, unsigned keyspace, struct credit_bytes key, int32_t at)
{
	struct credit_bytes value;
	struct credit_write *write;
	uint8_t copy[1 << 16];

	cr_assert_eq(credit_write_begin(store, 1 << 20, &write), CREDIT_OK);
	cr_assert_eq(credit_write_get(write, keyspace, key, &value), CREDIT_OK);
	cr_assert_leq(value.size, sizeof copy);
	memcpy(copy, value.data, value.size);
	value.data = copy;
	if (at == WHOLE) {
		cr_assert_eq(credit_write_delete(write, keyspace, key), CREDIT_OK);
	} else {
		copy[at < 0 ? (int32_t)value.size + at : at] ^= 1;
		cr_assert_eq(credit_write_put(write, keyspace, key, value), CREDIT_OK);
	}
	cr_assert_eq(credit_write_commit(write), CREDIT_OK);
}

static struct credit_bytes code(uint32_t entity)
{
	static struct credit_uscc uscc;

	uscc = town_uscc(entity);
	return (struct credit_bytes){(const uint8_t *)uscc.character, CREDIT_USCC_SIZE};
}

static struct credit_bytes number(uint64_t of)
{
	static uint8_t key[8];

	credit_write_u64(key, of);
	return (struct credit_bytes){key, sizeof key};
}

/* --- the state ------------------------------------------------------------------------------------ */

Test(registry_fsck, a_status_that_the_journal_does_not_give_is_told_with_its_code_and_its_leaf)
{
	struct seen seen;

	open_town();
	alter(town.registry->state, STATE_STATUS, code(7), 0);
	seen = fsck(false);
	expect(&seen, "STATE_DIFFERS", town_uscc_text(7));
	expect(&seen, "MAP_LEAF", "map_leaf");
	cr_expect_eq(seen.count, 2);
	town_close(&town);
}

Test(registry_fsck, rows_that_are_gone_and_rows_too_many_are_told)
{
	struct credit_write *write;
	struct seen seen;

	open_town();
	alter(town.registry->state, STATE_ENTITY, code(3), WHOLE);
	cr_assert_eq(credit_write_begin(town.registry->state, 1 << 20, &write), CREDIT_OK);
	cr_assert_eq(credit_write_put(write, STATE_ENTITY, code(900), credit_bytes_of("made up")),
		CREDIT_OK);
	cr_assert_eq(credit_write_commit(write), CREDIT_OK);
	seen = fsck(false);
	expect(&seen, "STATE_MISSING", town_uscc_text(3));
	expect(&seen, "STATE_EXTRA", town_uscc_text(900));
	cr_expect_eq(seen.count, 2);
	for (size_t i = 0; i < seen.count; i++)
		cr_expect_neq(seen.fault[i].should[0] == '\0', seen.fault[i].is[0] == '\0');
	town_close(&town);
}

/* Entities 0, 1, ... 39 by one file, 20, 25, ... by another; 8 and 25 have a listing since. */
static void open_loaded_town(void)
{
	struct town_load first, second;

	town_open(&town, temp_dir_path("town"));
	town_load_begin(&first, 0, 1, 40);
	town_load_all(&town, &first);
	town_load_begin(&second, 20, 5, 40);
	town_load_all(&town, &second);
	town_list_now(&town, 8, "black.market-serious", NULL);
	town_list_now(&town, 25, "black.market-serious", NULL);
	town_publish(&town);
	cr_assert_eq(fsck(true).count, 0);
}

Test(registry_fsck, rows_of_load_files_that_are_altered_or_gone_are_told_with_their_source)
{
	/* The first of all, some of both files, the last, and two with a listing. */
	static const struct {
		uint32_t entity;
		unsigned keyspace;
		int32_t at;
		const char *name;
	} rows[] = {
		{0, STATE_ENTITY, WHOLE, "STATE_MISSING"},
		{3, STATE_STATUS, 0, "STATE_DIFFERS"},
		{8, STATE_STATUS, 0, "STATE_DIFFERS"},
		{25, STATE_ENTITY, 2, "STATE_DIFFERS"},
		{30, STATE_ENTITY, WHOLE, "STATE_MISSING"},
		{30, STATE_STATUS, WHOLE, "STATE_MISSING"},
		{35, STATE_ENTITY, 2, "STATE_DIFFERS"},
		{215, STATE_ENTITY, WHOLE, "STATE_MISSING"},
		{215, STATE_STATUS, WHOLE, "STATE_MISSING"},
	};
	const size_t count = sizeof rows / sizeof rows[0];
	struct seen seen;

	open_loaded_town();
	for (size_t i = 0; i < count; i++)
		alter(town.registry->state, rows[i].keyspace, code(rows[i].entity), rows[i].at);
	seen = fsck(false);
	for (size_t i = 0; i < count; i++)
		expect(&seen, rows[i].name, town_uscc_text(rows[i].entity));
	for (size_t i = 0; i < seen.count; i++)
		if (strstr(seen.fault[i].name, "STATE_"))
			cr_expect(strstr(seen.fault[i].should, "publication") ||
					  strstr(seen.fault[i].should, "row"),
				"%s", seen.fault[i].should);
	/* Their four leaves: of two altered statuses and two that are gone. */
	cr_expect_eq(seen.count, count + 4, "%zu", seen.count);
	town_close(&town);
}

Test(registry_fsck, a_map_that_is_not_of_its_statuses_is_told_down_to_the_root)
{
	struct credit_hash key;
	struct seen seen;

	open_town();
	credit_map_key(code(4), &key);
	alter(town.registry->state, STATE_MAP_LEAF, credit__hash_bytes(&key), 3);
	seen = fsck(false);
	expect(&seen, "MAP_LEAF", "map_leaf");
	expect(&seen, "MAP_TILE", "map_tile");
	expect(&seen, "MAP_ROOT", "publication");
	town_close(&town);
}

Test(registry_fsck, a_mark_that_names_another_epoch_is_told)
{
	struct seen seen;

	open_town();
	alter(town.registry->state, STATE_META, credit_bytes_of("applied"), 7);
	seen = fsck(false);
	expect(&seen, "STATE_MARK", "applied");
	cr_expect_eq(seen.count, 1);
	town_close(&town);
}

/* --- the journal ---------------------------------------------------------------------------------- */

Test(registry_fsck, a_tile_that_the_leaves_do_not_give_is_told)
{
	static const uint8_t first[9];
	struct seen seen;

	open_town();
	alter(town.registry->journal, JOURNAL_TILES, (struct credit_bytes){first, sizeof first}, 5);
	seen = fsck(false);
	expect(&seen, "TILE", "level 0, index 0");
	town_close(&town);
}

Test(registry_fsck, an_effect_that_was_altered_makes_the_state_another_one)
{
	uint8_t key[12] = {0};
	struct seen seen;

	open_town();
	credit_write_u64(key, town.registry->epoch);
	/* The last bytes of a row are those of its last effect. */
	alter(town.registry->journal, JOURNAL_ROWS, (struct credit_bytes){key, sizeof key}, -1);
	seen = fsck(false);
	cr_expect_geq(seen.count, 1);
	for (size_t i = 0; i < seen.count; i++)
		cr_expect_eq(strncmp(seen.fault[i].name, "STATE_", 6), 0, "%s", seen.fault[i].name);
	town_close(&town);
}

Test(registry_fsck, a_row_that_is_gone_is_told_and_what_follows_is_checked_all_the_same)
{
	uint8_t key[12] = {0};
	struct seen seen;
	char place[32];

	open_town();
	credit_write_u64(key, town.registry->epoch - 3);
	snprintf(place, sizeof place, "rows %llu/0", (unsigned long long)town.registry->epoch - 3);
	alter(town.registry->journal, JOURNAL_ROWS, (struct credit_bytes){key, sizeof key}, WHOLE);
	seen = fsck(false);
	expect(&seen, "ROW_UNREADABLE", place);
	for (size_t i = 0; i < seen.count; i++)
		cr_expect(strcmp(seen.fault[i].name, "EPOCH_ROOT") != 0 &&
				  strcmp(seen.fault[i].name, "HEAD") != 0,
			"the tile's word for the leaf keeps the tree whole");
	town_close(&town);
}

Test(registry_fsck, a_publication_that_names_another_map_is_told)
{
	Credit__V1__Publication *publication;
	struct credit_bytes bytes;
	struct credit_reader *reader;
	struct credit_arena arena;
	struct seen seen;
	const uint8_t *at;

	open_town();
	credit_arena_init(&arena, NULL, 0, 1 << 20);
	cr_assert_eq(credit_reader_new(town.registry->journal, &reader), CREDIT_OK);
	cr_assert_eq(credit_read_begin(reader), CREDIT_OK);
	cr_assert_eq(credit__journal_publication(reader, 2, &arena, &publication), CREDIT_OK);
	cr_assert_eq(credit__journal_publication_bytes(reader, 2, &bytes), CREDIT_OK);
	at = memmem(bytes.data, bytes.size, publication->map_root.data, 32);
	cr_assert_not_null(at);
	int32_t offset = (int32_t)(at - bytes.data);
	credit_read_end(reader);
	credit_reader_free(reader);
	alter(town.registry->journal, JOURNAL_PUBLICATIONS, number(2), offset);
	seen = fsck(true);
	expect(&seen, "PUBLICATION_ROOT", "publications 2");
	expect(&seen, "PUBLICATION_MAP", "publications 2");
	credit_arena_deinit(&arena);
	town_close(&town);
}

Test(registry_fsck, false_signatures_are_told_apart_from_all_else)
{
	Credit__V1__Epoch *epoch;
	struct credit_bytes bytes;
	struct credit_reader *reader;
	struct credit_arena arena;
	struct seen seen;
	int32_t issuer, checkpoint;

	open_town();
	credit_arena_init(&arena, NULL, 0, 1 << 20);
	cr_assert_eq(credit_reader_new(town.registry->journal, &reader), CREDIT_OK);
	cr_assert_eq(credit_read_begin(reader), CREDIT_OK);
	cr_assert_eq(credit__journal_epoch(reader, 9, &arena, &epoch), CREDIT_OK);
	cr_assert_eq(credit__journal_epoch_bytes(reader, 9, &bytes), CREDIT_OK);
	issuer = (int32_t)((const uint8_t *)memmem(
				   bytes.data, bytes.size, epoch->filings[0]->signature.data, 64) -
			   bytes.data);
	checkpoint = (int32_t)((const uint8_t *)memmem(bytes.data, bytes.size,
				       epoch->checkpoint.data, epoch->checkpoint.len) -
			       bytes.data) +
		     (int32_t)epoch->checkpoint.len - 8;
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_arena_deinit(&arena);
	alter(town.registry->journal, JOURNAL_EPOCHS, number(9), issuer);
	seen = fsck(false);
	expect(&seen, "SIGNATURE", "epochs 9, filing 0");
	cr_expect_eq(seen.count, 1);
	alter(town.registry->journal, JOURNAL_EPOCHS, number(9), checkpoint);
	seen = fsck(false);
	expect(&seen, "EPOCH_CHECKPOINT", "epochs 9");
	cr_expect_eq(seen.count, 2);
	town_close(&town);
}
