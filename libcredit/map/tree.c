/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.c - the hashes of the map and the bits of its keys.
 */
#include "map/tree.h"

#include <string.h>

void credit_map_key(struct credit_bytes uscc, struct credit_hash *ret_key)
{
	static const char label[] = "credit/uscc/v1"; /* hashed with its NUL */
	struct credit_hasher hasher;

	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, label, sizeof(label));
	credit_hasher_add(&hasher, uscc.data, uscc.size);
	credit_hasher_done(&hasher, ret_key);
}

/* docs/spec/map.md: "The hash of a leaf is SHA-256(key || value)" */
void credit__map_leaf_hash(const struct credit_map_leaf *leaf, struct credit_hash *ret_node)
{
	_Static_assert(sizeof(*leaf) == 2 * CREDIT_HASH_SIZE, "a leaf is hashed where it stands");

	credit_sha256((struct credit_bytes){leaf->key.byte, sizeof(*leaf)}, ret_node);
}

/* docs/spec/map.md: "The hash of an inner node is SHA-256(left || right || b)" */
void credit__map_inner_hash(const struct credit_hash *left, const struct credit_hash *right,
	uint8_t bit, struct credit_hash *ret_node)
{
	/* In one piece: faster than three, and the hashes may alias. */
	uint8_t node[2 * CREDIT_HASH_SIZE + 1];

	memcpy(node, left->byte, CREDIT_HASH_SIZE);
	memcpy(node + CREDIT_HASH_SIZE, right->byte, CREDIT_HASH_SIZE);
	node[2 * CREDIT_HASH_SIZE] = bit;
	credit_sha256((struct credit_bytes){node, sizeof(node)}, ret_node);
}

/* docs/spec/map.md: "The root of a map without leaves is SHA-256 of no bytes" */
void credit__map_empty_root(struct credit_hash *ret_root)
{
	credit_sha256((struct credit_bytes){NULL, 0}, ret_root);
}

uint32_t credit__map_bit(const struct credit_hash *key, uint32_t bit)
{
	return (uint32_t)key->byte[bit / 8] >> (7 - bit % 8) & 1;
}

uint32_t credit__map_parting(const struct credit_hash *a, const struct credit_hash *b)
{
	for (uint32_t at = 0; at < CREDIT_HASH_SIZE; at += 8) {
		uint64_t differ = credit_read_u64(a->byte + at) ^ credit_read_u64(b->byte + at);

		if (differ != 0)
			return 8 * at + (uint32_t)__builtin_clzll(differ);
	}
	return CREDIT__MAP_KEY_BITS;
}

bool credit__map_node_empty(const struct credit_hash *node)
{
	static const struct credit_hash none;

	return memcmp(node, &none, sizeof(none)) == 0;
}

void credit__map_join(const struct credit_hash *left, const struct credit_hash *right, uint32_t bit,
	struct credit_hash *ret_node)
{
	/* docs/spec/map.md: "there is a node only where keys part" */
	if (credit__map_node_empty(left))
		*ret_node = *right;
	else if (credit__map_node_empty(right))
		*ret_node = *left;
	else
		credit__map_inner_hash(left, right, (uint8_t)bit, ret_node);
}

void credit__map_root_of(const struct credit_hash *node, struct credit_hash *ret_root)
{
	if (credit__map_node_empty(node))
		credit__map_empty_root(ret_root);
	else
		*ret_root = *node;
}
