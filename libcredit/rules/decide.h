/* SPDX-License-Identifier: Apache-2.0
 *
 * decide.h - one decision from the inside: what it sees (facts), what it says (effects, refusals).
 *
 * acts.c has one row for each kind of act: who may file it, what it claims, the function that
 * decides it. Such a function reads facts, refuses or puts effects, and returns. To add a kind of
 * act, write the function in a decide_*.c file, declare it here and add the row.
 */
#ifndef CREDIT_RULES_DECIDE_H
#define CREDIT_RULES_DECIDE_H

#include "rules/book.h"

#include <credit/v1/act.pb-c.h>
#include <credit/v1/journal.pb-c.h>
#include <credit/v1/status.pb-c.h>

/* An entity's codes, one after the other: re-issued more often than this, it is refused. */
#define CREDIT__CODES_MAX 8
/* An act is about one entity with all its codes, or joins two of them. */
#define CREDIT__TOUCHED_MAX (2 * CREDIT__CODES_MAX)

/* A decision on its way. */
struct credit__deciding {
	const struct credit_decision *in;
	const char *act; /* its name in act.proto: begins every field path */
	credit_day_t today;
	struct credit_effects effects; /* so far; facts are seen through them */
	struct credit_problem *problem;
	/* Entities whose status must be made anew when all effects are put. */
	const Credit__V1__Entity *touched[CREDIT__TOUCHED_MAX];
	size_t touched_count;
	uint32_t tasks; /* opened by this act so far: tells their ids apart */
};

/* Fills the problem: the field is the act's name and `field`, the rule as credit__rule makes it
 * (NULL: none). Returns `error`. */
enum credit_error credit__refuse(struct credit__deciding *deciding, enum credit_error error,
	const char *field, const char *rule, const char *detail, ...)
	__attribute__((format(printf, 5, 6)));
/* "<version> <item>", e.g. "cn-2026 black.market-serious". Returns `text`. */
const char *credit__rule(const char *version, const char *item, char text[CREDIT_RULE_MAX]);
/* The version of the rule book in force, which the caller has made sure of. */
const char *credit__version(const struct credit__deciding *deciding);
/* The code passes every test without evidence, or the refusal says which character is wrong. */
enum credit_error credit__plain_code(
	struct credit__deciding *deciding, const char *field, const char *code) CREDIT_MUST_CHECK;
struct credit_uscc credit__uscc(const char *text); /* 18 characters, as every checked act has */
bool credit__same_uscc(const struct credit_uscc *uscc, const char *text);

/* --- keys of rows (journal.proto, EffectKind) ---------------------------------------------- */

#define CREDIT__KEY_MAX 128
struct credit__key {
	uint8_t byte[CREDIT__KEY_MAX];
	size_t size;
};
struct credit__key credit__key_founding(void);
struct credit__key credit__key_uscc(const char *uscc);
struct credit__key credit__key_hash(const void *hash);
/* USCC, then the 16 bytes of a record's or a grant's id. */
struct credit__key credit__key_id(const char *uscc, const void *id);
struct credit__key credit__key_rule_book(int32_t effective_date, const char *version);
/* Due at the beginning of that day; the kind is a CREDIT_TIMER_. */
struct credit__key credit__key_timer(
	uint8_t kind, credit_day_t day, const char *uscc, const void *id);
struct credit__key credit__key_tally(const char *uscc, uint32_t month);
/* A subscription's item, and its rows' common beginning; "" is the item of those who want all. */
struct credit__key credit__key_subscribed(
	const char *item, const char *subscriber_uscc, const void *id);
struct credit__key credit__key_item(const char *item);
struct credit__key credit__key_open_task(
	bool overdue, const char *office_uscc, int32_t due_on, const void *id);
/* What makes a decision the same one: who decided, its document, about whom, by which item. */
struct credit__key credit__key_decision(
	const char *authority, const char *document_no, const char *entity, const char *item);
struct credit_bytes credit__key_bytes(const struct credit__key *key);

/* --- facts --------------------------------------------------------------------------------- */

/* The row as a message in the decision's arena; effects put so far come before the state.
 * CREDIT_E_NOT_FOUND when there is none; any other error is a fault. */
enum credit_error credit__fact(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const struct credit__key *key, ProtobufCMessage **ret_message) CREDIT_MUST_CHECK;
enum credit_error credit__fact_exists(struct credit__deciding *deciding,
	Credit__V1__EffectKind kind, const struct credit__key *key,
	bool *ret_exists) CREDIT_MUST_CHECK;
/* An enrolled authority, entity or record, or the refusal, which names `field`. */
enum credit_error credit__need_authority(struct credit__deciding *deciding, const char *field,
	const char *uscc, const Credit__V1__Authority **ret_authority) CREDIT_MUST_CHECK;
enum credit_error credit__need_entity(struct credit__deciding *deciding, const char *field,
	const char *uscc, const Credit__V1__Entity **ret_entity) CREDIT_MUST_CHECK;
/* A decision of that date can be about this entity: it lived, and the code was in use. */
enum credit_error credit__need_alive(struct credit__deciding *deciding, const char *field,
	const Credit__V1__Entity *entity, int32_t decision_date) CREDIT_MUST_CHECK;
enum credit_error credit__need_record(struct credit__deciding *deciding, const char *field,
	const char *uscc, const ProtobufCBinaryData *id,
	Credit__V1__Record **ret_record) CREDIT_MUST_CHECK;
/* Every row of a kind whose key begins with this code, effects so far included; `row` lives until
 * `each` returns, `value` as long as the decision. Stops when `each` returns other than CREDIT_OK,
 * and returns that. */
typedef enum credit_error credit__each_row_fn(
	void *context, const ProtobufCMessage *row, struct credit_bytes value);
enum credit_error credit__each_row(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const char *uscc, credit__each_row_fn *each, void *context) CREDIT_MUST_CHECK;
/* The wanted ones, in the arena: for whoever changes rows on the way. */
struct credit__rows {
	ProtobufCMessage **items;
	size_t count;
};
typedef bool credit__wanted_fn(const void *context, const ProtobufCMessage *row);
enum credit_error credit__gather_rows(struct credit__deciding *deciding,
	Credit__V1__EffectKind kind, const char *uscc, credit__wanted_fn *wanted,
	const void *context, struct credit__rows *ret_rows) CREDIT_MUST_CHECK;
/* Both for rows whose key begins otherwise. */
enum credit_error credit__each_row_at(struct credit__deciding *deciding,
	Credit__V1__EffectKind kind, const struct credit__key *prefix, credit__each_row_fn *each,
	void *context) CREDIT_MUST_CHECK;
enum credit_error credit__gather_rows_at(struct credit__deciding *deciding,
	Credit__V1__EffectKind kind, const struct credit__key *prefix, credit__wanted_fn *wanted,
	const void *context, struct credit__rows *ret_rows) CREDIT_MUST_CHECK;
/* Decodes a row that the state or an effect holds: what does not decode is CREDIT_E_STORE_CORRUPT. */
enum credit_error credit__row_decode(Credit__V1__EffectKind kind, struct credit_bytes value,
	struct credit_arena *arena, ProtobufCMessage **ret_message) CREDIT_MUST_CHECK;

/* --- effects ------------------------------------------------------------------------------- */

enum credit_error credit__put(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const struct credit__key *key, const ProtobufCMessage *message) CREDIT_MUST_CHECK;
/* `value` must live as long as the arena. */
enum credit_error credit__put_bytes(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const struct credit__key *key, struct credit_bytes value) CREDIT_MUST_CHECK;
enum credit_error credit__delete(struct credit__deciding *deciding, Credit__V1__EffectKind kind,
	const struct credit__key *key) CREDIT_MUST_CHECK;
/* Has the entity's status made anew when the act is decided. What the act changes of the entity
 * itself is put before. */
enum credit_error credit__touch(
	struct credit__deciding *deciding, const char *entity_uscc) CREDIT_MUST_CHECK;
/* The status that follows from the entity and its records (status.c). */
enum credit_error credit__put_status(
	struct credit__deciding *deciding, const Credit__V1__Entity *entity) CREDIT_MUST_CHECK;

/* --- records (record.c) -------------------------------------------------------------------- */

/* The publication of a record, as the rule book and the act say. */
struct credit__publication {
	const Credit__V1__Period *min; /* NULL: no shortest period, and no repair */
	const Credit__V1__Period *max; /* NULL: until it is ended */
	const char *item;              /* of the rule book, for refusals */
	int32_t decided_on;
	int32_t wanted_end;                /* as the act gave it; 0: the longest */
	Credit__V1__ClockStart clock;      /* 0: the decision's date */
	Credit__V1__Transition transition; /* 0: kinder */
};
/* A new record of this act: its ids, dates and periods filled in, the rest left to the caller. A
 * decision of before the book took effect is held to the kinder periods, where its item does not say
 * otherwise: `shortened` says that the wanted end was cut.
 * When the period has run out already its state is REMOVED, as the timer would have left it.
 * CREDIT_E_PERIOD, _DATE_FUTURE, _COMMITMENT_USED. */
enum credit_error credit__record_new(struct credit__deciding *deciding, const char *entity_uscc,
	const struct credit__publication *publication,
	Credit__V1__Record *ret_record) CREDIT_MUST_CHECK;
/* Puts the record, and while it is published its timer and what follows from its beginning. Marks it
 * when it was filed late. CREDIT_E_DUPLICATE_DECISION when the same decision made a record before. */
enum credit_error credit__record_put_new(
	struct credit__deciding *deciding, Credit__V1__Record *record) CREDIT_MUST_CHECK;
/* The decision's number was corrected; the record is not put. CREDIT_E_DUPLICATE_DECISION as above. */
enum credit_error credit__record_renumber(struct credit__deciding *deciding,
	const Credit__V1__Record *record, const char *old_number,
	const char *field) CREDIT_MUST_CHECK;
/* Puts a record that this act changed, its trail longer by this act. A timer that goes with the end
 * of its publication is moved from `old_end`. */
enum credit_error credit__record_put_changed(struct credit__deciding *deciding,
	Credit__V1__Record *record, int32_t old_end) CREDIT_MUST_CHECK;
/* Puts a record that was removed and is published again, as the caller has dated it anew. */
enum credit_error credit__record_put_again(
	struct credit__deciding *deciding, Credit__V1__Record *record) CREDIT_MUST_CHECK;
/* The day that lies as far from `new_start` as `day` from `start`: in months, where it is a whole number
 * of them, else in days. */
int32_t credit__period_move(int32_t start, int32_t day, int32_t new_start);
/* Takes a published record out of the public status, with all that follows. */
enum credit_error credit__record_end(struct credit__deciding *deciding, Credit__V1__Record *record,
	Credit__V1__RemovalCause cause, int32_t date) CREDIT_MUST_CHECK;

/* --- acts ---------------------------------------------------------------------------------- */

enum credit__who {
	CREDIT__FOUNDER,      /* before there is anybody */
	CREDIT__ROOT,         /* the root authority's offline key */
	CREDIT__ROOT_OR_SELF, /* that, or the authority that the act is about */
	CREDIT__GRANT,        /* an authority with a grant of one of the row's roles */
	CREDIT__AUTHOR, /* an enrolled authority; the function compares it with the record's */
	CREDIT__SYSTEM  /* the registry's own key */
};

/* What an act says of itself that access depends on; NULL where it says nothing. */
struct credit__claim {
	const char *authority_uscc;
	const char *entity_uscc;
	const char *decider_uscc; /* NULL: the issuer */
	const char *item;
};

#define CREDIT__ROLE(name) (1U << CREDIT__V1__ROLE__ROLE_##name)

struct credit__act_row {
	Credit__V1__Act__PayloadCase payload;
	enum credit__who who;
	uint32_t roles; /* CREDIT__ROLE bits; any one will do */
	void (*claim)(const Credit__V1__Act *act, struct credit__claim *claim);
	enum credit_error (*decide)(struct credit__deciding *deciding, const Credit__V1__Act *act);
};

/* The claim of every act that has a field entity_uscc and is of no rule-book item. */
void credit__claim_entity(const Credit__V1__Act *act, struct credit__claim *claim);

/* access.c: may the signing key file this act? */
enum credit_error credit__access(struct credit__deciding *deciding,
	const struct credit__act_row *row, const Credit__V1__Act *act) CREDIT_MUST_CHECK;
/* A grant of one of the roles (CREDIT__ROLE bits) that covers the claim, or the refusal. For what
 * depends on a row that the act only names. */
enum credit_error credit__need_grant(struct credit__deciding *deciding, uint32_t roles,
	const struct credit__claim *claim) CREDIT_MUST_CHECK;
/* The record's author, and `superior` too: the authority above it with a supervisor's grant for the
 * record's item. CREDIT_E_NOT_THE_AUTHOR. */
enum credit_error credit__need_author(struct credit__deciding *deciding,
	const Credit__V1__Record *record, bool superior) CREDIT_MUST_CHECK;

#define CREDIT__DECIDE(name) \
	enum credit_error credit__decide_##name( \
		struct credit__deciding *deciding, const Credit__V1__Act *act) CREDIT_MUST_CHECK
CREDIT__DECIDE(founding);
CREDIT__DECIDE(authority_enrolment);
CREDIT__DECIDE(key_enrolment);
CREDIT__DECIDE(key_revocation);
CREDIT__DECIDE(key_compromise);
CREDIT__DECIDE(key_review);
CREDIT__DECIDE(key_reviewed);
CREDIT__DECIDE(grant);
CREDIT__DECIDE(grant_revocation);
CREDIT__DECIDE(rule_book_adoption);
CREDIT__DECIDE(authority_change);
CREDIT__DECIDE(entity_enrolment);
CREDIT__DECIDE(penalty);
CREDIT__DECIDE(listing);
CREDIT__DECIDE(removal);
CREDIT__DECIDE(publication_end);
CREDIT__DECIDE(measure_application);
CREDIT__DECIDE(measure_feedback);
CREDIT__DECIDE(measure_lift);
CREDIT__DECIDE(measure_end);
CREDIT__DECIDE(listing_notice);
CREDIT__DECIDE(notice_act);
CREDIT__DECIDE(consent);
CREDIT__DECIDE(publication_change);
CREDIT__DECIDE(suspension);
CREDIT__DECIDE(suspension_end);
CREDIT__DECIDE(task_answer);
CREDIT__DECIDE(repair_application);
CREDIT__DECIDE(objection);
CREDIT__DECIDE(case_step); /* every act on a case that is there (case.c) */
CREDIT__DECIDE(entity_key_enrolment);
CREDIT__DECIDE(entity_key_revocation);
CREDIT__DECIDE(access_record);
CREDIT__DECIDE(access_expiry);
CREDIT__DECIDE(pledge);
CREDIT__DECIDE(licence);
CREDIT__DECIDE(honour);
CREDIT__DECIDE(judgment);
CREDIT__DECIDE(record_outcome);
CREDIT__DECIDE(entity_change);
CREDIT__DECIDE(entity_alias);
CREDIT__DECIDE(entity_deregistration);
CREDIT__DECIDE(task_overdue);
CREDIT__DECIDE(task_escalation);
CREDIT__DECIDE(subscription);
CREDIT__DECIDE(subscription_end);
CREDIT__DECIDE(subscription_ack);
CREDIT__DECIDE(erasure);
CREDIT__DECIDE(base_register_load);

#endif
