/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - checks what strangers say of a map; needs no storage and no memory.
 *
 * The direction at each node comes from the key that is asked for, never from the proof, and the
 * bit in which the sides differ is hashed with them. So whoever follows the key's bits down from
 * the root meets one leaf only, and a path that leads to the root from another leaf cannot exist
 * (docs/spec/map.md, section 4).
 */
#include "map/tree.h"

#include <string.h>

#define STEP_BYTES 33

_Static_assert(sizeof(struct credit_map_step) == STEP_BYTES, "steps are sent as they stand");

/* Climbs from `found` by the bits of `key`. */
static enum credit_error climb(const struct credit_hash *root, const struct credit_hash *key,
	const struct credit_map_leaf *found, const struct credit_map_path *path)
{
	uint32_t below = CREDIT__MAP_KEY_BITS;
	struct credit_hash node;

	if (path->count > CREDIT_MAP_STEPS_MAX)
		return CREDIT_E_MAP_PATH;
	credit__map_leaf_hash(found, &node);
	for (uint32_t i = 0; i < path->count; i++) {
		const struct credit_map_step *step = &path->step[i];

		/* docs/spec/map.md: "The bits of a path strictly decrease from leaf to root" */
		if (step->bit >= below)
			return CREDIT_E_MAP_PATH;
		below = step->bit;
		/* docs/spec/map.md: "agrees with the key asked for in every bit of the path" */
		if (credit__map_bit(&found->key, below) != credit__map_bit(key, below))
			return CREDIT_E_MAP_PATH;
		if (credit__map_bit(key, below) == 0)
			credit__map_inner_hash(&node, &step->sibling, step->bit, &node);
		else
			credit__map_inner_hash(&step->sibling, &node, step->bit, &node);
	}
	return credit_hash_equal(&node, root) ? CREDIT_OK : CREDIT_E_PROOF_FALSE;
}

enum credit_error credit_map_verify_present(const struct credit_hash *root,
	const struct credit_map_leaf *leaf, const struct credit_map_path *path)
{
	return climb(root, &leaf->key, leaf, path);
}

enum credit_error credit_map_verify_absent(const struct credit_hash *root,
	const struct credit_hash *key, const struct credit_map_leaf *found,
	const struct credit_map_path *path)
{
	struct credit_hash empty;

	if (found == NULL) {
		/* docs/spec/map.md: "In a map without leaves the proof is empty" */
		if (path->count != 0)
			return CREDIT_E_MAP_PATH;
		credit__map_empty_root(&empty);
		return credit_hash_equal(&empty, root) ? CREDIT_OK : CREDIT_E_PROOF_FALSE;
	}
	/* docs/spec/map.md: "The leaf found has another key than the one asked for" */
	if (credit_hash_equal(&found->key, key))
		return CREDIT_E_MAP_PATH;
	return climb(root, key, found, path);
}

void credit_map_path_write(const struct credit_map_path *path, struct credit_buffer *buffer)
{
	credit_buffer_put_u16(buffer, (uint16_t)path->count);
	credit_buffer_put(buffer, path->step, path->count * sizeof(path->step[0]));
}

enum credit_error credit_map_path_read(struct credit_bytes bytes, struct credit_map_path *ret_path)
{
	uint32_t count;

	if (bytes.size < 2)
		return CREDIT_E_MAP_PATH;
	/* docs/spec/map.md: "A path of more than 256 steps, or of another length than its count
	 * says, is refused" */
	count = credit_read_u16(bytes.data);
	if (count > CREDIT_MAP_STEPS_MAX || bytes.size != 2 + (size_t)count * STEP_BYTES)
		return CREDIT_E_MAP_PATH;
	ret_path->count = count;
	memcpy(ret_path->step, bytes.data + 2, (size_t)count * STEP_BYTES);
	return CREDIT_OK;
}
