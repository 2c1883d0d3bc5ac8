/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.h - the shape of the tree, shared by the files of this room.
 *
 * A node is named by its height (leaves: 0) and its index at that height. It stands for the leaves
 * [index << height, (index + 1) << height), as far as the tree reaches.
 *
 * Two ideas carry the room. The *climb* lists the siblings between a node and the root: makers and
 * verifiers of proofs walk the same one, so they cannot disagree. The *peaks* of n leaves are the
 * complete subtrees into which n falls, one for each bit of n that is set: they take a leaf for one
 * hash on average and give the root of what is there at any time.
 */
#ifndef CREDIT_LOG_TREE_H
#define CREDIT_LOG_TREE_H

#include <credit/log.h>

struct credit__node {
	uint32_t height;
	uint64_t index;
};

/* A node on its way up to the root, and the last node of its height. */
struct credit__climb {
	uint32_t height;
	uint64_t index;
	uint64_t last;
};

struct credit__climb credit__climb_from(uint32_t height, uint64_t leaf, uint64_t size);
/* The next sibling on the way; false at the root. A sibling with an even index stands on the left.
 */
bool credit__climb_next(struct credit__climb *climb, struct credit__node *ret_sibling);

/* Where a proof of consistency begins: the node that ends the tree of `old_size` leaves. */
struct credit__climb credit__climb_of_consistency(uint64_t old_size, uint64_t size);
/* Is the old tree that node alone, so that the proof need not give its hash? */
bool credit__is_complete(uint64_t size);

/* peaks[h] is used when bit h of `count` is set; room for the highest bit of count + 1. */
void credit__peaks_add(struct credit_hash *peaks, uint64_t count, const struct credit_hash *hash);
/* Joins the peaks, smallest first, with what stands to their right: *right when `has_right`.
 * Returns whether *right now holds a hash. */
bool credit__peaks_fold(
	const struct credit_hash *peaks, uint64_t count, bool has_right, struct credit_hash *right);

#endif
