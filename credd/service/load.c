/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c - credit.v1.FilingService/StageLoad: rows of a load file into the journal, before its act is filed.
 *
 * A worker checks the rows and commits them by itself: they are no part of what the writer decides on, and
 * the journal takes a transaction from any thread. One call keeps its worker for some milliseconds.
 */
#include "service/service.h"

#include "clock.h"
#include "writer.h"

#include "credit/v1/filing_service.pb-c.h"

#include <string.h>

void credd_stage_load(void *owner, struct credd_call *call, enum credd_event event)
{
	struct credd_service *service = owner;
	const Credit__V1__StageLoadRequest *request;
	struct credit_problem problem = {.error = CREDIT_OK};
	struct credit_load_stage stage;
	struct credit_hash digest;
	struct credd_reply reply;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__stage_load_request__descriptor);
	if (!request)
		return;
	enum credit_error error = CREDIT_OK;
	if (request->digest.len != sizeof digest.byte)
		error = credit_problem_set(
			&problem, CREDIT_E_FIELD_SIZE, "digest", NULL, "32 bytes");
	if (error == CREDIT_OK) {
		memcpy(digest.byte, request->digest.data, sizeof digest.byte);
		error = credit_registry_stage_load(credd_writer_registry(service->writer), &digest,
			request->offset,
			(struct credit_bytes){request->rows.data, request->rows.len},
			credd_clock_wall(), &stage, &problem);
	}
	if (error != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	credd_reply_begin(&reply);
	credd_reply_number(&reply, 1, stage.size);
	credd_reply_number(&reply, 2, stage.entities);
	credd_call_reply(call, reply.part, reply.parts);
}
