/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.h - the only place where the daemon reads a clock, and the rule for distrusting it.
 *
 * What falls due is fired by the clock, and a wrong one would end publications years too early. So
 * the clock is believed only while it agrees with what is known: the time of the last epoch or
 * publication, and the time that has passed since it was last believed, measured by a clock that
 * nobody sets. When it stands more than seven days ahead of both, nothing is fired and no such time
 * is signed, until an administrator starts the daemon with --confirm-clock, or until an epoch is
 * committed at that time: filings are valid for at most seven days, so an accepted one shows that
 * its filer's clock agrees.
 *
 * Threads: credd_clock_wall and _steady from any; a struct credd_clock belongs to the writer
 * thread.
 *
 * Source: design sections 3 and 7.
 */
#ifndef CREDD_CLOCK_H
#define CREDD_CLOCK_H

#include <credit/base.h>

#include <pthread.h>

#define CREDD_CLOCK_AHEAD_MAX_MS INT64_C(604800000)

/* Milliseconds of the wall clock. */
credit_ms_t credd_clock_wall(void);
/* Milliseconds that only ever grow, also while the machine sleeps; from no particular moment. */
int64_t credd_clock_steady(void);
/* The same in microseconds. */
int64_t credd_clock_steady_us(void);
/* Waits until the condition (credd_clock_condition) is signalled or `ms` have passed, which are
 * more than none; or for no reason, as conditions do. */
void credd_clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t ms);
/* Makes a condition for credd_clock_wait; false when there is no memory. */
bool credd_clock_condition(pthread_cond_t *ret_condition) CREDIT_MUST_CHECK;

struct credd_clock {
	bool believed_once;
	int64_t believed_wall, believed_steady; /* at the same moment */
};

/* `confirmed`: the administrator says that the clock is right. */
void credd_clock_init(struct credd_clock *clock, bool confirmed, credit_ms_t wall, int64_t steady);
/* May what is due at `wall` be fired? `last` is 0 when nothing is recorded. Remembers the answer. */
bool credd_clock_believe(
	struct credd_clock *clock, credit_ms_t wall, int64_t steady, credit_ms_t last);

#endif
