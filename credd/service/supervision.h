/* SPDX-License-Identifier: Apache-2.0
 *
 * supervision.h - what the handlers of credit.v1.SupervisionService share: whose business an office's
 * affairs are, pages, rows of the state decoded into the call's arena.
 */
#ifndef CREDD_SUPERVISION_H
#define CREDD_SUPERVISION_H

#include "service/service.h"

#include "credit/v1/supervision_service.pb-c.h"

/* One call on its way through a handler. */
struct credd_asking {
	const struct credd_service *service;
	struct credd_call *call;
	struct credit_view *view;
	struct credit_arena *arena;
	struct credit_publication publication;
};
/* Begins the view and reads the publication; false when that failed and the call has failed. With true,
 * the handler ends with credd_asking_end. */
bool credd_asking_begin(
	struct credd_service *service, struct credd_call *call, struct credd_asking *ret_asking);
void credd_asking_end(struct credd_asking *asking);
/* Ends the call with the problem, or with an error that has no field. */
void credd_asking_fail(
	struct credd_asking *asking, enum credit_error error, const struct credit_problem *problem);

/* A row by EffectKind and key, decoded as `type`. CREDIT_E_NOT_FOUND. */
enum credit_error credd_row(struct credd_asking *asking, uint32_t effect_kind,
	struct credit_bytes key, const ProtobufCMessageDescriptor *type,
	ProtobufCMessage **ret_row) CREDIT_MUST_CHECK;
/* By a code and an id of 16 bytes. */
enum credit_error credd_row_by_id(struct credd_asking *asking, uint32_t effect_kind,
	const char *uscc, const ProtobufCBinaryData *id, const ProtobufCMessageDescriptor *type,
	ProtobufCMessage **ret_row) CREDIT_MUST_CHECK;
/* A stored row. */
enum credit_error credd_decode_row(struct credd_asking *asking, struct credit_bytes row,
	const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret_row) CREDIT_MUST_CHECK;
/* The name of an enrolled authority, "" of another. */
enum credit_error credd_authority_name(
	struct credd_asking *asking, const char *uscc, const char **ret_name) CREDIT_MUST_CHECK;

/* Parses authorities/{uscc} and asks whether its affairs are the caller's business: its own, those of
 * authorities above it, of supervisors and of the operator. CREDIT_E_PEER_ROLE. */
enum credit_error credd_office(struct credd_asking *asking, const char *parent,
	struct credit_uscc *ret_office, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Rows that one call looks at, shown or not: a page may then be short, and its token goes on. */
#define CREDD_PAGE_SCAN 2000
#define CREDD_TOKEN_MAX 64 /* bytes of a key */
/* A page, and the key behind which it begins. */
struct credd_page {
	struct credd_reply reply;
	uint32_t limit, count, seen;
	bool begun; /* there is a token */
	bool more;  /* the page is full, or has looked at enough */
	size_t key_size;
	char token[CREDIT_BASE64_SIZE(CREDD_TOKEN_MAX)]; /* of the page that follows */
	uint8_t key[CREDD_TOKEN_MAX]; /* as given; then of the last row that was looked at */
};
/* Keys of this keyspace have `key_size` bytes. CREDIT_E_FIELD_RANGE, _BASE64_INVALID. */
enum credit_error credd_page_begin(struct credd_page *page, int32_t size, const char *token,
	size_t key_size, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Before a row is looked at: CREDIT_E_CANCELLED when the page has had enough. */
enum credit_error credd_page_look(
	struct credd_page *page, struct credit_bytes key) CREDIT_MUST_CHECK;
/* The row is on the page: its bytes, borrowed until the reply is sent. */
void credd_page_add(struct credd_page *page, struct credit_bytes row);
/* Puts token (field 2) and epoch (field 3) behind the rows. */
void credd_page_end(struct credd_asking *asking, struct credd_page *page);
/* Does so and replies. */
void credd_page_reply(struct credd_asking *asking, struct credd_page *page);

/* Months as Tally keys count them, yyyymm. Both 0: the month before this one. CREDIT_E_FIELD_RANGE. */
#define CREDD_MONTHS_MAX 36
enum credit_error credd_months(
	uint32_t *first, uint32_t *last, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* May anybody see it? */
bool credd_record_is_public(const Credit__V1__Record *record);

/* An office's tasks that are still to do, overdue ones first, as far as the page goes. */
enum credit_error credd_office_tasks(struct credd_asking *asking, struct credd_page *page,
	const struct credit_uscc *office, bool overdue_only, void *context,
	enum credit_error (*each)(void *context, struct credit_bytes key,
		struct credit_bytes task)) CREDIT_MUST_CHECK;

#endif
