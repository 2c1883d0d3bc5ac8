/* SPDX-License-Identifier: Apache-2.0
 *
 * case_slip.c - cases on screen and on paper.
 */
#include "case_slip.h"

#include "connect.h"
#include "output.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- names --------------------------------------------------------------------------------------- */

static const char *const kinds[][2] = {
	[CREDIT__V1__CASE_KIND__CASE_KIND_UNSPECIFIED] = {"?", "?"},
	[CREDIT__V1__CASE_KIND__CASE_KIND_REPAIR] = {"repair", "信用修复"},
	[CREDIT__V1__CASE_KIND__CASE_KIND_OBJECTION] = {"objection", "异议"},
};

#define STATE(name) [CREDIT__V1__CASE_STATE__CASE_STATE_##name]
static const char *const states[][2] = {
	STATE(UNSPECIFIED) = {"?", "?"},
	STATE(SUBMITTED) = {"submitted, to be checked", "已提交，待形式审查"},
	STATE(SUPPLEMENT_ASKED) = {"something is missing", "待补正"},
	STATE(ACCEPTED) = {"accepted, to be decided", "已受理，待决定"},
	STATE(NOT_ACCEPTED) = {"not accepted", "不予受理"},
	STATE(GRANTED) = {"granted", "准予"},
	STATE(REFUSED) = {"refused", "不准予"},
	STATE(REVIEW_ASKED) = {"under review", "复核中"},
	STATE(FINAL) = {"reviewed, final", "复核终结"},
	STATE(WITHDRAWN) = {"withdrawn", "已撤回"},
	STATE(MOOT) = {"moot: the record ended otherwise", "记录已另行终止"},
	STATE(REVOKED) = {"revoked for fraud", "因弄虚作假被撤销"},
	STATE(PLAN_RUNNING) = {"a plan is running", "重整计划执行中"},
};

const char *case_kind_name(uint32_t kind, enum credit_lang lang)
{
	return kinds[kind < sizeof kinds / sizeof kinds[0] ? kind : 0][lang];
}

const char *case_state_name(uint32_t state, enum credit_lang lang)
{
	return states[state < sizeof states / sizeof states[0] ? state : 0][lang];
}

const char *case_state_word(uint32_t state, char word[32])
{
	static const char prefix[] = "CASE_STATE_";
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
		&credit__v1__case_state__descriptor, (int)state);

	snprintf(word, 32, "%s", value ? value->name + strlen(prefix) : "unknown");
	for (char *c = word; *c; c++)
		*c = (char)(*c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	return word;
}

static json_t *json_documents(const Credit__V1__Case *subject)
{
	json_t *documents = json_array();

	for (size_t i = 0; i < subject->n_documents; i++) {
		const Credit__V1__CaseDocumentRow *row = subject->documents[i];
		json_array_append_new(documents,
			json_pack("{s:o, s:i, s:o}", "digest",
				output_json_hex(row->digest.data, row->digest.len), "kind",
				(int)row->kind, "title", output_json_text(row->title)));
	}
	return documents;
}

json_t *case_json(const Credit__V1__Case *subject)
{
	json_t *missing = json_array();
	char word[32];

	for (size_t i = 0; i < subject->n_missing; i++)
		json_array_append_new(missing, output_json_text(subject->missing[i]));
	return json_pack(
		"{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:i, s:o}",
		"case", output_json_hex(subject->id.data, subject->id.len), "kind",
		case_kind_name((uint32_t)subject->kind, CREDIT_LANG_EN), "state",
		case_state_word((uint32_t)subject->state, word), "entity",
		output_json_text(subject->entity_uscc), "record",
		output_json_hex(subject->record.data, subject->record.len), "ground",
		output_json_text(subject->ground), "front_office",
		output_json_text(subject->front_office_uscc), "decider",
		output_json_text(subject->decider_uscc), "applied_on",
		output_json_day(subject->applied_on), "due_on", output_json_day(subject->due_on),
		"closed_on", output_json_day(subject->closed_on), "provisional",
		(int)subject->provisional, "reason", output_json_text(subject->reason), "missing",
		missing, "rating", (int)subject->rating, "documents", json_documents(subject));
}

/* --- one's own view ------------------------------------------------------------------------------ */

#define RETRY_NS 20000000L

enum credit_error own_call(const struct app *app, struct client *client,
	const Credit__V1__GetOwnRequest *request, struct credit_arena *arena,
	Credit__V1__GetOwnResponse **ret_page, struct credit_problem *problem)
{
	int64_t until = app_now().ms + (int64_t)app->timeout * 1000;
	const struct timespec pause = {0, RETRY_NS};
	ProtobufCMessage *reply;
	enum credit_error error;

	for (;;) {
		error = connect_call(app, client, "/credit.v1.EntityService/GetOwn", &request->base,
			&credit__v1__get_own_response__descriptor, arena, &reply, problem);
		if (error != CREDIT_E_EPOCH_NOT_PUBLISHED || app_now().ms >= until)
			break;
		nanosleep(&pause, NULL);
	}
	if (!error)
		*ret_page = (Credit__V1__GetOwnResponse *)(void *)reply;
	return error;
}

/* --- the slip ------------------------------------------------------------------------------------ */

static void print_line(const char *label, const char *value)
{
	output_padded(stdout, label, 34);
	output_safe(stdout, value);
	fputc('\n', stdout);
}

static void print_paper(const Credit__V1__Case *subject, const char *token)
{
	char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "", record[sizeof id] = "";
	char due[CREDIT_DAY_TEXT_SIZE], applied[CREDIT_DAY_TEXT_SIZE];

	if (subject->id.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(subject->id.data, subject->id.len, id);
	if (subject->record.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(subject->record.data, subject->record.len, record);
	puts("\n---- 受理回执 / acceptance slip ----");
	print_line("案件编号 / case", id);
	print_line("信用主体 / entity", subject->entity_uscc);
	print_line("记录编号 / record", record);
	print_line("回执日期 / date of this slip", output_day(subject->applied_on, applied));
	print_line("查询码 / look-up token", token);
	print_line("审查截止 / check due by", output_day(subject->due_on, due));
	print_line("受理窗口 / front office", subject->front_office_uscc);
	print_line("决定机关 / deciding authority", subject->decider_uscc);
	puts("接下来 / what comes next:");
	puts("  窗口在上述日期前审查材料：受理、一次性告知补正或者说明理由不予受理；");
	puts("  受理后由决定机关在规定期限内作出决定。凭案件编号和查询码可随时查询进展。");
	puts("  By that day the office checks the documents: it accepts, says once what is");
	puts("  missing, or refuses with reasons; then the authority decides within its time.");
	puts("  Case and token together open your own view: credctl own. Keep the token secret.");
}

static void print_slip(
	const struct app *app, const Credit__V1__Case *subject, const struct credit_token *token)
{
	char text[CREDIT_TOKEN_TEXT_SIZE];
	json_t *value;

	credit_token_text(token, text);
	if (!app->json) {
		print_paper(subject, text);
		return;
	}
	value = case_json(subject);
	json_object_set_new(value, "token", json_string(text));
	output_json(json_pack("{s:o}", "slip", value));
}

static const Credit__V1__Case *find(
	const Credit__V1__GetOwnResponse *page, const struct credit_record_id *case_id)
{
	for (size_t i = 0; i < page->n_cases; i++) {
		const ProtobufCBinaryData *id = &page->cases[i]->id;
		if (id->len == sizeof case_id->byte &&
			memcmp(id->data, case_id->byte, id->len) == 0)
			return page->cases[i];
	}
	return NULL;
}

int case_slip_print(struct app *app, const char *uscc, const struct credit_record_id *case_id,
	const struct credit_token *token, uint64_t epoch)
{
	Credit__V1__GetOwnRequest request = CREDIT__V1__GET_OWN_REQUEST__INIT;
	Credit__V1__GetOwnResponse *page = NULL;
	const Credit__V1__Case *subject = NULL;
	struct credit_problem problem = {0};
	struct credit_arena arena;
	struct client *client = NULL;
	char name[64];
	enum credit_error error = connect_open(app, &client, &problem);

	snprintf(name, sizeof name, "entities/%s", uscc);
	request.name = name;
	request.token =
		(ProtobufCBinaryData){sizeof token->byte, (uint8_t *)(uintptr_t)token->byte};
	request.case_id =
		(ProtobufCBinaryData){sizeof case_id->byte, (uint8_t *)(uintptr_t)case_id->byte};
	request.min_epoch = epoch;
	credit_arena_init(&arena, NULL, 0, 4 * (size_t)REPLY_MAX);
	/* Records come first; the case may be pages behind. */
	while (!error && !subject) {
		error = own_call(app, client, &request, &arena, &page, &problem);
		if (error)
			break;
		subject = find(page, case_id);
		if (!subject && page->next_page_token[0] == '\0')
			error = credit_problem_set(
				&problem, CREDIT_E_CASE_UNKNOWN, NULL, NULL, NULL);
		request.page_token = page->next_page_token;
	}
	if (!error)
		print_slip(app, subject, token);
	credit_arena_deinit(&arena);
	client_close(client);
	return error ? app_fail(app, &problem) : EXIT_DONE;
}
