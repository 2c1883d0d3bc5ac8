/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_rule_book.c - compiling a rule book from any text; what compiles must also load.
 */
#include <credit/rules.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_bytes input = {data, size}, bytes;
	struct credit_rule_book *book = NULL;
	struct credit_problem problem;
	struct credit_arena arena;

	credit_arena_init(&arena, NULL, 0, (size_t)16 << 20);
	if (credit_rule_book_compile(input, &arena, &bytes, &problem) == CREDIT_OK) {
		if (credit_rule_book_load(bytes, &book, &problem) != CREDIT_OK)
			abort();
		credit_rule_book_free(book);
	}
	/* The other door: serialised bytes. */
	book = NULL;
	if (credit_rule_book_load(input, &book, &problem) == CREDIT_OK)
		credit_rule_book_free(book);
	credit_arena_deinit(&arena);
	return 0;
}
