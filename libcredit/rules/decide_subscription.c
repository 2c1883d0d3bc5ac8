/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_subscription.c - who is told that a record ended or was corrected, and must say so.
 *
 * That a repair repairs everywhere is checked and not merely broadcast: each subscriber that the
 * record concerns gets a delivery and a task in the epoch of the end. Subscriptions are found from
 * the item's side (EFFECT_KIND_SUBSCRIBED), so that an end costs what it tells and no more.
 */
#include "rules/procedure.h"

#include <string.h>

#define SUBSCRIPTION CREDIT__V1__EFFECT_KIND__EFFECT_KIND_SUBSCRIPTION
#define SUBSCRIBED CREDIT__V1__EFFECT_KIND__EFFECT_KIND_SUBSCRIBED
#define DELIVERY CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DELIVERY
#define EVERYTHING "" /* the item of those who want all */

/* --- subscribing ---------------------------------------------------------------------------------- */

static enum credit_error check_self(struct credit__deciding *deciding, const char *subscriber_uscc)
{
	const Credit__V1__Authority *authority;

	if (!credit__same_uscc(&deciding->in->issuer, subscriber_uscc))
		return credit__refuse(deciding, CREDIT_E_NOT_THE_AUTHOR, "subscriber_uscc", NULL,
			"it speaks for itself only");
	return credit__need_authority(deciding, "subscriber_uscc", subscriber_uscc, &authority);
}

static bool book_knows(const Credit__V1__RuleBook *book, const char *item)
{
	for (size_t i = 0; i < book->n_records; i++) {
		if (strcmp(book->records[i]->id, item) == 0)
			return true;
	}
	return credit__book_list(book, item) != NULL;
}

static enum credit_error check_items(
	struct credit__deciding *deciding, const Credit__V1__Subscription *subscription)
{
	const struct credit_rule_book *book = deciding->in->book;

	if (!book && subscription->n_items > 0)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_MISSING, NULL, NULL, NULL);
	for (size_t i = 0; i < subscription->n_items; i++) {
		if (!book_knows(book->message, subscription->items[i]))
			return credit__refuse(deciding, CREDIT_E_ITEM_UNKNOWN, "items",
				credit__version(deciding), "'%.64s'", subscription->items[i]);
	}
	return CREDIT_OK;
}

static enum credit_error count_row(
	void *context, const ProtobufCMessage *row, struct credit_bytes value)
{
	(void)row;
	(void)value;
	++*(uint32_t *)context;
	return CREDIT_OK;
}

static enum credit_error count_open(
	void *context, const ProtobufCMessage *row, struct credit_bytes value)
{
	const Credit__V1__SubscriptionRow *subscription = (const Credit__V1__SubscriptionRow *)row;

	return subscription->ended ? CREDIT_OK : count_row(context, row, value);
}

static enum credit_error check_room(struct credit__deciding *deciding, const char *item)
{
	struct credit__key prefix = credit__key_item(item);
	uint32_t count = 0;
	enum credit_error error =
		credit__each_row_at(deciding, SUBSCRIBED, &prefix, count_row, &count);

	if (error || count < CREDIT__SUBSCRIPTIONS_ITEM_MAX)
		return error;
	return credit__refuse(deciding, CREDIT_E_SUBSCRIPTIONS_FULL, "items", NULL,
		"at most %d for %s", CREDIT__SUBSCRIPTIONS_ITEM_MAX, item[0] ? item : "all items");
}

static enum credit_error put_subscribed(
	struct credit__deciding *deciding, const Credit__V1__SubscriptionRow *row, const char *item)
{
	struct credit__key key = credit__key_subscribed(item, row->subscriber_uscc, row->id.data);
	Credit__V1__Subscribed subscribed = CREDIT__V1__SUBSCRIBED__INIT;
	enum credit_error error = check_room(deciding, item);

	subscribed.subscriber_uscc = row->subscriber_uscc;
	subscribed.id = row->id;
	subscribed.region = row->region;
	return error ? error : credit__put(deciding, SUBSCRIBED, &key, &subscribed.base);
}

static enum credit_error check_new(
	struct credit__deciding *deciding, const Credit__V1__SubscriptionRow *row)
{
	struct credit__key key = credit__key_id(row->subscriber_uscc, row->id.data);
	uint32_t open = 0;
	bool used;
	enum credit_error error = credit__fact_exists(deciding, SUBSCRIPTION, &key, &used);

	if (!error && used)
		return credit__refuse(deciding, CREDIT_E_COMMITMENT_USED, NULL, NULL, NULL);
	if (!error)
		error = credit__each_row(
			deciding, SUBSCRIPTION, row->subscriber_uscc, count_open, &open);
	if (error || open < CREDIT__SUBSCRIPTIONS_SUBSCRIBER_MAX)
		return error;
	return credit__refuse(deciding, CREDIT_E_SUBSCRIPTIONS_FULL, "subscriber_uscc", NULL,
		"at most %d for one authority", CREDIT__SUBSCRIPTIONS_SUBSCRIBER_MAX);
}

enum credit_error credit__decide_subscription(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Subscription *subscription = act->subscription;
	Credit__V1__SubscriptionRow row = CREDIT__V1__SUBSCRIPTION_ROW__INIT;
	struct credit__key key;
	enum credit_error error = check_self(deciding, subscription->subscriber_uscc);

	if (!error)
		error = check_items(deciding, subscription);
	if (!error)
		error = credit__own_id(deciding, &row.id);
	if (error)
		return error;
	row.subscriber_uscc = subscription->subscriber_uscc;
	row.items = subscription->items;
	row.n_items = subscription->n_items;
	row.region = subscription->region;
	row.since = deciding->today.days;
	error = check_new(deciding, &row);
	if (!error && row.n_items == 0)
		error = put_subscribed(deciding, &row, EVERYTHING);
	for (size_t i = 0; i < row.n_items && !error; i++)
		error = put_subscribed(deciding, &row, row.items[i]);
	key = credit__key_id(row.subscriber_uscc, row.id.data);
	return error ? error : credit__put(deciding, SUBSCRIPTION, &key, &row.base);
}

/* --- ending --------------------------------------------------------------------------------------- */

/* A row of the subscriber's, by an id of 16 bytes. */
static enum credit_error find_own(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const char *field, const char *subscriber_uscc, const ProtobufCBinaryData *id,
	ProtobufCMessage **ret_row)
{
	char hex[2 * CREDIT_RECORD_ID_SIZE + 1];
	struct credit__key key;
	enum credit_error error = check_self(deciding, subscriber_uscc);

	if (!error && id->len != CREDIT_RECORD_ID_SIZE)
		error = credit__refuse(deciding, CREDIT_E_FIELD_SIZE, field, NULL, "%d bytes",
			CREDIT_RECORD_ID_SIZE);
	if (error)
		return error;
	key = credit__key_id(subscriber_uscc, id->data);
	error = credit__fact(deciding, kind, &key, ret_row);
	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_SUBSCRIPTION_UNKNOWN, field, NULL, "%s",
			credit_hex(id->data, id->len, hex));
	return error;
}

static enum credit_error drop_subscribed(
	struct credit__deciding *deciding, const Credit__V1__SubscriptionRow *row, const char *item)
{
	struct credit__key key = credit__key_subscribed(item, row->subscriber_uscc, row->id.data);
	bool there; /* an item may have been named twice */
	enum credit_error error = credit__fact_exists(deciding, SUBSCRIBED, &key, &there);

	return error || !there ? error : credit__delete(deciding, SUBSCRIBED, &key);
}

/* What it was told of before is still to be acknowledged. */
enum credit_error credit__decide_subscription_end(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__SubscriptionEnd *end = act->subscription_end;
	Credit__V1__SubscriptionRow *row;
	ProtobufCMessage *message;
	struct credit__key key;
	enum credit_error error = find_own(deciding, SUBSCRIPTION, "subscription",
		end->subscriber_uscc, &end->subscription, &message);

	if (error)
		return error;
	row = (Credit__V1__SubscriptionRow *)message;
	if (row->ended)
		return credit__refuse(deciding, CREDIT_E_SUBSCRIPTION_UNKNOWN, "subscription", NULL,
			"it was ended before");
	if (row->n_items == 0)
		error = drop_subscribed(deciding, row, EVERYTHING);
	for (size_t i = 0; i < row->n_items && !error; i++)
		error = drop_subscribed(deciding, row, row->items[i]);
	row->ended = true;
	key = credit__key_id(row->subscriber_uscc, row->id.data);
	return error ? error : credit__put(deciding, SUBSCRIPTION, &key, message);
}

/* --- telling -------------------------------------------------------------------------------------- */

/* Characters 3 to 8 of a code are its administrative division. */
static bool in_region(const void *context, const ProtobufCMessage *row)
{
	const Credit__V1__Subscribed *subscribed = (const Credit__V1__Subscribed *)row;
	const Credit__V1__Record *record = context;

	return strncmp(record->entity_uscc + 2, subscribed->region, strlen(subscribed->region)) ==
	       0;
}

static enum credit_error delivery_id(struct credit__deciding *deciding, const char *subscriber_uscc,
	const Credit__V1__Record *record, ProtobufCBinaryData *ret_id)
{
	static const char label[] = "credit/delivery/v1";
	uint8_t memory[sizeof label + CREDIT_HASH_SIZE + CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];
	struct credit_buffer buffer;
	struct credit_bytes text;
	struct credit_hash hash;
	void *id;
	enum credit_error error;

	credit_buffer_init(&buffer, memory, sizeof memory);
	credit_buffer_put(&buffer, label, sizeof label);
	credit_buffer_put(&buffer, deciding->in->commitment.byte, CREDIT_HASH_SIZE);
	credit_buffer_put(&buffer, subscriber_uscc, CREDIT_USCC_SIZE);
	credit_buffer_put(&buffer, record->id.data, CREDIT_RECORD_ID_SIZE);
	error = credit_buffer_done(&buffer, &text);
	if (error)
		return error;
	credit_sha256(text, &hash);
	id = credit_arena_copy(deciding->in->arena, hash.byte, CREDIT_RECORD_ID_SIZE);
	if (!id)
		return CREDIT_E_NO_MEMORY;
	*ret_id = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
	return CREDIT_OK;
}

static enum credit_error deliver(struct credit__deciding *deciding, const char *subscriber_uscc,
	const Credit__V1__Record *record, Credit__V1__RemovalCause cause)
{
	Credit__V1__Delivery delivery = CREDIT__V1__DELIVERY__INIT;
	const struct credit__task_order order = {
		.kind = CREDIT__V1__TASK_KIND__TASK_KIND_ACKNOWLEDGE,
		.office_uscc = subscriber_uscc,
		.entity_uscc = record->entity_uscc,
		.subject = &delivery.id,
		.item = record->item,
		.limit = CREDIT__LIMIT_ACKNOWLEDGE,
		.from = deciding->today.days,
	};
	struct credit__key key;
	Credit__V1__Task *task;
	bool told;
	enum credit_error error = delivery_id(deciding, subscriber_uscc, record, &delivery.id);

	if (error)
		return error;
	/* docs/spec/measures.md: "Several subscriptions of one authority make one delivery." */
	key = credit__key_id(subscriber_uscc, delivery.id.data);
	error = credit__fact_exists(deciding, DELIVERY, &key, &told);
	if (error || told)
		return error;
	error = credit__task_open(deciding, &order, &task);
	if (error)
		return error;
	delivery.subscriber_uscc = (char *)(uintptr_t)subscriber_uscc;
	delivery.entity_uscc = record->entity_uscc;
	delivery.record = record->id;
	delivery.item = record->item;
	delivery.cause = (uint32_t)cause;
	delivery.epoch = deciding->in->epoch;
	delivery.task = task->id;
	delivery.told_on = deciding->today.days;
	return credit__put(deciding, DELIVERY, &key, &delivery.base);
}

static enum credit_error tell(struct credit__deciding *deciding, const Credit__V1__Record *record,
	Credit__V1__RemovalCause cause)
{
	const char *const items[] = {record->item, EVERYTHING};
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < sizeof items / sizeof items[0] && !error; i++) {
		struct credit__key prefix = credit__key_item(items[i]);
		struct credit__rows rows = {0};

		error = credit__gather_rows_at(
			deciding, SUBSCRIBED, &prefix, in_region, record, &rows);
		for (size_t row = 0; row < rows.count && !error; row++)
			error = deliver(deciding,
				((const Credit__V1__Subscribed *)rows.items[row])->subscriber_uscc,
				record, cause);
	}
	return error;
}

enum credit_error credit__subscribers_told(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	return tell(deciding, record, record->removal_cause);
}

/* The record as the act found it, in the state and not among the act's own effects. */
static enum credit_error record_before(struct credit__deciding *deciding,
	const Credit__V1__Record *record, const Credit__V1__Record **ret_before)
{
	const struct credit_state_view *state = deciding->in->state;
	struct credit__key key = credit__key_id(record->entity_uscc, record->id.data);
	ProtobufCMessage *message;
	struct credit_bytes value;
	enum credit_error error = state->get(state->context,
		CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, credit__key_bytes(&key), &value);

	if (!error)
		error = credit__row_decode(CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, value,
			deciding->in->arena, &message);
	if (!error)
		*ret_before = (const Credit__V1__Record *)message;
	return error;
}

enum credit_error credit__subscribers_corrected(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	const Credit__V1__Record *before;
	enum credit_error error;

	if (record->n_corrections == 0)
		return CREDIT_OK;
	error = record_before(deciding, record, &before);
	if (error || before->n_corrections >= record->n_corrections)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error; /* this act made it */
	return tell(deciding, record, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_CORRECTED);
}

/* --- acknowledging -------------------------------------------------------------------------------- */

enum credit_error credit__decide_subscription_ack(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__SubscriptionAck *ack = act->subscription_ack;
	char date[CREDIT_DAY_TEXT_SIZE];
	Credit__V1__Delivery *delivery;
	ProtobufCMessage *message;
	struct credit__key key;
	bool erased;
	enum credit_error error = find_own(
		deciding, DELIVERY, "delivery", ack->subscriber_uscc, &ack->delivery, &message);

	if (error)
		return error;
	delivery = (Credit__V1__Delivery *)message;
	key = credit__key_id(delivery->entity_uscc, delivery->record.data);
	error = credit__fact_exists(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ERASURE, &key, &erased);
	if (error || erased)
		return error ? error
			     : credit__refuse(deciding, CREDIT_E_ERASED, "delivery", NULL, NULL);
	if (delivery->acknowledged_on)
		return credit__refuse(deciding, CREDIT_E_DELIVERY_DONE, "delivery", NULL, "on %s",
			credit_day_text((credit_day_t){delivery->acknowledged_on}, date));
	error = credit__check_date(deciding, "date", ack->date, delivery->told_on);
	if (!error)
		error = credit__task_close(deciding, delivery->subscriber_uscc, &delivery->task,
			CREDIT__V1__TASK_STATE__TASK_STATE_DONE);
	delivery->acknowledged_on = ack->date;
	key = credit__key_id(delivery->subscriber_uscc, delivery->id.data);
	return error ? error : credit__put(deciding, DELIVERY, &key, message);
}
