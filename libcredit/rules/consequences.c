/* SPDX-License-Identifier: Apache-2.0
 *
 * consequences.c - what follows when a record begins to stand or ends, whatever the reason.
 *
 * One repair repairs everywhere: whoever ends a record comes through here, so that nothing that
 * leans on it can be forgotten. A procedure that follows records adds a row to a table below.
 */
#include "rules/procedure.h"

typedef enum credit_error consequence_fn(
	struct credit__deciding *deciding, const Credit__V1__Record *record);

static enum credit_error count_began(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	Credit__V1__ItemTally *item;
	Credit__V1__Tally *tally;
	enum credit_error error = credit__tally_get(deciding, record->issuer_uscc, &tally);

	if (!error)
		error = credit__tally_item(deciding, tally, record->item, &item);
	if (error)
		return error;
	item->added++;
	return credit__tally_put(deciding, record->issuer_uscc, tally);
}

static enum credit_error count_ended(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	Credit__V1__ItemTally *item;
	Credit__V1__Tally *tally;
	enum credit_error error = credit__tally_get(deciding, record->issuer_uscc, &tally);

	if (!error)
		error = credit__tally_item(deciding, tally, record->item, &item);
	if (error)
		return error;
	item->ended++;
	return credit__tally_put(deciding, record->issuer_uscc, tally);
}

static consequence_fn *const on_begin[] = {
	count_began,
};

static consequence_fn *const on_end[] = {
	count_ended,
};

static enum credit_error run(struct credit__deciding *deciding, const Credit__V1__Record *record,
	consequence_fn *const *rows, size_t count)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < count && !error; i++)
		error = rows[i](deciding, record);
	return error;
}

enum credit_error credit__record_began(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	return run(deciding, record, on_begin, sizeof on_begin / sizeof on_begin[0]);
}

enum credit_error credit__record_ended(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	return run(deciding, record, on_end, sizeof on_end / sizeof on_end[0]);
}
