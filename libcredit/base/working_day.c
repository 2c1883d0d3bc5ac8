/* SPDX-License-Identifier: Apache-2.0
 *
 * working_day.c - Monday to Friday, as the State Council's yearly notices change it.
 *
 * A notice moves days for one year. Beyond the years for which notices are known, plain weeks are
 * the best that can be said, and the answer is marked provisional, so that a deadline computed
 * today is computed again when the notice comes.
 */
#include <credit/base.h>

#include <stdlib.h>

static int compare_days(const void *a, const void *b)
{
	const credit_day_t *left = a, *right = b;

	return (left->days > right->days) - (left->days < right->days);
}

static bool contains(const credit_day_t *days, size_t count, credit_day_t day)
{
	return count > 0 && bsearch(&day, days, count, sizeof day, compare_days);
}

bool credit_day_is_working(const struct credit_calendar *calendar, credit_day_t day)
{
	/* Day 0 was a Thursday; Monday is 0. */
	int64_t weekday = (((int64_t)day.days + 3) % 7 + 7) % 7;

	if (weekday >= 5)
		return contains(calendar->worked, calendar->worked_count, day);
	return !contains(calendar->off, calendar->off_count, day);
}

static bool is_known(const struct credit_calendar *calendar, credit_day_t day)
{
	int32_t year, month, month_day;

	credit_day_to_civil(day, &year, &month, &month_day);
	return year >= calendar->first_year && year <= calendar->last_year;
}

credit_day_t credit_day_add_working(const struct credit_calendar *calendar, credit_day_t day,
	uint32_t count, bool *ret_provisional)
{
	bool provisional = false;

	while (count > 0 && day.days < CREDIT_DAY_MAX) {
		day.days++;
		if (!is_known(calendar, day))
			provisional = true;
		if (credit_day_is_working(calendar, day))
			count--;
	}
	*ret_provisional = provisional;
	return day;
}
