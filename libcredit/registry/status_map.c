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
#define TOP_LEVEL 16 /* at which the lowest of the tiles that are remembered begin */
#define LEAF_SIZE (CREDIT_HASH_SIZE + CREDIT_USCC_SIZE)
#define HEAD_SIZE (4 + 8 + CREDIT_HASH_SIZE)
/* Changes that are put into the map at a time. */
#define BATCH 16384
#define BATCH_ARENA (BATCH * (sizeof(struct credit_map_change) + sizeof(struct credit_uscc)) + 64)

static const char head_key[] = "map";

/* --- rows --- */

struct map_rows {
	struct credit__eyes eyes;
	struct credit_cursor *cursor;        /* over the leaves; opened when first sought */
	struct credit__top_tiles *top;       /* NULL: no tile is remembered */
	const struct credit__map_puts *puts; /* NULL when nothing is put into the map */
	size_t written;                      /* of them: none before this is to come */
	const struct credit_hash *last;      /* what is behind it is appended; NULL: nothing is */
};

/* Changes in the order of their keys. */
struct batch {
	struct credit_write *write;
	struct credit_map_change *changes; /* BATCH of them */
	struct credit_uscc *codes;
	size_t count;
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

/* The place of a tile among the uppermost, by the first bits of a key under it. */
static uint32_t top_place(uint32_t level, uint32_t bits)
{
	static const uint32_t first[] = {0, 1, 17, 273, 4369}; /* of each storey */

	/* The uppermost has no prefix: the shift by all 32 bits is done in 64. */
	return first[level / 4] + (uint32_t)((uint64_t)bits >> (32 - level));
}

/* NULL when it is none of them, or they are not remembered. */
static const uint8_t **top_tile(struct credit__top_tiles *top, struct credit_bytes key)
{
	return top && key.data[0] <= TOP_LEVEL
		       ? &top->tile[top_place(key.data[0], credit_read_u32(key.data + 1))]
		       : NULL;
}

static enum credit_error read_tile(
	void *context, struct credit_bytes key, struct credit_bytes *ret_tile)
{
	struct map_rows *rows = context;
	const uint8_t **top = top_tile(rows->top, key);
	enum credit_error error;

	if (top && *top) {
		*ret_tile = (struct credit_bytes){*top, CREDIT_MAP_TILE_BYTES};
		return CREDIT_OK;
	}
	error = credit__eyes_get(&rows->eyes, STATE_MAP_TILE, key, ret_tile);
	if (!error && top && ret_tile->size == CREDIT_MAP_TILE_BYTES)
		*top = ret_tile->data;
	return error;
}

/* The row keeps the code beside the value. What comes behind all others fills its pages. */
static enum credit_error put_leaf(void *context, const struct credit_map_leaf *leaf)
{
	struct map_rows *rows = context;
	const struct credit__map_puts *puts = rows->puts;
	bool behind = rows->last && memcmp(&leaf->key, rows->last, sizeof leaf->key) > 0;
	uint8_t value[LEAF_SIZE];
	struct credit_bytes key = credit__hash_bytes(&leaf->key), row = {value, sizeof value};

	while (rows->written < puts->count &&
		!credit_hash_equal(&puts->changes[rows->written].leaf.key, &leaf->key))
		rows->written++;
	if (rows->written == puts->count)
		return CREDIT_E_INTERNAL;
	memcpy(value, leaf->value.byte, CREDIT_HASH_SIZE);
	memcpy(value + CREDIT_HASH_SIZE, puts->codes[rows->written].character, CREDIT_USCC_SIZE);
	return behind ? credit_write_append(rows->eyes.write, STATE_MAP_LEAF, key, row)
		      : credit_write_put(rows->eyes.write, STATE_MAP_LEAF, key, row);
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

/* The leaf is made now, while the status is at hand: a publication then reads these rows in their order
 * and no status at all. What is no status leaves an empty row, which the publication stumbles over. */
enum credit_error credit__status_map_note(
	struct credit_write *write, struct credit_bytes uscc, struct credit_bytes status)
{
	uint8_t memory[LEAF_SIZE];
	struct credit_bytes value = {0};
	struct credit_hash key;

	if (credit__status_map_leaf(uscc, status, &key, memory, &value) != CREDIT_OK)
		credit_map_key(uscc, &key);
	return credit_write_put(write, STATE_CHANGED, credit__hash_bytes(&key), value);
}

static enum credit_error collect(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct batch *batch = context;
	struct credit_map_change *change = &batch->changes[batch->count];
	enum credit_error error;

	if (batch->count == BATCH)
		return CREDIT_E_CANCELLED; /* enough */
	error = leaf_of(key, value, &change->leaf);
	if (error)
		return error;
	change->erase = false;
	memcpy(batch->codes[batch->count].character, value.data + CREDIT_HASH_SIZE,
		CREDIT_USCC_SIZE);
	batch->count++;
	return CREDIT_OK;
}

static enum credit_error update_batch(struct batch *batch, struct credit_map_head *head)
{
	const struct credit__map_puts puts = {batch->changes, batch->codes, batch->count};
	struct map_rows rows = {.eyes = {.write = batch->write}, .puts = &puts};
	struct credit_map_source source = source_of(&rows);
	struct credit_map_sink sink = sink_of(&rows);
	struct credit_map_head after;
	enum credit_error error =
		credit_map_update(&source, &sink, head, batch->changes, batch->count, &after);

	credit_cursor_close(rows.cursor);
	if (!error)
		*head = after;
	return error;
}

/* The least key after the last one of a batch. */
static struct credit_bytes after(const struct batch *batch, uint8_t memory[CREDIT_HASH_SIZE + 1])
{
	if (batch->count == 0)
		return (struct credit_bytes){0};
	memcpy(memory, batch->changes[batch->count - 1].leaf.key.byte, CREDIT_HASH_SIZE);
	memory[CREDIT_HASH_SIZE] = 0;
	return (struct credit_bytes){memory, CREDIT_HASH_SIZE + 1};
}

enum credit_error credit__status_map_update(
	struct credit_write *write, struct credit_map_head *ret_head)
{
	struct credit__eyes eyes = {.write = write};
	uint8_t from[CREDIT_HASH_SIZE + 1];
	struct credit_arena arena;
	struct batch batch = {.write = write};
	struct credit_map_head head;
	enum credit_error error = read_head(write, &head);

	credit_arena_init(&arena, NULL, 0, BATCH_ARENA);
	batch.changes = credit_arena_alloc(&arena, BATCH * sizeof *batch.changes);
	batch.codes = credit_arena_alloc(&arena, BATCH * sizeof *batch.codes);
	if (!batch.changes || !batch.codes)
		error = CREDIT_E_NO_MEMORY;
	while (!error) {
		struct credit_bytes start = after(&batch, from);

		batch.count = 0;
		error = credit__eyes_scan(
			&eyes, STATE_CHANGED, (struct credit_bytes){0}, start, &batch, collect);
		if (error == CREDIT_E_CANCELLED)
			error = CREDIT_OK;
		if (error || batch.count == 0)
			break;
		error = update_batch(&batch, &head);
	}
	credit_arena_deinit(&arena);
	if (!error)
		error = credit_write_clear(write, STATE_CHANGED);
	if (!error)
		error = write_head(write, &head);
	if (!error)
		*ret_head = head;
	return error;
}

enum credit_error credit__status_map_enrol(
	struct credit_write *write, const struct credit__map_puts *newcomers)
{
	struct credit_hash last = {0};
	struct map_rows rows = {.eyes = {.write = write}, .puts = newcomers, .last = &last};
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
	if (!error && key.size != sizeof last)
		error = CREDIT_E_STORE_CORRUPT;
	if (!error)
		memcpy(last.byte, key.data, sizeof last);
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

void credit__status_map_foresee(const struct credit__top_tiles *top, const struct credit_hash *key)
{
	for (uint32_t level = 0; level <= TOP_LEVEL; level += 4) {
		const uint8_t *tile = top->tile[top_place(level, credit_read_u32(key->byte))];

		if (tile)
			credit_map_tile_foresee(tile, level, key);
	}
}

enum credit_error credit__status_map_prove(struct credit_reader *reader,
	struct credit__top_tiles *top, const struct credit_hash *key,
	struct credit_map_proof *ret_proof)
{
	struct map_rows rows = {.eyes = {.reader = reader}, .top = top};
	struct credit_map_source source = source_of(&rows);
	enum credit_error error = credit_map_prove(&source, key, ret_proof);

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
