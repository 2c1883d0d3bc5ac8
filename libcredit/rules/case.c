/* SPDX-License-Identifier: Apache-2.0
 *
 * case.c - how a case begins, whose turn it is, how it ends, and what becomes of it when its record
 * ends otherwise.
 */
#include "rules/case.h"

#include <stddef.h>
#include <string.h>

#define KIND(name) CREDIT__V1__CASE_KIND__CASE_KIND_##name

const struct credit__machine *credit__case_machine(const Credit__V1__Case *subject)
{
	return subject->kind == KIND(REPAIR) ? &credit__machine_repair : &credit__machine_objection;
}

/* The payloads of such acts begin alike. */
#define BEGINS_ALIKE(type) \
	_Static_assert(offsetof(Credit__V1__##type, entity_uscc) == \
				       offsetof(Credit__V1__CaseSupplement, entity_uscc) && \
			       offsetof(Credit__V1__##type, case_id) == \
				       offsetof(Credit__V1__CaseSupplement, case_id), \
		#type)
BEGINS_ALIKE(CaseDocument);
BEGINS_ALIKE(CaseAcceptance);
BEGINS_ALIKE(SupplementRequest);
BEGINS_ALIKE(CaseNonAcceptance);
BEGINS_ALIKE(CaseWithdrawal);
BEGINS_ALIKE(CaseExtension);
BEGINS_ALIKE(RepairDecision);
BEGINS_ALIKE(RepairRevocation);
BEGINS_ALIKE(ReorganisationOutcome);
BEGINS_ALIKE(ObjectionDecision);
BEGINS_ALIKE(ReviewRequest);
BEGINS_ALIKE(ReviewDecision);
BEGINS_ALIKE(CaseRating);

/* Acts on a case name the entity and the case first; which table counts, the case says. */
enum credit_error credit__decide_case_step(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	/* All payloads are pointers at the same place. */
	const Credit__V1__CaseSupplement *step = act->case_supplement;
	const Credit__V1__Entity *entity;
	ProtobufCMessage *message;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", step->entity_uscc, &entity);

	if (error)
		return error;
	const struct credit__machine *machine = &credit__machine_repair;
	if (step->case_id.len == CREDIT_RECORD_ID_SIZE) {
		struct credit__key key = credit__key_id(step->entity_uscc, step->case_id.data);
		error = credit__fact(
			deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_CASE, &key, &message);
		if (!error)
			machine = credit__case_machine((const Credit__V1__Case *)message);
		else if (error != CREDIT_E_NOT_FOUND)
			return error;
	}
	return credit__machine_run(
		deciding, machine, "case_id", step->entity_uscc, &step->case_id, act);
}

/* --- whose turn -------------------------------------------------------------------------------- */

/* The office whose task is open while a case is in this state. */
static const char *office_of(const Credit__V1__Case *subject)
{
	bool checking = subject->state == CREDIT__CASE(SUBMITTED) ||
			subject->state == CREDIT__CASE(SUPPLEMENT_ASKED);

	return checking ? subject->front_office_uscc : subject->decider_uscc;
}

enum credit_error credit__case_turn(struct credit__deciding *deciding, Credit__V1__Case *subject,
	unsigned by, const char *field, int32_t date)
{
	const struct credit_uscc *issuer = &deciding->in->issuer;
	bool may = by == 0 ||
		   ((by & CREDIT__BY_FRONT_OFFICE) &&
			   credit__same_uscc(issuer, subject->front_office_uscc)) ||
		   ((by & CREDIT__BY_DECIDER) && credit__same_uscc(issuer, subject->decider_uscc));
	enum credit_error error;

	if (!may)
		return credit__refuse(deciding, CREDIT_E_NOT_THE_AUTHOR, "case_id", NULL,
			"%s%s%s does this",
			by & CREDIT__BY_FRONT_OFFICE ? subject->front_office_uscc : "",
			by == (CREDIT__BY_FRONT_OFFICE | CREDIT__BY_DECIDER) ? " or " : "",
			by & CREDIT__BY_DECIDER ? subject->decider_uscc : "");
	error = credit__check_date(deciding, field, date, subject->last_on);
	if (!error)
		subject->last_on = date;
	return error;
}

enum credit_error credit__case_task(struct credit__deciding *deciding, Credit__V1__Case *subject,
	Credit__V1__TaskKind kind, enum credit__limit limit, int32_t from)
{
	bool checking = kind == CREDIT__V1__TASK_KIND__TASK_KIND_CHECK_CASE ||
			kind == CREDIT__V1__TASK_KIND__TASK_KIND_SUPPLEMENT_CASE;
	const struct credit__task_order order = {
		.kind = kind,
		.office_uscc = checking ? subject->front_office_uscc : subject->decider_uscc,
		.entity_uscc = subject->entity_uscc,
		.subject = &subject->id,
		.item = subject->record_item,
		.limit = limit,
		.from = from,
	};
	Credit__V1__Task *task;
	enum credit_error error = credit__task_close(deciding, office_of(subject), &subject->task,
		CREDIT__V1__TASK_STATE__TASK_STATE_DONE);

	if (!error)
		error = credit__task_open(deciding, &order, &task);
	if (error)
		return error;
	subject->task = task->id;
	subject->due_on = task->due_on;
	subject->provisional = task->provisional;
	return CREDIT_OK;
}

/* --- records ----------------------------------------------------------------------------------- */

enum credit_error credit__case_record(struct credit__deciding *deciding,
	const Credit__V1__Case *subject, Credit__V1__Record **ret_record)
{
	return credit__need_record(
		deciding, "case_id", subject->entity_uscc, &subject->record, ret_record);
}

enum credit_error credit__case_dispute(
	struct credit__deciding *deciding, const Credit__V1__Case *subject, bool disputed)
{
	Credit__V1__Record *record;
	enum credit_error error = credit__case_record(deciding, subject, &record);

	if (error || record->disputed == disputed ||
		record->state != CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED)
		return error;
	record->disputed = disputed;
	return credit__record_put_changed(deciding, record, record->published_until);
}

/* --- opening ----------------------------------------------------------------------------------- */

static bool is_open(const Credit__V1__Case *subject)
{
	return subject->state == CREDIT__CASE(SUBMITTED) ||
	       subject->state == CREDIT__CASE(SUPPLEMENT_ASKED) ||
	       subject->state == CREDIT__CASE(ACCEPTED) ||
	       subject->state == CREDIT__CASE(REVIEW_ASKED) ||
	       subject->state == CREDIT__CASE(PLAN_RUNNING);
}

static bool is_open_about(const void *context, const ProtobufCMessage *row)
{
	const Credit__V1__Case *subject = (const Credit__V1__Case *)row;
	const Credit__V1__Record *record = context;

	return is_open(subject) && subject->record.len == record->id.len &&
	       memcmp(subject->record.data, record->id.data, record->id.len) == 0;
}

/* The open cases about a record, of both kinds. */
static enum credit_error open_cases(struct credit__deciding *deciding,
	const Credit__V1__Record *record, struct credit__rows *ret_rows)
{
	return credit__gather_rows(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_CASE,
		record->entity_uscc, is_open_about, record, ret_rows);
}

/* One of each kind: whoever waits for a repair may still say that the record is wrong. */
enum credit_error credit__case_none_open(struct credit__deciding *deciding,
	const Credit__V1__Record *record, Credit__V1__CaseKind kind)
{
	char hex[2 * CREDIT_RECORD_ID_SIZE + 1];
	struct credit__rows rows;
	enum credit_error error = open_cases(deciding, record, &rows);

	for (size_t i = 0; !error && i < rows.count; i++) {
		const Credit__V1__Case *other = (const Credit__V1__Case *)rows.items[i];
		if (other->kind == kind)
			error = credit__refuse(deciding, CREDIT_E_CASE_OPEN, NULL, NULL, "case %s",
				credit_hex(other->id.data, other->id.len, hex));
	}
	return error;
}

enum credit_error credit__case_disputes(
	struct credit__deciding *deciding, const Credit__V1__Record *record, bool *ret_disputed)
{
	struct credit__rows rows;
	enum credit_error error = open_cases(deciding, record, &rows);

	if (error)
		return error;
	*ret_disputed = false;
	for (size_t i = 0; i < rows.count; i++) {
		const Credit__V1__Case *subject = (const Credit__V1__Case *)rows.items[i];
		if (subject->kind == KIND(OBJECTION) &&
			(subject->state == CREDIT__CASE(ACCEPTED) ||
				subject->state == CREDIT__CASE(REVIEW_ASKED)))
			*ret_disputed = true;
	}
	return CREDIT_OK;
}

enum credit_error credit__case_slip_date(struct credit__deciding *deciding,
	const Credit__V1__Record *record, int32_t applied_on, int32_t earliest)
{
	char rule[CREDIT_RULE_MAX], text[CREDIT_DAY_TEXT_SIZE];
	int32_t last;
	bool provisional;
	enum credit_error error = credit__check_date(deciding, "applied_on", applied_on, earliest);

	/* Clocks start on the slip's date, so that nobody can sit on an application; and a slip cannot
	 * be dated back for longer than filing may take. */
	if (!error)
		error = credit__limit_day(deciding, record->item, CREDIT__LIMIT_FILING, applied_on,
			&last, &provisional);
	if (error || deciding->today.days <= last)
		return error;
	return credit__refuse(deciding, CREDIT_E_PERIOD, "applied_on",
		credit__rule(credit__version(deciding), "filing", rule),
		"a slip of that day had to be filed by %s",
		credit_day_text((credit_day_t){last}, text));
}

/* 谁认定、谁修复: who decided the record decides about it, when it is enrolled; of a penalty that another
 * filed for an office that is not, the one that filed it. */
static enum credit_error choose_decider(
	struct credit__deciding *deciding, const Credit__V1__Record *record, char **ret_uscc)
{
	struct credit__key key = credit__key_uscc(record->decider_uscc);
	bool enrolled;
	enum credit_error error = credit__fact_exists(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY, &key, &enrolled);

	if (!error)
		*ret_uscc = enrolled ? record->decider_uscc : record->issuer_uscc;
	return error;
}

static enum credit_error fill(struct credit__deciding *deciding,
	const struct credit__case_order *order, const Credit__V1__Record *record,
	Credit__V1__Case *subject)
{
	enum credit_error error = credit__own_id(deciding, &subject->id);

	if (!error)
		error = credit__issuer_text(deciding, &subject->front_office_uscc);
	if (!error)
		error = choose_decider(deciding, record, &subject->decider_uscc);
	subject->kind = order->kind;
	subject->state = CREDIT__CASE(SUBMITTED);
	subject->entity_uscc = record->entity_uscc;
	subject->record = record->id;
	subject->record_item = record->item;
	subject->ground = (char *)(uintptr_t)order->ground;
	subject->applied_on = subject->last_on = order->applied_on;
	subject->form_digest = order->applicant->form_digest;
	subject->applicant_key_id = order->applicant->key_id;
	subject->token_hash = order->applicant->token_hash;
	subject->rule_book = (char *)(uintptr_t)credit__version(deciding);
	subject->recorded_at = deciding->in->now.ms;
	return error;
}

enum credit_error credit__case_open(struct credit__deciding *deciding,
	const struct credit__case_order *order, const Credit__V1__Record *record)
{
	bool repair = order->kind == KIND(REPAIR);
	struct credit_application application = {
		.entity = credit__uscc(order->entity_uscc),
		.act = repair ? CREDIT__V1__ACT__PAYLOAD_REPAIR_APPLICATION
			      : CREDIT__V1__ACT__PAYLOAD_OBJECTION,
		.applied_on = {order->applied_on},
		.ground = order->ground,
		.statement = order->statement,
	};
	Credit__V1__Case *subject = credit_arena_alloc(deciding->in->arena, sizeof *subject);
	enum credit_error error =
		credit__case_slip_date(deciding, record, order->applied_on, record->decided_on);

	if (!subject)
		return CREDIT_E_NO_MEMORY;
	credit__v1__case__init(subject);
	memcpy(application.subject.byte, record->id.data, CREDIT_RECORD_ID_SIZE);
	if (!error)
		error = credit__check_applicant(deciding, order->applicant, &application);
	if (!error)
		error = credit__case_none_open(deciding, record, order->kind);
	if (!error)
		error = fill(deciding, order, record, subject);
	if (!error)
		error = credit__case_task(deciding, subject,
			CREDIT__V1__TASK_KIND__TASK_KIND_CHECK_CASE,
			repair ? CREDIT__LIMIT_REPAIR_CHECK : CREDIT__LIMIT_OBJECTION_CHECK,
			order->applied_on);
	return error ? error
		     : credit__subject_put_new(
			       deciding, credit__case_machine(subject), &subject->base);
}

/* --- ending ------------------------------------------------------------------------------------ */

/* Counted for the authority that decides, with the days from the slip that asked for this end. */
static enum credit_error count(struct credit__deciding *deciding, const Credit__V1__Case *subject)
{
	int32_t from = subject->review_on ? subject->review_on : subject->applied_on;
	Credit__V1__CaseTally *line;
	Credit__V1__Tally *tally;
	enum credit_error error = credit__tally_get(deciding, subject->decider_uscc, &tally);

	if (!error)
		error = credit__tally_case(deciding, tally, subject->kind, subject->state, &line);
	if (error)
		return error;
	line->count++;
	line->days += (uint64_t)(subject->closed_on > from ? subject->closed_on - from : 0);
	return credit__tally_put(deciding, subject->decider_uscc, tally);
}

/* Takes the open task away and notes the end; the state is still the one before. */
static enum credit_error close(struct credit__deciding *deciding, Credit__V1__Case *subject,
	Credit__V1__TaskState task_state, int32_t date)
{
	enum credit_error error =
		credit__task_close(deciding, office_of(subject), &subject->task, task_state);

	subject->task = (ProtobufCBinaryData){0, NULL};
	subject->due_on = 0;
	subject->provisional = false;
	subject->closed_on = date;
	return error;
}

enum credit_error credit__case_end(struct credit__deciding *deciding,
	const struct credit__step *step, Credit__V1__Case *subject, Credit__V1__CaseState state,
	int32_t date)
{
	bool dropped = state == CREDIT__CASE(WITHDRAWN);
	enum credit_error error = close(deciding, subject,
		dropped ? CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED
			: CREDIT__V1__TASK_STATE__TASK_STATE_DONE,
		date);

	if (!error)
		error = credit__subject_put(
			deciding, credit__case_machine(subject), step, &subject->base, state);
	return error ? error : count(deciding, subject);
}

enum credit_error credit__cases_moot(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	struct credit__rows rows;
	enum credit_error error = open_cases(deciding, record, &rows);

	for (size_t i = 0; !error && i < rows.count; i++) {
		Credit__V1__Case *subject = (Credit__V1__Case *)rows.items[i];
		error = close(deciding, subject, CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED,
			record->removed_on);
		subject->state = CREDIT__CASE(MOOT);
		if (!error)
			error = credit__subject_put_followed(
				deciding, credit__case_machine(subject), &subject->base);
		if (!error)
			error = count(deciding, subject);
	}
	return error;
}
