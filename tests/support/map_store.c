/* SPDX-License-Identifier: Apache-2.0
 *
 * map_store.c - the rows of a map in memory, and the oracle of its root.
 */
#include "tests/support/map_store.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more item and returns the array. */
static void *grown(void *items, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return items;
	*capacity = *capacity == 0 ? 64 : 2 * *capacity;
	items = realloc(items, *capacity * size);
	if (items == NULL)
		err(1, "no memory for a map");
	return items;
}

/* The first item whose key, at its front, is `key` or greater. */
static size_t place_of(
	const void *items, size_t count, size_t size, const void *key, size_t key_size)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (memcmp((const uint8_t *)items + middle * size, key, key_size) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t leaf_place(const struct map_store *store, const struct credit_hash *key)
{
	return place_of(store->leaf, store->count, sizeof(store->leaf[0]), key, sizeof(*key));
}

static size_t tile_place(const struct map_store *store, struct credit_bytes key)
{
	if (key.size != CREDIT_MAP_TILE_KEY_BYTES)
		errx(1, "a tile's key of %zu bytes", key.size);
	return place_of(store->tile, store->tile_count, sizeof(store->tile[0]), key.data, key.size);
}

static bool leaf_at(const struct map_store *store, size_t at, const struct credit_hash *key)
{
	return at < store->count && credit_hash_equal(&store->leaf[at].key, key);
}

static bool tile_at(const struct map_store *store, size_t at, struct credit_bytes key)
{
	return at < store->tile_count && memcmp(store->tile[at].key, key.data, key.size) == 0;
}

/* Counts the call, ends the last view, and says whether this one is to fail. */
static bool call_fails(struct map_store *store)
{
	free(store->view);
	store->view = NULL;
	return ++store->calls == store->fail_at;
}

/* --- leaves ---------------------------------------------------------------------------------- */

void map_store_put(struct map_store *store, const struct credit_map_leaf *leaf)
{
	size_t at = leaf_place(store, &leaf->key);

	if (!leaf_at(store, at, &leaf->key)) {
		store->leaf =
			grown(store->leaf, store->count, &store->capacity, sizeof(store->leaf[0]));
		memmove(&store->leaf[at + 1], &store->leaf[at],
			(store->count++ - at) * sizeof(store->leaf[0]));
	}
	store->leaf[at] = *leaf;
}

bool map_store_erase(struct map_store *store, const struct credit_hash *key)
{
	size_t at = leaf_place(store, key);

	if (!leaf_at(store, at, key))
		return false;
	memmove(&store->leaf[at], &store->leaf[at + 1],
		(--store->count - at) * sizeof(store->leaf[0]));
	return true;
}

static enum credit_error read_leaf(struct map_store *store, struct credit_map_leaf *ret_leaf)
{
	if (call_fails(store))
		return CREDIT_E_IO;
	if (store->at >= store->count)
		return CREDIT_E_NOT_FOUND;
	*ret_leaf = store->leaf[store->at];
	return CREDIT_OK;
}

static enum credit_error seek(
	void *context, const struct credit_hash *from, struct credit_map_leaf *ret_leaf)
{
	struct map_store *store = context;

	store->at = leaf_place(store, from);
	return read_leaf(store, ret_leaf);
}

static enum credit_error next(void *context, struct credit_map_leaf *ret_leaf)
{
	struct map_store *store = context;

	store->at++;
	return read_leaf(store, ret_leaf);
}

static enum credit_error put_leaf(void *context, const struct credit_map_leaf *leaf)
{
	struct map_store *store = context;

	if (call_fails(store))
		return CREDIT_E_NO_SPACE;
	store->leaf_writes++;
	map_store_put(store, leaf);
	return CREDIT_OK;
}

static enum credit_error erase_leaf(void *context, const struct credit_hash *key)
{
	struct map_store *store = context;

	if (call_fails(store))
		return CREDIT_E_NO_SPACE;
	store->leaf_writes++;
	return map_store_erase(store, key) ? CREDIT_OK : CREDIT_E_NOT_FOUND;
}

/* --- tiles ----------------------------------------------------------------------------------- */

static enum credit_error read_tile(
	void *context, struct credit_bytes key, struct credit_bytes *ret_tile)
{
	struct map_store *store = context;
	size_t at = tile_place(store, key);

	if (call_fails(store))
		return CREDIT_E_IO;
	store->tile_reads++;
	if (!tile_at(store, at, key))
		return CREDIT_E_NOT_FOUND;
	store->view = malloc(CREDIT_MAP_TILE_BYTES);
	if (store->view == NULL)
		err(1, "no memory for a map");
	memcpy(store->view, store->tile[at].bytes, CREDIT_MAP_TILE_BYTES);
	*ret_tile = (struct credit_bytes){store->view, CREDIT_MAP_TILE_BYTES};
	return CREDIT_OK;
}

static enum credit_error put_tile(void *context, struct credit_bytes key, struct credit_bytes tile)
{
	struct map_store *store = context;
	size_t at = tile_place(store, key);

	if (call_fails(store))
		return CREDIT_E_NO_SPACE;
	store->tile_writes++;
	if (tile.size != CREDIT_MAP_TILE_BYTES)
		errx(1, "a tile of %zu bytes", tile.size);
	if (!tile_at(store, at, key)) {
		store->tile = grown(store->tile, store->tile_count, &store->tile_capacity,
			sizeof(store->tile[0]));
		memmove(&store->tile[at + 1], &store->tile[at],
			(store->tile_count++ - at) * sizeof(store->tile[0]));
		memcpy(store->tile[at].key, key.data, key.size);
	}
	memcpy(store->tile[at].bytes, tile.data, tile.size);
	return CREDIT_OK;
}

static enum credit_error erase_tile(void *context, struct credit_bytes key)
{
	struct map_store *store = context;
	size_t at = tile_place(store, key);

	if (call_fails(store))
		return CREDIT_E_NO_SPACE;
	store->tile_writes++;
	if (!tile_at(store, at, key))
		return CREDIT_E_NOT_FOUND;
	memmove(&store->tile[at], &store->tile[at + 1],
		(--store->tile_count - at) * sizeof(store->tile[0]));
	return CREDIT_OK;
}

/* --- the store ------------------------------------------------------------------------------- */

struct credit_map_source map_store_source(struct map_store *store)
{
	return (struct credit_map_source){store, store->depth, seek, next, read_tile};
}

struct credit_map_sink map_store_sink(struct map_store *store)
{
	return (struct credit_map_sink){store, put_leaf, erase_leaf, put_tile, erase_tile};
}

void map_store_deinit(struct map_store *store)
{
	free(store->leaf);
	free(store->tile);
	free(store->view);
	memset(store, 0, sizeof(*store));
}

bool map_store_same(const struct map_store *a, const struct map_store *b)
{
	if (a->count != b->count || a->tile_count != b->tile_count)
		return false;
	return (a->count == 0 || memcmp(a->leaf, b->leaf, a->count * sizeof(a->leaf[0])) == 0) &&
	       (a->tile_count == 0 ||
		       memcmp(a->tile, b->tile, a->tile_count * sizeof(a->tile[0])) == 0);
}

/* --- the oracle ------------------------------------------------------------------------------ */

static bool right_at(const struct credit_hash *key, unsigned bit)
{
	return (key->byte[bit / 8] << bit % 8 & 0x80) != 0;
}

/* Leaves that agree in all bits before `bit`. */
static struct credit_hash oracle(const struct credit_map_leaf *leaf, size_t count, unsigned bit)
{
	struct credit_hash root;
	struct {
		struct credit_hash left, right;
		uint8_t b;
	} node;
	size_t left = 0;

	if (count == 1) {
		credit_sha256((struct credit_bytes){(const uint8_t *)leaf, 64}, &root);
		return root;
	}
	while (left < count && !right_at(&leaf[left].key, bit))
		left++;
	if (left == 0 || left == count)
		return oracle(leaf, count, bit + 1);
	node.left = oracle(leaf, left, bit + 1);
	node.right = oracle(leaf + left, count - left, bit + 1);
	node.b = (uint8_t)bit;
	credit_sha256((struct credit_bytes){node.left.byte, sizeof(node)}, &root);
	return root;
}

struct credit_hash map_oracle_root(const struct credit_map_leaf *leaf, size_t count)
{
	struct credit_hash root;

	if (count > 0)
		return oracle(leaf, count, 0);
	credit_sha256((struct credit_bytes){NULL, 0}, &root);
	return root;
}

/* --- made-up leaves -------------------------------------------------------------------------- */

struct credit_map_leaf map_leaf(uint32_t key, uint32_t value)
{
	struct credit_map_leaf leaf = {0};
	uint8_t number[4];

	credit_write_u32(number, key);
	credit_sha256((struct credit_bytes){number, sizeof(number)}, &leaf.key);
	credit_write_u32(leaf.value.byte, value);
	return leaf;
}

struct credit_map_leaf map_close_leaf(uint16_t key, uint32_t value)
{
	struct credit_map_leaf leaf = {0};

	leaf.key.byte[30] = (uint8_t)(key >> 8);
	leaf.key.byte[31] = (uint8_t)key;
	credit_write_u32(leaf.value.byte, value);
	return leaf;
}

uint64_t map_draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}
