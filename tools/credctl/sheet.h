/* SPDX-License-Identifier: Apache-2.0
 *
 * sheet.h - rows of a CSV file into acts: the 双公示 formats (administrative penalties, licences), and the
 * entities of a base register.
 *
 * A format has a table (sheet_columns.c) with a row for each column: its CF_ or XK_ code, its Chinese
 * headings, the field of the act that it fills, and how. Columns about persons (legal representative,
 * identity documents) are known, so that they can be left out; rows about persons are refused.
 *
 * Source: the column lists of the 双公示 formats; limits of the fields are act.proto's.
 */
#ifndef CREDCTL_SHEET_H
#define CREDCTL_SHEET_H

#include "csv.h"

#include <credit/uscc.h>

#include <credit/v1/act.pb-c.h>

struct sheet_column;
struct sheet_row;

/* The party of a row, once it is converted. */
struct sheet_party {
	char *uscc, *name;
};

struct sheet_format {
	const char *name; /* as `import --kind` names it */
	Credit__V1__Act__PayloadCase payload;
	const ProtobufCMessageDescriptor *type;
	const struct sheet_column *columns;
	size_t column_count; /* at most CSV_COLUMNS_MAX */
	struct sheet_party (*party)(struct sheet_row *row);
};

enum sheet_format_number {
	SHEET_PENALTY = 1,
	SHEET_LICENCE,
	SHEET_ENTITY /* of a base register, for `entity load` */
};
extern const struct sheet_format sheet_formats[];

/* Which column of the file is which of the format. */
struct sheet {
	const struct sheet_format *format;
	size_t count;
	const struct sheet_column *column[CSV_COLUMNS_MAX]; /* NULL: not known, passed over */
	char heading[CSV_COLUMNS_MAX][80];                  /* as it stands in the file */
	enum credit_uscc_evidence evidence;                 /* for the entities' codes */
};

/* From the row of headings. CREDIT_E_CSV_HEADING for one that is doubled, missing, or unknown unless
 * `pass_unknown`. */
enum credit_error sheet_open(const struct sheet_format *format, const struct csv_row *row,
	bool pass_unknown, struct sheet *ret_sheet,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Columns about persons, which are never sent. */
bool sheet_is_personal(const struct sheet *sheet, size_t column);
/* Columns that a rejects file adds. */
bool sheet_is_of_rejects(const struct sheet *sheet, size_t column);

#define SHEET_KINDS_MAX 16

/* One row, converted; points into the arena that was given. */
struct sheet_row {
	Credit__V1__Act act;
	union {
		ProtobufCMessage base;
		Credit__V1__AdministrativePenalty penalty;
		Credit__V1__Licence licence;
		Credit__V1__EntityEnrolment enrolment;
	} message;
	char *kinds[SHEET_KINDS_MAX];
	struct credit_uscc entity;
	struct sheet_party party;
};

/* Converts and checks a row. problem->field is the heading as it stands in the file. */
enum credit_error sheet_convert(const struct sheet *sheet, const struct csv_row *row,
	struct credit_arena *arena, struct sheet_row *ret_row,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Replaces a field path of act.proto by the heading of its column, where there is one. */
void sheet_name_column(const struct sheet *sheet, struct credit_problem *problem);

#endif
