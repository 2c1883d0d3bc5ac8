/* SPDX-License-Identifier: Apache-2.0
 *
 * record.c - what all kinds of record have in common: how publication begins, runs and ends.
 */
#include "rules/procedure.h"

#include <string.h>

/* The days of a publication. */
struct days {
	int32_t from;        /* the first that counts */
	int32_t until;       /* the last; 0: until it is ended */
	int32_t latest;      /* to which it may be extended; 0: there is none */
	int32_t repair_from; /* 0: no repair */
	bool shortened;
};

/* Which book's periods hold: the present one's, or for "A decision of before the book's effective date"
 * what the item's transition says. */
static Credit__V1__Transition transition_of(
	const struct credit__deciding *deciding, const struct credit__publication *publication)
{
	if (publication->decided_on >= deciding->in->book->message->effective_date)
		return CREDIT__V1__TRANSITION__TRANSITION_NEW;
	return publication->transition == CREDIT__V1__TRANSITION__TRANSITION_UNSPECIFIED
		       ? CREDIT__V1__TRANSITION__TRANSITION_KINDER
		       : publication->transition;
}

/* Holds the wanted last day against the book's shortest and longest. */
static enum credit_error choose_end(struct credit__deciding *deciding,
	const struct credit__publication *publication, Credit__V1__Transition transition,
	struct days *days)
{
	char rule[CREDIT_RULE_MAX], date[CREDIT_DAY_TEXT_SIZE];
	bool strict = transition == CREDIT__V1__TRANSITION__TRANSITION_NEW;
	int32_t earliest = publication->decided_on;
	int32_t latest = 0, wanted = publication->wanted_end;

	if (publication->max)
		latest = credit_day_add_months(
			(credit_day_t){days->from}, (int32_t)publication->max->months)
				 .days;
	days->until = wanted ? wanted : latest;
	days->latest = latest;
	if (days->until == 0)
		return CREDIT_OK;
	credit__rule(credit__version(deciding), publication->item, rule);
	if (latest && days->until > latest && strict)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "publication_end", rule,
			"not after %s, %u months from %s",
			credit_day_text((credit_day_t){latest}, date), publication->max->months,
			days->from == publication->decided_on ? "the decision" : "its record");
	if (latest && days->until > latest &&
		transition == CREDIT__V1__TRANSITION__TRANSITION_KINDER) {
		days->until = latest;
		days->shortened = true;
	}
	if (strict)
		earliest = days->repair_from ? days->repair_from : days->from;
	if (days->until < earliest)
		return credit__refuse(deciding, CREDIT_E_PERIOD, "publication_end", rule,
			"not before %s", credit_day_text((credit_day_t){earliest}, date));
	/* What the old book allowed may stand longer than this one's longest. */
	if (latest && days->until > latest)
		days->latest = days->until;
	/* What ends earlier than the book would let it is open to repair no later than that. */
	if (days->repair_from > days->until)
		days->repair_from = days->until;
	return CREDIT_OK;
}

static enum credit_error choose_days(struct credit__deciding *deciding,
	const struct credit__publication *publication, struct days *ret_days)
{
	Credit__V1__Transition transition = transition_of(deciding, publication);
	/* "A clock of the day of record counts from the decision then": an import of old entries does
	 * not begin their periods anew. */
	bool recorded = publication->clock == CREDIT__V1__CLOCK_START__CLOCK_START_RECORDED &&
			transition != CREDIT__V1__TRANSITION__TRANSITION_KINDER;
	struct days days = {.from = recorded ? deciding->today.days : publication->decided_on};
	enum credit_error error;

	if (publication->min)
		days.repair_from = credit_day_add_months(
			(credit_day_t){days.from}, (int32_t)publication->min->months)
					   .days;
	error = choose_end(deciding, publication, transition, &days);
	if (!error)
		*ret_days = days;
	return error;
}

static enum credit_error check_new(struct credit__deciding *deciding, const char *entity_uscc,
	const struct credit__publication *publication)
{
	struct credit__key key = credit__key_id(entity_uscc, deciding->in->commitment.byte);
	char date[CREDIT_DAY_TEXT_SIZE];
	bool used;
	enum credit_error error = credit__fact_exists(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, &key, &used);

	if (error)
		return error;
	if (used)
		return credit__refuse(deciding, CREDIT_E_COMMITMENT_USED, NULL, NULL, NULL);
	if (publication->decided_on > deciding->today.days)
		return credit__refuse(deciding, CREDIT_E_DATE_FUTURE, "decision_date", NULL,
			"today is %s", credit_day_text(deciding->today, date));
	return CREDIT_OK;
}

enum credit_error credit__record_new(struct credit__deciding *deciding, const char *entity_uscc,
	const struct credit__publication *publication, Credit__V1__Record *ret_record)
{
	const struct credit_decision *in = deciding->in;
	struct days days = {0};
	char *issuer = credit_arena_alloc(in->arena, CREDIT_USCC_SIZE + 1);
	void *id = credit_arena_copy(in->arena, in->commitment.byte, CREDIT_RECORD_ID_SIZE);
	enum credit_error error = check_new(deciding, entity_uscc, publication);

	if (!issuer || !id)
		return CREDIT_E_NO_MEMORY;
	if (error)
		return error;
	error = choose_days(deciding, publication, &days);
	if (error)
		return error;

	memcpy(issuer, in->issuer.character, CREDIT_USCC_SIZE);
	issuer[CREDIT_USCC_SIZE] = '\0';
	credit__v1__record__init(ret_record);
	ret_record->entity_uscc = (char *)(uintptr_t)entity_uscc;
	ret_record->id = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
	ret_record->state = CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;
	ret_record->item = (char *)(uintptr_t)publication->item;
	ret_record->issuer_uscc = issuer;
	ret_record->decided_on = publication->decided_on;
	ret_record->published_from = days.from;
	ret_record->published_until = days.until;
	ret_record->latest_end = days.latest;
	ret_record->repair_from = days.repair_from;
	ret_record->shortened = days.shortened;
	ret_record->rule_book = (char *)(uintptr_t)credit__version(deciding);
	ret_record->recorded_at = in->now.ms;
	ret_record->epoch = in->epoch;
	ret_record->row = in->row;
	ret_record->leaf_index = in->leaf_index;
	/* An import holds old rows too: recorded, and over already. */
	if (days.until != 0 && days.until < deciding->today.days) {
		ret_record->state = CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED;
		ret_record->removal_cause = CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_EXPIRED;
		ret_record->removed_on = days.until + 1;
		ret_record->removal_leaf_index = in->leaf_index;
	}
	return CREDIT_OK;
}

static enum credit_error put_record(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	struct credit__key key = credit__key_id(record->entity_uscc, record->id.data);

	return credit__put(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, &key, &record->base);
}

/* A record is published up to the end of its last day; one without a last day has no timer. */
static enum credit_error set_timer(
	struct credit__deciding *deciding, const Credit__V1__Record *record, int32_t last_day)
{
	struct credit__key key = credit__key_timer(CREDIT_TIMER_PUBLICATION_END,
		(credit_day_t){last_day + 1}, record->entity_uscc, record->id.data);

	return last_day == 0
		       ? CREDIT_OK
		       : credit__put_bytes(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER,
				 &key, (struct credit_bytes){NULL, 0});
}

static enum credit_error unset_timer(
	struct credit__deciding *deciding, const Credit__V1__Record *record, int32_t last_day)
{
	struct credit__key key = credit__key_timer(CREDIT_TIMER_PUBLICATION_END,
		(credit_day_t){last_day + 1}, record->entity_uscc, record->id.data);

	return last_day == 0
		       ? CREDIT_OK
		       : credit__delete(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER, &key);
}

/* From now on it stands: its timer, and what follows. */
static enum credit_error begin_publication(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	enum credit_error error = set_timer(deciding, record, record->published_until);

	if (!error)
		error = credit__record_began(deciding, record);
	return error ? error : credit__touch(deciding, record->entity_uscc);
}

/* --- the decision behind it ----------------------------------------------------------------------- */

static struct credit__key decision_key(const Credit__V1__Record *record, const char *document_no)
{
	return credit__key_decision(
		record->decider_uscc[0] ? record->decider_uscc : record->issuer_uscc, document_no,
		record->entity_uscc, record->item);
}

/* A decision makes one record of an item; what was taken back as wrong may be filed again. */
static enum credit_error note_decision(
	struct credit__deciding *deciding, const Credit__V1__Record *record, const char *field)
{
	struct credit__key key = decision_key(record, record->document_no);
	Credit__V1__Decision decision = CREDIT__V1__DECISION__INIT;
	char hex[2 * CREDIT_RECORD_ID_SIZE + 1];
	const Credit__V1__Record *earlier = NULL;
	ProtobufCMessage *message;
	enum credit_error error = credit__fact(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DECISION, &key, &message);

	if (!error) {
		const Credit__V1__Decision *known = (const Credit__V1__Decision *)message;
		struct credit__key row = credit__key_id(known->entity_uscc, known->record.data);
		error = credit__fact(
			deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, &row, &message);
		if (!error)
			earlier = (const Credit__V1__Record *)message;
	}
	if (error && error != CREDIT_E_NOT_FOUND)
		return error;
	if (earlier && earlier->removal_cause != CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_CORRECTED)
		return credit__refuse(deciding, CREDIT_E_DUPLICATE_DECISION, field, NULL,
			"record %s", credit_hex(earlier->id.data, earlier->id.len, hex));
	decision.record = record->id;
	decision.entity_uscc = record->entity_uscc;
	return credit__put(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DECISION, &key, &decision.base);
}

enum credit_error credit__record_renumber(struct credit__deciding *deciding,
	const Credit__V1__Record *record, const char *old_number, const char *field)
{
	struct credit__key key = decision_key(record, old_number);
	enum credit_error error;

	if (strcmp(old_number, record->document_no) == 0)
		return CREDIT_OK;
	error = note_decision(deciding, record, field);
	return error ? error
		     : credit__delete(
			       deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DECISION, &key);
}

static bool is_late(const struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	const struct credit_rule_book *book = deciding->in->book;
	const Credit__V1__TimeLimit *limit =
		credit__book_limit(book->message, record->item, CREDIT__LIMIT_FILING);
	bool provisional;

	return limit && deciding->today.days > credit_day_add_working(&book->calendar,
						       (credit_day_t){record->decided_on},
						       limit->working_days, &provisional)
						       .days;
}

enum credit_error credit__record_put_new(
	struct credit__deciding *deciding, Credit__V1__Record *record)
{
	enum credit_error error = note_decision(deciding, record, "document_no");

	record->late = is_late(deciding, record);
	if (!error)
		error = put_record(deciding, record);
	if (error || record->state != CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED)
		return error;
	return begin_publication(deciding, record);
}

enum credit_error credit__record_put_changed(
	struct credit__deciding *deciding, Credit__V1__Record *record, int32_t old_end)
{
	bool published = record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;
	enum credit_error error = credit__trail_add(deciding, &record->n_trail, &record->trail);

	if (!error)
		error = put_record(deciding, record);
	if (!error && published && old_end != record->published_until)
		error = unset_timer(deciding, record, old_end);
	if (!error && published && old_end != record->published_until)
		error = set_timer(deciding, record, record->published_until);
	if (!error)
		error = credit__touch(deciding, record->entity_uscc);
	return error || !published ? error : credit__record_changed(deciding, record);
}

enum credit_error credit__record_put_again(
	struct credit__deciding *deciding, Credit__V1__Record *record)
{
	enum credit_error error = credit__trail_add(deciding, &record->n_trail, &record->trail);

	record->state = CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;
	record->removal_cause = CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_UNSPECIFIED;
	record->removed_on = 0;
	record->removal_leaf_index = 0;
	record->removal_case = (ProtobufCBinaryData){0, NULL};
	if (!error)
		error = put_record(deciding, record);
	return error ? error : begin_publication(deciding, record);
}

int32_t credit__period_move(int32_t start, int32_t day, int32_t new_start)
{
	int32_t months = (day - start) / 28;

	/* From the most that there can be down to the one that fits. */
	for (; months >= 0; months--) {
		int32_t reached = credit_day_add_months((credit_day_t){start}, months).days;
		if (reached == day)
			return credit_day_add_months((credit_day_t){new_start}, months).days;
		if (reached < day)
			break;
	}
	return new_start + (day - start);
}

enum credit_error credit__record_end(struct credit__deciding *deciding, Credit__V1__Record *record,
	Credit__V1__RemovalCause cause, int32_t date)
{
	enum credit_error error;

	record->state = CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED;
	record->disputed = record->reorganisation = false; /* of what stands only */
	record->review_key = (ProtobufCBinaryData){0, NULL};
	record->removal_cause = cause;
	record->removed_on = date;
	record->removal_leaf_index = deciding->in->leaf_index;
	error = credit__record_put_changed(deciding, record, record->published_until);
	if (!error)
		error = unset_timer(deciding, record, record->published_until);
	return error ? error : credit__record_ended(deciding, record);
}
