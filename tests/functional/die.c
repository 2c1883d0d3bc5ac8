/* SPDX-License-Identifier: Apache-2.0
 *
 * die.c - kills a program before its nth step on the disk, for tests: LD_PRELOAD, DIE_AT=n.
 *
 * Steps are the calls that make, rename and remove names; with DIE_FINELY=1 also those that write and
 * sync. A program that is killed before each of its steps in turn has been killed between any two. Threads
 * that write other files would make the count wander: DIE_BELOW names the folder that counts.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long steps;

static int is_below(const char *path)
{
	const char *folder = getenv("DIE_BELOW");

	return folder && strncmp(path, folder, strlen(folder)) == 0;
}

/* The path behind a descriptor; AT_FDCWD is an absolute path's. */
static int counts(int fd, const char *name)
{
	char link[64], path[PATH_MAX];
	ssize_t length;

	if (fd == AT_FDCWD)
		return name && is_below(name);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof path - 1);
	if (length < 0)
		return 0;
	path[length] = '\0';
	return is_below(path);
}

static void step(int fd, const char *name, int fine)
{
	const char *at = getenv("DIE_AT");

	if (!at || (fine && !getenv("DIE_FINELY")) || !counts(fd, name))
		return;
	if (atomic_fetch_add(&steps, 1) + 1 == strtol(at, NULL, 10))
		kill(getpid(), SIGKILL);
}

#define NEXT(type, name) ((type)dlsym(RTLD_NEXT, name))

int mkdir(const char *path, mode_t mode)
{
	step(AT_FDCWD, path, 0);
	return NEXT(int (*)(const char *, mode_t), "mkdir")(path, mode);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	step(to_fd, to, 0);
	return NEXT(int (*)(int, const char *, int, const char *, int), "linkat")(
		from_fd, from, to_fd, to, flags);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	step(to_fd, to, 0);
	return NEXT(int (*)(int, const char *, int, const char *), "renameat")(
		from_fd, from, to_fd, to);
}

int unlinkat(int fd, const char *name, int flags)
{
	step(fd, name, 0);
	return NEXT(int (*)(int, const char *, int), "unlinkat")(fd, name, flags);
}

int fsync(int fd)
{
	step(fd, NULL, 1);
	return NEXT(int (*)(int), "fsync")(fd);
}

int fdatasync(int fd)
{
	step(fd, NULL, 1);
	return NEXT(int (*)(int), "fdatasync")(fd);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
	step(fd, NULL, 1);
	return NEXT(ssize_t(*)(int, const void *, size_t, off_t), "pwrite")(fd, data, size, at);
}
