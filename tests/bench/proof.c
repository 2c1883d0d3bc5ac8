/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.c - proof.bytes: how long an offline proof is; proof.verify: how long verifying it takes.
 *
 * Bundles are made by the registry itself for random enrolled codes and for codes that are not enrolled,
 * half and half. WITNESSES cosignatures of the right size stand on the checkpoint, and a Status takes its
 * full CREDIT_STATUS_MAX bytes: both are added to the size and, for verifying, the cosignatures to the
 * bytes. The path in the log grows and shrinks with the log; so each bundle is counted with the path of a
 * random size between the log's and twice that.
 *
 * proof.verify is the difference to one bare Ed25519 verification of the checkpoint's text in the same
 * run; the witnesses' keys are not asked for, as a verifier without a policy does not.
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
	uint8_t (*bytes)[CREDIT_STATUS_PROOF_MAX];
	size_t *size;
	size_t count;
	double *present, *absent; /* sizes as counted */
	size_t present_count, absent_count;
};

/* --- making ----------------------------------------------------------------------------------- */

/* A cosignature/v1 line: four bytes of key hash, eight of time, 64 of signature. */
static size_t cosignature(unsigned number, char *line, size_t room)
{
	uint8_t blob[76];
	char text[CREDIT_BASE64_SIZE(sizeof blob)];

	memset(blob, (int)number + 1, sizeof blob);
	credit_base64(blob, sizeof blob, text);
	return (size_t)snprintf(
		line, room, "\xE2\x80\x94 witness-%u.example.org %s\n", number, text);
}

/* The checkpoint stands last, behind its length. */
static size_t add_cosignatures(uint8_t *bundle, size_t size)
{
	const uint8_t *origin = NULL;
	size_t added = 0;

	for (size_t at = 2; at + sizeof TOWN_ORIGIN < size; at++)
		if (memcmp(bundle + at, TOWN_ORIGIN "\n", sizeof TOWN_ORIGIN) == 0)
			origin = bundle + at;
	if (!origin)
		errx(1, "a bundle without a checkpoint");
	for (unsigned i = 0; i < WITNESSES; i++)
		added += cosignature(
			i, (char *)bundle + size + added, CREDIT_STATUS_PROOF_MAX - size - added);
	size_t at = (size_t)(origin - bundle) - 2;
	size_t length = credit_read_u16(bundle + at) + added;
	bundle[at] = (uint8_t)(length >> 8);
	bundle[at + 1] = (uint8_t)length;
	return size + added;
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
	credit_arena_deinit(&arena);
	bundles->size[i] = add_cosignatures(bundles->bytes[i], proof.size);
	if (credit_status_proof_verify((struct credit_bytes){bundles->bytes[i], bundles->size[i]},
		    &bundles->town.log_name, NULL, &verdict, NULL) != CREDIT_OK ||
		verdict.enrolled != present)
		errx(1, "a proof does not verify");
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

static double verify_all(const struct bundles *bundles)
{
	int64_t begun = bench_now();

	for (size_t i = 0; i < bundles->count; i++) {
		struct credit_status_verdict verdict;

		if (credit_status_proof_verify(
			    (struct credit_bytes){bundles->bytes[i], bundles->size[i]},
			    &bundles->town.log_name, NULL, &verdict, NULL) != CREDIT_OK)
			errx(1, "a proof does not verify");
	}
	return (double)(bench_now() - begun) / 1000 / (double)bundles->count;
}

/* As many bare verifications of a text as long as a checkpoint's. */
static double verify_signatures(const struct bundles *bundles)
{
	static const uint8_t text[96] = TOWN_ORIGIN "\n10000000\n";
	struct credit_bytes message = {text, sizeof text};
	struct credit_signature signature;

	credit_sign(&bundles->town.log, message, &signature);
	int64_t begun = bench_now();
	for (size_t i = 0; i < bundles->count; i++)
		if (credit_verify(&bundles->town.log.public_key, message, &signature) != CREDIT_OK)
			errx(1, "a signature does not verify");
	return (double)(bench_now() - begun) / 1000 / (double)bundles->count;
}

void bench_proof_verify(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	struct bench_pairs pairs;
	struct bundles bundles;

	make(bench, &data, bench_scaled(bench, 5000, 1000), &bundles);
	(void)verify_all(&bundles);
	for (size_t i = 0; i < BENCH_PAIRS; i++) {
		pairs.ours[i] = verify_all(&bundles);
		pairs.peer[i] = verify_signatures(&bundles);
		bench_say("a bundle %.1f us, a signature %.1f us", pairs.ours[i], pairs.peer[i]);
	}
	drop(&bundles);
	bench_tell("proof.verify", bench_difference(&pairs),
		json_pack("{s:I, s:O, s:i, s:i, s:I, s:o}", "entities", (json_int_t)data.entities,
			"data_set", data.build, "pairs", BENCH_PAIRS, "witnesses", WITNESSES,
			"bundles_each", (json_int_t)bundles.count, "us",
			bench_pairs_json(&pairs, "difference", bench_difference(&pairs))));
}
