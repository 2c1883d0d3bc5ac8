/* SPDX-License-Identifier: Apache-2.0
 *
 * export_folder.c - files that appear whole or not at all.
 *
 * The name under which a file is written is always the same, so that a crash leaves at most one such
 * file behind, and the next write takes it over. Folders are synced once for all the files that were
 * added to them in a row: a tile's neighbours share its folder.
 */
#include "registry/export_folder.h"

#include "registry/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNFINISHED ".new"
#define COMPARE_PIECE 8192

/* Files are for everybody to read; the process's mask may say otherwise. */
#define FILE_MODE 0644
#define FOLDER_MODE 0755

static enum credit_error fail(struct credit__folder *folder, const char *name)
{
	return credit_problem_set(folder->problem, credit__errno_error(), "folder", NULL, "%s: %s",
		name, strerror(errno));
}

static enum credit_error refuse(struct credit__folder *folder, const char *name)
{
	return credit_problem_set(folder->problem, CREDIT_E_FOLDER_NOT_OURS, "folder", NULL,
		"%s differs from this log", name);
}

enum credit_error credit__folder_open(
	struct credit__folder *folder, const char *path, struct credit_problem *problem)
{
	struct credit__folder opened = {.fd = -1, .problem = problem};
	enum credit_error error;

	if (credit__make_folder(path, FOLDER_MODE) != CREDIT_OK)
		return fail(&opened, path);
	opened.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (opened.fd < 0)
		return fail(&opened, path);
	if (flock(opened.fd, LOCK_EX | LOCK_NB) == 0) {
		*folder = opened;
		return CREDIT_OK;
	}
	error = errno == EWOULDBLOCK ? credit_problem_set(problem, CREDIT_E_BUSY, "folder", NULL,
					       "%s: another process publishes there", path)
				     : fail(&opened, path);
	close(opened.fd);
	return error;
}

void credit__folder_close(struct credit__folder *folder)
{
	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = -1;
}

/* --- reading --- */

/* As many bytes as there are, up to `size`. */
static ssize_t read_fully(int fd, void *memory, size_t size)
{
	size_t done = 0;
	ssize_t part = 1;

	while (part > 0 && done < size) {
		part = read(fd, (uint8_t *)memory + done, size - done);
		if (part > 0)
			done += (size_t)part;
	}
	return part < 0 ? -1 : (ssize_t)done;
}

enum credit_error credit__folder_read(struct credit__folder *folder, const char *name, void *memory,
	size_t capacity, struct credit_bytes *ret_bytes)
{
	int fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum credit_error error = CREDIT_OK;
	ssize_t size;
	uint8_t more;

	if (fd < 0 && errno == ENOENT)
		return CREDIT_E_NOT_FOUND;
	if (fd < 0)
		return fail(folder, name);
	size = read_fully(fd, memory, capacity);
	if (size < 0)
		error = fail(folder, name);
	else if (read_fully(fd, &more, 1) != 0)
		error = credit_problem_set(
			folder->problem, CREDIT_E_TOO_LARGE, "folder", NULL, "%s", name);
	else
		*ret_bytes = (struct credit_bytes){memory, (size_t)size};
	close(fd);
	return error;
}

/* Does the open file hold just these bytes? Only failures of the system are errors. */
static bool holds(int fd, struct credit_bytes bytes, bool *ret_failed)
{
	uint8_t piece[COMPARE_PIECE];
	bool same = true;
	size_t at = 0;
	ssize_t size = 1;

	while (same && size > 0) {
		size = read_fully(fd, piece, sizeof piece);
		same = size >= 0 && (size_t)size <= bytes.size - at &&
		       memcmp(piece, bytes.data + at, (size_t)size) == 0;
		if (same)
			at += (size_t)size;
	}
	*ret_failed = size < 0;
	return same && at == bytes.size;
}

/* --- writing --- */

static enum credit_error sync_folder(struct credit__folder *folder, const char *name)
{
	int fd = openat(folder->fd, name[0] ? name : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum credit_error error = CREDIT_OK;

	if (fd < 0)
		return fail(folder, name);
	if (fsync(fd) != 0)
		error = fail(folder, name);
	close(fd);
	return error;
}

enum credit_error credit__folder_settle(struct credit__folder *folder)
{
	enum credit_error error = CREDIT_OK;

	if (folder->parent[0])
		error = sync_folder(folder, folder->parent);
	if (!error)
		folder->parent[0] = '\0';
	return error;
}

/* `name` up to its `size`th byte. */
static void cut(const char *name, size_t size, char ret_part[CREDIT_TILE_PATH_SIZE])
{
	memcpy(ret_part, name, size);
	ret_part[size] = '\0';
}

/* The folder that a file will lie in, made when missing and remembered for syncing. */
static enum credit_error enter_parent(struct credit__folder *folder, const char *name)
{
	const char *last = strrchr(name, '/');
	size_t size = last ? (size_t)(last - name) : 0, above = 0;
	char part[CREDIT_TILE_PATH_SIZE];
	enum credit_error error;

	cut(name, size, part);
	if (strcmp(part, folder->parent) == 0)
		return CREDIT_OK;
	error = credit__folder_settle(folder);
	for (size_t at = 1; at <= size && !error; at++) {
		if (name[at] != '/')
			continue;
		cut(name, at, part);
		if (mkdirat(folder->fd, part, FOLDER_MODE) == 0) {
			cut(name, above, part);
			error = sync_folder(folder, part);
		} else if (errno != EEXIST) {
			error = fail(folder, part);
		}
		above = at;
	}
	if (!error)
		cut(name, size, folder->parent);
	return error;
}

static enum credit_error put(
	struct credit__folder *folder, const char *name, struct credit_bytes bytes)
{
	int fd = openat(folder->fd, UNFINISHED,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	enum credit_error error = CREDIT_OK;

	if (fd < 0)
		return fail(folder, UNFINISHED);
	if (!credit__write_all(fd, bytes.data, bytes.size) || fsync(fd) != 0)
		error = fail(folder, name);
	close(fd);
	if (!error && renameat(folder->fd, UNFINISHED, folder->fd, name) != 0)
		error = fail(folder, name);
	return error;
}

enum credit_error credit__folder_add(
	struct credit__folder *folder, const char *name, struct credit_bytes bytes)
{
	int fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum credit_error error;
	bool failed, same;

	if (fd < 0 && errno != ENOENT)
		return fail(folder, name);
	if (fd >= 0) {
		same = holds(fd, bytes, &failed);
		error = failed ? fail(folder, name) : CREDIT_OK;
		close(fd);
		if (!error && !same)
			error = refuse(folder, name);
		/* It may have been renamed just before a crash: its folder is synced again. */
		return error ? error : enter_parent(folder, name);
	}
	error = enter_parent(folder, name);
	return error ? error : put(folder, name, bytes);
}

enum credit_error credit__folder_replace(
	struct credit__folder *folder, const char *name, struct credit_bytes bytes)
{
	enum credit_error error = credit__folder_settle(folder);

	if (!error)
		error = put(folder, name, bytes);
	return error ? error : sync_folder(folder, "");
}

/* --- removing --- */

enum credit_error credit__folder_unlink(struct credit__folder *folder, const char *name)
{
	return unlinkat(folder->fd, name, 0) == 0 || errno == ENOENT ? CREDIT_OK
								     : fail(folder, name);
}

static enum credit_error empty(struct credit__folder *folder, const char *name, DIR *files)
{
	const struct dirent *file;
	enum credit_error error = CREDIT_OK;

	errno = 0;
	while (!error && (file = readdir(files)) != NULL) {
		if (strcmp(file->d_name, ".") != 0 && strcmp(file->d_name, "..") != 0 &&
			unlinkat(dirfd(files), file->d_name, 0) != 0)
			error = fail(folder, name);
		errno = 0;
	}
	if (!error && errno != 0)
		error = fail(folder, name);
	return error;
}

enum credit_error credit__folder_remove(struct credit__folder *folder, const char *name)
{
	int fd = openat(folder->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	enum credit_error error;
	DIR *files;

	if (fd < 0)
		return errno == ENOENT ? CREDIT_OK : fail(folder, name);
	files = fdopendir(fd);
	if (!files) {
		error = fail(folder, name);
		close(fd);
		return error;
	}
	error = empty(folder, name, files);
	closedir(files);
	if (!error && unlinkat(folder->fd, name, AT_REMOVEDIR) != 0)
		error = fail(folder, name);
	return error;
}
