/* SPDX-License-Identifier: Apache-2.0
 *
 * fsck_map.c - the map against the log, and the marks: one pass over the leaves, in order, gives all tiles and the
 * root, bottom up. That each leaf is what its entity's status says was seen with the state.
 */
#include "registry/fsck.h"

#include <stdio.h>

struct map_check {
	struct fsck *fsck;
	struct credit_reader *state;
	uint64_t entities;
};

static void tell_tile(void *context, struct credit_bytes key)
{
	struct map_check *check = context;
	char text[CREDIT_FAULT_PLACE_MAX];

	credit__fsck_tell(check->fsck, FAULT_MAP_TILE, NULL, NULL, "state map_tile %s",
		credit__fsck_key(key, text, sizeof text));
}

static void tell_map_progress(void *context, uint64_t done)
{
	struct map_check *check = context;

	credit__fsck_progress(check->fsck, CREDIT_FSCK_MAP, done, check->entities);
}

static enum credit_error check_map(
	struct map_check *check, const Credit__V1__Publication *publication)
{
	const struct credit__status_map_watch watch = {
		.context = check, .tile = tell_tile, .progress = tell_map_progress};
	char should[FSCK_HASH_TEXT], is[FSCK_HASH_TEXT];
	struct credit_map_head head = {0};
	enum credit_error error = credit__status_map_check(check->state, &watch, &head);

	if (error && !credit__fsck_passed_over(error))
		return error;
	if (error || head.size != publication->map_size ||
		!credit__fsck_hash_is(publication->map_root, &head.root))
		credit__fsck_tell(check->fsck, FAULT_MAP_ROOT,
			credit__fsck_hash(publication->map_root, should),
			error ? NULL : credit__fsck_hash(credit__fsck_binary(&head.root), is),
			"state map, publication %llu", (unsigned long long)publication->number);
	return CREDIT_OK;
}

static enum credit_error check_mark(
	const struct map_check *check, const char *name, uint64_t epoch, uint64_t publication)
{
	struct credit__eyes eyes = {.reader = check->state};
	struct credit__mark mark = {0};
	char should[64], is[64];
	enum credit_error error = credit__read_mark(&eyes, name, &mark);

	if (error && !credit__fsck_passed_over(error))
		return error;
	if (!error && mark.epoch == epoch && mark.publication == publication)
		return CREDIT_OK;
	snprintf(should, sizeof should, "epoch %llu, publication %llu", (unsigned long long)epoch,
		(unsigned long long)publication);
	snprintf(is, sizeof is, "epoch %llu, publication %llu", (unsigned long long)mark.epoch,
		(unsigned long long)mark.publication);
	credit__fsck_tell(check->fsck, FAULT_STATE_MARK, should, is, "state mark %s", name);
	return CREDIT_OK;
}

enum credit_error credit__fsck_end(
	struct fsck *fsck, struct credit_reader *state, uint64_t entities)
{
	struct map_check check = {fsck, state, entities};
	Credit__V1__Publication *publication;
	enum credit_error error;

	if (fsck->publications == 0)
		return CREDIT_OK;
	credit_arena_reset(&fsck->arena);
	error = credit__journal_publication(
		fsck->journal, fsck->publications, &fsck->arena, &publication);
	if (error)
		return credit__fsck_passed_over(error) ? CREDIT_OK : error;
	error = check_mark(&check, "publication", publication->epoch, publication->number);
	if (!error)
		error = check_mark(&check, "applied", publication->epoch, 0);
	return error ? error : check_map(&check, publication);
}
