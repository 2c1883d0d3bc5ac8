/* SPDX-License-Identifier: Apache-2.0
 *
 * details.h - google.rpc.Status, as it stands in the trailers of a failed call.
 *
 * Threads: pure functions.
 */
#ifndef TOOLS_CLIENT_DETAILS_H
#define TOOLS_CLIENT_DETAILS_H

#include <credit/base.h>

/* What one status carries, as far as we read it. */
struct details {
	struct credit_problem problem; /* when known */
	uint32_t retry_after_ms;
	bool known; /* its ErrorInfo was ours */
};

/* Adds what these bytes say; anything may stand in them. */
void client__details_read(struct details *details, struct credit_bytes bytes);

#endif
