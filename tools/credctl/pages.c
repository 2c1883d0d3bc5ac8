/* SPDX-License-Identifier: Apache-2.0
 *
 * pages.c - see pages.h.
 */
#include "pages.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_MAX 512
#define PAGE_SIZE 100

/* Messages of one shape: the fields are found by their names. */
static void *field_of(const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

	return (uint8_t *)(uintptr_t)message + field->offset;
}

enum credit_error pages_list(const struct app *app, struct client *client, const char *path,
	ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
	void (*each)(void *context, const ProtobufCMessage *reply), void *context,
	struct credit_problem *problem)
{
	char token[TOKEN_MAX] = "", *place = token, *next;
	int32_t size = PAGE_SIZE;
	enum credit_error error;

	memcpy(field_of(request, "page_size"), &size, sizeof size);
	memcpy(field_of(request, "page_token"), &place, sizeof place);
	do {
		struct credit_arena arena;
		ProtobufCMessage *reply;

		credit_arena_init(&arena, NULL, 0, REPLY_MAX);
		error = connect_call(
			app, client, path, request, reply_type, &arena, &reply, problem);
		if (error == CREDIT_OK) {
			each(context, reply);
			memcpy(&next, field_of(reply, "next_page_token"), sizeof next);
			snprintf(token, sizeof token, "%s", next);
		}
		credit_arena_deinit(&arena);
	} while (error == CREDIT_OK && token[0] != '\0');
	return error;
}

int pages_run(struct app *app, const char *path, ProtobufCMessage *request,
	const ProtobufCMessageDescriptor *reply_type,
	void (*each)(void *context, const ProtobufCMessage *reply), void *context)
{
	struct credit_problem problem = {0};
	struct client *client;
	enum credit_error error = connect_open(app, &client, &problem);

	if (error == CREDIT_OK) {
		error = pages_list(app, client, path, request, reply_type, each, context, &problem);
		client_close(client);
	}
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}
