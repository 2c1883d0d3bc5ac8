/* SPDX-License-Identifier: Apache-2.0
 *
 * tile_folder.c - reads the log as files, sharing nothing with what wrote them.
 */
#include "tests/support/tile_folder.h"

#include <criterion/criterion.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_ROOM 4096

/* --- a reader of its own --- */

/* -1 when it is not there. */
long tile_reader_file(struct tile_reader *reader, const char *name)
{
	char path[PATH_ROOM];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", reader->folder, name);
	file = fopen(path, "rb");
	if (!file)
		return -1;
	reader->size = fread(reader->file, 1, TILE_FILE_MAX, file);
	fclose(file);
	return (long)reader->size;
}

/* C2SP: zero-padded elements of three digits, all but the last with an x. */
void tile_reader_path(char *path, const char *kind, uint64_t index, uint64_t width)
{
	int at = snprintf(path, PATH_ROOM, "tile/%s/", kind);

	cr_assert_lt(index, 1000000);
	if (index >= 1000)
		at += snprintf(path + at, 8, "x%03d/", (int)(index / 1000));
	at += snprintf(path + at, 8, "%03d", (int)(index % 1000));
	if (width < 256)
		snprintf(path + at, 8, ".p/%d", (int)width);
}

void tile_reader_head(struct tile_reader *reader, const struct town *town)
{
	cr_assert_gt(tile_reader_file(reader, "checkpoint"), 0);
	cr_assert_eq(credit_checkpoint_open((struct credit_bytes){reader->file, reader->size},
			     &town->log_name, &reader->head),
		CREDIT_OK);
}

static void read_entries(struct tile_reader *reader)
{
	uint64_t size = reader->head.size, done = 0;

	reader->leaves = calloc(size, sizeof *reader->leaves);
	while (done < size) {
		uint64_t width = size - done < 256 ? size - done : 256;
		char path[PATH_ROOM];
		size_t at = 0;

		tile_reader_path(path, "entries", done / 256, width);
		cr_assert_geq(tile_reader_file(reader, path), 0, "%s", path);
		for (uint64_t i = 0; i < width; i++) {
			struct credit_bytes entry;

			cr_assert_leq(at + 2, reader->size, "%s", path);
			entry.size = (size_t)reader->file[at] << 8 | reader->file[at + 1];
			entry.data = reader->file + at + 2;
			at += 2 + entry.size;
			cr_assert_leq(at, reader->size, "%s", path);
			credit_leaf_hash(entry, &reader->leaves[done + i]);
			/* The last leaf of a published tree, and no other file's end, is a
			 * publication's. */
			if (done + i == size - 1)
				cr_assert(entry.size == 65 && entry.data[0] == 3);
		}
		cr_assert_eq(at, reader->size, "%s has nothing more", path);
		done += width;
	}
}

static void check_tiles(struct tile_reader *reader)
{
	uint64_t span = 1; /* leaves under one hash of the level */

	for (int level = 0; reader->head.size / span > 0; level++, span *= 256) {
		uint64_t nodes = reader->head.size / span;
		char kind[12];

		snprintf(kind, sizeof kind, "%d", level);
		for (uint64_t done = 0; done < nodes; done += 256) {
			uint64_t width = nodes - done < 256 ? nodes - done : 256;
			char path[PATH_ROOM];

			tile_reader_path(path, kind, done / 256, width);
			cr_assert_eq(tile_reader_file(reader, path), (long)width * 32, "%s", path);
			for (uint64_t i = 0; i < width; i++) {
				struct credit_hash root;

				credit_tree_root(reader->leaves + (done + i) * span, span, &root);
				cr_assert_arr_eq(reader->file + i * 32, root.byte, 32, "%s", path);
			}
		}
	}
}

/* All that the folder's checkpoint promises is there and right; returns its size. */
uint64_t tile_folder_check(const struct town *town, const char *folder)
{
	struct tile_reader reader = {.folder = folder, .file = malloc(TILE_FILE_MAX)};
	struct credit_hash root;

	tile_reader_head(&reader, town);
	read_entries(&reader);
	credit_tree_root(reader.leaves, reader.head.size, &root);
	cr_assert(credit_hash_equal(&root, &reader.head.root), "the entries give the root");
	check_tiles(&reader);
	free(reader.leaves);
	free(reader.file);
	return reader.head.size;
}

/* --- looking at a folder --- */

static struct tile_folder_found found;

static int look(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	const char *name = path + found.prefix;
	struct credit_tile_place place;

	(void)where;
	if (kind != FTW_F)
		return 0;
	found.files++;
	if (credit_tile_path_parse(name, &place) == CREDIT_OK) {
		found.partials += place.width < 256;
		/* Whole, judging by the width that the path gives. */
		if (!place.entries && status->st_size != (off_t)place.width * 32)
			found.others++;
	} else if (strcmp(name, "checkpoint") != 0) {
		found.others++;
	}
	return 0;
}

struct tile_folder_found tile_folder_look(const char *folder)
{
	found = (struct tile_folder_found){.prefix = strlen(folder) + 1};
	cr_assert_eq(nftw(folder, look, 16, FTW_PHYS), 0);
	return found;
}

bool tile_folder_has(const char *folder, const char *name)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

void tile_folder_drop(const char *folder, const char *name)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	cr_assert_eq(unlink(path), 0, "%s", path);
}

void tile_folder_overwrite(const char *folder, const char *name, struct credit_bytes bytes)
{
	char path[PATH_ROOM];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "wb");
	cr_assert_not_null(file, "%s", path);
	cr_assert_eq(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
	fclose(file);
}
