/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_stats.c - credctl stats: an authority's assessment, measures by list and department.
 */
#include "commands.h"
#include "connect.h"
#include "output.h"
#include "pages.h"
#include "value.h"
#include "words.h"

#include <credit/v1/supervision_service.pb-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SIZE 24

/* --- months ------------------------------------------------------------------------------------- */

/* "2026-11" as the registry counts months: 202611. 0 when it was not given. */
static enum credit_error read_month(const struct app *app, const char *text, const char *option,
	uint32_t *ret_month, struct credit_problem *problem)
{
	unsigned year, month;
	char end;

	*ret_month = 0;
	if (!text)
		return CREDIT_OK;
	if (strlen(text) != 7 || sscanf(text, "%4u-%2u%c", &year, &month, &end) != 2 || month < 1 ||
		month > 12)
		return credit_problem_set(problem, CREDIT_E_USAGE, option, NULL, "%s",
			app_say(app, "a month is written YYYY-MM", "月份写成 YYYY-MM"));
	*ret_month = year * 100 + month;
	return CREDIT_OK;
}

/* One month alone is a period too. */
static enum credit_error read_period(const struct app *app, const char *from, const char *to,
	uint32_t *ret_first, uint32_t *ret_last, struct credit_problem *problem)
{
	enum credit_error error = read_month(app, from, "--from", ret_first, problem);

	if (error == CREDIT_OK)
		error = read_month(app, to, "--to", ret_last, problem);
	if (error == CREDIT_OK && *ret_last == 0)
		*ret_last = *ret_first;
	if (error == CREDIT_OK && *ret_first == 0)
		*ret_first = *ret_last;
	return error;
}

static const char *month_text(uint32_t month, char text[16])
{
	snprintf(text, 16, "%04u-%02u", month / 100 % 10000, month % 100);
	return text;
}

static const char *number(uint64_t value, char text[NUMBER_SIZE])
{
	snprintf(text, NUMBER_SIZE, "%llu", (unsigned long long)value);
	return text;
}

/* A sum over a count, with one decimal; "-" over nothing. */
static const char *average(uint64_t sum, uint64_t count, char text[NUMBER_SIZE])
{
	if (count == 0)
		snprintf(text, NUMBER_SIZE, "-");
	else
		snprintf(text, NUMBER_SIZE, "%.1f", (double)sum / (double)count);
	return text;
}

/* --- assessment --------------------------------------------------------------------------------- */

struct assessment_values {
	char *from, *to;
	bool csv;
};

static json_t *tally_json(uint32_t month, const Credit__V1__Tally *tally)
{
	json_t *cases = json_array(), *items = json_array();
	char text[16];

	for (size_t i = 0; i < tally->n_cases; i++) {
		const Credit__V1__CaseTally *line = tally->cases[i];
		json_array_append_new(
			cases, json_pack("{s:s, s:s, s:I, s:I}", "kind",
				       words_name(&words_case_kind, line->kind), "outcome",
				       words_name(&words_case_state, line->state), "count",
				       (json_int_t)line->count, "days", (json_int_t)line->days));
	}
	for (size_t i = 0; i < tally->n_items; i++) {
		const Credit__V1__ItemTally *line = tally->items[i];
		json_array_append_new(items,
			json_pack("{s:o, s:I, s:I}", "item", output_json_text(line->item), "added",
				(json_int_t)line->added, "ended", (json_int_t)line->ended));
	}
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "month",
		month ? json_string(month_text(month, text)) : json_null(), "filed_in_time",
		(json_int_t)tally->filed_in_time, "filed_late", (json_int_t)tally->filed_late,
		"tasks_in_time", (json_int_t)tally->tasks_in_time, "tasks_late",
		(json_int_t)tally->tasks_late, "tasks_overdue", (json_int_t)tally->tasks_overdue,
		"ratings", (json_int_t)tally->ratings, "rating_sum", (json_int_t)tally->rating_sum,
		"cases", cases, "items", items);
}

/* The figures of one line: a month, or all of them. */
#define ASSESSMENT_COLUMNS 8
static void print_months(const struct app *app, const Credit__V1__GetAssessmentResponse *response,
	struct output_table *table)
{
	for (size_t i = 0; i <= response->n_months; i++) {
		bool total = i == response->n_months;
		const Credit__V1__Tally *tally =
			total ? response->total : response->months[i]->tally;
		char text[6][NUMBER_SIZE], month[16];
		const char *const cells[ASSESSMENT_COLUMNS] = {
			total ? app_say(app, "total", "合计")
			      : month_text(response->months[i]->month, month),
			number(tally->filed_in_time, text[0]), number(tally->filed_late, text[1]),
			number(tally->tasks_in_time, text[2]), number(tally->tasks_late, text[3]),
			number(tally->tasks_overdue, text[4]),
			average(tally->rating_sum, tally->ratings, text[5]), NULL};

		if (table)
			output_table_add(table, cells);
		else if (!total)
			output_csv(stdout, cells, ASSESSMENT_COLUMNS - 1);
	}
}

static void print_cases(const struct app *app, const Credit__V1__Tally *total)
{
	const char *const headings[] = {app_say(app, "CASE", "案件"),
		app_say(app, "OUTCOME", "结果"), app_say(app, "COUNT", "件数"),
		app_say(app, "DAYS ON AVERAGE", "平均天数")};
	struct output_table *table = output_table_new(headings, 4);

	for (size_t i = 0; i < total->n_cases; i++) {
		const Credit__V1__CaseTally *line = total->cases[i];
		char text[2][NUMBER_SIZE];
		const char *const cells[] = {words_text(&words_case_kind, line->kind, app->lang),
			words_text(&words_case_state, line->state, app->lang),
			number(line->count, text[0]), average(line->days, line->count, text[1])};

		output_table_add(table, cells);
	}
	putchar('\n');
	output_table_print(table, stdout);
}

static void print_assessment(
	const struct app *app, bool csv, const Credit__V1__GetAssessmentResponse *response)
{
	const char *const headings[ASSESSMENT_COLUMNS] = {app_say(app, "MONTH", "月份"),
		app_say(app, "FILED IN TIME", "按时报送"), app_say(app, "LATE", "迟报"),
		app_say(app, "TASKS IN TIME", "按时办结"), app_say(app, "LATE ", "逾期办结"),
		app_say(app, "BECAME OVERDUE", "发生逾期"), app_say(app, "RATING", "满意度"), NULL};
	struct output_table *table;

	if (csv) {
		output_csv(stdout, headings, ASSESSMENT_COLUMNS - 1);
		print_months(app, response, NULL);
		return;
	}
	table = output_table_new(headings, ASSESSMENT_COLUMNS - 1);
	print_months(app, response, table);
	output_table_print(table, stdout);
	if (response->total->n_cases > 0)
		print_cases(app, response->total);
}

static void print_assessment_json(const Credit__V1__GetAssessmentResponse *response)
{
	for (size_t i = 0; i < response->n_months; i++)
		output_json(tally_json(response->months[i]->month, response->months[i]->tally));
	output_json(tally_json(0, response->total));
}

static int run_assessment(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct assessment_values *values = memory;
	Credit__V1__GetAssessmentRequest request = CREDIT__V1__GET_ASSESSMENT_REQUEST__INIT;
	struct credit_problem problem = {0};
	struct client *client = NULL;
	struct credit_arena arena;
	char parent[64], uscc[OUTPUT_USCC_SIZE];
	ProtobufCMessage *reply;
	enum credit_error error = value_asked_uscc(arguments[0], uscc, &problem);

	(void)count;
	if (error == CREDIT_OK)
		error = read_period(app, values->from, values->to, &request.first_month,
			&request.last_month, &problem);
	if (error == CREDIT_OK)
		error = connect_open(app, &client, &problem);
	if (error != CREDIT_OK)
		return app_fail(app, &problem);
	snprintf(parent, sizeof parent, "authorities/%s", uscc);
	request.parent = parent;
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = connect_call(app, client, "/credit.v1.SupervisionService/GetAssessment",
		&request.base, &credit__v1__get_assessment_response__descriptor, &arena, &reply,
		&problem);
	if (error == CREDIT_OK && app->json)
		print_assessment_json((const void *)reply);
	else if (error == CREDIT_OK)
		print_assessment(app, values->csv, (const void *)reply);
	credit_arena_deinit(&arena);
	client_close(client);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

#define PERIOD_OPTIONS(holder) \
	{.name = "from", \
		.type = OPTION_TEXT, \
		.offset = offsetof(holder, from), \
		.value = "MONTH", \
		.help = {"first month, YYYY-MM; by default last month alone", \
			"起始月份 YYYY-MM，默认仅上月"}}, \
		{.name = "to", \
			.type = OPTION_TEXT, \
			.offset = offsetof(holder, to), \
			.value = "MONTH", \
			.help = {"last month, YYYY-MM; at most 36 months", \
				"截止月份 YYYY-MM，至多 36 个月"}}, \
	{ \
		.name = "csv", .type = OPTION_FLAG, .offset = offsetof(holder, csv), .help = { \
			"as CSV, one line a row", \
			"输出 CSV" \
		} \
	}

static const struct option assessment_options[] = {
	PERIOD_OPTIONS(struct assessment_values),
	{.name = NULL},
};

const struct command cmd_stats_assessment = {
	.name = "stats assessment",
	.arguments = "OFFICE",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct assessment_values),
	.options = assessment_options,
	.summary = {"how an authority kept its time: filings, tasks, cases, ratings",
		"机关考核：报送、待办、案件、满意度"},
	.detail = {"For the office itself, the authorities above it, supervisors and the operator.",
		"供本机关、其上级机关、监督机关和运行管理者使用。"},
	.run = run_assessment,
};

/* --- measures ----------------------------------------------------------------------------------- */

struct measures_values {
	char *from, *to;
	bool csv;
	struct option_uscc authority;
	char *list;
};

struct measures_sink {
	const struct app *app;
	struct output_table *table; /* NULL with --json and --csv */
};

#define MEASURE_COLUMNS 8
static void print_figures(
	const struct measures_sink *sink, const Credit__V1__MeasureFigures *figures)
{
	const Credit__V1__MeasureTally *tally = figures->tally;
	char text[4][NUMBER_SIZE];

	if (!tally)
		return;
	if (sink->app->json) {
		output_json(json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "authority_uscc",
			output_json_text(figures->authority_uscc), "authority_name",
			output_json_text(figures->authority_name), "list",
			output_json_text(tally->list), "measure", output_json_text(tally->measure),
			"applied", (json_int_t)tally->applied, "lifted", (json_int_t)tally->lifted,
			"lifted_late", (json_int_t)tally->lifted_late, "feedbacks",
			(json_int_t)tally->feedbacks));
		return;
	}
	const char *const cells[MEASURE_COLUMNS] = {figures->authority_uscc,
		figures->authority_name, tally->list, tally->measure,
		number(tally->applied, text[0]), number(tally->feedbacks, text[1]),
		number(tally->lifted, text[2]), number(tally->lifted_late, text[3])};
	if (sink->table)
		output_table_add(sink->table, cells);
	else
		output_csv(stdout, cells, MEASURE_COLUMNS);
}

static void each_figures(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__GetMeasureStatisticsResponse *page = (const void *)reply;

	for (size_t i = 0; i < page->n_figures; i++)
		print_figures(context, page->figures[i]);
}

static int run_measures(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct measures_values *values = memory;
	const char *const headings[MEASURE_COLUMNS] = {app_say(app, "CODE", "机关代码"),
		app_say(app, "AUTHORITY", "机关"), app_say(app, "LIST", "名单"),
		app_say(app, "MEASURE", "措施"), app_say(app, "APPLIED", "采取"),
		app_say(app, "REPORTS", "反馈"), app_say(app, "LIFTED", "解除"),
		app_say(app, "OF THEM LATE", "其中逾期")};
	Credit__V1__GetMeasureStatisticsRequest request =
		CREDIT__V1__GET_MEASURE_STATISTICS_REQUEST__INIT;
	struct measures_sink sink = {.app = app};
	struct credit_problem problem = {0};
	char uscc[OUTPUT_USCC_SIZE];
	int code;

	(void)arguments;
	(void)count;
	if (read_period(app, values->from, values->to, &request.first_month, &request.last_month,
		    &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	if (values->authority.given)
		request.authority_uscc =
			(char *)(uintptr_t)output_uscc(&values->authority.uscc, uscc);
	if (values->list)
		request.list = values->list;
	if (values->csv && !app->json)
		output_csv(stdout, headings, MEASURE_COLUMNS);
	else if (!app->json)
		sink.table = output_table_new(headings, MEASURE_COLUMNS);
	code = pages_run(app, "/credit.v1.SupervisionService/GetMeasureStatistics", &request.base,
		&credit__v1__get_measure_statistics_response__descriptor, each_figures, &sink);
	if (sink.table)
		output_table_print(sink.table, stdout);
	return code;
}

static const struct option measures_options[] = {
	PERIOD_OPTIONS(struct measures_values),
	{.name = "authority",
		.type = OPTION_USCC,
		.offset = offsetof(struct measures_values, authority),
		.value = "CODE",
		.help = {"only this authority's", "仅统计此机关"}},
	{.name = "list",
		.type = OPTION_TEXT,
		.offset = offsetof(struct measures_values, list),
		.value = "ID",
		.help = {"only because of this list", "仅统计因此名单采取的措施"}},
	{.name = NULL},
};

const struct command cmd_stats_measures = {
	.name = "stats measures",
	.arguments = "",
	.values_size = sizeof(struct measures_values),
	.options = measures_options,
	.summary = {"measures by list and department", "按名单和部门统计措施"},
	.run = run_measures,
};
