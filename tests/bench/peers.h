/* SPDX-License-Identifier: Apache-2.0
 *
 * peers.h - what the registry is measured beside: bare LMDB, PostgreSQL, a gRPC service in Node.
 */
#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include "tests/bench/server.h"

/* --- bare LMDB -------------------------------------------------------------------------------- */

struct bench_lmdb;
/* Every commit is durable. The map grows to `map_size` bytes at most. */
struct bench_lmdb *bench_lmdb_open(const char *folder, size_t map_size);
void bench_lmdb_close(struct bench_lmdb *lmdb);
/* Keys in order, all in one transaction until _commit. */
void bench_lmdb_append(struct bench_lmdb *lmdb, struct credit_bytes key, struct credit_bytes value);
/* Keys as they come. */
void bench_lmdb_put(struct bench_lmdb *lmdb, struct credit_bytes key, struct credit_bytes value);
void bench_lmdb_commit(struct bench_lmdb *lmdb);
/* Reads until _end; the same transaction is used again and again. */
void bench_lmdb_begin(struct bench_lmdb *lmdb);
struct credit_bytes bench_lmdb_get(struct bench_lmdb *lmdb, struct credit_bytes key);
void bench_lmdb_end(struct bench_lmdb *lmdb);

/* A bare LMDB with the very status rows of the set, code to row, read through once. Copied anew each
 * time, so that nobody's writes are in it. */
struct bench_lmdb *bench_lmdb_of(
	const struct bench *bench, const struct bench_data *data, double *ret_value_bytes);

/* Acts as bare LMDB would write them: lmdb_bulk.c. */
struct bench_lmdb_bulk;
struct bench_lmdb_bulk *bench_lmdb_bulk_new(
	const struct bench *bench, const struct bench_data *data);
void bench_lmdb_bulk_free(struct bench_lmdb_bulk *bulk);
/* Acts/s. */
double bench_lmdb_bulk_run(
	struct bench_lmdb_bulk *bulk, unsigned milliseconds, unsigned acts_a_commit, uint64_t seed);

/* --- PostgreSQL ------------------------------------------------------------------------------- */

/* A server in a folder of its own, with the statuses of a data set in a table. */
struct bench_postgres {
	pid_t pid;
	uid_t user;
	gid_t group;
	char programs[PATH_MAX]; /* folder of postgres, initdb, psql */
	char folder[PATH_MAX];   /* of the cluster and of the socket */
	char database[32];
	json_t *settings;            /* an object, for the detail */
	const char *reason, *remedy; /* why there is none */
};
/* Statuses are loaded unless they are there. False when there can be none here: `reason` and `remedy` say
 * why. */
bool bench_postgres_start(const struct bench *bench, const struct bench_data *data,
	enum bench_cores cores, struct bench_postgres *ret_postgres);
void bench_postgres_stop(struct bench_postgres *postgres);
/* Empties the tables that acts are written to. */
void bench_postgres_empty(const struct bench *bench, const struct bench_postgres *postgres);

struct bench_query {
	const char *statement; /* of peer_postgres.c: "one", "batch", "act" */
	enum bench_cores cores;
	unsigned clients, milliseconds, warm_up, seed;
	unsigned items;     /* codes or acts in a statement; 0: 1 */
	unsigned act_bytes; /* of an act's text */
};
struct bench_queried {
	double rate; /* statements/s */
	double p50_us, p99_us;
};
struct bench_queried bench_postgres_run(const struct bench *bench,
	const struct bench_postgres *postgres, const struct bench_data *data,
	const struct bench_query *query);

/* --- Node ------------------------------------------------------------------------------------- */

/* peer_node/service.js over that PostgreSQL. False when it cannot be had. */
bool bench_node(const struct bench *bench, const struct bench_postgres *postgres,
	enum bench_cores cores, struct bench_server *ret_server, const char **ret_reason,
	const char **ret_remedy);

#endif
