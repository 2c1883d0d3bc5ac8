/* SPDX-License-Identifier: Apache-2.0
 *
 * review.c - what a compromised key signed: found in the journal, piece by piece, as system acts.
 *
 * Epochs say whose key each of their filings was signed with, and rows which records they changed. So no
 * record has to carry its signers along, and nothing that the key did is missed: a record that it took
 * off is found like one that it made. A piece is bounded, so that filings wait no longer for it than for
 * one epoch; the last act of each says how far it came.
 */
#include "registry/internal.h"

#include "credit/v1/act.pb-c.h"
#include "credit/v1/filing.pb-c.h"

#include <string.h>

/* Of one piece. A row can touch a hundred records; what does not fit comes with the next piece. */
#define EPOCHS_MAX 2000
#define RECORDS_MAX 500
#define ARENA_LIMIT ((size_t)64 << 20) /* an epoch's header, or one row of it */

#define THING_SIZE (CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE)

struct review {
	struct credit_registry *registry;
	struct credit_sealer *sealer;
	struct credit_reader *journal;
	uint8_t key_id[CREDIT_HASH_SIZE];
	struct credit_public_key public_key;
	uint64_t epoch, last; /* where it is, and the last that counts */
	uint32_t row;
	size_t count;
	uint8_t found[RECORDS_MAX][THING_SIZE];
};

/* --- acts ------------------------------------------------------------------------------------------- */

static enum credit_error seal_record(struct review *review, const uint8_t *thing)
{
	char entity[CREDIT_USCC_SIZE + 1] = "";
	uint8_t record[CREDIT_RECORD_ID_SIZE];
	Credit__V1__KeyReview message = CREDIT__V1__KEY_REVIEW__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;

	memcpy(entity, thing, CREDIT_USCC_SIZE);
	memcpy(record, thing + CREDIT_USCC_SIZE, sizeof record);
	message.entity_uscc = entity;
	message.record = (ProtobufCBinaryData){sizeof record, record};
	message.key_id = (ProtobufCBinaryData){sizeof review->key_id, review->key_id};
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_KEY_REVIEW;
	act.key_review = &message;
	return credit_sealer_add(review->sealer, &act, (struct credit_bytes){NULL, 0}, NULL, NULL);
}

static enum credit_error seal_progress(struct review *review)
{
	Credit__V1__KeyReviewed message = CREDIT__V1__KEY_REVIEWED__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;

	message.key_id = (ProtobufCBinaryData){sizeof review->key_id, review->key_id};
	message.epoch = review->epoch;
	message.row = review->row;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_KEY_REVIEWED;
	act.key_reviewed = &message;
	return credit_sealer_add(review->sealer, &act, (struct credit_bytes){NULL, 0}, NULL, NULL);
}

/* --- rows ------------------------------------------------------------------------------------------- */

static bool is_found(const struct review *review, const uint8_t *thing)
{
	for (size_t i = 0; i < review->count; i++)
		if (memcmp(review->found[i], thing, THING_SIZE) == 0)
			return true;
	return false;
}

/* The records that this row changed; false in *ret_fits: too many for what is left of the piece. */
static enum credit_error look_at_row(
	struct review *review, const Credit__V1__EpochRow *row, bool *ret_fits)
{
	size_t before = review->count;
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < row->n_effects; i++) {
		const Credit__V1__Effect *effect = row->effects[i];

		if (effect->kind != CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD ||
			effect->key.len != THING_SIZE || is_found(review, effect->key.data))
			continue;
		if (review->count == RECORDS_MAX) {
			review->count = before;
			*ret_fits = false;
			return CREDIT_OK;
		}
		memcpy(review->found[review->count++], effect->key.data, THING_SIZE);
	}
	*ret_fits = true;
	for (size_t i = before; i < review->count && !error; i++)
		error = seal_record(review, review->found[i]);
	return error;
}

static bool is_by_the_key(const struct review *review, const Credit__V1__EpochFiling *filing)
{
	return filing->issuer_key.len == sizeof review->public_key.byte &&
	       memcmp(filing->issuer_key.data, review->public_key.byte, filing->issuer_key.len) ==
		       0;
}

/* From review->row on; stops in front of a row that does not fit. */
static enum credit_error look_at_filing(
	struct review *review, const Credit__V1__EpochFiling *filing, bool *ret_fits)
{
	enum credit_error error = CREDIT_OK;
	uint32_t end = filing->first_row + filing->accepted;

	if (review->row < filing->first_row)
		review->row = filing->first_row;
	while (review->row < end && *ret_fits && !error) {
		struct credit_arena arena;
		Credit__V1__EpochRow *row;

		credit_arena_init(&arena, NULL, 0, ARENA_LIMIT);
		error = credit__journal_row(
			review->journal, review->epoch, review->row, &arena, &row);
		if (!error)
			error = look_at_row(review, row, ret_fits);
		credit_arena_deinit(&arena);
		if (!error && *ret_fits)
			review->row++;
	}
	return error;
}

static enum credit_error look_at_epoch(struct review *review, bool *ret_fits)
{
	struct credit_arena arena;
	Credit__V1__Epoch *epoch;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, ARENA_LIMIT);
	error = credit__journal_epoch(review->journal, review->epoch, &arena, &epoch);
	for (size_t i = 0; !error && *ret_fits && i < epoch->n_filings; i++)
		if (is_by_the_key(review, epoch->filings[i]))
			error = look_at_filing(review, epoch->filings[i], ret_fits);
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error look(struct review *review)
{
	enum credit_error error = CREDIT_OK;
	bool fits = true;

	for (uint32_t n = 0; n < EPOCHS_MAX && review->epoch <= review->last; n++) {
		error = look_at_epoch(review, &fits);
		if (error || !fits)
			break;
		review->epoch++;
		review->row = 0;
	}
	return error ? error : seal_progress(review);
}

/* --- the key ---------------------------------------------------------------------------------------- */

/* The timer has half of the id; CREDIT_E_EXISTS ends the scan. */
static enum credit_error take_key(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct review *review = context;
	struct credit_arena arena;
	ProtobufCMessage *message;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, 65536);
	error = credit_decode(
		&credit__v1__authority_key__descriptor, value, &arena, &message, NULL);
	if (!error) {
		const Credit__V1__AuthorityKey *row = (const void *)message;

		error = CREDIT_E_STORE_CORRUPT;
		if (key.size == sizeof review->key_id && row->revoked_epoch != 0 &&
			row->public_key.len == sizeof review->public_key.byte) {
			memcpy(review->key_id, key.data, key.size);
			memcpy(review->public_key.byte, row->public_key.data, row->public_key.len);
			review->epoch = row->review_epoch;
			review->row = row->review_row;
			review->last = row->revoked_epoch;
			error = CREDIT_E_EXISTS;
		}
	}
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error find_key(struct review *review, const uint8_t *half)
{
	struct credit__eyes eyes = {.write = review->registry->write};
	struct credit_bytes prefix = {half, CREDIT_RECORD_ID_SIZE};
	enum credit_error error =
		credit__eyes_scan(&eyes, STATE_KEY, prefix, prefix, review, take_key);

	if (error == CREDIT_E_EXISTS)
		return CREDIT_OK;
	return error ? error : CREDIT_E_STATE_DIVERGED;
}

static enum credit_error look_with(struct review *review, struct credit_view *view)
{
	enum credit_error error = credit_view_begin(view);

	if (error)
		return error;
	error = credit__view_journal(view);
	review->journal = view->journal.reader;
	if (!error)
		error = look(review);
	credit_view_end(view);
	return error;
}

enum credit_error credit__review_seal(
	struct credit_registry *registry, const uint8_t *timer_key, struct credit_sealer *sealer)
{
	const uint8_t *half = timer_key + CREDIT_TIMER_KEY_SIZE - CREDIT_RECORD_ID_SIZE;
	struct review review = {.registry = registry, .sealer = sealer};
	struct credit_view *view;
	enum credit_error error = find_key(&review, half);

	if (!error)
		error = credit_view_new(registry, &view);
	if (error)
		return error;
	error = look_with(&review, view);
	credit_view_free(view);
	return error;
}
