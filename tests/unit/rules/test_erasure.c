/* SPDX-License-Identifier: Apache-2.0
 *
 * test_erasure.c - who may erase a record, when, on which ground; and what the state then says.
 */
#include "rules_fixture.h"

static char company[CREDIT_USCC_SIZE + 1];
static uint8_t record[CREDIT_RECORD_ID_SIZE];

/* A company that was listed on 2026-11-20. */
static void set_up(void)
{
	Credit__V1__Listing listing;

	toy_init_founded(&toy);
	toy_uscc("91110108", 1, company);
	toy_enrol(&toy, company);
	listing = toy_listing(company, "2026-11-20");
	toy_must(&toy, &toy.market, TOY_PAYLOAD(LISTING), &listing);
	memcpy(record, toy.id, sizeof record);
}

static void tear_down(void)
{
	toy_deinit(&toy);
}

TestSuite(rules_erasure, .init = set_up, .fini = tear_down);

static Credit__V1__Erasure erasure_of(Credit__V1__ErasureGround ground, const char *date)
{
	Credit__V1__Erasure erasure = CREDIT__V1__ERASURE__INIT;

	erasure.entity_uscc = company;
	erasure.record = (ProtobufCBinaryData){sizeof record, record};
	erasure.ground = ground;
	erasure.document_no = (char *)"（2026）京01行终5号";
	erasure.decision_date = toy_day(date).days;
	erasure.reason = (char *)"依生效裁判删除";
	return erasure;
}

#define COURT CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_COURT_ORDER
#define RETENTION_OVER CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_RETENTION_OVER

static void end_record(void)
{
	Credit__V1__Removal removal = toy_removal(
		company, record, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED, "2026-11-23");

	toy_must(&toy, &toy.market, TOY_PAYLOAD(REMOVAL), &removal);
}

static void grant_administrator(const struct toy_office *office, char *region)
{
	Credit__V1__Grant grant = toy_grant(office, CREDIT__V1__ROLE__ROLE_ADMINISTRATOR);

	grant.region = region;
	toy_must(&toy, &toy.root, TOY_PAYLOAD(GRANT), &grant);
}

Test(rules_erasure, a_published_record_is_ended_first)
{
	Credit__V1__Erasure erasure = erasure_of(COURT, "2026-11-23");

	cr_refused(toy.market, ERASURE, &erasure, RECORD_PUBLISHED, "erasure.record");
	end_record();
	cr_accepted(toy.market, ERASURE, &erasure);
}

Test(rules_erasure, only_its_author_or_an_administrator_erases_a_record)
{
	Credit__V1__Erasure erasure = erasure_of(COURT, "2026-11-23");

	end_record();
	cr_refused(toy.tax, ERASURE, &erasure, NOT_THE_AUTHOR, "erasure.record");
	cr_refused(toy.root, ERASURE, &erasure, NOT_GRANTED, NULL);
	cr_refused(toy.system, ERASURE, &erasure, NOT_GRANTED, NULL);
	grant_administrator(&toy.stranger, (char *)"33");
	cr_refused(toy.stranger, ERASURE, &erasure, NOT_THE_AUTHOR, "erasure.record");
	grant_administrator(&toy.stranger, (char *)"110108");
	cr_accepted(toy.stranger, ERASURE, &erasure);
}

Test(rules_erasure, an_administrators_grant_is_good_for_its_days_only)
{
	Credit__V1__Erasure erasure = erasure_of(COURT, "2026-11-23");
	Credit__V1__Grant grant = toy_grant(&toy.stranger, CREDIT__V1__ROLE__ROLE_ADMINISTRATOR);

	end_record();
	grant.valid_from = toy_day("2026-11-24").days;
	grant.valid_until = toy_day("2026-11-25").days;
	toy_must(&toy, &toy.root, TOY_PAYLOAD(GRANT), &grant);
	cr_refused(toy.stranger, ERASURE, &erasure, NOT_THE_AUTHOR, NULL);
	toy_set_day(&toy, toy_day("2026-11-26"));
	cr_refused(toy.stranger, ERASURE, &erasure, NOT_THE_AUTHOR, NULL);
	toy_set_day(&toy, toy_day("2026-11-25"));
	cr_accepted(toy.stranger, ERASURE, &erasure);
}

Test(rules_erasure, an_order_is_cited_and_its_date_lies_after_the_record_and_not_ahead)
{
	Credit__V1__Erasure erasure = erasure_of(COURT, "2026-11-24");

	end_record();
	cr_refused(toy.market, ERASURE, &erasure, DATE_FUTURE, "erasure.decision_date");
	erasure.decision_date = toy_day("2026-11-19").days;
	cr_refused(toy.market, ERASURE, &erasure, FIELD_RANGE, "erasure.decision_date");
	erasure.decision_date = toy_day("2026-11-23").days;
	erasure.document_no = (char *)"";
	cr_refused(toy.market, ERASURE, &erasure, FIELD_MISSING, "erasure.document_no");
}

Test(rules_erasure, the_retention_of_the_rule_book_is_counted_from_the_end_of_publication)
{
	Credit__V1__Erasure erasure = erasure_of(RETENTION_OVER, "2026-11-23");

	end_record();
	erasure.document_no = (char *)"";
	cr_refused(toy.market, ERASURE, &erasure, RETENTION, "erasure.ground");
	cr_expect_str_eq(toy.problem.rule, "cn-2026 black.market-serious");
	cr_expect_str_eq(toy.problem.detail, "kept until 2031-11-23, 60 months after publication");
	toy_set_day(&toy, toy_day("2031-11-22"));
	cr_refused(toy.market, ERASURE, &erasure, RETENTION, NULL);
	toy_set_day(&toy, toy_day("2031-11-23"));
	cr_accepted(toy.market, ERASURE, &erasure);
}

Test(rules_erasure, a_record_is_erased_once_and_unknown_ones_are_told)
{
	Credit__V1__Erasure erasure = erasure_of(COURT, "2026-11-23");

	end_record();
	cr_accepted(toy.market, ERASURE, &erasure);
	cr_refused(toy.market, ERASURE, &erasure, ERASED, "erasure.record");
	record[0] ^= 1;
	cr_refused(toy.market, ERASURE, &erasure, RECORD_UNKNOWN, "erasure.record");
}

Test(rules_erasure, the_record_is_gone_and_the_status_is_drawn_anew_with_the_same_words)
{
	Credit__V1__Erasure erasure = erasure_of(COURT, "2026-11-23");
	struct credit_stored_status before, after;
	uint8_t words[256], opening[CREDIT_OPENING_SIZE];
	size_t size;

	end_record();
	before = toy_status(&toy, company);
	size = before.status.size;
	memcpy(words, before.status.data, size);
	memcpy(opening, before.opening.byte, sizeof opening);
	cr_accepted(toy.market, ERASURE, &erasure);
	cr_expect_eq(toy.effects, 3);
	cr_expect_null(toy_record(&toy, company, record));
	after = toy_status(&toy, company);
	cr_assert_eq(after.status.size, size);
	cr_expect_arr_eq(after.status.data, words, size);
	cr_expect_neq(memcmp(after.opening.byte, opening, sizeof opening), 0);
}

/* --- what hangs on the record ------------------------------------------------------------------ */

#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name

/* Lays a row of the entity into the state, as another act would have. */
static void lay(Credit__V1__EffectKind kind, const uint8_t id[CREDIT_RECORD_ID_SIZE],
	const ProtobufCMessage *message)
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE], value[1024];
	Credit__V1__Effect effect = CREDIT__V1__EFFECT__INIT, *effects[] = {&effect};
	struct credit_effects all = {.items = effects, .count = 1};

	memcpy(key, company, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id, CREDIT_RECORD_ID_SIZE);
	effect.kind = kind;
	effect.key = (ProtobufCBinaryData){sizeof key, key};
	cr_assert_lt(protobuf_c_message_get_packed_size(message), sizeof value);
	effect.value = (ProtobufCBinaryData){protobuf_c_message_pack(message, value), value};
	toy_state_apply(&toy.state, &all);
}

static bool is_there(Credit__V1__EffectKind kind, const uint8_t id[CREDIT_RECORD_ID_SIZE])
{
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];

	memcpy(key, company, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id, CREDIT_RECORD_ID_SIZE);
	return toy_state_find(&toy.state, (uint32_t)kind, (struct credit_bytes){key, sizeof key}) !=
	       NULL;
}

static uint8_t one[CREDIT_RECORD_ID_SIZE] = "the first of all";
static uint8_t other[CREDIT_RECORD_ID_SIZE] = "the one besides";

static void lay_measure(uint8_t id[CREDIT_RECORD_ID_SIZE], uint8_t listing[CREDIT_RECORD_ID_SIZE],
	Credit__V1__MeasureState state)
{
	Credit__V1__Measure measure = CREDIT__V1__MEASURE__INIT;

	measure.entity_uscc = company;
	measure.id = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
	measure.listing = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, listing};
	measure.state = state;
	measure.authority_uscc = toy.tax.uscc;
	lay(KIND(MEASURE), id, &measure.base);
}

static void lay_case(uint8_t id[CREDIT_RECORD_ID_SIZE], uint8_t about[CREDIT_RECORD_ID_SIZE],
	Credit__V1__CaseState state)
{
	Credit__V1__Case row = CREDIT__V1__CASE__INIT;

	row.entity_uscc = company;
	row.id = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
	row.record = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, about};
	row.state = state;
	lay(KIND(CASE), id, &row.base);
}

Test(rules_erasure, measures_that_lean_on_it_are_lifted_first_and_go_with_it)
{
	Credit__V1__Erasure erasure = erasure_of(COURT, "2026-11-23");

	end_record();
	lay_measure(other, other, CREDIT__V1__MEASURE_STATE__MEASURE_STATE_APPLIED);
	lay_measure(one, record, CREDIT__V1__MEASURE_STATE__MEASURE_STATE_LIFT_DUE);
	cr_refused(toy.market, ERASURE, &erasure, RECORD_STATE, "erasure.record");
	lay_measure(one, record, CREDIT__V1__MEASURE_STATE__MEASURE_STATE_LIFTED);
	cr_accepted(toy.market, ERASURE, &erasure);
	cr_expect_not(is_there(KIND(MEASURE), one));
	cr_expect(is_there(KIND(ERASURE), one));
	cr_expect(is_there(KIND(MEASURE), other), "another listing's");
	cr_expect_not(is_there(KIND(ERASURE), other));
}

Test(rules_erasure, cases_about_it_are_closed_first_and_go_with_it)
{
	static const Credit__V1__CaseState open[] = {CREDIT__V1__CASE_STATE__CASE_STATE_SUBMITTED,
		CREDIT__V1__CASE_STATE__CASE_STATE_SUPPLEMENT_ASKED,
		CREDIT__V1__CASE_STATE__CASE_STATE_ACCEPTED,
		CREDIT__V1__CASE_STATE__CASE_STATE_REVIEW_ASKED,
		CREDIT__V1__CASE_STATE__CASE_STATE_PLAN_RUNNING};
	Credit__V1__Erasure erasure = erasure_of(COURT, "2026-11-23");

	end_record();
	lay_case(other, other, CREDIT__V1__CASE_STATE__CASE_STATE_ACCEPTED);
	for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
		lay_case(one, record, open[i]);
		cr_refused(toy.market, ERASURE, &erasure, CASE_OPEN, "erasure.record");
	}
	lay_case(one, record, CREDIT__V1__CASE_STATE__CASE_STATE_GRANTED);
	cr_accepted(toy.market, ERASURE, &erasure);
	cr_expect_not(is_there(KIND(CASE), one));
	cr_expect(is_there(KIND(ERASURE), one));
	cr_expect(is_there(KIND(CASE), other));
}
