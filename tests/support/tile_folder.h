/* SPDX-License-Identifier: Apache-2.0
 *
 * tile_folder.h - reads the log as files, as a stranger would, and damages them, for tests.
 *
 * The reader takes the checkpoint, then every bundle and tile that a tree of its size has, each at a
 * path it makes itself. Entries are hashed and the whole tree is built from them at once
 * (credit_tree_root); tiles must hold the roots of its subtrees. Whatever is wrong ends the test.
 */
#ifndef TESTS_SUPPORT_TILE_FOLDER_H
#define TESTS_SUPPORT_TILE_FOLDER_H

#include "tests/support/town.h"

#define TILE_FILE_MAX ((size_t)16 << 20)

struct tile_reader {
	const char *folder;
	uint8_t *file; /* the last one read: TILE_FILE_MAX bytes of the caller's */
	size_t size;
	struct credit_tree_head head;
	struct credit_hash *leaves; /* head.size of them */
};

/* -1 when it is not there. */
long tile_reader_file(struct tile_reader *reader, const char *name);
void tile_reader_head(struct tile_reader *reader, const struct town *town);
/* "tile/entries/000.p/7"; kind is "entries" or a level. Room for 4,096. */
void tile_reader_path(char *path, const char *kind, uint64_t index, uint64_t width);

/* All that the folder's checkpoint promises is there and right; returns its size. */
uint64_t tile_folder_check(const struct town *town, const char *folder);

struct tile_folder_found {
	unsigned files, partials;
	unsigned others; /* neither checkpoint nor whole tile nor bundle */
	size_t prefix;
};
struct tile_folder_found tile_folder_look(const char *folder);
bool tile_folder_has(const char *folder, const char *name);
void tile_folder_drop(const char *folder, const char *name);
void tile_folder_overwrite(const char *folder, const char *name, struct credit_bytes bytes);

#endif
