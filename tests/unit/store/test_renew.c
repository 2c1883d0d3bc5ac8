/* SPDX-License-Identifier: Apache-2.0
 *
 * test_renew.c - a new data file in the place of the old: rows, readers, and what is left on disk.
 *
 * Bytes are looked for in every file below the store's folder. What a kill between two steps leaves
 * is laid out by hand here; tests/functional/test_erase.py kills the real daemon at each step.
 */
#include "tests/unit/store/store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET "a secret of some length that is nowhere else"

TestSuite(store_renew, .init = temp_dir_make, .fini = temp_dir_remove);

static bool file_holds(const char *path, const char *text)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	bool found = false;
	char *all;

	if (!file)
		return false;
	cr_assert_eq(fstat(fileno(file), &status), 0);
	all = malloc((size_t)status.st_size + 1);
	cr_assert_not_null(all);
	cr_assert_eq(fread(all, 1, (size_t)status.st_size, file), (size_t)status.st_size);
	found = memmem(all, (size_t)status.st_size, text, strlen(text)) != NULL;
	free(all);
	fclose(file);
	return found;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static const char *in_store(const char *name)
{
	static char path[4][512];
	static unsigned next;
	char *text = path[next++ % 4];

	snprintf(text, 512, "%s/%s", temp_dir_path("store"), name);
	return text;
}

static void copy_row(struct credit_store *from, struct credit_store *to, const char *key)
{
	commit_text(to, key, read_text(from, key));
}

/* Rows "kept" and "gone", the latter deleted again; more rows make pages split. */
static struct credit_store *make_store(void)
{
	struct credit_store *store = open_store(OPTIONS(.readers_max = 8));
	struct credit_write *write;
	char key[16];

	commit_text(store, "kept", "this stays");
	commit_text(store, "gone", SECRET);
	write = begin_write(store, 1 << 20);
	for (unsigned i = 0; i < 500; i++) {
		snprintf(key, sizeof key, "row %03u", i);
		put_text(write, key, "filling");
	}
	cr_ok(credit_write_delete(write, FIRST, credit_bytes_of("gone")));
	cr_ok(credit_write_commit(write));
	return store;
}

Test(store_renew, deleted_bytes_stay_in_the_file_until_it_is_renewed)
{
	struct credit_store *store = make_store(), *fresh = NULL;

	cr_assert(file_holds(in_store("data.mdb"), SECRET), "else there is nothing to test");
	cr_ok(credit_store_renewal_begin(store, &fresh));
	copy_row(store, fresh, "kept");
	cr_ok(credit_store_renewal_swap(store, fresh));
	cr_expect(file_holds(in_store("data.mdb.old"), SECRET), "not destroyed yet");
	cr_ok(credit_store_renewal_end(store, NULL));
	cr_expect_not(file_holds(in_store("data.mdb"), SECRET));
	cr_expect_not(exists(in_store("data.mdb.old")));
	cr_expect_not(exists(in_store("new")));
	cr_expect_str_eq(read_text(store, "kept"), "this stays");
	cr_expect_null(read_text(store, "row 001"), "only what was copied is there");
	commit_text(store, "later", "still writable");
	credit_store_close(store);
	store = open_store(OPTIONS());
	cr_expect_str_eq(read_text(store, "later"), "still writable");
	credit_store_close(store);
}

Test(store_renew, the_old_file_is_overwritten_before_it_is_unlinked)
{
	struct credit_store *store = make_store(), *fresh = NULL;
	char all[65536];
	ssize_t got;
	int fd;

	cr_ok(credit_store_renewal_begin(store, &fresh));
	cr_ok(credit_store_renewal_swap(store, fresh));
	/* A descriptor keeps the file's blocks within sight after it has lost its name. */
	fd = open(in_store("data.mdb.old"), O_RDONLY);
	cr_assert_geq(fd, 0);
	cr_ok(credit_store_renewal_end(store, NULL));
	got = read(fd, all, sizeof all);
	cr_assert_gt(got, 0);
	for (ssize_t i = 0; i < got; i++)
		cr_assert_eq(all[i], 0, "byte %zd", i);
	close(fd);
	credit_store_close(store);
}

Test(store_renew, a_reader_begun_before_goes_on_with_the_new_rows)
{
	struct credit_store *store = make_store(), *fresh = NULL;
	struct credit_reader *reader = new_reader(store);
	struct credit_bytes value;

	cr_ok(credit_read_begin(reader));
	cr_ok(credit_read_get(reader, FIRST, credit_bytes_of("row 001"), &value));
	credit_read_end(reader);
	cr_ok(credit_store_renewal_begin(store, &fresh));
	copy_row(store, fresh, "kept");
	cr_ok(credit_store_renewal_swap(store, fresh));
	cr_ok(credit_store_renewal_end(store, NULL));
	cr_ok(credit_read_begin(reader));
	cr_error(credit_read_get(reader, FIRST, credit_bytes_of("row 001"), &value), NOT_FOUND);
	cr_ok(credit_read_get(reader, FIRST, credit_bytes_of("kept"), &value));
	cr_expect(is_text(value, "this stays"));
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_store_close(store);
}

Test(store_renew, an_abandoned_copy_leaves_the_store_as_it_was)
{
	struct credit_store *store = make_store(), *fresh = NULL;

	cr_ok(credit_store_renewal_begin(store, &fresh));
	copy_row(store, fresh, "kept");
	cr_ok(credit_store_renewal_end(store, fresh));
	cr_expect_not(exists(in_store("new")));
	cr_expect_str_eq(read_text(store, "row 001"), "filling");
	credit_store_close(store);
}

Test(store_renew, a_write_of_the_same_thread_forbids_the_swap)
{
	struct credit_store *store = make_store(), *fresh = NULL;
	struct credit_write *write;

	cr_ok(credit_store_renewal_begin(store, &fresh));
	write = begin_write(store, 0);
	cr_error(credit_store_renewal_swap(store, fresh), BUSY);
	credit_write_abort(write);
	cr_ok(credit_store_renewal_end(store, NULL));
	cr_expect_str_eq(read_text(store, "kept"), "this stays");
	credit_store_close(store);
}

/* --- what a kill leaves ------------------------------------------------------------------------ */

Test(store_renew, a_second_name_of_the_file_in_use_is_only_unlinked)
{
	credit_store_close(make_store());
	cr_assert_eq(link(in_store("data.mdb"), in_store("data.mdb.old")), 0);
	struct credit_store *store = open_store(OPTIONS());
	cr_expect_not(exists(in_store("data.mdb.old")));
	cr_expect_str_eq(read_text(store, "kept"), "this stays");
	credit_store_close(store);
}

Test(store_renew, an_old_file_and_a_copy_are_destroyed_at_the_next_opening)
{
	struct credit_store *store = make_store(), *fresh = NULL;

	cr_ok(credit_store_renewal_begin(store, &fresh));
	copy_row(store, fresh, "kept");
	cr_ok(credit_store_renewal_swap(store, fresh));
	cr_assert(exists(in_store("data.mdb.old")));
	cr_assert(exists(in_store("new")));
	credit_store_close(store);
	store = open_store(OPTIONS());
	cr_expect_not(exists(in_store("data.mdb.old")));
	cr_expect_not(exists(in_store("new")));
	cr_expect_str_eq(read_text(store, "kept"), "this stays");
	credit_store_close(store);
}

Test(store_renew, an_old_file_alone_is_no_leftover_and_is_not_destroyed)
{
	struct credit_store *store = NULL;
	struct credit_problem problem;

	credit_store_close(make_store());
	cr_assert_eq(rename(in_store("data.mdb"), in_store("data.mdb.old")), 0);
	cr_error(credit_store_open(OPTIONS(), &store, &problem), NOT_FOUND);
	cr_expect(file_holds(in_store("data.mdb.old"), "this stays"));
}

Test(store_renew, destroying_a_store_removes_its_folder)
{
	credit_store_close(make_store());
	cr_ok(credit_store_destroy(temp_dir_path("store")));
	cr_expect_not(exists(temp_dir_path("store")));
	cr_ok(credit_store_destroy(temp_dir_path("store")));
}
