/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_records.c - credctl records: every record of an entity, removed ones too where they are shown.
 */
#include "commands.h"
#include "output.h"
#include "pages.h"
#include "record_json.h"
#include "value.h"
#include "words.h"

#include <credit/v1/status_service.pb-c.h>

#include <stdio.h>

struct values {
	char *purpose;
};

static void add_row(
	const struct app *app, struct output_table *table, const Credit__V1__Record *record)
{
	char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "";
	char decided[CREDIT_DAY_TEXT_SIZE], until[CREDIT_DAY_TEXT_SIZE];

	if (record->id.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(record->id.data, record->id.len, id);
	const char *const cells[] = {id, words_text(&words_record_kind, record->kind, app->lang),
		record->item, words_text(&words_record_state, record->state, app->lang),
		output_day(record->decided_on, decided), output_day(record->published_until, until),
		record->document_no};
	output_table_add(table, cells);
}

struct showing {
	const struct app *app;
	struct output_table *table; /* NULL with --json */
};

static void show_page(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__ListRecordsResponse *page = (const void *)reply;
	const struct showing *showing = context;

	for (size_t i = 0; i < page->n_records; i++) {
		if (showing->table)
			add_row(showing->app, showing->table, page->records[i]);
		else
			output_json(record_json(page->records[i]));
	}
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const char *const headings[] = {app_say(app, "RECORD", "记录编号"),
		app_say(app, "KIND", "种类"), app_say(app, "ITEM", "事项"),
		app_say(app, "STATE", "状态"), app_say(app, "DECIDED", "决定日期"),
		app_say(app, "UNTIL", "公示至"), app_say(app, "DOCUMENT", "文号")};
	Credit__V1__ListRecordsRequest request = CREDIT__V1__LIST_RECORDS_REQUEST__INIT;
	const struct values *values = memory;
	struct showing showing = {app, NULL};
	struct credit_problem problem = {0};
	char parent[64], uscc[OUTPUT_USCC_SIZE];
	int code;

	(void)count;
	if (value_asked_uscc(arguments[0], uscc, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	snprintf(parent, sizeof parent, "entities/%s", uscc);
	request.parent = parent;
	if (values->purpose)
		request.purpose = values->purpose;
	if (!app->json)
		showing.table = output_table_new(headings, sizeof headings / sizeof *headings);
	code = pages_run(app, "/credit.v1.StatusService/ListRecords", &request.base,
		&credit__v1__list_records_response__descriptor, show_page, &showing);
	if (showing.table)
		output_table_print(showing.table, stdout);
	return code;
}

static const struct option options[] = {
	{.name = "purpose",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, purpose),
		.value = "TEXT",
		.help = {"as an authority: show removed records too; what for is recorded and "
			 "shown "
			 "to the entity",
			"机关查询：同时显示已终止的记录；用途将留痕并向主体公开"}},
	{.name = NULL},
};

const struct command cmd_records = {
	.name = "records",
	.arguments = "CODE",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"the records of an entity", "查询信用记录"},
	.run = run,
};
