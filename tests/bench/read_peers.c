/* SPDX-License-Identifier: Apache-2.0
 *
 * read_peers.c - read.vs_postgres and read.vs_node: what a status costs elsewhere.
 *
 * The same number of clients, each waiting for its answer before it asks again, over Unix sockets; server
 * and clients may use both cores on either side. PostgreSQL is asked for the row by its code with a prepared
 * statement; the service in Node answers the same GetStatus from that PostgreSQL.
 */
#include "tests/bench/peers.h"

#include <err.h>
#include <stdlib.h>

#define CLIENTS 8

struct seen {
	struct bench_pairs postgres, node; /* calls/s; ours in both */
	double p50[BENCH_PAIRS], peer_p50[BENCH_PAIRS], node_p50[BENCH_PAIRS];
};

struct peers {
	struct bench_postgres postgres;
	struct bench_server node;
	bool with_postgres, with_node;
	const char *reason, *remedy; /* why there is no Node */
};

static json_t *detail_of(const struct bench_data *data, const struct bench_load *load,
	const struct peers *peers, const struct bench_pairs *pairs, const double ours_p50[],
	const double peer_p50[])
{
	return json_pack("{s:I, s:O, s:i, s:i, s:s, s:i, s:O, s:o, s:o, s:o}", "entities",
		(json_int_t)data->entities, "data_set", data->build, "pairs", BENCH_PAIRS,
		"clients", CLIENTS, "cores", "both, for server and clients", "milliseconds_each",
		(int)load->milliseconds, "postgres", peers->postgres.settings, "calls_per_s",
		bench_pairs_json(pairs, "ratio", bench_ratio(pairs)), "p50_us",
		bench_runs_json(ours_p50), "peer_p50_us", bench_runs_json(peer_p50));
}

static void tell(const struct bench_data *data, const struct bench_load *load,
	const struct peers *peers, const struct seen *seen)
{
	if (peers->with_postgres)
		bench_tell("read.vs_postgres", bench_ratio(&seen->postgres),
			detail_of(data, load, peers, &seen->postgres, seen->p50, seen->peer_p50));
	else
		bench_missing("read.vs_postgres", peers->postgres.reason, peers->postgres.remedy);
	if (peers->with_node)
		bench_tell("read.vs_node", bench_ratio(&seen->node),
			detail_of(data, load, peers, &seen->node, seen->p50, seen->node_p50));
	else
		bench_missing("read.vs_node", peers->reason, peers->remedy);
}

static void start(const struct bench *bench, const struct bench_data *data, struct peers *peers)
{
	peers->with_postgres =
		bench_postgres_start(bench, data, BENCH_BOTH_CORES, &peers->postgres);
	peers->reason = peers->postgres.reason;
	peers->remedy = peers->postgres.remedy;
	peers->with_node =
		peers->with_postgres && bench_node(bench, &peers->postgres, BENCH_BOTH_CORES,
						&peers->node, &peers->reason, &peers->remedy);
}

static void measure(const struct bench *bench, const struct bench_data *data,
	const struct bench_server *server, const struct peers *peers, const struct bench_load *load,
	struct seen *seen, size_t pair)
{
	const struct bench_query query = {.statement = "one",
		.cores = BENCH_BOTH_CORES,
		.clients = CLIENTS,
		.milliseconds = load->milliseconds,
		.warm_up = load->warm_up,
		.seed = load->seed};
	struct bench_loaded ours = bench_run(bench, server, BENCH_SOCKET, data, load);

	seen->postgres.ours[pair] = seen->node.ours[pair] = ours.rate;
	seen->p50[pair] = ours.p50_us;
	if (peers->with_postgres) {
		struct bench_queried peer =
			bench_postgres_run(bench, &peers->postgres, data, &query);

		seen->postgres.peer[pair] = peer.rate;
		seen->peer_p50[pair] = peer.p50_us;
	}
	if (peers->with_node) {
		struct bench_loaded peer = bench_run(bench, &peers->node, BENCH_SOCKET, data, load);

		seen->node.peer[pair] = peer.rate;
		seen->node_p50[pair] = peer.p50_us;
	}
	bench_say("calls/s: %.0f, PostgreSQL %.0f, Node over it %.0f", ours.rate,
		seen->postgres.peer[pair], seen->node.peer[pair]);
}

void bench_read_peers(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	struct bench_load load = {.method = "GetStatus",
		.raw = true,
		.cores = BENCH_BOTH_CORES,
		.connections = CLIENTS,
		.in_flight = 1,
		.milliseconds = bench_scaled(bench, 5000, 400),
		.warm_up = bench_scaled(bench, 500, 100)};
	struct seen *seen = calloc(1, sizeof *seen);
	struct peers *peers = calloc(1, sizeof *peers);

	if (!seen || !peers)
		err(1, "memory");
	start(bench, &data, peers);
	bench_data_warm(data.folder);
	struct bench_server server = bench_credd(bench, "credd", data.folder, BENCH_BOTH_CORES);
	bench_server_warm(&server, &data);
	for (unsigned pair = 0; pair < BENCH_PAIRS; pair++) {
		load.seed = pair + 1;
		measure(bench, &data, &server, peers, &load, seen, pair);
	}
	bench_server_stop(&server);
	if (peers->with_node)
		bench_server_stop(&peers->node);
	if (peers->with_postgres)
		bench_postgres_stop(&peers->postgres);
	tell(&data, &load, peers, seen);
	free(peers);
	free(seen);
}
