/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_receipt.c - credctl receipt: looking into receipts files, and single receipts out of them.
 */
#include "commands.h"
#include "output.h"
#include "receipts.h"

#include <credit/v1/act.pb-c.h>

#include <stdio.h>
#include <string.h>

#define ARENA_MAX (256U << 20)

/* Whom an act is about, and its document; "" where it has none. */
static void subject_of(const Credit__V1__Act *act, const char **ret_uscc, const char **ret_document)
{
	*ret_uscc = *ret_document = "";
	if (act->payload_case == CREDIT__V1__ACT__PAYLOAD_ADMINISTRATIVE_PENALTY) {
		*ret_uscc = act->administrative_penalty->entity_uscc;
		*ret_document = act->administrative_penalty->document_no;
	} else if (act->payload_case == CREDIT__V1__ACT__PAYLOAD_ENTITY_ENROLMENT) {
		*ret_uscc = act->entity_enrolment->entity_uscc;
	}
}

static void list_one(const struct app *app, struct output_table *table,
	const struct receipts *receipts, uint32_t index)
{
	const Credit__V1__SealedAct *sealed = receipts->filing->acts[index];
	const Credit__V1__AcceptedAct *accepted;
	const Credit__V1__Act *act = NULL;
	struct credit_problem problem;
	struct credit_arena arena;
	const char *uscc = "", *document = "", *title = "?";
	char number[16], id[2 * CREDIT_RECORD_ID_SIZE + 1] = "";
	struct credit_hash commitment;
	enum credit_error error = receipts_verdict(receipts, index, &accepted, &problem);
	const char *verdict = error == CREDIT_OK ? app_say(app, "accepted", "已受理")
						 : credit_error_text(error, app->lang);

	credit_arena_init(&arena, NULL, 0, ARENA_MAX);
	if (credit_act_decode((struct credit_bytes){sealed->act.data, sealed->act.len}, &arena,
		    &act, NULL) == CREDIT_OK) {
		title = credit_act_title(act, app->lang);
		subject_of(act, &uscc, &document);
	}
	snprintf(number, sizeof number, "%u", index);
	if (error == CREDIT_OK) {
		receipts_commitment(receipts, index, &commitment);
		credit_hex(commitment.byte, CREDIT_RECORD_ID_SIZE, id);
	}
	const char *const cells[] = {number, title, uscc, document, verdict, id};
	if (table)
		output_table_add(table, cells);
	else
		output_json(json_pack("{s:I, s:s, s:o, s:o, s:b, s:s, s:o}", "act",
			(json_int_t)index, "title", title, "entity", output_json_text(uscc),
			"document_no", output_json_text(document), "accepted", error == CREDIT_OK,
			"reason", credit_error_name(error), "record", output_json_text(id)));
	credit_arena_deinit(&arena);
}

static int run_list(struct app *app, void *values, char **arguments, size_t count)
{
	const char *const headings[] = {app_say(app, "ACT", "序号"), app_say(app, "KIND", "种类"),
		app_say(app, "ENTITY", "信用主体"), app_say(app, "DOCUMENT", "文号"),
		app_say(app, "VERDICT", "结果"), app_say(app, "RECORD", "记录编号")};
	struct credit_problem problem = {0};
	struct receipts receipts;
	struct credit_arena arena;
	int code = EXIT_DONE;

	(void)values;
	(void)count;
	credit_arena_init(&arena, NULL, 0, ARENA_MAX);
	if (receipts_read(arguments[0], &arena, &receipts, &problem) != CREDIT_OK) {
		code = app_fail(app, &problem);
	} else {
		struct output_table *table = app->json ? NULL : output_table_new(headings, 6);

		for (size_t i = 0; i < receipts.filing->n_acts; i++)
			list_one(app, table, &receipts, (uint32_t)i);
		if (table)
			output_table_print(table, stdout);
	}
	credit_arena_deinit(&arena);
	return code;
}

const struct command cmd_receipt_list = {
	.name = "receipt list",
	.arguments = "FILE",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.summary = {"what is in a receipts file of 'import --receipts'", "列出回执文件内容"},
	.run = run_list,
};

struct extract_values {
	uint64_t act;
	const char *out;
};

static int run_extract(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct extract_values *values = memory;
	const Credit__V1__AcceptedAct *accepted;
	struct credit_problem problem = {0};
	struct receipts receipts;
	struct credit_arena arena;
	enum credit_error error;

	(void)count;
	credit_arena_init(&arena, NULL, 0, ARENA_MAX);
	error = receipts_read(arguments[0], &arena, &receipts, &problem);
	if (error == CREDIT_OK && values->act >= receipts.filing->n_acts)
		error = credit_problem_set(&problem, CREDIT_E_NOT_FOUND, "--act", NULL, "0..%zu",
			receipts.filing->n_acts - 1);
	/* A refused act has no receipt; its refusal says why. */
	if (error == CREDIT_OK)
		error = receipts_verdict(&receipts, (uint32_t)values->act, &accepted, &problem);
	if (error == CREDIT_OK)
		error = receipts_extract(&receipts, (uint32_t)values->act, values->out, &problem);
	credit_arena_deinit(&arena);
	if (error != CREDIT_OK)
		return app_fail(app, &problem);
	app_note(app, "receipt written to %s", "回执已写入 %s", values->out);
	return EXIT_DONE;
}

static const struct option extract_options[] = {
	{.name = "act",
		.type = OPTION_NUMBER,
		.offset = offsetof(struct extract_values, act),
		.value = "N",
		.max = CREDIT_ACTS_MAX,
		.help = {"number of the act as 'receipt list' shows it, from 0",
			"文书序号，从 0 起，见 receipt list"}},
	{.name = "out",
		.letter = 'o',
		.type = OPTION_TEXT,
		.offset = offsetof(struct extract_values, out),
		.required = true,
		.value = "FILE",
		.help = {"write the receipt here", "写入此文件"}},
	{.name = NULL},
};

const struct command cmd_receipt_extract = {
	.name = "receipt extract",
	.arguments = "FILE",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.values_size = sizeof(struct extract_values),
	.options = extract_options,
	.summary = {"the receipt of one act, for 'credctl verify'", "取出单份文书的回执"},
	.run = run_extract,
};
