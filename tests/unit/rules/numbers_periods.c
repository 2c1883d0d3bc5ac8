/* SPDX-License-Identifier: Apache-2.0
 *
 * numbers_periods.c - periods, amounts, grades and dates of a rule book, seen at what they do.
 */
#include "numbers_fixture.h"

#include <credit/v1/grading_service.pb-c.h>

/* --- periods ----------------------------------------------------------------------------------- */

static int64_t of_record(bool repair)
{
	Credit__V1__Record *record = toy_record(&sight.toy, sight.company, sight.record_id);
	int64_t day = repair ? record->repair_from : record->published_until;

	credit__v1__record__free_unpacked(record, NULL);
	return day;
}

int64_t number_observe_publication(void)
{
	number_make_record(sight.number.item, number_today());
	return of_record(false);
}

int64_t number_observe_repair_from(void)
{
	number_make_record(sight.number.item, number_today());
	return of_record(true);
}

static void penalise_by_class(void)
{
	const Credit__V1__PenaltyClass *class =
		(const Credit__V1__PenaltyClass *)sight.number.chain[2];

	number_penalise(class->penalty_kinds[0], 0, number_today());
}

int64_t number_observe_class_publication(void)
{
	penalise_by_class();
	return of_record(false);
}

int64_t number_observe_class_repair_from(void)
{
	penalise_by_class();
	return of_record(true);
}

/* The severities of fines about the amount, as digits. */
int64_t number_observe_fine(void)
{
	int64_t seen = 0;

	for (int64_t fine = sight.number.value - 1; fine <= sight.number.value + 1; fine++) {
		number_next_company();
		number_penalise("罚款", fine, number_today());
		Credit__V1__Record *record = toy_record(&sight.toy, sight.company, sight.record_id);
		seen = seen * 10 + (int64_t)record->severity;
		credit__v1__record__free_unpacked(record, NULL);
	}
	return seen;
}

/* How old a repetition must be to stand in the way no more: one of a day less is refused. A record of the
 * same item, or of a list a penalty as grave by the same authority. */
static bool repetition_refuses(int32_t day)
{
	number_next_company();
	number_make_record(sight.number.item,
		toy_day(number_list(sight.number.item) ? "2025-06-02" : "2026-09-10").days);
	uint8_t first[CREDIT_RECORD_ID_SIZE];
	memcpy(first, sight.record_id, sizeof first);
	if (number_list(sight.number.item))
		number_penalise("责令停产停业", 0, day);
	else
		number_penalise("警告", 0, day);
	memcpy(sight.record_id, first, sizeof first);
	number_apply_for_repair();
	number_accept_repair();
	toy_step_init(&sight.toy, TOY_PAYLOAD(REPAIR_DECISION), sight.company, sight.case_id,
		&sight.applicant, &sight.step);
	enum credit_error error =
		toy_file(&sight.toy, &sight.toy.market, TOY_PAYLOAD(REPAIR_DECISION), &sight.step);
	cr_assert(
		error == CREDIT_OK || error == CREDIT_E_CONDITION, "%s", sight.toy.problem.detail);
	return error != CREDIT_OK;
}

int64_t number_observe_no_repeat(void)
{
	int64_t seen = 1;

	for (int32_t month = -1; month <= 1; month++) {
		int32_t months = (int32_t)sight.number.value + month;
		for (int32_t day = -1; day <= 0; day++) {
			credit_day_t at = credit_day_add_months(toy_day(TODAY), -months);
			seen = seen * 2 + repetition_refuses(at.days + day);
		}
	}
	return seen;
}

int64_t number_observe_after_fraud(void)
{
	number_reach_repair(sight.number.item);
	number_accept_repair();
	number_take(&sight.toy.market, TOY_PAYLOAD(REPAIR_DECISION));
	number_take(&sight.toy.market, TOY_PAYLOAD(REPAIR_REVOCATION));
	Credit__V1__Record *record = toy_record(&sight.toy, sight.company, sight.record_id);
	int64_t day = record->no_repair_before;
	credit__v1__record__free_unpacked(record, NULL);
	return day;
}

/* The day on which the record of a read of today will be erased. */
static int64_t read_kept_until(void)
{
	Credit__V1__AccessRecord read = CREDIT__V1__ACCESS_RECORD__INIT;
	int64_t day = 0;

	read.reader_uscc = sight.toy.market.uscc;
	read.method = TEXT("admin-service/scrub");
	read.purpose = TEXT("日常维护");
	read.at = sight.toy.now.ms;
	number_must(&sight.toy.system, TOY_PAYLOAD(ACCESS_RECORD), &read);
	for (size_t i = 0; i < sight.toy.state.count; i++) {
		const struct toy_row *row = &sight.toy.state.rows[i];

		if (row->kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_TIMER &&
			row->key.data[8] == CREDIT_TIMER_ACCESS_EXPIRY)
			day = credit_day_of((credit_ms_t){(int64_t)credit_read_u64(row->key.data)})
				      .days;
	}
	cr_assert_neq(day, 0);
	return day;
}

int64_t number_observe_retention(void)
{
	const Credit__V1__RetentionRule *rule =
		(const Credit__V1__RetentionRule *)sight.number.chain[1];
	Credit__V1__Erasure erasure = CREDIT__V1__ERASURE__INIT;

	if (strcmp(rule->item, "access.read") == 0)
		return read_kept_until();

	number_make_record(rule->item, number_today());
	number_remove_record();
	erasure.entity_uscc = sight.company;
	erasure.record = (ProtobufCBinaryData){sizeof sight.record_id, sight.record_id};
	erasure.ground = CREDIT__V1__ERASURE_GROUND__ERASURE_GROUND_RETENTION_OVER;
	erasure.decision_date = number_today();
	erasure.reason = TEXT("保存期满");
	cr_assert_eq(toy_file(&sight.toy, &sight.toy.market, TOY_PAYLOAD(ERASURE), &erasure),
		CREDIT_E_RETENTION, "%s", sight.toy.problem.detail);
	return number_refused_until("kept until ");
}

/* --- measures ---------------------------------------------------------------------------------- */

static const Credit__V1__MeasureRule *list_for_measure(void)
{
	const Credit__V1__MeasureRule *measure =
		(const Credit__V1__MeasureRule *)sight.number.chain[1];
	bool punishes = measure->kind == CREDIT__V1__MEASURE_KIND__MEASURE_KIND_PUNISHMENT;

	number_make_record(measure->n_lists ? measure->lists[0]
			   : punishes       ? PLAIN_LIST
					    : HONOUR_LIST,
		number_today());
	return measure;
}

int64_t number_observe_longest(void)
{
	Credit__V1__MeasureApplication act = number_application(list_for_measure()->id);

	act.until = credit_day_add_months(toy_day(TODAY), 599).days;
	cr_assert_eq(toy_file(&sight.toy, &sight.toy.tax, TOY_PAYLOAD(MEASURE_APPLICATION), &act),
		CREDIT_E_MEASURE_HARSHER);
	return number_refused_until("not after ");
}

/* Which amounts about the largest are allowed. */
int64_t number_observe_amount(void)
{
	int64_t seen = 1;

	for (int64_t amount = sight.number.value - 1; amount <= sight.number.value + 1; amount++) {
		number_next_company();
		Credit__V1__MeasureApplication act = number_application(list_for_measure()->id);
		act.amount_fen = amount;
		seen = seen * 2 + (toy_file(&sight.toy, &sight.toy.tax,
					   TOY_PAYLOAD(MEASURE_APPLICATION), &act) == CREDIT_OK);
	}
	return seen;
}

/* --- grades ------------------------------------------------------------------------------------ */

static struct credit_rule_book *graded_by(void)
{
	struct credit_rule_book *loaded;

	cr_assert_eq(credit_rule_book_load(sight.toy.book_bytes, &loaded, NULL), CREDIT_OK);
	return loaded;
}

/* Does the count that the number belongs to give its grade for so many records of that day? */
static bool count_gives(const struct credit_rule_book *by, size_t records, int32_t day)
{
	const Credit__V1__GradeCount *count = (const Credit__V1__GradeCount *)sight.number.chain[2];
	Credit__V1__Record record = CREDIT__V1__RECORD__INIT;
	const Credit__V1__Record *pointers[16];
	Credit__V1__Grade *grade;
	bool given = false;

	record.kind = CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY;
	record.item = TEXT("record.penalty");
	record.id = (ProtobufCBinaryData){sizeof sight.record_id, sight.record_id};
	record.state = CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;
	record.severity = count->severity;
	record.decided_on = day;
	for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++)
		pointers[i] = &record;
	cr_assert_eq(credit_grade(by, pointers, records, toy_day(TODAY), &sight.arena, &grade),
		CREDIT_OK);
	for (size_t i = 0; i < grade->n_reasons; i++)
		given |= strcmp(grade->reasons[i]->rule, count->id) == 0;
	return given;
}

/* The fewest records that are enough. */
int64_t number_observe_at_least(void)
{
	struct credit_rule_book *by = graded_by();
	int64_t records = 1;

	while (records < 16 && !count_gives(by, (size_t)records, toy_day(TODAY).days))
		records++;
	credit_rule_book_free(by);
	return records;
}

/* The first day of the window. */
int64_t number_observe_window(void)
{
	struct credit_rule_book *by = graded_by();
	int32_t day = toy_day("2020-01-01").days;

	while (day < toy_day(TODAY).days && !count_gives(by, 16, day))
		day++;
	credit_rule_book_free(by);
	return day;
}

/* The share inspected of an entity whose records give it this grade. */
int64_t number_observe_inspection(void)
{
	const Credit__V1__GradeClass *class = (const Credit__V1__GradeClass *)sight.number.chain[2];
	struct credit_rule_book *by = graded_by();
	Credit__V1__Record records[8];
	const Credit__V1__Record *pointers[8];
	Credit__V1__Grade *grade = NULL;
	int64_t seen = -1;

	for (size_t i = 0; i < 8; i++) {
		credit__v1__record__init(&records[i]);
		records[i].kind = CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY;
		records[i].item = TEXT("record.penalty");
		records[i].state = CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED;
		records[i].decided_on = toy_day(TODAY).days;
		records[i].severity = CREDIT__V1__SEVERITY__SEVERITY_MINOR;
		pointers[i] = &records[i];
	}
	/* One record after another, graver at last, until the grade is reached. */
	for (size_t count = 0; count <= 8 && seen < 0; count++) {
		for (size_t i = 5; i < count; i++)
			records[i].severity = CREDIT__V1__SEVERITY__SEVERITY_SERIOUS;
		for (size_t i = 0; count == 5 && i < 5; i++)
			records[i].severity = CREDIT__V1__SEVERITY__SEVERITY_GENERAL;
		cr_assert_eq(
			credit_grade(by, pointers, count, toy_day(TODAY), &sight.arena, &grade),
			CREDIT_OK);
		if (strcmp(grade->grade, class->id) == 0)
			seen = grade->inspection_percent;
	}
	cr_assert_geq(seen, 0, "no records give the grade %s", class->id);
	credit_rule_book_free(by);
	return seen;
}

/* --- dates of the book, its instruments and its calendar ----------------------------------------- */

/* On which days about the number a listing is possible: as bits. */
int64_t number_observe_effective(void)
{
	int64_t seen = 1;

	for (int32_t day = -2; day <= 2; day++) {
		toy_set_day(&sight.toy, toy_day(TODAY));
		number_next_company();
		toy_set_day(&sight.toy, (credit_day_t){(int32_t)sight.number.value + day});
		Credit__V1__Listing listing = number_listing(PLAIN_LIST, number_today());
		seen = seen * 2 + (toy_file(&sight.toy, &sight.toy.market, TOY_PAYLOAD(LISTING),
					   &listing) == CREDIT_OK);
	}
	return seen;
}

/* The honours' list rests on this instrument alone (see prepare). */
int64_t number_observe_instrument(void)
{
	const Credit__V1__Instrument *instrument =
		(const Credit__V1__Instrument *)sight.number.chain[1];
	int64_t seen = 1;

	for (int32_t day = -2; day <= 2; day++) {
		number_next_company();
		Credit__V1__Listing listing = number_listing(HONOUR_LIST, toy_day(TODAY).days);
		listing.instrument = instrument->id;
		listing.decision_date = (int32_t)sight.number.value + day;
		seen = seen * 2 + (toy_file(&sight.toy, &sight.toy.market, TOY_PAYLOAD(LISTING),
					   &listing) == CREDIT_OK);
	}
	return seen;
}

/* The ends of hearings that begin on days about the number. */
int64_t number_observe_calendar(void)
{
	uint64_t seen = 1;

	for (int32_t day = -12; day <= 2; day++) {
		number_next_company();
		number_serve("black.market-serious", (int32_t)sight.number.value + day);
		seen = seen * 1000003 + (uint64_t)number_hearing_until();
	}
	return (int64_t)(seen >> 1);
}

/* What an inquirer sees. */
int64_t number_observe_list_number(void)
{
	number_make_record(sight.number.item, number_today());
	Credit__V1__Status *status = toy_status_message(&sight.toy, sight.company);
	cr_assert_eq(status->n_lists, 1);
	int64_t seen = status->lists[0]->list;
	credit__v1__status__free_unpacked(status, NULL);
	return seen;
}
