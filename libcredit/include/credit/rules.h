/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - the rule book, and decisions as pure functions of it.
 *
 *     (rule book, state, act, today) -> effects | refusal
 *
 * Nothing here reads a clock, a file or a database: the state is seen through a struct
 * credit_state_view, time is an argument, effects go into an arena. What the rule book does not
 * allow is refused with the item cited in problem->rule, e.g. "cn-2026 black.market-serious".
 *
 * Threads: pure functions; a loaded rule book is read-only and may be shared.
 *
 * Source: design sections 5 and 7; docs/spec/rule-book.md.
 */
#ifndef CREDIT_RULES_H
#define CREDIT_RULES_H

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/load.h>
#include <credit/model.h>

struct Credit__V1__RuleBook;
struct Credit__V1__Effect;
struct Credit__V1__Grade;
struct Credit__V1__Record;
struct Credit__V1__Load;

#define CREDIT_RULE_BOOK_MAX 1048576 /* bytes, YAML or compiled */

/* --- the rule book --- */

/* YAML to serialised RuleBook, in the arena. Every rule of docs/spec/rule-book.md is checked; the
 * first fault is the problem: field is the path ("lists[1].publication_max.months"), detail has
 * line and column. */
CREDIT_API enum credit_error credit_rule_book_compile(struct credit_bytes yaml,
	struct credit_arena *arena, struct credit_bytes *ret_bytes,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Tells of every fault of a text that can be told apart, in order, as credit_rule_book_compile would
 * tell of the first: of what cannot be read, or of a field that breaks its rule, the first alone; of
 * what the items must be to each other all, up to two hundred. CREDIT_OK: there is none. */
typedef void credit_rule_book_fault_fn(void *context, const struct credit_problem *fault);
CREDIT_API enum credit_error credit_rule_book_faults(struct credit_bytes yaml,
	struct credit_arena *arena, credit_rule_book_fault_fn *each,
	void *context) CREDIT_MUST_CHECK;

struct credit_rule_book; /* loaded, indexed */
/* From the serialised bytes, checked again as at compilation. Copies what it needs. */
CREDIT_API enum credit_error credit_rule_book_load(struct credit_bytes bytes,
	struct credit_rule_book **ret_book, struct credit_problem *problem) CREDIT_MUST_CHECK;
CREDIT_API void credit_rule_book_free(struct credit_rule_book *book); /* NULL is allowed */
CREDIT_API const struct Credit__V1__RuleBook *credit_rule_book_message(
	const struct credit_rule_book *book);
/* SHA-256 of the serialised bytes. */
CREDIT_API const struct credit_hash *credit_rule_book_digest(const struct credit_rule_book *book);
CREDIT_API const struct credit_calendar *credit_rule_book_calendar(
	const struct credit_rule_book *book);

/* What a time limit is for and when its clock starts, by its id; "" when there is no such limit. */
CREDIT_API const char *credit_rule_limit_title(const char *id, enum credit_lang lang);

/* --- what a decision sees --- */

/* The state before the act. Keyspaces are named by EffectKind, keys as journal.proto says. Views
 * stay valid until the act's effects are applied. */
struct credit_state_view {
	void *context;
	/* CREDIT_E_NOT_FOUND when there is no such row. */
	enum credit_error (*get)(void *context, uint32_t effect_kind, struct credit_bytes key,
		struct credit_bytes *ret_value);
	/* Rows whose key begins with prefix, in key order, until `each` returns other than
	 * CREDIT_OK. */
	enum credit_error (*scan)(void *context, uint32_t effect_kind, struct credit_bytes prefix,
		void *each_context,
		enum credit_error (*each)(
			void *each_context, struct credit_bytes key, struct credit_bytes value));
};

/* The row (a serialised RuleBookRow) of the rule book in force on `today`: the adopted one with the
 * latest effective date up to it; of two with the same date, the greater version in byte order.
 * CREDIT_E_NOT_FOUND when there is none. The view is the state's. */
CREDIT_API enum credit_error credit_rules_in_force(const struct credit_state_view *state,
	credit_day_t today, struct credit_bytes *ret_row_value) CREDIT_MUST_CHECK;

/* Everything a decision depends on. */
struct credit_decision {
	const struct credit_state_view *state;
	const struct credit_rule_book *book; /* in force today; NULL before the first adoption */
	credit_ms_t now;                     /* the epoch's time */
	uint64_t epoch;
	uint32_t row;        /* the act's row in the epoch, if it is accepted */
	uint64_t leaf_index; /* the act's leaf, if it is accepted */
	const char *origin;
	struct credit_uscc issuer;     /* of the manifest, signature verified */
	struct credit_hash key_id;     /* that signed it */
	struct credit_hash commitment; /* of the act */
	struct credit_bytes attachment;
	/* The bytes of an act that was accepted before, by its place in the journal; copied into
	 * `arena`. Asked for only when an objection corrects a record. */
	enum credit_error (*act)(void *act_context, uint64_t epoch, uint32_t row,
		struct credit_arena *arena, struct credit_bytes *ret_act);
	void *act_context;
	/* The rows of the load file of this digest, staged whole. CREDIT_E_NOT_FOUND when there is none;
	 * NULL: there never is. */
	enum credit_error (*load)(
		void *load_context, const struct credit_hash *digest, uint32_t *ret_entities);
	void *load_context;
	/* Source of randomness for status openings: fills 32 bytes. */
	void (*draw)(void *draw_context, struct credit_opening *ret_opening);
	void *draw_context;
	struct credit_arena *arena; /* for effects and scratch */
};

/* The changes that an accepted act makes, in order; in the decision's arena. */
struct credit_effects {
	struct Credit__V1__Effect **items;
	size_t count;
	size_t capacity;
};

/* Decides one act. CREDIT_OK and the effects, or the refusal. Never both, never partial.
 * CREDIT_E_NO_MEMORY, _NO_SPACE, _IO, _FILES_LIMIT, _STORE_* and _INTERNAL are not refusals but faults: the
 * epoch is abandoned (credit_error_is_fault). */
CREDIT_API enum credit_error credit_decide(const struct credit_decision *decision,
	const struct Credit__V1__Act *act, struct credit_effects *ret_effects,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
CREDIT_API bool credit_error_is_fault(enum credit_error error);
/* Memory, space, i/o or descriptors were short: it says nothing about what was being looked at. */
CREDIT_API bool credit_error_is_of_machine(enum credit_error error);

/* May this key sign for this authority in this epoch? Fills the public key. CREDIT_E_KEY_UNKNOWN,
 * _KEY_REVOKED, _AUTHORITY_UNKNOWN. Before the founding nobody is enrolled; the registry then
 * compares with the root key pinned in its configuration. */
CREDIT_API enum credit_error credit_key_lookup(const struct credit_state_view *state,
	const struct credit_uscc *issuer, const struct credit_hash *key_id, uint64_t epoch,
	struct credit_public_key *ret_key, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* --- grades --- */

/* The grade that the book gives on `today` to an entity with these records (all that it has; which
 * count is the rules' business). Code and name are left empty. The grade lies in the arena and refers
 * to the book and the records. CREDIT_E_GRADING_MISSING when the book has no grades. */
CREDIT_API enum credit_error credit_grade(const struct credit_rule_book *book,
	const struct Credit__V1__Record *const *records, size_t count, credit_day_t today,
	struct credit_arena *arena, struct Credit__V1__Grade **ret_grade) CREDIT_MUST_CHECK;

/* --- timers --- */

/* In the database: never renumber. */
#define CREDIT_TIMER_PUBLICATION_END 1 /* entity, record */
#define CREDIT_TIMER_NOTICE_RIPE 2     /* entity, notice */
#define CREDIT_TIMER_MEASURE_END 3     /* entity, measure */
#define CREDIT_TIMER_TASK_OVERDUE 4    /* office, task */
#define CREDIT_TIMER_TASK_ESCALATION 5 /* office, task */
#define CREDIT_TIMER_ACCESS_EXPIRY 6   /* entity or reader, read */
#define CREDIT_TIMER_KEY_REVIEW 7      /* authority, key: many acts, see registry/review.c */
#define CREDIT_TIMER_KEY_SIZE (8 + 1 + CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE)
/* The system act that a due timer asks for, built in the arena. */
CREDIT_API enum credit_error credit_timer_act(struct credit_bytes timer_key,
	struct credit_arena *arena, struct Credit__V1__Act **ret_act) CREDIT_MUST_CHECK;

/* --- load files (docs/spec/load.md) --- */

/* Keys of EFFECT_KIND_LOAD: of the one that is filed, and of one that is carried out. */
#define CREDIT_LOAD_DONE_KEY_SIZE (1 + CREDIT_HASH_SIZE)
CREDIT_API struct credit_bytes credit_load_filed_key(uint8_t memory[CREDIT_LOAD_DONE_KEY_SIZE]);
CREDIT_API struct credit_bytes credit_load_done_key(
	const struct credit_hash *digest, uint8_t memory[CREDIT_LOAD_DONE_KEY_SIZE]);
/* Their value: seed, Load. CREDIT_E_STORE_CORRUPT when it is not one. */
CREDIT_API enum credit_error credit_load_value(const struct credit_opening *seed,
	const struct Credit__V1__Load *load, struct credit_arena *arena,
	struct credit_bytes *ret_value) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_load_parse(struct credit_bytes value,
	struct credit_arena *arena, struct credit_opening *ret_seed,
	struct Credit__V1__Load **ret_load) CREDIT_MUST_CHECK;

/* The Entity of a row, and its stored status; in `memory`. */
#define CREDIT_LOAD_VALUE_MAX (CREDIT_LOAD_ROW_MAX + 256)
CREDIT_API struct credit_bytes credit_load_entity(const struct Credit__V1__Load *load,
	const struct credit_load_row *row, uint8_t memory[CREDIT_LOAD_VALUE_MAX]);
CREDIT_API struct credit_bytes credit_load_status(const struct credit_hmac_key *seed,
	const struct credit_load_row *row, uint8_t memory[CREDIT_LOAD_VALUE_MAX]);

/* --- stored status --- */

/* Takes an EFFECT_KIND_STATUS value apart. CREDIT_E_STORE_CORRUPT when it is not one. */
struct credit_stored_status {
	struct credit_opening opening;
	struct credit_bytes status; /* serialised Status: the answer */
	struct credit_bytes detail; /* serialised Detail */
	credit_ms_t fresh_until;    /* 0: none */
};
CREDIT_API enum credit_error credit_stored_status_parse(
	struct credit_bytes value, struct credit_stored_status *ret_status) CREDIT_MUST_CHECK;

#endif
