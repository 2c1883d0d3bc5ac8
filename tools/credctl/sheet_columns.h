/* SPDX-License-Identifier: Apache-2.0
 *
 * sheet_columns.h - what sheet.c and sheet_columns.c share: a column, and a row while it is converted.
 */
#ifndef CREDCTL_SHEET_COLUMNS_H
#define CREDCTL_SHEET_COLUMNS_H

#include "sheet.h"

/* While a row is converted. */
struct sheet_conversion {
	const struct sheet *sheet;
	struct credit_arena *arena;
	struct sheet_row *row;
	bool natural_kind;    /* the party's category says so */
	bool identity_number; /* one stands in a column for the party's documents */
	struct credit_problem *problem;
};

typedef enum credit_error sheet_converter(
	struct sheet_conversion *c, struct credit_bytes cell, void *target);

struct sheet_column {
	const char *code;
	const char *headings[4]; /* in Chinese, without white space, brackets half width */
	const char *field;       /* of the act's message; NULL: none */
	size_t offset;
	sheet_converter *convert; /* NULL: the cell is not looked at */
	bool required;
	bool personal;
	bool of_rejects;
};

/* Converters by which the party of a row is looked at before anything else. */
sheet_converter sheet_entity_code, sheet_party_kind, sheet_party_document;

#endif
