/* SPDX-License-Identifier: Apache-2.0
 *
 * witness.h - the registry's witnesses: asked before it signs anything, and after each publication.
 *
 * The writer only says that there is something new; it never waits. A failure of a witness is logged when
 * it begins and when it ends, and the registry goes on.
 *
 * Threads: _check on the writer's, before any other; _start and _stop one after the other; _wake from any.
 *
 * Source: docs/spec/witness.md, sections 4 and 5.
 */
#ifndef CREDD_WITNESS_H
#define CREDD_WITNESS_H

#include <credit/registry.h>
#include <credit/witness.h>

struct credd_witness_options {
	const struct credit_policy *policy; /* outlives everything here */
	const char *ca;                     /* PEM; NULL: the system's */
	uint32_t timeout_ms;
	uint32_t interval_ms;
	uint32_t needed_at_start; /* how many must cosign before the start */
	/* On the witness thread: cosignatures were kept. */
	void (*cosigned)(void *context);
	void *context;
};

/* Reads a policy and checks that it can be used to ask by: it accepts `log`, and 1 to
 * CREDIT_COSIGNATURES_MAX witnesses have an http(s) URL. problem->field begins with
 * "witnesses.policy". */
enum credit_error credd_witness_policy(const char *path, const struct credit_named_key *log,
	struct credit_policy *ret_policy, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Asks all witnesses about the newest publication and waits for them, timeout_ms at most for each request.
 * CREDIT_E_WITNESS_AHEAD, _WITNESS_FORK, or _WITNESS_SILENT when fewer than needed have cosigned: then
 * nothing may be signed. */
enum credit_error credd_witness_check(struct credit_registry *registry,
	const struct credd_witness_options *options,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

struct credd_witness;
enum credit_error credd_witness_start(struct credit_registry *registry,
	const struct credd_witness_options *options, struct credd_witness **ret_witness,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* There is a new publication. NULL is allowed. */
void credd_witness_wake(struct credd_witness *witness);
/* Gives up what is under way and ends; before the registry is closed. NULL is allowed. */
void credd_witness_stop(struct credd_witness *witness);

#endif
