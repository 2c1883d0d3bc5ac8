/* SPDX-License-Identifier: Apache-2.0
 *
 * test_settle.c - what a loss of power leaves of a commit that was not synced yet.
 *
 * Method. The data file is kept as it was when the commit before was on the disk, and as it is after the
 * commit that is not. A loss of power may leave any page of either: such files are put together, by hand and by
 * a draw, in a folder of their own with the note that was there, and opened.
 */
#include "tests/unit/store/store_fixture.h"

#include "store/settled.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(settle, .init = temp_dir_make, .fini = temp_dir_remove);

#define PAGE 4096
#define ROWS 400
#define SEEDS 40

struct file {
	uint8_t *data;
	size_t size;
};

static struct file read_file(const char *folder, const char *name)
{
	char path[512];
	struct file file = {0};
	struct stat status;
	FILE *in;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	cr_assert_eq(stat(path, &status), 0);
	file.size = (size_t)status.st_size;
	file.data = calloc(file.size + 1, 1);
	in = fopen(path, "rb");
	cr_assert(in && file.data);
	cr_assert_eq(fread(file.data, 1, file.size, in), file.size);
	fclose(in);
	return file;
}

static void write_file(const char *folder, const char *name, struct file file)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	out = fopen(path, "wb");
	cr_assert_not_null(out);
	cr_assert_eq(fwrite(file.data, 1, file.size, out), file.size);
	cr_assert_eq(fclose(out), 0);
}

/* Rows all over the tree say `value`, so that every commit touches most pages. */
static void commit_rows(struct credit_store *store, const char *value)
{
	struct credit_write *write = begin_write(store, 0);
	char key[32], text[64];

	for (unsigned i = 0; i < ROWS; i++) {
		snprintf(key, sizeof key, "row %05u", i * 7919 % ROWS);
		snprintf(text, sizeof text, "%s, and more to fill the page with: %u", value, i);
		put_text(write, key, text);
	}
	put_text(write, "all", value);
	cr_ok(credit_write_commit(write));
}

static void no_fault(void *context, uint64_t page, const char *what)
{
	(void)context;
	cr_assert_fail("page %llu: %s", (unsigned long long)page, what);
}

static void no_progress(void *context, uint64_t done, uint64_t total)
{
	(void)context;
	(void)done;
	(void)total;
}

/* The files as they would be met: the pages are sound, every row says `value`, and it goes on from there. */
static void expect(const char *name, struct file data, struct file note, const char *value)
{
	struct credit_store *store;
	char folder[256], key[32];

	snprintf(folder, sizeof folder, "%s", temp_dir_path(name));
	cr_assert_eq(mkdir(folder, 0700), 0);
	write_file(folder, "data.mdb", data);
	if (note.data)
		write_file(folder, SETTLED_NAME, note);
	cr_ok(credit_store_check_pages(folder, NULL, no_fault, no_progress));
	store = open_store(OPTIONS(.path = folder, .settles_later = true));
	cr_assert_str_eq(read_text(store, "all"), value);
	for (unsigned i = 0; i < ROWS; i++) {
		snprintf(key, sizeof key, "row %05u", i);
		cr_assert_eq(strncmp(read_text(store, key), value, strlen(value)), 0);
	}
	commit_rows(store, "after");
	commit_rows(store, "after that");
	credit_store_close(store);
	cr_ok(credit_store_check_pages(folder, NULL, no_fault, no_progress));
	store = open_store(OPTIONS(.path = folder));
	cr_assert_str_eq(read_text(store, "all"), "after that");
	credit_store_close(store);
}

/* `old` with some pages of `new`. */
static struct file mix(struct file old, struct file new, bool (*takes)(size_t page, size_t last))
{
	struct file file = {calloc(new.size, 1), new.size};
	size_t last = new.size / PAGE - 1;

	cr_assert_not_null(file.data);
	memcpy(file.data, old.data, old.size < new.size ? old.size : new.size);
	for (size_t page = 0; page <= last; page++)
		if (takes(page, last))
			memcpy(file.data + page * PAGE, new.data + page *PAGE, PAGE);
	return file;
}

static bool is_meta(size_t page, size_t last)
{
	(void)last;
	return page < 2;
}

static bool by_lot(size_t page, size_t last)
{
	(void)page;
	(void)last;
	return random() % 2;
}

/* Metas come, what they point at by a draw. */
static bool meta_and_by_lot(size_t page, size_t last)
{
	return is_meta(page, last) || by_lot(page, last);
}

/* One commit on the disk and one that is not, after `before` others. */
struct scene {
	struct file old, new, note;
	struct credit_store *store;
	char folder[256];
};

static struct scene set_up(unsigned before)
{
	struct scene scene = {0};

	snprintf(scene.folder, sizeof scene.folder, "%s", temp_dir_path("store"));
	scene.store = open_store(OPTIONS(.settles_later = true));
	for (unsigned i = 0; i < before; i++)
		commit_rows(scene.store, i % 2 ? "odd" : "even");
	commit_rows(scene.store, "on the disk");
	cr_ok(credit_store_settle(scene.store));
	scene.old = read_file(scene.folder, "data.mdb");
	commit_rows(scene.store, "not yet");
	scene.new = read_file(scene.folder, "data.mdb");
	scene.note = read_file(scene.folder, SETTLED_NAME);
	return scene;
}

static void tear_down(struct scene *scene)
{
	credit_store_close(scene->store);
	free(scene->old.data);
	free(scene->new.data);
	free(scene->note.data);
}

Test(settle, a_meta_page_that_came_before_its_pages_is_gone_back_from)
{
	for (unsigned before = 0; before < 4; before++) {
		struct scene scene = set_up(before);
		struct file torn = mix(scene.old, scene.new, is_meta);

		expect("torn", torn, scene.note, "on the disk");
		free(torn.data);
		tear_down(&scene);
		temp_dir_remove();
		temp_dir_make();
	}
}

Test(settle, whatever_part_of_the_commit_came_the_one_before_is_whole)
{
	struct scene scene = set_up(3);
	char name[32];

	srandom(2026);
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct file torn = mix(scene.old, scene.new, seed % 2 ? by_lot : meta_and_by_lot);

		snprintf(name, sizeof name, "torn %u", seed);
		expect(name, torn, scene.note, "on the disk");
		free(torn.data);
	}
	tear_down(&scene);
}

/* Without the note the torn file would be taken for what it says, so the test above asks something. */
Test(settle, without_the_note_the_torn_file_is_no_good)
{
	struct scene scene = set_up(3);
	struct file torn = mix(scene.old, scene.new, is_meta);
	struct credit__meta_pages metas;
	char folder[256];
	unsigned bad;
	int fd;

	snprintf(folder, sizeof folder, "%s", temp_dir_path("torn"));
	cr_assert_eq(mkdir(folder, 0700), 0);
	write_file(folder, "data.mdb", torn);
	fd = open(temp_dir_path("torn/data.mdb"), O_RDONLY);
	cr_ok(credit__meta_pages_read(fd, &metas, &bad));
	close(fd);
	fd = open(folder, O_RDONLY | O_DIRECTORY);
	cr_assert_eq(credit__settled_meta(fd, &metas), metas.newest);
	write_file(folder, SETTLED_NAME, scene.note);
	cr_assert_neq(credit__settled_meta(fd, &metas), metas.newest);
	close(fd);
	free(torn.data);
	tear_down(&scene);
}

Test(settle, a_commit_that_settled_is_not_gone_back_from)
{
	struct scene scene = set_up(2);
	struct file note;

	cr_ok(credit_store_settle(scene.store));
	note = read_file(scene.folder, SETTLED_NAME);
	expect("settled", scene.new, note, "not yet");
	expect("never noted", scene.new, (struct file){0}, "not yet");
	free(note.data);
	tear_down(&scene);
}

Test(settle, a_note_that_cannot_be_read_goes_back)
{
	struct scene scene = set_up(2);

	expect("old note", scene.new, scene.note, "on the disk");
	scene.note.data[3] ^= 1;
	expect("damaged", scene.new, scene.note, "on the disk");
	scene.note.size = 7;
	expect("short", scene.new, scene.note, "on the disk");
	tear_down(&scene);
}

Test(settle, a_commit_waits_for_the_one_before)
{
	struct scene scene = set_up(0);
	struct file before, after, data;

	before = read_file(scene.folder, SETTLED_NAME);
	commit_rows(scene.store, "next");
	after = read_file(scene.folder, SETTLED_NAME);
	cr_assert_neq(memcmp(before.data, after.data, before.size), 0, "what came before is noted");
	data = read_file(scene.folder, "data.mdb");
	expect("next", data, after, "not yet");
	free(data.data);
	free(before.data);
	free(after.data);
	tear_down(&scene);
}

Test(settle, closing_settles)
{
	struct scene scene = set_up(1);

	credit_store_close(scene.store);
	scene.store = open_store(OPTIONS(.settles_later = true));
	cr_assert_str_eq(read_text(scene.store, "all"), "not yet");
	tear_down(&scene);
}

Test(settle, a_process_that_is_killed_loses_nothing_that_settled_and_at_most_the_last_commit)
{
	for (unsigned settles = 0; settles < 2; settles++) {
		struct credit_store *store;
		pid_t child = fork_child();

		if (child == 0) {
			store = open_store(OPTIONS(.settles_later = true));
			commit_rows(store, "first");
			commit_rows(store, "second");
			if (settles)
				cr_ok(credit_store_settle(store));
			kill(getpid(), SIGKILL);
		}
		waitpid(child, NULL, 0);
		store = open_store(OPTIONS(.settles_later = true));
		cr_assert_str_eq(read_text(store, "all"), settles ? "second" : "first");
		credit_store_close(store);
		temp_dir_remove();
		temp_dir_make();
	}
}

Test(settle, a_renewed_file_is_whole_though_it_numbers_its_commits_anew)
{
	struct scene scene = set_up(3);
	struct credit_store *fresh;
	struct file data, note, after;

	cr_ok(credit_store_renewal_begin(scene.store, &fresh));
	for (unsigned i = 0; i < 20; i++)
		commit_rows(fresh, i < 19 ? "filling" : "renewed");
	cr_ok(credit_store_renewal_swap(scene.store, fresh));
	data = read_file(scene.folder, "data.mdb");
	note = read_file(scene.folder, SETTLED_NAME);
	expect("as noted", data, note, "renewed");
	commit_rows(scene.store, "after it");
	after = read_file(scene.folder, "data.mdb");
	expect("not settled", after, note, "renewed");
	free(after.data);
	cr_ok(credit_store_renewal_end(scene.store, NULL));
	free(data.data);
	free(note.data);
	tear_down(&scene);
}
