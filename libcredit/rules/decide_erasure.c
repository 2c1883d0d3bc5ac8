/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_erasure.c - destroying a record that is published no longer.
 *
 * Decided here: who may, when, on which ground. The effects take the record out of the state and say that
 * it is erased; the bytes themselves go with the registry's next scrub (registry/erase.c), which finds
 * them by what this act puts: an ErasedRecord for the record and for whatever else hangs on it alone.
 */
#include "rules/decide.h"
#include "rules/procedure.h"

#include <string.h>

#define GROUND(name) CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_##name
#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name

/* --- who may ------------------------------------------------------------------------------- */

struct search {
	struct credit__deciding *deciding;
	const char *entity_uscc;
	bool found;
};

static enum credit_error try_grant(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct search *search = context;
	int32_t today = search->deciding->today.days;
	const Credit__V1__GrantRow *row;
	ProtobufCMessage *message;
	enum credit_error error =
		credit__row_decode(KIND(GRANT), value, search->deciding->in->arena, &message);

	(void)key;
	if (error)
		return error;
	row = (const Credit__V1__GrantRow *)message;
	search->found |= row->grant && row->grant->role == CREDIT__V1__ROLE__ROLE_ADMINISTRATOR &&
			 row->revoked_epoch == 0 && today >= row->grant->valid_from &&
			 (row->grant->valid_until == 0 || today <= row->grant->valid_until) &&
			 strncmp(search->entity_uscc + 2, row->grant->region,
				 strlen(row->grant->region)) == 0;
	return CREDIT_OK;
}

/* The record's author, or an administrator whose grant covers the entity. */
static enum credit_error check_issuer(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	const struct credit_decision *in = deciding->in;
	struct search search = {.deciding = deciding, .entity_uscc = record->entity_uscc};
	struct credit_bytes prefix = {(const uint8_t *)in->issuer.character, CREDIT_USCC_SIZE};
	enum credit_error error;

	if (credit__same_uscc(&in->issuer, record->issuer_uscc))
		return CREDIT_OK;
	error = in->state->scan(
		in->state->context, (uint32_t)KIND(GRANT), prefix, &search, try_grant);
	if (error || search.found)
		return error;
	return credit__refuse(deciding, CREDIT_E_NOT_THE_AUTHOR, "record", NULL,
		"it was filed by %s; else an administrator's grant is needed", record->issuer_uscc);
}

/* --- when ---------------------------------------------------------------------------------- */

static enum credit_error check_dates(struct credit__deciding *deciding,
	const Credit__V1__Erasure *erasure, const Credit__V1__Record *record)
{
	char date[CREDIT_DAY_TEXT_SIZE];

	if (erasure->decision_date > deciding->today.days)
		return credit__refuse(deciding, CREDIT_E_DATE_FUTURE, "decision_date", NULL,
			"today is %s", credit_day_text(deciding->today, date));
	if (erasure->decision_date < record->decided_on)
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, "decision_date", NULL,
			"the record was decided on %s",
			credit_day_text((credit_day_t){record->decided_on}, date));
	return CREDIT_OK;
}

const Credit__V1__RetentionRule *credit__book_retention(
	const Credit__V1__RuleBook *book, const char *item)
{
	for (size_t i = 0; i < book->n_retention; i++) {
		if (strcmp(book->retention[i]->item, item) == 0)
			return book->retention[i];
	}
	return NULL;
}

static enum credit_error check_retention(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	const struct credit_rule_book *book = deciding->in->book;
	char cited[CREDIT_RULE_MAX], date[CREDIT_DAY_TEXT_SIZE];
	const Credit__V1__RetentionRule *rule;

	if (!book)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_MISSING, NULL, NULL, NULL);
	rule = credit__book_retention(book->message, record->item);
	credit__rule(credit__version(deciding), record->item, cited);
	if (!rule)
		return credit__refuse(deciding, CREDIT_E_RETENTION, "ground", cited,
			"the rule book has no retention for this item");
	credit_day_t over = credit_day_add_months(
		(credit_day_t){record->removed_on}, (int32_t)rule->keep->months);
	if (deciding->today.days < over.days)
		return credit__refuse(deciding, CREDIT_E_RETENTION, "ground", cited,
			"kept until %s, %u months after publication", credit_day_text(over, date),
			rule->keep->months);
	return CREDIT_OK;
}

static enum credit_error check_ground(struct credit__deciding *deciding,
	const Credit__V1__Erasure *erasure, const Credit__V1__Record *record)
{
	if (erasure->ground == GROUND(RETENTION_OVER))
		return check_retention(deciding, record);
	if (erasure->document_no[0] == '\0')
		return credit__refuse(deciding, CREDIT_E_FIELD_MISSING, "document_no", NULL, NULL);
	return CREDIT_OK;
}

/* --- what hangs on the record alone -------------------------------------------------------- */

/* Where a record came from, and what hangs on it with it. */
static Credit__V1__Place origin_of(const Credit__V1__Record *record)
{
	Credit__V1__Place since = CREDIT__V1__PLACE__INIT;

	since.epoch = record->epoch;
	since.row = record->row;
	since.recorded_at = record->recorded_at;
	return since;
}

/* What is said of a thing that this act erases. */
static Credit__V1__ErasedRecord place_of(
	const struct credit__deciding *deciding, const Credit__V1__Place *since)
{
	Credit__V1__ErasedRecord erased = CREDIT__V1__ERASED_RECORD__INIT;

	erased.since_epoch = since->epoch;
	erased.since_row = since->row;
	erased.since_at = since->recorded_at;
	erased.epoch = deciding->in->epoch;
	erased.row = deciding->in->row;
	erased.erased_at = deciding->in->now.ms;
	return erased;
}

enum credit_error credit__put_erasure(struct credit__deciding *deciding,
	Credit__V1__EffectKind kind, const struct credit__key *key, const Credit__V1__Place *since)
{
	Credit__V1__ErasedRecord erased = place_of(deciding, since);
	enum credit_error error = credit__delete(deciding, kind, key);

	erased.dependent = kind != KIND(RECORD);
	erased.access = kind == KIND(ACCESS);
	return error ? error : credit__put(deciding, KIND(ERASURE), key, &erased.base);
}

static bool same_id(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool leans_on(const void *record, const ProtobufCMessage *row)
{
	return same_id(&((const Credit__V1__Measure *)row)->listing,
		&((const Credit__V1__Record *)record)->id);
}

static bool is_case_of(const void *record, const ProtobufCMessage *row)
{
	return same_id(&((const Credit__V1__Case *)row)->record,
		&((const Credit__V1__Record *)record)->id);
}

struct subject {
	const char *entity_uscc;
	const ProtobufCBinaryData *id;
};

static bool is_open_task(const void *context, const ProtobufCMessage *row)
{
	const Credit__V1__Task *task = (const Credit__V1__Task *)row;
	const struct subject *subject = context;

	return task->state < CREDIT__V1__TASK_STATE__TASK_STATE_DONE &&
	       strcmp(task->entity_uscc, subject->entity_uscc) == 0 &&
	       same_id(&task->subject, subject->id);
}

/* A task that is open would have nothing to be about any more. */
static enum credit_error need_no_task(struct credit__deciding *deciding, const char *office_uscc,
	const char *entity_uscc, const ProtobufCBinaryData *id)
{
	const struct subject subject = {entity_uscc, id};
	struct credit__rows rows = {0};
	enum credit_error error = CREDIT_OK;

	if (strlen(office_uscc) == CREDIT_USCC_SIZE)
		error = credit__gather_rows(
			deciding, KIND(TASK), office_uscc, is_open_task, &subject, &rows);
	if (error || rows.count == 0)
		return error;
	return credit__refuse(deciding, CREDIT_E_RECORD_STATE, "record", NULL,
		"%s has an open task about it", office_uscc);
}

static enum credit_error erase_measures(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	const Credit__V1__Place since = origin_of(record);
	struct credit__rows rows;
	enum credit_error error = credit__gather_rows(
		deciding, KIND(MEASURE), record->entity_uscc, leans_on, record, &rows);

	for (size_t i = 0; !error && i < rows.count; i++) {
		const Credit__V1__Measure *measure = (const Credit__V1__Measure *)rows.items[i];

		if (measure->state != CREDIT__V1__MEASURE_STATE__MEASURE_STATE_LIFTED)
			return credit__refuse(deciding, CREDIT_E_RECORD_STATE, "record", NULL,
				"a measure of %s that leans on it is not lifted",
				measure->authority_uscc);
		struct credit__key key = credit__key_id(record->entity_uscc, measure->id.data);
		error = need_no_task(
			deciding, measure->authority_uscc, record->entity_uscc, &measure->id);
		if (!error)
			error = credit__put_erasure(deciding, KIND(MEASURE), &key, &since);
	}
	return error;
}

static bool is_closed(Credit__V1__CaseState state)
{
	return state == CREDIT__V1__CASE_STATE__CASE_STATE_NOT_ACCEPTED ||
	       state == CREDIT__V1__CASE_STATE__CASE_STATE_GRANTED ||
	       state == CREDIT__V1__CASE_STATE__CASE_STATE_REFUSED ||
	       state >= CREDIT__V1__CASE_STATE__CASE_STATE_FINAL;
}

static enum credit_error erase_cases(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	const Credit__V1__Place since = origin_of(record);
	struct credit__rows rows;
	enum credit_error error = credit__gather_rows(
		deciding, KIND(CASE), record->entity_uscc, is_case_of, record, &rows);

	for (size_t i = 0; !error && i < rows.count; i++) {
		const Credit__V1__Case *row = (const Credit__V1__Case *)rows.items[i];

		/* A plan of reorganisation that runs is a granted case that goes on. */
		if (!is_closed(row->state) ||
			row->state == CREDIT__V1__CASE_STATE__CASE_STATE_PLAN_RUNNING)
			return credit__refuse(deciding, CREDIT_E_CASE_OPEN, "record", NULL, NULL);
		struct credit__key key = credit__key_id(record->entity_uscc, row->id.data);
		error = need_no_task(
			deciding, row->front_office_uscc, record->entity_uscc, &row->id);
		if (!error)
			error = need_no_task(
				deciding, row->decider_uscc, record->entity_uscc, &row->id);
		if (!error)
			error = credit__put_erasure(deciding, KIND(CASE), &key, &since);
	}
	return error;
}

/* The notice came before the record; where, it does not say, so that it is looked for everywhere. */
static enum credit_error erase_notice(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	Credit__V1__Place since = CREDIT__V1__PLACE__INIT;
	struct credit__key key;
	bool there;
	enum credit_error error;

	since.epoch = 1;
	if (record->notice.len != CREDIT_RECORD_ID_SIZE)
		return CREDIT_OK;
	key = credit__key_id(record->entity_uscc, record->notice.data);
	error = credit__fact_exists(deciding, KIND(NOTICE), &key, &there);
	if (!error && there)
		error = need_no_task(
			deciding, record->issuer_uscc, record->entity_uscc, &record->notice);
	if (error || !there)
		return error;
	return credit__put_erasure(deciding, KIND(NOTICE), &key, &since);
}

/* --- what subscribers were told of it ------------------------------------------------------ */

#define OPEN_TASK_KEY_SIZE (1 + CREDIT_USCC_SIZE + sizeof(int32_t) + CREDIT_RECORD_ID_SIZE)
#define TOLD_MAX 4096 /* subscribers that have not acknowledged */

struct told {
	struct credit__deciding *deciding;
	const Credit__V1__Record *record;
	const Credit__V1__Task *tasks[TOLD_MAX];
	size_t count;
};

/* Is this open task of an office the acknowledgement of what became of the record? */
static enum credit_error is_told(struct told *told, const Credit__V1__Task *task, bool *ret_is)
{
	struct credit__key key;
	ProtobufCMessage *message;
	enum credit_error error;

	*ret_is = false;
	if (task->kind != CREDIT__V1__TASK_KIND__TASK_KIND_ACKNOWLEDGE ||
		strcmp(task->entity_uscc, told->record->entity_uscc) != 0)
		return CREDIT_OK;
	key = credit__key_id(task->office_uscc, task->subject.data);
	error = credit__fact(told->deciding, KIND(DELIVERY), &key, &message);
	if (!error)
		*ret_is = same_id(
			&((const Credit__V1__Delivery *)message)->record, &told->record->id);
	return error;
}

static enum credit_error take_told(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct told *told = context;
	char office[CREDIT_USCC_SIZE + 1] = "";
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	Credit__V1__Task *task;
	bool is = false;
	enum credit_error error;

	(void)value;
	if (key.size != OPEN_TASK_KEY_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	memcpy(office, key.data + 1, CREDIT_USCC_SIZE);
	memcpy(id, key.data + key.size - sizeof id, sizeof id);
	error = credit__task_find(
		told->deciding, office, &(ProtobufCBinaryData){sizeof id, id}, &task);
	if (!error)
		error = is_told(told, task, &is);
	/* A place without its task, or a task without its delivery, is fsck's to tell of. */
	if (error == CREDIT_E_NOT_FOUND)
		return CREDIT_OK;
	if (error || !is)
		return error;
	if (told->count == TOLD_MAX)
		return credit__refuse(told->deciding, CREDIT_E_TOO_MANY, "record", NULL,
			"over %d subscribers have not acknowledged its end", TOLD_MAX);
	told->tasks[told->count++] = task;
	return CREDIT_OK;
}

/* Nothing is left to acknowledge. The deliveries themselves go with the scrub. */
static enum credit_error drop_acknowledgements(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	const struct credit_decision *in = deciding->in;
	struct credit_bytes all = {NULL, 0};
	struct told *told = credit_arena_alloc(in->arena, sizeof *told);
	enum credit_error error;

	if (!told)
		return CREDIT_E_NO_MEMORY;
	told->deciding = deciding;
	told->record = record;
	told->count = 0;
	error = in->state->scan(
		in->state->context, (uint32_t)KIND(OPEN_TASK), all, told, take_told);
	for (size_t i = 0; i < told->count && !error; i++)
		error = credit__task_close(deciding, told->tasks[i]->office_uscc,
			&told->tasks[i]->id, CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED);
	return error;
}

static enum credit_error erase_dependents(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	enum credit_error error =
		need_no_task(deciding, record->issuer_uscc, record->entity_uscc, &record->id);

	if (!error)
		error = need_no_task(
			deciding, record->decider_uscc, record->entity_uscc, &record->id);
	if (!error)
		error = erase_measures(deciding, record);
	if (!error)
		error = erase_cases(deciding, record);
	if (!error)
		error = erase_notice(deciding, record);
	return error ? error : drop_acknowledgements(deciding, record);
}

/* --- the decision -------------------------------------------------------------------------- */

/* Successors of a code that was re-issued showed the record as their own; their statuses are drawn anew
 * with the entity's, and the older ones go too. */
static enum credit_error put_inherited(
	struct credit__deciding *deciding, const Credit__V1__Record *record)
{
	const Credit__V1__Place since = origin_of(record);
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < deciding->touched_count && !error; i++) {
		const char *uscc = deciding->touched[i]->uscc;
		Credit__V1__ErasedRecord erased = place_of(deciding, &since);

		if (strcmp(uscc, record->entity_uscc) == 0)
			continue;
		struct credit__key key = credit__key_id(uscc, record->id.data);
		erased.inherited = true;
		error = credit__put(deciding, KIND(ERASURE), &key, &erased.base);
	}
	return error;
}

static enum credit_error need_not_erased(
	struct credit__deciding *deciding, const struct credit__key *key)
{
	bool erased;
	enum credit_error error = credit__fact_exists(deciding, KIND(ERASURE), key, &erased);

	if (error || !erased)
		return error;
	return credit__refuse(deciding, CREDIT_E_ERASED, "record", NULL, NULL);
}

enum credit_error credit__decide_erasure(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__Erasure *erasure = act->erasure;
	struct credit__key key = credit__key_id(erasure->entity_uscc, erasure->record.data);
	const Credit__V1__Entity *entity;
	Credit__V1__Record *record;
	Credit__V1__Place since;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", erasure->entity_uscc, &entity);

	if (!error)
		error = need_not_erased(deciding, &key);
	if (!error)
		error = credit__need_record(
			deciding, "record", erasure->entity_uscc, &erasure->record, &record);
	if (!error)
		error = check_issuer(deciding, record);
	if (error)
		return error;
	if (record->state != CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED)
		return credit__refuse(deciding, CREDIT_E_RECORD_PUBLISHED, "record", NULL, NULL);
	since = origin_of(record);
	error = check_dates(deciding, erasure, record);
	if (!error)
		error = check_ground(deciding, erasure, record);
	if (!error)
		error = erase_dependents(deciding, record);
	if (!error)
		error = credit__put_erasure(deciding, KIND(RECORD), &key, &since);
	/* A status drawn anew: what older ones held is destroyed, and replay goes on from this one. */
	if (!error)
		error = credit__touch(deciding, erasure->entity_uscc);
	return error ? error : put_inherited(deciding, record);
}
