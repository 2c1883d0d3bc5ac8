/* SPDX-License-Identifier: Apache-2.0
 *
 * case_application.h - an application for repair or an objection: what the applicant says, as an act.
 *
 * It is put together at the front office from a sealed form, or by the entity itself on its own machine,
 * which signs it and hands over a file: a serialised Act (act.proto) that the front office files as it is.
 */
#ifndef CREDCTL_CASE_APPLICATION_H
#define CREDCTL_CASE_APPLICATION_H

#include "case_file.h"
#include "output.h"

/* What either of the two is made from. */
struct application_values {
	struct option_uscc entity;
	struct option_record record;
	credit_day_t date;
	char *ground, *statement, *ruling; /* ground: an objection's */
	uint32_t repair_ground;
	struct applicant_values applicant;
};

/* It must not move: the act points into it. */
struct application {
	Credit__V1__Act act;
	struct credit_application text; /* what is signed; its origin is the caller's */
	struct applicant applicant;
	char uscc[OUTPUT_USCC_SIZE];
	union {
		Credit__V1__RepairApplication repair;
		Credit__V1__Objection objection;
	} payload;
};

/* `payload`: a repair application or an objection. The applicant is opened: form or key is read. */
enum credit_error application_build(const struct app *app, const struct application_values *values,
	Credit__V1__Act__PayloadCase payload, struct application *ret_application,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void application_free(struct application *application);

/* Writes the act; the file must not exist. */
enum credit_error application_write(const char *path, const struct application *application,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Reads one of this kind, in the arena. CREDIT_E_FIELD_FORM when it is another act. */
enum credit_error application_read(const char *path, Credit__V1__Act__PayloadCase payload,
	struct credit_arena *arena, const Credit__V1__Act **ret_act,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Rows for what an application says; `other`: an option that stands for all of it. */
/* clang-format off */
#define APPLICATION_AT(holder, member) offsetof(holder, application.member)
#define APPLICATION_OPTIONS(holder, other) \
	{.name = "entity", .type = OPTION_USCC, .offset = APPLICATION_AT(holder, entity), \
		.required = true, .unless = other, .value = "CODE", \
		.help = {"the entity's code", "主体的统一社会信用代码"}}, \
	{.name = "record", .type = OPTION_RECORD, .offset = APPLICATION_AT(holder, record), \
		.required = true, .unless = other, .value = "ID", \
		.help = {"the record's id, see 'credctl records'", "记录编号，见 credctl records"}}, \
	{.name = "date", .type = OPTION_DATE, .offset = APPLICATION_AT(holder, date), .value = "DATE", \
		.help = {"date of the slip, where clocks start; today by default", \
			"回执日期，期限自此起算，默认今日"}}
#define REPAIR_OPTIONS(holder) \
	{.name = "ground", .type = OPTION_CHOICE, .offset = APPLICATION_AT(holder, repair_ground), \
		.value = "GROUND", .choices = application_grounds, \
		.help = {"performed (default) or reorganisation", "修复事由，默认已纠正并履行"}}, \
	{.name = "statement", .type = OPTION_TEXT, .offset = APPLICATION_AT(holder, statement), \
		.value = "TEXT", .help = {"what the applicant says", "申请说明"}}, \
	{.name = "ruling", .type = OPTION_TEXT, .offset = APPLICATION_AT(holder, ruling), .value = "NO", \
		.help = {"of a reorganisation: the court's ruling", "重整：法院裁定书文号"}}
#define OBJECTION_OPTIONS(holder, other) \
	{.name = "ground", .type = OPTION_TEXT, .offset = APPLICATION_AT(holder, ground), \
		.required = true, .unless = other, .value = "ID", \
		.help = {"why: the ground's id in the rule book", "规则库中的异议事由编号"}}, \
	{.name = "statement", .type = OPTION_TEXT, .offset = APPLICATION_AT(holder, statement), \
		.required = true, .unless = other, .value = "TEXT", .help = {"what is wrong", "异议说明"}}
/* clang-format on */
extern const struct option_choice application_grounds[];

#endif
