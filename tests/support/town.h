/* SPDX-License-Identifier: Apache-2.0
 *
 * town.h - a small registry with departments, for tests and benchmarks.
 *
 * The root authority founds it, adopts docs/rules/cn-2026.yaml and enrols one bureau, which may
 * enrol entities, file penalties and keep both lists. Keys come from fixed seeds, so that a town
 * opened again in the same folder is the same town.
 */
#ifndef TESTS_SUPPORT_TOWN_H
#define TESTS_SUPPORT_TOWN_H

#include <credit/registry.h>

#include "credit/v1/act.pb-c.h"
#include "credit/v1/filing.pb-c.h"
#include "credit/v1/receipt.pb-c.h"
#include "credit/v1/status.pb-c.h"

#define TOWN_ORIGIN "credit.town.example/test"

struct town {
	struct credit_registry *registry;
	struct credit_key_pair root, log, system, bureau;
	struct credit_uscc root_uscc, bureau_uscc;
	struct credit_named_key log_name;
	credit_ms_t now;
	struct credit_sealer *sealer;
};

/* Opens the town in `folder`, founding it when it is new. `now` is 2026-06-01T10:00+08:00 at first.
 * Aborts the test with a message when anything fails. */
void town_open(struct town *town, const char *folder);
void town_close(struct town *town);
/* The options that town_open uses, for tests that open by hand. */
struct credit_registry_options town_options(const struct town *town, const char *folder);
void town_keys(struct town *town);
/* Of the rows in the stores: a folder that was kept from another layout does not open. */
unsigned town_layout(void);

/* The nth code of an enterprise; passes all three tests and is no identity number. */
struct credit_uscc town_uscc(uint32_t number);
/* As a NUL-terminated text, valid until the fourth next call. */
const char *town_uscc_text(uint32_t number);

/* Acts with plausible content; static texts, the code's text is copied into `ret`. */
struct town_act {
	Credit__V1__Act act;
	union {
		Credit__V1__EntityEnrolment enrolment;
		Credit__V1__AdministrativePenalty penalty;
		Credit__V1__Listing listing;
		Credit__V1__Removal removal;
		Credit__V1__Erasure erasure;
	} body;
	char uscc[CREDIT_USCC_SIZE + 1];
	char document[32];
	uint8_t record[CREDIT_RECORD_ID_SIZE];
	char *kinds[1];
};
void town_enrol(struct town_act *ret, uint32_t entity);
void town_penalise(struct town_act *ret, uint32_t entity, uint32_t document);
void town_list(struct town_act *ret, uint32_t entity, const char *list);
void town_remove(struct town_act *ret, uint32_t entity, const struct credit_hash *listed_by,
	Credit__V1__RemovalCause cause);

/* Of a record that `made_by` made, for a court's order. */
void town_erase(struct town_act *ret, uint32_t entity, const struct credit_hash *made_by);

/* Seals `count` acts of the bureau into one filing and submits it at town->now. Returns the
 * submission's error; *ret_answer (may be NULL) is allocated, freed with
 * credit__v1__filing_receipt__free_unpacked; commitments (may be NULL) has room for `count`. */
enum credit_error town_file(struct town *town, struct town_act *const *acts, size_t count,
	bool all_or_nothing, struct credit_hash *ret_commitments,
	Credit__V1__FilingReceipt **ret_answer);
/* The same without submitting it; freed with credit__v1__filing__free_unpacked, or by credit_filing_open. */
Credit__V1__Filing *town_seal(struct town *town, struct town_act *const *acts, size_t count,
	struct credit_hash *ret_commitments);
/* One act, accepted or else the test fails. */
void town_file_one(struct town *town, struct town_act *act, struct credit_hash *ret_commitment);

/* The same of the root authority. */
void town_file_as_root(struct town *town, const Credit__V1__Act *act);

/* The published status, freed with credit__v1__status__free_unpacked; NULL with *ret_error set. */
Credit__V1__Status *town_ask(struct town *town, uint32_t entity, enum credit_error *ret_error);
/* How many lists the published status shows. */
size_t town_lists_of(struct town *town, uint32_t entity);
void town_publish(struct town *town);
/* Leaves under the newest signed head. */
uint64_t town_tree_size(struct town *town);
/* Enrols entities from `first` on, in filings of at most 500, until the tree has `size` leaves with the
 * publication's; publishes. */
void town_grow(struct town *town, uint32_t *first, uint64_t size);
/* Accepted, or else the test fails. */
void town_enrol_now(struct town *town, uint32_t entity);
void town_list_now(
	struct town *town, uint32_t entity, const char *list, struct credit_hash *ret_commitment);

#endif
