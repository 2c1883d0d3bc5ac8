/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_overdue.c - credctl overdue and credctl task list: what an office must do, and what stands in the open.
 */
#include "commands.h"
#include "output.h"
#include "pages.h"
#include "value.h"
#include "words.h"

#include <credit/v1/supervision_service.pb-c.h>

#include <stdio.h>

/* Where rows go: a table, or one JSON value a line when it is NULL. */
struct sink {
	const struct app *app;
	struct output_table *table;
};

/* --- task list ---------------------------------------------------------------------------------- */

struct task_values {
	bool overdue;
	uint32_t kind;
};

static void print_task(const struct sink *sink, const Credit__V1__Task *task)
{
	char due[CREDIT_DAY_TEXT_SIZE], subject[2 * CREDIT_RECORD_ID_SIZE + 1] = "";
	uint32_t kind = (uint32_t)task->kind, state = (uint32_t)task->state;

	if (!sink->table) {
		output_json(json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}",
			"id", output_json_hex(task->id.data, task->id.len), "kind",
			words_name(&words_task_kind, kind), "state",
			words_name(&words_task_state, state), "office",
			output_json_text(task->office_uscc), "entity",
			output_json_text(task->entity_uscc), "subject",
			output_json_hex(task->subject.data, task->subject.len), "item",
			output_json_text(task->item), "opened_on", output_json_day(task->opened_on),
			"due_on", output_json_day(task->due_on), "provisional",
			(int)task->provisional, "rule_book", output_json_text(task->rule_book)));
		return;
	}
	if (task->subject.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(task->subject.data, task->subject.len, subject);
	const char *const cells[] = {output_day(task->due_on, due),
		words_text(&words_task_state, state, sink->app->lang),
		words_text(&words_task_kind, kind, sink->app->lang), task->item, task->entity_uscc,
		subject};
	output_table_add(sink->table, cells);
}

static void each_task(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__ListTasksResponse *page = (const void *)reply;

	for (size_t i = 0; i < page->n_tasks; i++)
		print_task(context, page->tasks[i]);
}

static int run_task_list(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct task_values *values = memory;
	const char *const headings[] = {app_say(app, "DUE", "期限"), app_say(app, "STATE", "状态"),
		app_say(app, "WHAT", "事项"), app_say(app, "ITEM", "规则条目"),
		app_say(app, "ENTITY", "主体"), app_say(app, "ABOUT", "对象编号")};
	Credit__V1__ListTasksRequest request = CREDIT__V1__LIST_TASKS_REQUEST__INIT;
	struct sink sink = {.app = app};
	struct credit_problem problem = {0};
	char parent[64], uscc[OUTPUT_USCC_SIZE];
	int code;

	(void)count;
	if (value_asked_uscc(arguments[0], uscc, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	snprintf(parent, sizeof parent, "authorities/%s", uscc);
	request.parent = parent;
	request.overdue_only = values->overdue;
	request.kind = (Credit__V1__TaskKind)values->kind;
	if (!app->json)
		sink.table = output_table_new(headings, 6);
	code = pages_run(app, "/credit.v1.SupervisionService/ListTasks", &request.base,
		&credit__v1__list_tasks_response__descriptor, each_task, &sink);
	if (sink.table)
		output_table_print(sink.table, stdout);
	return code;
}

static const struct option task_options[] = {
	{.name = "overdue",
		.type = OPTION_FLAG,
		.offset = offsetof(struct task_values, overdue),
		.help = {"only those whose day has passed", "仅列已逾期事项"}},
	{.name = "kind",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct task_values, kind),
		.value = "KIND",
		.choices = choices_task_kind,
		.help = {"only this kind", "仅列此类事项"}},
	{.name = NULL},
};

const struct command cmd_task_list = {
	.name = "task list",
	.arguments = "OFFICE",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct task_values),
	.options = task_options,
	.summary = {"what an office must still do, and by when", "查询机关待办事项及期限"},
	.detail = {"For the office itself, the authorities above it, supervisors and the operator.",
		"供本机关、其上级机关、监督机关和运行管理者使用。"},
	.run = run_task_list,
};

/* --- overdue ------------------------------------------------------------------------------------ */

struct overdue_values {
	struct option_uscc office, superior;
	char *item;
	uint32_t kind;
};

static void print_overdue(const struct sink *sink, const Credit__V1__OverdueTask *task)
{
	char due[CREDIT_DAY_TEXT_SIZE];
	uint32_t kind = (uint32_t)task->kind;

	if (!sink->table) {
		output_json(json_pack("{s:o, s:o, s:s, s:o, s:o, s:b, s:o, s:o}", "office",
			output_json_text(task->office_uscc), "office_name",
			output_json_text(task->office_name), "kind",
			words_name(&words_task_kind, kind), "item", output_json_text(task->item),
			"due_on", output_json_day(task->due_on), "escalated", (int)task->escalated,
			"superior", output_json_text(task->superior_uscc), "entity",
			output_json_text(task->entity_uscc)));
		return;
	}
	const char *const cells[] = {output_day(task->due_on, due), task->office_name,
		task->office_uscc, words_text(&words_task_kind, kind, sink->app->lang), task->item,
		task->escalated ? app_say(sink->app, "yes", "是") : "", task->entity_uscc};
	output_table_add(sink->table, cells);
}

static void each_overdue(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__ListOverdueResponse *page = (const void *)reply;

	for (size_t i = 0; i < page->n_tasks; i++)
		print_overdue(context, page->tasks[i]);
}

static int run_overdue(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct overdue_values *values = memory;
	const char *const headings[] = {app_say(app, "DUE", "期限"), app_say(app, "OFFICE", "机关"),
		app_say(app, "CODE", "机关代码"), app_say(app, "WHAT", "事项"),
		app_say(app, "ITEM", "规则条目"), app_say(app, "REPORTED", "已上报"),
		app_say(app, "ENTITY", "主体")};
	Credit__V1__ListOverdueRequest request = CREDIT__V1__LIST_OVERDUE_REQUEST__INIT;
	struct sink sink = {.app = app};
	char office[OUTPUT_USCC_SIZE], superior[OUTPUT_USCC_SIZE];
	int code;

	(void)arguments;
	(void)count;
	if (values->office.given)
		request.office_uscc = (char *)(uintptr_t)output_uscc(&values->office.uscc, office);
	if (values->superior.given)
		request.superior_uscc =
			(char *)(uintptr_t)output_uscc(&values->superior.uscc, superior);
	if (values->item)
		request.item = values->item;
	request.kind = (Credit__V1__TaskKind)values->kind;
	if (!app->json)
		sink.table = output_table_new(headings, 7);
	code = pages_run(app, "/credit.v1.SupervisionService/ListOverdue", &request.base,
		&credit__v1__list_overdue_response__descriptor, each_overdue, &sink);
	if (sink.table)
		output_table_print(sink.table, stdout);
	return code;
}

#define AT(member) offsetof(struct overdue_values, member)
static const struct option overdue_options[] = {
	{.name = "office",
		.type = OPTION_USCC,
		.offset = AT(office),
		.value = "CODE",
		.help = {"only this office's", "仅列此机关"}},
	{.name = "superior",
		.type = OPTION_USCC,
		.offset = AT(superior),
		.value = "CODE",
		.help = {"only those that this authority is the superior of", "仅列此机关的下级"}},
	{.name = "item",
		.type = OPTION_TEXT,
		.offset = AT(item),
		.value = "ID",
		.help = {"only of this list, or other item of the rule book",
			"仅列此名单或规则条目"}},
	{.name = "kind",
		.type = OPTION_CHOICE,
		.offset = AT(kind),
		.value = "KIND",
		.choices = choices_task_kind,
		.help = {"only this kind", "仅列此类事项"}},
	{.name = NULL},
};
#undef AT

const struct command cmd_overdue = {
	.name = "overdue",
	.arguments = "",
	.values_size = sizeof(struct overdue_values),
	.options = overdue_options,
	.summary = {"what offices have not done in time, in the open", "公开查询逾期未办事项"},
	.detail = {"For anybody. The entity is named only where its record is published.",
		"面向公众；仅当相关记录公示中时列明主体。"},
	.run = run_overdue,
};
