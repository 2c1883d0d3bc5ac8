/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_removal.c - how a record leaves the public status: by its author, or by time.
 *
 * What was allowed when the record was made decides, so the record's own dates are looked at and
 * the rule book it was decided under is cited; no rule book need be in force to end a record. Only
 * a repair without an application rests on the present book: it must allow the authority its own
 * motion.
 */
#include "rules/procedure.h"

#define CAUSE(name) CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_##name

static enum credit_error check_published(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	if (record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED)
		return CREDIT_OK;
	return credit__refuse(
		deciding, CREDIT_E_RECORD_STATE, "record", NULL, "it is published no longer");
}

/* Repair of the authority's own motion, where the item knows it; else somebody must apply. */
static enum credit_error check_repair(struct credit__deciding *deciding,
	const Credit__V1__Removal *removal, const Credit__V1__Record *record)
{
	const struct credit_rule_book *book = deciding->in->book;
	const Credit__V1__RepairRule *repair =
		book ? credit__book_repair(book->message, record->item) : NULL;
	int32_t from = record->no_repair_before > record->repair_from ? record->no_repair_before
								      : record->repair_from;
	char rule[CREDIT_RULE_MAX], date[CREDIT_DAY_TEXT_SIZE];

	credit__rule(record->rule_book, record->item, rule);
	if (record->repair_from == 0)
		return credit__refuse(
			deciding, CREDIT_E_PERIOD, "cause", rule, "this item knows no repair");
	if (removal->decision_date < from)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "decision_date", rule,
			"repair from %s on", credit_day_text((credit_day_t){from}, date));
	if (!repair || !repair->own_motion)
		return credit__refuse(deciding, CREDIT_E_CONDITION, "cause", rule,
			"repair of this item is applied for, at a front office");
	return CREDIT_OK;
}

static enum credit_error check_cause(struct credit__deciding *deciding,
	const Credit__V1__Removal *removal, const Credit__V1__Record *record)
{
	bool runs = record->published_until == 0 || deciding->today.days <= record->published_until;
	char rule[CREDIT_RULE_MAX], date[CREDIT_DAY_TEXT_SIZE];

	if (removal->cause == CAUSE(REPAIRED))
		return check_repair(deciding, removal, record);
	if (removal->cause == CAUSE(EXPIRED) && runs)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "cause",
			credit__rule(record->rule_book, record->item, rule), "published until %s",
			record->published_until
				? credit_day_text((credit_day_t){record->published_until}, date)
				: "it is cured");
	return CREDIT_OK;
}

enum credit_error credit__decide_removal(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Removal *removal = act->removal;
	const Credit__V1__Entity *entity;
	Credit__V1__Record *record;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", removal->entity_uscc, &entity);

	if (!error)
		error = credit__need_record(
			deciding, "record", removal->entity_uscc, &removal->record, &record);
	if (error)
		return error;
	error = credit__need_author(deciding, record, false);
	if (!error)
		error = check_published(deciding, record);
	if (!error)
		error = credit__check_date(
			deciding, "decision_date", removal->decision_date, record->decided_on);
	if (!error)
		error = check_cause(deciding, removal, record);
	return error ? error
		     : credit__record_end(deciding, record, removal->cause, removal->decision_date);
}

enum credit_error credit__decide_publication_end(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__PublicationEnd *end = act->publication_end;
	char date[CREDIT_DAY_TEXT_SIZE];
	const Credit__V1__Entity *entity;
	Credit__V1__Record *record;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", end->entity_uscc, &entity);

	if (!error)
		error = credit__need_record(
			deciding, "record", end->entity_uscc, &end->record, &record);
	if (!error)
		error = check_published(deciding, record);
	if (error)
		return error;
	if (record->published_until == 0)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "date", NULL,
			"published until it is ended: there is no last day");
	if (end->date <= record->published_until || end->date > deciding->today.days)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "date", NULL,
			"published until the end of %s",
			credit_day_text((credit_day_t){record->published_until}, date));
	return credit__record_end(deciding, record, CAUSE(EXPIRED), end->date);
}
