/* SPDX-License-Identifier: Apache-2.0
 *
 * read_unary.c - read.unary_vs_echo: GetStatus against an echo of the same sizes; read.proof_vs_echo:
 * the same with the whole offline proof.
 *
 * The verdict is the ratio of calls/s over TCP with mutual TLS; the Unix socket stands in the detail.
 * Where the client's core is full before the server's is, calls/s say nothing of the server:
 * `server_busy` (share of its core) shows it, and the ratio of `server_us_per_call` is then the one to
 * look at.
 */
#include "tests/bench/server.h"

#include <err.h>
#include <stdlib.h>

#define CONNECTIONS 4
#define IN_FLIGHT 32

enum side {
	OURS,
	PEER,
	SIDES
};

struct one_transport {
	struct bench_pairs rate, cpu, busy, p50, p99;
};

static void note(
	struct one_transport *seen, size_t pair, enum side side, const struct bench_loaded *loaded)
{
#define NOTE(what, value) \
	(*(side == OURS ? &seen->what.ours[pair] : &seen->what.peer[pair]) = (value))
	NOTE(rate, loaded->rate);
	NOTE(cpu, loaded->server_us);
	NOTE(busy, loaded->server_busy);
	NOTE(p50, loaded->p50_us);
	NOTE(p99, loaded->p99_us);
#undef NOTE
}

/* What is less when better is compared the other way round, so that 1 always says "as good". */
static json_t *transport_json(const struct one_transport *seen)
{
	struct bench_pairs swapped;

	for (size_t i = 0; i < BENCH_PAIRS; i++) {
		swapped.ours[i] = seen->cpu.peer[i];
		swapped.peer[i] = seen->cpu.ours[i];
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "calls_per_s",
		bench_pairs_json(&seen->rate, "ratio", bench_ratio(&seen->rate)),
		"server_us_per_call",
		bench_pairs_json(&seen->cpu, "peer_to_ours", bench_ratio(&swapped)), "server_busy",
		bench_pairs_json(&seen->busy, "ratio", bench_ratio(&seen->busy)), "p50_us",
		bench_pairs_json(&seen->p50, "difference", bench_difference(&seen->p50)), "p99_us",
		bench_pairs_json(&seen->p99, "difference", bench_difference(&seen->p99)));
}

/* The echo knows one method and does not look at what it is asked. */
static void against_echo(const struct bench *bench, const char *figure, const char *method)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	struct bench_load load = {.raw = true,
		.cores = BENCH_CLIENT_CORE,
		.connections = CONNECTIONS,
		.in_flight = IN_FLIGHT,
		.milliseconds = bench_scaled(bench, 5000, 400),
		.warm_up = bench_scaled(bench, 500, 100)};
	struct bench_server server[SIDES];
	struct one_transport *seen = calloc(BENCH_TRANSPORTS, sizeof *seen);
	struct bench_loaded loaded;

	if (!seen)
		err(1, "memory");
	bench_data_warm(data.folder);
	server[OURS] = bench_credd(bench, "credd", data.folder, BENCH_SERVER_CORE);
	bench_server_warm(&server[OURS], &data);
	loaded = bench_run(bench, &server[OURS], BENCH_TLS, &data,
		&(struct bench_load){.method = method,
			.cores = BENCH_CLIENT_CORE,
			.connections = 1,
			.in_flight = 8,
			.milliseconds = 300});
	double request = loaded.request_bytes, reply = loaded.reply_bytes;
	server[PEER] = bench_echo(bench, (unsigned)(reply + 0.5));
	bench_say("request %.0f bytes, reply %.1f bytes", request, reply);
	for (size_t pair = 0; pair < BENCH_PAIRS; pair++)
		for (int transport = 0; transport < BENCH_TRANSPORTS; transport++)
			for (int side = 0; side < SIDES; side++) {
				load.seed = (unsigned)pair + 1;
				load.method = side == OURS ? method : "GetStatus";
				loaded = bench_run(bench, &server[side],
					(enum bench_transport)transport, &data, &load);
				note(&seen[transport], pair, (enum side)side, &loaded);
				bench_say(
					"%s %-5s %7.0f calls/s, server %5.2f us a call, busy %.2f, "
					"p50 %.0f p99 %.0f us",
					bench_transport_names[transport],
					side == OURS ? "credd" : "echo", loaded.rate,
					loaded.server_us, loaded.server_busy, loaded.p50_us,
					loaded.p99_us);
			}
	bench_server_stop(&server[OURS]);
	bench_server_stop(&server[PEER]);
	bench_tell(figure, bench_ratio(&seen[BENCH_TLS].rate),
		json_pack("{s:I, s:O, s:i, s:f, s:f, s:i, s:i, s:i, s:o, s:o}", "entities",
			(json_int_t)data.entities, "data_set", data.build, "pairs", BENCH_PAIRS,
			"request_bytes", request, "reply_bytes", reply, "connections", CONNECTIONS,
			"in_flight_each", IN_FLIGHT, "milliseconds_each", (int)load.milliseconds,
			bench_transport_names[BENCH_TLS], transport_json(&seen[BENCH_TLS]),
			bench_transport_names[BENCH_SOCKET], transport_json(&seen[BENCH_SOCKET])));
	free(seen);
}

void bench_read_unary(const struct bench *bench)
{
	against_echo(bench, "read.unary_vs_echo", "GetStatus");
}

void bench_read_proof(const struct bench *bench)
{
	against_echo(bench, "read.proof_vs_echo", "GetStatusProof");
}
