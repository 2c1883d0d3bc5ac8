/* SPDX-License-Identifier: Apache-2.0
 *
 * audit_stream.h - deltas from the daemon into an auditor's replica.
 */
#ifndef CREDCTL_AUDIT_STREAM_H
#define CREDCTL_AUDIT_STREAM_H

#include "connect.h"

#include <credit/audit.h>

/* Takes every delta that the daemon has from the replica's place on, and commits now and then and at the
 * end. `progress` is called after each publication. On a broken connection what was committed stays. */
enum credit_error audit_stream(struct client *client, struct credit_audit *audit,
	void (*progress)(void *context), void *context,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
