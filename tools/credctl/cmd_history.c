/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_history.c - credctl history: how the records of an entity came to be what they are, in both times.
 */
#include "commands.h"
#include "output.h"
#include "pages.h"
#include "record_json.h"
#include "value.h"
#include "words.h"

#include <credit/v1/act.pb-c.h>
#include <credit/v1/status_service.pb-c.h>

#include <stdio.h>
#include <string.h>

struct values {
	char *purpose, *recorded;
	credit_day_t date;
	struct option_record record;
};

/* What is done with each page that comes. */
struct showing {
	const struct app *app;
	struct output_table *table; /* NULL with --json */
	uint8_t last[CREDIT_RECORD_ID_SIZE];
	bool any;
	int32_t legal_date;
};

static void print_json(const Credit__V1__RecordVersion *version, int32_t legal_date)
{
	output_json(json_pack("{s:o, s:o, s:o, s:b, s:o, s:b, s:o, s:I, s:i, s:o}", "record",
		output_json_hex(version->id.data, version->id.len), "recorded_at",
		output_json_ms(version->recorded_at), "act", output_json_text(version->act),
		"in_force", (int)version->in_force, "legal_date", output_json_day(legal_date),
		"erased", (int)version->erased, "erased_at", output_json_ms(version->erased_at),
		"epoch", (json_int_t)version->epoch, "row", (int)version->row, "content",
		version->record ? record_json(version->record) : json_null()));
}

/* "2026-05-20 10:00:05", as --recorded takes it. */
#define MOMENT_SIZE 20
static const char *moment_text(int64_t ms, char text[MOMENT_SIZE])
{
	char whole[CREDIT_MS_TEXT_SIZE];

	if (ms == 0)
		return "-";
	credit_ms_text((credit_ms_t){ms}, whole);
	memcpy(text, whole, MOMENT_SIZE - 1);
	text[10] = ' ';
	text[MOMENT_SIZE - 1] = '\0';
	return text;
}

static const char *state_text(
	const struct app *app, const Credit__V1__RecordVersion *version, char *text, size_t size)
{
	const Credit__V1__Record *record = version->record;
	char day[CREDIT_DAY_TEXT_SIZE];

	if (!record) {
		credit_day_text(credit_day_of((credit_ms_t){version->erased_at}), day);
		snprintf(text, size, app_say(app, "ERASED %s", "%s 已删除"), day);
		return text;
	}
	snprintf(text, size, "%s%s%s", words_text(&words_record_state, record->state, app->lang),
		record->disputed ? app_say(app, ", disputed", "，异议中") : "",
		record->suspended ? app_say(app, ", suspended", "，中止") : "");
	return text;
}

/* The id stands at the first version of each record. */
static void add_row(struct showing *showing, const Credit__V1__RecordVersion *version)
{
	const struct app *app = showing->app;
	const Credit__V1__Record *record = version->record;
	char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "", recorded[MOMENT_SIZE], state[64];
	char decided[CREDIT_DAY_TEXT_SIZE], until[OUTPUT_LAST_DAY_SIZE];

	if (version->id.len == CREDIT_RECORD_ID_SIZE &&
		(!showing->any || memcmp(showing->last, version->id.data, sizeof showing->last))) {
		credit_hex(version->id.data, version->id.len, id);
		memcpy(showing->last, version->id.data, sizeof showing->last);
		showing->any = true;
	}
	const char *const cells[] = {id, moment_text(version->recorded_at, recorded),
		credit_field_title(&credit__v1__act__descriptor, version->act, app->lang),
		state_text(app, version, state, sizeof state),
		record ? output_day(record->decided_on, decided) : "",
		record ? output_last_day(record->published_until, app->lang, until) : "",
		!record             ? "?"
		: version->in_force ? app_say(app, "yes", "是")
				    : app_say(app, "no", "否"),
		record ? record->document_no : ""};
	output_table_add(showing->table, cells);
}

static void show_page(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__GetHistoryResponse *page = (const void *)reply;
	struct showing *showing = context;

	showing->legal_date = page->legal_date;
	for (size_t i = 0; i < page->n_versions; i++) {
		if (showing->table)
			add_row(showing, page->versions[i]);
		else
			print_json(page->versions[i], page->legal_date);
	}
}

static int show(struct app *app, Credit__V1__GetHistoryRequest *request)
{
	const char *const headings[] = {app_say(app, "RECORD", "记录编号"),
		app_say(app, "RECORDED", "记载时间"), app_say(app, "BY", "依据"),
		app_say(app, "STATE", "状态"), app_say(app, "DECIDED", "决定日期"),
		app_say(app, "UNTIL", "公示至"), app_say(app, "IN FORCE", "有效"),
		app_say(app, "DOCUMENT", "文号")};
	struct showing showing = {.app = app};
	char text[CREDIT_DAY_TEXT_SIZE];
	int code;

	if (!app->json)
		showing.table = output_table_new(headings, sizeof headings / sizeof *headings);
	code = pages_run(app, "/credit.v1.StatusService/GetHistory", &request->base,
		&credit__v1__get_history_response__descriptor, show_page, &showing);
	if (code == EXIT_DONE && showing.table)
		output_field(app_say(app, "in force on", "有效性日期"),
			output_day(showing.legal_date, text));
	if (showing.table)
		output_table_print(showing.table, stdout);
	return code;
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	struct values *values = memory;
	Credit__V1__GetHistoryRequest request = CREDIT__V1__GET_HISTORY_REQUEST__INIT;
	struct credit_problem problem = {0};
	char name[64], uscc[OUTPUT_USCC_SIZE];
	credit_ms_t moment = {0};

	(void)count;
	if (value_asked_uscc(arguments[0], uscc, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	if (values->recorded && value_moment(values->recorded, &moment) != CREDIT_OK) {
		credit_problem_set(&problem, CREDIT_E_USAGE, "--recorded", NULL, "%s",
			app_say(app, "a date, or YYYY-MM-DDThh:mm", "日期，或 YYYY-MM-DDThh:mm"));
		return app_fail(app, &problem);
	}
	snprintf(name, sizeof name, "entities/%s", uscc);
	request.name = name;
	request.purpose = values->purpose;
	request.as_of_recorded = moment.ms;
	request.legal_date = values->date.days;
	if (values->record.given)
		request.record =
			(ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, values->record.id.byte};
	return show(app, &request);
}

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
	{.name = "purpose",
		.type = OPTION_TEXT,
		.offset = AT(purpose),
		.required = true,
		.value = "TEXT",
		.help = {"what it is read for; recorded and shown to the entity",
			"查询用途；将留痕并向主体公开"}},
	{.name = "recorded",
		.type = OPTION_TEXT,
		.offset = AT(recorded),
		.value = "MOMENT",
		.help = {"what the registry said then: a date (its end), or YYYY-MM-DDThh:mm",
			"当时的记载：日期（当日终了），或 YYYY-MM-DDThh:mm"}},
	{.name = "date",
		.type = OPTION_DATE,
		.offset = AT(date),
		.value = "DATE",
		.help = {"whether each was in force on this legal date; by default the day of "
			 "--recorded, or today",
			"在该法定日期是否有效；默认为 --recorded 当日或今日"}},
	{.name = "record",
		.type = OPTION_RECORD,
		.offset = AT(record),
		.value = "ID",
		.help = {"only this record", "仅此记录"}},
	{.name = NULL},
};
#undef AT

const struct command cmd_history = {
	.name = "history",
	.arguments = "CODE",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"how the records of an entity came to be what they are", "查询信用记录沿革"},
	.run = run,
};
