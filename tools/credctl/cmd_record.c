/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_record.c - credctl record: pledges, honours, judgments one by one, and how they came out.
 *
 * Penalties and licences come from files (credctl import).
 */
#include "commands.h"
#include "output.h"
#include "sign.h"

/* What the subcommands have in common; each reads what its options fill. */
struct values {
	struct sign_values signing;
	struct option_uscc entity;
	struct option_record record;
	uint32_t kind;
	char *title, *text, *document, *court;
	credit_day_t date, due, until;
};

static char *text_or_empty(char *text)
{
	static char empty[] = "";

	return text ? text : empty;
}

static int file(struct app *app, const struct values *values, Credit__V1__Act__PayloadCase payload,
	void *message)
{
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};

	act.payload_case = payload;
	act.pledge = message; /* payloads are pointers, all at the same place */
	return sign_and_submit(app, &values->signing, &item, 1);
}

#define AT(member) offsetof(struct values, member)
#define ENTITY_OPTION \
	{ \
		.name = "entity", .type = OPTION_USCC, .offset = AT(entity), .required = true, \
		.value = "CODE", .help = { \
			"the entity's code", \
			"主体的统一社会信用代码" \
		} \
	}
#define DOCUMENT_OPTION(must, en, zh) \
	{ \
		.name = "document", .type = OPTION_TEXT, .offset = AT(document), .required = must, \
		.value = "NO", .help = { \
			en, \
			zh \
		} \
	}
#define DATE_OPTION(en, zh) \
	{ \
		.name = "date", .type = OPTION_DATE, .offset = AT(date), .required = true, \
		.value = "DATE", .help = { \
			en, \
			zh \
		} \
	}

/* --- record pledge ---------------------------------------------------------------------------- */

static int run_pledge(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__Pledge pledge = CREDIT__V1__PLEDGE__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	pledge.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	pledge.kind = (Credit__V1__PledgeKind)values->kind;
	pledge.title = values->title;
	pledge.text = values->text;
	pledge.document_no = values->document;
	pledge.pledged_on = values->date.days;
	pledge.due_on = values->due.days;
	pledge.publication_end = values->until.days;
	return file(app, values, CREDIT__V1__ACT__PAYLOAD_PLEDGE, &pledge);
}

static const struct option_choice pledge_kinds[] = {
	{"approval", CREDIT__V1__PLEDGE_KIND__PLEDGE_KIND_APPROVAL},
	{"open", CREDIT__V1__PLEDGE_KIND__PLEDGE_KIND_OPEN},
	{"repair", CREDIT__V1__PLEDGE_KIND__PLEDGE_KIND_REPAIR},
	{"industry", CREDIT__V1__PLEDGE_KIND__PLEDGE_KIND_INDUSTRY},
	{NULL, 0},
};

static const struct option pledge_options[] = {
	ENTITY_OPTION,
	{.name = "kind",
		.type = OPTION_CHOICE,
		.offset = AT(kind),
		.required = true,
		.value = "KIND",
		.choices = pledge_kinds,
		.help = {"in place of an approval, open, for repair, of an industry",
			"审批替代型、主动公示型、信用修复型、行业自律型"}},
	{.name = "title",
		.type = OPTION_TEXT,
		.offset = AT(title),
		.required = true,
		.value = "TEXT",
		.help = {"the matter", "承诺事项"}},
	{.name = "text",
		.type = OPTION_TEXT,
		.offset = AT(text),
		.required = true,
		.value = "TEXT",
		.help = {"what was promised", "承诺内容"}},
	DOCUMENT_OPTION(true, "number of the pledge", "承诺书编号"),
	DATE_OPTION("when it was given", "承诺日期"),
	{.name = "due",
		.type = OPTION_DATE,
		.offset = AT(due),
		.value = "DATE",
		.help = {"to be performed by", "履行期限"}},
	{.name = "until",
		.type = OPTION_DATE,
		.offset = AT(until),
		.value = "DATE",
		.help = {"last day of publication; by default the rule book's maximum",
			"公示截止期，默认按规则库最长公示期"}},
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_record_pledge = {
	.name = "record pledge",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = pledge_options,
	.summary = {"record what an entity promised", "登记信用承诺"},
	.run = run_pledge,
};

/* --- record honour ---------------------------------------------------------------------------- */

static int run_honour(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__Honour honour = CREDIT__V1__HONOUR__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	honour.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	honour.title = values->title;
	honour.document_no = values->document;
	honour.decision_date = values->date.days;
	honour.valid_until = values->until.days;
	honour.reason = values->text;
	return file(app, values, CREDIT__V1__ACT__PAYLOAD_HONOUR, &honour);
}

static const struct option honour_options[] = {
	ENTITY_OPTION,
	{.name = "title",
		.type = OPTION_TEXT,
		.offset = AT(title),
		.required = true,
		.value = "TEXT",
		.help = {"the honour", "荣誉名称"}},
	DOCUMENT_OPTION(true, "number of the decision", "决定文号"),
	DATE_OPTION("when it was granted", "授予日期"),
	{.name = "until",
		.type = OPTION_DATE,
		.offset = AT(until),
		.value = "DATE",
		.help = {"valid until", "有效期至"}},
	{.name = "reason",
		.type = OPTION_TEXT,
		.offset = AT(text),
		.required = true,
		.value = "TEXT",
		.help = {"what for", "事由"}},
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_record_honour = {
	.name = "record honour",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = honour_options,
	.summary = {"record an honour that stands on no list", "登记荣誉"},
	.run = run_honour,
};

/* --- record judgment -------------------------------------------------------------------------- */

static int run_judgment(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__Judgment judgment = CREDIT__V1__JUDGMENT__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	judgment.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	judgment.court = values->court;
	judgment.document_no = values->document;
	judgment.decision_date = values->date.days;
	judgment.obligation = values->text;
	judgment.perform_by = values->due.days;
	return file(app, values, CREDIT__V1__ACT__PAYLOAD_JUDGMENT, &judgment);
}

static const struct option judgment_options[] = {
	ENTITY_OPTION,
	{.name = "court",
		.type = OPTION_TEXT,
		.offset = AT(court),
		.required = true,
		.value = "TEXT",
		.help = {"the court", "作出裁判的法院"}},
	DOCUMENT_OPTION(true, "number of the judgment", "裁判文书号"),
	DATE_OPTION("in effect from", "生效日期"),
	{.name = "obligation",
		.type = OPTION_TEXT,
		.offset = AT(text),
		.required = true,
		.value = "TEXT",
		.help = {"what is to be done", "确定的义务"}},
	{.name = "due",
		.type = OPTION_DATE,
		.offset = AT(due),
		.value = "DATE",
		.help = {"to be carried out by", "履行期限"}},
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_record_judgment = {
	.name = "record judgment",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = judgment_options,
	.summary = {"record a judgment against an entity", "登记司法裁判"},
	.run = run_judgment,
};

/* --- record outcome --------------------------------------------------------------------------- */

static int run_outcome(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__RecordOutcome outcome = CREDIT__V1__RECORD_OUTCOME__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	outcome.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	outcome.record = (ProtobufCBinaryData){
		sizeof values->record.id.byte, (uint8_t *)(uintptr_t)values->record.id.byte};
	outcome.outcome = (Credit__V1__OutcomeKind)values->kind;
	outcome.date = values->date.days;
	outcome.document_no = text_or_empty(values->document);
	outcome.reason = text_or_empty(values->text);
	return file(app, values, CREDIT__V1__ACT__PAYLOAD_RECORD_OUTCOME, &outcome);
}

static const struct option_choice outcomes[] = {
	{"performed", CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_PERFORMED},
	{"broken", CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_BROKEN},
	{NULL, 0},
};

static const struct option outcome_options[] = {
	ENTITY_OPTION,
	{.name = "record",
		.type = OPTION_RECORD,
		.offset = AT(record),
		.required = true,
		.value = "ID",
		.help = {"the record's id, see 'credctl records'", "记录编号，见 credctl records"}},
	{.name = "outcome",
		.type = OPTION_CHOICE,
		.offset = AT(kind),
		.required = true,
		.value = "OUTCOME",
		.choices = outcomes,
		.help = {"how it came out", "履行结果"}},
	DATE_OPTION("since when", "日期"),
	DOCUMENT_OPTION(false, "number of a document that says so", "证明文书号"),
	{.name = "reason",
		.type = OPTION_TEXT,
		.offset = AT(text),
		.value = "TEXT",
		.help = {"what happened", "说明"}},
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_record_outcome = {
	.name = "record outcome",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = outcome_options,
	.summary = {"say how a pledge or a judgment came out", "登记承诺或裁判的履行结果"},
	.run = run_outcome,
};
