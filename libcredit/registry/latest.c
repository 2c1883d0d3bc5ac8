/* SPDX-License-Identifier: Apache-2.0
 *
 * latest.c - the writer's own latest: the open state transaction, the log's edge, the signed head.
 *
 * Epochs and publications are decided on them and take them back when they fail. The state transaction
 * is brought level by replay whenever it is begun, whether after a publication, a fault or a crash.
 */
#include "registry/internal.h"

#define REPLAY_ARENA_LIMIT ((size_t)512 << 20)

/* --- time --- */

credit_ms_t credit__not_back(const struct credit_registry *registry, credit_ms_t now)
{
	if (now.ms < registry->time.ms)
		now = registry->time;
	return now.ms < registry->published_time.ms ? registry->published_time : now;
}

/* --- the open state transaction --- */

void credit__state_drop(struct credit_registry *registry)
{
	credit_write_abort(registry->write);
	registry->write = NULL;
	registry->book.known = false;
}

/* Publications after *publication that hold no later epoch than `epoch`, in order. */
static enum credit_error replay_publications(
	struct credit_registry *registry, uint64_t epoch, uint64_t *publication)
{
	enum credit_error error = CREDIT_OK;

	while (!error && *publication < registry->publication) {
		Credit__V1__Publication *next;
		struct credit_arena arena;
		bool later = true;

		credit_arena_init(&arena, NULL, 0, REPLAY_ARENA_LIMIT);
		error = credit__journal_publication(
			registry->tiles.reader, *publication + 1, &arena, &next);
		if (!error) {
			later = next->epoch > epoch;
			if (!later)
				error = credit__replay_publication(registry->write,
					registry->tiles.reader, next, registry->alone, NULL);
		}
		credit_arena_deinit(&arena);
		if (later)
			break;
		++*publication;
	}
	return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STORE_CORRUPT : error;
}

/* Applies what the journal has and the state lacks. */
static enum credit_error replay(struct credit_registry *registry, uint64_t last)
{
	struct credit__eyes eyes = {.write = registry->write};
	struct credit__mark applied, published;
	enum credit_error error = credit__read_mark(&eyes, "applied", &applied);

	if (!error)
		error = credit__read_mark(&eyes, "publication", &published);
	if (error)
		return error;
	if (applied.epoch > registry->epoch || published.publication > registry->publication)
		return CREDIT_E_STATE_DIVERGED;
	if (applied.epoch >= last && published.publication == registry->publication)
		return CREDIT_OK;
	error = credit_read_begin(registry->tiles.reader);
	if (error)
		return error;
	error = replay_publications(registry, applied.epoch, &published.publication);
	for (uint64_t number = applied.epoch + 1; number <= last && !error; number++) {
		struct credit_arena arena;

		credit_arena_init(&arena, NULL, 0, REPLAY_ARENA_LIMIT);
		error = credit__apply_epoch(
			registry->write, registry->tiles.reader, number, &arena);
		credit_arena_deinit(&arena);
		if (!error)
			error = replay_publications(registry, number, &published.publication);
	}
	credit_read_end(registry->tiles.reader);
	return error;
}

enum credit_error credit__state_begin_at(struct credit_registry *registry, uint64_t last_epoch)
{
	enum credit_error error;

	if (registry->suspect)
		return CREDIT_E_STORE_SUSPECT;
	if (registry->write)
		return CREDIT_OK;
	/* Replay reads the store. */
	error = credit__journal_settle(registry);
	if (!error)
		error = credit_write_begin(
			registry->incoming ? registry->incoming : registry->state, RECORD_ROOM,
			&registry->write);
	if (!error)
		error = replay(registry, last_epoch);
	if (error)
		credit__state_drop(registry);
	return error;
}

enum credit_error credit__state_begin(struct credit_registry *registry)
{
	return credit__state_begin_at(registry, registry->epoch);
}

/* --- the log's edge and its head --- */

enum credit_error credit__sign_head(struct credit_registry *registry, struct credit_arena *arena,
	struct credit_tree_head *ret_head, struct credit_bytes *ret_checkpoint)
{
	struct credit_buffer note;
	uint8_t *memory = credit_arena_alloc(arena, CREDIT_CHECKPOINT_MAX);
	enum credit_error error;

	if (!memory)
		return CREDIT_E_NO_MEMORY;
	credit_log_head(registry->log, ret_head);
	credit_buffer_init(&note, memory, CREDIT_CHECKPOINT_MAX);
	error = credit_checkpoint_sign(
		registry->origin, ret_head, &registry->log_name, &registry->log_key, &note);
	return error ? error : credit_buffer_done(&note, ret_checkpoint);
}

/* The head file must never be behind when a receipt leaves. */
void credit__synced(const struct credit_registry *registry, bool done)
{
	if (registry->observer.synced)
		registry->observer.synced(registry->observer.context, done);
}

enum credit_error credit__commit(struct credit_registry *registry, struct credit_write *write)
{
	enum credit_error error;

	credit__synced(registry, false);
	error = credit_write_commit(write);
	credit__synced(registry, true);
	return error;
}

enum credit_error credit__write_head(struct credit_registry *registry)
{
	struct credit__signed_size last = {.epoch = registry->epoch};
	struct credit_tree_head head;
	enum credit_error error;

	/* The log's edge may hold what was not committed. */
	if (registry->suspect)
		return CREDIT_E_STORE_SUSPECT;
	credit_log_head(registry->log, &head);
	last.size = head.size;
	last.root = head.root;
	credit__synced(registry, false);
	error = credit__head_write(&registry->head_file, &last);
	credit__synced(registry, true);
	registry->head_behind = error != CREDIT_OK;
	return error;
}

enum credit_error credit__reload_log(struct credit_registry *registry)
{
	struct credit_tile_source source = credit__tile_source(&registry->tiles);
	const struct credit__pending *pending = &registry->pending;
	enum credit_error error = credit_read_begin(registry->tiles.reader);

	if (!error) {
		error = credit_log_load(registry->log, registry->filed, &source);
		credit_read_end(registry->tiles.reader);
	}
	for (size_t i = 0; i < pending->count && !error; i++)
		error = credit__pending_append_leaves(registry->log, &pending->items[i]);
	/* Nothing may be signed any more: the edge is not that of the journal. */
	registry->suspect = registry->suspect || error;
	return error ? CREDIT_E_STORE_SUSPECT : CREDIT_OK;
}

static enum credit_error read_latest(void *context, uint32_t level, uint64_t index, uint32_t width,
	const struct credit_hash **ret_hashes)
{
	struct credit_registry *registry = context;
	struct credit_tile_source stored = credit__tile_source(&registry->tiles);
	uint32_t known;
	const struct credit_hash *hashes = credit_log_tile(registry->log, level, index, &known);

	if (known < width)
		return stored.read(stored.context, level, index, width, ret_hashes);
	*ret_hashes = hashes;
	return CREDIT_OK;
}

struct credit_tile_source credit__latest_tiles(struct credit_registry *registry)
{
	return (struct credit_tile_source){.context = registry, .read = read_latest};
}
