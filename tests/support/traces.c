/* SPDX-License-Identifier: Apache-2.0
 *
 * traces.c - see traces.h.
 */
#include "tests/support/traces.h"

#include "credit/v1/journal.pb-c.h"
#include "registry/internal.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <unistd.h>

static void end(const char *what)
{
	fprintf(stderr, "traces: %s\n", what);
	abort();
}

/* --- files ------------------------------------------------------------------------------------- */

/* nftw hands no context through; tests have one thread. */
static struct credit_bytes wanted;
static unsigned found;

static int look(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	void *map;
	int fd;

	(void)walk;
	if (type != FTW_F || status->st_size == 0)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		end(path);
	map = mmap(NULL, (size_t)status->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		end(path);
	if (memmem(map, (size_t)status->st_size, wanted.data, wanted.size))
		found++;
	munmap(map, (size_t)status->st_size);
	return 0;
}

unsigned traces_files_with(const char *folder, struct credit_bytes bytes)
{
	wanted = bytes;
	found = 0;
	if (nftw(folder, look, 16, FTW_PHYS) != 0)
		end(folder);
	return found;
}

/* --- the state --------------------------------------------------------------------------------- */

/* A chain: the digest so far, then the row. */
static enum credit_error add(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct credit_hash *digest = context, row[3];
	struct credit_bytes all = {row[0].byte, sizeof row};

	row[0] = *digest;
	credit_sha256(key, &row[1]);
	credit_sha256(value, &row[2]);
	credit_sha256(all, digest);
	return CREDIT_OK;
}

struct credit_hash traces_state(struct town *town)
{
	struct credit_hash digest = {{0}};
	struct credit_bytes none = {0};
	struct credit_view *view;

	if (credit_view_new(town->registry, &view) || credit_view_begin(view))
		end("no view");
	for (uint32_t kind = 1; kind <= CREDIT__V1__EFFECT_KIND__EFFECT_KIND_LOAD; kind++) {
		enum credit_error error = credit_view_scan(view, kind, none, &digest, add);

		if (error && error != CREDIT_E_INTERNAL) /* there is no such kind */
			end("scan");
	}
	credit_view_end(view);
	credit_view_free(view);
	return digest;
}

/* The rows of one keyspace, with a mark of where they begin. */
static void add_keyspace(
	struct credit_reader *reader, unsigned keyspace, struct credit_hash *digest)
{
	struct credit_bytes none = {0}, key = credit_bytes_of(credit__state_names[keyspace]), value;
	struct credit_cursor *cursor;
	enum credit_error error;

	add(digest, key, none);
	if (credit_cursor_open(reader, NULL, keyspace, &cursor))
		end("no cursor");
	for (error = credit_cursor_seek(cursor, none, &key, &value); !error;
		error = credit_cursor_next(cursor, &key, &value))
		add(digest, key, value);
	credit_cursor_close(cursor);
	if (error != CREDIT_E_NOT_FOUND)
		end("cursor");
}

void traces_store(const char *folder, struct credit_hash ret_digests[TRACES_KEYSPACES])
{
	struct credit_store_options options = credit__state_options(folder);
	struct credit_reader *reader;
	struct credit_store *store;

	options.read_only = true;
	_Static_assert((int)STATE_KEYSPACES == (int)TRACES_KEYSPACES, "each has its digest");
	if (credit_store_open(&options, &store, NULL) || credit_reader_new(store, &reader) ||
		credit_read_begin(reader))
		end(folder);
	for (unsigned i = 0; i < STATE_KEYSPACES; i++) {
		ret_digests[i] = (struct credit_hash){{0}};
		add_keyspace(reader, i, &ret_digests[i]);
	}
	credit_read_end(reader);
	credit_reader_free(reader);
	credit_store_close(store);
}

const char *traces_keyspace(unsigned keyspace)
{
	return credit__state_names[keyspace];
}

static void tell(void *context, const struct credit_fault *fault)
{
	(void)context;
	fprintf(stderr, "%s at %s\n", fault->name, fault->place);
	end(fault->what[CREDIT_LANG_EN]);
}

struct credit_fsck_report traces_fsck(struct town *town)
{
	struct credit_fsck_options options = {.fault = tell, .every_publication = true};
	struct credit_fsck_report report = {0};

	if (credit_registry_fsck(town->registry, &options, &report) != CREDIT_OK)
		end("fsck could not run");
	return report;
}
