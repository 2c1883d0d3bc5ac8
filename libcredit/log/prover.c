/* SPDX-License-Identifier: Apache-2.0
 *
 * prover.c - makes proofs from tiles.
 *
 * The nodes of a tree of some size are of two kinds. *Complete* ones never change: they are looked
 * up in expanded tiles, which hold, beside the hashes of a tile, the seven rows of nodes above
 * them. The last node of each height may be *incomplete*; these are few, belong to one size, and
 * are all made at once when that size is asked for (`edge`). After that every proof is look-ups
 * only.
 *
 * Each level has cache slots of its own, chosen by the low bits of the tile's index. So the tiles
 * of one climb, one for each level, never push each other out, and neighbouring leaves share them.
 * A tile that was partial when it was read is read again, and its rows lengthened, when a node
 * beyond its width is asked for.
 */
#include "log/tree.h"

#include <stdlib.h>
#include <string.h>

#define LEVELS 8
#define SLOTS 64
/* 256 stored hashes, then rows of 128, 64, ... 2 nodes. The root above is in the next level's tile.
 */
#define EXPANDED_NODES (2 * CREDIT_TILE_WIDTH - 2)

struct expanded_tile {
	uint64_t index;
	uint32_t width; /* 0: an empty slot */
	struct credit_hash node[EXPANDED_NODES];
};

struct credit_prover {
	struct credit_tile_source source;
	uint64_t edge_size;                       /* 0: none made yet */
	struct credit_hash edge[CREDIT_PATH_MAX]; /* the last node of each height, for edge_size */
	uint32_t edge_top;                        /* the height of the root */
	struct expanded_tile slot[SLOTS];
};

/* Leaves are many and roots few: half of the slots for the lowest level. */
static const struct {
	uint32_t first, count; /* counts are powers of two */
} level_slots[LEVELS] = {
	{0, 32},
	{32, 16},
	{48, 8},
	{56, 4},
	{60, 1},
	{61, 1},
	{62, 1},
	{63, 1},
};

enum credit_error credit_prover_new(
	const struct credit_tile_source *source, struct credit_prover **ret_prover)
{
	struct credit_prover *prover = calloc(1, sizeof(*prover));

	if (prover == NULL)
		return CREDIT_E_NO_MEMORY;
	prover->source = *source;
	*ret_prover = prover;
	return CREDIT_OK;
}

void credit_prover_free(struct credit_prover *prover)
{
	free(prover);
}

/* --- complete nodes -------------------------------------------------------------------------- */

/* Where row `row` of an expanded tile begins: after 256 + 128 + ... nodes. */
static size_t row_start(uint32_t row)
{
	const size_t nodes = 2 * (size_t)CREDIT_TILE_WIDTH; /* with the root */

	return nodes - (nodes >> row);
}

/* Lengthens the rows from the tile's old width to `width`. */
static void expand(struct expanded_tile *tile, const struct credit_hash *hashes, uint32_t width)
{
	uint32_t old = tile->width;

	memcpy(&tile->node[old], &hashes[old], (width - old) * sizeof(*hashes));
	for (uint32_t row = 1; row < CREDIT_TILE_HEIGHT; row++) {
		const struct credit_hash *below = &tile->node[row_start(row - 1)];
		struct credit_hash *nodes = &tile->node[row_start(row)];

		for (size_t i = old >> row; i < width >> row; i++)
			credit_node_hash(&below[2 * i], &below[2 * i + 1], &nodes[i]);
	}
	tile->width = width;
}

/* The tile's width in a tree of `size` leaves. */
static uint32_t width_in(uint64_t size, uint32_t level, uint64_t index)
{
	uint64_t hashes =
		(size >> (CREDIT_TILE_HEIGHT * level)) - index * (uint64_t)CREDIT_TILE_WIDTH;

	return hashes < CREDIT_TILE_WIDTH ? (uint32_t)hashes : CREDIT_TILE_WIDTH;
}

static enum credit_error complete_node(struct credit_prover *prover, uint64_t size,
	struct credit__node node, const struct credit_hash **ret_hash)
{
	uint32_t level = node.height / CREDIT_TILE_HEIGHT;
	uint32_t row = node.height % CREDIT_TILE_HEIGHT;
	uint64_t index = node.index >> (CREDIT_TILE_HEIGHT - row);
	uint64_t place = node.index - (index << (CREDIT_TILE_HEIGHT - row));
	uint32_t slot =
		level_slots[level].first + (uint32_t)(index & (level_slots[level].count - 1));
	struct expanded_tile *tile = &prover->slot[slot];

	if (tile->index != index || tile->width < (place + 1) << row) {
		/* All that this size has, so that its next node needs no further reading. */
		uint32_t width = width_in(size, level, index);
		const struct credit_hash *hashes;
		enum credit_error error =
			prover->source.read(prover->source.context, level, index, width, &hashes);

		if (error != CREDIT_OK)
			return error;
		if (tile->index != index)
			tile->width = 0;
		tile->index = index;
		expand(tile, hashes, width);
	}
	*ret_hash = &tile->node[row_start(row) + place];
	return CREDIT_OK;
}

/* --- any node -------------------------------------------------------------------------------- */

/* docs/spec/log.md: "they are computed for the size that is asked for" */
static enum credit_error make_edge(struct credit_prover *prover, uint64_t size)
{
	uint64_t last = size - 1;
	struct credit_hash edge[CREDIT_PATH_MAX];
	const struct credit_hash *hash;
	uint32_t height = 0;
	enum credit_error error;

	if (size == prover->edge_size)
		return CREDIT_OK;
	error = complete_node(prover, size, (struct credit__node){0, last}, &hash);
	if (error != CREDIT_OK)
		return error;
	edge[0] = *hash;
	for (; last >> height != 0; height++) {
		uint64_t index = last >> height;

		edge[height + 1] = edge[height];
		if ((index & 1) == 0)
			continue;
		error = complete_node(
			prover, size, (struct credit__node){height, index - 1}, &hash);
		if (error != CREDIT_OK)
			return error;
		credit_node_hash(hash, &edge[height], &edge[height + 1]);
	}
	memcpy(prover->edge, edge, (height + 1) * sizeof(edge[0]));
	prover->edge_top = height;
	prover->edge_size = size;
	return CREDIT_OK;
}

/* A node of the tree of prover->edge_size leaves. */
static enum credit_error any_node(
	struct credit_prover *prover, struct credit__node node, const struct credit_hash **ret_hash)
{
	if (node.index == (prover->edge_size - 1) >> node.height) {
		*ret_hash = &prover->edge[node.height];
		return CREDIT_OK;
	}
	return complete_node(prover, prover->edge_size, node, ret_hash);
}

/* --- proofs ---------------------------------------------------------------------------------- */

static enum credit_error path_put(
	struct credit_prover *prover, struct credit__node node, struct credit_path *path)
{
	const struct credit_hash *hash;
	enum credit_error error = any_node(prover, node, &hash);

	if (error != CREDIT_OK)
		return error;
	path->hash[path->count++] = *hash;
	return CREDIT_OK;
}

/* Adds the hashes of the siblings from there to the root. */
static enum credit_error path_climb(
	struct credit_prover *prover, struct credit__climb climb, struct credit_path *path)
{
	struct credit__node sibling;

	while (credit__climb_next(&climb, &sibling)) {
		enum credit_error error = path_put(prover, sibling, path);

		if (error != CREDIT_OK)
			return error;
	}
	return CREDIT_OK;
}

static void path_return(const struct credit_path *path, struct credit_path *ret_path)
{
	ret_path->count = path->count;
	memcpy(ret_path->hash, path->hash, path->count * sizeof(path->hash[0]));
}

enum credit_error credit_prove_inclusion(
	struct credit_prover *prover, uint64_t index, uint64_t size, struct credit_path *ret_path)
{
	struct credit_path path;
	enum credit_error error;

	if (index >= size || size > CREDIT_LOG_SIZE_MAX)
		return CREDIT_E_LOG_INDEX;
	error = make_edge(prover, size);
	if (error != CREDIT_OK)
		return error;
	path.count = 0;
	error = path_climb(prover, credit__climb_from(0, index, size), &path);
	if (error != CREDIT_OK)
		return error;
	path_return(&path, ret_path);
	return CREDIT_OK;
}

enum credit_error credit_prove_consistency(struct credit_prover *prover, uint64_t old_size,
	uint64_t size, struct credit_path *ret_path)
{
	struct credit_path path;
	struct credit__climb climb;
	enum credit_error error;

	if (old_size > size || size > CREDIT_LOG_SIZE_MAX)
		return CREDIT_E_LOG_INDEX;
	path.count = 0;
	if (old_size != 0 && old_size != size) {
		error = make_edge(prover, size);
		if (error != CREDIT_OK)
			return error;
		climb = credit__climb_of_consistency(old_size, size);
		if (!credit__is_complete(old_size)) {
			struct credit__node first = {climb.height, climb.index};

			error = path_put(prover, first, &path);
			if (error != CREDIT_OK)
				return error;
		}
		error = path_climb(prover, climb, &path);
		if (error != CREDIT_OK)
			return error;
	}
	path_return(&path, ret_path);
	return CREDIT_OK;
}

enum credit_error credit_prove_root(
	struct credit_prover *prover, uint64_t size, struct credit_hash *ret_root)
{
	enum credit_error error;

	if (size > CREDIT_LOG_SIZE_MAX)
		return CREDIT_E_LOG_INDEX;
	if (size == 0) {
		credit_tree_root(NULL, 0, ret_root);
		return CREDIT_OK;
	}
	error = make_edge(prover, size);
	if (error != CREDIT_OK)
		return error;
	*ret_root = prover->edge[prover->edge_top];
	return CREDIT_OK;
}
