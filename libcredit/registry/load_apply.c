/* SPDX-License-Identifier: Apache-2.0
 *
 * load_apply.c - enrolling the entities of a load file: one sorted write of entities and statuses, then
 * one of the map.
 *
 *     pass 1, in the order of the file, which is that of the codes: Entity and status of each one that is
 *             not enrolled, and its leaf of the map into one of 256 parts by the first byte of its map key
 *     pass 2, part by part and sorted within each: the leaves into the map
 *
 * Parts lie in a temporary file (parts.h), so that no more than one of them is in memory.
 *
 * Where nobody reads, it is committed in steps. A kill between two of them leaves entities of the file that
 * are told by their openings, which only this file's seed gives: they are taken as if they were new.
 */
#include "registry/load.h"

#include "registry/parts.h"

#include <stdlib.h>
#include <string.h>

#define BATCH 16384      /* entities put into the map at a time */
#define STEP (8 * BATCH) /* entities between two commits */
#define STEP_ROOM ((size_t)64 << 20)
#define LOAD_ARENA_LIMIT 4096

/* A leaf on its way to the map. */
struct leaf {
	struct credit_hash key;
	uint8_t row[CREDIT_HASH_SIZE + CREDIT_USCC_SIZE]; /* value and code */
};

/* Where in its part a leaf is. */
struct place {
	uint64_t prefix;
	size_t at;
};

struct carrying {
	struct credit_write *write;
	const struct credit__load_source *source;
	struct credit_opening seed;
	struct credit_hmac_key openings; /* under the seed */
	const Credit__V1__Load *load;
	struct credit_hash digest;

	struct credit__parts *leaves;
	size_t count; /* of them */

	/* The last code that was enrolled before: all behind it are new, and are appended. */
	struct credit_uscc last;
	uint32_t known;
	size_t written; /* entities since the last commit */
};

static enum credit_error step(struct carrying *carrying, size_t written)
{
	carrying->written += written;
	if (!carrying->source->alone || carrying->written < STEP)
		return CREDIT_OK;
	carrying->written = 0;
	return credit_write_step(carrying->write, STEP_ROOM);
}

/* --- pass 1: entities and statuses, by code --------------------------------------------------- */

static enum credit_error find_last(struct carrying *carrying)
{
	struct credit_bytes key, value;
	struct credit_cursor *cursor;
	enum credit_error error = credit_cursor_open(NULL, carrying->write, STATE_ENTITY, &cursor);

	if (error)
		return error;
	error = credit_cursor_last(cursor, &key, &value);
	if (!error && key.size != CREDIT_USCC_SIZE)
		error = CREDIT_E_STORE_CORRUPT;
	if (!error)
		memcpy(carrying->last.character, key.data, key.size);
	credit_cursor_close(cursor);
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

/* Is an entity that is there one of this file, from before a kill? */
static enum credit_error look(
	struct carrying *carrying, struct credit_bytes key, struct credit_bytes ours, bool *ret_new)
{
	struct credit_bytes value;
	enum credit_error error = credit_write_get(carrying->write, STATE_STATUS, key, &value);

	*ret_new = error == CREDIT_E_NOT_FOUND || (!error && credit_bytes_equal(value, ours));
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

static enum credit_error put_rows(struct carrying *carrying, const struct credit_load_row *row,
	bool behind, struct credit_bytes status)
{
	typedef enum credit_error put_fn(struct credit_write * write, unsigned keyspace,
		struct credit_bytes key, struct credit_bytes value);
	put_fn *put = behind ? credit_write_append : credit_write_put;
	struct credit_bytes key = credit__code_bytes(&row->uscc);
	uint8_t memory[CREDIT_LOAD_VALUE_MAX];
	enum credit_error error = put(carrying->write, STATE_ENTITY, key,
		credit_load_entity(carrying->load, row, memory));

	return error ? error : put(carrying->write, STATE_STATUS, key, status);
}

static enum credit_error note_leaf(
	struct carrying *carrying, struct credit_bytes code, struct credit_bytes status)
{
	struct credit_bytes row;
	struct leaf leaf;

	if (credit__status_map_leaf(code, status, &leaf.key, leaf.row, &row) != CREDIT_OK)
		return CREDIT_E_INTERNAL; /* it was just made */
	return credit__parts_put(carrying->leaves, leaf.key.byte[0], &leaf);
}

static enum credit_error take_row(struct carrying *carrying, const struct credit_load_row *row)
{
	bool behind = memcmp(&row->uscc, &carrying->last, sizeof row->uscc) > 0, new = true;
	uint8_t memory[CREDIT_LOAD_VALUE_MAX];
	struct credit_bytes code = credit__code_bytes(&row->uscc);
	struct credit_bytes status = credit_load_status(&carrying->openings, row, memory);
	enum credit_error error = behind ? CREDIT_OK : look(carrying, code, status, &new);

	if (!error && new)
		error = put_rows(carrying, row, behind, status);
	if (!error && !new) {
		carrying->known++;
		return CREDIT_OK;
	}
	if (error)
		return error;
	carrying->count++;
	error = note_leaf(carrying, code, status);
	return error ? error : step(carrying, 1);
}

static enum credit_error take_pieces(struct carrying *carrying)
{
	const struct credit__load_source *source = carrying->source;
	struct credit_bytes rows;
	uint32_t number = 0;
	enum credit_error error;

	while ((error = source->piece(source->context, &carrying->digest, number, &rows)) ==
		CREDIT_OK) {
		struct credit_load_row row;

		while ((error = credit_load_row_next(&rows, &row)) == CREDIT_OK) {
			error = take_row(carrying, &row);
			if (error)
				return error;
		}
		if (error != CREDIT_E_NOT_FOUND)
			return error == CREDIT_E_MALFORMED ? CREDIT_E_STATE_DIVERGED : error;
		number++;
	}
	if (error != CREDIT_E_NOT_FOUND)
		return error;
	return carrying->count + carrying->known == carrying->load->entities
		       ? CREDIT_OK
		       : CREDIT_E_STATE_DIVERGED;
}

/* --- between: by map key ---------------------------------------------------------------------- */

#define SMALL 32 /* below, insertion is faster */

static void insert_sort(struct place *places, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct place place = places[i];
		size_t at = i;

		for (; at > 0 && places[at - 1].prefix > place.prefix; at--)
			places[at] = places[at - 1];
		places[at] = place;
	}
}

/* In place and byte by byte from the first one: qsort would take as much memory again. */
static void sort(struct place *places, size_t count, unsigned shift)
{
	size_t begin[256] = {0}, end[256], at = 0;

	if (count <= SMALL) {
		insert_sort(places, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		begin[places[i].prefix >> shift & 0xff]++;
	for (size_t i = 0; i < 256; i++) {
		size_t size = begin[i];

		begin[i] = at;
		end[i] = at += size;
	}
	for (size_t i = 0; i < 256; i++) {
		while (begin[i] < end[i]) {
			size_t home = places[begin[i]].prefix >> shift & 0xff;

			if (home == i) {
				begin[i]++;
			} else {
				struct place other = places[begin[home]];

				places[begin[home]++] = places[begin[i]];
				places[begin[i]] = other;
			}
		}
	}
	for (size_t i = 0, from = 0; shift > 0 && i < 256; from = end[i++])
		sort(places + from, end[i] - from, shift - 8);
}

/* --- pass 2: the map, by map key -------------------------------------------------------------- */

struct batch {
	struct credit_map_change changes[BATCH];
	struct credit_uscc codes[BATCH];
};

/* One part: its leaves as they were put, and their order. */
struct sorted {
	struct leaf *leaves;
	struct place *places;
	size_t count, capacity;
};

static enum credit_error read_part(
	const struct carrying *carrying, size_t number, struct sorted *sorted)
{
	size_t count = credit__parts_count(carrying->leaves, number);
	enum credit_error error;

	if (count > sorted->capacity) {
		free(sorted->leaves);
		free(sorted->places);
		sorted->leaves = malloc(count * sizeof *sorted->leaves);
		sorted->places = malloc(count * sizeof *sorted->places);
		sorted->capacity = count;
	}
	if (count > 0 && (!sorted->leaves || !sorted->places))
		return CREDIT_E_NO_MEMORY;
	error = credit__parts_read(carrying->leaves, number, sorted->leaves);
	for (size_t i = 0; i < count && !error; i++)
		sorted->places[i] = (struct place){credit_read_u64(sorted->leaves[i].key.byte), i};
	sorted->count = error ? 0 : count;
	sort(sorted->places, sorted->count, 48); /* the first byte is the same in all */
	return error;
}

static void make_change(
	const struct leaf *leaf, struct credit_map_change *ret_change, struct credit_uscc *ret_code)
{
	memcpy(ret_code->character, leaf->row + CREDIT_HASH_SIZE, CREDIT_USCC_SIZE);
	memcpy(ret_change->leaf.value.byte, leaf->row, CREDIT_HASH_SIZE);
	ret_change->leaf.key = leaf->key;
	ret_change->erase = false;
}

/* Places were sorted by the first 64 bits; a handful in a registry of this size may share them. */
static void settle(struct batch *batch, size_t at)
{
	while (at > 0 && memcmp(&batch->changes[at - 1].leaf.key, &batch->changes[at].leaf.key,
				 CREDIT_HASH_SIZE) > 0) {
		struct credit_map_change change = batch->changes[at];
		struct credit_uscc code = batch->codes[at];

		batch->changes[at] = batch->changes[at - 1];
		batch->codes[at] = batch->codes[at - 1];
		batch->changes[at - 1] = change;
		batch->codes[at - 1] = code;
		at--;
	}
}

/* How many places the next batch takes: never one of two that share their first bits. */
static size_t batch_size(const struct sorted *sorted, size_t from)
{
	const struct place *places = sorted->places + from;
	size_t count = sorted->count - from;

	if (count <= BATCH)
		return count;
	count = BATCH;
	while (count > 1 && places[count - 1].prefix == places[count].prefix)
		count--;
	return count;
}

static enum credit_error fill_part(
	struct carrying *carrying, const struct sorted *sorted, struct batch *batch)
{
	enum credit_error error = CREDIT_OK;
	size_t count;

	for (size_t from = 0; from < sorted->count && !error; from += count) {
		count = batch_size(sorted, from);
		for (size_t i = 0; i < count; i++) {
			make_change(&sorted->leaves[sorted->places[from + i].at],
				&batch->changes[i], &batch->codes[i]);
			settle(batch, i);
		}
		error = credit__status_map_enrol(carrying->write,
			&(struct credit__map_puts){batch->changes, batch->codes, count});
		if (!error)
			error = step(carrying, count);
	}
	return error;
}

static enum credit_error fill_map(struct carrying *carrying)
{
	struct batch *batch = malloc(sizeof *batch);
	struct sorted sorted = {0};
	enum credit_error error = batch ? CREDIT_OK : CREDIT_E_NO_MEMORY;

	for (size_t i = 0; i < CREDIT__PARTS && !error; i++) {
		error = read_part(carrying, i, &sorted);
		if (!error)
			error = fill_part(carrying, &sorted, batch);
	}
	free(sorted.leaves);
	free(sorted.places);
	free(batch);
	return error;
}

/* --- the file that waits ---------------------------------------------------------------------- */

/* It waits no longer. */
static enum credit_error note_done(struct carrying *carrying, struct credit_arena *arena)
{
	Credit__V1__Load load = *carrying->load;
	uint8_t key[CREDIT_LOAD_DONE_KEY_SIZE];
	struct credit_bytes value;
	enum credit_error error =
		credit_write_delete(carrying->write, STATE_LOAD, credit_load_filed_key(key));

	load.known = carrying->known;
	if (!error)
		error = credit_load_value(&carrying->seed, &load, arena, &value);
	return error ? error
		     : credit_write_put(carrying->write, STATE_LOAD,
			       credit_load_done_key(&carrying->digest, key), value);
}

static enum credit_error carry_out(struct carrying *carrying, struct credit_arena *arena)
{
	enum credit_error error = find_last(carrying);

	if (!error)
		error = credit__parts_new(
			credit_write_path(carrying->write), sizeof(struct leaf), &carrying->leaves);
	if (!error)
		error = take_pieces(carrying);
	if (!error)
		error = fill_map(carrying);
	credit__parts_free(carrying->leaves);
	return error ? error : note_done(carrying, arena);
}

enum credit_error credit__load_carry_out(
	struct credit_write *write, const struct credit__load_source *source)
{
	struct carrying carrying = {.write = write, .source = source};
	uint8_t key[CREDIT_LOAD_DONE_KEY_SIZE];
	struct credit_arena arena;
	Credit__V1__Load *load;
	struct credit_bytes value;
	enum credit_error error =
		credit_write_get(write, STATE_LOAD, credit_load_filed_key(key), &value);

	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
	credit_arena_init(&arena, NULL, 0, LOAD_ARENA_LIMIT);
	error = credit_load_parse(value, &arena, &carrying.seed, &load);
	if (!error) {
		carrying.load = load;
		credit_hmac_key_init(&carrying.seed, &carrying.openings);
		memcpy(carrying.digest.byte, load->digest.data, sizeof carrying.digest.byte);
		error = carry_out(&carrying, &arena);
	}
	credit_arena_deinit(&arena);
	return error;
}
