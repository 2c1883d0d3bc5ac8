/* SPDX-License-Identifier: Apache-2.0
 *
 * csv.h - reading CSV files of any size in bounded memory.
 *
 * Three steps, each a source of bytes for the next: a file (or memory), a decoder that turns it into
 * UTF-8 without a byte-order mark, and a reader that cuts it into rows and cells (RFC 4180).
 *
 * A row that is wrong is refused by itself and reading goes on behind it. Rows are numbered as a
 * spreadsheet shows them: the headings are row 1, line breaks inside a cell do not count, empty rows
 * count and are passed over.
 *
 * Threads: none is shared.
 */
#ifndef CREDCTL_CSV_H
#define CREDCTL_CSV_H

#include <credit/base.h>

#include <stdio.h>
#include <credit/crypto.h>

#define CSV_CELL_MAX 16384
#define CSV_COLUMNS_MAX 64

/* Fills up to `size` bytes; *ret_size 0 is the end. */
struct csv_source {
	void *context;
	enum credit_error (*read)(void *context, uint8_t *memory, size_t size, size_t *ret_size);
};

/* --- encodings -------------------------------------------------------------------------------- */

enum csv_encoding {
	CSV_UTF8,
	CSV_GB18030
};

/* What a first look over the whole file says. Valid UTF-8 wins: bytes of GB18030 text are UTF-8 only by
 * rare chance, and never the other way round. */
struct csv_scan {
	enum csv_encoding encoding;
	uint64_t size;
	struct credit_hash digest;
};
/* Reads the source to its end, and where it is not UTF-8 a second time: `rewind` (with the source's
 * context) goes back to its beginning. CREDIT_E_CSV_ENCODING with the line where both fail. */
enum credit_error csv_scan(const struct csv_source *source,
	enum credit_error (*rewind)(void *context), struct csv_scan *ret_scan,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

struct csv_decoder;
enum credit_error csv_decoder_new(const struct csv_source *source, enum csv_encoding encoding,
	struct csv_decoder **ret_decoder) CREDIT_MUST_CHECK;
void csv_decoder_free(struct csv_decoder *decoder); /* NULL is allowed */
/* As a source for the reader. CREDIT_E_CSV_ENCODING when the bytes are not in the encoding. */
struct csv_source csv_decoder_source(struct csv_decoder *decoder);

/* --- rows ------------------------------------------------------------------------------------- */

struct csv_row {
	uint64_t number; /* as a spreadsheet shows it, from 1 */
	uint64_t line;   /* of the file, where the row begins */
	size_t count;
	struct credit_bytes cell[CSV_COLUMNS_MAX]; /* valid until the next row */
};

struct csv_reader;
enum credit_error csv_reader_new(
	const struct csv_source *source, struct csv_reader **ret_reader) CREDIT_MUST_CHECK;
void csv_reader_free(struct csv_reader *reader); /* NULL is allowed */
/* CREDIT_E_NOT_FOUND after the last row. CREDIT_E_CSV_SYNTAX, _TOO_LARGE, _TOO_MANY and
 * _CONTROL_CHARACTER (NUL) are of one row, whose number and line are set: reading may go on. The
 * source's errors end it. */
enum credit_error csv_reader_next(struct csv_reader *reader, struct csv_row *ret_row,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Writes a cell; separators and ends of lines are the caller's. */
void csv_put(FILE *file, struct credit_bytes cell);

#endif
