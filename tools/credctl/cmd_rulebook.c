/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_rulebook.c - credctl rulebook: checking a rule book that lawyers wrote, and adopting it.
 */
#include "commands.h"
#include "file.h"
#include "output.h"
#include "sign.h"

#include <credit/rules.h>

#include <credit/v1/rule_book.pb-c.h>

#include <stdio.h>
#include <string.h>

/* A rule book from its YAML; bytes and book. */
struct compiled {
	struct credit_arena arena;
	struct credit_bytes bytes;
	struct credit_rule_book *book;
};

static enum credit_error compile(
	const char *path, struct compiled *compiled, struct credit_problem *problem)
{
	struct credit_bytes yaml = {NULL, 0};
	enum credit_error error = file_read(path, CREDIT_RULE_BOOK_MAX, &yaml, problem);

	credit_arena_init(&compiled->arena, NULL, 0, 64U << 20);
	compiled->book = NULL;
	if (error == CREDIT_OK)
		error = credit_rule_book_compile(yaml, &compiled->arena, &compiled->bytes, problem);
	if (error == CREDIT_OK)
		error = credit_rule_book_load(compiled->bytes, &compiled->book, problem);
	file_free(yaml);
	return error;
}

static void compiled_deinit(struct compiled *compiled)
{
	credit_rule_book_free(compiled->book);
	credit_arena_deinit(&compiled->arena);
}

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
			months(app, list->publication_max, most), grounds};
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

static int run_check(struct app *app, void *values, char **arguments, size_t count)
{
	struct credit_problem problem = {0};
	char digest[2 * CREDIT_HASH_SIZE + 1], date[CREDIT_DAY_TEXT_SIZE];
	struct compiled compiled;
	int code = EXIT_DONE;

	(void)values;
	(void)count;
	if (compile(arguments[0], &compiled, &problem) != CREDIT_OK) {
		code = app_fail(app, &problem);
		goto done;
	}
	const Credit__V1__RuleBook *book = credit_rule_book_message(compiled.book);
	credit_hex(credit_rule_book_digest(compiled.book)->byte, CREDIT_HASH_SIZE, digest);
	credit_day_text((credit_day_t){book->effective_date}, date);
	if (app->json) {
		output_json(json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "version",
			book->version, "title", book->title, "effective_date", date, "digest",
			digest, "instruments", (json_int_t)book->n_instruments, "lists",
			(json_int_t)book->n_lists, "records", (json_int_t)book->n_records, "bytes",
			(json_int_t)compiled.bytes.size));
		goto done;
	}
	output_field(app_say(app, "version", "版本"), book->version);
	output_field(app_say(app, "title", "名称"), book->title);
	output_field(app_say(app, "effective", "施行日期"), date);
	output_field(app_say(app, "digest", "摘要"), digest);
	printf(app_say(app,
		       "%zu instruments, %zu lists, %zu kinds of record, %zu years of calendar\n\n",
		       "依据 %zu 项，名单 %zu 项，记录种类 %zu 项，工作日历 %zu 年\n\n"),
		book->n_instruments, book->n_lists, book->n_records, book->n_calendar);
	print_lists(app, book);
	putchar('\n');
	print_classes(app, book);
	puts(app_say(app, "\nA '?' marks a period whose source is not confirmed.",
		"\n“?”表示该期限的出处尚未证实。"));
done:
	compiled_deinit(&compiled);
	return code;
}

const struct command cmd_rulebook_check = {
	.name = "rulebook check",
	.arguments = "FILE.yaml",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.summary = {"compile a rule book, or say which line is wrong",
		"编译规则库，或指出错误所在行"},
	.run = run_check,
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
	struct compiled compiled;
	int code;

	(void)count;
	if (compile(arguments[0], &compiled, &problem) != CREDIT_OK) {
		code = app_fail(app, &problem);
		goto done;
	}
	adoption.version = credit_rule_book_message(compiled.book)->version;
	adoption.digest = (ProtobufCBinaryData){CREDIT_HASH_SIZE,
		(uint8_t *)(uintptr_t)credit_rule_book_digest(compiled.book)->byte};
	adoption.effective_date = values->from.days ? values->from.days : app_today().days;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_RULE_BOOK_ADOPTION;
	act.rule_book_adoption = &adoption;
	struct sign_item item = {&act, compiled.bytes};
	code = sign_and_submit(app, &values->signing, &item, 1);
done:
	compiled_deinit(&compiled);
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
