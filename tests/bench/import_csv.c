/* SPDX-License-Identifier: Apache-2.0
 *
 * import_csv.c - import.csv: rows/s of a penalty file through `credctl import`, from the start of the program
 * to its end: read, converted, checked, signed, filed, receipted, receipts kept.
 *
 * The file has the columns of the 双公示 format and rows about random ones of a million enrolled entities;
 * options are the defaults. Each run has a file of its own, since a row imported twice is refused.
 */
#include "tests/bench/server.h"

#include "load/requests.h"
#include "tests/support/town.h"

#include <err.h>
#include <stdio.h>

#define RUNS 5

static void write_rows(const char *path, const struct town *town, const struct bench_data *data,
	unsigned rows, unsigned run)
{
	uint64_t chance = run + 1;
	FILE *file = fopen(path, "we");
	const char *decider = town->bureau_uscc.character;

	if (!file)
		err(1, "%s", path);
	fputs("CF_XDR_MC,CF_XDR_LB,CF_XDR_SHXYM,CF_WSH,CF_WFXW,CF_SY,CF_YJ,CF_CFLB,CF_NR,CF_NR_FK,"
	      "CF_JDRQ,CF_CFJG,CF_CFJGDM,CF_SJLY,CF_SJLYDM,BZ\n",
		file);
	for (unsigned row = 0; row < rows; row++) {
		struct credit_uscc uscc =
			town_uscc((uint32_t)(chance_next(&chance) % data->entities));

		fprintf(file,
			"示例县青禾商贸有限公司,法人及非法人组织,%.*s,示市监罚〔2026〕%u-%u号,"
			"未按规定公示价格,当事人经营场所内在售商品未标明价格，经责令改正后已改正。,"
			"《中华人民共和国价格法》第四十二条,罚款,罚款人民币贰仟元。,0.2,2026-05-%"
			"02u,"
			"示例县市场监督管理局,%.*s,示例县市场监督管理局,%.*s,已缴纳罚款\n",
			CREDIT_USCC_SIZE, uscc.character, run + 1, row + 1, 1 + row % 28,
			CREDIT_USCC_SIZE, decider, CREDIT_USCC_SIZE, decider);
	}
	if (fclose(file) != 0)
		err(1, "%s", path);
}

static double import(const struct bench *bench, const struct bench_server *server,
	const struct town *town, const char *csv, unsigned run)
{
	char program[PATH_MAX], target[PATH_MAX], key[PATH_MAX], receipts[PATH_MAX],
		state[PATH_MAX], name[32], issuer[CREDIT_USCC_SIZE + 1];

	snprintf(name, sizeof name, "receipts-%u", run);
	snprintf(issuer, sizeof issuer, "%.*s", CREDIT_USCC_SIZE, town->bureau_uscc.character);
	snprintf(target, sizeof target, "unix:%.*s", BENCH_PATH_ROOM, server->socket);
	bench_path(bench->build, "credctl", program);
	bench_path(bench->folder, "bureau.key", key);
	bench_path(bench->folder, "import", state);
	bench_path(state, name, receipts);
	bench_path(bench->folder, "import/state", state);
	const char *const arguments[] = {program, "--server", target, "import", csv, "--kind",
		"penalty", "--issuer", issuer, "--sign", key, "--receipts", receipts, "--state",
		state, NULL};
	const struct bench_program run_it = {.arguments = arguments, .cores = BENCH_CLIENT_CORE};
	bench_remove(state);
	int64_t begun = bench_now();
	bench_run_program(bench, &run_it, "credctl import");
	return (double)(bench_now() - begun) / 1e9;
}

void bench_import(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_MILLION);
	unsigned rows = bench_scaled(bench, 100000, 5000);
	char folder[PATH_MAX], files[PATH_MAX], csv[PATH_MAX];
	double rate[BENCH_PAIRS], cpu[BENCH_PAIRS];
	struct town town = {0};

	town_keys(&town);
	bench_path(bench->folder, "import", files);
	bench_remove(files);
	bench_make_folder(files);
	bench_path(files, "penalties.csv", csv);
	bench_data_copy(bench, &data, "running", folder);
	struct bench_server server = bench_credd(bench, "credd", folder, BENCH_SERVER_CORE);
	bench_server_warm(&server, &data);
	for (unsigned run = 0; run < RUNS; run++) {
		write_rows(csv, &town, &data, rows, run);
		int64_t before = bench_cpu(server.pid);
		double seconds = import(bench, &server, &town, csv, run);
		cpu[run] = (double)(bench_cpu(server.pid) - before) / 1e9 / seconds;
		rate[run] = rows / seconds;
		bench_say("%.0f rows/s, the server's core busy %.2f", rate[run], cpu[run]);
	}
	bench_server_stop(&server);
	bench_remove(folder);
	bench_remove(files);
	bench_tell("import.csv", bench_spread_of(rate, RUNS),
		json_pack("{s:I, s:O, s:i, s:I, s:o}", "entities", (json_int_t)data.entities,
			"data_set", data.build, "runs", RUNS, "rows_each", (json_int_t)rows,
			"server_busy", bench_runs_json(cpu)));
}
