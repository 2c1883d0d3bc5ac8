/* SPDX-License-Identifier: Apache-2.0
 *
 * test_options.c - options by their table, nearest names, widths, small files and sets.
 */
#include "credctl/bilingual.h"
#include "credctl/code_set.h"
#include "credctl/file.h"
#include "credctl/options.h"
#include "credctl/output.h"

#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

TestSuite(credctl_options);
TestSuite(credctl_files, .init = temp_dir_make, .fini = temp_dir_remove);

struct values {
	bool flag;
	const char *text;
	uint64_t number;
	credit_day_t date;
	struct option_uscc uscc;
	struct option_record record;
	uint32_t choice;
	struct option_list list;
};

static const struct option_choice choices[] = {{"one", 1}, {"two", 2}, {NULL, 0}};

#define AT(member) offsetof(struct values, member)
#define HELP .help = {"en", "zh"}

static const struct option rows[] = {
	{.name = "flag", .letter = 'f', .type = OPTION_FLAG, .offset = AT(flag), HELP},
	{.name = "text",
		.letter = 't',
		.type = OPTION_TEXT,
		.offset = AT(text),
		.value = "T",
		.environment = "CREDCTL_TEST_TEXT",
		HELP},
	{.name = "number",
		.type = OPTION_NUMBER,
		.offset = AT(number),
		.value = "N",
		.min = 2,
		.max = 9,
		HELP},
	{.name = "date", .type = OPTION_DATE, .offset = AT(date), .value = "D", HELP},
	{.name = "uscc", .type = OPTION_USCC, .offset = AT(uscc), .value = "C", HELP},
	{.name = "record", .type = OPTION_RECORD, .offset = AT(record), .value = "R", HELP},
	{.name = "choice",
		.type = OPTION_CHOICE,
		.offset = AT(choice),
		.value = "C",
		.choices = choices,
		HELP},
	{.name = "list", .type = OPTION_LIST, .offset = AT(list), .value = "L", HELP},
	{.name = NULL},
};

struct outcome {
	struct values values;
	char *words[8];
	size_t count, used;
	struct credit_problem problem;
};

/* Up to eight words, NULL behind the last. */
static enum credit_error parse(struct outcome *outcome, bool stop, const char *const *words)
{
	struct option_set set = {rows, &outcome->values};
	size_t count = 0;

	memset(outcome, 0, sizeof *outcome);
	for (; words[count]; count++)
		outcome->words[count] = (char *)(uintptr_t)words[count];
	return options_parse(&set, 1, outcome->words, count, stop, CREDIT_LANG_EN, &outcome->count,
		&outcome->used, &outcome->problem);
}
#define PARSE(outcome, ...) parse(outcome, false, (const char *const[]){__VA_ARGS__, NULL})

Test(credctl_options, values_in_their_own_word_and_in_the_next)
{
	struct outcome o;

	cr_assert_eq(PARSE(&o, "--text=a=b", "x", "--number", "9", "-f", "y"), CREDIT_OK);
	cr_expect_str_eq(o.values.text, "a=b");
	cr_expect_eq(o.values.number, 9);
	cr_expect(o.values.flag);
	cr_assert_eq(o.count, 2);
	cr_expect_str_eq(o.words[0], "x");
	cr_expect_str_eq(o.words[1], "y");
}

Test(credctl_options, a_value_may_look_like_an_option)
{
	struct outcome o;

	cr_assert_eq(PARSE(&o, "-t", "--flag"), CREDIT_OK);
	cr_expect_str_eq(o.values.text, "--flag");
	cr_expect_not(o.values.flag);
}

Test(credctl_options, two_hyphens_end_the_options_and_one_is_an_argument)
{
	struct outcome o;

	cr_assert_eq(PARSE(&o, "-", "--", "--flag"), CREDIT_OK);
	cr_expect_eq(o.count, 2);
	cr_expect_not(o.values.flag);
}

Test(credctl_options, reading_can_stop_at_the_first_argument)
{
	struct outcome o;
	const char *const words[] = {"--flag", "status", "--other", NULL};

	cr_assert_eq(parse(&o, true, words), CREDIT_OK);
	cr_expect_eq(o.used, 1);
	cr_expect(o.values.flag);
}

Test(credctl_options, every_type_takes_what_it_should)
{
	struct outcome o;

	cr_assert_eq(PARSE(&o, "--date=2026-03-05", "--uscc=91110000600037341L", "--choice=two",
			     "--record=000102030405060708090a0b0c0d0e0f", "--list=a", "--list=b"),
		CREDIT_OK);
	cr_expect_eq(o.values.date.days, 20517);
	cr_expect(o.values.uscc.given);
	cr_expect_eq(o.values.choice, 2);
	cr_expect_eq(o.values.record.id.byte[15], 15);
	cr_expect_eq(o.values.list.count, 2);
}

Test(credctl_options, every_type_refuses_what_it_should)
{
	static const char *const wrong[] = {"--number=1", "--number=10", "--number=3x",
		"--number=", "--number=99999999999999999999", "--date=2026-02-30",
		"--uscc=91110000600037341M", "--choice=three", "--record=00", "--flag=1", "--text",
		"--nothing", "-x", "-ft"};
	struct outcome o;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		cr_expect_eq(PARSE(&o, wrong[i]), CREDIT_E_USAGE, "%s", wrong[i]);
}

Test(credctl_options, a_mistyped_option_is_answered_with_the_nearest)
{
	struct outcome o;

	cr_assert_eq(PARSE(&o, "--chioce=one"), CREDIT_E_USAGE);
	cr_expect(strstr(o.problem.detail, "--choice"), "%s", o.problem.detail);
	cr_assert_eq(PARSE(&o, "--wholly-different"), CREDIT_E_USAGE);
	cr_expect_null(strstr(o.problem.detail, "did you mean"));
}

Test(credctl_options, the_environment_fills_in_what_was_not_given)
{
	static const struct option required[] = {
		{.name = "text",
			.type = OPTION_TEXT,
			.offset = AT(text),
			.required = true,
			.environment = "CREDCTL_TEST_TEXT",
			HELP},
		{.name = NULL},
	};
	struct values values = {0};
	struct option_set set = {required, &values};

	unsetenv("CREDCTL_TEST_TEXT");
	cr_expect_eq(options_complete(&set, CREDIT_LANG_EN, NULL), CREDIT_E_USAGE);
	setenv("CREDCTL_TEST_TEXT", "from outside", 1);
	cr_expect_eq(options_complete(&set, CREDIT_LANG_EN, NULL), CREDIT_OK);
	cr_expect_str_eq(values.text, "from outside");
	values.text = "given";
	cr_expect_eq(options_complete(&set, CREDIT_LANG_EN, NULL), CREDIT_OK);
	cr_expect_str_eq(values.text, "given");
}

Test(credctl_options, an_option_may_stand_for_others_that_are_required)
{
	static const struct option rows[] = {
		{.name = "text",
			.type = OPTION_TEXT,
			.offset = AT(text),
			.required = true,
			.unless = "flag",
			HELP},
		{.name = "flag", .type = OPTION_FLAG, .offset = AT(flag), HELP},
		{.name = NULL},
	};
	struct values values = {0};
	struct option_set set = {rows, &values};
	struct credit_problem problem = {0};

	cr_expect_eq(options_complete(&set, CREDIT_LANG_EN, &problem), CREDIT_E_USAGE);
	cr_expect_str_eq(problem.field, "--text");
	values.flag = true;
	cr_expect_eq(options_complete(&set, CREDIT_LANG_EN, &problem), CREDIT_OK);
}

Test(credctl_options, nearest_names_are_near)
{
	static const char *const names[] = {"status", "import", "list add"};

	cr_expect_str_eq(nearest_name("statsu", names, 3), "status");
	cr_expect_str_eq(nearest_name("improt", names, 3), "import");
	cr_expect_str_eq(nearest_name("list ad", names, 3), "list add");
	cr_expect_null(nearest_name("verify", names, 3));
}

/* --- the small rooms beside ------------------------------------------------------------------- */

Test(credctl_options, a_chinese_character_is_two_places_wide)
{
	cr_expect_eq(output_width("abc"), 3);
	cr_expect_eq(output_width("信用a"), 5);
	cr_expect_eq(output_width("（）"), 4);
	cr_expect_eq(output_width("e\xcc\x81"), 1, "a combining accent has no width");
	cr_expect_eq(output_width("\xff"), 1, "what is not UTF-8 is shown as one '?'");
}

Test(credctl_options, what_is_printed_cannot_drive_a_terminal)
{
	char text[64] = "";
	FILE *file = fmemopen(text, sizeof text, "w");

	output_safe(file, "a\033[2Jb\r\xc2\x9b\xe2\x80\xae\xff 信");
	fclose(file);
	cr_expect_str_eq(text, "a?[2Jb???? 信");
}

Test(credctl_options, a_detail_is_in_one_language_where_it_is_printed)
{
	struct credit_problem problem = {.detail = "english" BILINGUAL "中文"};
	struct credit_problem plain = {.detail = "at most 3"};

	bilingual_choose(&plain, CREDIT_LANG_ZH);
	cr_expect_str_eq(plain.detail, "at most 3");
	struct credit_problem other = problem;
	bilingual_choose(&problem, CREDIT_LANG_EN);
	cr_expect_str_eq(problem.detail, "english");
	bilingual_choose(&other, CREDIT_LANG_ZH);
	cr_expect_str_eq(other.detail, "中文");
}

Test(credctl_options, a_set_holds_what_was_put_in_and_nothing_else)
{
	struct code_set *set = code_set_new();
	struct credit_uscc uscc;

	memset(&uscc, '0', sizeof uscc);
	for (uint32_t i = 0; i < 20000; i++) {
		memcpy(uscc.character + 8, &(uint32_t){i * 2}, 4);
		cr_assert_eq(code_set_add(set, &uscc), CREDIT_OK);
	}
	for (uint32_t i = 0; i < 40000; i++) {
		memcpy(uscc.character + 8, &i, 4);
		cr_assert_eq(code_set_has(set, &uscc), i % 2 == 0, "%u", i);
	}
	code_set_free(set);
}

Test(credctl_files, files_are_made_once_and_replaced_whole)
{
	struct credit_bytes found;
	const char *path = temp_dir_path("file");
	struct stat status;

	cr_assert_eq(file_create(path, 0600, credit_bytes_of("one"), NULL), CREDIT_OK);
	cr_assert_eq(file_create(path, 0600, credit_bytes_of("two"), NULL), CREDIT_E_EXISTS);
	cr_assert_eq(file_replace(path, 0600, credit_bytes_of("three"), NULL), CREDIT_OK);
	cr_assert_eq(stat(path, &status), 0);
	cr_expect_eq(status.st_mode & 0777, 0600);
	cr_assert_eq(file_read(path, 5, &found, NULL), CREDIT_OK);
	cr_expect(credit_bytes_equal(found, credit_bytes_of("three")));
	file_free(found);
	cr_expect_eq(file_read(path, 4, &found, NULL), CREDIT_E_TOO_LARGE);
}

Test(credctl_files, a_private_key_that_others_may_read_is_refused)
{
	const char *path = temp_dir_path("x.key");
	char text[CREDIT_KEY_TEXT_MAX];
	struct credit_named_key name;
	struct credit_key_pair pair;

	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
	credit_key_generate(&pair);
	cr_assert_eq(credit_key_pair_text("x", &pair, text), CREDIT_OK);
	cr_assert_eq(file_create(path, 0600, credit_bytes_of(text), NULL), CREDIT_OK);
	cr_expect_eq(file_key_pair(path, &name, &pair, NULL), CREDIT_OK);
	cr_assert_eq(chmod(path, 0640), 0);
	cr_expect_eq(file_key_pair(path, &name, &pair, NULL), CREDIT_E_KEY_EXPOSED);
}
