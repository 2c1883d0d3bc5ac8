/* SPDX-License-Identifier: Apache-2.0
 *
 * limits.c - the table of time limits, and where a book says how long each is.
 */
#include "rules/limits.h"

#include <string.h>

const struct credit__limit_row credit__limit_rows[CREDIT__LIMITS] = {
#define X(name, id, extends, en, zh) {id, CREDIT__LIMIT_##extends, {en, zh}},
	CREDIT__LIMIT_LIST(X)
#undef X
};

static const Credit__V1__TimeLimit *find(
	Credit__V1__TimeLimit *const *limits, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(limits[i]->id, id) == 0)
			return limits[i];
	}
	return NULL;
}

const Credit__V1__TimeLimit *credit__book_limit(
	const Credit__V1__RuleBook *book, const char *item, enum credit__limit limit)
{
	const char *id = credit__limit_rows[limit].id;
	const Credit__V1__TimeLimit *own = NULL;

	for (size_t i = 0; item && !own && i < book->n_lists; i++) {
		if (strcmp(book->lists[i]->id, item) == 0)
			own = find(book->lists[i]->time_limits, book->lists[i]->n_time_limits, id);
	}
	for (size_t i = 0; item && !own && i < book->n_records; i++) {
		if (strcmp(book->records[i]->id, item) == 0)
			own = find(
				book->records[i]->time_limits, book->records[i]->n_time_limits, id);
	}
	return own ? own : find(book->time_limits, book->n_time_limits, id);
}

const char *credit_rule_limit_title(const char *id, enum credit_lang lang)
{
	for (size_t i = 0; i < CREDIT__LIMITS; i++) {
		if (strcmp(credit__limit_rows[i].id, id) == 0)
			return credit__limit_rows[i].text[lang];
	}
	return "";
}
