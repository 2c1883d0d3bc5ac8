/* SPDX-License-Identifier: Apache-2.0
 *
 * toy_state.c - see toy_state.h.
 */
#include "tests/support/toy_state.h"

#include <credit/v1/journal.pb-c.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

static int compare(uint32_t kind, struct credit_bytes key, const struct toy_row *row)
{
	size_t shorter = key.size < row->key.size ? key.size : row->key.size;
	int order;

	if (kind != row->kind)
		return kind < row->kind ? -1 : 1;
	order = shorter ? memcmp(key.data, row->key.data, shorter) : 0;
	return order ? order : (key.size > row->key.size) - (key.size < row->key.size);
}

/* The first row that is not before (kind, key). */
static size_t place(const struct toy_state *state, uint32_t kind, struct credit_bytes key)
{
	size_t at = 0;

	while (at < state->count && compare(kind, key, &state->rows[at]) > 0)
		at++;
	return at;
}

static struct credit_bytes own(const void *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		err(1, "malloc");
	if (size)
		memcpy(copy, data, size);
	return (struct credit_bytes){copy, size};
}

static void drop(struct toy_row *row)
{
	free((void *)(uintptr_t)row->key.data);
	free((void *)(uintptr_t)row->value.data);
}

const struct toy_row *toy_state_find(
	const struct toy_state *state, uint32_t kind, struct credit_bytes key)
{
	size_t at = place(state, kind, key);

	return at < state->count && compare(kind, key, &state->rows[at]) == 0 ? &state->rows[at]
									      : NULL;
}

size_t toy_state_count(const struct toy_state *state, uint32_t kind)
{
	size_t count = 0;

	for (size_t i = 0; i < state->count; i++)
		count += state->rows[i].kind == kind;
	return count;
}

/* --- the view ------------------------------------------------------------------------------ */

static enum credit_error get(
	void *context, uint32_t kind, struct credit_bytes key, struct credit_bytes *ret_value)
{
	const struct toy_state *state = context;
	const struct toy_row *row = toy_state_find(state, kind, key);

	if (state->fail_get)
		return state->fail_get;
	if (!row)
		return CREDIT_E_NOT_FOUND;
	*ret_value = row->value;
	return CREDIT_OK;
}

static enum credit_error scan(void *context, uint32_t kind, struct credit_bytes prefix,
	void *each_context,
	enum credit_error (*each)(
		void *each_context, struct credit_bytes key, struct credit_bytes value))
{
	const struct toy_state *state = context;

	for (size_t at = place(state, kind, prefix); at < state->count; at++) {
		const struct toy_row *row = &state->rows[at];
		enum credit_error error;
		if (row->kind != kind || row->key.size < prefix.size ||
			(prefix.size && memcmp(row->key.data, prefix.data, prefix.size) != 0))
			break;
		error = each(each_context, row->key, row->value);
		if (error)
			return error;
	}
	return CREDIT_OK;
}

struct credit_state_view toy_state_view(struct toy_state *state)
{
	return (struct credit_state_view){.context = state, .get = get, .scan = scan};
}

/* --- effects ------------------------------------------------------------------------------- */

/* At its place, where `there` says that a row of that key was. */
static void put(struct toy_state *state, size_t at, bool there, uint32_t kind,
	struct credit_bytes key, struct credit_bytes value)
{
	if (state->count == state->capacity) {
		state->capacity = state->capacity ? state->capacity * 2 : 64;
		state->rows = realloc(state->rows, state->capacity * sizeof *state->rows);
		if (!state->rows)
			err(1, "realloc");
	}
	if (!there) {
		memmove(&state->rows[at + 1], &state->rows[at],
			(state->count++ - at) * sizeof *state->rows);
	}
	state->rows[at] =
		(struct toy_row){kind, own(key.data, key.size), own(value.data, value.size)};
}

static void apply_one(struct toy_state *state, const Credit__V1__Effect *effect)
{
	uint32_t kind = (uint32_t)effect->kind;
	struct credit_bytes key = {effect->key.data, effect->key.len};
	size_t at = place(state, kind, key);
	bool there = toy_state_find(state, kind, key) != NULL;

	if ((kind < CREDIT__V1__EFFECT_KIND__EFFECT_KIND_FOUNDING ||
		    kind > CREDIT__V1__EFFECT_KIND__EFFECT_KIND_OPEN_TASK) &&
		kind != CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ERASURE &&
		kind != CREDIT__V1__EFFECT_KIND__EFFECT_KIND_LOAD)
		errx(1, "effect of unknown kind %u", kind);
	if (effect->delete_ && !there)
		errx(1, "an effect deletes a row of kind %u that is not there", kind);
	if (there)
		drop(&state->rows[at]);
	if (effect->delete_) {
		memmove(&state->rows[at], &state->rows[at + 1],
			(--state->count - at) * sizeof *state->rows);
		return;
	}
	if ((effect->value.len == 0) !=
		(kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER ||
			kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_OPEN_TASK))
		errx(1, "an effect of kind %u with %zu bytes", kind, effect->value.len);
	put(state, at, there, kind, key,
		(struct credit_bytes){effect->value.data, effect->value.len});
}

void toy_state_apply(struct toy_state *state, const struct credit_effects *effects)
{
	for (size_t i = 0; i < effects->count; i++)
		apply_one(state, effects->items[i]);
}

/* --- another time ---------------------------------------------------------------------------- */

/* Before each row: kind, size of the key, size of the value; 4 bytes each. */
#define HEAD 12

struct credit_bytes toy_state_save(const struct toy_state *state, toy_kind_fn *wanted)
{
	size_t size = 0;
	uint8_t *saved, *at;

	for (size_t i = 0; i < state->count; i++) {
		if (wanted(state->rows[i].kind))
			size += HEAD + state->rows[i].key.size + state->rows[i].value.size;
	}
	saved = at = malloc(size + 1);
	if (!saved)
		err(1, "malloc");
	for (size_t i = 0; i < state->count; i++) {
		const struct toy_row *row = &state->rows[i];
		if (!wanted(row->kind))
			continue;
		credit_write_u32(at, row->kind);
		credit_write_u32(at + 4, (uint32_t)row->key.size);
		credit_write_u32(at + 8, (uint32_t)row->value.size);
		memcpy(at + HEAD, row->key.data, row->key.size);
		memcpy(at + HEAD + row->key.size, row->value.data, row->value.size);
		at += HEAD + row->key.size + row->value.size;
	}
	return (struct credit_bytes){saved, size};
}

void toy_state_load(struct toy_state *state, toy_kind_fn *wanted, struct credit_bytes saved)
{
	size_t kept = 0;

	for (size_t i = 0; i < state->count; i++) {
		if (wanted(state->rows[i].kind))
			drop(&state->rows[i]);
		else
			state->rows[kept++] = state->rows[i];
	}
	state->count = kept;
	for (const uint8_t *at = saved.data; at < saved.data + saved.size;) {
		uint32_t kind = credit_read_u32(at);
		struct credit_bytes key = {at + HEAD, credit_read_u32(at + 4)};
		struct credit_bytes value = {key.data + key.size, credit_read_u32(at + 8)};
		put(state, place(state, kind, key), false, kind, key, value);
		at = value.data + value.size;
	}
}

void toy_state_deinit(struct toy_state *state)
{
	for (size_t i = 0; i < state->count; i++)
		drop(&state->rows[i]);
	free(state->rows);
	*state = (struct toy_state){0};
}
