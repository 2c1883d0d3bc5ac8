/* SPDX-License-Identifier: Apache-2.0
 *
 * check_records.c - the kinds of record of a rule book: classes of penalty, periods of the others.
 */
#include "rules/check.h"

#include <stdio.h>
#include <string.h>

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

/* One class beside those before it. */
static enum credit_error check_beside(struct credit__check *check,
	const Credit__V1__RecordRule *rule, const char *where, size_t index)
{
	const Credit__V1__PenaltyClass *class = rule->classes[index];
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < index; i++) {
		const Credit__V1__PenaltyClass *other = rule->classes[i];
		bool graver = class->severity > other->severity;
		bool amounts = class->fine_from_fen > 0 && other->fine_from_fen > 0;
		/* "A graver class begins with a larger fine." */
		if (amounts && class->severity != other->severity &&
			graver != (class->fine_from_fen > other->fine_from_fen))
			error = credit__fault(check, "a graver class begins with a larger fine",
				"%s.classes[%zu].fine_from_fen", where, index);
		/* "The simple procedure belongs to one class." */
		if (!error && class->simple_procedure && other->simple_procedure)
			error = credit__fault(check, "another class has it already",
				"%s.classes[%zu].simple_procedure", where, index);
	}
	return error;
}

static enum credit_error check_class(struct credit__check *check,
	const Credit__V1__RecordRule *rule, const char *where, size_t index)
{
	const Credit__V1__PenaltyClass *class = rule->classes[index];
	enum credit_error error = CREDIT_OK;

	/* "A severity has one class." */
	if (credit__book_class(rule, class->severity) != class)
		return credit__fault(check, "this severity has a class already",
			"%s.classes[%zu].severity", where, index);
	if (class->publication_max->months == 0)
		return credit__fault(check, "at least one month",
			"%s.classes[%zu].publication_max.months", where, index);
	if (class->publication_min->months > class->publication_max->months)
		return credit__fault(check, "longer than publication_max",
			"%s.classes[%zu].publication_min.months", where, index);
	/* "A kind of penalty is named by one class." */
	for (size_t k = 0; !error && k < class->n_penalty_kinds; k++) {
		if (kind_named_before(rule, index, k))
			error = credit__fault(check, "this kind is named already",
				"%s.classes[%zu].penalty_kinds[%zu]", where, index, k);
	}
	return error ? error : check_beside(check, rule, where, index);
}

/* Penalties: every one falls into a class, which has the periods. */
static enum credit_error check_classes(
	struct credit__check *check, const Credit__V1__RecordRule *rule, const char *where)
{
	enum credit_error error = CREDIT_OK;

	/* "Penalties have classes, and the periods are theirs; other kinds have none." */
	if (rule->n_classes == 0)
		return credit__fault(check, "penalties have classes", "%s.classes", where);
	if (rule->publication_max || rule->repair_min)
		return credit__fault(check, "the periods stand in the classes", "%s.%s", where,
			rule->publication_max ? "publication_max" : "repair_min");
	for (size_t i = 0; !error && i < rule->n_classes; i++)
		error = check_class(check, rule, where, i);
	/* "The default severity has a class." */
	if (!error && !credit__book_class(rule, rule->default_severity))
		error = credit__fault(
			check, "no class has this severity", "%s.default_severity", where);
	return error ? error : credit__check_repair(check, where, true, rule->repair);
}

/* Licences, pledges, honours, judgments: nothing need be made good, so their publication may be as
 * long as they last. */
static enum credit_error check_plain(
	struct credit__check *check, const Credit__V1__RecordRule *rule, const char *where)
{
	if (rule->n_classes > 0 || rule->default_severity != 0)
		return credit__fault(check, "only penalties have classes", "%s.%s", where,
			rule->n_classes > 0 ? "classes" : "default_severity");
	if (rule->publication_max && rule->publication_max->months == 0)
		return credit__fault(
			check, "at least one month", "%s.publication_max.months", where);
	if (!rule->publication_max && rule->repair_min && rule->repair_min->months != 0)
		return credit__fault(check,
			"give it, or let repair_min be 0 months: published until cured",
			"%s.publication_max", where);
	if (rule->publication_max && rule->repair_min &&
		rule->repair_min->months > rule->publication_max->months)
		return credit__fault(
			check, "longer than publication_max", "%s.repair_min.months", where);
	return credit__check_repair(check, where, rule->repair_min != NULL, rule->repair);
}

static enum credit_error check_record(
	struct credit__check *check, const Credit__V1__RecordRule *rule, const char *where)
{
	enum credit_error error = CREDIT_OK;

	/* "The id of a record kind begins with 'record.'." */
	if (strncmp(rule->id, "record.", strlen("record.")) != 0)
		error = credit__fault(check, "begins with 'record.'", "%s.id", where);
	/* "A kind of record has one rule; listings have theirs under lists." */
	if (!error && rule->kind == CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING)
		return credit__fault(
			check, "listings have their rules under lists", "%s.kind", where);
	if (!error && credit__book_record(check->book, rule->kind) != rule)
		error = credit__fault(check, "this kind has a rule already", "%s.kind", where);
	if (!error)
		error = rule->kind == CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY
				? check_classes(check, rule, where)
				: check_plain(check, rule, where);
	return error ? error
		     : credit__check_limits(check, where, rule->time_limits, rule->n_time_limits);
}

enum credit_error credit__check_records(struct credit__check *check)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < check->book->n_records; i++) {
		char where[32];
		snprintf(where, sizeof where, "records[%zu]", i);
		error = check_record(check, check->book->records[i], where);
	}
	return error;
}
