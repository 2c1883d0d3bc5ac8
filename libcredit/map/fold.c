/* SPDX-License-Identifier: Apache-2.0
 *
 * fold.c - ascending leaves to their node, in constant memory, and the walk over them.
 *
 * While leaves ascend, the tree's right edge is all that can still change. `left` holds the
 * subtrees that hang from it on the left, each with the bit at which it will be joined with all
 * that follows. A leaf that parts from the one before at bit b finishes what would be joined below
 * b. The bits in `left` ascend, so there are never more than 256.
 *
 * The search keeps one candidate only. When a subtree is put on the left at bit b, the key's bit
 * decides which side its way takes there: 0 means that the candidate in it stays, and nothing that
 * comes later matters but its hash; 1 means that it can be forgotten and the next leaf takes its
 * place.
 */
#include "map/tree.h"

void credit__map_fold_begin(struct credit__map_fold *fold, struct credit__map_search *search)
{
	fold->size = 0;
	fold->height = 0;
	fold->search = search;
}

static void search_start(
	struct credit__map_search *search, const struct credit_map_leaf *leaf, uint32_t holder)
{
	search->found = *leaf;
	search->path.count = 0;
	search->holder = holder;
}

/* The subtree left[at] is about to be joined with `right`. */
static void search_join(struct credit__map_search *search, uint32_t at,
	const struct credit_map_step *left, const struct credit_hash *right)
{
	struct credit_map_step *step;

	if (search->holder < at)
		return;
	step = &search->path.step[search->path.count++];
	step->bit = left->bit;
	step->sibling = search->holder == at ? *right : left->sibling;
	search->holder = at;
}

/* Joins the last subtree with the ones on its left whose bit is greater than `bit`. */
static void join_below(struct credit__map_fold *fold, int32_t bit)
{
	while (fold->height > 0 && fold->left[fold->height - 1].bit > bit) {
		const struct credit_map_step *left = &fold->left[--fold->height];

		if (fold->search != NULL)
			search_join(fold->search, fold->height, left, &fold->node);
		credit__map_inner_hash(&left->sibling, &fold->node, left->bit, &fold->node);
	}
}

enum credit_error credit__map_fold_add(
	struct credit__map_fold *fold, const struct credit_map_leaf *leaf)
{
	struct credit__map_search *search = fold->search;

	if (fold->size > 0) {
		uint32_t bit = credit__map_parting(&fold->last, &leaf->key);

		if (bit == CREDIT__MAP_KEY_BITS || credit__map_bit(&leaf->key, bit) == 0)
			return CREDIT_E_STORE_CORRUPT;
		join_below(fold, (int32_t)bit);
		fold->left[fold->height] = (struct credit_map_step){(uint8_t)bit, fold->node};
		fold->height++;
		if (search != NULL && search->holder == fold->height - 1 &&
			credit__map_bit(search->key, bit) == 1)
			search_start(search, leaf, fold->height);
	} else if (search != NULL) {
		search_start(search, leaf, 0);
	}
	credit__map_leaf_hash(leaf, &fold->node);
	fold->last = leaf->key;
	fold->size++;
	return CREDIT_OK;
}

void credit__map_fold_done(struct credit__map_fold *fold, struct credit_hash *ret_node)
{
	join_below(fold, -1);
	*ret_node = fold->size > 0 ? fold->node : (struct credit_hash){0};
}

/* --- scans ----------------------------------------------------------------------------------- */

/* Judges what the source gave. */
static enum credit_error scan_take(struct credit__map_scan *scan, enum credit_error error)
{
	if (error != CREDIT_OK && error != CREDIT_E_NOT_FOUND)
		return error;
	scan->more = error == CREDIT_OK &&
		     credit__map_parting(&scan->leaf.key, scan->prefix) >= scan->bits;
	return CREDIT_OK;
}

enum credit_error credit__map_scan_begin(struct credit__map_scan *scan,
	const struct credit_map_source *source, const struct credit_hash *prefix, uint32_t bits)
{
	scan->source = source;
	scan->prefix = prefix;
	scan->bits = bits;
	return scan_take(scan, source->seek(source->context, prefix, &scan->leaf));
}

enum credit_error credit__map_scan_next(struct credit__map_scan *scan)
{
	return scan_take(scan, scan->source->next(scan->source->context, &scan->leaf));
}
