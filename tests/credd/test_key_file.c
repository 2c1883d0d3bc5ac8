/* SPDX-License-Identifier: Apache-2.0
 *
 * test_key_file.c - private keys that others could have read are not used.
 */
#include "key_file.h"

#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct credit_key_pair pair;
static const char *path;

static void make(void)
{
	static const uint8_t seed[CREDIT_SEED_SIZE] = {1, 2, 3};
	char text[CREDIT_KEY_TEXT_MAX];

	temp_dir_make();
	path = temp_dir_path("log.key");
	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
	credit_key_from_seed(seed, &pair);
	cr_assert_eq(credit_key_pair_text("log.example", &pair, text), CREDIT_OK);
	FILE *file = fopen(path, "w");
	cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
	cr_assert_eq(chmod(path, 0600), 0);
}

TestSuite(key_file, .init = make, .fini = temp_dir_remove);

Test(key_file, a_private_file_is_read)
{
	struct credit_key_pair read;
	struct credit_problem problem;

	cr_assert_eq(credd_key_file_read("keys.log", path, &read, &problem), CREDIT_OK);
	cr_expect_eq(memcmp(&read, &pair, sizeof pair), 0);
}

Test(key_file, any_bit_for_group_or_others_refuses_it)
{
	for (mode_t bit = 1; bit <= 040; bit <<= 1) {
		struct credit_key_pair read = pair;
		struct credit_problem problem;

		cr_assert_eq(chmod(path, 0600 | bit), 0);
		cr_expect_eq(credd_key_file_read("keys.log", path, &read, &problem),
			CREDIT_E_KEY_EXPOSED, "%o", (unsigned)bit);
		cr_expect_str_eq(problem.field, "keys.log");
		cr_expect_eq(memcmp(&read, &pair, sizeof pair), 0, "untouched on failure");
		cr_expect_eq(
			credd_key_file_check("keys.log", path, &problem), CREDIT_E_KEY_EXPOSED);
	}
}

Test(key_file, a_damaged_key_is_refused_and_not_quoted)
{
	struct credit_key_pair read;
	struct credit_problem problem;
	FILE *file = fopen(path, "r+");

	cr_assert(file && fseek(file, 20, SEEK_SET) == 0 && fputs("zz", file) >= 0);
	cr_assert_eq(fclose(file), 0);
	cr_expect_eq(credd_key_file_read("keys.log", path, &read, &problem), CREDIT_E_KEY_FILE);
	cr_expect_null(strstr(problem.detail, "PRIVATE"));
}

Test(key_file, a_missing_key_is_named)
{
	struct credit_key_pair read;
	struct credit_problem problem;

	cr_expect_eq(credd_key_file_read("keys.system", temp_dir_path("none"), &read, &problem),
		CREDIT_E_IO);
	cr_expect_str_eq(problem.field, "keys.system");
}
