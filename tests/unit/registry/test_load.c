/* SPDX-License-Identifier: Apache-2.0
 *
 * test_load.c - load files: what is staged, what is refused, what a publication makes of them, and what a
 * kill in the midst leaves.
 */
#include <criterion/criterion.h>

#include "registry/internal.h"
#include "tests/support/audit_feed.h"
#include "tests/support/temp_dir.h"
#include "tests/support/town_load.h"
#include "tests/support/traces.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

TestSuite(load, .init = temp_dir_make, .fini = temp_dir_remove);

static struct town town;

static bool enrolled(uint32_t entity)
{
	enum credit_error error;
	Credit__V1__Status *status = town_ask(&town, entity, &error);

	cr_assert(
		error == CREDIT_OK || error == CREDIT_E_NOT_FOUND, "%s", credit_error_name(error));
	if (!status)
		return false;
	credit__v1__status__free_unpacked(status, NULL);
	return true;
}

static enum credit_error stage(const struct town_load *load, uint64_t offset,
	struct credit_bytes rows, struct credit_problem *ret_problem)
{
	struct credit_load_stage ret_stage;

	*ret_problem = (struct credit_problem){0};
	return credit_registry_stage_load(
		town.registry, &load->digest, offset, rows, town.now, &ret_stage, ret_problem);
}

/* What the rules say to the act. */
static enum credit_error refusal(struct town_load *load)
{
	struct town_act *acts[] = {&load->act};
	Credit__V1__FilingReceipt *answer = NULL;
	Credit__V1__RefusalStatement *statement;
	enum credit_error error = town_file(&town, acts, 1, false, NULL, &answer);

	cr_assert_eq(error, CREDIT_OK, "%s", credit_error_name(error));
	if (answer->refusals.len == 0) {
		credit__v1__filing_receipt__free_unpacked(answer, NULL);
		return CREDIT_OK;
	}
	statement = credit__v1__refusal_statement__unpack(
		NULL, answer->refusals.len, answer->refusals.data);
	error = (enum credit_error)statement->refusals[0]->error;
	credit__v1__refusal_statement__free_unpacked(statement, NULL);
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
	return error;
}

static uint64_t map_size(void)
{
	struct credit_reader *reader;
	struct credit_bytes value;
	uint64_t size;

	cr_assert_eq(credit_reader_new(town.registry->state, &reader), CREDIT_OK);
	cr_assert_eq(credit_read_begin(reader), CREDIT_OK);
	cr_assert_eq(
		credit_read_get(reader, STATE_META, credit_bytes_of("map"), &value), CREDIT_OK);
	size = credit_read_u64(value.data + 4);
	credit_read_end(reader);
	credit_reader_free(reader);
	return size;
}

/* --- enrolling ---------------------------------------------------------------------------------- */

Test(load, a_file_is_enrolled_whole_by_the_publication_that_holds_its_act)
{
	struct town_load load;

	town_open(&town, temp_dir_path("town"));
	town_load_begin(&load, 100, 3, 2000);
	town_load_stage(&town, &load, 20000);
	town_publish(&town);
	cr_expect_not(enrolled(100), "staged is not filed");
	cr_expect_eq(refusal(&load), CREDIT_OK);
	cr_expect_not(enrolled(100), "filed is not published");
	town_publish(&town);
	for (uint32_t i = 0; i < load.count; i++)
		cr_assert(enrolled(100 + 3 * i), "%u", i);
	cr_expect_not(enrolled(101));
	cr_expect_eq(map_size(), 2000);
	traces_fsck(&town);
	town_close(&town);
	town_open(&town, temp_dir_path("town"));
	cr_expect(enrolled(100));
	town_close(&town);
}

struct rows {
	struct credit_hash digest;
	size_t count, skip;
};

static enum credit_error add_row(void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct rows *rows = context;
	struct credit_hasher hasher;

	value.data += rows->skip;
	value.size -= rows->skip;
	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, rows->digest.byte, sizeof rows->digest.byte);
	credit_hasher_add(&hasher, key.data, key.size);
	credit_hasher_add(&hasher, value.data, value.size);
	credit_hasher_done(&hasher, &rows->digest);
	rows->count++;
	return CREDIT_OK;
}

/* Entities, or statuses but for their openings. */
static struct rows rows_of(uint32_t kind, size_t skip)
{
	struct rows rows = {.skip = skip};
	struct credit_view *view;

	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(
		credit_view_scan(view, kind, (struct credit_bytes){0}, &rows, add_row), CREDIT_OK);
	credit_view_end(view);
	credit_view_free(view);
	return rows;
}

Test(load, an_entity_of_a_file_is_to_the_byte_one_that_was_enrolled_by_itself)
{
	static const struct {
		uint32_t kind;
		size_t skip;
	} parts[] = {{CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY, 0},
		{CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS, CREDIT_OPENING_SIZE}};
	struct rows loaded[2], single;
	struct town_load load;

	town_open(&town, temp_dir_path("loaded"));
	town_load_begin(&load, 7, 11, 300);
	town_load_all(&town, &load);
	for (size_t i = 0; i < 2; i++)
		loaded[i] = rows_of(parts[i].kind, parts[i].skip);
	town_close(&town);

	town_open(&town, temp_dir_path("single"));
	for (uint32_t i = 0; i < load.count; i++)
		town_enrol_now(&town, 7 + 11 * i);
	town_publish(&town);
	for (size_t i = 0; i < 2; i++) {
		single = rows_of(parts[i].kind, parts[i].skip);
		cr_expect_eq(single.count, 300);
		cr_expect(credit_hash_equal(&single.digest, &loaded[i].digest), "part %zu", i);
	}
	cr_expect_eq(map_size(), 300);
	town_close(&town);
}

Test(load, who_is_enrolled_already_stays_as_it_is_and_the_others_fall_into_place)
{
	struct town_load load, more;
	struct town_act act;

	town_open(&town, temp_dir_path("town"));
	for (uint32_t i = 0; i < 40; i += 4)
		town_enrol_now(&town, i);
	town_list(&act, 8, "red.taxpayer-a");
	town_file_one(&town, &act, NULL);
	town_publish(&town);
	town_load_begin(&load, 0, 1, 40);
	town_load_all(&town, &load);
	cr_expect_eq(map_size(), 40);
	cr_expect_eq(town_lists_of(&town, 8), 1, "its listing is still there");
	/* And a second file, between and behind the first one's entities. */
	town_load_begin(&more, 20, 5, 400);
	town_load_all(&town, &more);
	cr_expect_eq(map_size(), 40 + 400 - 4);
	town_list(&act, 25, "red.taxpayer-a");
	town_file_one(&town, &act, NULL);
	town_publish(&town);
	cr_expect_eq(town_lists_of(&town, 25), 1, "a loaded entity is one like any other");
	traces_fsck(&town);
	town_close(&town);
}

/* --- refusals ----------------------------------------------------------------------------------- */

static struct credit_bytes row(uint8_t *memory, const char *code, const char *name)
{
	struct credit_load_row one = {.name = credit_bytes_of(name)};
	struct credit_buffer buffer;
	struct credit_bytes rows = {0};

	memcpy(one.uscc.character, code, CREDIT_USCC_SIZE);
	credit_buffer_init(&buffer, memory, CREDIT_LOAD_ROW_MAX);
	credit_load_row_put(&one, &buffer);
	cr_assert_eq(credit_buffer_done(&buffer, &rows), CREDIT_OK);
	return rows;
}

Test(load, a_row_that_could_not_be_filed_by_itself_is_not_staged)
{
	static const struct {
		const char *code, *name, *field;
		enum credit_error error;
	} rows[] = {
		{"91110108000000010X", "青禾商贸", "rows[0].uscc",
			CREDIT_E_USCC_ORGANISATION_CHECK},
		{"911101080000000I0X", "青禾商贸", "rows[0].uscc", CREDIT_E_USCC_LETTER_EXCLUDED},
		{"11010519491231002X", "青禾商贸", "rows[0].uscc", CREDIT_E_USCC_IS_RESIDENT_ID},
		{NULL, "张三 11010519491231002X", "rows[0].name", CREDIT_E_PERSONAL_ID},
		{NULL, "青禾商贸 13800138000", "rows[0].name", CREDIT_E_PERSONAL_PHONE},
		{NULL, " 青禾商贸", "rows[0].name", CREDIT_E_FIELD_SPACE},
		{NULL, "", "rows[0].name", CREDIT_E_FIELD_MISSING},
		{NULL, "\xE9\x9D", "rows[0].name", CREDIT_E_UTF8_INVALID},
	};
	uint8_t memory[CREDIT_LOAD_ROW_MAX];
	struct credit_problem problem;
	struct town_load load;

	town_open(&town, temp_dir_path("town"));
	town_load_begin(&load, 0, 1, 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *code = rows[i].code ? rows[i].code : town_uscc_text(1);

		cr_expect_eq(stage(&load, 0, row(memory, code, rows[i].name), &problem),
			rows[i].error, "%zu: %s", i, credit_error_name(problem.error));
		cr_expect_str_eq(problem.field, rows[i].field, "%zu", i);
	}
	cr_expect_eq(refusal(&load), CREDIT_E_LOAD_STAGED, "nothing of it was kept");
	town_close(&town);
}

Test(load, pieces_come_in_order_and_rows_ascend)
{
	uint8_t memory[2][CREDIT_LOAD_ROW_MAX];
	struct credit_bytes low = row(memory[0], town_uscc_text(1), "青禾商贸");
	struct credit_bytes high = row(memory[1], town_uscc_text(2), "青禾商贸");
	struct credit_bytes cut = {high.data, high.size - 1};
	struct credit_problem problem;
	struct town_load load;

	town_open(&town, temp_dir_path("town"));
	town_load_begin(&load, 0, 1, 1);
	cr_expect_eq(stage(&load, 1, high, &problem), CREDIT_E_LOAD_OFFSET);
	cr_expect_str_eq(problem.detail, "0");
	cr_expect_eq(stage(&load, 0, cut, &problem), CREDIT_E_MALFORMED);
	cr_expect_eq(stage(&load, 0, high, &problem), CREDIT_OK);
	cr_expect_eq(stage(&load, 0, high, &problem), CREDIT_E_LOAD_OFFSET, "twice");
	cr_expect_eq(stage(&load, high.size, low, &problem), CREDIT_E_LOAD_ORDER);
	cr_expect_eq(stage(&load, high.size, high, &problem), CREDIT_E_LOAD_ORDER, "a code twice");
	town_close(&town);
}

Test(load, one_file_is_staged_at_a_time_and_an_idle_one_gives_way)
{
	uint8_t memory[CREDIT_LOAD_ROW_MAX];
	struct credit_bytes rows = row(memory, town_uscc_text(1), "青禾商贸");
	struct credit_load_stage left;
	struct credit_problem problem;
	struct town_load first, second;

	town_open(&town, temp_dir_path("town"));
	town_load_begin(&first, 0, 1, 1);
	town_load_begin(&second, 0, 1, 2);
	cr_expect_eq(stage(&first, 0, rows, &problem), CREDIT_OK);
	cr_expect_eq(stage(&second, 0, rows, &problem), CREDIT_E_BUSY);
	town.now.ms += CREDIT_LOAD_IDLE_MS;
	cr_expect_eq(stage(&second, 0, rows, &problem), CREDIT_OK);
	cr_expect_eq(credit_registry_stage_load(town.registry, &first.digest, 0,
			     (struct credit_bytes){0}, town.now, &left, &problem),
		CREDIT_OK);
	cr_expect_eq(left.size, 0, "the first one is gone");
	town_close(&town);
}

Test(load, an_act_names_a_file_that_is_staged_whole_and_only_once)
{
	struct town_load load, other;
	struct credit_problem problem;

	town_open(&town, temp_dir_path("town"));
	town_load_begin(&load, 0, 1, 50);
	cr_expect_eq(refusal(&load), CREDIT_E_LOAD_STAGED);
	town_load_stage(&town, &load, 1000);
	load.body.entities = 49;
	cr_expect_eq(refusal(&load), CREDIT_E_LOAD_STAGED, "another number of rows");
	load.body.entities = 50;
	load.body.as_of = credit_day_of(town.now).days + 1;
	cr_expect_eq(refusal(&load), CREDIT_E_DATE_FUTURE);
	load.body.as_of -= 10;
	cr_expect_eq(refusal(&load), CREDIT_OK);
	cr_expect_eq(stage(&load, 0, (struct credit_bytes){0}, &problem), CREDIT_E_LOAD_EXISTS);
	town_load_begin(&other, 100, 1, 50);
	town_load_stage(&town, &other, 1000);
	cr_expect_eq(refusal(&other), CREDIT_E_LOAD_WAITING);
	town_publish(&town);
	load.body.as_of--;
	cr_expect_eq(refusal(&load), CREDIT_E_LOAD_EXISTS);
	cr_expect_eq(refusal(&other), CREDIT_OK);
	town_close(&town);
}

/* --- copies and auditors ------------------------------------------------------------------------ */

Test(load, an_auditor_runs_a_file_again_and_tells_of_a_changed_one)
{
	struct town_load load;
	struct audit_feed feed = {0};

	town_open(&town, temp_dir_path("town"));
	town_load_begin(&load, 5, 2, 500);
	town_load_stage(&town, &load, 5000);
	town_file_one(&town, &load.act, NULL);
	town_publish(&town);
	audit_feed_open(&feed, temp_dir_path("audit"), &town.log_name);
	cr_assert_eq(audit_feed_run(&feed, town.registry, 0, 700), CREDIT_OK);
	cr_expect_eq(feed.finding_count, 0, "%s %s",
		credit_error_name(feed.findings[0].problem.error), feed.findings[0].problem.detail);
	cr_expect_eq(feed.honest, feed.publications);
	audit_feed_close(&feed);
	town_close(&town);
}

/* One letter of one name: still a name. */
static void change_name(void *context, enum credit_delta_part part, struct credit_bytes *bytes,
	struct credit_hash *leaf)
{
	uint8_t *copy;
	bool *done = context;

	(void)leaf;
	if (part != CREDIT_DELTA_LOAD || *done)
		return;
	*done = true;
	copy = malloc(bytes->size);
	cr_assert_not_null(copy);
	memcpy(copy, bytes->data, bytes->size);
	memcpy(copy + CREDIT_USCC_SIZE + 2, "改", 3);
	bytes->data = copy;
}

Test(load, an_auditor_tells_of_a_file_that_is_not_the_one_that_was_filed)
{
	struct town_load load;
	struct audit_feed feed = {0};
	bool done = false;

	town_open(&town, temp_dir_path("town"));
	town_load_begin(&load, 5, 2, 20);
	town_load_all(&town, &load);
	audit_feed_open(&feed, temp_dir_path("audit"), &town.log_name);
	feed.tamper = change_name;
	feed.context = &done;
	cr_assert_eq(audit_feed_run(&feed, town.registry, 0, 70000), CREDIT_OK);
	cr_expect_eq(audit_feed_found(&feed, CREDIT_E_AUDIT_ACT), 1);
	cr_expect_eq(audit_feed_found(&feed, CREDIT_E_AUDIT_MAP), 1);
	audit_feed_close(&feed);
	town_close(&town);
}

Test(load, a_backup_holds_what_was_filed_and_not_what_is_only_staged)
{
	struct credit_backup backup;
	struct credit_problem problem = {0};
	struct town_load load, staged;
	char path[900], name[CREDIT_BACKUP_NAME_MAX];
	struct credit_restore_options options = {.origin = TOWN_ORIGIN, .head_from_backup = false};
	struct credit_registry_options open;

	town_open(&town, temp_dir_path("town"));
	town_load_begin(&load, 5, 2, 300);
	town_load_all(&town, &load);
	town_load_begin(&staged, 1000, 2, 300);
	town_load_stage(&town, &staged, 5000);
	cr_assert_eq(credit_backup_make(town.registry, temp_dir_path("backups"), NULL, NULL, NULL,
			     &backup, &problem),
		CREDIT_OK, "%s", problem.detail);
	snprintf(path, sizeof path, "%s/%s", temp_dir_path("backups"),
		credit_backup_name(&backup, name));
	options.backup = path;
	options.path = strdup(temp_dir_path("fresh"));
	options.log = town.log_name;
	char head[900];
	snprintf(head, sizeof head, "%s/head", temp_dir_path("town"));
	options.head_path = head;
	cr_assert_eq(credit_backup_restore(&options, &backup, &problem), CREDIT_OK, "%s",
		problem.detail);
	town_close(&town);
	town_keys(&town);
	open = town_options(&town, options.path);
	open.head_path = head;
	cr_assert_eq(credit_registry_open(&open, NULL, NULL, &town.registry, &problem), CREDIT_OK);
	cr_assert_eq(credit_sealer_new(&town.sealer), CREDIT_OK);
	town.now.ms = backup.time.ms;
	for (uint32_t i = 0; i < 300; i++)
		cr_assert(enrolled(5 + 2 * i));
	traces_fsck(&town);
	cr_expect_eq(refusal(&staged), CREDIT_E_LOAD_STAGED);
	free((void *)(uintptr_t)options.path);
	town_close(&town);
}

/* --- kills -------------------------------------------------------------------------------------- */

/* More than one step of each pass. */
#define MANY 140000
#define KILLS 3

static void publish_and_leave(void)
{
	town_open(&town, temp_dir_path("town"));
	town_publish(&town);
	town_close(&town);
	_exit(0);
}

/* Kills it after so many microseconds; false when it was done by then. */
static bool kill_after(pid_t child, long us)
{
	const struct timespec pause = {us / 1000000, us % 1000000 * 1000};
	int status;

	nanosleep(&pause, NULL);
	kill(child, SIGKILL);
	cr_assert_eq(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status);
}

static long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* How long a publication that nobody disturbs takes here, and now. */
static long measure(void)
{
	struct town_load load;
	long begun;

	town_open(&town, temp_dir_path("measured"));
	town_load_begin(&load, 0, 1, MANY);
	town_load_stage(&town, &load, CREDIT_LOAD_PIECE_MAX);
	town_file_one(&town, &load.act, NULL);
	begun = microseconds();
	town_publish(&town);
	begun = microseconds() - begun;
	town_close(&town);
	return begun;
}

Test(load, killed_anywhere_in_the_midst_it_is_carried_out_whole_by_the_next_start, .timeout = 300)
{
	long whole = measure();
	struct town_load load;
	int killed = 0;

	town_open(&town, temp_dir_path("town"));
	town_load_begin(&load, 0, 1, MANY);
	town_load_stage(&town, &load, CREDIT_LOAD_PIECE_MAX);
	town_file_one(&town, &load.act, NULL);
	town_close(&town);
	for (int i = 1; i <= KILLS; i++) {
		pid_t child = fork();

		cr_assert_geq(child, 0);
		if (child == 0)
			publish_and_leave();
		killed += kill_after(child, whole * i / (KILLS + 1));
		town_open(&town, temp_dir_path("town"));
		cr_expect_eq(enrolled(0), enrolled(MANY - 1), "the half of it is seen");
		town_close(&town);
	}
	cr_expect_gt(killed, 0, "all were too late");
	town_open(&town, temp_dir_path("town"));
	town_publish(&town);
	cr_expect(enrolled(0) && enrolled(MANY / 2) && enrolled(MANY - 1));
	cr_expect_eq(map_size(), MANY);
	traces_fsck(&town);
	town_close(&town);
}
