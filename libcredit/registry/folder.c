/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.c - names that are there after a loss of power, and what errno says of a file.
 */
#include "registry/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum credit_error credit__errno_error(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return CREDIT_E_NO_SPACE;
	case EMFILE:
	case ENFILE:
		return CREDIT_E_FILES_LIMIT;
	case ENOMEM:
		return CREDIT_E_NO_MEMORY;
	default:
		return CREDIT_E_IO;
	}
}

bool credit__write_all(int fd, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t done = 0; done < size;) {
		ssize_t put = write(fd, bytes + done, size - done);

		if (put < 0 && errno != EINTR)
			return false;
		done += put > 0 ? (size_t)put : 0;
	}
	return true;
}

enum credit_error credit__sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);
	int reason = errno;

	if (fd >= 0)
		close(fd);
	errno = reason;
	return rc == 0 ? CREDIT_OK : credit__errno_error();
}

enum credit_error credit__sync_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];

	if (!slash)
		return credit__sync_folder(".");
	/* The slash stays: the folder may be the root. */
	if ((size_t)snprintf(folder, sizeof folder, "%.*s", (int)(slash + 1 - path), path) >=
		sizeof folder)
		return CREDIT_E_TOO_LARGE;
	return credit__sync_folder(folder);
}

enum credit_error credit__make_folder(const char *path, unsigned mode)
{
	char parent[PATH_MAX];
	bool there = mkdir(path, (mode_t)mode) != 0;

	if (there && errno != EEXIST)
		return credit__errno_error();
	/* However the path is written, also with a slash at its end. */
	if ((size_t)snprintf(parent, sizeof parent, "%s/..", path) >= sizeof parent)
		return CREDIT_E_TOO_LARGE;
	/* One that is there may have been made by an attempt that failed at the sync; but not where we could
	 * not have made it. */
	return there && access(parent, R_OK | W_OK) != 0 ? CREDIT_OK : credit__sync_folder(parent);
}
