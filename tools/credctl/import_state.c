/* SPDX-License-Identifier: Apache-2.0
 *
 * import_state.c - the state file: how far the import is, and what may be on its way.
 *
 * Numbers are big-endian. Written whole each time, synced, then renamed over the old one:
 *
 *     "CREDIMP1"                     8
 *     SHA-256 of the CSV file        32
 *     key id, issuer                 32, 18
 *     done                           1
 *     next row, rows, accepted, refused, enrolled, size of the rejects file    8 each
 *     number of error counts         4, then each: error 4, count 8
 *     number of unanswered filings   4, then each:
 *         acts                       4, then each: row 8, enrolment 1, entity 18
 *         size of the request        4, then a serialised SubmitRequest
 *     SHA-256 of all that            32
 *
 * It holds acts and openings that may not have arrived yet: mode 0600.
 */
#include "import.h"

#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAGIC "CREDIMP1" /* in files: a new form gets a new number */
#define MAGIC_SIZE 8
#define HEAD_SIZE (MAGIC_SIZE + 32 + 32 + CREDIT_USCC_SIZE + 1 + 6 * 8 + 4 + 12 * IMPORT_ERRORS + 4)
#define ACT_SIZE (8 + 1 + CREDIT_USCC_SIZE)
#define FILINGS_MAX 64
#define STATE_MAX ((size_t)FILINGS_MAX * (CREDIT_FILING_MAX + CREDIT_ACTS_MAX * ACT_SIZE))

/* The numbers of the tally that are stored, in order. */
#define TALLY_NUMBERS 6
static void tally_numbers(struct import_tally *tally, uint64_t *numbers[TALLY_NUMBERS])
{
	numbers[0] = &tally->next_row;
	numbers[1] = &tally->rows;
	numbers[2] = &tally->accepted;
	numbers[3] = &tally->refused;
	numbers[4] = &tally->enrolled;
	numbers[5] = &tally->rejects_size;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_head(struct import *import, struct credit_buffer *out)
{
	uint64_t *numbers[TALLY_NUMBERS];
	struct credit_hash key_id;
	uint32_t errors = 0;

	tally_numbers(&import->tally, numbers);
	credit_key_id(&import->signer.pair.public_key, &key_id);
	credit_buffer_put(out, MAGIC, MAGIC_SIZE);
	credit_buffer_put(out, import->csv.scan.digest.byte, CREDIT_HASH_SIZE);
	credit_buffer_put(out, key_id.byte, CREDIT_HASH_SIZE);
	credit_buffer_put(out, import->signer.issuer.character, CREDIT_USCC_SIZE);
	credit_buffer_put_u8(out, import->tally.done);
	for (size_t i = 0; i < TALLY_NUMBERS; i++)
		credit_buffer_put_u64(out, *numbers[i]);
	for (size_t i = 0; i < IMPORT_ERRORS; i++)
		errors += import->tally.by_error[i] > 0;
	credit_buffer_put_u32(out, errors);
	for (uint32_t i = 0; i < IMPORT_ERRORS; i++) {
		if (import->tally.by_error[i] > 0) {
			credit_buffer_put_u32(out, i);
			credit_buffer_put_u64(out, import->tally.by_error[i]);
		}
	}
	credit_buffer_put_u32(out, (uint32_t)import->filings);
}

static void put_filing(const struct import_filing *filing, struct credit_buffer *out)
{
	credit_buffer_put_u32(out, (uint32_t)filing->count);
	for (size_t i = 0; i < filing->count; i++) {
		credit_buffer_put_u64(out, filing->acts[i].row);
		credit_buffer_put_u8(out, filing->acts[i].enrolment);
		credit_buffer_put(out, filing->acts[i].entity.character, CREDIT_USCC_SIZE);
	}
	credit_buffer_put_u32(out, (uint32_t)filing->request.size);
	credit_buffer_put(out, filing->request.data, filing->request.size);
}

enum credit_error import_state_save(struct import *import, struct credit_problem *problem)
{
	enum credit_error error = import_rejects_sync(import, problem);
	size_t capacity = HEAD_SIZE + CREDIT_HASH_SIZE;
	struct credit_buffer out;
	struct credit_bytes bytes;
	struct credit_hash digest;
	uint8_t *memory;

	if (error != CREDIT_OK)
		return error;
	for (const struct import_filing *filing = import->first; filing; filing = filing->next)
		capacity += 8 + filing->count * ACT_SIZE + filing->request.size;
	memory = malloc(capacity);
	if (!memory)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	credit_buffer_init(&out, memory, capacity);
	put_head(import, &out);
	for (const struct import_filing *filing = import->first; filing; filing = filing->next)
		put_filing(filing, &out);
	credit_sha256((struct credit_bytes){out.data, out.size}, &digest);
	credit_buffer_put(&out, digest.byte, sizeof digest.byte);
	error = credit_buffer_done(&out, &bytes);
	if (error == CREDIT_OK)
		error = file_replace(import->state_path, 0600, bytes, problem);
	else
		credit_problem_set(problem, error, import->state_path, NULL, NULL);
	free(memory);
	return error;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Takes bytes off the front; after the first that are missing, everything is. */
struct input {
	struct credit_bytes rest;
	bool failed;
};

static const uint8_t *take(struct input *input, size_t size)
{
	const uint8_t *data = input->rest.data;

	if (input->failed || size > input->rest.size) {
		input->failed = true;
		return NULL;
	}
	input->rest.data += size;
	input->rest.size -= size;
	return data;
}

static uint32_t take_u32(struct input *input)
{
	const uint8_t *data = take(input, 4);

	return data ? credit_read_u32(data) : 0;
}

static uint64_t take_u64(struct input *input)
{
	const uint8_t *data = take(input, 8);

	return data ? credit_read_u64(data) : 0;
}

static enum credit_error damaged(const struct import *import, struct credit_problem *problem)
{
	return credit_problem_set(problem, CREDIT_E_MALFORMED, import->state_path, NULL, "%s",
		app_say(import->app, "the state file is damaged", "状态文件已损坏"));
}

/* The state must be of this file, this key and this authority. */
static enum credit_error take_identity(
	struct import *import, struct input *input, struct credit_problem *problem)
{
	const uint8_t *magic = take(input, MAGIC_SIZE);
	const uint8_t *digest = take(input, CREDIT_HASH_SIZE);
	const uint8_t *key = take(input, CREDIT_HASH_SIZE);
	const uint8_t *issuer = take(input, CREDIT_USCC_SIZE);
	struct credit_hash key_id;
	const char *why = NULL;

	if (!issuer || memcmp(magic, MAGIC, MAGIC_SIZE) != 0)
		return damaged(import, problem);
	credit_key_id(&import->signer.pair.public_key, &key_id);
	if (memcmp(digest, import->csv.scan.digest.byte, CREDIT_HASH_SIZE) != 0)
		why = app_say(import->app,
			"it is of another version of this file, whose rows may be filed already; "
			"import "
			"the corrected rejects instead",
			"属于该文件的另一版本，其行可能已报送；请导入更正后的 rejects 文件");
	else if (memcmp(key, key_id.byte, CREDIT_HASH_SIZE) != 0 ||
		 memcmp(issuer, import->signer.issuer.character, CREDIT_USCC_SIZE) != 0)
		why = app_say(import->app,
			"it was begun with another key or authority; go on with these",
			"此前以其他密钥或机关开始，请沿用");
	return why ? credit_problem_set(
			     problem, CREDIT_E_USAGE, import->state_path, NULL, "%s", why)
		   : CREDIT_OK;
}

static void take_tally(struct import *import, struct input *input)
{
	uint64_t *numbers[TALLY_NUMBERS];
	const uint8_t *done = take(input, 1);
	uint32_t errors;

	tally_numbers(&import->tally, numbers);
	import->tally.done = done && *done;
	for (size_t i = 0; i < TALLY_NUMBERS; i++)
		*numbers[i] = take_u64(input);
	errors = take_u32(input);
	for (uint32_t i = 0; i < errors && !input->failed; i++) {
		uint32_t error = take_u32(input);
		uint64_t count = take_u64(input);

		if (error < IMPORT_ERRORS)
			import->tally.by_error[error] = count;
	}
}

static enum credit_error take_filing(
	struct import *import, struct input *input, struct credit_problem *problem)
{
	struct import_filing *filing = calloc(1, sizeof *filing);
	uint32_t count = take_u32(input), size;
	const uint8_t *request;
	uint8_t *copy = NULL;

	if (count > CREDIT_ACTS_MAX)
		input->failed = true;
	if (filing && !input->failed)
		filing->acts = calloc(count + 1, sizeof *filing->acts);
	for (uint32_t i = 0; filing && filing->acts && i < count && !input->failed; i++) {
		struct import_act *act = &filing->acts[filing->count++];
		const uint8_t *flag, *entity;

		act->row = take_u64(input);
		flag = take(input, 1);
		entity = take(input, CREDIT_USCC_SIZE);
		act->enrolment = flag && *flag;
		if (entity)
			memcpy(act->entity.character, entity, CREDIT_USCC_SIZE);
	}
	size = take_u32(input);
	request = take(input, size);
	if (request)
		copy = malloc((size_t)size + 1);
	if (!filing || !copy) {
		free(copy);
		import_filing_free(filing);
		return damaged(import, problem);
	}
	filing->request = (struct credit_bytes){memcpy(copy, request, size), size};
	if (import->last)
		import->last->next = filing;
	else
		import->first = filing;
	import->last = filing;
	import->filings++;
	return CREDIT_OK;
}

static enum credit_error take_all(
	struct import *import, struct credit_bytes bytes, struct credit_problem *problem)
{
	struct input input = {{bytes.data, bytes.size - CREDIT_HASH_SIZE}, false};
	struct credit_hash digest;
	enum credit_error error;
	uint32_t filings;

	if (bytes.size < CREDIT_HASH_SIZE)
		return damaged(import, problem);
	credit_sha256(input.rest, &digest);
	if (memcmp(digest.byte, bytes.data + input.rest.size, CREDIT_HASH_SIZE) != 0)
		return damaged(import, problem);
	error = take_identity(import, &input, problem);
	if (error != CREDIT_OK)
		return error;
	take_tally(import, &input);
	filings = take_u32(&input);
	if (filings > FILINGS_MAX)
		return damaged(import, problem);
	for (uint32_t i = 0; error == CREDIT_OK && i < filings; i++)
		error = take_filing(import, &input, problem);
	if (error == CREDIT_OK && (input.failed || input.rest.size != 0))
		error = damaged(import, problem);
	return error;
}

enum credit_error import_state_load(struct import *import, struct credit_problem *problem)
{
	struct credit_bytes bytes;
	struct stat status;
	enum credit_error error;

	if (stat(import->state_path, &status) != 0)
		return errno == ENOENT ? CREDIT_E_NOT_FOUND
				       : file_fault(import->state_path, problem);
	if ((uint64_t)status.st_size > STATE_MAX)
		return damaged(import, problem);
	error = file_read(import->state_path, (size_t)status.st_size, &bytes, problem);
	if (error != CREDIT_OK)
		return error;
	error = take_all(import, bytes, problem);
	file_free(bytes);
	return error;
}
