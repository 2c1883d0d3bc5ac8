/* SPDX-License-Identifier: Apache-2.0
 *
 * cosign.c - cosignatures beside the publications that they are of.
 *
 * They come after the publication is durable, from threads that wait for other people's machines. So they
 * have a keyspace and a small transaction of their own, and nothing that was signed changes by them.
 */
#include "registry/internal.h"

#include <credit/proof.h>

#define PUBLICATION_ARENA_LIMIT ((size_t)1 << 20)

/* --- keeping --------------------------------------------------------------------------------- */

/* The signed text of a stored publication's checkpoint, in the arena. */
static enum credit_error body_of(struct credit_write *write, uint64_t publication,
	struct credit_arena *arena, struct credit_bytes *ret_body)
{
	Credit__V1__Publication *stored;
	struct credit_bytes lines;
	enum credit_error error =
		credit__journal_publication_written(write, publication, arena, &stored);

	return error ? error
		     : credit_note_split((struct credit_bytes){stored->checkpoint.data,
						 stored->checkpoint.len},
			       ret_body, &lines);
}

/* One line for each key; and one for each auditor, whatever key it has now, so that none of them takes the
 * room of the others. */
static bool replaces(
	const struct credit_cosigned *cosigned, struct credit_bytes name, uint32_t key_hash)
{
	struct credit_uscc authority;

	return credit_bytes_equal(name, credit_bytes_of(cosigned->cosigner->key.name)) &&
	       (key_hash == cosigned->cosignature.key_hash ||
		       credit_auditor_is(cosigned->cosigner, &authority));
}

/* The lines so far without those of the cosigners that are heard of now. */
static enum credit_error put_others(struct credit_bytes lines,
	const struct credit_cosigned *cosigned, size_t count, struct credit_buffer *buffer,
	uint32_t *ret_kept)
{
	*ret_kept = 0;
	while (lines.size > 0) {
		const uint8_t *begin = lines.data;
		struct credit_cosignature one;
		struct credit_bytes name;
		bool is, again = false;

		if (credit_cosignature_next(&lines, &name, &one, &is) != CREDIT_OK)
			return CREDIT_E_STORE_CORRUPT;
		for (size_t i = 0; i < count && !again; i++)
			again = replaces(&cosigned[i], name, one.key_hash);
		if (again)
			continue;
		credit_buffer_put(buffer, begin, (size_t)(lines.data - begin));
		++*ret_kept;
	}
	return CREDIT_OK;
}

/* docs/spec/witness.md: "one line for each witness" */
static enum credit_error write_lines(struct credit_write *write, uint64_t publication,
	const struct credit_cosigned *cosigned, size_t count)
{
	uint8_t memory[CREDIT_COSIGNATURE_LINES_MAX], key[8];
	struct credit_bytes lines = {NULL, 0};
	struct credit_buffer buffer;
	uint32_t kept;
	enum credit_error error;

	credit_write_u64(key, publication);
	error = credit_write_get(
		write, JOURNAL_COSIGNATURES, (struct credit_bytes){key, sizeof key}, &lines);
	if (error && error != CREDIT_E_NOT_FOUND)
		return error;
	credit_buffer_init(&buffer, memory, sizeof memory);
	error = put_others(lines, cosigned, count, &buffer, &kept);
	if (!error && kept + count > CREDIT_COSIGNATURES_MAX)
		error = CREDIT_E_TOO_MANY;
	for (size_t i = 0; i < count && !error; i++)
		error = credit_cosignature_line(
			cosigned[i].cosigner, &cosigned[i].cosignature, &buffer);
	if (!error)
		error = credit_buffer_done(&buffer, &lines);
	return error ? error
		     : credit_write_put(write, JOURNAL_COSIGNATURES,
			       (struct credit_bytes){key, sizeof key}, lines);
}

enum credit_error credit_registry_cosign(struct credit_registry *registry, uint64_t publication,
	const struct credit_cosigned *cosigned, size_t count)
{
	struct credit_write *write = NULL;
	struct credit_arena arena;
	struct credit_bytes body;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, PUBLICATION_ARENA_LIMIT);
	error = credit_write_begin(registry->journal, CREDIT_COSIGNATURE_LINES_MAX, &write);
	if (!error)
		error = body_of(write, publication, &arena, &body);
	for (size_t i = 0; i < count && !error; i++)
		error = credit_cosignature_verify(
			body, cosigned[i].cosigner, &cosigned[i].cosignature);
	if (!error)
		error = write_lines(write, publication, cosigned, count);
	credit_arena_deinit(&arena);
	if (!error)
		return credit_write_commit(write);
	credit_write_abort(write);
	return error;
}

/* --- reading --------------------------------------------------------------------------------- */

enum credit_error credit__cosignature_lines(
	struct credit_reader *journal, uint64_t publication, struct credit_bytes *ret_lines)
{
	uint8_t key[8];
	enum credit_error error;

	credit_write_u64(key, publication);
	error = credit_read_get(
		journal, JOURNAL_COSIGNATURES, (struct credit_bytes){key, sizeof key}, ret_lines);
	if (error != CREDIT_E_NOT_FOUND)
		return error;
	*ret_lines = (struct credit_bytes){NULL, 0};
	return CREDIT_OK;
}

enum credit_error credit__cosignatures(
	struct credit_reader *journal, uint64_t publication, struct credit_status_proof *proof)
{
	struct credit_bytes lines, name;
	enum credit_error error = credit__cosignature_lines(journal, publication, &lines);

	proof->cosignature_count = 0;
	while (!error && lines.size > 0) {
		bool is = false;

		if (proof->cosignature_count == CREDIT_COSIGNATURES_MAX)
			return CREDIT_E_STORE_CORRUPT;
		error = credit_cosignature_next(
			&lines, &name, &proof->cosignature[proof->cosignature_count], &is);
		if (error || !is)
			return CREDIT_E_STORE_CORRUPT;
		proof->cosignature_count++;
	}
	return error;
}
