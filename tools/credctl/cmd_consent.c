/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_consent.c - credctl consent give: the authority above says yes to a sealed draft.
 *
 * With the draft at hand its words are shown first: what is consented to is what was read.
 */
#include "commands.h"
#include "filing_rows.h"
#include "output.h"
#include "sign.h"

#include <string.h>

struct values {
	struct sign_values signing;
	struct option_uscc decider;
	char *draft, *commitment, *list, *document;
	credit_day_t date;
};

static void show(const struct app *app, const struct draft *draft)
{
	const Credit__V1__Listing *listing = draft->act->listing;
	char date[CREDIT_DAY_TEXT_SIZE];

	if (app->json)
		return;
	output_field(app_say(app, "draft", "草案"), credit_act_title(draft->act, app->lang));
	output_field(app_say(app, "entity", "信用主体"), listing->entity_uscc);
	output_field(app_say(app, "list", "名单"), listing->list);
	output_field(app_say(app, "ground", "列入事由"), listing->ground);
	output_field(app_say(app, "instrument", "法律依据"), listing->instrument);
	output_field(app_say(app, "document", "决定书文号"), listing->document_no);
	output_field(app_say(app, "date", "决定日期"), output_day(listing->decision_date, date));
	output_field(app_say(app, "facts", "事实"), listing->fact);
}

static enum credit_error open_draft(const struct app *app, const struct values *values,
	struct credit_arena *arena, Credit__V1__Consent *consent, struct credit_hash *commitment,
	struct credit_problem *problem)
{
	struct draft draft;
	enum credit_error error = draft_read(values->draft, arena, &draft, problem);

	if (error != CREDIT_OK)
		return error;
	if (draft.act->payload_case != CREDIT__V1__ACT__PAYLOAD_LISTING)
		return credit_problem_set(
			problem, CREDIT_E_ACT_KIND, values->draft, NULL, "a listing is expected");
	show(app, &draft);
	*commitment = draft.commitment;
	consent->list = draft.act->listing->list;
	return CREDIT_OK;
}

static enum credit_error take_words(const struct values *values, Credit__V1__Consent *consent,
	struct credit_hash *commitment, struct credit_problem *problem)
{
	enum credit_error error = credit_hex_decode(values->commitment, strlen(values->commitment),
		commitment->byte, sizeof commitment->byte);

	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, "--commitment", NULL, "64");
	consent->list = values->list;
	return CREDIT_OK;
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__Consent consent = CREDIT__V1__CONSENT__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	struct credit_problem problem = {0};
	char decider[OUTPUT_USCC_SIZE];
	struct credit_hash commitment;
	struct credit_arena arena;
	enum credit_error error;
	int code;

	(void)arguments;
	(void)count;
	credit_arena_init(&arena, NULL, 0, (size_t)64 * CREDIT_ACT_MAX);
	error = values->draft ? open_draft(app, values, &arena, &consent, &commitment, &problem)
			      : take_words(values, &consent, &commitment, &problem);
	consent.draft_commitment = (ProtobufCBinaryData){sizeof commitment.byte, commitment.byte};
	consent.issuer_uscc = (char *)(uintptr_t)output_uscc(&values->decider.uscc, decider);
	consent.document_no = values->document;
	consent.date = values->date.days;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_CONSENT;
	act.consent = &consent;
	code = error == CREDIT_OK ? sign_and_submit(app, &values->signing, &item, 1)
				  : app_fail(app, &problem);
	credit_arena_deinit(&arena);
	return code;
}

static const struct option options[] = {
	{.name = "draft",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, draft),
		.value = "FILE",
		.help = {"the sealed draft, from 'credctl list draft'",
			"credctl list draft 生成的密封草案"}},
	{.name = "commitment",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, commitment),
		.required = true,
		.unless = "draft",
		.value = "HEX",
		.help = {"the draft's commitment, 64 digits", "草案密封值，64 位"}},
	{.name = "list",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, list),
		.required = true,
		.unless = "draft",
		.value = "ID",
		.help = {"the list that the draft is about", "草案所涉名单编号"}},
	{.name = "decider",
		.type = OPTION_USCC,
		.offset = offsetof(struct values, decider),
		.required = true,
		.value = "CODE",
		.help = {"the authority that will decide", "拟作出决定的机关代码"}},
	ROW_DOCUMENT(struct values, "number of the consent", "同意文书号"),
	ROW_DATE(struct values, "date of the consent", "同意日期"),
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_consent_give = {
	.name = "consent give",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"consent to the draft of an authority below", "同意下级机关的决定草案"},
	.run = run,
};
