/* SPDX-License-Identifier: Apache-2.0
 *
 * erase.c - what an erasure takes away from the journal's rows.
 *
 * The state says what was erased (EFFECT_KIND_ERASURE); nothing else is needed to find its traces:
 *
 *   an effect on an erased thing      goes, wherever it stands; so does, with the scrub, a row of the
 *                                     state that is left about it, and what subscribers were told of it
 *   the row of an act that had one    loses act, opening and blind, and keeps its leaf's HMAC;
 *                                     the erasure itself is the one row that stays readable
 *   a status of the entity            goes when it is of the time in which it may have told of the
 *                                     record; the erasure's own row puts a new one
 *
 * So replay from the first epoch makes the state that is, without having seen what was erased.
 */
#include "registry/internal.h"

#include "credit/v1/status.pb-c.h"

#include <stdlib.h>
#include <string.h>

/* --- the erased things of the state ---------------------------------------------------------- */

enum credit_error credit__erasure_read(
	struct credit_bytes key, struct credit_bytes value, struct credit__erasure *ret_erasure)
{
	uint8_t memory[512];
	struct credit_arena arena;
	Credit__V1__ErasedRecord *row;
	ProtobufCMessage *message;
	enum credit_error error;

	if (key.size != ERASURE_KEY_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	credit_arena_init(&arena, memory, sizeof memory, sizeof memory);
	error = credit_decode(
		&credit__v1__erased_record__descriptor, value, &arena, &message, NULL);
	if (!error) {
		row = (Credit__V1__ErasedRecord *)(void *)message;
		*ret_erasure = (struct credit__erasure){.since_epoch = row->since_epoch,
			.since_row = row->since_row,
			.since = {row->since_at},
			.epoch = row->epoch,
			.row = row->row,
			.at = {row->erased_at},
			.dependent = row->dependent,
			.counts = !row->dependent && !row->inherited,
			.access = row->access};
		memcpy(ret_erasure->key, key.data, ERASURE_KEY_SIZE);
	}
	credit_arena_deinit(&arena);
	return error ? CREDIT_E_STORE_CORRUPT : CREDIT_OK;
}

static enum credit_error add(
	struct credit__erasures *erasures, const struct credit__erasure *erasure)
{
	if (erasures->count == erasures->capacity) {
		size_t capacity = erasures->capacity ? 2 * erasures->capacity : 64;
		void *items = realloc(erasures->items, capacity * sizeof *erasures->items);

		if (!items)
			return CREDIT_E_NO_MEMORY;
		erasures->items = items;
		erasures->capacity = capacity;
	}
	erasures->items[erasures->count++] = *erasure;
	if (erasure->since_epoch < erasures->first)
		erasures->first = erasure->since_epoch;
	if (erasure->epoch > erasures->last)
		erasures->last = erasure->epoch;
	return CREDIT_OK;
}

static enum credit_error take(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct credit__erasures *erasures = context;
	struct credit__erasure erasure;
	enum credit_error error = credit__erasure_read(key, value, &erasure);

	return error || erasure.epoch <= erasures->after ? error : add(erasures, &erasure);
}

enum credit_error credit__erasures_load(
	const struct credit__eyes *state, uint64_t after, struct credit__erasures *ret_erasures)
{
	struct credit__erasures erasures = {.after = after, .first = UINT64_MAX, .last = after};
	struct credit_bytes none = {0};
	enum credit_error error =
		credit__eyes_scan(state, STATE_ERASURE, none, none, &erasures, take);

	if (error)
		credit__erasures_free(&erasures);
	else
		*ret_erasures = erasures;
	return error;
}

void credit__erasures_free(struct credit__erasures *erasures)
{
	free(erasures->items);
	*erasures = (struct credit__erasures){0};
}

static int compare_keys(const void *key, const void *erasure)
{
	return memcmp(key, ((const struct credit__erasure *)erasure)->key, ERASURE_KEY_SIZE);
}

static const struct credit__erasure *find(
	const struct credit__erasures *erasures, size_t count, const uint8_t *key)
{
	return count > 0
		       ? bsearch(key, erasures->items, count, sizeof *erasures->items, compare_keys)
		       : NULL;
}

static bool is_erased(const struct credit__erasures *erasures, const uint8_t *key)
{
	return find(erasures, erasures->count, key) != NULL;
}

/* The first of this code, or the place where it would stand: they are sorted. */
static size_t first_of(const struct credit__erasures *erasures, const uint8_t *uscc)
{
	size_t low = 0, high = erasures->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(erasures->items[middle].key, uscc, CREDIT_USCC_SIZE) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Is there one of this entity that a status put at this place may have told of? */
static bool may_tell(
	const struct credit__erasures *erasures, const uint8_t *uscc, uint64_t epoch, uint32_t row)
{
	for (size_t i = first_of(erasures, uscc); i < erasures->count; i++) {
		const struct credit__erasure *erasure = &erasures->items[i];
		bool since = epoch > erasure->since_epoch ||
			     (epoch == erasure->since_epoch && row >= erasure->since_row);
		bool until =
			epoch < erasure->epoch || (epoch == erasure->epoch && row < erasure->row);

		if (memcmp(erasure->key, uscc, CREDIT_USCC_SIZE) != 0)
			return false;
		if (!erasure->dependent && since && until)
			return true;
	}
	return false;
}

/* --- effects --------------------------------------------------------------------------------- */

/* The names in a row that stands under another key: the entity's, and the id of what it is about. */
static bool read_names(uint32_t kind, struct credit_bytes value, const char **ret_uscc,
	ProtobufCBinaryData *ret_id, struct credit_arena *arena)
{
	ProtobufCAllocator allocator = credit_arena_allocator(arena);
	const Credit__V1__Task *task;
	const Credit__V1__Decision *decision;
	const Credit__V1__Delivery *delivery;

	switch (kind) {
	case CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DELIVERY:
		delivery = credit__v1__delivery__unpack(&allocator, value.size, value.data);
		*ret_uscc = delivery ? delivery->entity_uscc : "";
		*ret_id = delivery ? delivery->record : (ProtobufCBinaryData){0};
		return true;
	case CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK:
		task = credit__v1__task__unpack(&allocator, value.size, value.data);
		*ret_uscc = task ? task->entity_uscc : "";
		*ret_id = task ? task->subject : (ProtobufCBinaryData){0};
		return true;
	case CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DECISION:
		decision = credit__v1__decision__unpack(&allocator, value.size, value.data);
		*ret_uscc = decision ? decision->entity_uscc : "";
		*ret_id = decision ? decision->record : (ProtobufCBinaryData){0};
		return true;
	default:
		return false;
	}
}

/* What a row is about, as USCC and id; false when it is about no one thing. Every keyspace whose key is
 * these two is seen here, also one that is made later; what stands under another key is in read_names. */
static bool thing_of(uint32_t kind, struct credit_bytes key, struct credit_bytes value,
	uint8_t ret_thing[ERASURE_KEY_SIZE])
{
	uint8_t memory[65536];
	struct credit_arena arena;
	ProtobufCBinaryData id = {0};
	const char *uscc = "";
	bool named, found = false;

	/* Nothing from the heap: a row that is passed over for want of memory would not be erased. */
	credit_arena_init(&arena, memory, sizeof memory, sizeof memory - 64);
	named = read_names(kind, value, &uscc, &id, &arena);
	if (named && strlen(uscc) == CREDIT_USCC_SIZE && id.len == CREDIT_RECORD_ID_SIZE) {
		memcpy(ret_thing, uscc, CREDIT_USCC_SIZE);
		memcpy(ret_thing + CREDIT_USCC_SIZE, id.data, CREDIT_RECORD_ID_SIZE);
		found = true;
	}
	credit_arena_deinit(&arena);
	if (named || kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ERASURE)
		return found;
	if (kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER && key.size == CREDIT_TIMER_KEY_SIZE)
		key = (struct credit_bytes){
			key.data + key.size - ERASURE_KEY_SIZE, ERASURE_KEY_SIZE};
	if (key.size != ERASURE_KEY_SIZE)
		return false;
	memcpy(ret_thing, key.data, ERASURE_KEY_SIZE);
	return true;
}

static bool effect_thing(const Credit__V1__Effect *effect, uint8_t ret_thing[ERASURE_KEY_SIZE])
{
	return thing_of(effect->kind, (struct credit_bytes){effect->key.data, effect->key.len},
		(struct credit_bytes){effect->value.data, effect->value.len}, ret_thing);
}

/* --- what subscribers were told ------------------------------------------------------------- */

struct telling {
	struct credit__erasures *erasures;
	size_t records; /* so many are sorted */
};

/* A delivery about an erased record is a thing that is erased with it: its tasks are about its id. */
static enum credit_error take_told(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct telling *telling = context;
	uint8_t record[ERASURE_KEY_SIZE];
	const struct credit__erasure *found;
	struct credit__erasure erasure;

	if (key.size != ERASURE_KEY_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	if (!thing_of(CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DELIVERY, key, value, record))
		return CREDIT_OK;
	found = find(telling->erasures, telling->records, record);
	if (!found)
		return CREDIT_OK;
	erasure = *found;
	memcpy(erasure.key + CREDIT_USCC_SIZE, key.data + CREDIT_USCC_SIZE, CREDIT_RECORD_ID_SIZE);
	erasure.dependent = true;
	erasure.counts = erasure.access = false;
	return add(telling->erasures, &erasure);
}

static int compare_erasures(const void *a, const void *b)
{
	return compare_keys(((const struct credit__erasure *)a)->key, b);
}

enum credit_error credit__erasures_load_told(
	const struct credit__eyes *state, struct credit__erasures *erasures)
{
	struct telling telling = {erasures, erasures->count};
	struct credit_bytes none = {0};
	enum credit_error error;

	if (erasures->count == 0)
		return CREDIT_OK;
	error = credit__eyes_scan(state, STATE_DELIVERY, none, none, &telling, take_told);
	qsort(erasures->items, erasures->count, sizeof *erasures->items, compare_erasures);
	return error;
}

bool credit__state_row_erased(const struct credit__erasures *erasures, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes value)
{
	uint32_t kind = credit__keyspace_effect(keyspace);
	uint8_t thing[ERASURE_KEY_SIZE];

	return kind != 0 && thing_of(kind, key, value, thing) && is_erased(erasures, thing);
}

static bool is_erasing(const Credit__V1__EpochRow *row)
{
	for (size_t i = 0; i < row->n_effects; i++)
		if (row->effects[i]->kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ERASURE)
			return true;
	return false;
}

bool credit__row_is_erased(const Credit__V1__EpochRow *row)
{
	return row->leaf_mac.len == CREDIT_HASH_SIZE;
}

enum credit_error credit__row_was_erased(
	const struct credit__eyes *state, const Credit__V1__EpochRow *row, bool *ret_erased)
{
	enum credit_error error = CREDIT_OK;
	bool erased = credit__row_is_erased(row);

	for (size_t i = 0; i < row->n_effects && !erased && !is_erasing(row); i++) {
		uint8_t thing[ERASURE_KEY_SIZE];
		struct credit_bytes value;

		if (!effect_thing(row->effects[i], thing))
			continue;
		error = credit__eyes_get(state, STATE_ERASURE,
			(struct credit_bytes){thing, ERASURE_KEY_SIZE}, &value);
		if (error && error != CREDIT_E_NOT_FOUND)
			return error;
		erased = error == CREDIT_OK;
	}
	*ret_erased = erased;
	return CREDIT_OK;
}

/* Takes away effects in place; *ret_acted: there was one on an erased thing. */
static size_t keep_effects(const struct credit__erasures *erasures, uint64_t epoch, uint32_t row,
	Credit__V1__Effect **effects, size_t count, bool *ret_acted)
{
	size_t kept = 0;

	*ret_acted = false;
	for (size_t i = 0; i < count; i++) {
		const Credit__V1__Effect *effect = effects[i];
		uint8_t thing[ERASURE_KEY_SIZE];
		bool goes = false;

		if (effect->kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS)
			goes = effect->key.len == CREDIT_USCC_SIZE &&
			       may_tell(erasures, effect->key.data, epoch, row);
		else if (effect_thing(effect, thing))
			*ret_acted |= goes = is_erased(erasures, thing);
		if (!goes)
			effects[kept++] = effects[i];
	}
	return kept;
}

/* --- rows and publications ------------------------------------------------------------------- */

/* Act, opening and blind give way to the HMAC that the leaf was made with. */
static enum credit_error seal_for_ever(struct credit_reader *journal, uint64_t number,
	Credit__V1__EpochRow *row, struct credit_arena *arena)
{
	const size_t mac_at = CREDIT_SEALED_LEAF_SIZE - CREDIT_HASH_SIZE;
	struct credit_hash commitment;
	struct credit_bytes entry;
	Credit__V1__Epoch *epoch;
	enum credit_error error;

	if (credit__row_is_erased(row))
		return CREDIT_OK;
	/* Only sealed acts make things that can be erased. */
	if (row->blind.len != CREDIT_OPENING_SIZE || row->commitment.len != sizeof commitment)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(commitment.byte, row->commitment.data, sizeof commitment);
	error = credit__journal_epoch(journal, number, arena, &epoch);
	if (!error)
		error = credit__row_entry(epoch, row, &commitment, arena, &entry);
	if (error)
		return error;
	row->leaf_mac =
		credit__binary((struct credit_bytes){entry.data + mac_at, entry.size - mac_at});
	row->act = row->opening = row->blind = (ProtobufCBinaryData){0};
	return CREDIT_OK;
}

enum credit_error credit__erase_row(const struct credit__erasures *erasures,
	struct credit_reader *journal, uint64_t epoch, uint32_t number, struct credit_bytes bytes,
	struct credit_arena *arena, struct credit_bytes *ret_bytes)
{
	ProtobufCMessage *message;
	Credit__V1__EpochRow *row;
	enum credit_error error;
	size_t kept;
	bool acted, erasing;

	*ret_bytes = bytes;
	if (epoch < erasures->first || epoch > erasures->last)
		return CREDIT_OK;
	error = credit__decode_stored(&credit__v1__epoch_row__descriptor, bytes, arena, &message);
	if (error)
		return error;
	row = (Credit__V1__EpochRow *)(void *)message;
	erasing = is_erasing(row);
	kept = keep_effects(erasures, epoch, number, row->effects, row->n_effects, &acted);
	if (kept == row->n_effects)
		return CREDIT_OK;
	row->n_effects = kept;
	if (acted && !erasing)
		error = seal_for_ever(journal, epoch, row, arena);
	return error ? error : credit_encode(&row->base, arena, ret_bytes);
}

enum credit_error credit__erase_publication(const struct credit__erasures *erasures,
	struct credit_bytes bytes, struct credit_arena *arena, struct credit_bytes *ret_bytes)
{
	Credit__V1__Publication *publication;
	ProtobufCMessage *message;
	size_t kept;
	bool acted;
	enum credit_error error =
		credit__decode_stored(&credit__v1__publication__descriptor, bytes, arena, &message);

	if (error)
		return error;
	publication = (Credit__V1__Publication *)(void *)message;
	/* It comes after every row of its last epoch. */
	kept = keep_effects(erasures, publication->epoch, UINT32_MAX, publication->effects,
		publication->n_effects, &acted);
	*ret_bytes = bytes;
	if (kept == publication->n_effects)
		return CREDIT_OK;
	publication->n_effects = kept;
	return credit_encode(&publication->base, arena, ret_bytes);
}

/* --- what the journal says of it ------------------------------------------------------------- */

enum credit_error credit__journal_scrubbed(struct credit_reader *journal, uint64_t *ret_epoch)
{
	struct credit_cursor *cursor;
	struct credit_bytes key, value;
	enum credit_error error = credit_cursor_open(journal, NULL, JOURNAL_ERASURES, &cursor);

	if (error)
		return error;
	error = credit_cursor_last(cursor, &key, &value);
	if (!error && (key.size != 12 || value.size != 8))
		error = CREDIT_E_STORE_CORRUPT;
	if (!error)
		*ret_epoch = credit_read_u64(key.data);
	credit_cursor_close(cursor);
	if (error != CREDIT_E_NOT_FOUND)
		return error;
	*ret_epoch = 0;
	return CREDIT_OK;
}

enum credit_error credit__journal_epoch_erased(
	struct credit_reader *journal, uint64_t epoch, bool *ret_erased)
{
	uint8_t after[8];
	struct credit_cursor *cursor;
	struct credit_bytes key, value;
	enum credit_error error = credit_cursor_open(journal, NULL, JOURNAL_ERASURES, &cursor);

	if (error)
		return error;
	*ret_erased = false;
	credit_write_u64(after, epoch + 1);
	for (error = credit_cursor_seek(
		     cursor, (struct credit_bytes){after, sizeof after}, &key, &value);
		!error && !*ret_erased; error = credit_cursor_next(cursor, &key, &value))
		*ret_erased = value.size == 8 && credit_read_u64(value.data) <= epoch;
	credit_cursor_close(cursor);
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}
