/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_reads.c - credctl reads: who looked at what, and what was done to the registry, for supervisors.
 */
#include "commands.h"
#include "output.h"
#include "pages.h"

#include <credit/v1/supervision_service.pb-c.h>

#include <stdio.h>

struct values {
	struct option_uscc reader, entity;
	char *method, *purpose;
	credit_day_t from, to;
};

/* Where rows go: a table, or one JSON value a line when it is NULL. */
struct sink {
	struct output_table *table;
};

static void print_access(const struct sink *sink, const Credit__V1__Access *access)
{
	char at[CREDIT_MS_TEXT_SIZE], epoch[24];

	if (!sink->table) {
		output_json(json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "id",
			output_json_hex(access->id.data, access->id.len), "at",
			output_json_ms(access->at), "reader", output_json_text(access->reader_uscc),
			"entity", output_json_text(access->entity_uscc), "method",
			output_json_text(access->method), "purpose",
			output_json_text(access->purpose), "epoch", (json_int_t)access->epoch));
		return;
	}
	credit_ms_text((credit_ms_t){access->at}, at);
	snprintf(epoch, sizeof epoch, "%llu", (unsigned long long)access->epoch);
	const char *const cells[] = {at, access->reader_uscc, access->entity_uscc, access->method,
		access->purpose, epoch};
	output_table_add(sink->table, cells);
}

static void each_page(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__ListAccessesResponse *page = (const void *)reply;

	for (size_t i = 0; i < page->n_accesses; i++)
		print_access(context, page->accesses[i]);
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	const char *const headings[] = {app_say(app, "AT", "时间"),
		app_say(app, "READER", "查询机关"), app_say(app, "ENTITY", "主体"),
		app_say(app, "METHOD", "方法"), app_say(app, "PURPOSE", "用途"),
		app_say(app, "EPOCH", "批次")};
	Credit__V1__ListAccessesRequest request = CREDIT__V1__LIST_ACCESSES_REQUEST__INIT;
	char reader[OUTPUT_USCC_SIZE], entity[OUTPUT_USCC_SIZE];
	struct sink sink = {NULL};
	int code;

	(void)arguments;
	(void)count;
	if (values->reader.given)
		request.reader_uscc = (char *)(uintptr_t)output_uscc(&values->reader.uscc, reader);
	if (values->entity.given)
		request.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, entity);
	if (values->method)
		request.method = values->method;
	if (values->from.days)
		request.from = credit_day_begins(values->from).ms;
	if (values->to.days)
		request.until = credit_day_begins((credit_day_t){values->to.days + 1}).ms;
	request.purpose = values->purpose;
	if (!app->json)
		sink.table = output_table_new(headings, 6);
	code = pages_run(app, "/credit.v1.SupervisionService/ListAccesses", &request.base,
		&credit__v1__list_accesses_response__descriptor, each_page, &sink);
	if (sink.table)
		output_table_print(sink.table, stdout);
	return code;
}

#define AT(member) offsetof(struct values, member)
static const struct option options[] = {
	{.name = "reader",
		.type = OPTION_USCC,
		.offset = AT(reader),
		.value = "CODE",
		.help = {"only by this authority", "仅列此机关的查询"}},
	{.name = "entity",
		.type = OPTION_USCC,
		.offset = AT(entity),
		.value = "CODE",
		.help = {"only of this entity's data; quick", "仅列对此主体的查询，速度快"}},
	{.name = "method",
		.type = OPTION_TEXT,
		.offset = AT(method),
		.value = "NAME",
		.help = {"only this method, or those that begin so up to a slash: admin-service/",
			"仅列此方法，或以斜线结尾的前缀，如 admin-service/"}},
	{.name = "from",
		.type = OPTION_DATE,
		.offset = AT(from),
		.value = "DATE",
		.help = {"first day", "起始日期"}},
	{.name = "to",
		.type = OPTION_DATE,
		.offset = AT(to),
		.value = "DATE",
		.help = {"last day", "截止日期"}},
	{.name = "purpose",
		.type = OPTION_TEXT,
		.offset = AT(purpose),
		.required = true,
		.value = "TEXT",
		.help = {"what the search is for; it is recorded as well",
			"检索用途，检索本身亦留痕"}},
	{.name = NULL},
};
#undef AT

const struct command cmd_reads = {
	.name = "reads",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"who read what is not public, and what was done to the registry",
		"检索非公开信息的查询留痕及系统管理操作"},
	.detail = {"For authorities with a supervisor's grant and for the operator. An entity sees "
		   "the reads of its own data with 'credctl own'.",
		"供有监督授权的机关和运行管理者使用。主体可用 credctl own 查看对自身的查询。"},
	.run = run,
};
