/* SPDX-License-Identifier: Apache-2.0
 *
 * sealer.c - the filer's side: checks acts, seals them, signs the manifest over them.
 *
 * What a registry would refuse for its shape is refused here first, with the same words, before
 * anybody signs it.
 */
#include "model/manifest.h"
#include "model/parts.h"

#include <credit/log.h>
#include <credit/v1/act.pb-c.h>

#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000LL
/* What the envelope takes beside acts, openings and attachments: tags and lengths of each act, the
 * manifest, the signature. */
#define ENVELOPE_ACT 32
#define ENVELOPE (CREDIT_MANIFEST_MAX + 128)

struct credit_sealer {
	uint32_t count;
	bool is_signed; /* the next act begins a new filing */
	size_t size;    /* of the filing so far, at most */
	struct credit_arena arena;
	struct credit_opening opening[CREDIT_ACTS_MAX];
	struct credit_hash leaf[CREDIT_ACTS_MAX]; /* leaf hashes of the commitments */
	Credit__V1__SealedAct sealed[CREDIT_ACTS_MAX];
	Credit__V1__SealedAct *acts[CREDIT_ACTS_MAX];
	struct credit_signature signature;
	Credit__V1__Filing filing;
};

static void start_afresh(struct credit_sealer *sealer)
{
	credit_arena_reset(&sealer->arena);
	credit_wipe(sealer->opening, sizeof sealer->opening);
	sealer->count = 0;
	sealer->is_signed = false;
	sealer->size = ENVELOPE;
}

enum credit_error credit_sealer_new(struct credit_sealer **ret_sealer)
{
	struct credit_sealer *sealer = malloc(sizeof *sealer);

	if (!sealer)
		return CREDIT_E_NO_MEMORY;
	/* Each of up to two pieces an act is rounded up to the arena's alignment. */
	credit_arena_init(&sealer->arena, NULL, 0, CREDIT_FILING_MAX + CREDIT_ACTS_MAX * 32);
	start_afresh(sealer);
	*ret_sealer = sealer;
	return CREDIT_OK;
}

void credit_sealer_free(struct credit_sealer *sealer)
{
	if (!sealer)
		return;
	credit_wipe(sealer->opening, sizeof sealer->opening);
	credit_arena_deinit(&sealer->arena);
	free(sealer);
}

uint32_t credit_sealer_count(const struct credit_sealer *sealer)
{
	return sealer->is_signed ? 0 : sealer->count;
}

static ProtobufCBinaryData data_of(const void *data, size_t size)
{
	return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)(uintptr_t)data};
}

static enum credit_error check_limits(const struct credit_sealer *sealer, size_t act_size,
	size_t attachment_size, struct credit_problem *problem)
{
	size_t size = act_size + CREDIT_OPENING_SIZE + attachment_size + ENVELOPE_ACT;

	if (sealer->count >= CREDIT_ACTS_MAX)
		return credit_problem_set(
			problem, CREDIT_E_TOO_MANY, NULL, NULL, "at most %d", CREDIT_ACTS_MAX);
	if (act_size > CREDIT_ACT_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, NULL, NULL,
			"%zu bytes, at most %d", act_size, CREDIT_ACT_MAX);
	if (size > CREDIT_FILING_MAX - sealer->size)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, NULL, NULL,
			"at most %d bytes in one filing", CREDIT_FILING_MAX);
	return CREDIT_OK;
}

/* Adds an act whose bytes lie in the sealer's arena. */
static enum credit_error place(struct credit_sealer *sealer, struct credit_bytes bytes,
	const struct credit_opening *opening, struct credit_bytes attachment,
	struct credit_hash *ret_commitment)
{
	uint8_t *copy = credit_arena_copy(&sealer->arena, attachment.data, attachment.size);
	struct credit_hash commitment;
	uint32_t i = sealer->count;

	if (!copy)
		return CREDIT_E_NO_MEMORY;
	sealer->count++;
	sealer->size += bytes.size + CREDIT_OPENING_SIZE + attachment.size + ENVELOPE_ACT;
	sealer->opening[i] = *opening;
	credit_commit_act(opening, bytes, &commitment);
	credit_leaf_hash(
		(struct credit_bytes){commitment.byte, sizeof commitment.byte}, &sealer->leaf[i]);
	credit__v1__sealed_act__init(&sealer->sealed[i]);
	sealer->sealed[i].act = data_of(bytes.data, bytes.size);
	sealer->sealed[i].opening = data_of(sealer->opening[i].byte, CREDIT_OPENING_SIZE);
	sealer->sealed[i].attachment = data_of(copy, attachment.size);
	sealer->acts[i] = &sealer->sealed[i];
	if (ret_commitment)
		*ret_commitment = commitment;
	return CREDIT_OK;
}

enum credit_error credit_sealer_add(struct credit_sealer *sealer, const struct Credit__V1__Act *act,
	struct credit_bytes attachment, struct credit_hash *ret_commitment,
	struct credit_problem *problem)
{
	struct credit_opening opening;
	struct credit_bytes bytes;
	enum credit_error error = credit_act_check(act, problem);

	if (sealer->is_signed)
		start_afresh(sealer);
	if (error == CREDIT_OK)
		error = credit__attachment_check(act, attachment, true, problem);
	if (error == CREDIT_OK)
		error = check_limits(sealer, protobuf_c_message_get_packed_size(&act->base),
			attachment.size, problem);
	if (error != CREDIT_OK)
		return error;
	error = credit_encode(&act->base, &sealer->arena, &bytes);
	credit_random(opening.byte, sizeof opening.byte);
	if (error == CREDIT_OK)
		error = place(sealer, bytes, &opening, attachment, ret_commitment);
	credit_wipe(&opening, sizeof opening);
	return error == CREDIT_OK ? error : credit_problem_set(problem, error, NULL, NULL, NULL);
}

enum credit_error credit_sealer_add_sealed(struct credit_sealer *sealer, struct credit_bytes act,
	const struct credit_opening *opening, struct credit_hash *ret_commitment,
	struct credit_problem *problem)
{
	const struct credit_bytes nothing = {NULL, 0};
	const Credit__V1__Act *message;
	struct credit_arena arena;
	struct credit_bytes bytes;
	enum credit_error error;

	if (sealer->is_signed)
		start_afresh(sealer);
	credit_arena_init(&arena, NULL, 0, (size_t)64 * CREDIT_ACT_MAX);
	error = check_limits(sealer, act.size, 0, problem);
	if (error == CREDIT_OK)
		error = credit_act_decode(act, &arena, &message, problem);
	if (error == CREDIT_OK)
		error = credit__attachment_check(message, nothing, true, problem);
	credit_arena_deinit(&arena);
	if (error != CREDIT_OK)
		return error;
	bytes = (struct credit_bytes){
		credit_arena_copy(&sealer->arena, act.data, act.size), act.size};
	error = bytes.data ? place(sealer, bytes, opening, nothing, ret_commitment)
			   : CREDIT_E_NO_MEMORY;
	return error == CREDIT_OK ? error : credit_problem_set(problem, error, NULL, NULL, NULL);
}

/* Checks and packs; the bytes are in the sealer's arena. */
static enum credit_error make_manifest(struct credit_sealer *sealer,
	const struct credit_manifest_options *options, const struct credit_public_key *key,
	struct credit_bytes *ret_manifest, struct credit_problem *problem)
{
	Credit__V1__Manifest manifest = CREDIT__V1__MANIFEST__INIT;
	char issuer[CREDIT_USCC_SIZE + 1] = "";
	struct credit_hash key_id, root;
	enum credit_error error;

	memcpy(issuer, options->issuer.character, CREDIT_USCC_SIZE);
	credit_key_id(key, &key_id);
	credit_tree_root(sealer->leaf, sealer->count, &root);
	manifest.origin = (char *)(uintptr_t)options->origin;
	manifest.issuer_uscc = issuer;
	manifest.key_id = data_of(key_id.byte, sizeof key_id.byte);
	manifest.created_at = options->created_at.ms;
	manifest.not_after = options->created_at.ms;
	/* A life that is out of bounds must not overflow on its way to being refused. */
	if (options->life_ms > CREDIT_FILING_LIFE_MS || options->life_ms < 0)
		return credit_problem_set(problem, CREDIT_E_MANIFEST_LIFETIME, "life_ms", NULL,
			"at most %lld", CREDIT_FILING_LIFE_MS);
	if (options->created_at.ms > 0 && options->created_at.ms <= CREDIT__INSTANT_MAX)
		manifest.not_after += options->life_ms > 0 ? options->life_ms : DAY_MS;
	manifest.all_or_nothing = options->all_or_nothing;
	manifest.count = sealer->count;
	manifest.root = data_of(root.byte, sizeof root.byte);
	error = credit__manifest_check(&manifest, problem);
	if (error != CREDIT_OK)
		return error;
	error = credit_encode(&manifest.base, &sealer->arena, ret_manifest);
	return error == CREDIT_OK ? CREDIT_OK
				  : credit_problem_set(problem, error, NULL, NULL, NULL);
}

enum credit_error credit_sealer_sign(struct credit_sealer *sealer,
	const struct credit_manifest_options *options, const struct credit_key_pair *pair,
	struct Credit__V1__Filing **ret_filing, struct credit_problem *problem)
{
	struct credit_bytes manifest;
	enum credit_error error;

	if (sealer->is_signed)
		start_afresh(sealer);
	error = make_manifest(sealer, options, &pair->public_key, &manifest, problem);
	if (error == CREDIT_OK)
		error = credit_dsse_sign(pair, CREDIT_MANIFEST_TYPE, manifest, &sealer->signature);
	if (error != CREDIT_OK)
		return error;
	credit__v1__filing__init(&sealer->filing);
	sealer->filing.manifest = data_of(manifest.data, manifest.size);
	sealer->filing.signature = data_of(sealer->signature.byte, CREDIT_SIGNATURE_SIZE);
	sealer->filing.n_acts = sealer->count;
	sealer->filing.acts = sealer->acts;
	sealer->is_signed = true;
	*ret_filing = &sealer->filing;
	return CREDIT_OK;
}
