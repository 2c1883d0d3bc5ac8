/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_own.c - credctl own: what an entity sees of itself, by the token on a slip or by its own key.
 */
#include "case_slip.h"
#include "commands.h"
#include "connect.h"
#include "file.h"
#include "grade_card.h"
#include "output.h"
#include "value.h"

#include <stdio.h>
#include <string.h>

struct values {
	char *token, *key;
	struct option_record subject;
};
#define AT(member) offsetof(struct values, member)

/* What opens the view, and the memory that the request points into. */
struct opener {
	struct credit_token token;
	struct credit_hash key_id;
	struct credit_signature signature;
};

static ProtobufCBinaryData data_of(const void *data, size_t size)
{
	return (ProtobufCBinaryData){size, (uint8_t *)(uintptr_t)data};
}

static enum credit_error open_by_token(const struct values *values, struct opener *opener,
	Credit__V1__GetOwnRequest *request, struct credit_problem *problem)
{
	enum credit_error error = credit_token_parse(values->token, &opener->token);

	if (error)
		return credit_problem_set(problem, error, "--token", NULL, NULL);
	request->token = data_of(opener->token.byte, sizeof opener->token.byte);
	request->case_id = data_of(values->subject.id.byte, CREDIT_RECORD_ID_SIZE);
	return CREDIT_OK;
}

static enum credit_error open_by_key(const struct app *app, struct client *client,
	const struct values *values, const char *uscc, struct opener *opener,
	Credit__V1__GetOwnRequest *request, struct credit_problem *problem)
{
	struct credit_own_request own = {
		.method = "/credit.v1.EntityService/GetOwn", .at = app_now()};
	struct credit_named_key name;
	struct credit_key_pair pair;
	struct registry registry;
	enum credit_error error = connect_registry(app, client, &registry, problem);

	if (!error)
		error = file_key_pair(values->key, &name, &pair, problem);
	if (error)
		return error;
	own.origin = registry.origin;
	memcpy(own.entity.character, uscc, sizeof own.entity.character);
	error = credit_own_sign(&own, &pair, &opener->signature);
	credit_key_id(&pair.public_key, &opener->key_id);
	credit_wipe(&pair, sizeof pair);
	request->key_id = data_of(opener->key_id.byte, CREDIT_HASH_SIZE);
	request->at = own.at.ms;
	request->signature = data_of(opener->signature.byte, sizeof opener->signature.byte);
	return error;
}

/* --- showing ------------------------------------------------------------------------------------- */

static void show_record(const struct app *app, const Credit__V1__Record *record)
{
	bool published = record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;
	char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "", until[CREDIT_DAY_TEXT_SIZE];
	char from[CREDIT_DAY_TEXT_SIZE];

	if (app->json) {
		output_json(json_pack("{s:o, s:o, s:s, s:b, s:o, s:o, s:o, s:o}", "record",
			output_json_hex(record->id.data, record->id.len), "item",
			output_json_text(record->item), "state",
			published ? "published" : "removed", "disputed", (int)record->disputed,
			"document_no", output_json_text(record->document_no), "published_until",
			output_json_day(record->published_until), "repair_from",
			output_json_day(record->repair_from), "removed_on",
			output_json_day(record->removed_on)));
		return;
	}
	if (record->id.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(record->id.data, record->id.len, id);
	printf(app_say(app, "record  %s  %s  %s%s  until %s  repair from %s\n",
		       "记录  %s  %s  %s%s  公示至 %s  可修复自 %s\n"),
		id, record->item,
		published ? app_say(app, "published", "公示中") : app_say(app, "removed", "已终止"),
		record->disputed ? app_say(app, ", disputed", "，异议中") : "",
		output_day(record->published_until, until), output_day(record->repair_from, from));
}

static void show_case(const struct app *app, const Credit__V1__Case *subject)
{
	char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "", due[CREDIT_DAY_TEXT_SIZE];

	if (app->json) {
		output_json(case_json(subject));
		return;
	}
	if (subject->id.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(subject->id.data, subject->id.len, id);
	printf(app_say(app, "case    %s  %s  %s  due %s\n", "案件  %s  %s  %s  期限 %s\n"), id,
		case_kind_name((uint32_t)subject->kind, app->lang),
		case_state_name((uint32_t)subject->state, app->lang),
		output_day(subject->due_on, due));
}

static void show_read(const struct app *app, const Credit__V1__Access *read)
{
	char at[CREDIT_MS_TEXT_SIZE];

	if (app->json) {
		output_json(json_pack("{s:o, s:o, s:o, s:o}", "reader",
			output_json_text(read->reader_uscc), "method",
			output_json_text(read->method), "purpose", output_json_text(read->purpose),
			"at", output_json_ms(read->at)));
		return;
	}
	credit_ms_text((credit_ms_t){read->at}, at);
	printf(app_say(app, "looked  %s  %s  %s  ", "查询  %s  %s  %s  "), at, read->reader_uscc,
		read->method);
	output_safe(stdout, read->purpose);
	fputc('\n', stdout);
}

/* All pages. */
static enum credit_error show(const struct app *app, struct client *client,
	Credit__V1__GetOwnRequest *request, struct credit_problem *problem)
{
	char token[512] = "";
	enum credit_error error;

	do {
		Credit__V1__GetOwnResponse *page;
		struct credit_arena arena;

		credit_arena_init(&arena, NULL, 0, REPLY_MAX);
		request->page_token = token;
		error = own_call(app, client, request, &arena, &page, problem);
		if (!error && page->grade)
			grade_show(app, page->grade);
		for (size_t i = 0; !error && i < page->n_records; i++)
			show_record(app, page->records[i]);
		for (size_t i = 0; !error && i < page->n_cases; i++)
			show_case(app, page->cases[i]);
		for (size_t i = 0; !error && i < page->n_reads; i++)
			show_read(app, page->reads[i]);
		if (!error)
			snprintf(token, sizeof token, "%s", page->next_page_token);
		credit_arena_deinit(&arena);
	} while (!error && token[0] != '\0');
	return error;
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__GetOwnRequest request = CREDIT__V1__GET_OWN_REQUEST__INIT;
	struct credit_problem problem = {0};
	char name[64], uscc[OUTPUT_USCC_SIZE];
	struct opener opener;
	struct client *client;
	enum credit_error error;

	(void)count;
	if (!values->token == !values->key || (values->token && !values->subject.given)) {
		credit_problem_set(&problem, CREDIT_E_USAGE, "--token", NULL, "%s",
			app_say(app, "either --token with --case, or --sign",
				"须给出 --token 和 --case，或者 --sign"));
		return app_fail(app, &problem);
	}
	if (value_asked_uscc(arguments[0], uscc, &problem) != CREDIT_OK ||
		connect_open(app, &client, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	snprintf(name, sizeof name, "entities/%s", uscc);
	request.name = name;
	error = values->token ? open_by_token(values, &opener, &request, &problem)
			      : open_by_key(app, client, values, uscc, &opener, &request, &problem);
	if (!error)
		error = show(app, client, &request, &problem);
	client_close(client);
	return error ? app_fail(app, &problem) : EXIT_DONE;
}

static const struct option options[] = {
	{.name = "token",
		.type = OPTION_TEXT,
		.offset = AT(token),
		.value = "TOKEN",
		.help = {"the look-up token on a slip, with its --case",
			"受理回执上的查询码，与 --case 合用"}},
	{.name = "case",
		.type = OPTION_RECORD,
		.offset = AT(subject),
		.value = "ID",
		.help = {"the case of that slip", "该回执的案件编号"}},
	{.name = "sign",
		.letter = 's',
		.type = OPTION_TEXT,
		.offset = AT(key),
		.value = "KEY",
		.help = {"the entity's private key file, in place of a token",
			"主体私钥文件，代替查询码"}},
	{.name = NULL},
};

const struct command cmd_own = {
	.name = "own",
	.arguments = "CODE",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"an entity's own view: its grade, all its records, cases, and who looked",
		"主体查询自身信用等级、记录、案件及查询留痕"},
	.run = run,
};
