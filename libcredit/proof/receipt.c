/* SPDX-License-Identifier: Apache-2.0
 *
 * receipt.c - does this receipt prove that the act is in the log?
 *
 * The steps stand in the order of receipt.proto, from the act to the signed head. Each one trusts
 * only what the one before it has shown and the log's public key; the first that fails is named.
 */
#include "model/manifest.h"
#include "model/parts.h"

#include <credit/proof.h>
#include <credit/v1/act.pb-c.h>
#include <credit/v1/receipt.pb-c.h>

#include <string.h>

/* What is known so far, on the way through the steps. */
struct evidence {
	const Credit__V1__Receipt *receipt;
	const Credit__V1__Manifest *manifest;
	const struct credit_named_key *log_key;
	struct credit_arena *arena;
	struct credit_hash commitment;
	struct credit_hash leaf; /* its hash */
	struct credit_receipt_verdict verdict;
	struct credit_problem *problem;
};

static struct credit_bytes view(const ProtobufCBinaryData *data)
{
	return (struct credit_bytes){data->data, data->len};
}

static enum credit_error is_false(
	const struct evidence *evidence, const char *step, const char *detail)
{
	return credit_problem_set(
		evidence->problem, CREDIT_E_RECEIPT_FALSE, step, NULL, "%s", detail);
}

/* Shapes are refused by their own name, whatever they would prove. */
static enum credit_error check_size(const struct evidence *evidence,
	const ProtobufCBinaryData *part, size_t size, const char *field)
{
	if (part->len == size)
		return CREDIT_OK;
	return credit_problem_set(evidence->problem, CREDIT_E_RECEIPT_MALFORMED, field, NULL,
		"%zu bytes instead of %zu", part->len, size);
}

/* Hashes lie one after the other, as they do in an array. */
static enum credit_error check_path(const struct evidence *evidence,
	const ProtobufCBinaryData *path, uint64_t index, uint64_t size,
	const struct credit_hash *leaf, const struct credit_hash *root, const char *step)
{
	enum credit_error error = CREDIT_E_PROOF_SHAPE;

	if (path->len % CREDIT_HASH_SIZE == 0)
		error = credit_inclusion_verify(index, size, leaf,
			(const struct credit_hash *)(const void *)path->data,
			path->len / CREDIT_HASH_SIZE, root);
	return error == CREDIT_OK
		       ? CREDIT_OK
		       : is_false(evidence, step, credit_error_text(error, CREDIT_LANG_EN));
}

/* --- the steps ----------------------------------------------------------------------------- */

static enum credit_error check_manifest(struct evidence *evidence)
{
	const Credit__V1__Receipt *receipt = evidence->receipt;
	enum credit_error error = credit__manifest_open(
		view(&receipt->manifest), evidence->arena, &evidence->manifest, evidence->problem);

	if (error == CREDIT_E_NO_MEMORY || error == CREDIT_E_INTERNAL)
		return error;
	if (error != CREDIT_OK) {
		if (evidence->problem)
			evidence->problem->error = CREDIT_E_RECEIPT_MALFORMED;
		return CREDIT_E_RECEIPT_MALFORMED;
	}
	if (strcmp(evidence->manifest->origin, evidence->log_key->name) != 0)
		return is_false(evidence, "manifest.origin", "made out to another registry");
	memcpy(evidence->verdict.issuer.character, evidence->manifest->issuer_uscc,
		CREDIT_USCC_SIZE);
	memcpy(evidence->verdict.key_id.byte, evidence->manifest->key_id.data, CREDIT_HASH_SIZE);
	evidence->verdict.created_at.ms = evidence->manifest->created_at;
	return CREDIT_OK;
}

static enum credit_error check_signature(struct evidence *evidence)
{
	const Credit__V1__Receipt *receipt = evidence->receipt;
	struct credit_public_key *key = &evidence->verdict.issuer_key;
	struct credit_signature signature;
	struct credit_hash key_id;
	enum credit_error error =
		check_size(evidence, &receipt->issuer_key, sizeof key->byte, "issuer_key");

	if (error == CREDIT_OK)
		error = check_size(
			evidence, &receipt->signature, sizeof signature.byte, "signature");
	if (error != CREDIT_OK)
		return error;
	memcpy(key->byte, receipt->issuer_key.data, sizeof key->byte);
	memcpy(signature.byte, receipt->signature.data, sizeof signature.byte);
	credit_key_id(key, &key_id);
	if (!credit_hash_equal(&key_id, &evidence->verdict.key_id))
		return is_false(evidence, "issuer_key", "the manifest names another key");
	if (credit_dsse_verify(key, CREDIT_MANIFEST_TYPE, view(&receipt->manifest), &signature) !=
		CREDIT_OK)
		return is_false(evidence, "signature", "it is not the issuer's over this manifest");
	return CREDIT_OK;
}

static enum credit_error check_commitment(struct evidence *evidence)
{
	const Credit__V1__Receipt *receipt = evidence->receipt;
	struct credit_hash leaf, root;
	enum credit_error error =
		check_size(evidence, &receipt->commitment, CREDIT_HASH_SIZE, "commitment");

	if (error != CREDIT_OK)
		return error;
	memcpy(evidence->commitment.byte, receipt->commitment.data, CREDIT_HASH_SIZE);
	memcpy(root.byte, evidence->manifest->root.data, CREDIT_HASH_SIZE);
	credit_leaf_hash(view(&receipt->commitment), &leaf);
	return check_path(evidence, &receipt->commitment_path, receipt->index,
		evidence->manifest->count, &leaf, &root, "commitment_path");
}

/* What kind of act it is decides how it must be logged. Its fields are not checked again: the rules
 * for them may have changed since it was recorded. */
static enum credit_error check_shown_act(struct evidence *evidence)
{
	const Credit__V1__SealedAct *sealed = evidence->receipt->sealed;
	struct credit_opening opening;
	struct credit_hash commitment;
	ProtobufCMessage *message;
	const Credit__V1__Act *act;
	enum credit_error error =
		check_size(evidence, &sealed->opening, sizeof opening.byte, "sealed.opening");

	if (error != CREDIT_OK)
		return error;
	memcpy(opening.byte, sealed->opening.data, sizeof opening.byte);
	credit_commit_act(&opening, view(&sealed->act), &commitment);
	if (!credit_hash_equal(&commitment, &evidence->commitment))
		return is_false(evidence, "sealed", "act and opening do not give the commitment");
	error = credit_decode_canonical(&credit__v1__act__descriptor, view(&sealed->act),
		evidence->arena, &message, evidence->problem);
	if (error == CREDIT_E_NO_MEMORY)
		return error;
	if (error != CREDIT_OK)
		return is_false(evidence, "sealed.act", credit_error_text(error, CREDIT_LANG_EN));
	act = (const Credit__V1__Act *)(const void *)message;
	if (act->payload_case == CREDIT__V1__ACT__PAYLOAD__NOT_SET)
		return is_false(evidence, "sealed.act", "it says nothing");
	if (credit_act_is_sealed(act) != (evidence->receipt->blind.len > 0))
		return is_false(evidence, "blind", "this kind of act is logged the other way");
	/* The holder may keep the attachment elsewhere. */
	if (credit__attachment_check(act, view(&sealed->attachment), false, NULL) != CREDIT_OK)
		return is_false(evidence, "sealed.attachment", "the act names another or none");
	evidence->verdict.act_shown = true;
	evidence->verdict.act = view(&sealed->act);
	return CREDIT_OK;
}

static enum credit_error check_act(struct evidence *evidence)
{
	if (evidence->receipt->sealed)
		return check_shown_act(evidence);
	/* docs/spec/filing.md: "The receipt of an act that is logged in clear shows the act." */
	if (evidence->receipt->blind.len == 0)
		return credit_problem_set(evidence->problem, CREDIT_E_RECEIPT_MALFORMED, "sealed",
			NULL, "neither a blind nor the act");
	return CREDIT_OK;
}

static enum credit_error sealed_leaf_hash(
	struct evidence *evidence, const struct credit_hash *digest)
{
	const Credit__V1__Receipt *receipt = evidence->receipt;
	uint8_t leaf[CREDIT_SEALED_LEAF_SIZE];
	struct credit_opening blind;
	enum credit_error error = check_size(evidence, &receipt->blind, sizeof blind.byte, "blind");

	if (error != CREDIT_OK)
		return error;
	memcpy(blind.byte, receipt->blind.data, sizeof blind.byte);
	credit_sealed_leaf((credit_ms_t){receipt->recorded_at}, &blind, digest, receipt->index,
		&evidence->commitment, leaf);
	credit_leaf_hash((struct credit_bytes){leaf, sizeof leaf}, &evidence->leaf);
	return CREDIT_OK;
}

static enum credit_error clear_leaf_hash(
	struct evidence *evidence, const struct credit_hash *digest)
{
	const Credit__V1__Receipt *receipt = evidence->receipt;
	uint8_t memory[CREDIT_CLEAR_LEAF_MAX];
	struct credit_buffer buffer;
	struct credit_bytes leaf;

	credit_buffer_init(&buffer, memory, sizeof memory);
	credit_clear_leaf((credit_ms_t){receipt->recorded_at}, digest, receipt->index,
		view(&receipt->sealed->act), &buffer);
	if (credit_buffer_done(&buffer, &leaf) != CREDIT_OK)
		return credit_problem_set(evidence->problem, CREDIT_E_RECEIPT_MALFORMED,
			"sealed.act", NULL, "at most %d bytes", CREDIT_ACT_MAX);
	credit_leaf_hash(leaf, &evidence->leaf);
	return CREDIT_OK;
}

static enum credit_error make_leaf(struct evidence *evidence)
{
	struct credit_hash digest;
	enum credit_error error = credit_dsse_digest(
		CREDIT_MANIFEST_TYPE, view(&evidence->receipt->manifest), &digest);

	if (error != CREDIT_OK)
		return credit_problem_set(evidence->problem, error, "manifest", NULL, NULL);
	return evidence->receipt->blind.len > 0 ? sealed_leaf_hash(evidence, &digest)
						: clear_leaf_hash(evidence, &digest);
}

static enum credit_error check_log(struct evidence *evidence)
{
	const Credit__V1__Receipt *receipt = evidence->receipt;
	struct credit_tree_head *head = &evidence->verdict.head;
	enum credit_error error =
		credit_checkpoint_open(view(&receipt->checkpoint), evidence->log_key, head);

	if (error != CREDIT_OK)
		return is_false(evidence, "checkpoint", credit_error_text(error, CREDIT_LANG_EN));
	return check_path(evidence, &receipt->log_path, receipt->leaf_index, head->size,
		&evidence->leaf, &head->root, "log_path");
}

/* --- the receipt --------------------------------------------------------------------------- */

static enum credit_error decode(struct credit_bytes receipt, struct evidence *evidence)
{
	ProtobufCMessage *message;
	enum credit_error error;

	if (receipt.size > CREDIT_RECEIPT_MAX)
		return credit_problem_set(evidence->problem, CREDIT_E_RECEIPT_MALFORMED, NULL, NULL,
			"%zu bytes, at most %d", receipt.size, CREDIT_RECEIPT_MAX);
	error = credit_decode_canonical(&credit__v1__receipt__descriptor, receipt, evidence->arena,
		&message, evidence->problem);
	if (error == CREDIT_OK)
		evidence->receipt = (const Credit__V1__Receipt *)(const void *)message;
	if (error == CREDIT_OK || error == CREDIT_E_NO_MEMORY)
		return error;
	if (evidence->problem)
		evidence->problem->error = CREDIT_E_RECEIPT_MALFORMED;
	return CREDIT_E_RECEIPT_MALFORMED;
}

enum credit_error credit_receipt_verify(struct credit_bytes receipt,
	const struct credit_named_key *log_key, struct credit_arena *arena,
	struct credit_receipt_verdict *ret_verdict, struct credit_problem *problem)
{
	static enum credit_error (*const steps[])(struct evidence *) = {
		check_manifest,
		check_signature,
		check_commitment,
		check_act,
		make_leaf,
		check_log,
	};
	struct evidence evidence = {.log_key = log_key, .arena = arena, .problem = problem};
	enum credit_error error = decode(receipt, &evidence);

	for (size_t i = 0; i < sizeof steps / sizeof steps[0] && error == CREDIT_OK; i++)
		error = steps[i](&evidence);
	if (error != CREDIT_OK)
		return error;
	evidence.verdict.commitment = evidence.commitment;
	evidence.verdict.index = evidence.receipt->index;
	evidence.verdict.recorded_at.ms = evidence.receipt->recorded_at;
	evidence.verdict.epoch = evidence.receipt->epoch;
	evidence.verdict.leaf_index = evidence.receipt->leaf_index;
	*ret_verdict = evidence.verdict;
	return CREDIT_OK;
}
