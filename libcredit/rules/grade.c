/* SPDX-License-Identifier: Apache-2.0
 *
 * grade.c - the grade that a rule book gives an entity for its records.
 *
 * Hard triggers first, then counts in a window; the worst that any gives, the best when none does.
 * Only records that are published, undisputed and unsuspended count, and every result names them and
 * the rule: a grade that cannot be explained is none.
 */
#include "rules/book.h"

#include <credit/v1/grading_service.pb-c.h>
#include <credit/v1/status.pb-c.h>

#include <string.h>

#define RECORDS_SHOWN 32 /* grading_service.proto: GradeReason.records */

struct grading {
	const Credit__V1__GradingRules *rules;
	const Credit__V1__Record *const *records;
	size_t count;
	credit_day_t today;
	struct credit_arena *arena;
	Credit__V1__Grade *grade;
	size_t worst; /* index of the class */
	enum credit_error error;
};

/* --- which records --------------------------------------------------------------------------- */

static bool counts(const Credit__V1__Record *record)
{
	return record->state == CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED &&
	       !record->disputed && !record->suspended;
}

static bool on_list(const Credit__V1__Record *record, const Credit__V1__GradeTrigger *trigger)
{
	if (record->kind != CREDIT__V1__RECORD_KIND__RECORD_KIND_LISTING)
		return false;
	for (size_t i = 0; i < trigger->n_lists; i++) {
		if (strcmp(record->item, trigger->lists[i]) == 0)
			return true;
	}
	return false;
}

static bool is_trigger(
	const struct grading *grading, const Credit__V1__Record *record, const void *rule)
{
	(void)grading;
	return counts(record) && on_list(record, rule);
}

/* "So many records of this severity or a graver one, decided within the window." */
static bool is_counted(
	const struct grading *grading, const Credit__V1__Record *record, const void *rule)
{
	const Credit__V1__GradeCount *count = rule;
	credit_day_t from = credit_day_add_months(grading->today, -(int32_t)count->window->months);

	return counts(record) && record->severity >= count->severity &&
	       record->decided_on > from.days;
}

/* --- reasons --------------------------------------------------------------------------------- */

static Credit__V1__GradeReason *add_reason(struct grading *grading)
{
	Credit__V1__Grade *grade = grading->grade;
	Credit__V1__GradeReason *reason = credit_arena_alloc(grading->arena, sizeof *reason);

	if (!reason) {
		grading->error = CREDIT_E_NO_MEMORY;
		return NULL;
	}
	credit__v1__grade_reason__init(reason);
	grade->reasons[grade->n_reasons++] = reason;
	return reason;
}

/* A rule of either kind: when enough records fit, its grade and a reason that names them. */
static void apply(struct grading *grading, const void *rule, size_t at_least, const char *grade,
	bool (*fits)(
		const struct grading *grading, const Credit__V1__Record *record, const void *rule),
	Credit__V1__GradeReason *text)
{
	size_t found = 0, class = 0;
	Credit__V1__GradeReason *reason;

	for (size_t i = 0; i < grading->count; i++)
		found += fits(grading, grading->records[i], rule);
	if (grading->error || found < at_least || found == 0)
		return;
	while (class < grading->rules->n_classes &&
		strcmp(grading->rules->classes[class]->id, grade) != 0)
		class ++;
	if (class > grading->worst)
		grading->worst = class;
	reason = add_reason(grading);
	if (!reason)
		return;
	*reason = *text;
	reason->records =
		credit_arena_alloc(grading->arena, RECORDS_SHOWN * sizeof(ProtobufCBinaryData));
	if (!reason->records) {
		grading->error = CREDIT_E_NO_MEMORY;
		return;
	}
	for (size_t i = 0; i < grading->count; i++) {
		if (!fits(grading, grading->records[i], rule))
			continue;
		if (reason->n_records < RECORDS_SHOWN)
			reason->records[reason->n_records++] = grading->records[i]->id;
		else
			reason->more_records++;
	}
}

static void apply_rules(struct grading *grading)
{
	const Credit__V1__GradingRules *rules = grading->rules;
	Credit__V1__GradeReason text;

	for (size_t i = 0; i < rules->n_triggers; i++) {
		const Credit__V1__GradeTrigger *trigger = rules->triggers[i];
		credit__v1__grade_reason__init(&text);
		text.rule = trigger->id;
		text.title = trigger->title;
		text.title_en = trigger->title_en;
		apply(grading, trigger, 1, trigger->grade, is_trigger, &text);
	}
	for (size_t i = 0; i < rules->n_counts; i++) {
		const Credit__V1__GradeCount *count = rules->counts[i];
		credit__v1__grade_reason__init(&text);
		text.rule = count->id;
		text.title = count->title;
		text.title_en = count->title_en;
		apply(grading, count, count->at_least, count->grade, is_counted, &text);
	}
}

enum credit_error credit_grade(const struct credit_rule_book *book,
	const struct Credit__V1__Record *const *records, size_t count, credit_day_t today,
	struct credit_arena *arena, struct Credit__V1__Grade **ret_grade)
{
	struct grading grading = {.rules = book->message->grading,
		.records = records,
		.count = count,
		.today = today,
		.arena = arena};
	const Credit__V1__GradeClass *class;
	size_t rules;

	if (!grading.rules)
		return CREDIT_E_GRADING_MISSING;
	rules = grading.rules->n_triggers + grading.rules->n_counts;
	grading.grade = credit_arena_alloc(arena, sizeof *grading.grade);
	if (!grading.grade)
		return CREDIT_E_NO_MEMORY;
	credit__v1__grade__init(grading.grade);
	grading.grade->reasons =
		credit_arena_alloc(arena, (rules + 1) * sizeof(Credit__V1__GradeReason *));
	if (!grading.grade->reasons)
		return CREDIT_E_NO_MEMORY;
	apply_rules(&grading);
	if (grading.error)
		return grading.error;
	class = grading.rules->classes[grading.worst];
	grading.grade->grade = class->id;
	grading.grade->title = class->title;
	grading.grade->title_en = class->title_en;
	grading.grade->supervision = class->supervision;
	grading.grade->inspection_percent = class->inspection_percent;
	grading.grade->rule_book = book->message->version;
	grading.grade->graded_on = today.days;
	*ret_grade = grading.grade;
	return CREDIT_OK;
}
