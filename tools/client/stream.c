/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.c - one stream in both directions, one blocking step at a time.
 *
 * The stream has a queue of its own, from which each step plucks its own operation. The operations
 * that bring the headers and the status are one batch, there from the beginning and back last: when
 * the headers are not asked for, core 1.51 may never bring the status of a stream that is refused
 * while something is being sent.
 */
#include "client/core.h"

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include <stdlib.h>

enum step {
	STEP_OPEN,
	STEP_SEND,
	STEP_RECEIVE,
	STEP_DONE,
	STEP_STATUS,
	STEP_COUNT
};

struct client_stream {
	struct client *client;
	grpc_call *core;
	grpc_completion_queue *queue;
	grpc_metadata_array headers;
	struct outcome outcome;
	char tag[STEP_COUNT]; /* addresses only */
	bool over;
	enum credit_error error; /* how it ended */
	struct credit_problem problem;
};

static bool pluck(struct client_stream *stream, enum step step)
{
	grpc_event event = grpc_completion_queue_pluck(
		stream->queue, &stream->tag[step], gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);

	CLIENT_TAKE_BACK(&stream->tag[step]);
	return event.success != 0;
}

static bool begin(struct client_stream *stream, enum step step, const grpc_op *ops, size_t count)
{
	CLIENT_HAND_OVER(&stream->tag[step]);
	return grpc_call_start_batch(stream->core, ops, count, &stream->tag[step], NULL) ==
	       GRPC_CALL_OK;
}

static bool run(struct client_stream *stream, enum step step, const grpc_op *ops, size_t count)
{
	return begin(stream, step, ops, count) && pluck(stream, step);
}

/* A step failed or the messages are at their end: the status says why. */
static enum credit_error end(struct client_stream *stream)
{
	if (!stream->over) {
		pluck(stream, STEP_STATUS);
		stream->over = true;
		stream->error = client__problem_of(
			stream->client, &stream->outcome, &stream->problem, NULL);
		if (stream->error == CREDIT_OK)
			stream->error = credit_problem_set(
				&stream->problem, CREDIT_E_NOT_FOUND, NULL, NULL, "no more");
	}
	return stream->error;
}

enum credit_error client_stream_open(struct client *client, const char *path,
	struct client_stream **ret_stream, struct credit_problem *problem)
{
	struct client_stream *stream = calloc(1, sizeof *stream);
	const grpc_op open = {.op = GRPC_OP_SEND_INITIAL_METADATA};
	grpc_op ends[] = {{.op = GRPC_OP_RECV_INITIAL_METADATA}, {0}};

	if (!stream)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	stream->client = client;
	stream->queue = grpc_completion_queue_create_for_pluck(NULL);
	stream->core =
		client__call_new(client, path, stream->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC));
	grpc_metadata_array_init(&stream->headers);
	client__outcome_init(&stream->outcome);
	ends[0].data.recv_initial_metadata.recv_initial_metadata = &stream->headers;
	ends[1] = client__outcome_op(&stream->outcome);
	if (!stream->core || !begin(stream, STEP_STATUS, ends, 2)) {
		stream->over = true;
		client_stream_close(stream);
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	}
	if (!run(stream, STEP_OPEN, &open, 1)) {
		enum credit_error error = end(stream);

		if (problem)
			*problem = stream->problem;
		client_stream_close(stream);
		return error;
	}
	*ret_stream = stream;
	return CREDIT_OK;
}

enum credit_error client_stream_send(struct client_stream *stream, struct credit_bytes message)
{
	grpc_byte_buffer *sent = client__message(message);
	const grpc_op op = {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = sent};
	bool ok = !stream->over && run(stream, STEP_SEND, &op, 1);

	grpc_byte_buffer_destroy(sent);
	return ok ? CREDIT_OK : end(stream);
}

enum credit_error client_stream_receive(struct client_stream *stream,
	struct client_reply *ret_reply, struct credit_problem *problem)
{
	grpc_byte_buffer *received = NULL;
	const grpc_op op = {
		.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &received};
	enum credit_error error;

	if (!stream->over && run(stream, STEP_RECEIVE, &op, 1) && received) {
		error = client__copy(received, ret_reply);
		if (error != CREDIT_OK)
			credit_problem_set(problem, error, NULL, NULL, NULL);
	} else {
		error = end(stream);
		if (problem)
			*problem = stream->problem;
	}
	grpc_byte_buffer_destroy(received);
	return error;
}

enum credit_error client_stream_send_done(struct client_stream *stream)
{
	const grpc_op op = {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT};

	return !stream->over && run(stream, STEP_DONE, &op, 1) ? CREDIT_OK : end(stream);
}

void client_stream_close(struct client_stream *stream)
{
	if (!stream)
		return;
	if (!stream->over) {
		grpc_call_cancel(stream->core, NULL);
		end(stream);
	}
	if (stream->core)
		grpc_call_unref(stream->core);
	grpc_metadata_array_destroy(&stream->headers);
	client__outcome_deinit(&stream->outcome);
	grpc_completion_queue_shutdown(stream->queue);
	while (grpc_completion_queue_pluck(
		       stream->queue, NULL, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL)
			.type != GRPC_QUEUE_SHUTDOWN)
		;
	grpc_completion_queue_destroy(stream->queue);
	free(stream);
}
