/* SPDX-License-Identifier: Apache-2.0
 *
 * small_world.h - one entity, one of everything that a procedure can be about, and the acts on it.
 *
 * An act of the list below has the same content whenever it is filed but for its dates, which are today's,
 * and the same commitment: so what it makes has the same id in every history, and two histories can be
 * compared. The rule book is tests/support/reachable.yaml. Strings and ids live as long as the world.
 */
#ifndef TESTS_SUPPORT_SMALL_WORLD_H
#define TESTS_SUPPORT_SMALL_WORLD_H

#include "tests/support/toy_registry.h"

/* What an act is about. */
enum small_subject {
	SMALL_NOTHING,
	SMALL_NOTICE,
	SMALL_LISTING,
	SMALL_PENALTY,
	SMALL_MEASURE,
	SMALL_REPAIR,
	SMALL_OBJECTION,
	SMALL_TASK, /* the listing's, whose basis was annulled */
	SMALL_SUBJECTS
};

/* X(NAME, office, payload, subject). A variant of a payload has a line of its own. Those of one subject that
 * make it stand first. */
#define SMALL_ACT_LIST(X) \
	X(SERVE, market, LISTING_NOTICE, NOTHING) \
	X(LIST, market, LISTING, NOTICE) \
	X(PENALISE, tax, ADMINISTRATIVE_PENALTY, NOTHING) \
	X(APPLY, tax, MEASURE_APPLICATION, LISTING) \
	X(APPLY_FOR_DAYS, tax, MEASURE_APPLICATION, LISTING) \
	X(REPAIR, window, REPAIR_APPLICATION, LISTING) \
	X(REORGANISE, window, REPAIR_APPLICATION, LISTING) \
	X(OBJECT, window, OBJECTION, LISTING) \
	X(OBJECT_LATE, window, OBJECTION, LISTING) \
	X(HEAR, market, NOTICE_STATEMENT, NOTICE) \
	X(ANSWER, market, NOTICE_STATEMENT, NOTICE) \
	X(WAIVE, market, NOTICE_STATEMENT, NOTICE) \
	X(DROP_NOTICE, market, NOTICE_WITHDRAWAL, NOTICE) \
	X(CONSENT, stranger, CONSENT, NOTHING) \
	X(ANNUL, tax, REMOVAL, PENALTY) \
	X(KEEP, market, TASK_ANSWER, TASK) \
	X(REMOVE, market, REMOVAL, LISTING) \
	X(REMOVE_REPAIRED, market, REMOVAL, LISTING) \
	X(SHORTEN, market, PUBLICATION_CHANGE, LISTING) \
	X(LENGTHEN, market, PUBLICATION_CHANGE, LISTING) \
	X(SUSPEND, market, SUSPENSION, LISTING) \
	X(RESUME, market, SUSPENSION_END, LISTING) \
	X(FEEDBACK, tax, MEASURE_FEEDBACK, MEASURE) \
	X(LIFT, tax, MEASURE_LIFT, MEASURE) \
	X(R_FORM, window, CASE_DOCUMENT, REPAIR) \
	X(R_RULING, window, CASE_DOCUMENT, REPAIR) \
	X(R_ACCEPT, window, CASE_ACCEPTANCE, REPAIR) \
	X(R_ASK, window, SUPPLEMENT_REQUEST, REPAIR) \
	X(R_SUPPLY, window, CASE_SUPPLEMENT, REPAIR) \
	X(R_DECLINE, window, CASE_NON_ACCEPTANCE, REPAIR) \
	X(R_WITHDRAW, window, CASE_WITHDRAWAL, REPAIR) \
	X(R_EXTEND_CHECK, window, CASE_EXTENSION, REPAIR) \
	X(R_EXTEND, market, CASE_EXTENSION, REPAIR) \
	X(R_GRANT, market, REPAIR_DECISION, REPAIR) \
	X(R_REFUSE, market, REPAIR_DECISION, REPAIR) \
	X(R_COMPLETE, market, REORGANISATION_OUTCOME, REPAIR) \
	X(R_FAIL, market, REORGANISATION_OUTCOME, REPAIR) \
	X(R_REVOKE, market, REPAIR_REVOCATION, REPAIR) \
	X(R_RATE, window, CASE_RATING, REPAIR) \
	X(O_FORM, window, CASE_DOCUMENT, OBJECTION) \
	X(O_RULING, window, CASE_DOCUMENT, OBJECTION) \
	X(O_ACCEPT, window, CASE_ACCEPTANCE, OBJECTION) \
	X(O_ASK, window, SUPPLEMENT_REQUEST, OBJECTION) \
	X(O_SUPPLY, window, CASE_SUPPLEMENT, OBJECTION) \
	X(O_DECLINE, window, CASE_NON_ACCEPTANCE, OBJECTION) \
	X(O_WITHDRAW, window, CASE_WITHDRAWAL, OBJECTION) \
	X(O_EXTEND_CHECK, window, CASE_EXTENSION, OBJECTION) \
	X(O_EXTEND, market, CASE_EXTENSION, OBJECTION) \
	X(O_REJECT, market, OBJECTION_DECISION, OBJECTION) \
	X(O_TAKE_DOWN, market, OBJECTION_DECISION, OBJECTION) \
	X(O_CUT, market, OBJECTION_DECISION, OBJECTION) \
	X(O_REVIEW, window, REVIEW_REQUEST, OBJECTION) \
	X(O_FINAL_REJECT, market, REVIEW_DECISION, OBJECTION) \
	X(O_FINAL_TAKE_DOWN, market, REVIEW_DECISION, OBJECTION) \
	X(O_RATE, window, CASE_RATING, OBJECTION) \
	X(DEREGISTER, registrar, ENTITY_DEREGISTRATION, NOTHING) \
	X(ERASE, market, ERASURE, LISTING)

enum small_act {
#define X(name, office, payload, subject) DO_##name,
	SMALL_ACT_LIST(X)
#undef X
	SMALL_ACTS
};

struct small_world {
	struct toy toy;
	char uscc[CREDIT_USCC_SIZE + 1];
	const char *list; /* the rule book's id of the one list */
	uint8_t id[SMALL_SUBJECTS][CREDIT_RECORD_ID_SIZE];
	uint8_t draft[CREDIT_HASH_SIZE]; /* the listing's commitment */
	Credit__V1__Applicant applicant;
};

/* A payload of any kind. */
union small_message {
	ProtobufCMessage base;
	uint64_t room[128];
};

/* Founded, with the authority above the market office, and the entity enrolled. */
void small_world_init(struct small_world *world, const char *list);
void small_world_deinit(struct small_world *world);

/* Of the act, and so of its commitment; what makes the same thing in another way has the same. */
uint64_t small_act_epoch(enum small_act act);
/* Of an act that is none of them. */
#define SMALL_EPOCH_OTHER 1250
const char *small_act_name(enum small_act act);
Credit__V1__Act__PayloadCase small_act_payload(enum small_act act);
enum small_subject small_act_subject(enum small_act act);
const struct toy_office *small_act_office(const struct small_world *world, enum small_act act);

/* Files the act as of today. */
enum credit_error small_act_file(struct small_world *world, enum small_act act);
/* The same with the payload as it was made before. */
enum credit_error small_act_file_again(
	struct small_world *world, enum small_act act, union small_message *message);
void small_act_fill(
	struct small_world *world, enum small_act act, union small_message *ret_message);
/* Every field of any kind of payload filled with something of the right shape: codes are the entity's, ids of
 * 16 bytes the subject's, dates today's. */
void small_fill(struct small_world *world, Credit__V1__Act__PayloadCase payload,
	enum small_subject subject, union small_message *ret_message);

/* The subject's row as a message, to be freed; NULL when there is none. */
void *small_row(struct small_world *world, enum small_subject subject);

/* Fires what is due now, and says each thing twice: false when time was refused, or taken a second time. */
bool small_world_fire(struct small_world *world);
credit_day_t small_world_today(const struct small_world *world);
/* The first day after today on which time does something or lets something be done; false: there is none. */
bool small_world_next_day(struct small_world *world, credit_day_t *ret_day);
void small_world_set(struct small_world *world, credit_day_t day);

/* Does the row change in a history? Offices, keys and rule books do not. */
bool small_world_moves(uint32_t kind);
/* What of the state can make a difference later, with days counted from today: equal for states that go on
 * alike. Places in the journal, counts, and what is over and cannot come back are left out. */
void small_world_digest(struct small_world *world, struct credit_hash *ret_digest);

#endif
