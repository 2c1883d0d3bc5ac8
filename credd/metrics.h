/* SPDX-License-Identifier: Apache-2.0
 *
 * metrics.h - what the daemon counts of itself, as text in Prometheus' format.
 *
 * Counters only grow and gauges say how it stands; names follow Prometheus' and the conventions of
 * go-grpc-prometheus for calls (grpc_server_handled_total, grpc_server_handling_seconds). Labels are
 * methods, status codes, reasons of refusals and stores: never who asked or whom it was about.
 *
 * Counting a call is a few additions to memory that only its thread writes; everything is added up when
 * somebody looks.
 *
 * Threads: any, but for _new, _free and _watch.
 */
#ifndef CREDD_METRICS_H
#define CREDD_METRICS_H

#include <credit/base.h>
#include <credit/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct credd_metrics;
struct credd_method;

/* Figures of one number each. A row of the table in metrics.c says name, type and help. */
enum credd_figure {
	CREDD_FIGURE_SERVING,
	CREDD_FIGURE_CONNECTIONS,
	CREDD_FIGURE_IN_FLIGHT,
	CREDD_FIGURE_QUEUE_FILINGS,
	CREDD_FIGURE_QUEUE_BYTES,
	CREDD_FIGURE_QUEUE_REFUSED,
	CREDD_FIGURE_EPOCHS,
	CREDD_FIGURE_EPOCHS_FAILED,
	CREDD_FIGURE_FILINGS,
	CREDD_FIGURE_ACTS_ACCEPTED,
	CREDD_FIGURE_PUBLICATIONS,
	CREDD_FIGURE_PUBLICATIONS_FAILED,
	CREDD_FIGURE_PUBLISHED_MS, /* wall clock; shown in seconds */
	CREDD_FIGURE_FIRED,
	CREDD_FIGURE_NEXT_DUE_MS, /* the same; INT64_MAX: nothing will */
	CREDD_FIGURE_CLOCK_HELD,
	CREDD_FIGURE_SCRUBS,
	CREDD_FIGURE_LOG_WARNINGS,
	CREDD_FIGURE_LOG_ERRORS,
	CREDD_FIGURE_TASKS_OPEN,
	CREDD_FIGURE_TASKS_OVERDUE,
	CREDD_FIGURE_COUNT
};

/* Durations, each a histogram. */
enum credd_span {
	CREDD_SPAN_EPOCH,
	CREDD_SPAN_PUBLICATION,
	CREDD_SPAN_SYNC,
	CREDD_SPAN_COUNT
};

/* `methods` is borrowed: calls of its methods are counted apart, all others together. NULL when there is
 * no memory. */
struct credd_metrics *credd_metrics_new(const struct credd_method *methods, size_t method_count);
void credd_metrics_free(struct credd_metrics *metrics); /* NULL is allowed */

/* NULL is allowed in all of these and counts nothing. */
void credd_metrics_add(struct credd_metrics *metrics, enum credd_figure figure, int64_t number);
void credd_metrics_set(struct credd_metrics *metrics, enum credd_figure figure, int64_t number);
int64_t credd_metrics_get(const struct credd_metrics *metrics, enum credd_figure figure);
void credd_metrics_took(struct credd_metrics *metrics, enum credd_span span, int64_t microseconds);
void credd_metrics_refused(struct credd_metrics *metrics, enum credit_error reason);
void credd_metrics_call(struct credd_metrics *metrics, const struct credd_method *method,
	enum credit_error error, int64_t microseconds);

/* A folder whose disk is watched and whose stores are measured; copied. Once, before anybody looks. */
void credd_metrics_watch(struct credd_metrics *metrics, const char *data);

/* Everything, exposition format 0.0.4, with a NUL behind; the caller's to free(). NULL when there is no
 * memory. */
char *credd_metrics_text(const struct credd_metrics *metrics, size_t *ret_size);

#endif
