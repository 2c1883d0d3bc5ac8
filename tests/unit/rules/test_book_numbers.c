/* SPDX-License-Identifier: Apache-2.0
 *
 * test_book_numbers.c - every number and every date of cn-2026 counts: altered by one, each makes
 * another book, or one that is refused by name.
 */
#include "tests/support/book_text.h"

#include <credit/rules.h>

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *source;
static struct credit_hash original;
static size_t altered, accepted, refused;

/* The digest of the book, if it compiles and loads; else it must be refused with path and line. */
static bool digest_of(const char *text, const char *what, struct credit_hash *ret_digest)
{
	struct credit_problem problem = {0};
	struct credit_rule_book *book = NULL;
	struct credit_bytes bytes;
	struct credit_arena arena;

	credit_arena_init(&arena, NULL, 0, (size_t)8 << 20);
	bool compiles = credit_rule_book_compile(credit_bytes_of(text), &arena, &bytes, &problem) ==
			CREDIT_OK;
	if (compiles) {
		cr_assert_eq(credit_rule_book_load(bytes, &book, &problem), CREDIT_OK,
			"%s: compiles and does not load: %s", what, problem.field);
		*ret_digest = *credit_rule_book_digest(book);
		credit_rule_book_free(book);
	} else {
		cr_expect(problem.field[0] && strncmp(problem.detail, "line ", 5) == 0,
			"%s: refused without a name: %s '%s' '%s'", what,
			credit_error_name(problem.error), problem.field, problem.detail);
	}
	credit_arena_deinit(&arena);
	return compiles;
}

/* The book with `size` characters at `at` replaced. */
static void try(const char *at, size_t size, const char *new)
{
	size_t room = strlen(source) + strlen(new) + 1;
	char *text = malloc(room), what[80];
	struct credit_hash digest;

	cr_assert(text);
	const char *line = at;
	while (line > source && line[-1] != '\n')
		line--;
	snprintf(what, sizeof what, "%.*s for %s", (int)strcspn(line, "\n") % 50, line, new);
	snprintf(text, room, "%.*s%s%s", (int)(at - source), source, new, at + size);
	altered++;
	if (!digest_of(text, what, &digest)) {
		refused++;
	} else {
		accepted++;
		cr_expect_not(credit_hash_equal(&digest, &original), "%s: the same book", what);
	}
	free(text);
}

/* A date "YYYY-MM-DD" becomes the next day. */
static bool try_date(const char *at)
{
	char text[CREDIT_DAY_TEXT_SIZE] = "";
	credit_day_t day;

	if (strspn(at, "0123456789-") != 10)
		return false;
	memcpy(text, at, 10);
	if (credit_day_parse(credit_bytes_of(text), &day))
		return false;
	try(at, 10, credit_day_text((credit_day_t){day.days + 1}, text));
	return true;
}

/* Values: what stands in a line after "key: ", or between the brackets of a list of dates. */
static void try_line(const char *line, size_t size)
{
	const char *end = line + size, *value = memchr(line, ':', size);
	size_t digits;
	char number[32];

	if (memchr(line, '#', size) == line + strspn(line, " "))
		return;
	for (const char *at = line; at + 10 <= end; at++) {
		if (isdigit((unsigned char)*at) &&
			(at == line || !isdigit((unsigned char)at[-1])) && try_date(at))
			at += 9;
	}
	if (!value || value[1] != ' ')
		return;
	value += 2;
	digits = strspn(value, "0123456789");
	if (digits == 0 || digits > 15 || value + digits != end)
		return;
	snprintf(number, sizeof number, "%lld", strtoll(value, NULL, 10) + 1);
	try(value, digits, number);
}

Test(rules_book_numbers, every_number_and_date_counts)
{
	source = book_text_read(BOOK_CN_2026);
	cr_assert(digest_of(source, "as it is", &original));
	for (const char *line = source; *line;) {
		size_t size = strcspn(line, "\n");
		try_line(line, size);
		line += size + (line[size] == '\n');
	}
	cr_expect_eq(altered, accepted + refused);
	cr_expect_geq(altered, 190, "%zu", altered);
	cr_expect_geq(accepted, 140, "most are a lawyer's to change");
	cr_expect_geq(
		refused, 5, "a list's number, a grade's order, a weekend: not everything goes");
	free(source);
}
