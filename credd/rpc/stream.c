/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.c - what streams add to the life of a call: messages in turn, being woken, being ended.
 *
 * A bidi call is read one message at a time. The next read is asked for when the reply to the last
 * one has gone and the handler, told so by WRITABLE, has sent nothing more: a client that does not
 * read its answers is not read from either, and a call never needs memory for two requests.
 */
#include "rpc/core.h"

#include <grpc/byte_buffer.h>

static void receive(struct credd_call *call)
{
	const grpc_op op = {
		.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &call->received};

	call->receiving = credd__call_start(call, CREDD_OP_RECEIVED, &op, 1);
}

void credd__stream_begin(struct credd_call *call)
{
	receive(call);
}

void credd__stream_read(struct credd_call *call)
{
	if (!call->answered || call->sending || call->receiving || call->ended)
		return;
	call->answered = false;
	credd__call_drop_message(call);
	credit_arena_reset(&call->arena);
	receive(call);
}

/* Each message is a call of its own to whoever counts them. */
static void refuse_message(struct credd_call *call, unsigned worker)
{
	struct credit_problem problem;
	uint32_t retry_after_ms = 0;

	if (credd__call_allow(call, worker, &retry_after_ms, &problem) != CREDIT_OK)
		credd_call_fail(call, &problem, retry_after_ms);
}

void credd__stream_received(void *owner, bool ok, unsigned worker)
{
	struct credd_call *call = owner;

	credd__listener_heard(call->server->listener, call->core);
	if (ok && call->received && call->server->options.rated)
		refuse_message(call, worker);
	pthread_mutex_lock(&call->mutex);
	call->receiving = false;
	if (ok && credd__call_take_message(call))
		call->events |= 1U << CREDD_EVENT_REQUEST;
	else if (!ok || !call->received)
		call->events |= 1U << CREDD_EVENT_HALF_CLOSED;
	else /* compressed; we advertise that we take none */
		grpc_call_cancel_with_status(call->core, GRPC_STATUS_UNIMPLEMENTED,
			"messages must not be compressed", NULL);
	credd__call_deliver(call, worker);
	credd__call_release(call, 1);
}

void credd__stream_sent(void *owner, bool ok, unsigned worker)
{
	struct credd_call *call = owner;

	pthread_mutex_lock(&call->mutex);
	call->sending = call->answering = false;
	credd__call_drop_answer(call);
	if (call->status_put_off) {
		call->status_put_off = false;
		credd__call_send_status(call);
	} else if (ok) {
		call->answered = call->served->method->shape == CREDD_BIDI;
		call->events |= 1U << CREDD_EVENT_WRITABLE;
		credd__call_deliver(call, worker);
	}
	credd__call_release(call, 1);
}

void credd__stream_woken(void *owner, bool ok, unsigned worker)
{
	struct credd_call *call = owner;

	(void)ok;
	pthread_mutex_lock(&call->mutex);
	call->waking = false;
	call->events |= 1U << CREDD_EVENT_WRITABLE;
	credd__call_deliver(call, worker);
	credd__call_release(call, 1);
}

/* A batch of no operations comes straight back from the queue, on some worker. */
static void wake(struct credd_call *call)
{
	if (call->waking || call->finished)
		return;
	call->waking = credd__call_start(call, CREDD_OP_WOKEN, NULL, 0);
}

void credd_call_wake(struct credd_call *call)
{
	pthread_mutex_lock(&call->mutex);
	wake(call);
	pthread_mutex_unlock(&call->mutex);
}

void credd_call_send(struct credd_call *call, const struct credit_bytes *parts, size_t count)
{
	grpc_op ops[2] = {0};
	size_t op = 0;

	pthread_mutex_lock(&call->mutex);
	if (call->sending)
		credd__log("error", "%s: sent before the last message had gone",
			call->served->method->path);
	if (call->ended || call->finished || call->sending) {
		pthread_mutex_unlock(&call->mutex);
		return;
	}
	if (!call->metadata_sent)
		ops[op++].op = GRPC_OP_SEND_INITIAL_METADATA;
	call->metadata_sent = true;
	credd__call_put_answer(call, parts, count);
	ops[op].op = GRPC_OP_SEND_MESSAGE;
	ops[op++].data.send_message.send_message = call->sent;
	call->sending = credd__call_answer(call, CREDD_OP_SENT, ops, op);
	pthread_mutex_unlock(&call->mutex);
}

void credd__stream_expel(struct credd_call *call)
{
	struct credit_problem problem;

	pthread_mutex_lock(&call->mutex);
	if (!call->ended && !call->finished) {
		credit_problem_set(&problem, CREDIT_E_SHUTTING_DOWN, NULL, NULL, NULL);
		credd__status_of(&problem, 0, &call->status);
		call->has_status = true;
		call->ended = true;
		call->error = CREDIT_E_SHUTTING_DOWN;
		call->events |= 1U << CREDD_EVENT_CANCELLED;
		atomic_store(&call->cancelled, true);
		if (call->sending)
			call->status_put_off = true;
		else
			credd__call_send_status(call);
		wake(call);
	}
	pthread_mutex_unlock(&call->mutex);
}
