/* SPDX-License-Identifier: Apache-2.0
 *
 * resident_id.c - recognising a resident identity number (居民身份证号码), in order to refuse it.
 *
 * Eighteen characters: 6 division, 8 birth date, 3 sequence, 1 check (ISO 7064 MOD 11-2, X for 10).
 * Before 1999 fifteen digits: 6 division, 6 birth date (yymmdd), 3 sequence, no check. Of the
 * division only the province is tested: counties come and go, and numbers keep the county of their
 * birth for life. Residence permits of Hong Kong, Macao and Taiwan (81, 82, 83) have the same form.
 *
 * The cheapest test comes first: most codes of enterprises begin with 9, which no province does.
 */
#include "base/civil.h"
#include "uscc/parts.h"

static bool all_digits(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return true;
}

bool credit__is_province(const char digits[2])
{
	/* One bit a province, by the second digit (GB/T 2260). */
	static const uint16_t provinces[10] = {
		[1] = 0x3E, /* 11..15 */
		[2] = 0x0E, /* 21..23 */
		[3] = 0xFE, /* 31..37 */
		[4] = 0x7E, /* 41..46 */
		[5] = 0x1F, /* 50..54 */
		[6] = 0x3E, /* 61..65 */
		[7] = 0x02, /* 71 */
		[8] = 0x0E, /* 81..83 */
	};

	return all_digits(digits, 2) && (provinces[digits[0] - '0'] >> (digits[1] - '0') & 1);
}

static int32_t two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

static bool is_date(int32_t year, const char *month_day)
{
	int32_t month = two_digits(month_day), day = two_digits(month_day + 2);

	return year >= 1850 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= credit__days_in_month(year, month);
}

static bool check_character_fits(const char *digits)
{
	/* 2^(17-i) mod 11, and the check character for each remainder. */
	static const uint8_t weight[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	static const char check[] = "10X98765432";
	uint32_t sum = 0;

	for (size_t i = 0; i < 17; i++)
		sum += weight[i] * (uint32_t)(digits[i] - '0');
	char last = digits[17] == 'x' ? 'X' : digits[17];
	return last == check[sum % 11];
}

bool credit_resident_id_check(const char *digits, size_t length)
{
	if (length != 15 && length != 18)
		return false;
	if (!credit__is_province(digits))
		return false;
	if (length == 15)
		return all_digits(digits, 15) && is_date(1900 + two_digits(digits + 6), digits + 8);
	return all_digits(digits, 17) &&
	       is_date(two_digits(digits + 6) * 100 + two_digits(digits + 8), digits + 10) &&
	       check_character_fits(digits);
}
