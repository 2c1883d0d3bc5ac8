/* SPDX-License-Identifier: Apache-2.0
 *
 * witness.c - the thread that asks the witnesses, and the question before the first signature.
 */
#include "witness.h"

#include "clock.h"
#include "log.h"
#include "witness_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDLE_MS 60000 /* a look without being woken */
#define RETRY_MS 1000 /* after a fault of our own */

struct credd_witness {
	struct credit_registry *registry;
	struct credd_witness_options options;
	struct credd_asker *asker;
	pthread_t thread;
	atomic_bool stopping;
};

/* --- the policy ------------------------------------------------------------------------------ */

static enum credit_error refuse_policy(struct credit_problem *problem, const char *why)
{
	return credit_problem_set(
		problem, CREDIT_E_CONFIG_VALUE, "witnesses.policy", NULL, "%s", why);
}

static bool is_web(const char *url)
{
	return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

static enum credit_error check_policy(const struct credit_policy *policy,
	const struct credit_named_key *log, struct credit_problem *problem)
{
	uint32_t asked = 0;

	if (!credit_policy_accepts(policy, log))
		return refuse_policy(problem, "it lists logs, and not this registry's");
	for (uint32_t i = 0; i < policy->witness_count; i++) {
		const char *url = policy->witness[i].url;

		if (url[0] == '\0')
			continue;
		asked++;
		if (!is_web(url))
			return refuse_policy(problem, "a URL begins with https:// or http://");
	}
	if (asked == 0 || asked > CREDIT_COSIGNATURES_MAX)
		return refuse_policy(problem, "1 to 16 of its witnesses have a URL");
	return CREDIT_OK;
}

enum credit_error credd_witness_policy(const char *path, const struct credit_named_key *log,
	struct credit_policy *ret_policy, struct credit_problem *problem)
{
	static uint8_t text[CREDIT_POLICY_FILE_MAX + 1]; /* read at the start, by one thread */
	int file = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t part = 1;
	enum credit_error error;

	while (file >= 0 && part > 0 && size < sizeof text) {
		part = read(file, text + size, sizeof text - size);
		if (part > 0)
			size += (size_t)part;
	}
	if (file < 0 || part < 0)
		error = credit_problem_set(problem, CREDIT_E_IO, "witnesses.policy", NULL, "%s: %s",
			path, strerror(errno));
	else
		error = CREDIT_OK;
	if (file >= 0)
		close(file);
	if (error)
		return error;
	error = credit_policy_parse((struct credit_bytes){text, size}, ret_policy, problem);
	if (error) {
		credit_problem_prefix(problem, "witnesses.policy: ");
		return error;
	}
	return check_policy(ret_policy, log, problem);
}

/* --- what was heard -------------------------------------------------------------------------- */

/* A witness that has seen more, or something else, is what a stranger would accuse us with. */
static enum credd_level level_of(enum credd_witness_outcome outcome)
{
	switch (outcome) {
	case CREDD_WITNESS_COSIGNED:
		return CREDD_INFO;
	case CREDD_WITNESS_AHEAD:
	case CREDD_WITNESS_FORK:
		return CREDD_ERROR;
	case CREDD_WITNESS_BEHIND:
	case CREDD_WITNESS_UNKNOWN_LOG:
	case CREDD_WITNESS_FORBIDDEN:
	case CREDD_WITNESS_NONSENSE:
	case CREDD_WITNESS_UNREACHABLE:
	case CREDD_WITNESS_OUTCOMES:
		return CREDD_WARN;
	}
	return CREDD_WARN;
}

/* The same outcome is told once, above the level of debugging. */
static void log_heard(const struct credd_heard *heard)
{
	struct credd_line line;

	credd_line_begin(&line, heard->changed ? level_of(heard->outcome) : CREDD_DEBUG, "witness");
	credd_line_text(&line, "witness", heard->witness->name);
	credd_line_text(&line, "outcome", credd_witness_outcome_name(heard->outcome));
	credd_line_number(&line, "publication", (int64_t)heard->publication);
	credd_line_number(&line, "leaves", (int64_t)heard->size);
	if (heard->outcome == CREDD_WITNESS_AHEAD)
		credd_line_number(&line, "theirs", (int64_t)heard->theirs);
	if (heard->detail[0] != '\0')
		credd_line_text(&line, "text", heard->detail);
	credd_line_end(&line);
}

static void log_fault(const char *event, enum credit_error error)
{
	struct credit_problem problem = {.error = error};
	struct credd_line line;

	credd_line_begin(&line, CREDD_ERROR, event);
	credd_line_problem(&line, &problem);
	credd_line_end(&line);
}

/* What was cosigned of one publication, in one commit. Returns how many were kept. */
static size_t keep_publication(struct credit_registry *registry, uint64_t publication,
	const struct credd_heard *heard, size_t count)
{
	struct credit_cosigned cosigned[CREDIT_POLICY_WITNESSES_MAX];
	size_t kept = 0;
	enum credit_error error;

	for (size_t i = 0; i < count; i++)
		if (heard[i].outcome == CREDD_WITNESS_COSIGNED &&
			heard[i].publication == publication)
			cosigned[kept++] = (struct credit_cosigned){
				&heard[i].witness->cosigner, heard[i].cosignature};
	error = credit_registry_cosign(registry, publication, cosigned, kept);
	if (!error)
		return kept;
	log_fault("cosigning-failed", error);
	return 0;
}

/* Logs and keeps. Most often all answers are about one publication. */
static size_t keep(struct credit_registry *registry, const struct credd_heard *heard, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		bool first = heard[i].outcome == CREDD_WITNESS_COSIGNED;

		log_heard(&heard[i]);
		for (size_t j = 0; j < i && first; j++)
			first = heard[j].outcome != CREDD_WITNESS_COSIGNED ||
				heard[j].publication != heard[i].publication;
		if (first)
			kept += keep_publication(registry, heard[i].publication, heard, count);
	}
	return kept;
}

/* --- before the first signature -------------------------------------------------------------- */

static enum credit_error accuse(const struct credd_heard *heard, struct credit_problem *problem)
{
	if (heard->outcome == CREDD_WITNESS_AHEAD)
		return credit_problem_set(problem, CREDIT_E_WITNESS_AHEAD, "witnesses", NULL,
			"%.60s: %llu leaves, here %llu", heard->witness->name,
			(unsigned long long)heard->theirs, (unsigned long long)heard->size);
	if (heard->outcome == CREDD_WITNESS_FORK)
		return credit_problem_set(problem, CREDIT_E_WITNESS_FORK, "witnesses", NULL,
			"%.60s: at %llu leaves", heard->witness->name,
			(unsigned long long)heard->size);
	return CREDIT_OK;
}

static enum credit_error check(struct credit_registry *registry, struct credd_asker *asker,
	const struct credd_witness_options *options, struct credit_problem *problem)
{
	struct credd_heard heard[CREDIT_POLICY_WITNESSES_MAX];
	uint32_t cosigned = 0;
	bool asked;
	enum credit_error error = credd_asker_ask(asker);

	if (error)
		return credit_problem_set(problem, error, "witnesses", NULL, NULL);
	asked = credd_asker_busy(asker) > 0;
	while (credd_asker_busy(asker) > 0) {
		size_t count = credd_asker_listen(asker, (int)options->timeout_ms, heard);

		(void)keep(registry, heard, count); /* logged */
		for (size_t i = 0; i < count; i++) {
			cosigned += heard[i].outcome == CREDD_WITNESS_COSIGNED;
			error = error ? error : accuse(&heard[i], problem);
		}
	}
	/* A registry that has published nothing has nothing to ask about. */
	if (!error && asked && cosigned < options->needed_at_start)
		error = credit_problem_set(problem, CREDIT_E_WITNESS_SILENT, "witnesses", NULL,
			"%u of %u needed", cosigned, options->needed_at_start);
	return error;
}

enum credit_error credd_witness_check(struct credit_registry *registry,
	const struct credd_witness_options *options, struct credit_problem *problem)
{
	struct credd_asker_options asking = {
		.policy = options->policy, .timeout_ms = options->timeout_ms, .ca = options->ca};
	struct credd_asker *asker;
	enum credit_error error = credd_asker_new(registry, &asking, &asker);

	if (error)
		return credit_problem_set(problem, error, "witnesses", NULL, NULL);
	error = check(registry, asker, options, problem);
	credd_asker_free(asker);
	return error;
}

/* --- the thread ------------------------------------------------------------------------------ */

static void *run(void *argument)
{
	struct credd_witness *witness = argument;
	struct credd_heard heard[CREDIT_POLICY_WITNESSES_MAX];
	sigset_t all;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	while (!atomic_load(&witness->stopping)) {
		enum credit_error error = credd_asker_ask(witness->asker);
		int wait = error ? RETRY_MS : credd_asker_due(witness->asker, IDLE_MS);
		size_t count;

		if (error)
			log_fault("witnessing-failed", error);
		count = credd_asker_listen(witness->asker, wait, heard);
		if (keep(witness->registry, heard, count) > 0)
			witness->options.cosigned(witness->options.context);
	}
	return NULL;
}

enum credit_error credd_witness_start(struct credit_registry *registry,
	const struct credd_witness_options *options, struct credd_witness **ret_witness,
	struct credit_problem *problem)
{
	struct credd_asker_options asking = {.policy = options->policy,
		.timeout_ms = options->timeout_ms,
		.ca = options->ca,
		.interval_ms = options->interval_ms};
	struct credd_witness *witness = calloc(1, sizeof *witness);
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (witness) {
		witness->registry = registry;
		witness->options = *options;
		atomic_init(&witness->stopping, false);
		error = credd_asker_new(registry, &asking, &witness->asker);
	}
	if (!error && pthread_create(&witness->thread, NULL, run, witness) != 0)
		error = CREDIT_E_NO_MEMORY;
	if (!error) {
		*ret_witness = witness;
		return CREDIT_OK;
	}
	if (witness)
		credd_asker_free(witness->asker);
	free(witness);
	return credit_problem_set(problem, error, "witnesses", NULL, NULL);
}

void credd_witness_wake(struct credd_witness *witness)
{
	if (witness)
		credd_asker_interrupt(witness->asker);
}

void credd_witness_stop(struct credd_witness *witness)
{
	if (!witness)
		return;
	atomic_store(&witness->stopping, true);
	credd_asker_interrupt(witness->asker);
	pthread_join(witness->thread, NULL);
	credd_asker_free(witness->asker);
	free(witness);
}
