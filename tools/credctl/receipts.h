/* SPDX-License-Identifier: Apache-2.0
 *
 * receipts.h - what a filer keeps: one file for each filing, and single receipts made from it.
 *
 * A receipts file holds the request as it was sent and the reply as it came, so that nothing is lost
 * and a receipt for one act can be made years later, offline:
 *
 *     "CREDRCP1"  8 bytes
 *     size        4 bytes, big-endian, then that many bytes: a serialised SubmitRequest
 *     size        4 bytes, big-endian, then that many bytes: a serialised SubmitResponse
 *
 * It holds the acts and their openings: whoever has it can read and prove them. Keep it like a file
 * of documents (it is written with mode 0600).
 */
#ifndef CREDCTL_RECEIPTS_H
#define CREDCTL_RECEIPTS_H

#include <credit/base.h>
#include <credit/model.h>

#include <credit/v1/filing_service.pb-c.h>

#define RECEIPTS_MAX (32U << 20)

/* In memory: request and reply point into the arena. */
struct receipts {
	const Credit__V1__Filing *filing;
	const Credit__V1__FilingReceipt *answer;
	const Credit__V1__RefusalStatement *refusals; /* NULL: nothing was refused */
};

enum credit_error receipts_write(const char *path, struct credit_bytes request,
	struct credit_bytes reply, struct credit_problem *problem) CREDIT_MUST_CHECK;
enum credit_error receipts_read(const char *path, struct credit_arena *arena,
	struct receipts *ret_receipts, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* From the bytes of both messages; copies into the arena. */
enum credit_error receipts_open(struct credit_bytes request, struct credit_bytes reply,
	struct credit_arena *arena, struct receipts *ret_receipts,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* What became of act `index`: CREDIT_OK and its leaf, or the refusal as a problem. */
enum credit_error receipts_verdict(const struct receipts *receipts, uint32_t index,
	const Credit__V1__AcceptedAct **ret_accepted,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The commitment of act `index`, whose first 16 bytes are the record's id. */
void receipts_commitment(
	const struct receipts *receipts, uint32_t index, struct credit_hash *ret_commitment);
/* Writes the serialised Receipt of one act, act and opening in it. */
enum credit_error receipts_extract(const struct receipts *receipts, uint32_t index,
	const char *path, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
