/* SPDX-License-Identifier: Apache-2.0
 *
 * export.c - the log as files that any web server can serve (docs/spec/log.md, section 7).
 *
 * One step goes from the size in the folder to that of a later publication:
 *
 *     bundles -> tiles -> (their folders synced) -> checkpoint -> partial tiles that nobody needs
 *
 * so that whoever reads a checkpoint finds all that it needs. When cosignatures arrive, the checkpoint is
 * written once more with them. Nothing about the folder is kept
 * elsewhere: its own checkpoint says how far it is, and a step that was cut short is taken again,
 * comparing what it finds. A long way is gone in steps, each with read transactions of its own, so
 * that no page of the stores is pinned for long and little is lost by a stop.
 *
 * Entries are made from the journal's rows, as fsck.c makes them, and each must have the hash that
 * the journal's tile has: a damaged row is never published.
 */
#include "registry/exporter.h"

#include <stdlib.h>
#include <string.h>

#define STEP_STANDARD 65536
#define CHECKPOINT "checkpoint"
#define EPOCH_ARENA_LIMIT ((size_t)512 << 20)
#define SMALL_ARENA_LIMIT ((size_t)4 << 20)
#define LEVELS 8 /* of 8 bits each: any size */
/* docs/spec/log.md: "two bytes of length and the entry" */
#define BUNDLE_MAX ((size_t)CREDIT_TILE_WIDTH * (2 + CREDIT_CLEAR_LEAF_MAX))

/* --- publications --- */

enum credit_error credit__exporter_publication(struct credit_exporter *exporter, uint64_t number,
	struct credit_arena *arena, Credit__V1__Publication **ret_publication)
{
	Credit__V1__Publication *publication;
	enum credit_error error;

	credit_arena_reset(arena);
	error = credit__journal_publication(exporter->journal.reader, number, arena, &publication);
	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STORE_CORRUPT : error;
	if (publication->root.len != CREDIT_HASH_SIZE ||
		publication->map_root.len != CREDIT_HASH_SIZE || publication->tree_size == 0)
		return CREDIT_E_STORE_CORRUPT;
	*ret_publication = publication;
	return CREDIT_OK;
}

/* The last of publications 1 to `last` whose tree is not larger than `size`; 0: none. */
static enum credit_error find_publication(
	struct credit_exporter *exporter, uint64_t last, uint64_t size, uint64_t *ret_number)
{
	uint64_t low = 0, high = last;

	while (low < high) {
		uint64_t middle = high - (high - low) / 2;
		Credit__V1__Publication *publication;
		enum credit_error error = credit__exporter_publication(
			exporter, middle, &exporter->arena, &publication);

		if (error)
			return error;
		if (publication->tree_size <= size)
			low = middle;
		else
			high = middle - 1;
	}
	*ret_number = low;
	return CREDIT_OK;
}

/* --- entries --- */

static enum credit_error walk_to_publication(struct credit_exporter *exporter, uint64_t number)
{
	struct walk *walk = &exporter->walk;
	Credit__V1__Publication *publication;
	enum credit_error error =
		credit__exporter_publication(exporter, number, &walk->publications, &publication);

	if (error)
		return error;
	walk->publication = publication;
	walk->next_publication = number + 1;
	return CREDIT_OK;
}

static enum credit_error walk_to_next_epoch(struct credit_exporter *exporter)
{
	struct walk *walk = &exporter->walk;
	Credit__V1__Epoch *epoch;
	enum credit_error error;

	credit_arena_reset(&walk->epochs);
	error = credit__journal_epoch(
		exporter->journal.reader, walk->next_epoch, &walk->epochs, &epoch);
	if (error)
		return error;
	walk->epoch = epoch;
	walk->next_epoch++;
	return CREDIT_OK;
}

/* Has the walk begin so that `index` can be asked for, and those after it. */
static enum credit_error walk_begin(struct credit_exporter *exporter, uint64_t last, uint64_t index)
{
	struct walk *walk = &exporter->walk;
	uint64_t number;
	enum credit_error error = find_publication(exporter, last, index, &number);

	if (error)
		return error;
	walk->publication = NULL;
	walk->epoch = NULL;
	walk->next_publication = walk->next_epoch = 1;
	if (number == 0)
		return CREDIT_OK;
	error = walk_to_publication(exporter, number);
	if (!error)
		walk->next_epoch = walk->publication->epoch + 1;
	return error;
}

static enum credit_error row_entry(
	struct credit_exporter *exporter, uint64_t index, struct credit_bytes *ret_entry)
{
	struct walk *walk = &exporter->walk;
	struct credit_hash commitment;
	Credit__V1__EpochRow *row;
	enum credit_error error = CREDIT_OK;

	while (!error && (!walk->epoch || index >= walk->epoch->tree_size))
		error = walk_to_next_epoch(exporter);
	if (error)
		return error;
	if (index < walk->epoch->first_leaf || index - walk->epoch->first_leaf >= walk->epoch->rows)
		return CREDIT_E_STORE_CORRUPT;
	credit_arena_reset(&walk->rows);
	error = credit__journal_row(exporter->journal.reader, walk->epoch->number,
		(uint32_t)(index - walk->epoch->first_leaf), &walk->rows, &row);
	if (error)
		return error;
	if (row->commitment.len != sizeof commitment)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(commitment.byte, row->commitment.data, sizeof commitment);
	return credit__row_entry(walk->epoch, row, &commitment, &walk->rows, ret_entry);
}

/* The entry of a leaf: a row's, a snapshot's, or the one that ends a publication's tree. */
static enum credit_error entry_at(
	struct credit_exporter *exporter, uint64_t index, struct credit_bytes *ret_entry)
{
	struct walk *walk = &exporter->walk;
	enum credit_error error = CREDIT_OK;

	while (!error && (!walk->publication || index >= walk->publication->tree_size))
		error = walk_to_publication(exporter, walk->next_publication);
	if (error)
		return error;
	if (index < walk->publication->tree_size - credit__publication_leaves(walk->publication))
		return row_entry(exporter, index, ret_entry);
	if (index < walk->publication->tree_size - 1) {
		credit__snapshot_entry(walk->publication, walk->entry);
		*ret_entry = (struct credit_bytes){walk->entry, CREDIT_SNAPSHOT_LEAF_SIZE};
		return CREDIT_OK;
	}
	credit__publication_entry(walk->publication, walk->entry);
	*ret_entry = (struct credit_bytes){walk->entry, CREDIT_PUBLICATION_LEAF_SIZE};
	return CREDIT_OK;
}

/* --- files --- */

static uint32_t width_of(uint64_t nodes, uint64_t tile)
{
	uint64_t left = nodes - tile * CREDIT_TILE_WIDTH;

	return left < CREDIT_TILE_WIDTH ? (uint32_t)left : CREDIT_TILE_WIDTH;
}

static enum credit_error add(struct credit_exporter *exporter,
	const struct credit_tile_place *place, struct credit_bytes bytes)
{
	char path[CREDIT_TILE_PATH_SIZE];

	return credit__folder_add(&exporter->folder, credit_tile_path(place, path), bytes);
}

static enum credit_error add_bundle(
	struct credit_exporter *exporter, uint64_t index, uint32_t width)
{
	struct credit_tile_place place = {.entries = true, .index = index, .width = width};
	struct credit_tile_source source = credit__tile_source(&exporter->journal);
	const struct credit_hash *hashes;
	struct credit_buffer bundle;
	struct credit_bytes bytes;
	enum credit_error error = source.read(source.context, 0, index, width, &hashes);

	credit_buffer_init(&bundle, exporter->bundle, BUNDLE_MAX);
	for (uint32_t i = 0; i < width && !error; i++) {
		struct credit_bytes entry;
		struct credit_hash hash;

		error = entry_at(exporter, index * CREDIT_TILE_WIDTH + i, &entry);
		if (error)
			break;
		credit_leaf_hash(entry, &hash);
		if (!credit_hash_equal(&hash, &hashes[i]))
			error = CREDIT_E_STORE_CORRUPT;
		credit_buffer_put_u16(&bundle, (uint16_t)entry.size);
		credit_buffer_put(&bundle, entry.data, entry.size);
	}
	if (!error)
		error = credit_buffer_done(&bundle, &bytes);
	return error ? error : add(exporter, &place, bytes);
}

static enum credit_error add_bundles(
	struct credit_exporter *exporter, uint64_t last, uint64_t from, uint64_t to)
{
	uint64_t index = from / CREDIT_TILE_WIDTH;
	enum credit_error error = walk_begin(exporter, last, index * CREDIT_TILE_WIDTH);

	for (; index * CREDIT_TILE_WIDTH < to && !error; index++)
		error = add_bundle(exporter, index, width_of(to, index));
	return error;
}

static enum credit_error add_tiles(struct credit_exporter *exporter, uint64_t from, uint64_t to)
{
	struct credit_tile_source source = credit__tile_source(&exporter->journal);
	struct credit_tile_place place = {0};
	enum credit_error error = CREDIT_OK;

	for (; place.level < LEVELS && !error; place.level++) {
		uint64_t nodes = to >> (CREDIT_TILE_HEIGHT * place.level);

		place.index = (from >> (CREDIT_TILE_HEIGHT * place.level)) / CREDIT_TILE_WIDTH;
		for (; place.index * CREDIT_TILE_WIDTH < nodes && !error; place.index++) {
			const struct credit_hash *hashes;

			place.width = width_of(nodes, place.index);
			error = source.read(
				source.context, place.level, place.index, place.width, &hashes);
			if (!error)
				error = add(exporter, &place,
					(struct credit_bytes){hashes->byte,
						(size_t)place.width * CREDIT_HASH_SIZE});
		}
	}
	return error;
}

/* Takes away the partial forms of one tile, now that the full one is there. */
static enum credit_error tidy_tile(
	struct credit_exporter *exporter, bool entries, uint32_t level, uint64_t index)
{
	struct credit_tile_place place = {
		.entries = entries, .level = level, .index = index, .width = CREDIT_TILE_WIDTH};
	char path[CREDIT_TILE_PATH_SIZE];

	credit_tile_path(&place, path);
	memcpy(path + strlen(path), ".p", sizeof ".p");
	return credit__folder_remove(&exporter->folder, path);
}

/* docs/spec/log.md: "Partial files go away once the full one is part of the checkpoint before the
 * last" */
static enum credit_error tidy(struct credit_exporter *exporter, uint64_t size)
{
	enum credit_error error = CREDIT_OK;

	for (uint32_t level = 0; level < LEVELS - 1 && !error; level++) {
		uint32_t shift = CREDIT_TILE_HEIGHT * (level + 1);

		for (uint64_t i = exporter->tidied >> shift; i < size >> shift && !error; i++) {
			error = tidy_tile(exporter, false, level, i);
			if (!error && level == 0)
				error = tidy_tile(exporter, true, 0, i);
		}
	}
	if (!error)
		exporter->tidied = size;
	return error;
}

/* --- steps --- */

/* The publication to go to next: the last one that readers see, or one on the way there. */
static enum credit_error choose(struct credit_exporter *exporter, uint64_t last,
	Credit__V1__Publication **ret_target, uint64_t *ret_last_size)
{
	struct credit_arena *arena = &exporter->target;
	uint64_t near, next;
	enum credit_error error = credit__exporter_publication(exporter, last, arena, ret_target);

	if (error)
		return error;
	*ret_last_size = (*ret_target)->tree_size;
	if (*ret_last_size <= exporter->size + exporter->step)
		return CREDIT_OK;
	error = find_publication(exporter, last, exporter->size + exporter->step, &near);
	if (!error)
		error = find_publication(exporter, last, exporter->size, &next);
	if (error)
		return error;
	/* One publication may bring more than a step. */
	next++;
	return credit__exporter_publication(exporter, near > next ? near : next, arena, ret_target);
}

/* The checkpoint with the cosignatures that there are by now. */
static enum credit_error put_checkpoint(
	struct credit_exporter *exporter, const Credit__V1__Publication *target)
{
	uint8_t memory[CREDIT_CHECKPOINT_MAX + CREDIT_COSIGNATURE_LINES_MAX];
	struct credit_buffer note;
	struct credit_bytes lines, bytes;
	enum credit_error error =
		credit__cosignature_lines(exporter->journal.reader, target->number, &lines);

	if (error)
		return error;
	credit_buffer_init(&note, memory, sizeof memory);
	credit_buffer_put(&note, target->checkpoint.data, target->checkpoint.len);
	if (lines.size > 0)
		credit_buffer_put(&note, lines.data, lines.size);
	error = credit_buffer_done(&note, &bytes);
	if (!error)
		error = credit__folder_replace(&exporter->folder, CHECKPOINT, bytes);
	if (!error)
		exporter->cosigned = lines.size;
	return error;
}

/* Of the publication that the folder shows already: cosignatures that came since. */
static enum credit_error follow_cosignatures(
	struct credit_exporter *exporter, const Credit__V1__Publication *target)
{
	struct credit_bytes lines;
	enum credit_error error =
		credit__cosignature_lines(exporter->journal.reader, target->number, &lines);

	return error || lines.size == exporter->cosigned ? error : put_checkpoint(exporter, target);
}

static enum credit_error go_to(
	struct credit_exporter *exporter, uint64_t last, const Credit__V1__Publication *target)
{
	uint64_t from = exporter->size, to = target->tree_size;
	enum credit_error error = add_bundles(exporter, last, from, to);

	if (!error)
		error = add_tiles(exporter, from, to);
	if (!error)
		error = credit__folder_settle(&exporter->folder);
	exporter->mended = error == CREDIT_OK;
	if (error || to == from)
		return error;
	error = put_checkpoint(exporter, target);
	if (error)
		return error;
	exporter->size = to;
	return tidy(exporter, from);
}

/* One step with both stores open; *ret_left counts the leaves that are still to come. */
static enum credit_error step(struct credit_exporter *exporter, uint64_t *ret_left)
{
	struct credit__eyes eyes = {.reader = exporter->state};
	Credit__V1__Publication *target;
	struct credit__mark mark;
	uint64_t last_size;
	enum credit_error error = credit__read_mark(&eyes, "publication", &mark);

	*ret_left = 0;
	if (error || mark.publication == 0)
		return error;
	error = choose(exporter, mark.publication, &target, &last_size);
	/* A state that is behind the journal shows less than the folder has. */
	if (error || last_size < exporter->size)
		return error;
	error = last_size > exporter->size || !exporter->mended
			? go_to(exporter, mark.publication, target)
			: CREDIT_OK;
	if (!error && target->tree_size == exporter->size)
		error = follow_cosignatures(exporter, target);
	if (!error)
		*ret_left = last_size - exporter->size;
	return error;
}

/* The state's reader begins first: what it shows as published is in the journal, and the head file
 * knows of it. */
static enum credit_error read_and_step(struct credit_exporter *exporter, uint64_t *ret_left)
{
	enum credit_error error = credit_read_begin(exporter->state);

	if (error)
		return error;
	error = credit_read_begin(exporter->journal.reader);
	if (!error) {
		error = step(exporter, ret_left);
		credit_read_end(exporter->journal.reader);
	}
	credit_read_end(exporter->state);
	return error;
}

enum credit_error credit_exporter_run(struct credit_exporter *exporter,
	bool (*progress)(void *context, uint64_t done, uint64_t total), void *context,
	struct credit_problem *problem)
{
	struct credit_problem unsaid = {0};
	uint64_t left = 1;
	enum credit_error error = CREDIT_OK;

	exporter->folder.problem = &unsaid;
	while (!error && left > 0) {
		error = read_and_step(exporter, &left);
		if (!error && left > 0 && progress &&
			!progress(context, exporter->size, exporter->size + left))
			error = CREDIT_E_CANCELLED;
	}
	exporter->folder.problem = NULL;
	if (error && unsaid.error != error)
		credit_problem_set(&unsaid, error, NULL, NULL, NULL);
	if (error && problem)
		*problem = unsaid;
	return error;
}

uint64_t credit_exporter_size(const struct credit_exporter *exporter)
{
	return exporter->size;
}

/* --- opening --- */

static enum credit_error refuse(struct credit_problem *problem, const char *why)
{
	return credit_problem_set(
		problem, CREDIT_E_FOLDER_NOT_OURS, "folder", NULL, "checkpoint: %s", why);
}

/* Does the folder's checkpoint end a publication of this journal? */
static enum credit_error match(struct credit_exporter *exporter,
	const struct credit_tree_head *head, struct credit_problem *problem)
{
	Credit__V1__Publication *publication;
	uint64_t last, number, size;
	enum credit_error error = credit__journal_last_publication(
		exporter->journal.reader, &exporter->arena, &publication);

	if (error && error != CREDIT_E_NOT_FOUND)
		return error;
	if (error || head->size > publication->tree_size)
		return credit_problem_set(problem, CREDIT_E_HEAD_AHEAD, "folder", NULL,
			"checkpoint: size %llu", (unsigned long long)head->size);
	last = publication->number;
	error = find_publication(exporter, last, head->size, &number);
	if (error)
		return error;
	if (number == 0)
		return refuse(problem, "not that of a publication");
	error = credit__exporter_publication(exporter, number, &exporter->arena, &publication);
	if (error)
		return error;
	size = publication->tree_size;
	if (size != head->size)
		return refuse(problem, "not that of a publication");
	if (memcmp(publication->root.data, head->root.byte, CREDIT_HASH_SIZE) != 0)
		return credit_problem_set(
			problem, CREDIT_E_HEAD_FORK, "folder", NULL, "checkpoint");
	exporter->size = size;
	/* Of the last two steps before the process ended, partial tiles may be left. */
	exporter->tidied = size > 2 * exporter->step ? size - 2 * exporter->step : 0;
	if (number > 2)
		error = credit__exporter_publication(
			exporter, number - 2, &exporter->arena, &publication);
	if (!error && number > 2 && publication->tree_size < exporter->tidied)
		exporter->tidied = publication->tree_size;
	return error;
}

static enum credit_error read_checkpoint(
	struct credit_exporter *exporter, struct credit_problem *problem)
{
	struct credit_tree_head head;
	struct credit_bytes note;
	uint8_t *memory = credit_arena_alloc(&exporter->arena, CREDIT_NOTE_MAX);
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (!memory)
		return error;
	error = credit__folder_read(&exporter->folder, CHECKPOINT, memory, CREDIT_NOTE_MAX, &note);
	if (error == CREDIT_E_NOT_FOUND)
		return CREDIT_OK;
	if (error == CREDIT_E_TOO_LARGE)
		return refuse(problem, "not one");
	if (error)
		return error;
	if (credit_checkpoint_open(note, &exporter->registry->log_name, &head) != CREDIT_OK)
		return refuse(problem, "not signed by this log");
	error = credit_read_begin(exporter->journal.reader);
	if (error)
		return error;
	error = match(exporter, &head, problem);
	credit_read_end(exporter->journal.reader);
	return error;
}

enum credit_error credit_exporter_open(struct credit_registry *registry, const char *folder,
	uint32_t step, struct credit_exporter **ret_exporter, struct credit_problem *problem)
{
	struct credit_exporter *exporter = calloc(1, sizeof *exporter);
	struct credit_problem said = {0};
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (!exporter)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	exporter->registry = registry;
	exporter->step = step ? step : STEP_STANDARD;
	exporter->folder.fd = -1;
	credit_arena_init(&exporter->arena, NULL, 0, SMALL_ARENA_LIMIT);
	credit_arena_init(&exporter->target, NULL, 0, SMALL_ARENA_LIMIT);
	credit_arena_init(&exporter->walk.publications, NULL, 0, SMALL_ARENA_LIMIT);
	credit_arena_init(&exporter->walk.epochs, NULL, 0, EPOCH_ARENA_LIMIT);
	credit_arena_init(&exporter->walk.rows, NULL, 0, SMALL_ARENA_LIMIT);
	exporter->bundle = malloc(BUNDLE_MAX);
	if (!exporter->bundle)
		goto done;
	error = credit_reader_new(registry->state, &exporter->state);
	if (!error)
		error = credit_reader_new(registry->journal, &exporter->journal.reader);
	if (!error)
		error = credit__folder_open(&exporter->folder, folder, &said);
	if (!error)
		error = read_checkpoint(exporter, &said);
	exporter->folder.problem = NULL;
done:
	if (!error) {
		*ret_exporter = exporter;
		return CREDIT_OK;
	}
	credit_exporter_free(exporter);
	if (said.error != error)
		credit_problem_set(&said, error, "folder", NULL, "%s", folder);
	if (problem)
		*problem = said;
	return error;
}

void credit_exporter_free(struct credit_exporter *exporter)
{
	if (!exporter)
		return;
	credit__folder_close(&exporter->folder);
	credit_reader_free(exporter->journal.reader);
	credit_reader_free(exporter->state);
	credit_arena_deinit(&exporter->walk.rows);
	credit_arena_deinit(&exporter->walk.epochs);
	credit_arena_deinit(&exporter->walk.publications);
	credit_arena_deinit(&exporter->target);
	credit_arena_deinit(&exporter->arena);
	free(exporter->bundle);
	free(exporter);
}
