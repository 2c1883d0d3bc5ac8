/* SPDX-License-Identifier: Apache-2.0
 *
 * test_day.c - legal dates, their texts, months and instants.
 */
#include <credit/base.h>

#include <criterion/criterion.h>
#include <string.h>

static credit_day_t day_of(int32_t year, int32_t month, int32_t day)
{
	credit_day_t result = {0};

	cr_assert_eq(credit_day_from_civil(year, month, day, &result), CREDIT_OK);
	return result;
}

Test(base, day_zero_and_the_limits_are_where_the_header_says)
{
	cr_expect_eq(day_of(1970, 1, 1).days, 0);
	cr_expect_eq(day_of(1949, 10, 1).days, CREDIT_DAY_MIN);
	cr_expect_eq(day_of(9999, 12, 31).days, CREDIT_DAY_MAX);
	cr_expect_eq(day_of(2026, 4, 1).days, 20544);
}

Test(base, day_that_does_not_exist_or_lies_outside_is_refused)
{
	static const int32_t cases[][3] = {{1949, 9, 30}, {1948, 1, 1}, {10000, 1, 1}, {2026, 0, 1},
		{2026, 13, 1}, {2026, 1, 0}, {2026, 1, 32}, {2026, 4, 31}, {2026, 2, 29},
		{2100, 2, 29}, {INT32_MIN, 1, 1}, {INT32_MAX, 12, 31}, {2026, INT32_MIN, 1},
		{2026, 1, INT32_MAX}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		credit_day_t day = {77};
		cr_expect_eq(credit_day_from_civil(cases[i][0], cases[i][1], cases[i][2], &day),
			CREDIT_E_DATE_INVALID, "case %zu", i);
		cr_expect_eq(day.days, 77, "output touched on failure");
	}
}

Test(base, day_parse_reads_every_form_that_people_write)
{
	static const char *const cases[] = {"2026-04-01", "2026/4/1", "2026/04/01", "2026.4.1",
		"2026.04.01", "20260401", "2026年4月1日", "2026年04月01日"};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		credit_day_t day = {0};
		cr_expect_eq(credit_day_parse(credit_bytes_of(cases[i]), &day), CREDIT_OK, "%s",
			cases[i]);
		cr_expect_eq(day.days, day_of(2026, 4, 1).days, "%s", cases[i]);
	}
}

Test(base, day_parse_refuses_mixtures_short_forms_and_anything_around)
{
	static const char *const cases[] = {"", "2026", "2026-4-1", "2026-04/01", "26-04-01",
		"2026-04-01 ", " 2026-04-01", "2026-04-011", "2026/004/1", "2026041", "202604010",
		"2026年4月1", "2026年4月", "2026-02-30", "20261301", "2026.4.1.", "２０２６-04-01",
		"-2026-04-01", "1949-09-30"};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		credit_day_t day = {77};
		cr_expect_eq(credit_day_parse(credit_bytes_of(cases[i]), &day),
			CREDIT_E_DATE_INVALID, "%s", cases[i]);
		cr_expect_eq(day.days, 77);
	}
}

Test(base, day_text_is_always_ten_characters_even_of_a_number_that_is_no_date)
{
	char text[CREDIT_DAY_TEXT_SIZE];

	cr_expect_str_eq(credit_day_text(day_of(2026, 4, 1), text), "2026-04-01");
	cr_expect_str_eq(credit_day_text((credit_day_t){INT32_MIN}, text), "1949-10-01");
	cr_expect_str_eq(credit_day_text((credit_day_t){INT32_MAX}, text), "9999-12-31");
}

Test(base, months_added_keep_the_day_or_take_the_shorter_months_last)
{
	static const struct {
		int32_t from[3], months, to[3];
	} cases[] = {
		{{2026, 1, 31}, 1, {2026, 2, 28}},
		{{2024, 1, 31}, 1, {2024, 2, 29}},
		{{2024, 2, 29}, 12, {2025, 2, 28}},
		{{2026, 1, 15}, 36, {2029, 1, 15}},
		{{2026, 12, 31}, 2, {2027, 2, 28}},
		{{2026, 3, 31}, -1, {2026, 2, 28}},
		{{2026, 1, 1}, -1, {2025, 12, 1}},
		{{2026, 5, 5}, 0, {2026, 5, 5}},
		{{9999, 12, 1}, 1, {9999, 12, 31}},
		{{1949, 11, 1}, -2, {1949, 10, 1}},
		{{2026, 5, 5}, INT32_MAX, {9999, 12, 31}},
		{{2026, 5, 5}, INT32_MIN, {1949, 10, 1}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const int32_t *from = cases[i].from, *to = cases[i].to;
		credit_day_t day =
			credit_day_add_months(day_of(from[0], from[1], from[2]), cases[i].months);
		cr_expect_eq(day.days, day_of(to[0], to[1], to[2]).days, "case %zu", i);
	}
}

Test(base, instant_falls_on_the_date_of_shanghai_not_of_greenwich)
{
	char text[CREDIT_MS_TEXT_SIZE];
	credit_ms_t begins = credit_day_begins(day_of(2026, 4, 1));

	cr_expect_eq(begins.ms, INT64_C(1774972800000), "2026-03-31T16:00:00Z");
	cr_expect_eq(credit_day_of(begins).days, day_of(2026, 4, 1).days);
	cr_expect_eq(credit_day_of((credit_ms_t){begins.ms - 1}).days, day_of(2026, 3, 31).days);
	cr_expect_str_eq(credit_ms_text(begins, text), "2026-04-01T00:00:00.000+08:00");
	cr_expect_str_eq(credit_ms_text((credit_ms_t){begins.ms - 1}, text),
		"2026-03-31T23:59:59.999+08:00");
}

Test(base, instant_before_1970_rounds_down)
{
	char text[CREDIT_MS_TEXT_SIZE];

	cr_expect_str_eq(credit_ms_text((credit_ms_t){-1}, text), "1970-01-01T07:59:59.999+08:00");
	cr_expect_eq(credit_day_of((credit_ms_t){INT64_C(-28800001)}).days, -1);
	cr_expect_eq(credit_day_of((credit_ms_t){INT64_C(-28800000)}).days, 0);
}

Test(base, instant_beyond_all_dates_is_held_at_the_limits)
{
	char text[CREDIT_MS_TEXT_SIZE];

	cr_expect_eq(credit_day_of((credit_ms_t){INT64_MIN}).days, CREDIT_DAY_MIN);
	cr_expect_eq(credit_day_of((credit_ms_t){INT64_MAX}).days, CREDIT_DAY_MAX);
	cr_expect_str_eq(
		credit_ms_text((credit_ms_t){INT64_MAX}, text), "9999-12-31T23:59:59.999+08:00");
	cr_expect_str_eq(
		credit_ms_text((credit_ms_t){INT64_MIN}, text), "1949-10-01T00:00:00.000+08:00");
}

/* --- working days -------------------------------------------------------------------------- */

Test(base, working_days_step_over_a_golden_week_and_count_its_make_up_days)
{
	/* A week of the notice for 2026: 1 to 7 October off, Saturday the 10th worked. */
	credit_day_t off[] = {day_of(2026, 10, 1), day_of(2026, 10, 2), day_of(2026, 10, 5),
		day_of(2026, 10, 6), day_of(2026, 10, 7)};
	credit_day_t worked[] = {day_of(2026, 9, 20), day_of(2026, 10, 10)};
	struct credit_calendar calendar = {off, 5, worked, 2, 2026, 2026};
	bool provisional = true;

	cr_expect(credit_day_is_working(&calendar, day_of(2026, 9, 30)));
	cr_expect_not(credit_day_is_working(&calendar, day_of(2026, 10, 1)));
	cr_expect_not(credit_day_is_working(&calendar, day_of(2026, 10, 3)));
	cr_expect(credit_day_is_working(&calendar, day_of(2026, 10, 10)));
	cr_expect_eq(credit_day_add_working(&calendar, day_of(2026, 9, 30), 3, &provisional).days,
		day_of(2026, 10, 10).days);
	cr_expect_not(provisional);
}

Test(base, working_days_beyond_the_notices_are_provisional_plain_weeks)
{
	struct credit_calendar calendar = {.first_year = 2026, .last_year = 2026};
	bool provisional = false;

	/* 2026-12-31 is a Thursday. */
	cr_expect_eq(credit_day_add_working(&calendar, day_of(2026, 12, 31), 1, &provisional).days,
		day_of(2027, 1, 1).days);
	cr_expect(provisional);
	cr_expect_eq(credit_day_add_working(&calendar, day_of(2026, 12, 30), 1, &provisional).days,
		day_of(2026, 12, 31).days);
	cr_expect_not(provisional);
}

Test(base, working_days_none_is_the_same_day_and_too_many_stop_at_the_last)
{
	struct credit_calendar calendar = {.first_year = 1, .last_year = 0};
	bool provisional = true;

	cr_expect_eq(credit_day_add_working(&calendar, day_of(2026, 10, 3), 0, &provisional).days,
		day_of(2026, 10, 3).days);
	cr_expect_not(provisional);
	cr_expect_eq(
		credit_day_add_working(&calendar, day_of(9999, 12, 1), UINT32_MAX, &provisional)
			.days,
		CREDIT_DAY_MAX);
	cr_expect(provisional);
}
