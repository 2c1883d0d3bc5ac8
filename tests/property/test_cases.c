/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cases.c - random acts on cases, on passing days, against a slow, plain model of both procedures.
 *
 * The model knows one listing of each entity and the last repair and objection about it, as a handful of
 * ifs. After every act the registry must have accepted exactly what the model allows, and case, record,
 * mark of dispute and open task must be what the model says.
 */
#include "tests/support/toy_cases.h"

#include <criterion/criterion.h>
#include <string.h>

#define ENTITIES 3
#define STEPS 3000
#define RUNS 6
#define STATE(name) CREDIT__V1__CASE_STATE__CASE_STATE_##name
#define DOCUMENT(name) CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_##name

enum {
	REPAIR,
	OBJECTION,
	KINDS
};

struct kase {
	bool used;
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	int state;
	bool supplemented, extended, rated, form, proof;
	int32_t due, closed;
};

struct entity {
	char uscc[CREDIT_USCC_SIZE + 1];
	uint8_t record[CREDIT_RECORD_ID_SIZE];
	bool published, disputed;
	bool off_by_repair; /* it is not published, and the last repair is why */
	int32_t until;
	struct kase kase[KINDS];
};

static struct toy toy;
static struct entity entities[ENTITIES];
static Credit__V1__Applicant applicant;
static uint64_t seed;
static unsigned accepted_of[64]; /* by act: the walk must go everywhere */

static uint32_t draw_below(uint32_t bound)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(seed >> 33) % bound;
}

static int32_t today(void)
{
	return credit_day_of(toy.now).days;
}

static int32_t working_after(int32_t day, int count)
{
	while (count > 0) {
		day++;
		if (credit_day_is_working(credit_rule_book_calendar(toy.book), (credit_day_t){day}))
			count--;
	}
	return day;
}

static bool is_open(const struct kase *kase)
{
	return kase->used &&
	       (kase->state == STATE(SUBMITTED) || kase->state == STATE(SUPPLEMENT_ASKED) ||
		       kase->state == STATE(ACCEPTED) || kase->state == STATE(REVIEW_ASKED));
}

/* The record ends: what is open becomes moot. */
static void end_record(struct entity *e)
{
	e->published = e->disputed = e->off_by_repair = false;
	for (int k = 0; k < KINDS; k++) {
		if (is_open(&e->kase[k]))
			e->kase[k].state = STATE(MOOT);
	}
}

/* --- steps: what the model allows, then what the registry says --------------------------------- */

static bool file(const struct toy_office *office, Credit__V1__Act__PayloadCase act, void *message,
	bool expected)
{
	enum credit_error error = toy_file(&toy, office, act, message);

	cr_assert_eq(error == CREDIT_OK, expected, "act %d: %s %s %s", (int)act,
		credit_error_name(error), toy.problem.field, toy.problem.detail);
	if (expected)
		accepted_of[act]++;
	return expected;
}

static void step_list(struct entity *e)
{
	Credit__V1__Listing listing = toy_listing(e->uscc, "2026-11-23");

	listing.list = (char *)"black.abnormal";
	listing.ground = (char *)"unreachable";
	listing.instrument = (char *)"law";
	listing.decision_date = today();
	if (!file(&toy.market, TOY_PAYLOAD(LISTING), &listing, !e->published))
		return;
	/* Cases about the record before are left alone from now on. */
	memset(e->kase, 0, sizeof e->kase);
	memcpy(e->record, toy.id, sizeof e->record);
	e->published = true;
	e->disputed = e->off_by_repair = false;
	e->until = credit_day_add_months((credit_day_t){today()}, 36).days;
}

static void step_remove(struct entity *e)
{
	Credit__V1__Removal removal = toy_removal(
		e->uscc, e->record, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED, "2026-11-23");

	removal.decision_date = today();
	if (file(&toy.market, TOY_PAYLOAD(REMOVAL), &removal, e->published))
		end_record(e);
}

static void step_open(struct entity *e, int kind)
{
	struct kase *kase = &e->kase[kind];
	Credit__V1__RepairApplication repair =
		toy_case_repair(&toy, e->uscc, e->record, &applicant);
	Credit__V1__Objection objection = toy_case_objection(&toy, e->uscc, e->record, &applicant);
	bool expected = e->published && !is_open(kase);
	bool done = kind == REPAIR
			    ? file(&toy.window, TOY_PAYLOAD(REPAIR_APPLICATION), &repair, expected)
			    : file(&toy.window, TOY_PAYLOAD(OBJECTION), &objection, expected);

	if (!done)
		return;
	*kase = (struct kase){.used = true, .state = STATE(SUBMITTED)};
	memcpy(kase->id, toy.id, sizeof kase->id);
	kase->due = working_after(today(), 2);
}

static void step_document(struct entity *e, struct kase *kase, int kind, bool form)
{
	bool had = form ? kase->form : kase->proof;
	Credit__V1__DocumentKind which = form             ? DOCUMENT(FORM)
					 : kind == REPAIR ? DOCUMENT(PERFORMANCE)
							  : DOCUMENT(EVIDENCE);
	enum credit_error error = toy_case_document(
		&toy, draw_below(2) ? &toy.window : &toy.market, e->uscc, kase->id, which);

	cr_assert_eq(error == CREDIT_OK, is_open(kase) && !had, "%s", credit_error_name(error));
	if (error)
		return;
	kase->form = kase->form || form;
	kase->proof = kase->proof || !form;
}

static void close(struct kase *kase, int state)
{
	kase->state = state;
	kase->closed = today();
}

static void step_check(struct entity *e, struct kase *kase, int kind, union toy_step *step,
	Credit__V1__Act__PayloadCase act)
{
	bool submitted = kase->state == STATE(SUBMITTED);
	bool asked = kase->state == STATE(SUPPLEMENT_ASKED);

	if (act == TOY_PAYLOAD(CASE_ACCEPTANCE)) {
		bool complete = kase->form && (kind == OBJECTION || kase->proof);
		if (!file(&toy.window, act, step, submitted && complete))
			return;
		kase->state = STATE(ACCEPTED);
		kase->due = working_after(today(), kind == REPAIR ? 7 : 10);
		e->disputed = e->disputed || kind == OBJECTION;
	} else if (act == TOY_PAYLOAD(SUPPLEMENT_REQUEST)) {
		if (!file(&toy.market, act, step, submitted && !kase->supplemented))
			return;
		kase->state = STATE(SUPPLEMENT_ASKED);
		kase->supplemented = true;
		kase->due = working_after(today(), kind == REPAIR ? 10 : 5);
	} else if (act == TOY_PAYLOAD(CASE_SUPPLEMENT)) {
		if (!file(&toy.window, act, step, asked))
			return;
		kase->state = STATE(SUBMITTED);
		kase->due = working_after(today(), 2);
	} else if (file(&toy.window, act, step, submitted || (asked && today() > kase->due))) {
		close(kase, STATE(NOT_ACCEPTED));
	}
}

static void step_withdraw(struct entity *e, struct kase *kase, int kind, union toy_step *step)
{
	bool review = kase->state == STATE(REVIEW_ASKED);
	bool decided = review || kase->state == STATE(ACCEPTED);

	if (!file(&toy.window, TOY_PAYLOAD(CASE_WITHDRAWAL), step, is_open(kase)))
		return;
	close(kase, review ? STATE(FINAL) : STATE(WITHDRAWN));
	if (kind == OBJECTION && decided)
		e->disputed = false;
}

static void step_extend(struct kase *kase, int kind, union toy_step *step)
{
	int days = kase->state == STATE(ACCEPTED)                      ? 10
		   : kase->state == STATE(SUBMITTED) && kind == REPAIR ? 3
								       : 0;
	bool checking = kase->state == STATE(SUBMITTED) || kase->state == STATE(SUPPLEMENT_ASKED);
	bool expected = is_open(kase) && days > 0 && !kase->extended && today() <= kase->due;

	if (!file(checking ? &toy.window : &toy.market, TOY_PAYLOAD(CASE_EXTENSION), step,
		    expected))
		return;
	kase->extended = true;
	kase->due = working_after(kase->due, days);
}

static void step_decide_repair(struct entity *e, struct kase *kase, union toy_step *step)
{
	bool granted = draw_below(2) == 0;

	step->repair.granted = granted;
	if (!file(&toy.market, TOY_PAYLOAD(REPAIR_DECISION), step, kase->state == STATE(ACCEPTED)))
		return;
	close(kase, granted ? STATE(GRANTED) : STATE(REFUSED));
	if (granted) {
		end_record(e);
		e->off_by_repair = true;
	}
}

static void step_revoke(struct entity *e, struct kase *kase, union toy_step *step)
{
	if (!file(&toy.market, TOY_PAYLOAD(REPAIR_REVOCATION), step,
		    kase->state == STATE(GRANTED) && e->off_by_repair && today() <= e->until))
		return;
	kase->state = STATE(REVOKED);
	e->published = true;
	e->off_by_repair = false;
	e->until = credit_day_add_months((credit_day_t){today()}, 36).days;
}

static void step_answer(struct entity *e, struct kase *kase, bool review)
{
	bool withdrawn = draw_below(3) == 0;
	int32_t outcome = withdrawn ? CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_WITHDRAWN
				    : CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_REJECTED;
	Credit__V1__Act__PayloadCase act =
		review ? TOY_PAYLOAD(REVIEW_DECISION) : TOY_PAYLOAD(OBJECTION_DECISION);
	int due_state = review ? STATE(REVIEW_ASKED) : STATE(ACCEPTED);
	union toy_step step;

	toy_step_init(&toy, act, e->uscc, kase->id, &applicant, &step);
	if (review)
		step.review_decision.outcome = (Credit__V1__ObjectionOutcome)outcome;
	else
		step.objection.outcome = (Credit__V1__ObjectionOutcome)outcome;
	if (!file(&toy.market, act, &step, kase->state == due_state))
		return;
	close(kase, review ? STATE(FINAL) : withdrawn ? STATE(GRANTED) : STATE(REFUSED));
	e->disputed = false;
	if (withdrawn)
		end_record(e);
}

static void step_ask_review(struct entity *e, struct kase *kase, union toy_step *step)
{
	bool expected = kase->state == STATE(REFUSED) && e->published &&
			today() <= working_after(kase->closed, 10);

	if (!file(&toy.window, TOY_PAYLOAD(REVIEW_REQUEST), step, expected))
		return;
	kase->state = STATE(REVIEW_ASKED);
	kase->due = working_after(today(), 15);
	e->disputed = true;
}

static void step_rate(struct kase *kase, union toy_step *step)
{
	bool ended = kase->state == STATE(GRANTED) || kase->state == STATE(REFUSED) ||
		     kase->state == STATE(FINAL);

	if (file(&toy.window, TOY_PAYLOAD(CASE_RATING), step, ended && !kase->rated))
		kase->rated = true;
}

static void pass_time(void)
{
	toy_set_day(&toy, (credit_day_t){today() + (int32_t)draw_below(6)});
	toy_fire_due(&toy);
	for (size_t i = 0; i < ENTITIES; i++) {
		if (entities[i].published && today() > entities[i].until)
			end_record(&entities[i]);
	}
}

/* One of everything that can be said of a case, possible or not. */
static void step_case(struct entity *e, int kind)
{
	static const Credit__V1__Act__PayloadCase acts[] = {TOY_PAYLOAD(CASE_ACCEPTANCE),
		TOY_PAYLOAD(CASE_ACCEPTANCE), TOY_PAYLOAD(SUPPLEMENT_REQUEST),
		TOY_PAYLOAD(CASE_SUPPLEMENT), TOY_PAYLOAD(CASE_NON_ACCEPTANCE),
		TOY_PAYLOAD(CASE_WITHDRAWAL), TOY_PAYLOAD(CASE_EXTENSION), TOY_PAYLOAD(CASE_RATING),
		TOY_PAYLOAD(REPAIR_DECISION), TOY_PAYLOAD(REPAIR_REVOCATION),
		TOY_PAYLOAD(OBJECTION_DECISION), TOY_PAYLOAD(REVIEW_REQUEST),
		TOY_PAYLOAD(REVIEW_DECISION), TOY_PAYLOAD(REORGANISATION_OUTCOME)};
	Credit__V1__Act__PayloadCase act = acts[draw_below(sizeof acts / sizeof acts[0])];
	struct kase *kase = &e->kase[kind];
	/* What belongs to the other procedure this one's table does not know. */
	bool repairs = act == TOY_PAYLOAD(REPAIR_DECISION) || act == TOY_PAYLOAD(REPAIR_REVOCATION);
	bool objects = act == TOY_PAYLOAD(OBJECTION_DECISION) ||
		       act == TOY_PAYLOAD(REVIEW_REQUEST) || act == TOY_PAYLOAD(REVIEW_DECISION);
	union toy_step step;

	toy_step_init(&toy, act, e->uscc, kase->id, &applicant, &step);
	if (!kase->used || act == TOY_PAYLOAD(REORGANISATION_OUTCOME) ||
		(repairs && kind == OBJECTION) || (objects && kind == REPAIR))
		file(act == TOY_PAYLOAD(REVIEW_REQUEST) ? &toy.window : &toy.market, act, &step,
			false);
	else if (act == TOY_PAYLOAD(CASE_WITHDRAWAL) && draw_below(3) > 0)
		return; /* or hardly any case would get far */
	else if (act == TOY_PAYLOAD(CASE_WITHDRAWAL))
		step_withdraw(e, kase, kind, &step);
	else if (act == TOY_PAYLOAD(CASE_EXTENSION))
		step_extend(kase, kind, &step);
	else if (act == TOY_PAYLOAD(CASE_RATING))
		step_rate(kase, &step);
	else if (act == TOY_PAYLOAD(REPAIR_DECISION))
		step_decide_repair(e, kase, &step);
	else if (act == TOY_PAYLOAD(REPAIR_REVOCATION))
		step_revoke(e, kase, &step);
	else if (act == TOY_PAYLOAD(REVIEW_REQUEST))
		step_ask_review(e, kase, &step);
	else if (objects)
		step_answer(e, kase, act == TOY_PAYLOAD(REVIEW_DECISION));
	else
		step_check(e, kase, kind, &step, act);
}

/* --- the comparison ---------------------------------------------------------------------------- */

static void compare_task(const Credit__V1__Case *row, const struct kase *kase)
{
	bool checking = kase->state == STATE(SUBMITTED) || kase->state == STATE(SUPPLEMENT_ASKED);
	Credit__V1__Task *task =
		toy_task(&toy, checking ? row->front_office_uscc : row->decider_uscc, &row->task);

	cr_assert_eq(task != NULL, is_open(kase));
	if (!task)
		return;
	bool running = task->state != CREDIT__V1__TASK_STATE__TASK_STATE_DONE &&
		       task->state != CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED;
	cr_assert(running);
	cr_assert_eq(task->due_on, kase->due);
	cr_assert_eq(task->state != CREDIT__V1__TASK_STATE__TASK_STATE_OPEN, today() > kase->due,
		"overdue by itself, and only then");
	credit__v1__task__free_unpacked(task, NULL);
}

static void compare(const struct entity *e)
{
	Credit__V1__Status *status = toy_status_message(&toy, e->uscc);

	cr_assert_eq(status->n_lists, e->published ? 1U : 0U);
	if (e->published) {
		cr_assert_eq(status->lists[0]->disputed, e->disputed);
		cr_assert_eq(status->lists[0]->published_until, e->until);
	}
	credit__v1__status__free_unpacked(status, NULL);
	for (int k = 0; k < KINDS; k++) {
		const struct kase *kase = &e->kase[k];
		Credit__V1__Case *row = kase->used ? toy_case(&toy, e->uscc, kase->id) : NULL;
		if (!kase->used)
			continue;
		cr_assert(row);
		cr_assert_eq((int)row->state, kase->state);
		compare_task(row, kase);
		credit__v1__case__free_unpacked(row, NULL);
	}
}

static void run(uint64_t number)
{
	seed = number * 7919 + 1;
	toy_cases_found(&toy);
	applicant = toy_case_applicant();
	memset(entities, 0, sizeof entities);
	for (unsigned i = 0; i < ENTITIES; i++) {
		toy_uscc("91110108", 100 + i, entities[i].uscc);
		toy_enrol(&toy, entities[i].uscc);
		step_list(&entities[i]);
	}
	for (size_t i = 0; i < STEPS; i++) {
		struct entity *e = &entities[draw_below(ENTITIES)];
		int kind = (int)draw_below(KINDS);
		uint32_t what = draw_below(24);

		if (what == 0)
			pass_time();
		else if (what == 1 && draw_below(4) == 0)
			step_remove(e);
		else if (what == 2)
			step_list(e);
		else if (what < 6)
			step_open(e, kind);
		else if (what < 9)
			step_document(e, &e->kase[kind], kind, draw_below(2) == 0);
		else
			step_case(e, kind);
		for (size_t j = 0; j < ENTITIES; j++)
			compare(&entities[j]);
	}
	toy_deinit(&toy);
}

Test(property_cases, random_acts_do_what_a_plain_model_says)
{
	memset(accepted_of, 0, sizeof accepted_of);
	for (uint64_t number = 0; number < RUNS; number++)
		run(number);
	/* Every act of the walk was accepted somewhere, or it has shown nothing. */
	for (int act = TOY_PAYLOAD(CASE_ACCEPTANCE); act <= TOY_PAYLOAD(CASE_RATING); act++)
		cr_expect(act == TOY_PAYLOAD(REORGANISATION_OUTCOME) || accepted_of[act] > 0,
			"act %d was never accepted", act);
}
