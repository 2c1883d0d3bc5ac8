/* SPDX-License-Identifier: Apache-2.0
 *
 * test_applicant.c - look-up tokens as people type them, and the texts that an entity signs.
 */
#include <credit/model.h>

#include <criterion/criterion.h>
#include <string.h>

Test(model_applicant, a_token_survives_being_typed)
{
	struct credit_token token, read;
	char text[CREDIT_TOKEN_TEXT_SIZE];

	for (unsigned i = 0; i < sizeof token.byte; i++)
		token.byte[i] = (uint8_t)(i * 17 + 3);
	credit_token_text(&token, text);
	cr_expect_eq(strlen(text), 30U);
	cr_expect_eq(credit_token_parse(text, &read), CREDIT_OK);
	cr_expect_arr_eq(read.byte, token.byte, sizeof token.byte);
	for (char *c = text; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c == '-' ? ' ' : *c);
	cr_expect_eq(credit_token_parse(text, &read), CREDIT_OK);
	cr_expect_arr_eq(read.byte, token.byte, sizeof token.byte);
}

/* Worked out by hand: the bits of 00 .. 0F in groups of five. */
Test(model_applicant, a_tokens_text_is_fixed)
{
	struct credit_token zero = {{0}}, ones, read;
	char text[CREDIT_TOKEN_TEXT_SIZE];

	memset(ones.byte, 0xFF, sizeof ones.byte);
	cr_expect_str_eq(credit_token_text(&zero, text), "00000-00000-00000-00000-000000");
	cr_expect_str_eq(credit_token_text(&ones, text), "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZW");
	cr_expect_eq(credit_token_parse("ooooo ooooo ooooo ooooo oooooo", &read), CREDIT_OK);
	cr_expect_arr_eq(read.byte, zero.byte, sizeof zero.byte);
}

Test(model_applicant, what_is_no_token_is_refused)
{
	static const char *const rows[] = {
		"",                                /* nothing */
		"00000-00000-00000-00000-00000",   /* one short */
		"00000-00000-00000-00000-0000000", /* one long */
		"00000-00000-00000-00000-000001",  /* beyond 128 bits */
		"0000U-00000-00000-00000-000000",  /* no such letter */
		"0000.-00000-00000-00000-000000",
	};
	struct credit_token token;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(
			credit_token_parse(rows[i], &token), CREDIT_E_TOKEN_FORM, "%s", rows[i]);
}

Test(model_applicant, an_own_request_is_signed_for_one_registry_method_and_instant)
{
	struct credit_own_request right = {.origin = "a/1", .method = "/m", .at = {1}}, wrong;
	struct credit_signature signature;
	struct credit_key_pair pair;

	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
	credit_key_generate(&pair);
	memset(right.entity.character, '1', sizeof right.entity.character);
	cr_assert_eq(credit_own_sign(&right, &pair, &signature), CREDIT_OK);
	cr_expect_eq(credit_own_verify(&right, &pair.public_key, &signature), CREDIT_OK);
	for (int i = 0; i < 4; i++) {
		wrong = right;
		if (i == 0)
			wrong.origin = "a/2";
		if (i == 1)
			wrong.method = "/n";
		if (i == 2)
			wrong.at.ms = 2;
		if (i == 3)
			wrong.entity.character[17] = '2';
		cr_expect_eq(credit_own_verify(&wrong, &pair.public_key, &signature),
			CREDIT_E_SIGNATURE_INVALID, "%d", i);
	}
}
