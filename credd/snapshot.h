/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot.h - the thread that makes snapshots of all published listings.
 *
 * It makes one when the newest in the folder is older than the interval, and one when it is asked to.
 * The writer is needed for one leaf only and never waits. A failure is logged once and tried again.
 *
 * Threads: _start and _stop one after the other; _ask from any.
 */
#ifndef CREDD_SNAPSHOT_H
#define CREDD_SNAPSHOT_H

#include "writer.h"

struct credd_snapshot;

struct credd_snapshot_options {
	struct credd_writer *writer;
	const char *folder;  /* CREDD_SNAPSHOT_FOLDER of the published one */
	int64_t interval_ms; /* 0: only when asked */
	uint32_t keep;
};

#define CREDD_SNAPSHOT_FOLDER "snapshot" /* docs/spec/snapshot.md, 6 */

/* The errors of credit_snapshotter_open. */
enum credit_error credd_snapshot_start(const struct credd_snapshot_options *options,
	struct credd_snapshot **ret_snapshot, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Makes one now. NULL is allowed. */
void credd_snapshot_ask(struct credd_snapshot *snapshot);
/* Drops what is being made and ends; before the registry is closed. NULL is allowed. */
void credd_snapshot_stop(struct credd_snapshot *snapshot);

#endif
