/* SPDX-License-Identifier: Apache-2.0
 *
 * output.c - tables, cards and JSON.
 *
 * The width of a character is looked up here rather than asked of the C library, whose answer depends
 * on a locale that need not be installed. Memory that runs out ends the tool: there is nothing to
 * clean up on a screen.
 */
#include "output.h"

#include <stdlib.h>
#include <string.h>

/* Unicode's East_Asian_Width W and F, joined to ranges. */
static const struct {
	uint32_t first, last;
} wide[] = {
	{0x1100, 0x115f},
	{0x2e80, 0x303e},
	{0x3041, 0x33ff},
	{0x3400, 0x4dbf},
	{0x4e00, 0x9fff},
	{0xa000, 0xa4cf},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},
	{0xffe0, 0xffe6},
	{0x1f300, 0x1f64f},
	{0x1f900, 0x1f9ff},
	{0x20000, 0x3fffd},
};

static size_t character_width(uint32_t character)
{
	if ((character >= 0x300 && character <= 0x36f) ||
		(character >= 0x200b && character <= 0x200f))
		return 0;
	for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
		if (character >= wide[i].first && character <= wide[i].last)
			return 2;
	}
	return 1;
}

/* Control characters of both sets, and those that turn the direction of writing. */
static bool is_unsafe(uint32_t character)
{
	return (character < 0x20 && character != '\n' && character != '\t') ||
	       (character >= 0x7f && character <= 0x9f) ||
	       (character >= 0x202a && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069);
}

size_t output_width(const char *text)
{
	const uint8_t *data = (const uint8_t *)text;
	size_t size = strlen(text), width = 0;

	for (size_t at = 0; at < size;) {
		uint32_t character;
		size_t length = credit_utf8_next(data + at, size - at, &character);

		width += length == 0 ? 1 : character_width(character);
		at += length == 0 ? 1 : length;
	}
	return width;
}

void output_safe(FILE *file, const char *text)
{
	const uint8_t *data = (const uint8_t *)text;
	size_t size = strlen(text);

	for (size_t at = 0; at < size;) {
		uint32_t character;
		size_t length = credit_utf8_next(data + at, size - at, &character);

		if (length == 0 || is_unsafe(character))
			fputc('?', file);
		else
			fwrite(data + at, 1, length, file);
		at += length == 0 ? 1 : length;
	}
}

void output_padded(FILE *file, const char *text, size_t width)
{
	size_t used = output_width(text);

	output_safe(file, text);
	for (; used < width; used++)
		fputc(' ', file);
}

void output_field(const char *label, const char *value)
{
	output_padded(stdout, label, OUTPUT_LABEL);
	output_safe(stdout, value);
	putchar('\n');
}

/* --- tables ----------------------------------------------------------------------------------- */

struct output_table {
	size_t columns, rows, capacity;
	size_t width[OUTPUT_COLUMNS_MAX];
	char **cells;
};

static void *must(void *memory)
{
	if (!memory) {
		fputs("credctl: out of memory\n", stderr);
		exit(3);
	}
	return memory;
}

struct output_table *output_table_new(const char *const *headings, size_t columns)
{
	struct output_table *table = must(calloc(1, sizeof *table));

	table->columns = columns;
	output_table_add(table, headings);
	return table;
}

void output_table_add(struct output_table *table, const char *const *cells)
{
	if ((table->rows + 1) * table->columns > table->capacity) {
		table->capacity = 2 * table->capacity + 16 * table->columns;
		table->cells =
			must(reallocarray(table->cells, table->capacity, sizeof *table->cells));
	}
	for (size_t i = 0; i < table->columns; i++) {
		const char *cell = cells[i] ? cells[i] : "";
		size_t width = output_width(cell);

		table->cells[table->rows * table->columns + i] = must(strdup(cell));
		if (width > table->width[i])
			table->width[i] = width;
	}
	table->rows++;
}

void output_table_print(struct output_table *table, FILE *file)
{
	for (size_t i = 0; i < table->rows * table->columns; i++) {
		size_t column = i % table->columns;

		if (column + 1 < table->columns) {
			output_padded(file, table->cells[i], table->width[column] + 2);
		} else {
			output_safe(file, table->cells[i]);
			fputc('\n', file);
		}
		free(table->cells[i]);
	}
	free(table->cells);
	free(table);
}

/* --- JSON ------------------------------------------------------------------------------------- */

void output_json(json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	json_decref(value);
	must(text);
	puts(text);
	fflush(stdout);
	free(text);
}

json_t *output_json_text(const char *text)
{
	json_t *value = text && text[0] != '\0' ? json_string(text) : NULL;

	return value ? value : json_null();
}

json_t *output_json_hex(const void *data, size_t size)
{
	char text[2 * 64 + 1];

	if (size == 0 || size > 64)
		return json_null();
	return json_string(credit_hex(data, size, text));
}

json_t *output_json_day(int32_t days)
{
	char text[CREDIT_DAY_TEXT_SIZE];

	return days == 0 ? json_null() : json_string(credit_day_text((credit_day_t){days}, text));
}

json_t *output_json_ms(int64_t ms)
{
	char text[CREDIT_MS_TEXT_SIZE];

	return ms == 0 ? json_null() : json_string(credit_ms_text((credit_ms_t){ms}, text));
}

json_t *output_json_problem(const struct credit_problem *problem, enum credit_lang lang)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];

	return json_pack("{s:s, s:i, s:o, s:i, s:o, s:o, s:s, s:o}", "reason",
		credit_error_name(problem->error), "number", (int)problem->error, "field",
		output_json_text(problem->field), "position", (int)problem->position, "rule",
		output_json_text(problem->rule), "detail", output_json_text(problem->detail),
		"text", credit_problem_text(problem, lang, text, sizeof text), "remedy",
		output_json_text(credit_error_remedy(problem->error, lang)));
}

/* --- small texts ------------------------------------------------------------------------------ */

const char *output_day(int32_t days, char *text)
{
	if (days == 0)
		return memcpy(text, "-", 2);
	return credit_day_text((credit_day_t){days}, text);
}

const char *output_last_day(int32_t days, enum credit_lang lang, char text[OUTPUT_LAST_DAY_SIZE])
{
	if (days != 0)
		return output_day(days, text);
	snprintf(text, OUTPUT_LAST_DAY_SIZE, "%s",
		lang == CREDIT_LANG_EN ? "its cause is cured" : "事由消除为止");
	return text;
}

const char *output_uscc(const struct credit_uscc *uscc, char text[OUTPUT_USCC_SIZE])
{
	memcpy(text, uscc->character, CREDIT_USCC_SIZE);
	text[CREDIT_USCC_SIZE] = '\0';
	return text;
}
