/* SPDX-License-Identifier: Apache-2.0
 *
 * check_retention.c - checks of a rule book: how long records are kept.
 */
#include "rules/check.h"

#include <string.h>

static bool has_item(const Credit__V1__RuleBook *book, const char *item)
{
	if (strcmp(item, CREDIT__ITEM_ACCESS) == 0)
		return true;
	for (size_t i = 0; i < book->n_records; i++) {
		if (strcmp(book->records[i]->id, item) == 0)
			return true;
	}
	return credit__book_list(book, item) != NULL;
}

static bool named_before(const Credit__V1__RuleBook *book, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(book->retention[i]->item, book->retention[index]->item) == 0)
			return true;
	}
	return false;
}

enum credit_error credit__check_retention(struct credit__check *check)
{
	const Credit__V1__RuleBook *book = check->book;
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < book->n_retention && !error; i++) {
		const Credit__V1__RetentionRule *rule = book->retention[i];

		/* "What is kept is a list or a record kind of the book, or `access.read`, each named once." */
		if (!has_item(book, rule->item))
			error = credit__fault(check, "no list or record kind has this id",
				"retention[%zu].item", i);
		else if (named_before(book, i))
			error = credit__fault(
				check, "this item has a rule already", "retention[%zu].item", i);
		/* "It is kept for a month at least." */
		if (!error && rule->keep->months == 0)
			error = credit__fault(
				check, "at least one month", "retention[%zu].keep.months", i);
	}
	return error;
}
