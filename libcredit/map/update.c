/* SPDX-License-Identifier: Apache-2.0
 *
 * update.c - applies a sorted batch of changes.
 *
 * Goes down the tiles with the part of the batch that belongs under each, so that a tile is read
 * and written once however many changes it sees. Below the tiles, a range's leaves and its changes
 * are merged into a fold. A range is read to its end before anything is written in it, so it makes
 * no difference whether the source sees what the sink has written.
 */
#include "map/tree.h"

#include <string.h>

struct update {
	const struct credit_map_source *source;
	const struct credit_map_sink *sink; /* NULL: only tell */
	uint64_t added, erased;
};

/* A run of the batch: the changes under one prefix. */
struct run {
	const struct credit_map_change *change;
	size_t count;
};

/* --- a range of leaves ----------------------------------------------------------------------- */

/* Takes the first change of the run; `replaces`: there is a leaf with its key. */
static enum credit_error merge_change(
	struct update *update, struct credit__map_fold *fold, struct run *run, bool replaces)
{
	const struct credit_map_change *change = run->change++;

	run->count--;
	update->added += !change->erase && !replaces;
	update->erased += change->erase && replaces;
	return change->erase ? CREDIT_OK : credit__map_fold_add(fold, &change->leaf);
}

/* Below 0: the leaf scanned comes first; above 0: the change; 0: they have one key. */
static int order_of(const struct credit__map_scan *scan, const struct run *run)
{
	if (run->count == 0)
		return -1;
	if (!scan->more)
		return 1;
	return memcmp(&scan->leaf.key, &run->change->leaf.key, sizeof(scan->leaf.key));
}

/* The nodes of the range as it is and as it will be. */
static enum credit_error merge_range(struct update *update, const struct credit__map_place *place,
	struct run run, struct credit_hash *ret_old, struct credit_hash *ret_new)
{
	struct credit__map_fold before, after;
	struct credit__map_scan scan;
	enum credit_error error;

	credit__map_fold_begin(&before, NULL);
	credit__map_fold_begin(&after, NULL);
	error = credit__map_scan_begin(&scan, update->source, &place->prefix, place->level);
	while (error == CREDIT_OK && (scan.more || run.count > 0)) {
		int order = order_of(&scan, &run);

		error = order < 0 ? credit__map_fold_add(&after, &scan.leaf)
				  : merge_change(update, &after, &run, order == 0);
		if (error == CREDIT_OK && order <= 0)
			error = credit__map_fold_add(&before, &scan.leaf);
		if (error == CREDIT_OK && order <= 0)
			error = credit__map_scan_next(&scan);
	}
	if (error != CREDIT_OK)
		return error;
	credit__map_fold_done(&before, ret_old);
	credit__map_fold_done(&after, ret_new);
	return CREDIT_OK;
}

static enum credit_error write_leaf(
	const struct credit_map_sink *sink, const struct credit_map_change *change)
{
	enum credit_error error;

	if (!change->erase)
		return sink->put_leaf(sink->context, &change->leaf);
	error = sink->erase_leaf(sink->context, &change->leaf.key);
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

/* *node is that of the range before, and becomes that after. The rows must have it: hashing damaged
 * ones again would make the damage part of the map. */
static enum credit_error update_range(struct update *update, const struct credit__map_place *place,
	struct run run, struct credit_hash *node)
{
	struct credit_hash old, new;
	enum credit_error error = merge_range(update, place, run, &old, &new);

	if (error != CREDIT_OK)
		return error;
	if (!credit_hash_equal(&old, node))
		return CREDIT_E_STORE_CORRUPT;
	*node = new;
	if (update->sink == NULL || credit_hash_equal(&old, &new))
		return CREDIT_OK;
	for (size_t i = 0; i < run.count && error == CREDIT_OK; i++)
		error = write_leaf(update->sink, &run.change[i]);
	return error;
}

/* --- tiles ----------------------------------------------------------------------------------- */

/* Cuts off the front of `rest` what belongs to its first change's slot. */
static struct run next_run(struct run *rest, uint32_t level, uint32_t *ret_slot)
{
	struct run run = {rest->change, 0};
	uint32_t slot = credit__map_slot(&rest->change->leaf.key, level);

	while (run.count < rest->count &&
		credit__map_slot(&rest->change[run.count].leaf.key, level) == slot)
		run.count++;
	rest->change += run.count;
	rest->count -= run.count;
	*ret_slot = slot;
	return run;
}

static enum credit_error update_tile(struct update *update, const struct credit__map_place *place,
	struct run run, struct credit_hash *node);

static enum credit_error update_slot(struct update *update, const struct credit__map_place *place,
	struct run run, struct credit_hash *node)
{
	return place->level < update->source->depth ? update_tile(update, place, run, node)
						    : update_range(update, place, run, node);
}

/* *node is that of the tile before, and becomes that after. */
static enum credit_error update_tile(struct update *update, const struct credit__map_place *place,
	struct run run, struct credit_hash *node)
{
	struct credit__map_tile tile;
	struct credit__map_place below;
	struct credit_hash stored;
	uint32_t slot, changed = 0;
	enum credit_error error = credit__map_tile_read(update->source, place, &tile);

	if (error != CREDIT_OK)
		return error;
	credit__map_tile_node(&tile, place->level, &stored);
	if (!credit_hash_equal(&stored, node))
		return CREDIT_E_STORE_CORRUPT;
	while (run.count > 0) {
		struct run part = next_run(&run, place->level, &slot);
		struct credit_hash *here =
			&tile.node[CREDIT__MAP_ROW(CREDIT__MAP_TILE_LEVELS) + slot];
		struct credit_hash old = *here;

		credit__map_slot_place(place, slot, &below);
		error = update_slot(update, &below, part, here);
		if (error != CREDIT_OK)
			return error;
		if (!credit_hash_equal(&old, here))
			changed |= 1U << slot;
	}
	if (changed == 0)
		return CREDIT_OK;
	credit__map_tile_raise(&tile, place->level, changed);
	credit__map_tile_node(&tile, place->level, node);
	return update->sink != NULL ? credit__map_tile_write(update->sink, place, &tile)
				    : CREDIT_OK;
}

/* --- the batch ------------------------------------------------------------------------------- */

static bool ascend(const struct credit_map_change *changes, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (memcmp(&changes[i - 1].leaf.key, &changes[i].leaf.key,
			    sizeof(changes[i].leaf.key)) >= 0)
			return false;
	return true;
}

/* The root of no leaves stands for the empty node. */
static void node_of(const struct credit_map_head *head, struct credit_hash *ret_node)
{
	struct credit_hash empty;

	credit__map_empty_root(&empty);
	*ret_node = credit_hash_equal(&head->root, &empty) ? (struct credit_hash){0} : head->root;
}

enum credit_error credit_map_update(const struct credit_map_source *source,
	const struct credit_map_sink *sink, const struct credit_map_head *head,
	const struct credit_map_change *changes, size_t count, struct credit_map_head *ret_head)
{
	static const struct credit__map_place top;
	struct update update = {source, sink, 0, 0};
	struct credit_hash node;
	uint64_t size;
	enum credit_error error;

	if (!credit__map_depth_allowed(source->depth) || !ascend(changes, count))
		return CREDIT_E_INTERNAL;
	node_of(head, &node);
	error = update_tile(&update, &top, (struct run){changes, count}, &node);
	if (error != CREDIT_OK)
		return error;
	size = head->size + update.added;
	if (size < update.erased || (size == update.erased) != credit__map_node_empty(&node))
		return CREDIT_E_STORE_CORRUPT;
	ret_head->size = size - update.erased;
	credit__map_root_of(&node, &ret_head->root);
	return CREDIT_OK;
}
