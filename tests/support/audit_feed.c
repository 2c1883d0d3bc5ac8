/* SPDX-License-Identifier: Apache-2.0
 *
 * audit_feed.c - feeds an auditor's replica from a registry in the same process.
 */
#include "tests/support/audit_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(enum credit_error error, const char *what)
{
	if (error == CREDIT_OK)
		return;
	fprintf(stderr, "audit_feed: %s: %s\n", what, credit_error_name(error));
	abort();
}

static void found(void *context, const struct credit_finding *finding)
{
	struct audit_feed *feed = context;

	if (feed->finding_count == FEED_FINDINGS_MAX)
		return;
	feed->findings[feed->finding_count++] = *finding;
}

static void published(void *context, uint64_t number, bool honest, struct credit_bytes checkpoint)
{
	struct audit_feed *feed = context;

	(void)number;
	if (checkpoint.size == 0)
		abort();
	feed->publications++;
	feed->honest += honest;
}

void audit_feed_open(
	struct audit_feed *feed, const char *folder, const struct credit_named_key *log_key)
{
	struct credit_audit_options options = {
		.folder = folder,
		.log_key = *log_key,
		.finding = found,
		.publication = published,
		.context = feed,
	};
	struct credit_problem problem;

	must(credit_audit_open(&options, &feed->audit, &problem), "open");
}

void audit_feed_close(struct audit_feed *feed)
{
	credit_audit_close(feed->audit);
	feed->audit = NULL;
}

/* The next whole part, on the heap. */
static enum credit_error whole_part(struct credit_view *view, struct credit_delta_cursor *cursor,
	size_t limit, struct credit_delta_piece *ret_piece, uint8_t **ret_memory)
{
	uint8_t *memory = NULL;
	size_t size = 0;
	enum credit_error error;

	do {
		error = credit_view_delta_next(view, cursor, limit, ret_piece);
		if (error)
			break;
		memory = realloc(memory, size + ret_piece->bytes.size + 1);
		memcpy(memory + size, ret_piece->bytes.data, ret_piece->bytes.size);
		size += ret_piece->bytes.size;
	} while (ret_piece->more);
	ret_piece->bytes = (struct credit_bytes){memory, size};
	*ret_memory = memory;
	return error;
}

static enum credit_error take_one(struct audit_feed *feed, struct credit_view *view,
	struct credit_delta_cursor *cursor, size_t limit)
{
	enum credit_delta_part part = CREDIT_DELTA_EPOCH;
	enum credit_error error = CREDIT_OK;

	while (!error && part != CREDIT_DELTA_PUBLICATION) {
		struct credit_delta_piece piece;
		struct credit_bytes shown;
		uint8_t *memory = NULL;

		error = whole_part(view, cursor, limit, &piece, &memory);
		part = piece.part;
		shown = piece.bytes;
		if (!error && feed->tamper)
			feed->tamper(feed->context, part, &shown, &piece.leaf);
		if (!error)
			error = credit_audit_take(feed->audit, part, shown, &piece.leaf);
		if (shown.data != piece.bytes.data)
			free((void *)(uintptr_t)shown.data);
		free(memory);
	}
	return error ? error : credit_audit_commit(feed->audit);
}

enum credit_error audit_feed_run(struct audit_feed *feed, struct credit_registry *registry,
	uint64_t publications, size_t limit)
{
	struct credit_audit_place place;
	struct credit_delta_cursor cursor;
	struct credit_problem problem;
	struct credit_view *view;
	enum credit_error error;

	credit_audit_place(feed->audit, &place);
	must(credit_view_new(registry, &view), "view");
	must(credit_view_begin(view), "begin");
	error = credit_view_delta_begin(
		view, place.publication + 1, (credit_ms_t){0}, &cursor, &problem);
	for (uint64_t i = 0; !error && (publications == 0 || i < publications); i++)
		error = take_one(feed, view, &cursor, limit);
	credit_view_end(view);
	credit_view_free(view);
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

size_t audit_feed_found(const struct audit_feed *feed, enum credit_error error)
{
	size_t count = 0;

	for (size_t i = 0; i < feed->finding_count; i++)
		count += feed->findings[i].problem.error == error;
	return count;
}
