/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - credctl: finds the subcommand in a table and runs it.
 *
 * A subcommand is one or two words. Options that all of them share may stand before or behind it.
 */
#include "commands.h"
#include "output.h"

#include <credit/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *heading[2]; /* NULL: belongs to the heading above */
	const struct command *command;
} commands[] = {
	{{"Setting up", "建立"}, &cmd_init},
	{{0}, &cmd_cert},
	{{0}, &cmd_key_generate},
	{{0}, &cmd_key_show},
	{{"Who may do what (root authority)", "授权（根管理机关）"}, &cmd_authority_enrol},
	{{0}, &cmd_authority_change},
	{{0}, &cmd_authority_add_key},
	{{0}, &cmd_authority_grant},
	{{0}, &cmd_authority_revoke_grant},
	{{0}, &cmd_authority_revoke_key},
	{{0}, &cmd_authority_compromise_key},
	{{0}, &cmd_rulebook_check},
	{{0}, &cmd_rulebook_diff},
	{{0}, &cmd_rulebook_adopt},
	{{"Filing", "报送"}, &cmd_uscc_check},
	{{0}, &cmd_entity_enrol},
	{{0}, &cmd_entity_load},
	{{0}, &cmd_entity_rename},
	{{0}, &cmd_entity_succeed},
	{{0}, &cmd_entity_deregister},
	{{0}, &cmd_import},
	{{0}, &cmd_notice_serve},
	{{0}, &cmd_notice_statement},
	{{0}, &cmd_notice_withdraw},
	{{0}, &cmd_list_draft},
	{{0}, &cmd_consent_give},
	{{0}, &cmd_list_add},
	{{0}, &cmd_list_change},
	{{0}, &cmd_list_suspend},
	{{0}, &cmd_list_resume},
	{{0}, &cmd_list_remove},
	{{0}, &cmd_task_answer},
	{{0}, &cmd_record_pledge},
	{{0}, &cmd_record_honour},
	{{0}, &cmd_record_judgment},
	{{0}, &cmd_record_outcome},
	{{0}, &cmd_entity_add_key},
	{{0}, &cmd_entity_revoke_key},
	{{"Credit repair", "信用修复"}, &cmd_repair_apply},
	{{0}, &cmd_repair_sign},
	{{0}, &cmd_repair_document},
	{{0}, &cmd_repair_accept},
	{{0}, &cmd_repair_supplement},
	{{0}, &cmd_repair_supplied},
	{{0}, &cmd_repair_not_accept},
	{{0}, &cmd_repair_withdraw},
	{{0}, &cmd_repair_extend},
	{{0}, &cmd_repair_decide},
	{{0}, &cmd_repair_outcome},
	{{0}, &cmd_repair_revoke},
	{{0}, &cmd_repair_list},
	{{0}, &cmd_repair_show},
	{{"Objections", "异议"}, &cmd_objection_file},
	{{0}, &cmd_objection_sign},
	{{0}, &cmd_objection_document},
	{{0}, &cmd_objection_accept},
	{{0}, &cmd_objection_supplement},
	{{0}, &cmd_objection_supplied},
	{{0}, &cmd_objection_not_accept},
	{{0}, &cmd_objection_withdraw},
	{{0}, &cmd_objection_extend},
	{{0}, &cmd_objection_decide},
	{{0}, &cmd_objection_review},
	{{0}, &cmd_objection_review_decide},
	{{0}, &cmd_objection_list},
	{{0}, &cmd_objection_show},
	{{0}, &cmd_case_rate},
	{{"Joint punishment and incentive", "联合惩戒与激励"}, &cmd_measure_apply},
	{{0}, &cmd_measure_feedback},
	{{0}, &cmd_measure_lift},
	{{0}, &cmd_measure_list},
	{{0}, &cmd_measure_show},
	{{"Being told", "订阅"}, &cmd_subscription_add},
	{{0}, &cmd_subscription_end},
	{{0}, &cmd_subscription_list},
	{{0}, &cmd_delivery_list},
	{{0}, &cmd_subscription_ack},
	{{"Supervising", "监督"}, &cmd_task_list},
	{{0}, &cmd_overdue},
	{{0}, &cmd_stats_assessment},
	{{0}, &cmd_stats_measures},
	{{0}, &cmd_reads},
	{{"Asking", "查询"}, &cmd_own},
	{{0}, &cmd_status},
	{{0}, &cmd_records},
	{{0}, &cmd_history},
	{{0}, &cmd_list_paper},
	{{0}, &cmd_notice_list},
	{{0}, &cmd_notice_show},
	{{0}, &cmd_grade},
	{{0}, &cmd_inspect},
	{{0}, &cmd_watch},
	{{"Proving", "核验"}, &cmd_verify},
	{{0}, &cmd_receipt_list},
	{{0}, &cmd_receipt_extract},
	{{0}, &cmd_snapshot_get},
	{{0}, &cmd_snapshot_show},
	{{0}, &cmd_snapshot_check},
	{{0}, &cmd_log_checkpoint},
	{{0}, &cmd_log_inclusion},
	{{0}, &cmd_log_consistency},
	{{0}, &cmd_log_audit},
	{{0}, &cmd_witness_serve},
	{{0}, &cmd_fsck},
	{{"Erasing and keeping", "删除与备份"}, &cmd_erase},
	{{0}, &cmd_scrub},
	/* The single word after those of two that begin with it. */
	{{0}, &cmd_backup_list},
	{{0}, &cmd_backup_check},
	{{0}, &cmd_backup_prune},
	{{0}, &cmd_backup},
	{{0}, &cmd_restore},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static const struct option_choice languages[] = {
	{"en", CREDIT_LANG_EN}, {"zh", CREDIT_LANG_ZH}, {NULL, 0}};

#define AT(member) offsetof(struct app, member)

static const struct option connection_options[] = {
	{.name = "server",
		.type = OPTION_TEXT,
		.offset = AT(server),
		.value = "ADDRESS",
		.environment = "CREDCTL_SERVER",
		.help = {"the daemon: unix:PATH or HOST:PORT", "服务地址：unix:路径 或 主机:端口"}},
	{.name = "ca",
		.type = OPTION_TEXT,
		.offset = AT(ca),
		.value = "FILE",
		.environment = "CREDCTL_CA",
		.help = {"PEM of the CA of the daemon's certificate", "签发服务证书的 CA（PEM）"}},
	{.name = "cert",
		.type = OPTION_TEXT,
		.offset = AT(cert),
		.value = "FILE",
		.environment = "CREDCTL_CERT",
		.help = {"PEM of your own certificate", "本机关证书（PEM）"}},
	{.name = "key-file",
		.type = OPTION_TEXT,
		.offset = AT(tls_key),
		.value = "FILE",
		.environment = "CREDCTL_KEY_FILE",
		.help = {"PEM of its private key", "本机关证书私钥（PEM）"}},
	{.name = "registry",
		.type = OPTION_TEXT,
		.offset = AT(registry),
		.value = "VKEY",
		.environment = "CREDCTL_REGISTRY",
		.help = {"the registry's public key, text or file; pins the registry",
			"登记系统公钥（文本或文件），用于锁定登记系统"}},
	{.name = "timeout",
		.type = OPTION_NUMBER,
		.offset = AT(timeout),
		.value = "SECONDS",
		.min = 1,
		.max = 3600,
		.environment = "CREDCTL_TIMEOUT",
		.help = {"for one call; 30 by default", "单次调用时限，默认 30 秒"}},
	{.name = NULL},
};

static const struct option general_options[] = {
	{.name = "json",
		.type = OPTION_FLAG,
		.offset = AT(json),
		.help = {"one JSON value a line", "每行输出一个 JSON 值"}},
	{.name = "lang",
		.type = OPTION_CHOICE,
		.offset = AT(lang),
		.value = "LANG",
		.choices = languages,
		.help = {"language", "界面语言"}},
	{.name = "help",
		.letter = 'h',
		.type = OPTION_FLAG,
		.offset = AT(help),
		.help = {"this text", "显示帮助"}},
	{.name = "version",
		.type = OPTION_FLAG,
		.offset = AT(version),
		.help = {"the version", "显示版本"}},
	{.name = NULL},
};

static void print_shared(const struct app *app, bool offline)
{
	if (!offline) {
		printf("\n%s\n", app_say(app, "Connection", "连接选项"));
		options_help(stdout, connection_options, app->lang);
	}
	printf("\n%s\n", app_say(app, "General options", "通用选项"));
	options_help(stdout, general_options, app->lang);
}

static void print_all(const struct app *app)
{
	fputs(app_say(app,
		      "credctl - signed public credit records of legal entities\n\n"
		      "usage: credctl SUBCOMMAND [OPTIONS] [ARGUMENTS]\n",
		      "credctl - 法人及非法人组织信用记录登记工具\n\n用法：credctl 子命令 [选项] "
		      "[参数]\n"),
		stdout);
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *command = commands[i].command;

		if (commands[i].heading[app->lang])
			printf("\n%s\n", commands[i].heading[app->lang]);
		printf("  %-29s%s\n", command->name, command->summary[app->lang]);
	}
	print_shared(app, false);
	printf("\n%s\n", app_say(app,
				 "Exit codes: 0 done, 1 the answer is no, 2 wrong usage, "
				 "3 could not reach or do it. See credctl(1).",
				 "退出码：0 完成，1 结论为否，2 用法错误，3 无法连接或完成。详见 "
				 "credctl(1)。"));
}

static void print_command(const struct app *app, const struct command *command)
{
	printf("%scredctl %s %s%s%s\n\n%s\n", app_say(app, "usage: ", "用法："), command->name,
		command->arguments, command->arguments[0] ? " " : "",
		app_say(app, "[OPTIONS]", "[选项]"), command->summary[app->lang]);
	if (command->options) {
		printf("\n%s\n", app_say(app, "Options", "选项"));
		options_help(stdout, command->options, app->lang);
	}
	print_shared(app, command->offline);
	if (command->detail[app->lang])
		printf("\n%s\n", command->detail[app->lang]);
}

/* How many of the words are the command's name; 0 when they are not. */
static size_t name_words(const struct command *command, char **words, size_t count)
{
	const char *space = strchr(command->name, ' ');
	size_t first = space ? (size_t)(space - command->name) : strlen(command->name);

	if (count == 0 || strlen(words[0]) != first || strncmp(words[0], command->name, first) != 0)
		return 0;
	if (!space)
		return 1;
	return count > 1 && strcmp(words[1], space + 1) == 0 ? 2 : 0;
}

static const struct command *find(char **words, size_t count, size_t *ret_used)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		*ret_used = name_words(commands[i].command, words, count);
		if (*ret_used > 0)
			return commands[i].command;
	}
	return NULL;
}

static int not_found(const struct app *app, char **words, size_t count)
{
	struct credit_problem problem;
	const char *names[COMMANDS], *near;
	char typed[64];

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].command->name;
	snprintf(typed, sizeof typed, "%s %s", words[0], count > 1 ? words[1] : "");
	near = nearest_name(typed, names, COMMANDS);
	if (!near)
		near = nearest_name(words[0], names, COMMANDS);
	if (near)
		credit_problem_set(&problem, CREDIT_E_USAGE, words[0], NULL,
			app->lang == CREDIT_LANG_ZH ? "没有此子命令；是否为“%s”？"
						    : "no such subcommand; did you mean '%s'?",
			near);
	else
		credit_problem_set(&problem, CREDIT_E_USAGE, words[0], NULL, "%s",
			app_say(app, "no such subcommand", "没有此子命令"));
	return app_fail(app, &problem);
}

static int run(struct app *app, const struct command *command, char **words, size_t count)
{
	void *values = calloc(1, command->values_size + 1);
	struct option_set sets[] = {
		{command->options, values}, {connection_options, app}, {general_options, app}};
	struct credit_problem problem = {0};
	size_t arguments = 0, used = 0;
	enum credit_error error;
	int code;

	error = values ? options_parse(sets, 3, words, count, false, app->lang, &arguments, &used,
				 &problem)
		       : credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	if (error == CREDIT_OK && app->help) {
		print_command(app, command);
		free(values);
		return EXIT_DONE;
	}
	for (size_t i = 0; error == CREDIT_OK && i < 3; i++)
		error = options_complete(&sets[i], app->lang, &problem);
	if (error == CREDIT_OK &&
		(arguments < command->arguments_min || arguments > command->arguments_max))
		error = credit_problem_set(&problem, CREDIT_E_USAGE, command->name, NULL,
			app->lang == CREDIT_LANG_ZH ? "用法：credctl %s %s"
						    : "usage: credctl %s %s",
			command->name, command->arguments);
	if (app->timeout == 0)
		app->timeout = 30;
	code = error == CREDIT_OK ? command->run(app, values, words, arguments)
				  : app_fail(app, &problem);
	free(values);
	return code;
}

/* The language is needed for the first mistake in the options, so it is looked for first. */
static void choose_language(struct app *app, char **words, size_t count)
{
	app->lang = app_lang_of_environment();
	for (size_t i = 0; i < count; i++) {
		const char *value = strncmp(words[i], "--lang=", 7) == 0 ? words[i] + 7
				    : strcmp(words[i], "--lang") == 0 && i + 1 < count
					    ? words[i + 1]
					    : NULL;

		for (const struct option_choice *row = languages; value && row->name; row++) {
			if (strcmp(row->name, value) == 0)
				app->lang = (enum credit_lang)row->value;
		}
	}
}

/* Called from a signal handler: see credit/store.h. */
static void stop_for_damage(const char *what)
{
	if (write(STDERR_FILENO, what, strlen(what)) < 0)
		_exit(EXIT_FAULT);
	_exit(EXIT_FAULT);
}

int main(int argc, char **argv)
{
	struct app app = {0};
	struct option_set shared[] = {{connection_options, &app}, {general_options, &app}};
	struct credit_problem problem = {0};
	size_t count = argc > 0 ? (size_t)argc - 1 : 0, arguments = 0, used = 0;
	char **words = argv + 1;
	const struct command *command;

	choose_language(&app, words, count);
	if (credit_crypto_init() != CREDIT_OK ||
		credit_store_on_damage(stop_for_damage) != CREDIT_OK) {
		credit_problem_set(&problem, CREDIT_E_INTERNAL, NULL, NULL, NULL);
		return app_fail(&app, &problem);
	}
	if (options_parse(shared, 2, words, count, true, app.lang, &arguments, &used, &problem) !=
		CREDIT_OK)
		return app_fail(&app, &problem);
	words += used;
	count -= used;
	if (app.version) {
		puts("credctl " CREDIT_VERSION);
		return EXIT_DONE;
	}
	if (count == 0) {
		print_all(&app);
		return app.help ? EXIT_DONE : EXIT_USAGE;
	}
	command = find(words, count, &used);
	if (!command)
		return not_found(&app, words, count);
	return run(&app, command, words + used, count - used);
}
