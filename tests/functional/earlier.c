/* SPDX-License-Identifier: Apache-2.0
 *
 * earlier.c - runs a program with its wall clock set, for tests: LD_PRELOAD, and CLOCK_OFFSET in
 * seconds, or CLOCK_FILE, which holds that number as eight bytes and may change while the program
 * runs.
 *
 * Only what the program itself asks is changed. Its libraries keep the true clock, because they hand
 * instants to the kernel, which would wait for the difference. With CLOCK_FILE the clock that counts
 * elapsed time moves as well, from the program's start on: the days between have passed.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
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

static const volatile int64_t *shared;
static int64_t at_start;

__attribute__((constructor)) static void map_file(void)
{
	const char *path = getenv("CLOCK_FILE");
	int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *memory;

	if (file < 0)
		return;
	memory = mmap(NULL, sizeof *shared, PROT_READ, MAP_SHARED, file, 0);
	close(file);
	if (memory == MAP_FAILED)
		return;
	shared = memory;
	at_start = *shared;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	const char *offset = getenv("CLOCK_OFFSET");
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME) ||
		(!shared && !offset) || !is_program(__builtin_return_address(0)))
		return result;
	if (shared)
		now->tv_sec += clock == CLOCK_REALTIME ? *shared : *shared - at_start;
	else if (clock == CLOCK_REALTIME)
		now->tv_sec += strtol(offset, NULL, 10);
	return result;
}
