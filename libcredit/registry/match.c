/* SPDX-License-Identifier: Apache-2.0
 *
 * match.c - two sides in parts, and a table for one part at a time.
 */
#include "registry/match.h"

#include "registry/parts.h"

#include <credit/store.h>

#include <stdlib.h>
#include <string.h>

#define PART_SHIFT 56
#define SUMMED_VALUE_MAX 64

/* Of a value's hash: never that of a value. */
#define GONE 0
#define SEEN 1
/* Beside a value's hash: it counts only where no other was before it. */
#define UNLESS ((uint64_t)1 << 63)

struct item {
	uint64_t row, value;
};

enum side {
	SHOULD,
	IS,
	SIDES
};

struct credit__match {
	struct credit_short_hash_key key;
	struct credit__parts *parts[SIDES];
	uint64_t sum[SIDES];
	struct item *items; /* of one part */
	size_t items_capacity;
	struct item *table; /* open addressing; row 0: free */
	size_t capacity;    /* a power of two */
};

enum credit_error credit__match_new(const char *folder, struct credit__match **ret_match)
{
	struct credit__match *match = calloc(1, sizeof *match);

	if (!match)
		return CREDIT_E_NO_MEMORY;
	credit_random(&match->key, sizeof match->key);
	for (int side = 0; side < SIDES; side++) {
		enum credit_error error =
			credit__parts_new(folder, sizeof(struct item), &match->parts[side]);

		if (error) {
			credit__match_free(match);
			return error;
		}
	}
	*ret_match = match;
	return CREDIT_OK;
}

void credit__match_free(struct credit__match *match)
{
	if (!match)
		return;
	for (int side = 0; side < SIDES; side++)
		credit__parts_free(match->parts[side]);
	free(match->items);
	free(match->table);
	free(match);
}

/* --- rows --------------------------------------------------------------------------------------- */

uint64_t credit__match_row(
	const struct credit__match *match, uint8_t keyspace, struct credit_bytes key)
{
	uint8_t bytes[1 + CREDIT_KEY_MAX];
	uint64_t row;

	bytes[0] = keyspace;
	if (key.size > CREDIT_KEY_MAX)
		key.size = CREDIT_KEY_MAX;
	memcpy(bytes + 1, key.data, key.size);
	row = credit_short_hash(&match->key, (struct credit_bytes){bytes, 1 + key.size});
	return row ? row : 1; /* 0 is a free place of the table */
}

static enum credit_error put(
	struct credit__match *match, enum side side, uint64_t row, uint64_t value)
{
	const struct item item = {row, value};

	return credit__parts_put(match->parts[side], row >> PART_SHIFT, &item);
}

static uint64_t hash_value(const struct credit__match *match, struct credit_bytes value)
{
	uint64_t hash = credit_short_hash(&match->key, value) & ~UNLESS;

	return hash > SEEN ? hash : hash + SEEN + 1;
}

enum credit_error credit__match_should(struct credit__match *match, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value)
{
	return put(
		match, SHOULD, credit__match_row(match, keyspace, key), hash_value(match, value));
}

enum credit_error credit__match_should_unless(struct credit__match *match, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value)
{
	return put(match, SHOULD, credit__match_row(match, keyspace, key),
		hash_value(match, value) | UNLESS);
}

enum credit_error credit__match_should_not(
	struct credit__match *match, uint8_t keyspace, struct credit_bytes key)
{
	return put(match, SHOULD, credit__match_row(match, keyspace, key), GONE);
}

enum credit_error credit__match_is(struct credit__match *match, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value)
{
	return put(match, IS, credit__match_row(match, keyspace, key), hash_value(match, value));
}

/* --- sums --------------------------------------------------------------------------------------- */

static void add(struct credit__match *match, enum side side, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value)
{
	uint8_t memory[8 + SUMMED_VALUE_MAX];
	struct credit_buffer buffer;

	credit_buffer_init(&buffer, memory, sizeof memory);
	credit_buffer_put_u64(&buffer, credit__match_row(match, keyspace, key));
	if (value.size <= SUMMED_VALUE_MAX)
		credit_buffer_put(&buffer, value.data, value.size);
	else
		credit_buffer_put_u64(&buffer, credit_short_hash(&match->key, value));
	match->sum[side] +=
		credit_short_hash(&match->key, (struct credit_bytes){buffer.data, buffer.size});
}

void credit__match_add_should(struct credit__match *match, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value)
{
	add(match, SHOULD, keyspace, key, value);
}

void credit__match_add_is(struct credit__match *match, uint8_t keyspace, struct credit_bytes key,
	struct credit_bytes value)
{
	add(match, IS, keyspace, key, value);
}

bool credit__match_sums_agree(const struct credit__match *match)
{
	return match->sum[SHOULD] == match->sum[IS];
}

/* --- comparing ---------------------------------------------------------------------------------- */

struct comparison {
	struct credit__match *match;
	void *context;
	void (*each)(void *context, const struct credit__match_difference *difference);
};

static void tell(const struct comparison *comparison, uint64_t row, enum credit__match_fault fault)
{
	struct credit__match_difference difference = {row, fault};

	comparison->each(comparison->context, &difference);
}

/* The place of a row, or the free one where it would be. The upper bits chose the part. */
static struct item *find(const struct credit__match *match, uint64_t row)
{
	size_t at = (size_t)row & (match->capacity - 1);

	while (match->table[at].row != 0 && match->table[at].row != row)
		at = (at + 1) & (match->capacity - 1);
	return &match->table[at];
}

static void take_should(const struct comparison *comparison, const struct item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct item *place = find(comparison->match, items[i].row);

		if (items[i].value == GONE && place->value == GONE)
			tell(comparison, items[i].row, MATCH_DELETE_NOTHING);
		if (!(items[i].value & UNLESS) || place->value == GONE)
			*place = (struct item){items[i].row, items[i].value & ~UNLESS};
	}
}

static void take_is(const struct comparison *comparison, const struct item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct item *place = find(comparison->match, items[i].row);

		if (place->row == 0 || place->value == GONE) {
			tell(comparison, items[i].row, MATCH_EXTRA);
			continue;
		}
		if (place->value != items[i].value)
			tell(comparison, items[i].row, MATCH_DIFFERS);
		place->value = SEEN;
	}
}

static enum credit_error walk(const struct comparison *comparison, enum side side, size_t number,
	void (*take)(const struct comparison *comparison, const struct item *items, size_t count))
{
	struct credit__match *match = comparison->match;
	size_t count = credit__parts_count(match->parts[side], number);
	enum credit_error error;

	if (count > match->items_capacity) {
		free(match->items);
		match->items = malloc(count * sizeof *match->items);
		match->items_capacity = match->items ? count : 0;
	}
	if (count == 0 || !match->items)
		return count == 0 ? CREDIT_OK : CREDIT_E_NO_MEMORY;
	error = credit__parts_read(match->parts[side], number, match->items);
	if (!error)
		take(comparison, match->items, count);
	credit__parts_drop(match->parts[side], number);
	return error;
}

static enum credit_error clear_table(struct credit__match *match, size_t rows)
{
	size_t capacity = 1024;

	while (capacity < 2 * rows)
		capacity *= 2;
	if (capacity > match->capacity) {
		free(match->table);
		match->table = malloc(capacity * sizeof *match->table);
		match->capacity = match->table ? capacity : 0;
	}
	if (!match->table)
		return CREDIT_E_NO_MEMORY;
	memset(match->table, 0, match->capacity * sizeof *match->table);
	return CREDIT_OK;
}

static enum credit_error compare_part(const struct comparison *comparison, size_t number)
{
	struct credit__match *match = comparison->match;
	enum credit_error error =
		clear_table(match, credit__parts_count(match->parts[SHOULD], number));

	if (!error)
		error = walk(comparison, SHOULD, number, take_should);
	if (!error)
		error = walk(comparison, IS, number, take_is);
	for (size_t i = 0; i < match->capacity && !error; i++)
		if (match->table[i].value > SEEN)
			tell(comparison, match->table[i].row, MATCH_MISSING);
	return error;
}

enum credit_error credit__match_compare(struct credit__match *match, void *context,
	void (*each)(void *context, const struct credit__match_difference *difference))
{
	struct comparison comparison = {.match = match, .context = context, .each = each};
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < CREDIT__PARTS && !error; i++)
		error = compare_part(&comparison, i);
	return error;
}
