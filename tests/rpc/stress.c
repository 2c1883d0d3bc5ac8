/* SPDX-License-Identifier: Apache-2.0
 *
 * stress.c - every kind of call at once from several threads, with cancels, wakes and a drain in it.
 *
 * A plain program, because Criterion does not run under ThreadSanitizer:
 *
 *     make SANITIZE=thread BUILD=build/tsan build/tsan/tests/rpc_stress
 *     TSAN_OPTIONS=suppressions=tests/rpc/tsan.supp build/tsan/tests/rpc_stress DIRECTORY
 *
 * With a third argument it is a load generator on one worker instead, for a first look at speed:
 *
 *     rpc_stress serve SOCKET            one worker, until its input ends
 *     rpc_stress load SOCKET SECONDS     unary echo, closed loop, 32 in flight
 */
#include "tests/rpc/service.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS 15
#define IN_FLIGHT 50
#define LOAD_IN_FLIGHT 32
#define LONG_MS 60000

static struct service service;
static char target[256];
static _Atomic unsigned failures;

static void expect(bool ok, const char *what)
{
	if (ok)
		return;
	atomic_fetch_add(&failures, 1);
	fprintf(stderr, "not so: %s\n", what);
}

/* Unary of both kinds; every third call has so little time that it may be cut anywhere. */
static void many(struct client *client, unsigned round)
{
	struct client_completion done;

	for (unsigned i = 0; i < IN_FLIGHT; i++)
		expect(client_start(client, i % 2 ? LATE : ECHO, credit_bytes_of("stress"),
			       i % 3 ? LONG_MS : round % 4, (void *)(uintptr_t)i) == CREDIT_OK,
			"started");
	while (client_next(client, LONG_MS, &done) == CREDIT_OK) {
		if ((uintptr_t)done.tag % 3)
			expect(done.error == CREDIT_OK, "a call with time succeeds");
		free(done.reply.data);
	}
}

static void talk(struct client *client, const char *path, bool to_the_end)
{
	struct client_stream *stream;
	struct client_reply reply;

	if (client_stream_open(client, path, &stream, NULL) != CREDIT_OK) {
		expect(false, "a stream opens");
		return;
	}
	for (unsigned i = 0; i < 10; i++) {
		expect(client_stream_send(stream, credit_bytes_of("word")) == CREDIT_OK, "sent");
		expect(client_stream_receive(stream, &reply, NULL) == CREDIT_OK, "received");
		free(reply.data);
	}
	if (to_the_end) {
		expect(client_stream_send_done(stream) == CREDIT_OK, "half closed");
		while (client_stream_receive(stream, &reply, NULL) == CREDIT_OK)
			free(reply.data);
	}
	client_stream_close(stream);
}

/* A server stream that is woken while it is being left. */
static void watch(struct client *client)
{
	struct client_stream *stream;
	struct client_reply reply;

	if (client_stream_open(client, TICKS, &stream, NULL) != CREDIT_OK)
		return;
	(void)!client_stream_send(stream, credit_bytes_of(""));
	(void)!client_stream_send_done(stream);
	service_tick(&service);
	if (client_stream_receive(stream, &reply, NULL) == CREDIT_OK)
		free(reply.data);
	service_tick(&service);
	client_stream_close(stream);
}

/* Health changes all the while (restless_main): woken, sending and left at once. */
static void watch_health(struct client *client)
{
	struct client_stream *stream;
	struct client_reply reply;

	if (client_stream_open(client, "/grpc.health.v1.Health/Watch", &stream, NULL) != CREDIT_OK)
		return;
	(void)!client_stream_send(stream, credit_bytes_of(""));
	(void)!client_stream_send_done(stream);
	if (client_stream_receive(stream, &reply, NULL) == CREDIT_OK)
		free(reply.data);
	client_stream_close(stream);
}

static void *client_main(void *argument)
{
	unsigned number = (unsigned)(uintptr_t)argument;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct client *client = test_client(target);

		many(client, round);
		talk(client, round % 2 ? CHAT : TWICE, round % 3);
		if (number == 0)
			watch(client);
		else
			watch_health(client);
		/* Closed with calls in flight. */
		for (unsigned i = 0; i < 5; i++)
			(void)!client_start(client, LATE, credit_bytes_of("x"), LONG_MS, NULL);
		client_close(client);
	}
	return NULL;
}

static void *restless_main(void *argument)
{
	for (unsigned i = 0; i < 200; i++) {
		credd_server_serving(service.server, i % 2);
		usleep(2000);
	}
	return argument;
}

/* Streams and calls are under way when the server stops. */
static void *leaving_main(void *argument)
{
	struct client *client = test_client(target);
	struct client_stream *stream;
	struct client_reply reply;

	if (client_stream_open(client, CHAT, &stream, NULL) == CREDIT_OK) {
		while (client_stream_send(stream, credit_bytes_of("x")) == CREDIT_OK &&
			client_stream_receive(stream, &reply, NULL) == CREDIT_OK)
			free(reply.data);
		client_stream_close(stream);
	}
	client_close(client);
	return argument;
}

static int stress(const char *directory)
{
	pthread_t thread[THREADS], restless, leaving;
	char path[200];

	snprintf(path, sizeof path, "%s/stress.socket", directory);
	snprintf(target, sizeof target, "unix:%s", path);
	service_start(&service, path, NULL, (struct credd_server_options){.workers = 3});
	pthread_create(&restless, NULL, restless_main, NULL);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, client_main, (void *)i);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_join(restless, NULL);
	pthread_create(&leaving, NULL, leaving_main, NULL);
	usleep(100000);
	credd_server_stop(service.server, 1000);
	pthread_join(leaving, NULL);
	unsigned finished = service.finished;
	service_stop(&service, 0);
	printf("%u calls finished, %u failures\n", finished, failures);
	return failures ? 1 : 0;
}

/* --- a first look at speed ------------------------------------------------------------------- */

static double clock_s(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int serve(const char *path)
{
	char line[16];

	service_start(&service, path, NULL, (struct credd_server_options){.workers = 1});
	while (fgets(line, sizeof line, stdin)) {
		printf("%.6f %u\n", clock_s(CLOCK_PROCESS_CPUTIME_ID), service.finished);
		fflush(stdout);
	}
	service_stop(&service, 0);
	return 0;
}

static int load(const char *path, double seconds)
{
	struct client_completion done;
	uint8_t request[32] = {1};
	const struct credit_bytes bytes = {request, sizeof request};
	double from, cpu;
	unsigned count = 0;

	snprintf(target, sizeof target, "unix:%s", path);
	struct client *client = test_client(target);
	for (unsigned i = 0; i < LOAD_IN_FLIGHT; i++)
		expect(client_start(client, ECHO, bytes, LONG_MS, NULL) == CREDIT_OK, "started");
	from = clock_s(CLOCK_MONOTONIC);
	cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
	while (clock_s(CLOCK_MONOTONIC) - from < seconds &&
		client_next(client, LONG_MS, &done) == CREDIT_OK) {
		expect(done.error == CREDIT_OK, "echo");
		free(done.reply.data);
		count++;
		expect(client_start(client, ECHO, bytes, LONG_MS, NULL) == CREDIT_OK, "started");
	}
	seconds = clock_s(CLOCK_MONOTONIC) - from;
	printf("%.0f calls/s, client CPU %.2f us/call\n", count / seconds,
		(clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e6 / count);
	client_close(client);
	return failures ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return stress(argv[1]);
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2]);
	if (argc == 4 && strcmp(argv[1], "load") == 0)
		return load(argv[2], atof(argv[3]));
	errx(2, "see the top of tests/rpc/stress.c");
}
