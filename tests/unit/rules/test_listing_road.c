/* SPDX-License-Identifier: Apache-2.0
 *
 * test_listing_road.c - what comes before an entry: notice, hearing, level, consent.
 */
#include "rules_fixture.h"
#include "tests/support/book_text.h"

#include <stdio.h>
#include <stdlib.h>

static char company[CREDIT_USCC_SIZE + 1];

#define NOTICE_KIND CREDIT__V1__EFFECT_KIND__EFFECT_KIND_NOTICE
#define STATE(name) CREDIT__V1__NOTICE_STATE__NOTICE_STATE_##name

/* The whole book: notice and consent where its lists ask for them. The stranger stands above the
 * market office. Monday, 2026-11-23; five working days later is Monday, 11-30. */
static void set_up(void)
{
	char *yaml = book_text_read(BOOK_CN_2026);
	Credit__V1__Grant grant;

	toy_init(&toy);
	toy_use_book(&toy, yaml);
	free(yaml);
	toy_found(&toy);
	grant = toy_grant(&toy.stranger, CREDIT__V1__ROLE__ROLE_SUPERVISOR);
	toy_must(&toy, &toy.root, TOY_PAYLOAD(GRANT), &grant);
	toy_uscc("91110108", 1, company);
	toy_enrol(&toy, company);
}

static void tear_down(void)
{
	toy_deinit(&toy);
}

TestSuite(rules_listing_road, .init = set_up, .fini = tear_down);

static Credit__V1__AuthorityChange change_of(
	const struct toy_office *office, Credit__V1__Level level, const struct toy_office *superior)
{
	Credit__V1__AuthorityChange change = CREDIT__V1__AUTHORITY_CHANGE__INIT;

	change.authority_uscc = (char *)(uintptr_t)office->uscc;
	change.name = (char *)"示例机关";
	change.level = level;
	if (superior)
		change.superior_uscc = (char *)(uintptr_t)superior->uscc;
	return change;
}

static void place(
	const struct toy_office *office, Credit__V1__Level level, const struct toy_office *superior)
{
	Credit__V1__AuthorityChange change = change_of(office, level, superior);

	toy_must(&toy, &toy.root, TOY_PAYLOAD(AUTHORITY_CHANGE), &change);
}

/* Serves a notice of the listing and names it there. */
static void serve(Credit__V1__Listing *listing, const char *served_on, uint8_t id[16])
{
	Credit__V1__ListingNotice notice = toy_notice(listing, served_on);

	toy_must(&toy, &toy.market, TOY_PAYLOAD(LISTING_NOTICE), &notice);
	memcpy(id, toy.id, CREDIT_RECORD_ID_SIZE);
	listing->notice = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
}

static Credit__V1__Notice *notice_row(const uint8_t id[16])
{
	Credit__V1__Notice *row =
		toy_row(&toy, NOTICE_KIND, &credit__v1__notice__descriptor, company, id);

	cr_assert_not_null(row);
	return row;
}

static void expect_state(const uint8_t id[16], Credit__V1__NoticeState state)
{
	Credit__V1__Notice *row = notice_row(id);

	cr_expect_eq(row->state, state);
	credit__v1__notice__free_unpacked(row, NULL);
}

static Credit__V1__NoticeStatement say(
	uint8_t id[16], Credit__V1__StatementKind kind, const char *received_on, const char *reply)
{
	Credit__V1__NoticeStatement statement = CREDIT__V1__NOTICE_STATEMENT__INIT;

	statement.entity_uscc = company;
	statement.notice = (ProtobufCBinaryData){CREDIT_RECORD_ID_SIZE, id};
	statement.kind = kind;
	statement.received_on = toy_day(received_on).days;
	statement.summary = (char *)"事实不符";
	statement.reply = (char *)(uintptr_t)reply;
	return statement;
}

static size_t open_tasks(void)
{
	size_t open = 0;

	for (size_t i = 0; i < toy.state.count; i++) {
		const struct toy_row *row = &toy.state.rows[i];
		if (row->kind != CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TASK)
			continue;
		Credit__V1__Task *task =
			credit__v1__task__unpack(NULL, row->value.size, row->value.data);
		open += task->state != CREDIT__V1__TASK_STATE__TASK_STATE_DONE &&
			task->state != CREDIT__V1__TASK_STATE__TASK_STATE_DROPPED;
		credit__v1__task__free_unpacked(task, NULL);
	}
	return open;
}

/* --- notice -------------------------------------------------------------------------------- */

Test(rules_listing_road, without_a_notice_the_refusal_names_the_earliest_day)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");

	cr_refused(toy.market, LISTING, &listing, NOTICE_NEEDED, "listing.notice");
	cr_expect_str_eq(toy.problem.rule, "cn-2026 black.market-serious");
	cr_expect(strstr(toy.problem.detail, "2026-12-01"), "%s", toy.problem.detail);
}

Test(rules_listing_road, the_ordinary_road_leads_from_notice_to_listing)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-12-01");
	uint8_t id[16];

	serve(&listing, "2026-11-23", id);
	Credit__V1__Notice *served = notice_row(id);
	cr_expect_eq(served->hearing_until, toy_day("2026-11-30").days);
	cr_expect_eq(served->decide_from, toy_day("2026-12-01").days);
	cr_expect_not(served->provisional);
	cr_expect_eq(served->n_trail, 1);
	credit__v1__notice__free_unpacked(served, NULL);
	toy_set_day(&toy, toy_day("2026-11-30"));
	cr_expect_eq(toy_fire_due(&toy), 0, "the last day is heard to its end");
	listing.decision_date = toy_day("2026-11-30").days;
	cr_refused(toy.market, LISTING, &listing, NOTICE_NEEDED, "listing.notice");
	cr_expect(strstr(toy.problem.detail, "2026-12-01"), "%s", toy.problem.detail);
	toy_set_day(&toy, toy_day("2026-12-01"));
	cr_expect_eq(toy_fire_due(&toy), 1, "and then it is ripe");
	expect_state(id, STATE(RIPE));
	cr_expect_eq(open_tasks(), 1, "a decision is due");
	listing.decision_date = toy_day("2026-12-01").days;
	cr_accepted(toy.market, LISTING, &listing);
	cr_expect_eq(open_tasks(), 0);

	Credit__V1__Notice *decided = notice_row(id);
	cr_expect_eq(decided->state, STATE(DECIDED));
	cr_expect_arr_eq(decided->listing.data, toy.id, sizeof toy.id);
	credit__v1__notice__free_unpacked(decided, NULL);
	Credit__V1__Record *record = toy_record(&toy, company, toy.id);
	cr_expect_arr_eq(record->notice.data, id, sizeof id);
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_listing_road, a_notice_that_time_has_not_called_ripe_yet_serves_all_the_same)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");
	uint8_t id[16];

	serve(&listing, "2026-11-09", id);
	cr_accepted(toy.market, LISTING, &listing);
	expect_state(id, STATE(DECIDED));
	cr_expect_eq(toy_fire_due(&toy), 0, "its timer is gone");
}

Test(rules_listing_road, a_notice_is_used_once_by_who_served_it_for_what_it_said)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23"), act;
	uint8_t id[16], other[16] = {9};
	Credit__V1__Removal removal;
	char elsewhere[CREDIT_USCC_SIZE + 1];

	serve(&listing, "2026-11-09", id);
	act = listing;
	act.ground = (char *)"licence-revoked";
	cr_refused(toy.market, LISTING, &act, NOTICE_NEEDED, "listing.notice");
	act = listing;
	act.list = (char *)"black.work-safety";
	act.ground = (char *)"unlicensed";
	act.instrument = (char *)"mem-11-2023";
	cr_refused(toy.market, LISTING, &act, NOTICE_NEEDED, "listing.notice");
	cr_refused(toy.tax, LISTING, &listing, NOT_THE_AUTHOR, "listing.notice");
	act = listing;
	act.notice.data = other;
	cr_refused(toy.market, LISTING, &act, NOTICE_UNKNOWN, "listing.notice");
	toy_uscc("91110108", 2, elsewhere);
	toy_enrol(&toy, elsewhere);
	act = listing;
	act.entity_uscc = elsewhere;
	cr_refused(toy.market, LISTING, &act, NOTICE_UNKNOWN, "listing.notice");

	cr_accepted(toy.market, LISTING, &listing);
	removal = toy_removal(
		company, toy.id, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_CORRECTED, "2026-11-23");
	uint8_t record[16];
	memcpy(record, toy.id, sizeof record);
	removal.record.data = record;
	cr_accepted(toy.market, REMOVAL, &removal);
	act = toy_listing(company, "2026-11-23");
	act.notice = listing.notice;
	cr_refused(toy.market, LISTING, &act, PROCEDURE_STATE, "listing.notice");
}

Test(rules_listing_road, a_notice_stands_on_the_same_basis_as_its_listing)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");
	Credit__V1__ListingNotice good = toy_notice(&listing, "2026-11-23"), act = good;

	act.list = (char *)"black.none";
	cr_refused(toy.market, LISTING_NOTICE, &act, LIST_UNKNOWN, "listing_notice.list");
	act = good;
	act.ground = (char *)"grade-a";
	cr_refused(toy.market, LISTING_NOTICE, &act, REASON_UNKNOWN, "listing_notice.ground");
	act = good;
	act.instrument = (char *)"sat-12-2025";
	cr_refused(toy.market, LISTING_NOTICE, &act, LEGAL_BASIS, "listing_notice.instrument");
	act = good;
	act.served_on = toy_day("2021-08-31").days;
	cr_refused(toy.market, LISTING_NOTICE, &act, LIST_CLOSED, "listing_notice.served_on");
	act = good;
	act.served_on = toy_day("2026-11-24").days;
	cr_refused(toy.market, LISTING_NOTICE, &act, DATE_FUTURE, "listing_notice.served_on");
	cr_refused(toy.filer, LISTING_NOTICE, &good, NOT_GRANTED, NULL);
	place(&toy.market, CREDIT__V1__LEVEL__LEVEL_UNSPECIFIED, NULL);
	cr_refused(toy.market, LISTING_NOTICE, &good, LEVEL, "listing_notice.list");
}

Test(rules_listing_road, who_waives_the_hearing_may_be_listed_the_same_day)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-24");
	Credit__V1__NoticeStatement waiver;
	uint8_t id[16];

	serve(&listing, "2026-11-23", id);
	toy_set_day(&toy, toy_day("2026-11-24"));
	waiver = say(id, CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_WAIVER, "2026-11-24", "");
	cr_refused(toy.tax, NOTICE_STATEMENT, &waiver, NOT_THE_AUTHOR, "notice_statement.notice");
	cr_accepted(toy.market, NOTICE_STATEMENT, &waiver);
	expect_state(id, STATE(RIPE));
	cr_expect_eq(open_tasks(), 1);
	cr_refused(toy.market, NOTICE_STATEMENT, &waiver, PROCEDURE_STATE, "notice_statement.kind");
	listing.decision_date = toy_day("2026-11-23").days;
	cr_refused(toy.market, LISTING, &listing, NOTICE_NEEDED, "listing.notice");
	listing.decision_date = toy_day("2026-11-24").days;
	cr_accepted(toy.market, LISTING, &listing);
}

Test(rules_listing_road, what_the_entity_said_is_answered_before_it_is_listed)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-12-01");
	Credit__V1__NoticeStatement heard;
	uint8_t id[16];

	serve(&listing, "2026-11-23", id);
	heard = say(id, CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_HEARING, "2026-11-22", "");
	cr_refused(
		toy.market, NOTICE_STATEMENT, &heard, FIELD_RANGE, "notice_statement.received_on");
	heard.received_on = toy_day("2026-11-24").days;
	cr_refused(
		toy.market, NOTICE_STATEMENT, &heard, DATE_FUTURE, "notice_statement.received_on");
	toy_set_day(&toy, toy_day("2026-11-24"));
	cr_accepted(toy.market, NOTICE_STATEMENT, &heard);
	heard = say(id, CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_WAIVER, "2026-11-24", "");
	cr_refused(toy.market, NOTICE_STATEMENT, &heard, PROCEDURE_STATE, "notice_statement.kind");
	toy_set_day(&toy, toy_day("2026-12-01"));
	toy_fire_due(&toy);
	cr_refused(toy.market, LISTING, &listing, NOTICE_NEEDED, "listing.notice");
	cr_expect(strstr(toy.problem.detail, "2026-11-24"), "%s", toy.problem.detail);
	heard = say(id, CREDIT__V1__STATEMENT_KIND__STATEMENT_KIND_STATEMENT, "2026-12-01",
		"经复核，理由不成立");
	cr_accepted(toy.market, NOTICE_STATEMENT, &heard);
	Credit__V1__Notice *row = notice_row(id);
	cr_expect_eq(row->statements, 2);
	cr_expect_eq(row->state, STATE(RIPE));
	credit__v1__notice__free_unpacked(row, NULL);
	cr_accepted(toy.market, LISTING, &listing);
}

Test(rules_listing_road, a_notice_that_was_withdrawn_leads_nowhere)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");
	Credit__V1__NoticeWithdrawal withdrawal = CREDIT__V1__NOTICE_WITHDRAWAL__INIT;
	uint8_t early[16], ripe[16];

	withdrawal.entity_uscc = company;
	withdrawal.reason = (char *)"申辩成立";
	serve(&listing, "2026-11-23", early);
	withdrawal.notice = listing.notice;
	cr_refused(toy.tax, NOTICE_WITHDRAWAL, &withdrawal, NOT_THE_AUTHOR,
		"notice_withdrawal.notice");
	cr_accepted(toy.market, NOTICE_WITHDRAWAL, &withdrawal);
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER), 0);

	serve(&listing, "2026-11-09", ripe);
	withdrawal.notice = listing.notice;
	cr_expect_eq(toy_fire_due(&toy), 1);
	cr_expect_eq(open_tasks(), 1);
	cr_accepted(toy.market, NOTICE_WITHDRAWAL, &withdrawal);
	cr_expect_eq(open_tasks(), 0);
	cr_refused(toy.market, LISTING, &listing, PROCEDURE_STATE, "listing.notice");
	cr_refused(toy.market, NOTICE_WITHDRAWAL, &withdrawal, PROCEDURE_STATE,
		"notice_withdrawal.notice");
}

Test(rules_listing_road, only_time_says_that_a_notice_is_ripe_and_not_before)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-12-01");
	Credit__V1__NoticeRipe ripe = CREDIT__V1__NOTICE_RIPE__INIT;
	uint8_t id[16];

	serve(&listing, "2026-11-23", id);
	ripe.entity_uscc = company;
	ripe.notice = listing.notice;
	ripe.date = toy_day("2026-11-30").days;
	cr_refused(toy.system, NOTICE_RIPE, &ripe, PERIOD, "notice_ripe.date");
	ripe.date = toy_day("2026-12-01").days;
	cr_refused(toy.system, NOTICE_RIPE, &ripe, PERIOD, "notice_ripe.date");
	cr_refused(toy.market, NOTICE_RIPE, &ripe, NOT_GRANTED, NULL);
}

Test(rules_listing_road, a_hearing_beyond_the_known_calendar_is_provisional)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-12-30");
	uint8_t id[16];

	toy_set_day(&toy, toy_day("2026-12-30"));
	serve(&listing, "2026-12-30", id);
	Credit__V1__Notice *row = notice_row(id);
	cr_expect(row->provisional);
	credit__v1__notice__free_unpacked(row, NULL);
}

Test(rules_listing_road, a_red_list_and_an_entry_that_is_over_need_no_notice)
{
	Credit__V1__Listing honour = toy_listing(company, "2026-11-20");
	Credit__V1__Listing old = toy_listing(company, "2022-05-06");

	honour.list = (char *)"red.taxpayer-a";
	honour.ground = (char *)"grade-a";
	honour.instrument = (char *)"sat-12-2025";
	cr_accepted(toy.tax, LISTING, &honour);
	cr_accepted(toy.market, LISTING, &old);
}

/* --- a book that changes between notice and decision ------------------------------------------ */

/* Takes into force on 2026-12-01 a book whose serious list knows other periods. */
static void adopt_changed(const char *transition, const char *longest, const char *shortest)
{
	char *yaml = book_text_read(BOOK_CN_2026), *at, text[64];
	Credit__V1__RuleBookAdoption adoption = CREDIT__V1__RULE_BOOK_ADOPTION__INIT;
	struct credit_arena arena;
	struct credit_bytes bytes;
	struct credit_problem problem;
	struct credit_hash digest;

	at = strstr(yaml, "version: cn-2026");
	memcpy(at, "version: cn-202x", strlen("version: cn-202x"));
	at = strstr(yaml, "effective_date: 2026-04-01");
	memcpy(at, "effective_date: 2026-12-01", strlen("effective_date: 2026-12-01"));
	at = strstr(yaml, "- id: black.market-serious");
	snprintf(text, sizeof text, "months: %s", longest);
	memcpy(strstr(strstr(at, "publication_max:"), "months: 36"), text, strlen(text));
	snprintf(text, sizeof text, "months: %s", shortest);
	memcpy(strstr(strstr(at, "repair_min:"), "months: 12"), text, strlen(text));
	/* The comment line before `consent_levels` makes room for the transition. */
	at = strstr(at, "  # A draft of October 2025");
	snprintf(text, sizeof text, "  transition: %-6s #", transition);
	memcpy(at, text, strlen(text));

	credit_arena_init(&arena, NULL, 0, (size_t)8 << 20);
	cr_assert_eq(credit_rule_book_compile(credit_bytes_of(yaml), &arena, &bytes, &problem),
		CREDIT_OK, "%s: %s", problem.field, problem.detail);
	credit_sha256(bytes, &digest);
	adoption.version = (char *)"cn-202x";
	adoption.digest = (ProtobufCBinaryData){sizeof digest.byte, digest.byte};
	adoption.effective_date = toy_day("2026-12-01").days;
	toy.attachment = bytes;
	toy_must(&toy, &toy.root, TOY_PAYLOAD(RULE_BOOK_ADOPTION), &adoption);
	credit_arena_deinit(&arena);
	free(yaml);
}

static void expect_periods(const char *transition, const char *longest, const char *shortest,
	const char *until, const char *repair)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-12-01");
	uint8_t id[16];

	serve(&listing, "2026-11-23", id);
	adopt_changed(transition, longest, shortest);
	toy_set_day(&toy, toy_day("2026-12-01"));
	toy_fire_due(&toy);
	cr_accepted(toy.market, LISTING, &listing);
	Credit__V1__Record *record = toy_record(&toy, company, toy.id);
	cr_expect_eq(record->published_until, toy_day(until).days);
	cr_expect_eq(record->latest_end, toy_day(until).days);
	cr_expect_eq(record->repair_from, toy_day(repair).days);
	cr_expect_str_eq(record->rule_book, "cn-202x");
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_listing_road, a_harsher_book_after_the_notice_leaves_the_periods_that_were_told)
{
	expect_periods("kinder", "48", "24", "2029-12-01", "2027-12-01");
}

Test(rules_listing_road, of_a_mixed_book_the_kinder_of_each_period_holds)
{
	expect_periods("kinder", "24", "18", "2028-12-01", "2027-12-01");
}

Test(rules_listing_road, where_the_book_says_so_the_new_periods_hold)
{
	expect_periods("new", "48", "24", "2030-12-01", "2028-12-01");
}

Test(rules_listing_road, where_the_book_says_so_the_old_periods_hold)
{
	expect_periods("old", "24", "11", "2029-12-01", "2027-12-01");
}

/* --- level and consent ------------------------------------------------------------------------ */

static Credit__V1__Consent consent_to(const struct credit_hash *draft, const char *date)
{
	Credit__V1__Consent consent = CREDIT__V1__CONSENT__INIT;

	consent.draft_commitment =
		(ProtobufCBinaryData){sizeof draft->byte, (uint8_t *)(uintptr_t)draft->byte};
	consent.issuer_uscc = toy.market.uscc;
	consent.list = (char *)"black.market-serious";
	consent.document_no = (char *)"京市监意〔2026〕1号";
	consent.date = toy_day(date).days;
	return consent;
}

Test(rules_listing_road, an_authority_without_a_level_decides_on_no_list_that_names_levels)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");

	place(&toy.market, CREDIT__V1__LEVEL__LEVEL_UNSPECIFIED, NULL);
	cr_refused(toy.market, LISTING, &listing, LEVEL, "listing.list");
	cr_expect_str_eq(toy.problem.rule, "cn-2026 black.market-serious");
}

Test(rules_listing_road, an_authority_of_another_level_than_the_lists_is_refused)
{
	static const struct {
		Credit__V1__Level level;
		const char *error;
	} rows[] = {
		{CREDIT__V1__LEVEL__LEVEL_COUNTY, "NOTICE_NEEDED"}, /* which comes after */
		{CREDIT__V1__LEVEL__LEVEL_CITY, "NOTICE_NEEDED"},
		{CREDIT__V1__LEVEL__LEVEL_PROVINCE, "LEVEL"},
		{CREDIT__V1__LEVEL__LEVEL_NATIONAL, "LEVEL"},
		{CREDIT__V1__LEVEL__LEVEL_UNSPECIFIED, "LEVEL"},
	};
	char *yaml = book_text_read(BOOK_CN_2026), *at;
	Credit__V1__Listing listing;

	/* The comment line before `consent_levels` makes room. */
	at = strstr(yaml, "  # A draft of October 2025");
	memcpy(at, "  levels: [county, city] #", strlen("  levels: [county, city] #"));
	toy_deinit(&toy);
	toy_init(&toy);
	toy_use_book(&toy, yaml);
	free(yaml);
	toy_found(&toy);
	toy_enrol(&toy, company);
	listing = toy_listing(company, "2026-11-23");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		place(&toy.market, rows[i].level, NULL);
		cr_expect_str_eq(credit_error_name(toy_file(
					 &toy, &toy.market, TOY_PAYLOAD(LISTING), &listing)),
			rows[i].error, "level %d", (int)rows[i].level);
	}
}

Test(rules_listing_road, a_county_lists_with_the_consent_of_the_authority_above_to_this_very_act)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");
	Credit__V1__Consent consent;
	struct credit_hash draft;
	uint8_t id[16];

	place(&toy.market, CREDIT__V1__LEVEL__LEVEL_COUNTY, &toy.stranger);
	serve(&listing, "2026-11-09", id);
	cr_refused(toy.market, LISTING, &listing, CONSENT_NEEDED, NULL);
	toy_commitment(&toy, 1, &draft);
	consent = consent_to(&draft, "2026-11-23");
	cr_accepted(toy.stranger, CONSENT, &consent);
	cr_accepted(toy.market, LISTING, &listing);
	cr_refused(toy.stranger, CONSENT, &consent, COMMITMENT_USED, "consent.draft_commitment");
}

Test(rules_listing_road, a_consent_is_given_by_the_authority_above_with_its_grant)
{
	Credit__V1__Consent consent;
	Credit__V1__Grant grant = toy_grant(&toy.tax, CREDIT__V1__ROLE__ROLE_SUPERVISOR);
	struct credit_hash draft = {{1}};

	place(&toy.market, CREDIT__V1__LEVEL__LEVEL_COUNTY, &toy.stranger);
	consent = consent_to(&draft, "2026-11-23");
	cr_refused(toy.filer, CONSENT, &consent, NOT_GRANTED, NULL);
	toy_must(&toy, &toy.root, TOY_PAYLOAD(GRANT), &grant);
	cr_refused(toy.tax, CONSENT, &consent, NOT_GRANTED, "consent.issuer_uscc");
	consent.date = toy_day("2026-11-24").days;
	cr_refused(toy.stranger, CONSENT, &consent, DATE_FUTURE, "consent.date");
	consent = consent_to(&draft, "2026-11-23");
	consent.list = (char *)"black.none";
	cr_refused(toy.stranger, CONSENT, &consent, LIST_UNKNOWN, "consent.list");
	consent = consent_to(&draft, "2026-11-23");
	consent.issuer_uscc = company;
	cr_refused(toy.stranger, CONSENT, &consent, AUTHORITY_UNKNOWN, "consent.issuer_uscc");
}

Test(rules_listing_road, a_consent_runs_out_and_may_be_given_again)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");
	Credit__V1__Consent consent;
	struct credit_hash draft;
	uint8_t id[16];

	place(&toy.market, CREDIT__V1__LEVEL__LEVEL_COUNTY, &toy.stranger);
	serve(&listing, "2026-11-09", id);
	/* Thirty working days from 2026-10-12 are over on 2026-11-20. */
	toy_commitment(&toy, 1, &draft);
	consent = consent_to(&draft, "2026-10-09");
	cr_accepted(toy.stranger, CONSENT, &consent);
	cr_refused(toy.market, LISTING, &listing, CONSENT_NEEDED, NULL);
	cr_expect(strstr(toy.problem.detail, "run out"), "%s", toy.problem.detail);
	toy_commitment(&toy, 2, &draft);
	consent = consent_to(&draft, "2026-10-09");
	cr_accepted(toy.stranger, CONSENT, &consent);
	consent.date = toy_day("2026-11-23").days;
	cr_accepted(toy.stranger, CONSENT, &consent);
	cr_accepted(toy.market, LISTING, &listing);
}

Test(rules_listing_road, a_consent_to_another_draft_or_of_a_former_superior_does_not_count)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-23");
	Credit__V1__Consent consent;
	struct credit_hash draft;
	uint8_t id[16];

	place(&toy.market, CREDIT__V1__LEVEL__LEVEL_COUNTY, &toy.stranger);
	serve(&listing, "2026-11-09", id);
	toy_commitment(&toy, 1, &draft);
	consent = consent_to(&draft, "2026-11-23");
	consent.list = (char *)"black.food-drug";
	cr_accepted(toy.stranger, CONSENT, &consent);
	cr_refused(toy.market, LISTING, &listing, CONSENT_NEEDED, NULL);
	cr_expect(strstr(toy.problem.detail, "another draft"), "%s", toy.problem.detail);
	toy_commitment(&toy, 2, &draft);
	consent = consent_to(&draft, "2026-11-23");
	cr_accepted(toy.stranger, CONSENT, &consent);
	place(&toy.market, CREDIT__V1__LEVEL__LEVEL_COUNTY, &toy.filer);
	cr_refused(toy.market, LISTING, &listing, CONSENT_NEEDED, NULL);
	cr_expect(strstr(toy.problem.detail, "does not stand above"), "%s", toy.problem.detail);
}

/* --- authorities ------------------------------------------------------------------------------ */

Test(rules_listing_road, nobody_stands_above_itself_however_long_the_way)
{
	Credit__V1__AuthorityChange change;
	char absent[CREDIT_USCC_SIZE + 1];

	place(&toy.market, CREDIT__V1__LEVEL__LEVEL_COUNTY, &toy.tax);
	place(&toy.tax, CREDIT__V1__LEVEL__LEVEL_CITY, &toy.filer);
	change = change_of(&toy.filer, CREDIT__V1__LEVEL__LEVEL_PROVINCE, &toy.filer);
	cr_refused(toy.root, AUTHORITY_CHANGE, &change, SUPERIOR, "authority_change.superior_uscc");
	change = change_of(&toy.filer, CREDIT__V1__LEVEL__LEVEL_PROVINCE, &toy.market);
	cr_refused(toy.root, AUTHORITY_CHANGE, &change, SUPERIOR, "authority_change.superior_uscc");
	toy_uscc("11110000", 77, absent);
	change.superior_uscc = absent;
	cr_refused(toy.root, AUTHORITY_CHANGE, &change, AUTHORITY_UNKNOWN,
		"authority_change.superior_uscc");
	change = change_of(&toy.filer, CREDIT__V1__LEVEL__LEVEL_PROVINCE, NULL);
	cr_refused(toy.market, AUTHORITY_CHANGE, &change, NOT_GRANTED, NULL);
	change.authority_uscc = absent;
	cr_refused(toy.root, AUTHORITY_CHANGE, &change, AUTHORITY_UNKNOWN,
		"authority_change.authority_uscc");
}

Test(rules_listing_road, an_authority_is_enrolled_with_its_level_and_superior)
{
	Credit__V1__AuthorityEnrolment enrolment = CREDIT__V1__AUTHORITY_ENROLMENT__INIT;
	char office[CREDIT_USCC_SIZE + 1];

	toy_uscc("11110108", 55, office);
	enrolment.authority_uscc = office;
	enrolment.name = (char *)"示例所";
	enrolment.level = CREDIT__V1__LEVEL__LEVEL_COUNTY;
	enrolment.superior_uscc = office;
	cr_refused(toy.root, AUTHORITY_ENROLMENT, &enrolment, SUPERIOR,
		"authority_enrolment.superior_uscc");
	enrolment.superior_uscc = toy.market.uscc;
	cr_accepted(toy.root, AUTHORITY_ENROLMENT, &enrolment);

	const struct toy_row *row =
		toy_state_find(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_AUTHORITY,
			(struct credit_bytes){(const uint8_t *)office, CREDIT_USCC_SIZE});
	Credit__V1__Authority *authority =
		credit__v1__authority__unpack(NULL, row->value.size, row->value.data);
	cr_expect_eq(authority->level, CREDIT__V1__LEVEL__LEVEL_COUNTY);
	cr_expect_str_eq(authority->superior_uscc, toy.market.uscc);
	credit__v1__authority__free_unpacked(authority, NULL);
}
