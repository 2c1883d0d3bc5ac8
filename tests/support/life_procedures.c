/* SPDX-License-Identifier: Apache-2.0
 *
 * life_procedures.c - measures, cases, subscriptions and keys in a life of a town.
 */
#include "tests/support/life_private.h"

#include <err.h>
#include <string.h>

/* --- measures ---------------------------------------------------------------------------------- */

bool life_apply_measure(struct life *life, struct draft *draft)
{
	static const char *const items[] = {"measure.key-supervision", "measure.no-honours",
		"measure.procurement-ban", "measure.interview", "incentive.green-channel"};
	struct life_thing *listing = life_some_thing(life, LIFE_LISTING, LIFE_BEGUN);
	Credit__V1__MeasureApplication *act = &draft->payload.measure;

	if (!listing)
		return false;
	credit__v1__measure_application__init(act);
	act->entity_uscc = life_uscc_of(life, listing);
	act->listing = life_id_of(listing);
	act->measure = TEXT(items[life_draw(life, 5)]);
	act->document_no = life_number(life, draft);
	act->applied_on = life_today(life);
	act->content = TEXT("示例");
	if (life_draw(life, 3) == 0)
		act->until = life_today(life) + (int32_t)life_draw(life, 60);
	draft->office = TAX;
	draft->act = ACT(MEASURE_APPLICATION);
	draft->makes = LIFE_MEASURE;
	draft->entity = listing->entity;
	return true;
}

bool life_go_on_with_measure(struct life *life, struct draft *draft)
{
	struct life_thing *measure = life_some_thing(life, LIFE_MEASURE, LIFE_BEGUN);

	if (!measure)
		return false;
	draft->office = TAX;
	draft->thing = measure;
	if (life_draw(life, 2)) {
		Credit__V1__MeasureFeedback *act = &draft->payload.feedback;
		credit__v1__measure_feedback__init(act);
		act->entity_uscc = life_uscc_of(life, measure);
		act->measure = life_id_of(measure);
		act->date = life_today(life);
		act->text = TEXT("已落实");
		draft->act = ACT(MEASURE_FEEDBACK);
	} else {
		Credit__V1__MeasureLift *act = &draft->payload.lift;
		credit__v1__measure_lift__init(act);
		act->entity_uscc = life_uscc_of(life, measure);
		act->measure = life_id_of(measure);
		act->date = life_today(life);
		act->document_no = life_number(life, draft);
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

bool life_apply_for_repair(struct life *life, struct draft *draft)
{
	struct life_thing *record = life_some_thing(life, LIFE_RECORD, LIFE_BEGUN);

	if (!record)
		return false;
	fill_applicant(draft);
	draft->payload.repair = toy_case_repair(
		&life->clock, life_uscc_of(life, record), record->id, &draft->applicant);
	if (life_draw(life, 4) == 0) {
		draft->payload.repair.ground =
			CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_REORGANISATION;
		draft->payload.repair.ruling_no = life_number(life, draft);
	}
	draft->office = WINDOW;
	draft->act = ACT(REPAIR_APPLICATION);
	draft->makes = LIFE_REPAIR;
	draft->entity = record->entity;
	return true;
}

bool life_object(struct life *life, struct draft *draft)
{
	static const char *const grounds[] = {"wrong-content", "over-period", "decision-annulled"};
	struct life_thing *record = life_some_thing(life, LIFE_RECORD, LIFE_BEGUN);

	if (!record)
		return false;
	fill_applicant(draft);
	draft->payload.objection = toy_case_objection(
		&life->clock, life_uscc_of(life, record), record->id, &draft->applicant);
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

bool life_go_on_with_case(struct life *life, struct draft *draft)
{
	enum life_kind kind = life_draw(life, 2) ? LIFE_REPAIR : LIFE_OBJECTION;
	enum life_stage stage = (enum life_stage)(life_draw(life, 3));
	struct life_thing *thing = life_some_thing(life, kind, stage);
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
	toy_step_init(&life->clock, step->act, life_uscc_of(life, thing), thing->id,
		&draft->applicant, &draft->payload.step);
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

bool life_subscribe(struct life *life, struct draft *draft)
{
	draft->office = TAX;
	credit__v1__subscription__init(&draft->payload.subscription);
	draft->payload.subscription.subscriber_uscc = life->office[TAX].uscc;
	draft->act = ACT(SUBSCRIPTION);
	draft->makes = LIFE_SUBSCRIPTION;
	return true;
}

bool life_unsubscribe(struct life *life, struct draft *draft)
{
	struct life_thing *thing = life_some_thing(life, LIFE_SUBSCRIPTION, LIFE_BEGUN);

	if (!thing)
		return false;
	draft->office = TAX;
	credit__v1__subscription_end__init(&draft->payload.subscription_end);
	draft->payload.subscription_end.subscriber_uscc = life->office[TAX].uscc;
	draft->payload.subscription_end.subscription = life_id_of(thing);
	draft->act = ACT(SUBSCRIPTION_END);
	draft->thing = thing;
	draft->stage = LIFE_ENDED;
	return true;
}

bool life_acknowledge(struct life *life, struct draft *draft)
{
	Credit__V1__SubscriptionAck *act = &draft->payload.ack;

	draft->office = TAX;
	if (!some_row(life, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DELIVERY, life->office[TAX].uscc,
		    draft->row_id))
		return false;
	credit__v1__subscription_ack__init(act);
	act->subscriber_uscc = life->office[TAX].uscc;
	act->delivery = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, draft->row_id};
	act->date = life_today(life);
	draft->act = ACT(SUBSCRIPTION_ACK);
	return true;
}

bool life_enrol_key(struct life *life, struct draft *draft)
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

bool life_revoke_key(struct life *life, struct draft *draft)
{
	struct life_thing *key = life_some_thing(life, LIFE_KEY, LIFE_BEGUN);
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
