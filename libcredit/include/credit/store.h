/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h - a small ordered key-value store: named keyspaces, read and write transactions.
 *
 * LMDB lies behind it, and no other files than store/lmdb*.c see lmdb.h. Keys are 1..511 bytes and
 * sort as bytes; numbers in keys are big-endian so that byte order is sort order. A key of another
 * size or a keyspace that does not exist is a defect of the caller: CREDIT_E_INTERNAL. A value read
 * (and a cursor's key, until the cursor moves) is a view into the map, aligned to nothing, valid until its transaction ends or, in a write
 * transaction, until the next write.
 *
 * The map grows by itself, between transactions, before it is full: a write transaction begins with
 * the room that the caller asks for. If it fills all the same, the put fails with
 * CREDIT_E_STORE_FULL, the transaction can only be aborted, and the next one finds a larger map.
 * After any failure that a transaction cannot survive, every later call says the same again and
 * commit aborts and returns it, so that a row of puts may be checked once, at the commit.
 *
 * Each value has a check of four bytes behind it, over keyspace, key and value: a row that was
 * damaged is CREDIT_E_STORE_CORRUPT and never an answer. That is against disks, not against forgers:
 * what must be trusted carries its own digest.
 *
 * Threads: one write transaction at a time, begun, used and ended in one thread. A
 * struct credit_reader belongs to one thread at a time; begin and end take no lock that readers
 * share. Growing the map waits until the open reads have ended, and new ones wait for it: a thread
 * with a read open must not begin a write or another read of the same store. Never use a store
 * across fork; opening it twice is refused.
 */
#ifndef CREDIT_STORE_H
#define CREDIT_STORE_H

#include <credit/base.h>

#define CREDIT_KEY_MAX 511
#define CREDIT_KEYSPACES_MAX 48

struct credit_store;
struct credit_write;  /* a write transaction */
struct credit_reader; /* a read transaction, used again and again */
struct credit_cursor;

struct credit_store_options {
	const char *path;             /* a directory; created when missing, mode 0700 */
	const char *const *keyspaces; /* names; the index is the keyspace's number in calls */
	size_t keyspace_count;        /* at most CREDIT_KEYSPACES_MAX */
	uint32_t format;        /* of the caller's rows; kept in a meta record, and raised there
			       * when a caller with a higher one opens for writing */
	uint32_t format_oldest; /* older ones are refused, not raised; 0: none is */
	const char *purpose;    /* e.g. "credit journal", at most 64 bytes: kept too, a mismatch
			       * is refused */
	size_t map_size;        /* first map, bytes; 0: 1 GiB. Growth doubles it, by at most
			       * 64 GiB a step */
	uint32_t readers_max;   /* reader slots; 0: 126 */
	/* Rows that are read and written together may lie together: keyspaces with a number here, other than 0
	 * and each with its own, share one tree, ordered by the first cluster_key bytes of a key, then by
	 * these numbers, then by the rest. Their keys have at least cluster_key bytes and at most
	 * CREDIT_KEY_MAX - 1. In the database: neither may change. NULL: each has a tree of its own. */
	const uint8_t *clustered; /* keyspace_count of them */
	size_t cluster_key;
	bool read_only;
	/* For what can be made again from elsewhere: a commit is seen at once, and is on the disk when
	 * credit_store_settle has returned, or before the next one begins to be written. After a
	 * loss of power the store is whole, as the last commit left it or the one before that.
	 * The end of the process alone loses nothing. */
	bool settles_later;
};

/* Opens or creates. Takes a lock on <path>/lock: CREDIT_E_BUSY when it is held, by another process
 * or by this one (not taken when read_only). Clears readers of dead processes.
 * CREDIT_E_STORE_FORMAT_NEWER when the stored format is newer than options->format;
 * CREDIT_E_STORE_FORMAT_OLDER when it is older than options->format_oldest; CREDIT_E_STORE_NOT_OURS for another
 * purpose. */
CREDIT_API enum credit_error credit_store_open(const struct credit_store_options *options,
	struct credit_store **ret_store, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Looks at every page of the data file in <path>, by reading it and without opening the store, which
 * nobody may have open: a page that is damaged inside can make LMDB read outside of the file and fall
 * over. `fault` tells each page that is not as it must be, up to a hundred of them; `progress` now and
 * then how many bytes are done. What is in the rows is not looked at. */
CREDIT_API enum credit_error credit_store_check_pages(const char *path, void *context,
	void (*fault)(void *context, uint64_t page, const char *what),
	void (*progress)(void *context, uint64_t done, uint64_t total)) CREDIT_MUST_CHECK;
/* All readers and writes must have ended. NULL is allowed. */
CREDIT_API void credit_store_close(struct credit_store *store);
/* Of a store that settles later: has the last commit brought to the disk, and waits for it; no opening goes back
 * from it then. Any thread, at any time between open and close. CREDIT_E_NO_SPACE, CREDIT_E_IO: it is there, but
 * not noted, and can be tried again. CREDIT_E_STORE_SUSPECT when that failed: what the disk has is not known, and the
 * store takes no more commits and has to be opened again, which goes back to the commit before. */
CREDIT_API enum credit_error credit_store_settle(struct credit_store *store) CREDIT_MUST_CHECK;
/* Bytes in use by the data file's pages, and the map's size. */
CREDIT_API void credit_store_size(
	struct credit_store *store, uint64_t *ret_used, uint64_t *ret_map);

/* For a program, once, before its first store: `stop` is called, perhaps from a signal handler, when a
 * store's file turns out to be damaged in a way that no call can return (a read fails under the map, or
 * LMDB finds its pages in contradiction). It gets a line in both languages, may only do what a signal
 * handler may, and does not return. SIGSEGV, which may be damage or a defect, gets a line on standard error that
 * says so, and then its own way. The library by itself never ends a process. */
CREDIT_API enum credit_error credit_store_on_damage(
	void (*stop)(const char *what)) CREDIT_MUST_CHECK;

/* --- a new file in the place of the old --- */

/* LMDB copies on write, so that bytes of rows deleted long ago lie in free pages and in the gaps of
 * used ones. A renewal leaves none: every row that is to stay is written into an empty store beside
 * this one, which then takes its place, and the old file is overwritten and unlinked.
 *
 * Killed at any step, the next credit_store_open (for writing) finds either the old rows or the new
 * ones, whole, and overwrites and removes what else lies there. */

/* An empty store at <path>/new with the same keyspaces, purpose and format. */
CREDIT_API enum credit_error credit_store_renewal_begin(
	struct credit_store *store, struct credit_store **ret_fresh) CREDIT_MUST_CHECK;
/* Closes `fresh` and puts its file in the place of this store's: waits for the open write and the
 * open reads to end, and new ones wait meanwhile; readers go on with the new rows. Consumes `fresh`,
 * success or not. CREDIT_E_BUSY when a write of this thread is open. After CREDIT_E_STORE_SUSPECT the
 * store has to be closed and opened again, after another fault it is in use as before: nothing is lost by
 * either. */
CREDIT_API enum credit_error credit_store_renewal_swap(
	struct credit_store *store, struct credit_store *fresh) CREDIT_MUST_CHECK;
/* Overwrites and removes what the renewal has replaced, or, when it was not swapped, the copy
 * (`fresh`, else NULL). Any thread; not while another renewal has begun. */
CREDIT_API enum credit_error credit_store_renewal_end(
	struct credit_store *store, struct credit_store *fresh) CREDIT_MUST_CHECK;
/* Overwrites and removes a store that nobody has open, with its folder when that is empty then.
 * Not there: CREDIT_OK. */
CREDIT_API enum credit_error credit_store_destroy(const char *path) CREDIT_MUST_CHECK;

/* --- reading --- */

CREDIT_API enum credit_error credit_reader_new(
	struct credit_store *store, struct credit_reader **ret_reader) CREDIT_MUST_CHECK;
CREDIT_API void credit_reader_free(struct credit_reader *reader);
/* Sees the last commit. Keep it short: a long read pins pages. Wait-free but while the map grows and in
 * the moment after a commit.
 * CREDIT_E_BUSY when it has begun already; CREDIT_E_STORE_READERS when no slot is free. */
CREDIT_API enum credit_error credit_read_begin(struct credit_reader *reader) CREDIT_MUST_CHECK;
CREDIT_API void credit_read_end(struct credit_reader *reader);
/* Of a begun reader: as long as this is the same from one begin to the next, so are all rows, and bytes
 * that were read lie where they lay. */
CREDIT_API uint64_t credit_read_snapshot(const struct credit_reader *reader);
/* CREDIT_E_NOT_FOUND when there is no such key. */
CREDIT_API enum credit_error credit_read_get(struct credit_reader *reader, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes *ret_value) CREDIT_MUST_CHECK;

/* --- writing --- */

/* Waits for the current writer; CREDIT_E_BUSY when that is this thread. `room`: bytes that the
 * transaction is expected to add, at most 1 TiB; the map is grown first when less than four times
 * that, and a few pages, is free. */
CREDIT_API enum credit_error credit_write_begin(
	struct credit_store *store, size_t room, struct credit_write **ret_write) CREDIT_MUST_CHECK;
/* The store's directory, as it was opened. */
CREDIT_API const char *credit_write_path(const struct credit_write *write);
CREDIT_API enum credit_error credit_write_get(struct credit_write *write, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes *ret_value) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_write_put(struct credit_write *write, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes value) CREDIT_MUST_CHECK;
/* For keys that grow: faster, and pages are filled. The key must sort after all others:
 * CREDIT_E_EXISTS when it does not. */
CREDIT_API enum credit_error credit_write_append(struct credit_write *write, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes value) CREDIT_MUST_CHECK;
/* CREDIT_E_NOT_FOUND when there is no such key. */
CREDIT_API enum credit_error credit_write_delete(
	struct credit_write *write, unsigned keyspace, struct credit_bytes key) CREDIT_MUST_CHECK;
/* Deletes every key of a keyspace that has its own tree, without looking at them one by one. Not in a nested
 * transaction. */
CREDIT_API enum credit_error credit_write_clear(
	struct credit_write *write, unsigned keyspace) CREDIT_MUST_CHECK;
/* A transaction inside the transaction: its commit hands its changes to the outer one, its abort
 * drops them. The outer one is not used while it lasts. One level deep. */
CREDIT_API enum credit_error credit_write_nested(
	struct credit_write *outer, struct credit_write **ret_inner) CREDIT_MUST_CHECK;
/* Durable on return (fsync) for an outermost transaction, unless the store settles later. Consumes the handle, success or not.
 * CREDIT_E_NO_SPACE and CREDIT_E_IO leave the store as it was before. */
CREDIT_API enum credit_error credit_write_commit(struct credit_write *write) CREDIT_MUST_CHECK;
CREDIT_API void credit_write_abort(struct credit_write *write); /* NULL is allowed */
/* Commits what an outermost transaction has written so far, and goes on in the same handle with `room` for
 * more: for what is too much for one transaction, and is seen by nobody before it is done. After a failure
 * the handle can only be aborted. */
CREDIT_API enum credit_error credit_write_step(
	struct credit_write *write, size_t room) CREDIT_MUST_CHECK;

/* --- ranges --- */

/* Over a read transaction or a write transaction (give one, the other NULL), and closed before it
 * ends. In a write transaction the keys read may be deleted while walking. */
CREDIT_API enum credit_error credit_cursor_open(struct credit_reader *reader,
	struct credit_write *write, unsigned keyspace,
	struct credit_cursor **ret_cursor) CREDIT_MUST_CHECK;
CREDIT_API void credit_cursor_close(struct credit_cursor *cursor);
/* Before the first seek: the cursor stops behind the rows whose keys begin with `prefix`, and need not look for
 * a next one among the rows of other keyspaces. It may go on behind them where no other keyspace is. */
CREDIT_API void credit_cursor_within(struct credit_cursor *cursor, struct credit_bytes prefix);
/* Before the first seek: the cursor meets the rows of all keyspaces that share the tree, in the tree's order. */
CREDIT_API void credit_cursor_widen(struct credit_cursor *cursor);
/* The keyspace of the row that the cursor stands on. */
CREDIT_API unsigned credit_cursor_keyspace(const struct credit_cursor *cursor);
/* The first keyspace of the tree that `keyspace` lies in: itself where it has one of its own. */
CREDIT_API unsigned credit_store_leader(const struct credit_store *store, unsigned keyspace);
/* First key >= `key` (an empty key: the very first). CREDIT_E_NOT_FOUND past the end. After
 * CREDIT_E_STORE_CORRUPT key and value are given all the same, as far as they can be read, and the walk
 * may go on. */
CREDIT_API enum credit_error credit_cursor_seek(struct credit_cursor *cursor,
	struct credit_bytes key, struct credit_bytes *ret_key,
	struct credit_bytes *ret_value) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_cursor_next(struct credit_cursor *cursor,
	struct credit_bytes *ret_key, struct credit_bytes *ret_value) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_cursor_last(struct credit_cursor *cursor,
	struct credit_bytes *ret_key, struct credit_bytes *ret_value) CREDIT_MUST_CHECK;

#endif
