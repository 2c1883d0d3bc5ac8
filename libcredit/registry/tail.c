/* SPDX-License-Identifier: Apache-2.0
 *
 * tail.c - the head file's tail: epochs that are durable and not in the journal's store yet.
 *
 * A commit of the store takes two flushes, one after the other, over some twenty pages, and the head
 * file a third. A record here is one write and one flush: it holds the epoch, and by being there it says
 * how far the log is signed. The store takes the epochs at the next publication, many at a time.
 *
 * Room that was written once is written again by the next generation: a flush over blocks that the
 * file has already need not wait for the file system's own journal.
 */
#include "registry/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCK 4096
#define BEGIN CREDIT__TAIL_BEGIN
#define GROWTH ((uint64_t)256 << 10)
#define SUMMED (8 + 8 + 8 + 8 + CREDIT_HASH_SIZE + 8)
#define HEAD_SIZE (SUMMED + CREDIT_HASH_SIZE)

static const char magic[] = "crtail1\n";
static const uint8_t zeros[64 << 10];

static uint64_t record_size(size_t payload)
{
	return (HEAD_SIZE + (uint64_t)payload + BLOCK - 1) / BLOCK * BLOCK;
}

static void write_header(uint64_t generation, const struct credit__signed_size *head,
	struct credit_bytes payload, uint8_t ret_header[HEAD_SIZE])
{
	struct credit_hasher hasher;
	struct credit_hash sum;

	memcpy(ret_header, magic, 8);
	credit_write_u64(ret_header + 8, generation);
	credit_write_u64(ret_header + 16, head->epoch);
	credit_write_u64(ret_header + 24, head->size);
	memcpy(ret_header + 32, head->root.byte, CREDIT_HASH_SIZE);
	credit_write_u64(ret_header + 64, payload.size);
	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, ret_header, SUMMED);
	credit_hasher_add(&hasher, payload.data, payload.size);
	credit_hasher_done(&hasher, &sum);
	memcpy(ret_header + SUMMED, sum.byte, CREDIT_HASH_SIZE);
}

/* --- reading --- */

/* Is there a record of this generation at `at`, for the epoch after head->epoch? Its payload is then
 * allocated. */
static enum credit_error read_record(const struct credit__head_file *file, uint64_t at,
	struct credit__signed_size *head, uint8_t **ret_payload, size_t *ret_size, bool *ret_found)
{
	uint8_t stored[HEAD_SIZE], header[HEAD_SIZE];
	struct credit__signed_size next;
	struct credit_bytes payload;
	uint8_t *memory;

	*ret_found = false;
	if (pread(file->fd, stored, HEAD_SIZE, (off_t)at) != HEAD_SIZE ||
		memcmp(stored, magic, 8) != 0 || credit_read_u64(stored + 8) != file->sequence)
		return CREDIT_OK;
	next.epoch = credit_read_u64(stored + 16);
	next.size = credit_read_u64(stored + 24);
	memcpy(next.root.byte, stored + 32, CREDIT_HASH_SIZE);
	payload.size = credit_read_u64(stored + 64);
	/* What was written before a crash of the machine may be there in part. */
	if (next.epoch != head->epoch + 1 || payload.size > CREDIT__TAIL_MAX)
		return CREDIT_OK;
	memory = malloc(payload.size + 1);
	if (!memory)
		return CREDIT_E_NO_MEMORY;
	payload.data = memory;
	if (pread(file->fd, memory, payload.size, (off_t)(at + HEAD_SIZE)) ==
		(ssize_t)payload.size) {
		write_header(file->sequence, &next, payload, header);
		*ret_found = memcmp(header, stored, HEAD_SIZE) == 0;
	}
	if (!*ret_found) {
		free(memory);
		return CREDIT_OK;
	}
	*head = next;
	*ret_payload = memory;
	*ret_size = payload.size;
	return CREDIT_OK;
}

enum credit_error credit__tail_scan(struct credit__head_file *file,
	struct credit__signed_size *last, void *context,
	enum credit_error (*each)(
		void *context, const struct credit__signed_size *head, struct credit_bytes payload))
{
	enum credit_error error = CREDIT_OK;
	bool found = true;

	for (file->end = BEGIN; !error;) {
		uint8_t *payload = NULL;
		size_t size = 0;

		error = read_record(file, file->end, last, &payload, &size, &found);
		if (error || !found)
			break;
		file->end += record_size(size);
		if (each)
			error = each(context, last, (struct credit_bytes){payload, size});
		free(payload);
	}
	return error;
}

/* --- writing --- */

static enum credit_error no_space(void)
{
	errno = ENOSPC;
	return credit__errno_error();
}

static enum credit_error put_zeros(int fd, uint64_t from, uint64_t to)
{
	while (from < to) {
		size_t size = to - from < sizeof zeros ? (size_t)(to - from) : sizeof zeros;
		ssize_t done = pwrite(fd, zeros, size, (off_t)from);

		if (done < 0)
			return credit__errno_error();
		if (done == 0)
			return no_space();
		from += (uint64_t)done;
	}
	return CREDIT_OK;
}

/* Blocks of the file up to `end`: written, not only promised. */
static enum credit_error make_room(struct credit__head_file *file, uint64_t end)
{
	uint64_t to = (end + GROWTH - 1) / GROWTH * GROWTH;
	enum credit_error error;

	if (end <= file->extent)
		return CREDIT_OK;
	error = put_zeros(file->fd, file->extent, to);
	if (!error)
		file->extent = to;
	return error;
}

bool credit__tail_has_room(const struct credit__head_file *file, size_t payload)
{
	return payload <= CREDIT__TAIL_MAX && file->end + record_size(payload) <= CREDIT__TAIL_MAX;
}

enum credit_error credit__tail_append(struct credit__head_file *file,
	const struct credit__signed_size *head, struct credit_bytes payload)
{
	uint64_t size = record_size(payload.size);
	uint8_t header[HEAD_SIZE];
	/* Whole blocks, so that none has to be read first. */
	const struct iovec parts[] = {
		{header, HEAD_SIZE},
		{(void *)(uintptr_t)payload.data, payload.size},
		{(void *)(uintptr_t)zeros, (size_t)(size - HEAD_SIZE - payload.size)},
	};
	enum credit_error error = make_room(file, file->end + size);
	ssize_t done;

	if (error)
		return error;
	write_header(file->sequence, head, payload, header);
	done = pwritev(file->fd, parts, sizeof parts / sizeof parts[0], (off_t)file->end);
	if (done < 0)
		return credit__errno_error();
	if ((uint64_t)done != size)
		return no_space();
	if (fdatasync(file->fd) != 0)
		return credit__errno_error();
	file->end += size;
	return CREDIT_OK;
}

enum credit_error credit__tail_wipe(struct credit__head_file *file)
{
	enum credit_error error = put_zeros(file->fd, BEGIN, file->extent);

	if (error)
		return error;
	return fdatasync(file->fd) == 0 ? CREDIT_OK : credit__errno_error();
}
