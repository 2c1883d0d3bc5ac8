/* SPDX-License-Identifier: Apache-2.0
 *
 * annulment.c - what an annulled decision takes with it, and honours that a black listing puts in
 * question.
 *
 * A listing that rests on an annulled decision of the same authority ends with it. Where another
 * authority decided, it is for that authority to say: its listing is suspended at once, so that
 * nobody is held to it meanwhile, and the decision falls due. No honour is taken away by itself.
 */
#include "rules/procedure.h"

#include <string.h>

#define COLOUR(name) CREDIT__V1__COLOUR__COLOUR_##name
#define CAUSE(name) CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_##name

static bool is_standing_listing(const Credit__V1__Record *record)
{
	return record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED &&
	       record->kind == CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING;
}

/* Opens a task about the listing for the authority that decided it. */
static enum credit_error open_task(struct credit__deciding *deciding,
	const Credit__V1__Record *listing, Credit__V1__TaskKind kind, enum credit__limit limit,
	int32_t from, ProtobufCBinaryData *ret_id)
{
	const struct credit__task_order order = {
		.kind = kind,
		.office_uscc = listing->issuer_uscc,
		.entity_uscc = listing->entity_uscc,
		.subject = &listing->id,
		.item = listing->item,
		.limit = limit,
		.from = from,
	};
	Credit__V1__Task *task;
	enum credit_error error = credit__task_open(deciding, &order, &task);

	if (!error)
		*ret_id = task->id;
	return error;
}

/* --- annulment ------------------------------------------------------------------------------------- */

/* Off by a repair: it comes back when the repair turns out to be got by fraud. */
static bool may_come_back(const Credit__V1__Record *record)
{
	return record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED &&
	       record->kind == CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING &&
	       record->removal_cause == CAUSE(REPAIRED);
}

static bool rests_on(const void *context, const ProtobufCMessage *row)
{
	const Credit__V1__Record *record = (const Credit__V1__Record *)row, *basis = context;

	return (is_standing_listing(record) || may_come_back(record)) &&
	       record->underlying_record.len == basis->id.len &&
	       memcmp(record->underlying_record.data, basis->id.data, basis->id.len) == 0;
}

static enum credit_error put_in_question(
	struct credit__deciding *deciding, Credit__V1__Record *listing, int32_t from)
{
	listing->suspended = true;
	return open_task(deciding, listing, CREDIT__V1__TASK_KIND__TASK_KIND_REVOKE_LISTING,
		CREDIT__LIMIT_LISTING_REVOKE, from, &listing->basis_task);
}

/* Nobody is asked about a listing that is off, but it does not come back as if its basis stood: that of
 * the same authority comes back no more, that of another one in question. */
static enum credit_error annul_repaired(
	struct credit__deciding *deciding, Credit__V1__Record *listing, bool same_authority)
{
	if (same_authority)
		listing->removal_cause = CAUSE(REVOKED);
	else
		listing->suspended = true;
	return credit__record_put_changed(deciding, listing, listing->published_until);
}

static enum credit_error annul_one(struct credit__deciding *deciding,
	const Credit__V1__Record *basis, Credit__V1__Record *listing)
{
	bool same_authority = strcmp(listing->issuer_uscc, basis->issuer_uscc) == 0;
	enum credit_error error;

	if (may_come_back(listing))
		return annul_repaired(deciding, listing, same_authority);
	if (same_authority)
		return credit__record_end(deciding, listing, CAUSE(REVOKED), basis->removed_on);
	error = put_in_question(deciding, listing, basis->removed_on);
	return error ? error
		     : credit__record_put_changed(deciding, listing, listing->published_until);
}

static enum credit_error basis_is_annulled(
	struct credit__deciding *deciding, const Credit__V1__Record *listing, bool *ret_annulled)
{
	struct credit__key key =
		credit__key_id(listing->entity_uscc, listing->underlying_record.data);
	ProtobufCMessage *basis;
	enum credit_error error =
		credit__fact(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, &key, &basis);

	if (error && error != CREDIT_E_NOT_FOUND) /* it may be erased since */
		return error;
	*ret_annulled =
		!error && ((const Credit__V1__Record *)basis)->removal_cause == CAUSE(REVOKED);
	return CREDIT_OK;
}

/* In question when it went off, or put so since. A court's suspension looks the same in the record: there
 * the basis itself is looked at, and who kept the listing before is asked once more. */
enum credit_error credit__question_again(
	struct credit__deciding *deciding, Credit__V1__Record *listing)
{
	bool asked =
		listing->suspended && (listing->suspended_by == 0 || listing->basis_task.len > 0);
	enum credit_error error = CREDIT_OK;

	if (listing->suspended && !asked && listing->underlying_record.len == CREDIT_RECORD_ID_SIZE)
		error = basis_is_annulled(deciding, listing, &asked);
	return error || !asked ? error : put_in_question(deciding, listing, deciding->today.days);
}

enum credit_error credit__annul_resting(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	struct credit__rows listings = {NULL, 0};
	enum credit_error error = CREDIT_OK;

	if (record->removal_cause != CAUSE(REVOKED))
		return CREDIT_OK;
	error = credit__gather_rows(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
		record->entity_uscc, rests_on, record, &listings);
	for (size_t i = 0; i < listings.count && !error; i++) {
		error = annul_one(deciding, record, (Credit__V1__Record *)listings.items[i]);
	}
	return error;
}

/* --- honours --------------------------------------------------------------------------------------- */

static bool is_honour(const void *context, const ProtobufCMessage *row)
{
	const Credit__V1__Record *record = (const Credit__V1__Record *)row;

	(void)context;
	return is_standing_listing(record) && record->colour == COLOUR(RED) &&
	       record->review_task.len == 0;
}

enum credit_error credit__review_honours(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	const Credit__V1__ListRule *list;
	struct credit__rows honours = {NULL, 0};
	enum credit_error error;

	if (record->kind != CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING ||
		record->colour != COLOUR(BLACK))
		return CREDIT_OK;
	list = credit__book_list(deciding->in->book->message, record->item);
	if (!list || !list->reviews_honours)
		return CREDIT_OK;
	error = credit__gather_rows(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
		record->entity_uscc, is_honour, NULL, &honours);
	for (size_t i = 0; i < honours.count && !error; i++) {
		Credit__V1__Record *honour = (Credit__V1__Record *)honours.items[i];
		error = open_task(deciding, honour, CREDIT__V1__TASK_KIND__TASK_KIND_REVIEW_HONOUR,
			CREDIT__LIMIT_HONOUR_REVIEW, deciding->today.days, &honour->review_task);
		if (!error)
			error = credit__record_put_changed(
				deciding, honour, honour->published_until);
	}
	return error;
}

/* --- tasks about a record that ended ----------------------------------------------------------------- */

enum credit_error credit__close_record_tasks(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	/* Time did it, not the office. */
	Credit__V1__TaskState state = record->removal_cause == CAUSE(EXPIRED)
					      ? CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED
					      : CREDIT__V1__TASK_STATE__TASK_STATE_DONE;
	enum credit_error error =
		credit__task_close(deciding, record->issuer_uscc, &record->basis_task, state);

	if (!error)
		error = credit__task_close(
			deciding, record->issuer_uscc, &record->review_task, state);
	return error ? error
		     : credit__task_close(deciding, record->issuer_uscc, &record->key_task, state);
}
