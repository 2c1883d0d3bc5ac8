/* SPDX-License-Identifier: Apache-2.0
 *
 * test_notice.c - notices and listings against a slow, obvious model: random acts on a few notices,
 * accepted exactly when the model says so; every pair of state and act is tried.
 */
#include "tests/support/book_text.h"
#include "tests/support/toy_registry.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 12
#define STEPS 120
#define NOTICES 4

enum state {
	NONE,
	SERVED,
	RIPE,
	DECIDED,
	WITHDRAWN,
	STATES
};
enum act {
	SERVE,
	STATEMENT,
	ANSWERED,
	WAIVER,
	WITHDRAW,
	LIST,
	REMOVE,
	DAYS,
	ACTS
};

static struct toy toy;
static uint64_t seed;
static bool tried[STATES][ACTS];

/* One entity each, so that standing on the list is the notice's own matter. */
static struct model {
	char uscc[CREDIT_USCC_SIZE + 1];
	enum state state;
	uint8_t id[CREDIT_RECORD_ID_SIZE], record[CREDIT_RECORD_ID_SIZE];
	int32_t served_on, decide_from;
	bool unanswered, listed;
} model[NOTICES];

/* SplitMix64. */
static uint32_t draw_below(uint32_t bound)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (uint32_t)((z ^ z >> 31) % bound);
}

static int32_t today(void)
{
	return credit_day_of(toy.now).days;
}

/* Monday to Friday and nothing else: the runs keep to weeks without holidays. */
static int32_t after_working_days(int32_t day, int count)
{
	while (count > 0) {
		day++;
		if (((day + 3) % 7 + 7) % 7 < 5)
			count--;
	}
	return day;
}

static bool is_open(const struct model *m)
{
	return m->state == SERVED || m->state == RIPE;
}

static void expect(enum credit_error error, bool accepted, const char *what)
{
	cr_assert_eq(error == CREDIT_OK, accepted, "%s: %s %s", what, credit_error_name(error),
		toy.problem.detail);
}

static void step_serve(struct model *m)
{
	Credit__V1__Listing listing = toy_listing(m->uscc, "2026-11-02");
	Credit__V1__ListingNotice notice = toy_notice(&listing, "2026-11-02");

	if (is_open(m))
		return; /* a second one is a notice of its own */
	notice.served_on = today() - (int32_t)draw_below(3);
	expect(toy_file(&toy, &toy.market, TOY_PAYLOAD(LISTING_NOTICE), &notice), true, "serve");
	memcpy(m->id, toy.id, sizeof m->id);
	m->state = SERVED;
	m->unanswered = false;
	m->served_on = notice.served_on;
	m->decide_from = after_working_days(m->served_on, 5) + 1;
	if (m->decide_from <= today())
		m->state = RIPE;
	toy_fire_due(&toy);
}

static void step_say(struct model *m, enum act act)
{
	Credit__V1__NoticeStatement statement = CREDIT__V1__NOTICE_STATEMENT__INIT;
	bool accepted = act == WAIVER ? m->state == SERVED && !m->unanswered : is_open(m);

	statement.entity_uscc = m->uscc;
	statement.notice = (ProtobufCBinaryData){sizeof m->id, m->id};
	statement.kind = act == WAIVER ? CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_WAIVER
				       : CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_STATEMENT;
	statement.received_on = today();
	statement.summary = (char *)"陈述";
	statement.reply = (char *)(act == ANSWERED ? "复核" : "");
	expect(toy_file(&toy, &toy.market, TOY_PAYLOAD(NOTICE_STATEMENT), &statement), accepted,
		"say");
	if (!accepted)
		return;
	if (act == WAIVER) {
		m->state = RIPE;
		m->decide_from = today();
	} else {
		m->unanswered = act == STATEMENT;
	}
}

static void step_withdraw(struct model *m)
{
	Credit__V1__NoticeWithdrawal withdrawal = CREDIT__V1__NOTICE_WITHDRAWAL__INIT;
	bool mine = draw_below(4) != 0;

	withdrawal.entity_uscc = m->uscc;
	withdrawal.notice = (ProtobufCBinaryData){sizeof m->id, m->id};
	withdrawal.reason = (char *)"撤回";
	expect(toy_file(&toy, mine ? &toy.market : &toy.tax, TOY_PAYLOAD(NOTICE_WITHDRAWAL),
		       &withdrawal),
		mine && is_open(m), "withdraw");
	if (mine && is_open(m))
		m->state = WITHDRAWN;
}

static void step_list(struct model *m)
{
	Credit__V1__Listing listing = toy_listing(m->uscc, "2026-11-02");
	bool named = draw_below(5) != 0;
	int32_t date = today() - (int32_t)draw_below(2);
	bool accepted =
		named && is_open(m) && !m->listed && !m->unanswered && date >= m->decide_from;

	listing.decision_date = date;
	if (named)
		listing.notice = (ProtobufCBinaryData){sizeof m->id, m->id};
	expect(toy_file(&toy, &toy.market, TOY_PAYLOAD(LISTING), &listing), accepted, "list");
	if (!accepted)
		return;
	m->state = DECIDED;
	m->listed = true;
	memcpy(m->record, toy.id, sizeof m->record);
}

static void step_remove(struct model *m)
{
	Credit__V1__Removal removal = toy_removal(
		m->uscc, m->record, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED, "2026-11-02");

	removal.decision_date = today();
	expect(toy_file(&toy, &toy.market, TOY_PAYLOAD(REMOVAL), &removal), m->listed, "remove");
	m->listed = false;
}

static void step_days(void)
{
	toy_set_day(&toy, (credit_day_t){today() + 1 + (int32_t)draw_below(3)});
	toy_fire_due(&toy);
	for (size_t i = 0; i < NOTICES; i++) {
		if (model[i].state == SERVED && model[i].decide_from <= today())
			model[i].state = RIPE;
	}
}

/* The row's state is the model's; a task is open exactly while a notice is ripe. */
static void check(void)
{
	static const int stored[] = {0, CREDIT__V1__NOTICE_STATE__NOTICE_STATE_SERVED,
		CREDIT__V1__NOTICE_STATE__NOTICE_STATE_RIPE,
		CREDIT__V1__NOTICE_STATE__NOTICE_STATE_DECIDED,
		CREDIT__V1__NOTICE_STATE__NOTICE_STATE_WITHDRAWN};

	for (size_t i = 0; i < NOTICES; i++) {
		const struct model *m = &model[i];
		Credit__V1__Notice *row;
		Credit__V1__Status *status = toy_status_message(&toy, m->uscc);
		cr_assert_eq(status->n_lists, m->listed);
		credit__v1__status__free_unpacked(status, NULL);
		if (m->state == NONE)
			continue;
		row = toy_row(&toy, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_NOTICE,
			&credit__v1__notice__descriptor, m->uscc, m->id);
		cr_assert_not_null(row);
		cr_assert_eq((int)row->state, stored[m->state]);
		if (row->task.len == CREDIT_RECORD_ID_SIZE) {
			Credit__V1__Task *task = toy_row(&toy,
				CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK,
				&credit__v1__task__descriptor, toy.market.uscc, row->task.data);
			bool closed = task->state == CREDIT__V1__TASK_STATE__TASK_STATE_DONE;
			cr_assert_eq(!closed, m->state == RIPE);
			credit__v1__task__free_unpacked(task, NULL);
		} else {
			cr_assert_neq(m->state, RIPE);
		}
		credit__v1__notice__free_unpacked(row, NULL);
	}
}

static void begin(uint64_t run)
{
	char *yaml = book_text_read(BOOK_CN_2026);

	toy_init(&toy);
	toy_use_book(&toy, yaml);
	free(yaml);
	toy_set_day(&toy, toy_day("2026-10-12"));
	toy_found(&toy);
	memset(model, 0, sizeof model);
	seed = run * 7919 + 1;
	for (unsigned i = 0; i < NOTICES; i++) {
		toy_uscc("91110108", 100 + i, model[i].uscc);
		toy_enrol(&toy, model[i].uscc);
	}
}

static void step(void)
{
	struct model *m = &model[draw_below(NOTICES)];
	enum act act = (enum act)draw_below(ACTS);

	tried[m->state][act] = true;
	switch (act) {
	case SERVE:
		step_serve(m);
		break;
	case STATEMENT:
	case ANSWERED:
	case WAIVER:
		step_say(m, act);
		break;
	case WITHDRAW:
		step_withdraw(m);
		break;
	case LIST:
		step_list(m);
		break;
	case REMOVE:
		step_remove(m);
		break;
	case DAYS:
		if (today() < toy_day("2026-12-18").days)
			step_days();
		break;
	case ACTS:
		break;
	}
}

Test(rules_model, notices_do_what_a_plain_model_does)
{
	for (uint64_t run = 0; run < RUNS; run++) {
		begin(run);
		for (size_t i = 0; i < STEPS; i++) {
			step();
			check();
		}
		toy_deinit(&toy);
	}
	for (size_t state = 0; state < STATES; state++) {
		for (size_t act = 0; act < ACTS; act++)
			cr_expect(tried[state][act], "state %zu, act %zu", state, act);
	}
}
