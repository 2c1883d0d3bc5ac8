/* SPDX-License-Identifier: Apache-2.0
 *
 * writer.c - the writer thread: take, commit, answer; fire what is due; publish; scrub.
 *
 * Everything below `--- the thread ---` runs in that thread, the store's write transaction
 * included, which must end in the thread that began it. What other threads touch lies in queue.h.
 */
#include "writer.h"

#include "clock.h"
#include "log.h"
#include "notify.h"
#include "queue.h"
#include "settle.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

/* System acts in one epoch, so that filings need not wait for all of them. */
#define FIRE_LIMIT 1000
#define RETRY_MS 1000 /* after a fault */
#define MINUTE_MS ((int64_t)60000)
#define SCRUB_RETRY_MS MINUTE_MS /* it is long work: not at once again */
#define PROGRESS_MS 5000
/* Acts that may wait for a publication. Until then the pages that they change are in memory, some 30 KiB for
 * each act in a registry of ten millions. */
#define UNPUBLISHED_ACTS 10000

struct credd_writer {
	struct credd_writer_options options;
	struct credd_queue queue;
	pthread_t thread;
	struct credit_registry *registry;
	struct credd_settler *settler;
	_Atomic int64_t busy_since; /* steady; 0: waiting, or at something that may take long */

	/* The writer thread's own. Instants are those of credd_clock_steady. */
	struct credd_clock clock;
	bool clock_held;
	bool suspect; /* the registry takes no more writes */
	int64_t published_at;
	int64_t committed_at;  /* the last epoch */
	int64_t waiting_since; /* the first epoch that is not published; 0: there is none */
	uint64_t waiting_acts;
	int64_t fire_not_before, publish_not_before, scrub_not_before;
	int64_t progress_at;
	int64_t sync_begun;               /* in microseconds */
	struct credit_submission **batch; /* epoch_filings of them */
	struct credd_job **jobs;

	enum credit_error start_error;
	struct credit_problem start_problem;
};

/* --- for other threads ------------------------------------------------------------------------ */

enum credit_error credd_writer_put(
	struct credd_writer *writer, struct credd_job *job, uint32_t *ret_retry_after_ms)
{
	enum credit_error error = credd_queue_put(&writer->queue, job, ret_retry_after_ms);

	if (error == CREDIT_E_QUEUE_FULL)
		credd_metrics_add(writer->options.metrics, CREDD_FIGURE_QUEUE_REFUSED, 1);
	return error;
}

enum credit_error credd_writer_log_snapshot(
	struct credd_writer *writer, const struct credit_snapshot_leaf *leaf, uint64_t *ret_number)
{
	return credd_queue_put_snapshot(&writer->queue, leaf, ret_number);
}

enum credit_error credd_writer_scrub(struct credd_writer *writer, struct credd_scrub_job *job)
{
	return credd_queue_put_scrub(&writer->queue, job);
}

void credd_writer_waiting(struct credd_writer *writer, uint32_t *ret_filings, uint64_t *ret_bytes)
{
	credd_queue_load(&writer->queue, ret_filings, ret_bytes);
}

int64_t credd_writer_busy_ms(const struct credd_writer *writer)
{
	int64_t since = writer->busy_since;

	return since == 0 ? 0 : credd_clock_steady() - since;
}

/* --- the thread ------------------------------------------------------------------------------ */

static void log_fault(
	const char *event, enum credit_error error, const struct credit_problem *problem)
{
	struct credit_problem bare = {.error = error};
	struct credd_line line;

	credd_line_begin(&line, CREDD_ERROR, event);
	credd_line_problem(&line, problem ? problem : &bare);
	credd_line_end(&line);
}

/* A fault after which nothing can be written ends the daemon: whoever starts it again has the journal, which
 * knows what was committed. */
static void note_fault(struct credd_writer *writer, const char *event, enum credit_error error,
	const struct credit_problem *problem)
{
	log_fault(event, error, problem);
	if (error != CREDIT_E_STORE_SUSPECT || writer->suspect)
		return;
	writer->suspect = true;
	if (writer->options.suspect)
		writer->options.suspect(writer->options.context);
}

/* After an epoch: is there something now that readers do not see? */
static void note_epoch(struct credd_writer *writer)
{
	writer->committed_at = credd_clock_steady();
	if (writer->waiting_since == 0 && credit_registry_unpublished(writer->registry) > 0)
		writer->waiting_since = writer->committed_at;
}

static bool may_fire(struct credd_writer *writer)
{
	bool believed = credd_clock_believe(&writer->clock, credd_clock_wall(),
		credd_clock_steady(), credit_registry_last_time(writer->registry));

	if (!believed && !writer->clock_held) {
		struct credd_line line;
		credd_line_begin(&line, CREDD_ERROR, "clock-ahead");
		credd_line_text(&line, "text",
			"the clock is more than seven days ahead of the last publication; what is "
			"due is "
			"not fired. Set the clock, or start with --confirm-clock");
		credd_line_end(&line);
	}
	writer->clock_held = !believed;
	credd_metrics_set(writer->options.metrics, CREDD_FIGURE_CLOCK_HELD, !believed);
	return believed;
}

/* Of a publication that stands; `us` it took. */
static void note_publication(struct credd_writer *writer, credit_ms_t wall, int64_t us)
{
	struct credd_metrics *metrics = writer->options.metrics;
	struct credd_line line;

	writer->published_at = credd_clock_steady();
	writer->waiting_since = 0;
	writer->waiting_acts = 0;
	credd_settler_go(writer->settler);
	credd_metrics_add(metrics, CREDD_FIGURE_PUBLICATIONS, 1);
	credd_metrics_took(metrics, CREDD_SPAN_PUBLICATION, us);
	credd_metrics_set(metrics, CREDD_FIGURE_PUBLISHED_MS, wall.ms);
	if (writer->options.published)
		writer->options.published(writer->options.context, false);
	credd_line_begin(&line, CREDD_DEBUG, "publication");
	credd_line_number(&line, "us", us);
	credd_line_end(&line);
}

static enum credit_error publish(struct credd_writer *writer)
{
	int64_t begun = credd_clock_steady_us();
	const struct credd_snapshot_job *snapshot = credd_queue_snapshot(&writer->queue);
	/* A time that is not believed is not signed either: the next start would believe it. */
	credit_ms_t wall =
		may_fire(writer) ? credd_clock_wall() : credit_registry_last_time(writer->registry);
	uint64_t number = 0;
	enum credit_error error = snapshot ? credit_registry_publish_snapshot(writer->registry,
						     wall, snapshot->leaf, &number)
					   : credit_registry_publish(writer->registry, wall);
	int64_t us = credd_clock_steady_us() - begun;

	if (snapshot)
		credd_queue_answer_snapshot(&writer->queue, error, number);
	if (error != CREDIT_OK) {
		note_fault(writer, "publication-failed", error, NULL);
		credd_metrics_add(writer->options.metrics, CREDD_FIGURE_PUBLICATIONS_FAILED, 1);
		writer->publish_not_before = credd_clock_steady() + RETRY_MS;
		return error;
	}
	note_publication(writer, wall, us);
	return CREDIT_OK;
}

/* One epoch of what is due. Readers are told at once: until then the statuses concerned are stale.
 */
static enum credit_error fire(struct credd_writer *writer, uint32_t *ret_fired)
{
	uint32_t fired = 0;
	enum credit_error error =
		credit_registry_fire_due(writer->registry, credd_clock_wall(), FIRE_LIMIT, &fired);
	struct credd_line line;

	if (error != CREDIT_OK) {
		note_fault(writer, "firing-failed", error, NULL);
		writer->fire_not_before = credd_clock_steady() + RETRY_MS;
		return error;
	}
	if (fired > 0) {
		note_epoch(writer);
		credd_metrics_add(writer->options.metrics, CREDD_FIGURE_FIRED, fired);
		credd_line_begin(&line, CREDD_INFO, "fired");
		credd_line_number(&line, "acts", fired);
		credd_line_end(&line);
	}
	*ret_fired = fired;
	return CREDIT_OK;
}

/* Jobs whose client has gone are answered and left out; the others become the batch. */
static uint32_t drop_cancelled(struct credd_writer *writer, uint32_t taken)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < taken; i++) {
		struct credd_job *job = writer->jobs[i];

		if (credd_call_cancelled(job->call)) {
			job->submission.error = credit_problem_set(
				&job->submission.problem, CREDIT_E_CANCELLED, NULL, NULL, NULL);
			job->done(job);
			continue;
		}
		writer->batch[kept] = &job->submission;
		writer->jobs[kept++] = job;
	}
	return kept;
}

/* Of an epoch that was tried: the log's line and the figures. */
static void account(struct credd_writer *writer, uint32_t count, int64_t us)
{
	struct credd_metrics *metrics = writer->options.metrics;
	uint64_t accepted = 0, refused = 0;
	struct credd_line line;

	for (uint32_t i = 0; i < count; i++) {
		const struct credit_submission *submission = writer->batch[i];

		/* A fault is one of the whole epoch; once is enough. */
		if (credit_error_is_fault(submission->error)) {
			note_fault(writer, "epoch-failed", submission->error, &submission->problem);
			credd_metrics_add(metrics, CREDD_FIGURE_EPOCHS_FAILED, 1);
			return;
		}
		if (submission->error == CREDIT_OK) {
			accepted += submission->accepted;
			refused += submission->refused;
		}
	}
	credd_metrics_add(metrics, CREDD_FIGURE_EPOCHS, 1);
	credd_metrics_add(metrics, CREDD_FIGURE_FILINGS, count);
	credd_metrics_add(metrics, CREDD_FIGURE_ACTS_ACCEPTED, (int64_t)accepted);
	credd_metrics_took(metrics, CREDD_SPAN_EPOCH, us);
	credd_line_begin(&line, CREDD_DEBUG, "epoch");
	credd_line_number(&line, "filings", count);
	credd_line_number(&line, "accepted", (int64_t)accepted);
	credd_line_number(&line, "refused", (int64_t)refused);
	credd_line_number(&line, "us", us);
	credd_line_end(&line);
}

static void commit(struct credd_writer *writer)
{
	uint32_t taken =
		credd_queue_take(&writer->queue, writer->jobs, writer->options.epoch_filings);
	uint32_t count = drop_cancelled(writer, taken);
	int64_t begun = credd_clock_steady_us(), us;

	if (count == 0)
		return;
	credit_registry_submit(writer->registry, writer->batch, count, credd_clock_wall());
	us = credd_clock_steady_us() - begun;
	note_epoch(writer);
	account(writer, count, us);
	for (uint32_t i = 0; i < count; i++) {
		writer->waiting_acts += writer->batch[i]->accepted;
		writer->jobs[i]->done(writer->jobs[i]);
	}

	credd_queue_note_commit(&writer->queue, us / 1000);
}

/* Publishes too, if there is anything to publish. */
static enum credit_error run_scrub(struct credd_writer *writer, uint64_t *ret_scrubbed)
{
	int64_t begun = credd_clock_steady();
	enum credit_error error =
		credit_registry_scrub(writer->registry, credd_clock_wall(), ret_scrubbed);
	int64_t now = credd_clock_steady();
	struct credd_line line;

	if (credit_registry_unpublished(writer->registry) == 0)
		writer->waiting_since = 0;
	if (error) {
		note_fault(writer, "scrub-failed", error, NULL);
		writer->scrub_not_before = now + SCRUB_RETRY_MS;
		return error;
	}
	/* One that had nothing to do does not put off the next. */
	if (*ret_scrubbed > 0) {
		writer->scrub_not_before = now + writer->options.scrub_minutes * MINUTE_MS;
		credd_metrics_add(writer->options.metrics, CREDD_FIGURE_SCRUBS, 1);
	}
	if (writer->options.published)
		writer->options.published(writer->options.context, false);
	credd_line_begin(&line, *ret_scrubbed ? CREDD_INFO : CREDD_DEBUG, "scrubbed");
	credd_line_number(&line, "records", (int64_t)*ret_scrubbed);
	credd_line_number(&line, "ms", now - begun);
	credd_line_end(&line);
	return error;
}

static bool scrub_is_due(const struct credd_writer *writer)
{
	return credit_registry_unscrubbed(writer->registry) > 0 &&
	       credd_clock_steady() >= writer->scrub_not_before;
}

/* What is due or asked for. */
static void scrub(struct credd_writer *writer)
{
	struct credd_scrub_job *jobs = credd_queue_take_scrubs(&writer->queue), *next;
	uint64_t scrubbed = 0;
	enum credit_error error;

	if (!jobs && !scrub_is_due(writer))
		return;
	writer->busy_since = 0;
	error = run_scrub(writer, &scrubbed);
	for (; jobs; jobs = next) {
		next = jobs->next;
		jobs->error = error;
		jobs->scrubbed = scrubbed;
		jobs->done(jobs);
	}
}

/* When to scrub next without being asked, by the steady clock. */
static int64_t scrub_at(const struct credd_writer *writer)
{
	return credit_registry_unscrubbed(writer->registry) > 0 ? writer->scrub_not_before
								: INT64_MAX;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* When to publish next, by the steady clock. */
static int64_t publish_at(struct credd_writer *writer)
{
	int64_t at = writer->published_at + writer->options.at_least_ms;

	if (credd_queue_snapshot(&writer->queue))
		at = writer->published_at;
	if (writer->waiting_since != 0) {
		at = earlier(at, writer->waiting_since + writer->options.interval_ms);
		at = earlier(at, writer->committed_at + writer->options.idle_ms);
		if (writer->waiting_acts >= UNPUBLISHED_ACTS)
			at = writer->published_at;
	}
	return later(at, writer->publish_not_before);
}

/* When to fire next, by the steady clock; no later than at_least_ms from now, so that a wall clock
 * that is set is noticed. */
static int64_t fire_at(const struct credd_writer *writer)
{
	int64_t steady = credd_clock_steady(), wall = credd_clock_wall().ms;
	int64_t due = credit_registry_next_due(writer->registry).ms;
	int64_t wait = writer->options.at_least_ms;

	if (due - wall < wait && !writer->clock_held)
		wait = due > wall ? due - wall : 0;
	return later(steady + wait, writer->fire_not_before);
}

static bool is_founded(const struct credd_writer *writer)
{
	return credit_registry_last_time(writer->registry).ms != 0;
}

/* When there is something to do, if nobody comes before. */
static int64_t wake_at(struct credd_writer *writer)
{
	return earlier(earlier(publish_at(writer), fire_at(writer)), scrub_at(writer));
}

static void work(struct credd_writer *writer)
{
	while (credd_queue_wait(&writer->queue, wake_at(writer))) {
		uint32_t fired = 0;
		int64_t next;
		bool due;

		writer->busy_since = credd_clock_steady();
		commit(writer);
		next = credit_registry_next_due(writer->registry).ms;
		credd_metrics_set(writer->options.metrics, CREDD_FIGURE_NEXT_DUE_MS, next);
		due = next <= credd_clock_wall().ms;
		if (due && credd_clock_steady() >= writer->fire_not_before && may_fire(writer) &&
			fire(writer, &fired) != CREDIT_OK)
			continue;
		if (!is_founded(writer))
			writer->published_at = credd_clock_steady();
		else if (fired > 0 || credd_clock_steady() >= publish_at(writer))
			(void)!publish(writer); /* logged; tried again */
		scrub(writer);
		writer->busy_since = 0;
	}
}

static void show_progress(void *context, uint64_t done, uint64_t total)
{
	struct credd_writer *writer = context;
	int64_t now = credd_clock_steady();
	struct credd_line line;

	if (now < writer->progress_at)
		return;
	writer->progress_at = now + PROGRESS_MS;
	credd_line_begin(&line, CREDD_INFO, "replaying");
	credd_line_number(&line, "done", (int64_t)done);
	credd_line_number(&line, "epochs", (int64_t)total);
	credd_line_end(&line);
	/* A service manager would take a long replay for a start that hangs. */
	credd_notify("EXTEND_TIMEOUT_USEC=60000000\nSTATUS=replaying what the state lacks");
}

/* --- the registry's observer ------------------------------------------------------------------ */

static void on_refused(void *context, enum credit_error reason)
{
	struct credd_writer *writer = context;

	credd_metrics_refused(writer->options.metrics, reason);
}

static void on_synced(void *context, bool done)
{
	struct credd_writer *writer = context;
	int64_t now = credd_clock_steady_us();

	if (done)
		credd_metrics_took(
			writer->options.metrics, CREDD_SPAN_SYNC, now - writer->sync_begun);
	else
		writer->sync_begun = now;
}

/* May readers be answered before that? When nothing of what they would be told has fallen due, and a daemon that ran
 * would not have published anew just to say so: then they see what they saw before it ended, a moment longer. */
static bool may_answer_at_once(struct credd_writer *writer)
{
	int64_t wall = credd_clock_wall().ms;
	int64_t age = wall - credit_registry_published_time(writer->registry).ms;

	return is_founded(writer) && may_fire(writer) && age >= 0 &&
	       age < writer->options.at_least_ms &&
	       credit_registry_published_due(writer->registry).ms > wall;
}

/* What fell due while the daemon was down, and what it had not published. */
static enum credit_error catch_up(struct credd_writer *writer)
{
	uint32_t fired = 1;
	enum credit_error error = CREDIT_OK;

	if (!is_founded(writer))
		return CREDIT_OK;
	while (error == CREDIT_OK && fired > 0 && may_fire(writer)) {
		fired = 0;
		error = fire(writer, &fired);
	}
	if (error == CREDIT_OK)
		error = publish(writer);
	/* What a kill has interrupted, or what fell due meanwhile; a failure is logged and tried again. */
	if (error == CREDIT_OK)
		scrub(writer);
	return error;
}

/* Readers are answered from here on; what is filed waits for the writer. */
static void begin(struct credd_writer *writer)
{
	bool at_once;
	enum credit_error error;

	credd_clock_init(&writer->clock, writer->options.clock_confirmed, credd_clock_wall(),
		credd_clock_steady());
	writer->published_at = credd_clock_steady();
	at_once = may_answer_at_once(writer);
	if (at_once) {
		credd_metrics_set(writer->options.metrics, CREDD_FIGURE_PUBLISHED_MS,
			credit_registry_published_time(writer->registry).ms);
		credd_queue_set_phase(&writer->queue, CREDD_PHASE_RUNNING);
	}
	error = catch_up(writer);
	if (at_once)
		return; /* a failure is logged, and tried again as at any other time */
	if (error == CREDIT_OK)
		credd_queue_set_phase(&writer->queue, CREDD_PHASE_RUNNING);
	writer->start_problem.error = writer->start_error = error;
}

static void *run(void *argument)
{
	struct credd_writer *writer = argument;
	sigset_t all;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	writer->progress_at = credd_clock_steady() + PROGRESS_MS;
	writer->start_error = credit_registry_open(&writer->options.registry, show_progress, writer,
		&writer->registry, &writer->start_problem);
	if (writer->start_error == CREDIT_OK && writer->options.opened)
		writer->start_error = writer->options.opened(
			writer->options.context, writer->registry, &writer->start_problem);
	if (writer->start_error == CREDIT_OK)
		writer->start_error = credd_settler_start(
			writer->registry, writer->options.metrics, &writer->settler);
	if (writer->start_error == CREDIT_OK)
		begin(writer);
	if (writer->start_error == CREDIT_OK) {
		work(writer);
		if (is_founded(writer) && !writer->suspect)
			(void)!publish(writer); /* logged; the next start replays what is missing */
	} else {
		credd_queue_set_phase(&writer->queue, CREDD_PHASE_FAILED);
	}
	credd_queue_answer_snapshot(&writer->queue, CREDIT_E_SHUTTING_DOWN, 0);
	if (writer->options.published)
		writer->options.published(writer->options.context, true);
	credd_settler_stop(writer->settler);
	credit_registry_close(writer->registry);
	return NULL;
}

/* --- for the main thread ---------------------------------------------------------------------- */

static void writer_free(struct credd_writer *writer)
{
	credd_queue_deinit(&writer->queue);
	credit_wipe(&writer->options.registry, sizeof writer->options.registry);
	free(writer->batch);
	free(writer->jobs);
	free(writer);
}

enum credit_error credd_writer_start(const struct credd_writer_options *options,
	struct credd_writer **ret_writer, struct credit_problem *problem)
{
	struct credd_writer *writer = calloc(1, sizeof *writer);
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (!writer || !credd_queue_init(&writer->queue, options)) {
		free(writer);
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	}
	writer->options = *options;
	writer->options.registry.replays_later = true;
	writer->options.registry.observer = (struct credit_observer){
		.refused = on_refused, .synced = on_synced, .context = writer};
	writer->batch = calloc(options->epoch_filings, sizeof(struct credit_submission *));
	writer->jobs = calloc(options->epoch_filings, sizeof(struct credd_job *));
	if (!writer->batch || !writer->jobs ||
		pthread_create(&writer->thread, NULL, run, writer) != 0) {
		credit_problem_set(problem, error, NULL, NULL, NULL);
		goto failed;
	}
	if (credd_queue_wait_for_start(&writer->queue) == CREDD_PHASE_RUNNING) {
		*ret_writer = writer;
		return CREDIT_OK;
	}
	pthread_join(writer->thread, NULL);
	error = writer->start_error;
	*problem = writer->start_problem;
failed:
	writer_free(writer);
	return error;
}

struct credit_registry *credd_writer_registry(struct credd_writer *writer)
{
	return writer->registry;
}

void credd_writer_stop(struct credd_writer *writer)
{
	if (!writer)
		return;
	credd_queue_set_phase(&writer->queue, CREDD_PHASE_STOPPING);
	pthread_join(writer->thread, NULL);
	writer_free(writer);
}
