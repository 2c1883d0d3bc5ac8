/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hostile_prover.c - a registry that lies with its own key cannot show an entity two ways.
 *
 * The prover signs one checkpoint over whatever it likes: a map tree that breaks every rule (leaves on
 * the wrong side, one key in many places, bits that do not decrease, nodes used twice), a log with other
 * publications in it. Then it tries every bundle it can think of under that one checkpoint. Of each
 * entity at most one answer may ever verify: absent, or one Status.
 */
#include <criterion/criterion.h>

#include <credit/proof.h>

#include "tests/support/map_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "credit.hostile.example/test"
#define TREES 60
#define ENTITIES 3
#define STATUSES 3
#define LEAVES_MAX 8
#define PATHS_MAX 200
#define LOG_MAX 9

struct prover {
	uint64_t chance;
	struct credit_key_pair pair;
	struct credit_named_key name;

	struct credit_uscc codes[ENTITIES];
	struct credit_hash keys[ENTITIES];
	struct credit_opening openings[ENTITIES][STATUSES];
	uint8_t statuses[STATUSES][2]; /* serialised */

	/* The map: nodes of a binary tree, leaves first. */
	struct credit_map_leaf leaves[LEAVES_MAX];
	uint32_t leaf_count;
	struct node {
		struct credit_hash hash;
		int parent; /* -1: the root */
		bool right;
		uint8_t bit; /* of the node itself */
	} nodes[2 * LEAVES_MAX];
	uint32_t node_count;

	/* Ways up, honest and not, each with the leaf that it begins with. */
	struct way {
		uint32_t leaf;
		struct credit_map_path path;
	} ways[PATHS_MAX];
	uint32_t way_count;

	/* The log: the last leaf names the map's root. */
	struct credit_publication_leaf publications[LOG_MAX];
	struct credit_hash log[LOG_MAX];
	uint32_t log_size;
	uint8_t note[CREDIT_CHECKPOINT_MAX];
	struct credit_bytes checkpoint;

	/* What verified of each entity. */
	struct {
		bool any, enrolled;
		uint8_t status[2];
	} verdict[ENTITIES];
	size_t tried, verified;
};

static uint32_t below(struct prover *prover, uint32_t bound)
{
	return (uint32_t)(map_draw(&prover->chance) % bound);
}

/* --- what it is about ------------------------------------------------------------------------- */

static void make_entities(struct prover *prover)
{
	static const char *const codes[ENTITIES] = {
		"91350100M000100Y43", "911101080000001238", "91110000802100433B"};

	for (size_t e = 0; e < ENTITIES; e++) {
		memcpy(prover->codes[e].character, codes[e], CREDIT_USCC_SIZE);
		credit_map_key(credit_bytes_of(codes[e]), &prover->keys[e]);
		for (size_t s = 0; s < STATUSES; s++)
			memset(prover->openings[e][s].byte, (int)(1 + e * STATUSES + s),
				CREDIT_OPENING_SIZE);
	}
	for (size_t s = 0; s < STATUSES; s++) { /* field 3: so many penalties */
		prover->statuses[s][0] = 3 << 3;
		prover->statuses[s][1] = (uint8_t)(s + 1);
	}
}

static struct credit_bytes status_of(const struct prover *prover, size_t s)
{
	return (struct credit_bytes){prover->statuses[s], 2};
}

static void value_of(const struct prover *prover, size_t e, size_t s, struct credit_hash *ret_value)
{
	credit_commit_status(&prover->openings[e][s],
		(struct credit_bytes){
			(const uint8_t *)prover->codes[e].character, CREDIT_USCC_SIZE},
		status_of(prover, s), ret_value);
}

/* --- the map ---------------------------------------------------------------------------------- */

static void draw_leaf(struct prover *prover, struct credit_map_leaf *leaf)
{
	size_t e = below(prover, ENTITIES);

	*leaf = map_leaf(below(prover, 1000), 0);
	switch (below(prover, 4)) {
	case 0: /* somebody else, near one of them */
		leaf->key = prover->keys[e];
		leaf->key.byte[below(prover, 32)] ^= (uint8_t)(1U << below(prover, 8));
		break;
	case 1: /* anybody */
		break;
	default: /* one of them, perhaps once more, with one of its Statuses */
		leaf->key = prover->keys[e];
		value_of(prover, e, below(prover, STATUSES), &leaf->value);
	}
}

static bool bit_of(const struct credit_hash *key, unsigned bit)
{
	return key->byte[bit / 8] >> (7 - bit % 8) & 1;
}

static void join(struct prover *prover, uint32_t left, uint32_t right, uint8_t bit)
{
	struct node *node = &prover->nodes[prover->node_count];
	uint8_t bytes[2 * CREDIT_HASH_SIZE + 1];

	memcpy(bytes, prover->nodes[left].hash.byte, CREDIT_HASH_SIZE);
	memcpy(bytes + CREDIT_HASH_SIZE, prover->nodes[right].hash.byte, CREDIT_HASH_SIZE);
	bytes[2 * CREDIT_HASH_SIZE] = bit;
	credit_sha256((struct credit_bytes){bytes, sizeof bytes}, &node->hash);
	node->bit = bit;
	node->parent = -1;
	prover->nodes[left].parent = prover->nodes[right].parent = (int)prover->node_count++;
	prover->nodes[left].right = false;
	prover->nodes[right].right = true;
}

/* A bit that would be right for two leaves, or any. */
static uint8_t draw_bit(struct prover *prover)
{
	const struct credit_hash *a = &prover->leaves[below(prover, prover->leaf_count)].key;
	const struct credit_hash *b = &prover->keys[below(prover, ENTITIES)];
	unsigned bit = 0;

	if (below(prover, 4) == 0)
		return (uint8_t)below(prover, 256);
	while (bit < 255 && bit_of(a, bit) == bit_of(b, bit))
		bit++;
	return (uint8_t)bit;
}

/* Any two roots become one until one is left: on the right side, as often as not. */
static void grow_tree(struct prover *prover)
{
	uint32_t roots[2 * LEAVES_MAX], count = prover->leaf_count;

	prover->node_count = count;
	for (uint32_t i = 0; i < count; i++) {
		credit_sha256(
			(struct credit_bytes){prover->leaves[i].key.byte, sizeof prover->leaves[i]},
			&prover->nodes[i].hash);
		prover->nodes[i].parent = -1;
		roots[i] = i;
	}
	while (count > 1) {
		uint32_t a = below(prover, count), b = below(prover, count - 1);
		uint32_t one = roots[a], two;

		roots[a] = roots[--count];
		two = roots[b];
		if (below(prover, 2))
			join(prover, one, two, draw_bit(prover));
		else
			join(prover, two, one, draw_bit(prover));
		roots[b] = prover->node_count - 1;
	}
}

/* --- ways up ---------------------------------------------------------------------------------- */

static void add_way(struct prover *prover, uint32_t leaf, const struct credit_map_path *path)
{
	if (prover->way_count == PATHS_MAX)
		return;
	prover->ways[prover->way_count].leaf = leaf;
	prover->ways[prover->way_count++].path = *path;
}

static const struct credit_hash *sibling_of(const struct prover *prover, uint32_t node)
{
	for (uint32_t i = 0; i < prover->node_count; i++)
		if (i != node && prover->nodes[i].parent == prover->nodes[node].parent)
			return &prover->nodes[i].hash;
	return NULL;
}

static void climb(struct prover *prover, uint32_t leaf, struct credit_map_path *ret_path)
{
	uint32_t node = leaf;

	ret_path->count = 0;
	while (prover->nodes[node].parent >= 0) {
		struct credit_map_step *step = &ret_path->step[ret_path->count++];

		step->sibling = *sibling_of(prover, node);
		node = (uint32_t)prover->nodes[node].parent;
		step->bit = prover->nodes[node].bit;
	}
}

/* Shorter, longer, in another order, with other siblings and bits. */
static void twist(struct prover *prover, struct credit_map_path *path)
{
	uint32_t at = path->count ? below(prover, path->count) : 0;
	struct credit_map_step kept;

	switch (below(prover, 5)) {
	case 0:
		if (path->count > 0)
			path->count--;
		break;
	case 1:
		path->step[path->count] = path->step[at];
		path->step[path->count++].sibling =
			prover->nodes[below(prover, prover->node_count)].hash;
		break;
	case 2:
		if (path->count < 2)
			break;
		kept = path->step[at];
		path->step[at] = path->step[(at + 1) % path->count];
		path->step[(at + 1) % path->count] = kept;
		break;
	case 3:
		path->step[at].sibling = prover->nodes[below(prover, prover->node_count)].hash;
		break;
	default:
		path->step[at].bit = draw_bit(prover);
	}
}

static void find_ways(struct prover *prover)
{
	struct credit_map_path path = {0};

	prover->way_count = 0;
	for (uint32_t leaf = 0; leaf < prover->leaf_count; leaf++) {
		climb(prover, leaf, &path);
		add_way(prover, leaf, &path);
		/* The leaf alone is the whole of an earlier map. */
		add_way(prover, leaf, &(struct credit_map_path){0});
		for (size_t i = 0; i < 3; i++) {
			struct credit_map_path twisted = path;

			twist(prover, &twisted);
			add_way(prover, below(prover, 2) ? leaf : below(prover, prover->leaf_count),
				&twisted);
		}
	}
}

/* --- the log ---------------------------------------------------------------------------------- */

static void sign_log(struct prover *prover)
{
	struct credit_tree_head head;
	struct credit_buffer buffer;

	prover->log_size = 1 + below(prover, LOG_MAX);
	for (uint32_t i = 0; i < prover->log_size; i++) {
		struct credit_publication_leaf *leaf = &prover->publications[i];
		uint8_t entry[CREDIT_PUBLICATION_LEAF_SIZE];
		bool last = i == prover->log_size - 1;

		*leaf = (struct credit_publication_leaf){.publication = i, .map_size = 5};
		/* The earlier ones are of maps with one leaf, so that an old answer may be tried too. */
		leaf->map_root = prover->nodes[last ? prover->node_count - 1
						    : below(prover, prover->leaf_count)]
					 .hash;
		credit_publication_leaf_write(leaf, entry);
		credit_leaf_hash((struct credit_bytes){entry, sizeof entry}, &prover->log[i]);
	}
	head.size = prover->log_size;
	credit_tree_root(prover->log, prover->log_size, &head.root);
	credit_buffer_init(&buffer, prover->note, sizeof prover->note);
	cr_assert_eq(credit_checkpoint_sign(NAME, &head, &prover->name, &prover->pair, &buffer),
		CREDIT_OK);
	cr_assert_eq(credit_buffer_done(&buffer, &prover->checkpoint), CREDIT_OK);
}

/* --- bundles ---------------------------------------------------------------------------------- */

static void try_bundle(struct prover *prover, size_t e, const struct credit_status_proof *proof)
{
	uint8_t bytes[CREDIT_STATUS_PROOF_MAX];
	struct credit_status_verdict verdict;
	struct credit_buffer buffer;
	struct credit_bytes bundle;

	credit_buffer_init(&buffer, bytes, sizeof bytes);
	credit_status_proof_write(proof, &buffer);
	cr_assert_eq(credit_buffer_done(&buffer, &bundle), CREDIT_OK);
	prover->tried++;
	if (credit_status_proof_verify(bundle, &prover->name, NULL, &verdict, NULL) != CREDIT_OK)
		return;
	prover->verified++;
	cr_assert_arr_eq(verdict.uscc.character, prover->codes[e].character, CREDIT_USCC_SIZE);
	if (!prover->verdict[e].any) {
		prover->verdict[e].any = true;
		prover->verdict[e].enrolled = verdict.enrolled;
		if (verdict.enrolled)
			memcpy(prover->verdict[e].status, verdict.status.data, 2);
		return;
	}
	cr_assert_eq(prover->verdict[e].enrolled, verdict.enrolled, "present and absent");
	if (verdict.enrolled)
		cr_assert_arr_eq(prover->verdict[e].status, verdict.status.data, 2, "two Statuses");
}

/* With the place in the log that is right, or with another publication and its own path. */
static void place_in_log(struct prover *prover, struct credit_status_proof *proof)
{
	uint32_t at = prover->log_size - 1;

	if (below(prover, 3) == 0)
		at = below(prover, prover->log_size);
	proof->leaf = prover->publications[at];
	credit_tree_path(prover->log, prover->log_size, at, &proof->log_path);
	proof->checkpoint = prover->checkpoint;
	if (below(prover, 32) == 0 && proof->log_path.count > 0)
		proof->log_path.count--;
}

static void try_way(struct prover *prover, size_t e, const struct way *way)
{
	struct credit_status_proof proof = {.uscc = prover->codes[e]};

	proof.map.path = way->path;
	proof.map.answer = CREDIT_MAP_PRESENT;
	for (size_t s = 0; s < STATUSES; s++) {
		proof.opening = prover->openings[e][s];
		proof.status = status_of(prover, s);
		place_in_log(prover, &proof);
		try_bundle(prover, e, &proof);
	}
	proof.map.answer = CREDIT_MAP_ABSENT;
	proof.map.leaf = prover->leaves[way->leaf];
	place_in_log(prover, &proof);
	try_bundle(prover, e, &proof);
}

static void try_all(struct prover *prover)
{
	memset(prover->verdict, 0, sizeof prover->verdict);
	for (size_t e = 0; e < ENTITIES; e++) {
		struct credit_status_proof proof = {.uscc = prover->codes[e]};

		for (uint32_t i = 0; i < prover->way_count; i++)
			try_way(prover, e, &prover->ways[i]);
		proof.map.answer = CREDIT_MAP_EMPTY;
		place_in_log(prover, &proof);
		try_bundle(prover, e, &proof);
	}
}

Test(hostile_prover, no_two_answers_about_one_entity_verify_under_one_checkpoint)
{
	struct prover *prover = calloc(1, sizeof *prover);
	uint8_t seed[CREDIT_SEED_SIZE] = {5};
	size_t both = 0;

	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
	credit_key_from_seed(seed, &prover->pair);
	snprintf(prover->name.name, sizeof prover->name.name, NAME);
	prover->name.public_key = prover->pair.public_key;
	prover->chance = 99;
	make_entities(prover);
	for (size_t tree = 0; tree < TREES; tree++) {
		prover->leaf_count = 1 + below(prover, LEAVES_MAX);
		for (uint32_t i = 0; i < prover->leaf_count; i++)
			draw_leaf(prover, &prover->leaves[i]);
		grow_tree(prover);
		find_ways(prover);
		sign_log(prover);
		try_all(prover);
		for (size_t e = 0; e < ENTITIES; e++)
			both += prover->verdict[e].any;
	}
	cr_expect_gt(prover->tried, 5000);
	cr_expect_gt(both, 20, "the prover does show something, and not only refusals");
	cr_expect_lt(prover->verified, prover->tried / 4);
	free(prover);
}
