/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_access.c - an official's read of restricted data, recorded before it is answered; what an
 * operator does, recorded before it is done; and both erased when the rule book keeps them no longer.
 *
 * Signed with the system key by the daemon that was asked. A reader that is no enrolled authority
 * cannot be recorded, and so cannot read.
 */
#include "rules/procedure.h"

#include <string.h>

#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name

/* The first day on which the record of a read at this instant is kept no longer; false: kept for ever. */
static bool kept_until(const struct credit__deciding *deciding, int64_t at, credit_day_t *ret_day)
{
	const struct credit_rule_book *book = deciding->in->book;
	const Credit__V1__RetentionRule *rule =
		book ? credit__book_retention(book->message, CREDIT__ITEM_ACCESS) : NULL;

	if (rule)
		*ret_day = credit_day_add_months(
			credit_day_of((credit_ms_t){at}), (int32_t)rule->keep->months);
	return rule != NULL;
}

static enum credit_error put_timer(
	struct credit__deciding *deciding, credit_day_t day, const char *holder, const void *id)
{
	struct credit__key key = credit__key_timer(CREDIT_TIMER_ACCESS_EXPIRY, day, holder, id);

	return credit__put_bytes(deciding, KIND(TIMER), &key, (struct credit_bytes){NULL, 0});
}

static enum credit_error need_names(
	struct credit__deciding *deciding, const Credit__V1__AccessRecord *read)
{
	const Credit__V1__Authority *reader;
	const Credit__V1__Entity *entity;
	enum credit_error error = CREDIT_OK;

	if (read->entity_uscc[0] != '\0')
		error = credit__need_entity(deciding, "entity_uscc", read->entity_uscc, &entity);
	return error ? error
		     : credit__need_authority(deciding, "reader_uscc", read->reader_uscc, &reader);
}

enum credit_error credit__decide_access_record(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__AccessRecord *read = act->access_record;
	const char *holder = read->entity_uscc[0] ? read->entity_uscc : read->reader_uscc;
	Credit__V1__Access row = CREDIT__V1__ACCESS__INIT;
	credit_day_t until;
	enum credit_error error = need_names(deciding, read);

	if (!error)
		error = credit__check_date(
			deciding, "at", credit_day_of((credit_ms_t){read->at}).days, 0);
	if (!error)
		error = credit__own_id(deciding, &row.id);
	if (error)
		return error;

	struct credit__key key = credit__key_id(holder, row.id.data);
	row.reader_uscc = read->reader_uscc;
	row.entity_uscc = read->entity_uscc;
	row.method = read->method;
	row.purpose = read->purpose;
	row.at = read->at;
	row.epoch = deciding->in->epoch;
	row.row = deciding->in->row;
	error = credit__put(deciding, KIND(ACCESS), &key, &row.base);
	if (!error && kept_until(deciding, read->at, &until))
		error = put_timer(deciding, until, holder, row.id.data);
	return error;
}

/* --- the end of it ------------------------------------------------------------------------------- */

static enum credit_error erase(struct credit__deciding *deciding, const Credit__V1__Access *row,
	const struct credit__key *key)
{
	Credit__V1__Place since = CREDIT__V1__PLACE__INIT;

	since.epoch = row->epoch;
	since.row = row->row;
	since.recorded_at = row->at;
	return credit__put_erasure(deciding, KIND(ACCESS), key, &since);
}

/* The book in force today says how long: where it is longer than when the read was recorded, another
 * day comes; where there is no rule any more, none. */
enum credit_error credit__decide_access_expiry(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__AccessExpiry *expiry = act->access_expiry;
	struct credit__key key = credit__key_id(expiry->holder_uscc, expiry->access.data);
	struct credit__key timer = credit__key_timer(CREDIT_TIMER_ACCESS_EXPIRY,
		(credit_day_t){expiry->date}, expiry->holder_uscc, expiry->access.data);
	const Credit__V1__Access *row;
	ProtobufCMessage *message;
	credit_day_t until;
	enum credit_error error = credit__check_date(deciding, "date", expiry->date, 0);

	if (!error)
		error = credit__fact(deciding, KIND(ACCESS), &key, &message);
	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_ACCESS_UNKNOWN, "access", NULL, NULL);
	if (!error)
		error = credit__delete(deciding, KIND(TIMER), &timer);
	if (error)
		return error;
	row = (const Credit__V1__Access *)(const void *)message;
	if (!kept_until(deciding, row->at, &until))
		return CREDIT_OK;
	if (deciding->today.days < until.days)
		return put_timer(deciding, until, expiry->holder_uscc, expiry->access.data);
	return erase(deciding, row, &key);
}
