/* SPDX-License-Identifier: Apache-2.0
 *
 * numbers_acts.c - acts of a registry of toys for test_numbers_move.c, and what came of them.
 */
#include "numbers_fixture.h"

#include <stdio.h>

struct sight sight;

/* The message that holds the number. */
const void *number_holder(void)
{
	return sight.number.chain[sight.number.depth - 1];
}

const Credit__V1__ListRule *number_list(const char *id)
{
	for (size_t i = 0; i < sight.book->n_lists; i++) {
		if (strcmp(sight.book->lists[i]->id, id) == 0)
			return sight.book->lists[i];
	}
	return NULL;
}

const char *number_item_or(const char *otherwise)
{
	return sight.number.item ? sight.number.item : otherwise;
}

/* --- acts -------------------------------------------------------------------------------------- */

void number_must(
	const struct toy_office *office, Credit__V1__Act__PayloadCase payload, void *message)
{
	enum credit_error error = toy_file(&sight.toy, office, payload, message);

	cr_assert_eq(error, CREDIT_OK, "%s of %s: %s %s %s", sight.number.path,
		number_item_or("the book"), credit_error_name(error), sight.toy.problem.field,
		sight.toy.problem.detail);
}

/* Another entity, with nothing on record. */
void number_next_company(void)
{
	static unsigned serial = 100;

	toy_uscc("91110108", ++serial, sight.company);
	toy_enrol(&sight.toy, sight.company);
}

static const Credit__V1__Instrument *in_force(const Credit__V1__ListRule *list, int32_t day)
{
	for (size_t i = 0; i < list->n_instruments; i++) {
		for (size_t k = 0; k < sight.book->n_instruments; k++) {
			const Credit__V1__Instrument *it = sight.book->instruments[k];
			if (strcmp(it->id, list->instruments[i]) == 0 && it->in_force_from <= day &&
				(it->in_force_until == 0 || it->in_force_until >= day))
				return it;
		}
	}
	return NULL;
}

Credit__V1__Listing number_listing(const char *list_id, int32_t day)
{
	const Credit__V1__ListRule *list = number_list(list_id);
	Credit__V1__Listing listing = toy_listing(sight.company, TODAY);

	cr_assert(list && in_force(list, day), "%s", list_id);
	listing.list = TEXT(list_id);
	listing.ground = list->grounds[0]->id;
	listing.instrument = in_force(list, day)->id;
	listing.decision_date = day;
	return listing;
}

static void keep_record(void)
{
	memcpy(sight.record_id, sight.toy.id, sizeof sight.record_id);
}

void number_list_company(const char *list_id, int32_t day)
{
	Credit__V1__Listing listing = number_listing(list_id, day);

	number_must(&sight.toy.market, TOY_PAYLOAD(LISTING), &listing);
	keep_record();
}

void number_penalise(const char *kind, int64_t fine_fen, int32_t day)
{
	char *kinds[] = {TEXT(kind)};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&sight.toy, sight.company, TODAY, kinds, 1);

	penalty.decision_date = day;
	penalty.fine_fen = fine_fen;
	/* By the simple procedure a fine is minor unless its amount makes it graver. */
	if (fine_fen > 0)
		penalty.procedure = CREDIT__V1__PROCEDURE__PROCEDURE_SIMPLE;
	number_must(&sight.toy.market, TOY_PAYLOAD(ADMINISTRATIVE_PENALTY), &penalty);
	keep_record();
}

static void pledge(int32_t day)
{
	Credit__V1__Pledge act = CREDIT__V1__PLEDGE__INIT;

	act.entity_uscc = sight.company;
	act.kind = CREDIT__V1__PLEDGE_KIND__PLEDGE_KIND_APPROVAL;
	act.title = act.text = TEXT("示例");
	act.document_no = TEXT("示诺〔2026〕1号");
	act.pledged_on = day;
	number_must(&sight.toy.market, TOY_PAYLOAD(PLEDGE), &act);
	keep_record();
}

static void judge(int32_t day)
{
	Credit__V1__Judgment act = CREDIT__V1__JUDGMENT__INIT;

	act.entity_uscc = sight.company;
	act.court = act.obligation = TEXT("示例");
	act.document_no = TEXT("（2026）京01民终1号");
	act.decision_date = day;
	number_must(&sight.toy.market, TOY_PAYLOAD(JUDGMENT), &act);
	keep_record();
}

static void license(int32_t day)
{
	Credit__V1__Licence act = CREDIT__V1__LICENCE__INIT;

	act.entity_uscc = sight.company;
	act.entity_name = act.document_name = act.licence_kind = act.content = act.decider_name =
		TEXT("示例");
	act.document_no = TEXT("示许〔2026〕7号");
	act.decision_date = day;
	act.decider_uscc = sight.toy.market.uscc;
	number_must(&sight.toy.market, TOY_PAYLOAD(LICENCE), &act);
	keep_record();
}

static void honour(int32_t day)
{
	Credit__V1__Honour act = CREDIT__V1__HONOUR__INIT;

	act.entity_uscc = sight.company;
	act.title = act.reason = TEXT("示例");
	act.document_no = TEXT("示荣〔2026〕7号");
	act.decision_date = day;
	number_must(&sight.toy.market, TOY_PAYLOAD(HONOUR), &act);
	keep_record();
}

/* A record of the item, decided on that day. */
void number_make_record(const char *item, int32_t day)
{
	if (number_list(item))
		number_list_company(item, day);
	else if (strcmp(item, "record.penalty") == 0)
		number_penalise("警告", 0, day); /* of the class that may be repaired at once */
	else if (strcmp(item, "record.pledge") == 0)
		pledge(day);
	else if (strcmp(item, "record.judgment") == 0)
		judge(day);
	else if (strcmp(item, "record.licence") == 0)
		license(day);
	else if (strcmp(item, "record.honour") == 0)
		honour(day);
	else
		cr_assert_fail("no act makes %s", item);
}

void number_remove_record(void)
{
	Credit__V1__Removal removal = toy_removal(sight.company, sight.record_id,
		CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED, TODAY);

	removal.decision_date = credit_day_of(sight.toy.now).days;
	number_must(&sight.toy.market, TOY_PAYLOAD(REMOVAL), &removal);
}

int32_t number_today(void)
{
	return credit_day_of(sight.toy.now).days;
}

void number_pass_days(int days)
{
	toy_set_day(&sight.toy, (credit_day_t){number_today() + days});
}

/* --- what came of them ------------------------------------------------------------------------- */

/* The newest open or overdue task of the kind. */
Credit__V1__Task *number_task(Credit__V1__TaskKind kind)
{
	Credit__V1__Task *found = NULL;

	for (size_t i = 0; i < sight.toy.state.count; i++) {
		const struct toy_row *row = &sight.toy.state.rows[i];
		if (row->kind != KIND(TASK))
			continue;
		Credit__V1__Task *task =
			credit__v1__task__unpack(NULL, row->value.size, row->value.data);
		if (task->kind == kind &&
			(task->state == CREDIT__V1__TASK_STATE__TASK_STATE_OPEN ||
				task->state == CREDIT__V1__TASK_STATE__TASK_STATE_OVERDUE)) {
			credit__v1__task__free_unpacked(found, NULL);
			found = task;
		} else {
			credit__v1__task__free_unpacked(task, NULL);
		}
	}
	cr_assert(found, "%s: no task of kind %d", sight.number.path, (int)kind);
	return found;
}

int64_t number_due(Credit__V1__TaskKind kind)
{
	Credit__V1__Task *task = number_task(kind);
	int64_t day = task->due_on;

	credit__v1__task__free_unpacked(task, NULL);
	return day;
}

/* The date that stands in the detail of a refusal behind these words. */
int64_t number_refused_until(const char *words)
{
	const char *at = strstr(sight.toy.problem.detail, words);
	char date[CREDIT_DAY_TEXT_SIZE] = "";

	cr_assert(
		at, "%s: '%s' is not in '%s'", sight.number.path, words, sight.toy.problem.detail);
	snprintf(date, sizeof date, "%.10s", at + strlen(words));
	return toy_day(date).days;
}

/* --- the roads of cases ------------------------------------------------------------------------ */

void number_take(const struct toy_office *office, Credit__V1__Act__PayloadCase act)
{
	toy_step_init(&sight.toy, act, sight.company, sight.case_id, &sight.applicant, &sight.step);
	number_must(office, act, &sight.step);
}

static void bring(Credit__V1__DocumentKind kind)
{
	cr_assert_eq(toy_case_document(
			     &sight.toy, &sight.toy.window, sight.company, sight.case_id, kind),
		CREDIT_OK, "%s: %s", sight.number.path, sight.toy.problem.detail);
}

void number_apply_for_repair(void)
{
	Credit__V1__RepairApplication act =
		toy_case_repair(&sight.toy, sight.company, sight.record_id, &sight.applicant);

	number_must(&sight.toy.window, TOY_PAYLOAD(REPAIR_APPLICATION), &act);
	memcpy(sight.case_id, sight.toy.id, sizeof sight.case_id);
}

/* Old enough for a list's repair; and not so old that a penalty's publication is over. */
static int32_t repairable_day(const char *item)
{
	return toy_day(number_list(item) ? "2025-11-20" : "2026-11-20").days;
}

void number_reach_repair(const char *item)
{
	number_make_record(item, repairable_day(item));
	number_apply_for_repair();
}

void number_accept_repair(void)
{
	bring(DOCUMENT(FORM));
	bring(DOCUMENT(PERFORMANCE));
	bring(DOCUMENT(PLEDGE));
	number_take(&sight.toy.window, TOY_PAYLOAD(CASE_ACCEPTANCE));
}

void number_object(const char *item)
{
	number_make_record(item, toy_day("2026-11-20").days);
	Credit__V1__Objection act =
		toy_case_objection(&sight.toy, sight.company, sight.record_id, &sight.applicant);
	act.ground = TEXT("wrong-content");
	number_must(&sight.toy.window, TOY_PAYLOAD(OBJECTION), &act);
	memcpy(sight.case_id, sight.toy.id, sizeof sight.case_id);
}

void number_accept_objection(const char *item)
{
	number_object(item);
	bring(DOCUMENT(FORM));
	number_take(&sight.toy.window, TOY_PAYLOAD(CASE_ACCEPTANCE));
}

void number_reject_objection(const char *item)
{
	number_accept_objection(item);
	number_take(&sight.toy.market, TOY_PAYLOAD(OBJECTION_DECISION));
}

void number_start_plan(const char *item)
{
	number_make_record(item, toy_day("2026-11-20").days);
	Credit__V1__RepairApplication act =
		toy_case_repair(&sight.toy, sight.company, sight.record_id, &sight.applicant);
	act.ground = CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_REORGANISATION;
	act.ruling_no = TEXT("（2026）京01破申1号");
	number_must(&sight.toy.window, TOY_PAYLOAD(REPAIR_APPLICATION), &act);
	memcpy(sight.case_id, sight.toy.id, sizeof sight.case_id);
	bring(DOCUMENT(FORM));
	bring(DOCUMENT(RULING));
	number_take(&sight.toy.window, TOY_PAYLOAD(CASE_ACCEPTANCE));
	number_take(&sight.toy.market, TOY_PAYLOAD(REPAIR_DECISION));
}
