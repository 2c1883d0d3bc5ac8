/* SPDX-License-Identifier: Apache-2.0
 *
 * test_day.c - every legal date against a walk from day to day, working days against a naive loop.
 */
#include <credit/base.h>

#include <criterion/criterion.h>
#include <string.h>

struct civil {
	int32_t year, month, day;
};

static int32_t last_of(struct civil civil)
{
	if (civil.month == 2) {
		bool leap = (civil.year % 4 == 0 && civil.year % 100 != 0) || civil.year % 400 == 0;
		return leap ? 29 : 28;
	}
	return civil.month == 4 || civil.month == 6 || civil.month == 9 || civil.month == 11 ? 30
											     : 31;
}

static struct civil next(struct civil civil)
{
	if (civil.day < last_of(civil))
		return (struct civil){civil.year, civil.month, civil.day + 1};
	if (civil.month < 12)
		return (struct civil){civil.year, civil.month + 1, 1};
	return (struct civil){civil.year + 1, 1, 1};
}

Test(day, every_date_there_is_follows_the_one_before)
{
	struct civil expected = {1949, 10, 1};

	for (int32_t days = CREDIT_DAY_MIN; days <= CREDIT_DAY_MAX; days++) {
		struct civil found;
		credit_day_t back = {0};
		credit_day_to_civil((credit_day_t){days}, &found.year, &found.month, &found.day);
		cr_assert(found.year == expected.year && found.month == expected.month &&
				  found.day == expected.day,
			"day %d", (int)days);
		cr_assert_eq(credit_day_from_civil(found.year, found.month, found.day, &back),
			CREDIT_OK);
		cr_assert_eq(back.days, days);
		expected = next(expected);
	}
	cr_expect_eq(expected.year, 10000);
}

Test(day, every_date_reads_back_from_its_text)
{
	/* A step that is coprime to weeks, months and years meets all their phases. */
	for (int32_t days = CREDIT_DAY_MIN; days <= CREDIT_DAY_MAX; days += 101) {
		char text[CREDIT_DAY_TEXT_SIZE];
		credit_day_t back = {0};
		credit_day_text((credit_day_t){days}, text);
		cr_assert_eq(credit_day_parse(credit_bytes_of(text), &back), CREDIT_OK, "%s", text);
		cr_assert_eq(back.days, days);
	}
}

Test(day, every_instant_lies_between_the_beginnings_of_its_date_and_the_next)
{
	for (int64_t ms = INT64_C(-600000000000); ms < INT64_C(6000000000000); ms += 7777777777) {
		credit_day_t day = credit_day_of((credit_ms_t){ms});
		cr_assert_leq(credit_day_begins(day).ms, ms);
		cr_assert_gt(credit_day_begins((credit_day_t){day.days + 1}).ms, ms);
	}
}

Test(day, months_added_one_by_one_or_at_once_agree_on_days_that_all_months_have)
{
	credit_day_t start, step;

	cr_assert_eq(credit_day_from_civil(1950, 1, 28, &start), CREDIT_OK);
	step = start;
	for (int32_t months = 1; months < 1200; months++) {
		step = credit_day_add_months(step, 1);
		cr_assert_eq(step.days, credit_day_add_months(start, months).days);
		cr_assert_eq(credit_day_add_months(step, -months).days, start.days);
	}
}

/* --- working days: the State Council's notices for 2025 and 2026 -------------------------------
 */

static const char *const off_text[] = {"2025-01-01", "2025-01-28", "2025-01-29", "2025-01-30",
	"2025-01-31", "2025-02-03", "2025-02-04", "2025-04-04", "2025-05-01", "2025-05-02",
	"2025-05-05", "2025-06-02", "2025-10-01", "2025-10-02", "2025-10-03", "2025-10-06",
	"2025-10-07", "2025-10-08", "2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17",
	"2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23", "2026-04-06", "2026-05-01",
	"2026-05-04", "2026-05-05", "2026-06-19", "2026-09-25", "2026-10-01", "2026-10-02",
	"2026-10-05", "2026-10-06", "2026-10-07"};
static const char *const worked_text[] = {"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28",
	"2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20",
	"2026-10-10"};
#define OFF (sizeof off_text / sizeof off_text[0])
#define WORKED (sizeof worked_text / sizeof worked_text[0])

/* The oracle knows texts only: weekday counted from a known Monday, tables searched one by one. */
static bool naive_is_working(credit_day_t day)
{
	char text[CREDIT_DAY_TEXT_SIZE];
	int32_t weekday = 0; /* 2024-01-01 was a Monday, day 19723 */

	for (int32_t d = 19723; d < day.days; d++)
		weekday = weekday == 6 ? 0 : weekday + 1;
	credit_day_text(day, text);
	for (size_t i = 0; i < OFF; i++) {
		if (strcmp(text, off_text[i]) == 0)
			return false;
	}
	for (size_t i = 0; i < WORKED; i++) {
		if (strcmp(text, worked_text[i]) == 0)
			return true;
	}
	return weekday < 5;
}

static void parse_all(const char *const *texts, size_t count, credit_day_t *ret_days)
{
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(credit_day_parse(credit_bytes_of(texts[i]), &ret_days[i]), CREDIT_OK);
}

Test(day, working_days_agree_with_a_naive_loop_over_two_known_years)
{
	credit_day_t off[OFF], worked[WORKED], first, last;
	struct credit_calendar calendar = {off, OFF, worked, WORKED, 2025, 2026};

	parse_all(off_text, OFF, off);
	parse_all(worked_text, WORKED, worked);
	cr_assert_eq(credit_day_from_civil(2024, 12, 20, &first), CREDIT_OK);
	cr_assert_eq(credit_day_from_civil(2027, 1, 20, &last), CREDIT_OK);
	for (credit_day_t day = first; day.days < last.days; day.days++) {
		cr_assert_eq(credit_day_is_working(&calendar, day), naive_is_working(day), "day %d",
			(int)day.days);
		credit_day_t walk = day;
		for (uint32_t count = 1; count <= 20; count++) {
			bool provisional, expected = false;
			do
				walk.days++;
			while (!naive_is_working(walk));
			for (credit_day_t d = {day.days + 1}; d.days <= walk.days; d.days++) {
				char text[CREDIT_DAY_TEXT_SIZE];
				credit_day_text(d, text);
				expected |= strncmp(text, "2025", 4) != 0 &&
					    strncmp(text, "2026", 4) != 0;
			}
			credit_day_t found =
				credit_day_add_working(&calendar, day, count, &provisional);
			cr_assert_eq(found.days, walk.days);
			cr_assert_eq(provisional, expected);
		}
	}
}

Test(day, the_notices_take_only_weekdays_off_and_let_only_weekends_be_worked)
{
	credit_day_t off[OFF], worked[WORKED];
	struct credit_calendar plain = {.first_year = 2025, .last_year = 2026};

	parse_all(off_text, OFF, off);
	parse_all(worked_text, WORKED, worked);
	for (size_t i = 0; i < OFF; i++)
		cr_expect(credit_day_is_working(&plain, off[i]), "%s", off_text[i]);
	for (size_t i = 0; i < WORKED; i++)
		cr_expect_not(credit_day_is_working(&plain, worked[i]), "%s", worked_text[i]);
}
