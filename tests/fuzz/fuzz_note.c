/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_note.c - notes, checkpoints and key lines from a stranger.
 *
 * Beside not crashing: what is accepted must be the very text that was signed, must read the same
 * when written again, and nothing is returned with a refusal. The seeds are signed by the key
 * below (RFC 8032's first test under a name of ours), so that mutations reach every rule.
 *
 * Decoder: libcredit/log/note.c libcredit/log/checkpoint.c libcredit/crypto/key_text.c
 */
#include <credit/log.h>

#include <stdlib.h>
#include <string.h>

#define VKEY "credit.example/log+6c7321d4+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_note(struct credit_bytes input, const struct credit_named_key *trusted)
{
	struct credit_bytes text = {NULL, 0};

	if (credit_note_open(input, trusted, &text) != CREDIT_OK) {
		require(text.data == NULL);
		return;
	}
	require(text.data == input.data && text.size > 0 && text.size < input.size);
	require(text.data[text.size - 1] == '\n' && input.data[text.size] == '\n');
}

static void fuzz_checkpoint(struct credit_bytes input, const struct credit_named_key *trusted)
{
	uint8_t memory[CREDIT_CHECKPOINT_MAX];
	struct credit_buffer buffer;
	struct credit_tree_head head;
	struct credit_bytes body;

	if (credit_checkpoint_open(input, trusted, &head) != CREDIT_OK)
		return;
	credit_buffer_init(&buffer, memory, sizeof(memory));
	require(credit_checkpoint_body(trusted->name, &head, &buffer) == CREDIT_OK);
	require(credit_buffer_done(&buffer, &body) == CREDIT_OK);
	require(input.size > body.size && memcmp(input.data, body.data, body.size) == 0);
}

static void fuzz_key(struct credit_bytes input)
{
	struct credit_named_key key, again;
	struct credit_key_pair pair;
	char text[CREDIT_KEY_TEXT_MAX];

	if (credit_vkey_parse(input, &key) == CREDIT_OK) {
		require(credit_vkey_text(&key, text) == CREDIT_OK);
		require(credit_vkey_parse(credit_bytes_of(text), &again) == CREDIT_OK);
		require(memcmp(&key, &again, sizeof(key)) == 0);
	}
	if (credit_key_pair_parse(input, &key, &pair) == CREDIT_OK)
		require(credit_key_pair_text(key.name, &pair, text) == CREDIT_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credit_bytes input = {data, size};
	struct credit_named_key trusted;

	require(credit_crypto_init() == CREDIT_OK);
	require(credit_vkey_parse(credit_bytes_of(VKEY), &trusted) == CREDIT_OK);
	fuzz_note(input, &trusted);
	fuzz_checkpoint(input, &trusted);
	fuzz_key(input);
	return 0;
}
