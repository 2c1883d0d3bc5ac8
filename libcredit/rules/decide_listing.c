/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_listing.c - an entry on a red or black list.
 *
 * No entry without a legal basis: list, ground, instrument and the kind of entity must be the rule
 * book's. No entry without a way out: the record has from its first second when repair may be
 * asked for, when publication ends, the conditions and the remedy.
 */
#include "rules/decide.h"

#include <string.h>

static bool names(char *const *items, size_t count, const char *item)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(items[i], item) == 0)
			return true;
	}
	return false;
}

static bool has_ground(const Credit__V1__ListRule *list, const char *id)
{
	for (size_t i = 0; i < list->n_grounds; i++) {
		if (strcmp(list->grounds[i]->id, id) == 0)
			return true;
	}
	return false;
}

/* Is this list, on that day, a basis for this entry? */
static enum credit_error check_basis(struct credit__deciding *deciding,
	const Credit__V1__Listing *listing, const Credit__V1__ListRule *list)
{
	const Credit__V1__Instrument *instrument =
		credit__book_instrument(deciding->in->book->message, listing->instrument);
	struct credit_uscc entity = credit__uscc(listing->entity_uscc);
	char rule[CREDIT_RULE_MAX];

	credit__rule(credit__version(deciding), list->id, rule);
	if (!instrument || !names(list->instruments, list->n_instruments, listing->instrument))
		return credit__refuse(deciding, CREDIT_E_LEGAL_BASIS, "instrument", rule, "'%.64s'",
			listing->instrument);
	if (!credit__instrument_in_force(instrument, (credit_day_t){listing->decision_date}))
		return credit__refuse(deciding, CREDIT_E_LIST_CLOSED, "decision_date", rule, "%s",
			instrument->number);
	if (!has_ground(list, listing->ground))
		return credit__refuse(deciding, CREDIT_E_REASON_UNKNOWN, "ground", rule, "'%.64s'",
			listing->ground);
	if (!credit__list_applies(list, &entity))
		return credit__refuse(deciding, CREDIT_E_ENTITY_CATEGORY, "entity_uscc", rule,
			"codes that begin with %.2s", listing->entity_uscc);
	return CREDIT_OK;
}

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

static enum credit_error check_other_records(struct credit__deciding *deciding,
	const Credit__V1__Listing *listing, const Credit__V1__ListRule *list, bool published)
{
	Credit__V1__Record *underlying;
	char rule[CREDIT_RULE_MAX];
	enum credit_error error = CREDIT_OK;

	if (listing->underlying_record.len > 0)
		error = credit__need_record(deciding, "underlying_record", listing->entity_uscc,
			&listing->underlying_record, &underlying);
	if (error || !published)
		return error;
	error = credit__each_row(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
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
	record->list_title = list->title;
	record->list_title_en = list->title_en;
	record->removal_conditions = list->removal_conditions;
	record->remedy = list->remedy;
}

/* The list in the book in force. */
static enum credit_error find_list(
	struct credit__deciding *deciding, const char *id, const Credit__V1__ListRule **ret_list)
{
	const struct credit_rule_book *book = deciding->in->book;

	if (!book)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_MISSING, NULL, NULL, NULL);

	const Credit__V1__ListRule *list = credit__book_list(book->message, id);
	if (!list)
		return credit__refuse(deciding, CREDIT_E_LIST_UNKNOWN, "list",
			credit__version(deciding), "'%.64s'", id);
	*ret_list = list;
	return CREDIT_OK;
}

enum credit_error credit__decide_listing(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Listing *listing = act->listing;
	char issuer[CREDIT_USCC_SIZE + 1] = "";
	const Credit__V1__ListRule *list = NULL;
	const Credit__V1__Entity *entity = NULL;
	const Credit__V1__Authority *decider = NULL;
	Credit__V1__Record record;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", listing->entity_uscc, &entity);

	if (!error)
		error = credit__need_alive(deciding, "entity_uscc", entity, listing->decision_date);
	if (!error)
		error = find_list(deciding, listing->list, &list);
	if (!error)
		error = check_basis(deciding, listing, list);
	memcpy(issuer, deciding->in->issuer.character, CREDIT_USCC_SIZE);
	if (!error)
		error = credit__need_authority(deciding, NULL, issuer, &decider);
	if (error)
		return error;

	const struct credit__publication publication = {
		.min = list->no_repair ? NULL : list->repair_min,
		.max = list->publication_max,
		.item = list->id,
		.decided_on = listing->decision_date,
		.wanted_end = listing->publication_end,
		.clock = list->clock,
		.transition = list->transition,
	};
	error = credit__record_new(deciding, listing->entity_uscc, &publication, &record);
	if (!error)
		error = check_other_records(deciding, listing, list,
			record.state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED);
	if (error)
		return error;
	fill_record(listing, list, decider, &record);
	return credit__record_put_new(deciding, &record);
}
