/* SPDX-License-Identifier: Apache-2.0
 *
 * test_other_records.c - licences, pledges, honours, judgments; the life of an entity.
 */
#include "rules_fixture.h"

#include <credit/v1/rule_book.pb-c.h>

#define TEXT(literal) ((char *)(uintptr_t)(literal))

static char company[CREDIT_USCC_SIZE + 1], other[CREDIT_USCC_SIZE + 1];

static void set_up(void)
{
	toy_init_founded(&toy);
	toy_uscc("91110108", 1, company);
	toy_uscc("91110108", 2, other);
	toy_enrol(&toy, company);
	toy_enrol(&toy, other);
}

static void tear_down(void)
{
	toy_deinit(&toy);
}

TestSuite(rules_other_records, .init = set_up, .fini = tear_down);
TestSuite(rules_life, .init = set_up, .fini = tear_down);

static Credit__V1__Pledge a_pledge(void)
{
	Credit__V1__Pledge pledge = CREDIT__V1__PLEDGE__INIT;

	pledge.entity_uscc = company;
	pledge.kind = CREDIT__V1__PLEDGE_KIND__PLEDGE_KIND_APPROVAL;
	pledge.title = TEXT("食品经营许可告知承诺");
	pledge.text = TEXT("符合许可条件");
	pledge.document_no = TEXT("示诺〔2026〕1号");
	pledge.pledged_on = toy_day("2026-11-02").days;
	return pledge;
}

static Credit__V1__RecordOutcome an_outcome(Credit__V1__OutcomeKind kind, const char *date)
{
	Credit__V1__RecordOutcome outcome = CREDIT__V1__RECORD_OUTCOME__INIT;
	static uint8_t id[CREDIT_RECORD_ID_SIZE];

	memcpy(id, toy.id, sizeof id);
	outcome.entity_uscc = company;
	outcome.record = (ProtobufCBinaryData){sizeof id, id};
	outcome.outcome = kind;
	outcome.date = toy_day(date).days;
	return outcome;
}

static Credit__V1__Licence a_licence(void)
{
	Credit__V1__Licence licence = CREDIT__V1__LICENCE__INIT;

	licence.entity_uscc = company;
	licence.entity_name = TEXT("示例有限公司");
	licence.document_no = TEXT("示许〔2026〕7号");
	licence.document_name = TEXT("食品经营许可决定书");
	licence.licence_kind = TEXT("普通");
	licence.content = TEXT("准予食品经营");
	licence.decision_date = toy_day("2026-11-02").days;
	licence.valid_until = toy_day("2026-12-31").days;
	licence.decider_uscc = toy.market.uscc;
	licence.decider_name = TEXT("市场监督管理局");
	return licence;
}

/* --- pledges and judgments ------------------------------------------------------------------- */

Test(rules_other_records, a_broken_pledge_is_counted_apart_and_may_still_be_performed)
{
	Credit__V1__Pledge pledge = a_pledge();
	Credit__V1__RecordOutcome outcome;
	Credit__V1__Status *status;

	cr_accepted(toy.market, PLEDGE, &pledge);
	outcome = an_outcome(CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_BROKEN, "2026-11-20");
	status = toy_status_message(&toy, company);
	cr_expect_eq(status->pledges, 1);
	cr_expect_eq(status->broken_pledges, 0);
	credit__v1__status__free_unpacked(status, NULL);

	cr_accepted(toy.market, RECORD_OUTCOME, &outcome);
	status = toy_status_message(&toy, company);
	cr_expect_eq(status->pledges, 0);
	cr_expect_eq(status->broken_pledges, 1);
	credit__v1__status__free_unpacked(status, NULL);
	cr_refused(toy.market, RECORD_OUTCOME, &outcome, RECORD_STATE, "record_outcome.outcome");

	outcome.outcome = CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_PERFORMED;
	cr_accepted(toy.market, RECORD_OUTCOME, &outcome);
	status = toy_status_message(&toy, company);
	cr_expect_eq(status->pledges, 1);
	cr_expect_eq(status->broken_pledges, 0);
	credit__v1__status__free_unpacked(status, NULL);
}

Test(rules_other_records, what_was_performed_stays_so)
{
	Credit__V1__Pledge pledge = a_pledge();
	Credit__V1__RecordOutcome outcome;

	cr_accepted(toy.market, PLEDGE, &pledge);
	outcome = an_outcome(CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_PERFORMED, "2026-11-20");
	cr_accepted(toy.market, RECORD_OUTCOME, &outcome);
	outcome.outcome = CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_BROKEN;
	cr_refused(toy.market, RECORD_OUTCOME, &outcome, RECORD_STATE, "record_outcome.outcome");
}

Test(rules_other_records, an_outcome_is_the_authors_and_not_before_the_pledge)
{
	Credit__V1__Pledge pledge = a_pledge();
	Credit__V1__RecordOutcome outcome;

	cr_accepted(toy.market, PLEDGE, &pledge);
	outcome = an_outcome(CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_BROKEN, "2026-11-01");
	cr_refused(toy.market, RECORD_OUTCOME, &outcome, FIELD_RANGE, "record_outcome.date");
	outcome.date = toy_day("2026-11-20").days;
	cr_refused(toy.tax, RECORD_OUTCOME, &outcome, NOT_THE_AUTHOR, "record_outcome.record");
}

Test(rules_other_records, a_licence_has_no_outcome)
{
	Credit__V1__Licence licence = a_licence();
	Credit__V1__RecordOutcome outcome;

	cr_accepted(toy.market, LICENCE, &licence);
	outcome = an_outcome(CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_BROKEN, "2026-11-20");
	cr_refused(toy.market, RECORD_OUTCOME, &outcome, RECORD_KIND, "record_outcome.record");
}

Test(rules_other_records, a_pledge_is_not_due_before_it_was_given)
{
	Credit__V1__Pledge pledge = a_pledge();

	pledge.due_on = pledge.pledged_on - 1;
	cr_refused(toy.market, PLEDGE, &pledge, FIELD_RANGE, "pledge.due_on");
	pledge.due_on = 0;
	pledge.pledged_on = toy_day("2026-11-24").days;
	cr_refused(toy.market, PLEDGE, &pledge, DATE_FUTURE, "pledge.pledged_on");
}

Test(rules_other_records, a_judgment_is_for_those_with_business_and_says_how_it_came_out)
{
	Credit__V1__Judgment judgment = CREDIT__V1__JUDGMENT__INIT;
	Credit__V1__RecordOutcome outcome;
	Credit__V1__Record *record;
	Credit__V1__Status *status;

	judgment.entity_uscc = company;
	judgment.court = TEXT("示例县人民法院");
	judgment.document_no = TEXT("（2026）示0106民初8号");
	judgment.decision_date = toy_day("2026-10-12").days;
	judgment.obligation = TEXT("支付货款");
	cr_accepted(toy.market, JUDGMENT, &judgment);
	outcome = an_outcome(CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_PERFORMED, "2026-11-20");
	status = toy_status_message(&toy, company);
	cr_expect_eq(status->open_judgments, 0, "its rule says limited");
	credit__v1__status__free_unpacked(status, NULL);
	cr_accepted(toy.market, RECORD_OUTCOME, &outcome);
	record = toy_record(&toy, company, outcome.record.data);
	cr_assert_not_null(record);
	cr_expect_eq(record->outcome, CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_PERFORMED);
	cr_expect_eq(record->visibility, CREDIT__V1__VISIBILITY__VISIBILITY_LIMITED);
	cr_expect_eq(record->n_trail, 1);
	credit__v1__record__free_unpacked(record, NULL);
}

/* --- licences and honours -------------------------------------------------------------------- */

Test(rules_other_records, a_licence_is_shown_to_the_end_of_its_term_and_no_longer)
{
	Credit__V1__Licence licence = a_licence();
	Credit__V1__Status *status;

	cr_accepted(toy.market, LICENCE, &licence);
	status = toy_status_message(&toy, company);
	cr_expect_eq(status->licences, 1);
	credit__v1__status__free_unpacked(status, NULL);
	toy_set_day(&toy, toy_day("2026-12-31"));
	cr_expect_eq(toy_fire_due(&toy), 0);
	toy_set_day(&toy, toy_day("2027-01-01"));
	cr_expect_eq(toy_fire_due(&toy), 1);
	status = toy_status_message(&toy, company);
	cr_expect_eq(status->licences, 0);
	credit__v1__status__free_unpacked(status, NULL);
}

Test(rules_other_records, a_licence_does_not_run_out_before_it_is_granted)
{
	Credit__V1__Licence licence = a_licence();

	licence.valid_until = licence.decision_date - 1;
	cr_refused(toy.market, LICENCE, &licence, FIELD_RANGE, "licence.valid_until");
}

Test(rules_other_records, a_filer_may_file_anothers_licence_and_a_decider_its_own_only)
{
	Credit__V1__Licence licence = a_licence();

	licence.decider_uscc = toy.tax.uscc;
	cr_refused(toy.market, LICENCE, &licence, NOT_GRANTED, NULL);
	cr_accepted(toy.filer, LICENCE, &licence);
}

Test(rules_other_records, an_honour_on_no_list_is_counted)
{
	Credit__V1__Honour honour = CREDIT__V1__HONOUR__INIT;
	Credit__V1__Status *status;

	honour.entity_uscc = company;
	honour.title = TEXT("示例县诚信经营示范单位");
	honour.document_no = TEXT("示政发〔2026〕9号");
	honour.decision_date = toy_day("2026-11-02").days;
	honour.reason = TEXT("连续三年无违法失信记录");
	cr_accepted(toy.market, HONOUR, &honour);
	status = toy_status_message(&toy, company);
	cr_expect_eq(status->honours, 1);
	cr_expect_eq(status->n_lists, 0);
	credit__v1__status__free_unpacked(status, NULL);
}

/* --- the life of an entity ------------------------------------------------------------------- */

static Credit__V1__EntityAlias an_alias(char *from, char *to, Credit__V1__AliasCause cause)
{
	Credit__V1__EntityAlias alias = CREDIT__V1__ENTITY_ALIAS__INIT;

	alias.entity_uscc = from;
	alias.successor_uscc = to;
	alias.cause = cause;
	alias.effective_on = toy_day("2026-11-20").days;
	alias.document_no = TEXT("示登〔2026〕3号");
	return alias;
}

#define REISSUED CREDIT__V1__ALIAS_CAUSE__ALIAS_CAUSE_REISSUED
#define MERGED CREDIT__V1__ALIAS_CAUSE__ALIAS_CAUSE_MERGED

Test(rules_life, a_reissued_code_shows_the_records_of_the_old_one_as_they_change)
{
	char *kinds[] = {TEXT("罚款")};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-05-06", kinds, 1);
	Credit__V1__EntityAlias alias = an_alias(company, other, REISSUED);
	Credit__V1__Status *status;
	Credit__V1__Detail *detail;

	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
	cr_accepted(toy.registrar, ENTITY_ALIAS, &alias);
	status = toy_status_message(&toy, other);
	cr_expect_eq(status->penalties, 1);
	credit__v1__status__free_unpacked(status, NULL);
	detail = toy_detail_message(&toy, company);
	cr_expect_str_eq(detail->successor_uscc, other);
	credit__v1__detail__free_unpacked(detail, NULL);

	toy_set_day(&toy, toy_day("2027-05-07"));
	cr_expect_eq(toy_fire_due(&toy), 1);
	status = toy_status_message(&toy, other);
	cr_expect_eq(status->penalties, 0);
	credit__v1__status__free_unpacked(status, NULL);
}

Test(rules_life, a_merger_leaves_the_records_where_they_are)
{
	char *kinds[] = {TEXT("罚款")};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-05-06", kinds, 1);
	Credit__V1__EntityAlias alias = an_alias(company, other, MERGED);
	Credit__V1__Status *status;

	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
	cr_accepted(toy.registrar, ENTITY_ALIAS, &alias);
	status = toy_status_message(&toy, other);
	cr_expect_eq(status->penalties, 0);
	credit__v1__status__free_unpacked(status, NULL);
	status = toy_status_message(&toy, company);
	cr_expect_eq(status->penalties, 1);
	cr_expect(status->ended);
	credit__v1__status__free_unpacked(status, NULL);
}

Test(rules_life, a_code_is_given_up_once_for_a_living_one_and_never_in_a_circle)
{
	Credit__V1__EntityAlias alias = an_alias(company, company, REISSUED);

	cr_refused(toy.registrar, ENTITY_ALIAS, &alias, FIELD_RANGE, "entity_alias.successor_uscc");
	alias.successor_uscc = other;
	cr_accepted(toy.registrar, ENTITY_ALIAS, &alias);
	cr_refused(toy.registrar, ENTITY_ALIAS, &alias, ENTITY_ENDED, "entity_alias.entity_uscc");
	alias = an_alias(other, company, REISSUED);
	cr_refused(
		toy.registrar, ENTITY_ALIAS, &alias, ENTITY_ENDED, "entity_alias.successor_uscc");
}

Test(rules_life, codes_of_one_entity_are_bounded)
{
	char codes[10][CREDIT_USCC_SIZE + 1];

	for (unsigned i = 0; i < 10; i++) {
		toy_uscc("91110108", 100 + i, codes[i]);
		toy_enrol(&toy, codes[i]);
	}
	for (unsigned i = 0; i < 7; i++) {
		Credit__V1__EntityAlias alias = an_alias(codes[i], codes[i + 1], REISSUED);
		cr_accepted(toy.registrar, ENTITY_ALIAS, &alias);
	}
	Credit__V1__EntityAlias alias = an_alias(codes[7], codes[8], REISSUED);
	cr_refused(toy.registrar, ENTITY_ALIAS, &alias, TOO_MANY, "entity_alias.successor_uscc");
}

Test(rules_life, no_new_decision_under_a_code_that_was_given_up)
{
	Credit__V1__EntityAlias alias = an_alias(company, other, REISSUED);
	Credit__V1__Listing listing = toy_listing(company, "2026-11-21");
	char *kinds[] = {TEXT("警告")};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-19", kinds, 1);

	cr_accepted(toy.registrar, ENTITY_ALIAS, &alias);
	cr_refused(toy.market, LISTING, &listing, ENTITY_ENDED, "listing.entity_uscc");
	/* What was decided before is still the old code's. */
	cr_accepted(toy.market, ADMINISTRATIVE_PENALTY, &penalty);
}

Test(rules_life, a_deregistered_entity_keeps_its_records_and_gets_no_new_ones)
{
	Credit__V1__EntityDeregistration end = CREDIT__V1__ENTITY_DEREGISTRATION__INIT;
	char *kinds[] = {TEXT("警告")};
	Credit__V1__AdministrativePenalty penalty =
		toy_penalty(&toy, company, "2026-11-21", kinds, 1);
	Credit__V1__Detail *detail;

	end.entity_uscc = company;
	end.date = toy_day("2026-11-20").days;
	end.document_no = TEXT("示登〔2026〕4号");
	cr_refused(toy.market, ENTITY_DEREGISTRATION, &end, NOT_GRANTED, NULL);
	cr_accepted(toy.registrar, ENTITY_DEREGISTRATION, &end);
	cr_refused(toy.registrar, ENTITY_DEREGISTRATION, &end, ENTITY_ENDED,
		"entity_deregistration.entity_uscc");
	cr_refused(toy.market, ADMINISTRATIVE_PENALTY, &penalty, ENTITY_ENDED,
		"administrative_penalty.entity_uscc");
	detail = toy_detail_message(&toy, company);
	cr_expect_eq(detail->deregistered_on, end.date);
	credit__v1__detail__free_unpacked(detail, NULL);
}

Test(rules_life, a_new_name_is_shown_at_once)
{
	Credit__V1__EntityChange change = CREDIT__V1__ENTITY_CHANGE__INIT;
	Credit__V1__Detail *detail;

	change.entity_uscc = company;
	change.name = TEXT("示例新名称有限公司");
	change.document_no = TEXT("示登〔2026〕5号");
	change.date = toy_day("2026-11-20").days;
	cr_accepted(toy.registrar, ENTITY_CHANGE, &change);
	detail = toy_detail_message(&toy, company);
	cr_expect_str_eq(detail->name, "示例新名称有限公司");
	credit__v1__detail__free_unpacked(detail, NULL);
}
