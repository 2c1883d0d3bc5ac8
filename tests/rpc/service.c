/* SPDX-License-Identifier: Apache-2.0
 *
 * service.c - the service that the rpc tests call.
 */
#include "tests/rpc/service.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void quiet(const char *level, const char *text)
{
	if (getenv("TEST_RPC_LOG"))
		fprintf(stderr, "%s: %s\n", level, text);
}

static void echo(void *argument, struct credd_call *call, enum credd_event event)
{
	struct credit_bytes request = credd_call_request(call), half[2];

	(void)argument;
	if (event != CREDD_EVENT_REQUEST)
		return;
	half[0] = (struct credit_bytes){request.data, request.size / 2};
	half[1] = (struct credit_bytes){request.data + half[0].size, request.size - half[0].size};
	credd_call_reply(call, half, 2);
}

/* The call goes to another thread, as it does to the writer in the daemon. */
static void late(void *argument, struct credd_call *call, enum credd_event event)
{
	struct service *service = argument;

	pthread_mutex_lock(&service->mutex);
	if (event == CREDD_EVENT_CANCELLED)
		service->cancelled_events++;
	else
		service->kept[service->kept_count++] = call;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->mutex);
}

static void finish_late(struct credd_call *call)
{
	struct credit_bytes request = credd_call_request(call);
	struct credit_problem problem;

	if (credd_call_cancelled(call)) {
		credit_problem_set(&problem, CREDIT_E_CANCELLED, NULL, NULL, NULL);
		credd_call_fail(call, &problem, 0);
	} else {
		credd_call_reply(call, &request, 1);
	}
}

static void *release_main(void *argument)
{
	struct service *service = argument;

	pthread_mutex_lock(&service->mutex);
	for (;;) {
		while (!service->quit && (service->hold || service->kept_count == 0))
			pthread_cond_wait(&service->changed, &service->mutex);
		if (service->quit && service->kept_count == 0)
			break;
		struct credd_call *call = service->kept[--service->kept_count];
		pthread_mutex_unlock(&service->mutex);
		finish_late(call);
		pthread_mutex_lock(&service->mutex);
	}
	pthread_mutex_unlock(&service->mutex);
	return NULL;
}

static void who(void *argument, struct credd_call *call, enum credd_event event)
{
	static const char *const kind[] = {"public", "authority", "socket"};
	const struct credd_peer *peer = credd_call_peer(call);
	char text[160];

	(void)argument;
	if (event != CREDD_EVENT_REQUEST)
		return;
	snprintf(text, sizeof text, "%s %.*s %s", kind[peer->kind],
		peer->has_uscc ? CREDIT_USCC_SIZE : 1, peer->has_uscc ? peer->uscc.character : "-",
		peer->address);
	struct credit_bytes reply = credit_bytes_of(text);
	credd_call_reply(call, &reply, 1);
}

static void refuse(void *argument, struct credd_call *call, enum credd_event event)
{
	struct credit_problem problem;

	(void)argument;
	if (event != CREDD_EVENT_REQUEST)
		return;
	credit_problem_set(&problem, CREDIT_E_PERIOD, "acts[3].listing.end_date",
		"cn-2026/black.samr", "最长 %d 天", 1095);
	problem.position = 7;
	credd_call_fail(call, &problem, 1500);
}

static void chat(void *argument, struct credd_call *call, enum credd_event event)
{
	struct credit_bytes request = credd_call_request(call);

	(void)argument;
	switch (event) {
	case CREDD_EVENT_REQUEST:
		credd_call_send(call, &request, 1);
		break;
	case CREDD_EVENT_WRITABLE:
		break;
	case CREDD_EVENT_HALF_CLOSED:
	case CREDD_EVENT_CANCELLED:
		credd_call_end(call);
		break;
	}
}

static void twice(void *argument, struct credd_call *call, enum credd_event event)
{
	struct credit_bytes request = credd_call_request(call);
	void **sent = credd_call_state(call); /* NULL: none yet for this request */

	if (event == CREDD_EVENT_WRITABLE && !*sent) {
		*sent = sent;
		credd_call_send(call, &request, 1);
	} else {
		if (event == CREDD_EVENT_REQUEST)
			*sent = NULL;
		chat(argument, call, event);
	}
}

static void ticks(void *argument, struct credd_call *call, enum credd_event event)
{
	struct service *service = argument;
	char number[16];
	struct credit_bytes message;
	bool send;

	pthread_mutex_lock(&service->mutex);
	service->ticks = event == CREDD_EVENT_CANCELLED ? NULL : call;
	service->cancelled_events += event == CREDD_EVENT_CANCELLED;
	send = service->ticks && service->ticks_sent < service->ticks_wanted;
	service->ticks_sent += send;
	snprintf(number, sizeof number, "%u", service->ticks_sent);
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->mutex);
	message = credit_bytes_of(number);
	if (event == CREDD_EVENT_CANCELLED)
		credd_call_end(call);
	else if (send)
		credd_call_send(call, &message, 1);
}

const struct credd_method test_methods[] = {
	{ECHO, CREDD_UNARY, 1, echo, ARENA_LIMIT, 0, NULL},
	{LATE, CREDD_UNARY, 1, late, ARENA_LIMIT, 0, NULL},
	{WHO, CREDD_UNARY, 1, who, ARENA_LIMIT, 0, NULL},
	{REFUSE, CREDD_UNARY, 1, refuse, ARENA_LIMIT, 0, NULL},
	{CLOSED, CREDD_UNARY, 0, echo, ARENA_LIMIT, 0, NULL},
	{CHAT, CREDD_BIDI, 1, chat, ARENA_LIMIT, 0, NULL},
	{TWICE, CREDD_BIDI, 1, twice, ARENA_LIMIT, 0, NULL},
	{TICKS, CREDD_SERVER_STREAM, 1, ticks, ARENA_LIMIT, 0, NULL},
};
const size_t test_method_count = sizeof test_methods / sizeof test_methods[0];

static enum credit_error allow(void *argument, unsigned worker, const struct credd_peer *peer,
	const struct credd_method *method, uint32_t *ret_retry_after_ms,
	struct credit_problem *problem)
{
	struct service *service = argument;

	(void)worker;
	(void)peer;
	(void)ret_retry_after_ms;
	pthread_mutex_lock(&service->mutex);
	service->asked++;
	pthread_mutex_unlock(&service->mutex);
	if (method->roles)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_PEER_ROLE, NULL, NULL, NULL);
}

static void finished(
	void *argument, struct credd_call *call, enum credit_error error, int64_t microseconds)
{
	struct service *service = argument;

	(void)call;
	pthread_mutex_lock(&service->mutex);
	service->finished++;
	service->finished_badly += microseconds < 0;
	service->last_error = error;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->mutex);
}

void service_start(struct service *service, const char *socket_path, const char *tls,
	struct credd_server_options options)
{
	char file[3][512];
	static const char *const name[] = {"server.crt", "server.key", "ca.crt"};
	struct credit_problem problem;
	char text[CREDIT_PROBLEM_TEXT_MAX];

	credd_rpc_init(quiet);
	memset(service, 0, sizeof *service);
	pthread_mutex_init(&service->mutex, NULL);
	pthread_cond_init(&service->changed, NULL);
	options.socket_path = socket_path;
	options.socket_mode = 0600;
	if (tls) {
		for (int i = 0; i < 3; i++)
			snprintf(file[i], sizeof file[i], "%s/%s", tls, name[i]);
		options.tcp_address = "127.0.0.1:0";
		options.tls_certificate = file[0];
		options.tls_key = file[1];
		options.tls_client_ca = file[2];
	}
	const struct {
		uint32_t *option, standard;
	} limit[] = {
		{&options.workers, 2},
		{&options.message_max, 4 << 20},
		{&options.calls_max, 10000},
		{&options.connections_max, 100},
		{&options.connections_per_address, 100},
		{&options.connects_per_second, 1000},
		{&options.calls_per_address, 10000},
		{&options.calls_per_connection, 10000},
		{&options.vain_calls_per_second, 10000},
		{&options.handshake_ms, 10000},
		{&options.stall_ms, 60000},
	};
	for (size_t i = 0; i < sizeof limit / sizeof limit[0]; i++)
		if (*limit[i].option == 0)
			*limit[i].option = limit[i].standard;
	if (options.unheard_bytes_max == 0)
		options.unheard_bytes_max = 256 << 20;
	if (options.answer_bytes_max == 0)
		options.answer_bytes_max = 256 << 20;
	options.reflection = true;
	options.methods = test_methods;
	options.method_count = test_method_count;
	options.service = service;
	options.allow = allow;
	options.finished = finished;
	if (credd_server_start(&options, &service->server, &problem) != CREDIT_OK)
		errx(1, "%s", credit_problem_text(&problem, CREDIT_LANG_EN, text, sizeof text));
	if (pthread_create(&service->releaser, NULL, release_main, service) != 0)
		errx(1, "thread");
	credd_server_serving(service->server, true);
}

void service_stop(struct service *service, uint32_t grace_ms)
{
	service_release(service);
	credd_server_stop(service->server, grace_ms);
	pthread_mutex_lock(&service->mutex);
	service->quit = true;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->mutex);
	pthread_join(service->releaser, NULL);
	credd_server_free(service->server);
	credd_rpc_deinit();
	pthread_cond_destroy(&service->changed);
	pthread_mutex_destroy(&service->mutex);
}

static void wait_for(struct service *service, const unsigned *counter, unsigned count)
{
	pthread_mutex_lock(&service->mutex);
	while (*counter < count)
		pthread_cond_wait(&service->changed, &service->mutex);
	pthread_mutex_unlock(&service->mutex);
}

void service_wait_kept(struct service *service, unsigned count)
{
	wait_for(service, &service->kept_count, count);
}

void service_wait_cancelled(struct service *service, unsigned count)
{
	wait_for(service, &service->cancelled_events, count);
}

void service_wait_finished(struct service *service, unsigned count)
{
	wait_for(service, &service->finished, count);
}

void service_release(struct service *service)
{
	pthread_mutex_lock(&service->mutex);
	service->hold = false;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->mutex);
}

void service_tick(struct service *service)
{
	pthread_mutex_lock(&service->mutex);
	service->ticks_wanted++;
	if (service->ticks)
		credd_call_wake(service->ticks);
	pthread_mutex_unlock(&service->mutex);
}

/* --- certificates ---------------------------------------------------------------------------- */

void test_certificates(const char *directory)
{
	static const char script[] =
		"set -e; cd '%s'\n"
		"ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
		" -keyout $1.key -out $1.crt -days 2 -subj /CN=$1"
		" -addext basicConstraints=critical,CA:TRUE; }\n"
		"leaf() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
		" -keyout $1.key -out $1.csr -subj /CN=$1 -addext subjectAltName=$3\n"
		"openssl x509 -req -in $1.csr -CA $2.crt -CAkey $2.key -out $1.crt -days 2"
		" -copy_extensions copy; }\n"
		"exec 2>openssl.log\n"
		"ca ca; ca other-ca\n"
		"leaf server ca DNS:credd.test,IP:127.0.0.1\n"
		"leaf second ca DNS:second.test\n"
		"leaf authority ca URI:urn:uscc:" TEST_USCC "\n"
		"leaf nobody ca URI:urn:uscc:91350100M000100Y44\n"
		"leaf foreign other-ca URI:urn:uscc:" TEST_USCC "\n";
	char command[sizeof script + 512];

	snprintf(command, sizeof command, script, directory);
	if (system(command) != 0)
		errx(1, "openssl failed, see %s/openssl.log", directory);
}

/* --- clients --------------------------------------------------------------------------------- */

static struct client *open_or_die(const struct client_options *options)
{
	struct client *client;
	struct credit_problem problem;
	char text[CREDIT_PROBLEM_TEXT_MAX];

	if (client_open(options, &client, &problem) != CREDIT_OK)
		errx(1, "%s", credit_problem_text(&problem, CREDIT_LANG_EN, text, sizeof text));
	return client;
}

struct client *test_client(const char *target)
{
	return open_or_die(&(struct client_options){.target = target});
}

struct client *test_tls_client(const char *directory, int port, const char *name)
{
	char target[32], ca[512], certificate[512], key[512];

	snprintf(target, sizeof target, "127.0.0.1:%d", port);
	snprintf(ca, sizeof ca, "%s/ca.crt", directory);
	snprintf(certificate, sizeof certificate, "%s/%s.crt", directory, name ? name : "");
	snprintf(key, sizeof key, "%s/%s.key", directory, name ? name : "");
	return open_or_die(&(struct client_options){.target = target,
		.ca = ca,
		.certificate = name ? certificate : NULL,
		.key = key,
		.server_name = "credd.test"});
}
