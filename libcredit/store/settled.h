/* SPDX-License-Identifier: Apache-2.0
 *
 * settled.h - the note of the last commit that is surely on the disk (settled.c).
 */
#ifndef CREDIT_STORE_SETTLED_H
#define CREDIT_STORE_SETTLED_H

#include "store/meta_page.h"

#define SETTLED_NAME "settled"
#define SETTLED_ALL UINT64_MAX /* every commit that the file has is on the disk */

/* The number noted in the folder; SETTLED_ALL also when there is no note; 0 when it cannot be read. */
uint64_t credit__settled_read(int folder);
/* Overwrites the note. 0 or errno; what cannot be noted is only not known later. */
int credit__settled_note(int note, uint64_t transaction);
/* Opens the note for writing, durable on return and with this number. -1 and errno. */
int credit__settled_open(int folder, uint64_t transaction);
/* The meta page to go by: the newest, or, when its commit may not be on the disk, the one before. */
unsigned credit__settled_meta(int folder, const struct credit__meta_pages *pages);
/* After a commit that may not be on the disk as a whole: the one before becomes the newest in the data file.
 * Nobody has it open. 0 or errno. */
int credit__settled_recover(int folder);

#endif
