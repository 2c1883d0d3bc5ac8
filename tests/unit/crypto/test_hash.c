/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hash.c - SHA-256, HMAC and commitments against published vectors.
 *
 * Sources: FIPS 180-4 examples (NIST), RFC 4231. The commitments were computed with Python's hmac.
 */
#include <credit/crypto.h>

#include "tests/support/unhex.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect_hash(const struct credit_hash *hash, const char *expected)
{
	struct credit_hash wanted = unhex_hash(expected);

	cr_expect(credit_hash_equal(hash, &wanted), "the hash is not %s", expected);
}

static void expect_sha256(const char *text, const char *expected)
{
	struct credit_hash hash;

	credit_sha256(credit_bytes_of(text), &hash);
	expect_hash(&hash, expected);
}

Test(crypto, sha256_gives_the_published_hashes_of_fips_180)
{
	expect_sha256("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect_sha256("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

Test(crypto, sha256_of_a_million_bytes_fed_in_uneven_pieces)
{
	static uint8_t a[1000];
	struct credit_hasher hasher;
	struct credit_hash hash;
	size_t fed = 0;

	memset(a, 'a', sizeof(a));
	credit_hasher_init(&hasher);
	for (size_t piece = 1; fed < 1000000; piece = piece * 7 % 997 + 1) {
		size_t left = 1000000 - fed;
		size_t size = piece < left ? piece : left;

		credit_hasher_add(&hasher, a, size);
		fed += size;
	}
	credit_hasher_done(&hasher, &hash);
	expect_hash(&hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

Test(crypto, a_hasher_copied_in_the_middle_goes_on_twice)
{
	struct credit_hasher one, two;
	struct credit_hash hash;

	credit_hasher_init(&one);
	credit_hasher_add(&one, "ab", 2);
	two = one;
	credit_hasher_add(&one, "X", 1);
	credit_hasher_done(&one, &hash);
	credit_hasher_add(&two, "c", 1);
	credit_hasher_done(&two, &hash);
	expect_hash(&hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* A key shorter than 32 bytes is the same key with zeros after it (RFC 2104, section 2); one longer
 * than 64 is its SHA-256, which is what case 6 has here. */
static const struct {
	const char *key, *data, *hmac;
} rfc4231[] = {
	{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b000000000000000000000000", "4869205468657265",
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	{"4a65666500000000000000000000000000000000000000000000000000000000",
		"7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa000000000000000000000000",
		"dddddddddddddddddddddddddddddddddddddddddddddddddd"
		"dddddddddddddddddddddddddddddddddddddddddddddddddd",
		"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
	{"0102030405060708090a0b0c0d0e0f10111213141516171819"
	 "00000000000000",
		"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
		"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
	{"45ad4b37c6e2fc0a2cfcc1b5da524132ec707615c2cae1dbbc43c97aa521db81",
		"54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
		"65204b6579202d2048617368204b6579204669727374",
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
};

Test(crypto, hmac_gives_the_codes_of_rfc_4231_however_the_text_is_cut)
{
	for (size_t i = 0; i < sizeof(rfc4231) / sizeof(rfc4231[0]); i++) {
		struct credit_bytes data = unhex_bytes(rfc4231[i].data);
		struct credit_opening key;

		unhex(rfc4231[i].key, &key, sizeof(key));
		for (size_t cut = 0; cut <= data.size; cut++) {
			const struct credit_bytes parts[] = {
				{data.data, cut}, {NULL, 0}, {data.data + cut, data.size - cut}};
			struct credit_hash hash;

			credit_hmac(&key, parts, 3, &hash);
			expect_hash(&hash, rfc4231[i].hmac);
		}
	}
}

static struct credit_opening counting_opening(void)
{
	struct credit_opening opening;

	for (size_t i = 0; i < sizeof(opening.byte); i++)
		opening.byte[i] = (uint8_t)i;
	return opening;
}

Test(crypto, an_act_is_committed_to_under_its_label)
{
	struct credit_opening opening = counting_opening();
	struct credit_hash hash;

	credit_commit_act(&opening, credit_bytes_of("act"), &hash);
	expect_hash(&hash, "d95e99ce97220eea93db525888e2451373398fece41b5ec702de92a2bdca4c2f");
}

Test(crypto, a_leaf_is_committed_to_with_its_index_big_endian)
{
	struct credit_opening blind = counting_opening();
	struct credit_hash digest, commitment, hash;

	memset(&digest, 0x11, sizeof(digest));
	memset(&commitment, 0x22, sizeof(commitment));
	credit_commit_leaf(&blind, &digest, 0x01020304, &commitment, &hash);
	expect_hash(&hash, "1a29ac3ab8bda36df21ed4ccf0200b45b5c46dcdb3a948d3c41268bf0be8a2d4");
}
