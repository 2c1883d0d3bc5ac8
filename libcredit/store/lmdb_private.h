/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb_private.h - what the files of the LMDB store share: the structs behind store.h and the gate.
 *
 * LMDB forbids changing the size of its map while a transaction of the process is open. The gate
 * makes sure of that without a lock that readers share: every reader has a stand of its own, on a
 * cache line of its own. A reader goes in, then looks whether the gate is open; whoever changes the
 * map shuts the gate, then waits for every reader to be out. Both sides write before they look, in
 * one total order (seq_cst), so at least one of them sees the other.
 *
 * A reader that ends keeps its transaction when nothing was committed since it began: the next begin
 * then costs one exchange. A kept transaction pins nothing as long as it is of the last commit; each
 * commit, and whoever shuts the gate, takes away what is kept. Here too both sides write before they
 * look: the reader says KEPT, then looks for a commit; the writer counts its commit, then looks for
 * what is kept.
 *
 * The gate's mutex guards the list of readers, every change of the map and the taking of what is
 * kept; a reader touches it only when it finds the gate shut or is being taken from.
 */
#ifndef CREDIT_STORE_LMDB_PRIVATE_H
#define CREDIT_STORE_LMDB_PRIVATE_H

#include <credit/store.h>

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

enum gate_state {
	GATE_OPEN,
	GATE_SHUT,   /* the map is being changed */
	GATE_BROKEN, /* the map was lost while being changed; only closing is left */
};

enum reader_stand {
	READER_OUT,  /* the transaction is reset, or there is none yet */
	READER_IN,   /* between begin and end */
	READER_KEPT, /* ended, and the transaction kept for the next begin */
	READER_TAKEN, /* what it kept is being reset by another thread, which holds the gate's mutex */
};

#define CACHE_LINE 64

struct credit_reader {
	_Alignas(CACHE_LINE) _Atomic(enum reader_stand) stand;
	struct credit_store *store;
	MDB_txn *txn;      /* NULL before the first begin */
	uint64_t commits;  /* of the store, when the transaction began */
	uint64_t snapshot; /* counts the transactions */
	struct credit_reader *next;
};

struct credit_write {
	struct credit_store *store;
	MDB_txn *txn;
	struct credit_write *outer; /* NULL for an outermost transaction */
	enum credit_error failed;   /* the first failure that the transaction cannot survive */
};

struct credit_store {
	struct credit_store_options options; /* as opened; path and keyspaces are the store's own */
	MDB_env *env;
	MDB_dbi keyspace[CREDIT_KEYSPACES_MAX];
	uint32_t seed[CREDIT_KEYSPACES_MAX]; /* of the rows' checks (check.h) */
	size_t keyspace_count;
	uint8_t tag[CREDIT_KEYSPACES_MAX]; /* in the shared tree; 0: it has its own */
	uint8_t tagged[UINT8_MAX + 1]; /* the keyspace of each tag; CREDIT_KEYSPACES_MAX: none */
	size_t page_size;
	bool read_only;
	int directory; /* descriptors; -1 when not open */
	int lock;

	/* Of a store that settles later (lmdb_settle.c). The mutex is held while it syncs. */
	pthread_mutex_t settle_mutex;
	int note;           /* the descriptor; -1: every commit is synced */
	bool unsettled;     /* the last commit may not be on the disk */
	bool noted;         /* what was settled last is noted, and the note on the disk */
	bool lost;          /* a sync has failed */
	uint64_t committed; /* the last transaction */

	_Alignas(CACHE_LINE) _Atomic(enum gate_state) gate;
	/* Counts outermost commits twice, when they start and when they have ended: odd during one. */
	_Atomic uint64_t commits;
	pthread_mutex_t gate_mutex;
	pthread_cond_t gate_changed;   /* the gate's state, or a flag that fell while it was shut */
	struct credit_reader *readers; /* guarded by gate_mutex */

	pthread_mutex_t writer; /* held from begin to commit or abort; guards what follows */
	bool grow_next;         /* the last transaction found the map full */
	struct credit_write outermost;
	struct credit_write nested;
};

/* The one place where LMDB's and the system's error numbers become ours. */
enum credit_error credit__store_error(int rc);

static inline MDB_val credit__val_of(struct credit_bytes bytes)
{
	return (MDB_val){.mv_size = bytes.size, .mv_data = (void *)(uintptr_t)bytes.data};
}

static inline struct credit_bytes credit__view_of(MDB_val value)
{
	return (struct credit_bytes){.data = value.mv_data, .size = value.mv_size};
}

/* A key as the tree has it: in a shared one the keyspace's number stands behind the common beginning. What is
 * shorter than that, which only a cursor looks for, has no place for it. */
MDB_val credit__tree_key(const struct credit_store *store, unsigned keyspace,
	struct credit_bytes key, uint8_t memory[CREDIT_KEY_MAX]);
/* Takes the check off a value; CREDIT_E_STORE_CORRUPT unless it fits. */
enum credit_error credit__unwrap(const struct credit_store *store, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes *value) CREDIT_MUST_CHECK;

/* Shuts the gate and waits for open reads to end; on success the gate's mutex is held until
 * credit__gate_open. The caller has no transaction open. CREDIT_E_STORE_SUSPECT once the map is lost. */
enum credit_error credit__gate_shut(struct credit_store *store);
void credit__gate_open(struct credit_store *store, enum gate_state state);

/* Opens data file, meta record and keyspaces as store->options say: errno or LMDB's number is
 * translated, and `problem` filled. */
enum credit_error credit__store_attach(struct credit_store *store, struct credit_problem *problem);

/* Takes away what readers have kept; the gate's mutex is held. Is any reader still in? */
bool credit__readers_release(struct credit_store *store);

/* lmdb_damage.c: what LMDB calls before it aborts. */
void credit__store_assertion(MDB_env *env, const char *message);

/* lmdb_renew.c: what a renewal that was cut short has left goes away. 0 or errno. */
int credit__store_finish_renewal(struct credit_store *store);
/* A data file, empty, where there is none yet. LMDB would write its first pages in place and without a sync:
 * after a loss of power there might be half of them, which is a database of nobody's. 0, errno or LMDB's. */
int credit__store_make_file(struct credit_store *store);

/* lmdb_settle.c: around the opening of the data file. 0 or errno. */
int credit__settle_open(struct credit_store *store);
/* mdb_txn_commit of an outermost transaction: the commit before is on the disk first, and this one when it
 * returns, unless the store settles later. CREDIT_E_STORE_SUSPECT comes as MDB_PANIC. */
int credit__settle_commit(struct credit_store *store, MDB_txn *txn);
/* Before another file takes this one's place, which numbers its commits anew: all is settled, and noted so that
 * it is true of either. _keep: it came to nothing. The caller holds the writer. */
enum credit_error credit__settle_exchange(struct credit_store *store);
void credit__settle_keep(struct credit_store *store);
/* When the file is to be closed: a later one begins anew. */
void credit__settle_close(struct credit_store *store);

/* Changes the map's size while no transaction is open; 0 takes over the size that another process
 * has set. Waits for open reads to end. The caller has no transaction open. */
enum credit_error credit__store_remap(struct credit_store *store, size_t size);

/* Bytes up to the last page in use, and the size of the map. No change of the map may be under way:
 * the caller holds the writer or the gate's mutex. */
void credit__store_extent(struct credit_store *store, size_t *ret_used, size_t *ret_map);

#endif
