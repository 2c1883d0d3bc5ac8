/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.c - memory.private: what credd has of its own while 64 connections read ten million entities.
 *
 * The greatest RssAnon of /proc seen in twenty looks a second: pages of the stores' files are shared with
 * the kernel's cache and not counted. What it is during bulk is told by write_bulk.c.
 */
#include "tests/bench/server.h"

#define CONNECTIONS 64
#define MIB (1 << 20)

void bench_memory(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	struct bench_load load = {.raw = true,
		.method = "GetStatus",
		.cores = BENCH_CLIENT_CORE,
		.connections = CONNECTIONS,
		.in_flight = 16,
		.milliseconds = bench_scaled(bench, 3000, 500),
		.watch = true};
	struct bench_server server = bench_credd(bench, "credd", data.folder, BENCH_SERVER_CORE);
	double mib[BENCH_PAIRS], idle = (double)bench_private(server.pid) / MIB;

	for (size_t run = 0; run < BENCH_PAIRS; run++) {
		/* Over TLS, which takes more; statuses and whole proofs. */
		load.method = run % 2 == 0 ? "GetStatus" : "GetStatusProof";
		load.seed = (unsigned)run + 1;
		mib[run] = (double)bench_run(bench, &server, BENCH_TLS, &data, &load).private_peak /
			   MIB;
		bench_say("%s: %.1f MiB", load.method, mib[run]);
	}
	bench_server_stop(&server);
	struct bench_spread seen = bench_spread_of(mib, BENCH_PAIRS);
	seen.median = seen.max; /* a bound is held by the greatest */
	bench_tell("memory.private", seen,
		json_pack("{s:I, s:O, s:i, s:i, s:i, s:f, s:s}", "entities",
			(json_int_t)data.entities, "data_set", data.build, "runs", BENCH_PAIRS,
			"connections", CONNECTIONS, "in_flight_each", 16, "idle_mib", idle, "value",
			"the greatest of all runs"));
}
