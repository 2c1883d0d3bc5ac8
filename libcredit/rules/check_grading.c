/* SPDX-License-Identifier: Apache-2.0
 *
 * check_grading.c - grades, and what lowers them.
 */
#include "rules/check.h"

#include <stdio.h>
#include <string.h>

static enum credit_error check_classes(
	struct credit__check *check, const Credit__V1__GradingRules *grading)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 1; !error && i < grading->n_classes; i++) {
		const Credit__V1__GradeClass *worse = grading->classes[i];
		const Credit__V1__GradeClass *better = grading->classes[i - 1];
		/* "Grades stand in the order of their ids, the best first." */
		if (strcmp(worse->id, better->id) <= 0)
			error = credit__fault(check, "not after the grade before it",
				"grading.classes[%zu].id", i);
		/* "A worse grade is not inspected less." */
		if (!error && worse->inspection_percent < better->inspection_percent)
			error = credit__fault(check, "less than that of the better grade before it",
				"grading.classes[%zu].inspection_percent", i);
	}
	return error;
}

/* "What lowers a grade names one of the book's, and not the best." */
static enum credit_error check_grade(struct credit__check *check,
	const Credit__V1__GradingRules *grading, const char *grade, const char *where)
{
	for (size_t i = 1; i < grading->n_classes; i++) {
		if (strcmp(grading->classes[i]->id, grade) == 0)
			return CREDIT_OK;
	}
	if (strcmp(grading->classes[0]->id, grade) == 0)
		return credit__fault(
			check, "this is the best grade: it lowers nothing", "%s.grade", where);
	return credit__fault(check, "no grade has this id", "%s.grade", where);
}

/* The id of the index-th of triggers and counts, taken together. */
static const char *reason_id(const Credit__V1__GradingRules *grading, size_t index)
{
	return index < grading->n_triggers ? grading->triggers[index]->id
					   : grading->counts[index - grading->n_triggers]->id;
}

static enum credit_error check_reason_id(struct credit__check *check,
	const Credit__V1__GradingRules *grading, size_t index, const char *where)
{
	for (size_t k = 0; k < index; k++) {
		/* "Triggers and counts have each an id of its own." */
		if (strcmp(reason_id(grading, k), reason_id(grading, index)) == 0)
			return credit__fault(check, "this id is used twice", "%s.id", where);
	}
	return CREDIT_OK;
}

static enum credit_error check_trigger(struct credit__check *check,
	const Credit__V1__GradingRules *grading, const Credit__V1__GradeTrigger *trigger,
	const char *where)
{
	enum credit_error error = check_grade(check, grading, trigger->grade, where);

	for (size_t i = 0; !error && i < trigger->n_lists; i++) {
		const Credit__V1__ListRule *list =
			credit__book_list(check->book, trigger->lists[i]);
		if (!list)
			error = credit__fault(
				check, "no list has this id", "%s.lists[%zu]", where, i);
		/* "A trigger names black lists." */
		else if (list->colour != CREDIT__V1__COLOUR__COLOUR_BLACK)
			error = credit__fault(
				check, "an honour lowers no grade", "%s.lists[%zu]", where, i);
	}
	return error;
}

enum credit_error credit__check_grading(struct credit__check *check)
{
	const Credit__V1__GradingRules *grading = check->book->grading;
	enum credit_error error;
	char where[40];

	if (!grading)
		return CREDIT_OK;
	error = check_classes(check, grading);
	for (size_t i = 0; !error && i < grading->n_triggers; i++) {
		snprintf(where, sizeof where, "grading.triggers[%zu]", i);
		error = check_reason_id(check, grading, i, where);
		if (!error)
			error = check_trigger(check, grading, grading->triggers[i], where);
	}
	for (size_t i = 0; !error && i < grading->n_counts; i++) {
		snprintf(where, sizeof where, "grading.counts[%zu]", i);
		error = check_reason_id(check, grading, grading->n_triggers + i, where);
		if (!error)
			error = check_grade(check, grading, grading->counts[i]->grade, where);
		/* "A window has at least one month." */
		if (!error && grading->counts[i]->window->months == 0)
			error = credit__fault(
				check, "at least one month", "%s.window.months", where);
	}
	return error;
}
