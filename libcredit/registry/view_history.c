/* SPDX-License-Identifier: Apache-2.0
 *
 * view_history.c - how an entity's records came to be what they are, and what changed lately.
 *
 * Nothing is kept twice: a record notes where in the journal it was changed, and the row there holds
 * the record as it became. So the answer to "what did the registry say on that day" is what it said.
 */
#include "registry/internal.h"

#include <credit/view.h>

#include "credit/v1/act.pb-c.h"
#include "credit/v1/status.pb-c.h"

#include <string.h>

/* One row with a rule book in it is the largest there is. */
#define ROW_ARENA_LIMIT ((size_t)4 * CREDIT_RULE_BOOK_MAX)

/* --- versions of one record ------------------------------------------------------------------ */

struct history {
	struct credit_view *view;
	credit_ms_t until;
	void *context;
	enum credit_error (*each)(void *context, const struct credit_version *version);
};

static const Credit__V1__Effect *effect_on(
	const Credit__V1__EpochRow *row, Credit__V1__EffectKind kind, struct credit_bytes key)
{
	/* The last one: an act may put a row twice. */
	for (size_t i = row->n_effects; i > 0; i--) {
		const Credit__V1__Effect *effect = row->effects[i - 1];
		struct credit_bytes at = {effect->key.data, effect->key.len};

		if (effect->kind == kind && credit_bytes_equal(at, key))
			return effect;
	}
	return NULL;
}

static enum credit_error tell(
	struct history *history, struct credit_bytes key, const Credit__V1__Place *place)
{
	struct credit_version version = {.epoch = place->epoch,
		.row = (uint32_t)place->row,
		.recorded_at = {place->recorded_at},
		.act = ""};
	const Credit__V1__Effect *effect;
	const Credit__V1__Act *act;
	Credit__V1__EpochRow *row;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, ROW_ARENA_LIMIT);
	error = credit__journal_row(
		history->view->journal.reader, place->epoch, place->row, &arena, &row);
	if (error)
		goto done;
	effect = effect_on(row, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, key);
	version.erased = !effect;
	if (effect)
		version.record = (struct credit_bytes){effect->value.data, effect->value.len};
	if (row->act.len > 0 &&
		credit_act_decode((struct credit_bytes){row->act.data, row->act.len}, &arena, &act,
			NULL) == CREDIT_OK)
		version.act = credit_act_name(act);
	error = history->each(history->context, &version);
done:
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error tell_record(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct history *history = context;
	Credit__V1__Place first = CREDIT__V1__PLACE__INIT;
	const Credit__V1__Record *record;
	ProtobufCMessage *message;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, ROW_ARENA_LIMIT);
	error = credit_decode(&credit__v1__record__descriptor, value, &arena, &message, NULL);
	if (error)
		goto done;
	record = (const Credit__V1__Record *)(const void *)message;
	first.epoch = record->epoch;
	first.row = record->row;
	first.recorded_at = record->recorded_at;
	if (first.recorded_at <= history->until.ms)
		error = tell(history, key, &first);
	for (size_t i = 0; i < record->n_trail && !error; i++) {
		if (record->trail[i]->recorded_at <= history->until.ms)
			error = tell(history, key, record->trail[i]);
	}
done:
	credit_arena_deinit(&arena);
	return error;
}

enum credit_error credit_view_history(struct credit_view *view, const struct credit_uscc *uscc,
	credit_ms_t until, void *context,
	enum credit_error (*each)(void *context, const struct credit_version *version))
{
	struct history history = {view, until, context, each};
	struct credit_bytes prefix = {(const uint8_t *)uscc->character, CREDIT_USCC_SIZE};
	enum credit_error error = credit__view_journal(view);

	return error ? error
		     : credit_view_scan(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, prefix,
			       &history, tell_record);
}

/* --- changes --------------------------------------------------------------------------------- */

struct changes {
	struct credit_view *view;
	struct credit_position *position;
	uint32_t left;
	void *context;
	enum credit_error (*each)(void *context, const struct credit_uscc *uscc);
};

/* Every status that the row put. A row is told whole, so that a position is between two rows. */
static enum credit_error tell_row(struct changes *changes, uint64_t epoch, uint32_t number)
{
	Credit__V1__EpochRow *row;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, ROW_ARENA_LIMIT);
	error = credit__journal_row(changes->view->journal.reader, epoch, number, &arena, &row);
	for (size_t i = 0; !error && i < row->n_effects; i++) {
		const Credit__V1__Effect *effect = row->effects[i];
		struct credit_uscc uscc;

		if (effect->kind != CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS)
			continue;
		if (effect->key.len != CREDIT_USCC_SIZE) {
			error = CREDIT_E_STORE_CORRUPT;
			break;
		}
		memcpy(uscc.character, effect->key.data, CREDIT_USCC_SIZE);
		error = changes->each(changes->context, &uscc);
		changes->left -= changes->left > 0;
	}
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error epoch_header(
	struct credit_view *view, uint64_t number, uint32_t *ret_rows, credit_ms_t *ret_time)
{
	Credit__V1__Epoch *epoch;
	struct credit_arena arena;
	enum credit_error error = credit__view_journal(view);

	if (error)
		return error;
	credit_arena_init(&arena, NULL, 0, (size_t)512 << 20);
	error = credit__journal_epoch(view->journal.reader, number, &arena, &epoch);
	if (!error) {
		*ret_rows = epoch->rows;
		ret_time->ms = epoch->time;
	}
	credit_arena_deinit(&arena);
	return error;
}

enum credit_error credit_view_changes(struct credit_view *view, struct credit_position *position,
	uint32_t limit, void *context,
	enum credit_error (*each)(void *context, const struct credit_uscc *uscc), bool *ret_more)
{
	struct changes changes = {view, position, limit, context, each};
	struct credit_publication publication;
	enum credit_error error = credit_view_publication(view, &publication);

	if (!error && position->epoch == 0)
		*position = (struct credit_position){.epoch = 1};
	while (!error && changes.left > 0 && position->epoch <= publication.epoch) {
		uint32_t rows = 0;
		credit_ms_t time;

		error = epoch_header(view, position->epoch, &rows, &time);
		while (!error && changes.left > 0 && position->row < rows) {
			error = tell_row(&changes, position->epoch, position->row);
			position->row += error == CREDIT_OK;
		}
		if (!error && position->row >= rows)
			*position = (struct credit_position){.epoch = position->epoch + 1};
	}
	if (error)
		return error;
	*ret_more = position->epoch <= publication.epoch;
	return CREDIT_OK;
}

enum credit_error credit_view_epoch_time(
	struct credit_view *view, uint64_t epoch, credit_ms_t *ret_time)
{
	uint32_t rows;

	return epoch_header(view, epoch, &rows, ret_time);
}
