/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_case_apply.c - credctl repair apply and credctl objection file: opening a case.
 *
 * Application and documents are one filing, all or nothing. The slip that the applicant takes home is
 * printed at the end: case, token, the day of the check, what comes next. An applicant that signed on its
 * own machine has drawn the token itself, and nobody else needs to know it.
 */
#include "case_application.h"
#include "case_slip.h"
#include "commands.h"

#include <string.h>

struct values {
	struct sign_values signing;
	struct application_values application;
	struct option_list documents;
	char *spoken;
};
#define AT(member) offsetof(struct values, member)

struct opening {
	const struct values *values;
	struct application application;
	struct credit_arena arena; /* of an application that was signed elsewhere */
	struct case_documents documents;
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
		opening->application.text.origin = progress->origin;
		return applicant_sign(&opening->application.applicant, &opening->application.text);
	}
	memcpy(opening->case_id.byte, progress->first.byte, sizeof opening->case_id.byte);
	opening->documents.item[index - 1].document.case_id =
		(ProtobufCBinaryData){sizeof opening->case_id.byte, opening->case_id.byte};
	return CREDIT_OK;
}

static enum credit_error take_spoken(const struct app *app, struct opening *opening,
	Credit__V1__Act__PayloadCase payload, struct credit_problem *problem)
{
	const struct values *values = opening->values;
	const Credit__V1__Act *act;
	enum credit_error error;

	if (values->application.applicant.form || values->application.applicant.key)
		return credit_problem_set(problem, CREDIT_E_USAGE, "--application", NULL, "%s",
			app_say(app, "it is signed already: neither --form nor --applicant-key",
				"申请已签名，不再使用 --form 或 --applicant-key"));
	error = application_read(values->spoken, payload, &opening->arena, &act, problem);
	if (error)
		return error;
	snprintf(opening->uscc, sizeof opening->uscc, "%s",
		payload == CREDIT__V1__ACT__PAYLOAD_REPAIR_APPLICATION
			? act->repair_application->entity_uscc
			: act->objection->entity_uscc);
	opening->items[0].act = act;
	return CREDIT_OK;
}

static enum credit_error take_form(const struct app *app, struct opening *opening,
	Credit__V1__Act__PayloadCase payload, struct credit_problem *problem)
{
	const struct application_values *values = &opening->values->application;
	enum credit_error error =
		application_build(app, values, payload, &opening->application, problem);

	memcpy(opening->uscc, opening->application.uscc, sizeof opening->uscc);
	opening->items[0].act = &opening->application.act;
	if (error || !values->applicant.form)
		return error;
	return case_document_add(&opening->documents, opening->uscc,
		CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_FORM, values->applicant.form, problem);
}

static enum credit_error gather(const struct app *app, struct opening *opening,
	Credit__V1__Act__PayloadCase payload, struct credit_problem *problem)
{
	struct case_documents *documents = &opening->documents;
	enum credit_error error = opening->values->spoken
					  ? take_spoken(app, opening, payload, problem)
					  : take_form(app, opening, payload, problem);

	if (!error)
		error = case_documents_open(
			app, &opening->values->documents, opening->uscc, documents, problem);
	for (size_t i = 0; i < documents->count; i++)
		opening->items[1 + i] =
			(struct sign_item){&documents->item[i].act, documents->item[i].file};
	return error;
}

/* The entity has the token already: no slip, but what the next steps name. */
static void show_case(const struct app *app, const struct credit_record_id *id)
{
	char hex[2 * CREDIT_RECORD_ID_SIZE + 1];

	credit_hex(id->byte, sizeof id->byte, hex);
	if (app->json)
		output_json(json_pack("{s:{s:s}}", "slip", "case", hex));
	else
		output_field(app_say(app, "case", "案件编号"), hex);
}

static int open_case(struct app *app, void *memory, Credit__V1__Act__PayloadCase payload)
{
	const struct values *values = memory;
	struct opening opening = {.values = values};
	struct credit_problem problem = {0};
	struct sign_progress progress;
	int code;

	credit_arena_init(&opening.arena, NULL, 0, (size_t)8 * CREDIT_ACT_MAX);
	if (gather(app, &opening, payload, &problem) != CREDIT_OK)
		code = app_fail(app, &problem);
	else
		code = sign_and_submit_with(app, &values->signing, opening.items,
			1 + opening.documents.count, before, &opening, &progress);
	if (code == EXIT_DONE) {
		memcpy(opening.case_id.byte, progress.first.byte, sizeof opening.case_id.byte);
		if (values->spoken)
			show_case(app, &opening.case_id);
		else
			code = case_slip_print(app, opening.uscc, &opening.case_id,
				&opening.application.applicant.token, progress.epoch);
	}
	application_free(&opening.application);
	case_documents_free(&opening.documents);
	credit_arena_deinit(&opening.arena);
	return code;
}

static int run_repair(struct app *app, void *memory, char **arguments, size_t count)
{
	(void)arguments;
	(void)count;
	return open_case(app, memory, CREDIT__V1__ACT__PAYLOAD_REPAIR_APPLICATION);
}

static int run_objection(struct app *app, void *memory, char **arguments, size_t count)
{
	(void)arguments;
	(void)count;
	return open_case(app, memory, CREDIT__V1__ACT__PAYLOAD_OBJECTION);
}

/* --- options ------------------------------------------------------------------------------------- */

#define COMMON_OPTIONS \
	APPLICATION_OPTIONS(struct values, "application"), DOCUMENT_OPTION(struct values), \
		APPLICANT_OPTIONS(struct values, application.applicant), \
		{.name = "application", \
			.type = OPTION_TEXT, \
			.offset = AT(spoken), \
			.value = "FILE", \
			.help = {"an application that the entity signed on its own machine, in " \
				 "place of all that it says", \
				"主体已自行签名的申请文件，代替申请各项内容"}}, \
		SIGN_OPTIONS(struct values)

static const struct option repair_options[] = {
	COMMON_OPTIONS,
	REPAIR_OPTIONS(struct values),
	{.name = NULL},
};

static const struct option objection_options[] = {
	COMMON_OPTIONS,
	OBJECTION_OPTIONS(struct values, "application"),
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
