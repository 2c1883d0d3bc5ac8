/* SPDX-License-Identifier: Apache-2.0
 *
 * csv_file.h - a CSV file, looked over for its encoding and ready to be read row by row.
 */
#ifndef CREDCTL_CSV_FILE_H
#define CREDCTL_CSV_FILE_H

#include "csv.h"

struct csv_file {
	int fd;              /* -1: not open */
	uint64_t bytes_read; /* of scan.size, for showing progress */
	struct csv_scan scan;
	struct csv_decoder *decoder;
	struct csv_reader *reader;
};

/* `locked`: nobody else opens it so meanwhile, else CREDIT_E_BUSY. CREDIT_E_IO, _CSV_ENCODING;
 * problem->field is the path. The file must stay where it is in memory; _close after failure too. */
enum credit_error csv_file_open(struct csv_file *file, const char *path, bool locked,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void csv_file_close(struct csv_file *file);
/* Is this of one row, after which reading goes on? CREDIT_OK is, too. */
bool csv_file_goes_on(enum credit_error error);

#endif
