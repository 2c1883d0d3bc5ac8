/* SPDX-License-Identifier: Apache-2.0
 *
 * toy_cases.h - applications and steps on cases in the toy registry, allowed as they stand.
 *
 * They are made for the rule book tests/support/cases.yaml and the day 2026-11-23. Strings and ids are
 * borrowed. Dates of steps are today's.
 */
#ifndef TESTS_SUPPORT_TOY_CASES_H
#define TESTS_SUPPORT_TOY_CASES_H

#include "tests/support/toy_registry.h"

#include <credit/model.h>

#define TOY_CASES_BOOK "tests/support/cases.yaml"

/* A founded registry with that book. */
void toy_cases_found(struct toy *toy);
/* The same with an entity enrolled in it. */
void toy_cases_init(struct toy *toy, char ret_uscc[CREDIT_USCC_SIZE + 1]);

/* A listing on black.market-serious by the market office; its id in toy->id. */
void toy_case_list(struct toy *toy, char *uscc, const char *decision_date);

/* Digests of the token and of the sealed form that all applications of tests name. */
extern uint8_t toy_case_token_hash[CREDIT_HASH_SIZE], toy_case_form[CREDIT_HASH_SIZE];
Credit__V1__Applicant toy_case_applicant(void);

Credit__V1__RepairApplication toy_case_repair(
	struct toy *toy, char *uscc, uint8_t *record, Credit__V1__Applicant *applicant);
Credit__V1__Objection toy_case_objection(
	struct toy *toy, char *uscc, uint8_t *record, Credit__V1__Applicant *applicant);

/* One act on a case; every field that its kind of act asks for is filled. */
union toy_step {
	Credit__V1__CaseDocument document;
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
};
/* `applicant` is for those acts that carry one. Decisions grant, objections are rejected. */
void toy_step_init(struct toy *toy, Credit__V1__Act__PayloadCase act, char *uscc, uint8_t *case_id,
	Credit__V1__Applicant *applicant, union toy_step *ret_step);
/* A document of this kind, its digest made of the kind alone; kind FORM is the sealed form. */
enum credit_error toy_case_document(struct toy *toy, const struct toy_office *office, char *uscc,
	uint8_t *case_id, Credit__V1__DocumentKind kind);

/* NULL when there is none; to be freed with the generated functions. */
Credit__V1__Case *toy_case(
	struct toy *toy, const char *uscc, const uint8_t id[CREDIT_RECORD_ID_SIZE]);
Credit__V1__Task *toy_task(struct toy *toy, const char *office_uscc, const ProtobufCBinaryData *id);
Credit__V1__Tally *toy_tally(struct toy *toy, const char *office_uscc);

#endif
