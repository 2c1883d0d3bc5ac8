/* SPDX-License-Identifier: Apache-2.0
 *
 * tile.c - the cached top of the tree: four levels in a row of 960 bytes.
 *
 * A tile holds the nodes of all prefixes one to four bits longer than its own. The node of its own
 * prefix is in the lowest row of the tile above.
 */
#include "map/tree.h"

#include <string.h>

_Static_assert(sizeof(struct credit__map_tile) == CREDIT_MAP_TILE_BYTES, "a tile as it is stored");
_Static_assert(_Alignof(struct credit__map_tile) == 1, "a tile is looked at where it lies");

bool credit__map_depth_allowed(uint32_t depth)
{
	return depth >= CREDIT_MAP_DEPTH_MIN && depth <= CREDIT_MAP_DEPTH_MAX &&
	       depth % CREDIT__MAP_TILE_LEVELS == 0;
}

/* In the database: never change. `memory` has room for CREDIT_MAP_TILE_KEY_BYTES. */
static struct credit_bytes tile_key(const struct credit__map_place *place, uint8_t *memory)
{
	memory[0] = (uint8_t)place->level;
	memcpy(memory + 1, place->prefix.byte, CREDIT_MAP_TILE_KEY_BYTES - 1);
	return (struct credit_bytes){memory, CREDIT_MAP_TILE_KEY_BYTES};
}

enum credit_error credit__map_tile_view(const struct credit_map_source *source,
	const struct credit__map_place *place, const struct credit__map_tile **ret_tile)
{
	static const struct credit__map_tile without_leaves;
	uint8_t memory[CREDIT_MAP_TILE_KEY_BYTES];
	struct credit_bytes row;
	enum credit_error error = source->read_tile(source->context, tile_key(place, memory), &row);

	if (error == CREDIT_E_NOT_FOUND) {
		*ret_tile = &without_leaves;
		return CREDIT_OK;
	}
	if (error != CREDIT_OK)
		return error;
	if (row.size != sizeof(**ret_tile))
		return CREDIT_E_STORE_CORRUPT;
	*ret_tile = (const struct credit__map_tile *)(const void *)row.data;
	return CREDIT_OK;
}

enum credit_error credit__map_tile_read(const struct credit_map_source *source,
	const struct credit__map_place *place, struct credit__map_tile *ret_tile)
{
	const struct credit__map_tile *tile;
	enum credit_error error = credit__map_tile_view(source, place, &tile);

	if (error == CREDIT_OK)
		*ret_tile = *tile;
	return error;
}

enum credit_error credit__map_tile_write(const struct credit_map_sink *sink,
	const struct credit__map_place *place, const struct credit__map_tile *tile)
{
	uint8_t memory[CREDIT_MAP_TILE_KEY_BYTES];
	struct credit_bytes key = tile_key(place, memory);

	if (!credit__map_node_empty(&tile->node[0]) || !credit__map_node_empty(&tile->node[1]))
		return sink->put_tile(sink->context, key,
			(struct credit_bytes){tile->node[0].byte, sizeof(*tile)});
	return sink->erase_tile(sink->context, key);
}

void credit__map_tile_raise(struct credit__map_tile *tile, uint32_t level, uint32_t changed)
{
	for (uint32_t row = CREDIT__MAP_TILE_LEVELS - 1; row > 0; row--) {
		const struct credit_hash *below = &tile->node[CREDIT__MAP_ROW(row + 1)];
		struct credit_hash *nodes = &tile->node[CREDIT__MAP_ROW(row)];
		uint32_t raised = 0;

		for (uint32_t i = 0; i < 1U << row; i++) {
			if ((changed >> 2 * i & 3) == 0)
				continue;
			raised |= 1U << i;
			credit__map_join(&below[2 * i], &below[2 * i + 1], level + row, &nodes[i]);
		}
		changed = raised;
	}
}

void credit__map_tile_node(
	const struct credit__map_tile *tile, uint32_t level, struct credit_hash *ret_node)
{
	credit__map_join(&tile->node[0], &tile->node[1], level, ret_node);
}

uint32_t credit__map_slot(const struct credit_hash *key, uint32_t level)
{
	uint8_t byte = key->byte[level / 8];

	return level % 8 == 0 ? byte >> 4 : byte & 0x0fU;
}

void credit_map_tile_foresee(
	const uint8_t tile[CREDIT_MAP_TILE_BYTES], uint32_t level, const struct credit_hash *key)
{
	uint32_t slot = credit__map_slot(key, level);

	for (uint32_t row = 1; row <= CREDIT__MAP_TILE_LEVELS; row++) {
		uint32_t left = slot >> (CREDIT__MAP_TILE_LEVELS - row) & ~1U;
		const uint8_t *pair = tile + (CREDIT__MAP_ROW(row) + left) * CREDIT_HASH_SIZE;

		/* They may lie across two lines. */
		__builtin_prefetch(pair);
		__builtin_prefetch(pair + 2 * CREDIT_HASH_SIZE - 1);
	}
}

void credit__map_slot_place(
	const struct credit__map_place *place, uint32_t slot, struct credit__map_place *ret_place)
{
	*ret_place = *place;
	ret_place->prefix.byte[place->level / 8] |=
		(uint8_t)(place->level % 8 == 0 ? slot << 4 : slot);
	ret_place->level = place->level + CREDIT__MAP_TILE_LEVELS;
}

enum credit_error credit_map_root(
	const struct credit_map_source *source, struct credit_hash *ret_root)
{
	static const struct credit__map_place top;
	struct credit__map_tile tile;
	struct credit_hash node;
	enum credit_error error = credit__map_tile_read(source, &top, &tile);

	if (error != CREDIT_OK)
		return error;
	credit__map_tile_node(&tile, top.level, &node);
	credit__map_root_of(&node, ret_root);
	return CREDIT_OK;
}
