/* SPDX-License-Identifier: Apache-2.0
 *
 * test_bytes.c - bytes, buffers, arenas, hexadecimal, base64 and UTF-8.
 */
#include <credit/base.h>

#include <criterion/criterion.h>
#include <string.h>

/* --- bytes and numbers ----------------------------------------------------------------------- */

Test(base, bytes_equal_by_content_and_empty_equals_null)
{
	struct credit_bytes nothing = {NULL, 0};

	cr_expect(credit_bytes_equal(credit_bytes_of("abc"), credit_bytes_of("abc")));
	cr_expect_not(credit_bytes_equal(credit_bytes_of("abc"), credit_bytes_of("abd")));
	cr_expect_not(credit_bytes_equal(credit_bytes_of("abc"), credit_bytes_of("ab")));
	cr_expect(credit_bytes_equal(nothing, credit_bytes_of("")));
}

Test(base, hash_equal_sees_a_change_of_any_bit)
{
	struct credit_hash a = {{0}}, b = {{0}};

	cr_expect(credit_hash_equal(&a, &b));
	for (size_t bit = 0; bit < 8 * CREDIT_HASH_SIZE; bit++) {
		b.byte[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_expect_not(credit_hash_equal(&a, &b));
		b = a;
	}
}

Test(base, numbers_are_big_endian_both_ways)
{
	static const uint8_t bytes[8] = {0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10};
	uint8_t written[8];

	cr_expect_eq(credit_read_u16(bytes), 0xFEDC);
	cr_expect_eq(credit_read_u32(bytes), 0xFEDCBA98u);
	cr_expect_eq(credit_read_u64(bytes), UINT64_C(0xFEDCBA9876543210));
	credit_write_u64(written, UINT64_C(0xFEDCBA9876543210));
	cr_expect_arr_eq(written, bytes, 8);
	credit_write_u32(written, 0x01020304);
	cr_expect_arr_eq(written, "\x01\x02\x03\x04", 4);
}

/* --- buffer ---------------------------------------------------------------------------------- */

Test(base, buffer_collects_everything_in_order)
{
	uint8_t memory[32];
	struct credit_buffer buffer;
	struct credit_bytes bytes;

	credit_buffer_init(&buffer, memory, sizeof memory);
	credit_buffer_put(&buffer, "ab", 2);
	credit_buffer_put_text(&buffer, "c");
	credit_buffer_put_u8(&buffer, 1);
	credit_buffer_put_u16(&buffer, 0x0203);
	credit_buffer_put_u32(&buffer, 0x04050607);
	credit_buffer_put_u64(&buffer, UINT64_C(0x08090A0B0C0D0E0F));
	cr_assert_eq(credit_buffer_done(&buffer, &bytes), CREDIT_OK);
	cr_assert_eq(bytes.size, 18);
	cr_expect_arr_eq(bytes.data, "abc\1\2\3\4\5\6\7\x8\x9\xA\xB\xC\xD\xE\xF", 18);
}

Test(base, buffer_that_overflowed_once_stays_failed_and_writes_nothing_more)
{
	uint8_t memory[4] = {9, 9, 9, 9};
	struct credit_buffer buffer;
	struct credit_bytes bytes = {memory, 77};

	credit_buffer_init(&buffer, memory, 3);
	credit_buffer_put_u16(&buffer, 0x0102);
	credit_buffer_put_u16(&buffer, 0x0304);
	credit_buffer_put_u8(&buffer, 5); /* would fit */
	cr_expect_eq(credit_buffer_done(&buffer, &bytes), CREDIT_E_TOO_LARGE);
	cr_expect_eq(bytes.size, 77, "output touched on failure");
	cr_expect_arr_eq(memory, "\1\2\x9\x9", 4);
}

Test(base, buffer_exactly_full_is_done_and_empty_writes_always_fit)
{
	uint8_t memory[2];
	struct credit_buffer buffer;
	struct credit_bytes bytes;

	credit_buffer_init(&buffer, memory, sizeof memory);
	credit_buffer_put_u16(&buffer, 1);
	credit_buffer_put(&buffer, NULL, 0);
	cr_expect_eq(credit_buffer_done(&buffer, &bytes), CREDIT_OK);
	credit_buffer_init(&buffer, NULL, 0);
	cr_expect_eq(credit_buffer_done(&buffer, &bytes), CREDIT_OK);
	cr_expect_eq(bytes.size, 0);
}

/* --- arena ----------------------------------------------------------------------------------- */

Test(base, arena_hands_out_aligned_memory_that_does_not_overlap)
{
	uint8_t first[100];
	struct credit_arena arena;
	uint8_t *piece[64];

	credit_arena_init(&arena, first + 1, sizeof first - 1, 1u << 20);
	for (size_t i = 0; i < 64; i++) {
		piece[i] = credit_arena_alloc(&arena, 1 + i * 7);
		cr_assert_not_null(piece[i]);
		cr_expect_eq((uintptr_t)piece[i] % 16, 0);
		memset(piece[i], (int)i, 1 + i * 7);
	}
	for (size_t i = 0; i < 64; i++) {
		for (size_t j = 0; j < 1 + i * 7; j++)
			cr_assert_eq(piece[i][j], i);
	}
	credit_arena_deinit(&arena);
}

Test(base, arena_uses_the_first_block_before_the_heap)
{
	_Alignas(16) uint8_t first[64];
	struct credit_arena arena;

	credit_arena_init(&arena, first, sizeof first, 1000);
	cr_expect_eq(credit_arena_alloc(&arena, 64), (void *)first);
	cr_expect_null(arena.spill);
	cr_expect_not_null(credit_arena_alloc(&arena, 1));
	cr_expect_not_null(arena.spill);
	credit_arena_deinit(&arena);
}

Test(base, arena_never_hands_out_more_than_its_limit)
{
	struct credit_arena arena;

	credit_arena_init(&arena, NULL, 0, 160);
	for (int i = 0; i < 10; i++)
		cr_assert_not_null(credit_arena_alloc(&arena, 16));
	cr_expect_null(credit_arena_alloc(&arena, 1));
	cr_expect_null(credit_arena_alloc(&arena, SIZE_MAX));
	cr_expect_not_null(credit_arena_alloc(&arena, 0), "nothing costs nothing");
	credit_arena_reset(&arena);
	cr_expect_eq(arena.total, 0);
	cr_expect_not_null(credit_arena_alloc(&arena, 160));
	cr_expect_null(credit_arena_alloc(&arena, 16));
	credit_arena_deinit(&arena);
}

Test(base, arena_with_a_limit_of_everything_refuses_a_size_that_would_wrap)
{
	struct credit_arena arena;

	credit_arena_init(&arena, NULL, 0, SIZE_MAX);
	cr_expect_null(credit_arena_alloc(&arena, SIZE_MAX));
	cr_expect_null(credit_arena_alloc(&arena, SIZE_MAX - 16));
	credit_arena_deinit(&arena);
}

Test(base, arena_copy_copies_and_a_copy_of_nothing_is_not_null)
{
	struct credit_arena arena;

	credit_arena_init(&arena, NULL, 0, 100);
	const char *copy = credit_arena_copy(&arena, "text", 5);
	cr_assert_not_null(copy);
	cr_expect_str_eq(copy, "text");
	cr_expect_not_null(credit_arena_copy(&arena, NULL, 0));
	cr_expect_null(credit_arena_copy(&arena, "text", 101));
	credit_arena_deinit(&arena);
}

/* --- hexadecimal ----------------------------------------------------------------------------- */

Test(base, hex_is_lower_case_and_decodes_in_either_case)
{
	static const uint8_t bytes[] = {0x00, 0x9F, 0xA5, 0xFF};
	char text[9];
	uint8_t decoded[4];

	cr_expect_str_eq(credit_hex(bytes, sizeof bytes, text), "009fa5ff");
	cr_assert_eq(credit_hex_decode("009Fa5fF", 8, decoded, 4), CREDIT_OK);
	cr_expect_arr_eq(decoded, bytes, 4);
	cr_expect_str_eq(credit_hex(bytes, 0, text), "");
	cr_expect_eq(credit_hex_decode("", 0, decoded, 0), CREDIT_OK);
}

Test(base, hex_of_another_length_or_with_a_stranger_writes_nothing)
{
	static const struct {
		const char *text;
		size_t size;
	} cases[] = {{"00112", 2}, {"001122", 2}, {"00", 2}, {"001g", 2}, {"00 1", 2}, {"0x01", 2},
		{"/0:0", 2}, {"@0G0", 2}, {"`0aa", 2}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t decoded[2] = {7, 7};
		cr_expect_eq(credit_hex_decode(
				     cases[i].text, strlen(cases[i].text), decoded, cases[i].size),
			CREDIT_E_HEX_INVALID, "%s", cases[i].text);
		cr_expect_eq(decoded[0], 7, "%s", cases[i].text);
	}
}

/* --- base64: the vectors of RFC 4648 section 10 ------------------------------------------------
 */

Test(base, base64_of_the_rfc_vectors_both_ways)
{
	static const char *const cases[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBF", "+/+/"}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[CREDIT_BASE64_SIZE(6)];
		uint8_t decoded[6];
		size_t size = strlen(cases[i][0]), decoded_size;
		cr_expect_eq(credit_base64(cases[i][0], size, text), strlen(cases[i][1]));
		cr_expect_str_eq(text, cases[i][1]);
		cr_assert_eq(credit_base64_decode(text, strlen(text), decoded, 6, &decoded_size),
			CREDIT_OK);
		cr_expect_eq(decoded_size, size);
		cr_expect_arr_eq(decoded, cases[i][0], size);
	}
}

Test(base, base64_second_spellings_of_the_same_bytes_are_refused)
{
	static const char *const cases[] = {"Zg",
		"Zg=", "Zh==", "Zi==", "Zk==", "Zo==", "Zm9=", "Zm-=", "ZmB=", "ZmC=", "Zg==\n",
		" Zg==", "Z===", "====", "=Zg=", "Zg==Zg==", "Zm-_", "Zm9v=", "A"};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t decoded[8];
		size_t size = 99;
		cr_expect_eq(credit_base64_decode(
				     cases[i], strlen(cases[i]), decoded, sizeof decoded, &size),
			CREDIT_E_BASE64_INVALID, "%s", cases[i]);
		cr_expect_eq(size, 99, "output touched on failure");
	}
}

Test(base, base64_larger_than_the_room_is_refused_and_exactly_as_large_is_not)
{
	uint8_t decoded[4];
	size_t size;

	cr_expect_eq(credit_base64_decode("Zm9vYmE=", 8, decoded, 4, &size), CREDIT_E_TOO_LARGE);
	cr_expect_eq(credit_base64_decode("Zm9vYg==", 8, decoded, 4, &size), CREDIT_OK);
}

/* --- UTF-8 -------------------------------------------------------------------------------------
 */

Test(base, utf8_decodes_the_edges_of_every_length)
{
	static const struct {
		const char *text;
		size_t length;
		uint32_t code_point;
	} cases[] = {{"\x7F", 1, 0x7F}, {"\xC2\x80", 2, 0x80}, {"\xDF\xBF", 2, 0x7FF},
		{"\xE0\xA0\x80", 3, 0x800}, {"\xED\x9F\xBF", 3, 0xD7FF},
		{"\xEE\x80\x80", 3, 0xE000}, {"\xEF\xBF\xBF", 3, 0xFFFF},
		{"\xF0\x90\x80\x80", 4, 0x10000}, {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint32_t code_point;
		cr_expect_eq(credit_utf8_next((const uint8_t *)cases[i].text, strlen(cases[i].text),
				     &code_point),
			cases[i].length);
		cr_expect_eq(code_point, cases[i].code_point);
	}
}

Test(base, utf8_refuses_overlong_surrogate_too_large_cut_and_stray)
{
	static const char *const cases[] = {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF",
		"\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xC2",
		"\xE4\xB8", "\xF0\x90\x80", "\xC2\x41", "\xE4\x41\x80", "\xF8\x88\x80\x80\x80",
		"\xFE", "\xFF", ""};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint32_t code_point = 1;
		cr_expect_eq(
			credit_utf8_next((const uint8_t *)cases[i], strlen(cases[i]), &code_point),
			0, "case %zu", i);
		cr_expect_eq(code_point, 1, "output touched on failure");
	}
}

Test(base, utf8_check_counts_characters_and_names_the_place_of_the_first_fault)
{
	uint32_t characters;

	cr_expect(credit_utf8_check(credit_bytes_of("信用a"), &characters));
	cr_expect_eq(characters, 3);
	cr_expect_not(credit_utf8_check(credit_bytes_of("信用\xFF"
							"a"),
		&characters));
	cr_expect_eq(characters, 3);
	cr_expect(credit_utf8_check((struct credit_bytes){NULL, 0}, &characters));
	cr_expect_eq(characters, 0);
}
