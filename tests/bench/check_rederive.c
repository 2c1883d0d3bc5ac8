/* SPDX-License-Identifier: Apache-2.0
 *
 * check_rederive.c - check.rederive: entities/s that fsck derives again, on one core.
 *
 * What `credctl fsck` does, in process: every leaf, root and signature from the journal, then the whole
 * state and its map from the effects, compared row by row. Signatures are counted and timed apart: as
 * many bare verifications in the same process, taken off. A run takes minutes at ten million, so there is
 * one, and least and greatest are the same.
 */
#include "tests/bench/data.h"

#include "tests/support/town.h"

#include <err.h>
#include <stdlib.h>
#include <unistd.h>

static void tell_fault(void *context, const char *what)
{
	(void)context;
	errx(1, "%s", what);
}

static double signature_seconds(const struct town *town, uint64_t count)
{
	static const uint8_t text[96] = "as long as a checkpoint";
	struct credit_bytes message = {text, sizeof text};
	struct credit_signature signature;
	int64_t begun;

	credit_sign(&town->log, message, &signature);
	begun = bench_now();
	for (uint64_t i = 0; i < count; i++)
		if (credit_verify(&town->log.public_key, message, &signature) != CREDIT_OK)
			errx(1, "a signature does not verify");
	return (double)(bench_now() - begun) / 1e9;
}

void bench_check_rederive(const struct bench *bench)
{
	struct bench_data data = bench_data_of(bench, BENCH_TEN_MILLION);
	struct credit_fsck_report report;
	struct town town;

	bench_pin(bench, BENCH_SERVER_CORE);
	town_open(&town, data.folder);
	int64_t begun = bench_now(), cpu = bench_cpu(getpid());
	enum credit_error error = credit_registry_fsck(town.registry, tell_fault, NULL, &report);
	if (error != CREDIT_OK)
		errx(1, "fsck failed: %s", credit_error_name(error));
	double seconds = (double)(bench_now() - begun) / 1e9;
	double busy = (double)(bench_cpu(getpid()) - cpu) / 1e9;
	/* One for each filing of a thousand acts, each epoch, each publication. */
	uint64_t signatures = report.acts / 1000 + report.epochs + report.publications;
	double signing = signature_seconds(&town, signatures);
	town_close(&town);
	double value = (double)data.entities / (seconds - signing);
	bench_tell("check.rederive", (struct bench_spread){value, value, value},
		json_pack("{s:I, s:O, s:f, s:f, s:f, s:I, s:I, s:I}", "entities",
			(json_int_t)data.entities, "data_set", data.build, "seconds", seconds,
			"processor_seconds", busy, "signature_seconds", signing, "signatures",
			(json_int_t)signatures, "epochs", (json_int_t)report.epochs, "publications",
			(json_int_t)report.publications));
}
