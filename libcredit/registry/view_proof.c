/* SPDX-License-Identifier: Apache-2.0
 *
 * view_proof.c - statuses that prove themselves.
 *
 * What all proofs of a publication have in common is made once, and made again when either store has
 * had a commit: publication, path of its leaf, checkpoint and cosignatures. What is left to each proof
 * is its entity's status, one tile of the map and one short range of its leaves. All of it is the
 * view's own, so that views share nothing and need no lock.
 */
#include "registry/internal.h"

#include <credit/proof.h>

#include <stdlib.h>
#include <string.h>

struct credit__proving {
	uint64_t state, journal;          /* the snapshots that it was read from; 0: none */
	struct credit_status_proof proof; /* with what is common to all */
	uint8_t checkpoint[CREDIT_CHECKPOINT_MAX];
	uint64_t met; /* the snapshot that `top` is of */
	struct credit__top_tiles top;
};

static enum credit_error set_publication(
	const Credit__V1__Publication *publication, struct credit__proving *proving)
{
	struct credit_status_proof *proof = &proving->proof;

	if (publication->map_root.len != CREDIT_HASH_SIZE || publication->tree_size == 0 ||
		publication->checkpoint.len > sizeof proving->checkpoint)
		return CREDIT_E_STORE_CORRUPT;
	proof->leaf = (struct credit_publication_leaf){
		.recorded_at = {publication->time},
		.publication = publication->number,
		.epoch = publication->epoch,
		.map_size = publication->map_size,
	};
	memcpy(proof->leaf.map_root.byte, publication->map_root.data, CREDIT_HASH_SIZE);
	memcpy(proving->checkpoint, publication->checkpoint.data, publication->checkpoint.len);
	proof->checkpoint = (struct credit_bytes){proving->checkpoint, publication->checkpoint.len};
	return CREDIT_OK;
}

/* The publication that the state shows, with its leaf's path in the tree that it ends. */
static enum credit_error read_publication(
	struct credit_view *view, struct credit_arena *arena, struct credit__proving *proving)
{
	Credit__V1__Publication *publication;
	enum credit_error error = credit__journal_publication(
		view->journal.reader, view->mark.publication, arena, &publication);

	if (!error)
		error = set_publication(publication, proving);
	if (!error)
		error = credit__cosignatures(
			view->journal.reader, view->mark.publication, &proving->proof);
	return error ? error
		     : credit_prove_inclusion(view->prover, publication->tree_size - 1,
			       publication->tree_size, &proving->proof.log_path);
}

/* Brings view->proving up to what is committed. */
static enum credit_error prepare(struct credit_view *view, struct credit_arena *arena)
{
	uint64_t state = credit_read_snapshot(view->state), journal;
	struct credit__proving *proving = view->proving;
	enum credit_error error = credit__view_mark(view);

	if (!error && view->mark.publication == 0)
		error = CREDIT_E_EPOCH_NOT_PUBLISHED;
	if (!error)
		error = credit__view_prover(view);
	if (error)
		return error;
	if (!proving && !(proving = view->proving = calloc(1, sizeof *proving)))
		return CREDIT_E_NO_MEMORY;
	if (proving->met != state)
		memset(&proving->top, 0, sizeof proving->top);
	proving->met = state;
	journal = credit_read_snapshot(view->journal.reader);
	if (proving->state == state && proving->journal == journal)
		return CREDIT_OK;
	error = read_publication(view, arena, proving);
	proving->state = error ? 0 : state;
	proving->journal = journal;
	return error;
}

enum credit_error credit_view_status_proof(struct credit_view *view, const struct credit_uscc *uscc,
	credit_ms_t now, struct credit_arena *arena, struct credit_bytes *ret_proof)
{
	struct credit_status_proof *proof;
	struct credit_stored_status stored;
	struct credit_buffer bytes;
	uint8_t *memory = credit_arena_alloc(arena, CREDIT_STATUS_PROOF_MAX);
	enum credit_error error = memory ? prepare(view, arena) : CREDIT_E_NO_MEMORY, found;
	struct credit_hash key;

	if (error)
		return error;
	/* The processor fetches tiles while the status is looked up. */
	credit_map_key(credit__code_bytes(uscc), &key);
	credit__status_map_foresee(&view->proving->top, &key);
	found = credit_view_status(view, uscc, now, &stored);
	/* That a code is not enrolled can be proved as well. */
	if (found && found != CREDIT_E_NOT_FOUND)
		return found;
	proof = &view->proving->proof;
	proof->uscc = *uscc;
	proof->status = (struct credit_bytes){NULL, 0};
	if (!found) {
		proof->opening = stored.opening;
		proof->status = stored.status;
	}
	error = credit__status_map_prove(view->state, &view->proving->top, &key, &proof->map);
	if (error)
		return error;
	credit_buffer_init(&bytes, memory, CREDIT_STATUS_PROOF_MAX);
	credit_status_proof_write(proof, &bytes);
	return credit_buffer_done(&bytes, ret_proof);
}
