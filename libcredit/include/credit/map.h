/* SPDX-License-Identifier: Apache-2.0
 *
 * map.h - the verifiable map: which value a key has, or that it has none, proved by one root.
 *
 * A binary Merkle Patricia tree over keys and values of 32 bytes. A leaf is SHA-256(key || value);
 * an inner node is SHA-256(left || right || b), where b, one byte, is the first bit in which the
 * keys below it differ, counted from the most significant bit. There are no other nodes, so the
 * root says which keys and values there are and nothing about how they came to be: any order of
 * insertion gives the same root, and erasing a key gives back the root from before.
 *
 * The path of a key names, from the leaf to the root, each node's b and the hash of the subtree on
 * its other side. That a key is absent is shown by the leaf which its bits lead to instead. For any
 * root a key has exactly one answer that can be proved, whoever built the tree.
 *
 * This room does no I/O. The caller keeps two kinds of rows and hands them over by callbacks: the
 * leaves, sorted, and *tiles*, which hold the hashes of the top `depth` levels, four levels a tile.
 * What lies deeper is hashed again from one short range of leaves. Nothing here allocates.
 *
 * Threads: pure functions over what the callbacks read; concurrent calls need sources of their own.
 *
 * Source: docs/spec/map.md. The hashes are those of Russ Cox's mpt and of the WAICT draft.
 */
#ifndef CREDIT_MAP_H
#define CREDIT_MAP_H

#include <credit/base.h>
#include <credit/crypto.h>

#define CREDIT_MAP_STEPS_MAX 256 /* one for each bit; 24 are typical with 10 million keys */

struct credit_map_leaf {
	struct credit_hash key;
	struct credit_hash value;
};

/* The root of no leaves is SHA-256 of nothing. */
struct credit_map_head {
	uint64_t size;
	struct credit_hash root;
};

/* One node on the way up: the bit in which its sides differ, and the hash of the other side. */
struct credit_map_step {
	uint8_t bit;
	struct credit_hash sibling;
};

/* Leaf side first. */
struct credit_map_path {
	uint32_t count;
	struct credit_map_step step[CREDIT_MAP_STEPS_MAX];
};

/* SHA-256("credit/uscc/v1" 00 || USCC): the key of an entity. */
CREDIT_API void credit_map_key(struct credit_bytes uscc, struct credit_hash *ret_key);

/* --- verification: constant memory, any bytes from a stranger --- */

/* Each checks one claim, so that no answer is taken for the other. CREDIT_E_MAP_PATH when the path
 * cannot be one of this key; CREDIT_E_PROOF_FALSE when it leads to another root. */
CREDIT_API enum credit_error credit_map_verify_present(const struct credit_hash *root,
	const struct credit_map_leaf *leaf, const struct credit_map_path *path) CREDIT_MUST_CHECK;
/* `found`: the leaf that stands where the key would; NULL for the empty map. */
CREDIT_API enum credit_error credit_map_verify_absent(const struct credit_hash *root,
	const struct credit_hash *key, const struct credit_map_leaf *found,
	const struct credit_map_path *path) CREDIT_MUST_CHECK;

/* A path in bytes: count u16be, then (bit, sibling) for each step; 2 + 33 n bytes in all. */
#define CREDIT_MAP_PATH_BYTES_MAX (2 + 33 * CREDIT_MAP_STEPS_MAX)
CREDIT_API void credit_map_path_write(
	const struct credit_map_path *path, struct credit_buffer *buffer);
/* CREDIT_E_MAP_PATH unless the bytes are a whole path and nothing else. */
CREDIT_API enum credit_error credit_map_path_read(
	struct credit_bytes bytes, struct credit_map_path *ret_path) CREDIT_MUST_CHECK;

/* --- storage --- */

/* How many levels the tiles hold: a multiple of four. The caller chooses it when the map is new and
 * keeps it; another one needs a new load. Best is 4 to 60 keys for each of the 2^depth prefixes: 16
 * up to 4 million keys, 20 up to 60 million. Deeper costs rows, shallower costs hashing. */
#define CREDIT_MAP_DEPTH_MIN 4
#define CREDIT_MAP_DEPTH_MAX 32

/* A tile: 2 + 4 + 8 + 16 hashes, level after level; zeros where there is no leaf below. Its key:
 * one byte, the level at which it begins, and the bits up to there, followed by zeros. */
#define CREDIT_MAP_TILE_BYTES 960
#define CREDIT_MAP_TILE_KEY_BYTES 5

struct credit_map_source {
	void *context;
	uint32_t depth;
	/* The first leaf whose key is `from` or greater, then the next ones in order of their keys.
	 * CREDIT_E_NOT_FOUND past the end. */
	enum credit_error (*seek)(
		void *context, const struct credit_hash *from, struct credit_map_leaf *ret_leaf);
	enum credit_error (*next)(void *context, struct credit_map_leaf *ret_leaf);
	/* A view that stays valid until the next call. CREDIT_E_NOT_FOUND when there is no such
	 * tile. */
	enum credit_error (*read_tile)(
		void *context, struct credit_bytes key, struct credit_bytes *ret_tile);
};

/* Any error of these stops the call and is returned. What was written before must then be undone
 * by the caller, as a store's transaction does. */
struct credit_map_sink {
	void *context;
	enum credit_error (*put_leaf)(void *context, const struct credit_map_leaf *leaf);
	/* CREDIT_E_NOT_FOUND is passed over. */
	enum credit_error (*erase_leaf)(void *context, const struct credit_hash *key);
	enum credit_error (*put_tile)(
		void *context, struct credit_bytes key, struct credit_bytes tile);
	/* Called only for a tile that is there. */
	enum credit_error (*erase_tile)(void *context, struct credit_bytes key);
};

struct credit_map_change {
	struct credit_map_leaf leaf;
	bool erase; /* the value is then not looked at; erasing what is not there changes nothing */
};

/* The root out of the uppermost tile. */
CREDIT_API enum credit_error credit_map_root(
	const struct credit_map_source *source, struct credit_hash *ret_root) CREDIT_MUST_CHECK;

/* Applies the changes, in strictly ascending order of their keys (else CREDIT_E_INTERNAL). Reads
 * and writes each tile that is concerned once, writes no row that stays as it is, and may be called
 * with source and sink over the same transaction. With `sink` NULL it only tells the head that the
 * changes would give. CREDIT_E_STORE_CORRUPT when the tiles do not have the root of *head or do not
 * agree with the leaves. */
CREDIT_API enum credit_error credit_map_update(const struct credit_map_source *source,
	const struct credit_map_sink *sink, const struct credit_map_head *head,
	const struct credit_map_change *changes, size_t count,
	struct credit_map_head *ret_head) CREDIT_MUST_CHECK;

/* Builds a map in one pass over the leaves of `source`, whose read_tile is not used; the rows of
 * `sink` must be empty. put_leaf may be NULL when the leaves are there and only the tiles are to be
 * made again. CREDIT_E_STORE_CORRUPT when the leaves do not ascend. */
CREDIT_API enum credit_error credit_map_load(const struct credit_map_source *source,
	const struct credit_map_sink *sink, struct credit_map_head *ret_head) CREDIT_MUST_CHECK;

/* The head over the leaves alone, in one pass: what an auditor compares with the published one.
 * Uses neither `depth` nor read_tile. CREDIT_E_STORE_CORRUPT when the leaves do not ascend. */
CREDIT_API enum credit_error credit_map_derive(
	const struct credit_map_source *source, struct credit_map_head *ret_head) CREDIT_MUST_CHECK;

/* --- proving --- */

enum credit_map_answer {    /* in proofs: never renumber */
	CREDIT_MAP_EMPTY,   /* no leaf at all: no path, no leaf */
	CREDIT_MAP_ABSENT,  /* `leaf` stands where the key would */
	CREDIT_MAP_PRESENT, /* `leaf` has the key */
};

struct credit_map_proof {
	enum credit_map_answer answer;
	struct credit_map_leaf leaf;
	struct credit_map_path path;
};

/* Asks the processor to fetch what the path of `key` takes from a tile that begins at `level` and lies in memory:
 * four pairs of nodes. A proof that is made soon after does not wait for them one by one. */
CREDIT_API void credit_map_tile_foresee(
	const uint8_t tile[CREDIT_MAP_TILE_BYTES], uint32_t level, const struct credit_hash *key);

/* Reads depth / 4 tiles and one range of leaves. CREDIT_E_STORE_CORRUPT when the leaves do not have
 * the hash that the tiles name for them. */
CREDIT_API enum credit_error credit_map_prove(const struct credit_map_source *source,
	const struct credit_hash *key, struct credit_map_proof *ret_proof) CREDIT_MUST_CHECK;

#endif
