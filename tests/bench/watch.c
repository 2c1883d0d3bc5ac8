/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.c - looking on while a server is under load: how often it publishes, how much memory it has.
 *
 * A publication is seen when a status answers with a later published_at. One look takes a few
 * microseconds of the server.
 */
#include "tests/bench/server.h"

#include "client/client.h"
#include "credit/v1/status_service.pb-c.h"
#include "load/requests.h"
#include "tests/support/town.h"

#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define PAUSE_MS 50
#define TIMEOUT_MS 10000

struct bench_watch {
	pthread_t thread;
	atomic_bool ended;
	pid_t pid;
	struct client *client;
	struct question question;
	struct credit_bytes request;
	int64_t published_at;
	double publications;
	uint64_t private_peak;
};

/* 0: no answer. */
static int64_t published_at(struct bench_watch *watch)
{
	struct credit_problem problem;
	struct client_reply reply;
	int64_t found = 0;

	if (client_call(watch->client, "/credit.v1.StatusService/GetStatus", watch->request,
		    TIMEOUT_MS, &reply, &problem) != CREDIT_OK)
		return 0;
	Credit__V1__GetStatusResponse *response =
		credit__v1__get_status_response__unpack(NULL, reply.size, reply.data);
	if (response) {
		found = response->published_at;
		credit__v1__get_status_response__free_unpacked(response, NULL);
	}
	free(reply.data);
	return found;
}

static void look(struct bench_watch *watch)
{
	uint64_t private_bytes = bench_private(watch->pid);
	int64_t found = published_at(watch);

	if (private_bytes > watch->private_peak)
		watch->private_peak = private_bytes;
	if (found > watch->published_at && watch->published_at > 0)
		watch->publications++;
	if (found > watch->published_at)
		watch->published_at = found;
}

static void *watch_main(void *argument)
{
	struct bench_watch *watch = argument;

	while (!watch->ended) {
		look(watch);
		bench_sleep(PAUSE_MS);
	}
	return NULL;
}

struct bench_watch *bench_watch_begin(const struct bench_server *server)
{
	struct credit_uscc any = town_uscc(0);
	struct bench_watch *watch = calloc(1, sizeof *watch);
	struct credit_problem problem;
	char target[PATH_MAX];

	if (!watch)
		err(1, "memory");
	snprintf(target, sizeof target, "unix:%.*s", BENCH_PATH_ROOM, server->socket);
	if (client_open(&(struct client_options){.target = target}, &watch->client, &problem) !=
		CREDIT_OK)
		errx(1, "no client");
	watch->pid = server->pid;
	question_init(&watch->question);
	watch->request = question_of(&watch->question, &any);
	if (pthread_create(&watch->thread, NULL, watch_main, watch) != 0)
		errx(1, "no thread");
	return watch;
}

void bench_watch_end(
	struct bench_watch *watch, double *ret_publications, uint64_t *ret_private_peak)
{
	watch->ended = true;
	pthread_join(watch->thread, NULL);
	*ret_publications = watch->publications;
	*ret_private_peak = watch->private_peak;
	client_close(watch->client);
	free(watch);
}
