/* SPDX-License-Identifier: Apache-2.0
 *
 * growth_read.c - growth.read: a registry status, in process, on the largest set whose state fits into
 * half of the memory, and on one million.
 *
 * Both states are read through once before the clock starts; keys are random over the whole set; each read
 * has a transaction of its own, as a single call has, and is timed by itself. Where the disk has no room for
 * the largest set, or it is not built in time, a smaller one is measured: the detail says its state's bytes.
 */
#include "tests/bench/data.h"

#include "load/histogram.h"
#include "load/requests.h"
#include "tests/support/town.h"

#include <err.h>
#include <stdlib.h>
#include <sys/stat.h>

struct side {
	struct bench_data data;
	struct town town;
	struct credit_view *view;
	credit_ms_t now;
	uint64_t bytes;
	double p50[BENCH_PAIRS], p99[BENCH_PAIRS];
};

static void open_side(const struct bench *bench, enum bench_size size, struct side *side)
{
	char path[PATH_MAX];
	struct stat state;

	side->data = bench_data_of(bench, size);
	bench_path(side->data.folder, "state/data.mdb", path);
	if (stat(path, &state) != 0)
		err(1, "%s", path);
	side->bytes = (uint64_t)state.st_blocks * 512;
	bench_data_warm(side->data.folder);
	town_open(&side->town, side->data.folder);
	side->now = credit_registry_last_time(side->town.registry);
	if (credit_view_new(side->town.registry, &side->view) != CREDIT_OK)
		errx(1, "the statuses cannot be read");
}

static void measure(struct side *side, size_t pair, size_t reads)
{
	struct histogram *histogram = calloc(1, sizeof *histogram);
	uint64_t chance = pair + 1;

	if (!histogram)
		err(1, "memory");
	for (size_t i = 0; i < reads; i++) {
		struct credit_uscc uscc =
			town_uscc((uint32_t)(chance_next(&chance) % side->data.entities));
		struct credit_stored_status stored;
		int64_t begun = bench_now();

		if (credit_view_begin(side->view) != CREDIT_OK ||
			credit_view_status(side->view, &uscc, side->now, &stored) != CREDIT_OK)
			errx(1, "a status is missing");
		credit_view_end(side->view);
		histogram_add(histogram, bench_now() - begun);
	}
	side->p50[pair] = histogram_quantile(histogram, 0.5);
	side->p99[pair] = histogram_quantile(histogram, 0.99);
	free(histogram);
}

void bench_growth_read(const struct bench *bench)
{
	struct side *large = calloc(2, sizeof *large), *small = large + 1;
	size_t reads = bench_scaled(bench, 1000000, 200000);
	struct bench_pairs p50, p99;

	if (!large)
		err(1, "memory");
	open_side(bench, BENCH_HALF_OF_MEMORY, large);
	open_side(bench, BENCH_MILLION, small);
	bench_pin(bench, BENCH_SERVER_CORE);
	for (size_t pair = 0; pair < BENCH_PAIRS; pair++) {
		measure(large, pair, reads);
		measure(small, pair, reads);
		p50.ours[pair] = large->p50[pair];
		p50.peer[pair] = small->p50[pair];
		p99.ours[pair] = large->p99[pair];
		p99.peer[pair] = small->p99[pair];
		bench_say("p50 %.2f and %.2f us, p99 %.2f and %.2f us", p50.ours[pair],
			p50.peer[pair], p99.ours[pair], p99.peer[pair]);
	}
	bench_tell("growth.read", bench_ratio(&p50),
		json_pack("{s:I, s:O, s:I, s:I, s:I, s:i, s:I, s:o, s:o}", "entities",
			(json_int_t)large->data.entities, "data_set", large->data.build,
			"entities_of_peer", (json_int_t)small->data.entities, "state_bytes",
			(json_int_t)large->bytes, "memory_bytes", (json_int_t)bench->memory,
			"pairs", BENCH_PAIRS, "reads_each", (json_int_t)reads, "p50_us",
			bench_pairs_json(&p50, "ratio", bench_ratio(&p50)), "p99_us",
			bench_pairs_json(&p99, "ratio", bench_ratio(&p99))));
	for (int i = 0; i < 2; i++) {
		credit_view_free(large[i].view);
		town_close(&large[i].town);
	}
	free(large);
}
