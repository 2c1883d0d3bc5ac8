/* SPDX-License-Identifier: Apache-2.0
 *
 * prune.c - takes old bundles of entries out of the published folder, by the policy that it publishes.
 *
 * Sealed leaves say nothing, but their times and numbers do not need to be handed out for ever. Hash tiles
 * stay, so that every proof can be made still. The note goes first: whoever misses a bundle can read why.
 *
 * Source: C2SP tlog-tiles, "Pruning" (minimum index).
 */
#include "registry/exporter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NOTE "pruning"
#define NOTE_MAX 1024
#define HOUR_MS 3600000
#define FIRST_LINE "credit-pruning/v1"

/* --- the note --------------------------------------------------------------------------------- */

/* Four lines: what it is, whose, from which leaf on bundles are there, how long they are kept. */
static enum credit_error write_note(
	struct credit_exporter *exporter, uint64_t minimum, int64_t kept_ms)
{
	const struct credit_registry *registry = exporter->registry;
	char text[NOTE_MAX / 2];
	uint8_t memory[NOTE_MAX];
	struct credit_buffer note;
	struct credit_bytes bytes;
	enum credit_error error;

	snprintf(text, sizeof text,
		FIRST_LINE "\n%s\nminimum-index %" PRIu64 "\nkept-hours %" PRId64 "\n",
		registry->origin, minimum, kept_ms / HOUR_MS);
	credit_buffer_init(&note, memory, sizeof memory);
	error = credit_note_sign(
		credit_bytes_of(text), &registry->log_name, &registry->log_key, &note);
	if (!error)
		error = credit_buffer_done(&note, &bytes);
	return error ? error : credit__folder_replace(&exporter->folder, NOTE, bytes);
}

static enum credit_error parse_note(struct credit_exporter *exporter, struct credit_bytes text)
{
	char copy[NOTE_MAX + 1], start[CREDIT_KEY_NAME_MAX + 64];
	uint64_t minimum;
	int64_t hours;
	int length = snprintf(start, sizeof start, FIRST_LINE "\n%s\n", exporter->registry->origin);

	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	if (strncmp(copy, start, (size_t)length) != 0 ||
		sscanf(copy + length, "minimum-index %" SCNu64 "\nkept-hours %" SCNd64 "\n",
			&minimum, &hours) != 2)
		return CREDIT_E_FOLDER_NOT_OURS;
	exporter->minimum = minimum;
	exporter->kept_ms = hours * HOUR_MS;
	return CREDIT_OK;
}

/* What an earlier process has pruned; without a note nothing was. */
static enum credit_error read_note(struct credit_exporter *exporter)
{
	uint8_t memory[NOTE_MAX];
	struct credit_bytes note, text;
	enum credit_error error =
		credit__folder_read(&exporter->folder, NOTE, memory, sizeof memory, &note);

	if (error == CREDIT_E_NOT_FOUND)
		return CREDIT_OK;
	if (!error)
		error = credit_note_open(note, &exporter->registry->log_name, &text);
	if (!error)
		error = parse_note(exporter, text);
	return error ? credit_problem_set(exporter->folder.problem, CREDIT_E_FOLDER_NOT_OURS,
			       "folder", NULL, NOTE)
		     : error;
}

/* --- what may go ------------------------------------------------------------------------------ */

/* The size of the last published tree before an instant, down to whole bundles and within the folder. */
static enum credit_error find_minimum(
	struct credit_exporter *exporter, credit_ms_t before, uint64_t *ret_minimum)
{
	struct credit__eyes eyes = {.reader = exporter->state};
	uint64_t low = 0, size = 0;
	struct credit__mark mark;
	enum credit_error error = credit__read_mark(&eyes, "publication", &mark);

	while (!error && low < mark.publication) {
		uint64_t middle = mark.publication - (mark.publication - low) / 2;
		Credit__V1__Publication *publication;

		error = credit__exporter_publication(
			exporter, middle, &exporter->arena, &publication);
		if (!error && publication->time < before.ms) {
			low = middle;
			size = publication->tree_size;
		} else {
			mark.publication = middle - 1;
		}
	}
	if (size > exporter->size)
		size = exporter->size;
	*ret_minimum = size - size % CREDIT_TILE_WIDTH;
	return error;
}

static enum credit_error choose_minimum(
	struct credit_exporter *exporter, credit_ms_t before, uint64_t *ret_minimum)
{
	enum credit_error error = credit_read_begin(exporter->state);

	if (error)
		return error;
	error = credit_read_begin(exporter->journal.reader);
	if (!error) {
		error = find_minimum(exporter, before, ret_minimum);
		credit_read_end(exporter->journal.reader);
	}
	credit_read_end(exporter->state);
	return error;
}

static enum credit_error remove_bundles(
	struct credit_exporter *exporter, uint64_t from, uint64_t to)
{
	enum credit_error error = CREDIT_OK;

	for (uint64_t leaf = from; leaf < to && !error; leaf += CREDIT_TILE_WIDTH) {
		struct credit_tile_place place = {.entries = true,
			.index = leaf / CREDIT_TILE_WIDTH,
			.width = CREDIT_TILE_WIDTH};
		char path[CREDIT_TILE_PATH_SIZE];

		error = credit__folder_unlink(&exporter->folder, credit_tile_path(&place, path));
	}
	return error;
}

static enum credit_error prune(struct credit_exporter *exporter, credit_ms_t now, int64_t kept_ms)
{
	uint64_t from = exporter->minimum, minimum;
	enum credit_error error = CREDIT_OK;

	if (!exporter->minimum_known) {
		error = read_note(exporter);
		from = 0; /* a process that ended may have left some */
	}
	if (error)
		return error;
	exporter->minimum_known = true;
	error = choose_minimum(exporter, (credit_ms_t){now.ms - kept_ms}, &minimum);
	if (error)
		return error;
	if (minimum < exporter->minimum)
		minimum = exporter->minimum;
	/* docs/spec/log.md: "The note is there before a bundle is gone" */
	if (minimum > exporter->minimum || kept_ms / HOUR_MS != exporter->kept_ms / HOUR_MS)
		error = write_note(exporter, minimum, kept_ms);
	if (error)
		return error;
	exporter->minimum = minimum;
	exporter->kept_ms = kept_ms;
	return remove_bundles(exporter, from, minimum);
}

enum credit_error credit_exporter_prune(struct credit_exporter *exporter, credit_ms_t now,
	int64_t kept_ms, struct credit_problem *problem)
{
	struct credit_problem unsaid = {0};
	enum credit_error error;

	exporter->folder.problem = &unsaid;
	error = prune(exporter, now, kept_ms);
	exporter->folder.problem = NULL;
	/* What was not taken away is looked at again. */
	if (error)
		exporter->minimum_known = false;
	if (error && unsaid.error != error)
		credit_problem_set(&unsaid, error, NULL, NULL, NULL);
	if (error && problem)
		*problem = unsaid;
	return error;
}
