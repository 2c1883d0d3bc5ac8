/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_map_proof.c - map proofs from a stranger.
 *
 * An input is root, key asked for, leaf found (key, value), and the bytes of a path. Beside not
 * crashing: a path reads and writes as the same bytes, a proof that holds stops holding when root,
 * value or a sibling is another, and under one root no key is proved both present and absent. The
 * seeds are true proofs, so that mutations reach every rule.
 *
 * Decoder: libcredit/map/verify.c
 */
#include <credit/map.h>

#include <stdlib.h>
#include <string.h>

#define HEADER (4 * CREDIT_HASH_SIZE)

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void same_bytes(struct credit_bytes input, const struct credit_map_path *path)
{
	uint8_t memory[CREDIT_MAP_PATH_BYTES_MAX];
	struct credit_buffer buffer;
	struct credit_bytes again;

	credit_buffer_init(&buffer, memory, sizeof(memory));
	credit_map_path_write(path, &buffer);
	require(credit_buffer_done(&buffer, &again) == CREDIT_OK);
	require(credit_bytes_equal(input, again));
}

static void holds_for_nothing_else(const struct credit_hash *root, const struct credit_hash *key,
	struct credit_map_leaf leaf, const struct credit_map_path *path)
{
	static struct credit_map_path other;
	struct credit_hash turned = *root;

	turned.byte[0] ^= 1;
	require(credit_map_verify_absent(&turned, key, &leaf, path) != CREDIT_OK);
	require(!credit_hash_equal(key, &leaf.key));
	leaf.value.byte[0] ^= 1;
	require(credit_map_verify_absent(root, key, &leaf, path) != CREDIT_OK);
	leaf.value.byte[0] ^= 1;
	if (path->count == 0)
		return;
	other = *path;
	other.step[path->count - 1].sibling.byte[0] ^= 1;
	require(credit_map_verify_absent(root, key, &leaf, &other) != CREDIT_OK);
	/* The same path cannot prove the key present with the value found. */
	leaf.key = *key;
	require(credit_map_verify_present(root, &leaf, path) != CREDIT_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct credit_map_path path;
	struct credit_bytes input;
	struct credit_hash root, key;
	struct credit_map_leaf leaf;
	struct credit_map_path none = {.count = 0};

	if (size < HEADER)
		return 0;
	memcpy(&root, data, sizeof(root));
	memcpy(&key, data + sizeof(root), sizeof(key));
	memcpy(&leaf, data + sizeof(root) + sizeof(key), sizeof(leaf));
	input = (struct credit_bytes){data + HEADER, size - HEADER};
	if (credit_map_path_read(input, &path) != CREDIT_OK)
		return 0;
	same_bytes(input, &path);
	if (credit_map_verify_absent(&root, &key, NULL, &none) == CREDIT_OK)
		require(credit_map_verify_absent(&root, &key, &leaf, &path) != CREDIT_OK);
	if (credit_map_verify_present(&root, &leaf, &path) == CREDIT_OK)
		require(credit_map_verify_absent(&root, &leaf.key, &leaf, &path) != CREDIT_OK);
	if (credit_map_verify_absent(&root, &key, &leaf, &path) == CREDIT_OK)
		holds_for_nothing_else(&root, &key, leaf, &path);
	return 0;
}
