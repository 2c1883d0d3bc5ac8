/* SPDX-License-Identifier: Apache-2.0
 *
 * internal.h - what the files of the audit room share.
 *
 *     audit.c -> replica.c (the folder) ; filing.c (who signed what) ; load.c (load files)
 *             -> row.c (one act) ; publication.c
 */
#ifndef CREDIT_AUDIT_INTERNAL_H
#define CREDIT_AUDIT_INTERNAL_H

#include <credit/audit.h>

#include "registry/internal.h"
#include "registry/load.h"

/* The state's keyspaces and, behind them, the auditor's own. */
enum audit_keyspace {
	AUDIT_EDGE =
		STATE_KEYSPACES, /* level (1) -> the rightmost tile of the log: index (8), hashes */
	AUDIT_OWN,               /* "place", "log", "seen" */
	AUDIT_KEYSPACES
};

/* The filing whose rows are coming. */
struct credit__audit_filing {
	const Credit__V1__EpochFiling *line;
	const Credit__V1__Manifest *manifest; /* NULL: it cannot be read, and that was told */
	struct credit_hash digest;
	struct credit_uscc issuer;
	struct credit_hash key_id;
	uint32_t taken;                              /* rows so far */
	uint8_t accepted[(CREDIT_ACTS_MAX + 7) / 8]; /* by index, bits */
};

/* The load file that the row to come names, or that waits for the publication. */
struct credit__audit_load {
	bool open, unsound; /* unsound: it has a row that may not stand there, and that was told */
	bool filed;         /* its row has come */
	int fd;
	uint8_t *map;
	size_t size;
	size_t *ends; /* of the pieces */
	uint32_t pieces, entities;
	struct credit_uscc last;
	struct credit_hasher hasher;
};

struct credit_audit {
	struct credit_audit_options options;
	char *folder;
	struct credit_store *store;
	struct credit_write *write; /* open from the first part after a commit on */
	struct credit_reader *reader;
	struct credit_log *log;
	struct credit_audit_place place;
	struct credit__book book;

	bool lied; /* in the publication that is being taken */

	/* The epoch that is being taken; NULL between epochs. */
	Credit__V1__Epoch *epoch;
	struct credit_arena epoch_arena;
	uint32_t next_row, next_filing;
	struct credit__audit_filing filing;
	struct credit_arena row_arena; /* emptied for each row; holds the attachment before it */
	struct credit_bytes attachment;
	struct credit__audit_load load;

	uint64_t epoch_taken; /* the last whole one */
	credit_ms_t epoch_time;

	struct credit_arena seen; /* what _seen gave out */
};

/* --- audit.c --- */

/* Tells what is false; `row` NULL: of the epoch or the publication as a whole. */
void credit__audit_tell(struct credit_audit *audit, enum credit_error what, const uint32_t *row,
	const char *detail, ...) __attribute__((format(printf, 4, 5)));
/* A part from the registry, which is a stranger here: checked before anything is allocated. What does
 * not decode is CREDIT_E_DELTA_ORDER. */
enum credit_error credit__audit_decode(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, struct credit_arena *arena,
	ProtobufCMessage **ret_message) CREDIT_MUST_CHECK;
/* Is this what becomes of a state that lies were written into? Rules never meet such rows otherwise. */
bool credit__audit_spoilt(const struct credit_audit *audit, enum credit_error error);
bool credit__audit_hash_is(ProtobufCBinaryData data, const struct credit_hash *hash);

/* --- replica.c --- */

enum credit_error credit__replica_open(
	struct credit_audit *audit, struct credit_problem *problem) CREDIT_MUST_CHECK;
void credit__replica_close(struct credit_audit *audit);
/* Has the write transaction open. */
enum credit_error credit__replica_begin(struct credit_audit *audit) CREDIT_MUST_CHECK;
enum credit_error credit__replica_commit(struct credit_audit *audit) CREDIT_MUST_CHECK;

/* --- filing.c --- */

/* Everything about the filing but its acts. */
enum credit_error credit__audit_filing_begin(
	struct credit_audit *audit, const Credit__V1__EpochFiling *line) CREDIT_MUST_CHECK;
/* After its rows: what is not in force was refused; the filing is applied. */
enum credit_error credit__audit_filing_end(struct credit_audit *audit) CREDIT_MUST_CHECK;

/* --- row.c --- */

enum credit_error credit__audit_row(struct credit_audit *audit, struct credit_bytes bytes,
	const struct credit_hash *leaf) CREDIT_MUST_CHECK;

/* --- load.c --- */

enum credit_error credit__audit_load_take(
	struct credit_audit *audit, struct credit_bytes rows) CREDIT_MUST_CHECK;
/* What a decision asks; `context` is the audit. */
enum credit_error credit__audit_load_staged(
	void *context, const struct credit_hash *digest, uint32_t *ret_entities) CREDIT_MUST_CHECK;
struct credit__load_source credit__audit_load_source(struct credit_audit *audit);
void credit__audit_load_reset(struct credit_audit *audit);

/* --- publication.c --- */

enum credit_error credit__audit_publication(
	struct credit_audit *audit, struct credit_bytes bytes) CREDIT_MUST_CHECK;
/* Is this checkpoint signed by the registry over exactly this head, and is the head the replica's? */
void credit__audit_head(struct credit_audit *audit, ProtobufCBinaryData checkpoint,
	uint64_t tree_size, ProtobufCBinaryData root);

#endif
