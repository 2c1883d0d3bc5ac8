/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot_sample.h - snapshots made in memory, signed by a log of their own.
 */
#ifndef TESTS_SUPPORT_SNAPSHOT_SAMPLE_H
#define TESTS_SUPPORT_SNAPSHOT_SAMPLE_H

#include <credit/snapshot.h>

#define SNAPSHOT_SAMPLE_NAME "credit.snapshot.example/test"

#define SNAPSHOT_SAMPLE_LISTS 64 /* more are not read here */

/* A snapshot as something to compare. */
struct snapshot_sample {
	struct credit_snapshot_header header;
	struct credit_snapshot_list lists[SNAPSHOT_SAMPLE_LISTS];
	char texts[SNAPSHOT_SAMPLE_LISTS][3][401];
	uint32_t list_count;
	struct credit_snapshot_entity *entities; /* malloc */
	size_t count, room;
	struct credit_snapshot_leaf leaf;
	uint64_t file_size;
};

struct snapshot_bytes {
	uint8_t *data; /* malloc */
	size_t size, room;
};

void snapshot_sample_key(struct credit_key_pair *ret_pair, struct credit_named_key *ret_name);
/* Codes and their entities are copied; lists in order. */
void snapshot_sample_add_list(struct snapshot_sample *sample, uint32_t number,
	enum credit_snapshot_colour colour, const char *id, const char *title,
	const char *title_en);
void snapshot_sample_add(
	struct snapshot_sample *sample, const struct credit_snapshot_entity *entity);
void snapshot_sample_free(struct snapshot_sample *sample);
/* The two lists of a few entities that many tests do with. */
void snapshot_sample_small(struct snapshot_sample *sample);
bool snapshot_sample_equal(const struct snapshot_sample *a, const struct snapshot_sample *b);

/* The body; what the writer says of it goes into sample->leaf. */
enum credit_error snapshot_sample_body(
	struct snapshot_sample *sample, struct snapshot_bytes *ret_body) CREDIT_MUST_CHECK;
/* Any body as a file of the sample's log, in a tree of `leaves` before the snapshot's and one behind. */
void snapshot_sample_file(const struct credit_snapshot_leaf *leaf, struct credit_bytes body,
	uint32_t leaves, struct snapshot_bytes *ret_file);
/* The same for bytes whose digest and size are made here; counts as given. */
void snapshot_sample_sign(struct credit_bytes body, uint64_t publication, uint64_t entities,
	uint64_t entries, struct snapshot_bytes *ret_file);
/* Reads a file in pieces of `piece` bytes into a sample that was zeroed. */
enum credit_error snapshot_sample_read(struct credit_bytes file, size_t piece,
	struct snapshot_sample *ret_sample, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
