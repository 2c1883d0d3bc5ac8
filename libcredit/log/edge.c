/* SPDX-License-Identifier: Apache-2.0
 *
 * edge.c - struct credit_log: the growing right edge of the tree.
 *
 * Each level keeps the hashes from its last partial tile on: what is flushed already, what is not
 * yet, side by side, so that a tile can be handed to `write` where it stands. Beside them stand the
 * peaks of the last tile. They make an append cost one node hash on average and the root a few
 * dozen, however full the tiles are.
 *
 * An append first makes sure of the memory that it will need and cannot fail afterwards; a flush
 * forgets nothing before every write has succeeded. So any failure leaves a log that is whole.
 */
#include "log/tree.h"

#include <stdlib.h>
#include <string.h>

#define LEVELS 8 /* of 8 bits each: any 64-bit size */

struct level {
	uint64_t first_tile; /* index of the tile that begins at hashes[0] */
	struct credit_hash *hashes;
	size_t count;
	size_t capacity;
	size_t flushed; /* of `count`: how many the last flush or load had; below one tile */
	struct credit_hash peaks[CREDIT_TILE_HEIGHT + 1]; /* of the last tile; [8]: its root */
};

struct credit_log {
	uint64_t size;
	struct level level[LEVELS];
};

static enum credit_error level_reserve(struct level *level, size_t count)
{
	struct credit_hash *grown;

	if (count <= level->capacity)
		return CREDIT_OK;
	if (level->capacity > SIZE_MAX / sizeof(*grown) / 2)
		return CREDIT_E_NO_MEMORY;
	/* One more at a time is all that is ever asked for. */
	grown = realloc(level->hashes, 2 * level->capacity * sizeof(*grown));
	if (grown == NULL)
		return CREDIT_E_NO_MEMORY;
	level->hashes = grown;
	level->capacity *= 2;
	return CREDIT_OK;
}

/* Takes a hash; says whether it filled a tile, whose root is then in peaks[8]. */
static bool level_add(struct level *level, const struct credit_hash *hash)
{
	credit__peaks_add(level->peaks, level->count % CREDIT_TILE_WIDTH, hash);
	level->hashes[level->count++] = *hash;
	return level->count % CREDIT_TILE_WIDTH == 0;
}

enum credit_error credit_log_new(struct credit_log **ret_log)
{
	struct credit_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return CREDIT_E_NO_MEMORY;
	for (size_t i = 0; i < LEVELS; i++) {
		log->level[i].hashes = malloc(CREDIT_TILE_BYTES);
		if (log->level[i].hashes == NULL) {
			credit_log_free(log);
			return CREDIT_E_NO_MEMORY;
		}
		log->level[i].capacity = CREDIT_TILE_WIDTH;
	}
	*ret_log = log;
	return CREDIT_OK;
}

void credit_log_free(struct credit_log *log)
{
	if (log == NULL)
		return;
	for (size_t i = 0; i < LEVELS; i++)
		free(log->level[i].hashes);
	free(log);
}

/* docs/spec/log.md: "floor(S / 256^L) mod 256 hashes" */
static enum credit_error level_load(struct level *level, uint32_t number, uint64_t size,
	const struct credit_tile_source *source)
{
	uint64_t nodes = size >> (CREDIT_TILE_HEIGHT * number);
	uint32_t width = (uint32_t)(nodes % CREDIT_TILE_WIDTH);
	const struct credit_hash *hashes;
	enum credit_error error;

	level->first_tile = nodes / CREDIT_TILE_WIDTH;
	if (width == 0)
		return CREDIT_OK;
	error = source->read(source->context, number, level->first_tile, width, &hashes);
	if (error != CREDIT_OK)
		return error;
	for (uint32_t i = 0; i < width; i++)
		level_add(level, &hashes[i]);
	level->flushed = width;
	return CREDIT_OK;
}

enum credit_error credit_log_load(
	struct credit_log *log, uint64_t size, const struct credit_tile_source *source)
{
	struct credit_log *loaded, old = *log;
	enum credit_error error;

	if (size > CREDIT_LOG_SIZE_MAX)
		return CREDIT_E_LOG_INDEX;
	error = credit_log_new(&loaded);
	if (error != CREDIT_OK)
		return error;
	loaded->size = size;
	for (uint32_t i = 0; i < LEVELS && error == CREDIT_OK; i++)
		error = level_load(&loaded->level[i], i, size, source);
	if (error == CREDIT_OK) {
		*log = *loaded;
		*loaded = old;
	}
	credit_log_free(loaded);
	return error;
}

/* How many levels the next leaf reaches: one, and one more for each tile that it fills. */
static uint32_t levels_touched(uint64_t size)
{
	return 1 + (uint32_t)__builtin_ctzll(size + 1) / CREDIT_TILE_HEIGHT;
}

enum credit_error credit_log_append(struct credit_log *log, const struct credit_hash *leaf_hash)
{
	const struct credit_hash *hash = leaf_hash;
	uint32_t touched;

	/* docs/spec/log.md: "A log has at most 2^63 - 1 leaves." */
	if (log->size >= CREDIT_LOG_SIZE_MAX)
		return CREDIT_E_TOO_MANY;
	touched = levels_touched(log->size);
	for (uint32_t i = 0; i < touched; i++) {
		enum credit_error error = level_reserve(&log->level[i], log->level[i].count + 1);

		if (error != CREDIT_OK)
			return error;
	}
	/* docs/spec/log.md: "Level L + 1 gets a hash only when a tile of level L is full" */
	for (struct level *level = log->level; level_add(level, hash); level++)
		hash = &level->peaks[CREDIT_TILE_HEIGHT];
	log->size++;
	return CREDIT_OK;
}

void credit_log_head(const struct credit_log *log, struct credit_tree_head *ret_head)
{
	bool has_root = false;

	ret_head->size = log->size;
	for (size_t i = 0; i < LEVELS; i++)
		has_root = credit__peaks_fold(log->level[i].peaks,
			log->level[i].count % CREDIT_TILE_WIDTH, has_root, &ret_head->root);
	if (!has_root)
		credit_tree_root(NULL, 0, &ret_head->root);
}

/* After a flush: only the last, partial tile is still needed. */
static void level_settle(struct level *level)
{
	size_t full = level->count / CREDIT_TILE_WIDTH;
	size_t width = level->count % CREDIT_TILE_WIDTH;

	memmove(level->hashes, &level->hashes[full * CREDIT_TILE_WIDTH],
		width * sizeof(*level->hashes));
	level->first_tile += full;
	level->count = width;
	level->flushed = width;
}

enum credit_error credit_log_flush(struct credit_log *log, void *context,
	enum credit_error (*write)(void *context, uint32_t level, uint64_t index,
		const struct credit_hash *hashes, uint32_t width))
{
	for (uint32_t i = 0; i < LEVELS; i++) {
		const struct level *level = &log->level[i];

		/* Hashes are only ever added: a level that has no more has not changed. */
		for (size_t at = 0; level->count > level->flushed && at < level->count;
			at += CREDIT_TILE_WIDTH) {
			size_t left = level->count - at;
			uint32_t width =
				left < CREDIT_TILE_WIDTH ? (uint32_t)left : CREDIT_TILE_WIDTH;
			enum credit_error error =
				write(context, i, level->first_tile + at / CREDIT_TILE_WIDTH,
					&level->hashes[at], width);

			if (error != CREDIT_OK)
				return error;
		}
	}
	for (size_t i = 0; i < LEVELS; i++)
		level_settle(&log->level[i]);
	return CREDIT_OK;
}

const struct credit_hash *credit_log_tile(
	const struct credit_log *log, uint32_t level, uint64_t index, uint32_t *ret_width)
{
	const struct level *edge = &log->level[level < LEVELS ? level : 0];
	size_t at;

	*ret_width = 0;
	if (level >= LEVELS || index < edge->first_tile ||
		index - edge->first_tile > edge->count / CREDIT_TILE_WIDTH)
		return NULL;
	at = (size_t)(index - edge->first_tile) * CREDIT_TILE_WIDTH;
	*ret_width = edge->count - at < CREDIT_TILE_WIDTH ? (uint32_t)(edge->count - at)
							  : CREDIT_TILE_WIDTH;
	return &edge->hashes[at];
}
