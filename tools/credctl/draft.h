/* SPDX-License-Identifier: Apache-2.0
 *
 * draft.h - a decision that is sealed but not signed yet, as a file for the authority above.
 *
 * The file is a serialised SealedAct (filing.proto): the act and its opening. Its commitment is what
 * a consent names; filed later, the act is the same to the byte. Whoever has the file can read it: it
 * is written with mode 0600.
 */
#ifndef CREDCTL_DRAFT_H
#define CREDCTL_DRAFT_H

#include <credit/model.h>

#include <credit/v1/act.pb-c.h>

struct draft {
	struct credit_bytes bytes; /* of the act */
	struct credit_opening opening;
	struct credit_hash commitment;
	const Credit__V1__Act *act;
};

/* Checks and seals the act and writes a file that must not exist yet. */
enum credit_error draft_write(const char *path, const Credit__V1__Act *act,
	struct credit_hash *ret_commitment, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* In the arena. */
enum credit_error draft_read(const char *path, struct credit_arena *arena, struct draft *ret_draft,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
