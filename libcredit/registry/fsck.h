/* SPDX-License-Identifier: Apache-2.0
 *
 * fsck.h - what the files of fsck share.
 *
 *     fsck.c            the order of it all, and faults as they are told
 *     fsck_journal.c    rows, leaves, tiles, roots
 *     fsck_load.c       load files
 *     fsck_signatures.c filings and checkpoints, on several threads
 *     fsck_state.c      the state against the journal (match.c brings the rows together)
 *     fsck_map.c        map and marks against the log
 *     fsck_replay.c     the map root of every publication, on demand
 */
#ifndef CREDIT_REGISTRY_FSCK_H
#define CREDIT_REGISTRY_FSCK_H

#include "registry/faults.h"
#include "registry/internal.h"

#define FSCK_ARENA_LIMIT ((size_t)512 << 20)

struct fsck {
	struct credit_store *store; /* the journal */
	struct credit_reader *journal;
	const struct credit_named_key *log_name;
	const struct credit_fsck_options *options;
	uint64_t epochs, publications; /* as many as there are */
	struct credit_arena arena;     /* emptied for each epoch */
	struct credit_fsck_report report;
};

/* Tells a fault. The values may be NULL. */
__attribute__((format(printf, 5, 6))) void credit__fsck_tell(struct fsck *fsck, enum fault which,
	const char *should, const char *is, const char *place, ...);
void credit__fsck_progress(
	const struct fsck *fsck, enum credit_fsck_phase phase, uint64_t done, uint64_t total);

/* What is damaged in the journal is told by its own check; what would follow from it is told with the state. */
static inline bool credit__fsck_passed_over(enum credit_error error)
{
	return error == CREDIT_E_STORE_CORRUPT || error == CREDIT_E_NOT_FOUND;
}

/* The first half of a hash in hexadecimal, enough to compare by eye. */
#define FSCK_HASH_TEXT 33
const char *credit__fsck_hash(ProtobufCBinaryData hash, char text[FSCK_HASH_TEXT]);
ProtobufCBinaryData credit__fsck_binary(const struct credit_hash *hash);
bool credit__fsck_hash_is(ProtobufCBinaryData data, const struct credit_hash *hash);

/* A key of the state: a code as it stands, all else in hexadecimal. */
const char *credit__fsck_key(struct credit_bytes key, char *text, size_t size);

/* A row in clear may name a load file: it is whole, and the one that the act names. */
void credit__fsck_load_file(
	struct fsck *fsck, uint64_t epoch, uint32_t number, const Credit__V1__EpochRow *row);

/* A load file that was filed. */
struct credit__fsck_load {
	struct credit_opening seed;
	struct credit_hmac_key openings; /* under the seed */
	Credit__V1__Load *load;          /* in the arena */
	struct credit_hash digest;
};
/* From an effect's value. */
enum credit_error credit__fsck_load_open(struct credit_bytes value, struct credit_arena *arena,
	struct credit__fsck_load *ret_load) CREDIT_MUST_CHECK;

/* Load files that were carried out, read together: their rows come by code, and of one code in the order of
 * the files. */
struct credit__fsck_loads;
/* What carrying out makes of a row, where nothing was before. */
struct credit__fsck_loaded {
	struct credit_uscc uscc;
	uint64_t publication;
	struct credit_bytes entity, status; /* values of these keyspaces, in memory */
	uint8_t memory[2][CREDIT_LOAD_VALUE_MAX];
};
struct credit__fsck_loads *credit__fsck_loads_new(struct fsck *fsck); /* NULL: no memory */
void credit__fsck_loads_clear(struct credit__fsck_loads *loads);
void credit__fsck_loads_free(struct credit__fsck_loads *loads); /* NULL is allowed */
/* `value` is that of the effect that filed it. */
enum credit_error credit__fsck_loads_add(struct credit__fsck_loads *loads,
	struct credit_bytes value, uint64_t publication) CREDIT_MUST_CHECK;
/* Notes that effects of acts were about an entity or its status too. May one have been? Seldom said of one of which
 * none was. */
void credit__fsck_loads_pass(struct credit__fsck_loads *loads, struct credit_bytes code);
bool credit__fsck_loads_passed(const struct credit__fsck_loads *loads, struct credit_bytes code);
/* The code of the next row; NULL: there is none. */
const struct credit_uscc *credit__fsck_loads_code(const struct credit__fsck_loads *loads);
/* The next row, which there must be. */
void credit__fsck_loads_take(struct credit__fsck_loads *loads, struct credit__fsck_loaded *ret_row);

enum credit_error credit__fsck_journal(
	struct fsck *fsck, struct credit_tree_head *ret_head) CREDIT_MUST_CHECK;
enum credit_error credit__fsck_signatures(struct fsck *fsck) CREDIT_MUST_CHECK;
enum credit_error credit__fsck_state(
	struct fsck *fsck, struct credit_registry *registry) CREDIT_MUST_CHECK;
/* `state` has begun. */
enum credit_error credit__fsck_end(
	struct fsck *fsck, struct credit_reader *state, uint64_t entities) CREDIT_MUST_CHECK;
enum credit_error credit__fsck_replay(
	struct fsck *fsck, struct credit_registry *registry) CREDIT_MUST_CHECK;

#endif
