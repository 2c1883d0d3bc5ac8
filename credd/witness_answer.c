/* SPDX-License-Identifier: Apache-2.0
 *
 * witness_answer.c - what a witness's answer means: the protocol, and what is known of its deviations.
 *
 * Nothing that a witness says is followed but by asking it again from a smaller size, and nothing that
 * it signs is believed but after verifying.
 */
#include "witness_answer.h"

static const char *const names[CREDD_WITNESS_OUTCOMES] = {
	[CREDD_WITNESS_COSIGNED] = "cosigned",
	[CREDD_WITNESS_BEHIND] = "behind",
	[CREDD_WITNESS_AHEAD] = "ahead",
	[CREDD_WITNESS_FORK] = "fork",
	[CREDD_WITNESS_UNKNOWN_LOG] = "unknown-log",
	[CREDD_WITNESS_FORBIDDEN] = "forbidden",
	[CREDD_WITNESS_NONSENSE] = "nonsense",
	[CREDD_WITNESS_UNREACHABLE] = "unreachable",
};

const char *credd_witness_outcome_name(enum credd_witness_outcome outcome)
{
	return names[outcome];
}

/* The type of the body is not looked at: some name it otherwise, and a number is a number. */
static enum credd_witness_outcome conflict(const struct credd_witness_question *question,
	const struct credd_witness_reply *reply, uint64_t *ret_size)
{
	bool again = question->old_size == question->size;
	uint64_t size = question->old_size;

	if (reply->body.size > 0 && credit_witness_size_read(reply->body, &size) != CREDIT_OK)
		return CREDD_WITNESS_NONSENSE;
	/* docs/spec/witness.md: "409 with the size that was given or with none, where the roots differ" */
	if (size == question->old_size)
		return again ? CREDD_WITNESS_FORK : CREDD_WITNESS_NONSENSE;
	*ret_size = size;
	/* docs/spec/witness.md: "A size larger than the registry's own publication is never followed" */
	return size > question->size ? CREDD_WITNESS_AHEAD : CREDD_WITNESS_BEHIND;
}

enum credd_witness_outcome credd_witness_answer(const struct credd_witness_question *question,
	const struct credd_witness_reply *reply, uint64_t *ret_size,
	struct credit_cosignature *ret_cosignature)
{
	switch (reply->status) {
	case CREDIT_WITNESS_COSIGNS:
		/* docs/spec/witness.md: "kept when it is true for the checkpoint that was sent" */
		return credit_cosignature_find(question->body, reply->body, question->cosigner,
			       ret_cosignature) == CREDIT_OK
			       ? CREDD_WITNESS_COSIGNED
			       : CREDD_WITNESS_NONSENSE;
	case CREDIT_WITNESS_FORBIDDEN:
		return CREDD_WITNESS_FORBIDDEN;
	case CREDIT_WITNESS_UNKNOWN_LOG:
		return CREDD_WITNESS_UNKNOWN_LOG;
	case CREDIT_WITNESS_CONFLICT:
		return conflict(question, reply, ret_size);
	case CREDIT_WITNESS_REFUSES:
		return CREDD_WITNESS_FORK;
	default: /* of HTTP there are many */
		return CREDD_WITNESS_NONSENSE;
	}
}
