/* SPDX-License-Identifier: Apache-2.0
 *
 * test_check.c - the check behind each value, and the pages of a file.
 */
#include "store/check.h"
#include "tests/unit/store/store_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(store_check, .init = temp_dir_make, .fini = temp_dir_remove);

Test(store_check, the_slow_way_gives_what_the_processor_gives_at_every_length)
{
	uint8_t data[300];
	struct credit_bytes key = {data, 18};

	credit__check_init();
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 167 + 13);
	for (size_t size = 0; size < sizeof data; size++)
		cr_expect_eq(credit__check(7, key, (struct credit_bytes){data, size}),
			credit__check_slow(7, key, (struct credit_bytes){data, size}), "%zu bytes",
			size);
}

Test(store_check, any_bit_of_keyspace_key_or_value_changes_it)
{
	uint8_t key[18] = "91330100MA0000000X", value[200] = {0};
	struct credit_bytes k = {key, sizeof key}, v = {value, sizeof value};
	uint32_t seed, whole;

	credit__check_init();
	seed = credit__check_seed("status");
	whole = credit__check(seed, k, v);
	cr_expect_neq(credit__check(credit__check_seed("entity"), k, v), whole);
	for (size_t bit = 0; bit < 8 * sizeof key; bit++) {
		key[bit / 8] ^= (uint8_t)(1U << bit % 8);
		cr_expect_neq(credit__check(seed, k, v), whole);
		key[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * sizeof value; bit++) {
		value[bit / 8] ^= (uint8_t)(1U << bit % 8);
		cr_expect_neq(credit__check(seed, k, v), whole);
		value[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	cr_expect_neq(credit__check(seed, k, (struct credit_bytes){value, 199}), whole);
}

/* --- files ---------------------------------------------------------------------------------------- */

static void count_fault(void *context, uint64_t page, const char *what)
{
	(void)page;
	(void)what;
	++*(unsigned *)context;
}

static void no_progress(void *context, uint64_t done, uint64_t total)
{
	(void)context;
	(void)done;
	(void)total;
}

static unsigned page_faults(void)
{
	unsigned told = 0;

	cr_assert_eq(
		credit_store_check_pages(temp_dir_path("store"), &told, count_fault, no_progress),
		CREDIT_OK);
	return told;
}

/* Rows small and large, some deleted again, so that there are branches, large values and free pages. */
static void fill(void)
{
	static uint8_t large[20000];
	struct credit_store *store = open_store(OPTIONS(.map_size = 0));
	struct credit_write *write;

	for (unsigned round = 0; round < 3; round++) {
		cr_assert_eq(credit_write_begin(store, 1 << 20, &write), CREDIT_OK);
		for (unsigned i = 0; i < 3000; i++) {
			char text[16];

			snprintf(text, sizeof text, "row %05u", i);
			cr_assert_eq(credit_write_put(write, FIRST, credit_bytes_of(text),
					     (struct credit_bytes){
						     large, i % 100 ? 40 + round : sizeof large}),
				CREDIT_OK);
			if (round == 2 && i % 3 == 0)
				cr_assert_eq(
					credit_write_delete(write, FIRST, credit_bytes_of(text)),
					CREDIT_OK);
		}
		cr_assert_eq(credit_write_commit(write), CREDIT_OK);
	}
	credit_store_close(store);
}

Test(store_check, the_pages_of_a_sound_store_are_sound)
{
	credit_store_close(open_store(OPTIONS(.map_size = 0)));
	cr_expect_eq(page_faults(), 0, "a new one");
	fill();
	cr_expect_eq(page_faults(), 0);
}

Test(store_check, a_file_that_was_cut_off_is_told_and_does_not_open)
{
	const struct credit_store_options *options = OPTIONS(.map_size = 0);
	struct credit_store *store;
	struct credit_problem problem;

	fill();
	cr_assert_eq(truncate(temp_dir_path("store/data.mdb"), 40960), 0);
	cr_expect_geq(page_faults(), 1);
	cr_expect_eq(credit_store_open(options, &store, &problem), CREDIT_E_STORE_CORRUPT);
}

/* Turns one bit of a page's number. */
static void turn(long page)
{
	FILE *file = fopen(temp_dir_path("store/data.mdb"), "r+b");
	int byte;

	cr_assert_not_null(file);
	fseek(file, page * 4096, SEEK_SET);
	byte = fgetc(file);
	fseek(file, page * 4096, SEEK_SET);
	fputc(byte ^ 4, file);
	fclose(file);
}

Test(store_check, a_page_in_use_that_has_the_number_of_another_is_told)
{
	struct stat file;
	unsigned told = 0;

	fill();
	cr_assert_eq(stat(temp_dir_path("store/data.mdb"), &file), 0);
	for (long page = 2; page < file.st_size / 4096; page++) {
		turn(page);
		told += page_faults() > 0;
		turn(page);
	}
	/* Two thousand rows of 50 bytes, and twenty values on pages of their own; the others are free, or
	 * inside of large values. */
	cr_expect_gt(told, 50);
	cr_expect_eq(page_faults(), 0, "all is as it was");
}
