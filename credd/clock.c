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

int64_t credd_clock_steady_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool credd_clock_condition(pthread_cond_t *ret_condition)
{
	pthread_condattr_t attributes;

	if (pthread_condattr_init(&attributes) != 0)
		return false;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	bool done = pthread_cond_init(ret_condition, &attributes) == 0;
	pthread_condattr_destroy(&attributes);
	return done;
}

/* Conditions know no boot-time clock. */
void credd_clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(condition, lock, &at);
}

void credd_clock_init(struct credd_clock *clock, bool confirmed, credit_ms_t wall, int64_t steady)
{
	*clock = (struct credd_clock){
		.believed_once = confirmed, .believed_wall = wall.ms, .believed_steady = steady};
}

bool credd_clock_believe(
	struct credd_clock *clock, credit_ms_t wall, int64_t steady, credit_ms_t last)
{
	int64_t expected = last.ms;
	int64_t elapsed = steady - clock->believed_steady;

	if (clock->believed_once && clock->believed_wall + elapsed > expected)
		expected = clock->believed_wall + elapsed;
	if (last.ms != 0 && wall.ms - expected > CREDD_CLOCK_AHEAD_MAX_MS)
		return false;
	/* Small steps add up to the right time; a large one never gets here. */
	credd_clock_init(clock, true, wall, steady);
	return true;
}
