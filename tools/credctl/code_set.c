/* SPDX-License-Identifier: Apache-2.0
 *
 * code_set.c - open addressing, at most half full.
 *
 * The hash is seeded at random for each set: the codes come from a file that somebody else made.
 */
#include "code_set.h"

#include <credit/crypto.h>

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 4096

struct code_set {
	size_t capacity, count; /* capacity is a power of two */
	uint64_t seed;
	struct credit_uscc *slots; /* an empty slot begins with NUL */
};

struct code_set *code_set_new(void)
{
	struct code_set *set = malloc(sizeof *set);
	struct credit_uscc *slots = calloc(FIRST_CAPACITY, sizeof *slots);

	if (!set || !slots) {
		free(set);
		free(slots);
		return NULL;
	}
	*set = (struct code_set){.capacity = FIRST_CAPACITY, .slots = slots};
	credit_random(&set->seed, sizeof set->seed);
	return set;
}

void code_set_free(struct code_set *set)
{
	if (set)
		free(set->slots);
	free(set);
}

/* The slot that holds the code, or the empty one where it belongs. */
static size_t find(const struct code_set *set, const struct credit_uscc *uscc)
{
	uint64_t hash = set->seed;
	size_t at;

	for (size_t i = 0; i < CREDIT_USCC_SIZE; i++) {
		hash ^= (uint8_t)uscc->character[i];
		hash *= UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	at = (size_t)hash & (set->capacity - 1);
	while (set->slots[at].character[0] != '\0' &&
		memcmp(&set->slots[at], uscc, sizeof *uscc) != 0)
		at = (at + 1) & (set->capacity - 1);
	return at;
}

bool code_set_has(const struct code_set *set, const struct credit_uscc *uscc)
{
	return set->slots[find(set, uscc)].character[0] != '\0';
}

static enum credit_error grow(struct code_set *set)
{
	struct code_set wider = *set;

	wider.capacity = 2 * set->capacity;
	wider.slots = calloc(wider.capacity, sizeof *wider.slots);
	if (!wider.slots)
		return CREDIT_E_NO_MEMORY;
	for (size_t i = 0; i < set->capacity; i++) {
		if (set->slots[i].character[0] != '\0')
			wider.slots[find(&wider, &set->slots[i])] = set->slots[i];
	}
	free(set->slots);
	*set = wider;
	return CREDIT_OK;
}

enum credit_error code_set_add(struct code_set *set, const struct credit_uscc *uscc)
{
	size_t at;

	if (2 * (set->count + 1) > set->capacity) {
		enum credit_error error = grow(set);
		if (error != CREDIT_OK)
			return error;
	}
	at = find(set, uscc);
	if (set->slots[at].character[0] == '\0')
		set->count++;
	set->slots[at] = *uscc;
	return CREDIT_OK;
}
