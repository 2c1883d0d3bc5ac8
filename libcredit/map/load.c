/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c - whole maps in one pass over ascending leaves: built with their tiles, or only hashed.
 *
 * A load keeps one open tile for each four levels, those on the way to the last leaf. When the next
 * leaf parts from the last one above a tile, that tile is complete: it is written, and its node
 * goes into its slot of the tile above.
 */
#include "map/tree.h"

#include <string.h>

struct load {
	const struct credit_map_source *source;
	const struct credit_map_sink *sink;
	struct credit__map_fold fold; /* of the range at `depth` */
	uint64_t size;
	struct credit_hash last;
	struct credit__map_tile tile[CREDIT__MAP_TILES_DEEP];
};

/* Puts the node of what ended at the last leaf into the tile that begins at `level`. */
static void fill_slot(struct load *load, uint32_t level, const struct credit_hash *node)
{
	uint32_t slot = credit__map_slot(&load->last, level);
	uint32_t at = level / CREDIT__MAP_TILE_LEVELS;

	load->tile[at].node[CREDIT__MAP_ROW(CREDIT__MAP_TILE_LEVELS) + slot] = *node;
}

/* The place of the tile, on the way to the last leaf, that begins at `level`. */
static struct credit__map_place place_of(const struct load *load, uint32_t level)
{
	struct credit__map_place place = {.level = 0};

	while (place.level < level)
		credit__map_slot_place(&place, credit__map_slot(&load->last, place.level), &place);
	return place;
}

static enum credit_error close_tile(struct load *load, uint32_t level, struct credit_hash *ret_node)
{
	struct credit__map_place place = place_of(load, level);
	uint32_t at = level / CREDIT__MAP_TILE_LEVELS;
	struct credit__map_tile *tile = &load->tile[at];
	enum credit_error error;

	credit__map_tile_raise(tile, level, CREDIT__MAP_ALL_SLOTS);
	credit__map_tile_node(tile, level, ret_node);
	error = credit__map_tile_write(load->sink, &place, tile);
	memset(tile, 0, sizeof(*tile));
	return error;
}

/* Ends the range of the last leaf and every tile that begins below `bit`, in which the next leaf
 * parts from it. */
static enum credit_error close_below(struct load *load, uint32_t bit)
{
	uint32_t level = load->source->depth;
	struct credit_hash node;
	enum credit_error error = CREDIT_OK;

	credit__map_fold_done(&load->fold, &node);
	credit__map_fold_begin(&load->fold, NULL);
	while (error == CREDIT_OK) {
		level -= CREDIT__MAP_TILE_LEVELS;
		fill_slot(load, level, &node);
		if (level <= bit)
			break;
		error = close_tile(load, level, &node);
	}
	return error;
}

static enum credit_error load_leaf(struct load *load, const struct credit_map_leaf *leaf)
{
	const struct credit_map_sink *sink = load->sink;
	enum credit_error error = CREDIT_OK;

	if (load->size > 0) {
		uint32_t bit = credit__map_parting(&load->last, &leaf->key);

		if (memcmp(&load->last, &leaf->key, sizeof(leaf->key)) >= 0)
			return CREDIT_E_STORE_CORRUPT;
		if (bit < load->source->depth)
			error = close_below(load, bit);
	}
	if (error == CREDIT_OK)
		error = credit__map_fold_add(&load->fold, leaf);
	if (error == CREDIT_OK && sink->put_leaf != NULL)
		error = sink->put_leaf(sink->context, leaf);
	load->last = leaf->key;
	load->size++;
	return error;
}

enum credit_error credit_map_load(const struct credit_map_source *source,
	const struct credit_map_sink *sink, struct credit_map_head *ret_head)
{
	static const struct credit_hash everything;
	struct load load = {.source = source, .sink = sink};
	struct credit__map_scan scan;
	struct credit_hash node = {0};
	enum credit_error error;

	if (!credit__map_depth_allowed(source->depth))
		return CREDIT_E_INTERNAL;
	credit__map_fold_begin(&load.fold, NULL);
	error = credit__map_scan_begin(&scan, source, &everything, 0);
	while (error == CREDIT_OK && scan.more) {
		error = load_leaf(&load, &scan.leaf);
		if (error == CREDIT_OK)
			error = credit__map_scan_next(&scan);
	}
	if (error == CREDIT_OK && load.size > 0)
		error = close_below(&load, 0);
	if (error == CREDIT_OK && load.size > 0)
		error = close_tile(&load, 0, &node);
	if (error != CREDIT_OK)
		return error;
	ret_head->size = load.size;
	credit__map_root_of(&node, &ret_head->root);
	return CREDIT_OK;
}

enum credit_error credit_map_derive(
	const struct credit_map_source *source, struct credit_map_head *ret_head)
{
	static const struct credit_hash everything;
	struct credit__map_fold fold;
	struct credit__map_scan scan;
	struct credit_hash node;
	enum credit_error error;

	credit__map_fold_begin(&fold, NULL);
	error = credit__map_scan_begin(&scan, source, &everything, 0);
	while (error == CREDIT_OK && scan.more) {
		error = credit__map_fold_add(&fold, &scan.leaf);
		if (error == CREDIT_OK)
			error = credit__map_scan_next(&scan);
	}
	if (error != CREDIT_OK)
		return error;
	credit__map_fold_done(&fold, &node);
	ret_head->size = fold.size;
	credit__map_root_of(&node, &ret_head->root);
	return CREDIT_OK;
}
