/* SPDX-License-Identifier: Apache-2.0
 *
 * dataset_enrol.c - the way of a data set's entities into the registry.
 *
 * Through filings, so this is the front door at full width: FILING_ACTS enrolments in a filing,
 * EPOCH_FILINGS filings in an epoch, durable at each. A second thread seals and opens the next epoch's
 * filings meanwhile, as clients and workers would.
 *
 * Entities are enrolled in the order of their codes, as a base register hands them over.
 */
#include "tests/bench/data.h"

#include "tests/support/town.h"

#include <err.h>
#include <pthread.h>
#include <string.h>

#define FILING_ACTS 1000
#define EPOCH_FILINGS 8
/* Readers are brought up to date this often, which also bounds the open transaction. */
#define EPOCHS_A_PUBLICATION 8

/* --- one epoch's filings, made beforehand ----------------------------------------------------- */

struct batch {
	const struct town *town;
	uint64_t first, last;                         /* entities; `last` is not in it */
	struct credit_sealer *sealers[EPOCH_FILINGS]; /* the filings' bytes lie in them */
	struct credit_submission submissions[EPOCH_FILINGS];
	size_t count;
};

static void must(enum credit_error error, const char *what, const struct credit_problem *problem)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];

	if (error != CREDIT_OK)
		errx(1, "%s: %s %s", what, credit_error_name(error),
			problem ? credit_problem_text(problem, CREDIT_LANG_EN, text, sizeof text)
				: "");
}

static void seal_filing(struct batch *batch, uint64_t first, uint64_t last)
{
	const struct town *town = batch->town;
	struct credit_manifest_options options = {
		.origin = TOWN_ORIGIN, .issuer = town->bureau_uscc, .created_at = town->now};
	struct credit_sealer *sealer = batch->sealers[batch->count];
	struct credit_problem problem = {0};
	Credit__V1__Filing *filing;
	struct town_act act;

	for (uint64_t entity = first; entity < last; entity++) {
		town_enrol(&act, (uint32_t)entity);
		must(credit_sealer_add(sealer, &act.act, (struct credit_bytes){0}, NULL, &problem),
			"seal", &problem);
	}
	must(credit_sealer_sign(sealer, &options, &town->bureau, &filing, &problem), "sign",
		&problem);
	must(credit_filing_open(filing, &batch->submissions[batch->count].filing, &problem), "open",
		&problem);
	batch->count++;
}

static void *batch_main(void *argument)
{
	struct batch *batch = argument;

	batch->count = 0;
	memset(batch->submissions, 0, sizeof batch->submissions);
	for (uint64_t first = batch->first; first < batch->last; first += FILING_ACTS) {
		uint64_t last = first + FILING_ACTS;

		seal_filing(batch, first, last < batch->last ? last : batch->last);
	}
	return NULL;
}

static void submit(struct town *town, struct batch *batch)
{
	struct credit_submission *submissions[EPOCH_FILINGS];

	for (size_t i = 0; i < batch->count; i++)
		submissions[i] = &batch->submissions[i];
	credit_registry_submit(town->registry, submissions, batch->count, town->now);
	for (size_t i = 0; i < batch->count; i++) {
		must(submissions[i]->error, "enrolment", &submissions[i]->problem);
		if (submissions[i]->refused > 0)
			errx(1, "%u enrolments were refused", submissions[i]->refused);
		credit_filing_free(submissions[i]->filing);
	}
}

/* --- building --------------------------------------------------------------------------------- */

static void set_range(struct batch *batch, uint64_t first, uint64_t entities)
{
	uint64_t last = first + (uint64_t)FILING_ACTS * EPOCH_FILINGS;

	batch->first = first < entities ? first : entities;
	batch->last = last < entities ? last : entities;
}

static void tell_progress(uint64_t done, uint64_t entities, int64_t begun, int64_t *told)
{
	int64_t now = bench_now();

	if (now - *told < 10000000000)
		return;
	*told = now;
	bench_say("%llu of %llu enrolled, %.0f/s", (unsigned long long)done,
		(unsigned long long)entities, (double)done * 1e9 / (double)(now - begun));
}

uint64_t bench_enrol(struct town *town, uint64_t entities, json_t *ret_detail)
{
	struct batch batches[2] = {{.town = town}, {.town = town}};
	int64_t begun = bench_now(), told = begun;
	unsigned epoch = 0;
	uint64_t done = 0;

	for (size_t i = 0; i < 2 * EPOCH_FILINGS; i++)
		must(credit_sealer_new(&batches[i / EPOCH_FILINGS].sealers[i % EPOCH_FILINGS]),
			"sealer", NULL);
	set_range(&batches[0], 0, entities);
	batch_main(&batches[0]);
	for (; done < entities && bench_now() - begun < BENCH_BUILD_SECONDS * 1000000000LL;
		epoch++) {
		struct batch *now = &batches[epoch % 2], *next = &batches[(epoch + 1) % 2];
		pthread_t thread;

		set_range(next, now->last, entities);
		if (pthread_create(&thread, NULL, batch_main, next) != 0)
			errx(1, "no thread");
		submit(town, now);
		done = now->last;
		if (epoch % EPOCHS_A_PUBLICATION == EPOCHS_A_PUBLICATION - 1)
			must(credit_registry_publish(town->registry, town->now), "publish", NULL);
		pthread_join(thread, NULL);
		tell_progress(done, entities, begun, &told);
	}
	for (size_t i = 0; i < batches[epoch % 2].count; i++) /* sealed for nothing */
		credit_filing_free(batches[epoch % 2].submissions[i].filing);
	for (size_t i = 0; i < 2 * EPOCH_FILINGS; i++)
		credit_sealer_free(batches[i / EPOCH_FILINGS].sealers[i % EPOCH_FILINGS]);
	must(credit_registry_publish(town->registry, town->now), "publish", NULL);
	json_object_set_new(ret_detail, "filing_acts", json_integer(FILING_ACTS));
	json_object_set_new(ret_detail, "epoch_filings", json_integer(EPOCH_FILINGS));
	return done;
}
