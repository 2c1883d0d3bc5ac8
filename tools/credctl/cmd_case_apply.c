/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_case_apply.c - credctl repair apply and credctl objection file: opening a case.
 *
 * Application and documents are one filing, all or nothing. The slip that the applicant takes home is
 * printed at the end: case, token, the day of the check, what comes next.
 */
#include "case_file.h"
#include "case_slip.h"
#include "commands.h"
#include "output.h"

#include <string.h>

struct values {
	struct sign_values signing;
	struct option_uscc entity;
	struct option_record record;
	credit_day_t date;
	char *ground, *statement, *ruling;
	uint32_t repair_ground;
	struct applicant_values applicant;
	struct option_list documents;
};
#define AT(member) offsetof(struct values, member)

/* By RepairGround: what is signed. */
static const char *const repair_grounds[] = {"", "performed", "reorganisation"};

struct opening {
	const struct values *values;
	struct applicant applicant;
	struct case_documents documents;
	struct credit_application application;
	struct sign_item items[1 + CASE_DOCUMENTS_MAX];
	struct credit_record_id case_id;
	char uscc[OUTPUT_USCC_SIZE];
};

/* The application is signed once the registry is known, documents name the case that it makes. */
static enum credit_error before(void *context, size_t index, const struct sign_progress *progress,
	struct credit_problem *problem)
{
	struct opening *opening = context;

	(void)problem;
	if (index == 0) {
		opening->application.origin = progress->origin;
		return applicant_sign(&opening->applicant, &opening->application);
	}
	memcpy(opening->case_id.byte, progress->first.byte, sizeof opening->case_id.byte);
	opening->documents.item[index - 1].document.case_id =
		(ProtobufCBinaryData){sizeof opening->case_id.byte, opening->case_id.byte};
	return CREDIT_OK;
}

static enum credit_error gather(
	struct app *app, struct opening *opening, struct credit_problem *problem)
{
	const struct values *values = opening->values;
	enum credit_error error =
		applicant_open(app, &values->applicant, &opening->applicant, problem);

	if (!error && values->applicant.form)
		error = case_document_add(&opening->documents, opening->uscc,
			CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_FORM, values->applicant.form,
			problem);
	return error ? error
		     : case_documents_open(app, &values->documents, opening->uscc,
			       &opening->documents, problem);
}

static int open_case(struct app *app, struct opening *opening, const Credit__V1__Act *act)
{
	struct case_documents *documents = &opening->documents;
	struct credit_problem problem = {0};
	struct sign_progress progress;
	int code;

	opening->items[0] = (struct sign_item){act, {NULL, 0}};
	if (gather(app, opening, &problem) != CREDIT_OK) {
		code = app_fail(app, &problem);
	} else {
		for (size_t i = 0; i < documents->count; i++)
			opening->items[1 + i] = (struct sign_item){
				&documents->item[i].act, documents->item[i].file};
		code = sign_and_submit_with(app, &opening->values->signing, opening->items,
			1 + documents->count, before, opening, &progress);
	}
	if (code == EXIT_DONE) {
		memcpy(opening->case_id.byte, progress.first.byte, sizeof opening->case_id.byte);
		code = case_slip_print(app, opening->uscc, &opening->case_id,
			&opening->applicant.token, progress.epoch);
	}
	applicant_free(&opening->applicant);
	case_documents_free(documents);
	return code;
}

static void begin(
	const struct values *values, uint32_t act, const char *ground, struct opening *opening)
{
	*opening = (struct opening){.values = values};
	output_uscc(&values->entity.uscc, opening->uscc);
	opening->application = (struct credit_application){
		.entity = values->entity.uscc,
		.act = act,
		.subject = values->record.id,
		.applied_on = {values->date.days ? values->date.days : app_today().days},
		.ground = ground,
		.statement = values->statement ? values->statement : "",
	};
}

static ProtobufCBinaryData record_of(const struct values *values)
{
	return (ProtobufCBinaryData){
		CREDIT_RECORD_ID_SIZE, (uint8_t *)(uintptr_t)values->record.id.byte};
}

static int run_repair(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__RepairApplication application = CREDIT__V1__REPAIR_APPLICATION__INIT;
	uint32_t ground = values->repair_ground
				  ? values->repair_ground
				  : CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_PERFORMED;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct opening opening;

	(void)arguments;
	(void)count;
	begin(values, CREDIT__V1__ACT__PAYLOAD_REPAIR_APPLICATION, repair_grounds[ground],
		&opening);
	application.entity_uscc = opening.uscc;
	application.record = record_of(values);
	application.ground = (Credit__V1__RepairGround)ground;
	application.applied_on = opening.application.applied_on.days;
	application.applicant = &opening.applicant.message;
	application.statement = (char *)(uintptr_t)opening.application.statement;
	if (values->ruling)
		application.ruling_no = values->ruling;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_REPAIR_APPLICATION;
	act.repair_application = &application;
	return open_case(app, &opening, &act);
}

static int run_objection(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__Objection objection = CREDIT__V1__OBJECTION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct opening opening;

	(void)arguments;
	(void)count;
	begin(values, CREDIT__V1__ACT__PAYLOAD_OBJECTION, values->ground, &opening);
	objection.entity_uscc = opening.uscc;
	objection.record = record_of(values);
	objection.ground = values->ground;
	objection.applied_on = opening.application.applied_on.days;
	objection.applicant = &opening.applicant.message;
	objection.statement = values->statement;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_OBJECTION;
	act.objection = &objection;
	return open_case(app, &opening, &act);
}

/* --- options ------------------------------------------------------------------------------------- */

static const struct option_choice grounds[] = {
	{"performed", CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_PERFORMED},
	{"reorganisation", CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_REORGANISATION},
	{NULL, 0},
};

#define COMMON_OPTIONS \
	{.name = "entity", \
		.type = OPTION_USCC, \
		.offset = AT(entity), \
		.required = true, \
		.value = "CODE", \
		.help = {"the entity's code", "主体的统一社会信用代码"}}, \
		{.name = "record", \
			.type = OPTION_RECORD, \
			.offset = AT(record), \
			.required = true, \
			.value = "ID", \
			.help = {"the record's id, see 'credctl records'", \
				"记录编号，见 credctl records"}}, \
		{.name = "date", \
			.type = OPTION_DATE, \
			.offset = AT(date), \
			.value = "DATE", \
			.help = {"date of the slip, where clocks start; today by default", \
				"回执日期，期限自此起算，默认今日"}}, \
		DOCUMENT_OPTION(struct values), APPLICANT_OPTIONS(struct values), \
		SIGN_OPTIONS(struct values)

static const struct option repair_options[] = {
	COMMON_OPTIONS,
	{.name = "ground",
		.type = OPTION_CHOICE,
		.offset = AT(repair_ground),
		.value = "GROUND",
		.choices = grounds,
		.help = {"performed (default) or reorganisation", "修复事由，默认已纠正并履行"}},
	{.name = "statement",
		.type = OPTION_TEXT,
		.offset = AT(statement),
		.value = "TEXT",
		.help = {"what the applicant says", "申请说明"}},
	{.name = "ruling",
		.type = OPTION_TEXT,
		.offset = AT(ruling),
		.value = "NO",
		.help = {"of a reorganisation: the court's ruling", "重整：法院裁定书文号"}},
	{.name = NULL},
};

static const struct option objection_options[] = {
	COMMON_OPTIONS,
	{.name = "ground",
		.type = OPTION_TEXT,
		.offset = AT(ground),
		.required = true,
		.value = "ID",
		.help = {"why: the ground's id in the rule book", "规则库中的异议事由编号"}},
	{.name = "statement",
		.type = OPTION_TEXT,
		.offset = AT(statement),
		.required = true,
		.value = "TEXT",
		.help = {"what is wrong", "异议说明"}},
	{.name = NULL},
};

const struct command cmd_repair_apply = {
	.name = "repair apply",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = repair_options,
	.summary = {"take in an application for repair, with its documents",
		"受理信用修复申请及材料"},
	.run = run_repair,
};

const struct command cmd_objection_file = {
	.name = "objection file",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = objection_options,
	.summary = {"take in an objection, with its documents", "受理异议申请及材料"},
	.run = run_objection,
};
