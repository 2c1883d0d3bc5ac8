/* SPDX-License-Identifier: Apache-2.0
 *
 * core.h - what the files of the client share; nobody outside tools/client includes it.
 */
#ifndef TOOLS_CLIENT_CORE_H
#define TOOLS_CLIENT_CORE_H

#include "client/client.h"

#include <grpc/grpc.h>

/* libgrpc is not compiled for ThreadSanitizer; see credd/rpc/core.h. */
#if defined(__SANITIZE_THREAD__)
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define CLIENT_HAND_OVER(tag) __tsan_release(tag)
#define CLIENT_TAKE_BACK(tag) __tsan_acquire(tag)
#else
#define CLIENT_HAND_OVER(tag) ((void)(tag))
#define CLIENT_TAKE_BACK(tag) ((void)(tag))
#endif

struct call; /* one unary call in flight */

struct client {
	grpc_channel *channel;
	grpc_completion_queue *queue; /* of unary calls */
	struct call *calls;           /* in flight, so that closing can cancel them */
	bool any_done; /* one of them may have completed while another was waited for */
	char *target;
	char *path; /* the last method called, and core's handle for it */
	void *registered;
};

/* A new call of `path` whose operations come back from `queue`. */
grpc_call *client__call_new(struct client *client, const char *path, grpc_completion_queue *queue,
	gpr_timespec deadline);
grpc_byte_buffer *client__message(struct credit_bytes message);
/* Copies a received message into memory of the caller's; an empty one is {NULL, 0}. */
enum credit_error client__copy(grpc_byte_buffer *received, struct client_reply *ret_reply);

/* --- details.c: how a call ended ------------------------------------------------------------- */

struct outcome {
	grpc_status_code code;
	grpc_slice message;
	grpc_metadata_array trailers;
};
void client__outcome_init(struct outcome *outcome);
void client__outcome_deinit(struct outcome *outcome);
/* The operation that fills the outcome. */
grpc_op client__outcome_op(struct outcome *outcome);
/* What the outcome says, from the details if there are any, else from the status code.
 * `problem` and `retry_after_ms` may be NULL. */
enum credit_error client__problem_of(const struct client *client, const struct outcome *outcome,
	struct credit_problem *problem, uint32_t *retry_after_ms);

#endif
