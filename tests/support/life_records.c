/* SPDX-License-Identifier: Apache-2.0
 *
 * life_records.c - entities, records and notices in a life of a town.
 */
#include "tests/support/life_private.h"

#include <string.h>

/* --- entities ---------------------------------------------------------------------------------- */

bool life_enrol(struct life *life, struct draft *draft)
{
	if (life->entities + LIFE_ACTS_MAX >= LIFE_ENTITIES_MAX)
		return false;
	toy_uscc("91110108", 500000 + (unsigned)life->accepted * 16 + life_draw(life, 16),
		life->uscc[LIFE_ENTITIES_MAX - 1]);
	draft->payload.enrolment = toy_enrolment(life->uscc[LIFE_ENTITIES_MAX - 1]);
	draft->act = ACT(ENTITY_ENROLMENT);
	draft->enrols = true;
	return true;
}

bool life_change(struct life *life, struct draft *draft)
{
	credit__v1__entity_change__init(&draft->payload.change);
	draft->payload.change.entity_uscc = life->uscc[life_some_entity(life)];
	draft->payload.change.name = TEXT("示例县新禾商贸有限公司");
	draft->payload.change.document_no = life_number(life, draft);
	draft->payload.change.date = life_today(life);
	draft->act = ACT(ENTITY_CHANGE);
	return true;
}

bool life_alias(struct life *life, struct draft *draft)
{
	credit__v1__entity_alias__init(&draft->payload.alias);
	draft->payload.alias.entity_uscc = life->uscc[life_some_entity(life)];
	draft->payload.alias.successor_uscc = life->uscc[life_some_entity(life)];
	draft->payload.alias.cause = (Credit__V1__AliasCause)(1 + life_draw(life, 2));
	draft->payload.alias.effective_on = life_today(life);
	draft->payload.alias.document_no = life_number(life, draft);
	draft->act = ACT(ENTITY_ALIAS);
	return true;
}

bool life_deregister(struct life *life, struct draft *draft)
{
	credit__v1__entity_deregistration__init(&draft->payload.deregistration);
	draft->payload.deregistration.entity_uscc = life->uscc[life_some_entity(life)];
	draft->payload.deregistration.date = life_today(life);
	draft->payload.deregistration.document_no = life_number(life, draft);
	draft->act = ACT(ENTITY_DEREGISTRATION);
	return true;
}

/* --- records ----------------------------------------------------------------------------------- */

static const struct {
	const char *list, *ground, *instrument;
} lists[] = {
	{"black.market-serious", "heavy-fine", "samr-44-2021"},
	{"black.market-abnormal", "unreachable", "saic-68-2014"},
	{"black.internet-serious", "other-serious", "law.cybersecurity"},
	{"black.wage-arrears", "mass-incident", "reg.wages"},
	{"red.taxpayer-a", "grade-a", "sat-12-2025"},
};

static void fill_listing(struct life *life, char *uscc, Credit__V1__Listing *listing)
{
	size_t i = life_draw(life, sizeof lists / sizeof lists[0]);

	*listing = toy_listing(uscc, "2026-06-01");
	listing->list = TEXT(lists[i].list);
	listing->ground = TEXT(lists[i].ground);
	listing->instrument = TEXT(lists[i].instrument);
	/* Some are old enough for repair, and some are late. */
	listing->decision_date =
		life_today(life) - (life_draw(life, 2) ? 0 : (int32_t)life_draw(life, 420));
}

bool life_list(struct life *life, struct draft *draft)
{
	struct life_thing *penalty = life_some_thing(life, LIFE_PENALTY, LIFE_BEGUN);

	draft->entity = life_some_entity(life);
	if (penalty && life_draw(life, 4) == 0)
		draft->entity = penalty->entity;
	fill_listing(life, life->uscc[draft->entity], &draft->payload.listing);
	if (penalty && penalty->entity == draft->entity)
		draft->payload.listing.underlying_record = life_id_of(penalty);
	draft->office = life_draw(life, 3) ? BUREAU : TAX;
	draft->act = ACT(LISTING);
	draft->makes = LIFE_LISTING;
	return true;
}

bool life_penalise(struct life *life, struct draft *draft)
{
	static const char *const kinds[] = {"警告", "罚款", "暂扣执照", "责令停产停业"};

	draft->entity = life_some_entity(life);
	draft->kinds[0] = TEXT(kinds[life_draw(life, 4)]);
	draft->payload.penalty =
		toy_penalty(&life->clock, life->uscc[draft->entity], "2026-06-01", draft->kinds, 1);
	draft->payload.penalty.decision_date = life_today(life) - (int32_t)life_draw(life, 30);
	draft->payload.penalty.fine_fen = life_draw(life, 500000);
	draft->act = ACT(ADMINISTRATIVE_PENALTY);
	draft->makes = LIFE_PENALTY;
	return true;
}

bool life_pledge(struct life *life, struct draft *draft)
{
	Credit__V1__Pledge *act = &draft->payload.pledge;

	draft->entity = life_some_entity(life);
	credit__v1__pledge__init(act);
	act->entity_uscc = life->uscc[draft->entity];
	act->kind = CREDIT__V1__PLEDGE_KIND__PLEDGE_KIND_APPROVAL;
	act->title = act->text = TEXT("示例");
	act->document_no = life_number(life, draft);
	act->pledged_on = life_today(life);
	draft->act = ACT(PLEDGE);
	draft->makes = LIFE_RECORD;
	return true;
}

bool life_judge(struct life *life, struct draft *draft)
{
	Credit__V1__Judgment *act = &draft->payload.judgment;

	draft->entity = life_some_entity(life);
	credit__v1__judgment__init(act);
	act->entity_uscc = life->uscc[draft->entity];
	act->court = act->obligation = TEXT("示例");
	act->document_no = life_number(life, draft);
	act->decision_date = life_today(life);
	draft->act = ACT(JUDGMENT);
	draft->makes = LIFE_RECORD;
	return true;
}

bool life_come_out(struct life *life, struct draft *draft)
{
	struct life_thing *record = life_some_thing(life, LIFE_RECORD, LIFE_BEGUN);

	if (!record || record->kind != LIFE_RECORD)
		return false;
	credit__v1__record_outcome__init(&draft->payload.outcome);
	draft->payload.outcome.entity_uscc = life_uscc_of(life, record);
	draft->payload.outcome.record = life_id_of(record);
	draft->payload.outcome.outcome = (Credit__V1__OutcomeKind)(1 + life_draw(life, 2));
	draft->payload.outcome.date = life_today(life);
	draft->office = record->office;
	draft->act = ACT(RECORD_OUTCOME);
	return true;
}

bool life_end_record(struct life *life, struct draft *draft)
{
	struct life_thing *record = life_some_thing(life, LIFE_RECORD, LIFE_BEGUN);

	if (!record)
		return false;
	draft->payload.removal = toy_removal(life_uscc_of(life, record), record->id,
		life_draw(life, 2) ? CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED
				   : CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_CORRECTED,
		"2026-06-01");
	draft->payload.removal.decision_date = life_today(life);
	draft->office = record->office;
	draft->act = ACT(REMOVAL);
	draft->thing = record;
	draft->stage = LIFE_ENDED;
	return true;
}

bool life_erase(struct life *life, struct draft *draft)
{
	struct life_thing *record = life_some_thing(life, LIFE_RECORD, LIFE_ENDED);
	Credit__V1__Erasure *act = &draft->payload.erasure;

	if (!record)
		return false;
	credit__v1__erasure__init(act);
	act->entity_uscc = life_uscc_of(life, record);
	act->record = life_id_of(record);
	act->ground = CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_COURT_ORDER;
	act->document_no = life_number(life, draft);
	act->decision_date = life_today(life);
	act->reason = TEXT("依生效裁判删除");
	draft->office = record->office;
	draft->act = ACT(ERASURE);
	draft->thing = record;
	draft->stage = LIFE_ERASED;
	return true;
}

bool life_suspend(struct life *life, struct draft *draft)
{
	struct life_thing *record = life_some_thing(life, LIFE_RECORD, LIFE_BEGUN);

	if (!record)
		return false;
	draft->office = record->office;
	if (life_draw(life, 2)) {
		Credit__V1__Suspension *act = &draft->payload.suspension;
		credit__v1__suspension__init(act);
		act->entity_uscc = life_uscc_of(life, record);
		act->record = life_id_of(record);
		act->body = CREDIT__V1__SUSPENSION_BODY__SUSPENSION_BODY_COURT;
		act->document_no = life_number(life, draft);
		act->date = life_today(life);
		draft->act = ACT(SUSPENSION);
	} else {
		Credit__V1__SuspensionEnd *act = &draft->payload.suspension_end;
		credit__v1__suspension_end__init(act);
		act->entity_uscc = life_uscc_of(life, record);
		act->record = life_id_of(record);
		act->document_no = life_number(life, draft);
		act->date = life_today(life);
		act->reason = TEXT("示例");
		draft->act = ACT(SUSPENSION_END);
	}
	return true;
}

/* --- notices ----------------------------------------------------------------------------------- */

bool life_give_notice(struct life *life, struct draft *draft)
{
	Credit__V1__Listing listing;

	draft->entity = life_some_entity(life);
	fill_listing(life, life->uscc[draft->entity], &listing);
	draft->payload.notice = toy_notice(&listing, "2026-06-01");
	draft->payload.notice.served_on = life_today(life);
	draft->act = ACT(LISTING_NOTICE);
	draft->makes = LIFE_NOTICE;
	return true;
}

bool life_go_on_with_notice(struct life *life, struct draft *draft)
{
	struct life_thing *notice = life_some_thing(life, LIFE_NOTICE, LIFE_BEGUN);

	if (!notice)
		return false;
	draft->thing = notice;
	if (life_draw(life, 3)) {
		Credit__V1__NoticeStatement *act = &draft->payload.statement;
		credit__v1__notice_statement__init(act);
		act->entity_uscc = life_uscc_of(life, notice);
		act->notice = life_id_of(notice);
		act->kind = (Credit__V1__StatementKind)(1 + life_draw(life, 3));
		act->received_on = life_today(life);
		act->summary = TEXT("示例");
		act->reply = TEXT("示例");
		draft->act = ACT(NOTICE_STATEMENT);
	} else {
		Credit__V1__NoticeWithdrawal *act = &draft->payload.notice_withdrawal;
		credit__v1__notice_withdrawal__init(act);
		act->entity_uscc = life_uscc_of(life, notice);
		act->notice = life_id_of(notice);
		act->reason = TEXT("示例");
		draft->act = ACT(NOTICE_WITHDRAWAL);
		draft->stage = LIFE_ENDED;
	}
	return true;
}

/* The list and ground are guessed: one in five is the notice's. */
bool life_list_on_notice(struct life *life, struct draft *draft)
{
	struct life_thing *notice = life_some_thing(life, LIFE_NOTICE, LIFE_BEGUN);

	if (!notice)
		return false;
	draft->entity = notice->entity;
	fill_listing(life, life_uscc_of(life, notice), &draft->payload.listing);
	draft->payload.listing.notice = life_id_of(notice);
	draft->payload.listing.decision_date = life_today(life);
	draft->act = ACT(LISTING);
	draft->makes = LIFE_LISTING;
	return true;
}
