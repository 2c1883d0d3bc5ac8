/* SPDX-License-Identifier: Apache-2.0
 *
 * test_storage.c - which rows are read and written, and what damage and failures lead to.
 *
 * That the roots are right is proved over many maps in property/test_map.c.
 */
#include <credit/map.h>

#include "tests/support/map_store.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define LEAVES 500

static struct map_store store = {.depth = 8};
static struct credit_map_source source;
static struct credit_map_sink sink;
static struct credit_map_head head;

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, CREDIT_HASH_SIZE);
}

/* Changes of the keys [from, to), sorted. */
static struct credit_map_change *changes_of(uint32_t from, uint32_t to, uint32_t value, bool erase)
{
	static struct credit_map_change changes[LEAVES];

	for (uint32_t i = from; i < to; i++)
		changes[i - from] = (struct credit_map_change){map_leaf(i, value), erase};
	qsort(changes, to - from, sizeof(changes[0]), by_key);
	return changes;
}

static enum credit_error put(uint32_t from, uint32_t to, uint32_t value)
{
	return credit_map_update(
		&source, &sink, &head, changes_of(from, to, value, false), to - from, &head);
}

static enum credit_error erase(uint32_t from, uint32_t to)
{
	return credit_map_update(
		&source, &sink, &head, changes_of(from, to, 0, true), to - from, &head);
}

static void start(void)
{
	source = map_store_source(&store);
	sink = map_store_sink(&store);
	head = (struct credit_map_head){0, map_oracle_root(NULL, 0)};
	cr_assert_eq(put(0, LEAVES, 1), CREDIT_OK);
	cr_assert_eq(head.size, LEAVES);
}

static void stop(void)
{
	map_store_deinit(&store);
}

TestSuite(map_storage, .init = start, .fini = stop);

/* --- rows ------------------------------------------------------------------------------------ */

Test(map_storage, a_batch_reads_and_writes_each_tile_once)
{
	size_t reads = store.tile_reads, writes = store.tile_writes;

	cr_expect_eq(store.tile_count, 17, "one tile of the first four bits, sixteen below");
	cr_assert_eq(put(0, LEAVES, 2), CREDIT_OK);
	cr_expect_eq(store.tile_reads - reads, 17);
	cr_expect_eq(store.tile_writes - writes, 17);
}

Test(map_storage, one_change_touches_one_tile_a_level_and_one_leaf)
{
	size_t reads = store.tile_reads, writes = store.tile_writes, leaves = store.leaf_writes;

	cr_assert_eq(put(3, 4, 2), CREDIT_OK);
	cr_expect_eq(store.tile_reads - reads, 2);
	cr_expect_eq(store.tile_writes - writes, 2);
	cr_expect_eq(store.leaf_writes - leaves, 1);
}

Test(map_storage, what_stays_as_it_is_is_not_written)
{
	struct credit_map_head before = head;
	size_t writes = store.tile_writes + store.leaf_writes;

	cr_assert_eq(put(0, LEAVES, 1), CREDIT_OK);
	cr_assert_eq(erase(LEAVES, LEAVES + 50), CREDIT_OK);
	cr_expect_eq(store.tile_writes + store.leaf_writes, writes);
	cr_expect_eq(head.size, before.size);
	cr_expect(credit_hash_equal(&head.root, &before.root));
}

Test(map_storage, erasing_takes_the_old_root_and_the_old_rows_back)
{
	struct credit_map_head before = head;
	size_t tiles = store.tile_count;

	cr_assert_eq(put(LEAVES, LEAVES + 300, 9), CREDIT_OK);
	cr_expect_eq(head.size, LEAVES + 300);
	cr_expect_not(credit_hash_equal(&head.root, &before.root));
	cr_assert_eq(erase(LEAVES, LEAVES + 300), CREDIT_OK);
	cr_expect_eq(head.size, LEAVES);
	cr_expect(credit_hash_equal(&head.root, &before.root));
	cr_expect_eq(store.tile_count, tiles);
}

Test(map_storage, erasing_all_leaves_no_row)
{
	struct credit_hash empty = map_oracle_root(NULL, 0);

	cr_assert_eq(erase(0, LEAVES), CREDIT_OK);
	cr_expect_eq(store.count, 0);
	cr_expect_eq(store.tile_count, 0);
	cr_expect_eq(head.size, 0);
	cr_expect(credit_hash_equal(&head.root, &empty));
}

Test(map_storage, erasing_beside_a_change_in_the_same_range_passes_over_what_is_not_there)
{
	struct credit_map_change changes[2] = {
		{map_close_leaf(1, 5), false}, {map_close_leaf(2, 0), true}};

	cr_assert_eq(credit_map_update(&source, &sink, &head, changes, 2, &head), CREDIT_OK);
	cr_expect_eq(head.size, LEAVES + 1);
}

Test(map_storage, without_a_sink_the_head_is_told_and_nothing_written)
{
	struct credit_map_change *changes = changes_of(LEAVES - 10, LEAVES + 10, 7, false);
	size_t writes = store.tile_writes + store.leaf_writes;
	struct credit_map_head told;

	cr_assert_eq(credit_map_update(&source, NULL, &head, changes, 20, &told), CREDIT_OK);
	cr_expect_eq(store.tile_writes + store.leaf_writes, writes);
	cr_assert_eq(put(LEAVES - 10, LEAVES + 10, 7), CREDIT_OK);
	cr_expect_eq(told.size, LEAVES + 10);
	cr_expect_eq(told.size, head.size);
	cr_expect(credit_hash_equal(&told.root, &head.root));
}

Test(map_storage, an_empty_batch_gives_the_head_back)
{
	struct credit_map_head after;

	cr_assert_eq(credit_map_update(&source, &sink, &head, NULL, 0, &after), CREDIT_OK);
	cr_expect_eq(after.size, head.size);
	cr_expect(credit_hash_equal(&after.root, &head.root));
}

Test(map_storage, tiles_can_be_made_again_from_the_leaves_at_another_depth)
{
	struct map_store deeper = {.depth = 16};
	struct credit_map_sink tiles = map_store_sink(&deeper);
	struct credit_map_source leaves = source;
	struct credit_map_head loaded;

	leaves.depth = 16;
	tiles.put_leaf = NULL;
	cr_assert_eq(credit_map_load(&leaves, &tiles, &loaded), CREDIT_OK);
	cr_expect(credit_hash_equal(&loaded.root, &head.root));
	cr_expect_eq(deeper.count, 0);
	cr_expect_gt(deeper.tile_count, store.tile_count);
	map_store_deinit(&deeper);
}

/* --- defects of the caller, damage, failures -------------------------------------------------- */

Test(map_storage, changes_out_of_order_or_doubled_are_a_defect_of_the_caller)
{
	struct credit_map_change changes[2] = {
		{map_close_leaf(2, 0), false}, {map_close_leaf(1, 0), false}};
	size_t calls = store.calls;

	cr_expect_eq(
		credit_map_update(&source, &sink, &head, changes, 2, &head), CREDIT_E_INTERNAL);
	changes[1] = changes[0];
	cr_expect_eq(
		credit_map_update(&source, &sink, &head, changes, 2, &head), CREDIT_E_INTERNAL);
	cr_expect_eq(store.calls, calls);
}

Test(map_storage, a_depth_that_is_no_multiple_of_four_from_4_to_32_is_refused)
{
	static const uint32_t refused[] = {0, 3, 6, 33, 36, 256};
	struct credit_map_leaf leaf = map_leaf(0, 0);
	struct credit_map_proof proof;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		source.depth = refused[i];
		cr_expect_eq(put(0, 1, 3), CREDIT_E_INTERNAL);
		cr_expect_eq(credit_map_load(&source, &sink, &head), CREDIT_E_INTERNAL);
		cr_expect_eq(credit_map_prove(&source, &leaf.key, &proof), CREDIT_E_INTERNAL);
	}
}

Test(map_storage, another_head_than_the_stored_one_is_refused)
{
	head.root.byte[0] ^= 1;
	cr_expect_eq(put(0, 1, 3), CREDIT_E_STORE_CORRUPT);
	head.root = map_oracle_root(NULL, 0);
	cr_expect_eq(put(0, 1, 3), CREDIT_E_STORE_CORRUPT);
}

Test(map_storage, a_size_that_cannot_be_is_refused)
{
	head.size = LEAVES + 100;
	cr_expect_eq(credit_map_update(
			     &source, NULL, &head, changes_of(0, LEAVES, 0, true), LEAVES, &head),
		CREDIT_E_STORE_CORRUPT, "leaves counted that are not there");
	head.size = 10;
	cr_expect_eq(erase(0, 20), CREDIT_E_STORE_CORRUPT, "more erased than counted");
}

Test(map_storage, a_damaged_leaf_is_neither_proved_nor_built_upon)
{
	struct credit_map_leaf leaf = map_leaf(9, 66);
	struct credit_map_proof proof = {.answer = CREDIT_MAP_EMPTY};

	map_store_put(&store, &leaf);
	cr_expect_eq(credit_map_prove(&source, &leaf.key, &proof), CREDIT_E_STORE_CORRUPT);
	cr_expect_eq(proof.answer, CREDIT_MAP_EMPTY, "nothing is written on failure");
	cr_expect_eq(put(9, 10, 3), CREDIT_E_STORE_CORRUPT);
	cr_assert(map_store_erase(&store, &leaf.key));
	cr_expect_eq(put(9, 10, 3), CREDIT_E_STORE_CORRUPT);
}

Test(map_storage, a_damaged_or_missing_tile_is_not_built_upon)
{
	size_t last = store.tile_count - 1;
	uint8_t saved = store.tile[last].bytes[0];

	store.tile[last].bytes[0] ^= 1;
	cr_expect_eq(put(0, LEAVES, 3), CREDIT_E_STORE_CORRUPT);
	store.tile[last].bytes[0] = saved;
	store.tile_count--;
	cr_expect_eq(put(0, LEAVES, 3), CREDIT_E_STORE_CORRUPT);
}

Test(map_storage, no_proof_is_made_where_a_tile_is_missing)
{
	struct credit_map_proof proof;
	struct credit_map_leaf leaf;
	size_t refused = 0;

	store.tile_count--;
	for (size_t i = 0; i < LEAVES; i++) {
		enum credit_error error = credit_map_prove(&source, &store.leaf[i].key, &proof);
		bool under = store.leaf[i].key.byte[0] >= 0xf0;

		cr_expect_eq(error, under ? CREDIT_E_STORE_CORRUPT : CREDIT_OK);
		refused += under;
	}
	cr_expect_gt(refused, 0);
	leaf = store.leaf[store.count - 1];
	store.count = 0;
	cr_expect_eq(credit_map_prove(&source, &leaf.key, &proof), CREDIT_E_STORE_CORRUPT,
		"a tile that names leaves is not an empty map");
	store.count = LEAVES;
	store.tile_count = 0;
	cr_expect_eq(credit_map_prove(&source, &store.leaf[0].key, &proof), CREDIT_E_STORE_CORRUPT,
		"leaves without tiles are not an empty map");
}

static enum credit_error short_tile(
	void *context, struct credit_bytes key, struct credit_bytes *ret_tile)
{
	static const uint8_t row[CREDIT_MAP_TILE_BYTES];

	(void)context;
	(void)key;
	*ret_tile = (struct credit_bytes){row, sizeof(row) - 1};
	return CREDIT_OK;
}

Test(map_storage, a_tile_of_another_size_is_damage)
{
	struct credit_hash root;

	source.read_tile = short_tile;
	cr_expect_eq(credit_map_root(&source, &root), CREDIT_E_STORE_CORRUPT);
}

Test(map_storage, leaves_that_do_not_ascend_are_damage)
{
	struct credit_map_leaf swapped = store.leaf[10];
	struct credit_map_head loaded = {77, head.root};

	store.leaf[10] = store.leaf[400];
	store.leaf[400] = swapped;
	cr_expect_eq(credit_map_derive(&source, &loaded), CREDIT_E_STORE_CORRUPT);
	sink.put_leaf = NULL;
	cr_expect_eq(credit_map_load(&source, &sink, &loaded), CREDIT_E_STORE_CORRUPT);
	cr_expect_eq(loaded.size, 77, "nothing is written on failure");
}

Test(map_storage, every_failure_of_the_store_is_returned_and_the_head_left_alone)
{
	struct credit_map_proof proof;
	struct credit_map_leaf leaf = map_leaf(4, 1);
	struct credit_map_head before = head, after = head;
	size_t failed = 0;
	enum credit_error error;

	do {
		store.fail_at = store.calls + ++failed;
		error = credit_map_prove(&source, &leaf.key, &proof);
		cr_assert(error == CREDIT_OK || error == CREDIT_E_IO);
	} while (error != CREDIT_OK);
	cr_expect_gt(failed, 3);
	store.fail_at = store.calls + 30;
	cr_expect_eq(credit_map_derive(&source, &after), CREDIT_E_IO);
	for (failed = 1; failed < 200; failed++) {
		struct map_store empty = {.depth = 8, .fail_at = failed};
		struct credit_map_sink into = map_store_sink(&empty);

		error = credit_map_load(&source, &into, &after);
		cr_expect_eq(error, CREDIT_E_NO_SPACE);
		map_store_deinit(&empty);
	}
	cr_expect_eq(memcmp(&after, &before, sizeof(after)), 0);
}

Test(map_storage, every_failure_in_a_batch_is_returned_and_the_head_left_alone)
{
	for (size_t at = 1;; at++) {
		struct map_store other = {.depth = 8};
		struct credit_map_source from = map_store_source(&other);
		struct credit_map_sink into = map_store_sink(&other);
		struct credit_map_head empty = {0, map_oracle_root(NULL, 0)}, after = empty;
		struct credit_map_change *changes = changes_of(0, 20, 1, false);
		enum credit_error error;

		other.fail_at = at;
		error = credit_map_update(&from, &into, &empty, changes, 20, &after);
		map_store_deinit(&other);
		if (error == CREDIT_OK)
			break;
		cr_assert(error == CREDIT_E_IO || error == CREDIT_E_NO_SPACE, "call %zu", at);
		cr_assert_eq(after.size, 0);
		cr_assert_lt(at, 1000);
	}
}
