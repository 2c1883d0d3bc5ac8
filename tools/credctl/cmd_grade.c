/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_grade.c - credctl grade, credctl inspect: grades of entities, one by one and as a list to inspect.
 */
#include "bilingual.h"
#include "commands.h"
#include "connect.h"
#include "csv.h"
#include "grade_card.h"
#include "output.h"
#include "value.h"

#include <credit/v1/grading_service.pb-c.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- grade ------------------------------------------------------------------------------------ */

static int run_grade(struct app *app, void *values, char **arguments, size_t count)
{
	Credit__V1__GetGradeRequest request = CREDIT__V1__GET_GRADE_REQUEST__INIT;
	struct credit_problem problem = {0};
	char name[64], uscc[OUTPUT_USCC_SIZE];
	struct credit_arena arena;
	ProtobufCMessage *reply;
	struct client *client;
	enum credit_error error;

	(void)values;
	(void)count;
	if (value_asked_uscc(arguments[0], uscc, &problem) != CREDIT_OK ||
		connect_open(app, &client, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	snprintf(name, sizeof name, "entities/%s/grade", uscc);
	request.name = name;
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = connect_call(app, client, "/credit.v1.GradingService/GetGrade", &request.base,
		&credit__v1__get_grade_response__descriptor, &arena, &reply, &problem);
	if (error == CREDIT_OK) {
		const Credit__V1__Grade *grade =
			((const Credit__V1__GetGradeResponse *)reply)->grade;

		grade_show(app, grade);
	}
	credit_arena_deinit(&arena);
	client_close(client);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

const struct command cmd_grade = {
	.name = "grade",
	.arguments = "CODE",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = {"an entity's grade for supervision, with its reasons", "查询信用等级及其依据"},
	.run = run_grade,
};

/* --- inspect ---------------------------------------------------------------------------------- */

struct values {
	char *grade, *region, *list, *out, *after;
};

struct list {
	const struct app *app;
	FILE *file; /* NULL with --json */
	uint64_t entities, told;
	char last[OUTPUT_USCC_SIZE];
};

static void put(struct list *list, const char *text, const char *end)
{
	csv_put(list->file, credit_bytes_of(text));
	fputs(end, list->file);
}

/* "title (record, record); title (record)": why, and by which records. */
static void put_reasons(struct list *list, const Credit__V1__Grade *grade)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return;
	for (size_t i = 0; i < grade->n_reasons; i++) {
		const Credit__V1__GradeReason *reason = grade->reasons[i];

		fprintf(stream, "%s%s（", i > 0 ? "；" : "", reason->title);
		for (size_t k = 0; k < reason->n_records; k++) {
			char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "";

			if (reason->records[k].len == CREDIT_RECORD_ID_SIZE)
				credit_hex(reason->records[k].data, CREDIT_RECORD_ID_SIZE, id);
			fprintf(stream, "%s%s", k > 0 ? " " : "", id);
		}
		fputs("）", stream);
	}
	if (fclose(stream) == 0)
		put(list, text, "\r\n");
	free(text);
}

static void put_row(struct list *list, const Credit__V1__Grade *grade)
{
	char percent[16];

	snprintf(percent, sizeof percent, "%u", grade->inspection_percent);
	put(list, grade->entity_uscc, ",");
	put(list, grade->name, ",");
	put(list, grade->grade, ",");
	put(list, grade->title, ",");
	put(list, percent, ",");
	put_reasons(list, grade);
}

static enum credit_error take(void *context, const ProtobufCMessage *message)
{
	const Credit__V1__StreamInspectionListResponse *page = (const void *)message;
	struct list *list = context;

	for (size_t i = 0; i < page->n_grades; i++) {
		if (list->file)
			put_row(list, page->grades[i]);
		else
			grade_print_json(page->grades[i]);
	}
	list->entities += page->n_grades;
	snprintf(list->last, sizeof list->last, "%s", page->last_uscc);
	if (list->file && (fflush(list->file) != 0 || ferror(list->file)))
		return errno == ENOSPC ? CREDIT_E_NO_SPACE : CREDIT_E_IO;
	if (list->entities >= list->told + 10000) {
		list->told = list->entities;
		app_note(list->app, "%llu entities, at %s", "已导出 %llu 家，当前 %s",
			(unsigned long long)list->entities, list->last);
	}
	return CREDIT_OK;
}

static int run_inspect(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__StreamInspectionListRequest request =
		CREDIT__V1__STREAM_INSPECTION_LIST_REQUEST__INIT;
	struct list list = {.app = app, .file = app->json ? NULL : stdout};
	struct credit_problem problem = {0};
	struct client *client;
	enum credit_error error;

	(void)arguments;
	(void)count;
	if (connect_open(app, &client, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	if (values->out && !app->json)
		list.file = fopen(values->out, values->after ? "abe" : "wxbe");
	if (!list.file && !app->json) {
		credit_problem_set(&problem, errno == EEXIST ? CREDIT_E_USAGE : CREDIT_E_IO,
			values->out, NULL, "%s", strerror(errno));
		client_close(client);
		return app_fail(app, &problem);
	}
	if (list.file && !values->after)
		fputs("\xef\xbb\xbf统一社会信用代码,主体名称,信用等级,等级说明,年度抽查比例(%),依据"
		      "\r\n",
			list.file);
	request.grade = values->grade ? values->grade : request.grade;
	request.region = values->region ? values->region : request.region;
	request.list = values->list ? values->list : request.list;
	request.after_uscc = values->after ? values->after : request.after_uscc;
	error = connect_stream(client, "/credit.v1.GradingService/StreamInspectionList",
		&request.base, &credit__v1__stream_inspection_list_response__descriptor, &list,
		take, &problem);
	client_close(client);
	if (list.file && list.file != stdout && fclose(list.file) != 0 && error == CREDIT_OK)
		error = credit_problem_set(&problem, CREDIT_E_IO, values->out, NULL, NULL);
	if (error == CREDIT_OK) {
		app_note(app, "%llu entities", "共 %llu 家", (unsigned long long)list.entities);
		return EXIT_DONE;
	}
	if (list.last[0] != '\0')
		app_note(app, "to go on: --after %s", "续传请用 --after %s", list.last);
	return app_fail(app, &problem);
}

#define AT(member) offsetof(struct values, member)

static const struct option inspect_options[] = {
	{.name = "grade",
		.type = OPTION_TEXT,
		.offset = AT(grade),
		.value = "GRADE",
		.help = {"only this grade of the rule book", "仅此信用等级"}},
	{.name = "region",
		.type = OPTION_TEXT,
		.offset = AT(region),
		.value = "DIGITS",
		.help = {"only this administrative division, 2, 4 or 6 digits", "仅此行政区划"}},
	{.name = "list",
		.type = OPTION_TEXT,
		.offset = AT(list),
		.value = "ID",
		.help = {"only entities that stand on this list", "仅在此名单上的主体"}},
	{.name = "out",
		.letter = 'o',
		.type = OPTION_TEXT,
		.offset = AT(out),
		.value = "FILE",
		.help = {"write the CSV here; by default to the screen", "写入此 CSV 文件"}},
	{.name = "after",
		.type = OPTION_TEXT,
		.offset = AT(after),
		.value = "CODE",
		.help = {"go on after this code, at the end of the file", "自此代码之后续传"}},
	{.name = NULL},
};
#undef AT

const struct command cmd_inspect = {
	.name = "inspect",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = inspect_options,
	.summary = {"a list of entities to inspect, by grade, division or list, with the reasons",
		"按等级、区划、名单导出检查对象及依据"},
	.run = run_inspect,
};
