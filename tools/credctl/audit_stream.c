/* SPDX-License-Identifier: Apache-2.0
 *
 * audit_stream.c - deltas from the daemon into an auditor's replica: parts are put together again out of
 * their pieces, and handed over whole.
 */
#include "audit_stream.h"

#include <credit/v1/audit_service.pb-c.h>

#include <stdlib.h>
#include <string.h>

#define COMMIT_EVERY 64                /* publications */
#define PART_MAX ((size_t)256 << 20)   /* of an epoch's header or a row */
#define MESSAGE_ROOM ((size_t)8 << 20) /* one message, decoded */

struct parts {
	struct credit_audit *audit;
	void (*progress)(void *context);
	void *context;
	uint8_t *memory; /* the part that is coming in */
	size_t size, capacity;
	Credit__V1__DeltaPart part; /* of what is in memory; 0: nothing */
	uint32_t uncommitted;       /* publications */
};

static enum credit_error commit(struct parts *parts)
{
	enum credit_error error = credit_audit_commit(parts->audit);

	parts->uncommitted = 0;
	return error;
}

static enum credit_error append(struct parts *parts, ProtobufCBinaryData data)
{
	size_t needed = parts->size + data.len;
	uint8_t *larger;

	if (needed > PART_MAX)
		return CREDIT_E_TOO_LARGE;
	if (needed > parts->capacity) {
		larger = realloc(parts->memory, needed * 2);
		if (!larger)
			return CREDIT_E_NO_MEMORY;
		parts->memory = larger;
		parts->capacity = needed * 2;
	}
	if (data.len)
		memcpy(parts->memory + parts->size, data.data, data.len);
	parts->size = needed;
	return CREDIT_OK;
}

static enum credit_error take_whole(struct parts *parts, ProtobufCBinaryData leaf_hash)
{
	struct credit_bytes bytes = {parts->memory, parts->size};
	enum credit_delta_part part = (enum credit_delta_part)parts->part;
	struct credit_hash leaf = {{0}};
	enum credit_error error;

	if (leaf_hash.len == sizeof leaf)
		memcpy(leaf.byte, leaf_hash.data, sizeof leaf);
	else if (leaf_hash.len != 0 || part == CREDIT_DELTA_ROW)
		return CREDIT_E_DELTA_ORDER;
	error = credit_audit_take(parts->audit, part, bytes, &leaf);
	parts->size = 0;
	parts->part = CREDIT__V1__DELTA_PART__DELTA_PART_UNSPECIFIED;
	if (error || part != CREDIT_DELTA_PUBLICATION)
		return error;
	if (++parts->uncommitted == COMMIT_EVERY)
		error = commit(parts);
	parts->progress(parts->context);
	return error;
}

static enum credit_error take_piece(struct parts *parts, const Credit__V1__DeltaPiece *piece)
{
	enum credit_error error;

	if (parts->part != CREDIT__V1__DELTA_PART__DELTA_PART_UNSPECIFIED &&
		parts->part != piece->part)
		return CREDIT_E_DELTA_ORDER;
	parts->part = piece->part;
	error = append(parts, piece->data);
	return error || piece->more ? error : take_whole(parts, piece->leaf_hash);
}

static enum credit_error take_message(
	struct parts *parts, struct credit_bytes bytes, struct credit_problem *problem)
{
	const Credit__V1__StreamDeltasResponse *response;
	struct credit_arena arena;
	ProtobufCMessage *message;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, MESSAGE_ROOM);
	error = credit_decode(
		&credit__v1__stream_deltas_response__descriptor, bytes, &arena, &message, problem);
	if (error == CREDIT_OK) {
		response = (const Credit__V1__StreamDeltasResponse *)(const void *)message;
		for (size_t i = 0; i < response->n_pieces && error == CREDIT_OK; i++)
			error = take_piece(parts, response->pieces[i]);
		if (error != CREDIT_OK)
			credit_problem_set(problem, error, "delta", NULL, NULL);
	}
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error ask(struct client *client, uint64_t first,
	struct client_stream **ret_stream, struct credit_problem *problem)
{
	Credit__V1__StreamDeltasRequest request = CREDIT__V1__STREAM_DELTAS_REQUEST__INIT;
	uint8_t memory[32];
	enum credit_error error;

	request.first_publication = first;
	error = client_stream_open(
		client, "/credit.v1.AuditService/StreamDeltas", ret_stream, problem);
	if (error != CREDIT_OK)
		return error;
	/* A refusal may come before the request has gone; receiving then tells it. */
	if (client_stream_send(*ret_stream,
		    (struct credit_bytes){memory, credit__v1__stream_deltas_request__pack(
							  &request, memory)}) == CREDIT_OK)
		(void)!client_stream_send_done(*ret_stream);
	return CREDIT_OK;
}

enum credit_error audit_stream(struct client *client, struct credit_audit *audit,
	void (*progress)(void *context), void *context, struct credit_problem *problem)
{
	struct parts parts = {.audit = audit, .progress = progress, .context = context};
	struct client_stream *stream;
	struct credit_audit_place place;
	enum credit_error error;

	credit_audit_place(audit, &place);
	error = ask(client, place.publication + 1, &stream, problem);
	while (error == CREDIT_OK) {
		struct client_reply reply = {NULL, 0};

		error = client_stream_receive(stream, &reply, problem);
		if (error == CREDIT_OK)
			error = take_message(
				&parts, (struct credit_bytes){reply.data, reply.size}, problem);
		free(reply.data);
	}
	client_stream_close(stream);
	free(parts.memory);
	/* The regular end, behind a whole publication. */
	if (error == CREDIT_E_NOT_FOUND && problem->field[0] == '\0') {
		error = parts.part ? CREDIT_E_DELTA_ORDER : commit(&parts);
		if (error != CREDIT_OK)
			credit_problem_set(problem, error, "delta", NULL, NULL);
	}
	return error;
}
