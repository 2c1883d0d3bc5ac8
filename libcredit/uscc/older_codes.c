/* SPDX-License-Identifier: Apache-2.0
 *
 * older_codes.c - the numbers that the unified code replaced, and one of which lives on inside it.
 *
 * Organisation code (组织机构代码, GB 11714): eight digits or capitals and a check character;
 * printed
 * XXXXXXXX-X; characters 9 to 17 of every unified code. Business registration number (工商注册号):
 * six digits of division (100000 for the national office), eight of serial and a check digit.
 */
#include "uscc/parts.h"

/* GB 11714 counts all 36: A is 10, Z is 35. The caller has seen to it that c is one of them. */
static uint32_t value_of_36(char c)
{
	return (uint32_t)(c <= '9' ? c - '0' : c - 'A' + 10);
}

char credit__organisation_check_character(const char code[8])
{
	static const uint8_t weight[8] = {3, 7, 9, 10, 5, 8, 4, 2};
	/* 11 - remainder, where 10 is written X and 11 is written 0. */
	static const char check[] = "0X987654321";
	uint32_t sum = 0;

	for (size_t i = 0; i < 8; i++)
		sum += weight[i] * value_of_36(code[i]);
	return check[sum % 11];
}

bool credit__organisation_code_check(const char code[9])
{
	bool known = true;

	for (size_t i = 0; i < 9; i++)
		known &= (code[i] >= '0' && code[i] <= '9') || (code[i] >= 'A' && code[i] <= 'Z');
	return known && code[8] == credit__organisation_check_character(code);
}

/* Division and ISO 7064 MOD 11,10. */
static bool check_registration_number(const char digits[15])
{
	uint32_t product = 10;

	for (size_t i = 0; i < 15; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return false;
	}
	for (size_t i = 0; i < 14; i++) {
		uint32_t sum = (product + (uint32_t)(digits[i] - '0')) % 10;
		product = (sum == 0 ? 10 : sum) * 2 % 11;
	}
	bool national = digits[0] == '1' && digits[1] == '0';
	return (national || credit__is_province(digits)) &&
	       (product + (uint32_t)(digits[14] - '0')) % 10 == 1;
}

enum credit_uscc_kind credit__classify_fifteen(const char digits[15])
{
	bool registration = check_registration_number(digits);
	bool identity = credit_resident_id_check(digits, 15);

	/* Serials count up from the beginning of a band that their first digit names, and no office
	 * has come to four million in one: a serial beyond is rather a birth date. */
	if (registration && (!identity || digits[7] <= '3'))
		return CREDIT_KIND_REGISTRATION_NUMBER;
	return identity ? CREDIT_KIND_RESIDENT_ID : CREDIT_KIND_NOTHING;
}
