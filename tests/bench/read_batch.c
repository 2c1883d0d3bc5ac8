/* SPDX-License-Identifier: Apache-2.0
 *
 * read_batch.c - read.batch_vs_lmdb and read.batch_vs_postgres: entities/s when codes come by the thousand.
 *
 * credd answers BatchGetStatus on one stream with one worker thread; bare LMDB is a loop of mdb_get in this
 * process, a thousand in each read transaction; PostgreSQL answers `uscc = any($1)` on one connection. All
 * three have the server's core, in turn, and the same rows; the client has the other core.
 */
#include "tests/bench/peers.h"

#include "load/requests.h"
#include "tests/support/town.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#define CODES 1000 /* a message, a transaction, a query */
#define AHEAD 4    /* messages in flight on the stream */

struct seen {
	struct bench_pairs lmdb, postgres; /* entities/s; ours in both */
	double cpu[BENCH_PAIRS], busy[BENCH_PAIRS], p50[BENCH_PAIRS], p99[BENCH_PAIRS];
};

static volatile uint8_t sink;

/* Codes are made before each thousand, with the clock stopped, as a client makes them elsewhere. */
static double lmdb_rate(
	struct bench_lmdb *lmdb, uint64_t entities, unsigned milliseconds, uint64_t seed)
{
	static struct credit_uscc codes[CODES];
	uint64_t chance = seed, reads = 0;
	int64_t spent = 0;
	uint8_t sum = 0;

	while (spent < milliseconds * 1000000LL) {
		for (size_t i = 0; i < CODES; i++)
			codes[i] = town_uscc((uint32_t)(chance_next(&chance) % entities));
		int64_t begun = bench_now();
		bench_lmdb_begin(lmdb);
		for (size_t i = 0; i < CODES; i++)
			sum ^= bench_lmdb_get(
				lmdb, (struct credit_bytes){(const uint8_t *)codes[i].character,
					      CREDIT_USCC_SIZE})
				       .data[0];
		bench_lmdb_end(lmdb);
		spent += bench_now() - begun;
		reads += CODES;
	}
	sink = sum;
	return (double)reads * 1e9 / (double)spent;
}

static void measure_ours(const struct bench *bench, const struct bench_server *server,
	const struct bench_data *data, const struct bench_load *load, struct seen *seen,
	size_t pair)
{
	struct bench_loaded loaded = bench_run(bench, server, BENCH_SOCKET, data, load);

	seen->lmdb.ours[pair] = seen->postgres.ours[pair] = loaded.rate * CODES;
	seen->cpu[pair] = loaded.server_us / CODES;
	seen->busy[pair] = loaded.server_busy;
	seen->p50[pair] = loaded.p50_us;
	seen->p99[pair] = loaded.p99_us;
}

static json_t *detail_of(const struct bench_data *data, const struct bench_load *load,
	const struct seen *seen, const struct bench_pairs *pairs)
{
	return json_pack("{s:I, s:O, s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "entities",
		(json_int_t)data->entities, "data_set", data->build, "pairs", BENCH_PAIRS,
		"codes_a_message", CODES, "messages_ahead", AHEAD, "milliseconds_each",
		(int)load->milliseconds, "entities_per_s",
		bench_pairs_json(pairs, "ratio", bench_ratio(pairs)), "server_us_per_entity",
		bench_runs_json(seen->cpu), "server_busy", bench_runs_json(seen->busy), "p50_us",
		bench_runs_json(seen->p50), "p99_us", bench_runs_json(seen->p99));
}

static void tell(const struct bench_data *data, const struct bench_load *load,
	const struct bench_postgres *postgres, double value_bytes, const struct seen *seen)
{
	json_t *detail = detail_of(data, load, seen, &seen->lmdb);

	json_object_set_new(detail, "value_bytes", json_real(value_bytes));
	bench_tell("read.batch_vs_lmdb", bench_ratio(&seen->lmdb), detail);
	if (postgres->reason) {
		bench_missing("read.batch_vs_postgres", postgres->reason, postgres->remedy);
		return;
	}
	detail = detail_of(data, load, seen, &seen->postgres);
	json_object_set_new(detail, "postgres", json_incref(postgres->settings));
	bench_tell("read.batch_vs_postgres", bench_ratio(&seen->postgres), detail);
}

void bench_read_batch(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	struct bench_load load = {.method = "BatchGetStatus",
		.cores = BENCH_CLIENT_CORE,
		.connections = 1,
		.in_flight = AHEAD,
		.items = CODES,
		.milliseconds = bench_scaled(bench, 5000, 400),
		.warm_up = bench_scaled(bench, 500, 100)};
	struct bench_query query = {.statement = "batch",
		.cores = BENCH_CLIENT_CORE,
		.clients = 1,
		.items = CODES,
		.milliseconds = load.milliseconds,
		.warm_up = load.warm_up};
	struct bench_postgres postgres;
	struct seen *seen = calloc(1, sizeof *seen);
	double value_bytes;

	if (!seen)
		err(1, "memory");
	bool with_postgres = bench_postgres_start(bench, &data, BENCH_SERVER_CORE, &postgres);
	struct bench_lmdb *lmdb = bench_lmdb_of(bench, &data, &value_bytes);
	bench_data_warm(data.folder);
	struct bench_server server = bench_credd(bench, "credd", data.folder, BENCH_SERVER_CORE);
	bench_server_warm(&server, &data);
	bench_pin(bench, BENCH_SERVER_CORE); /* for mdb_get; credload places itself */
	for (unsigned pair = 0; pair < BENCH_PAIRS; pair++) {
		load.seed = query.seed = pair + 1;
		measure_ours(bench, &server, &data, &load, seen, pair);
		seen->lmdb.peer[pair] =
			lmdb_rate(lmdb, data.entities, load.milliseconds, load.seed);
		if (with_postgres)
			seen->postgres.peer[pair] =
				bench_postgres_run(bench, &postgres, &data, &query).rate * CODES;
		bench_say("entities/s: %.0f (busy %.2f), bare LMDB %.0f, PostgreSQL %.0f",
			seen->lmdb.ours[pair], seen->busy[pair], seen->lmdb.peer[pair],
			seen->postgres.peer[pair]);
	}
	bench_server_stop(&server);
	bench_lmdb_close(lmdb);
	if (with_postgres)
		bench_postgres_stop(&postgres);
	tell(&data, &load, &postgres, value_bytes, seen);
	free(seen);
}
