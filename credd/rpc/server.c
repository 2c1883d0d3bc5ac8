/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - starting, running and stopping: the method table, the workers, core's settings.
 *
 * One completion queue is shared by all workers: with core 1.51 more queues give no more (its epoll
 * set is one for the process).
 *
 * Few requests wait in core for each method's next call: each arrival posts another at once, and calls
 * of a burst wait for it in core. Many would cost dearly. Debian builds core with its assertions, and so
 * the queue looks through the tags of everything that is outstanding whenever an operation ends: with 64
 * posts for each method that was a third of the instructions of a call.
 */
#include "rpc/core.h"

#include <grpc/grpc_security.h>
#include <grpc/support/time.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POSTS_UNARY 2
#define POSTS_STREAM 1
#define THREADS_MAX 256
#define QUOTA_BYTES ((size_t)512 << 20) /* of core's buffers; a blunt last resort */

/* What a client may cost us on a connection. Calls and connections are counted by us. */
static const struct {
	const char *key;
	int value;
} setting[] = {
	{"grpc.so_reuseport", 0},
	{"grpc.max_metadata_size", 16 << 10},
	/* Core makes calls of all that it has read before it looks at anybody else's; by itself it reads
	 * up to four megabytes. */
	{"grpc.experimental.tcp_max_read_chunk_size", 64 << 10},
	{"grpc.max_connection_idle_ms", 10 * 60 * 1000},
	/* Connections whose other end has vanished are found within 80 seconds. */
	{"grpc.keepalive_time_ms", 60000},
	{"grpc.keepalive_timeout_ms", 20000},
	{"grpc.keepalive_permit_without_calls", 1},
	/* A client may ask whether we are there every ten seconds. */
	{"grpc.http2.min_ping_interval_without_data_ms", 10000},
	/* No compressed messages: core would unpack 4 MiB of zeros into gigabytes. */
	{"grpc.compression_enabled_algorithms_bitset", 1 << GRPC_COMPRESS_NONE},
	{"grpc.per_message_decompression", 0},
	{"grpc.enable_channelz", 0},
};
#define SETTING_COUNT (sizeof setting / sizeof setting[0])
#define ARGS_MAX (SETTING_COUNT + 5 + CREDD_LISTENER_ARGS_MAX)

static char *key_of(const char *borrowed)
{
	union {
		const char *from;
		char *to;
	} cast = {.from = borrowed}; /* core copies it */

	return cast.to;
}

static grpc_arg integer_arg(const char *key, int value)
{
	return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = key_of(key), .value.integer = value};
}

static grpc_server *core_new(struct credd_server *server)
{
	grpc_arg arg[ARGS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < SETTING_COUNT; i++)
		arg[count++] = integer_arg(setting[i].key, setting[i].value);
	arg[count++] =
		integer_arg("grpc.max_receive_message_length", (int)server->options.message_max);
	arg[count++] = integer_arg(
		"grpc.max_concurrent_streams", (int)server->options.calls_per_connection);
	/* The timer runs until the client's first SETTINGS. */
	arg[count++] =
		integer_arg("grpc.server_handshake_timeout_ms", (int)server->options.handshake_ms);
	/* What we send is bounded by each method's arena, not here. */
	arg[count++] = integer_arg("grpc.max_send_message_length", -1);
	server->quota = grpc_resource_quota_create("credd");
	grpc_resource_quota_resize(server->quota, QUOTA_BYTES);
	arg[count++] = (grpc_arg){.type = GRPC_ARG_POINTER,
		.key = key_of(GRPC_ARG_RESOURCE_QUOTA),
		.value.pointer = {server->quota, grpc_resource_quota_arg_vtable()}};
	count += credd__listener_args(server->listener, &arg[count]);

	const grpc_channel_args args = {count, arg};
	return grpc_server_create(&args, NULL);
}

/* --- the method table ------------------------------------------------------------------------ */

static void serve(struct credd_server *server, struct credd_served row)
{
	row.posts = row.method->shape == CREDD_UNARY ? POSTS_UNARY : POSTS_STREAM;
	server->served[server->served_count++] = row;
}

static bool make_table(struct credd_server *server)
{
	const struct credd_server_options *options = &server->options;
	const struct credd_served ours[] = {
		{.method = &credd__health_check, .when_full = true},
		{.method = &credd__health_watch, .ends_itself = true},
		{.method = &credd__unknown_method},
		{.method = &credd__reflection_v1},
		{.method = &credd__reflection_v1alpha},
	};
	size_t count = sizeof ours / sizeof ours[0] - (options->reflection ? 0 : 2);

	server->served = calloc(options->method_count + count, sizeof *server->served);
	if (!server->served)
		return false;
	for (size_t i = 0; i < options->method_count; i++)
		serve(server, (struct credd_served){
				      .method = &options->methods[i], .service = options->service});
	for (size_t i = 0; i < count; i++) {
		struct credd_served row = ours[i];

		row.service = server;
		row.ours = true;
		serve(server, row);
	}
	return true;
}

static enum credit_error register_methods(
	struct credd_server *server, struct credit_problem *problem)
{
	for (size_t i = 0; i < server->served_count; i++) {
		struct credd_served *served = &server->served[i];

		if (served->method == &credd__unknown_method)
			continue;
		served->registered =
			grpc_server_register_method(server->core, served->method->path, NULL,
				served->method->shape == CREDD_BIDI
					? GRPC_SRM_PAYLOAD_NONE
					: GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER,
				0);
		if (!served->registered)
			return credit_problem_set(problem, CREDIT_E_INTERNAL, NULL, NULL,
				"the method %s stands twice in the table", served->method->path);
	}
	return CREDIT_OK;
}

static bool post_all(struct credd_server *server)
{
	for (size_t i = 0; i < server->served_count; i++)
		for (unsigned n = 0; n < server->served[i].posts; n++)
			if (!credd__call_post(server, &server->served[i]))
				return false;
	return true;
}

bool credd__serves(const struct credd_server *server, const char *service)
{
	size_t length = strlen(service);

	for (size_t i = 0; i < server->served_count; i++) {
		const char *path = server->served[i].method->path;

		if (path[0] == '/' && strncmp(path + 1, service, length) == 0 &&
			path[1 + length] == '/')
			return true;
	}
	return false;
}

/* --- running --------------------------------------------------------------------------------- */

struct worker {
	struct credd_server *server;
	unsigned number;
};

static void *work(void *argument)
{
	struct worker worker = *(struct worker *)argument;
	grpc_event event;

	free(argument);
	for (;;) {
		event = grpc_completion_queue_next(
			worker.server->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
		if (event.type == GRPC_QUEUE_SHUTDOWN)
			return NULL;
		if (event.type != GRPC_OP_COMPLETE)
			continue;
		struct credd_tag *tag = event.tag;
		CREDD_TAKE_BACK(tag);
		tag->done(tag->owner, event.success != 0, worker.number);
	}
}

static bool start_workers(struct credd_server *server)
{
	unsigned wanted = server->options.workers ? server->options.workers : credit_processors();

	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	server->threads = calloc(wanted, sizeof *server->threads);
	if (!server->threads)
		return false;
	while (server->thread_count < wanted) {
		struct worker *worker = malloc(sizeof *worker);

		if (!worker)
			return false;
		*worker = (struct worker){server, server->thread_count};
		if (pthread_create(&server->threads[server->thread_count], NULL, work, worker)) {
			free(worker);
			return false;
		}
		server->thread_count++;
	}
	return true;
}

static void on_drained(void *owner, bool ok, unsigned worker)
{
	struct credd_server *server = owner;

	(void)ok;
	(void)worker;
	pthread_mutex_lock(&server->mutex);
	server->drained = true;
	pthread_cond_broadcast(&server->changed);
	pthread_mutex_unlock(&server->mutex);
}

/* --- starting -------------------------------------------------------------------------------- */

static void open_door(struct credd_server *server)
{
	grpc_server_credentials *credentials = credd__tls_credentials(server->tls);

	/* Opens no port (handover.c), so the result says nothing; the listener looks at its door.
	 */
	(void)grpc_server_add_http2_port(server->core, credd__handover_address, credentials);
	grpc_server_credentials_release(credentials);
}

static enum credit_error start(struct credd_server *server, struct credit_problem *problem)
{
	const struct credd_server_options *options = &server->options;
	enum credit_error error = CREDIT_OK;

	if (options->tcp_address)
		error = credd__tls_open(options, &server->tls, problem);
	if (error == CREDIT_OK)
		error = credd__listener_open(options, &server->listener, problem);
	if (error != CREDIT_OK)
		return error;
	server->core = core_new(server);
	server->queue = grpc_completion_queue_create_for_next(NULL);
	grpc_server_register_completion_queue(server->core, server->queue, NULL);
	error = register_methods(server, problem);
	if (error != CREDIT_OK)
		return error;
	if (server->tls)
		open_door(server);
	grpc_server_start(server->core);
	if (!post_all(server) || !start_workers(server) || !credd__guard_start(server))
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	return credd__listener_start(server->listener, server->core, problem);
}

enum credit_error credd_server_start(const struct credd_server_options *options,
	struct credd_server **ret_server, struct credit_problem *problem)
{
	struct credd_server *server = calloc(1, sizeof *server);
	enum credit_error error;

	if (!server)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	server->options = *options;
	server->drained_tag = (struct credd_tag){on_drained, server};
	pthread_mutex_init(&server->mutex, NULL);
	pthread_cond_init(&server->changed, NULL);
	if (!make_table(server) ||
		(options->reflection && !(server->descriptors = credd__descriptors_new())))
		error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	else
		error = start(server, problem);
	if (error != CREDIT_OK) {
		credd_server_free(server);
		return error;
	}
	*ret_server = server;
	return CREDIT_OK;
}

int credd_server_port(const struct credd_server *server)
{
	return credd__listener_port(server->listener);
}

unsigned credd_server_workers(const struct credd_server *server)
{
	return server->thread_count;
}

void credd_server_load(
	struct credd_server *server, uint32_t *ret_connections, uint32_t *ret_in_flight)
{
	*ret_connections = credd__listener_connections(server->listener);
	pthread_mutex_lock(&server->mutex);
	*ret_in_flight = server->in_flight;
	pthread_mutex_unlock(&server->mutex);
}

/* --- health changes -------------------------------------------------------------------------- */

/* server.mutex held: streams cannot go while we walk. */
static void wake_watchers(struct credd_server *server)
{
	for (struct credd_call *call = server->streams; call; call = call->next)
		if (call->served->ends_itself)
			credd_call_wake(call);
}

void credd_server_serving(struct credd_server *server, bool serving)
{
	pthread_mutex_lock(&server->mutex);
	server->serving = serving && !server->stopping;
	wake_watchers(server);
	pthread_mutex_unlock(&server->mutex);
}

/* --- stopping -------------------------------------------------------------------------------- */

static void announce(struct credd_server *server)
{
	pthread_mutex_lock(&server->mutex);
	server->stopping = true;
	server->serving = false;
	for (struct credd_call *call = server->streams; call; call = call->next)
		if (!call->served->ends_itself)
			credd__stream_expel(call);
	wake_watchers(server);
	pthread_mutex_unlock(&server->mutex);
}

/* Waits until core has let go of everything and every call is recycled. The grace over, calls are
 * cancelled; a service that keeps a call still has to finish it. */
static void wait_drained(struct credd_server *server, uint32_t grace_ms)
{
	struct timespec until;
	int timeout = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += grace_ms / 1000;
	until.tv_nsec += (long)(grace_ms % 1000) * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&server->mutex);
	while (!timeout && (!server->drained || server->in_flight > 0))
		timeout = pthread_cond_clockwait(
			&server->changed, &server->mutex, CLOCK_MONOTONIC, &until);
	if (timeout) {
		pthread_mutex_unlock(&server->mutex);
		grpc_server_cancel_all_calls(server->core);
		pthread_mutex_lock(&server->mutex);
	}
	while (!server->drained || server->in_flight > 0)
		pthread_cond_wait(&server->changed, &server->mutex);
	pthread_mutex_unlock(&server->mutex);
}

void credd_server_stop(struct credd_server *server, uint32_t grace_ms)
{
	if (server->stopping)
		return;
	announce(server);
	credd__listener_stop(server->listener);
	CREDD_HAND_OVER(&server->drained_tag);
	grpc_server_shutdown_and_notify(server->core, server->queue, &server->drained_tag);
	wait_drained(server, grace_ms);
	grpc_completion_queue_shutdown(server->queue);
	for (unsigned i = 0; i < server->thread_count; i++)
		pthread_join(server->threads[i], NULL);
	credd__guard_stop(server);
}

/* A server that failed to start has no workers: the queue is emptied here. */
static void shut_unstarted(struct credd_server *server)
{
	grpc_event event;

	grpc_server_shutdown_and_notify(server->core, server->queue, &server->drained_tag);
	grpc_completion_queue_shutdown(server->queue);
	do {
		event = grpc_completion_queue_next(
			server->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
		if (event.type == GRPC_OP_COMPLETE) {
			struct credd_tag *tag = event.tag;

			tag->done(tag->owner, event.success != 0, 0);
		}
	} while (event.type != GRPC_QUEUE_SHUTDOWN);
}

void credd_server_free(struct credd_server *server)
{
	if (!server)
		return;
	if (server->thread_count)
		credd_server_stop(server, 0);
	else if (server->queue)
		shut_unstarted(server);
	if (server->core)
		grpc_server_destroy(server->core);
	if (server->queue)
		grpc_completion_queue_destroy(server->queue);
	if (server->quota)
		grpc_resource_quota_unref(server->quota);
	credd__listener_free(server->listener);
	credd__tls_free(server->tls);
	credd__calls_free(server);
	credd__descriptors_free(server->descriptors);
	pthread_cond_destroy(&server->changed);
	pthread_mutex_destroy(&server->mutex);
	free(server->threads);
	free(server->served);
	free(server);
}
