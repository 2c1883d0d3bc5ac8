/* SPDX-License-Identifier: Apache-2.0
 *
 * read_lib.c - read.lib_vs_lmdb: credit_view_status in process against bare mdb_get.
 *
 * The bare LMDB holds the very rows of the registry's status keyspace, copied in order. Both sides read
 * the same random keys. The verdict is with READS_A_TXN reads in each read transaction on both sides
 * (as a batch call does); one read in each (as a single call does) stands in the detail.
 */
#include "tests/bench/peers.h"

#include "load/requests.h"
#include "tests/support/town.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READS_A_TXN 1000

struct sides {
	struct town town;
	struct credit_view *view;
	struct bench_lmdb *lmdb;
	credit_ms_t now;
	double value_bytes;
	/* The codes that are read, made before the clock starts. */
	struct credit_uscc *codes;
	size_t code_count;
};

static void open_sides(
	const struct bench *bench, const struct bench_data *data, struct sides *ret_sides)
{
	struct sides sides = {0};

	sides.lmdb = bench_lmdb_of(bench, data, &sides.value_bytes);
	bench_data_warm(data->folder);
	town_open(&sides.town, data->folder);
	sides.now = credit_registry_last_time(sides.town.registry);
	if (credit_view_new(sides.town.registry, &sides.view) != CREDIT_OK)
		errx(1, "no view");
	*ret_sides = sides;
}

static void choose_codes(struct sides *sides, uint64_t entities, size_t count)
{
	uint64_t chance = 7;

	sides->code_count = count;
	sides->codes = malloc(count * sizeof *sides->codes);
	if (!sides->codes)
		err(1, "memory");
	for (size_t i = 0; i < count; i++)
		sides->codes[i] = town_uscc((uint32_t)(chance_next(&chance) % entities));
}

/* --- reading ---------------------------------------------------------------------------------- */

/* What is read is summed up, so that it is read. */
static volatile uint64_t sink;

static double reads_per_second(size_t count, int64_t begun)
{
	return (double)count * 1e9 / (double)(bench_now() - begun);
}

static double read_registry(const struct sides *sides, size_t reads_a_txn)
{
	int64_t begun = bench_now();
	uint64_t sum = 0;

	for (size_t i = 0; i < sides->code_count; i++) {
		struct credit_stored_status stored;

		if (i % reads_a_txn == 0 && credit_view_begin(sides->view) != CREDIT_OK)
			errx(1, "begin");
		if (credit_view_status(sides->view, &sides->codes[i], sides->now, &stored) !=
			CREDIT_OK)
			errx(1, "a status is missing");
		sum += stored.status.data[0];
		if (i % reads_a_txn == reads_a_txn - 1)
			credit_view_end(sides->view);
	}
	sink = sum;
	return reads_per_second(sides->code_count, begun);
}

static double read_lmdb(const struct sides *sides, size_t reads_a_txn)
{
	int64_t begun = bench_now();
	uint64_t sum = 0;

	for (size_t i = 0; i < sides->code_count; i++) {
		const struct credit_uscc *code = &sides->codes[i];
		struct credit_bytes key = {(const uint8_t *)code->character, CREDIT_USCC_SIZE};

		if (i % reads_a_txn == 0)
			bench_lmdb_begin(sides->lmdb);
		sum += bench_lmdb_get(sides->lmdb, key).data[0];
		if (i % reads_a_txn == reads_a_txn - 1)
			bench_lmdb_end(sides->lmdb);
	}
	sink = sum;
	return reads_per_second(sides->code_count, begun);
}

static void measure(const struct sides *sides, size_t reads_a_txn, struct bench_pairs *pairs)
{
	(void)read_registry(sides, reads_a_txn);
	(void)read_lmdb(sides, reads_a_txn);
	for (size_t i = 0; i < BENCH_PAIRS; i++) {
		pairs->ours[i] = read_registry(sides, reads_a_txn);
		pairs->peer[i] = read_lmdb(sides, reads_a_txn);
		bench_say("%zu reads a transaction: registry %.0f/s, bare LMDB %.0f/s", reads_a_txn,
			pairs->ours[i], pairs->peer[i]);
	}
}

void bench_read_lib(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	struct bench_pairs many, single;
	struct sides sides;

	open_sides(bench, &data, &sides);
	bench_pin(bench, BENCH_SERVER_CORE);
	choose_codes(&sides, data.entities, bench_scaled(bench, 2000000, 200000));
	measure(&sides, READS_A_TXN, &many);
	measure(&sides, 1, &single);
	credit_view_free(sides.view);
	bench_lmdb_close(sides.lmdb);
	town_close(&sides.town);
	free(sides.codes);
	bench_tell("read.lib_vs_lmdb", bench_ratio(&many),
		json_pack("{s:I, s:O, s:i, s:I, s:i, s:f, s:i, s:o, s:o}", "entities",
			(json_int_t)data.entities, "data_set", data.build, "pairs", BENCH_PAIRS,
			"reads_each", (json_int_t)sides.code_count, "key_bytes", CREDIT_USCC_SIZE,
			"value_bytes", sides.value_bytes, "reads_a_transaction", READS_A_TXN,
			"reads_per_s", bench_pairs_json(&many, "ratio", bench_ratio(&many)),
			"reads_per_s_one_a_transaction",
			bench_pairs_json(&single, "ratio", bench_ratio(&single))));
}
