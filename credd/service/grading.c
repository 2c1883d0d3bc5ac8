/* SPDX-License-Identifier: Apache-2.0
 *
 * grading.c - credit.v1.GradingService: grades for the supervision of entities.
 *
 * An inspection list is made message by message, each from a look of its own over a bounded number of
 * entities: a slow reader pins no pages, and what it has is a prefix of the codes in order.
 */
#include "service/service.h"

#include "clock.h"

#include <credit/view.h>

#include "credit/v1/grading_service.pb-c.h"

#include <string.h>

#define LIST_PAGE 100    /* grades in a message */
#define LIST_VISITS 2000 /* entities looked at for one */
#define LIST_ARENA ((size_t)64 << 20)

static credit_day_t today(void)
{
	return credit_day_of(credd_clock_wall());
}

static void reply_message(
	struct credd_call *call, const ProtobufCMessage *message, struct credit_arena *arena)
{
	struct credit_bytes bytes;
	enum credit_error error = credit_encode(message, arena, &bytes);

	if (error == CREDIT_OK)
		credd_call_reply(call, &bytes, 1);
	else
		credd_fail(call, error);
}

enum credit_error credd_pack_grade(struct credit_view *view, const struct credit_uscc *uscc,
	struct credit_arena *arena, struct credit_bytes *ret_grade)
{
	struct Credit__V1__Grade *grade;
	struct credit_rule_book *book;
	enum credit_error error = credit_view_book(view, today(), &book);

	if (error != CREDIT_OK)
		return error;
	error = credit_view_grade(view, book, uscc, today(), arena, &grade);
	if (error == CREDIT_OK)
		error = credit_encode(&grade->base, arena, ret_grade);
	credit_rule_book_free(book);
	return error;
}

/* --- GetGrade ---------------------------------------------------------------------------------- */

static void answer_grade(struct credd_call *call, struct credit_view *view,
	const struct credit_uscc *uscc, enum credit_error plain, struct credit_arena *arena)
{
	Credit__V1__GetGradeResponse response = CREDIT__V1__GET_GRADE_RESPONSE__INIT;
	struct credit_publication publication;
	struct credit_rule_book *book;
	enum credit_error error = credit_view_publication(view, &publication);

	if (error == CREDIT_OK)
		error = credit_view_book(view, today(), &book);
	if (error != CREDIT_OK) {
		credd_fail(call, error);
		return;
	}
	error = credit_view_grade(view, book, uscc, today(), arena, &response.grade);
	response.epoch = publication.epoch;
	response.published_at = publication.time.ms;
	if (error == CREDIT_E_NOT_FOUND)
		credd_explain_absence(call, "name", uscc, plain);
	else if (error != CREDIT_OK)
		credd_fail(call, error);
	else
		reply_message(call, &response.base, arena);
	credit_rule_book_free(book);
}

void credd_get_grade(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetGradeRequest *request;
	struct credit_problem problem;
	struct credit_arena arena;
	struct credit_view *view;
	struct credit_uscc uscc;
	enum credit_error plain;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_grade_request__descriptor);
	if (!request)
		return;
	if (credit_entity_name_parse(request->name, "/grade", &uscc, &plain, &problem) !=
		CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	view = credd_view(service, call);
	if (!view)
		return;
	credit_arena_init(&arena, NULL, 0, CREDD_ARENA_GRADE);
	answer_grade(call, view, &uscc, plain, &arena);
	credit_arena_deinit(&arena);
	credit_view_end(view);
}

/* --- StreamInspectionList ---------------------------------------------------------------------- */

struct inspecting {
	struct credit_inspection inspection;
	struct credit_uscc cursor; /* zeros at first */
	bool more;
};

struct page {
	Credit__V1__Grade *grades[LIST_PAGE];
	size_t count;
};

static enum credit_error take(void *context, const struct Credit__V1__Grade *grade)
{
	struct page *page = context;

	page->grades[page->count++] = (Credit__V1__Grade *)(uintptr_t)grade;
	return CREDIT_OK;
}

/* Looks on until the page is full or the visits are over, and packs what was found while the book that
 * the grades refer to is there. */
static enum credit_error fill(struct credit_view *view, struct inspecting *inspecting,
	struct credit_arena *arena, Credit__V1__StreamInspectionListResponse *response,
	struct credit_bytes *ret_bytes)
{
	struct page page = {.count = 0};
	struct credit_rule_book *book;
	char last[CREDIT_USCC_SIZE + 1] = "";
	enum credit_error error = credit_view_book(view, today(), &book);

	if (error != CREDIT_OK)
		return error;
	for (uint32_t visits = 0; error == CREDIT_OK && inspecting->more && visits < LIST_VISITS &&
				  page.count < LIST_PAGE;
		visits += LIST_PAGE)
		error = credit_view_inspect(view, book, &inspecting->inspection, today(),
			(uint32_t)(LIST_PAGE - page.count), &inspecting->cursor, arena, &page, take,
			&inspecting->more);
	memcpy(last, inspecting->cursor.character, CREDIT_USCC_SIZE);
	response->grades = page.grades;
	response->n_grades = page.count;
	response->last_uscc = last;
	if (error == CREDIT_OK)
		error = credit_encode(&response->base, arena, ret_bytes);
	credit_rule_book_free(book);
	return error;
}

static void send_page(struct credd_service *service, struct credd_call *call,
	struct inspecting *inspecting, struct credit_arena *arena)
{
	Credit__V1__StreamInspectionListResponse response =
		CREDIT__V1__STREAM_INSPECTION_LIST_RESPONSE__INIT;
	struct credit_publication publication;
	struct credit_bytes bytes;
	struct credit_view *view = credd_view(service, call);
	enum credit_error error;

	if (!view)
		return;
	error = credit_view_publication(view, &publication);
	response.epoch = publication.epoch;
	if (error == CREDIT_OK)
		error = fill(view, inspecting, arena, &response, &bytes);
	credit_view_end(view);
	if (error == CREDIT_OK)
		credd_call_send(call, &bytes, 1);
	else
		credd_fail(call, error);
}

static void send_next(
	struct credd_service *service, struct credd_call *call, struct inspecting *inspecting)
{
	struct credit_arena arena;

	if (!inspecting->more) {
		credd_call_end(call);
		return;
	}
	credit_arena_init(&arena, NULL, 0, LIST_ARENA);
	send_page(service, call, inspecting, &arena);
	credit_arena_deinit(&arena);
}

static enum credit_error check_request(const Credit__V1__StreamInspectionListRequest *request,
	struct credit_uscc *ret_after, struct credit_problem *problem)
{
	enum credit_error error = credd_check_region(request->region, problem);

	if (error != CREDIT_OK)
		return error;
	if (request->after_uscc[0] == '\0')
		return CREDIT_OK;
	if (strlen(request->after_uscc) != CREDIT_USCC_SIZE)
		return credit_problem_set(problem, CREDIT_E_USCC_LENGTH, "after_uscc", NULL, NULL);
	memcpy(ret_after->character, request->after_uscc, CREDIT_USCC_SIZE);
	return CREDIT_OK;
}

static void begin_list(struct credd_service *service, struct credd_call *call)
{
	const Credit__V1__StreamInspectionListRequest *request =
		credd_decode(call, &credit__v1__stream_inspection_list_request__descriptor);
	struct inspecting *inspecting;
	struct credit_problem problem;

	if (!request)
		return;
	inspecting = credit_arena_alloc(credd_call_arena(call), sizeof *inspecting);
	if (!inspecting) {
		credd_fail(call, CREDIT_E_NO_MEMORY);
		return;
	}
	*inspecting = (struct inspecting){
		.inspection = {request->grade, request->region, request->list}, .more = true};
	if (check_request(request, &inspecting->cursor, &problem) != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	*credd_call_state(call) = inspecting;
	send_next(service, call, inspecting);
}

void credd_stream_inspection_list(void *service, struct credd_call *call, enum credd_event event)
{
	switch (event) {
	case CREDD_EVENT_REQUEST:
		begin_list(service, call);
		break;
	case CREDD_EVENT_WRITABLE:
		send_next(service, call, *credd_call_state(call));
		break;
	case CREDD_EVENT_HALF_CLOSED:
	case CREDD_EVENT_CANCELLED:
		credd_call_end(call);
		break;
	}
}
