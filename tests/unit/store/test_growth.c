/* SPDX-License-Identifier: Apache-2.0
 *
 * test_growth.c - the map grows by itself: under readers, after it was found full, across
 * processes.
 */
#include "tests/unit/store/store_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TINY ((size_t)64 << 10)
#define READERS 3
#define COMMITS 150

static uint64_t map_size(struct credit_store *store)
{
	uint64_t used, map;

	credit_store_size(store, &used, &map);
	cr_assert_leq(used, map);
	return map;
}

static struct credit_bytes row_key(uint8_t memory[4], uint32_t number)
{
	credit_write_u32(memory, number);
	return (struct credit_bytes){memory, 4};
}

/* Row `number` in FIRST, `size` bytes that all say `number`; SECOND counts the rows. */
static enum credit_error put_row(struct credit_write *write, uint32_t number, size_t size)
{
	uint8_t data[1 << 20];
	uint8_t k[4], count[4];
	enum credit_error error;

	cr_assert_leq(size, sizeof data);
	memset(data, (int)number, size);
	credit_write_u32(count, number + 1);
	error = credit_write_append(
		write, FIRST, row_key(k, number), (struct credit_bytes){data, size});
	return error ? error
		     : credit_write_put(write, SECOND, credit_bytes_of("count"),
			       (struct credit_bytes){count, 4});
}

struct watcher {
	struct credit_store *store;
	atomic_bool *done;
	unsigned long reads;
	bool wrong;
};

/* Whatever the moment, the count and the rows must belong to one commit. */
static void *watch(void *argument)
{
	struct watcher *w = argument;
	struct credit_reader *reader = NULL;
	struct credit_bytes value;
	uint32_t count, last = 0;
	bool stop = false;
	uint8_t k[4];

	w->wrong = credit_reader_new(w->store, &reader) != CREDIT_OK;
	while (!w->wrong && !stop) {
		stop = atomic_load(w->done);
		if (credit_read_begin(reader) != CREDIT_OK) {
			w->wrong = true;
			break;
		}
		count = 0;
		if (credit_read_get(reader, SECOND, credit_bytes_of("count"), &value) == CREDIT_OK)
			count = credit_read_u32(value.data);
		w->wrong = count < last || (stop && count != COMMITS);
		if (count > 0)
			w->wrong |= credit_read_get(reader, FIRST, row_key(k, count - 1), &value) !=
					    CREDIT_OK ||
				    value.size != 3000 || value.data[2999] != (uint8_t)(count - 1);
		w->wrong |= credit_read_get(reader, FIRST, row_key(k, count), &value) !=
			    CREDIT_E_NOT_FOUND;
		credit_read_end(reader);
		last = count;
		w->reads++;
	}
	credit_reader_free(reader);
	return NULL;
}

Test(store, readers_see_whole_commits_while_a_tiny_map_grows_under_them)
{
	struct credit_store *store = open_store(OPTIONS(.map_size = TINY));
	struct watcher watcher[READERS];
	pthread_t thread[READERS];
	atomic_bool done = false;

	for (int i = 0; i < READERS; i++) {
		watcher[i] = (struct watcher){.store = store, .done = &done};
		cr_assert_eq(pthread_create(&thread[i], NULL, watch, &watcher[i]), 0);
	}
	for (uint32_t n = 0; n < COMMITS; n++) {
		struct credit_write *write = begin_write(store, 3000);

		cr_ok(put_row(write, n, 3000));
		cr_ok(credit_write_commit(write));
	}
	atomic_store(&done, true);
	for (int i = 0; i < READERS; i++) {
		pthread_join(thread[i], NULL);
		cr_assert_not(watcher[i].wrong);
		cr_assert_gt(watcher[i].reads, 0);
	}
	cr_assert_geq(map_size(store), COMMITS * 3000, "it must have grown several times");
	credit_store_close(store);
}

Test(store, a_full_map_refuses_the_put_and_the_next_transaction_finds_room)
{
	struct credit_store *store = open_store(OPTIONS(.map_size = TINY));
	uint64_t before;
	enum credit_error error = CREDIT_OK;
	struct credit_write *write = begin_write(store, 0);
	struct credit_bytes value;
	uint32_t n;
	uint8_t k[4];

	cr_ok(credit_write_put(write, SECOND, credit_bytes_of("before"), (struct credit_bytes){0}));
	cr_ok(credit_write_commit(write));
	write = begin_write(store, 0);
	for (n = 0; error == CREDIT_OK; n++)
		error = put_row(write, n, 3000);
	cr_assert_eq(error, CREDIT_E_STORE_FULL);
	cr_error(put_row(write, n, 1), STORE_FULL);
	cr_error(credit_write_get(write, FIRST, row_key(k, 0), &value), STORE_FULL);
	before = map_size(store);
	cr_error(credit_write_commit(write), STORE_FULL);

	write = begin_write(store, 0);
	cr_assert_gt(map_size(store), before);
	cr_ok(credit_write_get(write, SECOND, credit_bytes_of("before"), &value));
	cr_error(credit_write_get(write, SECOND, credit_bytes_of("count"), &value), NOT_FOUND);
	cr_error(credit_write_get(write, FIRST, row_key(k, 0), &value), NOT_FOUND);
	for (uint32_t i = 0; i < n; i++)
		cr_ok(put_row(write, i, 3000));
	cr_ok(credit_write_commit(write));
	credit_store_close(store);
}

Test(store, a_full_map_met_in_an_inner_transaction_spoils_that_one_only)
{
	struct credit_store *store = open_store(OPTIONS(.map_size = TINY));
	struct credit_write *outer = begin_write(store, 0), *inner = NULL;
	enum credit_error error = CREDIT_OK;

	put_text(outer, "outer", "kept");
	cr_ok(credit_write_nested(outer, &inner));
	for (uint32_t n = 0; error == CREDIT_OK; n++)
		error = credit_write_put(inner, SECOND, (struct credit_bytes){(uint8_t *)&n, 4},
			(struct credit_bytes){(const uint8_t *)names, 8});
	cr_assert_eq(error, CREDIT_E_STORE_FULL);
	cr_error(credit_write_commit(inner), STORE_FULL);
	cr_ok(credit_write_commit(outer));
	cr_assert_str_eq(read_text(store, "outer"), "kept");
	credit_store_close(store);
}

Test(store, room_asked_for_is_there_and_the_grown_size_is_kept)
{
	struct credit_store *store = open_store(OPTIONS(.map_size = TINY));
	struct credit_write *write = begin_write(store, 1 << 20);
	uint64_t map = map_size(store);

	cr_assert_geq(map, 4 << 20);
	cr_ok(put_row(write, 0, 1 << 20));
	cr_ok(credit_write_commit(write));
	credit_store_close(store);
	store = open_store(OPTIONS(.map_size = TINY));
	cr_assert_eq(map_size(store), map);
	credit_store_close(store);
	store = open_store(OPTIONS(.map_size = 2 * map));
	cr_assert_eq(map_size(store), 2 * map);
	credit_store_close(store);
}

Test(store, room_beyond_reason_is_refused_and_the_store_goes_on)
{
	struct credit_store *store = open_store(OPTIONS());
	struct credit_write *write = NULL;

	cr_error(credit_write_begin(store, SIZE_MAX, &write), TOO_LARGE);
	commit_text(store, "key", "value");
	cr_assert_str_eq(read_text(store, "key"), "value");
	credit_store_close(store);
}

Test(store, a_map_lost_while_growing_is_refused_by_everyone_and_the_file_is_whole)
{
	struct credit_store *store = open_store(OPTIONS(.map_size = TINY));
	struct credit_reader *reader = new_reader(store);
	struct credit_write *write = NULL;
	struct rlimit limit = {.rlim_cur = 1, .rlim_max = RLIM_INFINITY};
	uint64_t used, map;

	commit_text(store, "key", "value");
	cr_ok(credit_read_begin(reader));
	credit_read_end(reader);
	/* No more address space. */
	cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
	cr_error(credit_write_begin(store, (size_t)1 << 30, &write), STORE_SUSPECT);
	cr_error(credit_write_begin(store, 0, &write), STORE_SUSPECT);
	cr_error(credit_read_begin(reader), STORE_SUSPECT);
	credit_store_size(store, &used, &map);
	cr_assert_eq(map, 0);
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
	credit_reader_free(reader);
	credit_store_close(store);
	store = open_store(OPTIONS());
	cr_assert_str_eq(read_text(store, "key"), "value");
	credit_store_close(store);
}

static void pass_byte(int in, int out)
{
	char byte = 'x';

	if ((in >= 0 && read(in, &byte, 1) != 1) || (out >= 0 && write(out, &byte, 1) != 1))
		_exit(1);
}

/* The writing process: opens, lets the reader open, then grows far beyond the first map. */
static void grow_elsewhere(const struct credit_store_options *options, int in, int out)
{
	struct credit_store *store = NULL;
	struct credit_write *write = NULL;

	if (credit_store_open(options, &store, NULL) != CREDIT_OK)
		_exit(1);
	pass_byte(-1, out);
	pass_byte(in, -1);
	if (credit_write_begin(store, 1 << 20, &write) != CREDIT_OK ||
		put_row(write, 0, 1 << 20) != CREDIT_OK || credit_write_commit(write) != CREDIT_OK)
		_exit(1);
	pass_byte(-1, out);
	pass_byte(in, -1);
	_exit(0);
}

Test(store, a_reading_process_follows_the_growth_of_the_writing_one)
{
	struct credit_store *store;
	struct credit_reader *reader;
	struct credit_bytes value;
	int there[2], back[2];
	uint8_t k[4];
	pid_t child;

	cr_assert_eq(pipe(there) | pipe(back), 0);
	child = fork_child();
	if (child == 0)
		grow_elsewhere(OPTIONS(.map_size = TINY), there[0], back[1]);
	pass_byte(back[0], -1);
	store = open_store(OPTIONS(.map_size = TINY, .read_only = true));
	reader = new_reader(store);
	cr_ok(credit_read_begin(reader));
	cr_error(credit_read_get(reader, FIRST, row_key(k, 0), &value), NOT_FOUND);
	credit_read_end(reader);
	pass_byte(-1, there[1]);
	pass_byte(back[0], -1);
	cr_ok(credit_read_begin(reader));
	cr_ok(credit_read_get(reader, FIRST, row_key(k, 0), &value));
	cr_assert_eq(value.size, 1 << 20);
	cr_assert_eq(value.data[(1 << 20) - 1], 0);
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_store_close(store);
	pass_byte(-1, there[1]);
	cr_assert_eq(waitpid(child, NULL, 0), child);
}
