/* SPDX-License-Identifier: Apache-2.0
 *
 * buffer.c - writing into the caller's memory, with the check for overflow at the end.
 *
 * Once a write has not fitted, later ones are dropped too: what is there is always a beginning of
 * what was meant, and credit_buffer_done() refuses it.
 */
#include <credit/base.h>

#include <string.h>

void credit_buffer_init(struct credit_buffer *buffer, void *memory, size_t capacity)
{
	*buffer = (struct credit_buffer){.data = memory, .capacity = capacity};
}

void credit_buffer_put(struct credit_buffer *buffer, const void *data, size_t size)
{
	if (buffer->failed || size > buffer->capacity - buffer->size) {
		buffer->failed = true;
		return;
	}
	if (size > 0)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
}

void credit_buffer_put_text(struct credit_buffer *buffer, const char *text)
{
	credit_buffer_put(buffer, text, strlen(text));
}

void credit_buffer_put_u8(struct credit_buffer *buffer, uint8_t value)
{
	credit_buffer_put(buffer, &value, 1);
}

void credit_buffer_put_u16(struct credit_buffer *buffer, uint16_t value)
{
	uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	credit_buffer_put(buffer, bytes, sizeof bytes);
}

void credit_buffer_put_u32(struct credit_buffer *buffer, uint32_t value)
{
	uint8_t bytes[4];

	credit_write_u32(bytes, value);
	credit_buffer_put(buffer, bytes, sizeof bytes);
}

void credit_buffer_put_u64(struct credit_buffer *buffer, uint64_t value)
{
	uint8_t bytes[8];

	credit_write_u64(bytes, value);
	credit_buffer_put(buffer, bytes, sizeof bytes);
}

enum credit_error credit_buffer_done(
	const struct credit_buffer *buffer, struct credit_bytes *ret_bytes)
{
	if (buffer->failed)
		return CREDIT_E_TOO_LARGE;
	*ret_bytes = (struct credit_bytes){buffer->data, buffer->size};
	return CREDIT_OK;
}
