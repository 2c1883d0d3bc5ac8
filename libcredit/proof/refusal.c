/* SPDX-License-Identifier: Apache-2.0
 *
 * refusal.c - did the registry sign these refusals, and are they about this filing?
 */
#include <credit/proof.h>
#include <credit/v1/receipt.pb-c.h>

#include <string.h>

/* A refusal takes up to eight times its bytes when it is unpacked. */
#define MEMORY_PER_BYTE 16
#define MEMORY_ROOM 65536

enum credit_error credit_refusals_verify(struct credit_bytes statement,
	const struct credit_signature *signature, const struct credit_public_key *system_key,
	const struct credit_hash *manifest_digest, struct credit_problem *problem)
{
	const Credit__V1__RefusalStatement *refusals;
	struct credit_arena arena;
	ProtobufCMessage *message;
	enum credit_error error =
		credit_dsse_verify(system_key, CREDIT_REFUSAL_TYPE, statement, signature);

	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, "refusals_signature", NULL, NULL);
	credit_arena_init(&arena, NULL, 0, MEMORY_ROOM + MEMORY_PER_BYTE * statement.size);
	error = credit_decode_canonical(
		&credit__v1__refusal_statement__descriptor, statement, &arena, &message, problem);
	if (error == CREDIT_OK) {
		refusals = (const Credit__V1__RefusalStatement *)(const void *)message;
		if (refusals->manifest_digest.len != CREDIT_HASH_SIZE ||
			memcmp(refusals->manifest_digest.data, manifest_digest->byte,
				CREDIT_HASH_SIZE) != 0)
			error = credit_problem_set(problem, CREDIT_E_RECEIPT_FALSE,
				"manifest_digest", NULL, "these refusals are of another filing");
	}
	credit_arena_deinit(&arena);
	return error;
}
