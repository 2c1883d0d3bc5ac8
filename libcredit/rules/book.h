/* SPDX-License-Identifier: Apache-2.0
 *
 * book.h - the loaded rule book, and what the files of this room look up in it.
 */
#ifndef CREDIT_RULES_BOOK_H
#define CREDIT_RULES_BOOK_H

#include <credit/rules.h>

#include <credit/v1/act.pb-c.h>
#include <credit/v1/rule_book.pb-c.h>

struct credit_rule_book {
	struct credit_arena arena; /* holds the message and the calendar's days */
	const Credit__V1__RuleBook *message;
	struct credit_hash digest;
	struct credit_calendar calendar;
};

/* Everything that docs/spec/rule-book.md asks of a rule book. The problem's field is the path.
 * Without `each` the first fault ends the check and is the problem; with it every fault is told
 * (two hundred at most; of the fields by themselves the first alone), and the answer is the first. */
typedef void credit__book_fault_fn(void *context, struct credit_problem *fault);
enum credit_error credit__book_check(const Credit__V1__RuleBook *book, credit__book_fault_fn *each,
	void *context, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* By id; NULL when the book has none. */
const Credit__V1__Instrument *credit__book_instrument(
	const Credit__V1__RuleBook *book, const char *id);
const Credit__V1__ListRule *credit__book_list(const Credit__V1__RuleBook *book, const char *id);
/* By kind; NULL when the book has no rule for such records. */
const Credit__V1__RecordRule *credit__book_record(
	const Credit__V1__RuleBook *book, Credit__V1__RecordKind kind);
const Credit__V1__MeasureRule *credit__book_measure(
	const Credit__V1__RuleBook *book, const char *id);
const Credit__V1__ObjectionGround *credit__book_objection_ground(
	const Credit__V1__RuleBook *book, const char *id);
/* What repair of a record of this item (a list's id, or a record kind's) asks for; NULL when it knows
 * none, or the book no such item. */
const Credit__V1__RepairRule *credit__book_repair(
	const Credit__V1__RuleBook *book, const char *item);
/* May the measure lean on a listing of that list? */
bool credit__measure_applies(
	const Credit__V1__MeasureRule *measure, const Credit__V1__ListRule *list);
/* The class of that severity; NULL when there is none. */
const Credit__V1__PenaltyClass *credit__book_class(
	const Credit__V1__RecordRule *rule, Credit__V1__Severity severity);

/* Does the instrument count on that day? */
bool credit__instrument_in_force(const Credit__V1__Instrument *instrument, credit_day_t day);
/* May an entity with this code stand on the list? */
bool credit__list_applies(const Credit__V1__ListRule *list, const struct credit_uscc *uscc);
/* The most serious class that its kinds, its fine or its procedure belong to; UNSPECIFIED when it
 * names no kind. */
Credit__V1__Severity credit__penalty_severity(
	const Credit__V1__RecordRule *rule, const Credit__V1__AdministrativePenalty *penalty);

/* The item of `retention` that records of reads and of administration have. */
#define CREDIT__ITEM_ACCESS "access.read"

#endif
