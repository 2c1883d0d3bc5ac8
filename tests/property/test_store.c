/* SPDX-License-Identifier: Apache-2.0
 *
 * test_store.c - random operations on a store, and the same on a sorted array that is plain to see.
 *
 * Every step draws one operation from a fixed seed and does it to both: put, append, delete, get,
 * seek, walk; inner transactions; commits and aborts; closing and opening again. The array keeps a
 * copy of itself for each transaction that may be aborted. Keys are short and few, so that they
 * meet often; the first map is tiny, so that it grows.
 */
#include <credit/store.h>

#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 4096
#define KEY_SIZE_MAX 3
#define SEEDS 12
#define STEPS 6000

TestSuite(store, .init = temp_dir_make, .fini = temp_dir_remove);

struct row {
	uint8_t key[KEY_SIZE_MAX];
	uint8_t key_size;
	uint16_t value_size;
	uint8_t fill; /* every byte of the value */
};

struct oracle {
	struct row row[ROWS_MAX];
	size_t count;
};

struct run {
	uint64_t random;
	struct credit_store *store;
	struct credit_write *outer, *inner;
	/* what is committed, what the outer transaction sees, what the inner one sees */
	struct oracle committed, at_outer, at_inner;
};

static uint64_t draw(struct run *run, uint64_t bound)
{
	run->random = run->random * 6364136223846793005U + 1442695040888963407U;
	return (run->random >> 33) % bound;
}

static int compare(const struct row *a, const struct row *b)
{
	size_t shorter = a->key_size < b->key_size ? a->key_size : b->key_size;
	int order = memcmp(a->key, b->key, shorter);

	return order ? order : (int)a->key_size - (int)b->key_size;
}

/* The first row that is not less; count when there is none. */
static size_t oracle_seek(const struct oracle *oracle, const struct row *row)
{
	size_t i = 0;

	while (i < oracle->count && compare(&oracle->row[i], row) < 0)
		i++;
	return i;
}

static bool oracle_has(const struct oracle *oracle, size_t i, const struct row *row)
{
	return i < oracle->count && compare(&oracle->row[i], row) == 0;
}

static void oracle_put(struct oracle *oracle, const struct row *row)
{
	size_t i = oracle_seek(oracle, row);

	if (!oracle_has(oracle, i, row)) {
		cr_assert_lt(oracle->count, ROWS_MAX);
		memmove(&oracle->row[i + 1], &oracle->row[i],
			(oracle->count - i) * sizeof(struct row));
		oracle->count++;
	}
	oracle->row[i] = *row;
}

static void oracle_delete(struct oracle *oracle, size_t i)
{
	oracle->count--;
	memmove(&oracle->row[i], &oracle->row[i + 1], (oracle->count - i) * sizeof(struct row));
}

static struct row random_row(struct run *run)
{
	struct row row = {.fill = (uint8_t)draw(run, 256)};

	row.key_size = (uint8_t)(1 + draw(run, KEY_SIZE_MAX));
	for (size_t i = 0; i < row.key_size; i++)
		row.key[i] = (uint8_t)(draw(run, 10) * 28); /* 0 and bytes beyond 127 among them */
	row.value_size = (uint16_t)(draw(run, 20) ? draw(run, 300) : draw(run, 9000));
	return row;
}

static struct credit_bytes key_of(const struct row *row)
{
	return (struct credit_bytes){row->key, row->key_size};
}

static struct credit_bytes value_of(const struct row *row)
{
	static uint8_t memory[9000];

	memset(memory, row->fill, row->value_size);
	return (struct credit_bytes){memory, row->value_size};
}

static void check_row(const struct row *row, struct credit_bytes key, struct credit_bytes value)
{
	cr_assert(credit_bytes_equal(key, key_of(row)));
	cr_assert(credit_bytes_equal(value, value_of(row)));
}

static void check_walk(struct credit_cursor *cursor, const struct oracle *oracle)
{
	struct credit_bytes key, value;
	enum credit_error error =
		credit_cursor_seek(cursor, (struct credit_bytes){0}, &key, &value);

	for (size_t i = 0; i < oracle->count; i++) {
		cr_assert_eq(error, CREDIT_OK);
		check_row(&oracle->row[i], key, value);
		error = credit_cursor_next(cursor, &key, &value);
	}
	cr_assert_eq(error, CREDIT_E_NOT_FOUND);
}

/* A walk over everything, the greatest key, and the place of one random key. */
static void check_ranges(struct run *run, struct credit_reader *reader, struct credit_write *write,
	const struct oracle *oracle)
{
	struct row row = random_row(run);
	size_t place = oracle_seek(oracle, &row);
	struct credit_cursor *cursor = NULL;
	struct credit_bytes key, value;
	enum credit_error error;

	cr_assert_eq(credit_cursor_open(reader, write, 0, &cursor), CREDIT_OK);
	check_walk(cursor, oracle);
	error = credit_cursor_last(cursor, &key, &value);
	cr_assert_eq(error, oracle->count ? CREDIT_OK : CREDIT_E_NOT_FOUND);
	if (oracle->count)
		check_row(&oracle->row[oracle->count - 1], key, value);
	error = credit_cursor_seek(cursor, key_of(&row), &key, &value);
	cr_assert_eq(error, place < oracle->count ? CREDIT_OK : CREDIT_E_NOT_FOUND);
	if (place < oracle->count)
		check_row(&oracle->row[place], key, value);
	credit_cursor_close(cursor);
}

static void check_committed(struct run *run)
{
	struct credit_reader *reader = NULL;

	cr_assert_eq(credit_reader_new(run->store, &reader), CREDIT_OK);
	cr_assert_eq(credit_read_begin(reader), CREDIT_OK);
	check_ranges(run, reader, NULL, &run->committed);
	credit_read_end(reader);
	credit_reader_free(reader);
}

static void open_again(struct run *run)
{
	static const char *const names[] = {"rows"};

	credit_store_close(run->store);
	run->store = NULL;
	cr_assert_eq(
		credit_store_open(&(struct credit_store_options){.path = temp_dir_path("store"),
					  .keyspaces = names,
					  .keyspace_count = 1,
					  .purpose = "property",
					  .map_size = 1},
			&run->store, NULL),
		CREDIT_OK);
}

/* One operation on rows, in the innermost transaction. */
static void change_or_read(struct run *run)
{
	struct credit_write *write = run->inner ? run->inner : run->outer;
	struct oracle *oracle = run->inner ? &run->at_inner : &run->at_outer;
	struct row row = random_row(run);
	size_t place = oracle_seek(oracle, &row);
	bool there = oracle_has(oracle, place, &row);
	struct credit_bytes value;
	enum credit_error error;

	switch (draw(run, 5)) {
	case 0:
	case 1:
		cr_assert_eq(credit_write_put(write, 0, key_of(&row), value_of(&row)), CREDIT_OK);
		oracle_put(oracle, &row);
		break;
	case 2:
		error = credit_write_append(write, 0, key_of(&row), value_of(&row));
		cr_assert_eq(error, place == oracle->count ? CREDIT_OK : CREDIT_E_EXISTS);
		if (place == oracle->count)
			oracle_put(oracle, &row);
		break;
	case 3:
		error = credit_write_delete(write, 0, key_of(&row));
		cr_assert_eq(error, there ? CREDIT_OK : CREDIT_E_NOT_FOUND);
		if (there)
			oracle_delete(oracle, place);
		break;
	case 4:
		error = credit_write_get(write, 0, key_of(&row), &value);
		cr_assert_eq(error, there ? CREDIT_OK : CREDIT_E_NOT_FOUND);
		if (there)
			check_row(&oracle->row[place], key_of(&row), value);
		break;
	}
}

static void end_inner(struct run *run)
{
	if (draw(run, 2)) {
		cr_assert_eq(credit_write_commit(run->inner), CREDIT_OK);
		run->at_outer = run->at_inner;
	} else {
		credit_write_abort(run->inner);
	}
	run->inner = NULL;
}

static void end_outer(struct run *run)
{
	if (draw(run, 4)) {
		cr_assert_eq(credit_write_commit(run->outer), CREDIT_OK);
		run->committed = run->at_outer;
	} else {
		credit_write_abort(run->outer);
	}
	run->outer = NULL;
	check_committed(run);
}

static void step(struct run *run)
{
	uint64_t what = draw(run, 100);

	if (!run->outer) {
		if (what < 20)
			open_again(run);
		cr_assert_eq(credit_write_begin(run->store, 1 << 16, &run->outer), CREDIT_OK);
		run->at_outer = run->committed;
	} else if (what < 3 && run->inner) {
		end_inner(run);
	} else if (what < 5 && !run->inner) {
		cr_assert_eq(credit_write_nested(run->outer, &run->inner), CREDIT_OK);
		run->at_inner = run->at_outer;
	} else if (what < 7 && !run->inner) {
		end_outer(run);
	} else if (what < 9) {
		check_ranges(run, NULL, run->inner ? run->inner : run->outer,
			run->inner ? &run->at_inner : &run->at_outer);
	} else {
		change_or_read(run);
	}
}

Test(store, random_operations_do_the_same_to_a_sorted_array)
{
	struct run *run = calloc(1, sizeof *run);

	cr_assert_not_null(run);
	open_again(run);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		run->random = seed;
		for (int i = 0; i < STEPS; i++)
			step(run);
	}
	cr_assert_gt(run->committed.count, 100, "the run must have come to something");
	credit_write_abort(run->inner);
	credit_write_abort(run->outer);
	credit_store_close(run->store);
	free(run);
}
