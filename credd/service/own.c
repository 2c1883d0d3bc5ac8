/* SPDX-License-Identifier: Apache-2.0
 *
 * own.c - credit.v1.EntityService: what an entity sees of itself.
 *
 * It opens with the token of a slip and that slip's case, or with a signature by a key enrolled for the
 * entity. Whatever is wrong, the answer is the same, so that nothing can be learnt by trying.
 */
#include "service/service.h"

#include "clock.h"
#include "writer.h"

#include "credit/v1/entity_service.pb-c.h"

#include <credit/model.h>

#include <string.h>

#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name

/* --- is it the entity? ------------------------------------------------------------------------- */

static enum credit_error find_row(struct credd_call *call, struct credit_view *view,
	Credit__V1__EffectKind kind, const ProtobufCMessageDescriptor *type,
	const struct credit_uscc *uscc, const uint8_t *id, ProtobufCMessage **ret_row)
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];
	struct credit_bytes value;
	enum credit_error error;

	memcpy(key, uscc->character, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id, CREDIT_RECORD_ID_SIZE);
	error = credit_view_row(view, kind, (struct credit_bytes){key, sizeof key}, &value);
	return error ? error : credit_decode(type, value, credd_call_arena(call), ret_row, NULL);
}

static bool opens_by_token(struct credd_call *call, struct credit_view *view,
	const struct credit_uscc *uscc, const Credit__V1__GetOwnRequest *request)
{
	struct credit_token token;
	struct credit_hash hash;
	ProtobufCMessage *row;

	if (request->token.len != sizeof token.byte ||
		request->case_id.len != CREDIT_RECORD_ID_SIZE ||
		find_row(call, view, KIND(CASE), &credit__v1__case__descriptor, uscc,
			request->case_id.data, &row) != CREDIT_OK)
		return false;
	memcpy(token.byte, request->token.data, sizeof token.byte);
	credit_token_hash(&token, &hash);

	const Credit__V1__Case *subject = (const Credit__V1__Case *)(const void *)row;
	return subject->token_hash.len == sizeof hash.byte &&
	       memcmp(subject->token_hash.data, hash.byte, sizeof hash.byte) == 0;
}

static bool opens_by_key(const struct credd_service *service, struct credd_call *call,
	struct credit_view *view, const struct credit_uscc *uscc,
	const Credit__V1__GetOwnRequest *request)
{
	int64_t now = credd_clock_wall().ms;
	const struct credit_own_request own = {
		.origin = credit_registry_origin(credd_writer_registry(service->writer)),
		.entity = *uscc,
		.method = credd_call_method(call)->path,
		.at = {request->at},
	};
	struct credit_public_key key;
	struct credit_signature signature;
	struct credit_hash id;
	ProtobufCMessage *row;

	if (request->key_id.len != sizeof id.byte ||
		request->signature.len != sizeof signature.byte ||
		request->at < now - CREDIT_OWN_WINDOW_MS ||
		request->at > now + CREDIT_OWN_WINDOW_MS ||
		find_row(call, view, KIND(ENTITY_KEY), &credit__v1__entity_key__descriptor, uscc,
			request->key_id.data, &row) != CREDIT_OK)
		return false;

	const Credit__V1__EntityKey *found = (const Credit__V1__EntityKey *)(const void *)row;
	if (found->revoked_epoch != 0 || found->public_key.len != sizeof key.byte)
		return false;
	memcpy(key.byte, found->public_key.data, sizeof key.byte);
	credit_key_id(&key, &id);
	memcpy(signature.byte, request->signature.data, sizeof signature.byte);
	return memcmp(id.byte, request->key_id.data, sizeof id.byte) == 0 &&
	       credit_own_verify(&own, &key, &signature) == CREDIT_OK;
}

/* --- the page ---------------------------------------------------------------------------------- */

/* What is shown, in this order; the reply's fields are 1, 2, 3. */
static const Credit__V1__EffectKind shown[] = {KIND(RECORD), KIND(CASE), KIND(ACCESS)};
#define SHOWN (sizeof shown / sizeof shown[0])

/* Where a page ends: which of `shown`, and the id. */
struct place {
	uint8_t byte[1 + CREDIT_RECORD_ID_SIZE];
};

struct page {
	struct credd_reply reply;
	const struct place *after; /* NULL: from the first */
	struct place last;
	uint8_t kind; /* being walked */
	uint32_t count;
	bool more;
};

/* What an authority did to the registry stands under its code, and is not about it. */
static bool is_about_it(const struct page *page, struct credit_bytes value)
{
	struct credit_arena arena;
	ProtobufCMessage *row;
	bool about = true;

	if (shown[page->kind] != KIND(ACCESS))
		return true;
	credit_arena_init(&arena, NULL, 0, CREDD_ARENA_SMALL);
	if (credit_decode(&credit__v1__access__descriptor, value, &arena, &row, NULL) == CREDIT_OK)
		about = ((const Credit__V1__Access *)(const void *)row)->entity_uscc[0] != '\0';
	credit_arena_deinit(&arena);
	return about;
}

/* CREDIT_E_CANCELLED: enough. */
static enum credit_error page_row(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct page *page = context;
	struct place place = {{page->kind}};

	memcpy(place.byte + 1, key.data + CREDIT_USCC_SIZE, CREDIT_RECORD_ID_SIZE);
	if (page->after && memcmp(place.byte, page->after->byte, sizeof place.byte) <= 0)
		return CREDIT_OK;
	if (!is_about_it(page, value))
		return CREDIT_OK;
	if (page->count == CREDD_PAGE_MAX) {
		page->more = true;
		return CREDIT_E_CANCELLED;
	}
	credd_reply_message(&page->reply, page->kind + 1U, value);
	page->last = place;
	page->count++;
	return CREDIT_OK;
}

/* Without one where the rule book grades nobody. */
static enum credit_error put_grade(struct credit_view *view, const struct credit_uscc *uscc,
	struct credit_arena *arena, struct page *page)
{
	struct credit_bytes grade;
	enum credit_error error = credd_pack_grade(view, uscc, arena, &grade);

	if (!error)
		credd_reply_message(&page->reply, 6, grade);
	return error && credit_error_is_fault(error) ? error : CREDIT_OK;
}

/* `arena`: what the reply points into. */
static void answer_own(struct credd_call *call, struct credit_view *view,
	const struct credit_uscc *uscc, const struct place *after, uint64_t epoch,
	struct credit_arena *arena)
{
	struct credit_bytes prefix = {(const uint8_t *)uscc->character, CREDIT_USCC_SIZE};
	struct page page = {.after = after};
	char token[CREDIT_BASE64_SIZE(sizeof page.last.byte)];
	enum credit_error error = CREDIT_OK;

	credd_reply_begin(&page.reply);
	if (!after)
		error = put_grade(view, uscc, arena, &page);
	for (; page.kind < SHOWN && !error; page.kind++)
		error = credit_view_scan(view, shown[page.kind], prefix, &page, page_row);
	if (error && error != CREDIT_E_CANCELLED) {
		credd_fail(call, error);
		return;
	}
	if (page.more) {
		credit_base64(page.last.byte, sizeof page.last.byte, token);
		credd_reply_bytes(&page.reply, 4, credit_bytes_of(token));
	}
	credd_reply_number(&page.reply, 5, epoch);
	credd_call_reply(call, page.reply.part, page.reply.parts);
}

void credd_get_own(void *owner, struct credd_call *call, enum credd_event event)
{
	struct credd_service *service = owner;
	const Credit__V1__GetOwnRequest *request;
	struct credit_publication publication;
	struct credit_problem problem;
	struct credit_arena arena;
	struct place after;
	struct credit_uscc uscc;
	enum credit_error plain, error;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_own_request__descriptor);
	if (!request)
		return;
	error = credit_entity_name_parse(request->name, "", &uscc, &plain, &problem);
	if (!error && request->page_token[0] != '\0')
		error = credd_page_token(
			request->page_token, after.byte, sizeof after.byte, &problem);
	if (error) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	struct credit_view *view = credd_view(service, call);
	if (!view)
		return;
	/* First: a case that was just opened is not there yet, and the caller asks again. */
	if (!credd_read_publication(service, call, view, request->min_epoch, &publication)) {
		credit_view_end(view);
		return;
	}
	credit_arena_init(&arena, NULL, 0, CREDD_ARENA_GRADE);
	if (opens_by_token(call, view, &uscc, request) ||
		opens_by_key(service, call, view, &uscc, request))
		answer_own(call, view, &uscc, request->page_token[0] ? &after : NULL,
			publication.epoch, &arena);
	else
		credd_fail(call, CREDIT_E_OWN_VOICE);
	credit_arena_deinit(&arena);
	credit_view_end(view);
}
