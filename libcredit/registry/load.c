/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c - load files in the journal: staged piece by piece, filed by an epoch, read again.
 *
 * A staged file is no part of what the registry has said: it is in no backup, a scrub leaves it behind,
 * and another one may take its place. Filing it is one field of its row, written by the commit that makes
 * the act durable.
 */
#include "registry/load.h"

#include "credit/v1/act.pb-c.h"

#include <string.h>

#define PIECE_KEY_SIZE (CREDIT_HASH_SIZE + 4)

/* --- the row of a file ------------------------------------------------------------------------ */

/* In the database: epoch (8), time of the last piece (8), size (8), entities (4), pieces (4), last code (18). */
#define STAGE_SIZE (8 + 8 + 8 + 4 + 4 + CREDIT_USCC_SIZE)

struct stage {
	uint64_t epoch; /* that filed it; 0: none yet */
	credit_ms_t touched;
	uint64_t size;
	uint32_t entities, pieces;
	struct credit_uscc last;
};

static enum credit_error stage_parse(struct credit_bytes value, struct stage *ret_stage)
{
	if (value.size != STAGE_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	ret_stage->epoch = credit_read_u64(value.data);
	ret_stage->touched.ms = (int64_t)credit_read_u64(value.data + 8);
	ret_stage->size = credit_read_u64(value.data + 16);
	ret_stage->entities = credit_read_u32(value.data + 24);
	ret_stage->pieces = credit_read_u32(value.data + 28);
	memcpy(ret_stage->last.character, value.data + 32, CREDIT_USCC_SIZE);
	return CREDIT_OK;
}

static enum credit_error stage_put(
	struct credit_write *write, struct credit_bytes digest, const struct stage *stage)
{
	uint8_t value[STAGE_SIZE];

	credit_write_u64(value, stage->epoch);
	credit_write_u64(value + 8, (uint64_t)stage->touched.ms);
	credit_write_u64(value + 16, stage->size);
	credit_write_u32(value + 24, stage->entities);
	credit_write_u32(value + 28, stage->pieces);
	memcpy(value + 32, stage->last.character, CREDIT_USCC_SIZE);
	return credit_write_put(
		write, JOURNAL_LOADS, digest, (struct credit_bytes){value, sizeof value});
}

/* One that is not there is as one without rows. */
static enum credit_error stage_get(
	struct credit_write *write, struct credit_bytes digest, struct stage *ret_stage)
{
	struct credit_bytes value;
	enum credit_error error = credit_write_get(write, JOURNAL_LOADS, digest, &value);

	*ret_stage = (struct stage){0};
	if (error == CREDIT_E_NOT_FOUND)
		return CREDIT_OK;
	return error ? error : stage_parse(value, ret_stage);
}

static struct credit_bytes piece_key(
	struct credit_bytes digest, uint32_t number, uint8_t key[PIECE_KEY_SIZE])
{
	memcpy(key, digest.data, CREDIT_HASH_SIZE);
	credit_write_u32(key + CREDIT_HASH_SIZE, number);
	return (struct credit_bytes){key, PIECE_KEY_SIZE};
}

/* --- staging ---------------------------------------------------------------------------------- */

static enum credit_error drop(
	struct credit_write *write, struct credit_bytes digest, const struct stage *stage)
{
	enum credit_error error = CREDIT_OK;
	uint8_t key[PIECE_KEY_SIZE];

	for (uint32_t i = 0; i < stage->pieces && !error; i++)
		error = credit_write_delete(write, JOURNAL_LOAD_PIECES, piece_key(digest, i, key));
	return error ? error : credit_write_delete(write, JOURNAL_LOADS, digest);
}

/* The staged file that is not this one gives way when nobody goes on with it. */
static enum credit_error make_way(
	struct credit_write *write, struct credit_bytes digest, credit_ms_t now)
{
	struct credit_bytes none = {0}, key, value;
	struct credit_cursor *cursor;
	struct credit_hash other;
	struct stage stage = {0};
	bool found = false;
	enum credit_error error = credit_cursor_open(NULL, write, JOURNAL_LOADS, &cursor);

	if (error)
		return error;
	for (error = credit_cursor_seek(cursor, none, &key, &value); !error && !found;
		error = found ? CREDIT_OK : credit_cursor_next(cursor, &key, &value)) {
		error = stage_parse(value, &stage);
		if (error || key.size != sizeof other.byte)
			break;
		found = stage.epoch == 0 && !credit_bytes_equal(key, digest);
		if (found)
			memcpy(other.byte, key.data, sizeof other.byte);
	}
	credit_cursor_close(cursor);
	if (error && error != CREDIT_E_NOT_FOUND)
		return error;
	if (!found)
		return CREDIT_OK;
	return now.ms - stage.touched.ms < CREDIT_LOAD_IDLE_MS
		       ? CREDIT_E_BUSY
		       : drop(write, credit__hash_bytes(&other), &stage);
}

static enum credit_error check_place(const struct stage *stage, uint64_t offset,
	struct credit_bytes rows, const struct credit_load_piece *piece,
	struct credit_problem *problem)
{
	if (stage->epoch)
		return credit_problem_set(problem, CREDIT_E_LOAD_EXISTS, "digest", NULL,
			"by epoch %llu", (unsigned long long)stage->epoch);
	if (rows.size == 0)
		return CREDIT_OK;
	if (offset != stage->size)
		return credit_problem_set(problem, CREDIT_E_LOAD_OFFSET, "offset", NULL, "%llu",
			(unsigned long long)stage->size);
	if (stage->entities && memcmp(&stage->last, &piece->first, sizeof piece->first) >= 0)
		return credit_problem_set(problem, CREDIT_E_LOAD_ORDER, "rows[0]", NULL, NULL);
	if (stage->size + rows.size > CREDIT_LOAD_SIZE_MAX ||
		stage->entities + piece->entities > CREDIT_LOAD_ENTITIES_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, "rows", NULL,
			"at most %d entities and %llu bytes", CREDIT_LOAD_ENTITIES_MAX,
			(unsigned long long)CREDIT_LOAD_SIZE_MAX);
	return CREDIT_OK;
}

static enum credit_error append(struct credit_write *write, struct credit_bytes digest,
	struct credit_bytes rows, const struct credit_load_piece *piece, credit_ms_t now,
	struct stage *stage)
{
	uint8_t key[PIECE_KEY_SIZE];
	enum credit_error error = make_way(write, digest, now);

	if (!error)
		error = credit_write_put(
			write, JOURNAL_LOAD_PIECES, piece_key(digest, stage->pieces, key), rows);
	stage->touched = now;
	stage->size += rows.size;
	stage->entities += piece->entities;
	stage->pieces++;
	stage->last = piece->last;
	return error ? error : stage_put(write, digest, stage);
}

enum credit_error credit_registry_stage_load(struct credit_registry *registry,
	const struct credit_hash *digest, uint64_t offset, struct credit_bytes rows,
	credit_ms_t now, struct credit_load_stage *ret_stage, struct credit_problem *problem)
{
	struct credit_bytes name = credit__hash_bytes(digest);
	struct credit_load_piece piece;
	struct credit_write *write;
	struct stage stage = {0};
	/* Before the transaction, so that the writer does not wait for it. */
	enum credit_error error = credit_load_piece_check(rows, &piece, problem);

	if (error)
		return error;
	error = credit_write_begin(registry->journal, 2 * rows.size, &write);
	if (error)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	error = stage_get(write, name, &stage);
	if (!error)
		error = check_place(&stage, offset, rows, &piece, problem);
	if (!error && rows.size)
		error = append(write, name, rows, &piece, now, &stage);
	if (!error && rows.size)
		error = credit_write_commit(write);
	else
		credit_write_abort(write);
	if (error)
		return problem && problem->error == error
			       ? error
			       : credit_problem_set(problem, error, NULL, NULL, NULL);
	*ret_stage = (struct credit_load_stage){.size = stage.size, .entities = stage.entities};
	return CREDIT_OK;
}

/* --- filing ----------------------------------------------------------------------------------- */

bool credit__load_of(const struct Credit__V1__Act *act, struct credit_hash *ret_digest)
{
	if (act->payload_case != CREDIT__V1__ACT__PAYLOAD_BASE_REGISTER_LOAD ||
		act->base_register_load->digest.len != sizeof ret_digest->byte)
		return false;
	memcpy(ret_digest->byte, act->base_register_load->digest.data, sizeof ret_digest->byte);
	return true;
}

enum credit_error credit__load_file(
	struct credit_write *journal, const struct credit_hash *digest, uint64_t epoch)
{
	struct stage stage;
	enum credit_error error = stage_get(journal, credit__hash_bytes(digest), &stage);

	/* It was there when the act was decided. Whoever was faster has made it give way since. */
	if (!error && (stage.epoch || stage.pieces == 0))
		error = CREDIT_E_BUSY;
	stage.epoch = epoch;
	return error ? error : stage_put(journal, credit__hash_bytes(digest), &stage);
}

enum credit_error credit__load_epoch(
	struct credit_reader *journal, struct credit_bytes digest, uint64_t *ret_epoch)
{
	struct credit_bytes value;
	struct stage stage;
	enum credit_error error = credit_read_get(journal, JOURNAL_LOADS, digest, &value);

	if (!error)
		error = stage_parse(value, &stage);
	if (!error)
		*ret_epoch = stage.epoch;
	return error;
}

enum credit_error credit__loads_filed(
	struct credit_reader *journal, uint64_t after, uint64_t last, bool *ret_filed)
{
	struct credit_bytes none = {0}, key, value;
	struct credit_cursor *cursor;
	bool filed = false;
	enum credit_error error = credit_cursor_open(journal, NULL, JOURNAL_LOADS, &cursor);

	if (error)
		return error;
	for (error = credit_cursor_seek(cursor, none, &key, &value); !error;
		error = credit_cursor_next(cursor, &key, &value)) {
		struct stage stage;

		error = stage_parse(value, &stage);
		if (error)
			break;
		filed = filed || (stage.epoch > after && stage.epoch <= last);
	}
	credit_cursor_close(cursor);
	if (error != CREDIT_E_NOT_FOUND)
		return error;
	*ret_filed = filed;
	return CREDIT_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static enum credit_error journal_piece(void *context, const struct credit_hash *digest,
	uint32_t number, struct credit_bytes *ret_rows)
{
	uint8_t key[PIECE_KEY_SIZE];

	return credit_read_get(context, JOURNAL_LOAD_PIECES,
		piece_key(credit__hash_bytes(digest), number, key), ret_rows);
}

struct credit__load_source credit__load_journal(struct credit_reader *journal, bool alone)
{
	return (struct credit__load_source){
		.context = journal, .piece = journal_piece, .alone = alone};
}

enum credit_error credit__load_measure(const struct credit__load_source *source,
	const struct credit_hash *name, struct credit_hash *ret_digest, uint32_t *ret_entities)
{
	struct credit_hasher hasher;
	struct credit_bytes rows;
	uint32_t number = 0, entities = 0;
	enum credit_error error;

	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, CREDIT_LOAD_HEAD, CREDIT_LOAD_HEAD_SIZE);
	while ((error = source->piece(source->context, name, number, &rows)) == CREDIT_OK) {
		struct credit_load_row row;

		credit_hasher_add(&hasher, rows.data, rows.size);
		while ((error = credit_load_row_next(&rows, &row)) == CREDIT_OK)
			entities++;
		if (error != CREDIT_E_NOT_FOUND)
			return CREDIT_E_STORE_CORRUPT;
		number++;
	}
	if (error != CREDIT_E_NOT_FOUND || number == 0)
		return error;
	credit_hasher_done(&hasher, ret_digest);
	*ret_entities = entities;
	return CREDIT_OK;
}

enum credit_error credit__load_staged(
	void *context, const struct credit_hash *digest, uint32_t *ret_entities)
{
	struct credit_registry *registry = context;
	struct credit_reader *journal = registry->tiles.reader;
	struct credit__load_source source = credit__load_journal(journal, false);
	struct credit_hash measured;
	uint64_t epoch = 0;
	enum credit_error error = credit_read_begin(journal);

	if (error)
		return error;
	error = credit__load_epoch(journal, credit__hash_bytes(digest), &epoch);
	if (!error && epoch != 0)
		error = CREDIT_E_NOT_FOUND;
	if (!error)
		error = credit__load_measure(&source, digest, &measured, ret_entities);
	if (!error && !credit_hash_equal(&measured, digest))
		error = CREDIT_E_NOT_FOUND;
	credit_read_end(journal);
	return error;
}
