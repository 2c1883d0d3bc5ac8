/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - bench_postgres: puts a PostgreSQL under load as credload does credd, and says how it did.
 *
 *     bench_postgres FOLDER DATABASE STATEMENT CODES CLIENTS ITEMS ACT_BYTES MS WARM_UP_MS SEED
 *
 * What `pgbench -M prepared -j 2` does, with keys that pgbench cannot make: drawn from the same file of codes
 * by the same generator. A connection for each client, a thread for half of them, statements prepared once,
 * parameters and results in binary, the next parameters made while the server works. Like pgbench it knows
 * nothing of the answer but that it came, and how many rows it had.
 */
#include "load/histogram.h"
#include "load/requests.h"

#include <err.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CLIENTS_MAX 256
#define THREADS 2
#define ITEMS_MAX 1000
#define BODY_MAX 4096
#define PARAMS_MAX 4
#define STATUS_BYTES 64 /* about a Status with one listing */
#define TEXT_OID 25
#define BYTEA_OID 17
#define COMMITMENT_BYTES 32

struct call {
	const struct run *run;
	uint64_t chance;
	struct credit_uscc codes[ITEMS_MAX];
	size_t codes_count; /* different ones */
	uint8_t memory[PARAMS_MAX][ITEMS_MAX * (BODY_MAX + 4) + 64];
	const char *value[PARAMS_MAX];
	int length[PARAMS_MAX];
};

/* One act is three rows in one transaction, made by one statement: no round trips in between. */
struct statement {
	const char *name, *sql;
	void (*fill)(struct call *call);
	int params;
	bool reads; /* so little that a backend's first look at a page counts */
};

struct run {
	const char *folder, *database;
	const struct statement *statement;
	struct codes codes;
	uint32_t items, act_bytes, milliseconds, warm_up;
	int64_t count_from, until; /* set when everybody is connected */
	pthread_barrier_t connected, set;
};

/* A connection and the statement that is on its way. */
struct client {
	PGconn *connection;
	struct call *call; /* the next one */
	size_t rows;       /* that the answer must have */
	int64_t begun;
	uint64_t counted;
};

/* A thread with its clients. */
struct worker {
	struct run *run;
	pthread_t thread;
	struct client clients[CLIENTS_MAX];
	struct pollfd polled[CLIENTS_MAX];
	size_t count, busy;
	struct histogram latency;
	int64_t first, last;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* --- parameters ------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct credit_uscc));
}

/* In order, so that transactions that change the same rows do so in the same order. */
static void draw(struct call *call)
{
	const struct codes *codes = &call->run->codes;
	size_t kept = 1;

	for (size_t i = 0; i < call->run->items; i++)
		call->codes[i] = codes_get(codes, chance_next(&call->chance) % codes->count);
	qsort(call->codes, call->run->items, sizeof call->codes[0], compare);
	for (size_t i = 1; i < call->run->items; i++)
		if (compare(&call->codes[i], &call->codes[kept - 1]) != 0)
			call->codes[kept++] = call->codes[i];
	call->codes_count = kept;
}

static void set(struct call *call, int param, size_t size)
{
	call->value[param] = (const char *)call->memory[param];
	call->length[param] = (int)size;
}

/* Text repeats nowhere, so that nothing is compressed. */
static void scramble(struct call *call, uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
		uint64_t drawn = chance_next(&call->chance);

		memcpy(bytes + at, &drawn, size - at < sizeof drawn ? size - at : sizeof drawn);
	}
}

/* The binary form of a one-dimensional array; returns where the elements go. */
static uint8_t *array_begin(uint8_t *at, uint32_t oid, size_t count)
{
	const uint32_t header[] = {1, 0, oid, (uint32_t)count, 1};

	for (size_t i = 0; i < sizeof header / sizeof header[0]; i++, at += 4)
		credit_write_u32(at, header[i]);
	return at;
}

static void fill_codes(struct call *call)
{
	uint8_t *at = array_begin(call->memory[0], TEXT_OID, call->codes_count);

	for (size_t i = 0; i < call->codes_count; i++) {
		credit_write_u32(at, CREDIT_USCC_SIZE);
		memcpy(at + 4, call->codes[i].character, CREDIT_USCC_SIZE);
		at += 4 + CREDIT_USCC_SIZE;
	}
	set(call, 0, (size_t)(at - call->memory[0]));
}

static void fill_bytes(struct call *call, int param, size_t size)
{
	uint8_t *at = array_begin(call->memory[param], BYTEA_OID, call->codes_count);

	for (size_t i = 0; i < call->codes_count; i++) {
		credit_write_u32(at, (uint32_t)size);
		scramble(call, at + 4, size);
		at += 4 + size;
	}
	set(call, param, (size_t)(at - call->memory[param]));
}

static void fill_one(struct call *call)
{
	draw(call);
	memcpy(call->memory[0], call->codes[0].character, CREDIT_USCC_SIZE);
	set(call, 0, CREDIT_USCC_SIZE);
}

static void fill_batch(struct call *call)
{
	draw(call);
	fill_codes(call);
}

static void fill_act(struct call *call)
{
	const size_t sizes[] = {COMMITMENT_BYTES, call->run->act_bytes, STATUS_BYTES};

	fill_one(call);
	for (int i = 0; i < 3; i++) {
		scramble(call, call->memory[i + 1], sizes[i]);
		set(call, i + 1, sizes[i]);
	}
}

static void fill_acts(struct call *call)
{
	fill_batch(call);
	fill_bytes(call, 1, COMMITMENT_BYTES);
	fill_bytes(call, 2, call->run->act_bytes);
	scramble(call, call->memory[3], STATUS_BYTES);
	set(call, 3, STATUS_BYTES);
}

static const struct statement statements[] = {
	{"one", "select status, epoch, published_at from statuses where uscc = $1::text", fill_one,
		1, true},
	{"batch", "select uscc, status from statuses where uscc = any($1::text[])", fill_batch, 1,
		true},
	{"act",
		"with a as (insert into acts values ($2::bytea, $1::text, $3::bytea)), "
		"r as (insert into records values ($1, substr($2, 1, 16), $3)) "
		"update statuses set status = $4::bytea, epoch = epoch + 1 where uscc = $1",
		fill_act, 4, false},
	{"acts",
		"with i as materialized (select * from unnest($1::text[], $2::bytea[], "
		"$3::bytea[]) "
		"as t(uscc, commitment, body)), "
		"a as (insert into acts select commitment, uscc, body from i), "
		"r as (insert into records select uscc, substr(commitment, 1, 16), body from i) "
		"update statuses s set status = $4::bytea, epoch = s.epoch + 1 from i "
		"where s.uscc = i.uscc",
		fill_acts, 4, false},
};

/* --- the load --------------------------------------------------------------------------------- */

/* Each backend maps the buffers into a process of its own, and pays for the first touch of every page; a
 * client that stays connected has long done so. */
static const char *const first_look[] = {
	"set max_parallel_workers_per_gather = 0",
	"select sum(length(status)) from statuses",
	"set enable_seqscan = off",
	"select count(uscc) from statuses",
};

static void check(PGconn *connection, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		errx(1, "%s", PQerrorMessage(connection));
	PQclear(result);
}

static PGconn *open_connection(const struct run *run)
{
	const char *const names[] = {"host", "dbname", "user", NULL}, *const values[] = {
									      run->folder,
									      run->database,
									      "bench", NULL};
	PGconn *connection = PQconnectdbParams(names, values, 0);

	if (PQstatus(connection) != CONNECTION_OK)
		errx(1, "%s", PQerrorMessage(connection));
	check(connection, PQprepare(connection, "s", run->statement->sql, 0, NULL));
	for (size_t i = 0; run->statement->reads && i < sizeof first_look / sizeof first_look[0];
		i++)
		check(connection, PQexec(connection, first_look[i]));
	return connection;
}

/* Then makes the next call, while the server works. */
static void send_call(struct client *client, int64_t now)
{
	static const int binary[PARAMS_MAX] = {1, 1, 1, 1};
	const struct call *call = client->call;

	if (!PQsendQueryPrepared(client->connection, "s", call->run->statement->params, call->value,
		    call->length, binary, 1) ||
		PQflush(client->connection) < 0)
		errx(1, "%s", PQerrorMessage(client->connection));
	client->begun = now;
	client->rows = call->codes_count;
	call->run->statement->fill(client->call);
}

/* Whether the answer has come whole. */
static bool receive(const struct client *client)
{
	PGconn *connection = client->connection;
	PGresult *result;

	if (!PQconsumeInput(connection) || PQflush(connection) < 0)
		errx(1, "%s", PQerrorMessage(connection));
	if (PQisBusy(connection))
		return false;
	while ((result = PQgetResult(connection))) {
		bool told = PQresultStatus(result) == PGRES_TUPLES_OK;
		size_t seen =
			told ? (size_t)PQntuples(result) : strtoul(PQcmdTuples(result), NULL, 10);

		if ((!told && PQresultStatus(result) != PGRES_COMMAND_OK) || seen != client->rows)
			errx(1, "%zu rows, not %zu: %s", seen, client->rows,
				PQerrorMessage(connection));
		PQclear(result);
	}
	return true;
}

static void answered(struct worker *worker, size_t i, int64_t now)
{
	const struct run *run = worker->run;
	struct client *client = &worker->clients[i];

	if (now >= run->count_from) {
		if (worker->latency.count == 0)
			worker->first = now;
		worker->last = now;
		client->counted++;
		histogram_add(&worker->latency, now - client->begun);
	}
	/* Two at least, however slow the machine. */
	if (now < run->until || client->counted < 2) {
		send_call(client, now);
		return;
	}
	worker->polled[i].fd = -1;
	worker->busy--;
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;

	for (size_t i = 0; i < worker->count; i++) {
		struct client *client = &worker->clients[i];

		client->connection = open_connection(worker->run);
		worker->polled[i] =
			(struct pollfd){.fd = PQsocket(client->connection), .events = POLLIN};
		worker->run->statement->fill(client->call);
	}
	pthread_barrier_wait(&worker->run->connected);
	pthread_barrier_wait(&worker->run->set);
	for (size_t i = 0; i < worker->count; i++)
		send_call(&worker->clients[i], now_ns());
	worker->busy = worker->count;
	while (worker->busy > 0) {
		if (poll(worker->polled, worker->count, -1) < 0)
			err(1, "poll");
		for (size_t i = 0; i < worker->count; i++)
			if (worker->polled[i].fd >= 0 && worker->polled[i].revents != 0 &&
				receive(&worker->clients[i]))
				answered(worker, i, now_ns());
	}
	for (size_t i = 0; i < worker->count; i++)
		PQfinish(worker->clients[i].connection);
	return NULL;
}

static void add_client(struct worker *worker, struct run *run, uint64_t chance)
{
	struct call *call = calloc(1, sizeof *call);

	if (!call)
		err(1, "memory");
	call->run = run;
	call->chance = chance;
	worker->run = run;
	worker->clients[worker->count++].call = call;
}

static void run_clients(struct run *run, struct worker *workers, size_t threads)
{
	pthread_barrier_init(&run->connected, NULL, (unsigned)threads + 1);
	pthread_barrier_init(&run->set, NULL, (unsigned)threads + 1);
	for (size_t i = 0; i < threads; i++)
		if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0)
			errx(1, "no thread");
	pthread_barrier_wait(&run->connected);
	run->count_from = now_ns() + run->warm_up * 1000000LL;
	run->until = run->count_from + run->milliseconds * 1000000LL;
	pthread_barrier_wait(&run->set);
	for (size_t i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
}

static void print(struct worker *workers, size_t threads)
{
	struct worker *total = &workers[0];

	for (size_t i = 1; i < threads; i++) {
		histogram_merge(&total->latency, &workers[i].latency);
		if (workers[i].first < total->first)
			total->first = workers[i].first;
		if (workers[i].last > total->last)
			total->last = workers[i].last;
	}
	printf("{\"rate\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
		(double)(total->latency.count - 1) * 1e9 / (double)(total->last - total->first),
		histogram_quantile(&total->latency, 0.5),
		histogram_quantile(&total->latency, 0.99));
}

static const struct statement *statement_of(const char *name)
{
	for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
		if (strcmp(statements[i].name, name) == 0)
			return &statements[i];
	errx(2, "no statement is called %s", name);
}

static uint32_t number(const char *text, uint32_t max)
{
	unsigned long value = strtoul(text, NULL, 10);

	if (value > max)
		errx(2, "%s is more than %u", text, max);
	return (uint32_t)value;
}

int main(int argc, char **argv)
{
	struct credit_problem problem;

	if (argc != 11)
		errx(2, "usage: bench_postgres FOLDER DATABASE STATEMENT CODES CLIENTS ITEMS "
			"ACT_BYTES MS WARM_UP_MS SEED");
	uint32_t count = number(argv[5], CLIENTS_MAX);
	struct run run = {.folder = argv[1],
		.database = argv[2],
		.statement = statement_of(argv[3]),
		.items = number(argv[6], ITEMS_MAX),
		.act_bytes = number(argv[7], BODY_MAX),
		.milliseconds = number(argv[8], UINT32_MAX),
		.warm_up = number(argv[9], UINT32_MAX)};
	size_t threads = count < THREADS ? count : THREADS;
	struct worker *workers = calloc(THREADS, sizeof *workers);
	if (!workers || codes_open(argv[4], &run.codes, &problem) != CREDIT_OK)
		errx(1, "%s", argv[4]);
	for (uint32_t i = 0; i < count; i++)
		add_client(&workers[i % threads], &run,
			(uint64_t)number(argv[10], UINT32_MAX) * CLIENTS_MAX + i);
	run_clients(&run, workers, threads);
	print(workers, threads);
	for (size_t i = 0; i < threads; i++)
		for (size_t j = 0; j < workers[i].count; j++)
			free(workers[i].clients[j].call);
	codes_close(&run.codes);
	free(workers);
	return 0;
}
