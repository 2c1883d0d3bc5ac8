/* SPDX-License-Identifier: Apache-2.0
 *
 * map_store.h - the rows of a map in memory, and the slow, obvious oracle of its root.
 *
 * The store counts what is read and written, fails at the n-th call when asked to, and gives tiles
 * in memory that is freed at the next call, so that AddressSanitizer sees a view that is used for
 * too long. Erasing what is not there is CREDIT_E_NOT_FOUND, as in the real store.
 */
#ifndef TESTS_SUPPORT_MAP_STORE_H
#define TESTS_SUPPORT_MAP_STORE_H

#include <credit/map.h>

struct map_store {
	uint32_t depth;
	struct credit_map_leaf *leaf; /* sorted */
	size_t count, capacity;
	struct {
		uint8_t key[CREDIT_MAP_TILE_KEY_BYTES];
		uint8_t bytes[CREDIT_MAP_TILE_BYTES];
	} * tile; /* sorted */
	size_t tile_count, tile_capacity;
	size_t at; /* of the last leaf read */
	uint8_t *view;
	size_t tile_reads, tile_writes, leaf_writes; /* erasures count as writes */
	size_t calls, fail_at;                       /* the n-th call fails, once; 0: none */
};

struct credit_map_source map_store_source(struct map_store *store);
struct credit_map_sink map_store_sink(struct map_store *store);
void map_store_deinit(struct map_store *store);
/* Same leaves and same tiles. */
bool map_store_same(const struct map_store *a, const struct map_store *b);

/* Puts into the sorted array or takes out of it, without tiles. */
void map_store_put(struct map_store *store, const struct credit_map_leaf *leaf);
bool map_store_erase(struct map_store *store, const struct credit_hash *key);

/* The root of sorted leaves, by the words of docs/spec/map.md and nothing else. */
struct credit_hash map_oracle_root(const struct credit_map_leaf *leaf, size_t count);

/* The same numbers give the same leaf: its key is spread, or only its last two bytes count. */
struct credit_map_leaf map_leaf(uint32_t key, uint32_t value);
struct credit_map_leaf map_close_leaf(uint16_t key, uint32_t value);

/* splitmix64: the same on every machine. */
uint64_t map_draw(uint64_t *state);

#endif
