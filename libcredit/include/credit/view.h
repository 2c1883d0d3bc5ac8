/* SPDX-License-Identifier: Apache-2.0
 *
 * view.h - looking further than one status: grades, history in both times, what changed.
 *
 * All of it reads the last publication through a struct credit_view that has begun (registry.h).
 *
 * Threads: a view is one thread's.
 *
 * Source: design sections 5 and 8; docs/spec/grading.md, docs/spec/history.md.
 */
#ifndef CREDIT_VIEW_H
#define CREDIT_VIEW_H

#include <credit/registry.h>

struct Credit__V1__Entity;
struct Credit__V1__Grade;
struct Credit__V1__Record;

/* --- the rule book --- */

/* Loads the book in force on that day; the caller frees it. CREDIT_E_RULE_BOOK_MISSING. */
CREDIT_API enum credit_error credit_view_book(struct credit_view *view, credit_day_t today,
	struct credit_rule_book **ret_book) CREDIT_MUST_CHECK;

/* --- grades --- */

/* The entity's grade with its reasons, code and name; lies in the arena and refers to the book.
 * CREDIT_E_NOT_FOUND when it is not enrolled, CREDIT_E_GRADING_MISSING. */
CREDIT_API enum credit_error credit_view_grade(struct credit_view *view,
	const struct credit_rule_book *book, const struct credit_uscc *uscc, credit_day_t today,
	struct credit_arena *arena, struct Credit__V1__Grade **ret_grade) CREDIT_MUST_CHECK;

/* Which entities an inspection list holds. Empty texts let everything through. */
struct credit_inspection {
	const char *grade;  /* a grade's id */
	const char *region; /* digits that characters 3 to 8 of the code begin with */
	const char *list;   /* a list that the entity stands on */
};
/* Goes on after *cursor (all zeros: from the first), over at most `visits` entities, and calls `each`
 * for those that pass; *cursor is then the last one looked at. *ret_more is false when there are no
 * more. Grades lie in the arena. */
CREDIT_API enum credit_error credit_view_inspect(struct credit_view *view,
	const struct credit_rule_book *book, const struct credit_inspection *inspection,
	credit_day_t today, uint32_t visits, struct credit_uscc *cursor, struct credit_arena *arena,
	void *context,
	enum credit_error (*each)(void *context, const struct Credit__V1__Grade *grade),
	bool *ret_more) CREDIT_MUST_CHECK;

/* --- history --- */

struct credit_history_question {
	struct credit_uscc entity;
	const struct credit_record_id *record; /* only this one; NULL: all of the entity's */
	credit_ms_t as_of; /* of each record the one version that was recorded by then; 0: every
				    version */
	credit_day_t legal_date; /* which versions were in force on it? */
};
/* The next version to be told. All zeros: from the first. */
struct credit_history_place {
	bool erased; /* standing records come first, then those that were erased */
	struct credit_record_id record;
	uint32_t version; /* 0: as it was first recorded */
};
#define CREDIT_HISTORY_PLACE_SIZE (1 + CREDIT_RECORD_ID_SIZE + 4)
CREDIT_API void credit_history_place_pack(
	const struct credit_history_place *place, uint8_t ret_bytes[CREDIT_HISTORY_PLACE_SIZE]);
/* CREDIT_E_FIELD_FORM when the bytes are no place. */
CREDIT_API enum credit_error credit_history_place_unpack(
	const uint8_t bytes[CREDIT_HISTORY_PLACE_SIZE],
	struct credit_history_place *ret_place) CREDIT_MUST_CHECK;

/* A record as it stood from one recorded moment on, until the next version. */
struct credit_version {
	struct credit_record_id id;
	const struct Credit__V1__Record *record; /* NULL when it was erased */
	/* Place of the act that made it so; of an erased record, of the act that first made it. */
	uint64_t epoch;
	uint32_t row;
	credit_ms_t recorded_at;
	const char *act; /* that act's name in act.proto; empty when it was erased */
	/* By what this version says, decided by the question's legal date, publication not over, not
	 * removed. */
	bool in_force;
	bool erased;
	credit_ms_t erased_at;
};
/* Calls `each` for at most `limit` versions from *place on, record by record in the order of their ids,
 * oldest version first; an erased record is told once, with nothing of what it said. *place moves on;
 * *ret_more says whether there is one more. What `each` sees is valid during the call. */
CREDIT_API enum credit_error credit_view_history(struct credit_view *view,
	const struct credit_history_question *question, uint32_t limit,
	struct credit_history_place *place, void *context,
	enum credit_error (*each)(void *context, const struct credit_version *version),
	bool *ret_more) CREDIT_MUST_CHECK;

/* --- what changed --- */

/* A position in the stream of changes: after this row. {0, 0}: from the beginning. */
struct credit_position {
	uint64_t epoch;
	uint32_t row; /* rows of `epoch` before this one have been seen */
};
/* Calls `each` for the entities whose status changed after *position, up to the last publication, in
 * the order of the changes, at most `limit` of them; an entity that changed again comes again.
 * *position moves on; *ret_more says whether the end was not reached. */
CREDIT_API enum credit_error credit_view_changes(struct credit_view *view,
	struct credit_position *position, uint32_t limit, void *context,
	enum credit_error (*each)(void *context, const struct credit_uscc *uscc),
	bool *ret_more) CREDIT_MUST_CHECK;
/* Time of an epoch. CREDIT_E_NOT_FOUND when there is none. */
CREDIT_API enum credit_error credit_view_epoch_time(
	struct credit_view *view, uint64_t epoch, credit_ms_t *ret_time) CREDIT_MUST_CHECK;

#endif
