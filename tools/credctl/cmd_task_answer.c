/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_task_answer.c - credctl task answer: an office answers what waits for its judgement.
 */
#include "commands.h"
#include "filing_rows.h"
#include "output.h"
#include "sign.h"

struct values {
	struct sign_values signing;
	struct option_record task;
	uint32_t answer;
	char *document, *reason;
	credit_day_t date;
};

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__TaskAnswer answer = CREDIT__V1__TASK_ANSWER__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	struct credit_problem problem = {0};
	char office[OUTPUT_USCC_SIZE];
	struct signer signer;

	(void)arguments;
	(void)count;
	/* Whoever signs answers for its own office. */
	if (signer_open(app, values->signing.sign, &values->signing.issuer, &signer, &problem) !=
		CREDIT_OK)
		return app_fail(app, &problem);
	answer.office_uscc = (char *)(uintptr_t)output_uscc(&signer.issuer, office);
	signer_wipe(&signer);
	answer.task = record_field(&values->task);
	answer.answer = (Credit__V1__TaskAnswerKind)values->answer;
	if (values->document)
		answer.document_no = values->document;
	answer.date = values->date.days ? values->date.days : app_today().days;
	answer.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_TASK_ANSWER;
	act.task_answer = &answer;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option_choice answers[] = {
	{"kept", CREDIT__V1__TASK_ANSWER_KIND__TASK_ANSWER_KIND_KEPT},
	{"done", CREDIT__V1__TASK_ANSWER_KIND__TASK_ANSWER_KIND_DONE},
	{NULL, 0},
};

static const struct option options[] = {
	{.name = "task",
		.type = OPTION_RECORD,
		.offset = offsetof(struct values, task),
		.required = true,
		.value = "ID",
		.help = {"the task's id", "待办编号"}},
	{.name = "answer",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct values, answer),
		.required = true,
		.value = "ANSWER",
		.choices = answers,
		.help = {"kept: the honour or the listing stands", "办理结果；kept 为维持"}},
	{.name = "document",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, document),
		.value = "NO",
		.help = {"number of the document, if there is one", "文书号（如有）"}},
	{.name = "date",
		.type = OPTION_DATE,
		.offset = offsetof(struct values, date),
		.value = "DATE",
		.help = {"date; today by default", "日期，默认今日"}},
	ROW_REASON(struct values),
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_task_answer = {
	.name = "task answer",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"answer a task that asks for the office's judgement", "答复需研判的待办"},
	.run = run,
};
