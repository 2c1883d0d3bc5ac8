/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_case_sign.c - credctl repair sign and credctl objection sign: an entity speaks for itself.
 *
 * It runs on the entity's own machine, without a network: the private key never leaves it. The file goes
 * to a front office; the token stays with the entity.
 */
#include "case_application.h"
#include "commands.h"
#include "connect.h"

struct values {
	struct application_values application;
	char *out;
};
#define AT(member) offsetof(struct values, member)

static void show(const struct app *app, const char *path, const struct credit_token *token)
{
	char text[CREDIT_TOKEN_TEXT_SIZE];

	credit_token_text(token, text);
	if (app->json) {
		output_json(json_pack("{s:s, s:s}", "application", path, "token", text));
		return;
	}
	output_field(app_say(app, "application", "申请文件"), path);
	output_field(app_say(app, "look-up token", "查询码"), text);
	puts(app_say(app,
		"Hand the file and the documents to a front office; keep the token, it opens "
		"'credctl own'.",
		"请将文件连同材料交窗口；查询码请自行保管，可用于 credctl own 查询。"));
}

static enum credit_error sign(
	const struct app *app, struct application *application, struct credit_problem *problem)
{
	struct registry registry;
	enum credit_error error;

	if (!app->registry)
		return credit_problem_set(problem, CREDIT_E_USAGE, "--registry", NULL, "%s",
			app_say(app,
				"the registry's key: its name is what the application is made out "
				"to",
				"须给出登记系统公钥，申请以其名称为对象"));
	error = connect_registry(app, NULL, &registry, problem);
	application->text.origin = registry.origin;
	if (!error)
		error = applicant_sign(&application->applicant, &application->text);
	return error;
}

static int run_sign(struct app *app, void *memory, Credit__V1__Act__PayloadCase payload)
{
	const struct values *values = memory;
	struct credit_problem problem = {0};
	struct application application;
	enum credit_error error =
		application_build(app, &values->application, payload, &application, &problem);

	if (!error)
		error = sign(app, &application, &problem);
	if (!error)
		error = application_write(values->out, &application, &problem);
	if (!error)
		show(app, values->out, &application.applicant.token);
	application_free(&application);
	return error ? app_fail(app, &problem) : EXIT_DONE;
}

static int run_repair(struct app *app, void *memory, char **arguments, size_t count)
{
	(void)arguments;
	(void)count;
	return run_sign(app, memory, CREDIT__V1__ACT__PAYLOAD_REPAIR_APPLICATION);
}

static int run_objection(struct app *app, void *memory, char **arguments, size_t count)
{
	(void)arguments;
	(void)count;
	return run_sign(app, memory, CREDIT__V1__ACT__PAYLOAD_OBJECTION);
}

#define COMMON_OPTIONS \
	APPLICATION_OPTIONS(struct values, NULL), \
		{.name = "applicant-key", \
			.type = OPTION_TEXT, \
			.offset = AT(application.applicant.key), \
			.required = true, \
			.value = "KEY", \
			.help = {"the entity's own private key file", "主体自己的私钥文件"}}, \
	{ \
		.name = "out", .type = OPTION_TEXT, .offset = AT(out), .required = true, \
		.value = "FILE", .help = { \
			"write the signed application here; it must not exist", \
			"将已签名的申请写入此文件（须不存在）" \
		} \
	}

static const struct option repair_options[] = {
	COMMON_OPTIONS,
	REPAIR_OPTIONS(struct values),
	{.name = NULL},
};

static const struct option objection_options[] = {
	COMMON_OPTIONS,
	OBJECTION_OPTIONS(struct values, NULL),
	{.name = NULL},
};

const struct command cmd_repair_sign = {
	.name = "repair sign",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = repair_options,
	.summary = {"as the entity: sign an application for repair, for a front office to file",
		"主体自行签署信用修复申请，交窗口报送"},
	.run = run_repair,
};

const struct command cmd_objection_sign = {
	.name = "objection sign",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = objection_options,
	.summary = {"as the entity: sign an objection, for a front office to file",
		"主体自行签署异议申请，交窗口报送"},
	.run = run_objection,
};
