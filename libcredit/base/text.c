/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - hexadecimal and base64.
 *
 * Decoding is strict, because what is decoded gets signed or hashed: two texts of the same bytes
 * would be two names for one thing. Hexadecimal alone allows either case, for people's sake.
 */
#include <credit/base.h>

/* --- hexadecimal ----------------------------------------------------------------------------- */

const char *credit_hex(const void *data, size_t size, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * size] = '\0';
	return text;
}

/* 0..15, or -1. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum credit_error credit_hex_decode(const char *text, size_t length, void *ret_data, size_t size)
{
	uint8_t *bytes = ret_data;

	if (length % 2 != 0 || length / 2 != size)
		return CREDIT_E_HEX_INVALID;
	for (size_t i = 0; i < length; i++) {
		if (hex_value(text[i]) < 0)
			return CREDIT_E_HEX_INVALID;
	}
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
	return CREDIT_OK;
}

/* --- base64 ---------------------------------------------------------------------------------- */

size_t credit_base64(const void *data, size_t size, char *text)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *bytes = data;
	size_t length = 0;

	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		uint32_t group = (uint32_t)bytes[i] << 16;
		if (left > 1)
			group |= (uint32_t)bytes[i + 1] << 8;
		if (left > 2)
			group |= bytes[i + 2];
		text[length++] = alphabet[group >> 18];
		text[length++] = alphabet[group >> 12 & 63];
		text[length++] = left > 1 ? alphabet[group >> 6 & 63] : '=';
		text[length++] = left > 2 ? alphabet[group & 63] : '=';
	}
	text[length] = '\0';
	return length;
}

/* 0..63, or -1. */
static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool base64_well_formed(const char *text, size_t length, size_t padding)
{
	/* The bits that the padding leaves over must be zero (RFC 4648 3.5): 2 or 4 of them. */
	static const int unused[] = {0, 0x03, 0x0F};

	for (size_t i = 0; i < length - padding; i++) {
		if (base64_value(text[i]) < 0)
			return false;
	}
	return (base64_value(text[length - padding - 1]) & unused[padding]) == 0;
}

enum credit_error credit_base64_decode(
	const char *text, size_t length, void *ret_data, size_t capacity, size_t *ret_size)
{
	uint8_t *bytes = ret_data;
	size_t padding = 0;

	if (length % 4 != 0)
		return CREDIT_E_BASE64_INVALID;
	while (padding < 2 && padding < length && text[length - padding - 1] == '=')
		padding++;
	if (length > 0 && !base64_well_formed(text, length, padding))
		return CREDIT_E_BASE64_INVALID;
	size_t size = length / 4 * 3 - padding;
	if (size > capacity)
		return CREDIT_E_TOO_LARGE;

	uint32_t group = 0;
	size_t written = 0;
	for (size_t i = 0; i < length; i++) {
		int value = base64_value(text[i]);
		group = group << 6 | (value < 0 ? 0 : (uint32_t)value);
		if (i % 4 != 3)
			continue;
		for (unsigned shift = 16; written < size; shift -= 8) {
			bytes[written++] = (uint8_t)(group >> shift);
			if (shift == 0)
				break;
		}
	}
	*ret_size = size;
	return CREDIT_OK;
}
