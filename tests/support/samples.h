/* SPDX-License-Identifier: Apache-2.0
 *
 * samples.h - acts, filings and a log on paper, for tests of model and proof without a registry.
 *
 * Keys come from fixed seeds and acts from their number, but openings and blinds are drawn: nothing
 * here may depend on their values.
 */
#ifndef TESTS_SUPPORT_SAMPLES_H
#define TESTS_SUPPORT_SAMPLES_H

#include <credit/proof.h>

#include "credit/v1/act.pb-c.h"
#include "credit/v1/filing.pb-c.h"
#include "credit/v1/receipt.pb-c.h"

#define SAMPLE_ORIGIN "credit.paper.example/2026"
#define SAMPLE_ISSUER "11110000000000115W"
#define SAMPLE_ENTITY "91350100M000100Y43"
#define SAMPLE_FLAGGED "91110000710928831X"   /* fails its check characters */
#define SAMPLE_AMBIGUOUS "110101198009261009" /* an identity number, too */
#define SAMPLE_NOW 1780279200000LL            /* 2026-06-01T10:00+08:00 */

struct sample_act {
	Credit__V1__Act act;
	union {
		Credit__V1__AdministrativePenalty penalty;
		Credit__V1__Listing listing;
		Credit__V1__KeyEnrolment key;
		Credit__V1__RuleBookAdoption adoption;
		Credit__V1__Grant grant;
	} body;
	char document[32];
	uint8_t bytes[32];
	char *texts[1];
};

/* Sealed in the log, and each number's bytes differ. */
void sample_penalty(struct sample_act *ret, uint32_t number);
void sample_listing(struct sample_act *ret);
/* Logged in clear. */
void sample_key_act(struct sample_act *ret, uint32_t number);
void sample_grant(struct sample_act *ret);
/* Names this attachment by digest. */
void sample_adoption(struct sample_act *ret, struct credit_bytes attachment);

struct credit_key_pair sample_key(uint8_t number);
struct credit_manifest_options sample_options(void);
/* `count` acts, every third of them one that is logged in clear, signed with key 1. */
Credit__V1__Filing *sample_filing(struct credit_sealer *sealer, uint32_t count);

/* The registry's key 2 and name, as a verifier knows them. */
struct credit_named_key sample_log_name(void);
/* Logs every act of a filing behind `before` other leaves, and answers as a registry does. */
Credit__V1__FilingReceipt *sample_answer(
	const Credit__V1__Filing *filing, uint32_t before, struct credit_arena *arena);

#endif
