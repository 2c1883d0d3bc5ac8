/* SPDX-License-Identifier: Apache-2.0
 *
 * utf8.c - decoding UTF-8 by the letter of RFC 3629.
 *
 * One table says for each length which bits of the first byte count and which code points may have
 * that length; whatever is smaller is an overlong form.
 */
#include <credit/base.h>

static const struct form {
	uint8_t rest; /* the bits of the first byte that belong to the code point */
	uint32_t smallest;
} forms[] = {
	/* of two, three and four bytes */
	{0x1F, 0x80},
	{0x0F, 0x800},
	{0x07, 0x10000},
};

size_t credit_utf8_decode(const uint8_t *data, size_t size, uint32_t *ret_code_point)
{
	if (size == 0)
		return 0;
	if (data[0] < 0x80) {
		*ret_code_point = data[0];
		return 1;
	}

	/* As many bytes as the first one has leading ones. */
	size_t length = (size_t)__builtin_clz(~((uint32_t)data[0] << 24));
	if (length == 1 || length > 4 || length > size)
		return 0;

	const struct form *form = &forms[length - 2];
	uint32_t code_point = data[0] & form->rest;
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
		length = credit_utf8_next(text.data + i, text.size - i, &code_point);
		valid = length > 0;
		characters++;
	}
	*ret_characters = characters;
	return valid;
}
