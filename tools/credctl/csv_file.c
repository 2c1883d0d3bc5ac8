/* SPDX-License-Identifier: Apache-2.0
 *
 * csv_file.c - a CSV file, looked over for its encoding and ready to be read row by row.
 */
#include "csv_file.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static enum credit_error read_some(void *context, uint8_t *memory, size_t size, size_t *ret_size)
{
	struct csv_file *file = context;
	ssize_t got;

	do
		got = read(file->fd, memory, size);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return CREDIT_E_IO;
	file->bytes_read += (uint64_t)got;
	*ret_size = (size_t)got;
	return CREDIT_OK;
}

static enum credit_error go_back(void *context)
{
	struct csv_file *file = context;

	file->bytes_read = 0;
	return lseek(file->fd, 0, SEEK_SET) == 0 ? CREDIT_OK : CREDIT_E_IO;
}

enum credit_error csv_file_open(
	struct csv_file *file, const char *path, bool locked, struct credit_problem *problem)
{
	struct csv_source raw = {file, read_some}, text;
	struct credit_problem why = {0};
	enum credit_error error;

	*file = (struct csv_file){.fd = open(path, O_RDONLY | O_CLOEXEC)};
	if (file->fd < 0)
		return file_fault(path, problem);
	if (locked && flock(file->fd, LOCK_EX | LOCK_NB) != 0)
		return credit_problem_set(problem, CREDIT_E_BUSY, path, NULL, NULL);
	error = csv_scan(&raw, go_back, &file->scan, &why);
	if (error == CREDIT_OK && go_back(file) != CREDIT_OK)
		return file_fault(path, problem);
	if (error == CREDIT_OK)
		error = csv_decoder_new(&raw, file->scan.encoding, &file->decoder);
	if (error == CREDIT_OK) {
		text = csv_decoder_source(file->decoder);
		error = csv_reader_new(&text, &file->reader);
	}
	if (error == CREDIT_OK)
		return CREDIT_OK;
	if (why.error == CREDIT_OK)
		credit_problem_set(&why, error, path, NULL, NULL);
	*problem = why;
	return error;
}

void csv_file_close(struct csv_file *file)
{
	csv_reader_free(file->reader);
	csv_decoder_free(file->decoder);
	if (file->fd >= 0)
		close(file->fd);
	*file = (struct csv_file){.fd = -1};
}

bool csv_file_goes_on(enum credit_error error)
{
	return error == CREDIT_OK || error == CREDIT_E_CSV_SYNTAX || error == CREDIT_E_TOO_LARGE ||
	       error == CREDIT_E_TOO_MANY || error == CREDIT_E_CONTROL_CHARACTER;
}
