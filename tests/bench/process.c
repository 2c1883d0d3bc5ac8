/* SPDX-License-Identifier: Apache-2.0
 *
 * process.c - programs on cores, and what they cost.
 */
#include "tests/bench/bench.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char **as_exec_wants(const char *const *arguments)
{
	union {
		const char *const *from;
		char **to;
	} cast = {.from = arguments}; /* exec changes nothing */

	return cast.to;
}

pid_t bench_spawn(const char *const *arguments, int core, int *ret_output)
{
	int ends[2] = {-1, -1};

	if (ret_output && pipe2(ends, O_CLOEXEC) != 0)
		err(1, "pipe");
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (core != BENCH_ANY_CORE)
			bench_pin(core);
		/* Standard output is for results alone. */
		if (dup2(ret_output ? ends[1] : STDERR_FILENO, STDOUT_FILENO) < 0)
			err(1, "dup2");
		execv(arguments[0], as_exec_wants(arguments));
		err(1, "%s", arguments[0]);
	}
	if (ret_output) {
		close(ends[1]);
		*ret_output = ends[0];
	}
	return pid;
}

void bench_wait(pid_t pid, const char *what)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			err(1, "%s", what);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "%s failed", what);
}

int64_t bench_cpu(pid_t pid)
{
	char path[PATH_MAX];
	int64_t total = 0;
	struct dirent *entry;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	DIR *threads = opendir(path);
	if (!threads)
		err(1, "%s", path);
	while ((entry = readdir(threads))) {
		long long nanoseconds;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, entry->d_name);
		FILE *file = fopen(path, "re");
		if (file && fscanf(file, "%lld", &nanoseconds) == 1)
			total += nanoseconds;
		if (file)
			fclose(file);
	}
	closedir(threads);
	return total;
}
