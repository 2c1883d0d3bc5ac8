/* SPDX-License-Identifier: Apache-2.0
 *
 * filing.c - credit.v1.FilingService: taking filings in, and giving receipts to those they belong
 * to.
 *
 * A worker thread does all that needs no writer: decoding, shapes, commitments, the personal-data
 * guard, the signature. What passes is queued; the call is kept, and with it the request and the
 * arena that the filing's views point into, until the writer has finished it.
 */
#include "service/service.h"

#include "clock.h"
#include "writer.h"

#include "credit/v1/filing_service.pb-c.h"

#include <string.h>

#define UUID_TEXT_SIZE 36

/* RFC 9562 4: 8-4-4-4-12 hexadecimal digits. */
static bool parse_uuid(const char *text, uint8_t ret_id[16])
{
	static const uint8_t hyphens[] = {8, 13, 18, 23};
	char digits[32];
	size_t count = 0, hyphen = 0;

	if (strlen(text) != UUID_TEXT_SIZE)
		return false;
	for (size_t i = 0; i < UUID_TEXT_SIZE; i++) {
		if (hyphen < sizeof hyphens && i == hyphens[hyphen]) {
			hyphen++;
			if (text[i] != '-')
				return false;
		} else {
			digits[count++] = text[i];
		}
	}
	return credit_hex_decode(digits, sizeof digits, ret_id, 16) == CREDIT_OK;
}

/* The writer has finished with the filing. Frees it before the call: its views point into the
 * call's memory. */
static void submitted(struct credd_job *job)
{
	struct credit_submission *submission = &job->submission;
	struct credd_call *call = job->call;
	struct credd_reply reply;

	credit_filing_free(submission->filing);
	if (submission->error != CREDIT_OK) {
		credd_call_fail(call, &submission->problem, 0);
		return;
	}
	/* SubmitResponse.receipt: the registry's bytes as they are. */
	credd_reply_begin(&reply);
	credd_reply_message(&reply, 1, submission->answer);
	credd_call_reply(call, reply.part, reply.parts);
}

static enum credit_error check_request(const Credit__V1__SubmitRequest *request,
	struct credit_submission *submission, struct credit_problem *problem)
{
	submission->validate_only = request->validate_only;
	submission->has_request_id = request->request_id[0] != '\0';
	if (submission->has_request_id && !parse_uuid(request->request_id, submission->request_id))
		return credit_problem_set(problem, CREDIT_E_FIELD_SIZE, "request_id", NULL,
			"a UUID such as 123e4567-e89b-42d3-a456-426614174000");
	if (!request->filing)
		return credit_problem_set(problem, CREDIT_E_FIELD_MISSING, "filing", NULL, NULL);
	return CREDIT_OK;
}

/* The part of the work that needs no writer. */
static enum credit_error check_filing(struct credd_service *service, struct credd_call *call,
	struct credit_filing *filing, struct credit_problem *problem)
{
	struct credit_view *view = service->views[credd_call_worker(call)];
	enum credit_error error = credit_view_begin(view);

	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	error = credit_view_check_filing(view, filing, credd_clock_wall(), problem);
	credit_view_end(view);
	return error;
}

void credd_submit(void *owner, struct credd_call *call, enum credd_event event)
{
	struct credd_service *service = owner;
	const Credit__V1__SubmitRequest *request;
	struct credit_problem problem = {.error = CREDIT_OK};
	uint32_t retry_after_ms = 0;

	/* The client may go while the filing waits; the writer sees to it. */
	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__submit_request__descriptor);
	if (!request)
		return;
	struct credd_job *job = credit_arena_alloc(credd_call_arena(call), sizeof *job);
	if (!job) {
		credd_fail(call, CREDIT_E_NO_MEMORY);
		return;
	}
	*job = (struct credd_job){
		.call = call, .bytes = credd_call_request(call).size, .done = submitted};
	struct credit_submission *submission = &job->submission;

	enum credit_error error = check_request(request, submission, &problem);
	if (error == CREDIT_OK)
		error = credit_filing_open(request->filing, &submission->filing, &problem);
	if (error == CREDIT_OK)
		error = check_filing(service, call, submission->filing, &problem);
	if (error == CREDIT_OK) {
		error = credd_writer_put(service->writer, job, &retry_after_ms);
		if (error == CREDIT_OK)
			return; /* job and call are the writer's now */
		credit_problem_set(&problem, error, NULL, NULL, NULL);
	}
	credit_filing_free(submission->filing);
	credd_call_fail(call, &problem, retry_after_ms);
}

/* --- GetAct ---------------------------------------------------------------------------- */

static bool may_see(const struct credd_peer *peer, const struct credit_uscc *issuer)
{
	if (peer->kind == CREDD_PEER_SOCKET)
		return true;
	return peer->has_uscc && memcmp(&peer->uscc, issuer, sizeof *issuer) == 0;
}

void credd_get_act(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetActRequest *request;
	struct credit_problem problem;
	struct credit_hash commitment;
	struct credit_bytes receipt;
	struct credit_uscc issuer;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_act_request__descriptor);
	if (!request)
		return;
	if (credit_act_name_parse(request->name, &commitment, &problem) != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	struct credit_view *view = credd_view(service, call);
	if (!view)
		return;
	enum credit_error error =
		credit_view_receipt(view, &commitment, credd_call_arena(call), &receipt, &issuer);
	credit_view_end(view);
	/* Whether there is such an act, or was, is nobody else's business. */
	if ((error == CREDIT_OK || error == CREDIT_E_ERASED) &&
		!may_see(credd_call_peer(call), &issuer))
		error = CREDIT_E_NOT_FOUND;
	if (error == CREDIT_OK) {
		credd_call_reply(call, &receipt, 1);
		return;
	}
	credit_problem_set(&problem, error,
		error == CREDIT_E_NOT_FOUND || error == CREDIT_E_ERASED ? "name" : NULL, NULL,
		NULL);
	credd_call_fail(call, &problem, 0);
}
