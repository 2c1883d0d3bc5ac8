/* SPDX-License-Identifier: Apache-2.0
 *
 * phone.c - is this string of digits a telephone number of mainland China?
 *
 * Telephone numbers have no check digit, so all that can be tested is how they begin, how long they
 * are and where people divide them: after the first three digits of a mobile number, after the area
 * code of a landline.
 */
#include "uscc/parts.h"

/* YYYYMMDD up to 2099? Then these digits are a date and not the rest of a number. */
static bool is_date(const char *digits)
{
	credit_day_t day;
	struct credit_bytes text = {(const uint8_t *)digits, 8};
	bool century = digits[0] == '1' || (digits[0] == '2' && digits[1] == '0');

	return century && credit_day_parse(text, &day) == CREDIT_OK;
}

bool credit__is_mobile(const char *digits, size_t length, size_t first)
{
	if (length != 11 || digits[0] != '1' || digits[1] < '3')
		return false;
	return first == length || (first == 3 && !is_date(digits + 3));
}

bool credit__is_landline(const char *digits, size_t length, size_t first, size_t trunk)
{
	const char *area = digits + trunk;

	if (length < 9 || (trunk == 1 && digits[0] != '0') || area[0] == '0')
		return false;

	/* Beijing (10) and the great cities (2x) have short codes and numbers of eight digits. */
	bool great = area[0] == '2' || (area[0] == '1' && area[1] == '0');
	if (area[0] == '1' && !great)
		return false;
	size_t code = trunk + (great ? 2 : 3);
	size_t local = length - code;
	bool split = first < length;
	if (local != 8 && (local != 7 || (great && !split)))
		return false;
	if (digits[code] == '0' || (local == 8 && is_date(digits + code)))
		return false;
	return !split || first == code;
}
