/* SPDX-License-Identifier: Apache-2.0
 *
 * test_periods.c - when a publication begins and ends: transitions, clocks, lists without an end.
 */
#include "tests/support/book_text.h"
#include "tests/unit/rules/rules_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static char company[19];

static void set_up(void)
{
	toy_init(&toy);
}

static void tear_down(void)
{
	toy_deinit(&toy);
}

TestSuite(rules_periods, .init = set_up, .fini = tear_down);

/* Founds it on cn-2026 with `old` replaced. */
static void found_with(const char *old, const char *new)
{
	char *yaml = book_text_read(BOOK_CN_2026);
	char *text = calloc(1, CREDIT_RULE_BOOK_MAX);
	const char *at = strstr(yaml, old);

	cr_assert(at && text, "'%s' is not in the book", old);
	snprintf(text, CREDIT_RULE_BOOK_MAX, "%.*s%s%s", (int)(at - yaml), yaml, new,
		at + strlen(old));
	book_text_without_procedure(text);
	toy_use_book(&toy, text);
	free(text);
	free(yaml);
	toy_found(&toy);
	toy_uscc("91110108", 1, company);
	toy_enrol(&toy, company);
}

static Credit__V1__Record *file_penalty(char *kind, const char *decided, const char *end)
{
	char *kinds[] = {kind};
	Credit__V1__AdministrativePenalty penalty = toy_penalty(&toy, company, decided, kinds, 1);

	penalty.publication_end = end[0] ? toy_day(end).days : 0;
	if (toy_file(&toy, &toy.market, TOY_PAYLOAD(ADMINISTRATIVE_PENALTY), &penalty))
		return NULL;
	return toy_record(&toy, company, toy.id);
}

/* Serious: at least 12 months, at most 36; general: 3 to 12. The book takes effect on 2026-04-01; today
 * is 2026-11-23. */
static const struct row {
	const char *reason, *transition, *kind, *decided, *end;
	const char *until, *repair; /* NULL: refused, with PERIOD */
	bool shortened;
} rows[] = {
	{"kinder: no end is named", "kinder", "吊销许可证件", "2026-03-31", "", "2029-03-31",
		"2027-03-31", false},
	{"kinder: a longer end is cut", "kinder", "吊销许可证件", "2026-03-31", "2031-03-31",
		"2029-03-31", "2027-03-31", true},
	{"kinder: the longest itself is not cut", "kinder", "吊销许可证件", "2026-03-31",
		"2029-03-31", "2029-03-31", "2027-03-31", false},
	{"kinder: an earlier end stands and opens repair", "kinder", "吊销许可证件", "2026-03-31",
		"2026-12-31", "2026-12-31", "2026-12-31", false},
	{"kinder is meant where nothing is said", NULL, "吊销许可证件", "2026-03-31", "2031-03-31",
		"2029-03-31", "2027-03-31", true},
	{"kinder: an end before the decision is none", "kinder", "吊销许可证件", "2026-03-31",
		"2026-03-30", NULL, NULL, false},
	{"kinder is for old decisions only", "kinder", "吊销许可证件", "2026-04-01", "2031-03-31",
		NULL, NULL, false},
	{"kinder is for old decisions only, the shortest too", "kinder", "吊销许可证件",
		"2026-04-01", "2026-12-31", NULL, NULL, false},
	{"new: the present longest", "new", "吊销许可证件", "2026-03-31", "2031-03-31", NULL, NULL,
		false},
	{"new: the present shortest", "new", "吊销许可证件", "2026-03-31", "2026-12-31", NULL, NULL,
		false},
	{"new: within both", "new", "吊销许可证件", "2026-03-31", "2028-03-31", "2028-03-31",
		"2027-03-31", false},
	{"old: the end that was named", "old", "吊销许可证件", "2026-03-31", "2031-03-31",
		"2031-03-31", "2027-03-31", false},
	{"old: none was named", "old", "吊销许可证件", "2026-03-31", "", "2029-03-31", "2027-03-31",
		false},
	{"old is for old decisions only", "old", "吊销许可证件", "2026-04-01", "2031-03-31", NULL,
		NULL, false},
};

static void check_row(const struct row *row)
{
	char line[64] = "  default_severity: general\n";

	if (row->transition)
		snprintf(line, sizeof line, "  default_severity: general\n  transition: %s\n",
			row->transition);
	found_with("  default_severity: general\n", line);
	Credit__V1__Record *record =
		file_penalty((char *)(uintptr_t)row->kind, row->decided, row->end);
	if (!row->until) {
		cr_expect_null(record, "%s", row->reason);
		cr_expect_eq(toy.problem.error, CREDIT_E_PERIOD, "%s", row->reason);
		cr_expect_str_eq(toy.problem.rule, "cn-2026 record.penalty");
		return;
	}
	cr_assert_not_null(record, "%s: %s", row->reason, toy.problem.detail);
	cr_expect_eq(record->published_until, toy_day(row->until).days, "%s", row->reason);
	cr_expect_eq(record->repair_from, toy_day(row->repair).days, "%s", row->reason);
	cr_expect_eq(record->shortened, row->shortened, "%s", row->reason);
	cr_expect_eq(record->published_from, toy_day(row->decided).days, "%s", row->reason);
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_periods, a_decision_of_before_the_book_is_held_to_what_its_transition_says)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		check_row(&rows[i]);
		toy_deinit(&toy);
		toy_init(&toy);
	}
}

static Credit__V1__Listing listing_on(const char *list, const char *ground, const char *instrument)
{
	Credit__V1__Listing listing = toy_listing(company, "2026-11-20");

	listing.list = (char *)(uintptr_t)list;
	listing.ground = (char *)(uintptr_t)ground;
	listing.instrument = (char *)(uintptr_t)instrument;
	return listing;
}

Test(rules_periods, a_clock_of_the_day_of_record_counts_from_it)
{
	found_with("version: cn-2026\n", "version: cn-2026\n");
	Credit__V1__Listing listing = listing_on("black.tax-major", "evasion", "sat-54-2021");

	listing.publication_end = toy_day("2029-11-24").days;
	cr_refused(toy.tax, LISTING, &listing, PERIOD, "listing.publication_end");
	cr_expect(strstr(toy.problem.detail, "from its record"), "%s", toy.problem.detail);
	listing.publication_end = 0;
	cr_accepted(toy.tax, LISTING, &listing);
	Credit__V1__Record *record = toy_record(&toy, company, toy.id);
	cr_expect_eq(record->decided_on, toy_day("2026-11-20").days);
	cr_expect_eq(record->published_from, toy_day("2026-11-23").days, "today");
	cr_expect_eq(record->published_until, toy_day("2029-11-23").days);
	cr_expect_eq(record->repair_from, toy_day("2027-11-23").days);
	credit__v1__record__free_unpacked(record, NULL);
}

Test(rules_periods, a_list_without_a_longest_is_published_until_it_is_ended)
{
	found_with("version: cn-2026\n", "version: cn-2026\n");
	Credit__V1__Listing listing =
		listing_on("black.market-abnormal", "annual-report", "saic-68-2014");
	struct credit_bytes clean = toy_status(&toy, company).status;
	uint8_t copy[CREDIT_STATUS_MAX], id[CREDIT_RECORD_ID_SIZE];

	cr_assert_leq(clean.size, sizeof copy);
	memcpy(copy, clean.data, clean.size);
	clean.data = copy;
	cr_accepted(toy.market, LISTING, &listing);
	memcpy(id, toy.id, sizeof id);
	Credit__V1__Record *record = toy_record(&toy, company, id);
	cr_expect_eq(record->published_until, 0);
	cr_expect_eq(record->repair_from, toy_day("2026-11-20").days, "at once");
	credit__v1__record__free_unpacked(record, NULL);
	cr_expect_eq(toy_status(&toy, company).fresh_until.ms, 0, "time alone changes nothing");

	toy_set_day(&toy, toy_day("2046-11-23"));
	cr_expect_eq(toy_fire_due(&toy), 0, "no timer");
	cr_refused(toy.market, LISTING, &listing, ALREADY_LISTED, "listing.list");

	Credit__V1__PublicationEnd end = CREDIT__V1__PUBLICATION_END__INIT;
	end.entity_uscc = company;
	end.record = (ProtobufCBinaryData){sizeof id, id};
	end.date = toy_day("2046-11-23").days;
	cr_refused(toy.system, PUBLICATION_END, &end, PERIOD, "publication_end.date");
	Credit__V1__Removal removal = toy_removal(
		company, id, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_EXPIRED, "2046-11-23");
	cr_refused(toy.market, REMOVAL, &removal, PERIOD, "removal.cause");
	removal.cause = CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REPAIRED;
	cr_accepted(toy.market, REMOVAL, &removal);
	cr_expect(
		credit_bytes_equal(clean, toy_status(&toy, company).status), "as if never listed");
}

Test(rules_periods, a_status_is_fresh_until_the_first_last_day_that_there_is)
{
	found_with("version: cn-2026\n", "version: cn-2026\n");
	Credit__V1__Listing cured =
		listing_on("black.market-abnormal", "annual-report", "saic-68-2014");
	Credit__V1__Listing ending =
		listing_on("black.market-serious", "heavy-fine", "samr-44-2021");

	cr_accepted(toy.market, LISTING, &ending);
	int64_t fresh = toy_status(&toy, company).fresh_until.ms;
	cr_expect_eq(fresh, credit_day_begins(toy_day("2029-11-21")).ms);
	cr_accepted(toy.market, LISTING, &cured);
	cr_expect_eq(toy_status(&toy, company).fresh_until.ms, fresh, "the other has no last day");
}

Test(rules_periods, an_act_may_end_what_the_book_lets_run_on)
{
	found_with("version: cn-2026\n", "version: cn-2026\n");
	Credit__V1__Listing listing =
		listing_on("black.market-abnormal", "annual-report", "saic-68-2014");

	listing.publication_end = toy_day("2026-11-19").days;
	cr_refused(toy.market, LISTING, &listing, PERIOD, "listing.publication_end");
	listing.publication_end = toy_day("2026-12-31").days;
	cr_accepted(toy.market, LISTING, &listing);
	toy_set_day(&toy, toy_day("2027-01-01"));
	cr_expect_eq(toy_fire_due(&toy), 1);
}
