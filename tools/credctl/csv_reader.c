/* SPDX-License-Identifier: Apache-2.0
 *
 * csv_reader.c - bytes into rows and cells.
 *
 * A state machine over bytes: UTF-8 never has a quotation mark, comma or line break inside a
 * character. CR LF inside a cell becomes LF, as the registry's texts have it. After a fault the rest
 * of the line is passed over and the row refused.
 *
 * Source: RFC 4180 section 2.
 */
#include "csv.h"

#include "bilingual.h"

#include <stdlib.h>
#include <string.h>

#define INPUT_SIZE 65536
#define ROW_SIZE ((size_t)CSV_COLUMNS_MAX * CSV_CELL_MAX)

enum state {
	CELL_START,
	UNQUOTED,
	QUOTED,
	QUOTED_CR, /* a CR inside quotes: the LF behind it belongs to it */
	QUOTE,     /* behind a quotation mark inside quotes */
	ROW_CR,    /* a CR outside quotes: an LF must follow */
	SKIP,      /* behind a fault, to the end of the line */
	ROW_END
};

struct csv_reader {
	struct csv_source source;
	size_t at, size; /* of input */
	uint64_t rows, lines;
	enum state state;
	bool quoted_row;     /* an empty row in quotes is a row */
	uint64_t quote_line; /* where the open quotation began */
	struct credit_problem fault;
	size_t used, cells; /* of text; cells begun */
	size_t start[CSV_COLUMNS_MAX + 1];
	uint8_t input[INPUT_SIZE];
	uint8_t text[ROW_SIZE];
};

enum credit_error csv_reader_new(const struct csv_source *source, struct csv_reader **ret_reader)
{
	struct csv_reader *reader = malloc(sizeof *reader);

	if (!reader)
		return CREDIT_E_NO_MEMORY;
	reader->source = *source;
	reader->at = reader->size = 0;
	reader->rows = 0;
	reader->lines = 1;
	*ret_reader = reader;
	return CREDIT_OK;
}

void csv_reader_free(struct csv_reader *reader)
{
	free(reader);
}

/* --- cells ------------------------------------------------------------------------------------ */

static void fault(struct csv_reader *reader, enum credit_error error, const char *why)
{
	if (reader->fault.error == CREDIT_OK)
		credit_problem_set(&reader->fault, error, NULL, "RFC 4180", "%s", why);
	reader->state = SKIP;
}

static void begin_cell(struct csv_reader *reader)
{
	if (reader->cells == CSV_COLUMNS_MAX) {
		fault(reader, CREDIT_E_TOO_MANY, "at most 64 columns" BILINGUAL "最多 64 列");
		return;
	}
	reader->start[reader->cells++] = reader->used;
	reader->state = CELL_START;
}

static void put(struct csv_reader *reader, uint8_t byte)
{
	if (reader->used - reader->start[reader->cells - 1] == CSV_CELL_MAX)
		fault(reader, CREDIT_E_TOO_LARGE,
			"at most 16384 bytes in a cell; is a quotation mark left open?" BILINGUAL
			"单元格最多 16384 字节，是否缺少右引号？");
	else if (byte == '\0')
		fault(reader, CREDIT_E_CONTROL_CHARACTER, "NUL");
	else
		reader->text[reader->used++] = byte;
}

static void line_break(struct csv_reader *reader)
{
	reader->lines++;
	reader->state = ROW_END;
}

/* --- states: what one byte does --------------------------------------------------------------- */

static void unquoted(struct csv_reader *reader, uint8_t byte)
{
	switch (byte) {
	case ',':
		begin_cell(reader);
		break;
	case '\n':
		line_break(reader);
		break;
	case '\r':
		reader->state = ROW_CR;
		break;
	case '"':
		fault(reader, CREDIT_E_CSV_SYNTAX,
			"a quotation mark inside a cell that does not begin with one" BILINGUAL
			"未以引号开头的单元格内有引号");
		break;
	default:
		put(reader, byte);
		if (reader->state != SKIP)
			reader->state = UNQUOTED;
	}
}

/* What a cell goes on with, up to a byte that means something or the end of what was read. False: nothing. */
static bool unquoted_run(struct csv_reader *reader)
{
	static const bool means[UINT8_MAX + 1] = {
		[','] = true, ['\n'] = true, ['\r'] = true, ['"'] = true, ['\0'] = true};
	size_t room = CSV_CELL_MAX - (reader->used - reader->start[reader->cells - 1]);
	size_t left = reader->size - reader->at, size = 0;
	const uint8_t *input = reader->input + reader->at;

	while (size < left && size < room && !means[input[size]])
		size++;
	memcpy(reader->text + reader->used, input, size);
	reader->used += size;
	reader->at += size;
	return size > 0;
}

static void cell_start(struct csv_reader *reader, uint8_t byte)
{
	if (byte != '"') {
		unquoted(reader, byte);
		return;
	}
	reader->state = QUOTED;
	reader->quoted_row = true;
	reader->quote_line = reader->lines;
}

static void quoted(struct csv_reader *reader, uint8_t byte)
{
	if (byte == '"') {
		reader->state = QUOTE;
		return;
	}
	reader->state = byte == '\r' ? QUOTED_CR : QUOTED;
	if (byte == '\n')
		reader->lines++;
	put(reader, byte == '\r' ? '\n' : byte);
}

static void quoted_cr(struct csv_reader *reader, uint8_t byte)
{
	reader->state = QUOTED;
	if (byte == '\n')
		reader->lines++;
	else
		quoted(reader, byte);
}

static void quote(struct csv_reader *reader, uint8_t byte)
{
	if (byte == '"') {
		reader->state = QUOTED;
		put(reader, byte);
	} else if (byte == ',' || byte == '\n' || byte == '\r') {
		unquoted(reader, byte);
	} else {
		fault(reader, CREDIT_E_CSV_SYNTAX,
			"text behind a closing quotation mark" BILINGUAL "右引号之后还有文字");
	}
}

static void row_cr(struct csv_reader *reader, uint8_t byte)
{
	if (byte == '\n')
		line_break(reader);
	else
		fault(reader, CREDIT_E_CSV_SYNTAX,
			"a carriage return without a line feed" BILINGUAL "回车符后缺少换行符");
}

static void skip(struct csv_reader *reader, uint8_t byte)
{
	if (byte == '\n')
		line_break(reader);
}

static void (*const on_byte[])(struct csv_reader *reader, uint8_t byte) = {
	[CELL_START] = cell_start,
	[UNQUOTED] = unquoted,
	[QUOTED] = quoted,
	[QUOTED_CR] = quoted_cr,
	[QUOTE] = quote,
	[ROW_CR] = row_cr,
	[SKIP] = skip,
};

/* --- rows ------------------------------------------------------------------------------------- */

static enum credit_error refill(struct csv_reader *reader)
{
	if (reader->at < reader->size)
		return CREDIT_OK;
	reader->at = 0;
	reader->size = 0;
	return reader->source.read(
		reader->source.context, reader->input, INPUT_SIZE, &reader->size);
}

static void end_of_input(struct csv_reader *reader)
{
	if (reader->state == QUOTED || reader->state == QUOTED_CR)
		credit_problem_set(&reader->fault, CREDIT_E_CSV_SYNTAX, NULL, "RFC 4180",
			"a quotation that begins in line %llu never ends" BILINGUAL
			"第 %llu 行起的引号未闭合",
			(unsigned long long)reader->quote_line,
			(unsigned long long)reader->quote_line);
	reader->state = ROW_END;
}

/* Reads to the end of a row; *ret_any says whether there was a byte. */
static enum credit_error read_row(struct csv_reader *reader, bool *ret_any)
{
	reader->fault.error = CREDIT_OK;
	reader->used = reader->cells = 0;
	reader->quoted_row = false;
	begin_cell(reader);
	*ret_any = false;
	while (reader->state != ROW_END) {
		enum credit_error error = refill(reader);

		if (error != CREDIT_OK)
			return error;
		if (reader->size == 0) {
			end_of_input(reader);
			return CREDIT_OK;
		}
		*ret_any = true;
		if (reader->state != UNQUOTED || !unquoted_run(reader))
			on_byte[reader->state](reader, reader->input[reader->at++]);
	}
	return CREDIT_OK;
}

static bool is_empty(const struct csv_reader *reader)
{
	return reader->fault.error == CREDIT_OK && reader->used == 0 && reader->cells == 1 &&
	       !reader->quoted_row;
}

enum credit_error csv_reader_next(
	struct csv_reader *reader, struct csv_row *ret_row, struct credit_problem *problem)
{
	uint64_t line;
	bool any;

	do {
		line = reader->lines;
		enum credit_error error = read_row(reader, &any);
		if (error != CREDIT_OK)
			return credit_problem_set(problem, error, NULL, NULL, NULL);
		if (!any)
			return CREDIT_E_NOT_FOUND;
		reader->rows++;
	} while (is_empty(reader));

	ret_row->number = reader->rows;
	ret_row->line = line;
	ret_row->count = 0;
	if (reader->fault.error != CREDIT_OK) {
		if (problem)
			*problem = reader->fault;
		return reader->fault.error;
	}
	reader->start[reader->cells] = reader->used;
	ret_row->count = reader->cells;
	for (size_t i = 0; i < reader->cells; i++)
		ret_row->cell[i] = (struct credit_bytes){
			reader->text + reader->start[i], reader->start[i + 1] - reader->start[i]};
	return CREDIT_OK;
}
