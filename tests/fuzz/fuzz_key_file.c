/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_key_file.c - key files as the daemon and the tool read them: private pairs, verifier keys,
 * cosigners' pairs and keys.
 *
 * Beside not crashing: a pair that is taken signs what its own public key verifies.
 *
 * Decoder: credd/key_file.c tools/credctl/file.c libcredit/crypto/key_text.c
 */
#include "credctl/file.h"
#include "key_file.h"
#include "tests/support/fuzz_file.h"

#include <stdlib.h>

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void signs(const struct credit_key_pair *pair)
{
	const struct credit_bytes text = credit_bytes_of("text");
	struct credit_signature signature;

	credit_sign(pair, text, &signature);
	require(credit_verify(&pair->public_key, text, &signature) == CREDIT_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct credit_policy policy;
	const char *path = fuzz_file_open(data, size);
	struct credit_problem problem;
	struct credit_named_key name;
	struct credit_cosigner cosigner;
	struct credit_key_pair pair;

	require(credit_crypto_init() == CREDIT_OK);
	if (credd_key_file_read("keys.log", path, &pair, &problem) == CREDIT_OK)
		signs(&pair);
	if (file_key_pair(path, &name, &pair, &problem) == CREDIT_OK)
		signs(&pair);
	if (file_cosigner_pair(path, &cosigner, &pair, &problem) == CREDIT_OK)
		signs(&pair);
	(void)!file_vkey(path, &name, &problem);
	(void)!file_cosigner(path, &cosigner, &problem);
	(void)!file_policy(path, &policy, &problem);
	fuzz_file_close();
	return 0;
}
