/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.c - fields of protobuf bytes of our own, met in order.
 *
 * Source: Protocol Buffers encoding guide.
 */
#include "registry/effects.h"

#include "credit/v1/journal.pb-c.h"

struct field {
	uint32_t number;
	uint64_t value;            /* of a varint */
	struct credit_bytes bytes; /* of a length-delimited one */
};

static bool take_varint(struct credit_bytes *rest, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && rest->size > 0; shift += 7) {
		uint8_t byte = *rest->data++;

		rest->size--;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

/* Neither of our messages has fixed-width fields. */
static bool take_field(struct credit_bytes *rest, struct field *ret_field)
{
	uint64_t tag, value;

	if (!take_varint(rest, &tag) || !take_varint(rest, &value))
		return false;
	*ret_field = (struct field){.number = (uint32_t)(tag >> 3), .value = value};
	if ((tag & 7) == PROTOBUF_C_WIRE_TYPE_VARINT)
		return true;
	if ((tag & 7) != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED || value > rest->size)
		return false;
	ret_field->bytes = (struct credit_bytes){rest->data, (size_t)value};
	rest->data += value;
	rest->size -= (size_t)value;
	return true;
}

static bool read_effect(struct credit_bytes bytes, struct credit__effect *ret_effect)
{
	struct field field;

	*ret_effect = (struct credit__effect){0};
	while (bytes.size > 0) {
		if (!take_field(&bytes, &field))
			return false;
		switch (field.number) {
		case 1:
			ret_effect->kind = (uint32_t)field.value;
			break;
		case 2:
			ret_effect->key = field.bytes;
			break;
		case 3:
			ret_effect->value = field.bytes;
			break;
		case 4:
			ret_effect->gone = field.value != 0;
			break;
		default:
			return false;
		}
	}
	return true;
}

enum credit_error credit__effects_each(struct credit_bytes message, uint32_t number, void *context,
	enum credit_error (*each)(void *context, const struct credit__effect *effect))
{
	enum credit_error error = CREDIT_OK;

	while (message.size > 0 && !error) {
		struct credit__effect effect;
		struct field field;

		if (!take_field(&message, &field))
			return CREDIT_E_STORE_CORRUPT;
		if (field.number != number)
			continue;
		if (!read_effect(field.bytes, &effect))
			return CREDIT_E_STORE_CORRUPT;
		error = each(context, &effect);
	}
	return error;
}

enum credit_error credit__message_bytes(
	struct credit_bytes message, uint32_t number, struct credit_bytes *ret_bytes)
{
	struct credit_bytes found = {0};
	struct field field;

	while (message.size > 0) {
		if (!take_field(&message, &field))
			return CREDIT_E_STORE_CORRUPT;
		if (field.number == number)
			found = field.bytes;
	}
	*ret_bytes = found;
	return CREDIT_OK;
}
