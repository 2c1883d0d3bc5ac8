/* SPDX-License-Identifier: Apache-2.0 */
#include "bounds.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/resource.h>

/* As config_table.c has them. */
static const struct credd_config standard = {
	.queue_bytes = 268435456, .connections = 1024, .calls = 4096};

Test(bounds, what_clients_may_ask_for_counts)
{
	struct credd_config larger = standard;

	larger.queue_bytes += 1000;
	cr_expect_eq(credd_bounds_memory(&larger), credd_bounds_memory(&standard) + 1000);
	larger = standard;
	larger.connections++;
	cr_expect_gt(credd_bounds_memory(&larger), credd_bounds_memory(&standard));
	larger = standard;
	larger.calls++;
	cr_expect_gt(credd_bounds_memory(&larger), credd_bounds_memory(&standard));
}

Test(bounds, too_few_files_are_refused_with_both_numbers)
{
	struct rlimit few = {.rlim_cur = 200, .rlim_max = 200};
	struct credit_problem problem;

	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	cr_expect_eq(credd_bounds_check(&standard, &problem), CREDIT_E_FILES_LIMIT);
	cr_expect_str_eq(problem.field, "limits.connections");
	cr_expect_not_null(strstr(problem.detail, "1152 needed, 200 allowed"));
}

Test(bounds, files_are_raised_as_far_as_they_are_needed)
{
	struct rlimit limit = {.rlim_cur = 200, .rlim_max = 4096};
	struct credit_problem problem;

	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_assert_eq(credd_bounds_check(&standard, &problem), CREDIT_OK, "%s", problem.detail);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_expect_eq(limit.rlim_cur, 1152);
}

#ifndef __SANITIZE_ADDRESS__ /* its shadow takes more than any limit */
Test(bounds, too_little_memory_is_refused_with_both_numbers)
{
	struct rlimit little = {.rlim_cur = 300000000, .rlim_max = 300000000};
	struct credit_problem problem;

	cr_assert_eq(setrlimit(RLIMIT_DATA, &little), 0);
	cr_expect_eq(credd_bounds_check(&standard, &problem), CREDIT_E_MEMORY_LIMIT);
	cr_expect_str_eq(problem.field, "limits.queue_bytes");
	cr_expect_not_null(strstr(problem.detail, "300000000 allowed by RLIMIT_DATA"));
}
#endif
