/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_entity_key.c - credctl entity add-key and revoke-key: keys that an entity speaks with.
 */
#include "commands.h"
#include "file.h"
#include "output.h"
#include "sign.h"

struct values {
	struct sign_values signing;
	struct option_uscc entity;
	char *public_key, *number, *reason;
};
#define AT(member) offsetof(struct values, member)

static int run_add(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__EntityKeyEnrolment enrolment = CREDIT__V1__ENTITY_KEY_ENROLMENT__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	struct credit_problem problem = {0};
	char uscc[OUTPUT_USCC_SIZE];
	struct credit_named_key key;

	(void)arguments;
	(void)count;
	if (file_vkey(values->public_key, &key, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	enrolment.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	enrolment.suite = CREDIT_SUITE_ED25519_SHA256;
	enrolment.public_key =
		(ProtobufCBinaryData){sizeof key.public_key.byte, key.public_key.byte};
	enrolment.document_no = values->number;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_ENTITY_KEY_ENROLMENT;
	act.entity_key_enrolment = &enrolment;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static int run_revoke(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__EntityKeyRevocation revocation = CREDIT__V1__ENTITY_KEY_REVOCATION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	struct credit_problem problem = {0};
	char uscc[OUTPUT_USCC_SIZE];
	struct credit_named_key key;
	struct credit_hash id;

	(void)arguments;
	(void)count;
	if (file_vkey(values->public_key, &key, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	credit_key_id(&key.public_key, &id);
	revocation.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	revocation.key_id = (ProtobufCBinaryData){sizeof id.byte, id.byte};
	revocation.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_ENTITY_KEY_REVOCATION;
	act.entity_key_revocation = &revocation;
	return sign_and_submit(app, &values->signing, &item, 1);
}

#define COMMON_OPTIONS \
	{.name = "entity", \
		.type = OPTION_USCC, \
		.offset = AT(entity), \
		.required = true, \
		.value = "CODE", \
		.help = {"the entity's code", "主体的统一社会信用代码"}}, \
	{ \
		.name = "public-key", .type = OPTION_TEXT, .offset = AT(public_key), \
		.required = true, .value = "VKEY", .help = { \
			"the entity's public key, text or file", \
			"主体公钥（文本或文件）" \
		} \
	}

static const struct option add_options[] = {
	COMMON_OPTIONS,
	{.name = "number",
		.type = OPTION_TEXT,
		.offset = AT(number),
		.required = true,
		.value = "NO",
		.help = {"document by which the entity asked for it", "主体申请文书文号"}},
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

static const struct option revoke_options[] = {
	COMMON_OPTIONS,
	{.name = "reason",
		.type = OPTION_TEXT,
		.offset = AT(reason),
		.required = true,
		.value = "TEXT",
		.help = {"why", "事由"}},
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_entity_add_key = {
	.name = "entity add-key",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = add_options,
	.summary = {"enrol a key that the entity speaks with", "登记主体密钥"},
	.run = run_add,
};

const struct command cmd_entity_revoke_key = {
	.name = "entity revoke-key",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = revoke_options,
	.summary = {"revoke a key of an entity, for good", "吊销主体密钥"},
	.run = run_revoke,
};
