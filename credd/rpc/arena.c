/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.c - protobuf-c decodes into a call's capped arena.
 *
 * A message can decode to forty times its size; the arena's limit, the method's arena_limit, is what
 * bounds it. Nothing is freed one by one: the arena goes when the call does.
 */
#include "rpc/core.h"

static void *allocate(void *arena, size_t size)
{
	return credit_arena_alloc(arena, size);
}

static void keep(void *arena, void *memory)
{
	(void)arena;
	(void)memory;
}

ProtobufCAllocator credd__arena_allocator(struct credit_arena *arena)
{
	return (ProtobufCAllocator){allocate, keep, arena};
}
