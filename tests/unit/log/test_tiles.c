/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tiles.c - which tiles a flush writes, and what failures leave behind.
 *
 * That the hashes in them are right is proved over many trees in property/test_tiles.c.
 */
#include <credit/log.h>

#include "tests/support/tiles.h"

#include <criterion/criterion.h>

static struct tiles tiles;
static struct credit_log *edge;

static void start(void)
{
	cr_assert_eq(credit_log_new(&edge), CREDIT_OK);
}

static void stop(void)
{
	credit_log_free(edge);
	tiles_deinit(&tiles);
}

TestSuite(log_tiles, .init = start, .fini = stop);

static void append(uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++) {
		struct credit_hash leaf = tiles_leaf(i);

		cr_assert_eq(credit_log_append(edge, &leaf), CREDIT_OK);
	}
}

static struct credit_tree_head head(void)
{
	struct credit_tree_head now;

	credit_log_head(edge, &now);
	return now;
}

static bool same_head(struct credit_tree_head a, struct credit_tree_head b)
{
	return a.size == b.size && credit_hash_equal(&a.root, &b.root);
}

Test(log_tiles, the_edge_itself_gives_what_the_last_flush_has_not_let_go_of)
{
	const struct credit_hash *tile;
	struct credit_hash leaf = tiles_leaf(300);
	uint32_t width;

	credit_log_tile(edge, 0, 0, &width);
	cr_expect_eq(width, 0);
	append(0, 250);
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	append(250, 600);
	credit_log_tile(edge, 0, 0, &width);
	cr_expect_eq(width, 256);
	tile = credit_log_tile(edge, 0, 1, &width);
	cr_expect_eq(width, 256);
	cr_expect(credit_hash_equal(&tile[300 - 256], &leaf));
	credit_log_tile(edge, 0, 2, &width);
	cr_expect_eq(width, 600 - 512);
	credit_log_tile(edge, 0, 3, &width);
	cr_expect_eq(width, 0);
	credit_log_tile(edge, 1, 0, &width);
	cr_expect_eq(width, 2);
	credit_log_tile(edge, 9, 0, &width);
	cr_expect_eq(width, 0);
	/* Full and flushed: elsewhere. */
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	credit_log_tile(edge, 0, 1, &width);
	cr_expect_eq(width, 0);
	credit_log_tile(edge, 0, 2, &width);
	cr_expect_eq(width, 600 - 512);
}

Test(log_tiles, an_empty_log_writes_no_tile)
{
	cr_expect_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_expect_eq(tiles.writes, 0);
}

Test(log_tiles, a_level_gets_a_hash_only_when_the_tile_below_is_full)
{
	append(0, 255);
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_expect_eq(tiles.writes, 1);
	cr_expect_eq(tiles_width(&tiles, 0, 0), 255);
	append(255, 256);
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_expect_eq(tiles.writes, 3, "the full tile and one hash above it, no empty tile");
	cr_expect_eq(tiles_width(&tiles, 0, 0), 256);
	cr_expect_eq(tiles_width(&tiles, 1, 0), 1);
}

Test(log_tiles, a_flush_writes_only_what_changed)
{
	append(0, 1000);
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_expect_eq(tiles.writes, 5, "three full, one of 232, one above");
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_expect_eq(tiles.writes, 5, "nothing changed");
	append(1000, 1001);
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_expect_eq(tiles.writes, 6, "only the last tile of level 0");
	cr_expect_eq(tiles_width(&tiles, 0, 3), 233);
}

Test(log_tiles, three_levels_come_in_order_of_level_and_index)
{
	append(0, 65536 + 257);
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_expect_not(tiles.disordered);
	cr_expect_eq(tiles_width(&tiles, 0, 257), 1);
	cr_expect_eq(tiles_width(&tiles, 1, 0), 256);
	cr_expect_eq(tiles_width(&tiles, 1, 1), 1);
	cr_expect_eq(tiles_width(&tiles, 2, 0), 1);
	cr_expect_eq(tiles.writes, 258 + 2 + 1);
}

Test(log_tiles, a_failed_write_leaves_a_log_that_flushes_again_from_the_beginning)
{
	struct credit_tree_head before;

	append(0, 700);
	before = head();
	tiles.fail_write_at = 3;
	cr_expect_eq(tiles_flush(&tiles, edge), CREDIT_E_NO_SPACE);
	cr_expect(same_head(head(), before));
	append(700, 800);
	cr_expect_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_expect_eq(tiles.writes, 3 + 5, "three full, one of 32, one above");
	cr_expect_eq(tiles_width(&tiles, 0, 3), 32);
	cr_expect_eq(tiles_width(&tiles, 1, 0), 3);
}

Test(log_tiles, loading_the_old_size_takes_appended_leaves_back)
{
	struct credit_tile_source source = tiles_source(&tiles);
	struct credit_tree_head at_500, at_900;

	append(0, 500);
	at_500 = head();
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	append(500, 900);
	at_900 = head();
	cr_assert_eq(credit_log_load(edge, 500, &source), CREDIT_OK);
	cr_expect(same_head(head(), at_500));
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_expect_eq(tiles.writes, 3, "what was loaded is not written again");
	append(500, 900);
	cr_expect(same_head(head(), at_900));
	cr_expect_eq(tiles_flush(&tiles, edge), CREDIT_OK);
}

Test(log_tiles, a_load_that_fails_changes_nothing)
{
	struct credit_tile_source source = tiles_source(&tiles);
	struct credit_tree_head before;

	append(0, 600);
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	append(600, 610);
	before = head();
	tiles.fail_read_at = tiles.reads + 2;
	cr_expect_eq(credit_log_load(edge, 600, &source), CREDIT_E_IO);
	cr_expect(same_head(head(), before));
	cr_expect_eq(credit_log_load(edge, 65536, &source), CREDIT_E_STORE_CORRUPT);
	cr_expect_eq(credit_log_load(edge, UINT64_MAX, &source), CREDIT_E_LOG_INDEX);
	cr_expect(same_head(head(), before));
	cr_expect_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_expect_eq(tiles_width(&tiles, 0, 2), 98);
}

/* --- the prover ---------------------------------------------------------------------------------
 */

Test(log_tiles, neighbouring_paths_read_each_tile_once)
{
	struct credit_tile_source source = tiles_source(&tiles);
	struct credit_prover *prover;
	struct credit_path path;

	append(0, 70000);
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_assert_eq(credit_prover_new(&source, &prover), CREDIT_OK);
	for (uint64_t i = 5000; i < 6000; i++)
		cr_assert_eq(credit_prove_inclusion(prover, i, 70000, &path), CREDIT_OK);
	/* Leaves 5000..5999 lie in five tiles; the edge needs the last ones of three levels. */
	cr_expect_leq(tiles.reads, 5 + 4);
	credit_prover_free(prover);
}

Test(log_tiles, a_partial_tile_in_the_cache_is_lengthened_when_the_log_grows)
{
	struct credit_tile_source source = tiles_source(&tiles);
	struct credit_prover *prover;
	struct credit_path path;

	cr_assert_eq(credit_prover_new(&source, &prover), CREDIT_OK);
	for (uint64_t size = 1; size <= 600; size++) {
		struct credit_hash leaf = tiles_leaf(0);
		struct credit_tree_head now;

		append(size - 1, size);
		cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
		now = head();
		cr_assert_eq(credit_prove_inclusion(prover, 0, size, &path), CREDIT_OK);
		cr_expect_eq(
			credit_inclusion_verify(0, size, &leaf, path.hash, path.count, &now.root),
			CREDIT_OK, "size %ju", (uintmax_t)size);
	}
	credit_prover_free(prover);
}

Test(log_tiles, a_failed_read_gives_no_path_and_is_made_good_by_the_next)
{
	struct credit_tile_source source = tiles_source(&tiles);
	struct credit_hash leaf = tiles_leaf(3);

	append(0, 300);
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	/* Three tiles are read: two for the edge, then the leaf's. */
	for (size_t nth = 1; nth <= 3; nth++) {
		struct credit_prover *prover;
		struct credit_path path = {.count = 77};
		struct credit_hash root;

		cr_assert_eq(credit_prover_new(&source, &prover), CREDIT_OK);
		tiles.fail_read_at = tiles.reads + nth;
		cr_expect_eq(credit_prove_inclusion(prover, 3, 300, &path), CREDIT_E_IO);
		cr_expect_eq(path.count, 77);
		cr_assert_eq(credit_prove_inclusion(prover, 3, 300, &path), CREDIT_OK);
		cr_assert_eq(credit_prove_root(prover, 300, &root), CREDIT_OK);
		cr_expect_eq(credit_inclusion_verify(3, 300, &leaf, path.hash, path.count, &root),
			CREDIT_OK);
		credit_prover_free(prover);
	}
}

Test(log_tiles, questions_outside_the_tree_are_refused)
{
	struct credit_tile_source source = tiles_source(&tiles);
	struct credit_prover *prover;
	struct credit_path path = {.count = 77};
	struct credit_hash root;

	append(0, 10);
	cr_assert_eq(tiles_flush(&tiles, edge), CREDIT_OK);
	cr_assert_eq(credit_prover_new(&source, &prover), CREDIT_OK);
	cr_expect_eq(credit_prove_inclusion(prover, 0, 0, &path), CREDIT_E_LOG_INDEX);
	cr_expect_eq(credit_prove_inclusion(prover, 10, 10, &path), CREDIT_E_LOG_INDEX);
	cr_expect_eq(credit_prove_inclusion(prover, 0, 11, &path), CREDIT_E_STORE_CORRUPT);
	cr_expect_eq(credit_prove_inclusion(prover, 0, UINT64_MAX, &path), CREDIT_E_LOG_INDEX);
	cr_expect_eq(credit_prove_consistency(prover, 8, 7, &path), CREDIT_E_LOG_INDEX);
	cr_expect_eq(credit_prove_root(prover, UINT64_MAX, &root), CREDIT_E_LOG_INDEX);
	cr_expect_eq(path.count, 77, "nothing is written on failure");
	cr_expect_eq(credit_prove_consistency(prover, 0, 7, &path), CREDIT_OK);
	cr_expect_eq(path.count, 0);
	credit_prover_free(prover);
}
