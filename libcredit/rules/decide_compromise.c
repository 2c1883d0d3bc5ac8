/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_compromise.c - a key that somebody else had: revoked, and what it signed put under review.
 *
 * The root authority says from which epoch on. Whether a signature counts is judged by the epoch that
 * recorded it, never by a date inside, so a thief who dates a filing back gains nothing: the log has it
 * where it came in. Which records an act of the key touched, the registry finds in its own journal
 * (registry/review.c); each gets a flag that everybody sees, and its authority a task. Nothing is undone
 * by itself: a record that is right stands, and one that is wrong is removed by who answers for it.
 */
#include "rules/procedure.h"

#include <string.h>

#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name

static enum credit_error find_key(struct credit__deciding *deciding, const ProtobufCBinaryData *id,
	Credit__V1__AuthorityKey **ret_key)
{
	struct credit__key key = credit__key_hash(id->data);
	ProtobufCMessage *message;
	enum credit_error error = credit__fact(deciding, KIND(KEY), &key, &message);

	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_KEY_UNKNOWN, "key_id", NULL, NULL);
	if (!error)
		*ret_key = (Credit__V1__AuthorityKey *)(void *)message;
	return error;
}

static enum credit_error put_key(struct credit__deciding *deciding, const ProtobufCBinaryData *id,
	const Credit__V1__AuthorityKey *row)
{
	struct credit__key key = credit__key_hash(id->data);

	return credit__put(deciding, KIND(KEY), &key, &row->base);
}

static struct credit__key timer_of(
	const Credit__V1__AuthorityKey *row, const ProtobufCBinaryData *id)
{
	return credit__key_timer(CREDIT_TIMER_KEY_REVIEW, (credit_day_t){row->review_on},
		row->authority_uscc, id->data);
}

/* --- what the root authority says ------------------------------------------------------------------ */

static enum credit_error check_epoch(struct credit__deciding *deciding,
	const Credit__V1__KeyCompromise *compromise, const Credit__V1__AuthorityKey *row)
{
	uint64_t last = row->revoked_epoch != 0 ? row->revoked_epoch : deciding->in->epoch;

	if (row->compromised_from != 0 && compromise->from_epoch >= row->compromised_from)
		return credit__refuse(deciding, CREDIT_E_KEY_COMPROMISED, "from_epoch", NULL,
			"from epoch %llu", (unsigned long long)row->compromised_from);
	if (compromise->from_epoch < row->since_epoch || compromise->from_epoch > last)
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, "from_epoch", NULL,
			"it was in force from epoch %llu to %llu",
			(unsigned long long)row->since_epoch, (unsigned long long)last);
	return CREDIT_OK;
}

enum credit_error credit__decide_key_compromise(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__KeyCompromise *compromise = act->key_compromise;
	struct credit_uscc authority = credit__uscc(compromise->authority_uscc);
	Credit__V1__AuthorityKey *row = NULL;
	struct credit__key timer;
	enum credit_error error = find_key(deciding, &compromise->key_id, &row);

	if (error)
		return error;
	if (!credit__same_uscc(&authority, row->authority_uscc))
		return credit__refuse(deciding, CREDIT_E_KEY_UNKNOWN, "key_id", NULL,
			"the key is another authority's");
	/* With those the registry itself would be in other hands: docs/ops/keys.md. */
	if (row->purpose != CREDIT__V1__KEY_PURPOSE__KEY_PURPOSE_AUTHORITY)
		return credit__refuse(deciding, CREDIT_E_NOT_GRANTED, "key_id", NULL,
			"the keys of the founding cannot be given up");
	error = check_epoch(deciding, compromise, row);
	if (!error && row->review_on != 0) { /* an earlier review goes on from further back */
		timer = timer_of(row, &compromise->key_id);
		error = credit__delete(deciding, KIND(TIMER), &timer);
	}
	if (error)
		return error;
	if (row->revoked_epoch == 0)
		row->revoked_epoch = deciding->in->epoch;
	row->compromised_from = row->review_epoch = compromise->from_epoch;
	row->review_row = 0;
	row->review_on = deciding->today.days;
	timer = timer_of(row, &compromise->key_id);
	error = put_key(deciding, &compromise->key_id, row);
	return error ? error
		     : credit__put_bytes(
			       deciding, KIND(TIMER), &timer, (struct credit_bytes){NULL, 0});
}

/* --- what the registry finds ------------------------------------------------------------------------ */

static enum credit_error open_task(struct credit__deciding *deciding, Credit__V1__Record *record)
{
	const struct credit__task_order order = {
		.kind = CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_KEY,
		.office_uscc = record->issuer_uscc,
		.entity_uscc = record->entity_uscc,
		.subject = &record->id,
		.item = record->item,
		.limit = CREDIT__LIMIT_KEY_REVIEW,
		.from = deciding->today.days,
	};
	Credit__V1__Task *task;
	enum credit_error error = credit__task_open(deciding, &order, &task);

	if (!error)
		record->key_task = task->id;
	return error;
}

/* What is flagged already, or gone since, is passed over: acts touch one record several times. */
enum credit_error credit__decide_key_review(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__KeyReview *review = act->key_review;
	struct credit__key key = credit__key_id(review->entity_uscc, review->record.data);
	Credit__V1__AuthorityKey *row = NULL;
	Credit__V1__Record *record;
	ProtobufCMessage *message;
	enum credit_error error = find_key(deciding, &review->key_id, &row);

	if (!error && row->compromised_from == 0)
		return credit__refuse(deciding, CREDIT_E_KEY_UNKNOWN, "key_id", NULL,
			"it is not said to be compromised");
	if (!error)
		error = credit__fact(deciding, KIND(RECORD), &key, &message);
	if (error == CREDIT_E_NOT_FOUND)
		return CREDIT_OK;
	if (error)
		return error;
	record = (Credit__V1__Record *)(void *)message;
	if (record->review_key.len > 0)
		return CREDIT_OK;
	error = open_task(deciding, record);
	record->review_key = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, review->key_id.data};
	return error ? error
		     : credit__record_put_changed(deciding, record, record->published_until);
}

enum credit_error credit__decide_key_reviewed(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__KeyReviewed *reviewed = act->key_reviewed;
	Credit__V1__AuthorityKey *row = NULL;
	struct credit__key timer;
	enum credit_error error = find_key(deciding, &reviewed->key_id, &row);

	if (error)
		return error;
	if (row->review_on == 0 || reviewed->epoch < row->review_epoch ||
		(reviewed->epoch == row->review_epoch && reviewed->row <= row->review_row))
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, "epoch", NULL,
			"it has been looked at up to there");
	row->review_epoch = reviewed->epoch;
	row->review_row = reviewed->row;
	if (reviewed->epoch > row->revoked_epoch) {
		timer = timer_of(row, &reviewed->key_id);
		row->review_on = 0;
		error = credit__delete(deciding, KIND(TIMER), &timer);
	}
	return error ? error : put_key(deciding, &reviewed->key_id, row);
}
