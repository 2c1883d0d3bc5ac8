/* SPDX-License-Identifier: Apache-2.0
 *
 * dsse.c - signatures over a payload together with its type (DSSE v1).
 *
 * What is signed is the pre-authentication encoding, which states both lengths, so that no bytes
 * can move between type and payload:
 *     "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload
 * Ed25519 wants the message in one piece: a manifest is put together on the stack, a long statement
 * (a thousand refusals) on the heap.
 */
#include <credit/crypto.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_MAX 128
/* Two lengths of at most 20 digits, the type, "DSSEv1" and four spaces. */
#define PREFIX_MAX (6 + 4 + 2 * 20 + TYPE_MAX + 1)

/* Everything before the payload. */
static enum credit_error pae_prefix(
	const char *type, struct credit_bytes payload, char prefix[PREFIX_MAX], size_t *ret_size)
{
	size_t type_size = strlen(type);

	if (type_size > TYPE_MAX || payload.size > CREDIT_DSSE_PAYLOAD_MAX)
		return CREDIT_E_TOO_LARGE;
	*ret_size = (size_t)snprintf(
		prefix, PREFIX_MAX, "DSSEv1 %zu %s %zu ", type_size, type, payload.size);
	return CREDIT_OK;
}

#define SMALL_PAYLOAD 2048

struct pae {
	uint8_t small[PREFIX_MAX + SMALL_PAYLOAD];
	uint8_t *data; /* small, or allocated */
	size_t size;
};

static void pae_deinit(struct pae *pae)
{
	if (pae->data != pae->small)
		free(pae->data);
}

static enum credit_error pae_build(
	const char *type, struct credit_bytes payload, struct pae *ret_pae)
{
	char prefix[PREFIX_MAX];
	size_t prefix_size;
	enum credit_error error = pae_prefix(type, payload, prefix, &prefix_size);

	if (error != CREDIT_OK)
		return error;
	ret_pae->data =
		payload.size <= SMALL_PAYLOAD ? ret_pae->small : malloc(prefix_size + payload.size);
	if (!ret_pae->data)
		return CREDIT_E_NO_MEMORY;
	memcpy(ret_pae->data, prefix, prefix_size);
	if (payload.size > 0)
		memcpy(ret_pae->data + prefix_size, payload.data, payload.size);
	ret_pae->size = prefix_size + payload.size;
	return CREDIT_OK;
}

enum credit_error credit_dsse_sign(const struct credit_key_pair *pair, const char *type,
	struct credit_bytes payload, struct credit_signature *ret_signature)
{
	struct pae pae;
	enum credit_error error = pae_build(type, payload, &pae);

	if (error != CREDIT_OK)
		return error;
	credit_sign(pair, (struct credit_bytes){pae.data, pae.size}, ret_signature);
	pae_deinit(&pae);
	return CREDIT_OK;
}

enum credit_error credit_dsse_verify(const struct credit_public_key *key, const char *type,
	struct credit_bytes payload, const struct credit_signature *signature)
{
	struct pae pae;
	enum credit_error error = pae_build(type, payload, &pae);

	if (error != CREDIT_OK)
		return error;
	error = credit_verify(key, (struct credit_bytes){pae.data, pae.size}, signature);
	pae_deinit(&pae);
	return error;
}

enum credit_error credit_dsse_digest(
	const char *type, struct credit_bytes payload, struct credit_hash *ret_digest)
{
	char prefix[PREFIX_MAX];
	size_t prefix_size;
	struct credit_hasher hasher;
	enum credit_error error = pae_prefix(type, payload, prefix, &prefix_size);

	if (error != CREDIT_OK)
		return error;
	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, prefix, prefix_size);
	credit_hasher_add(&hasher, payload.data, payload.size);
	credit_hasher_done(&hasher, ret_digest);
	return CREDIT_OK;
}
