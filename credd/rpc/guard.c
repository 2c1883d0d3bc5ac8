/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.c - a thread that looks at all calls and connections a few times a second: answers that nobody
 * takes, and connections that send and send and never call (connections.c).
 *
 * A client that opens no window holds its answer in our memory, and its place among the calls, for as
 * long as it likes; core sets no limit to that. So a call whose answer, or a stream whose message, has
 * lain ready for limits.stall_ms is cancelled. When a quarter of limits.calls is in flight, or half of
 * limits.answer_bytes lies ready, five seconds are all that is given: a slow reader can wait for a better
 * time, and those who read have the room.
 *
 * Time is counted in looks, so that a call notes it without asking a clock.
 */
#include "rpc/core.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LOOK_MS 250
#define WARY_LOOK_MS 50 /* at connections, while one of them is suspicious */
#define HURRIED_MS 5000

static bool is_crowded(const struct credd_server *server)
{
	return server->admitted > server->options.calls_max / CREDD_CALLS_FOR_ANYBODY ||
	       atomic_load(&server->answer_bytes) > server->options.answer_bytes_max / 2;
}

/* Returns whether it was cancelled. */
static bool look_at(struct credd_call *call, uint32_t now, uint32_t patience)
{
	bool stalled;

	pthread_mutex_lock(&call->mutex);
	stalled = call->answering && now - call->answering_since > patience;
	if (stalled) {
		call->answering = false; /* once is enough */
		grpc_call_cancel(call->core, NULL);
	}
	pthread_mutex_unlock(&call->mutex);
	return stalled;
}

static void look(struct credd_server *server)
{
	const uint32_t now = atomic_fetch_add(&server->looks, 1) + 1;
	uint32_t patience, stalled = 0;

	pthread_mutex_lock(&server->mutex);
	patience = (is_crowded(server) ? HURRIED_MS : server->options.stall_ms) / LOOK_MS;
	for (struct credd_call *call = server->every; call; call = call->every_next)
		stalled += look_at(call, now, patience);
	pthread_mutex_unlock(&server->mutex);
	if (stalled)
		credd__log("warning", "%u calls ended whose answers nobody took", stalled);
}

static void *guard_main(void *argument)
{
	struct credd_server *server = argument;
	struct pollfd stop = {.fd = server->guard_stop, .events = POLLIN};
	int pause = LOOK_MS, waited = 0;

	while (poll(&stop, 1, pause) <= 0) {
		waited += pause;
		if (waited >= LOOK_MS) {
			look(server);
			waited = 0;
		}
		pause = credd__listener_look(server->listener) ? WARY_LOOK_MS : LOOK_MS - waited;
	}
	return NULL;
}

bool credd__guard_start(struct credd_server *server)
{
	server->guard_stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->guard_stop < 0)
		return false;
	server->guarded = pthread_create(&server->guard, NULL, guard_main, server) == 0;
	if (!server->guarded)
		close(server->guard_stop);
	return server->guarded;
}

void credd__guard_stop(struct credd_server *server)
{
	if (!server->guarded)
		return;
	server->guarded = false;
	eventfd_write(server->guard_stop, 1);
	pthread_join(server->guard, NULL);
	close(server->guard_stop);
}
