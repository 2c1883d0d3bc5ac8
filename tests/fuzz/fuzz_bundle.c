/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_bundle.c - status proofs from a stranger.
 *
 * An input is the log's public key and the bytes of a bundle. Beside not crashing: what verifies lies
 * within the input, is judged by age without harm, and verifies no longer when any one byte is another.
 * The seeds are true bundles: of an enrolled entity, of one on a list, of a code that is not enrolled, and
 * one with cosignatures.
 *
 * Decoder: libcredit/proof/status_proof.c libcredit/map/verify.c libcredit/log/verify.c
 */
#include <credit/proof.h>

#include <stdlib.h>
#include <string.h>

#define ORIGIN "credit.town.example/2026"
#define TRIES 16 /* bytes that are changed, spread over the bundle */

static void require(bool condition)
{
	if (!condition)
		abort();
}

static enum credit_error verify(struct credit_bytes bundle, const struct credit_named_key *key,
	struct credit_status_verdict *ret_verdict)
{
	struct credit_problem problem = {0};
	enum credit_error error =
		credit_status_proof_verify(bundle, key, NULL, ret_verdict, &problem);

	require(error == problem.error);
	return error;
}

static void lies_within(struct credit_bytes part, struct credit_bytes whole)
{
	require(part.size == 0 ||
		(part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

static void holds_for_nothing_else(struct credit_bytes bundle, const struct credit_named_key *key)
{
	static uint8_t copy[CREDIT_STATUS_PROOF_MAX];
	static struct credit_status_verdict verdict;

	require(bundle.size <= sizeof copy);
	memcpy(copy, bundle.data, bundle.size);
	for (size_t i = 0; i < TRIES; i++) {
		size_t at = bundle.size * i / TRIES;

		copy[at] ^= 1;
		require(verify((struct credit_bytes){copy, bundle.size}, key, &verdict) !=
			CREDIT_OK);
		copy[at] ^= 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct credit_status_verdict verdict;
	struct credit_named_key key = {.name = ORIGIN};
	struct credit_problem problem = {0};
	struct credit_bytes bundle;

	if (credit_crypto_init() != CREDIT_OK)
		abort();
	if (size < sizeof key.public_key)
		return 0;
	memcpy(&key.public_key, data, sizeof key.public_key);
	bundle = (struct credit_bytes){data + sizeof key.public_key, size - sizeof key.public_key};
	if (verify(bundle, &key, &verdict) != CREDIT_OK)
		return 0;
	lies_within(verdict.status, bundle);
	require(verdict.enrolled == (verdict.status.size > 0));
	require(credit_status_verdict_check(
			&verdict, verdict.publication.recorded_at, 1000, &problem) == CREDIT_OK);
	require(credit_status_verdict_check(&verdict,
			(credit_ms_t){verdict.publication.recorded_at.ms + 1001}, 1000,
			&problem) == CREDIT_E_PROOF_OLD);
	/* Cosignatures count for those only who ask for them by a policy. */
	if (verdict.witnessing.carried == 0)
		holds_for_nothing_else(bundle, &key);
	return 0;
}
