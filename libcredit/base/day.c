/* SPDX-License-Identifier: Apache-2.0
 *
 * day.c - legal dates: the civil (Gregorian) calendar of Asia/Shanghai.
 *
 * Days are counted from 1970-01-01. The arithmetic runs in years that begin on 1 March, so that the
 * leap day is a year's last and the months before it have one pattern: 153 days in five months.
 * 400 years are 146,097 days. China keeps UTC+8 without summer time since 1992; earlier summers are
 * treated alike, since legal dates of those years carry no hour.
 */
#include <credit/base.h>

#include "base/civil.h"

#include <string.h>

#define DAYS_IN_ERA 146097    /* 400 years */
#define EPOCH_FROM_ERA 719468 /* days from 0000-03-01 to 1970-01-01 */
#define MS_IN_DAY INT64_C(86400000)
#define MS_AHEAD INT64_C(28800000) /* UTC+8 */

static int32_t clamp_day(int64_t days)
{
	if (days < CREDIT_DAY_MIN)
		return CREDIT_DAY_MIN;
	return days > CREDIT_DAY_MAX ? CREDIT_DAY_MAX : (int32_t)days;
}

int32_t credit__days_in_month(int32_t year, int32_t month)
{
	static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* For years from 0, months 1..12. */
static int32_t days_from_civil(int32_t year, int32_t month, int32_t day)
{
	int32_t y = month > 2 ? year : year - 1;
	int32_t m = month > 2 ? month - 3 : month + 9;
	int32_t era = y / 400, year_of_era = y % 400;
	int32_t day_of_year = (153 * m + 2) / 5 + day - 1;
	int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * DAYS_IN_ERA + day_of_era - EPOCH_FROM_ERA;
}

enum credit_error credit_day_from_civil(
	int32_t year, int32_t month, int32_t day, credit_day_t *ret_day)
{
	if (year < 1949 || year > 9999 || month < 1 || month > 12 || day < 1 ||
		day > credit__days_in_month(year, month))
		return CREDIT_E_DATE_INVALID;

	int32_t days = days_from_civil(year, month, day);
	if (days < CREDIT_DAY_MIN)
		return CREDIT_E_DATE_INVALID;
	*ret_day = (credit_day_t){days};
	return CREDIT_OK;
}

void credit_day_to_civil(credit_day_t day, int32_t *ret_year, int32_t *ret_month, int32_t *ret_day)
{
	int32_t z = clamp_day(day.days) + EPOCH_FROM_ERA;
	int32_t era = z / DAYS_IN_ERA, day_of_era = z % DAYS_IN_ERA;
	int32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
				      day_of_era / (DAYS_IN_ERA - 1)) /
			      365;
	int32_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int32_t m = (5 * day_of_year + 2) / 153;

	*ret_day = day_of_year - (153 * m + 2) / 5 + 1;
	*ret_month = m < 10 ? m + 3 : m - 9;
	*ret_year = era * 400 + year_of_era + (*ret_month <= 2);
}

/* --- text ---------------------------------------------------------------------------------- */

/* The ways to write a date: what follows year, month and day, and how many digits at least the
 * month and the day have (at most two). */
static const struct date_form {
	const char *after[3];
	size_t digits_min;
} date_forms[] = {
	{{"-", "-", ""}, 2},
	{{"/", "/", ""}, 1},
	{{".", ".", ""}, 1},
	{{"", "", ""}, 2},
	{{"年", "月", "日"}, 1},
};

/* Takes a number of min..max digits off the front. */
static bool take_number(struct credit_bytes *text, size_t min, size_t max, int32_t *ret_number)
{
	int32_t number = 0;
	size_t digits = 0;

	while (digits < max && digits < text->size && text->data[digits] >= '0' &&
		text->data[digits] <= '9')
		number = number * 10 + (text->data[digits++] - '0');
	if (digits < min)
		return false;
	text->data += digits;
	text->size -= digits;
	*ret_number = number;
	return true;
}

static bool take_text(struct credit_bytes *text, const char *expected)
{
	size_t length = strlen(expected);

	if (text->size < length || memcmp(text->data, expected, length) != 0)
		return false;
	text->data += length;
	text->size -= length;
	return true;
}

static bool take_date(const struct date_form *form, struct credit_bytes text, int32_t part[3])
{
	for (size_t i = 0; i < 3; i++) {
		bool number = i == 0 ? take_number(&text, 4, 4, &part[0])
				     : take_number(&text, form->digits_min, 2, &part[i]);
		if (!number || !take_text(&text, form->after[i]))
			return false;
	}
	return text.size == 0;
}

enum credit_error credit_day_parse(struct credit_bytes text, credit_day_t *ret_day)
{
	int32_t part[3];

	for (size_t i = 0; i < sizeof date_forms / sizeof date_forms[0]; i++) {
		if (take_date(&date_forms[i], text, part))
			return credit_day_from_civil(part[0], part[1], part[2], ret_day);
	}
	return CREDIT_E_DATE_INVALID;
}

/* Decimal with leading zeros; no NUL. */
static void put_digits(char *text, int32_t number, size_t width)
{
	for (size_t i = width; i > 0; i--, number /= 10)
		text[i - 1] = (char)('0' + number % 10);
}

const char *credit_day_text(credit_day_t day, char *text)
{
	int32_t year, month, month_day;

	credit_day_to_civil(day, &year, &month, &month_day);
	memcpy(text, "0000-00-00", CREDIT_DAY_TEXT_SIZE);
	put_digits(text, year, 4);
	put_digits(text + 5, month, 2);
	put_digits(text + 8, month_day, 2);
	return text;
}

/* --- arithmetic ---------------------------------------------------------------------------- */

credit_day_t credit_day_add_months(credit_day_t day, int32_t months)
{
	int32_t year, month, month_day;

	credit_day_to_civil(day, &year, &month, &month_day);
	int64_t count = (int64_t)year * 12 + (month - 1) + months;
	if (count < 1949 * 12)
		return (credit_day_t){CREDIT_DAY_MIN};
	if (count >= 10000 * 12)
		return (credit_day_t){CREDIT_DAY_MAX};

	year = (int32_t)(count / 12);
	month = (int32_t)(count % 12) + 1;
	int32_t last = credit__days_in_month(year, month);
	return (credit_day_t){
		clamp_day(days_from_civil(year, month, month_day < last ? month_day : last))};
}

credit_ms_t credit_day_begins(credit_day_t day)
{
	return (credit_ms_t){day.days * MS_IN_DAY - MS_AHEAD};
}

/* Milliseconds since 1970-01-01T00:00 on the clocks of Shanghai, within the range of legal dates,
 * so that nothing below can overflow. */
static int64_t local_ms(credit_ms_t instant)
{
	int64_t first = CREDIT_DAY_MIN * MS_IN_DAY;
	int64_t last = (CREDIT_DAY_MAX + 1) * MS_IN_DAY - 1;

	if (instant.ms < first - MS_AHEAD)
		return first;
	return instant.ms > last - MS_AHEAD ? last : instant.ms + MS_AHEAD;
}

static int64_t floor_day(int64_t ms)
{
	return ms / MS_IN_DAY - (ms % MS_IN_DAY < 0);
}

credit_day_t credit_day_of(credit_ms_t instant)
{
	return (credit_day_t){(int32_t)floor_day(local_ms(instant))};
}

const char *credit_ms_text(credit_ms_t instant, char *text)
{
	int64_t local = local_ms(instant);
	int64_t day = floor_day(local);
	int32_t ms = (int32_t)(local - day * MS_IN_DAY);

	memcpy(text, "0000-00-00T00:00:00.000+08:00", CREDIT_MS_TEXT_SIZE);
	credit_day_text((credit_day_t){(int32_t)day}, text);
	text[CREDIT_DAY_TEXT_SIZE - 1] = 'T';
	put_digits(text + 11, ms / 3600000, 2);
	put_digits(text + 14, ms / 60000 % 60, 2);
	put_digits(text + 17, ms / 1000 % 60, 2);
	put_digits(text + 20, ms % 1000, 3);
	return text;
}
