/* SPDX-License-Identifier: Apache-2.0
 *
 * repair_terms.c - what repair of a record asks for.
 *
 * A record is held to what the book said when it was decided; where the book in force is kinder, to
 * that (从旧兼从轻). The old book is looked up in the state, where every adopted one stays.
 */
#include "rules/case.h"

#include <string.h>

static void take(const Credit__V1__RepairRule *rule, struct credit__repair_terms *terms)
{
	*terms = (struct credit__repair_terms){0};
	if (!rule)
		return;
	terms->performance = rule->performance;
	terms->pledge = rule->pledge;
	terms->no_repeat = rule->no_repeat ? rule->no_repeat->months : 0;
	terms->after_fraud = rule->after_fraud ? rule->after_fraud->months : 0;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void make_kinder(const struct credit__repair_terms *old, struct credit__repair_terms *terms)
{
	terms->performance = terms->performance && old->performance;
	terms->pledge = terms->pledge && old->pledge;
	terms->no_repeat = lesser(terms->no_repeat, old->no_repeat);
	terms->after_fraud = lesser(terms->after_fraud, old->after_fraud);
}

/* --- the book of then -------------------------------------------------------------------------- */

struct search {
	struct credit__deciding *deciding;
	const Credit__V1__Record *record;
	struct credit__repair_terms *terms;
	bool found;
};

static enum credit_error decode_book(struct credit__deciding *deciding,
	const ProtobufCBinaryData *bytes, ProtobufCMessage **ret_book)
{
	return credit_decode(&credit__v1__rule_book__descriptor,
		(struct credit_bytes){bytes->data, bytes->len}, deciding->in->arena, ret_book,
		NULL);
}

static enum credit_error visit_book(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct search *search = context;
	const char *version = search->record->rule_book;
	size_t size = strlen(version);
	ProtobufCMessage *row, *book;
	enum credit_error error;

	/* The key says which it is: effective date (4), version. Only the right one is decoded. */
	if (key.size != sizeof(uint32_t) + size ||
		memcmp(key.data + sizeof(uint32_t), version, size) != 0)
		return CREDIT_OK;
	error = credit_decode(&credit__v1__rule_book_row__descriptor, value,
		search->deciding->in->arena, &row, NULL);
	if (!error)
		error = decode_book(search->deciding,
			&((const Credit__V1__RuleBookRow *)row)->rule_book, &book);
	if (error)
		return error == CREDIT_E_NO_MEMORY ? error : CREDIT_E_STORE_CORRUPT;
	take(credit__book_repair((const Credit__V1__RuleBook *)book, search->record->item),
		search->terms);
	search->found = true;
	return CREDIT_OK;
}

enum credit_error credit__repair_terms_of(struct credit__deciding *deciding,
	const Credit__V1__Record *record, struct credit__repair_terms *ret_terms)
{
	const struct credit_decision *in = deciding->in;
	struct credit__repair_terms old = {0};
	struct search search = {deciding, record, &old, false};
	struct credit_bytes all = {NULL, 0};
	enum credit_error error = CREDIT_OK;

	if (!in->book)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_MISSING, NULL, NULL, NULL);
	take(credit__book_repair(in->book->message, record->item), ret_terms);
	if (strcmp(in->book->message->version, record->rule_book) == 0)
		return CREDIT_OK;
	error = in->state->scan(in->state->context, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RULE_BOOK,
		all, &search, visit_book);
	if (!error && search.found)
		make_kinder(&old, ret_terms);
	return error;
}
