/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_import_state.c - state files of an import. An input is all but the digest at the end, which is put
 * there, so that mutations get behind it; and once more as it stands.
 *
 * Decoder: tools/credctl/import_state.c
 */
#include "credctl/import.h"
#include "tests/support/fuzz_file.h"

#include <stdlib.h>
#include <string.h>

#define STATE_MAX 65536

static void load(const uint8_t *data, size_t size)
{
	static struct import import;
	static struct app app;
	struct credit_problem problem = {0};
	size_t filings = 0;

	memset(&import, 0, sizeof import);
	import.app = &app;
	snprintf(import.state_path, sizeof import.state_path, "%s", fuzz_file_open(data, size));
	/* The file, the key and the authority that the state says that it is of. */
	if (size >= 90) {
		memcpy(import.csv.scan.digest.byte, data + 8, CREDIT_HASH_SIZE);
		memcpy(import.signer.issuer.character, data + 72, CREDIT_USCC_SIZE);
	}
	if (import_state_load(&import, &problem) != CREDIT_OK && problem.error == CREDIT_OK)
		abort();
	for (struct import_filing *filing = import.first, *next; filing; filing = next) {
		next = filing->next;
		filings++;
		import_filing_free(filing);
	}
	if (filings != import.filings)
		abort();
	fuzz_file_close();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t state[STATE_MAX + CREDIT_HASH_SIZE];
	struct credit_public_key nobody = {{0}};
	struct credit_hash digest;

	load(data, size);
	if (size > STATE_MAX)
		return 0;
	memcpy(state, data, size);
	if (size >= 72) { /* the key's id */
		credit_key_id(&nobody, &digest);
		memcpy(state + 40, digest.byte, CREDIT_HASH_SIZE);
	}
	credit_sha256((struct credit_bytes){state, size}, &digest);
	memcpy(state + size, digest.byte, CREDIT_HASH_SIZE);
	load(state, size + CREDIT_HASH_SIZE);
	return 0;
}
