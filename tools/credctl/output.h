/* SPDX-License-Identifier: Apache-2.0
 *
 * output.h - what people and scripts get to see.
 *
 * People get tables and cards, aligned by the width of characters on a terminal (a Chinese character
 * takes two places). Scripts get one JSON value a line. Text that came from elsewhere never reaches
 * the terminal with control characters in it.
 */
#ifndef CREDCTL_OUTPUT_H
#define CREDCTL_OUTPUT_H

#include <credit/base.h>
#include <credit/uscc.h>

#include <jansson.h>
#include <stdio.h>

/* Places that the text takes on a terminal. */
size_t output_width(const char *text);
/* Prints a text; control characters and bytes that are not UTF-8 become '?'. Newlines stay. */
void output_safe(FILE *file, const char *text);
/* The same, filled up with spaces to `width` places. */
void output_padded(FILE *file, const char *text, size_t width);

/* "label   value" on stdout; labels of a card are `OUTPUT_LABEL` places wide. Lines of a longer value
 * are put below each other. */
#define OUTPUT_LABEL 18
void output_field(const char *label, const char *value);

/* A table: rows are collected, then printed with columns as wide as they need. */
#define OUTPUT_COLUMNS_MAX 8
struct output_table;
struct output_table *output_table_new(const char *const *headings, size_t columns);
/* Copies; NULL cells are empty. */
void output_table_add(struct output_table *table, const char *const *cells);
/* Prints and frees. */
void output_table_print(struct output_table *table, FILE *file);

/* One value on one line of stdout; takes the reference. */
void output_json(json_t *value);
json_t *output_json_problem(const struct credit_problem *problem, enum credit_lang lang);
/* Texts and bytes as JSON; NULL or "none" becomes null. Never fails for want of valid UTF-8. */
json_t *output_json_text(const char *text);
json_t *output_json_hex(const void *data, size_t size);
json_t *output_json_day(int32_t days);
json_t *output_json_ms(int64_t ms);

#define OUTPUT_LAST_DAY_SIZE 32
/* "YYYY-MM-DD", or "-" for none. `text` has room for CREDIT_DAY_TEXT_SIZE. */
const char *output_day(int32_t days, char *text);
/* The last day of a publication; what has none is published until it is ended. */
const char *output_last_day(int32_t days, enum credit_lang lang, char text[OUTPUT_LAST_DAY_SIZE]);
/* The 18 characters with a NUL. */
#define OUTPUT_USCC_SIZE (CREDIT_USCC_SIZE + 1)
const char *output_uscc(const struct credit_uscc *uscc, char text[OUTPUT_USCC_SIZE]);

#endif
