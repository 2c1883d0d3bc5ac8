/* SPDX-License-Identifier: Apache-2.0
 *
 * acts.c - the table of acts: who may file each, and which function decides it.
 *
 * A new kind of act is a row here and its function in a decide_*.c file.
 */
#include "rules/decide.h"

#include <string.h>

/* --- what acts claim ----------------------------------------------------------------------- */

static void claim_key_enrolment(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->authority_uscc = act->key_enrolment->authority_uscc;
}

static void claim_key_revocation(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->authority_uscc = act->key_revocation->authority_uscc;
}

static void claim_penalty(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->entity_uscc = act->administrative_penalty->entity_uscc;
	claim->decider_uscc = act->administrative_penalty->decider_uscc;
	claim->item = "record.penalty";
}

static void claim_listing(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->entity_uscc = act->listing->entity_uscc;
	claim->item = act->listing->list;
}

static void claim_measure(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->entity_uscc = act->measure_application->entity_uscc;
	claim->item = act->measure_application->measure;
}

static void claim_notice(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->entity_uscc = act->listing_notice->entity_uscc;
	claim->item = act->listing_notice->list;
}

/* It names no entity: the draft is sealed. */
static void claim_consent(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->item = act->consent->list;
}

void credit__claim_entity(const Credit__V1__Act *act, struct credit__claim *claim)
{
	/* Payloads are pointers, all at the same place; entity_uscc is found by its name. */
	const ProtobufCMessage *payload = &act->registry_founding->base;
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(payload->descriptor, "entity_uscc");

	if (field)
		memcpy(&claim->entity_uscc, (const uint8_t *)payload + field->offset,
			sizeof claim->entity_uscc);
}

static void claim_pledge(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->entity_uscc = act->pledge->entity_uscc;
	claim->item = "record.pledge";
}

static void claim_licence(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->entity_uscc = act->licence->entity_uscc;
	claim->decider_uscc = act->licence->decider_uscc;
	claim->item = "record.licence";
}

static void claim_honour(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->entity_uscc = act->honour->entity_uscc;
	claim->item = "record.honour";
}

static void claim_judgment(const Credit__V1__Act *act, struct credit__claim *claim)
{
	claim->entity_uscc = act->judgment->entity_uscc;
	claim->item = "record.judgment";
}

/* A file has entities of every division: only a grant that is not bound to one covers it. */
static void claim_load(const Credit__V1__Act *act, struct credit__claim *claim)
{
	(void)act;
	claim->entity_uscc = "------------------";
}

/* --- the table ----------------------------------------------------------------------------- */

/* clang-format off */
#define PAYLOAD(name) CREDIT__V1__ACT__PAYLOAD_##name
static const struct credit__act_row rows[] = {
	{PAYLOAD(REGISTRY_FOUNDING), CREDIT__FOUNDER, 0, NULL, credit__decide_founding},
	{PAYLOAD(AUTHORITY_ENROLMENT), CREDIT__ROOT, 0, NULL, credit__decide_authority_enrolment},
	{PAYLOAD(KEY_ENROLMENT), CREDIT__ROOT_OR_SELF, 0, claim_key_enrolment, credit__decide_key_enrolment},
	{PAYLOAD(KEY_REVOCATION), CREDIT__ROOT_OR_SELF, 0, claim_key_revocation, credit__decide_key_revocation},
	{PAYLOAD(GRANT), CREDIT__ROOT, 0, NULL, credit__decide_grant},
	{PAYLOAD(GRANT_REVOCATION), CREDIT__ROOT, 0, NULL, credit__decide_grant_revocation},
	{PAYLOAD(RULE_BOOK_ADOPTION), CREDIT__ROOT, 0, NULL, credit__decide_rule_book_adoption},
	{PAYLOAD(AUTHORITY_CHANGE), CREDIT__ROOT, 0, NULL, credit__decide_authority_change},
	{PAYLOAD(BASE_REGISTER_LOAD), CREDIT__GRANT, CREDIT__ROLE(REGISTRAR), claim_load, credit__decide_base_register_load},
	{PAYLOAD(KEY_COMPROMISE), CREDIT__ROOT, 0, NULL, credit__decide_key_compromise},
	{PAYLOAD(ENTITY_ENROLMENT), CREDIT__GRANT, CREDIT__ROLE(REGISTRAR), credit__claim_entity, credit__decide_entity_enrolment},
	{PAYLOAD(ADMINISTRATIVE_PENALTY), CREDIT__GRANT, CREDIT__ROLE(DECIDER) | CREDIT__ROLE(FILER), claim_penalty, credit__decide_penalty},
	{PAYLOAD(LISTING), CREDIT__GRANT, CREDIT__ROLE(DECIDER), claim_listing, credit__decide_listing},
	{PAYLOAD(REMOVAL), CREDIT__AUTHOR, 0, NULL, credit__decide_removal},
	{PAYLOAD(PUBLICATION_END), CREDIT__SYSTEM, 0, NULL, credit__decide_publication_end},
	{PAYLOAD(LISTING_NOTICE), CREDIT__GRANT, CREDIT__ROLE(DECIDER), claim_notice, credit__decide_listing_notice},
	{PAYLOAD(NOTICE_STATEMENT), CREDIT__AUTHOR, 0, NULL, credit__decide_notice_act},
	{PAYLOAD(NOTICE_WITHDRAWAL), CREDIT__AUTHOR, 0, NULL, credit__decide_notice_act},
	{PAYLOAD(NOTICE_RIPE), CREDIT__SYSTEM, 0, NULL, credit__decide_notice_act},
	{PAYLOAD(CONSENT), CREDIT__GRANT, CREDIT__ROLE(SUPERVISOR), claim_consent, credit__decide_consent},
	{PAYLOAD(PUBLICATION_CHANGE), CREDIT__AUTHOR, 0, NULL, credit__decide_publication_change},
	{PAYLOAD(SUSPENSION), CREDIT__AUTHOR, 0, NULL, credit__decide_suspension},
	{PAYLOAD(SUSPENSION_END), CREDIT__AUTHOR, 0, NULL, credit__decide_suspension_end},
	{PAYLOAD(MEASURE_APPLICATION), CREDIT__GRANT, CREDIT__ROLE(DECIDER), claim_measure, credit__decide_measure_application},
	{PAYLOAD(MEASURE_FEEDBACK), CREDIT__AUTHOR, 0, NULL, credit__decide_measure_feedback},
	{PAYLOAD(MEASURE_LIFT), CREDIT__AUTHOR, 0, NULL, credit__decide_measure_lift},
	{PAYLOAD(MEASURE_END), CREDIT__SYSTEM, 0, NULL, credit__decide_measure_end},
	{PAYLOAD(TASK_ANSWER), CREDIT__AUTHOR, 0, NULL, credit__decide_task_answer},
	{PAYLOAD(TASK_OVERDUE), CREDIT__SYSTEM, 0, NULL, credit__decide_task_overdue},
	{PAYLOAD(TASK_ESCALATION), CREDIT__SYSTEM, 0, NULL, credit__decide_task_escalation},
	{PAYLOAD(REPAIR_APPLICATION), CREDIT__GRANT, CREDIT__ROLE(FRONT_OFFICE), credit__claim_entity, credit__decide_repair_application},
	{PAYLOAD(OBJECTION), CREDIT__GRANT, CREDIT__ROLE(FRONT_OFFICE), credit__claim_entity, credit__decide_objection},
	{PAYLOAD(CASE_DOCUMENT), CREDIT__AUTHOR, 0, NULL, credit__decide_case_step},
	{PAYLOAD(CASE_ACCEPTANCE), CREDIT__AUTHOR, 0, NULL, credit__decide_case_step},
	{PAYLOAD(SUPPLEMENT_REQUEST), CREDIT__AUTHOR, 0, NULL, credit__decide_case_step},
	{PAYLOAD(CASE_SUPPLEMENT), CREDIT__GRANT, CREDIT__ROLE(FRONT_OFFICE), credit__claim_entity, credit__decide_case_step},
	{PAYLOAD(CASE_NON_ACCEPTANCE), CREDIT__AUTHOR, 0, NULL, credit__decide_case_step},
	{PAYLOAD(CASE_WITHDRAWAL), CREDIT__GRANT, CREDIT__ROLE(FRONT_OFFICE), credit__claim_entity, credit__decide_case_step},
	{PAYLOAD(CASE_EXTENSION), CREDIT__AUTHOR, 0, NULL, credit__decide_case_step},
	{PAYLOAD(REPAIR_DECISION), CREDIT__AUTHOR, 0, NULL, credit__decide_case_step},
	{PAYLOAD(REPAIR_REVOCATION), CREDIT__AUTHOR, 0, NULL, credit__decide_case_step},
	{PAYLOAD(REORGANISATION_OUTCOME), CREDIT__AUTHOR, 0, NULL, credit__decide_case_step},
	{PAYLOAD(OBJECTION_DECISION), CREDIT__AUTHOR, 0, NULL, credit__decide_case_step},
	{PAYLOAD(REVIEW_REQUEST), CREDIT__GRANT, CREDIT__ROLE(FRONT_OFFICE), credit__claim_entity, credit__decide_case_step},
	{PAYLOAD(REVIEW_DECISION), CREDIT__AUTHOR, 0, NULL, credit__decide_case_step},
	{PAYLOAD(CASE_RATING), CREDIT__GRANT, CREDIT__ROLE(FRONT_OFFICE), credit__claim_entity, credit__decide_case_step},
	{PAYLOAD(PLEDGE), CREDIT__GRANT, CREDIT__ROLE(DECIDER) | CREDIT__ROLE(FRONT_OFFICE), claim_pledge, credit__decide_pledge},
	{PAYLOAD(LICENCE), CREDIT__GRANT, CREDIT__ROLE(DECIDER) | CREDIT__ROLE(FILER), claim_licence, credit__decide_licence},
	{PAYLOAD(HONOUR), CREDIT__GRANT, CREDIT__ROLE(DECIDER), claim_honour, credit__decide_honour},
	{PAYLOAD(JUDGMENT), CREDIT__GRANT, CREDIT__ROLE(DECIDER) | CREDIT__ROLE(FILER), claim_judgment, credit__decide_judgment},
	{PAYLOAD(RECORD_OUTCOME), CREDIT__AUTHOR, 0, NULL, credit__decide_record_outcome},
	{PAYLOAD(ENTITY_CHANGE), CREDIT__GRANT, CREDIT__ROLE(REGISTRAR), credit__claim_entity, credit__decide_entity_change},
	{PAYLOAD(ENTITY_ALIAS), CREDIT__GRANT, CREDIT__ROLE(REGISTRAR), credit__claim_entity, credit__decide_entity_alias},
	{PAYLOAD(ENTITY_DEREGISTRATION), CREDIT__GRANT, CREDIT__ROLE(REGISTRAR), credit__claim_entity, credit__decide_entity_deregistration},
	{PAYLOAD(ENTITY_KEY_ENROLMENT), CREDIT__GRANT, CREDIT__ROLE(REGISTRAR) | CREDIT__ROLE(FRONT_OFFICE), credit__claim_entity, credit__decide_entity_key_enrolment},
	{PAYLOAD(ENTITY_KEY_REVOCATION), CREDIT__GRANT, CREDIT__ROLE(REGISTRAR) | CREDIT__ROLE(FRONT_OFFICE), credit__claim_entity, credit__decide_entity_key_revocation},
	{PAYLOAD(SUBSCRIPTION), CREDIT__AUTHOR, 0, NULL, credit__decide_subscription},
	{PAYLOAD(SUBSCRIPTION_END), CREDIT__AUTHOR, 0, NULL, credit__decide_subscription_end},
	{PAYLOAD(SUBSCRIPTION_ACK), CREDIT__AUTHOR, 0, NULL, credit__decide_subscription_ack},
	{PAYLOAD(ACCESS_RECORD), CREDIT__SYSTEM, 0, NULL, credit__decide_access_record},
	{PAYLOAD(ACCESS_EXPIRY), CREDIT__SYSTEM, 0, NULL, credit__decide_access_expiry},
	{PAYLOAD(KEY_REVIEW), CREDIT__SYSTEM, 0, NULL, credit__decide_key_review},
	{PAYLOAD(KEY_REVIEWED), CREDIT__SYSTEM, 0, NULL, credit__decide_key_reviewed},
	{PAYLOAD(ERASURE), CREDIT__AUTHOR, 0, NULL, credit__decide_erasure},
};
/* clang-format on */

static const struct credit__act_row *find_row(Credit__V1__Act__PayloadCase payload)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].payload == payload)
			return &rows[i];
	}
	return NULL;
}

/* --- deciding ------------------------------------------------------------------------------ */

static enum credit_error check_founded(
	struct credit__deciding *deciding, const struct credit__act_row *row)
{
	struct credit__key key = credit__key_founding();
	bool founding = row->who == CREDIT__FOUNDER, founded;
	enum credit_error error = credit__fact_exists(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_FOUNDING, &key, &founded);

	if (error || founded != founding)
		return error;
	return credit__refuse(deciding, CREDIT_E_FOUNDING, NULL, NULL, "%s",
		founded ? "it is founded already" : "it is not founded yet");
}

/* One status for each entity that the act touched, after all that follows from it. */
static enum credit_error put_statuses(struct credit__deciding *deciding)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < deciding->touched_count && !error; i++)
		error = credit__put_status(deciding, deciding->touched[i]);
	return error;
}

enum credit_error credit_decide(const struct credit_decision *decision,
	const struct Credit__V1__Act *act, struct credit_effects *ret_effects,
	struct credit_problem *problem)
{
	const struct credit__act_row *row = find_row(act->payload_case);
	struct credit__deciding deciding = {
		.in = decision,
		.act = credit_act_name(act),
		.today = credit_day_of(decision->now),
		.problem = problem,
	};
	enum credit_error error;

	if (!row)
		return credit_problem_set(problem, CREDIT_E_ACT_KIND, NULL, NULL, NULL);
	error = check_founded(&deciding, row);
	if (!error && row->who != CREDIT__FOUNDER)
		error = credit__access(&deciding, row, act);
	if (!error)
		error = row->decide(&deciding, act);
	if (!error)
		error = put_statuses(&deciding);
	if (!error)
		*ret_effects = deciding.effects;
	else if (credit_error_is_fault(error))
		credit_problem_set(problem, error, NULL, NULL, NULL);
	return error;
}

bool credit_error_is_of_machine(enum credit_error error)
{
	return error == CREDIT_E_NO_MEMORY || error == CREDIT_E_NO_SPACE || error == CREDIT_E_IO ||
	       error == CREDIT_E_FILES_LIMIT;
}

bool credit_error_is_fault(enum credit_error error)
{
	return credit_error_is_of_machine(error) || error == CREDIT_E_INTERNAL ||
	       (error >= 500 && error < 600); /* _STORE_* */
}
