/* SPDX-License-Identifier: Apache-2.0
 *
 * filing.c - takes a filing apart and checks all that needs no state.
 *
 * Sizes first, then the manifest, then the commitments against its root: up to there a fault is one
 * of the whole filing, because what was sent is not what was signed. Then each act by itself: the
 * issuer did sign it, so one that is refused for its shape is refused alone, and by name.
 */
#include "model/manifest.h"
#include "model/parts.h"

#include <credit/log.h>
#include <credit/v1/act.pb-c.h>

#include <stdlib.h>
#include <string.h>

/* What an act takes beside its own bytes when it is unpacked: its structs, and the slabs in which
 * protobuf-c remembers the fields of a message with more than sixteen. */
#define ACT_ROOM 2048
#define ACT_ROOM_MAX (2 * ACT_ROOM)
#define FILING_ROOM (256 * 1024)

static struct credit_bytes view(const ProtobufCBinaryData *data)
{
	return (struct credit_bytes){data->data, data->len};
}

/* --- sizes --------------------------------------------------------------------------------- */

static enum credit_error check_part(const ProtobufCBinaryData *part, size_t min, size_t max,
	enum credit_error error, const char *name, struct credit_problem *problem)
{
	if (part->len >= min && part->len <= max)
		return CREDIT_OK;
	return credit_problem_set(
		problem, error, name, NULL, "%zu bytes, at most %zu", part->len, max);
}

static enum credit_error check_sealed_sizes(
	const Credit__V1__SealedAct *sealed, size_t index, struct credit_problem *problem)
{
	enum credit_error error = check_part(&sealed->opening, CREDIT_OPENING_SIZE,
		CREDIT_OPENING_SIZE, CREDIT_E_FIELD_SIZE, "opening", problem);

	if (error == CREDIT_OK)
		error = check_part(&sealed->attachment, 0, CREDIT_ATTACHMENT_MAX,
			CREDIT_E_TOO_LARGE, "attachment", problem);
	if (error != CREDIT_OK)
		credit__path_add(problem, "acts", true, index);
	return error;
}

/* *ret_size: bytes of everything in it. */
static enum credit_error check_sizes(
	const Credit__V1__Filing *message, size_t *ret_size, struct credit_problem *problem)
{
	size_t size = message->manifest.len;
	enum credit_error error;

	if (message->n_acts < 1 || message->n_acts > CREDIT_ACTS_MAX)
		return credit_problem_set(problem, CREDIT_E_MANIFEST_COUNT, "acts", NULL,
			"%zu, from 1 to %d", message->n_acts, CREDIT_ACTS_MAX);
	error = check_part(&message->signature, CREDIT_SIGNATURE_SIZE, CREDIT_SIGNATURE_SIZE,
		CREDIT_E_FIELD_SIZE, "signature", problem);
	for (size_t i = 0; i < message->n_acts && error == CREDIT_OK; i++) {
		const Credit__V1__SealedAct *sealed = message->acts[i];
		error = check_sealed_sizes(sealed, i, problem);
		size += sealed->act.len + sealed->opening.len + sealed->attachment.len;
		if (error == CREDIT_OK && size > CREDIT_FILING_MAX)
			error = credit_problem_set(problem, CREDIT_E_TOO_LARGE, "acts", NULL,
				"at most %d bytes in all", CREDIT_FILING_MAX);
	}
	if (error == CREDIT_OK)
		*ret_size = size;
	return error;
}

/* --- the filing as a whole ----------------------------------------------------------------- */

/* One block from the heap holds the filing and, as a rule, all that hangs on it. */
static struct credit_filing *filing_new(size_t count, size_t size)
{
	size_t room = count * (sizeof(struct credit_sealed_act) + ACT_ROOM) + 2 * size;
	size_t limit =
		count * (sizeof(struct credit_sealed_act) + ACT_ROOM_MAX) + 4 * size + FILING_ROOM;
	struct credit_filing *filing = malloc(sizeof *filing + room);

	if (!filing)
		return NULL;
	memset(filing, 0, sizeof *filing);
	credit_arena_init(&filing->arena, filing + 1, room, limit);
	filing->acts = credit_arena_alloc(&filing->arena, count * sizeof filing->acts[0]);
	if (!filing->acts) {
		credit_filing_free(filing);
		return NULL;
	}
	memset(filing->acts, 0, count * sizeof filing->acts[0]);
	filing->count = (uint32_t)count;
	return filing;
}

void credit_filing_free(struct credit_filing *filing)
{
	if (!filing)
		return;
	credit_arena_deinit(&filing->arena);
	free(filing);
}

static enum credit_error take_manifest(struct credit_filing *filing,
	const Credit__V1__Filing *message, const Credit__V1__Manifest **ret_manifest,
	struct credit_problem *problem)
{
	const Credit__V1__Manifest *manifest;
	enum credit_error error =
		credit__manifest_open(view(&message->manifest), &filing->arena, &manifest, problem);

	if (error != CREDIT_OK)
		return error;
	if (manifest->count != filing->count)
		return credit_problem_set(problem, CREDIT_E_MANIFEST_COUNT, "manifest.count", NULL,
			"%u counted, %u sent", manifest->count, filing->count);
	filing->manifest = view(&message->manifest);
	memcpy(filing->signature.byte, message->signature.data, sizeof filing->signature.byte);
	filing->origin = credit_bytes_of(manifest->origin);
	memcpy(filing->issuer.character, manifest->issuer_uscc, sizeof filing->issuer.character);
	memcpy(filing->key_id.byte, manifest->key_id.data, sizeof filing->key_id.byte);
	filing->created_at.ms = manifest->created_at;
	filing->not_after.ms = manifest->not_after;
	filing->all_or_nothing = manifest->all_or_nothing;
	*ret_manifest = manifest;
	return credit_dsse_digest(CREDIT_MANIFEST_TYPE, filing->manifest, &filing->digest);
}

/* Commitments of the bytes as they came, and whether they are those that were signed. */
static enum credit_error take_acts(struct credit_filing *filing, const Credit__V1__Filing *message,
	const Credit__V1__Manifest *manifest, struct credit_problem *problem)
{
	struct credit_hash leaf[CREDIT_ACTS_MAX], root;

	for (uint32_t i = 0; i < filing->count; i++) {
		struct credit_sealed_act *act = &filing->acts[i];
		act->bytes = view(&message->acts[i]->act);
		act->attachment = view(&message->acts[i]->attachment);
		memcpy(act->opening.byte, message->acts[i]->opening.data, sizeof act->opening.byte);
		credit_commit_act(&act->opening, act->bytes, &act->commitment);
		credit_leaf_hash(
			(struct credit_bytes){act->commitment.byte, sizeof act->commitment.byte},
			&leaf[i]);
	}
	/* docs/spec/filing.md: "The root is the RFC 6962 tree hash over the commitments in their
	 * order, each one a leaf of 32 bytes" */
	credit_tree_root(leaf, filing->count, &root);
	if (memcmp(root.byte, manifest->root.data, sizeof root.byte) != 0)
		return credit_problem_set(
			problem, CREDIT_E_MANIFEST_ROOT, "manifest.root", NULL, NULL);
	return CREDIT_OK;
}

/* --- each act by itself -------------------------------------------------------------------- */

#define SLOTS 2048 /* at least twice CREDIT_ACTS_MAX */

/* docs/spec/filing.md: "A commitment that stands twice in a filing is accepted once: its later
 * places are refused." A commitment is a hash, so its first bytes spread; who searches for ones
 * that do not makes this look at half a million pairs, a millisecond's work. */
static void refuse_doubles(struct credit_filing *filing)
{
	uint16_t slot[SLOTS] = {0}; /* index + 1 */

	for (uint32_t i = 0; i < filing->count; i++) {
		struct credit_sealed_act *act = &filing->acts[i];
		uint32_t at = credit_read_u32(act->commitment.byte) % SLOTS;
		while (slot[at] != 0 && !credit_hash_equal(&act->commitment,
						&filing->acts[slot[at] - 1].commitment))
			at = (at + 1) % SLOTS;
		if (slot[at] != 0)
			credit_problem_set(&act->problem, CREDIT_E_COMMITMENT_USED, NULL, NULL,
				"the same as act %u of this filing", slot[at] - 1U);
		else
			slot[at] = (uint16_t)(i + 1);
	}
}

static enum credit_error decode_acts(struct credit_filing *filing, struct credit_problem *problem)
{
	for (uint32_t i = 0; i < filing->count; i++) {
		struct credit_sealed_act *act = &filing->acts[i];
		enum credit_error error = act->problem.error;
		if (error == CREDIT_OK)
			error = credit_act_decode(
				act->bytes, &filing->arena, &act->act, &act->problem);
		/* The signature does not cover the attachment but through the act's digest: one
		 * that is not it was put there on the way, and must not count against the act. */
		if (error == CREDIT_OK)
			error = credit__attachment_check(act->act, act->attachment, true, problem);
		else if (error != CREDIT_E_NO_MEMORY && error != CREDIT_E_INTERNAL)
			continue;
		else if (problem)
			*problem = act->problem;
		if (error != CREDIT_OK) {
			credit__path_add(problem, "acts", true, i);
			return error;
		}
	}
	return CREDIT_OK;
}

enum credit_error credit_filing_open(const struct Credit__V1__Filing *message,
	struct credit_filing **ret_filing, struct credit_problem *problem)
{
	const Credit__V1__Manifest *manifest = NULL;
	struct credit_filing *filing;
	size_t size = 0;
	enum credit_error error = check_sizes(message, &size, problem);

	if (error != CREDIT_OK)
		return error;
	filing = filing_new(message->n_acts, size);
	if (!filing)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	error = take_manifest(filing, message, &manifest, problem);
	if (error == CREDIT_OK)
		error = take_acts(filing, message, manifest, problem);
	if (error == CREDIT_OK) {
		refuse_doubles(filing);
		error = decode_acts(filing, problem);
	}
	if (error != CREDIT_OK) {
		credit_filing_free(filing);
		return error;
	}
	*ret_filing = filing;
	return CREDIT_OK;
}

/* --- for whom, when, by whom --------------------------------------------------------------- */

enum credit_error credit_filing_check(const struct credit_filing *filing, const char *origin,
	credit_ms_t now, struct credit_problem *problem)
{
	char instant[CREDIT_MS_TEXT_SIZE];

	if (!credit_bytes_equal(filing->origin, credit_bytes_of(origin)))
		return credit_problem_set(problem, CREDIT_E_MANIFEST_ORIGIN, "manifest.origin",
			NULL, "this registry is %s", origin);
	if (now.ms >= filing->not_after.ms)
		return credit_problem_set(problem, CREDIT_E_MANIFEST_EXPIRED, "manifest.not_after",
			NULL, "it was %s", credit_ms_text(filing->not_after, instant));
	if (filing->created_at.ms > now.ms + CREDIT_CLOCK_SKEW_MS)
		return credit_problem_set(problem, CREDIT_E_MANIFEST_FUTURE, "manifest.created_at",
			NULL, "%s", credit_ms_text(filing->created_at, instant));
	return CREDIT_OK;
}

enum credit_error credit_filing_verify(struct credit_filing *filing,
	const struct credit_public_key *key, struct credit_problem *problem)
{
	struct credit_hash key_id;

	credit_key_id(key, &key_id);
	if (!credit_hash_equal(&key_id, &filing->key_id))
		return credit_problem_set(problem, CREDIT_E_SIGNATURE_INVALID, "manifest.key_id",
			NULL, "it names another key");
	if (credit_dsse_verify(key, CREDIT_MANIFEST_TYPE, filing->manifest, &filing->signature) !=
		CREDIT_OK)
		return credit_problem_set(
			problem, CREDIT_E_SIGNATURE_INVALID, "signature", NULL, NULL);
	filing->key = *key;
	filing->verified = true;
	return CREDIT_OK;
}
