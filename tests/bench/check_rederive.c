/* SPDX-License-Identifier: Apache-2.0
 *
 * check_rederive.c - check.rederive: entities/s that fsck derives again, on one core.
 *
 * What `credctl fsck` does, in process. The figure is the derivation: what the state must be from every
 * effect of the journal, compared with every row that it has; from each status its leaf of the map; all
 * tiles and the root, compared with the one in the log. Beside it stand the seconds of each phase: reading
 * the pages, deriving the log (commitments, leaves, tiles, roots), verifying the signatures. A run takes a
 * minute at ten million, so there is one, and least and greatest are the same.
 */
#include "tests/bench/data.h"

#include "tests/support/town.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PHASES (CREDIT_FSCK_PUBLICATIONS + 1)

/* When each phase was heard of last: it ended then. */
struct stopwatch {
	int64_t ended[PHASES];
};

static void tell_fault(void *context, const struct credit_fault *fault)
{
	(void)context;
	errx(1, "%s at %s", fault->what[CREDIT_LANG_EN], fault->place);
}

static void note_progress(
	void *context, enum credit_fsck_phase phase, uint64_t done, uint64_t total)
{
	struct stopwatch *watch = context;

	(void)done;
	(void)total;
	watch->ended[phase] = bench_now();
}

static double seconds(int64_t from, int64_t to)
{
	return (double)(to - from) / 1e9;
}

void bench_check_rederive(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	struct stopwatch watch = {0};
	struct credit_fsck_options options = {
		.fault = tell_fault, .progress = note_progress, .context = &watch, .threads = 1};
	struct credit_fsck_report report = {0};
	char path[PATH_MAX];
	struct town town;
	enum credit_error error;

	bench_pin(bench, BENCH_SERVER_CORE);
	snprintf(path, sizeof path, "%.*s", PATH_MAX - 1, data.folder);
	int64_t begun = bench_now(), cpu = bench_cpu(getpid());
	error = credit_fsck_files(path, &options, &report);
	town_open(&town, data.folder);
	int64_t opened = bench_now();
	if (error == CREDIT_OK)
		error = credit_registry_fsck(town.registry, &options, &report);
	if (error != CREDIT_OK)
		errx(1, "fsck failed: %s", credit_error_name(error));
	int64_t ended = watch.ended[CREDIT_FSCK_MAP];
	double busy = (double)(bench_cpu(getpid()) - cpu) / 1e9;
	town_close(&town);
	const int64_t *at = watch.ended;
	double value = (double)data.entities / seconds(at[CREDIT_FSCK_SIGNATURES], ended);
	bench_tell("check.rederive", (struct bench_spread){value, value, value},
		json_pack("{s:I, s:O, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I}",
			"entities", (json_int_t)data.entities, "data_set", data.build, "seconds",
			seconds(begun, ended), "processor_seconds", busy, "pages_seconds",
			seconds(begun, at[CREDIT_FSCK_PAGES]), "log_seconds",
			seconds(opened, at[CREDIT_FSCK_JOURNAL]), "signature_seconds",
			seconds(at[CREDIT_FSCK_JOURNAL], at[CREDIT_FSCK_SIGNATURES]),
			"effects_seconds",
			seconds(at[CREDIT_FSCK_SIGNATURES], at[CREDIT_FSCK_EFFECTS]),
			"state_seconds", seconds(at[CREDIT_FSCK_EFFECTS], at[CREDIT_FSCK_STATE]),
			"map_seconds", seconds(at[CREDIT_FSCK_STATE], ended), "signatures",
			(json_int_t)report.signatures, "rows", (json_int_t)report.rows, "epochs",
			(json_int_t)report.epochs, "publications",
			(json_int_t)report.publications));
}
