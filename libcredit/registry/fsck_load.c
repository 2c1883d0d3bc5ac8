/* SPDX-License-Identifier: Apache-2.0
 *
 * fsck_load.c - load files: whether one is the file that its act names, and what all of them have enrolled.
 */
#include "registry/fsck.h"

#include "registry/load.h"

#include "credit/v1/act.pb-c.h"

#include <stdlib.h>
#include <string.h>

#define LOAD_ARENA_LIMIT ((size_t)1 << 20)
#define PASSED_BITS 19 /* 64 KiB: it stays in a near cache */
#define PASSED_BYTES (1 << (PASSED_BITS - 3))
#define MIX 0x9e3779b97f4a7c15U

void credit__fsck_load_file(
	struct fsck *fsck, uint64_t epoch, uint32_t number, const Credit__V1__EpochRow *row)
{
	struct credit__load_source source = credit__load_journal(fsck->journal, true);
	const struct Credit__V1__Act *act;
	struct credit_hash name, digest;
	struct credit_arena arena;
	uint32_t entities;
	uint64_t filed;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, LOAD_ARENA_LIMIT);
	error = credit_act_decode(
		(struct credit_bytes){row->act.data, row->act.len}, &arena, &act, NULL);
	if (!error && credit__load_of(act, &name)) {
		error = credit__load_epoch(fsck->journal, credit__hash_bytes(&name), &filed);
		if (!error)
			error = credit__load_measure(&source, &name, &digest, &entities);
		if (error || filed != epoch || !credit_hash_equal(&name, &digest) ||
			entities != act->base_register_load->entities)
			credit__fsck_tell(fsck, FAULT_LOAD, NULL,
				error ? credit_error_text(error, CREDIT_LANG_EN) : NULL,
				"journal loads, of row %llu/%u", (unsigned long long)epoch, number);
	}
	credit_arena_deinit(&arena);
}

enum credit_error credit__fsck_load_open(
	struct credit_bytes value, struct credit_arena *arena, struct credit__fsck_load *ret_load)
{
	enum credit_error error = credit_load_parse(value, arena, &ret_load->seed, &ret_load->load);

	if (!error)
		credit_hmac_key_init(&ret_load->seed, &ret_load->openings);
	if (!error && ret_load->load->digest.len != sizeof ret_load->digest)
		error = CREDIT_E_STORE_CORRUPT;
	if (!error)
		memcpy(ret_load->digest.byte, ret_load->load->digest.data, sizeof ret_load->digest);
	return error;
}

/* --- all of them, by code ----------------------------------------------------------------------- */

/* One file, read up to a row. */
struct reading {
	struct credit__fsck_load load;
	struct credit_arena arena;
	uint64_t publication;
	uint32_t pieces; /* that were begun */
	struct credit_bytes rows;
	struct credit_load_row row;
};

struct credit__fsck_loads {
	struct credit__load_source source;
	struct reading **heap; /* the one with the least code first; of the same, the earlier */
	size_t count, capacity;
	uint8_t passed[PASSED_BYTES]; /* a bit for a code that acts were about; several share one */
};

struct credit__fsck_loads *credit__fsck_loads_new(struct fsck *fsck)
{
	struct credit__fsck_loads *loads = calloc(1, sizeof *loads);

	if (loads)
		loads->source = credit__load_journal(fsck->journal, true);
	return loads;
}

static void reading_free(struct reading *reading)
{
	credit_arena_deinit(&reading->arena);
	free(reading);
}

void credit__fsck_loads_clear(struct credit__fsck_loads *loads)
{
	while (loads->count > 0)
		reading_free(loads->heap[--loads->count]);
}

void credit__fsck_loads_free(struct credit__fsck_loads *loads)
{
	if (!loads)
		return;
	credit__fsck_loads_clear(loads);
	free(loads->heap);
	free(loads);
}

/* False at the end, which is also where a file that is damaged ends: that was told with the journal. */
static bool read_on(const struct credit__fsck_loads *loads, struct reading *reading)
{
	while (credit_load_row_next(&reading->rows, &reading->row) != CREDIT_OK)
		if (reading->rows.size > 0 ||
			loads->source.piece(loads->source.context, &reading->load.digest,
				reading->pieces++, &reading->rows) != CREDIT_OK)
			return false;
	return true;
}

static bool comes_before(const struct reading *a, const struct reading *b)
{
	int order = memcmp(&a->row.uscc, &b->row.uscc, sizeof a->row.uscc);

	return order != 0 ? order < 0 : a->publication < b->publication;
}

static void swap(struct reading **a, struct reading **b)
{
	struct reading *kept = *a;

	*a = *b;
	*b = kept;
}

static void sink(struct credit__fsck_loads *loads)
{
	struct reading **heap = loads->heap;
	size_t at = 0, child;

	while ((child = 2 * at + 1) < loads->count) {
		if (child + 1 < loads->count && comes_before(heap[child + 1], heap[child]))
			child++;
		if (!comes_before(heap[child], heap[at]))
			return;
		swap(&heap[child], &heap[at]);
		at = child;
	}
}

static void rise(struct credit__fsck_loads *loads)
{
	struct reading **heap = loads->heap;
	size_t at = loads->count - 1;

	for (; at > 0 && comes_before(heap[at], heap[(at - 1) / 2]); at = (at - 1) / 2)
		swap(&heap[at], &heap[(at - 1) / 2]);
}

static bool has_room(struct credit__fsck_loads *loads)
{
	size_t capacity = loads->capacity ? 2 * loads->capacity : 16;
	void *heap;

	if (loads->count < loads->capacity)
		return true;
	heap = realloc(loads->heap, capacity * sizeof *loads->heap);
	if (!heap)
		return false;
	loads->heap = heap;
	loads->capacity = capacity;
	return true;
}

enum credit_error credit__fsck_loads_add(
	struct credit__fsck_loads *loads, struct credit_bytes value, uint64_t publication)
{
	struct reading *reading = has_room(loads) ? calloc(1, sizeof *reading) : NULL;
	enum credit_error error;

	if (!reading)
		return CREDIT_E_NO_MEMORY;
	credit_arena_init(&reading->arena, NULL, 0, LOAD_ARENA_LIMIT);
	reading->publication = publication;
	error = credit__fsck_load_open(value, &reading->arena, &reading->load);
	if (error || !read_on(loads, reading)) {
		reading_free(reading);
		return error;
	}
	loads->heap[loads->count++] = reading;
	rise(loads);
	return CREDIT_OK;
}

const struct credit_uscc *credit__fsck_loads_code(const struct credit__fsck_loads *loads)
{
	return loads->count > 0 ? &loads->heap[0]->row.uscc : NULL;
}

void credit__fsck_loads_take(struct credit__fsck_loads *loads, struct credit__fsck_loaded *ret_row)
{
	struct reading *reading = loads->heap[0];

	ret_row->uscc = reading->row.uscc;
	ret_row->publication = reading->publication;
	ret_row->entity = credit_load_entity(reading->load.load, &reading->row, ret_row->memory[0]);
	ret_row->status =
		credit_load_status(&reading->load.openings, &reading->row, ret_row->memory[1]);
	if (!read_on(loads, reading)) {
		loads->heap[0] = loads->heap[--loads->count];
		reading_free(reading);
	}
	sink(loads);
}

static size_t bit_of(struct credit_bytes code)
{
	uint64_t half[2];

	memcpy(half, code.data, sizeof half);
	return (size_t)((half[0] * MIX ^ half[1]) * MIX >> (64 - PASSED_BITS));
}

void credit__fsck_loads_pass(struct credit__fsck_loads *loads, struct credit_bytes code)
{
	if (code.size == CREDIT_USCC_SIZE)
		loads->passed[bit_of(code) / 8] |= (uint8_t)(1U << bit_of(code) % 8);
}

bool credit__fsck_loads_passed(const struct credit__fsck_loads *loads, struct credit_bytes code)
{
	return (loads->passed[bit_of(code) / 8] >> bit_of(code) % 8 & 1) != 0;
}
