/* SPDX-License-Identifier: Apache-2.0
 *
 * book_file.c - see book_file.h.
 */
#include "book_file.h"
#include "file.h"

/* A file of CREDIT_RULE_BOOK_MAX bytes in its longest form. */
#define ARENA_LIMIT ((size_t)64 << 20)

enum credit_error book_file_open(
	const char *path, struct book_file *file, struct credit_problem *problem)
{
	struct credit_bytes yaml = {NULL, 0};
	enum credit_error error = file_read(path, CREDIT_RULE_BOOK_MAX, &yaml, problem);

	credit_arena_init(&file->arena, NULL, 0, ARENA_LIMIT);
	file->book = NULL;
	if (error == CREDIT_OK)
		error = credit_rule_book_compile(yaml, &file->arena, &file->bytes, problem);
	if (error == CREDIT_OK)
		error = credit_rule_book_load(file->bytes, &file->book, problem);
	file_free(yaml);
	return error;
}

void book_file_close(struct book_file *file)
{
	credit_rule_book_free(file->book);
	credit_arena_deinit(&file->arena);
}

enum credit_error book_file_faults(const char *path, credit_rule_book_fault_fn *each, void *context)
{
	struct credit_bytes yaml = {NULL, 0};
	struct credit_problem problem = {0};
	struct credit_arena arena;
	enum credit_error error = file_read(path, CREDIT_RULE_BOOK_MAX, &yaml, &problem);

	if (error != CREDIT_OK) {
		each(context, &problem);
		return error;
	}
	credit_arena_init(&arena, NULL, 0, ARENA_LIMIT);
	error = credit_rule_book_faults(yaml, &arena, each, context);
	credit_arena_deinit(&arena);
	file_free(yaml);
	return error;
}
