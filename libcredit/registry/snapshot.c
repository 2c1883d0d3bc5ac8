/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot.c - all listings as of one publication, gathered without holding anybody up.
 *
 * Going over ten million statuses takes seconds when the disk has to be read, and a read transaction that lasts so long would pin
 * every page that the writer replaces meanwhile. So the statuses are read a few thousand at a time, each
 * time as of the newest publication, and what is read early may be old in the end:
 *
 *     statuses, piece by piece -> rows        (publications first .. last)
 *     effects of the journal   -> corrections (epochs after `first`, up to `last`)
 *     rows and corrections, merged by code -> body
 *
 * A status that changed in between has its last value in the journal, whatever the rows say of it; one
 * that did not is right in the rows. Together they are the state as of `last`.
 */
#include "registry/snapshot.h"

#include "credit/v1/rule_book.pb-c.h"
#include "credit/v1/status.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 8192 /* statuses in one read transaction */
#define CORRECTIONS_MAX 2000000
#define EPOCH_ARENA_LIMIT ((size_t)512 << 20)
#define LISTS_ARENA_LIMIT ((size_t)64 << 20)
#define ROWS_NAME ".gather-rows"
#define BODY_NAME ".gather-body"

/* A status after a change, or that it stands on no list. */
struct correction {
	struct credit_uscc uscc;
	uint64_t order; /* of two for one code the later one counts */
	struct credit_snapshot_entity entity;
};

struct gathering {
	struct credit_snapshotter *snapshotter;
	struct credit__mark first, last;
	struct credit_uscc from; /* where the next piece begins */
	bool begun, ended;
	FILE *rows;

	struct correction **corrections; /* sorted at the end; freed one by one */
	size_t count, room;

	struct credit_snapshot_list *lists; /* by number; texts in the arena */
	uint32_t list_count;
	struct credit_arena lists_arena;
	struct credit_snapshot_writer writer;
};

/* --- one status ------------------------------------------------------------------------------- */

/* A Status that names or counts lists begins with these fields (status.proto); most do not. */
static bool may_name_lists(struct credit_bytes status)
{
	return status.size > 0 && (status.data[0] == (1 << 3 | 2) || status.data[0] == 2 << 3);
}

static int by_list(const void *a, const void *b)
{
	const struct credit_snapshot_entry *left = a, *right = b;

	return (left->list > right->list) - (left->list < right->list);
}

static enum credit_error entity_of(const Credit__V1__Status *status, const struct credit_uscc *uscc,
	struct credit_snapshot_entity *ret_entity)
{
	if (status->n_lists > CREDIT_SNAPSHOT_ENTRIES_MAX)
		return CREDIT_E_STORE_CORRUPT;
	ret_entity->uscc = *uscc;
	ret_entity->count = (uint32_t)status->n_lists;
	/* docs/spec/snapshot.md: "15 standing for fifteen or more" */
	ret_entity->more = status->more_lists < 15 ? status->more_lists : 15;
	for (size_t i = 0; i < status->n_lists; i++) {
		const Credit__V1__ListEntry *entry = status->lists[i];

		ret_entity->entry[i] = (struct credit_snapshot_entry){
			.list = entry->list,
			.disputed = entry->disputed,
			.suspended = entry->suspended,
			.listed_on = {entry->listed_on},
			.published_until = {entry->published_until},
		};
	}
	qsort(ret_entity->entry, ret_entity->count, sizeof ret_entity->entry[0], by_list);
	return CREDIT_OK;
}

/* What a stored status says of lists; count and more are 0 when it stands on none. */
static enum credit_error read_status(struct credit_snapshotter *snapshotter,
	struct credit_bytes key, struct credit_bytes value,
	struct credit_snapshot_entity *ret_entity)
{
	struct credit_stored_status stored;
	struct credit_uscc uscc;
	ProtobufCMessage *message;
	enum credit_error error = credit_stored_status_parse(value, &stored);

	if (error || key.size != CREDIT_USCC_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(uscc.character, key.data, CREDIT_USCC_SIZE);
	ret_entity->uscc = uscc;
	ret_entity->count = ret_entity->more = 0;
	if (!may_name_lists(stored.status))
		return CREDIT_OK;
	credit_arena_reset(&snapshotter->arena);
	error = credit_decode(&credit__v1__status__descriptor, stored.status, &snapshotter->arena,
		&message, NULL);
	return error ? error : entity_of((Credit__V1__Status *)(void *)message, &uscc, ret_entity);
}

static bool stands_on_lists(const struct credit_snapshot_entity *entity)
{
	return entity->count + entity->more > 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* The part of the struct that is used; the file is this process's own. */
static size_t row_size(const struct credit_snapshot_entity *entity)
{
	return offsetof(struct credit_snapshot_entity, entry) +
	       entity->count * sizeof entity->entry[0];
}

static enum credit_error put_row(
	struct gathering *gathering, const struct credit_snapshot_entity *entity)
{
	if (fwrite(entity, row_size(entity), 1, gathering->rows) != 1)
		return credit__snapshot_fault(gathering->snapshotter, ROWS_NAME);
	return CREDIT_OK;
}

/* False at the end. */
static bool get_row(struct gathering *gathering, struct credit_snapshot_entity *ret_entity,
	enum credit_error *error)
{
	const size_t fixed = offsetof(struct credit_snapshot_entity, entry);

	if (fread(ret_entity, fixed, 1, gathering->rows) == 1 &&
		(ret_entity->count == 0 ||
			fread(ret_entity->entry, sizeof ret_entity->entry[0], ret_entity->count,
				gathering->rows) == ret_entity->count))
		return true;
	if (ferror(gathering->rows))
		*error = credit__snapshot_fault(gathering->snapshotter, ROWS_NAME);
	return false;
}

/* Up to PIECE statuses, from gathering->from on. */
static enum credit_error read_rows(struct gathering *gathering)
{
	struct credit_snapshotter *snapshotter = gathering->snapshotter;
	struct credit_bytes from = {(const uint8_t *)gathering->from.character,
		gathering->begun ? CREDIT_USCC_SIZE : 0};
	struct credit_bytes key, value;
	struct credit_cursor *cursor;
	enum credit_error error =
		credit_cursor_open(snapshotter->state, NULL, STATE_STATUS, &cursor);

	if (error)
		return error;
	gathering->begun = true;
	error = credit_cursor_seek(cursor, from, &key, &value);
	for (size_t i = 0; !error && i < PIECE; i++) {
		struct credit_snapshot_entity entity;

		error = read_status(snapshotter, key, value, &entity);
		if (!error && stands_on_lists(&entity))
			error = put_row(gathering, &entity);
		if (!error)
			error = credit_cursor_next(cursor, &key, &value);
	}
	if (!error)
		memcpy(gathering->from.character, key.data, CREDIT_USCC_SIZE);
	gathering->ended = error == CREDIT_E_NOT_FOUND;
	credit_cursor_close(cursor);
	return gathering->ended ? CREDIT_OK : error;
}

/* --- lists ------------------------------------------------------------------------------------ */

static struct credit_bytes copy_text(struct gathering *gathering, const char *text)
{
	size_t size = strlen(text);

	return (struct credit_bytes){credit_arena_copy(&gathering->lists_arena, text, size), size};
}

static enum credit_error add_list(struct gathering *gathering, const Credit__V1__ListRule *rule)
{
	struct credit_snapshot_list list = {
		.number = rule->number,
		.colour = rule->colour == CREDIT__V1__COLOUR__COLOUR_RED ? CREDIT_SNAPSHOT_RED
									 : CREDIT_SNAPSHOT_BLACK,
		.id = copy_text(gathering, rule->id),
		.title = copy_text(gathering, rule->title),
		.title_en = copy_text(gathering, rule->title_en),
	};
	uint32_t at = 0;

	if (!list.id.data || !list.title.data || !list.title_en.data)
		return CREDIT_E_NO_MEMORY;
	while (at < gathering->list_count && gathering->lists[at].number < list.number)
		at++;
	if (at == gathering->list_count || gathering->lists[at].number != list.number) {
		if (gathering->list_count == CREDIT_SNAPSHOT_LISTS_MAX)
			return CREDIT_E_TOO_MANY;
		memmove(&gathering->lists[at + 1], &gathering->lists[at],
			(gathering->list_count - at) * sizeof list);
		gathering->list_count++;
	}
	gathering->lists[at] = list;
	return CREDIT_OK;
}

/* In order of their dates, so that the later one has the last word. */
static enum credit_error read_rule_book(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct gathering *gathering = context;
	struct credit_arena *arena = &gathering->lists_arena;
	ProtobufCMessage *row, *book;
	const Credit__V1__RuleBook *read;
	enum credit_error error =
		credit_decode(&credit__v1__rule_book_row__descriptor, value, arena, &row, NULL);

	(void)key;
	if (!error) {
		ProtobufCBinaryData bytes = ((Credit__V1__RuleBookRow *)(void *)row)->rule_book;

		error = credit_decode(&credit__v1__rule_book__descriptor,
			(struct credit_bytes){bytes.data, bytes.len}, arena, &book, NULL);
	}
	if (error)
		return error;
	read = (const Credit__V1__RuleBook *)(const void *)book;
	for (size_t i = 0; i < read->n_lists && !error; i++)
		error = add_list(gathering, read->lists[i]);
	return error;
}

/* --- pieces ----------------------------------------------------------------------------------- */

/* One read transaction. With the last one comes what the snapshot is as of. */
static enum credit_error read_piece(struct gathering *gathering)
{
	struct credit_snapshotter *snapshotter = gathering->snapshotter;
	struct credit__eyes eyes = {.reader = snapshotter->state};
	bool first = !gathering->begun;
	enum credit_error error = credit_read_begin(snapshotter->state);

	if (error)
		return error;
	error = credit__read_mark(&eyes, "publication", &gathering->last);
	if (!error && gathering->last.publication == 0)
		error = CREDIT_E_EPOCH_NOT_PUBLISHED;
	if (first)
		gathering->first = gathering->last;
	if (!error)
		error = read_rows(gathering);
	if (!error && gathering->ended)
		error = credit__eyes_scan(&eyes, STATE_RULE_BOOK, (struct credit_bytes){0},
			(struct credit_bytes){0}, gathering, read_rule_book);
	credit_read_end(snapshotter->state);
	return error;
}

/* --- corrections ------------------------------------------------------------------------------ */

static enum credit_error add_correction(
	struct gathering *gathering, const struct credit_snapshot_entity *entity)
{
	struct correction *correction;

	if (gathering->count == CORRECTIONS_MAX)
		return CREDIT_E_TOO_MANY; /* the next attempt meets quieter times */
	if (gathering->count == gathering->room) {
		size_t room = gathering->room ? 2 * gathering->room : 1024;
		struct correction **grown =
			realloc(gathering->corrections, room * sizeof(struct correction *));

		if (!grown)
			return CREDIT_E_NO_MEMORY;
		gathering->corrections = grown;
		gathering->room = room;
	}
	correction = malloc(offsetof(struct correction, entity) + row_size(entity));
	if (!correction)
		return CREDIT_E_NO_MEMORY;
	correction->uscc = entity->uscc;
	correction->order = gathering->count;
	memcpy(&correction->entity, entity, row_size(entity));
	gathering->corrections[gathering->count++] = correction;
	return CREDIT_OK;
}

static enum credit_error correct(struct gathering *gathering, const Credit__V1__EpochRow *row)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < row->n_effects && !error; i++) {
		const Credit__V1__Effect *effect = row->effects[i];
		struct credit_snapshot_entity entity = {0};

		if (effect->kind != CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS)
			continue;
		if (!effect->delete_)
			error = read_status(gathering->snapshotter,
				(struct credit_bytes){effect->key.data, effect->key.len},
				(struct credit_bytes){effect->value.data, effect->value.len},
				&entity);
		else if (effect->key.len == CREDIT_USCC_SIZE)
			memcpy(entity.uscc.character, effect->key.data, CREDIT_USCC_SIZE);
		if (!error)
			error = add_correction(gathering, &entity);
	}
	return error;
}

static enum credit_error correct_epoch(
	struct gathering *gathering, uint64_t number, struct credit_arena *arena)
{
	struct credit_reader *journal = gathering->snapshotter->journal.reader;
	Credit__V1__Epoch *epoch;
	uint32_t rows = 0;
	enum credit_error error;

	credit_arena_reset(arena);
	error = credit__journal_epoch(journal, number, arena, &epoch);
	if (!error)
		rows = epoch->rows;
	for (uint32_t i = 0; i < rows && !error; i++) {
		Credit__V1__EpochRow *row;

		credit_arena_reset(arena);
		error = credit__journal_row(journal, number, i, arena, &row);
		if (!error)
			error = correct(gathering, row);
	}
	return error;
}

static int by_code_and_order(const void *a, const void *b)
{
	const struct correction *left = *(struct correction *const *)a;
	const struct correction *right = *(struct correction *const *)b;
	int order = memcmp(left->uscc.character, right->uscc.character, CREDIT_USCC_SIZE);

	return order ? order : (left->order > right->order) - (left->order < right->order);
}

static enum credit_error read_corrections(struct gathering *gathering)
{
	struct credit_snapshotter *snapshotter = gathering->snapshotter;
	struct credit_arena arena;
	enum credit_error error = CREDIT_OK;

	credit_arena_init(&arena, NULL, 0, EPOCH_ARENA_LIMIT);
	for (uint64_t n = gathering->first.epoch + 1; n <= gathering->last.epoch && !error; n++) {
		error = credit_read_begin(snapshotter->journal.reader);
		if (error)
			break;
		error = correct_epoch(gathering, n, &arena);
		credit_read_end(snapshotter->journal.reader);
	}
	credit_arena_deinit(&arena);
	if (gathering->count > 1)
		qsort(gathering->corrections, gathering->count, sizeof(struct correction *),
			by_code_and_order);
	return error;
}

/* --- the body --------------------------------------------------------------------------------- */

static enum credit_error put_body(void *context, struct credit_bytes bytes)
{
	struct credit_snapshotter *snapshotter = context;

	if (fwrite(bytes.data, bytes.size, 1, snapshotter->body) != 1)
		return credit__snapshot_fault(snapshotter, BODY_NAME);
	return CREDIT_OK;
}

static enum credit_error write_head(struct gathering *gathering)
{
	struct credit_snapshotter *snapshotter = gathering->snapshotter;
	struct credit_snapshot_header header = {.lists = gathering->list_count};
	Credit__V1__Publication *publication;
	enum credit_error error = credit_read_begin(snapshotter->journal.reader);

	if (error)
		return error;
	credit_arena_reset(&snapshotter->arena);
	error = credit__journal_publication(snapshotter->journal.reader,
		gathering->last.publication, &snapshotter->arena, &publication);
	if (!error)
		credit__publication_leaf_of(publication, &header.publication);
	credit_read_end(snapshotter->journal.reader);
	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STORE_CORRUPT : error;
	snprintf(header.origin, sizeof header.origin, "%s", snapshotter->registry->origin);
	error = credit_snapshot_write_header(&gathering->writer, &header, snapshotter, put_body);
	for (uint32_t i = 0; i < gathering->list_count && !error; i++)
		error = credit_snapshot_write_list(&gathering->writer, &gathering->lists[i]);
	return error;
}

/* The last correction of the next code, from *at on; NULL when there is none. */
static const struct correction *next_correction(const struct gathering *gathering, size_t *at)
{
	const struct correction *correction = NULL;

	while (*at < gathering->count &&
		(!correction || memcmp(correction->uscc.character,
					gathering->corrections[*at]->uscc.character,
					CREDIT_USCC_SIZE) == 0))
		correction = gathering->corrections[(*at)++];
	return correction;
}

static enum credit_error write_entities(struct gathering *gathering)
{
	struct credit_snapshot_entity row;
	size_t at = 0;
	enum credit_error error = CREDIT_OK;
	const struct correction *correction = next_correction(gathering, &at);
	bool more = get_row(gathering, &row, &error);

	while (!error && (more || correction)) {
		int order = 0;

		if (more && correction)
			order = memcmp(
				row.uscc.character, correction->uscc.character, CREDIT_USCC_SIZE);
		if (!correction || order < 0) {
			error = credit_snapshot_write_entity(&gathering->writer, &row);
		} else if (stands_on_lists(&correction->entity)) {
			error = credit_snapshot_write_entity(
				&gathering->writer, &correction->entity);
		}
		bool pass_row = more && (!correction || order <= 0);
		bool pass_correction = correction && (!more || order >= 0);

		if (!error && pass_correction)
			correction = next_correction(gathering, &at);
		if (!error && pass_row)
			more = get_row(gathering, &row, &error);
	}
	return error;
}

static enum credit_error write_body(struct gathering *gathering)
{
	struct credit_snapshotter *snapshotter = gathering->snapshotter;
	enum credit_error error = write_head(gathering);

	rewind(gathering->rows);
	if (!error)
		error = write_entities(gathering);
	if (!error && fflush(snapshotter->body) != 0)
		error = credit__snapshot_fault(snapshotter, BODY_NAME);
	if (!error)
		credit_snapshot_write_done(
			&gathering->writer, gathering->last.publication, &snapshotter->leaf);
	return error;
}

/* --- all of it -------------------------------------------------------------------------------- */

static enum credit_error gather(
	struct gathering *gathering, bool (*go_on)(void *context), void *context)
{
	struct credit_snapshotter *snapshotter = gathering->snapshotter;
	enum credit_error error = CREDIT_OK;

	gathering->rows = credit__snapshot_scratch(snapshotter, ROWS_NAME);
	snapshotter->body = credit__snapshot_scratch(snapshotter, BODY_NAME);
	if (!gathering->rows || !snapshotter->body)
		return credit__snapshot_fault(snapshotter, ROWS_NAME);
	gathering->lists = calloc(CREDIT_SNAPSHOT_LISTS_MAX, sizeof *gathering->lists);
	if (!gathering->lists)
		return CREDIT_E_NO_MEMORY;
	while (!error && !gathering->ended) {
		error = read_piece(gathering);
		if (!error && go_on && !go_on(context))
			error = CREDIT_E_CANCELLED;
	}
	if (!error)
		error = read_corrections(gathering);
	return error ? error : write_body(gathering);
}

enum credit_error credit_snapshotter_gather(struct credit_snapshotter *snapshotter,
	bool (*go_on)(void *context), void *context, struct credit_snapshot_leaf *ret_leaf,
	struct credit_problem *problem)
{
	struct gathering *gathering = calloc(1, sizeof *gathering);
	struct credit_problem said = {0};
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (!gathering)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	credit_snapshotter_forget(snapshotter);
	snapshotter->folder.problem = &said;
	gathering->snapshotter = snapshotter;
	credit_arena_init(&gathering->lists_arena, NULL, 0, LISTS_ARENA_LIMIT);
	error = gather(gathering, go_on, context);
	snapshotter->folder.problem = NULL;
	if (gathering->rows)
		fclose(gathering->rows);
	for (size_t i = 0; i < gathering->count; i++)
		free(gathering->corrections[i]);
	free(gathering->corrections);
	free(gathering->lists);
	credit_arena_deinit(&gathering->lists_arena);
	free(gathering);
	if (!error) {
		*ret_leaf = snapshotter->leaf;
		return CREDIT_OK;
	}
	credit_snapshotter_forget(snapshotter);
	if (said.error != error)
		credit_problem_set(&said, error, NULL, NULL, NULL);
	if (problem)
		*problem = said;
	return error;
}
