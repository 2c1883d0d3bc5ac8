/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_penalty.c - recording an administrative penalty.
 *
 * Its kinds, its fine and its procedure decide the severity class, the class decides how long it is
 * published.
 */
#include "rules/decide.h"

/* In the words of the YAML, by Severity. */
static const char *const severity_name[] = {"none", "minor", "general", "serious"};

static enum credit_error choose_class(struct credit__deciding *deciding,
	const Credit__V1__AdministrativePenalty *penalty, const Credit__V1__RecordRule *rule,
	const Credit__V1__PenaltyClass **ret_class)
{
	Credit__V1__Severity severity = credit__penalty_severity(rule, penalty);
	char item[CREDIT_RULE_MAX];

	if (severity == CREDIT__V1__SEVERITY__SEVERITY_UNSPECIFIED)
		return credit__refuse(
			deciding, CREDIT_E_FIELD_MISSING, "penalty_kinds", NULL, NULL);
	if (penalty->severity != CREDIT__V1__SEVERITY__SEVERITY_UNSPECIFIED &&
		penalty->severity != severity)
		return credit__refuse(deciding, CREDIT_E_SEVERITY, "severity",
			credit__rule(credit__version(deciding), rule->id, item), "it is %s",
			severity_name[severity]);
	*ret_class = credit__book_class(rule, severity);
	return CREDIT_OK;
}

enum credit_error credit__decide_penalty(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__AdministrativePenalty *penalty = act->administrative_penalty;
	const struct credit_rule_book *book = deciding->in->book;
	const Credit__V1__RecordRule *rule;
	const Credit__V1__PenaltyClass *class = NULL;
	const Credit__V1__Entity *entity;
	Credit__V1__Record record;
	enum credit_error error =
		credit__need_entity(deciding, "entity_uscc", penalty->entity_uscc, &entity);

	if (!error)
		error = credit__need_alive(deciding, "entity_uscc", entity, penalty->decision_date);
	if (!error)
		error = credit__plain_code(deciding, "decider_uscc", penalty->decider_uscc);
	if (error)
		return error;
	if (!book)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_MISSING, NULL, NULL, NULL);
	rule = credit__book_record(book->message, CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY);
	if (!rule)
		return credit__refuse(deciding, CREDIT_E_RECORD_KIND, NULL,
			credit__version(deciding), "record.penalty");
	error = choose_class(deciding, penalty, rule, &class);
	if (error)
		return error;

	const struct credit__publication publication = {
		.min = class->publication_min,
		.max = class->publication_max,
		.item = rule->id,
		.decided_on = penalty->decision_date,
		.wanted_end = penalty->publication_end,
		.clock = rule->clock,
		.transition = rule->transition,
	};
	error = credit__record_new(deciding, penalty->entity_uscc, &publication, &record);
	if (error)
		return error;
	record.kind = CREDIT__V1__RECORD_KIND__RECORD_KIND_PENALTY;
	record.severity = class->severity;
	record.decider_uscc = penalty->decider_uscc;
	record.decider_name = penalty->decider_name;
	record.document_no = penalty->document_no;
	return credit__record_put_new(deciding, &record);
}
