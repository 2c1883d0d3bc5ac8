/* SPDX-License-Identifier: Apache-2.0
 *
 * test_base45.c - Base45 by the examples of RFC 9285, what it refuses, and that a proof in it fits
 * into one QR code.
 */
#include <credit/base.h>

#include <criterion/criterion.h>
#include <string.h>

#define TEXT(n) (CREDIT_BASE45_SIZE(n) - 1)

Test(base, base45_of_the_rfc_examples_both_ways)
{
	/* Sections 4.3 and 4.4, and the greatest numbers of two bytes and of one. */
	static const struct {
		const char *bytes;
		size_t size;
		const char *text;
	} cases[] = {{"", 0, ""}, {"AB", 2, "BB8"}, {"Hello!!", 7, "%69 VD92EX0"},
		{"base-45", 7, "UJCLQE7W581"}, {"ietf!", 5, "QED8WEX0"}, {"\xFF\xFF", 2, "FGW"},
		{"\xFF", 1, "U5"}, {"\0\0", 2, "000"}, {"\0", 1, "00"}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[CREDIT_BASE45_SIZE(7)];
		uint8_t decoded[7];
		size_t size = cases[i].size, decoded_size = 99;
		cr_expect_eq(credit_base45(cases[i].bytes, size, text), strlen(cases[i].text));
		cr_expect_str_eq(text, cases[i].text);
		cr_expect_eq(strlen(text), TEXT(size));
		cr_assert_eq(credit_base45_decode(text, strlen(text), decoded, size, &decoded_size),
			CREDIT_OK, "%s", text);
		cr_expect_eq(decoded_size, size);
		cr_expect_arr_eq(decoded, cases[i].bytes, size);
	}
}

Test(base, base45_that_says_no_bytes_is_refused)
{
	/* 65,536 and more in three characters (section 6), 256 and more in two, a character alone,
	 * small letters, white space other than the space, characters outside of ASCII. */
	static const char *const cases[] = {"GGW", ":::", "00X", "U5U5::", "V5", "::", "0", "BB80",
		"bb8", "BB8\n", "\nBB8", "BB\t", "B,8", "=BB", "BB8BB8BB\xC3", "\xFF\xFF\xFF"};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t decoded[8] = {7, 7};
		size_t size = 99;
		cr_expect_eq(credit_base45_decode(
				     cases[i], strlen(cases[i]), decoded, sizeof decoded, &size),
			CREDIT_E_BASE45_INVALID, "%s", cases[i]);
		cr_expect_eq(size, 99, "output touched on failure");
		cr_expect_arr_eq(decoded, "\7\7", 2, "output touched on failure");
	}
	cr_expect_eq(credit_base45_decode("BB8\0", 4, (uint8_t[8]){0}, 8, &(size_t){0}),
		CREDIT_E_BASE45_INVALID, "a NUL is no character");
	cr_expect_eq(credit_base45_decode("BB\0", 3, (uint8_t[8]){0}, 8, &(size_t){0}),
		CREDIT_E_BASE45_INVALID, "a NUL is no character");
}

Test(base, base45_larger_than_the_room_is_refused_and_exactly_as_large_is_not)
{
	uint8_t decoded[5];
	size_t size = 99;

	cr_expect_eq(credit_base45_decode("QED8WEX0", 8, decoded, 4, &size), CREDIT_E_TOO_LARGE);
	cr_expect_eq(size, 99, "output touched on failure");
	cr_expect_eq(credit_base45_decode("QED8WEX0", 8, decoded, 5, &size), CREDIT_OK);
}

Test(base, base45_of_the_largest_proof_fits_into_one_qr_code)
{
	/* docs/spec/proof.md, section 4: "CRP:" before it; version 40 holds 4,296 characters at L and
	 * 3,391 at M. */
	cr_expect_leq(4 + TEXT(2800), 4296, "the largest proof that is foreseen");
	cr_expect_eq(4 + TEXT(2861), 4296, "the last that fits at L");
	cr_expect_gt(4 + TEXT(2862), 4296);
	cr_expect_eq(4 + TEXT(2258), 3391, "the last that fits at M");
	cr_expect_gt(4 + TEXT(2259), 3391);
	for (size_t n = 0; n < 3000; n++)
		cr_assert_eq(TEXT(n), (n * 3 + 1) / 2);
}
