/* SPDX-License-Identifier: Apache-2.0
 *
 * procedure.h - what procedures are made of: state machines as tables, tasks with a day by which an
 * office must act, what follows when a record begins or ends, tallies for assessment.
 *
 * A procedure (notice, measure, case) is a subject with a state, kept in a row of its own. A table
 * says in which states which act is possible, which function decides it and to which states it may
 * lead; what has no row is refused by the table. Deadlines are tasks: opened by the act that makes
 * them due, closed by the act that fulfils them, overdue by themselves.
 */
#ifndef CREDIT_RULES_PROCEDURE_H
#define CREDIT_RULES_PROCEDURE_H

#include "rules/decide.h"
#include "rules/limits.h"

/* --- machines (machine.c) -------------------------------------------------------------------- */

struct credit__step;
/* Decides the act on the subject, a message of the machine's kind in the decision's arena; puts it
 * back with credit__subject_put. */
typedef enum credit_error credit__step_fn(struct credit__deciding *deciding,
	const struct credit__step *step, const Credit__V1__Act *act, ProtobufCMessage *subject);

#define CREDIT__STATE(state) (1U << (state))

struct credit__step {
	uint32_t state; /* before the act */
	Credit__V1__Act__PayloadCase act;
	uint32_t next; /* CREDIT__STATE bits: where it may lead */
	credit__step_fn *decide;
};

struct credit__machine {
	const char *name;            /* "notice" */
	Credit__V1__EffectKind kind; /* of its rows: key USCC, id */
	const ProtobufCEnumDescriptor *states;
	const struct credit__step *steps;
	size_t step_count;
	enum credit_error unknown; /* what to say when there is no such subject */
};

extern const struct credit__machine credit__machine_notice; /* decide_notice.c */

/* Loads the subject {uscc, id} and takes the step that the table has for its state and this act.
 * `field` names the id in the act. CREDIT_E_PROCEDURE_STATE when the table has none. */
enum credit_error credit__machine_run(struct credit__deciding *deciding,
	const struct credit__machine *machine, const char *field, const char *uscc,
	const ProtobufCBinaryData *id, const Credit__V1__Act *act) CREDIT_MUST_CHECK;
/* Puts the subject with its new state, which must be one of the step's, and its trail longer by
 * this act. The message has the fields `state` and `trail`. */
enum credit_error credit__subject_put(struct credit__deciding *deciding,
	const struct credit__machine *machine, const struct credit__step *step,
	ProtobufCMessage *subject, uint32_t state) CREDIT_MUST_CHECK;
/* A new subject of this act: its id is in the decision's arena. */
enum credit_error credit__subject_put_new(struct credit__deciding *deciding,
	const struct credit__machine *machine, ProtobufCMessage *subject) CREDIT_MUST_CHECK;
/* A change that no step makes by itself: a consequence of another act (a measure whose listing
 * ended). The state is the caller's business. */
enum credit_error credit__subject_put_followed(struct credit__deciding *deciding,
	const struct credit__machine *machine, ProtobufCMessage *subject) CREDIT_MUST_CHECK;
/* First 16 bytes of the act's commitment: the id of what the act makes. In the arena. */
enum credit_error credit__own_id(
	struct credit__deciding *deciding, ProtobufCBinaryData *ret_id) CREDIT_MUST_CHECK;
/* Makes a row's trail longer by this act. */
enum credit_error credit__trail_add(struct credit__deciding *deciding, size_t *count,
	Credit__V1__Place ***trail) CREDIT_MUST_CHECK;
/* The issuer's code as text, in the arena. */
enum credit_error credit__issuer_text(
	struct credit__deciding *deciding, char **ret_uscc) CREDIT_MUST_CHECK;
/* Not after today and not before `earliest` (0: any); the refusal names `field`. */
enum credit_error credit__check_date(struct credit__deciding *deciding, const char *field,
	int32_t date, int32_t earliest) CREDIT_MUST_CHECK;

/* --- tasks (tasks.c) ------------------------------------------------------------------------- */

struct credit__task_order {
	Credit__V1__TaskKind kind;
	const char *office_uscc, *entity_uscc;
	const ProtobufCBinaryData *subject; /* 16 bytes */
	const char *item; /* rule-book item whose limit counts; NULL: the book's */
	enum credit__limit limit;
	int32_t from; /* the day on which the clock starts: it does not count itself */
};
/* Last day, by the rule book in force and its calendar. CREDIT_E_RULE_BOOK_MISSING,
 * _LIMIT_MISSING. */
enum credit_error credit__limit_day(struct credit__deciding *deciding, const char *item,
	enum credit__limit limit, int32_t from, int32_t *ret_day,
	bool *ret_provisional) CREDIT_MUST_CHECK;
/* Puts the task and its timer. The task lies in the arena. */
enum credit_error credit__task_open(struct credit__deciding *deciding,
	const struct credit__task_order *order, Credit__V1__Task **ret_task) CREDIT_MUST_CHECK;
/* DONE or DROPPED; nothing happens when `id` is empty or the task is closed already. */
enum credit_error credit__task_close(struct credit__deciding *deciding, const char *office_uscc,
	const ProtobufCBinaryData *id, Credit__V1__TaskState state) CREDIT_MUST_CHECK;
/* The task in the arena; CREDIT_E_NOT_FOUND. */
enum credit_error credit__task_find(struct credit__deciding *deciding, const char *office_uscc,
	const ProtobufCBinaryData *id, Credit__V1__Task **ret_task) CREDIT_MUST_CHECK;
bool credit__task_is_closed(const Credit__V1__Task *task);
/* Moves the due day of an open task; CREDIT_E_NOT_FOUND when it is not open. */
enum credit_error credit__task_move(struct credit__deciding *deciding, const char *office_uscc,
	const ProtobufCBinaryData *id, int32_t due_on, bool provisional) CREDIT_MUST_CHECK;

/* --- the machines ------------------------------------------------------------------------------ */

extern const struct credit__machine credit__machine_repair;    /* decide_repair.c */
extern const struct credit__machine credit__machine_objection; /* decide_objection.c */

/* --- what follows (consequences.c) ------------------------------------------------------------ */

/* A record began to stand, changed while it stands, or ended (record->state is REMOVED already). The
 * entity's status is made anew after all consequences. record.c calls them: whoever puts a record
 * through credit__record_put_new, _put_changed or credit__record_end need not. */
enum credit_error credit__record_began(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;
enum credit_error credit__record_changed(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;
enum credit_error credit__record_ended(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;

/* Rows of the tables, each in its procedure's file: what leans on the record follows it. */
enum credit_error credit__measures_lose_basis(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;
enum credit_error credit__subscribers_told(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;
/* Suspended by a court, or under a plan of reorganisation: its measures are so too, and again in
 * force when it is. */
enum credit_error credit__measures_follow(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;
/* The record stays; told when this act wrote a new value beside an old one. */
enum credit_error credit__subscribers_corrected(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;

/* --- measures (decide_measure.c) --------------------------------------------------------------- */

extern const struct credit__machine credit__machine_measure;
/* Open measures that may lean on one listing: what bounds the effects of its end. */
#define CREDIT__MEASURES_MAX 100
/* And feedback on one measure: what bounds its row. */
#define CREDIT__FEEDBACKS_MAX 200
/* Is it in force, suspended or not? Then it is public as long as its listing is. */
bool credit__measure_stands(const Credit__V1__Measure *measure);

/* --- subscriptions (decide_subscription.c) ------------------------------------------------------ */

/* For one item, or for all items: what bounds the effects of a record's end. And for one subscriber. */
#define CREDIT__SUBSCRIPTIONS_ITEM_MAX 200
#define CREDIT__SUBSCRIPTIONS_SUBSCRIBER_MAX 64

/* Rows of those tables (annulment.c). An annulled decision takes listings with it that rest on it. */
enum credit_error credit__annul_resting(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;
/* A listing that comes back: when its basis was annulled, its authority is asked (again) whether it stands, and
 * meanwhile it is suspended. The record is changed, not put. */
enum credit_error credit__question_again(
	struct credit__deciding *deciding, Credit__V1__Record *listing) CREDIT_MUST_CHECK;
/* A black listing makes a review of each standing honour fall due, where its list says so. */
enum credit_error credit__review_honours(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;
/* Tasks about a record that ended are done with. */
enum credit_error credit__close_record_tasks(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;
/* A consequence of a record's end: open cases about it are moot. (case.c) */
enum credit_error credit__cases_moot(
	struct credit__deciding *deciding, const Credit__V1__Record *record) CREDIT_MUST_CHECK;

/* --- erasure (decide_erasure.c) ----------------------------------------------------------------- */

/* NULL: the book has none for the item. */
const Credit__V1__RetentionRule *credit__book_retention(
	const Credit__V1__RuleBook *book, const char *item);
/* Takes a row out of the state and says that it is erased; `since` is where it came from. */
enum credit_error credit__put_erasure(struct credit__deciding *deciding,
	Credit__V1__EffectKind kind, const struct credit__key *key,
	const Credit__V1__Place *since) CREDIT_MUST_CHECK;

/* --- tallies (tally.c) ------------------------------------------------------------------------ */

/* The authority's month of today, to count in and put back. In the arena. */
enum credit_error credit__tally_get(struct credit__deciding *deciding, const char *authority_uscc,
	Credit__V1__Tally **ret_tally) CREDIT_MUST_CHECK;
enum credit_error credit__tally_put(struct credit__deciding *deciding, const char *authority_uscc,
	const Credit__V1__Tally *tally) CREDIT_MUST_CHECK;
/* The tally's line for an item, made when it is not there. */
enum credit_error credit__tally_item(struct credit__deciding *deciding, Credit__V1__Tally *tally,
	const char *item, Credit__V1__ItemTally **ret_item) CREDIT_MUST_CHECK;
/* The same for a measure because of a list. */
enum credit_error credit__tally_measure(struct credit__deciding *deciding, Credit__V1__Tally *tally,
	const char *list, const char *measure,
	Credit__V1__MeasureTally **ret_line) CREDIT_MUST_CHECK;
/* The same for a kind of case and the state that it ended in. */
enum credit_error credit__tally_case(struct credit__deciding *deciding, Credit__V1__Tally *tally,
	Credit__V1__CaseKind kind, Credit__V1__CaseState state,
	Credit__V1__CaseTally **ret_case) CREDIT_MUST_CHECK;

#endif
