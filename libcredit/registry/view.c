/* SPDX-License-Identifier: Apache-2.0
 *
 * view.c - reading: statuses and records from the last publication, heads and proofs from the
 * journal.
 */
#include "registry/internal.h"

#include <stdlib.h>
#include <string.h>

enum credit_error credit_view_new(struct credit_registry *registry, struct credit_view **ret_view)
{
	struct credit_view *view = calloc(1, sizeof *view);
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (!view)
		return error;
	view->registry = registry;
	error = credit_reader_new(registry->state, &view->state);
	if (!error)
		error = credit_reader_new(registry->journal, &view->journal.reader);
	if (error) {
		credit_view_free(view);
		return error;
	}
	*ret_view = view;
	return CREDIT_OK;
}

void credit_view_free(struct credit_view *view)
{
	if (!view)
		return;
	free(view->proving);
	credit_prover_free(view->prover);
	credit_reader_free(view->journal.reader);
	credit_reader_free(view->state);
	free(view);
}

enum credit_error credit_view_begin(struct credit_view *view)
{
	return credit_read_begin(view->state);
}

void credit_view_end(struct credit_view *view)
{
	if (view->journal_begun)
		credit_read_end(view->journal.reader);
	view->journal_begun = false;
	credit_read_end(view->state);
}

/* The journal is looked at only by those who ask for heads and proofs. */
enum credit_error credit__view_journal(struct credit_view *view)
{
	enum credit_error error = CREDIT_OK;

	if (!view->journal_begun)
		error = credit_read_begin(view->journal.reader);
	view->journal_begun = error == CREDIT_OK;
	return error;
}

enum credit_error credit__view_prover(struct credit_view *view)
{
	struct credit_tile_source source = credit__tile_source(&view->journal);
	enum credit_error error = credit__view_journal(view);

	if (!error && !view->prover)
		error = credit_prover_new(&source, &view->prover);
	return error;
}

/* --- the state --- */

enum credit_error credit__view_mark(struct credit_view *view)
{
	struct credit__eyes eyes = {.reader = view->state};
	uint64_t snapshot = credit_read_snapshot(view->state);
	enum credit_error error;

	if (view->marked == snapshot)
		return CREDIT_OK;
	error = credit__read_mark(&eyes, "publication", &view->mark);
	view->marked = error ? 0 : snapshot;
	return error;
}

enum credit_error credit_view_publication(
	struct credit_view *view, struct credit_publication *ret_publication)
{
	enum credit_error error = credit__view_mark(view);

	if (!error)
		*ret_publication = (struct credit_publication){.number = view->mark.publication,
			.epoch = view->mark.epoch,
			.time = view->mark.time};
	return error;
}

/* A damaged page can hide rows, and no check of theirs tells: who is in the map is enrolled. */
static enum credit_error confirm_absent(struct credit_view *view, struct credit_bytes uscc)
{
	struct credit_bytes leaf;
	struct credit_hash key;
	enum credit_error error;

	credit_map_key(uscc, &key);
	error = credit_read_get(view->state, STATE_MAP_LEAF, credit__hash_bytes(&key), &leaf);
	return error ? error : CREDIT_E_STORE_CORRUPT;
}

enum credit_error credit_view_status(struct credit_view *view, const struct credit_uscc *uscc,
	credit_ms_t now, struct credit_stored_status *ret_status)
{
	struct credit_bytes key = credit__code_bytes(uscc);
	struct credit_stored_status status;
	struct credit_bytes value;
	enum credit_error error = credit_read_get(view->state, STATE_STATUS, key, &value);

	if (error == CREDIT_E_NOT_FOUND)
		return confirm_absent(view, key);
	if (!error)
		error = credit_stored_status_parse(value, &status);
	if (error)
		return error;
	if (status.fresh_until.ms && now.ms >= status.fresh_until.ms)
		return CREDIT_E_STATUS_STALE;
	*ret_status = status;
	return CREDIT_OK;
}

struct record_walk {
	const struct credit_record_id *after;
	uint32_t limit, count;
	void *context;
	void (*each)(void *context, struct credit_bytes record);
};

static enum credit_error walk_record(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct record_walk *walk = context;

	if (key.size != CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	if (walk->after &&
		memcmp(key.data + CREDIT_USCC_SIZE, walk->after->byte, CREDIT_RECORD_ID_SIZE) == 0)
		return CREDIT_OK;
	if (walk->count == walk->limit)
		return CREDIT_E_CANCELLED; /* enough */
	walk->count++;
	walk->each(walk->context, value);
	return CREDIT_OK;
}

enum credit_error credit_view_records(struct credit_view *view, const struct credit_uscc *uscc,
	const struct credit_record_id *after, uint32_t limit, void *context,
	void (*each)(void *context, struct credit_bytes record), uint32_t *ret_count)
{
	struct credit__eyes eyes = {.reader = view->state};
	struct credit_bytes prefix = credit__code_bytes(uscc);
	struct record_walk walk = {
		.after = after, .limit = limit, .context = context, .each = each};
	uint8_t from[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE] = {0};
	enum credit_error error;

	memcpy(from, uscc->character, CREDIT_USCC_SIZE);
	if (after)
		memcpy(from + CREDIT_USCC_SIZE, after->byte, CREDIT_RECORD_ID_SIZE);
	error = credit__eyes_scan(&eyes, STATE_RECORD, prefix,
		(struct credit_bytes){from, sizeof from}, &walk, walk_record);
	if (error && error != CREDIT_E_CANCELLED)
		return error;
	*ret_count = walk.count;
	return CREDIT_OK;
}

enum credit_error credit_view_row(struct credit_view *view, uint32_t effect_kind,
	struct credit_bytes key, struct credit_bytes *ret_value)
{
	struct credit__eyes eyes = {.reader = view->state};
	struct credit_state_view state = credit__state_view(&eyes);

	return state.get(state.context, effect_kind, key, ret_value);
}

enum credit_error credit_view_scan(struct credit_view *view, uint32_t effect_kind,
	struct credit_bytes prefix, void *context,
	enum credit_error (*each)(
		void *context, struct credit_bytes key, struct credit_bytes value))
{
	struct credit__eyes eyes = {.reader = view->state};
	struct credit_state_view state = credit__state_view(&eyes);

	return state.scan(state.context, effect_kind, prefix, context, each);
}

enum credit_error credit_view_check_filing(struct credit_view *view, struct credit_filing *filing,
	credit_ms_t now, struct credit_problem *problem)
{
	struct credit__eyes eyes = {.reader = view->state};
	struct credit_state_view state = credit__state_view(&eyes);
	struct credit_publication publication;
	struct credit_public_key key;
	enum credit_error error;

	(void)now; /* time is judged by the writer, which knows whether the filing was answered
		      before */
	error = credit_view_publication(view, &publication);
	if (!error)
		error = credit_key_lookup(&state, &filing->issuer, &filing->key_id,
			publication.epoch + 1, &key, problem);
	if (error == CREDIT_OK)
		return credit_filing_verify(filing, &key, problem);
	/* An authority or key enrolled since is known to the writer alone. */
	return credit_error_is_fault(error) ? error : CREDIT_OK;
}

/* --- the journal --- */

uint64_t credit_view_newest_epoch(const struct credit_view *view)
{
	return atomic_load(&view->registry->acknowledged);
}

enum credit_error credit_view_head(struct credit_view *view, struct credit_signed_head *ret_head)
{
	enum credit_error error = credit__view_journal(view);

	return error ? error : credit__journal_head(view->journal.reader, ret_head);
}

enum credit_error credit_view_published_head(struct credit_view *view, struct credit_arena *arena,
	struct credit_published_head *ret_head)
{
	Credit__V1__Publication *publication;
	struct credit_published_head published;
	struct credit_bytes lines;
	void *copy;
	enum credit_error error = credit__view_journal(view);

	if (!error)
		error = credit__journal_last_publication(view->journal.reader, arena, &publication);
	if (!error)
		error = credit__cosignature_lines(
			view->journal.reader, publication->number, &lines);
	if (error)
		return error;
	if (publication->root.len != CREDIT_HASH_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	copy = credit_arena_copy(arena, lines.data ? lines.data : (const uint8_t *)"", lines.size);
	if (!copy)
		return CREDIT_E_NO_MEMORY;
	published.publication = publication->number;
	published.head.size = publication->tree_size;
	memcpy(published.head.root.byte, publication->root.data, CREDIT_HASH_SIZE);
	published.checkpoint =
		(struct credit_bytes){publication->checkpoint.data, publication->checkpoint.len};
	published.cosignatures = (struct credit_bytes){copy, lines.size};
	*ret_head = published;
	return CREDIT_OK;
}

enum credit_error credit_view_cosigned_head(
	struct credit_view *view, struct credit_arena *arena, struct credit_signed_head *ret_head)
{
	struct credit_published_head published;
	struct credit_signed_head head;
	struct credit_buffer note;
	enum credit_error error = credit_view_head(view, &head);
	size_t room;

	if (error)
		return error;
	error = credit_view_published_head(view, arena, &published);
	/* Epochs come before the first publication, and stand ahead of the last one now and then. */
	if (error == CREDIT_E_NOT_FOUND || (!error && (published.head.size != head.head.size ||
							      published.cosignatures.size == 0))) {
		*ret_head = head;
		return CREDIT_OK;
	}
	if (error)
		return error;
	room = published.checkpoint.size + published.cosignatures.size;
	credit_buffer_init(&note, credit_arena_alloc(arena, room), room);
	if (!note.data)
		return CREDIT_E_NO_MEMORY;
	credit_buffer_put(&note, published.checkpoint.data, published.checkpoint.size);
	credit_buffer_put(&note, published.cosignatures.data, published.cosignatures.size);
	error = credit_buffer_done(&note, &head.checkpoint);
	if (!error)
		*ret_head = head;
	return error;
}

static enum credit_error check_size(struct credit_view *view, uint64_t size)
{
	struct credit_signed_head head;
	enum credit_error error = credit_view_head(view, &head);

	if (error)
		return error;
	return size > head.head.size ? CREDIT_E_LOG_INDEX : CREDIT_OK;
}

enum credit_error credit_view_leaf_hash(
	struct credit_view *view, uint64_t index, struct credit_hash *ret_hash)
{
	struct credit_tile_source source = credit__tile_source(&view->journal);
	uint32_t place = (uint32_t)(index % CREDIT_TILE_WIDTH);
	const struct credit_hash *hashes;
	enum credit_error error =
		index == UINT64_MAX ? CREDIT_E_LOG_INDEX : check_size(view, index + 1);

	if (!error)
		error = source.read(
			source.context, 0, index / CREDIT_TILE_WIDTH, place + 1, &hashes);
	if (!error)
		*ret_hash = hashes[place];
	return error;
}

enum credit_error credit_view_inclusion(
	struct credit_view *view, uint64_t index, uint64_t size, struct credit_path *ret_path)
{
	enum credit_error error = credit__view_prover(view);

	if (!error)
		error = check_size(view, size);
	return error ? error : credit_prove_inclusion(view->prover, index, size, ret_path);
}

enum credit_error credit_view_consistency(
	struct credit_view *view, uint64_t old_size, uint64_t size, struct credit_path *ret_path)
{
	enum credit_error error = credit__view_prover(view);

	if (!error)
		error = check_size(view, size);
	if (!error && old_size > size)
		error = CREDIT_E_LOG_INDEX;
	return error ? error : credit_prove_consistency(view->prover, old_size, size, ret_path);
}

/* --- receipts --- */

/* Path from a commitment to its manifest's root. */
static enum credit_error commitment_path(const Credit__V1__EpochFiling *filing, uint32_t index,
	struct credit_arena *arena, ProtobufCBinaryData *ret_path)
{
	size_t count = filing->commitments.len / CREDIT_HASH_SIZE;
	struct credit_hash *leaves = credit_arena_alloc(arena, count * sizeof *leaves);
	struct credit_path path;
	uint8_t *copy;

	if (!leaves)
		return CREDIT_E_NO_MEMORY;
	if (index >= count)
		return CREDIT_E_STATE_DIVERGED;
	for (size_t i = 0; i < count; i++)
		credit_leaf_hash(
			(struct credit_bytes){
				filing->commitments.data + i * CREDIT_HASH_SIZE, CREDIT_HASH_SIZE},
			&leaves[i]);
	credit_tree_path(leaves, count, index, &path);
	copy = credit_arena_copy(arena, path.hash, (size_t)path.count * CREDIT_HASH_SIZE);
	if (!copy)
		return CREDIT_E_NO_MEMORY;
	*ret_path =
		credit__binary((struct credit_bytes){copy, (size_t)path.count * CREDIT_HASH_SIZE});
	return CREDIT_OK;
}

static enum credit_error build_receipt(struct credit_view *view, const Credit__V1__Epoch *epoch,
	const Credit__V1__EpochRow *row, uint32_t row_number, struct credit_arena *arena,
	struct credit_bytes *ret_receipt)
{
	Credit__V1__Receipt receipt = CREDIT__V1__RECEIPT__INIT;
	Credit__V1__SealedAct sealed = CREDIT__V1__SEALED_ACT__INIT;
	const Credit__V1__EpochFiling *filing;
	struct credit_path path;
	enum credit_error error;

	filing = epoch->filings[row->filing];
	sealed.act = row->act;
	sealed.opening = row->opening;
	receipt.manifest = filing->manifest;
	receipt.signature = filing->signature;
	receipt.index = row->index;
	receipt.commitment = row->commitment;
	receipt.blind = row->blind;
	receipt.recorded_at = epoch->time;
	receipt.leaf_index = epoch->first_leaf + row_number;
	receipt.checkpoint = epoch->checkpoint;
	receipt.epoch = epoch->number;
	receipt.sealed = &sealed;
	receipt.issuer_key = filing->issuer_key;
	error = commitment_path(filing, row->index, arena, &receipt.commitment_path);
	if (!error)
		error = credit_view_inclusion(view, receipt.leaf_index, epoch->tree_size, &path);
	if (error)
		return error;
	receipt.log_path = credit__binary(
		(struct credit_bytes){path.hash[0].byte, (size_t)path.count * CREDIT_HASH_SIZE});
	return credit_encode(&receipt.base, arena, ret_receipt);
}

enum credit_error credit_view_receipt(struct credit_view *view,
	const struct credit_hash *commitment, struct credit_arena *arena,
	struct credit_bytes *ret_receipt, struct credit_uscc *ret_issuer)
{
	struct credit__eyes eyes = {.reader = view->state};
	struct credit_bytes place, receipt = {0};
	bool erased = false;
	Credit__V1__Epoch *epoch;
	Credit__V1__EpochRow *row;
	Credit__V1__Manifest *manifest;
	ProtobufCMessage *message;
	uint32_t number;
	enum credit_error error = credit_read_get(
		view->state, STATE_COMMITMENT, credit__hash_bytes(commitment), &place);

	if (error)
		return error;
	if (place.size != 12)
		return CREDIT_E_STORE_CORRUPT;
	number = credit_read_u32(place.data + 8);
	error = credit__view_prover(view);
	if (!error)
		error = credit__journal_epoch(
			view->journal.reader, credit_read_u64(place.data), arena, &epoch);
	if (!error)
		error = credit__journal_row(
			view->journal.reader, epoch->number, number, arena, &row);
	if (!error && row->filing >= epoch->n_filings)
		error = CREDIT_E_STATE_DIVERGED;
	if (!error)
		error = credit__row_was_erased(&eyes, row, &erased);
	if (!error && !erased)
		error = build_receipt(view, epoch, row, number, arena, &receipt);
	if (!error)
		error = credit_decode(&credit__v1__manifest__descriptor,
			(struct credit_bytes){epoch->filings[row->filing]->manifest.data,
				epoch->filings[row->filing]->manifest.len},
			arena, &message, NULL);
	if (error)
		return error;
	manifest = (Credit__V1__Manifest *)(void *)message;
	if (strlen(manifest->issuer_uscc) != CREDIT_USCC_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(ret_issuer->character, manifest->issuer_uscc, CREDIT_USCC_SIZE);
	if (erased)
		return CREDIT_E_ERASED;
	*ret_receipt = receipt;
	return CREDIT_OK;
}
