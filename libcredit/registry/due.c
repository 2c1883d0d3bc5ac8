/* SPDX-License-Identifier: Apache-2.0
 *
 * due.c - what time alone asks for: timers become system acts, through the same door as any act.
 *
 * The library reads no clock; `now` is the caller's. The system key says only that time has passed.
 */
#include "registry/internal.h"

#include "credit/v1/filing.pb-c.h"

#include <string.h>

#define DUE_ARENA_LIMIT ((size_t)4 << 20)

struct due_walk {
	credit_ms_t now;
	uint32_t limit, count;
	uint8_t keys[CREDIT_ACTS_MAX][CREDIT_TIMER_KEY_SIZE];
};

static bool asks_for_review(const uint8_t *timer_key)
{
	return timer_key[8] == CREDIT_TIMER_KEY_REVIEW;
}

static enum credit_error collect(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct due_walk *walk = context;

	(void)value;
	if (key.size != CREDIT_TIMER_KEY_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	/* It asks for many acts, and is fired alone. */
	if (walk->count > 0 && (asks_for_review(key.data) || asks_for_review(walk->keys[0])))
		return CREDIT_E_CANCELLED;
	if (walk->count == walk->limit || (int64_t)credit_read_u64(key.data) > walk->now.ms)
		return CREDIT_E_CANCELLED; /* enough */
	memcpy(walk->keys[walk->count++], key.data, key.size);
	return CREDIT_OK;
}

static enum credit_error walk_timers(struct credit_registry *registry, void *context,
	enum credit_error (*each)(
		void *context, struct credit_bytes key, struct credit_bytes value))
{
	struct credit__eyes eyes;
	struct credit_bytes none = {0};
	enum credit_error error = credit__state_begin(registry);

	if (error)
		return error;
	eyes = (struct credit__eyes){.write = registry->write};
	error = credit__eyes_scan(&eyes, STATE_TIMER, none, none, context, each);
	return error == CREDIT_E_CANCELLED ? CREDIT_OK : error;
}

/* Seals one act for each due timer. */
static enum credit_error seal_due(
	struct credit_registry *registry, const struct due_walk *walk, struct credit_sealer *sealer)
{
	enum credit_error error = CREDIT_OK;

	if (asks_for_review(walk->keys[0]))
		return credit__review_seal(registry, walk->keys[0], sealer);

	for (uint32_t i = 0; i < walk->count && !error; i++) {
		struct credit_arena arena;
		struct Credit__V1__Act *act;

		credit_arena_init(&arena, NULL, 0, DUE_ARENA_LIMIT);
		error = credit_timer_act(
			(struct credit_bytes){walk->keys[i], CREDIT_TIMER_KEY_SIZE}, &arena, &act);
		if (!error)
			error = credit_sealer_add(
				sealer, act, (struct credit_bytes){0}, NULL, NULL);
		credit_arena_deinit(&arena);
	}
	return error;
}

/* One timer's act may leave nothing for another's to say: the end of a listing's publication ends its
 * measures' terms and drops their tasks, whose timers stood in the same batch. Such a timer is gone.
 * One that the rules refuse and that stands still would come back for ever: the state is not what it
 * should be. */
static enum credit_error check_gone(struct credit_registry *registry, const struct due_walk *walk)
{
	struct credit__eyes eyes;
	struct credit_bytes value;
	enum credit_error error = credit__state_begin(registry);

	eyes = (struct credit__eyes){.write = registry->write};
	for (uint32_t i = 0; i < walk->count && !error; i++) {
		struct credit_bytes key = {walk->keys[i], CREDIT_TIMER_KEY_SIZE};

		error = credit__eyes_get(&eyes, STATE_TIMER, key, &value);
		if (error == CREDIT_OK)
			error = CREDIT_E_STATE_DIVERGED;
		else if (error == CREDIT_E_NOT_FOUND)
			error = CREDIT_OK;
	}
	return error;
}

static enum credit_error submit_due(struct credit_registry *registry, credit_ms_t now,
	const struct due_walk *walk, struct credit_sealer *sealer, uint32_t *ret_fired)
{
	struct credit_manifest_options options = {
		.origin = registry->origin,
		.issuer = registry->root_uscc,
		.created_at = now.ms > registry->time.ms ? now : registry->time,
	};
	struct credit_submission submission = {0};
	struct credit_submission *const submissions[] = {&submission};
	struct Credit__V1__Filing *filing;
	enum credit_error error =
		credit_sealer_sign(sealer, &options, &registry->system_key, &filing, NULL);

	if (!error)
		error = credit_filing_open(filing, &submission.filing, NULL);
	if (error)
		return error;
	credit_registry_submit(registry, submissions, 1, now);
	error = submission.error;
	if (!error && submission.refused)
		error = check_gone(registry, walk);
	if (!error)
		*ret_fired = submission.accepted;
	credit_filing_free(submission.filing);
	return error;
}

enum credit_error credit_registry_fire_due(
	struct credit_registry *registry, credit_ms_t now, uint32_t limit, uint32_t *ret_fired)
{
	struct due_walk walk = {
		.now = now, .limit = limit < CREDIT_ACTS_MAX ? limit : CREDIT_ACTS_MAX};
	struct credit_sealer *sealer = NULL;
	enum credit_error error = walk_timers(registry, &walk, collect);

	if (error)
		return error;
	if (walk.count == 0) {
		*ret_fired = 0;
		return CREDIT_OK;
	}
	error = credit_sealer_new(&sealer);
	if (!error)
		error = seal_due(registry, &walk, sealer);
	if (!error)
		error = submit_due(registry, now, &walk, sealer, ret_fired);
	credit_sealer_free(sealer);
	return error;
}

static enum credit_error first_due(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	credit_ms_t *due = context;

	(void)value;
	if (key.size != CREDIT_TIMER_KEY_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	due->ms = (int64_t)credit_read_u64(key.data);
	return CREDIT_E_CANCELLED; /* enough */
}

credit_ms_t credit_registry_published_due(struct credit_registry *registry)
{
	credit_ms_t due = {INT64_MIN};
	struct credit__eyes eyes = {0};
	struct credit_bytes none = {0};
	enum credit_error error = credit_reader_new(registry->state, &eyes.reader);

	if (!error)
		error = credit_read_begin(eyes.reader);
	if (!error)
		error = credit__eyes_scan(&eyes, STATE_TIMER, none, none, &due, first_due);
	credit_reader_free(eyes.reader);
	if (error == CREDIT_OK)
		due.ms = INT64_MAX; /* there is no timer */
	return due;
}

credit_ms_t credit_registry_next_due(struct credit_registry *registry)
{
	credit_ms_t due = {INT64_MAX};

	/* A state that cannot be read is reported by whoever writes next. */
	if (walk_timers(registry, &due, first_due) != CREDIT_OK)
		due.ms = INT64_MAX;
	return due;
}
