/* SPDX-License-Identifier: Apache-2.0
 *
 * jobs.c - bench_instructions: what the library does most, for a tool that counts instructions.
 *
 *     bench_instructions prepare FOLDER       makes a town of ENTITIES in FOLDER
 *     bench_instructions JOB FOLDER           does the job on it, in the function `counted`
 *
 * Prints how many statuses, proofs or acts that were. Everything is made before `counted` begins and is the
 * same in each run: keys are drawn from a seed, and so is what libsodium takes for randomness. One thread.
 */
#include "load/requests.h"
#include "tests/support/town.h"

#include "credit/v1/filing_service.pb-c.h"

#include <err.h>
#include <sched.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTITIES 20000
#define ENROL_ACTS 1000
#define EPOCHS_A_PUBLICATION 4
#define FILINGS_MAX 64 /* in an epoch */

struct job {
	const char *name;
	void (*count)(const struct job *job, struct town *town);
	/* Statuses and proofs, or: filings in an epoch, acts in a filing, epochs. */
	uint32_t number, acts, epochs;
	struct credit_view *view;
	struct credit_uscc *codes; /* `number` of them, in no order */
	struct filings filings;
};

static void must(enum credit_error error, const char *what)
{
	if (error != CREDIT_OK)
		errx(1, "%s: %s", what, credit_error_name(error));
}

/* --- randomness from a seed ------------------------------------------------------------------- */

static uint64_t chance = 1;

static const char *chance_name(void)
{
	return "seeded";
}

static uint32_t chance_word(void)
{
	return (uint32_t)chance_next(&chance);
}

static void chance_bytes(void *to, size_t size)
{
	uint8_t *byte = to;

	for (size_t i = 0; i < size; i++)
		byte[i] = (uint8_t)chance_next(&chance);
}

static void seed_randomness(void)
{
	static randombytes_implementation seeded = {
		.implementation_name = chance_name, .random = chance_word, .buf = chance_bytes};

	randombytes_set_implementation(&seeded);
}

/* --- what is counted -------------------------------------------------------------------------- */

/* As a single call: each has a look of its own. */
static void count_statuses(const struct job *job, struct town *town)
{
	for (uint32_t i = 0; i < job->number; i++) {
		struct credit_stored_status stored;

		must(credit_view_begin(job->view), "begin");
		must(credit_view_status(job->view, &job->codes[i], town->now, &stored), "status");
		credit_view_end(job->view);
	}
}

/* As a batch: a thousand in one look. */
static void count_batches(const struct job *job, struct town *town)
{
	must(credit_view_begin(job->view), "begin");
	for (uint32_t i = 0; i < job->number; i++) {
		struct credit_stored_status stored;

		must(credit_view_status(job->view, &job->codes[i], town->now, &stored), "status");
	}
	credit_view_end(job->view);
}

static void count_proofs(const struct job *job, struct town *town)
{
	static uint8_t memory[64 << 10];

	for (uint32_t i = 0; i < job->number; i++) {
		struct credit_arena arena;
		struct credit_bytes proof;

		credit_arena_init(&arena, memory, sizeof memory, sizeof memory);
		must(credit_view_begin(job->view), "begin");
		must(credit_view_status_proof(job->view, &job->codes[i], town->now, &arena, &proof),
			"proof");
		credit_view_end(job->view);
		credit_arena_deinit(&arena);
	}
}

/* From a request's bytes to a durable epoch, as the daemon does. */
static void submit_epoch(const struct job *job, struct town *town, uint32_t epoch)
{
	struct credit_submission *submissions[FILINGS_MAX];
	Credit__V1__SubmitRequest *requests[FILINGS_MAX]; /* filings point into them */
	struct credit_problem problem;

	for (uint32_t i = 0; i < job->number; i++) {
		struct credit_bytes bytes = job->filings.request[epoch * job->number + i];

		requests[i] = credit__v1__submit_request__unpack(NULL, bytes.size, bytes.data);
		submissions[i] = calloc(1, sizeof *submissions[i]);
		if (!requests[i] || !submissions[i])
			err(1, "memory");
		must(credit_filing_open(requests[i]->filing, &submissions[i]->filing, &problem),
			"open");
	}
	credit_registry_submit(town->registry, submissions, job->number, town->now);
	for (uint32_t i = 0; i < job->number; i++) {
		must(submissions[i]->error, "submit");
		if (submissions[i]->refused > 0)
			errx(1, "acts were refused");
		credit_filing_free(submissions[i]->filing);
		credit__v1__submit_request__free_unpacked(requests[i], NULL);
		free(submissions[i]);
	}
}

static void count_acts(const struct job *job, struct town *town)
{
	for (uint32_t epoch = 0; epoch < job->epochs; epoch++) {
		submit_epoch(job, town, epoch);
		if (epoch % EPOCHS_A_PUBLICATION == EPOCHS_A_PUBLICATION - 1)
			must(credit_registry_publish(town->registry, town->now), "publish");
	}
}

static struct job jobs[] = {
	{.name = "status", .count = count_statuses, .number = 5000},
	{.name = "status_in_batch", .count = count_batches, .number = 5000},
	{.name = "proof", .count = count_proofs, .number = 500},
	{.name = "act_alone", .count = count_acts, .number = 32, .acts = 1, .epochs = 8},
	{.name = "act_in_manifest", .count = count_acts, .number = 1, .acts = 1000, .epochs = 4},
};

/* The tool looks for this name. */
__attribute__((noinline)) void counted(const struct job *job, struct town *town);
void counted(const struct job *job, struct town *town)
{
	job->count(job, town);
}

/* --- before and after ------------------------------------------------------------------------- */

static void prepare(const char *folder)
{
	struct town_act *acts = calloc(ENROL_ACTS, sizeof *acts), *pointers[ENROL_ACTS];
	struct town town;

	if (!acts)
		err(1, "memory");
	town_open(&town, folder);
	for (uint32_t first = 0; first < ENTITIES; first += ENROL_ACTS) {
		for (uint32_t i = 0; i < ENROL_ACTS; i++) {
			pointers[i] = &acts[i];
			town_enrol(&acts[i], first + i);
		}
		must(town_file(&town, pointers, ENROL_ACTS, true, NULL, NULL), "enrolment");
	}
	town_publish(&town);
	town_close(&town);
	free(acts);
}

static void seal(struct job *job, const struct town *town, const char *folder)
{
	struct filer filer = {.origin = TOWN_ORIGIN,
		.issuer = town->bureau_uscc,
		.key = town->bureau,
		.now = town->now,
		.seed = 1,
		.acts = job->acts};
	struct credit_problem problem;
	struct codes codes;
	char path[4096];

	snprintf(path, sizeof path, "%s/codes", folder);
	FILE *file = fopen(path, "we");
	if (!file)
		err(1, "%s", path);
	for (uint32_t i = 0; i < ENTITIES; i++) {
		struct credit_uscc uscc = town_uscc(i);

		fprintf(file, "%.*s\n", CREDIT_USCC_SIZE, uscc.character);
	}
	if (fclose(file) != 0)
		err(1, "%s", path);
	must(codes_open(path, &codes, &problem), "codes");
	must(filings_seal(
		     &filer, &codes, (uint64_t)job->number * job->epochs, &job->filings, &problem),
		"seal");
	codes_close(&codes);
}

static void draw_codes(struct job *job)
{
	job->codes = calloc(job->number, sizeof *job->codes);
	if (!job->codes)
		err(1, "memory");
	for (uint32_t i = 0; i < job->number; i++)
		job->codes[i] = town_uscc((uint32_t)(chance_next(&chance) % ENTITIES));
}

static void run(struct job *job, const char *folder)
{
	struct town town;

	town_open(&town, folder);
	town.now = credit_registry_last_time(town.registry);
	must(credit_view_new(town.registry, &job->view), "view");
	if (job->acts > 0)
		seal(job, &town, folder);
	draw_codes(job);
	counted(job, &town);
	printf("%u\n", job->acts > 0 ? job->number * job->acts * job->epochs : job->number);
	free(job->codes);
	filings_deinit(&job->filings);
	credit_view_free(job->view);
	town_close(&town);
}

int main(int argc, char **argv)
{
	cpu_set_t one;

	if (argc != 3)
		errx(2, "usage: bench_instructions prepare|JOB FOLDER");
	/* Filings are sealed by as many threads as there are cores. */
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof one, &one) != 0)
		err(1, "a core");
	seed_randomness();
	if (strcmp(argv[1], "prepare") == 0) {
		prepare(argv[2]);
		return 0;
	}
	for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
		if (strcmp(jobs[i].name, argv[1]) == 0) {
			run(&jobs[i], argv[2]);
			return 0;
		}
	errx(2, "no job is called %s", argv[1]);
}
