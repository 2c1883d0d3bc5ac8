/* SPDX-License-Identifier: Apache-2.0
 *
 * import_progress.c - how far an import is, and the summary at its end.
 *
 * On a terminal one line that is drawn over; elsewhere a plain line now and then, so that a log stays
 * readable. What is left is estimated by bytes of the file, which are known from the start.
 */
#include "import.h"

#include "output.h"

#include <time.h>
#include <unistd.h>

#define DRAW_MS 200
#define PLAIN_MS 10000
#define BAR_WIDTH 24

int64_t import_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void draw_bar(double part)
{
	int filled = (int)(part * BAR_WIDTH);

	fputs("\r\033[K[", stderr);
	for (int i = 0; i < BAR_WIDTH; i++)
		fputc(i < filled ? '#' : '.', stderr);
	fputs("] ", stderr);
}

void import_progress_begin(struct import *import)
{
	import->started = import->drawn = import_clock();
	import->terminal = isatty(STDERR_FILENO);
}

void import_progress(struct import *import)
{
	int64_t now = import_clock();
	double part, seconds, rate;

	if (import->app->json || now - import->drawn < (import->terminal ? DRAW_MS : PLAIN_MS))
		return;
	import->drawn = now;
	part = import->csv.scan.size > 0
		       ? (double)import->csv.bytes_read / (double)import->csv.scan.size
		       : 1;
	seconds = (double)(now - import->started) / 1000;
	rate = seconds > 0 ? (double)(import->tally.rows - import->rows_before) / seconds : 0;
	if (import->terminal)
		draw_bar(part);
	fprintf(stderr,
		app_say(import->app,
			"%3.0f %%  %llu rows, %llu accepted, %llu refused, %.0f rows/s, %.0f s "
			"left",
			"%3.0f %%  已读 %llu 行，受理 %llu，被拒 %llu，%.0f 行/秒，约余 %.0f 秒"),
		part * 100, (unsigned long long)import->tally.rows,
		(unsigned long long)import->tally.accepted,
		(unsigned long long)import->tally.refused, rate,
		part > 0 ? seconds / part * (1 - part) : 0);
	if (!import->terminal)
		fputc('\n', stderr);
}

void import_progress_clear(const struct import *import)
{
	if (!import->app->json && import->terminal && import->drawn > import->started)
		fputs("\r\033[K", stderr);
}

/* --- the summary ------------------------------------------------------------------------------ */

static void print_reasons(const struct import *import)
{
	const struct app *app = import->app;
	const char *const headings[] = {app_say(app, "ROWS", "行数"),
		app_say(app, "REASON", "原因"), app_say(app, "WHAT TO DO", "处理办法")};
	struct output_table *table = output_table_new(headings, 3);

	for (size_t i = 0; i < IMPORT_ERRORS; i++) {
		char rows[24];
		const char *const cells[] = {rows,
			credit_error_text((enum credit_error)i, app->lang),
			credit_error_remedy((enum credit_error)i, app->lang)};

		if (import->tally.by_error[i] == 0)
			continue;
		snprintf(rows, sizeof rows, "%llu", (unsigned long long)import->tally.by_error[i]);
		output_table_add(table, cells);
	}
	output_table_print(table, stdout);
}

static void print_json(const struct import *import)
{
	json_t *reasons = json_object();

	for (size_t i = 0; i < IMPORT_ERRORS; i++) {
		if (import->tally.by_error[i] > 0)
			json_object_set_new(reasons, credit_error_name((enum credit_error)i),
				json_integer((json_int_t)import->tally.by_error[i]));
	}
	output_json(json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:s}", "file", import->path,
		"dry_run", (int)import->values->dry_run, "rows", (json_int_t)import->tally.rows,
		"accepted", (json_int_t)import->tally.accepted, "refused",
		(json_int_t)import->tally.refused, "enrolled", (json_int_t)import->tally.enrolled,
		"personal_cells_left_out", (json_int_t)import->personal_cells, "reasons", reasons,
		"encoding", import->csv.scan.encoding == CSV_UTF8 ? "UTF-8" : "GB18030"));
}

static void print_words(const struct import *import)
{
	const struct app *app = import->app;
	double seconds = (double)(import_clock() - import->started) / 1000;
	uint64_t rows = import->tally.rows - import->rows_before;

	printf(app_say(app, "%s: %llu rows, %s %llu, refused %llu, entities enrolled %llu\n",
		       "%s：共 %llu 行，%s %llu，被拒 %llu，主体入库 %llu\n"),
		import->path, (unsigned long long)import->tally.rows,
		import->values->dry_run ? app_say(app, "good", "合格")
					: app_say(app, "accepted", "受理"),
		(unsigned long long)import->tally.accepted,
		(unsigned long long)import->tally.refused,
		(unsigned long long)import->tally.enrolled);
	if (rows > 0 && seconds > 0)
		printf(app_say(app, "%.1f seconds, %.0f rows a second\n",
			       "用时 %.1f 秒，%.0f 行/秒\n"),
			seconds, (double)rows / seconds);
	if (import->personal_cells > 0)
		printf(app_say(app, "%llu cells about persons were left out and not sent\n",
			       "已略去 %llu 个涉及自然人信息的单元格，未报送\n"),
			(unsigned long long)import->personal_cells);
	if (import->tally.refused == 0)
		return;
	putchar('\n');
	print_reasons(import);
	if (import->values->rejects)
		printf(app_say(app, "\nCorrect the refused rows in %s and import that file.\n",
			       "\n请在 %s 中更正被拒行后导入该文件。\n"),
			import->values->rejects);
}

int import_summary(struct import *import)
{
	import_progress_clear(import);
	if (import->app->json)
		print_json(import);
	else
		print_words(import);
	return import->tally.refused == 0 ? EXIT_DONE : EXIT_NO;
}
