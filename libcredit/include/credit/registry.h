/* SPDX-License-Identifier: Apache-2.0
 *
 * registry.h - the registry: open, submit, publish, read. Ties the rooms together.
 *
 * Two stores lie under <path>: `journal` grows at its end (epochs, acts, log tiles) and is
 * committed with one sync for each epoch, which is when acts are acknowledged; `state` is keyed by
 * entity and is committed at each publication, which is what readers see. A crash in between loses
 * nothing: opening replays into the state the epochs that it lacks. A small `head` file beside them
 * keeps the last signed size and root, so that an old copy of the database never signs a fork.
 *
 * Deciding an epoch spends randomness, time and rules; applying it executes effects from bytes
 * alone.
 *
 * Threads: one writer thread calls _submit, _publish, _fire_due and _next_due; before another
 * thread takes over or closes, the writer publishes (which ends its transaction). Any number of
 * threads read, each with its own struct credit_view.
 *
 * Source: design sections 3, 4 and 6; docs/spec/journal.md.
 */
#ifndef CREDIT_REGISTRY_H
#define CREDIT_REGISTRY_H

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/log.h>
#include <credit/model.h>
#include <credit/rules.h>

struct credit_registry;

struct credit_registry_options {
	const char *path;                  /* the data directory; made when missing */
	const char *head_path;             /* NULL: <path>/head; better on another disk */
	const char *origin;                /* names registry and log; must be the founding's */
	struct credit_uscc root_uscc;      /* pinned */
	struct credit_public_key root_key; /* pinned */
	struct credit_key_pair log_key;    /* signs checkpoints */
	struct credit_key_pair system_key; /* signs refusals and timer acts */
	uint32_t readers_max;              /* views at once; 0: 126 */
	size_t map_size;                   /* first map of each store; 0: 1 GiB */
};

/* Opens or creates; replays what the state lacks. `progress` (may be NULL) is called now and then
 * with epochs replayed and to replay. CREDIT_E_HEAD_AHEAD, _HEAD_FORK, _ROOT_MISMATCH,
 * _STATE_DIVERGED, _STORE_*: nothing is signed. */
CREDIT_API enum credit_error credit_registry_open(const struct credit_registry_options *options,
	void (*progress)(void *context, uint64_t done, uint64_t total), void *progress_context,
	struct credit_registry **ret_registry, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Publishes nothing; what was acknowledged is in the journal. NULL is allowed. */
CREDIT_API void credit_registry_close(struct credit_registry *registry);

/* --- writing: the writer thread --- */

/* One filing on its way. The registry fills the lower half. */
struct credit_submission {
	struct credit_filing *filing;
	bool has_request_id;
	uint8_t request_id[16];
	bool validate_only;

	enum credit_error error; /* of the filing as a whole */
	struct credit_problem problem;
	struct credit_bytes answer; /* serialised FilingReceipt, when error is CREDIT_OK; valid
				     * until the next _submit */
	uint32_t accepted, refused;
};

/* Decides, applies and commits one epoch of up to CREDIT_EPOCH_FILINGS_MAX filings. On return every
 * submission has its answer or its error, and what was accepted is durable and in the signed log.
 * A fault (no space, i/o) abandons the epoch as a whole: nothing was changed, every submission gets
 * the fault, and the registry can go on. An epoch that accepts nothing is still recorded when acts
 * were refused, so that refusals are not deniable; filings answered before need no epoch. */
#define CREDIT_EPOCH_FILINGS_MAX 4096
CREDIT_API void credit_registry_submit(struct credit_registry *registry,
	struct credit_submission *const *submissions, size_t count, credit_ms_t now);

/* Brings readers up to the last epoch. */
CREDIT_API enum credit_error credit_registry_publish(
	struct credit_registry *registry, credit_ms_t now) CREDIT_MUST_CHECK;
/* Epochs committed but not published yet. */
CREDIT_API uint64_t credit_registry_unpublished(const struct credit_registry *registry);

/* Files what time alone asks for, up to `limit` system acts in one epoch; *ret_fired counts them.
 */
CREDIT_API enum credit_error credit_registry_fire_due(struct credit_registry *registry,
	credit_ms_t now, uint32_t limit, uint32_t *ret_fired) CREDIT_MUST_CHECK;
/* The next instant at which something falls due; INT64_MAX when nothing will. */
CREDIT_API credit_ms_t credit_registry_next_due(struct credit_registry *registry);
/* Time of the last epoch, 0 when there is none. */
CREDIT_API credit_ms_t credit_registry_last_time(const struct credit_registry *registry);

/* --- erasure: the writer thread (docs/spec/journal.md, section 7) --- */

/* Destroys the bytes of what was erased: publishes what is not published, writes both stores anew
 * without them, puts the new files in the place of the old, overwrites and unlinks those. Views go on
 * meanwhile; each waits once, while files are renamed. *ret_scrubbed counts the erased records; 0: there
 * was nothing to do. Needs room on the disk for as much again; after a fault, or a kill at any step, it
 * may be run again, and the next opening tidies up. */
CREDIT_API enum credit_error credit_registry_scrub(struct credit_registry *registry,
	credit_ms_t now, uint64_t *ret_scrubbed) CREDIT_MUST_CHECK;

/* Erased records that may wait for one; never 0 when one does. */
CREDIT_API uint64_t credit_registry_unscrubbed(const struct credit_registry *registry);

/* --- reading: any thread --- */

struct credit_view; /* one thread's eyes */
CREDIT_API enum credit_error credit_view_new(
	struct credit_registry *registry, struct credit_view **ret_view) CREDIT_MUST_CHECK;
CREDIT_API void credit_view_free(struct credit_view *view); /* NULL is allowed */

/* Begins to look at the last publication; what is read stays valid until _end. */
CREDIT_API enum credit_error credit_view_begin(struct credit_view *view) CREDIT_MUST_CHECK;
CREDIT_API void credit_view_end(struct credit_view *view);

struct credit_publication {
	uint64_t number; /* 0 before the first */
	uint64_t epoch;
	credit_ms_t time;
};
CREDIT_API enum credit_error credit_view_publication(
	struct credit_view *view, struct credit_publication *ret_publication) CREDIT_MUST_CHECK;

/* The stored status of an entity. CREDIT_E_NOT_FOUND when it is not enrolled, CREDIT_E_STATUS_STALE
 * when `now` is not before its fresh_until. The hot path: one look-up, no allocation. */
CREDIT_API enum credit_error credit_view_status(struct credit_view *view,
	const struct credit_uscc *uscc, credit_ms_t now,
	struct credit_stored_status *ret_status) CREDIT_MUST_CHECK;

/* The same answer as bytes that prove themselves offline (proof.h), also for a code that is not
 * enrolled. CREDIT_E_STATUS_STALE as above, CREDIT_E_EPOCH_NOT_PUBLISHED before the first publication. */
CREDIT_API enum credit_error credit_view_status_proof(struct credit_view *view,
	const struct credit_uscc *uscc, credit_ms_t now, struct credit_arena *arena,
	struct credit_bytes *ret_proof) CREDIT_MUST_CHECK;

/* Records of an entity in order of their ids, from after `after` (NULL: the first). Serialised
 * Record. Stops after `limit`; *ret_count says how many `each` saw. */
CREDIT_API enum credit_error credit_view_records(struct credit_view *view,
	const struct credit_uscc *uscc, const struct credit_record_id *after, uint32_t limit,
	void *context, void (*each)(void *context, struct credit_bytes record),
	uint32_t *ret_count) CREDIT_MUST_CHECK;

/* Any row of the state by EffectKind and key (journal.proto). */
CREDIT_API enum credit_error credit_view_row(struct credit_view *view, uint32_t effect_kind,
	struct credit_bytes key, struct credit_bytes *ret_value) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_view_scan(struct credit_view *view, uint32_t effect_kind,
	struct credit_bytes prefix, void *context,
	enum credit_error (*each)(void *context, struct credit_bytes key,
		struct credit_bytes value)) CREDIT_MUST_CHECK;

/* What needs no writer but the last publication: origin, time, and the signature where the key is
 * known already (an unknown one is left to the writer, which sees newer keys). */
CREDIT_API enum credit_error credit_view_check_filing(struct credit_view *view,
	struct credit_filing *filing, credit_ms_t now,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* The newest signed head, ahead of the publication. The view points at memory valid until _end. */
struct credit_signed_head {
	struct credit_tree_head head;
	uint64_t epoch;
	struct credit_bytes checkpoint;
};
CREDIT_API enum credit_error credit_view_head(
	struct credit_view *view, struct credit_signed_head *ret_head) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_view_leaf_hash(
	struct credit_view *view, uint64_t index, struct credit_hash *ret_hash) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_view_inclusion(struct credit_view *view, uint64_t index,
	uint64_t size, struct credit_path *ret_path) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_view_consistency(struct credit_view *view, uint64_t old_size,
	uint64_t size, struct credit_path *ret_path) CREDIT_MUST_CHECK;

/* The serialised Receipt of an accepted act, built in the arena, with its act and opening.
 * *ret_issuer says whose it is, also with CREDIT_E_ERASED: only they (and the operator) may see it. */
CREDIT_API enum credit_error credit_view_receipt(struct credit_view *view,
	const struct credit_hash *commitment, struct credit_arena *arena,
	struct credit_bytes *ret_receipt, struct credit_uscc *ret_issuer) CREDIT_MUST_CHECK;

/* What has been erased, and whether the bytes are gone. */
struct credit_scrub_state {
	uint64_t pending;          /* erased records whose bytes are in the files still */
	credit_ms_t pending_since; /* the oldest of them was erased then; 0: there is none */
	uint64_t erasure_epoch;    /* of the last erasure; 0: there was none */
	credit_ms_t erased_at;     /* its time */
};
CREDIT_API enum credit_error credit_view_scrub_state(
	struct credit_view *view, struct credit_scrub_state *ret_state) CREDIT_MUST_CHECK;

/* --- the log as files (docs/spec/log.md, section 7) --- */

/* Keeps a folder that any web server can serve: checkpoint, tiles, bundles of entries. It reads
 * through readers of its own and never waits for the writer.
 * Threads: one at a time; freed before the registry is closed. */
struct credit_exporter;
/* Goes on from the checkpoint that is in the folder. The folder is made when missing, and locked.
 * A long way is gone in steps of about `step` leaves (0: 65,536), each with a checkpoint at its end.
 * CREDIT_E_BUSY; CREDIT_E_FOLDER_NOT_OURS when it holds another log; CREDIT_E_HEAD_AHEAD or
 * _HEAD_FORK when more, or something else, was published there than this registry knows. */
CREDIT_API enum credit_error credit_exporter_open(struct credit_registry *registry,
	const char *folder, uint32_t step, struct credit_exporter **ret_exporter,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
CREDIT_API void credit_exporter_free(struct credit_exporter *exporter); /* NULL is allowed */
/* Brings the folder up to the last publication. On a long way `progress` (may be NULL) is called
 * now and then with leaves done and in all; when it says false the run ends with
 * CREDIT_E_CANCELLED, and the folder is whole. After any failure it may be run again. */
CREDIT_API enum credit_error credit_exporter_run(struct credit_exporter *exporter,
	bool (*progress)(void *context, uint64_t done, uint64_t total), void *context,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Leaves under the folder's checkpoint. */
CREDIT_API uint64_t credit_exporter_size(const struct credit_exporter *exporter);

/* --- checking --- */

struct credit_fsck_report {
	uint64_t epochs, acts, publications, leaves;
	uint64_t faults; /* each told through `fault` */
	uint64_t erased; /* of the acts: leaf and commitment are checked, content there is none */
	uint64_t underived; /* of the publications: they hold acts erased since, so that their map's
			     * root, which is in the signed log, does not follow from the journal */
	uint64_t unscrubbed; /* erased records whose bytes wait for the next scrub */
};
/* Re-derives everything from the journal: leaves, tree, checkpoints, signatures, and the state from
 * the effects, compared row by row. Reads only; the registry must not be open elsewhere for
 * writing. */
CREDIT_API enum credit_error credit_registry_fsck(struct credit_registry *registry,
	void (*fault)(void *context, const char *what), void *context,
	struct credit_fsck_report *ret_report) CREDIT_MUST_CHECK;

/* --- backups (docs/spec/journal.md, section 8) --- */

/* A backup is a folder: the journal as a store of its own, and a manifest. Everything else follows from
 * the journal; private keys and the configuration are kept elsewhere, on purpose. It holds nothing of
 * what was erased before it was made, scrubbed or not. An older one does: it must be destroyed
 * (credit_backup_destroy), and its manifest says how old it is.
 *
 * An old copy that signs again forks the log. So restoring asks the head file how far the log was
 * signed, and where nobody can say, the newest checkpoints that others have.
 *
 * Threads: any thread; _make beside the writer. */

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
