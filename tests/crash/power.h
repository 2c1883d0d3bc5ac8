/* SPDX-License-Identifier: Apache-2.0
 *
 * power.h - what would be left of the files if the power failed now.
 *
 * Every change since the last sync is kept with what was there before: bytes of a file until a sync of that
 * file, names (made, renamed, removed) until a sync of their folder. A write through a descriptor with
 * O_DSYNC is durable at once, but only its own bytes. When the power fails all changes are taken back, and
 * then some are made again: none with seed 0; else each sector of 512 bytes by itself, so that writes
 * arrive in any order and torn, and names in their order up to a random one.
 *
 * A sync that failed has lost what it was to sync: the kernel marks such pages clean. They stay readable
 * until the power fails and no later sync brings them to the disk, or they are gone from memory too.
 *
 * Threads: the caller holds fault.c's lock.
 */
#ifndef TESTS_CRASH_POWER_H
#define TESTS_CRASH_POWER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Where saved names are kept. */
void power_init(const char *scratch);

/* Before a write of `size` bytes at `at`, and after it took `written` (or -1). */
void power_writing(int fd, off_t at, size_t size);
void power_written(int fd, ssize_t written);
void power_resizing(int fd);
void power_synced(int fd);
/* `forget`: reading shows at once what is on the disk. */
void power_sync_failed(int fd, bool forget);

/* Paths are absolute. */
void power_made(const char *path, bool folder);
/* Before a removal; the name may not be there. */
void power_removing(const char *path);
void power_removed_folder(const char *path);
/* Before a renaming. */
void power_renaming(const char *from, const char *to);
/* The call announced by _removing or _renaming has failed. */
void power_not_so(void);

/* Makes the files what they would be. */
void power_cut(uint64_t seed);

#endif
