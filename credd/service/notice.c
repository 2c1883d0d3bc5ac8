/* SPDX-License-Identifier: Apache-2.0
 *
 * notice.c - credit.v1.NoticeService: notices, for the department that served them and the authority
 * above it.
 *
 * Whether an entity was served a notice is nobody else's business: what a caller may not see is to
 * it as if it were not there, in page sizes and tokens too.
 */
#include "service/service.h"

#include "credit/v1/journal.pb-c.h"
#include "credit/v1/notice_service.pb-c.h"

#include <string.h>

#define NOTICE_KIND CREDIT__V1__EFFECT_KIND__EFFECT_KIND_NOTICE
#define AUTHORITY_KIND CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY

/* Who looks, and at whose. */
struct looking {
	struct credd_call *call;
	struct credit_view *view;
	const struct credd_peer *peer;
};

static bool is_peer(const struct looking *looking, const char *uscc)
{
	return looking->peer->has_uscc && strlen(uscc) == CREDIT_USCC_SIZE &&
	       memcmp(looking->peer->uscc.character, uscc, CREDIT_USCC_SIZE) == 0;
}

static enum credit_error may_see(
	const struct looking *looking, const char *issuer_uscc, bool *ret_may)
{
	struct credit_bytes value;
	ProtobufCMessage *message;
	enum credit_error error;

	*ret_may = looking->peer->kind == CREDD_PEER_SOCKET || is_peer(looking, issuer_uscc);
	if (*ret_may)
		return CREDIT_OK;
	error = credit_view_row(
		looking->view, (uint32_t)AUTHORITY_KIND, credit_bytes_of(issuer_uscc), &value);
	if (error == CREDIT_OK)
		error = credit_decode(&credit__v1__authority__descriptor, value,
			credd_call_arena(looking->call), &message, NULL);
	if (error == CREDIT_OK)
		*ret_may =
			is_peer(looking, ((const Credit__V1__Authority *)message)->superior_uscc);
	return error;
}

static enum credit_error decode_notice(const struct looking *looking, struct credit_bytes value,
	const Credit__V1__Notice **ret_notice, bool *ret_may)
{
	ProtobufCMessage *message;
	enum credit_error error = credit_decode(&credit__v1__notice__descriptor, value,
		credd_call_arena(looking->call), &message, NULL);

	if (error != CREDIT_OK)
		return error;
	*ret_notice = (const Credit__V1__Notice *)message;
	if ((*ret_notice)->id.len != CREDIT_RECORD_ID_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	return may_see(looking, (*ret_notice)->issuer_uscc, ret_may);
}

/* --- GetNotice --------------------------------------------------------------------------- */

static void answer_notice(const struct credd_service *service, const struct looking *looking,
	const struct credit_uscc *uscc, const struct credit_record_id *id)
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];
	struct credit_publication publication;
	const Credit__V1__Notice *notice;
	struct credit_problem problem;
	struct credd_reply reply;
	struct credit_bytes value;
	bool may = false;
	enum credit_error error;

	if (!credd_read_publication(service, looking->call, looking->view, 0, &publication))
		return;
	memcpy(key, uscc->character, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id->byte, CREDIT_RECORD_ID_SIZE);
	error = credit_view_row(looking->view, (uint32_t)NOTICE_KIND,
		(struct credit_bytes){key, sizeof key}, &value);
	if (error == CREDIT_OK)
		error = decode_notice(looking, value, &notice, &may);
	if (error == CREDIT_OK && !may)
		error = CREDIT_E_NOT_FOUND;
	if (error != CREDIT_OK) {
		credit_problem_set(
			&problem, error, error == CREDIT_E_NOT_FOUND ? "name" : NULL, NULL, NULL);
		credd_call_fail(looking->call, &problem, 0);
		return;
	}
	credd_reply_begin(&reply);
	credd_reply_message(&reply, 1, value);
	credd_reply_number(&reply, 2, publication.epoch);
	credd_call_reply(looking->call, reply.part, reply.parts);
}

void credd_get_notice(void *service, struct credd_call *call, enum credd_event event)
{
	struct looking looking = {.call = call};
	const Credit__V1__GetNoticeRequest *request;
	struct credit_problem problem;
	struct credit_record_id id;
	struct credit_uscc uscc;
	enum credit_error plain;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_notice_request__descriptor);
	if (!request)
		return;
	if (credit_entity_item_parse(request->name, "notices", &uscc, &plain, &id, &problem) !=
		CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	looking.view = credd_view(service, call);
	if (!looking.view)
		return;
	looking.peer = credd_call_peer(call);
	answer_notice(service, &looking, &uscc, &id);
	credit_view_end(looking.view);
}

/* --- ListNotices ------------------------------------------------------------------------- */

struct page {
	const struct looking *looking;
	struct credd_reply reply;
	const struct credit_record_id *after; /* NULL: from the first */
	uint32_t limit, count;
	bool more; /* there is one beyond the page */
	struct credit_record_id last;
};

static enum credit_error page_notice(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct page *page = context;
	const Credit__V1__Notice *notice;
	bool may = false;
	enum credit_error error;

	if (key.size != CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	if (page->after &&
		memcmp(key.data + CREDIT_USCC_SIZE, page->after->byte, CREDIT_RECORD_ID_SIZE) <= 0)
		return CREDIT_OK;
	error = decode_notice(page->looking, value, &notice, &may);
	if (error != CREDIT_OK || !may)
		return error;
	page->more = page->count == page->limit;
	if (page->more)
		return CREDIT_E_CANCELLED; /* enough */
	credd_reply_message(&page->reply, 1, value);
	memcpy(page->last.byte, notice->id.data, CREDIT_RECORD_ID_SIZE);
	page->count++;
	return CREDIT_OK;
}

static void answer_notices(const struct credd_service *service, const struct looking *looking,
	const struct credit_uscc *uscc, struct page *page)
{
	char token[CREDIT_BASE64_SIZE(CREDIT_RECORD_ID_SIZE)];
	struct credit_publication publication;
	enum credit_error error;

	if (!credd_read_publication(service, looking->call, looking->view, 0, &publication))
		return;
	credd_reply_begin(&page->reply);
	error = credit_view_scan(looking->view, (uint32_t)NOTICE_KIND,
		(struct credit_bytes){(const uint8_t *)uscc->character, CREDIT_USCC_SIZE}, page,
		page_notice);
	if (error != CREDIT_OK && !page->more) {
		credd_fail(looking->call, error);
		return;
	}
	if (page->more) {
		credit_base64(page->last.byte, sizeof page->last.byte, token);
		credd_reply_bytes(&page->reply, 2, credit_bytes_of(token));
	}
	credd_reply_number(&page->reply, 3, publication.epoch);
	credd_call_reply(looking->call, page->reply.part, page->reply.parts);
}

void credd_list_notices(void *service, struct credd_call *call, enum credd_event event)
{
	struct looking looking = {.call = call};
	struct page page = {.looking = &looking};
	const Credit__V1__ListNoticesRequest *request;
	struct credit_problem problem;
	struct credit_record_id after;
	struct credit_uscc uscc;
	enum credit_error error, plain;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__list_notices_request__descriptor);
	if (!request)
		return;
	error = credit_entity_name_parse(request->parent, "", &uscc, &plain, &problem);
	if (error == CREDIT_OK)
		error = credd_page_size(request->page_size, &page.limit, &problem);
	if (error == CREDIT_OK && request->page_token[0] != '\0')
		error = credd_page_token(
			request->page_token, after.byte, sizeof after.byte, &problem);
	if (error != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	page.after = request->page_token[0] != '\0' ? &after : NULL;
	looking.view = credd_view(service, call);
	if (!looking.view)
		return;
	looking.peer = credd_call_peer(call);
	answer_notices(service, &looking, &uscc, &page);
	credit_view_end(looking.view);
}
