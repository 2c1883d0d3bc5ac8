/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_task.c - an office answers a task that asks for its judgement.
 *
 * Where an act fulfils the task by itself (a removal, a lift, a decision), that act closes it and
 * there is nothing to answer; the table says which tasks can be answered, with what, and what
 * follows.
 */
#include "rules/procedure.h"

#define KIND(name) CREDIT__V1__TASK_KIND__TASK_KIND_##name
#define ANSWER(name) CREDIT__V1__TASK_ANSWER_KIND__TASK_ANSWER_KIND_##name

/* The record that the task is about, if it stands: what ended is not looked at again. */
static enum credit_error find_standing(struct credit__deciding *deciding,
	const Credit__V1__Task *task, Credit__V1__Record **ret_record)
{
	enum credit_error error = credit__need_record(
		deciding, "task", task->entity_uscc, &task->subject, ret_record);

	if (!error && (*ret_record)->state != CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED)
		return credit__refuse(deciding, CREDIT_E_RECORD_STATE, "task", NULL,
			"the record is published no longer");
	return error;
}

/* The honour stands. */
static enum credit_error keep_honour(
	struct credit__deciding *deciding, const Credit__V1__Task *task)
{
	Credit__V1__Record *record = NULL;
	enum credit_error error = find_standing(deciding, task, &record);

	if (error)
		return error;
	record->review_task = (ProtobufCBinaryData){0, NULL};
	return credit__record_put_changed(deciding, record, record->published_until);
}

/* The listing stands without what it rested on: it has reasons of its own. */
static enum credit_error keep_listing(
	struct credit__deciding *deciding, const Credit__V1__Task *task)
{
	Credit__V1__Record *record = NULL;
	enum credit_error error = find_standing(deciding, task, &record);

	if (error)
		return error;
	record->basis_task = (ProtobufCBinaryData){0, NULL};
	record->suspended = record->suspended_by != 0;
	return credit__record_put_changed(deciding, record, record->published_until);
}

/* The record is as its authority wants it, whoever had the key; one that ended is looked at too. */
static enum credit_error keep_reviewed(
	struct credit__deciding *deciding, const Credit__V1__Task *task)
{
	Credit__V1__Record *record = NULL;
	enum credit_error error =
		credit__need_record(deciding, "task", task->entity_uscc, &task->subject, &record);

	if (error)
		return error;
	record->review_key = record->key_task = (ProtobufCBinaryData){0, NULL};
	return credit__record_put_changed(deciding, record, record->published_until);
}

static const struct answer_row {
	Credit__V1__TaskKind kind;
	Credit__V1__TaskAnswerKind answer;
	enum credit_error (*follow)(
		struct credit__deciding *deciding, const Credit__V1__Task *task);
} rows[] = {
	{KIND(REVIEW_HONOUR), ANSWER(KEPT), keep_honour},
	{KIND(REVOKE_LISTING), ANSWER(KEPT), keep_listing},
	{KIND(REVIEW_KEY), ANSWER(KEPT), keep_reviewed},
};

static const struct answer_row *find_row(
	const Credit__V1__Task *task, Credit__V1__TaskAnswerKind answer)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].kind == task->kind && rows[i].answer == answer)
			return &rows[i];
	}
	return NULL;
}

enum credit_error credit__decide_task_answer(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__TaskAnswer *answer = act->task_answer;
	const struct answer_row *row;
	Credit__V1__Task *task = NULL;
	enum credit_error error;

	if (!credit__same_uscc(&deciding->in->issuer, answer->office_uscc))
		return credit__refuse(deciding, CREDIT_E_NOT_THE_AUTHOR, "office_uscc", NULL,
			"the task is of %s", answer->office_uscc);
	error = credit__task_find(deciding, answer->office_uscc, &answer->task, &task);
	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_TASK_UNKNOWN, "task", NULL, NULL);
	if (error)
		return error;
	if (credit__task_is_closed(task))
		return credit__refuse(
			deciding, CREDIT_E_PROCEDURE_STATE, "task", NULL, "it is closed already");
	row = find_row(task, answer->answer);
	if (!row)
		return credit__refuse(deciding, CREDIT_E_PROCEDURE_STATE, "answer", NULL,
			"the act that fulfils this task closes it");
	error = credit__check_date(deciding, "date", answer->date, task->opened_on);
	if (!error)
		error = row->follow(deciding, task);
	return error ? error
		     : credit__task_close(deciding, task->office_uscc, &task->id,
			       CREDIT__V1__TASK_STATE__TASK_STATE_DONE);
}
