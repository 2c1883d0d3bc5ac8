/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_snapshot.c - credctl snapshot get, show: all published listings as one file that proves itself.
 *
 * A download lies in FILE.part until its last byte was verified; run again, it goes on where it was cut
 * short. Whatever was wrong with what lay there, a new download puts it right.
 */
#include "commands.h"
#include "connect.h"
#include "file.h"
#include "output.h"
#include "snapshot_file.h"

#include <credit/v1/transparency_service.pb-c.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define PIECE 65536
#define DRAW_MS 200
#define MESSAGE_ARENA ((size_t)1 << 20)

/* --- get -------------------------------------------------------------------------------------- */

struct download {
	const struct app *app;
	const char *target;
	char part[PATH_MAX];
	int fd;
	struct credit_named_key key;
	struct snapshot_file file;
	struct credit_snapshot_reader *reader;
	uint64_t have;
	int64_t drawn;
};

static int64_t steady_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void draw(struct download *download, bool last)
{
	double size = (double)download->file.size;
	int64_t now = steady_ms();

	if (download->app->json || !isatty(STDERR_FILENO) ||
		(!last && now - download->drawn < DRAW_MS))
		return;
	download->drawn = now;
	fprintf(stderr, "\r\033[K%3.0f %%  %.1f / %.1f MB",
		size > 0 ? 100 * (double)download->have / size : 0, (double)download->have / 1e6,
		size / 1e6);
	if (last)
		fputs("\r\033[K", stderr);
}

/* Forgets what was downloaded. */
static enum credit_error start_anew(struct download *download, struct credit_problem *problem)
{
	credit_snapshot_reader_free(download->reader);
	download->reader = NULL;
	snapshot_file_free(&download->file);
	download->file = (struct snapshot_file){0};
	download->have = 0;
	if (ftruncate(download->fd, 0) != 0 || lseek(download->fd, 0, SEEK_SET) != 0)
		return file_fault(download->part, problem);
	return snapshot_file_reader(&download->file, &download->key, &download->reader, problem);
}

/* Reads again what an earlier run left; what is of no use is dropped. */
static enum credit_error take_up(struct download *download, struct credit_problem *problem)
{
	uint8_t piece[PIECE];
	ssize_t size;
	enum credit_error error =
		snapshot_file_reader(&download->file, &download->key, &download->reader, problem);

	while (error == CREDIT_OK && (size = read(download->fd, piece, sizeof piece)) > 0) {
		if (credit_snapshot_reader_add(download->reader,
			    (struct credit_bytes){piece, (size_t)size}, NULL) != CREDIT_OK)
			return start_anew(download, problem);
		download->have += (uint64_t)size;
	}
	/* Less than the proof says nothing of whose snapshot it is. */
	if (error == CREDIT_OK && download->file.size == 0 && download->have > 0)
		return start_anew(download, problem);
	return error;
}

static enum credit_error open_part(struct download *download, struct credit_problem *problem)
{
	if ((size_t)snprintf(download->part, sizeof download->part, "%s.part", download->target) >=
		sizeof download->part)
		return credit_problem_set(
			problem, CREDIT_E_TOO_LARGE, download->target, NULL, NULL);
	download->fd = open(download->part, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (download->fd < 0)
		return file_fault(download->part, problem);
	if (flock(download->fd, LOCK_EX | LOCK_NB) != 0)
		return credit_problem_set(problem, CREDIT_E_BUSY, download->part, NULL, NULL);
	return take_up(download, problem);
}

static enum credit_error take_message(
	struct download *download, const struct client_reply *reply, struct credit_problem *problem)
{
	const Credit__V1__GetSnapshotResponse *response;
	struct credit_arena arena;
	ProtobufCMessage *message;
	struct credit_bytes data;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, MESSAGE_ARENA);
	error = credit_decode(&credit__v1__get_snapshot_response__descriptor,
		(struct credit_bytes){reply->data, reply->size}, &arena, &message, problem);
	if (error == CREDIT_OK) {
		response = (const Credit__V1__GetSnapshotResponse *)message;
		data = (struct credit_bytes){response->data.data, response->data.len};
		if (response->offset != download->have)
			error = credit_problem_set(
				problem, CREDIT_E_SNAPSHOT_MALFORMED, "offset", NULL, NULL);
	}
	if (error == CREDIT_OK)
		error = credit_snapshot_reader_add(download->reader, data, problem);
	if (error == CREDIT_OK && data.size > 0 &&
		write(download->fd, data.data, data.size) != (ssize_t)data.size)
		error = file_fault(download->part, problem);
	if (error == CREDIT_OK)
		download->have += data.size;
	credit_arena_deinit(&arena);
	draw(download, false);
	return error;
}

static enum credit_error send_request(struct download *download, struct client_stream *stream)
{
	Credit__V1__GetSnapshotRequest request = CREDIT__V1__GET_SNAPSHOT_REQUEST__INIT;
	uint8_t packed[32];
	enum credit_error error;

	request.publication = download->have > 0 ? download->file.leaf.publication : 0;
	request.offset = download->have;
	error = client_stream_send(
		stream, (struct credit_bytes){
				packed, credit__v1__get_snapshot_request__pack(&request, packed)});
	return error ? error : client_stream_send_done(stream);
}

static enum credit_error receive(
	struct download *download, struct client *client, struct credit_problem *problem)
{
	struct client_stream *stream;
	struct client_reply reply;
	enum credit_error error = client_stream_open(
		client, "/credit.v1.TransparencyService/GetSnapshot", &stream, problem);

	if (error != CREDIT_OK)
		return error;
	(void)!send_request(download, stream); /* receiving tells why it was not taken */
	while ((error = client_stream_receive(stream, &reply, problem)) == CREDIT_OK) {
		error = take_message(download, &reply, problem);
		free(reply.data);
		if (error != CREDIT_OK)
			break;
	}
	client_stream_close(stream);
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

static enum credit_error finish(struct download *download, struct credit_problem *problem)
{
	enum credit_error error = credit_snapshot_reader_done(download->reader, problem);

	if (error != CREDIT_OK)
		return error;
	if (fsync(download->fd) != 0 || rename(download->part, download->target) != 0)
		return file_fault(download->target, problem);
	return CREDIT_OK;
}

/* What was received is false, and would be found false again. */
static bool is_false(enum credit_error error)
{
	return error == CREDIT_E_PROOF_FALSE || error == CREDIT_E_SNAPSHOT_MALFORMED;
}

static enum credit_error get(struct download *download, struct credit_problem *problem)
{
	struct client *client;
	enum credit_error error = open_part(download, problem);

	if (error == CREDIT_OK)
		error = connect_open(download->app, &client, problem);
	if (error != CREDIT_OK)
		return error;
	if (download->have > 0)
		app_note(download->app, "going on at byte %llu", "从第 %llu 字节继续",
			(unsigned long long)download->have);
	error = receive(download, client, problem);
	/* The one that was begun has gone away meanwhile. */
	if (error == CREDIT_E_SNAPSHOT_ABSENT && download->have > 0) {
		error = start_anew(download, problem);
		if (error == CREDIT_OK)
			error = receive(download, client, problem);
	}
	client_close(client);
	draw(download, true);
	if (error == CREDIT_OK)
		error = finish(download, problem);
	if (is_false(error))
		unlink(download->part);
	else if (error != CREDIT_OK && download->have > 0)
		app_note(download->app, "%s is kept: run the same again to go on",
			"已保留 %s，再次运行同一命令即可继续", download->part);
	return error;
}

/* --- show ------------------------------------------------------------------------------------- */

static const char *colour_name(enum credit_snapshot_colour colour)
{
	return colour == CREDIT_SNAPSHOT_RED ? "red" : "black";
}

static void print_lists(const struct app *app, const struct snapshot_file *file)
{
	const char *const headings[] = {app_say(app, "no.", "序号"), app_say(app, "colour", "红黑"),
		app_say(app, "id", "编号"), app_say(app, "list", "名单"),
		app_say(app, "entries", "条目数")};
	struct output_table *table = output_table_new(headings, 5);

	for (uint32_t i = 0; i < file->list_count; i++) {
		const struct snapshot_list *list = &file->lists[i];
		bool red = list->colour == CREDIT_SNAPSHOT_RED;
		char number[16], entries[24];

		snprintf(number, sizeof number, "%u", list->number);
		snprintf(entries, sizeof entries, "%llu", (unsigned long long)list->entries);
		output_table_add(table,
			(const char *const[]){number,
				red ? app_say(app, "red", "红") : app_say(app, "black", "黑"),
				list->id,
				app->lang == CREDIT_LANG_EN ? list->title_en : list->title,
				entries});
	}
	output_table_print(table, stdout);
}

static void print_words(const struct app *app, const struct snapshot_file *file)
{
	char time[CREDIT_MS_TEXT_SIZE], digest[2 * CREDIT_HASH_SIZE + 1], text[160];

	puts(app_say(app,
		"PROVED: these are all listings that the registry published, and their digest is "
		"in its log.",
		"已证明：以下为登记系统公布的全部名单条目，其摘要已载入日志。"));
	putchar('\n');
	output_field(app_say(app, "registry", "登记系统"), file->header.origin);
	snprintf(text, sizeof text,
		app_say(app, "%s, publication %llu, epoch %llu", "%s，第 %llu 次发布，批次 %llu"),
		credit_ms_text(file->header.publication.recorded_at, time),
		(unsigned long long)file->header.publication.publication,
		(unsigned long long)file->header.publication.epoch);
	output_field(app_say(app, "as of", "数据时间"), text);
	snprintf(text, sizeof text,
		app_say(app, "leaf %llu of a log of %llu, at %s", "第 %llu 号，日志共 %llu 条，%s"),
		(unsigned long long)file->head.size - 2, (unsigned long long)file->head.size,
		credit_ms_text(file->leaf.recorded_at, time));
	output_field(app_say(app, "logged as", "日志位置"), text);
	snprintf(text, sizeof text,
		app_say(app, "%llu on %llu lists' places, of %llu enrolled",
			"%llu 个主体，%llu 条；登记主体共 %llu 个"),
		(unsigned long long)file->leaf.entities, (unsigned long long)file->leaf.entries,
		(unsigned long long)file->header.publication.map_size);
	output_field(app_say(app, "entities", "信用主体"), text);
	output_field("SHA-256", credit_hex(file->leaf.digest.byte, CREDIT_HASH_SIZE, digest));
	putchar('\n');
	print_lists(app, file);
}

static json_t *file_json(const struct snapshot_file *file)
{
	json_t *lists = json_array();

	for (uint32_t i = 0; i < file->list_count; i++) {
		const struct snapshot_list *list = &file->lists[i];

		json_array_append_new(lists,
			json_pack("{s:I, s:s, s:o, s:o, s:o, s:I}", "number",
				(json_int_t)list->number, "colour", colour_name(list->colour), "id",
				output_json_text(list->id), "title", output_json_text(list->title),
				"title_en", output_json_text(list->title_en), "entries",
				(json_int_t)list->entries));
	}
	return json_pack("{s:b, s:s, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o}", "proved",
		1, "registry", file->header.origin, "publication",
		(json_int_t)file->leaf.publication, "epoch",
		(json_int_t)file->header.publication.epoch, "published_at",
		output_json_ms(file->header.publication.recorded_at.ms), "logged_at",
		output_json_ms(file->leaf.recorded_at.ms), "tree_size", (json_int_t)file->head.size,
		"enrolled", (json_int_t)file->header.publication.map_size, "entities",
		(json_int_t)file->leaf.entities, "entries", (json_int_t)file->leaf.entries,
		"digest", output_json_hex(file->leaf.digest.byte, CREDIT_HASH_SIZE), "lists",
		lists);
}

static void print(const struct app *app, const struct snapshot_file *file)
{
	if (app->json)
		output_json(file_json(file));
	else
		print_words(app, file);
}

/* --- the commands ----------------------------------------------------------------------------- */

static int run_get(struct app *app, void *values, char **arguments, size_t count)
{
	struct download *download = calloc(1, sizeof *download);
	struct credit_problem problem = {0};
	enum credit_error error;

	(void)values;
	(void)count;
	if (!download)
		return app_fail(app, &(struct credit_problem){.error = CREDIT_E_NO_MEMORY});
	download->app = app;
	download->target = arguments[0];
	download->fd = -1;
	if (!app->registry)
		error = credit_problem_set(&problem, CREDIT_E_USAGE, "--registry", NULL, "%s",
			app_say(app,
				"a snapshot is verified while it comes: give the registry's "
				"public key",
				"快照边下载边核验：请给出登记系统公钥"));
	else
		error = file_vkey(app->registry, &download->key, &problem);
	if (error == CREDIT_OK)
		error = get(download, &problem);
	if (error == CREDIT_OK)
		print(app, &download->file);
	if (download->fd >= 0)
		close(download->fd);
	credit_snapshot_reader_free(download->reader);
	snapshot_file_free(&download->file);
	free(download);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

struct show_values {
	const char *key;
};

static int run_show(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct show_values *values = memory;
	struct credit_problem problem = {0};
	struct snapshot_file file = {0};
	struct credit_named_key key;
	enum credit_error error = file_vkey(values->key, &key, &problem);

	(void)count;
	if (error == CREDIT_OK)
		error = snapshot_file_read(&file, arguments[0], &key, &problem);
	if (error == CREDIT_OK)
		print(app, &file);
	else if (is_false(error) && !app->json)
		puts(app_say(app, "NOT PROVED: do not rely on this snapshot.",
			"未能证明：请勿采信此快照。"));
	snapshot_file_free(&file);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

const struct command cmd_snapshot_get = {
	.name = "snapshot get",
	.arguments = "FILE",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = {"download all published listings as one file", "下载全部已公布名单（快照）"},
	.detail = {"The newest snapshot, verified while it comes; --registry is needed. FILE.part "
		   "holds it until\nits last byte was verified, and the same command goes on with "
		   "it. FILE is replaced.",
		"下载最新快照并边下载边核验，须给出 --registry。核验完成前存于 FILE.part，\n"
		"中断后再次运行同一命令即可继续。原有的 FILE 会被替换。"},
	.run = run_get,
};

static const struct option show_options[] = {
	{.name = "key",
		.letter = 'k',
		.type = OPTION_TEXT,
		.offset = offsetof(struct show_values, key),
		.required = true,
		.value = "VKEY",
		.environment = "CREDCTL_REGISTRY",
		.help = {"the registry's public key, text or file", "登记系统公钥（文本或文件）"}},
	{.name = NULL},
};

const struct command cmd_snapshot_show = {
	.name = "snapshot show",
	.arguments = "FILE",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.values_size = sizeof(struct show_values),
	.options = show_options,
	.summary = {"verify a snapshot offline and say what is in it", "离线核验快照并显示其内容"},
	.run = run_show,
};
