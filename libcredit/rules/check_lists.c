/* SPDX-License-Identifier: Apache-2.0
 *
 * check_lists.c - the lists of a rule book: names, basis, periods, who decides an entry and how.
 */
#include "rules/check.h"

#include <stdio.h>
#include <string.h>

static bool is_black(const Credit__V1__ListRule *list)
{
	return list->colour == CREDIT__V1__COLOUR__COLOUR_BLACK;
}

static enum credit_error check_names(
	struct credit__check *check, const Credit__V1__ListRule *list, const char *where)
{
	const char *prefix = is_black(list) ? "black." : "red.";
	enum credit_error error = CREDIT_OK;

	/* "The id of a list begins with its colour." */
	if (strncmp(list->id, prefix, strlen(prefix)) != 0)
		error = credit__fault(
			check, "begins with its colour, 'red.' or 'black.'", "%s.id", where);
	/* "A ground's id is used once in its list." */
	for (size_t i = 0; !error && i < list->n_grounds; i++) {
		for (size_t k = 0; !error && k < i; k++) {
			if (strcmp(list->grounds[i]->id, list->grounds[k]->id) == 0)
				error = credit__fault(check, "this id is used twice",
					"%s.grounds[%zu].id", where, i);
		}
	}
	/* "A category is a pair that codes begin with." */
	for (size_t i = 0; !error && i < list->n_categories; i++) {
		struct credit_uscc uscc = {"000000000000000000"};
		size_t length = strlen(list->categories[i]);
		memcpy(uscc.character, list->categories[i], length < 2 ? length : 2);
		if (length != 2 || credit_uscc_category(&uscc, CREDIT_LANG_EN)[0] == '\0')
			error = credit__fault(check, "no code begins with these two characters",
				"%s.categories[%zu]", where, i);
	}
	return error;
}

static enum credit_error check_periods(
	struct credit__check *check, const Credit__V1__ListRule *list, const char *where)
{
	/* "A list either says from when on repair may be asked for, or that it knows none." */
	if (!list->repair_min == !list->no_repair)
		return credit__fault(
			check, "give repair_min or 'no_repair: true'", "%s.repair_min", where);
	/* "A red list knows no repair: there is nothing to make good." */
	if (!is_black(list) && !list->no_repair)
		return credit__fault(
			check, "a red list has 'no_repair: true'", "%s.no_repair", where);
	/* "Publication has an end, or repair may be asked for at once." */
	if (!list->publication_max && (list->no_repair || list->repair_min->months != 0))
		return credit__fault(check,
			"give it, or let repair_min be 0 months: published until cured",
			"%s.publication_max", where);
	if (list->publication_max && list->publication_max->months == 0)
		return credit__fault(
			check, "at least one month", "%s.publication_max.months", where);
	/* "A shortest period is not longer than the longest." */
	if (list->publication_max && list->repair_min &&
		list->repair_min->months > list->publication_max->months)
		return credit__fault(
			check, "longer than publication_max", "%s.repair_min.months", where);
	return CREDIT_OK;
}

static bool has_level(const Credit__V1__Level *levels, size_t count, Credit__V1__Level level)
{
	for (size_t i = 0; i < count; i++) {
		if (levels[i] == level)
			return true;
	}
	return false;
}

/* Who decides an entry, and what comes before. */
static enum credit_error check_procedure(
	struct credit__check *check, const Credit__V1__ListRule *list, const char *where)
{
	enum credit_error error = CREDIT_OK;

	/* "A black list states its severity, a red one has none." */
	if (is_black(list) == (list->severity == 0))
		error = credit__fault(
			check, "black lists have one, red lists have none", "%s.severity", where);
	/* "Notice, consent and the review of honours are for black lists." */
	if (!error && !is_black(list) && list->notice)
		error = credit__fault(check, "only black lists give notice", "%s.notice", where);
	if (!error && !is_black(list) && list->reviews_honours)
		error = credit__fault(
			check, "only black lists touch honours", "%s.reviews_honours", where);
	if (!error && !is_black(list) && list->n_consent_levels > 0)
		error = credit__fault(
			check, "only black lists ask for consent", "%s.consent_levels", where);
	for (size_t i = 0; !error && i < list->n_consent_levels; i++) {
		/* "A level that needs consent may decide, and has a level above it." */
		if (list->consent_levels[i] == CREDIT__V1__LEVEL__LEVEL_NATIONAL)
			error = credit__fault(check, "nobody is above the national level",
				"%s.consent_levels[%zu]", where, i);
		else if (list->n_levels > 0 &&
			 !has_level(list->levels, list->n_levels, list->consent_levels[i]))
			error = credit__fault(check, "this level is not among levels",
				"%s.consent_levels[%zu]", where, i);
	}
	return error;
}

static enum credit_error check_list(
	struct credit__check *check, const Credit__V1__ListRule *list, const char *where)
{
	enum credit_error error = check_names(check, list, where);

	if (!error)
		error = credit__check_basis(
			check, where, list->instruments, list->n_instruments, is_black(list));
	if (!error)
		error = check_periods(check, list, where);
	if (!error)
		error = credit__check_repair(check, where, !list->no_repair, list->repair);
	if (!error)
		error = check_procedure(check, list, where);
	if (!error)
		error = credit__check_levels(check, where, "levels", list->levels, list->n_levels);
	if (!error)
		error = credit__check_levels(check, where, "consent_levels", list->consent_levels,
			list->n_consent_levels);
	if (!error)
		error = credit__check_limits(check, where, list->time_limits, list->n_time_limits);
	return error;
}

enum credit_error credit__check_lists(struct credit__check *check)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; !error && i < check->book->n_lists; i++) {
		char where[32];
		snprintf(where, sizeof where, "lists[%zu]", i);
		error = check_list(check, check->book->lists[i], where);
	}
	return error;
}
