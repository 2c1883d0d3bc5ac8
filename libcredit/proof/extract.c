/* SPDX-License-Identifier: Apache-2.0
 *
 * extract.c - one act's receipt, out of a filing and the registry's answer to it.
 *
 * The answer holds what is common to all acts once; a receipt holds all that one act's proof needs,
 * so that it can be handed on alone. The holder has acts and openings, and finds the commitments
 * from them: half a microsecond for each act of the filing.
 */
#include <credit/proof.h>
#include <credit/v1/filing.pb-c.h>
#include <credit/v1/receipt.pb-c.h>

#include <string.h>

static const Credit__V1__AcceptedAct *find_accepted(
	const Credit__V1__FilingReceipt *answer, uint32_t index)
{
	for (size_t i = 0; i < answer->n_accepted; i++) {
		if (answer->accepted[i]->index == index)
			return answer->accepted[i];
	}
	return NULL;
}

static enum credit_error commit(
	const Credit__V1__SealedAct *sealed, struct credit_hash *ret_commitment)
{
	struct credit_opening opening;

	if (sealed->opening.len != sizeof opening.byte)
		return CREDIT_E_FIELD_SIZE;
	memcpy(opening.byte, sealed->opening.data, sizeof opening.byte);
	credit_commit_act(
		&opening, (struct credit_bytes){sealed->act.data, sealed->act.len}, ret_commitment);
	return CREDIT_OK;
}

/* The commitment of one act and its path among those of all. */
static enum credit_error commitment_path(const Credit__V1__Filing *filing, uint32_t index,
	struct credit_hash *ret_commitment, struct credit_path *ret_path)
{
	struct credit_hash leaf[CREDIT_ACTS_MAX];
	struct credit_hash commitment;

	for (uint32_t i = 0; i < filing->n_acts; i++) {
		enum credit_error error = commit(filing->acts[i], &commitment);
		if (error != CREDIT_OK)
			return error;
		credit_leaf_hash(
			(struct credit_bytes){commitment.byte, sizeof commitment.byte}, &leaf[i]);
		if (i == index)
			*ret_commitment = commitment;
	}
	credit_tree_path(leaf, filing->n_acts, index, ret_path);
	return CREDIT_OK;
}

static ProtobufCBinaryData copy_of(struct credit_arena *arena, const void *data, size_t size)
{
	uint8_t *copy = credit_arena_copy(arena, data, size);

	return (ProtobufCBinaryData){.len = copy ? size : 0, .data = copy};
}

enum credit_error credit_receipt_extract(const struct Credit__V1__Filing *filing,
	const struct Credit__V1__FilingReceipt *answer, uint32_t index, bool keep_act,
	struct credit_arena *arena, struct Credit__V1__Receipt **ret_receipt)
{
	const Credit__V1__AcceptedAct *accepted = find_accepted(answer, index);
	Credit__V1__Receipt *receipt = NULL;
	struct credit_hash commitment;
	struct credit_path path;
	enum credit_error error;

	if (!accepted || index >= filing->n_acts || filing->n_acts > CREDIT_ACTS_MAX)
		return CREDIT_E_NOT_FOUND;
	if (accepted->erased)
		return CREDIT_E_ERASED;
	error = commitment_path(filing, index, &commitment, &path);
	if (error != CREDIT_OK)
		return error;
	receipt = credit_arena_alloc(arena, sizeof *receipt);
	if (!receipt)
		return CREDIT_E_NO_MEMORY;
	credit__v1__receipt__init(receipt);
	receipt->manifest = filing->manifest;
	receipt->signature = filing->signature;
	receipt->index = index;
	receipt->commitment = copy_of(arena, commitment.byte, sizeof commitment.byte);
	receipt->commitment_path = copy_of(arena, path.hash, path.count * sizeof path.hash[0]);
	if (!receipt->commitment.data || !receipt->commitment_path.data)
		return CREDIT_E_NO_MEMORY;
	receipt->blind = accepted->blind;
	receipt->recorded_at = answer->recorded_at;
	receipt->leaf_index = accepted->leaf_index;
	receipt->log_path = accepted->log_path;
	receipt->checkpoint = answer->checkpoint;
	receipt->epoch = answer->epoch;
	receipt->issuer_key = answer->issuer_key;
	/* An act that is logged in clear is public, and its leaf cannot be made without it. */
	if (keep_act || accepted->blind.len == 0)
		receipt->sealed = filing->acts[index];
	*ret_receipt = receipt;
	return CREDIT_OK;
}
