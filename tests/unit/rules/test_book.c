/* SPDX-License-Identifier: Apache-2.0
 *
 * test_book.c - compiling, checking and looking up rule books.
 *
 * What the law says is looked up in docs/rules/cn-2026.yaml; faults are in test_book_faults.c.
 */
#include "rules/book.h"
#include "rules/limits.h"
#include "tests/support/book_text.h"
#include "tests/support/toy_registry.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *source; /* cn-2026, NUL-terminated */
static struct credit_arena arena;
static struct credit_problem problem;

static void set_up(void)
{
	source = book_text_read(BOOK_CN_2026);
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

static struct credit_rule_book *load(void)
{
	struct credit_rule_book *book = NULL;
	struct credit_bytes bytes;

	cr_assert_eq(credit_rule_book_compile(credit_bytes_of(source), &arena, &bytes, &problem),
		CREDIT_OK, "%s %s", problem.field, problem.detail);
	cr_assert_eq(credit_rule_book_load(bytes, &book, &problem), CREDIT_OK);
	return book;
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

Test(rules_book, severity_is_that_of_the_gravest_kind_fine_or_procedure)
{
	enum {
		ORDINARY = CREDIT__V1__PROCEDURE__PROCEDURE_ORDINARY,
		SIMPLE = CREDIT__V1__PROCEDURE__PROCEDURE_SIMPLE
	};
	static const struct {
		const char *reason;
		char *kinds[3];
		size_t count;
		int64_t fine;
		int procedure;
		const char *severity;
	} rows[] = {
		{"a warning", {(char *)"警告"}, 1, 0, 0, "minor"},
		{"a fine of unknown amount counts as default", {(char *)"罚款"}, 1, 0, 0,
			"general"},
		{"a small fine of the ordinary procedure too", {(char *)"罚款"}, 1, 100000,
			ORDINARY, "general"},
		{"of the simple procedure it is minor", {(char *)"罚款"}, 1, 100000, SIMPLE,
			"minor"},
		{"up to its bound", {(char *)"罚款"}, 1, 300000, SIMPLE, "minor"},
		{"and general beyond", {(char *)"罚款"}, 1, 300001, SIMPLE, "general"},
		{"a graver kind is not made minor by the procedure",
			{(char *)"没收违法所得", (char *)"罚款"}, 2, 0, SIMPLE, "general"},
		{"a very large fine", {(char *)"警告", (char *)"罚款"}, 2, 1000000000, 0,
			"serious"},
		{"a little less", {(char *)"警告", (char *)"罚款"}, 2, 999999999, 0, "general"},
		{"revocation", {(char *)"吊销许可证件", (char *)"警告"}, 2, 0, 0, "serious"},
		{"a ban", {(char *)"限制从业"}, 1, 0, 0, "serious"},
		{"an unknown kind", {(char *)"通报批评", (char *)"其他"}, 2, 0, 0, "general"},
		{"an unknown kind, simple", {(char *)"其他"}, 1, 0, SIMPLE, "minor"},
		{"no kind at all", {NULL}, 0, 1000000000, 0, "none"},
	};
	static const char *const names[] = {"none", "minor", "general", "serious"};
	struct credit_rule_book *book = load();
	const Credit__V1__RecordRule *rule = credit__book_record(
		credit_rule_book_message(book), CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Credit__V1__AdministrativePenalty penalty =
			CREDIT__V1__ADMINISTRATIVE_PENALTY__INIT;
		penalty.penalty_kinds = (char **)(uintptr_t)rows[i].kinds;
		penalty.n_penalty_kinds = rows[i].count;
		penalty.fine_fen = rows[i].fine;
		penalty.procedure = (Credit__V1__Procedure)rows[i].procedure;
		cr_expect_str_eq(names[credit__penalty_severity(rule, &penalty)], rows[i].severity,
			"%s", rows[i].reason);
	}
	credit_rule_book_free(book);
}

Test(rules_book, limits_of_an_item_stand_before_those_of_the_book)
{
	static const struct {
		const char *item;
		enum credit__limit limit;
		uint32_t days, extension;
	} rows[] = {
		{NULL, CREDIT__LIMIT_FILING, 7, 0},
		{"black.market-abnormal", CREDIT__LIMIT_FILING, 10, 0},
		{NULL, CREDIT__LIMIT_REPAIR_DECIDE, 7, 10},
		{"black.market-serious", CREDIT__LIMIT_REPAIR_DECIDE, 15, 0},
		{"black.market-serious", CREDIT__LIMIT_REPAIR_CHECK, 2, 0},
		{"black.market-abnormal", CREDIT__LIMIT_REPAIR_DECIDE, 5, 0},
		{"black.market-abnormal", CREDIT__LIMIT_OBJECTION_ANSWER, 20, 0},
		{"black.tax-major", CREDIT__LIMIT_REPAIR_DECIDE, 7, 10},
		{"record.penalty", CREDIT__LIMIT_OBJECTION_CHECK, 2, 0},
		{"no.such-item", CREDIT__LIMIT_HEARING, 5, 0},
	};
	struct credit_rule_book *book = load();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const Credit__V1__TimeLimit *limit = credit__book_limit(
			credit_rule_book_message(book), rows[i].item, rows[i].limit);
		cr_assert_not_null(limit, "row %zu", i);
		cr_expect_eq(limit->working_days, rows[i].days, "row %zu", i);
		cr_expect_eq(limit->extension_days, rows[i].extension, "row %zu", i);
	}
	credit_rule_book_free(book);
}

Test(rules_book, what_repair_asks_is_found_by_item)
{
	struct credit_rule_book *book = load();
	const Credit__V1__RuleBook *message = credit_rule_book_message(book);
	const Credit__V1__RepairRule *serious =
		credit__book_repair(message, "black.market-serious");
	const Credit__V1__RepairRule *abnormal =
		credit__book_repair(message, "black.market-abnormal");
	const Credit__V1__RepairRule *penalty = credit__book_repair(message, "record.penalty");

	cr_assert(serious && abnormal && penalty);
	cr_expect(serious->performance && serious->pledge && !serious->own_motion);
	cr_expect_eq(serious->no_repeat->months, 12);
	cr_expect_eq(serious->after_fraud->months, 36);
	cr_expect(abnormal->own_motion && !abnormal->pledge);
	cr_expect(penalty->performance && penalty->pledge);
	cr_expect_null(credit__book_repair(message, "red.taxpayer-a"), "knows none");
	cr_expect_null(credit__book_repair(message, "record.licence"), "knows none");
	cr_expect_null(credit__book_repair(message, "record.none"));
	credit_rule_book_free(book);
}

Test(rules_book, a_measure_leans_on_its_lists_or_on_all_of_its_colour)
{
	static const struct {
		const char *measure, *list;
		bool applies;
	} rows[] = {
		{"measure.procurement-ban", "black.procurement", true},
		{"measure.procurement-ban", "black.tax-major", false},
		{"measure.key-supervision", "black.market-abnormal", true},
		{"measure.key-supervision", "red.taxpayer-a", false},
		{"incentive.green-channel", "red.honest-enterprise", true},
		{"incentive.green-channel", "black.tax-major", false},
		{"incentive.tax-service", "red.customs-certified", false},
	};
	struct credit_rule_book *book = load();
	const Credit__V1__RuleBook *message = credit_rule_book_message(book);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const Credit__V1__MeasureRule *measure =
			credit__book_measure(message, rows[i].measure);
		const Credit__V1__ListRule *list = credit__book_list(message, rows[i].list);
		cr_assert(measure && list, "row %zu", i);
		cr_expect_eq(credit__measure_applies(measure, list), rows[i].applies, "%s on %s",
			rows[i].measure, rows[i].list);
	}
	cr_expect_null(credit__book_measure(message, "measure.none"));
	cr_expect_not_null(credit__book_objection_ground(message, "repair-not-carried-out"));
	cr_expect_null(credit__book_objection_ground(message, "no-such-ground"));
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
