/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cosignature.c - cosignatures, against those of the public witness network.
 *
 * Sources: tests/vectors/cosignature/README.md; the signature "ZGhGuQ..." and its time are in the tests
 * of transparency-dev/formats.
 */
#include <credit/log.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/read_file.h"

#define CHECKPOINT "tests/vectors/cosignature/arche2025h1.checkpoint"
#define LOG \
	"arche2025h1.staging.ct.transparency.dev+ba2f06c0+" \
	"AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
#define REMORA "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
#define NAVIGLI \
	"witness.navigli.sunlight.geomys.org+a3e00fe2+" \
	"BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G"
#define LITTLE_GARDEN \
	"transparency.dev/DEV:witness-little-garden+d8042a87+" \
	"BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM"
#define SEEN_AT 1779573024

static const char *const cosigners[] = {
	LITTLE_GARDEN,
	"witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
	REMORA,
	"witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
};

static uint8_t memory[CREDIT_NOTE_MAX], line_memory[CREDIT_COSIGNATURE_LINE_MAX];
static struct credit_bytes note, body, lines;

static void start(void)
{
	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
	note = read_file(CHECKPOINT, memory, sizeof memory);
	cr_assert_eq(credit_note_split(note, &body, &lines), CREDIT_OK);
}

TestSuite(log_cosignature, .init = start);

static struct credit_cosigner cosigner_of(const char *text)
{
	struct credit_cosigner cosigner;

	cr_assert_eq(credit_cosigner_parse(credit_bytes_of(text), &cosigner), CREDIT_OK);
	return cosigner;
}

static struct credit_bytes line_of(
	const struct credit_cosigner *cosigner, const struct credit_cosignature *cosignature)
{
	struct credit_buffer buffer;
	struct credit_bytes line;

	credit_buffer_init(&buffer, line_memory, sizeof line_memory);
	cr_assert_eq(credit_cosignature_line(cosigner, cosignature, &buffer), CREDIT_OK);
	cr_assert_eq(credit_buffer_done(&buffer, &line), CREDIT_OK);
	return line;
}

Test(log_cosignature, four_witnesses_of_the_public_network_have_cosigned)
{
	struct credit_named_key log;
	struct credit_tree_head head;

	cr_assert_eq(credit_vkey_parse(credit_bytes_of(LOG), &log), CREDIT_OK);
	cr_assert_eq(credit_checkpoint_open(note, &log, &head), CREDIT_OK);
	cr_expect_eq(head.size, 1432088532);
	for (size_t i = 0; i < sizeof cosigners / sizeof cosigners[0]; i++) {
		struct credit_cosigner cosigner = cosigner_of(cosigners[i]);
		struct credit_cosignature found;

		cr_assert_eq(credit_cosignature_find(body, lines, &cosigner, &found), CREDIT_OK,
			"%s", cosigners[i]);
		cr_expect_eq(found.time, SEEN_AT);
		/* The line is written as they wrote it. */
		struct credit_bytes line = line_of(&cosigner, &found);
		cr_expect_not_null(memmem(lines.data, lines.size, line.data, line.size));
	}
}

Test(log_cosignature, a_witness_that_did_not_cosign_is_not_found)
{
	struct credit_cosigner navigli = cosigner_of(NAVIGLI);
	struct credit_cosignature found = {.time = 7};

	cr_expect_eq(
		credit_cosignature_find(body, lines, &navigli, &found), CREDIT_E_NOTE_UNVERIFIED);
	cr_expect_eq(found.time, 7, "nothing is returned with a refusal");
}

Test(log_cosignature, a_time_is_read_as_others_read_it)
{
	struct credit_bytes rest = credit_bytes_of(
		"\xe2\x80\x94 x "
		"ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+"
		"8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA==\n");
	struct credit_cosignature one;
	struct credit_bytes name;
	bool is;

	cr_assert_eq(credit_cosignature_next(&rest, &name, &one, &is), CREDIT_OK);
	cr_expect(is);
	cr_expect_eq(one.time, 1727964367);
	cr_expect_eq(one.key_hash, 0x646846b9);
	cr_expect_eq(rest.size, 0);
}

Test(log_cosignature, any_changed_byte_of_body_or_signature_is_false)
{
	struct credit_cosigner remora = cosigner_of(REMORA);
	struct credit_cosignature found, changed;
	uint8_t other[CREDIT_CHECKPOINT_MAX];

	cr_assert_eq(credit_cosignature_find(body, lines, &remora, &found), CREDIT_OK);
	for (size_t i = 0; i < body.size; i++) {
		memcpy(other, body.data, body.size);
		other[i] ^= 1;
		cr_expect_eq(credit_cosignature_verify(
				     (struct credit_bytes){other, body.size}, &remora, &found),
			CREDIT_E_COSIGNATURE, "byte %zu", i);
	}
	for (size_t i = 0; i < CREDIT_SIGNATURE_SIZE; i++) {
		changed = found;
		changed.signature.byte[i] ^= 1;
		cr_expect_eq(
			credit_cosignature_verify(body, &remora, &changed), CREDIT_E_COSIGNATURE);
	}
	changed = found;
	changed.time++;
	cr_expect_eq(credit_cosignature_verify(body, &remora, &changed), CREDIT_E_COSIGNATURE);
	changed = found;
	changed.key_hash++;
	cr_expect_eq(credit_cosignature_verify(body, &remora, &changed), CREDIT_E_COSIGNATURE);
	changed = found;
	changed.time = CREDIT_COSIGNATURE_TIME_MAX + 1;
	cr_expect_eq(credit_cosignature_verify(body, &remora, &changed), CREDIT_E_COSIGNATURE);
}

Test(log_cosignature, what_is_signed_here_is_found_here_and_is_no_log_signature)
{
	struct credit_cosigner cosigner;
	struct credit_key_pair pair, other;
	struct credit_cosignature made, found;
	struct credit_named_key as_log;
	struct credit_buffer buffer;
	struct credit_bytes whole;
	uint8_t copy[CREDIT_CHECKPOINT_MAX];
	char text[CREDIT_KEY_TEXT_MAX];

	credit_key_generate(&pair);
	credit_key_generate(&other);
	cr_assert_eq(credit_cosigner_pair_text("witness.example/w1", &pair, text), CREDIT_OK);
	cr_assert_eq(
		credit_cosigner_pair_parse(credit_bytes_of(text), &cosigner, &other), CREDIT_OK);
	cr_assert_arr_eq(&pair, &other, sizeof pair);
	cr_assert_eq(credit_cosign(body, &cosigner, &pair, 1800000000, &made), CREDIT_OK);
	credit_buffer_init(&buffer, copy, sizeof copy);
	credit_buffer_put(&buffer, note.data, note.size);
	cr_assert_eq(credit_cosignature_line(&cosigner, &made, &buffer), CREDIT_OK);
	cr_assert_eq(credit_buffer_done(&buffer, &whole), CREDIT_OK);
	cr_assert_eq(credit_note_split(whole, &body, &lines), CREDIT_OK);
	cr_assert_eq(credit_cosignature_find(body, lines, &cosigner, &found), CREDIT_OK);
	cr_expect_eq(found.key_hash, made.key_hash);
	cr_expect_eq(found.time, made.time);
	cr_expect_arr_eq(&found.signature, &made.signature, sizeof made.signature);
	/* The same pair as a log's key has another hash, and finds nothing of its own. */
	as_log = cosigner.key;
	cr_expect_eq(credit_note_open(whole, &as_log, &body), CREDIT_E_NOTE_UNVERIFIED);
	credit_key_generate(&other);
	cr_expect_eq(credit_cosign(body, &cosigner, &other, 1, &made), CREDIT_E_KEY_FILE,
		"a key that is not the name's");
}

Test(log_cosignature, of_several_the_newest_counts_and_one_false_one_refuses_all)
{
	struct credit_cosigner cosigner = {.key.name = "w"};
	struct credit_key_pair pair;
	struct credit_cosignature made, found;
	static const uint64_t times[] = {1000, 3000, 2000};
	struct credit_buffer buffer;
	struct credit_bytes all;
	uint8_t copy[8 * CREDIT_COSIGNATURE_LINE_MAX];

	credit_key_generate(&pair);
	cosigner.key.public_key = pair.public_key;
	credit_buffer_init(&buffer, copy, sizeof copy);
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(credit_cosign(body, &cosigner, &pair, times[i], &made), CREDIT_OK);
		cr_assert_eq(credit_cosignature_line(&cosigner, &made, &buffer), CREDIT_OK);
	}
	cr_assert_eq(credit_buffer_done(&buffer, &all), CREDIT_OK);
	cr_assert_eq(credit_cosignature_find(body, all, &cosigner, &found), CREDIT_OK);
	cr_expect_eq(found.time, 3000);
	made.signature.byte[5] ^= 1;
	cr_assert_eq(credit_cosignature_line(&cosigner, &made, &buffer), CREDIT_OK);
	cr_assert_eq(credit_buffer_done(&buffer, &all), CREDIT_OK);
	cr_expect_eq(credit_cosignature_find(body, all, &cosigner, &found), CREDIT_E_COSIGNATURE);
}

Test(log_cosignature, a_signature_of_the_witness_that_has_another_size_is_false)
{
	struct credit_cosigner remora = cosigner_of(REMORA);
	struct credit_cosignature found;

	cr_expect_eq(credit_cosignature_find(body,
			     credit_bytes_of("\xe2\x80\x94 remora.n621.de 2net5wAAAABqEiEg\n"),
			     &remora, &found),
		CREDIT_E_COSIGNATURE);
}

Test(log_cosignature, lines_that_are_none_are_refused)
{
	static const char *const bad[] = {"\n", "x\n", "\xe2\x80\x94 a b\n",
		"\xe2\x80\x94 a AAAA\n", "\xe2\x80\x94  AAAAAAA=\n",
		"\xe2\x80\x94 a AAAAAAA=", "- a AAAAAAA=\n", "\xe2\x80\x94 a+b AAAAAAA=\n"};
	struct credit_cosigner remora = cosigner_of(REMORA);
	struct credit_cosignature found;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_eq(
			credit_cosignature_find(body, credit_bytes_of(bad[i]), &remora, &found),
			CREDIT_E_NOTE_MALFORMED, "line %zu", i);
}

Test(log_cosignature, keys_of_each_kind_are_refused_where_the_other_is_asked_for)
{
	struct credit_named_key log;
	struct credit_cosigner cosigner;
	struct credit_key_pair pair;
	char text[CREDIT_KEY_TEXT_MAX];

	cr_expect_eq(credit_vkey_parse(credit_bytes_of(REMORA), &log), CREDIT_E_KEY_TYPE);
	cr_expect_eq(credit_cosigner_parse(credit_bytes_of(LOG), &cosigner), CREDIT_E_KEY_TYPE);
	credit_key_generate(&pair);
	cr_assert_eq(credit_key_pair_text("a", &pair, text), CREDIT_OK);
	cr_expect_eq(credit_cosigner_pair_parse(credit_bytes_of(text), &cosigner, &pair),
		CREDIT_E_KEY_TYPE);
	cr_assert_eq(credit_cosigner_pair_text("a", &pair, text), CREDIT_OK);
	cr_expect_eq(credit_key_pair_parse(credit_bytes_of(text), &log, &pair), CREDIT_E_KEY_TYPE);
}

Test(log_cosignature, a_small_order_key_is_refused_when_it_is_read)
{
	struct credit_cosigner weak = {.key.name = "w"};
	char text[CREDIT_KEY_TEXT_MAX];

	/* All zero: of order 4. */
	cr_assert_eq(credit_cosigner_text(&weak, text), CREDIT_OK);
	cr_expect_eq(credit_cosigner_parse(credit_bytes_of(text), &weak), CREDIT_E_KEY_WEAK);
	memset(weak.key.public_key.byte, 0xff, sizeof weak.key.public_key.byte);
	cr_assert_eq(credit_cosigner_text(&weak, text), CREDIT_OK);
	cr_expect_eq(credit_cosigner_parse(credit_bytes_of(text), &weak), CREDIT_E_KEY_WEAK,
		"not canonical");
}
