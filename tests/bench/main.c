/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - `make bench`: the table of figures, and how one is run.
 *
 *     bench --build FOLDER [--quick | --smallest] [--only PREFIX] [--folder FOLDER]
 *     bench --build FOLDER --report DOCUMENT    measures nothing: writes the table of what was
 *
 * Progress on standard error; last, one JSON object for each figure on standard output and into
 * FOLDER/bench/results.jsonl. Exit status 0: every figure was measured; 1: one failed; 3: one is missing,
 * with reason and remedy in its object, for want of a peer. A figure's value changes nothing about it.
 * --folder: instead of FOLDER/bench.
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

#define EXIT_FAILED 1
#define EXIT_USAGE 2
#define EXIT_MISSING 3

/* Rows with the same function are neighbours: one run of it measures them all. */
/* clang-format off */
static const struct bench_figure figures[] = {
	{"read.unary_vs_echo", "ratio", BENCH_AT_LEAST, 0.85, bench_read_unary},
	{"read.proof_vs_echo", "ratio", BENCH_AT_LEAST, 0.60, bench_read_proof},
	{"read.lib_vs_lmdb", "ratio", BENCH_AT_LEAST, 0.80, bench_read_lib},
	{"read.batch_vs_lmdb", "ratio", BENCH_AT_LEAST, 0.80, bench_read_batch},
	{"read.batch_vs_postgres", "ratio", BENCH_AT_LEAST, 1.2, bench_read_batch},
	{"read.vs_postgres", "ratio", BENCH_AT_LEAST, 0.75, bench_read_peers},
	{"read.vs_node", "ratio", BENCH_SHOWN, 0, bench_read_peers},
	{"write.single", "ratio", BENCH_AT_LEAST, 0.45, bench_write_single},
	{"write.latency", "us", BENCH_AT_MOST, 400, bench_write_latency},
	{"write.vs_postgres", "ratio", BENCH_AT_LEAST, 1.0, bench_write_peers},
	{"write.vs_postgres_64", "ratio", BENCH_AT_LEAST, 1.0, bench_write_peers},
	{"write.bulk", "acts/s", BENCH_AT_LEAST, 30000, bench_write_bulk},
	{"write.bulk_10m", "acts/s", BENCH_AT_LEAST, 12000, bench_write_bulk},
	{"write.bulk_vs_lmdb", "ratio", BENCH_AT_LEAST, 0.5, bench_write_bulk},
	{"write.bulk_vs_postgres", "ratio", BENCH_AT_LEAST, 0.7, bench_write_bulk},
	{"growth.write", "ratio", BENCH_AT_MOST, 2.0, bench_write_bulk},
	{"memory.private_bulk", "MiB", BENCH_AT_MOST, 512, bench_write_bulk},
	{"memory.private", "MiB", BENCH_AT_MOST, 64, bench_memory},
	{"load.base", "entities/s", BENCH_AT_LEAST, 200000, bench_load_base},
	{"import.csv", "rows/s", BENCH_AT_LEAST, 10000, bench_import},
	{"proof.bytes", "bytes", BENCH_AT_MOST, 2350, bench_proof_bytes},
	{"proof.bytes_max", "bytes", BENCH_AT_MOST, 2800, bench_proof_bytes},
	{"proof.verify", "us", BENCH_AT_MOST, 60, bench_proof_verify},
	{"growth.read", "ratio", BENCH_AT_MOST, 1.5, bench_growth_read},
	{"open.ready", "s", BENCH_AT_MOST, 1, bench_open_ready},
	{"check.rederive", "entities/s", BENCH_AT_LEAST, 500000, bench_check_rederive},
	{"snapshot.check", "s", BENCH_AT_MOST, 5, bench_snapshot_check},
};
/* clang-format on */
#define FIGURES (sizeof figures / sizeof figures[0])

/* What has been told, by figure; NULL: nothing. */
struct told {
	json_t *of[FIGURES];
	bool asked[FIGURES];
};

/* --- in the child ----------------------------------------------------------------------------- */

static FILE *told_to;

static void write_told(json_t *told)
{
	if (json_dumpf(told, told_to, JSON_COMPACT | JSON_REAL_PRECISION(6)) != 0 ||
		fflush(told_to) != 0)
		errx(1, "the result was not taken");
	json_decref(told);
}

void bench_tell(const char *figure, struct bench_spread spread, json_t *detail)
{
	json_object_set_new(detail, "min", json_real(spread.min));
	json_object_set_new(detail, "max", json_real(spread.max));
	write_told(json_pack(
		"{s:s, s:f, s:o}", "name", figure, "value", spread.median, "detail", detail));
}

void bench_missing(const char *figure, const char *reason, const char *remedy)
{
	write_told(json_pack("{s:s, s:n, s:{s:s, s:s}}", "name", figure, "value", "detail",
		"missing", reason, "remedy", remedy));
}

/* --- in the parent ---------------------------------------------------------------------------- */

static json_t *complete(const struct bench *bench, const struct bench_figure *figure, json_t *told)
{
	json_t *detail = json_object_get(told, "detail"), *value = json_object_get(told, "value");
	double seen = json_number_value(value);
	char when[32];
	time_t now = time(NULL);
	struct tm utc;

	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	if (figure->direction != BENCH_SHOWN) {
		bool at_least = figure->direction == BENCH_AT_LEAST;

		json_object_set_new(detail, "reach", json_string(at_least ? ">=" : "<="));
		json_object_set_new(detail, "reach_value", json_real(figure->reach));
		json_object_set_new(detail, "reached",
			json_boolean(json_is_number(value) &&
				     (at_least ? seen >= figure->reach : seen <= figure->reach)));
	}
	json_object_update_new(
		detail, json_pack("{s:b, s:s, s:s}", "quick", bench->scale != BENCH_FULL, "when",
				when, "machine", bench->machine));
	return json_pack("{s:s, s:O, s:s, s:O}", "name", figure->name, "value", value, "unit",
		figure->unit, "detail", detail);
}

static void say_result(const struct bench_figure *figure, json_t *told)
{
	json_t *detail = json_object_get(told, "detail"), *value = json_object_get(told, "value");

	if (!told)
		bench_say("%s could not be measured", figure->name);
	else if (!json_is_number(value))
		bench_say("%s is missing: %s; %s", figure->name,
			json_string_value(json_object_get(detail, "missing")),
			json_string_value(json_object_get(detail, "remedy")));
	else if (figure->direction == BENCH_SHOWN)
		bench_say("%s = %.4g %s", figure->name, json_number_value(value), figure->unit);
	else
		bench_say("%s = %.4g %s (%s %.4g)", figure->name, json_number_value(value),
			figure->unit,
			figure->direction == BENCH_AT_LEAST ? ">=" : "<=", figure->reach);
}

/* One JSON object after the other until the child has ended. */
static void collect(const struct bench *bench, FILE *from, struct told *told)
{
	json_t *one;

	while ((one = json_loadf(from, JSON_DISABLE_EOF_CHECK, NULL))) {
		const char *name = json_string_value(json_object_get(one, "name"));

		for (size_t i = 0; i < FIGURES; i++)
			if (name && strcmp(figures[i].name, name) == 0 && !told->of[i])
				told->of[i] = complete(bench, &figures[i], one);
		json_decref(one);
	}
}

static char *line_of(const json_t *result)
{
	char *line = json_dumps(result, JSON_COMPACT | JSON_REAL_PRECISION(6));

	if (!line)
		errx(1, "memory");
	return line;
}

/* At once: a run takes up to an hour, and what was measured stands if it is cut off. */
static void keep(const struct bench *bench, const json_t *result)
{
	char path[PATH_MAX], *line = line_of(result);

	bench_path(bench->folder, "results.jsonl", path);
	FILE *file = fopen(path, "ae");
	if (!file || fprintf(file, "%s\n", line) < 0 || fclose(file) != 0)
		err(1, "%s", path);
	free(line);
}

/* Figures first to last - 1. A child that fails has told nothing, even of what it had measured. */
static void run(const struct bench *bench, size_t first, size_t last, struct told *told)
{
	int64_t begun = bench_now();
	int ends[2], status;

	for (size_t i = first; i < last; i++)
		fprintf(stderr, "%s%s", figures[i].name, i + 1 < last ? ", " : "\n");
	fflush(NULL);
	if (pipe(ends) != 0)
		err(1, "pipe");
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		told_to = fdopen(ends[1], "w");
		figures[first].measure(bench);
		_exit(0); /* what a figure holds ends with its process: nobody looks for leaks */
	}
	close(ends[1]);
	FILE *from = fdopen(ends[0], "r");
	if (!from)
		err(1, "pipe");
	collect(bench, from, told);
	fclose(from);
	bool good = waitpid(pid, &status, 0) == pid && status == 0;
	/* What a failed one has left behind dies with it; the next must not meet it. */
	while (waitpid(-1, NULL, 0) > 0)
		;
	for (size_t i = first; i < last; i++) {
		told->asked[i] = true;
		if (!good) {
			json_decref(told->of[i]);
			told->of[i] = NULL;
		}
		if (told->of[i])
			keep(bench, told->of[i]);
		say_result(&figures[i], told->of[i]);
	}
	bench_say("%.0f s", (double)(bench_now() - begun) / 1e9);
}

/* All at the end, so that the last lines are the figures. */
static int print(const struct told *told)
{
	size_t failed = 0, missing = 0;

	for (size_t i = 0; i < FIGURES; i++) {
		failed += told->asked[i] && !told->of[i];
		if (!told->of[i])
			continue;
		missing += json_is_null(json_object_get(told->of[i], "value"));
		char *line = line_of(told->of[i]);
		printf("%s\n", line);
		free(line);
	}
	if (failed + missing > 0)
		fprintf(stderr, "%zu figures failed, %zu are missing\n", failed, missing);
	return failed > 0 ? EXIT_FAILED : missing > 0 ? EXIT_MISSING : 0;
}

/* Whether a name of figures first to last - 1 begins so. */
static bool is_asked(size_t first, size_t last, const char *only)
{
	for (size_t i = first; i < last; i++)
		if (strncmp(figures[i].name, only, strlen(only)) == 0)
			return true;
	return false;
}

static int run_all(const struct bench *bench, const char *only)
{
	static struct told told;
	bool found = false;

	for (size_t first = 0, last; first < FIGURES; first = last) {
		for (last = first + 1;
			last < FIGURES && figures[last].measure == figures[first].measure; last++)
			;
		if (!is_asked(first, last, only))
			continue;
		found = true;
		run(bench, first, last, &told);
	}
	if (!found)
		errx(EXIT_USAGE, "no figure is called %s", only);
	return print(&told);
}

static bool parse_arguments(
	int argc, char **argv, struct bench *bench, const char **ret_only, const char **ret_report)
{
	static const struct option options[] = {{"build", required_argument, NULL, 'b'},
		{"quick", no_argument, NULL, 'q'}, {"smallest", no_argument, NULL, 's'},
		{"folder", required_argument, NULL, 'f'}, {"only", required_argument, NULL, 'o'},
		{"report", required_argument, NULL, 'r'}, {0}};
	const char *build = NULL;
	int found;

	*ret_only = "";
	*ret_report = NULL;
	while ((found = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (found == 'b')
			build = optarg;
		else if (found == 'q')
			bench->scale = BENCH_QUICK;
		else if (found == 's')
			bench->scale = BENCH_SMALLEST;
		else if (found == 'f')
			snprintf(bench->folder, sizeof bench->folder, "%s", optarg);
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
	const char *only, *report;

	if (!parse_arguments(argc, argv, &bench, &only, &report))
		errx(EXIT_USAGE, "usage: bench --build FOLDER [--quick] [--only PREFIX | --report "
				 "DOCUMENT]");
	if (bench.folder[0] == '\0')
		bench_path(bench.build, "bench", bench.folder);
	bench_make_folder(bench.folder);
	if (!getcwd(bench.source, sizeof bench.source))
		err(1, "the working folder");
	if (report) {
		bench_report(&bench, figures, FIGURES, report);
		return 0;
	}
	bench_machine(&bench);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fprintf(stderr, "%s\nserver on core %d, client on core %d%s\n", bench.machine,
		bench.server_core, bench.client_core,
		bench.scale == BENCH_FULL ? "" : "; no verdict");
	return run_all(&bench, only);
}
