/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot.c - the thread that makes snapshots of all published listings.
 */
#include "snapshot.h"

#include "clock.h"
#include "log.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define RETRY_MS 5000 /* after a failure */
#define LOOK_MS 60000 /* the wall clock may be set */

struct credd_snapshot {
	struct credd_snapshot_options options;
	struct credit_snapshotter *snapshotter;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool asked, stopping; /* under the lock */

	/* The thread's own. */
	enum credit_error last_error;
};

/* --- one snapshot -------------------------------------------------------------------------- */

static bool go_on(void *context)
{
	struct credd_snapshot *snapshot = context;

	pthread_mutex_lock(&snapshot->lock);
	bool stopping = snapshot->stopping;
	pthread_mutex_unlock(&snapshot->lock);
	return !stopping;
}

static void log_made(const struct credit_snapshot_leaf *leaf, int64_t ms)
{
	struct credd_line line;

	credd_line_begin(&line, CREDD_INFO, "snapshot");
	credd_line_number(&line, "publication", (int64_t)leaf->publication);
	credd_line_number(&line, "entities", (int64_t)leaf->entities);
	credd_line_number(&line, "bytes", (int64_t)leaf->size);
	credd_line_number(&line, "ms", ms);
	credd_line_end(&line);
}

static enum credit_error make(struct credd_snapshot *snapshot, struct credit_problem *problem)
{
	int64_t begun = credd_clock_steady();
	struct credit_snapshot_leaf leaf;
	uint64_t number;
	enum credit_error error =
		credit_snapshotter_gather(snapshot->snapshotter, go_on, snapshot, &leaf, problem);

	if (error)
		return error;
	error = credd_writer_log_snapshot(snapshot->options.writer, &leaf, &number);
	if (error) {
		credit_snapshotter_forget(snapshot->snapshotter);
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	}
	error = credit_snapshotter_finish(snapshot->snapshotter, number, problem);
	if (!error)
		log_made(&leaf, credd_clock_steady() - begun);
	return error;
}

/* Stopped on the way, and nothing to show yet, are no failures; the same failure is told once. */
static bool make_and_tell(struct credd_snapshot *snapshot)
{
	struct credit_problem problem;
	enum credit_error error = make(snapshot, &problem);
	struct credd_line line;

	if (error && error != snapshot->last_error && error != CREDIT_E_CANCELLED &&
		error != CREDIT_E_SHUTTING_DOWN && error != CREDIT_E_EPOCH_NOT_PUBLISHED) {
		credit_problem_prefix(&problem, "snapshot.");
		credd_line_begin(&line, CREDD_ERROR, "snapshot-failed");
		credd_line_problem(&line, &problem);
		credd_line_end(&line);
	}
	snapshot->last_error = error;
	return error == CREDIT_OK;
}

/* --- the thread ---------------------------------------------------------------------------- */

/* Milliseconds until one is due, by the wall clock; at most LOOK_MS. */
static int64_t due_in(const struct credd_snapshot *snapshot)
{
	int64_t newest = credit_snapshotter_newest(snapshot->snapshotter).ms;
	int64_t wait = LOOK_MS;

	if (snapshot->options.interval_ms > 0)
		wait = newest + snapshot->options.interval_ms - credd_clock_wall().ms;
	if (wait < 0 || (newest == 0 && snapshot->options.interval_ms > 0))
		wait = 0;
	return wait < LOOK_MS ? wait : LOOK_MS;
}

/* Waits for `ms` at most; a question ends it. Whether to go on, and whether one was asked for. */
static bool wait_for(struct credd_snapshot *snapshot, int64_t ms, bool *ret_asked)
{
	int64_t until = credd_clock_steady() + ms;

	pthread_mutex_lock(&snapshot->lock);
	while (!snapshot->stopping && !snapshot->asked) {
		int64_t wait = until - credd_clock_steady();

		if (wait <= 0)
			break;
		credd_clock_wait(&snapshot->changed, &snapshot->lock, wait);
	}
	*ret_asked = snapshot->asked;
	snapshot->asked = false;
	bool goes_on = !snapshot->stopping;
	pthread_mutex_unlock(&snapshot->lock);
	return goes_on;
}

static void *run(void *argument)
{
	struct credd_snapshot *snapshot = argument;
	bool asked, failed = false;
	sigset_t all;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	while (wait_for(snapshot, failed ? RETRY_MS : due_in(snapshot), &asked)) {
		/* What was asked for and failed is tried again, as what is due. */
		if (asked || failed || due_in(snapshot) == 0)
			failed = !make_and_tell(snapshot);
	}
	return NULL;
}

/* --- for the others ------------------------------------------------------------------------ */

static void deinit(struct credd_snapshot *snapshot)
{
	pthread_cond_destroy(&snapshot->changed);
	pthread_mutex_destroy(&snapshot->lock);
	credit_snapshotter_free(snapshot->snapshotter);
	free(snapshot);
}

enum credit_error credd_snapshot_start(const struct credd_snapshot_options *options,
	struct credd_snapshot **ret_snapshot, struct credit_problem *problem)
{
	struct credd_snapshot *snapshot = calloc(1, sizeof *snapshot);
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (!snapshot || !credd_clock_condition(&snapshot->changed)) {
		free(snapshot);
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	}
	pthread_mutex_init(&snapshot->lock, NULL);
	snapshot->options = *options;
	error = credit_snapshotter_open(credd_writer_registry(options->writer), options->folder,
		options->keep, &snapshot->snapshotter, problem);
	snapshot->options.folder = NULL; /* the caller's, and not needed any more */
	if (!error && pthread_create(&snapshot->thread, NULL, run, snapshot) != 0)
		error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	if (error) {
		deinit(snapshot);
		return error;
	}
	*ret_snapshot = snapshot;
	return CREDIT_OK;
}

void credd_snapshot_ask(struct credd_snapshot *snapshot)
{
	if (!snapshot)
		return;
	pthread_mutex_lock(&snapshot->lock);
	snapshot->asked = true;
	pthread_cond_signal(&snapshot->changed);
	pthread_mutex_unlock(&snapshot->lock);
}

void credd_snapshot_stop(struct credd_snapshot *snapshot)
{
	if (!snapshot)
		return;
	pthread_mutex_lock(&snapshot->lock);
	snapshot->stopping = true;
	pthread_cond_signal(&snapshot->changed);
	pthread_mutex_unlock(&snapshot->lock);
	pthread_join(snapshot->thread, NULL);
	deinit(snapshot);
}
