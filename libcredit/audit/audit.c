/* SPDX-License-Identifier: Apache-2.0
 *
 * audit.c - a delta as it comes in: its parts in order, its epochs, and what is told of them.
 */
#include "audit/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_ARENA_LIMIT ((size_t)512 << 20)
/* One row with a rule book and its attachment. */
#define ROW_ARENA_LIMIT ((size_t)16 * CREDIT_RULE_BOOK_MAX)

/* --- what is told --- */

void credit__audit_tell(struct credit_audit *audit, enum credit_error what, const uint32_t *row,
	const char *detail, ...)
{
	struct credit_finding finding = {
		.publication = audit->place.publication + 1,
		.epoch = audit->epoch ? audit->epoch->number : 0,
		.has_row = row != NULL,
	};
	char text[CREDIT_DETAIL_MAX];
	va_list arguments;

	if (row) {
		finding.row = *row;
		finding.leaf = audit->epoch->first_leaf + *row;
	}
	va_start(arguments, detail);
	vsnprintf(text, sizeof text, detail, arguments);
	va_end(arguments);
	credit_problem_set(&finding.problem, what, NULL, NULL, "%s", text);
	audit->lied = true;
	audit->options.finding(audit->options.context, &finding);
}

bool credit__audit_hash_is(ProtobufCBinaryData data, const struct credit_hash *hash)
{
	return data.len == CREDIT_HASH_SIZE && memcmp(data.data, hash->byte, data.len) == 0;
}

enum credit_error credit__audit_decode(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, struct credit_arena *arena, ProtobufCMessage **ret_message)
{
	enum credit_error error = credit_decode(type, bytes, arena, ret_message, NULL);

	return error && error != CREDIT_E_NO_MEMORY ? CREDIT_E_DELTA_ORDER : error;
}

bool credit__audit_spoilt(const struct credit_audit *audit, enum credit_error error)
{
	return error == CREDIT_E_STORE_CORRUPT && (audit->lied || audit->place.lied);
}

/* --- opening --- */

static enum credit_error no_memory(struct credit_problem *problem)
{
	return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
}

enum credit_error credit_audit_open(const struct credit_audit_options *options,
	struct credit_audit **ret_audit, struct credit_problem *problem)
{
	struct credit_audit *audit = calloc(1, sizeof *audit);
	enum credit_error error = credit_crypto_init();

	if (!audit)
		return no_memory(problem);
	audit->options = *options;
	audit->folder = strdup(options->folder);
	credit_arena_init(&audit->epoch_arena, NULL, 0, EPOCH_ARENA_LIMIT);
	credit_arena_init(&audit->row_arena, NULL, 0, ROW_ARENA_LIMIT);
	credit_arena_init(&audit->seen, NULL, 0, (size_t)2 * CREDIT_NOTE_MAX);
	if (!audit->folder)
		error = no_memory(problem);
	if (!error)
		error = credit__replica_open(audit, problem);
	if (error) {
		credit_audit_close(audit);
		return error;
	}
	*ret_audit = audit;
	return CREDIT_OK;
}

void credit_audit_close(struct credit_audit *audit)
{
	if (!audit)
		return;
	credit__audit_load_reset(audit);
	credit__replica_close(audit);
	credit_rule_book_free(audit->book.book);
	credit_arena_deinit(&audit->epoch_arena);
	credit_arena_deinit(&audit->row_arena);
	credit_arena_deinit(&audit->seen);
	free(audit->folder);
	free(audit);
}

void credit_audit_place(const struct credit_audit *audit, struct credit_audit_place *ret_place)
{
	*ret_place = audit->place;
}

enum credit_error credit_audit_commit(struct credit_audit *audit)
{
	if (audit->epoch || audit->epoch_taken != audit->place.epoch)
		return CREDIT_E_INTERNAL; /* a publication is whole or not there */
	return audit->write ? credit__replica_commit(audit) : CREDIT_OK;
}

/* --- epochs --- */

/* Numbers go up by one, time never goes back, leaves follow each other. */
static bool goes_on(const struct credit_audit *audit, const Credit__V1__Epoch *epoch)
{
	struct credit_tree_head head;

	credit_log_head(audit->log, &head);
	return epoch->number == audit->epoch_taken + 1 && epoch->time >= audit->epoch_time.ms &&
	       epoch->first_leaf == head.size && epoch->tree_size == head.size + epoch->rows;
}

static enum credit_error end_epoch(struct credit_audit *audit)
{
	Credit__V1__Epoch *epoch = audit->epoch;
	enum credit_error error = CREDIT_OK;

	/* Filings without rows stand between and behind those that have some. */
	while (!error && (audit->filing.line || audit->next_filing < epoch->n_filings)) {
		if (audit->filing.line)
			error = credit__audit_filing_end(audit);
		else
			error = credit__audit_filing_begin(
				audit, epoch->filings[audit->next_filing++]);
	}
	if (error)
		return error;
	credit__audit_head(audit, epoch->checkpoint, epoch->tree_size, epoch->root);
	audit->epoch_taken = epoch->number;
	audit->epoch_time.ms = epoch->time;
	error = credit__apply_mark(audit->write, "applied",
		&(struct credit__mark){.epoch = epoch->number, .time = audit->epoch_time});
	audit->epoch = NULL;
	return error;
}

static enum credit_error take_epoch(struct credit_audit *audit, struct credit_bytes bytes)
{
	ProtobufCMessage *message;
	enum credit_error error;

	if (audit->epoch || audit->attachment.size)
		return CREDIT_E_DELTA_ORDER;
	credit_arena_reset(&audit->epoch_arena);
	error = credit__audit_decode(
		&credit__v1__epoch__descriptor, bytes, &audit->epoch_arena, &message);
	if (error)
		return error;
	audit->epoch = (Credit__V1__Epoch *)(void *)message;
	audit->next_row = audit->next_filing = 0;
	if (!goes_on(audit, audit->epoch))
		return CREDIT_E_DELTA_ORDER;
	return audit->epoch->rows == 0 ? end_epoch(audit) : CREDIT_OK;
}

static enum credit_error take_row(
	struct credit_audit *audit, struct credit_bytes bytes, const struct credit_hash *leaf)
{
	enum credit_error error;

	if (!audit->epoch)
		return CREDIT_E_DELTA_ORDER;
	if (audit->load.open && !audit->load.filed)
		audit->load.filed = true; /* it belongs to this row and no other */
	error = credit__audit_row(audit, bytes, leaf);
	audit->attachment = (struct credit_bytes){0};
	credit_arena_reset(&audit->row_arena);
	audit->next_row++;
	if (!error && audit->next_row == audit->epoch->rows)
		error = end_epoch(audit);
	return error;
}

static enum credit_error take_attachment(struct credit_audit *audit, struct credit_bytes bytes)
{
	uint8_t *copy;

	if (!audit->epoch || audit->attachment.size)
		return CREDIT_E_DELTA_ORDER;
	copy = credit_arena_copy(&audit->row_arena, bytes.data, bytes.size);
	if (!copy)
		return CREDIT_E_NO_MEMORY;
	audit->attachment = (struct credit_bytes){copy, bytes.size};
	return CREDIT_OK;
}

/* --- parts --- */

enum credit_error credit_audit_take(struct credit_audit *audit, enum credit_delta_part part,
	struct credit_bytes bytes, const struct credit_hash *leaf)
{
	enum credit_error error = credit__replica_begin(audit);

	if (error)
		return error;
	switch (part) {
	case CREDIT_DELTA_EPOCH:
		return take_epoch(audit, bytes);
	case CREDIT_DELTA_ATTACHMENT:
		return take_attachment(audit, bytes);
	case CREDIT_DELTA_LOAD:
		if (!audit->epoch || audit->load.filed)
			return CREDIT_E_DELTA_ORDER;
		return credit__audit_load_take(audit, bytes);
	case CREDIT_DELTA_ROW:
		return take_row(audit, bytes, leaf);
	case CREDIT_DELTA_PUBLICATION:
		if (audit->epoch)
			return CREDIT_E_DELTA_ORDER;
		return credit__audit_publication(audit, bytes);
	}
	return CREDIT_E_DELTA_ORDER;
}
