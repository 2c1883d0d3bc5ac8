/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.c - what a decision says: changes to rows, or a refusal.
 */
#include "rules/decide.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum credit_error make_room(struct credit__deciding *deciding)
{
	struct credit_effects *effects = &deciding->effects;
	size_t capacity = effects->capacity ? effects->capacity * 2 : 8;
	Credit__V1__Effect **items;

	if (effects->count < effects->capacity)
		return CREDIT_OK;
	items = credit_arena_alloc(deciding->in->arena, capacity * sizeof(Credit__V1__Effect *));
	if (!items)
		return CREDIT_E_NO_MEMORY;
	if (effects->count > 0)
		memcpy(items, effects->items, effects->count * sizeof(Credit__V1__Effect *));
	effects->items = items;
	effects->capacity = capacity;
	return CREDIT_OK;
}

static enum credit_error add(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const struct credit__key *key, struct credit_bytes value, bool delete)
{
	struct credit_arena *arena = deciding->in->arena;
	Credit__V1__Effect *effect = credit_arena_alloc(arena, sizeof *effect);
	void *copy = credit_arena_copy(arena, key->byte, key->size);

	if (!effect || !copy || make_room(deciding))
		return CREDIT_E_NO_MEMORY;
	credit__v1__effect__init(effect);
	effect->kind = kind;
	effect->key = (ProtobufCBinaryData){key->size, copy};
	effect->value = (ProtobufCBinaryData){value.size, (uint8_t *)(uintptr_t)value.data};
	effect->delete_ = delete;
	deciding->effects.items[deciding->effects.count++] = effect;
	return CREDIT_OK;
}

enum credit_error credit__put_bytes(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const struct credit__key *key, struct credit_bytes value)
{
	return add(deciding, kind, key, value, false);
}

enum credit_error credit__put(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const struct credit__key *key, const ProtobufCMessage *message)
{
	struct credit_bytes value;
	enum credit_error error = credit_encode(message, deciding->in->arena, &value);

	return error ? error : add(deciding, kind, key, value, false);
}

enum credit_error credit__delete(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const struct credit__key *key)
{
	return add(deciding, kind, key, (struct credit_bytes){NULL, 0}, true);
}

static enum credit_error touch_one(struct credit__deciding *deciding, const char *entity_uscc,
	const Credit__V1__Entity **ret_entity)
{
	struct credit__key key = credit__key_uscc(entity_uscc);
	ProtobufCMessage *entity;
	enum credit_error error;

	for (size_t i = 0; i < deciding->touched_count; i++) {
		if (strcmp(deciding->touched[i]->uscc, entity_uscc) == 0) {
			*ret_entity = deciding->touched[i];
			return CREDIT_OK;
		}
	}
	if (deciding->touched_count == CREDIT__TOUCHED_MAX)
		return CREDIT_E_INTERNAL;
	error = credit__fact(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY, &key, &entity);
	if (error)
		return error;
	*ret_entity = (const Credit__V1__Entity *)entity;
	deciding->touched[deciding->touched_count++] = *ret_entity;
	return CREDIT_OK;
}

/* A code that was re-issued takes its successors with it: they show its records. */
enum credit_error credit__touch(struct credit__deciding *deciding, const char *entity_uscc)
{
	const Credit__V1__Entity *entity;
	enum credit_error error;

	do {
		error = touch_one(deciding, entity_uscc, &entity);
		entity_uscc = error ? "" : entity->successor_uscc;
	} while (entity_uscc[0] != '\0');
	/* Whoever touches an entity has seen it enrolled. */
	return error == CREDIT_E_NOT_FOUND ? CREDIT_E_INTERNAL : error;
}

/* --- refusals ------------------------------------------------------------------------------ */

enum credit_error credit__refuse(struct credit__deciding *deciding, enum credit_error error,
	const char *field, const char *rule, const char *detail, ...)
{
	char text[CREDIT_DETAIL_MAX] = "", path[CREDIT_FIELD_PATH_MAX];
	va_list arguments;

	if (detail) {
		va_start(arguments, detail);
		vsnprintf(text, sizeof text, detail, arguments);
		va_end(arguments);
	}
	snprintf(path, sizeof path, "%s%s%s", deciding->act, field ? "." : "", field ? field : "");
	return credit_problem_set(deciding->problem, error, path, rule, "%s", text);
}

const char *credit__rule(const char *version, const char *item, char text[CREDIT_RULE_MAX])
{
	snprintf(text, CREDIT_RULE_MAX, "%s %s", version, item);
	return text;
}

const char *credit__version(const struct credit__deciding *deciding)
{
	return deciding->in->book->message->version;
}

/* --- codes --------------------------------------------------------------------------------- */

enum credit_error credit__plain_code(
	struct credit__deciding *deciding, const char *field, const char *code)
{
	struct credit_uscc uscc;
	struct credit_problem problem = {0};
	enum credit_error error =
		credit_uscc_parse(credit_bytes_of(code), CREDIT_USCC_PLAIN, &uscc, &problem);

	/* Folding is for what people type; an act holds the folded text itself. */
	if (!error && !credit__same_uscc(&uscc, code))
		error = credit_problem_set(&problem, CREDIT_E_USCC_CHARACTER, NULL, NULL, NULL);
	if (error) {
		credit__refuse(deciding, error, field, problem.rule, "%s", problem.detail);
		if (deciding->problem)
			deciding->problem->position = problem.position;
	}
	return error;
}

struct credit_uscc credit__uscc(const char *text)
{
	struct credit_uscc uscc;

	memcpy(uscc.character, text, sizeof uscc.character);
	return uscc;
}

bool credit__same_uscc(const struct credit_uscc *uscc, const char *text)
{
	return strlen(text) == sizeof uscc->character &&
	       memcmp(uscc->character, text, sizeof uscc->character) == 0;
}
