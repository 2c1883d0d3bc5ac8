/* SPDX-License-Identifier: Apache-2.0
 *
 * file.c - whole files in, whole files out, and keys from files.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum credit_error file_fault(const char *path, struct credit_problem *problem)
{
	int number = errno;

	return credit_problem_set(problem,
		number == ENOSPC   ? CREDIT_E_NO_SPACE
		: number == EEXIST ? CREDIT_E_EXISTS
				   : CREDIT_E_IO,
		path, NULL, "%s", strerror(number));
}

/* Reads until the end or until one byte more than `max` came. */
static enum credit_error read_all(int fd, const char *path, uint8_t *memory, size_t max,
	size_t *ret_size, struct credit_problem *problem)
{
	size_t size = 0;

	while (size <= max) {
		ssize_t got = read(fd, memory + size, max + 1 - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return file_fault(path, problem);
		if (got == 0)
			break;
		size += (size_t)got;
	}
	if (size > max)
		return credit_problem_set(
			problem, CREDIT_E_TOO_LARGE, path, NULL, "at most %zu bytes", max);
	*ret_size = size;
	return CREDIT_OK;
}

enum credit_error file_read(const char *path, size_t max, struct credit_bytes *ret_bytes,
	struct credit_problem *problem)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum credit_error error = CREDIT_OK;
	uint8_t *memory = NULL;
	size_t size = 0;

	if (fd < 0)
		return file_fault(path, problem);
	memory = malloc(max + 2);
	if (!memory) {
		error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, path, NULL, NULL);
		goto done;
	}
	error = read_all(fd, path, memory, max, &size, problem);
	if (error != CREDIT_OK)
		goto done;
	memory[size] = '\0';
	*ret_bytes = (struct credit_bytes){memory, size};
	memory = NULL;
done:
	free(memory);
	if (!standard)
		close(fd);
	return error;
}

void file_free(struct credit_bytes bytes)
{
	/* Ours since file_read, const only for those who look. */
	void *memory = (void *)(uintptr_t)bytes.data;

	if (memory)
		credit_wipe(memory, bytes.size);
	free(memory);
}

static enum credit_error write_all(
	int fd, const char *path, struct credit_bytes bytes, struct credit_problem *problem)
{
	while (bytes.size > 0) {
		ssize_t wrote = write(fd, bytes.data, bytes.size);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return file_fault(path, problem);
		bytes.data += wrote;
		bytes.size -= (size_t)wrote;
	}
	return fsync(fd) == 0 ? CREDIT_OK : file_fault(path, problem);
}

enum credit_error file_create(
	const char *path, unsigned mode, struct credit_bytes bytes, struct credit_problem *problem)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
	enum credit_error error;

	if (fd < 0)
		return file_fault(path, problem);
	error = write_all(fd, path, bytes, problem);
	if (close(fd) != 0 && error == CREDIT_OK)
		error = file_fault(path, problem);
	if (error != CREDIT_OK)
		unlink(path);
	return error;
}

/* So that the new name is on the disk as well. */
static enum credit_error sync_folder(const char *path, struct credit_problem *problem)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	enum credit_error error = CREDIT_OK;
	int fd;

	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
		slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return file_fault(folder, problem);
	if (fsync(fd) != 0)
		error = file_fault(folder, problem);
	close(fd);
	return error;
}

enum credit_error file_replace(
	const char *path, unsigned mode, struct credit_bytes bytes, struct credit_problem *problem)
{
	char temporary[PATH_MAX];
	enum credit_error error;

	if ((size_t)snprintf(temporary, sizeof temporary, "%s.tmp", path) >= sizeof temporary)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, path, NULL, NULL);
	unlink(temporary); /* left by a crash */
	error = file_create(temporary, mode, bytes, problem);
	if (error != CREDIT_OK)
		return error;
	if (rename(temporary, path) != 0) {
		error = file_fault(path, problem);
		unlink(temporary);
		return error;
	}
	return sync_folder(path, problem);
}

/* --- keys ------------------------------------------------------------------------------------- */

static struct credit_bytes one_line(struct credit_bytes bytes)
{
	while (bytes.size > 0 &&
		(bytes.data[bytes.size - 1] == '\n' || bytes.data[bytes.size - 1] == '\r'))
		bytes.size--;
	return bytes;
}

/* A private key file, which nobody else may have read. */
static enum credit_error read_private(
	const char *path, struct credit_bytes *ret_bytes, struct credit_problem *problem)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return file_fault(path, problem);
	if (S_ISREG(status.st_mode) && (status.st_mode & 077) != 0)
		return credit_problem_set(problem, CREDIT_E_KEY_EXPOSED, path, NULL, "mode %04o",
			(unsigned)status.st_mode & 07777);
	return file_read(path, CREDIT_KEY_TEXT_MAX, ret_bytes, problem);
}

enum credit_error file_key_pair(const char *path, struct credit_named_key *ret_name,
	struct credit_key_pair *ret_pair, struct credit_problem *problem)
{
	struct credit_bytes bytes = {NULL, 0};
	enum credit_error error = read_private(path, &bytes, problem);

	if (error != CREDIT_OK)
		return error;
	error = credit_key_pair_parse(bytes, ret_name, ret_pair);
	if (error != CREDIT_OK)
		credit_problem_set(problem, error, path, NULL, NULL);
	file_free(bytes);
	return error;
}

enum credit_error file_cosigner_pair(const char *path, struct credit_cosigner *ret_cosigner,
	struct credit_key_pair *ret_pair, struct credit_problem *problem)
{
	struct credit_bytes bytes = {NULL, 0};
	enum credit_error error = read_private(path, &bytes, problem);

	if (error != CREDIT_OK)
		return error;
	error = credit_cosigner_pair_parse(bytes, ret_cosigner, ret_pair);
	if (error != CREDIT_OK)
		credit_problem_set(problem, error, path, NULL, NULL);
	file_free(bytes);
	return error;
}

enum credit_error file_vkey(
	const char *text_or_path, struct credit_named_key *ret_key, struct credit_problem *problem)
{
	struct credit_bytes bytes = {NULL, 0};
	enum credit_error error;

	if (credit_vkey_parse(credit_bytes_of(text_or_path), ret_key) == CREDIT_OK)
		return CREDIT_OK;
	error = file_read(text_or_path, CREDIT_KEY_TEXT_MAX, &bytes, problem);
	if (error != CREDIT_OK)
		return error;
	error = credit_vkey_parse(one_line(bytes), ret_key);
	if (error != CREDIT_OK)
		credit_problem_set(problem, error, text_or_path, NULL, NULL);
	file_free(bytes);
	return error;
}

enum credit_error file_cosigner(const char *text_or_path, struct credit_cosigner *ret_cosigner,
	struct credit_problem *problem)
{
	struct credit_bytes bytes = {NULL, 0};
	enum credit_error error;

	if (credit_cosigner_parse(credit_bytes_of(text_or_path), ret_cosigner) == CREDIT_OK)
		return CREDIT_OK;
	error = file_read(text_or_path, CREDIT_KEY_TEXT_MAX, &bytes, problem);
	if (error != CREDIT_OK)
		return error;
	error = credit_cosigner_parse(one_line(bytes), ret_cosigner);
	if (error != CREDIT_OK)
		credit_problem_set(problem, error, text_or_path, NULL, NULL);
	file_free(bytes);
	return error;
}

/* --- policies --------------------------------------------------------------------------------- */

enum credit_error file_policy(
	const char *path, struct credit_policy *ret_policy, struct credit_problem *problem)
{
	struct credit_bytes bytes = {NULL, 0};
	char place[CREDIT_FIELD_PATH_MAX];
	enum credit_error error = file_read(path, CREDIT_POLICY_FILE_MAX, &bytes, problem);

	if (error != CREDIT_OK)
		return error;
	error = credit_policy_parse(bytes, ret_policy, problem);
	file_free(bytes);
	if (error != CREDIT_OK) {
		snprintf(place, sizeof place, "%s: ", path);
		credit_problem_prefix(problem, place);
	}
	return error;
}
