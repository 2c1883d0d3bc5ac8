/* SPDX-License-Identifier: Apache-2.0
 *
 * note.c - signed notes: text with signature lines under it, readable and exact to the byte.
 *
 * A note comes from a stranger: its text leaves this file only when the form of every line is
 * right, the trusted key has signed, and no signature of it is false.
 */
#include "log/note.h"

#include "crypto/key_name.h"

#include <string.h>

#define DASH "\xe2\x80\x94 " /* em dash, space */
#define DASH_SIZE (sizeof(DASH) - 1)
#define SIGNATURE_DATA_SIZE (KEY_HASH_SIZE + CREDIT_SIGNATURE_SIZE)

/* docs/spec/log.md: "valid UTF-8 without characters below U+0020 other than newline" */
static bool characters_are_allowed(struct credit_bytes text)
{
	uint32_t characters;

	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < 0x20 && text.data[i] != '\n')
			return false;
	return credit_utf8_check(text, &characters);
}

static bool ends_in_newline(struct credit_bytes text)
{
	return text.size > 0 && text.data[text.size - 1] == '\n';
}

/* --- lines -----------------------------------------------------------------------------------*/

void credit__signature_line_put(
	const char *name, const uint8_t *data, size_t size, struct credit_buffer *note)
{
	char base64[CREDIT_BASE64_SIZE(SIGNATURE_LINE_DATA_MAX)];

	credit_base64(data, size, base64);
	credit_buffer_put_text(note, DASH);
	credit_buffer_put_text(note, name);
	credit_buffer_put_text(note, " ");
	credit_buffer_put_text(note, base64);
	credit_buffer_put_text(note, "\n");
}

bool credit__signature_line_take(
	struct credit_bytes *rest, struct credit_bytes *ret_name, struct credit_bytes *ret_base64)
{
	const uint8_t *line = rest->data;
	const uint8_t *end = rest->size > 0 ? memchr(line, '\n', rest->size) : NULL;
	const uint8_t *space;

	if (end == NULL)
		return false;
	rest->size -= (size_t)(end + 1 - line);
	rest->data = end + 1;
	if ((size_t)(end - line) < DASH_SIZE || memcmp(line, DASH, DASH_SIZE) != 0)
		return false;
	line += DASH_SIZE;
	space = memchr(line, ' ', (size_t)(end - line));
	if (space == NULL)
		return false;
	*ret_name = (struct credit_bytes){line, (size_t)(space - line)};
	*ret_base64 = (struct credit_bytes){space + 1, (size_t)(end - space - 1)};
	return credit__key_name_is_noteworthy(*ret_name);
}

/* --- signing --------------------------------------------------------------------------------- */

enum credit_error credit_note_sign(struct credit_bytes text, const struct credit_named_key *name,
	const struct credit_key_pair *pair, struct credit_buffer *note)
{
	struct credit_signature signature;
	uint8_t data[SIGNATURE_DATA_SIZE];
	struct credit_bytes written;
	size_t line_size;

	if (!ends_in_newline(text) || !characters_are_allowed(text))
		return CREDIT_E_NOTE_MALFORMED;
	if (!credit__key_name_is_ours(credit_bytes_of(name->name)))
		return CREDIT_E_VKEY_MALFORMED;
	/* A name with another key's hash would sign what nobody can verify. */
	if (memcmp(&name->public_key, &pair->public_key, sizeof(pair->public_key)) != 0)
		return CREDIT_E_KEY_FILE;
	line_size = DASH_SIZE + strlen(name->name) + CREDIT_BASE64_SIZE(SIGNATURE_DATA_SIZE) + 1;
	if (text.size > CREDIT_NOTE_MAX || text.size + 1 + line_size > CREDIT_NOTE_MAX)
		return CREDIT_E_TOO_LARGE;

	/* docs/spec/log.md: "base64 of the four bytes of the key's hash and the signature" */
	credit_sign(pair, text, &signature);
	credit_write_u32(data, credit_vkey_hash(name));
	memcpy(data + KEY_HASH_SIZE, signature.byte, sizeof(signature.byte));

	credit_buffer_put(note, text.data, text.size);
	credit_buffer_put_text(note, "\n");
	credit__signature_line_put(name->name, data, sizeof(data), note);
	return credit_buffer_done(note, &written);
}

/* --- opening --------------------------------------------------------------------------------- */

/* docs/spec/log.md: "separated from the signatures by the last empty line of the note" */
static bool split(struct credit_bytes note, struct credit_bytes *ret_text,
	struct credit_bytes *ret_signatures)
{
	size_t at = note.size;

	/* `at` is where the signatures would begin. */
	for (; at >= 2; at--)
		if (note.data[at - 1] == '\n' && note.data[at - 2] == '\n')
			break;
	if (at < 2)
		return false;
	*ret_text = (struct credit_bytes){note.data, at - 1};
	*ret_signatures = (struct credit_bytes){note.data + at, note.size - at};
	return ends_in_newline(*ret_signatures);
}

/* The note being opened, and what has been found of the trusted key. */
struct opening {
	struct credit_bytes text;
	const struct credit_named_key *trusted;
	uint32_t trusted_hash;
	bool verified;
};

static enum credit_error check_signature(
	struct opening *opening, struct credit_bytes name, const uint8_t *data, size_t size)
{
	struct credit_signature signature;

	/* docs/spec/log.md: "whose name or hash is not that of the trusted key is passed over" */
	if (!credit_bytes_equal(name, credit_bytes_of(opening->trusted->name)) ||
		credit_read_u32(data) != opening->trusted_hash)
		return CREDIT_OK;
	/* docs/spec/log.md: "A false signature of the trusted key refuses the whole note" */
	if (size != SIGNATURE_DATA_SIZE)
		return CREDIT_E_NOTE_SIGNATURE;
	memcpy(signature.byte, data + KEY_HASH_SIZE, sizeof(signature.byte));
	if (credit_verify(&opening->trusted->public_key, opening->text, &signature) != CREDIT_OK)
		return CREDIT_E_NOTE_SIGNATURE;
	opening->verified = true;
	return CREDIT_OK;
}

static enum credit_error check_lines(struct credit_bytes rest, struct opening *opening)
{
	/* Signatures of other kinds of key may be as long as the note allows. */
	uint8_t data[CREDIT_NOTE_MAX / 4 * 3];
	size_t lines = 0, size;

	while (rest.size > 0) {
		struct credit_bytes name, base64;
		enum credit_error error;

		/* docs/spec/log.md: "A note with more than 100 signature lines" */
		if (++lines > CREDIT_NOTE_SIGNATURES_MAX ||
			!credit__signature_line_take(&rest, &name, &base64))
			return CREDIT_E_NOTE_MALFORMED;
		error = credit_base64_decode(
			(const char *)base64.data, base64.size, data, sizeof(data), &size);
		if (error != CREDIT_OK || size < KEY_HASH_SIZE + 1)
			return CREDIT_E_NOTE_MALFORMED;
		error = check_signature(opening, name, data, size);
		if (error != CREDIT_OK)
			return error;
	}
	return CREDIT_OK;
}

enum credit_error credit_note_split(
	struct credit_bytes note, struct credit_bytes *ret_text, struct credit_bytes *ret_lines)
{
	struct credit_bytes text, lines;

	if (note.size > CREDIT_NOTE_MAX)
		return CREDIT_E_TOO_LARGE;
	if (!characters_are_allowed(note) || !split(note, &text, &lines))
		return CREDIT_E_NOTE_MALFORMED;
	*ret_text = text;
	*ret_lines = lines;
	return CREDIT_OK;
}

enum credit_error credit_note_open(struct credit_bytes note, const struct credit_named_key *trusted,
	struct credit_bytes *ret_text)
{
	struct opening opening = {.trusted = trusted, .trusted_hash = credit_vkey_hash(trusted)};
	struct credit_bytes signatures;
	enum credit_error error = credit_note_split(note, &opening.text, &signatures);

	if (error == CREDIT_OK)
		error = check_lines(signatures, &opening);
	if (error != CREDIT_OK)
		return error;
	if (!opening.verified)
		return CREDIT_E_NOTE_UNVERIFIED;
	*ret_text = opening.text;
	return CREDIT_OK;
}
