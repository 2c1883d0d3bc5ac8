/* SPDX-License-Identifier: Apache-2.0
 *
 * reply.c - the few steps that every handler takes, and protobuf headers around stored bytes.
 *
 * Source: protobuf encoding, "Message Structure" (tag = field number << 3 | wire type) and "Base
 * 128 Varints".
 */
#include "service/service.h"

#include <string.h>

#define WIRE_VARINT 0
#define WIRE_LENGTH 2

void credd_fail(struct credd_call *call, enum credit_error error)
{
	struct credit_problem problem;

	credit_problem_set(&problem, error, NULL, NULL, NULL);
	credd_call_fail(call, &problem, 0);
}

void *credd_decode(struct credd_call *call, const ProtobufCMessageDescriptor *type)
{
	struct credit_problem problem;
	ProtobufCMessage *message;
	enum credit_error error = credit_decode(
		type, credd_call_request(call), credd_call_arena(call), &message, &problem);

	if (error == CREDIT_OK)
		return message;
	credd_call_fail(call, &problem, 0);
	return NULL;
}

enum credit_error credd_check_region(const char *region, struct credit_problem *problem)
{
	size_t length = strlen(region);

	if ((length == 0 || length == 2 || length == 4 || length == 6) &&
		strspn(region, "0123456789") == length)
		return CREDIT_OK;
	return credit_problem_set(
		problem, CREDIT_E_FIELD_FORM, "region", "GB/T 2260", "2, 4 or 6 digits");
}

struct credit_view *credd_view(struct credd_service *service, struct credd_call *call)
{
	struct credit_view *view = service->views[credd_call_worker(call)];
	enum credit_error error = credit_view_begin(view);

	if (error == CREDIT_OK)
		return view;
	credd_fail(call, error);
	return NULL;
}

/* --- pages ------------------------------------------------------------------------------------- */

#define PAGE_SIZE_DEFAULT 50
_Static_assert(CREDD_PAGE_MAX + 2 <= CREDD_REPLY_FIELDS_MAX, "a page fits a reply");

enum credit_error credd_page_size(
	int32_t asked, uint32_t *ret_limit, struct credit_problem *problem)
{
	if (asked < 0)
		return credit_problem_set(problem, CREDIT_E_FIELD_RANGE, "page_size", NULL,
			"0 to %d", CREDD_PAGE_MAX);
	if (asked == 0)
		asked = PAGE_SIZE_DEFAULT;
	*ret_limit = (uint32_t)(asked > CREDD_PAGE_MAX ? CREDD_PAGE_MAX : asked);
	return CREDIT_OK;
}

enum credit_error credd_page_token(
	const char *token, void *ret_data, size_t size, struct credit_problem *problem)
{
	size_t token_size = size;

	if (credit_base64_decode(token, strlen(token), ret_data, size, &token_size) == CREDIT_OK &&
		token_size == size)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_BASE64_INVALID, "page_token", NULL,
		"next_page_token of the page before");
}

/* --- fields ------------------------------------------------------------------------------------- */

static size_t put_varint(uint8_t *out, uint64_t value)
{
	size_t size = 0;

	while (value >= 0x80) {
		out[size++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	out[size++] = (uint8_t)value;
	return size;
}

size_t credd_field_header(uint8_t *header, uint32_t field, size_t size)
{
	size_t tag = put_varint(header, field << 3 | WIRE_LENGTH);

	return tag + put_varint(header + tag, size);
}

void credd_reply_begin(struct credd_reply *reply)
{
	reply->fields = 0;
	reply->parts = 0;
}

void credd_reply_number(struct credd_reply *reply, uint32_t field, uint64_t value)
{
	uint8_t *header = reply->header[reply->fields];

	if (value == 0)
		return;
	reply->fields++;
	size_t size = put_varint(header, field << 3 | WIRE_VARINT);
	size += put_varint(header + size, value);
	reply->part[reply->parts++] = (struct credit_bytes){header, size};
}

void credd_reply_bytes(struct credd_reply *reply, uint32_t field, struct credit_bytes value)
{
	if (value.size > 0)
		credd_reply_message(reply, field, value);
}

void credd_reply_message(struct credd_reply *reply, uint32_t field, struct credit_bytes value)
{
	uint8_t *header = reply->header[reply->fields++];

	reply->part[reply->parts++] =
		(struct credit_bytes){header, credd_field_header(header, field, value.size)};
	if (value.size > 0)
		reply->part[reply->parts++] = value;
}
