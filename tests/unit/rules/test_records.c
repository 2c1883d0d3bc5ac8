/* SPDX-License-Identifier: Apache-2.0
 *
 * test_records.c - entities, penalties, listings, how they end, and what the status then says.
 */
#include "rules_fixture.h"

static char company[CREDIT_USCC_SIZE + 1];

static void set_up(void)
{
	toy_init_founded(&toy);
	toy_uscc("91110108", 1, company);
	toy_enrol(&toy, company);
}

static void tear_down(void)
{
	toy_deinit(&toy);
}

TestSuite(rules_records, .init = set_up, .fini = tear_down);

/* --- entities ------------------------------------------------------------------------------ */

Test(rules_records, an_enrolled_entity_has_a_clean_status_at_once)
{
	Credit__V1__Status *status = toy_status_message(&toy, company);
	struct credit_stored_status stored = toy_status(&toy, company);
	struct credit_hash hash;

	credit_sha256(stored.detail, &hash);
	cr_assert_not_null(status);
	cr_expect_eq(status->n_lists, 0);
	cr_expect_eq(status->penalties, 0);
	cr_expect_eq(stored.fresh_until.ms, 0);
	cr_assert_eq(status->detail_hash.len, sizeof hash.byte);
	cr_expect_arr_eq(status->detail_hash.data, hash.byte, sizeof hash.byte);
	credit__v1__status__free_unpacked(status, NULL);
}

Test(rules_records, an_entity_is_enrolled_once_by_a_registrar)
{
	Credit__V1__EntityEnrolment enrolment = toy_enrolment(company);

	cr_refused(toy.registrar, ENTITY_ENROLMENT, &enrolment, ENTITY_EXISTS,
		"entity_enrolment.entity_uscc");
	cr_refused(toy.market, ENTITY_ENROLMENT, &enrolment, NOT_GRANTED, NULL);
	cr_refused(toy.root, ENTITY_ENROLMENT, &enrolment, NOT_GRANTED, NULL);
}

Test(rules_records, a_mistyped_code_is_explained)
{
	Credit__V1__EntityEnrolment enrolment;

	company[17] = company[17] == '3' ? '4' : '3';
	enrolment = toy_enrolment(company);
	cr_refused(toy.registrar, ENTITY_ENROLMENT, &enrolment, USCC_CHECK,
		"entity_enrolment.entity_uscc");
	cr_expect_eq(toy.problem.position, 18);
}

Test(rules_records, a_flagged_code_needs_a_document_and_stays_flagged)
{
	/* Issued by an early pilot; the right check character would be F. */
	char *flagged = (char *)"91350203M0001QKT19";
	Credit__V1__EntityEnrolment enrolment = toy_enrolment(flagged);

	cr_refused(toy.registrar, ENTITY_ENROLMENT, &enrolment, USCC_CHECK, NULL);
	enrolment.evidence = CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_EXCEPTION;
	cr_refused(toy.registrar, ENTITY_ENROLMENT, &enrolment, FIELD_MISSING,
		"entity_enrolment.evidence_document");
	enrolment.evidence_document = (char *)"厦市监函〔2016〕8号";
	cr_accepted(toy.registrar, ENTITY_ENROLMENT, &enrolment);

	Credit__V1__Status *status = toy_status_message(&toy, flagged);
	cr_expect(status->code_flagged);
	credit__v1__status__free_unpacked(status, NULL);
}

Test(rules_records, a_sound_code_is_no_exception)
{
	char other[19];
	Credit__V1__EntityEnrolment enrolment;

	toy_uscc("91110108", 2, other);
	enrolment = toy_enrolment(other);
	enrolment.evidence = CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_EXCEPTION;
	enrolment.evidence_document = (char *)"京市监函〔2026〕8号";
	cr_refused(toy.registrar, ENTITY_ENROLMENT, &enrolment, FIELD_RANGE,
		"entity_enrolment.evidence");
	enrolment.evidence = CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_REGISTER;
	cr_accepted(toy.registrar, ENTITY_ENROLMENT, &enrolment);
}

Test(rules_records, a_household_enrols_like_any_other_and_stands_on_no_list_that_does_not_name_it)
{
	char household[19];
	Credit__V1__Listing listing;

	toy_uscc("92110108", 3, household);
	toy_enrol(&toy, household);
	listing = toy_listing(household, "2026-11-20");
	cr_refused(toy.market, LISTING, &listing, ENTITY_CATEGORY, "listing.entity_uscc");
	cr_expect_str_eq(toy.problem.rule, "cn-2026 black.market-serious");
}

/* --- penalties ----------------------------------------------------------------------------- */

static char *kinds[] = {(char *)"警告", (char *)"罚款", (char *)"吊销许可证件"};

Test(rules_records, the_class_decides_how_long_a_penalty_is_published)
{
	static const struct {
		const char *reason;
		size_t first, count;
		const char *end; /* "": as the rule book has it */
		const char *until, *repair, *error;
	} rows[] = {
		{"minor: three months", 0, 1, "", "2027-02-20", "2026-11-20", "OK"},
		{"minor: any earlier day", 0, 1, "2026-12-01", "2026-12-01", "2026-11-20", "OK"},
		{"general: a year", 0, 2, "", "2027-11-20", "2027-02-20", "OK"},
		{"general: the shortest", 1, 1, "2027-02-20", "2027-02-20", "2027-02-20", "OK"},
		{"general: too short", 1, 1, "2027-02-19", NULL, NULL, "PERIOD"},
		{"general: a day too long", 1, 1, "2027-11-21", NULL, NULL, "PERIOD"},
		{"serious: three years", 0, 3, "", "2029-11-20", "2027-11-20", "OK"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Credit__V1__AdministrativePenalty penalty = toy_penalty(
			&toy, company, "2026-11-20", kinds + rows[i].first, rows[i].count);
		penalty.publication_end = rows[i].end[0] ? toy_day(rows[i].end).days : 0;
		enum credit_error error =
			toy_file(&toy, &toy.market, TOY_PAYLOAD(ADMINISTRATIVE_PENALTY), &penalty);
		cr_expect_str_eq(credit_error_name(error), rows[i].error, "%s", rows[i].reason);
		if (error) {
			cr_expect_str_eq(toy.problem.rule, "cn-2026 record.penalty");
			continue;
		}
		Credit__V1__Record *record = toy_record(&toy, company, toy.id);
		cr_assert_not_null(record);
		cr_expect_eq(
			record->published_until, toy_day(rows[i].until).days, "%s", rows[i].reason);
		cr_expect_eq(
			record->repair_from, toy_day(rows[i].repair).days, "%s", rows[i].reason);
		cr_expect_str_eq(record->rule_book, "cn-2026");
		credit__v1__record__free_unpacked(record, NULL);
	}
}

Test(rules_records, a_penalty_is_refused_for_what_it_says)
{
	Credit__V1__AdministrativePenalty good = toy_penalty(&toy, company, "2026-11-20", kinds, 1);
	Credit__V1__AdministrativePenalty act = good;
	char absent[19], wrong[19];

	act.severity = CREDIT__V1__SEVERITY__SEVERITY_SERIOUS;
	cr_refused(toy.market, ADMINISTRATIVE_PENALTY, &act, SEVERITY,
		"administrative_penalty.severity");
	act = good;
	act.decision_date = toy_day("2026-11-24").days;
	cr_refused(toy.market, ADMINISTRATIVE_PENALTY, &act, DATE_FUTURE,
		"administrative_penalty.decision_date");
	act = good;
	act.entity_uscc = absent;
	toy_uscc("91110108", 999, absent);
	cr_refused(toy.market, ADMINISTRATIVE_PENALTY, &act, ENTITY_UNKNOWN,
		"administrative_penalty.entity_uscc");
	act.entity_uscc = wrong;
	memcpy(wrong, absent, sizeof wrong);
	wrong[16] = wrong[16] == '1' ? '2' : '1';
	cr_refused(toy.market, ADMINISTRATIVE_PENALTY, &act, USCC_ORGANISATION_CHECK,
		"administrative_penalty.entity_uscc");
	act = good;
	act.severity = CREDIT__V1__SEVERITY__SEVERITY_MINOR;
	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &act);
}

Test(rules_records, a_decider_files_its_own_penalties_and_a_filer_those_of_others)
{
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-20", kinds, 1);

	cr_refused(toy.tax, ADMINISTRATIVE_PENALTY, &penalty, NOT_GRANTED, NULL);
	cr_expect(strstr(toy.problem.detail, "decided itself"), "%s", toy.problem.detail);
	cr_refused(toy.stranger, ADMINISTRATIVE_PENALTY, &penalty, NOT_GRANTED, NULL);
	cr_refused(toy.root, ADMINISTRATIVE_PENALTY, &penalty, NOT_GRANTED, NULL);
	cr_accepted(toy.filer, ADMINISTRATIVE_PENALTY, &penalty);
}

Test(rules_records, an_old_penalty_of_an_import_is_recorded_and_not_published)
{
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2024-05-06", kinds, 1);
	struct credit_bytes before = toy_status(&toy, company).status;

	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
	cr_expect_eq(toy.effects, 2, "the record, and the decision behind it");
	Credit__V1__Record *record = toy_record(&toy, company, toy.id);
	cr_expect_eq(record->state, CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED);
	cr_expect_eq(record->removal_cause, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_EXPIRED);
	cr_expect_eq(record->removed_on, toy_day("2024-08-07").days);
	credit__v1__record__free_unpacked(record, NULL);
	cr_expect(credit_bytes_equal(before, toy_status(&toy, company).status));
}

Test(rules_records, without_a_rule_book_in_force_nothing_adverse_is_recorded)
{
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-03-02", kinds, 1);
	Credit__V1__Listing listing = toy_listing(company, "2026-03-02");

	toy_set_day(&toy, toy_day("2026-03-31"));
	cr_refused(toy.market, ADMINISTRATIVE_PENALTY, &penalty, RULE_BOOK_MISSING, NULL);
	cr_refused(toy.market, LISTING, &listing, RULE_BOOK_MISSING, NULL);
}

/* --- listings ------------------------------------------------------------------------------ */

Test(rules_records, a_listing_says_from_its_first_second_how_it_ends)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-20");

	cr_accepted(toy.market, LISTING, &listing);
	Credit__V1__Status *status = toy_status_message(&toy, company);
	Credit__V1__Detail *detail = toy_detail_message(&toy, company);
	cr_assert(status && detail && status->n_lists == 1 && detail->n_listings == 1);
	const Credit__V1__ListingDetail *entry = detail->listings[0];
	cr_expect_eq(status->lists[0]->list, 1);
	cr_expect_eq(status->lists[0]->colour, CREDIT__V1__COLOUR__COLOUR_BLACK);
	cr_expect_eq(status->lists[0]->published_until, toy_day("2029-11-20").days);
	cr_expect_eq(status->fresh_until, credit_day_begins(toy_day("2029-11-21")).ms);
	cr_expect_eq(entry->repair_from, toy_day("2027-11-20").days);
	cr_expect_str_eq(entry->decider_uscc, toy.market.uscc);
	cr_expect(entry->remedy[0] && entry->removal_conditions[0] && entry->title_en[0]);
	cr_expect_arr_eq(entry->record.data, toy.id, sizeof toy.id);
	credit__v1__status__free_unpacked(status, NULL);
	credit__v1__detail__free_unpacked(detail, NULL);
}

Test(rules_records, a_listing_without_the_rule_books_basis_is_refused)
{
	Credit__V1__Listing good = toy_listing(company, "2026-11-20"), act = good;
	uint8_t nothing[CREDIT_RECORD_ID_SIZE] = {7};

	act.list = (char *)"black.none";
	cr_refused(toy.market, LISTING, &act, LIST_UNKNOWN, "listing.list");
	act = good;
	act.ground = (char *)"grade-a";
	cr_refused(toy.market, LISTING, &act, REASON_UNKNOWN, "listing.ground");
	cr_expect_str_eq(toy.problem.rule, "cn-2026 black.market-serious");
	act = good;
	act.instrument = (char *)"sat-12-2025";
	cr_refused(toy.market, LISTING, &act, LEGAL_BASIS, "listing.instrument");
	act = good;
	act.decision_date = toy_day("2021-08-31").days;
	cr_refused(toy.market, LISTING, &act, LIST_CLOSED, "listing.decision_date");
	act = good;
	act.publication_end = toy_day("2029-11-21").days;
	cr_refused(toy.market, LISTING, &act, PERIOD, "listing.publication_end");
	act.publication_end = toy_day("2027-11-19").days;
	cr_refused(toy.market, LISTING, &act, PERIOD, "listing.publication_end");
	act = good;
	act.decision_date = toy_day("2026-11-24").days;
	cr_refused(toy.market, LISTING, &act, DATE_FUTURE, "listing.decision_date");
	act = good;
	act.underlying_record = (ProtobufCBinaryData){sizeof nothing, nothing};
	cr_refused(toy.market, LISTING, &act, RECORD_UNKNOWN, "listing.underlying_record");
	cr_refused(toy.filer, LISTING, &good, NOT_GRANTED, NULL);
}

Test(rules_records, a_new_listing_under_a_repealed_instrument_is_refused)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-04-20");

	listing.list = (char *)"red.taxpayer-a";
	listing.ground = (char *)"grade-a";
	listing.instrument = (char *)"sat-40-2014";
	cr_refused(toy.tax, LISTING, &listing, LIST_CLOSED, "listing.decision_date");
	listing.instrument = (char *)"sat-12-2025";
	cr_accepted(toy.tax, LISTING, &listing);
}

Test(rules_records, an_entity_stands_on_a_list_once)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-20");

	cr_accepted(toy.market, LISTING, &listing);
	cr_refused(toy.market, LISTING, &listing, ALREADY_LISTED, "listing.list");
	listing.document_no = (char *)"京海市监列严〔2021〕1号";
	listing.decision_date = toy_day("2021-09-01").days;
	cr_accepted(toy.market, LISTING, &listing); /* over already: history of an import */
}

/* --- how records end ----------------------------------------------------------------------- */

static void list(uint8_t id[CREDIT_RECORD_ID_SIZE], const char *date)
{
	Credit__V1__Listing listing = toy_listing(company, date);

	toy_must(&toy, &toy.market, TOY_PAYLOAD(LISTING), &listing);
	memcpy(id, toy.id, CREDIT_RECORD_ID_SIZE);
}

#define CAUSE(name) CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_##name

Test(rules_records, a_removed_entity_has_the_bytes_of_one_never_listed)
{
	struct credit_stored_status before = toy_status(&toy, company);
	uint8_t status[CREDIT_STATUS_MAX], detail[1024], opening[CREDIT_OPENING_SIZE];
	size_t status_size = before.status.size, detail_size = before.detail.size;
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	cr_assert(status_size <= sizeof status && detail_size <= sizeof detail);
	memcpy(status, before.status.data, status_size);
	memcpy(detail, before.detail.data, detail_size);
	memcpy(opening, before.opening.byte, sizeof opening);
	list(id, "2025-11-20");
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER), 1);
	Credit__V1__Removal removal = toy_removal(company, id, CAUSE(REVOKED), "2026-11-23");
	cr_accepted(toy.market, REMOVAL, &removal);

	struct credit_stored_status after = toy_status(&toy, company);
	cr_assert_eq(after.status.size, status_size);
	cr_assert_eq(after.detail.size, detail_size);
	cr_expect_arr_eq(after.status.data, status, status_size);
	cr_expect_arr_eq(after.detail.data, detail, detail_size);
	cr_expect_arr_neq(after.opening.byte, opening, sizeof opening, "drawn anew");
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER), 0);
	cr_refused(toy.market, REMOVAL, &removal, RECORD_STATE, "removal.record");
}

Test(rules_records, repair_is_for_the_author_from_its_day_on_and_on_application)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE] = {1};

	list(id, "2025-11-24");
	Credit__V1__Removal removal = toy_removal(company, id, CAUSE(REPAIRED), "2026-11-23");
	cr_refused(toy.market, REMOVAL, &removal, PERIOD, "removal.decision_date");
	cr_expect_str_eq(toy.problem.rule, "cn-2026 black.market-serious");
	cr_expect(strstr(toy.problem.detail, "2026-11-24"), "%s", toy.problem.detail);
	toy_set_day(&toy, toy_day("2026-11-24"));
	cr_refused(toy.market, REMOVAL, &removal, PERIOD, "removal.decision_date");
	removal.decision_date = toy_day("2026-11-24").days;
	cr_refused(toy.tax, REMOVAL, &removal, NOT_THE_AUTHOR, "removal.record");
	removal.record.data = other;
	cr_refused(toy.market, REMOVAL, &removal, RECORD_UNKNOWN, "removal.record");
	removal.record.data = id;
	removal.decision_date = toy_day("2026-11-25").days;
	cr_refused(toy.market, REMOVAL, &removal, DATE_FUTURE, "removal.decision_date");
	removal.decision_date = toy_day("2026-11-24").days;
	cr_refused(toy.market, REMOVAL, &removal, CONDITION, "removal.cause");
}

Test(rules_records, where_the_list_says_so_its_authority_repairs_of_its_own_motion)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-20");

	listing.list = (char *)"black.market-abnormal";
	listing.ground = (char *)"unreachable";
	listing.instrument = (char *)"saic-68-2014";
	cr_accepted(toy.market, LISTING, &listing);
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	memcpy(id, toy.id, sizeof id);
	Credit__V1__Removal removal = toy_removal(company, id, CAUSE(REPAIRED), "2026-11-23");
	cr_accepted(toy.market, REMOVAL, &removal);
}

Test(rules_records, a_red_listing_knows_no_repair_but_can_be_revoked)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-20");

	listing.list = (char *)"red.taxpayer-a";
	listing.ground = (char *)"grade-a";
	listing.instrument = (char *)"sat-12-2025";
	cr_accepted(toy.tax, LISTING, &listing);
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	memcpy(id, toy.id, sizeof id);
	Credit__V1__Removal removal = toy_removal(company, id, CAUSE(REPAIRED), "2026-11-23");
	cr_refused(toy.tax, REMOVAL, &removal, PERIOD, "removal.cause");
	removal.cause = CAUSE(REVOKED);
	cr_accepted(toy.tax, REMOVAL, &removal);
}

Test(rules_records, nobody_says_expired_before_the_time_and_time_says_it_by_itself)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	Credit__V1__PublicationEnd end = CREDIT__V1__PUBLICATION_END__INIT;

	list(id, "2023-11-23");
	Credit__V1__Removal removal = toy_removal(company, id, CAUSE(EXPIRED), "2026-11-23");
	end.entity_uscc = company;
	end.record = (ProtobufCBinaryData){sizeof id, id};
	end.date = toy_day("2026-11-24").days;
	cr_refused(toy.market, REMOVAL, &removal, PERIOD, "removal.cause");
	cr_refused(toy.system, PUBLICATION_END, &end, PERIOD, "publication_end.date");
	cr_expect_eq(toy_fire_due(&toy), 0, "the last day is published to its end");
	toy.now = (credit_ms_t){credit_day_begins(toy_day("2026-11-24")).ms};
	cr_refused(toy.market, PUBLICATION_END, &end, NOT_GRANTED, NULL);
	cr_expect_eq(toy_fire_due(&toy), 1, "and ends with the first millisecond after it");
	cr_refused(toy.system, PUBLICATION_END, &end, RECORD_STATE, "publication_end.record");
	Credit__V1__Status *status = toy_status_message(&toy, company);
	cr_expect_eq(status->n_lists, 0);
	credit__v1__status__free_unpacked(status, NULL);
}

Test(rules_records, the_system_key_says_nothing_but_that_time_has_passed)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	list(id, "2025-11-20");
	Credit__V1__Removal removal = toy_removal(company, id, CAUSE(REPAIRED), "2026-11-23");
	Credit__V1__Listing listing = toy_listing(company, "2026-11-20");
	cr_refused(toy.system, REMOVAL, &removal, NOT_GRANTED, NULL);
	cr_refused(toy.system, LISTING, &listing, NOT_GRANTED, NULL);
}

Test(rules_records, a_removal_does_not_come_before_its_record)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	list(id, "2026-11-20");
	Credit__V1__Removal removal = toy_removal(company, id, CAUSE(REVOKED), "2026-11-19");
	cr_refused(toy.market, REMOVAL, &removal, FIELD_RANGE, "removal.decision_date");
}

/* --- many lists ---------------------------------------------------------------------------- */

/* Puts the record of a listing into the state as if an act had. */
static void put_listing(uint32_t number, int32_t date)
{
	uint8_t id[CREDIT_RECORD_ID_SIZE] = {(uint8_t)number}, packed[512];
	uint8_t key[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];
	Credit__V1__Record record = CREDIT__V1__RECORD__INIT;
	Credit__V1__Effect effect = CREDIT__V1__EFFECT__INIT, *items[] = {&effect};

	memcpy(key, company, CREDIT_USCC_SIZE);
	memcpy(key + CREDIT_USCC_SIZE, id, sizeof id);
	record.entity_uscc = company;
	record.id = (ProtobufCBinaryData){sizeof id, id};
	record.kind = CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING;
	record.state = CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;
	record.list = number;
	record.colour = CREDIT__V1__COLOUR__COLOUR_BLACK;
	record.decided_on = date;
	record.published_until = date + 365;
	cr_assert_leq(credit__v1__record__get_packed_size(&record), sizeof packed);
	effect.kind = CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RECORD;
	effect.key = (ProtobufCBinaryData){sizeof key, key};
	effect.value = (ProtobufCBinaryData){credit__v1__record__pack(&record, packed), packed};
	toy_state_apply(&toy.state, &(struct credit_effects){items, 1, 1});
}

Test(rules_records, a_status_names_six_lists_in_order_counts_the_rest_and_keeps_within_its_size)
{
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-20", kinds, 1);

	for (uint32_t number = 9009; number > 9000; number--)
		put_listing(number, CREDIT_DAY_MAX - 1000);
	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);

	Credit__V1__Status *status = toy_status_message(&toy, company);
	Credit__V1__Detail *detail = toy_detail_message(&toy, company);
	cr_assert(status && detail);
	cr_expect_eq(status->n_lists, 6);
	cr_expect_eq(status->more_lists, 3);
	cr_expect_leq(toy_status(&toy, company).status.size, CREDIT_STATUS_MAX);
	for (size_t i = 0; i < status->n_lists; i++)
		cr_expect_eq(status->lists[i]->list, 9001 + i);
	cr_expect_eq(detail->n_listings, 9, "the detail has them all");
	credit__v1__status__free_unpacked(status, NULL);
	credit__v1__detail__free_unpacked(detail, NULL);
}

/* --- timers and stored statuses ------------------------------------------------------------ */

Test(rules_records, a_timer_key_of_another_size_or_kind_is_refused)
{
	uint8_t key[CREDIT_TIMER_KEY_SIZE] = {0};
	struct credit_arena arena;
	Credit__V1__Act *act;

	credit_arena_init(&arena, NULL, 0, 4096);
	key[8] = CREDIT_TIMER_PUBLICATION_END;
	cr_expect_eq(credit_timer_act((struct credit_bytes){key, sizeof key - 1}, &arena, &act),
		CREDIT_E_STORE_CORRUPT);
	cr_expect_eq(
		credit_timer_act((struct credit_bytes){key, sizeof key}, &arena, &act), CREDIT_OK);
	key[8] = 99;
	cr_expect_eq(credit_timer_act((struct credit_bytes){key, sizeof key}, &arena, &act),
		CREDIT_E_STORE_CORRUPT);
	credit_arena_deinit(&arena);
}

Test(rules_records, a_stored_status_that_is_cut_or_garbled_is_corrupt)
{
	uint8_t value[64] = {0};
	struct credit_stored_status status;

	cr_expect_eq(credit_stored_status_parse((struct credit_bytes){value, 33}, &status),
		CREDIT_E_STORE_CORRUPT, "no length");
	value[33] = 31;
	cr_expect_eq(credit_stored_status_parse((struct credit_bytes){value, 64}, &status),
		CREDIT_E_STORE_CORRUPT, "longer than the value");
	value[33] = 2;
	value[34] = 4 << 3;
	value[35] = 0x80;
	cr_expect_eq(credit_stored_status_parse((struct credit_bytes){value, 64}, &status),
		CREDIT_E_STORE_CORRUPT, "a number without its end");
	value[34] = 1 << 3 | 2;
	value[35] = 1;
	cr_expect_eq(credit_stored_status_parse((struct credit_bytes){value, 64}, &status),
		CREDIT_E_STORE_CORRUPT, "a message without its end");
	value[34] = 4 << 3;
	value[35] = 5;
	cr_assert_eq(
		credit_stored_status_parse((struct credit_bytes){value, 64}, &status), CREDIT_OK);
	cr_expect_eq(status.fresh_until.ms, 5);
	cr_expect_eq(status.detail.size, 28);
}
