/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot.c - TransparencyService.GetSnapshot: a snapshot's file, piece by piece.
 *
 * A piece is read when the one before has gone, so a slow client costs a few numbers and no memory. The
 * file is opened for each piece and closed again: however many clients take their time, they hold no
 * files (a listener that once meets EMFILE never accepts again). A snapshot that goes away meanwhile
 * ends the stream with SNAPSHOT_ABSENT.
 */
#include "service/service.h"

#include "credit/v1/transparency_service.pb-c.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 65536
/* docs/spec/snapshot.md: "A snapshot leaf is 04 || recorded_at (u64) || publication (u64)", behind four
 * bytes of magic */
#define PUBLICATION_AT (4 + 1 + 8)

/* How far a call has come; in its arena. */
struct download {
	uint64_t publication, size, offset;
	bool answered; /* something was sent */
};

/* Of the newest one when `publication` is 0. -1 with errno. */
static int open_file(const char *folder, uint64_t publication)
{
	char path[PATH_MAX];

	if (publication > 0)
		snprintf(path, sizeof path, "%s/%llu", folder, (unsigned long long)publication);
	else
		snprintf(path, sizeof path, "%s/newest", folder);
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static enum credit_error of_errno(void)
{
	return errno == ENOENT ? CREDIT_E_SNAPSHOT_ABSENT : CREDIT_E_IO;
}

/* Whose snapshot it is, and how long. */
static enum credit_error look(const char *folder, struct download *download)
{
	int fd = open_file(folder, download->publication);
	uint8_t number[8];
	struct stat status;
	bool good;

	if (fd < 0)
		return of_errno();
	good = fstat(fd, &status) == 0 &&
	       pread(fd, number, sizeof number, PUBLICATION_AT) == (ssize_t)sizeof number;
	close(fd);
	if (!good)
		return CREDIT_E_IO;
	download->publication = credit_read_u64(number);
	download->size = (uint64_t)status.st_size;
	return CREDIT_OK;
}

static enum credit_error read_piece(const char *folder, const struct download *download,
	uint8_t piece[PIECE], struct credit_bytes *ret_piece)
{
	int fd = open_file(folder, download->publication);
	ssize_t size;

	if (fd < 0)
		return of_errno();
	size = pread(fd, piece, PIECE, (off_t)download->offset);
	close(fd);
	/* Files never change: nothing where there should be something is a fault of the disk. */
	if (size < 0 || (size == 0 && download->offset < download->size))
		return CREDIT_E_IO;
	*ret_piece = (struct credit_bytes){piece, (size_t)size};
	return CREDIT_OK;
}

static void send_piece(
	struct credd_service *service, struct credd_call *call, struct download *download)
{
	uint8_t piece[PIECE];
	struct credit_bytes data;
	struct credd_reply reply;
	enum credit_error error;

	if (download->answered && download->offset == download->size) {
		credd_call_end(call);
		return;
	}
	error = read_piece(service->snapshot_folder, download, piece, &data);
	if (error != CREDIT_OK) {
		credd_fail(call, error);
		return;
	}
	credd_reply_begin(&reply);
	credd_reply_number(&reply, 1, download->publication);
	credd_reply_number(&reply, 2, download->size);
	credd_reply_number(&reply, 3, download->offset);
	credd_reply_bytes(&reply, 4, data);
	download->offset += data.size;
	download->answered = true;
	credd_call_send(call, reply.part, reply.parts);
}

static enum credit_error begin(const struct credd_service *service, struct credd_call *call,
	const Credit__V1__GetSnapshotRequest *request, struct credit_problem *problem)
{
	struct download *download = credit_arena_alloc(credd_call_arena(call), sizeof *download);
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (!download)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	*download =
		(struct download){.publication = request->publication, .offset = request->offset};
	error = service->snapshot_folder ? look(service->snapshot_folder, download)
					 : CREDIT_E_SNAPSHOT_ABSENT;
	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, "publication", NULL, NULL);
	if (download->offset > download->size)
		return credit_problem_set(problem, CREDIT_E_FIELD_RANGE, "offset", NULL,
			"at most %llu", (unsigned long long)download->size);
	*credd_call_state(call) = download;
	return CREDIT_OK;
}

void credd_get_snapshot(void *context, struct credd_call *call, enum credd_event event)
{
	struct credd_service *service = context;
	const Credit__V1__GetSnapshotRequest *request;
	struct credit_problem problem;

	switch (event) {
	case CREDD_EVENT_REQUEST:
		request = credd_decode(call, &credit__v1__get_snapshot_request__descriptor);
		if (!request)
			return;
		if (begin(service, call, request, &problem) == CREDIT_OK)
			send_piece(service, call, *credd_call_state(call));
		else
			credd_call_fail(call, &problem, 0);
		return;
	case CREDD_EVENT_WRITABLE:
		if (*credd_call_state(call))
			send_piece(service, call, *credd_call_state(call));
		return;
	case CREDD_EVENT_HALF_CLOSED:
		return;
	case CREDD_EVENT_CANCELLED:
		credd_call_end(call);
		return;
	}
}
