/* SPDX-License-Identifier: Apache-2.0
 *
 * witness_state.h - what a witness remembers of each log, and its answer to a request.
 *
 * A folder holds one file for each log, named by the hash of its origin: the last checkpoint that was
 * cosigned, with the log's signature and ours. It is replaced and synced before the cosignature leaves,
 * so that a witness that crashes has never said more than it remembers. Nothing here speaks HTTP.
 *
 * Threads: one at a time; comparing and keeping is one step because there is one thread.
 */
#ifndef CREDCTL_WITNESS_STATE_H
#define CREDCTL_WITNESS_STATE_H

#include <credit/witness.h>

struct witness;

struct witness_files {
	const char *key;   /* private key file of a cosigner */
	const char *logs;  /* lines "log VKEY" */
	const char *state; /* the folder; made when missing, and locked */
};

/* Reads all three. A file of the state that is not what it must be is refused, never overwritten.
 * CREDIT_E_BUSY when another witness has the folder. */
enum credit_error witness_open(const struct witness_files *files, struct witness **ret_witness,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void witness_close(struct witness *witness); /* NULL is allowed */
const char *witness_name(const struct witness *witness);

/* An answer. The body lies in the witness or in `memory`. */
struct witness_reply {
	unsigned status;
	const char *type; /* of the body */
	struct credit_bytes body;
	const char *log; /* the origin, when it is one that is known; else NULL */
	uint64_t size;   /* of the log at the witness afterwards */
	char memory[CREDIT_PROBLEM_TEXT_MAX];
};
/* POST /add-checkpoint at `now`, in seconds. */
void witness_add_checkpoint(struct witness *witness, struct credit_bytes body, uint64_t now,
	struct witness_reply *ret_reply);
/* GET <path>, without its first slash: a log's last checkpoint, or 404. */
void witness_get(struct witness *witness, const char *path, struct witness_reply *ret_reply);

#endif
