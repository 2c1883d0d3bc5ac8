/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.c - proof.bytes: how long an offline proof is; proof.verify: how long verifying it takes.
 *
 * Bundles are made by the registry itself for random enrolled codes and for codes that are not enrolled,
 * half and half. WITNESSES have cosigned the publication. A Status takes its full CREDIT_STATUS_MAX bytes:
 * what is missing is added to the size. The path in the log grows and shrinks with the log; so each bundle is
 * counted with the path of a random size between the log's and twice that.
 *
 * proof.verify is what verifying takes beside its signatures: under a policy that wants all the witnesses,
 * less one bare Ed25519 verification for the log and one for each of them, in the same run, in time of the
 * processor. Without a policy,
 * and a bare verification, stand in the detail.
 */
#include "tests/bench/data.h"

#include "load/requests.h"
#include "tests/support/town.h"

#include <credit/proof.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WITNESSES 3
#define ABSENT_FROM 50000000 /* numbers of entities that no data set reaches */

struct bundles {
	struct town town;
	uint64_t entities, log_size;
	struct credit_policy policy;
	uint8_t (*bytes)[CREDIT_STATUS_PROOF_MAX];
	size_t *size;
	size_t count;
	double *present, *absent; /* sizes as counted */
	size_t present_count, absent_count;
};

/* --- making ----------------------------------------------------------------------------------- */

static void must(enum credit_error error, const char *what)
{
	if (error != CREDIT_OK)
		errx(1, "%s: %s", what, credit_error_name(error));
}

/* A policy that asks WITNESSES for their word, all of them, and their keys. */
static void make_witnesses(struct credit_policy *policy, struct credit_key_pair pairs[WITNESSES])
{
	struct credit_policy_group *all = &policy->group[0];

	policy->witness_count = WITNESSES;
	for (uint32_t i = 0; i < WITNESSES; i++) {
		struct credit_named_key *key = &policy->witness[i].cosigner.key;
		uint8_t seed[CREDIT_SEED_SIZE];

		memset(seed, (int)(100 + i), sizeof seed);
		credit_key_from_seed(seed, &pairs[i]);
		snprintf(key->name, sizeof key->name, "witness-%u.example.org", i);
		key->public_key = pairs[i].public_key;
		all->members |= (uint64_t)1 << i;
	}
	policy->group_count = 1;
	all->needed = WITNESSES;
	policy->quorum = (uint64_t)1 << CREDIT_POLICY_WITNESSES_MAX;
}

/* They cosign the newest publication of the data set, again each time. */
static void cosign(struct bundles *bundles)
{
	struct credit_key_pair pairs[WITNESSES];
	struct credit_cosigned cosigned[WITNESSES];
	struct credit_published_head head;
	struct credit_bytes body, lines;
	struct credit_arena arena;
	struct credit_view *view;

	make_witnesses(&bundles->policy, pairs);
	credit_arena_init(&arena, NULL, 0, (size_t)1 << 20);
	must(credit_view_new(bundles->town.registry, &view), "view");
	must(credit_view_begin(view), "view");
	must(credit_view_published_head(view, &arena, &head), "published head");
	credit_view_end(view);
	credit_view_free(view);
	must(credit_note_split(head.checkpoint, &body, &lines), "checkpoint");
	for (uint32_t i = 0; i < WITNESSES; i++) {
		cosigned[i].cosigner = &bundles->policy.witness[i].cosigner;
		must(credit_cosign(body, cosigned[i].cosigner, &pairs[i],
			     (uint64_t)(bundles->town.now.ms / 1000), &cosigned[i].cosignature),
			"cosign");
	}
	must(credit_registry_cosign(bundles->town.registry, head.publication, cosigned, WITNESSES),
		"cosigning");
	credit_arena_deinit(&arena);
}

/* Bytes of the last leaf's path, one hash for each bit set but the lowest size. */
static double path_bytes(uint64_t size)
{
	return 32.0 * __builtin_popcountll(size - 1);
}

static void make_one(struct bundles *bundles, struct credit_view *view, uint64_t *chance, size_t i)
{
	bool present = i % 2 == 0;
	uint64_t drawn = chance_next(chance) % (present ? bundles->entities : 10000000);
	struct credit_uscc uscc = town_uscc((uint32_t)(present ? drawn : ABSENT_FROM + drawn));
	uint64_t later = bundles->log_size + chance_next(chance) % bundles->log_size;
	struct credit_status_verdict verdict;
	struct credit_stored_status stored;
	struct credit_arena arena;
	struct credit_bytes proof;
	double size;

	credit_arena_init(&arena, NULL, 0, (size_t)1 << 20);
	if (credit_view_status_proof(view, &uscc, bundles->town.now, &arena, &proof) != CREDIT_OK)
		errx(1, "no proof");
	memcpy(bundles->bytes[i], proof.data, proof.size);
	bundles->size[i] = proof.size;
	must(credit_status_proof_verify((struct credit_bytes){bundles->bytes[i], proof.size},
		     &bundles->town.log_name, &bundles->policy, &verdict, NULL),
		"a proof");
	if (verdict.enrolled != present || !verdict.witnessing.quorum)
		errx(1, "a proof says otherwise, or lacks its witnesses");
	credit_arena_deinit(&arena);
	size = (double)bundles->size[i] - path_bytes(bundles->log_size) + path_bytes(later);
	if (!present) {
		bundles->absent[bundles->absent_count++] = size;
		return;
	}
	if (credit_view_status(view, &uscc, bundles->town.now, &stored) != CREDIT_OK)
		errx(1, "no status");
	bundles->present[bundles->present_count++] =
		size + CREDIT_STATUS_MAX - (double)stored.status.size;
}

static void make(const struct bench *bench, const struct bench_data *data, size_t count,
	struct bundles *ret_bundles)
{
	struct bundles bundles = {.entities = data->entities, .count = count};
	struct credit_signed_head head;
	struct credit_view *view;
	uint64_t chance = 3;

	bench_pin(bench, BENCH_SERVER_CORE);
	town_open(&bundles.town, data->folder);
	bundles.town.now = credit_registry_last_time(bundles.town.registry);
	cosign(&bundles);
	bundles.bytes = calloc(count, sizeof *bundles.bytes);
	bundles.size = calloc(count, sizeof *bundles.size);
	bundles.present = calloc(count, sizeof *bundles.present);
	bundles.absent = calloc(count, sizeof *bundles.absent);
	if (!bundles.bytes || !bundles.size || !bundles.present || !bundles.absent)
		err(1, "memory");
	if (credit_view_new(bundles.town.registry, &view) != CREDIT_OK ||
		credit_view_begin(view) != CREDIT_OK || credit_view_head(view, &head) != CREDIT_OK)
		errx(1, "no view");
	bundles.log_size = head.head.size;
	for (size_t i = 0; i < count; i++)
		make_one(&bundles, view, &chance, i);
	credit_view_end(view);
	credit_view_free(view);
	*ret_bundles = bundles;
}

static void drop(struct bundles *bundles)
{
	town_close(&bundles->town);
	free(bundles->bytes);
	free(bundles->size);
	free(bundles->present);
	free(bundles->absent);
}

/* --- proof.bytes ------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double quantile(double *sizes, size_t count, double part)
{
	qsort(sizes, count, sizeof *sizes, compare);
	return sizes[(size_t)((double)(count - 1) * part)];
}

static json_t *sizes_json(double *sizes, size_t count)
{
	return json_pack("{s:f, s:f, s:f, s:f}", "least", quantile(sizes, count, 0), "p50",
		quantile(sizes, count, 0.5), "p99", quantile(sizes, count, 0.99), "max",
		quantile(sizes, count, 1));
}

void bench_proof_bytes(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	size_t count = bench_scaled(bench, 40000, 4000);
	struct bundles bundles;
	double *all = calloc(count, sizeof *all);

	make(bench, &data, count, &bundles);
	if (!all)
		err(1, "memory");
	memcpy(all, bundles.present, bundles.present_count * sizeof *all);
	memcpy(all + bundles.present_count, bundles.absent, bundles.absent_count * sizeof *all);
	double least = quantile(all, count, 0), greatest = quantile(all, count, 1);
	json_t *detail = json_pack("{s:I, s:I, s:O, s:I, s:i, s:i, s:o, s:o}", "entities",
		(json_int_t)data.entities, "log_size", (json_int_t)bundles.log_size, "data_set",
		data.build, "bundles", (json_int_t)count, "witnesses", WITNESSES, "status_bytes",
		CREDIT_STATUS_MAX, "present", sizes_json(bundles.present, bundles.present_count),
		"absent", sizes_json(bundles.absent, bundles.absent_count));
	bench_tell("proof.bytes",
		(struct bench_spread){quantile(all, count, 0.99), least, greatest},
		json_deep_copy(detail));
	bench_tell("proof.bytes_max", (struct bench_spread){greatest, least, greatest}, detail);
	free(all);
	drop(&bundles);
}

/* --- proof.verify ----------------------------------------------------------------------------- */

static double verify_all(const struct bundles *bundles, const struct credit_policy *policy)
{
	int64_t begun = bench_thread_cpu();

	for (size_t i = 0; i < bundles->count; i++) {
		struct credit_status_verdict verdict;

		must(credit_status_proof_verify(
			     (struct credit_bytes){bundles->bytes[i], bundles->size[i]},
			     &bundles->town.log_name, policy, &verdict, NULL),
			"a proof");
	}
	return (double)(bench_thread_cpu() - begun) / 1000 / (double)bundles->count;
}

/* As many bare verifications of a text as long as a checkpoint's. */
static double verify_signatures(const struct bundles *bundles)
{
	static const uint8_t text[96] = TOWN_ORIGIN "\n10000000\n";
	struct credit_bytes message = {text, sizeof text};
	struct credit_signature signature;

	credit_sign(&bundles->town.log, message, &signature);
	int64_t begun = bench_thread_cpu();
	for (size_t i = 0; i < bundles->count; i++)
		if (credit_verify(&bundles->town.log.public_key, message, &signature) != CREDIT_OK)
			errx(1, "a signature does not verify");
	return (double)(bench_thread_cpu() - begun) / 1000 / (double)bundles->count;
}

void bench_proof_verify(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	double alone[BENCH_PAIRS], signature[BENCH_PAIRS];
	struct bench_pairs pairs;
	struct bundles bundles;

	make(bench, &data, bench_scaled(bench, 5000, 1000), &bundles);
	(void)verify_all(&bundles, &bundles.policy);
	for (size_t i = 0; i < BENCH_PAIRS; i++) {
		pairs.ours[i] = verify_all(&bundles, &bundles.policy);
		signature[i] = verify_signatures(&bundles);
		pairs.peer[i] = (1 + WITNESSES) * signature[i];
		alone[i] = verify_all(&bundles, NULL);
		bench_say("a bundle with witnesses %.1f us, without %.1f, a signature %.1f us",
			pairs.ours[i], alone[i], signature[i]);
	}
	drop(&bundles);
	bench_tell("proof.verify", bench_difference(&pairs),
		json_pack("{s:I, s:O, s:i, s:i, s:I, s:o, s:o, s:o}", "entities",
			(json_int_t)data.entities, "data_set", data.build, "pairs", BENCH_PAIRS,
			"witnesses", WITNESSES, "bundles_each", (json_int_t)bundles.count,
			"us_with_witnesses",
			bench_pairs_json(&pairs, "difference", bench_difference(&pairs)),
			"us_without", bench_runs_json(alone), "us_a_signature",
			bench_runs_json(signature)));
}
