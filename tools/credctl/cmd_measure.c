/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_measure.c - credctl measure: joint punishment and incentive, from the application to the lift.
 */
#include "commands.h"
#include "output.h"
#include "pages.h"
#include "sign.h"
#include "value.h"
#include "words.h"

#include <credit/v1/supervision_service.pb-c.h>

#include <stdio.h>
#include <string.h>

#define FEN 100 /* in a yuan */

static ProtobufCBinaryData id_bytes(const struct option_record *id)
{
	return (ProtobufCBinaryData){sizeof id->id.byte, (uint8_t *)(uintptr_t)id->id.byte};
}

/* --- apply -------------------------------------------------------------------------------------- */

struct apply_values {
	struct sign_values signing;
	struct option_uscc entity;
	struct option_record listing;
	char *measure, *document, *content;
	credit_day_t date, until;
	uint64_t amount;
};

static int run_apply(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct apply_values *values = memory;
	Credit__V1__MeasureApplication application = CREDIT__V1__MEASURE_APPLICATION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	application.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	application.listing = id_bytes(&values->listing);
	application.measure = values->measure;
	application.document_no = values->document;
	application.applied_on = values->date.days;
	application.until = values->until.days;
	application.amount_fen = (int64_t)(values->amount * FEN);
	application.content = values->content;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_MEASURE_APPLICATION;
	act.measure_application = &application;
	return sign_and_submit(app, &values->signing, &item, 1);
}

#define ENTITY_OPTION(holder) \
	{ \
		.name = "entity", .type = OPTION_USCC, .offset = offsetof(holder, entity), \
		.required = true, .value = "CODE", .help = { \
			"the entity's code", \
			"主体的统一社会信用代码" \
		} \
	}

#define AT(member) offsetof(struct apply_values, member)
static const struct option apply_options[] = {
	ENTITY_OPTION(struct apply_values),
	{.name = "listing",
		.type = OPTION_RECORD,
		.offset = AT(listing),
		.required = true,
		.value = "ID",
		.help = {"the listing that it leans on, see 'credctl records'",
			"所依据的列入记录编号，见 credctl records"}},
	{.name = "measure",
		.type = OPTION_TEXT,
		.offset = AT(measure),
		.required = true,
		.value = "ID",
		.help = {"the measure's id in the rule book's catalogue", "措施目录编号"}},
	{.name = "document",
		.type = OPTION_TEXT,
		.offset = AT(document),
		.required = true,
		.value = "NO",
		.help = {"number of the document", "文书号"}},
	{.name = "date",
		.type = OPTION_DATE,
		.offset = AT(date),
		.required = true,
		.value = "DATE",
		.help = {"day on which it is applied", "采取日期"}},
	{.name = "content",
		.type = OPTION_TEXT,
		.offset = AT(content),
		.required = true,
		.value = "TEXT",
		.help = {"what is done", "具体内容"}},
	{.name = "until",
		.type = OPTION_DATE,
		.offset = AT(until),
		.value = "DATE",
		.help = {"last day; by default as long as the catalogue and the listing allow",
			"截止日期，默认按措施目录及列入期限"}},
	{.name = "amount",
		.type = OPTION_NUMBER,
		.offset = AT(amount),
		.value = "YUAN",
		.max = 10000000000000,
		.help = {"amount that it withholds or limits to, in yuan", "涉及金额（元）"}},
	SIGN_OPTIONS(struct apply_values),
	{.name = NULL},
};
#undef AT

const struct command cmd_measure_apply = {
	.name = "measure apply",
	.arguments = "",
	.values_size = sizeof(struct apply_values),
	.options = apply_options,
	.summary = {"apply a punishment or incentive because of a listing",
		"因列入名单采取惩戒或激励措施"},
	.detail = {"Prints the measure's id. The first report on it is due within the rule book's "
		   "limit.",
		"输出措施编号；须在规定时限内首次反馈。"},
	.run = run_apply,
};

/* --- feedback ----------------------------------------------------------------------------------- */

struct step_values {
	struct sign_values signing;
	struct option_uscc entity;
	struct option_record id;
	char *text, *document, *reason;
	credit_day_t date;
};

static int run_feedback(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct step_values *values = memory;
	Credit__V1__MeasureFeedback feedback = CREDIT__V1__MEASURE_FEEDBACK__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	feedback.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	feedback.measure = id_bytes(&values->id);
	feedback.date = values->date.days;
	feedback.text = values->text;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_MEASURE_FEEDBACK;
	act.measure_feedback = &feedback;
	return sign_and_submit(app, &values->signing, &item, 1);
}

#define AT(member) offsetof(struct step_values, member)
#define STEP_OPTIONS \
	ENTITY_OPTION(struct step_values), \
		{.name = "id", \
			.type = OPTION_RECORD, \
			.offset = AT(id), \
			.required = true, \
			.value = "ID", \
			.help = {"the measure's id", "措施编号"}}, \
	{ \
		.name = "date", .type = OPTION_DATE, .offset = AT(date), .required = true, \
		.value = "DATE", .help = { \
			"the day", \
			"日期" \
		} \
	}

static const struct option feedback_options[] = {
	STEP_OPTIONS,
	{.name = "text",
		.type = OPTION_TEXT,
		.offset = AT(text),
		.required = true,
		.value = "TEXT",
		.help = {"what the department did", "反馈内容"}},
	SIGN_OPTIONS(struct step_values),
	{.name = NULL},
};

const struct command cmd_measure_feedback = {
	.name = "measure feedback",
	.arguments = "",
	.values_size = sizeof(struct step_values),
	.options = feedback_options,
	.summary = {"report what was done because of a measure", "反馈措施落实情况"},
	.run = run_feedback,
};

/* --- lift --------------------------------------------------------------------------------------- */

static int run_lift(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct step_values *values = memory;
	Credit__V1__MeasureLift lift = CREDIT__V1__MEASURE_LIFT__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	lift.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	lift.measure = id_bytes(&values->id);
	lift.date = values->date.days;
	if (values->document)
		lift.document_no = values->document;
	if (values->reason)
		lift.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_MEASURE_LIFT;
	act.measure_lift = &lift;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option lift_options[] = {
	STEP_OPTIONS,
	{.name = "document",
		.type = OPTION_TEXT,
		.offset = AT(document),
		.value = "NO",
		.help = {"number of the document", "文书号"}},
	{.name = "reason",
		.type = OPTION_TEXT,
		.offset = AT(reason),
		.value = "TEXT",
		.help = {"the reasons; needed while nothing makes the lift due",
			"理由；尚未到应解除时必填"}},
	SIGN_OPTIONS(struct step_values),
	{.name = NULL},
};
#undef AT

const struct command cmd_measure_lift = {
	.name = "measure lift",
	.arguments = "",
	.values_size = sizeof(struct step_values),
	.options = lift_options,
	.summary = {"lift a measure", "解除措施"},
	.run = run_lift,
};

/* --- list and show ------------------------------------------------------------------------------ */

static json_t *measure_json(const Credit__V1__Measure *measure)
{
	return json_pack(
		"{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:b, "
		"s:s, s:o, s:o, s:I, s:o}",
		"entity", output_json_text(measure->entity_uscc), "id",
		output_json_hex(measure->id.data, measure->id.len), "state",
		words_name(&words_measure_state, (uint32_t)measure->state), "measure",
		output_json_text(measure->measure), "title", output_json_text(measure->title),
		"title_en", output_json_text(measure->title_en), "list",
		output_json_text(measure->list), "listing",
		output_json_hex(measure->listing.data, measure->listing.len), "authority_uscc",
		output_json_text(measure->authority_uscc), "authority_name",
		output_json_text(measure->authority_name), "document_no",
		output_json_text(measure->document_no), "applied_on",
		output_json_day(measure->applied_on), "until", output_json_day(measure->until),
		"amount_fen", (json_int_t)measure->amount_fen, "suspended", (int)measure->suspended,
		"cause", words_name(&words_removal_cause, measure->cause), "lift_due_on",
		output_json_day(measure->lift_due_on), "lifted_on",
		output_json_day(measure->lifted_on), "feedbacks", (json_int_t)measure->feedbacks,
		"rule_book", output_json_text(measure->rule_book));
}

static const char *state_text(const struct app *app, const Credit__V1__Measure *measure)
{
	if (measure->suspended)
		return app_say(app, "suspended", "中止执行");
	return words_text(&words_measure_state, (uint32_t)measure->state, app->lang);
}

/* What is done with each measure that comes. */
struct listing {
	const struct app *app;
	struct output_table *table; /* NULL with --json and for `show` */
	const struct credit_record_id *wanted;
	bool found;
};

static void add_row(const struct listing *listing, const Credit__V1__Measure *measure)
{
	char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "";
	char applied[CREDIT_DAY_TEXT_SIZE], until[CREDIT_DAY_TEXT_SIZE], due[CREDIT_DAY_TEXT_SIZE];

	if (measure->id.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(measure->id.data, measure->id.len, id);
	const char *const cells[] = {id, app_say(listing->app, measure->title_en, measure->title),
		state_text(listing->app, measure), output_day(measure->applied_on, applied),
		output_day(measure->until, until), output_day(measure->lift_due_on, due),
		measure->list, measure->authority_name};
	output_table_add(listing->table, cells);
}

static void print_card(const struct app *app, const Credit__V1__Measure *measure)
{
	char day[CREDIT_DAY_TEXT_SIZE], text[512], id[2 * CREDIT_RECORD_ID_SIZE + 1] = "";

	snprintf(text, sizeof text, "%s (%s)", app_say(app, measure->title_en, measure->title),
		measure->measure);
	output_field(app_say(app, "measure", "措施"), text);
	output_field(app_say(app, "state", "状态"), state_text(app, measure));
	output_field(app_say(app, "entity", "信用主体"), measure->entity_uscc);
	if (measure->listing.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(measure->listing.data, measure->listing.len, id);
	snprintf(text, sizeof text, "%s  %s", measure->list, id);
	output_field(app_say(app, "because of", "所依据的列入"), text);
	snprintf(text, sizeof text, "%s (%s)", measure->authority_name, measure->authority_uscc);
	output_field(app_say(app, "applied by", "实施机关"), text);
	output_field(app_say(app, "document", "文书号"), measure->document_no);
	output_field(app_say(app, "applied on", "采取日期"), output_day(measure->applied_on, day));
	output_field(app_say(app, "until", "截止日期"),
		measure->until ? output_day(measure->until, day)
			       : app_say(app, "as long as the listing", "与列入期限一致"));
	if (measure->amount_fen) {
		snprintf(text, sizeof text, "%lld.%02lld", (long long)(measure->amount_fen / FEN),
			(long long)(measure->amount_fen % FEN));
		output_field(app_say(app, "amount, yuan", "金额（元）"), text);
	}
	if (measure->lift_due_on)
		output_field(app_say(app, "lift due by", "应于何日前解除"),
			output_day(measure->lift_due_on, day));
	if (measure->lifted_on)
		output_field(
			app_say(app, "lifted on", "解除日期"), output_day(measure->lifted_on, day));
	output_field(app_say(app, "rule book", "规则库版本"), measure->rule_book);
}

static void each_page(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__ListMeasuresResponse *page = (const void *)reply;
	struct listing *listing = context;

	for (size_t i = 0; i < page->n_measures; i++) {
		const Credit__V1__Measure *measure = page->measures[i];

		if (listing->wanted && (measure->id.len != CREDIT_RECORD_ID_SIZE ||
					       memcmp(measure->id.data, listing->wanted->byte,
						       CREDIT_RECORD_ID_SIZE) != 0))
			continue;
		listing->found = true;
		if (listing->app->json)
			output_json(measure_json(measure));
		else if (listing->table)
			add_row(listing, measure);
		else
			print_card(listing->app, measure);
	}
}

static int run_pages(struct app *app, const char *code, struct listing *listing)
{
	Credit__V1__ListMeasuresRequest request = CREDIT__V1__LIST_MEASURES_REQUEST__INIT;
	struct credit_problem problem = {0};
	char parent[64], uscc[OUTPUT_USCC_SIZE];

	if (value_asked_uscc(code, uscc, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	snprintf(parent, sizeof parent, "entities/%s", uscc);
	request.parent = parent;
	return pages_run(app, "/credit.v1.SupervisionService/ListMeasures", &request.base,
		&credit__v1__list_measures_response__descriptor, each_page, listing);
}

static int run_list(struct app *app, void *values, char **arguments, size_t count)
{
	const char *const headings[] = {app_say(app, "ID", "编号"), app_say(app, "MEASURE", "措施"),
		app_say(app, "STATE", "状态"), app_say(app, "APPLIED", "采取日期"),
		app_say(app, "UNTIL", "截止日期"), app_say(app, "LIFT BY", "应解除日"),
		app_say(app, "BECAUSE OF", "所依据名单"), app_say(app, "AUTHORITY", "实施机关")};
	struct listing listing = {.app = app};
	int code;

	(void)values;
	(void)count;
	if (!app->json)
		listing.table = output_table_new(headings, 8);
	code = run_pages(app, arguments[0], &listing);
	if (listing.table)
		output_table_print(listing.table, stdout);
	return code;
}

const struct command cmd_measure_list = {
	.name = "measure list",
	.arguments = "CODE",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = {"the measures on an entity", "查询主体的惩戒和激励措施"},
	.detail = {"The public sees those in force because of a published listing.",
		"公众仅可见因公示中的列入而执行的措施。"},
	.run = run_list,
};

static int run_show(struct app *app, void *values, char **arguments, size_t count)
{
	struct credit_problem problem = {0};
	struct credit_record_id id;
	struct listing listing = {.app = app, .wanted = &id};
	int code;

	(void)values;
	(void)count;
	if (credit_hex_decode(arguments[1], strlen(arguments[1]), id.byte, sizeof id.byte) !=
		CREDIT_OK) {
		credit_problem_set(&problem, CREDIT_E_USAGE, arguments[1], NULL, "%s",
			app_say(app, "32 hexadecimal digits", "32 位十六进制"));
		return app_fail(app, &problem);
	}
	code = run_pages(app, arguments[0], &listing);
	if (code != EXIT_DONE || listing.found)
		return code;
	credit_problem_set(&problem, CREDIT_E_MEASURE_UNKNOWN, arguments[1], NULL, NULL);
	return app_fail(app, &problem);
}

const struct command cmd_measure_show = {
	.name = "measure show",
	.arguments = "CODE ID",
	.arguments_min = 2,
	.arguments_max = 2,
	.summary = {"one measure on an entity", "查看一项措施"},
	.run = run_show,
};
