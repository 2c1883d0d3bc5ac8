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
static enum credit_error put_leaf(void *context, const struct credit_map_leaf *leaf)
{
	struct map_rows *rows = context;
	uint8_t value[LEAF_SIZE];
	struct credit_bytes uscc;
	enum credit_error error =
		credit__eyes_get(&rows->eyes, STATE_CHANGED, credit__hash_bytes(&leaf->key), &uscc);

	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STATE_DIVERGED : error;
	memcpy(value, leaf->value.byte, CREDIT_HASH_SIZE);
	memcpy(value + CREDIT_HASH_SIZE, uscc.data, CREDIT_USCC_SIZE);
	return credit_write_put(rows->eyes.write, STATE_MAP_LEAF, credit__hash_bytes(&leaf->key),
		(struct credit_bytes){value, sizeof value});
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

/* The value of an entity's leaf. */
static enum credit_error value_of(
	struct credit_bytes uscc, struct credit_bytes status, struct credit_hash *ret_value)
{
	struct credit_stored_status stored;
	enum credit_error error = credit_stored_status_parse(status, &stored);

	if (!error)
		credit_commit_status(&stored.opening, uscc, stored.status, ret_value);
	return error;
}

/* What the map says of an entity from now on. */
static enum credit_error collect(void *context, struct credit_bytes key, struct credit_bytes uscc)
{
	struct batch *batch = context;
	struct credit_map_change *change = &batch->changes[batch->count];
	struct credit_bytes value;
	enum credit_error error;

	if (key.size != CREDIT_HASH_SIZE || uscc.size != CREDIT_USCC_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	if (batch->count == BATCH)
		return CREDIT_E_CANCELLED; /* enough */
	error = credit_write_get(batch->write, STATE_STATUS, uscc, &value);
	if (!error)
		error = value_of(uscc, value, &change->leaf.value);
	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STATE_DIVERGED : error;
	memcpy(change->leaf.key.byte, key.data, CREDIT_HASH_SIZE);
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

/* --- checking ------------------------------------------------------------------------------------- */

#define PROGRESS_LEAVES 65536

struct map_check {
	struct map_rows rows;
	const struct credit__status_map_watch *watch;
	uint64_t tiles, leaves;
};

enum credit_error credit__status_map_leaf(struct credit_bytes uscc, struct credit_bytes status,
	struct credit_hash *ret_key, uint8_t memory[LEAF_SIZE], struct credit_bytes *ret_value)
{
	struct credit_hash value;
	enum credit_error error = uscc.size == CREDIT_USCC_SIZE ? value_of(uscc, status, &value)
								: CREDIT_E_STORE_CORRUPT;

	if (error)
		return error;
	credit_map_key(uscc, ret_key);
	memcpy(memory, value.byte, CREDIT_HASH_SIZE);
	memcpy(memory + CREDIT_HASH_SIZE, uscc.data, CREDIT_USCC_SIZE);
	*ret_value = (struct credit_bytes){memory, LEAF_SIZE};
	return CREDIT_OK;
}

static enum credit_error check_tile(
	void *context, struct credit_bytes key, struct credit_bytes tile)
{
	struct map_check *check = context;
	struct credit_bytes stored;
	enum credit_error error =
		credit_read_get(check->rows.eyes.reader, STATE_MAP_TILE, key, &stored);

	check->tiles++;
	if (error && error != CREDIT_E_NOT_FOUND && error != CREDIT_E_STORE_CORRUPT)
		return error;
	if (error || !credit_bytes_equal(stored, tile))
		check->watch->tile(check->watch->context, key);
	return CREDIT_OK;
}

static enum credit_error count_leaf(void *context, const struct credit_map_leaf *leaf)
{
	struct map_check *check = context;

	(void)leaf;
	if (++check->leaves % PROGRESS_LEAVES == 0)
		check->watch->progress(check->watch->context, check->leaves);
	return CREDIT_OK;
}

/* Tiles that no leaf is under. */
static enum credit_error check_no_more_tiles(struct map_check *check)
{
	struct credit_bytes key = {0}, value;
	struct credit_cursor *cursor;
	enum credit_error found, error;

	error = credit_cursor_open(check->rows.eyes.reader, NULL, STATE_MAP_TILE, &cursor);
	if (error)
		return error;
	found = credit_cursor_seek(cursor, key, &key, &value);
	while (!found || found == CREDIT_E_STORE_CORRUPT) {
		if (check->tiles-- == 0) {
			check->watch->tile(check->watch->context, key);
			break;
		}
		found = credit_cursor_next(cursor, &key, &value);
	}
	credit_cursor_close(cursor);
	return CREDIT_OK;
}

enum credit_error credit__status_map_check(struct credit_reader *reader,
	const struct credit__status_map_watch *watch, struct credit_map_head *ret_head)
{
	struct map_check check = {.rows = {.eyes = {.reader = reader}}, .watch = watch};
	struct credit_map_source source = source_of(&check.rows);
	struct credit_map_sink sink = {
		.context = &check, .put_leaf = count_leaf, .put_tile = check_tile};
	enum credit_error error = credit_map_load(&source, &sink, ret_head);

	credit_cursor_close(check.rows.cursor);
	if (!error)
		error = check_no_more_tiles(&check);
	if (!error)
		watch->progress(watch->context, check.leaves);
	return error;
}
