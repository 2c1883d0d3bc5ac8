/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.c - walks serialised bytes before anything is made of them.
 *
 * protobuf-c unpacks what a stranger sends with few questions: it recurses as deep as the bytes
 * say, cuts a string at its first NUL, takes any bytes for UTF-8, and makes forty bytes of memory
 * out of one. So the bytes are first walked against the descriptor, with bounds on everything; what
 * passes here, protobuf-c can be given.
 *
 * Source: Protocol Buffers encoding guide; docs/spec/filing.md section 2.
 */
#include "model/parts.h"

#include <string.h>

#define ELEMENTS_MAX 4096 /* of one repeated field */
#define FIELDS_MAX 65536  /* on the wire, at all depths together */
#define NAMES_MAX 64      /* fields that a message type may have: ours have up to 26 */

#define VARINT_SIZE_MAX 10
/* Tags and lengths have 32 bits; protobuf-c reads no more than five bytes of them. */
#define SHORT_VARINT_SIZE_MAX 5

struct walk {
	const uint8_t *start;
	bool canonical;
	uint32_t fields; /* met so far */
	struct credit_problem *problem;
};

/* One message on the way. */
struct level {
	const ProtobufCMessageDescriptor *type;
	const uint8_t *at, *end;
	unsigned depth;
	unsigned last;            /* index of the field met last */
	uint32_t seen[NAMES_MAX]; /* elements met, by field index */
};

static const uint8_t wire_types[] = {
	[PROTOBUF_C_TYPE_INT32] = PROTOBUF_C_WIRE_TYPE_VARINT,
	[PROTOBUF_C_TYPE_SINT32] = PROTOBUF_C_WIRE_TYPE_VARINT,
	[PROTOBUF_C_TYPE_SFIXED32] = PROTOBUF_C_WIRE_TYPE_32BIT,
	[PROTOBUF_C_TYPE_INT64] = PROTOBUF_C_WIRE_TYPE_VARINT,
	[PROTOBUF_C_TYPE_SINT64] = PROTOBUF_C_WIRE_TYPE_VARINT,
	[PROTOBUF_C_TYPE_SFIXED64] = PROTOBUF_C_WIRE_TYPE_64BIT,
	[PROTOBUF_C_TYPE_UINT32] = PROTOBUF_C_WIRE_TYPE_VARINT,
	[PROTOBUF_C_TYPE_FIXED32] = PROTOBUF_C_WIRE_TYPE_32BIT,
	[PROTOBUF_C_TYPE_UINT64] = PROTOBUF_C_WIRE_TYPE_VARINT,
	[PROTOBUF_C_TYPE_FIXED64] = PROTOBUF_C_WIRE_TYPE_64BIT,
	[PROTOBUF_C_TYPE_FLOAT] = PROTOBUF_C_WIRE_TYPE_32BIT,
	[PROTOBUF_C_TYPE_DOUBLE] = PROTOBUF_C_WIRE_TYPE_64BIT,
	[PROTOBUF_C_TYPE_BOOL] = PROTOBUF_C_WIRE_TYPE_VARINT,
	[PROTOBUF_C_TYPE_ENUM] = PROTOBUF_C_WIRE_TYPE_VARINT,
	[PROTOBUF_C_TYPE_STRING] = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
	[PROTOBUF_C_TYPE_BYTES] = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
	[PROTOBUF_C_TYPE_MESSAGE] = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
};

static enum credit_error walk_message(struct walk *walk, const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, unsigned depth);

static enum credit_error malformed(
	const struct walk *walk, const struct level *level, const char *what)
{
	return credit_problem_set(walk->problem, CREDIT_E_MALFORMED, NULL, NULL, "%s at byte %td",
		what, level->at - walk->start);
}

/* --- reading ------------------------------------------------------------------------------- */

static bool take_varint(struct level *level, unsigned size_max, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size_max && level->at + i < level->end; i++) {
		uint8_t byte = level->at[i];
		/* The tenth byte has room for one bit. */
		if (i == VARINT_SIZE_MAX - 1 && byte > 1)
			return false;
		value |= (uint64_t)(byte & 0x7F) << (7 * i);
		if (byte < 0x80) {
			level->at += i + 1;
			*ret_value = value;
			return true;
		}
	}
	return false;
}

static bool take_bytes(struct level *level, uint64_t size, struct credit_bytes *ret_bytes)
{
	if (size > (uint64_t)(level->end - level->at))
		return false;
	*ret_bytes = (struct credit_bytes){level->at, (size_t)size};
	level->at += size;
	return true;
}

/* The value's bytes: of a varint its own, of a length-prefixed value those behind the length. */
static enum credit_error take_value(
	struct walk *walk, struct level *level, uint32_t wire, struct credit_bytes *ret_bytes)
{
	const uint8_t *start = level->at;
	uint64_t number;

	switch (wire) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		if (!take_varint(level, VARINT_SIZE_MAX, &number))
			return malformed(walk, level, "a number that does not end");
		*ret_bytes = (struct credit_bytes){start, (size_t)(level->at - start)};
		return CREDIT_OK;
	case PROTOBUF_C_WIRE_TYPE_64BIT:
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		if (!take_bytes(level, wire == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4, ret_bytes))
			return malformed(walk, level, "a number that is cut off");
		return CREDIT_OK;
	case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
		if (!take_varint(level, SHORT_VARINT_SIZE_MAX, &number) ||
			!take_bytes(level, number, ret_bytes))
			return malformed(walk, level, "a length beyond the end");
		return CREDIT_OK;
	default:
		return malformed(walk, level, "a group or an unknown wire type");
	}
}

/* --- judging ------------------------------------------------------------------------------- */

static enum credit_error check_string(struct walk *walk, struct credit_bytes text)
{
	const uint8_t *nul = text.size > 0 ? memchr(text.data, 0, text.size) : NULL;
	enum credit_error error = CREDIT_OK;
	uint32_t position;

	if (!credit_utf8_check(text, &position)) {
		error = CREDIT_E_UTF8_INVALID;
	} else if (nul) {
		error = CREDIT_E_CONTROL_CHARACTER;
		/* The text up to the NUL is valid as the whole is; the NUL is the one behind. */
		if (credit_utf8_check(
			    (struct credit_bytes){text.data, (size_t)(nul - text.data)}, &position))
			position++;
	}
	if (error == CREDIT_OK)
		return CREDIT_OK;
	credit_problem_set(walk->problem, error, NULL, NULL, NULL);
	if (walk->problem)
		walk->problem->position = position;
	return error;
}

/* Elements of a packed field, which may also be none. */
static enum credit_error count_packed(struct walk *walk, const ProtobufCFieldDescriptor *field,
	struct credit_bytes packed, uint32_t *ret_count)
{
	struct level inside = {.at = packed.data, .end = packed.data + packed.size};
	struct credit_bytes element;
	uint32_t count = 0;

	while (inside.at < inside.end && count <= ELEMENTS_MAX) {
		enum credit_error error =
			take_value(walk, &inside, wire_types[field->type], &element);
		if (error != CREDIT_OK)
			return error;
		count++;
	}
	*ret_count = count;
	return CREDIT_OK;
}

/* docs/spec/filing.md: "Fields stand in ascending order of their numbers, each once." */
static bool in_order(const struct level *level, unsigned index, bool repeated)
{
	bool again = level->seen[index] > 0;

	return index >= level->last && (repeated || !again);
}

/* A value of a field that the descriptor knows. */
static enum credit_error check_value(struct walk *walk, struct level *level, unsigned index,
	uint32_t wire, struct credit_bytes value)
{
	const ProtobufCFieldDescriptor *field = &level->type->fields[index];
	bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
	uint32_t expected = wire_types[field->type], count = 1;
	enum credit_error error = CREDIT_OK;

	if (walk->canonical && !in_order(level, index, repeated))
		return credit_problem_set(walk->problem, CREDIT_E_NOT_CANONICAL, NULL, NULL,
			"doubled or out of order");
	if (wire != expected && repeated && wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
		error = count_packed(walk, field, value, &count);
	else if (wire != expected)
		error = malformed(walk, level, "a value of another type");
	else if (field->type == PROTOBUF_C_TYPE_STRING)
		error = check_string(walk, value);
	else if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		error = walk_message(walk, field->descriptor, value, level->depth + 1);
	if (error != CREDIT_OK)
		return error;

	level->last = index;
	level->seen[index] += count;
	if (repeated && level->seen[index] > ELEMENTS_MAX)
		return credit_problem_set(
			walk->problem, CREDIT_E_TOO_MANY, NULL, NULL, "at most %d", ELEMENTS_MAX);
	return CREDIT_OK;
}

/* Index of the field with this number, or n_fields. Mostly it is the last one or the next. */
static unsigned find_field(const struct level *level, uint32_t number)
{
	const ProtobufCMessageDescriptor *type = level->type;
	const ProtobufCFieldDescriptor *field;

	for (unsigned i = level->last; i < type->n_fields && i < level->last + 2; i++) {
		if (type->fields[i].id == number)
			return i;
	}
	field = protobuf_c_message_descriptor_get_field(type, number);
	return field ? (unsigned)(field - type->fields) : type->n_fields;
}

static enum credit_error walk_field(struct walk *walk, struct level *level)
{
	struct credit_bytes value;
	enum credit_error error;
	uint64_t tag;

	if (!take_varint(level, SHORT_VARINT_SIZE_MAX, &tag) || tag > UINT32_MAX || tag < 8)
		return malformed(walk, level, "no field tag");
	if (++walk->fields > FIELDS_MAX)
		return credit_problem_set(walk->problem, CREDIT_E_TOO_MANY, NULL, NULL,
			"at most %d fields", FIELDS_MAX);
	error = take_value(walk, level, (uint32_t)tag & 7, &value);
	if (error != CREDIT_OK)
		return error;

	unsigned index = find_field(level, (uint32_t)tag >> 3);
	if (index < level->type->n_fields) {
		const ProtobufCFieldDescriptor *field = &level->type->fields[index];
		error = check_value(walk, level, index, (uint32_t)tag & 7, value);
		if (error != CREDIT_OK)
			credit__path_add(walk->problem, field->name,
				field->label == PROTOBUF_C_LABEL_REPEATED, level->seen[index]);
	} else if (walk->canonical) {
		error = credit_problem_set(walk->problem, CREDIT_E_UNKNOWN_FIELD, NULL, NULL,
			"number %u in %s", (uint32_t)tag >> 3, level->type->short_name);
	}
	return error;
}

static enum credit_error walk_message(struct walk *walk, const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, unsigned depth)
{
	struct level level = {
		.type = type, .at = bytes.data, .end = bytes.data + bytes.size, .depth = depth};
	enum credit_error error = CREDIT_OK;

	if (depth > CREDIT_DEPTH_MAX)
		return credit_problem_set(walk->problem, CREDIT_E_MALFORMED, NULL, NULL,
			"nested deeper than %d", CREDIT_DEPTH_MAX);
	if (type->n_fields > NAMES_MAX)
		return credit_problem_set(walk->problem, CREDIT_E_INTERNAL, NULL, NULL,
			"%s has more than %d fields", type->name, NAMES_MAX);
	while (level.at < level.end && error == CREDIT_OK)
		error = walk_field(walk, &level);
	return error;
}

enum credit_error credit__wire_check(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, bool canonical, struct credit_problem *problem)
{
	struct walk walk = {.start = bytes.data, .canonical = canonical, .problem = problem};

	/* A message of no bytes may come without an address. */
	return bytes.size > 0 ? walk_message(&walk, type, bytes, 1) : CREDIT_OK;
}
