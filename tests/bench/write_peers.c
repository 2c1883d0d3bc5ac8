/* SPDX-License-Identifier: Apache-2.0
 *
 * write_peers.c - write.vs_postgres and write.vs_postgres_64: one-act filings acknowledged, beside PostgreSQL
 * committing the three rows that an act leaves.
 *
 * 8 or 64 clients on either side, each waiting for its answer before it files again, over Unix sockets, both
 * cores free to both. Ours are signed, verified, decided, logged, durable and receipted; PostgreSQL's are
 * durable: the act's text, its record, and the entity's new status, in one transaction made by one prepared
 * statement, so that there are no round trips in between. Its rows are as long as ours.
 */
#include "tests/bench/peers.h"

#include <stdio.h>

static const struct {
	const char *figure;
	unsigned clients;
} rows[] = {{"write.vs_postgres", 8}, {"write.vs_postgres_64", 64}};
#define ROWS (sizeof rows / sizeof rows[0])

struct seen {
	struct bench_pairs rate;
	double p50[BENCH_PAIRS], peer_p50[BENCH_PAIRS], p99[BENCH_PAIRS], peer_p99[BENCH_PAIRS];
};

static void tell(const char *figure, unsigned clients, unsigned milliseconds, double act_bytes,
	const struct bench_data *data, const struct bench_postgres *postgres,
	const struct seen *seen)
{
	bench_tell(figure, bench_ratio(&seen->rate),
		json_pack("{s:I, s:O, s:i, s:i, s:s, s:i, s:f, s:O, s:o, s:o, s:o, s:o, s:o}",
			"entities", (json_int_t)data->entities, "data_set", data->build, "pairs",
			BENCH_PAIRS, "clients", (int)clients, "cores",
			"both, for server and clients", "milliseconds_each", (int)milliseconds,
			"act_bytes", act_bytes, "postgres", postgres->settings, "acts_per_s",
			bench_pairs_json(&seen->rate, "ratio", bench_ratio(&seen->rate)), "p50_us",
			bench_runs_json(seen->p50), "p99_us", bench_runs_json(seen->p99),
			"peer_p50_us", bench_runs_json(seen->peer_p50), "peer_p99_us",
			bench_runs_json(seen->peer_p99)));
}

/* Returns the bytes of a filing. */
static double measure(const struct bench *bench, const struct bench_server *server,
	const struct bench_postgres *postgres, const struct bench_data *data, unsigned clients,
	size_t pair, struct seen *seen)
{
	const struct bench_load load = {.method = "Submit",
		.cores = BENCH_BOTH_CORES,
		.connections = clients,
		.in_flight = 1,
		.milliseconds = bench_scaled(bench, 5000, 500),
		.warm_up = 100,
		.filings = (bench_scaled(bench, 5000, 500) + 100) * 25,
		.seed = (unsigned)pair * 100 + clients};
	struct bench_loaded ours = bench_run(bench, server, BENCH_SOCKET, data, &load);
	const struct bench_query query = {.statement = "act",
		.cores = BENCH_BOTH_CORES,
		.clients = clients,
		.act_bytes = (unsigned)ours.request_bytes,
		.milliseconds = load.milliseconds,
		.warm_up = load.warm_up,
		.seed = load.seed};
	struct bench_queried peer = bench_postgres_run(bench, postgres, data, &query);

	seen->rate.ours[pair] = ours.rate;
	seen->rate.peer[pair] = peer.rate;
	seen->p50[pair] = ours.p50_us;
	seen->p99[pair] = ours.p99_us;
	seen->peer_p50[pair] = peer.p50_us;
	seen->peer_p99[pair] = peer.p99_us;
	bench_say("%u clients: %.0f acts/s, PostgreSQL %.0f", clients, ours.rate, peer.rate);
	return ours.request_bytes;
}

void bench_write_peers(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_MILLION);
	struct bench_postgres postgres;
	static struct seen seen[ROWS];
	char folder[PATH_MAX];
	double bytes = 0;

	if (!bench_postgres_start(bench, &data, BENCH_BOTH_CORES, &postgres)) {
		for (size_t row = 0; row < ROWS; row++)
			bench_missing(rows[row].figure, postgres.reason, postgres.remedy);
		return;
	}
	bench_postgres_empty(bench, &postgres);
	bench_data_copy(bench, &data, "running", folder);
	struct bench_server server = bench_credd(bench, "credd", folder, BENCH_BOTH_CORES);
	bench_server_warm(&server, &data);
	for (size_t pair = 0; pair < BENCH_PAIRS; pair++)
		for (size_t row = 0; row < ROWS; row++)
			bytes = measure(bench, &server, &postgres, &data, rows[row].clients, pair,
				&seen[row]);
	bench_server_stop(&server);
	bench_postgres_stop(&postgres);
	bench_remove(folder);
	for (size_t row = 0; row < ROWS; row++)
		tell(rows[row].figure, rows[row].clients, bench_scaled(bench, 5000, 500), bytes,
			&data, &postgres, &seen[row]);
}
