/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.h - one connection that is kept busy: a closed loop with so many calls in flight.
 *
 * A call that completes is followed by the next at once, so that the daemon sets the pace. Calls that
 * complete before `count_from` warm up and are not counted; from `until` on no new call is made, and
 * those in flight are waited for and not counted either.
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

/* Common to all connections; instants in nanoseconds of the monotonic clock. */
struct load {
	struct client_options server;
	bool submit; /* else: GetStatus, or with `proof` GetStatusProof, whose requests are the same */
	bool proof;
	uint32_t in_flight;
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
	int64_t first, last; /* when the first and the last counted call completed */
	struct histogram latency;
	struct credit_problem problem; /* of the first error */
};

int64_t monotonic_now(void);
/* For pthread_create: take a struct connection, fill its lower half. The raw one cannot submit. */
void *connection_main(void *argument);
void *raw_main(void *argument);

#define GET_STATUS "/credit.v1.StatusService/GetStatus"
#define GET_STATUS_PROOF "/credit.v1.TransparencyService/GetStatusProof"
#define SUBMIT "/credit.v1.FilingService/Submit"

/* --- for both clients ----------------------------------------------------------------------------
 */

/* The request of a call that begins `now`; false when the load is over. */
bool connection_next(struct connection *connection, struct question *question, int64_t now,
	struct credit_bytes *ret_request);
void connection_error(struct connection *connection, const struct credit_problem *problem);
/* A call that began at `started` has been answered. */
void connection_answered(struct connection *connection, int64_t started, size_t reply_bytes);

/* The method that the load calls. */
const char *connection_method(const struct load *load);

#endif
