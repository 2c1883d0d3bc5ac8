/* SPDX-License-Identifier: Apache-2.0
 *
 * settle.h - the thread that has publications synced behind the writer's back.
 *
 * What a publication changes in the state is seen at once and follows from the journal, so the writer goes on
 * with the next epoch while the disk takes it. A publication that comes before the sync has ended waits.
 *
 * Threads: _start, _go and _stop from the writer thread.
 */
#ifndef CREDD_SETTLE_H
#define CREDD_SETTLE_H

#include "metrics.h"

#include <credit/registry.h>

struct credd_settler;

/* Both must outlive the settler. */
enum credit_error credd_settler_start(struct credit_registry *registry,
	struct credd_metrics *metrics, struct credd_settler **ret_settler) CREDIT_MUST_CHECK;
/* After a publication; does not wait. */
void credd_settler_go(struct credd_settler *settler);
/* Waits for a sync that has begun. NULL is allowed. */
void credd_settler_stop(struct credd_settler *settler);

#endif
