/* SPDX-License-Identifier: Apache-2.0
 *
 * reach.c - see reach.h.
 */
#include "tests/support/reach.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_START 4096

static void *grow(void *memory, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return memory;
	*capacity = *capacity ? *capacity * 2 : 1024;
	memory = realloc(memory, *capacity * size);
	if (!memory)
		err(1, "realloc");
	return memory;
}

/* --- states that are known --------------------------------------------------------------------- */

static size_t place(const struct reach *reach, const uint8_t digest[CREDIT_HASH_SIZE])
{
	size_t at = credit_read_u32(digest) & (reach->table_size - 1);

	while (reach->table[at] != REACH_NONE &&
		memcmp(reach->nodes[reach->table[at]].digest, digest, CREDIT_HASH_SIZE) != 0)
		at = (at + 1) & (reach->table_size - 1);
	return at;
}

static void make_table(struct reach *reach, size_t size)
{
	free(reach->table);
	reach->table_size = size;
	reach->table = malloc(size * sizeof *reach->table);
	if (!reach->table)
		err(1, "malloc");
	memset(reach->table, 0xff, size * sizeof *reach->table);
	for (size_t i = 0; i < reach->count; i++)
		reach->table[place(reach, reach->nodes[i].digest)] = (uint32_t)i;
}

/* The state that the world is at: its number, and whether it was new. */
static uint32_t intern(struct reach *reach, uint32_t parent, uint32_t through, bool *ret_new)
{
	struct credit_hash digest;
	struct reach_node *node;
	size_t at;

	small_world_digest(&reach->world, &digest);
	if (reach->count * 2 >= reach->table_size)
		make_table(reach, reach->table_size * 2);
	at = place(reach, digest.byte);
	*ret_new = reach->table[at] == REACH_NONE;
	if (!*ret_new)
		return reach->table[at];
	reach->nodes = grow(reach->nodes, reach->count, &reach->capacity, sizeof *reach->nodes);
	node = &reach->nodes[reach->count];
	*node = (struct reach_node){.parent = parent, .through = through, .after_time = REACH_NONE};
	memcpy(node->digest, digest.byte, sizeof node->digest);
	node->saved = toy_state_save(&reach->world.toy.state, small_world_moves);
	node->now = reach->world.toy.now;
	if (parent != REACH_NONE)
		memcpy(node->done_on, reach->nodes[parent].done_on, sizeof node->done_on);
	if (through < SMALL_ACTS)
		node->done_on[through] = small_world_today(&reach->world).days;
	reach->table[at] = (uint32_t)reach->count;
	return (uint32_t)reach->count++;
}

void reach_load(struct reach *reach, uint32_t node)
{
	const struct reach_node *at = &reach->nodes[node];

	toy_state_load(&reach->world.toy.state, small_world_moves, at->saved);
	small_world_set(&reach->world, credit_day_of(at->now));
}

/* --- what is wrong --------------------------------------------------------------------------------- */

/* The names of the acts that lead to a state, from the first one on. */
static void write_road(const struct reach *reach, uint32_t node, char *to, size_t size)
{
	uint32_t road[256];
	size_t steps = 0, length = 0;

	for (; node != REACH_NONE && steps < sizeof road / sizeof road[0];
		node = reach->nodes[node].parent)
		road[steps++] = node;
	for (size_t i = steps; i-- > 0 && length < size;) {
		const struct reach_node *at = &reach->nodes[road[i]];
		if (at->parent == REACH_NONE)
			continue;
		length += (size_t)snprintf(to + length, size - length, "%s ",
			at->through == REACH_TIME ? "+time"
						  : small_act_name((enum small_act)at->through));
	}
}

void reach_break(struct reach *reach, enum reach_rule rule, uint32_t node, const char *what)
{
	char road[896] = "";

	if (reach->broken[rule]++ > 0)
		return;
	write_road(reach, node, road, sizeof road);
	snprintf(reach->first[rule], sizeof reach->first[rule], "%s: %s", what, road);
}

/* --- going on ----------------------------------------------------------------------------------------- */

static void note_edge(struct reach *reach, uint32_t from, uint32_t to)
{
	reach->edges =
		grow(reach->edges, reach->edge_count, &reach->edge_capacity, sizeof *reach->edges);
	reach->edges[reach->edge_count++] = (struct reach_edge){from, to};
}

static uint32_t arrive(struct reach *reach, uint32_t from, uint32_t through)
{
	bool is_new;
	uint32_t to = intern(reach, from, through, &is_new);

	note_edge(reach, from, to);
	if (is_new)
		reach_check_state(reach, to);
	return to;
}

/* What only says something once more and moves nothing: the rules take it twice, and the registry
 * refuses the same commitment (registry/decide.c). */
static bool only_adds(enum small_act act)
{
	return act == DO_FEEDBACK || act == DO_HEAR || act == DO_ANSWER || act == DO_CONSENT;
}

/* The same bytes again, at once: refused, or nothing has moved. */
static void file_twice(
	struct reach *reach, uint32_t node, enum small_act act, union small_message *message)
{
	struct credit_hash before, after;

	small_world_digest(&reach->world, &before);
	if (small_act_file_again(&reach->world, act, message))
		return;
	small_world_digest(&reach->world, &after);
	if (!only_adds(act) || !credit_hash_equal(&before, &after))
		reach_break(reach, REACH_ONCE, node, small_act_name(act));
}

static void file(struct reach *reach, uint32_t node, enum small_act act)
{
	union small_message message;

	small_act_fill(&reach->world, act, &message);
	if (small_act_file_again(&reach->world, act, &message))
		return;
	reach->accepted[act]++;
	arrive(reach, node, act);
	file_twice(reach, node, act, &message);
	reach_load(reach, node);
}

static void pass_time(struct reach *reach, uint32_t node)
{
	credit_day_t day;

	if (!small_world_next_day(&reach->world, &day))
		return;
	small_world_set(&reach->world, day);
	if (!small_world_fire(&reach->world))
		reach_break(reach, REACH_ONCE, node, "time was refused, or taken twice");
	uint32_t to = arrive(reach, node, REACH_TIME);
	reach->nodes[node].after_time = to;
}

static void go_on(struct reach *reach, uint32_t node)
{
	reach_load(reach, node);
	for (int act = 0; act < SMALL_ACTS; act++) {
		if (reach->alphabet[act])
			file(reach, node, (enum small_act)act);
	}
	pass_time(reach, node);
	struct reach_node *at = &reach->nodes[node];
	at->gone_on = true;
	free((void *)(uintptr_t)at->saved.data);
	at->saved = (struct credit_bytes){NULL, 0};
}

void reach_init(struct reach *reach, const char *list, uint32_t maximum, const bool *alphabet,
	uint32_t bound, const enum small_act *start)
{
	memset(reach, 0, sizeof *reach);
	reach->alphabet = alphabet;
	reach->bound = bound;
	reach->maximum = maximum;
	make_table(reach, TABLE_START);
	small_world_init(&reach->world, list);
	for (; *start != SMALL_ACTS; start++) {
		if (small_act_file(&reach->world, *start))
			errx(1, "the search does not begin: %s", small_act_name(*start));
	}
}

void reach_run(struct reach *reach, void (*alter)(struct credit_effects *effects))
{
	bool is_new;

	reach->world.toy.alter = alter;
	reach_check_state(reach, intern(reach, REACH_NONE, REACH_TIME, &is_new));
	for (; reach->gone_on < reach->count && reach->gone_on < reach->bound; reach->gone_on++)
		go_on(reach, (uint32_t)reach->gone_on);
	reach_check_ways_out(reach);
}

bool reach_is_complete(const struct reach *reach)
{
	return reach->gone_on == reach->count;
}

void reach_deinit(struct reach *reach)
{
	for (size_t i = 0; i < reach->count; i++)
		free((void *)(uintptr_t)reach->nodes[i].saved.data);
	free(reach->nodes);
	free(reach->edges);
	free(reach->table);
	small_world_deinit(&reach->world);
}
