/* SPDX-License-Identifier: Apache-2.0
 *
 * facts.c - typed reads of the state, seen through the effects of the decision so far.
 *
 * A row that the act has changed already is read as changed, so that the functions that decide may
 * put an effect and then ask what follows from it, without knowing what was put before.
 */
#include "rules/decide.h"

#include <string.h>

/* --- keys ---------------------------------------------------------------------------------- */

static void append(struct credit__key *key, const void *data, size_t size)
{
	if (size > sizeof key->byte - key->size)
		size = sizeof key->byte - key->size; /* every part has a bound: cannot happen */
	memcpy(key->byte + key->size, data, size);
	key->size += size;
}

struct credit__key credit__key_founding(void)
{
	struct credit__key key = {.size = 0};

	append(&key, "founding", strlen("founding"));
	return key;
}

struct credit__key credit__key_uscc(const char *uscc)
{
	struct credit__key key = {.size = 0};

	append(&key, uscc, CREDIT_USCC_SIZE);
	return key;
}

struct credit__key credit__key_hash(const void *hash)
{
	struct credit__key key = {.size = 0};

	append(&key, hash, CREDIT_HASH_SIZE);
	return key;
}

struct credit__key credit__key_id(const char *uscc, const void *id)
{
	struct credit__key key = credit__key_uscc(uscc);

	append(&key, id, CREDIT_RECORD_ID_SIZE);
	return key;
}

struct credit__key credit__key_rule_book(int32_t effective_date, const char *version)
{
	struct credit__key key = {.size = sizeof(uint32_t)};

	credit_write_u32(key.byte, (uint32_t)effective_date);
	append(&key, version, strlen(version));
	return key;
}

struct credit__key credit__key_timer(
	uint8_t kind, credit_day_t day, const char *uscc, const void *id)
{
	struct credit__key key = {.size = sizeof(uint64_t)};

	credit_write_u64(key.byte, (uint64_t)credit_day_begins(day).ms);
	append(&key, &kind, sizeof kind);
	append(&key, uscc, CREDIT_USCC_SIZE);
	append(&key, id, CREDIT_RECORD_ID_SIZE);
	return key;
}

struct credit__key credit__key_tally(const char *uscc, uint32_t month)
{
	struct credit__key key = credit__key_uscc(uscc);

	credit_write_u32(key.byte + key.size, month);
	key.size += sizeof month;
	return key;
}

struct credit__key credit__key_subscribed(
	const char *item, const char *subscriber_uscc, const void *id)
{
	struct credit__key key = credit__key_item(item);

	append(&key, subscriber_uscc, CREDIT_USCC_SIZE);
	append(&key, id, CREDIT_RECORD_ID_SIZE);
	return key;
}

struct credit__key credit__key_item(const char *item)
{
	struct credit__key key = {.size = 0};

	append(&key, item, strlen(item) + 1);
	return key;
}

struct credit__key credit__key_open_task(
	bool overdue, const char *office_uscc, int32_t due_on, const void *id)
{
	struct credit__key key = {.byte = {overdue ? 0 : 1}, .size = 1};

	append(&key, office_uscc, CREDIT_USCC_SIZE);
	credit_write_u32(key.byte + key.size, (uint32_t)due_on);
	key.size += sizeof(uint32_t);
	append(&key, id, CREDIT_RECORD_ID_SIZE);
	return key;
}

struct credit__key credit__key_decision(
	const char *authority, const char *document_no, const char *entity, const char *item)
{
	static const char label[] = "credit/decision/v1";
	const char *const parts[] = {label, authority, document_no, entity, item};
	uint8_t memory[1024];
	struct credit_buffer buffer;
	struct credit_bytes text;
	struct credit_hash hash = {{0}};

	credit_buffer_init(&buffer, memory, sizeof memory);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		credit_buffer_put(&buffer, parts[i], strlen(parts[i]) + 1);
	/* Every part has a bound, and all of them fit. */
	if (credit_buffer_done(&buffer, &text) == CREDIT_OK)
		credit_sha256(text, &hash);
	/* Beside the entity's other rows. */
	return credit__key_id(entity, hash.byte);
}

struct credit_bytes credit__key_bytes(const struct credit__key *key)
{
	return (struct credit_bytes){key->byte, key->size};
}

/* --- rows ---------------------------------------------------------------------------------- */

static const ProtobufCMessageDescriptor *const row_type[] = {
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_FOUNDING] =
		&credit__v1__registry_founding__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY] = &credit__v1__authority__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_KEY] = &credit__v1__authority_key__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_GRANT] = &credit__v1__grant_row__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY] = &credit__v1__entity__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD] = &credit__v1__record__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_NOTICE] = &credit__v1__notice__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_CONSENT] = &credit__v1__consent_row__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_MEASURE] = &credit__v1__measure__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_CASE] = &credit__v1__case__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK] = &credit__v1__task__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_SUBSCRIPTION] =
		&credit__v1__subscription_row__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DELIVERY] = &credit__v1__delivery__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ALIAS] = &credit__v1__alias__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_DECISION] = &credit__v1__decision__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY_KEY] = &credit__v1__entity_key__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TALLY] = &credit__v1__tally__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ACCESS] = &credit__v1__access__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_SUBSCRIBED] = &credit__v1__subscribed__descriptor,
	[CREDIT__V1__EFFECT_KIND__EFFECT_KIND_LOAD] = &credit__v1__load__descriptor,
};

enum credit_error credit__row_decode(Credit__V1__EffectKind kind, struct credit_bytes value,
	struct credit_arena *arena, ProtobufCMessage **ret_message)
{
	enum credit_error error = credit_decode(row_type[kind], value, arena, ret_message, NULL);

	return error && error != CREDIT_E_NO_MEMORY ? CREDIT_E_STORE_CORRUPT : error;
}

static bool effect_is(
	const Credit__V1__Effect *effect, Credit__V1__EffectKind kind, struct credit_bytes key)
{
	return effect->kind == kind &&
	       credit_bytes_equal((struct credit_bytes){effect->key.data, effect->key.len}, key);
}

/* The newest effect on a row; NULL when the act has not touched it. */
static const Credit__V1__Effect *pending(
	const struct credit_effects *effects, Credit__V1__EffectKind kind, struct credit_bytes key)
{
	for (size_t i = effects->count; i > 0; i--) {
		if (effect_is(effects->items[i - 1], kind, key))
			return effects->items[i - 1];
	}
	return NULL;
}

static enum credit_error get(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const struct credit__key *key, struct credit_bytes *ret_value)
{
	const struct credit_state_view *state = deciding->in->state;
	struct credit_bytes bytes = credit__key_bytes(key);
	const Credit__V1__Effect *effect = pending(&deciding->effects, kind, bytes);

	if (!effect)
		return state->get(state->context, (uint32_t)kind, bytes, ret_value);
	if (effect->delete_)
		return CREDIT_E_NOT_FOUND;
	*ret_value = (struct credit_bytes){effect->value.data, effect->value.len};
	return CREDIT_OK;
}

enum credit_error credit__fact(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const struct credit__key *key, ProtobufCMessage **ret_message)
{
	struct credit_bytes value;
	enum credit_error error = get(deciding, kind, key, &value);

	return error ? error : credit__row_decode(kind, value, deciding->in->arena, ret_message);
}

enum credit_error credit__fact_exists(struct credit__deciding *deciding,
	Credit__V1__EffectKind kind, const struct credit__key *key, bool *ret_exists)
{
	struct credit_bytes value;
	enum credit_error error = get(deciding, kind, key, &value);

	if (error && error != CREDIT_E_NOT_FOUND)
		return error;
	*ret_exists = error == CREDIT_OK;
	return CREDIT_OK;
}

/* --- what must be there -------------------------------------------------------------------- */

enum credit_error credit__need_authority(struct credit__deciding *deciding, const char *field,
	const char *uscc, const Credit__V1__Authority **ret_authority)
{
	struct credit__key key = credit__key_uscc(uscc);
	ProtobufCMessage *message;
	enum credit_error error = credit__fact(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY, &key, &message);

	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(
			deciding, CREDIT_E_AUTHORITY_UNKNOWN, field, NULL, "%.18s", uscc);
	if (!error)
		*ret_authority = (const Credit__V1__Authority *)message;
	return error;
}

enum credit_error credit__need_entity(struct credit__deciding *deciding, const char *field,
	const char *uscc, const Credit__V1__Entity **ret_entity)
{
	struct credit__key key = credit__key_uscc(uscc);
	ProtobufCMessage *message;
	enum credit_error error =
		credit__fact(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY, &key, &message);

	if (error == CREDIT_E_NOT_FOUND) {
		/* A mistyped code is the likelier cause, and the clerk can see it at once. */
		error = credit__plain_code(deciding, field, uscc);
		return error ? error
			     : credit__refuse(deciding, CREDIT_E_ENTITY_UNKNOWN, field, NULL,
				       "%.18s", uscc);
	}
	if (!error)
		*ret_entity = (const Credit__V1__Entity *)message;
	return error;
}

enum credit_error credit__need_alive(struct credit__deciding *deciding, const char *field,
	const Credit__V1__Entity *entity, int32_t decision_date)
{
	char date[CREDIT_DAY_TEXT_SIZE];

	if (entity->successor_uscc[0] != '\0' && decision_date >= entity->succeeded_on)
		return credit__refuse(deciding, CREDIT_E_ENTITY_ENDED, field, NULL,
			"given up for %s on %s", entity->successor_uscc,
			credit_day_text((credit_day_t){entity->succeeded_on}, date));
	if (entity->deregistered_on != 0 && decision_date > entity->deregistered_on)
		return credit__refuse(deciding, CREDIT_E_ENTITY_ENDED, field, NULL,
			"deregistered on %s",
			credit_day_text((credit_day_t){entity->deregistered_on}, date));
	return CREDIT_OK;
}

enum credit_error credit__need_record(struct credit__deciding *deciding, const char *field,
	const char *uscc, const ProtobufCBinaryData *id, Credit__V1__Record **ret_record)
{
	char hex[2 * CREDIT_RECORD_ID_SIZE + 1];
	ProtobufCMessage *message;

	if (id->len != CREDIT_RECORD_ID_SIZE)
		return credit__refuse(deciding, CREDIT_E_FIELD_SIZE, field, NULL, "%d bytes",
			CREDIT_RECORD_ID_SIZE);

	struct credit__key key = credit__key_id(uscc, id->data);
	enum credit_error error =
		credit__fact(deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD, &key, &message);
	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_RECORD_UNKNOWN, field, NULL, "%s",
			credit_hex(id->data, id->len, hex));
	if (!error)
		*ret_record = (Credit__V1__Record *)message;
	return error;
}

/* --- rows under one code -------------------------------------------------------------------- */

/* Room for one row on the stack; a longer one spills for as long as it is looked at. */
#define ROW_SCRATCH 4096
#define ROW_LIMIT ((size_t)256 << 10)

struct walk {
	const struct credit_effects *effects;
	Credit__V1__EffectKind kind;
	credit__each_row_fn *each;
	void *context;
	enum credit_error error; /* a view need not hand it through */
};

static enum credit_error visit(struct walk *walk, struct credit_bytes value)
{
	uint8_t scratch[ROW_SCRATCH];
	struct credit_arena arena;
	ProtobufCMessage *message;

	credit_arena_init(&arena, scratch, sizeof scratch, ROW_LIMIT);
	walk->error = credit__row_decode(walk->kind, value, &arena, &message);
	if (!walk->error)
		walk->error = walk->each(walk->context, message, value);
	credit_arena_deinit(&arena);
	return walk->error;
}

static enum credit_error visit_row(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct walk *walk = context;

	if (pending(walk->effects, walk->kind, key))
		return CREDIT_OK; /* comes with the effects */
	return visit(walk, value);
}

enum credit_error credit__each_row(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const char *uscc, credit__each_row_fn *each, void *context)
{
	struct credit__key prefix = credit__key_uscc(uscc);

	return credit__each_row_at(deciding, kind, &prefix, each, context);
}

enum credit_error credit__each_row_at(struct credit__deciding *deciding,
	Credit__V1__EffectKind kind, const struct credit__key *at, credit__each_row_fn *each,
	void *context)
{
	const struct credit_state_view *state = deciding->in->state;
	const struct credit_effects *effects = &deciding->effects;
	struct walk walk = {.effects = effects, .kind = kind, .each = each, .context = context};
	struct credit_bytes prefix = credit__key_bytes(at);
	size_t count = effects->count; /* `each` may put more: they are of its own making */
	enum credit_error error =
		state->scan(state->context, (uint32_t)kind, prefix, &walk, visit_row);

	if (walk.error || error)
		return walk.error ? walk.error : error;
	for (size_t i = 0; i < count; i++) {
		const Credit__V1__Effect *effect = effects->items[i];
		struct credit_bytes key = {effect->key.data, effect->key.len};
		if (effect->kind != kind || effect->delete_ || key.size < prefix.size ||
			memcmp(key.data, prefix.data, prefix.size) != 0 ||
			pending(effects, kind, key) != effect)
			continue;
		error = visit(&walk, (struct credit_bytes){effect->value.data, effect->value.len});
		if (error)
			return error;
	}
	return CREDIT_OK;
}

struct gathering {
	struct credit__deciding *deciding;
	Credit__V1__EffectKind kind;
	credit__wanted_fn *wanted;
	const void *context;
	struct credit__rows *rows;
	size_t capacity;
};

static enum credit_error gather(
	void *context, const ProtobufCMessage *row, struct credit_bytes value)
{
	struct gathering *gathering = context;
	struct credit__rows *rows = gathering->rows;
	struct credit_arena *arena = gathering->deciding->in->arena;

	if (!gathering->wanted(gathering->context, row))
		return CREDIT_OK;
	if (rows->count == gathering->capacity) {
		size_t capacity = rows->count ? rows->count * 2 : 8;
		ProtobufCMessage **items =
			credit_arena_alloc(arena, capacity * sizeof(ProtobufCMessage *));
		if (!items)
			return CREDIT_E_NO_MEMORY;
		if (rows->count > 0)
			memcpy(items, rows->items, rows->count * sizeof(ProtobufCMessage *));
		rows->items = items;
		gathering->capacity = capacity;
	}
	return credit__row_decode(gathering->kind, value, arena, &rows->items[rows->count++]);
}

enum credit_error credit__gather_rows(struct credit__deciding *deciding,
	Credit__V1__EffectKind kind, const char *uscc, credit__wanted_fn *wanted,
	const void *context, struct credit__rows *ret_rows)
{
	struct credit__key prefix = credit__key_uscc(uscc);

	return credit__gather_rows_at(deciding, kind, &prefix, wanted, context, ret_rows);
}

enum credit_error credit__gather_rows_at(struct credit__deciding *deciding,
	Credit__V1__EffectKind kind, const struct credit__key *prefix, credit__wanted_fn *wanted,
	const void *context, struct credit__rows *ret_rows)
{
	struct credit__rows rows = {0};
	struct gathering gathering = {deciding, kind, wanted, context, &rows, 0};
	enum credit_error error = credit__each_row_at(deciding, kind, prefix, gather, &gathering);

	if (!error)
		*ret_rows = rows;
	return error;
}
