/* SPDX-License-Identifier: Apache-2.0
 *
 * seal_stream.c - a long file in pieces, under a key that only the holder of another key can open.
 *
 * The pieces are XChaCha20-Poly1305 as libsodium's secretstream has it: none can be left out, repeated,
 * swapped or cut off unseen. The stream's key is drawn for one file and sealed to a public key, so that
 * whoever makes the file need not be able to read it.
 */
#include <credit/crypto.h>

#include <sodium.h>

_Static_assert(
	sizeof(struct credit_seal_stream) >= sizeof(crypto_secretstream_xchacha20poly1305_state),
	"state");
_Static_assert(
	CREDIT_SEAL_STREAM_HEADER == crypto_secretstream_xchacha20poly1305_HEADERBYTES, "header");
_Static_assert(CREDIT_SEAL_STREAM_TAG == crypto_secretstream_xchacha20poly1305_ABYTES, "tag");
_Static_assert(CREDIT_SEALED_KEY_SIZE == CREDIT_SEAL_KEY_SIZE + crypto_box_SEALBYTES, "key");
#define FINAL crypto_secretstream_xchacha20poly1305_TAG_FINAL

static crypto_secretstream_xchacha20poly1305_state *state_of(struct credit_seal_stream *stream)
{
	return (crypto_secretstream_xchacha20poly1305_state *)(void *)stream->opaque;
}

/* --- the key ------------------------------------------------------------------------------------ */

enum credit_error credit_seal_key_to(const struct credit_public_key *to,
	const struct credit_seal_key *key, uint8_t ret_sealed[CREDIT_SEALED_KEY_SIZE])
{
	uint8_t point[crypto_box_PUBLICKEYBYTES];

	if (crypto_sign_ed25519_pk_to_curve25519(point, to->byte) != 0)
		return CREDIT_E_KEY_WEAK;
	return crypto_box_seal(ret_sealed, key->byte, sizeof key->byte, point) == 0
		       ? CREDIT_OK
		       : CREDIT_E_INTERNAL;
}

enum credit_error credit_seal_key_open(const struct credit_key_pair *pair,
	const uint8_t sealed[CREDIT_SEALED_KEY_SIZE], struct credit_seal_key *ret_key)
{
	uint8_t point[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
	bool opened = crypto_sign_ed25519_pk_to_curve25519(point, pair->public_key.byte) == 0 &&
		      crypto_sign_ed25519_sk_to_curve25519(secret, pair->secret) == 0 &&
		      crypto_box_seal_open(
			      ret_key->byte, sealed, CREDIT_SEALED_KEY_SIZE, point, secret) == 0;

	credit_wipe(secret, sizeof secret);
	return opened ? CREDIT_OK : CREDIT_E_BACKUP_KEY;
}

/* --- the pieces --------------------------------------------------------------------------------- */

void credit_seal_stream_begin(struct credit_seal_stream *stream, const struct credit_seal_key *key,
	uint8_t ret_header[CREDIT_SEAL_STREAM_HEADER])
{
	/* Draws the header and derives: it always returns 0. */
	(void)crypto_secretstream_xchacha20poly1305_init_push(
		state_of(stream), ret_header, key->byte);
}

void credit_seal_stream_push(struct credit_seal_stream *stream, struct credit_bytes plain,
	bool last, uint8_t *ret_sealed)
{
	/* It fails for messages of 256 GiB only. */
	(void)crypto_secretstream_xchacha20poly1305_push(state_of(stream), ret_sealed, NULL,
		plain.data, plain.size, NULL, 0, last ? FINAL : 0);
}

enum credit_error credit_unseal_stream_begin(struct credit_seal_stream *stream,
	const struct credit_seal_key *key, const uint8_t header[CREDIT_SEAL_STREAM_HEADER])
{
	return crypto_secretstream_xchacha20poly1305_init_pull(
		       state_of(stream), header, key->byte) == 0
		       ? CREDIT_OK
		       : CREDIT_E_BACKUP_FALSE;
}

enum credit_error credit_unseal_stream_pull(struct credit_seal_stream *stream,
	struct credit_bytes sealed, uint8_t *ret_plain, bool *ret_last)
{
	unsigned char tag;

	if (sealed.size < CREDIT_SEAL_STREAM_TAG ||
		crypto_secretstream_xchacha20poly1305_pull(state_of(stream), ret_plain, NULL, &tag,
			sealed.data, sealed.size, NULL, 0) != 0)
		return CREDIT_E_BACKUP_FALSE;
	*ret_last = tag == FINAL;
	return CREDIT_OK;
}
