/* SPDX-License-Identifier: Apache-2.0
 *
 * state.c - the state store's keyspaces, and how decisions see them.
 */
#include "registry/internal.h"

#include <string.h>

const char *const credit__state_names[STATE_KEYSPACES] = {
	[STATE_FOUNDING] = "founding",
	[STATE_AUTHORITY] = "authority",
	[STATE_KEY] = "key",
	[STATE_GRANT] = "grant",
	[STATE_RULE_BOOK] = "rule_book",
	[STATE_ENTITY] = "entity",
	[STATE_RECORD] = "record",
	[STATE_STATUS] = "status",
	[STATE_TIMER] = "timer",
	[STATE_NOTICE] = "notice",
	[STATE_CONSENT] = "consent",
	[STATE_MEASURE] = "measure",
	[STATE_CASE] = "case",
	[STATE_TASK] = "task",
	[STATE_SUBSCRIPTION] = "subscription",
	[STATE_DELIVERY] = "delivery",
	[STATE_ALIAS] = "alias",
	[STATE_DECISION] = "decision",
	[STATE_ENTITY_KEY] = "entity_key",
	[STATE_TALLY] = "tally",
	[STATE_ACCESS] = "access",
	[STATE_SUBSCRIBED] = "subscribed",
	[STATE_OPEN_TASK] = "open_task",
	[STATE_COMMITMENT] = "commitment",
	[STATE_FILING] = "filing",
	[STATE_REQUEST] = "request",
	[STATE_META] = "mark",
	[STATE_MAP_LEAF] = "map_leaf",
	[STATE_MAP_TILE] = "map_tile",
	[STATE_CHANGED] = "changed",
	[STATE_ERASURE] = "erasure",
	[STATE_LOAD] = "load",
};

const uint8_t credit__state_clustered[STATE_KEYSPACES] = {
	[STATE_ENTITY] = 1,
	[STATE_STATUS] = 2,
	[STATE_RECORD] = 3,
	[STATE_DECISION] = 4,
};

struct credit_store_options credit__state_options(const char *path)
{
	return (struct credit_store_options){
		.path = path,
		.keyspaces = credit__state_names,
		.keyspace_count = STATE_KEYSPACES,
		.clustered = credit__state_clustered,
		.cluster_key = CREDIT_USCC_SIZE,
		.format = STATE_FORMAT,
		.format_oldest = FORMAT_OLDEST,
		.purpose = "credit state",
	};
}

int credit__effect_keyspace(uint32_t effect_kind)
{
	if (effect_kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ERASURE)
		return STATE_ERASURE;
	if (effect_kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_LOAD)
		return STATE_LOAD;
	/* The other keyspaces of effects stand first and in their order, so that a new effect is one row.
	 */
	if (effect_kind < CREDIT__V1__EFFECT_KIND__EFFECT_KIND_FOUNDING ||
		effect_kind > CREDIT__V1__EFFECT_KIND__EFFECT_KIND_OPEN_TASK)
		return -1;
	return (int)(effect_kind - CREDIT__V1__EFFECT_KIND__EFFECT_KIND_FOUNDING + STATE_FOUNDING);
}

uint32_t credit__keyspace_effect(unsigned keyspace)
{
	if (keyspace == STATE_ERASURE)
		return CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ERASURE;
	if (keyspace == STATE_LOAD)
		return CREDIT__V1__EFFECT_KIND__EFFECT_KIND_LOAD;
	if (keyspace > STATE_OPEN_TASK)
		return 0;
	return (uint32_t)(keyspace - STATE_FOUNDING +
			  CREDIT__V1__EFFECT_KIND__EFFECT_KIND_FOUNDING);
}

enum credit_error credit__eyes_get(const struct credit__eyes *eyes, unsigned keyspace,
	struct credit_bytes key, struct credit_bytes *ret_value)
{
	return eyes->write ? credit_write_get(eyes->write, keyspace, key, ret_value)
			   : credit_read_get(eyes->reader, keyspace, key, ret_value);
}

enum credit_error credit__eyes_scan(const struct credit__eyes *eyes, unsigned keyspace,
	struct credit_bytes prefix, struct credit_bytes from, void *context,
	enum credit_error (*each)(
		void *context, struct credit_bytes key, struct credit_bytes value))
{
	struct credit_cursor *cursor;
	struct credit_bytes key, value;
	enum credit_error error = credit_cursor_open(
		eyes->write ? NULL : eyes->reader, eyes->write, keyspace, &cursor);

	if (error)
		return error;
	credit_cursor_within(cursor, prefix);
	for (error = credit_cursor_seek(cursor, from, &key, &value);
		!error && key.size >= prefix.size &&
		(prefix.size == 0 || memcmp(key.data, prefix.data, prefix.size) == 0);
		error = credit_cursor_next(cursor, &key, &value)) {
		error = each(context, key, value);
		if (error)
			goto done;
	}
	if (error == CREDIT_E_NOT_FOUND)
		error = CREDIT_OK;
done:
	credit_cursor_close(cursor);
	return error;
}

static enum credit_error view_get(void *context, uint32_t effect_kind, struct credit_bytes key,
	struct credit_bytes *ret_value)
{
	int keyspace = credit__effect_keyspace(effect_kind);

	if (keyspace < 0)
		return CREDIT_E_INTERNAL;
	return credit__eyes_get(context, (unsigned)keyspace, key, ret_value);
}

static enum credit_error view_scan(void *context, uint32_t effect_kind, struct credit_bytes prefix,
	void *each_context,
	enum credit_error (*each)(
		void *each_context, struct credit_bytes key, struct credit_bytes value))
{
	int keyspace = credit__effect_keyspace(effect_kind);

	if (keyspace < 0)
		return CREDIT_E_INTERNAL;
	return credit__eyes_scan(context, (unsigned)keyspace, prefix, prefix, each_context, each);
}

struct credit_state_view credit__state_view(struct credit__eyes *eyes)
{
	return (struct credit_state_view){.context = eyes, .get = view_get, .scan = view_scan};
}

struct credit_bytes credit__code_bytes(const struct credit_uscc *uscc)
{
	return (struct credit_bytes){(const uint8_t *)uscc->character, CREDIT_USCC_SIZE};
}

struct credit_bytes credit__hash_bytes(const struct credit_hash *hash)
{
	return (struct credit_bytes){hash->byte, sizeof hash->byte};
}

ProtobufCBinaryData credit__binary(struct credit_bytes bytes)
{
	/* protobuf-c has no const; packing only reads. */
	union {
		const uint8_t *in;
		uint8_t *out;
	} data = {.in = bytes.data};

	return (ProtobufCBinaryData){.len = bytes.size, .data = data.out};
}
