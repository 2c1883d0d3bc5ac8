/* SPDX-License-Identifier: Apache-2.0
 *
 * book_text.c - see book_text.h.
 */
#include "tests/support/book_text.h"

#include <credit/rules.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *book_text_read(const char *path)
{
	char *text = calloc(1, CREDIT_RULE_BOOK_MAX + 1);
	FILE *file = fopen(path, "rb");

	if (!text || !file)
		err(1, "%s (tests run in the top folder)", path);
	if (fread(text, 1, CREDIT_RULE_BOOK_MAX, file) == 0)
		errx(1, "%s is empty", path);
	fclose(file);
	return text;
}

void book_text_without_procedure(char *yaml)
{
	static const char *const lines[] = {"\n  notice: true\n", "\n  consent_levels: ["};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		char *at = yaml;
		while ((at = strstr(at, lines[i])))
			*++at = '#';
	}
}
