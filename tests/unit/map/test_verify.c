/* SPDX-License-Identifier: Apache-2.0
 *
 * test_verify.c - proofs from strangers: what is refused, and by which rule.
 */
#include <credit/map.h>

#include "tests/support/map_store.h"

#include <criterion/criterion.h>
#include <string.h>

#define LEAVES 64

static struct map_store store = {.depth = 8};
static struct credit_hash root;
static struct credit_map_leaf present, absent; /* `absent` has a key that is not there */
static struct credit_map_proof of_present, of_absent;

static void prove(const struct credit_hash *key, struct credit_map_proof *ret_proof)
{
	struct credit_map_source source = map_store_source(&store);

	cr_assert_eq(credit_map_prove(&source, key, ret_proof), CREDIT_OK);
}

static void start(void)
{
	struct credit_map_source source = map_store_source(&store);
	struct credit_map_sink sink = map_store_sink(&store);
	struct credit_map_head head;

	sink.put_leaf = NULL;
	for (uint32_t i = 0; i < LEAVES; i++) {
		struct credit_map_leaf leaf = map_leaf(i, i);

		map_store_put(&store, &leaf);
	}
	cr_assert_eq(credit_map_load(&source, &sink, &head), CREDIT_OK);
	root = head.root;
	present = map_leaf(7, 7);
	absent = map_leaf(LEAVES + 1, 0);
	prove(&present.key, &of_present);
	prove(&absent.key, &of_absent);
	cr_assert_eq(of_present.answer, CREDIT_MAP_PRESENT);
	cr_assert_eq(of_absent.answer, CREDIT_MAP_ABSENT);
	cr_assert_geq(of_present.path.count, 2);
	cr_assert_geq(of_absent.path.count, 2);
}

static void stop(void)
{
	map_store_deinit(&store);
}

TestSuite(map_verify, .init = start, .fini = stop);

static enum credit_error check_absent(const struct credit_map_proof *proof)
{
	return credit_map_verify_absent(&root, &absent.key, &proof->leaf, &proof->path);
}

Test(map_verify, a_true_proof_holds)
{
	cr_expect_eq(credit_map_verify_present(&root, &present, &of_present.path), CREDIT_OK);
	cr_expect_eq(check_absent(&of_absent), CREDIT_OK);
}

Test(map_verify, another_value_is_not_proved)
{
	present.value.byte[31] ^= 1;
	cr_expect_eq(
		credit_map_verify_present(&root, &present, &of_present.path), CREDIT_E_PROOF_FALSE);
}

Test(map_verify, a_key_that_is_there_cannot_be_proved_absent_by_its_own_leaf)
{
	cr_expect_eq(
		credit_map_verify_absent(&root, &present.key, &of_present.leaf, &of_present.path),
		CREDIT_E_MAP_PATH);
}

Test(map_verify, a_key_that_is_there_cannot_be_proved_absent_by_any_other_leaf)
{
	for (uint32_t i = 0; i < LEAVES; i++) {
		struct credit_map_leaf other = map_leaf(i, i);
		struct credit_map_proof proof;

		prove(&other.key, &proof);
		cr_expect_neq(
			credit_map_verify_absent(&root, &present.key, &proof.leaf, &proof.path),
			CREDIT_OK, "leaf %u", i);
	}
}

Test(map_verify, only_the_leaf_that_the_bits_lead_to_proves_absence)
{
	size_t proving = 0;

	for (uint32_t i = 0; i < LEAVES; i++) {
		struct credit_map_leaf other = map_leaf(i, i);
		struct credit_map_proof proof;

		prove(&other.key, &proof);
		proving += check_absent(&proof) == CREDIT_OK;
	}
	cr_expect_eq(proving, 1);
}

Test(map_verify, bits_that_do_not_strictly_decrease_are_refused)
{
	struct credit_map_proof forged = of_absent;

	forged.path.step[1].bit = forged.path.step[0].bit;
	cr_expect_eq(check_absent(&forged), CREDIT_E_MAP_PATH, "equal bits");
	forged = of_absent;
	forged.path.step[0] = of_absent.path.step[1];
	forged.path.step[1] = of_absent.path.step[0];
	cr_expect_eq(check_absent(&forged), CREDIT_E_MAP_PATH, "steps exchanged");
}

/* The path would lead to the root if the found key were followed instead of the one asked for. */
Test(map_verify, the_found_leaf_must_agree_with_the_key_in_every_bit_of_its_path)
{
	struct credit_hash key = present.key;

	key.byte[31] ^= 1;
	cr_assert_eq(credit_map_verify_absent(&root, &key, &present, &of_present.path), CREDIT_OK);
	for (uint32_t i = 0; i < of_present.path.count; i++) {
		uint8_t bit = of_present.path.step[i].bit;
		struct credit_hash turned = key;

		turned.byte[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		cr_expect_eq(credit_map_verify_absent(&root, &turned, &present, &of_present.path),
			CREDIT_E_MAP_PATH, "bit %u", bit);
	}
}

Test(map_verify, a_step_too_few_or_too_many_is_refused)
{
	struct credit_map_proof forged = of_present;

	forged.path.count--;
	cr_expect_eq(
		credit_map_verify_present(&root, &present, &forged.path), CREDIT_E_PROOF_FALSE);
	forged.path.count += 2;
	forged.path.step[forged.path.count - 1] = of_present.path.step[0];
	cr_expect_eq(credit_map_verify_present(&root, &present, &forged.path), CREDIT_E_MAP_PATH);
	forged.path.count = CREDIT_MAP_STEPS_MAX + 1;
	cr_expect_eq(credit_map_verify_present(&root, &present, &forged.path), CREDIT_E_MAP_PATH);
}

Test(map_verify, an_inner_node_cannot_pass_for_a_leaf)
{
	const struct credit_map_step *last = &of_present.path.step[of_present.path.count - 1];
	struct credit_map_leaf forged = {last->sibling, root};
	struct credit_map_path none = {.count = 0};

	cr_expect_eq(credit_map_verify_present(&root, &forged, &none), CREDIT_E_PROOF_FALSE);
}

Test(map_verify, nothing_is_absent_from_a_full_map_by_an_empty_proof)
{
	struct credit_map_path none = {.count = 0};

	cr_expect_eq(
		credit_map_verify_absent(&root, &absent.key, NULL, &none), CREDIT_E_PROOF_FALSE);
}

Test(map_verify, everything_is_absent_from_the_empty_map_and_needs_no_steps)
{
	struct credit_hash empty = map_oracle_root(NULL, 0);
	struct credit_map_path none = {.count = 0};

	cr_expect_eq(credit_map_verify_absent(&empty, &absent.key, NULL, &none), CREDIT_OK);
	cr_expect_eq(credit_map_verify_absent(&empty, &absent.key, NULL, &of_absent.path),
		CREDIT_E_MAP_PATH);
	cr_expect_eq(credit_map_verify_present(&empty, &present, &none), CREDIT_E_PROOF_FALSE);
}

/* --- bytes -------------------------------------------------------------------------------------
 */

Test(map_verify, a_path_survives_its_bytes)
{
	uint8_t memory[CREDIT_MAP_PATH_BYTES_MAX];
	struct credit_buffer buffer;
	struct credit_bytes bytes;
	struct credit_map_path path;

	credit_buffer_init(&buffer, memory, sizeof(memory));
	credit_map_path_write(&of_present.path, &buffer);
	cr_assert_eq(credit_buffer_done(&buffer, &bytes), CREDIT_OK);
	cr_expect_eq(bytes.size, 2 + 33 * of_present.path.count);
	cr_expect_eq(bytes.data[1], of_present.path.count);
	cr_assert_eq(credit_map_path_read(bytes, &path), CREDIT_OK);
	cr_expect_eq(credit_map_verify_present(&root, &present, &path), CREDIT_OK);
}

Test(map_verify, bytes_that_are_not_one_whole_path_are_refused)
{
	uint8_t memory[CREDIT_MAP_PATH_BYTES_MAX + 33] = {0x00, 0x02};
	struct credit_map_path path = {.count = 77};

	cr_expect_eq(credit_map_path_read((struct credit_bytes){NULL, 0}, &path), CREDIT_E_MAP_PATH,
		"nothing");
	for (size_t size = 1; size < 120; size++)
		if (size != 2 + 2 * 33)
			cr_expect_eq(
				credit_map_path_read((struct credit_bytes){memory, size}, &path),
				CREDIT_E_MAP_PATH, "size %zu", size);
	memory[0] = 0x01;
	memory[1] = 0x01;
	cr_expect_eq(credit_map_path_read((struct credit_bytes){memory, sizeof(memory)}, &path),
		CREDIT_E_MAP_PATH, "257 steps");
	cr_expect_eq(path.count, 77, "nothing is written on failure");
	memory[1] = 0x00;
	cr_expect_eq(credit_map_path_read(
			     (struct credit_bytes){memory, CREDIT_MAP_PATH_BYTES_MAX}, &path),
		CREDIT_OK, "256 steps are the most");
	cr_expect_eq(path.count, CREDIT_MAP_STEPS_MAX);
}
