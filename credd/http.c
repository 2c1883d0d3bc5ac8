/* SPDX-License-Identifier: Apache-2.0
 *
 * http.c - see http.h. HTTP by libmicrohttpd, bounded in connections, header bytes and time.
 */
#include "http.h"

#include "clock.h"

#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 16
#define CONNECTION_BYTES ((size_t)8192) /* header lines */
#define TIMEOUT_S 10                    /* without a byte */
#define HOST_MAX 256

struct credd_http {
	struct credd_http_options options;
	struct MHD_Daemon *daemon;
};

/* --- answers ---------------------------------------------------------------------------------- */

/* `body` is taken over when `owned`, else copied. */
static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *type,
	char *body, size_t size, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(size, body, mode);
	enum MHD_Result result = MHD_NO;

	if (!response) {
		if (mode == MHD_RESPMEM_MUST_FREE)
			free(body);
		return MHD_NO;
	}
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
		MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") ==
			MHD_YES)
		result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *text)
{
	return reply(connection, status, "text/plain; charset=utf-8", (char *)(uintptr_t)text,
		strlen(text), MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result show_metrics(struct credd_http *http, struct MHD_Connection *connection)
{
	size_t size = 0;
	char *text;

	http->options.look(http->options.context);
	text = credd_metrics_text(http->options.metrics, &size);
	if (!text)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "not enough memory\n");
	return reply(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text,
		size, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result show_ready(struct credd_http *http, struct MHD_Connection *connection)
{
	bool serving = credd_metrics_get(http->options.metrics, CREDD_FIGURE_SERVING) != 0;

	return say(connection, serving ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
		serving ? "ready\n" : "not ready\n");
}

static enum MHD_Result show_fresh(struct credd_http *http, struct MHD_Connection *connection)
{
	int64_t published = credd_metrics_get(http->options.metrics, CREDD_FIGURE_PUBLISHED_MS);
	int64_t age = credd_clock_wall().ms - published;
	char text[96] = "nothing is published\n";

	if (published)
		snprintf(text, sizeof text, "published %" PRId64 ".%03d s ago\n", age / 1000,
			(int)(age > 0 ? age % 1000 : 0));
	return say(connection,
		published && age <= http->options.fresh_ms ? MHD_HTTP_OK
							   : MHD_HTTP_SERVICE_UNAVAILABLE,
		text);
}

static const struct {
	const char *path;
	enum MHD_Result (*show)(struct credd_http *http, struct MHD_Connection *connection);
} pages[] = {
	{"/metrics", show_metrics},
	{"/ready", show_ready},
	{"/fresh", show_fresh},
};

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	struct credd_http *http = context;

	(void)version;
	(void)data;
	(void)state;
	if (*size > 0 || (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
				 strcmp(method, MHD_HTTP_METHOD_HEAD) != 0))
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET is answered here\n");
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		if (strcmp(url, pages[i].path) == 0)
			return pages[i].show(http, connection);
	return say(connection, MHD_HTTP_NOT_FOUND, "/metrics, /ready, /fresh\n");
}

static void quiet(void *context, const char *format, va_list arguments)
{
	(void)context;
	(void)format;
	(void)arguments;
}

/* --- starting and stopping -------------------------------------------------------------------- */

/* The form was checked with the configuration: "host:port" or "[::1]:port". */
static enum credit_error resolve(
	const char *address, struct addrinfo **ret_found, struct credit_problem *problem)
{
	const char *colon = strrchr(address, ':');
	bool bracket = address[0] == '[';
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	char host[HOST_MAX];
	int failed;

	snprintf(
		host, sizeof host, "%.*s", (int)(colon - address) - 2 * bracket, address + bracket);
	failed = getaddrinfo(host, colon + 1, &hints, ret_found);
	if (failed)
		return credit_problem_set(problem, CREDIT_E_IO, "metrics.listen", NULL, "%s: %s",
			address, gai_strerror(failed));
	return CREDIT_OK;
}

static struct MHD_Daemon *listen_at(struct credd_http *http, const struct addrinfo *where)
{
	unsigned flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ERROR_LOG;

	if (where->ai_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	errno = 0;
	/* The logger first: later options may have something to say. */
	return MHD_start_daemon(flags, 0, NULL, NULL, handle, http, MHD_OPTION_EXTERNAL_LOGGER,
		quiet, NULL, MHD_OPTION_SOCK_ADDR, where->ai_addr, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
}

enum credit_error credd_http_start(const struct credd_http_options *options,
	struct credd_http **ret_http, struct credit_problem *problem)
{
	struct credd_http *http = calloc(1, sizeof *http);
	struct addrinfo *found = NULL;
	enum credit_error error;

	if (!http)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	http->options = *options;
	error = resolve(options->address, &found, problem);
	if (error == CREDIT_OK) {
		http->daemon = listen_at(http, found);
		if (!http->daemon)
			error = credit_problem_set(problem, CREDIT_E_IO, "metrics.listen", NULL,
				"%s: %s", options->address, strerror(errno));
	}
	if (found)
		freeaddrinfo(found);
	if (error != CREDIT_OK) {
		free(http);
		return error;
	}
	*ret_http = http;
	return CREDIT_OK;
}

int credd_http_port(const struct credd_http *http)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}

void credd_http_stop(struct credd_http *http)
{
	if (!http)
		return;
	MHD_stop_daemon(http->daemon);
	free(http);
}
