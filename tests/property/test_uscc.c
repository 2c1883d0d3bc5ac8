/* SPDX-License-Identifier: Apache-2.0
 *
 * test_uscc.c - the code's checks against a slow oracle written from the standards' formulas.
 *
 * The oracle works on texts with strchr and powers, shares no table with the library, and is asked
 * about random codes, every change of one character and every exchange of neighbours.
 */
#include <credit/uscc.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char alphabet31[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
static const char alphabet36[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* xorshift64: the same cases on every run. */
static uint64_t state = UINT64_C(88172645463325252);

static uint32_t below(uint32_t bound)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % bound;
}

/* --- the oracle ------------------------------------------------------------------------------ */

static int place(const char *alphabet, char c)
{
	return c == '\0' || !strchr(alphabet, c) ? -1 : (int)(strchr(alphabet, c) - alphabet);
}

static int power(int base, int exponent, int modulus)
{
	int result = 1;

	for (int i = 0; i < exponent; i++)
		result = result * base % modulus;
	return result;
}

static char oracle_check_31(const char *code)
{
	int sum = 0;

	for (int i = 0; i < 17; i++)
		sum += place(alphabet31, code[i]) * power(3, i, 31);
	int check = 31 - sum % 31;
	return alphabet31[check == 31 ? 0 : check];
}

static char oracle_check_11(const char *code)
{
	static const int weights[] = {3, 7, 9, 10, 5, 8, 4, 2};
	int sum = 0;

	for (int i = 0; i < 8; i++)
		sum += place(alphabet36, code[i]) * weights[i];
	int check = 11 - sum % 11;
	return check == 10 ? 'X' : check == 11 ? '0' : (char)('0' + check);
}

/* ISO 7064 MOD 11-2: with the check character's value the weighted sum leaves 1. */
static bool oracle_is_identity(const char *code)
{
	static const char *const provinces =
		"11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 "
		"46 50 51 52 53 54 61 62 63 64 65 71 81 82 83";
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	char province[3] = {code[0], code[1], '\0'};
	int year, month, day, sum = 0;

	for (int i = 0; i < 17; i++) {
		if (code[i] < '0' || code[i] > '9')
			return false;
		sum += (code[i] - '0') * power(2, 17 - i, 11);
	}
	if (!strchr("0123456789X", code[17]))
		return false;
	sum += code[17] == 'X' ? 10 : code[17] - '0';
	char date[9] = {0};
	memcpy(date, code + 6, 8);
	if (sscanf(date, "%4d%2d%2d", &year, &month, &day) != 3)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return sum % 11 == 1 && strstr(provinces, province) && year >= 1850 && year <= 2099 &&
	       month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (month == 2 && leap);
}

static enum credit_error oracle_shape(const char *code)
{
	static const char *const pairs =
		"11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 59 61 62 69 "
		"71 72 79 81 89 91 92 93 A1 A9 N1 N2 N3 N9 Y1";
	char pair[3] = {code[0], code[1], '\0'};

	for (int i = 0; i < 18; i++) {
		if (place(alphabet31, code[i]) < 0)
			return strchr("IOSVZ", code[i]) && code[i] != '\0'
				       ? CREDIT_E_USCC_LETTER_EXCLUDED
				       : CREDIT_E_USCC_CHARACTER;
	}
	if (!strstr(pairs, pair))
		return CREDIT_E_USCC_DEPARTMENT;
	for (int i = 2; i < 8; i++) {
		if (code[i] > '9')
			return CREDIT_E_USCC_REGION;
	}
	if (code[16] != oracle_check_11(code + 8))
		return CREDIT_E_USCC_ORGANISATION_CHECK;
	return code[17] == oracle_check_31(code) ? CREDIT_OK : CREDIT_E_USCC_CHECK;
}

static enum credit_error oracle(const char *code)
{
	enum credit_error error = oracle_shape(code);

	if (!oracle_is_identity(code))
		return error;
	return error == CREDIT_OK ? CREDIT_E_USCC_AMBIGUOUS : CREDIT_E_USCC_IS_RESIDENT_ID;
}

/* --- cases -------------------------------------------------------------------------------------
 */

static void random_code(char code[19])
{
	static const char *const pairs[] = {
		"11", "12", "13", "31", "51", "52", "53", "91", "92", "93", "A1", "N2", "Y1"};

	memcpy(code, pairs[below(sizeof pairs / sizeof pairs[0])], 2);
	for (int i = 2; i < 8; i++)
		code[i] = (char)('0' + below(10));
	for (int i = 8; i < 16; i++)
		code[i] = alphabet31[below(31)];
	code[16] = oracle_check_11(code + 8);
	code[17] = oracle_check_31(code);
	code[18] = '\0';
}

static void random_identity(char digits[19])
{
	static const char *const provinces[] = {
		"11", "12", "13", "21", "31", "33", "44", "51", "52", "53", "61", "65", "71", "81"};
	char text[64];

	do {
		snprintf(text, sizeof text, "%s%04u%04u%02u%02u%03u",
			provinces[below(sizeof provinces / sizeof provinces[0])], below(10000),
			1850 + below(250), 1 + below(12), 1 + below(28), below(1000));
		memcpy(digits, text, 17);
		digits[18] = '\0';
		for (const char *c = "0123456789X"; *c != '\0'; c++) {
			digits[17] = *c;
			if (oracle_is_identity(digits))
				return;
		}
	} while (true);
}

static enum credit_error parse(const char *code, enum credit_uscc_evidence evidence)
{
	struct credit_uscc uscc;

	return credit_uscc_parse(credit_bytes_of(code), evidence, &uscc, NULL);
}

/* check, parse and oracle give one verdict. Returns it. */
static enum credit_error agree(const char *code)
{
	enum credit_error expected = oracle(code);

	cr_assert_eq(credit_uscc_check(code), expected, "%s: %s, not %s", code,
		credit_error_name(credit_uscc_check(code)), credit_error_name(expected));
	cr_assert_eq(parse(code, CREDIT_USCC_PLAIN), expected, "%s", code);
	return expected;
}

Test(uscc_property, codes_made_by_the_formulas_pass)
{
	for (int i = 0; i < 20000; i++) {
		char code[19];
		random_code(code);
		enum credit_error error = agree(code);
		cr_assert(error == CREDIT_OK || error == CREDIT_E_USCC_AMBIGUOUS, "%s", code);
		cr_assert_eq(credit_uscc_check_character(code), code[17]);
	}
}

Test(uscc_property, every_change_of_one_character_is_noticed)
{
	for (int i = 0; i < 100; i++) {
		char code[19];
		random_code(code);
		for (int at = 0; at < CREDIT_USCC_SIZE; at++) {
			char kept = code[at];
			for (const char *c = alphabet36; *c != '\0'; c++) {
				if (*c == kept)
					continue;
				code[at] = *c;
				cr_assert_neq(agree(code), CREDIT_OK, "%s", code);
			}
			code[at] = kept;
		}
	}
}

Test(uscc_property, every_exchange_of_neighbours_goes_as_the_formulas_say)
{
	int noticed = 0, exchanged = 0;

	for (int i = 0; i < 5000; i++) {
		char code[19];
		random_code(code);
		for (int at = 0; at + 1 < CREDIT_USCC_SIZE; at++) {
			char first = code[at];
			if (first == code[at + 1])
				continue;
			code[at] = code[at + 1];
			code[at + 1] = first;
			exchanged++;
			noticed += agree(code) != CREDIT_OK;
			code[at + 1] = code[at];
			code[at] = first;
		}
	}
	/* Weights of neighbours differ, so modulus 31 alone notices every one of the first 17. */
	cr_expect_eq(noticed, exchanged);
}

Test(uscc_property, random_strings_of_eighteen_get_the_oracles_verdict)
{
	for (int i = 0; i < 100000; i++) {
		char code[19] = {0};
		for (int at = 0; at < CREDIT_USCC_SIZE; at++)
			code[at] = at < 8 ? alphabet36[below(11)] : alphabet36[below(36)];
		agree(code);
	}
}

Test(uscc_property, identity_numbers_are_refused_under_every_evidence_unless_registered)
{
	int ambiguous = 0;

	for (int i = 0; i < 50000; i++) {
		char digits[19];
		random_identity(digits);
		cr_assert(credit_resident_id_check(digits, 18), "%s", digits);
		enum credit_error error = agree(digits);
		ambiguous += error == CREDIT_E_USCC_AMBIGUOUS;
		cr_assert(
			error == CREDIT_E_USCC_IS_RESIDENT_ID || error == CREDIT_E_USCC_AMBIGUOUS);
		cr_assert_eq(parse(digits, CREDIT_USCC_EXCEPTION), error);
		cr_assert_eq(parse(digits, CREDIT_USCC_REGISTER),
			error == CREDIT_E_USCC_AMBIGUOUS ? CREDIT_OK : error);
	}
	cr_expect_gt(ambiguous, 0, "no case met both families: the test lost its edge");
}

Test(uscc_property, identity_numbers_are_found_in_any_text_and_any_division)
{
	static const char *const before[] = {"", "当事人", "编号 ", "A", "2026年 ", "(", "电话："};
	static const char *const between[] = {"", " ", "-", ".", "\u3000", " - ", "－"};
	static const char *const after[] = {"", "。", "号", " 2026", ")", "B"};

	for (int i = 0; i < 20000; i++) {
		char digits[19], text[256];
		size_t length = 0;
		bool divided = false;
		const char *prefix = before[below(7)], *suffix = after[below(6)];
		random_identity(digits);
		length += (size_t)snprintf(text, sizeof text, "%s", prefix);
		for (int at = 0; at < 18; at++) {
			length += (size_t)snprintf(
				text + length, sizeof text - length, "%c", digits[at]);
			if (at == 17 || below(5) != 0)
				continue;
			divided = true;
			length += (size_t)snprintf(
				text + length, sizeof text - length, "%s", between[below(7)]);
		}
		snprintf(text + length, sizeof text - length, "%s", suffix);

		struct credit_problem problem = {0};
		uint32_t characters;
		cr_assert_eq(credit_guard_text(
				     credit_bytes_of(text), CREDIT_TEXT_DOCUMENT_NUMBER, &problem),
			CREDIT_E_PERSONAL_ID, "%s", text);
		cr_assert(credit_utf8_check(credit_bytes_of(prefix), &characters));
		/* Divided, its beginning or middle may by chance be a fifteen-digit one. */
		cr_assert(divided || problem.position <= characters + 1, "%s at %u", text,
			(unsigned)problem.position);
	}
}

Test(uscc_property, valid_codes_in_a_text_raise_no_alarm_unless_ambiguous)
{
	for (int i = 0; i < 50000; i++) {
		char code[19], text[96];
		random_code(code);
		snprintf(text, sizeof text, "统一社会信用代码%s，于2026年4月1日", code);
		cr_assert_eq(credit_guard_text(credit_bytes_of(text), CREDIT_TEXT_FREE, NULL),
			oracle(code) == CREDIT_OK ? CREDIT_OK : CREDIT_E_PERSONAL_ID, "%s", text);
	}
}

Test(uscc_property, mobile_numbers_are_found_whole_and_divided_unless_they_read_as_a_date)
{
	for (int i = 0; i < 20000; i++) {
		char number[12], text[64];
		snprintf(number, sizeof number, "1%u%04u%05u", 3 + below(7), below(10000),
			below(100000));
		snprintf(text, sizeof text, "电话%s。", number);
		cr_assert_eq(credit_guard_text(credit_bytes_of(text), CREDIT_TEXT_FREE, NULL),
			CREDIT_E_PERSONAL_PHONE, "%s", text);
		snprintf(text, sizeof text, "电话%.3s-%.4s-%s。", number, number + 3, number + 7);
		credit_day_t day;
		bool date = credit_day_parse(credit_bytes_of(number + 3), &day) == CREDIT_OK &&
			    memcmp(number + 3, "21", 2) < 0;
		cr_assert_eq(credit_guard_text(credit_bytes_of(text), CREDIT_TEXT_FREE, NULL),
			date ? CREDIT_OK : CREDIT_E_PERSONAL_PHONE, "%s", text);
	}
}
