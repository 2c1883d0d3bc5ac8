/* SPDX-License-Identifier: Apache-2.0
 *
 * short_hash.c - SipHash-2-4 by libsodium.
 */
#include <credit/crypto.h>

#include <sodium.h>

_Static_assert(CREDIT_SHORT_HASH_KEY_SIZE == crypto_shorthash_KEYBYTES, "key");
_Static_assert(crypto_shorthash_BYTES == 8, "64 bits");

uint64_t credit_short_hash(const struct credit_short_hash_key *key, struct credit_bytes data)
{
	uint8_t hash[crypto_shorthash_BYTES];

	crypto_shorthash(hash, data.data, data.size, key->byte);
	return credit_read_u64(hash);
}
