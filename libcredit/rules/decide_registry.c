/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_registry.c - acts about the registry itself: founding, authorities, keys, grants.
 *
 * All of them are logged in clear: who may decide is public.
 */
#include "rules/decide.h"

#include <string.h>

/* --- shared -------------------------------------------------------------------------------- */

static enum credit_error check_public_key(struct credit__deciding *deciding, const char *field,
	const ProtobufCBinaryData *data, struct credit_hash *ret_id)
{
	struct credit_public_key key;

	if (data->len != sizeof key.byte)
		return credit__refuse(deciding, CREDIT_E_FIELD_SIZE, field, NULL, "%d bytes",
			CREDIT_PUBLIC_KEY_SIZE);
	memcpy(key.byte, data->data, sizeof key.byte);
	if (credit_public_key_check(&key) != CREDIT_OK)
		return credit__refuse(deciding, CREDIT_E_KEY_WEAK, field, NULL, NULL);
	credit_key_id(&key, ret_id);
	return CREDIT_OK;
}

static enum credit_error put_key(struct credit__deciding *deciding, const struct credit_hash *id,
	const ProtobufCBinaryData *public_key, char *authority, Credit__V1__KeyPurpose purpose)
{
	struct credit__key key = credit__key_hash(id->byte);
	Credit__V1__AuthorityKey row = CREDIT__V1__AUTHORITY_KEY__INIT;

	row.authority_uscc = authority;
	row.suite = CREDIT_SUITE_ED25519_SHA256;
	row.public_key = *public_key;
	row.since_epoch = deciding->in->epoch;
	row.purpose = purpose;
	return credit__put(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_KEY, &key, &row.base);
}

static enum credit_error put_authority(
	struct credit__deciding *deciding, const Credit__V1__Authority *row)
{
	struct credit__key key = credit__key_uscc(row->uscc);

	return credit__put(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY, &key, &row->base);
}

static enum credit_error put_root(
	struct credit__deciding *deciding, const Credit__V1__RegistryFounding *founding)
{
	Credit__V1__Authority row = CREDIT__V1__AUTHORITY__INIT;

	row.uscc = founding->root_uscc;
	row.name = founding->root_name;
	row.since_epoch = deciding->in->epoch;
	return put_authority(deciding, &row);
}

/* --- founding ------------------------------------------------------------------------------ */

enum credit_error credit__decide_founding(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	Credit__V1__RegistryFounding *founding = act->registry_founding;
	const struct credit_decision *in = deciding->in;
	struct credit_hash root, log, system;
	enum credit_error error;

	if (strcmp(founding->origin, in->origin) != 0)
		return credit__refuse(
			deciding, CREDIT_E_FOUNDING, "origin", NULL, "this one is %s", in->origin);
	error = credit__plain_code(deciding, "root_uscc", founding->root_uscc);
	if (!error)
		error = check_public_key(deciding, "root_key", &founding->root_key, &root);
	if (!error)
		error = check_public_key(deciding, "log_key", &founding->log_key, &log);
	if (!error)
		error = check_public_key(deciding, "system_key", &founding->system_key, &system);
	if (error)
		return error;
	if (!credit__same_uscc(&in->issuer, founding->root_uscc))
		return credit__refuse(
			deciding, CREDIT_E_FOUNDING, "root_uscc", NULL, "the issuer is another");
	if (!credit_hash_equal(&in->key_id, &root))
		return credit__refuse(deciding, CREDIT_E_FOUNDING, "root_key", NULL,
			"another key signed the founding");
	if (credit_hash_equal(&root, &log) || credit_hash_equal(&root, &system) ||
		credit_hash_equal(&log, &system))
		return credit__refuse(deciding, CREDIT_E_KEY_EXISTS, NULL, NULL,
			"root, log and system key differ from each other");

	struct credit__key key = credit__key_founding();
	error = credit__put(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_FOUNDING, &key, &founding->base);
	if (!error)
		error = put_root(deciding, founding);
	if (!error)
		error = put_key(deciding, &root, &founding->root_key, founding->root_uscc,
			CREDIT__V1__KEY_PURPOSE__KEY_PURPOSE_ROOT);
	return error ? error
		     : put_key(deciding, &system, &founding->system_key, founding->root_uscc,
			       CREDIT__V1__KEY_PURPOSE__KEY_PURPOSE_SYSTEM);
}

/* --- authorities --------------------------------------------------------------------------- */

/* Authorities above authorities are few levels; more is a mistake. */
#define SUPERIORS_MAX 16

/* The authority above is enrolled, and following it upwards never leads back. */
static enum credit_error check_superior(
	struct credit__deciding *deciding, const char *uscc, const char *superior_uscc)
{
	const Credit__V1__Authority *above;

	for (int height = 0; superior_uscc[0] != '\0'; height++) {
		if (strcmp(superior_uscc, uscc) == 0)
			return credit__refuse(deciding, CREDIT_E_SUPERIOR, "superior_uscc", NULL,
				height == 0 ? "it is the authority itself"
					    : "it stands below this authority");
		if (height == SUPERIORS_MAX)
			return credit__refuse(deciding, CREDIT_E_SUPERIOR, "superior_uscc", NULL,
				"more than %d levels", SUPERIORS_MAX);
		enum credit_error error =
			credit__need_authority(deciding, "superior_uscc", superior_uscc, &above);
		if (error)
			return error;
		superior_uscc = above->superior_uscc;
	}
	return CREDIT_OK;
}

enum credit_error credit__decide_authority_enrolment(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__AuthorityEnrolment *enrolment = act->authority_enrolment;
	struct credit__key key = credit__key_uscc(enrolment->authority_uscc);
	bool exists;
	enum credit_error error =
		credit__plain_code(deciding, "authority_uscc", enrolment->authority_uscc);

	if (!error)
		error = credit__fact_exists(
			deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY, &key, &exists);
	if (error)
		return error;
	if (exists)
		return credit__refuse(deciding, CREDIT_E_AUTHORITY_EXISTS, "authority_uscc", NULL,
			"%s", enrolment->authority_uscc);
	error = check_superior(deciding, enrolment->authority_uscc, enrolment->superior_uscc);
	if (error)
		return error;

	Credit__V1__Authority row = CREDIT__V1__AUTHORITY__INIT;
	row.uscc = enrolment->authority_uscc;
	row.name = enrolment->name;
	row.region = enrolment->region;
	row.level = (uint32_t)enrolment->level;
	row.superior_uscc = enrolment->superior_uscc;
	row.since_epoch = deciding->in->epoch;
	return put_authority(deciding, &row);
}

enum credit_error credit__decide_authority_change(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__AuthorityChange *change = act->authority_change;
	const Credit__V1__Authority *old;
	enum credit_error error =
		credit__need_authority(deciding, "authority_uscc", change->authority_uscc, &old);

	if (!error)
		error = check_superior(deciding, change->authority_uscc, change->superior_uscc);
	if (error)
		return error;

	Credit__V1__Authority row = *old;
	row.name = change->name;
	row.region = change->region;
	row.level = (uint32_t)change->level;
	row.superior_uscc = change->superior_uscc;
	return put_authority(deciding, &row);
}

/* --- keys ---------------------------------------------------------------------------------- */

enum credit_error credit__decide_key_enrolment(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__KeyEnrolment *enrolment = act->key_enrolment;
	const Credit__V1__Authority *authority;
	struct credit_hash id;
	bool exists;
	enum credit_error error = credit__need_authority(
		deciding, "authority_uscc", enrolment->authority_uscc, &authority);

	if (error)
		return error;
	if (enrolment->suite != CREDIT_SUITE_ED25519_SHA256)
		return credit__refuse(deciding, CREDIT_E_SUITE_UNKNOWN, "suite", NULL, NULL);
	error = check_public_key(deciding, "public_key", &enrolment->public_key, &id);
	if (error)
		return error;

	struct credit__key key = credit__key_hash(id.byte);
	error = credit__fact_exists(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_KEY, &key, &exists);
	if (error)
		return error;
	if (exists)
		return credit__refuse(deciding, CREDIT_E_KEY_EXISTS, "public_key", NULL, NULL);
	return put_key(deciding, &id, &enrolment->public_key, enrolment->authority_uscc,
		CREDIT__V1__KEY_PURPOSE__KEY_PURPOSE_AUTHORITY);
}

enum credit_error credit__decide_key_revocation(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__KeyRevocation *revocation = act->key_revocation;
	struct credit__key key = credit__key_hash(revocation->key_id.data);
	struct credit_uscc authority = credit__uscc(revocation->authority_uscc);
	ProtobufCMessage *message;
	enum credit_error error =
		credit__fact(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_KEY, &key, &message);

	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_KEY_UNKNOWN, "key_id", NULL, NULL);
	if (error)
		return error;

	Credit__V1__AuthorityKey *row = (Credit__V1__AuthorityKey *)message;
	if (!credit__same_uscc(&authority, row->authority_uscc))
		return credit__refuse(deciding, CREDIT_E_KEY_UNKNOWN, "key_id", NULL,
			"the key is another authority's");
	/* Without them nothing could be enrolled, and nothing would ever end. */
	if (row->purpose != CREDIT__V1__KEY_PURPOSE__KEY_PURPOSE_AUTHORITY)
		return credit__refuse(deciding, CREDIT_E_NOT_GRANTED, "key_id", NULL,
			"the keys of the founding cannot be revoked");
	if (row->revoked_epoch != 0)
		return credit__refuse(deciding, CREDIT_E_KEY_REVOKED, "key_id", NULL,
			"since epoch %llu", (unsigned long long)row->revoked_epoch);
	row->revoked_epoch = deciding->in->epoch;
	return credit__put(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_KEY, &key, &row->base);
}

/* --- grants -------------------------------------------------------------------------------- */

enum credit_error credit__decide_grant(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	Credit__V1__Grant *grant = act->grant;
	struct credit__key key =
		credit__key_id(grant->authority_uscc, deciding->in->commitment.byte);
	const Credit__V1__Authority *authority;
	bool used;
	enum credit_error error = credit__need_authority(
		deciding, "authority_uscc", grant->authority_uscc, &authority);

	if (!error)
		error = credit__fact_exists(
			deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_GRANT, &key, &used);
	if (error)
		return error;
	if (used)
		return credit__refuse(deciding, CREDIT_E_COMMITMENT_USED, NULL, NULL, NULL);
	if (grant->valid_until != 0 && grant->valid_until < grant->valid_from)
		return credit__refuse(
			deciding, CREDIT_E_FIELD_RANGE, "valid_until", NULL, "before valid_from");

	Credit__V1__GrantRow row = CREDIT__V1__GRANT_ROW__INIT;
	row.grant = grant;
	row.since_epoch = deciding->in->epoch;
	return credit__put(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_GRANT, &key, &row.base);
}

enum credit_error credit__decide_grant_revocation(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__GrantRevocation *revocation = act->grant_revocation;
	struct credit__key key =
		credit__key_id(revocation->authority_uscc, revocation->grant_id.data);
	ProtobufCMessage *message;
	enum credit_error error =
		credit__fact(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_GRANT, &key, &message);

	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_GRANT_UNKNOWN, "grant_id", NULL, NULL);
	if (error)
		return error;

	Credit__V1__GrantRow *row = (Credit__V1__GrantRow *)message;
	if (row->revoked_epoch != 0)
		return credit__refuse(deciding, CREDIT_E_GRANT_UNKNOWN, "grant_id", NULL,
			"it was revoked in epoch %llu", (unsigned long long)row->revoked_epoch);
	row->revoked_epoch = deciding->in->epoch;
	return credit__put(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_GRANT, &key, &row->base);
}
