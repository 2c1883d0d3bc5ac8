/* SPDX-License-Identifier: Apache-2.0
 *
 * test_clock.c - when the daemon believes its clock.
 */
#include "clock.h"

#include <criterion/criterion.h>

#define DAY INT64_C(86400000)
#define NOW INT64_C(1790000000000)

static bool believes(struct credd_clock *clock, int64_t wall, int64_t steady, int64_t last_epoch)
{
	return credd_clock_believe(clock, (credit_ms_t){wall}, steady, (credit_ms_t){last_epoch});
}

Test(clock, seven_days_after_the_last_epoch_is_still_believed)
{
	struct credd_clock clock;

	credd_clock_init(&clock, false, (credit_ms_t){NOW}, 0);
	cr_expect(believes(&clock, NOW, 0, NOW - 7 * DAY));
}

Test(clock, more_than_seven_days_after_the_last_epoch_is_not)
{
	struct credd_clock clock;

	credd_clock_init(&clock, false, (credit_ms_t){NOW}, 0);
	cr_expect(!believes(&clock, NOW, 0, NOW - 7 * DAY - 1));
}

Test(clock, an_administrators_word_is_enough)
{
	struct credd_clock clock;

	credd_clock_init(&clock, true, (credit_ms_t){NOW}, 0);
	cr_expect(believes(&clock, NOW, 0, NOW - 400 * DAY));
}

Test(clock, an_epoch_at_the_doubted_time_ends_the_doubt)
{
	struct credd_clock clock;

	credd_clock_init(&clock, false, (credit_ms_t){NOW}, 0);
	cr_assert(!believes(&clock, NOW, 0, NOW - 30 * DAY));
	cr_expect(believes(&clock, NOW + 1, 1, NOW));
}

Test(clock, without_any_epoch_there_is_nothing_to_doubt)
{
	struct credd_clock clock;

	credd_clock_init(&clock, false, (credit_ms_t){NOW}, 0);
	cr_expect(believes(&clock, NOW, 0, 0));
}

Test(clock, a_long_quiet_time_while_running_is_believed)
{
	struct credd_clock clock;

	credd_clock_init(&clock, false, (credit_ms_t){NOW}, 0);
	cr_assert(believes(&clock, NOW, 0, NOW));
	cr_expect(believes(&clock, NOW + 60 * DAY, 60 * DAY, NOW));
}

Test(clock, a_jump_while_running_is_not_and_setting_it_back_is)
{
	struct credd_clock clock;

	credd_clock_init(&clock, false, (credit_ms_t){NOW}, 0);
	cr_assert(believes(&clock, NOW, 0, NOW));
	cr_expect(!believes(&clock, NOW + 365 * DAY, 1000, NOW));
	cr_expect(!believes(&clock, NOW + 365 * DAY, 2000, NOW), "asked twice, doubted twice");
	cr_expect(believes(&clock, NOW + 3000, 3000, NOW));
}
