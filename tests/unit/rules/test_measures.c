/* SPDX-License-Identifier: Apache-2.0
 *
 * test_measures.c - joint punishment and incentive: what is refused and why, and the table of states.
 */
#include "measures_fixture.h"

TestSuite(rules_measures, .init = set_up, .fini = tear_down);

/* --- refusals ------------------------------------------------------------------------------------ */

Test(rules_measures, outside_the_catalogue_or_without_its_listing_is_refused_with_the_item)
{
	Credit__V1__MeasureApplication good = application("measure.access", black), act = good;
	uint8_t nothing[CREDIT_RECORD_ID_SIZE] = {7}, other[CREDIT_RECORD_ID_SIZE];

	act.measure = (char *)"measure.none";
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, MEASURE_UNKNOWN, "measure_application.measure");
	cr_expect_str_eq(toy.problem.rule, "test-measures measure.none");
	act = good;
	act.listing.data = nothing;
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, RECORD_UNKNOWN, "measure_application.listing");
	list(other, "black.second", "2026-11-20");
	act.listing.data = other;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEGAL_BASIS, "measure_application.listing");
	cr_expect_str_eq(toy.problem.rule, "test-measures measure.access");
	act = application("measure.funds", other);
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, a_listing_of_another_entity_is_no_basis)
{
	static char another[CREDIT_USCC_SIZE + 1];
	Credit__V1__MeasureApplication act = application("measure.access", black);

	toy_uscc("91110108", 2, another);
	act.entity_uscc = another;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, ENTITY_UNKNOWN,
		"measure_application.entity_uscc");
	toy_enrol(&toy, another);
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, RECORD_UNKNOWN, "measure_application.listing");
}

Test(rules_measures, a_penalty_is_no_listing)
{
	static char *kinds[] = {(char *)"罚款"};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-20", kinds, 1);

	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
	Credit__V1__MeasureApplication act = application("measure.access", toy.id);
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	memcpy(id, toy.id, sizeof id);
	act.listing.data = id;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEGAL_BASIS, "measure_application.listing");
}

Test(rules_measures, punishments_lean_on_black_lists_and_incentives_on_red_ones)
{
	uint8_t red[CREDIT_RECORD_ID_SIZE];

	list(red, "red.taxpayer-a", "2026-11-20");
	Credit__V1__MeasureApplication act = application("incentive.green", black);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEGAL_BASIS, "measure_application.listing");
	act = application("measure.funds", red);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEGAL_BASIS, "measure_application.listing");
	act = application("incentive.green", red);
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
	cr_expect_eq(shown(), 1);
}

Test(rules_measures, a_listing_that_ended_is_suspended_or_under_a_plan_carries_nothing_new)
{
	uint8_t old[CREDIT_RECORD_ID_SIZE];
	Credit__V1__MeasureApplication act = application("measure.access", black);

	change_listing(black, true, false);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, RECORD_STATE, "measure_application.listing");
	cr_expect(strstr(toy.problem.detail, "suspended"));
	change_listing(black, false, true);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, RECORD_STATE, "measure_application.listing");
	change_listing(black, false, false);
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
	remove_listing(black, CAUSE(REVOKED), TODAY);
	cr_refused(
		toy.market, MEASURE_APPLICATION, &act, RECORD_STATE, "measure_application.listing");
	list(old, "black.second", "2024-01-05"); /* over when it was recorded */
	act = application("measure.funds", old);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, RECORD_STATE, "measure_application.listing");
}

Test(rules_measures, a_department_that_is_not_entitled_is_refused)
{
	Credit__V1__MeasureApplication act = application("measure.access", black);
	char *items[] = {(char *)"measure.funds"};

	cr_refused(toy.stranger, MEASURE_APPLICATION, &act, NOT_GRANTED, NULL);
	cr_refused(toy.filer, MEASURE_APPLICATION, &act, NOT_GRANTED, NULL);
	cr_refused(toy.system, MEASURE_APPLICATION, &act, NOT_GRANTED, NULL);
	/* A grant for another measure covers that one alone. */
	Credit__V1__Grant grant = toy_grant(&toy.stranger, CREDIT__V1__ROLE__ROLE_DECIDER);
	grant.items = items;
	grant.n_items = 1;
	cr_accepted(toy.root, GRANT, &grant);
	cr_refused(toy.stranger, MEASURE_APPLICATION, &act, NOT_GRANTED, NULL);
	cr_expect(strstr(toy.problem.detail, "measure.access"), "%s", toy.problem.detail);
	act = application("measure.funds", black);
	cr_accepted(toy.stranger, MEASURE_APPLICATION, &act);
}

/* Puts the authority's level as an act of the root would. */
static void set_level(const struct toy_office *office, Credit__V1__Level level)
{
	uint8_t packed[256];
	Credit__V1__Authority authority = CREDIT__V1__AUTHORITY__INIT;
	Credit__V1__Effect effect = CREDIT__V1__EFFECT__INIT, *items[] = {&effect};

	authority.uscc = (char *)(uintptr_t)office->uscc;
	authority.name = (char *)"示例机关";
	authority.level = level;
	effect.kind = CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY;
	effect.key = (ProtobufCBinaryData){CREDIT_USCC_SIZE, (uint8_t *)(uintptr_t)office->uscc};
	cr_assert_leq(credit__v1__authority__get_packed_size(&authority), sizeof packed);
	effect.value =
		(ProtobufCBinaryData){credit__v1__authority__pack(&authority, packed), packed};
	toy_state_apply(&toy.state, &(struct credit_effects){items, 1, 1});
}

Test(rules_measures, a_level_that_the_item_does_not_name_may_not_apply_it)
{
	Credit__V1__MeasureApplication act = application("measure.high", black);

	set_level(&toy.tax, CREDIT__V1__LEVEL__LEVEL_COUNTY);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEVEL, NULL);
	cr_expect_str_eq(toy.problem.rule, "test-measures measure.high");
	set_level(&toy.tax, CREDIT__V1__LEVEL__LEVEL_CITY);
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, LEVEL, NULL);
	set_level(&toy.tax, CREDIT__V1__LEVEL__LEVEL_PROVINCE);
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, a_repealed_law_carries_nothing_and_a_lower_rule_beside_it_does_not_either)
{
	Credit__V1__MeasureApplication act = application("measure.old-law", black);

	act.applied_on = toy_day("2026-11-21").days;
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, LEGAL_BASIS, "measure_application.applied_on");
	cr_expect_str_eq(toy.problem.rule, "test-measures measure.old-law");
	/* While the law was in force the same item was a basis. */
	list(black, "black.second", "2026-06-29");
	act = application("measure.old-law", black);
	act.applied_on = toy_day("2026-06-30").days;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, dates_keep_their_order)
{
	Credit__V1__MeasureApplication act = application("measure.access", black);

	act.applied_on = toy_day("2026-11-24").days;
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, DATE_FUTURE, "measure_application.applied_on");
	act.applied_on = toy_day("2026-11-19").days;
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, FIELD_RANGE, "measure_application.applied_on");
	act.applied_on = toy_day("2026-11-20").days;
	act.until = toy_day("2026-11-22").days;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, PERIOD, "measure_application.until");
	act.until = toy_day("2026-11-23").days;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, harsher_than_the_catalogue_is_refused)
{
	Credit__V1__MeasureApplication act = application("measure.funds", black);

	act.amount_fen = 1000001;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_HARSHER,
		"measure_application.amount_fen");
	act = application("measure.access", black);
	act.amount_fen = 1;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_HARSHER,
		"measure_application.amount_fen");
	cr_expect_str_eq(toy.problem.detail, "it knows no amount");
	act.amount_fen = 0;
	act.until = toy_day("2029-11-21").days; /* the listing: until 2029-11-20 */
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, MEASURE_HARSHER, "measure_application.until");
	act = application("measure.funds", black);
	act.until = toy_day("2027-05-24").days;
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, MEASURE_HARSHER, "measure_application.until");
	cr_expect(strstr(toy.problem.detail, "2027-05-23"), "%s", toy.problem.detail);
	act.until--;
	act.amount_fen = 1000000;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, a_term_that_is_not_said_is_the_longest_that_item_and_listing_allow)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], ends[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.funds", black);
	Credit__V1__Measure *measure = measure_of(id);
	cr_expect_eq(measure->until, toy_day("2027-05-23").days, "six months");
	credit__v1__measure__free_unpacked(measure, NULL);
	apply(id, &toy.tax, "measure.access", black);
	measure = measure_of(id);
	cr_expect_eq(measure->until, 0, "as long as the listing");
	credit__v1__measure__free_unpacked(measure, NULL);
	list(ends, "black.second", "2026-01-05"); /* until 2027-01-05 */
	apply(id, &toy.tax, "measure.funds", ends);
	measure = measure_of(id);
	cr_expect_eq(measure->until, toy_day("2027-01-05").days, "the listing ends before");
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measures, two_departments_may_apply_the_same_and_one_may_not_twice)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE];
	Credit__V1__MeasureApplication act = application("measure.access", black);

	apply(id, &toy.tax, "measure.access", black);
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, MEASURE_EXISTS, "measure_application.measure");
	apply(other, &toy.market, "measure.access", black);
	cr_expect_eq(shown(), 2);
	/* Once it is lifted it may be applied again. */
	Credit__V1__MeasureLift end = lift(id, TODAY, "不再需要");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}

Test(rules_measures, lifting_and_applying_again_does_not_lengthen_the_term)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.funds", black);
	toy_set_day(&toy, toy_day("2027-02-01"));
	Credit__V1__MeasureLift end = lift(id, "2027-02-01", "暂停使用");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	Credit__V1__MeasureApplication act = application("measure.funds", black);
	act.applied_on = toy_day("2027-02-01").days;
	act.until = toy_day("2027-05-24").days;
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, MEASURE_HARSHER, "measure_application.until");
	act.until = 0;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
	Credit__V1__Measure *measure = measure_of(toy.id);
	cr_expect_eq(measure->until, toy_day("2027-05-23").days);
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measures, a_listing_carries_a_bounded_number)
{
	static struct toy_office many[CREDIT__MEASURES_MAX];
	Credit__V1__MeasureApplication act = application("measure.access", black);
	uint8_t packed[512];

	/* As if a hundred departments had applied it. */
	for (unsigned i = 0; i < CREDIT__MEASURES_MAX; i++) {
		uint8_t id[CREDIT_RECORD_ID_SIZE] = {1, (uint8_t)i};
		uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];
		Credit__V1__Measure measure = CREDIT__V1__MEASURE__INIT;
		Credit__V1__Effect effect = CREDIT__V1__EFFECT__INIT, *items[] = {&effect};

		toy_uscc("11110000", 100 + i, many[i].uscc);
		memcpy(key, company, CREDIT_USCC_SIZE);
		memcpy(key + CREDIT_USCC_SIZE, id, sizeof id);
		measure.entity_uscc = company;
		measure.id = (ProtobufCBinaryData){sizeof id, id};
		measure.state = STATE(APPLIED);
		measure.measure = (char *)"measure.access";
		measure.listing = (ProtobufCBinaryData){sizeof black, black};
		measure.authority_uscc = many[i].uscc;
		measure.applied_on = act.applied_on;
		effect.kind = MEASURE;
		effect.key = (ProtobufCBinaryData){sizeof key, key};
		cr_assert_leq(credit__v1__measure__get_packed_size(&measure), sizeof packed);
		effect.value =
			(ProtobufCBinaryData){credit__v1__measure__pack(&measure, packed), packed};
		toy_state_apply(&toy.state, &(struct credit_effects){items, 1, 1});
	}
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, MEASURES_FULL, "measure_application.listing");
	Credit__V1__Removal removal = toy_removal(company, black, CAUSE(REVOKED), TODAY);
	cr_accepted(toy.market, REMOVAL, &removal);
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK),
		CREDIT__MEASURES_MAX, "each has its lift to do");
}

Test(rules_measures, feedback_on_one_measure_is_bounded)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.access", black);
	Credit__V1__MeasureFeedback report = feedback(id, TODAY);
	for (int i = 0; i < CREDIT__FEEDBACKS_MAX; i++)
		cr_accepted(toy.tax, MEASURE_FEEDBACK, &report);
	cr_refused(toy.tax, MEASURE_FEEDBACK, &report, TOO_MANY, "measure_feedback.measure");
	remove_listing(black, CAUSE(REVOKED), TODAY);
	Credit__V1__MeasureLift end = lift(id, TODAY, "");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
}

/* --- the table ------------------------------------------------------------------------------------ */

Test(rules_measures, every_state_and_act_without_a_row_is_refused_by_the_table)
{
	const Credit__V1__Act__PayloadCase acts[] = {
		TOY_PAYLOAD(MEASURE_FEEDBACK), TOY_PAYLOAD(MEASURE_LIFT), TOY_PAYLOAD(MEASURE_END)};
	const struct credit__machine *machine = &credit__machine_measure;
	size_t rows = 0;

	for (uint32_t state = STATE(APPLIED); state <= STATE(LIFTED); state++) {
		for (size_t a = 0; a < sizeof acts / sizeof acts[0]; a++) {
			for (size_t i = 0; i < machine->step_count; i++)
				rows += machine->steps[i].state == state &&
					machine->steps[i].act == acts[a];
		}
	}
	cr_expect_eq(
		rows, machine->step_count, "every row is of a state and an act of this machine");
	for (size_t i = 0; i < machine->step_count; i++)
		cr_expect_neq(machine->steps[i].state, STATE(LIFTED), "lifted is the end");
}
