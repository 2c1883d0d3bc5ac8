/* SPDX-License-Identifier: Apache-2.0
 *
 * toy_registry.h - a small registry on a toy state: offices with keys and grants, the rule book of
 * docs/rules, and acts to file. Each act is an epoch of its own. Listings are filed at once: the book
 * asks for no notice and no consent (tests/support/book_text.h).
 *
 * Tests run in the top folder, where docs/rules/cn-2026.yaml is found.
 */
#ifndef TESTS_SUPPORT_TOY_REGISTRY_H
#define TESTS_SUPPORT_TOY_REGISTRY_H

#include "tests/support/toy_state.h"

#include <credit/v1/act.pb-c.h>
#include <credit/v1/journal.pb-c.h>
#include <credit/v1/status.pb-c.h>

#define TOY_ORIGIN "credit.toy.example/2026"

struct toy_office {
	char uscc[CREDIT_USCC_SIZE + 1];
	struct credit_key_pair pair;
};

struct toy {
	struct toy_state state;
	struct credit_rule_book *book; /* in force on book_day */
	credit_day_t book_day;
	bool book_known;
	credit_ms_t now;
	uint64_t epoch, draws;
	struct credit_bytes attachment;    /* of the next act */
	struct credit_bytes book_bytes;    /* cn-2026 without procedure, compiled; owned */
	struct credit_bytes *acts;         /* accepted ones by epoch; owned */
	struct credit_problem problem;     /* of the last act */
	uint8_t id[CREDIT_RECORD_ID_SIZE]; /* of the last act */
	size_t effects;                    /* of the last act */
	void (*alter)(
		struct credit_effects *effects); /* spoils effects, to see it noticed; or NULL */

	struct toy_office root;      /* with the root key */
	struct toy_office system;    /* the root's code with the system key */
	struct toy_office registrar; /* may enrol */
	struct toy_office market;    /* decider */
	struct toy_office tax;       /* decider */
	struct toy_office filer;     /* files for others */
	struct toy_office window;    /* front office */
	struct toy_office stranger;  /* enrolled, no grant */
};

/* An empty state with the offices' keys made; nobody is enrolled. */
void toy_init(struct toy *toy);
/* The same without a rule book: book_bytes is given before the founding. */
void toy_init_bare(struct toy *toy);
/* Before the founding: another rule book, whose version is cn-2026 too. */
void toy_use_book(struct toy *toy, const char *yaml);
/* Founded, everybody enrolled and granted, the rule book adopted, on 2026-11-23. */
void toy_found(struct toy *toy);
/* Both. */
void toy_init_founded(struct toy *toy);
/* The last with another rule book, a YAML file. */
void toy_init_founded_by(struct toy *toy, const char *book_path);
void toy_deinit(struct toy *toy);

/* Decides the act that holds this payload, and applies its effects when it is accepted. */
enum credit_error toy_file(struct toy *toy, const struct toy_office *office,
	Credit__V1__Act__PayloadCase payload, void *message);
/* The same, and the test ends when it is refused. */
void toy_must(struct toy *toy, const struct toy_office *office,
	Credit__V1__Act__PayloadCase payload, void *message);
/* The commitment of the act that is `ahead` acts behind the next one (0: the next). */
void toy_commitment(const struct toy *toy, uint64_t ahead, struct credit_hash *ret_commitment);
/* Files what time asks for up to now, with the system key; returns how many acts. */
size_t toy_fire_due(struct toy *toy);

/* The first timer that is due now, or NULL; and what it asks for, filed with the system key. */
const struct toy_row *toy_due(const struct toy *toy);
enum credit_error toy_fire(struct toy *toy, struct credit_bytes timer_key) CREDIT_MUST_CHECK;

credit_day_t toy_day(const char *date);
void toy_set_day(struct toy *toy, credit_day_t day); /* noon of that day */
/* A sound code: `prefix` are its first eight characters. */
void toy_uscc(const char *prefix, unsigned serial, char ret_uscc[CREDIT_USCC_SIZE + 1]);

/* Payloads that are allowed as they stand; strings are not copied. */
Credit__V1__RegistryFounding toy_founding(struct toy *toy);
Credit__V1__EntityEnrolment toy_enrolment(char *uscc);
Credit__V1__Listing toy_listing(char *uscc, const char *decision_date);
Credit__V1__AdministrativePenalty toy_penalty(
	struct toy *toy, char *uscc, const char *decision_date, char **kinds, size_t count);
Credit__V1__Removal toy_removal(char *uscc, uint8_t id[CREDIT_RECORD_ID_SIZE],
	Credit__V1__RemovalCause cause, const char *decision_date);
Credit__V1__ListingNotice toy_notice(const Credit__V1__Listing *listing, const char *served_on);
Credit__V1__Grant toy_grant(const struct toy_office *office, Credit__V1__Role role);
void toy_enrol(struct toy *toy, char *uscc);

/* The stored status; the test ends when the entity has none. */
struct credit_stored_status toy_status(struct toy *toy, const char *uscc);
/* Its messages, to be freed with the generated functions. */
Credit__V1__Status *toy_status_message(struct toy *toy, const char *uscc);
Credit__V1__Detail *toy_detail_message(struct toy *toy, const char *uscc);
/* A row's message, to be freed with protobuf_c_message_free_unpacked; NULL when there is none. The key
 * is a code and an id. */
void *toy_row(struct toy *toy, Credit__V1__EffectKind kind, const ProtobufCMessageDescriptor *type,
	const char *uscc, const uint8_t id[CREDIT_RECORD_ID_SIZE]);
Credit__V1__Record *toy_record(
	struct toy *toy, const char *uscc, const uint8_t id[CREDIT_RECORD_ID_SIZE]);

#define TOY_PAYLOAD(name) CREDIT__V1__ACT__PAYLOAD_##name

#endif
