/* SPDX-License-Identifier: Apache-2.0
 *
 * asking.c - the steps that the handlers of SupervisionService take alike.
 */
#include "service/supervision.h"

#include "clock.h"

#include "credit/v1/act.pb-c.h"
#include "credit/v1/journal.pb-c.h"

#include <string.h>

#define LEVELS_MAX 8 /* authorities above an office that are looked at */

bool credd_asking_begin(
	struct credd_service *service, struct credd_call *call, struct credd_asking *ret_asking)
{
	struct credd_asking asking = {
		.service = service, .call = call, .arena = credd_call_arena(call)};

	asking.view = credd_view(service, call);
	if (!asking.view)
		return false;
	if (!credd_read_publication(service, call, asking.view, 0, &asking.publication)) {
		credit_view_end(asking.view);
		return false;
	}
	*ret_asking = asking;
	return true;
}

void credd_asking_end(struct credd_asking *asking)
{
	credit_view_end(asking->view);
}

void credd_asking_fail(
	struct credd_asking *asking, enum credit_error error, const struct credit_problem *problem)
{
	if (problem->error == error)
		credd_call_fail(asking->call, problem, 0);
	else
		credd_fail(asking->call, error);
}

/* --- rows ------------------------------------------------------------------------------------ */

enum credit_error credd_decode_row(struct credd_asking *asking, struct credit_bytes row,
	const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret_row)
{
	enum credit_error error = credit_decode(type, row, asking->arena, ret_row, NULL);

	return error && error != CREDIT_E_NO_MEMORY ? CREDIT_E_STORE_CORRUPT : error;
}

enum credit_error credd_row(struct credd_asking *asking, uint32_t effect_kind,
	struct credit_bytes key, const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret_row)
{
	struct credit_bytes value;
	enum credit_error error = credit_view_row(asking->view, effect_kind, key, &value);

	return error ? error : credd_decode_row(asking, value, type, ret_row);
}

enum credit_error credd_row_by_id(struct credd_asking *asking, uint32_t effect_kind,
	const char *uscc, const ProtobufCBinaryData *id, const ProtobufCMessageDescriptor *type,
	ProtobufCMessage **ret_row)
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];

	if (strlen(uscc) != CREDIT_USCC_SIZE || id->len != CREDIT_RECORD_ID_SIZE)
		return CREDIT_E_NOT_FOUND;
	memcpy(key, uscc, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id->data, CREDIT_RECORD_ID_SIZE);
	return credd_row(
		asking, effect_kind, (struct credit_bytes){key, sizeof key}, type, ret_row);
}

static enum credit_error find_authority(
	struct credd_asking *asking, const char *uscc, const Credit__V1__Authority **ret_authority)
{
	ProtobufCMessage *message;
	enum credit_error error = credd_row(asking, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY,
		credit_bytes_of(uscc), &credit__v1__authority__descriptor, &message);

	if (!error)
		*ret_authority = (const Credit__V1__Authority *)(void *)message;
	return error;
}

enum credit_error credd_authority_name(
	struct credd_asking *asking, const char *uscc, const char **ret_name)
{
	const Credit__V1__Authority *authority;
	enum credit_error error = find_authority(asking, uscc, &authority);

	if (error == CREDIT_E_NOT_FOUND) {
		*ret_name = "";
		return CREDIT_OK;
	}
	if (!error)
		*ret_name = authority->name;
	return error;
}

/* --- whose business it is ---------------------------------------------------------------------- */

static bool is_peer(const struct credd_peer *peer, const char *uscc)
{
	return peer->has_uscc && strlen(uscc) == CREDIT_USCC_SIZE &&
	       memcmp(peer->uscc.character, uscc, CREDIT_USCC_SIZE) == 0;
}

/* Is the peer the office, or one of the authorities above it? */
static enum credit_error stands_above(struct credd_asking *asking, const struct credd_peer *peer,
	const struct credit_uscc *office, bool *ret_above)
{
	char first[CREDIT_USCC_SIZE + 1];
	const char *uscc = first;
	enum credit_error error = CREDIT_OK;

	memcpy(first, office->character, CREDIT_USCC_SIZE);
	first[CREDIT_USCC_SIZE] = '\0';
	*ret_above = is_peer(peer, uscc);
	for (int level = 0; level < LEVELS_MAX && !error && !*ret_above && uscc[0]; level++) {
		const Credit__V1__Authority *authority;

		error = find_authority(asking, uscc, &authority);
		if (error)
			break;
		uscc = authority->superior_uscc;
		*ret_above = is_peer(peer, uscc);
	}
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

static enum credit_error check_business(struct credd_asking *asking,
	const struct credit_uscc *office, struct credit_problem *problem)
{
	const struct credd_peer *peer = credd_call_peer(asking->call);
	bool allowed = peer->kind == CREDD_PEER_SOCKET;
	enum credit_error error = CREDIT_OK;

	if (!allowed)
		error = stands_above(asking, peer, office, &allowed);
	if (!error && !allowed && peer->has_uscc)
		error = credit_view_grant(asking->view, &peer->uscc,
			CREDIT__V1__ROLE__ROLE_SUPERVISOR, credit_day_of(credd_clock_wall()),
			&allowed);
	if (error || allowed)
		return error;
	return credit_problem_set(problem, CREDIT_E_PEER_ROLE, "parent", NULL, NULL);
}

enum credit_error credd_office(struct credd_asking *asking, const char *parent,
	struct credit_uscc *ret_office, struct credit_problem *problem)
{
	enum credit_error error = credit_authority_name_parse(parent, ret_office, problem);

	return error ? error : check_business(asking, ret_office, problem);
}

/* --- pages -------------------------------------------------------------------------------------- */

enum credit_error credd_page_begin(struct credd_page *page, int32_t size, const char *token,
	size_t key_size, struct credit_problem *problem)
{
	enum credit_error error = credd_page_size(size, &page->limit, problem);

	if (error == CREDIT_OK && token[0] != '\0')
		error = credd_page_token(token, page->key, key_size, problem);
	if (error != CREDIT_OK)
		return error;
	credd_reply_begin(&page->reply);
	page->count = page->seen = 0;
	page->begun = token[0] != '\0';
	page->more = false;
	page->key_size = key_size;
	return CREDIT_OK;
}

enum credit_error credd_page_look(struct credd_page *page, struct credit_bytes key)
{
	if (key.size != page->key_size)
		return CREDIT_E_STORE_CORRUPT;
	page->more = page->count == page->limit || page->seen == CREDD_PAGE_SCAN;
	if (page->more)
		return CREDIT_E_CANCELLED;
	page->seen++;
	memcpy(page->key, key.data, key.size);
	return CREDIT_OK;
}

void credd_page_add(struct credd_page *page, struct credit_bytes row)
{
	credd_reply_message(&page->reply, 1, row);
	page->count++;
}

void credd_page_end(struct credd_asking *asking, struct credd_page *page)
{
	if (page->more) {
		credit_base64(page->key, page->key_size, page->token);
		credd_reply_bytes(&page->reply, 2, credit_bytes_of(page->token));
	}
	credd_reply_number(&page->reply, 3, asking->publication.epoch);
}

void credd_page_reply(struct credd_asking *asking, struct credd_page *page)
{
	credd_page_end(asking, page);
	credd_call_reply(asking->call, page->reply.part, page->reply.parts);
}

/* --- months ------------------------------------------------------------------------------------- */

static uint32_t months_since_zero(uint32_t month)
{
	return month / 100 * 12 + month % 100 - 1;
}

static bool is_month(uint32_t month)
{
	return month >= 190001 && month <= 999912 && month % 100 >= 1 && month % 100 <= 12;
}

enum credit_error credd_months(uint32_t *first, uint32_t *last, struct credit_problem *problem)
{
	int32_t year, month, day;

	if (*first == 0 && *last == 0) {
		credit_day_to_civil(credit_day_of(credd_clock_wall()), &year, &month, &day);
		*first = month > 1 ? (uint32_t)(year * 100 + month - 1)
				   : (uint32_t)((year - 1) * 100 + 12);
		*last = *first;
	}
	if (!is_month(*first))
		return credit_problem_set(
			problem, CREDIT_E_FIELD_RANGE, "first_month", NULL, "yyyymm");
	if (!is_month(*last) || *last < *first)
		return credit_problem_set(problem, CREDIT_E_FIELD_RANGE, "last_month", NULL,
			"yyyymm, not before first_month");
	if (months_since_zero(*last) - months_since_zero(*first) >= CREDD_MONTHS_MAX)
		return credit_problem_set(problem, CREDIT_E_FIELD_RANGE, "last_month", NULL,
			"at most %d months", CREDD_MONTHS_MAX);
	return CREDIT_OK;
}
