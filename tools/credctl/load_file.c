/* SPDX-License-Identifier: Apache-2.0
 *
 * load_file.c - see load_file.h.
 *
 * Rows are kept as they came and sorted by their places, 16 bytes each: a base register of ten million
 * takes about a gigabyte here, on the machine of whoever loads it.
 */
#include "load_file.h"

#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SIZE ((size_t)1 << 20)
#define FIRST_PLACES ((size_t)1 << 14)

void load_file_free(struct load_file *file)
{
	free(file->rows);
	free(file->places);
	*file = (struct load_file){0};
}

static bool grow(void **memory, size_t *capacity, size_t first, size_t item, size_t needed)
{
	size_t larger = *capacity ? *capacity : first;
	void *moved;

	if (needed <= *capacity)
		return true;
	while (larger < needed)
		larger += larger / 2;
	moved = realloc(*memory, larger * item);
	if (!moved)
		return false;
	*memory = moved;
	*capacity = larger;
	return true;
}

enum credit_error load_file_add(
	struct load_file *file, const struct credit_load_row *row, uint64_t number)
{
	struct credit_buffer buffer;

	if (!grow((void **)&file->rows, &file->capacity, FIRST_SIZE, 1,
		    file->size + CREDIT_LOAD_ROW_MAX) ||
		!grow((void **)&file->places, &file->places_capacity, FIRST_PLACES,
			sizeof *file->places, file->count + 1))
		return CREDIT_E_NO_MEMORY;
	credit_buffer_init(&buffer, file->rows + file->size, CREDIT_LOAD_ROW_MAX);
	credit_load_row_put(row, &buffer);
	file->places[file->count++] = (struct load_place){file->size, number};
	file->size += buffer.size;
	return CREDIT_OK;
}

/* --- sorting ---------------------------------------------------------------------------------- */

static int by_code(const void *a, const void *b, void *rows)
{
	const struct load_place *left = a, *right = b;
	const uint8_t *codes = rows;
	int order = memcmp(codes + left->offset, codes + right->offset, CREDIT_USCC_SIZE);

	return order ? order : (left->row > right->row) - (left->row < right->row);
}

/* Registers are often kept by code, and looking costs less than sorting. */
static bool is_sorted(const struct load_file *file)
{
	for (size_t i = 1; i < file->count; i++)
		if (by_code(&file->places[i - 1], &file->places[i], file->rows) > 0)
			return false;
	return true;
}

static struct credit_bytes row_at(const struct load_file *file, size_t nth)
{
	const uint8_t *data = file->rows + file->places[nth].offset;
	size_t name = credit_read_u16(data + CREDIT_USCC_SIZE);

	return (struct credit_bytes){data, CREDIT_USCC_SIZE + 2 + name};
}

static void digest(struct load_file *file)
{
	struct credit_hasher hasher;

	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, CREDIT_LOAD_HEAD, CREDIT_LOAD_HEAD_SIZE);
	for (size_t i = 0; i < file->count; i++) {
		struct credit_bytes row = row_at(file, i);

		credit_hasher_add(&hasher, row.data, row.size);
	}
	credit_hasher_done(&hasher, &file->digest);
}

void load_file_sort(
	struct load_file *file, void *context, void (*again)(void *context, uint64_t row))
{
	size_t kept = 0;

	if (!is_sorted(file))
		qsort_r(file->places, file->count, sizeof *file->places, by_code, file->rows);
	for (size_t i = 0; i < file->count; i++) {
		struct load_place place = file->places[i];

		if (kept > 0 && memcmp(file->rows + file->places[kept - 1].offset,
					file->rows + place.offset, CREDIT_USCC_SIZE) == 0)
			again(context, place.row);
		else
			file->places[kept++] = place;
	}
	file->count = kept;
	digest(file);
}

/* --- giving out ------------------------------------------------------------------------------- */

struct credit_bytes load_file_piece(
	const struct load_file *file, size_t *nth, uint8_t *memory, size_t size)
{
	size_t used = 0;

	while (*nth < file->count) {
		struct credit_bytes row = row_at(file, *nth);

		if (row.size > size - used)
			break;
		memcpy(memory + used, row.data, row.size);
		used += row.size;
		++*nth;
	}
	return (struct credit_bytes){memory, used};
}

size_t load_file_at(const struct load_file *file, uint64_t offset)
{
	uint64_t at = 0;

	for (size_t i = 0; i < file->count; i++) {
		if (at == offset)
			return i;
		at += row_at(file, i).size;
	}
	return file->count;
}

enum credit_error load_file_write(
	const struct load_file *file, const char *path, struct credit_problem *problem)
{
	FILE *out = fopen(path, "wxe");
	bool failed;

	if (!out)
		return file_fault(path, problem);
	fputs(CREDIT_LOAD_HEAD, out);
	for (size_t i = 0; i < file->count; i++) {
		struct credit_bytes row = row_at(file, i);

		fwrite(row.data, 1, row.size, out);
	}
	failed = fflush(out) != 0 || fsync(fileno(out)) != 0 || ferror(out);
	return fclose(out) != 0 || failed ? file_fault(path, problem) : CREDIT_OK;
}
