/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_notice_read.c - credctl notice list, notice show: for the department and the authority above.
 */
#include "commands.h"
#include "connect.h"
#include "output.h"
#include "pages.h"
#include "value.h"

#include <credit/v1/notice_service.pb-c.h>

#include <stdio.h>

static const char *const states[][2] = {
	[CREDIT__V1__NOTICE_STATE__NOTICE_STATE_UNSPECIFIED] = {"?", "?"},
	[CREDIT__V1__NOTICE_STATE__NOTICE_STATE_SERVED] = {"served", "已送达"},
	[CREDIT__V1__NOTICE_STATE__NOTICE_STATE_RIPE] = {"ripe", "陈述申辩期满"},
	[CREDIT__V1__NOTICE_STATE__NOTICE_STATE_DECIDED] = {"decided", "已决定列入"},
	[CREDIT__V1__NOTICE_STATE__NOTICE_STATE_WITHDRAWN] = {"withdrawn", "已撤回"},
};

static const char *state_of(const Credit__V1__Notice *notice, enum credit_lang lang)
{
	unsigned state = (unsigned)notice->state;

	return states[state < sizeof states / sizeof states[0] ? state : 0][lang];
}

#define ID_TEXT_SIZE (2 * CREDIT_RECORD_ID_SIZE + 1)

static const char *id_text(const ProtobufCBinaryData *id, char text[ID_TEXT_SIZE])
{
	text[0] = '\0';
	return id->len == CREDIT_RECORD_ID_SIZE ? credit_hex(id->data, id->len, text) : text;
}

static void print_json(const Credit__V1__Notice *notice)
{
	output_json(json_pack(
		"{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:I, s:o, "
		"s:o, s:o}",
		"entity", output_json_text(notice->entity_uscc), "notice",
		output_json_hex(notice->id.data, notice->id.len), "state",
		state_of(notice, CREDIT_LANG_EN), "list", output_json_text(notice->list), "ground",
		output_json_text(notice->ground), "instrument",
		output_json_text(notice->instrument), "issuer_uscc",
		output_json_text(notice->issuer_uscc), "document_no",
		output_json_text(notice->document_no), "served_on",
		output_json_day(notice->served_on), "hearing_until",
		output_json_day(notice->hearing_until), "decide_from",
		output_json_day(notice->decide_from), "provisional", (int)notice->provisional,
		"waived", (int)notice->waived, "statements", (json_int_t)notice->statements,
		"unanswered_since", output_json_day(notice->unanswered_since), "task",
		output_json_hex(notice->task.data, notice->task.len), "listing",
		output_json_hex(notice->listing.data, notice->listing.len)));
}

static void print_card(const struct app *app, const Credit__V1__Notice *notice)
{
	char date[CREDIT_DAY_TEXT_SIZE], id[ID_TEXT_SIZE], text[64];

	output_field(app_say(app, "notice", "告知编号"), id_text(&notice->id, id));
	output_field(app_say(app, "state", "状态"), state_of(notice, app->lang));
	output_field(app_say(app, "entity", "信用主体"), notice->entity_uscc);
	output_field(app_say(app, "list", "名单"), notice->list);
	output_field(app_say(app, "ground", "拟列入事由"), notice->ground);
	output_field(app_say(app, "instrument", "法律依据"), notice->instrument);
	output_field(app_say(app, "served by", "告知机关"), notice->issuer_uscc);
	output_field(app_say(app, "document", "文书号"), notice->document_no);
	output_field(app_say(app, "served on", "送达日期"), output_day(notice->served_on, date));
	snprintf(text, sizeof text, "%s%s", output_day(notice->hearing_until, date),
		notice->provisional ? app_say(app, " (provisional)", "（暂定）") : "");
	output_field(app_say(app, "hearing until", "陈述申辩至"), text);
	output_field(
		app_say(app, "decide from", "可作决定日期"), output_day(notice->decide_from, date));
	snprintf(text, sizeof text, "%u%s", notice->statements,
		notice->unanswered_since ? app_say(app, ", not answered yet", "，尚未答复") : "");
	output_field(app_say(app, "statements", "陈述申辩"), text);
	if (notice->task.len > 0)
		output_field(app_say(app, "task", "待办编号"), id_text(&notice->task, id));
	if (notice->listing.len > 0)
		output_field(app_say(app, "listing", "列入记录"), id_text(&notice->listing, id));
}

/* --- show ------------------------------------------------------------------------------------- */

static int run_show(struct app *app, void *values, char **arguments, size_t count)
{
	Credit__V1__GetNoticeRequest request = CREDIT__V1__GET_NOTICE_REQUEST__INIT;
	struct credit_problem problem = {0};
	char name[128], uscc[OUTPUT_USCC_SIZE];
	struct client *client = NULL;
	struct credit_arena arena;
	ProtobufCMessage *reply;
	enum credit_error error;

	(void)values;
	(void)count;
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = value_asked_uscc(arguments[0], uscc, &problem);
	if (error == CREDIT_OK)
		error = connect_open(app, &client, &problem);
	snprintf(name, sizeof name, "entities/%s/notices/%.64s", uscc, arguments[1]);
	request.name = name;
	if (error == CREDIT_OK)
		error = connect_call(app, client, "/credit.v1.NoticeService/GetNotice",
			&request.base, &credit__v1__get_notice_response__descriptor, &arena, &reply,
			&problem);
	if (error == CREDIT_OK) {
		const Credit__V1__GetNoticeResponse *answer = (const void *)reply;
		if (app->json)
			print_json(answer->notice);
		else
			print_card(app, answer->notice);
	}
	client_close(client);
	credit_arena_deinit(&arena);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

const struct command cmd_notice_show = {
	.name = "notice show",
	.arguments = "CODE NOTICE",
	.arguments_min = 2,
	.arguments_max = 2,
	.summary = {"where a notice stands", "查看告知办理情况"},
	.run = run_show,
};

/* --- list ------------------------------------------------------------------------------------- */

static void add_row(
	const struct app *app, struct output_table *table, const Credit__V1__Notice *notice)
{
	char id[ID_TEXT_SIZE], served[CREDIT_DAY_TEXT_SIZE], until[CREDIT_DAY_TEXT_SIZE];
	const char *const cells[] = {id_text(&notice->id, id), state_of(notice, app->lang),
		notice->list, notice->ground, output_day(notice->served_on, served),
		output_day(notice->hearing_until, until), notice->document_no};

	output_table_add(table, cells);
}

struct showing {
	const struct app *app;
	struct output_table *table; /* NULL with --json */
};

static void show_page(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__ListNoticesResponse *page = (const void *)reply;
	const struct showing *showing = context;

	for (size_t i = 0; i < page->n_notices; i++) {
		if (showing->table)
			add_row(showing->app, showing->table, page->notices[i]);
		else
			print_json(page->notices[i]);
	}
}

static int run_list(struct app *app, void *values, char **arguments, size_t count)
{
	const char *const headings[] = {app_say(app, "NOTICE", "告知编号"),
		app_say(app, "STATE", "状态"), app_say(app, "LIST", "名单"),
		app_say(app, "GROUND", "事由"), app_say(app, "SERVED", "送达日期"),
		app_say(app, "HEARING UNTIL", "陈述申辩至"), app_say(app, "DOCUMENT", "文号")};
	Credit__V1__ListNoticesRequest request = CREDIT__V1__LIST_NOTICES_REQUEST__INIT;
	struct showing showing = {app, NULL};
	struct credit_problem problem = {0};
	char parent[64], uscc[OUTPUT_USCC_SIZE];
	int code;

	(void)values;
	(void)count;
	if (value_asked_uscc(arguments[0], uscc, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	snprintf(parent, sizeof parent, "entities/%s", uscc);
	request.parent = parent;
	if (!app->json)
		showing.table = output_table_new(headings, sizeof headings / sizeof *headings);
	code = pages_run(app, "/credit.v1.NoticeService/ListNotices", &request.base,
		&credit__v1__list_notices_response__descriptor, show_page, &showing);
	if (showing.table)
		output_table_print(showing.table, stdout);
	return code;
}

const struct command cmd_notice_list = {
	.name = "notice list",
	.arguments = "CODE",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = {"the notices to an entity that you may see", "查询对主体的告知"},
	.run = run_list,
};
