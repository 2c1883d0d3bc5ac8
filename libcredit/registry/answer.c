/* SPDX-License-Identifier: Apache-2.0
 *
 * answer.c - FilingReceipts: what a filer gets back.
 *
 * An answer is always built from the journal, whether the filing was committed a moment ago or last
 * year, so that the same filing again gets the very same bytes: its proofs lead to the checkpoint
 * of its own epoch.
 */
#include "registry/internal.h"

#include <string.h>

/* What reading one epoch back may cost: its header and the rows of one filing. */
#define ANSWER_SCRATCH_LIMIT ((size_t)256 << 20)

/* The path of a leaf as bytes in the arena. */
static enum credit_error prove(struct credit_registry *registry, struct credit_arena *arena,
	uint64_t leaf, uint64_t size, ProtobufCBinaryData *ret_path)
{
	struct credit_path path;
	uint8_t *copy;
	enum credit_error error = credit_prove_inclusion(registry->prover, leaf, size, &path);

	if (error)
		return error;
	copy = credit_arena_copy(arena, path.hash, (size_t)path.count * CREDIT_HASH_SIZE);
	if (!copy)
		return CREDIT_E_NO_MEMORY;
	*ret_path =
		credit__binary((struct credit_bytes){copy, (size_t)path.count * CREDIT_HASH_SIZE});
	return CREDIT_OK;
}

static enum credit_error accepted_act(struct credit_registry *registry,
	const Credit__V1__Epoch *epoch, uint32_t row, struct credit_arena *arena,
	Credit__V1__AcceptedAct **ret_accepted)
{
	Credit__V1__AcceptedAct *accepted = credit_arena_alloc(arena, sizeof *accepted);
	Credit__V1__EpochRow *message;
	enum credit_error error;

	if (!accepted)
		return CREDIT_E_NO_MEMORY;
	error = credit__latest_row(registry, epoch->number, row, arena, &message);
	if (error)
		return error;
	credit__v1__accepted_act__init(accepted);
	accepted->index = message->index;
	accepted->blind = message->blind;
	accepted->erased = credit__row_is_erased(message);
	/* Rows and leaves are in the same order. */
	accepted->leaf_index = epoch->first_leaf + row;
	*ret_accepted = accepted;
	return prove(registry, arena, accepted->leaf_index, epoch->tree_size, &accepted->log_path);
}

static enum credit_error finish(struct credit_registry *registry,
	const Credit__V1__FilingReceipt *receipt, struct credit_submission *submission)
{
	return credit_encode(&receipt->base, &registry->answers, &submission->answer);
}

/* The epoch's header, decoded once for all answers in a row that need it. */
static enum credit_error need_epoch(
	struct credit__answers *answers, uint64_t number, const Credit__V1__Epoch **ret_epoch)
{
	enum credit_error error = CREDIT_OK;

	if (!answers->epoch || answers->epoch->number != number) {
		answers->epoch = NULL;
		credit_arena_reset(&answers->header);
		error = credit__latest_epoch(
			answers->registry, number, &answers->header, &answers->epoch);
	}
	if (!error)
		*ret_epoch = answers->epoch;
	return error;
}

enum credit_error credit__answer(struct credit__answers *answers, uint64_t number,
	uint32_t filing_number, struct credit_submission *submission)
{
	Credit__V1__FilingReceipt receipt = CREDIT__V1__FILING_RECEIPT__INIT;
	struct credit_arena *arena = &answers->rows;
	const Credit__V1__EpochFiling *filing;
	const Credit__V1__Epoch *epoch;
	enum credit_error error = need_epoch(answers, number, &epoch);

	if (error)
		return error;
	if (filing_number >= epoch->n_filings)
		return CREDIT_E_STATE_DIVERGED;
	credit_arena_reset(arena);
	filing = epoch->filings[filing_number];
	receipt.epoch = number;
	receipt.recorded_at = epoch->time;
	receipt.checkpoint = epoch->checkpoint;
	receipt.issuer_key = filing->issuer_key;
	receipt.refusals = filing->refusals;
	receipt.refusals_signature = filing->refusals_signature;
	receipt.accepted =
		credit_arena_alloc(arena, (size_t)filing->accepted * sizeof *receipt.accepted);
	if (!receipt.accepted)
		return CREDIT_E_NO_MEMORY;
	for (uint32_t i = 0; i < filing->accepted && !error; i++)
		error = accepted_act(answers->registry, epoch, filing->first_row + i, arena,
			&receipt.accepted[i]);
	if (error)
		return error;
	receipt.n_accepted = filing->accepted;
	submission->accepted = filing->accepted;
	submission->refused =
		(uint32_t)(filing->commitments.len / CREDIT_HASH_SIZE) - filing->accepted;
	return finish(answers->registry, &receipt, submission);
}

enum credit_error credit__answers_begin(
	struct credit_registry *registry, struct credit__answers *answers)
{
	*answers = (struct credit__answers){.registry = registry};
	credit_arena_init(&answers->header, NULL, 0, ANSWER_SCRATCH_LIMIT);
	credit_arena_init(&answers->rows, NULL, 0, ANSWER_SCRATCH_LIMIT);
	return credit_read_begin(registry->tiles.reader);
}

void credit__answers_end(struct credit__answers *answers)
{
	credit_read_end(answers->registry->tiles.reader);
	credit_arena_deinit(&answers->rows);
	credit_arena_deinit(&answers->header);
}

static bool is_refused(Credit__V1__Refusal *const *refusals, size_t count, uint32_t index)
{
	for (size_t i = 0; i < count; i++)
		if (refusals[i]->index == index)
			return true;
	return false;
}

enum credit_error credit__answer_dry(struct credit_registry *registry,
	const struct credit__epoch *epoch, const Credit__V1__EpochFiling *filing,
	Credit__V1__Refusal *const *refusals, size_t refusal_count,
	struct credit_submission *submission)
{
	Credit__V1__FilingReceipt receipt = CREDIT__V1__FILING_RECEIPT__INIT;
	struct credit_arena *arena = &registry->answers;
	uint32_t count = submission->filing->count;

	receipt.recorded_at = epoch->time.ms;
	receipt.refusals = filing->refusals;
	receipt.refusals_signature = filing->refusals_signature;
	receipt.accepted = credit_arena_alloc(arena, (size_t)count * sizeof *receipt.accepted);
	if (!receipt.accepted)
		return CREDIT_E_NO_MEMORY;
	for (uint32_t i = 0; i < count; i++) {
		Credit__V1__AcceptedAct *accepted;

		if (is_refused(refusals, refusal_count, i))
			continue;
		accepted = credit_arena_alloc(arena, sizeof *accepted);
		if (!accepted)
			return CREDIT_E_NO_MEMORY;
		credit__v1__accepted_act__init(accepted);
		accepted->index = i;
		receipt.accepted[receipt.n_accepted++] = accepted;
	}
	return finish(registry, &receipt, submission);
}
