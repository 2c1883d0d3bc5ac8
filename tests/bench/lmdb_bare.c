/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb_bare.c - LMDB with nothing around it: the peer of reads and of durable commits.
 *
 * Opened as the registry opens its stores (no MDB_NOSYNC, no MDB_WRITEMAP, MDB_NORDAHEAD as there),
 * so that the difference is what libcredit adds.
 */
#include "tests/bench/bench.h"

#include <err.h>
#include <lmdb.h>
#include <stdlib.h>
#include <sys/stat.h>

struct bench_lmdb {
	MDB_env *env;
	MDB_dbi rows;
	MDB_txn *write, *read;
};

static void check(int code, const char *what)
{
	if (code != MDB_SUCCESS)
		errx(1, "bare LMDB, %s: %s", what, mdb_strerror(code));
}

static MDB_val val_of(struct credit_bytes bytes)
{
	union {
		const uint8_t *from;
		void *to;
	} cast = {.from = bytes.data}; /* keys and values are copied */

	return (MDB_val){bytes.size, cast.to};
}

struct bench_lmdb *bench_lmdb_open(const char *folder, size_t map_size)
{
	struct bench_lmdb *lmdb = calloc(1, sizeof *lmdb);
	MDB_txn *txn;

	if (!lmdb)
		err(1, "bare LMDB");
	mkdir(folder, 0700);
	check(mdb_env_create(&lmdb->env), "create");
	check(mdb_env_set_maxdbs(lmdb->env, 1), "maxdbs");
	check(mdb_env_set_mapsize(lmdb->env, map_size), "mapsize");
	check(mdb_env_open(lmdb->env, folder, MDB_NOTLS | MDB_NORDAHEAD, 0600), folder);
	check(mdb_txn_begin(lmdb->env, NULL, 0, &txn), "begin");
	check(mdb_dbi_open(txn, "rows", MDB_CREATE, &lmdb->rows), "rows");
	check(mdb_txn_commit(txn), "commit");
	check(mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->read), "reader");
	mdb_txn_reset(lmdb->read);
	return lmdb;
}

void bench_lmdb_close(struct bench_lmdb *lmdb)
{
	mdb_txn_abort(lmdb->read);
	mdb_env_close(lmdb->env);
	free(lmdb);
}

void bench_lmdb_append(struct bench_lmdb *lmdb, struct credit_bytes key, struct credit_bytes value)
{
	MDB_val mdb_key = val_of(key), mdb_value = val_of(value);

	if (!lmdb->write)
		check(mdb_txn_begin(lmdb->env, NULL, 0, &lmdb->write), "begin");
	check(mdb_put(lmdb->write, lmdb->rows, &mdb_key, &mdb_value, MDB_APPEND), "put");
}

void bench_lmdb_commit(struct bench_lmdb *lmdb)
{
	check(mdb_txn_commit(lmdb->write), "commit");
	lmdb->write = NULL;
}

void bench_lmdb_begin(struct bench_lmdb *lmdb)
{
	check(mdb_txn_renew(lmdb->read), "renew");
}

struct credit_bytes bench_lmdb_get(struct bench_lmdb *lmdb, struct credit_bytes key)
{
	MDB_val mdb_key = val_of(key), value;

	check(mdb_get(lmdb->read, lmdb->rows, &mdb_key, &value), "get");
	return (struct credit_bytes){value.mv_data, value.mv_size};
}

void bench_lmdb_end(struct bench_lmdb *lmdb)
{
	mdb_txn_reset(lmdb->read);
}
