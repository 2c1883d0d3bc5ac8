/* SPDX-License-Identifier: Apache-2.0
 *
 * receipts.c - reading and writing receipts files.
 */
#include "receipts.h"

#include "file.h"

#include <credit/proof.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "CREDRCP1" /* in files: a new form gets a new number */
#define MAGIC_SIZE 8

enum credit_error receipts_write(const char *path, struct credit_bytes request,
	struct credit_bytes reply, struct credit_problem *problem)
{
	size_t capacity = MAGIC_SIZE + 4 + request.size + 4 + reply.size;
	uint8_t *memory = malloc(capacity);
	struct credit_buffer buffer;
	struct credit_bytes bytes;
	enum credit_error error;

	if (!memory)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, path, NULL, NULL);
	credit_buffer_init(&buffer, memory, capacity);
	credit_buffer_put(&buffer, MAGIC, MAGIC_SIZE);
	credit_buffer_put_u32(&buffer, (uint32_t)request.size);
	credit_buffer_put(&buffer, request.data, request.size);
	credit_buffer_put_u32(&buffer, (uint32_t)reply.size);
	credit_buffer_put(&buffer, reply.data, reply.size);
	error = credit_buffer_done(&buffer, &bytes);
	if (error == CREDIT_OK)
		error = file_replace(path, 0600, bytes, problem);
	else
		credit_problem_set(problem, error, path, NULL, NULL);
	free(memory);
	return error;
}

/* The registry's list of refusals, a message inside the answer's bytes. */
static enum credit_error open_refusals(
	struct credit_arena *arena, struct receipts *receipts, struct credit_problem *problem)
{
	const ProtobufCBinaryData *bytes = &receipts->answer->refusals;
	ProtobufCMessage *message;
	enum credit_error error;

	if (bytes->len == 0)
		return CREDIT_OK;
	error = credit_decode(&credit__v1__refusal_statement__descriptor,
		(struct credit_bytes){bytes->data, bytes->len}, arena, &message, problem);
	if (error == CREDIT_OK)
		receipts->refusals = (const Credit__V1__RefusalStatement *)message;
	return error;
}

enum credit_error receipts_open(struct credit_bytes request, struct credit_bytes reply,
	struct credit_arena *arena, struct receipts *ret_receipts, struct credit_problem *problem)
{
	ProtobufCMessage *asked, *answered;
	struct receipts receipts = {NULL, NULL, NULL};
	enum credit_error error = credit_decode(
		&credit__v1__submit_request__descriptor, request, arena, &asked, problem);

	if (error == CREDIT_OK)
		error = credit_decode(
			&credit__v1__submit_response__descriptor, reply, arena, &answered, problem);
	if (error != CREDIT_OK)
		return error;
	receipts.filing = ((const Credit__V1__SubmitRequest *)asked)->filing;
	receipts.answer = ((const Credit__V1__SubmitResponse *)answered)->receipt;
	if (!receipts.filing || !receipts.answer)
		return credit_problem_set(
			problem, CREDIT_E_RECEIPT_MALFORMED, "receipt", NULL, NULL);
	error = open_refusals(arena, &receipts, problem);
	if (error == CREDIT_OK)
		*ret_receipts = receipts;
	return error;
}

/* Takes a sized part off the front of `rest`. */
static bool take_part(struct credit_bytes *rest, struct credit_bytes *ret_part)
{
	size_t size;

	if (rest->size < 4)
		return false;
	size = credit_read_u32(rest->data);
	if (size > rest->size - 4)
		return false;
	*ret_part = (struct credit_bytes){rest->data + 4, size};
	rest->data += 4 + size;
	rest->size -= 4 + size;
	return true;
}

enum credit_error receipts_read(const char *path, struct credit_arena *arena,
	struct receipts *ret_receipts, struct credit_problem *problem)
{
	struct credit_bytes file, rest, request, reply;
	enum credit_error error = file_read(path, RECEIPTS_MAX, &file, problem);

	if (error != CREDIT_OK)
		return error;
	rest = (struct credit_bytes){credit_arena_copy(arena, file.data, file.size), file.size};
	file_free(file);
	if (!rest.data)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, path, NULL, NULL);
	if (rest.size < MAGIC_SIZE || memcmp(rest.data, MAGIC, MAGIC_SIZE) != 0)
		return credit_problem_set(problem, CREDIT_E_RECEIPT_MALFORMED, path, NULL, NULL);
	rest.data += MAGIC_SIZE;
	rest.size -= MAGIC_SIZE;
	if (!take_part(&rest, &request) || !take_part(&rest, &reply) || rest.size != 0)
		return credit_problem_set(problem, CREDIT_E_RECEIPT_MALFORMED, path, NULL, NULL);
	return receipts_open(request, reply, arena, ret_receipts, problem);
}

static void copy_text(char *target, size_t size, const char *text)
{
	snprintf(target, size, "%s", text ? text : "");
}

static enum credit_error refusal_problem(
	const Credit__V1__Refusal *refusal, struct credit_problem *problem)
{
	struct credit_problem said = {
		.error = (enum credit_error)refusal->error, .position = refusal->position};

	/* A number that this version does not know must not pass for success. */
	if (said.error == CREDIT_OK)
		said.error = CREDIT_E_INTERNAL;
	copy_text(said.field, sizeof said.field, refusal->field);
	copy_text(said.rule, sizeof said.rule, refusal->rule);
	copy_text(said.detail, sizeof said.detail, refusal->detail);
	*problem = said;
	return said.error;
}

enum credit_error receipts_verdict(const struct receipts *receipts, uint32_t index,
	const Credit__V1__AcceptedAct **ret_accepted, struct credit_problem *problem)
{
	/* Both lists are in order and as a rule one of them is empty: a binary search would gain
	 * nothing that shows beside a call over the network. */
	for (size_t i = 0; i < receipts->answer->n_accepted; i++) {
		if (receipts->answer->accepted[i]->index == index) {
			*ret_accepted = receipts->answer->accepted[i];
			return CREDIT_OK;
		}
	}
	for (size_t i = 0; receipts->refusals && i < receipts->refusals->n_refusals; i++) {
		if (receipts->refusals->refusals[i]->index == index)
			return refusal_problem(receipts->refusals->refusals[i], problem);
	}
	return credit_problem_set(problem, CREDIT_E_RECEIPT_MALFORMED, "receipt", NULL,
		"nothing is said of act %u", index);
}

void receipts_commitment(
	const struct receipts *receipts, uint32_t index, struct credit_hash *ret_commitment)
{
	const Credit__V1__SealedAct *act = receipts->filing->acts[index];
	struct credit_opening opening = {{0}};

	if (act->opening.len == sizeof opening.byte)
		memcpy(opening.byte, act->opening.data, sizeof opening.byte);
	credit_commit_act(
		&opening, (struct credit_bytes){act->act.data, act->act.len}, ret_commitment);
}

enum credit_error receipts_extract(const struct receipts *receipts, uint32_t index,
	const char *path, struct credit_problem *problem)
{
	Credit__V1__Receipt *receipt;
	struct credit_arena arena;
	struct credit_bytes bytes;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, 4 * (size_t)CREDIT_RECEIPT_MAX);
	error = credit_receipt_extract(
		receipts->filing, receipts->answer, index, true, &arena, &receipt);
	if (error == CREDIT_OK)
		error = credit_encode(&receipt->base, &arena, &bytes);
	if (error == CREDIT_OK)
		error = file_replace(path, 0600, bytes, problem);
	else
		credit_problem_set(problem, error, "receipt", NULL, NULL);
	credit_arena_deinit(&arena);
	return error;
}
