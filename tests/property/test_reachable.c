/* SPDX-License-Identifier: Apache-2.0
 *
 * test_reachable.c - every state that the procedures can come to, over the real rules.
 */
#include "tests/support/reach.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALPHABET_MAX 40
#define END SMALL_ACTS

/* A world to search: a list, acts before, acts to try. */
struct search {
	const char *name, *list;
	uint32_t maximum;
	enum small_act start[8], acts[ALPHABET_MAX];
	size_t states, edges; /* at least */
};
#define R_BASIC \
	DO_REPAIR, DO_R_FORM, DO_R_ACCEPT, DO_R_ASK, DO_R_SUPPLY, DO_R_DECLINE, DO_R_WITHDRAW, \
		DO_R_GRANT, DO_R_REFUSE, DO_R_REVOKE
#define O_BASIC \
	DO_OBJECT, DO_O_FORM, DO_O_ACCEPT, DO_O_WITHDRAW, DO_O_REJECT, DO_O_TAKE_DOWN, DO_O_CUT, \
		DO_O_REVIEW, DO_O_FINAL_REJECT, DO_O_FINAL_TAKE_DOWN

static const struct search searches[] = {
	{"notice and listing", "black.heard", 2, {END},
		{DO_SERVE, DO_HEAR, DO_ANSWER, DO_WAIVE, DO_DROP_NOTICE, DO_CONSENT, DO_LIST,
			DO_REMOVE, DO_REMOVE_REPAIRED, DO_SHORTEN, DO_LENGTHEN, DO_SUSPEND,
			DO_RESUME, END},
		100, 200},
	{"annulment", "black.plain", 2, {END},
		{DO_PENALISE, DO_LIST, DO_ANNUL, DO_KEEP, DO_REMOVE, DO_SUSPEND, DO_RESUME,
			DO_APPLY, DO_LIFT, END},
		100, 200},
	{"measures", "black.plain", 2, {DO_LIST, END},
		{DO_APPLY, DO_APPLY_FOR_DAYS, DO_FEEDBACK, DO_LIFT, DO_SUSPEND, DO_RESUME,
			DO_REMOVE, DO_SHORTEN, DO_LENGTHEN, DO_DEREGISTER, DO_ERASE, END},
		100, 200},
	{"repair", "black.plain", 2, {DO_LIST, END},
		{R_BASIC, DO_R_EXTEND_CHECK, DO_R_EXTEND, DO_APPLY, DO_LIFT, END}, 100, 200},
	{"reorganisation", "black.plain", 2, {DO_LIST, DO_APPLY, END},
		{DO_REORGANISE, DO_R_FORM, DO_R_RULING, DO_R_ACCEPT, DO_R_WITHDRAW, DO_R_GRANT,
			DO_R_REFUSE, DO_R_COMPLETE, DO_R_FAIL, DO_R_EXTEND, DO_R_REVOKE, DO_SUSPEND,
			DO_RESUME, DO_LIFT, END},
		100, 200},
	{"objection", "black.plain", 2, {DO_LIST, END},
		{O_BASIC, DO_O_ASK, DO_O_SUPPLY, DO_O_DECLINE, DO_O_EXTEND_CHECK, DO_O_EXTEND,
			DO_APPLY, DO_LIFT, END},
		100, 200},
	{"published until cured", "black.cured", 0, {DO_LIST, END}, {R_BASIC, O_BASIC, END}, 100,
		200},
	{"repair and objection", "black.plain", 2, {DO_PENALISE, DO_LIST, DO_APPLY, END},
		{R_BASIC, O_BASIC, DO_OBJECT_LATE, DO_ANNUL, DO_KEEP, DO_LIFT, DO_ERASE, END}, 100,
		200},
};
#define SEARCHES (sizeof searches / sizeof searches[0])

static uint32_t bound(void)
{
	const char *text = getenv("CREDIT_REACH_STATES");

	return text ? (uint32_t)strtoul(text, NULL, 10) : 4000;
}

static void begin(struct reach *reach, const struct search *search, bool *alphabet, uint32_t most)
{
	memset(alphabet, 0, SMALL_ACTS * sizeof *alphabet);
	for (const enum small_act *act = search->acts; *act != END; act++)
		alphabet[*act] = true;
	reach_init(reach, search->list, search->maximum, alphabet, most, search->start);
}

static void expect_sound(const struct search *search, const struct reach *reach)
{
	static const char *const rules[] = {"a way out", "measures", "once", "public", "consistent"};

	for (size_t i = 0; i < REACH_RULES; i++)
		cr_expect_eq(reach->broken[i], 0, "%s: %s: %zu times: %s", search->name, rules[i],
			reach->broken[i], reach->first[i]);
}

Test(property_reachable, every_state_that_can_be_come_to_is_sound, .timeout = 36000)
{
	for (size_t i = 0; i < SEARCHES; i++) {
		bool alphabet[SMALL_ACTS];
		struct reach reach;
		begin(&reach, &searches[i], alphabet, bound());
		reach_run(&reach, NULL);
		printf("%s: %zu states, %zu gone on from, %zu edges, %zu published%s\n",
			searches[i].name, reach.count, reach.gone_on, reach.edge_count,
			reach.published, reach_is_complete(&reach) ? ", all" : "");
		expect_sound(&searches[i], &reach);
		cr_expect_geq(reach.count, searches[i].states);
		cr_expect_geq(reach.edge_count, searches[i].edges);
		for (const enum small_act *act = searches[i].acts; *act != END; act++)
			cr_expect_gt(reach.accepted[*act], 0, "%s: %s was never accepted",
				searches[i].name, small_act_name(*act));
		reach_deinit(&reach);
	}
}
