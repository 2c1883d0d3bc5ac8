/* SPDX-License-Identifier: Apache-2.0
 *
 * test_working_days.c - the calendar of cn-2026 against one that others published, day by day.
 *
 * The vectors are tests/vectors/working_days.txt; which day of the week it is comes from the C
 * library, not from ours.
 */
#include "tests/support/book_text.h"
#include "tests/support/toy_registry.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VECTORS "tests/vectors/working_days.txt"
#define FIRST_DAY "2025-01-01"
#define DAYS 730

static struct credit_arena arena;
static struct credit_rule_book *book;
static bool working[DAYS]; /* from FIRST_DAY on, as published */

static size_t index_of(credit_day_t day)
{
	return (size_t)(day.days - toy_day(FIRST_DAY).days);
}

static void read_vectors(void)
{
	char line[128], date[11], word[8];
	FILE *file = fopen(VECTORS, "r");
	size_t count = 0;

	cr_assert_not_null(file, VECTORS);
	for (size_t i = 0; i < DAYS; i++) {
		time_t noon = ((time_t)toy_day(FIRST_DAY).days + (time_t)i) * 86400 + 43200;
		struct tm civil;
		cr_assert(gmtime_r(&noon, &civil));
		working[i] = civil.tm_wday != 0 && civil.tm_wday != 6;
	}
	while (fgets(line, sizeof line, file)) {
		if (line[0] == '#' || sscanf(line, "%10s %7s", date, word) != 2)
			continue;
		size_t i = index_of(toy_day(date));
		bool now = strcmp(word, "worked") == 0;
		cr_assert(
			i < DAYS && working[i] != now, "%s says what the week says already", date);
		working[i] = now;
		count++;
	}
	fclose(file);
	cr_assert_eq(count, 48, "of two years");
}

static void set_up(void)
{
	char *yaml = book_text_read(BOOK_CN_2026);
	struct credit_problem problem;
	struct credit_bytes bytes;

	credit_arena_init(&arena, NULL, 0, (size_t)8 << 20);
	cr_assert_eq(credit_rule_book_compile(credit_bytes_of(yaml), &arena, &bytes, &problem),
		CREDIT_OK);
	cr_assert_eq(credit_rule_book_load(bytes, &book, &problem), CREDIT_OK);
	free(yaml);
	read_vectors();
}

static void tear_down(void)
{
	credit_rule_book_free(book);
	credit_arena_deinit(&arena);
}

TestSuite(rules_working_days, .init = set_up, .fini = tear_down);

Test(rules_working_days, every_day_of_two_years_is_as_published)
{
	for (size_t i = 0; i < DAYS; i++) {
		char text[CREDIT_DAY_TEXT_SIZE];
		credit_day_t day = {toy_day(FIRST_DAY).days + (int32_t)i};
		cr_expect_eq(credit_day_is_working(credit_rule_book_calendar(book), day),
			working[i], "%s", credit_day_text(day, text));
	}
}

/* The slow way: one day after the other, counting. -1: beyond the known days. */
static int32_t count_on(int32_t from, unsigned count)
{
	int32_t day = from;

	while (count > 0) {
		if (++day >= DAYS)
			return -1;
		count -= working[day] ? 1 : 0;
	}
	return day;
}

Test(rules_working_days, adding_working_days_is_counting_them)
{
	static const unsigned counts[] = {1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 250};
	size_t looked_at = 0;

	for (int32_t from = 0; from < DAYS; from++) {
		for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
			int32_t expected = count_on(from, counts[c]);
			bool provisional = false;
			credit_day_t start = {toy_day(FIRST_DAY).days + from};
			credit_day_t day = credit_day_add_working(
				credit_rule_book_calendar(book), start, counts[c], &provisional);
			cr_expect_eq(provisional, expected < 0, "day %d and %u", from, counts[c]);
			if (expected < 0)
				continue;
			cr_expect_eq(
				index_of(day), (size_t)expected, "day %d and %u", from, counts[c]);
			looked_at++;
		}
	}
	cr_expect_gt(looked_at, 7000);
}
