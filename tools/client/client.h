/* SPDX-License-Identifier: Apache-2.0
 *
 * client.h - a gRPC client as the tools see it; the only room of tools that includes gRPC's
 * headers.
 *
 * One connection to one daemon. Unary calls one at a time (client_call) or many in flight
 * (client_start, client_next); one bidi stream at a time (client_stream_*).
 *
 * A refusal arrives as a struct credit_problem rebuilt from the trailers' google.rpc.Status, so
 * that a tool prints the same sentence whether the library or the daemon refused.
 *
 * Threads: a struct client belongs to one thread at a time.
 */
#ifndef TOOLS_CLIENT_H
#define TOOLS_CLIENT_H

#include <credit/base.h>

struct client;

struct client_options {
	const char *target;      /* "unix:/path/to/socket" or "host:port" (TLS) */
	const char *ca;          /* PEM of the authority that signed the daemon's certificate */
	const char *certificate; /* PEM of our own; NULL: the public, without a certificate */
	const char *key;
	const char *server_name; /* expected in the certificate when it is not the target's host */
	uint32_t message_max;    /* of a reply; 0: 16 MiB */
};

/* Does not wait for the connection. */
enum credit_error client_open(const struct client_options *options, struct client **ret_client,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void client_close(struct client *client); /* NULL is allowed; outstanding calls are cancelled */

/* A reply: owned by the caller, freed with free(ret_reply->data). */
struct client_reply {
	uint8_t *data;
	size_t size;
};

/* One unary call. path: "/credit.v1.StatusService/GetStatus". CREDIT_E_UNREACHABLE when there is no
 * connection within the time; otherwise the daemon's own error. */
enum credit_error client_call(struct client *client, const char *path, struct credit_bytes request,
	uint32_t timeout_ms, struct client_reply *ret_reply,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Many in flight: start up to as many as you like, take completions in any order. */
enum credit_error client_start(struct client *client, const char *path, struct credit_bytes request,
	uint32_t timeout_ms, void *tag) CREDIT_MUST_CHECK;
struct client_completion {
	void *tag;
	enum credit_error error;
	struct client_reply reply; /* owned by the caller when error is CREDIT_OK */
	struct credit_problem problem;
	uint32_t retry_after_ms; /* from RetryInfo; 0: none */
};
/* Waits for one. CREDIT_E_NOT_FOUND when none is outstanding, CREDIT_E_BUSY after timeout_ms. */
enum credit_error client_next(struct client *client, uint32_t timeout_ms,
	struct client_completion *ret_completion) CREDIT_MUST_CHECK;

struct client_stream;
enum credit_error client_stream_open(struct client *client, const char *path,
	struct client_stream **ret_stream, struct credit_problem *problem) CREDIT_MUST_CHECK;
enum credit_error client_stream_send(
	struct client_stream *stream, struct credit_bytes message) CREDIT_MUST_CHECK;
/* CREDIT_E_NOT_FOUND at the regular end of the stream. */
enum credit_error client_stream_receive(struct client_stream *stream,
	struct client_reply *ret_reply, struct credit_problem *problem) CREDIT_MUST_CHECK;
enum credit_error client_stream_send_done(struct client_stream *stream) CREDIT_MUST_CHECK;
void client_stream_close(struct client_stream *stream);

#endif
