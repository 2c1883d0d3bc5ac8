/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_restore.c - credctl restore: a backup back into the registry's folder, unless that would fork the
 * log.
 */
#include "commands.h"
#include "file.h"
#include "layout.h"
#include "output.h"

#include <stdio.h>
#include <string.h>

struct restore_values {
	bool head_from_backup;
	const char *key;
	struct option_list asked;
};

static enum credit_error read_asked(const struct option_list *files,
	struct credit_bytes checkpoints[OPTION_LIST_MAX], struct credit_problem *problem)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < files->count && error == CREDIT_OK; i++)
		error = file_read(files->items[i], CREDIT_NOTE_MAX, &checkpoints[i], problem);
	return error;
}

static void print_restored(const struct app *app, const struct credit_backup *backup)
{
	if (app->json)
		output_json(json_pack("{s:I, s:I}", "epoch", (json_int_t)backup->epoch, "tree_size",
			(json_int_t)backup->head.size));
	else
		printf(app_say(app,
			       "epoch %llu, %llu leaves; start credd: it builds the state from "
			       "them\n",
			       "批次 %llu，日志条目 %llu 条；请启动 credd，由其重建状态库\n"),
			(unsigned long long)backup->epoch, (unsigned long long)backup->head.size);
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct restore_values *values = memory;
	struct credit_bytes checkpoints[OPTION_LIST_MAX] = {0};
	struct credit_restore_options options;
	struct credit_problem problem = {0};
	struct credit_named_key name;
	struct credit_key_pair pair = {0};
	struct credit_backup backup;
	struct layout layout;
	enum credit_error error;

	(void)count;
	memset(&layout, 0, sizeof layout);
	error = layout_read(arguments[1], &layout, &problem);
	if (error == CREDIT_OK)
		error = read_asked(&values->asked, checkpoints, &problem);
	if (error == CREDIT_OK && values->key)
		error = file_key_pair(values->key, &name, &pair, &problem);
	if (error == CREDIT_OK) {
		options = (struct credit_restore_options){.backup = arguments[0],
			.path = layout.data,
			.head_path = layout.head,
			.origin = layout.origin,
			.log = {.public_key = layout.log_key.public_key},
			.key = values->key ? &pair : NULL,
			.head_from_backup = values->head_from_backup,
			.asked = checkpoints,
			.asked_count = values->asked.count};
		memcpy(options.log.name, layout.origin, sizeof layout.origin);
		error = credit_backup_restore(&options, &backup, &problem);
	}
	for (size_t i = 0; i < values->asked.count; i++)
		if (checkpoints[i].data)
			file_free(checkpoints[i]);
	layout_wipe(&layout);
	credit_wipe(&pair, sizeof pair);
	if (error != CREDIT_OK)
		return app_fail(app, &problem);
	print_restored(app, &backup);
	return EXIT_DONE;
}

#define AT(member) offsetof(struct restore_values, member)

static const struct option options_table[] = {
	{.name = "head-from-backup",
		.type = OPTION_FLAG,
		.offset = AT(head_from_backup),
		.help = {"sign on from the backup although the head file is ahead or lost; needs "
			 "--asked",
			"签名头文件领先或缺失时仍从备份继续签名；须给出 --asked"}},
	{.name = "asked",
		.type = OPTION_LIST,
		.offset = AT(asked),
		.value = "FILE",
		.help = {"newest checkpoint that a witness or another copy has; for each one asked",
			"见证方或其他副本所持的最新检查点；每询问一方给一次"}},
	{.name = "key",
		.type = OPTION_TEXT,
		.offset = AT(key),
		.value = "FILE",
		.help = {"private key of an encrypted backup", "加密备份的私钥"}},
	{.name = NULL},
};

const struct command cmd_restore = {
	.name = "restore",
	.arguments = "BACKUP DIR",
	.arguments_min = 2,
	.arguments_max = 2,
	.offline = true,
	.values_size = sizeof(struct restore_values),
	.options = options_table,
	.summary = {"lay a backup into the folder of a stopped registry",
		"将备份恢复到已停止的登记系统目录"},
	.detail = {"DIR is the folder with credd.yaml. Move data/journal and data/state away "
		   "first; the "
		   "head file stays. Signing on from a copy that lacks what was signed forks the "
		   "log for "
		   "everybody: ask first.",
		"DIR 为 credd.yaml 所在目录。请先移走 data/journal 和 "
		"data/"
		"state，保留签名头文件。自缺失已签内容的副本继续签名会使日志分叉，务必先行询问。"},
	.run = run,
};
