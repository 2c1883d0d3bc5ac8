/* SPDX-License-Identifier: Apache-2.0
 *
 * view_grade.c - grades of entities, one by one and as an inspection list.
 */
#include "registry/internal.h"

#include <credit/view.h>

#include "credit/v1/grading_service.pb-c.h"
#include "credit/v1/status.pb-c.h"

#include <string.h>

enum credit_error credit_view_book(
	struct credit_view *view, credit_day_t today, struct credit_rule_book **ret_book)
{
	struct credit__eyes eyes = {.reader = view->state};
	struct credit_state_view state = credit__state_view(&eyes);
	struct credit_arena arena;
	struct credit_bytes value;
	ProtobufCMessage *message;
	enum credit_error error = credit_rules_in_force(&state, today, &value);

	if (error == CREDIT_E_NOT_FOUND)
		return CREDIT_E_RULE_BOOK_MISSING;
	if (error)
		return error;
	credit_arena_init(&arena, NULL, 0, (size_t)4 * CREDIT_RULE_BOOK_MAX);
	error = credit_decode(
		&credit__v1__rule_book_row__descriptor, value, &arena, &message, NULL);
	if (!error) {
		const Credit__V1__RuleBookRow *row =
			(const Credit__V1__RuleBookRow *)(const void *)message;
		error = credit_rule_book_load(
			(struct credit_bytes){row->rule_book.data, row->rule_book.len}, ret_book,
			NULL);
	}
	credit_arena_deinit(&arena);
	return error;
}

/* --- records of one entity ------------------------------------------------------------------- */

struct gathering {
	struct credit_arena *arena;
	const Credit__V1__Record **records;
	size_t count, capacity;
};

static enum credit_error gather(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct gathering *gathering = context;
	ProtobufCMessage *message;
	enum credit_error error;

	(void)key;
	if (gathering->count == gathering->capacity) {
		size_t capacity = gathering->capacity ? gathering->capacity * 2 : 16;
		const Credit__V1__Record **records = credit_arena_alloc(
			gathering->arena, capacity * sizeof(const Credit__V1__Record *));

		if (!records)
			return CREDIT_E_NO_MEMORY;
		if (gathering->count)
			memcpy(records, gathering->records,
				gathering->count * sizeof(const Credit__V1__Record *));
		gathering->records = records;
		gathering->capacity = capacity;
	}
	error = credit_decode(
		&credit__v1__record__descriptor, value, gathering->arena, &message, NULL);
	if (error)
		return error == CREDIT_E_NO_MEMORY ? error : CREDIT_E_STORE_CORRUPT;
	gathering->records[gathering->count++] = (const Credit__V1__Record *)(const void *)message;
	return CREDIT_OK;
}

/* Codes that were re-issued as this one count as its own (docs/spec/records.md, 2.3). */
static enum credit_error gather_all(
	struct credit_view *view, const Credit__V1__Entity *entity, struct gathering *gathering)
{
	struct credit_bytes code = credit_bytes_of(entity->uscc);
	enum credit_error error = credit_view_scan(
		view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, code, gathering, gather);

	for (size_t i = 0; i < entity->n_predecessors && !error; i++)
		error = credit_view_scan(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
			credit_bytes_of(entity->predecessors[i]), gathering, gather);
	return error;
}

static enum credit_error grade_entity(struct credit_view *view, const struct credit_rule_book *book,
	const Credit__V1__Entity *entity, credit_day_t today, struct credit_arena *arena,
	struct gathering *gathering, Credit__V1__Grade **ret_grade)
{
	enum credit_error error;

	*gathering = (struct gathering){.arena = arena};
	error = gather_all(view, entity, gathering);
	if (!error)
		error = credit_grade(
			book, gathering->records, gathering->count, today, arena, ret_grade);
	if (error)
		return error;
	(*ret_grade)->entity_uscc = entity->uscc;
	(*ret_grade)->name = entity->name;
	return CREDIT_OK;
}

static enum credit_error decode_entity(struct credit_bytes value, struct credit_arena *arena,
	const Credit__V1__Entity **ret_entity)
{
	ProtobufCMessage *message;
	enum credit_error error =
		credit_decode(&credit__v1__entity__descriptor, value, arena, &message, NULL);

	if (error)
		return error == CREDIT_E_NO_MEMORY ? error : CREDIT_E_STORE_CORRUPT;
	*ret_entity = (const Credit__V1__Entity *)(const void *)message;
	return CREDIT_OK;
}

enum credit_error credit_view_grade(struct credit_view *view, const struct credit_rule_book *book,
	const struct credit_uscc *uscc, credit_day_t today, struct credit_arena *arena,
	struct Credit__V1__Grade **ret_grade)
{
	struct credit_bytes key = credit__code_bytes(uscc), value;
	const Credit__V1__Entity *entity;
	struct gathering gathering;
	enum credit_error error =
		credit_view_row(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY, key, &value);

	if (!error)
		error = decode_entity(value, arena, &entity);
	return error ? error
		     : grade_entity(view, book, entity, today, arena, &gathering, ret_grade);
}

/* --- inspection lists ------------------------------------------------------------------------ */

struct inspecting {
	struct credit_view *view;
	const struct credit_rule_book *book;
	const struct credit_inspection *inspection;
	credit_day_t today;
	struct credit_uscc *cursor;
	uint32_t visits;
	struct credit_arena *arena;
	void *context;
	enum credit_error (*each)(void *context, const struct Credit__V1__Grade *grade);
};

static bool stands_on(const struct gathering *gathering, const char *list)
{
	for (size_t i = 0; i < gathering->count; i++) {
		const Credit__V1__Record *record = gathering->records[i];

		if (record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED &&
			record->kind == CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING &&
			strcmp(record->item, list) == 0)
			return true;
	}
	return list[0] == '\0';
}

static enum credit_error look_at(struct inspecting *inspecting, struct credit_bytes value)
{
	const struct credit_inspection *inspection = inspecting->inspection;
	const Credit__V1__Entity *entity;
	struct gathering gathering;
	Credit__V1__Grade *grade;
	enum credit_error error = decode_entity(value, inspecting->arena, &entity);

	/* A code that was given up, or an entity that is gone, is inspected no more. */
	if (error || entity->successor_uscc[0] != '\0' || entity->deregistered_on != 0)
		return error;
	error = grade_entity(inspecting->view, inspecting->book, entity, inspecting->today,
		inspecting->arena, &gathering, &grade);
	if (error || !stands_on(&gathering, inspection->list) ||
		(inspection->grade[0] != '\0' && strcmp(inspection->grade, grade->grade) != 0))
		return error;
	return inspecting->each(inspecting->context, grade);
}

static enum credit_error visit(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct inspecting *inspecting = context;
	const char *region = inspecting->inspection->region;

	if (key.size != CREDIT_USCC_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	/* The cursor's own row comes first: it has been seen. */
	if (memcmp(key.data, inspecting->cursor->character, CREDIT_USCC_SIZE) == 0)
		return CREDIT_OK;
	if (inspecting->visits == 0)
		return CREDIT_E_CANCELLED; /* enough */
	inspecting->visits--;
	memcpy(inspecting->cursor->character, key.data, CREDIT_USCC_SIZE);
	/* Characters 3 to 8 of a code are its administrative division. */
	if (strncmp((const char *)key.data + 2, region, strlen(region)) != 0)
		return CREDIT_OK;
	return look_at(inspecting, value);
}

enum credit_error credit_view_inspect(struct credit_view *view, const struct credit_rule_book *book,
	const struct credit_inspection *inspection, credit_day_t today, uint32_t visits,
	struct credit_uscc *cursor, struct credit_arena *arena, void *context,
	enum credit_error (*each)(void *context, const struct Credit__V1__Grade *grade),
	bool *ret_more)
{
	struct inspecting inspecting = {
		view, book, inspection, today, cursor, visits, arena, context, each};
	struct credit__eyes eyes = {.reader = view->state};
	struct credit_bytes none = {0}, from = {(uint8_t *)cursor->character, CREDIT_USCC_SIZE};
	enum credit_error error =
		credit__eyes_scan(&eyes, STATE_ENTITY, none, from, &inspecting, visit);

	if (error && error != CREDIT_E_CANCELLED)
		return error;
	*ret_more = error == CREDIT_E_CANCELLED;
	return CREDIT_OK;
}
