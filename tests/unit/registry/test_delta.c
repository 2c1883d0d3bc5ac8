/* SPDX-License-Identifier: Apache-2.0
 *
 * test_delta.c - where deltas begin, and who has a grant.
 */
#include <criterion/criterion.h>

#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include <string.h>

TestSuite(delta, .init = temp_dir_make, .fini = temp_dir_remove);

/* Four publications, an hour apart. */
static struct credit_view *open_town(struct town *town)
{
	struct credit_view *view;

	town_open(town, temp_dir_path("town"));
	for (uint32_t i = 0; i < 3; i++) {
		town->now.ms += 3600000;
		town_enrol_now(town, i);
		town_publish(town);
	}
	cr_assert_eq(credit_view_new(town->registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	return view;
}

static void close_town(struct town *town, struct credit_view *view)
{
	credit_view_end(view);
	credit_view_free(view);
	town_close(town);
}

static enum credit_error begin(struct town *town, struct credit_view *view, uint64_t publication,
	int64_t kept_ms, struct credit_problem *problem)
{
	struct credit_delta_cursor cursor;

	return credit_view_delta_begin(
		view, publication, (credit_ms_t){town->now.ms - kept_ms}, &cursor, problem);
}

Test(delta, those_no_longer_kept_are_refused_and_the_first_kept_is_named)
{
	struct town town;
	struct credit_view *view = open_town(&town);
	struct credit_problem problem;

	cr_expect_eq(begin(&town, view, 1, 10 * 3600000, &problem), CREDIT_OK);
	cr_expect_eq(begin(&town, view, 2, 3600000, &problem), CREDIT_E_DELTAS_PRUNED);
	cr_expect_neq(strstr(problem.detail, "from 3 on"), NULL, "%s", problem.detail);
	cr_expect_eq(begin(&town, view, 3, 3600000, &problem), CREDIT_OK);
	close_town(&town, view);
}

Test(delta, the_newest_is_always_kept)
{
	struct town town;
	struct credit_view *view = open_town(&town);
	struct credit_problem problem;

	cr_expect_eq(begin(&town, view, 4, -3600000, &problem), CREDIT_OK);
	cr_expect_eq(begin(&town, view, 3, -3600000, &problem), CREDIT_E_DELTAS_PRUNED);
	close_town(&town, view);
}

Test(delta, they_are_numbered_from_one_and_none_is_beyond_the_next)
{
	struct town town;
	struct credit_view *view = open_town(&town);
	struct credit_problem problem;
	struct credit_delta_cursor cursor;
	struct credit_delta_piece piece;

	cr_expect_eq(begin(&town, view, 0, 1, &problem), CREDIT_E_FIELD_RANGE);
	cr_expect_eq(begin(&town, view, 6, 1, &problem), CREDIT_E_NOT_FOUND);
	cr_assert_eq(credit_view_delta_begin(view, 5, town.now, &cursor, &problem), CREDIT_OK);
	cr_expect_eq(credit_view_delta_next(view, &cursor, 1000, &piece), CREDIT_E_NOT_FOUND);
	/* The next one comes to the same cursor. */
	town_enrol_now(&town, 9);
	town_publish(&town);
	credit_view_end(view);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_delta_next(view, &cursor, 1 << 20, &piece), CREDIT_OK);
	cr_expect_eq(piece.part, CREDIT_DELTA_EPOCH);
	cr_assert_eq(credit_view_delta_next(view, &cursor, 1 << 20, &piece), CREDIT_OK);
	cr_expect_eq(piece.part, CREDIT_DELTA_ROW);
	cr_assert_eq(credit_view_delta_next(view, &cursor, 1 << 20, &piece), CREDIT_OK);
	cr_expect_eq(piece.part, CREDIT_DELTA_PUBLICATION);
	cr_expect_eq(credit_view_delta_next(view, &cursor, 1 << 20, &piece), CREDIT_E_NOT_FOUND);
	close_town(&town, view);
}

Test(delta, a_grant_counts_for_its_role_and_authority_and_from_its_first_day)
{
	struct town town;
	struct credit_view *view = open_town(&town);
	struct credit_uscc nobody = town_uscc(1);
	credit_day_t today = credit_day_of(town.now), before = {today.days - 400};
	bool granted = false;

	cr_assert_eq(credit_view_grant(view, &town.bureau_uscc, CREDIT__V1__ROLE__ROLE_DECIDER,
			     today, &granted),
		CREDIT_OK);
	cr_expect(granted);
	cr_assert_eq(credit_view_grant(view, &town.bureau_uscc, CREDIT__V1__ROLE__ROLE_DECIDER,
			     before, &granted),
		CREDIT_OK);
	cr_expect_not(granted, "not yet");
	cr_assert_eq(credit_view_grant(view, &town.bureau_uscc, CREDIT__V1__ROLE__ROLE_AUDITOR,
			     today, &granted),
		CREDIT_OK);
	cr_expect_not(granted, "another role");
	cr_assert_eq(
		credit_view_grant(view, &nobody, CREDIT__V1__ROLE__ROLE_DECIDER, today, &granted),
		CREDIT_OK);
	cr_expect_not(granted, "another authority");
	close_town(&town, view);
}
