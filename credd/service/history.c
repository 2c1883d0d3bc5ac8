/* SPDX-License-Identifier: Apache-2.0
 *
 * history.c - StatusService.GetHistory: how an entity's records came to be what they are.
 *
 * For authorities, and recorded before it is answered (recorded.c), whatever the answer holds: also that
 * there is nothing is more than the public is told.
 */
#include "service/service.h"

#include "clock.h"

#include <credit/view.h>

#include "credit/v1/journal.pb-c.h"
#include "credit/v1/status_service.pb-c.h"

#include <string.h>

/* --- the question ------------------------------------------------------------------------------ */

struct asked {
	struct credit_history_question question;
	struct credit_history_place place;
	struct credit_record_id record; /* what question.record points to */
	enum credit_error plain;        /* what the code's own check says of it */
	uint32_t limit;
};

static enum credit_error read_token(
	const char *text, struct credit_history_place *ret_place, struct credit_problem *problem)
{
	uint8_t bytes[CREDIT_HISTORY_PLACE_SIZE];
	enum credit_error error = credd_page_token(text, bytes, sizeof bytes, problem);

	if (error)
		return error;
	error = credit_history_place_unpack(bytes, ret_place);
	return error ? credit_problem_set(problem, error, "page_token", NULL,
			       "next_page_token of the page before")
		     : CREDIT_OK;
}

/* Both times. The legal day is that of the moment, unless another is asked for. */
static enum credit_error read_times(const Credit__V1__GetHistoryRequest *request,
	struct credit_history_question *question, struct credit_problem *problem)
{
	if (request->as_of_recorded < 0)
		return credit_problem_set(problem, CREDIT_E_FIELD_RANGE, "as_of_recorded", NULL,
			"milliseconds since 1970, or 0");
	if (request->legal_date < CREDIT_DAY_MIN || request->legal_date > CREDIT_DAY_MAX)
		return credit_problem_set(problem, CREDIT_E_FIELD_RANGE, "legal_date", NULL,
			"%d to %d", CREDIT_DAY_MIN, CREDIT_DAY_MAX);
	question->as_of = (credit_ms_t){request->as_of_recorded};
	question->legal_date = (credit_day_t){request->legal_date};
	if (request->legal_date == 0)
		question->legal_date = credit_day_of(
			request->as_of_recorded ? question->as_of : credd_clock_wall());
	return CREDIT_OK;
}

static enum credit_error read_question(const Credit__V1__GetHistoryRequest *request,
	struct asked *asked, struct credit_problem *problem)
{
	enum credit_error error = credit_entity_name_parse(
		request->name, "", &asked->question.entity, &asked->plain, problem);

	if (!error)
		error = read_times(request, &asked->question, problem);
	if (!error)
		error = credd_page_size(request->page_size, &asked->limit, problem);
	if (!error && request->page_token[0] != '\0')
		error = read_token(request->page_token, &asked->place, problem);
	if (error || request->record.len == 0)
		return error;
	if (request->record.len != CREDIT_RECORD_ID_SIZE)
		return credit_problem_set(problem, CREDIT_E_FIELD_SIZE, "record", NULL, "%d bytes",
			CREDIT_RECORD_ID_SIZE);
	memcpy(asked->record.byte, request->record.data, CREDIT_RECORD_ID_SIZE);
	asked->question.record = &asked->record;
	return CREDIT_OK;
}

/* The entity is enrolled, and the record that is asked for its own, erased or not; else the call fails,
 * false. */
static bool is_known(struct credd_call *call, struct credit_view *view, const struct asked *asked)
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];
	struct credit_problem problem;
	struct credit_bytes value;
	enum credit_error error;

	memcpy(key, asked->question.entity.character, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, asked->record.byte, CREDIT_RECORD_ID_SIZE);
	error = credit_view_row(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY,
		(struct credit_bytes){key, CREDIT_USCC_SIZE}, &value);
	if (error == CREDIT_E_NOT_FOUND) {
		credd_explain_absence(call, "name", &asked->question.entity, asked->plain);
		return false;
	}
	if (!error && asked->question.record) {
		error = credit_view_row(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
			(struct credit_bytes){key, sizeof key}, &value);
		if (error == CREDIT_E_NOT_FOUND)
			error = credit_view_row(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ERASURE,
				(struct credit_bytes){key, sizeof key}, &value);
		if (error == CREDIT_E_NOT_FOUND)
			error = CREDIT_E_RECORD_UNKNOWN;
	}
	if (!error)
		return true;
	credit_problem_set(
		&problem, error, error == CREDIT_E_RECORD_UNKNOWN ? "record" : NULL, NULL, NULL);
	credd_call_fail(call, &problem, 0);
	return false;
}

/* --- the answer -------------------------------------------------------------------------------- */

_Static_assert(CREDD_PAGE_MAX + 4 <= CREDD_REPLY_FIELDS_MAX, "a page fits a reply");

struct page {
	struct credd_reply reply;
	struct credit_arena *arena;
};

static enum credit_error put_version(void *context, const struct credit_version *version)
{
	struct page *page = context;
	Credit__V1__RecordVersion message = CREDIT__V1__RECORD_VERSION__INIT;
	struct credit_bytes bytes;
	enum credit_error error;

	message.id = (ProtobufCBinaryData){
		CREDIT_RECORD_ID_SIZE, (uint8_t *)(uintptr_t)version->id.byte};
	message.record = (Credit__V1__Record *)(uintptr_t)version->record;
	message.recorded_at = version->recorded_at.ms;
	message.epoch = version->epoch;
	message.row = version->row;
	message.act = (char *)(uintptr_t)version->act;
	message.in_force = version->in_force;
	message.erased = version->erased;
	message.erased_at = version->erased_at.ms;
	error = credit_encode(&message.base, page->arena, &bytes);
	if (!error)
		credd_reply_message(&page->reply, 1, bytes);
	return error;
}

static enum credit_error gather(struct credit_view *view, struct asked *asked, struct page *page,
	const struct credit_publication *publication, char *token)
{
	uint8_t bytes[CREDIT_HISTORY_PLACE_SIZE];
	bool more;
	enum credit_error error = credit_view_history(
		view, &asked->question, asked->limit, &asked->place, page, put_version, &more);

	if (error)
		return error;
	if (more) {
		credit_history_place_pack(&asked->place, bytes);
		credit_base64(bytes, sizeof bytes, token);
		credd_reply_bytes(&page->reply, 2, credit_bytes_of(token));
	}
	credd_reply_number(&page->reply, 3, publication->epoch);
	credd_reply_number(&page->reply, 4, (uint64_t)publication->time.ms);
	/* An int32 is sent as wide as an int64. */
	credd_reply_number(&page->reply, 5, (uint64_t)(int64_t)asked->question.legal_date.days);
	return CREDIT_OK;
}

static void answer(struct credd_service *service, struct credd_call *call, struct credit_view *view,
	const Credit__V1__GetHistoryRequest *request)
{
	char token[CREDIT_BASE64_SIZE(CREDIT_HISTORY_PLACE_SIZE)];
	struct credit_publication publication;
	struct credit_problem problem;
	struct asked asked = {.limit = 0};
	struct page page;
	enum credit_error error;

	if (read_question(request, &asked, &problem) != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	if (!credd_may_be_recorded(service, call, view, request->purpose) ||
		!credd_read_publication(service, call, view, 0, &publication) ||
		!is_known(call, view, &asked))
		return;
	page.arena = credd_call_arena(call);
	credd_reply_begin(&page.reply);
	error = gather(view, &asked, &page, &publication, token);
	if (error)
		credd_fail(call, error);
	else
		credd_reply_recorded(
			service, call, &asked.question.entity, request->purpose, &page.reply);
}

void credd_get_history(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetHistoryRequest *request;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_history_request__descriptor);
	struct credit_view *view = request ? credd_view(service, call) : NULL;
	if (!view)
		return;
	answer(service, call, view, request);
	credit_view_end(view);
}
