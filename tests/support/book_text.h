/* SPDX-License-Identifier: Apache-2.0
 *
 * book_text.h - the rule books that tests run on, as text.
 */
#ifndef TESTS_SUPPORT_BOOK_TEXT_H
#define TESTS_SUPPORT_BOOK_TEXT_H

#include <credit/base.h>

#define BOOK_CN_2026 "docs/rules/cn-2026.yaml"
#define BOOK_SMALL "tests/support/small_book.yaml" /* one item of every kind */

/* The whole file, NUL-terminated, for the caller to free; any failure ends the process. Tests run in
 * the top folder. */
char *book_text_read(const char *path);
/* Takes away, in place, what a listing must have gone through before it is decided: each line
 * 'notice: true' and 'consent_levels: [...]' becomes a comment of the same length, and nothing else
 * changes. So tests of what comes after a decision may file it at once. */
void book_text_without_procedure(char *yaml);

#endif
