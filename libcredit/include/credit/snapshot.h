/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot.h - all published listings in one file: writing its body, and reading it as it comes.
 *
 * A bank that checks its customers against a snapshot tells nobody whom it asks about. The file begins
 * with its proof (the leaf that names the body's digest, its path in the log, the signed checkpoint), so
 * that a reader knows whose body is coming before it comes; the digest is compared when the last byte was
 * there. What was told before that is to be held back until credit_snapshot_reader_done says CREDIT_OK.
 *
 * Links neither the store nor gRPC.
 *
 * Threads: a reader or a writer belongs to one thread at a time.
 *
 * Source: docs/spec/snapshot.md.
 */
#ifndef CREDIT_SNAPSHOT_H
#define CREDIT_SNAPSHOT_H

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/log.h>
#include <credit/model.h>
#include <credit/uscc.h>

#define CREDIT_SNAPSHOT_BODY_MAX ((uint64_t)1 << 36) /* bytes */
#define CREDIT_SNAPSHOT_LISTS_MAX 2000
#define CREDIT_SNAPSHOT_ENTRIES_MAX 15 /* of one entity; also the most that `more` says */
#define CREDIT_SNAPSHOT_CHECKPOINT_MAX 8192

/* --- what is in a snapshot -------------------------------------------------------------------- */

struct credit_snapshot_header {
	char origin[CREDIT_KEY_NAME_MAX + 1];
	struct credit_publication_leaf publication; /* the one that it shows */
	uint32_t lists;
};

enum credit_snapshot_colour { /* in snapshots: never renumber */
	CREDIT_SNAPSHOT_RED = 1,
	CREDIT_SNAPSHOT_BLACK = 2
};

struct credit_snapshot_list {
	uint32_t number; /* 1..65535, in the rule book */
	enum credit_snapshot_colour colour;
	struct credit_bytes id;              /* 1..64 bytes */
	struct credit_bytes title, title_en; /* UTF-8, at most 400 bytes */
};

struct credit_snapshot_entry {
	uint32_t list;
	bool disputed, suspended;
	credit_day_t listed_on, published_until; /* day 0: none */
};

struct credit_snapshot_entity {
	struct credit_uscc
		uscc;  /* digits and capital letters; its checks are the registry's business */
	uint32_t more; /* lists that the Status counts without naming them; 15: or more */
	uint32_t count;
	struct credit_snapshot_entry entry[CREDIT_SNAPSHOT_ENTRIES_MAX]; /* ascending by list */
};

/* --- writing a body --------------------------------------------------------------------------- */

/* Writes in order: header, each list, each entity, done. What is out of order or out of bounds is
 * CREDIT_E_INTERNAL: only the registry writes snapshots. */
struct credit_snapshot_writer {
	void *context;
	enum credit_error (*put)(
		void *context, struct credit_bytes bytes); /* its errors end the call */
	struct credit_hasher hasher;
	uint64_t size, entities, entries;
	uint32_t lists;           /* still to come */
	uint32_t list_number;     /* the last one */
	struct credit_uscc last;  /* the last entity's; meaningless before the first */
	uint8_t known[65536 / 8]; /* numbers of the lists */
};
CREDIT_API enum credit_error credit_snapshot_write_header(struct credit_snapshot_writer *writer,
	const struct credit_snapshot_header *header, void *context,
	enum credit_error (*put)(void *context, struct credit_bytes bytes)) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_snapshot_write_list(struct credit_snapshot_writer *writer,
	const struct credit_snapshot_list *list) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_snapshot_write_entity(struct credit_snapshot_writer *writer,
	const struct credit_snapshot_entity *entity) CREDIT_MUST_CHECK;
/* *ret_leaf has all but recorded_at; `publication` is the header's. */
CREDIT_API void credit_snapshot_write_done(struct credit_snapshot_writer *writer,
	uint64_t publication, struct credit_snapshot_leaf *ret_leaf);

/* The proof that a file begins with. CREDIT_SNAPSHOT_PROOF_MAX bytes hold it. */
#define CREDIT_SNAPSHOT_PROOF_MAX \
	(4 + CREDIT_SNAPSHOT_LEAF_SIZE + 1 + CREDIT_PATH_MAX * CREDIT_HASH_SIZE + 2 + \
		CREDIT_SNAPSHOT_CHECKPOINT_MAX)
CREDIT_API void credit_snapshot_proof_write(const struct credit_snapshot_leaf *leaf,
	const struct credit_path *path, struct credit_bytes checkpoint,
	struct credit_buffer *buffer);

/* --- reading a file --------------------------------------------------------------------------- */

/* What a reader tells, in this order. Each may be NULL; an error of one ends the reading. */
struct credit_snapshot_events {
	void *context;
	/* The proof holds: the log signed by the key has this leaf. `file_size`: of the whole file. */
	enum credit_error (*proved)(void *context, const struct credit_snapshot_leaf *leaf,
		const struct credit_tree_head *head, uint64_t file_size);
	enum credit_error (*header)(void *context, const struct credit_snapshot_header *header);
	enum credit_error (*list)(void *context, const struct credit_snapshot_list *list);
	enum credit_error (*entity)(void *context, const struct credit_snapshot_entity *entity);
};

struct credit_snapshot_reader;
/* Copies `events`. About 100 KiB. */
CREDIT_API enum credit_error credit_snapshot_reader_new(const struct credit_named_key *log_key,
	const struct credit_snapshot_events *events,
	struct credit_snapshot_reader **ret_reader) CREDIT_MUST_CHECK;
CREDIT_API void credit_snapshot_reader_free(
	struct credit_snapshot_reader *reader); /* NULL is allowed */
/* The next bytes of the file, in pieces of any size; any bytes from a stranger. CREDIT_E_SNAPSHOT_MALFORMED,
 * CREDIT_E_PROOF_FALSE, or an event's error. problem->field is "snapshot", "checkpoint" or "log_path". After an error
 * every call says it again. */
CREDIT_API enum credit_error credit_snapshot_reader_add(struct credit_snapshot_reader *reader,
	struct credit_bytes bytes, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* That was all: it is the body whose digest is in the log. CREDIT_E_SNAPSHOT_MALFORMED when bytes are missing. */
CREDIT_API enum credit_error credit_snapshot_reader_done(
	struct credit_snapshot_reader *reader, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
