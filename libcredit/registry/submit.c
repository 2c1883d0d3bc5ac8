/* SPDX-License-Identifier: Apache-2.0
 *
 * submit.c - one epoch from beginning to end.
 *
 *     checks -> decide and apply (open state transaction) -> seal -> ONE write and flush: the epoch
 *            and its head in the head file's tail -> answers
 *
 * A fault anywhere before the commit abandons the epoch: the state transaction is dropped and the
 * log's edge reloaded, and the next epoch starts by replaying from the journal what was not
 * published. That is the same path as after a crash, so it is walked often.
 */
#include "registry/internal.h"

#include <stdlib.h>
#include <string.h>

/* Where the answer to a submission is to be found once the epoch is committed. */
struct outcome {
	bool answered; /* nothing more to do: an error, or a dry run */
	uint64_t epoch;
	uint32_t filing;
};

/* --- one submission --- */

/* Has this very filing been answered before? In the journal, or earlier in this epoch. */
static enum credit_error find_first(struct credit_registry *registry,
	const struct credit_submission *submission, struct outcome *outcome, bool *ret_found)
{
	struct credit_bytes value;
	enum credit_error error = credit_write_get(registry->write, STATE_FILING,
		credit__hash_bytes(&submission->filing->digest), &value);

	*ret_found = error == CREDIT_OK;
	if (error == CREDIT_E_NOT_FOUND)
		return CREDIT_OK;
	if (error)
		return error;
	if (value.size != 12)
		return CREDIT_E_STORE_CORRUPT;
	outcome->epoch = credit_read_u64(value.data);
	outcome->filing = credit_read_u32(value.data + 8);
	return CREDIT_OK;
}

/* A request id names one filing for ever. */
static enum credit_error check_request_id(
	struct credit_registry *registry, struct credit_submission *submission)
{
	uint8_t key[CREDIT_USCC_SIZE + 16];
	struct credit_bytes digest;
	enum credit_error error;

	if (!submission->has_request_id)
		return CREDIT_OK;
	memcpy(key, submission->filing->issuer.character, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, submission->request_id, 16);
	error = credit_write_get(
		registry->write, STATE_REQUEST, (struct credit_bytes){key, sizeof key}, &digest);
	if (error == CREDIT_E_NOT_FOUND)
		return CREDIT_OK;
	if (error)
		return error;
	return credit_problem_set(
		&submission->problem, CREDIT_E_REQUEST_ID_REUSED, "request_id", NULL, "%s", "");
}

/* The key as it stands now; before the founding, the root key pinned in the configuration. */
static enum credit_error current_key(struct credit_registry *registry,
	struct credit_submission *submission, struct credit_public_key *ret_key)
{
	struct credit__eyes eyes = {.write = registry->write};
	struct credit_state_view view = credit__state_view(&eyes);
	const struct credit_filing *filing = submission->filing;
	struct credit_hash root_id;

	if (registry->epoch == 0) {
		credit_key_id(&registry->root_key, &root_id);
		if (!credit_hash_equal(&root_id, &filing->key_id))
			return credit_problem_set(&submission->problem, CREDIT_E_KEY_UNKNOWN,
				"key_id", NULL, "%s", "not the root key of the configuration");
		*ret_key = registry->root_key;
		return CREDIT_OK;
	}
	return credit_key_lookup(&view, &filing->issuer, &filing->key_id, registry->epoch + 1,
		ret_key, &submission->problem);
}

/* All that concerns the filing as a whole. Returns a refusal or a fault. */
static enum credit_error admit(struct credit_registry *registry,
	struct credit_submission *submission, credit_ms_t now, struct outcome *outcome,
	bool *ret_first)
{
	struct credit_filing *filing = submission->filing;
	struct credit_public_key key;
	bool found;
	enum credit_error error = current_key(registry, submission, &key);

	if (!error && (!filing->verified || memcmp(&filing->key, &key, sizeof key) != 0))
		error = credit_filing_verify(filing, &key, &submission->problem);
	if (!error)
		error = find_first(registry, submission, outcome, &found);
	if (error)
		return error;
	*ret_first = !found;
	/* A filing answered before is answered again however late it comes. */
	if (found)
		return CREDIT_OK;
	error = credit_filing_check(filing, registry->origin, now, &submission->problem);
	return error ? error : check_request_id(registry, submission);
}

/* Refusals end here; only faults are returned. */
static enum credit_error take(struct credit_registry *registry, struct credit__epoch *epoch,
	struct credit_submission *submission, struct outcome *outcome)
{
	bool first;
	enum credit_error error;

	submission->error = CREDIT_OK;
	submission->answer = (struct credit_bytes){0};
	submission->accepted = submission->refused = 0;
	submission->problem = (struct credit_problem){0};
	*outcome =
		(struct outcome){.epoch = epoch->number, .filing = (uint32_t)epoch->filing_count};
	error = admit(registry, submission, epoch->time, outcome, &first);
	if (error && !credit_error_is_fault(error)) {
		submission->error = submission->problem.error = error;
		outcome->answered = true;
		return CREDIT_OK;
	}
	if (error || !first)
		return error;
	outcome->answered = submission->validate_only;
	return credit__decide_filing(registry, epoch, submission);
}

/* --- the epoch --- */

static enum credit_error commit(struct credit_registry *registry, struct credit__epoch *epoch)
{
	enum credit_error error = credit__epoch_seal(registry, epoch);

	if (!error)
		error = credit__apply_mark(registry->write, "applied",
			&(struct credit__mark){.epoch = epoch->number, .time = epoch->time});
	if (!error)
		error = credit__journal_commit(registry, epoch);
	if (error)
		return error;
	registry->epoch = epoch->number;
	registry->time = epoch->time;
	/* What is pending has its head beside it, in the tail. */
	if (registry->pending.count == 0)
		error = credit__write_head(registry);
	atomic_store(&registry->acknowledged, registry->epoch);
	return error;
}

static enum credit_error run_epoch(struct credit_registry *registry,
	struct credit_submission *const *submissions, size_t count, credit_ms_t now,
	struct outcome *outcomes)
{
	struct credit__epoch epoch;
	enum credit_error error = CREDIT_OK;
	uint64_t before = registry->epoch;

	if (registry->head_behind)
		error = credit__write_head(registry);
	if (!error)
		error = credit__state_begin(registry);
	if (error)
		return error;
	credit__epoch_init(registry, &epoch, now);
	for (size_t i = 0; i < count && !error; i++)
		error = take(registry, &epoch, submissions[i], &outcomes[i]);
	if (!error && epoch.filing_count)
		error = commit(registry, &epoch);
	if (error && registry->epoch == before) {
		credit__state_drop(registry);
		if (credit__reload_log(registry) != CREDIT_OK)
			error = CREDIT_E_STORE_SUSPECT;
	}
	credit__epoch_deinit(&epoch);
	return error;
}

static void fail_all(
	struct credit_submission *const *submissions, size_t count, enum credit_error fault)
{
	for (size_t i = 0; i < count; i++) {
		submissions[i]->error = fault;
		submissions[i]->answer = (struct credit_bytes){0};
		submissions[i]->accepted = submissions[i]->refused = 0;
		credit_problem_set(&submissions[i]->problem, fault, NULL, NULL, "%s", "");
	}
}

static void answer_all(struct credit_registry *registry,
	struct credit_submission *const *submissions, const struct outcome *outcomes, size_t count)
{
	struct credit__answers answers;
	enum credit_error begun = credit__answers_begin(registry, &answers);

	for (size_t i = 0; i < count; i++) {
		enum credit_error error = begun;

		if (outcomes[i].answered)
			continue;
		if (!error)
			error = credit__answer(
				&answers, outcomes[i].epoch, outcomes[i].filing, submissions[i]);
		if (error)
			fail_all(&submissions[i], 1, error);
	}
	if (!begun)
		credit__answers_end(&answers);
}

void credit_registry_submit(struct credit_registry *registry,
	struct credit_submission *const *submissions, size_t count, credit_ms_t now)
{
	struct outcome *outcomes = calloc(count ? count : 1, sizeof *outcomes);
	enum credit_error error = outcomes ? CREDIT_OK : CREDIT_E_NO_MEMORY;

	credit_arena_reset(&registry->answers);
	if (!error && count > CREDIT_EPOCH_FILINGS_MAX)
		error = CREDIT_E_TOO_MANY;
	if (!error)
		error = run_epoch(registry, submissions, count, now, outcomes);
	/* The map filled under the epoch: the next transaction finds a larger one. */
	if (error == CREDIT_E_STORE_FULL)
		error = run_epoch(registry, submissions, count, now, outcomes);
	if (error)
		fail_all(submissions, count, error);
	else
		answer_all(registry, submissions, outcomes, count);
	free(outcomes);
}

credit_ms_t credit_registry_published_time(const struct credit_registry *registry)
{
	return registry->published_time;
}

credit_ms_t credit_registry_last_time(const struct credit_registry *registry)
{
	return registry->time.ms > registry->published_time.ms ? registry->time
							       : registry->published_time;
}
