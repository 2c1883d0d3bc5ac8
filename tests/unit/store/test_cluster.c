/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cluster.c - keyspaces whose rows lie in one tree are to their callers as if each had its own.
 */
#include "tests/unit/store/store_fixture.h"

#include <stdio.h>

TestSuite(store_cluster, .init = temp_dir_make, .fini = temp_dir_remove);

#define COMMON 3
#define SIDE 2 /* of each keyspace, beside FIRST and SECOND, which share a tree */
#define KEYSPACES 3

static const char *const three[] = {"first", "second", "side"};
static const uint8_t numbers[KEYSPACES] = {[FIRST] = 7, [SECOND] = 3};

#define SHARED(...) \
	OPTIONS(.keyspaces = three, .keyspace_count = KEYSPACES, .clustered = numbers, \
		.cluster_key = COMMON, __VA_ARGS__)

static void put_in(
	struct credit_write *write, unsigned keyspace, const char *key, const char *value)
{
	cr_ok(credit_write_put(write, keyspace, credit_bytes_of(key), credit_bytes_of(value)));
}

/* Some rows of two things in both, one thing in each alone, and a neighbour tree with the same keys. */
static struct credit_store *fill(void)
{
	struct credit_store *store = open_store(SHARED(.map_size = 0));
	struct credit_write *write = begin_write(store, 0);

	put_in(write, FIRST, "bbb", "first b");
	put_in(write, FIRST, "aaa", "first a");
	put_in(write, SECOND, "bbb2", "second b2");
	put_in(write, SECOND, "bbb1", "second b1");
	put_in(write, SECOND, "aaa", "second a");
	put_in(write, FIRST, "ccc", "first c");
	put_in(write, SECOND, "ddd9", "second d9");
	put_in(write, SIDE, "bbb", "side b");
	cr_ok(credit_write_commit(write));
	return store;
}

/* Keys that the cursor meets from `from` on, each with a space behind it. */
static const char *keys(struct credit_store *store, unsigned keyspace, const char *within,
	const char *from, bool wide)
{
	static char text[256];
	struct credit_reader *reader = new_reader(store);
	struct credit_bytes key, value;
	struct credit_cursor *cursor;
	size_t size = 0;

	cr_ok(credit_read_begin(reader));
	cr_ok(credit_cursor_open(reader, NULL, keyspace, &cursor));
	if (within)
		credit_cursor_within(cursor, credit_bytes_of(within));
	if (wide)
		credit_cursor_widen(cursor);
	text[0] = '\0';
	for (enum credit_error error =
			credit_cursor_seek(cursor, credit_bytes_of(from), &key, &value);
		error != CREDIT_E_NOT_FOUND; error = credit_cursor_next(cursor, &key, &value)) {
		cr_ok(error);
		size += (size_t)snprintf(text + size, sizeof text - size, "%s%.*s ",
			wide ? three[credit_cursor_keyspace(cursor)] : "", (int)key.size,
			(const char *)key.data);
	}
	credit_cursor_close(cursor);
	credit_read_end(reader);
	credit_reader_free(reader);
	return text;
}

Test(store_cluster, each_keyspace_has_its_own_rows_in_order)
{
	struct credit_store *store = fill();

	cr_expect_str_eq(keys(store, FIRST, NULL, "", false), "aaa bbb ccc ");
	cr_expect_str_eq(keys(store, SECOND, NULL, "", false), "aaa bbb1 bbb2 ddd9 ");
	cr_expect_str_eq(keys(store, SIDE, NULL, "", false), "bbb ");
	cr_expect_str_eq(keys(store, SECOND, NULL, "bbb2", false), "bbb2 ddd9 ");
	cr_expect_str_eq(keys(store, SECOND, NULL, "b", false), "bbb1 bbb2 ddd9 ", "a shorter key");
	cr_expect_str_eq(keys(store, FIRST, NULL, "bbb0", false), "ccc ");
	credit_store_close(store);
}

Test(store_cluster, a_bounded_cursor_stops_where_the_next_thing_begins)
{
	struct credit_store *store = fill();

	cr_expect_str_eq(keys(store, SECOND, "bbb", "bbb", false), "bbb1 bbb2 ");
	cr_expect_str_eq(keys(store, SECOND, "bbb", "bbb2", false), "bbb2 ");
	cr_expect_str_eq(keys(store, SECOND, "ccc", "ccc", false), "");
	cr_expect_str_eq(keys(store, FIRST, "ddd", "ddd", false), "");
	cr_expect_str_eq(
		keys(store, SIDE, "bbb", "bbb", false), "bbb ", "which has a tree of its own");
	credit_store_close(store);
}

Test(store_cluster, a_wide_cursor_meets_all_in_the_order_of_the_tree)
{
	struct credit_store *store = fill();

	cr_expect_str_eq(keys(store, FIRST, NULL, "", true),
		"secondaaa firstaaa secondbbb1 secondbbb2 firstbbb firstccc secondddd9 ");
	cr_expect_str_eq(keys(store, SIDE, NULL, "", true), "sidebbb ");
	cr_expect_eq(credit_store_leader(store, FIRST), FIRST);
	cr_expect_eq(credit_store_leader(store, SECOND), FIRST);
	cr_expect_eq(credit_store_leader(store, SIDE), SIDE);
	credit_store_close(store);
}

Test(store_cluster, the_last_row_is_that_of_the_keyspace)
{
	struct credit_store *store = fill();
	struct credit_reader *reader = new_reader(store);
	struct credit_bytes key, value;
	struct credit_cursor *cursor;

	cr_ok(credit_read_begin(reader));
	cr_ok(credit_cursor_open(reader, NULL, FIRST, &cursor));
	cr_ok(credit_cursor_last(cursor, &key, &value));
	cr_expect(is_text(key, "ccc") && is_text(value, "first c"));
	credit_cursor_close(cursor);
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_store_close(store);
}

Test(store_cluster, rows_are_found_overwritten_and_deleted_by_themselves)
{
	struct credit_store *store = fill();
	struct credit_write *write = begin_write(store, 0);
	struct credit_bytes value;

	cr_ok(credit_write_get(write, FIRST, credit_bytes_of("bbb"), &value));
	cr_expect(is_text(value, "first b"));
	cr_error(credit_write_get(write, SECOND, credit_bytes_of("bbb"), &value), NOT_FOUND);
	put_in(write, SECOND, "aaa", "second a again");
	cr_ok(credit_write_delete(write, FIRST, credit_bytes_of("aaa")));
	cr_error(credit_write_delete(write, FIRST, credit_bytes_of("ddd")), NOT_FOUND);
	cr_ok(credit_write_get(write, SECOND, credit_bytes_of("aaa"), &value));
	cr_expect(is_text(value, "second a again"));
	cr_error(credit_write_clear(write, FIRST), INTERNAL);
	cr_ok(credit_write_clear(write, SIDE));
	cr_ok(credit_write_commit(write));
	cr_expect_str_eq(keys(store, FIRST, NULL, "", false), "bbb ccc ");
	cr_expect_str_eq(keys(store, SIDE, NULL, "", false), "");
	credit_store_close(store);
}

Test(store_cluster, a_key_without_room_for_the_common_beginning_is_a_defect)
{
	struct credit_store *store = fill();
	struct credit_write *write = begin_write(store, 0);
	uint8_t longest[CREDIT_KEY_MAX];
	struct credit_bytes key = {longest, sizeof longest}, value;

	memset(longest, 'x', sizeof longest);
	cr_error(credit_write_put(write, FIRST, credit_bytes_of("bb"), key), INTERNAL);
	cr_error(credit_write_get(write, FIRST, credit_bytes_of("bb"), &value), INTERNAL);
	cr_error(credit_write_put(write, FIRST, key, credit_bytes_of("")), INTERNAL);
	key.size--;
	cr_ok(credit_write_put(write, FIRST, key, credit_bytes_of("long")));
	cr_ok(credit_write_get(write, FIRST, key, &value));
	cr_expect(is_text(value, "long"));
	cr_ok(credit_write_commit(write));
	credit_store_close(store);
}

Test(store_cluster, an_older_layout_is_refused_and_not_raised)
{
	struct credit_problem problem = {0};
	struct credit_store *store;

	credit_store_close(open_store(OPTIONS(.format = 3)));
	cr_error(credit_store_open(OPTIONS(.format = 5, .format_oldest = 4), &store, &problem),
		STORE_FORMAT_OLDER);
	cr_expect_not_null(strstr(problem.detail, "format 3"));
	credit_store_close(open_store(OPTIONS(.format = 5, .format_oldest = 3)));
	credit_store_close(open_store(OPTIONS(.format = 5, .format_oldest = 4)));
}
