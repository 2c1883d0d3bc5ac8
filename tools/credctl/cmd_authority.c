/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_authority.c - credctl authority: who may file, with which key, what, and since when.
 *
 * All of these are acts of the root authority, signed with its offline key.
 */
#include "commands.h"
#include "file.h"
#include "output.h"
#include "sign.h"

#include <string.h>

static ProtobufCBinaryData binary(const void *data, size_t size)
{
	return (ProtobufCBinaryData){size, (uint8_t *)(uintptr_t)data};
}

/* --- enrol ------------------------------------------------------------------------------------ */

struct enrol_values {
	struct sign_values signing;
	struct option_uscc uscc, superior;
	char *name, *region, *public_key;
	uint32_t level;
};

static const struct option_choice levels[] = {
	{"county", CREDIT__V1__LEVEL__LEVEL_COUNTY},
	{"city", CREDIT__V1__LEVEL__LEVEL_CITY},
	{"province", CREDIT__V1__LEVEL__LEVEL_PROVINCE},
	{"national", CREDIT__V1__LEVEL__LEVEL_NATIONAL},
	{NULL, 0},
};

/* What an enrolment and a change both say of an authority. */
/* clang-format off */
#define ENTRY_OPTIONS \
	{.name = "uscc", .type = OPTION_USCC, .offset = offsetof(struct enrol_values, uscc), \
		.required = true, .value = "CODE", \
		.help = {"the authority's code", "机关的统一社会信用代码"}}, \
	{.name = "name", .type = OPTION_TEXT, .offset = offsetof(struct enrol_values, name), \
		.required = true, .value = "TEXT", .help = {"its name", "机关名称"}}, \
	{.name = "region", .type = OPTION_TEXT, .offset = offsetof(struct enrol_values, region), \
		.value = "DIGITS", \
		.help = {"its administrative division, 2, 4 or 6 digits", \
			"行政区划，2、4 或 6 位数字"}}, \
	{.name = "level", .type = OPTION_CHOICE, .offset = offsetof(struct enrol_values, level), \
		.value = "LEVEL", .choices = levels, \
		.help = {"its level: which lists it may decide, and whether with consent", \
			"层级：决定其可认定的名单及是否须经同意"}}, \
	{.name = "superior", .type = OPTION_USCC, \
		.offset = offsetof(struct enrol_values, superior), .value = "CODE", \
		.help = {"the authority above it, enrolled before", "上级机关代码（须已登记）"}}
/* clang-format on */

/* A key of the authority, checked as a point of the curve. */
static enum credit_error fill_key(const char *text, Credit__V1__KeyEnrolment *enrolment,
	struct credit_named_key *key, struct credit_problem *problem)
{
	enum credit_error error = file_vkey(text, key, problem);

	enrolment->suite = CREDIT_SUITE_ED25519_SHA256;
	enrolment->public_key = binary(key->public_key.byte, sizeof key->public_key.byte);
	return error;
}

static int run_enrol(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct enrol_values *values = memory;
	Credit__V1__AuthorityEnrolment authority = CREDIT__V1__AUTHORITY_ENROLMENT__INIT;
	Credit__V1__KeyEnrolment enrolment = CREDIT__V1__KEY_ENROLMENT__INIT;
	Credit__V1__Act acts[2] = {CREDIT__V1__ACT__INIT, CREDIT__V1__ACT__INIT};
	struct sign_item items[2] = {{&acts[0], {NULL, 0}}, {&acts[1], {NULL, 0}}};
	char uscc[OUTPUT_USCC_SIZE], superior[OUTPUT_USCC_SIZE];
	struct credit_problem problem = {0};
	struct credit_named_key key;

	(void)arguments;
	(void)count;
	if (fill_key(values->public_key, &enrolment, &key, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	output_uscc(&values->uscc.uscc, uscc);
	authority.authority_uscc = enrolment.authority_uscc = uscc;
	authority.name = values->name;
	if (values->region)
		authority.region = values->region;
	authority.level = (Credit__V1__Level)values->level;
	if (values->superior.given)
		authority.superior_uscc =
			(char *)(uintptr_t)output_uscc(&values->superior.uscc, superior);
	acts[0].payload_case = CREDIT__V1__ACT__PAYLOAD_AUTHORITY_ENROLMENT;
	acts[0].authority_enrolment = &authority;
	acts[1].payload_case = CREDIT__V1__ACT__PAYLOAD_KEY_ENROLMENT;
	acts[1].key_enrolment = &enrolment;
	return sign_and_submit(app, &values->signing, items, 2);
}

static const struct option enrol_options[] = {
	ENTRY_OPTIONS,
	{.name = "public-key",
		.type = OPTION_TEXT,
		.offset = offsetof(struct enrol_values, public_key),
		.required = true,
		.value = "VKEY",
		.help = {"its public key, text or file", "其公钥（文本或文件）"}},
	SIGN_OPTIONS(struct enrol_values),
	{.name = NULL},
};

const struct command cmd_authority_enrol = {
	.name = "authority enrol",
	.arguments = "",
	.values_size = sizeof(struct enrol_values),
	.options = enrol_options,
	.summary = {"enrol an authority and its first key", "登记机关及其首个密钥"},
	.run = run_enrol,
};

/* --- change ----------------------------------------------------------------------------------- */

static int run_change(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct enrol_values *values = memory;
	Credit__V1__AuthorityChange change = CREDIT__V1__AUTHORITY_CHANGE__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	char uscc[OUTPUT_USCC_SIZE], superior[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	change.authority_uscc = (char *)(uintptr_t)output_uscc(&values->uscc.uscc, uscc);
	change.name = values->name;
	if (values->region)
		change.region = values->region;
	change.level = (Credit__V1__Level)values->level;
	if (values->superior.given)
		change.superior_uscc =
			(char *)(uintptr_t)output_uscc(&values->superior.uscc, superior);
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_AUTHORITY_CHANGE;
	act.authority_change = &change;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option change_options[] = {
	ENTRY_OPTIONS,
	SIGN_OPTIONS(struct enrol_values),
	{.name = NULL},
};

const struct command cmd_authority_change = {
	.name = "authority change",
	.arguments = "",
	.values_size = sizeof(struct enrol_values),
	.options = change_options,
	.summary = {"an authority's name, division, level and superior, whole",
		"变更机关名称、区划、层级和上级"},
	.detail = {"What is not given is empty from now on.", "未给出的项目自此为空。"},
	.run = run_change,
};

/* --- add-key ---------------------------------------------------------------------------------- */

struct add_key_values {
	struct sign_values signing;
	struct option_uscc uscc;
	char *public_key;
};

static int run_add_key(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct add_key_values *values = memory;
	Credit__V1__KeyEnrolment enrolment = CREDIT__V1__KEY_ENROLMENT__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	struct credit_problem problem = {0};
	char uscc[OUTPUT_USCC_SIZE];
	struct credit_named_key key;

	(void)arguments;
	(void)count;
	if (fill_key(values->public_key, &enrolment, &key, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	output_uscc(&values->uscc.uscc, uscc);
	enrolment.authority_uscc = uscc;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_KEY_ENROLMENT;
	act.key_enrolment = &enrolment;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option add_key_options[] = {
	{.name = "uscc",
		.type = OPTION_USCC,
		.offset = offsetof(struct add_key_values, uscc),
		.required = true,
		.value = "CODE",
		.help = {"the authority's code", "机关的统一社会信用代码"}},
	{.name = "public-key",
		.type = OPTION_TEXT,
		.offset = offsetof(struct add_key_values, public_key),
		.required = true,
		.value = "VKEY",
		.help = {"its further public key, text or file", "新增公钥（文本或文件）"}},
	SIGN_OPTIONS(struct add_key_values),
	{.name = NULL},
};

const struct command cmd_authority_add_key = {
	.name = "authority add-key",
	.arguments = "",
	.values_size = sizeof(struct add_key_values),
	.options = add_key_options,
	.summary = {"a further key, signed by the root or by a key in force", "为机关新增密钥"},
	.run = run_add_key,
};

/* --- grant ------------------------------------------------------------------------------------ */

struct grant_values {
	struct sign_values signing;
	struct option_uscc uscc;
	uint32_t role;
	struct option_list items;
	credit_day_t from, until;
	char *region;
};

static int run_grant(struct app *app, void *memory, char **arguments, size_t count)
{
	struct grant_values *values = memory;
	Credit__V1__Grant grant = CREDIT__V1__GRANT__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	grant.authority_uscc = (char *)(uintptr_t)output_uscc(&values->uscc.uscc, uscc);
	grant.role = (Credit__V1__Role)values->role;
	grant.items = values->items.items;
	grant.n_items = values->items.count;
	if (values->region)
		grant.region = values->region;
	grant.valid_from = values->from.days ? values->from.days : app_today().days;
	grant.valid_until = values->until.days;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_GRANT;
	act.grant = &grant;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option_choice roles[] = {
	{"registrar", CREDIT__V1__ROLE__ROLE_REGISTRAR},
	{"decider", CREDIT__V1__ROLE__ROLE_DECIDER},
	{"filer", CREDIT__V1__ROLE__ROLE_FILER},
	{"front-office", CREDIT__V1__ROLE__ROLE_FRONT_OFFICE},
	{"supervisor", CREDIT__V1__ROLE__ROLE_SUPERVISOR},
	{"auditor", CREDIT__V1__ROLE__ROLE_AUDITOR},
	{"administrator", CREDIT__V1__ROLE__ROLE_ADMINISTRATOR},
	{NULL, 0},
};

static const struct option grant_options[] = {
	{.name = "uscc",
		.type = OPTION_USCC,
		.offset = offsetof(struct grant_values, uscc),
		.required = true,
		.value = "CODE",
		.help = {"the authority's code", "机关的统一社会信用代码"}},
	{.name = "role",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct grant_values, role),
		.required = true,
		.value = "ROLE",
		.choices = roles,
		.help = {"what it may do", "角色"}},
	{.name = "item",
		.type = OPTION_LIST,
		.offset = offsetof(struct grant_values, items),
		.value = "ID",
		.help = {"rule-book item (list id, record.penalty); may be repeated; none: all",
			"规则库事项（名单编号、record.penalty），可重复；不给则为全部"}},
	{.name = "from",
		.type = OPTION_DATE,
		.offset = offsetof(struct grant_values, from),
		.value = "DATE",
		.help = {"first day; today by default", "生效日期，默认今日"}},
	{.name = "until",
		.type = OPTION_DATE,
		.offset = offsetof(struct grant_values, until),
		.value = "DATE",
		.help = {"last day; until revoked by default", "失效日期，默认至撤销为止"}},
	{.name = "region",
		.type = OPTION_TEXT,
		.offset = offsetof(struct grant_values, region),
		.value = "DIGITS",
		.help = {"only entities of this administrative division", "仅限此行政区划的主体"}},
	SIGN_OPTIONS(struct grant_values),
	{.name = NULL},
};

const struct command cmd_authority_grant = {
	.name = "authority grant",
	.arguments = "",
	.values_size = sizeof(struct grant_values),
	.options = grant_options,
	.summary = {"say what an authority may do", "授予机关权限"},
	.run = run_grant,
};

/* --- revoke-grant ----------------------------------------------------------------------------- */

struct revoke_grant_values {
	struct sign_values signing;
	struct option_uscc uscc;
	struct option_record grant;
	char *reason;
};

static int run_revoke_grant(struct app *app, void *memory, char **arguments, size_t count)
{
	struct revoke_grant_values *values = memory;
	Credit__V1__GrantRevocation revocation = CREDIT__V1__GRANT_REVOCATION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	revocation.authority_uscc = (char *)(uintptr_t)output_uscc(&values->uscc.uscc, uscc);
	revocation.grant_id = binary(values->grant.id.byte, sizeof values->grant.id.byte);
	revocation.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_GRANT_REVOCATION;
	act.grant_revocation = &revocation;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option revoke_grant_options[] = {
	{.name = "uscc",
		.type = OPTION_USCC,
		.offset = offsetof(struct revoke_grant_values, uscc),
		.required = true,
		.value = "CODE",
		.help = {"the authority's code", "机关的统一社会信用代码"}},
	{.name = "grant",
		.type = OPTION_RECORD,
		.offset = offsetof(struct revoke_grant_values, grant),
		.required = true,
		.value = "ID",
		.help = {"the grant's id, as 'authority grant' printed it",
			"授权编号，见 authority grant 的输出"}},
	{.name = "reason",
		.type = OPTION_TEXT,
		.offset = offsetof(struct revoke_grant_values, reason),
		.required = true,
		.value = "TEXT",
		.help = {"why", "事由"}},
	SIGN_OPTIONS(struct revoke_grant_values),
	{.name = NULL},
};

const struct command cmd_authority_revoke_grant = {
	.name = "authority revoke-grant",
	.arguments = "",
	.values_size = sizeof(struct revoke_grant_values),
	.options = revoke_grant_options,
	.summary = {"from now on a grant grants nothing", "撤销授权"},
	.run = run_revoke_grant,
};

/* --- revoke-key ------------------------------------------------------------------------------- */

struct revoke_values {
	struct sign_values signing;
	struct option_uscc uscc;
	char *key, *reason;
};

/* A key id in hexadecimal, or a public key. */
static enum credit_error key_id_of(
	const char *text, struct credit_hash *ret_id, struct credit_problem *problem)
{
	struct credit_named_key key;
	enum credit_error error;

	if (credit_hex_decode(text, strlen(text), ret_id->byte, sizeof ret_id->byte) == CREDIT_OK)
		return CREDIT_OK;
	error = file_vkey(text, &key, problem);
	if (error == CREDIT_OK)
		credit_key_id(&key.public_key, ret_id);
	return error;
}

static int run_revoke(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct revoke_values *values = memory;
	Credit__V1__KeyRevocation revocation = CREDIT__V1__KEY_REVOCATION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	struct credit_problem problem = {0};
	char uscc[OUTPUT_USCC_SIZE];
	struct credit_hash id;

	(void)arguments;
	(void)count;
	if (key_id_of(values->key, &id, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	revocation.authority_uscc = (char *)(uintptr_t)output_uscc(&values->uscc.uscc, uscc);
	revocation.key_id = binary(id.byte, sizeof id.byte);
	revocation.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_KEY_REVOCATION;
	act.key_revocation = &revocation;
	return sign_and_submit(app, &values->signing, &item, 1);
}

/* Of every subcommand about one key of an authority. */
#define WHICH_KEY_OPTIONS(values) \
	{.name = "uscc", \
		.type = OPTION_USCC, \
		.offset = offsetof(values, uscc), \
		.required = true, \
		.value = "CODE", \
		.help = {"the authority's code", "机关的统一社会信用代码"}}, \
	{ \
		.name = "key", .type = OPTION_TEXT, .offset = offsetof(values, key), \
		.required = true, .value = "KEY", .help = { \
			"key id (64 digits), or the public key or its file", \
			"密钥标识（64 位），或公钥文本、公钥文件" \
		} \
	}
#define REASON_OPTION(values) \
	{ \
		.name = "reason", .type = OPTION_TEXT, .offset = offsetof(values, reason), \
		.required = true, .value = "TEXT", .help = { \
			"why", \
			"事由" \
		} \
	}

static const struct option revoke_options[] = {
	WHICH_KEY_OPTIONS(struct revoke_values),
	REASON_OPTION(struct revoke_values),
	SIGN_OPTIONS(struct revoke_values),
	{.name = NULL},
};

/* --- compromise-key --------------------------------------------------------------------------- */

struct compromise_values {
	struct sign_values signing;
	struct option_uscc uscc;
	char *key, *reason;
	uint64_t from_epoch;
};

static int run_compromise(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct compromise_values *values = memory;
	Credit__V1__KeyCompromise compromise = CREDIT__V1__KEY_COMPROMISE__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	struct credit_problem problem = {0};
	char uscc[OUTPUT_USCC_SIZE];
	struct credit_hash id;

	(void)arguments;
	(void)count;
	if (key_id_of(values->key, &id, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	compromise.authority_uscc = (char *)(uintptr_t)output_uscc(&values->uscc.uscc, uscc);
	compromise.key_id = binary(id.byte, sizeof id.byte);
	compromise.from_epoch = values->from_epoch;
	compromise.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_KEY_COMPROMISE;
	act.key_compromise = &compromise;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option compromise_options[] = {
	WHICH_KEY_OPTIONS(struct compromise_values),
	{.name = "from-epoch",
		.type = OPTION_NUMBER,
		.offset = offsetof(struct compromise_values, from_epoch),
		.required = true,
		.value = "EPOCH",
		.min = 1,
		.max = INT64_MAX,
		.help = {"the first epoch in which others may have signed with it",
			"他人可能使用该密钥签名的最早批次"}},
	REASON_OPTION(struct compromise_values),
	SIGN_OPTIONS(struct compromise_values),
	{.name = NULL},
};

const struct command cmd_authority_compromise_key = {
	.name = "authority compromise-key",
	.arguments = "",
	.values_size = sizeof(struct compromise_values),
	.options = compromise_options,
	.summary = {"others had a key: revoke it, and have what it signed reviewed",
		"密钥失密：吊销并清查其所签文书"},
	.detail = {"Every record that an act of the key touched from that epoch on is flagged, and "
		   "its "
		   "authority asked whether it stands: see 'credctl task list --kind review-key'.",
		"自该批次起由该密钥签署的文书所涉记录均予标记，并由认定机关复核，见 credctl task "
		"list --kind review-key。"},
	.run = run_compromise,
};

const struct command cmd_authority_revoke_key = {
	.name = "authority revoke-key",
	.arguments = "",
	.values_size = sizeof(struct revoke_values),
	.options = revoke_options,
	.summary = {"from now on a key's signatures do not count", "吊销密钥"},
	.run = run_revoke,
};
