/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_listing.c - an entry on a red or black list.
 *
 * No entry without a legal basis: list, ground, instrument and the kind of entity must be the rule
 * book's. No entry unheard: where the list asks for it, a notice was served and its hearing period
 * is over. No entry without a way out: the record has from its first second when repair may be
 * asked for, when publication ends, the conditions and the remedy.
 */
#include "rules/listing.h"

#include <string.h>

/* CREDIT_E_ALREADY_LISTED stops the walk at the first that stands. */
static enum credit_error compare_list(
	void *context, const ProtobufCMessage *row, struct credit_bytes value)
{
	const Credit__V1__Record *record = (const Credit__V1__Record *)row;
	const Credit__V1__ListRule *list = context;

	(void)value;
	return record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED &&
			       record->kind == CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING &&
			       record->list == list->number
		       ? CREDIT_E_ALREADY_LISTED
		       : CREDIT_OK;
}

/* What a listing rests on may have run out or been repaired since, but not been annulled. */
static enum credit_error check_underlying(
	struct credit__deciding *deciding, const Credit__V1__Listing *listing)
{
	Credit__V1__Record *underlying;
	enum credit_error error;

	if (listing->underlying_record.len == 0)
		return CREDIT_OK;
	error = credit__need_record(deciding, "underlying_record", listing->entity_uscc,
		&listing->underlying_record, &underlying);
	if (error)
		return error;
	if (underlying->removal_cause == CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED ||
		underlying->removal_cause == CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_CORRECTED)
		return credit__refuse(deciding, CREDIT_E_RECORD_STATE, "underlying_record", NULL,
			"the decision that it rests on was taken back");
	return CREDIT_OK;
}

static enum credit_error check_not_listed(struct credit__deciding *deciding,
	const Credit__V1__Listing *listing, const Credit__V1__ListRule *list)
{
	char rule[CREDIT_RULE_MAX];
	enum credit_error error =
		credit__each_row(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
			listing->entity_uscc, compare_list, (void *)(uintptr_t)list);

	if (error == CREDIT_E_ALREADY_LISTED)
		return credit__refuse(deciding, error, "list",
			credit__rule(credit__version(deciding), list->id, rule), NULL);
	return error;
}

static void fill_record(const Credit__V1__Listing *listing, const Credit__V1__ListRule *list,
	const Credit__V1__Authority *decider, Credit__V1__Record *record)
{
	record->kind = CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING;
	record->list = list->number;
	record->colour = list->colour;
	record->severity = list->severity;
	record->decider_uscc = decider->uscc;
	record->decider_name = decider->name;
	record->document_no = listing->document_no;
	record->ground = listing->ground;
	record->instrument = listing->instrument;
	record->underlying_record = listing->underlying_record;
	record->notice = listing->notice;
	record->list_title = list->title;
	record->list_title_en = list->title_en;
	record->removal_conditions = list->removal_conditions;
	record->remedy = list->remedy;
}

static enum credit_error make_record(struct credit__deciding *deciding,
	const Credit__V1__Listing *listing, const Credit__V1__ListRule *list, int32_t since,
	Credit__V1__Record *record)
{
	struct credit__periods periods = {NULL, NULL};
	enum credit_error error = credit__entry_periods(deciding, list, since, &periods);

	if (error)
		return error;
	const struct credit__publication publication = {
		.min = periods.min,
		.max = periods.max,
		.item = list->id,
		.decided_on = listing->decision_date,
		.wanted_end = listing->publication_end,
		.clock = list->clock,
		.transition = list->transition,
	};
	return credit__record_new(deciding, listing->entity_uscc, &publication, record);
}

/* What a published entry must have behind it. One that is over already is history of an import:
 * nobody is put on a list by it. */
static enum credit_error check_road(struct credit__deciding *deciding, const Credit__V1__Act *act,
	const Credit__V1__ListRule *list, const Credit__V1__Authority *decider, int32_t *ret_since)
{
	enum credit_error error = check_not_listed(deciding, act->listing, list);

	if (!error)
		error = credit__entry_level(deciding, list, decider);
	if (!error)
		error = credit__notice_use(deciding, act, list, ret_since);
	return error ? error : credit__consent_use(deciding, list, decider);
}

enum credit_error credit__decide_listing(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Listing *listing = act->listing;
	const struct credit__entry entry = {
		.entity_uscc = listing->entity_uscc,
		.list = listing->list,
		.ground = listing->ground,
		.instrument = listing->instrument,
		.day = listing->decision_date,
		.day_field = "decision_date",
	};
	const Credit__V1__ListRule *list = NULL;
	const Credit__V1__Entity *entity = NULL;
	const Credit__V1__Authority *decider = NULL;
	Credit__V1__Record record;
	int32_t since = listing->decision_date;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", listing->entity_uscc, &entity);

	if (!error)
		error = credit__need_alive(deciding, "entity_uscc", entity, listing->decision_date);
	if (!error)
		error = credit__entry_basis(deciding, &entry, &list);
	if (!error)
		error = credit__issuer(deciding, &decider);
	if (!error)
		error = check_underlying(deciding, listing);
	if (!error)
		error = make_record(deciding, listing, list, since, &record);
	if (error)
		return error;
	if (record.state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED) {
		error = check_road(deciding, act, list, decider, &since);
		/* What the entity was told of when it was heard holds. */
		if (!error && since < listing->decision_date)
			error = make_record(deciding, listing, list, since, &record);
	}
	if (error)
		return error;
	fill_record(listing, list, decider, &record);
	return credit__record_put_new(deciding, &record);
}
