/* SPDX-License-Identifier: Apache-2.0
 *
 * key_text.c - keys as one line of text: verifier keys and private key files.
 *
 * Both forms are those of signed notes, so that other people's tools read our keys. They differ in
 * their beginning and in what stands in the base64: the public key, or the seed. The hash in the
 * middle is the public key's in both; it catches a line that was copied in part or edited.
 *
 * A type byte says what a key signs: the text of a note (a log's key), or cosignatures (a witness's).
 * The hash covers it, and each reader takes its own type only, so that neither passes for the other.
 */
#include <credit/crypto.h>

#include "crypto/key_name.h"

#include <stdio.h>
#include <string.h>

#define PRIVATE_PREFIX "PRIVATE+KEY+"
#define KEY_HASH_SIZE 4
/* C2SP signed-note and tlog-cosignature; in every key: never renumber. */
enum key_type {
	TYPE_NOTE = 0x01,
	TYPE_COSIGNATURE = 0x04
};

/* The type byte and a public key or a seed, which have the same size. */
#define KEY_DATA_SIZE (1 + CREDIT_PUBLIC_KEY_SIZE)

_Static_assert(CREDIT_PUBLIC_KEY_SIZE == CREDIT_SEED_SIZE, "one size of key data");
_Static_assert(sizeof(PRIVATE_PREFIX) + CREDIT_KEY_NAME_MAX + 1 + 2 * KEY_HASH_SIZE + 1 +
			       CREDIT_BASE64_SIZE(KEY_DATA_SIZE) + 1 <=
		       CREDIT_KEY_TEXT_MAX,
	"the longest private key file fits");

/* Unicode's White_Space: first and last of each range. */
static const struct {
	uint32_t first, last;
} white_space[] = {
	{0x0009, 0x000d},
	{0x0020, 0x0020},
	{0x0085, 0x0085},
	{0x00a0, 0x00a0},
	{0x1680, 0x1680},
	{0x2000, 0x200a},
	{0x2028, 0x2029},
	{0x202f, 0x202f},
	{0x205f, 0x205f},
	{0x3000, 0x3000},
};

static bool is_white_space(uint32_t character)
{
	for (size_t i = 0; i < sizeof(white_space) / sizeof(white_space[0]); i++)
		if (character >= white_space[i].first && character <= white_space[i].last)
			return true;
	return false;
}

static bool is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character <= 0x9f);
}

static bool name_is_valid(struct credit_bytes name, bool allow_control)
{
	size_t at = 0;

	while (at < name.size) {
		uint32_t character;
		size_t length = credit_utf8_next(name.data + at, name.size - at, &character);

		if (length == 0 || character == '+' || is_white_space(character))
			return false;
		if (!allow_control && is_control(character))
			return false;
		at += length;
	}
	return name.size > 0;
}

bool credit__key_name_is_noteworthy(struct credit_bytes name)
{
	return name_is_valid(name, true);
}

bool credit__key_name_is_ours(struct credit_bytes name)
{
	/* docs/spec/log.md: "The name of a key has 1 to 128 bytes, and neither white space" */
	return name.size <= CREDIT_KEY_NAME_MAX && name_is_valid(name, false);
}

/* docs/spec/log.md: "the first four bytes of SHA-256(name || 0A || 01 || public key)" */
static uint32_t key_hash(struct credit_bytes name, const uint8_t data[KEY_DATA_SIZE])
{
	struct credit_hasher hasher;
	struct credit_hash hash;

	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, name.data, name.size);
	credit_hasher_add(&hasher, "\n", 1);
	credit_hasher_add(&hasher, data, KEY_DATA_SIZE);
	credit_hasher_done(&hasher, &hash);
	return credit_read_u32(hash.byte);
}

static void key_data(enum key_type type, const uint8_t *key, uint8_t data[KEY_DATA_SIZE])
{
	data[0] = (uint8_t)type;
	memcpy(data + 1, key, KEY_DATA_SIZE - 1);
}

static uint32_t public_hash(
	enum key_type type, const char *name, const struct credit_public_key *key)
{
	uint8_t data[KEY_DATA_SIZE];

	key_data(type, key->byte, data);
	return key_hash(credit_bytes_of(name), data);
}

uint32_t credit_vkey_hash(const struct credit_named_key *key)
{
	return public_hash(TYPE_NOTE, key->name, &key->public_key);
}

uint32_t credit_cosigner_hash(const struct credit_cosigner *cosigner)
{
	return public_hash(TYPE_COSIGNATURE, cosigner->key.name, &cosigner->key.public_key);
}

/* Writes <prefix><name>+<hash>+<base64(type || key)>\n. */
static void write_line(enum key_type type, const char *prefix, const char *name, uint32_t hash,
	const uint8_t *key, char *text)
{
	uint8_t data[KEY_DATA_SIZE];
	char base64[CREDIT_BASE64_SIZE(KEY_DATA_SIZE)];

	key_data(type, key, data);
	credit_base64(data, sizeof(data), base64);
	snprintf(text, CREDIT_KEY_TEXT_MAX, "%s%s+%08x+%s\n", prefix, name, hash, base64);
	credit_wipe(data, sizeof(data));
	credit_wipe(base64, sizeof(base64));
}

static enum credit_error public_text(
	enum key_type type, const struct credit_named_key *key, char text[CREDIT_KEY_TEXT_MAX])
{
	if (!credit__key_name_is_ours(credit_bytes_of(key->name)))
		return CREDIT_E_VKEY_MALFORMED;
	write_line(type, "", key->name, public_hash(type, key->name, &key->public_key),
		key->public_key.byte, text);
	return CREDIT_OK;
}

enum credit_error credit_vkey_text(
	const struct credit_named_key *key, char text[CREDIT_KEY_TEXT_MAX])
{
	return public_text(TYPE_NOTE, key, text);
}

enum credit_error credit_cosigner_text(
	const struct credit_cosigner *cosigner, char text[CREDIT_KEY_TEXT_MAX])
{
	return public_text(TYPE_COSIGNATURE, &cosigner->key, text);
}

static enum credit_error pair_text(enum key_type type, const char *name,
	const struct credit_key_pair *pair, char text[CREDIT_KEY_TEXT_MAX])
{
	if (!credit__key_name_is_ours(credit_bytes_of(name)))
		return CREDIT_E_KEY_FILE;
	/* The secret begins with the seed. */
	write_line(type, PRIVATE_PREFIX, name, public_hash(type, name, &pair->public_key),
		pair->secret, text);
	return CREDIT_OK;
}

enum credit_error credit_key_pair_text(
	const char *name, const struct credit_key_pair *pair, char text[CREDIT_KEY_TEXT_MAX])
{
	return pair_text(TYPE_NOTE, name, pair, text);
}

enum credit_error credit_cosigner_pair_text(
	const char *name, const struct credit_key_pair *pair, char text[CREDIT_KEY_TEXT_MAX])
{
	return pair_text(TYPE_COSIGNATURE, name, pair, text);
}

/* The three parts of a key line after its prefix. */
struct key_line {
	struct credit_bytes name;
	uint32_t hash;
	uint8_t data[KEY_DATA_SIZE];
};

/* Takes the bytes before the next plus sign and the sign off the front of *rest. */
static bool take_part(struct credit_bytes *rest, struct credit_bytes *ret_part)
{
	const uint8_t *plus = rest->size > 0 ? memchr(rest->data, '+', rest->size) : NULL;
	size_t size;

	if (plus == NULL)
		return false;
	size = (size_t)(plus - rest->data);
	*ret_part = (struct credit_bytes){rest->data, size};
	*rest = (struct credit_bytes){plus + 1, rest->size - size - 1};
	return true;
}

/* False when `text` is not a key line; a single newline at its end is allowed. */
static bool read_line(const char *prefix, struct credit_bytes text, struct key_line *ret_line)
{
	struct credit_bytes rest = text, hash;
	size_t prefix_size = strlen(prefix), data_size;
	uint8_t hash_bytes[KEY_HASH_SIZE];

	if (text.size > CREDIT_KEY_TEXT_MAX || text.size <= prefix_size ||
		memcmp(text.data, prefix, prefix_size) != 0)
		return false;
	rest.data += prefix_size;
	rest.size -= prefix_size;
	if (rest.data[rest.size - 1] == '\n')
		rest.size--;
	if (!take_part(&rest, &ret_line->name) || !take_part(&rest, &hash))
		return false;
	if (!credit__key_name_is_ours(ret_line->name))
		return false;
	if (credit_hex_decode((const char *)hash.data, hash.size, hash_bytes, KEY_HASH_SIZE) !=
		CREDIT_OK)
		return false;
	ret_line->hash = credit_read_u32(hash_bytes);
	return credit_base64_decode((const char *)rest.data, rest.size, ret_line->data,
		       sizeof(ret_line->data), &data_size) == CREDIT_OK &&
	       data_size == sizeof(ret_line->data);
}

static void fill_named_key(
	struct credit_bytes name, const uint8_t *public_key, struct credit_named_key *ret_key)
{
	memset(ret_key, 0, sizeof(*ret_key));
	memcpy(ret_key->name, name.data, name.size);
	memcpy(ret_key->public_key.byte, public_key, sizeof(ret_key->public_key.byte));
}

static enum credit_error wrong_type(uint8_t type)
{
	return type == TYPE_NOTE || type == TYPE_COSIGNATURE ? CREDIT_E_KEY_TYPE
							     : CREDIT_E_SUITE_UNKNOWN;
}

static enum credit_error public_parse(
	enum key_type type, struct credit_bytes text, struct credit_named_key *ret_key)
{
	struct key_line line;
	struct credit_named_key key;
	enum credit_error error;

	if (!read_line("", text, &line) || key_hash(line.name, line.data) != line.hash)
		return CREDIT_E_VKEY_MALFORMED;
	/* docs/spec/log.md: "a key of another type is refused" */
	if (line.data[0] != type)
		return wrong_type(line.data[0]);
	fill_named_key(line.name, line.data + 1, &key);
	error = credit_public_key_check(&key.public_key);
	if (error != CREDIT_OK)
		return error;
	*ret_key = key;
	return CREDIT_OK;
}

enum credit_error credit_vkey_parse(struct credit_bytes text, struct credit_named_key *ret_key)
{
	return public_parse(TYPE_NOTE, text, ret_key);
}

enum credit_error credit_cosigner_parse(
	struct credit_bytes text, struct credit_cosigner *ret_cosigner)
{
	return public_parse(TYPE_COSIGNATURE, text, &ret_cosigner->key);
}

static enum credit_error pair_parse(enum key_type type, struct credit_bytes text,
	struct credit_named_key *ret_name, struct credit_key_pair *ret_pair)
{
	struct key_line line;
	struct credit_key_pair pair;
	struct credit_named_key name;
	enum credit_error error = CREDIT_E_KEY_FILE;

	if (!read_line(PRIVATE_PREFIX, text, &line))
		goto out;
	if (line.data[0] != type) {
		error = wrong_type(line.data[0]);
		goto out;
	}
	credit_key_from_seed(line.data + 1, &pair);
	fill_named_key(line.name, pair.public_key.byte, &name);
	if (public_hash(type, name.name, &name.public_key) == line.hash) {
		*ret_name = name;
		*ret_pair = pair;
		error = CREDIT_OK;
	}
	credit_wipe(&pair, sizeof(pair));
out:
	credit_wipe(&line, sizeof(line));
	return error;
}

enum credit_error credit_key_pair_parse(struct credit_bytes text, struct credit_named_key *ret_name,
	struct credit_key_pair *ret_pair)
{
	return pair_parse(TYPE_NOTE, text, ret_name, ret_pair);
}

enum credit_error credit_cosigner_pair_parse(struct credit_bytes text,
	struct credit_cosigner *ret_cosigner, struct credit_key_pair *ret_pair)
{
	return pair_parse(TYPE_COSIGNATURE, text, &ret_cosigner->key, ret_pair);
}
