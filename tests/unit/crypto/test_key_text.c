/* SPDX-License-Identifier: Apache-2.0
 *
 * test_key_text.c - verifier keys and private key files.
 *
 * Sources: the keys PeterNeumann and EnochRoot of the tests of golang.org/x/mod/sumdb/note; the key
 * of sum.golang.org in the Go command; the key of RFC 8032's first test under a name of ours.
 */
#include <credit/crypto.h>

#include "tests/support/unhex.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_SECRET \
	"PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define OUR_NAME "credit.example/log"
#define OUR_VKEY OUR_NAME "+6c7321d4+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea\n"
#define OUR_SECRET \
	"PRIVATE+KEY+" OUR_NAME "+6c7321d4+AZ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
#define OUR_SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"

static enum credit_error parse(const char *text, struct credit_named_key *ret_key)
{
	return credit_vkey_parse(credit_bytes_of(text), ret_key);
}

Test(crypto_key_text, other_peoples_verifier_keys_are_read)
{
	static const char *const keys[] = {PETER,
		"EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
		"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct credit_named_key key;
		char text[CREDIT_KEY_TEXT_MAX];

		cr_assert_eq(parse(keys[i], &key), CREDIT_OK, "%s", keys[i]);
		cr_assert_eq(credit_vkey_text(&key, text), CREDIT_OK);
		text[strlen(text) - 1] = '\0';
		cr_expect_str_eq(text, keys[i]);
	}
}

Test(crypto_key_text, every_true_part_of_a_verifier_key_is_refused)
{
	size_t size = strlen(PETER);
	struct credit_named_key key;

	for (size_t from = 0; from <= size; from++)
		for (size_t to = from; to <= size; to++) {
			struct credit_bytes part = {(const uint8_t *)PETER + from, to - from};

			if (from != 0 || to != size)
				cr_expect_eq(credit_vkey_parse(part, &key), CREDIT_E_VKEY_MALFORMED,
					"%zu to %zu", from, to);
		}
}

Test(crypto_key_text, every_raised_byte_of_a_key_line_is_refused)
{
	char text[] = PETER, secret[] = PETER_SECRET;
	struct credit_named_key key;
	struct credit_key_pair pair;

	for (size_t i = 0; i < strlen(text); i++) {
		text[i]++;
		cr_expect_neq(parse(text, &key), CREDIT_OK, "%s", text);
		text[i]--;
	}
	for (size_t i = 0; i < strlen(secret); i++) {
		secret[i]++;
		cr_expect_neq(credit_key_pair_parse(credit_bytes_of(secret), &key, &pair),
			CREDIT_OK, "%s", secret);
		secret[i]--;
	}
}

Test(crypto_key_text, keys_of_the_wrong_length_type_or_order_are_refused_despite_a_right_hash)
{
	struct credit_named_key key;

	cr_expect_eq(parse("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADK"
			   "EY==",
			     &key),
		CREDIT_E_VKEY_MALFORMED);
	cr_expect_eq(
		parse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", &key),
		CREDIT_E_SUITE_UNKNOWN);
	cr_expect_eq(parse(OUR_NAME "+13ac5cd5+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea", &key),
		CREDIT_E_KEY_TYPE, "a cosigner's key signs something else");
	cr_expect_eq(parse(OUR_NAME "+ab52d5f1+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &key),
		CREDIT_E_KEY_WEAK);
}

Test(crypto_key_text, a_key_line_ends_in_one_newline_or_none)
{
	struct credit_named_key key;

	cr_expect_eq(parse(PETER "\n", &key), CREDIT_OK);
	cr_expect_str_eq(key.name, "PeterNeumann");
	cr_expect_eq(credit_vkey_hash(&key), 0xc74f20a3);
	cr_expect_eq(parse(PETER "\n\n", &key), CREDIT_E_VKEY_MALFORMED);
	cr_expect_eq(parse(PETER "\r\n", &key), CREDIT_E_VKEY_MALFORMED);
	cr_expect_eq(parse(" " PETER, &key), CREDIT_E_VKEY_MALFORMED);
}

Test(crypto_key_text, a_private_key_file_is_written_as_others_read_it)
{
	uint8_t seed[CREDIT_SEED_SIZE];
	struct credit_key_pair pair, back;
	struct credit_named_key name;
	char text[CREDIT_KEY_TEXT_MAX];

	unhex(OUR_SEED, seed, sizeof(seed));
	credit_key_from_seed(seed, &pair);
	cr_assert_eq(credit_key_pair_text(OUR_NAME, &pair, text), CREDIT_OK);
	cr_expect_str_eq(text, OUR_SECRET);
	cr_assert_eq(credit_key_pair_parse(credit_bytes_of(text), &name, &back), CREDIT_OK);
	cr_expect_arr_eq(&back, &pair, sizeof(pair));
	cr_expect_str_eq(name.name, OUR_NAME);
	cr_assert_eq(credit_vkey_text(&name, text), CREDIT_OK);
	cr_expect_str_eq(text, OUR_VKEY);
}

Test(crypto_key_text, gos_private_key_gives_gos_public_key)
{
	struct credit_named_key name, peter;
	struct credit_key_pair pair;

	cr_assert_eq(parse(PETER, &peter), CREDIT_OK);
	cr_assert_eq(credit_key_pair_parse(credit_bytes_of(PETER_SECRET), &name, &pair), CREDIT_OK);
	cr_expect_arr_eq(&pair.public_key, &peter.public_key, sizeof(pair.public_key));
	cr_expect_arr_eq(&name, &peter, sizeof(name));
}

Test(crypto_key_text, a_public_key_is_not_taken_for_a_private_one_nor_the_other_way_round)
{
	struct credit_named_key name;
	struct credit_key_pair pair;

	cr_expect_eq(
		credit_key_pair_parse(credit_bytes_of(OUR_VKEY), &name, &pair), CREDIT_E_KEY_FILE);
	cr_expect_eq(parse(OUR_SECRET, &name), CREDIT_E_VKEY_MALFORMED);
}

Test(crypto_key_text, names_that_would_break_a_line_are_refused_and_nothing_is_written)
{
	static const char *const names[] = {"", "a b", "a+b", "a\nb", "a\tb",
		"a\xc2\x85"
		"b",
		"a\xc2\xa0"
		"b",
		"a\xe3\x80\x80"
		"b",
		"a\xe2\x80\xa8"
		"b",
		"a\x7f", "a\xc2\x9f", "a\xff", "a\xc0\xab"};
	struct credit_key_pair pair;
	char text[CREDIT_KEY_TEXT_MAX] = "before";

	credit_key_generate(&pair);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct credit_named_key key = {.public_key = pair.public_key};

		memcpy(key.name, names[i], strlen(names[i]));
		cr_expect_eq(credit_key_pair_text(names[i], &pair, text), CREDIT_E_KEY_FILE,
			"name %zu", i);
		cr_expect_eq(credit_vkey_text(&key, text), CREDIT_E_VKEY_MALFORMED, "name %zu", i);
	}
	cr_expect_str_eq(text, "before");
}

Test(crypto_key_text, the_longest_name_fits_and_one_byte_more_does_not)
{
	struct credit_named_key key;
	struct credit_key_pair pair;
	char name[CREDIT_KEY_NAME_MAX + 2], text[CREDIT_KEY_TEXT_MAX], longer[512];

	memset(name, 'n', sizeof(name));
	name[CREDIT_KEY_NAME_MAX] = '\0';
	credit_key_generate(&pair);
	cr_assert_eq(credit_key_pair_text(name, &pair, text), CREDIT_OK);
	cr_assert_eq(credit_key_pair_parse(credit_bytes_of(text), &key, &pair), CREDIT_OK);
	cr_expect_str_eq(key.name, name);
	cr_assert_eq(credit_vkey_text(&key, text), CREDIT_OK);
	cr_expect_eq(parse(text, &key), CREDIT_OK);
	snprintf(longer, sizeof(longer), "n%s", text);
	cr_expect_eq(parse(longer, &key), CREDIT_E_VKEY_MALFORMED);
	name[CREDIT_KEY_NAME_MAX] = 'n';
	name[CREDIT_KEY_NAME_MAX + 1] = '\0';
	cr_expect_eq(credit_key_pair_text(name, &pair, text), CREDIT_E_KEY_FILE);
}

Test(crypto_key_text, a_chinese_name_is_a_name)
{
	struct credit_named_key key;
	struct credit_key_pair pair;
	char text[CREDIT_KEY_TEXT_MAX];

	credit_key_generate(&pair);
	cr_assert_eq(credit_key_pair_text("信用.示例/日志", &pair, text), CREDIT_OK);
	cr_assert_eq(credit_key_pair_parse(credit_bytes_of(text), &key, &pair), CREDIT_OK);
	cr_expect_str_eq(key.name, "信用.示例/日志");
}
