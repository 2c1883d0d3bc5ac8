/* SPDX-License-Identifier: Apache-2.0
 *
 * oracle.h - a small registry, what is true of it, and what it says when it is asked again.
 */
#ifndef TESTS_DAMAGE_ORACLE_H
#define TESTS_DAMAGE_ORACLE_H

#include "tests/support/town.h"

#define ORACLE_ENTITIES 48
#define ORACLE_CODES (ORACLE_ENTITIES + 4) /* the last ones are not enrolled */
#define ORACLE_ACTS 64

struct oracle_bytes {
	uint8_t *data; /* NULL: there is none */
	size_t size;
};

struct oracle {
	struct credit_named_key log;
	credit_ms_t now;
	struct oracle_bytes status[ORACLE_CODES];
	struct credit_hash commitment[ORACLE_ACTS];
	struct oracle_bytes act[ORACLE_ACTS];
	uint64_t leaf[ORACLE_ACTS];
	size_t acts;
};

/* Makes the registry in `folder` (enrolments, listings, removals, penalties, publications) and writes down
 * what is true of it. */
void oracle_make(struct oracle *oracle, const char *folder);

/* What became of the questions. */
struct oracle_verdict {
	unsigned right, refused;
	unsigned wrong_verified; /* an answer that verifies and is not true: never */
	unsigned wrong_plain;    /* one without a proof that is not true */
};
/* Asks the open registry for every status, plain and proved, and for every receipt. */
struct oracle_verdict oracle_ask(const struct oracle *oracle, struct town *town);

#endif
