/* SPDX-License-Identifier: Apache-2.0
 *
 * penalty.h - the 双公示 penalty format: rows of a CSV file into administrative penalties.
 *
 * One table (penalty.c) has a row for each column of the format: its CF_ code, its Chinese headings, the
 * field of AdministrativePenalty that it fills, and how. Columns about persons (legal representative,
 * identity documents) are known, so that they can be left out; rows about persons are refused.
 *
 * Source: the column list of the 双公示 penalty format; limits of the fields are act.proto's.
 */
#ifndef CREDCTL_PENALTY_H
#define CREDCTL_PENALTY_H

#include "csv.h"

#include <credit/uscc.h>

#include <credit/v1/act.pb-c.h>

struct penalty_column;

/* Which column of the file is which of the format. */
struct penalty_sheet {
	size_t count;
	const struct penalty_column *column[CSV_COLUMNS_MAX]; /* NULL: not known, passed over */
	char heading[CSV_COLUMNS_MAX][80];                    /* as it stands in the file */
	enum credit_uscc_evidence evidence;                   /* for the entities' codes */
};

/* From the row of headings. CREDIT_E_CSV_HEADING for one that is doubled, missing, or unknown unless
 * `pass_unknown`. */
enum credit_error penalty_sheet_open(const struct csv_row *row, bool pass_unknown,
	struct penalty_sheet *ret_sheet, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Columns about persons, which are never sent. */
bool penalty_is_personal(const struct penalty_sheet *sheet, size_t column);
/* Columns that a rejects file adds. */
bool penalty_is_of_rejects(const struct penalty_sheet *sheet, size_t column);

#define PENALTY_KINDS_MAX 16

/* One row, converted; points into the arena that was given. */
struct penalty {
	Credit__V1__Act act;
	Credit__V1__AdministrativePenalty message;
	char *kinds[PENALTY_KINDS_MAX];
	struct credit_uscc entity;
};

/* Converts and checks a row. problem->field is the heading as it stands in the file. */
enum credit_error penalty_convert(const struct penalty_sheet *sheet, const struct csv_row *row,
	struct credit_arena *arena, struct penalty *ret_penalty,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Replaces a field path of act.proto by the heading of its column, where there is one. */
void penalty_name_column(const struct penalty_sheet *sheet, struct credit_problem *problem);

#endif
