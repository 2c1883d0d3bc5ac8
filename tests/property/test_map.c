/* SPDX-License-Identifier: Apache-2.0
 *
 * test_map.c - maps under random batches have the root that the words of the specification give.
 *
 * The oracle splits the sorted leaves bit by bit (support/map_store.c). Keys come from two pools:
 * spread over all prefixes, and so close that they part in their last bits only.
 */
#include <credit/map.h>

#include "tests/support/map_life.h"
#include "tests/support/map_store.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define POOL 400
#define BATCH_MAX 120
#define BATCHES 30
#define RUNS 9

static const uint32_t depths[] = {4, 8, 12, 20, 32};

struct life {
	struct map_store store, model; /* the model has leaves only */
	struct credit_map_head head;
	uint64_t random;
};

static struct credit_map_leaf pool_leaf(uint32_t number, uint32_t value)
{
	return number % 3 == 0 ? map_close_leaf((uint16_t)(number * 7), value)
			       : map_leaf(number, value);
}

static uint32_t below(struct life *life, uint32_t bound)
{
	return (uint32_t)(map_draw(&life->random) % bound);
}

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, CREDIT_HASH_SIZE);
}

/* Sorted and without doubles; the model is changed along. */
static size_t draw_batch(struct life *life, struct credit_map_change *changes)
{
	size_t count = below(life, BATCH_MAX), kept = 0;
	bool mostly_erase = below(life, 3) == 0;

	for (size_t i = 0; i < count; i++) {
		struct credit_map_leaf leaf = pool_leaf(below(life, POOL), below(life, 4));
		bool erase = below(life, 4) < (mostly_erase ? 3 : 1);

		changes[i] = (struct credit_map_change){leaf, erase};
	}
	qsort(changes, count, sizeof(changes[0]), by_key);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && by_key(&changes[kept - 1], &changes[i]) == 0)
			continue;
		changes[kept++] = changes[i];
		if (changes[i].erase)
			(void)map_store_erase(&life->model, &changes[i].leaf.key);
		else
			map_store_put(&life->model, &changes[i].leaf);
	}
	return kept;
}

/* Applies the batch in parts: any split gives the same. */
static void apply(struct life *life, const struct credit_map_change *changes, size_t count)
{
	struct credit_map_source source = map_store_source(&life->store);
	struct credit_map_sink sink = map_store_sink(&life->store);
	size_t done = 0;

	do {
		size_t part = below(life, 3) == 0 ? below(life, (uint32_t)(count - done) + 1)
						  : count - done;

		cr_assert_eq(credit_map_update(&source, &sink, &life->head, changes + done, part,
				     &life->head),
			CREDIT_OK);
		done += part;
	} while (done < count);
}

static void expect_rows(const struct life *life)
{
	struct map_store loaded = {.depth = life->store.depth};
	struct credit_map_source from = map_store_source((struct map_store *)&life->model);
	struct credit_map_source stored = map_store_source((struct map_store *)&life->store);
	struct credit_map_sink into = map_store_sink(&loaded);
	struct credit_hash wanted = map_oracle_root(life->model.leaf, life->model.count), root;
	struct credit_map_head head;

	cr_assert_eq(life->head.size, life->model.count);
	cr_assert(credit_hash_equal(&life->head.root, &wanted), "incremental");
	cr_assert_eq(credit_map_root(&stored, &root), CREDIT_OK);
	cr_assert(credit_hash_equal(&root, &wanted), "stored");
	cr_assert_eq(credit_map_derive(&stored, &head), CREDIT_OK);
	cr_assert(credit_hash_equal(&head.root, &wanted), "derived");
	from.depth = life->store.depth;
	cr_assert_eq(credit_map_load(&from, &into, &head), CREDIT_OK);
	cr_assert(credit_hash_equal(&head.root, &wanted), "loaded");
	cr_assert_eq(head.size, life->model.count);
	cr_assert(map_store_same(&loaded, &life->store), "a load writes the rows of the batches");
	map_store_deinit(&loaded);
}

static void expect_answer(struct life *life, const struct credit_hash *key)
{
	struct credit_map_source source = map_store_source(&life->store);
	struct credit_map_proof proof;
	const struct credit_map_leaf *leaf = NULL;

	for (size_t i = 0; i < life->model.count; i++)
		if (credit_hash_equal(&life->model.leaf[i].key, key))
			leaf = &life->model.leaf[i];
	cr_assert_eq(credit_map_prove(&source, key, &proof), CREDIT_OK);
	if (leaf != NULL) {
		cr_assert_eq(proof.answer, CREDIT_MAP_PRESENT);
		cr_assert_eq(memcmp(&proof.leaf, leaf, sizeof(*leaf)), 0);
		cr_assert_eq(
			credit_map_verify_present(&life->head.root, leaf, &proof.path), CREDIT_OK);
	} else {
		bool empty = life->model.count == 0;

		cr_assert_eq(proof.answer, empty ? CREDIT_MAP_EMPTY : CREDIT_MAP_ABSENT);
		cr_assert_eq(credit_map_verify_absent(&life->head.root, key,
				     empty ? NULL : &proof.leaf, &proof.path),
			CREDIT_OK);
	}
}

static void one_life(uint32_t depth, uint64_t seed)
{
	struct life life = {.store = {.depth = depth}, .random = seed};
	struct credit_map_change changes[BATCH_MAX];

	life.head.root = map_oracle_root(NULL, 0);
	for (size_t i = 0; i < BATCHES; i++) {
		size_t count = draw_batch(&life, changes);

		apply(&life, changes, count);
		expect_rows(&life);
		for (size_t asked = 0; asked < 8; asked++) {
			struct credit_map_leaf leaf = pool_leaf(below(&life, POOL + 50), 0);

			expect_answer(&life, &leaf.key);
		}
	}
	for (uint32_t i = 0; i < POOL + 100; i++) {
		struct credit_map_leaf leaf = pool_leaf(i, 0);

		expect_answer(&life, &leaf.key);
	}
	map_store_deinit(&life.store);
	map_store_deinit(&life.model);
}

Test(map, random_batches_in_any_split_give_the_root_and_the_rows_of_the_leaves)
{
	for (uint64_t run = 0; run < RUNS; run++)
		one_life(depths[run % (sizeof(depths) / sizeof(depths[0]))], 4711 + run);
}

/* The same on the real store, many publications long; `make check-long` takes a million operations. */
Test(map, a_stored_map_agrees_with_the_oracle_at_every_publication, .init = temp_dir_make,
	.fini = temp_dir_remove)
{
	struct map_life_options options = {.folder = temp_dir_path("map"),
		.operations = 8000,
		.publications = 60,
		.keys = 1500,
		.depth = 12,
		.seed = 17};
	struct map_life_report report;

	map_life_run(&options, &report);
	cr_expect_gt(report.inserted, 1000);
	cr_expect_gt(report.updated, 500);
	cr_expect_gt(report.deleted, 500);
}

/* --- every small map -------------------------------------------------------------------------- */

/* All sets of eight keys, which part in their first or in their last bits. */
static struct credit_map_leaf small_leaf(bool high, unsigned number)
{
	struct credit_map_leaf leaf = {.value = {{(uint8_t)(number + 1)}}};

	leaf.key.byte[high ? 0 : 31] = (uint8_t)(high ? number << 5 : number);
	return leaf;
}

static void one_small_map(bool high, unsigned set)
{
	struct life life = {.store = {.depth = 4}};
	struct credit_map_source source = map_store_source(&life.store);
	struct credit_map_sink sink = map_store_sink(&life.store);

	life.head.root = map_oracle_root(NULL, 0);
	for (unsigned i = 8; i-- > 0;) { /* against the order of the keys */
		struct credit_map_change change = {small_leaf(high, i), false};

		if ((set >> i & 1) == 0)
			continue;
		map_store_put(&life.model, &change.leaf);
		cr_assert_eq(credit_map_update(&source, &sink, &life.head, &change, 1, &life.head),
			CREDIT_OK);
	}
	expect_rows(&life);
	for (unsigned i = 0; i < 8; i++) {
		struct credit_map_leaf leaf = small_leaf(high, i);

		expect_answer(&life, &leaf.key);
	}
	map_store_deinit(&life.store);
	map_store_deinit(&life.model);
}

Test(map, every_set_of_eight_keys_answers_for_each_of_them)
{
	for (unsigned set = 0; set < 256; set++) {
		one_small_map(true, set);
		one_small_map(false, set);
	}
}

/* --- the longest path ------------------------------------------------------------------------- */

Test(map, the_longest_path_has_a_step_for_every_bit)
{
	struct life life = {.store = {.depth = 12}};
	struct credit_map_source source = map_store_source(&life.store);
	struct credit_map_sink sink = map_store_sink(&life.store);
	struct credit_map_leaf leaf = {0};
	struct credit_map_proof proof;

	map_store_put(&life.store, &leaf);
	for (unsigned bit = 0; bit < 256; bit++) {
		leaf = (struct credit_map_leaf){0};
		leaf.key.byte[bit / 8] = (uint8_t)(0x80 >> bit % 8);
		map_store_put(&life.store, &leaf);
	}
	sink.put_leaf = NULL;
	cr_assert_eq(credit_map_load(&source, &sink, &life.head), CREDIT_OK);
	leaf = (struct credit_map_leaf){0};
	cr_assert_eq(credit_map_prove(&source, &leaf.key, &proof), CREDIT_OK);
	cr_expect_eq(proof.path.count, CREDIT_MAP_STEPS_MAX);
	cr_expect_eq(credit_map_verify_present(&life.head.root, &leaf, &proof.path), CREDIT_OK);
	proof.path.count++; /* AddressSanitizer sees it when this step is looked at */
	cr_expect_eq(
		credit_map_verify_present(&life.head.root, &leaf, &proof.path), CREDIT_E_MAP_PATH);
	map_store_deinit(&life.store);
}

/* --- altered proofs --------------------------------------------------------------------------- */

struct claim {
	struct credit_hash root, key;
	struct credit_map_proof proof;
};

static enum credit_error check(const struct claim *claim)
{
	return claim->proof.answer == CREDIT_MAP_PRESENT
		       ? credit_map_verify_present(
				 &claim->root, &claim->proof.leaf, &claim->proof.path)
		       : credit_map_verify_absent(
				 &claim->root, &claim->key, &claim->proof.leaf, &claim->proof.path);
}

static void expect_alterations_refused(const struct claim *claim)
{
	struct claim altered;

	cr_assert_eq(check(claim), CREDIT_OK);
	for (size_t bit = 0; bit < 8 * sizeof(struct credit_map_leaf); bit++) {
		altered = *claim;
		((uint8_t *)&altered.proof.leaf)[bit / 8] ^= (uint8_t)(1U << bit % 8);
		cr_assert_neq(check(&altered), CREDIT_OK, "bit %zu of the leaf", bit);
	}
	for (size_t bit = 0; bit < (size_t)claim->proof.path.count * 33 * 8; bit++) {
		altered = *claim;
		((uint8_t *)altered.proof.path.step)[bit / 8] ^= (uint8_t)(1U << bit % 8);
		cr_assert_neq(check(&altered), CREDIT_OK, "bit %zu of the path", bit);
	}
	for (uint32_t i = 0; i < claim->proof.path.count; i++) {
		altered = *claim;
		altered.proof.path.count--;
		memmove(&altered.proof.path.step[i], &altered.proof.path.step[i + 1],
			(altered.proof.path.count - i) * sizeof(altered.proof.path.step[0]));
		cr_assert_neq(check(&altered), CREDIT_OK, "without step %u", i);
		altered = *claim;
		altered.proof.path.count++;
		memmove(&altered.proof.path.step[i + 1], &altered.proof.path.step[i],
			(claim->proof.path.count - i) * sizeof(altered.proof.path.step[0]));
		cr_assert_neq(check(&altered), CREDIT_OK, "with step %u twice", i);
	}
}

Test(map, every_altered_bit_or_step_of_a_proof_is_refused)
{
	struct life life = {.store = {.depth = 8}};
	struct credit_map_source source = map_store_source(&life.store);
	struct credit_map_sink sink = map_store_sink(&life.store);
	struct claim claim = {0};

	for (uint32_t i = 0; i < POOL; i++) {
		struct credit_map_leaf leaf = pool_leaf(i, i);

		map_store_put(&life.store, &leaf);
	}
	sink.put_leaf = NULL;
	cr_assert_eq(credit_map_load(&source, &sink, &life.head), CREDIT_OK);
	claim.root = life.head.root;
	for (uint32_t i = POOL - 5; i < POOL + 5; i++) {
		claim.key = pool_leaf(i, 0).key;
		cr_assert_eq(credit_map_prove(&source, &claim.key, &claim.proof), CREDIT_OK);
		expect_alterations_refused(&claim);
	}
	map_store_deinit(&life.store);
}
