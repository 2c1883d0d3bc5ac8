/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_notice.c - the notice before an entry (列入告知): facts, basis, the right to be heard.
 *
 * Served, it gives the entity the hearing period; what the entity says is recorded with the
 * department's answer to it. When the period is over, or waived, the notice is ripe and a decision
 * falls due: a listing that names it, or its withdrawal. A notice is used once.
 */
#include "rules/listing.h"

#include <string.h>

#define STATE(name) CREDIT__V1__NOTICE_STATE__NOTICE_STATE_##name
#define STATEMENT(name) CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define PAYLOAD(name) CREDIT__V1__ACT__PAYLOAD_##name

static enum credit_error hear(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *subject);
static enum credit_error withdraw(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *subject);
static enum credit_error ripen(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *subject);
static enum credit_error decide(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *subject);

/* clang-format off */
#define ONTO(name) CREDIT__STATE(STATE(name))
static const struct credit__step steps[] = {
	{STATE(SERVED), PAYLOAD(LISTING), ONTO(DECIDED), decide}, /* only once the period is over */
	{STATE(SERVED), PAYLOAD(NOTICE_STATEMENT), ONTO(SERVED) | ONTO(RIPE), hear},
	{STATE(SERVED), PAYLOAD(NOTICE_WITHDRAWAL), ONTO(WITHDRAWN), withdraw},
	{STATE(SERVED), PAYLOAD(NOTICE_RIPE), ONTO(RIPE), ripen},
	{STATE(RIPE), PAYLOAD(LISTING), ONTO(DECIDED), decide},
	{STATE(RIPE), PAYLOAD(NOTICE_STATEMENT), ONTO(RIPE), hear},
	{STATE(RIPE), PAYLOAD(NOTICE_WITHDRAWAL), ONTO(WITHDRAWN), withdraw},
};
/* clang-format on */

const struct credit__machine credit__machine_notice = {
	.name = "notice",
	.kind = CREDIT__V1__EFFECT_KIND__EFFECT_KIND_NOTICE,
	.states = &credit__v1__notice_state__descriptor,
	.steps = steps,
	.step_count = sizeof steps / sizeof steps[0],
	.unknown = CREDIT_E_NOTICE_UNKNOWN,
};

/* --- serving --------------------------------------------------------------------------------------- */

static struct credit__key timer_of(const Credit__V1__Notice *notice)
{
	return credit__key_timer(CREDIT_TIMER_NOTICE_RIPE,
		(credit_day_t){notice->hearing_until + 1}, notice->entity_uscc, notice->id.data);
}

static enum credit_error serve(struct credit__deciding *deciding,
	const Credit__V1__ListingNotice *served, const Credit__V1__ListRule *list,
	Credit__V1__Notice *notice)
{
	bool provisional = false;
	enum credit_error error = credit__own_id(deciding, &notice->id);

	if (!error)
		error = credit__issuer_text(deciding, &notice->issuer_uscc);
	if (!error)
		error = credit__limit_day(deciding, list->id, CREDIT__LIMIT_HEARING,
			served->served_on, &notice->hearing_until, &provisional);
	if (error)
		return error;
	notice->entity_uscc = served->entity_uscc;
	notice->state = STATE(SERVED);
	notice->list = list->id;
	notice->ground = served->ground;
	notice->instrument = served->instrument;
	notice->document_no = served->document_no;
	notice->served_on = served->served_on;
	notice->decide_from = notice->hearing_until + 1;
	notice->provisional = provisional;
	notice->rule_book = (char *)(uintptr_t)credit__version(deciding);
	notice->recorded_at = deciding->in->now.ms;
	return CREDIT_OK;
}

enum credit_error credit__decide_listing_notice(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__ListingNotice *served = act->listing_notice;
	const struct credit__entry entry = {
		.entity_uscc = served->entity_uscc,
		.list = served->list,
		.ground = served->ground,
		.instrument = served->instrument,
		.day = served->served_on,
		.day_field = "served_on",
	};
	Credit__V1__Notice notice = CREDIT__V1__NOTICE__INIT;
	const Credit__V1__ListRule *list = NULL;
	const Credit__V1__Authority *decider = NULL;
	const Credit__V1__Entity *entity;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", served->entity_uscc, &entity);

	if (!error)
		error = credit__need_alive(deciding, "entity_uscc", entity, served->served_on);
	if (!error)
		error = credit__entry_basis(deciding, &entry, &list);
	if (!error)
		error = credit__issuer(deciding, &decider);
	if (!error)
		error = credit__entry_level(deciding, list, decider);
	if (!error)
		error = credit__check_date(deciding, "served_on", served->served_on, 0);
	if (!error)
		error = serve(deciding, served, list, &notice);
	if (error)
		return error;

	struct credit__key timer = timer_of(&notice);
	error = credit__subject_put_new(deciding, &credit__machine_notice, &notice.base);
	return error ? error
		     : credit__put_bytes(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER,
			       &timer, (struct credit_bytes){NULL, 0});
}

/* --- steps ----------------------------------------------------------------------------------------- */

enum credit_error credit__decide_notice_act(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	/* The three acts on a notice begin with the same two fields. */
	_Static_assert(offsetof(Credit__V1__NoticeStatement, notice) ==
				       offsetof(Credit__V1__NoticeWithdrawal, notice) &&
			       offsetof(Credit__V1__NoticeStatement, notice) ==
				       offsetof(Credit__V1__NoticeRipe, notice),
		"entity_uscc, notice");
	const Credit__V1__NoticeStatement *any = act->notice_statement;

	return credit__machine_run(
		deciding, &credit__machine_notice, "notice", any->entity_uscc, &any->notice, act);
}

static enum credit_error check_issuer(
	struct credit__deciding *deciding, const Credit__V1__Notice *notice)
{
	if (credit__same_uscc(&deciding->in->issuer, notice->issuer_uscc))
		return CREDIT_OK;
	return credit__refuse(deciding, CREDIT_E_NOT_THE_AUTHOR, "notice", NULL,
		"it was served by %s", notice->issuer_uscc);
}

/* A notice that leaves SERVED ripens no more by itself. */
static enum credit_error stop_timer(
	struct credit__deciding *deciding, const Credit__V1__Notice *notice)
{
	struct credit__key timer = timer_of(notice);

	return notice->state == STATE(SERVED)
		       ? credit__delete(
				 deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER, &timer)
		       : CREDIT_OK;
}

/* The hearing is over: the decision falls due. */
static enum credit_error become_ripe(struct credit__deciding *deciding,
	const struct credit__step *step, Credit__V1__Notice *notice, int32_t from)
{
	const struct credit__task_order order = {
		.kind = CREDIT__V1__TASK_KIND__TASK_KIND_DECIDE_NOTICE,
		.office_uscc = notice->issuer_uscc,
		.entity_uscc = notice->entity_uscc,
		.subject = &notice->id,
		.item = notice->list,
		.limit = CREDIT__LIMIT_NOTICE_DECIDE,
		.from = from,
	};
	Credit__V1__Task *task = NULL;
	enum credit_error error = stop_timer(deciding, notice);

	if (!error)
		error = credit__task_open(deciding, &order, &task);
	if (error)
		return error;
	notice->task = task->id;
	return credit__subject_put(
		deciding, &credit__machine_notice, step, &notice->base, STATE(RIPE));
}

static enum credit_error hear(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *subject)
{
	const Credit__V1__NoticeStatement *statement = act->notice_statement;
	Credit__V1__Notice *notice = (Credit__V1__Notice *)subject;
	bool waiver = statement->kind == STATEMENT(WAIVER);
	enum credit_error error = check_issuer(deciding, notice);

	if (!error)
		error = credit__check_date(
			deciding, "received_on", statement->received_on, notice->served_on);
	if (error)
		return error;
	/* Who asked to be heard has not given it up. */
	if (waiver && (notice->state != STATE(SERVED) || notice->unanswered_since != 0))
		return credit__refuse(deciding, CREDIT_E_PROCEDURE_STATE, "kind", NULL, "%s",
			notice->state == STATE(SERVED) ? "a statement waits for its answer"
						       : "the hearing period is over");
	notice->statements++;
	if (waiver) {
		notice->waived = true;
		notice->decide_from = statement->received_on < notice->decide_from
					      ? statement->received_on
					      : notice->decide_from;
		return become_ripe(deciding, step, notice, statement->received_on);
	}
	notice->unanswered_since = statement->reply[0] ? 0 : statement->received_on;
	return credit__subject_put(
		deciding, &credit__machine_notice, step, &notice->base, (uint32_t)notice->state);
}

static enum credit_error withdraw(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *subject)
{
	Credit__V1__Notice *notice = (Credit__V1__Notice *)subject;
	enum credit_error error = check_issuer(deciding, notice);

	(void)act;
	if (!error)
		error = stop_timer(deciding, notice);
	if (!error)
		error = credit__task_close(deciding, notice->issuer_uscc, &notice->task,
			CREDIT__V1__TASK_STATE__TASK_STATE_DONE);
	return error ? error
		     : credit__subject_put(deciding, &credit__machine_notice, step, &notice->base,
			       STATE(WITHDRAWN));
}

static enum credit_error ripen(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *subject)
{
	const Credit__V1__NoticeRipe *ripe = act->notice_ripe;
	Credit__V1__Notice *notice = (Credit__V1__Notice *)subject;
	char date[CREDIT_DAY_TEXT_SIZE];

	if (ripe->date <= notice->hearing_until || ripe->date > deciding->today.days)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "date", NULL,
			"the hearing period lasts until the end of %s",
			credit_day_text((credit_day_t){notice->hearing_until}, date));
	return become_ripe(deciding, step, notice, notice->hearing_until);
}

/* --- the listing ----------------------------------------------------------------------------------- */

static enum credit_error refuse_notice(
	struct credit__deciding *deciding, const char *item, const char *what, const char *value)
{
	char rule[CREDIT_RULE_MAX];

	return credit__refuse(deciding, CREDIT_E_NOTICE_NEEDED, "notice",
		credit__rule(credit__version(deciding), item, rule), "%s %s", what, value);
}

static enum credit_error decide(struct credit__deciding *deciding, const struct credit__step *step,
	const Credit__V1__Act *act, ProtobufCMessage *subject)
{
	const Credit__V1__Listing *listing = act->listing;
	Credit__V1__Notice *notice = (Credit__V1__Notice *)subject;
	char date[CREDIT_DAY_TEXT_SIZE];
	enum credit_error error = check_issuer(deciding, notice);

	if (error)
		return error;
	if (strcmp(listing->list, notice->list) != 0)
		return refuse_notice(
			deciding, listing->list, "the notice is of list", notice->list);
	if (strcmp(listing->ground, notice->ground) != 0)
		return refuse_notice(
			deciding, listing->list, "the notice is of ground", notice->ground);
	if (listing->decision_date < notice->decide_from)
		return refuse_notice(deciding, listing->list, "the hearing ends before",
			credit_day_text((credit_day_t){notice->decide_from}, date));
	if (notice->unanswered_since != 0)
		return refuse_notice(deciding, listing->list,
			"no answer yet to the statement received on",
			credit_day_text((credit_day_t){notice->unanswered_since}, date));
	error = stop_timer(deciding, notice);
	if (!error)
		error = credit__task_close(deciding, notice->issuer_uscc, &notice->task,
			CREDIT__V1__TASK_STATE__TASK_STATE_DONE);
	if (!error)
		error = credit__own_id(deciding, &notice->listing);
	return error ? error
		     : credit__subject_put(deciding, &credit__machine_notice, step, &notice->base,
			       STATE(DECIDED));
}

static enum credit_error served_on(struct credit__deciding *deciding, const char *uscc,
	const ProtobufCBinaryData *id, int32_t *ret_day)
{
	struct credit__key key = credit__key_id(uscc, id->data);
	ProtobufCMessage *message;
	enum credit_error error =
		credit__fact(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_NOTICE, &key, &message);

	if (!error)
		*ret_day = ((const Credit__V1__Notice *)message)->served_on;
	return error;
}

enum credit_error credit__notice_use(struct credit__deciding *deciding, const Credit__V1__Act *act,
	const Credit__V1__ListRule *list, int32_t *ret_since)
{
	const Credit__V1__Listing *listing = act->listing;
	char date[CREDIT_DAY_TEXT_SIZE];
	int32_t last_day = 0;
	bool provisional;
	enum credit_error error;

	*ret_since = listing->decision_date;
	if (listing->notice.len == 0 && !list->notice)
		return CREDIT_OK;
	if (listing->notice.len == 0) {
		error = credit__limit_day(deciding, list->id, CREDIT__LIMIT_HEARING,
			deciding->today.days, &last_day, &provisional);
		return error ? error
			     : refuse_notice(deciding, list->id,
				       "served today, the hearing ends before",
				       credit_day_text((credit_day_t){last_day + 1}, date));
	}
	error = credit__machine_run(deciding, &credit__machine_notice, "notice",
		listing->entity_uscc, &listing->notice, act);
	return error ? error
		     : served_on(deciding, listing->entity_uscc, &listing->notice, ret_since);
}
