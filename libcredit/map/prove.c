/* SPDX-License-Identifier: Apache-2.0
 *
 * prove.c - the path of a key, whether it is there or not.
 *
 * Follows the key's bits down the tiles. Where only one side has leaves there is no node, and the
 * way goes on there whatever the key says; so it may leave the key's own prefix, and ends at the
 * leaf that proves the key's absence. The range at the end is folded with a search, and must give
 * the node that the tiles name: otherwise the rows are damaged, and no proof is given.
 */
#include "map/tree.h"

#include <string.h>

struct walk {
	const struct credit_hash *key;
	struct credit__map_place place;
	struct credit_hash node; /* of `place` */
	uint32_t count;
	struct credit_map_step step[CREDIT_MAP_DEPTH_MAX]; /* root side first */
};

/* Goes down the four levels of a tile. */
static enum credit_error walk_tile(struct walk *walk, const struct credit__map_tile *tile)
{
	uint32_t level = walk->place.level, slot = 0;

	for (uint32_t row = 1; row <= CREDIT__MAP_TILE_LEVELS; row++) {
		const struct credit_hash *pair = &tile->node[CREDIT__MAP_ROW(row) + 2 * slot];
		bool left = !credit__map_node_empty(&pair[0]);
		bool right = !credit__map_node_empty(&pair[1]);
		uint32_t bit = level + row - 1, side = right;

		if (!left && !right)
			return CREDIT_E_STORE_CORRUPT;
		if (left && right) {
			side = credit__map_bit(walk->key, bit);
			walk->step[walk->count++] =
				(struct credit_map_step){(uint8_t)bit, pair[1 - side]};
		}
		walk->node = pair[side];
		slot = 2 * slot + side;
	}
	credit__map_slot_place(&walk->place, slot, &walk->place);
	return CREDIT_OK;
}

static enum credit_error walk_down(struct walk *walk, const struct credit_map_source *source)
{
	const struct credit__map_tile *tile;
	enum credit_error error = CREDIT_OK;

	while (error == CREDIT_OK && walk->place.level < source->depth) {
		error = credit__map_tile_view(source, &walk->place, &tile);
		/* No uppermost tile: no leaves. The node stays empty. */
		if (error == CREDIT_OK && walk->place.level == 0 &&
			credit__map_node_empty(&tile->node[0]) &&
			credit__map_node_empty(&tile->node[1]))
			return CREDIT_OK;
		if (error == CREDIT_OK)
			error = walk_tile(walk, tile);
	}
	return error;
}

static enum credit_error search_range(const struct walk *walk,
	const struct credit_map_source *source, struct credit__map_search *search)
{
	struct credit__map_fold fold;
	struct credit__map_scan scan;
	struct credit_hash node;
	enum credit_error error;

	credit__map_fold_begin(&fold, search);
	error = credit__map_scan_begin(&scan, source, &walk->place.prefix, walk->place.level);
	while (error == CREDIT_OK && scan.more) {
		error = credit__map_fold_add(&fold, &scan.leaf);
		if (error == CREDIT_OK)
			error = credit__map_scan_next(&scan);
	}
	if (error != CREDIT_OK)
		return error;
	credit__map_fold_done(&fold, &node);
	return credit_hash_equal(&node, &walk->node) ? CREDIT_OK : CREDIT_E_STORE_CORRUPT;
}

/* The tiles name no leaf. */
static enum credit_error prove_empty(
	const struct credit_map_source *source, struct credit_map_proof *ret_proof)
{
	static const struct credit_hash everything;
	struct credit__map_scan scan;
	enum credit_error error = credit__map_scan_begin(&scan, source, &everything, 0);

	if (error != CREDIT_OK)
		return error;
	if (scan.more)
		return CREDIT_E_STORE_CORRUPT;
	ret_proof->answer = CREDIT_MAP_EMPTY;
	ret_proof->path.count = 0;
	return CREDIT_OK;
}

static void proof_return(const struct walk *walk, const struct credit__map_search *search,
	struct credit_map_proof *ret_proof)
{
	struct credit_map_path *path = &ret_proof->path;

	ret_proof->answer = credit_hash_equal(&search->found.key, walk->key) ? CREDIT_MAP_PRESENT
									     : CREDIT_MAP_ABSENT;
	ret_proof->leaf = search->found;
	path->count = search->path.count;
	memcpy(path->step, search->path.step, path->count * sizeof(path->step[0]));
	/* docs/spec/map.md: "leaf side first" */
	for (uint32_t i = walk->count; i > 0; i--)
		path->step[path->count++] = walk->step[i - 1];
}

enum credit_error credit_map_prove(const struct credit_map_source *source,
	const struct credit_hash *key, struct credit_map_proof *ret_proof)
{
	static const struct credit__map_place top;
	static const struct credit_hash empty;
	struct walk walk;
	struct credit__map_search search;
	enum credit_error error;

	if (!credit__map_depth_allowed(source->depth))
		return CREDIT_E_INTERNAL;
	/* One by one: clearing what will not be used would cost more than a hash. */
	walk.key = key;
	walk.place = top;
	walk.node = empty;
	walk.count = 0;
	search.key = key;
	error = walk_down(&walk, source);
	if (error != CREDIT_OK)
		return error;
	if (credit__map_node_empty(&walk.node))
		return prove_empty(source, ret_proof);
	error = search_range(&walk, source, &search);
	if (error == CREDIT_OK)
		proof_return(&walk, &search, ret_proof);
	return error;
}
