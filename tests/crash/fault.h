/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.h - calls of the system that are counted, and one of them made to go wrong.
 *
 * Linked into a test program, or preloaded into the daemon and the tools (fault_env.c), it stands before
 * the C library's functions. Points are counted by kind:
 *
 *   disk    what changes or syncs a file below the folders named: writes, syncs, sizes, names
 *   files   what makes a descriptor: open, socket, accept, epoll, eventfd, folders
 *   memory  malloc and its kin, mmap, mremap, threads
 *   commits writes that are to be durable at once (O_DSYNC), which is LMDB's last step of a commit; they are
 *           points of the disk too
 *
 * Syncs are not passed on to the disk. What they would have made durable is kept in mind instead
 * (power.h), so that a loss of power can be played at any point. All of a process's points are numbered in
 * the order in which its threads come to them, one at a time.
 *
 * Threads: any.
 */
#ifndef TESTS_CRASH_FAULT_H
#define TESTS_CRASH_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
	FAULT_DISK,
	FAULT_FILES,
	FAULT_MEMORY,
	FAULT_COMMITS,
	FAULT_KINDS
};

enum fault_deed {
	FAULT_NOTHING, /* only count */
	FAULT_KILL,    /* the process dies before the call */
	FAULT_POWER,   /* the power fails before the call: see power.h */
	FAULT_ERROR, /* the call fails with `error`; a sync that fails loses what it was to sync */
	FAULT_SHORT  /* a write takes half of it; what follows is taken whole */
};

struct fault_plan {
	const char *below; /* absolute paths of folders and files, ':' between them */
	const char
		*scratch; /* an empty folder on the same file system; NULL: the power cannot fail */
	enum fault_kind kind;
	enum fault_deed deed;
	long at;      /* the point, from 1; 0: none */
	bool lasting; /* every point from there on */
	int error;
	uint64_t seed; /* of what survives a loss of power; 0: nothing does that was not synced */
};

/* In memory that the process's parent shares. */
struct fault_figures {
	volatile long points[FAULT_KINDS];
	volatile long fired; /* points at which something was made to go wrong */
};

/* From now on in this process and its threads. Strings and figures stay the caller's. */
void fault_arm(const struct fault_plan *plan, struct fault_figures *figures);
/* Calls are passed through and not counted; once more: as before. For the calling thread. */
void fault_pause(void);
void fault_resume(void);
/* The power fails now. */
_Noreturn void fault_cut_power(void);

#endif
