/* SPDX-License-Identifier: Apache-2.0
 *
 * fsck_load.c - load files: whether one is the file that its act names, and what it has enrolled.
 */
#include "registry/fsck.h"

#include "registry/load.h"

#include "credit/v1/act.pb-c.h"

#include <string.h>

#define LOAD_ARENA_LIMIT ((size_t)1 << 20)

void credit__fsck_load_file(
	struct fsck *fsck, uint64_t epoch, uint32_t number, const Credit__V1__EpochRow *row)
{
	struct credit__load_source source = credit__load_journal(fsck->journal, true);
	const struct Credit__V1__Act *act;
	struct credit_hash name, digest;
	struct credit_arena arena;
	uint32_t entities;
	uint64_t filed;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, LOAD_ARENA_LIMIT);
	error = credit_act_decode(
		(struct credit_bytes){row->act.data, row->act.len}, &arena, &act, NULL);
	if (!error && credit__load_of(act, &name)) {
		error = credit__load_epoch(fsck->journal, credit__hash_bytes(&name), &filed);
		if (!error)
			error = credit__load_measure(&source, &name, &digest, &entities);
		if (error || filed != epoch || !credit_hash_equal(&name, &digest) ||
			entities != act->base_register_load->entities)
			credit__fsck_tell(fsck, FAULT_LOAD, NULL,
				error ? credit_error_text(error, CREDIT_LANG_EN) : NULL,
				"journal loads, of row %llu/%u", (unsigned long long)epoch, number);
	}
	credit_arena_deinit(&arena);
}

/* Each entity of a piece: its row and its first status. */
static enum credit_error each_row(const struct credit__fsck_load *load, struct credit_bytes rows,
	void *context, credit__fsck_load_row *each)
{
	uint8_t memory[2][CREDIT_LOAD_VALUE_MAX];
	struct credit_load_row row;
	enum credit_error error;

	while ((error = credit_load_row_next(&rows, &row)) == CREDIT_OK) {
		struct credit_bytes code = {(const uint8_t *)row.uscc.character, CREDIT_USCC_SIZE};

		error = each(context, STATE_ENTITY, code,
			credit_load_entity(load->load, &row, memory[0]));
		if (!error)
			error = each(context, STATE_STATUS, code,
				credit_load_status(&load->openings, &row, memory[1]));
		if (error)
			return error;
	}
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : CREDIT_E_STORE_CORRUPT;
}

enum credit_error credit__fsck_load_rows(struct fsck *fsck, const struct credit__fsck_load *load,
	void *context, credit__fsck_load_row *each)
{
	struct credit__load_source source = credit__load_journal(fsck->journal, true);
	struct credit_bytes rows;
	uint32_t number = 0;
	enum credit_error error;

	while ((error = source.piece(source.context, &load->digest, number, &rows)) == CREDIT_OK) {
		error = each_row(load, rows, context, each);
		if (error)
			return error;
		number++;
	}
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

enum credit_error credit__fsck_load_open(
	struct credit_bytes value, struct credit_arena *arena, struct credit__fsck_load *ret_load)
{
	enum credit_error error = credit_load_parse(value, arena, &ret_load->seed, &ret_load->load);

	if (!error)
		credit_hmac_key_init(&ret_load->seed, &ret_load->openings);
	if (!error && ret_load->load->digest.len != sizeof ret_load->digest)
		error = CREDIT_E_STORE_CORRUPT;
	if (!error)
		memcpy(ret_load->digest.byte, ret_load->load->digest.data, sizeof ret_load->digest);
	return error;
}
