/* SPDX-License-Identifier: Apache-2.0
 *
 * status_answer.c - see status_answer.h.
 */
#include "status_answer.h"

#include <stdio.h>
#include <string.h>

static enum credit_error open_answer(const Credit__V1__GetStatusResponse *response,
	struct credit_arena *arena, struct status_answer *ret_answer,
	struct credit_problem *problem)
{
	struct credit_bytes status = {response->status.data, response->status.len};
	struct credit_bytes detail = {response->detail.data, response->detail.len};
	ProtobufCMessage *status_message, *detail_message;
	struct credit_hash hash;
	enum credit_error error = credit_decode(
		&credit__v1__status__descriptor, status, arena, &status_message, problem);

	if (error == CREDIT_OK)
		error = credit_decode(
			&credit__v1__detail__descriptor, detail, arena, &detail_message, problem);
	if (error != CREDIT_OK)
		return error;
	*ret_answer = (struct status_answer){response, (const Credit__V1__Status *)status_message,
		(const Credit__V1__Detail *)detail_message};
	credit_sha256(detail, &hash);
	if (ret_answer->status->detail_hash.len != sizeof hash.byte ||
		memcmp(ret_answer->status->detail_hash.data, hash.byte, sizeof hash.byte) != 0)
		return credit_problem_set(problem, CREDIT_E_PROOF_FALSE, "detail_hash", NULL, NULL);
	return CREDIT_OK;
}

enum credit_error status_answer_ask(const struct app *app, struct client *client, const char *uscc,
	uint64_t min_epoch, struct credit_arena *arena, struct status_answer *ret_answer,
	struct credit_problem *problem)
{
	Credit__V1__GetStatusRequest request = CREDIT__V1__GET_STATUS_REQUEST__INIT;
	char name[64];
	ProtobufCMessage *reply;
	enum credit_error error;

	snprintf(name, sizeof name, "entities/%s/status", uscc);
	request.name = name;
	request.view = CREDIT__V1__STATUS_VIEW__STATUS_VIEW_FULL;
	request.min_epoch = min_epoch;
	error = connect_call(app, client, "/credit.v1.StatusService/GetStatus", &request.base,
		&credit__v1__get_status_response__descriptor, arena, &reply, problem);
	if (error != CREDIT_OK)
		return error;
	return open_answer(
		(const Credit__V1__GetStatusResponse *)reply, arena, ret_answer, problem);
}
