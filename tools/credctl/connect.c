/* SPDX-License-Identifier: Apache-2.0
 *
 * connect.c - one typed call to the daemon, and whose registry it is.
 */
#include "connect.h"

#include "file.h"

#include <credit/v1/transparency_service.pb-c.h>

#include <stdlib.h>
#include <string.h>

enum credit_error connect_open(
	const struct app *app, struct client **ret_client, struct credit_problem *problem)
{
	struct client_options options = {
		.target = app->server,
		.ca = app->ca,
		.certificate = app->cert,
		.key = app->tls_key,
	};

	if (!app->server)
		return credit_problem_set(problem, CREDIT_E_USAGE, "--server", NULL, "%s",
			app_say(app, "say where the daemon is: unix:PATH or HOST:PORT",
				"请给出服务地址：unix:路径 或 主机:端口"));
	return client_open(&options, ret_client, problem);
}

enum credit_error connect_call(const struct app *app, struct client *client, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
	struct credit_arena *arena, ProtobufCMessage **ret_reply, struct credit_problem *problem)
{
	struct client_reply reply = {NULL, 0};
	struct credit_bytes bytes;
	enum credit_error error = credit_encode(request, arena, &bytes);

	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	error = client_call(client, path, bytes, (uint32_t)(app->timeout * 1000), &reply, problem);
	if (error != CREDIT_OK)
		return error;
	error = credit_decode(reply_type, (struct credit_bytes){reply.data, reply.size}, arena,
		ret_reply, problem);
	free(reply.data);
	return error;
}

/* The first line of a checkpoint. */
static enum credit_error origin_of(
	struct credit_bytes checkpoint, char *origin, struct credit_problem *problem)
{
	const uint8_t *end =
		checkpoint.size > 0 ? memchr(checkpoint.data, '\n', checkpoint.size) : NULL;
	size_t length = end ? (size_t)(end - checkpoint.data) : 0;

	if (length == 0 || length > CREDIT_KEY_NAME_MAX || memchr(checkpoint.data, '\0', length))
		return credit_problem_set(
			problem, CREDIT_E_CHECKPOINT_MALFORMED, "checkpoint", NULL, NULL);
	memcpy(origin, checkpoint.data, length);
	origin[length] = '\0';
	return CREDIT_OK;
}

static enum credit_error receive_all(struct client_stream *stream,
	const ProtobufCMessageDescriptor *reply_type, void *context,
	enum credit_error (*each)(void *context, const ProtobufCMessage *message),
	struct credit_problem *problem)
{
	struct client_reply reply;
	enum credit_error error;

	while ((error = client_stream_receive(stream, &reply, problem)) == CREDIT_OK) {
		struct credit_arena arena;
		ProtobufCMessage *message;

		credit_arena_init(&arena, NULL, 0, REPLY_MAX);
		error = credit_decode(reply_type, (struct credit_bytes){reply.data, reply.size},
			&arena, &message, problem);
		if (error == CREDIT_OK)
			error = each(context, message);
		credit_arena_deinit(&arena);
		free(reply.data);
		if (error != CREDIT_OK)
			return error;
	}
	if (error != CREDIT_E_NOT_FOUND)
		return error;
	*problem = (struct credit_problem){0}; /* the regular end */
	return CREDIT_OK;
}

enum credit_error connect_stream(struct client *client, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
	void *context, enum credit_error (*each)(void *context, const ProtobufCMessage *message),
	struct credit_problem *problem)
{
	struct client_stream *stream = NULL;
	struct credit_arena arena;
	struct credit_bytes bytes;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = credit_encode(request, &arena, &bytes);
	if (error == CREDIT_OK)
		error = client_stream_open(client, path, &stream, problem);
	if (error == CREDIT_OK) {
		/* A send that fails says less than the status that the stream ends with. */
		if (client_stream_send(stream, bytes) == CREDIT_OK)
			(void)!client_stream_send_done(stream);
		error = receive_all(stream, reply_type, context, each, problem);
		client_stream_close(stream);
	}
	if (error != CREDIT_OK && problem->error == CREDIT_OK)
		credit_problem_set(problem, error, NULL, NULL, NULL);
	credit_arena_deinit(&arena);
	return error;
}

enum credit_error connect_registry(const struct app *app, struct client *client,
	struct registry *ret_registry, struct credit_problem *problem)
{
	Credit__V1__GetCheckpointRequest request = CREDIT__V1__GET_CHECKPOINT_REQUEST__INIT;
	struct registry registry = {.pinned = app->registry != NULL};
	struct credit_arena arena;
	ProtobufCMessage *reply;
	enum credit_error error;

	if (registry.pinned) {
		error = file_vkey(app->registry, &registry.key, problem);
		if (error != CREDIT_OK)
			return error;
		memcpy(registry.origin, registry.key.name, sizeof registry.origin);
		*ret_registry = registry;
		return CREDIT_OK;
	}
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = connect_call(app, client, "/credit.v1.TransparencyService/GetCheckpoint",
		&request.base, &credit__v1__get_checkpoint_response__descriptor, &arena, &reply,
		problem);
	if (error == CREDIT_OK) {
		const Credit__V1__GetCheckpointResponse *response = (const void *)reply;

		error = origin_of(
			(struct credit_bytes){response->checkpoint.data, response->checkpoint.len},
			registry.origin, problem);
	}
	if (error == CREDIT_OK)
		*ret_registry = registry;
	credit_arena_deinit(&arena);
	return error;
}
