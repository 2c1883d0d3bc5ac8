/* SPDX-License-Identifier: Apache-2.0
 *
 * process.c - programs on cores, what they cost, and their folders.
 */
#include "tests/bench/bench.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- starting --------------------------------------------------------------------------------- */

void bench_pin(const struct bench *bench, enum bench_cores cores)
{
	cpu_set_t set;

	if (cores == BENCH_ANY_CORE)
		return;
	CPU_ZERO(&set);
	if (cores != BENCH_CLIENT_CORE)
		CPU_SET((size_t)bench->server_core, &set);
	if (cores != BENCH_SERVER_CORE)
		CPU_SET((size_t)bench->client_core, &set);
	if (sched_setaffinity(0, sizeof set, &set) != 0)
		err(1, "cores %d and %d", bench->server_core, bench->client_core);
}

static char **as_exec_wants(const char *const *arguments)
{
	union {
		const char *const *from;
		char **to;
	} cast = {.from = arguments}; /* exec changes nothing */

	return cast.to;
}

static void become(const struct bench_program *program)
{
	if (program->user == 0)
		return;
	if (setgroups(0, NULL) != 0 || setgid(program->group) != 0 || setuid(program->user) != 0)
		err(1, "another user");
}

static void open_pipe(bool wanted, int ends[2])
{
	ends[0] = ends[1] = -1;
	if (wanted && pipe2(ends, O_CLOEXEC) != 0)
		err(1, "pipe");
}

pid_t bench_spawn(const struct bench *bench, const struct bench_program *program)
{
	int output[2], input[2];

	open_pipe(program->ret_output, output);
	open_pipe(program->ret_input, input);
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

		bench_pin(bench, program->cores);
		become(program);
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user undoes it */
		if (dup2(program->ret_output ? output[1] : STDERR_FILENO, STDOUT_FILENO) < 0 ||
			dup2(program->ret_input ? input[0] : nothing, STDIN_FILENO) < 0)
			err(1, "dup2");
		execv(program->arguments[0], as_exec_wants(program->arguments));
		err(1, "%s", program->arguments[0]);
	}
	if (program->ret_output) {
		close(output[1]);
		*program->ret_output = output[0];
	}
	if (program->ret_input) {
		close(input[0]);
		*program->ret_input = input[1];
	}
	return pid;
}

static bool has_succeeded(pid_t pid, const char *what)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			err(1, "%s", what);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void bench_wait(pid_t pid, const char *what)
{
	if (!has_succeeded(pid, what))
		errx(1, "%s failed", what);
}

void bench_run_program(
	const struct bench *bench, const struct bench_program *program, const char *what)
{
	bench_wait(bench_spawn(bench, program), what);
}

bool bench_try(const struct bench *bench, const struct bench_program *program)
{
	return has_succeeded(bench_spawn(bench, program), program->arguments[0]);
}

json_t *bench_run_json(
	const struct bench *bench, const struct bench_program *program, const char *what)
{
	struct bench_program told_to_us = *program;
	int output;

	told_to_us.ret_output = &output;
	pid_t pid = bench_spawn(bench, &told_to_us);
	json_t *told = json_loadfd(output, JSON_DISABLE_EOF_CHECK, NULL);
	close(output);
	bench_wait(pid, what);
	if (!told)
		errx(1, "%s said nothing", what);
	return told;
}

/* --- what a process costs --------------------------------------------------------------------- */

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

/* The number behind `label` in a file of /proc/PID. */
static uint64_t proc_number(pid_t pid, const char *name, const char *label)
{
	char path[PATH_MAX], line[256];
	uint64_t number = 0;
	bool found = false;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	FILE *file = fopen(path, "re");
	if (!file)
		err(1, "%s", path);
	while (!found && fgets(line, sizeof line, file))
		if (strncmp(line, label, strlen(label)) == 0)
			found = sscanf(line + strlen(label), "%" SCNu64, &number) == 1;
	fclose(file);
	if (!found)
		errx(1, "%s does not tell %s", path, label);
	return number;
}

uint64_t bench_written(pid_t pid)
{
	return proc_number(pid, "io", "write_bytes:");
}

uint64_t bench_private(pid_t pid)
{
	return proc_number(pid, "status", "RssAnon:") << 10;
}

/* --- folders ---------------------------------------------------------------------------------- */

void bench_path(const char *folder, const char *name, char ret_path[PATH_MAX])
{
	int size = snprintf(ret_path, PATH_MAX, "%.*s/%s", BENCH_PATH_ROOM, folder, name);

	if (size < 0 || size >= PATH_MAX)
		errx(1, "%s is too deep a folder", folder);
}

/* Others may pass through: PostgreSQL does not run as root. */
void bench_make_folder(const char *path)
{
	if (mkdir(path, 0711) != 0 && errno != EEXIST)
		err(1, "%s", path);
}

void bench_remove(const char *path)
{
	const char *const arguments[] = {"/bin/rm", "-rf", path, NULL};

	bench_run_program(NULL, &(struct bench_program){.arguments = arguments}, "rm");
}
