/* SPDX-License-Identifier: Apache-2.0
 *
 * witness_answer.h - what a witness's answer means for the registry that asked.
 *
 * Threads: pure functions.
 *
 * Source: docs/spec/witness.md, sections 3 and 4.
 */
#ifndef CREDD_WITNESS_ANSWER_H
#define CREDD_WITNESS_ANSWER_H

#include <credit/witness.h>

enum credd_witness_outcome {
	CREDD_WITNESS_COSIGNED,
	CREDD_WITNESS_BEHIND, /* ask again from the size that it named */
	CREDD_WITNESS_AHEAD,  /* it has a larger log than this registry */
	CREDD_WITNESS_FORK,   /* it has another history */
	CREDD_WITNESS_UNKNOWN_LOG,
	CREDD_WITNESS_FORBIDDEN,
	CREDD_WITNESS_NONSENSE,
	CREDD_WITNESS_UNREACHABLE,
	CREDD_WITNESS_OUTCOMES
};
/* For the log: "cosigned", "ahead", ... */
const char *credd_witness_outcome_name(enum credd_witness_outcome outcome);

/* What was asked. */
struct credd_witness_question {
	const struct credit_cosigner *cosigner;
	uint64_t old_size;
	uint64_t size;            /* of the checkpoint */
	struct credit_bytes body; /* its signed text */
};
/* What came back. */
struct credd_witness_reply {
	long status;
	struct credit_bytes body;
};

/* ret_size is set with _BEHIND and _AHEAD, ret_cosignature with _COSIGNED. */
enum credd_witness_outcome credd_witness_answer(const struct credd_witness_question *question,
	const struct credd_witness_reply *reply, uint64_t *ret_size,
	struct credit_cosignature *ret_cosignature);

#endif
