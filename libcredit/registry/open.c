/* SPDX-License-Identifier: Apache-2.0
 *
 * open.c - opening and closing: the stores, the head file, the log's edge, replay.
 *
 * Nothing is signed before all of it agrees: head file and journal, tiles and signed root, founding
 * and configuration, state and journal.
 */
#include "registry/internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ANSWERS_LIMIT ((size_t)1 << 30)
#define PATH_SIZE 4096
/* Between two commits of a long replay. */
#define REPLAY_STEP 256
#define REPLAY_ARENA_LIMIT ((size_t)512 << 20)

/* --- the stores --- */

static enum credit_error join(
	const char *folder, const char *name, char path[PATH_SIZE], struct credit_problem *problem)
{
	if ((size_t)snprintf(path, PATH_SIZE, "%s/%s", folder, name) < PATH_SIZE)
		return CREDIT_OK;
	return credit_problem_set(
		problem, CREDIT_E_TOO_LARGE, "data", NULL, "at most %d bytes", PATH_SIZE - 1);
}

static enum credit_error open_stores(struct credit_registry *registry,
	const struct credit_registry_options *options, struct credit_problem *problem)
{
	char journal[PATH_SIZE], state[PATH_SIZE];
	struct credit_store_options store[2];
	enum credit_error error = join(options->path, "journal", journal, problem);

	if (!error)
		error = join(options->path, "state", state, problem);
	if (error)
		return error;
	error = credit__make_folder(options->path, 0700);
	if (error)
		return credit_problem_set(
			problem, error, "data", NULL, "%s: %s", options->path, strerror(errno));
	store[0] = credit__journal_options(journal);
	store[1] = credit__state_options(state);
	for (size_t i = 0; i < 2; i++) {
		store[i].map_size = options->map_size;
		/* One for the writer's own eyes. */
		store[i].readers_max = (options->readers_max ? options->readers_max : 126) + 1;
	}
	/* It follows from the journal, which is synced. */
	store[1].settles_later = true;
	error = credit_store_open(&store[0], &registry->journal, problem);
	return error ? error : credit_store_open(&store[1], &registry->state, problem);
}

/* What an fsck or a backup that was killed has left is a whole store, and holds what may be erased since.
 * Nobody else can be at it: the stores are locked. */
static enum credit_error destroy_leftovers(const char *folder)
{
	DIR *entries = opendir(folder);
	enum credit_error error = CREDIT_OK;
	struct dirent *entry;

	if (!entries)
		return credit__errno_error();
	while (!error && (entry = readdir(entries)) != NULL) {
		char path[PATH_SIZE];

		if (strncmp(entry->d_name, CREDIT__FSCK_FOLDER, strlen(CREDIT__FSCK_FOLDER)) != 0 &&
			strncmp(entry->d_name, CREDIT__BACKUP_FOLDER,
				strlen(CREDIT__BACKUP_FOLDER)) != 0)
			continue;
		error = join(folder, entry->d_name, path, NULL);
		if (!error)
			error = credit_store_destroy(path);
	}
	closedir(entries);
	return error;
}

/* --- what the journal says --- */

static enum credit_error load_publication(
	struct credit_registry *registry, struct credit_arena *arena)
{
	Credit__V1__Publication *publication;
	enum credit_error error =
		credit__journal_last_publication(registry->tiles.reader, arena, &publication);

	if (error)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
	registry->publication = publication->number;
	registry->published = publication->epoch;
	registry->published_time.ms = publication->time;
	return CREDIT_OK;
}

/* The newest head, its signature, and the log's edge under it. */
static enum credit_error load_journal(
	struct credit_registry *registry, struct credit_problem *problem)
{
	struct credit_tile_source source = credit__tile_source(&registry->tiles);
	struct credit_signed_head newest = {0};
	struct credit_tree_head head;
	struct credit_arena arena;
	Credit__V1__Epoch *epoch;
	enum credit_error error = credit__journal_head(registry->tiles.reader, &newest);

	credit_arena_init(&arena, NULL, 0, REPLAY_ARENA_LIMIT);
	if (error == CREDIT_E_NOT_FOUND) {
		error = credit_log_load(registry->log, 0, &source);
		goto done;
	}
	if (!error)
		error = credit_checkpoint_open(newest.checkpoint, &registry->log_name, &head);
	if (error) {
		credit_problem_set(problem, error = CREDIT_E_ROOT_MISMATCH, "keys.log", NULL, "%s",
			"the newest checkpoint is not signed by this log key and origin");
		goto done;
	}
	error = credit_log_load(registry->log, head.size, &source);
	if (!error)
		error = credit__journal_epoch(registry->tiles.reader, newest.epoch, &arena, &epoch);
	if (error)
		goto done;
	registry->epoch = newest.epoch;
	registry->filed = head.size;
	registry->time.ms = epoch->time;
	error = load_publication(registry, &arena);
	if (error)
		goto done;
	credit_log_head(registry->log, &head);
	if (head.size != newest.head.size || !credit_hash_equal(&head.root, &newest.head.root))
		error = credit_problem_set(problem, CREDIT_E_STORE_CORRUPT, "journal", NULL,
			"the tiles do not give the signed root of size %llu",
			(unsigned long long)newest.head.size);
done:
	credit_arena_deinit(&arena);
	return error;
}

/* The head file against the journal: behind is a crash between two syncs, ahead is an old copy. */
static enum credit_error compare_heads(struct credit_registry *registry,
	const struct credit__signed_size *last, bool found, struct credit_problem *problem)
{
	struct credit_tree_head head;
	struct credit_hash root;
	enum credit_error error;

	credit_log_head(registry->log, &head);
	if (!found) {
		registry->head_behind = true;
		if (registry->epoch == 0)
			return CREDIT_OK;
		return credit_problem_set(problem, CREDIT_E_HEAD_AHEAD, "head", NULL, "%s",
			"the head file is missing, so an old copy could not be told");
	}
	if (last->size > head.size || last->epoch > registry->epoch)
		return credit_problem_set(problem, CREDIT_E_HEAD_AHEAD, "head", NULL,
			"signed up to size %llu, the database holds %llu",
			(unsigned long long)last->size, (unsigned long long)head.size);
	error = credit_prove_root(registry->prover, last->size, &root);
	if (error)
		return error;
	if (!credit_hash_equal(&root, &last->root))
		return credit_problem_set(problem, CREDIT_E_HEAD_FORK, "head", NULL, "at size %llu",
			(unsigned long long)last->size);
	registry->head_behind = last->size < head.size;
	return CREDIT_OK;
}

static enum credit_error check_founding_row(const struct credit_registry *registry,
	const struct credit__eyes *eyes, struct credit_problem *problem)
{
	struct credit_bytes value;
	const Credit__V1__RegistryFounding *founding;
	ProtobufCMessage *message;
	struct credit_arena arena;
	const char *wrong = NULL;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, 65536);
	error = credit__eyes_get(eyes, STATE_FOUNDING, credit_bytes_of("founding"), &value);
	if (!error)
		error = credit_decode(&credit__v1__registry_founding__descriptor, value, &arena,
			&message, problem);
	if (error)
		goto done;
	founding = (const Credit__V1__RegistryFounding *)(const void *)message;
	if (strcmp(founding->origin, registry->origin) != 0)
		wrong = "origin";
	else if (memcmp(founding->root_uscc, registry->root_uscc.character, CREDIT_USCC_SIZE) != 0)
		wrong = "root.uscc";
	else if (memcmp(founding->root_key.data, registry->root_key.byte, CREDIT_PUBLIC_KEY_SIZE) !=
		 0)
		wrong = "root.key";
	else if (memcmp(founding->log_key.data, registry->log_key.public_key.byte,
			 CREDIT_PUBLIC_KEY_SIZE) != 0)
		wrong = "keys.log";
	else if (memcmp(founding->system_key.data, registry->system_key.public_key.byte,
			 CREDIT_PUBLIC_KEY_SIZE) != 0)
		wrong = "keys.system";
	if (wrong)
		error = credit_problem_set(problem, CREDIT_E_ROOT_MISMATCH, wrong, NULL, "%s", "");
done:
	credit_arena_deinit(&arena);
	return error;
}

/* The founding's root, keys and origin are the configuration's. Before the first publication it is not in the state that
 * readers have, and the epochs are run for it. */
static enum credit_error check_founding(
	struct credit_registry *registry, struct credit_problem *problem)
{
	struct credit__eyes eyes = {0};
	enum credit_error error;

	if (registry->epoch == 0)
		return CREDIT_OK;
	error = credit_reader_new(registry->state, &eyes.reader);
	if (!error)
		error = credit_read_begin(eyes.reader);
	if (!error)
		error = check_founding_row(registry, &eyes, problem);
	credit_reader_free(eyes.reader);
	if (error != CREDIT_E_NOT_FOUND)
		return error;
	error = credit__state_begin(registry);
	eyes = (struct credit__eyes){.write = registry->write};
	if (!error)
		error = check_founding_row(registry, &eyes, problem);
	return error == CREDIT_E_NOT_FOUND ? CREDIT_E_STATE_DIVERGED : error;
}

/* Commits the state with what was replayed. */
static enum credit_error commit_state(struct credit_registry *registry, uint64_t last)
{
	struct credit_write *write;
	enum credit_error error = credit__state_begin_at(registry, last);

	if (error)
		return error;
	write = registry->write;
	registry->write = NULL;
	return credit_write_commit(write);
}

/* Brings the state up to the last publication, committing now and then. Readers never see an epoch that
 * no publication holds; what lies after it is replayed into the writer's open transaction. */
static enum credit_error catch_up(struct credit_registry *registry,
	void (*progress)(void *context, uint64_t done, uint64_t total), void *context)
{
	struct credit__eyes eyes = {0};
	struct credit__mark applied;
	uint64_t last = registry->published, done;
	enum credit_error error =
		credit_write_begin(registry->state, RECORD_ROOM, &registry->write);

	eyes.write = registry->write;
	if (!error)
		error = credit__read_mark(&eyes, "applied", &applied);
	if (error)
		return error;
	credit__state_drop(registry);
	if (applied.epoch > last)
		return CREDIT_E_STATE_DIVERGED;
	done = applied.epoch;
	do {
		done = last - done < REPLAY_STEP ? last : done + REPLAY_STEP;
		error = commit_state(registry, done);
		if (error == CREDIT_E_STORE_FULL)
			error = commit_state(registry, done);
		if (progress && !error)
			progress(context, done - applied.epoch, last - applied.epoch);
	} while (!error && done < last);
	return error;
}

/* --- open and close --- */

static enum credit_error prepare(struct credit_registry *registry,
	const struct credit_registry_options *options, struct credit_problem *problem)
{
	struct credit_tile_source source = credit__latest_tiles(registry);
	enum credit_error error = credit_crypto_init();

	if (error)
		return error;
	registry->root_uscc = options->root_uscc;
	registry->root_key = options->root_key;
	registry->log_key = options->log_key;
	registry->system_key = options->system_key;
	registry->observer = options->observer;
	registry->log_name.public_key = options->log_key.public_key;
	if (strlen(options->origin) > CREDIT_KEY_NAME_MAX)
		return credit_problem_set(problem, CREDIT_E_FIELD_TOO_LONG, "origin", NULL,
			"at most %d bytes", CREDIT_KEY_NAME_MAX);
	memcpy(registry->log_name.name, options->origin, strlen(options->origin) + 1);
	registry->path = strdup(options->path);
	registry->origin = strdup(options->origin);
	if (!registry->path || !registry->origin)
		return CREDIT_E_NO_MEMORY;
	credit_arena_init(&registry->answers, NULL, 0, ANSWERS_LIMIT);
	error = credit_log_new(&registry->log);
	if (!error)
		error = open_stores(registry, options, problem);
	if (!error)
		error = destroy_leftovers(options->path);
	if (!error)
		error = credit_reader_new(registry->journal, &registry->tiles.reader);
	return error ? error : credit_prover_new(&source, &registry->prover);
}

static enum credit_error load(struct credit_registry *registry,
	const struct credit_registry_options *options, struct credit_problem *problem)
{
	char path[PATH_SIZE];
	struct credit__signed_size base = {0}, last = {0};
	bool found = false;
	enum credit_error error = join(options->path, "head", path, problem);

	if (!error)
		error = credit__head_open(&registry->head_file,
			options->head_path ? options->head_path : path, &base, &last, &found,
			problem);
	if (!error)
		error = credit_read_begin(registry->tiles.reader);
	if (error)
		return error;
	error = load_journal(registry, problem);
	credit_read_end(registry->tiles.reader);
	/* A journal that is behind the slot lacks what the tail begins after. */
	if (!error && found && base.size <= registry->filed)
		error = credit__pending_recover(registry, base);
	if (error == CREDIT_E_HEAD_FORK)
		credit_problem_set(problem, error, "head", NULL, "%s",
			"its tail does not follow from the journal");
	if (!error)
		error = credit_read_begin(registry->tiles.reader);
	if (error)
		return error;
	error = compare_heads(registry, &last, found, problem);
	credit_read_end(registry->tiles.reader);
	return error;
}

enum credit_error credit_registry_open(const struct credit_registry_options *options,
	void (*progress)(void *context, uint64_t done, uint64_t total), void *progress_context,
	struct credit_registry **ret_registry, struct credit_problem *problem)
{
	struct credit_registry *registry = calloc(1, sizeof *registry);
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (problem)
		*problem = (struct credit_problem){0};
	if (!registry)
		goto failed;
	registry->head_file.fd = -1;
	registry->alone = true;
	error = prepare(registry, options, problem);
	if (!error)
		error = load(registry, options, problem);
	if (!error)
		error = credit__scrub_check_state(registry, problem);
	if (!error)
		error = catch_up(registry, progress, progress_context);
	if (!error && !options->replays_later)
		error = credit__state_begin(registry);
	if (!error)
		error = check_founding(registry, problem);
	if (!error)
		error = credit__scrub_pending(registry, &registry->unscrubbed);
	if (error)
		goto failed;
	/* A write transaction belongs to its thread: the writer begins its own. */
	credit__state_drop(registry);
	atomic_store(&registry->acknowledged, registry->epoch);
	registry->ready = true;
	registry->alone = false;
	*ret_registry = registry;
	return CREDIT_OK;
failed:
	if (problem && problem->error != error)
		credit_problem_set(problem, error, "data", NULL, "%s", options->path);
	credit_registry_close(registry);
	return error;
}

void credit_registry_close(struct credit_registry *registry)
{
	if (!registry)
		return;
	credit_write_abort(registry->write);
	/* When it fails, the next opening finds it in the tail. */
	if (registry->ready)
		(void)!credit__journal_settle(registry);
	credit__pending_clear(&registry->pending);
	credit_rule_book_free(registry->book.book);
	credit_prover_free(registry->prover);
	credit_log_free(registry->log);
	credit_reader_free(registry->tiles.reader);
	credit_store_close(registry->state);
	credit_store_close(registry->journal);
	credit__head_close(&registry->head_file);
	credit_arena_deinit(&registry->answers);
	credit_wipe(&registry->log_key, sizeof registry->log_key);
	credit_wipe(&registry->system_key, sizeof registry->system_key);
	free(registry->path);
	free(registry->origin);
	free(registry);
}
