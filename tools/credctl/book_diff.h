/* SPDX-License-Identifier: Apache-2.0
 *
 * book_diff.h - what changes from one rule book to another, in words, for whom.
 *
 * Every field of every item is compared, by the descriptors; a new field of the proto file is told of
 * without a line here.
 */
#ifndef CREDCTL_BOOK_DIFF_H
#define CREDCTL_BOOK_DIFF_H

#include <credit/rules.h>

#include <credit/v1/rule_book.pb-c.h>

/* Whom a change is for, in the order in which it is told. */
enum book_audience {
	BOOK_FOR_ENTITIES,    /* on lists, or with records */
	BOOK_FOR_APPLICANTS,  /* for repair, objecting */
	BOOK_FOR_DECIDERS,    /* of lists and records */
	BOOK_FOR_ENFORCERS,   /* applying measures */
	BOOK_FOR_SUBSCRIBERS, /* told of removals */
	BOOK_FOR_SUPERVISORS, /* grading, inspecting, hearing of what is overdue */
	BOOK_FOR_ALL,         /* the book as a whole, the calendar */
	BOOK_FOR_LAWYERS,     /* sources */
	BOOK_AUDIENCES
};
struct book_audience_row {
	const char *name;    /* in JSON */
	const char *text[2]; /* by enum credit_lang */
};
extern const struct book_audience_row book_audiences[BOOK_AUDIENCES];

struct book_change {
	enum book_audience whom;
	size_t order;  /* among those of the same audience */
	char *item[2]; /* what it is about, by enum credit_lang: "lists black.tax-major" */
	char *text[2]; /* what changes: "longest publication: 36 months -> 24 months" */
};
struct book_changes {
	struct book_change *items; /* sorted by audience, then as the book goes */
	size_t count, capacity;
};

/* False when memory ran out; free what is there all the same. */
bool book_diff(const Credit__V1__RuleBook *old, const Credit__V1__RuleBook *new,
	struct book_changes *ret_changes);
void book_changes_free(struct book_changes *changes);

#endif
