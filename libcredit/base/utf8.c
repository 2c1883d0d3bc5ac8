/* SPDX-License-Identifier: Apache-2.0
 *
 * utf8.c - decoding UTF-8 by the letter of RFC 3629.
 *
 * One table says for each length what the first byte looks like and which code points may have
 * that length; whatever is smaller is an overlong form.
 */
#include <credit/base.h>

static const struct form {
	uint8_t mask, lead; /* first byte & mask == lead */
	uint32_t smallest;
} forms[] = {
	{0x80, 0x00, 0x0},
	{0xE0, 0xC0, 0x80},
	{0xF0, 0xE0, 0x800},
	{0xF8, 0xF0, 0x10000},
};

size_t credit_utf8_next(const uint8_t *data, size_t size, uint32_t *ret_code_point)
{
	if (size == 0)
		return 0;

	size_t length = 1;
	while (length <= 4 && (data[0] & forms[length - 1].mask) != forms[length - 1].lead)
		length++;
	if (length > 4 || length > size)
		return 0;

	const struct form *form = &forms[length - 1];
	uint32_t code_point = data[0] & (uint8_t)~form->mask;
	for (size_t i = 1; i < length; i++) {
		if ((data[i] & 0xC0) != 0x80)
			return 0;
		code_point = code_point << 6 | (data[i] & 0x3F);
	}
	bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
	if (code_point < form->smallest || code_point > 0x10FFFF || surrogate)
		return 0;
	*ret_code_point = code_point;
	return length;
}

bool credit_utf8_check(struct credit_bytes text, uint32_t *ret_characters)
{
	uint32_t characters = 0, code_point;
	bool valid = true;

	for (size_t i = 0, length; i < text.size && valid; i += length) {
		/* What a request holds is nearly all ASCII. */
		length = text.data[i] < 0x80
				 ? 1
				 : credit_utf8_next(text.data + i, text.size - i, &code_point);
		valid = length > 0;
		characters++;
	}
	*ret_characters = characters;
	return valid;
}
