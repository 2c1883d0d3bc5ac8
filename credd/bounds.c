/* SPDX-License-Identifier: Apache-2.0
 *
 * bounds.c - see bounds.h.
 */
#include "bounds.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* Beside connections: database, log, listeners, gRPC's own. */
#define FILES_BESIDE 128

#define MIB ((uint64_t)1 << 20)
#define KIB ((uint64_t)1 << 10)
/* The program, an epoch with its effects, the pages that a publication changes. */
#define MEMORY_BESIDE (384 * MIB)
/* TLS and HTTP/2 of one connection, its buffers included. */
#define MEMORY_CONNECTION (64 * KIB)
/* A call with its metadata and the first part of its arena. */
#define MEMORY_CALL (16 * KIB)

static enum credit_error refuse(struct credit_problem *problem, enum credit_error error,
	const char *field, uint64_t needed, uint64_t allowed, const char *where)
{
	return credit_problem_set(problem, error, field, NULL,
		"%" PRIu64 " needed, %" PRIu64 " allowed by %s", needed, allowed, where);
}

/* --- open files ------------------------------------------------------------------------------- */

/* A listener of this gRPC that once meets EMFILE never accepts again (CVE-2023-4785), so that there
 * must be a file for every connection that the configuration allows. */
static enum credit_error check_files(uint32_t connections, struct credit_problem *problem)
{
	static const char field[] = "limits.connections";
	rlim_t needed = (rlim_t)connections + FILES_BESIDE;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return credit_problem_set(
			problem, CREDIT_E_FILES_LIMIT, field, NULL, "%s", strerror(errno));
	if (limit.rlim_max < needed)
		return refuse(problem, CREDIT_E_FILES_LIMIT, field, needed, limit.rlim_max,
			"RLIMIT_NOFILE");
	if (limit.rlim_cur >= needed)
		return CREDIT_OK;
	limit.rlim_cur = needed;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return credit_problem_set(
			problem, CREDIT_E_FILES_LIMIT, field, NULL, "%s", strerror(errno));
	return CREDIT_OK;
}

/* --- memory ----------------------------------------------------------------------------------- */

uint64_t credd_bounds_memory(const struct credd_config *config)
{
	return MEMORY_BESIDE + config->queue_bytes + config->connections * MEMORY_CONNECTION +
	       config->calls * MEMORY_CALL;
}

/* The process's group of control group v2 (cgroups(7)): "0::/path". False: no such limit. */
static bool group_limit(uint64_t *ret_bytes)
{
	char line[PATH_MAX], path[PATH_MAX + 64];
	FILE *file = fopen("/proc/self/cgroup", "re");
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof line, file))
		found = strncmp(line, "0::", 3) == 0;
	fclose(file);
	if (!found)
		return false;
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", line + 3);
	file = fopen(path, "re");
	if (!file)
		return false;
	/* "max" is no number. */
	found = fscanf(file, "%" SCNu64, ret_bytes) == 1;
	fclose(file);
	return found;
}

static enum credit_error check_memory(
	const struct credd_config *config, struct credit_problem *problem)
{
	static const char field[] = "limits.queue_bytes";
	uint64_t needed = credd_bounds_memory(config), allowed;
	struct rlimit limit;

	if (getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur < needed)
		return refuse(problem, CREDIT_E_MEMORY_LIMIT, field, needed, limit.rlim_cur,
			"RLIMIT_DATA");
	if (group_limit(&allowed) && allowed < needed)
		return refuse(problem, CREDIT_E_MEMORY_LIMIT, field, needed, allowed, "memory.max");
	return CREDIT_OK;
}

enum credit_error credd_bounds_check(
	const struct credd_config *config, struct credit_problem *problem)
{
	enum credit_error error = check_files(config->connections, problem);

	return error ? error : check_memory(config, problem);
}
