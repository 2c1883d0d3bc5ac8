/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.c - bump allocation with a cap, freed all at once.
 *
 * The first block is the caller's memory, often on the stack; when it is full, blocks from the heap
 * follow, each twice the last one's size. The limit counts what was handed out, rounded up to
 * ALIGNMENT, and not the room left unused at a block's end (at most as much again).
 */
#include <credit/base.h>

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16
#define SPILL_MIN 4096

struct spill {
	struct spill *next;
	alignas(ALIGNMENT) uint8_t memory[];
};

void credit_arena_init(struct credit_arena *arena, void *memory, size_t size, size_t limit)
{
	/* Bytes before the first aligned address are of no use. */
	size_t skip = (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) % ALIGNMENT;
	bool usable = memory && size > skip;

	*arena = (struct credit_arena){.limit = limit};
	if (usable) {
		arena->first = (uint8_t *)memory + skip;
		arena->first_capacity = size - skip;
	}
	arena->block = arena->first;
	arena->capacity = arena->first_capacity;
}

static bool spill(struct credit_arena *arena, size_t need)
{
	size_t size = arena->capacity > SPILL_MIN / 2 ? arena->capacity : SPILL_MIN / 2;

	size = size > SIZE_MAX / 4 ? need : size * 2;
	if (size > arena->limit)
		size = arena->limit; /* more can never be handed out */
	if (size < need)
		size = need;
	if (size > SIZE_MAX - sizeof(struct spill))
		return false;

	struct spill *block = malloc(sizeof *block + size);
	if (!block)
		return false;
	block->next = arena->spill;
	arena->spill = block;
	arena->block = block->memory;
	arena->capacity = size;
	arena->used = 0;
	return true;
}

static bool has_room(struct credit_arena *arena, size_t rounded)
{
	return rounded <= arena->limit - arena->total &&
	       (rounded <= arena->capacity - arena->used || spill(arena, rounded));
}

void *credit_arena_alloc(struct credit_arena *arena, size_t size)
{
	static alignas(ALIGNMENT) uint8_t nothing[ALIGNMENT];
	size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

	if (size == 0)
		return nothing;
	if (size > arena->limit || size > SIZE_MAX - ALIGNMENT || !has_room(arena, rounded)) {
		arena->refused = true;
		return NULL;
	}

	void *memory = arena->block + arena->used;
	arena->used += rounded;
	arena->total += rounded;
	return memory;
}

void *credit_arena_copy(struct credit_arena *arena, const void *data, size_t size)
{
	void *copy = credit_arena_alloc(arena, size);

	if (copy && size > 0)
		memcpy(copy, data, size);
	return copy;
}

void credit_arena_reset(struct credit_arena *arena)
{
	for (struct spill *block = arena->spill, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	arena->spill = NULL;
	arena->block = arena->first;
	arena->capacity = arena->first_capacity;
	arena->used = 0;
	arena->total = 0;
	arena->refused = false;
}

void credit_arena_deinit(struct credit_arena *arena)
{
	credit_arena_reset(arena);
	*arena = (struct credit_arena){0};
}
