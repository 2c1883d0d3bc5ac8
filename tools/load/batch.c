/* SPDX-License-Identifier: Apache-2.0
 *
 * batch.c - a client of BatchGetStatus: one stream, so many messages ahead of what was answered.
 *
 * Each answer is walked through, status by status: one that is missing or stale is an error.
 */
#include "load/connection.h"

#include "credit/v1/status_service.pb-c.h"

#include <credit/model.h>

#include <stdlib.h>
#include <string.h>

#define CODES_MAX 1000
#define FIRST_REFUSED 253 /* lengths from here on say why there is no status */
#define REPLY_ARENA ((size_t)1 << 20)

struct batch {
	struct connection *connection;
	struct client_stream *stream;
	struct credit_problem problem;
	int64_t *started; /* a ring of in_flight instants: answers come in order */
	uint64_t asked, answered;
	uint8_t codes[CODES_MAX * CREDIT_USCC_SIZE];
	uint8_t message[CODES_MAX * CREDIT_USCC_SIZE + 16];
	uint8_t scratch[256 << 10];
};

static bool ask(struct batch *batch)
{
	Credit__V1__BatchGetStatusRequest request = CREDIT__V1__BATCH_GET_STATUS_REQUEST__INIT;
	struct connection *connection = batch->connection;
	const struct load *load = connection->load;
	int64_t now = monotonic_now();

	if (connection_is_over(connection, now))
		return false;
	for (uint32_t i = 0; i < load->items; i++) {
		struct credit_uscc uscc = codes_get(
			load->codes, chance_next(&connection->chance) % load->codes->count);

		memcpy(batch->codes + i * CREDIT_USCC_SIZE, uscc.character, CREDIT_USCC_SIZE);
	}
	request.codes = (ProtobufCBinaryData){load->items * CREDIT_USCC_SIZE, batch->codes};
	size_t size = credit__v1__batch_get_status_request__pack(&request, batch->message);
	batch->started[batch->asked++ % load->in_flight] = now;
	connection->request_bytes += size;
	return client_stream_send(batch->stream, (struct credit_bytes){batch->message, size}) ==
	       CREDIT_OK;
}

static bool is_whole(struct batch *batch, const struct client_reply *reply)
{
	struct credit_arena arena;
	uint32_t found = 0;

	credit_arena_init(&arena, batch->scratch, sizeof batch->scratch, REPLY_ARENA);
	ProtobufCAllocator allocator = credit_arena_allocator(&arena);
	const Credit__V1__BatchGetStatusResponse *response =
		credit__v1__batch_get_status_response__unpack(&allocator, reply->size, reply->data);
	if (response) {
		const ProtobufCBinaryData *all = &response->statuses;
		size_t at = 0;

		for (; at < all->len && all->data[at] < FIRST_REFUSED; found++)
			at += 1 + (size_t)all->data[at];
		if (at != all->len)
			found = 0;
	}
	credit_arena_deinit(&arena);
	return found == batch->connection->load->items;
}

static bool take(struct batch *batch)
{
	struct connection *connection = batch->connection;
	struct client_reply reply;
	int64_t started = batch->started[batch->answered % connection->load->in_flight];

	if (client_stream_receive(batch->stream, &reply, &batch->problem) != CREDIT_OK)
		return false;
	batch->answered++;
	connection->calls++;
	bool whole = is_whole(batch, &reply);
	size_t size = reply.size;
	free(reply.data);
	if (whole)
		(void)connection_answered(connection, started, size);
	else
		credit_problem_set(&batch->problem, CREDIT_E_INTERNAL, NULL, NULL,
			"not every code has a status");
	return whole;
}

static bool run(struct batch *batch)
{
	bool more = true;

	for (;;) {
		while (more && batch->asked - batch->answered < batch->connection->load->in_flight)
			more = ask(batch);
		if (batch->asked == batch->answered)
			return true;
		if (!take(batch))
			return false;
	}
}

void *batch_main(void *argument)
{
	struct connection *connection = argument;
	struct batch *batch = calloc(1, sizeof *batch);
	struct client *client = NULL;

	if (batch)
		batch->started = calloc(connection->load->in_flight, sizeof *batch->started);
	if (!batch || !batch->started) {
		struct credit_problem problem;

		credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
		connection_error(connection, &problem);
		free(batch);
		return NULL;
	}
	batch->connection = connection;
	if (client_open(&connection->load->server, &client, &batch->problem) != CREDIT_OK ||
		client_stream_open(client, connection_method(connection->load), &batch->stream,
			&batch->problem) != CREDIT_OK ||
		!run(batch))
		connection_error(connection, &batch->problem);
	client_stream_close(batch->stream);
	client_close(client);
	free(batch->started);
	free(batch);
	return NULL;
}
