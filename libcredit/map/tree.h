/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.h - nodes, folds, scans and tiles, shared by the files of this room.
 *
 * Here a *node* is a subtree's hash, and 32 zero bytes where there is no leaf: no SHA-256 is known
 * that gives them. The node of a prefix is the node of all leaves whose keys begin with it, so a
 * prefix under which no keys part has the same node as the one longer prefix that has leaves.
 *
 * A *fold* turns leaves in ascending order into their node. It keeps what cannot be joined yet: for
 * each bit in which the way to the last leaf turned right, the subtree left behind there. Given a
 * key to look for, it also keeps the one leaf which that key's bits lead to, and its path, as far
 * as the leaves seen so far tell. So proofs need neither a second pass nor memory for the range.
 */
#ifndef CREDIT_MAP_TREE_H
#define CREDIT_MAP_TREE_H

#include <credit/map.h>

#define CREDIT__MAP_KEY_BITS 256
#define CREDIT__MAP_TILE_LEVELS 4
#define CREDIT__MAP_TILE_NODES 30
#define CREDIT__MAP_ALL_SLOTS 0xffffU /* as a set of slots: the lowest row has sixteen */
#define CREDIT__MAP_TILES_DEEP (CREDIT_MAP_DEPTH_MAX / CREDIT__MAP_TILE_LEVELS)

/* --- hashes and bits ------------------------------------------------------------------------- */

void credit__map_leaf_hash(const struct credit_map_leaf *leaf, struct credit_hash *ret_node);
void credit__map_inner_hash(const struct credit_hash *left, const struct credit_hash *right,
	uint8_t bit, struct credit_hash *ret_node);
void credit__map_empty_root(struct credit_hash *ret_root);

/* Bit 0 is the most significant one of the first byte. */
uint32_t credit__map_bit(const struct credit_hash *key, uint32_t bit);
/* The first bit in which the keys differ; CREDIT__MAP_KEY_BITS when they are equal. */
uint32_t credit__map_parting(const struct credit_hash *a, const struct credit_hash *b);

bool credit__map_node_empty(const struct credit_hash *node);
/* The node over two sides, of which one or both may be empty. */
void credit__map_join(const struct credit_hash *left, const struct credit_hash *right, uint32_t bit,
	struct credit_hash *ret_node);
void credit__map_root_of(const struct credit_hash *node, struct credit_hash *ret_root);

/* --- folds ----------------------------------------------------------------------------------- */

struct credit__map_search {
	const struct credit_hash *key;
	struct credit_map_leaf found;
	struct credit_map_path path;
	uint32_t holder; /* the subtree that holds `found`: a left one, or `height`: the last one */
};

struct credit__map_fold {
	uint64_t size;
	struct credit_hash last; /* key of the last leaf */
	struct credit_hash node; /* the subtree that ends with it */
	uint32_t height;
	struct credit_map_step left[CREDIT_MAP_STEPS_MAX]; /* bits ascend */
	struct credit__map_search *search;                 /* may be NULL */
};

void credit__map_fold_begin(struct credit__map_fold *fold, struct credit__map_search *search);
/* CREDIT_E_STORE_CORRUPT when the leaf does not come after the last one. */
enum credit_error credit__map_fold_add(
	struct credit__map_fold *fold, const struct credit_map_leaf *leaf) CREDIT_MUST_CHECK;
/* The fold may begin again afterwards. */
void credit__map_fold_done(struct credit__map_fold *fold, struct credit_hash *ret_node);

/* --- scans ----------------------------------------------------------------------------------- */

/* Walks the leaves whose keys begin with the first `bits` of `prefix`; the rest of it is zero. */
struct credit__map_scan {
	const struct credit_map_source *source;
	const struct credit_hash *prefix;
	uint32_t bits;
	bool more; /* `leaf` is one of them */
	struct credit_map_leaf leaf;
};

enum credit_error credit__map_scan_begin(struct credit__map_scan *scan,
	const struct credit_map_source *source, const struct credit_hash *prefix,
	uint32_t bits) CREDIT_MUST_CHECK;
enum credit_error credit__map_scan_next(struct credit__map_scan *scan) CREDIT_MUST_CHECK;

/* --- tiles ----------------------------------------------------------------------------------- */

struct credit__map_tile {
	struct credit_hash node[CREDIT__MAP_TILE_NODES];
};

/* A tile's place: the level at which it begins, and the bits up to there, the rest zero. */
struct credit__map_place {
	struct credit_hash prefix;
	uint32_t level;
};

/* Where row `row` (1..4) of a tile begins. */
#define CREDIT__MAP_ROW(row) ((1U << (row)) - 2)

bool credit__map_depth_allowed(uint32_t depth);
/* A tile that is not there is read as one without leaves. A view lasts until the next call of the
 * source. */
enum credit_error credit__map_tile_view(const struct credit_map_source *source,
	const struct credit__map_place *place,
	const struct credit__map_tile **ret_tile) CREDIT_MUST_CHECK;
enum credit_error credit__map_tile_read(const struct credit_map_source *source,
	const struct credit__map_place *place, struct credit__map_tile *ret_tile) CREDIT_MUST_CHECK;
/* A tile without leaves is erased. */
enum credit_error credit__map_tile_write(const struct credit_map_sink *sink,
	const struct credit__map_place *place,
	const struct credit__map_tile *tile) CREDIT_MUST_CHECK;
/* Makes the rows above again for the slots of the lowest row that are in the set `changed`. */
void credit__map_tile_raise(struct credit__map_tile *tile, uint32_t level, uint32_t changed);
/* The node that the whole tile stands for. */
void credit__map_tile_node(
	const struct credit__map_tile *tile, uint32_t level, struct credit_hash *ret_node);

/* Which slot of the tile that begins at `level` a key belongs to, and that slot's prefix. */
uint32_t credit__map_slot(const struct credit_hash *key, uint32_t level);
void credit__map_slot_place(
	const struct credit__map_place *place, uint32_t slot, struct credit__map_place *ret_place);

#endif
