/* SPDX-License-Identifier: Apache-2.0
 *
 * fsck.c - deriving everything again and saying exactly what does not agree.
 *
 * From the journal's rows: commitments, manifest roots, issuers' signatures, leaves, the tree,
 * every checkpoint. From the effects: the state, built anew in a folder beside it and compared row
 * by row.
 */
#include "registry/load.h"

#include <credit/proof.h>

#include "credit/v1/act.pb-c.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FSCK_ARENA_LIMIT ((size_t)512 << 20)
#define FAULT_TEXT 256
/* Acts in one transaction of the derived state. Each may touch a page in every keyspace, as may each
 * status that a publication brings into the map: an epoch count alone would not bound that. */
#define COMMIT_ACTS 32768
#define DERIVE_ROOM ((size_t)512 << 20)
#define DOCUMENT_ARENA_LIMIT ((size_t)4 << 20)

struct fsck {
	struct credit_registry *registry; /* NULL: only the journal is looked at */
	struct credit_reader *journal;
	const struct credit_named_key *log_name;
	uint64_t epochs, publications; /* as many as there are */
	struct credit_log *log;
	struct credit_arena arena; /* emptied for each epoch */
	uint64_t publication;      /* the last one checked */
	void (*fault)(void *context, const char *what);
	void *context;
	struct credit_fsck_report report;
};

__attribute__((format(printf, 2, 3))) static void tell(struct fsck *fsck, const char *format, ...)
{
	char text[FAULT_TEXT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	fsck->report.faults++;
	fsck->fault(fsck->context, text);
}

/* --- the journal --- */

static bool hash_is(ProtobufCBinaryData data, const struct credit_hash *hash)
{
	return data.len == CREDIT_HASH_SIZE && memcmp(data.data, hash->byte, data.len) == 0;
}

static void check_filing(struct fsck *fsck, const Credit__V1__Epoch *epoch,
	const Credit__V1__EpochFiling *filing, uint32_t number)
{
	struct credit_bytes bytes = {filing->manifest.data, filing->manifest.len};
	size_t count = filing->commitments.len / CREDIT_HASH_SIZE;
	struct credit_hash *leaves = credit_arena_alloc(&fsck->arena, count * sizeof *leaves);
	unsigned long long place = epoch->number;
	struct credit_public_key key;
	struct credit_signature signature;
	struct credit_hash root;
	ProtobufCMessage *message;

	if (!leaves || filing->issuer_key.len != sizeof key ||
		filing->signature.len != sizeof signature ||
		credit_decode(&credit__v1__manifest__descriptor, bytes, &fsck->arena, &message,
			NULL) != CREDIT_OK) {
		tell(fsck, "epoch %llu filing %u: the manifest cannot be read", place, number);
		return;
	}
	memcpy(key.byte, filing->issuer_key.data, sizeof key);
	memcpy(signature.byte, filing->signature.data, sizeof signature);
	if (credit_dsse_verify(&key, CREDIT_MANIFEST_TYPE, bytes, &signature) != CREDIT_OK)
		tell(fsck, "epoch %llu filing %u: the issuer's signature is false", place, number);
	for (size_t i = 0; i < count; i++)
		credit_leaf_hash(
			(struct credit_bytes){
				filing->commitments.data + i * CREDIT_HASH_SIZE, CREDIT_HASH_SIZE},
			&leaves[i]);
	credit_tree_root(leaves, count, &root);
	if (!hash_is(((Credit__V1__Manifest *)(void *)message)->root, &root))
		tell(fsck, "epoch %llu filing %u: the commitments do not give the manifest's root",
			place, number);
}

static bool commitment_stands(const Credit__V1__EpochRow *row,
	const Credit__V1__EpochFiling *filing, const struct credit_hash *commitment)
{
	size_t at = (size_t)row->index * CREDIT_HASH_SIZE;

	return hash_is(row->commitment, commitment) &&
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
		tell(fsck, "epoch %llu row %u: its document cannot be read or is another",
			(unsigned long long)epoch, number);
	credit_arena_deinit(&arena);
}

/* Only acts with the tag of a case's document are taken apart: 38, length-delimited. */
static bool may_have_document(const Credit__V1__EpochRow *row)
{
	return row->act.len > 2 && row->act.data[0] == 0xB2 && row->act.data[1] == 0x02;
}
_Static_assert(CREDIT__V1__ACT__PAYLOAD_CASE_DOCUMENT == 38, "the tag above");

/* Acts in clear alone name load files: the file is whole, and it is the one that the act names. */
static void check_load(
	struct fsck *fsck, uint64_t epoch, uint32_t number, const Credit__V1__EpochRow *row)
{
	struct credit__load_source source = credit__load_journal(fsck->journal, true);
	const struct Credit__V1__Act *act;
	struct credit_hash name, digest;
	struct credit_arena arena;
	uint32_t entities;
	uint64_t filed;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, DOCUMENT_ARENA_LIMIT);
	error = credit_act_decode(
		(struct credit_bytes){row->act.data, row->act.len}, &arena, &act, NULL);
	if (!error && credit__load_of(act, &name)) {
		error = credit__load_epoch(fsck->journal, credit__hash_bytes(&name), &filed);
		if (!error)
			error = credit__load_measure(&source, &name, &digest, &entities);
		if (error || filed != epoch || !credit_hash_equal(&name, &digest) ||
			entities != act->base_register_load->entities)
			tell(fsck, "epoch %llu row %u: its load file is missing or another",
				(unsigned long long)epoch, number);
	}
	credit_arena_deinit(&arena);
}

/* The row's commitment and leaf from its bytes; the leaf goes into the tree even when the
 * commitment is wrong, so that one fault is told once and the root shows it. */
static enum credit_error check_row(
	struct fsck *fsck, const Credit__V1__Epoch *epoch, uint32_t number)
{
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
	if (!commitment_stands(row, epoch->filings[row->filing], &commitment))
		tell(fsck, "epoch %llu row %u: act and opening do not give the commitment",
			(unsigned long long)epoch->number, number);
	error = credit__row_entry(epoch, row, &commitment, &fsck->arena, &entry);
	if (error)
		return error;
	credit_leaf_hash(entry, &leaf);
	if (may_have_document(row))
		check_document(fsck, epoch->number, number, row);
	if (row->blind.len == 0 && row->act.len > 0)
		check_load(fsck, epoch->number, number, row);
	fsck->report.acts++;
	fsck->report.leaves++;
	return credit_log_append(fsck->log, &leaf);
}

static enum credit_error check_epoch(struct fsck *fsck, uint64_t number)
{
	unsigned long long place = number;
	struct credit_tree_head head, signed_head;
	Credit__V1__Epoch *epoch;
	enum credit_error error =
		credit__journal_epoch(fsck->journal, number, &fsck->arena, &epoch);

	for (uint32_t i = 0; !error && i < epoch->n_filings; i++)
		check_filing(fsck, epoch, epoch->filings[i], i);
	for (uint32_t i = 0; !error && i < epoch->rows; i++)
		error = check_row(fsck, epoch, i);
	if (error)
		return error;
	credit_log_head(fsck->log, &head);
	if (head.size != epoch->tree_size || !hash_is(epoch->root, &head.root))
		tell(fsck, "epoch %llu: the leaves do not give the recorded root", place);
	if (credit_checkpoint_open(
		    (struct credit_bytes){epoch->checkpoint.data, epoch->checkpoint.len},
		    fsck->log_name, &signed_head) != CREDIT_OK ||
		signed_head.size != epoch->tree_size || !hash_is(epoch->root, &signed_head.root))
		tell(fsck, "epoch %llu: the checkpoint is not signed over the recorded root",
			place);
	fsck->report.epochs++;
	return CREDIT_OK;
}

/* They were verified when they came; the keys are the policy's, not ours. */
static void check_cosignatures(struct fsck *fsck, uint64_t publication)
{
	struct credit_status_proof *proof = credit_arena_alloc(&fsck->arena, sizeof *proof);

	if (!proof || credit__cosignatures(fsck->journal, publication, proof) != CREDIT_OK)
		tell(fsck, "publication %llu: its cosignatures cannot be read",
			(unsigned long long)publication);
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
		tell(fsck, "cosignatures of a publication that is not there");
	credit_cursor_close(cursor);
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

/* Publications that hold no later epoch: each ends its tree with its leaf. */
static enum credit_error check_publications(struct fsck *fsck, uint64_t epoch)
{
	enum credit_error error = CREDIT_OK;

	while (!error && fsck->publication < fsck->publications) {
		struct credit_tree_head head, signed_head;
		Credit__V1__Publication *publication;

		error = credit__journal_publication(
			fsck->journal, fsck->publication + 1, &fsck->arena, &publication);
		if (error || publication->epoch > epoch)
			break;
		error = credit__publication_append(fsck->log, publication);
		credit_log_head(fsck->log, &head);
		if (head.size != publication->tree_size || !hash_is(publication->root, &head.root))
			tell(fsck, "publication %llu: the leaves do not give the recorded root",
				(unsigned long long)publication->number);
		if (credit_checkpoint_open((struct credit_bytes){publication->checkpoint.data,
						   publication->checkpoint.len},
			    fsck->log_name, &signed_head) != CREDIT_OK ||
			signed_head.size != head.size ||
			!credit_hash_equal(&signed_head.root, &head.root))
			tell(fsck, "publication %llu: the checkpoint is not signed over its root",
				(unsigned long long)publication->number);
		check_cosignatures(fsck, publication->number);
		fsck->publication++;
		fsck->report.publications++;
		fsck->report.leaves += credit__publication_leaves(publication);
	}
	return error;
}

static enum credit_error check_journal(struct fsck *fsck)
{
	enum credit_error error = check_last_cosignatures(fsck);

	for (uint64_t number = 1; number <= fsck->epochs && !error; number++) {
		credit_arena_reset(&fsck->arena);
		error = check_epoch(fsck, number);
		if (!error)
			error = check_publications(fsck, number);
		if (error)
			tell(fsck, "epoch %llu: %s", (unsigned long long)number,
				credit_error_text(error, CREDIT_LANG_EN));
	}
	return error;
}

enum credit_error credit__check_journal(struct credit_reader *journal,
	const struct credit_named_key *log_name, uint64_t epochs, uint64_t publications,
	void (*fault)(void *context, const char *what), void *context,
	struct credit_tree_head *ret_head)
{
	struct fsck fsck = {.journal = journal,
		.log_name = log_name,
		.epochs = epochs,
		.publications = publications,
		.fault = fault,
		.context = context};
	enum credit_error error = credit_log_new(&fsck.log);

	if (error)
		return error;
	credit_arena_init(&fsck.arena, NULL, 0, FSCK_ARENA_LIMIT);
	error = check_journal(&fsck);
	if (!error)
		credit_log_head(fsck.log, ret_head);
	credit_arena_deinit(&fsck.arena);
	credit_log_free(fsck.log);
	return error;
}

/* --- the state --- */

/* Compares one keyspace of both states in step. */
static enum credit_error compare_keyspace(struct fsck *fsck, struct credit_reader *stored,
	struct credit_reader *derived, unsigned keyspace)
{
	struct credit_cursor *a = NULL, *b = NULL;
	struct credit_bytes none = {0}, key_a, key_b, value_a, value_b;
	enum credit_error end_a, end_b;
	enum credit_error error = credit_cursor_open(stored, NULL, keyspace, &a);

	if (!error)
		error = credit_cursor_open(derived, NULL, keyspace, &b);
	if (error)
		goto done;
	end_a = credit_cursor_seek(a, none, &key_a, &value_a);
	end_b = credit_cursor_seek(b, none, &key_b, &value_b);
	while (!end_a && !end_b && credit_bytes_equal(key_a, key_b) &&
		credit_bytes_equal(value_a, value_b)) {
		end_a = credit_cursor_next(a, &key_a, &value_a);
		end_b = credit_cursor_next(b, &key_b, &value_b);
	}
	if (end_a != CREDIT_E_NOT_FOUND || end_b != CREDIT_E_NOT_FOUND) {
		char text[41];
		struct credit_bytes key = end_a ? key_b : key_a;

		tell(fsck, "state keyspace %s: differs from the journal at key %s",
			credit__state_names[keyspace],
			credit_hex(key.data, key.size < 20 ? key.size : 20, text));
	}
done:
	credit_cursor_close(b);
	credit_cursor_close(a);
	return error;
}

static enum credit_error compare_states(struct fsck *fsck, struct credit_store *derived)
{
	struct credit_reader *a = NULL, *b = NULL;
	enum credit_error error = credit_reader_new(fsck->registry->state, &a);

	if (!error)
		error = credit_reader_new(derived, &b);
	if (!error)
		error = credit_read_begin(a);
	if (error)
		goto done;
	error = credit_read_begin(b);
	if (!error) {
		/* The marks may differ: an epoch that no publication holds is not in the stored state. */
		for (unsigned keyspace = 0; keyspace < STATE_KEYSPACES && !error; keyspace++)
			if (keyspace != STATE_META)
				error = compare_keyspace(fsck, a, b, keyspace);
		credit_read_end(b);
	}
	credit_read_end(a);
done:
	credit_reader_free(b);
	credit_reader_free(a);
	return error;
}

/* Publications of the state being derived, up to an epoch; the map must come out as the log has it. */
static enum credit_error derive_publications(
	struct fsck *fsck, struct credit_write *write, uint64_t epoch)
{
	enum credit_error error = CREDIT_OK;

	while (!error && fsck->publication < fsck->publications) {
		Credit__V1__Publication *publication;
		bool proved = true;

		error = credit__journal_publication(
			fsck->journal, fsck->publication + 1, &fsck->arena, &publication);
		if (error || publication->epoch > epoch)
			break;
		error = credit__replay_publication(
			write, fsck->journal, publication, true, &proved);
		if (!error && !proved)
			fsck->report.underived++;
		if (error == CREDIT_E_STATE_DIVERGED) {
			tell(fsck, "publication %llu: the statuses do not give its map root",
				(unsigned long long)publication->number);
			error = CREDIT_OK;
		}
		fsck->publication++;
	}
	return error;
}

/* One epoch and the publications that end with it; its acts are added to *acts. */
static enum credit_error derive_epoch(
	struct fsck *fsck, struct credit_write *write, uint64_t number, uint64_t *acts)
{
	Credit__V1__Epoch *epoch;
	enum credit_error error;

	credit_arena_reset(&fsck->arena);
	error = credit__journal_epoch(fsck->journal, number, &fsck->arena, &epoch);
	if (error)
		return error;
	*acts += epoch->rows;
	error = credit__apply_epoch(write, fsck->journal, number, &fsck->arena);
	return error ? error : derive_publications(fsck, write, number);
}

static enum credit_error derive_state(struct fsck *fsck, struct credit_store *derived)
{
	uint64_t last = fsck->registry->published;
	uint64_t next = 1;
	enum credit_error error = CREDIT_OK;

	fsck->publication = 0;
	while (next <= last && !error) {
		struct credit_write *write = NULL;
		uint64_t acts = 0;

		error = credit_write_begin(derived, DERIVE_ROOM, &write);
		for (; next <= last && acts < COMMIT_ACTS && !error; next++)
			error = derive_epoch(fsck, write, next, &acts);
		if (!error)
			error = credit_write_commit(write);
		else
			credit_write_abort(write);
	}
	return error;
}

static enum credit_error check_state(struct fsck *fsck)
{
	char path[PATH_MAX];
	struct credit_store *derived = NULL;
	struct credit_store_options options = {
		.path = path,
		.keyspaces = credit__state_names,
		.keyspace_count = STATE_KEYSPACES,
		.format = STATE_FORMAT,
		.purpose = "credit state",
	};
	enum credit_error error, destroyed;

	/* Beside the data, where there is room for as much again. */
	if ((size_t)snprintf(path, sizeof path, "%s/" CREDIT__FSCK_FOLDER "XXXXXX",
		    fsck->registry->path) >= sizeof path ||
		!mkdtemp(path))
		return CREDIT_E_IO;
	error = credit_store_open(&options, &derived, NULL);
	if (!error)
		error = derive_state(fsck, derived);
	if (!error)
		error = compare_states(fsck, derived);
	credit_store_close(derived);
	/* Overwritten too: what it holds may be erased one day. */
	destroyed = credit_store_destroy(path);
	return error ? error : destroyed;
}

enum credit_error credit_registry_fsck(struct credit_registry *registry,
	void (*fault)(void *context, const char *what), void *context,
	struct credit_fsck_report *ret_report)
{
	struct fsck fsck = {.registry = registry,
		.fault = fault,
		.context = context,
		.log_name = &registry->log_name,
		.epochs = registry->epoch,
		.publications = registry->publication};
	enum credit_error error = credit_log_new(&fsck.log);

	credit_arena_init(&fsck.arena, NULL, 0, FSCK_ARENA_LIMIT);
	if (!error)
		error = credit_reader_new(registry->journal, &fsck.journal);
	if (!error)
		error = credit_read_begin(fsck.journal);
	if (error)
		goto done;
	error = check_journal(&fsck);
	if (!error)
		error = check_state(&fsck);
	if (!error)
		error = credit__scrub_pending(registry, &fsck.report.unscrubbed);
	credit_read_end(fsck.journal);
	*ret_report = fsck.report;
done:
	credit_reader_free(fsck.journal);
	credit_log_free(fsck.log);
	credit_arena_deinit(&fsck.arena);
	return error;
}
