/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_witness_request.c - what strangers send to a witness: the body of add-checkpoint.
 *
 * Beside not crashing: what is read is written again as it was, a log that is not known is never cosigned,
 * and of the known one (RFC 8032's first test key, whose checkpoints are among the seeds) only what it
 * signed. The same bytes are also taken as signature lines and as the size of a conflict.
 *
 * Decoder: libcredit/witness/request.c libcredit/log/cosignature.c
 */
#include <credit/witness.h>

#include <stdlib.h>
#include <string.h>

#define VKEY "credit.example/log+6c7321d4+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_request(struct credit_bytes input, const struct credit_named_key *known)
{
	static uint8_t memory[CREDIT_ADD_CHECKPOINT_MAX];
	static const struct credit_tree_head none;
	struct credit_add_checkpoint request;
	struct credit_problem problem = {0};
	struct credit_tree_head signed_head;
	struct credit_buffer buffer;
	struct credit_bytes again;

	if (credit_add_checkpoint_read(input, &request, &problem) != CREDIT_OK) {
		require(problem.error != CREDIT_OK);
		return;
	}
	credit_buffer_init(&buffer, memory, sizeof memory);
	require(credit_add_checkpoint_write(&request, &buffer) == CREDIT_OK);
	require(credit_buffer_done(&buffer, &again) == CREDIT_OK);
	require(credit_bytes_equal(again, input));
	require(credit_witness_judge(&request, NULL, &none) == CREDIT_WITNESS_UNKNOWN_LOG);
	if (credit_witness_judge(&request, known, &none) != CREDIT_WITNESS_COSIGNS)
		return;
	require(request.old_size == 0 && request.proof.count == 0);
	require(credit_checkpoint_open(request.checkpoint, known, &signed_head) == CREDIT_OK);
	require(signed_head.size == request.said.head.size);
}

static void fuzz_lines(struct credit_bytes input, const struct credit_named_key *known)
{
	struct credit_cosigner cosigner = {.key = *known};
	struct credit_cosignature found;
	uint64_t size = 0;

	/* Nobody has cosigned with this key. */
	require(credit_cosignature_find(input, input, &cosigner, &found) != CREDIT_OK);
	if (credit_witness_size_read(input, &size) == CREDIT_OK)
		require(size <= CREDIT_LOG_SIZE_MAX && input.size > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_bytes input = {data, size};
	struct credit_named_key known;

	require(credit_crypto_init() == CREDIT_OK);
	require(credit_vkey_parse(credit_bytes_of(VKEY), &known) == CREDIT_OK);
	fuzz_request(input, &known);
	fuzz_lines(input, &known);
	return 0;
}
