/* SPDX-License-Identifier: Apache-2.0
 *
 * accesses.c - credit.v1.SupervisionService.ListAccesses: who read what, and what was done to the registry.
 *
 * Rows stand by the entity's code, so that an entity's own are found at once and all others by looking
 * at every row, 2,000 a call. Searching is a read as well: it is recorded, and the next search shows it.
 */
#include "service/supervision.h"

#include "credit/v1/journal.pb-c.h"

#include <string.h>

#define KEY_SIZE (CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE)

struct search {
	struct credd_page page;
	struct credd_asking *asking;
	const Credit__V1__ListAccessesRequest *request;
	struct credit_uscc entity;
	bool one; /* an entity was named */
	uint8_t after[KEY_SIZE];
};

/* The whole name, or its beginning up to a slash; no name: every method. */
static bool same_method(const char *wanted, const char *method)
{
	size_t length = strlen(wanted);

	if (length > 0 && wanted[length - 1] == '/')
		return strncmp(wanted, method, length) == 0;
	return length == 0 || strcmp(wanted, method) == 0;
}

static bool is_asked_for(const struct search *search, const Credit__V1__Access *access)
{
	const Credit__V1__ListAccessesRequest *request = search->request;

	/* Under the code stands also what it did to the registry as a reader. */
	if (search->one && access->entity_uscc[0] == '\0')
		return false;
	if (request->reader_uscc[0] && strcmp(request->reader_uscc, access->reader_uscc) != 0)
		return false;
	if (access->at < request->from || (request->until != 0 && access->at >= request->until))
		return false;
	return same_method(request->method, access->method);
}

static enum credit_error add_access(
	void *context, struct credit_bytes key, struct credit_bytes bytes)
{
	struct search *search = context;
	ProtobufCMessage *message;
	struct credit_arena arena;
	enum credit_error error;

	if (key.size == KEY_SIZE && search->page.begun &&
		memcmp(key.data, search->after, KEY_SIZE) == 0)
		return CREDIT_OK;
	error = credd_page_look(&search->page, key);
	if (error)
		return error;
	credit_arena_init(&arena, NULL, 0, CREDD_ARENA_SMALL);
	error = credit_decode(&credit__v1__access__descriptor, bytes, &arena, &message, NULL);
	if (error && error != CREDIT_E_NO_MEMORY)
		error = CREDIT_E_STORE_CORRUPT;
	if (!error && is_asked_for(search, (const Credit__V1__Access *)(const void *)message))
		credd_page_add(&search->page, bytes);
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error check_code(const char *field, const char *text,
	struct credit_uscc *ret_uscc, struct credit_problem *problem)
{
	enum credit_error error = CREDIT_OK;

	if (text[0] != '\0')
		error = credit_uscc_parse(
			credit_bytes_of(text), CREDIT_USCC_PLAIN, ret_uscc, problem);
	if (error)
		credit_problem_prefix(problem, field);
	return error;
}

static enum credit_error begin(struct search *search, struct credit_problem *problem)
{
	const Credit__V1__ListAccessesRequest *request = search->request;
	struct credit_uscc reader;
	enum credit_error error = check_code("reader_uscc", request->reader_uscc, &reader, problem);

	search->one = request->entity_uscc[0] != '\0';
	if (!error)
		error = check_code("entity_uscc", request->entity_uscc, &search->entity, problem);
	if (!error && request->until != 0 && request->until <= request->from)
		error = credit_problem_set(
			problem, CREDIT_E_FIELD_RANGE, "until", NULL, "after `from`");
	if (!error)
		error = credd_page_begin(
			&search->page, request->page_size, request->page_token, KEY_SIZE, problem);
	memcpy(search->after, search->page.key, KEY_SIZE);
	if (!error && search->one && search->page.begun &&
		memcmp(search->after, search->entity.character, CREDIT_USCC_SIZE) != 0)
		error = credit_problem_set(problem, CREDIT_E_BASE64_INVALID, "page_token", NULL,
			"next_page_token of the page before");
	return error;
}

static void answer(struct search *search, struct credd_service *service)
{
	struct credd_asking *asking = search->asking;
	struct credit_bytes prefix = {(const uint8_t *)search->entity.character, 0};
	struct credit_bytes from = {search->after, KEY_SIZE};
	struct credit_problem problem = {0};
	enum credit_error error = begin(search, &problem);

	if (search->one)
		prefix.size = CREDIT_USCC_SIZE;

	if (!error && !credd_may_be_recorded(
			      service, asking->call, asking->view, search->request->purpose))
		return;
	if (!error)
		error = credit_view_scan_from(asking->view,
			CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ACCESS, prefix,
			search->page.begun ? from : prefix, search, add_access);
	if (error && error != CREDIT_E_CANCELLED) {
		credd_asking_fail(asking, error, &problem);
		return;
	}
	credd_page_end(asking, &search->page);
	credd_reply_recorded(service, asking->call, search->one ? &search->entity : NULL,
		search->request->purpose, &search->page.reply);
}

void credd_list_accesses(void *service, struct credd_call *call, enum credd_event event)
{
	struct credd_asking asking;
	struct search search = {.asking = &asking};

	if (event != CREDD_EVENT_REQUEST)
		return;
	search.request = credd_decode(call, &credit__v1__list_accesses_request__descriptor);
	if (!search.request || !credd_asking_begin(service, call, &asking))
		return;
	answer(&search, service);
	credd_asking_end(&asking);
}
