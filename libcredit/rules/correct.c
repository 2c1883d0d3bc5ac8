/* SPDX-License-Identifier: Apache-2.0
 *
 * correct.c - new values beside the old ones, when an objection is upheld.
 *
 * The signed act stays as it is, for ever; what it should have said stands in the record. The act is
 * read from the journal, corrected in memory and held to the same rules as when it was filed, so that
 * nothing can be corrected into what could not have been filed, personal data included.
 */
#include "rules/case.h"

#include <stdio.h>
#include <string.h>

#define KIND(name) CREDIT__V1__RECORD_KIND__RECORD_KIND_##name
#define CORRECTIONS_MAX 64 /* of one record, over all cases */
#define ITEM_SEPARATOR "；"
#define NUMBER_TEXT_SIZE 24

/* --- what may be corrected --------------------------------------------------------------------- */

/* Not who, by whom, on what list and basis: a record that is wrong in these is withdrawn. */
static const char *const penalty_fields[] = {"entity_name", "document_no", "violation", "fact",
	"basis", "penalty_kinds", "content", "fine_fen", "confiscated_fen", "licence_withdrawn",
	"decision_date", "valid_until", "decider_name", "source_name", "remark", NULL};
static const char *const listing_fields[] = {"document_no", "decision_date", "fact", NULL};
static const char *const licence_fields[] = {"entity_name", "document_no", "document_name",
	"licence_kind", "licence_no", "licence_name", "content", "decision_date", "valid_from",
	"valid_until", "decider_name", "source_name", "remark", NULL};
static const char *const pledge_fields[] = {
	"title", "text", "document_no", "pledged_on", "due_on", NULL};
static const char *const honour_fields[] = {
	"title", "document_no", "decision_date", "reason", NULL};
static const char *const judgment_fields[] = {
	"court", "document_no", "decision_date", "obligation", "perform_by", NULL};

static const char *const *const correctable[] = {
	[KIND(PENALTY)] = penalty_fields,
	[KIND(LISTING)] = listing_fields,
	[KIND(LICENCE)] = licence_fields,
	[KIND(PLEDGE)] = pledge_fields,
	[KIND(HONOUR)] = honour_fields,
	[KIND(JUDGMENT)] = judgment_fields,
};

static bool may_correct(const Credit__V1__Record *record, const char *name)
{
	const char *const *names = NULL;

	if ((size_t)record->kind < sizeof correctable / sizeof correctable[0])
		names = correctable[record->kind];
	for (; names && *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

/* --- values as text and back ------------------------------------------------------------------- */

struct slot {
	ProtobufCMessage *message;
	const ProtobufCFieldDescriptor *field;
};

static void *place_of(const struct slot *slot)
{
	return (uint8_t *)slot->message + slot->field->offset;
}

static size_t *count_of(const struct slot *slot)
{
	return (size_t *)(void *)((uint8_t *)slot->message + slot->field->quantifier_offset);
}

static enum credit_error join_items(
	struct credit_arena *arena, const struct slot *slot, char **ret_text)
{
	char **items;
	size_t count = *count_of(slot), size = 1;
	char *text, *end;

	memcpy(&items, place_of(slot), sizeof items);
	for (size_t i = 0; i < count; i++)
		size += strlen(items[i]) + strlen(ITEM_SEPARATOR);
	text = end = credit_arena_alloc(arena, size);
	if (!text)
		return CREDIT_E_NO_MEMORY;
	*text = '\0';
	for (size_t i = 0; i < count; i++)
		end += snprintf(end, size - (size_t)(end - text), "%s%s",
			i > 0 ? ITEM_SEPARATOR : "", items[i]);
	*ret_text = text;
	return CREDIT_OK;
}

static enum credit_error get_text(
	struct credit_arena *arena, const struct slot *slot, char **ret_text)
{
	char number[NUMBER_TEXT_SIZE] = "", day[CREDIT_DAY_TEXT_SIZE];
	int64_t fen;
	int32_t date;

	if (slot->field->label == PROTOBUF_C_LABEL_REPEATED)
		return join_items(arena, slot, ret_text);
	if (slot->field->type == PROTOBUF_C_TYPE_STRING) {
		memcpy(ret_text, place_of(slot), sizeof *ret_text);
		return CREDIT_OK;
	}
	if (slot->field->type == PROTOBUF_C_TYPE_INT32) {
		memcpy(&date, place_of(slot), sizeof date);
		if (date != 0)
			snprintf(number, sizeof number, "%s",
				credit_day_text((credit_day_t){date}, day));
	} else {
		memcpy(&fen, place_of(slot), sizeof fen);
		snprintf(number, sizeof number, "%lld", (long long)fen);
	}
	*ret_text = credit_arena_copy(arena, number, strlen(number) + 1);
	return *ret_text ? CREDIT_OK : CREDIT_E_NO_MEMORY;
}

static enum credit_error split_items(
	struct credit_arena *arena, const struct slot *slot, const char *text)
{
	size_t count = 1, step = strlen(ITEM_SEPARATOR);
	char *copy = credit_arena_copy(arena, text, strlen(text) + 1), **items;

	for (const char *at = text; (at = strstr(at, ITEM_SEPARATOR)) != NULL; at += step)
		count++;
	items = credit_arena_alloc(arena, count * sizeof(char *));
	if (!copy || !items)
		return CREDIT_E_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		char *end = strstr(copy, ITEM_SEPARATOR);
		items[i] = copy;
		if (end) {
			*end = '\0';
			copy = end + step;
		}
	}
	memcpy(place_of(slot), &items, sizeof items);
	*count_of(slot) = count;
	return CREDIT_OK;
}

static enum credit_error parse_fen(const char *text, int64_t *ret_fen)
{
	int64_t fen = 0;

	if (*text == '\0')
		return CREDIT_E_FIELD_FORM;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || fen > INT64_MAX / 10 - 9)
			return CREDIT_E_FIELD_FORM;
		fen = fen * 10 + (*text - '0');
	}
	*ret_fen = fen;
	return CREDIT_OK;
}

static enum credit_error set_text(
	struct credit_arena *arena, const struct slot *slot, const char *text)
{
	credit_day_t day = {0};
	int64_t fen;
	enum credit_error error = CREDIT_OK;

	if (slot->field->label == PROTOBUF_C_LABEL_REPEATED)
		return split_items(arena, slot, text);
	if (slot->field->type == PROTOBUF_C_TYPE_STRING) {
		memcpy(place_of(slot), &text, sizeof text);
	} else if (slot->field->type == PROTOBUF_C_TYPE_INT32) {
		error = credit_day_parse(credit_bytes_of(text), &day);
		if (!error)
			memcpy(place_of(slot), &day.days, sizeof day.days);
	} else {
		error = parse_fen(text, &fen);
		if (!error)
			memcpy(place_of(slot), &fen, sizeof fen);
	}
	return error;
}

/* --- the act as it stands now ------------------------------------------------------------------ */

static struct slot slot_of(Credit__V1__Act *act, const char *name)
{
	/* Payloads are pointers, all at the same place. */
	ProtobufCMessage *payload = &act->listing->base;

	return (struct slot){payload,
		protobuf_c_message_descriptor_get_field_by_name(payload->descriptor, name)};
}

/* With everything that earlier cases corrected. */
static enum credit_error load_act(struct credit__deciding *deciding,
	const Credit__V1__Record *record, Credit__V1__Act **ret_act)
{
	const struct credit_decision *in = deciding->in;
	const struct Credit__V1__Act *act;
	struct credit_bytes bytes;
	enum credit_error error =
		in->act(in->act_context, record->epoch, record->row, in->arena, &bytes);

	if (!error)
		error = credit_act_decode(bytes, in->arena, &act, NULL);
	if (error)
		return credit_error_is_fault(error) ? error : CREDIT_E_STORE_CORRUPT;
	*ret_act = (Credit__V1__Act *)(uintptr_t)act;
	for (size_t i = 0; i < record->n_corrections && !error; i++) {
		struct slot slot = slot_of(*ret_act, record->corrections[i]->field);
		error = slot.field ? set_text(in->arena, &slot, record->corrections[i]->new_value)
				   : CREDIT_E_STORE_CORRUPT;
	}
	return error;
}

/* --- one correction ---------------------------------------------------------------------------- */

static enum credit_error note(struct credit__deciding *deciding, const Credit__V1__Case *subject,
	const Credit__V1__NewValue *value, char *old, Credit__V1__Record *record)
{
	struct credit_arena *arena = deciding->in->arena;
	size_t count = record->n_corrections;
	Credit__V1__Correction *line = credit_arena_alloc(arena, sizeof *line);
	Credit__V1__Correction **lines =
		credit_arena_alloc(arena, (count + 1) * sizeof(Credit__V1__Correction *));

	if (!line || !lines)
		return CREDIT_E_NO_MEMORY;
	credit__v1__correction__init(line);
	line->field = value->field;
	line->old_value = old;
	line->new_value = value->value;
	line->recorded_at = deciding->in->now.ms;
	line->case_id = subject->id;
	if (count > 0)
		memcpy(lines, record->corrections, count * sizeof(Credit__V1__Correction *));
	lines[count] = line;
	record->corrections = lines;
	record->n_corrections = count + 1;
	return CREDIT_OK;
}

static enum credit_error correct_one(struct credit__deciding *deciding,
	const Credit__V1__Case *subject, const Credit__V1__NewValue *value, Credit__V1__Act *act,
	Credit__V1__Record *record)
{
	struct credit_arena *arena = deciding->in->arena;
	struct slot slot = slot_of(act, value->field);
	struct credit_problem problem = {0};
	char *old;
	enum credit_error error;

	if (!slot.field || !may_correct(record, value->field))
		return credit__refuse(deciding, CREDIT_E_CONDITION, "corrections", NULL,
			"'%.64s' of such a record is not corrected", value->field);
	if (record->n_corrections >= CORRECTIONS_MAX)
		return credit__refuse(deciding, CREDIT_E_TOO_MANY, "corrections", NULL,
			"at most %d of one record", CORRECTIONS_MAX);
	error = get_text(arena, &slot, &old);
	if (error)
		return error;
	if (strcmp(old, value->value) == 0)
		return credit__refuse(deciding, CREDIT_E_CONDITION, "corrections", NULL,
			"%s says that already", value->field);
	error = set_text(arena, &slot, value->value);
	if (error == CREDIT_E_NO_MEMORY)
		return error;
	if (!error)
		error = credit_act_check(act, &problem);
	if (error)
		return credit__refuse(deciding, error, "corrections", NULL, "%s%s%s", value->field,
			problem.detail[0] ? ": " : "", problem.detail);
	return note(deciding, subject, value, old, record);
}

/* --- what follows ------------------------------------------------------------------------------ */

/* Never later than it was: an objection does not make things worse. */
static void move(int32_t *date, int32_t start, int32_t new_start)
{
	int32_t moved = credit__period_move(start, *date, new_start);

	if (*date != 0 && moved < *date)
		*date = moved;
}

/* A publication that ran from the decision runs from the right date. */
static enum credit_error follow_date(
	struct credit__deciding *deciding, int32_t date, Credit__V1__Record *record)
{
	int32_t start = record->published_from ? record->published_from : record->decided_on;
	enum credit_error error = credit__check_date(deciding, "corrections", date, 0);

	if (error || date == record->decided_on)
		return error;
	if (start == record->decided_on) {
		move(&record->published_until, start, date);
		move(&record->repair_from, start, date);
		move(&record->latest_end, start, date);
		if (record->published_from != 0)
			record->published_from = date;
	}
	record->decided_on = date;
	return CREDIT_OK;
}

/* A penalty of other kinds or another amount may belong to a lighter class, with its periods. */
static void follow_class(struct credit__deciding *deciding,
	const Credit__V1__AdministrativePenalty *penalty, Credit__V1__Record *record)
{
	const struct credit_rule_book *book = deciding->in->book;
	const Credit__V1__RecordRule *rule =
		book ? credit__book_record(book->message, KIND(PENALTY)) : NULL;
	credit_day_t start = {record->published_from ? record->published_from : record->decided_on};
	const Credit__V1__PenaltyClass *class;
	Credit__V1__Severity severity;

	if (!rule)
		return;
	severity = credit__penalty_severity(rule, penalty);
	class = credit__book_class(rule, severity);
	if (!class || severity >= record->severity)
		return;
	int32_t end = credit_day_add_months(start, (int32_t) class->publication_max->months).days;
	int32_t repair =
		credit_day_add_months(start, (int32_t) class->publication_min->months).days;
	record->severity = severity;
	if (end < record->published_until)
		record->published_until = end;
	if (repair < record->repair_from)
		record->repair_from = repair;
}

/* Which field of an act is shown as the record's title depends on its kind, and on what was filled in. */
static bool is_title(const char *field, const char *old, const Credit__V1__Record *record)
{
	static const char *const titles[] = {
		"title", "licence_name", "document_name", "licence_kind", "court"};

	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
		if (strcmp(field, titles[i]) == 0)
			return strcmp(old, record->title) == 0;
	}
	return false;
}

/* The row repeats some of what the act says. */
static enum credit_error follow(struct credit__deciding *deciding, Credit__V1__Act *act,
	const Credit__V1__Correction *correction, Credit__V1__Record *record)
{
	const char *field = correction->field;
	const struct {
		const char *field;
		char **copy;
	} copies[] = {
		{"document_no", &record->document_no},
		{"decider_name", &record->decider_name},
	};
	struct slot slot = slot_of(act, field);
	int32_t date;

	if (is_title(field, correction->old_value, record))
		record->title = correction->new_value;
	for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
		if (strcmp(field, copies[i].field) == 0)
			memcpy(copies[i].copy, place_of(&slot), sizeof(char *));
	}
	if (strcmp(field, "penalty_kinds") == 0 || strcmp(field, "fine_fen") == 0)
		follow_class(deciding, act->administrative_penalty, record);
	if (strcmp(field, "decision_date") != 0 && strcmp(field, "pledged_on") != 0)
		return CREDIT_OK;
	memcpy(&date, place_of(&slot), sizeof date);
	return follow_date(deciding, date, record);
}

enum credit_error credit__record_correct(struct credit__deciding *deciding,
	const Credit__V1__Case *subject, Credit__V1__NewValue *const *values, size_t count,
	Credit__V1__Record *record)
{
	const char *number = record->document_no;
	Credit__V1__Act *act;
	enum credit_error error = load_act(deciding, record, &act);

	for (size_t i = 0; i < count && !error; i++) {
		error = correct_one(deciding, subject, values[i], act, record);
		if (!error)
			error = follow(deciding, act,
				record->corrections[record->n_corrections - 1], record);
	}
	return error ? error : credit__record_renumber(deciding, record, number, "corrections");
}
