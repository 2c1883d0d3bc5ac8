/* SPDX-License-Identifier: Apache-2.0
 *
 * load_rows.c - the row of a load, and the rows of each of its entities.
 *
 * The latter are, byte for byte, what an enrolment by an act of its own makes of an entity
 * (decide_entity.c, status.c), but for the opening, which is not drawn but follows from the load's seed
 * and the code. They are made by the million, so that nothing is allocated and nothing is looked up.
 */
#include "rules/decide.h"

#include <string.h>

#define LOAD CREDIT__V1__EFFECT_KIND__EFFECT_KIND_LOAD

/* --- the row of a load ---------------------------------------------------------------------- */

/* In the database: never renumber. */
#define FILED 0
#define CARRIED_OUT 1

struct credit_bytes credit_load_filed_key(uint8_t memory[CREDIT_LOAD_DONE_KEY_SIZE])
{
	memory[0] = FILED;
	return (struct credit_bytes){memory, 1};
}

struct credit_bytes credit_load_done_key(
	const struct credit_hash *digest, uint8_t memory[CREDIT_LOAD_DONE_KEY_SIZE])
{
	memory[0] = CARRIED_OUT;
	memcpy(memory + 1, digest->byte, CREDIT_HASH_SIZE);
	return (struct credit_bytes){memory, CREDIT_LOAD_DONE_KEY_SIZE};
}

enum credit_error credit_load_value(const struct credit_opening *seed,
	const struct Credit__V1__Load *load, struct credit_arena *arena,
	struct credit_bytes *ret_value)
{
	size_t size = credit__v1__load__get_packed_size(load);
	uint8_t *memory = credit_arena_alloc(arena, sizeof seed->byte + size);

	if (!memory)
		return CREDIT_E_NO_MEMORY;
	memcpy(memory, seed->byte, sizeof seed->byte);
	credit__v1__load__pack(load, memory + sizeof seed->byte);
	*ret_value = (struct credit_bytes){memory, sizeof seed->byte + size};
	return CREDIT_OK;
}

enum credit_error credit_load_parse(struct credit_bytes value, struct credit_arena *arena,
	struct credit_opening *ret_seed, struct Credit__V1__Load **ret_load)
{
	ProtobufCMessage *message;
	struct credit_bytes rest;
	enum credit_error error;

	if (value.size < sizeof ret_seed->byte)
		return CREDIT_E_STORE_CORRUPT;
	rest = (struct credit_bytes){
		value.data + sizeof ret_seed->byte, value.size - sizeof ret_seed->byte};
	error = credit__row_decode(LOAD, rest, arena, &message);
	if (error)
		return error;
	memcpy(ret_seed->byte, value.data, sizeof ret_seed->byte);
	*ret_load = (Credit__V1__Load *)message;
	return (*ret_load)->digest.len == CREDIT_HASH_SIZE &&
			       strlen((*ret_load)->registrar_uscc) == CREDIT_USCC_SIZE
		       ? CREDIT_OK
		       : CREDIT_E_STORE_CORRUPT;
}

/* --- the rows of one entity ------------------------------------------------------------------ */

/* Texts of a row, each ended by a NUL. */
struct texts {
	char uscc[CREDIT_USCC_SIZE + 1], name[CREDIT_LOAD_NAME_MAX + 1];
};

static void take_texts(const struct credit_load_row *row, struct texts *ret_texts)
{
	memcpy(ret_texts->uscc, row->uscc.character, CREDIT_USCC_SIZE);
	ret_texts->uscc[CREDIT_USCC_SIZE] = '\0';
	memcpy(ret_texts->name, row->name.data, row->name.size);
	ret_texts->name[row->name.size] = '\0';
}

struct credit_bytes credit_load_entity(const struct Credit__V1__Load *load,
	const struct credit_load_row *row, uint8_t memory[CREDIT_LOAD_VALUE_MAX])
{
	Credit__V1__Entity entity = CREDIT__V1__ENTITY__INIT;
	struct texts texts;

	take_texts(row, &texts);
	entity.uscc = texts.uscc;
	entity.name = texts.name;
	entity.evidence = CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_PLAIN;
	entity.enrolled_at = load->enrolled_at;
	entity.registrar_uscc = load->registrar_uscc;
	return (struct credit_bytes){memory, credit__v1__entity__pack(&entity, memory)};
}

struct credit_bytes credit_load_status(const struct credit_hmac_key *seed,
	const struct credit_load_row *row, uint8_t memory[CREDIT_LOAD_VALUE_MAX])
{
	Credit__V1__Detail detail = CREDIT__V1__DETAIL__INIT;
	Credit__V1__Status status = CREDIT__V1__STATUS__INIT;
	uint8_t packed[CREDIT_LOAD_ROW_MAX + 16], length[4];
	uint8_t *at = memory + CREDIT_OPENING_SIZE + 2;
	struct credit_hash detail_hash;
	struct credit_opening opening;
	struct texts texts;
	size_t detail_size, size;

	take_texts(row, &texts);
	detail.entity_uscc = texts.uscc;
	detail.name = texts.name;
	detail_size = credit__v1__detail__pack(&detail, packed);
	credit_sha256((struct credit_bytes){packed, detail_size}, &detail_hash);
	status.detail_hash = (ProtobufCBinaryData){sizeof detail_hash.byte, detail_hash.byte};
	size = credit__v1__status__pack(&status, at);
	credit_load_opening(seed,
		(struct credit_bytes){
			(const uint8_t *)row->uscc.character, sizeof row->uscc.character},
		&opening);
	memcpy(memory, opening.byte, sizeof opening.byte);
	credit_write_u32(length, (uint32_t)size);
	memcpy(memory + CREDIT_OPENING_SIZE, length + 2, 2);
	memcpy(at + size, packed, detail_size);
	return (struct credit_bytes){memory, CREDIT_OPENING_SIZE + 2 + size + detail_size};
}
