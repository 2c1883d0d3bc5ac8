/* SPDX-License-Identifier: Apache-2.0
 *
 * processors.c - how many threads can run at a time: as many as the process has processors, of however many
 * the machine has more.
 */
#include <credit/base.h>

#include <sched.h>
#include <unistd.h>

unsigned credit_processors(void)
{
	cpu_set_t ours;
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	/* Fails on a machine with more processors than the set has room for. */
	if (sched_getaffinity(0, sizeof ours, &ours) == 0 && CPU_COUNT(&ours) > 0)
		return (unsigned)CPU_COUNT(&ours);
	return online > 0 ? (unsigned)online : 1;
}
