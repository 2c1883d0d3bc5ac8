/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.c - one connection that is kept busy.
 */
#include "load/connection.h"

#include "credit/v1/filing_service.pb-c.h"

#include <credit/model.h>

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define TIMEOUT_MS 30000
#define COUNTED_MIN 2 /* else there is no rate */
#define REPLY_SCRATCH ((size_t)256 << 10)
#define REPLY_ARENA ((size_t)16 << 20) /* receipts of a thousand acts, as structs */

/* One of the calls in flight. */
struct slot {
	int64_t started;
};

struct loop {
	struct connection *connection;
	struct client *client;
	struct question question;
	uint8_t *scratch; /* REPLY_SCRATCH bytes */
};

int64_t monotonic_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

const char *connection_method(const struct load *load)
{
	static const char *const paths[LOAD_METHODS] = {
		[LOAD_GET_STATUS] = "/credit.v1.StatusService/GetStatus",
		[LOAD_GET_STATUS_PROOF] = "/credit.v1.TransparencyService/GetStatusProof",
		[LOAD_BATCH_GET_STATUS] = "/credit.v1.StatusService/BatchGetStatus",
		[LOAD_SUBMIT] = "/credit.v1.FilingService/Submit",
	};

	return paths[load->method];
}

void connection_error(struct connection *connection, const struct credit_problem *problem)
{
	if (connection->errors++ == 0)
		connection->problem = *problem;
}

bool connection_is_over(const struct connection *connection, int64_t now)
{
	return now >= connection->load->until && connection->latency.count >= COUNTED_MIN;
}

bool connection_next(struct connection *connection, struct question *question, int64_t now,
	struct credit_bytes *ret_request)
{
	struct load *load = connection->load;

	if (connection_is_over(connection, now))
		return false;
	if (load->method == LOAD_SUBMIT) {
		uint64_t number = atomic_fetch_add(&load->next_filing, 1);

		if (number >= load->filings->count)
			return false;
		*ret_request = load->filings->request[number];
	} else {
		struct credit_uscc uscc = codes_get(
			load->codes, chance_next(&connection->chance) % load->codes->count);

		*ret_request = question_of(question, &uscc);
	}
	connection->request_bytes += ret_request->size;
	return true;
}

bool connection_answered(struct connection *connection, int64_t started, size_t reply_bytes)
{
	const struct load *load = connection->load;
	int64_t now = monotonic_now();

	connection->reply_bytes += reply_bytes;
	if (now < load->count_from || connection_is_over(connection, now))
		return false;
	if (connection->latency.count == 0)
		connection->first = now;
	connection->last = now;
	histogram_add(&connection->latency, now - started);
	return true;
}

/* --- the client of tools/client --------------------------------------------------------------- */

/* Of a call that counts from `started`. False when the load is over. */
static bool start(struct loop *loop, struct slot *slot, int64_t started)
{
	struct connection *connection = loop->connection;
	struct credit_bytes request;
	struct credit_problem problem;

	slot->started = started;
	if (!connection_next(connection, &loop->question, slot->started, &request))
		return false;
	if (client_start(loop->client, connection_method(connection->load), request, TIMEOUT_MS,
		    slot) == CREDIT_OK)
		return true;
	credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	connection_error(connection, &problem);
	return false;
}

/* A refused act comes in a reply that is no error. */
static void look_into(struct loop *loop, const struct client_reply *reply, bool counts)
{
	struct connection *connection = loop->connection;
	struct credit_arena arena;

	credit_arena_init(&arena, loop->scratch, REPLY_SCRATCH, REPLY_ARENA);
	ProtobufCAllocator allocator = credit_arena_allocator(&arena);
	const Credit__V1__SubmitResponse *response =
		credit__v1__submit_response__unpack(&allocator, reply->size, reply->data);
	const Credit__V1__FilingReceipt *receipt = response ? response->receipt : NULL;
	uint64_t accepted = receipt ? receipt->n_accepted : 0;

	connection->refused += connection->load->items - accepted;
	if (receipt && counts) {
		if (connection->first_epoch == 0 || receipt->epoch < connection->first_epoch)
			connection->first_epoch = receipt->epoch;
		if (receipt->epoch > connection->last_epoch)
			connection->last_epoch = receipt->epoch;
	}
	credit_arena_deinit(&arena);
}

static void take(struct loop *loop, const struct client_completion *done)
{
	struct connection *connection = loop->connection;
	const struct slot *slot = done->tag;

	connection->calls++;
	if (done->error != CREDIT_OK || done->reply.size == 0) {
		struct credit_problem problem = done->problem;

		if (done->error == CREDIT_OK)
			credit_problem_set(
				&problem, CREDIT_E_INTERNAL, NULL, NULL, "an empty reply");
		connection_error(connection, &problem);
		return;
	}
	bool counts = connection_answered(connection, slot->started, done->reply.size);
	if (connection->load->method == LOAD_SUBMIT)
		look_into(loop, &done->reply, counts);
}

static void run(struct loop *loop, struct slot *slots)
{
	struct connection *connection = loop->connection;
	struct client_completion done;
	uint32_t outstanding = 0;

	for (uint32_t i = 0; i < connection->load->in_flight; i++)
		outstanding += start(loop, &slots[i], monotonic_now());
	while (outstanding > 0 && client_next(loop->client, 2 * TIMEOUT_MS, &done) == CREDIT_OK) {
		take(loop, &done);
		free(done.reply.data);
		outstanding -= !start(loop, done.tag, monotonic_now());
	}
}

static void sleep_until(int64_t instant)
{
	struct timespec until = {.tv_sec = instant / 1000000000, .tv_nsec = instant % 1000000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		continue;
}

/* How long to wait for a completion, in milliseconds: until the next call is due, if it can begin. */
static uint32_t patience(int64_t due, bool can_begin)
{
	int64_t left = (due - monotonic_now()) / 1000000;

	if (!can_begin)
		return 2 * TIMEOUT_MS;
	return left > 0 ? (uint32_t)left : 1;
}

/* At the clock's pace; the slots that are free are the first `idle` of a stack. */
static void run_paced(struct loop *loop, struct slot *slots, struct slot **stack)
{
	const struct load *load = loop->connection->load;
	struct client_completion done;
	uint32_t idle = load->in_flight;
	int64_t due = monotonic_now();
	bool over = false;

	for (uint32_t i = 0; i < idle; i++)
		stack[i] = &slots[i];
	while (!over || idle < load->in_flight) {
		if (!over && idle == load->in_flight)
			sleep_until(due);
		while (!over && idle > 0 && monotonic_now() >= due) {
			over = !start(loop, stack[idle - 1], due);
			idle -= !over;
			due += load->interval;
		}
		if (idle == load->in_flight ||
			client_next(loop->client, patience(due, !over && idle > 0), &done) !=
				CREDIT_OK)
			continue;
		take(loop, &done);
		free(done.reply.data);
		stack[idle++] = done.tag;
	}
}

void *connection_main(void *argument)
{
	struct loop loop = {.connection = argument, .scratch = malloc(REPLY_SCRATCH)};
	struct load *load = loop.connection->load;
	struct slot *slots = calloc(load->in_flight, sizeof *slots);
	struct slot **stack = calloc(load->in_flight, sizeof *stack);
	struct credit_problem problem;

	question_init(&loop.question);
	if (!slots || !stack || !loop.scratch) {
		credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
		connection_error(loop.connection, &problem);
	} else if (client_open(&load->server, &loop.client, &problem) != CREDIT_OK) {
		connection_error(loop.connection, &problem);
	} else {
		if (load->interval)
			run_paced(&loop, slots, stack);
		else
			run(&loop, slots);
		client_close(loop.client);
	}
	free(stack);
	free(slots);
	free(loop.scratch);
	return NULL;
}
