/* SPDX-License-Identifier: Apache-2.0
 *
 * life.c - see life.h.
 */
#include "tests/support/life.h"

#include <credit/v1/receipt.pb-c.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define ACT(name) CREDIT__V1__ACT__PAYLOAD_##name
#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)

enum {
	BUREAU, /* enrols entities, decides */
	TAX,    /* decides; applies measures, subscribes */
	WINDOW, /* front office */
	ROOT
};

union payload {
	Credit__V1__EntityEnrolment enrolment;
	Credit__V1__Listing listing;
	Credit__V1__AdministrativePenalty penalty;
	Credit__V1__Removal removal;
	Credit__V1__Erasure erasure;
	Credit__V1__ListingNotice notice;
	Credit__V1__NoticeStatement statement;
	Credit__V1__NoticeWithdrawal notice_withdrawal;
	Credit__V1__MeasureApplication measure;
	Credit__V1__MeasureFeedback feedback;
	Credit__V1__MeasureLift lift;
	Credit__V1__RepairApplication repair;
	Credit__V1__Objection objection;
	union toy_step step;
	Credit__V1__Pledge pledge;
	Credit__V1__Judgment judgment;
	Credit__V1__RecordOutcome outcome;
	Credit__V1__Suspension suspension;
	Credit__V1__SuspensionEnd suspension_end;
	Credit__V1__Subscription subscription;
	Credit__V1__SubscriptionAck ack;
	Credit__V1__SubscriptionEnd subscription_end;
	Credit__V1__EntityChange change;
	Credit__V1__EntityAlias alias;
	Credit__V1__EntityDeregistration deregistration;
	Credit__V1__KeyEnrolment key;
	Credit__V1__KeyRevocation key_revocation;
};

/* One act that is to be filed, and what it means for what is remembered. */
struct draft {
	unsigned office;
	Credit__V1__Act__PayloadCase act;
	union payload payload;
	enum life_kind makes; /* LIFE_NOTHING: `thing`, if any, comes to `stage` */
	struct life_thing *thing;
	enum life_stage stage;
	unsigned entity;
	bool enrols;
	/* Memory that payloads point to. */
	uint8_t key[CREDIT_PUBLIC_KEY_SIZE], row_id[CREDIT_RECORD_ID_SIZE];
	struct credit_hash key_id;
	char document[64];
	Credit__V1__Applicant applicant;
	char *kinds[1];
	struct credit_hash digest;
	struct credit_bytes attachment;
};

uint32_t life_draw(struct life *life, uint32_t below)
{
	uint64_t z = life->seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)((z ^ (z >> 31)) % below);
}

/* --- choosing ---------------------------------------------------------------------------------- */

static int32_t today(const struct life *life)
{
	return credit_day_of(life->town->now).days;
}

/* The newest entities are in most of the stories. */
static unsigned some_entity(struct life *life)
{
	unsigned near = life->entities < 40 ? life->entities : 40;

	return life_draw(life, 4) ? life->entities - 1 - life_draw(life, near)
				  : life_draw(life, life->entities);
}

static bool is_record(enum life_kind kind)
{
	return kind == LIFE_RECORD || kind == LIFE_LISTING || kind == LIFE_PENALTY;
}

static bool is_of(const struct life_thing *thing, enum life_kind kind)
{
	return thing->kind == kind || (kind == LIFE_RECORD && is_record(thing->kind));
}

/* A thing of the kind at the stage, among the newest mostly; NULL when there is none near. */
static struct life_thing *some_thing(struct life *life, enum life_kind kind, enum life_stage stage)
{
	size_t span = life_draw(life, 4) && life->count > 200 ? 200 : life->count;

	if (span == 0)
		return NULL;
	size_t from = life_draw(life, (uint32_t)span);
	for (size_t i = 0; i < span; i++) {
		struct life_thing *thing = &life->things[life->count - 1 - (from + i) % span];
		if (is_of(thing, kind) && thing->stage == stage)
			return thing;
	}
	return NULL;
}

static ProtobufCBinaryData id_of(struct life_thing *thing)
{
	return (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, thing->id};
}

static char *uscc_of(struct life *life, const struct life_thing *thing)
{
	return life->uscc[thing->entity];
}

static char *number(struct life *life, struct draft *draft)
{
	snprintf(draft->document, sizeof draft->document, "示〔2026〕%llu号",
		(unsigned long long)(life->accepted + life->refused + life_draw(life, 1000000)));
	return draft->document;
}

/* --- entities ---------------------------------------------------------------------------------- */

static bool enrol(struct life *life, struct draft *draft)
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

static bool change(struct life *life, struct draft *draft)
{
	credit__v1__entity_change__init(&draft->payload.change);
	draft->payload.change.entity_uscc = life->uscc[some_entity(life)];
	draft->payload.change.name = TEXT("示例县新禾商贸有限公司");
	draft->payload.change.document_no = number(life, draft);
	draft->payload.change.date = today(life);
	draft->act = ACT(ENTITY_CHANGE);
	return true;
}

static bool alias(struct life *life, struct draft *draft)
{
	credit__v1__entity_alias__init(&draft->payload.alias);
	draft->payload.alias.entity_uscc = life->uscc[some_entity(life)];
	draft->payload.alias.successor_uscc = life->uscc[some_entity(life)];
	draft->payload.alias.cause = (Credit__V1__AliasCause)(1 + life_draw(life, 2));
	draft->payload.alias.effective_on = today(life);
	draft->payload.alias.document_no = number(life, draft);
	draft->act = ACT(ENTITY_ALIAS);
	return true;
}

static bool deregister(struct life *life, struct draft *draft)
{
	credit__v1__entity_deregistration__init(&draft->payload.deregistration);
	draft->payload.deregistration.entity_uscc = life->uscc[some_entity(life)];
	draft->payload.deregistration.date = today(life);
	draft->payload.deregistration.document_no = number(life, draft);
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
		today(life) - (life_draw(life, 2) ? 0 : (int32_t)life_draw(life, 420));
}

static bool list(struct life *life, struct draft *draft)
{
	struct life_thing *penalty = some_thing(life, LIFE_PENALTY, LIFE_BEGUN);

	draft->entity = some_entity(life);
	if (penalty && life_draw(life, 4) == 0)
		draft->entity = penalty->entity;
	fill_listing(life, life->uscc[draft->entity], &draft->payload.listing);
	if (penalty && penalty->entity == draft->entity)
		draft->payload.listing.underlying_record = id_of(penalty);
	draft->office = life_draw(life, 3) ? BUREAU : TAX;
	draft->act = ACT(LISTING);
	draft->makes = LIFE_LISTING;
	return true;
}

static bool penalise(struct life *life, struct draft *draft)
{
	static const char *const kinds[] = {"警告", "罚款", "暂扣执照", "责令停产停业"};

	draft->entity = some_entity(life);
	draft->kinds[0] = TEXT(kinds[life_draw(life, 4)]);
	draft->payload.penalty =
		toy_penalty(&life->clock, life->uscc[draft->entity], "2026-06-01", draft->kinds, 1);
	draft->payload.penalty.decision_date = today(life) - (int32_t)life_draw(life, 30);
	draft->payload.penalty.fine_fen = life_draw(life, 500000);
	draft->act = ACT(ADMINISTRATIVE_PENALTY);
	draft->makes = LIFE_PENALTY;
	return true;
}

static bool pledge(struct life *life, struct draft *draft)
{
	Credit__V1__Pledge *act = &draft->payload.pledge;

	draft->entity = some_entity(life);
	credit__v1__pledge__init(act);
	act->entity_uscc = life->uscc[draft->entity];
	act->kind = CREDIT__V1__PLEDGE_KIND__PLEDGE_KIND_APPROVAL;
	act->title = act->text = TEXT("示例");
	act->document_no = number(life, draft);
	act->pledged_on = today(life);
	draft->act = ACT(PLEDGE);
	draft->makes = LIFE_RECORD;
	return true;
}

static bool judge(struct life *life, struct draft *draft)
{
	Credit__V1__Judgment *act = &draft->payload.judgment;

	draft->entity = some_entity(life);
	credit__v1__judgment__init(act);
	act->entity_uscc = life->uscc[draft->entity];
	act->court = act->obligation = TEXT("示例");
	act->document_no = number(life, draft);
	act->decision_date = today(life);
	draft->act = ACT(JUDGMENT);
	draft->makes = LIFE_RECORD;
	return true;
}

static bool come_out(struct life *life, struct draft *draft)
{
	struct life_thing *record = some_thing(life, LIFE_RECORD, LIFE_BEGUN);

	if (!record || record->kind != LIFE_RECORD)
		return false;
	credit__v1__record_outcome__init(&draft->payload.outcome);
	draft->payload.outcome.entity_uscc = uscc_of(life, record);
	draft->payload.outcome.record = id_of(record);
	draft->payload.outcome.outcome = (Credit__V1__OutcomeKind)(1 + life_draw(life, 2));
	draft->payload.outcome.date = today(life);
	draft->office = record->office;
	draft->act = ACT(RECORD_OUTCOME);
	return true;
}

static bool end_record(struct life *life, struct draft *draft)
{
	struct life_thing *record = some_thing(life, LIFE_RECORD, LIFE_BEGUN);

	if (!record)
		return false;
	draft->payload.removal = toy_removal(uscc_of(life, record), record->id,
		life_draw(life, 2) ? CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED
				   : CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_CORRECTED,
		"2026-06-01");
	draft->payload.removal.decision_date = today(life);
	draft->office = record->office;
	draft->act = ACT(REMOVAL);
	draft->thing = record;
	draft->stage = LIFE_ENDED;
	return true;
}

static bool erase(struct life *life, struct draft *draft)
{
	struct life_thing *record = some_thing(life, LIFE_RECORD, LIFE_ENDED);
	Credit__V1__Erasure *act = &draft->payload.erasure;

	if (!record)
		return false;
	credit__v1__erasure__init(act);
	act->entity_uscc = uscc_of(life, record);
	act->record = id_of(record);
	act->ground = CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_COURT_ORDER;
	act->document_no = number(life, draft);
	act->decision_date = today(life);
	act->reason = TEXT("依生效裁判删除");
	draft->office = record->office;
	draft->act = ACT(ERASURE);
	draft->thing = record;
	draft->stage = LIFE_ERASED;
	return true;
}

static bool suspend(struct life *life, struct draft *draft)
{
	struct life_thing *record = some_thing(life, LIFE_RECORD, LIFE_BEGUN);

	if (!record)
		return false;
	draft->office = record->office;
	if (life_draw(life, 2)) {
		Credit__V1__Suspension *act = &draft->payload.suspension;
		credit__v1__suspension__init(act);
		act->entity_uscc = uscc_of(life, record);
		act->record = id_of(record);
		act->body = CREDIT__V1__SUSPENSION_BODY__SUSPENSION_BODY_COURT;
		act->document_no = number(life, draft);
		act->date = today(life);
		draft->act = ACT(SUSPENSION);
	} else {
		Credit__V1__SuspensionEnd *act = &draft->payload.suspension_end;
		credit__v1__suspension_end__init(act);
		act->entity_uscc = uscc_of(life, record);
		act->record = id_of(record);
		act->document_no = number(life, draft);
		act->date = today(life);
		act->reason = TEXT("示例");
		draft->act = ACT(SUSPENSION_END);
	}
	return true;
}

/* --- notices ----------------------------------------------------------------------------------- */

static bool give_notice(struct life *life, struct draft *draft)
{
	Credit__V1__Listing listing;

	draft->entity = some_entity(life);
	fill_listing(life, life->uscc[draft->entity], &listing);
	draft->payload.notice = toy_notice(&listing, "2026-06-01");
	draft->payload.notice.served_on = today(life);
	draft->act = ACT(LISTING_NOTICE);
	draft->makes = LIFE_NOTICE;
	return true;
}

static bool go_on_with_notice(struct life *life, struct draft *draft)
{
	struct life_thing *notice = some_thing(life, LIFE_NOTICE, LIFE_BEGUN);

	if (!notice)
		return false;
	draft->thing = notice;
	if (life_draw(life, 3)) {
		Credit__V1__NoticeStatement *act = &draft->payload.statement;
		credit__v1__notice_statement__init(act);
		act->entity_uscc = uscc_of(life, notice);
		act->notice = id_of(notice);
		act->kind = (Credit__V1__StatementKind)(1 + life_draw(life, 3));
		act->received_on = today(life);
		act->summary = TEXT("示例");
		act->reply = TEXT("示例");
		draft->act = ACT(NOTICE_STATEMENT);
	} else {
		Credit__V1__NoticeWithdrawal *act = &draft->payload.notice_withdrawal;
		credit__v1__notice_withdrawal__init(act);
		act->entity_uscc = uscc_of(life, notice);
		act->notice = id_of(notice);
		act->reason = TEXT("示例");
		draft->act = ACT(NOTICE_WITHDRAWAL);
		draft->stage = LIFE_ENDED;
	}
	return true;
}

/* The list and ground are guessed: one in five is the notice's. */
static bool list_on_notice(struct life *life, struct draft *draft)
{
	struct life_thing *notice = some_thing(life, LIFE_NOTICE, LIFE_BEGUN);

	if (!notice)
		return false;
	draft->entity = notice->entity;
	fill_listing(life, uscc_of(life, notice), &draft->payload.listing);
	draft->payload.listing.notice = id_of(notice);
	draft->payload.listing.decision_date = today(life);
	draft->act = ACT(LISTING);
	draft->makes = LIFE_LISTING;
	return true;
}

/* --- measures ---------------------------------------------------------------------------------- */

static bool apply_measure(struct life *life, struct draft *draft)
{
	static const char *const items[] = {"measure.key-supervision", "measure.no-honours",
		"measure.procurement-ban", "measure.interview", "incentive.green-channel"};
	struct life_thing *listing = some_thing(life, LIFE_LISTING, LIFE_BEGUN);
	Credit__V1__MeasureApplication *act = &draft->payload.measure;

	if (!listing)
		return false;
	credit__v1__measure_application__init(act);
	act->entity_uscc = uscc_of(life, listing);
	act->listing = id_of(listing);
	act->measure = TEXT(items[life_draw(life, 5)]);
	act->document_no = number(life, draft);
	act->applied_on = today(life);
	act->content = TEXT("示例");
	if (life_draw(life, 3) == 0)
		act->until = today(life) + (int32_t)life_draw(life, 60);
	draft->office = TAX;
	draft->act = ACT(MEASURE_APPLICATION);
	draft->makes = LIFE_MEASURE;
	draft->entity = listing->entity;
	return true;
}

static bool go_on_with_measure(struct life *life, struct draft *draft)
{
	struct life_thing *measure = some_thing(life, LIFE_MEASURE, LIFE_BEGUN);

	if (!measure)
		return false;
	draft->office = TAX;
	draft->thing = measure;
	if (life_draw(life, 2)) {
		Credit__V1__MeasureFeedback *act = &draft->payload.feedback;
		credit__v1__measure_feedback__init(act);
		act->entity_uscc = uscc_of(life, measure);
		act->measure = id_of(measure);
		act->date = today(life);
		act->text = TEXT("已落实");
		draft->act = ACT(MEASURE_FEEDBACK);
	} else {
		Credit__V1__MeasureLift *act = &draft->payload.lift;
		credit__v1__measure_lift__init(act);
		act->entity_uscc = uscc_of(life, measure);
		act->measure = id_of(measure);
		act->date = today(life);
		act->document_no = number(life, draft);
		act->reason = TEXT("示例");
		draft->act = ACT(MEASURE_LIFT);
		draft->stage = LIFE_ENDED;
	}
	return true;
}

/* --- cases ------------------------------------------------------------------------------------- */

static const char *const documents[] = {"form", "performance", "pledge", "ruling"};

static void digest_of(unsigned document, struct credit_hash *ret_digest)
{
	credit_sha256(credit_bytes_of(documents[document]), ret_digest);
}

/* An applicant whose sealed form is the first of the documents. */
static void fill_applicant(struct draft *draft)
{
	digest_of(0, &draft->digest);
	draft->applicant = toy_case_applicant();
	draft->applicant.form_digest = (ProtobufCBinaryData){CREDIT_HASH_SIZE, draft->digest.byte};
}

static bool apply_for_repair(struct life *life, struct draft *draft)
{
	struct life_thing *record = some_thing(life, LIFE_RECORD, LIFE_BEGUN);

	if (!record)
		return false;
	fill_applicant(draft);
	draft->payload.repair =
		toy_case_repair(&life->clock, uscc_of(life, record), record->id, &draft->applicant);
	if (life_draw(life, 4) == 0) {
		draft->payload.repair.ground =
			CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_REORGANISATION;
		draft->payload.repair.ruling_no = number(life, draft);
	}
	draft->office = WINDOW;
	draft->act = ACT(REPAIR_APPLICATION);
	draft->makes = LIFE_REPAIR;
	draft->entity = record->entity;
	return true;
}

static bool object(struct life *life, struct draft *draft)
{
	static const char *const grounds[] = {"wrong-content", "over-period", "decision-annulled"};
	struct life_thing *record = some_thing(life, LIFE_RECORD, LIFE_BEGUN);

	if (!record)
		return false;
	fill_applicant(draft);
	draft->payload.objection = toy_case_objection(
		&life->clock, uscc_of(life, record), record->id, &draft->applicant);
	draft->payload.objection.ground = TEXT(grounds[life_draw(life, 3)]);
	draft->office = WINDOW;
	draft->act = ACT(OBJECTION);
	draft->makes = LIFE_OBJECTION;
	draft->entity = record->entity;
	return true;
}

/* What may come next at each stage, and where it leads. */
static const struct case_step {
	enum life_kind kind; /* LIFE_NOTHING: both */
	enum life_stage stage;
	Credit__V1__Act__PayloadCase act;
	unsigned office; /* BUREAU: the office that made the record */
	enum life_stage next;
} case_steps[] = {
	{LIFE_NOTHING, LIFE_BEGUN, ACT(CASE_DOCUMENT), WINDOW, LIFE_BEGUN}, /* the first row */
	{LIFE_NOTHING, LIFE_BEGUN, ACT(CASE_ACCEPTANCE), WINDOW, LIFE_ACCEPTED},
	{LIFE_NOTHING, LIFE_BEGUN, ACT(CASE_ACCEPTANCE), WINDOW, LIFE_ACCEPTED},
	{LIFE_NOTHING, LIFE_BEGUN, ACT(SUPPLEMENT_REQUEST), WINDOW, LIFE_BEGUN},
	{LIFE_NOTHING, LIFE_BEGUN, ACT(CASE_SUPPLEMENT), WINDOW, LIFE_BEGUN},
	{LIFE_NOTHING, LIFE_BEGUN, ACT(CASE_NON_ACCEPTANCE), WINDOW, LIFE_ENDED},
	{LIFE_NOTHING, LIFE_ACCEPTED, ACT(CASE_EXTENSION), BUREAU, LIFE_ACCEPTED},
	{LIFE_NOTHING, LIFE_ACCEPTED, ACT(CASE_WITHDRAWAL), WINDOW, LIFE_ENDED},
	{LIFE_REPAIR, LIFE_ACCEPTED, ACT(REPAIR_DECISION), BUREAU, LIFE_DECIDED},
	{LIFE_REPAIR, LIFE_ACCEPTED, ACT(REPAIR_DECISION), BUREAU, LIFE_DECIDED},
	{LIFE_REPAIR, LIFE_DECIDED, ACT(REPAIR_REVOCATION), BUREAU, LIFE_DECIDED},
	{LIFE_REPAIR, LIFE_DECIDED, ACT(REORGANISATION_OUTCOME), BUREAU, LIFE_DECIDED},
	{LIFE_NOTHING, LIFE_DECIDED, ACT(CASE_RATING), WINDOW, LIFE_DECIDED},
	{LIFE_OBJECTION, LIFE_ACCEPTED, ACT(OBJECTION_DECISION), BUREAU, LIFE_DECIDED},
	{LIFE_OBJECTION, LIFE_ACCEPTED, ACT(OBJECTION_DECISION), BUREAU, LIFE_DECIDED},
	{LIFE_OBJECTION, LIFE_DECIDED, ACT(REVIEW_REQUEST), WINDOW, LIFE_DECIDED},
	{LIFE_OBJECTION, LIFE_DECIDED, ACT(REVIEW_DECISION), BUREAU, LIFE_DECIDED},
};

static void fill_step(struct life *life, struct draft *draft)
{
	static const Credit__V1__DocumentKind kinds[] = {
		CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_FORM,
		CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_PERFORMANCE,
		CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_PLEDGE,
		CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_RULING};
	union toy_step *step = &draft->payload.step;

	if (draft->act == ACT(CASE_DOCUMENT)) {
		unsigned document = draft->thing->documents++ % 4;
		step->document.kind = kinds[document];
		digest_of(document, &draft->digest);
		step->document.digest = (ProtobufCBinaryData){CREDIT_HASH_SIZE, draft->digest.byte};
		draft->attachment = credit_bytes_of(documents[document]);
	}
	if (draft->act == ACT(REPAIR_DECISION))
		step->repair.granted = life_draw(life, 4) != 0;
	if (draft->act == ACT(OBJECTION_DECISION))
		step->objection.outcome = (Credit__V1__ObjectionOutcome)(1 + life_draw(life, 2));
	if (draft->act == ACT(REORGANISATION_OUTCOME))
		step->outcome.completed = life_draw(life, 2) != 0;
}

static bool go_on_with_case(struct life *life, struct draft *draft)
{
	enum life_kind kind = life_draw(life, 2) ? LIFE_REPAIR : LIFE_OBJECTION;
	enum life_stage stage = (enum life_stage)(life_draw(life, 3));
	struct life_thing *thing = some_thing(life, kind, stage);
	const struct case_step *step;

	if (!thing)
		return false;
	do
		step = &case_steps[life_draw(life, sizeof case_steps / sizeof case_steps[0])];
	while (step->stage != stage || (step->kind != LIFE_NOTHING && step->kind != kind));
	/* Most bring all their documents before anything else is done. */
	if (stage == LIFE_BEGUN && thing->documents < 4 && life_draw(life, 8))
		step = &case_steps[0];
	fill_applicant(draft);
	draft->act = step->act;
	draft->office = step->office == BUREAU ? thing->office : step->office;
	draft->thing = thing;
	draft->stage = step->next;
	toy_step_init(&life->clock, step->act, uscc_of(life, thing), thing->id, &draft->applicant,
		&draft->payload.step);
	fill_step(life, draft);
	return true;
}

/* --- subscriptions, keys ------------------------------------------------------------------------- */

struct draw_row {
	struct life *life;
	uint32_t seen;
	uint8_t *id;
};

static enum credit_error draw_row(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct draw_row *row = context;

	(void)value;
	if (life_draw(row->life, ++row->seen) == 0)
		memcpy(row->id, key.data + CREDIT_USCC_SIZE, CREDIT_RECORD_ID_SIZE);
	return row->seen < 64 ? CREDIT_OK : CREDIT_E_CANCELLED;
}

static bool some_row(struct life *life, uint32_t kind, const char *uscc, uint8_t *ret_id)
{
	struct draw_row row = {life, 0, ret_id};
	struct credit_view *view;

	if (credit_view_new(life->town->registry, &view) || credit_view_begin(view))
		errx(1, "life: no view");
	enum credit_error error =
		credit_view_scan(view, kind, credit_bytes_of(uscc), &row, draw_row);
	credit_view_end(view);
	credit_view_free(view);
	if (error && error != CREDIT_E_CANCELLED)
		errx(1, "life: scan: %s", credit_error_name(error));
	return row.seen > 0;
}

static bool subscribe(struct life *life, struct draft *draft)
{
	draft->office = TAX;
	credit__v1__subscription__init(&draft->payload.subscription);
	draft->payload.subscription.subscriber_uscc = life->office[TAX].uscc;
	draft->act = ACT(SUBSCRIPTION);
	draft->makes = LIFE_SUBSCRIPTION;
	return true;
}

static bool unsubscribe(struct life *life, struct draft *draft)
{
	struct life_thing *thing = some_thing(life, LIFE_SUBSCRIPTION, LIFE_BEGUN);

	if (!thing)
		return false;
	draft->office = TAX;
	credit__v1__subscription_end__init(&draft->payload.subscription_end);
	draft->payload.subscription_end.subscriber_uscc = life->office[TAX].uscc;
	draft->payload.subscription_end.subscription = id_of(thing);
	draft->act = ACT(SUBSCRIPTION_END);
	draft->thing = thing;
	draft->stage = LIFE_ENDED;
	return true;
}

static bool acknowledge(struct life *life, struct draft *draft)
{
	Credit__V1__SubscriptionAck *act = &draft->payload.ack;

	draft->office = TAX;
	if (!some_row(life, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DELIVERY, life->office[TAX].uscc,
		    draft->row_id))
		return false;
	credit__v1__subscription_ack__init(act);
	act->subscriber_uscc = life->office[TAX].uscc;
	act->delivery = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, draft->row_id};
	act->date = today(life);
	draft->act = ACT(SUBSCRIPTION_ACK);
	return true;
}

static bool enrol_key(struct life *life, struct draft *draft)
{
	uint8_t seed[CREDIT_SEED_SIZE] = {0};
	struct credit_key_pair pair;
	Credit__V1__KeyEnrolment *act = &draft->payload.key;

	for (size_t i = 0; i < 8; i++)
		seed[i] = (uint8_t)life_draw(life, 256);
	credit_key_from_seed(seed, &pair);
	credit_key_id(&pair.public_key, &draft->key_id);
	memcpy(draft->key, pair.public_key.byte, sizeof draft->key);
	credit__v1__key_enrolment__init(act);
	act->authority_uscc = life->office[TAX].uscc;
	act->suite = CREDIT_SUITE_ED25519_SHA256;
	act->public_key = (ProtobufCBinaryData){sizeof draft->key, draft->key};
	draft->office = ROOT;
	draft->act = ACT(KEY_ENROLMENT);
	draft->makes = LIFE_KEY;
	return true;
}

static bool revoke_key(struct life *life, struct draft *draft)
{
	struct life_thing *key = some_thing(life, LIFE_KEY, LIFE_BEGUN);
	Credit__V1__KeyRevocation *act = &draft->payload.key_revocation;

	if (!key)
		return false;
	credit__v1__key_revocation__init(act);
	act->authority_uscc = life->office[TAX].uscc;
	act->key_id = (ProtobufCBinaryData){CREDIT_HASH_SIZE, key->key_id.byte};
	act->reason = TEXT("示例");
	draft->office = ROOT;
	draft->act = ACT(KEY_REVOCATION);
	draft->thing = key;
	draft->stage = LIFE_ENDED;
	return true;
}

static const struct {
	unsigned weight;
	bool (*make)(struct life *life, struct draft *draft);
} makers[] = {
	{6, enrol},
	{2, change},
	{1, alias},
	{1, deregister},
	{12, list},
	{8, penalise},
	{2, pledge},
	{2, judge},
	{3, come_out},
	{6, end_record},
	{4, erase},
	{3, suspend},
	{4, give_notice},
	{4, go_on_with_notice},
	{4, list_on_notice},
	{8, apply_measure},
	{8, go_on_with_measure},
	{6, apply_for_repair},
	{6, object},
	{30, go_on_with_case},
	{1, subscribe},
	{1, unsubscribe},
	{4, acknowledge},
	{1, enrol_key},
	{1, revoke_key},
};

/* --- an epoch ------------------------------------------------------------------------------------ */

static void make(struct life *life, struct draft *draft)
{
	unsigned total = 0;

	for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
		total += makers[i].weight;
	for (;;) {
		uint32_t at = life_draw(life, total);
		size_t i = 0;
		while (at >= makers[i].weight)
			at -= makers[i++].weight;
		memset(draft, 0, sizeof *draft);
		draft->makes = LIFE_NOTHING;
		if ((life->entities > 0 || makers[i].make == enrol) && makers[i].make(life, draft))
			return;
	}
}

/* What an accepted act means for what is remembered. */
static void remember(
	struct life *life, const struct draft *draft, const struct credit_hash *commitment)
{
	if (draft->makes == LIFE_NOTHING) {
		if (draft->thing && draft->stage > draft->thing->stage)
			draft->thing->stage = draft->stage;
		return;
	}
	if (life->count == LIFE_THINGS_MAX)
		errx(1, "life: too many things");
	struct life_thing *thing = &life->things[life->count++];
	*thing = (struct life_thing){.kind = draft->makes,
		.entity = draft->entity,
		.office = draft->office,
		.key_id = draft->key_id};
	memcpy(thing->id, commitment->byte, sizeof thing->id);
	/* A case is decided by the office that made the record, which is the bureau mostly. */
	if (thing->office == WINDOW)
		thing->office = BUREAU;
}

static void account(struct life *life, struct draft *drafts, const struct credit_hash *commitments,
	const size_t *of_office, size_t count, const struct credit_submission *submission)
{
	Credit__V1__FilingReceipt *answer = credit__v1__filing_receipt__unpack(
		NULL, submission->answer.size, submission->answer.data);

	if (!answer)
		errx(1, "life: no answer");
	for (size_t i = 0; i < count; i++)
		life->refused_of[drafts[of_office[i]].act]++;
	for (size_t i = 0; i < answer->n_accepted; i++) {
		size_t at = of_office[answer->accepted[i]->index];
		life->refused_of[drafts[at].act]--;
		life->accepted_of[drafts[at].act]++;
		remember(life, &drafts[at], &commitments[at]);
	}
	life->accepted += answer->n_accepted;
	life->refused += count - answer->n_accepted;
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
}

static struct credit_uscc plain(const char *text)
{
	struct credit_uscc uscc;

	memcpy(uscc.character, text, CREDIT_USCC_SIZE);
	return uscc;
}

static void must(enum credit_error error, const char *what, const struct credit_problem *problem)
{
	if (error)
		errx(1, "life: %s: %s %s %s", what, credit_error_name(error), problem->field,
			problem->detail);
}

static void sign(struct life *life, unsigned office, struct credit_submission *submission)
{
	struct credit_manifest_options options = {.origin = TOWN_ORIGIN,
		.issuer = plain(life->office[office].uscc),
		.created_at = life->town->now};
	struct credit_problem problem = {0};
	Credit__V1__Filing *filing;

	*submission = (struct credit_submission){0};
	must(credit_sealer_sign(
		     life->sealer[office], &options, &life->office[office].pair, &filing, &problem),
		"sign", &problem);
	must(credit_filing_open(filing, &submission->filing, &problem), "open", &problem);
}

static void file(struct life *life, struct draft *drafts, size_t count)
{
	struct credit_hash commitments[LIFE_ACTS_MAX];
	size_t of_office[LIFE_OFFICES][LIFE_ACTS_MAX], counts[LIFE_OFFICES] = {0}, filings = 0;
	struct credit_submission submissions[LIFE_OFFICES], *pointers[LIFE_OFFICES];
	struct credit_problem problem = {0};

	for (size_t i = 0; i < count; i++) {
		Credit__V1__Act act = CREDIT__V1__ACT__INIT;
		unsigned office = drafts[i].office;
		act.payload_case = drafts[i].act;
		act.listing = &drafts[i].payload.listing; /* all members are pointers */
		must(credit_sealer_add(life->sealer[office], &act, drafts[i].attachment,
			     &commitments[i], &problem),
			"seal", &problem);
		of_office[office][counts[office]++] = i;
	}
	for (unsigned office = 0; office < LIFE_OFFICES; office++) {
		if (counts[office] == 0)
			continue;
		sign(life, office, &submissions[office]);
		pointers[filings++] = &submissions[office];
	}
	credit_registry_submit(life->town->registry, pointers, filings, life->town->now);
	for (unsigned office = 0; office < LIFE_OFFICES; office++) {
		if (counts[office] == 0)
			continue;
		must(submissions[office].error, "submit", &submissions[office].problem);
		account(life, drafts, commitments, of_office[office], counts[office],
			&submissions[office]);
		credit_filing_free(submissions[office].filing);
	}
}

void life_epoch(struct life *life)
{
	struct draft drafts[LIFE_ACTS_MAX];
	size_t count = life->entities ? 1 + life_draw(life, LIFE_ACTS_MAX) : 1;
	bool enrolled = false;

	toy_set_day(&life->clock, credit_day_of(life->town->now));
	for (size_t i = 0; i < count; i++) {
		do
			make(life, &drafts[i]);
		while (drafts[i].enrols && enrolled); /* one has its code in a place of its own */
		enrolled |= drafts[i].enrols;
	}
	uint64_t before = life->accepted_of[ACT(ENTITY_ENROLMENT)];
	file(life, drafts, count);
	if (life->accepted_of[ACT(ENTITY_ENROLMENT)] > before)
		memcpy(life->uscc[life->entities++], life->uscc[LIFE_ENTITIES_MAX - 1],
			sizeof life->uscc[0]);
}

void life_pass(struct life *life)
{
	uint32_t fired, chance = life_draw(life, 16);
	enum credit_error error = CREDIT_OK;

	life->town->now.ms += 1 + life_draw(life, 600000);
	if (chance < 3)
		life->town->now.ms += DAY_MS * (1 + life_draw(life, 4));
	if (chance == 15 && life_draw(life, 8) == 0)
		life->town->now.ms += DAY_MS * life_draw(life, 60);
	do {
		error = credit_registry_fire_due(
			life->town->registry, life->town->now, 1 + life_draw(life, 50), &fired);
		life->fired += error ? 0 : fired;
	} while (!error && fired > 0);
	if (error)
		errx(1, "life: what is due: %s", credit_error_name(error));
}

/* --- beginning ----------------------------------------------------------------------------------- */

static void set_office(struct life *life, unsigned office, unsigned serial, uint8_t seed)
{
	uint8_t bytes[CREDIT_SEED_SIZE] = {seed, 77};

	toy_uscc("11110000", serial, life->office[office].uscc);
	credit_key_from_seed(bytes, &life->office[office].pair);
}

static void place_office(struct life *life, unsigned office, Credit__V1__Role role)
{
	Credit__V1__AuthorityEnrolment authority = CREDIT__V1__AUTHORITY_ENROLMENT__INIT;
	Credit__V1__KeyEnrolment key = CREDIT__V1__KEY_ENROLMENT__INIT;
	Credit__V1__Grant grant = toy_grant(&life->office[office], role);
	struct draft drafts[3] = {{.act = ACT(AUTHORITY_ENROLMENT), .makes = LIFE_NOTHING},
		{.act = ACT(KEY_ENROLMENT), .makes = LIFE_NOTHING},
		{.act = ACT(GRANT), .makes = LIFE_NOTHING}};

	authority.authority_uscc = key.authority_uscc = life->office[office].uscc;
	authority.name = TEXT("示例机关");
	authority.level = CREDIT__V1__LEVEL__LEVEL_PROVINCE;
	key.suite = CREDIT_SUITE_ED25519_SHA256;
	key.public_key = (ProtobufCBinaryData){
		CREDIT_PUBLIC_KEY_SIZE, life->office[office].pair.public_key.byte};
	memcpy(&drafts[0].payload, &authority, sizeof authority);
	memcpy(&drafts[1].payload, &key, sizeof key);
	memcpy(&drafts[2].payload, &grant, sizeof grant);
	for (size_t i = 0; i < 3; i++)
		drafts[i].office = ROOT;
	uint64_t before = life->accepted;
	file(life, drafts, 3);
	if (life->accepted != before + 3)
		errx(1, "life: an office is not taken");
}

void life_begin(struct life *life, struct town *town, uint64_t seed)
{
	memset(life, 0, sizeof *life);
	life->town = town;
	life->seed = seed;
	for (size_t i = 0; i < LIFE_OFFICES; i++)
		must(credit_sealer_new(&life->sealer[i]), "sealer", &(struct credit_problem){0});
	set_office(life, TAX, 71, 71);
	set_office(life, WINDOW, 72, 72);
	memcpy(life->office[BUREAU].uscc, town->bureau_uscc.character, CREDIT_USCC_SIZE);
	life->office[BUREAU].pair = town->bureau;
	memcpy(life->office[ROOT].uscc, town->root_uscc.character, CREDIT_USCC_SIZE);
	life->office[ROOT].pair = town->root;
	memcpy(life->clock.market.uscc, life->office[BUREAU].uscc, sizeof life->clock.market.uscc);
	place_office(life, TAX, CREDIT__V1__ROLE__ROLE_DECIDER);
	place_office(life, WINDOW, CREDIT__V1__ROLE__ROLE_FRONT_OFFICE);
	life->accepted = life->refused = 0;
}

void life_end(struct life *life)
{
	for (size_t i = 0; i < LIFE_OFFICES; i++)
		credit_sealer_free(life->sealer[i]);
}
