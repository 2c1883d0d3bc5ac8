/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_entity.c - credctl entity enrol: takes one entity in from the base register.
 */
#include "commands.h"
#include "output.h"
#include "sign.h"

struct values {
	struct sign_values signing;
	char *uscc, *name, *document;
	uint32_t evidence;
};

/* What the evidence lets pass, by Credit__V1__CodeEvidence. */
static const enum credit_uscc_evidence evidence_of[] = {
	[CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_UNSPECIFIED] = CREDIT_USCC_PLAIN,
	[CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_PLAIN] = CREDIT_USCC_PLAIN,
	[CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_REGISTER] = CREDIT_USCC_REGISTER,
	[CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_EXCEPTION] = CREDIT_USCC_EXCEPTION,
};

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	Credit__V1__EntityEnrolment enrolment = CREDIT__V1__ENTITY_ENROLMENT__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct sign_item item = {&act, {NULL, 0}};
	struct credit_problem problem = {0};
	char text[OUTPUT_USCC_SIZE];
	struct credit_uscc uscc;

	(void)arguments;
	(void)count;
	if (credit_uscc_parse(credit_bytes_of(values->uscc), evidence_of[values->evidence], &uscc,
		    &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	enrolment.entity_uscc = (char *)(uintptr_t)output_uscc(&uscc, text);
	enrolment.name = values->name;
	enrolment.evidence = values->evidence ? (Credit__V1__CodeEvidence)values->evidence
					      : CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_PLAIN;
	if (values->document)
		enrolment.evidence_document = values->document;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_ENTITY_ENROLMENT;
	act.entity_enrolment = &enrolment;
	return sign_and_submit(app, &values->signing, &item, 1);
}

static const struct option_choice evidences[] = {
	{"plain", CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_PLAIN},
	{"register", CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_REGISTER},
	{"exception", CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_EXCEPTION},
	{NULL, 0},
};

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
	{.name = "uscc",
		.type = OPTION_TEXT,
		.offset = AT(uscc),
		.required = true,
		.value = "CODE",
		.help = {"the entity's code", "主体的统一社会信用代码"}},
	{.name = "name",
		.type = OPTION_TEXT,
		.offset = AT(name),
		.required = true,
		.value = "TEXT",
		.help = {"its name", "主体名称"}},
	{.name = "evidence",
		.type = OPTION_CHOICE,
		.offset = AT(evidence),
		.value = "KIND",
		.choices = evidences,
		.help = {"what vouches for the code beyond the code itself", "代码依据"}},
	{.name = "document",
		.type = OPTION_TEXT,
		.offset = AT(document),
		.value = "NO",
		.help = {"the document that shows the code; for register and exception",
			"证明该代码的文书（register、exception 时必填）"}},
	SIGN_OPTIONS(struct values),
	{.name = NULL},
};

const struct command cmd_entity_enrol = {
	.name = "entity enrol",
	.arguments = "",
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"enrol a legal entity", "信用主体入库"},
	.run = run,
};
