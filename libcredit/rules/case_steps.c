/* SPDX-License-Identifier: Apache-2.0
 *
 * case_steps.c - the steps that repair and objection share: documents, acceptance, supplement,
 * withdrawal, extension, rating.
 */
#include "rules/case.h"

#include <string.h>

#define DOCUMENTS_MAX 16
#define BIT(name) (1U << CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_##name)
#define BOTH_OFFICES (CREDIT__BY_FRONT_OFFICE | CREDIT__BY_DECIDER)

/* What differs between the kinds in the shared steps. */
static const struct {
	uint32_t documents; /* kinds that may be filed */
	enum credit__limit check, supplement, decide;
} kinds[] = {
	[CREDIT__V1__CASE_KIND__CASE_KIND_REPAIR] = {BIT(FORM) | BIT(PLEDGE) | BIT(PERFORMANCE) |
							     BIT(RULING) | BIT(OTHER),
		CREDIT__LIMIT_REPAIR_CHECK, CREDIT__LIMIT_REPAIR_SUPPLEMENT,
		CREDIT__LIMIT_REPAIR_DECIDE},
	[CREDIT__V1__CASE_KIND__CASE_KIND_OBJECTION] = {BIT(FORM) | BIT(RULING) | BIT(EVIDENCE) |
								BIT(OTHER),
		CREDIT__LIMIT_OBJECTION_CHECK, CREDIT__LIMIT_OBJECTION_SUPPLEMENT,
		CREDIT__LIMIT_OBJECTION_ANSWER},
};

/* The state that a step leads to, where its row names one. */
static Credit__V1__CaseState only_next(const struct credit__step *step)
{
	uint32_t state = 0;

	while (!(step->next & CREDIT__STATE(state)))
		state++;
	return (Credit__V1__CaseState)state;
}

static enum credit_error put(struct credit__deciding *deciding, const struct credit__step *step,
	Credit__V1__Case *subject)
{
	return credit__subject_put(deciding, credit__case_machine(subject), step, &subject->base,
		(uint32_t)only_next(step));
}

/* --- documents --------------------------------------------------------------------------------- */

bool credit__case_has_document(const Credit__V1__Case *subject, Credit__V1__DocumentKind kind)
{
	for (size_t i = 0; i < subject->n_documents; i++) {
		if (subject->documents[i]->kind == (uint32_t)kind)
			return true;
	}
	return false;
}

static bool has_digest(const Credit__V1__Case *subject, const ProtobufCBinaryData *digest)
{
	for (size_t i = 0; i < subject->n_documents; i++) {
		const ProtobufCBinaryData *known = &subject->documents[i]->digest;
		if (known->len == digest->len && memcmp(known->data, digest->data, known->len) == 0)
			return true;
	}
	return false;
}

static enum credit_error add_document(struct credit__deciding *deciding, Credit__V1__Case *subject,
	const Credit__V1__CaseDocument *document)
{
	size_t count = subject->n_documents;
	Credit__V1__CaseDocumentRow *row = credit_arena_alloc(deciding->in->arena, sizeof *row);
	Credit__V1__CaseDocumentRow **rows = credit_arena_alloc(
		deciding->in->arena, (count + 1) * sizeof(Credit__V1__CaseDocumentRow *));

	if (!row || !rows)
		return CREDIT_E_NO_MEMORY;
	credit__v1__case_document_row__init(row);
	row->digest = document->digest;
	row->kind = (uint32_t)document->kind;
	row->title = document->title;
	if (count > 0)
		memcpy(rows, subject->documents, count * sizeof(Credit__V1__CaseDocumentRow *));
	rows[count] = row;
	subject->documents = rows;
	subject->n_documents = count + 1;
	return CREDIT_OK;
}

enum credit_error credit__step_document(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__CaseDocument *document = act->case_document;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	enum credit_error error =
		credit__case_turn(deciding, subject, BOTH_OFFICES, "case_id", subject->last_on);

	if (error)
		return error;
	if (!(kinds[subject->kind].documents & (1U << document->kind)))
		return credit__refuse(deciding, CREDIT_E_CONDITION, "kind", NULL,
			"a case of this kind takes no such document");
	if (subject->n_documents >= DOCUMENTS_MAX)
		return credit__refuse(deciding, CREDIT_E_TOO_MANY, "digest", NULL,
			"at most %d documents a case", DOCUMENTS_MAX);
	if (has_digest(subject, &document->digest))
		return credit__refuse(deciding, CREDIT_E_CONDITION, "digest", NULL,
			"the case has this document already");
	error = add_document(deciding, subject, document);
	return error ? error : put(deciding, step, subject);
}

/* --- acceptance -------------------------------------------------------------------------------- */

enum credit_error credit__case_accept(
	struct credit__deciding *deciding, const Credit__V1__Act *act, Credit__V1__Case *subject)
{
	const Credit__V1__CaseAcceptance *acceptance = act->case_acceptance;
	enum credit_error error =
		credit__case_turn(deciding, subject, BOTH_OFFICES, "date", acceptance->date);

	if (error)
		return error;
	/* What the applicant sealed is what the office has before it. */
	if (subject->form_digest.len > 0 && !has_digest(subject, &subject->form_digest))
		return credit__refuse(deciding, CREDIT_E_CONDITION, "case_id", NULL,
			"the sealed form that the application names is not among the documents");
	return credit__case_task(deciding, subject, CREDIT__V1__TASK_KIND__TASK_KIND_DECIDE_CASE,
		kinds[subject->kind].decide, acceptance->date);
}

enum credit_error credit__step_non_acceptance(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__CaseNonAcceptance *refusal = act->case_non_acceptance;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	char text[CREDIT_DAY_TEXT_SIZE];
	enum credit_error error =
		credit__case_turn(deciding, subject, BOTH_OFFICES, "date", refusal->date);

	if (error)
		return error;
	/* Who was asked for more has the whole time to bring it. */
	if (subject->state == CREDIT__CASE(SUPPLEMENT_ASKED) && refusal->date <= subject->due_on)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "date", NULL,
			"what is missing may be supplied until %s",
			credit_day_text((credit_day_t){subject->due_on}, text));
	subject->reason = refusal->reason;
	return credit__case_end(deciding, step, subject, CREDIT__CASE(NOT_ACCEPTED), refusal->date);
}

/* --- supplement -------------------------------------------------------------------------------- */

enum credit_error credit__step_supplement_request(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__SupplementRequest *request = act->supplement_request;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	enum credit_error error =
		credit__case_turn(deciding, subject, BOTH_OFFICES, "date", request->date);

	if (error)
		return error;
	if (subject->supplemented)
		return credit__refuse(deciding, CREDIT_E_PROCEDURE_STATE, "case_id", NULL,
			"it was asked for once, with all that was missing");
	subject->supplemented = true;
	subject->missing = request->missing;
	subject->n_missing = request->n_missing;
	error = credit__case_task(deciding, subject,
		CREDIT__V1__TASK_KIND__TASK_KIND_SUPPLEMENT_CASE, kinds[subject->kind].supplement,
		request->date);
	return error ? error : put(deciding, step, subject);
}

enum credit_error credit__step_supplement(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *message)
{
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	int32_t date = act->case_supplement->date;
	enum credit_error error = credit__case_turn(deciding, subject, 0, "date", date);

	/* The time of the check starts anew: it is checked as a whole. */
	if (!error)
		error = credit__case_task(deciding, subject,
			CREDIT__V1__TASK_KIND__TASK_KIND_CHECK_CASE, kinds[subject->kind].check,
			date);
	return error ? error : put(deciding, step, subject);
}

/* --- withdrawal -------------------------------------------------------------------------------- */

enum credit_error credit__step_withdrawal(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__CaseWithdrawal *withdrawal = act->case_withdrawal;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	bool disputed = subject->state != CREDIT__CASE(SUBMITTED) &&
			subject->state != CREDIT__CASE(SUPPLEMENT_ASKED) &&
			subject->kind == CREDIT__V1__CASE_KIND__CASE_KIND_OBJECTION;
	enum credit_error error = credit__case_turn(deciding, subject, 0, "date", withdrawal->date);

	if (!error)
		error = credit__check_applicant_again(deciding, subject, withdrawal->applicant,
			withdrawal->reason, withdrawal->date,
			CREDIT__V1__ACT__PAYLOAD_CASE_WITHDRAWAL);
	if (!error && disputed)
		error = credit__case_dispute(deciding, subject, false);
	return error ? error
		     : credit__case_end(deciding, step, subject, only_next(step), withdrawal->date);
}

/* --- extension --------------------------------------------------------------------------------- */

/* The limit that the open task was given. */
static enum credit__limit running_limit(const Credit__V1__Case *subject)
{
	switch ((int)subject->state) {
	case CREDIT__CASE(SUBMITTED):
		return kinds[subject->kind].check;
	case CREDIT__CASE(SUPPLEMENT_ASKED):
		return kinds[subject->kind].supplement;
	case CREDIT__CASE(REVIEW_ASKED):
		return CREDIT__LIMIT_REVIEW_DECIDE;
	case CREDIT__CASE(PLAN_RUNNING):
		return CREDIT__LIMIT_PLAN_OUTCOME;
	}
	return kinds[subject->kind].decide;
}

static enum credit_error extend(
	struct credit__deciding *deciding, Credit__V1__Case *subject, const char *office)
{
	const struct credit_rule_book *book = deciding->in->book;
	enum credit__limit limit = running_limit(subject);
	const Credit__V1__TimeLimit *rule =
		book ? credit__book_limit(book->message, subject->record_item, limit) : NULL;
	char text[CREDIT_RULE_MAX];
	bool provisional;
	enum credit_error error;

	if (!rule || rule->extension_days == 0)
		return credit__refuse(deciding, CREDIT_E_CONDITION, "case_id",
			book ? credit__rule(credit__version(deciding), credit__limit_rows[limit].id,
				       text)
			     : NULL,
			"this step knows no extension");
	subject->due_on = credit_day_add_working(&book->calendar, (credit_day_t){subject->due_on},
		rule->extension_days, &provisional)
				  .days;
	subject->provisional = provisional;
	error = credit__task_move(deciding, office, &subject->task, subject->due_on, provisional);
	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_PROCEDURE_STATE, "case_id", NULL,
			"the step is overdue: time that has run out is not extended");
	return error;
}

enum credit_error credit__step_extension(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *message)
{
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	bool checking = subject->state == CREDIT__CASE(SUBMITTED) ||
			subject->state == CREDIT__CASE(SUPPLEMENT_ASKED);
	enum credit_error error = credit__case_turn(deciding, subject,
		checking ? CREDIT__BY_FRONT_OFFICE : CREDIT__BY_DECIDER, "date",
		act->case_extension->date);

	if (error)
		return error;
	if (subject->extended)
		return credit__refuse(deciding, CREDIT_E_PROCEDURE_STATE, "case_id", NULL,
			"its time was extended once already");
	subject->extended = true;
	error = extend(
		deciding, subject, checking ? subject->front_office_uscc : subject->decider_uscc);
	return error ? error : put(deciding, step, subject);
}

/* --- rating ------------------------------------------------------------------------------------ */

enum credit_error credit__step_rating(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__CaseRating *rating = act->case_rating;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	Credit__V1__Tally *tally;
	enum credit_error error =
		credit__check_date(deciding, "date", rating->date, subject->closed_on);

	if (error)
		return error;
	if (subject->rating != 0)
		return credit__refuse(
			deciding, CREDIT_E_PROCEDURE_STATE, "case_id", NULL, "it is rated already");
	error = credit__tally_get(deciding, subject->decider_uscc, &tally);
	if (error)
		return error;
	subject->rating = rating->rating;
	tally->ratings++;
	tally->rating_sum += rating->rating;
	error = credit__tally_put(deciding, subject->decider_uscc, tally);
	return error ? error : put(deciding, step, subject);
}
