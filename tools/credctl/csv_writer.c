/* SPDX-License-Identifier: Apache-2.0
 *
 * csv_writer.c - cells as RFC 4180 has them: quoted where they must be.
 */
#include "csv.h"

#include <string.h>

void csv_put(FILE *file, struct credit_bytes cell)
{
	bool quote = memchr(cell.data, '"', cell.size) || memchr(cell.data, ',', cell.size) ||
		     memchr(cell.data, '\n', cell.size) || memchr(cell.data, '\r', cell.size);

	if (!quote) {
		fwrite(cell.data, 1, cell.size, file);
		return;
	}
	fputc('"', file);
	for (size_t i = 0; i < cell.size; i++) {
		if (cell.data[i] == '"')
			fputc('"', file);
		fputc(cell.data[i], file);
	}
	fputc('"', file);
}
