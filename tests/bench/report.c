/* SPDX-License-Identifier: Apache-2.0
 *
 * report.c - the table of docs/PERFORMANCE.md, made from results.jsonl.
 *
 * Only what stands between the two marks is replaced; the words around it are people's.
 */
#include "tests/bench/bench.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char begin_mark[] = "<!-- figures: written by `make bench-report` -->\n";
static const char end_mark[] = "<!-- end of figures -->\n";

static json_t *detail_of(json_t *result, const char *name)
{
	return json_object_get(json_object_get(result, "detail"), name);
}

static bool is_measured(json_t *result)
{
	return json_is_number(json_object_get(result, "value"));
}

/* The last one of that name, but no quick one in place of a full one, and none that is missing in place of
 * one that was measured. NULL: never tried. */
static json_t *newest(json_t *results, const char *name)
{
	json_t *result, *found = NULL;
	size_t at;

	json_array_foreach(results, at, result)
	{
		const char *its = json_string_value(json_object_get(result, "name"));

		if (!its || strcmp(its, name) != 0)
			continue;
		bool no_less = is_measured(result) || !found || !is_measured(found);
		bool no_quicker = !found || json_is_false(detail_of(result, "quick")) ||
				  json_is_true(detail_of(found, "quick"));
		if (no_less && (no_quicker || !is_measured(found)))
			found = result;
	}
	return found;
}

static json_t *load_results(const struct bench *bench)
{
	json_t *results = json_array(), *result;
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%.*s/results.jsonl", PATH_MAX - 32, bench->folder);
	FILE *file = fopen(path, "re");
	if (!file || !results)
		err(1, "%s", path);
	while ((result = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL)))
		json_array_append_new(results, result);
	fclose(file);
	return results;
}

/* Three digits that count, and no exponent. */
static const char *digits(double value, char text[32])
{
	if (value >= 1000)
		snprintf(text, 32, "%.0f", value);
	else
		snprintf(text, 32, "%.3g", value);
	return text;
}

static void write_row(FILE *out, const struct bench_figure *figure, json_t *result)
{
	json_int_t entities = json_integer_value(detail_of(result, "entities"));
	char value[32], least[32], greatest[32], reach[32];

	if (!is_measured(result)) {
		fprintf(out, "| %s | missing: %s; %s | | | | |\n", figure->name,
			json_string_value(detail_of(result, "missing")),
			json_string_value(detail_of(result, "remedy")));
		return;
	}
	fprintf(out, "| %s | %s %s | %s to %s | ", figure->name,
		digits(json_number_value(json_object_get(result, "value")), value), figure->unit,
		digits(json_number_value(detail_of(result, "min")), least),
		digits(json_number_value(detail_of(result, "max")), greatest));
	if (figure->direction == BENCH_SHOWN)
		fprintf(out, "shown | | ");
	else
		fprintf(out, "%s %s | %s | ", figure->direction == BENCH_AT_LEAST ? ">=" : "<=",
			digits(figure->reach, reach),
			json_is_true(detail_of(result, "reached")) ? "yes" : "no");
	fprintf(out, "%s, ", json_is_true(detail_of(result, "quick")) ? "quick" : "full");
	if (entities)
		fprintf(out, "%lld entities, ", (long long)entities);
	fprintf(out, "%.10s |\n", json_string_value(detail_of(result, "when")));
}

/* The machine stands above each run of rows that were measured on it. */
static void write_tables(
	FILE *out, json_t *results, const struct bench_figure *figures, size_t count)
{
	const char *last = NULL;

	for (size_t i = 0; i < count; i++) {
		json_t *result = newest(results, figures[i].name);
		const char *machine = json_string_value(detail_of(result, "machine"));

		if (!machine)
			continue;
		if (!last || strcmp(machine, last) != 0)
			fprintf(out,
				"\n%s:\n\n"
				"| figure | median | least to greatest | to reach | reached | run "
				"|\n"
				"|---|---|---|---|---|---|\n",
				machine);
		write_row(out, &figures[i], result);
		last = machine;
	}
	fprintf(out, "\n");
}

void bench_report(const struct bench *bench, const struct bench_figure *figures, size_t count,
	const char *document)
{
	json_t *results = load_results(bench);
	FILE *file = fopen(document, "r+e");
	char *text = NULL;
	size_t size = 0;

	if (!file || getdelim(&text, &size, '\0', file) < 0)
		err(1, "%s", document);
	char *begin = strstr(text, begin_mark), *end = begin ? strstr(begin, end_mark) : NULL;
	if (!end)
		errx(1, "%s has no lines %s and %s", document, begin_mark, end_mark);
	rewind(file);
	fwrite(text, 1, (size_t)(begin - text) + sizeof begin_mark - 1, file);
	write_tables(file, results, figures, count);
	fputs(end, file);
	if (fflush(file) != 0 || ftruncate(fileno(file), ftell(file)) != 0 || fclose(file) != 0)
		err(1, "%s", document);
	json_decref(results);
	free(text);
}
