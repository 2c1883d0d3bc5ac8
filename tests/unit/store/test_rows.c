/* SPDX-License-Identifier: Apache-2.0
 *
 * test_rows.c - get, put, append, delete and ranges; outer and inner transactions.
 */
#include "tests/unit/store/store_fixture.h"

#include <stdio.h>

TestSuite(store, .init = temp_dir_make, .fini = temp_dir_remove);

/* The keys of a keyspace in order, each followed by a blank. */
static const char *keys_in_order(struct credit_reader *reader, struct credit_write *write)
{
	static char text[256];
	struct credit_cursor *cursor = NULL;
	struct credit_bytes key, value;
	enum credit_error error;
	size_t used = 0;

	cr_ok(credit_cursor_open(reader, write, FIRST, &cursor));
	error = credit_cursor_seek(cursor, (struct credit_bytes){0}, &key, &value);
	while (error == CREDIT_OK) {
		memcpy(text + used, key.data, key.size);
		used += key.size;
		text[used++] = ' ';
		error = credit_cursor_next(cursor, &key, &value);
	}
	cr_assert_eq(error, CREDIT_E_NOT_FOUND);
	text[used] = 0;
	credit_cursor_close(cursor);
	return text;
}

Test(store, keys_sort_as_unsigned_bytes_and_shorter_first)
{
	static const uint8_t key[][2] = {{0x80, 0}, {0x7f, 0xff}, {0, 0}, {0xff, 0xff}, {0, 1}};
	static const uint8_t sorted[] = {0, 0, 0, 0, 1, 0x7f, 0xff, 0x80, 0, 0xff, 0xff};
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0);
	struct credit_cursor *cursor = NULL;
	struct credit_bytes k, v;
	uint8_t seen[sizeof sorted];
	size_t used = 0;

	for (size_t i = 0; i < 5; i++)
		cr_ok(credit_write_put(
			write, FIRST, (struct credit_bytes){key[i], 2}, (struct credit_bytes){0}));
	cr_ok(credit_write_put(
		write, FIRST, (struct credit_bytes){key[2], 1}, (struct credit_bytes){0}));
	cr_ok(credit_cursor_open(NULL, write, FIRST, &cursor));
	for (enum credit_error e = credit_cursor_seek(cursor, (struct credit_bytes){0}, &k, &v);
		e == CREDIT_OK; e = credit_cursor_next(cursor, &k, &v)) {
		cr_assert_leq(used + k.size, sizeof seen);
		memcpy(seen + used, k.data, k.size);
		used += k.size;
	}
	credit_cursor_close(cursor);
	cr_assert_eq(used, sizeof sorted);
	cr_assert_arr_eq(seen, sorted, sizeof sorted);
	credit_write_abort(write);
	credit_store_close(store);
}

/* Keys as long as a code, a task's or a longer one, that part at one byte or end before it. */
Test(store, long_keys_sort_by_the_byte_at_which_they_part)
{
	enum {
		LONGEST = 35
	};
	struct credit_store *store = open_store(OPTIONS(0));
	struct credit_write *write = begin_write(store, 0);
	struct credit_cursor *cursor = NULL;
	struct credit_bytes key, value, before = {0};
	uint8_t memory[LONGEST], last[LONGEST];
	unsigned count = 0;

	for (size_t part = 0; part < LONGEST; part++) {
		memset(memory, 0x7f, sizeof memory);
		cr_ok(credit_write_put(
			write, FIRST, (struct credit_bytes){memory, part + 1}, before));
		memory[part] = 0x80;
		cr_ok(credit_write_put(
			write, FIRST, (struct credit_bytes){memory, LONGEST}, before));
		memory[part] = 0x01;
		cr_ok(credit_write_put(
			write, FIRST, (struct credit_bytes){memory, LONGEST}, before));
	}
	cr_ok(credit_cursor_open(NULL, write, FIRST, &cursor));
	for (enum credit_error e =
			credit_cursor_seek(cursor, (struct credit_bytes){0}, &key, &value);
		e == CREDIT_OK; e = credit_cursor_next(cursor, &key, &value)) {
		size_t both = key.size < before.size ? key.size : before.size;
		int order = both ? memcmp(before.data, key.data, both) : -1;

		cr_assert(order < 0 || (order == 0 && before.size < key.size), "key %u", count);
		memcpy(last, key.data, key.size);
		before = (struct credit_bytes){last, key.size};
		count++;
	}
	credit_cursor_close(cursor);
	cr_assert_eq(count, 3 * LONGEST);
	credit_write_abort(write);
	credit_store_close(store);
}

Test(store, seek_finds_the_first_key_not_less_and_last_the_greatest)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_reader *reader = new_reader(store);
	struct credit_cursor *cursor = NULL;
	struct credit_bytes key, value;

	commit_text(store, "b", "1");
	commit_text(store, "d", "2");
	cr_ok(credit_read_begin(reader));
	cr_ok(credit_cursor_open(reader, NULL, FIRST, &cursor));
	cr_ok(credit_cursor_seek(cursor, credit_bytes_of("b"), &key, &value));
	cr_assert(is_text(key, "b") && is_text(value, "1"));
	cr_ok(credit_cursor_seek(cursor, credit_bytes_of("c"), &key, &value));
	cr_assert(is_text(key, "d") && is_text(value, "2"));
	cr_error(credit_cursor_seek(cursor, credit_bytes_of("e"), &key, &value), NOT_FOUND);
	cr_assert(is_text(key, "d"), "outputs are untouched on failure");
	cr_ok(credit_cursor_last(cursor, &key, &value));
	cr_assert(is_text(key, "d"));
	cr_error(credit_cursor_next(cursor, &key, &value), NOT_FOUND);
	credit_cursor_close(cursor);
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_store_close(store);
}

Test(store, ranges_of_an_empty_keyspace_find_nothing)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0);
	struct credit_cursor *cursor = NULL;
	struct credit_bytes key, value;

	cr_ok(credit_cursor_open(NULL, write, FIRST, &cursor));
	cr_error(credit_cursor_seek(cursor, (struct credit_bytes){0}, &key, &value), NOT_FOUND);
	cr_error(credit_cursor_last(cursor, &key, &value), NOT_FOUND);
	credit_cursor_close(cursor);
	credit_write_abort(write);
	credit_store_close(store);
}

Test(store, the_row_under_a_cursor_may_be_deleted_while_walking)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0);
	struct credit_cursor *cursor = NULL;
	struct credit_bytes key, value;
	char text[16], seen[64] = "";

	for (int i = 0; i < 6; i++) {
		snprintf(text, sizeof text, "%d", i);
		put_text(write, text, "");
	}
	cr_ok(credit_cursor_open(NULL, write, FIRST, &cursor));
	for (enum credit_error e =
			credit_cursor_seek(cursor, (struct credit_bytes){0}, &key, &value);
		e == CREDIT_OK; e = credit_cursor_next(cursor, &key, &value)) {
		snprintf(text, sizeof text, "%.*s", (int)key.size, (const char *)key.data);
		memcpy(seen + strlen(seen), text, strlen(text) + 1);
		if (text[0] % 2 == 0)
			cr_ok(credit_write_delete(write, FIRST, credit_bytes_of(text)));
	}
	credit_cursor_close(cursor);
	cr_assert_str_eq(seen, "012345");
	cr_assert_str_eq(keys_in_order(NULL, write), "1 3 5 ");
	credit_write_abort(write);
	credit_store_close(store);
}

Test(store, put_replaces_and_delete_says_what_was_not_there)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0);
	struct credit_bytes value;

	put_text(write, "key", "old");
	put_text(write, "key", "new");
	cr_ok(credit_write_get(write, FIRST, credit_bytes_of("key"), &value));
	cr_assert(is_text(value, "new"));
	cr_ok(credit_write_delete(write, FIRST, credit_bytes_of("key")));
	cr_error(credit_write_delete(write, FIRST, credit_bytes_of("key")), NOT_FOUND);
	cr_error(credit_write_get(write, FIRST, credit_bytes_of("key"), &value), NOT_FOUND);
	put_text(write, "after a plain no", "the transaction goes on");
	cr_ok(credit_write_commit(write));
	cr_assert_str_eq(read_text(store, "after a plain no"), "the transaction goes on");
	credit_store_close(store);
}

Test(store, a_keyspace_that_is_cleared_is_empty_and_the_others_stay)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0), *inner = NULL;
	struct credit_bytes value;

	put_text(write, "key", "value");
	cr_ok(credit_write_put(write, SECOND, credit_bytes_of("other"), credit_bytes_of("value")));
	cr_ok(credit_write_commit(write));
	write = begin_write(store, 0);
	put_text(write, "new", "value");
	cr_ok(credit_write_nested(write, &inner));
	cr_error(credit_write_clear(inner, FIRST), INTERNAL);
	credit_write_abort(inner);
	cr_ok(credit_write_clear(write, FIRST));
	cr_assert_str_eq(keys_in_order(NULL, write), "");
	cr_ok(credit_write_get(write, SECOND, credit_bytes_of("other"), &value));
	put_text(write, "again", "the keyspace is there");
	cr_ok(credit_write_commit(write));
	cr_assert_str_eq(read_text(store, "again"), "the keyspace is there");
	credit_store_close(store);
}

Test(store, a_key_in_one_keyspace_is_not_in_the_other)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0);
	struct credit_bytes value;

	put_text(write, "key", "value");
	cr_error(credit_write_get(write, SECOND, credit_bytes_of("key"), &value), NOT_FOUND);
	credit_write_abort(write);
	credit_store_close(store);
}

Test(store, keys_of_1_to_511_bytes_and_values_from_none_to_many_pages)
{
	static const size_t sizes[] = {0, 1, 511, 2000, 4096, 300000};
	uint8_t data[300000];
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0);
	struct credit_bytes key = {data, CREDIT_KEY_MAX}, value;

	memset(data, 7, sizeof data);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		cr_ok(credit_write_put(write, FIRST, key, (struct credit_bytes){data, sizes[i]}));
		cr_ok(credit_write_get(write, FIRST, key, &value));
		cr_assert(credit_bytes_equal(value, (struct credit_bytes){data, sizes[i]}));
	}
	key.size = CREDIT_KEY_MAX + 1;
	cr_error(credit_write_put(write, FIRST, key, value), INTERNAL);
	key.size = 0;
	cr_error(credit_write_put(write, FIRST, key, value), INTERNAL);
	cr_error(credit_write_get(write, FIRST, key, &value), INTERNAL);
	cr_ok(credit_write_commit(write));
	credit_store_close(store);
}

Test(store, a_keyspace_that_does_not_exist_is_a_defect_of_the_caller)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0);
	struct credit_bytes key = credit_bytes_of("key"), value;
	struct credit_cursor *cursor = NULL;

	cr_error(credit_write_put(write, 2, key, key), INTERNAL);
	cr_error(credit_write_delete(write, 2, key), INTERNAL);
	cr_error(credit_write_get(write, 2, key, &value), INTERNAL);
	cr_error(credit_cursor_open(NULL, write, 2, &cursor), INTERNAL);
	cr_assert_null(cursor);
	credit_write_abort(write);
	credit_store_close(store);
}

Test(store, append_out_of_order_is_refused_and_the_transaction_goes_on)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0);
	struct credit_bytes empty = {0};

	cr_ok(credit_write_append(write, FIRST, credit_bytes_of("b"), empty));
	cr_error(credit_write_append(write, FIRST, credit_bytes_of("a"), empty), EXISTS);
	cr_error(credit_write_append(write, FIRST, credit_bytes_of("b"), empty), EXISTS);
	cr_ok(credit_write_append(write, FIRST, credit_bytes_of("c"), empty));
	cr_assert_str_eq(keys_in_order(NULL, write), "b c ");
	cr_ok(credit_write_commit(write));
	credit_store_close(store);
}

Test(store, a_read_sees_the_last_commit_and_nothing_later)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_reader *reader = new_reader(store);
	struct credit_bytes before, after;

	commit_text(store, "key", "one");
	cr_ok(credit_read_begin(reader));
	cr_ok(credit_read_get(reader, FIRST, credit_bytes_of("key"), &before));
	for (int i = 0; i < 10; i++)
		commit_text(store, "key", "two");
	cr_ok(credit_read_get(reader, FIRST, credit_bytes_of("key"), &after));
	cr_assert(is_text(after, "one"));
	cr_assert(is_text(before, "one"), "the view lives as long as its transaction");
	credit_read_end(reader);
	cr_ok(credit_read_begin(reader));
	cr_ok(credit_read_get(reader, FIRST, credit_bytes_of("key"), &after));
	cr_assert(is_text(after, "two"));
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_store_close(store);
}

/* How far a row rewritten many times makes the file grow, while a reader that has ended lies idle. */
static uint64_t growth_beside(struct credit_store *store, struct credit_reader *idle)
{
	uint64_t used[2], map;

	for (int i = 0; i < 60; i++) {
		if (i == 20) /* by now pages are used again */
			credit_store_size(store, &used[0], &map);
		cr_ok(credit_read_begin(idle));
		credit_read_end(idle);
		for (int j = 0; j < 5; j++)
			commit_text(store, "key", j % 2 ? "one" : "another");
	}
	credit_store_size(store, &used[1], &map);
	return used[1] - used[0];
}

Test(store, reads_between_two_commits_share_one_snapshot_and_a_commit_ends_it)
{
	struct credit_store *store = open_store(OPTIONS(0));
	struct credit_reader *reader = new_reader(store);
	struct credit_bytes first, again;
	uint64_t snapshot;

	commit_text(store, "key", "before");
	cr_ok(credit_read_begin(reader));
	snapshot = credit_read_snapshot(reader);
	cr_ok(credit_read_get(reader, FIRST, credit_bytes_of("key"), &first));
	credit_read_end(reader);
	cr_ok(credit_read_begin(reader));
	cr_assert_eq(credit_read_snapshot(reader), snapshot);
	cr_ok(credit_read_get(reader, FIRST, credit_bytes_of("key"), &again));
	cr_assert_eq(again.data, first.data, "the bytes lie where they lay");
	credit_read_end(reader);
	commit_text(store, "key", "after");
	cr_ok(credit_read_begin(reader));
	cr_assert_neq(credit_read_snapshot(reader), snapshot);
	cr_ok(credit_read_get(reader, FIRST, credit_bytes_of("key"), &again));
	cr_assert(is_text(again, "after"));
	/* A commit while it reads: the next read is a later one too. */
	snapshot = credit_read_snapshot(reader);
	commit_text(store, "key", "later");
	credit_read_end(reader);
	cr_ok(credit_read_begin(reader));
	cr_assert_neq(credit_read_snapshot(reader), snapshot);
	cr_ok(credit_read_get(reader, FIRST, credit_bytes_of("key"), &again));
	cr_assert(is_text(again, "later"));
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_store_close(store);
}

Test(store, a_reader_that_has_ended_pins_no_pages)
{
	struct credit_store *store = open_store(OPTIONS(0));
	struct credit_reader *idle = new_reader(store);

	cr_assert_eq(growth_beside(store, idle), 0);
	credit_reader_free(idle);
	credit_store_close(store);
}

Test(store, a_write_sees_its_own_rows_and_readers_do_not_before_the_commit)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0);
	struct credit_bytes value;

	put_text(write, "key", "value");
	cr_ok(credit_write_get(write, FIRST, credit_bytes_of("key"), &value));
	cr_assert_null(read_text(store, "key"));
	cr_ok(credit_write_commit(write));
	cr_assert_str_eq(read_text(store, "key"), "value");
	credit_store_close(store);
}

Test(store, abort_drops_everything)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0);

	put_text(write, "key", "value");
	credit_write_abort(write);
	cr_assert_null(read_text(store, "key"));
	credit_write_abort(NULL);
	credit_store_close(store);
}

Test(store, an_inner_commit_hands_over_and_an_inner_abort_drops)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *outer = begin_write(store, 0), *inner = NULL;

	put_text(outer, "a", "outer");
	cr_ok(credit_write_nested(outer, &inner));
	put_text(inner, "b", "dropped");
	put_text(inner, "a", "dropped");
	credit_write_abort(inner);
	cr_ok(credit_write_nested(outer, &inner));
	put_text(inner, "c", "kept");
	cr_ok(credit_write_commit(inner));
	cr_assert_null(read_text(store, "c"), "not before the outer commit");
	cr_ok(credit_write_commit(outer));
	cr_assert_str_eq(read_text(store, "a"), "outer");
	cr_assert_null(read_text(store, "b"));
	cr_assert_str_eq(read_text(store, "c"), "kept");
	credit_store_close(store);
}

Test(store, an_outer_abort_drops_what_an_inner_commit_handed_over)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *outer = begin_write(store, 0), *inner = NULL;

	cr_ok(credit_write_nested(outer, &inner));
	put_text(inner, "a", "value");
	cr_ok(credit_write_commit(inner));
	credit_write_abort(outer);
	cr_assert_null(read_text(store, "a"));
	credit_store_close(store);
}

Test(store, nesting_is_one_level_deep_and_one_at_a_time)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *outer = begin_write(store, 0), *inner = NULL, *third = NULL;

	cr_ok(credit_write_nested(outer, &inner));
	cr_error(credit_write_nested(inner, &third), BUSY);
	cr_error(credit_write_nested(outer, &third), BUSY);
	cr_assert_null(third);
	credit_write_abort(inner);
	credit_write_abort(outer);
	credit_store_close(store);
}

Test(store, a_thread_that_begins_twice_is_told_so_instead_of_waiting_for_itself)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = begin_write(store, 0), *second = NULL;
	struct credit_reader *reader = new_reader(store);

	cr_error(credit_write_begin(store, 0, &second), BUSY);
	credit_write_abort(write);
	cr_ok(credit_read_begin(reader));
	cr_error(credit_read_begin(reader), BUSY);
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_store_close(store);
}
