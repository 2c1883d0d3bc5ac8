/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.c - see fault.h. Points and what happens at them; the calls themselves are in fault_calls.c.
 */
#include "tests/crash/fault_point.h"
#include "tests/crash/power.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	bool armed, powered;
	struct fault_plan plan;
	struct fault_figures *figures;
	pthread_mutex_t lock;
} fault = {.lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP};

/* Deeper than 0: calls are the harness's own. */
static _Thread_local int paused;

void fault_pause(void)
{
	paused++;
}

void fault_resume(void)
{
	paused--;
}

void fault_arm(const struct fault_plan *plan, struct fault_figures *figures)
{
	fault.plan = *plan;
	fault.figures = figures;
	fault.powered = plan->scratch != NULL;
	if (fault.powered)
		power_init(plan->scratch);
	fault.armed = true;
}

_Noreturn static void die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

_Noreturn void fault_cut_power(void)
{
	pthread_mutex_lock(&fault.lock);
	paused++;
	if (fault.powered)
		power_cut(fault.plan.seed);
	die();
}

/* --- what counts ------------------------------------------------------------------------------ */

bool fault_is_on(void)
{
	return fault.armed && paused == 0;
}

bool fault_keeps_power(void)
{
	return fault.powered;
}

static bool is_below(const char *path)
{
	const char *at = fault.plan.below;

	while (*at) {
		size_t length = strcspn(at, ":");

		if (strncmp(path, at, length) == 0 && (path[length] == '/' || path[length] == '\0'))
			return true;
		at += length + (at[length] == ':');
	}
	return false;
}

/* A name in a folder, as an absolute path. */
static bool path_at(int folder, const char *name, char path[PATH_MAX])
{
	char link[64], base[PATH_MAX];
	ssize_t length;

	if (name[0] == '/')
		return (size_t)snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
	snprintf(link, sizeof link, "/proc/self/%s", "cwd");
	if (folder != AT_FDCWD)
		snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
	length = readlink(link, base, sizeof base - 1);
	if (length <= 0)
		return false;
	base[length] = '\0';
	return (size_t)snprintf(path, PATH_MAX, name[0] ? "%s/%s" : "%s", base, name) < PATH_MAX;
}

bool fault_counts(int folder, const char *name, char path[PATH_MAX])
{
	int error = errno;
	bool counts = fault_is_on() && path_at(folder, name, path) && is_below(path) &&
		      strcmp(strrchr(path, '/') + 1, "lock.mdb") != 0;

	errno = error;
	return counts;
}

/* --- a point ---------------------------------------------------------------------------------- */

void fault_lock(void)
{
	pthread_mutex_lock(&fault.lock);
	paused++;
}

void fault_unlock(void)
{
	paused--;
	pthread_mutex_unlock(&fault.lock);
}

enum fault_deed fault_point(enum fault_kind kind)
{
	long number = ++fault.figures->points[kind];
	bool hit = kind == fault.plan.kind && fault.plan.at != 0 &&
		   (number == fault.plan.at || (fault.plan.lasting && number > fault.plan.at));

	if (!hit)
		return FAULT_NOTHING;
	fault.figures->fired++;
	if (fault.plan.deed == FAULT_KILL)
		die();
	if (fault.plan.deed == FAULT_POWER)
		fault_cut_power();
	if (fault.plan.deed == FAULT_ERROR)
		errno = fault.plan.error;
	return fault.plan.deed;
}

bool fault_forgets(void)
{
	return fault.plan.seed % 2 == 1;
}
