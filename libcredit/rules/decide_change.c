/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_change.c - while a record stands: its period changed, its decision suspended and resumed.
 *
 * The bounds are those of the book that the record was decided under, and they are in the record; a
 * later book does not widen them. The first day of repair never moves.
 */
#include "rules/procedure.h"

static enum credit_error need_published(struct credit__deciding *deciding, const char *uscc,
	const ProtobufCBinaryData *id, bool superior, Credit__V1__Record **ret_record)
{
	const Credit__V1__Entity *entity;
	Credit__V1__Record *record = NULL;
	enum credit_error error = credit__need_entity(deciding, "entity_uscc", uscc, &entity);

	if (!error)
		error = credit__need_record(deciding, "record", uscc, id, &record);
	if (!error)
		error = credit__need_author(deciding, record, superior);
	if (error)
		return error;
	if (record->state != CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED)
		return credit__refuse(deciding, CREDIT_E_RECORD_STATE, "record", NULL,
			"it is published no longer");
	*ret_record = record;
	return CREDIT_OK;
}

/* --- the period ------------------------------------------------------------------------------------ */

static enum credit_error refuse_period(struct credit__deciding *deciding,
	const Credit__V1__Record *record, const char *what, int32_t day)
{
	char rule[CREDIT_RULE_MAX], date[CREDIT_DAY_TEXT_SIZE];

	return credit__refuse(deciding, CREDIT_E_PERIOD, "publication_end",
		credit__rule(record->rule_book, record->item, rule), "%s %s", what,
		credit_day_text((credit_day_t){day}, date));
}

static enum credit_error check_new_end(
	struct credit__deciding *deciding, const Credit__V1__Record *record, int32_t end)
{
	int32_t earliest = record->repair_from ? record->repair_from : record->published_from;

	if (end == record->published_until)
		return refuse_period(deciding, record, "it is published until", end);
	if (record->latest_end != 0 && end > record->latest_end)
		return refuse_period(deciding, record, "not after", record->latest_end);
	if (end < earliest)
		return refuse_period(deciding, record, "not before", earliest);
	if (end < deciding->today.days)
		return refuse_period(deciding, record, "not before today,", deciding->today.days);
	return CREDIT_OK;
}

/* A longer publication is adverse: it names its basis. */
static enum credit_error check_instrument(
	struct credit__deciding *deciding, const Credit__V1__PublicationChange *change, bool longer)
{
	const struct credit_rule_book *book = deciding->in->book;
	const Credit__V1__Instrument *instrument;

	if (change->instrument[0] == '\0')
		return longer ? credit__refuse(deciding, CREDIT_E_FIELD_MISSING, "instrument", NULL,
					"an extension names its basis")
			      : CREDIT_OK;
	if (!book)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_MISSING, NULL, NULL, NULL);
	instrument = credit__book_instrument(book->message, change->instrument);
	if (!instrument ||
		!credit__instrument_in_force(instrument, (credit_day_t){change->decision_date}))
		return credit__refuse(deciding, CREDIT_E_LEGAL_BASIS, "instrument",
			credit__version(deciding), "'%.64s'", change->instrument);
	return CREDIT_OK;
}

enum credit_error credit__decide_publication_change(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__PublicationChange *change = act->publication_change;
	Credit__V1__Record *record = NULL;
	int32_t old_end;
	enum credit_error error =
		need_published(deciding, change->entity_uscc, &change->record, false, &record);

	if (!error)
		error = credit__check_date(
			deciding, "decision_date", change->decision_date, record->decided_on);
	if (!error)
		error = check_new_end(deciding, record, change->publication_end);
	if (error)
		return error;
	old_end = record->published_until;
	error = check_instrument(
		deciding, change, old_end != 0 && change->publication_end > old_end);
	if (error)
		return error;
	record->published_until = change->publication_end;
	return credit__record_put_changed(deciding, record, old_end);
}

/* --- suspension ------------------------------------------------------------------------------------ */

enum credit_error credit__decide_suspension(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Suspension *suspension = act->suspension;
	Credit__V1__Record *record = NULL;
	enum credit_error error = need_published(
		deciding, suspension->entity_uscc, &suspension->record, true, &record);

	if (!error)
		error = credit__check_date(deciding, "date", suspension->date, record->decided_on);
	if (error)
		return error;
	if (record->suspended_by != 0)
		return credit__refuse(
			deciding, CREDIT_E_RECORD_STATE, "record", NULL, "it is suspended already");
	record->suspended = true;
	record->suspended_by = (uint32_t)suspension->body;
	record->suspended_on = suspension->date;
	return credit__record_put_changed(deciding, record, record->published_until);
}

enum credit_error credit__decide_suspension_end(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__SuspensionEnd *end = act->suspension_end;
	Credit__V1__Record *record = NULL;
	enum credit_error error =
		need_published(deciding, end->entity_uscc, &end->record, false, &record);

	if (error)
		return error;
	if (record->suspended_by == 0)
		return credit__refuse(deciding, CREDIT_E_RECORD_STATE, "record", NULL, "%s",
			record->suspended ? "its basis was annulled: remove it, or answer the task"
					  : "it is not suspended");
	error = credit__check_date(deciding, "date", end->date, record->suspended_on);
	if (error)
		return error;
	record->suspended_by = 0;
	record->suspended_on = 0;
	record->suspended = record->basis_task.len > 0;
	return credit__record_put_changed(deciding, record, record->published_until);
}
