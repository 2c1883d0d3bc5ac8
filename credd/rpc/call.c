/* SPDX-License-Identifier: Apache-2.0
 *
 * call.c - the life of a call, and everything about unary ones.
 *
 *  1. A struct credd_call is posted to core as a request for one method. Core fills it when a call
 *     for that method arrives (op ARRIVED); at once another is posted in its place, so that core
 *     never keeps calls waiting for us. At shutdown posts come back unfilled and are put away.
 *  2. On arrival the call is admitted or refused: too many in flight, server stopping, peer not
 *     allowed. A refusal is an ordinary _fail, made by us.
 *  3. `holds` counts the reasons why the struct is still needed: one for every op that core has,
 *     one while a worker delivers events, and one until the service has finished the call. At zero it
 *     is recycled: core's call is given back, the log told, the struct kept for the next post.
 *  4. All fields below `mutex` are changed under it only. Core never calls back from inside
 *     grpc_call_start_batch, so holding the mutex there is safe, and it is the lock that core
 * wants.
 *  5. Events are bits. Whoever sets one delivers it unless somebody is delivering already, who will
 *     then see it: the handler never runs twice at a time for one call. It runs without the mutex.
 *  6. A unary reply that is made inside the handler is one batch with metadata, message, status and
 *     CLOSED. If the handler returns with the call kept, CLOSED is asked for on its own, so that
 *     somebody waiting in the writer's queue learns that the client has gone.
 *  7. CLOSED comes back when the call is over for the client. Before `ended` it means that the
 *     client left or that its time is up: `cancelled` is set, the handler gets CANCELLED as its
 * last event, and nothing can be sent any more.
 *  8. The service finishes the call exactly once, from any thread, also while or after CANCELLED is
 *     delivered. `ended` says that nothing more can be sent, `finished` that the service is done;
 *     either may come first.
 *  9. Streams add to this in stream.c: one message at a time, and a status put off until the
 * message before it has gone.
 */
#include "rpc/core.h"

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include <stdlib.h>
#include <time.h>

#define FREE_CALLS_MAX 1024 /* kept for reuse; more go back to the heap */
#define RETRY_WHEN_FULL_MS 200
/* A client counts its time from before the call has come to us, and may give up this much before
 * our deadline: it still is the deadline that the log is told of. */
#define CLIENT_AHEAD_MS 100

static int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- the struct ------------------------------------------------------------------------------ */

static void on_arrived(void *owner, bool ok, unsigned worker);
static void on_closed(void *owner, bool ok, unsigned worker);
static void on_ended(void *owner, bool ok, unsigned worker);

static struct credd_call *call_new(struct credd_server *server)
{
	static void (*const done[CREDD_OP_COUNT])(void *, bool, unsigned) = {
		[CREDD_OP_ARRIVED] = on_arrived,
		[CREDD_OP_CLOSED] = on_closed,
		[CREDD_OP_RECEIVED] = credd__stream_received,
		[CREDD_OP_SENT] = credd__stream_sent,
		[CREDD_OP_ENDED] = on_ended,
		[CREDD_OP_WOKEN] = credd__stream_woken,
	};
	struct credd_call *call = calloc(1, sizeof *call);

	if (!call)
		return NULL;
	call->server = server;
	for (size_t i = 0; i < CREDD_OP_COUNT; i++)
		call->tags[i] = (struct credd_tag){done[i], call};
	grpc_metadata_array_init(&call->metadata);
	pthread_mutex_init(&call->mutex, NULL);
	pthread_mutex_lock(&server->mutex);
	call->every_next = server->every;
	if (call->every_next)
		call->every_next->every_previous = call;
	server->every = call;
	pthread_mutex_unlock(&server->mutex);
	return call;
}

/* server.mutex held */
static void call_free(struct credd_call *call)
{
	if (call->every_next)
		call->every_next->every_previous = call->every_previous;
	if (call->every_previous)
		call->every_previous->every_next = call->every_next;
	else
		call->server->every = call->every_next;
	grpc_metadata_array_destroy(&call->metadata);
	pthread_mutex_destroy(&call->mutex);
	free(call);
}

void credd__calls_free(struct credd_server *server)
{
	for (struct credd_call *call = server->free_calls, *next; call; call = next) {
		next = call->next;
		call_free(call);
	}
	server->free_calls = NULL;
}

/* server.mutex held */
static void put_away(struct credd_server *server, struct credd_call *call)
{
	if (server->free_count < FREE_CALLS_MAX) {
		call->next = server->free_calls;
		server->free_calls = call;
		server->free_count++;
	} else {
		call_free(call);
	}
}

static struct credd_call *take_free(struct credd_server *server)
{
	pthread_mutex_lock(&server->mutex);
	struct credd_call *call = server->free_calls;
	if (call) {
		server->free_calls = call->next;
		server->free_count--;
	}
	pthread_mutex_unlock(&server->mutex);
	return call ? call : call_new(server);
}

bool credd__call_post(struct credd_server *server, struct credd_served *served)
{
	struct credd_call *call = take_free(server);
	struct credd_tag *tag;
	grpc_call_error error;

	if (!call)
		return false;
	call->served = served;
	tag = &call->tags[CREDD_OP_ARRIVED];
	CREDD_HAND_OVER(tag);
	if (served->registered)
		error = grpc_server_request_registered_call(server->core, served->registered,
			&call->core, &call->deadline, &call->metadata,
			served->method->shape == CREDD_BIDI ? NULL : &call->received, server->queue,
			server->queue, tag);
	else
		error = grpc_server_request_call(server->core, &call->core, &call->details,
			&call->metadata, server->queue, server->queue, tag);
	if (error == GRPC_CALL_OK)
		return true;
	/* Only when the queue is shut down already, and then nothing is missing. */
	pthread_mutex_lock(&server->mutex);
	put_away(server, call);
	pthread_mutex_unlock(&server->mutex);
	return true;
}

/* Without memory the post is owed, and made when a call of the method is recycled. */
static void post_or_owe(struct credd_server *server, struct credd_served *served)
{
	if (credd__call_post(server, served))
		return;
	pthread_mutex_lock(&server->mutex);
	served->missing++;
	pthread_mutex_unlock(&server->mutex);
}

/* --- recycling ------------------------------------------------------------------------------- */

static void give_back_to_core(struct credd_call *call)
{
	credd__call_drop_message(call);
	credd__call_drop_answer(call);
	if (call->has_status) {
		grpc_slice_unref(call->status.message);
		grpc_slice_unref(call->status.details);
	}
	if (!call->served->registered) {
		grpc_slice_unref(call->details.method);
		grpc_slice_unref(call->details.host);
	}
	call->metadata.count = 0;
	grpc_call_unref(call->core);
	call->core = NULL;
}

/* Everything that an earlier call may have left behind; core's fields are clean already. */
static void forget(struct credd_call *call)
{
	credit_arena_deinit(&call->arena);
	call->events = 0;
	call->delivering = call->told = call->close_asked = false;
	call->metadata_sent = call->sending = call->waking = call->receiving = false;
	call->answered = call->ended = call->status_put_off = call->finished = false;
	call->has_status = false;
	call->error = CREDIT_OK;
	call->was_cancelled = 0;
	call->peer_known = false;
	call->state = NULL;
	atomic_store(&call->cancelled, false);
}

static bool out_of_time(const struct credd_call *call, int64_t ahead_ms)
{
	gpr_timespec then = gpr_time_add(
		gpr_now(call->deadline.clock_type), gpr_time_from_millis(ahead_ms, GPR_TIMESPAN));

	return gpr_time_cmp(then, call->deadline) >= 0;
}

/* The last hold is gone and with it every other user. */
static void recycle(struct credd_call *call)
{
	struct credd_server *server = call->server;
	struct credd_served *served = call->served;
	const bool admitted = call->admitted;

	if (call->served->method->shape != CREDD_UNARY) {
		pthread_mutex_lock(&server->mutex);
		if (call->previous)
			call->previous->next = call->next;
		else
			server->streams = call->next;
		if (call->next)
			call->next->previous = call->previous;
		pthread_mutex_unlock(&server->mutex);
	}
	if (call->was_cancelled) {
		call->error =
			out_of_time(call, CLIENT_AHEAD_MS) ? CREDIT_E_DEADLINE : CREDIT_E_CANCELLED;
		atomic_store(&call->cancelled, true);
		if (call->error == CREDIT_E_CANCELLED)
			credd__listener_vain_call(server->listener, call->core);
	}
	credd__listener_call_over(server->listener, call->share);
	call->share = 0;
	if (server->options.finished)
		server->options.finished(server->options.service, call, call->error,
			clock_us(CLOCK_MONOTONIC) - call->arrived_us);
	give_back_to_core(call);
	forget(call);

	pthread_mutex_lock(&server->mutex);
	put_away(server, call);
	if (served->missing > 0) {
		served->missing--;
		pthread_mutex_unlock(&server->mutex);
		post_or_owe(server, served);
		pthread_mutex_lock(&server->mutex);
	}
	server->admitted -= admitted;
	server->in_flight--; /* the last touch: credd_server_stop waits for it */
	if (server->stopping)
		pthread_cond_broadcast(&server->changed);
	pthread_mutex_unlock(&server->mutex);
}

void credd__call_hold(struct credd_call *call)
{
	call->holds++;
}

void credd__call_release(struct credd_call *call, unsigned count)
{
	bool last = (call->holds -= count) == 0;

	pthread_mutex_unlock(&call->mutex);
	if (last)
		recycle(call);
}

bool credd__call_start(struct credd_call *call, enum credd_op op, const grpc_op *ops, size_t count)
{
	credd__call_hold(call);
	CREDD_HAND_OVER(&call->tags[op]);
	grpc_call_error error =
		grpc_call_start_batch(call->core, ops, count, &call->tags[op], NULL);
	if (error == GRPC_CALL_OK)
		return true;
	/* Never seen: it would be a defect of this room. The client must not wait for ever. */
	credd__log("error", "%s: core refused an operation: %s", call->served->method->path,
		grpc_call_error_to_string(error));
	call->holds--;
	grpc_call_cancel(call->core, NULL);
	return false;
}

bool credd__call_answer(struct credd_call *call, enum credd_op op, const grpc_op *ops, size_t count)
{
	call->answering = credd__call_start(call, op, ops, count);
	call->answering_since = atomic_load_explicit(&call->server->looks, memory_order_relaxed);
	return call->answering;
}

/* --- events ---------------------------------------------------------------------------------- */

static bool next_event(struct credd_call *call, enum credd_event *ret_event)
{
	const unsigned cancelled = 1U << CREDD_EVENT_CANCELLED;

	if (call->finished || call->told)
		call->events = 0;
	if (call->events & cancelled) {
		call->told = true;
		*ret_event = CREDD_EVENT_CANCELLED;
		return true;
	}
	/* While a message is on its way, being writable again is still to come. */
	if (call->sending)
		call->events &= ~(1U << CREDD_EVENT_WRITABLE);
	for (unsigned event = CREDD_EVENT_REQUEST; event < CREDD_EVENT_CANCELLED; event++) {
		if (!(call->events & 1U << event))
			continue;
		call->events &= ~(1U << event);
		*ret_event = (enum credd_event)event;
		return true;
	}
	return false;
}

void credd__call_deliver(struct credd_call *call, unsigned worker)
{
	enum credd_event event;

	if (call->delivering)
		return;
	call->delivering = true;
	call->worker = worker;
	credd__call_hold(call);
	while (next_event(call, &event)) {
		pthread_mutex_unlock(&call->mutex);
		call->served->method->handle(call->served->service, call, event);
		pthread_mutex_lock(&call->mutex);
	}
	call->delivering = false;
	credd__stream_read(call);
	call->holds--; /* the caller has one of its own */
}

static void ask_for_close(struct credd_call *call)
{
	const grpc_op op = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER,
		.data.recv_close_on_server.cancelled = &call->was_cancelled};

	call->close_asked = true;
	credd__call_start(call, CREDD_OP_CLOSED, &op, 1);
}

/* --- arrival --------------------------------------------------------------------------------- */

/* More than a quarter of all the calls that there may be, or half of the room for their answers. */
static bool is_crowded(const struct credd_server *server, uint32_t admitted)
{
	return admitted > server->options.calls_max / CREDD_CALLS_FOR_ANYBODY ||
	       atomic_load_explicit(&server->answer_bytes, memory_order_relaxed) >
		       server->options.answer_bytes_max / 2;
}

/* Then each address has its share: shares.c. */
static bool has_a_place(struct credd_call *call, uint32_t admitted)
{
	const struct credd_server *server = call->server;

	return admitted <= server->options.calls_max &&
	       atomic_load(&server->answer_bytes) <= server->options.answer_bytes_max &&
	       credd__listener_call(server->listener, call->core, &call->share);
}

/* The refusal may lie unfetched for long; it is nobody else's place that it takes. */
static void withdraw(struct credd_call *call)
{
	pthread_mutex_lock(&call->server->mutex);
	call->server->admitted--;
	call->admitted = false;
	pthread_mutex_unlock(&call->server->mutex);
}

enum credit_error credd__call_allow(struct credd_call *call, unsigned worker,
	uint32_t *ret_retry_after_ms, struct credit_problem *problem)
{
	const struct credd_server_options *options = &call->server->options;
	const struct credd_served *served = call->served;
	bool open = served->method->shape == CREDD_UNARY &&
		    (served->method->roles & options->everybody);

	if (served->ours || !options->allow)
		return CREDIT_OK;
	/* For the log a stream's peer is looked up now, while its connection is sure to be there. */
	if (open && !(options->rated && !(options->near_unrated && credd__peer_is_near(call))))
		return CREDIT_OK;
	return options->allow(options->service, worker, credd_call_peer(call), served->method,
		ret_retry_after_ms, problem);
}

static enum credit_error admit(struct credd_call *call, unsigned worker,
	uint32_t *ret_retry_after_ms, struct credit_problem *problem)
{
	struct credd_server *server = call->server;
	struct credd_served *served = call->served;
	uint32_t admitted;
	bool stopping;

	pthread_mutex_lock(&server->mutex);
	server->in_flight++;
	admitted = ++server->admitted;
	call->admitted = true;
	stopping = server->stopping && served->method->shape != CREDD_UNARY && !served->ends_itself;
	if (served->method->shape != CREDD_UNARY) {
		call->previous = NULL;
		call->next = server->streams;
		if (call->next)
			call->next->previous = call;
		server->streams = call;
	}
	pthread_mutex_unlock(&server->mutex);

	*ret_retry_after_ms = 0;
	if (is_crowded(server, admitted) && !served->when_full && !has_a_place(call, admitted)) {
		withdraw(call);
		*ret_retry_after_ms = RETRY_WHEN_FULL_MS;
		return credit_problem_set(problem, CREDIT_E_QUEUE_FULL, NULL, NULL,
			"at most %u calls at a time, and %u of an address when many call",
			server->options.calls_max, server->options.calls_per_address);
	}
	if (stopping)
		return credit_problem_set(problem, CREDIT_E_SHUTTING_DOWN, NULL, NULL, NULL);
	return credd__call_allow(call, worker, ret_retry_after_ms, problem);
}

static void on_arrived(void *owner, bool ok, unsigned worker)
{
	struct credd_call *call = owner;
	struct credd_server *server = call->server;
	struct credit_problem problem;
	uint32_t retry_after_ms;

	if (!ok) { /* the server shuts down */
		pthread_mutex_lock(&server->mutex);
		put_away(server, call);
		pthread_mutex_unlock(&server->mutex);
		return;
	}
	post_or_owe(server, call->served);
	credd__listener_heard(server->listener, call->core);
	call->arrived = (credit_ms_t){clock_us(CLOCK_REALTIME) / 1000};
	call->arrived_us = clock_us(CLOCK_MONOTONIC);
	call->joined = grpc_empty_slice();
	if (!call->served->registered)
		call->deadline = call->details.deadline;
	credit_arena_init(
		&call->arena, call->first, sizeof call->first, call->served->method->arena_limit);
	/* Ours, and the service's until it has finished. Nobody else knows of the call yet. */
	call->holds = 2;

	if (admit(call, worker, &retry_after_ms, &problem) != CREDIT_OK) {
		credd_call_fail(call, &problem, retry_after_ms);
	} else if (call->served->method->shape != CREDD_BIDI && call->served->registered &&
		   !credd__call_take_message(call)) {
		credit_problem_set(&problem, CREDIT_E_UNSUPPORTED, NULL, NULL,
			"exactly one message, not compressed");
		credd_call_fail(call, &problem, 0);
	}

	pthread_mutex_lock(&call->mutex);
	/* A refused call has ended, and so may have a stream, when the server stops. */
	if (!call->ended && call->served->method->shape != CREDD_UNARY)
		ask_for_close(call);
	if (!call->ended && call->served->method->shape == CREDD_BIDI)
		credd__stream_begin(call);
	else
		call->events |= 1U << CREDD_EVENT_REQUEST;
	credd__call_deliver(call, worker);
	if (!call->finished && !call->close_asked)
		ask_for_close(call);
	credd__call_release(call, 1);
}

/* --- the end --------------------------------------------------------------------------------- */

static void on_closed(void *owner, bool ok, unsigned worker)
{
	struct credd_call *call = owner;

	(void)ok;
	pthread_mutex_lock(&call->mutex);
	if (call->was_cancelled) {
		atomic_store(&call->cancelled, true);
		call->ended = true;
		call->events |= 1U << CREDD_EVENT_CANCELLED;
		credd__call_deliver(call, worker);
	}
	credd__call_release(call, 1);
}

static void on_ended(void *owner, bool ok, unsigned worker)
{
	struct credd_call *call = owner;

	(void)ok; /* a client that has gone shows in was_cancelled */
	(void)worker;
	pthread_mutex_lock(&call->mutex);
	call->answering = false;
	credd__call_release(call, 1);
}

void credd__call_send_status(struct credd_call *call)
{
	grpc_op ops[4] = {0};
	size_t count = 0;

	if (!call->metadata_sent)
		ops[count++].op = GRPC_OP_SEND_INITIAL_METADATA;
	call->metadata_sent = true;
	if (call->sent) {
		ops[count].op = GRPC_OP_SEND_MESSAGE;
		ops[count++].data.send_message.send_message = call->sent;
	}
	ops[count].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
	if (call->has_status) {
		call->trailer = (grpc_metadata){
			.key = grpc_slice_from_static_string("grpc-status-details-bin"),
			.value = call->status.details};
		ops[count].data.send_status_from_server.status = call->status.code;
		ops[count].data.send_status_from_server.status_details = &call->status.message;
		ops[count].data.send_status_from_server.trailing_metadata = &call->trailer;
		ops[count].data.send_status_from_server.trailing_metadata_count = 1;
	}
	count++;
	if (!call->close_asked) {
		call->close_asked = true;
		ops[count].op = GRPC_OP_RECV_CLOSE_ON_SERVER;
		ops[count++].data.recv_close_on_server.cancelled = &call->was_cancelled;
	}
	credd__call_answer(call, CREDD_OP_ENDED, ops, count);
}

/* Refused for what the client is or how much it asks, not for what it asks about: shares.c. */
static bool is_vain(enum credit_error error)
{
	const enum credit_error_class class = credit_error_class(error);

	return class == CREDIT_CLASS_EXHAUSTED || class == CREDIT_CLASS_DENIED ||
	       class == CREDIT_CLASS_UNSUPPORTED;
}

/* What _reply, _end and _fail have in common. `problem` is NULL for OK. */
static void finish(struct credd_call *call, const struct credit_problem *problem,
	uint32_t retry_after_ms, const struct credit_bytes *parts, size_t count)
{
	if (problem && is_vain(problem->error))
		credd__listener_vain_call(call->server->listener, call->core);
	pthread_mutex_lock(&call->mutex);
	if (call->finished) {
		credd__log("error", "%s: finished twice", call->served->method->path);
		pthread_mutex_unlock(&call->mutex);
		return;
	}
	call->finished = true;
	if (!call->ended) {
		call->ended = true;
		call->error = problem ? problem->error : CREDIT_OK;
		if (problem) {
			credd__status_of(problem, retry_after_ms, &call->status);
			call->has_status = true;
		} else if (call->served->method->shape == CREDD_UNARY) {
			credd__call_put_answer(call, parts, count);
		}
		if (call->sending)
			call->status_put_off = true;
		else
			credd__call_send_status(call);
	}
	credd__call_release(call, 1);
}

void credd_call_reply(struct credd_call *call, const struct credit_bytes *parts, size_t count)
{
	finish(call, NULL, 0, parts, count);
}

void credd_call_end(struct credd_call *call)
{
	finish(call, NULL, 0, NULL, 0);
}

void credd_call_fail(
	struct credd_call *call, const struct credit_problem *problem, uint32_t retry_after_ms)
{
	finish(call, problem, retry_after_ms, NULL, 0);
}

/* --- what a service may look at -------------------------------------------------------------- */

struct credit_bytes credd_call_request(const struct credd_call *call)
{
	return call->request;
}

const struct credd_method *credd_call_method(const struct credd_call *call)
{
	return call->served->method;
}

const struct credd_peer *credd_call_peer(struct credd_call *call)
{
	if (!call->peer_known)
		credd__peer_of(call, &call->peer);
	call->peer_known = true;
	return &call->peer;
}

struct credit_arena *credd_call_arena(struct credd_call *call)
{
	return &call->arena;
}

unsigned credd_call_worker(const struct credd_call *call)
{
	return call->worker;
}

bool credd_call_cancelled(const struct credd_call *call)
{
	return atomic_load(&call->cancelled) || out_of_time(call, 0);
}

credit_ms_t credd_call_arrived(const struct credd_call *call)
{
	return call->arrived;
}

credit_ms_t credd_call_deadline(const struct credd_call *call)
{
	gpr_timespec forever = gpr_inf_future(call->deadline.clock_type);

	if (gpr_time_cmp(call->deadline, forever) == 0)
		return (credit_ms_t){INT64_MAX};
	gpr_timespec wall = gpr_convert_clock_type(call->deadline, GPR_CLOCK_REALTIME);
	return (credit_ms_t){wall.tv_sec * 1000 + wall.tv_nsec / 1000000};
}

void **credd_call_state(struct credd_call *call)
{
	return &call->state;
}
