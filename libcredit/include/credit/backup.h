/* SPDX-License-Identifier: Apache-2.0
 *
 * backup.h - copies of a registry that are known to be whole, and how one is brought back.
 *
 * A backup is a folder: the journal as a store of its own, and a manifest. Everything else follows from
 * the journal; private keys and the configuration are kept elsewhere, on purpose. It holds nothing of
 * what was erased before it was made, scrubbed or not. An older one does: it must be destroyed
 * (credit_backup_destroy), and its manifest says how old it is.
 *
 * An old copy that signs again forks the log. So restoring asks the head file how far the log was
 * signed, and where nobody can say, the newest checkpoints that others have.
 *
 * Threads: any thread; _make beside the writer.
 *
 * Source: docs/spec/journal.md, section 8.
 */
#ifndef CREDIT_BACKUP_H
#define CREDIT_BACKUP_H

#include <credit/registry.h>

/* What a backup says of itself. */
struct credit_backup {
	char origin[CREDIT_KEY_NAME_MAX + 1];
	uint64_t epoch, publication;
	struct credit_tree_head head;
	credit_ms_t time;          /* of the publication that it ends with */
	uint64_t erasure_epoch;    /* the last erasure that it knows of; 0: none */
	uint64_t bytes;            /* of its journal's file */
	struct credit_hash digest; /* SHA-256 of it */
};

#define CREDIT_BACKUP_NAME_MAX 64
/* The folder's name: "<epoch>-<publication>", with leading zeros, so that they sort by age. */
CREDIT_API const char *credit_backup_name(
	const struct credit_backup *backup, char text[CREDIT_BACKUP_NAME_MAX]);

/* Makes <folder>/<name> up to the last publication, and checks it as fsck checks a journal before it
 * gets that name. The folder is made when missing. `go_on` (may be NULL) is asked now and then.
 * CREDIT_E_EXISTS when this one is there; CREDIT_E_NOT_FOUNDED; CREDIT_E_CANCELLED. */
CREDIT_API enum credit_error credit_backup_make(struct credit_registry *registry,
	const char *folder, bool (*go_on)(void *context), void *context,
	struct credit_backup *ret_backup, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Reads the manifest. CREDIT_E_NOT_FOUND when the folder has none, CREDIT_E_BACKUP_FALSE when it is not
 * one. */
CREDIT_API enum credit_error credit_backup_read(const char *path, struct credit_backup *ret_backup,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The digest, then every row, leaf, signature and root. CREDIT_E_BACKUP_FALSE. */
CREDIT_API enum credit_error credit_backup_check(const char *path,
	const struct credit_named_key *log, struct credit_backup *ret_backup,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Overwrites and removes it. */
CREDIT_API enum credit_error credit_backup_destroy(const char *path) CREDIT_MUST_CHECK;

struct credit_restore_options {
	const char *backup;    /* the folder with the manifest */
	const char *path;      /* the data directory; must hold no journal and no state */
	const char *head_path; /* NULL: <path>/head */
	const char *origin;
	struct credit_named_key log;
	/* Sign on from the backup although no head file says that nothing was signed after it. Then `asked`
	 * are the newest checkpoints that witnesses and other copies have, one at least. */
	bool head_from_backup;
	const struct credit_bytes *asked;
	size_t asked_count;
};
/* Checks the backup, looks how far the log was signed, and lays the journal down; the state is built
 * from it when the registry is opened. CREDIT_E_EXISTS; CREDIT_E_BACKUP_FALSE; CREDIT_E_HEAD_FORK;
 * CREDIT_E_RESTORE_BEHIND when the head file is ahead or missing; CREDIT_E_RESTORE_SEEN when one of
 * `asked` is ahead of the backup or contradicts it. Nothing is laid down then. */
CREDIT_API enum credit_error credit_backup_restore(const struct credit_restore_options *options,
	struct credit_backup *ret_backup, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
