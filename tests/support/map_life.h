/* SPDX-License-Identifier: Apache-2.0
 *
 * map_life.h - a map on the real store through many publications, each held against an oracle in memory.
 *
 * Each publication inserts, updates and deletes random keys in one transaction and commits it. The oracle
 * keeps the leaves in a sorted array and makes the root by the words of docs/spec/map.md
 * (map_oracle_root); it shares no line with the map. After every publication root and size must be the
 * oracle's, and random keys, some of them there and some not, must be proved so and verify. Now and then
 * the whole map is derived again from its leaves. At the end everything is deleted, and the root is that
 * of the empty map.
 */
#ifndef TESTS_SUPPORT_MAP_LIFE_H
#define TESTS_SUPPORT_MAP_LIFE_H

#include <credit/map.h>

struct map_life_options {
	const char *folder;    /* of the store; made */
	uint64_t operations;   /* in all */
	uint32_t publications; /* at least as many */
	uint32_t keys;         /* they are drawn from so many */
	uint32_t depth;
	uint64_t seed;
	void (*progress)(uint64_t done, uint64_t live); /* may be NULL */
};

struct map_life_report {
	uint64_t inserted, updated, deleted, idle; /* idle: deletions of what was not there */
	uint64_t publications, proofs, derivations, most_live;
};

/* Ends the process with a sentence when anything disagrees. */
void map_life_run(const struct map_life_options *options, struct map_life_report *ret_report);

#endif
