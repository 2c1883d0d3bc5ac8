/* SPDX-License-Identifier: Apache-2.0
 *
 * settle.c - a thread that waits for publications and syncs.
 */
#include "settle.h"

#include "clock.h"
#include "log.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct credd_settler {
	struct credit_registry *registry;
	struct credd_metrics *metrics;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool asked, stopping; /* under the lock */
};

static bool wait_for(struct credd_settler *settler)
{
	bool goes_on;

	pthread_mutex_lock(&settler->lock);
	while (!settler->stopping && !settler->asked)
		pthread_cond_wait(&settler->changed, &settler->lock);
	settler->asked = false;
	goes_on = !settler->stopping;
	pthread_mutex_unlock(&settler->lock);
	return goes_on;
}

static void tell(struct credd_settler *settler, bool stopping)
{
	pthread_mutex_lock(&settler->lock);
	settler->stopping = stopping;
	settler->asked = true;
	pthread_cond_signal(&settler->changed);
	pthread_mutex_unlock(&settler->lock);
}

static void *run(void *argument)
{
	struct credd_settler *settler = argument;
	sigset_t all;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	while (wait_for(settler)) {
		int64_t begun = credd_clock_steady_us();
		enum credit_error error = credit_registry_settle(settler->registry);

		credd_metrics_took(
			settler->metrics, CREDD_SPAN_SYNC, credd_clock_steady_us() - begun);
		if (error) {
			struct credit_problem problem = {.error = error};
			struct credd_line line;

			/* The writer meets it at its next publication, and ends the daemon. */
			credd_line_begin(&line, CREDD_ERROR, "settling-failed");
			credd_line_problem(&line, &problem);
			credd_line_end(&line);
		}
	}
	return NULL;
}

enum credit_error credd_settler_start(struct credit_registry *registry,
	struct credd_metrics *metrics, struct credd_settler **ret_settler)
{
	struct credd_settler *settler = calloc(1, sizeof *settler);

	if (!settler)
		return CREDIT_E_NO_MEMORY;
	settler->registry = registry;
	settler->metrics = metrics;
	pthread_mutex_init(&settler->lock, NULL);
	pthread_cond_init(&settler->changed, NULL);
	if (pthread_create(&settler->thread, NULL, run, settler) != 0) {
		pthread_cond_destroy(&settler->changed);
		pthread_mutex_destroy(&settler->lock);
		free(settler);
		return CREDIT_E_NO_MEMORY;
	}
	*ret_settler = settler;
	return CREDIT_OK;
}

void credd_settler_go(struct credd_settler *settler)
{
	tell(settler, false);
}

void credd_settler_stop(struct credd_settler *settler)
{
	if (!settler)
		return;
	tell(settler, true);
	pthread_join(settler->thread, NULL);
	pthread_cond_destroy(&settler->changed);
	pthread_mutex_destroy(&settler->lock);
	free(settler);
}
