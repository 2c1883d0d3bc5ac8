/* SPDX-License-Identifier: Apache-2.0
 *
 * customers.c - the codes of a customer base, out of a CSV file.
 *
 * Codes that the registry takes on an authority's word only are read too, as doubtful ones: whether such
 * a code is on a list is for the snapshot to say.
 */
#include "customers.h"

#include "bilingual.h"
#include "csv_file.h"
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the column is called, in the order in which they are preferred. */
static const char *const known_headings[] = {"统一社会信用代码", "社会信用代码", "信用代码",
	"CF_XDR_SHXYM", "行政相对人代码_1(统一社会信用代码)", "USCC", "code", "代码"};

struct reading {
	struct csv_file file;
	struct customers found;
	size_t room;
	void *context;
	void (*refused)(void *context, const char *cell, const struct credit_problem *problem);
};

/* --- the column ------------------------------------------------------------------------------- */

static bool is_heading(struct credit_bytes cell, const char *heading)
{
	struct credit_bytes trimmed = value_trim(cell);

	return trimmed.size == strlen(heading) &&
	       strncasecmp((const char *)trimmed.data, heading, trimmed.size) == 0;
}

static bool find_heading(const struct csv_row *row, const char *heading, size_t *ret_column)
{
	for (size_t i = 0; i < row->count; i++) {
		if (!is_heading(row->cell[i], heading))
			continue;
		*ret_column = i;
		return true;
	}
	return false;
}

static bool is_code(struct credit_bytes cell)
{
	struct credit_uscc uscc;

	return credit_uscc_parse(value_trim(cell), CREDIT_USCC_PLAIN, &uscc, NULL) == CREDIT_OK;
}

/* A number from 1, or a heading. */
static bool find_named(const struct csv_row *row, const char *column, size_t *ret_column)
{
	size_t digits = strspn(column, "0123456789");

	if (find_heading(row, column, ret_column))
		return true;
	*ret_column = strtoul(column, NULL, 10) - 1;
	return digits > 0 && digits < 4 && column[digits] == '\0' && *ret_column < row->count;
}

static bool find_known(const struct csv_row *row, size_t *ret_column)
{
	for (size_t i = 0; i < sizeof known_headings / sizeof known_headings[0]; i++)
		if (find_heading(row, known_headings[i], ret_column))
			return true;
	for (size_t i = 0; i < row->count; i++) {
		*ret_column = i;
		if (is_code(row->cell[i]))
			return true;
	}
	return false;
}

static enum credit_error choose_column(struct customers *found, const struct csv_row *row,
	const char *column, struct credit_problem *problem)
{
	if (!(column ? find_named(row, column, &found->column) : find_known(row, &found->column)))
		return credit_problem_set(problem, CREDIT_E_CSV_HEADING, column ? column : "", NULL,
			"name the column of the codes with --column, by its heading or its "
			"number" BILINGUAL "请用 --column 指明代码所在列（表头或列号）");
	if (!is_code(row->cell[found->column]))
		snprintf(found->heading, sizeof found->heading, "%.*s",
			(int)row->cell[found->column].size,
			(const char *)row->cell[found->column].data);
	return CREDIT_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

const char *customers_cell(
	const struct customers *customers, uint64_t row, char name[CUSTOMERS_CELL_SIZE])
{
	size_t column = customers->column, at = 0;
	char letters[3] = {0};

	if (column >= 26)
		letters[at++] = (char)('A' + column / 26 - 1);
	letters[at] = (char)('A' + column % 26);
	snprintf(name, CUSTOMERS_CELL_SIZE, "%s%llu", letters, (unsigned long long)row);
	return name;
}

static void refuse(struct reading *reading, uint64_t row, const struct credit_problem *problem)
{
	char name[CUSTOMERS_CELL_SIZE];

	reading->found.unread++;
	reading->refused(reading->context, customers_cell(&reading->found, row, name), problem);
}

static enum credit_error add(
	struct reading *reading, const struct credit_uscc *uscc, uint64_t row, bool doubtful)
{
	struct customers *found = &reading->found;

	if (found->count == reading->room) {
		size_t room = reading->room ? 2 * reading->room : 4096;
		struct customer *grown = realloc(found->items, room * sizeof *grown);

		if (!grown)
			return CREDIT_E_NO_MEMORY;
		found->items = grown;
		reading->room = room;
	}
	found->items[found->count++] =
		(struct customer){.uscc = *uscc, .row = row, .doubtful = doubtful};
	return CREDIT_OK;
}

static enum credit_error take_row(struct reading *reading, const struct csv_row *row)
{
	struct credit_problem why = {0};
	struct credit_bytes cell = {NULL, 0};
	struct credit_uscc uscc;
	enum credit_error error;

	reading->found.rows++;
	if (reading->found.column < row->count)
		cell = value_trim(row->cell[reading->found.column]);
	if (value_is_nothing(cell)) {
		reading->found.empty++;
		return CREDIT_OK;
	}
	error = value_uscc(cell, CREDIT_USCC_PLAIN, &uscc, &why);
	if (error == CREDIT_OK || value_uscc(cell, CREDIT_USCC_REGISTER, &uscc, NULL) == CREDIT_OK)
		return add(reading, &uscc, row->number, false);
	if (value_uscc(cell, CREDIT_USCC_EXCEPTION, &uscc, NULL) == CREDIT_OK)
		return add(reading, &uscc, row->number, true);
	refuse(reading, row->number, &why);
	return CREDIT_OK;
}

static enum credit_error read_rows(
	struct reading *reading, const char *column, struct credit_problem *problem)
{
	struct credit_problem why = {0};
	struct csv_row row;
	bool headed = false;
	enum credit_error error;

	while (csv_file_goes_on(error = csv_reader_next(reading->file.reader, &row, &why))) {
		if (!headed && error == CREDIT_OK) {
			error = choose_column(&reading->found, &row, column, problem);
			headed = true;
			if (error != CREDIT_OK)
				return error;
			if (reading->found.heading[0])
				continue;
		}
		if (error != CREDIT_OK) {
			reading->found.rows++;
			refuse(reading, row.number, &why);
		} else if (take_row(reading, &row) != CREDIT_OK) {
			return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
		}
	}
	if (error != CREDIT_E_NOT_FOUND) {
		*problem = why;
		return error;
	}
	if (!headed)
		return credit_problem_set(
			problem, CREDIT_E_CSV_HEADING, NULL, NULL, "empty" BILINGUAL "空文件");
	return CREDIT_OK;
}

static int by_code(const void *a, const void *b)
{
	const struct customer *left = a, *right = b;
	int order = memcmp(left->uscc.character, right->uscc.character, CREDIT_USCC_SIZE);

	return order ? order : (left->row > right->row) - (left->row < right->row);
}

enum credit_error customers_read(const char *path, const char *column, void *context,
	void (*refused)(void *context, const char *cell, const struct credit_problem *problem),
	struct customers *ret_customers, struct credit_problem *problem)
{
	struct reading reading = {.context = context, .refused = refused};
	enum credit_error error = csv_file_open(&reading.file, path, false, problem);

	if (error == CREDIT_OK)
		error = read_rows(&reading, column, problem);
	csv_file_close(&reading.file);
	if (error != CREDIT_OK) {
		customers_free(&reading.found);
		return error;
	}
	if (reading.found.count > 1)
		qsort(reading.found.items, reading.found.count, sizeof(struct customer), by_code);
	*ret_customers = reading.found;
	return CREDIT_OK;
}

void customers_free(struct customers *customers)
{
	free(customers->items);
	*customers = (struct customers){0};
}
