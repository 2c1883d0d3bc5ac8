/* SPDX-License-Identifier: Apache-2.0
 *
 * case_fixture.h - one entity on one black list since a year and three days, and cases about it.
 */
#ifndef TESTS_UNIT_CASE_FIXTURE_H
#define TESTS_UNIT_CASE_FIXTURE_H

#include "rules_fixture.h"

#include "tests/support/toy_cases.h"

#define STATE(name) CREDIT__V1__CASE_STATE__CASE_STATE_##name
#define DOCUMENT(name) CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_##name

static char company[CREDIT_USCC_SIZE + 1];
static uint8_t record_id[CREDIT_RECORD_ID_SIZE], case_id[CREDIT_RECORD_ID_SIZE];
static Credit__V1__Applicant applicant;
static union toy_step step;

static inline void set_up_listed(void)
{
	toy_cases_init(&toy, company);
	toy_case_list(&toy, company, "2025-11-20");
	memcpy(record_id, toy.id, sizeof record_id);
	applicant = toy_case_applicant();
}

static inline void tear_down_listed(void)
{
	toy_deinit(&toy);
}

/* The step with everything that it asks for, to be changed and filed. */
#define step_of(act) toy_step_init(&toy, TOY_PAYLOAD(act), company, case_id, &applicant, &step)
/* ...filed as it is. */
#define cr_steps(office, act) \
	do { \
		step_of(act); \
		cr_accepted(office, act, &step); \
	} while (0)
#define cr_step_refused(office, act, expected, path) \
	do { \
		step_of(act); \
		cr_refused(office, act, &step, expected, path); \
	} while (0)
#define cr_document(office, kind) \
	cr_expect_eq(toy_case_document(&toy, &(office), company, case_id, DOCUMENT(kind)), \
		CREDIT_OK, "%s", toy.problem.detail)

static inline Credit__V1__CaseState state_of_case(void)
{
	Credit__V1__Case *found = toy_case(&toy, company, case_id);
	Credit__V1__CaseState state = found ? found->state : STATE(UNSPECIFIED);

	credit__v1__case__free_unpacked(found, NULL);
	return state;
}

static inline bool is_published(void)
{
	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	bool published = record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;

	credit__v1__record__free_unpacked(record, NULL);
	return published;
}

/* The status and the record agree on whether an objection is open. */
static inline bool is_disputed(void)
{
	Credit__V1__Record *record = toy_record(&toy, company, record_id);
	Credit__V1__Status *status = toy_status_message(&toy, company);
	Credit__V1__Detail *detail = toy_detail_message(&toy, company);
	bool disputed = record->disputed;

	if (status->n_lists > 0) {
		cr_expect_eq(status->lists[0]->disputed, disputed);
		cr_expect_eq(detail->listings[0]->disputed, disputed);
	}
	credit__v1__record__free_unpacked(record, NULL);
	credit__v1__status__free_unpacked(status, NULL);
	credit__v1__detail__free_unpacked(detail, NULL);
	return disputed;
}

/* Of the open task: its kind, office and last day. */
static inline void expect_task(const char *office, Credit__V1__TaskKind kind, const char *due)
{
	Credit__V1__Case *found = toy_case(&toy, company, case_id);
	Credit__V1__Task *task = toy_task(&toy, office, &found->task);

	cr_assert(task, "the office has no such task");
	cr_expect_eq(task->kind, kind);
	cr_expect_eq(task->state, CREDIT__V1__TASK_STATE__TASK_STATE_OPEN);
	cr_expect_eq(task->due_on, toy_day(due).days);
	cr_expect_eq(found->due_on, task->due_on);
	credit__v1__task__free_unpacked(task, NULL);
	credit__v1__case__free_unpacked(found, NULL);
}

#define TASK(name) CREDIT__V1__TASK_KIND__TASK_KIND_##name

static inline void apply_for_repair(void)
{
	Credit__V1__RepairApplication application =
		toy_case_repair(&toy, company, record_id, &applicant);

	cr_accepted(toy.window, REPAIR_APPLICATION, &application);
	memcpy(case_id, toy.id, sizeof case_id);
}

static inline void object(void)
{
	Credit__V1__Objection objection = toy_case_objection(&toy, company, record_id, &applicant);

	cr_accepted(toy.window, OBJECTION, &objection);
	memcpy(case_id, toy.id, sizeof case_id);
}

static inline void bring_documents(void)
{
	cr_document(toy.window, FORM);
	cr_document(toy.window, PERFORMANCE);
	cr_document(toy.window, PLEDGE);
}

static inline void reach_acceptance(void)
{
	apply_for_repair();
	bring_documents();
	cr_steps(toy.window, CASE_ACCEPTANCE);
}

static inline void reach_accepted_objection(void)
{
	object();
	cr_document(toy.window, FORM);
	cr_steps(toy.window, CASE_ACCEPTANCE);
}

#endif
