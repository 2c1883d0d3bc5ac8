/* SPDX-License-Identifier: Apache-2.0
 *
 * test_vectors.c - roots and paths that others published, and the words of docs/spec/map.md by hand.
 *
 * Source: the known answers of the WAICT draft (waict-wg/waict-transparency-spec, mpt_root_kats and
 * mpt_inclusion_kats, random_size_1 to 3), which agree with Russ Cox's mpt. Their proofs begin with
 * a header and the value; the rest is our path without its count.
 */
#include <credit/map.h>

#include "tests/support/map_store.h"
#include "tests/support/unhex.h"

#include <criterion/criterion.h>
#include <string.h>

#define LEAVES_MAX 3
#define STEPS_MAX 2

struct vector {
	const char *root;
	size_t count;
	const char *leaf[LEAVES_MAX][2]; /* key, value */
	size_t target;
	uint32_t steps;
	struct {
		uint8_t bit;
		const char *sibling;
	} step[STEPS_MAX];
};

static const struct vector vectors[] = {
	{"0+7rWXGi0EsiuVWBqMfNLMLQ7r2RFoyT2IhQER97eUg=", 1,
		{{"5xFxQhlQDowuSXMKydUMecTDwU6ZX1E1v5tQ2ie+fzQ=",
			"N1bzGUuNeh/eld8TosfsYFsgRb06i+WZYBZGAqKyXX8="}},
		0, 0, {{0, NULL}}},
	{"hrBk4tXl+rlla78jPH1n3FYr4BQK2EGxl/+8WolQdMc=", 2,
		{{"DvnyxDo8ICkURoNxOaqyVuc5KOpgXyCYNiOKLjssCdg=",
			 "iBbzRH0kukqQGj4gdewdKwWF+9GCqzLgjyqR/dCWLSc="},
			{"NbgWRdas5JAS9s8/3zkE+SpQ/oRCDwRgars8wKA+MD8=",
				"2HKG+DKfWLV10ev/cl5LMa1BoEcHtYQWJ2M875x49PQ="}},
		1, 1, {{2, "WxzC/9c3FYvBOZzjmZaWSMgM7N99Q+yshIsU+RhHCk0="}}},
	{"x/0n5KVaiHVXEue2G4LcrR0dlbYDA18G++CacU78UvY=", 3,
		{{"QifxicyRGEBc6I8Psr9FG/wZbyUEVYHrmXMhtroxrZM=",
			 "l1uLigiZeJiY1V8UHE96nVF3TtWw6m0RCc4ReIDlfQ4="},
			{"1p3AiSXQ5apT/vfPQOWwGe56mvVLr1G6Gi5YPem4xoQ=",
				"DHc58AOQHvJDgYNwpxMbLuWYdi9tJ0smVwjt2Ri9E5Q="},
			{"H691eiVqqN2QkYF12m5/g/wsrILcvEHSX1GUyIng3GA=",
				"wfT7Pgwj7AwKkwSRegBy+19DsAlis0tqAf37EBgDfbU="}},
		0, 2,
		{{1, "3eAz4zvGuUoRq4xD7h256QPAdqWeD4Ie2oxGVm2pe4Y="},
			{0, "AzdY8J3RHoMAPWE5yp+rL+W916jTdgrZuaGte85DvK0="}}},
};

static struct credit_hash from_base64(const char *text)
{
	struct credit_hash hash;
	size_t size;

	cr_assert_eq(
		credit_base64_decode(text, strlen(text), &hash, sizeof(hash), &size), CREDIT_OK);
	cr_assert_eq(size, sizeof(hash));
	return hash;
}

static struct credit_map_leaf vector_leaf(const struct vector *vector, size_t i)
{
	return (struct credit_map_leaf){
		from_base64(vector->leaf[i][0]), from_base64(vector->leaf[i][1])};
}

static void check_path(const struct vector *vector, const struct credit_map_proof *proof)
{
	cr_expect_eq(proof->answer, CREDIT_MAP_PRESENT);
	cr_assert_eq(proof->path.count, vector->steps);
	for (uint32_t i = 0; i < vector->steps; i++) {
		struct credit_hash sibling = from_base64(vector->step[i].sibling);

		cr_expect_eq(proof->path.step[i].bit, vector->step[i].bit);
		cr_expect(credit_hash_equal(&proof->path.step[i].sibling, &sibling));
	}
}

Test(map_vectors, the_published_roots_and_paths_are_made_and_verified)
{
	for (size_t v = 0; v < sizeof(vectors) / sizeof(vectors[0]); v++) {
		const struct vector *vector = &vectors[v];
		struct credit_hash root = from_base64(vector->root);
		struct map_store store = {.depth = 4};
		struct credit_map_source source = map_store_source(&store);
		struct credit_map_sink sink = map_store_sink(&store);
		struct credit_map_head head = {0, map_oracle_root(NULL, 0)};
		struct credit_map_leaf target = vector_leaf(vector, vector->target);
		struct credit_map_proof proof;

		for (size_t i = 0; i < vector->count; i++) {
			struct credit_map_change change = {vector_leaf(vector, i), false};

			cr_assert_eq(credit_map_update(&source, &sink, &head, &change, 1, &head),
				CREDIT_OK);
		}
		cr_expect(credit_hash_equal(&head.root, &root), "vector %zu", v);
		cr_assert_eq(credit_map_prove(&source, &target.key, &proof), CREDIT_OK);
		check_path(vector, &proof);
		cr_expect_eq(credit_map_verify_present(&root, &target, &proof.path), CREDIT_OK);
		map_store_deinit(&store);
	}
}

Test(map_vectors, the_root_of_no_leaves_is_that_of_no_bytes)
{
	struct map_store store = {.depth = 8};
	struct credit_map_source source = map_store_source(&store);
	struct credit_hash wanted =
		unhex_hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	struct credit_hash root;
	struct credit_map_head head;

	cr_assert_eq(credit_map_root(&source, &root), CREDIT_OK);
	cr_expect(credit_hash_equal(&root, &wanted));
	cr_assert_eq(credit_map_derive(&source, &head), CREDIT_OK);
	cr_expect(credit_hash_equal(&head.root, &wanted));
	cr_expect_eq(head.size, 0);
}

/* Keys of zeros but for byte 1 = 0x10 part at bit 11. */
Test(map_vectors, the_bit_in_an_inner_node_counts_from_the_most_significant_one)
{
	struct map_store store = {.depth = 4};
	struct credit_map_source source = map_store_source(&store);
	struct credit_map_leaf leaf[2] = {{{{0}}, {{1}}}, {{{0x00, 0x10}}, {{2}}}};
	struct credit_hash hash[2], wanted;
	struct credit_map_head head;
	uint8_t node[65];

	for (size_t i = 0; i < 2; i++) {
		map_store_put(&store, &leaf[i]);
		credit_sha256((struct credit_bytes){leaf[i].key.byte, sizeof(leaf[i])}, &hash[i]);
	}
	memcpy(node, hash, sizeof(hash));
	node[64] = 11;
	credit_sha256((struct credit_bytes){node, sizeof(node)}, &wanted);
	cr_assert_eq(credit_map_derive(&source, &head), CREDIT_OK);
	cr_expect(credit_hash_equal(&head.root, &wanted));
	map_store_deinit(&store);
}

Test(map_vectors, the_key_of_an_entity_is_labelled)
{
	static const char text[] = "credit/uscc/v1\0"
				   "91350100M000100Y43";
	struct credit_hash wanted, key;

	credit_sha256((struct credit_bytes){(const uint8_t *)text, sizeof(text) - 1}, &wanted);
	credit_map_key(credit_bytes_of("91350100M000100Y43"), &key);
	cr_expect(credit_hash_equal(&key, &wanted));
}
