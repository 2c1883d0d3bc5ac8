/* SPDX-License-Identifier: Apache-2.0
 *
 * rule_book.c - compile, load, look up.
 *
 * Compiling reads the lawyers' YAML into the protobuf struct, loading reads the serialised struct;
 * both then pass the same check (book_check.c), so that a book that compiles also loads, and one
 * that was made by other means is held to the same rules.
 */
#include "rules/book.h"
#include "rules/yaml.h"

#include <stdlib.h>
#include <string.h>

/* An empty message costs two bytes on the wire and at most this many in memory, so no book of
 * CREDIT_RULE_BOOK_MAX bytes meets the arena's limit. */
#define EXPANSION_MAX 256

/* Who is told of faults, and where in the text they are. */
struct telling {
	const struct credit__yaml *document;
	credit_rule_book_fault_fn *each;
	void *context;
};

static void tell(void *context, struct credit_problem *fault)
{
	const struct telling *telling = context;

	credit__yaml_place(telling->document, fault);
	telling->each(telling->context, fault);
}

/* The message of a text. Without `each` the first fault is the problem. */
static enum credit_error compile(struct credit_bytes yaml, struct credit_arena *arena,
	credit_rule_book_fault_fn *each, void *context, ProtobufCMessage **ret_message,
	struct credit_problem *problem)
{
	struct telling telling = {NULL, each, context};
	struct credit__yaml *document = NULL;
	ProtobufCMessage *message;
	enum credit_error error = credit__yaml_open(yaml, &document, problem);

	telling.document = document;
	if (!error)
		error = credit__yaml_message(
			document, &credit__v1__rule_book__descriptor, arena, &message, problem);
	if (error && each && !credit_error_is_fault(error))
		each(context, problem);
	if (error)
		goto out;
	error = credit__book_check(
		(const Credit__V1__RuleBook *)message, each ? tell : NULL, &telling, problem);
	if (error && !each)
		credit__yaml_place(document, problem);
	if (!error)
		*ret_message = message;
out:
	credit__yaml_close(document);
	return error;
}

enum credit_error credit_rule_book_compile(struct credit_bytes yaml, struct credit_arena *arena,
	struct credit_bytes *ret_bytes, struct credit_problem *problem)
{
	ProtobufCMessage *message;
	struct credit_bytes bytes;
	enum credit_error error = compile(yaml, arena, NULL, NULL, &message, problem);

	if (!error)
		error = credit_encode(message, arena, &bytes);
	if (!error && bytes.size > CREDIT_RULE_BOOK_MAX)
		error = credit_problem_set(problem, CREDIT_E_TOO_LARGE, NULL, NULL,
			"at most %d bytes", CREDIT_RULE_BOOK_MAX);
	if (!error)
		*ret_bytes = bytes;
	return error;
}

enum credit_error credit_rule_book_faults(struct credit_bytes yaml, struct credit_arena *arena,
	credit_rule_book_fault_fn *each, void *context)
{
	struct credit_problem problem = {0};
	ProtobufCMessage *message;

	return compile(yaml, arena, each, context, &message, &problem);
}

/* --- loading ------------------------------------------------------------------------------- */

static enum credit_error gather_days(struct credit_rule_book *book, bool worked,
	const credit_day_t **ret_days, size_t *ret_count)
{
	const Credit__V1__RuleBook *message = book->message;
	size_t count = 0;

	for (size_t i = 0; i < message->n_calendar; i++)
		count += worked ? message->calendar[i]->n_worked : message->calendar[i]->n_off;

	credit_day_t *days = credit_arena_alloc(&book->arena, count * sizeof *days);
	if (!days)
		return CREDIT_E_NO_MEMORY;
	*ret_days = days;
	*ret_count = count;
	for (size_t i = 0; i < message->n_calendar; i++) {
		const Credit__V1__CalendarYear *year = message->calendar[i];
		size_t in_year = worked ? year->n_worked : year->n_off;
		for (size_t d = 0; d < in_year; d++)
			(days++)->days = worked ? year->worked[d] : year->off[d];
	}
	return CREDIT_OK;
}

/* Years follow one another and days are sorted, which credit__book_check has seen to. */
static enum credit_error make_calendar(struct credit_rule_book *book)
{
	const Credit__V1__RuleBook *message = book->message;
	struct credit_calendar *calendar = &book->calendar;
	enum credit_error error = gather_days(book, false, &calendar->off, &calendar->off_count);

	if (!error)
		error = gather_days(book, true, &calendar->worked, &calendar->worked_count);
	if (!error) {
		calendar->first_year = (int32_t)message->calendar[0]->year;
		calendar->last_year = (int32_t)message->calendar[message->n_calendar - 1]->year;
	}
	return error;
}

static enum credit_error load(
	struct credit_rule_book *book, struct credit_bytes bytes, struct credit_problem *problem)
{
	ProtobufCMessage *message;
	/* A field that this version does not know would be a rule that it does not keep. */
	enum credit_error error = credit_decode_canonical(
		&credit__v1__rule_book__descriptor, bytes, &book->arena, &message, problem);

	if (error)
		return error;
	book->message = (const Credit__V1__RuleBook *)message;
	error = credit__book_check(book->message, NULL, NULL, problem);
	if (error)
		return error;
	credit_sha256(bytes, &book->digest);
	return make_calendar(book);
}

enum credit_error credit_rule_book_load(struct credit_bytes bytes,
	struct credit_rule_book **ret_book, struct credit_problem *problem)
{
	struct credit_rule_book *book;
	enum credit_error error;

	if (bytes.size > CREDIT_RULE_BOOK_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, NULL, NULL,
			"at most %d bytes", CREDIT_RULE_BOOK_MAX);
	book = calloc(1, sizeof *book);
	if (!book)
		return CREDIT_E_NO_MEMORY;
	credit_arena_init(&book->arena, NULL, 0, (size_t)EXPANSION_MAX * CREDIT_RULE_BOOK_MAX);
	error = load(book, bytes, problem);
	if (error)
		credit_rule_book_free(book);
	else
		*ret_book = book;
	return error;
}

void credit_rule_book_free(struct credit_rule_book *book)
{
	if (!book)
		return;
	credit_arena_deinit(&book->arena);
	free(book);
}

/* --- looking up ---------------------------------------------------------------------------- */

const struct Credit__V1__RuleBook *credit_rule_book_message(const struct credit_rule_book *book)
{
	return book->message;
}

const struct credit_hash *credit_rule_book_digest(const struct credit_rule_book *book)
{
	return &book->digest;
}

const struct credit_calendar *credit_rule_book_calendar(const struct credit_rule_book *book)
{
	return &book->calendar;
}

/* A few hundred items at most, and one look-up for each act: a walk will do. */
const Credit__V1__Instrument *credit__book_instrument(
	const Credit__V1__RuleBook *book, const char *id)
{
	for (size_t i = 0; i < book->n_instruments; i++) {
		if (strcmp(book->instruments[i]->id, id) == 0)
			return book->instruments[i];
	}
	return NULL;
}

const Credit__V1__ListRule *credit__book_list(const Credit__V1__RuleBook *book, const char *id)
{
	for (size_t i = 0; i < book->n_lists; i++) {
		if (strcmp(book->lists[i]->id, id) == 0)
			return book->lists[i];
	}
	return NULL;
}

const Credit__V1__RecordRule *credit__book_record(
	const Credit__V1__RuleBook *book, Credit__V1__RecordKind kind)
{
	for (size_t i = 0; i < book->n_records; i++) {
		if (book->records[i]->kind == kind)
			return book->records[i];
	}
	return NULL;
}

const Credit__V1__MeasureRule *credit__book_measure(
	const Credit__V1__RuleBook *book, const char *id)
{
	for (size_t i = 0; i < book->n_measures; i++) {
		if (strcmp(book->measures[i]->id, id) == 0)
			return book->measures[i];
	}
	return NULL;
}

const Credit__V1__ObjectionGround *credit__book_objection_ground(
	const Credit__V1__RuleBook *book, const char *id)
{
	for (size_t i = 0; i < book->n_objection_grounds; i++) {
		if (strcmp(book->objection_grounds[i]->id, id) == 0)
			return book->objection_grounds[i];
	}
	return NULL;
}

const Credit__V1__RepairRule *credit__book_repair(
	const Credit__V1__RuleBook *book, const char *item)
{
	const Credit__V1__ListRule *list = credit__book_list(book, item);

	if (list)
		return list->repair;
	for (size_t i = 0; i < book->n_records; i++) {
		if (strcmp(book->records[i]->id, item) == 0)
			return book->records[i]->repair;
	}
	return NULL;
}

bool credit__measure_applies(
	const Credit__V1__MeasureRule *measure, const Credit__V1__ListRule *list)
{
	bool punishes = measure->kind == CREDIT__V1__MEASURE_KIND__MEASURE_KIND_PUNISHMENT;

	if (punishes != (list->colour == CREDIT__V1__COLOUR__COLOUR_BLACK))
		return false;
	for (size_t i = 0; i < measure->n_lists; i++) {
		if (strcmp(measure->lists[i], list->id) == 0)
			return true;
	}
	return measure->n_lists == 0;
}

const Credit__V1__PenaltyClass *credit__book_class(
	const Credit__V1__RecordRule *rule, Credit__V1__Severity severity)
{
	for (size_t i = 0; i < rule->n_classes; i++) {
		if (rule->classes[i]->severity == severity)
			return rule->classes[i];
	}
	return NULL;
}

bool credit__instrument_in_force(const Credit__V1__Instrument *instrument, credit_day_t day)
{
	return day.days >= instrument->in_force_from &&
	       (instrument->in_force_until == 0 || day.days <= instrument->in_force_until);
}

bool credit__list_applies(const Credit__V1__ListRule *list, const struct credit_uscc *uscc)
{
	/* An individual household belongs to a natural person: it must be named. */
	if (list->n_categories == 0)
		return memcmp(uscc->character, "92", 2) != 0;
	for (size_t i = 0; i < list->n_categories; i++) {
		if (memcmp(list->categories[i], uscc->character, 2) == 0)
			return true;
	}
	return false;
}

/* UNSPECIFIED when no class names it. */
static Credit__V1__Severity severity_of_kind(const Credit__V1__RecordRule *rule, const char *kind)
{
	for (size_t i = 0; i < rule->n_classes; i++) {
		const Credit__V1__PenaltyClass *class = rule->classes[i];
		for (size_t k = 0; k < class->n_penalty_kinds; k++) {
			if (strcmp(class->penalty_kinds[k], kind) == 0)
				return class->severity;
		}
	}
	return CREDIT__V1__SEVERITY__SEVERITY_UNSPECIFIED;
}

/* For kinds that no class names: that of the simple procedure, where it was one, or the default. */
static Credit__V1__Severity severity_unnamed(
	const Credit__V1__RecordRule *rule, const Credit__V1__AdministrativePenalty *penalty)
{
	bool simple = penalty->procedure == CREDIT__V1__PROCEDURE__PROCEDURE_SIMPLE;

	for (size_t i = 0; simple && i < rule->n_classes; i++) {
		if (rule->classes[i]->simple_procedure)
			return rule->classes[i]->severity;
	}
	return rule->default_severity;
}

Credit__V1__Severity credit__penalty_severity(
	const Credit__V1__RecordRule *rule, const Credit__V1__AdministrativePenalty *penalty)
{
	Credit__V1__Severity most = CREDIT__V1__SEVERITY__SEVERITY_UNSPECIFIED;

	for (size_t i = 0; i < penalty->n_penalty_kinds; i++) {
		Credit__V1__Severity severity = severity_of_kind(rule, penalty->penalty_kinds[i]);
		if (severity == CREDIT__V1__SEVERITY__SEVERITY_UNSPECIFIED)
			severity = severity_unnamed(rule, penalty);
		if (severity > most)
			most = severity;
	}
	/* "A fine of a class's amount or more belongs to it, whatever its kinds." */
	for (size_t i = 0; penalty->n_penalty_kinds > 0 && i < rule->n_classes; i++) {
		const Credit__V1__PenaltyClass *class = rule->classes[i];
		if (class->fine_from_fen > 0 && penalty->fine_fen >= class->fine_from_fen &&
			class->severity > most)
			most = class->severity;
	}
	return most;
}
