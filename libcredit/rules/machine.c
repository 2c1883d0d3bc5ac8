/* SPDX-License-Identifier: Apache-2.0
 *
 * machine.c - state machines as tables: which act is possible where, and where it may lead.
 *
 * What a table has no row for is refused here, with what is possible instead; what a function does
 * beyond its row's `next` is a fault of ours and abandons the epoch.
 */
#include "rules/procedure.h"

#include <stdio.h>
#include <string.h>

/* --- fields of a subject ----------------------------------------------------------------------- */

/* Subjects are different messages with the same two fields; they are found by name. */
static void *field_of(ProtobufCMessage *subject, const char *name)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(subject->descriptor, name);

	return (uint8_t *)subject + field->offset;
}

static uint32_t state_of(ProtobufCMessage *subject)
{
	int state;

	memcpy(&state, field_of(subject, "state"), sizeof state);
	return (uint32_t)state;
}

static enum credit_error lengthen_trail(
	struct credit__deciding *deciding, ProtobufCMessage *subject)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(subject->descriptor, "trail");

	return credit__trail_add(deciding,
		(size_t *)(void *)((uint8_t *)subject + field->quantifier_offset),
		(Credit__V1__Place ***)(void *)((uint8_t *)subject + field->offset));
}

static struct credit__key key_of(ProtobufCMessage *subject)
{
	char *uscc;
	ProtobufCBinaryData id;

	memcpy(&uscc, field_of(subject, "entity_uscc"), sizeof uscc);
	memcpy(&id, field_of(subject, "id"), sizeof id);
	return credit__key_id(uscc, id.data);
}

/* --- steps ------------------------------------------------------------------------------------- */

static const char *state_name(const struct credit__machine *machine, uint32_t state)
{
	const ProtobufCEnumValue *value =
		protobuf_c_enum_descriptor_get_value(machine->states, (int)state);

	return value ? value->name : "";
}

static const char *act_name(Credit__V1__Act__PayloadCase payload)
{
	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
		&credit__v1__act__descriptor, (unsigned)payload);

	return field ? field->name : "";
}

static enum credit_error refuse_step(struct credit__deciding *deciding,
	const struct credit__machine *machine, const char *field, uint32_t state)
{
	char possible[CREDIT_DETAIL_MAX] = "";
	size_t length = 0;

	for (size_t i = 0; i < machine->step_count && length < sizeof possible; i++) {
		if (machine->steps[i].state == state)
			length += (size_t)snprintf(possible + length, sizeof possible - length,
				"%s%s", length > 0 ? ", " : "", act_name(machine->steps[i].act));
	}
	return credit__refuse(deciding, CREDIT_E_PROCEDURE_STATE, field, NULL,
		"%s is at %s; possible now: %s", machine->name, state_name(machine, state),
		length > 0 ? possible : "nothing");
}

enum credit_error credit__machine_run(struct credit__deciding *deciding,
	const struct credit__machine *machine, const char *field, const char *uscc,
	const ProtobufCBinaryData *id, const Credit__V1__Act *act)
{
	char hex[2 * CREDIT_RECORD_ID_SIZE + 1];
	ProtobufCMessage *subject;

	if (id->len != CREDIT_RECORD_ID_SIZE)
		return credit__refuse(deciding, CREDIT_E_FIELD_SIZE, field, NULL, "%d bytes",
			CREDIT_RECORD_ID_SIZE);

	struct credit__key key = credit__key_id(uscc, id->data);
	enum credit_error error = credit__fact(deciding, machine->kind, &key, &subject);
	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, machine->unknown, field, NULL, "%s",
			credit_hex(id->data, id->len, hex));
	if (error)
		return error;
	for (size_t i = 0; i < machine->step_count; i++) {
		const struct credit__step *step = &machine->steps[i];
		if (step->state == state_of(subject) && step->act == act->payload_case)
			return step->decide(deciding, step, act, subject);
	}
	return refuse_step(deciding, machine, field, state_of(subject));
}

enum credit_error credit__subject_put(struct credit__deciding *deciding,
	const struct credit__machine *machine, const struct credit__step *step,
	ProtobufCMessage *subject, uint32_t state)
{
	int number = (int)state;

	if (!(step->next & CREDIT__STATE(state)))
		return CREDIT_E_INTERNAL;
	memcpy(field_of(subject, "state"), &number, sizeof number);
	return credit__subject_put_followed(deciding, machine, subject);
}

enum credit_error credit__subject_put_followed(struct credit__deciding *deciding,
	const struct credit__machine *machine, ProtobufCMessage *subject)
{
	struct credit__key key = key_of(subject);
	enum credit_error error = lengthen_trail(deciding, subject);

	return error ? error : credit__put(deciding, machine->kind, &key, subject);
}

enum credit_error credit__subject_put_new(struct credit__deciding *deciding,
	const struct credit__machine *machine, ProtobufCMessage *subject)
{
	struct credit__key key = key_of(subject);
	bool used;
	enum credit_error error = credit__fact_exists(deciding, machine->kind, &key, &used);

	if (!error && used)
		return credit__refuse(deciding, CREDIT_E_COMMITMENT_USED, NULL, NULL, NULL);
	return error ? error : credit__subject_put_followed(deciding, machine, subject);
}

/* --- small things that procedures share -------------------------------------------------------- */

enum credit_error credit__trail_add(
	struct credit__deciding *deciding, size_t *count, Credit__V1__Place ***trail)
{
	struct credit_arena *arena = deciding->in->arena;
	Credit__V1__Place *place = credit_arena_alloc(arena, sizeof *place);
	Credit__V1__Place **longer =
		credit_arena_alloc(arena, (*count + 1) * sizeof(Credit__V1__Place *));

	if (!place || !longer)
		return CREDIT_E_NO_MEMORY;
	credit__v1__place__init(place);
	place->epoch = deciding->in->epoch;
	place->row = deciding->in->row;
	place->recorded_at = deciding->in->now.ms;
	if (*count > 0)
		memcpy(longer, *trail, *count * sizeof(Credit__V1__Place *));
	/* An act may change a row twice; its place is noted once. */
	if (*count > 0 && longer[*count - 1]->epoch == place->epoch &&
		longer[*count - 1]->row == place->row)
		return CREDIT_OK;
	longer[(*count)++] = place;
	*trail = longer;
	return CREDIT_OK;
}

enum credit_error credit__own_id(struct credit__deciding *deciding, ProtobufCBinaryData *ret_id)
{
	void *id = credit_arena_copy(
		deciding->in->arena, deciding->in->commitment.byte, CREDIT_RECORD_ID_SIZE);

	if (!id)
		return CREDIT_E_NO_MEMORY;
	*ret_id = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
	return CREDIT_OK;
}

enum credit_error credit__issuer_text(struct credit__deciding *deciding, char **ret_uscc)
{
	char *uscc = credit_arena_alloc(deciding->in->arena, CREDIT_USCC_SIZE + 1);

	if (!uscc)
		return CREDIT_E_NO_MEMORY;
	memcpy(uscc, deciding->in->issuer.character, CREDIT_USCC_SIZE);
	uscc[CREDIT_USCC_SIZE] = '\0';
	*ret_uscc = uscc;
	return CREDIT_OK;
}

enum credit_error credit__check_date(
	struct credit__deciding *deciding, const char *field, int32_t date, int32_t earliest)
{
	char text[CREDIT_DAY_TEXT_SIZE];

	if (date > deciding->today.days)
		return credit__refuse(deciding, CREDIT_E_DATE_FUTURE, field, NULL, "today is %s",
			credit_day_text(deciding->today, text));
	if (date < earliest)
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, field, NULL, "not before %s",
			credit_day_text((credit_day_t){earliest}, text));
	return CREDIT_OK;
}
