/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb_txn.c - transactions of a store: readers behind the gate, and the writer.
 *
 * A reader has one LMDB transaction and with it one slot in the reader table for all its life. Begin
 * is mdb_txn_renew and end is mdb_txn_reset, or neither, while nothing is committed; none of it takes
 * a lock. How transactions are kept between reads, and how growing the map is kept away from open
 * reads, is told in lmdb_private.h.
 */
#include "store/check.h"
#include "store/lmdb_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define MAP_STEP_MAX ((size_t)64 << 30)
#define ROOM_MAX ((size_t)1 << 40)
/* However little a transaction adds, its commit writes anew every page from the root of a keyspace
 * to the leaf that changed, and the list of free pages. */
#define PAGES_COPIED 32

MDB_val credit__tree_key(const struct credit_store *store, unsigned keyspace,
	struct credit_bytes key, uint8_t memory[CREDIT_KEY_MAX])
{
	const size_t common = store->options.cluster_key;

	if (!store->tag[keyspace] || key.size < common || key.size >= CREDIT_KEY_MAX)
		return credit__val_of(key);
	memcpy(memory, key.data, common);
	memory[common] = store->tag[keyspace];
	memcpy(memory + common + 1, key.data + common, key.size - common);
	return (MDB_val){.mv_size = key.size + 1, .mv_data = memory};
}

/* Has the keyspace rows with such a key? */
static bool has_place(const struct credit_store *store, unsigned keyspace, struct credit_bytes key)
{
	return keyspace < store->keyspace_count &&
	       (!store->tag[keyspace] ||
		       (key.size >= store->options.cluster_key && key.size < CREDIT_KEY_MAX));
}

/* Can a value be as long as LMDB says? A damaged length would lead anywhere, out of the file too. One that is
 * longer than a page has pages of its own, and right before it their header: 10 bytes, flags (2), how many
 * pages there are (4). */
static bool can_be(const struct credit_store *store, struct credit_bytes value)
{
	const size_t header = 16;
	uint16_t flags;
	uint32_t pages;

	if (value.size <= store->page_size)
		return true;
	memcpy(&flags, value.data - header + 10, sizeof flags);
	memcpy(&pages, value.data - header + 12, sizeof pages);
	return (flags & 0x04) != 0 && value.size <= (size_t)pages * store->page_size - header;
}

enum credit_error credit__unwrap(const struct credit_store *store, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes *value)
{
	if (value->size < CHECK_SIZE || !can_be(store, *value)) {
		value->size = 0;
		return CREDIT_E_STORE_CORRUPT;
	}
	value->size -= CHECK_SIZE;
	return credit__check(store->seed[keyspace], key, *value) ==
			       credit_read_u32(value->data + value->size)
		       ? CREDIT_OK
		       : CREDIT_E_STORE_CORRUPT;
}

static enum credit_error get(struct credit_store *store, MDB_txn *txn, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes *ret_value)
{
	uint8_t memory[CREDIT_KEY_MAX];
	struct credit_bytes value;
	enum credit_error error;
	MDB_val k, v;
	int rc;

	if (!has_place(store, keyspace, key))
		return CREDIT_E_INTERNAL;
	k = credit__tree_key(store, keyspace, key, memory);
	rc = mdb_get(txn, store->keyspace[keyspace], &k, &v);
	if (rc)
		return credit__store_error(rc);
	value = credit__view_of(v);
	error = credit__unwrap(store, keyspace, key, &value);
	if (!error)
		*ret_value = value;
	return error;
}

/* --- reading --------------------------------------------------------------------------------- */

enum credit_error credit_reader_new(struct credit_store *store, struct credit_reader **ret_reader)
{
	struct credit_reader *reader = aligned_alloc(CACHE_LINE, sizeof *reader);

	if (!reader)
		return CREDIT_E_NO_MEMORY;
	memset(reader, 0, sizeof *reader);
	atomic_init(&reader->stand, READER_OUT);
	reader->store = store;
	pthread_mutex_lock(&store->gate_mutex);
	reader->next = store->readers;
	store->readers = reader;
	pthread_mutex_unlock(&store->gate_mutex);
	*ret_reader = reader;
	return CREDIT_OK;
}

void credit_reader_free(struct credit_reader *reader)
{
	struct credit_reader **link;

	if (!reader)
		return;
	if (atomic_load(&reader->stand) == READER_IN)
		credit_read_end(reader);
	/* Under the lock: others end what is kept, and a renewal the transactions of all readers. */
	pthread_mutex_lock(&reader->store->gate_mutex);
	mdb_txn_abort(reader->txn);
	link = &reader->store->readers;
	while (*link != reader)
		link = &(*link)->next;
	*link = reader->next;
	pthread_mutex_unlock(&reader->store->gate_mutex);
	free(reader);
}

static bool change_stand(struct credit_reader *reader, enum reader_stand from, enum reader_stand to)
{
	return atomic_compare_exchange_strong(&reader->stand, &from, to);
}

bool credit__readers_release(struct credit_store *store)
{
	bool any_in = false;

	for (struct credit_reader *reader = store->readers; reader; reader = reader->next) {
		if (change_stand(reader, READER_KEPT, READER_TAKEN)) {
			mdb_txn_reset(reader->txn);
			atomic_store(&reader->stand, READER_OUT);
		}
		any_in = any_in || atomic_load(&reader->stand) == READER_IN;
	}
	return any_in;
}

static void leave(struct credit_reader *reader)
{
	struct credit_store *store = reader->store;

	atomic_store(&reader->stand, READER_OUT);
	if (atomic_load(&store->gate) == GATE_OPEN)
		return;
	pthread_mutex_lock(&store->gate_mutex);
	pthread_cond_broadcast(&store->gate_changed);
	pthread_mutex_unlock(&store->gate_mutex);
}

/* Goes in when the gate is open; else waits until it is. */
static enum credit_error enter(struct credit_reader *reader)
{
	struct credit_store *store = reader->store;
	bool broken;

	for (;;) {
		if (change_stand(reader, READER_OUT, READER_IN)) {
			if (atomic_load(&store->gate) == GATE_OPEN)
				return CREDIT_OK;
			leave(reader);
		}
		pthread_mutex_lock(&store->gate_mutex); /* nobody takes from us any more */
		while (atomic_load(&store->gate) == GATE_SHUT)
			pthread_cond_wait(&store->gate_changed, &store->gate_mutex);
		broken = atomic_load(&store->gate) == GATE_BROKEN;
		pthread_mutex_unlock(&store->gate_mutex);
		if (broken)
			return CREDIT_E_STORE_SUSPECT;
	}
}

/* No commit was under way when the reader's transaction began, and none has started since. In a store
 * opened for reading only others commit, uncounted. */
static bool is_latest(const struct credit_reader *reader)
{
	return !reader->store->read_only && reader->commits % 2 == 0 &&
	       atomic_load(&reader->store->commits) == reader->commits;
}

/* Slots of processes that died without giving them back are cleared once before giving up. */
static int begin_or_renew(struct credit_reader *reader)
{
	int rc, dead = 0;

	if (reader->txn)
		return mdb_txn_renew(reader->txn);
	rc = mdb_txn_begin(reader->store->env, NULL, MDB_RDONLY, &reader->txn);
	if (rc == MDB_READERS_FULL && mdb_reader_check(reader->store->env, &dead) == 0 && dead > 0)
		rc = mdb_txn_begin(reader->store->env, NULL, MDB_RDONLY, &reader->txn);
	return rc;
}

/* LMDB keeps two meta pages and writes them in turn. A reader that is held up between choosing one
 * and copying it may find it half overwritten, or holding a commit that LMDB has not announced yet,
 * so that its next read would see an older one. That takes a commit that starts or ends meanwhile, and
 * then the reader begins again. (A process that only reads cannot know and is left with LMDB's ways.) */
static int begin_undisturbed(struct credit_reader *reader)
{
	struct credit_store *store = reader->store;
	uint64_t before;
	int rc;

	for (;;) {
		before = atomic_load(&store->commits);
		rc = begin_or_renew(reader);
		reader->commits = before;
		reader->snapshot++;
		if (rc != 0 || atomic_load(&store->commits) == before)
			return rc;
		mdb_txn_reset(reader->txn);
	}
}

enum credit_error credit_read_begin(struct credit_reader *reader)
{
	enum credit_error error;
	int rc;

	if (atomic_load_explicit(&reader->stand, memory_order_relaxed) == READER_IN)
		return CREDIT_E_BUSY;
	if (change_stand(reader, READER_KEPT, READER_IN)) {
		if (is_latest(reader))
			return CREDIT_OK;
		mdb_txn_reset(reader->txn);
		leave(reader);
	}
	for (;;) {
		error = enter(reader);
		if (error)
			return error;
		rc = begin_undisturbed(reader);
		if (rc == 0)
			return CREDIT_OK;
		leave(reader);
		if (rc != MDB_MAP_RESIZED)
			return credit__store_error(rc);
		/* Opened for reading only, and the writing process has grown the map. */
		error = credit__store_remap(reader->store, 0);
		if (error)
			return error;
	}
}

void credit_read_end(struct credit_reader *reader)
{
	if (is_latest(reader)) {
		atomic_store(&reader->stand, READER_KEPT);
		if (is_latest(reader) && atomic_load(&reader->store->gate) == GATE_OPEN)
			return;
		/* Whoever has come since may have looked at us before: then it is ours to end. */
		if (!change_stand(reader, READER_KEPT, READER_IN))
			return;
	}
	mdb_txn_reset(reader->txn);
	leave(reader);
}

uint64_t credit_read_snapshot(const struct credit_reader *reader)
{
	return reader->snapshot;
}

enum credit_error credit_read_get(struct credit_reader *reader, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes *ret_value)
{
	return get(reader->store, reader->txn, keyspace, key, ret_value);
}

/* --- writing --------------------------------------------------------------------------------- */

/* The caller holds the writer, so nobody else changes the map. */
static enum credit_error make_room(struct credit_store *store, size_t room)
{
	enum credit_error error;
	size_t used, map, wanted, needed;

	if (room > ROOM_MAX)
		return CREDIT_E_TOO_LARGE;
	if (atomic_load(&store->gate) == GATE_BROKEN)
		return CREDIT_E_STORE_SUSPECT;
	credit__store_extent(store, &used, &map);
	needed = 4 * room + PAGES_COPIED * store->page_size;
	wanted = map;
	while (wanted < used + needed || (wanted == map && store->grow_next))
		wanted += wanted < MAP_STEP_MAX ? wanted : MAP_STEP_MAX;
	if (wanted == map)
		return CREDIT_OK;
	error = credit__store_remap(store, wanted);
	if (!error)
		store->grow_next = false;
	return error;
}

enum credit_error credit_write_begin(
	struct credit_store *store, size_t room, struct credit_write **ret_write)
{
	struct credit_write *write = &store->outermost;
	enum credit_error error;
	int rc;

	if (store->read_only)
		return CREDIT_E_UNSUPPORTED;
	rc = pthread_mutex_lock(&store->writer);
	if (rc)
		return credit__store_error(rc);
	error = make_room(store, room);
	if (error)
		goto fail;
	*write = (struct credit_write){.store = store};
	error = credit__store_error(mdb_txn_begin(store->env, NULL, 0, &write->txn));
	if (error)
		goto fail;
	*ret_write = write;
	return CREDIT_OK;
fail:
	pthread_mutex_unlock(&store->writer);
	return error;
}

const char *credit_write_path(const struct credit_write *write)
{
	return write->store->options.path;
}

enum credit_error credit_write_nested(struct credit_write *outer, struct credit_write **ret_inner)
{
	struct credit_store *store = outer->store;
	int rc;

	if (outer->failed)
		return outer->failed;
	if (outer->outer || store->nested.txn)
		return CREDIT_E_BUSY;
	store->nested = (struct credit_write){.store = store, .outer = outer};
	rc = mdb_txn_begin(store->env, outer->txn, 0, &store->nested.txn);
	if (rc)
		return credit__store_error(rc);
	*ret_inner = &store->nested;
	return CREDIT_OK;
}

/* What a call of LMDB means for its transaction: after anything but a plain no, LMDB itself refuses
 * all but abort, so the first reason is kept for whoever comes later. */
static enum credit_error note(struct credit_write *write, int rc)
{
	enum credit_error error = credit__store_error(rc);

	if (rc == MDB_MAP_FULL)
		write->store->grow_next = true;
	if (rc != 0 && rc != MDB_NOTFOUND && rc != MDB_KEYEXIST && rc != MDB_BAD_VALSIZE)
		write->failed = error;
	return error;
}

enum credit_error credit_write_get(struct credit_write *write, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes *ret_value)
{
	if (write->failed)
		return write->failed;
	return get(write->store, write->txn, keyspace, key, ret_value);
}

static enum credit_error put(struct credit_write *write, unsigned keyspace, struct credit_bytes key,
	struct credit_bytes value, unsigned flags)
{
	struct credit_store *store = write->store;
	MDB_val k, v = {.mv_size = value.size + CHECK_SIZE};
	uint8_t memory[CREDIT_KEY_MAX];
	uint32_t check;
	int rc;

	if (write->failed)
		return write->failed;
	if (!has_place(store, keyspace, key))
		return CREDIT_E_INTERNAL;
	k = credit__tree_key(store, keyspace, key, memory);
	check = credit__check(store->seed[keyspace], key, value);
	rc = mdb_put(write->txn, store->keyspace[keyspace], &k, &v, flags | MDB_RESERVE);
	if (rc == 0) {
		uint8_t *stored = v.mv_data;

		if (value.size > 0)
			memcpy(stored, value.data, value.size);
		credit_write_u32(stored + value.size, check);
	}
	return note(write, rc);
}

enum credit_error credit_write_put(struct credit_write *write, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes value)
{
	return put(write, keyspace, key, value, 0);
}

enum credit_error credit_write_append(struct credit_write *write, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes value)
{
	return put(write, keyspace, key, value, MDB_APPEND);
}

enum credit_error credit_write_delete(
	struct credit_write *write, unsigned keyspace, struct credit_bytes key)
{
	uint8_t memory[CREDIT_KEY_MAX];
	MDB_val k;

	if (write->failed)
		return write->failed;
	if (!has_place(write->store, keyspace, key))
		return CREDIT_E_INTERNAL;
	k = credit__tree_key(write->store, keyspace, key, memory);
	return note(write, mdb_del(write->txn, write->store->keyspace[keyspace], &k, NULL));
}

enum credit_error credit_write_clear(struct credit_write *write, unsigned keyspace)
{
	if (write->failed)
		return write->failed;
	if (keyspace >= write->store->keyspace_count || write->outer || write->store->tag[keyspace])
		return CREDIT_E_INTERNAL;
	return note(write, mdb_drop(write->txn, write->store->keyspace[keyspace], 0));
}

/* LMDB says EIO when the disk takes only part of a write, which is how a disk becomes full. */
static int refine(struct credit_store *store, int rc)
{
	struct statvfs disk;

	if (rc == EIO && fstatvfs(store->directory, &disk) == 0 &&
		disk.f_bavail * disk.f_frsize < store->page_size)
		return ENOSPC;
	return rc;
}

/* LMDB gives a database up when its meta page could not be written: whether the commit is there is then
 * known only after opening it again. Nothing else tells that from an error that has changed nothing. */
static bool is_given_up(struct credit_store *store)
{
	MDB_txn *probe = NULL;
	int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &probe);

	if (rc == 0)
		mdb_txn_abort(probe);
	return rc == MDB_PANIC;
}

/* The end of a handle: an inner one gives way to its outer, an outermost one to the next writer. */
static void release(struct credit_write *write)
{
	struct credit_store *store = write->store;
	bool outermost = !write->outer;

	*write = (struct credit_write){0};
	if (outermost)
		pthread_mutex_unlock(&store->writer);
}

/* What readers have kept is older than the last commit, and would pin the pages that it freed. */
static void commit_ended(struct credit_store *store)
{
	atomic_fetch_add(&store->commits, 1);
	pthread_mutex_lock(&store->gate_mutex);
	(void)credit__readers_release(store);
	pthread_mutex_unlock(&store->gate_mutex);
}

enum credit_error credit_write_commit(struct credit_write *write)
{
	enum credit_error error = write->failed;
	int rc;

	if (error) {
		mdb_txn_abort(write->txn);
	} else {
		if (!write->outer)
			atomic_fetch_add(&write->store->commits, 1);
		/* Consumes the LMDB handle too, success or not. */
		rc = write->outer ? mdb_txn_commit(write->txn)
				  : credit__settle_commit(write->store, write->txn);
		rc = refine(write->store, rc);
		if (!write->outer)
			commit_ended(write->store);
		if (rc && !write->outer && is_given_up(write->store))
			rc = MDB_PANIC;
		error = note(write, rc);
		if (error && write->outer)
			write->outer->failed = error;
	}
	release(write);
	return error;
}

void credit_write_abort(struct credit_write *write)
{
	if (!write)
		return;
	mdb_txn_abort(write->txn);
	release(write);
}

enum credit_error credit_write_step(struct credit_write *write, size_t room)
{
	enum credit_error error = write->failed;

	if (!error && write->outer)
		error = CREDIT_E_INTERNAL;
	if (error)
		return error;
	atomic_fetch_add(&write->store->commits, 1);
	error = note(write, refine(write->store, credit__settle_commit(write->store, write->txn)));
	write->txn = NULL;
	if (!error)
		error = make_room(write->store, room);
	if (!error)
		error = credit__store_error(mdb_txn_begin(write->store->env, NULL, 0, &write->txn));
	write->failed = error;
	return error;
}
