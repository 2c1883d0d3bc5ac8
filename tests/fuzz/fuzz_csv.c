/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_csv.c - a penalty file from anywhere: scanned, decoded, cut into rows, converted.
 *
 * Beside not crashing: what the scan takes for an encoding decodes to its end; row numbers grow; cells
 * keep their bound; what is converted is an act that the library takes, and carries no identity number.
 *
 * Decoder: tools/credctl/csv_encoding.c tools/credctl/csv_reader.c tools/credctl/sheet.c
 *          tools/credctl/value.c
 */
#include "credctl/sheet.h"
#include "credctl/value.h"

#include <credit/model.h>

#include <stdlib.h>
#include <string.h>

struct memory {
	const uint8_t *data;
	size_t size, at;
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* Uneven pieces, so that characters are cut. */
static enum credit_error read_memory(void *context, uint8_t *memory, size_t size, size_t *ret_size)
{
	struct memory *input = context;
	size_t length = input->size - input->at;

	if (length > 1 + input->at % 13)
		length = 1 + input->at % 13;
	if (length > size)
		length = size;
	if (length > 0)
		memcpy(memory, input->data + input->at, length);
	input->at += length;
	*ret_size = length;
	return CREDIT_OK;
}

static enum credit_error rewind_memory(void *context)
{
	((struct memory *)context)->at = 0;
	return CREDIT_OK;
}

static void convert_row(const struct sheet *sheet, const struct csv_row *row)
{
	struct credit_arena arena;
	struct sheet_row converted;
	struct credit_problem problem = {0};
	char shown[VALUE_SAFE_SIZE];

	credit_arena_init(&arena, NULL, 0, 2 << 20);
	if (sheet_convert(sheet, row, &arena, &converted, &problem) == CREDIT_OK) {
		require(credit_act_check(&converted.act, NULL) == CREDIT_OK);
		require(sheet->format != &sheet_formats[SHEET_PENALTY] ||
			converted.message.penalty.n_penalty_kinds <= SHEET_KINDS_MAX);
	} else {
		require(problem.error != CREDIT_OK);
	}
	for (size_t i = 0; i < row->count; i++)
		require(strlen(value_safe(row->cell[i], shown)) < VALUE_SAFE_SIZE);
	credit_arena_deinit(&arena);
}

static void read_rows(const struct sheet_format *format, struct csv_reader *reader)
{
	struct sheet sheet;
	struct csv_row row;
	struct credit_problem problem;
	uint64_t last = 0;
	bool headed = false;
	enum credit_error error;

	while ((error = csv_reader_next(reader, &row, &problem)) != CREDIT_E_NOT_FOUND) {
		require(error != CREDIT_E_CSV_ENCODING && error != CREDIT_E_IO);
		require(row.number > last);
		last = row.number;
		for (size_t i = 0; i < row.count; i++)
			require(row.cell[i].size <= CSV_CELL_MAX);
		if (error != CREDIT_OK)
			continue;
		if (headed)
			convert_row(&sheet, &row);
		else if (sheet_open(format, &row, true, &sheet, &problem) == CREDIT_OK)
			headed = true;
		else
			return;
	}
}

static void read_as(const struct sheet_format *format, const uint8_t *data, size_t size)
{
	struct memory memory = {data, size, 0};
	struct csv_source raw = {&memory, read_memory}, text;
	struct csv_decoder *decoder;
	struct csv_reader *reader;
	struct csv_scan scan;
	struct credit_problem problem;

	if (csv_scan(&raw, rewind_memory, &scan, &problem) != CREDIT_OK)
		return;
	require(scan.size == size);
	memory.at = 0;
	require(csv_decoder_new(&raw, scan.encoding, &decoder) == CREDIT_OK);
	text = csv_decoder_source(decoder);
	require(csv_reader_new(&text, &reader) == CREDIT_OK);
	read_rows(format, reader);
	csv_reader_free(reader);
	csv_decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(&sheet_formats[SHEET_PENALTY], data, size);
	read_as(&sheet_formats[SHEET_LICENCE], data, size);
	return 0;
}
