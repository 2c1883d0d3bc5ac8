/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_fsck.c - credctl fsck: is everything in the database what the journal says it must be?
 */
#include "commands.h"
#include "layout.h"
#include "output.h"

#include <stdio.h>
#include <string.h>

static void print_fault(void *context, const char *what)
{
	const struct app *app = context;

	if (app->json)
		output_json(json_pack("{s:o}", "fault", output_json_text(what)));
	else
		output_field(app_say(app, "FAULT", "错误"), what);
}

static int print_report(const struct app *app, const struct credit_fsck_report *report)
{
	if (app->json)
		output_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "epochs",
			(json_int_t)report->epochs, "acts", (json_int_t)report->acts,
			"publications", (json_int_t)report->publications, "leaves",
			(json_int_t)report->leaves, "erased", (json_int_t)report->erased,
			"underived", (json_int_t)report->underived, "unscrubbed",
			(json_int_t)report->unscrubbed, "faults", (json_int_t)report->faults));
	else
		printf(app_say(app,
			       "%llu epochs, %llu acts, %llu publications, "
			       "%llu leaves checked: %llu faults\n",
			       "已检查批次 %llu 个、文书 %llu 份、发布 %llu 次、"
			       "日志条目 %llu 条：错误 %llu 处\n"),
			(unsigned long long)report->epochs, (unsigned long long)report->acts,
			(unsigned long long)report->publications,
			(unsigned long long)report->leaves, (unsigned long long)report->faults);
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

static int run(struct app *app, void *values, char **arguments, size_t count)
{
	struct credit_fsck_report report = {0};
	struct credit_registry *registry = NULL;
	struct credit_registry_options options;
	struct credit_problem problem = {0};
	struct layout layout;
	enum credit_error error;
	int code;

	(void)values;
	(void)count;
	memset(&layout, 0, sizeof layout);
	error = layout_read(arguments[0], &layout, &problem);
	if (error == CREDIT_OK) {
		options = layout_options(&layout);
		error = credit_registry_open(&options, NULL, NULL, &registry, &problem);
	}
	if (error == CREDIT_OK) {
		error = credit_registry_fsck(registry, print_fault, app, &report);
		if (error != CREDIT_OK)
			credit_problem_set(&problem, error, arguments[0], NULL, NULL);
	}
	code = error == CREDIT_OK ? print_report(app, &report) : app_fail(app, &problem);
	credit_registry_close(registry);
	layout_wipe(&layout);
	return code;
}

const struct command cmd_fsck = {
	.name = "fsck",
	.arguments = "DIR",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.summary = {"check the database of a stopped registry", "检查已停止的登记系统数据库"},
	.detail = {"DIR is the folder with credd.yaml. Stop the daemon first.",
		"参数为 credd.yaml 所在目录，请先停止服务。"},
	.run = run,
};
