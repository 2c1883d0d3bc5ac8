/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.c - reading the clocks, and when the wall clock is believed.
 */
#include "clock.h"

#include <time.h>

static int64_t read_ms(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

credit_ms_t credd_clock_wall(void)
{
	return (credit_ms_t){read_ms(CLOCK_REALTIME)};
}

int64_t credd_clock_steady(void)
{
	return read_ms(CLOCK_BOOTTIME);
}

void credd_clock_init(struct credd_clock *clock, bool confirmed, credit_ms_t wall, int64_t steady)
{
	*clock = (struct credd_clock){
		.believed_once = confirmed, .believed_wall = wall.ms, .believed_steady = steady};
}

bool credd_clock_believe(
	struct credd_clock *clock, credit_ms_t wall, int64_t steady, credit_ms_t last_epoch)
{
	int64_t expected = last_epoch.ms;
	int64_t elapsed = steady - clock->believed_steady;

	if (clock->believed_once && clock->believed_wall + elapsed > expected)
		expected = clock->believed_wall + elapsed;
	if (last_epoch.ms != 0 && wall.ms - expected > CREDD_CLOCK_AHEAD_MAX_MS)
		return false;
	/* Small steps add up to the right time; a large one never gets here. */
	credd_clock_init(clock, true, wall, steady);
	return true;
}
