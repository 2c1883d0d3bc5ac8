/* SPDX-License-Identifier: Apache-2.0
 *
 * incoming.c - where a load file is carried out: a copy of the state that nobody sees before it is whole.
 *
 *     state copied row by row into an empty store -> the file carried out there, committed in steps
 *             -> publication in the journal -> the copy in the place of the state
 *
 * One transaction over ten million entities would keep half a gigabyte of changed pages in memory; and of
 * steps in the state itself readers would see the half. Killed before the publication is in the journal,
 * the next opening finds the old state and carries the file out with the next publication; killed after it,
 * it replays that publication, when nobody reads.
 */
#include "registry/load.h"

static enum credit_error copy(struct credit_registry *registry, struct credit_store *target)
{
	static const struct credit__erasures none;
	struct credit__mark scrubbed = {0};
	struct credit__eyes eyes = {0};
	enum credit_error error = credit_reader_new(registry->state, &eyes.reader);

	if (error)
		return error;
	error = credit_read_begin(eyes.reader);
	if (!error) {
		error = credit__read_mark(&eyes, "scrubbed", &scrubbed);
		credit_read_end(eyes.reader);
	}
	if (!error)
		error = credit__state_copy(eyes.reader, target, scrubbed.epoch, &none);
	credit_reader_free(eyes.reader);
	return error;
}

static enum credit_error waits(struct credit_registry *registry, bool *ret_waits)
{
	enum credit_error error = credit_read_begin(registry->tiles.reader);

	if (error)
		return error;
	error = credit__loads_filed(
		registry->tiles.reader, registry->published, registry->epoch, ret_waits);
	credit_read_end(registry->tiles.reader);
	return error;
}

enum credit_error credit__incoming_begin(struct credit_registry *registry)
{
	struct credit_store *fresh;
	bool file = false;
	enum credit_error error = waits(registry, &file);

	if (error || !file)
		return error;
	/* What is not published yet is replayed into the copy. */
	credit__state_drop(registry);
	error = credit_store_renewal_begin(registry->state, &fresh);
	if (error)
		return error;
	error = copy(registry, fresh);
	if (error)
		(void)!credit_store_renewal_end(registry->state, fresh);
	else
		registry->incoming = fresh;
	return error;
}

enum credit_error credit__incoming_end(struct credit_registry *registry, enum credit_error error)
{
	struct credit_store *fresh = registry->incoming;
	enum credit_error ended;

	if (!fresh)
		return error;
	credit__state_drop(registry);
	registry->incoming = NULL;
	if (!error) {
		error = credit_store_renewal_swap(registry->state, fresh);
		fresh = NULL;
	}
	ended = credit_store_renewal_end(registry->state, fresh);
	return error ? error : ended;
}
