/* SPDX-License-Identifier: Apache-2.0
 *
 * hash.c - SHA-256 by libcrypto, in the caller's memory.
 *
 * A Merkle log hashes 65 bytes at a time, so the cost of a call counts as much as the cost of the
 * hash. Measured on the reference machine for 65 bytes: SHA256_Init/Update/Final 91 ns, a reused
 * EVP context with a fetched digest 102 ns, EVP_Digest with a fetched digest 139 ns, SHA256() 308
 * ns (it looks the digest up each time). The first also allocates nothing, cannot fail and lives in
 * 112 bytes that may be copied, so it is the one used, although OpenSSL 3 would rather have EVP.
 */

/* Says that this file knows the interface of OpenSSL 1.1, where these functions are not deprecated.
 */
#define OPENSSL_API_COMPAT 0x10100000L

#include <credit/crypto.h>

#include <openssl/sha.h>

_Static_assert(
	sizeof(SHA256_CTX) <= sizeof(struct credit_hasher), "the hasher must hold libcrypto's");
_Static_assert(SHA256_DIGEST_LENGTH == CREDIT_HASH_SIZE, "one hash size");

static SHA256_CTX *context_of(struct credit_hasher *hasher)
{
	return (SHA256_CTX *)(void *)hasher->opaque;
}

/* libcrypto's return values are not looked at: on this path they are constant 1. */

void credit_hasher_init(struct credit_hasher *hasher)
{
	SHA256_Init(context_of(hasher));
}

void credit_hasher_add(struct credit_hasher *hasher, const void *data, size_t size)
{
	SHA256_Update(context_of(hasher), data, size);
}

void credit_hasher_done(struct credit_hasher *hasher, struct credit_hash *ret_hash)
{
	SHA256_Final(ret_hash->byte, context_of(hasher));
}

void credit_sha256(struct credit_bytes data, struct credit_hash *ret_hash)
{
	struct credit_hasher hasher;

	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, data.data, data.size);
	credit_hasher_done(&hasher, ret_hash);
}
