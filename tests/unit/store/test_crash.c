/* SPDX-License-Identifier: Apache-2.0
 *
 * test_crash.c - what a killed writer and a refused disk write leave behind.
 *
 * Method. A child writes pairs of rows, one pair a commit, and acknowledges each commit through a
 * pipe; the parent kills it with SIGKILL after some acknowledgements, wherever it then is, opens
 * the store itself and asks for a prefix of the commits: every acknowledged one, no half of a pair,
 * no gap. This shows safety against the death of the process, not against the loss of power. A full
 * disk is played by a limit on the size of files, set to the size that the data file has.
 */
#include "tests/unit/store/store_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS 6

static struct credit_bytes number_key(uint8_t memory[4], uint32_t number)
{
	credit_write_u32(memory, number);
	return (struct credit_bytes){memory, 4};
}

/* Rows 0, 1, 2 ... as far as there are any; a pair is the same number in both keyspaces. */
static uint32_t count_pairs(struct credit_store *store)
{
	struct credit_reader *reader = new_reader(store);
	struct credit_cursor *cursor[2] = {NULL, NULL};
	struct credit_bytes key[2], value[2];
	enum credit_error error[2];
	uint32_t count = 0;

	cr_ok(credit_read_begin(reader));
	for (unsigned i = 0; i < 2; i++) {
		cr_ok(credit_cursor_open(reader, NULL, i, &cursor[i]));
		error[i] =
			credit_cursor_seek(cursor[i], (struct credit_bytes){0}, &key[i], &value[i]);
	}
	while (error[0] == CREDIT_OK && error[1] == CREDIT_OK) {
		for (unsigned i = 0; i < 2; i++) {
			cr_assert_eq(credit_read_u32(key[i].data), count, "a gap");
			error[i] = credit_cursor_next(cursor[i], &key[i], &value[i]);
		}
		count++;
	}
	cr_assert_eq(error[0], CREDIT_E_NOT_FOUND, "half a pair");
	cr_assert_eq(error[1], CREDIT_E_NOT_FOUND, "half a pair");
	for (unsigned i = 0; i < 2; i++)
		credit_cursor_close(cursor[i]);
	credit_read_end(reader);
	credit_reader_free(reader);
	return count;
}

static enum credit_error commit_pair(struct credit_store *store, uint32_t number)
{
	static const uint8_t data[700];
	struct credit_bytes value = {data, sizeof data};
	struct credit_write *write = NULL;
	enum credit_error error = credit_write_begin(store, 4096, &write);
	uint8_t k[4];

	for (unsigned i = 0; error == CREDIT_OK && i < 2; i++)
		error = credit_write_append(write, i, number_key(k, number), value);
	return error ? error : credit_write_commit(write);
}

static void write_until_killed(const struct credit_store_options *options, uint32_t next, int out)
{
	struct credit_store *store = NULL;

	if (credit_store_open(options, &store, NULL) != CREDIT_OK)
		_exit(1);
	for (;; next++)
		if (commit_pair(store, next) != CREDIT_OK || write(out, &next, 4) != 4)
			_exit(1);
}

Test(store, a_killed_writer_leaves_a_prefix_of_its_commits_with_all_acknowledged_ones)
{
	struct credit_store *store;
	uint32_t count = 0, acknowledged = 0;
	int status, channel[2];
	pid_t child;

	for (int round = 0; round < KILLS; round++) {
		cr_assert_eq(pipe(channel), 0);
		child = fork_child();
		if (child == 0)
			write_until_killed(OPTIONS(.map_size = 1), count, channel[1]);
		close(channel[1]);
		for (int i = 0; i < 10 + 7 * round; i++)
			cr_assert_eq(read(channel[0], &acknowledged, 4), 4);
		kill(child, SIGKILL);
		cr_assert_eq(waitpid(child, &status, 0), child);
		cr_assert(WIFSIGNALED(status));
		while (read(channel[0], &acknowledged, 4) == 4)
			;
		close(channel[0]);
		store = open_store(OPTIONS(.map_size = 1));
		count = count_pairs(store);
		cr_assert_geq(count, acknowledged + 1);
		cr_assert_leq(count, acknowledged + 2, "at most one was not acknowledged any more");
		credit_store_close(store);
	}
}

Test(store, a_commit_that_the_disk_refuses_leaves_the_store_as_it_was)
{
	struct credit_store *store = open_store(OPTIONS());
	struct rlimit limit = {.rlim_max = RLIM_INFINITY};
	struct stat status;
	uint32_t count;

	signal(SIGXFSZ, SIG_IGN);
	cr_ok(commit_pair(store, 0));
	cr_assert_eq(stat(temp_dir_path("store/data.mdb"), &status), 0);
	limit.rlim_cur = (rlim_t)status.st_size;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	/* The first ones may still find free pages within the file. */
	for (count = 1; commit_pair(store, count) == CREDIT_OK; count++)
		cr_assert_lt(count, 1000);
	cr_assert_eq(commit_pair(store, count), CREDIT_E_NO_SPACE);
	cr_assert_eq(count_pairs(store), count);
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_ok(commit_pair(store, count));
	cr_assert_eq(count_pairs(store), count + 1);
	credit_store_close(store);
	store = open_store(OPTIONS());
	cr_assert_eq(count_pairs(store), count + 1);
	credit_store_close(store);
}

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

static void end_with_two(const char *what)
{
	(void)what;
	_exit(2);
}

/* What stands on the other end of a child's standard error, and how it ended. */
static int die_of(int signal_number, char *said, size_t size)
{
	int ends[2], status;
	size_t got = 0;
	ssize_t more;
	pid_t child;

	cr_assert_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		if (credit_store_on_damage(end_with_two) == CREDIT_OK)
			raise(signal_number);
		/* A fault of the memory comes back at the same instruction; one that was raised does not. */
		raise(signal_number);
		_exit(0);
	}
	close(ends[1]);
	while (got + 1 < size && (more = read(ends[0], said + got, size - 1 - got)) > 0)
		got += (size_t)more;
	said[got] = '\0';
	close(ends[0]);
	cr_assert_eq(waitpid(child, &status, 0), child);
	return status;
}

Test(store, a_read_out_of_the_map_says_what_to_do_before_it_ends_the_program)
{
	char said[1024];
	int status;

	if (SANITIZED)
		cr_skip_test("a sanitized build leaves SIGSEGV to the sanitizer");
	status = die_of(SIGSEGV, said, sizeof said);

	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	cr_assert_not_null(strstr(said, "'credctl fsck'"), "%s", said);
	cr_assert_not_null(strstr(said, "数据库页"), "%s", said);
}

Test(store, a_page_that_cannot_be_read_ends_the_program_as_it_says)
{
	char said[1024];
	int status = die_of(SIGBUS, said, sizeof said);

	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}
