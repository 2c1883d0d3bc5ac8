/* SPDX-License-Identifier: Apache-2.0
 *
 * exporter.h - an exporter from the inside: export.c writes the folder, prune.c takes old bundles away.
 */
#ifndef CREDIT_REGISTRY_EXPORTER_H
#define CREDIT_REGISTRY_EXPORTER_H

#include "registry/export_folder.h"
#include "registry/internal.h"

/* Goes through the leaves in order; each thing it holds lies in the arena beside it. */
struct walk {
	const Credit__V1__Publication *publication; /* the one that the next leaf belongs to */
	const Credit__V1__Epoch *epoch;
	uint64_t next_publication, next_epoch;
	struct credit_arena publications, epochs, rows;
	uint8_t entry[CREDIT_SNAPSHOT_LEAF_SIZE]; /* the longer one of a publication's */
};

struct credit_exporter {
	struct credit_registry *registry;
	struct credit__folder folder;
	struct credit_reader *state;
	struct credit__tiles journal;
	struct credit_arena arena;  /* for looking at publications */
	struct credit_arena target; /* the publication that a step goes to */
	struct walk walk;
	uint8_t *bundle; /* BUNDLE_MAX bytes */
	uint64_t step;   /* leaves of one step, unless a single publication brings more */
	uint64_t size;   /* of the folder's checkpoint; 0: there is none */
	uint64_t tidied; /* tiles that are full at this size have no partial ones any more */
	bool mended;     /* the right edge was looked at since the opening */
	size_t cosigned; /* bytes of cosignatures under the checkpoint that was written last */
	/* prune.c: bundles below are gone; known once the folder was looked at. */
	uint64_t minimum;
	bool minimum_known;
	int64_t kept_ms; /* as the folder's note says */
};

/* A publication that must be there, with its roots, in the arena. */
enum credit_error credit__exporter_publication(struct credit_exporter *exporter, uint64_t number,
	struct credit_arena *arena, Credit__V1__Publication **ret_publication) CREDIT_MUST_CHECK;

#endif
