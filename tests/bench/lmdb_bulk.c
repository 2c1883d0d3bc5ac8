/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb_bulk.c - what a penalty leaves in the registry, written by bare LMDB with nothing around it.
 *
 * The rows are real: a small town takes a filing of SAMPLE penalties, and its delta says which rows each of
 * them put where. To write an act is then to put those rows again, the entity's code exchanged for a random
 * one and other keys made new: the journal's row at the end of one store, the state's into another, which
 * holds the statuses of the data set. Journal and state are committed, synced, as often as the registry does.
 * Not there: the log's tree, the map over the statuses, headers, signatures.
 */
#include "tests/bench/peers.h"

#include "credit/v1/journal.pb-c.h"
#include "load/requests.h"
#include "tests/support/town.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE 1000
#define PIECE ((size_t)1 << 24)
#define KEY_MAX 256
#define INTERVAL_NS 1000000000LL /* publication.interval_ms as delivered */

struct sampled {
	Credit__V1__EpochRow *row;
	struct credit_bytes bytes; /* the row serialised */
	struct credit_uscc uscc;
};

struct bench_lmdb_bulk {
	struct bench_lmdb *journal, *state;
	uint64_t entities, chance, next_row;
	struct sampled sample[SAMPLE];
	size_t count;
};

/* --- a filing's rows -------------------------------------------------------------------------- */

static void file_penalties(struct town *town)
{
	struct town_act *acts = calloc(SAMPLE, sizeof *acts), *pointers[SAMPLE];

	if (!acts)
		err(1, "memory");
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < SAMPLE; i++) {
			pointers[i] = &acts[i];
			if (round == 0)
				town_enrol(&acts[i], i);
			else
				town_penalise(&acts[i], i, i);
		}
		if (town_file(town, pointers, SAMPLE, true, NULL, NULL) != CREDIT_OK)
			errx(1, "the sample was refused");
		town_publish(town);
	}
	free(acts);
}

static void keep(struct bench_lmdb_bulk *bulk, struct credit_bytes bytes)
{
	struct sampled *sampled = &bulk->sample[bulk->count];
	uint8_t *copy = malloc(bytes.size);

	if (!copy || bulk->count == SAMPLE)
		errx(1, "the sample has too many rows");
	memcpy(copy, bytes.data, bytes.size);
	sampled->bytes = (struct credit_bytes){copy, bytes.size};
	sampled->row = credit__v1__epoch_row__unpack(NULL, bytes.size, copy);
	if (!sampled->row)
		errx(1, "a row of the sample is damaged");
	/* In the order of the filing. */
	sampled->uscc = town_uscc((uint32_t)sampled->row->index);
	bulk->count++;
}

/* Rows of the newest publication. */
static void take_delta(struct bench_lmdb_bulk *bulk, struct town *town)
{
	struct credit_view *view;
	struct credit_publication publication;
	struct credit_delta_cursor cursor;
	struct credit_delta_piece piece;
	struct credit_problem problem;

	if (credit_view_new(town->registry, &view) != CREDIT_OK ||
		credit_view_begin(view) != CREDIT_OK ||
		credit_view_publication(view, &publication) != CREDIT_OK ||
		credit_view_delta_begin(
			view, publication.number, (credit_ms_t){0}, &cursor, &problem) != CREDIT_OK)
		errx(1, "the sample's delta");
	while (credit_view_delta_next(view, &cursor, PIECE, &piece) == CREDIT_OK)
		if (piece.part == CREDIT_DELTA_ROW)
			keep(bulk, piece.bytes);
	credit_view_end(view);
	credit_view_free(view);
	if (bulk->count != SAMPLE)
		errx(1, "the sample has %zu rows", bulk->count);
}

struct bench_lmdb_bulk *bench_lmdb_bulk_new(
	const struct bench *bench, const struct bench_data *data)
{
	struct bench_lmdb_bulk *bulk = calloc(1, sizeof *bulk);
	char folder[PATH_MAX];
	double value_bytes;
	struct town town;

	if (!bulk)
		err(1, "memory");
	bench_path(bench->folder, "sample", folder);
	bench_remove(folder);
	town_open(&town, folder);
	file_penalties(&town);
	take_delta(bulk, &town);
	town_close(&town);
	bench_remove(folder);
	bench_path(bench->folder, "lmdb-journal", folder);
	bench_remove(folder);
	bulk->journal = bench_lmdb_open(folder, (size_t)64 << 30);
	bulk->state = bench_lmdb_of(bench, data, &value_bytes);
	bulk->entities = data->entities;
	return bulk;
}

void bench_lmdb_bulk_free(struct bench_lmdb_bulk *bulk)
{
	bench_lmdb_close(bulk->journal);
	bench_lmdb_close(bulk->state);
	for (size_t i = 0; i < bulk->count; i++) {
		union {
			const uint8_t *from;
			void *to;
		} cast = {.from = bulk->sample[i].bytes.data};

		credit__v1__epoch_row__free_unpacked(bulk->sample[i].row, NULL);
		free(cast.to);
	}
	free(bulk);
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Statuses lie under their code alone, as they do in the copied set; all else is told apart by the kind. */
static void put_effect(struct bench_lmdb_bulk *bulk, const struct sampled *sampled,
	const struct credit_uscc *uscc, const Credit__V1__Effect *effect)
{
	uint8_t key[KEY_MAX];
	size_t size = effect->key.len;

	if (size + 1 > sizeof key || effect->delete_)
		return;
	memcpy(key, effect->key.data, size);
	uint8_t *code = memmem(key, size, sampled->uscc.character, CREDIT_USCC_SIZE);
	if (code)
		memcpy(code, uscc->character, CREDIT_USCC_SIZE);
	else if (size == CREDIT_HASH_SIZE)
		credit_write_u64(key, chance_next(&bulk->chance));
	if (size >= CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE)
		credit_write_u64(key + size - sizeof(uint64_t), chance_next(&bulk->chance));
	if (effect->kind != CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS)
		key[size++] = (uint8_t)effect->kind;
	bench_lmdb_put(bulk->state, (struct credit_bytes){key, size},
		(struct credit_bytes){effect->value.data, effect->value.len});
}

static void put_act(struct bench_lmdb_bulk *bulk)
{
	const struct sampled *sampled = &bulk->sample[bulk->next_row % SAMPLE];
	struct credit_uscc uscc =
		town_uscc((uint32_t)(chance_next(&bulk->chance) % bulk->entities));
	uint8_t key[sizeof(uint64_t)];

	credit_write_u64(key, bulk->next_row++);
	bench_lmdb_append(bulk->journal, (struct credit_bytes){key, sizeof key}, sampled->bytes);
	for (size_t i = 0; i < sampled->row->n_effects; i++)
		put_effect(bulk, sampled, &uscc, sampled->row->effects[i]);
}

double bench_lmdb_bulk_run(
	struct bench_lmdb_bulk *bulk, unsigned milliseconds, unsigned acts_a_commit, uint64_t seed)
{
	int64_t begun = bench_now(), published = begun, now = begun;
	uint64_t acts = 0;

	bulk->chance = seed;
	while (now - begun < milliseconds * 1000000LL) {
		for (unsigned i = 0; i < acts_a_commit; i++)
			put_act(bulk);
		bench_lmdb_commit(bulk->journal);
		acts += acts_a_commit;
		now = bench_now();
		if (now - published >= INTERVAL_NS) {
			bench_lmdb_commit(bulk->state);
			published = now = bench_now();
		}
	}
	bench_lmdb_commit(bulk->state);
	return (double)acts * 1e9 / (double)(bench_now() - begun);
}
