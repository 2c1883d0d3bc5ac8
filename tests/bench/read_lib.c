/* SPDX-License-Identifier: Apache-2.0
 *
 * read_lib.c - read.lib_vs_lmdb: credit_view_status in process against bare mdb_get.
 *
 * The bare LMDB holds the very rows of the registry's status keyspace, copied in order. Both sides read
 * the same random keys. The verdict is with READS_A_TXN reads in each read transaction on both sides
 * (as a batch call does); one read in each (as a single call does) stands in the detail.
 */
#include "tests/bench/bench.h"

#include "credit/v1/journal.pb-c.h"
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
	uint64_t rows, value_bytes;
	/* The codes that are read, made before the clock starts. */
	struct credit_uscc *codes;
	size_t code_count;
};

/* --- the same rows on both sides -------------------------------------------------------------- */

static enum credit_error copy_row(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct sides *sides = context;

	bench_lmdb_append(sides->lmdb, key, value);
	sides->rows++;
	sides->value_bytes += value.size;
	return CREDIT_OK;
}

static void open_sides(
	const struct bench *bench, const struct bench_data *data, struct sides *ret_sides)
{
	char folder[PATH_MAX];
	struct sides sides = {0};

	snprintf(folder, sizeof folder, "%.*s/lmdb", PATH_MAX - 16, bench->folder);
	bench_remove(folder);
	town_open(&sides.town, data->folder);
	sides.now = credit_registry_last_time(sides.town.registry);
	sides.lmdb = bench_lmdb_open(folder, ((size_t)1 << 30) + data->entities * 1024);
	if (credit_view_new(sides.town.registry, &sides.view) != CREDIT_OK ||
		credit_view_begin(sides.view) != CREDIT_OK)
		errx(1, "no view");
	/* Reading every row also warms the registry's pages. */
	if (credit_view_scan(sides.view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS,
		    (struct credit_bytes){0}, &sides, copy_row) != CREDIT_OK)
		errx(1, "the statuses cannot be read");
	credit_view_end(sides.view);
	bench_lmdb_commit(sides.lmdb);
	if (sides.rows != data->entities)
		errx(1, "%llu statuses for %llu entities", (unsigned long long)sides.rows,
			(unsigned long long)data->entities);
	*ret_sides = sides;
}

static void choose_codes(struct sides *sides, size_t count)
{
	uint64_t chance = 7;

	sides->code_count = count;
	sides->codes = malloc(count * sizeof *sides->codes);
	if (!sides->codes)
		err(1, "memory");
	for (size_t i = 0; i < count; i++)
		sides->codes[i] = town_uscc((uint32_t)(chance_next(&chance) % sides->rows));
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

struct bench_result bench_read_lib(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, bench->quick ? 200000 : 10000000);
	struct bench_pairs many, single;
	struct sides sides;

	bench_pin(bench->server_core);
	open_sides(bench, &data, &sides);
	choose_codes(&sides, bench->quick ? 1000000 : 5000000);
	measure(&sides, READS_A_TXN, &many);
	measure(&sides, 1, &single);
	credit_view_free(sides.view);
	bench_lmdb_close(sides.lmdb);
	town_close(&sides.town);
	free(sides.codes);
	return (struct bench_result){
		.spread = bench_ratio(&many),
		.detail = json_pack("{s:I, s:O, s:i, s:I, s:i, s:f, s:i, s:o, s:o}", "entities",
			(json_int_t)data.entities, "data_set", data.build, "pairs", BENCH_PAIRS,
			"reads_each", (json_int_t)sides.code_count, "key_bytes", CREDIT_USCC_SIZE,
			"value_bytes", (double)sides.value_bytes / (double)sides.rows,
			"reads_a_transaction", READS_A_TXN, "reads_per_s",
			bench_pairs_json(&many, "ratio", bench_ratio(&many)),
			"reads_per_s_one_a_transaction",
			bench_pairs_json(&single, "ratio", bench_ratio(&single))),
	};
}
