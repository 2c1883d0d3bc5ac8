/* SPDX-License-Identifier: Apache-2.0
 *
 * measures.c - credit.v1.SupervisionService: measures of an entity, subscriptions, deliveries.
 */
#include "service/supervision.h"

#include "credit/v1/journal.pb-c.h"

#include <string.h>

#define ROW_KEY_SIZE (CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE)

/* One page of rows whose keys are a code and an id. */
struct row_page {
	struct credd_page page;
	struct credd_asking *asking;
	uint8_t after[ROW_KEY_SIZE]; /* the token's key */
	/* Has the row shown: its bytes, or others in its place; nothing: it is passed over. */
	enum credit_error (*show)(struct credd_asking *asking, struct credit_bytes row,
		struct credit_bytes *ret_shown);
};

static enum credit_error add_row(void *context, struct credit_bytes key, struct credit_bytes row)
{
	struct row_page *rows = context;
	struct credit_bytes shown = {NULL, 0};
	enum credit_error error;

	if (key.size != ROW_KEY_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	if (rows->page.begun && memcmp(key.data, rows->after, key.size) == 0)
		return CREDIT_OK;
	error = rows->show(rows->asking, row, &shown);
	/* What is not shown leaves no trace, in page sizes and tokens too. */
	if (error || shown.size == 0)
		return error;
	error = credd_page_look(&rows->page, key);
	if (!error)
		credd_page_add(&rows->page, shown);
	return error;
}

/* A token is of the code that is asked about. */
static enum credit_error check_token(
	const struct row_page *rows, const struct credit_uscc *uscc, struct credit_problem *problem)
{
	if (!rows->page.begun || memcmp(rows->page.key, uscc->character, CREDIT_USCC_SIZE) == 0)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_BASE64_INVALID, "page_token", NULL,
		"next_page_token of the page before");
}

static void answer_rows(struct row_page *rows, uint32_t effect_kind, const struct credit_uscc *uscc,
	int32_t size, const char *token)
{
	struct credit_bytes prefix = {(const uint8_t *)uscc->character, CREDIT_USCC_SIZE}, from;
	struct credit_problem problem = {0};
	enum credit_error error =
		credd_page_begin(&rows->page, size, token, ROW_KEY_SIZE, &problem);

	if (!error)
		error = check_token(rows, uscc, &problem);
	memcpy(rows->after, rows->page.key, sizeof rows->after);
	from = (struct credit_bytes){rows->after, ROW_KEY_SIZE};
	if (!error)
		error = credit_view_scan_from(rows->asking->view, effect_kind, prefix,
			rows->page.begun ? from : prefix, rows, add_row);
	if (error && error != CREDIT_E_CANCELLED)
		credd_asking_fail(rows->asking, error, &problem);
	else
		credd_page_reply(rows->asking, &rows->page);
}

static enum credit_error show_as_it_is(
	struct credd_asking *asking, struct credit_bytes row, struct credit_bytes *ret_shown)
{
	(void)asking;
	*ret_shown = row;
	return CREDIT_OK;
}

/* --- ListMeasures ------------------------------------------------------------------------------- */

/* To the public: in force, because of a published listing, without what is the department's own. */
static enum credit_error show_in_public(
	struct credd_asking *asking, struct credit_bytes row, struct credit_bytes *ret_shown)
{
	ProtobufCMessage *message;
	Credit__V1__Measure *measure;
	enum credit_error error =
		credd_decode_row(asking, row, &credit__v1__measure__descriptor, &message);

	if (error)
		return error;
	measure = (Credit__V1__Measure *)(void *)message;
	if (measure->state != CREDIT__V1__MEASURE_STATE__MEASURE_STATE_APPLIED)
		return CREDIT_OK;
	error = credd_row_by_id(asking, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
		measure->entity_uscc, &measure->listing, &credit__v1__record__descriptor, &message);
	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STORE_CORRUPT : error;
	if (!credd_record_is_public((const Credit__V1__Record *)(void *)message))
		return CREDIT_OK;
	measure->task = (ProtobufCBinaryData){0, NULL};
	measure->n_trail = 0;
	measure->feedbacks = 0;
	return credit_encode(&measure->base, asking->arena, ret_shown);
}

void credd_list_measures(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__ListMeasuresRequest *request;
	struct credd_asking asking;
	struct credit_problem problem;
	struct credit_uscc uscc;
	struct credit_bytes status;
	enum credit_error plain, error;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__list_measures_request__descriptor);
	if (!request || !credd_asking_begin(service, call, &asking))
		return;
	error = credit_entity_name_parse(request->parent, "", &uscc, &plain, &problem);
	if (error) {
		credd_call_fail(call, &problem, 0);
	} else if (credit_view_row(asking.view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY,
			   (struct credit_bytes){(const uint8_t *)uscc.character, CREDIT_USCC_SIZE},
			   &status) == CREDIT_E_NOT_FOUND) {
		credd_explain_absence(call, "parent", &uscc, plain);
	} else {
		bool official = credd_call_peer(call)->kind != CREDD_PEER_PUBLIC;
		struct row_page rows = {
			.asking = &asking, .show = official ? show_as_it_is : show_in_public};
		answer_rows(&rows, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_MEASURE, &uscc,
			request->page_size, request->page_token);
	}
	credd_asking_end(&asking);
}

/* --- ListSubscriptions -------------------------------------------------------------------------- */

/* Rows of a kind that are kept under an authority's code. */
static void answer_own_rows(struct credd_asking *asking, uint32_t effect_kind, const char *parent,
	int32_t size, const char *token)
{
	struct row_page rows = {.asking = asking, .show = show_as_it_is};
	struct credit_problem problem = {0};
	struct credit_uscc office;
	enum credit_error error = credd_office(asking, parent, &office, &problem);

	if (error)
		credd_asking_fail(asking, error, &problem);
	else
		answer_rows(&rows, effect_kind, &office, size, token);
}

void credd_list_subscriptions(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__ListSubscriptionsRequest *request;
	struct credd_asking asking;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__list_subscriptions_request__descriptor);
	if (!request || !credd_asking_begin(service, call, &asking))
		return;
	answer_own_rows(&asking, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_SUBSCRIPTION, request->parent,
		request->page_size, request->page_token);
	credd_asking_end(&asking);
}

/* --- ListDeliveries ----------------------------------------------------------------------------- */

struct delivery_page {
	struct credd_page page;
	struct credd_asking *asking;
};

/* A delivery is owed as long as its task is open: tasks lead to the few among the many. */
static enum credit_error add_owed(void *context, struct credit_bytes key, struct credit_bytes bytes)
{
	struct delivery_page *owed = context;
	uint8_t row[ROW_KEY_SIZE];
	ProtobufCMessage *message;
	struct credit_bytes delivery;
	enum credit_error error = credd_page_look(&owed->page, key);

	if (!error)
		error = credd_decode_row(
			owed->asking, bytes, &credit__v1__task__descriptor, &message);
	if (error)
		return error;
	const Credit__V1__Task *task = (const Credit__V1__Task *)(void *)message;
	if (task->kind != CREDIT__V1__TASK_KIND__TASK_KIND_ACKNOWLEDGE)
		return CREDIT_OK;
	if (task->subject.len != CREDIT_RECORD_ID_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(row, key.data + 1, CREDIT_USCC_SIZE);
	memcpy(row + CREDIT_USCC_SIZE, task->subject.data, CREDIT_RECORD_ID_SIZE);
	error = credit_view_row(owed->asking->view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DELIVERY,
		(struct credit_bytes){row, sizeof row}, &delivery);
	if (!error)
		credd_page_add(&owed->page, delivery);
	return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STORE_CORRUPT : error;
}

static void answer_owed(
	struct credd_asking *asking, const Credit__V1__ListDeliveriesRequest *request)
{
	struct delivery_page owed = {.asking = asking};
	struct credit_problem problem = {0};
	struct credit_uscc office;
	enum credit_error error = credd_office(asking, request->parent, &office, &problem);

	if (!error)
		error = credd_page_begin(&owed.page, request->page_size, request->page_token,
			CREDIT_OPEN_TASK_KEY_SIZE, &problem);
	if (!error)
		error = credd_office_tasks(asking, &owed.page, &office, false, &owed, add_owed);
	if (error)
		credd_asking_fail(asking, error, &problem);
	else
		credd_page_reply(asking, &owed.page);
}

void credd_list_deliveries(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__ListDeliveriesRequest *request;
	struct credd_asking asking;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__list_deliveries_request__descriptor);
	if (!request || !credd_asking_begin(service, call, &asking))
		return;
	if (request->acknowledged_too)
		answer_own_rows(&asking, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DELIVERY,
			request->parent, request->page_size, request->page_token);
	else
		answer_owed(&asking, request);
	credd_asking_end(&asking);
}
