/* SPDX-License-Identifier: Apache-2.0
 *
 * scrub.c - destroying the bytes of what was erased, in the files and not only in the rows.
 *
 *     publish -> journal written anew without them, swapped in, the old file overwritten
 *             -> state the same way
 *
 * How far it is stands in the stores themselves: the journal's keyspace `erasures` has a row for
 * each erasure that is carried out in its file, the state's mark `scrubbed` the last one in its own.
 * So a scrub that was cut short is known to be so, and is simply run again.
 */
#include "registry/internal.h"

#include <string.h>

#define PUBLICATION_ARENA_LIMIT ((size_t)4 << 20)

/* --- how far it is --------------------------------------------------------------------------- */

struct progress {
	uint64_t journal, state; /* epochs of the last erasure carried out */
};

static enum credit_error read_progress(const struct credit__eyes *state,
	struct credit_reader *journal, struct progress *ret_progress)
{
	struct credit__mark mark;
	enum credit_error error = credit__read_mark(state, "scrubbed", &mark);

	if (!error)
		error = credit__journal_scrubbed(journal, &ret_progress->journal);
	if (!error)
		ret_progress->state = mark.epoch;
	return error;
}

static uint64_t least(const struct progress *progress)
{
	return progress->state < progress->journal ? progress->state : progress->journal;
}

enum credit_error credit__scrub_check_state(
	struct credit_registry *registry, struct credit_problem *problem)
{
	struct credit__eyes eyes = {0};
	struct credit__mark applied;
	struct progress progress = {0};
	struct credit_write *write;
	bool fresh = false;
	enum credit_error error = credit_read_begin(registry->tiles.reader);

	if (error)
		return error;
	error = credit_write_begin(registry->state, 0, &write);
	if (error)
		goto done;
	eyes.write = write;
	error = credit__read_mark(&eyes, "applied", &applied);
	if (!error)
		error = read_progress(&eyes, registry->tiles.reader, &progress);
	if (!error && progress.state < progress.journal && applied.epoch < progress.journal) {
		fresh = applied.epoch == 0;
		error = fresh ? credit__apply_mark(write, "scrubbed",
					&(struct credit__mark){.epoch = progress.journal})
			      : credit_problem_set(problem, CREDIT_E_STATE_DIVERGED, "state", NULL,
					"it is older than the erasure of epoch %llu; move the "
					"folder "
					"away, it is built again from the journal",
					(unsigned long long)progress.journal);
	}
	if (!error && fresh)
		error = credit_write_commit(write);
	else
		credit_write_abort(write);
done:
	credit_read_end(registry->tiles.reader);
	return error;
}

static enum credit_error fill_state(const struct credit__eyes *state, struct credit_reader *journal,
	struct credit_scrub_state *ret_state)
{
	struct credit__erasures all;
	struct progress progress;
	enum credit_error error = read_progress(state, journal, &progress);

	if (!error)
		error = credit__erasures_load(state, 0, &all);
	if (error)
		return error;
	*ret_state = (struct credit_scrub_state){0};
	for (size_t i = 0; i < all.count; i++) {
		const struct credit__erasure *erasure = &all.items[i];

		if (erasure->epoch >= ret_state->erasure_epoch) {
			ret_state->erasure_epoch = erasure->epoch;
			ret_state->erased_at = erasure->at;
		}
		if ((!erasure->counts && !erasure->access) || erasure->epoch <= least(&progress))
			continue;
		if (ret_state->pending++ == 0 || erasure->at.ms < ret_state->pending_since.ms)
			ret_state->pending_since = erasure->at;
	}
	credit__erasures_free(&all);
	return CREDIT_OK;
}

enum credit_error credit_view_scrub_state(
	struct credit_view *view, struct credit_scrub_state *ret_state)
{
	struct credit__eyes eyes = {.reader = view->state};
	enum credit_error error = credit__view_journal(view);

	return error ? error : fill_state(&eyes, view->journal.reader, ret_state);
}

enum credit_error credit__scrub_pending(struct credit_registry *registry, uint64_t *ret_pending)
{
	struct credit_scrub_state state;
	struct credit_view *view;
	enum credit_error error = credit_view_new(registry, &view);

	if (error)
		return error;
	error = credit_view_begin(view);
	if (!error) {
		error = credit_view_scrub_state(view, &state);
		credit_view_end(view);
	}
	credit_view_free(view);
	if (!error)
		*ret_pending = state.pending;
	return error;
}

/* --- one store after the other --------------------------------------------------------------- */

/* What a scrub knows before it begins. */
struct scrub {
	struct credit_registry *registry;
	struct credit_reader *state;
	struct credit__erasures erasures; /* not carried out in the journal */
	struct credit__erasures in_state; /* nor in the state */
	struct progress progress;
	uint64_t pending;
	struct credit_arena arena;
	Credit__V1__Publication *publication; /* the last one; in the arena */
};

/* Puts a filled store in the place of the old, or does away with it. */
static enum credit_error finish(
	struct credit_store *store, struct credit_store *fresh, enum credit_error error)
{
	enum credit_error ended;

	if (!error) {
		error = credit_store_renewal_swap(store, fresh);
		fresh = NULL;
	}
	ended = credit_store_renewal_end(store, fresh);
	return error ? error : ended;
}

static enum credit_error scrub_journal(struct scrub *scrub)
{
	struct credit_registry *registry = scrub->registry;
	struct credit_store *fresh;
	enum credit_error error;

	/* What an earlier scrub has swapped and could not destroy may be left. */
	if (scrub->erasures.count == 0)
		return credit_store_renewal_end(registry->journal, NULL);
	/* Acts stood in the head file's tail before the store took them. */
	error = credit__tail_wipe(&registry->head_file);
	if (!error)
		error = credit_store_renewal_begin(registry->journal, &fresh);
	if (error)
		return error;
	error = credit__journal_copy(registry->tiles.reader, fresh, scrub->publication,
		scrub->progress.journal, &scrub->erasures, NULL, NULL);
	return finish(registry->journal, fresh, error);
}

static enum credit_error scrub_state(struct scrub *scrub)
{
	struct credit_store *fresh, *state = scrub->registry->state;
	enum credit_error error;

	if (scrub->in_state.count == 0)
		return credit_store_renewal_end(state, NULL);
	error = credit_store_renewal_begin(state, &fresh);
	if (error)
		return error;
	error = credit__state_copy(scrub->state, fresh, scrub->in_state.last, &scrub->in_state);
	return finish(state, fresh, error);
}

static enum credit_error look(struct scrub *scrub)
{
	struct credit__eyes eyes = {.reader = scrub->state};
	struct credit_reader *journal = scrub->registry->tiles.reader;
	struct credit_scrub_state state = {0};
	enum credit_error error = credit_read_begin(scrub->state);

	if (error)
		return error;
	error = credit_read_begin(journal);
	if (!error) {
		error = read_progress(&eyes, journal, &scrub->progress);
		if (!error)
			error = fill_state(&eyes, journal, &state);
		if (!error)
			error = credit__erasures_load(
				&eyes, scrub->progress.journal, &scrub->erasures);
		if (!error)
			error = credit__erasures_load_told(&eyes, &scrub->erasures);
		if (!error)
			error = credit__erasures_load(
				&eyes, scrub->progress.state, &scrub->in_state);
		if (!error)
			error = credit__erasures_load_told(&eyes, &scrub->in_state);
		if (!error)
			error = credit__journal_last_publication(
				journal, &scrub->arena, &scrub->publication);
		credit_read_end(journal);
	}
	credit_read_end(scrub->state);
	scrub->pending = state.pending;
	return error;
}

/* Nothing may be open on the stores: what is not published is, and an idle transaction ends. And the state must
 * be on the disk: an older one cannot be brought up once the journal is scrubbed. */
static enum credit_error settle(struct credit_registry *registry, credit_ms_t now)
{
	enum credit_error error = CREDIT_OK;

	if (credit_registry_unpublished(registry) > 0 || registry->head_behind)
		error = credit_registry_publish(registry, now);
	else
		credit__state_drop(registry);
	return error ? error : credit_registry_settle(registry);
}

uint64_t credit_registry_unscrubbed(const struct credit_registry *registry)
{
	return registry->unscrubbed;
}

enum credit_error credit_registry_scrub(
	struct credit_registry *registry, credit_ms_t now, uint64_t *ret_scrubbed)
{
	struct scrub scrub = {.registry = registry};
	enum credit_error error;

	*ret_scrubbed = 0;
	if (registry->epoch == 0)
		return CREDIT_OK;
	error = settle(registry, now);
	if (!error)
		error = credit_reader_new(registry->state, &scrub.state);
	if (error)
		return error;
	credit_arena_init(&scrub.arena, NULL, 0, PUBLICATION_ARENA_LIMIT);
	error = look(&scrub);
	if (!error)
		error = scrub_journal(&scrub);
	if (!error)
		error = scrub_state(&scrub);
	if (!error) {
		*ret_scrubbed = scrub.pending;
		registry->unscrubbed = 0;
	}
	credit__erasures_free(&scrub.in_state);
	credit__erasures_free(&scrub.erasures);
	credit_arena_deinit(&scrub.arena);
	credit_reader_free(scrub.state);
	return error;
}
