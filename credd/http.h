/* SPDX-License-Identifier: Apache-2.0
 *
 * http.h - how the daemon does, for who watches over it: plain HTTP, three paths, nothing of anybody's
 * records.
 *
 *     /metrics   the figures of metrics.h, for Prometheus
 *     /ready     200 while calls are answered, 503 while starting, stopping or stopped
 *     /fresh     200 while the last publication is young, 503 when it is older than it should be
 *
 * Ready and fresh are two questions: a registry that answers, but with a publication of an hour ago, is
 * ready and not fresh. It must not be taken out of service for that, since each answer says how old it is,
 * but somebody has to look.
 *
 * Meant for a loopback or a management network; there is no authentication.
 *
 * Threads: one of its own serves all connections; `look` runs on it.
 */
#ifndef CREDD_HTTP_H
#define CREDD_HTTP_H

#include "metrics.h"

struct credd_http;

struct credd_http_options {
	const char *address; /* "127.0.0.1:9464" */
	struct credd_metrics *metrics;
	int64_t fresh_ms; /* a publication that is older is not fresh */
	/* Before figures are shown: sets those that are counted by looking. */
	void (*look)(void *context);
	void *context;
};

enum credit_error credd_http_start(const struct credd_http_options *options,
	struct credd_http **ret_http, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* NULL is allowed. */
void credd_http_stop(struct credd_http *http);
/* The port bound, for address ":0". */
int credd_http_port(const struct credd_http *http);

#endif
