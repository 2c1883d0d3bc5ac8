/* SPDX-License-Identifier: Apache-2.0
 *
 * look.c - see look.h.
 */
#include "look.h"

#include "clock.h"
#include "log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_EVERY_MS 60000
/* Tasks in one read transaction: a reader that stays pins pages. */
#define COUNT_AT_ONCE 10000

struct credd_look {
	struct credd_metrics *metrics;
	pthread_mutex_t lock;
	struct credd_writer *writer; /* NULL while closed, and so are the others */
	struct credd_server *server;
	struct credit_view *view;
	int64_t counted_at; /* steady; 0: never */
};

struct credd_look *credd_look_new(struct credd_metrics *metrics)
{
	struct credd_look *look = calloc(1, sizeof *look);

	if (!look)
		return NULL;
	look->metrics = metrics;
	pthread_mutex_init(&look->lock, NULL);
	return look;
}

void credd_look_free(struct credd_look *look)
{
	if (!look)
		return;
	pthread_mutex_destroy(&look->lock);
	free(look);
}

enum credit_error credd_look_open(
	struct credd_look *look, struct credd_writer *writer, struct credd_server *server)
{
	struct credit_view *view = NULL;
	enum credit_error error = credit_view_new(credd_writer_registry(writer), &view);

	if (error != CREDIT_OK)
		return error;
	pthread_mutex_lock(&look->lock);
	look->writer = writer;
	look->server = server;
	look->view = view;
	pthread_mutex_unlock(&look->lock);
	return CREDIT_OK;
}

void credd_look_close(struct credd_look *look)
{
	pthread_mutex_lock(&look->lock);
	credit_view_free(look->view);
	look->view = NULL;
	look->writer = NULL;
	look->server = NULL;
	pthread_mutex_unlock(&look->lock);
}

/* --- tasks ------------------------------------------------------------------------------------ */

struct counting {
	uint8_t after[CREDIT_OPEN_TASK_KEY_SIZE];
	uint32_t count;
};

static enum credit_error count_task(
	void *context, struct credit_bytes key, struct credit_bytes task)
{
	struct counting *counting = context;

	(void)task;
	if (key.size != sizeof counting->after)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(counting->after, key.data, key.size);
	return ++counting->count < COUNT_AT_ONCE ? CREDIT_OK : CREDIT_E_CANCELLED;
}

static enum credit_error count_tasks(struct credit_view *view, bool overdue, int64_t *ret_count)
{
	struct counting counting = {0};
	bool first = true, more = true;
	int64_t count = 0;

	while (more) {
		enum credit_error error = credit_view_begin(view);

		if (error != CREDIT_OK)
			return error;
		counting.count = 0;
		error = credit_view_open_tasks(
			view, overdue, NULL, first ? NULL : counting.after, &counting, count_task);
		credit_view_end(view);
		more = error == CREDIT_E_CANCELLED;
		if (error != CREDIT_OK && !more)
			return error;
		count += counting.count;
		first = false;
	}
	*ret_count = count;
	return CREDIT_OK;
}

static void look_at_tasks(struct credd_look *look)
{
	int64_t now = credd_clock_steady(), due = 0, overdue = 0;

	if (look->counted_at != 0 && now - look->counted_at < COUNT_EVERY_MS)
		return;
	if (count_tasks(look->view, false, &due) != CREDIT_OK ||
		count_tasks(look->view, true, &overdue) != CREDIT_OK)
		return; /* as it was; what is wrong with the store shows elsewhere */
	look->counted_at = now;
	credd_metrics_set(look->metrics, CREDD_FIGURE_TASKS_OPEN, due + overdue);
	credd_metrics_set(look->metrics, CREDD_FIGURE_TASKS_OVERDUE, overdue);
}

/* --- all -------------------------------------------------------------------------------------- */

static void look_at_queue(struct credd_look *look)
{
	uint32_t filings;
	uint64_t bytes;

	credd_writer_waiting(look->writer, &filings, &bytes);
	credd_metrics_set(look->metrics, CREDD_FIGURE_QUEUE_FILINGS, filings);
	credd_metrics_set(look->metrics, CREDD_FIGURE_QUEUE_BYTES, (int64_t)bytes);
}

static void look_at_calls(struct credd_look *look)
{
	uint32_t connections, in_flight;

	credd_server_load(look->server, &connections, &in_flight);
	credd_metrics_set(look->metrics, CREDD_FIGURE_CONNECTIONS, connections);
	credd_metrics_set(look->metrics, CREDD_FIGURE_IN_FLIGHT, in_flight);
}

void credd_look_now(void *context)
{
	struct credd_look *look = context;
	uint64_t warnings, errors;

	credd_log_counts(&warnings, &errors);
	credd_metrics_set(look->metrics, CREDD_FIGURE_LOG_WARNINGS, (int64_t)warnings);
	credd_metrics_set(look->metrics, CREDD_FIGURE_LOG_ERRORS, (int64_t)errors);
	pthread_mutex_lock(&look->lock);
	if (look->view) {
		look_at_queue(look);
		look_at_calls(look);
		look_at_tasks(look);
	}
	pthread_mutex_unlock(&look->lock);
}
