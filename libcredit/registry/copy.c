/* SPDX-License-Identifier: Apache-2.0
 *
 * copy.c - the stores row by row into empty ones: for a scrub, and for a backup.
 *
 * A copy of the journal ends with a publication, and erase.c has its way with each row on the way, so
 * that nothing that was erased before it ever gets into the new file. It is read in steps with a read
 * transaction each: what stands before the publication does not change, but that a tile of the right edge
 * grows, which is cut back, and that a scrub may take erased bytes away meanwhile.
 */
#include "registry/load.h"

#include <stdlib.h>
#include <string.h>

#define STEP_BYTES ((size_t)32 << 20)
#define ROW_ROOM ((size_t)4 * CREDIT_RULE_BOOK_MAX) /* the largest row, decoded and packed again */
#define TILE_KEY_SIZE 9

/* One tree on its way. */
struct copy {
	struct credit_reader *from;
	struct credit_store *target;
	unsigned keyspace; /* of the last row, or the first one of the tree */
	const Credit__V1__Publication *end;
	uint64_t scrubbed;
	const struct credit__erasures *erasures;
	bool (*go_on)(void *context);
	void *context;
	struct credit_arena arena; /* of one row */
	uint8_t last[CREDIT_KEY_MAX];
	size_t last_size; /* 0: none yet */
	/* What becomes of a row; CREDIT_E_NOT_FOUND: it stays behind; CREDIT_E_CANCELLED: it and all later
	 * ones do. NULL: as it is. */
	enum credit_error (*change)(
		struct copy *copy, struct credit_bytes key, struct credit_bytes *value);
};

/* --- rows of the journal ----------------------------------------------------------------------- */

static enum credit_error change_epoch(
	struct copy *copy, struct credit_bytes key, struct credit_bytes *value)
{
	(void)value;
	if (key.size != 8)
		return CREDIT_E_STORE_CORRUPT;
	return credit_read_u64(key.data) > copy->end->epoch ? CREDIT_E_CANCELLED : CREDIT_OK;
}

static enum credit_error change_row(
	struct copy *copy, struct credit_bytes key, struct credit_bytes *value)
{
	uint64_t epoch;

	if (key.size != 12)
		return CREDIT_E_STORE_CORRUPT;
	epoch = credit_read_u64(key.data);
	if (epoch > copy->end->epoch)
		return CREDIT_E_CANCELLED;
	return credit__erase_row(copy->erasures, copy->from, epoch, credit_read_u32(key.data + 8),
		*value, &copy->arena, value);
}

static enum credit_error change_publication(
	struct copy *copy, struct credit_bytes key, struct credit_bytes *value)
{
	if (key.size != 8)
		return CREDIT_E_STORE_CORRUPT;
	if (credit_read_u64(key.data) > copy->end->number)
		return CREDIT_E_CANCELLED;
	return credit__erase_publication(copy->erasures, *value, &copy->arena, value);
}

/* What witnesses said of publications that the copy has. */
static enum credit_error change_cosignatures(
	struct copy *copy, struct credit_bytes key, struct credit_bytes *value)
{
	(void)value;
	if (key.size != 8)
		return CREDIT_E_STORE_CORRUPT;
	return credit_read_u64(key.data) > copy->end->number ? CREDIT_E_CANCELLED : CREDIT_OK;
}

/* A sealed document and its key go with their case; a rule book, which has no case, stays. */
static enum credit_error change_document(
	struct copy *copy, struct credit_bytes key, struct credit_bytes *value)
{
	(void)value;
	if (key.size < CREDIT_RECORD_ID_SIZE + CREDIT_HASH_SIZE)
		return CREDIT_OK;
	for (size_t i = 0; i < copy->erasures->count; i++) {
		if (memcmp(copy->erasures->items[i].key + CREDIT_USCC_SIZE, key.data,
			    CREDIT_RECORD_ID_SIZE) == 0)
			return CREDIT_E_NOT_FOUND;
	}
	return CREDIT_OK;
}

/* No wider than it was when the tree had the publication's size. */
static enum credit_error change_tile(
	struct copy *copy, struct credit_bytes key, struct credit_bytes *value)
{
	uint64_t nodes, index, width;

	if (key.size != TILE_KEY_SIZE || key.data[0] > 7)
		return CREDIT_E_STORE_CORRUPT;
	nodes = copy->end->tree_size >> (CREDIT_TILE_HEIGHT * key.data[0]);
	index = credit_read_u64(key.data + 1);
	width = nodes > index * CREDIT_TILE_WIDTH ? nodes - index * CREDIT_TILE_WIDTH : 0;
	if (width < CREDIT_TILE_WIDTH && value->size > width * CREDIT_HASH_SIZE)
		value->size = (size_t)width * CREDIT_HASH_SIZE;
	return value->size > 0 ? CREDIT_OK : CREDIT_E_NOT_FOUND;
}

/* What is only staged was never said; what was filed later belongs to a later copy. Both keyspaces' keys begin
 * with the file's digest. */
static enum credit_error change_load(
	struct copy *copy, struct credit_bytes key, struct credit_bytes *value)
{
	struct credit_bytes digest = {key.data, CREDIT_HASH_SIZE};
	uint64_t epoch = 0;
	enum credit_error error;

	(void)value;
	if (key.size < CREDIT_HASH_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	error = credit__load_epoch(copy->from, digest, &epoch);
	if (error)
		return error;
	return epoch == 0 || epoch > copy->end->epoch ? CREDIT_E_NOT_FOUND : CREDIT_OK;
}

/* Those after `scrubbed` are written by hand: a scrub that goes on meanwhile may have done so too. */
static enum credit_error change_erasure(
	struct copy *copy, struct credit_bytes key, struct credit_bytes *value)
{
	(void)value;
	if (key.size != 12)
		return CREDIT_E_STORE_CORRUPT;
	return credit_read_u64(key.data) > copy->scrubbed ? CREDIT_E_CANCELLED : CREDIT_OK;
}

/* --- rows of the state ------------------------------------------------------------------------- */

/* CREDIT_E_NOT_FOUND: this one stays behind. */
static enum credit_error change_state(
	struct copy *copy, struct credit_bytes key, struct credit_bytes *value)
{
	return credit__state_row_erased(copy->erasures, copy->keyspace, key, *value)
		       ? CREDIT_E_NOT_FOUND
		       : CREDIT_OK;
}

/* --- steps ------------------------------------------------------------------------------------- */

static enum credit_error copy_one(struct copy *copy, struct credit_write *write,
	struct credit_bytes key, struct credit_bytes value)
{
	enum credit_error error = CREDIT_OK;

	credit_arena_reset(&copy->arena);
	if (copy->change)
		error = copy->change(copy, key, &value);
	if (!error)
		error = credit_write_append(write, copy->keyspace, key, value);
	else if (error == CREDIT_E_NOT_FOUND)
		error = CREDIT_OK;
	if (!error) {
		memcpy(copy->last, key.data, key.size);
		copy->last_size = key.size;
	}
	return error;
}

/* Rows after the last one until a step is full. CREDIT_E_NOT_FOUND: these were all. */
static enum credit_error copy_rows(struct copy *copy, struct credit_write *write)
{
	struct credit_bytes last = {copy->last, copy->last_size}, key, value;
	struct credit_cursor *cursor;
	size_t bytes = 0;
	enum credit_error error = credit_cursor_open(copy->from, NULL, copy->keyspace, &cursor);

	if (error)
		return error;
	credit_cursor_widen(cursor);
	error = credit_cursor_seek(cursor, last, &key, &value);
	if (!error && last.size > 0 && credit_cursor_keyspace(cursor) == copy->keyspace &&
		credit_bytes_equal(key, last))
		error = credit_cursor_next(cursor, &key, &value);
	while (!error && bytes < STEP_BYTES) {
		copy->keyspace = credit_cursor_keyspace(cursor);
		bytes += key.size + value.size;
		error = copy_one(copy, write, key, value);
		if (!error)
			error = credit_cursor_next(cursor, &key, &value);
	}
	credit_cursor_close(cursor);
	return error == CREDIT_E_CANCELLED ? CREDIT_E_NOT_FOUND : error;
}

static enum credit_error copy_step(struct copy *copy)
{
	struct credit_write *write;
	enum credit_error error = credit_read_begin(copy->from), committed;

	if (error)
		return error;
	error = credit_write_begin(copy->target, 2 * STEP_BYTES, &write);
	if (!error) {
		error = copy_rows(copy, write);
		if (error && error != CREDIT_E_NOT_FOUND) {
			credit_write_abort(write);
		} else {
			committed = credit_write_commit(write);
			error = committed ? committed : error;
		}
	}
	credit_read_end(copy->from);
	return error;
}

static enum credit_error copy_tree(struct copy *copy)
{
	enum credit_error error = CREDIT_OK;

	copy->last_size = 0;
	credit_arena_init(&copy->arena, NULL, 0, ROW_ROOM + ((size_t)512 << 20));
	while (!error)
		error = copy->go_on && !copy->go_on(copy->context) ? CREDIT_E_CANCELLED
								   : copy_step(copy);
	credit_arena_deinit(&copy->arena);
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

/* --- what stands at the end -------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct credit__erasure *left = a, *right = b;

	if (left->epoch != right->epoch)
		return left->epoch < right->epoch ? -1 : 1;
	return (left->row > right->row) - (left->row < right->row);
}

/* One row for each erasing act, with the earliest place that it reaches back to. */
static enum credit_error write_erasures(
	struct credit_write *write, const struct credit__erasures *erasures)
{
	size_t size = erasures->count * sizeof *erasures->items;
	struct credit__erasure *items = malloc(size ? size : 1);
	enum credit_error error = items ? CREDIT_OK : CREDIT_E_NO_MEMORY;

	if (items && size)
		memcpy(items, erasures->items, size);
	if (items && size)
		qsort(items, erasures->count, sizeof *items, by_place);
	for (size_t i = 0; !error && i < erasures->count;) {
		uint64_t since = UINT64_MAX;
		size_t first = i;
		uint8_t key[12], value[8];

		for (; i < erasures->count && by_place(&items[first], &items[i]) == 0; i++)
			if (!items[i].dependent && items[i].since_epoch < since)
				since = items[i].since_epoch;
		credit_write_u64(key, items[first].epoch);
		credit_write_u32(key + 8, items[first].row);
		credit_write_u64(value, since);
		error = credit_write_append(write, JOURNAL_ERASURES,
			(struct credit_bytes){key, sizeof key},
			(struct credit_bytes){value, sizeof value});
	}
	free(items);
	return error;
}

/* The head is the publication's: what was signed after it is not in the copy. */
static enum credit_error write_head(
	struct credit_write *write, const Credit__V1__Publication *publication)
{
	struct credit_tree_head head = {.size = publication->tree_size};

	if (publication->root.len != sizeof head.root)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(head.root.byte, publication->root.data, sizeof head.root);
	return credit__journal_put_head(write, publication->epoch, &head,
		(struct credit_bytes){publication->checkpoint.data, publication->checkpoint.len});
}

enum credit_error credit__journal_copy(struct credit_reader *journal, struct credit_store *target,
	const Credit__V1__Publication *publication, uint64_t scrubbed,
	const struct credit__erasures *erasures, bool (*go_on)(void *context), void *context)
{
	static const struct {
		unsigned keyspace;
		enum credit_error (*change)(
			struct copy *copy, struct credit_bytes key, struct credit_bytes *value);
	} parts[] = {
		{JOURNAL_EPOCHS, change_epoch},
		{JOURNAL_ROWS, change_row},
		{JOURNAL_TILES, change_tile},
		{JOURNAL_DOCUMENTS, change_document},
		{JOURNAL_DOCUMENT_KEYS, change_document},
		{JOURNAL_PUBLICATIONS, change_publication},
		{JOURNAL_COSIGNATURES, change_cosignatures},
		{JOURNAL_ERASURES, change_erasure},
		{JOURNAL_LOADS, change_load},
		{JOURNAL_LOAD_PIECES, change_load},
	};
	struct copy copy = {.from = journal,
		.target = target,
		.end = publication,
		.scrubbed = scrubbed,
		.erasures = erasures,
		.go_on = go_on,
		.context = context};
	struct credit_write *write;
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !error; i++) {
		copy.keyspace = parts[i].keyspace;
		copy.change = parts[i].change;
		error = copy_tree(&copy);
	}
	if (!error)
		error = credit_write_begin(target, erasures->count * 64, &write);
	if (error)
		return error;
	error = write_erasures(write, erasures);
	if (!error)
		error = write_head(write, publication);
	if (!error)
		return credit_write_commit(write);
	credit_write_abort(write);
	return error;
}

enum credit_error credit__state_copy(struct credit_reader *state, struct credit_store *target,
	uint64_t scrubbed, const struct credit__erasures *erasures)
{
	struct copy copy = {
		.from = state, .target = target, .erasures = erasures, .change = change_state};
	struct credit_write *write;
	enum credit_error error = CREDIT_OK;

	for (unsigned i = 0; i < STATE_KEYSPACES && !error; i++) {
		copy.keyspace = i;
		if (credit_store_leader(target, i) == i)
			error = copy_tree(&copy);
	}
	if (!error)
		error = credit_write_begin(target, 0, &write);
	if (error)
		return error;
	error = credit__apply_mark(write, "scrubbed", &(struct credit__mark){.epoch = scrubbed});
	if (!error)
		return credit_write_commit(write);
	credit_write_abort(write);
	return error;
}
