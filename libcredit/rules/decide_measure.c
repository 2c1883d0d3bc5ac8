/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_measure.c - joint punishment and incentive: what a department does because of a listing.
 *
 * No measure without its item in the catalogue and its listing beneath it, and none that outlives
 * the listing: when that ends, whatever the reason, every measure on it leaves the public status in
 * the same epoch and its lift falls due, in the open (docs/spec/measures.md).
 */
#include "rules/procedure.h"

#include <string.h>

#define KIND CREDIT__V1__EFFECT_KIND__EFFECT_KIND_MEASURE
#define STATE(name) CREDIT__V1__MEASURE_STATE__MEASURE_STATE_##name
#define TASK(name) CREDIT__V1__TASK_STATE__TASK_STATE_##name

bool credit__measure_stands(const Credit__V1__Measure *measure)
{
	return measure->state == STATE(APPLIED);
}

/* --- the basis ---------------------------------------------------------------------------------- */

/* One application on its way. */
struct applying {
	struct credit__deciding *deciding;
	const Credit__V1__MeasureApplication *act;
	const Credit__V1__MeasureRule *rule;
	const Credit__V1__Authority *authority;
	const Credit__V1__Record *listing;
	char item[CREDIT_RULE_MAX]; /* what a refusal cites */
};

static enum credit_error find_rule(struct applying *applying)
{
	struct credit__deciding *deciding = applying->deciding;
	const struct credit_rule_book *book = deciding->in->book;

	if (!book)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_MISSING, NULL, NULL, NULL);
	applying->rule = credit__book_measure(book->message, applying->act->measure);
	credit__rule(credit__version(deciding), applying->act->measure, applying->item);
	if (!applying->rule)
		return credit__refuse(deciding, CREDIT_E_MEASURE_UNKNOWN, "measure", applying->item,
			"it is not in the catalogue");
	return CREDIT_OK;
}

static enum credit_error find_listing(struct applying *applying)
{
	const Credit__V1__MeasureApplication *act = applying->act;
	Credit__V1__Record *record;
	enum credit_error error = credit__need_record(
		applying->deciding, "listing", act->entity_uscc, &act->listing, &record);

	if (!error)
		applying->listing = record;
	return error;
}

static enum credit_error check_listing(const struct applying *applying)
{
	struct credit__deciding *deciding = applying->deciding;
	const Credit__V1__Record *listing = applying->listing;
	const char *why = NULL;

	if (listing->kind != CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING)
		return credit__refuse(deciding, CREDIT_E_LEGAL_BASIS, "listing", applying->item,
			"the record is not a listing");
	if (listing->state != CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED)
		why = "the listing has ended";
	else if (listing->suspended)
		why = "the listing is suspended";
	else if (listing->reorganisation)
		why = "measures are suspended under a plan of reorganisation";
	return why ? credit__refuse(
			     deciding, CREDIT_E_RECORD_STATE, "listing", applying->item, "%s", why)
		   : CREDIT_OK;
}

/* Of the item's kind, and one that it names. A list that the book in force no longer has is a basis
 * for nothing new. */
static enum credit_error check_list(const struct applying *applying)
{
	struct credit__deciding *deciding = applying->deciding;
	const char *id = applying->listing->item;
	const Credit__V1__ListRule *list = credit__book_list(deciding->in->book->message, id);

	if (list && credit__measure_applies(applying->rule, list))
		return CREDIT_OK;
	return credit__refuse(deciding, CREDIT_E_LEGAL_BASIS, "listing", applying->item,
		"not because of an entry on %s", id);
}

static enum credit_error check_level(const struct applying *applying)
{
	const Credit__V1__MeasureRule *rule = applying->rule;

	for (size_t i = 0; i < rule->n_levels; i++) {
		if ((uint32_t)rule->levels[i] == applying->authority->level)
			return CREDIT_OK;
	}
	return rule->n_levels == 0 ? CREDIT_OK
				   : credit__refuse(applying->deciding, CREDIT_E_LEVEL, NULL,
					     applying->item, NULL);
}

/* docs/spec/measures.md: "On the day of application at least one of the item's instruments is in force; for a
 * punishment, one that ranks as a central policy or above." One that is repealed lends its rank to no
 * other. */
static enum credit_error check_instruments(const struct applying *applying)
{
	struct credit__deciding *deciding = applying->deciding;
	const Credit__V1__RuleBook *book = deciding->in->book->message;
	const Credit__V1__MeasureRule *rule = applying->rule;
	credit_day_t day = {applying->act->applied_on};
	int least = rule->kind == CREDIT__V1__MEASURE_KIND__MEASURE_KIND_PUNISHMENT
			    ? CREDIT__V1__RANK__RANK_CENTRAL_POLICY
			    : CREDIT__V1__RANK__RANK_UNSPECIFIED;

	for (size_t i = 0; i < rule->n_instruments; i++) {
		const Credit__V1__Instrument *instrument =
			credit__book_instrument(book, rule->instruments[i]);
		if (instrument && (int)instrument->rank >= least &&
			credit__instrument_in_force(instrument, day))
			return CREDIT_OK;
	}
	return credit__refuse(deciding, CREDIT_E_LEGAL_BASIS, "applied_on", applying->item,
		"none of its instruments is in force and of sufficient rank on that day");
}

/* --- the bounds --------------------------------------------------------------------------------- */

/* What leans on the listing already. */
struct leaning {
	const struct applying *applying;
	uint32_t open;
	int32_t since; /* of this measure by this authority: the first day; 0: none */
	bool same;     /* one of these is open */
};

static enum credit_error look_at_measure(
	void *context, const ProtobufCMessage *row, struct credit_bytes value)
{
	const Credit__V1__Measure *measure = (const Credit__V1__Measure *)row;
	struct leaning *leaning = context;
	const struct applying *applying = leaning->applying;
	bool open = measure->state != STATE(LIFTED);

	(void)value;
	if (measure->listing.len != CREDIT_RECORD_ID_SIZE ||
		memcmp(measure->listing.data, applying->listing->id.data, CREDIT_RECORD_ID_SIZE) !=
			0)
		return CREDIT_OK;
	leaning->open += open;
	if (strcmp(measure->measure, applying->rule->id) != 0 ||
		strcmp(measure->authority_uscc, applying->authority->uscc) != 0)
		return CREDIT_OK;
	leaning->same |= open;
	if (leaning->since == 0 || measure->applied_on < leaning->since)
		leaning->since = measure->applied_on;
	return CREDIT_OK;
}

/* docs/spec/measures.md: "Two departments may apply the same measure because of the same listing; one
 * department may not do so twice at a time." */
static enum credit_error check_others(const struct applying *applying, int32_t *ret_since)
{
	struct credit__deciding *deciding = applying->deciding;
	struct leaning leaning = {.applying = applying};
	enum credit_error error = credit__each_row(
		deciding, KIND, applying->act->entity_uscc, look_at_measure, &leaning);

	if (error)
		return error;
	if (leaning.same)
		return credit__refuse(
			deciding, CREDIT_E_MEASURE_EXISTS, "measure", applying->item, NULL);
	if (leaning.open >= CREDIT__MEASURES_MAX)
		return credit__refuse(deciding, CREDIT_E_MEASURES_FULL, "listing", applying->item,
			"at most %d", CREDIT__MEASURES_MAX);
	*ret_since = leaning.since ? leaning.since : applying->act->applied_on;
	return CREDIT_OK;
}

static enum credit_error check_amount(const struct applying *applying)
{
	int64_t amount = applying->act->amount_fen, most = applying->rule->amount_max_fen;

	if (amount <= most)
		return CREDIT_OK;
	return credit__refuse(applying->deciding, CREDIT_E_MEASURE_HARSHER, "amount_fen",
		applying->item, most ? "at most %lld fen" : "it knows no amount", (long long)most);
}

/* The last day: as the act gave it, or the latest that the item and the listing allow. The item's
 * longest term counts from the first time that this authority applied it because of this listing, so
 * that lifting and applying again does not lengthen it. */
static enum credit_error choose_end(
	const struct applying *applying, int32_t since, int32_t *ret_until)
{
	struct credit__deciding *deciding = applying->deciding;
	const Credit__V1__Period *longest = applying->rule->longest;
	int32_t until = applying->act->until, ends = applying->listing->published_until;
	int32_t latest =
		longest ? credit_day_add_months((credit_day_t){since}, (int32_t)longest->months)
				  .days
			: 0;
	char date[CREDIT_DAY_TEXT_SIZE];

	if (until && latest && until > latest)
		return credit__refuse(deciding, CREDIT_E_MEASURE_HARSHER, "until", applying->item,
			"not after %s, %u months from its first application",
			credit_day_text((credit_day_t){latest}, date), longest->months);
	if (until && ends && until > ends)
		return credit__refuse(deciding, CREDIT_E_MEASURE_HARSHER, "until", applying->item,
			"the listing is published until %s",
			credit_day_text((credit_day_t){ends}, date));
	if (!until && latest)
		until = ends && ends < latest ? ends : latest;
	if (until && until < deciding->today.days)
		return credit__refuse(deciding, CREDIT_E_PERIOD,
			applying->act->until ? "until" : "applied_on", applying->item,
			"its term was over on %s", credit_day_text((credit_day_t){until}, date));
	*ret_until = until;
	return CREDIT_OK;
}

/* --- applying ----------------------------------------------------------------------------------- */

static struct credit__key timer_of(const Credit__V1__Measure *measure)
{
	return credit__key_timer(CREDIT_TIMER_MEASURE_END, (credit_day_t){measure->until + 1},
		measure->entity_uscc, measure->id.data);
}

static enum credit_error stop_timer(
	struct credit__deciding *deciding, const Credit__V1__Measure *measure)
{
	struct credit__key key = timer_of(measure);

	return measure->until
		       ? credit__delete(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER, &key)
		       : CREDIT_OK;
}

/* What is counted of one act on a measure. */
enum counted {
	APPLIED,
	LIFTED,
	LIFTED_LATE,
	FEEDBACK
};

static enum credit_error count(
	struct credit__deciding *deciding, const Credit__V1__Measure *measure, enum counted what)
{
	Credit__V1__MeasureTally *line;
	Credit__V1__Tally *tally;
	enum credit_error error = credit__tally_get(deciding, measure->authority_uscc, &tally);

	if (!error)
		error = credit__tally_measure(
			deciding, tally, measure->list, measure->measure, &line);
	if (error)
		return error;
	line->applied += what == APPLIED;
	line->lifted += what == LIFTED || what == LIFTED_LATE;
	line->lifted_late += what == LIFTED_LATE;
	line->feedbacks += what == FEEDBACK;
	return credit__tally_put(deciding, measure->authority_uscc, tally);
}

static enum credit_error open_task(struct credit__deciding *deciding, Credit__V1__Measure *measure,
	Credit__V1__TaskKind kind, enum credit__limit limit, int32_t from)
{
	const struct credit__task_order order = {
		.kind = kind,
		.office_uscc = measure->authority_uscc,
		.entity_uscc = measure->entity_uscc,
		.subject = &measure->id,
		.item = measure->list,
		.limit = limit,
		.from = from,
	};
	Credit__V1__Task *task;
	enum credit_error error = credit__task_open(deciding, &order, &task);

	if (error)
		return error;
	measure->task = task->id;
	if (kind == CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE)
		measure->lift_due_on = task->due_on;
	return CREDIT_OK;
}

static enum credit_error fill(
	const struct applying *applying, int32_t until, Credit__V1__Measure *measure)
{
	const Credit__V1__MeasureApplication *act = applying->act;
	const Credit__V1__MeasureRule *rule = applying->rule;
	struct credit__deciding *deciding = applying->deciding;

	credit__v1__measure__init(measure);
	measure->entity_uscc = act->entity_uscc;
	measure->state = STATE(APPLIED);
	measure->measure = rule->id;
	measure->kind = (uint32_t)rule->kind;
	measure->title = rule->title;
	measure->title_en = rule->title_en;
	measure->list = applying->listing->item;
	measure->listing = applying->listing->id;
	measure->authority_uscc = applying->authority->uscc;
	measure->authority_name = applying->authority->name;
	measure->document_no = act->document_no;
	measure->applied_on = act->applied_on;
	measure->until = until;
	measure->amount_fen = act->amount_fen;
	measure->rule_book = (char *)(uintptr_t)credit__version(deciding);
	measure->recorded_at = deciding->in->now.ms;
	return credit__own_id(deciding, &measure->id);
}

static enum credit_error put_new(const struct applying *applying, int32_t until)
{
	struct credit__deciding *deciding = applying->deciding;
	Credit__V1__Measure measure;
	struct credit__key timer;
	enum credit_error error = fill(applying, until, &measure);

	if (!error)
		error = open_task(deciding, &measure, CREDIT__V1__TASK_KIND__TASK_KIND_FEEDBACK,
			CREDIT__LIMIT_MEASURE_FEEDBACK, measure.applied_on);
	if (!error)
		error = credit__subject_put_new(deciding, &credit__machine_measure, &measure.base);
	if (!error)
		error = count(deciding, &measure, APPLIED);
	if (error)
		return error;
	timer = timer_of(&measure);
	if (until)
		error = credit__put_bytes(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER,
			&timer, (struct credit_bytes){NULL, 0});
	return error ? error : credit__touch(deciding, measure.entity_uscc);
}

static enum credit_error check_entity(const struct applying *applying)
{
	const Credit__V1__MeasureApplication *act = applying->act;
	struct credit__deciding *deciding = applying->deciding;
	const Credit__V1__Entity *entity;
	char date[CREDIT_DAY_TEXT_SIZE];
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", act->entity_uscc, &entity);

	if (error || entity->deregistered_on == 0 || act->applied_on <= entity->deregistered_on)
		return error;
	return credit__refuse(deciding, CREDIT_E_ENTITY_ENDED, "applied_on", NULL,
		"deregistered on %s",
		credit_day_text((credit_day_t){entity->deregistered_on}, date));
}

static enum credit_error check_basis(struct applying *applying)
{
	enum credit_error error = find_rule(applying);

	if (!error)
		error = check_entity(applying);
	if (!error)
		error = find_listing(applying);
	if (!error)
		error = check_listing(applying);
	if (!error)
		error = check_list(applying);
	if (!error)
		error = check_level(applying);
	if (!error)
		error = credit__check_date(applying->deciding, "applied_on",
			applying->act->applied_on, applying->listing->decided_on);
	return error ? error : check_instruments(applying);
}

enum credit_error credit__decide_measure_application(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	struct applying applying = {.deciding = deciding, .act = act->measure_application};
	int32_t since = 0, until = 0;
	char *issuer;
	enum credit_error error = credit__issuer_text(deciding, &issuer);

	if (!error)
		error = credit__need_authority(deciding, NULL, issuer, &applying.authority);
	if (!error)
		error = check_basis(&applying);
	if (!error)
		error = check_amount(&applying);
	if (!error)
		error = check_others(&applying, &since);
	if (!error)
		error = choose_end(&applying, since, &until);
	return error ? error : put_new(&applying, until);
}

/* --- steps -------------------------------------------------------------------------------------- */

/* The office that applied it speaks of it, of a day since then. */
static enum credit_error check_step(
	struct credit__deciding *deciding, const Credit__V1__Measure *measure, int32_t date)
{
	if (!credit__same_uscc(&deciding->in->issuer, measure->authority_uscc))
		return credit__refuse(deciding, CREDIT_E_NOT_THE_AUTHOR, "measure", NULL,
			"it was applied by %s", measure->authority_uscc);
	return credit__check_date(deciding, "date", date, measure->applied_on);
}

static enum credit_error give_feedback(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *subject)
{
	Credit__V1__Measure *measure = (Credit__V1__Measure *)subject;
	enum credit_error error = check_step(deciding, measure, act->measure_feedback->date);

	if (!error && measure->feedbacks >= CREDIT__FEEDBACKS_MAX)
		error = credit__refuse(deciding, CREDIT_E_TOO_MANY, "measure", NULL, "at most %d",
			CREDIT__FEEDBACKS_MAX);
	/* Later the task is that of lifting it. */
	if (!error && measure->state == STATE(APPLIED) && measure->feedbacks == 0)
		error = credit__task_close(
			deciding, measure->authority_uscc, &measure->task, TASK(DONE));
	if (!error)
		error = count(deciding, measure, FEEDBACK);
	if (error)
		return error;
	measure->feedbacks++;
	return credit__subject_put(
		deciding, &credit__machine_measure, step, subject, (uint32_t)measure->state);
}

static enum credit_error put_lifted(struct credit__deciding *deciding,
	const struct credit__step *step, Credit__V1__Measure *measure, bool late, int32_t date)
{
	enum credit_error error = count(deciding, measure, late ? LIFTED_LATE : LIFTED);

	measure->lifted_on = date;
	if (!error)
		error = credit__subject_put(
			deciding, &credit__machine_measure, step, &measure->base, STATE(LIFTED));
	return error ? error : credit__touch(deciding, measure->entity_uscc);
}

/* docs/spec/measures.md: "A lift before anything makes it due gives its reasons" */
static enum credit_error lift_early(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *subject)
{
	const Credit__V1__MeasureLift *lift = act->measure_lift;
	Credit__V1__Measure *measure = (Credit__V1__Measure *)subject;
	enum credit_error error = check_step(deciding, measure, lift->date);

	if (!error && lift->reason[0] == '\0')
		error = credit__refuse(deciding, CREDIT_E_FIELD_MISSING, "reason", NULL,
			"nothing makes the lift due yet");
	if (!error)
		error = stop_timer(deciding, measure);
	/* There is nothing left to report on. */
	if (!error)
		error = credit__task_close(
			deciding, measure->authority_uscc, &measure->task, TASK(DROPPED));
	return error ? error : put_lifted(deciding, step, measure, false, lift->date);
}

static enum credit_error lift_due(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *subject)
{
	const Credit__V1__MeasureLift *lift = act->measure_lift;
	Credit__V1__Measure *measure = (Credit__V1__Measure *)subject;
	bool late = deciding->today.days > measure->lift_due_on;
	enum credit_error error = check_step(deciding, measure, lift->date);

	if (!error)
		error = credit__task_close(
			deciding, measure->authority_uscc, &measure->task, TASK(DONE));
	return error ? error : put_lifted(deciding, step, measure, late, lift->date);
}

/* It has no basis from now on: what was to report is dropped, the lift is due. */
static enum credit_error make_lift_due(
	struct credit__deciding *deciding, Credit__V1__Measure *measure, uint32_t cause)
{
	enum credit_error error = stop_timer(deciding, measure);

	if (!error)
		error = credit__task_close(
			deciding, measure->authority_uscc, &measure->task, TASK(DROPPED));
	if (!error)
		error = open_task(deciding, measure, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE,
			CREDIT__LIMIT_MEASURE_LIFT, deciding->today.days);
	measure->cause = cause;
	return error;
}

static enum credit_error end_term(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *subject)
{
	const Credit__V1__MeasureEnd *end = act->measure_end;
	Credit__V1__Measure *measure = (Credit__V1__Measure *)subject;
	char date[CREDIT_DAY_TEXT_SIZE];
	enum credit_error error;

	if (measure->until == 0 || end->date <= measure->until || end->date > deciding->today.days)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "date", NULL,
			"not before the end of %s",
			credit_day_text((credit_day_t){measure->until}, date));
	error = make_lift_due(deciding, measure, 0);
	if (!error)
		error = credit__subject_put(
			deciding, &credit__machine_measure, step, subject, STATE(LIFT_DUE));
	return error ? error : credit__touch(deciding, measure->entity_uscc);
}

#define ACT(name) CREDIT__V1__ACT__PAYLOAD_##name
static const struct credit__step steps[] = {
	{STATE(APPLIED), ACT(MEASURE_FEEDBACK), CREDIT__STATE(STATE(APPLIED)), give_feedback},
	{STATE(APPLIED), ACT(MEASURE_LIFT), CREDIT__STATE(STATE(LIFTED)), lift_early},
	{STATE(APPLIED), ACT(MEASURE_END), CREDIT__STATE(STATE(LIFT_DUE)), end_term},
	{STATE(LIFT_DUE), ACT(MEASURE_FEEDBACK), CREDIT__STATE(STATE(LIFT_DUE)), give_feedback},
	{STATE(LIFT_DUE), ACT(MEASURE_LIFT), CREDIT__STATE(STATE(LIFTED)), lift_due},
};

const struct credit__machine credit__machine_measure = {
	.name = "measure",
	.kind = KIND,
	.states = &credit__v1__measure_state__descriptor,
	.steps = steps,
	.step_count = sizeof steps / sizeof steps[0],
	.unknown = CREDIT_E_MEASURE_UNKNOWN,
};

enum credit_error credit__decide_measure_feedback(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__MeasureFeedback *feedback = act->measure_feedback;

	return credit__machine_run(deciding, &credit__machine_measure, "measure",
		feedback->entity_uscc, &feedback->measure, act);
}

enum credit_error credit__decide_measure_lift(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__MeasureLift *lift = act->measure_lift;

	return credit__machine_run(deciding, &credit__machine_measure, "measure", lift->entity_uscc,
		&lift->measure, act);
}

enum credit_error credit__decide_measure_end(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__MeasureEnd *end = act->measure_end;

	return credit__machine_run(deciding, &credit__machine_measure, "measure", end->entity_uscc,
		&end->measure, act);
}

/* --- what follows a listing --------------------------------------------------------------------- */

/* In force because of the record. */
static bool leans_on(const void *context, const ProtobufCMessage *row)
{
	const Credit__V1__Measure *measure = (const Credit__V1__Measure *)row;
	const Credit__V1__Record *record = context;

	return credit__measure_stands(measure) && measure->listing.len == CREDIT_RECORD_ID_SIZE &&
	       memcmp(measure->listing.data, record->id.data, CREDIT_RECORD_ID_SIZE) == 0;
}

static enum credit_error gather(struct credit__deciding *deciding, const Credit__V1__Record *record,
	struct credit__rows *ret_rows)
{
	if (record->kind != CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING)
		return CREDIT_OK; /* nothing else carries a measure */
	return credit__gather_rows(deciding, KIND, record->entity_uscc, leans_on, record, ret_rows);
}

enum credit_error credit__measures_lose_basis(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	struct credit__rows rows = {0};
	enum credit_error error = gather(deciding, record, &rows);

	for (size_t i = 0; i < rows.count && !error; i++) {
		Credit__V1__Measure *measure = (Credit__V1__Measure *)rows.items[i];

		error = make_lift_due(deciding, measure, (uint32_t)record->removal_cause);
		measure->state = STATE(LIFT_DUE);
		if (!error)
			error = credit__subject_put_followed(
				deciding, &credit__machine_measure, &measure->base);
	}
	return error;
}

enum credit_error credit__measures_follow(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	bool suspended = record->suspended || record->reorganisation;
	struct credit__rows rows = {0};
	enum credit_error error = gather(deciding, record, &rows);

	for (size_t i = 0; i < rows.count && !error; i++) {
		Credit__V1__Measure *measure = (Credit__V1__Measure *)rows.items[i];

		if ((bool)measure->suspended == suspended)
			continue;
		measure->suspended = suspended;
		error = credit__subject_put_followed(
			deciding, &credit__machine_measure, &measure->base);
	}
	return error;
}
