/* SPDX-License-Identifier: Apache-2.0
 *
 * test_due.c - what falls due together, and open tasks as readers find them.
 */
#include <criterion/criterion.h>

#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include "credit/v1/journal.pb-c.h"

#include <string.h>

#define BLACK "black.market-serious"

TestSuite(registry_due, .init = temp_dir_make, .fini = temp_dir_remove);

static int32_t published_until(struct town *town, uint32_t entity)
{
	enum credit_error error;
	Credit__V1__Status *status = town_ask(town, entity, &error);
	int32_t until;

	cr_assert(status && status->n_lists == 1);
	until = status->lists[0]->published_until;
	credit__v1__status__free_unpacked(status, NULL);
	return until;
}

/* A measure because of the listing, up to `until`. */
static void apply(struct town *town, const struct credit_hash *listed_by, int32_t until)
{
	static char measure[] = "measure.key-supervision", text[] = "示例";
	Credit__V1__MeasureApplication application = CREDIT__V1__MEASURE_APPLICATION__INIT;
	struct town_act act;

	town_list(&act, 1, BLACK); /* for its code */
	memcpy(act.record, listed_by->byte, sizeof act.record);
	application.entity_uscc = act.uscc;
	application.listing = (ProtobufCBinaryData){sizeof act.record, act.record};
	application.measure = measure;
	application.document_no = application.content = text;
	application.applied_on = credit_day_of(town->now).days;
	application.until = until;
	credit__v1__act__init(&act.act);
	act.act.payload_case = CREDIT__V1__ACT__PAYLOAD_MEASURE_APPLICATION;
	act.act.measure_application = &application;
	town_file_one(town, &act, NULL);
}

struct seen {
	size_t count;
	Credit__V1__TaskKind kind;
	uint8_t key[CREDIT_OPEN_TASK_KEY_SIZE];
};

static enum credit_error see(void *context, struct credit_bytes key, struct credit_bytes bytes)
{
	struct seen *seen = context;
	Credit__V1__Task *task = credit__v1__task__unpack(NULL, bytes.size, bytes.data);

	cr_assert(task && key.size == sizeof seen->key);
	seen->count++;
	seen->kind = task->kind;
	memcpy(seen->key, key.data, key.size);
	credit__v1__task__free_unpacked(task, NULL);
	return CREDIT_OK;
}

static struct seen look(
	struct town *town, bool overdue, const struct credit_uscc *office, const uint8_t *after)
{
	struct seen seen = {0};
	struct credit_view *view;

	cr_assert_eq(credit_view_new(town->registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_open_tasks(view, overdue, office, after, &seen, see), CREDIT_OK);
	credit_view_end(view);
	credit_view_free(view);
	return seen;
}

/* The listing's end takes the measure's end with it, whose timer stands beside its own, and the
 * report that was overdue for years: one batch, and nothing comes back. */
Test(registry_due, what_an_end_takes_with_it_does_not_stop_what_is_due)
{
	struct credit_hash listed_by;
	struct town town;
	uint32_t fired = 0, rounds = 0, all = 0;

	town_open(&town, temp_dir_path("town"));
	town_enrol_now(&town, 1);
	town_list_now(&town, 1, BLACK, &listed_by);
	town_publish(&town);
	int32_t until = published_until(&town, 1);
	apply(&town, &listed_by, until);
	town_publish(&town);
	struct seen open = look(&town, false, &town.bureau_uscc, NULL);
	cr_expect_eq(open.count, 1);
	cr_expect_eq(open.kind, CREDIT__V1__TASK_KIND__TASK_KIND_FEEDBACK);
	cr_expect_eq(look(&town, false, &town.bureau_uscc, open.key).count, 0, "behind it is none");
	cr_expect_eq(look(&town, false, &town.root_uscc, NULL).count, 0, "another office's");
	cr_expect_eq(look(&town, true, NULL, NULL).count, 0);

	town.now = credit_day_begins((credit_day_t){until + 1});
	do {
		cr_assert_eq(
			credit_registry_fire_due(town.registry, town.now, 1000, &fired), CREDIT_OK);
		all += fired;
	} while (fired > 0 && ++rounds < 10);
	cr_expect_eq(all, 2, "overdue, then the end; neither escalation nor the measure's own end");
	town_publish(&town);
	cr_expect_eq(town_lists_of(&town, 1), 0);
	open = look(&town, false, NULL, NULL);
	cr_expect_eq(open.count, 1, "what is left is the lift");
	cr_expect_eq(open.kind, CREDIT__V1__TASK_KIND__TASK_KIND_LIFT_MEASURE);
	cr_expect_eq(look(&town, true, NULL, NULL).count, 0);
	town_publish(&town);
	town_close(&town);
}

/* A registry that opens and does not run again what no publication holds: what readers know of is what the last one
 * holds, and when something of that falls due. */
Test(registry_due, what_readers_know_of_falls_due_by_the_last_publication)
{
	struct town town;
	credit_ms_t published, next;

	town_open(&town, temp_dir_path("town"));
	town_enrol_now(&town, 1);
	town_enrol_now(&town, 2);
	town_publish(&town);
	cr_expect_eq(credit_registry_published_due(town.registry).ms,
		credit_registry_next_due(town.registry).ms);
	published = credit_registry_published_due(town.registry);
	town.now.ms += 1000;
	town_list_now(&town, 1, BLACK, NULL);
	next = credit_registry_next_due(town.registry);
	cr_expect_lt(next.ms, published.ms, "the listing ends some day");
	cr_expect_eq(credit_registry_published_due(town.registry).ms, published.ms);
	cr_expect_lt(credit_registry_published_time(town.registry).ms,
		credit_registry_last_time(town.registry).ms);
	town_publish(&town);
	cr_expect_eq(credit_registry_published_due(town.registry).ms, next.ms);
	cr_expect_eq(credit_registry_published_time(town.registry).ms, town.now.ms);
	town_close(&town);
}
