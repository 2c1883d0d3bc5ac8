/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - checks proofs from strangers, with no memory of its own.
 *
 * Both checks recompute roots along the climb (tree.h). The length of a path follows from the
 * position alone, so a path of another length is refused by its shape.
 */
#include "log/tree.h"

enum credit_error credit_inclusion_verify(uint64_t index, uint64_t size,
	const struct credit_hash *leaf_hash, const struct credit_hash *path, size_t path_count,
	const struct credit_hash *root)
{
	struct credit__climb climb;
	struct credit__node sibling;
	struct credit_hash hash = *leaf_hash;
	size_t used = 0;

	if (index >= size)
		return CREDIT_E_LOG_INDEX;
	climb = credit__climb_from(0, index, size);
	while (credit__climb_next(&climb, &sibling)) {
		if (used == path_count)
			return CREDIT_E_PROOF_SHAPE;
		if ((sibling.index & 1) == 0)
			credit_node_hash(&path[used], &hash, &hash);
		else
			credit_node_hash(&hash, &path[used], &hash);
		used++;
	}
	/* docs/spec/log.md: "A path of another length than its position asks for is refused" */
	if (used != path_count)
		return CREDIT_E_PROOF_SHAPE;
	return credit_hash_equal(&hash, root) ? CREDIT_OK : CREDIT_E_PROOF_FALSE;
}

/* The cases in which there is nothing to climb. */
static enum credit_error verify_trivial(const struct credit_tree_head *old_head,
	const struct credit_tree_head *new_head, size_t path_count)
{
	struct credit_hash empty;

	if (path_count != 0)
		return CREDIT_E_PROOF_SHAPE;
	/* docs/spec/log.md: "the old root must be that of the empty tree" */
	credit_tree_root(NULL, 0, &empty);
	if (old_head->size == 0 && !credit_hash_equal(&old_head->root, &empty))
		return CREDIT_E_PROOF_FALSE;
	/* docs/spec/log.md: "Between equal sizes the proof is empty and the roots are equal" */
	if (old_head->size == new_head->size &&
		!credit_hash_equal(&old_head->root, &new_head->root))
		return CREDIT_E_PROOF_FALSE;
	return CREDIT_OK;
}

enum credit_error credit_consistency_verify(const struct credit_tree_head *old_head,
	const struct credit_tree_head *new_head, const struct credit_hash *path, size_t path_count)
{
	struct credit__climb climb;
	struct credit__node sibling;
	struct credit_hash old_hash = old_head->root, new_hash;
	size_t used = 0;

	if (old_head->size > new_head->size)
		return CREDIT_E_LOG_INDEX;
	if (old_head->size == 0 || old_head->size == new_head->size)
		return verify_trivial(old_head, new_head, path_count);

	/* docs/spec/log.md: "unless the old tree is that subtree alone" */
	if (!credit__is_complete(old_head->size)) {
		if (path_count == 0)
			return CREDIT_E_PROOF_SHAPE;
		old_hash = path[used++];
	}
	new_hash = old_hash;
	climb = credit__climb_of_consistency(old_head->size, new_head->size);
	while (credit__climb_next(&climb, &sibling)) {
		if (used == path_count)
			return CREDIT_E_PROOF_SHAPE;
		/* docs/spec/log.md: "those on the left lead to both roots" */
		if ((sibling.index & 1) == 0) {
			credit_node_hash(&path[used], &old_hash, &old_hash);
			credit_node_hash(&path[used], &new_hash, &new_hash);
		} else {
			credit_node_hash(&new_hash, &path[used], &new_hash);
		}
		used++;
	}
	if (used != path_count)
		return CREDIT_E_PROOF_SHAPE;
	if (!credit_hash_equal(&old_hash, &old_head->root) ||
		!credit_hash_equal(&new_hash, &new_head->root))
		return CREDIT_E_PROOF_FALSE;
	return CREDIT_OK;
}
