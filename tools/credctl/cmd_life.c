/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_life.c - credctl entity rename, succeed, deregister: the life of an entity after enrolment.
 */
#include "commands.h"
#include "output.h"
#include "sign.h"

struct values {
	struct sign_values signing;
	struct option_uscc entity, successor;
	uint32_t cause;
	char *name, *document;
	credit_day_t date;
};

static int file(struct app *app, const struct values *values, Credit__V1__Act__PayloadCase payload,
	void *message)
{
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};

	act.payload_case = payload;
	act.entity_change = message; /* payloads are pointers, all at the same place */
	return sign_and_submit(app, &values->signing, &item, 1);
}

#define AT(member) offsetof(struct values, member)
#define COMMON_OPTIONS \
	{.name = "entity", \
		.type = OPTION_USCC, \
		.offset = AT(entity), \
		.required = true, \
		.value = "CODE", \
		.help = {"the entity's code", "主体的统一社会信用代码"}}, \
		{.name = "date", \
			.type = OPTION_DATE, \
			.offset = AT(date), \
			.required = true, \
			.value = "DATE", \
			.help = {"since when", "日期"}}, \
	{ \
		.name = "document", .type = OPTION_TEXT, .offset = AT(document), .required = true, \
		.value = "NO", .help = { \
			"number of the registration document", \
			"登记文书号" \
		} \
	}

static int run_rename(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__EntityChange change = CREDIT__V1__ENTITY_CHANGE__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	change.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	change.name = values->name;
	change.document_no = values->document;
	change.date = values->date.days;
	return file(app, values, CREDIT__V1__ACT__PAYLOAD_ENTITY_CHANGE, &change);
}

static const struct option rename_options[] = {
	COMMON_OPTIONS,
	{.name = "name",
		.type = OPTION_TEXT,
		.offset = AT(name),
		.required = true,
		.value = "TEXT",
		.help = {"its new name", "变更后的名称"}},
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_entity_rename = {
	.name = "entity rename",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = rename_options,
	.summary = {"an entity has a new name", "主体名称变更"},
	.run = run_rename,
};

static int run_succeed(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__EntityAlias alias = CREDIT__V1__ENTITY_ALIAS__INIT;
	char uscc[OUTPUT_USCC_SIZE], successor[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	alias.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	alias.successor_uscc = (char *)(uintptr_t)output_uscc(&values->successor.uscc, successor);
	alias.cause = (Credit__V1__AliasCause)values->cause;
	alias.effective_on = values->date.days;
	alias.document_no = values->document;
	return file(app, values, CREDIT__V1__ACT__PAYLOAD_ENTITY_ALIAS, &alias);
}

static const struct option_choice causes[] = {
	{"reissued", CREDIT__V1__ALIAS_CAUSE__ALIAS_CAUSE_REISSUED},
	{"merged", CREDIT__V1__ALIAS_CAUSE__ALIAS_CAUSE_MERGED},
	{NULL, 0},
};

static const struct option succeed_options[] = {
	COMMON_OPTIONS,
	{.name = "successor",
		.type = OPTION_USCC,
		.offset = AT(successor),
		.required = true,
		.value = "CODE",
		.help = {"the code that takes its place, enrolled before", "承继代码（须已入库）"}},
	{.name = "cause",
		.type = OPTION_CHOICE,
		.offset = AT(cause),
		.required = true,
		.value = "CAUSE",
		.choices = causes,
		.help = {"the same entity under a new code, or merged into another",
			"换发代码，或合并"}},
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_entity_succeed = {
	.name = "entity succeed",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = succeed_options,
	.summary = {"another code takes the place of an entity's code", "代码换发或合并承继"},
	.run = run_succeed,
};

static int run_deregister(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__EntityDeregistration end = CREDIT__V1__ENTITY_DEREGISTRATION__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	end.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	end.date = values->date.days;
	end.document_no = values->document;
	return file(app, values, CREDIT__V1__ACT__PAYLOAD_ENTITY_DEREGISTRATION, &end);
}

static const struct option deregister_options[] = {
	COMMON_OPTIONS,
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_entity_deregister = {
	.name = "entity deregister",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = deregister_options,
	.summary = {"an entity is deregistered", "主体注销"},
	.run = run_deregister,
};
