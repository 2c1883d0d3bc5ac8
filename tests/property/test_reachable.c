/* SPDX-License-Identifier: Apache-2.0
 *
 * test_reachable.c - every state that the procedures can come to, over the real rules.
 *
 * Each search is a small world with the acts of one or two procedures and time; the invariants are those of
 * tests/support/reach.h. By default a search stops after some thousand states; with CREDIT_REACH_STATES, as
 * check-long has it, each goes to its end, the last after two million states.
 */
#include "tests/support/reach.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALPHABET_MAX 40
#define END SMALL_ACTS
#define DEFAULT_BOUND 4000

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
		180, 600},
	{"annulment", "black.plain", 2, {END},
		{DO_PENALISE, DO_LIST, DO_ANNUL, DO_KEEP, DO_REMOVE, DO_SUSPEND, DO_RESUME,
			DO_APPLY, DO_LIFT, END},
		1410, 4400},
	{"measures", "black.plain", 2, {DO_LIST, END},
		{DO_APPLY, DO_APPLY_FOR_DAYS, DO_FEEDBACK, DO_LIFT, DO_SUSPEND, DO_RESUME,
			DO_REMOVE, DO_SHORTEN, DO_LENGTHEN, DO_DEREGISTER, DO_ERASE, END},
		2990, 13400},
	{"repair", "black.plain", 2, {DO_LIST, END},
		{R_BASIC, DO_R_EXTEND_CHECK, DO_R_EXTEND, DO_APPLY, DO_LIFT, END}, 4270, 12300},
	{"reorganisation", "black.plain", 2, {DO_LIST, DO_APPLY, END},
		{DO_REORGANISE, DO_R_FORM, DO_R_RULING, DO_R_ACCEPT, DO_R_WITHDRAW, DO_R_GRANT,
			DO_R_REFUSE, DO_R_COMPLETE, DO_R_FAIL, DO_R_EXTEND, DO_R_REVOKE, DO_SUSPEND,
			DO_RESUME, DO_LIFT, END},
		5700, 14200},
	{"objection", "black.plain", 2, {DO_LIST, END},
		{O_BASIC, DO_O_ASK, DO_O_SUPPLY, DO_O_DECLINE, DO_O_EXTEND_CHECK, DO_O_EXTEND,
			DO_APPLY, DO_LIFT, END},
		5700, 14200},
	{"published until cured", "black.cured", 0, {DO_LIST, END}, {R_BASIC, O_BASIC, END}, 3890,
		15200},
	{"repair and objection", "black.plain", 2, {DO_PENALISE, DO_LIST, DO_APPLY, END},
		{R_BASIC, O_BASIC, DO_OBJECT_LATE, DO_ANNUL, DO_KEEP, DO_LIFT, DO_ERASE, END}, 8070,
		17100},
};
#define SEARCHES (sizeof searches / sizeof searches[0])

/* States gone on from: by default the small searches end by themselves and the large ones here. */
static uint32_t bound(void)
{
	const char *text = getenv("CREDIT_REACH_STATES");

	return text ? (uint32_t)strtoul(text, NULL, 10) : DEFAULT_BOUND;
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
	static const char *const rules[] = {
		"a way out", "measures", "once", "public", "consistent"};

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
		cr_expect(reach_is_complete(&reach) || reach.gone_on == DEFAULT_BOUND,
			"%s does not end", searches[i].name);
		cr_expect_geq(reach.count, searches[i].states);
		cr_expect_geq(reach.edge_count, searches[i].edges);
		for (const enum small_act *act = searches[i].acts; *act != END; act++)
			cr_expect_gt(reach.accepted[*act], 0, "%s: %s was never accepted",
				searches[i].name, small_act_name(*act));
		reach_deinit(&reach);
	}
}

/* --- the search can fail ------------------------------------------------------------------------------ */

typedef bool dropped_fn(const Credit__V1__Effect *effect);

static void drop(struct credit_effects *effects, dropped_fn *is_dropped)
{
	size_t kept = 0;

	for (size_t i = 0; i < effects->count; i++) {
		if (!is_dropped(effects->items[i]))
			effects->items[kept++] = effects->items[i];
	}
	effects->count = kept;
}

/* Its row's field `name`, an enum; 0 when the effect is of another kind. */
static int field_of(const Credit__V1__Effect *effect, Credit__V1__EffectKind kind,
	const ProtobufCMessageDescriptor *type, const char *name)
{
	ProtobufCMessage *row;
	int value = 0;

	if (effect->kind != kind || effect->delete_)
		return 0;
	row = protobuf_c_message_unpack(type, NULL, effect->value.len, effect->value.data);
	cr_assert(row);
	memcpy(&value,
		(const uint8_t *)row +
			protobuf_c_message_descriptor_get_field_by_name(type, name)->offset,
		sizeof value);
	protobuf_c_message_free_unpacked(row, NULL);
	return value;
}

#define KIND(name) CREDIT__V1__EFFECT_KIND__EFFECT_KIND_##name
#define RECORD_STATE(effect) \
	field_of(effect, KIND(RECORD), &credit__v1__record__descriptor, "state")
#define MEASURE_STATE(effect) \
	field_of(effect, KIND(MEASURE), &credit__v1__measure__descriptor, "state")
#define TASK_FIELD(effect, name) field_of(effect, KIND(TASK), &credit__v1__task__descriptor, name)

static bool is_end_timer(const Credit__V1__Effect *effect)
{
	return effect->kind == KIND(TIMER) && effect->key.data[8] == CREDIT_TIMER_PUBLICATION_END;
}

static bool is_removed(const Credit__V1__Effect *effect)
{
	return RECORD_STATE(effect) == CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED;
}

static bool is_lift_due(const Credit__V1__Effect *effect)
{
	return MEASURE_STATE(effect) == CREDIT__V1__MEASURE_STATE__MEASURE_STATE_LIFT_DUE;
}

static bool is_lift_task(const Credit__V1__Effect *effect)
{
	return TASK_FIELD(effect, "kind") == CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE;
}

static bool is_overdue(const Credit__V1__Effect *effect)
{
	return TASK_FIELD(effect, "state") == CREDIT__V1__TASK_STATE__TASK_STATE_OVERDUE;
}

static bool is_lifted(const Credit__V1__Effect *effect)
{
	return MEASURE_STATE(effect) == CREDIT__V1__MEASURE_STATE__MEASURE_STATE_LIFTED;
}

static bool is_decide_task(const Credit__V1__Effect *effect)
{
	return TASK_FIELD(effect, "kind") == CREDIT__V1__TASK_KIND__TASK_KIND_DECIDE_CASE;
}

static bool is_status(const Credit__V1__Effect *effect)
{
	return effect->kind == KIND(STATUS);
}

static bool has(const struct credit_effects *effects, dropped_fn *is_wanted)
{
	for (size_t i = 0; i < effects->count; i++) {
		if (is_wanted(effects->items[i]))
			return true;
	}
	return false;
}

/* The rows are not written, all else is. */
#define DROPS(name) \
	static void drop_##name(struct credit_effects *effects) \
	{ \
		drop(effects, is_##name); \
	}
DROPS(end_timer)
DROPS(lift_due)
DROPS(lift_task)
DROPS(lifted)
DROPS(decide_task)

/* An act that writes such a row is accepted, and nothing comes of it. */
#define FORGETS(name) \
	static void forget_##name(struct credit_effects *effects) \
	{ \
		if (has(effects, is_##name)) \
			effects->count = 0; \
	}
FORGETS(removed)
FORGETS(overdue)

/* The answer is not made anew when a record ends. */
static void drop_status_of_an_end(struct credit_effects *effects)
{
	if (has(effects, is_removed))
		drop(effects, is_status);
}

static const struct {
	const char *name, *search;
	void (*alter)(struct credit_effects *effects);
	enum reach_rule rule;
	const char *said;
} faults[] = {
	{"no timer ends a publication", "notice and listing", drop_end_timer, REACH_WAY_OUT,
		"time alone does not end it"},
	{"no decision takes a record off", "published until cured", forget_removed, REACH_WAY_OUT,
		"no way out"},
	{"a measure outlives its listing", "repair", drop_lift_due, REACH_MEASURES,
		"after its listing ended"},
	{"a lift is nobody's task", "measures", drop_lift_task, REACH_MEASURES, "no task says so"},
	{"a late lift is not in the open", "measures", forget_overdue, REACH_MEASURES,
		"no task says so"},
	{"a lift is not noted", "repair", drop_lifted, REACH_ONCE, "LIFT"},
	{"an answer is not made anew", "notice and listing", drop_status_of_an_end, REACH_PUBLIC,
		"shows a listing that has ended"},
	{"nobody must decide a case", "objection", drop_decide_task, REACH_CONSISTENT,
		"nobody must act"},
};

/* What the rules decide is spoiled on its way into the state; the search must say which promise is broken. */
Test(property_reachable, a_search_over_spoiled_rules_finds_what_is_wrong)
{
	for (size_t f = 0; f < sizeof faults / sizeof faults[0]; f++) {
		const struct search *search = searches;
		bool alphabet[SMALL_ACTS];
		struct reach reach;
		while (strcmp(search->name, faults[f].search) != 0)
			search++;
		begin(&reach, search, alphabet, 600);
		reach_run(&reach, faults[f].alter);
		cr_expect_gt(reach.broken[faults[f].rule], 0, "%s is not noticed", faults[f].name);
		cr_expect(strstr(reach.first[faults[f].rule], faults[f].said), "%s: %s",
			faults[f].name, reach.first[faults[f].rule]);
		reach_deinit(&reach);
	}
}
