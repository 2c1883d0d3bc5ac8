/* SPDX-License-Identifier: Apache-2.0
 *
 * write_latency.c - write.latency: what an acknowledgement takes beside the disk.
 *
 * One client, one filing of one act at a time; the median of its latencies, less the median of bare
 * synced LMDB commits of one row of the same size on the same file system, measured right after.
 */
#include "tests/bench/peers.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#define COMMITS_MAX 20000

/* Microseconds: the median of commits made for so long, one row each, keys growing. */
static double commit_us(struct bench_lmdb *lmdb, size_t row_bytes, unsigned milliseconds)
{
	static double took[COMMITS_MAX];
	static uint64_t row;
	uint8_t *value = calloc(1, row_bytes), key[8];
	int64_t until = bench_now() + milliseconds * 1000000LL;
	size_t count = 0;

	if (!value)
		err(1, "memory");
	while (count < COMMITS_MAX && bench_now() < until) {
		int64_t begun = bench_now();

		credit_write_u64(key, row++);
		bench_lmdb_append(lmdb, (struct credit_bytes){key, sizeof key},
			(struct credit_bytes){value, row_bytes});
		bench_lmdb_commit(lmdb);
		took[count++] = (double)(bench_now() - begun) / 1000;
	}
	free(value);
	return bench_spread_of(took, count).median;
}

void bench_write_latency(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_MILLION);
	struct bench_load load = {.method = "Submit",
		.cores = BENCH_CLIENT_CORE,
		.connections = 1,
		.in_flight = 1,
		.milliseconds = bench_scaled(bench, 5000, 600),
		.warm_up = 200};
	struct bench_pairs p50[BENCH_TRANSPORTS];
	double p99[BENCH_TRANSPORTS][BENCH_PAIRS];
	char folder[PATH_MAX], bare[PATH_MAX];
	double request = 0;

	load.filings = (load.milliseconds + load.warm_up) * 10;
	bench_path(bench->folder, "lmdb", bare);
	bench_remove(bare);
	bench_data_copy(bench, &data, "running", folder);
	struct bench_server server = bench_credd(bench, "credd", folder, BENCH_SERVER_CORE);
	struct bench_lmdb *lmdb = bench_lmdb_open(bare, (size_t)4 << 30);
	bench_server_warm(&server, &data);
	for (unsigned pair = 0; pair < BENCH_PAIRS; pair++)
		for (int transport = 0; transport < BENCH_TRANSPORTS; transport++) {
			load.seed = BENCH_TRANSPORTS * pair + (unsigned)transport + 1;
			struct bench_loaded loaded = bench_run(
				bench, &server, (enum bench_transport)transport, &data, &load);
			request = loaded.request_bytes;
			p50[transport].ours[pair] = loaded.p50_us;
			p50[transport].peer[pair] =
				commit_us(lmdb, (size_t)request, load.milliseconds / 3);
			p99[transport][pair] = loaded.p99_us;
			bench_say("%s p50 %.0f p99 %.0f us; bare synced commit %.0f us",
				bench_transport_names[transport], loaded.p50_us, loaded.p99_us,
				p50[transport].peer[pair]);
		}
	bench_lmdb_close(lmdb);
	bench_server_stop(&server);
	bench_remove(folder);
	bench_remove(bare);
	json_t *detail = json_pack("{s:I, s:O, s:i, s:i, s:f}", "entities",
		(json_int_t)data.entities, "data_set", data.build, "pairs", BENCH_PAIRS,
		"milliseconds_each", (int)load.milliseconds, "request_bytes", request);
	for (int transport = 0; transport < BENCH_TRANSPORTS; transport++)
		json_object_set_new(detail, bench_transport_names[transport],
			json_pack("{s:o, s:o}", "p50_us",
				bench_pairs_json(&p50[transport], "difference",
					bench_difference(&p50[transport])),
				"p99_us", bench_runs_json(p99[transport])));
	bench_tell("write.latency", bench_difference(&p50[BENCH_TLS]), detail);
}
