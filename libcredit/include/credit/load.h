/* SPDX-License-Identifier: Apache-2.0
 *
 * load.h - load files: a base register's entities in one file, filed by one act.
 *
 * A load file is the line "credit load 1", then a row for each entity, ascending by code:
 *
 *     code (18) || length of the name (2, big-endian) || name (UTF-8)
 *
 * Its digest, the SHA-256 of the whole file, is what the act names (BaseRegisterLoad). A file travels
 * in pieces of whole rows. Each row is held to the rules that an enrolment by an act of its own is
 * held to; codes that only evidence could enrol are not for load files.
 *
 * Threads: pure functions; a writer belongs to one thread.
 *
 * Source: docs/spec/load.md.
 */
#ifndef CREDIT_LOAD_H
#define CREDIT_LOAD_H

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/uscc.h>

#define CREDIT_LOAD_HEAD "credit load 1\n"
#define CREDIT_LOAD_HEAD_SIZE 14
#define CREDIT_LOAD_NAME_MAX 800 /* bytes: 200 characters */
#define CREDIT_LOAD_ROW_MAX (CREDIT_USCC_SIZE + 2 + CREDIT_LOAD_NAME_MAX)
#define CREDIT_LOAD_PIECE_MAX 1048576     /* bytes handed over at a time */
#define CREDIT_LOAD_ENTITIES_MAX 20000000 /* as act.proto says */
#define CREDIT_LOAD_SIZE_MAX ((uint64_t)4 << 30)

struct credit_load_row {
	struct credit_uscc uscc;
	struct credit_bytes name; /* a view */
};

/* Takes one row off. CREDIT_E_NOT_FOUND at the end, CREDIT_E_MALFORMED for a row that is cut off. */
CREDIT_API enum credit_error credit_load_row_next(
	struct credit_bytes *rows, struct credit_load_row *ret_row) CREDIT_MUST_CHECK;
CREDIT_API void credit_load_row_put(
	const struct credit_load_row *row, struct credit_buffer *buffer);

/* The code passes every test without evidence, and the name obeys the rule that an enrolment's obeys;
 * problem->field is "uscc" or "name". */
CREDIT_API enum credit_error credit_load_row_check(
	const struct credit_load_row *row, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* A piece's rows, each checked, ascending. problem->field is like "rows[7].name".
 * CREDIT_E_LOAD_ORDER, CREDIT_E_MALFORMED, or what a row's check says. */
struct credit_load_piece {
	uint32_t entities;
	struct credit_uscc first, last; /* of none, not set */
};
CREDIT_API enum credit_error credit_load_piece_check(struct credit_bytes rows,
	struct credit_load_piece *ret_piece, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
