/* SPDX-License-Identifier: Apache-2.0
 *
 * draft.c - see draft.h.
 */
#include "draft.h"

#include "file.h"

#include <credit/v1/filing.pb-c.h>

#include <string.h>

#define DRAFT_MAX (CREDIT_ACT_MAX + 128)

enum credit_error draft_write(const char *path, const Credit__V1__Act *act,
	struct credit_hash *ret_commitment, struct credit_problem *problem)
{
	Credit__V1__SealedAct sealed = CREDIT__V1__SEALED_ACT__INIT;
	struct credit_arena arena;
	struct credit_opening opening;
	struct credit_bytes bytes, file;
	enum credit_error error = credit_act_check(act, problem);

	if (error != CREDIT_OK)
		return error;
	credit_arena_init(&arena, NULL, 0, (size_t)4 * DRAFT_MAX);
	error = credit_encode(&act->base, &arena, &bytes);
	if (error == CREDIT_OK) {
		credit_random(opening.byte, sizeof opening.byte);
		credit_commit_act(&opening, bytes, ret_commitment);
		sealed.act = (ProtobufCBinaryData){bytes.size, (uint8_t *)(uintptr_t)bytes.data};
		sealed.opening = (ProtobufCBinaryData){sizeof opening.byte, opening.byte};
		error = credit_encode(&sealed.base, &arena, &file);
	}
	if (error == CREDIT_OK)
		error = file_create(path, 0600, file, problem);
	else
		credit_problem_set(problem, error, path, NULL, NULL);
	credit_arena_deinit(&arena);
	return error;
}

enum credit_error draft_read(const char *path, struct credit_arena *arena, struct draft *ret_draft,
	struct credit_problem *problem)
{
	struct draft draft = {.act = NULL};
	struct credit_bytes file;
	ProtobufCMessage *message;
	enum credit_error error = file_read(path, DRAFT_MAX, &file, problem);

	if (error != CREDIT_OK)
		return error;
	error = credit_decode(&credit__v1__sealed_act__descriptor, file, arena, &message, problem);
	file_free(file);
	if (error != CREDIT_OK)
		return error;
	const Credit__V1__SealedAct *sealed = (const Credit__V1__SealedAct *)message;
	if (sealed->opening.len != sizeof draft.opening.byte)
		return credit_problem_set(problem, CREDIT_E_FIELD_SIZE, path, NULL, NULL);
	memcpy(draft.opening.byte, sealed->opening.data, sizeof draft.opening.byte);
	draft.bytes = (struct credit_bytes){sealed->act.data, sealed->act.len};
	error = credit_act_decode(draft.bytes, arena, &draft.act, problem);
	if (error != CREDIT_OK)
		return error;
	credit_commit_act(&draft.opening, draft.bytes, &draft.commitment);
	*ret_draft = draft;
	return CREDIT_OK;
}
