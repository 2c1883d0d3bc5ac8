/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb_bare.c - LMDB with nothing around it: the peer of reads and of durable commits.
 *
 * Opened as the registry opens its stores (no MDB_NOSYNC, no MDB_WRITEMAP, MDB_NORDAHEAD as there),
 * so that the difference is what libcredit adds.
 */
#include "tests/bench/peers.h"

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

static void put(
	struct bench_lmdb *lmdb, struct credit_bytes key, struct credit_bytes value, unsigned flags)
{
	MDB_val mdb_key = val_of(key), mdb_value = val_of(value);

	if (!lmdb->write)
		check(mdb_txn_begin(lmdb->env, NULL, 0, &lmdb->write), "begin");
	check(mdb_put(lmdb->write, lmdb->rows, &mdb_key, &mdb_value, flags), "put");
}

void bench_lmdb_append(struct bench_lmdb *lmdb, struct credit_bytes key, struct credit_bytes value)
{
	put(lmdb, key, value, MDB_APPEND);
}

void bench_lmdb_put(struct bench_lmdb *lmdb, struct credit_bytes key, struct credit_bytes value)
{
	put(lmdb, key, value, 0);
}

void bench_lmdb_commit(struct bench_lmdb *lmdb)
{
	if (!lmdb->write)
		return;
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

/* --- the rows of a set ------------------------------------------------------------------------ */

struct copy {
	struct bench_lmdb *lmdb;
	uint64_t rows, value_bytes;
};

static enum credit_error copy_row(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct copy *copy = context;

	bench_lmdb_append(copy->lmdb, key, value);
	copy->rows++;
	copy->value_bytes += value.size;
	return CREDIT_OK;
}

struct bench_lmdb *bench_lmdb_of(
	const struct bench *bench, const struct bench_data *data, double *ret_value_bytes)
{
	char folder[PATH_MAX];
	struct copy copy = {0};

	bench_path(bench->folder, "lmdb", folder);
	bench_remove(folder);
	copy.lmdb = bench_lmdb_open(folder, ((size_t)8 << 30) + data->entities * 4096);
	bench_data_statuses(data, &copy, copy_row);
	bench_lmdb_commit(copy.lmdb);
	if (copy.rows != data->entities)
		errx(1, "%llu statuses for %llu entities", (unsigned long long)copy.rows,
			(unsigned long long)data->entities);
	*ret_value_bytes = (double)copy.value_bytes / (double)copy.rows;
	return copy.lmdb;
}
