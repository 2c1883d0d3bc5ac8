/* SPDX-License-Identifier: Apache-2.0
 *
 * write_single.c - write.single: one-act filings acknowledged, against the time to verify one signature.
 *
 * An acknowledged filing is verified, decided, durable (fsync at every epoch) and receipted. credd has
 * one core for all of its threads, and the peer is how often that core verifies an Ed25519 signature
 * and does nothing else: a ceiling, not a competitor.
 */
#include "tests/bench/server.h"

#include <credit/crypto.h>

#include <err.h>
#include <sched.h>
#include <string.h>

#define CONNECTIONS 4
#define IN_FLIGHT 64      /* on each: 256 in all */
#define MESSAGE_BYTES 256 /* about a manifest's DSSE encoding */
#define VERIFY_NS 500000000LL

static double verify_per_second(const struct bench *bench)
{
	static const uint8_t seed[CREDIT_SEED_SIZE] = {1};
	uint8_t message[MESSAGE_BYTES] = {0};
	struct credit_bytes bytes = {message, sizeof message};
	struct credit_key_pair pair;
	struct credit_signature signature;
	cpu_set_t before;
	uint64_t count = 0;

	if (credit_crypto_init() != CREDIT_OK || sched_getaffinity(0, sizeof before, &before) != 0)
		errx(1, "crypto");
	bench_pin(bench, BENCH_SERVER_CORE);
	credit_key_from_seed(seed, &pair);
	credit_sign(&pair, bytes, &signature);
	int64_t begun = bench_now();
	for (; bench_now() - begun < VERIFY_NS; count++)
		if (credit_verify(&pair.public_key, bytes, &signature) != CREDIT_OK)
			errx(1, "verification");
	double rate = (double)count * 1e9 / (double)(bench_now() - begun);
	sched_setaffinity(0, sizeof before, &before);
	return rate;
}

void bench_write_single(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_MILLION);
	struct bench_load load = {.method = "Submit",
		.cores = BENCH_CLIENT_CORE,
		.connections = CONNECTIONS,
		.in_flight = IN_FLIGHT,
		.milliseconds = bench_scaled(bench, 8000, 600),
		.warm_up = bench_scaled(bench, 500, 100)};
	struct bench_pairs tls, socket;
	double cpu[BENCH_PAIRS], busy[BENCH_PAIRS], p50[BENCH_PAIRS], p99[BENCH_PAIRS];
	char folder[PATH_MAX];
	double request = 0, reply = 0;

	/* As many as even an unexpectedly fast daemon can take. */
	load.filings = (load.milliseconds + load.warm_up) * 20;
	bench_data_copy(bench, &data, "running", folder);
	struct bench_server server = bench_credd(bench, "credd", folder, BENCH_SERVER_CORE);
	bench_server_warm(&server, &data);
	for (unsigned pair = 0; pair < BENCH_PAIRS; pair++) {
		load.seed = 2 * pair + 1;
		struct bench_loaded over_tls = bench_run(bench, &server, BENCH_TLS, &data, &load);
		tls.ours[pair] = over_tls.rate;
		tls.peer[pair] = socket.peer[pair] = verify_per_second(bench);
		load.seed++;
		struct bench_loaded over_socket =
			bench_run(bench, &server, BENCH_SOCKET, &data, &load);
		socket.ours[pair] = over_socket.rate;
		cpu[pair] = over_tls.server_us;
		busy[pair] = over_tls.server_busy;
		p50[pair] = over_tls.p50_us;
		p99[pair] = over_tls.p99_us;
		request = over_tls.request_bytes;
		reply = over_tls.reply_bytes;
		bench_say("%.0f filings/s over TLS (busy %.2f, %.1f us, p50 %.0f p99 %.0f us), "
			  "%.0f over the socket, %.0f verifications/s",
			over_tls.rate, over_tls.server_busy, over_tls.server_us, over_tls.p50_us,
			over_tls.p99_us, over_socket.rate, tls.peer[pair]);
	}
	bench_server_stop(&server);
	bench_remove(folder);
	bench_tell("write.single", bench_ratio(&tls),
		json_pack("{s:I, s:O, s:i, s:i, s:i, s:i, s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:o}",
			"entities", (json_int_t)data.entities, "data_set", data.build, "pairs",
			BENCH_PAIRS, "connections", CONNECTIONS, "in_flight_each", IN_FLIGHT,
			"milliseconds_each", (int)load.milliseconds, "request_bytes", request,
			"reply_bytes", reply, "filings_per_s_tcp_mtls",
			bench_pairs_json(&tls, "ratio", bench_ratio(&tls)),
			"filings_per_s_unix_socket",
			bench_pairs_json(&socket, "ratio", bench_ratio(&socket)),
			"server_us_per_filing", bench_runs_json(cpu), "server_busy",
			bench_runs_json(busy), "p50_us", bench_runs_json(p50), "p99_us",
			bench_runs_json(p99)));
}
