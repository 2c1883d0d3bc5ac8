/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_life.c - the life of an entity: a new name, a new code, its end.
 *
 * One entity, one code, for life; what was recorded stays under the code that it was recorded under.
 * A code that was re-issued shows the records of the one before; a code that was given up names the
 * one that took its place, and no new decision is recorded under it.
 */
#include "rules/procedure.h"

#include <string.h>

#define ENTITY CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY

static enum credit_error put_entity(
	struct credit__deciding *deciding, const Credit__V1__Entity *entity)
{
	struct credit__key key = credit__key_uscc(entity->uscc);

	return credit__put(deciding, ENTITY, &key, &entity->base);
}

/* Enrolled, and its code in use. The message may be changed. */
static enum credit_error need_living(struct credit__deciding *deciding, const char *field,
	const char *uscc, Credit__V1__Entity **ret_entity)
{
	const Credit__V1__Entity *entity;
	enum credit_error error = credit__need_entity(deciding, field, uscc, &entity);

	if (!error && (entity->successor_uscc[0] != '\0' || entity->deregistered_on != 0))
		error = credit__need_alive(deciding, field, entity, INT32_MAX);
	if (!error)
		*ret_entity = (Credit__V1__Entity *)(uintptr_t)entity;
	return error;
}

enum credit_error credit__decide_entity_change(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__EntityChange *change = act->entity_change;
	Credit__V1__Entity *entity;
	enum credit_error error =
		need_living(deciding, "entity_uscc", change->entity_uscc, &entity);

	if (!error)
		error = credit__check_date(deciding, "date", change->date, 0);
	if (error)
		return error;
	entity->name = change->name;
	error = put_entity(deciding, entity);
	return error ? error : credit__touch(deciding, entity->uscc);
}

enum credit_error credit__decide_entity_deregistration(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__EntityDeregistration *end = act->entity_deregistration;
	Credit__V1__Entity *entity;
	enum credit_error error = need_living(deciding, "entity_uscc", end->entity_uscc, &entity);

	if (!error)
		error = credit__check_date(deciding, "date", end->date, 0);
	if (error)
		return error;
	entity->deregistered_on = end->date;
	error = put_entity(deciding, entity);
	return error ? error : credit__touch(deciding, entity->uscc);
}

/* --- a code that takes another's place ------------------------------------------------------- */

/* The successor shows what the old code showed: its own records and its predecessors'. */
static enum credit_error inherit(struct credit__deciding *deciding, const Credit__V1__Entity *old,
	Credit__V1__Entity *successor)
{
	size_t count = successor->n_predecessors + old->n_predecessors + 1;
	char **codes = credit_arena_alloc(deciding->in->arena, count * sizeof(char *));

	if (count > CREDIT__CODES_MAX - 1)
		return credit__refuse(deciding, CREDIT_E_TOO_MANY, "successor_uscc", NULL,
			"%d codes of one entity", CREDIT__CODES_MAX);
	if (!codes)
		return CREDIT_E_NO_MEMORY;
	if (successor->n_predecessors > 0)
		memcpy(codes, successor->predecessors, successor->n_predecessors * sizeof(char *));
	if (old->n_predecessors > 0)
		memcpy(codes + successor->n_predecessors, old->predecessors,
			old->n_predecessors * sizeof(char *));
	codes[count - 1] = old->uscc;
	successor->predecessors = codes;
	successor->n_predecessors = count;
	return put_entity(deciding, successor);
}

static enum credit_error put_alias(
	struct credit__deciding *deciding, const Credit__V1__EntityAlias *alias)
{
	struct credit__key key = credit__key_uscc(alias->entity_uscc);
	Credit__V1__Alias row = CREDIT__V1__ALIAS__INIT;

	row.old_uscc = alias->entity_uscc;
	row.new_uscc = alias->successor_uscc;
	row.cause = (uint32_t)alias->cause;
	row.effective_on = alias->effective_on;
	return credit__put(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ALIAS, &key, &row.base);
}

/* A living successor cannot be followed back to the old code: that one has no successor yet, so
 * the only circle is the code itself. */
enum credit_error credit__decide_entity_alias(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__EntityAlias *alias = act->entity_alias;
	Credit__V1__Entity *old, *successor;
	enum credit_error error;

	if (strcmp(alias->entity_uscc, alias->successor_uscc) == 0)
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, "successor_uscc", NULL,
			"another code than the one that is given up");
	error = need_living(deciding, "entity_uscc", alias->entity_uscc, &old);
	if (!error)
		error = need_living(deciding, "successor_uscc", alias->successor_uscc, &successor);
	if (!error)
		error = credit__check_date(deciding, "effective_on", alias->effective_on, 0);
	if (error)
		return error;
	old->successor_uscc = alias->successor_uscc;
	old->succeeded_on = alias->effective_on;
	if (alias->cause == CREDIT__V1__ALIAS_CAUSE__ALIAS_CAUSE_REISSUED)
		error = inherit(deciding, old, successor);
	if (!error)
		error = put_entity(deciding, old);
	if (!error)
		error = put_alias(deciding, alias);
	return error ? error : credit__touch(deciding, alias->entity_uscc);
}
