/* SPDX-License-Identifier: Apache-2.0
 *
 * oracle.c - what is true, written down before anything is damaged, and compared afterwards.
 */
#include "tests/damage/oracle.h"

#include <credit/proof.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_LIMIT ((size_t)64 << 20)

static void must(enum credit_error error, const char *what)
{
	if (error != CREDIT_OK)
		errx(2, "%s: %s", what, credit_error_name(error));
}

static struct oracle_bytes keep(struct credit_bytes bytes)
{
	struct oracle_bytes kept = {malloc(bytes.size + 1), bytes.size};

	if (!kept.data)
		errx(2, "no memory");
	memcpy(kept.data, bytes.data, bytes.size);
	return kept;
}

static bool same(const struct oracle_bytes *kept, struct credit_bytes bytes)
{
	return kept->data && kept->size == bytes.size &&
	       memcmp(kept->data, bytes.data, bytes.size) == 0;
}

/* --- making --------------------------------------------------------------------------------------- */

static void file(struct oracle *oracle, struct town *town, struct town_act *act)
{
	town_file_one(town, act, &oracle->commitment[oracle->acts++]);
}

static void live(struct oracle *oracle, struct town *town)
{
	struct credit_hash listed[4];
	struct town_act act;

	for (uint32_t i = 0; i < ORACLE_ENTITIES; i++) {
		town_enrol(&act, i);
		file(oracle, town, &act);
		if (i % 8 == 7)
			town_publish(town);
	}
	for (uint32_t i = 0; i < 4; i++) {
		town_list(&act, 3 * i, i % 2 ? "red.taxpayer-a" : "black.market-serious");
		listed[i] = (struct credit_hash){{0}};
		town_file_one(town, &act, &listed[i]);
		oracle->commitment[oracle->acts++] = listed[i];
		town_penalise(&act, 5 * i + 1, 100 + i);
		file(oracle, town, &act);
		town_publish(town);
	}
	town_remove(&act, 0, &listed[0], CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED);
	file(oracle, town, &act);
	town_publish(town);
}

static void note_receipt(struct oracle *oracle, struct credit_view *view, size_t index)
{
	struct credit_receipt_verdict verdict;
	struct credit_problem problem = {0};
	struct credit_bytes receipt;
	struct credit_arena arena;
	struct credit_uscc issuer;

	credit_arena_init(&arena, NULL, 0, ARENA_LIMIT);
	must(credit_view_receipt(view, &oracle->commitment[index], &arena, &receipt, &issuer),
		"receipt");
	must(credit_receipt_verify(receipt, &oracle->log, &arena, &verdict, &problem), "receipt");
	oracle->act[index] = keep(verdict.act);
	oracle->leaf[index] = verdict.leaf_index;
	credit_arena_deinit(&arena);
}

void oracle_make(struct oracle *oracle, const char *folder)
{
	struct credit_view *view;
	struct town town;

	*oracle = (struct oracle){0};
	town_open(&town, folder);
	live(oracle, &town);
	oracle->log = town.log_name;
	oracle->now = town.now;
	must(credit_view_new(town.registry, &view), "view");
	must(credit_view_begin(view), "view");
	for (uint32_t i = 0; i < ORACLE_ENTITIES; i++) {
		struct credit_uscc uscc = town_uscc(i);
		struct credit_stored_status stored;

		must(credit_view_status(view, &uscc, oracle->now, &stored), "status");
		oracle->status[i] = keep(stored.status);
	}
	for (size_t i = 0; i < oracle->acts; i++)
		note_receipt(oracle, view, i);
	credit_view_end(view);
	credit_view_free(view);
	town_close(&town);
}

/* --- asking --------------------------------------------------------------------------------------- */

struct asking {
	const struct oracle *oracle;
	struct credit_view *view;
	struct credit_arena arena;
	struct oracle_verdict verdict;
};

static void judge(struct asking *asking, bool answered, bool right, bool verified)
{
	struct oracle_verdict *verdict = &asking->verdict;

	if (!answered)
		verdict->refused++;
	else if (right)
		verdict->right++;
	else if (verified)
		verdict->wrong_verified++;
	else
		verdict->wrong_plain++;
}

static void ask_plain(struct asking *asking, uint32_t entity)
{
	const struct oracle_bytes *truth = &asking->oracle->status[entity];
	struct credit_uscc uscc = town_uscc(entity);
	struct credit_stored_status stored;
	enum credit_error error =
		credit_view_status(asking->view, &uscc, asking->oracle->now, &stored);

	judge(asking, !error || error == CREDIT_E_NOT_FOUND,
		error ? !truth->data : same(truth, stored.status), false);
}

static void ask_proof(struct asking *asking, uint32_t entity)
{
	const struct oracle_bytes *truth = &asking->oracle->status[entity];
	struct credit_uscc uscc = town_uscc(entity);
	struct credit_status_verdict verdict = {0};
	struct credit_problem problem = {0};
	struct credit_bytes proof;
	enum credit_error error = credit_view_status_proof(
		asking->view, &uscc, asking->oracle->now, &asking->arena, &proof);

	if (!error)
		error = credit_status_proof_verify(
			proof, &asking->oracle->log, NULL, &verdict, &problem);
	judge(asking, !error,
		memcmp(&verdict.uscc, &uscc, sizeof uscc) == 0 &&
			verdict.enrolled == (truth->data != NULL) &&
			(!verdict.enrolled || same(truth, verdict.status)),
		true);
}

static void ask_receipt(struct asking *asking, size_t act)
{
	const struct oracle *oracle = asking->oracle;
	struct credit_receipt_verdict verdict = {0};
	struct credit_problem problem = {0};
	struct credit_bytes receipt;
	struct credit_uscc issuer;
	enum credit_error error = credit_view_receipt(
		asking->view, &oracle->commitment[act], &asking->arena, &receipt, &issuer);

	if (!error)
		error = credit_receipt_verify(
			receipt, &oracle->log, &asking->arena, &verdict, &problem);
	judge(asking, !error,
		credit_hash_equal(&verdict.commitment, &oracle->commitment[act]) &&
			verdict.leaf_index == oracle->leaf[act] &&
			(!verdict.act_shown || same(&oracle->act[act], verdict.act)),
		true);
}

struct oracle_verdict oracle_ask(const struct oracle *oracle, struct town *town)
{
	struct asking asking = {.oracle = oracle};

	must(credit_view_new(town->registry, &asking.view), "view");
	if (credit_view_begin(asking.view) != CREDIT_OK) {
		asking.verdict.refused++;
		credit_view_free(asking.view);
		return asking.verdict;
	}
	credit_arena_init(&asking.arena, NULL, 0, ARENA_LIMIT);
	for (uint32_t i = 0; i < ORACLE_CODES; i++) {
		credit_arena_reset(&asking.arena);
		ask_plain(&asking, i);
		ask_proof(&asking, i);
	}
	for (size_t i = 0; i < oracle->acts; i++) {
		credit_arena_reset(&asking.arena);
		ask_receipt(&asking, i);
	}
	credit_arena_deinit(&asking.arena);
	credit_view_end(asking.view);
	credit_view_free(asking.view);
	return asking.verdict;
}
