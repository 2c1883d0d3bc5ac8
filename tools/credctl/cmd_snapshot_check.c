/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_snapshot_check.c - credctl snapshot check: a whole customer base against a snapshot. Offline.
 *
 * Codes and snapshot are both in order, so one walk over the two finds every hit. Hits are kept back until
 * the snapshot is proved to its last byte.
 */
#include "bilingual.h"
#include "commands.h"
#include "customers.h"
#include "file.h"
#include "output.h"
#include "snapshot_file.h"
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_AGE_DEFAULT "48h"
#define REFUSED_SHOWN 50

struct values {
	const char *snapshot, *key, *max_age, *column;
};

struct hit {
	uint64_t row;
	struct credit_uscc uscc;
	uint32_t more, count;
	struct credit_snapshot_entry *entries; /* shared by the rows of one code */
	bool owner;                            /* frees them */
};

struct check {
	const struct app *app;
	const struct values *values;
	credit_day_t today;
	struct customers customers;
	size_t at; /* the first customer that the walk has not passed */
	struct snapshot_file file;
	struct hit *hits;
	size_t hit_count, hit_room;
	uint64_t black, red; /* rows with such a listing that has not ended meanwhile */
	uint64_t clear;      /* rows whose code is on no list */
	uint64_t told;       /* cells that could not be read */
};

/* --- the walk --------------------------------------------------------------------------------- */

static enum credit_error add_hit(struct check *check, const struct hit *hit)
{
	if (check->hit_count == check->hit_room) {
		size_t room = check->hit_room ? 2 * check->hit_room : 256;
		struct hit *grown = realloc(check->hits, room * sizeof *grown);

		if (!grown)
			return CREDIT_E_NO_MEMORY;
		check->hits = grown;
		check->hit_room = room;
	}
	check->hits[check->hit_count++] = *hit;
	return CREDIT_OK;
}

static enum credit_error take_entity(void *context, const struct snapshot_file *file,
	const struct credit_snapshot_entity *entity)
{
	struct check *check = context;
	struct customers *customers = &check->customers;
	struct hit hit = {.uscc = entity->uscc, .more = entity->more, .count = entity->count};
	int order = -1;

	(void)file;
	while (check->at < customers->count &&
		(order = memcmp(customers->items[check->at].uscc.character, entity->uscc.character,
			 CREDIT_USCC_SIZE)) < 0)
		check->at++;
	for (bool first = true; check->at < customers->count && order == 0; first = false) {
		enum credit_error error;

		if (first) {
			hit.entries = malloc((hit.count + 1) * sizeof *hit.entries);
			if (!hit.entries)
				return CREDIT_E_NO_MEMORY;
			memcpy(hit.entries, entity->entry, hit.count * sizeof *hit.entries);
		}
		hit.row = customers->items[check->at].row;
		hit.owner = first;
		customers->items[check->at].found = true;
		error = add_hit(check, &hit);
		if (error != CREDIT_OK)
			return error;
		check->at++;
		if (check->at < customers->count)
			order = memcmp(customers->items[check->at].uscc.character,
				entity->uscc.character, CREDIT_USCC_SIZE);
	}
	return CREDIT_OK;
}

static int by_row(const void *a, const void *b)
{
	const struct hit *left = a, *right = b;

	return (left->row > right->row) - (left->row < right->row);
}

/* --- telling ---------------------------------------------------------------------------------- */

/* Published up to its last day; what has ended since the snapshot was made is no hit any more. */
static bool has_ended(const struct check *check, const struct credit_snapshot_entry *entry)
{
	return entry->published_until.days != 0 && entry->published_until.days < check->today.days;
}

/* Whether the row is a hit, counted by the worst of its lists. */
static bool count_hit(struct check *check, const struct hit *hit)
{
	bool black = false, red = false;

	for (uint32_t i = 0; i < hit->count; i++) {
		const struct snapshot_list *list =
			snapshot_file_list(&check->file, hit->entries[i].list);

		if (has_ended(check, &hit->entries[i]))
			continue;
		black = black || list->colour == CREDIT_SNAPSHOT_BLACK;
		red = red || list->colour == CREDIT_SNAPSHOT_RED;
	}
	check->black += black;
	check->red += red;
	return black || red || hit->more > 0;
}

static void print_entry(const struct check *check, const struct credit_snapshot_entry *entry)
{
	const struct app *app = check->app;
	const struct snapshot_list *list = snapshot_file_list(&check->file, entry->list);
	char since[CREDIT_DAY_TEXT_SIZE], until[CREDIT_DAY_TEXT_SIZE];

	printf("    %s  ", list->colour == CREDIT_SNAPSHOT_RED
				   ? app_say(app, "red list  ", "红名单")
				   : app_say(app, "BLACK LIST", "黑名单"));
	output_safe(stdout, list->title);
	fputs(" / ", stdout);
	output_safe(stdout, list->title_en);
	printf(app_say(app, "\n                since %s, published until %s",
		       "\n                %s 列入，公示至 %s"),
		output_day(entry->listed_on.days, since),
		output_day(entry->published_until.days, until));
	if (entry->disputed)
		fputs(app_say(app, "; an objection is open", "；异议处理中"), stdout);
	if (entry->suspended)
		fputs(app_say(app, "; suspended", "；已中止执行"), stdout);
	if (has_ended(check, entry))
		fputs(app_say(app, "; publication has ended", "；公示期已满"), stdout);
	putchar('\n');
}

static void print_hit(const struct check *check, const struct hit *hit)
{
	const struct app *app = check->app;
	char uscc[OUTPUT_USCC_SIZE];

	printf(app_say(app, "row %llu  %s\n", "第 %llu 行  %s\n"), (unsigned long long)hit->row,
		output_uscc(&hit->uscc, uscc));
	for (uint32_t i = 0; i < hit->count; i++)
		print_entry(check, &hit->entries[i]);
	if (hit->more > 0)
		printf(app_say(app, "    and on %u more lists: ask 'credctl status'\n",
			       "    另有 %u 个名单，请用 credctl status 查询\n"),
			hit->more);
}

static json_t *hit_json(const struct check *check, const struct hit *hit, bool counts)
{
	json_t *lists = json_array();
	char uscc[OUTPUT_USCC_SIZE];

	for (uint32_t i = 0; i < hit->count; i++) {
		const struct credit_snapshot_entry *entry = &hit->entries[i];
		const struct snapshot_list *list = snapshot_file_list(&check->file, entry->list);

		json_array_append_new(
			lists, json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:b, s:b, s:b}", "list",
				       output_json_text(list->id), "colour",
				       list->colour == CREDIT_SNAPSHOT_RED ? "red" : "black",
				       "title", output_json_text(list->title), "title_en",
				       output_json_text(list->title_en), "listed_on",
				       output_json_day(entry->listed_on.days), "published_until",
				       output_json_day(entry->published_until.days), "disputed",
				       (int)entry->disputed, "suspended", (int)entry->suspended,
				       "ended", (int)has_ended(check, entry)));
	}
	return json_pack("{s:I, s:s, s:b, s:o, s:I}", "row", (json_int_t)hit->row, "code",
		output_uscc(&hit->uscc, uscc), "hit", (int)counts, "lists", lists, "more_lists",
		(json_int_t)hit->more);
}

static uint64_t tell_hits(struct check *check)
{
	uint64_t hits = 0;

	if (check->hit_count > 1)
		qsort(check->hits, check->hit_count, sizeof *check->hits, by_row);
	for (size_t i = 0; i < check->hit_count; i++) {
		bool counts = count_hit(check, &check->hits[i]);

		hits += counts;
		if (check->app->json)
			output_json(hit_json(check, &check->hits[i], counts));
		else
			print_hit(check, &check->hits[i]);
	}
	return hits;
}

static void tell_summary(const struct check *check, uint64_t hits)
{
	const struct app *app = check->app;
	const struct customers *customers = &check->customers;
	unsigned long long clear = (unsigned long long)check->clear;
	char time[CREDIT_MS_TEXT_SIZE];

	credit_ms_text(check->file.header.publication.recorded_at, time);
	if (app->json) {
		output_json(json_pack("{s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I}}",
			"summary", "rows", (json_int_t)customers->rows, "hits", (json_int_t)hits,
			"black", (json_int_t)check->black, "red", (json_int_t)check->red,
			"no_entry", (json_int_t)clear, "without_code", (json_int_t)customers->empty,
			"not_checked", (json_int_t)customers->unread, "published_at",
			output_json_ms(check->file.header.publication.recorded_at.ms),
			"publication", (json_int_t)check->file.leaf.publication));
		return;
	}
	printf(app_say(app,
		       "%s%llu rows: %llu hits (%llu on black lists, %llu on red lists), %llu "
		       "without an entry, %llu without a code, %llu not checked\n",
		       "%s共 %llu 行：命中 %llu 行（黑名单 %llu，红名单 %llu），无条目 %llu "
		       "行，无代码 %llu 行，未能核对 %llu 行\n"),
		hits > 0 ? "\n" : "", (unsigned long long)customers->rows, (unsigned long long)hits,
		(unsigned long long)check->black, (unsigned long long)check->red, clear,
		(unsigned long long)customers->empty, (unsigned long long)customers->unread);
	printf(app_say(app,
		       "No entry means: on no red or black list that %s had published at %s. It "
		       "does "
		       "not say that the\nentity is enrolled, and penalties are not in a "
		       "snapshot.\n",
		       "“无条目”是指：%s 在 %s "
		       "公布的红黑名单中没有该主体。这不表示该主体已登记，\n"
		       "快照也不含行政处罚。\n"),
		check->file.header.origin, time);
}

static void tell_refused(void *context, const char *cell, const struct credit_problem *problem)
{
	struct check *check = context;
	struct credit_problem told = *problem;
	char text[CREDIT_PROBLEM_TEXT_MAX];

	check->told++;
	bilingual_choose(&told, check->app->lang);
	if (check->app->json) {
		json_t *value = output_json_problem(&told, check->app->lang);

		output_json(json_pack("{s:s, s:o}", "cell", cell, "not_checked", value));
		return;
	}
	if (check->told > REFUSED_SHOWN)
		return;
	fprintf(stderr, app_say(check->app, "cell %s: %s\n", "单元格 %s：%s\n"), cell,
		credit_problem_text(&told, check->app->lang, text, sizeof text));
}

/* A code that fails a check character and is on no list is taken for a mistyped one. */
static void tell_doubtful(struct check *check)
{
	struct customers *customers = &check->customers;

	for (size_t i = 0; i < customers->count; i++) {
		const struct customer *customer = &customers->items[i];
		struct credit_bytes code = {
			(const uint8_t *)customer->uscc.character, CREDIT_USCC_SIZE};
		char name[CUSTOMERS_CELL_SIZE];
		struct credit_problem why = {0};
		struct credit_uscc uscc;

		if (!customer->doubtful || customer->found ||
			value_uscc(code, CREDIT_USCC_PLAIN, &uscc, &why) == CREDIT_OK)
			continue;
		customers->unread++;
		check->clear--;
		tell_refused(check, customers_cell(customers, customer->row, name), &why);
	}
}

/* --- all of it -------------------------------------------------------------------------------- */

static enum credit_error read_both(
	struct check *check, const char *path, struct credit_problem *problem)
{
	const struct values *values = check->values;
	struct credit_named_key key;
	int64_t age = 0;
	enum credit_error error =
		value_age(values->max_age ? values->max_age : MAX_AGE_DEFAULT, &age, problem);

	if (error == CREDIT_OK)
		error = file_vkey(values->key, &key, problem);
	if (error == CREDIT_OK)
		error = customers_read(
			path, values->column, check, tell_refused, &check->customers, problem);
	if (error != CREDIT_OK)
		return error;
	check->file.context = check;
	check->file.entity = take_entity;
	error = snapshot_file_read(&check->file, values->snapshot, &key, problem);
	if (error == CREDIT_OK)
		error = snapshot_file_check_age(&check->file, app_now(), age, problem);
	return error;
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	struct check check = {.app = app, .values = memory, .today = app_today()};
	struct credit_problem problem = {0};
	uint64_t hits = 0;
	enum credit_error error = read_both(&check, arguments[0], &problem);
	int code = EXIT_DONE;

	(void)count;
	if (error == CREDIT_OK) {
		hits = tell_hits(&check);
		check.clear = check.customers.count - hits;
		tell_doubtful(&check);
		tell_summary(&check, hits);
		code = hits > 0 || check.customers.unread > 0 ? EXIT_NO : EXIT_DONE;
	}
	for (size_t i = 0; i < check.hit_count; i++)
		if (check.hits[i].owner)
			free(check.hits[i].entries);
	free(check.hits);
	customers_free(&check.customers);
	snapshot_file_free(&check.file);
	if (error == CREDIT_OK)
		return code;
	bilingual_choose(&problem, app->lang);
	return app_fail(app, &problem);
}

static const struct option options[] = {
	{.name = "snapshot",
		.letter = 's',
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, snapshot),
		.required = true,
		.value = "FILE",
		.help = {"the snapshot, as 'snapshot get' wrote it",
			"snapshot get 写出的快照文件"}},
	{.name = "key",
		.letter = 'k',
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, key),
		.required = true,
		.value = "VKEY",
		.environment = "CREDCTL_REGISTRY",
		.help = {"the registry's public key, text or file", "登记系统公钥（文本或文件）"}},
	{.name = "max-age",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, max_age),
		.value = "AGE",
		.help = {"how old the snapshot may be (s, m, h, d); 48h by default",
			"快照最多多久以前（s、m、h、d），默认 48h"}},
	{.name = "column",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, column),
		.value = "NAME",
		.help = {"the column of the codes: its heading, or its number from 1",
			"代码所在列：表头，或从 1 起的列号"}},
	{.name = NULL},
};

const struct command cmd_snapshot_check = {
	.name = "snapshot check",
	.arguments = "FILE.csv",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"a customer base against a snapshot, offline", "离线以快照核对客户名册"},
	.detail = {"FILE.csv (UTF-8 or GB18030) has a column of codes. Every row on a published "
		   "list is told; nobody\nlearns whom you asked about. Exit code 1 when there is a "
		   "hit, or a row that could not be checked.",
		"FILE.csv（UTF-8 或 "
		"GB18030）含统一社会信用代码列。列出全部命中行，且不向任何人透露\n"
		"所查对象。有命中或有无法核对的行时，退出码为 1。"},
	.run = run,
};
