/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_rule_book.c - adopting a rule book, and which one is in force.
 */
#include "rules/decide.h"

#include <string.h>

/* "effective date (big-endian, 4 bytes), version" (journal.proto) */
#define DATE_SIZE 4

struct version_search {
	struct credit_bytes version;
	bool found;
};

static enum credit_error compare_version(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct version_search *search = context;

	(void)value;
	if (key.size < DATE_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	search->found |= credit_bytes_equal(
		(struct credit_bytes){key.data + DATE_SIZE, key.size - DATE_SIZE}, search->version);
	return CREDIT_OK;
}

static enum credit_error check_not_adopted(struct credit__deciding *deciding, const char *version)
{
	const struct credit_state_view *state = deciding->in->state;
	struct version_search search = {.version = credit_bytes_of(version)};
	enum credit_error error =
		state->scan(state->context, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RULE_BOOK,
			(struct credit_bytes){NULL, 0}, &search, compare_version);

	if (error || !search.found)
		return error;
	return credit__refuse(
		deciding, CREDIT_E_EXISTS, "version", NULL, "%s was adopted before", version);
}

static enum credit_error check_book(struct credit__deciding *deciding,
	const Credit__V1__RuleBookAdoption *adoption, const Credit__V1__RuleBook *book)
{
	char date[CREDIT_DAY_TEXT_SIZE];

	if (strcmp(book->version, adoption->version) != 0)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_VALUE, "version", NULL,
			"the attached book is %s", book->version);
	/* A registry may take a book up later than it allows, never earlier. */
	if (adoption->effective_date < book->effective_date)
		return credit__refuse(deciding, CREDIT_E_RULE_BOOK_VALUE, "effective_date", NULL,
			"the attached book takes effect on %s",
			credit_day_text((credit_day_t){book->effective_date}, date));
	return check_not_adopted(deciding, book->version);
}

static enum credit_error put_book(
	struct credit__deciding *deciding, const Credit__V1__RuleBookAdoption *adoption)
{
	struct credit_bytes attachment = deciding->in->attachment;
	struct credit__key key = credit__key_rule_book(adoption->effective_date, adoption->version);
	Credit__V1__RuleBookRow row = CREDIT__V1__RULE_BOOK_ROW__INIT;

	row.version = adoption->version;
	row.digest = adoption->digest;
	row.effective_date = adoption->effective_date;
	row.rule_book =
		(ProtobufCBinaryData){attachment.size, (uint8_t *)(uintptr_t)attachment.data};
	return credit__put(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RULE_BOOK, &key, &row.base);
}

enum credit_error credit__decide_rule_book_adoption(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__RuleBookAdoption *adoption = act->rule_book_adoption;
	struct credit_rule_book *book = NULL;
	struct credit_hash digest;
	enum credit_error error;

	credit_sha256(deciding->in->attachment, &digest);
	if (!credit_bytes_equal((struct credit_bytes){digest.byte, sizeof digest.byte},
		    (struct credit_bytes){adoption->digest.data, adoption->digest.len}))
		return credit__refuse(deciding, CREDIT_E_ATTACHMENT, "digest", NULL, NULL);
	error = credit_rule_book_load(deciding->in->attachment, &book, deciding->problem);
	if (error) {
		credit_problem_prefix(deciding->problem, "rule_book.");
		return error;
	}
	error = check_book(deciding, adoption, credit_rule_book_message(book));
	credit_rule_book_free(book);
	return error ? error : put_book(deciding, adoption);
}

/* --- which one ----------------------------------------------------------------------------- */

struct date_search {
	credit_day_t today;
	struct credit_bytes value;
	bool found;
};

/* Keys come in order of their dates: the last one that is not too late is the one. */
static enum credit_error compare_date(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	struct date_search *search = context;

	if (key.size < DATE_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	if (credit_read_u32(key.data) <= (uint32_t)search->today.days) {
		search->value = value;
		search->found = true;
	}
	return CREDIT_OK;
}

enum credit_error credit_rules_in_force(const struct credit_state_view *state, credit_day_t today,
	struct credit_bytes *ret_row_value)
{
	struct date_search search = {.today = today};
	enum credit_error error =
		state->scan(state->context, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_RULE_BOOK,
			(struct credit_bytes){NULL, 0}, &search, compare_date);

	if (error)
		return error;
	if (!search.found || today.days < 0)
		return CREDIT_E_NOT_FOUND;
	*ret_row_value = search.value;
	return CREDIT_OK;
}
