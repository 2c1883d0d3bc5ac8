/* SPDX-License-Identifier: Apache-2.0
 *
 * test_subscriptions.c - who is told that a record ended or was corrected, and acknowledges it. On the
 * rule book of tests/support/measures.yaml.
 */
#include "rules_fixture.h"

#include "rules/procedure.h"

#define BOOK "tests/support/measures.yaml"
#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name
#define CAUSE(name) CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_##name
#define TODAY "2026-11-23" /* a Monday */

static char company[CREDIT_USCC_SIZE + 1];

static void set_up(void)
{
	toy_init_founded_by(&toy, BOOK);
	toy_uscc("91110108", 1, company);
	toy_enrol(&toy, company);
}

static void tear_down(void)
{
	toy_deinit(&toy);
}

TestSuite(rules_subscriptions, .init = set_up, .fini = tear_down);

static char black[] = "black.market-serious", second[] = "black.second",
	    penalty[] = "record.penalty";

static Credit__V1__Subscription subscription(
	const struct toy_office *office, char **items, size_t count, const char *region)
{
	Credit__V1__Subscription act = CREDIT__V1__SUBSCRIPTION__INIT;

	act.subscriber_uscc = (char *)(uintptr_t)office->uscc;
	act.items = items;
	act.n_items = count;
	act.region = (char *)(uintptr_t)region;
	return act;
}

static void subscribe(const struct toy_office *office, char *item, const char *region)
{
	Credit__V1__Subscription act = subscription(office, &item, item ? 1 : 0, region);

	toy_must(&toy, office, TOY_PAYLOAD(SUBSCRIPTION), &act);
}

static void list(uint8_t id[CREDIT_RECORD_ID_SIZE], char *list_id)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-20");

	listing.list = list_id;
	toy_must(&toy, &toy.market, TOY_PAYLOAD(LISTING), &listing);
	memcpy(id, toy.id, CREDIT_RECORD_ID_SIZE);
}

static void take_off(uint8_t *id)
{
	Credit__V1__Removal removal = toy_removal(company, id, CAUSE(REVOKED), TODAY);

	toy_must(&toy, &toy.market, TOY_PAYLOAD(REMOVAL), &removal);
}

/* The first row of the kind under the code; `*ret_count` says how many there are. */
static const struct toy_row *first_row(uint32_t kind, const char *uscc, size_t *ret_count)
{
	const struct toy_row *found = NULL;

	*ret_count = 0;
	for (size_t i = 0; i < toy.state.count; i++) {
		const struct toy_row *row = &toy.state.rows[i];
		if (row->kind != kind || memcmp(row->key.data, uscc, CREDIT_USCC_SIZE) != 0)
			continue;
		if (++*ret_count == 1)
			found = row;
	}
	return found;
}

static size_t deliveries_of(const struct toy_office *office)
{
	size_t count;

	first_row(KIND(DELIVERY), office->uscc, &count);
	return count;
}

static Credit__V1__Delivery *delivery_of(const struct toy_office *office)
{
	size_t count;
	const struct toy_row *row = first_row(KIND(DELIVERY), office->uscc, &count);

	cr_assert_eq(count, 1);
	return credit__v1__delivery__unpack(NULL, row->value.size, row->value.data);
}

static Credit__V1__Task *task_of(const struct toy_office *office)
{
	size_t count;
	const struct toy_row *row = first_row(KIND(TASK), office->uscc, &count);

	cr_assert_eq(count, 1);
	return credit__v1__task__unpack(NULL, row->value.size, row->value.data);
}

static Credit__V1__SubscriptionAck ack(const struct toy_office *office, uint8_t *id)
{
	Credit__V1__SubscriptionAck act = CREDIT__V1__SUBSCRIPTION_ACK__INIT;

	act.subscriber_uscc = (char *)(uintptr_t)office->uscc;
	act.delivery = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
	act.date = credit_day_of(toy.now).days;
	return act;
}

/* --- subscribing ---------------------------------------------------------------------------------- */

Test(rules_subscriptions, any_enrolled_authority_subscribes_for_itself_and_no_other)
{
	char *items[] = {black, penalty};
	Credit__V1__Subscription act = subscription(&toy.stranger, items, 2, "");

	cr_refused(toy.tax, SUBSCRIPTION, &act, NOT_THE_AUTHOR, "subscription.subscriber_uscc");
	cr_refused(toy.system, SUBSCRIPTION, &act, NOT_GRANTED, NULL);
	cr_accepted(toy.stranger, SUBSCRIPTION, &act);
	cr_expect_eq(toy_state_count(&toy.state, KIND(SUBSCRIBED)), 2, "one for each item");
}

Test(rules_subscriptions, an_item_that_the_rule_book_has_not_is_refused)
{
	char *items[] = {black, (char *)"black.none"};
	Credit__V1__Subscription act = subscription(&toy.stranger, items, 2, "");

	cr_refused(toy.stranger, SUBSCRIPTION, &act, ITEM_UNKNOWN, "subscription.items");
	toy_set_day(&toy, toy_day("2026-03-31")); /* before the book takes effect */
	act.n_items = 1;
	cr_refused(toy.stranger, SUBSCRIPTION, &act, RULE_BOOK_MISSING, NULL);
	act.n_items = 0;
	cr_accepted(toy.stranger, SUBSCRIPTION, &act);
}

Test(rules_subscriptions, one_authority_has_a_bounded_number)
{
	Credit__V1__Subscription act = subscription(&toy.stranger, NULL, 0, "");
	Credit__V1__SubscriptionEnd end = CREDIT__V1__SUBSCRIPTION_END__INIT;
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	for (unsigned i = 0; i < CREDIT__SUBSCRIPTIONS_SUBSCRIBER_MAX; i++)
		cr_accepted(toy.stranger, SUBSCRIPTION, &act);
	memcpy(id, toy.id, sizeof id);
	cr_refused(toy.stranger, SUBSCRIPTION, &act, SUBSCRIPTIONS_FULL,
		"subscription.subscriber_uscc");
	end.subscriber_uscc = toy.stranger.uscc;
	end.subscription = (ProtobufCBinaryData){sizeof id, id};
	cr_accepted(toy.stranger, SUBSCRIPTION_END, &end);
	cr_accepted(toy.stranger, SUBSCRIPTION, &act);
}

Test(rules_subscriptions, one_item_has_a_bounded_number)
{
	char *items[] = {black};
	Credit__V1__Subscription act = subscription(&toy.stranger, items, 1, "");
	Credit__V1__Effect effect = CREDIT__V1__EFFECT__INIT, *effects[] = {&effect};
	Credit__V1__Subscribed subscribed = CREDIT__V1__SUBSCRIBED__INIT;
	uint8_t packed[64];

	effect.kind = KIND(SUBSCRIBED);
	for (unsigned i = 0; i < CREDIT__SUBSCRIPTIONS_ITEM_MAX; i++) {
		char uscc[CREDIT_USCC_SIZE + 1];
		uint8_t id[CREDIT_RECORD_ID_SIZE] = {1, (uint8_t)i};

		toy_uscc("11110000", 100 + i, uscc);
		struct credit__key key = credit__key_subscribed(black, uscc, id);
		subscribed.subscriber_uscc = uscc;
		subscribed.id = (ProtobufCBinaryData){sizeof id, id};
		effect.key = (ProtobufCBinaryData){key.size, key.byte};
		effect.value = (ProtobufCBinaryData){
			credit__v1__subscribed__pack(&subscribed, packed), packed};
		toy_state_apply(&toy.state, &(struct credit_effects){effects, 1, 1});
	}
	cr_refused(toy.stranger, SUBSCRIPTION, &act, SUBSCRIPTIONS_FULL, "subscription.items");
	items[0] = second;
	cr_accepted(toy.stranger, SUBSCRIPTION, &act); /* another item has room */
}

/* --- being told ----------------------------------------------------------------------------------- */

Test(rules_subscriptions, an_end_tells_those_it_concerns_in_its_own_epoch)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	subscribe(&toy.tax, black, "");
	subscribe(&toy.filer, NULL, "");            /* all items */
	subscribe(&toy.stranger, second, "");       /* another item */
	subscribe(&toy.registrar, black, "110105"); /* another division */
	list(id, black);
	cr_expect_eq(toy_state_count(&toy.state, KIND(DELIVERY)), 0, "a beginning tells nobody");
	take_off(id);
	cr_expect_eq(deliveries_of(&toy.tax), 1);
	cr_expect_eq(deliveries_of(&toy.filer), 1);
	cr_expect_eq(deliveries_of(&toy.stranger), 0);
	cr_expect_eq(deliveries_of(&toy.registrar), 0);

	Credit__V1__Delivery *delivery = delivery_of(&toy.tax);
	Credit__V1__Task *task = task_of(&toy.tax);
	cr_expect_str_eq(delivery->entity_uscc, company);
	cr_expect_arr_eq(delivery->record.data, id, sizeof id);
	cr_expect_str_eq(delivery->item, black);
	cr_expect_eq(delivery->cause, CAUSE(REVOKED));
	cr_expect_eq(delivery->told_on, toy_day(TODAY).days);
	cr_expect_eq(task->kind, CREDIT__V1__TASK_KIND__TASK_KIND_ACKNOWLEDGE);
	cr_expect_arr_eq(task->subject.data, delivery->id.data, CREDIT_RECORD_ID_SIZE);
	cr_expect_eq(task->due_on, toy_day("2026-11-30").days, "five working days");
	credit__v1__task__free_unpacked(task, NULL);
	credit__v1__delivery__free_unpacked(delivery, NULL);
}

Test(rules_subscriptions, a_division_is_told_of_its_own_entities)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	subscribe(&toy.tax, NULL, "110108");
	subscribe(&toy.filer, NULL, "11");
	list(id, black);
	take_off(id);
	cr_expect_eq(deliveries_of(&toy.tax), 1);
	cr_expect_eq(deliveries_of(&toy.filer), 1);
}

Test(rules_subscriptions, a_subscriber_with_several_subscriptions_is_told_once)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	subscribe(&toy.tax, black, "");
	subscribe(&toy.tax, black, "110108");
	subscribe(&toy.tax, NULL, "");
	list(id, black);
	take_off(id);
	cr_expect_eq(deliveries_of(&toy.tax), 1);
}

Test(rules_subscriptions, time_tells_them_as_well)
{
	Credit__V1__Listing listing = toy_listing(company, "2025-11-25");

	subscribe(&toy.tax, NULL, "");
	listing.list = second; /* twelve months */
	cr_accepted(toy.market, LISTING, &listing);
	toy_set_day(&toy, toy_day("2026-11-26"));
	cr_expect_eq(toy_fire_due(&toy), 1);
	Credit__V1__Delivery *delivery = delivery_of(&toy.tax);
	cr_expect_eq(delivery->cause, CAUSE(EXPIRED));
	credit__v1__delivery__free_unpacked(delivery, NULL);
}

Test(rules_subscriptions, who_has_ended_is_told_no_more_but_owes_what_it_was_told)
{
	uint8_t one[CREDIT_RECORD_ID_SIZE], two[CREDIT_RECORD_ID_SIZE], own[CREDIT_RECORD_ID_SIZE];
	Credit__V1__SubscriptionEnd end = CREDIT__V1__SUBSCRIPTION_END__INIT;

	subscribe(&toy.tax, NULL, "");
	memcpy(own, toy.id, sizeof own);
	list(one, black);
	list(two, second);
	take_off(one);
	end.subscriber_uscc = toy.tax.uscc;
	end.subscription = (ProtobufCBinaryData){sizeof own, own};
	cr_refused(toy.filer, SUBSCRIPTION_END, &end, NOT_THE_AUTHOR,
		"subscription_end.subscriber_uscc");
	end.subscription.data = one;
	cr_refused(toy.tax, SUBSCRIPTION_END, &end, SUBSCRIPTION_UNKNOWN,
		"subscription_end.subscription");
	end.subscription.data = own;
	cr_accepted(toy.tax, SUBSCRIPTION_END, &end);
	cr_refused(toy.tax, SUBSCRIPTION_END, &end, SUBSCRIPTION_UNKNOWN,
		"subscription_end.subscription");
	cr_expect_eq(toy_state_count(&toy.state, KIND(SUBSCRIBED)), 0);
	take_off(two);
	Credit__V1__Delivery *delivery = delivery_of(&toy.tax);
	Credit__V1__SubscriptionAck act = ack(&toy.tax, delivery->id.data);
	cr_accepted(toy.tax, SUBSCRIPTION_ACK, &act);
	credit__v1__delivery__free_unpacked(delivery, NULL);
}

Test(rules_subscriptions, items_named_twice_make_one_row_and_end_with_it)
{
	char *items[] = {black, black};
	Credit__V1__Subscription act = subscription(&toy.tax, items, 2, "");
	Credit__V1__SubscriptionEnd end = CREDIT__V1__SUBSCRIPTION_END__INIT;
	uint8_t own[CREDIT_RECORD_ID_SIZE];

	cr_accepted(toy.tax, SUBSCRIPTION, &act);
	memcpy(own, toy.id, sizeof own);
	cr_expect_eq(toy_state_count(&toy.state, KIND(SUBSCRIBED)), 1);
	end.subscriber_uscc = toy.tax.uscc;
	end.subscription = (ProtobufCBinaryData){sizeof own, own};
	cr_accepted(toy.tax, SUBSCRIPTION_END, &end);
	cr_expect_eq(toy_state_count(&toy.state, KIND(SUBSCRIBED)), 0);
}

/* Changes the record as an objection that was upheld would: with so many corrections, of which the
 * last may be new. */
static void change_record(uint8_t *id, size_t corrections)
{
	Credit__V1__Record *record = toy_record(&toy, company, id);
	Credit__V1__Correction correction = CREDIT__V1__CORRECTION__INIT;
	Credit__V1__Correction *lines[] = {&correction, &correction}, **old = record->corrections;
	size_t old_count = record->n_corrections, trail_count = record->n_trail;
	Credit__V1__Place **trail = record->trail;
	struct credit_state_view view = toy_state_view(&toy.state);
	struct credit_decision decision = {.state = &view,
		.book = toy.book,
		.now = toy.now,
		.epoch = toy.epoch,
		.commitment = {{(uint8_t)toy.epoch}}};
	struct credit_arena arena;
	struct credit__deciding deciding = {.in = &decision, .today = credit_day_of(toy.now)};

	toy.epoch++;
	credit_arena_init(&arena, NULL, 0, 1 << 20);
	decision.arena = &arena;
	correction.field = correction.old_value = correction.new_value = (char *)"示例";
	record->corrections = lines;
	record->n_corrections = corrections;
	cr_assert_eq(
		credit__record_put_changed(&deciding, record, record->published_until), CREDIT_OK);
	toy_state_apply(&toy.state, &deciding.effects);
	record->corrections = old;
	record->n_corrections = old_count;
	record->trail = trail;
	record->n_trail = trail_count;
	credit_arena_deinit(&arena);
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_subscriptions, a_correction_tells_them_and_other_changes_do_not)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	subscribe(&toy.tax, black, "");
	list(id, black);
	change_record(id, 0);
	cr_expect_eq(deliveries_of(&toy.tax), 0, "nothing was corrected");
	change_record(id, 1);
	Credit__V1__Delivery *delivery = delivery_of(&toy.tax);
	cr_expect_eq(delivery->cause, CAUSE(CORRECTED));
	credit__v1__delivery__free_unpacked(delivery, NULL);
	change_record(id, 1);
	cr_expect_eq(deliveries_of(&toy.tax), 1, "the correction is an old one");
	change_record(id, 2);
	cr_expect_eq(deliveries_of(&toy.tax), 2);
}

/* --- acknowledging -------------------------------------------------------------------------------- */

Test(rules_subscriptions, an_acknowledgement_closes_delivery_and_task_once)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	subscribe(&toy.tax, black, "");
	list(id, black);
	take_off(id);
	Credit__V1__Delivery *delivery = delivery_of(&toy.tax);
	Credit__V1__SubscriptionAck act = ack(&toy.tax, delivery->id.data);
	cr_refused(toy.filer, SUBSCRIPTION_ACK, &act, NOT_THE_AUTHOR,
		"subscription_ack.subscriber_uscc");
	act.date++;
	cr_refused(toy.tax, SUBSCRIPTION_ACK, &act, DATE_FUTURE, "subscription_ack.date");
	act.date -= 2;
	cr_refused(toy.tax, SUBSCRIPTION_ACK, &act, FIELD_RANGE, "subscription_ack.date");
	act.date++;
	act.delivery.data = id;
	cr_refused(
		toy.tax, SUBSCRIPTION_ACK, &act, SUBSCRIPTION_UNKNOWN, "subscription_ack.delivery");
	act.delivery.data = delivery->id.data;
	cr_accepted(toy.tax, SUBSCRIPTION_ACK, &act);
	cr_refused(toy.tax, SUBSCRIPTION_ACK, &act, DELIVERY_DONE, "subscription_ack.delivery");
	Credit__V1__Task *task = task_of(&toy.tax);
	cr_expect_eq(task->state, CREDIT__V1__TASK_STATE__TASK_STATE_DONE);
	cr_expect_eq(toy_state_count(&toy.state, KIND(OPEN_TASK)), 0);
	credit__v1__task__free_unpacked(task, NULL);
	credit__v1__delivery__free_unpacked(delivery, NULL);
}

Test(rules_subscriptions, who_does_not_acknowledge_is_overdue)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	subscribe(&toy.tax, black, "");
	list(id, black);
	take_off(id);
	toy_set_day(&toy, toy_day("2026-12-01"));
	cr_expect_eq(toy_fire_due(&toy), 1);
	Credit__V1__Task *task = task_of(&toy.tax);
	cr_expect_eq(task->state, CREDIT__V1__TASK_STATE__TASK_STATE_OVERDUE);
	credit__v1__task__free_unpacked(task, NULL);
	Credit__V1__Delivery *delivery = delivery_of(&toy.tax);
	Credit__V1__SubscriptionAck act = ack(&toy.tax, delivery->id.data);
	cr_accepted(toy.tax, SUBSCRIPTION_ACK, &act);
	credit__v1__delivery__free_unpacked(delivery, NULL);
}

Test(rules_subscriptions, nothing_is_left_to_acknowledge_when_the_record_is_erased)
{
	Credit__V1__Erasure erasure = CREDIT__V1__ERASURE__INIT;
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE];

	subscribe(&toy.tax, black, "");
	subscribe(&toy.filer, second, "");
	list(id, black);
	list(other, second);
	take_off(id);
	take_off(other);
	Credit__V1__Delivery *delivery = delivery_of(&toy.tax);
	Credit__V1__SubscriptionAck act = ack(&toy.tax, delivery->id.data);

	erasure.entity_uscc = company;
	erasure.record = (ProtobufCBinaryData){sizeof id, id};
	erasure.ground = CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_COURT_ORDER;
	erasure.document_no = (char *)"（2026）京01行终5号";
	erasure.decision_date = toy_day(TODAY).days;
	erasure.reason = (char *)"依生效裁判删除";
	cr_accepted(toy.market, ERASURE, &erasure);
	Credit__V1__Task *mine = task_of(&toy.tax), *theirs = task_of(&toy.filer);
	cr_expect_eq(mine->state, CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED);
	cr_expect_eq(theirs->state, CREDIT__V1__TASK_STATE__TASK_STATE_OPEN);
	cr_refused(toy.tax, SUBSCRIPTION_ACK, &act, ERASED, "subscription_ack.delivery");
	credit__v1__task__free_unpacked(mine, NULL);
	credit__v1__task__free_unpacked(theirs, NULL);
	credit__v1__delivery__free_unpacked(delivery, NULL);
}
