/* SPDX-License-Identifier: Apache-2.0
 *
 * customers.h - the codes of a customer base, out of a CSV file.
 *
 * Threads: none is shared.
 */
#ifndef CREDCTL_CUSTOMERS_H
#define CREDCTL_CUSTOMERS_H

#include "csv.h"

#include <credit/uscc.h>

struct customer {
	struct credit_uscc uscc;
	uint64_t row; /* as a spreadsheet shows it */
	/* A check character fails. Mistyped, unless it is on a list: some early codes are so. */
	bool doubtful;
	bool found; /* for the caller */
};

struct customers {
	struct customer *items; /* by code, then by row */
	size_t count;
	uint64_t rows, empty, unread; /* not empty; without a code; with none that can be one */
	char heading[80];             /* of the column; "" when the file has none */
	size_t column;
};

/* Reads the column that `column` names (a heading, or its number from 1), or the one whose heading is
 * known for codes; a file whose first row holds a code already has no headings. A cell that is no code
 * is told and the row passed over. CREDIT_E_CSV_HEADING when no column fits; the errors of csv_file_open. */
enum credit_error customers_read(const char *path, const char *column, void *context,
	void (*refused)(void *context, const char *cell, const struct credit_problem *problem),
	struct customers *ret_customers, struct credit_problem *problem) CREDIT_MUST_CHECK;
void customers_free(struct customers *customers);

/* A cell as a spreadsheet names it, "C5". */
#define CUSTOMERS_CELL_SIZE 32
const char *customers_cell(
	const struct customers *customers, uint64_t row, char name[CUSTOMERS_CELL_SIZE]);

#endif
