/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_notice.c - credctl notice: serving a notice, recording what the entity said, withdrawing it.
 */
#include "commands.h"
#include "filing_rows.h"
#include "output.h"
#include "sign.h"

struct notice_values {
	struct sign_values signing;
	struct option_uscc entity;
	struct option_record notice;
	char *list, *ground, *instrument, *document, *fact, *summary, *reply, *reason;
	credit_day_t date;
	uint32_t kind;
};

#define AT(member) offsetof(struct notice_values, member)

static int file(struct app *app, const struct notice_values *values, Credit__V1__Act *act)
{
	struct sign_item item = {act, {NULL, 0}};

	return sign_and_submit(app, &values->signing, &item, 1);
}

/* --- serve ------------------------------------------------------------------------------------ */

static int run_serve(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct notice_values *values = memory;
	Credit__V1__ListingNotice notice = CREDIT__V1__LISTING_NOTICE__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	notice.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	notice.list = values->list;
	notice.ground = values->ground;
	notice.instrument = values->instrument;
	notice.document_no = values->document;
	notice.served_on = values->date.days;
	notice.fact = values->fact;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_LISTING_NOTICE;
	act.listing_notice = &notice;
	return file(app, values, &act);
}

static const struct option serve_options[] = {
	ROW_ENTITY(struct notice_values),
	{.name = "list",
		.type = OPTION_TEXT,
		.offset = AT(list),
		.required = true,
		.value = "ID",
		.help = {"the list's id in the rule book", "规则库中的名单编号"}},
	{.name = "ground",
		.type = OPTION_TEXT,
		.offset = AT(ground),
		.required = true,
		.value = "ID",
		.help = {"why: the ground's id within the list", "拟列入事由编号"}},
	{.name = "instrument",
		.type = OPTION_TEXT,
		.offset = AT(instrument),
		.required = true,
		.value = "ID",
		.help = {"legal instrument that the list names", "法律依据编号"}},
	ROW_DOCUMENT(struct notice_values, "number of the notice", "告知书文号"),
	ROW_DATE(struct notice_values, "day on which it was served", "送达日期"),
	{.name = "fact",
		.type = OPTION_TEXT,
		.offset = AT(fact),
		.required = true,
		.value = "TEXT",
		.help = {"what happened", "事实"}},
	SIGN_OPTIONS(struct notice_values),
	{.name = NULL},
};

const struct command cmd_notice_serve = {
	.name = "notice serve",
	.arguments = "",
	.values_size = sizeof(struct notice_values),
	.options = serve_options,
	.summary = {"record the notice that was served before a listing", "报送列入前告知"},
	.detail = {"The id printed is the notice's: 'list add --notice' names it once the hearing "
		   "period is over.",
		"所示编号即告知编号；陈述申辩期满后以 list add --notice 引用。"},
	.run = run_serve,
};

/* --- statement -------------------------------------------------------------------------------- */

static int run_statement(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct notice_values *values = memory;
	Credit__V1__NoticeStatement statement = CREDIT__V1__NOTICE_STATEMENT__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	statement.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	statement.notice = record_field(&values->notice);
	statement.kind = (Credit__V1__StatementKind)values->kind;
	statement.received_on = values->date.days;
	statement.summary = values->summary;
	if (values->reply)
		statement.reply = values->reply;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_NOTICE_STATEMENT;
	act.notice_statement = &statement;
	return file(app, values, &act);
}

static const struct option_choice kinds[] = {
	{"statement", CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_STATEMENT},
	{"hearing", CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_HEARING},
	{"waiver", CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_WAIVER},
	{NULL, 0},
};

/* clang-format off */
#define ROW_NOTICE \
	{.name = "notice", .type = OPTION_RECORD, .offset = AT(notice), .required = true, \
		.value = "ID", .help = {"the notice's id", "告知编号"}}
/* clang-format on */

static const struct option statement_options[] = {
	ROW_ENTITY(struct notice_values),
	ROW_NOTICE,
	{.name = "kind",
		.type = OPTION_CHOICE,
		.offset = AT(kind),
		.required = true,
		.value = "KIND",
		.choices = kinds,
		.help = {"what it is; a waiver ends the hearing period",
			"种类；放弃即结束陈述申辩期"}},
	ROW_DATE(struct notice_values, "day on which it was received", "收到日期"),
	{.name = "summary",
		.type = OPTION_TEXT,
		.offset = AT(summary),
		.required = true,
		.value = "TEXT",
		.help = {"what the entity said", "内容摘要"}},
	{.name = "reply",
		.type = OPTION_TEXT,
		.offset = AT(reply),
		.value = "TEXT",
		.help = {"the department's answer; no listing before there is one",
			"复核意见；未答复前不得列入"}},
	SIGN_OPTIONS(struct notice_values),
	{.name = NULL},
};

const struct command cmd_notice_statement = {
	.name = "notice statement",
	.arguments = "",
	.values_size = sizeof(struct notice_values),
	.options = statement_options,
	.summary = {"record what the entity said, and the answer to it", "记录陈述申辩及复核意见"},
	.run = run_statement,
};

/* --- withdraw --------------------------------------------------------------------------------- */

static int run_withdraw(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct notice_values *values = memory;
	Credit__V1__NoticeWithdrawal withdrawal = CREDIT__V1__NOTICE_WITHDRAWAL__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	withdrawal.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	withdrawal.notice = record_field(&values->notice);
	withdrawal.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_NOTICE_WITHDRAWAL;
	act.notice_withdrawal = &withdrawal;
	return file(app, values, &act);
}

static const struct option withdraw_options[] = {
	ROW_ENTITY(struct notice_values),
	ROW_NOTICE,
	ROW_REASON(struct notice_values),
	SIGN_OPTIONS(struct notice_values),
	{.name = NULL},
};
#undef AT

const struct command cmd_notice_withdraw = {
	.name = "notice withdraw",
	.arguments = "",
	.values_size = sizeof(struct notice_values),
	.options = withdraw_options,
	.summary = {"withdraw a notice: no listing will be decided on it", "撤回告知，不予列入"},
	.run = run_withdraw,
};
