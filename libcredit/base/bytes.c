/* SPDX-License-Identifier: Apache-2.0
 *
 * bytes.c - views of bytes, hashes, and numbers in big-endian order.
 *
 * Big-endian is the order of everything that we store or sign: byte order is then sort order.
 */
#include <credit/base.h>

#include <string.h>

bool credit_bytes_equal(struct credit_bytes a, struct credit_bytes b)
{
	/* memcmp must not be given NULL, not even for no bytes. */
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

struct credit_bytes credit_bytes_of(const char *text)
{
	return (struct credit_bytes){(const uint8_t *)text, strlen(text)};
}

bool credit_hash_equal(const struct credit_hash *a, const struct credit_hash *b)
{
	/* In constant time: a hash may stand for a secret, such as a look-up token. */
	uint8_t difference = 0;

	for (size_t i = 0; i < CREDIT_HASH_SIZE; i++)
		difference |= a->byte[i] ^ b->byte[i];
	return difference == 0;
}

uint16_t credit_read_u16(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

uint32_t credit_read_u32(const uint8_t *data)
{
	return (uint32_t)credit_read_u16(data) << 16 | credit_read_u16(data + 2);
}

uint64_t credit_read_u64(const uint8_t *data)
{
	return (uint64_t)credit_read_u32(data) << 32 | credit_read_u32(data + 4);
}

void credit_write_u32(uint8_t *data, uint32_t value)
{
	data[0] = (uint8_t)(value >> 24);
	data[1] = (uint8_t)(value >> 16);
	data[2] = (uint8_t)(value >> 8);
	data[3] = (uint8_t)value;
}

void credit_write_u64(uint8_t *data, uint64_t value)
{
	credit_write_u32(data, (uint32_t)(value >> 32));
	credit_write_u32(data + 4, (uint32_t)value);
}
