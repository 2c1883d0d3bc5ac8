/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_access.c - an official's read of restricted data, recorded before it is answered.
 *
 * Signed with the system key by the daemon that was asked. A reader that is no enrolled authority
 * cannot be recorded, and so cannot read.
 */
#include "rules/procedure.h"

enum credit_error credit__decide_access_record(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__AccessRecord *read = act->access_record;
	Credit__V1__Access row = CREDIT__V1__ACCESS__INIT;
	const Credit__V1__Authority *reader;
	const Credit__V1__Entity *entity;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", read->entity_uscc, &entity);

	if (!error)
		error = credit__need_authority(deciding, "reader_uscc", read->reader_uscc, &reader);
	if (!error)
		error = credit__check_date(
			deciding, "at", credit_day_of((credit_ms_t){read->at}).days, 0);
	if (error)
		return error;

	struct credit__key key = credit__key_id(read->entity_uscc, deciding->in->commitment.byte);
	row.reader_uscc = read->reader_uscc;
	row.entity_uscc = read->entity_uscc;
	row.method = read->method;
	row.purpose = read->purpose;
	row.at = read->at;
	return credit__put(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ACCESS, &key, &row.base);
}
