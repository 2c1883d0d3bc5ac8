/* SPDX-License-Identifier: Apache-2.0
 *
 * dataset.c - towns with many entities, built once and kept: how large, where, and what is done with them.
 */
#include "tests/bench/data.h"
#include "tests/support/town.h"

#include "credit/v1/journal.pb-c.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

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
	json_t *detail = json_object();
	uint64_t done = bench_enrol(&town, entities, detail);
	double seconds = (double)(bench_now() - begun) / 1e9;
	town_close(&town);
	write_codes(data->codes, done);
	bench_say("%llu entities in %.1f s, %.0f/s", (unsigned long long)done, seconds,
		(double)done / seconds);
	json_object_update_new(detail,
		json_pack("{s:I, s:I, s:f, s:f, s:s}", "entities_wanted", (json_int_t)entities,
			"entities", (json_int_t)done, "seconds", seconds, "entities_per_s",
			(double)done / seconds, "order", "by code"));
	return detail;
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
	/* One of another layout would not open. */
	snprintf(name, sizeof name, "data-%u-%s%s", town_layout(), names[size],
		scales[bench->scale]);
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

/* Into memory page by page, as serving brings it there. The kernel keeps what was read or written in one stretch
 * in pieces of up to 2 MiB; then each page that is written later costs a walk through its whole piece, ours and
 * bare LMDB's alike. */
static void read_in(const char *path)
{
	static uint8_t memory[1 << 20];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0 ||
		posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) != 0)
		err(1, "%s", path);
	while ((got = read(fd, memory, sizeof memory)) > 0)
		;
	if (got < 0)
		err(1, "%s", path);
	close(fd);
}

void bench_data_warm(const char *folder)
{
	char path[PATH_MAX];

	bench_path(folder, "state/data.mdb", path);
	read_in(path);
	bench_path(folder, "journal/data.mdb", path);
	read_in(path);
}

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
	bench_data_warm(ret_folder);
}

void bench_data_statuses(const struct bench_data *data, void *context,
	enum credit_error (*take)(
		void *context, struct credit_bytes key, struct credit_bytes value))
{
	struct credit_view *view;
	struct town town;

	town_open(&town, data->folder);
	if (credit_view_new(town.registry, &view) != CREDIT_OK ||
		credit_view_begin(view) != CREDIT_OK ||
		credit_view_scan(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS,
			(struct credit_bytes){0}, context, take) != CREDIT_OK)
		errx(1, "%s: the statuses cannot be read", data->folder);
	credit_view_end(view);
	credit_view_free(view);
	town_close(&town);
}
