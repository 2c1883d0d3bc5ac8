/* SPDX-License-Identifier: Apache-2.0
 *
 * case_slip.h - cases on screen and on paper: their names in two languages, the acceptance slip, and an
 * entity's own view of itself, which the slip's last day is read from.
 */
#ifndef CREDCTL_CASE_SLIP_H
#define CREDCTL_CASE_SLIP_H

#include "app.h"

#include "client/client.h"

#include <credit/model.h>
#include <credit/v1/entity_service.pb-c.h>

#include <jansson.h>

const char *case_kind_name(uint32_t kind, enum credit_lang lang);
const char *case_state_name(uint32_t state, enum credit_lang lang);
/* The stable word for scripts, e.g. "supplement-asked". */
const char *case_state_word(uint32_t state, char word[32]);
json_t *case_json(const Credit__V1__Case *subject);

/* One page of EntityService.GetOwn; waits for the epoch that the request asks for. */
enum credit_error own_call(const struct app *app, struct client *client,
	const Credit__V1__GetOwnRequest *request, struct credit_arena *arena,
	Credit__V1__GetOwnResponse **ret_page, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* The slip of a case that was just filed, in both languages: what the applicant takes home. Asks the
 * daemon, by the token itself, for the day by which the check is due. Returns the exit code. */
int case_slip_print(struct app *app, const char *uscc, const struct credit_record_id *case_id,
	const struct credit_token *token, uint64_t epoch);

#endif
