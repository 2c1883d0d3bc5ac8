/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_backup.c - credctl backup: making one through the daemon, looking at those that are there, and
 * destroying those that an erasure has overtaken.
 */
#include "admin.h"
#include "commands.h"
#include "connect.h"
#include "file.h"
#include "output.h"

#include <credit/registry.h>
#include <credit/v1/admin_service.pb-c.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- talking to the daemon --------------------------------------------------------------------- */

static enum credit_error call(const struct app *app, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *type,
	struct credit_arena *arena, ProtobufCMessage **ret_reply, struct credit_problem *problem)
{
	struct client *client = NULL;
	enum credit_error error = connect_open(app, &client, problem);

	if (error == CREDIT_OK)
		error = connect_call(app, client, path, request, type, arena, ret_reply, problem);
	client_close(client);
	return error;
}

/* The daemon's folder is another one than ours. */
static enum credit_error absolute(
	const char *folder, char path[PATH_MAX], struct credit_problem *problem)
{
	char here[PATH_MAX];

	if (folder[0] == '/')
		here[0] = '\0';
	else if (!getcwd(here, sizeof here))
		return file_fault(folder, problem);
	if ((size_t)snprintf(path, PATH_MAX, "%s%s%s", here, here[0] ? "/" : "", folder) < PATH_MAX)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_TOO_LARGE, folder, NULL, NULL);
}

struct make_values {
	const char *encrypt_to;
	struct admin_values admin;
};

static int run_make(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct make_values *values = memory;
	struct credit_named_key to;
	Credit__V1__BackupRequest request = CREDIT__V1__BACKUP_REQUEST__INIT;
	const Credit__V1__BackupResponse *response;
	struct credit_problem problem = {0};
	struct credit_arena arena;
	ProtobufCMessage *reply;
	char folder[PATH_MAX];
	enum credit_error error = absolute(arguments[0], folder, &problem);

	(void)count;
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	request.folder = folder;
	if (error == CREDIT_OK && values->encrypt_to) {
		error = file_vkey(values->encrypt_to, &to, &problem);
		request.encrypt_to = (ProtobufCBinaryData){
			.len = sizeof to.public_key.byte, .data = to.public_key.byte};
	}
	request.purpose = admin_purpose(app, &values->admin);
	if (error == CREDIT_OK)
		error = call(app, "/credit.v1.AdminService/Backup", &request.base,
			&credit__v1__backup_response__descriptor, &arena, &reply, &problem);
	if (error == CREDIT_OK) {
		response = (const void *)reply;
		if (app->json)
			output_json(json_pack("{s:o, s:I, s:I, s:I, s:o}", "name",
				output_json_text(response->name), "epoch",
				(json_int_t)response->epoch, "tree_size",
				(json_int_t)response->tree_size, "bytes",
				(json_int_t)response->bytes, "sha256",
				output_json_hex(response->digest.data, response->digest.len)));
		else
			printf(app_say(app, "%s: checked, %llu bytes\n", "%s：已核验，%llu 字节\n"),
				response->name, (unsigned long long)response->bytes);
	}
	credit_arena_deinit(&arena);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

static const struct option make_options[] = {
	{.name = "encrypt-to",
		.type = OPTION_TEXT,
		.offset = offsetof(struct make_values, encrypt_to),
		.value = "KEY",
		.help = {"encrypt it to this public key (text or file): only its private key "
			 "restores it",
			"用此公钥（文本或文件）加密：仅对应私钥可以恢复"}},
	ADMIN_PURPOSE_OPTION(offsetof(struct make_values, admin)),
	{.name = NULL},
};

const struct command cmd_backup = {
	.name = "backup",
	.arguments = "FOLDER",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct make_values),
	.options = make_options,
	.summary = {"make a backup beside the work, and check it", "在线备份并核验"},
	.detail = {"Over the Unix socket. Private keys and credd.yaml are not in it. Give "
		   "--timeout for a "
		   "large database.",
		"须经 Unix 套接字。备份不含私钥和 credd.yaml；数据库较大时请放宽 --timeout。"},
	.run = run_make,
};

/* --- the backups of a folder ------------------------------------------------------------------- */

struct shelf {
	const char *folder;
	struct dirent **entries;
	int count;
	uint64_t erasure_epoch; /* the last one that anybody here knows of */
};

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static const char *path_of(const struct shelf *shelf, int index, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.3000s/%s", shelf->folder, shelf->entries[index]->d_name);
	return path;
}

/* What an interrupted backup has left. */
static bool is_part(const struct shelf *shelf, int index)
{
	const char *name = shelf->entries[index]->d_name;
	size_t length = strlen(name);

	return length > 5 && strcmp(name + length - 5, ".part") == 0 &&
	       strspn(name, "0123456789-") == length - 5;
}

/* The daemon's word, or without one the newest backup's. */
static enum credit_error open_shelf(const struct app *app, const char *folder, bool ask,
	struct shelf *shelf, struct credit_problem *problem)
{
	Credit__V1__GetScrubStateRequest request = CREDIT__V1__GET_SCRUB_STATE_REQUEST__INIT;
	struct credit_backup backup;
	struct credit_arena arena;
	ProtobufCMessage *reply;
	char path[PATH_MAX];
	enum credit_error error = CREDIT_OK;

	*shelf = (struct shelf){.folder = folder};
	shelf->count = scandir(folder, &shelf->entries, is_visible, alphasort);
	if (shelf->count < 0)
		return file_fault(folder, problem);
	for (int i = 0; i < shelf->count; i++)
		if (credit_backup_read(path_of(shelf, i, path), &backup, NULL) == CREDIT_OK &&
			backup.erasure_epoch > shelf->erasure_epoch)
			shelf->erasure_epoch = backup.erasure_epoch;
	if (!ask)
		return CREDIT_OK;
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = call(app, "/credit.v1.AdminService/GetScrubState", &request.base,
		&credit__v1__scrub_state__descriptor, &arena, &reply, problem);
	if (error == CREDIT_OK)
		shelf->erasure_epoch =
			((const Credit__V1__ScrubState *)(const void *)reply)->erasure_epoch;
	credit_arena_deinit(&arena);
	return error;
}

static void close_shelf(struct shelf *shelf)
{
	for (int i = 0; i < shelf->count; i++)
		free(shelf->entries[i]);
	free(shelf->entries);
}

static bool is_overtaken(const struct shelf *shelf, const struct credit_backup *backup)
{
	return backup->erasure_epoch < shelf->erasure_epoch;
}

static void print_backup(const struct app *app, const struct shelf *shelf, int index,
	const struct credit_backup *backup, struct output_table *table)
{
	const char *name = shelf->entries[index]->d_name;
	bool overtaken = is_overtaken(shelf, backup);
	char epoch[24], size[24], day[CREDIT_DAY_TEXT_SIZE];

	if (app->json) {
		output_json(json_pack("{s:o, s:I, s:I, s:o, s:I, s:b}", "name",
			output_json_text(name), "epoch", (json_int_t)backup->epoch, "tree_size",
			(json_int_t)backup->head.size, "time", output_json_ms(backup->time.ms),
			"bytes", (json_int_t)backup->bytes, "overtaken", overtaken));
		return;
	}
	snprintf(epoch, sizeof epoch, "%llu", (unsigned long long)backup->epoch);
	snprintf(size, sizeof size, "%llu", (unsigned long long)backup->bytes);
	output_table_add(table, (const char *const[]){name, epoch, size,
					output_day(credit_day_of(backup->time).days, day),
					overtaken ? app_say(app, "destroy: older than an erasure",
							    "须销毁：早于最近一次删除")
						  : ""});
}

static int run_list(struct app *app, void *values, char **arguments, size_t count)
{
	const char *const headings[] = {app_say(app, "NAME", "名称"), app_say(app, "EPOCH", "批次"),
		app_say(app, "BYTES", "字节"), app_say(app, "DATE", "日期"), ""};
	struct output_table *table = app->json ? NULL : output_table_new(headings, 5);
	struct credit_problem problem = {0};
	struct credit_backup backup;
	struct shelf shelf;
	char path[PATH_MAX];
	enum credit_error error =
		open_shelf(app, arguments[0], app->server != NULL, &shelf, &problem);

	(void)values;
	(void)count;
	for (int i = 0; error == CREDIT_OK && i < shelf.count; i++)
		if (credit_backup_read(path_of(&shelf, i, path), &backup, NULL) == CREDIT_OK)
			print_backup(app, &shelf, i, &backup, table);
	if (table)
		output_table_print(table, stdout);
	close_shelf(&shelf);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

const struct command cmd_backup_list = {
	.name = "backup list",
	.arguments = "FOLDER",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = {"the backups in a folder, and which must be destroyed", "列出备份及须销毁者"},
	.detail =
		{"With --server the daemon says what the last erasure was, else the newest backup.",
			"给出 --server 时以服务所知的最近一次删除为准，否则以最新备份为准。"},
	.run = run_list,
};

/* --- prune ------------------------------------------------------------------------------------- */

static enum credit_error destroy(
	const struct app *app, const char *path, struct credit_problem *problem)
{
	enum credit_error error = credit_backup_destroy(path);

	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, path, NULL, NULL);
	if (app->json)
		output_json(json_pack("{s:o}", "destroyed", output_json_text(path)));
	else
		output_field(app_say(app, "destroyed", "已销毁"), path);
	return CREDIT_OK;
}

/* Something to come back to must be left. */
static enum credit_error check_left(const struct shelf *shelf, struct credit_problem *problem)
{
	struct credit_backup backup;
	char path[PATH_MAX];
	bool any = false;

	for (int i = 0; i < shelf->count; i++) {
		if (credit_backup_read(path_of(shelf, i, path), &backup, NULL) != CREDIT_OK)
			continue;
		any = true;
		if (!is_overtaken(shelf, &backup))
			return CREDIT_OK;
	}
	if (!any)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_BACKUP_LAST, shelf->folder, NULL, NULL);
}

static int run_prune(struct app *app, void *values, char **arguments, size_t count)
{
	struct credit_problem problem = {0};
	struct credit_backup backup;
	struct shelf shelf;
	char path[PATH_MAX];
	enum credit_error error = open_shelf(app, arguments[0], true, &shelf, &problem);

	(void)values;
	(void)count;
	if (error == CREDIT_OK)
		error = check_left(&shelf, &problem);
	for (int i = 0; error == CREDIT_OK && i < shelf.count; i++) {
		path_of(&shelf, i, path);
		if (is_part(&shelf, i) || (credit_backup_read(path, &backup, NULL) == CREDIT_OK &&
						  is_overtaken(&shelf, &backup)))
			error = destroy(app, path, &problem);
	}
	close_shelf(&shelf);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

const struct command cmd_backup_prune = {
	.name = "backup prune",
	.arguments = "FOLDER",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = {"destroy backups that are older than the last erasure",
		"销毁早于最近一次删除的备份"},
	.detail = {"Asks the daemon what the last erasure was. Refuses to leave a folder without a "
		   "backup, "
		   "and destroys what an interrupted backup has left.",
		"以服务所知的最近一次删除为准；不会使目录中一份备份都不剩；并销毁中断备份的残余。"},
	.run = run_prune,
};

/* --- check ------------------------------------------------------------------------------------- */

struct check_values {
	const char *key;
};

static int run_check(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct check_values *values = memory;
	struct credit_named_key name;
	struct credit_key_pair pair = {0};
	struct credit_problem problem = {0};
	struct credit_named_key key;
	struct credit_backup backup;
	enum credit_error error;

	(void)count;
	if (!app->registry)
		error = credit_problem_set(&problem, CREDIT_E_USAGE, "--registry", NULL, "%s",
			app_say(app, "the registry's public key is needed", "须给出登记系统公钥"));
	else
		error = file_vkey(app->registry, &key, &problem);
	if (error == CREDIT_OK && values->key)
		error = file_key_pair(values->key, &name, &pair, &problem);
	if (error == CREDIT_OK)
		error = credit_backup_check(
			arguments[0], &key, values->key ? &pair : NULL, &backup, &problem);
	credit_wipe(&pair, sizeof pair);
	if (error != CREDIT_OK)
		return app_fail(app, &problem);
	if (app->json)
		output_json(json_pack("{s:b, s:I, s:I, s:b, s:b}", "whole", true, "epoch",
			(json_int_t)backup.epoch, "tree_size", (json_int_t)backup.head.size,
			"encrypted", backup.sealed, "decrypted", backup.sealed && values->key));
	else
		printf(app_say(app, "whole: epoch %llu, %llu leaves\n",
			       "完好：批次 %llu，日志条目 %llu 条\n"),
			(unsigned long long)backup.epoch, (unsigned long long)backup.head.size);
	return EXIT_DONE;
}

static const struct option check_options[] = {
	{.name = "key",
		.type = OPTION_TEXT,
		.offset = offsetof(struct check_values, key),
		.value = "FILE",
		.help = {"private key of an encrypted backup: see that it decrypts",
			"加密备份的私钥：核验其可解密"}},
	{.name = NULL},
};

const struct command cmd_backup_check = {
	.name = "backup check",
	.arguments = "BACKUP",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct check_values),
	.options = check_options,
	.summary = {"check one backup: digest, rows, signatures, roots", "核验一份备份"},
	.detail = {"Needs --registry and no daemon. Of an encrypted one the digest is looked at, "
		   "with --key that it decrypts as well.",
		"须给出 --registry；无须服务运行。加密备份仅核验摘要，给出 --key 时并核验可解密。"},
	.run = run_check,
};
