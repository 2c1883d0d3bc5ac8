/* SPDX-License-Identifier: Apache-2.0
 *
 * tally.c - one authority's month in numbers (考核评价).
 *
 * Counted where things happen, in the same epoch, so that statistics need no second look at the
 * history and agree with it.
 */
#include "rules/procedure.h"

#include <string.h>

#define KIND CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TALLY

static struct credit__key key_of(const struct credit__deciding *deciding, const char *authority)
{
	int32_t year, month, day;

	credit_day_to_civil(deciding->today, &year, &month, &day);
	return credit__key_tally(authority, (uint32_t)(year * 100 + month));
}

enum credit_error credit__tally_get(struct credit__deciding *deciding, const char *authority_uscc,
	Credit__V1__Tally **ret_tally)
{
	struct credit__key key = key_of(deciding, authority_uscc);
	ProtobufCMessage *message;
	enum credit_error error = credit__fact(deciding, KIND, &key, &message);

	if (error == CREDIT_E_NOT_FOUND) {
		Credit__V1__Tally *tally = credit_arena_alloc(deciding->in->arena, sizeof *tally);
		if (!tally)
			return CREDIT_E_NO_MEMORY;
		credit__v1__tally__init(tally);
		*ret_tally = tally;
		return CREDIT_OK;
	}
	if (!error)
		*ret_tally = (Credit__V1__Tally *)message;
	return error;
}

enum credit_error credit__tally_put(struct credit__deciding *deciding, const char *authority_uscc,
	const Credit__V1__Tally *tally)
{
	struct credit__key key = key_of(deciding, authority_uscc);

	return credit__put(deciding, KIND, &key, &tally->base);
}

enum credit_error credit__tally_item(struct credit__deciding *deciding, Credit__V1__Tally *tally,
	const char *item, Credit__V1__ItemTally **ret_item)
{
	struct credit_arena *arena = deciding->in->arena;
	size_t count = tally->n_items;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(tally->items[i]->item, item) == 0) {
			*ret_item = tally->items[i];
			return CREDIT_OK;
		}
	}

	Credit__V1__ItemTally *line = credit_arena_alloc(arena, sizeof *line);
	Credit__V1__ItemTally **items =
		credit_arena_alloc(arena, (count + 1) * sizeof(Credit__V1__ItemTally *));
	if (!line || !items)
		return CREDIT_E_NO_MEMORY;
	credit__v1__item_tally__init(line);
	line->item = (char *)(uintptr_t)item;
	if (count > 0)
		memcpy(items, tally->items, count * sizeof(Credit__V1__ItemTally *));
	items[count] = line;
	tally->items = items;
	tally->n_items = count + 1;
	*ret_item = line;
	return CREDIT_OK;
}
