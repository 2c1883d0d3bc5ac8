/* SPDX-License-Identifier: Apache-2.0
 *
 * tasks.c - what an office must do by a day, and what time alone says of it.
 *
 * The system key says that the day has passed, and later that the authority above is told. It never
 * does what the office should have done: where law wants a decision, the task stays due, in the open.
 */
#include "rules/procedure.h"

#include <string.h>

#define KIND CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK
#define STATE(name) CREDIT__V1__TASK_STATE__TASK_STATE_##name

/* --- the day ------------------------------------------------------------------------------------ */

enum credit_error credit__limit_day(struct credit__deciding *deciding, const char *item,
	enum credit__limit limit, int32_t from, int32_t *ret_day, bool *ret_provisional)
{
	const struct credit_rule_book *book = deciding->in->book;
	const Credit__V1__TimeLimit *found;

	if (!book)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_MISSING, NULL, NULL, NULL);
	found = credit__book_limit(book->message, item, limit);
	if (!found)
		return credit__refuse(deciding, CREDIT_E_LIMIT_MISSING, NULL,
			credit__version(deciding), "%s", credit__limit_rows[limit].id);
	*ret_day = credit_day_add_working(
		&book->calendar, (credit_day_t){from}, found->working_days, ret_provisional)
			   .days;
	return CREDIT_OK;
}

/* --- timers: a task has one while it is open, another while it is overdue ------------------------ */

static bool timer_of(const Credit__V1__Task *task, struct credit__key *ret_key)
{
	switch (task->state) {
	case STATE(OPEN):
		*ret_key = credit__key_timer(CREDIT_TIMER_TASK_OVERDUE,
			(credit_day_t){task->due_on + 1}, task->office_uscc, task->id.data);
		return true;
	case STATE(OVERDUE):
		*ret_key = credit__key_timer(CREDIT_TIMER_TASK_ESCALATION,
			(credit_day_t){task->escalate_on + 1}, task->office_uscc, task->id.data);
		return true;
	case STATE(UNSPECIFIED):
	case STATE(ESCALATED):
	case STATE(DONE):
	case STATE(DROPPED):
	case _CREDIT__V1__TASK_STATE_IS_INT_SIZE:
		break;
	}
	return false;
}

static enum credit_error put_task(struct credit__deciding *deciding, const Credit__V1__Task *task)
{
	struct credit__key key = credit__key_id(task->office_uscc, task->id.data), timer;
	enum credit_error error = credit__put(deciding, KIND, &key, &task->base);

	if (!error && timer_of(task, &timer))
		error = credit__put_bytes(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER,
			&timer, (struct credit_bytes){NULL, 0});
	return error;
}

static enum credit_error stop_timer(struct credit__deciding *deciding, const Credit__V1__Task *task)
{
	struct credit__key timer;

	return timer_of(task, &timer) ? credit__delete(deciding,
						CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER, &timer)
				      : CREDIT_OK;
}

/* --- opening ------------------------------------------------------------------------------------ */

/* Of the act's commitment and the task's place among the tasks of the act. */
static enum credit_error task_id(struct credit__deciding *deciding, ProtobufCBinaryData *ret_id)
{
	static const char label[] = "credit/task/v1";
	uint8_t memory[sizeof label + CREDIT_HASH_SIZE + sizeof(uint32_t)];
	struct credit_buffer buffer;
	struct credit_bytes text;
	struct credit_hash hash;
	void *id;
	enum credit_error error;

	credit_buffer_init(&buffer, memory, sizeof memory);
	credit_buffer_put(&buffer, label, sizeof label);
	credit_buffer_put(&buffer, deciding->in->commitment.byte, CREDIT_HASH_SIZE);
	credit_buffer_put_u32(&buffer, deciding->tasks++);
	error = credit_buffer_done(&buffer, &text);
	if (error)
		return error;
	credit_sha256(text, &hash);
	id = credit_arena_copy(deciding->in->arena, hash.byte, CREDIT_RECORD_ID_SIZE);
	if (!id)
		return CREDIT_E_NO_MEMORY;
	*ret_id = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
	return CREDIT_OK;
}

static const char *superior_of(struct credit__deciding *deciding, const char *office_uscc)
{
	struct credit__key key = credit__key_uscc(office_uscc);
	ProtobufCMessage *message;

	/* An office that is not enrolled (a penalty's decider that another filed for) has none. */
	if (credit__fact(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY, &key,
		    &message) != CREDIT_OK)
		return "";
	return ((const Credit__V1__Authority *)message)->superior_uscc;
}

enum credit_error credit__task_open(struct credit__deciding *deciding,
	const struct credit__task_order *order, Credit__V1__Task **ret_task)
{
	Credit__V1__Task *task = credit_arena_alloc(deciding->in->arena, sizeof *task);
	bool provisional;
	enum credit_error error;

	if (!task)
		return CREDIT_E_NO_MEMORY;
	credit__v1__task__init(task);
	error = task_id(deciding, &task->id);
	if (!error)
		error = credit__limit_day(deciding, order->item, order->limit, order->from,
			&task->due_on, &provisional);
	if (error)
		return error;
	task->kind = order->kind;
	task->state = STATE(OPEN);
	task->office_uscc = (char *)(uintptr_t)order->office_uscc;
	task->entity_uscc = (char *)(uintptr_t)order->entity_uscc;
	task->subject = *order->subject;
	task->item = (char *)(uintptr_t)(order->item ? order->item : "");
	task->limit = (char *)(uintptr_t)credit__limit_rows[order->limit].id;
	task->opened_on = deciding->today.days;
	task->provisional = provisional;
	task->superior_uscc = (char *)(uintptr_t)superior_of(deciding, order->office_uscc);
	task->rule_book = (char *)(uintptr_t)credit__version(deciding);
	error = put_task(deciding, task);
	if (!error)
		*ret_task = task;
	return error;
}

/* --- closing and moving ------------------------------------------------------------------------- */

static bool is_closed(const Credit__V1__Task *task)
{
	return task->state == STATE(DONE) || task->state == STATE(DROPPED);
}

static enum credit_error find_task(struct credit__deciding *deciding, const char *office_uscc,
	const ProtobufCBinaryData *id, Credit__V1__Task **ret_task)
{
	struct credit__key key;
	ProtobufCMessage *message;
	enum credit_error error;

	if (id->len != CREDIT_RECORD_ID_SIZE)
		return CREDIT_E_NOT_FOUND;
	key = credit__key_id(office_uscc, id->data);
	error = credit__fact(deciding, KIND, &key, &message);
	if (!error)
		*ret_task = (Credit__V1__Task *)message;
	return error;
}

static enum credit_error count_closed(
	struct credit__deciding *deciding, const Credit__V1__Task *task, bool late)
{
	Credit__V1__Tally *tally;
	enum credit_error error = credit__tally_get(deciding, task->office_uscc, &tally);

	if (error)
		return error;
	if (late)
		tally->tasks_late++;
	else
		tally->tasks_in_time++;
	return credit__tally_put(deciding, task->office_uscc, tally);
}

enum credit_error credit__task_close(struct credit__deciding *deciding, const char *office_uscc,
	const ProtobufCBinaryData *id, Credit__V1__TaskState state)
{
	Credit__V1__Task *task;
	enum credit_error error = find_task(deciding, office_uscc, id, &task);

	if (error == CREDIT_E_NOT_FOUND)
		return CREDIT_OK;
	if (error || is_closed(task))
		return error;
	bool late = deciding->today.days > task->due_on;
	error = stop_timer(deciding, task);
	if (!error && state == STATE(DONE))
		error = count_closed(deciding, task, late);
	task->state = state;
	task->closed_on = deciding->today.days;
	return error ? error : put_task(deciding, task);
}

enum credit_error credit__task_move(struct credit__deciding *deciding, const char *office_uscc,
	const ProtobufCBinaryData *id, int32_t due_on, bool provisional)
{
	Credit__V1__Task *task;
	enum credit_error error = find_task(deciding, office_uscc, id, &task);

	if (!error && task->state != STATE(OPEN))
		error = CREDIT_E_NOT_FOUND;
	if (!error)
		error = stop_timer(deciding, task);
	if (error)
		return error;
	task->due_on = due_on;
	task->provisional = provisional;
	return put_task(deciding, task);
}

/* --- what time says ----------------------------------------------------------------------------- */

/* The task, in the one state that the act can meet; the date may not run ahead of it. */
static enum credit_error need_task(struct credit__deciding *deciding, const char *office_uscc,
	const ProtobufCBinaryData *id, Credit__V1__TaskState state, Credit__V1__Task **ret_task)
{
	enum credit_error error = find_task(deciding, office_uscc, id, ret_task);

	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_TASK_UNKNOWN, "task", NULL, NULL);
	if (!error && (*ret_task)->state != state)
		return credit__refuse(deciding, CREDIT_E_PROCEDURE_STATE, "task", NULL, NULL);
	return error;
}

static enum credit_error check_passed(
	struct credit__deciding *deciding, int32_t date, int32_t last_day)
{
	char text[CREDIT_DAY_TEXT_SIZE];

	if (date > last_day && date <= deciding->today.days)
		return CREDIT_OK;
	return credit__refuse(deciding, CREDIT_E_PERIOD, "date", NULL, "not before the end of %s",
		credit_day_text((credit_day_t){last_day}, text));
}

enum credit_error credit__decide_task_overdue(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__TaskOverdue *overdue = act->task_overdue;
	Credit__V1__Tally *tally;
	Credit__V1__Task *task;
	bool provisional;
	enum credit_error error =
		need_task(deciding, overdue->office_uscc, &overdue->task, STATE(OPEN), &task);

	if (!error)
		error = check_passed(deciding, overdue->date, task->due_on);
	if (!error)
		error = credit__limit_day(deciding, task->item, CREDIT__LIMIT_ESCALATION,
			task->due_on, &task->escalate_on, &provisional);
	if (!error)
		error = stop_timer(deciding, task);
	if (!error)
		error = credit__tally_get(deciding, task->office_uscc, &tally);
	if (error)
		return error;
	tally->tasks_overdue++;
	task->state = STATE(OVERDUE);
	error = credit__tally_put(deciding, task->office_uscc, tally);
	return error ? error : put_task(deciding, task);
}

enum credit_error credit__decide_task_escalation(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__TaskEscalation *escalation = act->task_escalation;
	Credit__V1__Task *task;
	enum credit_error error = need_task(
		deciding, escalation->office_uscc, &escalation->task, STATE(OVERDUE), &task);

	if (!error)
		error = check_passed(deciding, escalation->date, task->escalate_on);
	if (!error)
		error = stop_timer(deciding, task);
	if (error)
		return error;
	task->state = STATE(ESCALATED);
	return put_task(deciding, task);
}
