/* SPDX-License-Identifier: Apache-2.0
 *
 * life.h - what happens in a town over years, as a generator says: acts of every procedure, by four
 * offices, about entities that come, change and go.
 *
 * It remembers what it made and roughly how far that came, so that most acts fit; what does not fit is
 * refused, which is a part of life. The registry decides; nothing here knows a rule.
 */
#ifndef TESTS_SUPPORT_LIFE_H
#define TESTS_SUPPORT_LIFE_H

#include "tests/support/toy_cases.h"
#include "tests/support/town.h"

#define LIFE_ENTITIES_MAX 2000
#define LIFE_THINGS_MAX 20000
#define LIFE_ACTS_MAX 12 /* of one epoch */
#define LIFE_OFFICES 4

enum life_kind {
	LIFE_RECORD,
	LIFE_LISTING, /* a record too */
	LIFE_PENALTY, /* a record too */
	LIFE_MEASURE,
	LIFE_NOTICE,
	LIFE_REPAIR,
	LIFE_OBJECTION,
	LIFE_SUBSCRIPTION,
	LIFE_KEY,
	LIFE_NOTHING /* the act makes no thing */
};

enum life_stage {
	LIFE_BEGUN,
	LIFE_ACCEPTED, /* a case */
	LIFE_DECIDED,  /* a case */
	LIFE_ENDED,
	LIFE_ERASED
};

struct life_thing {
	enum life_kind kind;
	enum life_stage stage;
	unsigned entity, office;
	unsigned documents; /* that a case was brought */
	uint8_t id[CREDIT_RECORD_ID_SIZE];
	struct credit_hash key_id; /* of a key */
};

struct life {
	struct town *town;
	uint64_t seed;
	struct toy clock; /* what the makers of payloads ask for the day and for offices */
	struct toy_office office[LIFE_OFFICES];
	struct credit_sealer *sealer[LIFE_OFFICES];
	char uscc[LIFE_ENTITIES_MAX][CREDIT_USCC_SIZE + 1];
	unsigned entities;
	struct life_thing things[LIFE_THINGS_MAX];
	size_t count;
	uint64_t accepted, refused, fired;          /* the last: system acts, of time alone */
	uint64_t accepted_of[128], refused_of[128]; /* by act */
};

/* In an open town: its offices are enrolled. The memory is the caller's, about a megabyte. */
void life_begin(struct life *life, struct town *town, uint64_t seed);
void life_end(struct life *life);
/* One epoch of one to twelve acts. */
void life_epoch(struct life *life);
/* Time passes: mostly minutes, now and then days. What falls due is filed. */
void life_pass(struct life *life);
/* SplitMix64 on the seed. */
uint32_t life_draw(struct life *life, uint32_t below);

#endif
