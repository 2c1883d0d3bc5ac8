/* SPDX-License-Identifier: Apache-2.0
 *
 * test_value.c - cells into money, dates and codes; what spreadsheets did; what is shown.
 */
#include "credctl/value.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

TestSuite(credctl_value);

static enum credit_error money(const char *text, int64_t *fen)
{
	credit_fen_t value = {-1};
	enum credit_error error = value_money(credit_bytes_of(text), &value, NULL);

	*fen = value.fen;
	return error;
}

Test(credctl_value, ten_thousand_yuan_become_fen_exactly)
{
	static const struct {
		const char *text;
		int64_t fen;
	} rows[] = {{"0", 0}, {"1", 1000000}, {"12.5", 12500000}, {"0.000001", 1}, {"0.1", 100000},
		{"0.3", 300000}, {"00012.50", 12500000}, {"9.999999", 9999999},
		{"1000000000", INT64_C(1000000000000000)},
		{"999999999.999999", INT64_C(999999999999999)}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t fen;

		cr_expect_eq(money(rows[i].text, &fen), CREDIT_OK, "%s", rows[i].text);
		cr_expect_eq(fen, rows[i].fen, "%s: %lld", rows[i].text, (long long)fen);
	}
}

/* Against printing: every fen value comes back from its own text. */
Test(credctl_value, every_amount_comes_back_from_its_text)
{
	uint64_t seed = 1;

	for (int i = 0; i < 20000; i++) {
		char text[40];
		int64_t fen, found;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		fen = (int64_t)(seed >> 14) % INT64_C(1000000000000000);
		snprintf(text, sizeof text, "%lld.%06lld", (long long)(fen / 1000000),
			(long long)(fen % 1000000));
		cr_assert_eq(money(text, &found), CREDIT_OK, "%s", text);
		cr_assert_eq(found, fen, "%s", text);
	}
}

Test(credctl_value, amounts_that_are_not_exact_are_refused)
{
	static const char *const wrong[] = {"", ".", "1.", ".5", "-1", "+1", "1,000", "1 000",
		"5万元", "0.0000001", "1.0000000", "1000000000.000001", "99999999999999999999",
		"1.2.3", "１", "1x", "0x10", "nan"};
	int64_t fen;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		cr_expect_eq(money(wrong[i], &fen), CREDIT_E_CSV_VALUE, "%s", wrong[i]);
		cr_expect_eq(fen, -1, "untouched on failure: %s", wrong[i]);
	}
	cr_expect_eq(money("1E-05", &fen), CREDIT_E_CSV_EXCEL_NUMBER);
	cr_expect_eq(money("1.5e+7", &fen), CREDIT_E_CSV_EXCEL_NUMBER);
}

static enum credit_error date(const char *text, char shown[CREDIT_DAY_TEXT_SIZE])
{
	credit_day_t day = {0};
	enum credit_error error = value_date(credit_bytes_of(text), &day, NULL);

	credit_day_text(day, shown);
	return error;
}

Test(credctl_value, dates_as_departments_write_them)
{
	static const char *const right[] = {"2026-03-05", "2026/3/5", "2026.3.5", "20260305",
		"2026年3月5日", "2026-03-05 00:00:00", "2026/3/5 0:00", "2026-03-05T00:00:00",
		"2026-03-05 00:00:00.000"};
	char shown[CREDIT_DAY_TEXT_SIZE];

	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
		cr_expect_eq(date(right[i], shown), CREDIT_OK, "%s", right[i]);
		cr_expect_str_eq(shown, "2026-03-05", "%s", right[i]);
	}
	/* The zeros of a date are no midnight. */
	cr_expect_eq(date("2000-10-10", shown), CREDIT_OK);
	cr_expect_str_eq(shown, "2000-10-10");
	cr_expect_eq(date("20261010", shown), CREDIT_OK);
}

Test(credctl_value, other_dates_are_refused)
{
	static const char *const wrong[] = {"5/3/2026", "2026-02-30", "2026-13-01", "20260229",
		"2026-03-05 12:30:00", "2026", "x", "2026-03-05 00", "600001"};
	char shown[CREDIT_DAY_TEXT_SIZE];

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		cr_expect_eq(date(wrong[i], shown), CREDIT_E_DATE_INVALID, "%s", wrong[i]);
}

Test(credctl_value, a_serial_number_is_refused_and_the_date_named)
{
	struct credit_problem problem;
	credit_day_t day;

	cr_assert_eq(
		value_date(credit_bytes_of("45000"), &day, &problem), CREDIT_E_CSV_EXCEL_NUMBER);
	cr_expect(strstr(problem.detail, "2023-03-15"), "%s", problem.detail);
	cr_expect_eq(value_date(credit_bytes_of("45000.5"), &day, NULL), CREDIT_E_CSV_EXCEL_NUMBER);
	cr_expect_eq(value_date(credit_bytes_of("45000.0"), &day, NULL), CREDIT_E_CSV_EXCEL_NUMBER);
	cr_expect_eq(value_date(credit_bytes_of("4.5E+04"), &day, NULL), CREDIT_E_CSV_EXCEL_NUMBER);
}

Test(credctl_value, the_end_of_2099_means_no_end)
{
	credit_day_t day;

	cr_assert_eq(credit_day_from_civil(2099, 12, 30, &day), CREDIT_OK);
	cr_expect_not(value_is_long_term(day));
	day.days++;
	cr_expect(value_is_long_term(day));
}

/* --- moments ------------------------------------------------------------------------------- */

Test(credctl_value, a_moment_is_the_last_millisecond_of_what_was_given)
{
	static const struct {
		const char *text, *moment;
	} rows[] = {{"2026-05-20", "2026-05-20T23:59:59.999+08:00"},
		{"2026年5月20日", "2026-05-20T23:59:59.999+08:00"},
		{"2026-05-20T10:00", "2026-05-20T10:00:59.999+08:00"},
		{"2026-05-20 10:00", "2026-05-20T10:00:59.999+08:00"},
		{"2026-05-20T10:00:05", "2026-05-20T10:00:05.999+08:00"},
		{"2026-05-20T00:00:00.000", "2026-05-20T00:00:00.000+08:00"},
		{"2026-05-20T23:59:59.250+08:00", "2026-05-20T23:59:59.250+08:00"},
		{"2026-05-20 10:00+08:00", "2026-05-20T10:00:59.999+08:00"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char shown[CREDIT_MS_TEXT_SIZE] = "";
		credit_ms_t moment = {0};

		cr_expect_eq(value_moment(rows[i].text, &moment), CREDIT_OK, "%s", rows[i].text);
		cr_expect_str_eq(credit_ms_text(moment, shown), rows[i].moment, "%s", rows[i].text);
	}
}

Test(credctl_value, what_is_no_moment_is_refused)
{
	static const char *const wrong[] = {"", "T", "10:00", "2026-05-20T", "2026-05-20T10",
		"2026-05-20T24:00", "2026-05-20T10:60", "2026-05-20T10:00:60", "2026-05-20T1:00",
		"2026-05-20T10:00:05.25", "2026-05-20T10:00Z", "2026-05-20T10:00+09:00",
		"2026-05-20T10:00 ", "2026-02-30", "2026-05-20  10:00", "2026-05-20T10:00.250",
		"2026-05-20T-1:00"};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		credit_ms_t moment = {7};

		cr_expect_eq(
			value_moment(wrong[i], &moment), CREDIT_E_DATE_INVALID, "%s", wrong[i]);
		cr_expect_eq(moment.ms, 7, "untouched on failure: %s", wrong[i]);
	}
}

/* --- codes --------------------------------------------------------------------------------- */

static enum credit_error code(const char *text)
{
	struct credit_uscc uscc;

	return value_uscc(credit_bytes_of(text), CREDIT_USCC_PLAIN, &uscc, NULL);
}

Test(credctl_value, what_a_spreadsheet_does_to_codes_has_a_name)
{
	cr_expect_eq(code("91110000600037341L"), CREDIT_OK);
	cr_expect_eq(code("9.13501E+17"), CREDIT_E_CSV_EXCEL_NUMBER, "exponent form");
	cr_expect_eq(code("911101080000000000"), CREDIT_E_CSV_EXCEL_NUMBER, "fifteen digits kept");
	cr_expect_eq(code("123456789012345678.0"), CREDIT_E_CSV_EXCEL_NUMBER, "trailing .0");
	cr_expect_eq(code("11110000000000019"), CREDIT_E_CSV_EXCEL_NUMBER, "17 digits");
	cr_expect_eq(code("9111000060003734"), CREDIT_E_USCC_LENGTH);
	cr_expect_eq(code("110101199003070011"), code("110101199003070011"));
}

Test(credctl_value, an_identity_number_is_called_so_even_with_zeros_at_its_end)
{
	/* Ends in 000 before its check character would be right: still a person's number first. */
	cr_expect_eq(code("11010519491231002X"), CREDIT_E_USCC_IS_RESIDENT_ID);
}

/* --- trimming and showing -------------------------------------------------------------------- */

static bool trims_to(const char *text, const char *trimmed)
{
	return credit_bytes_equal(value_trim(credit_bytes_of(text)), credit_bytes_of(trimmed));
}

Test(credctl_value, white_space_of_every_kind_comes_off_both_ends)
{
	cr_expect(trims_to(" \t\xe3\x80\x80 x y\xc2\xa0\r\n", "x y"));
	cr_expect(trims_to("\xef\xbb\xbfx", "x"));
	cr_expect(trims_to("   ", ""));
	cr_expect(trims_to("", ""));
	/* U+3001 ends in the same bytes as no white space. */
	cr_expect(trims_to("、", "、"));
}

Test(credctl_value, words_for_nothing)
{
	cr_expect(value_is_nothing(credit_bytes_of("")));
	cr_expect(value_is_nothing(credit_bytes_of("/")));
	cr_expect(value_is_nothing(credit_bytes_of("无")));
	cr_expect_not(value_is_nothing(credit_bytes_of("0")));
	cr_expect_not(value_is_nothing(credit_bytes_of("无证经营")));
}

static const char *safe(const char *text)
{
	static char shown[VALUE_SAFE_SIZE];

	return value_safe(credit_bytes_of(text), shown);
}

Test(credctl_value, a_person_s_number_is_never_shown)
{
	cr_expect_str_eq(safe("11010519491231002X"), "***");
	cr_expect_str_eq(safe("联系人13912345678"), "***");
	/* Mistyped, and so not recognised as one: long runs of digits are cut short all the same. */
	cr_expect_str_eq(safe("110105194912310021"), "110105************");
	cr_expect_str_eq(safe("１１０１０５１９４９１２３１００２１"), "１１０１０５************");
}

Test(credctl_value, other_values_are_shown_short_and_on_one_line)
{
	cr_expect_str_eq(safe("12.5万"), "12.5万");
	cr_expect_str_eq(safe("a\nb\033[31m"), "a b [31m");
	cr_expect_str_eq(safe("一二三四五六七八九十一二三四五六七八九十一"),
		"一二三四五六七八九十一二三四五六七八九十…");
	cr_expect_str_eq(safe("111101080000000277"), "111101080000000277", "a code is public");
}
