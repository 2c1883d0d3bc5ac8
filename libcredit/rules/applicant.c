/* SPDX-License-Identifier: Apache-2.0
 *
 * applicant.c - the entity's own voice: what it says in an application, and the keys that it says it
 * with.
 *
 * A front office can neither invent an application nor drop one: both carry the applicant's sealed form
 * by its digest, or its signature over the application's text (docs/spec/cases.md, section 2).
 */
#include "rules/case.h"

#include <string.h>

#define KEY_KIND CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY_KEY

/* --- speaking ---------------------------------------------------------------------------------- */

/* A key of the entity that is in force. */
static enum credit_error find_key(struct credit__deciding *deciding, const char *uscc,
	const ProtobufCBinaryData *key_id, struct credit_public_key *ret_key)
{
	struct credit__key key = credit__key_id(uscc, key_id->data);
	const Credit__V1__EntityKey *row;
	ProtobufCMessage *message;
	struct credit_hash id;
	enum credit_error error = credit__fact(deciding, KEY_KIND, &key, &message);

	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_APPLICANT, "applicant.key_id", NULL,
			"the entity has no such key");
	if (error)
		return error;
	row = (const Credit__V1__EntityKey *)message;
	if (row->public_key.len != sizeof ret_key->byte)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(ret_key->byte, row->public_key.data, sizeof ret_key->byte);
	credit_key_id(ret_key, &id);
	if (memcmp(id.byte, key_id->data, sizeof id.byte) != 0)
		return credit__refuse(deciding, CREDIT_E_APPLICANT, "applicant.key_id", NULL,
			"the entity has no such key");
	if (row->revoked_epoch != 0)
		return credit__refuse(deciding, CREDIT_E_APPLICANT, "applicant.key_id", NULL,
			"revoked since epoch %llu", (unsigned long long)row->revoked_epoch);
	return CREDIT_OK;
}

static enum credit_error check_signature(struct credit__deciding *deciding,
	const Credit__V1__Applicant *applicant, struct credit_application *application)
{
	char uscc[CREDIT_USCC_SIZE + 1] = "";
	struct credit_signature signature;
	struct credit_public_key key;
	enum credit_error error;

	memcpy(uscc, application->entity.character, CREDIT_USCC_SIZE);
	error = find_key(deciding, uscc, &applicant->key_id, &key);
	if (error)
		return error;
	memcpy(signature.byte, applicant->signature.data, sizeof signature.byte);
	application->origin = deciding->in->origin;
	memcpy(application->token_hash.byte, applicant->token_hash.data, CREDIT_HASH_SIZE);
	if (credit_application_verify(application, &key, &signature) == CREDIT_OK)
		return CREDIT_OK;
	return credit__refuse(deciding, CREDIT_E_APPLICANT, "applicant.signature", NULL,
		"it is not the key's over this application");
}

enum credit_error credit__check_applicant(struct credit__deciding *deciding,
	const Credit__V1__Applicant *applicant, struct credit_application *application)
{
	bool form = applicant->form_digest.len > 0;
	bool signs = applicant->key_id.len > 0 || applicant->signature.len > 0;

	if (form == signs)
		return credit__refuse(deciding, CREDIT_E_APPLICANT, "applicant", NULL, "%s",
			form ? "a form or a signature, not both"
			     : "neither a form nor a signature");
	if (form)
		return CREDIT_OK;
	if (applicant->key_id.len == 0 || applicant->signature.len == 0)
		return credit__refuse(deciding, CREDIT_E_APPLICANT, "applicant", NULL,
			"key and signature belong together");
	return check_signature(deciding, applicant, application);
}

enum credit_error credit__check_applicant_again(struct credit__deciding *deciding,
	const Credit__V1__Case *subject, const Credit__V1__Applicant *applicant,
	const char *statement, int32_t date, uint32_t act)
{
	struct credit_application application = {
		.entity = credit__uscc(subject->entity_uscc),
		.act = act,
		.applied_on = {date},
		.ground = "",
		.statement = statement,
	};

	if (subject->token_hash.len != applicant->token_hash.len ||
		memcmp(subject->token_hash.data, applicant->token_hash.data,
			applicant->token_hash.len) != 0)
		return credit__refuse(deciding, CREDIT_E_APPLICANT, "applicant.token_hash", NULL,
			"the token on the case's slip is another");
	memcpy(application.subject.byte, subject->id.data, CREDIT_RECORD_ID_SIZE);
	return credit__check_applicant(deciding, applicant, &application);
}

/* --- keys -------------------------------------------------------------------------------------- */

enum credit_error credit__decide_entity_key_enrolment(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__EntityKeyEnrolment *enrolment = act->entity_key_enrolment;
	Credit__V1__EntityKey row = CREDIT__V1__ENTITY_KEY__INIT;
	const Credit__V1__Entity *entity;
	struct credit_public_key public_key;
	struct credit_hash id;
	bool exists;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", enrolment->entity_uscc, &entity);

	if (error)
		return error;
	if (enrolment->suite != CREDIT_SUITE_ED25519_SHA256)
		return credit__refuse(deciding, CREDIT_E_SUITE_UNKNOWN, "suite", NULL, NULL);
	memcpy(public_key.byte, enrolment->public_key.data, sizeof public_key.byte);
	error = credit_public_key_check(&public_key);
	if (error)
		return credit__refuse(deciding, error, "public_key", NULL, NULL);
	credit_key_id(&public_key, &id);

	/* A key that was revoked stays so: its row is found, too. */
	struct credit__key key = credit__key_id(enrolment->entity_uscc, id.byte);
	error = credit__fact_exists(deciding, KEY_KIND, &key, &exists);
	if (error)
		return error;
	if (exists)
		return credit__refuse(deciding, CREDIT_E_KEY_EXISTS, "public_key", NULL, NULL);
	row.entity_uscc = enrolment->entity_uscc;
	row.suite = enrolment->suite;
	row.public_key = enrolment->public_key;
	row.since_epoch = deciding->in->epoch;
	return credit__put(deciding, KEY_KIND, &key, &row.base);
}

enum credit_error credit__decide_entity_key_revocation(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__EntityKeyRevocation *revocation = act->entity_key_revocation;
	struct credit__key key = credit__key_id(revocation->entity_uscc, revocation->key_id.data);
	const Credit__V1__Entity *entity;
	ProtobufCMessage *message;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", revocation->entity_uscc, &entity);

	if (!error)
		error = credit__fact(deciding, KEY_KIND, &key, &message);
	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_KEY_UNKNOWN, "key_id", NULL, NULL);
	if (error)
		return error;

	Credit__V1__EntityKey *row = (Credit__V1__EntityKey *)message;
	if (row->revoked_epoch != 0)
		return credit__refuse(deciding, CREDIT_E_KEY_REVOKED, "key_id", NULL,
			"since epoch %llu", (unsigned long long)row->revoked_epoch);
	row->revoked_epoch = deciding->in->epoch;
	return credit__put(deciding, KEY_KIND, &key, &row->base);
}
