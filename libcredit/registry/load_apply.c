/* SPDX-License-Identifier: Apache-2.0
 *
 * load_apply.c - enrolling the entities of a load file: one sorted write of entities and statuses, then
 * one of the map.
 *
 *     pass 1, in the order of the file, which is that of the codes: Entity and status of each one that is
 *             not enrolled, and a note of where it stands in the file, under the first bits of its map key
 *     pass 2, in the order of map keys: each one's value, made again from its row, into the map
 *
 * A note is 16 bytes, so that ten million entities take 160 MB and no row is held in memory. What follows
 * from a row is cheaper made twice than kept.
 *
 * Where nobody reads, it is committed in steps. A kill between two of them leaves entities of the file that
 * are told by their openings, which only this file's seed gives: they are taken as if they were new.
 */
#include "registry/load.h"

#include <stdlib.h>
#include <string.h>

#define BATCH 16384      /* entities put into the map at a time */
#define AHEAD 16         /* rows */
#define STEP (8 * BATCH) /* entities between two commits */
#define STEP_ROOM ((size_t)64 << 20)
#define LOAD_ARENA_LIMIT 4096

/* Where an entity's row is, and the first bits of its map key. */
struct place {
	uint64_t prefix;
	uint32_t piece, offset;
};

struct carrying {
	struct credit_write *write;
	const struct credit__load_source *source;
	struct credit_opening seed;
	struct credit_hmac_key openings; /* under the seed */
	const Credit__V1__Load *load;
	struct credit_hash digest;

	struct credit_bytes *pieces;
	size_t piece_count, piece_capacity;
	struct place *places; /* load->entities of them */
	size_t count;

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

static enum credit_error enrol(
	struct carrying *carrying, const struct credit_load_row *row, bool *ret_new)
{
	typedef enum credit_error put_fn(struct credit_write * write, unsigned keyspace,
		struct credit_bytes key, struct credit_bytes value);
	bool behind = memcmp(&row->uscc, &carrying->last, sizeof row->uscc) > 0;
	put_fn *put = behind ? credit_write_append : credit_write_put;
	uint8_t memory[2][CREDIT_LOAD_VALUE_MAX];
	struct credit_bytes key = credit__code_bytes(&row->uscc);
	struct credit_bytes status = credit_load_status(&carrying->openings, row, memory[0]);
	enum credit_error error = CREDIT_OK;

	*ret_new = true;
	if (!behind)
		error = look(carrying, key, status, ret_new);
	if (error || !*ret_new)
		return error;
	error = put(carrying->write, STATE_ENTITY, key,
		credit_load_entity(carrying->load, row, memory[1]));
	return error ? error : put(carrying->write, STATE_STATUS, key, status);
}

static enum credit_error take_row(
	struct carrying *carrying, const struct credit_load_row *row, uint32_t offset)
{
	struct credit_hash key;
	bool new;
	enum credit_error error = enrol(carrying, row, &new);

	if (error)
		return error;
	if (!new) {
		carrying->known++;
		return CREDIT_OK;
	}
	if (carrying->count == carrying->load->entities)
		return CREDIT_E_STATE_DIVERGED;
	credit_map_key(credit__code_bytes(&row->uscc), &key);
	carrying->places[carrying->count++] = (struct place){
		credit_read_u64(key.byte), (uint32_t)(carrying->piece_count - 1), offset};
	return step(carrying, 1);
}

static enum credit_error keep_piece(struct carrying *carrying, struct credit_bytes rows)
{
	if (carrying->piece_count == carrying->piece_capacity) {
		size_t capacity = carrying->piece_capacity ? 2 * carrying->piece_capacity : 64;
		void *pieces = realloc(carrying->pieces, capacity * sizeof *carrying->pieces);

		if (!pieces)
			return CREDIT_E_NO_MEMORY;
		carrying->pieces = pieces;
		carrying->piece_capacity = capacity;
	}
	carrying->pieces[carrying->piece_count++] = rows;
	return CREDIT_OK;
}

static enum credit_error take_pieces(struct carrying *carrying)
{
	const struct credit__load_source *source = carrying->source;
	struct credit_bytes rows;
	enum credit_error error;

	while ((error = source->piece(source->context, &carrying->digest,
			(uint32_t)carrying->piece_count, &rows)) == CREDIT_OK) {
		const uint8_t *begin = rows.data;
		struct credit_load_row row;

		error = keep_piece(carrying, rows);
		while (!error) {
			uint32_t offset = (uint32_t)(rows.data - begin);

			error = credit_load_row_next(&rows, &row);
			if (!error)
				error = take_row(carrying, &row, offset);
		}
		if (error != CREDIT_E_NOT_FOUND)
			return error == CREDIT_E_MALFORMED ? CREDIT_E_STATE_DIVERGED : error;
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

static enum credit_error make_change(const struct carrying *carrying, const struct place *place,
	struct credit_map_change *ret_change, struct credit_uscc *ret_code)
{
	struct credit_bytes piece = carrying->pieces[place->piece];
	struct credit_bytes rows = {piece.data + place->offset, piece.size - place->offset};
	uint8_t memory[CREDIT_LOAD_VALUE_MAX];
	struct credit_stored_status stored;
	struct credit_load_row row;
	enum credit_error error = credit_load_row_next(&rows, &row);

	if (!error)
		error = credit_stored_status_parse(
			credit_load_status(&carrying->openings, &row, memory), &stored);
	if (error)
		return CREDIT_E_INTERNAL; /* it was read before */
	ret_change->erase = false;
	*ret_code = row.uscc;
	credit_map_key(credit__code_bytes(&row.uscc), &ret_change->leaf.key);
	credit_commit_status(&stored.opening, credit__code_bytes(&row.uscc), stored.status,
		&ret_change->leaf.value);
	return CREDIT_OK;
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
static size_t batch_size(const struct carrying *carrying, size_t from)
{
	size_t count = carrying->count - from;

	if (count <= BATCH)
		return count;
	count = BATCH;
	while (count > 1 &&
		carrying->places[from + count - 1].prefix == carrying->places[from + count].prefix)
		count--;
	return count;
}

/* Rows lie all over the file; asked for early, they are there in time. */
static void prefetch(const struct carrying *carrying, size_t at)
{
	if (at < carrying->count)
		__builtin_prefetch(carrying->pieces[carrying->places[at].piece].data +
				   carrying->places[at].offset);
}

static enum credit_error fill_map(struct carrying *carrying)
{
	struct batch *batch = malloc(sizeof *batch);
	enum credit_error error = batch ? CREDIT_OK : CREDIT_E_NO_MEMORY;
	size_t count;

	for (size_t from = 0; from < carrying->count && !error; from += count) {
		count = batch_size(carrying, from);
		for (size_t i = 0; i < count && !error; i++) {
			prefetch(carrying, from + i + AHEAD);
			error = make_change(carrying, &carrying->places[from + i],
				&batch->changes[i], &batch->codes[i]);
			settle(batch, i);
		}
		if (!error)
			error = credit__status_map_enrol(carrying->write,
				&(struct credit__map_puts){batch->changes, batch->codes, count});
		if (!error)
			error = step(carrying, count);
	}
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

	carrying->places = malloc((size_t)carrying->load->entities * sizeof *carrying->places + 1);
	if (!carrying->places)
		error = CREDIT_E_NO_MEMORY;
	if (!error)
		error = take_pieces(carrying);
	if (!error) {
		sort(carrying->places, carrying->count, 56);
		error = fill_map(carrying);
	}
	free(carrying->places);
	free(carrying->pieces);
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
