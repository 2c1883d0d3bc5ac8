/* SPDX-License-Identifier: Apache-2.0
 *
 * witness_ask.h - witnesses being asked, all at once and each at its own pace. With witness_ask.c the only
 * file of the daemon that sees libcurl.
 *
 * One struct credd_asker belongs to one thread; only _interrupt may come from another.
 */
#ifndef CREDD_WITNESS_ASK_H
#define CREDD_WITNESS_ASK_H

#include "witness_answer.h"

#include <credit/registry.h>

struct credd_asker;

struct credd_asker_options {
	const struct credit_policy *policy; /* outlives the asker */
	uint32_t timeout_ms;                /* for one request */
	const char *ca;                     /* PEM; NULL: the system's */
	uint32_t interval_ms;               /* between two requests that were cosigned */
};

/* A witness that has been heard, or has not. */
struct credd_heard {
	const struct credit_policy_witness *witness;
	enum credd_witness_outcome outcome;
	bool changed;         /* it is not what was heard of this witness last */
	uint64_t publication; /* that it was asked about */
	uint64_t size;        /* of that; and with _AHEAD the witness's in theirs */
	uint64_t theirs;
	struct credit_cosignature cosignature; /* with _COSIGNED */
	char detail[256];                      /* with _UNREACHABLE: why */
};

/* Once in a process, before any thread. */
enum credit_error credd_asker_global(void) CREDIT_MUST_CHECK;

/* Reads through a view of its own. */
enum credit_error credd_asker_new(struct credit_registry *registry,
	const struct credd_asker_options *options,
	struct credd_asker **ret_asker) CREDIT_MUST_CHECK;
void credd_asker_free(struct credd_asker *asker); /* gives up what is under way; NULL is allowed */

/* Asks each witness that is idle, due and has not cosigned the newest publication. */
enum credit_error credd_asker_ask(struct credd_asker *asker) CREDIT_MUST_CHECK;
/* Waits for answers, until _interrupt or for `ms` at most; `heard` has room for every witness. A witness
 * that is behind is asked again at once and not told of. */
size_t credd_asker_listen(
	struct credd_asker *asker, int ms, struct credd_heard heard[CREDIT_POLICY_WITNESSES_MAX]);
/* Ends a _listen that waits, or the next one. */
void credd_asker_interrupt(struct credd_asker *asker);
/* How many are being asked; how long until one is due, at most `most` ms. */
uint32_t credd_asker_busy(const struct credd_asker *asker);
int credd_asker_due(const struct credd_asker *asker, int most);

#endif
