/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.h - the frame of `make bench`: figures, pairs, data sets, servers.
 *
 * A figure is a function in a file of its own and a row of the table in main.c. It runs in a child
 * process, so that one that fails takes nothing along. Whatever goes wrong ends the child with a
 * sentence on stderr (errx): a benchmark that goes on after an error measures something else.
 *
 * What is compared is measured in turn, A B A B, and told as the median of the pairs' own ratios (or
 * differences) with the least and the greatest: the noise of a shared machine hits both of a pair.
 *
 * Owns: json_t values are passed on (jansson's "stolen"), processes end with their figure.
 * Threads: one; but for what dataset.c does inside.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <credit/base.h>
#include <credit/uscc.h>

#include <jansson.h>
#include <limits.h>
#include <sys/types.h>

struct bench {
	bool quick;
	char build[PATH_MAX];  /* folder of credd, credload, bench_echo */
	char folder[PATH_MAX]; /* data sets, running copies, results.jsonl */
	char machine[512];
	int server_core, client_core; /* the same when there is only one */
};

/* --- figures ---------------------------------------------------------------------------------- */

struct bench_spread {
	double median, min, max;
};

struct bench_result {
	struct bench_spread spread; /* of what was compared; the median is the figure's value */
	json_t *detail;             /* an object; the frame adds what is common to all */
};

enum bench_direction {
	BENCH_AT_LEAST,
	BENCH_AT_MOST
};

struct bench_figure {
	const char *name; /* as in the table of figures */
	const char *unit;
	enum bench_direction direction;
	double reach;
	struct bench_result (*measure)(const struct bench *bench);
};

/* report.c: puts the newest results into the table in `document`. A full run goes before a quick one. */
void bench_report(const struct bench *bench, const struct bench_figure *figures, size_t count,
	const char *document);

struct bench_result bench_read_unary(const struct bench *bench);
struct bench_result bench_read_proof(const struct bench *bench);
struct bench_result bench_read_lib(const struct bench *bench);
struct bench_result bench_growth_read(const struct bench *bench);
struct bench_result bench_proof_bytes(const struct bench *bench);
struct bench_result bench_proof_verify(const struct bench *bench);
struct bench_result bench_check_rederive(const struct bench *bench);
struct bench_result bench_snapshot_check(const struct bench *bench);
struct bench_result bench_write_single(const struct bench *bench);
struct bench_result bench_write_latency(const struct bench *bench);

/* --- measuring -------------------------------------------------------------------------------- */

int64_t bench_now(void); /* nanoseconds, monotonic */
/* Runs this thread, and processes that it starts, on one core only. */
void bench_pin(int core);
/* A progress line on stderr. */
void bench_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define BENCH_PAIRS 5

struct bench_spread bench_spread_of(const double *values, size_t count);
/* {"median": ..., "min": ..., "max": ...} */
json_t *bench_spread_json(struct bench_spread spread);

/* Ours and the peer's, pair by pair. */
struct bench_pairs {
	double ours[BENCH_PAIRS], peer[BENCH_PAIRS];
};
struct bench_spread bench_ratio(const struct bench_pairs *pairs);
struct bench_spread bench_difference(const struct bench_pairs *pairs);
/* {"ours": spread, "peer": spread, <name>: spread of what was made of both} */
json_t *bench_pairs_json(
	const struct bench_pairs *pairs, const char *name, struct bench_spread compared);

/* --- data sets -------------------------------------------------------------------------------- */

/* A town (tests/support/town.h) with many enrolled entities, published, closed. */
struct bench_data {
	char folder[PATH_MAX]; /* the registry's; to be read only */
	char codes[PATH_MAX];  /* the codes, one a line */
	uint64_t entities;
	json_t *build; /* how it was built: seconds, entities/s, acts in a filing, filings in an epoch */
};
/* Builds the set of `entities`, or as many as can be built in BENCH_BUILD_SECONDS; the second time it
 * is there already. */
#define BENCH_BUILD_SECONDS 900
struct bench_data bench_data_of(const struct bench *bench, uint64_t entities);
/* A copy that may be written to, in a folder that the next copy takes the place of. */
void bench_data_copy(
	const struct bench *bench, const struct bench_data *data, char ret_folder[PATH_MAX]);
void bench_remove(const char *path);

/* --- servers and load ------------------------------------------------------------------------- */

/* credd, or the echo, on the server's core, on a Unix socket and on TCP with mutual TLS. */
struct bench_server {
	pid_t pid;
	char socket[PATH_MAX], address[32];
	char tls[PATH_MAX]; /* folder of ca.crt, client.crt, client.key */
};
enum bench_transport {
	BENCH_TLS,
	BENCH_SOCKET,
	BENCH_TRANSPORTS
};
extern const char *const bench_transport_names[BENCH_TRANSPORTS];

/* credd on the town in `data_folder`, with one worker thread. */
struct bench_server bench_credd(const struct bench *bench, const char *data_folder);
/* tests/bench/echo.c, with the same certificates, answering any message with `reply_bytes`. */
struct bench_server bench_echo(const struct bench *bench, unsigned reply_bytes);
void bench_server_stop(const struct bench_server *server);
/* Touches every page of the statuses, so that no measurement pays for the first look. */
void bench_warm(const struct bench_server *server, const struct bench_data *data);
/* Reads the whole state's file, so that the map lies in memory as well. */
void bench_warm_map(const struct bench_data *data);

struct bench_load {
	bool submit, proof; /* else GetStatus; proof: GetStatusProof */
	bool raw;           /* GetStatus with a client that costs little: credload --raw */
	unsigned connections, in_flight, milliseconds, warm_up, filings, seed;
};
struct bench_loaded {
	double rate, p50_us, p99_us;
	double server_us;   /* of the server's CPU for each call */
	double server_busy; /* share of one core while it lasted */
	double request_bytes, reply_bytes;
	double calls;
};
/* Runs credload on the client's core. Fails when a single call or act does. */
struct bench_loaded bench_run(const struct bench *bench, const struct bench_server *server,
	enum bench_transport transport, const struct bench_data *data,
	const struct bench_load *load);

/* --- processes -------------------------------------------------------------------------------- */

#define BENCH_ANY_CORE (-1)
/* Starts a program on `core`; it dies with us. ret_output (may be NULL): its standard output. */
pid_t bench_spawn(const char *const *arguments, int core, int *ret_output);
/* Waits; the exit status must be 0. */
void bench_wait(pid_t pid, const char *what);
/* Nanoseconds on a processor, all threads. */
int64_t bench_cpu(pid_t pid);

/* --- bare LMDB -------------------------------------------------------------------------------- */

struct bench_lmdb;
/* sync: every commit is durable. */
struct bench_lmdb *bench_lmdb_open(const char *folder, size_t map_size);
void bench_lmdb_close(struct bench_lmdb *lmdb);
/* Keys in order, all in one transaction until _commit. */
void bench_lmdb_append(struct bench_lmdb *lmdb, struct credit_bytes key, struct credit_bytes value);
void bench_lmdb_commit(struct bench_lmdb *lmdb);
/* Reads until _end; the same transaction is used again and again. */
void bench_lmdb_begin(struct bench_lmdb *lmdb);
struct credit_bytes bench_lmdb_get(struct bench_lmdb *lmdb, struct credit_bytes key);
void bench_lmdb_end(struct bench_lmdb *lmdb);

#endif
