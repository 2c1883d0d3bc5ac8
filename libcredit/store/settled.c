/* SPDX-License-Identifier: Apache-2.0
 *
 * settled.c - a commit that is not yet on the disk, and going back to the one before.
 *
 * A store whose commits settle later (store.h) writes its pages and its meta page without a sync. Until one
 * has come, a loss of power may leave any part of them: the meta page, say, and not what it points at. But
 * nothing of the commit before is lost. It was synced as a whole before this one was begun to be written;
 * LMDB never takes pages that the last two commits use, so this one has overwritten none of them; and its
 * meta page is the other one of the two. So whoever opens the store and does not know that the newest commit
 * is whole takes the one before: its meta page is written over the newest.
 *
 * What is known is noted beside the data file, after each sync; the note's own sync comes later, or never. It
 * may be older than what is true and is never newer. Killed alone, a process leaves note and commit in the
 * kernel's hands, and nothing is gone back.
 */
#include "store/settled.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define NOTE_SIZE 16 /* the number, and its complement */

uint64_t credit__settled_read(int folder)
{
	uint8_t note[NOTE_SIZE];
	int fd = openat(folder, SETTLED_NAME, O_RDONLY | O_CLOEXEC);
	uint64_t number = 0;

	if (fd < 0)
		return errno == ENOENT ? SETTLED_ALL : 0;
	if (pread(fd, note, sizeof note, 0) == (ssize_t)sizeof note &&
		credit_read_u64(note) == ~credit_read_u64(note + 8))
		number = credit_read_u64(note);
	close(fd);
	return number;
}

/* Goes on after a part of it. 0 or errno. */
static int write_at(int fd, const uint8_t *data, size_t size, off_t at)
{
	size_t done = 0;

	while (done < size) {
		ssize_t put = pwrite(fd, data + done, size - done, at + (off_t)done);

		if (put < 0 && errno != EINTR)
			return errno;
		done += put > 0 ? (size_t)put : 0;
	}
	return 0;
}

int credit__settled_note(int note, uint64_t transaction)
{
	uint8_t bytes[NOTE_SIZE];

	credit_write_u64(bytes, transaction);
	credit_write_u64(bytes + 8, ~transaction);
	return write_at(note, bytes, sizeof bytes, 0);
}

int credit__settled_open(int folder, uint64_t transaction)
{
	uint64_t noted = credit__settled_read(folder);
	int note = openat(folder, SETTLED_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600), rc;

	if (note < 0)
		return -1;
	rc = noted == transaction ? 0 : credit__settled_note(note, transaction);
	if (rc == 0 && (fdatasync(note) != 0 || fsync(folder) != 0))
		rc = errno;
	if (rc == 0)
		return note;
	close(note);
	errno = rc;
	return -1;
}

unsigned credit__settled_meta(int folder, const struct credit__meta_pages *pages)
{
	return pages->transaction[pages->newest] <= credit__settled_read(folder) ? pages->newest
										 : !pages->newest;
}

/* The page keeps its own number. */
static int overwrite(int fd, struct credit__meta_pages *pages)
{
	const size_t number = sizeof(uint64_t), size = sizeof pages->page[0] - number;
	off_t at = (off_t)(pages->newest * pages->page_size + number);
	int rc = write_at(fd, pages->page[!pages->newest] + number, size, at);

	return rc == 0 && fdatasync(fd) != 0 ? errno : rc;
}

int credit__settled_recover(int folder)
{
	struct credit__meta_pages pages;
	unsigned bad;
	int fd, rc = 0;

	if (credit__settled_read(folder) == SETTLED_ALL)
		return 0;
	fd = openat(folder, "data.mdb", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	/* What is no meta page is LMDB's to refuse. */
	if (credit__meta_pages_read(fd, &pages, &bad) == CREDIT_OK &&
		credit__settled_meta(folder, &pages) != pages.newest)
		rc = overwrite(fd, &pages);
	close(fd);
	return rc;
}
