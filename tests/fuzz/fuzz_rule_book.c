/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_rule_book.c - compiling a rule book from any text; what compiles must also load, and has no
 * fault to tell of, and what does not has one.
 *
 * Decoder: libcredit/rules/yaml.c libcredit/rules/rule_book.c libcredit/rules/book_check.c
 */
#include <credit/rules.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *context, const struct credit_problem *fault)
{
	size_t *faults = context;

	if (fault->error == CREDIT_OK)
		abort();
	++*faults;
}

static void tell(struct credit_bytes input, enum credit_error compiled)
{
	struct credit_arena arena;
	size_t faults = 0;

	credit_arena_init(&arena, NULL, 0, (size_t)16 << 20);
	enum credit_error error = credit_rule_book_faults(input, &arena, count, &faults);
	/* A book may be sound and too large, which is no fault of an item. */
	if (error != compiled && compiled != CREDIT_E_TOO_LARGE)
		abort();
	if ((faults > 0) != (error != CREDIT_OK && !credit_error_is_fault(error)))
		abort();
	credit_arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_bytes input = {data, size}, bytes;
	struct credit_rule_book *book = NULL;
	struct credit_problem problem;
	struct credit_arena arena;

	credit_arena_init(&arena, NULL, 0, (size_t)16 << 20);
	enum credit_error error = credit_rule_book_compile(input, &arena, &bytes, &problem);
	tell(input, error);
	if (error == CREDIT_OK) {
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
