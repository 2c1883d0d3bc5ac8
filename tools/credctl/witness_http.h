/* SPDX-License-Identifier: Apache-2.0
 *
 * witness_http.h - a witness behind HTTP. The only room of the tools that sees libmicrohttpd.
 *
 * Threads: the server has one of its own, and the witness is its alone between _start and _stop.
 */
#ifndef CREDCTL_WITNESS_HTTP_H
#define CREDCTL_WITNESS_HTTP_H

#include "witness_state.h"

struct witness_server;

struct witness_server_options {
	const char *address; /* host:port, [v6]:port; port 0: any that is free */
	struct witness *witness;
	/* On the server's thread, after each request to cosign. */
	void (*answered)(void *context, const struct witness_reply *reply);
	void *context;
};
/* CREDIT_E_USAGE for an address that is none; CREDIT_E_IO. */
enum credit_error witness_server_start(const struct witness_server_options *options,
	struct witness_server **ret_server, struct credit_problem *problem) CREDIT_MUST_CHECK;
uint16_t witness_server_port(const struct witness_server *server);
/* Takes no more connections, answers what has been asked, and ends. NULL is allowed. */
void witness_server_stop(struct witness_server *server);

#endif
