/* SPDX-License-Identifier: Apache-2.0
 *
 * import_enrol.c - which entities are enrolled already.
 */
#include "import.h"

#include <credit/v1/status_service.pb-c.h>

#include <stdlib.h>
#include <string.h>

#define NOT_ENROLLED 254 /* status_service.proto: BatchGetStatusResponse.statuses */
#define FIRST_MARK 253   /* 253 and above stand alone; below, so many bytes follow */

/* Goes through the answers, which are in the order of the codes. */
static enum credit_error take_answers(struct import *import, const struct credit_uscc *codes,
	size_t count, ProtobufCBinaryData answers, struct credit_problem *problem)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		uint8_t mark = at < answers.len ? answers.data[at] : 0;
		size_t length = 1 + (mark < FIRST_MARK ? (size_t)mark : 0);
		enum credit_error error = CREDIT_OK;

		if (at >= answers.len || length > answers.len - at)
			return credit_problem_set(
				problem, CREDIT_E_MALFORMED, "statuses", NULL, NULL);
		at += length;
		if (mark != NOT_ENROLLED)
			error = code_set_add(import->enrolled, &codes[i]);
		if (error != CREDIT_OK)
			return credit_problem_set(problem, error, NULL, NULL, NULL);
	}
	return CREDIT_OK;
}

static enum credit_error exchange(struct import *import, struct client_stream *stream,
	const struct credit_uscc *codes, size_t count, struct credit_arena *arena,
	struct credit_problem *problem)
{
	Credit__V1__BatchGetStatusRequest request = CREDIT__V1__BATCH_GET_STATUS_REQUEST__INIT;
	struct client_reply reply = {NULL, 0};
	struct credit_bytes bytes;
	ProtobufCMessage *message;
	enum credit_error error;

	request.codes.data = (uint8_t *)(uintptr_t)codes;
	request.codes.len = count * sizeof *codes;
	error = credit_encode(&request.base, arena, &bytes);
	if (error != CREDIT_OK)
		return error;
	/* A send that fails says less than the status that the stream ends with. */
	error = client_stream_send(stream, bytes);
	if (error == CREDIT_OK)
		error = client_stream_send_done(stream);
	error = client_stream_receive(stream, &reply, problem);
	/* The stream ended without an answer. */
	if (error == CREDIT_E_NOT_FOUND)
		error = credit_problem_set(problem, CREDIT_E_UNREACHABLE, NULL, NULL, NULL);
	if (error != CREDIT_OK)
		return error;
	error = credit_decode(&credit__v1__batch_get_status_response__descriptor,
		(struct credit_bytes){reply.data, reply.size}, arena, &message, problem);
	free(reply.data);
	if (error != CREDIT_OK)
		return error;
	return take_answers(import, codes, count,
		((const Credit__V1__BatchGetStatusResponse *)message)->statuses, problem);
}

static enum credit_error ask_once(struct import *import, const struct credit_uscc *codes,
	size_t count, struct credit_problem *problem)
{
	struct client_stream *stream = NULL;
	struct credit_arena arena;
	enum credit_error error = CREDIT_OK;

	if (!import->asking)
		error = connect_open(import->app, &import->asking, problem);
	if (error != CREDIT_OK)
		return error;
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = client_stream_open(
		import->asking, "/credit.v1.StatusService/BatchGetStatus", &stream, problem);
	if (error == CREDIT_OK) {
		error = exchange(import, stream, codes, count, &arena, problem);
		client_stream_close(stream);
	}
	if (error != CREDIT_OK && problem->error == CREDIT_OK)
		credit_problem_set(problem, error, NULL, NULL, NULL);
	credit_arena_deinit(&arena);
	return error;
}

/* As patient as sending is: what is "later" now may be answered soon. */
static enum credit_error ask(struct import *import, const struct credit_uscc *codes, size_t count,
	struct credit_problem *problem)
{
	int64_t until = import_clock() + (int64_t)import->values->give_up * 1000;
	enum credit_error error;

	for (unsigned attempts = 0;; attempts++) {
		*problem = (struct credit_problem){0};
		error = ask_once(import, codes, count, problem);
		if (!import_is_for_later(error) || import_clock() > until)
			return error;
		import_sleep(import_delay(attempts));
	}
}

enum credit_error import_ask_enrolled(struct import *import, const struct credit_uscc *codes,
	size_t count, struct credit_problem *problem)
{
	struct credit_uscc *unknown = calloc(count, sizeof *unknown);
	size_t asked = 0;
	enum credit_error error = CREDIT_OK;

	if (!unknown)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		if (!code_set_has(import->enrolled, &codes[i]))
			unknown[asked++] = codes[i];
	}
	if (asked > 0)
		error = ask(import, unknown, asked, problem);
	free(unknown);
	return error;
}
