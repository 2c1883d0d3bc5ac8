/* SPDX-License-Identifier: Apache-2.0
 *
 * dataset_enrol.c - the way of a data set's entities into the registry: load files as large as may be, each
 * filed by one act and enrolled by the publication behind it, in the order of their codes. One that finds entities
 * there writes a leaf of the map among each few of theirs, which is what makes many small ones slow.
 */
#include "tests/bench/data.h"

#include "tests/support/town_load.h"

#define FILE_ENTITIES CREDIT_LOAD_ENTITIES_MAX

uint64_t bench_enrol(struct town *town, uint64_t entities, json_t *ret_detail)
{
	int64_t begun = bench_now();
	uint64_t done = 0;

	while (done < entities && bench_now() - begun < BENCH_BUILD_SECONDS * 1000000000LL) {
		uint64_t left = entities - done;
		struct town_load load;

		town_load_begin(&load, (uint32_t)done, 1,
			(uint32_t)(left < FILE_ENTITIES ? left : FILE_ENTITIES));
		town_load_all(town, &load);
		done += load.count;
		bench_say("%llu of %llu enrolled, %.0f/s", (unsigned long long)done,
			(unsigned long long)entities,
			(double)done * 1e9 / (double)(bench_now() - begun));
	}
	json_object_set_new(ret_detail, "load_file_entities", json_integer(FILE_ENTITIES));
	return done;
}
