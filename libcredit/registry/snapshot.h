/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot.h - what the two halves of the making of snapshots share.
 *
 *     snapshot.c        -> the statuses as of one publication, gathered while the registry goes on
 *     snapshot_files.c  -> the body once the log names its digest: a file with its proof, old ones away
 */
#ifndef CREDIT_REGISTRY_SNAPSHOT_H
#define CREDIT_REGISTRY_SNAPSHOT_H

#include "registry/export_folder.h"
#include "registry/internal.h"

#include <credit/snapshot.h>

#include <stdio.h>

struct credit_snapshotter {
	struct credit_registry *registry;
	struct credit__folder folder;
	uint32_t keep;
	struct credit_reader *state;
	struct credit__tiles journal;
	struct credit_arena arena; /* of one item */
	FILE *body;                /* gathered, and not a file of its own yet */
	struct credit_snapshot_leaf leaf;
	struct credit_snapshot_leaf newest; /* recorded_at 0: there is none */
};

/* A file without a name in the folder; NULL with errno. */
FILE *credit__snapshot_scratch(struct credit_snapshotter *snapshotter, const char *name);
/* Says what the system says of a file. */
enum credit_error credit__snapshot_fault(
	struct credit_snapshotter *snapshotter, const char *name) CREDIT_MUST_CHECK;

#endif
