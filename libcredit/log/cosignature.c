/* SPDX-License-Identifier: Apache-2.0
 *
 * cosignature.c - a witness's timestamped signature under a checkpoint that somebody else signed.
 *
 * It is a signature line like a log's, with a key of type 04 and eight bytes of time before the
 * signature; what is signed begins with two lines that no checkpoint can have. It is not part of the
 * note's signed text, so that witnesses come and go without the checkpoint changing.
 */
#include "log/note.h"

#include "crypto/key_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COSIGNATURE_DATA_SIZE (KEY_HASH_SIZE + 8 + CREDIT_SIGNATURE_SIZE)
#define HEADER_MAX (sizeof("cosignature/v1\ntime 9223372036854775807\n"))

_Static_assert(COSIGNATURE_DATA_SIZE <= SIGNATURE_LINE_DATA_MAX, "a line of one fits");
_Static_assert(sizeof("--- ") + CREDIT_KEY_NAME_MAX + CREDIT_BASE64_SIZE(COSIGNATURE_DATA_SIZE) <=
		       CREDIT_COSIGNATURE_LINE_MAX,
	"the longest line fits");

/* What is signed: at most a body of CREDIT_CHECKPOINT_MAX, which holds every extension that we take. */
struct message {
	uint8_t memory[HEADER_MAX + CREDIT_CHECKPOINT_MAX];
	struct credit_bytes bytes;
};

/* docs/spec/log.md: "the lines `cosignature/v1` and `time`, a space and the decimal time, and then the
 * whole text of the checkpoint with its last newline" */
static enum credit_error write_message(
	struct credit_bytes body, uint64_t time, struct message *message)
{
	char header[HEADER_MAX];
	struct credit_buffer buffer;

	if (time > CREDIT_COSIGNATURE_TIME_MAX)
		return CREDIT_E_COSIGNATURE;
	snprintf(header, sizeof(header), "cosignature/v1\ntime %" PRIu64 "\n", time);
	credit_buffer_init(&buffer, message->memory, sizeof(message->memory));
	credit_buffer_put_text(&buffer, header);
	credit_buffer_put(&buffer, body.data, body.size);
	return credit_buffer_done(&buffer, &message->bytes);
}

enum credit_error credit_cosign(struct credit_bytes body, const struct credit_cosigner *cosigner,
	const struct credit_key_pair *pair, uint64_t time,
	struct credit_cosignature *ret_cosignature)
{
	struct credit_cosignature cosignature = {
		.key_hash = credit_cosigner_hash(cosigner), .time = time};
	struct message message;
	enum credit_error error;

	/* A name with another key's hash would sign what nobody can verify. */
	if (memcmp(&cosigner->key.public_key, &pair->public_key, sizeof(pair->public_key)) != 0)
		return CREDIT_E_KEY_FILE;
	error = write_message(body, time, &message);
	if (error != CREDIT_OK)
		return error;
	credit_sign(pair, message.bytes, &cosignature.signature);
	*ret_cosignature = cosignature;
	return CREDIT_OK;
}

enum credit_error credit_cosignature_verify(struct credit_bytes body,
	const struct credit_cosigner *cosigner, const struct credit_cosignature *cosignature)
{
	struct message message;
	enum credit_error error;

	if (cosignature->key_hash != credit_cosigner_hash(cosigner))
		return CREDIT_E_COSIGNATURE;
	error = write_message(body, cosignature->time, &message);
	if (error != CREDIT_OK)
		return error;
	error = credit_verify(&cosigner->key.public_key, message.bytes, &cosignature->signature);
	return error == CREDIT_OK ? CREDIT_OK : CREDIT_E_COSIGNATURE;
}

/* docs/spec/log.md: "the four bytes of the cosigner's key hash, eight bytes of time, big-endian, and the
 * signature" */
enum credit_error credit_cosignature_line(const struct credit_cosigner *cosigner,
	const struct credit_cosignature *cosignature, struct credit_buffer *line)
{
	uint8_t data[COSIGNATURE_DATA_SIZE];
	struct credit_bytes written;

	if (!credit__key_name_is_ours(credit_bytes_of(cosigner->key.name)))
		return CREDIT_E_VKEY_MALFORMED;
	credit_write_u32(data, cosignature->key_hash);
	credit_write_u64(data + KEY_HASH_SIZE, cosignature->time);
	memcpy(data + KEY_HASH_SIZE + 8, cosignature->signature.byte, CREDIT_SIGNATURE_SIZE);
	credit__signature_line_put(cosigner->key.name, data, sizeof(data), line);
	return credit_buffer_done(line, &written);
}

enum credit_error credit_cosignature_next(struct credit_bytes *lines, struct credit_bytes *ret_name,
	struct credit_cosignature *ret_cosignature, bool *ret_is)
{
	/* Signatures of other kinds of key may be as long as a note allows. */
	uint8_t data[CREDIT_NOTE_MAX / 4 * 3];
	struct credit_bytes base64;
	size_t size;

	if (lines->size > CREDIT_NOTE_MAX || !credit__signature_line_take(lines, ret_name, &base64))
		return CREDIT_E_NOTE_MALFORMED;
	if (credit_base64_decode((const char *)base64.data, base64.size, data, sizeof(data),
		    &size) != CREDIT_OK ||
		size < KEY_HASH_SIZE + 1)
		return CREDIT_E_NOTE_MALFORMED;
	ret_cosignature->key_hash = credit_read_u32(data);
	*ret_is = size == COSIGNATURE_DATA_SIZE;
	if (!*ret_is)
		return CREDIT_OK;
	ret_cosignature->time = credit_read_u64(data + KEY_HASH_SIZE);
	memcpy(ret_cosignature->signature.byte, data + KEY_HASH_SIZE + 8, CREDIT_SIGNATURE_SIZE);
	return CREDIT_OK;
}

enum credit_error credit_cosignature_find(struct credit_bytes body, struct credit_bytes lines,
	const struct credit_cosigner *cosigner, struct credit_cosignature *ret_cosignature)
{
	struct credit_cosignature newest = {0};
	bool found = false;
	uint32_t hash = credit_cosigner_hash(cosigner);

	for (size_t count = 0; lines.size > 0; count++) {
		struct credit_cosignature one;
		struct credit_bytes name;
		bool is = false;

		if (count == CREDIT_NOTE_SIGNATURES_MAX ||
			credit_cosignature_next(&lines, &name, &one, &is) != CREDIT_OK)
			return CREDIT_E_NOTE_MALFORMED;
		/* docs/spec/log.md: "whose name or hash is not that of the trusted key is passed
		 * over" */
		if (one.key_hash != hash ||
			!credit_bytes_equal(name, credit_bytes_of(cosigner->key.name)))
			continue;
		if (!is || credit_cosignature_verify(body, cosigner, &one) != CREDIT_OK)
			return CREDIT_E_COSIGNATURE;
		if (!found || one.time > newest.time)
			newest = one;
		found = true;
	}
	if (!found)
		return CREDIT_E_NOTE_UNVERIFIED;
	*ret_cosignature = newest;
	return CREDIT_OK;
}
