/* SPDX-License-Identifier: Apache-2.0
 *
 * fault_calls.c - the C library's functions, with a point before each.
 *
 * Each finds the real function by name when it is first called. A function that is not here is not a point:
 * stdio writes from within the C library, so that what is written by it becomes visible as a sync and a
 * rename only.
 */
#include "tests/crash/fault_point.h"
#include "tests/crash/power.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* --- bytes ------------------------------------------------------------------------------------ */

/* Half of what was to be written, one byte at least. */
static size_t half(size_t size)
{
	return size > 1 ? size / 2 : size;
}

static bool is_durable(int fd)
{
	return fcntl(fd, F_GETFL) & O_DSYNC;
}

/* A write that is to be durable at once may reach the disk although it fails. */
static bool arrives(int fd)
{
	return fault_forgets() && is_durable(fd);
}

static ssize_t write_at(int fd, const struct iovec *parts, int count, off_t at, bool moves)
{
	REAL("pwritev", ssize_t, int, const struct iovec *, int, off_t)
	size_t size = 0;
	ssize_t written;
	enum fault_deed deed;
	int error;

	for (int i = 0; i < count; i++)
		size += parts[i].iov_len;
	fault_lock();
	deed = fault_point(FAULT_DISK);
	if (deed == FAULT_NOTHING && is_durable(fd))
		deed = fault_point(FAULT_COMMITS);
	error = errno;
	if (deed == FAULT_ERROR && !arrives(fd)) {
		fault_unlock();
		return -1;
	}
	if (fault_keeps_power())
		power_writing(fd, at, size);
	if (deed == FAULT_SHORT) {
		size_t first = parts[0].iov_len == size ? half(size) : parts[0].iov_len;
		struct iovec part = {parts[0].iov_base, first};
		written = real(fd, &part, 1, at);
	} else {
		written = real(fd, parts, count, at);
	}
	if (fault_keeps_power())
		power_written(fd, written);
	if (moves && written > 0)
		lseek(fd, at + written, SEEK_SET);
	fault_unlock();
	if (deed == FAULT_ERROR) {
		errno = error;
		return -1;
	}
	return written;
}

static off_t position(int fd)
{
	return lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
	REAL("pwrite", ssize_t, int, const void *, size_t, off_t)
	struct iovec part = {(void *)(uintptr_t)data, size};
	char path[PATH_MAX];

	return fault_counts(fd, "", path) ? write_at(fd, &part, 1, at, false)
					  : real(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t at)
{
	return pwrite(fd, data, size, at);
}

ssize_t write(int fd, const void *data, size_t size)
{
	REAL("write", ssize_t, int, const void *, size_t)
	struct iovec part = {(void *)(uintptr_t)data, size};
	char path[PATH_MAX];

	return fault_counts(fd, "", path) ? write_at(fd, &part, 1, position(fd), true)
					  : real(fd, data, size);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	REAL("writev", ssize_t, int, const struct iovec *, int)
	char path[PATH_MAX];

	return fault_counts(fd, "", path) ? write_at(fd, parts, count, position(fd), true)
					  : real(fd, parts, count);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at)
{
	REAL("pwritev", ssize_t, int, const struct iovec *, int, off_t)
	char path[PATH_MAX];

	return fault_counts(fd, "", path) ? write_at(fd, parts, count, at, false)
					  : real(fd, parts, count, at);
}

ssize_t copy_file_range(int in, off_t *in_at, int out, off_t *out_at, size_t size, unsigned flags)
{
	REAL("copy_file_range", ssize_t, int, off_t *, int, off_t *, size_t, unsigned)
	char path[PATH_MAX];

	/* Where it is not there programs copy by themselves, and those writes are points. */
	if (fault_counts(out, "", path)) {
		errno = ENOSYS;
		return -1;
	}
	return real(in, in_at, out, out_at, size, flags);
}

int ftruncate(int fd, off_t size)
{
	REAL("ftruncate", int, int, off_t)
	char path[PATH_MAX];
	int rc = -1;

	if (!fault_counts(fd, "", path))
		return real(fd, size);
	fault_lock();
	if (fault_point(FAULT_DISK) != FAULT_ERROR) {
		if (fault_keeps_power())
			power_resizing(fd);
		rc = real(fd, size);
	}
	fault_unlock();
	return rc;
}

/* --- syncs ------------------------------------------------------------------------------------ */

static int sync_fd(int fd)
{
	int rc = 0;

	fault_lock();
	if (fault_point(FAULT_DISK) == FAULT_ERROR)
		rc = -1;
	if (fault_keeps_power()) {
		int error = errno;

		if (rc == 0)
			power_synced(fd);
		else
			power_sync_failed(fd, fault_forgets());
		errno = error;
	}
	fault_unlock();
	return rc;
}

int fsync(int fd)
{
	REAL("fsync", int, int)
	char path[PATH_MAX];

	return fault_counts(fd, "", path) ? sync_fd(fd) : real(fd);
}

int fdatasync(int fd)
{
	REAL("fdatasync", int, int)
	char path[PATH_MAX];

	return fault_counts(fd, "", path) ? sync_fd(fd) : real(fd);
}

/* --- names ------------------------------------------------------------------------------------ */

/* Opens, and makes when the flags say so: a point of the disk then, and of descriptors always. */
static int open_counted(int folder, const char *name, int flags, mode_t mode)
{
	REAL("openat", int, int, const char *, int, ...)
	char path[PATH_MAX];
	bool makes =
		(flags & O_CREAT) && fault_counts(folder, name, path) && access(path, F_OK) != 0;
	bool cuts = (flags & O_TRUNC) && fault_counts(folder, name, path);
	int fd = -1;

	fault_lock();
	if (fault_point(FAULT_FILES) != FAULT_ERROR &&
		((!makes && !cuts) || fault_point(FAULT_DISK) != FAULT_ERROR)) {
		fd = real(folder, name, cuts ? flags & ~O_TRUNC : flags, mode);
		if (fd >= 0 && makes && fault_keeps_power())
			power_made(path, false);
		if (fd >= 0 && cuts) {
			if (!makes && fault_keeps_power())
				power_resizing(fd);
			if (ftruncate(fd, 0) != 0) {
				close(fd);
				fd = -1;
			}
		}
	}
	fault_unlock();
	return fd;
}

static int open_any(int folder, const char *name, int flags, va_list arguments)
{
	REAL("openat", int, int, const char *, int, ...)
	mode_t mode = 0;

	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(arguments, mode_t);
	return fault_is_on() ? open_counted(folder, name, flags, mode)
			     : real(folder, name, flags, mode);
}

#define OPEN(function) \
	int function(const char *name, int flags, ...) \
	{ \
		va_list arguments; \
		int fd; \
\
		va_start(arguments, flags); \
		fd = open_any(AT_FDCWD, name, flags, arguments); \
		va_end(arguments); \
		return fd; \
	}
#define OPENAT(function) \
	int function(int folder, const char *name, int flags, ...) \
	{ \
		va_list arguments; \
		int fd; \
\
		va_start(arguments, flags); \
		fd = open_any(folder, name, flags, arguments); \
		va_end(arguments); \
		return fd; \
	}

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int mkdir(const char *name, mode_t mode)
{
	REAL("mkdir", int, const char *, mode_t)
	char path[PATH_MAX];
	int rc = -1;

	if (!fault_counts(AT_FDCWD, name, path) || access(path, F_OK) == 0)
		return real(name, mode);
	fault_lock();
	if (fault_point(FAULT_DISK) != FAULT_ERROR) {
		rc = real(name, mode);
		if (rc == 0 && fault_keeps_power())
			power_made(path, true);
	}
	fault_unlock();
	return rc;
}

int mkdirat(int folder, const char *name, mode_t mode)
{
	REAL("mkdirat", int, int, const char *, mode_t)
	char path[PATH_MAX];

	return fault_counts(folder, name, path) ? mkdir(path, mode) : real(folder, name, mode);
}

static int rename_counted(const char *from, const char *to)
{
	REAL("rename", int, const char *, const char *)
	int rc = -1;

	fault_lock();
	if (fault_point(FAULT_DISK) != FAULT_ERROR) {
		if (fault_keeps_power())
			power_renaming(from, to);
		rc = real(from, to);
		if (rc != 0 && fault_keeps_power())
			power_not_so();
	}
	fault_unlock();
	return rc;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	REAL("renameat", int, int, const char *, int, const char *)
	char from_path[PATH_MAX], to_path[PATH_MAX];

	return fault_counts(to_folder, to, to_path) && fault_counts(from_folder, from, from_path)
		       ? rename_counted(from_path, to_path)
		       : real(from_folder, from, to_folder, to);
}

int rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
	REAL("linkat", int, int, const char *, int, const char *, int)
	char path[PATH_MAX];
	int rc = -1;

	if (!fault_counts(to_folder, to, path))
		return real(from_folder, from, to_folder, to, flags);
	fault_lock();
	if (fault_point(FAULT_DISK) != FAULT_ERROR) {
		rc = real(from_folder, from, to_folder, to, flags);
		if (rc == 0 && fault_keeps_power())
			power_made(path, false);
	}
	fault_unlock();
	return rc;
}

int link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int folder, const char *name, int flags)
{
	REAL("unlinkat", int, int, const char *, int)
	bool is_folder = flags & AT_REMOVEDIR;
	char path[PATH_MAX];
	int rc = -1;

	if (!fault_counts(folder, name, path) || access(path, F_OK) != 0)
		return real(folder, name, flags);
	fault_lock();
	if (fault_point(FAULT_DISK) != FAULT_ERROR) {
		if (!is_folder && fault_keeps_power())
			power_removing(path);
		rc = real(folder, name, flags);
		if (rc == 0 && is_folder && fault_keeps_power())
			power_removed_folder(path);
		if (rc != 0 && !is_folder && fault_keeps_power())
			power_not_so();
	}
	fault_unlock();
	return rc;
}

int unlink(const char *name)
{
	return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
	return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}
