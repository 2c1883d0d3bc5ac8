/* SPDX-License-Identifier: Apache-2.0
 *
 * import_rows.c - rows into sealed filings.
 */
#include "import.h"

#include "bilingual.h"
#include "file.h"

#include <credit/v1/filing_service.pb-c.h>

#include <stdlib.h>
#include <string.h>

#define ARENA_MAX (64U << 20)
#define ARENA_ENOUGH (32U << 20) /* a batch ends there: a row takes at most 1 MiB */
#define FILING_ENOUGH (6U << 20) /* bytes of acts; the limit is CREDIT_FILING_MAX */
#define FILING_LIFE_MS \
	CREDIT_FILING_LIFE_MS /* as long as allowed: a resumed import sends it again */

/* --- the file --------------------------------------------------------------------------------- */

static enum credit_error read_headings(struct import *import, struct credit_problem *problem)
{
	struct csv_row row;
	enum credit_error error = csv_reader_next(import->csv.reader, &row, problem);

	if (error == CREDIT_E_NOT_FOUND)
		return credit_problem_set(problem, CREDIT_E_CSV_HEADING, import->path, NULL,
			"empty" BILINGUAL "空文件");
	if (error == CREDIT_OK)
		error = sheet_open(&sheet_formats[import->values->kind], &row,
			import->values->pass_unknown, &import->sheet, problem);
	import->sheet.evidence = (enum credit_uscc_evidence)import->values->evidence;
	return error;
}

enum credit_error import_file_open(struct import *import, struct credit_problem *problem)
{
	enum credit_error error = csv_file_open(&import->csv, import->path, true, problem);

	return error == CREDIT_OK ? read_headings(import, problem) : error;
}

void import_file_close(struct import *import)
{
	csv_file_close(&import->csv);
}

/* --- converting ------------------------------------------------------------------------------- */

static void count_personal(struct import *import, const struct csv_row *row)
{
	for (size_t i = 0; i < row->count && i < import->sheet.count; i++) {
		if (sheet_is_personal(&import->sheet, i) && row->cell[i].size > 0)
			import->personal_cells++;
	}
}

enum credit_error import_take_row(struct import *import, struct credit_arena *arena,
	struct sheet_row *taken, struct import_act *act, bool *ret_taken,
	struct credit_problem *problem)
{
	struct csv_row row;
	struct credit_problem why = {0};
	enum credit_error error = csv_reader_next(import->csv.reader, &row, &why);
	bool person;

	*ret_taken = false;
	if (error == CREDIT_E_NOT_FOUND) {
		import->ended = true;
		return CREDIT_OK;
	}
	if (!csv_file_goes_on(error)) {
		*problem = why;
		return error;
	}
	import->tally.next_row = row.number + 1;
	import->tally.rows++;
	if (error == CREDIT_OK) {
		count_personal(import, &row);
		error = sheet_convert(&import->sheet, &row, arena, taken, &why);
	}
	person = error == CREDIT_E_NATURAL_PERSON || error == CREDIT_E_USCC_IS_RESIDENT_ID;
	act->row = row.number;
	act->enrolment = false;
	act->line = import_rejects_line(import, &row, person);
	if (error == CREDIT_OK) {
		act->entity = taken->entity;
		*ret_taken = true;
		return CREDIT_OK;
	}
	import_refuse(import, row.number, act->line, &why);
	free(act->line);
	return CREDIT_OK;
}

/* --- batches ---------------------------------------------------------------------------------- */

/* Rows that become one filing. */
struct batch {
	size_t count, enrolments;
	size_t bytes;
	struct sheet_row row[CREDIT_ACTS_MAX];
	struct import_act act[CREDIT_ACTS_MAX];
	struct credit_uscc codes[CREDIT_ACTS_MAX];
	bool enrol[CREDIT_ACTS_MAX]; /* row i brings its entity's enrolment with it */
	struct credit_arena arena;
};

static enum credit_error read_batch(
	struct import *import, struct batch *batch, struct credit_problem *problem)
{
	while (!import->ended && batch->count < import->values->batch &&
		batch->bytes < FILING_ENOUGH && batch->arena.total < ARENA_ENOUGH) {
		struct sheet_row *row = &batch->row[batch->count];
		bool taken;
		enum credit_error error = import_take_row(
			import, &batch->arena, row, &batch->act[batch->count], &taken, problem);

		if (error != CREDIT_OK)
			return error;
		if (taken) {
			batch->bytes += protobuf_c_message_get_packed_size(&row->act.base);
			batch->codes[batch->count++] = row->entity;
		}
		import_progress(import);
	}
	return CREDIT_OK;
}

/* Each filing enrols what it needs by itself, so that filings may arrive in any order. */
static enum credit_error choose_enrolments(
	struct import *import, struct batch *batch, struct credit_problem *problem)
{
	struct code_set *chosen;
	enum credit_error error;

	if (!import->values->enrol)
		return CREDIT_OK;
	error = import_ask_enrolled(import, batch->codes, batch->count, problem);
	if (error != CREDIT_OK)
		return error;
	chosen = code_set_new();
	if (!chosen)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	for (size_t i = 0; error == CREDIT_OK && i < batch->count; i++) {
		if (code_set_has(import->enrolled, &batch->codes[i]) ||
			code_set_has(chosen, &batch->codes[i]))
			continue;
		batch->enrol[i] = true;
		batch->enrolments++;
		error = code_set_add(chosen, &batch->codes[i]);
		if (error != CREDIT_OK)
			credit_problem_set(problem, error, NULL, NULL, NULL);
	}
	code_set_free(chosen);
	return error;
}

static enum credit_error add_enrolment(
	struct import *import, const struct sheet_row *row, struct credit_problem *problem)
{
	Credit__V1__EntityEnrolment enrolment = CREDIT__V1__ENTITY_ENROLMENT__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;

	enrolment.entity_uscc = row->party.uscc;
	enrolment.name = row->party.name;
	enrolment.evidence = CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_PLAIN;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_ENTITY_ENROLMENT;
	act.entity_enrolment = &enrolment;
	return credit_sealer_add(
		import->sealer, &act, (struct credit_bytes){NULL, 0}, NULL, problem);
}

/* Enrolments first, then the records; the filing's acts say which row each came from. */
static enum credit_error seal_acts(struct import *import, struct batch *batch,
	struct import_filing *filing, struct credit_problem *problem)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; error == CREDIT_OK && i < batch->count; i++) {
		if (!batch->enrol[i])
			continue;
		error = add_enrolment(import, &batch->row[i], problem);
		filing->acts[filing->count] = batch->act[i];
		filing->acts[filing->count].line = NULL;
		filing->acts[filing->count++].enrolment = true;
	}
	for (size_t i = 0; error == CREDIT_OK && i < batch->count; i++) {
		error = credit_sealer_add(import->sealer, &batch->row[i].act,
			(struct credit_bytes){NULL, 0}, NULL, problem);
		filing->acts[filing->count++] = batch->act[i];
		batch->act[i].line = NULL;
	}
	return error;
}

/* Packs a SubmitRequest into memory of its own. */
static enum credit_error pack(
	Credit__V1__Filing *message, struct credit_bytes *ret_bytes, struct credit_problem *problem)
{
	Credit__V1__SubmitRequest request = CREDIT__V1__SUBMIT_REQUEST__INIT;
	uint8_t *memory;
	size_t size;

	request.filing = message;
	size = credit__v1__submit_request__get_packed_size(&request);
	memory = malloc(size);
	if (!memory)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	credit__v1__submit_request__pack(&request, memory);
	*ret_bytes = (struct credit_bytes){memory, size};
	return CREDIT_OK;
}

static enum credit_error seal(
	struct import *import, struct batch *batch, struct credit_problem *problem)
{
	struct credit_manifest_options options = {
		.origin = import->registry.origin,
		.issuer = import->signer.issuer,
		.created_at = app_now(),
		.life_ms = FILING_LIFE_MS,
	};
	struct import_filing *filing = calloc(1, sizeof *filing);
	Credit__V1__Filing *message;
	enum credit_error error = CREDIT_OK;

	if (filing)
		filing->acts = calloc(batch->count + batch->enrolments, sizeof *filing->acts);
	if (!filing || !filing->acts)
		error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	if (error == CREDIT_OK)
		error = seal_acts(import, batch, filing, problem);
	if (error == CREDIT_OK)
		error = credit_sealer_sign(
			import->sealer, &options, &import->signer.pair, &message, problem);
	if (error == CREDIT_OK)
		error = pack(message, &filing->request, problem);
	if (error != CREDIT_OK) {
		import_filing_free(filing);
		return error;
	}
	if (import->last)
		import->last->next = filing;
	else
		import->first = filing;
	import->last = filing;
	import->filings++;
	return CREDIT_OK;
}

static struct batch *batch_new(struct credit_problem *problem)
{
	struct batch *batch = calloc(1, sizeof *batch);

	if (batch)
		credit_arena_init(&batch->arena, NULL, 0, ARENA_MAX);
	else
		credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	return batch;
}

static void batch_free(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free(batch->act[i].line);
	credit_arena_deinit(&batch->arena);
	free(batch);
}

enum credit_error import_seal_next(struct import *import, struct credit_problem *problem)
{
	struct batch *batch = batch_new(problem);
	enum credit_error error;

	if (!batch)
		return CREDIT_E_NO_MEMORY;
	error = read_batch(import, batch, problem);
	if (error == CREDIT_OK && batch->count > 0)
		error = choose_enrolments(import, batch, problem);
	if (error == CREDIT_OK && batch->count > 0)
		error = seal(import, batch, problem);
	batch_free(batch);
	return error;
}

enum credit_error import_dry_run(struct import *import, struct credit_problem *problem)
{
	enum credit_error error = CREDIT_OK;

	while (error == CREDIT_OK && !import->ended) {
		struct batch *batch = batch_new(problem);

		if (!batch)
			return CREDIT_E_NO_MEMORY;
		error = read_batch(import, batch, problem);
		import->tally.accepted += batch->count;
		batch_free(batch);
	}
	return error;
}

/* --- going on --------------------------------------------------------------------------------- */

static void keep_line(struct import *import, const struct csv_row *row)
{
	for (struct import_filing *filing = import->first; filing; filing = filing->next) {
		for (size_t i = 0; i < filing->count; i++) {
			struct import_act *act = &filing->acts[i];

			if (act->row == row->number && !act->enrolment && !act->line)
				act->line = import_rejects_line(import, row, false);
		}
	}
}

enum credit_error import_skip(struct import *import, struct credit_problem *problem)
{
	struct csv_row row = {.number = 1};
	uint64_t oldest = UINT64_MAX;

	for (const struct import_filing *filing = import->first; filing; filing = filing->next)
		for (size_t i = 0; i < filing->count; i++)
			if (filing->acts[i].row < oldest)
				oldest = filing->acts[i].row;
	while (row.number + 1 < import->tally.next_row) {
		struct credit_problem why = {0};
		enum credit_error error = csv_reader_next(import->csv.reader, &row, &why);

		if (error == CREDIT_E_NOT_FOUND) {
			import->ended = true;
			return CREDIT_OK;
		}
		if (!csv_file_goes_on(error)) {
			*problem = why;
			return error;
		}
		if (row.number >= oldest && error == CREDIT_OK)
			keep_line(import, &row);
	}
	return CREDIT_OK;
}
