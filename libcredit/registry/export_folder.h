/* SPDX-License-Identifier: Apache-2.0
 *
 * export_folder.h - files that appear whole or not at all, for export.c.
 *
 * A file is written under another name, synced and renamed; its folder is synced before anything is
 * written that refers to it (credit__folder_settle). Names are paths relative to the folder. A
 * problem names the file and what the system said.
 *
 * Threads: one at a time.
 */
#ifndef CREDIT_REGISTRY_EXPORT_FOLDER_H
#define CREDIT_REGISTRY_EXPORT_FOLDER_H

#include <credit/log.h>

struct credit__folder {
	int fd;                             /* holds the lock */
	char parent[CREDIT_TILE_PATH_SIZE]; /* of the last file, not synced yet; "": none */
	struct credit_problem *problem;     /* of the call at hand; may be NULL */
};

/* Makes the folder when it is missing. CREDIT_E_BUSY when another exporter holds it. */
enum credit_error credit__folder_open(struct credit__folder *folder, const char *path,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void credit__folder_close(struct credit__folder *folder);

/* Up to `capacity` bytes. CREDIT_E_NOT_FOUND when there is no such file, _TOO_LARGE. */
enum credit_error credit__folder_read(struct credit__folder *folder, const char *name, void *memory,
	size_t capacity, struct credit_bytes *ret_bytes) CREDIT_MUST_CHECK;
/* Writes what never changes. A file that is there already is compared, not written:
 * CREDIT_E_FOLDER_NOT_OURS when it holds anything else. */
enum credit_error credit__folder_add(struct credit__folder *folder, const char *name,
	struct credit_bytes bytes) CREDIT_MUST_CHECK;
/* Syncs the folders of all that was added. */
enum credit_error credit__folder_settle(struct credit__folder *folder) CREDIT_MUST_CHECK;
/* Settles, then puts the file in place of the one that is there; durable on return. */
enum credit_error credit__folder_replace(struct credit__folder *folder, const char *name,
	struct credit_bytes bytes) CREDIT_MUST_CHECK;
/* Removes one file; one that is not there is no error. */
enum credit_error credit__folder_unlink(
	struct credit__folder *folder, const char *name) CREDIT_MUST_CHECK;
/* Removes a folder that holds files only; one that is not there is no error. */
enum credit_error credit__folder_remove(
	struct credit__folder *folder, const char *name) CREDIT_MUST_CHECK;

#endif
