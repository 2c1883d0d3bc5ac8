/* SPDX-License-Identifier: Apache-2.0
 *
 * fault_env.c - the plan out of the environment, for programs into which this is preloaded.
 *
 *     FAULT_BELOW    folders and files, ':' between them; without it nothing is counted
 *     FAULT_SCRATCH  an empty folder on the same file system
 *     FAULT_FIGURES  a file that becomes the figures
 *     FAULT_KIND     disk, files, memory or commits
 *     FAULT_DO       kill, power, short, or the number of an error
 *     FAULT_AT       the point; FAULT_LASTING=1: and all after it
 *     FAULT_SEED
 */
#include "tests/crash/fault.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static long number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : 0;
}

static int word(const char *name, const char *const *words, int count, int otherwise)
{
	const char *text = getenv(name);

	for (int i = 0; text && i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	return otherwise;
}

static struct fault_figures *open_figures(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *memory = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(struct fault_figures)) == 0)
		memory = mmap(NULL, sizeof(struct fault_figures), PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	return memory;
}

__attribute__((constructor)) static void arm(void)
{
	static const char *const kinds[] = {"disk", "files", "memory", "commits"};
	static const char *const deeds[] = {"nothing", "kill", "power", "error", "short"};
	struct fault_plan plan = {.below = getenv("FAULT_BELOW"),
		.scratch = getenv("FAULT_SCRATCH"),
		.kind = (enum fault_kind)word("FAULT_KIND", kinds, FAULT_KINDS, FAULT_DISK),
		.deed = (enum fault_deed)word("FAULT_DO", deeds, 5, FAULT_ERROR),
		.at = number("FAULT_AT"),
		.lasting = number("FAULT_LASTING") != 0,
		.error = (int)number("FAULT_DO"),
		.seed = (uint64_t)number("FAULT_SEED")};
	const char *figures = getenv("FAULT_FIGURES");

	if (plan.below && figures)
		fault_arm(&plan, open_figures(figures));
}
