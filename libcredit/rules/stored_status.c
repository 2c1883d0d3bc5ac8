/* SPDX-License-Identifier: Apache-2.0
 *
 * stored_status.c - takes a stored status apart, for every query.
 *
 * The answer is the stored bytes as they are; of its fields only fresh_until is looked at, so they
 * are walked by hand instead of unpacking the message: nothing is allocated.
 *
 * Layout (journal.proto, EFFECT_KIND_STATUS): opening (32) || length (2) || Status || Detail.
 */
#include <credit/rules.h>

#include <string.h>

#define FRESH_UNTIL 4 /* the field's number in status.proto */
#define LENGTH_SIZE 2

/* A varint of at most ten bytes; false when the bytes end before it does. */
static bool read_varint(struct credit_bytes *bytes, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && bytes->size > 0; shift += 7) {
		uint8_t byte = *bytes->data++;
		bytes->size--;
		value |= (uint64_t)(byte & 0x7F) << shift;
		if (byte < 0x80) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

static bool read_fresh_until(struct credit_bytes status, int64_t *ret_ms)
{
	uint64_t key, value;
	int64_t ms = 0;

	while (status.size > 0) {
		if (!read_varint(&status, &key) || !read_varint(&status, &value))
			return false;
		if ((key & 7) == 2) { /* length-delimited: `value` bytes follow */
			if (value > status.size)
				return false;
			status.data += value;
			status.size -= (size_t)value;
		} else if ((key & 7) != 0) { /* Status has varints besides, and nothing else */
			return false;
		}
		if (key >> 3 == FRESH_UNTIL)
			ms = (int64_t)value;
	}
	*ret_ms = ms;
	return true;
}

enum credit_error credit_stored_status_parse(
	struct credit_bytes value, struct credit_stored_status *ret_status)
{
	const size_t head = CREDIT_OPENING_SIZE + LENGTH_SIZE;
	struct credit_stored_status stored;

	if (value.size < head)
		return CREDIT_E_STORE_CORRUPT;
	size_t length = credit_read_u16(value.data + CREDIT_OPENING_SIZE);
	if (length > CREDIT_STATUS_MAX || length > value.size - head)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(stored.opening.byte, value.data, sizeof stored.opening.byte);
	stored.status = (struct credit_bytes){value.data + head, length};
	stored.detail =
		(struct credit_bytes){value.data + head + length, value.size - head - length};
	if (!read_fresh_until(stored.status, &stored.fresh_until.ms))
		return CREDIT_E_STORE_CORRUPT;
	*ret_status = stored;
	return CREDIT_OK;
}
