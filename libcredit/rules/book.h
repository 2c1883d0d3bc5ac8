/* SPDX-License-Identifier: Apache-2.0
 *
 * book.h - the loaded rule book, and what the files of this room look up in it.
 */
#ifndef CREDIT_RULES_BOOK_H
#define CREDIT_RULES_BOOK_H

#include <credit/rules.h>

#include <credit/v1/rule_book.pb-c.h>

struct credit_rule_book {
	struct credit_arena arena; /* holds the message and the calendar's days */
	const Credit__V1__RuleBook *message;
	struct credit_hash digest;
	struct credit_calendar calendar;
};

/* Everything that docs/spec/rule-book.md asks of a rule book. The problem's field is the path. */
enum credit_error credit__book_check(
	const Credit__V1__RuleBook *book, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* By id; NULL when the book has none. */
const Credit__V1__Instrument *credit__book_instrument(
	const Credit__V1__RuleBook *book, const char *id);
const Credit__V1__ListRule *credit__book_list(const Credit__V1__RuleBook *book, const char *id);
/* By kind; NULL when the book has no rule for such records. */
const Credit__V1__RecordRule *credit__book_record(
	const Credit__V1__RuleBook *book, Credit__V1__RecordKind kind);
/* The class of that severity; NULL when there is none. */
const Credit__V1__PenaltyClass *credit__book_class(
	const Credit__V1__RecordRule *rule, Credit__V1__Severity severity);

/* NULL when the book has no such ground. */
const Credit__V1__ObjectionGround *credit__book_objection_ground(
	const Credit__V1__RuleBook *book, const char *id);
/* What repair of a record of this item (a list's id, or a record kind's) asks for beside its shortest
 * period; NULL: nothing. */
const Credit__V1__RepairRule *credit__book_repair(
	const Credit__V1__RuleBook *book, const char *item);

/* Does the instrument count on that day? */
bool credit__instrument_in_force(const Credit__V1__Instrument *instrument, credit_day_t day);
/* May an entity with this code stand on the list? */
bool credit__list_applies(const Credit__V1__ListRule *list, const struct credit_uscc *uscc);
/* The most serious class that one of the kinds belongs to. */
Credit__V1__Severity credit__penalty_severity(
	const Credit__V1__RecordRule *rule, char *const *kinds, size_t count);

#endif
