/* SPDX-License-Identifier: Apache-2.0
 *
 * key_file.c - opens, checks and reads private key files.
 */
#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Checks what was opened, not the name, so that no other file can take its place in between. */
static enum credit_error open_checked(
	const char *field, const char *path, int *ret_file, struct credit_problem *problem)
{
	struct stat status;
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0 || fstat(file, &status) != 0) {
		enum credit_error error = credit_problem_set(
			problem, CREDIT_E_IO, field, NULL, "%s: %s", path, strerror(errno));
		if (file >= 0)
			close(file);
		return error;
	}
	if (status.st_mode & (S_IRWXG | S_IRWXO)) {
		close(file);
		return credit_problem_set(problem, CREDIT_E_KEY_EXPOSED, field, NULL,
			"%s has mode %04o", path, (unsigned)status.st_mode & 07777);
	}
	*ret_file = file;
	return CREDIT_OK;
}

enum credit_error credd_key_file_check(
	const char *field, const char *path, struct credit_problem *problem)
{
	int file;
	enum credit_error error = open_checked(field, path, &file, problem);

	if (error == CREDIT_OK)
		close(file);
	return error;
}

enum credit_error credd_key_file_read(const char *field, const char *path,
	struct credit_key_pair *ret_pair, struct credit_problem *problem)
{
	uint8_t text[CREDIT_KEY_TEXT_MAX];
	struct credit_named_key name;
	int file;
	enum credit_error error = open_checked(field, path, &file, problem);

	if (error != CREDIT_OK)
		return error;
	ssize_t size = read(file, text, sizeof text);
	close(file);
	if (size < 0)
		return credit_problem_set(
			problem, CREDIT_E_IO, field, NULL, "%s: %s", path, strerror(errno));
	if (credit_key_pair_parse((struct credit_bytes){text, (size_t)size}, &name, ret_pair) !=
		CREDIT_OK)
		error = credit_problem_set(problem, CREDIT_E_KEY_FILE, field, NULL, "%s", path);
	credit_wipe(text, sizeof text);
	return error;
}
