/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_records.c - credctl records: every record of an entity, removed ones too where they are shown.
 */
#include "commands.h"
#include "connect.h"
#include "output.h"
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

/* All pages. The table is NULL with --json. */
static enum credit_error list(const struct app *app, struct client *client, const char *parent,
	const struct values *values, struct output_table *table, struct credit_problem *problem)
{
	char token[512] = "";
	enum credit_error error;

	do {
		Credit__V1__ListRecordsRequest request = CREDIT__V1__LIST_RECORDS_REQUEST__INIT;
		struct credit_arena arena;
		ProtobufCMessage *reply;

		credit_arena_init(&arena, NULL, 0, REPLY_MAX);
		request.parent = (char *)(uintptr_t)parent;
		request.page_size = 100;
		if (values->purpose)
			request.purpose = values->purpose;
		request.page_token = token;
		error = connect_call(app, client, "/credit.v1.StatusService/ListRecords",
			&request.base, &credit__v1__list_records_response__descriptor, &arena,
			&reply, problem);
		if (error == CREDIT_OK) {
			const Credit__V1__ListRecordsResponse *page = (const void *)reply;

			for (size_t i = 0; i < page->n_records; i++) {
				if (table)
					add_row(app, table, page->records[i]);
				else
					output_json(record_json(page->records[i]));
			}
			snprintf(token, sizeof token, "%s", page->next_page_token);
		}
		credit_arena_deinit(&arena);
	} while (error == CREDIT_OK && token[0] != '\0');
	return error;
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const char *const headings[] = {app_say(app, "RECORD", "记录编号"),
		app_say(app, "KIND", "种类"), app_say(app, "ITEM", "事项"),
		app_say(app, "STATE", "状态"), app_say(app, "DECIDED", "决定日期"),
		app_say(app, "UNTIL", "公示至"), app_say(app, "DOCUMENT", "文号")};
	struct output_table *table = NULL;
	struct credit_problem problem = {0};
	char parent[64], uscc[OUTPUT_USCC_SIZE];
	struct client *client;
	enum credit_error error;

	(void)count;
	if (value_asked_uscc(arguments[0], uscc, &problem) != CREDIT_OK ||
		connect_open(app, &client, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	snprintf(parent, sizeof parent, "entities/%s", uscc);
	if (!app->json)
		table = output_table_new(headings, 7);
	error = list(app, client, parent, memory, table, &problem);
	if (table)
		output_table_print(table, stdout);
	client_close(client);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
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
