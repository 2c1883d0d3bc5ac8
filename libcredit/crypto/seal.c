/* SPDX-License-Identifier: Apache-2.0
 *
 * seal.c - a document at rest: encrypted under a key of its own, so that destroying 32 bytes destroys
 * it wherever its copies are.
 */
#include <credit/crypto.h>

#include <sodium.h>

_Static_assert(CREDIT_SEAL_KEY_SIZE == crypto_secretstream_xchacha20poly1305_KEYBYTES, "key");
_Static_assert(CREDIT_SEAL_OVERHEAD == crypto_secretstream_xchacha20poly1305_HEADERBYTES +
					       crypto_secretstream_xchacha20poly1305_ABYTES,
	"overhead");
#define HEADER crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define FINAL crypto_secretstream_xchacha20poly1305_TAG_FINAL

enum credit_error credit_seal(const struct credit_seal_key *key, struct credit_bytes name,
	struct credit_bytes plain, uint8_t *ret_sealed)
{
	crypto_secretstream_xchacha20poly1305_state state;
	bool made = crypto_secretstream_xchacha20poly1305_init_push(
			    &state, ret_sealed, key->byte) == 0 &&
		    crypto_secretstream_xchacha20poly1305_push(&state, ret_sealed + HEADER, NULL,
			    plain.data, plain.size, name.data, name.size, FINAL) == 0;

	credit_wipe(&state, sizeof state);
	return made ? CREDIT_OK : CREDIT_E_INTERNAL;
}

enum credit_error credit_unseal(const struct credit_seal_key *key, struct credit_bytes name,
	struct credit_bytes sealed, uint8_t *ret_plain)
{
	crypto_secretstream_xchacha20poly1305_state state;
	unsigned char tag = 0;
	bool opened;

	if (sealed.size < CREDIT_SEAL_OVERHEAD)
		return CREDIT_E_STORE_CORRUPT;
	opened = crypto_secretstream_xchacha20poly1305_init_pull(&state, sealed.data, key->byte) ==
			 0 &&
		 crypto_secretstream_xchacha20poly1305_pull(&state, ret_plain, NULL, &tag,
			 sealed.data + HEADER, sealed.size - HEADER, name.data, name.size) == 0;
	credit_wipe(&state, sizeof state);
	return opened && tag == FINAL ? CREDIT_OK : CREDIT_E_STORE_CORRUPT;
}
