/* SPDX-License-Identifier: Apache-2.0
 *
 * witness.h - whom a reader trusts to have watched a log, and what a witness is asked and answers.
 *
 * A policy file names witnesses and the quorum of them that a checkpoint must have. The protocol by which
 * they are asked is two texts, a request and an answer; here they are written, read and judged, and
 * nothing is sent: the daemon asks by it (credd/witness.c), 'credctl witness serve' answers by it.
 *
 * Nothing here allocates memory or reads a clock.
 *
 * Threads: pure functions.
 *
 * Source: C2SP tlog-policy, tlog-witness; docs/spec/witness.md.
 */
#ifndef CREDIT_WITNESS_H
#define CREDIT_WITNESS_H

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/log.h>

/* --- policies --- */

#define CREDIT_POLICY_FILE_MAX 65536 /* bytes */
#define CREDIT_POLICY_LOGS_MAX 32
#define CREDIT_POLICY_WITNESSES_MAX 32
#define CREDIT_POLICY_GROUPS_MAX 32
#define CREDIT_POLICY_NAME_MAX 128 /* bytes */
#define CREDIT_URL_MAX 512         /* bytes */

struct credit_policy_log {
	struct credit_named_key key; /* its name is the origin */
	char url[CREDIT_URL_MAX + 1];
};
struct credit_policy_witness {
	char name[CREDIT_POLICY_NAME_MAX + 1]; /* in the file; its key has a name of its own */
	struct credit_cosigner cosigner;
	char url[CREDIT_URL_MAX + 1]; /* "": not to be asked by us */
};
/* Members are bits: witness i is bit i, group i is bit CREDIT_POLICY_WITNESSES_MAX + i. */
struct credit_policy_group {
	char name[CREDIT_POLICY_NAME_MAX + 1];
	uint32_t needed; /* 1 to the number of members */
	uint64_t members;
};
/* About 60 KiB. */
struct credit_policy {
	uint32_t log_count, witness_count, group_count;
	uint64_t quorum; /* one bit, or 0: "none" */
	struct credit_policy_log log[CREDIT_POLICY_LOGS_MAX];
	struct credit_policy_witness witness[CREDIT_POLICY_WITNESSES_MAX];
	struct credit_policy_group group[CREDIT_POLICY_GROUPS_MAX];
};

/* Reads a policy file; after a failure the policy means nothing. CREDIT_E_POLICY_SYNTAX, or what is wrong with a key; problem->field is "line N",
 * rule the clause, detail what was expected. */
CREDIT_API enum credit_error credit_policy_parse(struct credit_bytes text,
	struct credit_policy *ret_policy, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The same of a file that has log lines only, at least one: the logs that a witness knows. */
CREDIT_API enum credit_error credit_policy_parse_logs(struct credit_bytes text,
	struct credit_policy *ret_policy, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* May checkpoints of this log be accepted? Yes also when the policy lists no logs. */
CREDIT_API bool credit_policy_accepts(
	const struct credit_policy *policy, const struct credit_named_key *log);
/* Is the quorum met when these witnesses (bit i: witness i) have cosigned? */
CREDIT_API bool credit_policy_met(const struct credit_policy *policy, uint32_t cosigned);

/* What cosignatures of one checkpoint say under a policy. */
struct credit_witnessing {
	uint32_t carried;   /* cosignatures that are there, known or not */
	uint32_t cosigned;  /* witnesses of the policy that have cosigned */
	uint32_t which;     /* the same as bits */
	credit_ms_t oldest; /* of the witnesses' newest cosignatures; 0 when there are none */
	credit_ms_t newest;
	bool quorum;
};
/* `body` is the checkpoint's signed text. CREDIT_E_COSIGNATURE when one of a listed witness is false. */
CREDIT_API enum credit_error credit_policy_judge(const struct credit_policy *policy,
	struct credit_bytes body, const struct credit_cosignature *cosignatures, size_t count,
	struct credit_witnessing *ret_witnessing) CREDIT_MUST_CHECK;

/* --- asking and answering --- */

#define CREDIT_ADD_CHECKPOINT_PROOF_MAX 63
#define CREDIT_ADD_CHECKPOINT_MAX (CREDIT_NOTE_MAX + 4096) /* bytes of a request */

struct credit_add_checkpoint {
	uint64_t old_size;
	struct credit_path proof;
	struct credit_bytes checkpoint; /* a signed note */
	/* Filled by _read, out of the checkpoint, which is not verified yet; views into it. */
	struct credit_bytes body;
	struct credit_checkpoint said;
};
/* CREDIT_E_PROOF_SHAPE for a proof that is too long; CREDIT_E_TOO_LARGE. */
CREDIT_API enum credit_error credit_add_checkpoint_write(
	const struct credit_add_checkpoint *request, struct credit_buffer *body) CREDIT_MUST_CHECK;
/* CREDIT_E_WITNESS_REQUEST, or what is wrong with the checkpoint; problem->field says where. Views
 * point into `body`. */
CREDIT_API enum credit_error credit_add_checkpoint_read(struct credit_bytes body,
	struct credit_add_checkpoint *ret_request,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* The status codes of HTTP. */
enum credit_witness_answer {
	CREDIT_WITNESS_COSIGNS = 200,
	CREDIT_WITNESS_BAD_REQUEST = 400,
	CREDIT_WITNESS_FORBIDDEN = 403,
	CREDIT_WITNESS_UNKNOWN_LOG = 404,
	CREDIT_WITNESS_CONFLICT = 409,
	CREDIT_WITNESS_REFUSES = 422
};
/* What a witness answers whose last head of this log is `last` (size 0 when it never cosigned); `log` is
 * the key that it trusts for request->said.origin, NULL when it knows no such log. On _COSIGNS the new
 * head is request->said.head, to be kept before anything leaves. */
CREDIT_API enum credit_witness_answer credit_witness_judge(
	const struct credit_add_checkpoint *request, const struct credit_named_key *log,
	const struct credit_tree_head *last);

/* The body of a 409: "N\n". A missing newline is forgiven. CREDIT_E_NUMBER_INVALID. */
CREDIT_API enum credit_error credit_witness_size_read(
	struct credit_bytes body, uint64_t *ret_size) CREDIT_MUST_CHECK;

#define CREDIT_WITNESS_PATH_SIZE (2 * CREDIT_HASH_SIZE + sizeof "/checkpoint")
/* "<hex SHA-256 of the origin>/checkpoint", where the last cosigned checkpoint is to be had. Returns
 * `path`. */
CREDIT_API const char *credit_witness_path(const char *origin, char path[CREDIT_WITNESS_PATH_SIZE]);

#endif
