/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_filing.c - any bytes for a filing, decoded as the daemon does and opened.
 *
 * Decoder: libcredit/model/filing.c libcredit/model/manifest.c libcredit/model/wire.c
 */
#include <credit/model.h>

#include "credit/v1/filing.pb-c.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(struct credit_filing *filing)
{
	struct credit_problem problem;
	struct credit_public_key key = {{1}};

	if (filing->count < 1 || filing->count > CREDIT_ACTS_MAX)
		abort();
	for (uint32_t i = 0; i < filing->count; i++) {
		if ((filing->acts[i].problem.error == CREDIT_OK) != (filing->acts[i].act != NULL))
			abort();
	}
	/* Nobody has the key that this one would name. */
	if (credit_filing_verify(filing, &key, &problem) == CREDIT_OK || filing->verified)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_filing *filing = NULL;
	ProtobufCMessage *message = NULL;
	struct credit_problem problem;
	struct credit_arena arena;

	if (credit_crypto_init() != CREDIT_OK)
		abort();
	credit_arena_init(&arena, NULL, 0, (size_t)64 << 20);
	if (credit_decode(&credit__v1__filing__descriptor, (struct credit_bytes){data, size},
		    &arena, &message, &problem) == CREDIT_OK &&
		credit_filing_open((const Credit__V1__Filing *)(const void *)message, &filing,
			&problem) == CREDIT_OK)
		look_at(filing);
	credit_filing_free(filing);
	credit_arena_deinit(&arena);
	return 0;
}
