/* SPDX-License-Identifier: Apache-2.0
 *
 * backup_private.h - what backup.c and restore.c share.
 */
#ifndef CREDIT_REGISTRY_BACKUP_PRIVATE_H
#define CREDIT_REGISTRY_BACKUP_PRIVATE_H

#include "registry/internal.h"

#include <limits.h>

#define BACKUP_DATA "journal/data.mdb"

enum credit_error credit__backup_path(const char *folder, const char *name, char ret_path[PATH_MAX],
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* What errno says of a path. */
enum credit_error credit__backup_fault(
	struct credit_problem *problem, const char *path) CREDIT_MUST_CHECK;
enum credit_error credit__backup_sync_folder(
	const char *path, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Of a file that is not empty. */
enum credit_error credit__backup_digest(const char *path, uint64_t *ret_bytes,
	struct credit_hash *ret_digest, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The journal in a backup's folder, for reading. */
enum credit_error credit__backup_open(const char *path, struct credit_store **ret_journal,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
