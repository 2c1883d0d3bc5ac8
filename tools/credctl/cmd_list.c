/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_list.c - credctl list: drafting and filing an entry, and taking a record off.
 */
#include "commands.h"
#include "filing_rows.h"
#include "output.h"
#include "sign.h"

/* What an entry says: the same for a draft and for the filing itself. */
struct entry_values {
	struct sign_values signing;
	struct option_uscc entity;
	char *list, *ground, *instrument, *document, *fact;
	credit_day_t date, until;
	struct option_record underlying, notice;
	char *draft, *out;
};

static void fill_listing(
	const struct entry_values *values, char *uscc, Credit__V1__Listing *listing)
{
	credit__v1__listing__init(listing);
	listing->entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	listing->list = values->list;
	listing->ground = values->ground;
	listing->instrument = values->instrument;
	listing->document_no = values->document;
	listing->decision_date = values->date.days;
	listing->fact = values->fact;
	listing->publication_end = values->until.days;
	listing->underlying_record = record_field(&values->underlying);
	listing->notice = record_field(&values->notice);
}

#define AT(member) offsetof(struct entry_values, member)

/* With `other`, an option that stands for all of them. */
/* clang-format off */
#define ENTRY_OPTIONS(other) \
	{.name = "entity", .type = OPTION_USCC, .offset = AT(entity), .required = true, \
		.unless = other, .value = "CODE", \
		.help = {"the entity's code", "主体的统一社会信用代码"}}, \
	{.name = "list", .type = OPTION_TEXT, .offset = AT(list), .required = true, \
		.unless = other, .value = "ID", \
		.help = {"the list's id in the rule book", "规则库中的名单编号"}}, \
	{.name = "ground", .type = OPTION_TEXT, .offset = AT(ground), .required = true, \
		.unless = other, .value = "ID", \
		.help = {"why: the ground's id within the list", "列入事由编号"}}, \
	{.name = "instrument", .type = OPTION_TEXT, .offset = AT(instrument), .required = true, \
		.unless = other, .value = "ID", \
		.help = {"legal instrument that the list names", "法律依据编号"}}, \
	{.name = "document", .type = OPTION_TEXT, .offset = AT(document), .required = true, \
		.unless = other, .value = "NO", \
		.help = {"number of the decision", "决定书文号"}}, \
	{.name = "date", .type = OPTION_DATE, .offset = AT(date), .required = true, \
		.unless = other, .value = "DATE", \
		.help = {"date of the decision", "决定日期"}}, \
	{.name = "fact", .type = OPTION_TEXT, .offset = AT(fact), .required = true, \
		.unless = other, .value = "TEXT", .help = {"what happened", "事实"}}, \
	{.name = "until", .type = OPTION_DATE, .offset = AT(until), .value = "DATE", \
		.help = {"last day of publication; by default the rule book's maximum", \
			"公示截止期，默认按规则库最长公示期"}}, \
	{.name = "underlying", .type = OPTION_RECORD, .offset = AT(underlying), .value = "ID", \
		.help = {"record that the listing rests on", "所依据的记录编号"}}, \
	{.name = "notice", .type = OPTION_RECORD, .offset = AT(notice), .value = "ID", \
		.help = {"notice that was served before, where the list asks for one", \
			"列入前告知的编号（名单要求时）"}}
/* clang-format on */

/* --- draft ------------------------------------------------------------------------------------ */

static int run_draft(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct entry_values *values = memory;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	Credit__V1__Listing listing;
	char uscc[OUTPUT_USCC_SIZE], hex[2 * CREDIT_HASH_SIZE + 1];
	struct credit_problem problem = {0};
	struct credit_hash commitment;

	(void)arguments;
	(void)count;
	fill_listing(values, uscc, &listing);
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_LISTING;
	act.listing = &listing;
	if (draft_write(values->out, &act, &commitment, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	credit_hex(commitment.byte, sizeof commitment.byte, hex);
	if (app->json)
		output_json(json_pack("{s:s, s:s}", "draft", values->out, "commitment", hex));
	else
		output_field(app_say(app, "commitment", "草案密封值"), hex);
	app_note(app, "Show %s to the authority above; it files 'credctl consent give'.",
		"请将 %s 报上级机关，由其报送 credctl consent give。", values->out);
	return EXIT_DONE;
}

static const struct option draft_options[] = {
	ENTRY_OPTIONS(NULL),
	{.name = "out",
		.letter = 'o',
		.type = OPTION_TEXT,
		.offset = AT(out),
		.required = true,
		.value = "FILE",
		.help = {"write the sealed draft here; it must not exist",
			"将密封草案写入此文件（不得已存在）"}},
	{.name = NULL},
};

const struct command cmd_list_draft = {
	.name = "list draft",
	.arguments = "",
	.offline = true,
	.values_size = sizeof(struct entry_values),
	.options = draft_options,
	.summary = {"seal a listing for the consent of the authority above",
		"密封列入决定草案，供上级机关同意"},
	.run = run_draft,
};

/* --- add -------------------------------------------------------------------------------------- */

static int add_draft(struct app *app, const struct entry_values *values)
{
	struct credit_problem problem = {0};
	struct credit_arena arena;
	struct draft draft;
	enum credit_error error;
	int code;

	credit_arena_init(&arena, NULL, 0, (size_t)64 * CREDIT_ACT_MAX);
	error = draft_read(values->draft, &arena, &draft, &problem);
	code = error == CREDIT_OK ? sign_and_submit_draft(app, &values->signing, &draft)
				  : app_fail(app, &problem);
	credit_arena_deinit(&arena);
	return code;
}

static int run_add(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct entry_values *values = memory;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	Credit__V1__Listing listing;
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	if (values->draft)
		return add_draft(app, values);
	fill_listing(values, uscc, &listing);
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_LISTING;
	act.listing = &listing;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option add_options[] = {
	ENTRY_OPTIONS("draft"),
	{.name = "draft",
		.type = OPTION_TEXT,
		.offset = AT(draft),
		.value = "FILE",
		.help = {"the sealed draft that was consented to, in place of all of these",
			"已获同意的密封草案，代替以上各项"}},
	SIGN_OPTIONS(struct entry_values),
	{.name = NULL},
};
#undef AT

const struct command cmd_list_add = {
	.name = "list add",
	.arguments = "",
	.values_size = sizeof(struct entry_values),
	.options = add_options,
	.summary = {"put an entity on a red or black list", "列入名单"},
	.run = run_add,
};

/* --- remove ----------------------------------------------------------------------------------- */

struct remove_values {
	struct sign_values signing;
	struct option_uscc entity;
	struct option_record record;
	uint32_t cause;
	char *document, *reason;
	credit_day_t date;
};

static int run_remove(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct remove_values *values = memory;
	Credit__V1__Removal removal = CREDIT__V1__REMOVAL__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	char uscc[OUTPUT_USCC_SIZE];

	(void)arguments;
	(void)count;
	removal.entity_uscc = (char *)(uintptr_t)output_uscc(&values->entity.uscc, uscc);
	removal.record = record_field(&values->record);
	removal.cause = (Credit__V1__RemovalCause)values->cause;
	removal.document_no = values->document;
	removal.decision_date = values->date.days;
	removal.reason = values->reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_REMOVAL;
	act.removal = &removal;
	return sign_and_submit(app, &values->signing, &item, 1);
}

/* Expiry is not among them: time alone says that, signed by the registry. */
static const struct option_choice causes[] = {
	{"repaired", CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REPAIRED},
	{"revoked", CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED},
	{"corrected", CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_CORRECTED},
	{NULL, 0},
};

static const struct option remove_options[] = {
	ROW_ENTITY(struct remove_values),
	ROW_RECORD(struct remove_values),
	{.name = "cause",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct remove_values, cause),
		.required = true,
		.value = "CAUSE",
		.choices = causes,
		.help = {"why it ends; repaired only where the rule book lets the authority do so "
			 "of its own motion",
			"移出原因；依职权修复限规则库允许的事项"}},
	ROW_DOCUMENT(struct remove_values, "number of the decision", "决定书文号"),
	ROW_DATE(struct remove_values, "date of the decision", "决定日期"),
	ROW_REASON(struct remove_values),
	SIGN_OPTIONS(struct remove_values),
	{.name = NULL},
};

const struct command cmd_list_remove = {
	.name = "list remove",
	.arguments = "",
	.values_size = sizeof(struct remove_values),
	.options = remove_options,
	.summary = {"end a listing or another record: repaired, revoked, corrected",
		"移出名单或终止公示：修复、撤销、更正"},
	.run = run_remove,
};
