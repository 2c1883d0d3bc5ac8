/* SPDX-License-Identifier: Apache-2.0
 *
 * case.h - what the two kinds of case, repair and objection, have in common.
 *
 * A case is opened by a front office about one record, checked, perhaps supplemented once, accepted,
 * decided by the authority that made the record. Each kind has its own table (decide_repair.c,
 * decide_objection.c); the steps that are the same in both are the functions below.
 */
#ifndef CREDIT_RULES_CASE_H
#define CREDIT_RULES_CASE_H

#include "rules/procedure.h"

#include <credit/model.h>

#define CREDIT__CASE(name) CREDIT__V1__CASE_STATE__CASE_STATE_##name

/* --- opening and ending (case.c) --------------------------------------------------------------- */

/* What an application says; the act's fields have these names in both kinds. */
struct credit__case_order {
	Credit__V1__CaseKind kind;
	const char *entity_uscc;
	const char *ground;
	const char *statement;
	int32_t applied_on;
	const Credit__V1__Applicant *applicant;
};
/* A new case about the record: the date, the applicant and that no other of its kind is open are
 * checked; the check is the front office's task. */
enum credit_error credit__case_open(struct credit__deciding *deciding,
	const struct credit__case_order *order, const Credit__V1__Record *record) CREDIT_MUST_CHECK;

enum credit_error credit__case_none_open(struct credit__deciding *deciding,
	const Credit__V1__Record *record, Credit__V1__CaseKind kind) CREDIT_MUST_CHECK;

/* Who takes a step; 0: whoever the table of acts lets in. */
#define CREDIT__BY_FRONT_OFFICE 1U
#define CREDIT__BY_DECIDER 2U
/* The issuer may take this step, and its date neither runs ahead nor falls behind the last step. */
enum credit_error credit__case_turn(struct credit__deciding *deciding, Credit__V1__Case *subject,
	unsigned by, const char *field, int32_t date) CREDIT_MUST_CHECK;
/* Closes the task that was due and opens the next one. */
enum credit_error credit__case_task(struct credit__deciding *deciding, Credit__V1__Case *subject,
	Credit__V1__TaskKind kind, enum credit__limit limit, int32_t from) CREDIT_MUST_CHECK;
/* Ends the case in `state`: its task is closed, the deciding authority's tally counts it. */
enum credit_error credit__case_end(struct credit__deciding *deciding,
	const struct credit__step *step, Credit__V1__Case *subject, Credit__V1__CaseState state,
	int32_t date) CREDIT_MUST_CHECK;
/* The record that the case is about. */
enum credit_error credit__case_record(struct credit__deciding *deciding,
	const Credit__V1__Case *subject, Credit__V1__Record **ret_record) CREDIT_MUST_CHECK;
/* Sets or clears the mark that an objection is open, while the record is published. */
enum credit_error credit__case_dispute(struct credit__deciding *deciding,
	const Credit__V1__Case *subject, bool disputed) CREDIT_MUST_CHECK;
/* Is an objection to it accepted and open? What a record that comes back is marked with. */
enum credit_error credit__case_disputes(struct credit__deciding *deciding,
	const Credit__V1__Record *record, bool *ret_disputed) CREDIT_MUST_CHECK;
/* A date of the application or review: no future date, not before `earliest`, filed in time. */
enum credit_error credit__case_slip_date(struct credit__deciding *deciding,
	const Credit__V1__Record *record, int32_t applied_on, int32_t earliest) CREDIT_MUST_CHECK;
const struct credit__machine *credit__case_machine(const Credit__V1__Case *subject);

/* --- steps of both tables (case_steps.c) -------------------------------------------------------- */

credit__step_fn credit__step_document, credit__step_supplement_request, credit__step_supplement;
credit__step_fn credit__step_non_acceptance, credit__step_withdrawal, credit__step_extension;
credit__step_fn credit__step_rating;

/* Acceptance, as far as it is the same: who and when, and the sealed form is among the documents. */
enum credit_error credit__case_accept(struct credit__deciding *deciding, const Credit__V1__Act *act,
	Credit__V1__Case *subject) CREDIT_MUST_CHECK;
bool credit__case_has_document(const Credit__V1__Case *subject, Credit__V1__DocumentKind kind);

/* Rows of a table for what is possible while a case is `state`d and open. */
#define CREDIT__CASE_ROW(from, act, to, function) \
	{ \
		CREDIT__CASE(from), CREDIT__V1__ACT__PAYLOAD_##act, to, function \
	}
#define CREDIT__CASE_TO(name) CREDIT__STATE(CREDIT__CASE(name))
#define CREDIT__CASE_ROWS(accept) \
	CREDIT__CASE_ROW( \
		SUBMITTED, CASE_DOCUMENT, CREDIT__CASE_TO(SUBMITTED), credit__step_document), \
		CREDIT__CASE_ROW(SUBMITTED, CASE_ACCEPTANCE, CREDIT__CASE_TO(ACCEPTED), accept), \
		CREDIT__CASE_ROW(SUBMITTED, SUPPLEMENT_REQUEST, CREDIT__CASE_TO(SUPPLEMENT_ASKED), \
			credit__step_supplement_request), \
		CREDIT__CASE_ROW(SUBMITTED, CASE_NON_ACCEPTANCE, CREDIT__CASE_TO(NOT_ACCEPTED), \
			credit__step_non_acceptance), \
		CREDIT__CASE_ROW(SUBMITTED, CASE_WITHDRAWAL, CREDIT__CASE_TO(WITHDRAWN), \
			credit__step_withdrawal), \
		CREDIT__CASE_ROW(SUBMITTED, CASE_EXTENSION, CREDIT__CASE_TO(SUBMITTED), \
			credit__step_extension), \
		CREDIT__CASE_ROW(SUPPLEMENT_ASKED, CASE_DOCUMENT, \
			CREDIT__CASE_TO(SUPPLEMENT_ASKED), credit__step_document), \
		CREDIT__CASE_ROW(SUPPLEMENT_ASKED, CASE_SUPPLEMENT, CREDIT__CASE_TO(SUBMITTED), \
			credit__step_supplement), \
		CREDIT__CASE_ROW(SUPPLEMENT_ASKED, CASE_NON_ACCEPTANCE, \
			CREDIT__CASE_TO(NOT_ACCEPTED), credit__step_non_acceptance), \
		CREDIT__CASE_ROW(SUPPLEMENT_ASKED, CASE_WITHDRAWAL, CREDIT__CASE_TO(WITHDRAWN), \
			credit__step_withdrawal), \
		CREDIT__CASE_ROW(SUPPLEMENT_ASKED, CASE_EXTENSION, \
			CREDIT__CASE_TO(SUPPLEMENT_ASKED), credit__step_extension), \
		CREDIT__CASE_ROW(ACCEPTED, CASE_DOCUMENT, CREDIT__CASE_TO(ACCEPTED), \
			credit__step_document), \
		CREDIT__CASE_ROW(ACCEPTED, CASE_WITHDRAWAL, CREDIT__CASE_TO(WITHDRAWN), \
			credit__step_withdrawal), \
		CREDIT__CASE_ROW(ACCEPTED, CASE_EXTENSION, CREDIT__CASE_TO(ACCEPTED), \
			credit__step_extension)

/* --- the applicant (applicant.c) ----------------------------------------------------------------- */

/* The applicant speaks in exactly one way: a sealed form's digest, or a signature over this
 * application by a key in force of the entity. CREDIT_E_APPLICANT. */
enum credit_error credit__check_applicant(struct credit__deciding *deciding,
	const Credit__V1__Applicant *applicant,
	struct credit_application *application) CREDIT_MUST_CHECK;
/* The same for a later step: it also names the token of the case's slip. */
enum credit_error credit__check_applicant_again(struct credit__deciding *deciding,
	const Credit__V1__Case *subject, const Credit__V1__Applicant *applicant,
	const char *statement, int32_t date, uint32_t act) CREDIT_MUST_CHECK;

/* --- what repair asks for (repair_terms.c) ------------------------------------------------------- */

/* Of the book in force and of the one that the record was decided under, the kinder of each. */
struct credit__repair_terms {
	bool performance, pledge;
	uint32_t no_repeat, after_fraud; /* months */
};
enum credit_error credit__repair_terms_of(struct credit__deciding *deciding,
	const Credit__V1__Record *record, struct credit__repair_terms *ret_terms) CREDIT_MUST_CHECK;

/* --- corrections (correct.c) ---------------------------------------------------------------------- */

/* Puts new values beside the old ones in the record, and what follows from them into its dates; the
 * record is changed, not put. */
enum credit_error credit__record_correct(struct credit__deciding *deciding,
	const Credit__V1__Case *subject, Credit__V1__NewValue *const *values, size_t count,
	Credit__V1__Record *record) CREDIT_MUST_CHECK;

#endif
