/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_removal.c - how a record leaves the public status: by its author, or by time.
 *
 * What was allowed when the record was made decides, so the record's own dates are looked at and
 * the rule book it was decided under is cited; no rule book need be in force to end a record.
 */
#include "rules/decide.h"

#define CAUSE(name) CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_##name

static enum credit_error check_published(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	if (record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED)
		return CREDIT_OK;
	return credit__refuse(
		deciding, CREDIT_E_RECORD_STATE, "record", NULL, "it is published no longer");
}

static enum credit_error check_dates(struct credit__deciding *deciding,
	const Credit__V1__Removal *removal, const Credit__V1__Record *record)
{
	char date[CREDIT_DAY_TEXT_SIZE];

	if (removal->decision_date > deciding->today.days)
		return credit__refuse(deciding, CREDIT_E_DATE_FUTURE, "decision_date", NULL,
			"today is %s", credit_day_text(deciding->today, date));
	if (removal->decision_date < record->decided_on)
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, "decision_date", NULL,
			"the record was decided on %s",
			credit_day_text((credit_day_t){record->decided_on}, date));
	return CREDIT_OK;
}

static enum credit_error check_cause(struct credit__deciding *deciding,
	const Credit__V1__Removal *removal, const Credit__V1__Record *record)
{
	char rule[CREDIT_RULE_MAX], date[CREDIT_DAY_TEXT_SIZE];

	credit__rule(record->rule_book, record->item, rule);
	if (removal->cause == CAUSE(REPAIRED) && record->repair_from == 0)
		return credit__refuse(
			deciding, CREDIT_E_PERIOD, "cause", rule, "this item knows no repair");
	if (removal->cause == CAUSE(REPAIRED) && removal->decision_date < record->repair_from)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "decision_date", rule,
			"repair from %s on",
			credit_day_text((credit_day_t){record->repair_from}, date));
	if (removal->cause == CAUSE(EXPIRED) && record->published_until == 0)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "cause", rule,
			"published until it is ended: there is no last day");
	if (removal->cause == CAUSE(EXPIRED) && deciding->today.days <= record->published_until)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "cause", rule,
			"published until %s",
			credit_day_text((credit_day_t){record->published_until}, date));
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
	if (!credit__same_uscc(&deciding->in->issuer, record->issuer_uscc))
		return credit__refuse(deciding, CREDIT_E_NOT_THE_AUTHOR, "record", NULL,
			"it was filed by %s", record->issuer_uscc);
	error = check_published(deciding, record);
	if (!error)
		error = check_dates(deciding, removal, record);
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
