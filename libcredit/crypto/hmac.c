/* SPDX-License-Identifier: Apache-2.0
 *
 * hmac.c - HMAC-SHA-256 over parts that need not lie side by side.
 *
 * RFC 2104, section 2: H(key ^ opad || H(key ^ ipad || text)). The key is always 32 bytes, shorter
 * than SHA-256's block of 64, so it is never hashed first.
 */
#include <credit/crypto.h>

#include <string.h>

#define BLOCK_SIZE 64
#define INNER_PAD 0x36
#define OUTER_PAD 0x5c

static void begin_padded(
	struct credit_hasher *hasher, const struct credit_opening *key, uint8_t pad)
{
	uint8_t block[BLOCK_SIZE];

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < sizeof(key->byte); i++)
		block[i] ^= key->byte[i];
	credit_hasher_init(hasher);
	credit_hasher_add(hasher, block, sizeof(block));
	credit_wipe(block, sizeof(block));
}

void credit_hmac_key_init(const struct credit_opening *key, struct credit_hmac_key *ret_key)
{
	begin_padded(&ret_key->inner, key, INNER_PAD);
	begin_padded(&ret_key->outer, key, OUTER_PAD);
}

void credit_hmac_under(const struct credit_hmac_key *key, const struct credit_bytes *parts,
	size_t count, struct credit_hash *ret_hash)
{
	struct credit_hasher hasher = key->inner;
	struct credit_hash inner;

	for (size_t i = 0; i < count; i++)
		credit_hasher_add(&hasher, parts[i].data, parts[i].size);
	credit_hasher_done(&hasher, &inner);

	hasher = key->outer;
	credit_hasher_add(&hasher, &inner, sizeof(inner));
	credit_hasher_done(&hasher, ret_hash);
}

void credit_hmac(const struct credit_opening *key, const struct credit_bytes *parts, size_t count,
	struct credit_hash *ret_hash)
{
	struct credit_hmac_key padded;

	credit_hmac_key_init(key, &padded);
	credit_hmac_under(&padded, parts, count, ret_hash);
}
