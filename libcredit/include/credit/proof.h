/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.h - what a stranger checks offline. Links neither the store nor gRPC.
 *
 * Threads: pure functions.
 *
 * Source: docs/spec/filing.md (receipts), docs/spec/proof.md (statuses).
 */
#ifndef CREDIT_PROOF_H
#define CREDIT_PROOF_H

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/log.h>
#include <credit/map.h>
#include <credit/model.h>
#include <credit/witness.h>

#define CREDIT_RECEIPT_MAX 1179648 /* bytes of a serialised Receipt, attachment included */

/* What a receipt proves. */
struct credit_receipt_verdict {
	struct credit_uscc issuer;
	struct credit_public_key
		issuer_key; /* as the receipt states it: its enrolment is in the log */
	struct credit_hash key_id;
	struct credit_hash commitment;
	uint32_t index;
	credit_ms_t recorded_at;
	credit_ms_t created_at;
	uint64_t epoch; /* as stated; the checkpoint does not bind it */
	uint64_t leaf_index;
	struct credit_tree_head head; /* signed by the log key */
	bool act_shown;               /* the receipt carries the act, and it opens the commitment */
	struct credit_bytes act;      /* view into the receipt's arena, when act_shown */
};

/* Checks every step that receipt.proto names; the first that fails is named in problem->field
 * ("signature", "commitment_path", "log_path", "checkpoint", "sealed") and detail. `log_key` is the
 * registry's vkey; its name is the origin that manifest and checkpoint must carry. The arena holds
 * what the verdict points at. */
CREDIT_API enum credit_error credit_receipt_verify(struct credit_bytes receipt,
	const struct credit_named_key *log_key, struct credit_arena *arena,
	struct credit_receipt_verdict *ret_verdict,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

struct Credit__V1__Filing;
struct Credit__V1__FilingReceipt;
struct Credit__V1__Receipt;

/* The receipt of act `index` out of a filing and the registry's answer to it, built in the arena.
 * CREDIT_E_NOT_FOUND when that act was not accepted, CREDIT_E_ERASED when it was erased since.
 * `keep_act` puts act, opening and attachment into it; without, only an act that is logged in clear is in
 * it, whose proof needs it. What comes from filing and answer is pointed at. Hashes the whole filing once (0.5 ms for 1,000 acts). */
CREDIT_API enum credit_error credit_receipt_extract(const struct Credit__V1__Filing *filing,
	const struct Credit__V1__FilingReceipt *answer, uint32_t index, bool keep_act,
	struct credit_arena *arena, struct Credit__V1__Receipt **ret_receipt) CREDIT_MUST_CHECK;

/* --- statuses --------------------------------------------------------------------------------- */

/* An answer of the registry with all that proves it (docs/spec/proof.md); about 2 KB as bytes.
 * Cosignatures stand beside the checkpoint, which is then the note that the log alone signed. */
#define CREDIT_STATUS_PROOF_MAX 16384
struct credit_status_proof {
	struct credit_uscc uscc;
	struct credit_map_proof map;   /* answer, path, and for an absent code the leaf found */
	struct credit_opening opening; /* of an enrolled entity's Status */
	struct credit_bytes status;
	struct credit_publication_leaf leaf;
	struct credit_path log_path;
	struct credit_bytes checkpoint; /* signed note over the tree that ends with the leaf */
	uint32_t cosignature_count;
	struct credit_cosignature cosignature[CREDIT_COSIGNATURES_MAX];
};
CREDIT_API void credit_status_proof_write(
	const struct credit_status_proof *proof, struct credit_buffer *bytes);

/* What a bundle proves. Absence from the map proves that a code is not enrolled, never that an entity
 * is clean. */
struct credit_status_verdict {
	struct credit_uscc uscc;
	bool enrolled;
	struct credit_bytes status;                 /* serialised Status, a view into the bundle */
	credit_ms_t fresh_until;                    /* 0: time alone changes nothing */
	struct credit_publication_leaf publication; /* when, which, over how many entities */
	struct credit_tree_head head;
	bool witnesses_asked;                /* a policy was given */
	struct credit_witnessing witnessing; /* without a policy only `carried` is told */
};
/* Allocation-free; takes any bytes. The first step that fails is problem->field: "bundle",
 * "checkpoint", "log_path", "map_path", "status", and with a policy "witnesses": it lists other logs, or
 * a cosignature of one of its witnesses is false. `witnesses` may be NULL: nobody is asked for. A
 * quorum that is not met is no failure here, but one of _verdict_check. */
CREDIT_API enum credit_error credit_status_proof_verify(struct credit_bytes bytes,
	const struct credit_named_key *log_key, const struct credit_policy *witnesses,
	struct credit_status_verdict *ret_verdict,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Is a true verdict still to be relied on? CREDIT_E_QUORUM when too few witnesses of the policy have
 * cosigned; CREDIT_E_PROOF_OLD past its fresh_until, or when the publication, or the newest cosignature
 * of the policy's witnesses, is older than max_age_ms. */
CREDIT_API enum credit_error credit_status_verdict_check(
	const struct credit_status_verdict *verdict, credit_ms_t now, int64_t max_age_ms,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* --- the levels above the registry's word (docs/spec/audit.md) -------------------------------- */

/* What departments signed of a status. */
struct credit_deep_verdict {
	uint32_t listings;  /* each opened by a receipt; 0: there was nothing to sign */
	uint32_t penalties; /* that the status counts, on the registry's word alone */
};
/* Does each listing of a verified status stand on an act that its department signed? `detail`: the
 * serialised Detail, which the status binds by its hash; `receipts`: of the acts, in any order, among
 * other bytes, which are passed over. CREDIT_E_DEPARTMENT_UNSIGNED names the listing and its leaf;
 * CREDIT_E_PROOF_FALSE when the detail is not this status's. The arena holds receipts while they are
 * looked at. */
CREDIT_API enum credit_error credit_status_deep_verify(const struct credit_status_verdict *verdict,
	struct credit_bytes detail, const struct credit_bytes *receipts, size_t count,
	const struct credit_named_key *log_key, struct credit_arena *arena,
	struct credit_deep_verdict *ret_verdict, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* An auditor's key is named for its authority: "<code>/audit". No witness's is. */
CREDIT_API bool credit_auditor_is(
	const struct credit_cosigner *cosigner, struct credit_uscc *ret_authority);
/* Has this auditor run the bundle's publication again and cosigned it? *ret_at is when it says so. The
 * bundle has been verified. CREDIT_E_COSIGNATURE when the key is no auditor's or its cosignature is
 * false, CREDIT_E_NOTE_UNVERIFIED when there is none. */
CREDIT_API enum credit_error credit_status_proof_audited(struct credit_bytes bytes,
	const struct credit_cosigner *auditor, credit_ms_t *ret_at,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* --- refusals --------------------------------------------------------------------------------- */

/* The registry's signature under its refusals, and that they are about this manifest.
 * CREDIT_E_SIGNATURE_INVALID; CREDIT_E_RECEIPT_FALSE when they are about another. */
CREDIT_API enum credit_error credit_refusals_verify(struct credit_bytes statement,
	const struct credit_signature *signature, const struct credit_public_key *system_key,
	const struct credit_hash *manifest_digest,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
