/* SPDX-License-Identifier: Apache-2.0
 *
 * grant.c - has this authority a grant of this role? For whoever lets it read, not for acts.
 *
 * What an authority may file is decided by rules/access.c, with item, division and entity; here only
 * role, dates and revocation count.
 */
#include "registry/internal.h"

#define GRANT_ARENA_LIMIT 65536 /* of one decoded row */

struct grant_search {
	Credit__V1__Role role;
	int32_t today;
};

static bool in_force(const struct grant_search *search, const Credit__V1__GrantRow *row)
{
	const Credit__V1__Grant *grant = row->grant;

	return grant && grant->role == search->role && row->revoked_epoch == 0 &&
	       grant->valid_from <= search->today &&
	       (grant->valid_until == 0 || search->today <= grant->valid_until);
}

/* CREDIT_E_EXISTS ends the scan: one is enough. */
static enum credit_error look(void *context, struct credit_bytes key, struct credit_bytes value)
{
	const struct grant_search *search = context;
	struct credit_arena arena;
	ProtobufCMessage *message;
	enum credit_error error;

	(void)key;
	credit_arena_init(&arena, NULL, 0, GRANT_ARENA_LIMIT);
	error = credit_decode(&credit__v1__grant_row__descriptor, value, &arena, &message, NULL);
	if (error)
		error = CREDIT_E_STORE_CORRUPT;
	else if (in_force(search, (const Credit__V1__GrantRow *)(const void *)message))
		error = CREDIT_E_EXISTS;
	credit_arena_deinit(&arena);
	return error;
}

enum credit_error credit_view_grant(struct credit_view *view, const struct credit_uscc *authority,
	uint32_t role, credit_day_t today, bool *ret_granted)
{
	struct grant_search search = {.role = (Credit__V1__Role)role, .today = today.days};
	struct credit_bytes prefix = {(const uint8_t *)authority->character, CREDIT_USCC_SIZE};
	enum credit_error error = credit_view_scan(
		view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_GRANT, prefix, &search, look);

	if (error && error != CREDIT_E_EXISTS)
		return error;
	*ret_granted = error == CREDIT_E_EXISTS;
	return CREDIT_OK;
}
