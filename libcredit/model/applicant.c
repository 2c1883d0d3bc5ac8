/* SPDX-License-Identifier: Apache-2.0
 *
 * applicant.c - the texts that an entity signs, and the token on its slip.
 */
#include <credit/model.h>

#include <string.h>

#define ORIGIN_MAX 255

/* --- the token --------------------------------------------------------------------------------- */

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
#define SYMBOLS 26 /* of five bits each: 128 and two of zero */
#define GROUP 5
#define GROUPS 5 /* the last one has a symbol more */

const char *credit_token_text(const struct credit_token *token, char text[CREDIT_TOKEN_TEXT_SIZE])
{
	size_t length = 0;
	uint32_t bits = 0, held = 0;
	size_t next = 0;

	for (size_t symbol = 0; symbol < SYMBOLS; symbol++) {
		if (held < 5) {
			bits = bits << 8 | (next < sizeof token->byte ? token->byte[next] : 0U);
			next++;
			held += 8;
		}
		held -= 5;
		if (symbol > 0 && symbol % GROUP == 0 && symbol / GROUP < GROUPS)
			text[length++] = '-';
		text[length++] = alphabet[(bits >> held) & 31U];
	}
	text[length] = '\0';
	return text;
}

/* The value of a typed character; -1: none. */
static int value_of(char c)
{
	const char *found;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	found = c == '\0' ? NULL : strchr(alphabet, c);
	return found ? (int)(found - alphabet) : -1;
}

enum credit_error credit_token_parse(const char *text, struct credit_token *ret_token)
{
	struct credit_token token = {{0}};
	size_t symbols = 0, size = 0;
	uint32_t bits = 0, held = 0;

	for (; *text; text++) {
		if (*text == '-' || *text == ' ')
			continue;
		int value = value_of(*text);
		if (value < 0 || symbols == SYMBOLS)
			return CREDIT_E_TOKEN_FORM;
		symbols++;
		bits = bits << 5 | (uint32_t)value;
		held += 5;
		if (held >= 8) {
			held -= 8;
			token.byte[size++] = (uint8_t)(bits >> held);
		}
	}
	/* The two bits beyond 128 are zero, so that a token has one text. */
	if (symbols != SYMBOLS || (bits & 3U) != 0)
		return CREDIT_E_TOKEN_FORM;
	*ret_token = token;
	return CREDIT_OK;
}

void credit_token_hash(const struct credit_token *token, struct credit_hash *ret_hash)
{
	static const char label[] = "credit/token/v1";
	struct credit_hasher hasher;

	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, label, sizeof label);
	credit_hasher_add(&hasher, token->byte, sizeof token->byte);
	credit_hasher_done(&hasher, ret_hash);
}

/* --- the application's text -------------------------------------------------------------------- */

static const char application_label[] = "credit/application/v1";
static const char own_label[] = "credit/own/v1";
#define APPLICATION_MAX \
	(sizeof application_label + 1 + ORIGIN_MAX + CREDIT_USCC_SIZE + 4 + \
		CREDIT_RECORD_ID_SIZE + 4 + 2 * CREDIT_HASH_SIZE)
#define METHOD_MAX 255
#define OWN_MAX (sizeof own_label + 1 + ORIGIN_MAX + CREDIT_USCC_SIZE + 1 + METHOD_MAX + 8)

/* Its length as one byte, then the text. */
static void put_short(struct credit_buffer *buffer, const char *text)
{
	credit_buffer_put_u8(buffer, (uint8_t)strlen(text));
	credit_buffer_put_text(buffer, text);
}

static void words_digest(const char *ground, const char *statement, struct credit_hash *ret_hash)
{
	struct credit_hasher hasher;

	credit_hasher_init(&hasher);
	credit_hasher_add(&hasher, ground, strlen(ground) + 1);
	credit_hasher_add(&hasher, statement, strlen(statement));
	credit_hasher_done(&hasher, ret_hash);
}

/* docs/spec/cases.md: "the label with its zero byte, the length of the origin as one byte, the origin, the
 * code (18), the number of the act (4, big-endian), the subject (16), the date in days (4, big-endian),
 * SHA-256 over ground, a zero byte and statement (32), the token's hash (32)" */
static enum credit_error application_text(const struct credit_application *application,
	uint8_t memory[APPLICATION_MAX], struct credit_bytes *ret_text)
{
	struct credit_buffer buffer;
	struct credit_hash words;

	if (strlen(application->origin) > ORIGIN_MAX)
		return CREDIT_E_TOO_LARGE;
	words_digest(application->ground, application->statement, &words);
	credit_buffer_init(&buffer, memory, APPLICATION_MAX);
	credit_buffer_put(&buffer, application_label, sizeof application_label);
	put_short(&buffer, application->origin);
	credit_buffer_put(&buffer, application->entity.character, CREDIT_USCC_SIZE);
	credit_buffer_put_u32(&buffer, application->act);
	credit_buffer_put(&buffer, application->subject.byte, CREDIT_RECORD_ID_SIZE);
	credit_buffer_put_u32(&buffer, (uint32_t)application->applied_on.days);
	credit_buffer_put(&buffer, words.byte, sizeof words.byte);
	credit_buffer_put(&buffer, application->token_hash.byte, CREDIT_HASH_SIZE);
	return credit_buffer_done(&buffer, ret_text);
}

enum credit_error credit_application_sign(const struct credit_application *application,
	const struct credit_key_pair *pair, struct credit_signature *ret_signature)
{
	uint8_t memory[APPLICATION_MAX];
	struct credit_bytes text;
	enum credit_error error = application_text(application, memory, &text);

	return error ? error : credit_dsse_sign(pair, CREDIT_APPLICATION_TYPE, text, ret_signature);
}

enum credit_error credit_application_verify(const struct credit_application *application,
	const struct credit_public_key *key, const struct credit_signature *signature)
{
	uint8_t memory[APPLICATION_MAX];
	struct credit_bytes text;
	enum credit_error error = application_text(application, memory, &text);

	return error ? error : credit_dsse_verify(key, CREDIT_APPLICATION_TYPE, text, signature);
}

/* --- one's own view ---------------------------------------------------------------------------- */

/* docs/spec/cases.md: "the label with its zero byte, the length of the origin as one byte, the origin, the
 * code (18), the length of the method as one byte, the method, the instant in milliseconds (8, big-endian)" */
static enum credit_error own_text(const struct credit_own_request *request, uint8_t memory[OWN_MAX],
	struct credit_bytes *ret_text)
{
	struct credit_buffer buffer;

	if (strlen(request->origin) > ORIGIN_MAX || strlen(request->method) > METHOD_MAX)
		return CREDIT_E_TOO_LARGE;
	credit_buffer_init(&buffer, memory, OWN_MAX);
	credit_buffer_put(&buffer, own_label, sizeof own_label);
	put_short(&buffer, request->origin);
	credit_buffer_put(&buffer, request->entity.character, CREDIT_USCC_SIZE);
	put_short(&buffer, request->method);
	credit_buffer_put_u64(&buffer, (uint64_t)request->at.ms);
	return credit_buffer_done(&buffer, ret_text);
}

enum credit_error credit_own_sign(const struct credit_own_request *request,
	const struct credit_key_pair *pair, struct credit_signature *ret_signature)
{
	uint8_t memory[OWN_MAX];
	struct credit_bytes text;
	enum credit_error error = own_text(request, memory, &text);

	return error ? error : credit_dsse_sign(pair, CREDIT_OWN_TYPE, text, ret_signature);
}

enum credit_error credit_own_verify(const struct credit_own_request *request,
	const struct credit_public_key *key, const struct credit_signature *signature)
{
	uint8_t memory[OWN_MAX];
	struct credit_bytes text;
	enum credit_error error = own_text(request, memory, &text);

	return error ? error : credit_dsse_verify(key, CREDIT_OWN_TYPE, text, signature);
}
