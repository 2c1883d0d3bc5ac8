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

/* --- a place in it --------------------------------------------------------------------------- */

void credit_history_place_pack(
	const struct credit_history_place *place, uint8_t ret_bytes[CREDIT_HISTORY_PLACE_SIZE])
{
	ret_bytes[0] = place->erased;
	memcpy(ret_bytes + 1, place->record.byte, CREDIT_RECORD_ID_SIZE);
	credit_write_u32(ret_bytes + 1 + CREDIT_RECORD_ID_SIZE, place->version);
}

enum credit_error credit_history_place_unpack(
	const uint8_t bytes[CREDIT_HISTORY_PLACE_SIZE], struct credit_history_place *ret_place)
{
	if (bytes[0] > 1)
		return CREDIT_E_FIELD_FORM;
	ret_place->erased = bytes[0] == 1;
	memcpy(ret_place->record.byte, bytes + 1, CREDIT_RECORD_ID_SIZE);
	ret_place->version = credit_read_u32(bytes + 1 + CREDIT_RECORD_ID_SIZE);
	return CREDIT_OK;
}

/* --- one version ----------------------------------------------------------------------------- */

struct history {
	struct credit_view *view;
	const struct credit_history_question *question;
	struct credit_history_place *place;
	uint32_t left;
	bool more;
	void *context;
	enum credit_error (*each)(void *context, const struct credit_version *version);
};

static bool in_force(const Credit__V1__Record *record, credit_day_t day)
{
	bool removed = record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED;

	return record->decided_on <= day.days &&
	       (record->published_until == 0 || record->published_until >= day.days) &&
	       !(removed && record->removed_on <= day.days);
}

/* Tells it, or says that there is more. */
static enum credit_error tell(
	struct history *history, uint32_t number, struct credit_version *version)
{
	if (history->left == 0) {
		history->place->record = version->id;
		history->place->version = number;
		history->more = true;
		return CREDIT_E_CANCELLED; /* enough */
	}
	history->left--;
	return history->each(history->context, version);
}

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

/* What the row says of the record, and the name of its act. Both lie in the arena. */
static enum credit_error read_row(struct history *history, struct credit_bytes key,
	struct credit_arena *arena, struct credit_version *version)
{
	const Credit__V1__Effect *effect;
	const Credit__V1__Act *act;
	Credit__V1__EpochRow *row;
	ProtobufCMessage *message;
	enum credit_error error = credit__journal_row(
		history->view->journal.reader, version->epoch, version->row, arena, &row);

	if (error)
		return error;
	if (row->act.len > 0 &&
		credit_act_decode((struct credit_bytes){row->act.data, row->act.len}, arena, &act,
			NULL) == CREDIT_OK)
		version->act = credit_act_name(act);
	effect = effect_on(row, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, key);
	/* The journal is read as it is now, the state as of its publication: erased in between. */
	version->erased = !effect;
	if (!effect)
		return CREDIT_OK;
	error = credit_decode(&credit__v1__record__descriptor,
		(struct credit_bytes){effect->value.data, effect->value.len}, arena, &message,
		NULL);
	if (error)
		return error == CREDIT_E_NO_MEMORY ? error : CREDIT_E_STORE_CORRUPT;
	version->record = (const Credit__V1__Record *)(const void *)message;
	version->in_force = in_force(version->record, history->question->legal_date);
	return CREDIT_OK;
}

static enum credit_error tell_from_row(struct history *history, struct credit_bytes key,
	uint32_t number, const Credit__V1__Place *place)
{
	struct credit_version version = {.epoch = place->epoch,
		.row = place->row,
		.recorded_at = {place->recorded_at},
		.act = ""};
	struct credit_arena arena;
	enum credit_error error = CREDIT_OK;

	memcpy(version.id.byte, key.data + CREDIT_USCC_SIZE, CREDIT_RECORD_ID_SIZE);
	credit_arena_init(&arena, NULL, 0, ROW_ARENA_LIMIT);
	if (history->left > 0)
		error = read_row(history, key, &arena, &version);
	if (!error)
		error = tell(history, number, &version);
	credit_arena_deinit(&arena);
	return error;
}

/* --- all versions ---------------------------------------------------------------------------- */

/* The place of each version, the first one's too. */
static Credit__V1__Place place_of(const Credit__V1__Record *record, size_t number)
{
	Credit__V1__Place place = CREDIT__V1__PLACE__INIT;

	if (number > 0)
		return *record->trail[number - 1];
	place.epoch = record->epoch;
	place.row = record->row;
	place.recorded_at = record->recorded_at;
	return place;
}

/* Which version to go on with: 0 for a record that was not begun yet. */
static uint32_t begin_with(const struct history *history, struct credit_bytes key)
{
	return memcmp(key.data + CREDIT_USCC_SIZE, history->place->record.byte,
		       CREDIT_RECORD_ID_SIZE) == 0
		       ? history->place->version
		       : 0;
}

static enum credit_error tell_versions(
	struct history *history, struct credit_bytes key, const Credit__V1__Record *record)
{
	credit_ms_t as_of = history->question->as_of;
	size_t first = begin_with(history, key), end = 1 + record->n_trail;
	enum credit_error error = CREDIT_OK;

	if (as_of.ms != 0) {
		while (end > 0 && place_of(record, end - 1).recorded_at > as_of.ms)
			end--;
		if (end > 0 && first < end - 1)
			first = end - 1;
	}
	for (size_t i = first; i < end && !error; i++) {
		Credit__V1__Place place = place_of(record, i);
		error = tell_from_row(history, key, (uint32_t)i, &place);
	}
	return error;
}

static enum credit_error tell_record(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	ProtobufCMessage *message;
	struct credit_arena arena;
	enum credit_error error;

	if (key.size != ERASURE_KEY_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	credit_arena_init(&arena, NULL, 0, ROW_ARENA_LIMIT);
	error = credit_decode(&credit__v1__record__descriptor, value, &arena, &message, NULL);
	if (!error)
		error = tell_versions(
			context, key, (const Credit__V1__Record *)(const void *)message);
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error tell_erased(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct history *history = context;
	struct credit_version version = {.erased = true, .act = ""};
	struct credit__erasure erasure;
	credit_ms_t as_of = history->question->as_of;
	enum credit_error error = credit__erasure_read(key, value, &erasure);

	if (error || !erasure.counts || begin_with(history, key) > 0 ||
		(as_of.ms != 0 && erasure.since.ms > as_of.ms))
		return error;
	memcpy(version.id.byte, key.data + CREDIT_USCC_SIZE, CREDIT_RECORD_ID_SIZE);
	version.epoch = erasure.since_epoch;
	version.row = erasure.since_row;
	version.recorded_at = erasure.since;
	version.erased_at = erasure.at;
	return tell(history, 0, &version);
}

/* Goes over one keyspace from the place on. */
static enum credit_error tell_all(struct history *history, unsigned keyspace,
	enum credit_error (*each)(
		void *context, struct credit_bytes key, struct credit_bytes value))
{
	const struct credit_history_question *question = history->question;
	struct credit__eyes eyes = {.reader = history->view->state};
	uint8_t from[ERASURE_KEY_SIZE];
	struct credit_bytes prefix = {from, question->record ? sizeof from : CREDIT_USCC_SIZE};
	enum credit_error error;

	memcpy(from, question->entity.character, CREDIT_USCC_SIZE);
	memcpy(from + CREDIT_USCC_SIZE,
		question->record ? question->record->byte : history->place->record.byte,
		CREDIT_RECORD_ID_SIZE);
	error = credit__eyes_scan(
		&eyes, keyspace, prefix, (struct credit_bytes){from, sizeof from}, history, each);
	return error == CREDIT_E_CANCELLED && history->more ? CREDIT_OK : error;
}

enum credit_error credit_view_history(struct credit_view *view,
	const struct credit_history_question *question, uint32_t limit,
	struct credit_history_place *place, void *context,
	enum credit_error (*each)(void *context, const struct credit_version *version),
	bool *ret_more)
{
	struct history history = {view, question, place, limit, false, context, each};
	enum credit_error error = credit__view_journal(view);

	if (!error && !place->erased) {
		error = tell_all(&history, STATE_RECORD, tell_record);
		if (!error && !history.more)
			*place = (struct credit_history_place){.erased = true};
	}
	if (!error && !history.more)
		error = tell_all(&history, STATE_ERASURE, tell_erased);
	if (!error)
		*ret_more = history.more;
	return error;
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
