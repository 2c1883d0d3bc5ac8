/* SPDX-License-Identifier: Apache-2.0
 *
 * machine.c - on what it was measured, in one line.
 */
#include "tests/bench/machine.h"

#include <err.h>
#include <mntent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void cpu_model(char *text, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(text, size, "unknown processor");
	while (file && fgets(line, sizeof line, file)) {
		const char *value = strchr(line, ':');

		if (!value || strncmp(line, "model name", sizeof "model name" - 1) != 0)
			continue;
		snprintf(text, size, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
		break;
	}
	if (file)
		fclose(file);
}

/* The mount with the longest path that the folder begins with. */
static void file_system(const char *folder, char *text, size_t size)
{
	FILE *mounts = setmntent("/proc/mounts", "re");
	struct mntent *mount;
	size_t longest = 0;

	snprintf(text, size, "unknown file system");
	while (mounts && (mount = getmntent(mounts))) {
		size_t length = strlen(mount->mnt_dir);
		bool inside = strncmp(folder, mount->mnt_dir, length) == 0 &&
			      (length == 1 || folder[length] == '/' || folder[length] == '\0');

		if (!inside || length < longest)
			continue;
		longest = length;
		snprintf(text, size, "%s on %s", mount->mnt_type, mount->mnt_fsname);
	}
	if (mounts)
		endmntent(mounts);
}

void bench_machine(struct bench *bench)
{
	char cpu[128], disk[128];
	struct utsname name;
	cpu_set_t cores;

	if (uname(&name) != 0 || sched_getaffinity(0, sizeof cores, &cores) != 0)
		err(1, "machine");
	bench->memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	cpu_model(cpu, sizeof cpu);
	file_system(bench->folder, disk, sizeof disk);
	snprintf(bench->machine, sizeof bench->machine, "%s, %d cores, %.0f GiB, %s %s, %s", cpu,
		CPU_COUNT(&cores), (double)bench->memory / (1 << 30), name.sysname, name.release,
		disk);
	/* The first two that we may use. */
	bench->server_core = bench->client_core = -1;
	for (int core = 0; core < CPU_SETSIZE && bench->client_core < 0; core++) {
		if (!CPU_ISSET((size_t)core, &cores))
			continue;
		if (bench->server_core < 0)
			bench->server_core = core;
		else
			bench->client_core = core;
	}
	if (bench->client_core < 0)
		bench->client_core = bench->server_core;
}
