/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_other.c - records that are neither penalties nor listings: licences, pledges, honours,
 * judgments, and how pledges and judgments came out.
 *
 * Each kind has one rule in the book: how long it is published and who sees it. The act may end
 * publication earlier; a licence's own term does.
 */
#include "rules/procedure.h"

#include <string.h>

#define KIND(name) CREDIT__V1__RECORD_KIND__RECORD_KIND_##name

/* What the kinds say of themselves, under one set of names. */
struct other {
	Credit__V1__RecordKind kind;
	const char *entity_uscc;
	const char *date_field; /* the field of the act that holds `decided_on` */
	int32_t decided_on, wanted_end;
	char *document_no, *title;
	const char *decider_uscc; /* NULL: the issuer */
	char *decider_name;
};

static enum credit_error find_rule(struct credit__deciding *deciding, Credit__V1__RecordKind kind,
	const Credit__V1__RecordRule **ret_rule)
{
	const struct credit_rule_book *book = deciding->in->book;

	if (!book)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_MISSING, NULL, NULL, NULL);
	*ret_rule = credit__book_record(book->message, kind);
	return *ret_rule ? CREDIT_OK
			 : credit__refuse(deciding, CREDIT_E_RECORD_KIND, NULL,
				   credit__version(deciding), NULL);
}

/* The name that the decider is known by here: its own, or as the filer gave it. */
static enum credit_error fill_decider(
	struct credit__deciding *deciding, const struct other *other, Credit__V1__Record *record)
{
	const Credit__V1__Authority *issuer;
	enum credit_error error;

	if (other->decider_uscc) {
		record->decider_uscc = (char *)(uintptr_t)other->decider_uscc;
		record->decider_name = other->decider_name;
		return credit__plain_code(deciding, "decider_uscc", other->decider_uscc);
	}
	error = credit__need_authority(deciding, NULL, record->issuer_uscc, &issuer);
	if (!error) {
		record->decider_uscc = issuer->uscc;
		record->decider_name = issuer->name;
	}
	return error;
}

static enum credit_error record_other(struct credit__deciding *deciding, const struct other *other)
{
	const Credit__V1__Entity *entity = NULL;
	const Credit__V1__RecordRule *rule = NULL;
	Credit__V1__Record record;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", other->entity_uscc, &entity);

	if (!error)
		error = credit__need_alive(deciding, "entity_uscc", entity, other->decided_on);
	if (!error)
		error = credit__check_date(deciding, other->date_field, other->decided_on, 0);
	if (!error)
		error = find_rule(deciding, other->kind, &rule);
	if (error)
		return error;

	const struct credit__publication publication = {
		.min = rule->repair_min,
		.max = rule->publication_max,
		.clock = rule->clock,
		.transition = rule->transition,
		.item = rule->id,
		.decided_on = other->decided_on,
		.wanted_end = other->wanted_end,
	};
	error = credit__record_new(deciding, other->entity_uscc, &publication, &record);
	if (!error)
		error = fill_decider(deciding, other, &record);
	if (error)
		return error;
	record.kind = other->kind;
	record.visibility = rule->visibility;
	record.document_no = other->document_no;
	record.title = other->title;
	record.remedy = rule->remedy;
	return credit__record_put_new(deciding, &record);
}

/* --- the kinds ------------------------------------------------------------------------------- */

enum credit_error credit__decide_pledge(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Pledge *pledge = act->pledge;
	char date[CREDIT_DAY_TEXT_SIZE];

	if (pledge->due_on != 0 && pledge->due_on < pledge->pledged_on)
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, "due_on", NULL,
			"pledged on %s", credit_day_text((credit_day_t){pledge->pledged_on}, date));
	return record_other(deciding, &(struct other){.kind = KIND(PLEDGE),
					      .entity_uscc = pledge->entity_uscc,
					      .date_field = "pledged_on",
					      .decided_on = pledge->pledged_on,
					      .wanted_end = pledge->publication_end,
					      .document_no = pledge->document_no,
					      .title = pledge->title});
}

/* The end of the licence's term, unless the rule book publishes it for a shorter time; none for one
 * without a term. */
static int32_t licence_end(struct credit__deciding *deciding, const Credit__V1__Licence *licence)
{
	const struct credit_rule_book *book = deciding->in->book;
	const Credit__V1__RecordRule *rule =
		book ? credit__book_record(book->message, KIND(LICENCE)) : NULL;
	credit_day_t decided = {licence->decision_date};

	if (rule && rule->publication_max) {
		int32_t latest =
			credit_day_add_months(decided, (int32_t)rule->publication_max->months).days;
		if (licence->valid_until > latest)
			return latest;
	}
	return licence->valid_until;
}

enum credit_error credit__decide_licence(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Licence *licence = act->licence;
	char date[CREDIT_DAY_TEXT_SIZE];

	if (licence->valid_until != 0 && licence->valid_until < licence->decision_date)
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, "valid_until", NULL,
			"decided on %s",
			credit_day_text((credit_day_t){licence->decision_date}, date));
	return record_other(deciding,
		&(struct other){.kind = KIND(LICENCE),
			.entity_uscc = licence->entity_uscc,
			.date_field = "decision_date",
			.decided_on = licence->decision_date,
			.wanted_end = licence_end(deciding, licence),
			.document_no = licence->document_no,
			.title = licence->licence_name[0] != '\0' ? licence->licence_name
								  : licence->document_name,
			.decider_uscc = licence->decider_uscc,
			.decider_name = licence->decider_name});
}

enum credit_error credit__decide_honour(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Honour *honour = act->honour;

	return record_other(deciding, &(struct other){.kind = KIND(HONOUR),
					      .entity_uscc = honour->entity_uscc,
					      .date_field = "decision_date",
					      .decided_on = honour->decision_date,
					      .wanted_end = honour->valid_until,
					      .document_no = honour->document_no,
					      .title = honour->title});
}

enum credit_error credit__decide_judgment(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Judgment *judgment = act->judgment;

	return record_other(deciding, &(struct other){.kind = KIND(JUDGMENT),
					      .entity_uscc = judgment->entity_uscc,
					      .date_field = "decision_date",
					      .decided_on = judgment->decision_date,
					      .document_no = judgment->document_no,
					      .title = judgment->court});
}

/* --- how it came out ------------------------------------------------------------------------- */

static bool has_outcome(const Credit__V1__Record *record)
{
	return record->kind == KIND(PLEDGE) || record->kind == KIND(JUDGMENT);
}

/* A broken pledge may still be performed; what was performed stays so. */
static bool may_become(const Credit__V1__Record *record, Credit__V1__OutcomeKind outcome)
{
	return record->outcome != CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_PERFORMED &&
	       record->outcome != outcome;
}

enum credit_error credit__decide_record_outcome(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__RecordOutcome *outcome = act->record_outcome;
	Credit__V1__Record *record;
	enum credit_error error = credit__need_record(
		deciding, "record", outcome->entity_uscc, &outcome->record, &record);

	if (error)
		return error;
	if (!credit__same_uscc(&deciding->in->issuer, record->issuer_uscc))
		return credit__refuse(deciding, CREDIT_E_NOT_THE_AUTHOR, "record", NULL,
			"it was filed by %s", record->issuer_uscc);
	if (!has_outcome(record))
		return credit__refuse(deciding, CREDIT_E_RECORD_KIND, "record", NULL,
			"pledges and judgments have an outcome");
	if (record->state != CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED ||
		!may_become(record, outcome->outcome))
		return credit__refuse(deciding, CREDIT_E_RECORD_STATE, "outcome", NULL, "%s",
			record->outcome ? "its outcome is recorded" : "it is published no longer");
	error = credit__check_date(deciding, "date", outcome->date, record->decided_on);
	if (error)
		return error;
	record->outcome = outcome->outcome;
	record->outcome_on = outcome->date;
	return credit__record_put_changed(deciding, record, record->published_until);
}
