/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_entity_load.c - credctl entity load: a base register's CSV file into the registry, as one act.
 *
 *     rows -> checked, sorted by code -> staged piece by piece -> one act that names the file's digest
 *          -> enrolled by the next publication
 *
 * Nothing is filed before every row was looked at. The same command again makes the same file, asks how
 * much of it is there, and goes on behind that.
 */
#include "commands.h"
#include "file.h"
#include "import.h"
#include "load_file.h"
#include "output.h"

#include <credit/v1/filing_service.pb-c.h>
#include <credit/v1/status_service.pb-c.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE CREDIT_LOAD_PIECE_MAX
#define ROW_ROOM ((size_t)1 << 20)
#define WAIT_MS 200
#define DRAW_MS 500

struct load_values {
	struct sign_values signing;
	struct import_values rows; /* what reading a sheet looks at: rejects, pass_unknown, kind */
	char *edition, *keep;
	credit_day_t as_of;
	uint64_t give_up;
};

struct load {
	struct app *app;
	const struct load_values *values;
	struct import *import;
	struct load_file file;
};

/* --- rows ------------------------------------------------------------------------------------- */

static enum credit_error take_rows(struct load *load, struct credit_problem *problem)
{
	struct import *import = load->import;
	enum credit_error error = CREDIT_OK;

	while (error == CREDIT_OK && !import->ended) {
		struct credit_arena arena;
		struct sheet_row taken;
		struct import_act act = {0};
		struct credit_load_row row;
		bool good;

		credit_arena_init(&arena, NULL, 0, ROW_ROOM);
		error = import_take_row(import, &arena, &taken, &act, &good, problem);
		if (error == CREDIT_OK && good) {
			row.uscc = taken.entity;
			row.name = credit_bytes_of(taken.party.name);
			error = load_file_add(&load->file, &row, act.row);
			if (error != CREDIT_OK)
				credit_problem_set(problem, error, NULL, NULL, NULL);
			import->tally.accepted++;
			free(act.line);
		}
		credit_arena_deinit(&arena);
		import_progress(import);
	}
	return error;
}

static void refuse_again(void *context, uint64_t row)
{
	struct load *load = context;
	struct credit_problem problem;

	credit_problem_set(&problem, CREDIT_E_LOAD_ORDER, NULL, NULL, NULL);
	load->import->tally.accepted--;
	import_refuse(load->import, row, NULL, &problem);
}

static enum credit_error make_file(struct load *load, struct credit_problem *problem)
{
	struct import *import = load->import;
	enum credit_error error = import_file_open(import, problem);

	if (error == CREDIT_OK)
		error = import_rejects_open(import, problem);
	if (error == CREDIT_OK)
		error = take_rows(load, problem);
	if (error != CREDIT_OK)
		return error;
	load_file_sort(&load->file, load, refuse_again);
	import_progress_clear(import);
	error = import_rejects_sync(import, problem);
	if (error == CREDIT_OK && load->file.count == 0)
		error = credit_problem_set(problem, CREDIT_E_FIELD_MISSING, import->path, NULL,
			"%s", app_say(load->app, "no row that could be loaded", "没有可入库的行"));
	if (error == CREDIT_OK && load->file.count > CREDIT_LOAD_ENTITIES_MAX)
		error = credit_problem_set(problem, CREDIT_E_TOO_MANY, import->path, NULL, "%d",
			CREDIT_LOAD_ENTITIES_MAX);
	if (error == CREDIT_OK && load->values->keep)
		error = load_file_write(&load->file, load->values->keep, problem);
	return error;
}

/* --- staging ---------------------------------------------------------------------------------- */

/* Busy daemons are asked again, as an import does. */
static enum credit_error stage(struct load *load, uint64_t offset, struct credit_bytes rows,
	uint64_t *ret_size, struct credit_problem *problem)
{
	Credit__V1__StageLoadRequest request = CREDIT__V1__STAGE_LOAD_REQUEST__INIT;
	int64_t until = import_clock() + (int64_t)load->values->give_up * 1000;
	struct credit_arena arena;
	ProtobufCMessage *reply;
	enum credit_error error;

	request.digest =
		(ProtobufCBinaryData){sizeof load->file.digest.byte, load->file.digest.byte};
	request.offset = offset;
	request.rows = (ProtobufCBinaryData){rows.size, (uint8_t *)(uintptr_t)rows.data};
	for (unsigned attempts = 0;; attempts++) {
		*problem = (struct credit_problem){0};
		credit_arena_init(&arena, NULL, 0, REPLY_MAX);
		error = connect_call(load->app, load->import->client,
			"/credit.v1.FilingService/StageLoad", &request.base,
			&credit__v1__stage_load_response__descriptor, &arena, &reply, problem);
		if (error == CREDIT_OK)
			*ret_size = ((const Credit__V1__StageLoadResponse *)(void *)reply)->size;
		credit_arena_deinit(&arena);
		if (!import_is_for_later(error) || import_clock() > until)
			return error;
		import_sleep(import_delay(attempts));
	}
}

static void show(const struct load *load, size_t nth, int64_t *drawn)
{
	int64_t now = import_clock();

	if (now - *drawn < DRAW_MS || load->app->json || !isatty(STDERR_FILENO))
		return;
	*drawn = now;
	fprintf(stderr, app_say(load->app, "\r\033[K%zu of %zu staged", "\r\033[K已传 %zu / %zu"),
		nth, load->file.count);
}

static enum credit_error stage_all(struct load *load, struct credit_problem *problem)
{
	uint8_t *memory = malloc(PIECE);
	uint64_t size = 0;
	int64_t drawn = import_clock();
	size_t nth;
	enum credit_error error;

	if (!memory)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	error = stage(load, 0, (struct credit_bytes){NULL, 0}, &size, problem);
	nth = load_file_at(&load->file, size);
	if (error == CREDIT_OK && size > 0)
		app_note(load->app, "%zu rows are there already", "已有 %zu 行", nth);
	while (error == CREDIT_OK && nth < load->file.count) {
		struct credit_bytes rows = load_file_piece(&load->file, &nth, memory, PIECE);
		uint64_t behind = size + rows.size;

		/* An answer that was lost: what was sent is there. */
		error = stage(load, size, rows, &size, problem);
		if (error == CREDIT_E_LOAD_OFFSET)
			error = stage(load, 0, (struct credit_bytes){NULL, 0}, &size, problem);
		if (error == CREDIT_OK && size != behind)
			nth = load_file_at(&load->file, size);
		show(load, nth, &drawn);
	}
	free(memory);
	return error;
}

/* --- filing and waiting ----------------------------------------------------------------------- */

static int file_act(struct load *load, struct sign_progress *ret_progress)
{
	Credit__V1__BaseRegisterLoad body = CREDIT__V1__BASE_REGISTER_LOAD__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};

	body.edition = load->values->edition;
	body.as_of = load->values->as_of.days;
	body.entities = (uint32_t)load->file.count;
	body.digest = (ProtobufCBinaryData){sizeof load->file.digest.byte, load->file.digest.byte};
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_BASE_REGISTER_LOAD;
	act.base_register_load = &body;
	return sign_and_submit_with(
		load->app, &load->values->signing, &item, 1, NULL, NULL, ret_progress);
}

/* Until readers are given the epoch that the act is in. */
static enum credit_error wait_published(
	struct load *load, uint64_t epoch, struct credit_problem *problem)
{
	Credit__V1__GetStatusRequest request = CREDIT__V1__GET_STATUS_REQUEST__INIT;
	int64_t until = import_clock() + (int64_t)load->values->give_up * 1000;
	char name[64];
	enum credit_error error;

	snprintf(name, sizeof name, "entities/%.18s/status",
		(const char *)load->file.rows + load->file.places[0].offset);
	request.name = name;
	request.min_epoch = epoch;
	for (;;) {
		struct credit_arena arena;
		ProtobufCMessage *reply;

		*problem = (struct credit_problem){0};
		credit_arena_init(&arena, NULL, 0, REPLY_MAX);
		error = connect_call(load->app, load->import->client,
			"/credit.v1.StatusService/GetStatus", &request.base,
			&credit__v1__get_status_response__descriptor, &arena, &reply, problem);
		credit_arena_deinit(&arena);
		if (!import_is_for_later(error) || import_clock() > until)
			return error;
		import_sleep(WAIT_MS);
	}
}

static int load_and_file(struct load *load, struct credit_problem *problem)
{
	struct import *import = load->import;
	struct sign_progress progress;
	enum credit_error error = connect_open(load->app, &import->client, problem);
	int code;

	if (error == CREDIT_OK)
		error = stage_all(load, problem);
	if (error == CREDIT_E_LOAD_EXISTS) {
		app_note(load->app, "this very file was loaded before", "该文件此前已入库");
		return EXIT_DONE;
	}
	if (error != CREDIT_OK)
		return app_fail(load->app, problem);
	code = file_act(load, &progress);
	if (code != EXIT_DONE)
		return code;
	error = wait_published(load, progress.epoch, problem);
	if (error != CREDIT_OK)
		return app_fail(load->app, problem);
	import->tally.enrolled = load->file.count;
	return EXIT_DONE;
}

/* --- the command ------------------------------------------------------------------------------ */

static struct import *new_import(struct app *app, struct load_values *values, const char *path)
{
	struct import *import = calloc(1, sizeof *import);

	if (!import)
		return NULL;
	values->rows.kind = SHEET_ENTITY;
	values->rows.give_up = values->give_up;
	import->app = app;
	import->values = &values->rows;
	import->path = path;
	import->csv.fd = -1;
	import_progress_begin(import);
	return import;
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	struct load_values *values = memory;
	struct load load = {.app = app, .values = values};
	struct credit_problem problem = {0};
	int code;

	(void)count;
	if (values->give_up == 0)
		values->give_up = 600;
	load.import = new_import(app, values, arguments[0]);
	if (!load.import) {
		credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
		code = app_fail(app, &problem);
	} else if (make_file(&load, &problem) != CREDIT_OK) {
		code = app_fail(app, &problem);
	} else {
		code = values->rows.dry_run ? EXIT_DONE : load_and_file(&load, &problem);
		if (code == EXIT_DONE)
			code = import_summary(load.import);
	}
	load_file_free(&load.file);
	if (load.import) {
		if (load.import->rejects)
			fclose(load.import->rejects);
		client_close(load.import->client);
		import_file_close(load.import);
		free(load.import);
	}
	return code;
}

#define AT(member) offsetof(struct load_values, member)

static const struct option options[] = {
	{.name = "edition",
		.type = OPTION_TEXT,
		.offset = AT(edition),
		.required = true,
		.value = "TEXT",
		.help = {"which register, and which edition of it", "基础库名称及版本"}},
	{.name = "as-of",
		.type = OPTION_DATE,
		.offset = AT(as_of),
		.required = true,
		.value = "DATE",
		.help = {"the day that it was read", "数据日期"}},
	{.name = "rejects",
		.letter = 'r',
		.type = OPTION_TEXT,
		.offset = AT(rows.rejects),
		.value = "FILE",
		.help = {"write refused rows here, to be corrected and loaded",
			"将被拒行写入此文件，更正后可再次入库"}},
	{.name = "pass-unknown",
		.type = OPTION_FLAG,
		.offset = AT(rows.pass_unknown),
		.help = {"leave out columns with unknown headings", "忽略未知表头的列"}},
	{.name = "dry-run",
		.letter = 'n',
		.type = OPTION_FLAG,
		.offset = AT(rows.dry_run),
		.help = {"look through the file and send nothing", "只检查文件，不报送"}},
	{.name = "keep",
		.type = OPTION_TEXT,
		.offset = AT(keep),
		.value = "FILE",
		.help = {"write the load file here, whose digest is logged",
			"保存入库文件，其摘要将记入日志"}},
	{.name = "give-up",
		.type = OPTION_NUMBER,
		.offset = AT(give_up),
		.value = "SECONDS",
		.min = 1,
		.max = 86400,
		.help = {"how long to try again, and to wait for the publication; 600",
			"重试及等待发布的时长，默认 600 秒"}},
	SIGN_OPTIONS(struct load_values),
	{.name = NULL},
};

const struct command cmd_entity_load = {
	.name = "entity load",
	.arguments = "FILE.csv",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct load_values),
	.options = options,
	.summary = {"enrol all entities of a base register's CSV file by one act",
		"将基础库 CSV 文件中的主体一次性入库"},
	.run = run,
};
