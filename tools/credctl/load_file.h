/* SPDX-License-Identifier: Apache-2.0
 *
 * load_file.h - a load file in memory: rows as they come, then sorted, digested, and given out in pieces.
 */
#ifndef CREDCTL_LOAD_FILE_H
#define CREDCTL_LOAD_FILE_H

#include <credit/load.h>

/* Where a row lies among the rows as they came, and where it came from. */
struct load_place {
	uint64_t offset, row;
};

struct load_file {
	uint8_t *rows; /* as they came */
	size_t size, capacity;
	struct load_place *places;
	size_t count, places_capacity;
	struct credit_hash digest; /* once it is sorted */
};

void load_file_free(struct load_file *file);
enum credit_error load_file_add(struct load_file *file, const struct credit_load_row *row,
	uint64_t number) CREDIT_MUST_CHECK;
/* By code, and of one code the first row alone; `again` is told of the others' rows. */
void load_file_sort(
	struct load_file *file, void *context, void (*again)(void *context, uint64_t row));
/* Whole rows from the nth on, as many as fit; *nth is the first that does not. Never empty before the end. */
struct credit_bytes load_file_piece(
	const struct load_file *file, size_t *nth, uint8_t *memory, size_t size);
/* The row that begins so far behind the first one; count when none does. */
size_t load_file_at(const struct load_file *file, uint64_t offset);
/* All of it into a file. */
enum credit_error load_file_write(const struct load_file *file, const char *path,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
