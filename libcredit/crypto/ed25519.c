/* SPDX-License-Identifier: Apache-2.0
 *
 * ed25519.c - keys, signatures and random bytes by libsodium.
 *
 * Implementations of Ed25519 differ on keys and signatures that no honest signer makes (small-order
 * points, encodings that are not canonical). libsodium 1.0.18's answers are this registry's: keys
 * of these kinds are refused when enrolled or read, and so are signatures with them. The tests pin
 * it, because a library that answers otherwise would split the registry's readers.
 */
#include <credit/crypto.h>

#include <sodium.h>

_Static_assert(CREDIT_PUBLIC_KEY_SIZE == crypto_sign_PUBLICKEYBYTES, "libsodium's public key");
_Static_assert(CREDIT_SEED_SIZE == crypto_sign_SEEDBYTES, "libsodium's seed");
_Static_assert(CREDIT_SIGNATURE_SIZE == crypto_sign_BYTES, "libsodium's signature");
_Static_assert(sizeof(((struct credit_key_pair *)0)->secret) == crypto_sign_SECRETKEYBYTES,
	"its secret key");

enum credit_error credit_crypto_init(void)
{
	return sodium_init() < 0 ? CREDIT_E_INTERNAL : CREDIT_OK;
}

void credit_random(void *ret_data, size_t size)
{
	randombytes_buf(ret_data, size);
}

void credit_wipe(void *data, size_t size)
{
	sodium_memzero(data, size);
}

void credit_key_from_seed(const uint8_t seed[CREDIT_SEED_SIZE], struct credit_key_pair *ret_pair)
{
	crypto_sign_seed_keypair(ret_pair->public_key.byte, ret_pair->secret, seed);
}

void credit_key_generate(struct credit_key_pair *ret_pair)
{
	crypto_sign_keypair(ret_pair->public_key.byte, ret_pair->secret);
}

enum credit_error credit_public_key_check(const struct credit_public_key *key)
{
	/* docs/spec/log.md: "not canonical, not on the curve or not of prime order is refused" */
	return crypto_core_ed25519_is_valid_point(key->byte) == 1 ? CREDIT_OK : CREDIT_E_KEY_WEAK;
}

void credit_key_id(const struct credit_public_key *key, struct credit_hash *ret_id)
{
	static const char label[] = "credit/key/v1"; /* hashed with its final 00 */
	const uint8_t suite = CREDIT_SUITE_ED25519_SHA256;
	struct credit_hasher hasher;

	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, label, sizeof(label));
	credit_hasher_add(&hasher, &suite, sizeof(suite));
	credit_hasher_add(&hasher, key, sizeof(*key));
	credit_hasher_done(&hasher, ret_id);
}

void credit_sign(const struct credit_key_pair *pair, struct credit_bytes message,
	struct credit_signature *ret_signature)
{
	crypto_sign_detached(ret_signature->byte, NULL, message.data, message.size, pair->secret);
}

enum credit_error credit_verify(const struct credit_public_key *key, struct credit_bytes message,
	const struct credit_signature *signature)
{
	int answer =
		crypto_sign_verify_detached(signature->byte, message.data, message.size, key->byte);

	return answer == 0 ? CREDIT_OK : CREDIT_E_SIGNATURE_INVALID;
}
