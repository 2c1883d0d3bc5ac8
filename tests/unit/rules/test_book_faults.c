/* SPDX-License-Identifier: Apache-2.0
 *
 * test_book_faults.c - every check of docs/spec/rule-book.md, by one fault each.
 *
 * A fault is made by replacing one piece of tests/support/small_book.yaml.
 */
#include "tests/support/book_text.h"

#include <credit/rules.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *small; /* NUL-terminated */
static struct credit_arena arena;
static struct credit_problem problem;

static void set_up(void)
{
	small = book_text_read(BOOK_SMALL);
	credit_arena_init(&arena, NULL, 0, (size_t)8 << 20);
	problem = (struct credit_problem){0};
}

static void tear_down(void)
{
	credit_arena_deinit(&arena);
	free(small);
}

TestSuite(rules_book_faults, .init = set_up, .fini = tear_down);

static enum credit_error compile(const char *text)
{
	struct credit_bytes bytes;

	return credit_rule_book_compile(credit_bytes_of(text), &arena, &bytes, &problem);
}

/* The small book with the first `old` replaced; to be freed. */
static char *small_with(const char *old, const char *new)
{
	const char *at = strstr(small, old);
	size_t size = strlen(small) + strlen(new) + 1;
	char *text = calloc(1, size);

	cr_assert(at && text, "'%s' is not in the file", old);
	snprintf(text, size, "%.*s%s%s", (int)(at - small), small, new, at + strlen(old));
	return text;
}

static enum credit_error compile_with(const char *old, const char *new)
{
	char *text = small_with(old, new);
	enum credit_error error = compile(text);

	free(text);
	return error;
}

/* One fault a row: the first `old` of the small book becomes `new`. */
static const struct fault {
	const char *reason, *old, *new, *error, *field, *detail;
} faults[] = {
	{"no such colour", "colour: red", "colour: green", "RULE_BOOK_SYNTAX", "lists[1].colour",
		"no Colour 'green'"},
	{"unknown key", "domain: 示例", "kingdom: 示例", "RULE_BOOK_SYNTAX", "lists[0]",
		"there is no key 'kingdom'"},
	{"key twice", "version: small\n", "version: a\nversion: b\n", "RULE_BOOK_SYNTAX", "",
		"line 5, column 1: this key is there twice"},
	{"not a number", "months: 36", "months: 3x", "RULE_BOOK_SYNTAX",
		"lists[0].publication_max.months", "'3x'"},
	{"octal is not guessed", "months: 36", "months: 036", "RULE_BOOK_SYNTAX",
		"lists[0].publication_max.months", "'036'"},
	{"amount with a point", "amount_max_fen: 1000", "amount_max_fen: 10.00", "RULE_BOOK_SYNTAX",
		"measures[0].amount_max_fen", "'10.00'"},
	{"amount of nineteen digits", "amount_max_fen: 1000", "amount_max_fen: 1000000000000000000",
		"RULE_BOOK_SYNTAX", "measures[0].amount_max_fen", "decimal"},
	{"amount beyond the bound", "amount_max_fen: 1000", "amount_max_fen: 1000000000000001",
		"FIELD_RANGE", "measures[0].amount_max_fen", NULL},
	{"date in another form", "effective_date: 2026-01-01", "effective_date: 2026/1/1",
		"RULE_BOOK_SYNTAX", "effective_date", "line 6, column 17"},
	{"no 30 February", "effective_date: 2026-01-01", "effective_date: 2026-02-30",
		"RULE_BOOK_SYNTAX", "effective_date", "YYYY-MM-DD"},
	{"flag in another form", "no_repair: true", "no_repair: yes", "RULE_BOOK_SYNTAX",
		"lists[1].no_repair", "true or false"},
	{"tag", "rank: law", "rank: !!str law", "RULE_BOOK_SYNTAX", "instruments[0].rank", "tags"},
	{"alias", "title: 甲法", "title: *x", "RULE_BOOK_SYNTAX", NULL, NULL},
	{"no value", "months: 36", "months:", "RULE_BOOK_SYNTAX", "lists[0].publication_max",
		"no value"},
	{"list for a value", "version: small", "version: [small]", "RULE_BOOK_SYNTAX", "version",
		"single value"},
	{"value for a list", "penalty_kinds: [警告, 通报批评]", "penalty_kinds: 警告",
		"RULE_BOOK_SYNTAX", "records[0].classes[0].penalty_kinds", "a list is expected"},
	{"broken YAML", "title: 示例规则库", "title: [示例规则库", "RULE_BOOK_SYNTAX", "", "line "},
	{"second document", "calendar:", "---\ncalendar:", "RULE_BOOK_SYNTAX", "", "after the end"},
	{"required field", "  removal_conditions: 条件\n", "  # none\n", "FIELD_MISSING",
		"lists[0].removal_conditions", "line "},
	{"source of a period", "months: 36, source: longest", "months: 36", "FIELD_MISSING",
		"lists[0].publication_max.source", "line "},
	{"telephone number", "title: 示例规则库", "title: 请致电 13800138000", "PERSONAL_PHONE",
		"title", "line 5"},
	{"months beyond bound", "months: 36", "months: 601", "FIELD_RANGE",
		"lists[0].publication_max.months", NULL},
	{"retention of what is not in the book", "- item: record.penalty", "- item: record.other",
		"RULE_BOOK_VALUE", "retention[0].item", "no list"},
	{"two retentions of one item", "- item: record.penalty", "- item: black.one",
		"RULE_BOOK_VALUE", "retention[1].item", "already"},
	{"retention of no time", "keep: {months: 60", "keep: {months: 0", "RULE_BOOK_VALUE",
		"retention[0].keep.months", "one month"},
	{"takes effect before 1970", "effective_date: 2026-01-01", "effective_date: 1969-01-01",
		"RULE_BOOK_VALUE", "effective_date", "1970"},
	{"extension that no act takes", "id: notice.decide, working_days: 30",
		"id: notice.decide, working_days: 30, extension_days: 9", "RULE_BOOK_VALUE",
		"time_limits[2].extension_days", "no act"},
	{"instrument id twice", "id: rule,", "id: law,", "RULE_BOOK_VALUE", "instruments[1].id",
		"twice"},
	{"list id twice", "id: black.cured", "id: black.one", "RULE_BOOK_VALUE", "lists[2].id",
		"twice"},
	{"record id twice", "id: record.licence", "id: record.penalty", "RULE_BOOK_VALUE",
		"records[1].id", "twice"},
	{"measure id twice", "measures:\n",
		"measures:\n- {id: measure.one, kind: punishment, category: funds, title: t, "
		"title_en: t, content: t, instruments: [law], source: s}\n",
		"RULE_BOOK_VALUE", "measures[1].id", "twice"},
	{"objection ground id twice", "id: old", "id: wrong", "RULE_BOOK_VALUE",
		"objection_grounds[1].id", "twice"},
	{"list number twice", "number: 2\n", "number: 1\n", "RULE_BOOK_VALUE", "lists[1].number",
		"twice"},
	{"instrument ends before it begins", "in_force_until: 2025-06-30",
		"in_force_until: 2013-06-30", "RULE_BOOK_VALUE", "instruments[2].in_force_until",
		"before"},
	{"unknown limit in the book", "id: filing", "id: fliing", "RULE_BOOK_VALUE",
		"time_limits[0].id", "no step"},
	{"limit twice in the book", "id: review.request", "id: review.decide", "RULE_BOOK_VALUE",
		"time_limits[16].id", "twice"},
	{"limit missing in the book", "- {id: escalation, working_days: 5, source: limit}\n", "",
		"RULE_BOOK_VALUE", "time_limits", "add 'escalation'"},
	{"limit of no days", "working_days: 7,", "working_days: 0,", "FIELD_MISSING",
		"time_limits[0].working_days", NULL},
	{"unknown limit in a list", "{id: repair.decide, working_days: 15",
		"{id: repair.decided, working_days: 15", "RULE_BOOK_VALUE",
		"lists[0].time_limits[0].id", "no step"},
	{"limit twice in a list", "{id: repair.decide, working_days: 15, source: own}",
		"{id: repair.decide, working_days: 15, source: own}\n  - {id: repair.decide, "
		"working_days: 16, source: own}",
		"RULE_BOOK_VALUE", "lists[0].time_limits[1].id", "twice"},
	{"unknown limit in a record kind", "  kind: licence\n",
		"  kind: licence\n  time_limits: [{id: x, working_days: 1, source: s}]\n",
		"RULE_BOOK_VALUE", "records[1].time_limits[0].id", "no step"},
	{"ground id twice", "{id: second,", "{id: first,", "RULE_BOOK_VALUE",
		"lists[0].grounds[1].id", "twice"},
	{"list id of another colour", "id: red.one", "id: black.two", "RULE_BOOK_VALUE",
		"lists[1].id", "colour"},
	{"unknown category", "[\"91\", \"93\"]", "[\"91\", \"9Z\"]", "RULE_BOOK_VALUE",
		"lists[0].categories[1]", NULL},
	{"unknown instrument", "instruments: [gone, law]", "instruments: [gone, lore]",
		"RULE_BOOK_VALUE", "lists[1].instruments[1]", "no instrument"},
	{"only a repealed instrument", "instruments: [gone, law]", "instruments: [gone]",
		"RULE_BOOK_VALUE", "lists[1].instruments", "in force"},
	{"black list on a department rule alone", "instruments: [rule, law]", "instruments: [rule]",
		"RULE_BOOK_RANK", "lists[0].instruments", "line "},
	{"no end of publication", "months: 36", "months: 0", "RULE_BOOK_VALUE",
		"lists[0].publication_max.months", NULL},
	{"no longest, and repair only later", "  publication_max: {months: 36, source: longest}\n",
		"", "RULE_BOOK_VALUE", "lists[0].publication_max", "until cured"},
	{"no longest, and no repair", "  publication_max: {months: 24, source: year}\n", "",
		"RULE_BOOK_VALUE", "lists[1].publication_max", NULL},
	{"red list with repair", "no_repair: true", "repair_min: {months: 1, source: s}",
		"RULE_BOOK_VALUE", "lists[1].no_repair", NULL},
	{"neither repair nor none", "  no_repair: true\n", "", "RULE_BOOK_VALUE",
		"lists[1].repair_min", NULL},
	{"shortest beyond longest", "months: 12, source: shortest", "months: 37, source: shortest",
		"RULE_BOOK_VALUE", "lists[0].repair_min.months", NULL},
	{"repair without conditions", "  repair: {performance: true, own_motion: true}\n", "",
		"RULE_BOOK_VALUE", "lists[2].repair", "what repair asks"},
	{"conditions without repair", "no_repair: true",
		"no_repair: true\n  repair: {pledge: true}", "RULE_BOOK_VALUE", "lists[1].repair",
		"leave it out"},
	{"no repetition within no time", "months: 6, source: repeat", "months: 0, source: repeat",
		"RULE_BOOK_VALUE", "lists[0].repair.no_repeat.months", NULL},
	{"no repair after fraud for no time", "months: 24, source: fraud",
		"months: 0, source: fraud", "RULE_BOOK_VALUE", "lists[0].repair.after_fraud.months",
		NULL},
	{"black list without severity", "  severity: serious\n", "", "RULE_BOOK_VALUE",
		"lists[0].severity", NULL},
	{"red list with severity", "no_repair: true", "no_repair: true\n  severity: minor",
		"RULE_BOOK_VALUE", "lists[1].severity", NULL},
	{"red list with notice", "no_repair: true", "no_repair: true\n  notice: true",
		"RULE_BOOK_VALUE", "lists[1].notice", NULL},
	{"red list with consent", "no_repair: true", "no_repair: true\n  consent_levels: [county]",
		"RULE_BOOK_VALUE", "lists[1].consent_levels", NULL},
	{"red list that reviews honours", "no_repair: true",
		"no_repair: true\n  reviews_honours: true", "RULE_BOOK_VALUE",
		"lists[1].reviews_honours", NULL},
	{"consent of a level that may not decide", "consent_levels: [county]",
		"consent_levels: [city]", "RULE_BOOK_VALUE", "lists[0].consent_levels[0]",
		"not among"},
	{"consent above the national level", "consent_levels: [county]",
		"consent_levels: [national]", "RULE_BOOK_VALUE", "lists[0].consent_levels[0]",
		"nobody"},
	{"level twice", "levels: [county, province]", "levels: [county, county]", "RULE_BOOK_VALUE",
		"lists[0].levels[1]", "twice"},
	{"consent level twice", "consent_levels: [county]", "consent_levels: [county, county]",
		"RULE_BOOK_VALUE", "lists[0].consent_levels[1]", "twice"},
	{"record id of another beginning", "id: record.licence", "id: licence", "RULE_BOOK_VALUE",
		"records[1].id", "begins"},
	{"record kind listing", "kind: judgment", "kind: listing", "RULE_BOOK_VALUE",
		"records[2].kind", NULL},
	{"record kind twice", "kind: judgment", "kind: licence", "RULE_BOOK_VALUE",
		"records[2].kind", "already"},
	{"penalties without classes", "records:\n",
		"records:\n- {id: record.none, kind: penalty, title: t, title_en: t}\n",
		"RULE_BOOK_VALUE", "records[0].classes", "penalties have"},
	{"honours with classes", "kind: penalty", "kind: honour", "RULE_BOOK_VALUE",
		"records[0].classes", "only penalties"},
	{"class twice", "- severity: general", "- severity: minor", "RULE_BOOK_VALUE",
		"records[0].classes[1].severity", NULL},
	{"class that ends at once", "publication_max: {months: 3,", "publication_max: {months: 0,",
		"RULE_BOOK_VALUE", "records[0].classes[0].publication_max.months", NULL},
	{"class with shortest beyond longest", "publication_min: {months: 3,",
		"publication_min: {months: 13,", "RULE_BOOK_VALUE",
		"records[0].classes[1].publication_min.months", NULL},
	{"penalty kind in two classes", "[吊销许可证件]", "[警告]", "RULE_BOOK_VALUE",
		"records[0].classes[2].penalty_kinds[0]", NULL},
	{"larger fine in the milder class", "fine_from_fen: 300000", "fine_from_fen: 6000000000",
		"RULE_BOOK_VALUE", "records[0].classes[2].fine_from_fen", "larger"},
	{"simple procedure in two classes", "    fine_from_fen: 300000\n",
		"    simple_procedure: true\n", "RULE_BOOK_VALUE",
		"records[0].classes[1].simple_procedure", "another"},
	{"default severity without class", "default_severity: general\n", "# none\n",
		"RULE_BOOK_VALUE", "records[0].default_severity", NULL},
	{"period beside classes", "default_severity: general\n",
		"default_severity: general\n  publication_max: {months: 1, source: s}\n",
		"RULE_BOOK_VALUE", "records[0].publication_max", NULL},
	{"penalties without conditions of repair", "  repair: {performance: true, pledge: true}\n",
		"", "RULE_BOOK_VALUE", "records[0].repair", NULL},
	{"licence with a severity", "kind: licence", "kind: licence\n  default_severity: minor",
		"RULE_BOOK_VALUE", "records[1].default_severity", "only penalties"},
	{"judgment that ends at once", "months: 18", "months: 0", "RULE_BOOK_VALUE",
		"records[2].publication_max.months", NULL},
	{"judgment with shortest beyond longest", "months: 1, source: judgment",
		"months: 19, source: judgment", "RULE_BOOK_VALUE", "records[2].repair_min.months",
		NULL},
	{"judgment without end, repaired later",
		"  publication_max: {months: 18, source: judgment}\n", "", "RULE_BOOK_VALUE",
		"records[2].publication_max", "until cured"},
	{"judgment without conditions of repair", "  repair: {performance: true}\n", "",
		"RULE_BOOK_VALUE", "records[2].repair", NULL},
	{"measure id of another kind", "id: measure.one", "id: incentive.two", "RULE_BOOK_VALUE",
		"measures[0].id", "kind"},
	{"measure with an unknown instrument", "instruments: [rule]", "instruments: [ruler]",
		"RULE_BOOK_VALUE", "measures[1].instruments[0]", "no instrument"},
	{"measure on a repealed instrument", "instruments: [rule]", "instruments: [gone]",
		"RULE_BOOK_VALUE", "measures[1].instruments", "in force"},
	{"punishment on a department rule alone", "instruments: [rule, law]\n  lists",
		"instruments: [rule]\n  lists", "RULE_BOOK_RANK", "measures[0].instruments",
		"line "},
	{"measure against persons", "content: 内容", "content: 限制出境", "RULE_BOOK_VALUE",
		"measures[0].content", "persons"},
	{"measure against persons by its title", "title: 便利", "title: 子女就读便利",
		"RULE_BOOK_VALUE", "measures[1].title", "persons"},
	{"measure on an unknown list", "lists: [red.one]", "lists: [red.two]", "RULE_BOOK_VALUE",
		"measures[1].lists[0]", "no list"},
	{"measure on a list twice", "lists: [red.one]", "lists: [red.one, red.one]",
		"RULE_BOOK_VALUE", "measures[1].lists[1]", "twice"},
	{"punishment on a red list", "lists: [black.one]", "lists: [red.one]", "RULE_BOOK_VALUE",
		"measures[0].lists[0]", "black lists"},
	{"incentive on a black list", "lists: [red.one]", "lists: [black.one]", "RULE_BOOK_VALUE",
		"measures[1].lists[0]", "red lists"},
	{"measure with a level twice", "levels: [county, national]", "levels: [county, county]",
		"RULE_BOOK_VALUE", "measures[0].levels[1]", "twice"},
	{"measure for no time", "months: 30", "months: 0", "RULE_BOOK_VALUE",
		"measures[0].longest.months", NULL},
	{"no ground of objection",
		"objection_grounds:\n- {id: wrong, title: 有误, title_en: Wrong, source: "
		"ground}\n- {id: old, title: 过期, title_en: Old, source: ground}\n",
		"", "RULE_BOOK_VALUE", "objection_grounds", "at least one"},
	{"grades out of order", "{id: b, title: 乙级", "{id: d, title: 乙级", "RULE_BOOK_VALUE",
		"grading.classes[2].id", "not after"},
	{"worse grade inspected less", "inspection_percent: 50", "inspection_percent: 4",
		"RULE_BOOK_VALUE", "grading.classes[2].inspection_percent", "less"},
	{"share beyond the whole", "inspection_percent: 50", "inspection_percent: 101",
		"FIELD_RANGE", "grading.classes[2].inspection_percent", NULL},
	{"trigger on an unknown list", "lists: [black.one], grade", "lists: [black.two], grade",
		"RULE_BOOK_VALUE", "grading.triggers[0].lists[0]", "no list"},
	{"trigger on a red list", "lists: [black.one], grade", "lists: [red.one], grade",
		"RULE_BOOK_VALUE", "grading.triggers[0].lists[0]", "honour"},
	{"trigger to an unknown grade", "grade: c, title: 列入", "grade: x, title: 列入",
		"RULE_BOOK_VALUE", "grading.triggers[0].grade", "no grade"},
	{"trigger to the best grade", "grade: c, title: 列入", "grade: a, title: 列入",
		"RULE_BOOK_VALUE", "grading.triggers[0].grade", "best"},
	{"count to the best grade", "grade: b, title: 多次", "grade: a, title: 多次",
		"RULE_BOOK_VALUE", "grading.counts[0].grade", "best"},
	{"count with the trigger's id", "{id: many", "{id: listed", "RULE_BOOK_VALUE",
		"grading.counts[0].id", "twice"},
	{"count over no time", "months: 11", "months: 0", "RULE_BOOK_VALUE",
		"grading.counts[0].window.months", NULL},
	{"day off on a weekend", "off: [2026-01-01", "off: [2026-01-03", "RULE_BOOK_VALUE",
		"calendar[1].off[0]", "weekend"},
	{"day worked on a weekday", "worked: [2026-01-04", "worked: [2026-01-05", "RULE_BOOK_VALUE",
		"calendar[1].worked[0]", "weekday"},
	{"days out of order", "off: [2026-01-01, 2026-01-02", "off: [2026-01-02, 2026-01-01",
		"RULE_BOOK_VALUE", "calendar[1].off[1]", "order"},
	{"day of another year", "worked: [2026-01-04", "worked: [2025-01-04", "RULE_BOOK_VALUE",
		"calendar[1].worked[0]", "year"},
	{"gap in the calendar", "- year: 2025\n  source: notice\n  off: [2025-01-01]",
		"- year: 2024\n  source: notice", "RULE_BOOK_VALUE", "calendar[1].year", "after"},
};
#define FAULTS (sizeof faults / sizeof faults[0])

Test(rules_book_faults, the_small_book_has_no_fault)
{
	cr_expect_eq(compile(small), CREDIT_OK, "%s %s", problem.field, problem.detail);
}

Test(rules_book_faults, faults_are_refused_with_path_and_place)
{
	for (size_t i = 0; i < FAULTS; i++) {
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

struct telling {
	struct credit_problem first;
	size_t count;
	char fields[1024];
};

static void tell(void *context, const struct credit_problem *fault)
{
	struct telling *telling = context;
	size_t used = strlen(telling->fields);

	if (telling->count++ == 0)
		telling->first = *fault;
	snprintf(telling->fields + used, sizeof telling->fields - used, "%s ", fault->field);
}

Test(rules_book_faults, telling_of_all_faults_begins_with_the_first)
{
	for (size_t i = 0; i < FAULTS; i++) {
		char *text = small_with(faults[i].old, faults[i].new);
		struct telling telling = {0};
		enum credit_error error =
			credit_rule_book_faults(credit_bytes_of(text), &arena, tell, &telling);
		cr_expect_str_eq(credit_error_name(error), faults[i].error, "%s", faults[i].reason);
		cr_expect_geq(telling.count, 1, "%s", faults[i].reason);
		cr_expect_eq(telling.first.error, error, "%s", faults[i].reason);
		if (faults[i].field)
			cr_expect_str_eq(telling.first.field, faults[i].field, "%s: field '%s'",
				faults[i].reason, telling.first.field);
		free(text);
		credit_arena_deinit(&arena);
		credit_arena_init(&arena, NULL, 0, (size_t)8 << 20);
	}
}

Test(rules_book_faults, faults_of_several_items_are_told_together)
{
	struct telling telling = {0};
	char *text = small_with("id: filing", "id: fliing");

	free(small);
	small = text;
	text = small_with("no_repair: true", "no_repair: true\n  severity: minor");
	free(small);
	small = text;
	text = small_with("grade: c, title: 列入", "grade: x, title: 列入");
	cr_expect_eq(credit_rule_book_faults(credit_bytes_of(text), &arena, tell, &telling),
		CREDIT_E_RULE_BOOK_VALUE);
	cr_expect_str_eq(telling.fields,
		"time_limits[0].id time_limits lists[1].severity grading.triggers[0].grade ");
	cr_expect(strstr(telling.first.detail, "line 13, column 8"), "%s", telling.first.detail);
	free(text);
	telling = (struct telling){0};
	char *sound = book_text_read(BOOK_CN_2026);
	cr_expect_eq(
		credit_rule_book_faults(credit_bytes_of(sound), &arena, tell, &telling), CREDIT_OK);
	free(sound);
	cr_expect_eq(telling.count, 0);
}
