/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_case.c - credctl repair and credctl objection: every act on a case that is there.
 *
 * The steps of both procedures are the same acts with few fields, which carry the same names; one
 * function fills whichever an act has. A subcommand is its act, its options and its summary.
 */
#include "case_file.h"
#include "commands.h"
#include "output.h"

#include <stdio.h>
#include <string.h>

struct values {
	struct sign_values signing;
	struct option_uscc entity;
	struct option_record subject;
	credit_day_t date, until;
	char *document_no, *reason;
	struct option_list missing, documents, corrections;
	struct applicant_values applicant;
	bool grant, refuse, completed, failed;
	uint32_t outcome;
	uint64_t rating;
};
#define AT(member) offsetof(struct values, member)

/* One act on its way: its payload is one of these, all of which begin alike. */
struct step {
	const struct values *values;
	Credit__V1__Act act;
	union {
		ProtobufCMessage base;
		Credit__V1__CaseAcceptance acceptance;
		Credit__V1__SupplementRequest request;
		Credit__V1__CaseSupplement supplement;
		Credit__V1__CaseNonAcceptance non_acceptance;
		Credit__V1__CaseWithdrawal withdrawal;
		Credit__V1__CaseExtension extension;
		Credit__V1__RepairDecision repair;
		Credit__V1__RepairRevocation revocation;
		Credit__V1__ReorganisationOutcome outcome;
		Credit__V1__ObjectionDecision objection;
		Credit__V1__ReviewRequest review;
		Credit__V1__ReviewDecision review_decision;
		Credit__V1__CaseRating rating;
	} payload;
	struct applicant applicant;
	Credit__V1__NewValue values_new[OPTION_LIST_MAX];
	Credit__V1__NewValue *corrections[OPTION_LIST_MAX];
	char uscc[OUTPUT_USCC_SIZE];
};

/* --- filling ------------------------------------------------------------------------------------- */

static void *field_of(struct step *step, const char *name)
{
	ProtobufCMessage *message = &step->payload.base;
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

	return field ? (uint8_t *)message + field->offset : NULL;
}

static void set_text(struct step *step, const char *name, char *text)
{
	void *place = field_of(step, name);

	if (place && text)
		memcpy(place, &text, sizeof text);
}

static void set_day(struct step *step, const char *name, int32_t day)
{
	void *place = field_of(step, name);

	if (place)
		memcpy(place, &day, sizeof day);
}

static void set_number(struct step *step, const char *name, uint32_t number)
{
	void *place = field_of(step, name);

	if (place)
		memcpy(place, &number, sizeof number);
}

/* FIELD=VALUE each; the memory is the command line's. */
static enum credit_error take_corrections(
	const struct app *app, struct step *step, struct credit_problem *problem)
{
	const struct option_list *list = &step->values->corrections;

	for (size_t i = 0; i < list->count; i++) {
		char *equals = strchr(list->items[i], '=');

		if (!equals)
			return credit_problem_set(problem, CREDIT_E_USAGE, "--correct", NULL,
				app_say(app, "FIELD=VALUE, not '%s'", "应为 字段=内容，而非“%s”"),
				list->items[i]);
		*equals = '\0';
		credit__v1__new_value__init(&step->values_new[i]);
		step->values_new[i].field = list->items[i];
		step->values_new[i].value = equals + 1;
		step->corrections[i] = &step->values_new[i];
	}
	/* Decision and review decision have the field; they are laid out alike. */
	if (step->act.payload_case == CREDIT__V1__ACT__PAYLOAD_OBJECTION_DECISION) {
		step->payload.objection.corrections = step->corrections;
		step->payload.objection.n_corrections = list->count;
	} else if (step->act.payload_case == CREDIT__V1__ACT__PAYLOAD_REVIEW_DECISION) {
		step->payload.review_decision.corrections = step->corrections;
		step->payload.review_decision.n_corrections = list->count;
	}
	return CREDIT_OK;
}

static enum credit_error fill(const struct app *app, Credit__V1__Act__PayloadCase payload,
	struct step *step, struct credit_problem *problem)
{
	const struct values *values = step->values;
	int32_t date = values->date.days ? values->date.days : app_today().days;
	ProtobufCBinaryData id = {
		CREDIT_RECORD_ID_SIZE, (uint8_t *)(uintptr_t)values->subject.id.byte};
	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
		&credit__v1__act__descriptor, (unsigned)payload);

	credit__v1__act__init(&step->act);
	step->act.payload_case = payload;
	step->act.listing = (Credit__V1__Listing *)(void *)&step->payload;
	protobuf_c_message_init(field->descriptor, &step->payload);
	output_uscc(&values->entity.uscc, step->uscc);
	set_text(step, "entity_uscc", step->uscc);
	memcpy(field_of(step, "case_id"), &id, sizeof id);
	set_day(step, "date", date);
	set_day(step, "decision_date", date);
	set_day(step, "applied_on", date);
	set_day(step, "publication_end", values->until.days);
	set_text(step, "document_no", values->document_no);
	set_text(step, "reason", values->reason);
	set_text(step, "statement", values->reason);
	set_number(step, "granted", values->grant);
	set_number(step, "completed", values->completed);
	set_number(step, "rating", (uint32_t)values->rating);
	if (payload == CREDIT__V1__ACT__PAYLOAD_OBJECTION_DECISION ||
		payload == CREDIT__V1__ACT__PAYLOAD_REVIEW_DECISION)
		set_number(step, "outcome", values->outcome);
	if (payload == CREDIT__V1__ACT__PAYLOAD_SUPPLEMENT_REQUEST) {
		step->payload.request.missing = (char **)(uintptr_t)values->missing.items;
		step->payload.request.n_missing = values->missing.count;
	}
	return take_corrections(app, step, problem);
}

/* --- the applicant, where one speaks ------------------------------------------------------------- */

static enum credit_error sign_step(void *context, size_t index,
	const struct sign_progress *progress, struct credit_problem *problem)
{
	struct step *step = context;
	const struct values *values = step->values;
	struct credit_application application = {
		.origin = progress->origin,
		.entity = values->entity.uscc,
		.act = (uint32_t)step->act.payload_case,
		.subject = values->subject.id,
		.applied_on = {values->date.days ? values->date.days : app_today().days},
		.ground = "",
		.statement = values->reason ? values->reason : "",
	};

	(void)index;
	(void)problem;
	return applicant_sign(&step->applicant, &application);
}

static int run_step(
	struct app *app, const struct values *values, Credit__V1__Act__PayloadCase payload)
{
	struct step step = {.values = values};
	struct sign_item item = {&step.act, {NULL, 0}};
	struct credit_problem problem = {0};
	struct sign_progress progress;
	enum credit_error error = fill(app, payload, &step, &problem);
	void *place = error ? NULL : field_of(&step, "applicant");
	int code;

	if (!error && place) {
		Credit__V1__Applicant *message = &step.applicant.message;
		error = applicant_open(app, &values->applicant, &step.applicant, &problem);
		memcpy(place, &message, sizeof message);
	}
	code = error ? app_fail(app, &problem)
		     : sign_and_submit_with(app, &values->signing, &item, 1,
			       place ? sign_step : NULL, &step, &progress);
	applicant_free(&step.applicant);
	return code;
}

/* --- documents ----------------------------------------------------------------------------------- */

static int run_document(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	struct case_documents documents = {.count = 0};
	struct sign_item items[CASE_DOCUMENTS_MAX];
	struct credit_problem problem = {0};
	char uscc[OUTPUT_USCC_SIZE];
	enum credit_error error;
	int code;

	(void)arguments;
	(void)count;
	output_uscc(&values->entity.uscc, uscc);
	error = case_documents_open(app, &values->documents, uscc, &documents, &problem);
	for (size_t i = 0; i < documents.count; i++) {
		documents.item[i].document.case_id = (ProtobufCBinaryData){
			CREDIT_RECORD_ID_SIZE, (uint8_t *)(uintptr_t)values->subject.id.byte};
		items[i] = (struct sign_item){&documents.item[i].act, documents.item[i].file};
	}
	code = error ? app_fail(app, &problem)
		     : sign_and_submit(app, &values->signing, items, documents.count);
	case_documents_free(&documents);
	return code;
}

/* --- options ------------------------------------------------------------------------------------- */

#define ENTITY \
	{ \
		.name = "entity", .type = OPTION_USCC, .offset = AT(entity), .required = true, \
		.value = "CODE", .help = { \
			"the entity's code", \
			"主体的统一社会信用代码" \
		} \
	}
#define CASE \
	{ \
		.name = "case", .type = OPTION_RECORD, .offset = AT(subject), .required = true, \
		.value = "ID", .help = { \
			"the case's id, on the slip", \
			"案件编号，见受理回执" \
		} \
	}
#define DATE \
	{ \
		.name = "date", .type = OPTION_DATE, .offset = AT(date), .value = "DATE", \
		.help = { \
			"legal date of this step; today by default", \
			"本环节日期，默认今日" \
		} \
	}
#define REASON(needed) \
	{ \
		.name = "reason", .type = OPTION_TEXT, .offset = AT(reason), .required = needed, \
		.value = "TEXT", .help = { \
			"the reasons", \
			"理由" \
		} \
	}
#define NUMBER \
	{ \
		.name = "number", .type = OPTION_TEXT, .offset = AT(document_no), \
		.required = true, .value = "NO", .help = { \
			"number of the decision or document", \
			"决定书或文书文号" \
		} \
	}
#define TOKEN \
	{ \
		.name = "token", .type = OPTION_TEXT, .offset = AT(applicant.token), \
		.required = true, .value = "TOKEN", .help = { \
			"the look-up token on the slip", \
			"受理回执上的查询码" \
		} \
	}
#define SIGNING \
	SIGN_OPTIONS(struct values), \
	{ \
		.name = NULL \
	}

static const struct option plain_options[] = {ENTITY, CASE, DATE, SIGNING};
static const struct option reason_options[] = {ENTITY, CASE, DATE, REASON(true), SIGNING};
static const struct option applicant_options[] = {ENTITY, CASE, DATE, REASON(false), TOKEN,
	APPLICANT_OPTIONS(struct values, applicant), SIGNING};
static const struct option document_options[] = {
	ENTITY, CASE, DOCUMENT_OPTION(struct values), SIGNING};
static const struct option missing_options[] = {ENTITY, CASE, DATE,
	{.name = "missing",
		.type = OPTION_LIST,
		.offset = AT(missing),
		.required = true,
		.value = "TEXT",
		.help = {"what is missing; all of it, once", "需补正的材料，应一次性列全"}},
	SIGNING};
static const struct option decide_options[] = {ENTITY, CASE, DATE, NUMBER, REASON(true),
	{.name = "grant",
		.type = OPTION_FLAG,
		.offset = AT(grant),
		.help = {"repair is granted", "准予修复"}},
	{.name = "refuse",
		.type = OPTION_FLAG,
		.offset = AT(refuse),
		.help = {"repair is refused", "不予修复"}},
	SIGNING};
static const struct option revoke_options[] = {ENTITY, CASE, DATE, NUMBER, REASON(true), SIGNING};
static const struct option outcome_options[] = {ENTITY, CASE, DATE, NUMBER,
	{.name = "completed",
		.type = OPTION_FLAG,
		.offset = AT(completed),
		.help = {"the plan was carried out", "重整计划执行完毕"}},
	{.name = "failed",
		.type = OPTION_FLAG,
		.offset = AT(failed),
		.help = {"it was not", "重整计划未能执行"}},
	SIGNING};

static const struct option_choice outcomes[] = {
	{"rejected", CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_REJECTED},
	{"corrected", CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_CORRECTED},
	{"withdrawn", CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_WITHDRAWN},
	{"period-changed", CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_PERIOD_CHANGED},
	{NULL, 0},
};
static const struct option answer_options[] = {ENTITY, CASE, DATE, NUMBER, REASON(true),
	{.name = "outcome",
		.type = OPTION_CHOICE,
		.offset = AT(outcome),
		.required = true,
		.value = "OUTCOME",
		.choices = outcomes,
		.help = {"what becomes of the record", "处理结果"}},
	{.name = "correct",
		.type = OPTION_LIST,
		.offset = AT(corrections),
		.value = "FIELD=VALUE",
		.help = {"a field of the record and its right value; may be given again",
			"更正字段及内容；可重复"}},
	{.name = "until",
		.type = OPTION_DATE,
		.offset = AT(until),
		.value = "DATE",
		.help = {"new last day of publication", "新公示截止期"}},
	SIGNING};
static const struct option rating_options[] = {ENTITY, CASE, DATE,
	{.name = "rating",
		.type = OPTION_NUMBER,
		.offset = AT(rating),
		.required = true,
		.value = "1-5",
		.min = 1,
		.max = 5,
		.help = {"satisfaction, 5 is best", "满意度，5 为最高"}},
	SIGNING};

/* --- subcommands --------------------------------------------------------------------------------- */

#define RUN(function, payload) \
	static int function(struct app *app, void *memory, char **arguments, size_t count) \
	{ \
		(void)arguments; \
		(void)count; \
		return run_step(app, memory, CREDIT__V1__ACT__PAYLOAD_##payload); \
	}
RUN(run_accept, CASE_ACCEPTANCE)
RUN(run_supplement, SUPPLEMENT_REQUEST)
RUN(run_supplied, CASE_SUPPLEMENT)
RUN(run_not_accept, CASE_NON_ACCEPTANCE)
RUN(run_withdraw, CASE_WITHDRAWAL)
RUN(run_extend, CASE_EXTENSION)
RUN(run_revoke, REPAIR_REVOCATION)
RUN(run_answer, OBJECTION_DECISION)
RUN(run_review, REVIEW_REQUEST)
RUN(run_review_decide, REVIEW_DECISION)
RUN(run_rate, CASE_RATING)

/* One of two flags: leaving both out must not mean the harsher one. */
static int run_choice(struct app *app, const struct values *values, bool yes, bool no,
	const char *flags, Credit__V1__Act__PayloadCase payload)
{
	struct credit_problem problem;

	if (yes != no)
		return run_step(app, values, payload);
	credit_problem_set(&problem, CREDIT_E_USAGE, flags, NULL, "%s",
		app_say(app, "one of the two", "须且只能给出一项"));
	return app_fail(app, &problem);
}

static int run_decide(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;

	(void)arguments;
	(void)count;
	return run_choice(app, values, values->grant, values->refuse, "--grant, --refuse",
		CREDIT__V1__ACT__PAYLOAD_REPAIR_DECISION);
}

static int run_outcome(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;

	(void)arguments;
	(void)count;
	return run_choice(app, values, values->completed, values->failed, "--completed, --failed",
		CREDIT__V1__ACT__PAYLOAD_REORGANISATION_OUTCOME);
}

#define COMMAND(variable, words, rows, function, en, zh) \
	const struct command variable = { \
		.name = words, \
		.arguments = "", \
		.values_size = sizeof(struct values), \
		.options = rows, \
		.summary = {en, zh}, \
		.run = function, \
	}
/* The same subcommand under both nouns. */
#define BOTH(name, word, rows, function, en, zh) \
	COMMAND(cmd_repair_##name, "repair " word, rows, function, en, zh "（修复）"); \
	COMMAND(cmd_objection_##name, "objection " word, rows, function, en, zh "（异议）")

BOTH(document, "document", document_options, run_document, "add documents to an open case",
	"补充案件材料");
BOTH(accept, "accept", plain_options, run_accept, "accept an application", "受理");
BOTH(supplement, "supplement", missing_options, run_supplement, "say once what is missing",
	"一次性告知补正");
BOTH(supplied, "supplied", plain_options, run_supplied, "what was missing is there", "材料已补正");
BOTH(not_accept, "refuse-acceptance", reason_options, run_not_accept, "do not accept, with reasons",
	"不予受理");
BOTH(withdraw, "withdraw", applicant_options, run_withdraw, "the applicant withdraws", "撤回");
BOTH(extend, "extend", reason_options, run_extend, "take more time, once", "延长办理期限");

COMMAND(cmd_repair_decide, "repair decide", decide_options, run_decide,
	"decide on repair, by the authority that made the record", "作出信用修复决定");
COMMAND(cmd_repair_revoke, "repair revoke", revoke_options, run_revoke,
	"revoke a repair that was got by fraud", "撤销信用修复");
COMMAND(cmd_repair_outcome, "repair outcome", outcome_options, run_outcome,
	"how a plan of reorganisation came out", "重整计划执行结果");
COMMAND(cmd_objection_decide, "objection decide", answer_options, run_answer,
	"answer an objection, by the authority that made the record", "作出异议处理决定");
COMMAND(cmd_objection_review, "objection review", applicant_options, run_review,
	"the applicant asks for the one review", "申请复核");
COMMAND(cmd_objection_review_decide, "objection review-decide", answer_options, run_review_decide,
	"decide a review; this is final", "作出复核决定");
COMMAND(cmd_case_rate, "case rate", rating_options, run_rate,
	"the applicant rates how a case was handled", "满意度评价");
