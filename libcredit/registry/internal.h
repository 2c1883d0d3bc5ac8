/* SPDX-License-Identifier: Apache-2.0
 *
 * internal.h - what the files of the registry room share.
 *
 * Who calls whom:
 *     submit.c  -> decide.c (rules, randomness, time) -> apply.c (effects from bytes alone)
 *               -> journal.c -> pending.c, tail.c (one write, one flush) -> answer.c (receipts)
 *     publish.c -> apply.c -> status_map.c (the map over all statuses) -> journal.c (one synced commit
 *               of what was pending) -> head.c (last signed head)
 *     open.c    -> latest.c -> journal.c -> apply.c (replay)
 *     scrub.c, backup.c -> copy.c (the journal into another store) -> erase.c (without what was erased)
 *     view.c, due.c, fsck*.c, export.c, snapshot.c read through the same journal.c and state.c
 *     cosign.c keeps beside a publication what witnesses say of it, from threads of their own
 *     grant.c and delta.c are what auditors are let in by, and what they read
 * submit.c and publish.c work on what latest.c holds: the open state transaction, the log's edge.
 */
#ifndef CREDIT_REGISTRY_INTERNAL_H
#define CREDIT_REGISTRY_INTERNAL_H

#include <credit/map.h>
#include <credit/registry.h>
#include <credit/store.h>

#include "registry/head.h"

#include "credit/v1/journal.pb-c.h"
#include "credit/v1/receipt.pb-c.h"
#include "credit/v1/status.pb-c.h"

#include <stdatomic.h>

/* --- keyspaces (docs/spec/journal.md) --- */

/* In the database: never renumber the names' meaning; order here is only this program's. */
enum journal_keyspace {
	JOURNAL_EPOCHS, /* epoch (8) -> Epoch */
	JOURNAL_ROWS,   /* epoch (8), row (4) -> EpochRow */
	JOURNAL_TILES,  /* level (1), index (8) -> hashes */
	JOURNAL_HEAD,   /* "head" -> epoch (8), size (8), root (32), checkpoint */
	/* SHA-256 (32) -> attachment; case id, SHA-256 (48) -> a sealed one */
	JOURNAL_DOCUMENTS,
	JOURNAL_PUBLICATIONS,  /* number (8) -> Publication */
	JOURNAL_COSIGNATURES,  /* publication (8) -> signature lines */
	JOURNAL_DOCUMENT_KEYS, /* case id, SHA-256 (48) -> key (32): erased with its document */
	JOURNAL_ERASURES, /* epoch (8), row (4) of an erasure -> since epoch (8): its bytes are gone */
	JOURNAL_LOADS,    /* digest (32) of a load file -> how much of it is there, and its epoch */
	JOURNAL_LOAD_PIECES, /* digest (32), number (4) -> rows of the file */
	JOURNAL_KEYSPACES
};

enum state_keyspace {
	/* One for each EffectKind, in its order. */
	STATE_FOUNDING,
	STATE_AUTHORITY,
	STATE_KEY,
	STATE_GRANT,
	STATE_RULE_BOOK,
	STATE_ENTITY,
	STATE_RECORD,
	STATE_STATUS,
	STATE_TIMER,
	STATE_NOTICE,
	STATE_CONSENT,
	STATE_MEASURE,
	STATE_CASE,
	STATE_TASK,
	STATE_SUBSCRIPTION,
	STATE_DELIVERY,
	STATE_ALIAS,
	STATE_DECISION,
	STATE_ENTITY_KEY,
	STATE_TALLY,
	STATE_ACCESS,
	STATE_SUBSCRIBED,
	STATE_OPEN_TASK,
	/* Look-ups that follow from rows and headers. */
	STATE_COMMITMENT, /* commitment (32) -> epoch (8), row (4) */
	STATE_FILING,     /* manifest digest (32) -> epoch (8), filing (4) */
	STATE_REQUEST,    /* issuer (18), request id (16) -> manifest digest (32) */
	STATE_META, /* "applied", "publication" -> a credit__mark; "map" -> depth, size, root */
	/* The status map (map.h), and what changed since the last publication. */
	STATE_MAP_LEAF, /* map key (32) -> value (32), USCC (18) */
	STATE_MAP_TILE, /* level and prefix (5) -> hashes */
	STATE_CHANGED,  /* map key (32) -> value (32), USCC (18) */
	STATE_ERASURE,  /* of EFFECT_KIND_ERASURE: USCC (18), record id (16) -> ErasedRecord */
	STATE_LOAD, /* of EFFECT_KIND_LOAD: 00 filed, 01 and digest (32) carried out -> seed, Load */
	STATE_KEYSPACES
};

#define JOURNAL_FORMAT 4 /* 2: erasures; 3: load files; 4: decisions under their entity */
#define STATE_FORMAT 4   /* 4: an entity's rows lie together */
#define FORMAT_OLDEST 4  /* of both */
#define RECORD_ROOM ((size_t)16 << 20) /* bytes that a state transaction is expected to add */

extern const char *const credit__journal_names[JOURNAL_KEYSPACES];
extern const char *const credit__state_names[STATE_KEYSPACES];
/* What is read and written together for an entity lies together (store.h): keys that begin with its USCC. */
extern const uint8_t credit__state_clustered[STATE_KEYSPACES];

/* How either is opened, but for what is the caller's: map, readers, the way it settles. */
struct credit_store_options credit__journal_options(const char *path);
struct credit_store_options credit__state_options(const char *path);

/* Keyspace of an effect, or -1. */
int credit__effect_keyspace(uint32_t effect_kind);
/* Effect kind of a keyspace, or 0. */
uint32_t credit__keyspace_effect(unsigned keyspace);

/* --- the state as decisions and views see it --- */

/* Through a write transaction (the writer's own latest state) or a reader; one of them is NULL. */
struct credit__eyes {
	struct credit_write *write;
	struct credit_reader *reader;
};
enum credit_error credit__eyes_get(const struct credit__eyes *eyes, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes *ret_value) CREDIT_MUST_CHECK;
/* Rows whose key begins with `prefix`, from the first one at or after `from`. */
enum credit_error credit__eyes_scan(const struct credit__eyes *eyes, unsigned keyspace,
	struct credit_bytes prefix, struct credit_bytes from, void *context,
	enum credit_error (*each)(void *context, struct credit_bytes key,
		struct credit_bytes value)) CREDIT_MUST_CHECK;
/* The same as rules/ wants it; `eyes` must outlive it. */
struct credit_state_view credit__state_view(struct credit__eyes *eyes);

/* --- an epoch --- */

/* A position in the journal, as STATE_META keeps it. */
struct credit__mark {
	uint64_t epoch;
	credit_ms_t time;
	uint64_t publication; /* 0 in the mark "applied" */
};

/* A document of a case: the case's id, and the document's SHA-256. */
struct credit__document_name {
	uint8_t byte[CREDIT_RECORD_ID_SIZE + CREDIT_HASH_SIZE];
};

/* One epoch being decided: everything lies in the arena. */
struct credit__epoch {
	struct credit_arena arena;
	uint64_t number;
	credit_ms_t time;
	uint64_t first_leaf;
	uint8_t random[256]; /* openings and blinds are drawn from here; the last ones are left */
	size_t random_left;
	Credit__V1__EpochFiling **filings; /* as many as filing_count */
	size_t filing_count, filing_capacity;
	struct credit__row {
		struct credit_bytes bytes; /* a serialised EpochRow */
		struct credit_hash leaf;   /* leaf hash */
		struct credit_bytes attachment;
		bool is_document; /* the attachment is one of a case: kept sealed under its name */
		bool files_load;  /* the act files a load file that is staged */
		struct credit_hash load;
		struct credit__document_name document;
	} * rows;
	size_t row_count, row_capacity;
	struct credit_bytes header;   /* a serialised Epoch, once sealed */
	struct credit_tree_head head; /* after it */
	struct credit_bytes checkpoint;
};

/* --- the rule book that decisions are made under --- */

struct credit__book {
	struct credit_rule_book *book; /* in force on `day`; NULL before the first adoption */
	credit_day_t day;
	bool known; /* false: look it up again before the next act */
};
/* Looks it up on a new day, and after an adoption (`known` set to false). The book is freed by
 * whoever holds the struct. (decide.c) */
enum credit_error credit__book_current(struct credit__book *book, struct credit_write *write,
	credit_day_t today) CREDIT_MUST_CHECK;

/* --- the registry --- */

/* Epochs that the head file's tail holds and the journal's store not yet, one after the other. */
struct credit__pending {
	struct credit__pending_epoch {
		struct credit__signed_size head; /* after it */
		uint8_t *memory;
		struct credit_bytes payload; /* as it stands in the tail */
		struct credit_bytes header;  /* a serialised Epoch */
		struct credit__pending_row {
			const struct credit_hash *leaf;
			struct credit_bytes bytes; /* a serialised EpochRow */
		} * rows;
		size_t row_count;
	} * items;
	size_t count, capacity;
	size_t room; /* what the store will need for them */
};

/* Reads tiles from the journal through one reader. */
struct credit__tiles {
	struct credit_reader *reader;
	struct credit_hash tile[CREDIT_TILE_WIDTH];
};
struct credit_tile_source credit__tile_source(struct credit__tiles *tiles);

struct credit_registry {
	bool ready; /* opening has succeeded */
	char *path;
	char *origin;
	struct credit_uscc root_uscc;
	struct credit_public_key root_key;
	struct credit_key_pair log_key, system_key;
	struct credit_named_key log_name;

	struct credit_store *journal, *state;
	bool suspect; /* what is in memory is not what is on the disk; only closing is left */
	struct credit__head_file head_file;
	bool head_behind; /* the journal was committed and the head file not: mend it first */
	struct credit__pending pending;
	uint64_t filed; /* leaves in the journal's store */

	struct credit_write *write;    /* open state transaction; NULL after a publication */
	uint64_t epoch;                /* last one that is durable */
	_Atomic uint64_t acknowledged; /* the same, for views */
	credit_ms_t time;              /* its time */
	uint64_t publication;          /* last one committed to the journal */
	uint64_t published;            /* the last epoch that it holds */
	credit_ms_t published_time;
	bool alone;                    /* being opened: nobody reads */
	struct credit_store *incoming; /* where a load file is carried out, else NULL: the
					* writer works there instead of on `state` */

	struct credit_log *log;       /* the right edge */
	struct credit__tiles tiles;   /* the writer's own */
	struct credit_prover *prover; /* for receipts: the log's edge, and behind it the tiles */

	struct credit__book book;

	uint64_t unscrubbed; /* erasures since the last scrub, those of abandoned epochs too */

	struct credit_arena answers; /* FilingReceipts, until the next submit */

	struct credit_observer observer;
};

struct credit_view {
	struct credit_registry *registry;
	struct credit_reader *state;
	struct credit__tiles journal;
	struct credit_prover *prover; /* made when first needed */
	bool journal_begun;
	/* credit__view_mark: the publication that the state shows, and the snapshot of `state` that it was
	 * read from; 0: none. */
	struct credit__mark mark;
	uint64_t marked;
	struct credit__proving *proving; /* view_proof.c; made when first needed */
};

/* --- review.c --- */

/* Seals what a timer CREDIT_TIMER_KEY_REVIEW asks for, as far as one piece goes. */
enum credit_error credit__review_seal(struct credit_registry *registry, const uint8_t *timer_key,
	struct credit_sealer *sealer) CREDIT_MUST_CHECK;

/* --- document.c --- */

/* Is this the act that brings a document of a case? */
bool credit__document_of(const struct Credit__V1__Act *act, struct credit__document_name *ret_name);
/* Seals it under a key of its own and puts both. */
enum credit_error credit__document_put(struct credit_write *journal,
	const struct credit__document_name *name, struct credit_bytes plain) CREDIT_MUST_CHECK;
/* Opened and compared with its digest, in the arena. CREDIT_E_NOT_FOUND when it is destroyed. */
enum credit_error credit__document_read(struct credit_reader *journal,
	const struct credit__document_name *name, struct credit_arena *arena,
	struct credit_bytes *ret_plain) CREDIT_MUST_CHECK;

/* view.c: the journal is looked at only by those who need it. */
enum credit_error credit__view_journal(struct credit_view *view) CREDIT_MUST_CHECK;
/* The journal begun, and view->prover made. */
enum credit_error credit__view_prover(struct credit_view *view) CREDIT_MUST_CHECK;
/* Fills view->mark; reads once as long as nothing is committed. */
enum credit_error credit__view_mark(struct credit_view *view) CREDIT_MUST_CHECK;

/* --- journal.c --- */

/* Writes one sealed epoch, durable on return: into the head file's tail, which is then the newest head
 * too, or into the store, when it brings attachments or the tail is full; nothing is pending then,
 * and the head file is the caller's to write. */
enum credit_error credit__journal_commit(
	struct credit_registry *registry, const struct credit__epoch *epoch) CREDIT_MUST_CHECK;
/* Has the store take what is pending. */
enum credit_error credit__journal_settle(struct credit_registry *registry) CREDIT_MUST_CHECK;
enum credit_error credit__journal_epoch(struct credit_reader *reader, uint64_t number,
	struct credit_arena *arena, Credit__V1__Epoch **ret_epoch) CREDIT_MUST_CHECK;
enum credit_error credit__journal_row(struct credit_reader *reader, uint64_t epoch, uint32_t row,
	struct credit_arena *arena, Credit__V1__EpochRow **ret_row) CREDIT_MUST_CHECK;
/* Serialised rows of an epoch, one after the other. */
enum credit_error credit__journal_row_bytes(struct credit_reader *reader, uint64_t epoch,
	uint32_t row, struct credit_bytes *ret_bytes) CREDIT_MUST_CHECK;
enum credit_error credit__journal_epoch_bytes(struct credit_reader *reader, uint64_t number,
	struct credit_bytes *ret_bytes) CREDIT_MUST_CHECK;
/* A publication with its leaf's tiles, and what was pending; durable on return. */
enum credit_error credit__journal_publish(struct credit_registry *registry,
	const Credit__V1__Publication *publication, struct credit_bytes bytes) CREDIT_MUST_CHECK;
/* CREDIT_E_NOT_FOUND when there is no such publication. */
enum credit_error credit__journal_publication(struct credit_reader *reader, uint64_t number,
	struct credit_arena *arena, Credit__V1__Publication **ret_publication) CREDIT_MUST_CHECK;
enum credit_error credit__journal_publication_bytes(struct credit_reader *reader, uint64_t number,
	struct credit_bytes *ret_bytes) CREDIT_MUST_CHECK;
/* The same through a write transaction on the journal. */
enum credit_error credit__journal_publication_written(struct credit_write *write, uint64_t number,
	struct credit_arena *arena, Credit__V1__Publication **ret_publication) CREDIT_MUST_CHECK;
/* The newest one; CREDIT_E_NOT_FOUND when there is none. */
enum credit_error credit__journal_last_publication(struct credit_reader *reader,
	struct credit_arena *arena, Credit__V1__Publication **ret_publication) CREDIT_MUST_CHECK;
/* The log entry that a row's bytes give, in the arena. `row->filing` is one of the epoch's, else
 * CREDIT_E_STORE_CORRUPT. */
enum credit_error credit__row_entry(const Credit__V1__Epoch *epoch, const Credit__V1__EpochRow *row,
	const struct credit_hash *commitment, struct credit_arena *arena,
	struct credit_bytes *ret_entry) CREDIT_MUST_CHECK;
/* A message of our own bytes, in the arena: what does not decode is damage, and a shortage of memory is none. */
enum credit_error credit__decode_stored(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, struct credit_arena *arena,
	ProtobufCMessage **ret_message) CREDIT_MUST_CHECK;
enum credit_error credit__journal_put_head(struct credit_write *write, uint64_t epoch,
	const struct credit_tree_head *head, struct credit_bytes checkpoint) CREDIT_MUST_CHECK;
/* CREDIT_E_NOT_FOUND before the first epoch. */
enum credit_error credit__journal_head(
	struct credit_reader *reader, struct credit_signed_head *ret_head) CREDIT_MUST_CHECK;

/* --- apply.c --- */

/* Executes one row's effects; nothing but its bytes and its place are needed. */
enum credit_error credit__apply_row(struct credit_write *write, uint64_t epoch, uint32_t row,
	struct credit_bytes bytes) CREDIT_MUST_CHECK;
/* What follows from the header: filings, request ids, the applied mark. */
enum credit_error credit__apply_filing(struct credit_write *write, uint64_t epoch, uint32_t number,
	const Credit__V1__EpochFiling *filing) CREDIT_MUST_CHECK;
#define CREDIT_REQUEST_KEY_SIZE (CREDIT_USCC_SIZE + 16)
/* Issuer and request id of a filing that has one: key of STATE_REQUEST. */
enum credit_error credit__request_key(const Credit__V1__EpochFiling *filing,
	uint8_t memory[CREDIT_REQUEST_KEY_SIZE], struct credit_bytes *ret_key) CREDIT_MUST_CHECK;
enum credit_error credit__apply_mark(struct credit_write *write, const char *name,
	const struct credit__mark *mark) CREDIT_MUST_CHECK;
enum credit_error credit__read_mark(const struct credit__eyes *eyes, const char *name,
	struct credit__mark *ret_mark) CREDIT_MUST_CHECK;
enum credit_error credit__apply_effect(
	struct credit_write *write, const Credit__V1__Effect *effect) CREDIT_MUST_CHECK;
/* One whole epoch from the journal: what replay, replicas and fsck do. */
enum credit_error credit__apply_epoch(struct credit_write *write, struct credit_reader *journal,
	uint64_t number, struct credit_arena *arena) CREDIT_MUST_CHECK;

/* Executes a publication's effects, enrols the load file that waits (out of `loads`), brings the map up
 * and sets the mark. */
struct credit__load_source;
enum credit_error credit__apply_publication(struct credit_write *write,
	const Credit__V1__Publication *publication, const struct credit__load_source *loads,
	struct credit_map_head *ret_head) CREDIT_MUST_CHECK;
/* The same from the journal: the map's root must come out as recorded, else _STATE_DIVERGED. Only
 * where acts that it holds were erased it cannot; *ret_proved (may be NULL) is false then. `alone`: nobody
 * reads what is written, so that a load file may be committed in steps. */
enum credit_error credit__replay_publication(struct credit_write *write,
	struct credit_reader *journal, const Credit__V1__Publication *publication, bool alone,
	bool *ret_proved) CREDIT_MUST_CHECK;
/* The leaf that a publication ends its tree with. */
void credit__publication_leaf_of(
	const Credit__V1__Publication *publication, struct credit_publication_leaf *ret_leaf);
/* The entry of the snapshot's leaf before it; false when the publication logs none. */
bool credit__snapshot_entry(
	const Credit__V1__Publication *publication, uint8_t ret_entry[CREDIT_SNAPSHOT_LEAF_SIZE]);
void credit__publication_entry(const Credit__V1__Publication *publication,
	uint8_t ret_entry[CREDIT_PUBLICATION_LEAF_SIZE]);
/* Appends the publication's leaf, and before it that of the snapshot, when there is one. */
enum credit_error credit__publication_append(
	struct credit_log *log, const Credit__V1__Publication *publication) CREDIT_MUST_CHECK;
/* How many leaves those are. */
uint64_t credit__publication_leaves(const Credit__V1__Publication *publication);

/* --- erase.c: what an erasure takes away (docs/spec/journal.md, section 7) --- */

#define ERASURE_KEY_SIZE (CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE)
/* One erased thing: a record, or what hangs on it alone. */
struct credit__erasure {
	uint8_t key[ERASURE_KEY_SIZE]; /* USCC, id */
	uint64_t since_epoch;
	uint32_t since_row;
	credit_ms_t since;
	uint64_t epoch;
	uint32_t row;
	credit_ms_t at;
	bool dependent; /* no status told of it but with its record */
	bool counts;    /* it is a record, and not one under another code */
	bool access;    /* it is the record of a read */
};
enum credit_error credit__erasure_read(struct credit_bytes key, struct credit_bytes value,
	struct credit__erasure *ret_erasure) CREDIT_MUST_CHECK;
/* Those of the state that come after a given epoch, sorted by key; on the heap. */
struct credit__erasures {
	struct credit__erasure *items;
	size_t count, capacity;
	uint64_t after;
	uint64_t first, last; /* least since_epoch, greatest epoch; of none: UINT64_MAX, `after` */
};
enum credit_error credit__erasures_load(const struct credit__eyes *state, uint64_t after,
	struct credit__erasures *ret_erasures) CREDIT_MUST_CHECK;
/* Adds the deliveries about them, which tell of a record under its subscriber's code. */
enum credit_error credit__erasures_load_told(
	const struct credit__eyes *state, struct credit__erasures *erasures) CREDIT_MUST_CHECK;
void credit__erasures_free(struct credit__erasures *erasures);

/* Its act was erased, and the bytes are gone. */
bool credit__row_is_erased(const Credit__V1__EpochRow *row);
/* Its act was erased, whether or not the bytes are gone already. */
enum credit_error credit__row_was_erased(const struct credit__eyes *state,
	const Credit__V1__EpochRow *row, bool *ret_erased) CREDIT_MUST_CHECK;
/* A row, or a publication, without what was erased: in the arena, or `bytes` itself when nothing
 * is taken away. `journal` gives the row's header. */
enum credit_error credit__erase_row(const struct credit__erasures *erasures,
	struct credit_reader *journal, uint64_t epoch, uint32_t row, struct credit_bytes bytes,
	struct credit_arena *arena, struct credit_bytes *ret_bytes) CREDIT_MUST_CHECK;
enum credit_error credit__erase_publication(const struct credit__erasures *erasures,
	struct credit_bytes bytes, struct credit_arena *arena,
	struct credit_bytes *ret_bytes) CREDIT_MUST_CHECK;

/* Is a row of the state about something that was erased? */
bool credit__state_row_erased(const struct credit__erasures *erasures, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes value);

/* The last erasure whose bytes are gone from the journal; 0: none. */
enum credit_error credit__journal_scrubbed(
	struct credit_reader *journal, uint64_t *ret_epoch) CREDIT_MUST_CHECK;
/* Does a publication that ends with this epoch hold acts erased since? */
enum credit_error credit__journal_epoch_erased(
	struct credit_reader *journal, uint64_t epoch, bool *ret_erased) CREDIT_MUST_CHECK;

/* --- copy.c --- */

/* The journal up to `publication` into an empty store of its keyspaces, without what `erasures` take
 * away, which are those after `scrubbed`. Reads in steps, so that no page is pinned for long and the
 * writer can go on; between them `go_on` (may be NULL) may end it with CREDIT_E_CANCELLED. */
enum credit_error credit__journal_copy(struct credit_reader *journal, struct credit_store *target,
	const Credit__V1__Publication *publication, uint64_t scrubbed,
	const struct credit__erasures *erasures, bool (*go_on)(void *context),
	void *context) CREDIT_MUST_CHECK;
/* The state without rows about what was erased, with a mark up to where it is scrubbed. */
enum credit_error credit__state_copy(struct credit_reader *state, struct credit_store *target,
	uint64_t scrubbed, const struct credit__erasures *erasures) CREDIT_MUST_CHECK;

/* Beside the stores while fsck derives every publication's map, while a backup is made that will be
 * encrypted, and while one is decrypted. */
#define CREDIT__FSCK_FOLDER "fsck-"
#define CREDIT__BACKUP_FOLDER "backup-"
/* fsck.c: every row, leaf, signature and root of a journal, and the head that they give. What is wrong is
 * told as the options say; an error says that it could not be read. */
enum credit_error credit__check_journal(struct credit_store *journal,
	const struct credit_named_key *log_name, uint64_t epochs, uint64_t publications,
	const struct credit_fsck_options *options,
	struct credit_tree_head *ret_head) CREDIT_MUST_CHECK;

/* --- scrub.c --- */

/* A state that is older than what was scrubbed from the journal cannot be brought up:
 * CREDIT_E_STATE_DIVERGED. A new one is marked as having nothing to scrub. Begins and ends a write. */
enum credit_error credit__scrub_check_state(
	struct credit_registry *registry, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Erased records whose bytes are in the files still. */
enum credit_error credit__scrub_pending(
	struct credit_registry *registry, uint64_t *ret_pending) CREDIT_MUST_CHECK;

/* --- status_map.c --- */

/* Brings the map up to the statuses that changed and forgets which they were. */
enum credit_error credit__status_map_update(
	struct credit_write *write, struct credit_map_head *ret_head) CREDIT_MUST_CHECK;
/* Notes what an entity's status has become; an empty one is none. */
enum credit_error credit__status_map_note(struct credit_write *write, struct credit_bytes uscc,
	struct credit_bytes status) CREDIT_MUST_CHECK;
/* The map's row for a stored status: key and value, the latter in `memory`. */
enum credit_error credit__status_map_leaf(struct credit_bytes uscc, struct credit_bytes status,
	struct credit_hash *ret_key, uint8_t memory[CREDIT_HASH_SIZE + CREDIT_USCC_SIZE],
	struct credit_bytes *ret_value) CREDIT_MUST_CHECK;
/* Leaves that are put into the map, ascending by key, and whose they are. */
struct credit__map_puts {
	const struct credit_map_change *changes;
	const struct credit_uscc *codes; /* codes[i] is that of changes[i] */
	size_t count;
};
/* Puts entities that a load file brings into the map, without notes; none is in it. */
enum credit_error credit__status_map_enrol(
	struct credit_write *write, const struct credit__map_puts *newcomers) CREDIT_MUST_CHECK;
/* A random enrolled entity whose status did not change; CREDIT_E_NOT_FOUND when the draw met none. */
enum credit_error credit__status_map_pick(
	struct credit_write *write, struct credit_uscc *ret_uscc) CREDIT_MUST_CHECK;
struct credit__status_map_watch {
	void *context;
	void (*tile)(
		void *context, struct credit_bytes key); /* one that is not what it should be */
	void (*progress)(void *context, uint64_t done);  /* leaves */
};
/* The head that the leaves give, bottom up, and whether the stored tiles are theirs. */
enum credit_error credit__status_map_check(struct credit_reader *reader,
	const struct credit__status_map_watch *watch,
	struct credit_map_head *ret_head) CREDIT_MUST_CHECK;

/* Where the tiles of the map's five uppermost storeys lie, as far as they were met: every proof passes
 * through them. Of one snapshot; all NULL in the beginning. Half a megabyte for each view that proves. */
struct credit__top_tiles {
	const uint8_t *tile[1 + 16 + 256 + 4096 + 65536];
};
/* Has the processor fetch what a proof will take from them, while something else is done. */
void credit__status_map_foresee(const struct credit__top_tiles *top, const struct credit_hash *key);
enum credit_error credit__status_map_prove(struct credit_reader *reader,
	struct credit__top_tiles *top, const struct credit_hash *key,
	struct credit_map_proof *ret_proof) CREDIT_MUST_CHECK;

/* --- latest.c --- */

/* Recorded time never goes back, whatever the clock does. */
credit_ms_t credit__not_back(const struct credit_registry *registry, credit_ms_t now);
/* Has the state transaction open and level with the journal. */
enum credit_error credit__state_begin(struct credit_registry *registry) CREDIT_MUST_CHECK;
/* The same, but only up to an epoch and the publications that hold no later one. */
enum credit_error credit__state_begin_at(
	struct credit_registry *registry, uint64_t last_epoch) CREDIT_MUST_CHECK;
/* A wait for the disk begins (false) or is over (true): the observer is told. */
void credit__synced(const struct credit_registry *registry, bool done);
/* Commits a store's transaction, told of like that. */
enum credit_error credit__commit(
	struct credit_registry *registry, struct credit_write *write) CREDIT_MUST_CHECK;
enum credit_error credit__write_head(struct credit_registry *registry) CREDIT_MUST_CHECK;
/* Takes back leaves that were appended and not committed. When that fails, CREDIT_E_STORE_SUSPECT for ever. */
enum credit_error credit__reload_log(struct credit_registry *registry) CREDIT_MUST_CHECK;
/* Tiles as the writer sees them: the log's edge, and behind it the store's. */
struct credit_tile_source credit__latest_tiles(struct credit_registry *registry);
/* The checkpoint over the log's head, in the arena. */
enum credit_error credit__sign_head(struct credit_registry *registry, struct credit_arena *arena,
	struct credit_tree_head *ret_head, struct credit_bytes *ret_checkpoint) CREDIT_MUST_CHECK;
/* Drops the state transaction; the next _begin replays what was not published. */
void credit__state_drop(struct credit_registry *registry);

/* --- decide.c --- */

void credit__epoch_init(
	struct credit_registry *registry, struct credit__epoch *epoch, credit_ms_t now);
/* Decides one filing into the epoch, on the registry's open state transaction, and applies it
 * there. A filing refused as a whole has its submission's error set and leaves no trace; a refused
 * act is in the filing's refusal statement. Returns a fault only: the epoch is then abandoned. */
enum credit_error credit__decide_filing(struct credit_registry *registry,
	struct credit__epoch *epoch, struct credit_submission *submission) CREDIT_MUST_CHECK;
/* Appends the leaves, signs the checkpoint, serialises the header. */
enum credit_error credit__epoch_seal(
	struct credit_registry *registry, struct credit__epoch *epoch) CREDIT_MUST_CHECK;
void credit__epoch_deinit(struct credit__epoch *epoch);

/* --- cosign.c --- */

#define CREDIT_COSIGNATURE_LINES_MAX (CREDIT_COSIGNATURES_MAX * CREDIT_COSIGNATURE_LINE_MAX)

struct credit_status_proof;
/* The signature lines of a publication, empty when there are none; a view. */
enum credit_error credit__cosignature_lines(struct credit_reader *journal, uint64_t publication,
	struct credit_bytes *ret_lines) CREDIT_MUST_CHECK;
/* The same into a bundle. */
enum credit_error credit__cosignatures(struct credit_reader *journal, uint64_t publication,
	struct credit_status_proof *proof) CREDIT_MUST_CHECK;

/* --- answer.c --- */

/* FilingReceipts out of the journal, one after the other. */
struct credit__answers {
	struct credit_registry *registry;
	struct credit_arena header; /* of the epoch that was needed last */
	Credit__V1__Epoch *epoch;
	struct credit_arena rows; /* of one answer */
};
/* Nothing to end when it fails. */
enum credit_error credit__answers_begin(
	struct credit_registry *registry, struct credit__answers *answers) CREDIT_MUST_CHECK;
/* The answer to filing `filing` of a committed epoch. */
enum credit_error credit__answer(struct credit__answers *answers, uint64_t epoch, uint32_t filing,
	struct credit_submission *submission) CREDIT_MUST_CHECK;
void credit__answers_end(struct credit__answers *answers);
/* The answer to validate_only: what would be accepted and refused, without proofs. */
enum credit_error credit__answer_dry(struct credit_registry *registry,
	const struct credit__epoch *epoch, const Credit__V1__EpochFiling *filing,
	Credit__V1__Refusal *const *refusals, size_t refusal_count,
	struct credit_submission *submission) CREDIT_MUST_CHECK;

/* --- pending.c --- */

/* Bytes that the epoch takes in the tail. */
size_t credit__pending_size(const struct credit__epoch *epoch) CREDIT_MUST_CHECK;
/* Into the tail, durable on return, and into the list. */
enum credit_error credit__pending_add(
	struct credit_registry *registry, const struct credit__epoch *epoch) CREDIT_MUST_CHECK;
void credit__pending_clear(struct credit__pending *pending);
/* Appends its leaves. */
enum credit_error credit__pending_append_leaves(
	struct credit_log *log, const struct credit__pending_epoch *item) CREDIT_MUST_CHECK;
/* The signed checkpoint in its header, held against the record's head. */
enum credit_error credit__pending_checkpoint(const struct credit_registry *registry,
	const struct credit__pending_epoch *item, struct credit_arena *arena,
	const Credit__V1__Epoch **ret_epoch, struct credit_bytes *ret_checkpoint) CREDIT_MUST_CHECK;
/* What the tail holds beyond the journal's store, into the list and the log: CREDIT_E_HEAD_FORK when
 * it does not follow from the store. */
enum credit_error credit__pending_recover(
	struct credit_registry *registry, struct credit__signed_size base) CREDIT_MUST_CHECK;
/* An epoch or a row of it, whether it is in the store or pending; the writer's reader is begun. */
enum credit_error credit__latest_epoch(struct credit_registry *registry, uint64_t number,
	struct credit_arena *arena, Credit__V1__Epoch **ret_epoch) CREDIT_MUST_CHECK;
enum credit_error credit__latest_row(struct credit_registry *registry, uint64_t epoch, uint32_t row,
	struct credit_arena *arena, Credit__V1__EpochRow **ret_row) CREDIT_MUST_CHECK;

/* --- small things --- */

struct credit_bytes credit__hash_bytes(const struct credit_hash *hash);
struct credit_bytes credit__code_bytes(const struct credit_uscc *uscc);
ProtobufCBinaryData credit__binary(struct credit_bytes bytes);

#endif
