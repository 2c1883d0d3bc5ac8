/* SPDX-License-Identifier: Apache-2.0
 *
 * timer.c - the system act that a due timer asks for.
 *
 * A timer's key says all: when, what, whose, about which row (journal.proto, EFFECT_KIND_TIMER). So
 * every system act is a code, an id and a day; the table says what they are called.
 */
#include <credit/rules.h>

#include <credit/v1/act.pb-c.h>

#include <string.h>

static const struct {
	Credit__V1__Act__PayloadCase payload;
	const ProtobufCMessageDescriptor *type;
} timers[] = {
	[CREDIT_TIMER_PUBLICATION_END] = {CREDIT__V1__ACT__PAYLOAD_PUBLICATION_END,
		&credit__v1__publication_end__descriptor},
	[CREDIT_TIMER_NOTICE_RIPE] = {CREDIT__V1__ACT__PAYLOAD_NOTICE_RIPE,
		&credit__v1__notice_ripe__descriptor},
	[CREDIT_TIMER_MEASURE_END] = {CREDIT__V1__ACT__PAYLOAD_MEASURE_END,
		&credit__v1__measure_end__descriptor},
	[CREDIT_TIMER_TASK_OVERDUE] = {CREDIT__V1__ACT__PAYLOAD_TASK_OVERDUE,
		&credit__v1__task_overdue__descriptor},
	[CREDIT_TIMER_TASK_ESCALATION] = {CREDIT__V1__ACT__PAYLOAD_TASK_ESCALATION,
		&credit__v1__task_escalation__descriptor},
	[CREDIT_TIMER_ACCESS_EXPIRY] = {CREDIT__V1__ACT__PAYLOAD_ACCESS_EXPIRY,
		&credit__v1__access_expiry__descriptor},
};

enum credit_error credit_timer_act(
	struct credit_bytes timer_key, struct credit_arena *arena, struct Credit__V1__Act **ret_act)
{
	/* Every payload is this struct under names of its own: fields 1, 2 and 3 in their order. */
	struct payload {
		ProtobufCMessage base;
		char *uscc;
		ProtobufCBinaryData id;
		int32_t date;
	};
	_Static_assert(sizeof(struct payload) == sizeof(Credit__V1__PublicationEnd), "one shape");
	struct parts {
		Credit__V1__Act act;
		struct payload payload;
		char uscc[CREDIT_USCC_SIZE + 1];
		uint8_t id[CREDIT_RECORD_ID_SIZE];
	} * parts;
	uint8_t kind = timer_key.size == CREDIT_TIMER_KEY_SIZE ? timer_key.data[8] : 0;

	if (kind >= sizeof timers / sizeof timers[0] || !timers[kind].type)
		return CREDIT_E_STORE_CORRUPT;
	parts = credit_arena_alloc(arena, sizeof *parts);
	if (!parts)
		return CREDIT_E_NO_MEMORY;

	credit_ms_t due = {(int64_t)credit_read_u64(timer_key.data)};
	const uint8_t *names = timer_key.data + 9;
	memcpy(parts->uscc, names, CREDIT_USCC_SIZE);
	parts->uscc[CREDIT_USCC_SIZE] = '\0';
	memcpy(parts->id, names + CREDIT_USCC_SIZE, CREDIT_RECORD_ID_SIZE);
	protobuf_c_message_init(timers[kind].type, &parts->payload);
	parts->payload.uscc = parts->uscc;
	parts->payload.id = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, parts->id};
	parts->payload.date = credit_day_of(due).days;
	credit__v1__act__init(&parts->act);
	parts->act.payload_case = timers[kind].payload;
	parts->act.publication_end = (Credit__V1__PublicationEnd *)(void *)&parts->payload;
	*ret_act = &parts->act;
	return CREDIT_OK;
}
