/* SPDX-License-Identifier: Apache-2.0
 *
 * recorded.c - officials' reads of restricted data, and what an operator does: recorded first, done then.
 *
 * The answer is made and held while an AccessRecord, signed with the registry's own key, goes through the
 * writer like any filing; what many threads ask for is in one epoch. Only when it is durable is the answer
 * released, so that nobody has looked without having been seen. So it is with administration: what was
 * meant to be done is in the log before it is done.
 */
#include "service/service.h"

#include "clock.h"
#include "writer.h"

#include <credit/v1/journal.pb-c.h>

#include <stdio.h>
#include <string.h>

/* --- who may ---------------------------------------------------------------------------------- */

/* In whose name the caller reads; false: in nobody's. Whoever runs the machine reads for the root
 * authority. */
static bool reader_of(const struct credd_service *service, struct credd_call *call,
	struct credit_uscc *ret_reader)
{
	const struct credd_peer *peer = credd_call_peer(call);

	*ret_reader = peer->has_uscc ? peer->uscc
				     : credit_registry_root(credd_writer_registry(service->writer));
	return peer->has_uscc || peer->kind == CREDD_PEER_SOCKET;
}

bool credd_may_be_recorded(const struct credd_service *service, struct credd_call *call,
	struct credit_view *view, const char *purpose)
{
	struct credit_uscc reader;
	struct credit_problem problem = {.error = CREDIT_OK};
	struct credit_bytes value;
	enum credit_error error;

	if (!reader_of(service, call, &reader)) {
		credd_fail(call, CREDIT_E_PEER_ROLE);
		return false;
	}
	if (purpose[0] == '\0') {
		credit_problem_set(&problem, CREDIT_E_PURPOSE, "purpose", NULL, NULL);
		credd_call_fail(call, &problem, 0);
		return false;
	}
	error = credit_view_row(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY,
		(struct credit_bytes){(const uint8_t *)reader.character, CREDIT_USCC_SIZE}, &value);
	if (error == CREDIT_E_NOT_FOUND)
		error = CREDIT_E_AUTHORITY_UNKNOWN;
	if (error)
		credd_fail(call, error);
	return error == CREDIT_OK;
}

/* --- first the record, then the rest ------------------------------------------------------------ */

struct held {
	struct credd_job job;
	void (*then)(struct credd_call *call, void *context);
	void *context;
};

/* On the writer thread. */
static void recorded(struct credd_job *job)
{
	struct held *held = (struct held *)(void *)job; /* it is the first member */
	struct credit_submission *submission = &job->submission;

	credit_filing_free(submission->filing);
	/* All that the rules ask for was looked at before: a refusal is ours. */
	if (submission->error == CREDIT_OK && submission->refused > 0)
		submission->error = credit_problem_set(
			&submission->problem, CREDIT_E_INTERNAL, NULL, NULL, NULL);
	if (submission->error != CREDIT_OK)
		credd_call_fail(job->call, &submission->problem, 0);
	else
		held->then(job->call, held->context);
}

void credd_record_first(struct credd_service *service, struct credd_call *call,
	const struct credit_uscc *entity, const char *purpose,
	void (*then)(struct credd_call *call, void *context), void *context)
{
	struct credit_arena *arena = credd_call_arena(call);
	struct credit_access access = {
		.entity = entity,
		.method = credd_call_method(call)->recorded_as,
		.purpose = purpose,
		.at = credd_clock_wall(),
	};
	struct held *held = credit_arena_alloc(arena, sizeof *held);
	struct credit_problem problem = {.error = CREDIT_OK};
	uint32_t retry_after_ms = 0;
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (held && reader_of(service, call, &access.reader)) {
		*held = (struct held){.job = {.call = call, .bytes = 1024, .done = recorded},
			.then = then,
			.context = context};
		error = credit_registry_access_filing(credd_writer_registry(service->writer),
			&access, arena, &held->job.submission.filing, &problem);
	}
	if (!error) {
		error = credd_writer_put(service->writer, &held->job, &retry_after_ms);
		if (!error)
			return; /* the writer's now */
		credit_filing_free(held->job.submission.filing);
	}
	/* The act's own field is the request's. */
	if (problem.error == CREDIT_OK)
		credit_problem_set(&problem, error, NULL, NULL, NULL);
	else if (strcmp(problem.field, "access_record.purpose") == 0)
		snprintf(problem.field, sizeof problem.field, "purpose");
	credd_call_fail(call, &problem, retry_after_ms);
}

/* --- answers ------------------------------------------------------------------------------------ */

static enum credit_error flatten(
	const struct credd_reply *reply, struct credit_arena *arena, struct credit_bytes *ret_bytes)
{
	struct credit_buffer buffer;
	size_t size = 1;
	void *memory;

	for (size_t i = 0; i < reply->parts; i++)
		size += reply->part[i].size;
	memory = credit_arena_alloc(arena, size);
	if (!memory)
		return CREDIT_E_NO_MEMORY;
	credit_buffer_init(&buffer, memory, size);
	for (size_t i = 0; i < reply->parts; i++)
		credit_buffer_put(&buffer, reply->part[i].data, reply->part[i].size);
	return credit_buffer_done(&buffer, ret_bytes);
}

static void send(struct credd_call *call, void *context)
{
	credd_call_reply(call, context, 1);
}

void credd_reply_recorded(struct credd_service *service, struct credd_call *call,
	const struct credit_uscc *entity, const char *purpose, const struct credd_reply *reply)
{
	struct credit_arena *arena = credd_call_arena(call);
	struct credit_bytes *bytes = credit_arena_alloc(arena, sizeof *bytes);
	enum credit_error error = bytes ? flatten(reply, arena, bytes) : CREDIT_E_NO_MEMORY;

	if (error)
		credd_fail(call, error);
	else
		credd_record_first(service, call, entity, purpose, send, bytes);
}
