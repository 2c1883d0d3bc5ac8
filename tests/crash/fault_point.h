/* SPDX-License-Identifier: Apache-2.0
 *
 * fault_point.h - between the counting of points (fault.c) and the calls that are points (fault_calls.c).
 */
#ifndef TESTS_CRASH_FAULT_POINT_H
#define TESTS_CRASH_FAULT_POINT_H

#include "tests/crash/fault.h"

#include <dlfcn.h>
#include <limits.h>

/* `real` becomes the next function of that name. */
#define REAL(name, type, ...) \
	static type (*real)(__VA_ARGS__); \
	if (!real) { \
		*(void **)&real = dlsym(RTLD_NEXT, name); \
	}

/* Armed, and this thread is not paused. */
bool fault_is_on(void);
/* Are changes kept for a loss of power? */
bool fault_keeps_power(void);
/* Is this name in a folder (AT_FDCWD: where the process is) below what the plan names? With "" a
 * descriptor's own file. *path is filled then. Changes no errno. */
bool fault_counts(int folder, const char *name, char path[PATH_MAX]);

/* Held around a point and its call, so that points and calls have one order; pauses this thread. */
void fault_lock(void);
void fault_unlock(void);
/* Counts a point. Returns FAULT_NOTHING, FAULT_ERROR with errno set, or FAULT_SHORT. */
enum fault_deed fault_point(enum fault_kind kind);
/* Does a sync that fails take the pages out of memory as well? */
bool fault_forgets(void);

#endif
