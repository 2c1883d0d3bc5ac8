/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_objection.c - objections (异议): saying that a record is wrong.
 *
 * From acceptance to the decision the record is marked as disputed everywhere. Who decided the record
 * answers, with reasons; a rejection may be reviewed once. An objection never makes things worse for
 * the one that raises it.
 */
#include "rules/case.h"

#include <string.h>

#define PUBLISHED CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED
#define CAUSE(name) CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_##name
#define OUTCOME(name) CREDIT__V1__OBJECTION_OUTCOME__OBJECTION_OUTCOME_##name

/* --- application ------------------------------------------------------------------------------- */

/* Is it one of the rule book's, and may it be raised about a record in this state? */
static enum credit_error check_ground(
	struct credit__deciding *deciding, const char *id, const Credit__V1__Record *record)
{
	const struct credit_rule_book *book = deciding->in->book;
	const Credit__V1__ObjectionGround *ground;

	if (!book)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_MISSING, NULL, NULL, NULL);
	ground = credit__book_objection_ground(book->message, id);
	if (!ground)
		return credit__refuse(deciding, CREDIT_E_REASON_UNKNOWN, "ground",
			credit__version(deciding), "'%.64s'", id);
	if (record->state != PUBLISHED && !ground->after_removal)
		return credit__refuse(deciding, CREDIT_E_RECORD_STATE, NULL,
			credit__version(deciding),
			"it is published no longer, and this ground asks that it is");
	return CREDIT_OK;
}

enum credit_error credit__decide_objection(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Objection *objection = act->objection;
	const struct credit__case_order order = {
		.kind = CREDIT__V1__CASE_KIND__CASE_KIND_OBJECTION,
		.entity_uscc = objection->entity_uscc,
		.ground = objection->ground,
		.statement = objection->statement,
		.applied_on = objection->applied_on,
		.applicant = objection->applicant,
	};
	const Credit__V1__Entity *entity;
	Credit__V1__Record *record;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", objection->entity_uscc, &entity);

	if (!error)
		error = credit__need_record(
			deciding, "record", objection->entity_uscc, &objection->record, &record);
	if (!error)
		error = check_ground(deciding, objection->ground, record);
	return error ? error : credit__case_open(deciding, &order, record);
}

/* --- acceptance -------------------------------------------------------------------------------- */

static enum credit_error accept(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *message)
{
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	enum credit_error error = credit__case_accept(deciding, act, subject);

	if (!error)
		error = credit__case_dispute(deciding, subject, true);
	return error ? error
		     : credit__subject_put(deciding, &credit__machine_objection, step,
			       &subject->base, CREDIT__CASE(ACCEPTED));
}

/* --- decision and review decide the same ------------------------------------------------------- */

struct verdict {
	Credit__V1__ObjectionOutcome outcome;
	int32_t date, publication_end;
	Credit__V1__NewValue *const *corrections;
	size_t correction_count;
	Credit__V1__CaseState state; /* that the case ends in */
};

/* What belongs to one outcome is refused beside another: a decision says one thing. */
static enum credit_error check_shape(
	struct credit__deciding *deciding, const struct verdict *verdict)
{
	bool corrects = verdict->outcome == OUTCOME(CORRECTED);
	bool changes = verdict->outcome == OUTCOME(PERIOD_CHANGED);

	if (corrects && verdict->correction_count == 0)
		return credit__refuse(deciding, CREDIT_E_FIELD_MISSING, "corrections", NULL, NULL);
	if (!corrects && verdict->correction_count > 0)
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, "corrections", NULL,
			"only with the outcome that corrects");
	if (changes && verdict->publication_end == 0)
		return credit__refuse(
			deciding, CREDIT_E_FIELD_MISSING, "publication_end", NULL, NULL);
	if (!changes && verdict->publication_end != 0)
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, "publication_end", NULL,
			"only with the outcome that changes the period");
	return CREDIT_OK;
}

/* Never longer than it stands, never shorter than the shortest publication. */
static enum credit_error change_period(struct credit__deciding *deciding,
	const struct verdict *verdict, Credit__V1__Record *record)
{
	char rule[CREDIT_RULE_MAX], text[CREDIT_DAY_TEXT_SIZE];
	int32_t earliest = record->repair_from ? record->repair_from : record->decided_on;
	int32_t wanted = verdict->publication_end;

	credit__rule(record->rule_book, record->item, rule);
	if (record->state != PUBLISHED)
		return credit__refuse(deciding, CREDIT_E_RECORD_STATE, "case_id", NULL,
			"it is published no longer");
	if (wanted < earliest)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "publication_end", rule,
			"not before %s", credit_day_text((credit_day_t){earliest}, text));
	if (record->published_until && wanted > record->published_until)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "publication_end", rule,
			"not after %s: an objection does not lengthen",
			credit_day_text((credit_day_t){record->published_until}, text));
	record->published_until = wanted;
	return CREDIT_OK;
}

static Credit__V1__RemovalCause withdrawal_cause(
	struct credit__deciding *deciding, const Credit__V1__Case *subject)
{
	const struct credit_rule_book *book = deciding->in->book;
	const Credit__V1__ObjectionGround *ground =
		book ? credit__book_objection_ground(book->message, subject->ground) : NULL;

	return ground && ground->annulled ? CAUSE(REVOKED) : CAUSE(CORRECTED);
}

/* The record with what was decided: put, and ended when it is withdrawn or its new period is over. */
static enum credit_error settle_record(struct credit__deciding *deciding,
	const struct verdict *verdict, const Credit__V1__Case *subject, Credit__V1__Record *record,
	int32_t old_end)
{
	bool published = record->state == PUBLISHED;
	int32_t end = record->published_until;
	bool over = published && end != 0 && end < deciding->today.days;
	enum credit_error error;

	record->disputed = false;
	if (published && verdict->outcome == OUTCOME(WITHDRAWN)) {
		record->removal_case = subject->id;
		return credit__record_end(
			deciding, record, withdrawal_cause(deciding, subject), verdict->date);
	}
	error = credit__record_put_changed(deciding, record, old_end);
	return error || !over ? error
			      : credit__record_end(deciding, record, CAUSE(EXPIRED), end + 1);
}

static enum credit_error decide_outcome(struct credit__deciding *deciding,
	const struct credit__step *step, const struct verdict *verdict, Credit__V1__Case *subject)
{
	Credit__V1__Record *record;
	int32_t old_end;
	enum credit_error error = check_shape(deciding, verdict);

	if (!error)
		error = credit__case_record(deciding, subject, &record);
	if (error)
		return error;
	old_end = record->published_until;
	if (verdict->outcome == OUTCOME(CORRECTED))
		error = credit__record_correct(
			deciding, subject, verdict->corrections, verdict->correction_count, record);
	else if (verdict->outcome == OUTCOME(PERIOD_CHANGED))
		error = change_period(deciding, verdict, record);
	/* Closed first: what ends with the record must not make this very case moot. */
	if (!error)
		error = credit__case_end(deciding, step, subject, verdict->state, verdict->date);
	return error ? error : settle_record(deciding, verdict, subject, record, old_end);
}

static enum credit_error decide(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__ObjectionDecision *decision = act->objection_decision;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	bool rejected = decision->outcome == OUTCOME(REJECTED);
	const struct verdict verdict = {
		.outcome = decision->outcome,
		.date = decision->decision_date,
		.publication_end = decision->publication_end,
		.corrections = decision->corrections,
		.correction_count = decision->n_corrections,
		.state = rejected ? CREDIT__CASE(REFUSED) : CREDIT__CASE(GRANTED),
	};
	enum credit_error error = credit__case_turn(
		deciding, subject, CREDIT__BY_DECIDER, "decision_date", decision->decision_date);

	subject->reason = decision->reason;
	return error ? error : decide_outcome(deciding, step, &verdict, subject);
}

static enum credit_error decide_review(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__ReviewDecision *decision = act->review_decision;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	const struct verdict verdict = {
		.outcome = decision->outcome,
		.date = decision->decision_date,
		.publication_end = decision->publication_end,
		.corrections = decision->corrections,
		.correction_count = decision->n_corrections,
		.state = CREDIT__CASE(FINAL),
	};
	enum credit_error error = credit__case_turn(
		deciding, subject, CREDIT__BY_DECIDER, "decision_date", decision->decision_date);

	subject->reason = decision->reason;
	return error ? error : decide_outcome(deciding, step, &verdict, subject);
}

/* --- review ------------------------------------------------------------------------------------ */

static enum credit_error check_review_in_time(
	struct credit__deciding *deciding, const Credit__V1__Case *subject, int32_t applied_on)
{
	char rule[CREDIT_RULE_MAX], text[CREDIT_DAY_TEXT_SIZE];
	int32_t last;
	bool provisional;
	enum credit_error error = credit__limit_day(deciding, subject->record_item,
		CREDIT__LIMIT_REVIEW_REQUEST, subject->closed_on, &last, &provisional);

	if (error || applied_on <= last)
		return error;
	return credit__refuse(deciding, CREDIT_E_PERIOD, "applied_on",
		credit__rule(credit__version(deciding), "review.request", rule), "until %s",
		credit_day_text((credit_day_t){last}, text));
}

static enum credit_error ask_review(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__ReviewRequest *request = act->review_request;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	Credit__V1__Record *record;
	enum credit_error error = credit__case_record(deciding, subject, &record);

	if (!error)
		error = check_ground(deciding, subject->ground, record);
	if (!error)
		error = credit__case_none_open(deciding, record, subject->kind);
	if (!error)
		error = credit__case_slip_date(
			deciding, record, request->applied_on, subject->closed_on);
	if (!error)
		error = check_review_in_time(deciding, subject, request->applied_on);
	if (!error)
		error = credit__check_applicant_again(deciding, subject, request->applicant,
			request->statement, request->applied_on,
			CREDIT__V1__ACT__PAYLOAD_REVIEW_REQUEST);
	if (!error)
		error = credit__case_task(deciding, subject,
			CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_CASE, CREDIT__LIMIT_REVIEW_DECIDE,
			request->applied_on);
	if (!error)
		error = credit__case_dispute(deciding, subject, true);
	if (error)
		return error;
	subject->last_on = subject->review_on = request->applied_on;
	subject->closed_on = 0;
	return credit__subject_put(deciding, &credit__machine_objection, step, &subject->base,
		CREDIT__CASE(REVIEW_ASKED));
}

/* --- the table --------------------------------------------------------------------------------- */

static const struct credit__step steps[] = {
	CREDIT__CASE_ROWS(accept),
	CREDIT__CASE_ROW(ACCEPTED, OBJECTION_DECISION,
		CREDIT__CASE_TO(GRANTED) | CREDIT__CASE_TO(REFUSED), decide),
	CREDIT__CASE_ROW(REFUSED, REVIEW_REQUEST, CREDIT__CASE_TO(REVIEW_ASKED), ask_review),
	CREDIT__CASE_ROW(
		REVIEW_ASKED, CASE_DOCUMENT, CREDIT__CASE_TO(REVIEW_ASKED), credit__step_document),
	CREDIT__CASE_ROW(REVIEW_ASKED, CASE_EXTENSION, CREDIT__CASE_TO(REVIEW_ASKED),
		credit__step_extension),
	/* Withdrawing the review leaves the rejection standing, for good. */
	CREDIT__CASE_ROW(
		REVIEW_ASKED, CASE_WITHDRAWAL, CREDIT__CASE_TO(FINAL), credit__step_withdrawal),
	CREDIT__CASE_ROW(REVIEW_ASKED, REVIEW_DECISION, CREDIT__CASE_TO(FINAL), decide_review),
	CREDIT__CASE_ROW(GRANTED, CASE_RATING, CREDIT__CASE_TO(GRANTED), credit__step_rating),
	CREDIT__CASE_ROW(REFUSED, CASE_RATING, CREDIT__CASE_TO(REFUSED), credit__step_rating),
	CREDIT__CASE_ROW(FINAL, CASE_RATING, CREDIT__CASE_TO(FINAL), credit__step_rating),
};

const struct credit__machine credit__machine_objection = {
	.name = "objection case",
	.kind = CREDIT__V1__EFFECT_KIND__EFFECT_KIND_CASE,
	.states = &credit__v1__case_state__descriptor,
	.steps = steps,
	.step_count = sizeof steps / sizeof steps[0],
	.unknown = CREDIT_E_CASE_UNKNOWN,
};
