/* SPDX-License-Identifier: Apache-2.0
 *
 * test_grade.c - which records lower a grade, and that each result names them.
 */
#include "rules_fixture.h"

#include <credit/v1/grading_service.pb-c.h>

#define MAX 40

static struct credit_arena arena;
static Credit__V1__Record records[MAX];
static const Credit__V1__Record *pointers[MAX];
static uint8_t ids[MAX][CREDIT_RECORD_ID_SIZE];
static size_t count;

static void set_up(void)
{
	toy_init_founded(&toy);
	credit_arena_init(&arena, NULL, 0, 1 << 20);
	count = 0;
}

static void tear_down(void)
{
	credit_arena_deinit(&arena);
	toy_deinit(&toy);
}

TestSuite(rules_grade, .init = set_up, .fini = tear_down);

static Credit__V1__Record *add(Credit__V1__RecordKind kind, const char *item,
	Credit__V1__Severity severity, const char *date)
{
	Credit__V1__Record *record = &records[count];

	credit__v1__record__init(record);
	memset(ids[count], (int)count + 1, sizeof ids[count]);
	record->id = (ProtobufCBinaryData){sizeof ids[count], ids[count]};
	record->kind = kind;
	record->item = (char *)(uintptr_t)item;
	record->severity = severity;
	record->state = CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;
	record->decided_on = toy_day(date).days;
	pointers[count++] = record;
	return record;
}

static Credit__V1__Record *listing(const char *list)
{
	return add(CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING, list,
		CREDIT__V1__SEVERITY__SEVERITY_UNSPECIFIED, "2026-10-01");
}

static Credit__V1__Record *penalty(Credit__V1__Severity severity, const char *date)
{
	return add(CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY, "record.penalty", severity, date);
}

#define GENERAL CREDIT__V1__SEVERITY__SEVERITY_GENERAL
#define SERIOUS CREDIT__V1__SEVERITY__SEVERITY_SERIOUS

static const Credit__V1__Grade *grade(void)
{
	struct credit_rule_book *book;
	Credit__V1__Grade *result = NULL;

	/* Kept to the end of the test: the grade refers to it. */
	cr_assert_eq(credit_rule_book_load(toy.book_bytes, &book, NULL), CREDIT_OK);
	cr_assert_eq(credit_grade(book, pointers, count, toy_day("2026-11-23"), &arena, &result),
		CREDIT_OK);
	Credit__V1__Grade *copy = credit_arena_copy(&arena, result, sizeof *result);
	copy->grade = credit_arena_copy(&arena, result->grade, strlen(result->grade) + 1);
	for (size_t i = 0; i < copy->n_reasons; i++)
		copy->reasons[i]->rule = credit_arena_copy(
			&arena, copy->reasons[i]->rule, strlen(copy->reasons[i]->rule) + 1);
	credit_rule_book_free(book);
	return copy;
}

Test(rules_grade, who_has_no_record_has_the_best_and_no_reasons)
{
	const Credit__V1__Grade *result = grade();

	cr_expect_str_eq(result->grade, "a");
	cr_expect_eq(result->n_reasons, 0);
}

Test(rules_grade, a_serious_list_gives_the_worst_and_names_the_record)
{
	const Credit__V1__Grade *result;

	listing("black.market-serious");
	result = grade();
	cr_expect_str_eq(result->grade, "d");
	cr_assert_eq(result->n_reasons, 1);
	cr_expect_str_eq(result->reasons[0]->rule, "serious-list");
	cr_assert_eq(result->reasons[0]->n_records, 1);
	cr_expect_arr_eq(result->reasons[0]->records[0].data, ids[0], CREDIT_RECORD_ID_SIZE);
}

Test(rules_grade, abnormal_operation_gives_c_at_the_most)
{
	listing("black.market-abnormal");
	cr_expect_str_eq(grade()->grade, "c");
}

Test(rules_grade, the_worst_reason_counts_and_the_others_are_named)
{
	const Credit__V1__Grade *result;

	penalty(GENERAL, "2026-09-01");
	listing("black.market-abnormal");
	result = grade();
	cr_expect_str_eq(result->grade, "c");
	cr_expect_eq(result->n_reasons, 2);
}

Test(rules_grade, disputed_suspended_and_ended_records_do_not_count)
{
	listing("black.market-serious")->disputed = true;
	listing("black.market-serious")->suspended = true;
	listing("black.market-serious")->state = CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED;
	cr_expect_str_eq(grade()->grade, "a");
}

Test(rules_grade, a_red_list_lowers_nothing)
{
	listing("red.taxpayer-a");
	cr_expect_str_eq(grade()->grade, "a");
}

Test(rules_grade, counts_look_at_the_window_only)
{
	penalty(GENERAL, "2025-11-23"); /* twelve months ago: the window is over */
	cr_expect_str_eq(grade()->grade, "a");
	penalty(GENERAL, "2025-11-24");
	cr_expect_str_eq(grade()->grade, "b");
}

Test(rules_grade, graver_records_count_for_milder_rules)
{
	penalty(SERIOUS, "2026-09-01");
	penalty(GENERAL, "2026-09-02");
	penalty(GENERAL, "2026-09-03");
	cr_expect_str_eq(grade()->grade, "c");
}

Test(rules_grade, many_records_are_named_up_to_a_bound_and_the_rest_counted)
{
	const Credit__V1__Grade *result;

	while (count < MAX)
		penalty(GENERAL, "2026-09-01");
	result = grade();
	cr_assert_gt(result->n_reasons, 0);
	for (size_t i = 0; i < result->n_reasons; i++)
		cr_expect_eq(result->reasons[i]->n_records + result->reasons[i]->more_records, MAX);
	cr_expect_eq(result->reasons[0]->n_records, 32);
}
