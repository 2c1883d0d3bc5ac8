/* SPDX-License-Identifier: Apache-2.0
 *
 * reach_rules.c - what must hold in every state that a search comes to.
 *
 * They are said of what a reader sees (the stored status) and of rows, without asking the rules.
 */
#include "tests/support/reach.h"

#include <credit/v1/status.pb-c.h>

#include <stdlib.h>
#include <string.h>

#define RECORD(name) CREDIT__V1__RECORD_STATE__RECORD_STATE_##name
#define MEASURE(name) CREDIT__V1__MEASURE_STATE__MEASURE_STATE_##name
#define CASE(name) CREDIT__V1__CASE_STATE__CASE_STATE_##name
#define TASK(name) CREDIT__V1__TASK_STATE__TASK_STATE_##name

/* The rows of one state; each NULL when it is not there. */
struct view {
	struct reach *reach;
	uint32_t node;
	int32_t today;
	Credit__V1__Record *listing, *penalty;
	Credit__V1__Measure *measure;
	Credit__V1__Case *repair, *objection;
	Credit__V1__Notice *notice;
	Credit__V1__Status *status;
	Credit__V1__Detail *detail;
};

static void view_init(struct reach *reach, uint32_t node, struct view *ret)
{
	struct small_world *world = &reach->world;

	*ret = (struct view){
		.reach = reach,
		.node = node,
		.today = small_world_today(world).days,
		.listing = small_row(world, SMALL_LISTING),
		.penalty = small_row(world, SMALL_PENALTY),
		.measure = small_row(world, SMALL_MEASURE),
		.repair = small_row(world, SMALL_REPAIR),
		.objection = small_row(world, SMALL_OBJECTION),
		.notice = small_row(world, SMALL_NOTICE),
		.status = toy_status_message(&world->toy, world->uscc),
		.detail = toy_detail_message(&world->toy, world->uscc),
	};
}

static void view_deinit(struct view *view)
{
	credit__v1__record__free_unpacked(view->listing, NULL);
	credit__v1__record__free_unpacked(view->penalty, NULL);
	credit__v1__measure__free_unpacked(view->measure, NULL);
	credit__v1__case__free_unpacked(view->repair, NULL);
	credit__v1__case__free_unpacked(view->objection, NULL);
	credit__v1__notice__free_unpacked(view->notice, NULL);
	credit__v1__status__free_unpacked(view->status, NULL);
	credit__v1__detail__free_unpacked(view->detail, NULL);
}

static void hold(const struct view *view, enum reach_rule rule, bool holds, const char *what)
{
	if (!holds)
		reach_break(view->reach, rule, view->node, what);
}

static bool stands(const Credit__V1__Record *record)
{
	return record && record->state == RECORD(PUBLISHED);
}

/* --- tasks ---------------------------------------------------------------------------------------- */

/* Open, and in the open once its day has passed. */
static bool is_running(
	const struct view *view, const char *office, const ProtobufCBinaryData *id, int kind)
{
	Credit__V1__Task *task = id->len == CREDIT_RECORD_ID_SIZE
					 ? toy_row(&view->reach->world.toy,
						   CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK,
						   &credit__v1__task__descriptor, office, id->data)
					 : NULL;
	bool overdue = task && task->due_on < view->today;
	bool running = task && (int)task->kind == kind &&
		       (overdue ? task->state == TASK(OVERDUE) || task->state == TASK(ESCALATED)
				: task->state == TASK(OPEN));

	credit__v1__task__free_unpacked(task, NULL);
	return running;
}

static size_t open_task_rows(const struct view *view)
{
	return toy_state_count(
		&view->reach->world.toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_OPEN_TASK);
}

/* --- the rules ------------------------------------------------------------------------------------- */

static void check_measure(const struct view *view)
{
	const Credit__V1__Measure *measure = view->measure;
	bool shown = view->detail->n_measures + view->detail->more_measures > 0;

	if (!measure) {
		hold(view, REACH_MEASURES, !shown, "a measure is shown, and there is none");
		return;
	}
	hold(view, REACH_MEASURES, stands(view->listing) || measure->state != MEASURE(APPLIED),
		"a measure is in force after its listing ended");
	hold(view, REACH_MEASURES, shown == (measure->state == MEASURE(APPLIED)),
		"the status shows a measure that is not in force, or hides one");
	hold(view, REACH_MEASURES,
		measure->until == 0 || measure->until >= view->today ||
			measure->state != MEASURE(APPLIED),
		"a measure is in force after its own term");
	if (measure->state == MEASURE(LIFT_DUE))
		hold(view, REACH_MEASURES,
			is_running(view, measure->authority_uscc, &measure->task,
				CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE),
			"a lift is due, and no task says so");
	if (measure->state == MEASURE(LIFT_DUE))
		hold(view, REACH_MEASURES, open_task_rows(view) > 0,
			"a lift is due, and does not stand among what is open");
}

/* Its last day is not behind it, and not later than the book allows from the decision on, or from where the
 * revocation of a repair began it anew. */
static void check_public_record(
	const struct view *view, const Credit__V1__Record *record, uint32_t maximum)
{
	int32_t from = record->published_from ? record->published_from : record->decided_on;
	int32_t last = credit_day_add_months((credit_day_t){from}, (int32_t)maximum).days;
	bool again = view->repair && view->repair->state == CASE(REVOKED);

	hold(view, REACH_PUBLIC,
		record->published_until == 0 || record->published_until >= view->today,
		"a record is published after its last day");
	hold(view, REACH_PUBLIC,
		maximum == 0 || (record->published_until != 0 && view->today <= last),
		"a record is published after the longest publication");
	hold(view, REACH_PUBLIC, from == record->decided_on || again,
		"a publication was begun anew without a cause");
}

static void check_public(const struct view *view)
{
	bool listed = stands(view->listing), fined = stands(view->penalty);
	const Credit__V1__Status *status = view->status;
	bool fresh =
		status->fresh_until == 0 || status->fresh_until > view->reach->world.toy.now.ms;

	hold(view, REACH_PUBLIC,
		status->n_lists + status->more_lists == listed &&
			view->detail->n_listings == listed,
		"the status shows a listing that has ended, or hides one");
	hold(view, REACH_PUBLIC, status->penalties == fined,
		"the status shows a penalty that has ended, or hides one");
	hold(view, REACH_PUBLIC, fresh, "the status is of before its own end");
	for (size_t i = 0; i < status->n_lists; i++)
		hold(view, REACH_PUBLIC,
			status->lists[i]->published_until == 0 ||
				status->lists[i]->published_until >= view->today,
			"the status shows a list after its last day");
	if (listed)
		check_public_record(view, view->listing, view->reach->maximum);
	if (fined)
		check_public_record(view, view->penalty, 3);
}

static bool is_open(const Credit__V1__Case *subject)
{
	return subject &&
	       (subject->state == CASE(SUBMITTED) || subject->state == CASE(SUPPLEMENT_ASKED) ||
		       subject->state == CASE(ACCEPTED) || subject->state == CASE(REVIEW_ASKED) ||
		       subject->state == CASE(PLAN_RUNNING));
}

/* An open case has somebody who must act, by a day. */
static void check_case(const struct view *view, const Credit__V1__Case *subject)
{
	static const int kinds[] = {
		[CASE(SUBMITTED)] = CREDIT__V1__TASK_KIND__TASK_KIND_CHECK_CASE,
		[CASE(SUPPLEMENT_ASKED)] = CREDIT__V1__TASK_KIND__TASK_KIND_SUPPLEMENT_CASE,
		[CASE(ACCEPTED)] = CREDIT__V1__TASK_KIND__TASK_KIND_DECIDE_CASE,
		[CASE(REVIEW_ASKED)] = CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_CASE,
		[CASE(PLAN_RUNNING)] = CREDIT__V1__TASK_KIND__TASK_KIND_PLAN,
	};
	bool checking;

	if (!is_open(subject))
		return;
	checking = subject->state == CASE(SUBMITTED) || subject->state == CASE(SUPPLEMENT_ASKED);
	hold(view, REACH_CONSISTENT,
		is_running(view, checking ? subject->front_office_uscc : subject->decider_uscc,
			&subject->task, kinds[subject->state]),
		"a case is open, and nobody must act");
}

/* What it rests on was annulled, and nobody has said that it stands without. */
static bool is_baseless(const struct view *view)
{
	return view->penalty && view->listing->underlying_record.len > 0 &&
	       view->penalty->removal_cause == CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED &&
	       view->reach->nodes[view->node].done_on[DO_KEEP] == 0;
}

static void check_marks(const struct view *view)
{
	const Credit__V1__Record *listing = view->listing;
	const Credit__V1__Case *objection = view->objection, *repair = view->repair;
	bool disputed = objection && (objection->state == CASE(ACCEPTED) ||
					     objection->state == CASE(REVIEW_ASKED));
	bool plan = repair && repair->state == CASE(PLAN_RUNNING);

	check_case(view, objection);
	check_case(view, repair);
	if (view->notice && view->notice->state == CREDIT__V1__NOTICE_STATE__NOTICE_STATE_RIPE)
		hold(view, REACH_CONSISTENT,
			is_running(view, view->notice->issuer_uscc, &view->notice->task,
				CREDIT__V1__TASK_KIND__TASK_KIND_DECIDE_NOTICE),
			"a notice is ripe, and nobody must decide");
	if (!stands(listing)) {
		hold(view, REACH_CONSISTENT, !plan, "a plan runs for a record that ended");
		return;
	}
	hold(view, REACH_CONSISTENT, (bool)listing->disputed == disputed,
		"the mark of dispute is not that of the objection");
	hold(view, REACH_CONSISTENT, (bool)listing->reorganisation == plan,
		"the mark of a plan is not that of the repair");
	hold(view, REACH_CONSISTENT,
		!listing->suspended || listing->suspended_by != 0 ||
			is_running(view, listing->issuer_uscc, &listing->basis_task,
				CREDIT__V1__TASK_KIND__TASK_KIND_REVOKE_LISTING),
		"suspended, and nobody must say what becomes of it");
	hold(view, REACH_CONSISTENT, listing->suspended || !is_baseless(view),
		"its basis was annulled, and it stands as if nothing were");
	if (view->measure && view->measure->state == MEASURE(APPLIED))
		hold(view, REACH_CONSISTENT,
			(bool)view->measure->suspended == (listing->suspended || plan),
			"a measure is not suspended with its listing, or alone");
}

/* What made something is refused in every later state too, with the day that it had. */
static void check_once(const struct view *view)
{
	static const enum small_act makers[] = {DO_SERVE, DO_LIST, DO_PENALISE, DO_APPLY,
		DO_APPLY_FOR_DAYS, DO_REPAIR, DO_REORGANISE, DO_OBJECT, DO_OBJECT_LATE};
	struct small_world *world = &view->reach->world;
	credit_ms_t now = world->toy.now;

	for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
		int32_t day = view->reach->nodes[view->node].done_on[makers[i]];
		union small_message message;
		/* What an erased record's acts made is known by its commitment alone. */
		if (day == 0 || view->reach->nodes[view->node].done_on[DO_ERASE] != 0)
			continue;
		small_world_set(world, (credit_day_t){day});
		small_act_fill(world, makers[i], &message);
		small_world_set(world, credit_day_of(now));
		if (small_act_file_again(world, makers[i], &message) == CREDIT_OK) {
			reach_break(view->reach, REACH_ONCE, view->node, small_act_name(makers[i]));
			reach_load(view->reach, view->node);
		}
	}
	world->toy.now = now;
}

/* The world has one repair; an entity applies as often as it likes. Does another application, from here on,
 * take the record off? */
static bool is_repaired_anew(struct reach *reach, uint32_t node)
{
	static const enum small_act road[] = {DO_R_FORM, DO_R_ACCEPT, DO_R_GRANT};
	struct small_world *world = &reach->world;
	struct toy *toy = &world->toy;
	const struct toy other = {.epoch = SMALL_EPOCH_OTHER};
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	union small_message message;
	struct credit_hash hash;
	bool done;

	toy_commitment(&other, 0, &hash);
	memcpy(id, world->id[SMALL_REPAIR], sizeof id);
	memcpy(world->id[SMALL_REPAIR], hash.byte, sizeof id);
	small_act_fill(world, DO_REPAIR, &message);
	toy->epoch = SMALL_EPOCH_OTHER;
	done = toy_file(toy, &toy->window, TOY_PAYLOAD(REPAIR_APPLICATION), &message) == CREDIT_OK;
	for (size_t i = 0; done && i < sizeof road / sizeof road[0]; i++)
		done = small_act_file(world, road[i]) == CREDIT_OK;
	if (done) {
		Credit__V1__Record *record = small_row(world, SMALL_LISTING);
		done = !stands(record);
		credit__v1__record__free_unpacked(record, NULL);
	}
	memcpy(world->id[SMALL_REPAIR], id, sizeof id);
	reach_load(reach, node);
	return done;
}

void reach_check_state(struct reach *reach, uint32_t node)
{
	struct reach_node *at = &reach->nodes[node];
	struct view view;

	view_init(reach, node, &view);
	at->published = stands(view.listing);
	at->bounded = at->published && view.listing->published_until != 0;
	reach->published += at->published;
	check_measure(&view);
	check_public(&view);
	check_marks(&view);
	hold(&view, REACH_WAY_OUT, !at->published || at->bounded || reach->maximum == 0,
		"a listing has no last day, and its list has a longest publication");
	check_once(&view);
	at->repaired_anew = at->published && !at->bounded && is_repaired_anew(reach, node);
	view_deinit(&view);
}

/* --- ways out --------------------------------------------------------------------------------------- */

/* From a state that was not gone on from, nobody knows: it counts as a way out, and time is asked. */
static void start_from_outside(struct reach *reach)
{
	for (size_t i = 0; i < reach->count; i++)
		reach->nodes[i].escapes = !reach->nodes[i].published || !reach->nodes[i].gone_on ||
					  reach->nodes[i].repaired_anew;
}

static void go_back(struct reach *reach)
{
	bool changed = true;

	/* Edges lie in the order of their beginnings: from behind, a few rounds do. */
	while (changed) {
		changed = false;
		for (size_t i = reach->edge_count; i-- > 0;) {
			const struct reach_edge *edge = &reach->edges[i];
			if (reach->nodes[edge->to].escapes && !reach->nodes[edge->from].escapes)
				reach->nodes[edge->from].escapes = changed = true;
		}
	}
}

/* Nobody acts: the road of time ends outside. It is one road, so it is walked. */
static bool time_ends_it(const struct reach *reach, uint32_t node)
{
	for (size_t steps = 0; steps <= reach->count; steps++) {
		const struct reach_node *at = &reach->nodes[node];
		if (!at->published || !at->gone_on)
			return true;
		if (at->after_time == REACH_NONE)
			return false;
		node = at->after_time;
	}
	return false;
}

void reach_check_ways_out(struct reach *reach)
{
	start_from_outside(reach);
	go_back(reach);
	for (uint32_t i = 0; i < reach->count; i++) {
		const struct reach_node *at = &reach->nodes[i];
		if (!at->escapes)
			reach_break(reach, REACH_WAY_OUT, i, "no way out of the listing");
		if (reach->maximum > 0 && at->published && !time_ends_it(reach, i))
			reach_break(reach, REACH_WAY_OUT, i, "time alone does not end it");
	}
}
