/* SPDX-License-Identifier: Apache-2.0
 *
 * act.c - acts: from bytes to a checked struct, and what an act is called.
 */
#include "model/parts.h"

#include <credit/v1/act.pb-c.h>

/* docs/spec/filing.md: "Payload numbers below 16 are logged in clear." */
#define FIRST_SEALED_PAYLOAD 16

enum credit_error credit_act_check(
	const struct Credit__V1__Act *act, struct credit_problem *problem)
{
	enum credit_error error = credit__message_check(&act->base, problem);

	if (error != CREDIT_OK)
		return error;
	if (act->payload_case == CREDIT__V1__ACT__PAYLOAD__NOT_SET)
		return credit_problem_set(problem, CREDIT_E_ACT_KIND, NULL, NULL, NULL);
	return CREDIT_OK;
}

enum credit_error credit_act_decode(struct credit_bytes bytes, struct credit_arena *arena,
	const struct Credit__V1__Act **ret_act, struct credit_problem *problem)
{
	ProtobufCMessage *message;
	const Credit__V1__Act *act;
	enum credit_error error;

	if (bytes.size > CREDIT_ACT_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, NULL, NULL,
			"%zu bytes, at most %d", bytes.size, CREDIT_ACT_MAX);
	error = credit_decode_canonical(
		&credit__v1__act__descriptor, bytes, arena, &message, problem);
	if (error != CREDIT_OK)
		return error;
	act = (const Credit__V1__Act *)(const void *)message;
	error = credit_act_check(act, problem);
	if (error == CREDIT_OK)
		*ret_act = act;
	return error;
}

/* --- attachments --------------------------------------------------------------------------- */

/* The digest of the attachment that an act takes; empty: it takes none. */
static struct credit_bytes attachment_digest(const struct Credit__V1__Act *act)
{
	const ProtobufCBinaryData *digest = NULL;

	if (act->payload_case == CREDIT__V1__ACT__PAYLOAD_RULE_BOOK_ADOPTION)
		digest = &act->rule_book_adoption->digest;
	else if (act->payload_case == CREDIT__V1__ACT__PAYLOAD_CASE_DOCUMENT)
		digest = &act->case_document->digest;
	return digest ? (struct credit_bytes){digest->data, digest->len}
		      : (struct credit_bytes){NULL, 0};
}

enum credit_error credit__attachment_check(const struct Credit__V1__Act *act,
	struct credit_bytes attachment, bool required, struct credit_problem *problem)
{
	struct credit_bytes expected = attachment_digest(act);
	struct credit_hash digest;

	if (attachment.size == 0 && (expected.size == 0 || !required))
		return CREDIT_OK;

	credit_sha256(attachment, &digest);
	if (attachment.size > 0 && attachment.size <= CREDIT_ATTACHMENT_MAX &&
		credit_bytes_equal(expected, (struct credit_bytes){digest.byte, sizeof digest}))
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_ATTACHMENT, "attachment", NULL, "%s",
		expected.size == 0     ? "this act takes none"
		: attachment.size == 0 ? "none is there"
				       : "another SHA-256");
}

/* --- names --------------------------------------------------------------------------------- */

bool credit_act_is_sealed(const struct Credit__V1__Act *act)
{
	return (uint32_t)act->payload_case >= FIRST_SEALED_PAYLOAD;
}

const char *credit_act_name(const struct Credit__V1__Act *act)
{
	const ProtobufCFieldDescriptor *payload = protobuf_c_message_descriptor_get_field(
		&credit__v1__act__descriptor, (unsigned)act->payload_case);

	return payload ? payload->name : "";
}

const char *credit_act_title(const struct Credit__V1__Act *act, enum credit_lang lang)
{
	return credit_field_title(&credit__v1__act__descriptor, credit_act_name(act), lang);
}
