/* SPDX-License-Identifier: Apache-2.0
 *
 * test_compromise.c - a key that somebody else had: who says so, from when on, what follows.
 */
#include "rules_fixture.h"

#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name

static char company[CREDIT_USCC_SIZE + 1];
static uint8_t record_id[CREDIT_RECORD_ID_SIZE];
static struct credit_hash market_key;
static uint64_t listed_in;

/* Under the whole book, which has the limit key.review; the company is listed by the market's key. */
static void set_up(void)
{
	Credit__V1__Listing listing;

	toy_init_founded(&toy);
	toy_uscc("91110108", 1, company);
	toy_enrol(&toy, company);
	listing = toy_listing(company, "2026-11-20");
	listed_in = toy.epoch; /* of the act that comes next */
	toy_must(&toy, &toy.market, TOY_PAYLOAD(LISTING), &listing);
	memcpy(record_id, toy.id, sizeof record_id);
	credit_key_id(&toy.market.pair.public_key, &market_key);
}

static void tear_down(void)
{
	toy_deinit(&toy);
}

TestSuite(rules_compromise, .init = set_up, .fini = tear_down);

static ProtobufCBinaryData bytes_of(void *data, size_t size)
{
	return (ProtobufCBinaryData){size, data};
}

static Credit__V1__KeyCompromise compromise_from(uint64_t epoch)
{
	Credit__V1__KeyCompromise act = CREDIT__V1__KEY_COMPROMISE__INIT;

	act.authority_uscc = toy.market.uscc;
	act.key_id = bytes_of(market_key.byte, sizeof market_key.byte);
	act.from_epoch = epoch;
	act.reason = (char *)"私钥介质失窃";
	return act;
}

static Credit__V1__KeyReview review(void)
{
	Credit__V1__KeyReview act = CREDIT__V1__KEY_REVIEW__INIT;

	act.entity_uscc = company;
	act.record = bytes_of(record_id, sizeof record_id);
	act.key_id = bytes_of(market_key.byte, sizeof market_key.byte);
	return act;
}

static Credit__V1__KeyReviewed reviewed_to(uint64_t epoch, uint32_t row)
{
	Credit__V1__KeyReviewed act = CREDIT__V1__KEY_REVIEWED__INIT;

	act.key_id = bytes_of(market_key.byte, sizeof market_key.byte);
	act.epoch = epoch;
	act.row = row;
	return act;
}

static size_t review_timers(void)
{
	size_t count = 0;

	for (size_t i = 0; i < toy.state.count; i++)
		count += toy.state.rows[i].kind == KIND(TIMER) &&
			 toy.state.rows[i].key.data[8] == CREDIT_TIMER_KEY_REVIEW;
	return count;
}

static bool is_in_review(void)
{
	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	Credit__V1__Status *status = toy_status_message(&toy, company);
	Credit__V1__Detail *detail = toy_detail_message(&toy, company);
	bool flagged = record->review_key.len > 0;

	cr_expect_eq(memcmp(record->review_key.data ? record->review_key.data : market_key.byte,
			     market_key.byte, CREDIT_RECORD_ID_SIZE),
		0);
	if (status->n_lists > 0) {
		cr_expect_eq(status->lists[0]->in_review, flagged, "everybody sees it");
		cr_expect_eq(detail->listings[0]->in_review, flagged);
	}
	credit__v1__record__free_unpacked(record, NULL);
	credit__v1__status__free_unpacked(status, NULL);
	credit__v1__detail__free_unpacked(detail, NULL);
	return flagged;
}

/* Of the market's tasks, the newest of this kind; freed by the caller. */
static Credit__V1__Task *task_of(Credit__V1__TaskKind kind)
{
	for (size_t i = toy.state.count; i-- > 0;) {
		const struct toy_row *row = &toy.state.rows[i];
		if (row->kind != KIND(TASK))
			continue;
		Credit__V1__Task *task =
			credit__v1__task__unpack(NULL, row->value.size, row->value.data);
		if (task->kind == kind)
			return task;
		credit__v1__task__free_unpacked(task, NULL);
	}
	cr_assert_fail("no such task");
	return NULL;
}

Test(rules_compromise, only_the_root_authority_says_so_and_of_a_key_in_its_time)
{
	Credit__V1__KeyCompromise act = compromise_from(listed_in);

	cr_refused(toy.market, KEY_COMPROMISE, &act, NOT_GRANTED, NULL);
	cr_refused(toy.system, KEY_COMPROMISE, &act, NOT_GRANTED, NULL);
	act.authority_uscc = toy.tax.uscc;
	cr_refused(toy.root, KEY_COMPROMISE, &act, KEY_UNKNOWN, "key_compromise.key_id");
	act = compromise_from(1);
	cr_refused(toy.root, KEY_COMPROMISE, &act, FIELD_RANGE, "key_compromise.from_epoch");
	act = compromise_from(toy.epoch + 100);
	cr_refused(toy.root, KEY_COMPROMISE, &act, FIELD_RANGE, "key_compromise.from_epoch");
	act = compromise_from(listed_in);
	credit_key_id(&toy.root.pair.public_key, &market_key);
	act.authority_uscc = toy.root.uscc;
	cr_refused(toy.root, KEY_COMPROMISE, &act, NOT_GRANTED, "key_compromise.key_id");
	market_key.byte[0] ^= 1;
	cr_refused(toy.root, KEY_COMPROMISE, &act, KEY_UNKNOWN, "key_compromise.key_id");
}

Test(rules_compromise, it_revokes_the_key_and_asks_for_a_review)
{
	Credit__V1__KeyCompromise act = compromise_from(listed_in);
	Credit__V1__Listing listing = toy_listing(company, "2026-11-20");

	cr_accepted(toy.root, KEY_COMPROMISE, &act);
	cr_expect_eq(review_timers(), 1U);
	cr_refused(toy.market, LISTING, &listing, KEY_REVOKED, "key_id");
	cr_expect_not(is_in_review(), "the registry has not looked yet");
	cr_refused(toy.root, KEY_COMPROMISE, &act, KEY_COMPROMISED, "key_compromise.from_epoch");
	act = compromise_from(listed_in - 1);
	cr_accepted(toy.root, KEY_COMPROMISE, &act);
	cr_expect_eq(review_timers(), 1U, "one review, from further back");
}

Test(rules_compromise, a_key_that_was_revoked_before_is_reviewed_up_to_there)
{
	Credit__V1__KeyRevocation revocation = CREDIT__V1__KEY_REVOCATION__INIT;
	Credit__V1__KeyCompromise act = compromise_from(listed_in);
	Credit__V1__KeyReviewed done;
	uint64_t revoked_in;

	revocation.authority_uscc = toy.market.uscc;
	revocation.key_id = act.key_id;
	revocation.reason = (char *)"更换";
	revoked_in = toy.epoch;
	cr_accepted(toy.root, KEY_REVOCATION, &revocation);
	act.from_epoch = revoked_in + 1;
	cr_refused(toy.root, KEY_COMPROMISE, &act, FIELD_RANGE, "key_compromise.from_epoch");
	act.from_epoch = listed_in;
	cr_accepted(toy.root, KEY_COMPROMISE, &act);
	done = reviewed_to(revoked_in, 0);
	cr_accepted(toy.system, KEY_REVIEWED, &done);
	cr_expect_eq(review_timers(), 1U, "that epoch is looked at too");
	done = reviewed_to(revoked_in + 1, 0);
	cr_accepted(toy.system, KEY_REVIEWED, &done);
	cr_expect_eq(review_timers(), 0U);
}

Test(rules_compromise, the_system_flags_only_for_a_compromised_key_and_once)
{
	Credit__V1__KeyCompromise act = compromise_from(listed_in);
	Credit__V1__KeyReview flag = review();
	uint8_t gone[CREDIT_RECORD_ID_SIZE] = {1};
	Credit__V1__Task *task;

	cr_refused(toy.system, KEY_REVIEW, &flag, KEY_UNKNOWN, "key_review.key_id");
	cr_accepted(toy.root, KEY_COMPROMISE, &act);
	cr_refused(toy.root, KEY_REVIEW, &flag, NOT_GRANTED, NULL);
	cr_accepted(toy.system, KEY_REVIEW, &flag);
	cr_expect(is_in_review());
	task = task_of(CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_KEY);
	cr_expect_str_eq(task->office_uscc, toy.market.uscc);
	cr_expect_eq(task->state, CREDIT__V1__TASK_STATE__TASK_STATE_OPEN);
	credit__v1__task__free_unpacked(task, NULL);
	cr_accepted(toy.system, KEY_REVIEW, &flag);
	cr_expect_eq(toy.effects, 0U, "flagged already");
	flag.record = bytes_of(gone, sizeof gone);
	cr_accepted(toy.system, KEY_REVIEW, &flag);
	cr_expect_eq(toy.effects, 0U, "there is no such record");
}

Test(rules_compromise, progress_only_goes_forward)
{
	Credit__V1__KeyCompromise act = compromise_from(listed_in);
	Credit__V1__KeyReviewed done = reviewed_to(listed_in, 2);

	cr_refused(toy.system, KEY_REVIEWED, &done, FIELD_RANGE, "key_reviewed.epoch");
	cr_accepted(toy.root, KEY_COMPROMISE, &act);
	cr_accepted(toy.system, KEY_REVIEWED, &done);
	cr_refused(toy.system, KEY_REVIEWED, &done, FIELD_RANGE, "key_reviewed.epoch");
	done = reviewed_to(listed_in, 1);
	cr_refused(toy.system, KEY_REVIEWED, &done, FIELD_RANGE, "key_reviewed.epoch");
	done = reviewed_to(listed_in + 1, 0);
	cr_refused(toy.root, KEY_REVIEWED, &done, NOT_GRANTED, NULL);
}

/* Compromise, flag, and a new key for the office to go on with. */
static void put_under_review(struct credit_key_pair *next)
{
	Credit__V1__KeyCompromise act = compromise_from(listed_in);
	Credit__V1__KeyReview flag = review();
	Credit__V1__KeyEnrolment enrolment = CREDIT__V1__KEY_ENROLMENT__INIT;
	uint8_t seed[CREDIT_SEED_SIZE] = {201};

	cr_accepted(toy.root, KEY_COMPROMISE, &act);
	cr_accepted(toy.system, KEY_REVIEW, &flag);
	credit_key_from_seed(seed, next);
	enrolment.authority_uscc = toy.market.uscc;
	enrolment.suite = 1;
	enrolment.public_key = bytes_of(next->public_key.byte, sizeof next->public_key.byte);
	cr_accepted(toy.root, KEY_ENROLMENT, &enrolment);
}

Test(rules_compromise, the_authority_says_with_another_key_that_the_record_stands)
{
	struct toy_office renewed = toy.market;
	Credit__V1__TaskAnswer answer = CREDIT__V1__TASK_ANSWER__INIT;
	Credit__V1__Task *task;

	put_under_review(&renewed.pair);
	task = task_of(CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_KEY);
	answer.office_uscc = toy.market.uscc;
	answer.task = task->id;
	answer.answer = CREDIT__V1__TASK_ANSWER_KIND__TASK_ANSWER_KIND_KEPT;
	answer.date = toy_day("2026-11-23").days;
	answer.reason = (char *)"经核对原卷无误";
	cr_refused(toy.market, TASK_ANSWER, &answer, KEY_REVOKED, "key_id");
	cr_refused(toy.tax, TASK_ANSWER, &answer, NOT_THE_AUTHOR, NULL);
	cr_accepted(renewed, TASK_ANSWER, &answer);
	cr_expect_not(is_in_review());
	credit__v1__task__free_unpacked(task, NULL);
}

Test(rules_compromise, a_record_that_is_removed_needs_no_answer)
{
	struct toy_office renewed = toy.market;
	Credit__V1__Removal removal;
	Credit__V1__Task *task;

	put_under_review(&renewed.pair);
	removal = toy_removal(
		company, record_id, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED, "2026-11-23");
	cr_accepted(renewed, REMOVAL, &removal);
	cr_expect_not(is_in_review());
	task = task_of(CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_KEY);
	cr_expect_eq(task->state, CREDIT__V1__TASK_STATE__TASK_STATE_DONE);
	credit__v1__task__free_unpacked(task, NULL);
}
