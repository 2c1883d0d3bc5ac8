/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_receipt.c - any bytes for a receipt. The seeds were made with the key and the times of
 * tests/support/samples.h, so that some inputs pass every step: only those that say what the seeds
 * say may.
 *
 * Decoder: libcredit/proof/receipt.c libcredit/log/verify.c
 */
#include <credit/proof.h>

#include <stdlib.h>

#define LOG_NAME "credit.paper.example/2026"
#define LOG_SEED 2
#define CREATED_AT 1780279200000LL
#define RECORDED_AT (CREATED_AT + 1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct credit_named_key log_key(void)
{
	static const uint8_t seed[CREDIT_SEED_SIZE] = {LOG_SEED};
	struct credit_named_key name = {.name = LOG_NAME};
	struct credit_key_pair pair;

	if (credit_crypto_init() != CREDIT_OK)
		abort();
	credit_key_from_seed(seed, &pair);
	name.public_key = pair.public_key;
	return name;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_named_key name = log_key();
	struct credit_receipt_verdict verdict;
	struct credit_problem problem = {0};
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, (size_t)8 << 20);
	error = credit_receipt_verify(
		(struct credit_bytes){data, size}, &name, &arena, &verdict, &problem);
	if (error != problem.error)
		abort();
	if (error == CREDIT_OK &&
		(verdict.recorded_at.ms != RECORDED_AT || verdict.created_at.ms != CREATED_AT ||
			verdict.leaf_index >= verdict.head.size))
		abort();
	credit_arena_deinit(&arena);
	return 0;
}
