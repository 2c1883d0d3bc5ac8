/* SPDX-License-Identifier: Apache-2.0
 *
 * numbers_fixture.h - one number of the rule book, acts in a registry of toys under that book, and what
 * came of them; for test_numbers_move.c.
 */
#ifndef TESTS_UNIT_NUMBERS_FIXTURE_H
#define TESTS_UNIT_NUMBERS_FIXTURE_H

#include "tests/support/toy_cases.h"

#include <credit/v1/rule_book.pb-c.h>

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name
#define TASK(name) CREDIT__V1__TASK_KIND__TASK_KIND_##name
#define DOCUMENT(name) CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_##name
#define TODAY "2026-11-23"

/* A list with repair and without time limits of its own. */
#define PLAIN_LIST "black.internet-serious"
#define HONOUR_LIST "red.honest-enterprise"

#define NUMBER_DEPTH_MAX 6
#define NUMBER_PATH_MAX 96

struct number {
	char path[NUMBER_PATH_MAX]; /* field names, "lists.time_limits.working_days" */
	const ProtobufCMessage
		*chain[NUMBER_DEPTH_MAX]; /* from the book to what holds the number */
	size_t depth;
	int64_t value;    /* in the book as it is */
	const char *item; /* id of the list or the kind of record that it belongs to, or NULL */
};

/* What is being looked at. */
extern struct sight {
	struct number number;
	const Credit__V1__RuleBook *book; /* as it is */
	struct credit_arena arena;        /* of one alteration */
	struct toy toy;                   /* under the book as it is, or the altered one */
	char company[CREDIT_USCC_SIZE + 1];
	uint8_t record_id[CREDIT_RECORD_ID_SIZE], case_id[CREDIT_RECORD_ID_SIZE];
	Credit__V1__Applicant applicant;
	union toy_step step;
} sight;

/* --- numbers_acts.c: acts, accepted or else the test ends ----------------------------------------------- */

/* The message that holds the number. */
const void *number_holder(void);
/* Of the book as it is; NULL: there is no such list. */
const Credit__V1__ListRule *number_list(const char *id);
/* The item that the number belongs to. */
const char *number_item_or(const char *otherwise);
void number_must(
	const struct toy_office *office, Credit__V1__Act__PayloadCase payload, void *message);
/* Another entity, with nothing on record. */
void number_next_company(void);
Credit__V1__Listing number_listing(const char *list_id, int32_t day);
void number_list_company(const char *list_id, int32_t day);
void number_penalise(const char *kind, int64_t fine_fen, int32_t day);
/* A record of the item decided on that day, any that its kind of act makes; its id in sight.record_id. */
void number_make_record(const char *item, int32_t day);
void number_remove_record(void);
int32_t number_today(void);
void number_pass_days(int days);
/* The newest open or overdue task of the kind, and its last day. */
Credit__V1__Task *number_task(Credit__V1__TaskKind kind);
int64_t number_due(Credit__V1__TaskKind kind);
/* The date that stands in the detail of the last refusal behind these words. */
int64_t number_refused_until(const char *words);
/* Steps of cases; the case's id is in sight.case_id. */
void number_take(const struct toy_office *office, Credit__V1__Act__PayloadCase act);
void number_apply_for_repair(void);
void number_reach_repair(const char *item);
void number_accept_repair(void);
void number_object(const char *item);
void number_accept_objection(const char *item);
void number_reject_objection(const char *item);
void number_start_plan(const char *item);

/* --- numbers_limits.c --- */

void number_serve(const char *item, int32_t day);
int64_t number_hearing_until(void);
Credit__V1__MeasureApplication number_application(const char *measure);
/* Observers: a day or a value that follows from sight.number, in the registry sight.toy. */
int64_t number_observe_limit(void);
int64_t number_observe_extension(void);

/* --- numbers_periods.c --- */

int64_t number_observe_publication(void);
int64_t number_observe_repair_from(void);
int64_t number_observe_class_publication(void);
int64_t number_observe_class_repair_from(void);
int64_t number_observe_fine(void);
int64_t number_observe_no_repeat(void);
int64_t number_observe_after_fraud(void);
int64_t number_observe_retention(void);
int64_t number_observe_longest(void);
int64_t number_observe_amount(void);
int64_t number_observe_at_least(void);
int64_t number_observe_window(void);
int64_t number_observe_inspection(void);
int64_t number_observe_effective(void);
int64_t number_observe_instrument(void);
int64_t number_observe_calendar(void);
int64_t number_observe_list_number(void);

#endif
