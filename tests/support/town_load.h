/* SPDX-License-Identifier: Apache-2.0
 *
 * town_load.h - load files of a town's entities, staged and filed in process.
 */
#ifndef TESTS_SUPPORT_TOWN_LOAD_H
#define TESTS_SUPPORT_TOWN_LOAD_H

#include "tests/support/town.h"

#include <credit/load.h>

/* Entities first, first + step, ... of a town, each with the name that town_enrol gives it. */
struct town_load {
	uint32_t first, step, count;
	struct credit_hash digest;
	struct town_act act;
	Credit__V1__BaseRegisterLoad body;
};
/* Measures the file and makes its act; nothing is staged yet. */
void town_load_begin(struct town_load *ret, uint32_t first, uint32_t step, uint32_t count);
/* The rows of its entities from the nth on, as many as fit; *nth is the first that does not. */
struct credit_bytes town_load_rows(
	const struct town_load *load, uint32_t *nth, uint8_t *memory, size_t size);
/* Stages all of it in pieces of at most `piece` bytes; the test ends when that fails. */
void town_load_stage(struct town *town, const struct town_load *load, size_t piece);
/* Stages, files and publishes. */
void town_load_all(struct town *town, struct town_load *load);

#endif
