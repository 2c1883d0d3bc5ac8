/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_manifest.c - any bytes for a filing's manifest: what is taken is canonical and within its limits.
 *
 * Decoder: libcredit/model/manifest.c
 */
#include "model/manifest.h"

#include <stdlib.h>

static void require(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_bytes bytes = {data, size}, again;
	const Credit__V1__Manifest *manifest = NULL;
	struct credit_problem problem = {0};
	struct credit_arena arena;

	credit_arena_init(&arena, NULL, 0, (size_t)1 << 20);
	if (credit__manifest_open(bytes, &arena, &manifest, &problem) == CREDIT_OK) {
		require(size <= CREDIT_MANIFEST_MAX);
		require(manifest->count >= 1 && manifest->count <= CREDIT_ACTS_MAX);
		require(manifest->not_after - manifest->created_at <= CREDIT_FILING_LIFE_MS);
		require(credit_encode(&manifest->base, &arena, &again) == CREDIT_OK);
		require(credit_bytes_equal(bytes, again));
	} else {
		require(problem.error != CREDIT_OK);
	}
	credit_arena_deinit(&arena);
	return 0;
}
