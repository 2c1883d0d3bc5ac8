/* SPDX-License-Identifier: Apache-2.0
 *
 * timer.c - the system act that a due timer asks for.
 *
 * A timer's key says all: when, what, for which record (journal.proto, EFFECT_KIND_TIMER).
 */
#include <credit/rules.h>

#include <credit/v1/act.pb-c.h>

#include <string.h>

enum credit_error credit_timer_act(
	struct credit_bytes timer_key, struct credit_arena *arena, struct Credit__V1__Act **ret_act)
{
	struct parts {
		Credit__V1__Act act;
		Credit__V1__PublicationEnd end;
		char uscc[CREDIT_USCC_SIZE + 1];
		uint8_t record[CREDIT_RECORD_ID_SIZE];
	} * parts;

	if (timer_key.size != CREDIT_TIMER_KEY_SIZE ||
		timer_key.data[8] != CREDIT_TIMER_PUBLICATION_END)
		return CREDIT_E_STORE_CORRUPT;
	parts = credit_arena_alloc(arena, sizeof *parts);
	if (!parts)
		return CREDIT_E_NO_MEMORY;

	credit_ms_t due = {(int64_t)credit_read_u64(timer_key.data)};
	const uint8_t *names = timer_key.data + 9;
	memcpy(parts->uscc, names, CREDIT_USCC_SIZE);
	parts->uscc[CREDIT_USCC_SIZE] = '\0';
	memcpy(parts->record, names + CREDIT_USCC_SIZE, CREDIT_RECORD_ID_SIZE);
	credit__v1__publication_end__init(&parts->end);
	parts->end.entity_uscc = parts->uscc;
	parts->end.record = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, parts->record};
	parts->end.date = credit_day_of(due).days;
	credit__v1__act__init(&parts->act);
	parts->act.payload_case = CREDIT__V1__ACT__PAYLOAD_PUBLICATION_END;
	parts->act.publication_end = &parts->end;
	*ret_act = &parts->act;
	return CREDIT_OK;
}
