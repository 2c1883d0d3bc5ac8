/* SPDX-License-Identifier: Apache-2.0
 *
 * backup_seal.c - a backup's journal as a file that only the holder of a key can read.
 *
 * docs/spec/journal.md: "magic `crseal1` and a newline (8), SHA-256 of the public key (32), the stream's key
 * sealed to it (80), the stream's header (24)". Then pieces of a mebibyte, the last one shorter or empty.
 */
#include "registry/backup_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((size_t)1 << 20)
#define SEALED_PIECE (PIECE + CREDIT_SEAL_STREAM_TAG)
#define KEY_AT (8 + CREDIT_HASH_SIZE)
#define STREAM_AT (KEY_AT + CREDIT_SEALED_KEY_SIZE)
#define PRELUDE (STREAM_AT + CREDIT_SEAL_STREAM_HEADER)

static const char magic[] = "crseal1\n";

/* One file on its way into another. */
struct passage {
	int in, out;
	const char *from, *to;
	struct credit_seal_stream stream;
	struct credit_hasher plain; /* of what was read in clear */
	uint8_t *piece, *sealed;
	struct credit_problem *problem;
};

static enum credit_error refuse(struct passage *passage, const char *what)
{
	return credit_problem_set(
		passage->problem, CREDIT_E_BACKUP_FALSE, NULL, NULL, "%s: %s", passage->from, what);
}

static enum credit_error read_some(
	struct passage *passage, uint8_t *data, size_t size, size_t *ret_got)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = read(passage->in, data + done, size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return credit__backup_fault(passage->problem, passage->from);
		if (got == 0)
			break;
		done += (size_t)got;
	}
	*ret_got = done;
	return CREDIT_OK;
}

static enum credit_error write_all(struct passage *passage, const uint8_t *data, size_t size)
{
	return passage->out < 0 || credit__write_all(passage->out, data, size)
		       ? CREDIT_OK
		       : credit__backup_fault(passage->problem, passage->to);
}

/* `to` NULL: nothing is written, the way through is what counts. */
static enum credit_error open_passage(
	struct passage *passage, const char *from, const char *to, struct credit_problem *problem)
{
	*passage = (struct passage){.from = from,
		.to = to,
		.problem = problem,
		.in = open(from, O_RDONLY | O_CLOEXEC),
		.out = -1,
		.piece = malloc(PIECE),
		.sealed = malloc(SEALED_PIECE)};
	credit_hasher_init(&passage->plain);
	if (!passage->piece || !passage->sealed)
		return CREDIT_E_NO_MEMORY;
	if (passage->in < 0)
		return credit__backup_fault(problem, from);
	if (!to)
		return CREDIT_OK;
	passage->out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return passage->out < 0 ? credit__backup_fault(problem, to) : CREDIT_OK;
}

static enum credit_error close_passage(struct passage *passage, enum credit_error error)
{
	if (!error && passage->out >= 0 && fsync(passage->out) != 0)
		error = credit__backup_fault(passage->problem, passage->to);
	if (passage->in >= 0)
		close(passage->in);
	if (passage->out >= 0)
		close(passage->out);
	if (passage->piece)
		credit_wipe(passage->piece, PIECE);
	free(passage->piece);
	free(passage->sealed);
	credit_wipe(&passage->stream, sizeof passage->stream);
	return error;
}

/* --- in ----------------------------------------------------------------------------------------- */

static enum credit_error seal_pieces(struct passage *passage)
{
	enum credit_error error = CREDIT_OK;
	bool last = false;

	while (!error && !last) {
		size_t got;

		error = read_some(passage, passage->piece, PIECE, &got);
		if (error)
			break;
		last = got < PIECE;
		credit_seal_stream_push(&passage->stream,
			(struct credit_bytes){passage->piece, got}, last, passage->sealed);
		error = write_all(passage, passage->sealed, got + CREDIT_SEAL_STREAM_TAG);
	}
	return error;
}

enum credit_error credit__backup_seal(const char *from, const char *to,
	const struct credit_public_key *key, struct credit_seal_key *ret_stream_key,
	struct credit_problem *problem)
{
	struct passage passage;
	struct credit_hash id;
	uint8_t prelude[PRELUDE];
	enum credit_error error = open_passage(&passage, from, to, problem);

	credit_random(ret_stream_key, sizeof *ret_stream_key);
	credit_sha256((struct credit_bytes){key->byte, sizeof key->byte}, &id);
	memcpy(prelude, magic, 8);
	memcpy(prelude + 8, id.byte, sizeof id);
	if (!error)
		error = credit_seal_key_to(key, ret_stream_key, prelude + KEY_AT);
	if (!error) {
		credit_seal_stream_begin(&passage.stream, ret_stream_key, prelude + STREAM_AT);
		error = write_all(&passage, prelude, sizeof prelude);
	}
	if (!error)
		error = seal_pieces(&passage);
	return close_passage(&passage, error);
}

/* --- out ---------------------------------------------------------------------------------------- */

static enum credit_error unseal_pieces(struct passage *passage)
{
	bool last = false;
	uint8_t beyond;
	size_t got;

	while (!last) {
		enum credit_error error = read_some(passage, passage->sealed, SEALED_PIECE, &got);

		if (error)
			return error;
		if (credit_unseal_stream_pull(&passage->stream,
			    (struct credit_bytes){passage->sealed, got}, passage->piece,
			    &last) != CREDIT_OK)
			return refuse(passage, "it was altered or cut off");
		got -= CREDIT_SEAL_STREAM_TAG;
		credit_hasher_add(&passage->plain, passage->piece, got);
		error = write_all(passage, passage->piece, got);
		if (error)
			return error;
	}
	if (read_some(passage, &beyond, 1, &got) != CREDIT_OK || got > 0)
		return refuse(passage, "something follows its end");
	return CREDIT_OK;
}

/* The stream's key: the one that is known, or out of the prelude. */
static enum credit_error open_key(struct passage *passage, const uint8_t prelude[PRELUDE],
	const struct credit_key_pair *pair, const struct credit_seal_key *known,
	struct credit_seal_key *ret_key)
{
	struct credit_hash id;

	if (known) {
		*ret_key = *known;
		return CREDIT_OK;
	}
	credit_sha256(
		(struct credit_bytes){pair->public_key.byte, sizeof pair->public_key.byte}, &id);
	if (memcmp(prelude + 8, id.byte, sizeof id) != 0)
		return credit_problem_set(
			passage->problem, CREDIT_E_BACKUP_KEY, "key", NULL, "%s", passage->from);
	if (credit_seal_key_open(pair, prelude + KEY_AT, ret_key) != CREDIT_OK)
		return refuse(passage, "its key was altered");
	return CREDIT_OK;
}

enum credit_error credit__backup_unseal(const char *from, const char *to,
	const struct credit_key_pair *pair, const struct credit_seal_key *known,
	const struct credit_hash *digest, struct credit_problem *problem)
{
	struct passage passage;
	struct credit_seal_key key = {{0}};
	struct credit_hash found;
	uint8_t prelude[PRELUDE];
	size_t got = 0;
	enum credit_error error = open_passage(&passage, from, to, problem);

	if (!error)
		error = read_some(&passage, prelude, sizeof prelude, &got);
	if (!error && (got < sizeof prelude || memcmp(prelude, magic, 8) != 0))
		error = refuse(&passage, "it is no sealed journal");
	if (!error)
		error = open_key(&passage, prelude, pair, known, &key);
	if (!error)
		error = credit_unseal_stream_begin(&passage.stream, &key, prelude + STREAM_AT);
	if (!error)
		error = unseal_pieces(&passage);
	credit_hasher_done(&passage.plain, &found);
	if (!error && !credit_hash_equal(&found, digest))
		error = refuse(&passage, "it is not the journal that the manifest names");
	credit_wipe(&key, sizeof key);
	return close_passage(&passage, error);
}
