/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_list_paper.c - credctl list paper: the notice of repair that is served with a decision (两书同达).
 *
 * A clerk prints it and serves it together with the decision: what was decided, until when it is
 * shown, when and where repair may be asked for, how to object. All of it comes from the entity's
 * own answer, so the paper says what the registry says. Both languages, whatever the terminal's.
 */
#include "commands.h"
#include "connect.h"
#include "output.h"
#include "status_answer.h"
#include "value.h"

#include <stdio.h>
#include <string.h>

/* A line of the paper: Chinese, then English. */
static void line(const char *zh, const char *en, const char *value_zh, const char *value_en)
{
	printf("%s / %s\n    ", zh, en);
	output_safe(stdout, value_zh);
	if (value_en && strcmp(value_zh, value_en) != 0) {
		printf("\n    ");
		output_safe(stdout, value_en);
	}
	printf("\n\n");
}

static void print_periods(const Credit__V1__ListingDetail *listing)
{
	char day[CREDIT_DAY_TEXT_SIZE];

	if (listing->published_until != 0)
		line("公示截止期", "Published until", output_day(listing->published_until, day),
			NULL);
	else
		line("公示截止期", "Published until", "列入事由消除并移出为止",
			"its cause is cured and it is removed");
	if (listing->repair_from != 0)
		line("可申请信用修复之日", "Repair may be asked for from",
			output_day(listing->repair_from, day), NULL);
	else
		line("信用修复", "Repair", "此名单依规定不予修复，期满自动终止公示",
			"this list knows no repair; publication ends by itself");
}

/* What to do, in order. */
static void print_steps(const Credit__V1__ListingDetail *listing)
{
	printf("如何办理 / What to do\n");
	printf("    1. 履行决定确定的义务，改正违法行为，并保存证明。\n"
	       "       Perform what the decision demands, mend what was wrong, keep the proof.\n");
	if (listing->repair_from != 0)
		printf("    2. "
		       "自可申请之日起，向任一受理窗口提出信用修复申请，附履行证明和信用承诺；"
		       "不收费用。\n"
		       "       From that day on apply for repair at any front office, with proof "
		       "of "
		       "performance and a pledge; it is free.\n"
		       "    3. 由认定机关决定；准予修复的，同日终止公示，相关措施一并解除。\n"
		       "       The deciding authority decides; with a grant publication ends the "
		       "same "
		       "day, and measures with it.\n");
	printf("    *. 认为记录有误的，可随时提出异议；异议办理期间记录标注“异议”。\n"
	       "       Who holds the record to be wrong may object at any time; meanwhile it is "
	       "marked as disputed.\n\n");
}

static void print_paper(const char *uscc, const Credit__V1__Detail *detail,
	const Credit__V1__ListingDetail *listing)
{
	char text[512], date[CREDIT_DAY_TEXT_SIZE], record[2 * CREDIT_RECORD_ID_SIZE + 1] = "";

	if (listing->record.len == CREDIT_RECORD_ID_SIZE)
		credit_hex(listing->record.data, listing->record.len, record);
	printf("信用修复告知书\nNotice of repair, served with the decision\n\n");
	snprintf(text, sizeof text, "%s（%s）", detail->name, uscc);
	line("信用主体", "Entity", text, NULL);
	line("名单", "List", listing->title, listing->title_en);
	snprintf(text, sizeof text, "%s，%s", listing->document_no,
		output_day(listing->listed_on, date));
	line("决定", "Decision", text, NULL);
	snprintf(text, sizeof text, "%s（%s）", listing->decider_name, listing->decider_uscc);
	line("认定机关", "Deciding authority", text, NULL);
	print_periods(listing);
	line("移出条件", "Conditions for removal", listing->removal_conditions, NULL);
	print_steps(listing);
	line("救济途径", "Remedy", listing->remedy, NULL);
	line("记录编号", "Record", record, NULL);
	line("规则库版本", "Rule book", listing->rule_book, NULL);
}

static const Credit__V1__ListingDetail *find(
	const Credit__V1__Detail *detail, const struct credit_record_id *id)
{
	for (size_t i = 0; i < detail->n_listings; i++) {
		const ProtobufCBinaryData *record = &detail->listings[i]->record;
		if (record->len == sizeof id->byte &&
			memcmp(record->data, id->byte, sizeof id->byte) == 0)
			return detail->listings[i];
	}
	return NULL;
}

static enum credit_error parse_id(
	const char *text, struct credit_record_id *ret_id, struct credit_problem *problem)
{
	enum credit_error error =
		credit_hex_decode(text, strlen(text), ret_id->byte, sizeof ret_id->byte);

	return error == CREDIT_OK ? error
				  : credit_problem_set(problem, CREDIT_E_USAGE, "RECORD", NULL,
					    "%d hexadecimal digits", 2 * CREDIT_RECORD_ID_SIZE);
}

static int run(struct app *app, void *values, char **arguments, size_t count)
{
	const Credit__V1__ListingDetail *listing = NULL;
	struct status_answer answer = {NULL, NULL, NULL};
	struct credit_problem problem = {0};
	struct client *client = NULL;
	struct credit_arena arena;
	struct credit_record_id id;
	char uscc[OUTPUT_USCC_SIZE];
	enum credit_error error = value_asked_uscc(arguments[0], uscc, &problem);

	(void)values;
	(void)count;
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	if (error == CREDIT_OK)
		error = parse_id(arguments[1], &id, &problem);
	if (error == CREDIT_OK)
		error = connect_open(app, &client, &problem);
	if (error == CREDIT_OK)
		error = status_answer_ask(app, client, uscc, 0, &arena, &answer, &problem);
	if (error == CREDIT_OK) {
		listing = find(answer.detail, &id);
		if (!listing)
			error = credit_problem_set(
				&problem, CREDIT_E_NOT_FOUND, "RECORD", NULL, NULL);
	}
	if (error == CREDIT_OK)
		print_paper(uscc, answer.detail, listing);
	client_close(client);
	credit_arena_deinit(&arena);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

const struct command cmd_list_paper = {
	.name = "list paper",
	.arguments = "CODE RECORD",
	.arguments_min = 2,
	.arguments_max = 2,
	.summary = {"the notice of repair to serve with a decision",
		"打印随决定送达的信用修复告知书"},
	.detail = {"Text in Chinese and English, ready to print; --json changes nothing.",
		"中英文文本，可直接打印；--json 不影响输出。"},
	.run = run,
};
