/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

Test(notify, a_watchdog_is_patted_twice_in_its_time)
{
	setenv("WATCHDOG_USEC", "60000000", 1);
	unsetenv("WATCHDOG_PID");
	cr_expect_eq(credd_watchdog_ms(), 30000);
}

Test(notify, a_watchdog_of_another_process_is_not_ours)
{
	char pid[24];

	setenv("WATCHDOG_USEC", "60000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	cr_expect_eq(credd_watchdog_ms(), 0);
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	cr_expect_eq(credd_watchdog_ms(), 30000);
}

Test(notify, no_watchdog_is_wanted_without_a_time)
{
	unsetenv("WATCHDOG_USEC");
	cr_expect_eq(credd_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "soon", 1);
	cr_expect_eq(credd_watchdog_ms(), 0);
}
