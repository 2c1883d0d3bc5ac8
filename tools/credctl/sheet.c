/* SPDX-License-Identifier: Apache-2.0
 *
 * sheet.c - headings and rows of a 双公示 file, by the table of its format.
 */
#include "sheet_columns.h"

#include "bilingual.h"
#include "options.h"
#include "value.h"

#include <credit/model.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- headings --------------------------------------------------------------------------------- */

/* Takes white space and stars out and makes full-width brackets narrow. */
static void fold_heading(struct credit_bytes cell, char *folded, size_t size)
{
	static const char *const drop[] = {
		" ", "\t", "\n", "*", "\xe3\x80\x80", "\xc2\xa0", "\xef\xbb\xbf"};
	size_t used = 0;

	for (size_t at = 0; at < cell.size && used + 1 < size;) {
		struct credit_bytes rest = {cell.data + at, cell.size - at};
		size_t passed = 0;

		for (size_t i = 0; passed == 0 && i < sizeof drop / sizeof drop[0]; i++) {
			size_t length = strlen(drop[i]);

			if (length <= rest.size && memcmp(rest.data, drop[i], length) == 0)
				passed = length;
		}
		if (passed == 0 && rest.size >= 3 && memcmp(rest.data, "（", 3) == 0) {
			folded[used++] = '(';
			passed = 3;
		} else if (passed == 0 && rest.size >= 3 && memcmp(rest.data, "）", 3) == 0) {
			folded[used++] = ')';
			passed = 3;
		} else if (passed == 0) {
			folded[used++] = (char)rest.data[0];
			passed = 1;
		}
		at += passed;
	}
	folded[used] = '\0';
}

static const struct sheet_column *find_column(const struct sheet_format *format, const char *folded)
{
	const struct sheet_column *columns = format->columns;

	for (size_t i = 0; i < format->column_count; i++) {
		if (columns[i].code[0] != '\0' && strcasecmp(columns[i].code, folded) == 0)
			return &columns[i];
		for (size_t j = 0; j < 4 && columns[i].headings[j]; j++) {
			if (strcmp(columns[i].headings[j], folded) == 0)
				return &columns[i];
		}
	}
	return NULL;
}

static enum credit_error unknown_heading(const struct sheet_format *format, const char *folded,
	const char *shown, struct credit_problem *problem)
{
	const char *names[2 * CSV_COLUMNS_MAX], *near;
	size_t count = 0;

	for (size_t i = 0; i < format->column_count; i++) {
		names[count++] = format->columns[i].code;
		names[count++] = format->columns[i].headings[0];
	}
	near = nearest_name(folded, names, count);
	if (near && near[0] != '\0')
		return credit_problem_set(problem, CREDIT_E_CSV_HEADING, shown, NULL,
			"unknown; %s?" BILINGUAL "未知，是否为 %s？", near, near);
	return credit_problem_set(problem, CREDIT_E_CSV_HEADING, shown, NULL,
		"unknown; --pass-unknown leaves it out" BILINGUAL "未知，可用 --pass-unknown 忽略");
}

static enum credit_error check_missing(const struct sheet *sheet, struct credit_problem *problem)
{
	const struct sheet_column *columns = sheet->format->columns;

	for (size_t i = 0; i < sheet->format->column_count; i++) {
		bool found = !columns[i].required;

		for (size_t j = 0; !found && j < sheet->count; j++)
			found = sheet->column[j] == &columns[i];
		if (!found)
			return credit_problem_set(problem, CREDIT_E_CSV_HEADING, columns[i].code,
				NULL, "missing: %s" BILINGUAL "缺少：%s", columns[i].headings[0],
				columns[i].headings[0]);
	}
	return CREDIT_OK;
}

enum credit_error sheet_open(const struct sheet_format *format, const struct csv_row *row,
	bool pass_unknown, struct sheet *ret_sheet, struct credit_problem *problem)
{
	struct sheet sheet = {.format = format, .count = row->count};

	for (size_t i = 0; i < row->count; i++) {
		char folded[200], shown[VALUE_SAFE_SIZE];

		fold_heading(row->cell[i], folded, sizeof folded);
		value_safe(value_trim(row->cell[i]), shown);
		snprintf(sheet.heading[i], sizeof sheet.heading[i], "%.72s", shown);
		sheet.column[i] = find_column(format, folded);
		if (!sheet.column[i] && folded[0] != '\0' && !pass_unknown)
			return unknown_heading(format, folded, sheet.heading[i], problem);
		for (size_t j = 0; sheet.column[i] && j < i; j++) {
			if (sheet.column[j] == sheet.column[i])
				return credit_problem_set(problem, CREDIT_E_CSV_HEADING,
					sheet.heading[i], NULL,
					"stands in columns %zu and %zu" BILINGUAL
					"第 %zu 列与第 %zu 列重复",
					j + 1, i + 1, j + 1, i + 1);
		}
	}
	enum credit_error error = check_missing(&sheet, problem);
	if (error == CREDIT_OK)
		*ret_sheet = sheet;
	return error;
}

bool sheet_is_personal(const struct sheet *sheet, size_t column)
{
	return sheet->column[column] && sheet->column[column]->personal;
}

bool sheet_is_of_rejects(const struct sheet *sheet, size_t column)
{
	return sheet->column[column] && sheet->column[column]->of_rejects;
}

/* --- rows ------------------------------------------------------------------------------------- */

static enum credit_error convert_cell(
	struct sheet_conversion *c, const struct sheet_column *column, struct credit_bytes cell)
{
	void *target = (char *)&c->row->message + column->offset;

	if (!column->convert)
		return CREDIT_OK;
	cell = value_trim(cell);
	if (cell.size == 0 || (!column->required && value_is_nothing(cell)))
		return CREDIT_OK;
	return column->convert(c, cell, target);
}

/* The party first: of a row about a person nothing else is looked at, and nothing else said. */
static enum credit_error check_party(struct sheet_conversion *c, const struct csv_row *row)
{
	bool has_code = false;

	for (size_t i = 0; i < c->sheet->count && i < row->count; i++) {
		const struct sheet_column *column = c->sheet->column[i];

		if (column && (column->convert == sheet_party_kind ||
				      column->convert == sheet_party_document))
			(void)convert_cell(c, column, row->cell[i]);
		if (column && column->convert == sheet_entity_code) {
			struct credit_bytes cell = value_trim(row->cell[i]);

			has_code = !value_is_nothing(cell);
			if (credit_uscc_classify(cell, NULL) == CREDIT_KIND_RESIDENT_ID)
				c->natural_kind = true;
		}
	}
	/* An individual household has a code; its operator's number may stand beside it. */
	if (!c->natural_kind && (has_code || !c->identity_number))
		return CREDIT_OK;
	return credit_problem_set(c->problem, CREDIT_E_NATURAL_PERSON, NULL, NULL, NULL);
}

/* "administrative_penalty.penalty_kinds[1]" is of the column "penalty_kinds". */
static bool names_field(const char *path, const char *field)
{
	const char *dot = strrchr(path, '.');
	const char *name = dot ? dot + 1 : path;
	size_t length = strlen(field);

	return strncmp(name, field, length) == 0 && (name[length] == '\0' || name[length] == '[');
}

void sheet_name_column(const struct sheet *sheet, struct credit_problem *problem)
{
	for (size_t i = 0; i < sheet->count; i++) {
		if (sheet->column[i] && sheet->column[i]->field &&
			names_field(problem->field, sheet->column[i]->field)) {
			snprintf(problem->field, sizeof problem->field, "%s", sheet->heading[i]);
			return;
		}
	}
}

/* Payloads are pointers, all at the same place. */
static void begin_row(const struct sheet_format *format, struct sheet_row *row)
{
	credit__v1__act__init(&row->act);
	protobuf_c_message_init(format->type, &row->message.base);
	row->act.payload_case = format->payload;
	row->act.administrative_penalty = &row->message.penalty;
	if (format->payload == CREDIT__V1__ACT__PAYLOAD_ADMINISTRATIVE_PENALTY)
		row->message.penalty.penalty_kinds = row->kinds;
	if (format->payload == CREDIT__V1__ACT__PAYLOAD_ENTITY_ENROLMENT)
		row->message.enrolment.evidence = CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_PLAIN;
}

enum credit_error sheet_convert(const struct sheet *sheet, const struct csv_row *row,
	struct credit_arena *arena, struct sheet_row *ret_row, struct credit_problem *problem)
{
	struct sheet_conversion c = {
		.sheet = sheet, .arena = arena, .row = ret_row, .problem = problem};
	enum credit_error error;

	if (row->count > sheet->count)
		return credit_problem_set(problem, CREDIT_E_CSV_SYNTAX, NULL, "RFC 4180",
			"%zu cells under %zu headings" BILINGUAL "%zu 个单元格，%zu 个表头",
			row->count, sheet->count, row->count, sheet->count);
	begin_row(sheet->format, ret_row);
	error = check_party(&c, row);
	for (size_t i = 0; error == CREDIT_OK && i < row->count; i++) {
		if (!sheet->column[i])
			continue;
		error = convert_cell(&c, sheet->column[i], row->cell[i]);
		if (error != CREDIT_OK && problem->field[0] == '\0')
			snprintf(problem->field, sizeof problem->field, "%s", sheet->heading[i]);
	}
	if (error != CREDIT_OK)
		return error;
	error = credit_act_check(&ret_row->act, problem);
	if (error != CREDIT_OK)
		sheet_name_column(sheet, problem);
	else
		ret_row->party = sheet->format->party(ret_row);
	return error;
}
