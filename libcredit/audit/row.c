/* SPDX-License-Identifier: Apache-2.0
 *
 * row.c - one act run again: what was sealed, what is in the log, what the rules say.
 *
 * The rules decide on the replica's state as the acts before left it. Openings that the registry drew
 * are taken from the recorded effects in their order, so that all else must come out byte for byte.
 */
#include "audit/internal.h"

#include <string.h>

#define DECISION_ARENA_LIMIT ((size_t)32 << 20)

/* --- which filing --- */

/* Ends filings that are done and begins those up to the row's. */
static enum credit_error go_to_filing(struct credit_audit *audit, uint32_t number)
{
	const Credit__V1__Epoch *epoch = audit->epoch;
	enum credit_error error = CREDIT_OK;

	if (number >= epoch->n_filings || number + 1 < audit->next_filing)
		return CREDIT_E_DELTA_ORDER;
	while (!error && audit->next_filing <= number) {
		if (audit->filing.line)
			error = credit__audit_filing_end(audit);
		else
			error = credit__audit_filing_begin(
				audit, epoch->filings[audit->next_filing++]);
	}
	return error;
}

/* Counts the act among the filing's; indices go up, each once. */
static bool take_index(struct credit_audit *audit, const Credit__V1__EpochRow *row)
{
	struct credit__audit_filing *filing = &audit->filing;

	if (audit->next_row != filing->line->first_row + filing->taken)
		return false;
	if (row->index >= CREDIT_ACTS_MAX ||
		(filing->accepted[row->index / 8] >> (row->index % 8) & 1))
		return false;
	filing->accepted[row->index / 8] |= (uint8_t)(1U << (row->index % 8));
	filing->taken++;
	return true;
}

/* --- what was sealed, and what is in the log --- */

static void check_commitment(struct credit_audit *audit, const Credit__V1__EpochRow *row,
	struct credit_hash *ret_commitment)
{
	ProtobufCBinaryData signed_ones = audit->filing.line->commitments;
	size_t at = (size_t)row->index * CREDIT_HASH_SIZE;
	struct credit_opening opening = {{0}};

	if (row->opening.len == sizeof opening)
		memcpy(opening.byte, row->opening.data, sizeof opening);
	credit_commit_act(
		&opening, (struct credit_bytes){row->act.data, row->act.len}, ret_commitment);
	if (!credit__audit_hash_is(row->commitment, ret_commitment) ||
		at + CREDIT_HASH_SIZE > signed_ones.len ||
		memcmp(signed_ones.data + at, ret_commitment->byte, CREDIT_HASH_SIZE) != 0)
		credit__audit_tell(audit, CREDIT_E_AUDIT_COMMITMENT, &audit->next_row,
			"act %u of its filing", row->index);
}

static enum credit_error check_leaf(struct credit_audit *audit, const Credit__V1__EpochRow *row,
	const struct credit_hash *commitment, const struct credit_hash *leaf)
{
	struct credit_bytes entry;
	struct credit_hash made;
	enum credit_error error =
		credit__row_entry(audit->epoch, row, commitment, &audit->row_arena, &entry);

	if (error)
		return error;
	credit_leaf_hash(entry, &made);
	if (!credit_hash_equal(&made, leaf))
		credit__audit_tell(audit, CREDIT_E_AUDIT_LEAF, &audit->next_row,
			"act %u of its filing", row->index);
	/* The log's own leaf goes into the tree, so that one fault is told once. */
	return credit_log_append(audit->log, leaf);
}

/* --- the decision --- */

/* Openings as the registry drew them. */
struct drawn {
	const Credit__V1__EpochRow *row;
	size_t next; /* effect */
};

static void draw_again(void *context, struct credit_opening *ret_opening)
{
	struct drawn *drawn = context;

	memset(ret_opening, 0, sizeof *ret_opening);
	while (drawn->next < drawn->row->n_effects) {
		const Credit__V1__Effect *effect = drawn->row->effects[drawn->next++];

		if ((effect->kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_STATUS ||
			    effect->kind == CREDIT__V1__EFFECT_KIND__EFFECT_KIND_LOAD) &&
			!effect->delete_ && effect->value.len >= sizeof *ret_opening) {
			memcpy(ret_opening->byte, effect->value.data, sizeof *ret_opening);
			return;
		}
	}
}

static bool same_bytes(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
	return credit_bytes_equal(
		(struct credit_bytes){a.data, a.len}, (struct credit_bytes){b.data, b.len});
}

static bool same_effect(const Credit__V1__Effect *a, const Credit__V1__Effect *b)
{
	return a->kind == b->kind && a->delete_ == b->delete_ && same_bytes(a->key, b->key) &&
	       same_bytes(a->value, b->value);
}

/* The name of a kind without its prefix, "STATUS". */
static const char *kind_name(Credit__V1__EffectKind kind)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
		&credit__v1__effect_kind__descriptor, (int)kind);

	return value ? value->name + strlen("EFFECT_KIND_") : "UNKNOWN";
}

static void compare(struct credit_audit *audit, const Credit__V1__EpochRow *row,
	const struct credit_effects *effects)
{
	size_t common = effects->count < row->n_effects ? effects->count : row->n_effects;

	for (size_t i = 0; i < common; i++) {
		if (same_effect(row->effects[i], effects->items[i]))
			continue;
		credit__audit_tell(audit, CREDIT_E_AUDIT_EFFECTS, &audit->next_row,
			"effect %zu of %zu, %s", i + 1, row->n_effects,
			kind_name(row->effects[i]->kind));
		return;
	}
	if (effects->count != row->n_effects)
		credit__audit_tell(audit, CREDIT_E_AUDIT_EFFECTS, &audit->next_row,
			"%zu effects instead of %zu", row->n_effects, effects->count);
}

static enum credit_error decide(struct credit_audit *audit, const Credit__V1__EpochRow *row,
	const Credit__V1__Act *act, const struct credit_hash *commitment,
	struct credit_arena *arena)
{
	const struct credit__audit_filing *filing = &audit->filing;
	struct credit__eyes eyes = {.write = audit->write};
	struct credit_state_view view = credit__state_view(&eyes);
	struct drawn drawn = {.row = row};
	struct credit_effects effects = {0};
	struct credit_problem problem = {0};
	enum credit_error error = credit_decide(
		&(struct credit_decision){
			.state = &view,
			.book = audit->book.book,
			.now = {audit->epoch->time},
			.epoch = audit->epoch->number,
			.row = audit->next_row,
			.leaf_index = audit->epoch->first_leaf + audit->next_row,
			.origin = audit->options.log_key.name,
			.issuer = filing->issuer,
			.key_id = filing->key_id,
			.commitment = *commitment,
			.attachment = audit->attachment,
			.load = credit__audit_load_staged,
			.load_context = audit,
			.draw = draw_again,
			.draw_context = &drawn,
			.arena = arena,
		},
		act, &effects, &problem);

	if (!error)
		compare(audit, row, &effects);
	else if (credit_error_is_fault(error) && !credit__audit_spoilt(audit, error))
		return error;
	else
		credit__audit_tell(audit, CREDIT_E_AUDIT_ACT, &audit->next_row, "%s %s",
			credit_error_name(error), problem.rule);
	return CREDIT_OK;
}

/* Runs the act again. An act that cannot be read, and one recorded before, are told and not run. */
static enum credit_error run_again(struct credit_audit *audit, const Credit__V1__EpochRow *row,
	const struct credit_hash *commitment)
{
	uint8_t memory[16384];
	struct credit_arena arena;
	struct credit_problem problem = {0};
	const Credit__V1__Act *act = NULL;
	struct credit_bytes seen;
	enum credit_error error = credit_write_get(
		audit->write, STATE_COMMITMENT, credit__hash_bytes(commitment), &seen);

	if (error == CREDIT_OK)
		credit__audit_tell(audit, CREDIT_E_AUDIT_ACT, &audit->next_row, "%s",
			credit_error_name(CREDIT_E_COMMITMENT_USED));
	if (error != CREDIT_E_NOT_FOUND || !audit->filing.manifest)
		return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
	credit_arena_init(&arena, memory, sizeof memory, DECISION_ARENA_LIMIT);
	error = credit_act_decode(
		(struct credit_bytes){row->act.data, row->act.len}, &arena, &act, &problem);
	if (error == CREDIT_OK && credit_act_is_sealed(act) != (row->blind.len != 0))
		error = CREDIT_E_NOT_CANONICAL;
	if (error && !credit_error_is_fault(error)) {
		credit__audit_tell(audit, CREDIT_E_AUDIT_ACT, &audit->next_row, "%s",
			credit_error_name(error));
		error = CREDIT_OK;
	} else if (!error) {
		error = credit__book_current(&audit->book, audit->write,
			credit_day_of((credit_ms_t){audit->epoch->time}));
		if (credit__audit_spoilt(audit, error))
			error = CREDIT_OK; /* without a book the rules refuse */
		if (!error)
			error = decide(audit, row, act, commitment, &arena);
		if (act->payload_case == CREDIT__V1__ACT__PAYLOAD_RULE_BOOK_ADOPTION)
			audit->book.known = false;
	}
	credit_arena_deinit(&arena);
	return error;
}

/* Rows that no store takes; the rules give none, so that they were told already. */
static bool can_be_stored(const Credit__V1__EpochRow *row)
{
	if (row->commitment.len != CREDIT_HASH_SIZE)
		return false;
	for (size_t i = 0; i < row->n_effects; i++)
		if (row->effects[i]->key.len == 0 || row->effects[i]->key.len > CREDIT_KEY_MAX)
			return false;
	return true;
}

/* The effects as recorded, true or not. */
static enum credit_error apply(
	struct credit_audit *audit, const Credit__V1__EpochRow *row, struct credit_bytes bytes)
{
	enum credit_error error = can_be_stored(row)
					  ? credit__apply_row(audit->write, audit->epoch->number,
						    audit->next_row, bytes)
					  : CREDIT_E_STATE_DIVERGED;

	if (error != CREDIT_E_STATE_DIVERGED)
		return error;
	if (!audit->place.blind)
		credit__audit_tell(audit, CREDIT_E_AUDIT_EFFECTS, &audit->next_row, "%s",
			"they cannot be applied");
	return CREDIT_OK;
}

/* Of an erased act there is the commitment, which the signature covers, and the leaf, which the root
 * covers. What it did is gone, so that from here on the state is not the registry's: signatures, seals
 * and leaves are checked, and nothing is run again. */
static enum credit_error take_erased(struct credit_audit *audit, const struct credit_hash *leaf)
{
	struct credit_audit_place *place = &audit->place;

	place->erased++;
	if (!place->blind)
		place->blind = place->publication + 1;
	return credit_log_append(audit->log, leaf);
}

enum credit_error credit__audit_row(
	struct credit_audit *audit, struct credit_bytes bytes, const struct credit_hash *leaf)
{
	const Credit__V1__EpochRow *row;
	struct credit_hash commitment;
	ProtobufCMessage *message;
	enum credit_error error = credit__audit_decode(
		&credit__v1__epoch_row__descriptor, bytes, &audit->row_arena, &message);

	if (error)
		return error;
	row = (const Credit__V1__EpochRow *)(const void *)message;
	error = go_to_filing(audit, row->filing);
	if (!error && !take_index(audit, row))
		credit__audit_tell(audit, CREDIT_E_AUDIT_ANSWERS, &audit->next_row,
			"act %u of its filing", row->index);
	if (error)
		return error;
	audit->place.acts++;
	if (row->act.len == 0)
		return take_erased(audit, leaf);
	check_commitment(audit, row, &commitment);
	error = check_leaf(audit, row, &commitment, leaf);
	if (!error && !audit->place.blind)
		error = run_again(audit, row, &commitment);
	return error ? error : apply(audit, row, bytes);
}
