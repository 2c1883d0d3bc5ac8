/* SPDX-License-Identifier: Apache-2.0
 *
 * queue.c - see queue.h.
 */
#include "queue.h"

#include "clock.h"

#define RETRY_AFTER_MIN_MS 20
#define RETRY_AFTER_MAX_MS 10000
/* Filings in one epoch, one at least: some thousands of acts. Its rows and effects take some times as much
 * memory, and what it changes waits for the publication after it. */
#define EPOCH_BYTES ((uint64_t)4 << 20)

bool credd_queue_init(struct credd_queue *queue, const struct credd_writer_options *options)
{
	*queue = (struct credd_queue){.phase = CREDD_PHASE_STARTING,
		.count_max = options->queue,
		.bytes_max = options->queue_bytes,
		.epoch_filings = options->epoch_filings,
		.last = &queue->first};
	if (!credd_clock_condition(&queue->changed))
		return false;
	pthread_mutex_init(&queue->lock, NULL);
	return true;
}

void credd_queue_deinit(struct credd_queue *queue)
{
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
}

void credd_queue_set_phase(struct credd_queue *queue, enum credd_phase phase)
{
	pthread_mutex_lock(&queue->lock);
	queue->phase = phase;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

/* How long the epochs in front of a newcomer will take, judging by the last one. */
static uint32_t retry_after(const struct credd_queue *queue)
{
	int64_t epochs = queue->count / queue->epoch_filings + 1;
	int64_t wait = queue->commit_ms * epochs;

	if (wait < RETRY_AFTER_MIN_MS)
		return RETRY_AFTER_MIN_MS;
	return wait > RETRY_AFTER_MAX_MS ? RETRY_AFTER_MAX_MS : (uint32_t)wait;
}

enum credit_error credd_queue_put(
	struct credd_queue *queue, struct credd_job *job, uint32_t *ret_retry_after_ms)
{
	enum credit_error error = CREDIT_OK;

	pthread_mutex_lock(&queue->lock);
	bool full =
		queue->count >= queue->count_max || queue->bytes + job->bytes > queue->bytes_max;
	if (queue->phase != CREDD_PHASE_RUNNING) {
		error = CREDIT_E_SHUTTING_DOWN;
	} else if (full) {
		error = CREDIT_E_QUEUE_FULL;
		*ret_retry_after_ms = retry_after(queue);
	} else {
		job->next = NULL;
		*queue->last = job;
		queue->last = &job->next;
		queue->count++;
		queue->bytes += job->bytes;
		pthread_cond_signal(&queue->changed);
	}
	pthread_mutex_unlock(&queue->lock);
	return error;
}

void credd_queue_load(struct credd_queue *queue, uint32_t *ret_filings, uint64_t *ret_bytes)
{
	pthread_mutex_lock(&queue->lock);
	*ret_filings = queue->count;
	*ret_bytes = queue->bytes;
	pthread_mutex_unlock(&queue->lock);
}

uint32_t credd_queue_take(struct credd_queue *queue, struct credd_job **jobs, uint32_t limit)
{
	uint64_t bytes = 0;
	uint32_t count = 0;

	pthread_mutex_lock(&queue->lock);
	while (queue->first && count < limit && bytes < EPOCH_BYTES) {
		struct credd_job *job = queue->first;

		queue->first = job->next;
		queue->count--;
		queue->bytes -= job->bytes;
		bytes += job->bytes;
		jobs[count++] = job;
	}
	if (!queue->first)
		queue->last = &queue->first;
	pthread_mutex_unlock(&queue->lock);
	return count;
}

bool credd_queue_wait(struct credd_queue *queue, int64_t until)
{
	bool stopping;

	pthread_mutex_lock(&queue->lock);
	while (!queue->first && !queue->snapshot_news && !queue->scrubs &&
		queue->phase == CREDD_PHASE_RUNNING) {
		int64_t wait = until - credd_clock_steady();

		if (wait <= 0)
			break;
		credd_clock_wait(&queue->changed, &queue->lock, wait);
	}
	queue->snapshot_news = false;
	stopping = !queue->first && !queue->scrubs && queue->phase == CREDD_PHASE_STOPPING;
	pthread_mutex_unlock(&queue->lock);
	return !stopping;
}

const struct credd_snapshot_job *credd_queue_snapshot(struct credd_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	struct credd_snapshot_job *snapshot = queue->snapshot;
	pthread_mutex_unlock(&queue->lock);
	return snapshot;
}

void credd_queue_answer_snapshot(
	struct credd_queue *queue, enum credit_error error, uint64_t number)
{
	pthread_mutex_lock(&queue->lock);
	if (queue->snapshot) {
		queue->snapshot->error = error;
		queue->snapshot->number = number;
		queue->snapshot->done = true;
		queue->snapshot = NULL;
		pthread_cond_broadcast(&queue->changed);
	}
	pthread_mutex_unlock(&queue->lock);
}

enum credit_error credd_queue_put_snapshot(
	struct credd_queue *queue, const struct credit_snapshot_leaf *leaf, uint64_t *ret_number)
{
	struct credd_snapshot_job job = {.leaf = leaf, .error = CREDIT_E_SHUTTING_DOWN};

	pthread_mutex_lock(&queue->lock);
	if (queue->phase == CREDD_PHASE_RUNNING) {
		queue->snapshot = &job;
		queue->snapshot_news = true;
		pthread_cond_broadcast(&queue->changed);
		while (!job.done)
			pthread_cond_wait(&queue->changed, &queue->lock);
	}
	pthread_mutex_unlock(&queue->lock);
	if (job.error == CREDIT_OK)
		*ret_number = job.number;
	return job.error;
}

enum credit_error credd_queue_put_scrub(struct credd_queue *queue, struct credd_scrub_job *job)
{
	enum credit_error error = CREDIT_E_SHUTTING_DOWN;

	pthread_mutex_lock(&queue->lock);
	if (queue->phase == CREDD_PHASE_RUNNING) {
		error = CREDIT_OK;
		job->next = queue->scrubs;
		queue->scrubs = job;
		pthread_cond_signal(&queue->changed);
	}
	pthread_mutex_unlock(&queue->lock);
	return error;
}

struct credd_scrub_job *credd_queue_take_scrubs(struct credd_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	struct credd_scrub_job *jobs = queue->scrubs;
	queue->scrubs = NULL;
	pthread_mutex_unlock(&queue->lock);
	return jobs;
}

enum credd_phase credd_queue_wait_for_start(struct credd_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	while (queue->phase == CREDD_PHASE_STARTING)
		pthread_cond_wait(&queue->changed, &queue->lock);
	enum credd_phase phase = queue->phase;
	pthread_mutex_unlock(&queue->lock);
	return phase;
}

void credd_queue_note_commit(struct credd_queue *queue, int64_t ms)
{
	pthread_mutex_lock(&queue->lock);
	queue->commit_ms = ms;
	pthread_mutex_unlock(&queue->lock);
}
