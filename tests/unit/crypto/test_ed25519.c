/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ed25519.c - signatures by RFC 8032, and the answers on which implementations differ.
 *
 * Sources: RFC 8032, section 7.1; the small-order points of C2SP CCTV (ed25519); the cases of "Taming the many
 * EdDSAs" (tests/vectors/ed25519_edge_cases.txt). The other bad
 * cases were made from the key of RFC 8032's first test with a few lines of curve arithmetic.
 */
#include <credit/crypto.h>

#include "tests/support/unhex.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void start(void)
{
	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
}

TestSuite(crypto_keys, .init = start);

static const struct {
	const char *seed, *public_key, *message, *signature;
} rfc8032[] = {
	{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc6"
		"1e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e45"
		"8f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae"
		"67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
	{"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
		"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836"
		"ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		"dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfd"
		"fbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

static struct credit_key_pair pair_of(size_t i)
{
	uint8_t seed[CREDIT_SEED_SIZE];
	struct credit_key_pair pair;

	unhex(rfc8032[i].seed, seed, sizeof(seed));
	credit_key_from_seed(seed, &pair);
	return pair;
}

Test(crypto_keys, seeds_give_the_keys_and_signatures_of_rfc_8032)
{
	for (size_t i = 0; i < sizeof(rfc8032) / sizeof(rfc8032[0]); i++) {
		struct credit_key_pair pair = pair_of(i);
		struct credit_public_key public_key;
		struct credit_signature wanted, signature;
		struct credit_bytes message = unhex_bytes(rfc8032[i].message);

		unhex(rfc8032[i].public_key, &public_key, sizeof(public_key));
		unhex(rfc8032[i].signature, &wanted, sizeof(wanted));
		cr_expect_arr_eq(&pair.public_key, &public_key, sizeof(public_key));
		credit_sign(&pair, message, &signature);
		cr_expect_arr_eq(&signature, &wanted, sizeof(wanted));
		cr_expect_eq(credit_verify(&public_key, message, &wanted), CREDIT_OK);
		cr_expect_eq(credit_public_key_check(&public_key), CREDIT_OK);
	}
}

Test(crypto_keys, every_flipped_bit_of_a_signature_is_refused)
{
	struct credit_key_pair pair = pair_of(1);
	struct credit_bytes message = credit_bytes_of("a message");
	struct credit_signature signature;

	credit_sign(&pair, message, &signature);
	for (size_t bit = 0; bit < 8 * sizeof(signature); bit++) {
		struct credit_signature altered = signature;

		altered.byte[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_expect_eq(credit_verify(&pair.public_key, message, &altered),
			CREDIT_E_SIGNATURE_INVALID, "bit %zu", bit);
	}
	cr_expect_eq(credit_verify(&pair.public_key, credit_bytes_of("a messagf"), &signature),
		CREDIT_E_SIGNATURE_INVALID);
}

Test(crypto_keys, a_signature_with_s_plus_l_is_refused_because_it_would_be_a_second_one)
{
	struct credit_key_pair pair = pair_of(0);
	struct credit_signature signature;

	unhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	      "4c8c7872aa064e049dbb3013fbf29380d25bf5f0595bbe24655141438e7a101b",
		&signature, sizeof(signature));
	cr_expect_eq(credit_verify(&pair.public_key, credit_bytes_of(""), &signature),
		CREDIT_E_SIGNATURE_INVALID);
}

Test(crypto_keys, a_signature_with_small_order_r_is_refused_although_its_equation_holds)
{
	struct credit_key_pair pair = pair_of(0);
	struct credit_signature signature;

	unhex("0100000000000000000000000000000000000000000000000000000000000000"
	      "f0a69ddebb802c89e405561d3315c191f2a6a984f8b7999f1f271e28c0a9850d",
		&signature, sizeof(signature));
	cr_expect_eq(credit_verify(&pair.public_key, credit_bytes_of("small order R"), &signature),
		CREDIT_E_SIGNATURE_INVALID);
}

static const struct {
	const char *why, *key;
} weak[] = {
	{"order 1", "0100000000000000000000000000000000000000000000000000000000000000"},
	{"order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
	{"order 4", "0000000000000000000000000000000000000000000000000000000000000000"},
	{"order 4", "0000000000000000000000000000000000000000000000000000000000000080"},
	{"order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"},
	{"order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"},
	{"order 8", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"},
	{"order 8", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"},
	/* and not canonical */
	{"order 1, sign bit", "0100000000000000000000000000000000000000000000000000000000000080"},
	{"order 2, sign bit", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
	{"y = p + 1", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
	{"y = p + 1", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
	{"y = p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
	{"y = p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
	{"off the curve", "0200000000000000000000000000000000000000000000000000000000000000"},
	{"mixed order", "3b5b475c4b82dd1572799fc546f4c6c03e478c6654aa4c7f945b347ea32af60d"},
};

#define SMALL_ORDER 14 /* encodings of the eight points, the first of the table */

Test(crypto_keys, keys_that_other_implementations_judge_otherwise_are_refused)
{
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		struct credit_public_key key;

		unhex(weak[i].key, &key, sizeof(key));
		cr_expect_eq(credit_public_key_check(&key), CREDIT_E_KEY_WEAK, "%s", weak[i].why);
	}
}

/* S = 0, R = the point itself: for every key of small order the equation holds for one message in eight,
 * for the neutral point for all. */
Test(crypto_keys, nothing_verifies_under_a_key_of_small_order)
{
	for (size_t i = 0; i < SMALL_ORDER; i++) {
		struct credit_public_key key;
		struct credit_signature signature = {{0}};

		unhex(weak[i].key, &key, sizeof(key));
		for (size_t r = 0; r < SMALL_ORDER; r++) {
			unhex(weak[r].key, signature.byte, sizeof(key));
			for (char c = 'a'; c <= 'p'; c++) {
				char message[2] = {c, 0};

				cr_expect_eq(
					credit_verify(&key, credit_bytes_of(message), &signature),
					CREDIT_E_SIGNATURE_INVALID, "%s, R of %s", weak[i].why,
					weak[r].why);
			}
		}
	}
}

/* The key is sound, R is one of the eight points in one of its fourteen encodings. */
Test(crypto_keys, no_encoding_of_a_small_r_is_taken)
{
	struct credit_key_pair pair = pair_of(0);
	struct credit_signature signature;

	for (size_t i = 0; i < SMALL_ORDER; i++) {
		credit_sign(&pair, credit_bytes_of("a message"), &signature);
		unhex(weak[i].key, signature.byte, 32);
		cr_expect_eq(
			credit_verify(&pair.public_key, credit_bytes_of("a message"), &signature),
			CREDIT_E_SIGNATURE_INVALID, "%s", weak[i].why);
	}
}

static bool is_yes(const char *text)
{
	cr_assert(strcmp(text, "yes") == 0 || strcmp(text, "no") == 0, "%s", text);
	return strcmp(text, "yes") == 0;
}

/* tests/vectors/ed25519_edge_cases.txt says where they come from and what each tries. */
Test(crypto_keys, the_published_cases_on_which_implementations_differ)
{
	FILE *file = fopen("tests/vectors/ed25519_edge_cases.txt", "r");
	char line[1024], message[65], key_text[65], signature_text[129], enrolled[4], verifies[4];
	unsigned number, count = 0;

	cr_assert_not_null(file);
	while (fgets(line, sizeof line, file)) {
		struct credit_public_key key;
		struct credit_signature signature;

		if (line[0] == '#')
			continue;
		cr_assert_eq(sscanf(line, "%u %64s %64s %128s %3s %3s", &number, message, key_text,
				     signature_text, enrolled, verifies),
			6);
		unhex(key_text, &key, sizeof(key));
		unhex(signature_text, &signature, sizeof(signature));
		cr_expect_eq(credit_public_key_check(&key),
			is_yes(enrolled) ? CREDIT_OK : CREDIT_E_KEY_WEAK, "case %u", number);
		cr_expect_eq(credit_verify(&key, unhex_bytes(message), &signature),
			is_yes(verifies) ? CREDIT_OK : CREDIT_E_SIGNATURE_INVALID, "case %u",
			number);
		cr_expect_not(is_yes(enrolled) && is_yes(verifies),
			"case %u: none of them passes both doors", number);
		count++;
	}
	fclose(file);
	cr_expect_eq(count, 10U);
}

Test(crypto_keys, a_generated_key_is_acceptable_and_signs)
{
	struct credit_key_pair one, two;
	struct credit_signature signature;

	credit_key_generate(&one);
	credit_key_generate(&two);
	cr_expect_arr_neq(&one.public_key, &two.public_key, sizeof(one.public_key));
	cr_expect_eq(credit_public_key_check(&one.public_key), CREDIT_OK);
	credit_sign(&one, credit_bytes_of("x"), &signature);
	cr_expect_eq(credit_verify(&one.public_key, credit_bytes_of("x"), &signature), CREDIT_OK);
	cr_expect_eq(credit_verify(&two.public_key, credit_bytes_of("x"), &signature),
		CREDIT_E_SIGNATURE_INVALID);
}

Test(crypto_keys, a_key_id_covers_label_suite_and_key)
{
	struct credit_key_pair pair = pair_of(0);
	struct credit_hash id,
		wanted = unhex_hash(
			"a72cdc8f827e6b5b541ff7518f7b0806bbd5a12fb438992bf8a3b90df09ecf3c");

	credit_key_id(&pair.public_key, &id);
	cr_expect(credit_hash_equal(&id, &wanted));
}

Test(crypto_keys, wiped_memory_is_zero)
{
	struct credit_key_pair pair = pair_of(0);
	static const struct credit_key_pair zero;

	credit_wipe(&pair, sizeof(pair));
	cr_expect_arr_eq(&pair, &zero, sizeof(pair));
}

Test(crypto_keys, random_bytes_fill_what_they_are_given_and_no_more)
{
	uint8_t data[66] = {0};
	size_t zeros = 0;

	credit_random(data + 1, 64);
	for (size_t i = 1; i < 65; i++)
		zeros += data[i] == 0;
	cr_expect_lt(zeros, 16);
	cr_expect_eq(data[0], 0);
	cr_expect_eq(data[65], 0);
}

/* --- DSSE --------------------------------------------------------------------------------------
 */

#define HELLO_TYPE "http://example.com/HelloWorld"

/* The example of the DSSE protocol: "DSSEv1 29 http://example.com/HelloWorld 11 hello world". */
Test(crypto_keys, dsse_signs_the_encoding_of_its_published_example)
{
	struct credit_key_pair pair = pair_of(0);
	struct credit_bytes payload = credit_bytes_of("hello world");
	struct credit_hash digest,
		wanted_digest = unhex_hash(
			"217751fac2c4f14edb2c9297fbc34abcb016ba88e74757e875ec4ac16fb6b6a1");
	struct credit_signature signature, wanted;

	unhex("e031d7dd99f8aa904abc48fb99a13c3bdbbd6e35c49cf2cb9f25d5509d8f5c94"
	      "7c0d22dc2f7403a45bdf24e8f7a41fd23c7b25e898386e8c6c31be8abee60007",
		&wanted, sizeof(wanted));
	cr_assert_eq(credit_dsse_sign(&pair, HELLO_TYPE, payload, &signature), CREDIT_OK);
	cr_expect_arr_eq(&signature, &wanted, sizeof(wanted));
	cr_assert_eq(credit_dsse_digest(HELLO_TYPE, payload, &digest), CREDIT_OK);
	cr_expect(credit_hash_equal(&digest, &wanted_digest));
}

Test(crypto_keys, dsse_of_an_empty_manifest_still_states_its_length)
{
	struct credit_hash digest,
		wanted = unhex_hash(
			"331d6da037758bcfd90ba14f9a55faa08768df0f698f8be08351a9e17bbd749a");

	cr_assert_eq(
		credit_dsse_digest(CREDIT_MANIFEST_TYPE, (struct credit_bytes){NULL, 0}, &digest),
		CREDIT_OK);
	cr_expect(credit_hash_equal(&digest, &wanted));
}

Test(crypto_keys, dsse_does_not_verify_under_another_type_or_payload)
{
	struct credit_key_pair pair = pair_of(0);
	struct credit_bytes payload = credit_bytes_of("payload");
	struct credit_signature signature;

	cr_assert_eq(credit_dsse_sign(&pair, CREDIT_MANIFEST_TYPE, payload, &signature), CREDIT_OK);
	cr_expect_eq(
		credit_dsse_verify(&pair.public_key, CREDIT_MANIFEST_TYPE, payload, &signature),
		CREDIT_OK);
	cr_expect_eq(credit_dsse_verify(&pair.public_key, CREDIT_REFUSAL_TYPE, payload, &signature),
		CREDIT_E_SIGNATURE_INVALID);
	cr_expect_eq(credit_dsse_verify(&pair.public_key, CREDIT_MANIFEST_TYPE,
			     credit_bytes_of("payloae"), &signature),
		CREDIT_E_SIGNATURE_INVALID);
	cr_expect_eq(credit_verify(&pair.public_key, payload, &signature),
		CREDIT_E_SIGNATURE_INVALID, "a signature over the payload alone");
}

Test(crypto_keys, dsse_takes_the_largest_payload_and_refuses_one_byte_more)
{
	uint8_t data[CREDIT_DSSE_PAYLOAD_MAX + 1] = {0};
	char type[130];
	struct credit_key_pair pair = pair_of(0);
	struct credit_bytes largest = {data, CREDIT_DSSE_PAYLOAD_MAX},
			    larger = {data, sizeof(data)};
	struct credit_signature signature, untouched;
	struct credit_hash digest;

	memset(type, 't', sizeof(type));
	type[128] = '\0';
	cr_assert_eq(credit_dsse_sign(&pair, type, largest, &signature), CREDIT_OK);
	cr_expect_eq(credit_dsse_verify(&pair.public_key, type, largest, &signature), CREDIT_OK);
	untouched = signature;
	cr_expect_eq(credit_dsse_sign(&pair, type, larger, &signature), CREDIT_E_TOO_LARGE);
	cr_expect_eq(
		credit_dsse_verify(&pair.public_key, type, larger, &signature), CREDIT_E_TOO_LARGE);
	type[128] = 't';
	type[129] = '\0';
	cr_expect_eq(credit_dsse_digest(type, largest, &digest), CREDIT_E_TOO_LARGE);
	cr_expect_arr_eq(&signature, &untouched, sizeof(signature));
}
