/* SPDX-License-Identifier: Apache-2.0
 *
 * export.c - the thread that keeps publication.folder up to the last publication.
 */
#include "export.h"

#include "clock.h"
#include "log.h"

#include <signal.h>
#include <stdlib.h>

#define RETRY_MS 5000    /* after a failure */
#define PROGRESS_MS 5000 /* between two lines about a long way */
#define IDLE_MS 60000    /* a look without being woken */
#define PRUNE_MS 3600000 /* between two looks for bundles that may go */
#define LAST_MS 5000     /* for the last run; what is left then is for the next start */

struct credd_export {
	struct credit_exporter *exporter;
	int64_t interval_ms;
	int64_t kept_ms; /* of bundles; 0: for ever */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool news, stopping; /* under the lock */
	int64_t stop_until;  /* the last run's end; set before `stopping` */

	/* The thread's own. */
	enum credit_error last_error;
	int64_t progress_at;
	int64_t prune_at;
};

/* --- what it says -------------------------------------------------------------------------- */

static void log_size(enum credd_level level, const char *event, uint64_t size, uint64_t total)
{
	struct credd_line line;

	credd_line_begin(&line, level, event);
	credd_line_number(&line, "leaves", (int64_t)size);
	credd_line_number(&line, "of", (int64_t)total);
	credd_line_end(&line);
}

/* The same failure is told once; so is its end. */
static void log_outcome(
	struct credd_export *export, enum credit_error error, struct credit_problem *problem)
{
	uint64_t size = credit_exporter_size(export->exporter);
	struct credd_line line;

	if (error && error != export->last_error) {
		credit_problem_prefix(problem, "publication.");
		credd_line_begin(&line, CREDD_ERROR, "export-failed");
		credd_line_problem(&line, problem);
		credd_line_end(&line);
	} else if (!error) {
		log_size(export->last_error ? CREDD_INFO : CREDD_DEBUG, "exported", size, size);
	}
	export->last_error = error;
}

/* --- the thread ---------------------------------------------------------------------------- */

static bool is_stopping(struct credd_export *export)
{
	pthread_mutex_lock(&export->lock);
	bool stopping = export->stopping;
	pthread_mutex_unlock(&export->lock);
	return stopping;
}

static bool go_on(void *context, uint64_t done, uint64_t total)
{
	struct credd_export *export = context;
	int64_t now = credd_clock_steady();

	if (now >= export->progress_at) {
		export->progress_at = now + PROGRESS_MS;
		log_size(CREDD_INFO, "exporting", done, total);
	}
	return !is_stopping(export) || now < export->stop_until;
}

/* By the policy of the configuration; without one nothing ever goes. */
static enum credit_error prune(struct credd_export *export, struct credit_problem *problem)
{
	int64_t now = credd_clock_steady();
	enum credit_error error;

	if (export->kept_ms == 0 || now < export->prune_at)
		return CREDIT_OK;
	error = credit_exporter_prune(
		export->exporter, credd_clock_wall(), export->kept_ms, problem);
	if (error == CREDIT_OK)
		export->prune_at = now + PRUNE_MS;
	return error;
}

static enum credit_error run_once(struct credd_export *export)
{
	struct credit_problem problem;
	enum credit_error error;

	export->progress_at = credd_clock_steady() + PROGRESS_MS;
	error = credit_exporter_run(export->exporter, go_on, export, &problem);
	if (error == CREDIT_OK)
		error = prune(export, &problem);
	/* Stopped on a long way: no failure. */
	if (error != CREDIT_E_CANCELLED)
		log_outcome(export, error, &problem);
	return error;
}

/* Waits for news but not before `from`, and in any case no longer than `until`; whether to go on. */
static bool wait_for_news(struct credd_export *export, int64_t from, int64_t until)
{
	pthread_mutex_lock(&export->lock);
	while (!export->stopping) {
		int64_t wait = (export->news ? from : until) - credd_clock_steady();

		if (wait <= 0)
			break;
		credd_clock_wait(&export->changed, &export->lock, wait);
	}
	bool goes_on = !export->stopping;
	export->news = false;
	pthread_mutex_unlock(&export->lock);
	return goes_on;
}

static void *run(void *argument)
{
	struct credd_export *export = argument;
	int64_t from, until;
	sigset_t all;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	do {
		int64_t begun = credd_clock_steady();
		bool failed = run_once(export) != CREDIT_OK;

		from = begun + (failed ? RETRY_MS : export->interval_ms);
		until = failed ? from : begun + IDLE_MS;
	} while (wait_for_news(export, from, until));
	(void)!run_once(export); /* logged; the next start goes on */
	return NULL;
}

/* --- for the others ------------------------------------------------------------------------ */

static void deinit(struct credd_export *export)
{
	pthread_cond_destroy(&export->changed);
	pthread_mutex_destroy(&export->lock);
	credit_exporter_free(export->exporter);
	free(export);
}

enum credit_error credd_export_start(struct credit_registry *registry, const char *folder,
	uint32_t interval_ms, int64_t kept_ms, struct credd_export **ret_export,
	struct credit_problem *problem)
{
	struct credd_export *export = calloc(1, sizeof *export);
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (!export || !credd_clock_condition(&export->changed)) {
		free(export);
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	}
	pthread_mutex_init(&export->lock, NULL);
	export->interval_ms = interval_ms;
	export->kept_ms = kept_ms;
	error = credit_exporter_open(registry, folder, 0, &export->exporter, problem);
	if (!error && pthread_create(&export->thread, NULL, run, export) != 0)
		error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	if (error) {
		deinit(export);
		return error;
	}
	*ret_export = export;
	return CREDIT_OK;
}

void credd_export_wake(struct credd_export *export)
{
	if (!export)
		return;
	pthread_mutex_lock(&export->lock);
	export->news = true;
	pthread_cond_signal(&export->changed);
	pthread_mutex_unlock(&export->lock);
}

void credd_export_stop(struct credd_export *export)
{
	if (!export)
		return;
	pthread_mutex_lock(&export->lock);
	export->stop_until = credd_clock_steady() + LAST_MS;
	export->stopping = true;
	pthread_cond_signal(&export->changed);
	pthread_mutex_unlock(&export->lock);
	pthread_join(export->thread, NULL);
	deinit(export);
}
