/* SPDX-License-Identifier: Apache-2.0
 *
 * server.h - servers that are started, and credload that puts them under load.
 */
#ifndef TESTS_BENCH_SERVER_H
#define TESTS_BENCH_SERVER_H

#include "tests/bench/data.h"

struct client;

/* On a Unix socket and on TCP with mutual TLS. */
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

/* credd on the town in `data_folder`, with a worker thread for each of the cores. `name` tells it from
 * others that run at the same time. */
struct bench_server bench_credd(const struct bench *bench, const char *name,
	const char *data_folder, enum bench_cores cores);
/* The same again after it has ended, on the same socket; does not wait until it answers. */
void bench_credd_again(const struct bench *bench, const char *name, enum bench_cores cores,
	struct bench_server *server);
/* tests/bench/echo.c, with the same certificates, answering any message with `reply_bytes`. */
struct bench_server bench_echo(const struct bench *bench, unsigned reply_bytes);
/* Fills all but the pid: names, certificates, a free port. */
void bench_server_prepare(
	const struct bench *bench, const char *name, struct bench_server *ret_server);
/* Until somebody listens at its address. */
void bench_server_wait(const struct bench_server *server, const char *what);
void bench_server_stop(const struct bench_server *server);

/* Touches every page of the statuses, so that no measurement pays for the first look. */
void bench_server_warm(const struct bench_server *server, const struct bench_data *data);
/* One GetStatus over the socket; whether there was an answer. */
bool bench_server_answers(const struct bench_server *server, const struct credit_uscc *uscc);

/* --- load ------------------------------------------------------------------------------------- */

struct bench_load {
	const char *
		method; /* of credload: "GetStatus", "GetStatusProof", "BatchGetStatus", "Submit" */
	bool raw;       /* with a client that costs little: credload --raw */
	enum bench_cores cores; /* BENCH_CLIENT_CORE or BENCH_BOTH_CORES */
	unsigned connections, in_flight, milliseconds, warm_up, seed;
	unsigned items;   /* acts in a filing, codes in a message; 0: 1 */
	unsigned filings; /* sealed beforehand */
	bool watch;       /* count publications, look at the memory */
};
struct bench_loaded {
	double rate; /* calls/s */
	double p50_us, p99_us;
	double server_us;   /* of the server's CPU for each call */
	double server_busy; /* share of one core while it lasted */
	double request_bytes, reply_bytes;
	double calls;
	double epochs;         /* that the answered filings were recorded in */
	double written;        /* bytes for each call */
	double publications;   /* watched: seen while it lasted */
	uint64_t private_peak; /* watched: greatest private memory seen */
};
/* Runs credload. Fails when a single call or act does. */
struct bench_loaded bench_run(const struct bench *bench, const struct bench_server *server,
	enum bench_transport transport, const struct bench_data *data,
	const struct bench_load *load);

/* The same without waiting for the end; what it prints goes to standard error. */
pid_t bench_run_begin(const struct bench *bench, const struct bench_server *server,
	enum bench_transport transport, const struct bench_data *data,
	const struct bench_load *load);

/* --- looking on (watch.c) --------------------------------------------------------------------- */

/* A thread that counts publications and looks at the memory, twenty times a second. */
struct bench_watch;
struct bench_watch *bench_watch_begin(const struct bench_server *server);
void bench_watch_end(
	struct bench_watch *watch, double *ret_publications, uint64_t *ret_private_peak);

#endif
