/* SPDX-License-Identifier: Apache-2.0
 *
 * listing_basis.c - on what an entry rests: list, ground, instrument, level, and whose periods hold.
 *
 * A notice is held to the same basis as the entry that it announces, so that an entity is not heard
 * about what could never be decided.
 */
#include "rules/listing.h"

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

enum credit_error credit__entry_basis(struct credit__deciding *deciding,
	const struct credit__entry *entry, const Credit__V1__ListRule **ret_list)
{
	struct credit_uscc entity = credit__uscc(entry->entity_uscc);
	const Credit__V1__ListRule *list = NULL;
	char rule[CREDIT_RULE_MAX];
	enum credit_error error = find_list(deciding, entry->list, &list);

	if (error)
		return error;
	credit__rule(credit__version(deciding), list->id, rule);
	const Credit__V1__Instrument *instrument =
		credit__book_instrument(deciding->in->book->message, entry->instrument);
	if (!instrument || !names(list->instruments, list->n_instruments, entry->instrument))
		return credit__refuse(deciding, CREDIT_E_LEGAL_BASIS, "instrument", rule, "'%.64s'",
			entry->instrument);
	if (!credit__instrument_in_force(instrument, (credit_day_t){entry->day}))
		return credit__refuse(deciding, CREDIT_E_LIST_CLOSED, entry->day_field, rule, "%s",
			instrument->number);
	if (!has_ground(list, entry->ground))
		return credit__refuse(deciding, CREDIT_E_REASON_UNKNOWN, "ground", rule, "'%.64s'",
			entry->ground);
	if (!credit__list_applies(list, &entity))
		return credit__refuse(deciding, CREDIT_E_ENTITY_CATEGORY, "entity_uscc", rule,
			"codes that begin with %.2s", entry->entity_uscc);
	*ret_list = list;
	return CREDIT_OK;
}

enum credit_error credit__issuer(
	struct credit__deciding *deciding, const Credit__V1__Authority **ret_authority)
{
	char *issuer;
	enum credit_error error = credit__issuer_text(deciding, &issuer);

	return error ? error : credit__need_authority(deciding, NULL, issuer, ret_authority);
}

enum credit_error credit__entry_level(struct credit__deciding *deciding,
	const Credit__V1__ListRule *list, const Credit__V1__Authority *decider)
{
	char rule[CREDIT_RULE_MAX];
	bool may = list->n_levels == 0;

	credit__rule(credit__version(deciding), list->id, rule);
	for (size_t i = 0; i < list->n_levels; i++)
		may |= (uint32_t)list->levels[i] == decider->level;
	/* Who names no level does not get round the consent either. */
	if (decider->level == 0 && list->n_consent_levels > 0)
		may = false;
	if (may)
		return CREDIT_OK;
	return credit__refuse(deciding, CREDIT_E_LEVEL, "list", rule, "%s",
		decider->level == 0 ? "its enrolment names no level" : decider->name);
}

/* --- whose periods --------------------------------------------------------------------------------- */

/* The list as the book in force on that day had it; the present one's when that book is the present
 * one, there was none, or it did not know the list. */
static enum credit_error list_on(struct credit__deciding *deciding,
	const Credit__V1__ListRule *list, int32_t day, const Credit__V1__ListRule **ret_list)
{
	const struct credit_decision *in = deciding->in;
	const Credit__V1__ListRule *found;
	ProtobufCMessage *message;
	struct credit_bytes row;
	enum credit_error error;

	*ret_list = list;
	if (day >= in->book->message->effective_date)
		return CREDIT_OK;
	error = credit_rules_in_force(in->state, (credit_day_t){day}, &row);
	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
	/* What the state holds decodes, or the state is damaged. */
	error = credit_decode(
		&credit__v1__rule_book_row__descriptor, row, in->arena, &message, NULL);
	if (error)
		return error == CREDIT_E_NO_MEMORY ? error : CREDIT_E_STORE_CORRUPT;
	const ProtobufCBinaryData *book = &((const Credit__V1__RuleBookRow *)message)->rule_book;
	error = credit_decode(&credit__v1__rule_book__descriptor,
		(struct credit_bytes){book->data, book->len}, in->arena, &message, NULL);
	if (error)
		return error == CREDIT_E_NO_MEMORY ? error : CREDIT_E_STORE_CORRUPT;
	found = credit__book_list((const Credit__V1__RuleBook *)message, list->id);
	if (found)
		*ret_list = found;
	return CREDIT_OK;
}

/* None is later than any: publication without an end, no repair at all. */
static const Credit__V1__Period *shorter(const Credit__V1__Period *a, const Credit__V1__Period *b)
{
	if (!a || !b)
		return a ? a : b;
	return b->months < a->months ? b : a;
}

static struct credit__periods periods_of(const Credit__V1__ListRule *list)
{
	return (struct credit__periods){
		.min = list->no_repair ? NULL : list->repair_min,
		.max = list->publication_max,
	};
}

enum credit_error credit__entry_periods(struct credit__deciding *deciding,
	const Credit__V1__ListRule *list, int32_t day, struct credit__periods *ret_periods)
{
	struct credit__periods now = periods_of(list), then;
	const Credit__V1__ListRule *older;
	enum credit_error error = list_on(deciding, list, day, &older);

	if (error)
		return error;
	then = periods_of(older);
	switch (list->transition) {
	case CREDIT__V1__TRANSITION__TRANSITION_NEW:
		*ret_periods = now;
		return CREDIT_OK;
	case CREDIT__V1__TRANSITION__TRANSITION_OLD:
		*ret_periods = then;
		return CREDIT_OK;
	case CREDIT__V1__TRANSITION__TRANSITION_UNSPECIFIED:
	case CREDIT__V1__TRANSITION__TRANSITION_KINDER:
	case _CREDIT__V1__TRANSITION_IS_INT_SIZE:
		break;
	}
	ret_periods->min = shorter(now.min, then.min);
	ret_periods->max = shorter(now.max, then.max);
	return CREDIT_OK;
}
