/* SPDX-License-Identifier: Apache-2.0
 *
 * store_fixture.h - a store of two keyspaces in the test's directory, and rows without ceremony.
 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <credit/store.h>

#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
	FIRST,
	SECOND
};

static const char *const names[] = {"first", "second"};

static inline struct credit_store_options *with_defaults(struct credit_store_options *options)
{
	if (!options->path)
		options->path = temp_dir_path("store");
	if (!options->keyspaces)
		options->keyspaces = names;
	if (!options->keyspace_count)
		options->keyspace_count = 2;
	if (!options->format)
		options->format = 1;
	if (!options->purpose)
		options->purpose = "test";
	return options;
}

/* OPTIONS(.map_size = 1): what is not given is as in with_defaults(). */
#define OPTIONS(...) with_defaults(&(struct credit_store_options){__VA_ARGS__})

#define cr_ok(call) cr_assert_eq((call), CREDIT_OK)
#define cr_error(call, name) cr_assert_eq((call), CREDIT_E_##name)

/* A child that dies with the test, however the test ends. Before anything is opened: a store is not
 * used across fork. */
static inline pid_t fork_child(void)
{
	pid_t child = fork();

	cr_assert_geq(child, 0);
	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child;
}

static inline struct credit_store *open_store(const struct credit_store_options *options)
{
	struct credit_problem problem = {0};
	struct credit_store *store = NULL;
	enum credit_error error = credit_store_open(options, &store, &problem);

	cr_assert_eq(error, CREDIT_OK, "%s", problem.detail);
	return store;
}

static inline struct credit_write *begin_write(struct credit_store *store, size_t room)
{
	struct credit_write *write = NULL;

	cr_ok(credit_write_begin(store, room, &write));
	return write;
}

static inline struct credit_reader *new_reader(struct credit_store *store)
{
	struct credit_reader *reader = NULL;

	cr_ok(credit_reader_new(store, &reader));
	return reader;
}

static inline void put_text(struct credit_write *write, const char *key, const char *value)
{
	cr_ok(credit_write_put(write, FIRST, credit_bytes_of(key), credit_bytes_of(value)));
}

/* One committed row. */
static inline void commit_text(struct credit_store *store, const char *key, const char *value)
{
	struct credit_write *write = begin_write(store, 0);

	put_text(write, key, value);
	cr_ok(credit_write_commit(write));
}

static inline bool is_text(struct credit_bytes bytes, const char *text)
{
	return credit_bytes_equal(bytes, credit_bytes_of(text));
}

/* What the last commit holds under `key`, NULL for nothing; valid until the next call. */
static inline const char *read_text(struct credit_store *store, const char *key)
{
	static char text[4096];
	struct credit_reader *reader = new_reader(store);
	struct credit_bytes value = {0};
	enum credit_error error;

	cr_ok(credit_read_begin(reader));
	error = credit_read_get(reader, FIRST, credit_bytes_of(key), &value);
	cr_assert(error == CREDIT_OK || error == CREDIT_E_NOT_FOUND);
	cr_assert_lt(value.size, sizeof text);
	if (value.size)
		memcpy(text, value.data, value.size);
	text[value.size] = 0;
	credit_read_end(reader);
	credit_reader_free(reader);
	return error ? NULL : text;
}

#endif
