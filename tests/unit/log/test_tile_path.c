/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tile_path.c - the paths of tiles and bundles.
 *
 * Source of the first examples: C2SP tlog-tiles (index 1234067; a tree of 70,000; a tree of 256).
 */
#include <credit/log.h>

#include <criterion/criterion.h>

static const struct {
	const char *path;
	struct credit_tile_place place;
} cases[] = {
	{"tile/0/x001/x234/067", {.index = 1234067, .width = 256}},
	{"tile/0/272", {.index = 272, .width = 256}},
	{"tile/0/273.p/112", {.index = 273, .width = 112}},
	{"tile/1/000", {.level = 1, .width = 256}},
	{"tile/1/001.p/17", {.level = 1, .index = 1, .width = 17}},
	{"tile/2/000.p/1", {.level = 2, .width = 1}},
	{"tile/0/000", {.width = 256}},
	{"tile/1/000.p/1", {.level = 1, .width = 1}},
	{"tile/entries/000", {.entries = true, .width = 256}},
	{"tile/entries/x001/x234/067.p/255", {.entries = true, .index = 1234067, .width = 255}},
	{"tile/0/999", {.index = 999, .width = 256}},
	{"tile/0/x001/000", {.index = 1000, .width = 256}},
	{"tile/0/x999/999", {.index = 999999, .width = 256}},
	{"tile/0/x001/x000/000", {.index = 1000000, .width = 256}},
	{"tile/63/000", {.level = 63, .width = 256}},
	/* The last tile of the largest log: (2^63 - 1) / 256. */
	{"tile/0/x036/x028/x797/x018/x963/967",
		{.index = UINT64_C(36028797018963967), .width = 256}},
};

Test(log_tile_path, a_place_has_the_path_that_c2sp_gives_it)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char path[CREDIT_TILE_PATH_SIZE];

		cr_expect_str_eq(credit_tile_path(&cases[i].place, path), cases[i].path);
	}
}

Test(log_tile_path, a_path_is_read_back_as_the_place_it_was_made_from)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct credit_tile_place place;

		cr_assert_eq(credit_tile_path_parse(cases[i].path, &place), CREDIT_OK, "%s",
			cases[i].path);
		cr_expect_eq(place.entries, cases[i].place.entries);
		cr_expect_eq(place.level, cases[i].place.level);
		cr_expect_eq(place.index, cases[i].place.index);
		cr_expect_eq(place.width, cases[i].place.width);
	}
}

Test(log_tile_path, the_room_holds_whatever_numbers_are_given)
{
	const struct credit_tile_place place = {
		.level = UINT32_MAX, .index = UINT64_MAX, .width = 255};
	char path[CREDIT_TILE_PATH_SIZE];

	cr_expect_str_eq(credit_tile_path(&place, path),
		"tile/4294967295/x018/x446/x744/x073/x709/x551/615.p/255");
}

Test(log_tile_path, there_is_one_way_to_write_a_path)
{
	static const char *const wrong[] = {"", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0",
		"tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/x001", "tile/0/x001/",
		"tile/0/001/001", "tile/0/x1/001", "tile/0/000.p", "tile/0/000.p/",
		"tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1/",
		"tile/00/000", "tile/64/000", "tile/-1/000", "tile/a/000", "tile/0/000 ",
		"/tile/0/000", "tile/8/0/000", "tile/entries", "tile/data/000", "tile/entry/000",
		"tile/entries/0/000", "checkpoint", "tile/0/../000",
		"tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999"};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct credit_tile_place place = {.index = 7};

		cr_expect_eq(credit_tile_path_parse(wrong[i], &place), CREDIT_E_MALFORMED, "%s",
			wrong[i]);
		cr_expect_eq(place.index, 7, "outputs are untouched on failure");
	}
}
