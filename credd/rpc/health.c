/* SPDX-License-Identifier: Apache-2.0
 *
 * health.c - grpc.health.v1: how the server stands, once or for as long as somebody watches.
 *
 * All services stand and fall together, so there is one bit; the name only has to be known. A
 * watcher's call remembers in its state slot what it was told last.
 */
#include "rpc/core.h"

#include "grpc/health/v1/health.pb-c.h"

#define ARENA_LIMIT (16 << 10)

typedef Grpc__Health__V1__HealthCheckRequest Request;
typedef Grpc__Health__V1__HealthCheckResponse Response;

enum {
	UNKNOWN_SERVICE = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN,
	SERVING = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING,
	NOT_SERVING = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING
};

/* Decodes the request and says how its service stands now. */
static bool stand(struct credd_call *call, void *service, int *ret_status, bool *ret_stopping)
{
	struct credd_server *server = service;
	ProtobufCAllocator allocator = credd__arena_allocator(&call->arena);
	Request *request = grpc__health__v1__health_check_request__unpack(
		&allocator, call->request.size, call->request.data);

	if (!request)
		return false;
	pthread_mutex_lock(&server->mutex);
	*ret_status = server->serving ? SERVING : NOT_SERVING;
	*ret_stopping = server->stopping;
	pthread_mutex_unlock(&server->mutex);
	if (*request->service && !credd__serves(server, request->service))
		*ret_status = UNKNOWN_SERVICE;
	return true;
}

static struct credit_bytes packed_status(int status, uint8_t packed[static 16])
{
	Response response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

	response.status = (Grpc__Health__V1__HealthCheckResponse__ServingStatus)status;
	return (struct credit_bytes){
		packed, grpc__health__v1__health_check_response__pack(&response, packed)};
}

static void fail(struct credd_call *call, enum credit_error error, const char *field)
{
	struct credit_problem problem;

	credit_problem_set(&problem, error, field, NULL, NULL);
	credd_call_fail(call, &problem, 0);
}

static void check(void *service, struct credd_call *call, enum credd_event event)
{
	uint8_t packed[16];
	struct credit_bytes reply;
	bool stopping;
	int status;

	if (event != CREDD_EVENT_REQUEST)
		return;
	if (!stand(call, service, &status, &stopping)) {
		fail(call, CREDIT_E_MALFORMED, NULL);
	} else if (status == UNKNOWN_SERVICE) {
		fail(call, CREDIT_E_NOT_FOUND, "service");
	} else {
		reply = packed_status(status, packed);
		credd_call_reply(call, &reply, 1);
	}
}

static void watch(void *service, struct credd_call *call, enum credd_event event)
{
	uintptr_t told = (uintptr_t)call->state; /* 0: nothing yet; no status has that number */
	uint8_t packed[16];
	struct credit_bytes reply;
	bool stopping;
	int status;

	credit_arena_reset(&call->arena);
	if (event == CREDD_EVENT_CANCELLED) {
		credd_call_end(call);
	} else if (!stand(call, service, &status, &stopping)) {
		fail(call, CREDIT_E_MALFORMED, NULL);
	} else if ((uintptr_t)status != told) {
		call->state = (void *)(uintptr_t)status;
		reply = packed_status(status, packed);
		credd_call_send(call, &reply, 1);
	} else if (stopping) {
		fail(call, CREDIT_E_SHUTTING_DOWN, NULL);
	}
}

static void unknown(void *service, struct credd_call *call, enum credd_event event)
{
	struct credit_problem problem;

	(void)service;
	if (event != CREDD_EVENT_REQUEST)
		return;
	credit_problem_set(&problem, CREDIT_E_METHOD_UNKNOWN, NULL, NULL, NULL);
	credd_call_fail(call, &problem, 0);
}

const struct credd_method credd__health_check = {.path = "/grpc.health.v1.Health/Check",
	.shape = CREDD_UNARY,
	.handle = check,
	.arena_limit = ARENA_LIMIT};

const struct credd_method credd__health_watch = {.path = "/grpc.health.v1.Health/Watch",
	.shape = CREDD_SERVER_STREAM,
	.handle = watch,
	.arena_limit = ARENA_LIMIT};

const struct credd_method credd__unknown_method = {
	.path = "(unknown method)", .shape = CREDD_UNARY, .handle = unknown};
