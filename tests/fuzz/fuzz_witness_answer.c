/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_witness_answer.c - what a witness, or whoever sits in its place, may answer the registry.
 *
 * The first byte chooses the HTTP status, the rest is the body. Nobody has the key of this witness: so
 * nothing is ever a cosignature, and a size is only believed where the protocol gives one.
 *
 * Decoder: credd/witness_answer.c libcredit/log/cosignature.c libcredit/witness/request.c
 */
#include "witness_answer.h"

#include <stdlib.h>

#define SIZE 1000

static const long statuses[] = {CREDIT_WITNESS_COSIGNS, CREDIT_WITNESS_FORBIDDEN,
	CREDIT_WITNESS_UNKNOWN_LOG, CREDIT_WITNESS_CONFLICT, CREDIT_WITNESS_REFUSES, 0, 301, 500};

static void require(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct credit_cosigner cosigner = {.key = {.name = "witness.example"}};
	const struct credd_witness_question question = {.cosigner = &cosigner,
		.old_size = SIZE / 2,
		.size = SIZE,
		.body = credit_bytes_of("log.example\n1000\nroot\n")};
	struct credit_cosignature cosignature;
	struct credd_witness_reply reply;
	uint64_t named = 0;

	require(credit_crypto_init() == CREDIT_OK);
	if (size == 0)
		return 0;
	reply = (struct credd_witness_reply){
		statuses[data[0] % (sizeof statuses / sizeof statuses[0])], {data + 1, size - 1}};
	switch (credd_witness_answer(&question, &reply, &named, &cosignature)) {
	case CREDD_WITNESS_COSIGNED:
	case CREDD_WITNESS_UNREACHABLE:
	case CREDD_WITNESS_OUTCOMES:
		abort();
	case CREDD_WITNESS_BEHIND:
		require(reply.status == CREDIT_WITNESS_CONFLICT && named <= SIZE);
		break;
	case CREDD_WITNESS_AHEAD:
		require(reply.status == CREDIT_WITNESS_CONFLICT && named > SIZE);
		break;
	case CREDD_WITNESS_FORK:
	case CREDD_WITNESS_UNKNOWN_LOG:
	case CREDD_WITNESS_FORBIDDEN:
	case CREDD_WITNESS_NONSENSE:
		break;
	}
	return 0;
}
