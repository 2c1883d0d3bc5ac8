/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_file.c - an input as a file that lies in memory.
 */
#include "tests/support/fuzz_file.h"

#include <err.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int file = -1;

const char *fuzz_file_open(const uint8_t *data, size_t size)
{
	static char path[32];

	file = memfd_create("input", MFD_CLOEXEC);
	if (file < 0 || fchmod(file, 0600) != 0 || write(file, data, size) != (ssize_t)size)
		err(1, "memfd");
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	return path;
}

void fuzz_file_close(void)
{
	close(file);
	file = -1;
}
