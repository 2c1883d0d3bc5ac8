/* SPDX-License-Identifier: Apache-2.0
 *
 * test_merkle.c - trees and proofs against the recursive definitions of RFC 6962, section 2.1.
 *
 * The oracle below is the text of the RFC, word for word in C: it splits and recurses, where the
 * library climbs and looks up. It remembers the roots of complete subtrees (they never change), so
 * that trees of 65,537 leaves take no time.
 */
#include <credit/log.h>

#include "tests/support/tiles.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define LEAVES 66000
#define HEIGHTS 17

static struct credit_hash leaf[LEAVES];

/* --- the oracle ---------------------------------------------------------------------------------
 */

/* The largest power of two smaller than n. */
static size_t split_of(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

/* MTH(D[from:from + n]), n > 0 */
static struct credit_hash mth(size_t from, size_t n)
{
	static struct credit_hash known[HEIGHTS][LEAVES];
	static bool is_known[HEIGHTS][LEAVES];
	struct credit_hash left, right, root;
	unsigned height = (unsigned)__builtin_ctzll(n);
	bool complete = (n & (n - 1)) == 0 && from % n == 0;
	size_t k;

	if (n == 1)
		return leaf[from];
	if (complete && is_known[height][from / n])
		return known[height][from / n];
	k = split_of(n);
	left = mth(from, k);
	right = mth(from + k, n - k);
	credit_node_hash(&left, &right, &root);
	if (complete) {
		known[height][from / n] = root;
		is_known[height][from / n] = true;
	}
	return root;
}

static void put(struct credit_path *path, struct credit_hash hash)
{
	path->hash[path->count++] = hash;
}

/* PATH(m, D[from:from + n]) */
static void oracle_path(size_t m, size_t from, size_t n, struct credit_path *path)
{
	size_t k;

	if (n == 1)
		return;
	k = split_of(n);
	if (m < k) {
		oracle_path(m, from, k, path);
		put(path, mth(from + k, n - k));
	} else {
		oracle_path(m - k, from + k, n - k, path);
		put(path, mth(from, k));
	}
}

/* SUBPROOF(m, D[from:from + n], b) */
static void oracle_subproof(size_t m, size_t from, size_t n, bool b, struct credit_path *path)
{
	size_t k;

	if (m == n) {
		if (!b)
			put(path, mth(from, n));
		return;
	}
	k = split_of(n);
	if (m <= k) {
		oracle_subproof(m, from, k, b, path);
		put(path, mth(from + k, n - k));
	} else {
		oracle_subproof(m - k, from + k, n - k, false, path);
		put(path, mth(from, k));
	}
}

/* --- what is tested ------------------------------------------------------------------------------
 */

static struct tiles tiles;
static struct credit_prover *prover;

/* Sizes around the borders of bytes, tiles and levels. */
static const size_t border[] = {1, 2, 3, 255, 256, 257, 511, 512, 513, 767, 768, 769, 4095, 4096,
	4097, 65279, 65280, 65281, 65535, 65536, 65537, 65792, 65793};
#define BORDERS (sizeof(border) / sizeof(border[0]))

static void start(void)
{
	struct credit_log *log;
	struct credit_tile_source source = tiles_source(&tiles);

	cr_assert_eq(credit_log_new(&log), CREDIT_OK);
	for (size_t i = 0; i < LEAVES; i++) {
		leaf[i] = tiles_leaf(i);
		cr_assert_eq(credit_log_append(log, &leaf[i]), CREDIT_OK);
	}
	cr_assert_eq(tiles_flush(&tiles, log), CREDIT_OK);
	cr_assert_eq(credit_prover_new(&source, &prover), CREDIT_OK);
	credit_log_free(log);
	srandom(20261123);
}

static void stop(void)
{
	credit_prover_free(prover);
	tiles_deinit(&tiles);
}

TestSuite(merkle, .init = start, .fini = stop);

static size_t below(size_t limit)
{
	return (size_t)random() % limit;
}

static bool same_path(const struct credit_path *a, const struct credit_path *b)
{
	return a->count == b->count && memcmp(a->hash, b->hash, a->count * sizeof(a->hash[0])) == 0;
}

/* The proof is the oracle's and verifies; `altered` also tries what must not verify. */
static void expect_inclusion(size_t index, size_t size, bool altered)
{
	struct credit_path path, wanted = {.count = 0};
	struct credit_hash root = mth(0, size), other = root;

	oracle_path(index, 0, size, &wanted);
	cr_assert_eq(credit_prove_inclusion(prover, index, size, &path), CREDIT_OK);
	cr_assert(same_path(&path, &wanted), "leaf %zu of %zu", index, size);
#define VERIFY(i, s, l, p, n, r) credit_inclusion_verify(i, s, l, p, n, r)
	cr_assert_eq(VERIFY(index, size, &leaf[index], path.hash, path.count, &root), CREDIT_OK,
		"leaf %zu of %zu", index, size);
	if (!altered)
		return;
	other.byte[below(32)] ^= (uint8_t)(1 << below(8));
	cr_assert_eq(VERIFY(index, size, &leaf[index], path.hash, path.count, &other),
		CREDIT_E_PROOF_FALSE);
	cr_assert_eq(
		VERIFY(index, size, &other, path.hash, path.count, &root), CREDIT_E_PROOF_FALSE);
	cr_assert_eq(VERIFY(index, size, &leaf[index], path.hash, path.count + 1, &root),
		CREDIT_E_PROOF_SHAPE);
	if (path.count > 0)
		cr_assert_eq(VERIFY(index, size, &leaf[index], path.hash, path.count - 1, &root),
			CREDIT_E_PROOF_SHAPE);
	if (size > 1) {
		size_t wrong = (index + 1 + below(size - 1)) % size;

		cr_assert_neq(VERIFY(wrong, size, &leaf[index], path.hash, path.count, &root),
			CREDIT_OK, "leaf %zu of %zu passes for leaf %zu", index, size, wrong);
	}
	for (uint32_t i = 0; i < path.count; i++) {
		struct credit_path bent = path;

		bent.hash[i].byte[below(32)] ^= (uint8_t)(1 << below(8));
		cr_assert_eq(VERIFY(index, size, &leaf[index], bent.hash, bent.count, &root),
			CREDIT_E_PROOF_FALSE);
	}
}

static void expect_consistency(size_t m, size_t n, bool altered)
{
	struct credit_path path, wanted = {.count = 0};
	struct credit_tree_head old_head = {m, mth(0, m)}, new_head = {n, mth(0, n)}, bent_head;

	oracle_subproof(m, 0, n, true, &wanted);
	cr_assert_eq(credit_prove_consistency(prover, m, n, &path), CREDIT_OK);
	cr_assert(same_path(&path, &wanted), "%zu to %zu", m, n);
	cr_assert_eq(credit_consistency_verify(&old_head, &new_head, path.hash, path.count),
		CREDIT_OK, "%zu to %zu", m, n);
	if (!altered)
		return;
	bent_head = old_head;
	bent_head.root.byte[below(32)] ^= (uint8_t)(1 << below(8));
	cr_assert_eq(credit_consistency_verify(&bent_head, &new_head, path.hash, path.count),
		CREDIT_E_PROOF_FALSE);
	bent_head = new_head;
	bent_head.root.byte[below(32)] ^= (uint8_t)(1 << below(8));
	cr_assert_eq(credit_consistency_verify(&old_head, &bent_head, path.hash, path.count),
		CREDIT_E_PROOF_FALSE);
	cr_assert_eq(credit_consistency_verify(&old_head, &new_head, path.hash, path.count + 1),
		CREDIT_E_PROOF_SHAPE);
	if (path.count > 0)
		cr_assert_eq(
			credit_consistency_verify(&old_head, &new_head, path.hash, path.count - 1),
			CREDIT_E_PROOF_SHAPE);
	for (uint32_t i = 0; i < path.count; i++) {
		struct credit_path bent = path;

		bent.hash[i].byte[below(32)] ^= (uint8_t)(1 << below(8));
		cr_assert_eq(credit_consistency_verify(&old_head, &new_head, bent.hash, bent.count),
			CREDIT_E_PROOF_FALSE);
	}
}

static void expect_roots(size_t size)
{
	struct credit_hash wanted = mth(0, size), in_memory, from_tiles;

	credit_tree_root(leaf, size, &in_memory);
	cr_assert(credit_hash_equal(&in_memory, &wanted), "size %zu", size);
	cr_assert_eq(credit_prove_root(prover, size, &from_tiles), CREDIT_OK);
	cr_assert(credit_hash_equal(&from_tiles, &wanted), "size %zu", size);
}

Test(merkle, roots_are_those_of_the_definition_for_all_small_and_border_sizes)
{
	struct credit_hash root, nothing;

	for (size_t size = 1; size <= 600; size++)
		expect_roots(size);
	for (size_t i = 0; i < BORDERS; i++)
		expect_roots(border[i]);
	credit_sha256((struct credit_bytes){NULL, 0}, &nothing);
	cr_assert_eq(credit_prove_root(prover, 0, &root), CREDIT_OK);
	cr_expect(credit_hash_equal(&root, &nothing));
}

Test(merkle, every_leaf_of_every_size_up_to_300_is_proved)
{
	for (size_t size = 1; size <= 300; size++)
		for (size_t index = 0; index < size; index++)
			expect_inclusion(index, size, size <= 70);
}

Test(merkle, every_pair_of_sizes_up_to_300_is_consistent)
{
	for (size_t n = 1; n <= 300; n++)
		for (size_t m = 1; m <= n; m++)
			expect_consistency(m, n, n <= 70);
}

Test(merkle, paths_of_trees_in_memory_are_those_of_the_definition)
{
	for (size_t size = 1; size <= 70; size++)
		for (size_t index = 0; index < size; index++) {
			struct credit_path path, wanted = {.count = 0};

			oracle_path(index, 0, size, &wanted);
			credit_tree_path(leaf, size, index, &path);
			cr_assert(same_path(&path, &wanted), "leaf %zu of %zu", index, size);
		}
}

Test(merkle, sizes_and_leaves_at_the_borders_of_tiles_are_proved)
{
	for (size_t i = 0; i < BORDERS; i++)
		for (size_t j = 0; j <= i; j++) {
			expect_inclusion(border[j] - 1, border[i], true);
			expect_consistency(border[j], border[i], true);
		}
}

Test(merkle, random_leaves_and_sizes_in_any_order_are_proved)
{
	for (size_t i = 0; i < 3000; i++) {
		size_t size = 1 + below(LEAVES);

		expect_inclusion(below(size), size, i % 10 == 0);
		expect_consistency(1 + below(size), size, i % 10 == 0);
	}
}

Test(merkle, a_proof_for_one_size_does_not_pass_for_another)
{
	for (size_t size = 2; size <= 70; size++)
		for (size_t other = 1; other <= 70; other++) {
			size_t index = below(size);
			struct credit_hash other_root = mth(0, other);
			struct credit_path path;

			cr_assert_eq(credit_prove_inclusion(prover, index, size, &path), CREDIT_OK);
			if (other != size)
				cr_assert_neq(VERIFY(index, other, &leaf[index], path.hash,
						      path.count, &other_root),
					CREDIT_OK, "leaf %zu of %zu as of %zu", index, size, other);
		}
}
