/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_list_change.c - credctl list change, suspend, resume: while a record stands.
 */
#include "commands.h"
#include "filing_rows.h"
#include "output.h"
#include "sign.h"

struct change_values {
	struct sign_values signing;
	struct option_uscc entity;
	struct option_record record;
	char *document, *reason, *instrument;
	credit_day_t date, until;
	uint32_t body;
};

static int file(struct app *app, const struct change_values *values, Credit__V1__Act *act)
{
	struct sign_item item = {act, {NULL, 0}};

	return sign_and_submit(app, &values->signing, &item, 1);
}

/* --- change ----------------------------------------------------------------------------------- */

static int run_change(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct change_values *values = memory;
	Credit__V1__PublicationChange change = CREDIT__V1__PUBLICATION_CHANGE__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	change.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	change.record = record_field(&values->record);
	change.publication_end = values->until.days;
	change.document_no = values->document;
	change.decision_date = values->date.days;
	change.reason = values->reason;
	if (values->instrument)
		change.instrument = values->instrument;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_PUBLICATION_CHANGE;
	act.publication_change = &change;
	return file(app, values, &act);
}

static const struct option change_options[] = {
	ROW_ENTITY(struct change_values),
	ROW_RECORD(struct change_values),
	{.name = "until",
		.type = OPTION_DATE,
		.offset = offsetof(struct change_values, until),
		.required = true,
		.value = "DATE",
		.help = {"new last day of publication", "新的公示截止期"}},
	{.name = "instrument",
		.type = OPTION_TEXT,
		.offset = offsetof(struct change_values, instrument),
		.value = "ID",
		.help = {"legal instrument; an extension needs one", "法律依据编号，延长时必填"}},
	ROW_DOCUMENT(struct change_values, "number of the decision", "决定书文号"),
	ROW_DATE(struct change_values, "date of the decision", "决定日期"),
	ROW_REASON(struct change_values),
	SIGN_OPTIONS(struct change_values),
	{.name = NULL},
};

const struct command cmd_list_change = {
	.name = "list change",
	.arguments = "",
	.values_size = sizeof(struct change_values),
	.options = change_options,
	.summary = {"extend or shorten the publication of a record", "调整记录的公示期"},
	.run = run_change,
};

/* --- suspend ---------------------------------------------------------------------------------- */

static int run_suspend(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct change_values *values = memory;
	Credit__V1__Suspension suspension = CREDIT__V1__SUSPENSION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	suspension.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	suspension.record = record_field(&values->record);
	suspension.body = (Credit__V1__SuspensionBody)values->body;
	suspension.document_no = values->document;
	suspension.date = values->date.days;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_SUSPENSION;
	act.suspension = &suspension;
	return file(app, values, &act);
}

static const struct option_choice bodies[] = {
	{"court", CREDIT__V1__SUSPENSION_BODY__SUSPENSION_BODY_COURT},
	{"reconsideration", CREDIT__V1__SUSPENSION_BODY__SUSPENSION_BODY_RECONSIDERATION},
	{NULL, 0},
};

static const struct option suspend_options[] = {
	ROW_ENTITY(struct change_values),
	ROW_RECORD(struct change_values),
	{.name = "body",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct change_values, body),
		.required = true,
		.value = "BODY",
		.choices = bodies,
		.help = {"who suspended it", "裁定机关"}},
	ROW_DOCUMENT(struct change_values, "number of the ruling", "裁定文书号"),
	ROW_DATE(struct change_values, "date of the ruling", "裁定日期"),
	SIGN_OPTIONS(struct change_values),
	{.name = NULL},
};

const struct command cmd_list_suspend = {
	.name = "list suspend",
	.arguments = "",
	.values_size = sizeof(struct change_values),
	.options = suspend_options,
	.summary = {"a court or a reconsideration body suspended the decision",
		"按法院或复议机关裁定中止执行"},
	.run = run_suspend,
};

/* --- resume ----------------------------------------------------------------------------------- */

static int run_resume(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct change_values *values = memory;
	Credit__V1__SuspensionEnd end = CREDIT__V1__SUSPENSION_END__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	end.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	end.record = record_field(&values->record);
	end.document_no = values->document;
	end.date = values->date.days;
	end.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_SUSPENSION_END;
	act.suspension_end = &end;
	return file(app, values, &act);
}

static const struct option resume_options[] = {
	ROW_ENTITY(struct change_values),
	ROW_RECORD(struct change_values),
	ROW_DOCUMENT(struct change_values, "number of the document", "文书号"),
	ROW_DATE(struct change_values, "date of the document", "文书日期"),
	ROW_REASON(struct change_values),
	SIGN_OPTIONS(struct change_values),
	{.name = NULL},
};

const struct command cmd_list_resume = {
	.name = "list resume",
	.arguments = "",
	.values_size = sizeof(struct change_values),
	.options = resume_options,
	.summary = {"the suspension is over and the record stands", "恢复执行"},
	.run = run_resume,
};
