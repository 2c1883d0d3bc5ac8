/* SPDX-License-Identifier: Apache-2.0
 *
 * writer.h - the one thread that changes the registry.
 *
 * It owns the open registry: opens it, commits filings, fires what falls due, publishes, closes it.
 * Filings wait in one bounded queue. The thread takes all that has queued up while the last commit
 * was being synced and commits it as the next epoch, so that one client alone never waits for
 * company and a thousand share one sync. Nothing is timed to gather a group.
 *
 * Publication: as soon as the queue has been idle for idle_ms, at most every interval_ms while it
 * is not, at least every at_least_ms, and at once after something was fired.
 *
 * Scrub: after an erasure, at most every scrub_minutes; at the start, when one is due or was cut short;
 * and when somebody asks for it. Filings wait while it runs.
 *
 * Owns: a job and what it points at stay the caller's; they must live until `done`.
 * Threads: credd_writer_put from any; _start and _stop from the main thread.
 */
#ifndef CREDD_WRITER_H
#define CREDD_WRITER_H

#include "metrics.h"
#include "rpc/rpc.h"

#include <credit/registry.h>

struct credd_writer;

/* A filing on its way through the queue. The caller fills all but `next`. */
struct credd_job {
	struct credit_submission submission;
	struct credd_call *call; /* asked only whether its client has gone */
	size_t bytes;            /* what waiting costs */
	/* Once, on the writer thread; submission.error says how it went. CREDIT_E_CANCELLED: the
	 * client had gone before the filing was taken, and nothing was changed. */
	void (*done)(struct credd_job *job);
	struct credd_job *next;
};

/* A scrub that somebody waits for. Lives until `done`. */
struct credd_scrub_job {
	struct credd_call *call;
	enum credit_error error;
	uint64_t scrubbed;
	void (*done)(struct credd_scrub_job *job); /* once, on the writer thread */
	struct credd_scrub_job *next;
};

struct credd_writer_options {
	struct credit_registry_options registry;
	uint32_t queue, queue_bytes, epoch_filings;
	uint32_t interval_ms, idle_ms, at_least_ms;
	uint32_t scrub_minutes; /* between two scrubs that nobody asked for */
	bool clock_confirmed;   /* --confirm-clock: see clock.h */
	/* On the writer thread, between opening the registry and the first thing that is signed; its error
	 * ends the start. May be NULL. */
	enum credit_error (*opened)(
		void *context, struct credit_registry *registry, struct credit_problem *problem);
	/* On the writer thread, after each publication: must not wait. At the end once more, with
	 * `last`: whoever still looks at the registry has to be done on return. May be NULL. */
	void (*published)(void *context, bool last);
	/* On the writer thread, once, after CREDIT_E_STORE_SUSPECT: nothing can be written any more before the
	 * registry is opened again. May be NULL. */
	void (*suspect)(void *context);
	void *context;                 /* of all */
	struct credd_metrics *metrics; /* NULL: nothing is counted */
};

/* Opens the registry, replays, fires what fell due while the daemon was down and publishes; returns
 * when all of that is done. The errors of credit_registry_open, _fire_due and _publish. */
enum credit_error credd_writer_start(const struct credd_writer_options *options,
	struct credd_writer **ret_writer, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* For views; open until _stop. */
struct credit_registry *credd_writer_registry(struct credd_writer *writer);
/* Filings that wait now. From any thread. */
void credd_writer_waiting(struct credd_writer *writer, uint32_t *ret_filings, uint64_t *ret_bytes);
/* How long the thread has been at the step it is at, in milliseconds; 0 while it waits for work and
 * during a scrub, which may take long. What never comes to an end is a broken disk or a defect. From any
 * thread. */
int64_t credd_writer_busy_ms(const struct credd_writer *writer);
/* Takes the job over until its `done`. CREDIT_E_QUEUE_FULL with *ret_retry_after_ms, the time after
 * which there should be room; CREDIT_E_SHUTTING_DOWN. */
enum credit_error credd_writer_put(struct credd_writer *writer, struct credd_job *job,
	uint32_t *ret_retry_after_ms) CREDIT_MUST_CHECK;
/* Has the next publication log a snapshot, made at once, and waits for it; *ret_number is that publication.
 * One at a time. CREDIT_E_SHUTTING_DOWN, or the errors of credit_registry_publish_snapshot. */
enum credit_error credd_writer_log_snapshot(struct credd_writer *writer,
	const struct credit_snapshot_leaf *leaf, uint64_t *ret_number) CREDIT_MUST_CHECK;
/* Has a scrub run next, whenever the last one was. CREDIT_E_SHUTTING_DOWN. */
enum credit_error credd_writer_scrub(
	struct credd_writer *writer, struct credd_scrub_job *job) CREDIT_MUST_CHECK;
/* Refuses new jobs, finishes those in the queue, publishes and closes the registry. All views must
 * be gone. NULL is allowed. */
void credd_writer_stop(struct credd_writer *writer);

#endif
