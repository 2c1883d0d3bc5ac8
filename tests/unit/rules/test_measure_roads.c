/* SPDX-License-Identifier: Apache-2.0
 *
 * test_measure_roads.c - every way of a measure from its application to its lift.
 */
#include "measures_fixture.h"

TestSuite(rules_measure_roads, .init = set_up, .fini = tear_down);

/* --- roads --------------------------------------------------------------------------------------- */

Test(rules_measure_roads, applied_reported_and_lifted_when_the_listing_ends)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.access", black);
	/* Ten working days from Monday 2026-11-23. */
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_FEEDBACK,
		CREDIT__V1__TASK_STATE__TASK_STATE_OPEN, "2026-12-07");
	Credit__V1__MeasureFeedback report = feedback(id, TODAY);
	cr_accepted(toy.tax, MEASURE_FEEDBACK, &report);
	cr_accepted(toy.tax, MEASURE_FEEDBACK, &report);
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_FEEDBACK,
		CREDIT__V1__TASK_STATE__TASK_STATE_DONE, "2026-12-07");
	cr_expect_eq(shown(), 1);

	remove_listing(black, CAUSE(REVOKED), TODAY);
	cr_expect_eq(shown(), 0, "out of the public status in the same epoch");
	expect_state(id, STATE(LIFT_DUE));
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
		CREDIT__V1__TASK_STATE__TASK_STATE_OPEN, "2026-11-26");
	cr_accepted(toy.tax, MEASURE_FEEDBACK, &report);
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
		CREDIT__V1__TASK_STATE__TASK_STATE_OPEN, "2026-11-26");
	Credit__V1__MeasureLift end = lift(id, TODAY, "");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	expect_state(id, STATE(LIFTED));
	cr_refused(toy.tax, MEASURE_LIFT, &end, PROCEDURE_STATE, "measure_lift.measure");
	cr_refused(toy.tax, MEASURE_FEEDBACK, &report, PROCEDURE_STATE, "measure_feedback.measure");

	Credit__V1__Tally *tally = tally_of(&toy.tax, 202611);
	cr_assert(tally && tally->n_measures == 1);
	cr_expect_str_eq(tally->measures[0]->list, "black.market-serious");
	cr_expect_eq(tally->measures[0]->applied, 1);
	cr_expect_eq(tally->measures[0]->feedbacks, 3);
	cr_expect_eq(tally->measures[0]->lifted, 1);
	cr_expect_eq(tally->measures[0]->lifted_late, 0);
	cr_expect_eq(tally->tasks_in_time, 2);
	credit__v1__tally__free_unpacked(tally, NULL);
}

Test(rules_measure_roads, a_repaired_entity_is_free_of_measures_to_the_last_byte)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], old[CREDIT_RECORD_ID_SIZE], before[2048];
	struct credit_stored_status status;
	size_t size;

	remove_listing(black, CAUSE(REVOKED), TODAY);
	status = toy_status(&toy, company);
	size = status.status.size + status.detail.size; /* they lie side by side */
	cr_assert_leq(size, sizeof before);
	memcpy(before, status.status.data, size);
	list(old, "black.second", "2026-06-01");
	apply(id, &toy.tax, "measure.funds", old);
	cr_expect_eq(shown(), 1);
	remove_listing(old, CAUSE(REPAIRED), TODAY);
	status = toy_status(&toy, company);
	cr_assert_eq(status.status.size + status.detail.size, size);
	cr_expect_arr_eq(status.status.data, before, size);
	Credit__V1__Measure *measure = measure_of(id);
	cr_expect_eq(measure->cause, CAUSE(REPAIRED));
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measure_roads, a_lists_own_limit_stands_before_the_books)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE];

	list(other, "black.second", "2026-11-20");
	apply(id, &toy.tax, "measure.funds", other);
	remove_listing(other, CAUSE(REVOKED), TODAY);
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
		CREDIT__V1__TASK_STATE__TASK_STATE_OPEN, "2026-12-03");
}

Test(rules_measure_roads, an_overdue_lift_is_so_by_itself_and_then_before_the_authority_above)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.access", black);
	remove_listing(black, CAUSE(REVOKED), TODAY); /* lift due on Thursday the 26th */
	toy_set_day(&toy, toy_day("2026-11-26"));
	cr_expect_eq(toy_fire_due(&toy), 0);
	toy_set_day(&toy, toy_day("2026-11-27"));
	cr_expect_eq(toy_fire_due(&toy), 1);
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
		CREDIT__V1__TASK_STATE__TASK_STATE_OVERDUE, "2026-11-26");
	toy_set_day(&toy, toy_day("2026-12-04"));
	cr_expect_eq(toy_fire_due(&toy), 1, "five working days later");
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
		CREDIT__V1__TASK_STATE__TASK_STATE_ESCALATED, "2026-11-26");
	expect_state(id, STATE(LIFT_DUE)); /* time decides nothing */
	Credit__V1__MeasureLift end = lift(id, "2026-12-04", "");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	Credit__V1__Tally *late = tally_of(&toy.tax, 202612);
	cr_assert(late && late->n_measures == 1);
	cr_expect_eq(late->measures[0]->lifted_late, 1);
	cr_expect_eq(late->tasks_late, 1);
	credit__v1__tally__free_unpacked(late, NULL);
}

Test(rules_measure_roads, what_stands_among_open_tasks_is_what_is_open)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	uint32_t kind = CREDIT__V1__EFFECT_KIND__EFFECT_KIND_OPEN_TASK;

	apply(id, &toy.tax, "measure.access", black);
	cr_expect_eq(toy_state_count(&toy.state, kind), 1);
	remove_listing(black, CAUSE(REVOKED), TODAY);
	cr_expect_eq(toy_state_count(&toy.state, kind), 1, "the report dropped, the lift due");
	toy_set_day(&toy, toy_day("2026-12-20"));
	toy_fire_due(&toy);
	cr_expect_eq(toy_state_count(&toy.state, kind), 1);
	for (size_t i = 0; i < toy.state.count; i++) {
		if (toy.state.rows[i].kind == kind)
			cr_expect_eq(toy.state.rows[i].key.data[0], 0, "among the overdue");
	}
	Credit__V1__MeasureLift end = lift(id, "2026-12-20", "");
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	cr_expect_eq(toy_state_count(&toy.state, kind), 0);
}

Test(rules_measure_roads, a_term_ends_by_itself_and_the_lift_falls_due)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	Credit__V1__MeasureEnd end = CREDIT__V1__MEASURE_END__INIT;

	apply(id, &toy.tax, "measure.funds", black);
	Credit__V1__MeasureFeedback report = feedback(id, TODAY);
	cr_accepted(toy.tax, MEASURE_FEEDBACK, &report);
	Credit__V1__Status *status = toy_status_message(&toy, company);
	cr_expect_eq(status->fresh_until, credit_day_begins(toy_day("2027-05-24")).ms,
		"the answer changes with it");
	credit__v1__status__free_unpacked(status, NULL);
	end.entity_uscc = company;
	end.measure = (ProtobufCBinaryData){sizeof id, id};
	end.date = toy_day("2027-05-24").days;
	cr_refused(toy.system, MEASURE_END, &end, PERIOD, "measure_end.date");
	toy_set_day(&toy, toy_day("2027-05-23"));
	cr_expect_eq(toy_fire_due(&toy), 0, "the last day counts to its end");
	toy_set_day(&toy, toy_day("2027-05-24"));
	cr_refused(toy.tax, MEASURE_END, &end, NOT_GRANTED, NULL);
	cr_expect_eq(toy_fire_due(&toy), 1);
	expect_state(id, STATE(LIFT_DUE));
	cr_expect_eq(shown(), 0);
	cr_refused(toy.system, MEASURE_END, &end, PROCEDURE_STATE, "measure_end.measure");
	Credit__V1__MeasureApplication act = application("measure.funds", black);
	act.applied_on = end.date;
	cr_refused(toy.tax, MEASURE_APPLICATION, &act, MEASURE_EXISTS, NULL);
	/* The calendar does not reach 2027: three plain weekdays, and marked so. */
	Credit__V1__Measure *measure = measure_of(id);
	Credit__V1__Task *task = task_of(measure);
	cr_expect(task->provisional);
	cr_expect_eq(measure->lift_due_on, task->due_on);
	cr_expect_eq(measure->cause, CAUSE(UNSPECIFIED));
	credit__v1__task__free_unpacked(task, NULL);
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measure_roads, a_measure_does_not_outlive_a_publication_that_ends_by_itself)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE];
	Credit__V1__MeasureApplication act;

	list(other, "black.second", "2025-11-25"); /* published until 2026-11-25 */
	act = application("measure.funds", other);
	act.until = toy_day("2026-11-25").days;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
	memcpy(id, toy.id, sizeof id);
	toy_set_day(&toy, toy_day("2026-11-26"));
	/* The publication's end comes first and takes the measure's timer with it. */
	cr_expect_eq(toy_fire_due(&toy), 1);
	expect_state(id, STATE(LIFT_DUE));
	Credit__V1__Measure *measure = measure_of(id);
	cr_expect_eq(measure->cause, CAUSE(EXPIRED));
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measure_roads, an_early_lift_says_why)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.funds", black);
	Credit__V1__MeasureLift end = lift(id, TODAY, "");
	cr_refused(toy.tax, MEASURE_LIFT, &end, FIELD_MISSING, "measure_lift.reason");
	end.reason = (char *)"已主动履行";
	cr_refused(toy.market, MEASURE_LIFT, &end, NOT_THE_AUTHOR, "measure_lift.measure");
	end.date++;
	cr_refused(toy.tax, MEASURE_LIFT, &end, DATE_FUTURE, "measure_lift.date");
	end.date = toy_day("2026-11-22").days;
	cr_refused(toy.tax, MEASURE_LIFT, &end, FIELD_RANGE, "measure_lift.date");
	end.date = toy_day(TODAY).days;
	cr_accepted(toy.tax, MEASURE_LIFT, &end);
	cr_expect_eq(shown(), 0);
	expect_task(id, CREDIT__V1__TASK_KIND__TASK_KIND_FEEDBACK,
		CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED, "2026-12-07");
	remove_listing(black, CAUSE(REVOKED), TODAY);
	expect_state(id, STATE(LIFTED)); /* what is lifted is not due again */
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER), 0);
}

Test(rules_measure_roads, a_feedback_is_of_the_department_that_applied_it)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], nothing[CREDIT_RECORD_ID_SIZE] = {9};

	apply(id, &toy.tax, "measure.access", black);
	Credit__V1__MeasureFeedback report = feedback(id, TODAY);
	cr_refused(
		toy.market, MEASURE_FEEDBACK, &report, NOT_THE_AUTHOR, "measure_feedback.measure");
	report.measure.data = nothing;
	cr_refused(toy.tax, MEASURE_FEEDBACK, &report, MEASURE_UNKNOWN, "measure_feedback.measure");
	report = feedback(id, "2026-11-24");
	cr_refused(toy.tax, MEASURE_FEEDBACK, &report, DATE_FUTURE, "measure_feedback.date");
}

Test(rules_measure_roads, measures_are_suspended_and_resumed_with_their_listing)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE],
		second[CREDIT_RECORD_ID_SIZE];

	list(second, "black.second", "2026-11-20");
	apply(id, &toy.tax, "measure.access", black);
	apply(other, &toy.tax, "measure.funds", second);
	change_listing(black, true, false);
	Credit__V1__Measure *measure = measure_of(id), *untouched = measure_of(other);
	cr_expect(measure->suspended);
	cr_expect_not(untouched->suspended);
	cr_expect_eq(measure->n_trail, 2, "its history shows it");
	credit__v1__measure__free_unpacked(measure, NULL);
	credit__v1__measure__free_unpacked(untouched, NULL);
	change_listing(black, true, true);
	change_listing(black, false, true); /* still under the plan */
	measure = measure_of(id);
	cr_expect(measure->suspended);
	credit__v1__measure__free_unpacked(measure, NULL);
	change_listing(black, false, false);
	measure = measure_of(id);
	cr_expect_not(measure->suspended);
	credit__v1__measure__free_unpacked(measure, NULL);
}

Test(rules_measure_roads, a_detail_shows_thirty_two_in_order_of_age_and_counts_the_rest)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	apply(id, &toy.tax, "measure.access", black);
	toy_set_day(&toy, toy_day("2026-11-24"));
	apply(id, &toy.market, "measure.access", black);
	Credit__V1__Detail *detail = toy_detail_message(&toy, company);
	cr_assert_eq(detail->n_measures, 2);
	cr_expect_str_eq(detail->measures[0]->authority_uscc, toy.tax.uscc);
	cr_expect_str_eq(detail->measures[1]->authority_uscc, toy.market.uscc);
	cr_expect_str_eq(detail->measures[0]->title_en, "Market access restricted");
	cr_expect_arr_eq(detail->measures[0]->listing.data, black, sizeof black);
	cr_expect_eq(detail->more_measures, 0);
	credit__v1__detail__free_unpacked(detail, NULL);
}

Test(rules_measure_roads, a_new_code_shows_the_measures_of_the_old_one_until_they_end)
{
	static char successor[CREDIT_USCC_SIZE + 1];
	Credit__V1__EntityAlias alias = CREDIT__V1__ENTITY_ALIAS__INIT;
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	toy_uscc("91110108", 2, successor);
	toy_enrol(&toy, successor);
	apply(id, &toy.tax, "measure.access", black);
	alias.entity_uscc = company;
	alias.successor_uscc = successor;
	alias.cause = CREDIT__V1__ALIAS_CAUSE__ALIAS_CAUSE_REISSUED;
	alias.effective_on = toy_day(TODAY).days;
	alias.document_no = (char *)"京海登〔2026〕3号";
	cr_accepted(toy.registrar, ENTITY_ALIAS, &alias);
	Credit__V1__Detail *detail = toy_detail_message(&toy, successor);
	cr_expect_eq(detail->n_measures, 1);
	credit__v1__detail__free_unpacked(detail, NULL);
	/* The listing stays where it is, and so does what leans on it. */
	uint8_t other[CREDIT_RECORD_ID_SIZE];
	apply(other, &toy.market, "measure.access", black);
	detail = toy_detail_message(&toy, successor);
	cr_expect_eq(detail->n_measures, 2);
	credit__v1__detail__free_unpacked(detail, NULL);
	remove_listing(black, CAUSE(REVOKED), TODAY);
	detail = toy_detail_message(&toy, successor);
	cr_expect_eq(detail->n_measures, 0);
	credit__v1__detail__free_unpacked(detail, NULL);
}

Test(rules_measure_roads, a_deregistered_entity_bears_nothing_applied_after_its_end)
{
	Credit__V1__EntityDeregistration end = CREDIT__V1__ENTITY_DEREGISTRATION__INIT;
	Credit__V1__MeasureApplication act = application("measure.access", black);

	end.entity_uscc = company;
	end.date = toy_day("2026-11-21").days;
	end.document_no = (char *)"京海登〔2026〕4号";
	cr_accepted(toy.registrar, ENTITY_DEREGISTRATION, &end);
	cr_refused(
		toy.tax, MEASURE_APPLICATION, &act, ENTITY_ENDED, "measure_application.applied_on");
	act.applied_on = toy_day("2026-11-21").days;
	cr_accepted(toy.tax, MEASURE_APPLICATION, &act);
}
