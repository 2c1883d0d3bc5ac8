/* SPDX-License-Identifier: Apache-2.0
 *
 * load.h - load files in the registry room.
 *
 *     load.c (pieces into the journal, before and when they are filed) -> load_apply.c (a publication
 *     enrols the entities of the file that waits) -> status_map.c
 *
 * A file is staged under its digest, one transaction of the journal a call. The epoch that accepts the
 * act marks it as filed in its own commit; from then on it is part of the journal, is copied with it, and
 * is read again by replay, fsck and auditors. At most one filed file waits for a publication.
 */
#ifndef CREDIT_REGISTRY_LOAD_H
#define CREDIT_REGISTRY_LOAD_H

#include "registry/internal.h"

/* What a publication reads a file through; what it gives stays valid until the publication is applied.
 * CREDIT_E_NOT_FOUND behind the last piece. */
struct credit__load_source {
	void *context;
	enum credit_error (*piece)(void *context, const struct credit_hash *digest, uint32_t number,
		struct credit_bytes *ret_rows);
	/* Nobody reads what is written, and who reads it after a kill carries the file out again: it is
	 * committed in steps, which spares memory. */
	bool alone;
};
/* Out of the journal. */
struct credit__load_source credit__load_journal(struct credit_reader *journal, bool alone);

/* The digest and the rows of a file, read through. CREDIT_E_NOT_FOUND when there is no piece. */
enum credit_error credit__load_measure(const struct credit__load_source *source,
	const struct credit_hash *name, struct credit_hash *ret_digest,
	uint32_t *ret_entities) CREDIT_MUST_CHECK;
/* Staged whole and not filed: what a decision asks. `context` is the registry. */
enum credit_error credit__load_staged(
	void *context, const struct credit_hash *digest, uint32_t *ret_entities) CREDIT_MUST_CHECK;
/* The digest that an act names; false for all other acts. */
bool credit__load_of(const struct Credit__V1__Act *act, struct credit_hash *ret_digest);
/* Marks a staged file as filed by an epoch. */
enum credit_error credit__load_file(struct credit_write *journal, const struct credit_hash *digest,
	uint64_t epoch) CREDIT_MUST_CHECK;
/* The epoch that filed a file; 0 when it is only staged. */
enum credit_error credit__load_epoch(struct credit_reader *journal, struct credit_bytes digest,
	uint64_t *ret_epoch) CREDIT_MUST_CHECK;

/* Was a file filed by an epoch after `after`, up to `last`? */
enum credit_error credit__loads_filed(struct credit_reader *journal, uint64_t after, uint64_t last,
	bool *ret_filed) CREDIT_MUST_CHECK;

/* load_apply.c: enrols the entities of the file that waits, if there is one, and puts them into the
 * map. Those that are enrolled stay as they are. */
enum credit_error credit__load_carry_out(
	struct credit_write *write, const struct credit__load_source *source) CREDIT_MUST_CHECK;

/* --- incoming.c --- */

/* When a file waits for the publication to come: makes a copy of the state beside it, in which the writer works
 * until _end, so that the file may be carried out in steps while readers look at the state as it was. */
enum credit_error credit__incoming_begin(struct credit_registry *registry) CREDIT_MUST_CHECK;
/* Puts the copy in the place of the state, or does away with it when `error` says that it came to
 * nothing. Returns that, or what became of it here. */
enum credit_error credit__incoming_end(
	struct credit_registry *registry, enum credit_error error) CREDIT_MUST_CHECK;

#endif
