/* SPDX-License-Identifier: Apache-2.0
 *
 * fold.c - from characters as typed to characters as meant.
 *
 * Input methods leave full-width digits and letters, ideographic spaces and half a dozen kinds of
 * hyphen. What a character is gets folded; what it might have been meant for is not: O stays O,
 * and is refused later with its position.
 */
#include "uscc/parts.h"

#define FULL_WIDTH_FIRST 0xFF01 /* full-width ! */
#define FULL_WIDTH_LAST 0xFF5E  /* full-width ~ */

static const struct {
	uint32_t first, last;
	char plain;
} look_alikes[] = {
	{0x00A0, 0x00A0, ' '}, /* no-break space */
	{0x00B7, 0x00B7, '.'}, /* middle dot */
	{0x2000, 0x200A, ' '}, /* typographic spaces */
	{0x2010, 0x2015, '-'}, /* hyphens and dashes */
	{0x202F, 0x202F, ' '}, /* narrow no-break space */
	{0x2212, 0x2212, '-'}, /* minus */
	{0x3000, 0x3000, ' '}, /* ideographic space */
	{0x30FB, 0x30FB, '.'}, /* katakana middle dot */
	{0xFE63, 0xFE63, '-'}, /* small hyphen */
};

char credit__fold_other(uint32_t code_point)
{
	if (credit__is_ideograph(code_point))
		return '\0'; /* found out at once */
	if (code_point >= FULL_WIDTH_FIRST && code_point <= FULL_WIDTH_LAST)
		return (char)(code_point - FULL_WIDTH_FIRST + '!');
	for (size_t i = 0; i < sizeof look_alikes / sizeof look_alikes[0]; i++) {
		if (code_point >= look_alikes[i].first && code_point <= look_alikes[i].last)
			return look_alikes[i].plain;
	}
	return '\0';
}

void credit__fold_text(struct credit_bytes text, struct credit__folded *ret_folded)
{
	struct credit__folded folded = {.complete = text.size <= CREDIT__FOLDED_MAX};
	size_t size = folded.complete ? text.size : CREDIT__FOLDED_MAX;

	for (size_t i = 0, length; i < size; i += length) {
		uint32_t code_point = 0xFFFD; /* stands for what is not UTF-8 */
		length = credit_utf8_next(text.data + i, size - i, &code_point);
		if (length == 0 && !folded.complete && size - i < 4)
			break; /* a character that lies across the limit */
		char c = credit__fold_capital(code_point);
		if (c < ' ' || c > '~') {
			folded.stranger = code_point;
			folded.strange = true;
			folded.complete = false;
			break;
		}
		if (c != ' ' && c != '-')
			folded.character[folded.length++] = c;
	}
	*ret_folded = folded;
}
