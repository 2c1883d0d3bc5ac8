/* SPDX-License-Identifier: Apache-2.0
 *
 * data.h - data sets: towns (tests/support/town.h) with many enrolled entities, published, closed.
 *
 * A set is built once and kept; what writes takes a copy.
 */
#ifndef TESTS_BENCH_DATA_H
#define TESTS_BENCH_DATA_H

#include "tests/bench/bench.h"

enum bench_size {
	BENCH_MILLION,
	BENCH_TEN_MILLION,
	BENCH_HALF_OF_MEMORY, /* as many as have a state of half of the memory, if the disk has room */
};

struct bench_data {
	char folder[PATH_MAX]; /* the registry's; to be read only */
	char codes[PATH_MAX];  /* the codes, one a line */
	uint64_t entities;
	json_t *build; /* how it was built: seconds, entities/s, acts in a filing, filings in an epoch */
};
/* Builds the set, or as much of it as can be built in BENCH_BUILD_SECONDS; the second time it is there
 * already. A quick run's sets are a fiftieth. */
#define BENCH_BUILD_SECONDS 900
struct bench_data bench_data_of(const struct bench *bench, enum bench_size size);

struct town;
/* Enrols and publishes the first `entities` of a town, or as many as it can in that time; returns how many
 * there are in the end, and adds to *ret_detail how it did. (dataset_enrol.c) */
uint64_t bench_enrol(struct town *town, uint64_t entities, json_t *ret_detail);

/* A copy that may be written to, in memory, called `name` in the bench's folder; takes the place of an older one. */
void bench_data_copy(const struct bench *bench, const struct bench_data *data, const char *name,
	char ret_folder[PATH_MAX]);

/* Hands over every status row of the set in the order of the codes. */
void bench_data_statuses(const struct bench_data *data, void *context,
	enum credit_error (*take)(
		void *context, struct credit_bytes key, struct credit_bytes value));

/* Reads the files of state and journal from end to end, so that no measurement pays for the first look. */
void bench_data_warm(const char *folder);

#endif
