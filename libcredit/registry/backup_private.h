/* SPDX-License-Identifier: Apache-2.0
 *
 * backup_private.h - what backup.c and restore.c share.
 */
#ifndef CREDIT_REGISTRY_BACKUP_PRIVATE_H
#define CREDIT_REGISTRY_BACKUP_PRIVATE_H

#include "registry/internal.h"

#include <limits.h>

#define BACKUP_DATA "journal/data.mdb"
#define BACKUP_SEALED "journal.sealed"

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
/* The journal in its own folder, for reading. */
enum credit_error credit__backup_open(const char *folder, struct credit_store **ret_journal,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* backup_seal.c: the file `from` in clear into the file `to`, under a key drawn for it and sealed to `key`;
 * durable on return. */
enum credit_error credit__backup_seal(const char *from, const char *to,
	const struct credit_public_key *key, struct credit_seal_key *ret_stream_key,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The way back, with the private key, or with the stream's own where that is known; what comes out must
 * have the digest. `to` NULL: only looks whether it would. */
enum credit_error credit__backup_unseal(const char *from, const char *to,
	const struct credit_key_pair *pair, const struct credit_seal_key *known,
	const struct credit_hash *digest, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* A journal in clear, in its own folder, against a manifest that was read. */
enum credit_error credit__backup_check_journal(const char *folder,
	const struct credit_named_key *log, const struct credit_backup *backup,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
