/* SPDX-License-Identifier: Apache-2.0
 *
 * book_walk.c - see book_walk.h.
 */
#include "book_walk.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PATH_MAX_LENGTH 512

const void *book_member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return (const char *)message + field->offset;
}

size_t book_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const char *quantifier = (const char *)message + field->quantifier_offset;

	return *(const size_t *)(const void *)quantifier;
}

const ProtobufCMessage *book_item(
	const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t index)
{
	return (*(ProtobufCMessage *const *const *)book_member(message, field))[index];
}

const char *book_text(const ProtobufCMessage *message, const char *field)
{
	const ProtobufCFieldDescriptor *found =
		protobuf_c_message_descriptor_get_field_by_name(message->descriptor, field);
	const char *text = NULL;

	if (found && found->type == PROTOBUF_C_TYPE_STRING &&
		found->label != PROTOBUF_C_LABEL_REPEATED)
		text = *(const char *const *)book_member(message, found);
	return text ? text : "";
}

const char *book_enum_name(const ProtobufCEnumDescriptor *type, int value, char text[BOOK_KEY_SIZE])
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
	/* The first value is <PREFIX>_UNSPECIFIED. */
	size_t prefix = strlen(type->values[0].name) - strlen("UNSPECIFIED");

	snprintf(text, BOOK_KEY_SIZE, "%s", found ? found->name + prefix : "?");
	for (char *c = text; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return text;
}

const char *book_key(const ProtobufCMessage *item, char text[BOOK_KEY_SIZE])
{
	const ProtobufCMessageDescriptor *type = item->descriptor;
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(type, "year");

	text[0] = '\0';
	if (*book_text(item, "id") || *book_text(item, "item")) {
		const char *id = book_text(item, "id");
		snprintf(text, BOOK_KEY_SIZE, "%s", *id ? id : book_text(item, "item"));
	} else if (field) {
		snprintf(text, BOOK_KEY_SIZE, "%u", *(const uint32_t *)book_member(item, field));
	} else if ((field = protobuf_c_message_descriptor_get_field_by_name(type, "severity"))) {
		book_enum_name(field->descriptor, *(const int *)book_member(item, field), text);
	}
	return text;
}

/* --- what is uncertain -------------------------------------------------------------------------- */

struct walk {
	book_uncertain_fn *each;
	void *context;
};

static void walk_message(
	const struct walk *walk, const ProtobufCMessage *message, const char *path);

static void walk_field(const struct walk *walk, const ProtobufCMessage *message,
	const ProtobufCFieldDescriptor *field, const char *path)
{
	char below[PATH_MAX_LENGTH], key[BOOK_KEY_SIZE];
	const char *dot = path[0] ? "." : "";

	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		const ProtobufCMessage *one =
			*(const ProtobufCMessage *const *)book_member(message, field);
		snprintf(below, sizeof below, "%s%s%s", path, dot, field->name);
		if (one)
			walk_message(walk, one, below);
		return;
	}
	for (size_t i = 0; i < book_count(message, field); i++) {
		const ProtobufCMessage *item = book_item(message, field, i);
		snprintf(below, sizeof below, "%s%s%s[%s]", path, dot, field->name,
			book_key(item, key));
		walk_message(walk, item, below);
	}
}

/* As deep as the proto file nests. */
static void walk_message(const struct walk *walk, const ProtobufCMessage *message, const char *path)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;
	const ProtobufCFieldDescriptor *mark =
		protobuf_c_message_descriptor_get_field_by_name(type, "uncertain");

	if (mark && *(const protobuf_c_boolean *)book_member(message, mark))
		walk->each(walk->context, path, book_text(message, "source"));
	for (unsigned i = 0; i < type->n_fields; i++) {
		if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
			walk_field(walk, message, &type->fields[i], path);
	}
}

void book_uncertain(const ProtobufCMessage *book, book_uncertain_fn *each, void *context)
{
	const struct walk walk = {each, context};

	walk_message(&walk, book, "");
}
