/* SPDX-License-Identifier: Apache-2.0
 *
 * test_comes_back.c - a listing that is off by a repair and comes back when the repair was got by fraud: what was
 * said of it meanwhile holds. The search of all states (tests/property/test_reachable.c) found these.
 */
#include "tests/support/small_world.h"

#include <criterion/criterion.h>

static struct small_world world;

static void set_up(void)
{
	small_world_init(&world, "black.plain");
}

static void tear_down(void)
{
	small_world_deinit(&world);
}

TestSuite(rules_comes_back, .init = set_up, .fini = tear_down);

static void file(const enum small_act *acts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(small_act_file(&world, acts[i]), CREDIT_OK, "%s: %s %s",
			small_act_name(acts[i]), world.toy.problem.field, world.toy.problem.detail);
}
#define FILE_ALL(...) \
	do { \
		static const enum small_act acts[] = {__VA_ARGS__}; \
		file(acts, sizeof acts / sizeof acts[0]); \
	} while (0)

static void pass_a_month(void)
{
	small_world_set(&world, (credit_day_t){small_world_today(&world).days + 35});
	cr_assert(small_world_fire(&world));
}

/* Files the act as the market office's own. */
static void file_as_market(enum small_act act)
{
	union small_message message;
	Credit__V1__AdministrativePenalty *penalty = (void *)&message;

	small_act_fill(&world, act, &message);
	if (act == DO_PENALISE)
		penalty->decider_uscc = world.toy.market.uscc;
	world.toy.epoch = small_act_epoch(act);
	toy_must(&world.toy, &world.toy.market, small_act_payload(act), &message);
}

/* Published, and suspended until its authority says whether it stands. */
static void cr_in_question(void)
{
	Credit__V1__Record *record = small_row(&world, SMALL_LISTING);

	cr_assert(record);
	cr_expect_eq(record->state, CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED);
	cr_expect(record->suspended);
	Credit__V1__Task *task = toy_row(&world.toy, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK,
		&credit__v1__task__descriptor, world.toy.market.uscc, record->basis_task.data);
	cr_assert(task);
	cr_expect_eq(task->kind, CREDIT__V1__TASK_KIND__TASK_KIND_REVOKE_LISTING);
	cr_expect_eq(task->state, CREDIT__V1__TASK_STATE__TASK_STATE_OPEN);
	cr_expect_gt(task->due_on, small_world_today(&world).days);
	credit__v1__task__free_unpacked(task, NULL);
	credit__v1__record__free_unpacked(record, NULL);
	FILE_ALL(DO_KEEP);
	record = small_row(&world, SMALL_LISTING);
	cr_expect_not(record->suspended, "what is answered is settled");
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_comes_back, in_question_when_it_went_off_it_is_asked_about_again)
{
	FILE_ALL(DO_PENALISE, DO_LIST);
	pass_a_month();
	FILE_ALL(DO_REPAIR, DO_R_FORM, DO_R_ACCEPT, DO_ANNUL, DO_R_GRANT, DO_R_REVOKE);
	cr_in_question();
}

Test(rules_comes_back, its_basis_annulled_meanwhile_it_is_in_question)
{
	FILE_ALL(DO_PENALISE, DO_LIST);
	pass_a_month();
	FILE_ALL(DO_REPAIR, DO_R_FORM, DO_R_ACCEPT, DO_R_GRANT, DO_ANNUL, DO_R_REVOKE);
	cr_in_question();
}

Test(rules_comes_back, in_question_and_suspended_by_a_court_it_is_both)
{
	FILE_ALL(DO_PENALISE, DO_LIST, DO_SUSPEND);
	pass_a_month();
	FILE_ALL(DO_REPAIR, DO_R_FORM, DO_R_ACCEPT, DO_R_GRANT, DO_ANNUL, DO_R_REVOKE, DO_RESUME);
	cr_in_question();
}

Test(rules_comes_back, suspended_by_a_court_alone_nobody_is_asked)
{
	FILE_ALL(DO_PENALISE, DO_LIST, DO_SUSPEND);
	pass_a_month();
	FILE_ALL(DO_REPAIR, DO_R_FORM, DO_R_ACCEPT, DO_R_GRANT, DO_R_REVOKE);
	Credit__V1__Record *record = small_row(&world, SMALL_LISTING);
	cr_expect(record->suspended);
	cr_expect_eq(record->basis_task.len, 0);
	credit__v1__record__free_unpacked(record, NULL);
	FILE_ALL(DO_RESUME);
}

Test(rules_comes_back, its_basis_annulled_by_the_same_authority_it_comes_back_no_more)
{
	file_as_market(DO_PENALISE);
	FILE_ALL(DO_LIST);
	pass_a_month();
	FILE_ALL(DO_REPAIR, DO_R_FORM, DO_R_ACCEPT, DO_R_GRANT);
	file_as_market(DO_ANNUL);
	cr_expect_eq(small_act_file(&world, DO_R_REVOKE), CREDIT_E_RECORD_STATE);
	cr_expect_str_eq(world.toy.problem.field, "repair_revocation.case_id");
	Credit__V1__Record *record = small_row(&world, SMALL_LISTING);
	cr_expect_eq(record->removal_cause, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED);
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_comes_back, an_objection_accepted_meanwhile_marks_it)
{
	FILE_ALL(DO_LIST);
	pass_a_month();
	FILE_ALL(DO_REPAIR, DO_R_FORM, DO_R_ACCEPT, DO_R_GRANT, DO_OBJECT_LATE, DO_O_FORM,
		DO_O_ACCEPT);
	Credit__V1__Record *record = small_row(&world, SMALL_LISTING);
	cr_expect_not(record->disputed, "what is off is not marked");
	credit__v1__record__free_unpacked(record, NULL);
	FILE_ALL(DO_R_REVOKE);
	Credit__V1__Status *status = toy_status_message(&world.toy, world.uscc);
	cr_assert_eq(status->n_lists, 1);
	cr_expect(status->lists[0]->disputed);
	credit__v1__status__free_unpacked(status, NULL);
	FILE_ALL(DO_O_REJECT);
	status = toy_status_message(&world.toy, world.uscc);
	cr_expect_not(status->lists[0]->disputed);
	credit__v1__status__free_unpacked(status, NULL);
}
