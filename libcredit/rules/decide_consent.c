/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_consent.c - the consent of the authority above to a draft decision (上级同意).
 *
 * It names the draft's commitment and nothing else of it, so a consent says nothing about anybody;
 * and a listing that differs in one byte from what the superior was shown has another commitment.
 */
#include "rules/listing.h"

#include <string.h>

#define KIND CREDIT__V1__EFFECT_KIND__EFFECT_KIND_CONSENT

static enum credit_error find(struct credit__deciding *deciding, const struct credit__key *key,
	Credit__V1__ConsentRow **ret)
{
	ProtobufCMessage *message = NULL;
	enum credit_error error = credit__fact(deciding, KIND, key, &message);

	if (error && error != CREDIT_E_NOT_FOUND)
		return error;
	*ret = (Credit__V1__ConsentRow *)message;
	return CREDIT_OK;
}

static enum credit_error check_giver(
	struct credit__deciding *deciding, const Credit__V1__Consent *consent)
{
	const Credit__V1__Authority *issuer;
	enum credit_error error =
		credit__need_authority(deciding, "issuer_uscc", consent->issuer_uscc, &issuer);

	if (error)
		return error;
	if (!credit__same_uscc(&deciding->in->issuer, issuer->superior_uscc))
		return credit__refuse(deciding, CREDIT_E_NOT_GRANTED, "issuer_uscc", NULL,
			"the authority above it is %s",
			issuer->superior_uscc[0] ? issuer->superior_uscc : "not said");
	return CREDIT_OK;
}

enum credit_error credit__decide_consent(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Consent *consent = act->consent;
	struct credit__key key = credit__key_hash(consent->draft_commitment.data);
	Credit__V1__ConsentRow row = CREDIT__V1__CONSENT_ROW__INIT, *earlier = NULL;
	bool provisional;
	enum credit_error error = check_giver(deciding, consent);

	if (!error)
		error = credit__check_date(deciding, "date", consent->date, 0);
	/* Before the list is looked up: without a book there is none. */
	if (!error)
		error = credit__limit_day(deciding, consent->list, CREDIT__LIMIT_CONSENT_VALID,
			consent->date, &row.valid_until, &provisional);
	if (!error && !credit__book_list(deciding->in->book->message, consent->list))
		error = credit__refuse(deciding, CREDIT_E_LIST_UNKNOWN, "list",
			credit__version(deciding), "'%.64s'", consent->list);
	if (!error)
		error = find(deciding, &key, &earlier);
	if (!error && earlier && earlier->used)
		error = credit__refuse(deciding, CREDIT_E_COMMITMENT_USED, "draft_commitment", NULL,
			"the draft was filed");
	if (!error)
		error = credit__issuer_text(deciding, &row.giver_uscc);
	if (error)
		return error;
	row.draft = consent->draft_commitment;
	row.issuer_uscc = consent->issuer_uscc;
	row.list = consent->list;
	return credit__put(deciding, KIND, &key, &row.base);
}

/* --- using it -------------------------------------------------------------------------------------- */

static bool asks_for_consent(const Credit__V1__ListRule *list, uint32_t level)
{
	for (size_t i = 0; i < list->n_consent_levels; i++) {
		if ((uint32_t)list->consent_levels[i] == level)
			return true;
	}
	return false;
}

/* What is wrong with it; NULL when it holds. */
static const char *fault_of(const struct credit__deciding *deciding,
	const Credit__V1__ConsentRow *row, const Credit__V1__ListRule *list,
	const Credit__V1__Authority *decider)
{
	if (!row)
		return "no consent to this draft";
	if (row->used)
		return "the consent was used";
	if (strcmp(row->issuer_uscc, decider->uscc) != 0 || strcmp(row->list, list->id) != 0)
		return "the consent is to another draft";
	if (strcmp(row->giver_uscc, decider->superior_uscc) != 0)
		return "the consent is of an authority that does not stand above this one";
	if (deciding->today.days > row->valid_until)
		return "the consent has run out";
	return NULL;
}

enum credit_error credit__consent_use(struct credit__deciding *deciding,
	const Credit__V1__ListRule *list, const Credit__V1__Authority *decider)
{
	struct credit__key key = credit__key_hash(deciding->in->commitment.byte);
	char rule[CREDIT_RULE_MAX], hex[2 * CREDIT_HASH_SIZE + 1];
	Credit__V1__ConsentRow *row = NULL;
	const char *fault;
	enum credit_error error;

	if (!asks_for_consent(list, decider->level))
		return CREDIT_OK;
	error = find(deciding, &key, &row);
	if (error)
		return error;
	fault = fault_of(deciding, row, list, decider);
	if (fault)
		return credit__refuse(deciding, CREDIT_E_CONSENT_NEEDED, NULL,
			credit__rule(credit__version(deciding), list->id, rule), "%s: %s", fault,
			credit_hex(key.byte, CREDIT_HASH_SIZE, hex));
	row->used = true;
	return credit__put(deciding, KIND, &key, &row->base);
}
