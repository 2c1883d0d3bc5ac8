/* SPDX-License-Identifier: Apache-2.0
 *
 * decide.c - deciding an epoch: where rules, randomness and time are spent.
 *
 * Each act is decided on the state as the acts before it left it, and its effects are applied to
 * the open state transaction at once, from the very bytes that the journal will hold (apply.c).
 * What comes out is a struct credit__epoch: rows, filings, leaves, a signed head.
 */
#include "registry/load.h"

#include <string.h>

/* Rows, headers and scratch of one epoch. */
#define EPOCH_ARENA_LIMIT ((size_t)512 << 20)
/* One decision's effects and what it reads. */
#define DECISION_ARENA_LIMIT ((size_t)32 << 20)

void credit__epoch_init(
	struct credit_registry *registry, struct credit__epoch *epoch, credit_ms_t now)
{
	struct credit_tree_head head;

	credit_log_head(registry->log, &head);
	*epoch = (struct credit__epoch){
		.number = registry->epoch + 1,
		.time = credit__not_back(registry, now),
		.first_leaf = head.size,
	};
	credit_arena_init(&epoch->arena, NULL, 0, EPOCH_ARENA_LIMIT);
}

void credit__epoch_deinit(struct credit__epoch *epoch)
{
	credit_wipe(epoch->random, sizeof epoch->random);
	credit_arena_deinit(&epoch->arena);
}

/* Room for one more item in an array that lives in the arena; the old copy stays until the end. */
static enum credit_error grow(
	struct credit_arena *arena, void **items, size_t count, size_t *capacity, size_t item_size)
{
	size_t larger = *capacity ? *capacity * 2 : 64;
	void *copy;

	if (count < *capacity)
		return CREDIT_OK;
	copy = credit_arena_alloc(arena, larger * item_size);
	if (!copy)
		return CREDIT_E_NO_MEMORY;
	if (count)
		memcpy(copy, *items, count * item_size);
	*items = copy;
	*capacity = larger;
	return CREDIT_OK;
}

/* --- one act --- */

/* What the acts of one filing have in common while it is decided. */
struct filing_decision {
	struct credit_registry *registry;
	struct credit__epoch *epoch;
	struct credit_filing *filing;
	struct credit_write *write;
	uint32_t number; /* of the filing in the epoch */
	Credit__V1__Refusal **refusals;
	size_t refusal_count;
};

/* The kernel is asked for several at a time: each asking costs more than what is given. What was handed
 * out is not kept. */
static void draw_from(struct credit__epoch *epoch, struct credit_opening *ret_opening)
{
	uint8_t *byte;

	if (epoch->random_left < sizeof ret_opening->byte) {
		credit_random(epoch->random, sizeof epoch->random);
		epoch->random_left = sizeof epoch->random;
	}
	epoch->random_left -= sizeof ret_opening->byte;
	byte = epoch->random + epoch->random_left;
	memcpy(ret_opening->byte, byte, sizeof ret_opening->byte);
	credit_wipe(byte, sizeof ret_opening->byte);
}

static void draw(void *context, struct credit_opening *ret_opening)
{
	const struct filing_decision *decision = context;

	draw_from(decision->epoch, ret_opening);
}

enum credit_error credit__book_current(
	struct credit__book *book, struct credit_write *write, credit_day_t today)
{
	struct credit__eyes eyes = {.write = write};
	struct credit_state_view view = credit__state_view(&eyes);
	struct credit_arena arena;
	struct credit_bytes value;
	ProtobufCMessage *message;
	enum credit_error error;

	if (book->known && book->day.days == today.days)
		return CREDIT_OK;
	credit_arena_init(&arena, NULL, 0, (size_t)4 * CREDIT_RULE_BOOK_MAX);
	credit_rule_book_free(book->book);
	book->book = NULL;
	error = credit_rules_in_force(&view, today, &value);
	if (error == CREDIT_E_NOT_FOUND) {
		error = CREDIT_OK;
	} else if (!error) {
		error = credit_decode(
			&credit__v1__rule_book_row__descriptor, value, &arena, &message, NULL);
		if (!error) {
			Credit__V1__RuleBookRow *row = (Credit__V1__RuleBookRow *)(void *)message;

			error = credit_rule_book_load(
				(struct credit_bytes){row->rule_book.data, row->rule_book.len},
				&book->book, NULL);
		}
	}
	book->known = error == CREDIT_OK;
	book->day = today;
	credit_arena_deinit(&arena);
	return error;
}

/* The leaf of an accepted act: sealed with a fresh blind, or in clear. */
static enum credit_error make_leaf(const struct filing_decision *decision, uint32_t index,
	struct credit_opening *blind, struct credit_hash *ret_leaf, bool *ret_sealed)
{
	const struct credit_sealed_act *sealed = &decision->filing->acts[index];
	credit_ms_t time = decision->epoch->time;
	struct credit_bytes entry;
	struct credit_buffer buffer;
	uint8_t *memory;
	enum credit_error error;

	*ret_sealed = credit_act_is_sealed(sealed->act);
	if (*ret_sealed) {
		uint8_t leaf[CREDIT_SEALED_LEAF_SIZE];

		draw_from(decision->epoch, blind);
		credit_sealed_leaf(
			time, blind, &decision->filing->digest, index, &sealed->commitment, leaf);
		credit_leaf_hash((struct credit_bytes){leaf, sizeof leaf}, ret_leaf);
		return CREDIT_OK;
	}
	memory = credit_arena_alloc(&decision->epoch->arena, CREDIT_CLEAR_LEAF_MAX);
	if (!memory)
		return CREDIT_E_NO_MEMORY;
	credit_buffer_init(&buffer, memory, CREDIT_CLEAR_LEAF_MAX);
	credit_clear_leaf(time, &decision->filing->digest, index, sealed->bytes, &buffer);
	error = credit_buffer_done(&buffer, &entry);
	if (!error)
		credit_leaf_hash(entry, ret_leaf);
	return error;
}

/* Serialises the row, applies it from those bytes, and takes it into the epoch. */
static enum credit_error accept(
	struct filing_decision *decision, uint32_t index, const struct credit_effects *effects)
{
	const struct credit_sealed_act *sealed = &decision->filing->acts[index];
	struct credit__epoch *epoch = decision->epoch;
	Credit__V1__EpochRow message = CREDIT__V1__EPOCH_ROW__INIT;
	struct credit_opening blind;
	struct credit__row row = {.attachment = sealed->attachment};
	bool is_sealed;
	enum credit_error error = make_leaf(decision, index, &blind, &row.leaf, &is_sealed);

	if (error)
		return error;
	row.is_document = credit__document_of(sealed->act, &row.document);
	row.files_load = credit__load_of(sealed->act, &row.load);
	message.filing = decision->number;
	message.index = index;
	message.act = credit__binary(sealed->bytes);
	message.opening = credit__binary(
		(struct credit_bytes){sealed->opening.byte, sizeof sealed->opening.byte});
	message.commitment = credit__binary(credit__hash_bytes(&sealed->commitment));
	if (is_sealed)
		message.blind =
			credit__binary((struct credit_bytes){blind.byte, sizeof blind.byte});
	message.n_effects = effects->count;
	message.effects = effects->items;
	error = credit_encode(&message.base, &epoch->arena, &row.bytes);
	if (!error)
		error = credit__apply_row(
			decision->write, epoch->number, (uint32_t)epoch->row_count, row.bytes);
	if (!error)
		error = grow(&epoch->arena, (void **)&epoch->rows, epoch->row_count,
			&epoch->row_capacity, sizeof *epoch->rows);
	if (!error)
		epoch->rows[epoch->row_count++] = row;
	return error;
}

static bool adopts_rule_book(const Credit__V1__Act *act)
{
	return act->payload_case == CREDIT__V1__ACT__PAYLOAD_RULE_BOOK_ADOPTION;
}

/* An act that was accepted before: of this epoch, or of the journal. */
static enum credit_error find_act(void *context, uint64_t epoch, uint32_t row,
	struct credit_arena *arena, struct credit_bytes *ret_act)
{
	const struct filing_decision *decision = context;
	struct credit_registry *registry = decision->registry;
	Credit__V1__EpochRow *message;
	enum credit_error error;

	if (epoch == decision->epoch->number) {
		if (row >= decision->epoch->row_count)
			return CREDIT_E_NOT_FOUND;
		error = credit__decode_stored(&credit__v1__epoch_row__descriptor,
			decision->epoch->rows[row].bytes, arena,
			(ProtobufCMessage **)(void *)&message);
	} else {
		error = credit_read_begin(registry->tiles.reader);
		if (error)
			return error;
		/* Decoding copies. */
		error = credit__latest_row(registry, epoch, row, arena, &message);
		credit_read_end(registry->tiles.reader);
	}
	if (!error)
		*ret_act = (struct credit_bytes){message->act.data, message->act.len};
	return error;
}

static bool erases(const Credit__V1__Act *act)
{
	return act->payload_case == CREDIT__V1__ACT__PAYLOAD_ERASURE ||
	       act->payload_case == CREDIT__V1__ACT__PAYLOAD_ACCESS_EXPIRY;
}

/* A refusal is CREDIT_OK with problem->error set; only faults are returned. */
static enum credit_error decide_act(
	struct filing_decision *decision, uint32_t index, struct credit_problem *problem)
{
	struct credit_registry *registry = decision->registry;
	const struct credit_sealed_act *sealed = &decision->filing->acts[index];
	struct credit__eyes eyes = {.write = decision->write};
	struct credit_state_view view = credit__state_view(&eyes);
	struct credit_bytes seen;
	struct credit_effects effects = {0};
	uint8_t memory[16384];
	struct credit_arena arena;
	enum credit_error error;

	*problem = sealed->problem;
	if (problem->error)
		return CREDIT_OK;
	error = credit__eyes_get(
		&eyes, STATE_COMMITMENT, credit__hash_bytes(&sealed->commitment), &seen);
	if (error == CREDIT_OK) {
		credit_problem_set(problem, CREDIT_E_COMMITMENT_USED, NULL, NULL, "%s", "");
		return CREDIT_OK;
	}
	if (error == CREDIT_E_NOT_FOUND)
		error = credit__book_current(
			&registry->book, decision->write, credit_day_of(decision->epoch->time));
	if (error)
		return error;
	credit_arena_init(&arena, memory, sizeof memory, DECISION_ARENA_LIMIT);
	error = credit_decide(
		&(struct credit_decision){
			.state = &view,
			.book = registry->book.book,
			.now = decision->epoch->time,
			.epoch = decision->epoch->number,
			.row = (uint32_t)decision->epoch->row_count,
			.leaf_index = decision->epoch->first_leaf + decision->epoch->row_count,
			.origin = registry->origin,
			.issuer = decision->filing->issuer,
			.key_id = decision->filing->key_id,
			.commitment = sealed->commitment,
			.attachment = sealed->attachment,
			.act = find_act,
			.act_context = decision,
			.load = credit__load_staged,
			.load_context = registry,
			.draw = draw,
			.draw_context = decision,
			.arena = &arena,
		},
		sealed->act, &effects, problem);
	if (!error) {
		error = accept(decision, index, &effects);
		if (adopts_rule_book(sealed->act))
			registry->book.known = false;
		registry->unscrubbed += erases(sealed->act);
	} else if (!credit_error_is_fault(error)) {
		problem->error = error;
		error = CREDIT_OK;
	}
	credit_arena_deinit(&arena);
	return error;
}

/* --- refusals --- */

static char *arena_text(struct credit_arena *arena, const char *text)
{
	return credit_arena_copy(arena, text, strlen(text) + 1);
}

static enum credit_error refuse(
	struct filing_decision *decision, uint32_t index, const struct credit_problem *problem)
{
	const struct credit_observer *observer = &decision->registry->observer;
	struct credit_arena *arena = &decision->epoch->arena;
	Credit__V1__Refusal *refusal = credit_arena_alloc(arena, sizeof *refusal);

	if (!refusal)
		return CREDIT_E_NO_MEMORY;
	credit__v1__refusal__init(refusal);
	refusal->index = index;
	refusal->error = (uint32_t)problem->error;
	refusal->reason = arena_text(arena, credit_error_name(problem->error));
	refusal->field = arena_text(arena, problem->field);
	refusal->position = problem->position;
	refusal->rule = arena_text(arena, problem->rule);
	refusal->detail = arena_text(arena, problem->detail);
	if (!refusal->reason || !refusal->field || !refusal->rule || !refusal->detail)
		return CREDIT_E_NO_MEMORY;
	decision->refusals[decision->refusal_count++] = refusal;
	if (observer->refused)
		observer->refused(observer->context, problem->error);
	return CREDIT_OK;
}

/* The statement and the system key's signature under it. */
static enum credit_error sign_refusals(
	struct filing_decision *decision, Credit__V1__EpochFiling *filing)
{
	struct credit_registry *registry = decision->registry;
	struct credit__epoch *epoch = decision->epoch;
	Credit__V1__RefusalStatement statement = CREDIT__V1__REFUSAL_STATEMENT__INIT;
	struct credit_signature signature;
	struct credit_bytes bytes;
	uint8_t *copy;
	enum credit_error error;

	if (decision->refusal_count == 0)
		return CREDIT_OK;
	statement.origin = registry->origin;
	statement.manifest_digest = credit__binary(credit__hash_bytes(&decision->filing->digest));
	statement.epoch = epoch->number;
	statement.recorded_at = epoch->time.ms;
	statement.n_refusals = decision->refusal_count;
	statement.refusals = decision->refusals;
	error = credit_encode(&statement.base, &epoch->arena, &bytes);
	if (!error)
		error = credit_dsse_sign(
			&registry->system_key, CREDIT_REFUSAL_TYPE, bytes, &signature);
	if (error)
		return error;
	copy = credit_arena_copy(&epoch->arena, signature.byte, sizeof signature.byte);
	if (!copy)
		return CREDIT_E_NO_MEMORY;
	filing->refusals = credit__binary(bytes);
	filing->refusals_signature =
		credit__binary((struct credit_bytes){copy, sizeof signature.byte});
	return CREDIT_OK;
}

/* --- one filing --- */

/* The first refusal of an all-or-nothing filing, and then all of them, in order. */
static enum credit_error refuse_whole(
	struct filing_decision *decision, uint32_t culprit, const struct credit_problem *problem)
{
	static const struct credit_problem whole = {.error = CREDIT_E_FILING_REFUSED_WHOLE};
	enum credit_error error = CREDIT_OK;

	for (uint32_t i = 0; i < decision->filing->count && !error; i++)
		error = refuse(decision, i, i == culprit ? problem : &whole);
	return error;
}

/* Decides every act. *ret_undo: nothing of the filing stands. */
static enum credit_error decide_acts(struct filing_decision *decision, bool *ret_undo)
{
	struct credit_problem problem;
	size_t first_row = decision->epoch->row_count;
	enum credit_error error = CREDIT_OK;

	*ret_undo = false;
	for (uint32_t i = 0; i < decision->filing->count && !error && !*ret_undo; i++) {
		error = decide_act(decision, i, &problem);
		if (error || problem.error == CREDIT_OK)
			continue;
		*ret_undo = decision->filing->all_or_nothing;
		error = *ret_undo ? refuse_whole(decision, i, &problem)
				  : refuse(decision, i, &problem);
	}
	if (*ret_undo)
		decision->epoch->row_count = first_row;
	return error;
}

/* The filing's line in the epoch's header; copies what the submission owns. */
static enum credit_error describe(struct filing_decision *decision,
	const struct credit_submission *submission, size_t first_row,
	Credit__V1__EpochFiling **ret_filing)
{
	const struct credit_filing *filing = decision->filing;
	struct credit_arena *arena = &decision->epoch->arena;
	Credit__V1__EpochFiling *line = credit_arena_alloc(arena, sizeof *line);
	size_t commitments_size = (size_t)filing->count * CREDIT_HASH_SIZE;
	uint8_t *commitments = credit_arena_alloc(arena, commitments_size);

	if (!line || !commitments)
		return CREDIT_E_NO_MEMORY;
	for (uint32_t i = 0; i < filing->count; i++)
		memcpy(commitments + (size_t)i * CREDIT_HASH_SIZE, filing->acts[i].commitment.byte,
			CREDIT_HASH_SIZE);
	credit__v1__epoch_filing__init(line);
	/* The submissions outlive the epoch: views suffice. */
	line->manifest = credit__binary(filing->manifest);
	line->signature = credit__binary(
		(struct credit_bytes){filing->signature.byte, sizeof filing->signature.byte});
	line->issuer_key =
		credit__binary((struct credit_bytes){filing->key.byte, sizeof filing->key.byte});
	if (submission->has_request_id)
		line->request_id = credit__binary((struct credit_bytes){
			submission->request_id, sizeof submission->request_id});
	line->commitments = credit__binary((struct credit_bytes){commitments, commitments_size});
	line->first_row = (uint32_t)first_row;
	line->accepted = (uint32_t)(decision->epoch->row_count - first_row);
	*ret_filing = line;
	return CREDIT_OK;
}

enum credit_error credit__decide_filing(struct credit_registry *registry,
	struct credit__epoch *epoch, struct credit_submission *submission)
{
	struct filing_decision decision = {
		.registry = registry,
		.epoch = epoch,
		.filing = submission->filing,
		.number = (uint32_t)epoch->filing_count,
	};
	size_t first_row = epoch->row_count;
	struct credit_write *inner = NULL;
	Credit__V1__EpochFiling *line = NULL;
	bool undo = false;
	enum credit_error error;

	decision.refusals = credit_arena_alloc(
		&epoch->arena, submission->filing->count * sizeof *decision.refusals);
	if (!decision.refusals)
		return CREDIT_E_NO_MEMORY;
	/* What may have to be taken back is written inside a transaction of its own. */
	if (submission->validate_only ||
		(submission->filing->all_or_nothing && submission->filing->count > 1)) {
		error = credit_write_nested(registry->write, &inner);
		if (error)
			return error;
	}
	decision.write = inner ? inner : registry->write;
	error = decide_acts(&decision, &undo);
	if (!error)
		error = describe(&decision, submission, first_row, &line);
	if (!error)
		error = sign_refusals(&decision, line);
	if (inner && !error && !undo && !submission->validate_only)
		error = credit_write_commit(inner);
	else
		credit_write_abort(inner);
	if (error)
		return error;
	submission->accepted = line->accepted;
	submission->refused = (uint32_t)decision.refusal_count;
	if (undo || submission->validate_only)
		registry->book.known = false;
	if (submission->validate_only) {
		epoch->row_count = first_row;
		return credit__answer_dry(registry, epoch, line, decision.refusals,
			decision.refusal_count, submission);
	}
	error = grow(&epoch->arena, (void **)&epoch->filings, epoch->filing_count,
		&epoch->filing_capacity, sizeof(Credit__V1__EpochFiling *));
	if (!error)
		error = credit__apply_filing(registry->write, epoch->number, decision.number, line);
	if (!error)
		epoch->filings[epoch->filing_count++] = line;
	return error;
}

/* --- sealing the epoch --- */

enum credit_error credit__epoch_seal(struct credit_registry *registry, struct credit__epoch *epoch)
{
	Credit__V1__Epoch message = CREDIT__V1__EPOCH__INIT;
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < epoch->row_count && !error; i++)
		error = credit_log_append(registry->log, &epoch->rows[i].leaf);
	if (!error)
		error = credit__sign_head(
			registry, &epoch->arena, &epoch->head, &epoch->checkpoint);
	if (error)
		return error;
	message.number = epoch->number;
	message.time = epoch->time.ms;
	if (registry->book.book)
		message.rule_book_digest = credit__binary(
			credit__hash_bytes(credit_rule_book_digest(registry->book.book)));
	message.first_leaf = epoch->first_leaf;
	message.tree_size = epoch->head.size;
	message.root = credit__binary(credit__hash_bytes(&epoch->head.root));
	message.checkpoint = credit__binary(epoch->checkpoint);
	message.n_filings = epoch->filing_count;
	message.filings = epoch->filings;
	message.rows = (uint32_t)epoch->row_count;
	return credit_encode(&message.base, &epoch->arena, &epoch->header);
}
