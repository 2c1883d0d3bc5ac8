/* SPDX-License-Identifier: Apache-2.0
 *
 * request.c - the request to cosign, written by who asks, read and judged by who answers.
 */
#include <credit/witness.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OLD "old "
#define SIZE_DIGITS_MAX 19 /* of CREDIT_LOG_SIZE_MAX */

/* --- writing -------------------------------------------------------------------------------- */

/* docs/spec/witness.md: "the body is the old size line, at most 63 lines of proof, an empty line, and the
 * checkpoint as a signed note" */
enum credit_error credit_add_checkpoint_write(
	const struct credit_add_checkpoint *request, struct credit_buffer *body)
{
	char text[CREDIT_BASE64_SIZE(CREDIT_HASH_SIZE)];
	struct credit_bytes written;

	if (request->proof.count > CREDIT_ADD_CHECKPOINT_PROOF_MAX)
		return CREDIT_E_PROOF_SHAPE;
	snprintf(text, sizeof text, OLD "%" PRIu64 "\n", request->old_size);
	credit_buffer_put_text(body, text);
	for (uint32_t i = 0; i < request->proof.count; i++) {
		credit_base64(request->proof.hash[i].byte, CREDIT_HASH_SIZE, text);
		credit_buffer_put_text(body, text);
		credit_buffer_put_text(body, "\n");
	}
	credit_buffer_put_text(body, "\n");
	credit_buffer_put(body, request->checkpoint.data, request->checkpoint.size);
	return credit_buffer_done(body, &written);
}

/* --- reading -------------------------------------------------------------------------------- */

static bool take_line(struct credit_bytes *rest, struct credit_bytes *ret_line)
{
	const uint8_t *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;

	if (!end)
		return false;
	*ret_line = (struct credit_bytes){rest->data, (size_t)(end - rest->data)};
	rest->size -= ret_line->size + 1;
	rest->data = end + 1;
	return true;
}

/* docs/spec/witness.md: "decimal, without leading zero" */
static bool read_size(struct credit_bytes digits, uint64_t *ret_size)
{
	uint64_t size = 0;

	if (digits.size == 0 || digits.size > SIZE_DIGITS_MAX ||
		(digits.data[0] == '0' && digits.size > 1))
		return false;
	for (size_t i = 0; i < digits.size; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
		size = 10 * size + (uint64_t)(digits.data[i] - '0');
	}
	*ret_size = size;
	return size <= CREDIT_LOG_SIZE_MAX;
}

static bool read_hash(struct credit_bytes line, struct credit_hash *ret_hash)
{
	size_t size;

	return credit_base64_decode((const char *)line.data, line.size, ret_hash->byte,
		       sizeof ret_hash->byte, &size) == CREDIT_OK &&
	       size == sizeof ret_hash->byte;
}

static enum credit_error refuse(struct credit_problem *problem, const char *field)
{
	return credit_problem_set(problem, CREDIT_E_WITNESS_REQUEST, field, "witness.md 2", NULL);
}

enum credit_error credit_add_checkpoint_read(struct credit_bytes body,
	struct credit_add_checkpoint *ret_request, struct credit_problem *problem)
{
	struct credit_add_checkpoint *request = ret_request;
	struct credit_bytes rest = body, line, lines;
	enum credit_error error;

	if (body.size > CREDIT_ADD_CHECKPOINT_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, NULL, NULL,
			"at most %d bytes", CREDIT_ADD_CHECKPOINT_MAX);
	if (!take_line(&rest, &line) || line.size < strlen(OLD) ||
		memcmp(line.data, OLD, strlen(OLD)) != 0)
		return refuse(problem, "old size");
	line.data += strlen(OLD);
	line.size -= strlen(OLD);
	if (!read_size(line, &request->old_size))
		return refuse(problem, "old size");
	request->proof.count = 0;
	for (;;) {
		if (!take_line(&rest, &line))
			return refuse(problem, "proof");
		if (line.size == 0)
			break;
		if (request->proof.count == CREDIT_ADD_CHECKPOINT_PROOF_MAX ||
			!read_hash(line, &request->proof.hash[request->proof.count]))
			return refuse(problem, "proof");
		request->proof.count++;
	}
	request->checkpoint = rest;
	error = credit_note_split(rest, &request->body, &lines);
	if (!error)
		error = credit_checkpoint_read(request->body, &request->said);
	return error ? credit_problem_set(problem, error, "checkpoint", NULL, NULL) : CREDIT_OK;
}

/* --- judging -------------------------------------------------------------------------------- */

/* docs/spec/witness.md: "They are looked at in the order 404, 403, 400, 409, 422" */
enum credit_witness_answer credit_witness_judge(const struct credit_add_checkpoint *request,
	const struct credit_named_key *log, const struct credit_tree_head *last)
{
	struct credit_tree_head head, before = *last;

	if (!log)
		return CREDIT_WITNESS_UNKNOWN_LOG;
	if (credit_checkpoint_open(request->checkpoint, log, &head) != CREDIT_OK)
		return CREDIT_WITNESS_FORBIDDEN;
	if (request->old_size > head.size)
		return CREDIT_WITNESS_BAD_REQUEST;
	if (request->old_size != last->size)
		return CREDIT_WITNESS_CONFLICT;
	if (last->size == 0)
		credit_tree_root(NULL, 0, &before.root);
	/* Of equal sizes the proof is empty and the roots are compared (log.md, 2.7). */
	if (credit_consistency_verify(&before, &head, request->proof.hash, request->proof.count) !=
		CREDIT_OK)
		return CREDIT_WITNESS_REFUSES;
	return CREDIT_WITNESS_COSIGNS;
}

enum credit_error credit_witness_size_read(struct credit_bytes body, uint64_t *ret_size)
{
	uint64_t size;

	if (body.size > 0 && body.data[body.size - 1] == '\n')
		body.size--;
	if (!read_size(body, &size))
		return CREDIT_E_NUMBER_INVALID;
	*ret_size = size;
	return CREDIT_OK;
}

const char *credit_witness_path(const char *origin, char path[CREDIT_WITNESS_PATH_SIZE])
{
	struct credit_hash hash;
	char hex[2 * CREDIT_HASH_SIZE + 1];

	credit_sha256(credit_bytes_of(origin), &hash);
	snprintf(path, CREDIT_WITNESS_PATH_SIZE, "%s/checkpoint",
		credit_hex(hash.byte, sizeof hash.byte, hex));
	return path;
}
