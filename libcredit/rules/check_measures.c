/* SPDX-License-Identifier: Apache-2.0
 *
 * check_measures.c - the catalogue of measures, and the grounds of objection.
 */
#include "rules/check.h"

#include <stdio.h>
#include <string.h>

/* What a measure of this registry is never about: how a person spends, travels, learns, serves. */
static const char *const personal[] = {"限制消费", "高消费", "出境", "乘坐", "入学", "就读", "子女",
	"任职", "从业", "法定代表人", "负责人", "股东"};

static const char *personal_word(const char *text)
{
	for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++) {
		if (strstr(text, personal[i]))
			return personal[i];
	}
	return NULL;
}

static bool is_punishment(const Credit__V1__MeasureRule *measure)
{
	return measure->kind == CREDIT__V1__MEASURE_KIND__MEASURE_KIND_PUNISHMENT;
}

static enum credit_error check_object(
	struct credit__check *check, const Credit__V1__MeasureRule *measure, const char *where)
{
	const char *prefix = is_punishment(measure) ? "measure." : "incentive.";
	const char *title = personal_word(measure->title);
	const char *content = personal_word(measure->content);
	char detail[CREDIT_DETAIL_MAX];
	enum credit_error error = CREDIT_OK;

	/* "The id of a measure begins with its kind: 'measure.' punishes, 'incentive.' rewards." */
	if (strncmp(measure->id, prefix, strlen(prefix)) != 0)
		error = credit__fault(
			check, "begins with its kind, 'measure.' or 'incentive.'", "%s.id", where);
	/* "A measure's object is the entity on the list: one that speaks of what persons spend,
	 * where they travel, learn or serve is refused." */
	if (!error && (title || content)) {
		snprintf(detail, sizeof detail, "'%s': measures against persons have no place here",
			title ? title : content);
		error = credit__fault(check, detail, "%s.%s", where, title ? "title" : "content");
	}
	return error;
}

static enum credit_error check_measure_lists(
	struct credit__check *check, const Credit__V1__MeasureRule *measure, const char *where)
{
	Credit__V1__Colour colour = is_punishment(measure) ? CREDIT__V1__COLOUR__COLOUR_BLACK
							   : CREDIT__V1__COLOUR__COLOUR_RED;
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < measure->n_lists; i++) {
		const Credit__V1__ListRule *list =
			credit__book_list(check->book, measure->lists[i]);
		bool twice = false;
		for (size_t k = 0; k < i; k++)
			twice |= strcmp(measure->lists[i], measure->lists[k]) == 0;
		/* "A list that an item names is in the book, and is named once." */
		if (!list)
			error = credit__fault(
				check, "no list has this id", "%s.lists[%zu]", where, i);
		else if (twice)
			error = credit__fault(
				check, "this list is named twice", "%s.lists[%zu]", where, i);
		/* "A punishment leans on black lists, an incentive on red ones." */
		else if (list->colour != colour)
			error = credit__fault(check,
				is_punishment(measure) ? "a punishment leans on black lists"
						       : "an incentive leans on red lists",
				"%s.lists[%zu]", where, i);
	}
	return error;
}

static enum credit_error check_measure(
	struct credit__check *check, const Credit__V1__MeasureRule *measure, const char *where)
{
	enum credit_error error = check_object(check, measure, where);

	if (!error)
		error = credit__check_basis(check, where, measure->instruments,
			measure->n_instruments, is_punishment(measure));
	if (!error)
		error = check_measure_lists(check, measure, where);
	if (!error)
		error = credit__check_levels(
			check, where, "levels", measure->levels, measure->n_levels);
	/* "A longest term has at least one month." */
	if (!error && measure->longest && measure->longest->months == 0)
		error = credit__fault(check, "at least one month; without one leave it out",
			"%s.longest.months", where);
	return error;
}

enum credit_error credit__check_measures(struct credit__check *check)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < check->book->n_measures; i++) {
		char where[32];
		snprintf(where, sizeof where, "measures[%zu]", i);
		error = check_measure(check, check->book->measures[i], where);
	}
	/* "There is a ground to object on." */
	if (!error && check->book->n_objection_grounds == 0)
		error = credit__fault(
			check, "name at least one ground of objection", "objection_grounds");
	return error;
}
