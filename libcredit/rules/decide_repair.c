/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_repair.c - credit repair (信用修复): application, decision, revocation for fraud,
 * reorganisation.
 *
 * Who decided the record decides on its repair. What was promised when the record was made, the first
 * day of repair, stands in the record; what must be shown is the rule book's (repair_terms.c). One
 * repair repairs everywhere: granting ends the record, and consequences.c does the rest.
 */
#include "rules/case.h"

#include <string.h>

#define PUBLISHED CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED
#define REPAIRED CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REPAIRED
#define DOCUMENT(name) CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_##name

/* By RepairGround; what Case.ground holds. */
static const char *const grounds[] = {"", "performed", "reorganisation"};

static bool is_reorganisation(const char *ground)
{
	return strcmp(ground, "reorganisation") == 0;
}

/* --- application ------------------------------------------------------------------------------- */

/* Does this record know repair, and from which day on? */
static enum credit_error check_record(struct credit__deciding *deciding,
	const Credit__V1__RepairApplication *application, const Credit__V1__Record *record)
{
	char rule[CREDIT_RULE_MAX], text[CREDIT_DAY_TEXT_SIZE];
	bool reorganisation =
		application->ground == CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_REORGANISATION;
	/* A plan that a court approved does not wait for the shortest publication. */
	int32_t first = reorganisation ? 0 : record->repair_from;

	credit__rule(record->rule_book, record->item, rule);
	if (record->state != PUBLISHED)
		return credit__refuse(deciding, CREDIT_E_RECORD_STATE, "record", NULL,
			"it is published no longer");
	if (record->repair_from == 0 || record->colour == CREDIT__V1__COLOUR__COLOUR_RED)
		return credit__refuse(
			deciding, CREDIT_E_CONDITION, "record", rule, "this item knows no repair");
	if (first < record->no_repair_before)
		first = record->no_repair_before;
	if (application->applied_on < first)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "applied_on", rule,
			"repair from %s on", credit_day_text((credit_day_t){first}, text));
	if (reorganisation && application->ruling_no[0] == '\0')
		return credit__refuse(deciding, CREDIT_E_FIELD_MISSING, "ruling_no", NULL,
			"the court's ruling on the reorganisation");
	if (reorganisation && record->reorganisation)
		return credit__refuse(deciding, CREDIT_E_CASE_OPEN, "record", NULL,
			"a plan of reorganisation is running");
	return CREDIT_OK;
}

enum credit_error credit__decide_repair_application(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__RepairApplication *application = act->repair_application;
	const struct credit__case_order order = {
		.kind = CREDIT__V1__CASE_KIND__CASE_KIND_REPAIR,
		.entity_uscc = application->entity_uscc,
		.ground = grounds[application->ground],
		.statement = application->statement,
		.applied_on = application->applied_on,
		.applicant = application->applicant,
	};
	const Credit__V1__Entity *entity;
	Credit__V1__Record *record;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", application->entity_uscc, &entity);

	if (!error)
		error = credit__need_record(deciding, "record", application->entity_uscc,
			&application->record, &record);
	if (!error)
		error = check_record(deciding, application, record);
	return error ? error : credit__case_open(deciding, &order, record);
}

/* --- conditions -------------------------------------------------------------------------------- */

static enum credit_error check_documents(struct credit__deciding *deciding,
	const Credit__V1__Case *subject, const Credit__V1__Record *record,
	const struct credit__repair_terms *terms)
{
	bool plan = is_reorganisation(subject->ground);
	const struct {
		bool asked;
		Credit__V1__DocumentKind kind;
		const char *name;
	} wanted[] = {
		{plan, DOCUMENT(RULING), "the court's ruling"},
		{!plan && terms->performance, DOCUMENT(PERFORMANCE), "proof of performance"},
		{!plan && terms->pledge, DOCUMENT(PLEDGE), "the pledge"},
	};
	char rule[CREDIT_RULE_MAX];

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		if (wanted[i].asked && !credit__case_has_document(subject, wanted[i].kind))
			return credit__refuse(deciding, CREDIT_E_CONDITION, "case_id",
				credit__rule(credit__version(deciding), record->item, rule),
				"%s is not among the documents", wanted[i].name);
	}
	return CREDIT_OK;
}

/* What the record's item forbids to happen again: the same item; or, as no entity stands twice on a list, a
 * penalty as grave as the list by the authority that listed (未再受到较重行政处罚). */
static bool is_repetition(const Credit__V1__Record *record, const Credit__V1__Record *other)
{
	if (strcmp(other->item, record->item) == 0)
		return other->colour != CREDIT__V1__COLOUR__COLOUR_RED;
	return record->kind == CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING &&
	       other->kind == CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY &&
	       other->severity >= record->severity &&
	       strcmp(other->decider_uscc, record->decider_uscc) == 0;
}

struct repeat {
	const Credit__V1__Record *record;
	int32_t from; /* a decision since then counts */
};

/* CREDIT_E_CONDITION stops the walk at the first that counts: it stands, nobody disputes it. */
static enum credit_error compare_record(
	void *context, const ProtobufCMessage *row, struct credit_bytes value)
{
	const Credit__V1__Record *other = (const Credit__V1__Record *)row;
	const struct repeat *repeat = context;
	const Credit__V1__Record *record = repeat->record;
	bool counts = other->state == PUBLISHED && !other->disputed && !other->suspended &&
		      is_repetition(record, other) && other->decided_on > record->decided_on &&
		      other->decided_on >= repeat->from;

	(void)value;
	return counts ? CREDIT_E_CONDITION : CREDIT_OK;
}

static enum credit_error check_repeat(struct credit__deciding *deciding,
	const Credit__V1__Record *record, uint32_t months, int32_t date)
{
	struct repeat repeat = {
		record, credit_day_add_months((credit_day_t){date}, -(int32_t)months).days};
	char rule[CREDIT_RULE_MAX];
	enum credit_error error;

	if (months == 0)
		return CREDIT_OK;
	error = credit__each_row(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
		record->entity_uscc, compare_record, &repeat);
	if (error != CREDIT_E_CONDITION)
		return error;
	return credit__refuse(deciding, error, "granted",
		credit__rule(credit__version(deciding), record->item, rule),
		"it was repeated: another decision counts that is not %u months old", months);
}

/* --- check and decision ------------------------------------------------------------------------ */

static enum credit_error accept(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *message)
{
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	struct credit__repair_terms terms;
	Credit__V1__Record *record;
	enum credit_error error = credit__case_record(deciding, subject, &record);

	if (!error)
		error = credit__case_accept(deciding, act, subject);
	if (!error)
		error = credit__repair_terms_of(deciding, record, &terms);
	if (!error)
		error = check_documents(deciding, subject, record, &terms);
	return error ? error
		     : credit__subject_put(deciding, &credit__machine_repair, step, &subject->base,
			       CREDIT__CASE(ACCEPTED));
}

/* The record ends, and with it everything that leans on it. The case is closed before, so that it is
 * not among those that become moot. */
static enum credit_error end_record(struct credit__deciding *deciding,
	const Credit__V1__Case *subject, Credit__V1__Record *record, int32_t date)
{
	record->removal_case = subject->id;
	return credit__record_end(deciding, record, REPAIRED, date);
}

static enum credit_error start_plan(struct credit__deciding *deciding,
	const struct credit__step *step, Credit__V1__Case *subject, Credit__V1__Record *record,
	int32_t date)
{
	enum credit_error error = credit__case_task(deciding, subject,
		CREDIT__V1__TASK_KIND__TASK_KIND_PLAN, CREDIT__LIMIT_PLAN_OUTCOME, date);

	record->reorganisation = true;
	if (!error)
		error = credit__subject_put(deciding, &credit__machine_repair, step, &subject->base,
			CREDIT__CASE(PLAN_RUNNING));
	return error ? error
		     : credit__record_put_changed(deciding, record, record->published_until);
}

static enum credit_error grant(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__RepairDecision *decision, Credit__V1__Case *subject)
{
	char rule[CREDIT_RULE_MAX], text[CREDIT_DAY_TEXT_SIZE];
	bool plan = is_reorganisation(subject->ground);
	struct credit__repair_terms terms;
	Credit__V1__Record *record;
	enum credit_error error = credit__case_record(deciding, subject, &record);

	if (error)
		return error;
	if (!plan && decision->decision_date < record->repair_from)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "decision_date",
			credit__rule(record->rule_book, record->item, rule), "repair from %s on",
			credit_day_text((credit_day_t){record->repair_from}, text));
	error = credit__repair_terms_of(deciding, record, &terms);
	if (!error)
		error = check_documents(deciding, subject, record, &terms);
	if (!error && !plan)
		error = check_repeat(deciding, record, terms.no_repeat, decision->decision_date);
	if (error)
		return error;
	if (plan)
		return start_plan(deciding, step, subject, record, decision->decision_date);
	error = credit__case_end(
		deciding, step, subject, CREDIT__CASE(GRANTED), decision->decision_date);
	return error ? error : end_record(deciding, subject, record, decision->decision_date);
}

static enum credit_error decide(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__RepairDecision *decision = act->repair_decision;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	enum credit_error error = credit__case_turn(
		deciding, subject, CREDIT__BY_DECIDER, "decision_date", decision->decision_date);

	if (error)
		return error;
	subject->reason = decision->reason;
	return decision->granted ? grant(deciding, step, decision, subject)
				 : credit__case_end(deciding, step, subject, CREDIT__CASE(REFUSED),
					   decision->decision_date);
}

/* --- reorganisation ---------------------------------------------------------------------------- */

static enum credit_error outcome(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__ReorganisationOutcome *said = act->reorganisation_outcome;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	Credit__V1__Record *record;
	enum credit_error error =
		credit__case_turn(deciding, subject, CREDIT__BY_DECIDER, "date", said->date);

	if (!error)
		error = credit__case_record(deciding, subject, &record);
	if (!error)
		error = credit__case_end(deciding, step, subject,
			said->completed ? CREDIT__CASE(GRANTED) : CREDIT__CASE(REFUSED),
			said->date);
	if (error)
		return error;
	if (said->completed)
		return end_record(deciding, subject, record, said->date);
	record->reorganisation = false;
	return credit__record_put_changed(deciding, record, record->published_until);
}

/* --- revocation for fraud ---------------------------------------------------------------------- */

/* The record that this repair ended, still ended by it. */
static enum credit_error check_revocable(struct credit__deciding *deciding,
	const Credit__V1__RepairRevocation *revocation, const Credit__V1__Case *subject,
	const Credit__V1__Record *record, uint32_t after_fraud)
{
	char text[CREDIT_DAY_TEXT_SIZE], rule[CREDIT_RULE_MAX];
	int32_t last =
		credit_day_add_months((credit_day_t){subject->closed_on}, (int32_t)after_fraud)
			.days;

	if (record->removal_cause != REPAIRED || record->removal_case.len != subject->id.len ||
		memcmp(record->removal_case.data, subject->id.data, subject->id.len) != 0)
		return credit__refuse(deciding, CREDIT_E_RECORD_STATE, "case_id", NULL,
			"the record is not off by this repair");
	/* Later than the record itself would have stood, and than fraud is held against anybody, it
	 * would be a new burden and not the old one's return. */
	if (last < record->published_until)
		last = record->published_until;
	if (record->published_until == 0 || revocation->decision_date <= last)
		return CREDIT_OK;
	return credit__refuse(deciding, CREDIT_E_PERIOD, "decision_date",
		credit__rule(credit__version(deciding), record->item, rule), "not after %s",
		credit_day_text((credit_day_t){last}, text));
}

/* An entity stands on a list once. */
static enum credit_error compare_list(
	void *context, const ProtobufCMessage *row, struct credit_bytes value)
{
	const Credit__V1__Record *other = (const Credit__V1__Record *)row;
	const Credit__V1__Record *record = context;

	(void)value;
	return record->list != 0 && other->state == PUBLISHED && other->list == record->list
		       ? CREDIT_E_ALREADY_LISTED
		       : CREDIT_OK;
}

/* Published again: its periods run from the revocation, as long as they were. */
static enum credit_error publish_again(struct credit__deciding *deciding,
	Credit__V1__Record *record, uint32_t after_fraud, int32_t date)
{
	int32_t start = record->published_from ? record->published_from : record->decided_on;
	bool disputed = false;
	enum credit_error error =
		credit__each_row(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
			record->entity_uscc, compare_list, record);

	if (error == CREDIT_E_ALREADY_LISTED)
		return credit__refuse(deciding, error, "case_id", NULL,
			"it was listed anew since: %s", record->item);
	if (error)
		return error;
	if (record->published_until)
		record->published_until = credit__period_move(start, record->published_until, date);
	record->repair_from = credit__period_move(start, record->repair_from, date);
	record->no_repair_before =
		credit_day_add_months((credit_day_t){date}, (int32_t)after_fraud).days;
	record->published_from = date;
	/* What was said of it while it was off holds: its basis annulled, an objection accepted. */
	error = credit__question_again(deciding, record);
	if (!error)
		error = credit__case_disputes(deciding, record, &disputed);
	record->disputed = disputed;
	return error ? error : credit__record_put_again(deciding, record);
}

static enum credit_error revoke(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *message)
{
	const Credit__V1__RepairRevocation *revocation = act->repair_revocation;
	Credit__V1__Case *subject = (Credit__V1__Case *)message;
	struct credit__repair_terms terms;
	Credit__V1__Record *record;
	enum credit_error error = credit__case_turn(
		deciding, subject, CREDIT__BY_DECIDER, "decision_date", revocation->decision_date);

	if (!error)
		error = credit__case_record(deciding, subject, &record);
	if (!error)
		error = credit__repair_terms_of(deciding, record, &terms);
	if (!error)
		error = check_revocable(deciding, revocation, subject, record, terms.after_fraud);
	if (!error)
		error = publish_again(
			deciding, record, terms.after_fraud, revocation->decision_date);
	if (error)
		return error;
	/* The day of the repair stays in closed_on; that of its revocation is the last step's. */
	subject->reason = revocation->reason;
	return credit__subject_put(
		deciding, &credit__machine_repair, step, &subject->base, CREDIT__CASE(REVOKED));
}

/* --- the table --------------------------------------------------------------------------------- */

static const struct credit__step steps[] = {
	CREDIT__CASE_ROWS(accept),
	CREDIT__CASE_ROW(ACCEPTED, REPAIR_DECISION,
		CREDIT__CASE_TO(GRANTED) | CREDIT__CASE_TO(REFUSED) | CREDIT__CASE_TO(PLAN_RUNNING),
		decide),
	CREDIT__CASE_ROW(
		PLAN_RUNNING, CASE_DOCUMENT, CREDIT__CASE_TO(PLAN_RUNNING), credit__step_document),
	CREDIT__CASE_ROW(PLAN_RUNNING, CASE_EXTENSION, CREDIT__CASE_TO(PLAN_RUNNING),
		credit__step_extension),
	CREDIT__CASE_ROW(PLAN_RUNNING, REORGANISATION_OUTCOME,
		CREDIT__CASE_TO(GRANTED) | CREDIT__CASE_TO(REFUSED), outcome),
	CREDIT__CASE_ROW(GRANTED, REPAIR_REVOCATION, CREDIT__CASE_TO(REVOKED), revoke),
	CREDIT__CASE_ROW(GRANTED, CASE_RATING, CREDIT__CASE_TO(GRANTED), credit__step_rating),
	CREDIT__CASE_ROW(REFUSED, CASE_RATING, CREDIT__CASE_TO(REFUSED), credit__step_rating),
};

const struct credit__machine credit__machine_repair = {
	.name = "repair case",
	.kind = CREDIT__V1__EFFECT_KIND__EFFECT_KIND_CASE,
	.states = &credit__v1__case_state__descriptor,
	.steps = steps,
	.step_count = sizeof steps / sizeof steps[0],
	.unknown = CREDIT_E_CASE_UNKNOWN,
};
