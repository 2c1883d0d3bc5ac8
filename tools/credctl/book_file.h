/* SPDX-License-Identifier: Apache-2.0
 *
 * book_file.h - a rule book from its YAML file.
 */
#ifndef CREDCTL_BOOK_FILE_H
#define CREDCTL_BOOK_FILE_H

#include <credit/rules.h>

#include <credit/v1/rule_book.pb-c.h>

struct book_file {
	struct credit_arena arena;
	struct credit_bytes bytes; /* serialised, in the arena */
	struct credit_rule_book *book;
};

/* Compiled and loaded. To be closed in every case. */
enum credit_error book_file_open(
	const char *path, struct book_file *file, struct credit_problem *problem);
void book_file_close(struct book_file *file);
/* Tells of every fault of the file. What keeps it from being read at all is told of too. */
enum credit_error book_file_faults(
	const char *path, credit_rule_book_fault_fn *each, void *context);

#endif
