/* SPDX-License-Identifier: Apache-2.0
 *
 * status_map.c - the map over every entity's status, on the rows of the state store.
 *
 * A status that changes is noted under its map key; at publication the noted ones, which are in order
 * then, go into the map as one batch. Every enrolled entity is in the map, listed or not, so that a
 * neighbour met in a proof reveals no listing.
 */
#include "registry/internal.h"

#include <string.h>

/* Good for some hundred thousand to sixty million entities (map.h). In the database: another depth
 * needs a new load. */
#define MAP_DEPTH 20
#define LEAF_SIZE (CREDIT_HASH_SIZE + CREDIT_USCC_SIZE)
#define HEAD_SIZE (4 + 8 + CREDIT_HASH_SIZE)
/* Changes that are put into the map at a time. */
#define BATCH 16384

static const char head_key[] = "map";

/* --- rows --- */

struct map_rows {
	struct credit__eyes eyes;
	struct credit_cursor *cursor; /* over the leaves; opened when first sought */
	/* Of entities that a load file brings; NULL: they are noted as changed. */
	const struct credit__newcomers *newcomers;
	size_t next;             /* among them */
	struct credit_hash last; /* key of the last leaf that was there before them */
};

static enum credit_error leaf_of(
	struct credit_bytes key, struct credit_bytes value, struct credit_map_leaf *ret_leaf)
{
	if (key.size != CREDIT_HASH_SIZE || value.size != LEAF_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(ret_leaf->key.byte, key.data, CREDIT_HASH_SIZE);
	memcpy(ret_leaf->value.byte, value.data, CREDIT_HASH_SIZE);
	return CREDIT_OK;
}

static enum credit_error seek(
	void *context, const struct credit_hash *from, struct credit_map_leaf *ret_leaf)
{
	struct map_rows *rows = context;
	struct credit_bytes key, value;
	enum credit_error error = CREDIT_OK;

	if (!rows->cursor)
		error = credit_cursor_open(rows->eyes.write ? NULL : rows->eyes.reader,
			rows->eyes.write, STATE_MAP_LEAF, &rows->cursor);
	if (!error)
		error = credit_cursor_seek(rows->cursor, credit__hash_bytes(from), &key, &value);
	return error ? error : leaf_of(key, value, ret_leaf);
}

static enum credit_error next(void *context, struct credit_map_leaf *ret_leaf)
{
	struct map_rows *rows = context;
	struct credit_bytes key, value;
	enum credit_error error = credit_cursor_next(rows->cursor, &key, &value);

	return error ? error : leaf_of(key, value, ret_leaf);
}

static enum credit_error read_tile(
	void *context, struct credit_bytes key, struct credit_bytes *ret_tile)
{
	struct map_rows *rows = context;

	return credit__eyes_get(&rows->eyes, STATE_MAP_TILE, key, ret_tile);
}

/* The row keeps the code beside the value; it is known from the note that the status changed. */
static enum credit_error code_of(
	struct map_rows *rows, const struct credit_hash *key, struct credit_bytes *ret_uscc)
{
	const struct credit__newcomers *newcomers = rows->newcomers;
	enum credit_error error;

	if (!newcomers) {
		error = credit__eyes_get(
			&rows->eyes, STATE_CHANGED, credit__hash_bytes(key), ret_uscc);
		return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STATE_DIVERGED : error;
	}
	/* Leaves are put in the order of the changes. */
	while (rows->next < newcomers->count &&
		!credit_hash_equal(&newcomers->changes[rows->next].leaf.key, key))
		rows->next++;
	if (rows->next == newcomers->count)
		return CREDIT_E_STATE_DIVERGED;
	*ret_uscc = (struct credit_bytes){
		(const uint8_t *)newcomers->codes[rows->next].character, CREDIT_USCC_SIZE};
	return CREDIT_OK;
}

static enum credit_error put_leaf(void *context, const struct credit_map_leaf *leaf)
{
	struct map_rows *rows = context;
	uint8_t value[LEAF_SIZE];
	struct credit_bytes uscc, row = {value, sizeof value};
	enum credit_error error = code_of(rows, &leaf->key, &uscc);

	if (error)
		return error;
	memcpy(value, leaf->value.byte, CREDIT_HASH_SIZE);
	memcpy(value + CREDIT_HASH_SIZE, uscc.data, CREDIT_USCC_SIZE);
	/* What comes behind all others fills its pages. */
	if (rows->newcomers && memcmp(&leaf->key, &rows->last, sizeof rows->last) > 0)
		return credit_write_append(
			rows->eyes.write, STATE_MAP_LEAF, credit__hash_bytes(&leaf->key), row);
	return credit_write_put(
		rows->eyes.write, STATE_MAP_LEAF, credit__hash_bytes(&leaf->key), row);
}

static enum credit_error erase_leaf(void *context, const struct credit_hash *key)
{
	struct map_rows *rows = context;

	return credit_write_delete(rows->eyes.write, STATE_MAP_LEAF, credit__hash_bytes(key));
}

static enum credit_error put_tile(void *context, struct credit_bytes key, struct credit_bytes tile)
{
	struct map_rows *rows = context;

	return credit_write_put(rows->eyes.write, STATE_MAP_TILE, key, tile);
}

static enum credit_error erase_tile(void *context, struct credit_bytes key)
{
	struct map_rows *rows = context;

	return credit_write_delete(rows->eyes.write, STATE_MAP_TILE, key);
}

static struct credit_map_source source_of(struct map_rows *rows)
{
	return (struct credit_map_source){.context = rows,
		.depth = MAP_DEPTH,
		.seek = seek,
		.next = next,
		.read_tile = read_tile};
}

static struct credit_map_sink sink_of(struct map_rows *rows)
{
	return (struct credit_map_sink){.context = rows,
		.put_leaf = put_leaf,
		.erase_leaf = erase_leaf,
		.put_tile = put_tile,
		.erase_tile = erase_tile};
}

/* --- the head --- */

static enum credit_error read_head(struct credit_write *write, struct credit_map_head *ret_head)
{
	struct credit_bytes value;
	enum credit_error error =
		credit_write_get(write, STATE_META, credit_bytes_of(head_key), &value);

	if (error == CREDIT_E_NOT_FOUND) {
		ret_head->size = 0;
		credit_sha256((struct credit_bytes){0}, &ret_head->root);
		return CREDIT_OK;
	}
	if (error)
		return error;
	if (value.size != HEAD_SIZE || credit_read_u32(value.data) != MAP_DEPTH)
		return CREDIT_E_STORE_CORRUPT;
	ret_head->size = credit_read_u64(value.data + 4);
	memcpy(ret_head->root.byte, value.data + 12, CREDIT_HASH_SIZE);
	return CREDIT_OK;
}

static enum credit_error write_head(struct credit_write *write, const struct credit_map_head *head)
{
	uint8_t value[HEAD_SIZE];

	credit_write_u32(value, MAP_DEPTH);
	credit_write_u64(value + 4, head->size);
	memcpy(value + 12, head->root.byte, CREDIT_HASH_SIZE);
	return credit_write_put(write, STATE_META, credit_bytes_of(head_key),
		(struct credit_bytes){value, sizeof value});
}

/* --- what changed --- */

enum credit_error credit__status_map_note(struct credit_write *write, struct credit_bytes uscc)
{
	struct credit_hash key;

	credit_map_key(uscc, &key);
	return credit_write_put(write, STATE_CHANGED, credit__hash_bytes(&key), uscc);
}

struct batch {
	struct credit_write *write;
	struct credit_map_change *changes; /* BATCH of them */
	size_t count;
};

/* What the map says of an entity from now on. */
static enum credit_error collect(void *context, struct credit_bytes key, struct credit_bytes uscc)
{
	struct batch *batch = context;
	struct credit_map_change *change = &batch->changes[batch->count];
	struct credit_stored_status stored;
	struct credit_bytes value;
	enum credit_error error;

	if (key.size != CREDIT_HASH_SIZE || uscc.size != CREDIT_USCC_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	if (batch->count == BATCH)
		return CREDIT_E_CANCELLED; /* enough */
	error = credit_write_get(batch->write, STATE_STATUS, uscc, &value);
	if (!error)
		error = credit_stored_status_parse(value, &stored);
	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STATE_DIVERGED : error;
	memcpy(change->leaf.key.byte, key.data, CREDIT_HASH_SIZE);
	credit_commit_status(&stored.opening, uscc, stored.status, &change->leaf.value);
	change->erase = false;
	batch->count++;
	return CREDIT_OK;
}

static enum credit_error update_batch(struct batch *batch, struct credit_map_head *head)
{
	struct map_rows rows = {.eyes = {.write = batch->write}};
	struct credit_map_source source = source_of(&rows);
	struct credit_map_sink sink = sink_of(&rows);
	struct credit_map_head after;
	enum credit_error error =
		credit_map_update(&source, &sink, head, batch->changes, batch->count, &after);

	credit_cursor_close(rows.cursor);
	for (size_t i = 0; i < batch->count && !error; i++)
		error = credit_write_delete(batch->write, STATE_CHANGED,
			credit__hash_bytes(&batch->changes[i].leaf.key));
	if (!error)
		*head = after;
	return error;
}

enum credit_error credit__status_map_update(
	struct credit_write *write, struct credit_map_head *ret_head)
{
	struct credit__eyes eyes = {.write = write};
	struct credit_bytes none = {0};
	struct credit_arena arena;
	struct batch batch = {.write = write};
	struct credit_map_head head;
	enum credit_error error = read_head(write, &head);

	credit_arena_init(&arena, NULL, 0, BATCH * sizeof *batch.changes + 64);
	batch.changes = credit_arena_alloc(&arena, BATCH * sizeof *batch.changes);
	if (!batch.changes)
		error = CREDIT_E_NO_MEMORY;
	while (!error) {
		batch.count = 0;
		error = credit__eyes_scan(&eyes, STATE_CHANGED, none, none, &batch, collect);
		if (error == CREDIT_E_CANCELLED)
			error = CREDIT_OK;
		if (error || batch.count == 0)
			break;
		error = update_batch(&batch, &head);
	}
	credit_arena_deinit(&arena);
	if (!error)
		error = write_head(write, &head);
	if (!error)
		*ret_head = head;
	return error;
}

enum credit_error credit__status_map_enrol(
	struct credit_write *write, const struct credit__newcomers *newcomers)
{
	struct map_rows rows = {.eyes = {.write = write}, .newcomers = newcomers};
	struct credit_map_source source = source_of(&rows);
	struct credit_map_sink sink = sink_of(&rows);
	struct credit_map_head before, after;
	struct credit_bytes key, value;
	enum credit_error error = read_head(write, &before);

	if (!error)
		error = credit_cursor_open(NULL, write, STATE_MAP_LEAF, &rows.cursor);
	if (error)
		return error;
	error = credit_cursor_last(rows.cursor, &key, &value);
	if (!error && key.size != sizeof rows.last)
		error = CREDIT_E_STORE_CORRUPT;
	if (!error)
		memcpy(rows.last.byte, key.data, sizeof rows.last);
	else if (error == CREDIT_E_NOT_FOUND)
		error = CREDIT_OK; /* all zeros, then: every key but that one comes behind it */
	if (!error)
		error = credit_map_update(
			&source, &sink, &before, newcomers->changes, newcomers->count, &after);
	credit_cursor_close(rows.cursor);
	return error ? error : write_head(write, &after);
}

enum credit_error credit__status_map_pick(struct credit_write *write, struct credit_uscc *ret_uscc)
{
	struct credit_cursor *cursor;
	struct credit_bytes key, value, noted;
	struct credit_hash from;
	enum credit_error error = credit_cursor_open(NULL, write, STATE_MAP_LEAF, &cursor);

	if (error)
		return error;
	credit_random(from.byte, sizeof from.byte);
	error = credit_cursor_seek(cursor, credit__hash_bytes(&from), &key, &value);
	if (!error && value.size != LEAF_SIZE)
		error = CREDIT_E_STORE_CORRUPT;
	if (!error && credit_write_get(write, STATE_CHANGED, key, &noted) == CREDIT_OK)
		error = CREDIT_E_NOT_FOUND;
	if (!error)
		memcpy(ret_uscc->character, value.data + CREDIT_HASH_SIZE, CREDIT_USCC_SIZE);
	credit_cursor_close(cursor);
	return error;
}

enum credit_error credit__status_map_prove(struct credit_reader *reader,
	const struct credit_uscc *uscc, struct credit_map_proof *ret_proof)
{
	struct map_rows rows = {.eyes = {.reader = reader}};
	struct credit_map_source source = source_of(&rows);
	struct credit_hash key;
	enum credit_error error;

	credit_map_key(
		(struct credit_bytes){(const uint8_t *)uscc->character, CREDIT_USCC_SIZE}, &key);
	error = credit_map_prove(&source, &key, ret_proof);
	credit_cursor_close(rows.cursor);
	return error;
}
