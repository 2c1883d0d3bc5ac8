/* SPDX-License-Identifier: Apache-2.0
 *
 * tile_path.c - where a tile or an entry bundle lies under the log's prefix.
 *
 * An index is written in groups of three digits, all but the last with an x in front, so that no
 * folder holds more than a thousand tiles and no name is both a file and a folder. A path is read by
 * taking it apart loosely and making it again: what comes out otherwise was not the one way to write
 * it.
 */
#include <credit/log.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define GROUP 1000 /* one path element */

/* docs/spec/log.md: "groups of three digits, and all groups but the last begin with an x" */
static void put_index(uint64_t index, char **at, const char *end)
{
	uint64_t unit = 1;

	while (index / unit >= GROUP)
		unit *= GROUP;
	for (; unit > 1; unit /= GROUP)
		*at += snprintf(
			*at, (size_t)(end - *at), "x%03u/", (unsigned)(index / unit % GROUP));
	*at += snprintf(*at, (size_t)(end - *at), "%03u", (unsigned)(index % GROUP));
}

const char *credit_tile_path(
	const struct credit_tile_place *place, char path[CREDIT_TILE_PATH_SIZE])
{
	char *at = path;
	const char *end = path + CREDIT_TILE_PATH_SIZE;

	at += place->entries ? snprintf(at, (size_t)(end - at), "tile/entries/")
			     : snprintf(at, (size_t)(end - at), "tile/%" PRIu32 "/", place->level);
	put_index(place->index, &at, end);
	if (place->width < CREDIT_TILE_WIDTH)
		snprintf(at, (size_t)(end - at), ".p/%" PRIu32, place->width);
	return path;
}

/* Decimal digits, as many as there are; no more than three are ever right. */
static uint32_t take_number(const char **at)
{
	uint32_t number = 0;

	for (int i = 0; i < 3 && **at >= '0' && **at <= '9'; i++)
		number = 10 * number + (uint32_t)(*(*at)++ - '0');
	return number;
}

static bool take(const char **at, const char *word)
{
	size_t size = strlen(word);

	if (strncmp(*at, word, size) != 0)
		return false;
	*at += size;
	return true;
}

enum credit_error credit_tile_path_parse(const char *path, struct credit_tile_place *ret_place)
{
	struct credit_tile_place place = {.width = CREDIT_TILE_WIDTH};
	char again[CREDIT_TILE_PATH_SIZE];
	const char *at = path;
	bool more = true;

	if (!take(&at, "tile/"))
		return CREDIT_E_MALFORMED;
	place.entries = take(&at, "entries/");
	if (!place.entries) {
		place.level = take_number(&at);
		if (!take(&at, "/"))
			return CREDIT_E_MALFORMED;
	}
	while (more) {
		more = take(&at, "x");
		if (place.index > CREDIT_LOG_SIZE_MAX / GROUP)
			return CREDIT_E_MALFORMED;
		place.index = place.index * GROUP + take_number(&at);
		if (more && !take(&at, "/"))
			return CREDIT_E_MALFORMED;
	}
	if (take(&at, ".p/"))
		place.width = take_number(&at);
	if (place.level > CREDIT_TILE_LEVEL_MAX || place.width == 0 ||
		strcmp(credit_tile_path(&place, again), path) != 0)
		return CREDIT_E_MALFORMED;
	*ret_place = place;
	return CREDIT_OK;
}
