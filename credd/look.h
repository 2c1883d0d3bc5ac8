/* SPDX-License-Identifier: Apache-2.0
 *
 * look.h - figures that nobody counts as they change: how long the queue is, how many connections there
 * are, which tasks are overdue. They are looked up when somebody asks.
 *
 * Threads: _now from any; the others from the main thread.
 */
#ifndef CREDD_LOOK_H
#define CREDD_LOOK_H

#include "metrics.h"
#include "rpc/rpc.h"
#include "writer.h"

struct credd_look;

/* NULL when there is no memory. */
struct credd_look *credd_look_new(struct credd_metrics *metrics);
/* From here on there is a registry to look at, and calls. */
enum credit_error credd_look_open(struct credd_look *look, struct credd_writer *writer,
	struct credd_server *server) CREDIT_MUST_CHECK;
/* Nothing is looked at any more; waits for who does. */
void credd_look_close(struct credd_look *look);
void credd_look_free(struct credd_look *look); /* NULL is allowed */

/* Sets what is looked up. `look` is a struct credd_look: for credd_http_options. */
void credd_look_now(void *look);

#endif
