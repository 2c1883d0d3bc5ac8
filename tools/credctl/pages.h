/* SPDX-License-Identifier: Apache-2.0
 *
 * pages.h - a list that comes page by page (AIP-158), asked for to its end.
 */
#ifndef CREDCTL_PAGES_H
#define CREDCTL_PAGES_H

#include "connect.h"

/* `request` has the fields page_size and page_token, which are set here; the reply next_page_token.
 * `each` sees every reply, decoded; it lives until `each` returns. */
enum credit_error pages_list(const struct app *app, struct client *client, const char *path,
	ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
	void (*each)(void *context, const ProtobufCMessage *reply), void *context,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* A whole subcommand that lists: connects, asks, and fails as app_fail does. */
int pages_run(struct app *app, const char *path, ProtobufCMessage *request,
	const ProtobufCMessageDescriptor *reply_type,
	void (*each)(void *context, const ProtobufCMessage *reply), void *context);

#endif
