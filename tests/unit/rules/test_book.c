/* SPDX-License-Identifier: Apache-2.0
 *
 * test_book.c - compiling, checking and looking up rule books.
 *
 * A fault is made by replacing one piece of docs/rules/cn-2026.yaml.
 */
#include "rules/book.h"
#include "tests/support/toy_registry.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOK_PATH "docs/rules/cn-2026.yaml"

static char *source; /* the file, NUL-terminated */
static struct credit_arena arena;
static struct credit_problem problem;

static void set_up(void)
{
	FILE *file = fopen(BOOK_PATH, "rb");

	source = calloc(1, 65536);
	cr_assert(file && source);
	cr_assert_gt(fread(source, 1, 65535, file), 1000);
	fclose(file);
	credit_arena_init(&arena, NULL, 0, (size_t)8 << 20);
	problem = (struct credit_problem){0};
}

static void tear_down(void)
{
	credit_arena_deinit(&arena);
	free(source);
}

TestSuite(rules_book, .init = set_up, .fini = tear_down);

static enum credit_error compile(const char *text)
{
	struct credit_bytes bytes;

	return credit_rule_book_compile(credit_bytes_of(text), &arena, &bytes, &problem);
}

static enum credit_error compile_with(const char *old, const char *new)
{
	const char *at = strstr(source, old);
	char *text = calloc(1, 131072);

	cr_assert(at && text, "'%s' is not in the file", old);
	snprintf(text, 131072, "%.*s%s%s", (int)(at - source), source, new, at + strlen(old));
	enum credit_error error = compile(text);
	free(text);
	return error;
}

static struct credit_rule_book *load(void)
{
	struct credit_rule_book *book = NULL;
	struct credit_bytes bytes;

	cr_assert_eq(credit_rule_book_compile(credit_bytes_of(source), &arena, &bytes, &problem),
		CREDIT_OK, "%s %s", problem.field, problem.detail);
	cr_assert_eq(credit_rule_book_load(bytes, &book, &problem), CREDIT_OK);
	return book;
}

/* long: one table of faults, a row each */
Test(rules_book, faults_are_refused_with_path_and_place)
{
	static const struct {
		const char *reason, *old, *new, *error, *field, *detail;
	} faults[] = {
		{"no such colour", "colour: red", "colour: green", "RULE_BOOK_SYNTAX",
			"lists[1].colour", "no Colour 'green'"},
		{"unknown key", "domain: 税收", "kingdom: 税收", "RULE_BOOK_SYNTAX", "lists[1]",
			"there is no key 'kingdom'"},
		{"key twice", "version: cn-2026\n", "version: a\nversion: b\n", "RULE_BOOK_SYNTAX",
			"", "line 8, column 1: this key is there twice"},
		{"not a number", "months: 36", "months: 3x", "RULE_BOOK_SYNTAX",
			"lists[0].publication_max.months", "'3x'"},
		{"octal is not guessed", "months: 36", "months: 036", "RULE_BOOK_SYNTAX",
			"lists[0].publication_max.months", "'036'"},
		{"date in another form", "effective_date: 2026-04-01", "effective_date: 2026/4/1",
			"RULE_BOOK_SYNTAX", "effective_date", "line 9, column 17"},
		{"no 30 February", "effective_date: 2026-04-01", "effective_date: 2026-02-30",
			"RULE_BOOK_SYNTAX", "effective_date", "YYYY-MM-DD"},
		{"flag in another form", "no_repair: true", "no_repair: yes", "RULE_BOOK_SYNTAX",
			"lists[1].no_repair", "true or false"},
		{"tag", "rank: central_policy", "rank: !!str central_policy", "RULE_BOOK_SYNTAX",
			"instruments[1].rank", "tags"},
		{"alias", "title: 行政处罚", "title: *x", "RULE_BOOK_SYNTAX", NULL, NULL},
		{"no value", "months: 36", "months:", "RULE_BOOK_SYNTAX",
			"lists[0].publication_max", "no value"},
		{"list for a value", "version: cn-2026", "version: [cn-2026]", "RULE_BOOK_SYNTAX",
			"version", "single value"},
		{"value for a list", "penalty_kinds: [警告, 通报批评]", "penalty_kinds: 警告",
			"RULE_BOOK_SYNTAX", "records[0].classes[0].penalty_kinds",
			"a list is expected"},
		{"broken YAML", "title: 信用规则库", "title: [信用规则库", "RULE_BOOK_SYNTAX", "",
			"line "},
		{"second document", "calendar:", "---\ncalendar:", "RULE_BOOK_SYNTAX", "",
			"after the end"},
		{"required field", "  removal_conditions: 年度", "  # 年度", "FIELD_MISSING",
			"lists[1].removal_conditions", "line "},
		{"source of a period", "source: one assessment a year, from memory",
			"uncertain: false", "RULE_BOOK_SYNTAX", "lists[1].publication_max",
			"twice"},
		{"telephone number", "title: 信用规则库（2026年第一版）",
			"title: 请致电 13800138000", "PERSONAL_PHONE", "title", "line 8"},
		{"months beyond bound", "months: 36", "months: 601", "FIELD_RANGE",
			"lists[0].publication_max.months", NULL},
		{"list number twice", "number: 2\n", "number: 1\n", "RULE_BOOK_VALUE",
			"lists[1].number", "twice"},
		{"instrument id twice", "id: sc-22-2025", "id: ndrc-36-2025", "RULE_BOOK_VALUE",
			"instruments[1].id", "twice"},
		{"ground id twice", "id: licence-revoked", "id: heavy-fine", "RULE_BOOK_VALUE",
			"lists[0].grounds[1].id", "twice"},
		{"list id of another colour", "id: red.taxpayer-a", "id: black.taxpayer-a",
			"RULE_BOOK_VALUE", "lists[1].id", "colour"},
		{"unknown instrument", "[sat-40-2014, sat-12-2025]", "[sat-40-2014, sat-0]",
			"RULE_BOOK_VALUE", "lists[1].instruments[1]", "no instrument"},
		{"only a repealed instrument", "[sat-40-2014, sat-12-2025]", "[sat-40-2014]",
			"RULE_BOOK_VALUE", "lists[1].instruments", "in force"},
		{"black list on a department rule alone", "[samr-44-2021, sc-49-2020]",
			"[samr-44-2021]", "RULE_BOOK_RANK", "lists[0].instruments", "line "},
		{"instrument ends before it begins", "in_force_until: 2025-06-30",
			"in_force_until: 2014-06-30", "RULE_BOOK_VALUE",
			"instruments[4].in_force_until", "before"},
		{"unknown category", "[\"91\", \"93\"]", "[\"91\", \"9Z\"]", "RULE_BOOK_VALUE",
			"lists[1].categories[1]", NULL},
		{"no end of publication", "months: 36", "months: 0", "RULE_BOOK_VALUE",
			"lists[0].publication_max.months", NULL},
		{"red list with repair", "no_repair: true", "repair_min: {months: 1, source: s}",
			"RULE_BOOK_VALUE", "lists[1].no_repair", NULL},
		{"neither repair nor none", "  no_repair: true\n", "", "RULE_BOOK_VALUE",
			"lists[1].repair_min", NULL},
		{"shortest beyond longest", "months: 12", "months: 37", "RULE_BOOK_VALUE",
			"lists[0].repair_min.months", NULL},
		{"black list without severity", "  severity: serious\n\n", "\n", "RULE_BOOK_VALUE",
			"lists[0].severity", NULL},
		{"class twice", "- severity: general", "- severity: minor", "RULE_BOOK_VALUE",
			"records[0].classes[1].severity", NULL},
		{"penalty kind in two classes", "[吊销许可证件,", "[罚款,", "RULE_BOOK_VALUE",
			"records[0].classes[2].penalty_kinds[0]", NULL},
		{"default severity without class", "default_severity: general\n", "# none\n",
			"RULE_BOOK_VALUE", "records[0].default_severity", NULL},
		{"record kind listing", "kind: penalty", "kind: listing", "RULE_BOOK_VALUE",
			"records[0].kind", NULL},
		{"day off on a weekend", "off: [2026-01-01", "off: [2026-01-03", "RULE_BOOK_VALUE",
			"calendar[1].off[0]", "weekend"},
		{"day worked on a weekday", "worked: [2026-01-04", "worked: [2026-01-05",
			"RULE_BOOK_VALUE", "calendar[1].worked[0]", "weekday"},
		{"days out of order", "off: [2026-01-01, 2026-01-02",
			"off: [2026-01-02, 2026-01-01", "RULE_BOOK_VALUE", "calendar[1].off[1]",
			"order"},
		{"day of another year", "worked: [2026-01-04", "worked: [2025-01-04",
			"RULE_BOOK_VALUE", "calendar[1].worked[0]", "year"},
		{"gap in the calendar", "- year: 2025", "- year: 2023", "RULE_BOOK_VALUE",
			"calendar[0].off[0]", NULL},
		{"takes effect before 1970", "effective_date: 2026-04-01",
			"effective_date: 1969-04-01", "RULE_BOOK_VALUE", "effective_date", NULL},
		{"retention of what is not in the book", "retention:\n- item: record.penalty",
			"retention:\n- item: record.pledge", "RULE_BOOK_VALUE", "retention[0].item",
			"no list"},
		{"two retentions of one item", "retention:\n- item: record.penalty",
			"retention:\n- item: red.taxpayer-a", "RULE_BOOK_VALUE",
			"retention[2].item", "already"},
		{"retention of no time",
			"retention:\n- item: record.penalty\n  keep:\n    months: 60",
			"retention:\n- item: record.penalty\n  keep:\n    months: 0",
			"RULE_BOOK_VALUE", "retention[0].keep.months", "one month"},
		{"retention without a source",
			"retention:\n- item: record.penalty\n  keep:\n    months: 60\n    source:",
			"retention:\n- item: record.penalty\n  keep:\n    months: 60\n    # ",
			"FIELD_MISSING", NULL, NULL},
	};

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		enum credit_error error = compile_with(faults[i].old, faults[i].new);
		cr_expect_str_eq(credit_error_name(error), faults[i].error, "%s: %s (%s %s)",
			faults[i].reason, credit_error_name(error), problem.field, problem.detail);
		cr_expect_eq(problem.error, error, "%s", faults[i].reason);
		if (faults[i].field)
			cr_expect_str_eq(problem.field, faults[i].field, "%s: field '%s'",
				faults[i].reason, problem.field);
		if (faults[i].detail)
			cr_expect(strstr(problem.detail, faults[i].detail), "%s: detail '%s'",
				faults[i].reason, problem.detail);
	}
}

Test(rules_book, empty_text_is_refused)
{
	cr_expect_eq(compile(""), CREDIT_E_RULE_BOOK_SYNTAX);
	cr_expect_eq(compile("# only a comment\n"), CREDIT_E_RULE_BOOK_SYNTAX);
	cr_expect_eq(compile("- a list\n"), CREDIT_E_RULE_BOOK_SYNTAX);
}

Test(rules_book, bytes_that_are_not_utf8_are_refused)
{
	cr_expect_eq(compile("title: \xff\n"), CREDIT_E_UTF8_INVALID);
	cr_expect_eq(problem.position, 8);
}

Test(rules_book, size_has_a_bound)
{
	struct credit_bytes bytes, huge = {(const uint8_t *)source, CREDIT_RULE_BOOK_MAX + 1};
	struct credit_rule_book *book;

	cr_expect_eq(credit_rule_book_compile(huge, &arena, &bytes, &problem), CREDIT_E_TOO_LARGE);
	cr_expect_eq(credit_rule_book_load(huge, &book, &problem), CREDIT_E_TOO_LARGE);
}

Test(rules_book, deep_nesting_is_refused)
{
	char text[4001];

	memset(text, '[', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	cr_expect_eq(compile(text), CREDIT_E_RULE_BOOK_SYNTAX);
}

Test(rules_book, the_arena_limit_is_a_fault_and_no_crash)
{
	struct credit_arena tiny;
	struct credit_bytes bytes;

	credit_arena_init(&tiny, NULL, 0, 2000);
	cr_expect_eq(credit_rule_book_compile(credit_bytes_of(source), &tiny, &bytes, &problem),
		CREDIT_E_NO_MEMORY);
	credit_arena_deinit(&tiny);
}

Test(rules_book, loading_refuses_bytes_that_are_no_book)
{
	struct credit_rule_book *book = NULL;
	struct credit_bytes bytes;
	static const uint8_t junk[] = {0xff, 0xff, 0xff};

	cr_expect_neq(
		credit_rule_book_load((struct credit_bytes){junk, sizeof junk}, &book, &problem),
		CREDIT_OK);
	cr_expect_neq(
		credit_rule_book_load((struct credit_bytes){NULL, 0}, &book, &problem), CREDIT_OK);
	cr_assert_eq(compile(source), CREDIT_OK);
	cr_assert_eq(credit_rule_book_compile(credit_bytes_of(source), &arena, &bytes, &problem),
		CREDIT_OK);
	cr_expect_neq(credit_rule_book_load(
			      (struct credit_bytes){bytes.data, bytes.size - 1}, &book, &problem),
		CREDIT_OK);
	cr_expect_null(book);
}

Test(rules_book, digest_is_that_of_the_bytes)
{
	struct credit_rule_book *book = load();
	struct credit_bytes bytes;
	struct credit_hash hash;

	cr_assert_eq(credit_rule_book_compile(credit_bytes_of(source), &arena, &bytes, &problem),
		CREDIT_OK);
	credit_sha256(bytes, &hash);
	cr_expect(credit_hash_equal(credit_rule_book_digest(book), &hash));
	credit_rule_book_free(book);
}

Test(rules_book, every_uncertain_number_of_cn_2026_is_marked)
{
	struct credit_rule_book *book = load();
	const Credit__V1__RuleBook *message = credit_rule_book_message(book);

	cr_expect(message->lists[0]->publication_max->uncertain, "three years of Order 44");
	cr_expect(message->lists[1]->publication_max->uncertain, "one year of class A");
	cr_expect_not(message->records[0]->classes[1]->publication_max->uncertain);
	credit_rule_book_free(book);
}

Test(rules_book, calendar_follows_the_notices)
{
	static const struct {
		const char *day;
		bool working;
		const char *reason;
	} days[] = {
		{"2026-01-01", false, "new year"},
		{"2026-01-04", true, "a Sunday worked"},
		{"2026-02-14", true, "a Saturday worked before the spring festival"},
		{"2026-02-16", false, "spring festival"},
		{"2026-02-24", true, "the first Tuesday after it"},
		{"2025-10-08", false, "last day of the holiday of 2025"},
		{"2025-10-11", true, "the Saturday worked for it"},
		{"2026-11-22", false, "a plain Sunday"},
		{"2026-11-23", true, "a plain Monday"},
	};
	struct credit_rule_book *book = load();
	const struct credit_calendar *calendar = credit_rule_book_calendar(book);
	bool provisional = true;

	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
		cr_expect_eq(credit_day_is_working(calendar, toy_day(days[i].day)), days[i].working,
			"%s: %s", days[i].day, days[i].reason);
	/* Friday 2026-02-13, then the worked Saturday, then the 24th. */
	credit_day_t day = credit_day_add_working(calendar, toy_day("2026-02-13"), 2, &provisional);
	cr_expect_eq(day.days, toy_day("2026-02-24").days);
	cr_expect_not(provisional);
	credit_day_add_working(calendar, toy_day("2026-12-31"), 1, &provisional);
	cr_expect(provisional, "2027 is not known");
	credit_rule_book_free(book);
}

Test(rules_book, severity_is_that_of_the_most_serious_kind)
{
	static const struct {
		char *kinds[3];
		size_t count;
		Credit__V1__Severity severity;
	} penalties[] = {
		{{(char *)"警告"}, 1, CREDIT__V1__SEVERITY__SEVERITY_MINOR},
		{{(char *)"警告", (char *)"罚款"}, 2, CREDIT__V1__SEVERITY__SEVERITY_GENERAL},
		{{(char *)"吊销许可证件", (char *)"警告"}, 2,
			CREDIT__V1__SEVERITY__SEVERITY_SERIOUS},
		{{(char *)"限制从业"}, 1, CREDIT__V1__SEVERITY__SEVERITY_SERIOUS},
		{{(char *)"通报批评", (char *)"其他"}, 2, CREDIT__V1__SEVERITY__SEVERITY_GENERAL},
		{{NULL}, 0, CREDIT__V1__SEVERITY__SEVERITY_UNSPECIFIED},
	};
	struct credit_rule_book *book = load();
	const Credit__V1__RecordRule *rule = credit__book_record(
		credit_rule_book_message(book), CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY);

	for (size_t i = 0; i < sizeof penalties / sizeof penalties[0]; i++)
		cr_expect_eq(credit__penalty_severity(rule, penalties[i].kinds, penalties[i].count),
			penalties[i].severity, "row %zu", i);
	credit_rule_book_free(book);
}

Test(rules_book, a_household_stands_only_on_lists_that_name_it)
{
	struct credit_rule_book *book = load();
	const Credit__V1__ListRule *list =
		credit__book_list(credit_rule_book_message(book), "black.market-serious");
	struct credit_uscc household = {"92"}, company = {"91"}, institution = {"12"};
	char *named[] = {(char *)"92"};
	Credit__V1__ListRule naming = *list;

	cr_expect(credit__list_applies(list, &company));
	cr_expect(credit__list_applies(list, &institution));
	cr_expect_not(credit__list_applies(list, &household));
	naming.categories = named;
	naming.n_categories = 1;
	cr_expect(credit__list_applies(&naming, &household));
	cr_expect_not(credit__list_applies(&naming, &company));
	credit_rule_book_free(book);
}
