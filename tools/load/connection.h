/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.h - one connection that is kept busy: a closed loop with so many calls in flight.
 *
 * A call that completes is followed by the next at once, so that the daemon sets the pace. Calls that
 * complete before `count_from` warm up and are not counted; from `until` on no new call is made, and
 * those in flight are waited for and not counted either, unless the connection has counted fewer than two.
 *
 * With an interval the clock sets the pace instead: a call is due every so often, waits while all that may be
 * in flight are, and its time counts from when it was due, so that a slow daemon does not hide how slow it is.
 *
 * There are two clients: tools/client, as everybody uses it, and a raw one, which writes the frames of
 * HTTP/2 by hand for a fraction of the processor time. On a machine with one core for each side only
 * the raw one keeps a server busy.
 *
 * Threads: each connection runs in a thread of its own; see struct client.
 */
#ifndef TOOLS_LOAD_CONNECTION_H
#define TOOLS_LOAD_CONNECTION_H

#include "client/client.h"
#include "load/histogram.h"
#include "load/requests.h"

#include <stdatomic.h>

enum load_method {
	LOAD_GET_STATUS,
	LOAD_GET_STATUS_PROOF, /* its requests are those of GetStatus */
	LOAD_BATCH_GET_STATUS, /* one stream a connection; what is in flight are its messages */
	LOAD_SUBMIT,
	LOAD_METHODS
};

/* Common to all connections; instants in nanoseconds of the monotonic clock. */
struct load {
	struct client_options server;
	enum load_method method;
	uint32_t in_flight;
	uint32_t items; /* acts in a filing, codes in a message; 1 otherwise */
	int64_t count_from, until;
	int64_t interval; /* nanoseconds between two calls of one connection; 0: a closed loop */
	const struct codes *codes;
	const struct filings *filings;
	_Atomic uint64_t next_filing;
};

struct connection {
	struct load *load;
	uint64_t chance;

	uint64_t calls;   /* all, warming up included */
	uint64_t refused; /* acts that were refused in filings that were answered */
	uint64_t errors;
	uint64_t request_bytes, reply_bytes; /* of all calls */
	uint64_t first_epoch, last_epoch; /* of the filings that were answered while it counted */
	int64_t first, last;              /* when the first and the last counted call completed */
	struct histogram latency;
	struct credit_problem problem; /* of the first error */
};

int64_t monotonic_now(void);
/* For pthread_create: take a struct connection, fill its lower half. The raw one asks for statuses one at
 * a time, the one of batches on a stream, the first does all else. */
void *connection_main(void *argument);
void *raw_main(void *argument);
void *batch_main(void *argument);

/* --- for all clients -------------------------------------------------------------------------- */

/* Whether the load is over for this connection. */
bool connection_is_over(const struct connection *connection, int64_t now);
/* The request of a call that begins `now`; false when the load is over. */
bool connection_next(struct connection *connection, struct question *question, int64_t now,
	struct credit_bytes *ret_request);
void connection_error(struct connection *connection, const struct credit_problem *problem);
/* A call that began at `started` has been answered. Tells whether it counts. */
bool connection_answered(struct connection *connection, int64_t started, size_t reply_bytes);

/* The path of the method that the load calls. */
const char *connection_method(const struct load *load);

#endif
