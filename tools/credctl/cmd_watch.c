/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_watch.c - credctl watch: statuses as they change, for as long as it runs.
 *
 * With --position the place that was reached is kept in a file, so that nothing is missed while it is
 * stopped; what changed since is told first. It is written after what it stands for was printed.
 */
#include "commands.h"
#include "connect.h"
#include "file.h"
#include "output.h"
#include "status_counts.h"

#include <credit/v1/status_service.pb-c.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define POSITION_MAX 64

struct values {
	char *region, *position;
	uint64_t count;
};

struct watching {
	const struct app *app;
	const struct values *values;
	uint64_t told;
	struct credit_problem problem;
};

static void print_change(const struct watching *watching, const char *uscc,
	const Credit__V1__Status *status, uint64_t epoch)
{
	const struct app *app = watching->app;
	size_t black = 0;

	for (size_t i = 0; i < status->n_lists; i++)
		black += status->lists[i]->colour == CREDIT__V1__COLOUR__COLOUR_BLACK;
	if (app->json) {
		json_t *value = json_pack("{s:s, s:I, s:I, s:I}", "code", uscc, "black_lists",
			(json_int_t)black, "red_lists", (json_int_t)(status->n_lists - black),
			"epoch", (json_int_t)epoch);

		status_counts_json(value, status);
		output_json(value);
	} else {
		printf(app_say(app,
			       "%s  black lists %zu, red lists %zu, penalties %u  epoch %llu\n",
			       "%s  黑名单 %zu，红名单 %zu，行政处罚 %u  批次 %llu\n"),
			uscc, black, status->n_lists - black, status->penalties,
			(unsigned long long)epoch);
	}
}

static enum credit_error tell(struct watching *watching, const Credit__V1__StatusChange *change,
	uint64_t epoch, struct credit_arena *arena)
{
	char uscc[OUTPUT_USCC_SIZE] = "";
	ProtobufCMessage *status;
	enum credit_error error = CREDIT_E_MALFORMED;

	if (change->code.len == CREDIT_USCC_SIZE)
		error = credit_decode(&credit__v1__status__descriptor,
			(struct credit_bytes){change->status.data, change->status.len}, arena,
			&status, &watching->problem);
	if (error != CREDIT_OK)
		return error;
	memcpy(uscc, change->code.data, CREDIT_USCC_SIZE);
	print_change(watching, uscc, (const Credit__V1__Status *)(const void *)status, epoch);
	watching->told++;
	return CREDIT_OK;
}

static enum credit_error take(void *context, const ProtobufCMessage *message)
{
	const Credit__V1__WatchStatusResponse *response = (const void *)message;
	struct watching *watching = context;
	struct credit_arena arena;
	enum credit_error error = CREDIT_OK;

	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	for (size_t i = 0; i < response->n_changes && error == CREDIT_OK; i++)
		error = tell(watching, response->changes[i], response->epoch, &arena);
	credit_arena_deinit(&arena);
	fflush(stdout);
	if (error == CREDIT_OK && watching->values->position)
		error = file_replace(watching->values->position, 0644,
			(struct credit_bytes){response->position.data, response->position.len},
			&watching->problem);
	if (error == CREDIT_OK && watching->values->count > 0 &&
		watching->told >= watching->values->count)
		error = CREDIT_E_CANCELLED; /* enough */
	return error;
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__WatchStatusRequest request = CREDIT__V1__WATCH_STATUS_REQUEST__INIT;
	struct watching watching = {.app = app, .values = values};
	struct credit_bytes position = {0};
	struct client *client;
	enum credit_error error = CREDIT_OK;

	(void)arguments;
	(void)count;
	if (values->position && access(values->position, F_OK) == 0)
		error = file_read(values->position, POSITION_MAX, &position, &watching.problem);
	if (error != CREDIT_OK || connect_open(app, &client, &watching.problem) != CREDIT_OK)
		return app_fail(app, &watching.problem);
	request.region = values->region ? values->region : request.region;
	request.position =
		(ProtobufCBinaryData){position.size, (uint8_t *)(uintptr_t)position.data};
	error = connect_stream(client, "/credit.v1.StatusService/WatchStatus", &request.base,
		&credit__v1__watch_status_response__descriptor, &watching, take, &watching.problem);
	client_close(client);
	file_free(position);
	return error == CREDIT_OK || error == CREDIT_E_CANCELLED ? EXIT_DONE
								 : app_fail(app, &watching.problem);
}

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
	{.name = "region",
		.type = OPTION_TEXT,
		.offset = AT(region),
		.value = "DIGITS",
		.help = {"only this administrative division, 2, 4 or 6 digits", "仅此行政区划"}},
	{.name = "position",
		.type = OPTION_TEXT,
		.offset = AT(position),
		.value = "FILE",
		.help = {"keep the place that was reached here, and begin there",
			"将已读位置保存于此文件，并从该位置续接"}},
	{.name = "count",
		.type = OPTION_NUMBER,
		.offset = AT(count),
		.value = "N",
		.min = 1,
		.max = UINT32_MAX,
		.help = {"end after so many changes", "收到指定数量的变更后结束"}},
	{.name = NULL},
};
#undef AT

const struct command cmd_watch = {
	.name = "watch",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"statuses as they change, for as long as it runs", "持续接收信用状态变更"},
	.run = run,
};
