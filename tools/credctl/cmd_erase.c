/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_erase.c - credctl erase and credctl scrub: destroying a record, and seeing that its bytes are gone.
 */
#include "admin.h"
#include "commands.h"
#include "connect.h"
#include "output.h"
#include "sign.h"

#include <credit/v1/admin_service.pb-c.h>

#include <stdio.h>

struct erase_values {
	struct sign_values signing;
	struct option_uscc entity;
	struct option_record record;
	uint32_t ground;
	char *document, *reason;
	credit_day_t date;
};

static int run_erase(struct app *app, void *memory, char **arguments, size_t count)
{
	struct erase_values *values = memory;
	Credit__V1__Erasure erasure = CREDIT__V1__ERASURE__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	erasure.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	erasure.record =
		(ProtobufCBinaryData){sizeof values->record.id.byte, values->record.id.byte};
	erasure.ground = (Credit__V1__ErasureGround)values->ground;
	if (values->document)
		erasure.document_no = values->document;
	erasure.decision_date = values->date.days;
	erasure.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_ERASURE;
	act.erasure = &erasure;
	return sign_and_submit(app, &values->signing, &item, 1);
}

#define GROUND(name) CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_##name
static const struct option_choice grounds[] = {
	{"retention-over", GROUND(RETENTION_OVER)},
	{"court-order", GROUND(COURT_ORDER)},
	{"unlawful", GROUND(UNLAWFUL)},
	{"personal-data", GROUND(PERSONAL_DATA)},
	{NULL, 0},
};

#define AT(member) offsetof(struct erase_values, member)

static const struct option erase_options[] = {
	{.name = "entity",
		.type = OPTION_USCC,
		.offset = AT(entity),
		.required = true,
		.value = "CODE",
		.help = {"the entity's code", "主体的统一社会信用代码"}},
	{.name = "record",
		.type = OPTION_RECORD,
		.offset = AT(record),
		.required = true,
		.value = "ID",
		.help = {"the record's id, see 'credctl records'", "记录编号，见 credctl records"}},
	{.name = "ground",
		.type = OPTION_CHOICE,
		.offset = AT(ground),
		.required = true,
		.value = "GROUND",
		.choices = grounds,
		.help = {"why it is erased", "删除事由"}},
	{.name = "document",
		.type = OPTION_TEXT,
		.offset = AT(document),
		.value = "NO",
		.help = {"number of the order or decision; not needed when the retention is over",
			"裁判或决定文号；保存期限届满时可不填"}},
	{.name = "date",
		.type = OPTION_DATE,
		.offset = AT(date),
		.required = true,
		.value = "DATE",
		.help = {"date of the decision", "决定日期"}},
	{.name = "reason",
		.type = OPTION_TEXT,
		.offset = AT(reason),
		.required = true,
		.value = "TEXT",
		.help = {"the reasons, without what is being erased: these words stay",
			"理由；此文字将保留，请勿写入被删除的内容"}},
	SIGN_OPTIONS(struct erase_values),
	{.name = NULL},
};

const struct command cmd_erase = {
	.name = "erase",
	.arguments = "",
	.values_size = sizeof(struct erase_values),
	.options = erase_options,
	.summary = {"destroy a record that is published no longer", "删除已终止公示的记录"},
	.detail = {"The log keeps its sealed leaves, other proofs stay valid, and this act stays. "
		   "Copies "
		   "outside the registry and older backups are yours to destroy: 'credctl backup "
		   "prune'.",
		"日志保留其密封条目，其他证明继续有效，本文书亦保留。系统之外的副本和旧备份须自行"
		"销毁，见 credctl backup prune。"},
	.run = run_erase,
};

/* --- scrub ------------------------------------------------------------------------------------- */

struct scrub_values {
	struct admin_values admin;
	bool state;
};

static void print_scrubbed(const struct app *app, const ProtobufCMessage *reply)
{
	const Credit__V1__ScrubResponse *response = (const void *)reply;

	if (app->json)
		output_json(json_pack("{s:I}", "scrubbed", (json_int_t)response->scrubbed));
	else
		printf(app_say(app, "%llu erased records destroyed in the files\n",
			       "已在数据文件中销毁 %llu 条已删除记录\n"),
			(unsigned long long)response->scrubbed);
}

static void print_state(const struct app *app, const ProtobufCMessage *reply)
{
	const Credit__V1__ScrubState *state = (const void *)reply;
	char text[32];

	if (app->json) {
		output_json(json_pack("{s:I, s:o, s:I, s:o}", "pending", (json_int_t)state->pending,
			"pending_since", output_json_ms(state->pending_since), "erasure_epoch",
			(json_int_t)state->erasure_epoch, "erased_at",
			output_json_ms(state->erased_at)));
		return;
	}
	snprintf(text, sizeof text, "%llu", (unsigned long long)state->pending);
	output_field(app_say(app, "waiting", "待销毁"), text);
	if (state->pending > 0)
		output_field(app_say(app, "since", "起始日期"),
			output_day(credit_day_of((credit_ms_t){state->pending_since}).days, text));
	if (state->erasure_epoch == 0)
		return;
	snprintf(text, sizeof text, "%llu", (unsigned long long)state->erasure_epoch);
	output_field(app_say(app, "last erasure", "最近删除批次"), text);
	output_field(app_say(app, "on", "日期"),
		output_day(credit_day_of((credit_ms_t){state->erased_at}).days, text));
}

static int run_scrub(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct scrub_values *values = memory;
	Credit__V1__ScrubRequest scrub = CREDIT__V1__SCRUB_REQUEST__INIT;
	Credit__V1__GetScrubStateRequest state = CREDIT__V1__GET_SCRUB_STATE_REQUEST__INIT;
	struct client *client = NULL;
	struct credit_problem problem = {0};
	struct credit_arena arena;
	ProtobufCMessage *reply;
	enum credit_error error = connect_open(app, &client, &problem);

	(void)arguments;
	(void)count;
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	scrub.purpose = admin_purpose(app, &values->admin);
	if (error == CREDIT_OK && values->state)
		error = connect_call(app, client, "/credit.v1.AdminService/GetScrubState",
			&state.base, &credit__v1__scrub_state__descriptor, &arena, &reply,
			&problem);
	else if (error == CREDIT_OK)
		error = connect_call(app, client, "/credit.v1.AdminService/Scrub", &scrub.base,
			&credit__v1__scrub_response__descriptor, &arena, &reply, &problem);
	if (error == CREDIT_OK && values->state)
		print_state(app, reply);
	else if (error == CREDIT_OK)
		print_scrubbed(app, reply);
	credit_arena_deinit(&arena);
	client_close(client);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

static const struct option scrub_options[] = {
	{.name = "state",
		.type = OPTION_FLAG,
		.offset = offsetof(struct scrub_values, state),
		.help = {"only say what waits to be destroyed", "仅显示待销毁情况"}},
	ADMIN_PURPOSE_OPTION(offsetof(struct scrub_values, admin)),
	{.name = NULL},
};

const struct command cmd_scrub = {
	.name = "scrub",
	.arguments = "",
	.values_size = sizeof(struct scrub_values),
	.options = scrub_options,
	.summary = {"destroy the bytes of erased records now", "立即销毁已删除记录的数据"},
	.detail = {"Over the Unix socket. The daemon does it by itself, at most every "
		   "erasure.scrub_minutes; filings wait meanwhile. Give --timeout for a large "
		   "database.",
		"须经 Unix 套接字。服务会按 erasure.scrub_minutes "
		"自动执行，其间报送等待；数据库较大时请放宽 --timeout。"},
	.run = run_scrub,
};
