/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - `make bench`: the table of figures, and how one is run.
 *
 *     bench --build FOLDER [--quick] [--only PREFIX]
 *     bench --build FOLDER --report DOCUMENT    measures nothing: writes the table of what was
 *
 * Progress on standard error; last, one JSON object for each figure on standard output and into
 * FOLDER/bench/results.jsonl. Fails when a figure could not be measured, never because of its value.
 *
 * To add a figure: a file, a declaration in bench.h, a row here.
 */
#include "tests/bench/bench.h"
#include "tests/bench/machine.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct bench_figure figures[] = {
	{"read.unary_vs_echo", "ratio", BENCH_AT_LEAST, 0.85, bench_read_unary},
	{"read.proof_vs_echo", "ratio", BENCH_AT_LEAST, 0.60, bench_read_proof},
	{"read.lib_vs_lmdb", "ratio", BENCH_AT_LEAST, 0.80, bench_read_lib},
	{"write.single", "ratio", BENCH_AT_LEAST, 0.45, bench_write_single},
	{"write.latency", "us", BENCH_AT_MOST, 400, bench_write_latency},
	{"proof.bytes", "bytes", BENCH_AT_MOST, 2350, bench_proof_bytes},
	{"proof.verify", "us", BENCH_AT_MOST, 60, bench_proof_verify},
	{"growth.read", "ratio", BENCH_AT_MOST, 1.5, bench_growth_read},
	{"check.rederive", "entities/s", BENCH_AT_LEAST, 500000, bench_check_rederive},
	{"snapshot.check", "s", BENCH_AT_MOST, 5, bench_snapshot_check},
};
#define FIGURES (sizeof figures / sizeof figures[0])

static json_t *figure_json(const struct bench *bench, const struct bench_figure *figure,
	const struct bench_result *result)
{
	struct bench_spread seen = result->spread;
	bool reached = figure->direction == BENCH_AT_LEAST ? seen.median >= figure->reach
							   : seen.median <= figure->reach;
	char when[32];
	time_t now = time(NULL);
	struct tm utc;

	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	json_object_update_new(result->detail,
		json_pack("{s:f, s:f, s:s, s:f, s:b, s:b, s:s, s:s}", "min", seen.min, "max",
			seen.max, "reach", figure->direction == BENCH_AT_LEAST ? ">=" : "<=",
			"reach_value", figure->reach, "reached", reached, "quick", bench->quick,
			"when", when, "machine", bench->machine));
	return json_pack("{s:s, s:f, s:s, s:o}", "name", figure->name, "value", seen.median, "unit",
		figure->unit, "detail", result->detail);
}

/* In the child: measures, and writes the object to `output`. */
static void measure(const struct bench *bench, const struct bench_figure *figure, int output)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	struct bench_result result = figure->measure(bench);
	json_t *told = figure_json(bench, figure, &result);

	if (json_dumpfd(told, output, JSON_COMPACT | JSON_REAL_PRECISION(6)) != 0)
		errx(1, "%s: the result was not taken", figure->name);
	json_decref(told);
}

/* NULL when the figure could not be measured. */
static json_t *run(const struct bench *bench, const struct bench_figure *figure)
{
	int64_t begun = bench_now();
	int ends[2], status;

	fprintf(stderr, "%s\n", figure->name);
	fflush(NULL);
	if (pipe(ends) != 0)
		err(1, "pipe");
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		close(ends[0]);
		measure(bench, figure, ends[1]);
		exit(0);
	}
	close(ends[1]);
	json_t *told = json_loadfd(ends[0], 0, NULL);
	close(ends[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0) {
		json_decref(told);
		told = NULL;
	}
	if (told)
		bench_say("%s = %.4g %s (%s %.4g), %.0f s", figure->name,
			json_number_value(json_object_get(told, "value")), figure->unit,
			figure->direction == BENCH_AT_LEAST ? ">=" : "<=", figure->reach,
			(double)(bench_now() - begun) / 1e9);
	else
		bench_say("%s could not be measured", figure->name);
	return told;
}

/* All at the end, so that the last lines are the figures. */
static void print(const struct bench *bench, json_t *const *told, size_t count)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%.*s/results.jsonl", PATH_MAX - 32, bench->folder);
	FILE *file = fopen(path, "ae");
	if (!file)
		err(1, "%s", path);
	for (size_t i = 0; i < count; i++) {
		char *line = json_dumps(told[i], JSON_COMPACT | JSON_REAL_PRECISION(6));

		if (!line)
			errx(1, "memory");
		printf("%s\n", line);
		fprintf(file, "%s\n", line);
		free(line);
		json_decref(told[i]);
	}
	if (fclose(file) != 0)
		err(1, "%s", path);
}

static bool parse_arguments(
	int argc, char **argv, struct bench *bench, const char **ret_only, const char **ret_report)
{
	static const struct option options[] = {{"build", required_argument, NULL, 'b'},
		{"quick", no_argument, NULL, 'q'}, {"only", required_argument, NULL, 'o'},
		{"report", required_argument, NULL, 'r'}, {0}};
	const char *build = NULL;
	int found;

	*ret_only = "";
	*ret_report = NULL;
	while ((found = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (found == 'b')
			build = optarg;
		else if (found == 'q')
			bench->quick = true;
		else if (found == 'o')
			*ret_only = optarg;
		else if (found == 'r')
			*ret_report = optarg;
		else
			return false;
	}
	if (!build || optind != argc)
		return false;
	if (!realpath(build, bench->build))
		err(1, "%s", build);
	return true;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	json_t *told[FIGURES];
	size_t count = 0, failed = 0;
	const char *only, *report;

	if (!parse_arguments(argc, argv, &bench, &only, &report))
		errx(2, "usage: bench --build FOLDER [--quick] [--only PREFIX | --report "
			"DOCUMENT]");
	snprintf(bench.folder, sizeof bench.folder, "%.*s/bench", PATH_MAX - 16, bench.build);
	if (mkdir(bench.folder, 0700) != 0 && errno != EEXIST)
		err(1, "%s", bench.folder);
	if (report) {
		bench_report(&bench, figures, FIGURES, report);
		return 0;
	}
	bench_machine(&bench);
	fprintf(stderr, "%s\nserver on core %d, client on core %d%s\n", bench.machine,
		bench.server_core, bench.client_core, bench.quick ? "; quick: no verdict" : "");
	for (size_t i = 0; i < FIGURES; i++) {
		if (strncmp(figures[i].name, only, strlen(only)) != 0)
			continue;
		told[count] = run(&bench, &figures[i]);
		if (told[count])
			count++;
		else
			failed++;
	}
	print(&bench, told, count);
	if (count + failed == 0)
		errx(2, "no figure is called %s", only);
	return failed > 0;
}
