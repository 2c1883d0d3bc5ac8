/* SPDX-License-Identifier: Apache-2.0
 *
 * base45.c - bytes as text of the 45 characters that a QR code packs most densely (RFC 9285).
 *
 * Two bytes are a number to the base 256, highest byte first; three characters are the same number to
 * the base 45, lowest digit first. A last single byte becomes two characters. Three characters can say
 * more than two bytes hold; such texts are refused, so that every text is one name of one thing.
 */
#include <credit/base.h>

#define BASE 45

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

size_t credit_base45(const void *data, size_t size, char *text)
{
	const uint8_t *bytes = data;
	size_t length = 0;

	for (size_t i = 0; i < size; i += 2) {
		bool pair = i + 1 < size;
		uint32_t number = pair ? credit_read_u16(bytes + i) : bytes[i];
		for (int digits = pair ? 3 : 2; digits > 0; digits--) {
			text[length++] = alphabet[number % BASE];
			number /= BASE;
		}
	}
	text[length] = '\0';
	return length;
}

/* 0..44, or -1. */
static int digit_value(char c)
{
	for (int i = 0; i < BASE; i++) {
		if (alphabet[i] == c)
			return i;
	}
	return -1;
}

/* What 2 or 3 characters say, or -1 when that is no byte or no two bytes. */
static int32_t group_value(const char *text, size_t digits)
{
	int32_t number = 0;

	for (size_t i = digits; i > 0; i--) {
		int value = digit_value(text[i - 1]);
		if (value < 0)
			return -1;
		number = number * BASE + value;
	}
	return number <= (digits == 3 ? UINT16_MAX : UINT8_MAX) ? number : -1;
}

enum credit_error credit_base45_decode(
	const char *text, size_t length, void *ret_data, size_t capacity, size_t *ret_size)
{
	size_t size = length / 3 * 2 + length % 3 / 2, written = 0;
	uint8_t *bytes = ret_data;

	if (length % 3 == 1)
		return CREDIT_E_BASE45_INVALID;
	for (size_t i = 0; i < length; i += 3) {
		if (group_value(text + i, length - i < 3 ? 2 : 3) < 0)
			return CREDIT_E_BASE45_INVALID;
	}
	if (size > capacity)
		return CREDIT_E_TOO_LARGE;
	for (size_t i = 0; i < length; i += 3) {
		bool pair = length - i >= 3;
		int32_t number = group_value(text + i, pair ? 3 : 2);
		if (pair)
			bytes[written++] = (uint8_t)(number >> 8);
		bytes[written++] = (uint8_t)number;
	}
	*ret_size = size;
	return CREDIT_OK;
}
