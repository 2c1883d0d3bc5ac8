/* SPDX-License-Identifier: Apache-2.0
 *
 * publish.c - a publication: what readers see, and the leaf that its tree ends with.
 *
 *     map brought up -> (leaf of a snapshot) -> leaf with the map's root, last of the tree
 *                    -> ONE synced journal commit
 *                    -> head file -> state committed: readers see it -> state synced, by anybody and
 *                    before the next publication's commit
 *
 * The journal comes first, as with an epoch: a crash before the state's commit or its sync is mended by
 * replay, and the map's root must come out as the log has it.
 */
#include "registry/load.h"

#include <string.h>

/* Untouched entities whose value is made anew with each publication, so that who changed cannot be read
 * off the map's leaves. */
#define REDRAWN 3
#define PUBLICATION_ARENA_LIMIT ((size_t)4 << 20)

/* --- deciding --- */

/* The same status under a new opening. */
static enum credit_error redraw(struct credit_write *write, struct credit_arena *arena,
	const struct credit_uscc *uscc, Credit__V1__Effect *ret_effect)
{
	uint8_t *key = credit_arena_copy(arena, uscc->character, CREDIT_USCC_SIZE);
	struct credit_bytes value;
	uint8_t *copy;
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (!key)
		return error;
	error = credit_write_get(
		write, STATE_STATUS, (struct credit_bytes){key, CREDIT_USCC_SIZE}, &value);
	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STATE_DIVERGED : error;
	copy = credit_arena_copy(arena, value.data, value.size);
	if (!copy)
		return CREDIT_E_NO_MEMORY;
	credit_random(copy, CREDIT_OPENING_SIZE); /* the opening stands first */
	credit__v1__effect__init(ret_effect);
	ret_effect->kind = CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS;
	ret_effect->key = (ProtobufCBinaryData){.len = CREDIT_USCC_SIZE, .data = key};
	ret_effect->value = (ProtobufCBinaryData){.len = value.size, .data = copy};
	return CREDIT_OK;
}

static enum credit_error redraw_some(struct credit_write *write, struct credit_arena *arena,
	Credit__V1__Publication *publication)
{
	Credit__V1__Effect *effects = credit_arena_alloc(arena, REDRAWN * sizeof *effects);
	enum credit_error error = CREDIT_OK;

	publication->effects = credit_arena_alloc(arena, REDRAWN * sizeof *publication->effects);
	if (!effects || !publication->effects)
		return CREDIT_E_NO_MEMORY;
	for (size_t i = 0; i < REDRAWN && !error; i++) {
		struct credit_uscc uscc;

		error = credit__status_map_pick(write, &uscc);
		if (error == CREDIT_E_NOT_FOUND) {
			error = CREDIT_OK; /* nobody there, or changed anyway */
			continue;
		}
		if (!error)
			error = redraw(write, arena, &uscc, &effects[publication->n_effects]);
		if (!error) {
			publication->effects[publication->n_effects] =
				&effects[publication->n_effects];
			publication->n_effects++;
		}
	}
	return error;
}

/* On the open state transaction; load files are read from the journal. */
static enum credit_error apply(struct credit_registry *registry,
	const Credit__V1__Publication *publication, struct credit_map_head *ret_head)
{
	struct credit__load_source loads =
		credit__load_journal(registry->tiles.reader, registry->incoming != NULL);
	enum credit_error error = credit_read_begin(registry->tiles.reader);

	if (error)
		return error;
	error = credit__apply_publication(registry->write, publication, &loads, ret_head);
	credit_read_end(registry->tiles.reader);
	return error;
}

/* Everything up to the signed checkpoint, on the open state transaction and the log's edge. */
static enum credit_error prepare(struct credit_registry *registry, struct credit_arena *arena,
	Credit__V1__Publication *publication, struct credit_map_head *map,
	struct credit_bytes *ret_bytes)
{
	struct credit_tree_head *head = credit_arena_alloc(arena, sizeof *head);
	struct credit_bytes checkpoint;
	enum credit_error error;

	if (!head)
		return CREDIT_E_NO_MEMORY;
	error = redraw_some(registry->write, arena, publication);
	if (!error)
		error = apply(registry, publication, map);
	if (error)
		return error;
	publication->map_size = map->size;
	publication->map_root = credit__binary(credit__hash_bytes(&map->root));
	error = credit__publication_append(registry->log, publication);
	if (!error)
		error = credit__sign_head(registry, arena, head, &checkpoint);
	if (error)
		return error;
	publication->tree_size = head->size;
	publication->root = credit__binary(credit__hash_bytes(&head->root));
	publication->checkpoint = credit__binary(checkpoint);
	return credit_encode(&publication->base, arena, ret_bytes);
}

/* On a fault before the journal's commit everything is taken back. */
static enum credit_error commit_to_journal(struct credit_registry *registry,
	const Credit__V1__Publication *publication, struct credit_bytes bytes)
{
	enum credit_error error = credit__journal_publish(registry, publication, bytes);

	if (error)
		return error;
	registry->publication = publication->number;
	registry->published_time.ms = publication->time;
	return credit__write_head(registry);
}

static enum credit_error publish(struct credit_registry *registry, credit_ms_t now,
	Credit__V1__SnapshotMark *snapshot, struct credit_arena *arena)
{
	Credit__V1__Publication publication = CREDIT__V1__PUBLICATION__INIT;
	struct credit_write *write;
	struct credit_map_head map;
	struct credit_bytes bytes;
	enum credit_error error;

	publication.number = registry->publication + 1;
	publication.epoch = registry->epoch;
	publication.time = credit__not_back(registry, now).ms;
	publication.snapshot = snapshot;
	error = prepare(registry, arena, &publication, &map, &bytes);
	if (!error)
		error = commit_to_journal(registry, &publication, bytes);
	if (error) {
		credit__state_drop(registry);
		if (registry->publication < publication.number &&
			credit__reload_log(registry) != CREDIT_OK)
			error = CREDIT_E_STORE_SUSPECT;
		return error;
	}
	write = registry->write;
	registry->write = NULL;
	error = credit__commit(registry, write);
	if (error)
		registry->book.known = false;
	else
		registry->published = registry->epoch;
	return error;
}

static enum credit_error begin_and_publish(
	struct credit_registry *registry, credit_ms_t now, Credit__V1__SnapshotMark *snapshot)
{
	struct credit_arena arena;
	enum credit_error error = CREDIT_OK;

	if (registry->epoch == 0)
		return CREDIT_E_NOT_FOUNDED;
	if (registry->head_behind)
		error = credit__write_head(registry);
	if (!error)
		error = credit__incoming_begin(registry);
	if (error)
		return error;
	credit_arena_init(&arena, NULL, 0, PUBLICATION_ARENA_LIMIT);
	error = credit__state_begin(registry);
	if (!error)
		error = publish(registry, now, snapshot, &arena);
	credit_arena_deinit(&arena);
	return credit__incoming_end(registry, error);
}

enum credit_error credit_registry_publish(struct credit_registry *registry, credit_ms_t now)
{
	return begin_and_publish(registry, now, NULL);
}

enum credit_error credit_registry_publish_snapshot(struct credit_registry *registry,
	credit_ms_t now, const struct credit_snapshot_leaf *leaf, uint64_t *ret_number)
{
	Credit__V1__SnapshotMark mark = CREDIT__V1__SNAPSHOT_MARK__INIT;
	enum credit_error error;

	mark.publication = leaf->publication;
	mark.size = leaf->size;
	mark.entities = leaf->entities;
	mark.entries = leaf->entries;
	mark.digest = credit__binary(credit__hash_bytes(&leaf->digest));
	error = begin_and_publish(registry, now, &mark);
	if (!error)
		*ret_number = registry->publication;
	return error;
}

enum credit_error credit_registry_settle(struct credit_registry *registry)
{
	return credit_store_settle(registry->state);
}

uint64_t credit_registry_unpublished(const struct credit_registry *registry)
{
	return registry->epoch - registry->published;
}
