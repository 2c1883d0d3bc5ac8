/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot_read.c - a snapshot as it comes: in pieces of any size, of any bytes.
 *
 * Bytes gather in a window that holds the largest item twice over. From its front one item after the
 * other is taken: the proof, the header, lists, entities. An item that is not whole yet waits for more;
 * what is wrong is refused at once, before the digest could show it, so that a false file costs little.
 */
#include "proof/snapshot.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW 65536
_Static_assert(WINDOW >= 2 * CREDIT_SNAPSHOT_PROOF_MAX, "an item fits");

enum stage {
	STAGE_PROOF,
	STAGE_HEADER,
	STAGE_LISTS,
	STAGE_ENTITIES,
};

struct credit_snapshot_reader {
	struct credit_named_key key;
	struct credit_snapshot_events events;
	enum stage stage;
	enum credit_error failed;
	struct credit_problem problem; /* when failed */

	struct credit_snapshot_leaf leaf;
	struct credit_hasher hasher;
	uint64_t taken; /* bytes of the body that were taken as items */
	uint64_t entities, entries;
	uint32_t lists;       /* still to come */
	uint32_t list_number; /* the last one */
	struct credit_uscc last;
	uint8_t known[65536 / 8];

	size_t filled;
	uint8_t window[WINDOW];
};

enum credit_error credit_snapshot_reader_new(const struct credit_named_key *log_key,
	const struct credit_snapshot_events *events, struct credit_snapshot_reader **ret_reader)
{
	struct credit_snapshot_reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		return CREDIT_E_NO_MEMORY;
	reader->key = *log_key;
	reader->events = *events;
	credit_hasher_init(&reader->hasher);
	*ret_reader = reader;
	return CREDIT_OK;
}

void credit_snapshot_reader_free(struct credit_snapshot_reader *reader)
{
	free(reader);
}

/* --- items ------------------------------------------------------------------------------------ */

/* Goes over one item. What does not fit the bytes that are there is `short_of`; what is wrong is `bad`. */
struct item {
	struct credit_bytes rest;
	bool short_of, bad;
};

static const uint8_t *take(struct item *item, size_t size)
{
	const uint8_t *data = item->rest.data;

	if (size > item->rest.size)
		item->short_of = true;
	if (item->short_of || item->bad)
		return NULL;
	item->rest.data += size;
	item->rest.size -= size;
	return data;
}

static uint64_t take_number(struct item *item, size_t size)
{
	const uint8_t *data = take(item, size);
	uint64_t value = 0;

	for (size_t i = 0; data && i < size; i++)
		value = value << 8 | data[i];
	return value;
}

static void take_into(struct item *item, void *ret_data, size_t size)
{
	const uint8_t *data = take(item, size);

	if (data)
		memcpy(ret_data, data, size);
}

/* A text of `least` to `most` bytes behind its length. */
static struct credit_bytes take_text(
	struct item *item, size_t length_size, size_t least, size_t most)
{
	size_t size = (size_t)take_number(item, length_size);
	struct credit_bytes text = {NULL, size};
	uint32_t characters;

	if (size < least || size > most)
		item->bad = item->bad || !item->short_of;
	text.data = take(item, size);
	if (text.data && !credit_utf8_check(text, &characters))
		item->bad = true;
	return text;
}

static void take_magic(struct item *item, const char *magic)
{
	const uint8_t *data = take(item, CREDIT__SNAPSHOT_MAGIC_SIZE);

	if (data && memcmp(data, magic, CREDIT__SNAPSHOT_MAGIC_SIZE) != 0)
		item->bad = true;
}

static enum credit_error malformed(struct credit_problem *problem, const char *what)
{
	return credit_problem_set(
		problem, CREDIT_E_SNAPSHOT_MALFORMED, "snapshot", NULL, "%s", what);
}

static enum credit_error is_false(
	struct credit_problem *problem, const char *step, enum credit_error cause)
{
	return credit_problem_set(problem, CREDIT_E_PROOF_FALSE, step, NULL, "%s",
		credit_error_text(cause, CREDIT_LANG_EN));
}

/* --- the proof -------------------------------------------------------------------------------- */

static void take_leaf(struct item *item, struct credit_snapshot_leaf *ret_leaf)
{
	if (take_number(item, 1) != CREDIT_LEAF_SNAPSHOT)
		item->bad = item->bad || !item->short_of;
	ret_leaf->recorded_at.ms = (int64_t)take_number(item, 8);
	ret_leaf->publication = take_number(item, 8);
	ret_leaf->size = take_number(item, 8);
	ret_leaf->entities = take_number(item, 8);
	ret_leaf->entries = take_number(item, 8);
	take_into(item, ret_leaf->digest.byte, CREDIT_HASH_SIZE);
}

static enum credit_error check_proof(struct credit_snapshot_reader *reader,
	const struct credit_path *path, struct credit_bytes checkpoint, size_t proof_size,
	struct credit_problem *problem)
{
	uint8_t entry[CREDIT_SNAPSHOT_LEAF_SIZE];
	struct credit_tree_head head;
	struct credit_hash hash;
	enum credit_error error = credit_checkpoint_open(checkpoint, &reader->key, &head);

	if (error)
		return is_false(problem, "checkpoint", error);
	/* docs/spec/snapshot.md: "The snapshot leaf is at index size - 2 of the checkpoint's tree" */
	if (head.size < 2)
		return is_false(problem, "log_path", CREDIT_E_LOG_INDEX);
	credit_snapshot_leaf_write(&reader->leaf, entry);
	credit_leaf_hash((struct credit_bytes){entry, sizeof entry}, &hash);
	error = credit_inclusion_verify(
		head.size - 2, head.size, &hash, path->hash, path->count, &head.root);
	if (error)
		return is_false(problem, "log_path", error);
	if (reader->leaf.size > CREDIT_SNAPSHOT_BODY_MAX)
		return malformed(problem, "size");
	if (!reader->events.proved)
		return CREDIT_OK;
	return reader->events.proved(
		reader->events.context, &reader->leaf, &head, proof_size + reader->leaf.size);
}

static enum credit_error read_proof(
	struct credit_snapshot_reader *reader, struct item *item, struct credit_problem *problem)
{
	size_t before = item->rest.size;
	struct credit_bytes checkpoint;
	struct credit_path path;

	take_magic(item, CREDIT__SNAPSHOT_MAGIC);
	take_leaf(item, &reader->leaf);
	path.count = (uint32_t)take_number(item, 1);
	if (path.count > CREDIT_PATH_MAX)
		item->bad = true;
	else
		take_into(item, path.hash, path.count * CREDIT_HASH_SIZE);
	checkpoint = take_text(item, 2, 1, CREDIT_SNAPSHOT_CHECKPOINT_MAX);
	if (item->bad || item->short_of)
		return CREDIT_OK;
	reader->stage = STAGE_HEADER;
	return check_proof(reader, &path, checkpoint, before - item->rest.size, problem);
}

/* --- the body --------------------------------------------------------------------------------- */

static enum credit_error read_header(
	struct credit_snapshot_reader *reader, struct item *item, struct credit_problem *problem)
{
	struct credit_snapshot_header header = {0};
	struct credit_bytes origin;

	take_magic(item, CREDIT__SNAPSHOT_BODY_MAGIC);
	origin = take_text(item, 1, 1, CREDIT_KEY_NAME_MAX);
	header.publication.publication = take_number(item, 8);
	header.publication.epoch = take_number(item, 8);
	header.publication.recorded_at.ms = (int64_t)take_number(item, 8);
	header.publication.map_size = take_number(item, 8);
	take_into(item, header.publication.map_root.byte, CREDIT_HASH_SIZE);
	header.lists = (uint32_t)take_number(item, 2);
	if (item->bad || item->short_of)
		return CREDIT_OK;
	/* docs/spec/snapshot.md: "the origin is that of the checkpoint" */
	if (!credit_bytes_equal(origin, credit_bytes_of(reader->key.name)))
		return malformed(problem, "origin");
	if (header.publication.publication != reader->leaf.publication)
		return malformed(problem, "publication");
	if (header.lists > CREDIT_SNAPSHOT_LISTS_MAX)
		return malformed(problem, "lists");
	memcpy(header.origin, origin.data, origin.size);
	reader->lists = header.lists;
	reader->stage = header.lists > 0 ? STAGE_LISTS : STAGE_ENTITIES;
	if (!reader->events.header)
		return CREDIT_OK;
	return reader->events.header(reader->events.context, &header);
}

static enum credit_error read_list(
	struct credit_snapshot_reader *reader, struct item *item, struct credit_problem *problem)
{
	struct credit_snapshot_list list;
	uint64_t colour;

	list.number = (uint32_t)take_number(item, 2);
	colour = take_number(item, 1);
	list.colour = colour == CREDIT_SNAPSHOT_RED ? CREDIT_SNAPSHOT_RED : CREDIT_SNAPSHOT_BLACK;
	list.id = take_text(item, 1, 1, CREDIT__SNAPSHOT_ID_MAX);
	list.title = take_text(item, 2, 0, CREDIT__SNAPSHOT_TITLE_MAX);
	list.title_en = take_text(item, 2, 0, CREDIT__SNAPSHOT_TITLE_MAX);
	if (item->bad || item->short_of)
		return CREDIT_OK;
	/* docs/spec/snapshot.md: "Lists come in ascending order of their numbers." */
	if (list.number <= reader->list_number || colour != (uint64_t)list.colour)
		return malformed(problem, "list");
	reader->list_number = list.number;
	credit__snapshot_know(reader->known, list.number);
	if (--reader->lists == 0)
		reader->stage = STAGE_ENTITIES;
	if (!reader->events.list)
		return CREDIT_OK;
	return reader->events.list(reader->events.context, &list);
}

static credit_day_t take_day(struct item *item)
{
	int32_t days = (int32_t)take_number(item, 3) - CREDIT__SNAPSHOT_DAY_BIAS;

	if (days > CREDIT_DAY_MAX)
		item->bad = true;
	return (credit_day_t){days};
}

static void take_entry(const struct credit_snapshot_reader *reader, struct item *item,
	struct credit_snapshot_entry *ret_entry)
{
	uint64_t flags;

	ret_entry->list = (uint32_t)take_number(item, 2);
	flags = take_number(item, 1);
	ret_entry->disputed = (flags & CREDIT__SNAPSHOT_DISPUTED) != 0;
	ret_entry->suspended = (flags & CREDIT__SNAPSHOT_SUSPENDED) != 0;
	ret_entry->listed_on = take_day(item);
	ret_entry->published_until = take_day(item);
	/* docs/spec/snapshot.md: "every list is one of the header's" */
	if (!item->short_of && (!credit__snapshot_knows(reader->known, ret_entry->list) ||
				       flags & ~(uint64_t)(CREDIT__SNAPSHOT_DISPUTED |
							   CREDIT__SNAPSHOT_SUSPENDED)))
		item->bad = true;
}

/* The code out of the last one and the rest; false when it does not come after it, or is none. */
static bool take_code(
	struct credit_snapshot_reader *reader, struct item *item, struct credit_uscc *ret_uscc)
{
	size_t shared = (size_t)take_number(item, 1);
	bool first = reader->entities == 0;
	const char *rest;

	if (shared >= CREDIT_USCC_SIZE || (first && shared > 0))
		return false;
	*ret_uscc = reader->last;
	rest = (const char *)take(item, CREDIT_USCC_SIZE - shared);
	if (!rest)
		return true; /* short of bytes, which is seen to later */
	memcpy(ret_uscc->character + shared, rest, CREDIT_USCC_SIZE - shared);
	for (size_t i = shared; i < CREDIT_USCC_SIZE; i++)
		if (!credit__snapshot_code_character(ret_uscc->character[i]))
			return false;
	/* docs/spec/snapshot.md: "the first character of the rest is greater than the one it takes the
	 * place of" */
	return first || ret_uscc->character[shared] > reader->last.character[shared];
}

static enum credit_error read_entity(
	struct credit_snapshot_reader *reader, struct item *item, struct credit_problem *problem)
{
	struct credit_snapshot_entity entity;
	bool code = take_code(reader, item, &entity.uscc);
	uint32_t counts = (uint32_t)take_number(item, 1);

	entity.count = counts & 15;
	entity.more = counts >> 4;
	if (item->short_of)
		return CREDIT_OK;
	if (!code || counts == 0)
		return malformed(problem, "entity");
	for (uint32_t i = 0; i < entity.count; i++) {
		take_entry(reader, item, &entity.entry[i]);
		if (!item->short_of && i > 0 && entity.entry[i].list <= entity.entry[i - 1].list)
			item->bad = true;
	}
	if (item->bad || item->short_of)
		return CREDIT_OK;
	reader->last = entity.uscc;
	reader->entities++;
	reader->entries += entity.count;
	if (!reader->events.entity)
		return CREDIT_OK;
	return reader->events.entity(reader->events.context, &entity);
}

/* --- pieces ----------------------------------------------------------------------------------- */

static enum credit_error (*const readers[])(struct credit_snapshot_reader *reader,
	struct item *item, struct credit_problem *problem) = {
	[STAGE_PROOF] = read_proof,
	[STAGE_HEADER] = read_header,
	[STAGE_LISTS] = read_list,
	[STAGE_ENTITIES] = read_entity,
};

/* Takes whole items from the front of the window; *ret_used bytes of it. */
static enum credit_error take_items(
	struct credit_snapshot_reader *reader, size_t *ret_used, struct credit_problem *problem)
{
	static const char *const names[] = {"proof", "header", "list", "entity"};
	size_t used = 0;

	while (used < reader->filled) {
		enum stage stage = reader->stage;
		struct item item = {.rest = {reader->window + used, reader->filled - used}};
		size_t size;
		enum credit_error error;

		if (stage != STAGE_PROOF && item.rest.size > reader->leaf.size - reader->taken)
			return malformed(problem, "longer than the log says");
		error = readers[stage](reader, &item, problem);
		if (error)
			return error;
		if (item.bad)
			return malformed(problem, names[stage]);
		if (item.short_of)
			break;
		size = reader->filled - used - item.rest.size;
		if (stage != STAGE_PROOF) {
			credit_hasher_add(&reader->hasher, reader->window + used, size);
			reader->taken += size;
		}
		used += size;
	}
	*ret_used = used;
	return CREDIT_OK;
}

enum credit_error credit_snapshot_reader_add(struct credit_snapshot_reader *reader,
	struct credit_bytes bytes, struct credit_problem *problem)
{
	enum credit_error error = reader->failed;

	while (!error && bytes.size > 0) {
		size_t room = WINDOW - reader->filled, used = 0;
		size_t part = bytes.size < room ? bytes.size : room;

		memcpy(reader->window + reader->filled, bytes.data, part);
		reader->filled += part;
		bytes.data += part;
		bytes.size -= part;
		error = take_items(reader, &used, &reader->problem);
		if (error)
			break;
		memmove(reader->window, reader->window + used, reader->filled - used);
		reader->filled -= used;
	}
	if (error && reader->problem.error != error)
		credit_problem_set(&reader->problem, error, "snapshot", NULL, NULL);
	reader->failed = error;
	if (error && problem)
		*problem = reader->problem;
	return error;
}

enum credit_error credit_snapshot_reader_done(
	struct credit_snapshot_reader *reader, struct credit_problem *problem)
{
	struct credit_hash digest;

	if (reader->failed) {
		if (problem)
			*problem = reader->problem;
		return reader->failed;
	}
	reader->failed = CREDIT_E_SNAPSHOT_MALFORMED; /* nothing may be added any more */
	credit_problem_set(&reader->problem, reader->failed, "snapshot", NULL, "at its end");
	if (reader->stage != STAGE_ENTITIES || reader->filled > 0 ||
		reader->taken != reader->leaf.size)
		return malformed(problem, "bytes are missing");
	credit_hasher_done(&reader->hasher, &digest);
	if (!credit_hash_equal(&digest, &reader->leaf.digest))
		return is_false(problem, "digest", CREDIT_E_PROOF_FALSE);
	if (reader->entities != reader->leaf.entities || reader->entries != reader->leaf.entries)
		return malformed(problem, "counts");
	return CREDIT_OK;
}
