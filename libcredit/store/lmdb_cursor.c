/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb_cursor.c - ranges: cursors over a read or a write transaction, also through a tree that keyspaces share.
 */
#include "store/lmdb_private.h"

#include <stdlib.h>
#include <string.h>

struct credit_cursor {
	MDB_cursor *cursor;
	const struct credit_store *store;
	unsigned keyspace; /* of the row that it stands on */
	bool wide;         /* it meets all keyspaces of the tree */
	bool bounded; /* it stops behind the rows with this beginning of a shared tree's keys */
	uint8_t bound[CREDIT_KEY_MAX];
	uint8_t key[CREDIT_KEY_MAX]; /* of the row, as its keyspace has it */
	struct credit_write *write;  /* NULL over a reader */
};

enum credit_error credit_cursor_open(struct credit_reader *reader, struct credit_write *write,
	unsigned keyspace, struct credit_cursor **ret_cursor)
{
	struct credit_store *store = write ? write->store : reader->store;
	MDB_txn *txn = write ? write->txn : reader->txn;
	struct credit_cursor *cursor;
	int rc;

	if (keyspace >= store->keyspace_count)
		return CREDIT_E_INTERNAL;
	if (write && write->failed)
		return write->failed;
	cursor = malloc(sizeof *cursor);
	if (!cursor)
		return CREDIT_E_NO_MEMORY;
	/* Field by field: most cursors never look at a kilobyte of keys. */
	cursor->store = store;
	cursor->keyspace = keyspace;
	cursor->wide = cursor->bounded = false;
	cursor->write = write;
	rc = mdb_cursor_open(txn, store->keyspace[keyspace], &cursor->cursor);
	if (rc) {
		free(cursor);
		return credit__store_error(rc);
	}
	*ret_cursor = cursor;
	return CREDIT_OK;
}

void credit_cursor_close(struct credit_cursor *cursor)
{
	if (!cursor)
		return;
	mdb_cursor_close(cursor->cursor);
	free(cursor);
}

void credit_cursor_within(struct credit_cursor *cursor, struct credit_bytes prefix)
{
	const size_t common = cursor->store->options.cluster_key;

	cursor->bounded = cursor->store->tag[cursor->keyspace] && prefix.size >= common;
	if (cursor->bounded)
		memcpy(cursor->bound, prefix.data, common);
}

void credit_cursor_widen(struct credit_cursor *cursor)
{
	cursor->wide = true;
}

unsigned credit_cursor_keyspace(const struct credit_cursor *cursor)
{
	return cursor->keyspace;
}

/* What a row of a shared tree is to the cursor. */
enum meeting {
	MEETING_OURS,
	MEETING_ANOTHERS,
	MEETING_BEHIND, /* the bound */
};

/* A key that is too short, or of no keyspace, is a damaged one, and everybody's. */
static enum meeting meet(struct credit_cursor *cursor, struct credit_bytes key)
{
	const struct credit_store *store = cursor->store;
	const size_t common = store->options.cluster_key;
	unsigned keyspace;

	if (key.size <= common)
		return MEETING_OURS;
	if (cursor->bounded && memcmp(key.data, cursor->bound, common) != 0)
		return MEETING_BEHIND;
	keyspace = store->tagged[key.data[common]];
	if (keyspace == CREDIT_KEYSPACES_MAX)
		return MEETING_OURS;
	if (cursor->wide)
		cursor->keyspace = keyspace;
	return keyspace == cursor->keyspace ? MEETING_OURS : MEETING_ANOTHERS;
}

/* The key as its keyspace has it. */
static struct credit_bytes own_key(struct credit_cursor *cursor, struct credit_bytes key)
{
	const size_t common = cursor->store->options.cluster_key;

	if (!cursor->store->tag[cursor->keyspace] || key.size <= common)
		return key;
	memcpy(cursor->key, key.data, common);
	memcpy(cursor->key + common, key.data + common + 1, key.size - common - 1);
	return (struct credit_bytes){cursor->key, key.size - 1};
}

/* `then` leads from a row that is not the cursor's to the next in the same direction. */
static enum credit_error move(struct credit_cursor *cursor, MDB_val *key, MDB_cursor_op op,
	MDB_cursor_op then, struct credit_bytes *ret_key, struct credit_bytes *ret_value)
{
	const bool shared = cursor->store->tag[cursor->keyspace] != 0;
	enum meeting met = MEETING_OURS;
	MDB_val value;
	int rc;

	if (cursor->write && cursor->write->failed)
		return cursor->write->failed;
	do {
		rc = mdb_cursor_get(cursor->cursor, key, &value, op);
		if (rc)
			return credit__store_error(rc);
		op = then;
		if (key->mv_size > CREDIT_KEY_MAX) {
			*ret_key = (struct credit_bytes){key->mv_data, 0};
			*ret_value = (struct credit_bytes){value.mv_data, 0};
			return CREDIT_E_STORE_CORRUPT;
		}
		if (shared)
			met = meet(cursor, credit__view_of(*key));
	} while (met == MEETING_ANOTHERS);
	if (met == MEETING_BEHIND)
		return CREDIT_E_NOT_FOUND;
	*ret_key = own_key(cursor, credit__view_of(*key));
	*ret_value = credit__view_of(value);
	return credit__unwrap(cursor->store, cursor->keyspace, *ret_key, ret_value);
}

enum credit_error credit_cursor_seek(struct credit_cursor *cursor, struct credit_bytes key,
	struct credit_bytes *ret_key, struct credit_bytes *ret_value)
{
	uint8_t memory[CREDIT_KEY_MAX];
	MDB_val k = credit__tree_key(cursor->store, cursor->keyspace, key, memory);

	return move(cursor, &k, key.size ? MDB_SET_RANGE : MDB_FIRST, MDB_NEXT, ret_key, ret_value);
}

enum credit_error credit_cursor_next(
	struct credit_cursor *cursor, struct credit_bytes *ret_key, struct credit_bytes *ret_value)
{
	MDB_val k = {0};

	return move(cursor, &k, MDB_NEXT, MDB_NEXT, ret_key, ret_value);
}

enum credit_error credit_cursor_last(
	struct credit_cursor *cursor, struct credit_bytes *ret_key, struct credit_bytes *ret_value)
{
	MDB_val k = {0};

	return move(cursor, &k, MDB_LAST, MDB_PREV, ret_key, ret_value);
}
