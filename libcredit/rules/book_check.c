/* SPDX-License-Identifier: Apache-2.0
 *
 * book_check.c - is this a rule book that one may decide by?
 *
 * What a field may hold stands beside it in rule_book.proto and is checked first; here, and in the
 * check_*.c files, is what the fields must be to each other. Each check quotes its sentence of
 * docs/spec/rule-book.md.
 */
#include "rules/check.h"
#include "rules/limits.h"

#include "model/parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A book that is wrong through and through need not be told of to the end. */
#define FAULTS_MAX 200

/* --- telling ------------------------------------------------------------------------------- */

/* The problem is filled; says whether the run ends. */
static enum credit_error told(struct credit__check *check, enum credit_error error)
{
	if (check->first == CREDIT_OK)
		check->first = error;
	if (!check->each)
		return error;
	check->each(check->context, check->problem);
	return ++check->faults < FAULTS_MAX ? CREDIT_OK : error;
}

enum credit_error credit__fault(
	struct credit__check *check, const char *detail, const char *path, ...)
{
	char field[CREDIT_FIELD_PATH_MAX];
	va_list arguments;

	va_start(arguments, path);
	vsnprintf(field, sizeof field, path, arguments);
	va_end(arguments);
	return told(check, credit_problem_set(check->problem, CREDIT_E_RULE_BOOK_VALUE, field, NULL,
				   "%s", detail));
}

enum credit_error credit__fault_rank(struct credit__check *check, const char *path)
{
	return told(check, credit_problem_set(check->problem, CREDIT_E_RULE_BOOK_RANK, path, NULL,
				   "none in force ranks as central_policy or above"));
}

/* --- ids ----------------------------------------------------------------------------------- */

/* How the items of a section are got at. */
struct section {
	const char *name;
	const char *(*id)(const Credit__V1__RuleBook *book, size_t index);
	size_t (*count)(const Credit__V1__RuleBook *book);
};

#define SECTION(field) \
	static const char *field##_id(const Credit__V1__RuleBook *book, size_t index) \
	{ \
		return book->field[index]->id; \
	} \
	static size_t field##_count(const Credit__V1__RuleBook *book) \
	{ \
		return book->n_##field; \
	}
SECTION(instruments)
SECTION(lists)
SECTION(records)
SECTION(measures)
SECTION(objection_grounds)
#undef SECTION

#define ROW(field) \
	{ \
#field, field##_id, field##_count \
	}
static const struct section sections[] = {
	ROW(instruments), ROW(lists), ROW(records), ROW(measures), ROW(objection_grounds)};
#undef ROW

/* Each pair once: a few hundred items at most. */
static enum credit_error check_unique(struct credit__check *check, const struct section *section)
{
	enum credit_error error = CREDIT_OK;
	size_t count = section->count(check->book);

	/* "An id is used once in its section." */
	for (size_t i = 0; !error && i < count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (strcmp(section->id(check->book, i), section->id(check->book, k)) != 0)
				continue;
			error = credit__fault(
				check, "this id is used twice", "%s[%zu].id", section->name, i);
			break;
		}
	}
	return error;
}

static enum credit_error check_ids(struct credit__check *check)
{
	const Credit__V1__RuleBook *book = check->book;
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < sizeof sections / sizeof sections[0]; i++)
		error = check_unique(check, &sections[i]);
	/* "The number of a list is used once." */
	for (size_t i = 0; !error && i < book->n_lists; i++) {
		for (size_t k = 0; !error && k < i; k++) {
			if (book->lists[i]->number == book->lists[k]->number)
				error = credit__fault(
					check, "this number is used twice", "lists[%zu].number", i);
		}
	}
	return error;
}

/* --- instruments --------------------------------------------------------------------------- */

static enum credit_error check_instruments(struct credit__check *check)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < check->book->n_instruments; i++) {
		const Credit__V1__Instrument *instrument = check->book->instruments[i];
		/* "An instrument does not end before it begins." */
		if (instrument->in_force_until != 0 &&
			instrument->in_force_until < instrument->in_force_from)
			error = credit__fault(check, "before in_force_from",
				"instruments[%zu].in_force_until", i);
	}
	return error;
}

enum credit_error credit__check_basis(struct credit__check *check, const char *where,
	char *const *instruments, size_t count, bool ranked)
{
	credit_day_t effective = {check->book->effective_date};
	bool in_force = false, has_rank = false;
	char path[CREDIT_FIELD_PATH_MAX];
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < count; i++) {
		const Credit__V1__Instrument *instrument =
			credit__book_instrument(check->book, instruments[i]);
		/* "An instrument that an item names is in the book." */
		if (!instrument)
			error = credit__fault(check, "no instrument has this id",
				"%s.instruments[%zu]", where, i);
		if (!instrument || !credit__instrument_in_force(instrument, effective))
			continue;
		in_force = true;
		has_rank |= instrument->rank >= CREDIT__V1__RANK__RANK_CENTRAL_POLICY;
	}
	if (error)
		return error;
	/* "A list and a measure rest on an instrument that is in force when the book takes
	 * effect." */
	if (!in_force)
		return credit__fault(check, "none of them is in force when the book takes effect",
			"%s.instruments", where);
	/* "A black list and a punishment rest on one of the rank of a central policy or above." */
	snprintf(path, sizeof path, "%s.instruments", where);
	return ranked && !has_rank ? credit__fault_rank(check, path) : CREDIT_OK;
}

/* --- time limits --------------------------------------------------------------------------- */

static const struct credit__limit_row *find_limit(const char *id)
{
	for (size_t i = 0; i < CREDIT__LIMITS; i++) {
		if (strcmp(credit__limit_rows[i].id, id) == 0)
			return &credit__limit_rows[i];
	}
	return NULL;
}

enum credit_error credit__check_limits(struct credit__check *check, const char *where,
	Credit__V1__TimeLimit *const *limits, size_t count)
{
	const char *dot = where[0] ? "." : "";
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < count; i++) {
		const struct credit__limit_row *row = find_limit(limits[i]->id);
		bool twice = false;
		for (size_t k = 0; k < i; k++)
			twice |= strcmp(limits[i]->id, limits[k]->id) == 0;
		/* "The id of a time limit is one of those below; it stands once in the book, and at
		 * most once in a list or a kind of record." */
		if (!row)
			error = credit__fault(check,
				"no step has this limit; docs/spec/rule-book.md lists those that "
				"there are",
				"%s%stime_limits[%zu].id", where, dot, i);
		else if (twice)
			error = credit__fault(check, "this limit is there twice",
				"%s%stime_limits[%zu].id", where, dot, i);
		/* "Extension days stand where an act can take them: on the steps of cases." A number that
		 * nothing reads would promise time that nobody can have. */
		else if (limits[i]->extension_days && row->extends == CREDIT__LIMIT_FIXED)
			error = credit__fault(check, "no act extends this step; leave it out",
				"%s%stime_limits[%zu].extension_days", where, dot, i);
	}
	return error;
}

static enum credit_error check_limits(struct credit__check *check)
{
	const Credit__V1__RuleBook *book = check->book;
	enum credit_error error =
		credit__check_limits(check, "", book->time_limits, book->n_time_limits);

	/* "Every limit is there in the book itself, so that no step is without one." */
	for (size_t i = 0; !error && i < CREDIT__LIMITS; i++) {
		char detail[CREDIT_DETAIL_MAX];
		if (credit__book_limit(book, NULL, (enum credit__limit)i))
			continue;
		snprintf(detail, sizeof detail, "add '%s': %s", credit__limit_rows[i].id,
			credit__limit_rows[i].text[CREDIT_LANG_EN]);
		error = credit__fault(check, detail, "time_limits");
	}
	return error;
}

/* --- what lists, measures and record kinds have in common ------------------------------------ */

enum credit_error credit__check_levels(struct credit__check *check, const char *where,
	const char *name, const Credit__V1__Level *levels, size_t count)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < count; i++) {
		for (size_t k = 0; !error && k < i; k++) {
			/* "A level is named once." */
			if (levels[i] == levels[k])
				error = credit__fault(check, "this level is named twice",
					"%s.%s[%zu]", where, name, i);
		}
	}
	return error;
}

enum credit_error credit__check_repair(struct credit__check *check, const char *where, bool known,
	const Credit__V1__RepairRule *repair)
{
	/* "Conditions for repair stand where repair is known, and nowhere else." */
	if (known && !repair)
		return credit__fault(check, "say what repair asks for: performance, pledge, ...",
			"%s.repair", where);
	if (!known && repair)
		return credit__fault(
			check, "there is no repair here; leave it out", "%s.repair", where);
	/* "A period in which something must not happen has at least one month." */
	if (repair && repair->no_repeat && repair->no_repeat->months == 0)
		return credit__fault(check, "at least one month; without one leave it out",
			"%s.repair.no_repeat.months", where);
	if (repair && repair->after_fraud && repair->after_fraud->months == 0)
		return credit__fault(check, "at least one month; without one leave it out",
			"%s.repair.after_fraud.months", where);
	return CREDIT_OK;
}

/* --- calendar ------------------------------------------------------------------------------ */

static bool is_weekend(credit_day_t day)
{
	/* Day 0 was a Thursday. */
	int32_t weekday = ((day.days + 3) % 7 + 7) % 7;

	return weekday >= 5;
}

static enum credit_error check_days(struct credit__check *check, size_t index, bool worked)
{
	const Credit__V1__CalendarYear *year = check->book->calendar[index];
	const int32_t *days = worked ? year->worked : year->off;
	size_t count = worked ? year->n_worked : year->n_off;
	const char *name = worked ? "worked" : "off";
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < count; i++) {
		int32_t civil_year, month, day;
		credit_day_to_civil((credit_day_t){days[i]}, &civil_year, &month, &day);
		/* "A day stands in its year, the days are in order." */
		if ((uint32_t)civil_year != year->year || (i > 0 && days[i] <= days[i - 1]))
			error = credit__fault(check, "not in its year, or not in order",
				"calendar[%zu].%s[%zu]", index, name, i);
		/* "Days off are weekdays, days worked are weekend days." */
		else if (is_weekend((credit_day_t){days[i]}) != worked)
			error = credit__fault(check,
				worked ? "this is a weekday" : "this is a weekend day",
				"calendar[%zu].%s[%zu]", index, name, i);
	}
	return error;
}

static enum credit_error check_calendar(struct credit__check *check)
{
	const Credit__V1__RuleBook *book = check->book;
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < book->n_calendar; i++) {
		/* "Each year follows the one before." */
		if (i > 0 && book->calendar[i]->year != book->calendar[i - 1]->year + 1)
			error = credit__fault(check, "the year after the one before is expected",
				"calendar[%zu].year", i);
		if (!error)
			error = check_days(check, i, false);
		if (!error)
			error = check_days(check, i, true);
	}
	return error;
}

static enum credit_error check_date(struct credit__check *check)
{
	/* "It takes effect after 1970." The row of an adopted book is keyed by that date. */
	return check->book->effective_date < 0
		       ? credit__fault(check, "after 1970", "effective_date")
		       : CREDIT_OK;
}

enum credit_error credit__book_check(const Credit__V1__RuleBook *book, credit__book_fault_fn *each,
	void *context, struct credit_problem *problem)
{
	static enum credit_error (*const checks[])(struct credit__check *) = {check_date, check_ids,
		check_instruments, check_limits, credit__check_lists, credit__check_records,
		credit__check_measures, credit__check_grading, check_calendar,
		credit__check_retention};
	struct credit__check check = {
		.book = book, .problem = problem, .each = each, .context = context};
	enum credit_error error = credit__message_check(&book->base, problem);

	if (error) {
		if (each)
			each(context, problem);
		return error;
	}
	for (size_t i = 0; !error && i < sizeof checks / sizeof checks[0]; i++)
		error = checks[i](&check);
	return check.first;
}
