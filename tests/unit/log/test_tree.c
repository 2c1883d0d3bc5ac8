/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tree.c - tree hashes and proofs against the vectors of Certificate Transparency.
 *
 * Source: the eight leaves, their roots and proofs that the implementations of RFC 6962 share
 * (transparency-dev/merkle, proof tests). Indices count from 0 here.
 */
#include <credit/log.h>

#include "tests/support/unhex.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define LEAVES 8
#define PATH_MAX_HERE 4

static const char *const entries[LEAVES] = {"", "00", "10", "2021", "3031", "40414243",
	"5051525354555657", "606162636465666768696a6b6c6d6e6f"};

static const char *const roots[LEAVES + 1] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

#define NODE_1 "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define NODE_2_3 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define NODE_4 "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define NODE_4_5 "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
#define NODE_6_7 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define NODE_4_7 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
#define NODE_0 "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
#define NODE_0_1 "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
#define NODE_0_3 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"

struct vector {
	uint64_t first, size; /* leaf index, or old size */
	const char *path[PATH_MAX_HERE];
};

static const struct vector inclusion[] = {
	{0, 1, {NULL}},
	{0, 8, {NODE_1, NODE_2_3, NODE_4_7}},
	{5, 8, {NODE_4, NODE_6_7, NODE_0_3}},
	{2, 3, {NODE_0_1}},
	{1, 5, {NODE_0, NODE_2_3, NODE_4}},
};

static const struct vector consistency[] = {
	{1, 1, {NULL}},
	{1, 8, {NODE_1, NODE_2_3, NODE_4_7}},
	{6, 8, {NODE_4_5, NODE_6_7, NODE_0_3}},
	{2, 5, {NODE_2_3, NODE_4}},
};

static struct credit_hash leaf[LEAVES];

static void make_leaves(void)
{
	for (size_t i = 0; i < LEAVES; i++)
		credit_leaf_hash(unhex_bytes(entries[i]), &leaf[i]);
}

TestSuite(log, .init = make_leaves);

static size_t path_of(const struct vector *vector, struct credit_hash *path)
{
	size_t count = 0;

	for (; vector->path[count] != NULL; count++)
		path[count] = unhex_hash(vector->path[count]);
	return count;
}

Test(log, the_eight_leaves_have_the_published_roots_at_every_size)
{
	for (size_t size = 0; size <= LEAVES; size++) {
		struct credit_hash root, wanted = unhex_hash(roots[size]);

		credit_tree_root(leaf, size, &root);
		cr_expect(credit_hash_equal(&root, &wanted), "size %zu", size);
	}
}

Test(log, the_published_inclusion_paths_are_made_and_verified)
{
	for (size_t i = 0; i < sizeof(inclusion) / sizeof(inclusion[0]); i++) {
		const struct vector *vector = &inclusion[i];
		struct credit_hash wanted[PATH_MAX_HERE];
		struct credit_hash root = unhex_hash(roots[vector->size]);
		size_t count = path_of(vector, wanted);
		struct credit_path path;

		credit_tree_path(leaf, (size_t)vector->size, (size_t)vector->first, &path);
		cr_assert_eq(path.count, count, "vector %zu", i);
		cr_expect_arr_eq(path.hash, wanted, count * sizeof(wanted[0]), "vector %zu", i);
		cr_expect_eq(credit_inclusion_verify(vector->first, vector->size,
				     &leaf[vector->first], wanted, count, &root),
			CREDIT_OK, "vector %zu", i);
	}
}

Test(log, the_published_consistency_proofs_are_verified)
{
	for (size_t i = 0; i < sizeof(consistency) / sizeof(consistency[0]); i++) {
		const struct vector *vector = &consistency[i];
		struct credit_hash path[PATH_MAX_HERE];
		size_t count = path_of(vector, path);
		struct credit_tree_head old_head = {
			vector->first, unhex_hash(roots[vector->first])};
		struct credit_tree_head new_head = {vector->size, unhex_hash(roots[vector->size])};

		cr_expect_eq(credit_consistency_verify(&old_head, &new_head, path, count),
			CREDIT_OK, "vector %zu", i);
	}
}

Test(log, a_leaf_beyond_the_tree_is_refused_even_with_an_empty_path_and_its_own_hash)
{
	cr_expect_eq(
		credit_inclusion_verify(0, 0, &leaf[0], NULL, 0, &leaf[0]), CREDIT_E_LOG_INDEX);
	cr_expect_eq(
		credit_inclusion_verify(1, 1, &leaf[0], NULL, 0, &leaf[0]), CREDIT_E_LOG_INDEX);
	cr_expect_eq(credit_inclusion_verify(UINT64_MAX, UINT64_MAX, &leaf[0], NULL, 0, &leaf[0]),
		CREDIT_E_LOG_INDEX);
}

Test(log, a_path_for_the_largest_sizes_is_judged_without_overflow)
{
	struct credit_hash path[CREDIT_PATH_MAX + 1] = {{{0}}};

	cr_expect_eq(credit_inclusion_verify(0, UINT64_MAX, &leaf[0], path, 64, &leaf[0]),
		CREDIT_E_PROOF_FALSE, "the right length, the wrong hashes");
	cr_expect_eq(credit_inclusion_verify(0, UINT64_MAX, &leaf[0], path, 63, &leaf[0]),
		CREDIT_E_PROOF_SHAPE);
	cr_expect_eq(credit_inclusion_verify(0, UINT64_MAX, &leaf[0], path, 65, &leaf[0]),
		CREDIT_E_PROOF_SHAPE);
}

Test(log, an_old_head_without_leaves_is_consistent_only_with_the_empty_root)
{
	struct credit_hash empty = unhex_hash(roots[0]);
	struct credit_tree_head none = {0, empty}, forged = {0, leaf[0]};
	struct credit_tree_head other_forged = {0, leaf[0]}, some = {1, leaf[0]};

	cr_expect_eq(credit_consistency_verify(&none, &some, NULL, 0), CREDIT_OK);
	cr_expect_eq(credit_consistency_verify(&none, &none, NULL, 0), CREDIT_OK);
	cr_expect_eq(credit_consistency_verify(&forged, &some, NULL, 0), CREDIT_E_PROOF_FALSE);
	cr_expect_eq(credit_consistency_verify(&forged, &other_forged, NULL, 0),
		CREDIT_E_PROOF_FALSE, "equal, but no log's");
	cr_expect_eq(credit_consistency_verify(&none, &some, leaf, 1), CREDIT_E_PROOF_SHAPE);
}

Test(log, a_tree_does_not_shrink)
{
	struct credit_tree_head two = {2, unhex_hash(roots[2])}, one = {1, unhex_hash(roots[1])};

	cr_expect_eq(credit_consistency_verify(&two, &one, NULL, 0), CREDIT_E_LOG_INDEX);
}

Test(log, equal_sizes_need_equal_roots_and_no_path)
{
	struct credit_tree_head head = {3, unhex_hash(roots[3])}, fork = {3, unhex_hash(roots[4])};

	cr_expect_eq(credit_consistency_verify(&head, &head, NULL, 0), CREDIT_OK);
	cr_expect_eq(credit_consistency_verify(&head, &fork, NULL, 0), CREDIT_E_PROOF_FALSE);
	cr_expect_eq(credit_consistency_verify(&head, &head, leaf, 1), CREDIT_E_PROOF_SHAPE);
}
