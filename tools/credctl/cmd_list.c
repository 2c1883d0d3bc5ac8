/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_list.c - credctl list: putting an entity on a list, and taking a record off.
 */
#include "commands.h"
#include "output.h"
#include "sign.h"

struct add_values {
	struct sign_values signing;
	struct option_uscc entity;
	char *list, *ground, *instrument, *document, *fact;
	credit_day_t date, until;
	struct option_record underlying;
};

static ProtobufCBinaryData record_bytes(const struct option_record *record)
{
	if (!record->given)
		return (ProtobufCBinaryData){0, NULL};
	return (ProtobufCBinaryData){sizeof record->id.byte, (uint8_t *)(uintptr_t)record->id.byte};
}

static int run_add(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct add_values *values = memory;
	Credit__V1__Listing listing = CREDIT__V1__LISTING__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	listing.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	listing.list = values->list;
	listing.ground = values->ground;
	listing.instrument = values->instrument;
	listing.document_no = values->document;
	listing.decision_date = values->date.days;
	listing.fact = values->fact;
	listing.publication_end = values->until.days;
	listing.underlying_record = record_bytes(&values->underlying);
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_LISTING;
	act.listing = &listing;
	return sign_and_submit(app, &values->signing, &item, 1);
}

#define AT(member) offsetof(struct add_values, member)

static const struct option add_options[] = {
	{.name = "entity",
		.type = OPTION_USCC,
		.offset = AT(entity),
		.required = true,
		.value = "CODE",
		.help = {"the entity's code", "主体的统一社会信用代码"}},
	{.name = "list",
		.type = OPTION_TEXT,
		.offset = AT(list),
		.required = true,
		.value = "ID",
		.help = {"the list's id in the rule book", "规则库中的名单编号"}},
	{.name = "ground",
		.type = OPTION_TEXT,
		.offset = AT(ground),
		.required = true,
		.value = "ID",
		.help = {"why: the ground's id within the list", "列入事由编号"}},
	{.name = "instrument",
		.type = OPTION_TEXT,
		.offset = AT(instrument),
		.required = true,
		.value = "ID",
		.help = {"legal instrument that the list names", "法律依据编号"}},
	{.name = "document",
		.type = OPTION_TEXT,
		.offset = AT(document),
		.required = true,
		.value = "NO",
		.help = {"number of the decision", "决定书文号"}},
	{.name = "date",
		.type = OPTION_DATE,
		.offset = AT(date),
		.required = true,
		.value = "DATE",
		.help = {"date of the decision", "决定日期"}},
	{.name = "fact",
		.type = OPTION_TEXT,
		.offset = AT(fact),
		.required = true,
		.value = "TEXT",
		.help = {"what happened", "事实"}},
	{.name = "until",
		.type = OPTION_DATE,
		.offset = AT(until),
		.value = "DATE",
		.help = {"last day of publication; by default the rule book's maximum",
			"公示截止期，默认按规则库最长公示期"}},
	{.name = "underlying",
		.type = OPTION_RECORD,
		.offset = AT(underlying),
		.value = "ID",
		.help = {"record that the listing rests on", "所依据的记录编号"}},
	SIGN_OPTIONS(struct add_values),
	{.name = NULL},
};
#undef AT

const struct command cmd_list_add = {
	.name = "list add",
	.arguments = "",
	.values_size = sizeof(struct add_values),
	.options = add_options,
	.summary = {"put an entity on a red or black list", "列入名单"},
	.run = run_add,
};

struct remove_values {
	struct sign_values signing;
	struct option_uscc entity;
	struct option_record record;
	uint32_t cause;
	char *document, *reason;
	credit_day_t date;
};

static int run_remove(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct remove_values *values = memory;
	Credit__V1__Removal removal = CREDIT__V1__REMOVAL__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	removal.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	removal.record = record_bytes(&values->record);
	removal.cause = (Credit__V1__RemovalCause)values->cause;
	removal.document_no = values->document;
	removal.decision_date = values->date.days;
	removal.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_REMOVAL;
	act.removal = &removal;
	return sign_and_submit(app, &values->signing, &item, 1);
}

/* Expiry is not among them: time alone says that, signed by the registry. */
static const struct option_choice causes[] = {
	{"repaired", CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REPAIRED},
	{"revoked", CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED},
	{"corrected", CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_CORRECTED},
	{NULL, 0},
};

#define AT(member) offsetof(struct remove_values, member)

static const struct option remove_options[] = {
	{.name = "entity",
		.type = OPTION_USCC,
		.offset = AT(entity),
		.required = true,
		.value = "CODE",
		.help = {"the entity's code", "主体的统一社会信用代码"}},
	{.name = "record",
		.type = OPTION_RECORD,
		.offset = AT(record),
		.required = true,
		.value = "ID",
		.help = {"the record's id, see 'credctl records'", "记录编号，见 credctl records"}},
	{.name = "cause",
		.type = OPTION_CHOICE,
		.offset = AT(cause),
		.required = true,
		.value = "CAUSE",
		.choices = causes,
		.help = {"why it ends", "移出原因"}},
	{.name = "document",
		.type = OPTION_TEXT,
		.offset = AT(document),
		.required = true,
		.value = "NO",
		.help = {"number of the decision", "决定书文号"}},
	{.name = "date",
		.type = OPTION_DATE,
		.offset = AT(date),
		.required = true,
		.value = "DATE",
		.help = {"date of the decision", "决定日期"}},
	{.name = "reason",
		.type = OPTION_TEXT,
		.offset = AT(reason),
		.required = true,
		.value = "TEXT",
		.help = {"the reasons", "理由"}},
	SIGN_OPTIONS(struct remove_values),
	{.name = NULL},
};

const struct command cmd_list_remove = {
	.name = "list remove",
	.arguments = "",
	.values_size = sizeof(struct remove_values),
	.options = remove_options,
	.summary = {"end a listing or another record: repaired, revoked, corrected",
		"移出名单或终止公示：修复、撤销、更正"},
	.run = run_remove,
};
