/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_import.c - credctl import: a department's CSV file into the registry.
 */
#include "commands.h"
#include "file.h"
#include "import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BATCH CREDIT_ACTS_MAX
#define BATCH_ENROL_MAX (CREDIT_ACTS_MAX / 2) /* each row may bring an enrolment */
#define IN_FLIGHT 16
#define GIVE_UP_SECONDS 120

static void fill_defaults(struct import_values *values)
{
	if (values->batch == 0)
		values->batch = BATCH;
	if (values->enrol && values->batch > BATCH_ENROL_MAX)
		values->batch = BATCH_ENROL_MAX;
	if (values->in_flight == 0)
		values->in_flight = IN_FLIGHT;
	if (values->give_up == 0)
		values->give_up = GIVE_UP_SECONDS;
}

static enum credit_error open_signer(struct import *import, struct credit_problem *problem)
{
	if (!import->values->sign)
		return credit_problem_set(problem, CREDIT_E_USAGE, "--sign", NULL, "%s",
			app_say(import->app, "this option is required, except with --dry-run",
				"除 --dry-run 外必须给出此选项"));
	return signer_open(import->app, import->values->sign, &import->values->issuer,
		&import->signer, problem);
}

static enum credit_error open_daemon(struct import *import, struct credit_problem *problem)
{
	enum credit_error error = connect_open(import->app, &import->client, problem);

	if (error == CREDIT_OK)
		error = connect_registry(import->app, import->client, &import->registry, problem);
	if (error == CREDIT_OK && credit_sealer_new(&import->sealer) != CREDIT_OK)
		error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	if (error == CREDIT_OK) {
		import->enrolled = code_set_new();
		if (!import->enrolled)
			error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	}
	if (error == CREDIT_OK && import->values->receipts &&
		mkdir(import->values->receipts, 0700) != 0 && errno != EEXIST)
		error = file_fault(import->values->receipts, problem);
	return error;
}

/* A file that is done stays done: its state file says so. */
static enum credit_error file_rows(struct import *import, struct credit_problem *problem)
{
	enum credit_error error = open_signer(import, problem);

	if (error == CREDIT_OK) {
		error = import_state_load(import, problem);
		if (error == CREDIT_E_NOT_FOUND)
			error = CREDIT_OK;
	}
	if (error != CREDIT_OK)
		return error;
	import->rows_before = import->tally.rows;
	if (import->tally.done) {
		app_note(import->app, "imported already; %s says so", "此前已导入完毕（见 %s）",
			import->state_path);
		return CREDIT_OK;
	}
	if (import->rows_before > 0)
		app_note(import->app, "going on behind row %llu; %zu filings are sent again",
			"从第 %llu 行之后继续，原样重发 %zu 批",
			(unsigned long long)import->tally.next_row - 1, import->filings);
	error = open_daemon(import, problem);
	if (error == CREDIT_OK)
		error = import_rejects_open(import, problem);
	if (error == CREDIT_OK)
		error = import_skip(import, problem);
	return error == CREDIT_OK ? import_send_all(import, problem) : error;
}

static enum credit_error check_rows(struct import *import, struct credit_problem *problem)
{
	enum credit_error error = import_rejects_open(import, problem);

	if (error == CREDIT_OK)
		error = import_dry_run(import, problem);
	return error == CREDIT_OK ? import_rejects_sync(import, problem) : error;
}

static void close_all(struct import *import)
{
	while (import->first) {
		struct import_filing *next = import->first->next;

		import_filing_free(import->first);
		import->first = next;
	}
	if (import->rejects)
		fclose(import->rejects);
	client_close(import->client);
	client_close(import->asking);
	credit_sealer_free(import->sealer);
	code_set_free(import->enrolled);
	import_file_close(import);
	signer_wipe(&import->signer);
	free(import);
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	struct import *import = calloc(1, sizeof *import);
	struct import_values *values = memory;
	struct credit_problem problem = {0};
	enum credit_error error;
	int code;

	(void)count;
	if (!import) {
		credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
		return app_fail(app, &problem);
	}
	fill_defaults(values);
	import->app = app;
	import->values = values;
	import->path = arguments[0];
	import->csv.fd = -1;
	import_progress_begin(import);
	if (values->state)
		snprintf(import->state_path, sizeof import->state_path, "%s", values->state);
	else
		snprintf(import->state_path, sizeof import->state_path, "%s.import", arguments[0]);
	error = import_file_open(import, &problem);
	if (error == CREDIT_OK)
		error = values->dry_run ? check_rows(import, &problem)
					: file_rows(import, &problem);
	if (error == CREDIT_OK) {
		code = import_summary(import);
	} else {
		import_progress_clear(import);
		code = app_fail(app, &problem);
		if (import->first)
			app_note(app, "run the same command again to go on: nothing is filed twice",
				"请再次运行同一命令继续，不会重复报送");
	}
	close_all(import);
	return code;
}

static const struct option_choice kinds[] = {
	{"penalty", SHEET_PENALTY}, {"licence", SHEET_LICENCE}, {NULL, 0}};

static const struct option_choice evidences[] = {{"plain", CREDIT_USCC_PLAIN},
	{"register", CREDIT_USCC_REGISTER}, {"exception", CREDIT_USCC_EXCEPTION}, {NULL, 0}};

#define AT(member) offsetof(struct import_values, member)

static const struct option options[] = {
	{.name = "kind",
		.type = OPTION_CHOICE,
		.offset = AT(kind),
		.required = true,
		.value = "KIND",
		.choices = kinds,
		.help = {"format of the file", "文件格式"}},
	{.name = "sign",
		.letter = 's',
		.type = OPTION_TEXT,
		.offset = AT(sign),
		.value = "KEY",
		.environment = "CREDCTL_SIGN",
		.help = {"private key file to sign with", "用于签名的私钥文件"}},
	{.name = "issuer",
		.letter = 'i',
		.type = OPTION_USCC,
		.offset = AT(issuer),
		.value = "CODE",
		.environment = "CREDCTL_ISSUER",
		.help = {"the authority that signs; by default the key's name, when it is a code",
			"签名机关代码；默认取密钥名称（如为代码）"}},
	{.name = "enrol",
		.type = OPTION_FLAG,
		.offset = AT(enrol),
		.help = {"enrol entities that are not, by their names in the file",
			"未登记的主体按文件中的名称先行入库"}},
	{.name = "batch",
		.type = OPTION_NUMBER,
		.offset = AT(batch),
		.value = "N",
		.min = 1,
		.max = CREDIT_ACTS_MAX,
		.help = {"rows in one filing; 1000, or 500 with --enrol",
			"每批行数，默认 1000，与 --enrol 同用时 500"}},
	{.name = "in-flight",
		.type = OPTION_NUMBER,
		.offset = AT(in_flight),
		.value = "N",
		.min = 1,
		.max = 32,
		.help = {"filings on their way at once; 16", "同时在途批数，默认 16"}},
	{.name = "rejects",
		.letter = 'r',
		.type = OPTION_TEXT,
		.offset = AT(rejects),
		.value = "FILE",
		.help = {"write refused rows here, to be corrected and imported",
			"将被拒行写入此文件，更正后可再次导入"}},
	{.name = "receipts",
		.type = OPTION_TEXT,
		.offset = AT(receipts),
		.value = "DIR",
		.help = {"keep the receipts here, one file a filing", "回执目录，每批一个文件"}},
	{.name = "state",
		.type = OPTION_TEXT,
		.offset = AT(state),
		.value = "FILE",
		.help = {"how far the import is; FILE.csv.import by default",
			"进度文件，默认为 FILE.csv.import"}},
	{.name = "evidence",
		.type = OPTION_CHOICE,
		.offset = AT(evidence),
		.value = "KIND",
		.choices = evidences,
		.help = {"codes to let pass that only evidence could enrol; they must be enrolled",
			"允许凭证入库的代码通过（须已入库）"}},
	{.name = "pass-unknown",
		.type = OPTION_FLAG,
		.offset = AT(pass_unknown),
		.help = {"leave out columns with unknown headings", "忽略未知表头的列"}},
	{.name = "give-up",
		.type = OPTION_NUMBER,
		.offset = AT(give_up),
		.value = "SECONDS",
		.min = 1,
		.max = 86400,
		.help = {"after so long without any answer; 120",
			"多久无任何答复后放弃，默认 120 秒"}},
	{.name = "dry-run",
		.letter = 'n',
		.type = OPTION_FLAG,
		.offset = AT(dry_run),
		.help = {"check every row here, send nothing", "仅在本地检查，不报送"}},
	{.name = NULL},
};

const struct command cmd_import = {
	.name = "import",
	.arguments = "FILE.csv",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct import_values),
	.options = options,
	.summary = {"file the rows of a CSV file", "导入 CSV 文件并报送"},
	.detail = {"Headings are the CF_ or XK_ codes or the Chinese names of the format, in any "
		   "order;\n"
		   "UTF-8 or GB18030. Columns and rows about natural persons are never sent. An "
		   "import\n"
		   "that was interrupted goes on when the same command is run again. Exit code 1 "
		   "when\n"
		   "any row was refused.",
		"表头为双公示格式的 CF_、XK_ 代码或中文名称，次序不限；编码为 UTF-8 或 GB18030。\n"
		"涉及自然人的列和行一律不报送。中断后再次运行同一命令即可继续。有被拒行时退出码为 "
		"1。"},
	.run = run,
};
