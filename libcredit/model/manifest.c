/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.c - what an issuer signs: to whom, from whom, when, how many, over which root.
 */
#include "model/manifest.h"
#include "model/parts.h"

#include <credit/v1/act.pb-c.h>

static enum credit_error check_size(const ProtobufCBinaryData *value, size_t size,
	const char *field, struct credit_problem *problem)
{
	if (value->len == size)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_FIELD_SIZE, field, NULL,
		"%zu bytes instead of %zu", value->len, size);
}

/* The origin of a filing obeys the same rule as the origin that a registry is founded with. */
static enum credit_error check_origin(const char *origin, struct credit_problem *problem)
{
	Credit__V1__RegistryFounding founding = CREDIT__V1__REGISTRY_FOUNDING__INIT;
	const struct credit__message_rules *rules =
		credit__rules_find(&credit__v1__registry_founding__descriptor);

	founding.origin = (char *)(uintptr_t)origin;
	return credit__field_check(&founding.base, &rules->rules[0],
		&credit__v1__registry_founding__descriptor.fields[0], problem);
}

static enum credit_error check_issuer(const char *issuer, struct credit_problem *problem)
{
	enum credit_error plain = CREDIT_OK, error;
	struct credit_uscc uscc;

	error = credit__code_check(credit_bytes_of(issuer), &plain, problem);
	if (error == CREDIT_OK && plain != CREDIT_OK)
		error = credit_uscc_parse(
			credit_bytes_of(issuer), CREDIT_USCC_PLAIN, &uscc, problem);
	if (error != CREDIT_OK)
		credit__path_add(problem, "issuer_uscc", false, 0);
	return error;
}

static enum credit_error check_times(
	const Credit__V1__Manifest *manifest, struct credit_problem *problem)
{
	if (manifest->created_at < 1 || manifest->created_at > CREDIT__INSTANT_MAX)
		return credit_problem_set(problem, CREDIT_E_FIELD_RANGE, "created_at", NULL,
			"from 1 to %lld", CREDIT__INSTANT_MAX);
	/* docs/spec/filing.md: "not_after is later than created_at, by at most seven days." */
	if (manifest->not_after <= manifest->created_at ||
		manifest->not_after - manifest->created_at > CREDIT_FILING_LIFE_MS)
		return credit_problem_set(problem, CREDIT_E_MANIFEST_LIFETIME, "not_after", NULL,
			"later than created_at by at most %lld ms", CREDIT_FILING_LIFE_MS);
	return CREDIT_OK;
}

enum credit_error credit__manifest_check(
	const Credit__V1__Manifest *manifest, struct credit_problem *problem)
{
	enum credit_error error = check_origin(manifest->origin, problem);

	if (error == CREDIT_OK)
		error = check_issuer(manifest->issuer_uscc, problem);
	if (error == CREDIT_OK)
		error = check_size(&manifest->key_id, CREDIT_HASH_SIZE, "key_id", problem);
	if (error == CREDIT_OK)
		error = check_times(manifest, problem);
	if (error == CREDIT_OK && (manifest->count < 1 || manifest->count > CREDIT_ACTS_MAX))
		error = credit_problem_set(problem, CREDIT_E_MANIFEST_COUNT, "count", NULL,
			"%u, from 1 to %d", manifest->count, CREDIT_ACTS_MAX);
	if (error == CREDIT_OK)
		error = check_size(&manifest->root, CREDIT_HASH_SIZE, "root", problem);
	return error;
}

enum credit_error credit__manifest_open(struct credit_bytes bytes, struct credit_arena *arena,
	const Credit__V1__Manifest **ret_manifest, struct credit_problem *problem)
{
	const Credit__V1__Manifest *manifest = NULL;
	ProtobufCMessage *message;
	enum credit_error error;

	if (bytes.size > CREDIT_MANIFEST_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, "manifest", NULL,
			"%zu bytes, at most %d", bytes.size, CREDIT_MANIFEST_MAX);
	error = credit_decode_canonical(
		&credit__v1__manifest__descriptor, bytes, arena, &message, problem);
	if (error == CREDIT_OK) {
		manifest = (const Credit__V1__Manifest *)(const void *)message;
		error = credit__manifest_check(manifest, problem);
	}
	if (error == CREDIT_OK)
		*ret_manifest = manifest;
	else
		credit__path_add(problem, "manifest", false, 0);
	return error;
}
