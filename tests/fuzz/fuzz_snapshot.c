/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_snapshot.c - snapshots from a stranger, and bodies from a dishonest registry.
 *
 * An input is read as a file, and then as a body whose digest the log's key has signed, so that
 * mutations get behind the proof. Beside not crashing: the size of the pieces makes no difference, and a
 * body that is taken has the one form that its content has.
 *
 * Decoder: libcredit/proof/snapshot_read.c
 */
#include "tests/support/snapshot_sample.h"

#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
	if (!condition)
		abort();
}

static enum credit_error read_bytes(
	const struct snapshot_bytes *file, size_t piece, struct snapshot_sample *found)
{
	snapshot_sample_free(found);
	memset(found, 0, sizeof *found);
	return snapshot_sample_read(
		(struct credit_bytes){file->data, file->size}, piece, found, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct snapshot_sample found;
	static struct snapshot_bytes file, again;
	struct snapshot_bytes input = {(uint8_t *)(uintptr_t)data, size, size};
	struct credit_bytes body = {data, size};
	enum credit_error error;

	(void)!read_bytes(&input, 1000, &found);
	/* Counts and publication as the body has them, so that they are not what is found wrong. */
	snapshot_sample_sign(body, 7, 0, 0, &file);
	(void)!read_bytes(&file, 1000, &found);
	uint64_t entries = 0;
	for (size_t i = 0; i < found.count; i++)
		entries += found.entities[i].count;
	snapshot_sample_sign(body, 7, found.count, entries, &file);
	error = read_bytes(&file, 7, &found);
	require(error == read_bytes(&file, 100000, &found));
	if (error == CREDIT_OK) {
		require(snapshot_sample_body(&found, &again) == CREDIT_OK);
		require(again.size == size && memcmp(again.data, data, size) == 0);
	}
	snapshot_sample_free(&found);
	return 0;
}
