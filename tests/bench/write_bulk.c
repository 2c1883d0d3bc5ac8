/* SPDX-License-Identifier: Apache-2.0
 *
 * write_bulk.c - acts/s in manifests of 1,000 about random entities: write.bulk on one million entities,
 * write.bulk_10m on ten, beside bare LMDB and PostgreSQL on ten; growth.write, their processor time for an
 * act; memory.private_bulk, the greatest private memory on the way.
 *
 * All in turn, each on the server's core, for so long that the registry publishes at least ten times in a
 * full run (the detail says how often it did). Ours over TCP with mutual TLS, signed, verified, decided,
 * logged, durable, receipted, published. LMDB: lmdb_bulk.c. PostgreSQL: three rows for each act in
 * transactions of 1,000, one statement each, on CONNECTIONS connections.
 */
#include "tests/bench/peers.h"

#include <err.h>
#include <stdlib.h>

#define ACTS 1000
#define CONNECTIONS 4
#define IN_FLIGHT 2 /* manifests, on each */
#define FASTEST 60  /* acts in a millisecond: more than any daemon takes */
#define MIB (1 << 20)

/* Of credd on one data set, pair by pair. */
struct ours {
	struct bench_data data;
	struct bench_server server;
	char folder[PATH_MAX];
	double rate[BENCH_PAIRS], cpu[BENCH_PAIRS], busy[BENCH_PAIRS], written[BENCH_PAIRS],
		publications[BENCH_PAIRS], p50[BENCH_PAIRS], mib[BENCH_PAIRS];
	double act_bytes, acts_an_epoch;
};

struct seen {
	struct ours large, small;
	struct bench_pairs lmdb, postgres, cpu;
	struct bench_postgres server;
	bool with_postgres;
};

static void open_ours(
	const struct bench *bench, const char *name, enum bench_size size, struct ours *ours)
{
	ours->data = bench_data_of(bench, size);
	bench_data_copy(bench, &ours->data, name, ours->folder);
	ours->server = bench_credd(bench, name, ours->folder, BENCH_SERVER_CORE);
	bench_server_warm(&ours->server, &ours->data);
}

static void close_ours(struct ours *ours)
{
	bench_server_stop(&ours->server);
	bench_remove(ours->folder);
}

static void measure_ours(
	const struct bench *bench, unsigned milliseconds, size_t pair, struct ours *ours)
{
	const struct bench_load load = {.method = "Submit",
		.cores = BENCH_CLIENT_CORE,
		.connections = CONNECTIONS,
		.in_flight = IN_FLIGHT,
		.items = ACTS,
		.milliseconds = milliseconds,
		.warm_up = milliseconds / 10,
		.filings = milliseconds * FASTEST / ACTS,
		.seed = (unsigned)pair + 1,
		.watch = true};
	struct bench_loaded loaded = bench_run(bench, &ours->server, BENCH_TLS, &ours->data, &load);

	ours->rate[pair] = loaded.rate * ACTS;
	ours->cpu[pair] = loaded.server_us / ACTS;
	ours->busy[pair] = loaded.server_busy;
	ours->written[pair] = loaded.written / ACTS;
	ours->publications[pair] = loaded.publications;
	ours->p50[pair] = loaded.p50_us;
	ours->mib[pair] = (double)loaded.private_peak / MIB;
	ours->act_bytes = loaded.request_bytes / ACTS;
	ours->acts_an_epoch = loaded.epochs > 0 ? loaded.calls * ACTS / loaded.epochs : ACTS;
	bench_say("%llu entities: %.0f acts/s, busy %.2f, %.1f us and %.0f bytes written an act, "
		  "%.0f publications, %.0f MiB",
		(unsigned long long)ours->data.entities, ours->rate[pair], ours->busy[pair],
		ours->cpu[pair], ours->written[pair], loaded.publications, ours->mib[pair]);
}

static double measure_postgres(
	const struct bench *bench, const struct seen *seen, unsigned milliseconds, size_t pair)
{
	const struct bench_query query = {.statement = "acts",
		.cores = BENCH_CLIENT_CORE,
		.clients = CONNECTIONS,
		.items = ACTS,
		.act_bytes = (unsigned)seen->large.act_bytes,
		.milliseconds = milliseconds,
		.warm_up = milliseconds / 10,
		.seed = (unsigned)pair + 1};

	return bench_postgres_run(bench, &seen->server, &seen->large.data, &query).rate * ACTS;
}

static void measure(
	const struct bench *bench, struct bench_lmdb_bulk *lmdb, size_t pair, struct seen *seen)
{
	unsigned milliseconds = bench_scaled(bench, 11000, 1500);

	measure_ours(bench, milliseconds, pair, &seen->large);
	seen->lmdb.ours[pair] = seen->postgres.ours[pair] = seen->large.rate[pair];
	seen->lmdb.peer[pair] = bench_lmdb_bulk_run(
		lmdb, milliseconds, (unsigned)seen->large.acts_an_epoch, pair + 1);
	if (seen->with_postgres)
		seen->postgres.peer[pair] = measure_postgres(bench, seen, milliseconds, pair);
	bench_say("bare LMDB %.0f acts/s, PostgreSQL %.0f", seen->lmdb.peer[pair],
		seen->postgres.peer[pair]);
	measure_ours(bench, milliseconds, pair, &seen->small);
	seen->cpu.ours[pair] = seen->large.cpu[pair];
	seen->cpu.peer[pair] = seen->small.cpu[pair];
}

/* --- telling ---------------------------------------------------------------------------------- */

static json_t *detail_of(const struct bench *bench, const struct ours *ours)
{
	return json_pack(
		"{s:I, s:O, s:i, s:i, s:i, s:i, s:i, s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:o}",
		"entities", (json_int_t)ours->data.entities, "data_set", ours->data.build, "pairs",
		BENCH_PAIRS, "acts_a_manifest", ACTS, "connections", CONNECTIONS, "in_flight_each",
		IN_FLIGHT, "milliseconds_each", bench_scaled(bench, 11000, 1500), "act_bytes",
		ours->act_bytes, "acts_an_epoch", ours->acts_an_epoch, "acts_per_s",
		bench_runs_json(ours->rate), "publications", bench_runs_json(ours->publications),
		"bytes_written_an_act", bench_runs_json(ours->written), "server_us_an_act",
		bench_runs_json(ours->cpu), "server_busy", bench_runs_json(ours->busy),
		"p50_us_a_manifest", bench_runs_json(ours->p50));
}

static void tell_pairs(const struct bench *bench, const char *figure, const struct ours *ours,
	const char *what, const struct bench_pairs *pairs, json_t *peer)
{
	json_t *detail = detail_of(bench, ours);

	json_object_set_new(detail, what, bench_pairs_json(pairs, "ratio", bench_ratio(pairs)));
	if (peer)
		json_object_set(detail, "postgres", peer);
	bench_tell(figure, bench_ratio(pairs), detail);
}

static void tell(const struct bench *bench, const struct seen *seen)
{
	struct bench_spread peak = bench_spread_of(seen->large.mib, BENCH_PAIRS);

	bench_tell("write.bulk", bench_spread_of(seen->small.rate, BENCH_PAIRS),
		detail_of(bench, &seen->small));
	bench_tell("write.bulk_10m", bench_spread_of(seen->large.rate, BENCH_PAIRS),
		detail_of(bench, &seen->large));
	tell_pairs(bench, "write.bulk_vs_lmdb", &seen->large, "acts_per_s", &seen->lmdb, NULL);
	if (seen->with_postgres)
		tell_pairs(bench, "write.bulk_vs_postgres", &seen->large, "acts_per_s",
			&seen->postgres, seen->server.settings);
	else
		bench_missing("write.bulk_vs_postgres", seen->server.reason, seen->server.remedy);
	tell_pairs(bench, "growth.write", &seen->large, "server_us_an_act", &seen->cpu, NULL);
	peak.median = peak.max; /* a bound is held by the greatest */
	bench_tell("memory.private_bulk", peak, detail_of(bench, &seen->large));
}

void bench_write_bulk(const struct bench *bench)
{
	struct seen *seen = calloc(1, sizeof *seen);

	if (!seen)
		err(1, "memory");
	seen->large.data = bench_data_of(bench, BENCH_TEN_MILLION);
	seen->with_postgres =
		bench_postgres_start(bench, &seen->large.data, BENCH_SERVER_CORE, &seen->server);
	if (seen->with_postgres)
		bench_postgres_empty(bench, &seen->server);
	struct bench_lmdb_bulk *lmdb = bench_lmdb_bulk_new(bench, &seen->large.data);
	open_ours(bench, "running-large", BENCH_TEN_MILLION, &seen->large);
	open_ours(bench, "running-small", BENCH_MILLION, &seen->small);
	bench_pin(bench, BENCH_SERVER_CORE); /* for LMDB; others place themselves */
	for (size_t pair = 0; pair < BENCH_PAIRS; pair++)
		measure(bench, lmdb, pair, seen);
	close_ours(&seen->large);
	close_ours(&seen->small);
	bench_lmdb_bulk_free(lmdb);
	if (seen->with_postgres)
		bench_postgres_stop(&seen->server);
	tell(bench, seen);
	free(seen);
}
