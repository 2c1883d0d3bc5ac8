/* SPDX-License-Identifier: Apache-2.0
 *
 * test_csv.c - encodings, rows and cells.
 *
 * Every text is read whole and again byte by byte: where a block ends must make no difference.
 */
#include "credctl/csv.h"

#include "memory_source.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

TestSuite(credctl_csv);

/* Rows as "[cell|cell]", refused ones as "!NAME", with the number before them. */
static char *read_all(const void *data, size_t size, size_t step)
{
	struct memory_source memory = {data, size, 0, 0};
	struct csv_source raw = {&memory, memory_read}, text;
	struct csv_decoder *decoder;
	struct csv_reader *reader;
	struct csv_scan scan;
	struct csv_row row;
	struct credit_problem problem;
	char *out = NULL;
	size_t out_size = 0;
	FILE *file = open_memstream(&out, &out_size);
	enum credit_error error;

	memory.step = step;
	cr_assert_eq(csv_scan(&raw, memory_rewind, &scan, &problem), CREDIT_OK);
	cr_assert_eq(scan.size, size);
	memory.at = 0;
	cr_assert_eq(csv_decoder_new(&raw, scan.encoding, &decoder), CREDIT_OK);
	text = csv_decoder_source(decoder);
	cr_assert_eq(csv_reader_new(&text, &reader), CREDIT_OK);
	while ((error = csv_reader_next(reader, &row, &problem)) != CREDIT_E_NOT_FOUND) {
		fprintf(file, "%d", (int)row.number);
		if (error != CREDIT_OK) {
			fprintf(file, "!%s ", credit_error_name(error));
			continue;
		}
		for (size_t i = 0; i < row.count; i++)
			fprintf(file, "%c%.*s", i ? '|' : '[', (int)row.cell[i].size,
				(const char *)row.cell[i].data);
		fputs("] ", file);
	}
	csv_reader_free(reader);
	csv_decoder_free(decoder);
	fclose(file);
	return out;
}

static void expect_bytes(const void *data, size_t size, const char *rows)
{
	for (size_t step = 0; step < 4; step++) {
		char *found = read_all(data, size, step);

		cr_expect_str_eq(found, rows, "step %zu: %s", step, found);
		free(found);
	}
}

static void expect(const char *text, const char *rows)
{
	expect_bytes(text, strlen(text), rows);
}

/* --- rows --------------------------------------------------------------------------------- */

Test(credctl_csv, both_line_ends_and_a_last_line_without_one)
{
	expect("a,b\r\nc,d\n", "1[a|b] 2[c|d] ");
	expect("a,b\nc,d", "1[a|b] 2[c|d] ");
	expect("a,", "1[a|] ");
}

Test(credctl_csv, empty_cells_are_cells)
{
	expect(",\n,,", "1[|] 2[||] ");
}

Test(credctl_csv, empty_rows_count_and_are_passed_over)
{
	expect("a\n\n\r\nb\n", "1[a] 4[b] ");
	expect("", "");
	expect("\n\n", "");
	/* An empty cell that somebody quoted is a row. */
	expect("a\n\"\"\n", "1[a] 2[] ");
}

Test(credctl_csv, quotes_hide_commas_quotes_and_line_breaks)
{
	expect("\"a,b\",\"c\"\"d\",\"e\nf\"\ng\n", "1[a,b|c\"d|e\nf] 2[g] ");
	expect("\"\"\"\"", "1[\"] ");
}

Test(credctl_csv, a_line_break_in_a_cell_is_one_character)
{
	expect("\"a\r\nb\",\"c\rd\"\n", "1[a\nb|c\nd] ");
	expect("\"a\r\r\nb\"\n", "1[a\n\nb] ");
	expect("\"a\r\"\n", "1[a\n] ");
}

Test(credctl_csv, spaces_belong_to_the_cell)
{
	expect(" a , b \n", "1[ a | b ] ");
}

Test(credctl_csv, a_row_that_is_wrong_is_refused_alone)
{
	expect("a\"b,c\nd\n", "1!CSV_SYNTAX 2[d] ");
	expect("\"a\"b\nd\n", "1!CSV_SYNTAX 2[d] ");
	expect("a\rb\nd\n", "1!CSV_SYNTAX 2[d] ");
	expect("a\n\"b", "1[a] 2!CSV_SYNTAX ");
	expect("a\r", "1[a] ");
}

Test(credctl_csv, nul_would_cut_a_text_and_is_refused)
{
	expect_bytes("a\0b\nc\n", 6, "1!CONTROL_CHARACTER 2[c] ");
	expect_bytes("\"a\0\"\nc\n", 7, "1!CONTROL_CHARACTER 2[c] ");
}

Test(credctl_csv, the_largest_cell_fits_and_one_byte_more_does_not)
{
	size_t size = CSV_CELL_MAX + 3;
	char *text = malloc(size + 1);
	char *found;

	memset(text, 'x', size);
	text[size] = '\0';
	text[CSV_CELL_MAX] = '\n';
	found = read_all(text, CSV_CELL_MAX + 1, 0);
	cr_expect_eq(strlen(found), CSV_CELL_MAX + strlen("1[] "));
	free(found);
	text[CSV_CELL_MAX] = 'x';
	text[CSV_CELL_MAX + 1] = '\n';
	expect(text, "1!TOO_LARGE 2[x] ");
	free(text);
}

Test(credctl_csv, the_widest_row_fits_and_one_cell_more_does_not)
{
	char text[2 * CSV_COLUMNS_MAX + 4] = "", *found;

	memset(text, ',', CSV_COLUMNS_MAX - 1);
	found = read_all(text, strlen(text), 0);
	cr_expect_eq(strlen(found), CSV_COLUMNS_MAX + strlen("1[] ") - 1);
	free(found);
	memset(text, ',', CSV_COLUMNS_MAX);
	memcpy(text + CSV_COLUMNS_MAX, "\nx", 3);
	expect(text, "1!TOO_MANY 2[x] ");
}

Test(credctl_csv, an_open_quote_ends_at_the_bound_and_reading_goes_on)
{
	size_t size = (size_t)CSV_CELL_MAX + 20;
	char *text = malloc(size + 1), *found;

	memset(text, 'x', size);
	memcpy(text, "a\n\"", 3);
	memcpy(text + size - 5, "\nb,c\n", 5);
	found = read_all(text, size, 0);
	cr_expect_str_eq(found, "1[a] 2!TOO_LARGE 3[b|c] ", "%s", found);
	free(found);
	free(text);
}

/* --- encodings ------------------------------------------------------------------------------ */

#define GB_HEADING "\xb4\xa6\xb7\xa3" /* 处罚 */

Test(credctl_csv, a_byte_order_mark_is_no_text)
{
	expect("\xef\xbb\xbfx,y\n", "1[x|y] ");
	expect("\xef\xbb\xbf", "");
	/* In the middle it is one, however odd. */
	expect("x\n\xef\xbb\xbfy\n", "1[x] 2[\xef\xbb\xbfy] ");
}

Test(credctl_csv, gb18030_is_recognised_and_decoded)
{
	expect(GB_HEADING ",a\n", "1[处罚|a] ");
	/* A character of four bytes: U+20BB7. */
	expect(GB_HEADING "\x95\x34\xb2\x35\n", "1[处罚𠮷] ");
	/* Its second byte may be a comma's neighbour: 0x7c and 0x5c are no separators. */
	expect("\x81\x7c,\x81\x5c\n", "1[亅|乗] ");
}

Test(credctl_csv, valid_utf8_wins)
{
	expect("处罚,a\n", "1[处罚|a] ");
}

static enum credit_error scan(const char *text, size_t size, struct credit_problem *problem)
{
	struct memory_source memory = {(const uint8_t *)text, size, 0, 3};
	struct csv_source raw = {&memory, memory_read};
	struct csv_scan result;

	return csv_scan(&raw, memory_rewind, &result, problem);
}

Test(credctl_csv, neither_encoding_is_told_with_the_line)
{
	struct credit_problem problem;

	cr_assert_eq(scan("a\nb\n\xff\xff\n", 8, &problem), CREDIT_E_CSV_ENCODING);
	cr_expect(strstr(problem.detail, "line 3"), "%s", problem.detail);
	/* UTF-8 with one damaged byte, far down: the line is that of the damage. */
	cr_assert_eq(scan("处\n罚\n决\n\xe5\xff\n", 16, &problem), CREDIT_E_CSV_ENCODING);
	cr_expect(strstr(problem.detail, "line 4"), "%s", problem.detail);
}

Test(credctl_csv, a_character_that_is_cut_at_the_end_is_no_utf8)
{
	struct credit_problem problem;

	cr_expect_eq(scan("\xe5\xa4", 2, &problem), CREDIT_OK, "two bytes are a GB18030 character");
	cr_expect_eq(scan("a\xe5", 2, &problem), CREDIT_E_CSV_ENCODING);
}
