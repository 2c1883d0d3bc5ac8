/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - what the files that check a rule book share, and nobody else needs.
 *
 * book_check.c runs the sections in order: ids, instruments and calendar are its own, the rest stand
 * in check_lists.c, check_records.c, check_measures.c, check_grading.c and check_retention.c. Each check quotes its
 * sentence of docs/spec/rule-book.md.
 */
#ifndef CREDIT_RULES_CHECK_H
#define CREDIT_RULES_CHECK_H

#include "rules/book.h"

/* One run over a book, and where its faults are told. */
struct credit__check {
	const Credit__V1__RuleBook *book;
	struct credit_problem *problem;
	/* NULL: the first fault ends the run. */
	credit__book_fault_fn *each;
	void *context;
	enum credit_error first; /* fault of the run; CREDIT_OK so far */
	size_t faults;
};

/* Tells of one fault. CREDIT_OK when the run goes on; then what the fault is about must not be
 * relied on. */
enum credit_error credit__fault(struct credit__check *check, const char *detail, const char *path,
	...) __attribute__((format(printf, 3, 4)));
/* The same for a rights-reducing item whose basis ranks too low. */
enum credit_error credit__fault_rank(struct credit__check *check, const char *path);

/* An item and the instruments that it names: each is in the book, one is in force when the book
 * takes effect, and with `ranked` one of those ranks as a central policy or above. `where` is the
 * item's path. */
enum credit_error credit__check_basis(struct credit__check *check, const char *where,
	char *const *instruments, size_t count, bool ranked);
/* An item's own time limits: known, once each. `where` is the item's path, "" for the book. */
enum credit_error credit__check_limits(struct credit__check *check, const char *where,
	Credit__V1__TimeLimit *const *limits, size_t count);
/* Each level once. `name` is the field's. */
enum credit_error credit__check_levels(struct credit__check *check, const char *where,
	const char *name, const Credit__V1__Level *levels, size_t count);
/* What repair asks for, where repair is known; nothing where it is not. */
enum credit_error credit__check_repair(struct credit__check *check, const char *where, bool known,
	const Credit__V1__RepairRule *repair);

enum credit_error credit__check_lists(struct credit__check *check);
enum credit_error credit__check_records(struct credit__check *check);
enum credit_error credit__check_measures(struct credit__check *check);
enum credit_error credit__check_retention(struct credit__check *check);
enum credit_error credit__check_grading(struct credit__check *check);

#endif
