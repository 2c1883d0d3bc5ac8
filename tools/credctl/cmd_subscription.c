/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_subscription.c - credctl subscription: who wants to be told of removals and corrections, and
 * acknowledges them, one by one or in bulk.
 */
#include "commands.h"
#include "file.h"
#include "output.h"
#include "pages.h"
#include "sign.h"
#include "value.h"
#include "words.h"

#include <credit/v1/supervision_service.pb-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_DIGITS (2 * CREDIT_RECORD_ID_SIZE)
#define IDS_FILE_MAX (64U << 20)

/* --- add and end -------------------------------------------------------------------------------- */

struct add_values {
	struct sign_values signing;
	struct option_list items;
	char *region;
};

static int run_add(struct app *app, void *memory, char **arguments, size_t count)
{
	struct add_values *values = memory;
	Credit__V1__Subscription subscription = CREDIT__V1__SUBSCRIPTION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	struct credit_problem problem = {0};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	if (sign_issuer(app, &values->signing, uscc, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	subscription.subscriber_uscc = uscc;
	subscription.items = values->items.items;
	subscription.n_items = values->items.count;
	if (values->region)
		subscription.region = values->region;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_SUBSCRIPTION;
	act.subscription = &subscription;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option add_options[] = {
	{.name = "item",
		.type = OPTION_LIST,
		.offset = offsetof(struct add_values, items),
		.value = "ID",
		.help = {"list or kind of record; may be repeated; none: all",
			"名单或记录种类编号，可重复；不填为全部"}},
	{.name = "region",
		.type = OPTION_TEXT,
		.offset = offsetof(struct add_values, region),
		.value = "DIGITS",
		.help = {"only entities of this administrative division", "仅限此行政区划的主体"}},
	SIGN_OPTIONS(struct add_values),
	{.name = NULL},
};

const struct command cmd_subscription_add = {
	.name = "subscription add",
	.arguments = "",
	.values_size = sizeof(struct add_values),
	.options = add_options,
	.summary = {"be told of removals and corrections from now on", "订阅移出和更正通知"},
	.detail = {"Each delivery must be acknowledged within the rule book's limit.",
		"每次送达均须在规定时限内确认。"},
	.run = run_add,
};

struct end_values {
	struct sign_values signing;
	struct option_record id;
};

static int run_end(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct end_values *values = memory;
	Credit__V1__SubscriptionEnd end = CREDIT__V1__SUBSCRIPTION_END__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	struct credit_problem problem = {0};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	if (sign_issuer(app, &values->signing, uscc, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	end.subscriber_uscc = uscc;
	end.subscription = (ProtobufCBinaryData){
		sizeof values->id.id.byte, (uint8_t *)(uintptr_t)values->id.id.byte};
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_SUBSCRIPTION_END;
	act.subscription_end = &end;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option end_options[] = {
	{.name = "id",
		.type = OPTION_RECORD,
		.offset = offsetof(struct end_values, id),
		.required = true,
		.value = "ID",
		.help = {"the subscription's id", "订阅编号"}},
	SIGN_OPTIONS(struct end_values),
	{.name = NULL},
};

const struct command cmd_subscription_end = {
	.name = "subscription end",
	.arguments = "",
	.values_size = sizeof(struct end_values),
	.options = end_options,
	.summary = {"end a subscription; what was delivered is still to be acknowledged",
		"终止订阅；已送达的仍须确认"},
	.run = run_end,
};

/* --- list --------------------------------------------------------------------------------------- */

struct sink {
	const struct app *app;
	struct output_table *table;
};

static enum credit_error office_name(
	const char *code, char parent[64], struct credit_problem *problem)
{
	char uscc[OUTPUT_USCC_SIZE];
	enum credit_error error = value_asked_uscc(code, uscc, problem);

	if (error == CREDIT_OK)
		snprintf(parent, 64, "authorities/%s", uscc);
	return error;
}

static void print_subscription(const struct sink *sink, const Credit__V1__SubscriptionRow *row)
{
	char since[CREDIT_DAY_TEXT_SIZE], id[ID_DIGITS + 1] = "", items[1024] = "";
	size_t length = 0;

	if (!sink->table) {
		json_t *names = json_array();
		for (size_t i = 0; i < row->n_items; i++)
			json_array_append_new(names, output_json_text(row->items[i]));
		output_json(json_pack("{s:o, s:o, s:o, s:o, s:b}", "id",
			output_json_hex(row->id.data, row->id.len), "items", names, "region",
			output_json_text(row->region), "since", output_json_day(row->since),
			"ended", (int)row->ended));
		return;
	}
	for (size_t i = 0; i < row->n_items && length < sizeof items; i++)
		length += (size_t)snprintf(items + length, sizeof items - length, "%s%s",
			i > 0 ? " " : "", row->items[i]);
	if (row->id.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(row->id.data, row->id.len, id);
	const char *const cells[] = {id, output_day(row->since, since),
		row->ended ? app_say(sink->app, "ended", "已终止")
			   : app_say(sink->app, "in force", "有效"),
		row->region[0] ? row->region : app_say(sink->app, "everywhere", "全部"),
		items[0] ? items : app_say(sink->app, "everything", "全部")};
	output_table_add(sink->table, cells);
}

static void each_subscription(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__ListSubscriptionsResponse *page = (const void *)reply;

	for (size_t i = 0; i < page->n_subscriptions; i++)
		print_subscription(context, page->subscriptions[i]);
}

static int run_list(struct app *app, void *values, char **arguments, size_t count)
{
	const char *const headings[] = {app_say(app, "ID", "编号"),
		app_say(app, "SINCE", "订阅日期"), app_say(app, "STATE", "状态"),
		app_say(app, "REGION", "行政区划"), app_say(app, "ITEMS", "事项")};
	Credit__V1__ListSubscriptionsRequest request = CREDIT__V1__LIST_SUBSCRIPTIONS_REQUEST__INIT;
	struct sink sink = {.app = app};
	struct credit_problem problem = {0};
	char parent[64];
	int code;

	(void)values;
	(void)count;
	if (office_name(arguments[0], parent, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	request.parent = parent;
	if (!app->json)
		sink.table = output_table_new(headings, 5);
	code = pages_run(app, "/credit.v1.SupervisionService/ListSubscriptions", &request.base,
		&credit__v1__list_subscriptions_response__descriptor, each_subscription, &sink);
	if (sink.table)
		output_table_print(sink.table, stdout);
	return code;
}

const struct command cmd_subscription_list = {
	.name = "subscription list",
	.arguments = "OFFICE",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = {"the subscriptions of an authority", "查询机关的订阅"},
	.run = run_list,
};

/* --- deliveries --------------------------------------------------------------------------------- */

struct deliveries_values {
	bool all;
};

static void print_delivery(const struct sink *sink, const Credit__V1__Delivery *delivery)
{
	char told[CREDIT_DAY_TEXT_SIZE], done[CREDIT_DAY_TEXT_SIZE];
	char id[ID_DIGITS + 1] = "", record[ID_DIGITS + 1] = "";

	if (!sink->table) {
		output_json(json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I}", "id",
			output_json_hex(delivery->id.data, delivery->id.len), "entity",
			output_json_text(delivery->entity_uscc), "record",
			output_json_hex(delivery->record.data, delivery->record.len), "item",
			output_json_text(delivery->item), "cause",
			words_name(&words_removal_cause, delivery->cause), "told_on",
			output_json_day(delivery->told_on), "acknowledged_on",
			output_json_day(delivery->acknowledged_on), "epoch",
			(json_int_t)delivery->epoch));
		return;
	}
	if (delivery->id.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(delivery->id.data, delivery->id.len, id);
	if (delivery->record.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(delivery->record.data, delivery->record.len, record);
	const char *const cells[] = {id, output_day(delivery->told_on, told),
		words_text(&words_removal_cause, delivery->cause, sink->app->lang), delivery->item,
		delivery->entity_uscc, record, output_day(delivery->acknowledged_on, done)};
	output_table_add(sink->table, cells);
}

static void each_delivery(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__ListDeliveriesResponse *page = (const void *)reply;

	for (size_t i = 0; i < page->n_deliveries; i++)
		print_delivery(context, page->deliveries[i]);
}

static int run_deliveries(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct deliveries_values *values = memory;
	const char *const headings[] = {app_say(app, "ID", "编号"),
		app_say(app, "TOLD", "送达日期"), app_say(app, "BECAUSE", "原因"),
		app_say(app, "ITEM", "事项"), app_say(app, "ENTITY", "主体"),
		app_say(app, "RECORD", "记录编号"), app_say(app, "ACKNOWLEDGED", "确认日期")};
	Credit__V1__ListDeliveriesRequest request = CREDIT__V1__LIST_DELIVERIES_REQUEST__INIT;
	struct sink sink = {.app = app};
	struct credit_problem problem = {0};
	char parent[64];
	int code;

	(void)count;
	if (office_name(arguments[0], parent, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	request.parent = parent;
	request.acknowledged_too = values->all;
	if (!app->json)
		sink.table = output_table_new(headings, 7);
	code = pages_run(app, "/credit.v1.SupervisionService/ListDeliveries", &request.base,
		&credit__v1__list_deliveries_response__descriptor, each_delivery, &sink);
	if (sink.table)
		output_table_print(sink.table, stdout);
	return code;
}

static const struct option deliveries_options[] = {
	{.name = "all",
		.type = OPTION_FLAG,
		.offset = offsetof(struct deliveries_values, all),
		.help = {"those that are acknowledged too", "包括已确认的"}},
	{.name = NULL},
};

const struct command cmd_delivery_list = {
	.name = "delivery list",
	.arguments = "OFFICE",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct deliveries_values),
	.options = deliveries_options,
	.summary = {"what an authority was told of and must acknowledge", "查询待确认的移出和更正"},
	.run = run_deliveries,
};

/* --- ack ---------------------------------------------------------------------------------------- */

struct ack_values {
	struct sign_values signing;
	bool all;
	char *file, *done;
	credit_day_t date;
};

/* Ids that are to be acknowledged; grows as it needs. */
struct ids {
	struct credit_record_id *items;
	size_t count, capacity;
	bool no_memory;
};

static void add_id(struct ids *ids, const uint8_t *id)
{
	if (ids->count == ids->capacity) {
		size_t capacity = ids->capacity ? 2 * ids->capacity : 64;
		struct credit_record_id *items = realloc(ids->items, capacity * sizeof *items);

		ids->no_memory |= !items;
		if (!items)
			return;
		ids->items = items;
		ids->capacity = capacity;
	}
	memcpy(ids->items[ids->count++].byte, id, CREDIT_RECORD_ID_SIZE);
}

static enum credit_error add_text(const struct app *app, struct ids *ids, const char *text,
	size_t length, const char *where, struct credit_problem *problem)
{
	struct credit_record_id id;

	if (credit_hex_decode(text, length, id.byte, sizeof id.byte) != CREDIT_OK)
		return credit_problem_set(problem, CREDIT_E_USAGE, where, NULL,
			app_say(app, "'%.*s' is no id of 32 hexadecimal digits",
				"“%.*s”不是 32 位十六进制编号"),
			(int)(length < 64 ? length : 64), text);
	add_id(ids, id.byte);
	return CREDIT_OK;
}

/* One id a line; empty lines are passed over. */
static enum credit_error add_file(
	const struct app *app, struct ids *ids, const char *path, struct credit_problem *problem)
{
	struct credit_bytes bytes;
	enum credit_error error = file_read(path, IDS_FILE_MAX, &bytes, problem);
	const char *text = (const char *)bytes.data;

	if (error != CREDIT_OK)
		return error;
	for (size_t at = 0; at < bytes.size && error == CREDIT_OK;) {
		size_t length = strcspn(text + at, "\r\n");

		if (length > 0)
			error = add_text(app, ids, text + at, length, path, problem);
		at += length + 1;
	}
	file_free(bytes);
	return error;
}

static void add_page(void *context, const ProtobufCMessage *reply)
{
	const Credit__V1__ListDeliveriesResponse *page = (const void *)reply;

	for (size_t i = 0; i < page->n_deliveries; i++) {
		if (page->deliveries[i]->id.len == CREDIT_RECORD_ID_SIZE)
			add_id(context, page->deliveries[i]->id.data);
	}
}

static int add_owed(struct app *app, struct ids *ids, const char *uscc)
{
	Credit__V1__ListDeliveriesRequest request = CREDIT__V1__LIST_DELIVERIES_REQUEST__INIT;
	char parent[64];

	snprintf(parent, sizeof parent, "authorities/%s", uscc);
	request.parent = parent;
	return pages_run(app, "/credit.v1.SupervisionService/ListDeliveries", &request.base,
		&credit__v1__list_deliveries_response__descriptor, add_page, ids);
}

/* A filing holds a thousand acts. */
struct ack_batch {
	Credit__V1__SubscriptionAck acks[CREDIT_ACTS_MAX];
	Credit__V1__Act acts[CREDIT_ACTS_MAX];
	struct sign_item items[CREDIT_ACTS_MAX];
};

static int send(struct app *app, const struct ack_values *values, char *uscc, const struct ids *ids)
{
	struct ack_batch *batch = calloc(1, sizeof *batch);
	struct credit_problem problem;
	int code = EXIT_DONE;

	if (!batch) {
		credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
		return app_fail(app, &problem);
	}
	for (size_t begin = 0; begin < ids->count && code <= EXIT_NO; begin += CREDIT_ACTS_MAX) {
		size_t left = ids->count - begin;
		size_t count = left < CREDIT_ACTS_MAX ? left : CREDIT_ACTS_MAX;
		int now;

		for (size_t i = 0; i < count; i++) {
			Credit__V1__SubscriptionAck *ack = &batch->acks[i];

			credit__v1__subscription_ack__init(ack);
			credit__v1__act__init(&batch->acts[i]);
			ack->subscriber_uscc = uscc;
			ack->delivery = (ProtobufCBinaryData){
				CREDIT_RECORD_ID_SIZE, ids->items[begin + i].byte};
			ack->date = values->date.days ? values->date.days : app_today().days;
			if (values->done)
				ack->done = values->done;
			batch->acts[i].payload_case = CREDIT__V1__ACT__PAYLOAD_SUBSCRIPTION_ACK;
			batch->acts[i].subscription_ack = ack;
			batch->items[i] = (struct sign_item){&batch->acts[i], {NULL, 0}};
		}
		now = sign_and_submit_each(app, &values->signing, batch->items, count);
		code = now > code ? now : code;
	}
	free(batch);
	return code;
}

static int gather(struct app *app, const struct ack_values *values, const char *uscc,
	char **arguments, size_t count, struct ids *ids)
{
	struct credit_problem problem = {0};
	enum credit_error error = CREDIT_OK;
	int code = EXIT_DONE;

	for (size_t i = 0; i < count && error == CREDIT_OK; i++)
		error = add_text(app, ids, arguments[i], strlen(arguments[i]), "ID", &problem);
	if (error == CREDIT_OK && values->file)
		error = add_file(app, ids, values->file, &problem);
	if (error == CREDIT_OK && values->all)
		code = add_owed(app, ids, uscc);
	if (error == CREDIT_OK && ids->no_memory)
		error = credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	if (error == CREDIT_OK && code == EXIT_DONE && ids->count == 0 && !values->all)
		error = credit_problem_set(&problem, CREDIT_E_USAGE, "subscription ack", NULL, "%s",
			app_say(app, "give ids, --file or --all", "请给出编号、--file 或 --all"));
	return error == CREDIT_OK ? code : app_fail(app, &problem);
}

static int run_ack(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct ack_values *values = memory;
	struct credit_problem problem = {0};
	struct ids ids = {0};
	char uscc[OUTPUT_USCC_SIZE];
	int code;

	if (sign_issuer(app, &values->signing, uscc, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	code = gather(app, values, uscc, arguments, count, &ids);
	if (code == EXIT_DONE && ids.count == 0)
		app_note(app, "nothing is to be acknowledged", "没有待确认的送达");
	if (code == EXIT_DONE)
		code = send(app, values, uscc, &ids);
	free(ids.items);
	return code;
}

#define AT(member) offsetof(struct ack_values, member)
static const struct option ack_options[] = {
	{.name = "all",
		.type = OPTION_FLAG,
		.offset = AT(all),
		.help = {"all that must be acknowledged", "全部待确认的送达"}},
	{.name = "file",
		.type = OPTION_TEXT,
		.offset = AT(file),
		.value = "FILE",
		.help = {"ids, one a line; - is standard input",
			"编号文件，每行一个；- 为标准输入"}},
	{.name = "date",
		.type = OPTION_DATE,
		.offset = AT(date),
		.value = "DATE",
		.help = {"day on which it was seen to; today by default", "处理日期，默认今日"}},
	{.name = "done",
		.type = OPTION_TEXT,
		.offset = AT(done),
		.value = "TEXT",
		.help = {"what was done", "处理情况"}},
	SIGN_OPTIONS(struct ack_values),
	{.name = NULL},
};
#undef AT

const struct command cmd_subscription_ack = {
	.name = "subscription ack",
	.arguments = "[ID...]",
	.arguments_max = SIZE_MAX,
	.values_size = sizeof(struct ack_values),
	.options = ack_options,
	.summary = {"acknowledge removals and corrections", "确认已获知移出和更正"},
	.detail =
		{"Up to 1,000 in one filing, each by itself: one that is refused keeps none of the "
		 "others from being accepted.",
			"每批至多 1000 件，逐件受理：一件被拒不影响其他。"},
	.run = run_ack,
};
