/* SPDX-License-Identifier: Apache-2.0
 *
 * consequences.c - what follows when a record begins to stand, changes or ends, whatever the reason.
 *
 * One repair repairs everywhere: whoever ends a record comes through here, so that nothing that
 * leans on it can be forgotten. A procedure that follows records adds a row to a table below.
 */
#include "rules/procedure.h"

typedef enum credit_error consequence_fn(
	struct credit__deciding *deciding, const Credit__V1__Record *record);

static enum credit_error count(
	struct credit__deciding *deciding, const Credit__V1__Record *record, bool began)
{
	Credit__V1__ItemTally *item;
	Credit__V1__Tally *tally;
	enum credit_error error = credit__tally_get(deciding, record->issuer_uscc, &tally);

	if (!error)
		error = credit__tally_item(deciding, tally, record->item, &item);
	if (error)
		return error;
	item->added += began;
	item->ended += !began;
	tally->filed_late += began && record->late;
	tally->filed_in_time += began && !record->late;
	return credit__tally_put(deciding, record->issuer_uscc, tally);
}

static enum credit_error count_began(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	return count(deciding, record, true);
}

static enum credit_error count_ended(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	return count(deciding, record, false);
}

/* Each table ends with NULL. */
static consequence_fn *const on_begin[] = {
	count_began,
	credit__review_honours,
	NULL,
};

/* It stands, and something about it is another than before: suspended, disputed, its period. */
static consequence_fn *const on_change[] = {
	credit__measures_follow,
	credit__subscribers_corrected,
	NULL,
};

static consequence_fn *const on_end[] = {
	count_ended,
	credit__measures_lose_basis,
	credit__subscribers_told,
	credit__annul_resting,
	credit__close_record_tasks,
	credit__cases_moot,
	NULL,
};

static enum credit_error run(struct credit__deciding *deciding, const Credit__V1__Record *record,
	consequence_fn *const *row)
{
	enum credit_error error = CREDIT_OK;

	for (; *row && !error; row++)
		error = (*row)(deciding, record);
	return error;
}

enum credit_error credit__record_began(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	return run(deciding, record, on_begin);
}

enum credit_error credit__record_changed(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	return run(deciding, record, on_change);
}

enum credit_error credit__record_ended(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	return run(deciding, record, on_end);
}
