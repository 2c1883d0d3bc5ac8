/* SPDX-License-Identifier: Apache-2.0
 *
 * reach.h - every state that a small world can come to, breadth first, over the real rules.
 *
 * From each state each act of an alphabet is filed, and time goes on to the next day on which it does
 * something; what comes of it is a state, known already or new. States that go on alike are one
 * (small_world_digest), of which the first that was found is gone on from: a state that is reported is real,
 * with the road to it. The search ends when there is nothing new, or at a bound.
 */
#ifndef TESTS_SUPPORT_REACH_H
#define TESTS_SUPPORT_REACH_H

#include "tests/support/small_world.h"

#define REACH_NONE UINT32_MAX
#define REACH_TIME SMALL_ACTS /* how a state was come to: by time, not by an act */

/* What is asked of every state. */
enum reach_rule {
	REACH_WAY_OUT, /* a published adverse listing has a way out, and time alone is one if it has a maximum */
	REACH_MEASURES, /* none is in force without its listing; its lift is a task, in the open when late */
	REACH_ONCE,   /* what was done is not done again */
	REACH_PUBLIC, /* nothing is public after its last day or after the rule book's maximum */
	REACH_CONSISTENT, /* marks and tasks are those of the procedures that are open */
	REACH_RULES
};

struct reach_node {
	uint8_t digest[CREDIT_HASH_SIZE];
	struct credit_bytes saved; /* the state, until it has been gone on from; owned */
	credit_ms_t now;
	uint32_t parent, through;    /* an act, or REACH_TIME */
	uint32_t after_time;         /* the state that time alone leads to; REACH_NONE */
	int32_t done_on[SMALL_ACTS]; /* the day on which an act was last done; 0: never */
	bool published, bounded;     /* an adverse listing stands; it has a last day */
	bool repaired_anew;          /* another application for repair takes it off */
	bool gone_on;                /* its successors are known */
	bool escapes;                /* a way out was found */
};

struct reach_edge {
	uint32_t from, to;
};

struct reach {
	struct small_world world;
	const bool *alphabet; /* of SMALL_ACTS */
	uint32_t bound;       /* states gone on from, at most */
	uint32_t maximum;     /* months of the list's publication; 0: none */

	struct reach_node *nodes;
	size_t count, capacity;
	struct reach_edge *edges;
	size_t edge_count, edge_capacity;
	uint32_t *table; /* of nodes by digest */
	size_t table_size;
	size_t gone_on, published;
	size_t broken[REACH_RULES];
	size_t accepted[SMALL_ACTS];
	char first[REACH_RULES]
		  [1024]; /* the road to the first state that breaks it, and what is wrong */
};

/* Of a list of the book; `start` are acts that are filed before the search, ended by SMALL_ACTS. `alter`
 * spoils what the rules decide during the search; NULL: nothing does. */
void reach_init(struct reach *reach, const char *list, uint32_t maximum, const bool *alphabet,
	uint32_t bound, const enum small_act *start);
void reach_run(struct reach *reach, void (*alter)(struct credit_effects *effects));
bool reach_is_complete(const struct reach *reach);
void reach_deinit(struct reach *reach);

/* For the rules (reach_rules.c). */
void reach_break(struct reach *reach, enum reach_rule rule, uint32_t node, const char *what)
	__attribute__((nonnull));
/* Asks the world, which is at the node's state. */
void reach_check_state(struct reach *reach, uint32_t node);
/* Asks the graph, when the search is over. */
void reach_check_ways_out(struct reach *reach);
void reach_load(struct reach *reach, uint32_t node);

#endif
