/* SPDX-License-Identifier: Apache-2.0
 *
 * status_answer.h - the full answer about an entity, its detail held against its hash.
 */
#ifndef CREDCTL_STATUS_ANSWER_H
#define CREDCTL_STATUS_ANSWER_H

#include "connect.h"

#include <credit/v1/status_service.pb-c.h>

/* One answer, decoded in the arena. */
struct status_answer {
	const Credit__V1__GetStatusResponse *response;
	const Credit__V1__Status *status;
	const Credit__V1__Detail *detail;
};

/* Asks once. CREDIT_E_ENTITY_NOT_ENROLLED, CREDIT_E_EPOCH_NOT_PUBLISHED; CREDIT_E_PROOF_FALSE when the
 * detail is not the one that the status names. */
enum credit_error status_answer_ask(const struct app *app, struct client *client, const char *uscc,
	uint64_t min_epoch, struct credit_arena *arena, struct status_answer *ret_answer,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
