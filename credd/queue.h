/* SPDX-License-Identifier: Apache-2.0
 *
 * queue.h - what other threads hand to the writer thread, and whether it takes anything.
 *
 * Filings wait in line, bounded in number and bytes; scrubs and a snapshot's leaf wait beside them.
 *
 * Owns: a job and what it points at stay the caller's until it is answered.
 * Threads: put from any; take, wait and answer from the writer thread.
 */
#ifndef CREDD_QUEUE_H
#define CREDD_QUEUE_H

#include "writer.h"

#include <pthread.h>

enum credd_phase {
	CREDD_PHASE_STARTING,
	CREDD_PHASE_RUNNING,
	CREDD_PHASE_FAILED,
	CREDD_PHASE_STOPPING
};

/* A leaf that the next publication is to log; the asker waits for `done`. */
struct credd_snapshot_job {
	const struct credit_snapshot_leaf *leaf;
	uint64_t number;
	enum credit_error error;
	bool done;
};

struct credd_queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum credd_phase phase;
	uint32_t count_max, epoch_filings;
	uint64_t bytes_max;
	struct credd_job *first, **last;
	struct credd_scrub_job *scrubs;
	uint32_t count;
	uint64_t bytes;
	int64_t commit_ms;                   /* of the last epoch: what callers are told to wait */
	struct credd_snapshot_job *snapshot; /* NULL: none */
	bool snapshot_news;                  /* the thread has not looked since it came */
};

/* With the bounds of the options; false when there is no memory. */
bool credd_queue_init(
	struct credd_queue *queue, const struct credd_writer_options *options) CREDIT_MUST_CHECK;
void credd_queue_deinit(struct credd_queue *queue);

void credd_queue_set_phase(struct credd_queue *queue, enum credd_phase phase);
/* Waits until the writer thread is no longer starting. */
enum credd_phase credd_queue_wait_for_start(struct credd_queue *queue);
/* How long the last epoch took. */
void credd_queue_note_commit(struct credd_queue *queue, int64_t ms);

/* What waits now. */
void credd_queue_load(struct credd_queue *queue, uint32_t *ret_filings, uint64_t *ret_bytes);

/* As credd_writer_put, credd_writer_log_snapshot and credd_writer_scrub. */
enum credit_error credd_queue_put(struct credd_queue *queue, struct credd_job *job,
	uint32_t *ret_retry_after_ms) CREDIT_MUST_CHECK;
enum credit_error credd_queue_put_snapshot(struct credd_queue *queue,
	const struct credit_snapshot_leaf *leaf, uint64_t *ret_number) CREDIT_MUST_CHECK;
enum credit_error credd_queue_put_scrub(
	struct credd_queue *queue, struct credd_scrub_job *job) CREDIT_MUST_CHECK;

/* Waits until there is something to do, the steady clock reaches `until`, or the writer is to stop, which
 * false says. */
bool credd_queue_wait(struct credd_queue *queue, int64_t until);
/* Takes up to `limit` filings from the front, and no more bytes than one epoch should hold; at least one
 * when there is one. */
uint32_t credd_queue_take(struct credd_queue *queue, struct credd_job **jobs, uint32_t limit);
/* The leaf that waits; NULL when there is none. */
const struct credd_snapshot_job *credd_queue_snapshot(struct credd_queue *queue);
void credd_queue_answer_snapshot(
	struct credd_queue *queue, enum credit_error error, uint64_t number);
/* All that wait for a scrub; they are the caller's to answer. */
struct credd_scrub_job *credd_queue_take_scrubs(struct credd_queue *queue);

#endif
