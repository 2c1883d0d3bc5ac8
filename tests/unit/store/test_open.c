/* SPDX-License-Identifier: Apache-2.0
 *
 * test_open.c - what a store refuses to open, who may hold it, and what opening clears away.
 */
#include "tests/unit/store/store_fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static enum credit_error open_error(
	const struct credit_store_options *options, struct credit_problem *problem)
{
	struct credit_store *store = NULL;
	enum credit_error error = credit_store_open(options, &store, problem);

	cr_assert(error == CREDIT_OK || store == NULL, "outputs are untouched on failure");
	credit_store_close(store);
	return error;
}

Test(store, a_new_store_is_private_to_its_owner)
{
	struct stat status;

	credit_store_close(open_store(OPTIONS()));
	cr_assert_eq(stat(temp_dir_path("store"), &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0700);
	cr_assert_eq(stat(temp_dir_path("store/data.mdb"), &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0600);
}

Test(store, rows_are_there_after_closing_and_opening_again)
{
	struct credit_store *store = open_store(OPTIONS());

	commit_text(store, "key", "value");
	credit_store_close(store);
	store = open_store(OPTIONS());
	cr_assert_str_eq(read_text(store, "key"), "value");
	credit_store_close(store);
}

Test(store, a_newer_format_is_refused_and_the_message_names_both)
{
	struct credit_problem problem = {0};

	credit_store_close(open_store(OPTIONS(.format = 7)));
	cr_error(open_error(OPTIONS(.format = 6), &problem), STORE_FORMAT_NEWER);
	cr_assert(strstr(problem.detail, "format 7"), "%s", problem.detail);
	cr_assert(strstr(problem.detail, "known is 6"), "%s", problem.detail);
	cr_ok(open_error(OPTIONS(.format = 7), NULL));
}

Test(store, an_older_format_is_raised_by_opening_for_writing_only)
{
	credit_store_close(open_store(OPTIONS(.format = 1)));
	cr_ok(open_error(OPTIONS(.format = 2, .read_only = true), NULL));
	cr_ok(open_error(OPTIONS(.format = 1), NULL));
	cr_ok(open_error(OPTIONS(.format = 2), NULL));
	cr_error(open_error(OPTIONS(.format = 1), NULL), STORE_FORMAT_NEWER);
}

Test(store, another_purpose_is_refused_also_when_one_begins_like_the_other)
{
	credit_store_close(open_store(OPTIONS(.purpose = "credit journal")));
	cr_error(open_error(OPTIONS(.purpose = "credit state"), NULL), STORE_NOT_OURS);
	cr_error(open_error(OPTIONS(.purpose = "credit"), NULL), STORE_NOT_OURS);
	cr_error(open_error(OPTIONS(.purpose = "credit journals"), NULL), STORE_NOT_OURS);
}

Test(store, a_file_that_is_no_database_is_refused_and_left_alone)
{
	char text[64] = "";
	FILE *file;

	cr_assert_eq(mkdir(temp_dir_path("store"), 0700), 0);
	file = fopen(temp_dir_path("store/data.mdb"), "w");
	for (int i = 0; i < 1000; i++)
		fputs("minutes of the meeting\n", file);
	fclose(file);
	cr_error(open_error(OPTIONS(), NULL), STORE_NOT_OURS);
	file = fopen(temp_dir_path("store/data.mdb"), "r");
	cr_assert_not_null(fgets(text, sizeof text, file));
	fclose(file);
	cr_assert_str_eq(text, "minutes of the meeting\n");
}

Test(store, bad_options_are_refused_by_name)
{
	static const char *const own[] = {"first", "meta"};
	static const char *many[CREDIT_KEYSPACES_MAX + 1];
	struct credit_problem problem = {0};
	char purpose[66];

	memset(purpose, 'p', 65);
	purpose[65] = 0;
	cr_error(open_error(OPTIONS(.keyspaces = own), &problem), EXISTS);
	cr_assert_str_eq(problem.field, "keyspaces");
	cr_error(open_error(OPTIONS(.keyspaces = many, .keyspace_count = CREDIT_KEYSPACES_MAX + 1),
			 &problem),
		TOO_MANY);
	cr_assert_str_eq(problem.field, "keyspaces");
	cr_error(open_error(OPTIONS(.purpose = purpose), &problem), TOO_LARGE);
	cr_assert_str_eq(problem.field, "purpose");
}

Test(store, as_many_keyspaces_as_allowed_fit_beside_the_meta_record_in_the_smallest_map)
{
	static char text[CREDIT_KEYSPACES_MAX][16];
	static const char *many[CREDIT_KEYSPACES_MAX];

	for (int i = 0; i < CREDIT_KEYSPACES_MAX; i++) {
		snprintf(text[i], sizeof text[i], "k%d", i);
		many[i] = text[i];
	}
	cr_ok(open_error(
		OPTIONS(.keyspaces = many, .keyspace_count = CREDIT_KEYSPACES_MAX, .map_size = 1),
		NULL));
}

Test(store, a_path_that_cannot_be_is_named_in_the_refusal)
{
	struct credit_problem problem = {0};

	cr_error(open_error(OPTIONS(.path = "/nowhere/at/all"), &problem), NOT_FOUND);
	cr_assert(strstr(problem.detail, "/nowhere/at/all"), "%s", problem.detail);
	cr_error(open_error(OPTIONS(.path = "/dev/null"), &problem), IO);
	cr_error(open_error(OPTIONS(.read_only = true), &problem), NOT_FOUND);
	cr_assert_eq(access(temp_dir_path("store"), F_OK), -1, "reading creates nothing");
}

Test(store, opening_twice_in_a_process_is_busy_until_the_first_is_closed)
{
	struct credit_store *store = open_store(OPTIONS());

	cr_error(open_error(OPTIONS(), NULL), BUSY);
	credit_store_close(store);
	cr_ok(open_error(OPTIONS(), NULL));
}

/* A child made before anything is opened, which opens, says so, and stays until it is killed. */
struct holder {
	pid_t pid;
	int ready[2];
};

static void hold(struct holder *holder, const struct credit_store_options *options,
	void (*work)(struct credit_store *store, int ready))
{
	char byte;

	cr_assert_eq(pipe(holder->ready), 0);
	holder->pid = fork_child();
	if (holder->pid == 0) {
		struct credit_store *store = NULL;

		if (credit_store_open(options, &store, NULL) != CREDIT_OK)
			_exit(1);
		work(store, holder->ready[1]);
		for (;;)
			pause();
	}
	close(holder->ready[1]);
	cr_assert_eq(read(holder->ready[0], &byte, 1), 1);
}

static void kill_holder(struct holder *holder)
{
	kill(holder->pid, SIGKILL);
	waitpid(holder->pid, NULL, 0);
	close(holder->ready[0]);
}

static void just_ready(struct credit_store *store, int ready)
{
	(void)store;
	if (write(ready, "r", 1) != 1)
		_exit(1);
}

static void read_for_ever(struct credit_store *store, int ready)
{
	struct credit_reader *reader;

	if (credit_reader_new(store, &reader) != CREDIT_OK ||
		credit_read_begin(reader) != CREDIT_OK)
		_exit(1);
	just_ready(store, ready);
}

Test(store, a_second_process_is_busy_until_the_first_is_gone)
{
	struct holder holder;

	hold(&holder, OPTIONS(), just_ready);
	cr_error(open_error(OPTIONS(), NULL), BUSY);
	kill_holder(&holder);
	cr_ok(open_error(OPTIONS(), NULL));
}

Test(store, a_second_process_may_read_while_the_first_writes)
{
	struct holder holder;
	struct credit_store *store;
	struct credit_write *write = NULL;

	hold(&holder, OPTIONS(), just_ready);
	store = open_store(OPTIONS(.read_only = true));
	cr_assert_null(read_text(store, "key"));
	cr_error(credit_write_begin(store, 0, &write), UNSUPPORTED);
	credit_store_close(store);
	kill_holder(&holder);
}

Test(store, the_slot_of_a_killed_reader_is_cleared_by_opening)
{
	struct holder holder;
	struct credit_store *store;

	credit_store_close(open_store(OPTIONS(.readers_max = 1)));
	hold(&holder, OPTIONS(.read_only = true, .readers_max = 1), read_for_ever);
	kill_holder(&holder);
	store = open_store(OPTIONS(.readers_max = 1));
	cr_assert_null(read_text(store, "key"));
	credit_store_close(store);
}

Test(store, the_slot_of_a_killed_reader_is_cleared_when_slots_run_out)
{
	struct holder holder;
	struct credit_store *store;
	struct credit_reader *reader;

	credit_store_close(open_store(OPTIONS(.readers_max = 1)));
	hold(&holder, OPTIONS(.read_only = true, .readers_max = 1), read_for_ever);
	store = open_store(OPTIONS(.readers_max = 1));
	reader = new_reader(store);
	cr_error(credit_read_begin(reader), STORE_READERS);
	kill_holder(&holder);
	cr_ok(credit_read_begin(reader));
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_store_close(store);
}

Test(store, more_readers_than_slots_are_refused_and_a_freed_one_makes_place)
{
	struct credit_store *store = open_store(OPTIONS(.readers_max = 2));
	struct credit_reader *reader[3];

	for (int i = 0; i < 3; i++)
		reader[i] = new_reader(store);
	cr_ok(credit_read_begin(reader[0]));
	cr_ok(credit_read_begin(reader[1]));
	cr_error(credit_read_begin(reader[2]), STORE_READERS);
	credit_read_end(reader[0]);
	credit_reader_free(reader[0]);
	cr_ok(credit_read_begin(reader[2]));
	credit_read_end(reader[2]);
	credit_read_end(reader[1]);
	credit_reader_free(reader[1]);
	credit_reader_free(reader[2]);
	credit_reader_free(NULL);
	credit_store_close(store);
}
