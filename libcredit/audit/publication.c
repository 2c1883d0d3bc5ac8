/* SPDX-License-Identifier: Apache-2.0
 *
 * publication.c - the map root that readers are given, derived again; and signed heads.
 */
#include "audit/internal.h"

#include <string.h>

void credit__audit_head(struct credit_audit *audit, ProtobufCBinaryData checkpoint,
	uint64_t tree_size, ProtobufCBinaryData root)
{
	struct credit_tree_head head, signed_head;

	credit_log_head(audit->log, &head);
	if (tree_size != head.size || !credit__audit_hash_is(root, &head.root))
		credit__audit_tell(audit, CREDIT_E_AUDIT_ROOT, NULL, "tree of %llu leaves",
			(unsigned long long)head.size);
	else if (credit_checkpoint_open((struct credit_bytes){checkpoint.data, checkpoint.len},
			 &audit->options.log_key, &signed_head) != CREDIT_OK ||
		 signed_head.size != head.size || !credit_hash_equal(&signed_head.root, &head.root))
		credit__audit_tell(audit, CREDIT_E_AUDIT_ROOT, NULL,
			"the checkpoint of %llu leaves is not signed over it",
			(unsigned long long)head.size);
}

/* A publication draws openings anew and changes nothing else. */
static enum credit_error check_redrawn(struct credit_audit *audit, const Credit__V1__Effect *effect)
{
	struct credit_bytes key = {effect->key.data, effect->key.len}, before = {0};
	enum credit_error error = CREDIT_E_NOT_FOUND;

	if (effect->kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS && !effect->delete_ &&
		key.size == CREDIT_USCC_SIZE)
		error = credit_write_get(audit->write, STATE_STATUS, key, &before);
	if (error && error != CREDIT_E_NOT_FOUND)
		return error;
	if (error || before.size < CREDIT_OPENING_SIZE || before.size != effect->value.len ||
		memcmp(before.data + CREDIT_OPENING_SIZE, effect->value.data + CREDIT_OPENING_SIZE,
			before.size - CREDIT_OPENING_SIZE) != 0)
		credit__audit_tell(audit, CREDIT_E_AUDIT_STATUS, NULL, "%.*s",
			(int)(key.size < CREDIT_USCC_SIZE ? key.size : CREDIT_USCC_SIZE),
			(const char *)key.data);
	return CREDIT_OK;
}

static void check_map(struct credit_audit *audit, const Credit__V1__Publication *publication,
	const struct credit_map_head *head)
{
	if (publication->map_size != head->size ||
		!credit__audit_hash_is(publication->map_root, &head->root))
		credit__audit_tell(audit, CREDIT_E_AUDIT_MAP, NULL, "%llu entities, %llu published",
			(unsigned long long)head->size, (unsigned long long)publication->map_size);
}

static enum credit_error derive_map(
	struct credit_audit *audit, const Credit__V1__Publication *publication)
{
	struct credit__load_source loads = credit__audit_load_source(audit);
	struct credit_map_head head;
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < publication->n_effects && !error; i++)
		error = check_redrawn(audit, publication->effects[i]);
	if (!error)
		error = credit__apply_publication(audit->write, publication, &loads, &head);
	if (error == CREDIT_E_STATE_DIVERGED || credit__audit_spoilt(audit, error)) {
		/* A status that is noted as changed was taken away, or is none. */
		credit__audit_tell(audit, CREDIT_E_AUDIT_MAP, NULL, "a status cannot be read");
		error = CREDIT_OK;
	} else if (!error) {
		check_map(audit, publication, &head);
	}
	return error;
}

static enum credit_error run_again(
	struct credit_audit *audit, const Credit__V1__Publication *publication)
{
	enum credit_error error = audit->place.blind ? CREDIT_OK : derive_map(audit, publication);

	if (!error)
		error = credit__publication_append(audit->log, publication);
	if (!error)
		credit__audit_head(
			audit, publication->checkpoint, publication->tree_size, publication->root);
	return error;
}

/* The replica now stands behind the publication; what it found so far is part of its place. */
static void move_on(struct credit_audit *audit, const Credit__V1__Publication *publication)
{
	struct credit_audit_place *place = &audit->place;

	if (audit->lied && !place->lied)
		place->lied = publication->number;
	place->publication = publication->number;
	place->epoch = publication->epoch;
	place->time.ms = publication->time;
	credit_log_head(audit->log, &place->head);
	audit->lied = false;
	audit->options.publication(audit->options.context, publication->number,
		place->lied == 0 && place->blind == 0,
		(struct credit_bytes){publication->checkpoint.data, publication->checkpoint.len});
}

enum credit_error credit__audit_publication(struct credit_audit *audit, struct credit_bytes bytes)
{
	const struct credit_audit_place *place = &audit->place;
	const Credit__V1__Publication *publication;
	ProtobufCMessage *message;
	enum credit_error error = credit__audit_decode(
		&credit__v1__publication__descriptor, bytes, &audit->row_arena, &message);

	if (error)
		return error;
	publication = (const Credit__V1__Publication *)(const void *)message;
	if (publication->number != place->publication + 1 ||
		publication->epoch != audit->epoch_taken || publication->time < place->time.ms ||
		publication->time < audit->epoch_time.ms)
		return CREDIT_E_DELTA_ORDER;
	error = run_again(audit, publication);
	credit__audit_load_reset(audit);
	if (!error)
		move_on(audit, publication);
	credit_arena_reset(&audit->row_arena);
	return error;
}
