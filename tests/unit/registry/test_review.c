/* SPDX-License-Identifier: Apache-2.0
 *
 * test_review.c - what a compromised key signed is found in the journal, in pieces, over a restart; and
 * records of reads that are erased when their time is over.
 */
#include <criterion/criterion.h>

#include "registry/internal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/town.h"
#include "tests/support/traces.h"

#include <string.h>

#define BLACK "black.market-serious"
#define MONTHS 36 /* access.read in docs/rules/cn-2026.yaml */

TestSuite(registry_review, .init = temp_dir_make, .fini = temp_dir_remove);

/* Penalties of the entities from `first` on, in one filing. */
static void penalise(struct town *town, uint32_t first, uint32_t count)
{
	static struct town_act acts[400];
	struct town_act *pointers[400];

	cr_assert_leq(count, 400U);
	for (uint32_t i = 0; i < count; i++) {
		town_penalise(&acts[i], first + i, first + i);
		pointers[i] = &acts[i];
	}
	cr_assert_eq(town_file(town, pointers, count, true, NULL, NULL), CREDIT_OK);
}

static void enrol(struct town *town, uint32_t first, uint32_t count)
{
	static struct town_act acts[400];
	struct town_act *pointers[400];

	for (uint32_t i = 0; i < count; i++) {
		town_enrol(&acts[i], first + i);
		pointers[i] = &acts[i];
	}
	cr_assert_eq(town_file(town, pointers, count, true, NULL, NULL), CREDIT_OK);
}

static void compromise(struct town *town, uint64_t from_epoch)
{
	Credit__V1__KeyCompromise compromise = CREDIT__V1__KEY_COMPROMISE__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	char uscc[CREDIT_USCC_SIZE + 1] = "", reason[] = "失密";
	struct credit_hash id;

	memcpy(uscc, town->bureau_uscc.character, CREDIT_USCC_SIZE);
	credit_key_id(&town->bureau.public_key, &id);
	compromise.authority_uscc = uscc;
	compromise.key_id = (ProtobufCBinaryData){sizeof id.byte, id.byte};
	compromise.from_epoch = from_epoch;
	compromise.reason = reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_KEY_COMPROMISE;
	act.key_compromise = &compromise;
	town_file_as_root(town, &act);
}

static enum credit_error count_flag(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	Credit__V1__Record *record = credit__v1__record__unpack(NULL, value.size, value.data);

	(void)key;
	cr_assert_not_null(record);
	*(uint32_t *)context += record->review_key.len > 0;
	credit__v1__record__free_unpacked(record, NULL);
	return CREDIT_OK;
}

static uint32_t flagged(struct town *town)
{
	struct credit_view *view;
	uint32_t count = 0;

	town_publish(town);
	cr_assert_eq(credit_view_new(town->registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_scan(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD,
			     (struct credit_bytes){NULL, 0}, &count, count_flag),
		CREDIT_OK);
	credit_view_end(view);
	credit_view_free(view);
	return count;
}

static uint32_t fire(struct town *town)
{
	uint32_t fired;

	cr_assert_eq(credit_registry_fire_due(town->registry, town->now, 1000, &fired), CREDIT_OK);
	return fired;
}

Test(registry_review, every_record_that_the_key_touched_is_found_and_no_other)
{
	const char *folder = temp_dir_path("town");
	struct credit_hash listed;
	static struct town_act act;
	struct town town;
	uint64_t from;

	town_open(&town, folder);
	for (uint32_t i = 0; i < 3; i++)
		enrol(&town, 1 + i * 300, 300);
	penalise(&town, 1, 100); /* before the theft */
	town_list_now(&town, 150, BLACK, &listed);
	from = town.registry->epoch + 1;
	penalise(&town, 201, 350);
	penalise(&town, 551, 350);
	/* The listing was made before; the thief takes it off. */
	town_remove(&act, 150, &listed, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED);
	town_file_one(&town, &act, NULL);
	compromise(&town, from);
	cr_expect_eq(flagged(&town), 0U);

	cr_expect_eq(fire(&town), 501U, "a piece, and how far it came");
	cr_expect_eq(flagged(&town), 500U);
	town_close(&town);
	town_open(&town, folder);
	cr_expect_eq(flagged(&town), 500U);
	cr_expect_eq(fire(&town), 202U);
	cr_expect_eq(fire(&town), 0U, "and no more");
	cr_expect_eq(flagged(&town), 701U);
	town_publish(&town);
	traces_fsck(&town);
	town_close(&town);
}

/* --- what changes between the check and the commit ------------------------------------------------- */

/* A filing as a service hands it to the writer: opened, and verified with the key that is in force now. */
static struct credit_filing *prepare(
	struct town *town, struct credit_sealer *sealer, const Credit__V1__Act *act, bool as_root)
{
	const struct credit_key_pair *pair = as_root ? &town->root : &town->bureau;
	const struct credit_manifest_options options = {.origin = TOWN_ORIGIN,
		.issuer = as_root ? town->root_uscc : town->bureau_uscc,
		.created_at = town->now};
	struct credit_filing *filing;
	struct credit_problem problem;
	Credit__V1__Filing *made;

	cr_assert_eq(credit_sealer_add(sealer, act, (struct credit_bytes){NULL, 0}, NULL, &problem),
		CREDIT_OK, "%s", problem.detail);
	cr_assert_eq(credit_sealer_sign(sealer, &options, pair, &made, &problem), CREDIT_OK);
	cr_assert_eq(credit_filing_open(made, &filing, &problem), CREDIT_OK);
	cr_assert_eq(credit_filing_verify(filing, &pair->public_key, &problem), CREDIT_OK);
	return filing;
}

/* Both filings wait for the same epoch; how the second one came out. */
static enum credit_error race(
	struct town *town, const Credit__V1__Act *first, const Credit__V1__Act *second)
{
	struct credit_sealer *sealers[2];
	struct credit_submission submissions[2] = {{0}, {0}};
	struct credit_submission *const pointers[] = {&submissions[0], &submissions[1]};
	enum credit_error error;

	for (size_t i = 0; i < 2; i++) {
		cr_assert_eq(credit_sealer_new(&sealers[i]), CREDIT_OK);
		submissions[i].filing = prepare(town, sealers[i], i == 0 ? first : second, i == 0);
	}
	credit_registry_submit(town->registry, pointers, 2, town->now);
	cr_assert_eq(submissions[0].error, CREDIT_OK);
	cr_assert_eq(submissions[0].accepted, 1U);
	error = submissions[1].error;
	if (!error && submissions[1].refused > 0) {
		Credit__V1__FilingReceipt *answer = credit__v1__filing_receipt__unpack(
			NULL, submissions[1].answer.size, submissions[1].answer.data);
		Credit__V1__RefusalStatement *statement = credit__v1__refusal_statement__unpack(
			NULL, answer->refusals.len, answer->refusals.data);

		error = (enum credit_error)statement->refusals[0]->error;
		credit__v1__refusal_statement__free_unpacked(statement, NULL);
		credit__v1__filing_receipt__free_unpacked(answer, NULL);
	}
	for (size_t i = 0; i < 2; i++) {
		credit_filing_free(submissions[i].filing);
		credit_sealer_free(sealers[i]);
	}
	return error;
}

Test(registry_review, a_key_that_is_revoked_while_a_filing_waits_signs_no_more)
{
	Credit__V1__KeyRevocation revocation = CREDIT__V1__KEY_REVOCATION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	char uscc[CREDIT_USCC_SIZE + 1] = "", reason[] = "更换";
	static struct town_act enrolment;
	struct credit_hash id;
	struct town town;

	town_open(&town, temp_dir_path("town"));
	memcpy(uscc, town.bureau_uscc.character, CREDIT_USCC_SIZE);
	credit_key_id(&town.bureau.public_key, &id);
	revocation.authority_uscc = uscc;
	revocation.key_id = (ProtobufCBinaryData){sizeof id.byte, id.byte};
	revocation.reason = reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_KEY_REVOCATION;
	act.key_revocation = &revocation;
	town_enrol(&enrolment, 1);
	cr_expect_eq(race(&town, &act, &enrolment.act), CREDIT_E_KEY_REVOKED);
	town_publish(&town);
	traces_fsck(&town);
	town_close(&town);
}

static enum credit_error take_grant(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	Credit__V1__GrantRow *row = credit__v1__grant_row__unpack(NULL, value.size, value.data);

	if (row->grant->role == CREDIT__V1__ROLE__ROLE_REGISTRAR)
		memcpy(context, key.data + CREDIT_USCC_SIZE, CREDIT_RECORD_ID_SIZE);
	credit__v1__grant_row__free_unpacked(row, NULL);
	return CREDIT_OK;
}

Test(registry_review, a_grant_that_ends_while_a_filing_waits_grants_nothing)
{
	Credit__V1__GrantRevocation revocation = CREDIT__V1__GRANT_REVOCATION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	char uscc[CREDIT_USCC_SIZE + 1] = "", reason[] = "职能调整";
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	static struct town_act enrolment;
	struct credit_view *view;
	struct town town;

	town_open(&town, temp_dir_path("town"));
	town_publish(&town);
	cr_assert_eq(credit_view_new(town.registry, &view), CREDIT_OK);
	cr_assert_eq(credit_view_begin(view), CREDIT_OK);
	cr_assert_eq(credit_view_scan(view, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_GRANT,
			     (struct credit_bytes){NULL, 0}, id, take_grant),
		CREDIT_OK);
	credit_view_end(view);
	credit_view_free(view);
	memcpy(uscc, town.bureau_uscc.character, CREDIT_USCC_SIZE);
	revocation.authority_uscc = uscc;
	revocation.grant_id = (ProtobufCBinaryData){sizeof id, id};
	revocation.reason = reason;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_GRANT_REVOCATION;
	act.grant_revocation = &revocation;
	town_enrol(&enrolment, 1);
	cr_expect_eq(race(&town, &act, &enrolment.act), CREDIT_E_NOT_GRANTED);
	town_close(&town);
}

/* --- reads --------------------------------------------------------------------------------------- */

static void read_once(struct town *town, const struct credit_uscc *entity, const char *purpose)
{
	const struct credit_access access = {
		.entity = entity,
		.reader = town->bureau_uscc,
		.method = "status-service/get-history",
		.purpose = purpose,
		.at = town->now,
	};
	struct credit_submission submission = {0};
	struct credit_submission *const submissions[] = {&submission};
	struct credit_problem problem;
	struct credit_arena arena;

	credit_arena_init(&arena, NULL, 0, (size_t)1 << 20);
	cr_assert_eq(credit_registry_access_filing(
			     town->registry, &access, &arena, &submission.filing, &problem),
		CREDIT_OK);
	credit_registry_submit(town->registry, submissions, 1, town->now);
	cr_assert_eq(submission.error, CREDIT_OK);
	cr_assert_eq(submission.accepted, 1U);
	credit_filing_free(submission.filing);
	credit_arena_deinit(&arena);
}

Test(registry_review, a_read_is_forgotten_after_its_time_and_the_log_stands)
{
	const char *folder = temp_dir_path("town");
	struct credit_bytes early = credit_bytes_of("核实某甲公司的偿债能力");
	struct credit_bytes late = credit_bytes_of("核实某乙公司的偿债能力");
	struct town town;
	struct credit_uscc entity;
	uint64_t scrubbed;

	town_open(&town, folder);
	town_enrol_now(&town, 1);
	entity = town_uscc(1);
	read_once(&town, &entity, (const char *)early.data);
	town.now.ms += INT64_C(40) * 86400000;
	read_once(&town, NULL, (const char *)late.data);
	town_publish(&town);
	cr_assert_gt(traces_files_with(folder, early), 0U);
	town.now = credit_day_begins(
		credit_day_add_months((credit_day_t){credit_day_of(town.now).days - 40}, MONTHS));
	cr_expect_eq(fire(&town), 1U, "the one of 40 days later is kept");
	cr_expect_gt(credit_registry_unscrubbed(town.registry), 0U);
	town_publish(&town);
	cr_assert_eq(credit_registry_scrub(town.registry, town.now, &scrubbed), CREDIT_OK);
	cr_expect_eq(scrubbed, 1U);
	cr_expect_eq(traces_files_with(folder, early), 0U);
	cr_expect_gt(traces_files_with(folder, late), 0U);
	traces_fsck(&town);
	town_close(&town);
	town_open(&town, folder); /* replays what is left */
	town_close(&town);
}
