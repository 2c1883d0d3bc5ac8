/* SPDX-License-Identifier: Apache-2.0
 *
 * head.h - the head file with its tail, and names of files that are there after a loss of power.
 *
 * Threads: the writer's.
 */
#ifndef CREDIT_REGISTRY_HEAD_H
#define CREDIT_REGISTRY_HEAD_H

#include <credit/base.h>
#include <credit/crypto.h>

struct credit__head_file {
	int fd;
	uint64_t sequence; /* of the newest slot, and the generation of the tail after it */
	uint64_t end;      /* where the tail's next record goes */
	uint64_t extent;   /* bytes that the file has */
};

/* How far the log is signed. */
struct credit__signed_size {
	uint64_t size, epoch;
	struct credit_hash root;
};

/* --- head.c --- */

/* *ret_base is the newest slot, *ret_last what the tail's last record says, or the slot when it is
 * empty; *ret_found is false when the file is new or empty. */
enum credit_error credit__head_open(struct credit__head_file *file, const char *path,
	struct credit__signed_size *ret_base, struct credit__signed_size *ret_last, bool *ret_found,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* A new slot: the tail is empty after it. */
enum credit_error credit__head_write(
	struct credit__head_file *file, const struct credit__signed_size *last) CREDIT_MUST_CHECK;
void credit__head_close(struct credit__head_file *file);

/* --- folder.c --- */

/* What errno says of a file. */
enum credit_error credit__errno_error(void) CREDIT_MUST_CHECK;
/* A new file is only there after a power loss when the folder that holds its name was synced too. */
enum credit_error credit__sync_name(const char *path) CREDIT_MUST_CHECK;
/* All of it, in as many writes as it takes; false with errno of the one that failed. */
bool credit__write_all(int fd, const void *data, size_t size) CREDIT_MUST_CHECK;
/* Names in it are durable; errno is that of what failed. */
enum credit_error credit__sync_folder(const char *path) CREDIT_MUST_CHECK;
/* Durable in its parent, also one that is there already: an earlier attempt may have failed at the sync. */
enum credit_error credit__make_folder(const char *path, unsigned mode) CREDIT_MUST_CHECK;

/* --- tail.c (docs/spec/journal.md, section 6) --- */

#define CREDIT__TAIL_BEGIN ((uint64_t)2 * 4096)
/* Bytes of the file, and of what waits in memory for the store. */
#define CREDIT__TAIL_MAX ((uint64_t)64 << 20)
/* From the slot's head, given as *last, to that of the last record; `each` may be NULL. */
enum credit_error credit__tail_scan(struct credit__head_file *file,
	struct credit__signed_size *last, void *context,
	enum credit_error (*each)(void *context, const struct credit__signed_size *head,
		struct credit_bytes payload)) CREDIT_MUST_CHECK;
bool credit__tail_has_room(const struct credit__head_file *file, size_t payload);
/* Durable on return. After a failure the next record goes to the same place. */
enum credit_error credit__tail_append(struct credit__head_file *file,
	const struct credit__signed_size *head, struct credit_bytes payload) CREDIT_MUST_CHECK;
/* Overwrites what earlier generations left. The tail is empty. */
enum credit_error credit__tail_wipe(struct credit__head_file *file) CREDIT_MUST_CHECK;

#endif
