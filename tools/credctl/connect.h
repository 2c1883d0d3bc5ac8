/* SPDX-License-Identifier: Apache-2.0
 *
 * connect.h - one typed call to the daemon.
 */
#ifndef CREDCTL_CONNECT_H
#define CREDCTL_CONNECT_H

#include "app.h"

#include "client/client.h"

#include <credit/log.h>
#include <credit/model.h>

#define REPLY_MAX (64U << 20) /* bytes of a reply, decoded */

/* As --server and its companions say. CREDIT_E_USAGE when --server is missing. */
enum credit_error connect_open(const struct app *app, struct client **ret_client,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Packs, calls, checks and decodes the reply into the arena. */
enum credit_error connect_call(const struct app *app, struct client *client, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
	struct credit_arena *arena, ProtobufCMessage **ret_reply,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* A server stream: `each` sees every message, decoded into an arena that is emptied after it. Ends at
 * the end of the stream (CREDIT_OK), at an error, or when `each` returns other than CREDIT_OK. */
enum credit_error connect_stream(struct client *client, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
	void *context, enum credit_error (*each)(void *context, const ProtobufCMessage *message),
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Whose registry this is. With --registry the key is pinned: its name is the origin that filings are
 * made out to, and what the daemon sends must carry its signature. Without it the origin is the one
 * that the daemon's own checkpoint names, and the connection is believed. */
struct registry {
	char origin[CREDIT_KEY_NAME_MAX + 1];
	bool pinned;
	struct credit_named_key key; /* when pinned */
};
enum credit_error connect_registry(const struct app *app, struct client *client,
	struct registry *ret_registry, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
