/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c - credit.v1.StatusService: what the registry says of an entity.
 *
 * The hot path of the daemon. The stored bytes of a status are the bytes of the answer; nothing is
 * built for a query but the headers around them.
 */
#include "service/service.h"

#include "clock.h"

#include "credit/v1/rule_book.pb-c.h"
#include "credit/v1/status_service.pb-c.h"

#include <string.h>

#define STALE_RETRY_MS 1000

/* --- GetStatus ------------------------------------------------------------------------- */

/* A code that is enrolled nowhere and could not be by itself: which character is wrong, and why.
 * One that passes: not enrolled. */
void credd_explain_absence(struct credd_call *call, const char *field,
	const struct credit_uscc *uscc, enum credit_error plain)
{
	struct credit_problem problem;
	struct credit_uscc parsed;
	struct credit_bytes code = {(const uint8_t *)uscc->character, CREDIT_USCC_SIZE};

	if (plain == CREDIT_OK ||
		credit_uscc_parse(code, CREDIT_USCC_PLAIN, &parsed, &problem) == CREDIT_OK)
		credit_problem_set(&problem, CREDIT_E_ENTITY_NOT_ENROLLED, field, NULL, NULL);
	else
		credit_problem_prefix(&problem, field);
	credd_call_fail(call, &problem, 0);
}

static void fail_read(struct credd_call *call, enum credit_error error, uint32_t retry_after_ms)
{
	struct credit_problem problem;

	credit_problem_set(&problem, error, NULL, NULL, NULL);
	credd_call_fail(call, &problem, retry_after_ms);
}

/* The publication that answers come from; refuses when the caller wants a later one. */
bool credd_read_publication(const struct credd_service *service, struct credd_call *call,
	struct credit_view *view, uint64_t min_epoch, struct credit_publication *ret_publication)
{
	enum credit_error error = credit_view_publication(view, ret_publication);

	if (error == CREDIT_OK && ret_publication->epoch < min_epoch)
		error = CREDIT_E_EPOCH_NOT_PUBLISHED;
	if (error != CREDIT_OK)
		fail_read(call, error,
			error == CREDIT_E_EPOCH_NOT_PUBLISHED ? service->interval_ms : 0);
	return error == CREDIT_OK;
}

/* The stored status of an entity that is enrolled, while time has not overtaken it. */
static bool read_status(struct credd_call *call, struct credit_view *view, const char *field,
	const struct credit_uscc *uscc, enum credit_error plain,
	struct credit_stored_status *ret_status)
{
	enum credit_error error =
		credit_view_status(view, uscc, credd_call_arrived(call), ret_status);

	if (error == CREDIT_E_NOT_FOUND)
		credd_explain_absence(call, field, uscc, plain);
	else if (error != CREDIT_OK)
		fail_read(call, error, error == CREDIT_E_STATUS_STALE ? STALE_RETRY_MS : 0);
	return error == CREDIT_OK;
}

static void answer_status(const struct credd_service *service, struct credd_call *call,
	struct credit_view *view, const Credit__V1__GetStatusRequest *request)
{
	struct credd_reply reply;
	struct credit_publication publication;
	struct credit_stored_status stored;
	struct credit_problem problem;
	struct credit_uscc uscc;
	enum credit_error plain;
	enum credit_error error =
		credit_entity_name_parse(request->name, "/status", &uscc, &plain, &problem);

	if (error != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	if (!credd_read_publication(service, call, view, request->min_epoch, &publication) ||
		!read_status(call, view, "name", &uscc, plain, &stored))
		return;
	credd_reply_begin(&reply);
	credd_reply_bytes(&reply, 1, stored.status);
	if (request->view == CREDIT__V1__STATUS_VIEW__STATUS_VIEW_FULL)
		credd_reply_bytes(&reply, 2, stored.detail);
	credd_reply_number(&reply, 3, publication.epoch);
	credd_reply_number(&reply, 4, (uint64_t)publication.time.ms);
	credd_call_reply(call, reply.part, reply.parts);
}

void credd_get_status(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetStatusRequest *request;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_status_request__descriptor);
	struct credit_view *view = request ? credd_view(service, call) : NULL;
	if (!view)
		return;
	answer_status(service, call, view, request);
	credit_view_end(view);
}

/* --- BatchGetStatus -------------------------------------------------------------------- */

#define BATCH_CODES_MAX 1000
/* In place of a length: status_service.proto. */
#define BATCH_CODE_INVALID 255
#define BATCH_NOT_ENROLLED 254
#define BATCH_STALE 253
_Static_assert(CREDIT_STATUS_MAX < BATCH_STALE, "a status's length is told from a mark");

/* Looks before it judges: a code that fails a check may be enrolled on an authority's word. */
static enum credit_error put_status(struct credit_view *view, const struct credit_uscc *uscc,
	credit_ms_t now, struct credit_buffer *out)
{
	struct credit_stored_status stored;
	enum credit_error error = credit_view_status(view, uscc, now, &stored);

	if (error == CREDIT_OK) {
		credit_buffer_put_u8(out, (uint8_t)stored.status.size);
		credit_buffer_put(out, stored.status.data, stored.status.size);
	} else if (error == CREDIT_E_NOT_FOUND) {
		bool valid = credit_uscc_check(uscc->character) == CREDIT_OK;
		credit_buffer_put_u8(out, valid ? BATCH_NOT_ENROLLED : BATCH_CODE_INVALID);
	} else if (error == CREDIT_E_STATUS_STALE) {
		credit_buffer_put_u8(out, BATCH_STALE);
	} else {
		return error;
	}
	return CREDIT_OK;
}

static enum credit_error check_codes(size_t size, struct credit_problem *problem)
{
	if (size % CREDIT_USCC_SIZE != 0)
		return credit_problem_set(problem, CREDIT_E_FIELD_SIZE, "codes", NULL,
			"%d bytes for each code", CREDIT_USCC_SIZE);
	if (size / CREDIT_USCC_SIZE > BATCH_CODES_MAX)
		return credit_problem_set(
			problem, CREDIT_E_TOO_MANY, "codes", NULL, "at most %d", BATCH_CODES_MAX);
	return CREDIT_OK;
}

static void answer_batch(struct credd_service *service, struct credd_call *call,
	struct credit_view *view, const uint8_t *codes, size_t count)
{
	struct credd_reply reply;
	struct credit_publication publication;
	size_t room = count * (1 + CREDIT_STATUS_MAX);
	uint8_t *memory = credit_arena_alloc(credd_call_arena(call), room);
	credit_ms_t now = credd_clock_wall();
	struct credit_bytes statuses;
	struct credit_buffer out;

	if (!credd_read_publication(service, call, view, 0, &publication))
		return;
	enum credit_error error = memory ? CREDIT_OK : CREDIT_E_NO_MEMORY;
	credit_buffer_init(&out, memory, memory ? room : 0);
	for (size_t i = 0; i < count && error == CREDIT_OK; i++) {
		struct credit_uscc uscc;

		memcpy(uscc.character, codes + i * CREDIT_USCC_SIZE, CREDIT_USCC_SIZE);
		error = put_status(view, &uscc, now, &out);
	}
	if (error == CREDIT_OK)
		error = credit_buffer_done(&out, &statuses);
	if (error != CREDIT_OK) {
		credd_fail(call, error);
		return;
	}
	credd_reply_begin(&reply);
	credd_reply_bytes(&reply, 1, statuses);
	credd_reply_number(&reply, 2, publication.epoch);
	credd_reply_number(&reply, 3, (uint64_t)publication.time.ms);
	credd_call_send(call, reply.part, reply.parts);
}

static void batch_request(struct credd_service *service, struct credd_call *call)
{
	const Credit__V1__BatchGetStatusRequest *request =
		credd_decode(call, &credit__v1__batch_get_status_request__descriptor);
	struct credit_problem problem;

	if (!request)
		return;
	if (check_codes(request->codes.len, &problem) != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	struct credit_view *view = credd_view(service, call);
	if (!view)
		return;
	answer_batch(
		service, call, view, request->codes.data, request->codes.len / CREDIT_USCC_SIZE);
	credit_view_end(view);
}

void credd_batch_get_status(void *service, struct credd_call *call, enum credd_event event)
{
	switch (event) {
	case CREDD_EVENT_REQUEST:
		batch_request(service, call);
		break;
	case CREDD_EVENT_WRITABLE: /* the next request comes by itself */
		break;
	case CREDD_EVENT_HALF_CLOSED:
	case CREDD_EVENT_CANCELLED:
		credd_call_end(call);
		break;
	}
}

/* --- ListRecords
 * ---------------------------------------------------------------------------------- */

/* One page being gathered. */
struct page {
	struct credd_reply reply;
	struct credit_arena *arena;
	bool official; /* an authority that says what for: it sees what is not public */
	bool any_restricted;
	uint32_t limit, count;
	bool more; /* there is one beyond the page */
	enum credit_error error;
	struct credit_record_id last;    /* on the page */
	struct credit_record_id scanned; /* shown or not */
};

static bool is_public(const Credit__V1__Record *record)
{
	return record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED &&
	       record->visibility <= CREDIT__V1__VISIBILITY__VISIBILITY_PUBLIC;
}

/* A removed record is the authorities' business only: one repair repairs everywhere. To the public
 * it is as if it had never been, in page sizes and tokens too; so is one that its rule does not make
 * public. */
static void page_record(void *context, struct credit_bytes bytes)
{
	struct page *page = context;
	const Credit__V1__Record *record;
	ProtobufCMessage *message;

	if (page->error != CREDIT_OK || page->more)
		return;
	page->error =
		credit_decode(&credit__v1__record__descriptor, bytes, page->arena, &message, NULL);
	if (page->error != CREDIT_OK)
		return;
	record = (const Credit__V1__Record *)(const void *)message;
	if (record->id.len != CREDIT_RECORD_ID_SIZE) {
		page->error = CREDIT_E_STORE_CORRUPT;
		return;
	}
	memcpy(page->scanned.byte, record->id.data, CREDIT_RECORD_ID_SIZE);
	bool restricted = !is_public(record);
	if (restricted && !page->official)
		return;
	if (page->count == page->limit) {
		page->more = true;
		return;
	}
	credd_reply_message(&page->reply, 1, bytes);
	page->any_restricted = page->any_restricted || restricted;
	page->count++;
	page->last = page->scanned;
}

/* Goes on until the page is full and one more was seen, or there are no more records. */
static enum credit_error gather(struct credit_view *view, const struct credit_uscc *uscc,
	const struct credit_record_id *after, struct page *page)
{
	struct credit_record_id from;
	enum credit_error error;
	uint32_t seen;

	do {
		error = credit_view_records(
			view, uscc, after, page->limit + 1, page, page_record, &seen);
		from = page->scanned;
		after = &from;
	} while (error == CREDIT_OK && page->error == CREDIT_OK && !page->more &&
		 seen == page->limit + 1);
	return error == CREDIT_OK ? page->error : error;
}

static void answer_records(struct credd_service *service, struct credd_call *call,
	struct credit_view *view, const Credit__V1__ListRecordsRequest *request)
{
	struct page page = {
		.arena = credd_call_arena(call),
		.official = request->purpose[0] != '\0',
	};
	char token[CREDIT_BASE64_SIZE(CREDIT_RECORD_ID_SIZE)];
	struct credit_publication publication;
	struct credit_stored_status stored;
	struct credit_problem problem;
	struct credit_record_id after;
	struct credit_uscc uscc;
	enum credit_error plain;
	enum credit_error error =
		credit_entity_name_parse(request->parent, "", &uscc, &plain, &problem);

	if (error == CREDIT_OK)
		error = credd_page_size(request->page_size, &page.limit, &problem);
	if (error == CREDIT_OK && request->page_token[0] != '\0')
		error = credd_page_token(
			request->page_token, after.byte, sizeof after.byte, &problem);
	if (error != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	if (page.official && !credd_may_be_recorded(service, call, view, request->purpose))
		return;
	/* Records are as fresh as the status that counts them, and wait with it. */
	if (!credd_read_publication(service, call, view, 0, &publication) ||
		!read_status(call, view, "parent", &uscc, plain, &stored))
		return;
	error = gather(view, &uscc, request->page_token[0] ? &after : NULL, &page);
	if (error != CREDIT_OK) {
		credd_fail(call, error);
		return;
	}
	if (page.more) {
		credit_base64(page.last.byte, sizeof page.last.byte, token);
		credd_reply_bytes(&page.reply, 2, credit_bytes_of(token));
	}
	credd_reply_number(&page.reply, 3, publication.epoch);
	/* What everybody sees is nobody's business; what only authorities see is recorded. */
	if (page.any_restricted)
		credd_reply_recorded(service, call, &uscc, request->purpose, &page.reply);
	else
		credd_call_reply(call, page.reply.part, page.reply.parts);
}

void credd_list_records(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__ListRecordsRequest *request;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__list_records_request__descriptor);
	struct credit_view *view = request ? credd_view(service, call) : NULL;
	if (!view)
		return;
	answer_records(service, call, view, request);
	credit_view_end(view);
}
