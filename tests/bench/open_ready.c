/* SPDX-License-Identifier: Apache-2.0
 *
 * open_ready.c - open.ready: from the start of credd to its first answer, after kill -9 in the middle of bulk
 * filings, on ten million entities.
 *
 * The kill comes at another moment of each run, so that more or less of the journal is not yet in the state.
 * Nothing is due by time. The files lie in memory, as they do after a crash of the daemon alone.
 */
#include "tests/bench/server.h"

#include "tests/support/town.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define RUNS 5
#define GIVE_UP_SECONDS 300

/* What was not answered fails at the client, which is why its exit status is nobody's concern. */
static void kill_under_load(const struct bench *bench, const struct bench_server *server,
	const struct bench_data *data, unsigned run)
{
	const struct bench_load load = {.method = "Submit",
		.cores = BENCH_CLIENT_CORE,
		.connections = 2,
		.in_flight = 2,
		.items = 1000,
		.milliseconds = 60000,
		.filings = bench_scaled(bench, 200, 40),
		.seed = 1000 + run};
	pid_t pid = bench_run_begin(bench, server, BENCH_SOCKET, data, &load);
	uint64_t before = bench_written(server->pid);

	while (bench_written(server->pid) == before) /* sealing; then the first filings */
		bench_sleep(10);
	bench_sleep(bench_scaled(bench, 700 + 130 * run, 100));
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static double start_seconds(const struct bench *bench, struct bench_server *server)
{
	struct credit_uscc uscc = town_uscc(7);
	int64_t begun = bench_now();

	bench_credd_again(bench, "credd", BENCH_SERVER_CORE, server);
	while (!bench_server_answers(server, &uscc)) {
		if (bench_now() - begun > GIVE_UP_SECONDS * 1000000000LL)
			errx(1, "credd does not answer after it was killed");
		bench_sleep(1);
	}
	return (double)(bench_now() - begun) / 1e9;
}

void bench_open_ready(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	char folder[PATH_MAX];
	double seconds[RUNS];

	bench_data_copy(bench, &data, "running", folder);
	struct bench_server server = bench_credd(bench, "credd", folder, BENCH_SERVER_CORE);
	for (unsigned run = 0; run < RUNS; run++) {
		kill_under_load(bench, &server, &data, run);
		seconds[run] = start_seconds(bench, &server);
		bench_say("%.3f s", seconds[run]);
	}
	bench_server_stop(&server);
	bench_remove(folder);
	bench_tell("open.ready", bench_spread_of(seconds, RUNS),
		json_pack("{s:I, s:O, s:i, s:s}", "entities", (json_int_t)data.entities, "data_set",
			data.build, "runs", RUNS, "load", "4 filings of 1,000 acts in flight"));
}
