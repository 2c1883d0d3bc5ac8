/* SPDX-License-Identifier: Apache-2.0
 *
 * match.h - two sets of rows, brought together without a store in between and in bounded memory.
 *
 * What should be there comes in any order, and of one key the last word counts; what is there comes in
 * any order too. Of each row only two numbers are kept: a keyed hash of keyspace and key, and one of the
 * value. By the first one's upper bits they go into parts (parts.h), each small enough to be compared in
 * memory. The key of the hash is
 * drawn anew each time, so that nobody can make a false row that has the hash of the right one: a wrong
 * value goes unseen once in 2^63.
 */
#ifndef CREDIT_REGISTRY_MATCH_H
#define CREDIT_REGISTRY_MATCH_H

#include <credit/crypto.h>

struct credit__match;

enum credit__match_fault {
	MATCH_MISSING,        /* it should be there and is not */
	MATCH_EXTRA,          /* it is there and should not be */
	MATCH_DIFFERS,        /* another value */
	MATCH_DELETE_NOTHING, /* the last word deletes a row that was not there */
};

struct credit__match_difference {
	uint64_t row; /* credit__match_row */
	enum credit__match_fault fault;
};

/* The temporary file lies in `folder`. */
enum credit_error credit__match_new(
	const char *folder, struct credit__match **ret_match) CREDIT_MUST_CHECK;
void credit__match_free(struct credit__match *match); /* NULL is allowed */

/* The number that stands for a row's keyspace and key. */
uint64_t credit__match_row(
	const struct credit__match *match, uint8_t keyspace, struct credit_bytes key);
enum credit_error credit__match_should(struct credit__match *match, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value) CREDIT_MUST_CHECK;
/* The same where nothing should be there so far: else it says nothing. */
enum credit_error credit__match_should_unless(struct credit__match *match, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value) CREDIT_MUST_CHECK;
enum credit_error credit__match_should_not(
	struct credit__match *match, uint8_t keyspace, struct credit_bytes key) CREDIT_MUST_CHECK;
enum credit_error credit__match_is(struct credit__match *match, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value) CREDIT_MUST_CHECK;

/* For rows that are each said once on either side: only a sum of their hashes is kept. When the sums are not the same,
 * they have to be said again, as rows that should be and are, to learn which do not agree. */
void credit__match_add_should(struct credit__match *match, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value);
void credit__match_add_is(struct credit__match *match, uint8_t keyspace, struct credit_bytes key,
	struct credit_bytes value);
bool credit__match_sums_agree(const struct credit__match *match);

/* Calls `each` for what does not agree, in no order. The rows are used up. */
enum credit_error credit__match_compare(struct credit__match *match, void *context,
	void (*each)(void *context,
		const struct credit__match_difference *difference)) CREDIT_MUST_CHECK;

#endif
