/* SPDX-License-Identifier: Apache-2.0
 *
 * decode.c - protobuf bytes into structs in an arena, and back.
 *
 * The bytes have been walked (wire.c) before protobuf-c unpacks them; the arena's limit bounds what
 * it may take. Whether bytes are canonical is found by packing the struct again and comparing as
 * the packed bytes come, without a second buffer.
 */
#include "model/parts.h"

#include <string.h>

/* --- memory -------------------------------------------------------------------------------- */

static void *arena_alloc(void *arena, size_t size)
{
	return credit_arena_alloc(arena, size);
}

/* What lies in an arena is freed with it. */
static void arena_free(void *arena, void *pointer)
{
	(void)arena;
	(void)pointer;
}

ProtobufCAllocator credit_arena_allocator(struct credit_arena *arena)
{
	return (ProtobufCAllocator){
		.alloc = arena_alloc, .free = arena_free, .allocator_data = arena};
}

/* --- decoding ------------------------------------------------------------------------------ */

enum credit_error credit_unpack(const ProtobufCMessageDescriptor *type, struct credit_bytes bytes,
	struct credit_arena *arena, ProtobufCMessage **ret_message)
{
	ProtobufCAllocator allocator = credit_arena_allocator(arena);
	ProtobufCMessage *message;

	arena->refused = false;
	message = protobuf_c_message_unpack(type, &allocator, bytes.size, bytes.data);
	/* An allocation that failed can leave a message that looks whole. */
	if (arena->refused)
		return CREDIT_E_NO_MEMORY;
	if (!message)
		return CREDIT_E_MALFORMED;
	*ret_message = message;
	return CREDIT_OK;
}

static enum credit_error unpack(const ProtobufCMessageDescriptor *type, struct credit_bytes bytes,
	struct credit_arena *arena, ProtobufCMessage **ret_message, struct credit_problem *problem)
{
	enum credit_error error = credit_unpack(type, bytes, arena, ret_message);

	if (error == CREDIT_E_NO_MEMORY)
		return credit_problem_set(
			problem, error, NULL, NULL, "at most %zu bytes in memory", arena->limit);
	return error ? credit_problem_set(problem, error, NULL, NULL, NULL) : CREDIT_OK;
}

enum credit_error credit_decode(const ProtobufCMessageDescriptor *type, struct credit_bytes bytes,
	struct credit_arena *arena, ProtobufCMessage **ret_message, struct credit_problem *problem)
{
	enum credit_error error = credit__wire_check(type, bytes, false, problem);

	return error != CREDIT_OK ? error : unpack(type, bytes, arena, ret_message, problem);
}

/* --- canonical? ---------------------------------------------------------------------------- */

struct comparison {
	ProtobufCBuffer base; /* first: protobuf-c hands back a pointer to it */
	struct credit_bytes rest;
	bool differs;
};

static void compare(ProtobufCBuffer *buffer, size_t size, const uint8_t *data)
{
	struct comparison *with = (struct comparison *)(void *)buffer;

	if (with->differs || size == 0)
		return;
	if (size > with->rest.size || memcmp(with->rest.data, data, size) != 0) {
		with->differs = true;
		return;
	}
	with->rest.data += size;
	with->rest.size -= size;
}

/* docs/spec/filing.md: "Packing the decoded message again gives the same bytes." */
static bool packs_to(const ProtobufCMessage *message, struct credit_bytes bytes)
{
	struct comparison with = {.base = {.append = compare}, .rest = bytes};

	protobuf_c_message_pack_to_buffer(message, &with.base);
	return !with.differs && with.rest.size == 0;
}

enum credit_error credit_decode_canonical(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, struct credit_arena *arena, ProtobufCMessage **ret_message,
	struct credit_problem *problem)
{
	ProtobufCMessage *message;
	enum credit_error error = credit__wire_check(type, bytes, true, problem);

	if (error == CREDIT_OK)
		error = unpack(type, bytes, arena, &message, problem);
	if (error != CREDIT_OK)
		return error;
	if (!packs_to(message, bytes))
		return credit_problem_set(problem, CREDIT_E_NOT_CANONICAL, NULL, NULL,
			"a default value written out, or a number longer than needed");
	*ret_message = message;
	return CREDIT_OK;
}

/* --- encoding ------------------------------------------------------------------------------ */

enum credit_error credit_encode(
	const ProtobufCMessage *message, struct credit_arena *arena, struct credit_bytes *ret_bytes)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	uint8_t *data = credit_arena_alloc(arena, size);

	if (!data)
		return CREDIT_E_NO_MEMORY;
	protobuf_c_message_pack(message, data);
	*ret_bytes = (struct credit_bytes){data, size};
	return CREDIT_OK;
}
