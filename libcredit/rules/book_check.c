/* SPDX-License-Identifier: Apache-2.0
 *
 * book_check.c - is this a rule book that one may decide by?
 *
 * What a field may hold stands beside it in rule_book.proto and is checked first; here is what the
 * fields must be to each other. Each check quotes its sentence of docs/spec/rule-book.md. The first
 * fault is the problem, with its path.
 */
#include "rules/book.h"

#include "model/parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One check's view: the book, and where a fault is reported. */
struct check {
	const Credit__V1__RuleBook *book;
	struct credit_problem *problem;
};

static enum credit_error fault(const struct check *check, const char *detail, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

static enum credit_error fault(const struct check *check, const char *detail, const char *path, ...)
{
	char field[CREDIT_FIELD_PATH_MAX];
	va_list arguments;

	va_start(arguments, path);
	vsnprintf(field, sizeof field, path, arguments);
	va_end(arguments);
	return credit_problem_set(
		check->problem, CREDIT_E_RULE_BOOK_VALUE, field, NULL, "%s", detail);
}

/* --- ids ----------------------------------------------------------------------------------- */

/* Each pair once: a few hundred items at most. */
static enum credit_error check_unique(const struct check *check, const char *section,
	const char *(*id)(const Credit__V1__RuleBook *book, size_t index), size_t count)
{
	/* "An id is used once in its section." */
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (strcmp(id(check->book, i), id(check->book, k)) == 0)
				return fault(
					check, "this id is used twice", "%s[%zu].id", section, i);
		}
	}
	return CREDIT_OK;
}

static const char *instrument_id(const Credit__V1__RuleBook *book, size_t index)
{
	return book->instruments[index]->id;
}

static const char *list_id(const Credit__V1__RuleBook *book, size_t index)
{
	return book->lists[index]->id;
}

static const char *record_id(const Credit__V1__RuleBook *book, size_t index)
{
	return book->records[index]->id;
}

static enum credit_error check_ids(const struct check *check)
{
	const Credit__V1__RuleBook *book = check->book;
	enum credit_error error =
		check_unique(check, "instruments", instrument_id, book->n_instruments);

	if (!error)
		error = check_unique(check, "lists", list_id, book->n_lists);
	if (!error)
		error = check_unique(check, "records", record_id, book->n_records);
	/* "The number of a list is used once." */
	for (size_t i = 0; !error && i < book->n_lists; i++) {
		for (size_t k = 0; !error && k < i; k++) {
			if (book->lists[i]->number == book->lists[k]->number)
				error = fault(
					check, "this number is used twice", "lists[%zu].number", i);
		}
	}
	return error;
}

/* --- instruments --------------------------------------------------------------------------- */

static enum credit_error check_instruments(const struct check *check)
{
	for (size_t i = 0; i < check->book->n_instruments; i++) {
		const Credit__V1__Instrument *instrument = check->book->instruments[i];
		/* "An instrument does not end before it begins." */
		if (instrument->in_force_until != 0 &&
			instrument->in_force_until < instrument->in_force_from)
			return fault(check, "before in_force_from",
				"instruments[%zu].in_force_until", i);
	}
	return CREDIT_OK;
}

/* --- lists --------------------------------------------------------------------------------- */

static bool is_black(const Credit__V1__ListRule *list)
{
	return list->colour == CREDIT__V1__COLOUR__COLOUR_BLACK;
}

static enum credit_error check_list_names(
	const struct check *check, const Credit__V1__ListRule *list, size_t index)
{
	const char *prefix = is_black(list) ? "black." : "red.";

	/* "The id of a list begins with its colour." */
	if (strncmp(list->id, prefix, strlen(prefix)) != 0)
		return fault(check, "begins with its colour, 'red.' or 'black.'", "lists[%zu].id",
			index);
	/* "A ground's id is used once in its list." */
	for (size_t i = 0; i < list->n_grounds; i++) {
		for (size_t k = 0; k < i; k++) {
			if (strcmp(list->grounds[i]->id, list->grounds[k]->id) == 0)
				return fault(check, "this id is used twice",
					"lists[%zu].grounds[%zu].id", index, i);
		}
	}
	/* "A category is a pair that codes begin with." */
	for (size_t i = 0; i < list->n_categories; i++) {
		struct credit_uscc uscc = {"000000000000000000"};
		size_t length = strlen(list->categories[i]);
		memcpy(uscc.character, list->categories[i], length < 2 ? length : 2);
		if (length != 2 || credit_uscc_category(&uscc, CREDIT_LANG_EN)[0] == '\0')
			return fault(check, "no code begins with these two characters",
				"lists[%zu].categories[%zu]", index, i);
	}
	return CREDIT_OK;
}

static enum credit_error check_list_basis(
	const struct check *check, const Credit__V1__ListRule *list, size_t index)
{
	credit_day_t effective = {check->book->effective_date};
	bool in_force = false, ranked = false;

	for (size_t i = 0; i < list->n_instruments; i++) {
		const Credit__V1__Instrument *instrument =
			credit__book_instrument(check->book, list->instruments[i]);
		/* "An instrument that an item names is in the book." */
		if (!instrument)
			return fault(check, "no instrument has this id",
				"lists[%zu].instruments[%zu]", index, i);
		if (!credit__instrument_in_force(instrument, effective))
			continue;
		in_force = true;
		ranked |= instrument->rank >= CREDIT__V1__RANK__RANK_CENTRAL_POLICY;
	}
	/* "A list rests on an instrument that is in force when the book takes effect." */
	if (!in_force)
		return fault(check, "none of them is in force when the book takes effect",
			"lists[%zu].instruments", index);
	/* "A black list rests on one of the rank of a central policy or above." */
	if (is_black(list) && !ranked) {
		char field[CREDIT_FIELD_PATH_MAX];
		snprintf(field, sizeof field, "lists[%zu].instruments", index);
		return credit_problem_set(check->problem, CREDIT_E_RULE_BOOK_RANK, field, NULL,
			"none in force ranks as central_policy or above");
	}
	return CREDIT_OK;
}

static enum credit_error check_list_periods(
	const struct check *check, const Credit__V1__ListRule *list, size_t index)
{
	/* "Publication has an end." */
	if (list->publication_max->months == 0)
		return fault(
			check, "at least one month", "lists[%zu].publication_max.months", index);
	/* "A list either says from when on repair may be asked for, or that it knows none." */
	if (!list->repair_min == !list->no_repair)
		return fault(check, "give repair_min or 'no_repair: true'", "lists[%zu].repair_min",
			index);
	/* "A red list knows no repair: there is nothing to make good." */
	if (!is_black(list) && !list->no_repair)
		return fault(
			check, "a red list has 'no_repair: true'", "lists[%zu].no_repair", index);
	/* "A shortest period is not longer than the longest." */
	if (list->repair_min && list->repair_min->months > list->publication_max->months)
		return fault(check, "longer than publication_max", "lists[%zu].repair_min.months",
			index);
	/* "A black list states its severity, a red one has none." */
	if (is_black(list) == (list->severity == 0))
		return fault(check, "black lists have one, red lists have none",
			"lists[%zu].severity", index);
	return CREDIT_OK;
}

static enum credit_error check_lists(const struct check *check)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < check->book->n_lists; i++) {
		const Credit__V1__ListRule *list = check->book->lists[i];
		error = check_list_names(check, list, i);
		if (!error)
			error = check_list_basis(check, list, i);
		if (!error)
			error = check_list_periods(check, list, i);
	}
	return error;
}

/* --- record kinds -------------------------------------------------------------------------- */

static bool kind_named_before(const Credit__V1__RecordRule *rule, size_t class, size_t kind)
{
	const char *name = rule->classes[class]->penalty_kinds[kind];

	for (size_t i = 0; i <= class; i++) {
		const Credit__V1__PenaltyClass *earlier = rule->classes[i];
		size_t count = i == class ? kind : earlier->n_penalty_kinds;
		for (size_t k = 0; k < count; k++) {
			if (strcmp(earlier->penalty_kinds[k], name) == 0)
				return true;
		}
	}
	return false;
}

static enum credit_error check_class(
	const struct check *check, const Credit__V1__RecordRule *rule, size_t record, size_t index)
{
	const Credit__V1__PenaltyClass *class = rule->classes[index];

	/* "A severity has one class." */
	if (credit__book_class(rule, class->severity) != class)
		return fault(check, "this severity has a class already",
			"records[%zu].classes[%zu].severity", record, index);
	if (class->publication_max->months == 0)
		return fault(check, "at least one month",
			"records[%zu].classes[%zu].publication_max.months", record, index);
	if (class->publication_min->months > class->publication_max->months)
		return fault(check, "longer than publication_max",
			"records[%zu].classes[%zu].publication_min.months", record, index);
	/* "A kind of penalty is named by one class." */
	for (size_t k = 0; k < class->n_penalty_kinds; k++) {
		if (kind_named_before(rule, index, k))
			return fault(check, "this kind is named already",
				"records[%zu].classes[%zu].penalty_kinds[%zu]", record, index, k);
	}
	return CREDIT_OK;
}

static enum credit_error check_record(
	const struct check *check, const Credit__V1__RecordRule *rule, size_t index)
{
	enum credit_error error = CREDIT_OK;

	/* "The id of a record kind begins with 'record.'." */
	if (strncmp(rule->id, "record.", strlen("record.")) != 0)
		return fault(check, "begins with 'record.'", "records[%zu].id", index);
	/* "A kind of record has one rule; listings have theirs under lists." */
	if (rule->kind != CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY)
		return fault(
			check, "listings have their rules under lists", "records[%zu].kind", index);
	if (credit__book_record(check->book, rule->kind) != rule)
		return fault(check, "this kind has a rule already", "records[%zu].kind", index);
	for (size_t i = 0; !error && i < rule->n_classes; i++)
		error = check_class(check, rule, index, i);
	/* "The default severity has a class." */
	if (!error && !credit__book_class(rule, rule->default_severity))
		error = fault(check, "no class has this severity", "records[%zu].default_severity",
			index);
	return error;
}

static enum credit_error check_records(const struct check *check)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < check->book->n_records; i++)
		error = check_record(check, check->book->records[i], i);
	return error;
}

/* --- calendar ------------------------------------------------------------------------------ */

static bool is_weekend(credit_day_t day)
{
	/* Day 0 was a Thursday. */
	int32_t weekday = ((day.days + 3) % 7 + 7) % 7;

	return weekday >= 5;
}

static enum credit_error check_days(const struct check *check, size_t index, bool worked)
{
	const Credit__V1__CalendarYear *year = check->book->calendar[index];
	const int32_t *days = worked ? year->worked : year->off;
	size_t count = worked ? year->n_worked : year->n_off;
	const char *name = worked ? "worked" : "off";

	for (size_t i = 0; i < count; i++) {
		int32_t civil_year, month, day;
		credit_day_to_civil((credit_day_t){days[i]}, &civil_year, &month, &day);
		/* "A day stands in its year, the days are in order." */
		if ((uint32_t)civil_year != year->year || (i > 0 && days[i] <= days[i - 1]))
			return fault(check, "not in its year, or not in order",
				"calendar[%zu].%s[%zu]", index, name, i);
		/* "Days off are weekdays, days worked are weekend days." */
		if (is_weekend((credit_day_t){days[i]}) != worked)
			return fault(check, worked ? "this is a weekday" : "this is a weekend day",
				"calendar[%zu].%s[%zu]", index, name, i);
	}
	return CREDIT_OK;
}

static enum credit_error check_calendar(const struct check *check)
{
	const Credit__V1__RuleBook *book = check->book;
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < book->n_calendar; i++) {
		/* "Each year follows the one before." */
		if (i > 0 && book->calendar[i]->year != book->calendar[i - 1]->year + 1)
			return fault(check, "the year after the one before is expected",
				"calendar[%zu].year", i);
		error = check_days(check, i, false);
		if (!error)
			error = check_days(check, i, true);
	}
	return error;
}

/* --- retention ----------------------------------------------------------------------------- */

static bool has_item(const Credit__V1__RuleBook *book, const char *item)
{
	for (size_t i = 0; i < book->n_records; i++) {
		if (strcmp(book->records[i]->id, item) == 0)
			return true;
	}
	return credit__book_list(book, item) != NULL;
}

static enum credit_error check_retention(const struct check *check)
{
	const Credit__V1__RuleBook *book = check->book;

	for (size_t i = 0; i < book->n_retention; i++) {
		const Credit__V1__RetentionRule *rule = book->retention[i];

		/* "What is kept is a list or a record kind of the book, each named once." */
		if (!has_item(book, rule->item))
			return fault(check, "no list or record kind has this id",
				"retention[%zu].item", i);
		for (size_t earlier = 0; earlier < i; earlier++) {
			if (strcmp(book->retention[earlier]->item, rule->item) == 0)
				return fault(check, "this item has a rule already",
					"retention[%zu].item", i);
		}
		/* "It is kept for a month at least." */
		if (rule->keep->months == 0)
			return fault(check, "at least one month", "retention[%zu].keep.months", i);
	}
	return CREDIT_OK;
}

enum credit_error credit__book_check(
	const Credit__V1__RuleBook *book, struct credit_problem *problem)
{
	static enum credit_error (*const checks[])(const struct check *) = {check_ids,
		check_instruments, check_lists, check_records, check_calendar, check_retention};
	const struct check check = {book, problem};
	enum credit_error error = credit__message_check(&book->base, problem);

	/* "It takes effect after 1970." The row of an adopted book is keyed by that date. */
	if (!error && book->effective_date < 0)
		error = fault(&check, "after 1970", "effective_date");
	for (size_t i = 0; !error && i < sizeof checks / sizeof checks[0]; i++)
		error = checks[i](&check);
	return error;
}
