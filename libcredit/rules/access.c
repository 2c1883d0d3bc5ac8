/* SPDX-License-Identifier: Apache-2.0
 *
 * access.c - may this key, of this authority, file this act?
 *
 * First the key: enrolled for the issuer, in force, and of the purpose that the act asks for; the
 * root's offline key and the registry's own key sign what is theirs and nothing else. Then the
 * grant: role, item, the entity's division, dates. Of several grants the one that comes closest
 * says what is missing.
 */
#include "rules/decide.h"

#include <string.h>

/* --- keys ---------------------------------------------------------------------------------- */

#define ROW_SCRATCH 1024 /* an AuthorityKey, unpacked */

static enum credit_error find_authority(const struct credit_state_view *state,
	const struct credit_uscc *issuer, struct credit_problem *problem)
{
	struct credit_bytes key = {(const uint8_t *)issuer->character, CREDIT_USCC_SIZE}, value;
	enum credit_error error = state->get(
		state->context, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY, key, &value);

	if (error == CREDIT_E_NOT_FOUND)
		return credit_problem_set(problem, CREDIT_E_AUTHORITY_UNKNOWN, "issuer_uscc", NULL,
			"%.18s", issuer->character);
	return error;
}

static enum credit_error check_key(const Credit__V1__AuthorityKey *row,
	const struct credit_uscc *issuer, uint64_t epoch, struct credit_problem *problem)
{
	if (row->public_key.len != CREDIT_PUBLIC_KEY_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	if (!credit__same_uscc(issuer, row->authority_uscc))
		return credit_problem_set(problem, CREDIT_E_KEY_UNKNOWN, "key_id", NULL,
			"the key is another authority's");
	if (row->revoked_epoch != 0 && epoch >= row->revoked_epoch)
		return credit_problem_set(problem, CREDIT_E_KEY_REVOKED, "key_id", NULL,
			"since epoch %llu", (unsigned long long)row->revoked_epoch);
	return CREDIT_OK;
}

static enum credit_error find_key(const struct credit_state_view *state,
	const struct credit_uscc *issuer, const struct credit_hash *key_id, uint64_t epoch,
	struct credit_public_key *ret_key, Credit__V1__KeyPurpose *ret_purpose,
	struct credit_problem *problem)
{
	uint8_t scratch[ROW_SCRATCH];
	struct credit_arena arena;
	ProtobufCMessage *message;
	struct credit_bytes value;
	enum credit_error error = find_authority(state, issuer, problem);

	if (error)
		return error;
	error = state->get(state->context, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_KEY,
		(struct credit_bytes){key_id->byte, sizeof key_id->byte}, &value);
	if (error == CREDIT_E_NOT_FOUND)
		return credit_problem_set(problem, CREDIT_E_KEY_UNKNOWN, "key_id", NULL, NULL);
	if (error)
		return error;
	credit_arena_init(&arena, scratch, sizeof scratch, sizeof scratch);
	error = credit__row_decode(
		CREDIT__V1__EFFECT_KIND__EFFECT_KIND_KEY, value, &arena, &message);
	if (!error) {
		const Credit__V1__AuthorityKey *row = (const Credit__V1__AuthorityKey *)message;
		error = check_key(row, issuer, epoch, problem);
		if (!error) {
			memcpy(ret_key->byte, row->public_key.data, sizeof ret_key->byte);
			*ret_purpose = row->purpose;
		}
	}
	credit_arena_deinit(&arena);
	return error;
}

enum credit_error credit_key_lookup(const struct credit_state_view *state,
	const struct credit_uscc *issuer, const struct credit_hash *key_id, uint64_t epoch,
	struct credit_public_key *ret_key, struct credit_problem *problem)
{
	Credit__V1__KeyPurpose purpose;

	return find_key(state, issuer, key_id, epoch, ret_key, &purpose, problem);
}

/* --- grants -------------------------------------------------------------------------------- */

/* How far a grant goes towards the act; the furthest of an authority's grants is reported. */
enum reach {
	NO_GRANT,
	GRANT_REVOKED,
	GRANT_NOT_YET,
	GRANT_OVER,
	GRANT_OWN_DECISIONS,
	GRANT_ITEM,
	GRANT_REGION,
	GRANTED
};

static const char *const reach_text[] = {
	[NO_GRANT] = "it has no grant of the role",
	[GRANT_REVOKED] = "its grant is revoked",
	[GRANT_NOT_YET] = "its grant is not valid yet",
	[GRANT_OVER] = "its grant has run out",
	[GRANT_OWN_DECISIONS] = "its grant is for what it decided itself",
	[GRANT_ITEM] = "its grant does not cover this item",
	[GRANT_REGION] = "its grant does not cover this entity's division",
	[GRANTED] = "",
};

static bool covers_item(const Credit__V1__Grant *grant, const char *item)
{
	if (grant->n_items == 0 || !item)
		return true;
	for (size_t i = 0; i < grant->n_items; i++) {
		if (strcmp(grant->items[i], item) == 0)
			return true;
	}
	return false;
}

struct grant_search {
	struct credit__deciding *deciding;
	uint32_t roles;
	const struct credit__claim *claim;
	enum reach best;
};

static enum reach reach_of(const struct grant_search *search, const Credit__V1__GrantRow *row)
{
	const Credit__V1__Grant *grant = row->grant;
	const struct credit__claim *claim = search->claim;
	int32_t today = search->deciding->today.days;

	if (!grant || grant->role > CREDIT__V1__ROLE__ROLE_ADMINISTRATOR ||
		!(search->roles & (1U << grant->role)))
		return NO_GRANT;
	if (row->revoked_epoch != 0)
		return GRANT_REVOKED;
	if (today < grant->valid_from)
		return GRANT_NOT_YET;
	if (grant->valid_until != 0 && today > grant->valid_until)
		return GRANT_OVER;
	if (grant->role == CREDIT__V1__ROLE__ROLE_DECIDER && claim->decider_uscc &&
		!credit__same_uscc(&search->deciding->in->issuer, claim->decider_uscc))
		return GRANT_OWN_DECISIONS;
	if (!covers_item(grant, claim->item))
		return GRANT_ITEM;
	/* Characters 3 to 8 of a code are its administrative division. */
	if (claim->entity_uscc &&
		strncmp(claim->entity_uscc + 2, grant->region, strlen(grant->region)) != 0)
		return GRANT_REGION;
	return GRANTED;
}

static enum credit_error try_grant(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct grant_search *search = context;
	ProtobufCMessage *message;
	enum credit_error error = credit__row_decode(CREDIT__V1__EFFECT_KIND__EFFECT_KIND_GRANT,
		value, search->deciding->in->arena, &message);

	(void)key;
	if (error)
		return error;
	enum reach reach = reach_of(search, (const Credit__V1__GrantRow *)message);
	if (reach > search->best)
		search->best = reach;
	return CREDIT_OK;
}

enum credit_error credit__need_grant(
	struct credit__deciding *deciding, uint32_t roles, const struct credit__claim *claim)
{
	const struct credit_decision *in = deciding->in;
	struct grant_search search = {deciding, roles, claim, NO_GRANT};
	struct credit_bytes prefix = {(const uint8_t *)in->issuer.character, CREDIT_USCC_SIZE};
	enum credit_error error = in->state->scan(in->state->context,
		CREDIT__V1__EFFECT_KIND__EFFECT_KIND_GRANT, prefix, &search, try_grant);

	if (error || search.best == GRANTED)
		return error;
	return credit__refuse(deciding, CREDIT_E_NOT_GRANTED, NULL, NULL, "%s%s%s",
		reach_text[search.best], claim->item ? ": " : "", claim->item ? claim->item : "");
}

enum credit_error credit__need_author(
	struct credit__deciding *deciding, const Credit__V1__Record *record, bool superior)
{
	const struct credit__claim claim = {
		.entity_uscc = record->entity_uscc, .item = record->item};
	const Credit__V1__Authority *author;
	enum credit_error error;

	if (credit__same_uscc(&deciding->in->issuer, record->issuer_uscc))
		return CREDIT_OK;
	if (superior) {
		error = credit__need_authority(deciding, "record", record->issuer_uscc, &author);
		if (error)
			return error;
		if (credit__same_uscc(&deciding->in->issuer, author->superior_uscc))
			return credit__need_grant(deciding, CREDIT__ROLE(SUPERVISOR), &claim);
	}
	return credit__refuse(deciding, CREDIT_E_NOT_THE_AUTHOR, "record", NULL,
		"it was filed by %s", record->issuer_uscc);
}

/* --- both ---------------------------------------------------------------------------------- */

/* Which keys sign for whom: bits of KeyPurpose. */
#define PURPOSE(name) (1U << CREDIT__V1__KEY_PURPOSE__KEY_PURPOSE_##name)
static const struct {
	unsigned purposes;
	const char *refusal;
} keys_of[] = {
	[CREDIT__FOUNDER] = {PURPOSE(ROOT), "only the founder's key signs this"},
	[CREDIT__ROOT] = {PURPOSE(ROOT), "only the root authority's offline key signs this"},
	[CREDIT__ROOT_OR_SELF] = {PURPOSE(ROOT) | PURPOSE(AUTHORITY),
		"the root authority or the authority itself signs this"},
	[CREDIT__GRANT] = {PURPOSE(AUTHORITY), "an authority's own key signs this"},
	[CREDIT__AUTHOR] = {PURPOSE(AUTHORITY), "an authority's own key signs this"},
	[CREDIT__SYSTEM] = {PURPOSE(SYSTEM), "only the registry's own key signs this"},
};

enum credit_error credit__access(struct credit__deciding *deciding,
	const struct credit__act_row *row, const Credit__V1__Act *act)
{
	const struct credit_decision *in = deciding->in;
	struct credit__claim claim = {0};
	struct credit_public_key key;
	Credit__V1__KeyPurpose purpose;
	enum credit_error error = find_key(
		in->state, &in->issuer, &in->key_id, in->epoch, &key, &purpose, deciding->problem);

	if (error)
		return error;
	if (row->claim)
		row->claim(act, &claim);
	bool ours = purpose <= CREDIT__V1__KEY_PURPOSE__KEY_PURPOSE_SYSTEM &&
		    (keys_of[row->who].purposes & (1U << purpose));
	if (row->who == CREDIT__ROOT_OR_SELF &&
		purpose == CREDIT__V1__KEY_PURPOSE__KEY_PURPOSE_AUTHORITY)
		ours = credit__same_uscc(&in->issuer, claim.authority_uscc);
	if (!ours)
		return credit__refuse(deciding, CREDIT_E_NOT_GRANTED, NULL, NULL, "%s",
			keys_of[row->who].refusal);
	return row->who == CREDIT__GRANT ? credit__need_grant(deciding, row->roles, &claim)
					 : CREDIT_OK;
}
