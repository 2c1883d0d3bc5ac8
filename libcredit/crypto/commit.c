/* SPDX-License-Identifier: Apache-2.0
 *
 * commit.c - what is signed and logged in place of an act: commitments.
 *
 * Each label is hashed with its final 00, so that bytes committed to for one purpose never count
 * for another. Hiding rests on the 32 random bytes of the key alone; destroy them, and nobody can
 * say any more what was committed to.
 */
#include <credit/crypto.h>

static const char act_label[] = "credit/act/v1";
static const char leaf_label[] = "credit/leaf/v1";
static const char status_label[] = "credit/status/v1";
static const char load_label[] = "credit/load/v1";

#define LABEL(text) \
	{ \
		(const uint8_t *)(text), sizeof(text) \
	}

void credit_commit_act(const struct credit_opening *opening, struct credit_bytes act,
	struct credit_hash *ret_commitment)
{
	const struct credit_bytes parts[] = {LABEL(act_label), act};

	credit_hmac(opening, parts, sizeof(parts) / sizeof(parts[0]), ret_commitment);
}

void credit_commit_leaf(const struct credit_opening *blind,
	const struct credit_hash *manifest_digest, uint32_t index,
	const struct credit_hash *commitment, struct credit_hash *ret_mac)
{
	uint8_t position[4];
	const struct credit_bytes parts[] = {
		LABEL(leaf_label),
		{manifest_digest->byte, sizeof(manifest_digest->byte)},
		{position, sizeof(position)},
		{commitment->byte, sizeof(commitment->byte)},
	};

	credit_write_u32(position, index);
	credit_hmac(blind, parts, sizeof(parts) / sizeof(parts[0]), ret_mac);
}

void credit_load_opening(const struct credit_hmac_key *seed, struct credit_bytes uscc,
	struct credit_opening *ret_opening)
{
	/* docs/spec/load.md: "HMAC-SHA-256, under the load's seed, of the label credit/load/v1, a zero
	 * byte and the code" */
	const struct credit_bytes parts[] = {LABEL(load_label), uscc};
	struct credit_hash mac;

	credit_hmac_under(seed, parts, sizeof(parts) / sizeof(parts[0]), &mac);
	for (size_t i = 0; i < sizeof(ret_opening->byte); i++)
		ret_opening->byte[i] = mac.byte[i];
}

void credit_commit_status(const struct credit_opening *opening, struct credit_bytes uscc,
	struct credit_bytes status, struct credit_hash *ret_value)
{
	/* docs/spec/proof.md: "An entity's value in the map is the HMAC-SHA-256, under its status
	 * opening, of the label credit/status/v1, a zero byte, the code and the Status." */
	const struct credit_bytes parts[] = {LABEL(status_label), uscc, status};

	credit_hmac(opening, parts, sizeof(parts) / sizeof(parts[0]), ret_value);
}
