/* SPDX-License-Identifier: Apache-2.0
 *
 * map_life.c - a map on the real store through many publications, each held against an oracle in memory.
 */
#include "tests/support/map_life.h"

#include "tests/support/map_store.h"

#include <credit/store.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROOFS 8 /* after each publication */
#define DERIVE_EVERY 16

enum {
	LEAVES,
	TILES,
	KEYSPACES
};

struct life {
	const struct map_life_options *options;
	struct map_life_report *report;
	uint64_t chance;
	struct credit_store *store;
	struct credit_write *write; /* one of the two is open */
	struct credit_reader *reader;
	bool reading;
	struct credit_cursor *cursor;
	struct credit_map_head head;

	/* The oracle. */
	struct credit_map_leaf *live, *spare;
	size_t count;
};

__attribute__((format(printf, 2, 3), noreturn)) static void fail(
	const struct life *life, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr,
		"map_life: seed %llu, publication %llu: ", (unsigned long long)life->options->seed,
		(unsigned long long)life->report->publications);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	abort();
}

static void must(const struct life *life, enum credit_error error, const char *what)
{
	if (error != CREDIT_OK)
		fail(life, "%s: %s", what, credit_error_name(error));
}

/* --- rows on the store ------------------------------------------------------------------------ */

static struct credit_bytes bytes_of(const struct credit_hash *hash)
{
	return (struct credit_bytes){hash->byte, CREDIT_HASH_SIZE};
}

static enum credit_error leaf_of(
	struct credit_bytes key, struct credit_bytes value, struct credit_map_leaf *ret_leaf)
{
	if (key.size != CREDIT_HASH_SIZE || value.size != CREDIT_HASH_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(ret_leaf->key.byte, key.data, CREDIT_HASH_SIZE);
	memcpy(ret_leaf->value.byte, value.data, CREDIT_HASH_SIZE);
	return CREDIT_OK;
}

static enum credit_error seek(
	void *context, const struct credit_hash *from, struct credit_map_leaf *ret_leaf)
{
	struct life *life = context;
	struct credit_bytes key, value;
	enum credit_error error = CREDIT_OK;

	if (!life->cursor)
		error = credit_cursor_open(life->reading ? life->reader : NULL,
			life->reading ? NULL : life->write, LEAVES, &life->cursor);
	if (!error)
		error = credit_cursor_seek(life->cursor, bytes_of(from), &key, &value);
	return error ? error : leaf_of(key, value, ret_leaf);
}

static enum credit_error next(void *context, struct credit_map_leaf *ret_leaf)
{
	struct life *life = context;
	struct credit_bytes key, value;
	enum credit_error error = credit_cursor_next(life->cursor, &key, &value);

	return error ? error : leaf_of(key, value, ret_leaf);
}

static enum credit_error read_tile(
	void *context, struct credit_bytes key, struct credit_bytes *ret_tile)
{
	struct life *life = context;

	return life->reading ? credit_read_get(life->reader, TILES, key, ret_tile)
			     : credit_write_get(life->write, TILES, key, ret_tile);
}

static enum credit_error put_leaf(void *context, const struct credit_map_leaf *leaf)
{
	struct life *life = context;

	return credit_write_put(life->write, LEAVES, bytes_of(&leaf->key), bytes_of(&leaf->value));
}

static enum credit_error erase_leaf(void *context, const struct credit_hash *key)
{
	struct life *life = context;

	return credit_write_delete(life->write, LEAVES, bytes_of(key));
}

static enum credit_error put_tile(void *context, struct credit_bytes key, struct credit_bytes tile)
{
	struct life *life = context;

	return credit_write_put(life->write, TILES, key, tile);
}

static enum credit_error erase_tile(void *context, struct credit_bytes key)
{
	struct life *life = context;

	return credit_write_delete(life->write, TILES, key);
}

static struct credit_map_source source_of(struct life *life)
{
	return (struct credit_map_source){life, life->options->depth, seek, next, read_tile};
}

static void end_cursor(struct life *life)
{
	if (life->cursor)
		credit_cursor_close(life->cursor);
	life->cursor = NULL;
}

static void begin_reading(struct life *life)
{
	must(life, credit_read_begin(life->reader), "read");
	life->reading = true;
}

static void end_reading(struct life *life)
{
	end_cursor(life);
	credit_read_end(life->reader);
	life->reading = false;
}

/* --- the oracle ------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, CREDIT_HASH_SIZE);
}

/* Where the key is, or would be. */
static size_t place_of(const struct life *life, const struct credit_hash *key, bool *ret_there)
{
	size_t low = 0, high = life->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_key(&life->live[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_there = low < life->count && by_key(&life->live[low].key, key) == 0;
	return low;
}

/* Merges a sorted batch into the sorted leaves. */
static void apply_to_oracle(
	struct life *life, const struct credit_map_change *changes, size_t change_count)
{
	struct map_life_report *report = life->report;
	size_t from = 0, to = 0;

	for (size_t i = 0; i <= change_count; i++) {
		bool there;
		size_t until = i < change_count ? place_of(life, &changes[i].leaf.key, &there)
						: life->count;

		memcpy(&life->spare[to], &life->live[from], (until - from) * sizeof *life->live);
		to += until - from;
		from = until;
		if (i == change_count)
			break;
		if (changes[i].erase) {
			report->deleted += there;
			report->idle += !there;
		} else {
			report->updated += there;
			report->inserted += !there;
			life->spare[to++] = changes[i].leaf;
		}
		from += there;
	}
	struct credit_map_leaf *kept = life->live;
	life->live = life->spare;
	life->spare = kept;
	life->count = to;
	if (to > report->most_live)
		report->most_live = to;
}

/* --- publications ----------------------------------------------------------------------------- */

static struct credit_map_leaf draw_leaf(struct life *life)
{
	uint32_t number = (uint32_t)(map_draw(&life->chance) % life->options->keys);
	uint32_t value = (uint32_t)map_draw(&life->chance);

	/* One in eight is close to others in all but the last bits. */
	return number % 8 == 0 ? map_close_leaf((uint16_t)number, value) : map_leaf(number, value);
}

/* Sorted, each key once; the deletions' share goes up and down, so that the map grows and shrinks. */
static size_t draw_batch(struct life *life, struct credit_map_change *changes, size_t count)
{
	uint64_t share = 2 + life->report->publications / 20 % 2 * 3; /* of eight */
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		changes[i] = (struct credit_map_change){
			draw_leaf(life), map_draw(&life->chance) % 8 < share};
	qsort(changes, count, sizeof changes[0], by_key);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || by_key(&changes[kept - 1], &changes[i]) != 0)
			changes[kept++] = changes[i];
	return kept;
}

static void commit(struct life *life, const struct credit_map_change *changes, size_t count)
{
	struct credit_map_source source = source_of(life);
	struct credit_map_sink sink = {life, put_leaf, erase_leaf, put_tile, erase_tile};

	must(life, credit_write_begin(life->store, (size_t)64 << 20, &life->write), "write");
	must(life, credit_map_update(&source, &sink, &life->head, changes, count, &life->head),
		"update");
	end_cursor(life);
	must(life, credit_write_commit(life->write), "commit");
	life->write = NULL;
}

static void expect_answer(struct life *life, const struct credit_hash *key)
{
	static struct credit_map_proof proof;
	struct credit_map_source source = source_of(life);
	bool there;
	size_t place = place_of(life, key, &there);
	enum credit_error error;

	must(life, credit_map_prove(&source, key, &proof), "prove");
	if (there != (proof.answer == CREDIT_MAP_PRESENT))
		fail(life, "a key is answered wrongly");
	if (there && memcmp(&proof.leaf, &life->live[place], sizeof proof.leaf) != 0)
		fail(life, "a key has another value");
	error = there ? credit_map_verify_present(&life->head.root, &proof.leaf, &proof.path)
		      : credit_map_verify_absent(&life->head.root, key,
				proof.answer == CREDIT_MAP_EMPTY ? NULL : &proof.leaf, &proof.path);
	must(life, error, "verify");
	life->report->proofs++;
}

static void expect_oracle(struct life *life)
{
	struct credit_hash wanted = map_oracle_root(life->live, life->count), stored;
	struct credit_map_source source = source_of(life);
	struct credit_map_head derived;

	if (life->head.size != life->count || !credit_hash_equal(&life->head.root, &wanted))
		fail(life, "the root is not the oracle's");
	begin_reading(life);
	must(life, credit_map_root(&source, &stored), "root");
	if (!credit_hash_equal(&stored, &wanted))
		fail(life, "the stored root is not the oracle's");
	for (size_t i = 0; i < PROOFS; i++) {
		struct credit_map_leaf leaf = draw_leaf(life);

		if (i % 2 == 0 && life->count > 0)
			leaf = life->live[map_draw(&life->chance) % life->count];
		expect_answer(life, &leaf.key);
	}
	if (life->report->publications % DERIVE_EVERY == 0) {
		must(life, credit_map_derive(&source, &derived), "derive");
		if (derived.size != life->count || !credit_hash_equal(&derived.root, &wanted))
			fail(life, "the derived root is not the oracle's");
		life->report->derivations++;
	}
	end_reading(life);
}

static void publish(struct life *life, const struct credit_map_change *changes, size_t count)
{
	life->report->publications++;
	apply_to_oracle(life, changes, count);
	commit(life, changes, count);
	expect_oracle(life);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void open_store(struct life *life)
{
	static const char *const names[] = {[LEAVES] = "leaves", [TILES] = "tiles"};
	struct credit_store_options options = {.path = life->options->folder,
		.keyspaces = names,
		.keyspace_count = KEYSPACES,
		.format = 1,
		.purpose = "map life"};

	must(life, credit_store_open(&options, &life->store, NULL), "open");
	must(life, credit_reader_new(life->store, &life->reader), "reader");
}

static void delete_all(struct life *life, struct credit_map_change *changes)
{
	struct credit_hash empty;
	size_t count = life->count;

	for (size_t i = 0; i < count; i++)
		changes[i] = (struct credit_map_change){life->live[i], true};
	publish(life, changes, count);
	credit_sha256((struct credit_bytes){0}, &empty);
	if (!credit_hash_equal(&life->head.root, &empty))
		fail(life, "an empty map has another root");
}

void map_life_run(const struct map_life_options *options, struct map_life_report *ret_report)
{
	uint64_t most = options->operations / options->publications;
	size_t room = options->keys > most ? options->keys : (size_t)most;
	struct credit_map_change *changes = calloc(room + 1, sizeof *changes);
	struct life life = {.options = options, .report = ret_report, .chance = options->seed};
	uint64_t done = 0;

	*ret_report = (struct map_life_report){0};
	life.live = calloc(room + most + 1, sizeof *life.live);
	life.spare = calloc(room + most + 1, sizeof *life.spare);
	if (!changes || !life.live || !life.spare)
		fail(&life, "memory");
	life.head.root = map_oracle_root(NULL, 0);
	open_store(&life);
	while (done < options->operations) {
		/* Some publications are small, as in a quiet hour. */
		uint64_t drawn =
			map_draw(&life.chance) % 4 == 0 ? 1 + map_draw(&life.chance) % 9 : most;
		size_t count = draw_batch(&life, changes, (size_t)drawn);

		publish(&life, changes, count);
		done += count;
		if (options->progress)
			options->progress(done, life.count);
	}
	delete_all(&life, changes);
	credit_reader_free(life.reader);
	credit_store_close(life.store);
	free(life.live);
	free(life.spare);
	free(changes);
}
