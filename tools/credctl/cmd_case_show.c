/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_case_show.c - credctl repair|objection list and show: cases as their offices see them.
 *
 * Every such read is recorded with its purpose, and the entity sees it.
 */
#include "case_slip.h"
#include "commands.h"
#include "connect.h"
#include "file.h"
#include "output.h"
#include "pages.h"
#include "value.h"

#include <credit/v1/case_service.pb-c.h>

#include <stdio.h>
#include <string.h>

struct values {
	char *purpose, *document, *out;
	struct option_record subject;
};
#define AT(member) offsetof(struct values, member)

static const char *service(bool repair, const char *method, char path[64])
{
	snprintf(path, 64, "/credit.v1.%sService/%s", repair ? "Repair" : "Objection", method);
	return path;
}

/* --- list ---------------------------------------------------------------------------------------- */

static void add_row(
	const struct app *app, struct output_table *table, const Credit__V1__Case *subject)
{
	char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "";
	char applied[CREDIT_DAY_TEXT_SIZE], due[CREDIT_DAY_TEXT_SIZE];

	if (subject->id.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(subject->id.data, subject->id.len, id);
	const char *const cells[] = {id, case_state_name((uint32_t)subject->state, app->lang),
		output_day(subject->applied_on, applied), output_day(subject->due_on, due),
		subject->record_item};
	output_table_add(table, cells);
}

struct showing {
	const struct app *app;
	struct output_table *table; /* NULL with --json */
};

static void show_page(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__ListCasesResponse *page = (const void *)reply;
	const struct showing *showing = context;

	for (size_t i = 0; i < page->n_cases; i++) {
		if (showing->table)
			add_row(showing->app, showing->table, page->cases[i]);
		else
			output_json(case_json(page->cases[i]));
	}
}

static int run_list(struct app *app, const struct values *values, const char *code, bool repair)
{
	const char *const headings[] = {app_say(app, "CASE", "案件编号"),
		app_say(app, "STATE", "状态"), app_say(app, "APPLIED", "回执日期"),
		app_say(app, "DUE", "期限"), app_say(app, "ITEM", "事项")};
	Credit__V1__ListCasesRequest request = CREDIT__V1__LIST_CASES_REQUEST__INIT;
	struct showing showing = {app, NULL};
	struct credit_problem problem = {0};
	char parent[64], path[64], uscc[OUTPUT_USCC_SIZE];
	int exit_code;

	if (value_asked_uscc(code, uscc, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	snprintf(parent, sizeof parent, "entities/%s", uscc);
	request.parent = parent;
	request.purpose = values->purpose;
	if (!app->json)
		showing.table = output_table_new(headings, sizeof headings / sizeof *headings);
	exit_code = pages_run(app, service(repair, "ListCases", path), &request.base,
		&credit__v1__list_cases_response__descriptor, show_page, &showing);
	if (showing.table)
		output_table_print(showing.table, stdout);
	return exit_code;
}

/* --- show ---------------------------------------------------------------------------------------- */

static void print_card(const struct app *app, const Credit__V1__Case *subject)
{
	char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "", record[sizeof id] = "";
	char applied[CREDIT_DAY_TEXT_SIZE], due[CREDIT_DAY_TEXT_SIZE];

	if (subject->id.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(subject->id.data, subject->id.len, id);
	if (subject->record.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(subject->record.data, subject->record.len, record);
	output_field(app_say(app, "case", "案件编号"), id);
	output_field(
		app_say(app, "kind", "种类"), case_kind_name((uint32_t)subject->kind, app->lang));
	output_field(app_say(app, "state", "状态"),
		case_state_name((uint32_t)subject->state, app->lang));
	output_field(app_say(app, "record", "记录编号"), record);
	output_field(app_say(app, "ground", "事由"), subject->ground);
	output_field(
		app_say(app, "applied on", "回执日期"), output_day(subject->applied_on, applied));
	output_field(app_say(app, "due on", "期限"), output_day(subject->due_on, due));
	output_field(app_say(app, "front office", "受理窗口"), subject->front_office_uscc);
	output_field(app_say(app, "decider", "决定机关"), subject->decider_uscc);
	if (subject->reason[0])
		output_field(app_say(app, "reasons", "理由"), subject->reason);
	for (size_t i = 0; i < subject->n_missing; i++)
		output_field(app_say(app, "missing", "待补正"), subject->missing[i]);
	for (size_t i = 0; i < subject->n_documents; i++) {
		const Credit__V1__CaseDocumentRow *row = subject->documents[i];
		char digest[2 * CREDIT_HASH_SIZE + 1] = "";
		if (row->digest.len == CREDIT_HASH_SIZE)
			credit_hex(row->digest.data, row->digest.len, digest);
		output_field(app_say(app, "document", "材料"), row->title);
		output_field("", digest);
	}
}

static enum credit_error show_case(const struct app *app, struct client *client,
	const struct values *values, const char *name, bool repair, struct credit_arena *arena,
	struct credit_problem *problem)
{
	Credit__V1__GetCaseRequest request = CREDIT__V1__GET_CASE_REQUEST__INIT;
	ProtobufCMessage *reply;
	char path[64];
	enum credit_error error;

	request.name = (char *)(uintptr_t)name;
	request.purpose = values->purpose;
	error = connect_call(app, client, service(repair, "GetCase", path), &request.base,
		&credit__v1__get_case_response__descriptor, arena, &reply, problem);
	if (error)
		return error;
	const Credit__V1__Case *subject =
		((const Credit__V1__GetCaseResponse *)(void *)reply)->case_;
	if (app->json)
		output_json(case_json(subject));
	else
		print_card(app, subject);
	return CREDIT_OK;
}

static enum credit_error fetch_document(const struct app *app, struct client *client,
	const struct values *values, const char *name, bool repair, struct credit_arena *arena,
	struct credit_problem *problem)
{
	Credit__V1__GetDocumentRequest request = CREDIT__V1__GET_DOCUMENT_REQUEST__INIT;
	char path[64], whole[256];
	ProtobufCMessage *reply;
	enum credit_error error;

	snprintf(whole, sizeof whole, "%s/documents/%s", name, values->document);
	request.name = whole;
	request.purpose = values->purpose;
	error = connect_call(app, client, service(repair, "GetDocument", path), &request.base,
		&credit__v1__get_document_response__descriptor, arena, &reply, problem);
	if (error)
		return error;
	const Credit__V1__GetDocumentResponse *got = (const void *)reply;
	error = file_create(values->out, 0600,
		(struct credit_bytes){got->content.data, got->content.len}, problem);
	if (!error)
		app_note(app, "written to %s", "已写入 %s", values->out);
	return error;
}

static int run_show(struct app *app, const struct values *values, const char *code, bool repair)
{
	char name[128], uscc[OUTPUT_USCC_SIZE], id[2 * CREDIT_RECORD_ID_SIZE + 1];
	struct credit_problem problem = {0};
	struct credit_arena arena;
	struct client *client;
	enum credit_error error;

	if (!values->document != !values->out) {
		credit_problem_set(&problem, CREDIT_E_USAGE, "--document, --out", NULL, "%s",
			app_say(app, "one needs the other", "须同时给出"));
		return app_fail(app, &problem);
	}
	if (value_asked_uscc(code, uscc, &problem) != CREDIT_OK ||
		connect_open(app, &client, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	credit_hex(values->subject.id.byte, sizeof values->subject.id.byte, id);
	snprintf(name, sizeof name, "entities/%s/cases/%s", uscc, id);
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = values->document
			? fetch_document(app, client, values, name, repair, &arena, &problem)
			: show_case(app, client, values, name, repair, &arena, &problem);
	credit_arena_deinit(&arena);
	client_close(client);
	return error ? app_fail(app, &problem) : EXIT_DONE;
}

/* --- subcommands --------------------------------------------------------------------------------- */

#define PURPOSE \
	{ \
		.name = "purpose", .type = OPTION_TEXT, .offset = AT(purpose), .required = true, \
		.value = "TEXT", .help = { \
			"what it is read for: recorded, and shown to the entity", \
			"查询用途：将留痕并向主体公开" \
		} \
	}

static const struct option list_options[] = {PURPOSE, {.name = NULL}};
static const struct option show_options[] = {PURPOSE,
	{.name = "case",
		.type = OPTION_RECORD,
		.offset = AT(subject),
		.required = true,
		.value = "ID",
		.help = {"the case's id", "案件编号"}},
	{.name = "document",
		.type = OPTION_TEXT,
		.offset = AT(document),
		.value = "DIGEST",
		.help = {"fetch this document of the case, with --out",
			"取出该材料，与 --out 合用"}},
	{.name = "out",
		.type = OPTION_TEXT,
		.offset = AT(out),
		.value = "FILE",
		.help = {"where the document is written to", "材料写入的文件"}},
	{.name = NULL}};

#define COMMAND(name_, verb, repair, noun, rows, en, zh) \
	static int run_##name_(struct app *app, void *values, char **arguments, size_t count) \
	{ \
		(void)count; \
		return run_##verb(app, values, arguments[0], repair); \
	} \
	const struct command cmd_##name_ = { \
		.name = noun " " #verb, \
		.arguments = "CODE", \
		.arguments_min = 1, \
		.arguments_max = 1, \
		.values_size = sizeof(struct values), \
		.options = rows, \
		.summary = {en, zh}, \
		.run = run_##name_, \
	}
COMMAND(repair_list, list, true, "repair", list_options,
	"an entity's repair cases that your office handles", "查询本机关办理的修复案件");
COMMAND(repair_show, show, true, "repair", show_options, "one repair case, or a document of it",
	"查看修复案件或其材料");
COMMAND(objection_list, list, false, "objection", list_options,
	"an entity's objections that your office handles", "查询本机关办理的异议案件");
COMMAND(objection_show, show, false, "objection", show_options,
	"one objection, or a document of it", "查看异议案件或其材料");
