/* SPDX-License-Identifier: Apache-2.0
 *
 * parts.c - see parts.h.
 */
#include "registry/parts.h"

#include "registry/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STRETCH_BYTES ((size_t)16 << 10)

struct part {
	uint8_t *items; /* not in the file yet: one stretch at most */
	size_t count;
	uint64_t *stretches; /* where the others lie: numbers of stretches */
	size_t stretch_count, stretch_capacity;
};

struct credit__parts {
	int file;
	size_t item_size;
	size_t stretch; /* items that go to the file together */
	uint64_t stretches;
	struct part part[CREDIT__PARTS];
};

/* Not every file system has files that never had a name. */
static int open_nameless(const char *folder)
{
	char path[PATH_MAX];
	int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return file;
	if ((size_t)snprintf(path, sizeof path, "%s/parts-XXXXXX", folder) >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	file = mkostemp(path, O_CLOEXEC);
	if (file >= 0)
		unlink(path);
	return file;
}

enum credit_error credit__parts_new(
	const char *folder, size_t item_size, struct credit__parts **ret_parts)
{
	struct credit__parts *parts = calloc(1, sizeof *parts);

	if (!parts)
		return CREDIT_E_NO_MEMORY;
	parts->item_size = item_size;
	parts->stretch = STRETCH_BYTES / item_size;
	parts->file = open_nameless(folder);
	if (parts->file < 0) {
		free(parts);
		return credit__errno_error();
	}
	*ret_parts = parts;
	return CREDIT_OK;
}

void credit__parts_free(struct credit__parts *parts)
{
	if (!parts)
		return;
	for (size_t i = 0; i < CREDIT__PARTS; i++) {
		free(parts->part[i].items);
		free(parts->part[i].stretches);
	}
	close(parts->file);
	free(parts);
}

static bool has_place(struct part *part)
{
	size_t capacity = part->stretch_capacity ? 2 * part->stretch_capacity : 16;
	uint64_t *grown;

	if (part->stretch_count < part->stretch_capacity)
		return true;
	grown = realloc(part->stretches, capacity * sizeof *grown);
	if (!grown)
		return false;
	part->stretches = grown;
	part->stretch_capacity = capacity;
	return true;
}

static enum credit_error spill(struct credit__parts *parts, struct part *part)
{
	const size_t size = parts->stretch * parts->item_size;
	off_t at = (off_t)(parts->stretches * size);
	size_t done = 0;

	if (!has_place(part))
		return CREDIT_E_NO_MEMORY;
	while (done < size) {
		ssize_t put =
			pwrite(parts->file, part->items + done, size - done, at + (off_t)done);

		if (put < 0 && errno != EINTR)
			return credit__errno_error();
		done += put > 0 ? (size_t)put : 0;
	}
	part->stretches[part->stretch_count++] = parts->stretches++;
	part->count = 0;
	return CREDIT_OK;
}

enum credit_error credit__parts_put(struct credit__parts *parts, size_t number, const void *item)
{
	struct part *part = &parts->part[number];

	if (!part->items)
		part->items = malloc(parts->stretch * parts->item_size);
	if (!part->items)
		return CREDIT_E_NO_MEMORY;
	memcpy(part->items + part->count * parts->item_size, item, parts->item_size);
	part->count++;
	return part->count < parts->stretch ? CREDIT_OK : spill(parts, part);
}

size_t credit__parts_count(const struct credit__parts *parts, size_t number)
{
	const struct part *part = &parts->part[number];

	return part->stretch_count * parts->stretch + part->count;
}

static enum credit_error read_stretch(
	const struct credit__parts *parts, uint64_t number, uint8_t *memory)
{
	const size_t size = parts->stretch * parts->item_size;
	off_t at = (off_t)(number * size);
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(parts->file, memory + done, size - done, at + (off_t)done);

		if (got == 0)
			return CREDIT_E_IO;
		if (got < 0 && errno != EINTR)
			return credit__errno_error();
		done += got > 0 ? (size_t)got : 0;
	}
	return CREDIT_OK;
}

enum credit_error credit__parts_read(
	const struct credit__parts *parts, size_t number, void *ret_items)
{
	const struct part *part = &parts->part[number];
	uint8_t *memory = ret_items;

	for (size_t i = 0; i < part->stretch_count; i++) {
		enum credit_error error = read_stretch(parts, part->stretches[i], memory);

		if (error)
			return error;
		memory += parts->stretch * parts->item_size;
	}
	if (part->count > 0)
		memcpy(memory, part->items, part->count * parts->item_size);
	return CREDIT_OK;
}

void credit__parts_drop(struct credit__parts *parts, size_t number)
{
	parts->part[number].count = parts->part[number].stretch_count = 0;
}
