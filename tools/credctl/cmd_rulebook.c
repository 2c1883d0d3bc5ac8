/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_rulebook.c - credctl rulebook: checking a rule book that lawyers wrote, comparing two, adopting
 * one.
 */
#include "book_diff.h"
#include "book_file.h"
#include "book_walk.h"
#include "commands.h"
#include "output.h"
#include "sign.h"

#include <stdio.h>
#include <string.h>

/* --- check ------------------------------------------------------------------------------------ */

static const char *months(const struct app *app, const Credit__V1__Period *period, char text[32])
{
	if (!period)
		return "-";
	snprintf(text, 32, app_say(app, "%u months%s", "%u 个月%s"), period->months,
		period->uncertain ? "?" : "");
	return text;
}

static void print_lists(const struct app *app, const Credit__V1__RuleBook *book)
{
	const char *const headings[] = {app_say(app, "LIST", "名单编号"),
		app_say(app, "TITLE", "名称"), app_say(app, "REPAIR FROM", "最短公示"),
		app_say(app, "AT MOST", "最长公示"), app_say(app, "GROUNDS", "事由数")};
	struct output_table *table = output_table_new(headings, 5);

	for (size_t i = 0; i < book->n_lists; i++) {
		const Credit__V1__ListRule *list = book->lists[i];
		char least[32], most[32], grounds[16];

		snprintf(grounds, sizeof grounds, "%zu", list->n_grounds);
		const char *const cells[] = {list->id, app_say(app, list->title_en, list->title),
			list->no_repair ? app_say(app, "never", "不予修复")
					: months(app, list->repair_min, least),
			list->publication_max ? months(app, list->publication_max, most)
					      : app_say(app, "until ended", "至移出"),
			grounds};
		output_table_add(table, cells);
	}
	output_table_print(table, stdout);
}

static void print_classes(const struct app *app, const Credit__V1__RuleBook *book)
{
	static const char *const severities[][2] = {
		{"-", "-"}, {"minor", "轻微"}, {"general", "一般"}, {"serious", "严重"}};
	const char *const headings[] = {app_say(app, "RECORD", "记录种类"),
		app_say(app, "CLASS", "分类"), app_say(app, "AT LEAST", "最短公示"),
		app_say(app, "AT MOST", "最长公示")};
	struct output_table *table = output_table_new(headings, 4);

	for (size_t i = 0; i < book->n_records; i++) {
		for (size_t j = 0; j < book->records[i]->n_classes; j++) {
			const Credit__V1__PenaltyClass *class = book->records[i]->classes[j];
			char least[32], most[32];
			const char *const cells[] = {book->records[i]->id,
				severities[class->severity & 3][app->lang],
				months(app, class->publication_min, least),
				months(app, class->publication_max, most)};

			output_table_add(table, cells);
		}
	}
	output_table_print(table, stdout);
}

static void print_limits(const struct app *app, const Credit__V1__RuleBook *book)
{
	const char *const headings[] = {app_say(app, "LIMIT", "时限"),
		app_say(app, "WORKING DAYS", "工作日"), app_say(app, "EXTENSION", "可延长"),
		app_say(app, "FOR WHAT", "事项")};
	struct output_table *table = output_table_new(headings, 4);

	for (size_t i = 0; i < book->n_time_limits; i++) {
		const Credit__V1__TimeLimit *limit = book->time_limits[i];
		char days[32], extension[32] = "";

		snprintf(days, sizeof days, "%u%s", limit->working_days,
			limit->uncertain ? "?" : "");
		if (limit->extension_days)
			snprintf(extension, sizeof extension, "+%u", limit->extension_days);
		const char *const cells[] = {
			limit->id, days, extension, credit_rule_limit_title(limit->id, app->lang)};
		output_table_add(table, cells);
	}
	output_table_print(table, stdout);
}

/* --- what is wrong ---------------------------------------------------------------------------- */

struct telling {
	const struct app *app;
	size_t count;
	int code; /* of the first */
};

static void tell_fault(void *context, const struct credit_problem *fault)
{
	struct telling *telling = context;
	int code = app_fail(telling->app, fault);

	if (telling->count++ == 0)
		telling->code = code;
}

/* The file did not compile: `first` says why; all that is wrong is told. */
static int tell_faults(const struct app *app, const char *path, const struct credit_problem *first)
{
	struct telling telling = {.app = app};
	enum credit_error error = book_file_faults(path, tell_fault, &telling);

	/* A fault of the machine, or a file that changed between the two readings. */
	if (error == CREDIT_OK || telling.count == 0)
		return app_fail(app, first);
	if (telling.count > 1)
		app_note(app, "%zu faults", "共 %zu 处错误", telling.count);
	return telling.code;
}

/* --- what is uncertain ------------------------------------------------------------------------ */

struct uncertain {
	struct output_table *table; /* NULL: no table is wanted */
	bool json;                  /* a value a line */
	size_t count;
};

static void count_uncertain(void *context, const char *path, const char *source)
{
	struct uncertain *uncertain = context;
	const char *const cells[] = {path, source};

	uncertain->count++;
	if (uncertain->table)
		output_table_add(uncertain->table, cells);
	if (uncertain->json)
		output_json(
			json_pack("{s:s, s:o}", "path", path, "source", output_json_text(source)));
}

static void list_uncertain(const struct app *app, const Credit__V1__RuleBook *book)
{
	const char *const headings[] = {app_say(app, "UNCERTAIN", "未经证实"),
		app_say(app, "WHAT IS KNOWN OF ITS SOURCE", "出处说明")};
	struct uncertain uncertain = {.json = app->json};

	if (!app->json)
		uncertain.table = output_table_new(headings, 2);
	book_uncertain(&book->base, count_uncertain, &uncertain);
	if (!app->json)
		output_table_print(uncertain.table, stdout);
}

/* --- the summary ------------------------------------------------------------------------------ */

static void print_json(const struct book_file *file, const char *digest, const char *date)
{
	const Credit__V1__RuleBook *book = credit_rule_book_message(file->book);
	struct uncertain uncertain = {0};

	book_uncertain(&book->base, count_uncertain, &uncertain);
	output_json(json_pack("{s:s, s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"version", book->version, "title", output_json_text(book->title), "effective_date",
		date, "digest", digest, "instruments", (json_int_t)book->n_instruments, "lists",
		(json_int_t)book->n_lists, "records", (json_int_t)book->n_records, "measures",
		(json_int_t)book->n_measures, "time_limits", (json_int_t)book->n_time_limits,
		"objection_grounds", (json_int_t)book->n_objection_grounds, "grades",
		(json_int_t)(book->grading ? book->grading->n_classes : 0), "uncertain",
		(json_int_t)uncertain.count, "bytes", (json_int_t)file->bytes.size));
}

static void print_summary(const struct app *app, const Credit__V1__RuleBook *book,
	const char *digest, const char *date)
{
	struct uncertain uncertain = {0};

	output_field(app_say(app, "version", "版本"), book->version);
	output_field(app_say(app, "title", "名称"), book->title);
	output_field(app_say(app, "effective", "施行日期"), date);
	output_field(app_say(app, "digest", "摘要"), digest);
	printf(app_say(app,
		       "%zu instruments, %zu lists, %zu kinds of record, %zu measures, %zu grounds "
		       "of "
		       "objection, %zu grades, %zu years of calendar\n\n",
		       "依据 %zu 项，名单 %zu 项，记录种类 %zu 项，措施 %zu 项，异议事由 %zu 项，"
		       "等级 %zu 个，工作日历 %zu 年\n\n"),
		book->n_instruments, book->n_lists, book->n_records, book->n_measures,
		book->n_objection_grounds, book->grading ? book->grading->n_classes : 0,
		book->n_calendar);
	print_lists(app, book);
	putchar('\n');
	print_classes(app, book);
	putchar('\n');
	print_limits(app, book);
	book_uncertain(&book->base, count_uncertain, &uncertain);
	if (uncertain.count > 0)
		printf(app_say(app,
			       "\n%zu items are not confirmed by a published text ('?' above); "
			       "--uncertain lists them.\n",
			       "\n有 %zu 项未经公开文本证实（上表以“?”标出），可用 --uncertain "
			       "列出。\n"),
			uncertain.count);
}

struct check_values {
	bool uncertain;
};

static int run_check(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct check_values *values = memory;
	struct credit_problem problem = {0};
	char digest[2 * CREDIT_HASH_SIZE + 1], date[CREDIT_DAY_TEXT_SIZE];
	struct book_file file;
	int code = EXIT_DONE;

	(void)count;
	if (book_file_open(arguments[0], &file, &problem) != CREDIT_OK) {
		code = tell_faults(app, arguments[0], &problem);
		goto done;
	}
	const Credit__V1__RuleBook *book = credit_rule_book_message(file.book);
	credit_hex(credit_rule_book_digest(file.book)->byte, CREDIT_HASH_SIZE, digest);
	credit_day_text((credit_day_t){book->effective_date}, date);
	if (values->uncertain)
		list_uncertain(app, book);
	else if (app->json)
		print_json(&file, digest, date);
	else
		print_summary(app, book, digest, date);
done:
	book_file_close(&file);
	return code;
}

static const struct option check_options[] = {
	{.name = "uncertain",
		.type = OPTION_FLAG,
		.offset = offsetof(struct check_values, uncertain),
		.help = {"list what no published text confirms", "列出未经公开文本证实的条目"}},
	{.name = NULL},
};

const struct command cmd_rulebook_check = {
	.name = "rulebook check",
	.arguments = "FILE.yaml",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.values_size = sizeof(struct check_values),
	.options = check_options,
	.summary = {"compile a rule book, or say what is wrong and where",
		"编译规则库，或指出各处错误"},
	.run = run_check,
};

/* --- diff ------------------------------------------------------------------------------------- */

static void print_changes(const struct app *app, const struct book_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct book_change *change = &changes->items[i];
		const struct book_audience_row *whom = &book_audiences[change->whom];

		if (app->json) {
			output_json(json_pack("{s:s, s:o, s:o, s:o, s:o}", "for", whom->name,
				"item", output_json_text(change->item[CREDIT_LANG_EN]), "change",
				output_json_text(change->text[CREDIT_LANG_EN]), "item_zh",
				output_json_text(change->item[CREDIT_LANG_ZH]), "change_zh",
				output_json_text(change->text[CREDIT_LANG_ZH])));
			continue;
		}
		if (i == 0 || changes->items[i - 1].whom != change->whom)
			printf(app_say(app, "%sFor %s\n", "%s对%s\n"), i > 0 ? "\n" : "",
				whom->text[app->lang]);
		printf("  ");
		output_safe(stdout, change->item[app->lang]);
		printf("%s", !*change->item[app->lang] ? "" : app_say(app, ": ", "："));
		output_safe(stdout, change->text[app->lang]);
		putchar('\n');
	}
	if (changes->count == 0)
		app_note(app, "nothing changes", "没有变化");
}

static int run_diff(struct app *app, void *values, char **arguments, size_t count)
{
	struct credit_problem problem = {0};
	struct book_changes changes = {0};
	struct book_file old = {0}, new = {0};
	int code = EXIT_DONE;

	(void)values;
	(void)count;
	if (book_file_open(arguments[0], &old, &problem) != CREDIT_OK ||
		book_file_open(arguments[1], &new, &problem) != CREDIT_OK)
		code = app_fail(app, &problem);
	else if (book_diff(credit_rule_book_message(old.book), credit_rule_book_message(new.book),
			 &changes))
		print_changes(app, &changes);
	else {
		credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
		code = app_fail(app, &problem);
	}
	book_changes_free(&changes);
	book_file_close(&new);
	book_file_close(&old);
	return code;
}

const struct command cmd_rulebook_diff = {
	.name = "rulebook diff",
	.arguments = "OLD.yaml NEW.yaml",
	.arguments_min = 2,
	.arguments_max = 2,
	.offline = true,
	.summary = {"say what changes from one rule book to another, and for whom",
		"说明两版规则库的变化及其影响对象"},
	.run = run_diff,
};

/* --- adopt ------------------------------------------------------------------------------------ */

struct adopt_values {
	struct sign_values signing;
	credit_day_t from;
};

static int run_adopt(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct adopt_values *values = memory;
	Credit__V1__RuleBookAdoption adoption = CREDIT__V1__RULE_BOOK_ADOPTION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct credit_problem problem = {0};
	struct book_file file;
	int code;

	(void)count;
	if (book_file_open(arguments[0], &file, &problem) != CREDIT_OK) {
		code = app_fail(app, &problem);
		goto done;
	}
	adoption.version = credit_rule_book_message(file.book)->version;
	adoption.digest = (ProtobufCBinaryData){
		CREDIT_HASH_SIZE, (uint8_t *)(uintptr_t)credit_rule_book_digest(file.book)->byte};
	adoption.effective_date = values->from.days ? values->from.days : app_today().days;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_RULE_BOOK_ADOPTION;
	act.rule_book_adoption = &adoption;
	struct sign_item item = {&act, file.bytes};
	code = sign_and_submit(app, &values->signing, &item, 1);
done:
	book_file_close(&file);
	return code;
}

static const struct option adopt_options[] = {
	{.name = "from",
		.type = OPTION_DATE,
		.offset = offsetof(struct adopt_values, from),
		.value = "DATE",
		.help = {"first day in force; today by default", "施行日期，默认今日"}},
	SIGN_OPTIONS(struct adopt_values),
	{.name = NULL},
};

const struct command cmd_rulebook_adopt = {
	.name = "rulebook adopt",
	.arguments = "FILE.yaml",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct adopt_values),
	.options = adopt_options,
	.summary = {"put a rule book into force (root authority)", "采用规则库（根管理机关）"},
	.run = run_adopt,
};
