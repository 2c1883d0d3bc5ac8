/* SPDX-License-Identifier: Apache-2.0
 *
 * witness_http.c - HTTP by libmicrohttpd: two paths, bounded in bodies, connections and time.
 *
 * One thread serves all connections in turn, so that a request is judged, kept and answered before the
 * next one is looked at. Who is slow to send or to read is cut off, and holds up nobody meanwhile.
 */
#include "witness_http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define CONNECTIONS_MAX 64
#define CONNECTION_BYTES ((size_t)16384) /* header lines */
#define TIMEOUT_S 10                     /* without a byte */
#define DISCARD_MAX (16 * (size_t)CREDIT_ADD_CHECKPOINT_MAX)
#define ADD_CHECKPOINT "/add-checkpoint"
#define HOST_MAX 256

struct witness_server {
	struct witness_server_options options;
	struct MHD_Daemon *daemon;
};

/* One request on its way in. */
struct incoming {
	size_t size; /* of what came, kept or not */
	uint8_t body[CREDIT_ADD_CHECKPOINT_MAX];
};

/* --- answering ------------------------------------------------------------------------------- */

static enum MHD_Result reply_bytes(struct MHD_Connection *connection, unsigned status,
	const char *type, const char *allow, struct credit_bytes body)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		body.size, (void *)(uintptr_t)body.data, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result = MHD_NO;

	if (!response)
		return MHD_NO;
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
		(!allow ||
			MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow) == MHD_YES))
		result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result reply_text(
	struct MHD_Connection *connection, unsigned status, const char *allow, const char *text)
{
	return reply_bytes(
		connection, status, "text/plain; charset=utf-8", allow, credit_bytes_of(text));
}

static enum MHD_Result add_checkpoint(struct witness_server *server,
	struct MHD_Connection *connection, const struct incoming *incoming)
{
	struct witness_reply reply;

	if (incoming->size > sizeof incoming->body)
		return reply_text(connection, MHD_HTTP_CONTENT_TOO_LARGE, NULL,
			"a request has at most 69632 bytes\n");
	witness_add_checkpoint(server->options.witness,
		(struct credit_bytes){incoming->body, incoming->size}, (uint64_t)time(NULL),
		&reply);
	server->options.answered(server->options.context, &reply);
	return reply_bytes(connection, reply.status, reply.type, NULL, reply.body);
}

static enum MHD_Result get(
	struct witness_server *server, struct MHD_Connection *connection, const char *url)
{
	struct witness_reply reply;

	witness_get(server->options.witness, url + 1, &reply);
	return reply_bytes(connection, reply.status, reply.type, NULL, reply.body);
}

/* --- requests -------------------------------------------------------------------------------- */

/* A body announced as too large is not waited for. */
static bool announces_too_much(struct MHD_Connection *connection)
{
	const char *length = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length && strtoull(length, NULL, 10) > CREDIT_ADD_CHECKPOINT_MAX;
}

/* Only the line and the headers are there. NULL in *ret_incoming: answered already. */
static enum MHD_Result begin(struct MHD_Connection *connection, const char *url, const char *method,
	struct incoming **ret_incoming)
{
	bool post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
	bool submission = strcmp(url, ADD_CHECKPOINT) == 0;

	*ret_incoming = NULL;
	if (submission && !post)
		return reply_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "POST",
			"only POST is answered here\n");
	if (!submission && strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
		strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return reply_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET, HEAD",
			"only GET is answered here\n");
	if (submission && announces_too_much(connection))
		return reply_text(connection, MHD_HTTP_CONTENT_TOO_LARGE, NULL,
			"a request has at most 69632 bytes\n");
	*ret_incoming = malloc(sizeof **ret_incoming);
	if (!*ret_incoming)
		return MHD_NO;
	(*ret_incoming)->size = 0;
	return MHD_YES;
}

/* What is beyond the limit is read for a while, so that the client gets its answer. */
static enum MHD_Result take(struct incoming *incoming, const char *data, size_t *size)
{
	size_t room =
		incoming->size < sizeof incoming->body ? sizeof incoming->body - incoming->size : 0;

	memcpy(incoming->body + (sizeof incoming->body - room), data, *size < room ? *size : room);
	incoming->size += *size;
	*size = 0;
	return incoming->size > DISCARD_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	struct witness_server *server = context;
	struct incoming *incoming = *state;

	(void)version;
	if (!incoming) {
		enum MHD_Result result = begin(connection, url, method, &incoming);

		*state = incoming;
		return result;
	}
	if (*size > 0)
		return take(incoming, data, size);
	if (strcmp(url, ADD_CHECKPOINT) == 0)
		return add_checkpoint(server, connection, incoming);
	return get(server, connection, url);
}

static void completed(void *context, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode why)
{
	(void)context;
	(void)connection;
	(void)why;
	free(*state);
	*state = NULL;
}

static void quiet(void *context, const char *format, va_list arguments)
{
	(void)context;
	(void)format;
	(void)arguments;
}

/* --- starting and stopping ------------------------------------------------------------------- */

static enum credit_error resolve(
	const char *address, struct addrinfo **ret_found, struct credit_problem *problem)
{
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	char host[HOST_MAX];
	int failed;

	if (length == 0 || length >= sizeof host || colon[1] == '\0')
		return credit_problem_set(problem, CREDIT_E_USAGE, "--listen", NULL,
			"host:port, such as 127.0.0.1:7380 or [::1]:7380");
	if (address[0] == '[' && colon[-1] == ']')
		snprintf(host, sizeof host, "%.*s", (int)length - 2, address + 1);
	else
		snprintf(host, sizeof host, "%.*s", (int)length, address);
	failed = getaddrinfo(host, colon + 1, &hints, ret_found);
	if (failed)
		return credit_problem_set(problem, CREDIT_E_USAGE, "--listen", NULL, "%s: %s",
			address, gai_strerror(failed));
	return CREDIT_OK;
}

enum credit_error witness_server_start(const struct witness_server_options *options,
	struct witness_server **ret_server, struct credit_problem *problem)
{
	struct witness_server *server = calloc(1, sizeof *server);
	struct addrinfo *found = NULL;
	unsigned flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ERROR_LOG;
	enum credit_error error;

	if (!server)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	server->options = *options;
	error = resolve(options->address, &found, problem);
	if (error == CREDIT_OK) {
		if (found->ai_family == AF_INET6)
			flags |= MHD_USE_IPv6;
		errno = 0;
		/* The logger first: later options may have something to say. */
		server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, server,
			MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL, MHD_OPTION_SOCK_ADDR,
			found->ai_addr, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
			MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
			MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S,
			MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
		if (!server->daemon)
			error = credit_problem_set(problem, CREDIT_E_IO, "--listen", NULL, "%s: %s",
				options->address, strerror(errno));
	}
	if (found)
		freeaddrinfo(found);
	if (error != CREDIT_OK) {
		free(server);
		return error;
	}
	*ret_server = server;
	return CREDIT_OK;
}

uint16_t witness_server_port(const struct witness_server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}

void witness_server_stop(struct witness_server *server)
{
	if (!server)
		return;
	MHD_stop_daemon(server->daemon);
	free(server);
}
