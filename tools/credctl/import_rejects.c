/* SPDX-License-Identifier: Apache-2.0
 *
 * import_rejects.c - the rows that were refused, in a file that can be corrected and imported again.
 *
 * CSV, UTF-8 with a byte-order mark (so that spreadsheets see the encoding), CR LF. The columns are
 * those of the file, then row number, column, reason and remedy in Chinese; importing passes over
 * these four. Cells about persons, and cells with an identity number in them, are left empty: a copy
 * of such a number is one too many.
 */
#include "import.h"

#include "bilingual.h"
#include "file.h"
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN_MAX 20 /* refused rows on screen; the rest is in the file and in the summary */

/* --- lines ------------------------------------------------------------------------------------ */

static bool is_shown(const struct sheet *sheet, size_t column, struct credit_bytes cell)
{
	return !sheet_is_personal(sheet, column) &&
	       credit_guard_text(cell, CREDIT_TEXT_DOCUMENT_NUMBER, NULL) != CREDIT_E_PERSONAL_ID;
}

char *import_rejects_line(const struct import *import, const struct csv_row *row, bool blank)
{
	char *line = NULL;
	size_t size = 0;
	FILE *file;

	if (!import->rejects)
		return NULL;
	file = open_memstream(&line, &size);
	if (!file)
		return NULL;
	for (size_t i = 0; i < import->sheet.count; i++) {
		if (sheet_is_of_rejects(&import->sheet, i))
			continue;
		if (!blank && i < row->count && is_shown(&import->sheet, i, row->cell[i]))
			csv_put(file, row->cell[i]);
		fputc(',', file);
	}
	if (fclose(file) != 0) {
		free(line);
		return NULL;
	}
	return line;
}

/* As many empty cells as the file has columns, for a row that could not be read. */
static void put_empty(const struct import *import)
{
	for (size_t i = 0; i < import->sheet.count; i++) {
		if (!sheet_is_of_rejects(&import->sheet, i))
			fputc(',', import->rejects);
	}
}

static void put_text(FILE *file, const char *text, const char *end)
{
	csv_put(file, credit_bytes_of(text));
	fputs(end, file);
}

/* The sentence without field and remedy, which have columns of their own. */
static void put_reason(FILE *file, const struct credit_problem *problem)
{
	struct credit_problem zh = *problem;
	char text[CREDIT_PROBLEM_TEXT_MAX];

	bilingual_choose(&zh, CREDIT_LANG_ZH);
	snprintf(text, sizeof text, "%s%s%s%s%s%s%s", credit_error_text(zh.error, CREDIT_LANG_ZH),
		zh.detail[0] ? "（" : "", zh.detail, zh.detail[0] ? "）" : "",
		zh.rule[0] ? "〔" : "", zh.rule, zh.rule[0] ? "〕" : "");
	put_text(file, text, ",");
}

static void write_reject(
	struct import *import, uint64_t row, const char *line, const struct credit_problem *problem)
{
	if (line)
		fputs(line, import->rejects);
	else
		put_empty(import);
	fprintf(import->rejects, "%llu,", (unsigned long long)row);
	put_text(import->rejects, problem->field, ",");
	put_reason(import->rejects, problem);
	put_text(import->rejects, credit_error_remedy(problem->error, CREDIT_LANG_ZH), "\r\n");
}

/* --- the file --------------------------------------------------------------------------------- */

static void write_headings(struct import *import)
{
	fputs("\xef\xbb\xbf", import->rejects);
	for (size_t i = 0; i < import->sheet.count; i++) {
		if (!sheet_is_of_rejects(&import->sheet, i))
			put_text(import->rejects, import->sheet.heading[i], ",");
	}
	fputs("行号,列,原因,处理办法\r\n", import->rejects);
}

enum credit_error import_rejects_open(struct import *import, struct credit_problem *problem)
{
	const char *path = import->values->rejects;
	uint64_t size = import->tally.rejects_size;

	if (!path)
		return CREDIT_OK;
	import->rejects = fopen(path, size > 0 ? "r+be" : "wxbe");
	if (!import->rejects)
		return file_fault(path, problem);
	if (size == 0) {
		write_headings(import);
		return CREDIT_OK;
	}
	/* What a run wrote after its last saved state is done again. */
	if (fseeko(import->rejects, 0, SEEK_END) != 0 || (uint64_t)ftello(import->rejects) < size ||
		ftruncate(fileno(import->rejects), (off_t)size) != 0 ||
		fseeko(import->rejects, (off_t)size, SEEK_SET) != 0)
		return credit_problem_set(problem, CREDIT_E_IO, path, NULL, "%s",
			app_say(import->app, "not the file that the state file knows",
				"与状态文件记录的不一致"));
	return CREDIT_OK;
}

enum credit_error import_rejects_sync(struct import *import, struct credit_problem *problem)
{
	if (!import->rejects)
		return CREDIT_OK;
	if (fflush(import->rejects) != 0 || fsync(fileno(import->rejects)) != 0 ||
		ferror(import->rejects))
		return file_fault(import->values->rejects, problem);
	import->tally.rejects_size = (uint64_t)ftello(import->rejects);
	return CREDIT_OK;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void show(struct import *import, uint64_t row, const struct credit_problem *problem)
{
	struct credit_problem shown = *problem;
	char text[CREDIT_PROBLEM_TEXT_MAX];

	bilingual_choose(&shown, import->app->lang);
	if (import->app->json) {
		output_json(json_pack("{s:I, s:o}", "row", (json_int_t)row, "error",
			output_json_problem(&shown, import->app->lang)));
		return;
	}
	if (import->shown++ >= SHOWN_MAX)
		return;
	import_progress_clear(import);
	fprintf(stderr, app_say(import->app, "row %llu: ", "第 %llu 行："),
		(unsigned long long)row);
	output_safe(stderr, credit_problem_text(&shown, import->app->lang, text, sizeof text));
	fputc('\n', stderr);
	if (import->shown == SHOWN_MAX)
		app_note(import->app, "further refused rows are counted only%s",
			"其余被拒行仅计数%s",
			import->rejects
				? ""
				: app_say(import->app, "; see --rejects", "，详见 --rejects"));
}

void import_refuse(
	struct import *import, uint64_t row, const char *line, const struct credit_problem *problem)
{
	size_t number = (size_t)problem->error;

	import->tally.refused++;
	import->tally.by_error[number < IMPORT_ERRORS ? number : CREDIT_E_INTERNAL]++;
	show(import, row, problem);
	if (import->rejects)
		write_reject(import, row, line, problem);
}
