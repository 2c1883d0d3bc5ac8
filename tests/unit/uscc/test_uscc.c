/* SPDX-License-Identifier: Apache-2.0
 *
 * test_uscc.c - the code: published ones pass, and each kind of fault is named.
 */
#include <credit/uscc.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define GOOD "91110000802100433B"

static enum credit_error parse(const char *text, enum credit_uscc_evidence evidence)
{
	struct credit_uscc uscc;

	return credit_uscc_parse(credit_bytes_of(text), evidence, &uscc, NULL);
}

Test(uscc, published_codes_all_pass)
{
	char line[256];
	int count = 0;
	FILE *file = fopen("tests/vectors/uscc_valid.txt", "r");

	cr_assert_not_null(file, "run the tests from the top folder");
	while (fgets(line, sizeof line, file)) {
		if (line[0] == '#')
			continue;
		cr_assert_eq(line[CREDIT_USCC_SIZE], ',', "%s", line);
		cr_expect_eq(credit_uscc_check(line), CREDIT_OK, "%s", line);
		cr_expect_eq(credit_uscc_check_character(line), line[17], "%s", line);
		line[CREDIT_USCC_SIZE] = '\0';
		cr_expect_eq(parse(line, CREDIT_USCC_PLAIN), CREDIT_OK);
		count++;
	}
	fclose(file);
	cr_expect_geq(count, 20);
}

Test(uscc, parse_folds_what_input_methods_leave_behind)
{
	static const char *const cases[] = {GOOD, "91110000802100433b", " 9111 0000 8021 0043 3B ",
		"911100-00802100433-B", "９１１１００００８０２１００４３３Ｂ",
		"９１１１００００８０２１００４３３ｂ", "\u300091110000\u00A0802100433B",
		"91110000802100433\u2013B", "91110000802100433\uFF0DB"};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct credit_uscc uscc = {{0}};
		cr_expect_eq(credit_uscc_parse(
				     credit_bytes_of(cases[i]), CREDIT_USCC_PLAIN, &uscc, NULL),
			CREDIT_OK, "%s", cases[i]);
		cr_expect_arr_eq(uscc.character, GOOD, CREDIT_USCC_SIZE);
	}
}

Test(uscc, each_fault_is_named_with_its_place_and_found_and_expected)
{
	static const struct {
		const char *text;
		enum credit_error error;
		uint32_t position;
		const char *detail;
	} cases[] = {
		{"", CREDIT_E_USCC_EMPTY, 0, ""},
		{"  -\u3000", CREDIT_E_USCC_EMPTY, 0, ""},
		{"9111000080210043B", CREDIT_E_USCC_LENGTH, 0, "found 17"},
		{"911100008021004333B", CREDIT_E_USCC_LENGTH, 0, "found 19"},
		{"9111000O802100433B", CREDIT_E_USCC_LETTER_EXCLUDED, 8, "found O"},
		{"9I110000802100433B", CREDIT_E_USCC_LETTER_EXCLUDED, 2, "found I"},
		{"9111000080210043SB", CREDIT_E_USCC_LETTER_EXCLUDED, 17, "found S"},
		{"91110000802100433V", CREDIT_E_USCC_LETTER_EXCLUDED, 18, "found V"},
		{"91110000Z02100433B", CREDIT_E_USCC_LETTER_EXCLUDED, 9, "found Z"},
		{"911100008021*0433B", CREDIT_E_USCC_CHARACTER, 13, "found *"},
		{"9111 0000 8021信", CREDIT_E_USCC_CHARACTER, 13, "found U+4FE1"},
		{"91110000802100433B\n", CREDIT_E_USCC_CHARACTER, 19, "found U+000A"},
		{"9111\xFF", CREDIT_E_USCC_CHARACTER, 5, "found U+FFFD"},
		{"B1110000802100433B", CREDIT_E_USCC_DEPARTMENT, 1, "found B"},
		{"94110000802100433B", CREDIT_E_USCC_DEPARTMENT, 2, "found 4"},
		{"9A110000802100433B", CREDIT_E_USCC_DEPARTMENT, 2, "found A"},
		{"911100A0802100433B", CREDIT_E_USCC_REGION, 7, "found A"},
		{"91110000802100423B", CREDIT_E_USCC_ORGANISATION_CHECK, 17, "found 3, expected 5"},
		{"91110000802100433C", CREDIT_E_USCC_CHECK, 18, "found C, expected B"},
		{"91110100802100433B", CREDIT_E_USCC_CHECK, 18, "found B, expected G"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct credit_problem problem;
		struct credit_uscc uscc = {"untouched"};
		cr_expect_eq(credit_uscc_parse(credit_bytes_of(cases[i].text), CREDIT_USCC_PLAIN,
				     &uscc, &problem),
			cases[i].error, "%s: %s", cases[i].text, credit_error_name(problem.error));
		cr_expect_eq(problem.position, cases[i].position, "%s: %u", cases[i].text,
			(unsigned)problem.position);
		cr_expect_str_eq(
			problem.detail, cases[i].detail, "%s: %s", cases[i].text, problem.detail);
		cr_expect_str_not_empty(problem.rule);
		cr_expect_str_eq(uscc.character, "untouched");
	}
}

Test(uscc, text_longer_than_64_bytes_is_refused_unread_even_across_a_character)
{
	char text[200];

	memset(text, ' ', sizeof text);
	memcpy(text, GOOD, CREDIT_USCC_SIZE);
	for (size_t size = 60; size < 70; size++) {
		struct credit_uscc uscc;
		enum credit_error error =
			credit_uscc_parse((struct credit_bytes){(const uint8_t *)text, size},
				CREDIT_USCC_PLAIN, &uscc, NULL);
		cr_expect_eq(error, size <= 64 ? CREDIT_OK : CREDIT_E_USCC_LENGTH);
	}
	memcpy(text + 63, "信信信", 9);
	struct credit_uscc uscc;
	cr_expect_eq(credit_uscc_parse((struct credit_bytes){(const uint8_t *)text, 72},
			     CREDIT_USCC_PLAIN, &uscc, NULL),
		CREDIT_E_USCC_LENGTH);
}

Test(uscc, real_code_of_a_pilot_that_fails_its_check_needs_the_exception)
{
	struct credit_problem problem;
	struct credit_uscc uscc;
	const char *code = "91350203M0001QKT19";

	cr_expect_eq(credit_uscc_parse(credit_bytes_of(code), CREDIT_USCC_PLAIN, &uscc, &problem),
		CREDIT_E_USCC_CHECK);
	cr_expect_str_eq(problem.detail, "found 9, expected F");
	cr_expect_eq(parse(code, CREDIT_USCC_REGISTER), CREDIT_E_USCC_CHECK);
	cr_expect_eq(parse(code, CREDIT_USCC_EXCEPTION), CREDIT_OK);
	cr_expect_eq(credit_uscc_classify(credit_bytes_of(code), NULL), CREDIT_KIND_USCC_FLAGGED);
}

Test(uscc, exception_covers_check_characters_and_nothing_else)
{
	cr_expect_eq(parse("91110000802100423B", CREDIT_USCC_EXCEPTION), CREDIT_OK);
	cr_expect_eq(parse("B1110000802100433B", CREDIT_USCC_EXCEPTION), CREDIT_E_USCC_DEPARTMENT);
	cr_expect_eq(parse("911100A0802100433B", CREDIT_USCC_EXCEPTION), CREDIT_E_USCC_REGION);
	cr_expect_eq(
		parse("9111000O802100433B", CREDIT_USCC_EXCEPTION), CREDIT_E_USCC_LETTER_EXCLUDED);
	cr_expect_eq(
		parse("11010519491231002X", CREDIT_USCC_EXCEPTION), CREDIT_E_USCC_IS_RESIDENT_ID);
}

/* The example of GB 11643: 11010519491231002X. */
Test(uscc, resident_identity_number_is_refused_under_every_evidence_and_never_repeated)
{
	static const char *const cases[] = {"11010519491231002X", "11010519491231002x",
		"110105 19491231 002X", "１１０１０５１９４９１２３１００２Ｘ",
		"440524188001010014"};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (int evidence = CREDIT_USCC_PLAIN; evidence <= CREDIT_USCC_EXCEPTION;
			evidence++) {
			struct credit_problem problem;
			struct credit_uscc uscc;
			cr_expect_eq(credit_uscc_parse(credit_bytes_of(cases[i]),
					     (enum credit_uscc_evidence)evidence, &uscc, &problem),
				CREDIT_E_USCC_IS_RESIDENT_ID, "%s", cases[i]);
			cr_expect_str_empty(problem.detail);
			cr_expect_eq(problem.position, 0);
		}
	}
}

/* Finds one by counting through the last digits of a fixed division and birth date. */
static bool find_ambiguous(char code[19])
{
	for (unsigned sequence = 0; sequence < 1000; sequence++) {
		for (const char *last = "0123456789X"; *last != '\0'; last++) {
			char text[64];
			snprintf(text, sizeof text, "12010119700501%03u%c", sequence, *last);
			memcpy(code, text, 19);
			if (credit_uscc_check(code) == CREDIT_E_USCC_AMBIGUOUS)
				return true;
		}
	}
	return false;
}

Test(uscc, code_that_is_an_identity_number_too_needs_the_register)
{
	char code[19];

	cr_assert(find_ambiguous(code));
	cr_expect(credit_resident_id_check(code, 18));
	cr_expect_eq(credit_uscc_check_character(code), code[17]);
	cr_expect_eq(parse(code, CREDIT_USCC_PLAIN), CREDIT_E_USCC_AMBIGUOUS);
	cr_expect_eq(parse(code, CREDIT_USCC_EXCEPTION), CREDIT_E_USCC_AMBIGUOUS);
	cr_expect_eq(parse(code, CREDIT_USCC_REGISTER), CREDIT_OK);
	cr_expect_eq(credit_uscc_classify(credit_bytes_of(code), NULL), CREDIT_KIND_USCC_AMBIGUOUS);
	cr_expect_eq(credit_guard_text(credit_bytes_of(code), CREDIT_TEXT_FREE, NULL),
		CREDIT_E_PERSONAL_ID);
}

Test(uscc, classify_tells_the_older_numbers_apart_and_folds)
{
	static const struct {
		const char *text;
		enum credit_uscc_kind kind;
		const char *folded;
	} cases[] = {
		{GOOD, CREDIT_KIND_USCC, GOOD},
		{" 9111 0000802100433b", CREDIT_KIND_USCC, GOOD},
		{"11010519491231002x", CREDIT_KIND_RESIDENT_ID, "11010519491231002X"},
		{"110105491231002", CREDIT_KIND_RESIDENT_ID, "110105491231002"},
		{"110105491231123", CREDIT_KIND_RESIDENT_ID, "110105491231123"},
		{"110108000673293", CREDIT_KIND_REGISTRATION_NUMBER, "110108000673293"},
		{"110108012660422", CREDIT_KIND_REGISTRATION_NUMBER, "110108012660422"},
		{"110108000673294", CREDIT_KIND_NOTHING, "110108000673294"},
		{"80210043-3", CREDIT_KIND_ORGANISATION_CODE, "802100433"},
		{"71526726-X", CREDIT_KIND_ORGANISATION_CODE, "71526726X"},
		{"80210043-4", CREDIT_KIND_NOTHING, "802100434"},
		{"91110000802100433C", CREDIT_KIND_USCC_FLAGGED, "91110000802100433C"},
		{"9111000O802100433B", CREDIT_KIND_NOTHING, "9111000O802100433B"},
		{"信用", CREDIT_KIND_NOTHING, ""},
		{"", CREDIT_KIND_NOTHING, ""},
		{"1111111111111111111111", CREDIT_KIND_NOTHING, ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char folded[19] = "!";
		cr_expect_eq(credit_uscc_classify(credit_bytes_of(cases[i].text), folded),
			cases[i].kind, "%s", cases[i].text);
		cr_expect_str_eq(folded, cases[i].folded, "%s", cases[i].text);
	}
}

Test(uscc, fifteen_digits_that_could_be_either_go_by_whether_the_serial_is_believable)
{
	/* Both pass the check digit of a registration number and hold a possible birth date. */
	cr_expect_eq(credit_uscc_classify(credit_bytes_of("110105601231008"), NULL),
		CREDIT_KIND_REGISTRATION_NUMBER);
	cr_expect_eq(credit_uscc_classify(credit_bytes_of("110105491231002"), NULL),
		CREDIT_KIND_RESIDENT_ID);
}

Test(uscc, older_numbers_are_refused_by_their_own_names)
{
	cr_expect_eq(
		parse("110108000673293", CREDIT_USCC_PLAIN), CREDIT_E_USCC_IS_REGISTRATION_NUMBER);
	cr_expect_eq(parse("71526726-X", CREDIT_USCC_PLAIN), CREDIT_E_USCC_IS_ORGANISATION_CODE);
	cr_expect_eq(parse("110105491231002", CREDIT_USCC_PLAIN), CREDIT_E_USCC_IS_RESIDENT_ID);
	cr_expect_eq(parse("110105491331002", CREDIT_USCC_PLAIN), CREDIT_E_USCC_LENGTH);
}

Test(uscc, resident_id_check_knows_province_date_and_check_character)
{
	static const struct {
		const char *digits;
		bool expected;
	} cases[] = {
		{"11010519491231002X", true},
		{"11010519491231002x", true},
		{"110105194912310021", false}, /* check */
		{"10010519491231002X", false}, /* no such province */
		{"91010519491231002X", false},
		{"11010519491331002X", false}, /* month */
		{"11010519490229002X", false}, /* no leap year */
		{"1101051949123100２", false},
		{"440524188001010014", true}, /* the centenarian of GB 11643 */
		{"110105491231002", true},
		{"110105490229002", false},
		{"110105480229002", true}, /* leap year */
		{"11010549123100X", false},
		{"1101054912310021", false}, /* 16 */
		{"", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_eq(credit_resident_id_check(cases[i].digits, strlen(cases[i].digits)),
			cases[i].expected, "%s", cases[i].digits);
}

Test(uscc, resident_id_check_knows_exactly_the_provinces_there_are)
{
	static const char known[] =
		"11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 "
		"50 51 52 53 54 61 62 63 64 65 71 81 82 83";

	for (unsigned province = 0; province < 100; province++) {
		char digits[64], pair[32];
		snprintf(pair, sizeof pair, "%02u", province);
		snprintf(digits, sizeof digits, "%s0105491231002", pair);
		cr_expect_eq(credit_resident_id_check(digits, 15), strstr(known, pair) != NULL,
			"%s", pair);
	}
}

Test(uscc, check_character_of_an_unknown_letter_is_nul_and_remainder_zero_is_zero)
{
	cr_expect_eq(credit_uscc_check_character("9111000O802100433"), '\0');
	cr_expect_eq(credit_uscc_check_character("9111000a802100433"), '\0');
	cr_expect_eq(credit_uscc_check_character("00000000000000000"), '0');
}

Test(uscc, departments_and_categories_are_named_in_both_languages)
{
	static const struct {
		const char *pair, *department[2], *category[2];
	} cases[] = {
		{"91", {"market regulation", "市场监督管理"}, {"enterprise", "企业"}},
		{"12", {"staffing offices", "机构编制"}, {"public institution", "事业单位"}},
		{"53", {"civil affairs", "民政"}, {"foundation", "基金会"}},
		{"A1", {"military reform and staffing", "中央军委改革和编制办公室"},
			{"military institution", "军队事业单位"}},
		{"N2", {"agriculture", "农业"}, {"collective of a village", "村级集体经济组织"}},
		{"Y1", {"other", "其他"}, {"other", "其他"}},
		{"94", {"market regulation", "市场监督管理"}, {"", ""}},
		{"B1", {"", ""}, {"", ""}},
		{"91", {"market regulation", "市场监督管理"}, {"enterprise", "企业"}},
		{"\xFF\xFF", {"", ""}, {"", ""}},
		{"9/", {"market regulation", "市场监督管理"}, {"", ""}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct credit_uscc uscc = {GOOD};
		memcpy(uscc.character, cases[i].pair, 2);
		for (enum credit_lang lang = CREDIT_LANG_EN; lang <= CREDIT_LANG_ZH; lang++) {
			cr_expect_str_eq(
				credit_uscc_department(&uscc, lang), cases[i].department[lang]);
			cr_expect_str_eq(
				credit_uscc_category(&uscc, lang), cases[i].category[lang]);
		}
	}
}

Test(uscc, first_two_characters_are_exactly_those_of_the_standard)
{
	static const char *const known[] = {"11", "12", "13", "19", "21", "29", "31", "32", "33",
		"34", "35", "39", "41", "49", "51", "52", "53", "59", "61", "62", "69", "71", "72",
		"79", "81", "89", "91", "92", "93", "A1", "A9", "N1", "N2", "N3", "N9", "Y1"};

	for (int first = '0'; first <= 'Z'; first++) {
		for (int second = '0'; second <= 'Z'; second++) {
			char pair[3] = {(char)first, (char)second, '\0'};
			struct credit_uscc uscc = {GOOD};
			bool expected = false;
			for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
				expected |= strcmp(pair, known[i]) == 0;
			memcpy(uscc.character, pair, 2);
			cr_expect_eq(credit_uscc_category(&uscc, CREDIT_LANG_ZH)[0] != '\0',
				expected, "%s", pair);
		}
	}
}
