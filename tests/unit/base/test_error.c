/* SPDX-License-Identifier: Apache-2.0
 *
 * test_error.c - every row says something in both languages, and problems are cut cleanly.
 */
#include <credit/base.h>

#include <criterion/criterion.h>
#include <string.h>

static const struct row {
	enum credit_error error;
	int number;
	const char *name;
} rows[] = {
#define ROW(number, name, class_, en, zh, ren, rzh) {CREDIT_E_##name, number, #name},
	CREDIT_ERROR_LIST(ROW)
#undef ROW
};
#define ROWS (sizeof rows / sizeof rows[0])

static bool is_utf8(const char *text)
{
	uint32_t characters;

	return credit_utf8_check(credit_bytes_of(text), &characters);
}

Test(base, error_numbers_ascend_so_that_none_is_given_twice)
{
	for (size_t i = 1; i < ROWS; i++)
		cr_expect_lt(rows[i - 1].number, rows[i].number, "%s", rows[i].name);
}

Test(base, error_every_row_has_name_sentence_and_class)
{
	for (size_t i = 0; i < ROWS; i++) {
		cr_expect_str_eq(credit_error_name(rows[i].error), rows[i].name);
		for (enum credit_lang lang = CREDIT_LANG_EN; lang <= CREDIT_LANG_ZH; lang++) {
			cr_expect_str_not_empty(credit_error_text(rows[i].error, lang));
			cr_expect(is_utf8(credit_error_text(rows[i].error, lang)));
			cr_expect(is_utf8(credit_error_remedy(rows[i].error, lang)));
		}
		cr_expect_eq(credit_error_class(rows[i].error) == CREDIT_CLASS_OK,
			rows[i].error == CREDIT_OK);
	}
}

Test(base, error_unknown_number_is_named_so_and_counts_as_internal)
{
	cr_expect_str_eq(credit_error_name((enum credit_error)99999), "UNKNOWN");
	cr_expect_eq(credit_error_class((enum credit_error)99999), CREDIT_CLASS_INTERNAL);
}

Test(base, problem_set_returns_the_error_and_clears_the_position)
{
	struct credit_problem problem = {.position = 7};

	cr_assert_eq(credit_problem_set(
			     &problem, CREDIT_E_PERIOD, "end_date", "item", "at most %d days", 3),
		CREDIT_E_PERIOD);
	cr_expect_eq(problem.position, 0);
	cr_expect_str_eq(problem.field, "end_date");
	cr_expect_str_eq(problem.rule, "item");
	cr_expect_str_eq(problem.detail, "at most 3 days");
	cr_expect_eq(credit_problem_set(NULL, CREDIT_E_IO, NULL, NULL, "%d", 1), CREDIT_E_IO);
}

Test(base, problem_set_without_parts_leaves_them_empty)
{
	struct credit_problem problem;

	credit_problem_set(&problem, CREDIT_E_IO, NULL, NULL, NULL);
	cr_expect_str_empty(problem.field);
	cr_expect_str_empty(problem.rule);
	cr_expect_str_empty(problem.detail);
}

Test(base, problem_set_may_read_the_problem_that_it_writes)
{
	struct credit_problem problem;

	credit_problem_set(&problem, CREDIT_E_IO, "inner", NULL, "%s", "cause");
	credit_problem_set(
		&problem, CREDIT_E_MALFORMED, problem.field, NULL, "by %s", problem.detail);
	cr_expect_str_eq(problem.field, "inner");
	cr_expect_str_eq(problem.detail, "by cause");
}

Test(base, problem_too_long_is_cut_between_characters_at_every_offset)
{
	/* Characters of three bytes, shifted so that the limit falls on each of their bytes. */
	for (size_t shift = 0; shift < 3; shift++) {
		struct credit_problem problem;
		char detail[3 * CREDIT_DETAIL_MAX];
		size_t length = shift;
		memset(detail, 'a', shift);
		for (int i = 0; i < CREDIT_DETAIL_MAX;
			i++, length += 3 * (length + 3 < sizeof detail)) {
			if (length + 3 < sizeof detail)
				memcpy(detail + length, "失", 3);
		}
		detail[length] = '\0';
		credit_problem_set(&problem, CREDIT_E_IO, NULL, NULL, "%s", detail);
		cr_expect(is_utf8(problem.detail));
		cr_expect_geq(strlen(problem.detail), (size_t)CREDIT_DETAIL_MAX - 1 - 2);
	}
}

Test(base, problem_prefix_goes_before_the_field_and_is_cut_when_too_long)
{
	struct credit_problem problem;

	credit_problem_set(&problem, CREDIT_E_IO, "penalty.fact", NULL, NULL);
	credit_problem_prefix(&problem, "acts[3].");
	cr_expect_str_eq(problem.field, "acts[3].penalty.fact");
	for (int i = 0; i < 50; i++)
		credit_problem_prefix(&problem, "outer.");
	cr_expect_eq(strlen(problem.field), (size_t)CREDIT_FIELD_PATH_MAX - 1);
	credit_problem_prefix(NULL, "no effect");
}

Test(base, problem_text_names_field_position_detail_rule_and_remedy)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];
	struct credit_problem problem;

	credit_problem_set(&problem, CREDIT_E_USCC_CHECK, "uscc", "GB 32100-2015", "found 9");
	problem.position = 18;
	cr_expect_str_eq(credit_problem_text(&problem, CREDIT_LANG_EN, text, sizeof text),
		"uscc, character 18: the check character (18) does not fit the code (found 9) "
		"[GB 32100-2015]; compare every character with the licence; one of them is wrong "
		"or "
		"two are swapped.");
	cr_expect_str_eq(credit_problem_text(&problem, CREDIT_LANG_ZH, text, sizeof text),
		"uscc，第 18 个字符：第 18 位校验码不符（found 9）〔GB 32100-2015〕；"
		"请对照证照逐位核对，可能有错位或误录。");
}

Test(base, problem_text_of_a_bare_error_has_no_empty_brackets)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];
	struct credit_problem problem;

	credit_problem_set(&problem, CREDIT_E_CANCELLED, NULL, NULL, NULL);
	cr_expect_str_eq(credit_problem_text(&problem, CREDIT_LANG_EN, text, sizeof text),
		"the caller gave up.");
	problem.position = 2;
	cr_expect_str_eq(credit_problem_text(&problem, CREDIT_LANG_EN, text, sizeof text),
		"character 2: the caller gave up.");
}

Test(base, problem_text_max_suffices_for_the_longest_problem_of_every_row)
{
	char text[2 * CREDIT_PROBLEM_TEXT_MAX];
	struct credit_problem problem = {.position = UINT32_MAX};

	memset(problem.field, 'f', sizeof problem.field - 1);
	memset(problem.rule, 'r', sizeof problem.rule - 1);
	memset(problem.detail, 'd', sizeof problem.detail - 1);
	for (size_t i = 0; i < ROWS; i++) {
		problem.error = rows[i].error;
		for (enum credit_lang lang = CREDIT_LANG_EN; lang <= CREDIT_LANG_ZH; lang++) {
			credit_problem_text(&problem, lang, text, sizeof text);
			cr_expect_lt(strlen(text), (size_t)CREDIT_PROBLEM_TEXT_MAX);
		}
	}
}

Test(base, problem_text_into_any_small_room_stays_utf8_and_within_it)
{
	struct credit_problem problem;

	credit_problem_set(&problem, CREDIT_E_USCC_EMPTY, "代码", NULL, NULL);
	for (size_t size = 0; size < 80; size++) {
		char text[80];
		memset(text, '!', sizeof text);
		credit_problem_text(&problem, CREDIT_LANG_ZH, text, size);
		cr_expect_eq(text[size], '!', "wrote behind %zu bytes", size);
		if (size > 0) {
			cr_expect_lt(strlen(text), size);
			cr_expect(is_utf8(text));
		}
	}
}
