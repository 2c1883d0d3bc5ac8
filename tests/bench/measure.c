/* SPDX-License-Identifier: Apache-2.0
 *
 * measure.c - time and medians.
 */
#include "tests/bench/bench.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t clock_of(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t bench_now(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

int64_t bench_thread_cpu(void)
{
	return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

unsigned bench_scaled(const struct bench *bench, unsigned full, unsigned quick)
{
	return bench->scale == BENCH_FULL ? full : bench->scale == BENCH_QUICK ? quick : quick / 10;
}

void bench_sleep(unsigned milliseconds)
{
	const struct timespec pause = {
		.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

void bench_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("  ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct bench_spread bench_spread_of(const double *values, size_t count)
{
	double *sorted = malloc(count * sizeof *sorted);
	struct bench_spread spread;

	if (!sorted || count == 0)
		errx(1, "nothing was measured");
	memcpy(sorted, values, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, compare);
	spread = (struct bench_spread){
		.median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2,
		.min = sorted[0],
		.max = sorted[count - 1],
	};
	free(sorted);
	return spread;
}

/* Four digits are more than the noise leaves. */
static json_t *rounded(double value)
{
	char text[32];

	snprintf(text, sizeof text, "%.4g", value);
	return json_real(strtod(text, NULL));
}

json_t *bench_spread_json(struct bench_spread spread)
{
	return json_pack("{s:o, s:o, s:o}", "median", rounded(spread.median), "min",
		rounded(spread.min), "max", rounded(spread.max));
}

json_t *bench_runs_json(const double values[BENCH_PAIRS])
{
	return bench_spread_json(bench_spread_of(values, BENCH_PAIRS));
}

struct bench_spread bench_ratio(const struct bench_pairs *pairs)
{
	double ratio[BENCH_PAIRS];

	for (size_t i = 0; i < BENCH_PAIRS; i++)
		ratio[i] = pairs->ours[i] / pairs->peer[i];
	return bench_spread_of(ratio, BENCH_PAIRS);
}

struct bench_spread bench_difference(const struct bench_pairs *pairs)
{
	double difference[BENCH_PAIRS];

	for (size_t i = 0; i < BENCH_PAIRS; i++)
		difference[i] = pairs->ours[i] - pairs->peer[i];
	return bench_spread_of(difference, BENCH_PAIRS);
}

json_t *bench_pairs_json(
	const struct bench_pairs *pairs, const char *name, struct bench_spread compared)
{
	return json_pack("{s:o, s:o, s:o}", "ours", bench_runs_json(pairs->ours), "peer",
		bench_runs_json(pairs->peer), name, bench_spread_json(compared));
}
