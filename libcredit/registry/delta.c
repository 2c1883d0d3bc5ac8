/* SPDX-License-Identifier: Apache-2.0
 *
 * delta.c - what an auditor needs to run a publication again, in pieces of a bounded size.
 *
 *     for each publication: { epoch's header, its rows (an attachment or a load file, piece by piece,
 *     before the row it belongs to) }*, the publication
 *
 * All of it stands in the journal as it is sent; a cursor remembers the place, so that no read is kept
 * open while a slow auditor takes its time.
 */
#include "registry/load.h"

#include <string.h>

#define HEADER_ARENA_LIMIT ((size_t)256 << 20) /* a decoded header of a very full epoch */
#define SMALL_ARENA_LIMIT ((size_t)4 << 20)    /* a publication, or an act in clear */

/* --- where deltas begin --- */

struct stamp {
	uint64_t epoch;
	credit_ms_t time;
};

static enum credit_error stamp_of(
	struct credit_reader *reader, uint64_t number, struct stamp *ret_stamp)
{
	Credit__V1__Publication *publication;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, SMALL_ARENA_LIMIT);
	error = credit__journal_publication(reader, number, &arena, &publication);
	if (!error)
		*ret_stamp = (struct stamp){publication->epoch, {publication->time}};
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error last_number(struct credit_reader *reader, uint64_t *ret_number)
{
	Credit__V1__Publication *publication;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, SMALL_ARENA_LIMIT);
	error = credit__journal_last_publication(reader, &arena, &publication);
	if (!error || error == CREDIT_E_NOT_FOUND)
		*ret_number = error ? 0 : publication->number;
	credit_arena_deinit(&arena);
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

/* The first publication not before an instant; the newest one is always kept. Times never go back, so
 * that halving finds it. */
static enum credit_error first_since(
	struct credit_reader *reader, uint64_t last, credit_ms_t since, uint64_t *ret_number)
{
	uint64_t low = 1, high = last;
	enum credit_error error = CREDIT_OK;

	while (low < high && !error) {
		uint64_t middle = low + (high - low) / 2;
		struct stamp stamp;

		error = stamp_of(reader, middle, &stamp);
		if (!error && stamp.time.ms >= since.ms)
			high = middle;
		else
			low = middle + 1;
	}
	*ret_number = low;
	return error;
}

enum credit_error credit_view_delta_begin(struct credit_view *view, uint64_t publication,
	credit_ms_t kept_since, struct credit_delta_cursor *ret_cursor,
	struct credit_problem *problem)
{
	struct credit_reader *reader = view->journal.reader;
	struct stamp before = {0};
	uint64_t last = 0, first = 1;
	enum credit_error error;

	if (publication == 0)
		return credit_problem_set(
			problem, CREDIT_E_FIELD_RANGE, "first_publication", NULL, "from 1");
	error = credit__view_journal(view);
	if (!error)
		error = last_number(reader, &last);
	if (!error && last > 0)
		error = first_since(reader, last, kept_since, &first);
	if (!error && publication < first)
		return credit_problem_set(problem, CREDIT_E_DELTAS_PRUNED, "first_publication",
			NULL, "kept from %llu on", (unsigned long long)first);
	if (!error && publication > last + 1)
		return credit_problem_set(problem, CREDIT_E_NOT_FOUND, "first_publication", NULL,
			"the newest is %llu", (unsigned long long)last);
	if (!error && publication > 1)
		error = stamp_of(reader, publication - 1, &before);
	if (error)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	*ret_cursor = (struct credit_delta_cursor){
		.publication = publication,
		.epoch = before.epoch + 1,
		.part = CREDIT_DELTA_EPOCH,
	};
	return CREDIT_OK;
}

/* --- the pieces --- */

static enum credit_error read_counts(
	struct credit_reader *reader, struct credit_delta_cursor *cursor)
{
	bool loads = false;
	struct credit_arena arena;
	Credit__V1__Epoch *epoch;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, HEADER_ARENA_LIMIT);
	error = credit__journal_epoch(reader, cursor->epoch, &arena, &epoch);
	if (!error)
		error = credit__loads_filed(reader, cursor->epoch - 1, cursor->epoch, &loads);
	if (!error) {
		cursor->loads = loads;
		cursor->rows = epoch->rows;
		cursor->first_leaf = epoch->first_leaf;
	}
	credit_arena_deinit(&arena);
	return error;
}

/* The row's act, when it is one in clear: only those name attachments and load files, so that only those are
 * decoded. NULL: it is another. */
static enum credit_error clear_act(struct credit_reader *reader,
	const struct credit_delta_cursor *cursor, struct credit_arena *arena,
	Credit__V1__Act **ret_act)
{
	Credit__V1__EpochRow *row;
	ProtobufCMessage *message;
	enum credit_error error =
		credit__journal_row(reader, cursor->epoch, cursor->row, arena, &row);

	*ret_act = NULL;
	if (error || row->blind.len > 0)
		return error;
	error = credit__decode_stored(&credit__v1__act__descriptor,
		(struct credit_bytes){row->act.data, row->act.len}, arena, &message);
	if (!error)
		*ret_act = (Credit__V1__Act *)(void *)message;
	return error;
}

/* An empty answer: none, or no more of them. */
static enum credit_error piece_of(struct credit_reader *reader,
	const struct credit_delta_cursor *cursor, struct credit_bytes *ret_bytes)
{
	struct credit__load_source source = credit__load_journal(reader, false);
	struct credit_arena arena;
	struct credit_hash digest;
	Credit__V1__Act *act;
	enum credit_error error;

	*ret_bytes = (struct credit_bytes){0};
	if (!cursor->loads)
		return CREDIT_OK;
	credit_arena_init(&arena, NULL, 0, SMALL_ARENA_LIMIT);
	error = clear_act(reader, cursor, &arena, &act);
	if (!error && act && credit__load_of(act, &digest)) {
		error = source.piece(source.context, &digest, cursor->piece, ret_bytes);
		if (error == CREDIT_E_NOT_FOUND && cursor->piece > 0)
			error = CREDIT_OK;
	}
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error attachment_of(struct credit_reader *reader,
	const struct credit_delta_cursor *cursor, struct credit_bytes *ret_bytes)
{
	struct credit_arena arena;
	Credit__V1__Act *act;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, SMALL_ARENA_LIMIT);
	*ret_bytes = (struct credit_bytes){0};
	error = clear_act(reader, cursor, &arena, &act);
	if (act && act->payload_case == CREDIT__V1__ACT__PAYLOAD_RULE_BOOK_ADOPTION) {
		ProtobufCBinaryData digest = act->rule_book_adoption->digest;

		error = credit_read_get(reader, JOURNAL_DOCUMENTS,
			(struct credit_bytes){digest.data, digest.len}, ret_bytes);
		if (error == CREDIT_E_NOT_FOUND)
			error = CREDIT_E_STORE_CORRUPT;
	}
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error part_bytes(struct credit_view *view,
	const struct credit_delta_cursor *cursor, struct credit_bytes *ret_bytes)
{
	struct credit_reader *reader = view->journal.reader;

	switch (cursor->part) {
	case CREDIT_DELTA_EPOCH:
		return credit__journal_epoch_bytes(reader, cursor->epoch, ret_bytes);
	case CREDIT_DELTA_ATTACHMENT:
		return attachment_of(reader, cursor, ret_bytes);
	case CREDIT_DELTA_LOAD:
		return piece_of(reader, cursor, ret_bytes);
	case CREDIT_DELTA_ROW:
		return credit__journal_row_bytes(reader, cursor->epoch, cursor->row, ret_bytes);
	case CREDIT_DELTA_PUBLICATION:
		return credit__journal_publication_bytes(reader, cursor->publication, ret_bytes);
	}
	return CREDIT_E_INTERNAL;
}

/* The next epoch that the publication holds, or the publication itself. */
static enum credit_delta_part after_epoch(const struct credit_delta_cursor *cursor)
{
	return cursor->epoch <= cursor->last_epoch ? CREDIT_DELTA_EPOCH : CREDIT_DELTA_PUBLICATION;
}

/* Behind a whole part, or one that there is none of (`empty`). */
static enum credit_error step(
	struct credit_reader *reader, struct credit_delta_cursor *cursor, bool empty)
{
	enum credit_error error = CREDIT_OK;

	cursor->offset = 0;
	switch (cursor->part) {
	case CREDIT_DELTA_EPOCH:
		error = read_counts(reader, cursor);
		cursor->row = 0;
		break;
	case CREDIT_DELTA_ATTACHMENT:
		cursor->part = CREDIT_DELTA_LOAD;
		cursor->piece = 0;
		return CREDIT_OK;
	case CREDIT_DELTA_LOAD:
		cursor->piece++;
		if (empty)
			cursor->part = CREDIT_DELTA_ROW;
		return CREDIT_OK;
	case CREDIT_DELTA_ROW:
		cursor->row++;
		break;
	case CREDIT_DELTA_PUBLICATION:
		cursor->publication++;
		cursor->last_epoch = 0;
		return CREDIT_OK;
	}
	if (cursor->row < cursor->rows) {
		cursor->part = CREDIT_DELTA_ATTACHMENT;
	} else {
		cursor->epoch++;
		cursor->part = after_epoch(cursor);
	}
	return error;
}

enum credit_error credit_view_delta_next(struct credit_view *view,
	struct credit_delta_cursor *cursor, size_t limit, struct credit_delta_piece *ret_piece)
{
	struct credit_delta_piece piece = {0};
	struct stamp stamp;
	struct credit_bytes bytes = {0};
	enum credit_error error = credit__view_journal(view);

	if (!error && cursor->last_epoch == 0) {
		error = stamp_of(view->journal.reader, cursor->publication, &stamp);
		if (error)
			return error; /* CREDIT_E_NOT_FOUND: behind the newest */
		cursor->last_epoch = stamp.epoch;
		cursor->part = after_epoch(cursor);
	}
	while (!error) {
		error = part_bytes(view, cursor, &bytes);
		if (error || bytes.size > 0)
			break;
		/* Most rows have no attachment, and no load file. */
		error = step(view->journal.reader, cursor, true);
	}
	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STORE_CORRUPT : error;
	piece.part = cursor->part;
	piece.bytes.data = bytes.data + cursor->offset;
	piece.bytes.size = bytes.size - cursor->offset;
	piece.more = piece.bytes.size > limit;
	if (piece.more) {
		piece.bytes.size = limit;
		cursor->offset += limit;
	} else {
		if (piece.part == CREDIT_DELTA_ROW)
			error = credit_view_leaf_hash(
				view, cursor->first_leaf + cursor->row, &piece.leaf);
		if (!error)
			error = step(view->journal.reader, cursor, false);
	}
	if (!error)
		*ret_piece = piece;
	return error;
}
