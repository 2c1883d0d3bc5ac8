/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_records.c - credctl records: every record of an entity, removed ones too where they are shown.
 */
#include "commands.h"
#include "connect.h"
#include "output.h"
#include "value.h"

#include <credit/v1/status_service.pb-c.h>

#include <stdio.h>

static const char *const kinds[][2] = {
	[CREDIT__V1__RECORD_KIND__RECORD_KIND_UNSPECIFIED] = {"record", "记录"},
	[CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY] = {"penalty", "行政处罚"},
	[CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING] = {"listing", "列入名单"},
	[CREDIT__V1__RECORD_KIND__RECORD_KIND_LICENCE] = {"licence", "行政许可"},
	[CREDIT__V1__RECORD_KIND__RECORD_KIND_PLEDGE] = {"pledge", "信用承诺"},
	[CREDIT__V1__RECORD_KIND__RECORD_KIND_HONOUR] = {"honour", "荣誉"},
	[CREDIT__V1__RECORD_KIND__RECORD_KIND_JUDGMENT] = {"judgment", "司法裁判"},
};

static const char *const states[][2] = {
	[CREDIT__V1__RECORD_STATE__RECORD_STATE_UNSPECIFIED] = {"?", "?"},
	[CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED] = {"published", "公示中"},
	[CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED] = {"removed", "已终止"},
};

static const char *const outcomes[][2] = {
	[CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_UNSPECIFIED] = {"", ""},
	[CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_PERFORMED] = {"performed", "已履行"},
	[CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_BROKEN] = {"broken", "未履行"},
};

#define NAME_OF(names, value, lang) \
	(names)[(unsigned)(value) < sizeof(names) / sizeof(names)[0] ? (unsigned)(value) : 0][lang]

static void print_json(const Credit__V1__Record *record)
{
	output_json(json_pack("{s:o, s:o, s:s, s:s, s:s, s:o, s:b, s:b, s:b, s:o, s:o, s:o, s:o, "
			      "s:o, s:o, s:o, s:I, s:I}",
		"entity", output_json_text(record->entity_uscc), "record",
		output_json_hex(record->id.data, record->id.len), "kind",
		NAME_OF(kinds, record->kind, CREDIT_LANG_EN), "state",
		NAME_OF(states, record->state, CREDIT_LANG_EN), "outcome",
		NAME_OF(outcomes, record->outcome, CREDIT_LANG_EN), "title",
		output_json_text(record->title), "disputed", (int)record->disputed, "suspended",
		(int)record->suspended, "late", (int)record->late, "item",
		output_json_text(record->item), "document_no",
		output_json_text(record->document_no), "decider_uscc",
		output_json_text(record->decider_uscc), "decided_on",
		output_json_day(record->decided_on), "published_until",
		output_json_day(record->published_until), "repair_from",
		output_json_day(record->repair_from), "removed_on",
		output_json_day(record->removed_on), "epoch", (json_int_t)record->epoch, "leaf",
		(json_int_t)record->leaf_index));
}

static void add_row(
	const struct app *app, struct output_table *table, const Credit__V1__Record *record)
{
	char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "";
	char decided[CREDIT_DAY_TEXT_SIZE], until[CREDIT_DAY_TEXT_SIZE];

	if (record->id.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(record->id.data, record->id.len, id);
	const char *const cells[] = {id, NAME_OF(kinds, record->kind, app->lang), record->item,
		NAME_OF(states, record->state, app->lang), output_day(record->decided_on, decided),
		output_day(record->published_until, until), record->document_no};
	output_table_add(table, cells);
}

/* All pages. The table is NULL with --json. */
static enum credit_error list(const struct app *app, struct client *client, const char *parent,
	struct output_table *table, struct credit_problem *problem)
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
					print_json(page->records[i]);
			}
			snprintf(token, sizeof token, "%s", page->next_page_token);
		}
		credit_arena_deinit(&arena);
	} while (error == CREDIT_OK && token[0] != '\0');
	return error;
}

static int run(struct app *app, void *values, char **arguments, size_t count)
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

	(void)values;
	(void)count;
	if (value_asked_uscc(arguments[0], uscc, &problem) != CREDIT_OK ||
		connect_open(app, &client, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	snprintf(parent, sizeof parent, "entities/%s", uscc);
	if (!app->json)
		table = output_table_new(headings, 7);
	error = list(app, client, parent, table, &problem);
	if (table)
		output_table_print(table, stdout);
	client_close(client);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

const struct command cmd_records = {
	.name = "records",
	.arguments = "CODE",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = {"the records of an entity", "查询信用记录"},
	.run = run,
};
