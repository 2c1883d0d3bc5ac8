/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_uscc.c - credctl uscc check: what each code is, and what is wrong with it.
 */
#include "commands.h"
#include "output.h"
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 4096

static const char *const kind_names[][2] = {
	[CREDIT_KIND_NOTHING] = {"nothing known", "无法识别"},
	[CREDIT_KIND_USCC] = {"unified social credit code", "统一社会信用代码"},
	[CREDIT_KIND_USCC_FLAGGED] = {"a code but for a check character", "代码（校验码不符）"},
	[CREDIT_KIND_USCC_AMBIGUOUS] = {"a code and an identity number at once",
		"代码（与身份证号码规则重合）"},
	[CREDIT_KIND_RESIDENT_ID] = {"a resident identity number", "居民身份证号码"},
	[CREDIT_KIND_REGISTRATION_NUMBER] = {"a business registration number", "工商注册号"},
	[CREDIT_KIND_ORGANISATION_CODE] = {"an organisation code", "组织机构代码"},
};

static void print_good(const struct app *app, const struct credit_uscc *uscc)
{
	char text[OUTPUT_USCC_SIZE];

	output_uscc(uscc, text);
	if (app->json)
		output_json(json_pack("{s:s, s:b, s:s, s:s, s:s#}", "code", text, "valid", 1,
			"department", credit_uscc_department(uscc, app->lang), "category",
			credit_uscc_category(uscc, app->lang), "region", text + 2, (size_t)6));
	else
		printf("%s  %s  %s, %s\n", text, app_say(app, "valid", "有效"),
			credit_uscc_department(uscc, app->lang),
			credit_uscc_category(uscc, app->lang));
}

static void print_bad(
	const struct app *app, struct credit_bytes text, const struct credit_problem *problem)
{
	char shown[VALUE_SAFE_SIZE], sentence[CREDIT_PROBLEM_TEXT_MAX];
	enum credit_uscc_kind kind = credit_uscc_classify(text, NULL);

	value_safe(text, shown);
	if (app->json) {
		output_json(json_pack("{s:s, s:b, s:s, s:o}", "code", shown, "valid", 0, "kind",
			kind_names[kind][app->lang], "error",
			output_json_problem(problem, app->lang)));
		return;
	}
	credit_problem_text(problem, app->lang, sentence, sizeof sentence);
	output_padded(stdout, shown, CREDIT_USCC_SIZE);
	printf("  %s  ", app_say(app, "WRONG", "无效"));
	output_safe(stdout, sentence);
	putchar('\n');
}

static bool check(const struct app *app, struct credit_bytes text)
{
	struct credit_problem problem = {0};
	struct credit_uscc uscc;

	if (credit_uscc_parse(text, CREDIT_USCC_PLAIN, &uscc, &problem) == CREDIT_OK) {
		print_good(app, &uscc);
		return true;
	}
	problem.field[0] = '\0'; /* the code stands before the sentence */
	print_bad(app, text, &problem);
	return false;
}

/* Empty lines are passed over; what is too long for a line is wrong anyway. */
static bool check_stdin(const struct app *app)
{
	char line[LINE_BYTES];
	bool good = true;

	while (fgets(line, sizeof line, stdin)) {
		struct credit_bytes text = {(const uint8_t *)line, strcspn(line, "\r\n")};

		if (text.size > 0 && !check(app, text))
			good = false;
	}
	return good;
}

static int run(struct app *app, void *values, char **arguments, size_t count)
{
	bool good = true;

	(void)values;
	if (count == 0)
		good = check_stdin(app);
	for (size_t i = 0; i < count; i++) {
		bool one = strcmp(arguments[i], "-") == 0
				   ? check_stdin(app)
				   : check(app, credit_bytes_of(arguments[i]));
		good = good && one;
	}
	return good ? EXIT_DONE : EXIT_NO;
}

const struct command cmd_uscc_check = {
	.name = "uscc check",
	.arguments = "[CODE...|-]",
	.arguments_max = SIZE_MAX,
	.offline = true,
	.summary = {"check codes and explain what is wrong", "校验统一社会信用代码并说明问题"},
	.detail =
		{"Without arguments, or with '-', codes are read from standard input, one a line.\n"
		 "Exit code 1 when any of them is wrong.",
			"不带参数或参数为“-”时，从标准输入逐行读取。有任一无效则退出码为 1。"},
	.run = run,
};
