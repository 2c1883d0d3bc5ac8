/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - the hot path: is this eighteen-character code sound?
 *
 * Called once for every code in every import and request, so it is two table walks and no more;
 * why a code is refused in detail is parse.c's work. The order of the tests is the order in which
 * a clerk can make use of them: what cannot be typed, what cannot be issued, what was mistyped.
 *
 * Source: GB 32100-2015 section 4 and annex A. Note that the two check characters in one code count
 * letters differently: GB 32100 numbers its 31 characters 0..30 (J is 18), GB 11714 all 36 (J is
 * 19).
 */
#include "uscc/parts.h"

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/* Place in the alphabet plus one, so that zero means: not in it. */
static const uint8_t ordinal[256] = {
	/* clang-format off */
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
	['8'] = 9, ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
	['G'] = 17, ['H'] = 18, ['J'] = 19, ['K'] = 20, ['L'] = 21, ['M'] = 22, ['N'] = 23, ['P'] = 24,
	['Q'] = 25, ['R'] = 26, ['T'] = 27, ['U'] = 28, ['W'] = 29, ['X'] = 30, ['Y'] = 31,
	/* clang-format on */
};

/* 3^i mod 31 */
static const uint8_t weight[17] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};

bool credit__uscc_character(char c)
{
	return ordinal[(uint8_t)c] != 0;
}

char credit_uscc_check_character(const char code[17])
{
	uint32_t sum = 0;
	bool known = true;

	for (size_t i = 0; i < 17; i++) {
		uint32_t place = ordinal[(uint8_t)code[i]];
		known &= place != 0;
		sum += weight[i] * (place - 1);
	}
	/* The second modulus: a remainder of 0 is the character 0, not the 32nd of 31. */
	return known ? alphabet[(31 - sum % 31) % 31] : '\0';
}

static enum credit_error refuse_character(const char *code)
{
	for (size_t i = 0; i < CREDIT_USCC_SIZE; i++) {
		if (credit__uscc_character(code[i]))
			continue;
		return code[i] >= 'A' && code[i] <= 'Z' ? CREDIT_E_USCC_LETTER_EXCLUDED
							: CREDIT_E_USCC_CHARACTER;
	}
	return CREDIT_E_INTERNAL;
}

static bool division_is_digits(const char *code)
{
	bool digits = true;

	for (size_t i = 2; i < 8; i++)
		digits &= code[i] >= '0' && code[i] <= '9';
	return digits;
}

/* All tests but the one for an identity number. */
static enum credit_error check_code(const char *code)
{
	char expected = credit_uscc_check_character(code);

	if (expected == '\0' || !credit__uscc_character(code[17]))
		return refuse_character(code);
	if (!credit__uscc_category_known(code[0], code[1]))
		return CREDIT_E_USCC_DEPARTMENT;
	if (!division_is_digits(code))
		return CREDIT_E_USCC_REGION;
	if (!credit__organisation_code_check(code + 8))
		return CREDIT_E_USCC_ORGANISATION_CHECK;
	return code[17] == expected ? CREDIT_OK : CREDIT_E_USCC_CHECK;
}

enum credit_error credit_uscc_check(const char code[CREDIT_USCC_SIZE])
{
	bool identity = credit_resident_id_check(code, CREDIT_USCC_SIZE);
	enum credit_error error = check_code(code);

	if (!identity)
		return error;
	return error == CREDIT_OK ? CREDIT_E_USCC_AMBIGUOUS : CREDIT_E_USCC_IS_RESIDENT_ID;
}
