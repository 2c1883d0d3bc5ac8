/* SPDX-License-Identifier: Apache-2.0
 *
 * samples.c - acts, filings and a log on paper.
 */
#include "tests/support/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAVES_MAX 4096

static void require(bool met, const char *what)
{
	if (met)
		return;
	fprintf(stderr, "samples: %s\n", what);
	abort();
}

/* --- acts ---------------------------------------------------------------------------------- */

static void begin(struct sample_act *ret, Credit__V1__Act__PayloadCase payload)
{
	memset(ret, 0, sizeof *ret);
	credit__v1__act__init(&ret->act);
	ret->act.payload_case = payload;
	/* The members of the union are pointers: any of them sets it. */
	ret->act.administrative_penalty = &ret->body.penalty;
}

void sample_penalty(struct sample_act *ret, uint32_t number)
{
	Credit__V1__AdministrativePenalty *penalty = &ret->body.penalty;

	begin(ret, CREDIT__V1__ACT__PAYLOAD_ADMINISTRATIVE_PENALTY);
	credit__v1__administrative_penalty__init(penalty);
	snprintf(ret->document, sizeof ret->document, "京市监罚〔2026〕%u号", number);
	ret->texts[0] = (char *)"罚款";
	penalty->entity_uscc = (char *)SAMPLE_ENTITY;
	penalty->entity_name = (char *)"福州某某商贸有限公司";
	penalty->document_no = ret->document;
	penalty->fact = (char *)"销售不符合强制性标准的产品，货值金额较小，已主动改正。";
	penalty->basis = (char *)"《中华人民共和国产品质量法》第四十九条";
	penalty->n_penalty_kinds = 1;
	penalty->penalty_kinds = ret->texts;
	penalty->content = (char *)"责令停止销售，处罚款人民币壹万元整。";
	penalty->fine_fen = 1000000;
	penalty->decision_date = 20590;
	penalty->decider_uscc = (char *)SAMPLE_ISSUER;
	penalty->decider_name = (char *)"北京市某某区市场监督管理局";
}

void sample_listing(struct sample_act *ret)
{
	Credit__V1__Listing *listing = &ret->body.listing;

	begin(ret, CREDIT__V1__ACT__PAYLOAD_LISTING);
	credit__v1__listing__init(listing);
	listing->entity_uscc = (char *)SAMPLE_ENTITY;
	listing->list = (char *)"black.market-serious";
	listing->ground = (char *)"fake-licence";
	listing->instrument = (char *)"samr-44";
	listing->document_no = (char *)"京市监列严〔2026〕7号";
	listing->decision_date = 20590;
	listing->fact = (char *)"提交虚假材料取得许可。";
}

void sample_key_act(struct sample_act *ret, uint32_t number)
{
	Credit__V1__KeyEnrolment *key = &ret->body.key;

	begin(ret, CREDIT__V1__ACT__PAYLOAD_KEY_ENROLMENT);
	credit__v1__key_enrolment__init(key);
	memset(ret->bytes, 7, sizeof ret->bytes);
	memcpy(ret->bytes, &number, sizeof number);
	key->authority_uscc = (char *)SAMPLE_ISSUER;
	key->suite = CREDIT_SUITE_ED25519_SHA256;
	key->public_key.data = ret->bytes;
	key->public_key.len = sizeof ret->bytes;
}

void sample_grant(struct sample_act *ret)
{
	Credit__V1__Grant *grant = &ret->body.grant;

	begin(ret, CREDIT__V1__ACT__PAYLOAD_GRANT);
	credit__v1__grant__init(grant);
	ret->texts[0] = (char *)"black.market-serious";
	grant->authority_uscc = (char *)SAMPLE_ISSUER;
	grant->role = CREDIT__V1__ROLE__ROLE_DECIDER;
	grant->n_items = 1;
	grant->items = ret->texts;
	grant->region = (char *)"1101";
	grant->valid_from = 20454;
}

void sample_adoption(struct sample_act *ret, struct credit_bytes attachment)
{
	Credit__V1__RuleBookAdoption *adoption = &ret->body.adoption;
	struct credit_hash digest;

	begin(ret, CREDIT__V1__ACT__PAYLOAD_RULE_BOOK_ADOPTION);
	credit__v1__rule_book_adoption__init(adoption);
	credit_sha256(attachment, &digest);
	memcpy(ret->bytes, digest.byte, sizeof ret->bytes);
	adoption->version = (char *)"cn-2026";
	adoption->digest.data = ret->bytes;
	adoption->digest.len = sizeof ret->bytes;
	adoption->effective_date = 20454;
}

/* --- filings ------------------------------------------------------------------------------- */

struct credit_key_pair sample_key(uint8_t number)
{
	uint8_t seed[CREDIT_SEED_SIZE] = {number};
	struct credit_key_pair pair;

	require(credit_crypto_init() == CREDIT_OK, "no crypto");
	credit_key_from_seed(seed, &pair);
	return pair;
}

struct credit_manifest_options sample_options(void)
{
	struct credit_manifest_options options = {
		.origin = SAMPLE_ORIGIN, .created_at = {SAMPLE_NOW}};

	memcpy(options.issuer.character, SAMPLE_ISSUER, CREDIT_USCC_SIZE);
	return options;
}

Credit__V1__Filing *sample_filing(struct credit_sealer *sealer, uint32_t count)
{
	struct credit_manifest_options options = sample_options();
	struct credit_key_pair pair = sample_key(1);
	struct credit_problem problem = {0};
	Credit__V1__Filing *filing = NULL;

	for (uint32_t i = 0; i < count; i++) {
		struct sample_act act;
		if (i % 3 == 1)
			sample_key_act(&act, i);
		else
			sample_penalty(&act, i);
		if (credit_sealer_add(sealer, &act.act, (struct credit_bytes){NULL, 0}, NULL,
			    &problem) != CREDIT_OK)
			fprintf(stderr, "%s: %s\n", problem.field, problem.detail);
		require(problem.error == CREDIT_OK, "a sample act is refused");
	}
	require(credit_sealer_sign(sealer, &options, &pair, &filing, &problem) == CREDIT_OK,
		"the sample filing cannot be signed");
	return filing;
}

/* --- a log on paper ------------------------------------------------------------------------ */

struct credit_named_key sample_log_name(void)
{
	struct credit_named_key name = {.name = SAMPLE_ORIGIN};

	name.public_key = sample_key(2).public_key;
	return name;
}

static ProtobufCBinaryData keep(struct credit_arena *arena, const void *data, size_t size)
{
	ProtobufCBinaryData kept = {.len = size, .data = credit_arena_copy(arena, data, size)};

	require(kept.data != NULL, "out of memory");
	return kept;
}

/* The leaf's hash; *ret_blind stays empty for an act that is logged in clear. */
static struct credit_hash log_act(const Credit__V1__Filing *filing, uint32_t index,
	struct credit_arena *arena, ProtobufCBinaryData *ret_blind)
{
	const Credit__V1__SealedAct *sealed = filing->acts[index];
	struct credit_bytes act = {sealed->act.data, sealed->act.len}, entry;
	uint8_t memory[CREDIT_CLEAR_LEAF_MAX];
	struct credit_opening opening, blind;
	struct credit_hash digest, commitment, hash;
	struct credit_buffer leaf;

	require(credit_dsse_digest(CREDIT_MANIFEST_TYPE,
			(struct credit_bytes){filing->manifest.data, filing->manifest.len},
			&digest) == CREDIT_OK,
		"no digest");
	/* The first tag's number says which payload it is; those from 16 on have two bytes. */
	if (act.data[0] & 0x80) {
		memcpy(opening.byte, sealed->opening.data, sizeof opening.byte);
		credit_commit_act(&opening, act, &commitment);
		credit_random(blind.byte, sizeof blind.byte);
		*ret_blind = keep(arena, blind.byte, sizeof blind.byte);
		credit_sealed_leaf(
			(credit_ms_t){SAMPLE_NOW + 1}, &blind, &digest, index, &commitment, memory);
		entry = (struct credit_bytes){memory, CREDIT_SEALED_LEAF_SIZE};
	} else {
		credit_buffer_init(&leaf, memory, sizeof memory);
		credit_clear_leaf((credit_ms_t){SAMPLE_NOW + 1}, &digest, index, act, &leaf);
		require(credit_buffer_done(&leaf, &entry) == CREDIT_OK, "a leaf too long");
	}
	credit_leaf_hash(entry, &hash);
	return hash;
}

static ProtobufCBinaryData sign_head(
	const struct credit_hash *leaves, size_t count, struct credit_arena *arena)
{
	struct credit_named_key name = sample_log_name();
	struct credit_key_pair pair = sample_key(2);
	struct credit_tree_head head = {.size = count};
	uint8_t memory[CREDIT_CHECKPOINT_MAX];
	struct credit_buffer note;
	struct credit_bytes text;

	credit_tree_root(leaves, count, &head.root);
	credit_buffer_init(&note, memory, sizeof memory);
	require(credit_checkpoint_sign(SAMPLE_ORIGIN, &head, &name, &pair, &note) == CREDIT_OK &&
			credit_buffer_done(&note, &text) == CREDIT_OK,
		"no checkpoint");
	return keep(arena, text.data, text.size);
}

Credit__V1__FilingReceipt *sample_answer(
	const Credit__V1__Filing *filing, uint32_t before, struct credit_arena *arena)
{
	static struct credit_hash leaves[LEAVES_MAX];
	Credit__V1__FilingReceipt *answer = credit_arena_alloc(arena, sizeof *answer);
	struct credit_key_pair issuer = sample_key(1);
	size_t count = before + filing->n_acts;
	struct credit_path path;

	require(answer && count <= LEAVES_MAX, "too many leaves");
	credit__v1__filing_receipt__init(answer);
	answer->accepted =
		credit_arena_alloc(arena, filing->n_acts * sizeof(Credit__V1__AcceptedAct *));
	require(answer->accepted != NULL, "out of memory");
	for (uint32_t i = 0; i < before; i++)
		credit_sha256((struct credit_bytes){(uint8_t *)&i, sizeof i}, &leaves[i]);
	for (uint32_t i = 0; i < filing->n_acts; i++) {
		Credit__V1__AcceptedAct *accepted = credit_arena_alloc(arena, sizeof *accepted);
		require(accepted != NULL, "out of memory");
		credit__v1__accepted_act__init(accepted);
		accepted->index = i;
		accepted->leaf_index = before + i;
		leaves[before + i] = log_act(filing, i, arena, &accepted->blind);
		answer->accepted[answer->n_accepted++] = accepted;
	}
	for (uint32_t i = 0; i < filing->n_acts; i++) {
		credit_tree_path(leaves, count, before + i, &path);
		answer->accepted[i]->log_path =
			keep(arena, path.hash, path.count * sizeof path.hash[0]);
	}
	answer->epoch = 3;
	answer->recorded_at = SAMPLE_NOW + 1;
	answer->checkpoint = sign_head(leaves, count, arena);
	answer->issuer_key = keep(arena, issuer.public_key.byte, sizeof issuer.public_key.byte);
	return answer;
}
