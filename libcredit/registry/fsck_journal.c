/* SPDX-License-Identifier: Apache-2.0
 *
 * fsck_journal.c - the journal against itself: commitments and manifest roots, leaves, tiles, roots.
 *
 * What cannot be read is told and passed over: the log's own tiles then say which leaves stood there, so
 * that all that follows is still checked.
 */
#include "registry/fsck.h"

#include <credit/proof.h>

#include <stdio.h>
#include <string.h>

#define DOCUMENT_ARENA_LIMIT ((size_t)4 << 20)
#define PROGRESS_EPOCHS 64
#define WHOLE UINT32_MAX /* not one row */

struct walk {
	struct fsck *fsck;
	struct credit_log *log;
	struct credit__tiles tiles; /* as stored */
	uint64_t publication;       /* the last one checked */
};

/* --- what was passed over ----------------------------------------------------------------------- */

/* The stored tile's word for a leaf that cannot be made. */
static enum credit_error append_stored_leaf(struct walk *walk)
{
	struct credit_tile_source source = credit__tile_source(&walk->tiles);
	struct credit_tree_head head;
	const struct credit_hash *hashes;
	uint32_t width;
	enum credit_error error;

	credit_log_head(walk->log, &head);
	width = (uint32_t)(head.size % CREDIT_TILE_WIDTH) + 1;
	error = source.read(source.context, 0, head.size / CREDIT_TILE_WIDTH, width, &hashes);
	return error ? error : credit_log_append(walk->log, &hashes[width - 1]);
}

/* Leaves up to `size`, where an epoch or a publication before could not be read. */
static enum credit_error catch_up(struct walk *walk, uint64_t size)
{
	struct credit_tree_head head;
	enum credit_error error = CREDIT_OK;

	for (credit_log_head(walk->log, &head); head.size < size && !error; head.size++)
		error = append_stored_leaf(walk);
	return error;
}

/* Damage is told and passed over; anything else ends the walk. */
static enum credit_error pass_over(struct walk *walk, enum credit_error error, const char *keyspace,
	uint64_t number, uint32_t row)
{
	char within[16] = "";

	if (error != CREDIT_E_STORE_CORRUPT && error != CREDIT_E_NOT_FOUND)
		return error;
	if (row != WHOLE)
		snprintf(within, sizeof within, "/%u", row);
	credit__fsck_tell(walk->fsck, FAULT_ROW_UNREADABLE, NULL,
		credit_error_text(error, CREDIT_LANG_EN), "journal %s %llu%s", keyspace,
		(unsigned long long)number, within);
	return CREDIT_OK;
}

/* --- filings and rows --------------------------------------------------------------------------- */

static void check_filing(struct fsck *fsck, const Credit__V1__Epoch *epoch, uint32_t number)
{
	const Credit__V1__EpochFiling *filing = epoch->filings[number];
	struct credit_bytes bytes = {filing->manifest.data, filing->manifest.len};
	size_t count = filing->commitments.len / CREDIT_HASH_SIZE;
	struct credit_hash *leaves = credit_arena_alloc(&fsck->arena, count * sizeof *leaves);
	char should[FSCK_HASH_TEXT], is[FSCK_HASH_TEXT];
	unsigned long long place = epoch->number;
	const Credit__V1__Manifest *manifest;
	struct credit_hash root;
	ProtobufCMessage *message;

	if (!leaves || credit_decode(&credit__v1__manifest__descriptor, bytes, &fsck->arena,
			       &message, NULL) != CREDIT_OK) {
		credit__fsck_tell(fsck, FAULT_MANIFEST, NULL, NULL,
			"journal epochs %llu, filing %u", place, number);
		return;
	}
	manifest = (const Credit__V1__Manifest *)(const void *)message;
	for (size_t i = 0; i < count; i++)
		credit_leaf_hash(
			(struct credit_bytes){
				filing->commitments.data + i * CREDIT_HASH_SIZE, CREDIT_HASH_SIZE},
			&leaves[i]);
	credit_tree_root(leaves, count, &root);
	if (!credit__fsck_hash_is(manifest->root, &root))
		credit__fsck_tell(fsck, FAULT_MANIFEST_ROOT,
			credit__fsck_hash(manifest->root, should),
			credit__fsck_hash(credit__fsck_binary(&root), is),
			"journal epochs %llu, filing %u", place, number);
}

static bool commitment_stands(const Credit__V1__EpochRow *row,
	const Credit__V1__EpochFiling *filing, const struct credit_hash *commitment)
{
	size_t at = (size_t)row->index * CREDIT_HASH_SIZE;

	return credit__fsck_hash_is(row->commitment, commitment) &&
	       at + CREDIT_HASH_SIZE <= filing->commitments.len &&
	       memcmp(filing->commitments.data + at, commitment->byte, CREDIT_HASH_SIZE) == 0;
}

/* A document is what its act says, or it is destroyed. */
static void check_document(
	struct fsck *fsck, uint64_t epoch, uint32_t number, const Credit__V1__EpochRow *row)
{
	struct credit__document_name name;
	const struct Credit__V1__Act *act;
	struct credit_bytes plain;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, DOCUMENT_ARENA_LIMIT);
	error = credit_act_decode(
		(struct credit_bytes){row->act.data, row->act.len}, &arena, &act, NULL);
	if (!error && credit__document_of(act, &name))
		error = credit__document_read(fsck->journal, &name, &arena, &plain);
	if (error && error != CREDIT_E_NOT_FOUND)
		credit__fsck_tell(fsck, FAULT_DOCUMENT, NULL,
			credit_error_text(error, CREDIT_LANG_EN),
			"journal documents, of row %llu/%u", (unsigned long long)epoch, number);
	credit_arena_deinit(&arena);
}

/* Only acts with the tag of a case's document are taken apart: 38, length-delimited. */
static bool may_have_document(const Credit__V1__EpochRow *row)
{
	return row->act.len > 2 && row->act.data[0] == 0xB2 && row->act.data[1] == 0x02;
}
_Static_assert(CREDIT__V1__ACT__PAYLOAD_CASE_DOCUMENT == 38, "the tag above");

/* The row's commitment and leaf from its bytes; the leaf goes into the tree even when the
 * commitment is wrong, so that one fault is told once and the root shows it. */
static enum credit_error check_row(
	struct walk *walk, const Credit__V1__Epoch *epoch, uint32_t number)
{
	struct fsck *fsck = walk->fsck;
	char should[FSCK_HASH_TEXT], is[FSCK_HASH_TEXT];
	Credit__V1__EpochRow *row;
	struct credit_opening opening;
	struct credit_hash commitment, leaf;
	struct credit_bytes entry;
	enum credit_error error =
		credit__journal_row(fsck->journal, epoch->number, number, &fsck->arena, &row);

	if (error)
		return error;
	if (row->filing >= epoch->n_filings || row->commitment.len != sizeof commitment)
		return CREDIT_E_STORE_CORRUPT;
	/* Of an erased act the commitment is what the manifest's root is over, and no more. */
	memcpy(commitment.byte, row->commitment.data, sizeof commitment);
	if (credit__row_is_erased(row)) {
		fsck->report.erased++;
	} else {
		if (row->opening.len != sizeof opening)
			return CREDIT_E_STORE_CORRUPT;
		memcpy(opening.byte, row->opening.data, sizeof opening);
		credit_commit_act(
			&opening, (struct credit_bytes){row->act.data, row->act.len}, &commitment);
	}
	error = credit__row_entry(epoch, row, &commitment, &fsck->arena, &entry);
	if (error)
		return error;
	if (!commitment_stands(row, epoch->filings[row->filing], &commitment))
		credit__fsck_tell(fsck, FAULT_COMMITMENT,
			credit__fsck_hash(row->commitment, should),
			credit__fsck_hash(credit__fsck_binary(&commitment), is),
			"journal rows %llu/%u", (unsigned long long)epoch->number, number);
	credit_leaf_hash(entry, &leaf);
	if (may_have_document(row))
		check_document(fsck, epoch->number, number, row);
	if (row->blind.len == 0 && row->act.len > 0)
		credit__fsck_load_file(fsck, epoch->number, number, row);
	fsck->report.acts++;
	fsck->report.leaves++;
	return credit_log_append(walk->log, &leaf);
}

/* --- tiles and roots ---------------------------------------------------------------------------- */

/* A stored tile may have grown since. */
static enum credit_error compare_tile(void *context, uint32_t level, uint64_t index,
	const struct credit_hash *hashes, uint32_t width)
{
	struct walk *walk = context;
	struct credit_tile_source source = credit__tile_source(&walk->tiles);
	const struct credit_hash *stored;
	enum credit_error error = source.read(source.context, level, index, width, &stored);

	if (!error && memcmp(stored, hashes, (size_t)width * CREDIT_HASH_SIZE) == 0)
		return CREDIT_OK;
	if (error && error != CREDIT_E_STORE_CORRUPT)
		return error;
	credit__fsck_tell(walk->fsck, FAULT_TILE, NULL, NULL, "journal tiles, level %u, index %llu",
		level, (unsigned long long)index);
	return CREDIT_OK;
}

static enum credit_error check_root(struct walk *walk, enum fault which, const char *keyspace,
	uint64_t number, uint64_t tree_size, ProtobufCBinaryData root)
{
	char should[FSCK_HASH_TEXT], is[FSCK_HASH_TEXT];
	struct credit_tree_head head;

	credit_log_head(walk->log, &head);
	if (head.size != tree_size || !credit__fsck_hash_is(root, &head.root))
		credit__fsck_tell(walk->fsck, which, credit__fsck_hash(root, should),
			credit__fsck_hash(credit__fsck_binary(&head.root), is),
			"journal %s %llu, size %llu", keyspace, (unsigned long long)number,
			(unsigned long long)tree_size);
	return credit_log_flush(walk->log, walk, compare_tile);
}

/* --- epochs and publications -------------------------------------------------------------------- */

static enum credit_error check_epoch(struct walk *walk, uint64_t number)
{
	struct fsck *fsck = walk->fsck;
	Credit__V1__Epoch *epoch;
	enum credit_error error =
		credit__journal_epoch(fsck->journal, number, &fsck->arena, &epoch);

	if (!error && epoch->number != number)
		error = CREDIT_E_STORE_CORRUPT;
	if (error)
		return pass_over(walk, error, "epochs", number, WHOLE);
	error = catch_up(walk, epoch->first_leaf);
	for (uint32_t i = 0; !error && i < epoch->n_filings; i++)
		check_filing(fsck, epoch, i);
	for (uint32_t i = 0; !error && i < epoch->rows; i++) {
		error = check_row(walk, epoch, i);
		if (error)
			error = pass_over(walk, error, "rows", number, i);
		if (!error)
			error = catch_up(walk, epoch->first_leaf + i + 1);
	}
	fsck->report.epochs++;
	return error ? error
		     : check_root(walk, FAULT_EPOCH_ROOT, "epochs", number, epoch->tree_size,
			       epoch->root);
}

/* They were verified when they came; the keys are the policy's, not ours. */
static enum credit_error check_cosignatures(struct fsck *fsck, uint64_t publication)
{
	struct credit_status_proof *proof = credit_arena_alloc(&fsck->arena, sizeof *proof);
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (proof)
		error = credit__cosignatures(fsck->journal, publication, proof);
	if (!error || credit_error_is_of_machine(error))
		return error;
	credit__fsck_tell(fsck, FAULT_COSIGNATURES, NULL, NULL, "journal cosignatures %llu",
		(unsigned long long)publication);
	return CREDIT_OK;
}

/* None may be of a publication that is not there. */
static enum credit_error check_last_cosignatures(struct fsck *fsck)
{
	struct credit_bytes key, value;
	struct credit_cursor *cursor;
	enum credit_error error =
		credit_cursor_open(fsck->journal, NULL, JOURNAL_COSIGNATURES, &cursor);

	if (error)
		return error;
	error = credit_cursor_last(cursor, &key, &value);
	if (!error && (key.size != 8 || credit_read_u64(key.data) > fsck->publications))
		credit__fsck_tell(
			fsck, FAULT_COSIGNATURES_STRAY, NULL, NULL, "journal cosignatures");
	credit_cursor_close(cursor);
	/* One that is damaged is told with its publication. */
	return error == CREDIT_E_NOT_FOUND || error == CREDIT_E_STORE_CORRUPT ? CREDIT_OK : error;
}

static enum credit_error check_publication(
	struct walk *walk, const Credit__V1__Publication *publication)
{
	uint64_t leaves = credit__publication_leaves(publication);
	bool erased = false;
	enum credit_error error =
		credit__journal_epoch_erased(walk->fsck->journal, publication->epoch, &erased);

	walk->fsck->report.underived += erased;
	if (!error && publication->tree_size > leaves)
		error = catch_up(walk, publication->tree_size - leaves);
	if (!error)
		error = credit__publication_append(walk->log, publication);
	if (!error)
		error = check_root(walk, FAULT_PUBLICATION_ROOT, "publications",
			publication->number, publication->tree_size, publication->root);
	if (!error)
		error = check_cosignatures(walk->fsck, publication->number);
	walk->fsck->report.leaves += leaves;
	return error;
}

/* Publications that hold no later epoch: each ends its tree with its leaf. */
static enum credit_error check_publications(struct walk *walk, uint64_t epoch)
{
	struct fsck *fsck = walk->fsck;
	enum credit_error error = CREDIT_OK;

	while (!error && walk->publication < fsck->publications) {
		Credit__V1__Publication *publication;

		error = credit__journal_publication(
			fsck->journal, walk->publication + 1, &fsck->arena, &publication);
		if (!error && publication->epoch > epoch)
			break;
		error = error ? pass_over(walk, error, "publications", walk->publication + 1, WHOLE)
			      : check_publication(walk, publication);
		walk->publication++;
		fsck->report.publications++;
	}
	return error;
}

static enum credit_error walk_epochs(struct walk *walk)
{
	struct fsck *fsck = walk->fsck;
	enum credit_error error = check_last_cosignatures(fsck);

	for (uint64_t number = 1; number <= fsck->epochs && !error; number++) {
		credit_arena_reset(&fsck->arena);
		error = check_epoch(walk, number);
		if (!error)
			error = check_publications(walk, number);
		if (number % PROGRESS_EPOCHS == 0 || number == fsck->epochs)
			credit__fsck_progress(fsck, CREDIT_FSCK_JOURNAL, number, fsck->epochs);
	}
	return error;
}

enum credit_error credit__fsck_journal(struct fsck *fsck, struct credit_tree_head *ret_head)
{
	struct walk walk = {.fsck = fsck, .tiles = {.reader = fsck->journal}};
	enum credit_error error = credit_log_new(&walk.log);

	if (error)
		return error;
	error = walk_epochs(&walk);
	if (!error)
		credit_log_head(walk.log, ret_head);
	credit_log_free(walk.log);
	return error;
}
