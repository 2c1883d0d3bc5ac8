/* SPDX-License-Identifier: Apache-2.0
 *
 * test_base45.c - Base45 against counting: every text of two and of three characters there is.
 *
 * The oracle does not divide. It turns wheels of 45 characters, the first one fastest, as a milometer
 * does; after n steps they show the text of the number n.
 */
#include <credit/base.h>

#include <criterion/criterion.h>
#include <string.h>

static const char wheel[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/* False after the last text. */
static bool turn(char *text, size_t wheels)
{
	for (size_t i = 0; i < wheels; i++) {
		const char *next = strchr(wheel, text[i]) + 1;
		text[i] = *next ? *next : wheel[0];
		if (*next)
			return true;
	}
	return false;
}

static void count_through(size_t wheels, uint32_t numbers, size_t bytes)
{
	char text[4] = "000", back[CREDIT_BASE45_SIZE(2)];
	uint32_t number = 0;

	text[wheels] = '\0';
	do {
		uint8_t decoded[2] = {0};
		size_t size = 0;
		enum credit_error error =
			credit_base45_decode(text, wheels, decoded, sizeof decoded, &size);
		cr_assert_eq(
			error, number < numbers ? CREDIT_OK : CREDIT_E_BASE45_INVALID, "%s", text);
		if (error == CREDIT_OK) {
			cr_assert_eq(size, bytes);
			cr_assert_eq(bytes == 2 ? credit_read_u16(decoded) : decoded[0], number);
			credit_base45(decoded, size, back);
			cr_assert_str_eq(back, text);
		}
		number++;
	} while (turn(text, wheels));
	cr_assert_eq(number, wheels == 3 ? 91125 : 2025);
}

Test(base45, every_text_of_three_characters_is_two_bytes_or_refused)
{
	count_through(3, 65536, 2);
}

Test(base45, every_text_of_two_characters_is_one_byte_or_refused)
{
	count_through(2, 256, 1);
}

Test(base45, bytes_of_every_length_come_back_and_no_text_ends_with_a_space)
{
	uint8_t bytes[300], decoded[300];
	char text[CREDIT_BASE45_SIZE(300)];
	uint32_t state = 1;

	for (size_t size = 0; size <= sizeof bytes; size++) {
		size_t length, back = 0;
		for (size_t i = 0; i < size; i++) {
			state = state * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(state >> 24);
		}
		length = credit_base45(bytes, size, text);
		cr_assert_eq(length, CREDIT_BASE45_SIZE(size) - 1);
		cr_assert_eq(strlen(text), length);
		cr_assert(length == 0 || text[length - 1] != ' ');
		cr_assert_eq(credit_base45_decode(text, length, decoded, sizeof decoded, &back),
			CREDIT_OK);
		cr_assert_eq(back, size);
		cr_assert_arr_eq(decoded, bytes, size);
	}
}
