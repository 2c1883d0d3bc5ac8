/* SPDX-License-Identifier: Apache-2.0
 *
 * case.c - credit.v1.RepairService and ObjectionService: cases as the offices see them that handle them.
 *
 * Both services are the same but for the kind of case, which the method's path says. Every read is
 * recorded before it is answered (recorded.c). To an office that does not handle a case it is not there.
 */
#include "service/service.h"

#include "credit/v1/case_service.pb-c.h"
#include "credit/v1/journal.pb-c.h"

#include <string.h>

static Credit__V1__CaseKind kind_of(const struct credd_call *call)
{
	return strstr(credd_call_method(call)->path, ".RepairService/")
		       ? CREDIT__V1__CASE_KIND__CASE_KIND_REPAIR
		       : CREDIT__V1__CASE_KIND__CASE_KIND_OBJECTION;
}

/* Does the office take part in the case? */
static bool handles(const struct credit_uscc *office, const Credit__V1__Case *subject)
{
	return strncmp(subject->front_office_uscc, office->character, CREDIT_USCC_SIZE) == 0 ||
	       strncmp(subject->decider_uscc, office->character, CREDIT_USCC_SIZE) == 0;
}

static enum credit_error decode_case(
	struct credd_call *call, struct credit_bytes bytes, const Credit__V1__Case **ret_case)
{
	ProtobufCMessage *message;
	enum credit_error error = credit_decode(
		&credit__v1__case__descriptor, bytes, credd_call_arena(call), &message, NULL);

	if (!error)
		*ret_case = (const Credit__V1__Case *)(const void *)message;
	return error && error != CREDIT_E_NO_MEMORY ? CREDIT_E_STORE_CORRUPT : error;
}

/* The case when the caller may see it; else the call fails, false. */
static bool find_case(struct credd_call *call, struct credit_view *view,
	const struct credit_uscc *uscc, const struct credit_record_id *id,
	struct credit_bytes *ret_bytes, const Credit__V1__Case **ret_case)
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];
	struct credit_problem problem;
	enum credit_error error;

	memcpy(key, uscc->character, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id->byte, CREDIT_RECORD_ID_SIZE);
	error = credit_view_row(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_CASE,
		(struct credit_bytes){key, sizeof key}, ret_bytes);
	if (!error)
		error = decode_case(call, *ret_bytes, ret_case);
	if (!error && ((*ret_case)->kind != kind_of(call) ||
			      !handles(&credd_call_peer(call)->uscc, *ret_case)))
		error = CREDIT_E_NOT_FOUND;
	if (!error)
		return true;
	if (error == CREDIT_E_NOT_FOUND)
		credit_problem_set(&problem, CREDIT_E_CASE_UNKNOWN, "name", NULL, NULL);
	else
		credit_problem_set(&problem, error, NULL, NULL, NULL);
	credd_call_fail(call, &problem, 0);
	return false;
}

/* --- GetCase ----------------------------------------------------------------------------------- */

static void answer_case(struct credd_service *service, struct credd_call *call,
	struct credit_view *view, const Credit__V1__GetCaseRequest *request)
{
	struct credit_publication publication;
	const Credit__V1__Case *subject;
	struct credit_record_id id;
	struct credit_problem problem;
	struct credit_bytes bytes;
	struct credd_reply reply;
	struct credit_uscc uscc;

	if (credit_case_name_parse(request->name, &uscc, &id, NULL, &problem) != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	if (!credd_may_be_recorded(service, call, view, request->purpose) ||
		!credd_read_publication(service, call, view, 0, &publication) ||
		!find_case(call, view, &uscc, &id, &bytes, &subject))
		return;
	credd_reply_begin(&reply);
	credd_reply_message(&reply, 1, bytes);
	credd_reply_number(&reply, 2, publication.epoch);
	credd_reply_recorded(service, call, &uscc, request->purpose, &reply);
}

void credd_get_case(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetCaseRequest *request;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_case_request__descriptor);
	struct credit_view *view = request ? credd_view(service, call) : NULL;
	if (!view)
		return;
	answer_case(service, call, view, request);
	credit_view_end(view);
}

/* --- GetDocument ------------------------------------------------------------------------------- */

static const Credit__V1__CaseDocumentRow *find_document(
	const Credit__V1__Case *subject, const struct credit_hash *digest)
{
	for (size_t i = 0; i < subject->n_documents; i++) {
		const ProtobufCBinaryData *known = &subject->documents[i]->digest;
		if (known->len == sizeof digest->byte &&
			memcmp(known->data, digest->byte, known->len) == 0)
			return subject->documents[i];
	}
	return NULL;
}

static void answer_document(struct credd_service *service, struct credd_call *call,
	struct credit_view *view, const Credit__V1__GetDocumentRequest *request)
{
	const Credit__V1__CaseDocumentRow *row;
	struct credit_arena *arena = credd_call_arena(call);
	struct credit_bytes bytes, content, described;
	const Credit__V1__Case *subject;
	struct credit_record_id id;
	struct credit_problem problem;
	struct credit_hash digest;
	struct credd_reply reply;
	struct credit_uscc uscc;
	enum credit_error error =
		credit_case_name_parse(request->name, &uscc, &id, &digest, &problem);

	if (error) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	if (!credd_may_be_recorded(service, call, view, request->purpose) ||
		!find_case(call, view, &uscc, &id, &bytes, &subject))
		return;
	row = find_document(subject, &digest);
	error = row ? credit_view_document(view, &id, &digest, arena, &content)
		    : CREDIT_E_NOT_FOUND;
	if (!error)
		error = credit_encode(&row->base, arena, &described);
	if (error) {
		credd_fail(call, error);
		return;
	}
	credd_reply_begin(&reply);
	credd_reply_message(&reply, 1, described);
	credd_reply_bytes(&reply, 2, content);
	credd_reply_recorded(service, call, &uscc, request->purpose, &reply);
}

void credd_get_document(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetDocumentRequest *request;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_document_request__descriptor);
	struct credit_view *view = request ? credd_view(service, call) : NULL;
	if (!view)
		return;
	answer_document(service, call, view, request);
	credit_view_end(view);
}

/* --- ListCases --------------------------------------------------------------------------------- */

struct page {
	struct credd_reply reply;
	struct credd_call *call;
	struct credit_uscc office;
	Credit__V1__CaseKind kind;
	const struct credit_record_id *after; /* NULL: from the first */
	struct credit_record_id last;
	uint32_t limit, count;
	bool more;
};

/* CREDIT_E_CANCELLED: enough. */
static enum credit_error page_case(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct page *page = context;
	const Credit__V1__Case *subject;
	const uint8_t *id = key.data + CREDIT_USCC_SIZE;
	enum credit_error error;

	if (page->after && memcmp(id, page->after->byte, CREDIT_RECORD_ID_SIZE) <= 0)
		return CREDIT_OK;
	error = decode_case(page->call, value, &subject);
	if (error || subject->kind != page->kind || !handles(&page->office, subject))
		return error;
	if (page->count == page->limit) {
		page->more = true;
		return CREDIT_E_CANCELLED;
	}
	credd_reply_message(&page->reply, 1, value);
	memcpy(page->last.byte, id, CREDIT_RECORD_ID_SIZE);
	page->count++;
	return CREDIT_OK;
}

static void answer_cases(struct credd_service *service, struct credd_call *call,
	struct credit_view *view, const Credit__V1__ListCasesRequest *request)
{
	struct page page = {
		.call = call, .office = credd_call_peer(call)->uscc, .kind = kind_of(call)};
	char token[CREDIT_BASE64_SIZE(CREDIT_RECORD_ID_SIZE)];
	struct credit_publication publication;
	struct credit_record_id after;
	struct credit_problem problem;
	struct credit_uscc uscc;
	enum credit_error plain;
	enum credit_error error =
		credit_entity_name_parse(request->parent, "", &uscc, &plain, &problem);

	if (!error)
		error = credd_page_size(request->page_size, &page.limit, &problem);
	if (!error && request->page_token[0] != '\0') {
		error = credd_page_token(
			request->page_token, after.byte, sizeof after.byte, &problem);
		page.after = &after;
	}
	if (error) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	if (!credd_may_be_recorded(service, call, view, request->purpose) ||
		!credd_read_publication(service, call, view, 0, &publication))
		return;
	credd_reply_begin(&page.reply);
	error = credit_view_scan(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_CASE,
		(struct credit_bytes){(const uint8_t *)uscc.character, CREDIT_USCC_SIZE}, &page,
		page_case);
	if (error && error != CREDIT_E_CANCELLED) {
		credd_fail(call, error);
		return;
	}
	if (page.more) {
		credit_base64(page.last.byte, sizeof page.last.byte, token);
		credd_reply_bytes(&page.reply, 2, credit_bytes_of(token));
	}
	credd_reply_number(&page.reply, 3, publication.epoch);
	/* Nothing of the entity was read where there is nothing to show. */
	if (page.count == 0)
		credd_call_reply(call, page.reply.part, page.reply.parts);
	else
		credd_reply_recorded(service, call, &uscc, request->purpose, &page.reply);
}

void credd_list_cases(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__ListCasesRequest *request;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__list_cases_request__descriptor);
	struct credit_view *view = request ? credd_view(service, call) : NULL;
	if (!view)
		return;
	answer_cases(service, call, view, request);
	credit_view_end(view);
}
