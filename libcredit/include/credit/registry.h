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

/* Looks on while the writer thread works, for a daemon's figures. Each may be NULL; none may call back
 * into the registry. */
struct credit_observer {
	/* An act was refused, in a filing that is recorded or in a dry run. */
	void (*refused)(void *context, enum credit_error reason);
	/* Directly before (false) and after (true) a wait for the disk. */
	void (*synced)(void *context, bool done);
	void *context;
};

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
	/* What no publication holds yet is run again by the first call that writes, and not by the
	 * opening: readers can be answered meanwhile. */
	bool replays_later;
	struct credit_observer observer;
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
 * the fault, and the registry can go on. But after CREDIT_E_STORE_SUSPECT, of this or another call, it is
 * closed and opened again: only then is it known whether the epoch was committed, and until then nothing is
 * signed. An epoch that accepts nothing is still recorded when acts
 * were refused, so that refusals are not deniable; filings answered before need no epoch. */
#define CREDIT_EPOCH_FILINGS_MAX 4096
CREDIT_API void credit_registry_submit(struct credit_registry *registry,
	struct credit_submission *const *submissions, size_t count, credit_ms_t now);

/* Brings readers up to the last epoch. */
CREDIT_API enum credit_error credit_registry_publish(
	struct credit_registry *registry, credit_ms_t now) CREDIT_MUST_CHECK;
/* The same, with the digest of a snapshot in the log: its leaf stands directly before the publication's.
 * `leaf->recorded_at` is not looked at. *ret_number is the publication made. */
CREDIT_API enum credit_error credit_registry_publish_snapshot(struct credit_registry *registry,
	credit_ms_t now, const struct credit_snapshot_leaf *leaf,
	uint64_t *ret_number) CREDIT_MUST_CHECK;
/* Has the disk take what the last publication changed in the state, and waits for it; without it the next
 * publication does, before it is committed. Nothing that was acknowledged depends on it: a state that a loss
 * of power has set back is brought up from the journal by the next opening, at most two publications.
 * From any thread, so that the writer need not wait. CREDIT_E_STORE_SUSPECT: see credit_registry_submit. */
CREDIT_API enum credit_error credit_registry_settle(
	struct credit_registry *registry) CREDIT_MUST_CHECK;
/* Epochs committed but not published yet. */
CREDIT_API uint64_t credit_registry_unpublished(const struct credit_registry *registry);

/* Files what time alone asks for, up to `limit` system acts in one epoch; *ret_fired counts them.
 */
CREDIT_API enum credit_error credit_registry_fire_due(struct credit_registry *registry,
	credit_ms_t now, uint32_t limit, uint32_t *ret_fired) CREDIT_MUST_CHECK;
/* The next instant at which something falls due; INT64_MAX when nothing will. */
CREDIT_API credit_ms_t credit_registry_next_due(struct credit_registry *registry);
/* The same for what the last publication holds; any thread. INT64_MIN when that cannot be read. */
CREDIT_API credit_ms_t credit_registry_published_due(struct credit_registry *registry);
/* Time of the last publication; 0 when there is none. */
CREDIT_API credit_ms_t credit_registry_published_time(const struct credit_registry *registry);
/* Time of the last epoch or publication, whichever is later; 0 when there is none. */
CREDIT_API credit_ms_t credit_registry_last_time(const struct credit_registry *registry);

/* --- load files: any thread, beside the writer (docs/spec/load.md) --- */

/* How much of a load file is there: its rows, behind the first line. */
struct credit_load_stage {
	uint64_t size;
	uint32_t entities;
};
/* Keeps the next rows of a load file, checked and durable on return; `offset` is where they begin. Without
 * rows it only asks. When all are there, a BaseRegisterLoad that names the digest may be submitted; its
 * entities are enrolled by the publication that holds it.
 * CREDIT_E_LOAD_OFFSET, whose detail names where to go on; CREDIT_E_LOAD_EXISTS when it was filed;
 * CREDIT_E_BUSY while another file is staged that was gone on with in the last ten seconds (an older one gives
 * way); CREDIT_E_TOO_LARGE; or what credit_load_piece_check says.
 * Threads: any, none with a view begun. */
#define CREDIT_LOAD_IDLE_MS 10000
CREDIT_API enum credit_error credit_registry_stage_load(struct credit_registry *registry,
	const struct credit_hash *digest, uint64_t offset, struct credit_bytes rows,
	credit_ms_t now, struct credit_load_stage *ret_stage,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* --- cosignatures: any thread, beside the writer --- */

struct credit_cosigned {
	const struct credit_cosigner *cosigner;
	struct credit_cosignature cosignature;
};
/* Keeps what cosigners say of a publication beside it, in place of what they said of it before; each is
 * verified first. Durable on return; the writer's next commit may wait for this one. All or none:
 * CREDIT_E_NOT_FOUND for a publication that is not there, CREDIT_E_COSIGNATURE,
 * CREDIT_E_TOO_MANY for more than CREDIT_COSIGNATURES_MAX cosigners of one publication.
 * Threads: any, none with a view begun. */
CREDIT_API enum credit_error credit_registry_cosign(struct credit_registry *registry,
	uint64_t publication, const struct credit_cosigned *cosigned,
	size_t count) CREDIT_MUST_CHECK;
/* --- who looked: any thread --- */

/* A read that must be recorded before it is answered, or a deed before it is done. Texts are borrowed. */
struct credit_access {
	const struct credit_uscc *entity; /* NULL: the registry as a whole */
	struct credit_uscc reader;
	const char *method;  /* "repair-service/get-case" */
	const char *purpose; /* 1 to 200 characters, guarded like every text */
	credit_ms_t at;
};
/* A filing of one AccessRecord, signed with the system key, ready to be submitted through the same
 * door as any other. Owns: the filing (credit_filing_free) and, in the arena, the message that it
 * points into. Refuses a purpose that a text field would not take. */
CREDIT_API enum credit_error credit_registry_access_filing(const struct credit_registry *registry,
	const struct credit_access *access, struct credit_arena *arena,
	struct credit_filing **ret_filing, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The root authority: in whose name the operator of the machine reads. */
CREDIT_API struct credit_uscc credit_registry_root(const struct credit_registry *registry);
/* What filings are made out to; the registry's, valid until it is closed. */
CREDIT_API const char *credit_registry_origin(const struct credit_registry *registry);
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

/* The same from the first row at or after `from`, which begins with the prefix or is empty. Ends early
 * when `each` returns other than CREDIT_OK, and returns that. */
CREDIT_API enum credit_error credit_view_scan_from(struct credit_view *view, uint32_t effect_kind,
	struct credit_bytes prefix, struct credit_bytes from, void *context,
	enum credit_error (*each)(void *context, struct credit_bytes key,
		struct credit_bytes value)) CREDIT_MUST_CHECK;

/* Tasks that are still to do, in the order of EFFECT_KIND_OPEN_TASK's keys (journal.proto): of one office
 * by due day, of every office (NULL) by office first. `after`: the key of the last one seen, or NULL.
 * `task` is a serialised Task. Ends as above. */
#define CREDIT_OPEN_TASK_KEY_SIZE (1 + CREDIT_USCC_SIZE + 4 + CREDIT_RECORD_ID_SIZE)
CREDIT_API enum credit_error credit_view_open_tasks(struct credit_view *view, bool overdue,
	const struct credit_uscc *office, const uint8_t after[CREDIT_OPEN_TASK_KEY_SIZE],
	void *context,
	enum credit_error (*each)(void *context, struct credit_bytes key,
		struct credit_bytes task)) CREDIT_MUST_CHECK;

/* Has this authority a grant of the role (enum Role of act.proto) in force on `today`? Of role, dates and
 * revocation alone: for who may read what, not for what an authority may file. */
CREDIT_API enum credit_error credit_view_grant(struct credit_view *view,
	const struct credit_uscc *authority, uint32_t role, credit_day_t today,
	bool *ret_granted) CREDIT_MUST_CHECK;
/* A document of a case, opened, in the arena. CREDIT_E_NOT_FOUND when there is none, or it is
 * destroyed. */
CREDIT_API enum credit_error credit_view_document(struct credit_view *view,
	const struct credit_record_id *case_id, const struct credit_hash *digest,
	struct credit_arena *arena, struct credit_bytes *ret_document) CREDIT_MUST_CHECK;

/* What needs no writer but the last publication: origin, time, and the signature where the key is
 * known already (an unknown one is left to the writer, which sees newer keys). */
CREDIT_API enum credit_error credit_view_check_filing(struct credit_view *view,
	struct credit_filing *filing, credit_ms_t now,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* The newest epoch that was acknowledged: what readers see holds it from the next publication on. */
CREDIT_API uint64_t credit_view_newest_epoch(const struct credit_view *view);
/* The newest signed head that readers see: as a rule that of the last publication; receipts of the last
 * moments may be ahead of it. The view points at memory valid until _end. */
struct credit_signed_head {
	struct credit_tree_head head;
	uint64_t epoch;
	struct credit_bytes checkpoint;
};
CREDIT_API enum credit_error credit_view_head(
	struct credit_view *view, struct credit_signed_head *ret_head) CREDIT_MUST_CHECK;
/* The same, its checkpoint with the cosignatures under it when the newest head is a publication's and
 * they are there already; then in the arena. */
CREDIT_API enum credit_error credit_view_cosigned_head(struct credit_view *view,
	struct credit_arena *arena, struct credit_signed_head *ret_head) CREDIT_MUST_CHECK;

/* The newest publication's checkpoint, which is what witnesses are shown; in the arena. */
struct credit_published_head {
	uint64_t publication;
	struct credit_tree_head head;
	struct credit_bytes checkpoint;   /* as the log alone signed it */
	struct credit_bytes cosignatures; /* the signature lines that there are */
};
/* CREDIT_E_NOT_FOUND before the first publication. */
CREDIT_API enum credit_error credit_view_published_head(struct credit_view *view,
	struct credit_arena *arena, struct credit_published_head *ret_head) CREDIT_MUST_CHECK;
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

/* --- deltas: what an auditor re-runs (docs/spec/audit.md) --- */

enum credit_delta_part { /* sent, as enum DeltaPart of audit_service.proto: never renumber */
	CREDIT_DELTA_EPOCH = 1,
	CREDIT_DELTA_ATTACHMENT = 2,
	CREDIT_DELTA_ROW = 3,
	CREDIT_DELTA_PUBLICATION = 4,
	CREDIT_DELTA_LOAD = 5,
};

/* A place among the deltas; the caller's memory, and nothing to free. Good in any later look of any
 * view of this registry. */
struct credit_delta_cursor {
	uint64_t publication;       /* the next one to be given whole */
	uint64_t last_epoch;        /* that it holds; 0 before it was looked at */
	uint64_t epoch, first_leaf; /* being given */
	uint32_t row, rows;
	enum credit_delta_part part;
	size_t offset;  /* in the part */
	bool loads;     /* the epoch has acts that name load files */
	uint32_t piece; /* of the row's load file */
};
struct credit_delta_piece {
	enum credit_delta_part part;
	struct credit_bytes bytes; /* a view, valid until _end */
	bool more;                 /* the part goes on in the next piece */
	struct credit_hash leaf;   /* of a row's last piece: the log's leaf hash */
};

/* Goes to the beginning of a publication's delta. `kept_since`: deltas of publications before that
 * instant are no longer kept. CREDIT_E_DELTAS_PRUNED, whose detail names the first that is;
 * CREDIT_E_FIELD_RANGE for 0; CREDIT_E_NOT_FOUND for one beyond the next to come. */
CREDIT_API enum credit_error credit_view_delta_begin(struct credit_view *view, uint64_t publication,
	credit_ms_t kept_since, struct credit_delta_cursor *ret_cursor,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The next piece, of at most `limit` bytes. CREDIT_E_NOT_FOUND behind the newest publication. */
CREDIT_API enum credit_error credit_view_delta_next(struct credit_view *view,
	struct credit_delta_cursor *cursor, size_t limit,
	struct credit_delta_piece *ret_piece) CREDIT_MUST_CHECK;
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
/* Takes bundles of entries away whose leaves were all published before `now - kept_ms`; hash tiles stay,
 * and with them every proof. Says so first in the folder's signed note `pruning` (docs/spec/log.md, 7.12).
 * Bundles that are gone stay gone, whatever is asked for later. May be called after any run, and again
 * after a failure. */
CREDIT_API enum credit_error credit_exporter_prune(struct credit_exporter *exporter,
	credit_ms_t now, int64_t kept_ms, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Leaves under the folder's checkpoint. */
CREDIT_API uint64_t credit_exporter_size(const struct credit_exporter *exporter);

/* --- snapshots (docs/spec/snapshot.md) --- */

/* Makes snapshots of all published listings and keeps them as files in a folder of their own. Three
 * steps: _gather reads the statuses and writes the body; the writer logs its leaf
 * (credit_registry_publish_snapshot); _finish makes the file of it.
 * Reads through readers of its own, a few thousand statuses at a time, and never waits for the writer.
 * Threads: one at a time; freed before the registry is closed. */
struct credit_snapshotter;
/* The folder is made when missing, and locked. Beyond the newest `keep` (at least 1) snapshots go away.
 * CREDIT_E_BUSY; CREDIT_E_FOLDER_NOT_OURS when its newest one is of another log. */
CREDIT_API enum credit_error credit_snapshotter_open(struct credit_registry *registry,
	const char *folder, uint32_t keep, struct credit_snapshotter **ret_snapshotter,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
CREDIT_API void credit_snapshotter_free(
	struct credit_snapshotter *snapshotter); /* NULL is allowed */
/* 0.04 us an entity that is in memory and on no list, a microsecond one that is listed; else as long as
 * the disk takes. `go_on` (may be NULL) is asked after every piece; when it says false the run ends with
 * CREDIT_E_CANCELLED. CREDIT_E_EPOCH_NOT_PUBLISHED before the first publication; CREDIT_E_TOO_MANY when
 * more than two million statuses changed meanwhile. */
CREDIT_API enum credit_error credit_snapshotter_gather(struct credit_snapshotter *snapshotter,
	bool (*go_on)(void *context), void *context, struct credit_snapshot_leaf *ret_leaf,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Publication `number` has logged what was gathered. Durable on return. */
CREDIT_API enum credit_error credit_snapshotter_finish(struct credit_snapshotter *snapshotter,
	uint64_t number, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Drops what was gathered; nothing when there is nothing. */
CREDIT_API void credit_snapshotter_forget(struct credit_snapshotter *snapshotter);
/* When the newest one in the folder was logged; 0: there is none. */
CREDIT_API credit_ms_t credit_snapshotter_newest(const struct credit_snapshotter *snapshotter);

/* --- checking --- */

#define CREDIT_FAULT_PLACE_MAX 192
#define CREDIT_FAULT_VALUE_MAX 96

/* One thing that is wrong. The sentences are indexed by enum credit_lang and live for ever. */
struct credit_fault {
	const char *name;      /* stable, e.g. "STATE_DIFFERS" */
	const char *what[2];   /* what is wrong */
	const char *means[2];  /* which answers may be wrong, and which cannot be */
	const char *remedy[2]; /* what to do; nothing is repaired by looking */
	/* Store, keyspace and key, e.g. "journal rows 12/3", "state status 9133010...". */
	char place[CREDIT_FAULT_PLACE_MAX];
	char should[CREDIT_FAULT_VALUE_MAX]; /* be there; "" where that is not known */
	char is[CREDIT_FAULT_VALUE_MAX];     /* there instead; "" for nothing */
};

enum credit_fsck_phase {
	CREDIT_FSCK_PAGES,        /* bytes of the files, before anything is opened */
	CREDIT_FSCK_JOURNAL,      /* epochs: commitments, leaves, tiles, roots, documents */
	CREDIT_FSCK_SIGNATURES,   /* epochs: filings and checkpoints, publications too */
	CREDIT_FSCK_EFFECTS,      /* acts: what the state must be */
	CREDIT_FSCK_STATE,        /* entities: what it is, and what the map must say of it */
	CREDIT_FSCK_MAP,          /* entities: leaves, tiles, root */
	CREDIT_FSCK_PUBLICATIONS, /* publications: the map roots of earlier ones, only on demand */
};
/* "journal" or "日志", for a line of progress. */
CREDIT_API const char *credit_fsck_phase_name(enum credit_fsck_phase phase, enum credit_lang lang);

struct credit_fsck_options {
	/* Each thing that is wrong, as it is found; must be given. Views are valid during the call. */
	void (*fault)(void *context, const struct credit_fault *fault);
	/* Now and then, and with done == total at the end of each phase; may be NULL. `total` may be 0:
	 * not known. */
	void (*progress)(
		void *context, enum credit_fsck_phase phase, uint64_t done, uint64_t total);
	void *context;
	unsigned threads; /* that verify signatures; 0: one */
	/* Derive the map root of every publication, not only of the last one. Takes room for as much again
	 * as the state has, and the time of a replay. */
	bool every_publication;
};

struct credit_fsck_report {
	uint64_t epochs, acts, publications, leaves, signatures, entities;
	uint64_t rows;   /* of the state, compared with what the journal gives */
	uint64_t faults; /* of which the first thousand rows of the state are told one by one */
	uint64_t erased; /* of the acts: leaf and commitment are checked, content there is none */
	uint64_t underived; /* of the publications: they hold acts erased since, so that their map's
			     * root, which is in the signed log, need not follow from the journal */
	uint64_t unscrubbed; /* erased records whose bytes wait for the next scrub */
};

/* Looks at the pages of both stores' files in <path>, byte by byte and without opening them, so that no
 * damage can make a program fall over that opens them afterwards: after a fault, do not open them.
 * CREDIT_E_NOT_FOUND when there is no journal. Adds to *report. */
CREDIT_API enum credit_error credit_fsck_files(const char *path,
	const struct credit_fsck_options *options,
	struct credit_fsck_report *report) CREDIT_MUST_CHECK;

/* Of a registry that credit_registry_open refused for damage: says so, then looks at the journal alone, so
 * that what is wrong has a place. Adds to *report. */
CREDIT_API enum credit_error credit_fsck_unopened(const char *path,
	const struct credit_named_key *log, const struct credit_problem *why,
	const struct credit_fsck_options *options,
	struct credit_fsck_report *report) CREDIT_MUST_CHECK;

/* Derives everything again from the journal: leaves, tree, tiles, checkpoints, signatures; from the
 * effects what each row of the state must be; from the statuses the map, down to its root in the log.
 * Reads only, in memory that does not grow with the registry but for a few bytes an entity (a temporary
 * file without a name in the data directory takes 16 bytes a row). The registry must not be open
 * elsewhere for writing. An error says that it could not look to the end. */
CREDIT_API enum credit_error credit_registry_fsck(struct credit_registry *registry,
	const struct credit_fsck_options *options,
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
	uint64_t bytes;            /* of its journal's file, in clear */
	struct credit_hash digest; /* SHA-256 of it */
	/* Encrypted: the file that is there instead, and SHA-256 of the public key that it was sealed to. */
	bool sealed;
	uint64_t sealed_bytes;
	struct credit_hash sealed_digest, sealed_to;
};

#define CREDIT_BACKUP_NAME_MAX 64
/* The folder's name: "<epoch>-<publication>", with leading zeros, so that they sort by age. */
CREDIT_API const char *credit_backup_name(
	const struct credit_backup *backup, char text[CREDIT_BACKUP_NAME_MAX]);

/* Makes <folder>/<name> up to the last publication, and checks it as fsck checks a journal before it
 * gets that name. The folder is made when missing. `go_on` (may be NULL) is asked now and then.
 * With `seal_to` (an Ed25519 public key, else NULL) its journal is encrypted, so that only the holder of
 * the private key can restore it: nothing in clear gets into the folder, and what was written is read
 * back, decrypted and compared.
 * CREDIT_E_EXISTS when this one is there; CREDIT_E_NOT_FOUNDED; CREDIT_E_CANCELLED. */
CREDIT_API enum credit_error credit_backup_make(struct credit_registry *registry,
	const char *folder, const struct credit_public_key *seal_to, bool (*go_on)(void *context),
	void *context, struct credit_backup *ret_backup,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Reads the manifest. CREDIT_E_NOT_FOUND when the folder has none, CREDIT_E_BACKUP_FALSE when it is not
 * one. */
CREDIT_API enum credit_error credit_backup_read(const char *path, struct credit_backup *ret_backup,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The digest, then every row, leaf, signature and root. CREDIT_E_BACKUP_FALSE. Of an encrypted one the
 * digest only, and with the private key (may be NULL) that it decrypts to the journal which was checked
 * when it was made; CREDIT_E_BACKUP_KEY. */
CREDIT_API enum credit_error credit_backup_check(const char *path,
	const struct credit_named_key *log, const struct credit_key_pair *key,
	struct credit_backup *ret_backup, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Overwrites and removes it. */
CREDIT_API enum credit_error credit_backup_destroy(const char *path) CREDIT_MUST_CHECK;

struct credit_restore_options {
	const char *backup;    /* the folder with the manifest */
	const char *path;      /* the data directory; must hold no journal and no state */
	const char *head_path; /* NULL: <path>/head */
	const char *origin;
	struct credit_named_key log;
	const struct credit_key_pair *key; /* of an encrypted backup; NULL: none */
	/* Sign on from the backup although no head file says that nothing was signed after it. Then `asked`
	 * are the newest checkpoints that witnesses and other copies have, one at least. */
	bool head_from_backup;
	const struct credit_bytes *asked;
	size_t asked_count;
};
/* Decrypts the backup into the data directory when it is encrypted, checks it, looks how far the log was signed, and lays the journal down; the state is built
 * from it when the registry is opened. CREDIT_E_EXISTS; CREDIT_E_BACKUP_FALSE, _BACKUP_SEALED,
 * _BACKUP_KEY; CREDIT_E_HEAD_FORK;
 * CREDIT_E_RESTORE_BEHIND when the head file is ahead or missing; CREDIT_E_RESTORE_SEEN when one of
 * `asked` is ahead of the backup or contradicts it. Nothing is laid down then. */
CREDIT_API enum credit_error credit_backup_restore(const struct credit_restore_options *options,
	struct credit_backup *ret_backup, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
