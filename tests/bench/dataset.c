/* SPDX-License-Identifier: Apache-2.0
 *
 * dataset.c - towns with many entities, built once and kept.
 *
 * There is no other way into the registry than filings, so this is the front door at full width:
 * FILING_ACTS enrolments in a filing, EPOCH_FILINGS filings in an epoch, durable at each. A second
 * thread seals and opens the next epoch's filings meanwhile, as clients and workers would.
 *
 * Entities are enrolled in the order of their codes, as a base register hands them over.
 */
#include "tests/bench/data.h"
#include "tests/support/town.h"

#include "credit/v1/journal.pb-c.h"

#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

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

/* Returns how many entities there are in the end. */
static uint64_t enrol(struct town *town, uint64_t entities)
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
	return done;
}

static void write_codes(const char *path, uint64_t entities)
{
	FILE *file = fopen(path, "we");

	if (!file)
		err(1, "%s", path);
	for (uint64_t entity = 0; entity < entities; entity++) {
		struct credit_uscc uscc = town_uscc((uint32_t)entity);

		fprintf(file, "%.*s\n", CREDIT_USCC_SIZE, uscc.character);
	}
	if (fclose(file) != 0)
		err(1, "%s", path);
}

static json_t *build(const struct bench_data *data, uint64_t entities)
{
	struct town town;
	struct timespec wall;

	bench_remove(data->folder);
	bench_say("building %s: %llu entities; this is done once", data->folder,
		(unsigned long long)entities);
	town_open(&town, data->folder);
	/* The daemon that serves it reads the wall clock. */
	clock_gettime(CLOCK_REALTIME, &wall);
	town.now.ms = (int64_t)wall.tv_sec * 1000;
	int64_t begun = bench_now();
	uint64_t done = enrol(&town, entities);
	double seconds = (double)(bench_now() - begun) / 1e9;
	town_close(&town);
	write_codes(data->codes, done);
	bench_say("%llu entities in %.1f s, %.0f/s", (unsigned long long)done, seconds,
		(double)done / seconds);
	return json_pack("{s:I, s:I, s:f, s:f, s:i, s:i, s:s}", "entities_wanted",
		(json_int_t)entities, "entities", (json_int_t)done, "seconds", seconds,
		"entities_per_s", (double)done / seconds, "filing_acts", FILING_ACTS,
		"epoch_filings", EPOCH_FILINGS, "order", "by code");
}

/* --- sizes ------------------------------------------------------------------------------------ */

#define ENTITIES_MAX 50000000 /* numbers behind them are for codes that are not enrolled */
#define ROUND 100000

static double bytes_on_disk(const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct stat status;

	bench_path(folder, name, path);
	if (stat(path, &status) != 0)
		err(1, "%s", path);
	return (double)status.st_blocks * 512;
}

/* What an entity takes is known from the set of a million. */
static uint64_t half_of_memory(const struct bench *bench)
{
	struct bench_data sample = bench_data_of(bench, BENCH_MILLION);
	double count = (double)sample.entities;
	double state = bytes_on_disk(sample.folder, "state/data.mdb") / count;
	double all = state + bytes_on_disk(sample.folder, "journal/data.mdb") / count;
	struct statvfs disk;

	if (statvfs(bench->folder, &disk) != 0)
		err(1, "%s", bench->folder);
	double fits = (double)bench->memory / 2 / state;
	double has_room = (double)disk.f_bavail * (double)disk.f_frsize / 2 / all;
	if (has_room < fits)
		bench_say("the disk has room for %.0f entities, half of memory for %.0f", has_room,
			fits);
	fits = has_room < fits ? has_room : fits;
	fits = fits < ENTITIES_MAX ? fits : ENTITIES_MAX;
	return (uint64_t)(fits / ROUND) * ROUND;
}

static uint64_t entities_of(const struct bench *bench, enum bench_size size)
{
	static const uint64_t parts[] = {
		[BENCH_FULL] = 1, [BENCH_QUICK] = 50, [BENCH_SMALLEST] = 10000};
	uint64_t part = parts[bench->scale];

	switch (size) {
	case BENCH_MILLION:
		return 1000000 / part;
	case BENCH_TEN_MILLION:
		return 10000000 / part;
	case BENCH_HALF_OF_MEMORY:
		return half_of_memory(bench);
	}
	return 0;
}

struct bench_data bench_data_of(const struct bench *bench, enum bench_size size)
{
	static const char *const names[] = {[BENCH_MILLION] = "million",
		[BENCH_TEN_MILLION] = "ten-million",
		[BENCH_HALF_OF_MEMORY] = "half-of-memory"};
	static const char *const scales[] = {
		[BENCH_FULL] = "", [BENCH_QUICK] = "-quick", [BENCH_SMALLEST] = "-smallest"};
	struct bench_data data;
	char name[64], told[PATH_MAX]; /* the latter written last: the set is whole */

	if (size == BENCH_HALF_OF_MEMORY && bench->scale != BENCH_FULL)
		size = BENCH_TEN_MILLION;
	snprintf(name, sizeof name, "data-%s%s", names[size], scales[bench->scale]);
	bench_path(bench->folder, name, data.folder);
	snprintf(data.codes, sizeof data.codes, "%.*s.codes", BENCH_PATH_ROOM, data.folder);
	snprintf(told, sizeof told, "%.*s.json", BENCH_PATH_ROOM, data.folder);
	data.build = json_load_file(told, 0, NULL);
	if (!data.build) {
		data.build = build(&data, entities_of(bench, size));
		if (json_dump_file(data.build, told, 0) != 0)
			errx(1, "%s cannot be written", told);
	}
	data.entities = (uint64_t)json_integer_value(json_object_get(data.build, "entities"));
	return data;
}

/* --- using ------------------------------------------------------------------------------------ */

void bench_data_copy(const struct bench *bench, const struct bench_data *data, const char *name,
	char ret_folder[PATH_MAX])
{
	bench_path(bench->folder, name, ret_folder);
	const char *const arguments[] = {"/bin/cp", "-r", "--reflink=auto", "--sparse=always",
		data->folder, ret_folder, NULL};

	bench_remove(ret_folder);
	bench_say("copying %s", data->folder);
	bench_run_program(NULL, &(struct bench_program){.arguments = arguments}, "cp");
	sync(); /* else the first commits wait for the copy */
}

void bench_data_statuses(const struct bench_data *data, void *context,
	enum credit_error (*take)(
		void *context, struct credit_bytes key, struct credit_bytes value))
{
	struct credit_view *view;
	struct town town;

	town_open(&town, data->folder);
	must(credit_view_new(town.registry, &view), "view", NULL);
	must(credit_view_begin(view), "view", NULL);
	must(credit_view_scan(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS,
		     (struct credit_bytes){0}, context, take),
		"statuses", NULL);
	credit_view_end(view);
	credit_view_free(view);
	town_close(&town);
}

void bench_data_warm(const char *folder)
{
	char path[PATH_MAX];
	int output;

	bench_path(folder, "state/data.mdb", path);
	const char *const arguments[] = {"/usr/bin/cksum", path, NULL};
	const struct bench_program program = {.arguments = arguments, .ret_output = &output};
	pid_t pid = bench_spawn(NULL, &program);
	bench_wait(pid, "cksum");
	close(output);
}
