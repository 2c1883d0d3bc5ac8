/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_fsck.c - credctl fsck: is everything in the database what the journal says it must be?
 *
 * The files first, page by page, for what is damaged inside could make the library fall over; then the
 * registry is opened, which checks heads and founding; then all of it is derived again.
 */
#include "commands.h"
#include "layout.h"
#include "output.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DRAW_MS 200
#define PLAIN_MS 10000

struct fsck_values {
	bool every_publication;
};

struct fsck_run {
	struct app *app;
	const char *folder;
	struct layout layout;
	struct credit_fsck_options options;
	struct credit_fsck_report report;
	int64_t begun, drawn;
	bool line; /* one that is drawn over */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- as it goes --------------------------------------------------------------------------------- */

static void end_line(struct fsck_run *run)
{
	if (run->line)
		fputs("\r\033[K", stderr);
	run->line = false;
}

static void print_fault(void *context, const struct credit_fault *fault)
{
	struct fsck_run *run = context;
	const struct app *app = run->app;
	enum credit_lang lang = app->lang;

	end_line(run);
	if (app->json) {
		output_json(json_pack("{s:s, s:o, s:o, s:o, s:s, s:s, s:s}", "fault", fault->name,
			"place", output_json_text(fault->place), "should",
			output_json_text(fault->should), "is", output_json_text(fault->is), "what",
			fault->what[lang], "means", fault->means[lang], "remedy",
			fault->remedy[lang]));
		return;
	}
	output_field(app_say(app, "FAULT", "错误"), fault->what[lang]);
	output_field(app_say(app, "at", "位置"), fault->place);
	if (fault->should[0] || fault->is[0]) {
		const char *nothing = app_say(app, "nothing", "无");

		output_field(app_say(app, "should be", "应为"),
			fault->should[0] ? fault->should : nothing);
		output_field(app_say(app, "is", "实为"), fault->is[0] ? fault->is : nothing);
	}
	output_field(app_say(app, "means", "影响"), fault->means[lang]);
	output_field(app_say(app, "remedy", "处理"), fault->remedy[lang]);
}

static void print_progress(
	void *context, enum credit_fsck_phase phase, uint64_t done, uint64_t total)
{
	struct fsck_run *run = context;
	const struct app *app = run->app;
	bool terminal = isatty(STDERR_FILENO);
	int64_t now = now_ms();

	if (app->json || now - run->drawn < (terminal ? DRAW_MS : PLAIN_MS))
		return;
	run->drawn = now;
	run->line = terminal;
	fprintf(stderr, "%s%s: ", terminal ? "\r\033[K" : "",
		credit_fsck_phase_name(phase, app->lang));
	if (total > 0)
		fprintf(stderr, "%llu/%llu (%.0f %%), ", (unsigned long long)done,
			(unsigned long long)total, 100.0 * (double)done / (double)total);
	else
		fprintf(stderr, "%llu, ", (unsigned long long)done);
	fprintf(stderr, app_say(app, "%.0f s%s", "%.0f 秒%s"), (double)(now - run->begun) / 1000,
		terminal ? "" : "\n");
}

/* --- at the end --------------------------------------------------------------------------------- */

static int print_report(const struct fsck_run *run)
{
	const struct credit_fsck_report *report = &run->report;
	const struct app *app = run->app;

	if (app->json)
		output_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			"epochs", (json_int_t)report->epochs, "acts", (json_int_t)report->acts,
			"publications", (json_int_t)report->publications, "leaves",
			(json_int_t)report->leaves, "signatures", (json_int_t)report->signatures,
			"rows", (json_int_t)report->rows, "entities", (json_int_t)report->entities,
			"erased", (json_int_t)report->erased, "underived",
			(json_int_t)report->underived, "unscrubbed", (json_int_t)report->unscrubbed,
			"faults", (json_int_t)report->faults));
	else
		printf(app_say(app,
			       "%llu epochs, %llu acts, %llu publications, %llu leaves, "
			       "%llu signatures, %llu entities, %llu rows of the state checked: "
			       "%llu faults\n",
			       "已检查批次 %llu 个、文书 %llu 份、发布 %llu 次、日志条目 %llu 条、"
			       "签名 %llu 个、主体 %llu 个、状态库 %llu 行：错误 %llu 处\n"),
			(unsigned long long)report->epochs, (unsigned long long)report->acts,
			(unsigned long long)report->publications,
			(unsigned long long)report->leaves, (unsigned long long)report->signatures,
			(unsigned long long)report->entities, (unsigned long long)report->rows,
			(unsigned long long)report->faults);
	if (!app->json && (report->erased > 0 || report->unscrubbed > 0))
		printf(app_say(app,
			       "%llu acts are erased; the map roots of %llu publications that held "
			       "them are not derivable; %llu erased records wait for a scrub\n",
			       "已删除文书 %llu 份；曾包含其内容的 %llu 次发布的映射根无法再推导；"
			       "待销毁的已删除记录 %llu 条\n"),
			(unsigned long long)report->erased, (unsigned long long)report->underived,
			(unsigned long long)report->unscrubbed);
	return report->faults == 0 ? EXIT_DONE : EXIT_NO;
}

/* A registry that does not open for what is in its files has faults; for what is around them it could not
 * be looked at. */
static enum credit_error check_unopened(struct fsck_run *run, struct credit_problem *why)
{
	struct credit_named_key log = {.public_key = run->layout.log_key.public_key};
	enum credit_error error = why->error;

	if (credit_error_class(error) != CREDIT_CLASS_DATA_LOSS)
		return error;
	memcpy(log.name, run->layout.origin, sizeof run->layout.origin);
	error = credit_fsck_unopened(run->layout.data, &log, why, &run->options, &run->report);
	return error ? credit_problem_set(why, error, run->folder, NULL, NULL) : CREDIT_OK;
}

static enum credit_error check(struct fsck_run *run, struct credit_problem *problem)
{
	struct credit_registry_options options = layout_options(&run->layout);
	struct credit_registry *registry = NULL;
	enum credit_error error = credit_fsck_files(run->layout.data, &run->options, &run->report);

	if (error)
		return credit_problem_set(problem, error, run->folder, NULL, NULL);
	/* What is damaged inside is not opened. */
	if (run->report.faults > 0)
		return CREDIT_OK;
	if (credit_registry_open(&options, NULL, NULL, &registry, problem) != CREDIT_OK)
		return check_unopened(run, problem);
	error = credit_registry_fsck(registry, &run->options, &run->report);
	if (error)
		credit_problem_set(problem, error, run->folder, NULL, NULL);
	credit_registry_close(registry);
	return error;
}

static int run(struct app *app, void *values, char **arguments, size_t count)
{
	const struct fsck_values *wanted = values;
	struct fsck_run run = {.app = app,
		.folder = arguments[0],
		.options = {.fault = print_fault,
			.progress = print_progress,
			.every_publication = wanted->every_publication,
			.threads = credit_processors()},
		.begun = now_ms()};
	struct credit_problem problem = {0};
	enum credit_error error;
	int code;

	(void)count;
	run.options.context = &run;
	error = layout_read(arguments[0], &run.layout, &problem);
	if (error == CREDIT_OK)
		error = check(&run, &problem);
	end_line(&run);
	code = error == CREDIT_OK ? print_report(&run) : app_fail(app, &problem);
	layout_wipe(&run.layout);
	return code;
}

static const struct option options_table[] = {
	{.name = "every-publication",
		.type = OPTION_FLAG,
		.offset = offsetof(struct fsck_values, every_publication),
		.help = {"derive the map root of every publication, not only of the last one",
			"逐次推导每次发布的映射根，而非仅最近一次"}},
	{.name = NULL},
};

const struct command cmd_fsck = {
	.name = "fsck",
	.arguments = "DIR",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.values_size = sizeof(struct fsck_values),
	.options = options_table,
	.summary = {"check the database of a stopped registry", "检查已停止的登记系统数据库"},
	.detail = {"DIR is the folder with credd.yaml. Stop the daemon first. Each fault is told "
		   "with "
		   "what it means and what to do; nothing is repaired.",
		"参数为 credd.yaml "
		"所在目录，请先停止服务。每处错误均说明影响和处理办法；不作任何修复。"},
	.run = run,
};
