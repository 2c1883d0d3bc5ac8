/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - one connection, and unary calls over it, one at a time or thousands in flight.
 *
 * client_call is client_start and a wait for that very call; what else completes meanwhile is kept
 * for client_next.
 */
#include "client/core.h"

#include <errno.h>
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX_DEFAULT (16 << 20)
#define METADATA_MAX (64 << 10) /* room for error details */
#define PEM_SIZE_MAX ((size_t)1 << 20)
#define ARGS_MAX 12

struct call {
	struct call *next, *previous; /* in flight */
	bool done;                    /* completed while another call was waited for */
	void *tag;
	grpc_call *core;
	grpc_byte_buffer *sent, *received;
	grpc_metadata_array headers;
	struct outcome outcome;
};

/* --- opening --------------------------------------------------------------------------------- */

static void say_nothing(gpr_log_func_args *line)
{
	(void)line; /* what matters comes back as a problem */
}

/* Before core starts. */
static void prepare(void)
{
	/* The C library's resolver knows /etc/hosts as everybody does; core's own leaks at exit. */
	setenv("GRPC_DNS_RESOLVER", "native", 0);
	if (!getenv("GRPC_VERBOSITY"))
		gpr_set_log_function(say_nothing);
}

static enum credit_error read_pem(
	const char *field, const char *path, char **ret_pem, struct credit_problem *problem)
{
	FILE *file = fopen(path, "rbe");
	char *text = malloc(PEM_SIZE_MAX);
	size_t size = file && text ? fread(text, 1, PEM_SIZE_MAX, file) : 0;
	int why = errno;

	if (file)
		fclose(file);
	if (size == 0 || size == PEM_SIZE_MAX) {
		free(text);
		return credit_problem_set(problem, CREDIT_E_IO, field, NULL, "%s: %s", path,
			file ? "empty or too large" : strerror(why));
	}
	text[size] = '\0';
	*ret_pem = text;
	return CREDIT_OK;
}

static bool is_socket(const char *target)
{
	return strncmp(target, "unix:", sizeof "unix:" - 1) == 0;
}

static enum credit_error credentials_for(const struct client_options *options,
	grpc_channel_credentials **ret_credentials, struct credit_problem *problem)
{
	char *ca = NULL, *certificate = NULL, *key = NULL;
	enum credit_error error = CREDIT_OK;

	if (is_socket(options->target)) {
		*ret_credentials = grpc_insecure_credentials_create();
		return CREDIT_OK;
	}
	if (options->ca)
		error = read_pem("ca", options->ca, &ca, problem);
	if (error == CREDIT_OK && options->certificate)
		error = read_pem("certificate", options->certificate, &certificate, problem);
	if (error == CREDIT_OK && options->certificate)
		error = options->key ? read_pem("key", options->key, &key, problem)
				     : credit_problem_set(problem, CREDIT_E_USAGE, "key", NULL,
					       "needed with a certificate");
	if (error == CREDIT_OK) {
		grpc_ssl_pem_key_cert_pair pair = {key, certificate};

		*ret_credentials =
			grpc_ssl_credentials_create_ex(ca, certificate ? &pair : NULL, NULL, NULL);
	}
	if (key)
		explicit_bzero(key, strlen(key));
	free(key);
	free(certificate);
	free(ca);
	return error;
}

static char *borrowed(const char *text)
{
	union {
		const char *from;
		char *to;
	} cast = {.from = text}; /* core copies it */

	return cast.to;
}

static grpc_channel *channel_new(
	const struct client_options *options, grpc_channel_credentials *credentials)
{
	const struct {
		const char *key;
		int value;
	} setting[] = {
		{"grpc.max_receive_message_length",
			options->message_max ? (int)options->message_max : MESSAGE_MAX_DEFAULT},
		{"grpc.max_send_message_length", -1},
		{"grpc.max_metadata_size", METADATA_MAX},
		{"grpc.enable_retries", 0},    /* a filing is sent again knowingly or not at all */
		{"grpc.enable_http_proxy", 0}, /* never through a proxy named in the environment */
		{"grpc.use_local_subchannel_pool", 1}, /* each client is a connection of its own */
		/* A daemon that restarts is back within a second; core's own pace is minutes. */
		{"grpc.initial_reconnect_backoff_ms", 100},
		{"grpc.min_reconnect_backoff_ms", 1000},
		{"grpc.max_reconnect_backoff_ms", 1000},
	};
	grpc_arg arg[ARGS_MAX];
	size_t count = 0;

	for (; count < sizeof setting / sizeof setting[0]; count++)
		arg[count] = (grpc_arg){.type = GRPC_ARG_INTEGER,
			.key = borrowed(setting[count].key),
			.value.integer = setting[count].value};
	if (options->server_name)
		arg[count++] = (grpc_arg){.type = GRPC_ARG_STRING,
			.key = borrowed(GRPC_SSL_TARGET_NAME_OVERRIDE_ARG),
			.value.string = borrowed(options->server_name)};
	const grpc_channel_args args = {count, arg};
	return grpc_channel_create(options->target, credentials, &args);
}

enum credit_error client_open(const struct client_options *options, struct client **ret_client,
	struct credit_problem *problem)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	grpc_channel_credentials *credentials = NULL;
	struct client *client = calloc(1, sizeof *client);
	enum credit_error error;

	pthread_once(&once, prepare);
	if (!client || !(client->target = strdup(options->target))) {
		free(client);
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	}
	grpc_init();
	error = credentials_for(options, &credentials, problem);
	if (error != CREDIT_OK) {
		grpc_shutdown();
		free(client->target);
		free(client);
		return error;
	}
	/* A channel that cannot work (a bad certificate, say) is a lame one: its calls fail. */
	client->channel = channel_new(options, credentials);
	grpc_channel_credentials_release(credentials);
	client->queue = grpc_completion_queue_create_for_next(NULL);
	*ret_client = client;
	return CREDIT_OK;
}

/* --- what streams need too ------------------------------------------------------------------- */

grpc_call *client__call_new(struct client *client, const char *path, grpc_completion_queue *queue,
	gpr_timespec deadline)
{
	if (!client->path || strcmp(client->path, path) != 0) {
		char *copy = strdup(path);

		if (!copy)
			return NULL;
		free(client->path);
		client->path = copy;
		client->registered = grpc_channel_register_call(client->channel, copy, NULL, NULL);
	}
	return grpc_channel_create_registered_call(client->channel, NULL, GRPC_PROPAGATE_DEFAULTS,
		queue, client->registered, deadline, NULL);
}

grpc_byte_buffer *client__message(struct credit_bytes message)
{
	grpc_slice slice = grpc_slice_from_copied_buffer((const char *)message.data, message.size);
	grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);

	grpc_slice_unref(slice);
	return buffer;
}

enum credit_error client__copy(grpc_byte_buffer *received, struct client_reply *ret_reply)
{
	struct client_reply reply = {.size = grpc_byte_buffer_length(received)};
	grpc_byte_buffer_reader reader;
	grpc_slice *slice;
	size_t at = 0;

	if (reply.size && !(reply.data = malloc(reply.size)))
		return CREDIT_E_NO_MEMORY;
	if (!grpc_byte_buffer_reader_init(&reader, received)) {
		free(reply.data);
		return CREDIT_E_INTERNAL;
	}
	while (grpc_byte_buffer_reader_peek(&reader, &slice)) {
		memcpy(reply.data + at, GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
		at += GRPC_SLICE_LENGTH(*slice);
	}
	grpc_byte_buffer_reader_destroy(&reader);
	*ret_reply = reply;
	return CREDIT_OK;
}

/* --- unary calls ----------------------------------------------------------------------------- */

static void call_free(struct client *client, struct call *call)
{
	if (call->previous)
		call->previous->next = call->next;
	else
		client->calls = call->next;
	if (call->next)
		call->next->previous = call->previous;
	grpc_byte_buffer_destroy(call->sent);
	grpc_byte_buffer_destroy(call->received);
	grpc_metadata_array_destroy(&call->headers);
	client__outcome_deinit(&call->outcome);
	grpc_call_unref(call->core);
	free(call);
}

static gpr_timespec from_now(uint32_t timeout_ms)
{
	return gpr_time_add(
		gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(timeout_ms, GPR_TIMESPAN));
}

static struct call *start(
	struct client *client, const char *path, struct credit_bytes request, uint32_t timeout_ms)
{
	struct call *call = calloc(1, sizeof *call);

	if (call)
		call->core = client__call_new(client, path, client->queue, from_now(timeout_ms));
	if (!call || !call->core) {
		free(call);
		return NULL;
	}
	grpc_metadata_array_init(&call->headers);
	client__outcome_init(&call->outcome);
	call->sent = client__message(request);
	call->next = client->calls;
	if (call->next)
		call->next->previous = call;
	client->calls = call;
	const grpc_op ops[] = {
		{.op = GRPC_OP_SEND_INITIAL_METADATA},
		{.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = call->sent},
		{.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
		{.op = GRPC_OP_RECV_INITIAL_METADATA,
			.data.recv_initial_metadata.recv_initial_metadata = &call->headers},
		{.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &call->received},
		client__outcome_op(&call->outcome),
	};
	CLIENT_HAND_OVER(call);
	if (grpc_call_start_batch(call->core, ops, sizeof ops / sizeof ops[0], call, NULL) !=
		GRPC_CALL_OK) {
		call_free(client, call);
		return NULL;
	}
	return call;
}

/* What came of a completed call; the call is gone afterwards. */
static void complete(
	struct client *client, struct call *call, struct client_completion *ret_completion)
{
	*ret_completion = (struct client_completion){.tag = call->tag};
	ret_completion->error = client__problem_of(
		client, &call->outcome, &ret_completion->problem, &ret_completion->retry_after_ms);
	if (ret_completion->error == CREDIT_OK)
		ret_completion->error =
			call->received ? client__copy(call->received, &ret_completion->reply)
				       : credit_problem_set(&ret_completion->problem,
						 CREDIT_E_INTERNAL, NULL, NULL, "no reply");
	call_free(client, call);
}

/* The next call that completes; NULL after the deadline. */
static struct call *wait_for_any(struct client *client, gpr_timespec deadline)
{
	grpc_event event = grpc_completion_queue_next(client->queue, deadline, NULL);

	if (event.type != GRPC_OP_COMPLETE)
		return NULL;
	CLIENT_TAKE_BACK(event.tag);
	return event.tag;
}

enum credit_error client_call(struct client *client, const char *path, struct credit_bytes request,
	uint32_t timeout_ms, struct client_reply *ret_reply, struct credit_problem *problem)
{
	struct call *call = start(client, path, request, timeout_ms), *done;
	struct client_completion completion;

	if (!call)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	/* The call has a deadline of its own, so this ends. */
	while ((done = wait_for_any(client, gpr_inf_future(GPR_CLOCK_MONOTONIC))) != call)
		done->done = client->any_done = true;
	complete(client, call, &completion);
	if (completion.error == CREDIT_OK)
		*ret_reply = completion.reply;
	else if (problem)
		*problem = completion.problem;
	return completion.error;
}

enum credit_error client_start(struct client *client, const char *path, struct credit_bytes request,
	uint32_t timeout_ms, void *tag)
{
	struct call *call = start(client, path, request, timeout_ms);

	if (!call)
		return CREDIT_E_NO_MEMORY;
	call->tag = tag;
	return CREDIT_OK;
}

static struct call *find_done(struct client *client)
{
	struct call *call = client->calls;

	while (call && !call->done)
		call = call->next;
	return call;
}

enum credit_error client_next(
	struct client *client, uint32_t timeout_ms, struct client_completion *ret_completion)
{
	struct call *call;

	if (!client->calls)
		return CREDIT_E_NOT_FOUND;
	call = client->any_done ? find_done(client) : NULL;
	client->any_done = call != NULL;
	if (!call)
		call = wait_for_any(client, from_now(timeout_ms));
	if (!call)
		return CREDIT_E_BUSY;
	complete(client, call, ret_completion);
	return CREDIT_OK;
}

void client_close(struct client *client)
{
	struct client_completion completion;
	struct call *call;

	if (!client)
		return;
	for (call = client->calls; call; call = call->next)
		grpc_call_cancel(call->core, NULL);
	while (client_next(client, UINT32_MAX, &completion) == CREDIT_OK)
		free(completion.reply.data);
	grpc_completion_queue_shutdown(client->queue);
	while (grpc_completion_queue_next(client->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL)
			.type != GRPC_QUEUE_SHUTDOWN)
		;
	grpc_completion_queue_destroy(client->queue);
	grpc_channel_destroy(client->channel);
	grpc_shutdown();
	free(client->path);
	free(client->target);
	free(client);
}
