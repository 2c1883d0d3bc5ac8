/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tiles.c - a log that is flushed, reloaded and set back at random stays the same log.
 *
 * The oracle is the root over all leaves in memory. A prover lives through it all, so that what it
 * keeps of partial tiles must stay right.
 */
#include <credit/log.h>

#include "tests/support/tiles.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define LEAVES 3000
#define RUNS 12

static struct credit_hash leaf[LEAVES];

static void expect_head(const struct credit_log *log, size_t size)
{
	struct credit_tree_head head;
	struct credit_hash root;

	credit_log_head(log, &head);
	credit_tree_root(leaf, size, &root);
	cr_assert_eq(head.size, size);
	cr_assert(credit_hash_equal(&head.root, &root), "size %zu", size);
}

static void expect_proofs(struct credit_prover *prover, size_t size)
{
	struct credit_path path;
	struct credit_hash root;
	size_t index = (size_t)random() % size;

	cr_assert_eq(credit_prove_root(prover, size, &root), CREDIT_OK);
	cr_assert_eq(credit_prove_inclusion(prover, index, size, &path), CREDIT_OK);
	cr_assert_eq(
		credit_inclusion_verify(index, size, &leaf[index], path.hash, path.count, &root),
		CREDIT_OK, "leaf %zu of %zu", index, size);
}

/* Appends mostly a few leaves, now and then more than a tile. */
static size_t append_some(struct credit_log *log, size_t size)
{
	size_t count = random() % 8 == 0 ? (size_t)random() % 600 : (size_t)random() % 20;

	for (; count > 0 && size < LEAVES; count--)
		cr_assert_eq(credit_log_append(log, &leaf[size++]), CREDIT_OK);
	return size;
}

static void one_life(void)
{
	struct tiles tiles = {0};
	struct credit_tile_source source = tiles_source(&tiles);
	struct credit_log *log;
	struct credit_prover *prover;
	size_t size = 0, flushed = 0;
	bool torn =
		false; /* a failed flush wrote some tiles; a real store's transaction undoes them */

	cr_assert_eq(credit_log_new(&log), CREDIT_OK);
	cr_assert_eq(credit_prover_new(&source, &prover), CREDIT_OK);
	while (size < LEAVES) {
		size = append_some(log, size);
		switch (random() % 4) {
		case 0: /* a flush that fails somewhere, if it writes enough */
			tiles.fail_write_at = tiles.writes + 1 + (size_t)random() % 3;
			torn = tiles_flush(&tiles, log) != CREDIT_OK;
			if (!torn)
				flushed = size;
			tiles.fail_write_at = 0;
			break;
		case 1:
			cr_assert_eq(tiles_flush(&tiles, log), CREDIT_OK);
			flushed = size;
			torn = false;
			break;
		case 2: /* a restart, or an append taken back */
			if (torn)
				break;
			cr_assert_eq(credit_log_load(log, flushed, &source), CREDIT_OK);
			size = flushed;
			break;
		case 3: /* nothing: leaves gather */
			break;
		}
		expect_head(log, size);
		if (flushed > 0)
			expect_proofs(prover, 1 + (size_t)random() % flushed);
	}
	cr_expect_not(tiles.disordered);
	credit_prover_free(prover);
	credit_log_free(log);
	tiles_deinit(&tiles);
}

Test(tiles, a_log_flushed_reloaded_and_set_back_at_random_stays_the_same)
{
	srandom(4711);
	for (size_t i = 0; i < LEAVES; i++)
		leaf[i] = tiles_leaf(i);
	for (size_t run = 0; run < RUNS; run++)
		one_life();
}

Test(tiles, a_log_loaded_at_any_size_has_the_root_of_that_size)
{
	struct tiles tiles = {0};
	struct credit_tile_source source = tiles_source(&tiles);
	struct credit_log *log;

	cr_assert_eq(credit_log_new(&log), CREDIT_OK);
	for (size_t i = 0; i < LEAVES; i++) {
		leaf[i] = tiles_leaf(i);
		cr_assert_eq(credit_log_append(log, &leaf[i]), CREDIT_OK);
	}
	cr_assert_eq(tiles_flush(&tiles, log), CREDIT_OK);
	for (size_t size = 0; size <= LEAVES; size += size < 1100 ? 1 : 53) {
		cr_assert_eq(credit_log_load(log, size, &source), CREDIT_OK);
		expect_head(log, size);
	}
	credit_log_free(log);
	tiles_deinit(&tiles);
}
