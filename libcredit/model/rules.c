/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.c - walks a message's fields and holds each against its FieldRule.
 *
 * What the kinds mean is in kinds.c; here is which fields there are, whether they must be there,
 * how many items they may have, and the path that a refusal names.
 */
#include "model/parts.h"

#include <stdio.h>
#include <string.h>

void credit__path_add(struct credit_problem *problem, const char *name, bool repeated, size_t index)
{
	char step[CREDIT_FIELD_PATH_MAX], item[32] = "";

	if (!problem)
		return;
	if (repeated)
		snprintf(item, sizeof item, "[%zu]", index);
	snprintf(step, sizeof step, "%s%s%s", name, item, problem->field[0] != '\0' ? "." : "");
	credit_problem_prefix(problem, step);
}

/* A dozen rows that lie side by side: walking them costs less than 10 ns. */
const struct credit__message_rules *credit__rules_find(const ProtobufCMessageDescriptor *type)
{
	for (size_t i = 0; i < credit__message_rules_count; i++) {
		if (credit__message_rules[i].message == type)
			return &credit__message_rules[i];
	}
	return NULL;
}

/* Of a value in its struct, by type. */
static const uint8_t value_size[] = {
	[PROTOBUF_C_TYPE_INT32] = sizeof(int32_t),
	[PROTOBUF_C_TYPE_SINT32] = sizeof(int32_t),
	[PROTOBUF_C_TYPE_SFIXED32] = sizeof(int32_t),
	[PROTOBUF_C_TYPE_INT64] = sizeof(int64_t),
	[PROTOBUF_C_TYPE_SINT64] = sizeof(int64_t),
	[PROTOBUF_C_TYPE_SFIXED64] = sizeof(int64_t),
	[PROTOBUF_C_TYPE_UINT32] = sizeof(uint32_t),
	[PROTOBUF_C_TYPE_FIXED32] = sizeof(uint32_t),
	[PROTOBUF_C_TYPE_UINT64] = sizeof(uint64_t),
	[PROTOBUF_C_TYPE_FIXED64] = sizeof(uint64_t),
	[PROTOBUF_C_TYPE_FLOAT] = sizeof(float),
	[PROTOBUF_C_TYPE_DOUBLE] = sizeof(double),
	[PROTOBUF_C_TYPE_BOOL] = sizeof(protobuf_c_boolean),
	[PROTOBUF_C_TYPE_ENUM] = sizeof(int),
	[PROTOBUF_C_TYPE_STRING] = sizeof(char *),
	[PROTOBUF_C_TYPE_BYTES] = sizeof(ProtobufCBinaryData),
	[PROTOBUF_C_TYPE_MESSAGE] = sizeof(ProtobufCMessage *),
};

/* proto3 knows no difference between what is not there and what is empty or zero. */
static bool is_absent(const ProtobufCFieldDescriptor *field, const void *value)
{
	static const uint8_t zero[sizeof(ProtobufCBinaryData)];
	const char *text;

	if (field->type == PROTOBUF_C_TYPE_BYTES)
		return ((const ProtobufCBinaryData *)value)->len == 0;
	if (field->type != PROTOBUF_C_TYPE_STRING)
		return memcmp(value, zero, value_size[field->type]) == 0;
	text = *(char *const *)value;
	return !text || text[0] == '\0';
}

static enum credit_error check_value(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, bool required, const void *value,
	struct credit_problem *problem)
{
	if (is_absent(field, value))
		return required ? credit_problem_set(
					  problem, CREDIT_E_FIELD_MISSING, NULL, NULL, NULL)
				: CREDIT_OK;
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return credit__message_check(*(ProtobufCMessage *const *)value, problem);
	return credit__value_check(rule, field, value, problem);
}

static enum credit_error check_items(const ProtobufCMessage *message,
	const struct credit__field_rule *rule, const ProtobufCFieldDescriptor *field,
	struct credit_problem *problem)
{
	const char *base = (const char *)message;
	size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
	const char *items = *(const char *const *)(const void *)(base + field->offset);
	enum credit_error error = CREDIT_OK;

	if (count == 0 && rule->required)
		error = credit_problem_set(problem, CREDIT_E_FIELD_MISSING, NULL, NULL, NULL);
	if (count > rule->max_items)
		error = credit_problem_set(
			problem, CREDIT_E_TOO_MANY, NULL, NULL, "at most %u", rule->max_items);
	if (error != CREDIT_OK) {
		credit__path_add(problem, field->name, false, 0);
		return error;
	}
	for (size_t i = 0; i < count; i++) {
		/* An item that says nothing is a mistake, required or not. */
		error = check_value(
			rule, field, true, items + i * value_size[field->type], problem);
		if (error != CREDIT_OK) {
			credit__path_add(problem, field->name, true, i);
			return error;
		}
	}
	return CREDIT_OK;
}

/* The quantifier of a oneof is the number of the member that was chosen. An act has a hundred to choose from, so the
 * others are passed over without much ado. */
static inline bool is_meant(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const char *quantifier = (const char *)message + field->quantifier_offset;

	return !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ||
	       *(const uint32_t *)(const void *)quantifier == field->id;
}

enum credit_error credit__field_check(const ProtobufCMessage *message,
	const struct credit__field_rule *rule, const ProtobufCFieldDescriptor *field,
	struct credit_problem *problem)
{
	const char *base = (const char *)message;
	enum credit_error error;
	bool choice = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return check_items(message, rule, field, problem);
	if (!is_meant(message, field))
		return CREDIT_OK;
	/* What was chosen must be there, for without it nothing would be packed. */
	error = check_value(rule, field, choice || rule->required, base + field->offset, problem);
	if (error != CREDIT_OK)
		credit__path_add(problem, field->name, false, 0);
	return error;
}

enum credit_error credit__message_check(
	const ProtobufCMessage *message, struct credit_problem *problem)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;
	const struct credit__message_rules *rules = credit__rules_find(type);

	/* A field without a rule would be a hole in the guard. */
	if (!rules || rules->count != type->n_fields)
		return credit_problem_set(problem, CREDIT_E_INTERNAL, NULL, NULL,
			"%s has a field without a rule", type->short_name);
	if (message->n_unknown_fields > 0)
		return credit_problem_set(problem, CREDIT_E_UNKNOWN_FIELD, NULL, NULL,
			"number %u in %s", message->unknown_fields[0].tag, type->short_name);
	for (size_t i = 0; i < rules->count; i++) {
		const struct credit__field_rule *rule = &rules->rules[i];
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		/* The descriptor is sorted by number, the rules stand as in the proto file. */
		if (field->id != rule->number)
			field = protobuf_c_message_descriptor_get_field(type, rule->number);
		if (!is_meant(message, field))
			continue;
		enum credit_error error = credit__field_check(message, rule, field, problem);
		if (error != CREDIT_OK)
			return error;
	}
	return CREDIT_OK;
}

const char *credit_field_title(
	const ProtobufCMessageDescriptor *type, const char *field, enum credit_lang lang)
{
	const struct credit__message_rules *rules = credit__rules_find(type);
	const ProtobufCFieldDescriptor *found =
		protobuf_c_message_descriptor_get_field_by_name(type, field);

	for (size_t i = 0; rules && found && i < rules->count; i++) {
		if (rules->rules[i].number == found->id)
			return lang == CREDIT_LANG_ZH ? rules->rules[i].zh : rules->rules[i].en;
	}
	return "";
}
