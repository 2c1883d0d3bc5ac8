/* SPDX-License-Identifier: Apache-2.0
 *
 * load_base.c - load.base: entities/s of a base register of ten million through `credctl entity load`, from the
 * start of the program until the publication that enrols them is there.
 *
 * One file, one act, an empty registry each time: the CSV read, checked and hashed, its rows sent, staged
 * durably, filed and enrolled, every one with a leaf of the map. credctl and credd have a core each.
 */
#include "tests/bench/server.h"

#include "tests/support/town.h"

#include <err.h>
#include <stdio.h>

#define RUNS 3

static void write_register(const char *path, uint32_t entities)
{
	FILE *file = fopen(path, "we");

	if (!file)
		err(1, "%s", path);
	fputs("统一社会信用代码,主体名称\n", file);
	for (uint32_t i = 0; i < entities; i++) {
		struct credit_uscc uscc = town_uscc(i);

		fprintf(file, "%.*s,示例县青禾商贸有限公司\n", CREDIT_USCC_SIZE, uscc.character);
	}
	if (fclose(file) != 0)
		err(1, "%s", path);
}

static void found(const char *folder)
{
	struct town town;

	bench_remove(folder);
	town_open(&town, folder);
	town_close(&town);
}

static double load(const struct bench *bench, const struct bench_server *server, const char *csv)
{
	char program[PATH_MAX], target[PATH_MAX], key[PATH_MAX], receipt[PATH_MAX],
		issuer[CREDIT_USCC_SIZE + 1];
	struct town town = {0};

	town_keys(&town);
	snprintf(issuer, sizeof issuer, "%.*s", CREDIT_USCC_SIZE, town.bureau_uscc.character);
	snprintf(target, sizeof target, "unix:%.*s", BENCH_PATH_ROOM, server->socket);
	bench_path(bench->build, "credctl", program);
	bench_path(bench->folder, "bureau.key", key);
	bench_path(bench->folder, "load-receipt", receipt);
	const char *const arguments[] = {program, "--server", target, "entity", "load", csv,
		"--edition", "示例县市场主体登记库 2026-05", "--as-of", "2026-05-27", "--issuer",
		issuer, "--sign", key, "--receipt", receipt, NULL};
	const struct bench_program run_it = {.arguments = arguments, .cores = BENCH_CLIENT_CORE};
	bench_remove(receipt);
	int64_t begun = bench_now();
	bench_run_program(bench, &run_it, "credctl entity load");
	double seconds = (double)(bench_now() - begun) / 1e9;
	bench_remove(receipt);
	return seconds;
}

void bench_load_base(const struct bench *bench)
{
	uint32_t entities = bench_scaled(bench, 10000000, 200000);
	double rate[RUNS], busy[RUNS];
	char folder[PATH_MAX], csv[PATH_MAX];

	bench_path(bench->folder, "running", folder);
	bench_path(bench->folder, "register.csv", csv);
	write_register(csv, entities);
	for (unsigned run = 0; run < RUNS; run++) {
		found(folder);
		struct bench_server server = bench_credd(bench, "credd", folder, BENCH_SERVER_CORE);
		double seconds = load(bench, &server, csv);
		struct credit_uscc last = town_uscc(entities - 1);

		if (!bench_server_answers(&server, &last))
			errx(1, "the last entity is not enrolled");
		busy[run] = (double)bench_cpu(server.pid) / 1e9 / seconds;
		rate[run] = entities / seconds;
		bench_say("%.0f entities/s, the server's core busy %.2f", rate[run], busy[run]);
		bench_server_stop(&server);
	}
	bench_remove(folder);
	bench_remove(csv);
	bench_tell("load.base", bench_spread_of(rate, RUNS),
		json_pack("{s:I, s:i, s:i, s:o}", "entities", (json_int_t)entities, "load_files", 1,
			"runs", RUNS, "server_busy",
			bench_spread_json(bench_spread_of(busy, RUNS))));
}
