/* SPDX-License-Identifier: Apache-2.0
 *
 * name.c - resource names as gRPC methods take them: entities/{uscc}..., authorities/{uscc},
 * acts/{commitment}.
 */
#include "model/parts.h"

#include <string.h>

/* What follows `prefix`, or NULL. */
static const char *behind(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

enum credit_error credit_entity_name_parse(const char *name, const char *suffix,
	struct credit_uscc *ret_uscc, enum credit_error *ret_plain, struct credit_problem *problem)
{
	const char *code = behind(name, "entities/");
	size_t length = code ? strcspn(code, "/") : 0;
	enum credit_error error;

	if (!code || strcmp(code + length, suffix) != 0)
		return credit_problem_set(problem, CREDIT_E_RESOURCE_NAME, "name", "AIP-122",
			"entities/{uscc}%s", suffix);
	error = credit__code_check(
		(struct credit_bytes){(const uint8_t *)code, length}, ret_plain, problem);
	if (error == CREDIT_OK)
		memcpy(ret_uscc->character, code, sizeof ret_uscc->character);
	else
		credit__path_add(problem, "name", false, 0);
	return error;
}

enum credit_error credit_authority_name_parse(
	const char *name, struct credit_uscc *ret_uscc, struct credit_problem *problem)
{
	const char *code = behind(name, "authorities/");
	enum credit_error error;

	if (!code)
		return credit_problem_set(
			problem, CREDIT_E_RESOURCE_NAME, "parent", "AIP-122", "authorities/{uscc}");
	error = credit_uscc_parse(credit_bytes_of(code), CREDIT_USCC_PLAIN, ret_uscc, problem);
	if (error)
		credit__path_add(problem, "parent", false, 0);
	return error;
}

enum credit_error credit_entity_item_parse(const char *name, const char *collection,
	struct credit_uscc *ret_uscc, enum credit_error *ret_plain, struct credit_record_id *ret_id,
	struct credit_problem *problem)
{
	const char *code = behind(name, "entities/");
	const char *suffix = code ? code + strcspn(code, "/") : NULL;
	const char *items = suffix && *suffix ? behind(suffix + 1, collection) : NULL;

	if (!items || *items != '/' ||
		credit_hex_decode(items + 1, strlen(items + 1), ret_id->byte,
			sizeof ret_id->byte) != CREDIT_OK)
		return credit_problem_set(problem, CREDIT_E_RESOURCE_NAME, "name", "AIP-122",
			"entities/{uscc}/%s/{32 hexadecimal digits}", collection);
	return credit_entity_name_parse(name, suffix, ret_uscc, ret_plain, problem);
}

/* As many hexadecimal digits as the bytes ask for, and what follows; NULL when they are not there. */
static const char *take_hex(const char *text, uint8_t *ret_data, size_t size)
{
	return text && strlen(text) >= 2 * size &&
			       credit_hex_decode(text, 2 * size, ret_data, size) == CREDIT_OK
		       ? text + 2 * size
		       : NULL;
}

enum credit_error credit_case_name_parse(const char *name, struct credit_uscc *ret_uscc,
	struct credit_record_id *ret_case, struct credit_hash *ret_digest,
	struct credit_problem *problem)
{
	const char *code = behind(name, "entities/");
	size_t length = code ? strcspn(code, "/") : 0;
	const char *rest = code ? behind(code + length, "/cases/") : NULL;
	struct credit_record_id case_id;
	struct credit_hash digest;
	enum credit_error plain, error;

	rest = take_hex(rest, case_id.byte, sizeof case_id.byte);
	if (rest && ret_digest)
		rest = take_hex(behind(rest, "/documents/"), digest.byte, sizeof digest.byte);
	if (!rest || *rest != '\0')
		return credit_problem_set(problem, CREDIT_E_RESOURCE_NAME, "name", "AIP-122",
			"entities/{uscc}/cases/{32 digits}%s",
			ret_digest ? "/documents/{64 digits}" : "");
	error = credit__code_check(
		(struct credit_bytes){(const uint8_t *)code, length}, &plain, problem);
	if (error) {
		credit__path_add(problem, "name", false, 0);
		return error;
	}
	memcpy(ret_uscc->character, code, sizeof ret_uscc->character);
	*ret_case = case_id;
	if (ret_digest)
		*ret_digest = digest;
	return CREDIT_OK;
}

enum credit_error credit_act_name_parse(
	const char *name, struct credit_hash *ret_commitment, struct credit_problem *problem)
{
	const char *digits = behind(name, "acts/");

	if (!digits || credit_hex_decode(digits, strlen(digits), ret_commitment->byte,
			       sizeof ret_commitment->byte) != CREDIT_OK)
		return credit_problem_set(problem, CREDIT_E_RESOURCE_NAME, "name", "AIP-122",
			"acts/{64 hexadecimal digits}");
	return CREDIT_OK;
}
