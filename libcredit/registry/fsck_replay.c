/* SPDX-License-Identifier: Apache-2.0
 *
 * fsck_replay.c - the map root of every publication, from a state built anew beside the one that is there.
 *
 * The last publication's map follows from the state alone and is always checked. Earlier maps are gone; to
 * see that each had the root which the log names, all of history is executed again.
 */
#include "registry/fsck.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Acts in one transaction of the derived state. Each may touch a page in every keyspace, as may each
 * status that a publication brings into the map: an epoch count alone would not bound that. */
#define COMMIT_ACTS 32768
#define DERIVE_ROOM ((size_t)512 << 20)

struct replay {
	struct fsck *fsck;
	uint64_t last; /* epoch */
	uint64_t publication;
};

/* Publications up to an epoch; the map must come out as the log has it. */
static enum credit_error derive_publications(
	struct replay *replay, struct credit_write *write, uint64_t epoch)
{
	struct fsck *fsck = replay->fsck;
	enum credit_error error = CREDIT_OK;

	while (!error && replay->publication < fsck->publications) {
		Credit__V1__Publication *publication;
		char should[FSCK_HASH_TEXT];

		error = credit__journal_publication(
			fsck->journal, replay->publication + 1, &fsck->arena, &publication);
		if (error || publication->epoch > epoch)
			break;
		error = credit__replay_publication(write, fsck->journal, publication, true, NULL);
		if (error == CREDIT_E_STATE_DIVERGED) {
			credit__fsck_tell(fsck, FAULT_PUBLICATION_MAP,
				credit__fsck_hash(publication->map_root, should), NULL,
				"journal publications %llu",
				(unsigned long long)publication->number);
			error = CREDIT_OK;
		}
		replay->publication++;
		credit__fsck_progress(
			fsck, CREDIT_FSCK_PUBLICATIONS, replay->publication, fsck->publications);
	}
	return error;
}

/* One epoch and the publications that end with it; its acts are added to *acts. */
static enum credit_error derive_epoch(
	struct replay *replay, struct credit_write *write, uint64_t number, uint64_t *acts)
{
	struct fsck *fsck = replay->fsck;
	Credit__V1__Epoch *epoch;
	enum credit_error error;

	credit_arena_reset(&fsck->arena);
	error = credit__journal_epoch(fsck->journal, number, &fsck->arena, &epoch);
	if (error)
		return error;
	*acts += epoch->rows;
	error = credit__apply_epoch(write, fsck->journal, number, &fsck->arena);
	return error ? error : derive_publications(replay, write, number);
}

static enum credit_error derive_state(struct replay *replay, struct credit_store *derived)
{
	uint64_t next = 1;
	enum credit_error error = CREDIT_OK;

	while (next <= replay->last && !error) {
		struct credit_write *write = NULL;
		uint64_t acts = 0;

		error = credit_write_begin(derived, DERIVE_ROOM, &write);
		for (; next <= replay->last && acts < COMMIT_ACTS && !error; next++)
			error = derive_epoch(replay, write, next, &acts);
		if (!error)
			error = credit_write_commit(write);
		else
			credit_write_abort(write);
	}
	return error;
}

enum credit_error credit__fsck_replay(struct fsck *fsck, struct credit_registry *registry)
{
	char path[PATH_MAX];
	struct replay replay = {.fsck = fsck, .last = registry->published};
	struct credit_store *derived = NULL;
	struct credit_store_options options;
	enum credit_error error, destroyed;

	/* Beside the data, where there is room for as much again. */
	if ((size_t)snprintf(path, sizeof path, "%s/" CREDIT__FSCK_FOLDER "XXXXXX",
		    registry->path) >= sizeof path ||
		!mkdtemp(path))
		return CREDIT_E_IO;
	options = credit__state_options(path);
	error = credit_store_open(&options, &derived, NULL);
	if (!error)
		error = derive_state(&replay, derived);
	credit_store_close(derived);
	/* Overwritten too: what it holds may be erased one day. */
	destroyed = credit_store_destroy(path);
	/* What stands in the way was told before. */
	if (error == CREDIT_E_STORE_CORRUPT || error == CREDIT_E_NOT_FOUND ||
		error == CREDIT_E_STATE_DIVERGED) {
		credit__fsck_tell(fsck, FAULT_PUBLICATION_MAP, NULL,
			credit_error_text(error, CREDIT_LANG_EN),
			"journal publications, from %llu on",
			(unsigned long long)replay.publication + 1);
		error = CREDIT_OK;
	}
	return error ? error : destroyed;
}
