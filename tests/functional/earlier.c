/* SPDX-License-Identifier: Apache-2.0
 *
 * earlier.c - runs a program with its wall clock set, for tests: LD_PRELOAD, CLOCK_OFFSET in seconds.
 *
 * Only what the program itself asks is changed. Its libraries keep the true clock, because they hand
 * instants to the kernel, which would wait for the difference.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int is_program(void *caller)
{
	union {
		unsigned long number;
		void *address;
	} entry = {.number = getauxval(AT_ENTRY)};
	Dl_info program, asking;

	return dladdr(entry.address, &program) && dladdr(caller, &asking) &&
	       program.dli_fbase == asking.dli_fbase;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	const char *offset = getenv("CLOCK_OFFSET");
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (result == 0 && clock == CLOCK_REALTIME && offset &&
		is_program(__builtin_return_address(0)))
		now->tv_sec += strtol(offset, NULL, 10);
	return result;
}
