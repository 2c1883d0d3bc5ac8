/* SPDX-License-Identifier: Apache-2.0
 *
 * head.c - the last signed head, kept outside the database.
 *
 * A database can be copied or restored from an old backup; the head file tells that the log had
 * been signed further. It is written and synced after the journal's commit and before any receipt
 * leaves.
 *
 * Two slots of one block each are written in turn, so that a torn write leaves the other one. A
 * slot: magic (8) | sequence (8) | size (8) | epoch (8) | root (32) | SHA-256 of all before (32)
 *
 * After them stands the tail (tail.c): the epochs since. A new slot begins a new generation of it.
 */
#include "registry/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOT_BLOCK 4096
#define SLOT_SUMMED (8 + 8 + 8 + 8 + CREDIT_HASH_SIZE)
#define SLOT_SIZE (SLOT_SUMMED + CREDIT_HASH_SIZE)

static const char magic[] = "crhead1\n";

static bool read_slot(
	int fd, int slot, uint64_t *ret_sequence, struct credit__signed_size *ret_last)
{
	uint8_t bytes[SLOT_SIZE];
	struct credit_hash sum;

	if (pread(fd, bytes, sizeof bytes, (off_t)slot * SLOT_BLOCK) != (ssize_t)sizeof bytes ||
		memcmp(bytes, magic, 8) != 0)
		return false;
	credit_sha256((struct credit_bytes){bytes, SLOT_SUMMED}, &sum);
	if (memcmp(sum.byte, bytes + SLOT_SUMMED, CREDIT_HASH_SIZE) != 0)
		return false;
	*ret_sequence = credit_read_u64(bytes + 8);
	ret_last->size = credit_read_u64(bytes + 16);
	ret_last->epoch = credit_read_u64(bytes + 24);
	memcpy(ret_last->root.byte, bytes + 32, CREDIT_HASH_SIZE);
	return true;
}

/* The newest valid slot, and what the tail says after it. */
static enum credit_error read_all(struct credit__head_file *file,
	struct credit__signed_size *ret_base, struct credit__signed_size *ret_last, bool *ret_found)
{
	struct stat stat;

	if (fstat(file->fd, &stat) != 0)
		return credit__errno_error();
	file->end = CREDIT__TAIL_BEGIN;
	/* Never less: what is behind is filled with zeros before it is used. */
	file->extent = CREDIT__TAIL_BEGIN;
	if ((uint64_t)stat.st_size > file->extent)
		file->extent = (uint64_t)stat.st_size;
	file->sequence = 0;
	*ret_found = false;
	for (int slot = 0; slot < 2; slot++) {
		uint64_t sequence;
		struct credit__signed_size last;

		if (read_slot(file->fd, slot, &sequence, &last) && sequence > file->sequence) {
			file->sequence = sequence;
			*ret_base = last;
			*ret_found = true;
		}
	}
	*ret_last = *ret_base;
	return *ret_found ? credit__tail_scan(file, ret_last, NULL, NULL) : CREDIT_OK;
}

enum credit_error credit__head_open(struct credit__head_file *file, const char *path,
	struct credit__signed_size *ret_base, struct credit__signed_size *ret_last, bool *ret_found,
	struct credit_problem *problem)
{
	enum credit_error error;

	file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return credit_problem_set(problem, credit__errno_error(), "head", NULL, "%s: %s",
			path, strerror(errno));
	error = read_all(file, ret_base, ret_last, ret_found);
	if (error)
		return credit_problem_set(problem, error, "head", NULL, "%s", path);
	if (*ret_found)
		return CREDIT_OK;
	if (credit__sync_name(path) != CREDIT_OK)
		return credit_problem_set(
			problem, CREDIT_E_IO, "head", NULL, "%s: %s", path, strerror(errno));
	return CREDIT_OK;
}

enum credit_error credit__head_write(
	struct credit__head_file *file, const struct credit__signed_size *last)
{
	uint8_t bytes[SLOT_SIZE];
	struct credit_hash sum;
	off_t at = (off_t)((file->sequence + 1) % 2) * SLOT_BLOCK;

	memcpy(bytes, magic, 8);
	credit_write_u64(bytes + 8, file->sequence + 1);
	credit_write_u64(bytes + 16, last->size);
	credit_write_u64(bytes + 24, last->epoch);
	memcpy(bytes + 32, last->root.byte, CREDIT_HASH_SIZE);
	credit_sha256((struct credit_bytes){bytes, SLOT_SUMMED}, &sum);
	memcpy(bytes + SLOT_SUMMED, sum.byte, CREDIT_HASH_SIZE);
	if (pwrite(file->fd, bytes, sizeof bytes, at) != (ssize_t)sizeof bytes ||
		fdatasync(file->fd) != 0)
		return credit__errno_error();
	file->sequence++;
	file->end = CREDIT__TAIL_BEGIN;
	return CREDIT_OK;
}

void credit__head_close(struct credit__head_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
