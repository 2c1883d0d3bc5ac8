/* SPDX-License-Identifier: Apache-2.0
 *
 * supervision.c - credit.v1.SupervisionService: what offices owe, and what is overdue in the open.
 */
#include "service/supervision.h"

#include "credit/v1/journal.pb-c.h"
#include "credit/v1/rule_book.pb-c.h"

#include <string.h>

/* --- ListTasks ---------------------------------------------------------------------------------- */

enum credit_error credd_office_tasks(struct credd_asking *asking, struct credd_page *page,
	const struct credit_uscc *office, bool overdue_only, void *context,
	enum credit_error (*each)(void *context, struct credit_bytes key, struct credit_bytes task))
{
	/* The first byte of a key says whether the task is overdue (0) or not (1). */
	bool behind = page->begun && page->key[0] != 0;
	uint8_t after[CREDIT_OPEN_TASK_KEY_SIZE];
	enum credit_error error = CREDIT_OK;

	memcpy(after, page->key, sizeof after);
	if (!behind)
		error = credit_view_open_tasks(
			asking->view, true, office, page->begun ? after : NULL, context, each);
	if (!error && !overdue_only)
		error = credit_view_open_tasks(
			asking->view, false, office, behind ? after : NULL, context, each);
	return error == CREDIT_E_CANCELLED ? CREDIT_OK : error;
}

struct task_page {
	struct credd_page page;
	struct credd_asking *asking;
	uint32_t kind; /* 0: every */
};

static enum credit_error add_task(void *context, struct credit_bytes key, struct credit_bytes bytes)
{
	struct task_page *tasks = context;
	ProtobufCMessage *message;
	enum credit_error error = credd_page_look(&tasks->page, key);

	if (!error)
		error = credd_decode_row(
			tasks->asking, bytes, &credit__v1__task__descriptor, &message);
	if (error)
		return error;
	const Credit__V1__Task *task = (const Credit__V1__Task *)(void *)message;
	if (tasks->kind == 0 || tasks->kind == (uint32_t)task->kind)
		credd_page_add(&tasks->page, bytes);
	return CREDIT_OK;
}

static void answer_tasks(struct credd_asking *asking, const Credit__V1__ListTasksRequest *request)
{
	struct task_page tasks = {.asking = asking, .kind = (uint32_t)request->kind};
	struct credit_problem problem = {0};
	struct credit_uscc office;
	enum credit_error error = credd_office(asking, request->parent, &office, &problem);

	if (!error)
		error = credd_page_begin(&tasks.page, request->page_size, request->page_token,
			CREDIT_OPEN_TASK_KEY_SIZE, &problem);
	if (!error)
		error = credd_office_tasks(
			asking, &tasks.page, &office, request->overdue_only, &tasks, add_task);
	if (error)
		credd_asking_fail(asking, error, &problem);
	else
		credd_page_reply(asking, &tasks.page);
}

void credd_list_tasks(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__ListTasksRequest *request;
	struct credd_asking asking;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__list_tasks_request__descriptor);
	if (!request || !credd_asking_begin(service, call, &asking))
		return;
	answer_tasks(&asking, request);
	credd_asking_end(&asking);
}

/* --- ListOverdue -------------------------------------------------------------------------------- */

struct overdue_page {
	struct credd_page page;
	struct credd_asking *asking;
	const Credit__V1__ListOverdueRequest *request;
};

/* The record that the task is about, where such tasks may name it: CREDIT_E_NOT_FOUND for all others.
 * A lift and an acknowledgement come after a record's end, a case and a notice before anything is
 * public. */
static enum credit_error record_of(struct credd_asking *asking, const Credit__V1__Task *task,
	const Credit__V1__Record **ret_record)
{
	const ProtobufCBinaryData *id = &task->subject;
	ProtobufCMessage *message;
	enum credit_error error = CREDIT_OK;

	switch (task->kind) {
	case CREDIT__V1__TASK_KIND__TASK_KIND_FEEDBACK:
		error = credd_row_by_id(asking, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_MEASURE,
			task->entity_uscc, id, &credit__v1__measure__descriptor, &message);
		if (!error)
			id = &((const Credit__V1__Measure *)(void *)message)->listing;
		break;
	case CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_HONOUR:
	case CREDIT__V1__TASK_KIND__TASK_KIND_REVOKE_LISTING:
	case CREDIT__V1__TASK_KIND__TASK_KIND_RESUME_SUSPENDED:
	case CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_KEY:
		break;
	case CREDIT__V1__TASK_KIND__TASK_KIND_UNSPECIFIED:
	case CREDIT__V1__TASK_KIND__TASK_KIND_DECIDE_NOTICE:
	case CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE:
	case CREDIT__V1__TASK_KIND__TASK_KIND_CHECK_CASE:
	case CREDIT__V1__TASK_KIND__TASK_KIND_SUPPLEMENT_CASE:
	case CREDIT__V1__TASK_KIND__TASK_KIND_DECIDE_CASE:
	case CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_CASE:
	case CREDIT__V1__TASK_KIND__TASK_KIND_ACKNOWLEDGE:
	case CREDIT__V1__TASK_KIND__TASK_KIND_PLAN:
	case _CREDIT__V1__TASK_KIND_IS_INT_SIZE:
		return CREDIT_E_NOT_FOUND;
	}
	if (!error)
		error = credd_row_by_id(asking, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
			task->entity_uscc, id, &credit__v1__record__descriptor, &message);
	if (!error)
		*ret_record = (const Credit__V1__Record *)(void *)message;
	return error;
}

bool credd_record_is_public(const Credit__V1__Record *record)
{
	return record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED &&
	       record->visibility <= CREDIT__V1__VISIBILITY__VISIBILITY_PUBLIC;
}

/* docs/spec/supervision.md: "The entity is named only where the task is about a record that is published" */
static enum credit_error show(
	struct credd_asking *asking, const Credit__V1__Task *task, struct credit_bytes *ret_bytes)
{
	Credit__V1__OverdueTask shown = CREDIT__V1__OVERDUE_TASK__INIT;
	const Credit__V1__Record *record = NULL;
	const char *name;
	enum credit_error error = credd_authority_name(asking, task->office_uscc, &name);

	if (!error)
		error = record_of(asking, task, &record);
	if (error && error != CREDIT_E_NOT_FOUND)
		return error;
	shown.office_uscc = task->office_uscc;
	shown.office_name = (char *)(uintptr_t)name;
	shown.kind = task->kind;
	shown.item = task->item;
	shown.due_on = task->due_on;
	shown.escalated = task->state == CREDIT__V1__TASK_STATE__TASK_STATE_ESCALATED;
	shown.superior_uscc = task->superior_uscc;
	if (!error && credd_record_is_public(record))
		shown.entity_uscc = task->entity_uscc;
	return credit_encode(&shown.base, asking->arena, ret_bytes);
}

static bool is_asked_for(
	const Credit__V1__ListOverdueRequest *request, const Credit__V1__Task *task)
{
	if (request->kind && request->kind != task->kind)
		return false;
	if (request->item[0] && strcmp(request->item, task->item) != 0)
		return false;
	return !request->superior_uscc[0] ||
	       strcmp(request->superior_uscc, task->superior_uscc) == 0;
}

static enum credit_error add_overdue(
	void *context, struct credit_bytes key, struct credit_bytes bytes)
{
	struct overdue_page *overdue = context;
	struct credit_bytes shown;
	ProtobufCMessage *message;
	enum credit_error error = credd_page_look(&overdue->page, key);

	if (!error)
		error = credd_decode_row(
			overdue->asking, bytes, &credit__v1__task__descriptor, &message);
	if (error)
		return error;
	const Credit__V1__Task *task = (const Credit__V1__Task *)(void *)message;
	if (!is_asked_for(overdue->request, task))
		return CREDIT_OK;
	error = show(overdue->asking, task, &shown);
	if (!error)
		credd_page_add(&overdue->page, shown);
	return error;
}

static void answer_overdue(
	struct credd_asking *asking, const Credit__V1__ListOverdueRequest *request)
{
	struct overdue_page overdue = {.asking = asking, .request = request};
	uint8_t after[CREDIT_OPEN_TASK_KEY_SIZE];
	struct credit_problem problem = {0};
	struct credit_uscc office;
	bool one = request->office_uscc[0] != '\0';
	enum credit_error error = CREDIT_OK;

	if (one)
		error = credit_uscc_parse(credit_bytes_of(request->office_uscc), CREDIT_USCC_PLAIN,
			&office, &problem);
	if (error)
		credit_problem_prefix(&problem, "office_uscc");
	if (!error)
		error = credd_page_begin(&overdue.page, request->page_size, request->page_token,
			CREDIT_OPEN_TASK_KEY_SIZE, &problem);
	memcpy(after, overdue.page.key, sizeof after);
	if (!error)
		error = credit_view_open_tasks(asking->view, true, one ? &office : NULL,
			overdue.page.begun ? after : NULL, &overdue, add_overdue);
	if (error && error != CREDIT_E_CANCELLED)
		credd_asking_fail(asking, error, &problem);
	else
		credd_page_reply(asking, &overdue.page);
}

void credd_list_overdue(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__ListOverdueRequest *request;
	struct credd_asking asking;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__list_overdue_request__descriptor);
	if (!request || !credd_asking_begin(service, call, &asking))
		return;
	answer_overdue(&asking, request);
	credd_asking_end(&asking);
}
